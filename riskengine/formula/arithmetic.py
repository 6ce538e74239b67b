"""How are counts, weights, caps and exposures combined into a measure?

Every function takes exact numbers and gives an exact number. None is "no data": a column with a
gap has no sum and no mean, because what is unknown is not zero. "Rising" names the arguments of
which more never gives less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from riskengine.errors import BadFacts, PolicyError
from riskengine.formula.numbers import Number, Rounding, power, rounded, whole
from riskengine.formula.rows import Span, holds

Column = tuple[Any, ...]


def weigh(counts: Mapping[str, Number], weights: Mapping[str, Number]) -> Number:
    """Weight by severity class: each count times the weight of its class, added up.

    Rising in every count where the weights are not negative. A class without a weight is refused.

    >>> weigh({"MSI": 1, "VSI": 1}, {"MI": 1, "SI": 10, "VSI": 30, "MSI": 90})
    120
    """
    for name in counts:
        if name not in weights:
            raise BadFacts("formula_no_class", value=name, known=", ".join(map(str, weights)))
    return sum((count * weights[name] for name, count in counts.items()), 0)


def look_up(key: str | bool | int, table: Mapping[Any, Any]) -> Any:
    """The entry of a table for a class.

    >>> look_up("tow", {"tow": 1, "injury": 2})
    1
    """
    if key not in table:
        raise BadFacts("formula_no_class", value=key, known=", ".join(map(str, table)))
    return table[key]


def find(key: str | bool | int, table: Mapping[Any, Any]) -> Any:
    """The entry of a table for a class, or no data where the table has none."""
    return table.get(key)


def step_factor(age: Number, steps: tuple[Span, ...]) -> Number:
    """Step time factor: the factor of the span of ages that `age` lies in.

    Ages beyond the last span are outside the window and refused.
    """
    for step in steps:
        if holds(step, age):
            factor: Number = step.gives["factor"]
            return factor
    raise BadFacts("formula_outside_window", value=age)


def cap(value: Number, most: Number) -> Number:
    """At most so much for one event; put before the time factor, it caps the event itself.

    Rising in `value`.

    >>> cap(40, 30)
    30
    """
    return min(value, most)


def add(terms: Column) -> Number | None:
    """The sum of some numbers; no data when one of them has none. Rising in every term."""
    return None if None in terms else sum(terms, 0)


def times(factors: Column) -> Number | None:
    """The product of some numbers; no data when one of them has none."""
    if None in factors:
        return None
    product: Number = 1
    for factor in factors:
        product *= factor
    return product


def divide(value: Number, by: Number, when_zero: Literal["no_data", "refuse"]) -> Number | None:
    """Division by exposure: `value` per unit of `by`. Rising in `value`, falling in `by`.

    when_zero
        What a divisor of 0 means: a subject without data, or facts that cannot be true.

    >>> divide(5, 3, "refuse")
    Fraction(5, 3)
    """
    if by == 0:
        if when_zero == "no_data":
            return None
        raise BadFacts("formula_divided_by_zero")
    return whole(Fraction(value) / by)


def total(of: Column) -> Number | None:
    """The sum of a column, 0 of an empty one. Rising in every value."""
    return add(of)


def mean(of: Column) -> Number | None:
    """The mean over all rows, clean ones counted with 0; no data when there is no row.

    Rising in every value, but NOT in the number of rows: one more row below the mean lowers it.

    >>> mean((120, 0)), mean(())
    (60, None)
    """
    return None if not of or None in of else whole(Fraction(sum(of)) / len(of))


def first(of: Column) -> Any:
    """The value of the first row; no data when there is no row."""
    return of[0] if of else None


def pick(of: Column, where: Column) -> Any:
    """The value of the first row whose answer is yes.

    >>> pick(("hos", "driver_fitness"), (False, True))
    'driver_fitness'
    """
    return next((value for value, yes in zip(of, where, strict=True) if yes is True), None)


def worst(of: Column) -> Number | None:
    """Maximum over elements: the highest value decides. Rising in every value.

    >>> worst((2, 5, 3))
    5
    """
    return None if not of or None in of else max(of)


def count(of: Column) -> int:
    """In how many rows the answer is yes. Rising in every answer.

    >>> count((True, False, None, True))
    2
    """
    return sum(value is True for value in of)


def size(of: Column) -> int:
    """How many rows there are."""
    return len(of)


def total_of(of: Column, keys: Column, key: Any) -> Number | None:
    """The sum of the values whose key is this row's: what belongs to one event.

    >>> total_of((20, 20, 7), ("i1", "i1", "i2"), "i1")
    40
    """
    return add(tuple(value for value, its in zip(of, keys, strict=True) if its == key))


def has_any(keys: Column, key: Any) -> bool:
    """Whether anything belongs to this row."""
    return key in keys


def keep(value: Number, when: bool | None) -> Number:
    """The value where the answer is yes, 0 where it is no or not given."""
    return value if when else 0


def piecewise(value: Number | None, pieces: tuple[Span, ...], when_missing: Number) -> Number:
    """A factor of exposure: ``intercept + slope * value`` of the span the value lies in.

    when_missing
        The factor where the exposure is not known.
    """
    if value is None:
        return when_missing
    for piece in pieces:
        if holds(piece, value):
            return whole(Fraction(piece.gives["intercept"] + piece.gives["slope"] * value))
    raise PolicyError("formula_between_bands", value=value)


def power_law(value: Number, pieces: tuple[Span, ...], decimals: int) -> Number:
    """A power-law threshold with a floor: ``coefficient * value ** exponent`` of its span.

    value
        Above 0.
    decimals
        Figures the source prints; a broken power has no exact value.
    """
    for piece in pieces:
        if holds(piece, value):
            coefficient, exponent = piece.gives["coefficient"], piece.gives["exponent"]
            # the spare digits are those the rounding to `decimals` cannot see
            raised = 1 if exponent == 0 else power(value, exponent, decimals + SPARE_DIGITS)
            return rounded(coefficient * raised, decimals, "half_even")
    raise PolicyError("formula_between_bands", value=value)


SPARE_DIGITS = 30


def round_to(value: Number, decimals: int, rule: str) -> Number:
    """The value rounded by the rule of the pack: none, down, up, half_up or half_even."""
    if rule not in ("none", "down", "up", "half_up", "half_even"):
        raise PolicyError("formula_bad_option", value=rule, known=ROUNDINGS)
    named: Rounding = rule  # type: ignore[assignment]
    return rounded(value, decimals, named)


ROUNDINGS = "none, down, up, half_up, half_even"


def scale(percent: Number, low: Number, high: Number) -> Number:
    """A place from 0 to 100 put onto the range from `low` to `high`. Rising in `percent`.

    >>> scale(50, 75, 99)
    87
    """
    return whole(low + Fraction(percent) * (high - low) / 100)


def percent_in(text: str) -> Number | None:
    """The number of a cell such as ``64%``; a cell of words means that there is no data.

    >>> percent_in("64%"), percent_in("Less than 5 vehicle inspections")
    (64, None)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", text)
    return whole(Fraction(found[1])) if found else None
