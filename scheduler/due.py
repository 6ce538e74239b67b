"""How many visits do the rules expect of one enterprise this month?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pyarrow.compute as pc

from riskengine.grade import Grades
from riskengine.policy import Peak, PolicyView, RateRules
from riskengine.register import Known
from scheduler.calendar import days_between, next_month, workdays_between
from scheduler.rates import ONCE_A_YEAR, Cell, Rate, yearly_cap
from scheduler.shares import M
from scheduler.together import planned_elsewhere

NOBODY_MET = "unreachable"
"""Result of an inspection that neither burdens nor covers the enterprise."""


@dataclass(frozen=True, slots=True)
class Year:
    """Where the month stands in its calendar year, in workdays; the month itself is left too."""

    month: int
    left: int
    whole: int


@dataclass(frozen=True, slots=True)
class VisitDay:
    """A visit on its day; one that an earlier plan has ahead counts as if it were made."""

    enterprise_id: str
    kind: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Standing:
    """One graded enterprise before the draw: its stratum and its counted visits of the year.

    last_on
        Last counted visit on record, of any year.
    is_drawn
        A routine visit was made this year and its sector may be drawn only once.
    offices
        Other offices that plan a visit this quarter.
    is_left
        Because of them it leaves the draw.
    """

    enterprise_id: str
    cell: Cell
    visited_on: tuple[dt.date, ...]
    is_capped: bool
    last_on: dt.date | None = None
    is_drawn: bool = False
    offices: tuple[str, ...] = ()
    is_left: bool = False


def year_of(month: dt.date, policy: PolicyView) -> Year:
    """Workdays of the month, from the month to the end of the year, and of the whole year."""
    end_of_year = dt.date(month.year + 1, 1, 1)
    days = workdays_between(dt.date(month.year, 1, 1), end_of_year, policy.calendar)
    return Year(
        month=sum(month <= day < next_month(month) for day in days),
        left=sum(month <= day for day in days),
        whole=len(days),
    )


def standings_of(
    grades: Grades,
    known: Known,
    rules: RateRules,
    month: dt.date,
    ahead: Iterable[VisitDay] = (),
) -> Iterator[Standing]:
    """The graded enterprises in order of their id bytes."""
    counted = visits_counted(known, rules, month, ahead)
    elsewhere = planned_elsewhere(known, month, rules.together)
    new_year = dt.date(month.year, 1, 1)
    columns = (grades.table[name].to_pylist() for name in ("enterprise_id", "grade", "sector"))
    for enterprise_id, grade, sector in sorted(zip(*columns, strict=True), key=id_bytes):
        visits = counted.get(enterprise_id, ())
        this_year = [visit for visit in visits if visit.day >= new_year]
        cap = yearly_cap(grade, sector, rules)
        offices = tuple(dict.fromkeys(item.office for item in elsewhere.get(enterprise_id, ())))
        yield Standing(
            enterprise_id,
            (grade, sector),
            tuple(visit.day for visit in this_year),
            is_capped=cap is not None and len(this_year) >= cap,
            last_on=visits[-1].day if visits else None,
            is_drawn=sector in rules.once_a_year
            and any(visit.kind == "routine" for visit in this_year),
            offices=offices,
            is_left=bool(offices) and rules.together == "exclude",
        )


def id_bytes(row: tuple[str, str, str]) -> bytes:
    """The order of ids everywhere in a draw: by their bytes."""
    return row[0].encode()


def counted_visits(
    known: Known, rules: RateRules, month: dt.date
) -> dict[str, tuple[dt.date, ...]]:
    """Days of this calendar year's inspections that count towards cap and coverage."""
    days = {
        one: tuple(visit.day for visit in visits if visit.day.year == month.year)
        for one, visits in visits_counted(known, rules, month).items()
    }
    return {one: found for one, found in days.items() if found}


def visits_counted(
    known: Known, rules: RateRules, month: dt.date, ahead: Iterable[VisitDay] = ()
) -> dict[str, tuple[VisitDay, ...]]:
    """Visits up to the month that burden and cover an enterprise, in order of their days.

    Kinds in `rates.uncounted_kinds` do not count, nor does a visit that met nobody. A visit ahead
    does not count where one of its month is on record.
    """
    table = known.tables["inspections"].select(["enterprise_id", "kind", "occurred_on", "result"])
    table = table.filter(
        (pc.field("occurred_on") < next_month(month)) & (pc.field("result") != NOBODY_MET)
    )
    visits: dict[str, tuple[VisitDay, ...]] = {}
    for one, kind, day, _ in zip(*table.sort_by("occurred_on").to_pydict().values(), strict=True):
        if kind not in rules.uncounted_kinds:
            visits[one] = (*visits.get(one, ()), VisitDay(one, kind, day))
    for visit in sorted(ahead, key=lambda visit: (visit.day, visit.enterprise_id)):
        before = visits.get(visit.enterprise_id, ())
        on_record = before and before[-1].day >= visit.day.replace(day=1)
        if visit.kind not in rules.uncounted_kinds and not on_record:
            visits[visit.enterprise_id] = (*before, visit)
    return visits


def peaks_of(sector: str, month: dt.date, policy: PolicyView) -> tuple[Peak, ...]:
    """Holiday peaks of this month that ask for full coverage of the sector."""
    return tuple(
        peak
        for peak in policy.calendar.peaks
        if sector in peak.full_sectors and peak.first < next_month(month) and month <= peak.last
    )


def due_nano(
    standing: Standing, rate: Rate, year: Year, peaks: Iterable[Peak], month: dt.date
) -> int:
    """Visits the rules expect this month of one enterprise, in 1e-9: 1 to M, or a hard 0."""
    if standing.is_capped or standing.is_left:
        return 0
    of_rate = rate.applied / ONCE_A_YEAR * Fraction(year.month, year.whole)
    if rate.mode == "full" and standing.visited_on:
        # covered once; only what the rate asks beyond once a year is still drawn
        beyond = max(Fraction(0), rate.applied - ONCE_A_YEAR) / ONCE_A_YEAR
        of_rate = beyond * Fraction(year.month, year.whole)
    elif rate.mode == "full":
        of_rate = max(of_rate, Fraction(year.month, year.left))
    of_peaks = (of_peak(peak, standing, month) for peak in peaks)
    due = max(of_rate, *of_peaks, Fraction(0))
    if due == 0 and rate.mode != "random":
        return 0
    return min(M, max(1, int(due * M)))


def of_peak(peak: Peak, standing: Standing, month: dt.date) -> Fraction:
    """Chance of a visit this month so that each enterprise is visited once in the peak."""
    if any(peak.first <= day for day in standing.visited_on):
        return Fraction(0)
    return peak_share(peak, month)


def peak_share(peak: Peak, month: dt.date) -> Fraction:
    """Days of the peak in this month by those it has left.

    Calendar days, because a peak may be all holidays.
    """
    days = list(days_between(max(peak.first, month), peak.last + dt.timedelta(days=1)))
    return Fraction(sum(day < next_month(month) for day in days), len(days))
