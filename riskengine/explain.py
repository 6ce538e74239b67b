"""Why this grade, and what would have to change for the next better one?

Reasons are exact: base points and reasons add up to the score. What could be won by an item is
exact too: the score is counted again with that item at its best, caps and floor included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow.compute as pc

from riskengine.errors import NotFound, PolicyError, Sentence, sentence
from riskengine.features import FEATURE
from riskengine.grade import LETTERS, Grades
from riskengine.readable import readable
from riskengine.rules import Grade, Group, Item, Measure, PolicyView, Scorecard, Title
from riskengine.scorecard import CAP, FLOOR

Row = dict[str, Any]


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
    """One enterprise's grade in full. ``sum(r.points for r in reasons) == score``."""

    enterprise_id: str
    name: str
    as_of: dt.date
    grade: Grade
    state: str
    score: int
    graded_on: dt.date
    because: tuple[Sentence, ...]
    reasons: tuple[Reason, ...]
    measures: tuple[Measure, ...]
    next_step: NextStep | None


def explain(grades: Grades, policy: PolicyView, enterprise_id: str) -> Explanation:
    """Explain the grade of one enterprise by the policy that graded it."""
    if grades.policy_digest != policy.digest:
        raise PolicyError("grades_of_other_policy", on=policy.on)
    found = grades.table.filter(pc.field("enterprise_id") == enterprise_id).to_pylist()
    if not found:
        raise NotFound("not_found", kind="enterprise", name=enterprise_id)
    row = found[0]
    return Explanation(
        enterprise_id=enterprise_id,
        name=row["name"],
        as_of=grades.as_of,
        grade=row["grade"],
        state=row["state"],
        score=row["score"],
        graded_on=row["graded_on"],
        because=tuple(what_set_it(row, policy)),
        reasons=tuple(reasons_of(row, policy.scorecard)),
        measures=policy.measures.get(row["grade"], ()),
        next_step=next_step(row, policy, grades.as_of),
    )


def reasons_of(row: Row, card: Scorecard) -> Iterator[Reason]:
    nothing = Title("", "")
    yield Reason("base", Title("基础分", "Base points"), nothing, card.base_points)
    for item in items_for(row, card):
        value = readable(FEATURE[item.feature], row[f"f_{item.feature}"])
        yield Reason(item.feature, item.title, value, points_for(item, row))
    for group in card.groups:
        if points := row[f"p_{CAP}{group.name}"]:
            title = Title(
                f"{group.title.zh}合计以 {group.cap_points} 分为限",
                f"{group.title.en}: {group.cap_points} points at most",
            )
            yield Reason(CAP + group.name, title, nothing, points)
    if points := row[f"p_{FLOOR}"]:
        title = Title(f"得分限于 0 至 {card.base_points} 分", f"Score from 0 to {card.base_points}")
        yield Reason(FLOOR, title, nothing, points)


def what_set_it(row: Row, policy: PolicyView) -> Iterator[Sentence]:
    """The rule that set the grade, where it was not the points alone."""
    if row["state"] == "vetoed":
        veto = next(veto for veto in policy.grades.vetoes if veto.name == row["veto"])
        title = veto.title
        yield sentence("grade_vetoed", zh=title.zh, en=title.en, grade=row["grade"])
    if row["state"] == "newcomer":
        yield sentence("grade_newcomer", grade=policy.grades.newcomer_grade)
    if row["state"] == "held":
        yield sentence("grade_held", previous=row["previous_grade"], grade=row["grade"])


def next_step(row: Row, policy: PolicyView, as_of: dt.date) -> NextStep | None:
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
        obstacles=tuple(obstacles(row, policy, target, as_of)),
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


def obstacles(row: Row, policy: PolicyView, target: Grade, as_of: dt.date) -> Iterator[Sentence]:
    """Vetoes to clear, and what must become known, before `target` is possible."""
    rules = policy.grades
    for veto in rules.vetoes:
        value = row[f"f_{veto.feature}"]
        if veto.grade > target and value is not None and value >= veto.at_least:
            feature = FEATURE[veto.feature]
            is_, limit = readable(feature, value), readable(feature, veto.at_least)
            texts = {"zh": veto.title.zh, "is_zh": is_.zh, "limit_zh": limit.zh}
            texts |= {"en": veto.title.en, "is_en": is_.en, "limit_en": limit.en}
            yield sentence("next_clear_veto", **texts)
    if rules.newcomer_grade <= target:
        return
    opened, seen = row["f_days_open"], row["f_days_since_inspection"]
    if opened is not None and opened < rules.newcomer_days:
        day = as_of + dt.timedelta(days=rules.newcomer_days - opened)
        yield sentence("next_be_open", days=rules.newcomer_days, day=day, grade=target)
    if seen is None or seen > rules.record_days:
        yield sentence("next_be_inspected", days=rules.record_days, grade=target)


def sentences(explanation: Explanation, lang: Literal["zh", "en"] = "zh") -> list[str]:
    """The explanation as sentences to be read aloud to the enterprise."""
    return [getattr(one, lang) for one in said(explanation)]


def said(it: Explanation) -> Iterator[Sentence]:
    base = it.reasons[0].points
    yield sentence(
        "grade_is",
        name=it.name, id=it.enterprise_id, as_of=it.as_of,
        grade=it.grade, score=it.score, base=base,
    )  # fmt: skip
    yield from it.because
    yield sentence("reason_base", base=base)
    for reason in it.reasons[1:]:
        if reason.points:
            yield reason_said(reason)
    yield sentence("reason_sum", score=it.score)
    for measure in it.measures:
        review = Title("（须先经法制审核）", " (after legal review)")
        review = review if measure.needs_legal_review else Title("", "")
        title = measure.title
        yield sentence("measure_is", zh=title.zh + review.zh, en=title.en + review.en)
    yield from next_said(it)


def reason_said(reason: Reason) -> Sentence:
    code = "reason_takes" if reason.points < 0 else "reason_gives"
    zh = "，".join(text for text in (reason.title.zh, reason.value.zh) if text)
    en = ", ".join(text for text in (reason.title.en, reason.value.en) if text)
    return sentence(code, zh=zh, en=en, points=abs(reason.points))


def next_said(it: Explanation) -> Iterator[Sentence]:
    step = it.next_step
    if step is None:
        yield sentence("next_none", grade=it.grade)
        return
    if step.points_needed:
        facts = {"grade": step.grade, "score": step.score_needed, "points": step.points_needed}
        yield sentence("next_points", **facts)
        if step.score_needed != step.cut_points:
            yield sentence("next_margin", day=step.margin_until, cut=step.cut_points)
    else:
        yield sentence("next_enough", grade=step.grade)
    yield from step.obstacles
    for chance in step.chances if step.points_needed else ():
        texts = {"zh": chance.title.zh, "advice_zh": chance.advice.zh}
        texts |= {"en": chance.title.en, "advice_en": chance.advice.en}
        yield sentence("next_chance", points=chance.points, **texts)
    if step.points_needed and not step.chances:
        yield sentence("next_together")
