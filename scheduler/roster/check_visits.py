"""Is each visit made when the enterprise is open, as agreed, and in the way that was asked for?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from scheduler.roster.case import Case, Finding, found
from scheduler.roster.check_day import clock
from scheduler.roster.documents import Route, Stop


def visit_mode(case: Case) -> Iterator[Finding]:
    """As agreed with another office; else as the pack says for routine visits of the sector."""
    for route, stop in _stops(case):
        agreed = [one.mode for one in case.appointments.get(stop.enterprise_id, ())]
        usual = case.rules.visit_mode.get(case.sectors[stop.enterprise_id], "on_site")
        asked = agreed or [usual if stop.kind == "routine" else "on_site"]
        if stop.mode not in asked:
            facts = {"enterprise": stop.enterprise_id, "stated": stop.mode, "asked": asked[0]}
            yield found("visit_mode", route.route_id, **facts)


def time_window(case: Case) -> Iterator[Finding]:
    """Papers and screens need no door; an hour agreed with another office stands above."""
    for route, stop in _stops(case):
        key = stop.enterprise_id
        if stop.mode != "on_site" or key not in case.hours or key in case.appointments:
            continue
        opens, closes = case.hours[key]
        if not opens <= stop.start_minute <= closes:
            window = {"opens": clock(opens), "closes": clock(closes)}
            facts = {"enterprise": key, "start": clock(stop.start_minute)}
            yield found("time_window", route.route_id, **window, **facts)


def closed_day(case: Case) -> Iterator[Finding]:
    """Whoever has closed for good is checked in no way, at the desk either."""
    for route, stop in _stops(case):
        closed = case.closed.get(stop.enterprise_id, frozenset())
        is_gone = case.gone.get(stop.enterprise_id, dt.date.max) <= route.day
        if is_gone or (stop.mode == "on_site" and route.day in closed):
            yield found("closed_day", route.route_id, enterprise=stop.enterprise_id, day=route.day)


def joint_visit(case: Case) -> Iterator[Finding]:
    for route, stop in _stops(case):
        agreed = case.appointments.get(stop.enterprise_id, ())
        if not agreed:
            continue
        today = [one for one in agreed if one.day == route.day]
        if not today:
            facts = {"enterprise": stop.enterprise_id, "office": agreed[0].office}
            days = {"agreed": agreed[0].day, "day": route.day}
            yield found("joint_visit_day", route.route_id, **facts, **days)
        for one in today:
            opens, closes = one.hours
            if not opens <= stop.start_minute <= closes:
                facts = {"enterprise": stop.enterprise_id, "office": one.office}
                times = {"opens": clock(opens), "closes": clock(closes)}
                start = clock(stop.start_minute)
                yield found("joint_visit_hour", route.route_id, start=start, **facts, **times)


def _stops(case: Case) -> Iterator[tuple[Route, Stop]]:
    for route in case.routes.routes:
        for stop in route.stops:
            yield route, stop
