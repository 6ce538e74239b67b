"""What does the correction of a fact change about the grades, in sentences?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from riskengine.errors import Sentence, sentence
from riskengine.explain import held
from riskengine.features import FEATURE
from riskengine.grade import Grades
from riskengine.grounds import of_day
from riskengine.policy import Policy
from riskengine.rules import PolicyView, Title
from riskengine.scorecard import CAP, FLOOR
from riskengine.truth import Replayed, row_of

Row = dict[str, Any]


def difference_said(
    replayed: Sequence[Replayed], now: Grades, policy: Policy, enterprise_id: str
) -> Iterator[Sentence]:
    """Then, on the way, now, and what stays as it was; the newest grading first."""
    if not replayed:
        yield sentence("contest_unused")
    for place, one in enumerate(reversed(replayed)):
        was, is_ = row_of(one.was, enterprise_id), row_of(one.truth, enterprise_id)
        assert was and is_
        if place == 0:
            yield from then_said(was, is_, policy.on(one.truth.as_of), one.truth.as_of)
        elif was["grade"] != is_["grade"]:
            facts = {"was": was["grade"], "grade": is_["grade"]}
            yield sentence("contest_path", **facts, **of_day("day", one.truth.as_of))
    if row := row_of(now, enterprise_id):
        yield now_said(now, row)
        yield from held_said(row)
    yield sentence("contest_draws")


def now_said(now: Grades, row: Row) -> Sentence:
    """The grade from the day after the ruling on."""
    facts = {"grade": row["grade"], "score": row["score"]}
    return sentence("contest_now", **facts, **of_day("day", now.as_of))


def then_said(was: Row, is_: Row, view: PolicyView, day: dt.date) -> Iterator[Sentence]:
    """Grade and points of one day, as they were and as they would have been."""
    facts = {"was": was["grade"], "grade": is_["grade"]} | of_day("day", day)
    facts |= {"points": was["score"], "score": is_["score"]}
    yield sentence("contest_then" if was["grade"] != is_["grade"] else "contest_then_same", **facts)
    titles = {veto.name: veto.title for veto in view.grades.vetoes}
    if was["veto"] != is_["veto"]:
        for name, code in ((was["veto"], "contest_veto_gone"), (is_["veto"], "contest_veto_new")):
            if name:
                title = titles.get(name, Title(name, name))
                yield sentence(code, zh=title.zh, en=title.en)
    for title, before, after in points_changed(was, is_, view):
        points = {"was": signed(before), "points": signed(after)}
        yield sentence("contest_points", zh=title.zh, en=title.en, **points)
    yield from held_said(is_)


def signed(points: int) -> str:
    """Points with their sign; nothing is plain 0.

    >>> signed(-3), signed(0)
    ('-3', '0')
    """
    return f"{points:+d}" if points else "0"


def held_said(row: Row) -> Iterator[Sentence]:
    """Why a better grade does not come at once."""
    if row["state"] == "held":
        yield held(row)


def points_changed(was: Row, is_: Row, view: PolicyView) -> Iterator[tuple[Title, int, int]]:
    """The lines of the sum that changed: title, points before, points after."""
    titles = {feature.name: feature.title for feature in FEATURE.values()}
    titles |= {item.feature: item.title for item in view.scorecard.items}
    titles |= {CAP + group.name: cap_title(group.title) for group in view.scorecard.groups}
    titles |= {FLOOR: Title("得分只在零分到满分之间", "scores stay between zero and the base")}
    for name, title in titles.items():
        before, after = was.get(f"p_{name}") or 0, is_.get(f"p_{name}") or 0
        if before != after:
            yield title, before, after


def cap_title(group: Title) -> Title:
    """What the line of a cap is called."""
    return Title(f"{group.zh}封顶", f"the cap on {group.en}")
