"""Does the day of each route keep the rules?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from riskengine.policy import RosterRules
from scheduler.roster.case import Case, Finding, found
from scheduler.roster.documents import Route, Stop
from scheduler.roster.rules import spans


def working_hours(case: Case) -> Iterator[Finding]:
    start, end = case.rules.day_start_minute, case.rules.day_end_minute
    for route in case.routes.routes:
        if route.depart_minute < start or route.return_minute > end:
            facts = {"depart": clock(route.depart_minute), "back": clock(route.return_minute)}
            times = {"start": clock(start), "end": clock(end)}
            yield found("working_hours", route.route_id, **facts, **times)


def half_day(case: Case) -> Iterator[Finding]:
    halves = spans(case.rules)
    for route in case.routes.routes if len(halves) > 1 else ():
        out, back = route.depart_minute, route.return_minute
        if not any(begin <= out and back <= end for begin, end in halves):
            first, second = (f"{clock(begin)}–{clock(end)}" for begin, end in halves)
            facts = {"depart": clock(out), "back": clock(back)}
            yield found("half_day", route.route_id, first=first, second=second, **facts)


def lunch(case: Case) -> Iterator[Finding]:
    rules = case.rules
    if not rules.lunch_minutes:
        return
    for route in case.routes.routes:
        first, last = rules.lunch_earliest_minute, rules.lunch_latest_minute
        if not first <= route.lunch_minute <= last:
            facts = {"lunch": clock(route.lunch_minute), "first": clock(first)}
            yield found("lunch_window", route.route_id, last=clock(last), **facts)
        over = route.lunch_minute + rules.lunch_minutes
        for stop in route.stops:
            if route.lunch_minute < stop.end_minute and over > stop.start_minute:
                facts = {"lunch": clock(route.lunch_minute), "enterprise": stop.enterprise_id}
                yield found("lunch_cut", route.route_id, **facts)


def travel(case: Case) -> Iterator[Finding]:
    """Between leaving one place and reaching the next lie the drive and, where taken, lunch."""
    for route in case.routes.routes:
        legs = list(pairwise(_calls(route)))
        for (here, leave, _), (there, _, reach) in legs:
            road = case.minutes[here, there]
            if reach < _earliest(leave, reach, road, route, case.rules):
                facts = {"here": here, "there": there, "leave": clock(leave)}
                yield found("travel", route.route_id, reach=clock(reach), road=road, **facts)
        if any(stop.start_minute < stop.arrive_minute for stop in route.stops):
            yield found("travel_order", route.route_id)
        total = sum(case.minutes[here, there] for (here, _, _), (there, _, _) in legs)
        if total != route.travel_minutes:
            stated = route.travel_minutes
            yield found("travel_total", route.route_id, stated=stated, total=total)


def _calls(route: Route) -> Iterator[tuple[str, int, int]]:
    """(place, leaving minute, reaching minute) from base to base."""
    yield "base", route.depart_minute, route.depart_minute
    for stop in route.stops:
        place = stop.enterprise_id if stop.mode == "on_site" else "base"
        yield place, stop.end_minute, stop.arrive_minute
    yield "base", route.return_minute, route.return_minute


def _earliest(leave: int, reach: int, road: int, route: Route, rules: RosterRules) -> int:
    """Earliest arrival; lunch that overlaps the leg has to come before the drive."""
    lunch, over = route.lunch_minute, route.lunch_minute + rules.lunch_minutes
    if rules.lunch_minutes and lunch < reach and over > leave:
        return max(leave, over) + road
    return leave + road


def visit_minutes(case: Case) -> Iterator[Finding]:
    """A routine visit takes the time the rules give its sector, or work at the desk; others take
    some time."""
    for route in case.routes.routes:
        for stop in route.stops:
            least = _least_minutes(case, stop)
            spent = stop.end_minute - stop.start_minute
            if spent < least:
                facts = {"enterprise": stop.enterprise_id, "spent": spent, "least": least}
                yield found("visit_minutes", route.route_id, **facts)


def _least_minutes(case: Case, stop: Stop) -> int:
    if stop.kind != "routine":
        return 1
    if stop.mode != "on_site":
        return case.rules.desk_minutes.get(stop.mode, 1)
    return case.rules.visit_minutes.get(case.sectors[stop.enterprise_id], 1)


def most_visits_a_day(case: Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        if not 1 <= len(route.stops) <= case.rules.most_visits_a_day:
            facts = {"visits": len(route.stops), "most": case.rules.most_visits_a_day}
            yield found("most_visits_a_day", route.route_id, **facts)


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
