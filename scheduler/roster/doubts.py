"""Which rows of an import can no team keep, as far as calendar and working hours go?

The register reads what stands in a cell; whether a day is a workday, and an hour one at which teams
are out, is said by the pack.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from riskengine.errors import sentence
from riskengine.policy import Policy
from riskengine.rows import Doubt, Flaw
from riskengine.rules import CalendarRules, RosterRules
from scheduler.calendar import is_published, is_workday
from scheduler.roster.facts import hours
from scheduler.roster.rules import clock, spans

WEEKDAYS = (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"),
    ("周五", "Friday"), ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip


def appointment_doubts(row: Mapping[str, Any], policy: Policy, today: dt.date) -> Iterator[Doubt]:
    """What is wrong with an appointment that is still to come.

    A day that surely is no workday, and an hour at which no team is out, refuse the row; a day of a
    year whose notice is not published yet flags it.
    """
    if row["agreed_on"] < today or row["withdrawn"]:
        return
    rules = policy.on(today)
    yield from _of_day(row["agreed_on"], rules.calendar)
    yield from _of_hour(row["begin_from_minute"], row["begin_until_minute"], rules.roster)


def _of_day(day: dt.date, rules: CalendarRules) -> Iterator[Doubt]:
    if is_workday(day, rules):
        return
    is_sure = is_published(day.year, rules)
    code = "appointment_no_workday" if is_sure else "appointment_maybe_no_workday"
    zh, en = WEEKDAYS[day.weekday()]
    reason = sentence(code, value=day, weekday_zh=zh, weekday_en=en)
    yield Doubt(Flaw("agreed_on", day.isoformat(), reason), is_sure)


def _of_hour(begin: int | None, until: int | None, rules: RosterRules) -> Iterator[Doubt]:
    """An hour without an end is that hour; one after the end of work begins too late as well."""
    first, last = hours(begin, begin if until is None else until)
    opens, closes = spans(rules)[0][0], spans(rules)[-1][1]
    if first < closes and opens <= last:
        return
    field = "begin_from_minute" if begin is not None else "begin_until_minute"
    value = clock(last if begin is None else first)
    facts = {"begin": clock(opens), "end": clock(closes)}
    reason = sentence("appointment_out_of_hours", value=value, **facts)
    yield Doubt(Flaw(field, value, reason), is_refused=True)
