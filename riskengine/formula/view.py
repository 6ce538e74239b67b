"""What is a formula made of, as of a date?

The typed, frozen parts that `riskengine.formula.pack` builds from a pack.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from riskengine.rules import Title

Mark = Literal["official", "reproduction", "partial"]
Need = Literal["required", "optional"]
InputKind = Literal[
    "count", "natural", "positive", "number", "text", "yes_no", "numbers", "counts", "table",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the formula and how far it can be trusted.

    source
        T official text or a copy of it, S secondary text, K general knowledge, "gap" not found;
        "S+K" are two that agree.
    """

    name: str
    source: str
    title: Title


@dataclass(frozen=True, slots=True)
class Input:
    """A fact the formula asks for.

    kind
        "count" whole number ≥ 0, "natural" whole number ≥ 1, "positive" number > 0, "number"
        ≥ 0, "text" a word, "yes_no", "numbers" a list, "counts" class → count, "table" rows
        with `columns`.
    choices
        The only values allowed, or for "counts" the only classes; empty means any.
    """

    name: str
    title: Title
    unit: str
    kind: InputKind
    need: Need
    choices: tuple[Any, ...]
    columns: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the formula.

    name
        ``table.column`` is made for each row of the table; a name without a dot is made once.
    do
        An operator, or for a check a demand.
    takes
        Argument → name of a value, or a list or mapping of names, or rows of conditions.
    """

    name: str
    title: Title
    unit: str
    do: str
    takes: Mapping[str, Any]

    @property
    def rows(self) -> str:
        """The table for each row of which the step is made; "" for once."""
        return self.name.rpartition(".")[0]

    @property
    def column(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Promise:
    """Whether one more violation can ever give a better result, and why."""

    one_more: Literal["never_improves", "may_improve"]
    title: Title


@dataclass(frozen=True, slots=True)
class Population:
    """Which steps of everybody become the rows of which table input."""

    into: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormulaView:
    """A formula in force on a date."""

    on: dt.date
    digest: str
    name: str
    title: Title
    jurisdiction: Title
    mark: Mark
    elements: tuple[Element, ...]
    inputs: tuple[Input, ...]
    checks: tuple[Step, ...]
    numbers: Mapping[str, Any]
    words: Mapping[str, Title]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    promise: Promise
    population: Population | None

    @property
    def gaps(self) -> tuple[Element, ...]:
        """The parts that no source gives."""
        return tuple(element for element in self.elements if element.source == "gap")
