"""What can a formula of a pack say?

`OPERATORS` is the table of contents of the language. What a pack cannot say yet is one more
function here; the signature tells the interpreter what each argument takes:

- ``X | None``: the operator handles "no data" itself; elsewhere "no data" gives "no data";
- ``tuple[Span, ...]``, ``tuple[Rule, ...]``: the rows of a table, a list of conditions;
- ``Literal[…]``: a word of the language; every other text in a pack is a name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from riskengine.formula import arithmetic, decisions, ranks
from riskengine.formula.numbers import Number, is_number
from riskengine.formula.rows import Rule, Span

Kind = Literal["number", "text", "yes_no", "key", "column", "table", "spans", "rules", "any"]


@dataclass(frozen=True, slots=True)
class Argument:
    """What an argument of an operator takes.

    words
        The words it may be, where it is one of the language; otherwise empty.
    takes_no_data
        The operator is called although the value is None.
    """

    kind: Kind
    words: tuple[str, ...]
    takes_no_data: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """A function of the language, and the sentence that tells a reader what it did."""

    call: Callable[..., Any]
    how: str
    tells_first: bool = False
    """Of the conditions that are met, only the first matters to a reader."""

    @property
    def name(self) -> str:
        return self.call.__name__

    @property
    def arguments(self) -> Mapping[str, Argument]:
        return arguments_of(self.call)


OPERATORS = [
    # measures
    Operator(arithmetic.weigh, "formula_how_weigh"),
    Operator(arithmetic.look_up, "formula_how_look_up"),
    Operator(arithmetic.find, "formula_how_find"),
    Operator(arithmetic.step_factor, "formula_how_step_factor"),
    Operator(arithmetic.cap, "formula_how_cap"),
    Operator(arithmetic.add, "formula_how_add"),
    Operator(arithmetic.times, "formula_how_times"),
    Operator(arithmetic.divide, "formula_how_divide"),
    Operator(arithmetic.total, "formula_how_total"),
    Operator(arithmetic.mean, "formula_how_mean"),
    Operator(arithmetic.first, "formula_how_first"),
    Operator(arithmetic.pick, "formula_how_pick"),
    Operator(arithmetic.worst, "formula_how_worst"),
    Operator(arithmetic.count, "formula_how_count"),
    Operator(arithmetic.size, "formula_how_size"),
    Operator(arithmetic.total_of, "formula_how_total_of"),
    Operator(arithmetic.has_any, "formula_how_has_any"),
    Operator(arithmetic.keep, "formula_how_keep"),
    Operator(arithmetic.piecewise, "formula_how_piecewise"),
    Operator(arithmetic.power_law, "formula_how_power_law"),
    Operator(arithmetic.round_to, "formula_how_round_to"),
    Operator(arithmetic.scale, "formula_how_scale"),
    Operator(arithmetic.percent_in, "formula_how_percent_in"),
    # decisions
    Operator(decisions.at_least, "formula_how_at_least"),
    Operator(decisions.above, "formula_how_above"),
    Operator(decisions.known, "formula_how_known"),
    Operator(decisions.all_of, "formula_how_all_of"),
    Operator(decisions.any_of, "formula_how_any_of"),
    Operator(decisions.points_for, "formula_how_points_for"),
    Operator(decisions.first_match, "formula_how_first_match", tells_first=True),
    Operator(decisions.band, "formula_how_band"),
    Operator(decisions.sum_and_worst, "formula_how_sum_and_worst"),
    Operator(decisions.override, "formula_how_override"),
    Operator(decisions.choose, "formula_how_choose"),
    # places among others
    Operator(ranks.quantile_band, "formula_how_quantile_band"),
    Operator(ranks.percentile, "formula_how_percentile"),
]

OPERATOR = {operator.name: operator for operator in OPERATORS}

CHECKS: dict[str, Callable[..., bool]] = {
    check.__name__: check
    for check in (
        decisions.unique,
        decisions.belong,
        decisions.agree,
        decisions.not_above,
        decisions.none_without,
    )
}
"""What a pack may demand of facts before anything is counted."""


@cache
def arguments_of(call: Callable[..., Any]) -> Mapping[str, Argument]:
    """The arguments of an operator, read from its signature."""
    hints = get_type_hints(call)
    return {name: argument_of(hints[name]) for name in inspect.signature(call).parameters}


def argument_of(hint: Any) -> Argument:
    if get_origin(hint) is Literal:
        return Argument("text", get_args(hint), False)
    parts = get_args(hint) if get_origin(hint) not in (tuple, Mapping, dict) else ()
    takes_no_data = type(None) in parts
    return Argument(kind_of(hint), (), takes_no_data or hint is Any)


def kind_of(hint: Any) -> Kind:
    """What a hint means in the language.

    >>> kind_of(Number), kind_of(Number | None), kind_of(tuple[Span, ...])
    ('number', 'number', 'spans')
    """
    for kind, hints in KINDS.items():
        if hint in hints or any(hint == one | None for one in hints if one is not Any):
            return kind
    origin = get_origin(hint)
    return "table" if origin is not None and is_mapping(origin) else "any"


def is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


KINDS: dict[Kind, tuple[Any, ...]] = {
    "number": (Number, int),
    "text": (str,),
    "yes_no": (bool,),
    "key": (str | bool | int,),
    "column": (tuple[Any, ...],),
    "spans": (tuple[Span, ...],),
    "rules": (tuple[Rule, ...],),
}

FITS: dict[Kind, Callable[[Any], bool]] = {
    "number": is_number,
    "text": lambda value: isinstance(value, str),
    "yes_no": lambda value: isinstance(value, bool),
    "key": lambda value: isinstance(value, str | bool | int),
    "column": lambda value: isinstance(value, tuple),
    "table": lambda value: isinstance(value, Mapping),
    "any": lambda value: True,
}
"""Whether a value is of a kind; rows of tables are checked where they are read."""
