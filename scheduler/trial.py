"""How do the months go by, run by run, if the squad has so many officers?

A Monte-Carlo of the monthly routine with the formula of `capacity` in place of the planner. Every
number of officers lives through the same months: the same changes of grade, the same absences of
the same officers, the same closed doors and the same tickets (common random numbers), so that
differences between squads are differences of the squads. Arrays are runs × enterprises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from riskengine.policy import Peak, PolicyView
from scheduler.capacity import formula
from scheduler.county import (
    MONTHS_OF_A_YEAR,
    County,
    Floats,
    Ints,
    Mask,
    Month,
    applied_rates,
)

BP = 10_000


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the simulation takes for granted beside the rules. House figures: change them.

    regraded_bp
        Enterprises that get a new grade in a month, in 1/10000. The new grade is that of a random
        enterprise of the same sector today, so the mix of grades stays as it is.
    absent_bp
        Officer-days lost to leave and illness, in 1/10000. The month is allotted with the
        expected share; the month itself has the share it happens to have.
    nobody_met_bp
        Visits that find the enterprise closed or unreachable, in 1/10000.
    cases_per_1000
        Case visits (complaints, handed-over leads, re-checks) per 1,000 enterprises and year.
        They come before everything else.
    least_gain_milli
        One more officer "helps" while it adds this many covered enterprises a year, in 1/1000.
    """

    regraded_bp: int = 300
    absent_bp: int = 600
    nobody_met_bp: int = 300
    cases_per_1000: int = 30
    least_gain_milli: int = 1000


@dataclass(slots=True)
class Tally:
    """What has happened to one squad so far: a state that the months change.

    visits
        Counted visits of the present year of each enterprise.
    owed, owed_cases
        Routine visits and case visits carried over.
    due, made, left, asked, drawn
        Per run, over all months: visits due (carried over included), made, left at the end of a
        month; routine visits the rules asked for, and routine visits drawn.
    covered, members
        Per run and grade, over all years: enterprises met at least once, and all of them.
    """

    visits: Ints
    owed: Mask
    owed_cases: Ints
    in_peak: dict[Peak, Mask]
    due: Ints
    made: Ints
    left: Ints
    asked: Floats
    drawn: Ints
    covered: Ints
    members: Ints


@dataclass(frozen=True, slots=True)
class Luck:
    """The chance of one month, the same for every squad."""

    ticket: Floats
    order: Floats
    is_met: Mask
    cases: Ints


def live(
    county: County,
    policy: PolicyView,
    calendar: Sequence[Month],
    officers: Sequence[int],
    runs: int,
    assumptions: Assumptions,
    rng: Generator,
) -> list[Tally]:
    """Every squad of `officers` through all months, `runs` times; one tally per squad."""
    of_grades, of_absence, of_luck = rng.spawn(3)
    absent = days_absent(calendar, max(officers), runs, assumptions, of_absence)
    grade = np.tile(county.grade, (runs, 1))
    grade_at_start = grade
    tallies = [blank(county, runs) for _ in officers]
    for k, month in enumerate(calendar):
        grade = regraded(grade, county, assumptions, of_grades) if k else grade
        luck = luck_of(grade.shape, assumptions, of_luck)
        if month.is_first_of_year:
            grade_at_start = grade
        rate = applied_rates(grade, county)
        for squad, tally in zip(officers, tallies, strict=True):
            if month.is_first_of_year:
                tally.visits[:] = 0
            present = squad * month.workdays - absent[:squad, k].sum(axis=0)
            expected = squad * month.workdays * (BP - assumptions.absent_bp) // BP
            can = visits_by_days(squad * month.workdays, month, policy)
            pass_month(tally, grade, rate, county, month, can[expected], can[present], luck)
            if (k + 1) % MONTHS_OF_A_YEAR == 0 or k + 1 == len(calendar):
                close_year(tally, grade_at_start)
    return tallies


def blank(county: County, runs: int) -> Tally:
    """The tally of a squad before its first month: nobody visited, nothing owed."""
    shape, cells = (runs, len(county.grade)), (runs, len(county.letters))
    zero = np.zeros(runs, np.int64)
    return Tally(
        visits=np.zeros(shape, np.int64),
        owed=np.zeros(shape, np.bool_),
        owed_cases=zero.copy(),
        in_peak={},
        due=zero.copy(),
        made=zero.copy(),
        left=zero.copy(),
        asked=np.zeros(runs),
        drawn=zero.copy(),
        covered=np.zeros(cells, np.int64),
        members=np.zeros(cells, np.int64),
    )


def days_absent(
    calendar: Sequence[Month], most: int, runs: int, assumptions: Assumptions, rng: Generator
) -> Ints:
    """Days away, officers × months × runs; each officer has a stream that no squad size moves."""
    days = np.array([[month.workdays] for month in calendar])
    share = assumptions.absent_bp / BP
    streams = rng.spawn(most)
    return np.array([one.binomial(days, share, (len(calendar), runs)) for one in streams], np.int64)


def visits_by_days(most_days: int, month: Month, policy: PolicyView) -> Ints:
    """The formula as a table: officer-days present → visits."""
    days = range(most_days + 1)
    return np.array([formula(n, month.lost, policy.roster).visits for n in days], np.int64)


