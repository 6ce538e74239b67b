"""What is read out to an enterprise: its grade, why, its past, and how it reaches the next one?

For the owner of a small firm who hears it once: whole sentences, no word of the engine's own,
numbers that a person would count, and a day for every promise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from riskengine.actions import Action
from riskengine.counterfactual import Outlook, Way
from riskengine.errors import Sentence, sentence
from riskengine.explain import Explanation, Reason
from riskengine.features import FEATURE
from riskengine.grounds import lasting, of_day
from riskengine.readable import LEVELS, readable
from riskengine.rules import PolicyView, Title
from riskengine.truth_said import points_changed

Row = dict[str, Any]
Lang = Literal["zh", "en"]

MOST_CAUSES = 3
"""Causes of a change that are read out; more than three nobody keeps in mind."""
MOST_WAYS = 3
"""Ways that are read out: the least, the next one, and the earliest."""
CAUSES = {
    (False, True): "cause_takes_less",
    (False, False): "cause_takes_more",
    (True, True): "cause_gives_more",
    (True, False): "cause_gives_less",
}
"""A line that gives points (else takes them), and whether it grew → the sentence."""
TITLES = {
    "general": Title("一般隐患", "general hazard"),
    "major": Title("重大隐患", "major hazard"),
}


@dataclass(frozen=True, slots=True)
class Past:
    """The grade of one enterprise in one grading.

    row
        Its row in the grades that stand for that day.
    corrected_from
        The grade that stood there before a contest was upheld, or "".
    """

    as_of: dt.date
    row: Row
    corrected_from: str = ""


def sentences(explanation: Explanation, lang: Lang = "zh") -> list[str]:
    """The explanation as sentences to be read aloud to the enterprise."""
    return [getattr(one, lang) for one in said(explanation)]


def said(it: Explanation) -> Iterator[Sentence]:
    """Grade, reasons, measures, and what the next grade takes by points."""
    yield from grade_said(it)
    yield from reasons_said(it)
    yield from measures_said(it)
    yield from next_said(it)
    yield from chances_said(it)


def grade_said(it: Explanation) -> Iterator[Sentence]:
    """The grade, and the rule that set it where it was not the points alone."""
    yield sentence("grade_is", name=it.name, id=it.enterprise_id, grade=it.grade)
    base = it.reasons[0].points
    yield sentence("grade_as_of", base=base, score=it.score, **of_day("day", it.as_of))
    yield from it.because


def reasons_said(it: Explanation) -> Iterator[Sentence]:
    """The lines of the sum, those that take or give something."""
    lines = [reason for reason in it.reasons[1:] if reason.points]
    if not lines:
        yield sentence("reason_none", base=it.reasons[0].points)
        return
    yield sentence("reason_base", base=it.reasons[0].points)
    for reason in lines:
        yield reason_said(reason)
    yield sentence("reason_sum", score=it.score)
    if it.fades_days:
        within = lasting(it.fades_days)
        yield sentence("reason_fades", within_zh=within.zh, within_en=within.en)


def reason_said(reason: Reason) -> Sentence:
    code = "reason_takes" if reason.points < 0 else "reason_gives"
    zh = "，".join(text for text in (reason.title.zh, reason.value.zh) if text)
    en = ", ".join(text for text in (reason.title.en, reason.value.en) if text)
    return sentence(code, zh=zh, en=en, points=abs(reason.points))


def measures_said(it: Explanation) -> Iterator[Sentence]:
    """What follows from the grade."""
    if not it.measures:
        return
    review, none = Title("（要先经过法制审核）", " (after legal review)"), Title("", "")
    marked = [(one.title, review if one.needs_legal_review else none) for one in it.measures]
    zh = "；".join(title.zh + mark.zh for title, mark in marked)
    en = "; ".join(title.en + mark.en for title, mark in marked)
    yield sentence("measures_are", grade=it.grade, zh=zh, en=en)


def next_said(it: Explanation) -> Iterator[Sentence]:
    """What the next grade takes: points, vetoes to end, what must become known."""
    step = it.next_step
    if step is None:
        yield sentence("next_none", grade=it.grade)
        return
    margin = step.score_needed - step.cut_points
    if step.points_needed:
        facts = {"grade": step.grade, "score": step.score_needed, "points": step.points_needed}
        yield sentence("next_points", **facts)
        if margin:
            day = of_day("day", step.margin_until)
            yield sentence("next_margin", margin=margin, cut=step.cut_points, **day)
    else:
        yield sentence("next_enough", grade=step.grade)
    yield from step.obstacles


def chances_said(it: Explanation) -> Iterator[Sentence]:
    """What each item alone could win."""
    step = it.next_step
    if step is None or not step.points_needed:
        return
    for chance in step.chances:
        texts = {"zh": chance.title.zh, "advice_zh": chance.advice.zh}
        texts |= {"en": chance.title.en, "advice_en": chance.advice.en}
        yield sentence("next_chance", points=chance.points, **texts)
    if not step.chances:
        yield sentence("next_together")


# ── the past ──────────────────────────────────────────────────────────────────────────────


def past_said(past: Sequence[Past], view: PolicyView) -> Iterator[Sentence]:
    """Earlier grades, oldest first; gradings that changed nothing are passed over.

    past
        In the order of their days, the present grading last.
    """
    if len(past) < 2:
        yield sentence("past_none")
        return
    for before, now in zip((None, *past), past, strict=False):
        if before is None or before.row["grade"] != now.row["grade"] or now.corrected_from:
            yield one_past(before, now, view)
    last = past[-1]
    since = next(p for p in past if p.row["graded_on"] == last.row["graded_on"])
    told = last.corrected_from or past[-2].row["grade"] != last.row["grade"]
    if since is not last and not told:
        facts = {"grade": last.row["grade"], "score": last.row["score"]}
        yield sentence("past_still", **facts, **of_day("day", last.as_of))


def one_past(before: Past | None, now: Past, view: PolicyView) -> Sentence:
    """One grading: the grade, and what made it another than the one before."""
    row, day = now.row, of_day("day", now.as_of)
    facts = {"grade": row["grade"], "score": row["score"]}
    mark = sentence("past_corrected", was=now.corrected_from) if now.corrected_from else None
    marks = {"mark_zh": mark.zh if mark else "", "mark_en": mark.en if mark else ""}
    if before is None or before.row["grade"] == row["grade"]:
        return sentence("past_was", **facts, **day, **marks)
    code = "past_better" if row["grade"] < before.row["grade"] else "past_worse"
    why = causes(before.row, row, view, is_better=row["grade"] < before.row["grade"])
    texts = {"because_zh": why.zh, "because_en": why.en, "was": before.row["grade"]}
    return sentence(code, **facts, **day, **marks, **texts)


def causes(before: Row, now: Row, view: PolicyView, *, is_better: bool) -> Title:
    """The rules and the lines of the sum that moved a grade, the heaviest first."""
    titles = {veto.name: veto.title for veto in view.grades.vetoes}
    said: list[Sentence] = []
    for name, code in ((now["veto"], "cause_veto"), (before["veto"], "cause_veto_over")):
        if name and before["veto"] != now["veto"]:
            title = titles.get(name, Title(name, name))
            said.append(sentence(code, zh=title.zh, en=title.en))
    if before["state"] == "newcomer" != now["state"]:
        said.append(sentence("cause_known"))
    if now["state"] == "newcomer" != before["state"]:
        said.append(sentence("cause_unknown"))
    lines = [one for one in points_changed(before, now, view) if (one[2] > one[1]) == is_better]
    lines.sort(key=lambda line: -abs(line[2] - line[1]))
    for title, earlier, after in lines[: MOST_CAUSES - len(said)]:
        code = CAUSES[max(earlier, after) > 0, after > earlier]
        said.append(sentence(code, zh=title.zh, en=title.en, points=abs(after - earlier)))
    if not said:
        said.append(sentence("cause_margin"))
    return Title("、".join(one.zh for one in said), ", ".join(one.en for one in said))


# ── the way to the next grade ─────────────────────────────────────────────────────────────


def outlook_said(
    it: Explanation, outlook: Outlook, now: Row, view: PolicyView, *, open_hazards: int = 0
) -> Iterator[Sentence]:
    """What to do, and on which day it would bring the next grade.

    now
        The row of the enterprise in its grades of today.
    open_hazards
        Hazards that are open now: the law wants all of them mended, whatever the points.
    """
    if not outlook.ways:
        yield from no_way_said(outlook, view)
        return
    mended = sum(action.kind == "hazard" for action in outlook.ways[0].actions)
    if open_hazards > mended:
        yield sentence("way_all_hazards", count=open_hazards)
    ways = outlook.ways if len(outlook.ways) <= MOST_WAYS else (*outlook.ways[:2], outlook.ways[-1])
    for place, way in enumerate(ways):
        yield from way_said(way, outlook, view, is_first=place == 0)
        if place == 0 and way.months > 1:
            why = causes(now, way.row, view, is_better=True)
            yield sentence("way_because", zh=why.zh, en=why.en)
    yield sentence("way_monthly")


def way_said(way: Way, outlook: Outlook, view: PolicyView, *, is_first: bool) -> Iterator[Sentence]:
    """The things to do, numbered, and the day."""
    facts = {"grade": outlook.target, "score": way.row["score"], "months": way.months}
    day = of_day("day", way.reached_on)
    if not way.actions:
        yield sentence("way_wait_next" if way.months == 1 else "way_wait", **facts, **day)
        return
    yield sentence("way_do" if is_first else "way_sooner", count=len(way.actions), **facts, **day)
    for number, action in enumerate(way.actions, start=1):
        does = action_said(action, view)
        yield sentence("way_item", number=number, zh=does.zh, en=does.en)
    if is_first:
        yield sentence("way_then_next" if way.months == 1 else "way_then", **facts, **day)
    else:
        yield sentence("way_then_also", **facts, **day)


def no_way_said(outlook: Outlook, view: PolicyView) -> Iterator[Sentence]:
    """Why nothing that can be done helps within the time looked at."""
    row = outlook.best
    yield sentence("way_none", grade=outlook.target, **of_day("day", outlook.last))
    titles = {veto.name: veto.title for veto in view.grades.vetoes}
    if row["veto"]:
        title = titles[row["veto"]]
        yield sentence("way_none_veto", zh=title.zh, en=title.en)
    cut = view.grades.cut_points[outlook.target]
    if row["score"] < cut:
        yield sentence("way_none_points", score=row["score"], cut=cut, points=cut - row["score"])
    if row["state"] == "newcomer":
        yield sentence("way_none_unknown")


def action_said(action: Action, view: PolicyView) -> Sentence:
    """One thing to do, as an instruction."""
    day = of_day("day", action.by)
    if action.kind == "hazard":
        title = TITLES[action.level]
        facts = {"id": action.name, "zh": title.zh, "en": title.en}
        if action.due_on is None:
            return sentence("do_hazard", **facts, **day)
        if action.due_on < action.by:
            return sentence("do_hazard_overdue", **facts, **day)
        if action.due_on == action.by:
            return sentence("do_hazard_due", **facts, **day)
        return sentence("do_hazard_soon", **facts, **day, **of_day("due", action.due_on))
    if action.kind == "training":
        return sentence("do_training", people=action.value, **day)
    if action.kind == "inspection":
        return sentence("do_inspection" if action.value == 1 else "do_inspections", **day)
    item = next(one for one in view.scorecard.items if one.feature == action.name)
    texts = {"zh": item.title.zh, "advice_zh": item.advice.zh}
    texts |= {"en": item.title.en, "advice_en": item.advice.en}
    if action.kind == "credit":
        level = LEVELS[action.value]
        return sentence("do_credit", level_zh=level.zh, level_en=level.en, **texts, **day)
    limit = action.value if item.worse == "down" else action.value + 1
    value = readable(FEATURE[action.name], limit)
    code = "do_raise" if item.worse == "down" else "do_lower"
    return sentence(code, value_zh=value.zh, value_en=value.en, **texts)


# ── everything ────────────────────────────────────────────────────────────────────────────


def script(
    it: Explanation,
    outlook: Outlook | None,
    past: Sequence[Past],
    view: PolicyView,
    *,
    open_hazards: int = 0,
) -> Iterator[Sentence]:
    """The whole reading, in four parts, each with its heading.

    past
        Every grading that stands, oldest first, the one explained last.
    """
    yield from grade_said(it)
    if past and past[-1].corrected_from:
        yield sentence("grade_corrected", was=past[-1].corrected_from)
    yield from measures_said(it)
    yield sentence("head_reasons")
    yield from reasons_said(it)
    yield sentence("head_past")
    yield from past_said(past, view)
    yield sentence("head_next")
    yield from next_said(it)
    if outlook is not None and past:
        yield from outlook_said(it, outlook, past[-1].row, view, open_hazards=open_hazards)
        if not outlook.ways:
            yield from chances_said(it)
