"""How is the outcome of a formula told to a reader, step by step and with its sources?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from riskengine.errors import Sentence, sentence
from riskengine.formula import Line, Outcome
from riskengine.formula.decisions import answer_of
from riskengine.formula.numbers import shown
from riskengine.formula.operators import OPERATOR
from riskengine.formula.pack import Formula
from riskengine.formula.rows import Rule, Span, names_in, row_title, span_title
from riskengine.formula.soundness import tables_named, texts_in
from riskengine.formula.view import FormulaView, Input, Step
from riskengine.rules import Title

MOST_ROWS_TOLD = 3


def sentences(outcome: Outcome, formula: Formula, lang: Literal["zh", "en"] = "zh") -> list[str]:
    """The outcome as sentences: its answers, the steps they rest on, and who says so.

    Every reading states what is missing and how far the formula is official.
    """
    return [getattr(one, lang) for one in said(outcome, formula)]


def said(outcome: Outcome, formula: Formula) -> Iterator[Sentence]:
    view = formula.on(outcome.on)
    yield from results_said(outcome, view)
    for gap in outcome.gaps:
        yield sentence("formula_gap", zh=gap.title.zh, en=gap.title.en)
    told = told_steps(outcome, view)
    lines = [line for line in outcome.lines if line.name in told]
    for line in lines:
        yield from line_said(line, view)
    yield mark_said(view)
    yield from sources_said(lines, outcome, formula)


def about(formula: Formula, view: FormulaView, lang: Literal["zh", "en"] = "zh") -> list[str]:
    """What a formula is, how far it can be trusted, and which facts it takes."""
    told = [sentence("formula_about", **pairs(title=view.title, place=view.jurisdiction))]
    promise = view.promise
    why = {"zh": promise.title.zh, "en": promise.title.en}
    told += [mark_said(view), sentence(PROMISE[promise.one_more], **why)]
    for one in view.inputs:
        told += inputs_said(one, "")
    return [getattr(one, lang) for one in told]


def inputs_said(one: Input, table: str) -> list[Sentence]:
    """An input, and after a table its columns as ``table.column``."""
    code = "formula_takes" if one.need == "required" else "formula_may_take"
    unit = both(one.unit)
    zh, en = (f"（{unit.zh}）", f" ({unit.en})") if one.unit else ("", "")
    facts = {"zh": one.title.zh + zh, "en": one.title.en + en}
    columns = [inputs_said(column, f"{one.name}.") for column in one.columns]
    here = sentence(code, name=f"{table}{one.name}", **facts)
    return [here, *(told for column in columns for told in column)]


PROMISE = {"never_improves": "formula_never_improves", "may_improve": "formula_may_improve"}


def pairs(**titles: Title) -> dict[str, str]:
    """Titles as facts of a sentence: ``name_zh`` and ``name_en``."""
    zh = {f"{name}_zh": title.zh for name, title in titles.items()}
    return zh | {f"{name}_en": title.en for name, title in titles.items()}


# ── answers and steps ───────────────────────────────────────────────────────────────────


def results_said(outcome: Outcome, view: FormulaView) -> Iterator[Sentence]:
    """The deciding answer, and the others that there are."""
    lines = {line.name: line for line in outcome.lines}
    for number, name in enumerate(outcome.results):
        line, value = lines[name], outcome.values[name]
        facts = pairs(step=line.title, value=with_unit(value, line.unit, view))
        if number == 0:
            yield sentence("formula_result", on=outcome.on, **facts, **pairs(title=view.title))
        elif value is not None:
            yield sentence("formula_also", **facts)


def told_steps(outcome: Outcome, view: FormulaView) -> set[str]:
    """The steps that the answers rest on; of several results only those that were chosen.

    What has no data is told where it is the reason for an answer without data.
    """
    steps = {step.name: step for step in view.steps}
    given = {line.name for line in outcome.lines if line.is_given}
    answers = [name for name in outcome.results[1:] if outcome.values[name] is not None]
    todo, found = [outcome.results[0], *answers], set[str]()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        is_empty = outcome.values[name] is None
        for one in rests_on(steps[name], outcome, view) if name not in given else ():
            if one in steps and (is_empty or outcome.values[one] is not None):
                todo.append(one)
    return found


def rests_on(step: Step, outcome: Outcome, view: FormulaView) -> set[str]:
    """The names a step takes; those of its own row with the table before them."""
    takes = dict(step.takes)
    if step.do == "choose":
        by = outcome.values.get(takes["by"])
        key = answer_of(by) if isinstance(by, bool) else by
        takes["among"] = takes["among"].get(key, takes["by"])
    names: set[str] = set()
    for raw in takes.values():
        names |= set(texts_in(raw))
        for table in (raw, *tables_named(raw, view.numbers)):
            names |= names_in(table)
    inside = {f"{step.rows}.{name}" for name in names} if step.rows else set()
    return names | inside


def line_said(line: Line, view: FormulaView) -> Iterator[Sentence]:
    """One step; a table without rows has nothing to tell."""
    if line.value == ():
        return
    value = with_unit(line.value, line.unit, view)
    if line.is_given:
        yield sentence("formula_line_given", **pairs(step=line.title, value=value))
        return
    how = [how_said(line.do, takes, view.words) for takes in line.takes[:MOST_ROWS_TOLD]]
    more = Title("……", " …") if len(line.takes) > MOST_ROWS_TOLD else Title("", "")
    zh, en = "；".join(one.zh for one in how), "; ".join(one.en for one in how)
    told = Title(zh + more.zh, en + more.en)
    yield sentence("formula_line", **pairs(step=line.title, value=value, how=told))


def how_said(do: str, takes: Mapping[str, Any], words: Mapping[str, Title]) -> Sentence:
    """What an operator did with which values."""
    operator = OPERATOR[do]
    told = {name: told_of(value, words, operator.tells_first) for name, value in takes.items()}
    return sentence(operator.how, **pairs(**told))


def told_of(value: Any, words: Mapping[str, Title], only_first: bool = False) -> Title:
    """An argument for a reader: spans as printed, of conditions those that are met."""
    if isinstance(value, tuple) and value and isinstance(value[0], Span):
        parts = [(span_title(one), row_title(one.gives, words)) for one in value]
        zh = "；".join(f"{span.zh}：{what.zh}" for span, what in parts)
        return Title(zh, "; ".join(f"{span.en}: {what.en}" for span, what in parts))
    if isinstance(value, tuple) and value and isinstance(value[0], Rule):
        met = [row_title(rule.gives, words) for rule in value if rule.holds]
        met = met[:1] if only_first else met
        if not met:
            return Title("（无一满足）", "(none is met)")
        return Title("；".join(one.zh for one in met), "; ".join(one.en for one in met))
    return shown(value, words)


def with_unit(value: Any, unit: str, view: FormulaView) -> Title:
    """The value in both languages; a unit is written 中文 / English."""
    text = shown(value, view.words)
    if not unit or value is None:
        return text
    name = both(unit)
    return Title(f"{text.zh} {name.zh}", f"{text.en} {name.en}")


# ── trust and sources ───────────────────────────────────────────────────────────────────

MARKS = {
    "official": "formula_mark_official",
    "reproduction": "formula_mark_reproduction",
    "partial": "formula_mark_partial",
}


def mark_said(view: FormulaView) -> Sentence:
    """How far the formula may be called official, and which parts are not."""
    unsure = [one for one in view.elements if not set(one.source) <= set("T+")]
    zh = "；".join(f"{one.title.zh}（{one.source}）" for one in unsure) or "无"
    en = "; ".join(f"{one.title.en} ({one.source})" for one in unsure) or "none"
    return sentence(MARKS[view.mark], zh=zh, en=en)


def sources_said(lines: list[Line], outcome: Outcome, formula: Formula) -> Iterator[Sentence]:
    """Each source once, with the numbers that these steps took from it."""
    used: dict[tuple[str, str, str], list[str]] = {}
    for number in sorted({name for line in lines for name in line.numbers}):
        because = formula.why(number, on=outcome.on)
        used.setdefault((because.title, because.where, because.says), []).append(number)
    parameters: Mapping[str, Any] = formula.parameters
    for (title, where, says), numbers in used.items():
        meanings = [parameters[number].meaning for number in numbers]
        words = both(says)
        told = Title(f"（{words.zh}）", f" ({words.en})") if says else words
        yield sentence(
            "formula_source",
            zh="、".join(one.zh for one in meanings),
            en=", ".join(one.en for one in meanings),
            **pairs(title=both(title), where=both(where), says=told),
        )


def both(text: str) -> Title:
    """A text of a citation, which is written 中文 / English, or is the same in both.

    >>> both("分 / point").en, both("hse.gov.uk").zh
    ('point', 'hse.gov.uk')
    """
    zh, _, en = text.partition(" / ")
    return Title(zh, en or zh)
