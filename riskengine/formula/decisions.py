"""Which band, rating or profile do numbers and answers lead to?

"Rising" names the arguments of which more never gives a better result, provided the rows of the
pack run from good to bad as their source prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskengine.errors import PolicyError
from riskengine.formula.numbers import Number, text_of
from riskengine.formula.rows import Rule, Span, holds


def at_least(value: Number, limit: Number) -> bool:
    """Whether a number reaches a limit. Rising in `value`."""
    return value >= limit


def above(value: Number, limit: Number) -> bool:
    """Whether a number exceeds a limit. Rising in `value`."""
    return value > limit


def known(value: Any | None) -> bool:
    """Whether there is a value: "no data" is its own answer."""
    return value is not None


def all_of(rules: tuple[Rule, ...]) -> bool:
    """Whether every condition is met; an unknown fact meets none."""
    return all(rule.holds for rule in rules)


def any_of(rules: tuple[Rule, ...]) -> bool:
    """Whether one condition at least is met."""
    return any(rule.holds for rule in rules)


def points_for(rules: tuple[Rule, ...]) -> Number:
    """Points to a threshold: the sum of the points of all conditions that are met.

    >>> points_for((Rule(True, {"points": 2}), Rule(False, {"points": 1})))
    2
    """
    points: Number = sum((rule.gives["points"] for rule in rules if rule.holds), 0)
    return points


def first_match(rules: tuple[Rule, ...]) -> Any:
    """A decision list: what the first row gives whose condition is met; no data if none is."""
    return next((rule.gives["is"] for rule in rules if rule.holds), None)


def band(value: Number | None, bands: tuple[Span, ...]) -> Any:
    """The band a number lies in; "no data" has a band of its own, or none.

    A number between two printed bands is refused: the pack must say how it rounds.
    """
    if value is None:
        return next((row.gives["is"] for row in bands if row.is_for_no_data), None)
    for row in bands:
        if holds(row, value):
            return row.gives["is"]
    raise PolicyError("formula_between_bands", value=text_of(value))


def sum_and_worst(total: Number, worst: Number, rows: tuple[Span, ...]) -> Any:
    """Sum plus worst-item cap: the first row that both the sum and the worst item fit under.

    rows
        From best to worst. A row's span is over the sum; ``worst_at_most`` is its cap, and a row
        without one takes every worst item. A sum whose row has too low a cap drops to the first
        row below whose cap holds. Rising in `total` and `worst`.
    """
    for row in rows:
        fits = "to" not in row.edges or total <= row.edges["to"]
        if fits and ("worst_at_most" not in row.gives or worst <= row.gives["worst_at_most"]):
            return row.gives["is"]
    raise PolicyError("formula_between_bands", value=text_of(total))


def override(value: Any | None, when: bool | None, by: Any) -> Any:
    """A fixed grade where the answer is yes, whatever was counted."""
    return by if when is True else value


def choose(by: str | bool | int, among: Mapping[str, Any]) -> Any:
    """One of several results, by a class or an answer.

    among
        Class → result; an answer's are written "yes" and "no".

    >>> choose(True, {"yes": 64, "no": None})
    64
    """
    key = answer_of(by) if isinstance(by, bool) else str(by)
    if key not in among:
        raise PolicyError("formula_bad_option", value=key, known=", ".join(among))
    return among[key]


def answer_of(is_so: bool) -> str:
    """How an answer is written as a key of a pack."""
    return "yes" if is_so else "no"


# ── what facts must satisfy before anything is counted ──────────────────────────────────


def unique(of: tuple[Any, ...]) -> bool:
    """No value stands twice.

    >>> unique(("i1", "i2")), unique(("i1", "i1"))
    (True, False)
    """
    return len(set(of)) == len(of)


def belong(of: tuple[Any, ...], among: tuple[Any, ...]) -> bool:
    """Every value is one of the others: no row without its event."""
    return set(of) <= set(among)


def agree(
    of: tuple[Any, ...], keys: tuple[Any, ...], own: tuple[Any, ...], own_keys: tuple[Any, ...]
) -> bool:
    """A value that stands beside a key is the one that the key's own row has.

    >>> agree((2,), ("i1",), (3,), ("i1",))
    False
    """
    known = dict(zip(own_keys, own, strict=True))
    pairs = zip(keys, of, strict=True)
    return all(
        value is None or known.get(key) is None or known[key] == value for key, value in pairs
    )


def not_above(of: tuple[Any, ...], limit: Number) -> bool:
    """No known value exceeds the limit."""
    return all(value is None or value <= limit for value in of)


def none_without(of: tuple[tuple[Any, ...], ...], base: tuple[Any, ...]) -> bool:
    """Where one column has 0, the others have 0 too: nothing is found without a check.

    >>> none_without(((1, 0), (2, 0)), (3, 0)), none_without(((1,),), (0,))
    (True, False)
    """
    rows = zip(base, *of, strict=True)
    return all(first != 0 or not any(rest) for first, *rest in rows)
