"""What if we had six, eight or twelve officers?

`simulate` lives through the same months with each squad (`trial`) and reports means over the runs
with 95 % intervals; the differences between squads are paired, run by run, and therefore sharp.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from riskengine.errors import Sentence, sentence
from riskengine.grade import Grades, grades_digest
from riskengine.policy import PolicyView
from scheduler.county import MONTHS_OF_A_YEAR, Floats, Ints, Month, county_of, months_from
from scheduler.shares import decimal
from scheduler.trial import BP, Assumptions, Tally, live

MILLI = 1000
Z_95 = 1.959964
"""Half width of a 95 % interval in standard errors."""
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over the runs with its 95 % interval, in the integer unit of the field it stands in.

    The interval is that of the mean (normal approximation): it narrows with more runs and says
    nothing about how much single years differ; `spread` is the standard deviation of the runs.
    """

    mean: int
    low: int
    high: int
    spread: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Enterprises of a grade (at the start of the year) met at least once in the year."""

    grade: str
    enterprises: int
    share_bp: Estimate


@dataclass(frozen=True, slots=True)
class Staffing:
    """What one number of officers achieves.

    covered_bp
        All enterprises met at least once a year, in 1/10000.
    covered_milli
        The same as enterprises per year, in 1/1000.
    owed_bp
        Of all visits due in a month (drawn, case, carried over), those not made in it, in 1/10000.
    undrawn_bp
        Of the routine visits the rates ask for, those that capacity did not let be drawn.
    load_milli
        Visits one officer takes part in per month, in 1/1000.
    """

    officers: int
    coverage: tuple[Coverage, ...]
    covered_bp: Estimate
    covered_milli: Estimate
    owed_bp: Estimate
    undrawn_bp: Estimate
    load_milli: Estimate


@dataclass(frozen=True, slots=True)
class Step:
    """What one more officer adds between two squads: covered enterprises a year, in 1/1000."""

    fewer: int
    more: int
    gain_milli: Estimate


@dataclass(frozen=True, slots=True)
class Enough:
    """The number of officers at which more stops helping.

    officers
        The first squad whose next officer adds less than `Assumptions.least_gain_milli`; if it is
        the smallest simulated, fewer may do. None if every step up to the largest squad helps.
    low, high
        95 % interval by resampling the runs; None as above.
    """

    officers: int | None
    low: int | None
    high: int | None
    rule: Sentence


@dataclass(frozen=True, slots=True)
class Scenario:
    """One what-if, with everything it rests on but the random stream."""

    month: dt.date
    months: int
    runs: int
    enterprises: int
    policy_digest: str
    grades_digest: str
    assumptions: Assumptions
    staffings: tuple[Staffing, ...]
    steps: tuple[Step, ...]
    enough: Enough
    notes: tuple[Sentence, ...]


def simulate(
    grades: Grades,
    policy: PolicyView,
    *,
    month: dt.date,
    officers: Sequence[int],
    months: int,
    runs: int,
    rng: Generator,
    assumptions: Assumptions | None = None,
) -> Scenario:
    """Live through `months` months from `month` with each number of officers, `runs` times.

    Years are twelve months from `month`, and nobody has been visited when they begin: start in
    January for calendar years.

    Parameters
    ----------
    month
        First day of the first month.
    officers
        Numbers of officers with a valid certificate and full working share, each at least 1.
    runs
        At least 2; 200 give intervals of about 1 % of the mean.

    Source: the formula of `scheduler.capacity` stands in for the planner; how close the two are is
    measured in ``tests/scheduler/test_staffing.py``.
    """
    if not officers or min(officers) < 1 or months < 1 or runs < 2:
        raise ValueError("simulate needs officers ≥ 1, months ≥ 1 and runs ≥ 2")
    squads = tuple(sorted(set(officers)))
    assumptions = assumptions or Assumptions()
    of_life, of_resampling = rng.spawn(2)
    county = county_of(grades, policy)
    calendar = months_from(month, months, policy)
    tallies = live(county, policy, calendar, squads, runs, assumptions, of_life)
    years = -(-months // MONTHS_OF_A_YEAR)
    covered = [tally.covered.sum(axis=1) / years for tally in tallies]
    gains = [
        (after - before) / (more - fewer)
        for (fewer, before), (more, after) in pairwise(zip(squads, covered, strict=True))
    ]
    return Scenario(
        month=month,
        months=months,
        runs=runs,
        enterprises=len(grades.table),
        policy_digest=policy.digest,
        grades_digest=grades_digest(grades),
        assumptions=assumptions,
        staffings=tuple(
            staffing(squad, tally, months, years, county.letters, policy)
            for squad, tally in zip(squads, tallies, strict=True)
        ),
        steps=tuple(
            Step(fewer, more, estimate(gain, MILLI))
            for (fewer, more), gain in zip(pairwise(squads), gains, strict=True)
        ),
        enough=enough(squads, gains, assumptions, of_resampling),
        notes=provisional(calendar),
    )


def provisional(calendar: Sequence[Month]) -> tuple[Sentence, ...]:
    """Said once for all months that have no official calendar yet."""
    months = [f"{month.first:%Y-%m}" for month in calendar if month.is_provisional]
    span = months[0] if len(months) == 1 else f"{months[0]}–{months[-1]}" if months else ""
    return (sentence("calendar_provisional", month=span),) if months else ()


def staffing(
    officers: int,
    tally: Tally,
    months: int,
    years: int,
    letters: Sequence[str],
    policy: PolicyView,
) -> Staffing:
    """The figures of one squad from its tally."""
    covered, members = tally.covered.sum(axis=1), tally.members.sum(axis=1)
    participations = tally.made * policy.roster.officers_per_visit
    return Staffing(
        officers=officers,
        coverage=tuple(
            Coverage(
                grade=letter,
                enterprises=round(float(tally.members[:, g].mean()) / years),
                share_bp=estimate(share(tally.covered[:, g], tally.members[:, g]), BP),
            )
            for g, letter in enumerate(letters)
            if tally.members[:, g].any()
        ),
        covered_bp=estimate(share(covered, members), BP),
        covered_milli=estimate(covered / years, MILLI),
        owed_bp=estimate(share(tally.left, tally.due), BP),
        undrawn_bp=estimate(1 - share(np.minimum(tally.drawn, tally.asked), tally.asked, 1.0), BP),
        load_milli=estimate(participations / officers / months, MILLI),
    )


def share(part: Ints | Floats, whole: Ints | Floats, empty: float = 0.0) -> Floats:
    """part / whole run by run; `empty` where there is nothing to share."""
    out: Floats = np.full(len(whole), empty)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def estimate(values: Floats, unit: int) -> Estimate:
    """Mean, interval and spread of `values` in units of ``1 / unit``.

    >>> estimate(np.array([0.25, 0.75]), 100)
    Estimate(mean=50, low=1, high=99, spread=35)
    """
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    half = Z_95 * spread / len(values) ** 0.5
    return Estimate(*(round(unit * value) for value in (mean, mean - half, mean + half, spread)))


def enough(
    squads: Sequence[int], gains: Sequence[Floats], assumptions: Assumptions, rng: Generator
) -> Enough:
    """The first squad whose next officer adds too little, with its interval over the runs."""
    least = assumptions.least_gain_milli
    rule = sentence("staffing_enough", gain=decimal(Fraction(least, MILLI)))
    if not gains:
        return Enough(None, None, None, rule)
    table = np.array(gains)
    runs = table.shape[1]
    picks = rng.integers(runs, size=(RESAMPLES, runs))
    resampled = first_idle_step(table[:, picks].mean(axis=2), least / MILLI)
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    point = first_idle_step(table.mean(axis=1, keepdims=True), least / MILLI)[0]
    # the position after the last step means: not within the squads simulated
    by_position = (*squads[:-1], None)
    return Enough(by_position[point], by_position[low], by_position[high], rule)


def first_idle_step(gain: Floats, least: float) -> Ints:
    """Position of the first step (row) of each column that gains less than `least`.

    >>> first_idle_step(np.array([[5.0, 5.0], [0.1, 2.0]]), 1.0)
    array([1, 2])
    """
    idle = np.vstack([gain < least, np.ones((1, gain.shape[1]), np.bool_)])
    return np.asarray(np.argmax(idle, axis=0))
