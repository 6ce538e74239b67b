"""Why this grade, and what would have to change for the next better one?

Reasons are exact: base points and reasons add up to the score. What could be won by an item is
exact too: the score is counted again with that item at its best, caps and floor included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from riskengine.errors import NotFound, PolicyError, Sentence, sentence
from riskengine.features import FEATURE
from riskengine.grade import LETTERS, Grades
from riskengine.grounds import ground, lasting, of_day
from riskengine.readable import readable
from riskengine.rules import Grade, Group, Item, Measure, PolicyView, Scorecard, Title
from riskengine.scorecard import CAP, FLOOR

if TYPE_CHECKING:
    from riskengine.register import Known

Row = dict[str, Any]
Grounds = Callable[[str, Row], Title]
"""Feature and row of the grades → what is said of it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the sum: what was found and the points it takes (< 0) or gives.

    item
        "base", a feature, ``cap_<group>`` or "floor".
    """

    item: str
    title: Title
    value: Title
    points: int


@dataclass(frozen=True, slots=True)
class Chance:
    """What mending one item alone would win (`item` a feature), or a whole group at its cap."""

    item: str
    title: Title
    points: int
    advice: Title


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the next better grade takes at the next grading.

    score_needed
        Least score: the cut point, and the margin until `margin_until` (inclusive).
    points_needed
        What is missing from it, 0 when nothing is.
    cut_points
        The cut point alone, which is enough after `margin_until`.
    obstacles
        What stands in the way besides points: vetoes, too little known.
    """

    grade: Grade
    score_needed: int
    points_needed: int
    cut_points: int
    margin_until: dt.date
    chances: tuple[Chance, ...]
    obstacles: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One enterprise's grade in full. ``sum(r.points for r in reasons) == score``.

    fades_days
        Facts older than this take no points; 0 where no reason counts facts by their age.
    """

    enterprise_id: str
    name: str
    as_of: dt.date
    grade: Grade
    state: str
    score: int
    graded_on: dt.date
    fades_days: int
    because: tuple[Sentence, ...]
    reasons: tuple[Reason, ...]
    measures: tuple[Measure, ...]
    next_step: NextStep | None


def explain(
    grades: Grades, policy: PolicyView, enterprise_id: str, known: Known | None = None
) -> Explanation:
    """Explain the grade of one enterprise by the policy that graded it.

    Parameters
    ----------
    known
        The register as known on the day of the grades: reasons then name the facts as people
        count them. Without it they give the measured value.
    """
    if grades.policy_digest != policy.digest:
        raise PolicyError("grades_of_other_policy", on=policy.on)
    found = grades.table.filter(pc.field("enterprise_id") == enterprise_id).to_pylist()
    if not found:
        raise NotFound("not_found", kind="enterprise", name=enterprise_id)
    row, rules = found[0], policy.scorecard.features
    grounds: Grounds = partial(ground, known, rules) if known else measured_value
    reasons = tuple(reasons_of(row, policy.scorecard, grounds))
    fading = any(r.points < 0 and is_fading(r.item) for r in reasons)
    return Explanation(
        enterprise_id=enterprise_id,
        name=row["name"],
        as_of=grades.as_of,
        grade=row["grade"],
        state=row["state"],
        score=row["score"],
        graded_on=row["graded_on"],
        fades_days=rules.window_days if fading else 0,
        because=tuple(what_set_it(row, policy)),
        reasons=reasons,
        measures=policy.measures.get(row["grade"], ()),
        next_step=next_step(row, policy, grades.as_of, grounds),
    )


def measured_value(name: str, row: Row) -> Title:
    """What is said of a feature where the facts are not at hand."""
    return readable(FEATURE[name], row[f"f_{name}"])


def is_fading(item: str) -> bool:
    """Does the line count facts that weigh less with age?"""
    return item in FEATURE and FEATURE[item].unit in ("micro", "micro_per_vehicle")


def reasons_of(row: Row, card: Scorecard, grounds: Grounds) -> Iterator[Reason]:
    nothing = Title("", "")
    yield Reason("base", Title("基础分", "Base points"), nothing, card.base_points)
    for item in items_for(row, card):
        yield Reason(item.feature, item.title, grounds(item.feature, row), points_for(item, row))
    for group in card.groups:
        if points := row[f"p_{CAP}{group.name}"]:
            yield Reason(CAP + group.name, cap_title(group, points), nothing, points)
    if points := row[f"p_{FLOOR}"]:
        over = Title("超过满分的部分不算", "What exceeds the base does not count")
        under = Title("扣分最多扣到 0 分，多扣的退回", "No score is below 0")
        yield Reason(FLOOR, over if points < 0 else under, nothing, points)


def cap_title(group: Group, points: int) -> Title:
    """What a cap gives back of deductions, or takes back of merits."""
    cap, zh, en = group.cap_points, group.title.zh, group.title.en
    if points > 0:
        return Title(
            f"“{zh}”各项合起来最多扣 {cap} 分，多扣的退回", f"“{en}” takes {cap} points at most"
        )
    return Title(
        f"“{zh}”各项合起来最多加 {cap} 分，多加的不算", f"“{en}” gives {cap} points at most"
    )


def what_set_it(row: Row, policy: PolicyView) -> Iterator[Sentence]:
    """The rule that set the grade, where it was not the points alone."""
    if row["state"] == "vetoed":
        veto = next(veto for veto in policy.grades.vetoes if veto.name == row["veto"])
        title = veto.title
        yield sentence("grade_vetoed", zh=title.zh, en=title.en, grade=row["grade"])
    if row["state"] == "newcomer":
        yield sentence("grade_newcomer", grade=policy.grades.newcomer_grade)
    if row["state"] == "held":
        yield held(row)


def held(row: Row) -> Sentence:
    """Why a better grade does not come at once: one step at a time, or the margin is missing."""
    if row["previous_grade"] == row["grade"]:
        better = LETTERS[LETTERS.index(row["grade"]) - 1]
        return sentence("grade_held_still", better=better, grade=row["grade"])
    return sentence("grade_held", previous=row["previous_grade"], grade=row["grade"])


def next_step(row: Row, policy: PolicyView, as_of: dt.date, grounds: Grounds) -> NextStep | None:
    """What one step up takes; None for the best grade."""
    rules, rank = policy.grades, LETTERS.index(row["grade"])
    if rank == 0:
        return None
    target = LETTERS[rank - 1]
    cut = rules.cut_points[target]
    margin_until = row["graded_on"] + dt.timedelta(days=rules.validity_days)
    needed = cut + (rules.improve_margin_points if as_of < margin_until else 0)
    return NextStep(
        grade=target,
        score_needed=needed,
        points_needed=max(0, needed - row["score"]),
        cut_points=cut,
        margin_until=margin_until,
        chances=tuple(chances(row, policy.scorecard)),
        obstacles=tuple(obstacles(row, policy, target, as_of, grounds)),
    )


def chances(row: Row, card: Scorecard) -> list[Chance]:
    """What each item alone, and each group at its cap as a whole, could win; the most first."""
    items = items_for(row, card)
    points = {item: points_for(item, row) for item in items}
    found = []
    for item in items:
        won = total(card, points | {item: best_points(item)}) - row["score"]
        found.append(Chance(item.feature, item.title, won, item.advice))
    for group in card.groups:
        if row[f"p_{CAP}{group.name}"]:
            best = {item: best_points(item) for item in items if item.group == group.name}
            won = total(card, points | best) - row["score"]
            found.append(Chance(CAP + group.name, whole(group), won, WHOLE_ADVICE))
    return sorted((one for one in found if one.points > 0), key=lambda one: -one.points)


WHOLE_ADVICE = Title("本组各项一并改进", "mend the items of this group together")


def whole(group: Group) -> Title:
    return Title(f"{group.title.zh}（整组）", f"{group.title.en} (the whole group)")


def total(card: Scorecard, points: Mapping[Item, int]) -> int:
    """The score of one enterprise from its points by item, as `score` counts it."""
    score = card.base_points
    for group in card.groups:
        sums = sum(value for item, value in points.items() if item.group == group.name)
        score += min(max(sums, -group.cap_points), group.cap_points)
    return min(max(score, 0), card.base_points)


def items_for(row: Row, card: Scorecard) -> list[Item]:
    return [item for item in card.items if not item.sectors or row["sector"] in item.sectors]


def points_for(item: Item, row: Row) -> int:
    value = row[f"f_{item.feature}"]
    if value is None:
        return item.missing_points
    return [points for start, points in item.bins if start <= max(value, item.bins[0][0])][-1]


def best_points(item: Item) -> int:
    return max(points for _, points in item.bins)


def obstacles(
    row: Row, policy: PolicyView, target: Grade, as_of: dt.date, grounds: Grounds
) -> Iterator[Sentence]:
    """Vetoes to clear, and what must become known, before `target` is possible."""
    rules = policy.grades
    for veto in rules.vetoes:
        value = row[f"f_{veto.feature}"]
        if veto.grade > target and value is not None and value >= veto.at_least:
            is_ = grounds(veto.feature, row)
            texts = {"zh": veto.title.zh, "is_zh": is_.zh, "en": veto.title.en, "is_en": is_.en}
            yield sentence("next_clear_veto", **texts)
    if rules.newcomer_grade <= target:
        return
    opened, seen = row["f_days_open"], row["f_days_since_inspection"]
    if opened is not None and opened < rules.newcomer_days:
        day = as_of + dt.timedelta(days=rules.newcomer_days - opened)
        facts = {"days": rules.newcomer_days, "grade": target} | of_day("day", day)
        yield sentence("next_be_open", **facts)
    if seen is None or seen > rules.record_days:
        within = lasting(rules.record_days)
        facts = {"within_zh": within.zh, "within_en": within.en}
        yield sentence("next_be_inspected", grade=target, **facts)
