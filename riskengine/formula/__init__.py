"""What does somebody else's published formula say about one subject, and step by step why?

`evaluate` takes the formula of a pack and facts, and gives an `Outcome`: every step with its
value, how it was found and which numbers of the pack it used. `evaluate_all` does so for a whole
population, whose measures then rank each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskengine.errors import BadFacts, PolicyError
from riskengine.formula.facts import admit
from riskengine.formula.operators import CHECKS, FITS, OPERATOR, Argument, arguments_of
from riskengine.formula.pack import Formula, formula_packs, read_formula
from riskengine.formula.rows import rules_of, spans_of
from riskengine.formula.view import Element, FormulaView, Mark, Step
from riskengine.rules import Title

__all__ = [
    "Formula",
    "Line",
    "Outcome",
    "evaluate",
    "evaluate_all",
    "formula_packs",
    "read_formula",
]

Names = dict[str, Any]
NUMBERS = "numbers"
ROW = "row"
"""The number of a row from 1, a name within steps that are made for each row."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step that was made.

    value
        Its result; for a step of every row the tuple of their results.
    is_given
        The value stood in the facts and was not counted.
    do
        The operator that made it.
    takes
        Argument → value it was made from, one mapping for each row; empty where it was given.
    numbers
        The numbers of the pack it used.
    """

    name: str
    title: Title
    unit: str
    value: Any
    is_given: bool
    do: str
    takes: tuple[Mapping[str, Any], ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the formula says.

    results
        The steps that answer, the deciding one first.
    values
        Step → value, exact.
    gaps
        Parts of the official system that no source gives: the outcome is without them.
    """

    formula: str
    digest: str
    on: dt.date
    mark: Mark
    results: tuple[str, ...]
    values: Mapping[str, Any]
    lines: tuple[Line, ...]
    gaps: tuple[Element, ...]

    @property
    def result(self) -> Any:
        """What the deciding step says; None is "no data", which is not zero."""
        return self.values[self.results[0]]


def evaluate(formula: Formula, facts: Mapping[str, Any], *, on: dt.date) -> Outcome:
    """Apply a formula to the facts about one subject.

    facts
        Input → value, in the units the pack names. An optional input with the name of a step
        stands in for it.
    on
        The date whose formula is asked for.

    Raises
    ------
    BadFacts
        Facts the formula cannot take, in one sentence.
    NotInForce
        The formula has no values on that date.
    """
    return apply(formula.on(on), facts)


def evaluate_all(
    formula: Formula, facts: Mapping[str, Mapping[str, Any]], *, on: dt.date
) -> dict[str, Outcome]:
    """Apply a formula to a whole population: subject → outcome.

    Where the pack ranks subjects among each other, everybody is measured first, and the measures
    of all become the peers of each.
    """
    view = formula.on(on)
    if view.population is None:
        return {name: apply(view, one) for name, one in facts.items()}
    into, columns = view.population.into, view.population.columns
    nobody: Names = dict.fromkeys(columns, ())
    alone = [apply(view, one, {into: nobody}).values for one in facts.values()]
    peers = {column: tuple(values[column] for values in alone) for column in columns}
    return {name: apply(view, one, {into: peers}) for name, one in facts.items()}


def apply(
    view: FormulaView, facts: Mapping[str, Any], population: Mapping[str, Any] | None = None
) -> Outcome:
    """The outcome by a formula in force.

    population
        The table of everybody by its columns, made by the formula itself and so not checked.
    """
    names: Names = {**admit(view.inputs, facts), **(population or {}), NUMBERS: view.numbers}
    for check in view.checks:
        demand(check, names)
    lines = tuple(made(step, names) for step in view.steps)
    return Outcome(
        formula=view.name,
        digest=view.digest,
        on=view.on,
        mark=view.mark,
        results=view.results,
        values={line.name: line.value for line in lines},
        lines=lines,
        gaps=view.gaps,
    )


def demand(check: Step, names: Names) -> None:
    """Refuse facts that cannot be true together, in the words of the pack."""
    call = CHECKS[check.do]
    takes = {name: taken(check.takes[name], names) for name in arguments_of(call)}
    if None not in takes.values() and not call(**takes):
        raise BadFacts("formula_facts_clash", zh=check.title.zh, en=check.title.en)


def made(step: Step, names: Names) -> Line:
    """Make a step and put its value under its name: into `names`, or into each row of a table."""
    if not step.rows:
        value, takes = counted(step, names)
        names[step.name] = value
        return line(step, value, [takes], names)
    table = names[step.rows]
    if table is None:
        return line(step, None, [None], names)
    results = [
        counted(step, {**names, **row, ROW: number}) for number, row in enumerate(table, start=1)
    ]
    values = tuple(value for value, _ in results)
    names[step.rows] = tuple(
        {**row, step.column: value} for row, value in zip(table, values, strict=True)
    )
    return line(step, values, [takes for _, takes in results], names)


def line(step: Step, value: Any, takes: list[Mapping[str, Any] | None], names: Names) -> Line:
    used = tuple(one for one in takes if one is not None)
    numbers = tuple(sorted(numbers_in(step.takes, names[NUMBERS]))) if used else ()
    return Line(step.name, step.title, step.unit, value, not used, step.do, used, numbers)


def counted(step: Step, names: Names) -> tuple[Any, Mapping[str, Any] | None]:
    """The value of a step and what it was made from; the given one, where the facts have it."""
    given = names.get(step.column)
    if given is not None:
        return given, None
    operator = OPERATOR[step.do]
    takes = {
        name: argument(argued, step, name, names) for name, argued in operator.arguments.items()
    }
    for name, argued in operator.arguments.items():
        if takes[name] is None and not argued.takes_no_data:
            return None, takes
    return operator.call(**takes), takes


def argument(argued: Argument, step: Step, name: str, names: Names) -> Any:
    """The value of an argument: a word, rows of a table, or what stands under a name."""
    raw = step.takes[name]
    if argued.words:
        return raw
    if argued.kind in ("spans", "rules"):
        rows = taken(raw, names) if isinstance(raw, str) else raw
        if rows is None:
            return None
        where = step.name
        return rules_of(rows, names, where) if argued.kind == "rules" else spans_of(rows, where)
    value = taken(raw, names)
    if value is not None and not FITS[argued.kind](value):
        raise PolicyError("formula_wrong_argument", step=step.name, argument=name, value=value)
    return value


def taken(raw: Any, names: Names) -> Any:
    """What stands under a name, or under the names of a list or mapping.

    A name with a dot reaches into a mapping, or takes a column of a table of rows.
    """
    if isinstance(raw, Mapping):
        return {key: taken(item, names) for key, item in raw.items()}
    if isinstance(raw, tuple):
        return tuple(taken(item, names) for item in raw)
    value: Any = names
    for key in str(raw).split("."):
        if value is None:
            return None
        if isinstance(value, tuple):
            value = tuple(row[key] for row in value)
        elif key in value:
            value = value[key]
        else:
            raise PolicyError("formula_no_entry", name=raw, key=key)
    return value


def numbers_in(raw: Any, numbers: Mapping[str, Any]) -> set[str]:
    """The numbers of the pack that an argument names."""
    if isinstance(raw, Mapping):
        return set().union(*(numbers_in(item, numbers) for item in raw.values()), set())
    if isinstance(raw, tuple):
        return set().union(*(numbers_in(item, numbers) for item in raw), set())
    head, _, rest = str(raw).partition(".")
    name = rest.split(".")[0]
    return {name} if head == NUMBERS and name in numbers else set()
