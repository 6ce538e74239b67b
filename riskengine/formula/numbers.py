"""How do numbers stay exact from a pack or a facts file to the band they decide?

A decimal is taken as it is written: 0.9 is nine tenths, never the nearest binary number. Whole
numbers are `int`, all others `fractions.Fraction`; "no data" is None, which is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, Literal

from riskengine.rules import Title

Number = int | Fraction
Rounding = Literal["none", "down", "up", "half_up", "half_even"]

MOST_DECIMALS = 12
"""A decimal with more places counts as one without an end."""
DIGITS_SHOWN = 6
"""Decimals of a number that has no end; everything is counted before it is shown."""
WORKING_DIGITS = 50
"""Digits a power is worked out to before it is rounded to what the pack prints."""
MOST_ITEMS_SHOWN = 8


def is_number(value: object) -> bool:
    """Whether a value counts: yes and no do not."""
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def exact(value: Any) -> Any:
    """The value with decimals as fractions, whole fractions as whole numbers, lists as tuples.

    >>> exact({"g": 0.9, "n": [1, 2.0]})
    {'g': Fraction(9, 10), 'n': (1, 2)}
    """
    if isinstance(value, float) and math.isfinite(value):
        return whole(Fraction(repr(value)))
    if isinstance(value, Fraction):
        return whole(value)
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(exact(item) for item in value)
    return value


def whole(value: Number) -> Number:
    """A fraction without a denominator as a whole number."""
    return int(value) if value == int(value) else value


def rounded(value: Number, decimals: int, rule: Rounding) -> Number:
    """The value rounded to `decimals` by a rule that has a name.

    >>> [str(rounded(Fraction(2005, 20), 0, rule)) for rule in ("none", "down", "up", "half_even")]
    ['401/4', '100', '101', '100']
    """
    if rule == "none":
        return value
    unit = Fraction(1, 10**decimals)
    scaled = value / unit
    if rule == "half_even":
        units = round(scaled)
    elif rule == "half_up":
        units = math.floor(scaled + Fraction(1, 2))
    else:
        units = math.ceil(scaled) if rule == "up" else math.floor(scaled)
    return whole(units * unit)


def power(base: Number, exponent: Number, decimals: int) -> Number:
    """`base` (> 0) to a broken power, rounded half even to `decimals`.

    Worked out in decimal arithmetic to 50 digits, so that every machine gives the same figure.

    >>> power(4, Fraction(-1, 2), 4)
    Fraction(1, 2)
    """
    context = Context(prec=WORKING_DIGITS)
    raised = context.power(decimal(base, context), decimal(exponent, context))
    return rounded(Fraction(raised), decimals, "half_even")


def decimal(value: Number, context: Context) -> Decimal:
    return context.divide(Decimal(Fraction(value).numerator), Decimal(Fraction(value).denominator))


def text_of(value: Number) -> str:
    """The number for a reader; one without an end is cut to six decimals and says so.

    >>> text_of(Fraction(1809, 10)), text_of(Fraction(5, 3)), text_of(7)
    ('180.9', '≈1.666667', '7')
    """
    near = rounded(value, MOST_DECIMALS, "half_even")
    sign = "" if near == value else "≈"
    near = Fraction(near if near == value else rounded(value, DIGITS_SHOWN, "half_even"))
    return sign + f"{Decimal(near.numerator) / Decimal(near.denominator):f}"


def shown(value: Any, words: Mapping[str, Title]) -> Title:
    """Any value of a formula in both languages; `words` says what its codes are called."""
    if value is None:
        return Title("无数据", "no data")
    if isinstance(value, bool):
        return Title("是", "yes") if value else Title("否", "no")
    if isinstance(value, int | Fraction):
        return Title(text_of(value), text_of(value))
    if isinstance(value, Mapping):
        some = list(value.items())[:MOST_ITEMS_SHOWN]
        return listed([named(key, item, words) for key, item in some], len(value))
    if isinstance(value, tuple):
        return listed([shown(item, words) for item in value[:MOST_ITEMS_SHOWN]], len(value))
    return words.get(str(value), Title(str(value), str(value)))


def named(key: Any, item: Any, words: Mapping[str, Title]) -> Title:
    name, what = shown(key, words), shown(item, words)
    return Title(f"{name.zh} {what.zh}", f"{name.en} {what.en}")


def listed(items: list[Title], size: int) -> Title:
    """The first of some things in a row, and how many there are where that is not all."""
    if not items:
        return Title("（空）", "(none)")
    more = [Title(f"……共 {size} 项", f"… {size} in all")] if size > len(items) else []
    every = items + more
    return Title("、".join(one.zh for one in every), ", ".join(one.en for one in every))
