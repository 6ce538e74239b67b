"""Does a plan or a roster keep every rule, whoever made it?

The authority on every roster, hand edits included. It knows no solver and none of the planner's
reasoning: it reads the register, the rules and the document, and judges.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from riskengine.errors import NotFound, Sentence, sentence
from riskengine.policy import PolicyView, RosterRules
from riskengine.register import Known
from scheduler.roster.documents import Assignment, Roster, Route, Routes, Stop
from scheduler.roster.rules import RULES, Officer, fair_least, most_field_days, officers_of
from scheduler.travel import places, travel_minutes


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is not kept: its name, where (route, officer, day or enterprise), and how."""

    rule: str
    where: str
    zh: str
    en: str


Finding = tuple[str, Sentence]


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that is judged, and what it is judged by."""

    routes: Routes
    by_id: dict[str, Route]
    assignments: tuple[Assignment, ...] | None
    officers: dict[str, Officer]
    sectors: dict[str, str]
    rules: RosterRules
    days: tuple[dt.date, ...]
    drawn: frozenset[str] | None
    minutes: dict[tuple[str, str], int]
    vehicles: int


def broken_rules(
    routes: Routes,
    roster: Roster | None,
    known: Known,
    policy: PolicyView,
    *,
    days: Sequence[dt.date],
    drawn_ids: Collection[str] | None = None,
    matrix: pa.Table | None = None,
) -> tuple[Broken, ...]:
    """Every breach, in the order of `rules.RULES`; empty where all rules are kept.

    roster
        None judges the routes alone.
    days
        Workdays that may be used.
    drawn_ids
        Enterprises that may and must be visited or owed; none leaves that unjudged.
    matrix
        Imported travel times the plan was made with, see `scheduler.travel.travel_minutes`.
    """
    case = _case(routes, roster, known, policy, days, drawn_ids, matrix)
    return tuple(
        Broken(rule.name, where, what.zh, what.en)
        for rule in RULES
        for where, what in CHECKS[rule.name](case)
    )


def _case(
    routes: Routes,
    roster: Roster | None,
    known: Known,
    policy: PolicyView,
    days: Sequence[dt.date],
    drawn_ids: Collection[str] | None,
    matrix: pa.Table | None,
) -> _Case:
    rows = known.tables["enterprises"].select(["enterprise_id", "sector"]).to_pylist()
    sectors = {row["enterprise_id"]: row["sector"] for row in rows}
    visited = sorted({stop.enterprise_id for route in routes.routes for stop in route.stops})
    unknown = [key for key in visited if key not in sectors]
    if unknown:
        raise NotFound("not_found", kind="enterprise", name=unknown[0])
    sites = places(known, visited)
    minutes = travel_minutes(sites, policy.roster, matrix).tolist()
    return _Case(
        routes=routes,
        by_id={route.route_id: route for route in routes.routes},
        assignments=None if roster is None else roster.assignments,
        officers={officer.inspector_id: officer for officer in officers_of(known)},
        sectors=sectors,
        rules=policy.roster,
        days=tuple(days),
        drawn=None if drawn_ids is None else frozenset(drawn_ids),
        minutes={
            (a, b): minutes[i][j] for i, a in enumerate(sites.ids) for j, b in enumerate(sites.ids)
        },
        vehicles=known.tables["vehicles_pool"].num_rows,
    )


# ── people ────────────────────────────────────────────────────────────────────────────────


def _two_officers(case: _Case) -> Iterator[Finding]:
    if case.assignments is None:
        return
    count = Counter(a.route_id for a in case.assignments)
    for route in case.routes.routes:
        if count[route.route_id] != 1:
            yield _found("two_officers_count", route.route_id, count=count[route.route_id])
    for a in case.assignments:
        route_of = case.by_id.get(a.route_id)
        if route_of is None or route_of.day != a.day:
            yield _found("two_officers_route", a.route_id, day=a.day)
        if a.lead == a.second:
            yield _found("two_officers_same", a.route_id, name=_name(case, a.lead))
        for inspector_id in {a.lead, a.second} - case.officers.keys():
            yield _found("two_officers_unknown", a.route_id, name=inspector_id)


def _sent(case: _Case) -> Iterator[tuple[Assignment, Officer]]:
    """Every officer with every assignment he or she is in."""
    for a in case.assignments or ():
        for inspector_id in sorted({a.lead, a.second}):
            if inspector_id in case.officers:
                yield a, case.officers[inspector_id]


def _has_valid_certificate(officer: Officer, day: dt.date) -> bool:
    return bool(officer.certificate and officer.expires_on and officer.expires_on >= day)


def _has_hours(officer: Officer, rules: RosterRules) -> bool:
    hours = officer.training_hours
    return hours is None or hours >= rules.least_training_hours


def _is_on_leave(officer: Officer, day: dt.date) -> bool:
    return any(first <= day <= last for first, last in officer.away)


def _valid_certificate(case: _Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        if not _has_valid_certificate(officer, a.day):
            until = officer.expires_on if officer.certificate else None
            facts = {"name": officer.name, "day": a.day, "until": until or "–"}
            yield _found("valid_certificate", a.route_id, **facts)


def _training_hours(case: _Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        if not _has_hours(officer, case.rules):
            facts = {"hours": officer.training_hours, "least": case.rules.least_training_hours}
            yield _found("training_hours", a.route_id, name=officer.name, **facts)


def _lead_licence(case: _Case) -> Iterator[Finding]:
    for a in case.assignments or ():
        route, lead = case.by_id.get(a.route_id), case.officers.get(a.lead)
        if route is None or lead is None:
            continue
        missing = {case.sectors[stop.enterprise_id] for stop in route.stops} - lead.sectors
        for sector in sorted(missing):
            yield _found("lead_licence", a.route_id, name=lead.name, sector=sector)


def _avoidance(case: _Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        route = case.by_id.get(a.route_id)
        for stop in route.stops if route else ():
            if stop.enterprise_id in officer.avoids:
                facts = {"name": officer.name, "enterprise": stop.enterprise_id}
                yield _found("avoidance", a.route_id, **facts)


def _leave(case: _Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        if _is_on_leave(officer, a.day):
            yield _found("leave", a.route_id, name=officer.name, day=a.day)


def _one_route_a_day(case: _Case) -> Iterator[Finding]:
    routes = Counter((officer.inspector_id, a.day) for a, officer in _sent(case))
    for (inspector_id, day), count in sorted(routes.items()):
        if count > 1:
            facts = {"name": _name(case, inspector_id), "day": day, "count": count}
            yield _found("one_route_a_day", inspector_id, **facts)


def _field_days(case: _Case) -> Counter[str]:
    return Counter(officer.inspector_id for _, officer in _sent(case))


def _field_days_most(case: _Case) -> Iterator[Finding]:
    for inspector_id, days in sorted(_field_days(case).items()):
        most = most_field_days(case.officers[inspector_id], case.rules.field_days_most)
        if days > most:
            facts = {"name": _name(case, inspector_id), "days": days, "most": most}
            yield _found("field_days_most", inspector_id, **facts)


def _field_days_spread(case: _Case) -> Iterator[Finding]:
    """An officer owes by the days free, and nothing where every route holds an avoidance."""
    field_days = _field_days(case)
    greatest = max(field_days.values(), default=0)
    for key, officer in case.officers.items():
        if not any(_may_join(officer, route) for route in case.routes.routes):
            continue
        free = sum(_is_free(officer, day, case.rules) for day in case.days)
        least = fair_least(max(greatest - case.rules.field_days_spread, 0), free, len(case.days))
        if field_days[key] < least:
            facts = {"days": field_days[key], "least": least, "greatest": greatest, "free": free}
            yield _found("field_days_spread", key, name=officer.name, **facts)


def _may_join(officer: Officer, route: Route) -> bool:
    return all(stop.enterprise_id not in officer.avoids for stop in route.stops)


def _is_free(officer: Officer, day: dt.date, rules: RosterRules) -> bool:
    return (
        _has_valid_certificate(officer, day)
        and _has_hours(officer, rules)
        and not _is_on_leave(officer, day)
    )


def _name(case: _Case, inspector_id: str) -> str:
    return case.officers[inspector_id].name if inspector_id in case.officers else inspector_id


# ── the day of a route ────────────────────────────────────────────────────────────────────


def _working_hours(case: _Case) -> Iterator[Finding]:
    start, end = case.rules.day_start_minute, case.rules.day_end_minute
    for route in case.routes.routes:
        if route.depart_minute < start or route.return_minute > end:
            facts = {"depart": _clock(route.depart_minute), "back": _clock(route.return_minute)}
            times = {"start": _clock(start), "end": _clock(end)}
            yield _found("working_hours", route.route_id, **facts, **times)


def _lunch(case: _Case) -> Iterator[Finding]:
    rules = case.rules
    if not rules.lunch_minutes:
        return
    for route in case.routes.routes:
        first, last = rules.lunch_earliest_minute, rules.lunch_latest_minute
        if not first <= route.lunch_minute <= last:
            facts = {"lunch": _clock(route.lunch_minute), "first": _clock(first)}
            yield _found("lunch_window", route.route_id, last=_clock(last), **facts)
        over = route.lunch_minute + rules.lunch_minutes
        for stop in route.stops:
            if route.lunch_minute < stop.end_minute and over > stop.start_minute:
                facts = {"lunch": _clock(route.lunch_minute), "enterprise": stop.enterprise_id}
                yield _found("lunch_cut", route.route_id, **facts)


def _travel(case: _Case) -> Iterator[Finding]:
    """Between leaving one place and reaching the next lie the drive and, where taken, lunch."""
    for route in case.routes.routes:
        legs = list(pairwise(_calls(route)))
        for (here, leave, _), (there, _, reach) in legs:
            road = case.minutes[here, there]
            if reach < _earliest(leave, reach, road, route, case.rules):
                facts = {"here": here, "there": there, "leave": _clock(leave)}
                yield _found("travel", route.route_id, reach=_clock(reach), road=road, **facts)
        if any(stop.start_minute < stop.arrive_minute for stop in route.stops):
            yield _found("travel_order", route.route_id)
        total = sum(case.minutes[here, there] for (here, _, _), (there, _, _) in legs)
        if total != route.travel_minutes:
            stated = route.travel_minutes
            yield _found("travel_total", route.route_id, stated=stated, total=total)


def _calls(route: Route) -> Iterator[tuple[str, int, int]]:
    """(place, leaving minute, reaching minute) from base to base."""
    yield "base", route.depart_minute, route.depart_minute
    for stop in route.stops:
        yield stop.enterprise_id, stop.end_minute, stop.arrive_minute
    yield "base", route.return_minute, route.return_minute


def _earliest(leave: int, reach: int, road: int, route: Route, rules: RosterRules) -> int:
    """Earliest arrival; lunch that overlaps the leg has to come before the drive."""
    lunch, over = route.lunch_minute, route.lunch_minute + rules.lunch_minutes
    if rules.lunch_minutes and lunch < reach and over > leave:
        return max(leave, over) + road
    return leave + road


def _visit_minutes(case: _Case) -> Iterator[Finding]:
    """A routine visit takes the time the rules give its sector; others take some time."""
    for route in case.routes.routes:
        for stop in route.stops:
            least = _least_minutes(case, stop)
            spent = stop.end_minute - stop.start_minute
            if spent < least:
                facts = {"enterprise": stop.enterprise_id, "spent": spent, "least": least}
                yield _found("visit_minutes", route.route_id, **facts)


def _least_minutes(case: _Case, stop: Stop) -> int:
    sector = case.sectors[stop.enterprise_id]
    return case.rules.visit_minutes.get(sector, 1) if stop.kind == "routine" else 1


def _most_visits_a_day(case: _Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        if not 1 <= len(route.stops) <= case.rules.most_visits_a_day:
            facts = {"visits": len(route.stops), "most": case.rules.most_visits_a_day}
            yield _found("most_visits_a_day", route.route_id, **facts)


# ── the month ─────────────────────────────────────────────────────────────────────────────


def _once(case: _Case) -> Iterator[Finding]:
    names = Counter(route.route_id for route in case.routes.routes)
    visits = Counter(stop.enterprise_id for r in case.routes.routes for stop in r.stops)
    visits.update(owed.enterprise_id for owed in case.routes.owed)
    for route_id, count in sorted(names.items()):
        if count > 1:
            yield _found("once_route", route_id, count=count)
    for enterprise_id, count in sorted(visits.items()):
        if count > 1:
            yield _found("once", enterprise_id, count=count)


def _drawn_only(case: _Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        for stop in route.stops:
            if case.drawn is not None and stop.enterprise_id not in case.drawn:
                yield _found("drawn_only", route.route_id, enterprise=stop.enterprise_id)


def _accounted(case: _Case) -> Iterator[Finding]:
    served = {stop.enterprise_id for route in case.routes.routes for stop in route.stops}
    owed = {owed.enterprise_id for owed in case.routes.owed}
    for enterprise_id in sorted((case.drawn or frozenset()) - served - owed):
        yield _found("accounted", enterprise_id, enterprise=enterprise_id)


def _workday(case: _Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        if route.day not in case.days:
            yield _found("workday", route.route_id, day=route.day)


def _vehicles(case: _Case) -> Iterator[Finding]:
    if not case.vehicles:
        return
    for day, teams in sorted(Counter(route.day for route in case.routes.routes).items()):
        if teams > case.vehicles:
            yield _found("vehicles", day.isoformat(), teams=teams, vehicles=case.vehicles)


def _found(code: str, where: str, **facts: object) -> Finding:
    return where, sentence(f"broken_{code}", where=where, **facts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


CHECKS: dict[str, Callable[[_Case], Iterator[Finding]]] = {
    "two_officers": _two_officers,
    "valid_certificate": _valid_certificate,
    "training_hours": _training_hours,
    "lead_licence": _lead_licence,
    "avoidance": _avoidance,
    "leave": _leave,
    "one_route_a_day": _one_route_a_day,
    "field_days_most": _field_days_most,
    "field_days_spread": _field_days_spread,
    "working_hours": _working_hours,
    "lunch": _lunch,
    "travel": _travel,
    "visit_minutes": _visit_minutes,
    "once": _once,
    "drawn_only": _drawn_only,
    "accounted": _accounted,
    "workday": _workday,
    "most_visits_a_day": _most_visits_a_day,
    "vehicles": _vehicles,
}
"""Rule name → how it is judged."""
