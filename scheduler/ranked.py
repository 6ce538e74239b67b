"""Who ordered the visits inside a grade, and why does this one stand where it does?

Only where the pack names a challenger (`scheduler.worth`).
"""

from __future__ import annotations

from riskengine.errors import Sentence, sentence
from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known
from riskengine.rules import Title
from scheduler.worth import strata, worth_by_chance, worth_by_stratum

MICRO_PER_TENTH = 1000
"""Millionths in a tenth of a percent."""
NO_PUSH = 0.005
"""A reason that adds less to the log-odds neither raises nor lowers the chance."""


def ranked_by(policy: PolicyView, known: Known, *, is_short: bool) -> tuple[Sentence, ...]:
    """For the plan: which challenger, by its digest, ordered what, on what was known when.

    `worth` with a register cut at that day and the file of that digest gives the same worths.

    is_short
        Not every visit could be made; otherwise the order decided nothing.
    """
    named = policy.challenger
    if named is None:
        return ()
    code = "routes_ranked" if is_short else "routes_ranked_nothing"
    return (sentence(code, digest=named.digest, as_of=known.as_of),)


def why_worth(
    grades: Grades, known: Known, policy: PolicyView, enterprise_id: str
) -> tuple[Sentence, ...]:
    """The place of an enterprise inside its grade, and the model's largest reasons for it."""
    named, stratum_of = policy.challenger, strata(grades)
    if named is None or enterprise_id not in stratum_of:
        return ()
    from riskengine.challenger.ranking import chances, pushes, seen_by  # loads scikit-learn

    seen, before = seen_by(named, known), worth_by_stratum(grades, known, policy)
    chance = {one: it for one, it in chances(seen).items() if one in stratum_of}
    if enterprise_id not in chance:
        return ()
    grade = stratum_of[enterprise_id][0]
    peers = [it for one, it in chance.items() if stratum_of[one][0] == grade]
    tenths = chance[enterprise_id] // MICRO_PER_TENTH
    sectors = policy.pack.sectors
    reasons = [
        (push.title, sectors.get(push.value.zh, push.value), direction(push.added))
        for push in pushes(seen, enterprise_id)
    ]
    return (
        sentence(
            "why_ranked",
            digest=named.digest[:8],
            grade=grade,
            chance=f"{tenths // 10}.{tenths % 10} %",
            place=1 + sum(it > chance[enterprise_id] for it in peers),
            peers=len(peers),
            worth=worth_by_chance(grades, before, chance, policy)[enterprise_id],
            before=before[enterprise_id],
            reasons_zh="；".join(f"{what.zh}（{is_.zh}，{way.zh}）" for what, is_, way in reasons),
            reasons_en="; ".join(f"{what.en} ({is_.en}, {way.en})" for what, is_, way in reasons),
        ),
    )


def direction(added: float) -> Title:
    """
    >>> direction(0.3).zh, direction(-0.3).en, direction(0.0).zh
    ('调高', 'lowers it', '几乎没有影响')
    """
    if abs(added) < NO_PUSH:
        return Title("几乎没有影响", "hardly matters")
    return Title("调高", "raises it") if added > 0 else Title("调低", "lowers it")
