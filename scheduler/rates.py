"""How often must each grade of each sector be visited in a year?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from riskengine.errors import Sentence, sentence
from riskengine.policy import RateRules
from riskengine.rules import Mode
from scheduler.shares import decimal, percent

Cell = tuple[str, str]
"""(grade, sector)."""

ONCE_A_YEAR = 1000
"""Full coverage as a rate: every enterprise once a year, in permille."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The yearly rate of one grade in one sector, all in visits per 1,000 enterprises.

    floor
        What no ceiling may take away: the sector's floor, or full coverage.
    asked
        The larger of grade rate and floor, within the yearly cap of one enterprise.
    applied
        What the ceiling leaves of it, between `floor` and `asked`; or the adaptive ratio.
    """

    mode: str
    floor: int
    asked: int
    applied: Fraction
    reasons: tuple[Sentence, ...]


def yearly_cap(grade: str, sector: str, rules: RateRules) -> int | None:
    """Most counted visits of one enterprise in a calendar year; None where there is no cap."""
    return rules.sector_yearly_cap.get(sector, {}).get(grade, rules.yearly_cap.get(grade))


def mode_of(grade: str, sector: str, rules: RateRules) -> Mode:
    """How a stratum is checked; what is not named is drawn at random."""
    of_sector = rules.mode.get(sector, "random")
    return rules.grade_mode.get(sector, {}).get(grade, of_sector)


def asked_rate(grade: str, sector: str, rules: RateRules) -> Rate:
    """What grade, floor, mode and cap ask for, before the ceiling."""
    by_grade = rules.yearly_permille[grade]
    mode = mode_of(grade, sector, rules)
    if mode == "for_cause":
        return Rate(mode, 0, 0, Fraction(0), (sentence("rate_for_cause"),))
    floor = rules.sector_floor_permille.get(sector, 0)
    reasons = [sentence("rate_of_grade", grade=grade, percent=percent(by_grade))]
    if mode == "full":
        floor = max(floor, ONCE_A_YEAR)
        reasons.append(sentence("rate_full"))
    elif floor > by_grade:
        reasons.append(sentence("rate_floor", percent=percent(floor)))
    cap = yearly_cap(grade, sector, rules)
    if sector in rules.once_a_year:
        cap = min(1, 1 if cap is None else cap)
    most = max(floor, by_grade) if cap is None else cap * ONCE_A_YEAR
    asked = min(max(floor, by_grade), most)
    if asked < max(floor, by_grade):
        reasons.append(sentence("rate_cap", cap=cap, percent=percent(asked)))
    return Rate(mode, min(floor, most), asked, Fraction(asked), tuple(reasons))


def yearly_rates(
    counts: Mapping[Cell, int], rules: RateRules, ratios: Mapping[Cell, Fraction] | None = None
) -> tuple[dict[Cell, Rate], tuple[Sentence, ...]]:
    """The rates of all strata under the ceiling, and where rates and ceiling do not fit.

    The ceiling speaks of all sectors that are not key. Where the rates ask for more, the part of
    each rate above its floor is multiplied by one common factor, exact as a fraction; floors stay.

    Parameters
    ----------
    counts
        Enterprises by (grade, sector).
    ratios
        Adaptive ratios of strata drawn at random, in place of their rates (`scheduler.ratio`).

    Source: policy `rates`; the clash of 1/10/50/80 % with 5 % is worked in rules-china.md §4.
    """
    rates, conflicts = under_ceiling(
        {cell: asked_rate(*cell, rules) for cell in counts}, counts, rules
    )
    if ratios is None:
        return rates, conflicts
    for cell in counts.keys() & ratios.keys():
        if rates[cell].mode == "random":
            rates[cell] = adapted(rates[cell], ratios[cell])
    rates, again = under_ceiling(rates, counts, rules, "ratio_ceiling_again")
    return rates, conflicts + again


def under_ceiling(
    rates: dict[Cell, Rate],
    counts: Mapping[Cell, int],
    rules: RateRules,
    code: str = "quota_ceiling",
) -> tuple[dict[Cell, Rate], tuple[Sentence, ...]]:
    """The rates scaled to the ceiling where they are above it, and the sentence that says so."""
    bound = [cell for cell in counts if cell[1] not in rules.key_sectors]
    limit = rules.ceiling_permille * sum(counts[cell] for cell in bound)
    asked = sum((counts[cell] * rates[cell].applied for cell in bound), Fraction(0))
    floors = sum(counts[cell] * rates[cell].floor for cell in bound)
    if asked <= limit or (code != "quota_ceiling" and asked == floors):
        return rates, ()
    factor = ceiling_factor(limit, asked, floors)
    rates = rates | {cell: scaled(rates[cell], factor) for cell in bound}
    enterprises = sum(counts[cell] for cell in bound)
    facts = {
        "enterprises": enterprises,
        "asked": percent(asked / enterprises),
        "ceiling": percent(rules.ceiling_permille),
    }
    if factor == 0:
        floors_share = percent(Fraction(floors, enterprises))
        return rates, (sentence("quota_floors_above_ceiling", floors=floors_share, **facts),)
    factor_text = f"{factor.numerator}/{factor.denominator}"
    return rates, (sentence(code, factor=factor_text, share=decimal(factor * 100), **facts),)


def adapted(rate: Rate, ratio: Fraction) -> Rate:
    """`rate` with the adaptive ratio in place of what grade and ceiling gave."""
    why = sentence("rate_ratio", percent=percent(ratio), fixed=percent(rate.applied))
    return Rate(rate.mode, rate.floor, rate.asked, ratio, (*rate.reasons, why))


def ceiling_factor(limit: int, asked: Fraction, floors: int) -> Fraction:
    """The common factor on what lies above the floors; 0 when the floors alone reach the limit."""
    return (limit - floors) / (asked - floors) if floors < limit else Fraction(0)


def scaled(rate: Rate, factor: Fraction) -> Rate:
    """`rate` with the part above its floor multiplied by `factor`."""
    applied = rate.floor + factor * (rate.applied - rate.floor)
    if applied == rate.applied:
        return rate
    why = sentence("rate_ceiling", asked=percent(rate.applied), applied=percent(applied))
    return Rate(rate.mode, rate.floor, rate.asked, applied, (*rate.reasons, why))