def regraded(grade: Ints, county: County, assumptions: Assumptions, rng: Generator) -> Ints:
    """Some enterprises take over the grade that a random one of their sector has today."""
    moves = rng.random(grade.shape) < assumptions.regraded_bp / BP
    pick = rng.random(grade.shape)
    sizes = np.bincount(county.sector)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    by_sector = county.grade[np.argsort(county.sector, kind="stable")]
    offset = np.floor(pick * sizes[county.sector]).astype(np.int64)
    return np.where(moves, by_sector[starts[county.sector] + offset], grade)


def luck_of(shape: tuple[int, ...], assumptions: Assumptions, rng: Generator) -> Luck:
    """Tickets, order of service, open doors and case visits of one month."""
    runs, enterprises = shape
    cases = enterprises * assumptions.cases_per_1000 / 1000 / MONTHS_OF_A_YEAR
    return Luck(
        ticket=rng.random(shape),
        order=rng.random(shape),
        is_met=rng.random(shape) >= assumptions.nobody_met_bp / BP,
        cases=rng.poisson(cases, runs).astype(np.int64),
    )


def pass_month(
    tally: Tally,
    grade: Ints,
    rate: Floats,
    county: County,
    month: Month,
    planned: np.int64,
    able: Ints,
    luck: Luck,
) -> None:
    """Allot with the planned capacity, draw, visit with the real one, carry the rest over."""
    asked = asked_of(tally, grade, rate, county, month)
    cases = luck.cases + tally.owed_cases
    room = np.maximum(planned - cases - tally.owed.sum(axis=1), 0)
    wanted = np.ceil(asked.sum(axis=1) - 1e-9).astype(np.int64)
    drawn = drawn_of(asked, np.minimum(wanted, room), luck.ticket)

    due = drawn | tally.owed
    served_cases = np.minimum(cases, able)
    order = np.where(due, luck.order + drawn, np.inf)
    served = due & smallest(order, able - served_cases)
    met = served & luck.is_met

    tally.asked += asked.sum(axis=1)
    tally.drawn += drawn.sum(axis=1)
    tally.due += cases + due.sum(axis=1)
    tally.made += served_cases + served.sum(axis=1)
    tally.owed, tally.owed_cases = due & ~served, cases - served_cases
    tally.left += tally.owed_cases + tally.owed.sum(axis=1)
    tally.visits += met
    for peak, _ in month.peaks:
        tally.in_peak[peak] = tally.in_peak.get(peak, np.zeros_like(met)) | met


def asked_of(tally: Tally, grade: Ints, rate: Floats, county: County, month: Month) -> Floats:
    """The visits the rules expect of each enterprise, 0 to 1, as `due.due_nano` has it."""
    is_full = county.is_full[county.sector, grade]
    asked = rate * month.share_of_year
    covered = np.maximum(rate - 1, 0) * month.share_of_year
    in_full = np.where(tally.visits > 0, covered, np.maximum(asked, month.share_of_rest))
    asked = np.where(is_full, in_full, asked)
    for peak, share in month.peaks:
        of_peak = np.array([sector in peak.full_sectors for sector in county.sectors])
        open_now = ~tally.in_peak.get(peak, np.zeros_like(tally.owed))
        asked = np.where(of_peak[county.sector] & open_now, np.maximum(asked, share), asked)
    is_capped = tally.visits >= county.cap[county.sector, grade]
    return np.where(is_capped | tally.owed, 0.0, np.minimum(asked, 1.0))


def drawn_of(asked: Floats, n: Ints, ticket: Floats) -> Mask:
    """`n` enterprises per run with chances in proportion to `asked` (Pareto sampling).

    Certain visits stay certain when the month is short, as in `quota.fitted`.
    """
    is_certain = asked >= 1
    others = np.where(is_certain, 0.0, asked)
    total = others.sum(axis=1)
    room = np.maximum(n - is_certain.sum(axis=1), 0)
    scale = np.divide(room, total, out=np.zeros_like(total), where=total > 0)
    chance = np.where(is_certain, 1.0, np.minimum(others * scale[:, None], 1.0))
    odds = ticket * (1 - chance)
    key = np.divide(odds, (1 - ticket) * chance, out=np.full_like(odds, np.inf), where=chance > 0)
    key = np.where(chance >= 1, ticket - 1, key)
    return (chance > 0) & smallest(key, n)


def smallest(key: Floats, n: Ints) -> Mask:
    """The `n` smallest keys of each row; ties are as good as impossible except at infinity."""
    ordered = np.sort(key, axis=1)
    last = np.clip(n - 1, 0, key.shape[1] - 1)
    threshold = np.take_along_axis(ordered, last[:, None], axis=1)
    return (key <= threshold) & (n > 0)[:, None]


def close_year(tally: Tally, grade_at_start: Ints) -> None:
    """Count who was met at least once, by the grade at the start of the year."""
    for g in range(tally.covered.shape[1]):
        members = grade_at_start == g
        tally.members[:, g] += members.sum(axis=1)
        tally.covered[:, g] += (members & (tally.visits > 0)).sum(axis=1)
