"""How does the chance of a visit grow with the months since the last one?

Chances are coordinated through probabilities that depend on the gap, never through numbers that
stay with an enterprise: every month has a fresh seed, so that the next month cannot be foretold.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from riskengine.errors import Sentence, sentence
from riskengine.policy import GapRules, RateRules
from scheduler.due import Standing
from scheduler.rates import Cell, Rate
from scheduler.shares import M, ceil_div, decimal, percent, proportional

MONTHS_OF_A_YEAR = 12
WHOLE = 1000
"""Permille of the whole; also the weight of every enterprise where there is no rotation."""


def mean_months(rate: Rate, rules: GapRules) -> Fraction:
    """Months between two visits at the applied rate, at most `longest_months`."""
    if rate.applied * rules.longest_months <= MONTHS_OF_A_YEAR * WHOLE:
        return Fraction(rules.longest_months)
    return MONTHS_OF_A_YEAR * WHOLE / Fraction(rate.applied)


def early_months(mean: Fraction, rules: GapRules) -> int:
    """Months after a visit during which the weight is the least."""
    return ceil_div(mean.numerator * rules.early_permille, mean.denominator * WHOLE)


def months_since(day: dt.date, month: dt.date) -> int:
    """Calendar months from that of a visit to the month planned, at least 0.

    >>> months_since(dt.date(2026, 11, 30), dt.date(2026, 12, 1))
    1
    """
    return max(0, MONTHS_OF_A_YEAR * (month.year - day.year) + month.month - day.month)


def weight(last_on: dt.date | None, mean: Fraction, month: dt.date, rules: GapRules) -> int:
    """Weight of an enterprise beside others of its stratum, in thousandths.

    The least in the early window, then in proportion to gap ÷ mean between least and most. Whoever
    has no visit on record weighs the most: no data is not "just inspected".

    Source: sampling.md §2.5.
    """
    if last_on is None:
        return rules.most_permille
    gap = months_since(last_on, month)
    if gap <= early_months(mean, rules):
        return rules.floor_permille
    grown = rules.slope_permille * gap * mean.denominator // mean.numerator
    return max(rules.floor_permille, min(rules.most_permille, grown))


def rotated(
    standings: Sequence[Standing],
    due: Mapping[str, int],
    rates: Mapping[Cell, Rate],
    rules: RateRules,
    month: dt.date,
) -> dict[str, int]:
    """`due` shared anew by gap within each stratum; its sum stays what the rate asks.

    Whoever was drawn this year, where the rule is once a year, gets 0 and leaves its share to the
    others.

    Parameters
    ----------
    due
        Expected visits in 1e-9 by enterprise; see `due.due_nano`.
    """
    cells: dict[Cell, list[Standing]] = defaultdict(list)
    for standing in standings:
        cells[standing.cell].append(standing)
    shared: dict[str, int] = {}
    for cell, members in cells.items():
        mean = mean_months(rates[cell], rules.gap)
        weights = {
            s.enterprise_id: weight(s.last_on, mean, month, rules.gap)
            if rules.rotation == "gap"
            else WHOLE
            for s in members
        }
        shared |= spread(
            {s.enterprise_id: due[s.enterprise_id] for s in members},
            weights,
            barred={s.enterprise_id for s in members if s.is_drawn},
            most=rules.gap.largest_permille * M // WHOLE,
        )
    return {enterprise_id: shared[enterprise_id] for enterprise_id in due}


def spread(
    due: Mapping[str, int], weights: Mapping[str, int], *, barred: Collection[str] = (), most: int
) -> dict[str, int]:
    """Share the sum of `due` in proportion to due × weight, each part between 1 and `most`.

    Zeros stay zero and certain visits certain; `barred` become zero. `most` gives way where a due
    is itself larger; the sum gives way only where all who are left are at `most`.

    >>> spread({"a": 200, "b": 200, "c": 200}, {"a": 150, "b": 1500, "c": 1350}, most=900)
    {'a': 30, 'b': 300, 'c': 270}
    """
    open_to = {i: nano for i, nano in due.items() if 0 < nano < M and i not in barred}
    certain = {i: nano for i, nano in due.items() if nano == M and i not in barred}
    most = max(most, *open_to.values()) if open_to else most
    total = sum(due.values()) - sum(certain.values())
    parts = proportional(
        {i: nano * weights[i] for i, nano in open_to.items()},
        min(total, most * len(open_to)),
        least=1,
        most=most,
    )
    return {i: certain.get(i, parts.get(i, 0)) for i in due}


def in_words(members: Sequence[Standing], rate: Rate, month: dt.date, rules: GapRules) -> Sentence:
    """How the stratum rotates, with the figures."""
    mean = mean_months(rate, rules)
    early = early_months(mean, rules)
    gaps = [months_since(s.last_on, month) for s in members if s.last_on]
    return sentence(
        "quota_gap",
        mean=decimal(mean),
        early=early,
        recent=sum(gap <= early for gap in gaps),
        least=percent(rules.floor_permille),
        unseen=len(members) - len(gaps),
        most=percent(rules.most_permille),
    )
