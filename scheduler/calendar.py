"""On which days does the squad work?

The published Chinese calendar (with its make-up days) is known year by year, usually from November
of the year before. Beyond it a month is *provisional*: weekdays without the statutory holidays
that can be foretold, and a sentence that says so. The overrides of the pack stand above both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import chinese_calendar

from riskengine.errors import Sentence, sentence
from riskengine.policy import CalendarRules

ONE_DAY = dt.timedelta(days=1)
UNPUBLISHED = NotImplementedError
"""What `chinese_calendar` raises of a year whose official notice it does not hold yet."""
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Workdays:
    """The workdays of one month.

    days
        In order.
    is_provisional
        The official notice for this month is not in force yet.
    note
        What to do about a provisional month; otherwise None.
    """

    month: dt.date
    days: tuple[dt.date, ...]
    is_provisional: bool
    note: Sentence | None


def workdays(month: dt.date, rules: CalendarRules) -> Workdays:
    """Workdays of the month that begins on `month`.

    Source: policy `calendar`; for "cn" the yearly notice of the State Council's office as carried
    by chinese_calendar (2004–2026).
    """
    last = next_month(month) - ONE_DAY
    is_provisional = last > rules.known_until or not is_published(month.year, rules)
    return Workdays(
        month=month,
        days=workdays_between(month, next_month(month), rules),
        is_provisional=is_provisional,
        note=sentence("calendar_provisional", month=f"{month:%Y-%m}") if is_provisional else None,
    )


def workdays_between(first: dt.date, end: dt.date, rules: CalendarRules) -> tuple[dt.date, ...]:
    """Workdays of the half-open window [first, end)."""
    return tuple(day for day in days_between(first, end) if is_workday(day, rules))


def add_workdays(day: dt.date, n: int, rules: CalendarRules) -> dt.date:
    """The `n`-th workday after `day`; `day` itself does not count.

    Used for deadlines such as the publication of results (`calendar.publication_workdays`).
    """
    while n > 0:
        day += ONE_DAY
        n -= is_workday(day, rules)
    return day


def is_workday(day: dt.date, rules: CalendarRules) -> bool:
    """Does the squad work on `day`? The overrides of the pack decide first."""
    override = rules.overrides.get(day.isoformat())
    if override is not None:
        return override == "work"
    if rules.country == "plain":
        return day.weekday() < SATURDAY
    try:
        return bool(chinese_calendar.is_workday(day))
    except UNPUBLISHED:
        return day.weekday() < SATURDAY and day not in foreseeable_holidays(day.year)


def is_published(year: int, rules: CalendarRules) -> bool:
    """Is there an official calendar of the year, in the library or in the overrides?"""
    if rules.country == "plain" or any(day.startswith(f"{year}-") for day in rules.overrides):
        return True
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except UNPUBLISHED:
        return False
    return True


@cache
def foreseeable_holidays(year: int) -> frozenset[dt.date]:
    """Statutory holidays of the solar calendar: they are sure before the notice is published.

    Those of the lunar calendar and all make-up days must come from the notice.
    Source: 全国年节及纪念日放假办法 (国务院令第795号).

    >>> dt.date(2027, 4, 5) in foreseeable_holidays(2027)
    True
    """
    terms = chinese_calendar.get_solar_terms(dt.date(year, 4, 1), dt.date(year, 4, 10))
    qingming = {day for day, name in terms if name == "清明"}
    fixed = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
    return frozenset({dt.date(year, month, day) for month, day in fixed} | qingming)


def next_month(month: dt.date) -> dt.date:
    """First day of the month after `month`.

    >>> next_month(dt.date(2026, 12, 1))
    datetime.date(2027, 1, 1)
    """
    return (month.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def days_between(first: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Every day of the half-open window [first, end)."""
    for offset in range((end - first).days):
        yield first + offset * ONE_DAY
