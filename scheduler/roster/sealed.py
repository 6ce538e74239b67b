"""Until when are the names of the drawn officers sealed?

Whoever knows who is on the road today can guess who is left for tomorrow, so names wait until the
teams of their day have left, and the proof, from which all names follow, until the last have.
Source: sampling protocol §4.6.
"""

from __future__ import annotations

import datetime as dt

from riskengine.digest import digest
from riskengine.errors import NotAllowed
from scheduler.roster.documents import NamesOfDay, Roster, Routes


def teams_left(routes: Routes, day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """When the last team of a day leaves the base.

    zone
        Where the clock of the routes hangs.
    """
    minutes = [route.depart_minute for route in routes.routes if route.day == day]
    if not minutes:
        raise NotAllowed("names_no_team", day=day)
    return dt.datetime.combine(day, dt.time(), tzinfo=zone) + dt.timedelta(minutes=max(minutes))


def sealed_until(routes: Routes, at: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """When the last team of the month leaves; none once it has, or where there is no team.

    at
        Now.
    """
    last = max((route.day for route in routes.routes), default=None)
    moment = teams_left(routes, last, zone) if last else at
    return moment if at < moment else None


def names_of(
    routes: Routes, roster: Roster, day: dt.date, *, at: dt.datetime, zone: dt.tzinfo
) -> NamesOfDay:
    """Who is on the road on a day, once the teams have left; refused before."""
    left = teams_left(routes, day, zone)
    if at < left:
        raise NotAllowed("names_sealed", day=day, left=f"{left:%H:%M}")
    seats = tuple(one for one in roster.assignments if one.day == day)
    return NamesOfDay(roster.month, day, digest(roster), seats)


def require_unsealed(routes: Routes, at: dt.datetime, zone: dt.tzinfo) -> None:
    """Refuse to open what names that are still sealed follow from."""
    moment = sealed_until(routes, at, zone)
    if moment is not None:
        raise NotAllowed("month_sealed", day=moment.date(), left=f"{moment:%H:%M}")
