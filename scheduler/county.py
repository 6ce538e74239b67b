"""From which enterprises, rates and months does a simulation start?

The arrays behind `scheduler.trial`: what is the same in every run.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from riskengine.grade import Grades
from riskengine.policy import Peak, PolicyView
from scheduler.calendar import next_month, workdays
from scheduler.capacity import peak_cut
from scheduler.due import peak_share
from scheduler.rates import asked_rate, yearly_cap

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MONTHS_OF_A_YEAR = 12
NO_CAP = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class County:
    """The enterprises and the rules as arrays: one entry per enterprise, or per cell.

    grade, sector
        Position of each enterprise's grade in `letters` and of its sector.
    asked, floor, cap, is_full
        Per (sector, grade): visits per enterprise and year, counted visits of a year, and whether
        it is covered in full.
    is_bound
        Per sector: under the ceiling.
    """

    letters: tuple[str, ...]
    sectors: tuple[str, ...]
    grade: Ints
    sector: Ints
    asked: Floats
    floor: Floats
    cap: Ints
    is_full: Mask
    is_bound: Mask
    ceiling: float


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the calendar and its place in its year of twelve months.

    share_of_year, share_of_rest
        Workdays of the month by those of the year, and by those from the month on.
    lost
        Share of routine work lost to holiday peaks.
    peaks
        Peaks with full coverage: (peak, days of it in this month by its days left).
    is_provisional
        The month has no official calendar yet.
    """

    first: dt.date
    workdays: int
    share_of_year: float
    share_of_rest: float
    lost: Fraction
    is_first_of_year: bool
    peaks: tuple[tuple[Peak, float], ...]
    is_provisional: bool


def county_of(grades: Grades, policy: PolicyView) -> County:
    """Enterprises and rates as arrays."""
    rules = policy.rates
    letters = tuple(sorted(rules.yearly_permille))
    of_sector = grades.table["sector"].to_pylist()
    sectors = tuple(sorted(set(of_sector)))
    rates = [[asked_rate(letter, sector, rules) for letter in letters] for sector in sectors]
    caps = [[yearly_cap(letter, sector, rules) for letter in letters] for sector in sectors]
    return County(
        letters=letters,
        sectors=sectors,
        grade=np.array([letters.index(g) for g in grades.table["grade"].to_pylist()], np.int64),
        sector=np.array([sectors.index(s) for s in of_sector], np.int64),
        asked=np.array([[rate.asked / 1000 for rate in row] for row in rates]),
        floor=np.array([[rate.floor / 1000 for rate in row] for row in rates]),
        cap=np.array([[NO_CAP if cap is None else cap for cap in row] for row in caps], np.int64),
        is_full=np.array([[rate.mode == "full" for rate in row] for row in rates], np.bool_),
        is_bound=np.array([sector not in rules.key_sectors for sector in sectors]),
        ceiling=rules.ceiling_permille / 1000,
    )


def months_from(first: dt.date, count: int, policy: PolicyView) -> tuple[Month, ...]:
    """`count` months; a year is twelve months from `first`, whole even if `count` ends inside."""
    firsts = [first]
    while len(firsts) < count or len(firsts) % MONTHS_OF_A_YEAR:
        firsts.append(next_month(firsts[-1]))
    calendars = [workdays(month, policy.calendar) for month in firsts]
    days = [calendar.days for calendar in calendars]
    made = []
    for k in range(count):
        year = k - k % MONTHS_OF_A_YEAR
        rest = sum(map(len, days[k : year + MONTHS_OF_A_YEAR]))
        whole = sum(map(len, days[year : year + MONTHS_OF_A_YEAR]))
        cut = sum(peak_cut(day, policy.calendar) for day in days[k])
        peaks = [p for p in policy.calendar.peaks if p.first < next_month(firsts[k])]
        peaks = [p for p in peaks if p.full_sectors and firsts[k] <= p.last]
        made.append(
            Month(
                first=firsts[k],
                workdays=len(days[k]),
                share_of_year=len(days[k]) / whole,
                share_of_rest=len(days[k]) / rest,
                lost=Fraction(cut, 1000 * len(days[k])),
                is_first_of_year=k == year,
                peaks=tuple((peak, float(peak_share(peak, firsts[k]))) for peak in peaks),
                is_provisional=calendars[k].is_provisional,
            )
        )
    return tuple(made)


def applied_rates(grade: Ints, county: County) -> Floats:
    """Yearly visits of each enterprise after the ceiling, as `rates.yearly_rates` has it."""
    asked = county.asked[county.sector, grade]
    floor = county.floor[county.sector, grade]
    bound = county.is_bound[county.sector]
    limit = county.ceiling * bound.sum()
    floors = (floor * bound).sum(axis=1)
    above = ((asked - floor) * bound).sum(axis=1)
    room = np.divide(limit - floors, above, out=np.ones_like(above), where=above > 0)
    factor = np.where(bound, np.clip(room, 0, 1)[:, None], 1.0)
    return np.asarray(floor + factor * (asked - floor))
