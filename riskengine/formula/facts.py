"""Are these facts what the formula asks for? If not, which one sentence says what to mend?"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any

from riskengine.errors import BadFacts
from riskengine.formula.numbers import exact, is_number
from riskengine.formula.view import Input


def admit(inputs: tuple[Input, ...], facts: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The facts under the names of the formula: numbers exact, what is not given as None.

    Raises
    ------
    BadFacts
        An unknown or missing name, a value of another kind, below zero, or not among its choices.
    """
    known = {one.name for one in inputs}
    for name in facts:
        if name not in known:
            raise BadFacts(
                "formula_unknown_fact", name=f"{where}{name}", known=", ".join(sorted(known))
            )
    return {one.name: value_of(one, facts.get(one.name), where) for one in inputs}


def value_of(one: Input, value: Any, where: str) -> Any:
    path = f"{where}{one.name}"
    if value is None:
        if one.need == "required":
            raise BadFacts("formula_missing_fact", name=path, zh=one.title.zh, en=one.title.en)
        return None
    if one.kind == "table":
        return rows_of(one, value, path)
    if isinstance(value, float) and not math.isfinite(value):
        refuse(one, value, path)
    value = value.isoformat() if isinstance(value, dt.date) else exact(value)
    if not FITS[one.kind](value):
        refuse(one, value, path)
    if one.choices:
        among_choices(one, value, path)
    return value


def rows_of(one: Input, value: Any, path: str) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        refuse(one, value, path)
    return tuple(
        admit(one.columns, row, f"{path}[{number}].") for number, row in enumerate(value, start=1)
    )


def among_choices(one: Input, value: Any, path: str) -> None:
    """Every value, or every class of counts, is one the pack lists."""
    if one.kind == "counts":
        values = list(value)
    else:
        values = list(value) if isinstance(value, tuple) else [value]
    for item in values:
        if item not in one.choices:
            known = ", ".join(map(str, one.choices))
            raise BadFacts("formula_not_a_choice", name=path, value=item, known=known)


def refuse(one: Input, value: Any, path: str) -> None:
    shown = value if isinstance(value, str | int) else repr(value)
    facts = {"name": path, "value": shown, "zh": one.title.zh, "en": one.title.en}
    raise BadFacts(REFUSALS[one.kind], **facts)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


FITS: dict[str, Callable[[Any], bool]] = {
    "count": is_count,
    "natural": lambda value: is_count(value) and value > 0,
    "positive": lambda value: is_number(value) and value > 0,
    "number": lambda value: is_number(value) and value >= 0,
    "text": lambda value: isinstance(value, str) and bool(value),
    "yes_no": lambda value: isinstance(value, bool),
    "numbers": lambda value: isinstance(value, tuple) and all(is_number(one) for one in value),
    "counts": lambda value: isinstance(value, Mapping) and all(map(is_count, value.values())),
}

REFUSALS = {
    "count": "formula_not_a_count",
    "natural": "formula_not_from_one",
    "positive": "formula_not_positive",
    "number": "formula_not_a_number",
    "text": "formula_not_a_text",
    "yes_no": "formula_not_yes_no",
    "numbers": "formula_not_numbers",
    "counts": "formula_not_counts",
    "table": "formula_not_a_table",
}
