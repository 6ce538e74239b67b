"""When does an officer go out, as a calendar a telephone can read?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event


@dataclass(frozen=True, slots=True)
class Outing:
    """One field day of one officer. Minutes count from midnight, local time."""

    uid: str
    day: dt.date
    depart_minute: int
    return_minute: int
    summary: str
    description: str


def at(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    """The moment `minute` minutes after local midnight of `day`."""
    return dt.datetime.combine(day, dt.time(), tzinfo=zone) + dt.timedelta(minutes=minute)


def calendar_bytes(
    officer: str, outings: tuple[Outing, ...], *, stamp: dt.datetime, zone: str
) -> bytes:
    """An iCalendar file (RFC 5545) with one event per field day.

    stamp
        Moment of publication, with its time zone.
    """
    local = ZoneInfo(zone)
    book = Calendar()
    book.add("prodid", "-//riskengine//roster//ZH")
    book.add("version", "2.0")
    book.add("x-wr-calname", f"检查任务 {officer}")
    for outing in outings:
        event = Event()
        event.add("uid", f"{outing.uid}@riskengine")
        event.add("dtstamp", stamp)
        event.add("dtstart", at(outing.day, outing.depart_minute, local))
        event.add("dtend", at(outing.day, outing.return_minute, local))
        event.add("summary", outing.summary)
        event.add("description", outing.description)
        book.add_component(event)
    book.add_missing_timezones()
    return bytes(book.to_ical())
