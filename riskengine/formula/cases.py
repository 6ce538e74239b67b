"""Does a formula come out as its worked cases say?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from riskengine.errors import BadFacts
from riskengine.formula import Formula, evaluate
from riskengine.formula.numbers import exact, is_number, rounded
from riskengine.formula.pack import folder_of
from riskengine.pack import build, read_yaml

NumberClass = Literal["published-official", "published-secondary", "derived"]
REFUSED = "refused"
"""What a case expects instead of a value, with words of the sentence, where facts are wrong."""


@dataclass(frozen=True, slots=True)
class FormulaCase:
    """One worked case.

    number
        "published-official": read from an official table; "published-secondary": printed in a
        secondary text; "derived": calculated from the constants, so it checks arithmetic and
        edges and is no official result.
    confidence
        T, S or K, as in the elements of the pack.
    facts
        One set of facts, or several that all come out the same.
    expect
        Step → value; a decimal is compared to as many places as it is printed with.
    """

    name: str
    number: NumberClass
    confidence: str
    source: str
    as_of: dt.date
    facts: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]


def read_formula_cases(name_or_folder: str | Path) -> tuple[FormulaCase, ...]:
    """The worked cases of a formula pack."""
    raw = read_yaml(folder_of(name_or_folder), "cases.yaml")
    return tuple(
        FormulaCase(
            name=name,
            number=build(NumberClass, case["number"], f"cases.{name}.number"),
            confidence=build(str, case["confidence"], f"cases.{name}.confidence"),
            source=build(str, case["source"], f"cases.{name}.source"),
            as_of=build(dt.date, case["as_of"], f"cases.{name}.as_of"),
            facts=tuple(case["facts"]) if isinstance(case["facts"], list) else (case["facts"],),
            expect=case["expect"],
        )
        for name, case in raw.items()
    )


def differences(formula: Formula, case: FormulaCase) -> list[str]:
    """What comes out otherwise than the case says; empty when the case holds."""
    found = []
    for facts in case.facts:
        try:
            values = dict(evaluate(formula, facts, on=case.as_of).values)
        except BadFacts as refusal:
            values = {REFUSED: refusal.sentence.en}
        for step, expected in case.expect.items():
            got = values.get(step, "–")
            held = expected in str(got) if step == REFUSED else agrees(got, expected)
            if not held:
                found.append(f"{step}: {got} ≠ {expected}")
    return found


def agrees(got: Any, expected: Any) -> bool:
    """Whether a value is the expected one, to the places the expected one is printed with.

    >>> from fractions import Fraction
    >>> agrees(Fraction(5, 3), 1.666667), agrees(Fraction(5, 3), 2), agrees(58, 58.0)
    (True, False, True)
    """
    if isinstance(expected, list):
        is_as_long = isinstance(got, tuple) and len(got) == len(expected)
        return is_as_long and all(map(agrees, got, expected))
    if isinstance(expected, float) and is_number(got):
        places = -int(Decimal(repr(expected)).as_tuple().exponent)
        return bool(rounded(got, places, "half_even") == exact(expected))
    return bool(got == expected) and isinstance(got, bool) == isinstance(expected, bool)
