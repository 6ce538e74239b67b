"""Do the people of a roster keep the rules?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from riskengine.policy import RosterRules
from scheduler.roster.case import Case, Finding, found
from scheduler.roster.documents import Assignment, Route
from scheduler.roster.rules import Officer, fair_least, most_field_days


def two_officers(case: Case) -> Iterator[Finding]:
    if case.assignments is None:
        return
    count = Counter(a.route_id for a in case.assignments)
    for route in case.routes.routes:
        if count[route.route_id] != 1:
            yield found("two_officers_count", route.route_id, count=count[route.route_id])
    for a in case.assignments:
        route_of = case.by_id.get(a.route_id)
        if route_of is None or route_of.day != a.day:
            yield found("two_officers_route", a.route_id, day=a.day)
        if a.lead == a.second:
            yield found("two_officers_same", a.route_id, name=_name(case, a.lead))
        for inspector_id in {a.lead, a.second} - case.officers.keys():
            yield found("two_officers_unknown", a.route_id, name=inspector_id)


def _sent(case: Case) -> Iterator[tuple[Assignment, Officer]]:
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


def valid_certificate(case: Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        if not _has_valid_certificate(officer, a.day):
            is_on_record = officer.certificate and officer.expires_on
            code = "valid_certificate" if is_on_record else "valid_certificate_none"
            facts = {"name": officer.name, "day": a.day, "until": officer.expires_on}
            yield found(code, a.route_id, **facts)


def training_hours(case: Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        if not _has_hours(officer, case.rules):
            facts = {"hours": officer.training_hours, "least": case.rules.least_training_hours}
            yield found("training_hours", a.route_id, name=officer.name, **facts)


def lead_licence(case: Case) -> Iterator[Finding]:
    for a in case.assignments or () if case.rules.seat_cover == "strict" else ():
        route, lead = case.by_id.get(a.route_id), case.officers.get(a.lead)
        if route is None or lead is None:
            continue
        missing = {case.sectors[stop.enterprise_id] for stop in route.stops} - lead.sectors
        for sector in sorted(missing):
            yield found("lead_licence", a.route_id, name=lead.name, sector=sector)


def seat_licence(case: Case) -> Iterator[Finding]:
    """Where the law lets a pair cover the sectors of its route together."""
    for a in case.assignments or () if case.rules.seat_cover == "joint" else ():
        route = case.by_id.get(a.route_id)
        pair = [case.officers[one] for one in (a.lead, a.second) if one in case.officers]
        if route is None or len(pair) < 2:
            continue
        held = pair[0].sectors | pair[1].sectors
        for sector in sorted({case.sectors[stop.enterprise_id] for stop in route.stops} - held):
            names = {"lead": pair[0].name, "second": pair[1].name}
            yield found("seat_licence", a.route_id, sector=sector, **names)


def pair_ban(case: Case) -> Iterator[Finding]:
    for a in case.assignments or ():
        if a.lead in case.officers and a.second in case.officers[a.lead].apart_from:
            names = {"lead": _name(case, a.lead), "second": _name(case, a.second)}
            yield found("pair_ban", a.route_id, **names)


def avoidance(case: Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        route = case.by_id.get(a.route_id)
        for stop in route.stops if route else ():
            if stop.enterprise_id in officer.avoids:
                facts = {"name": officer.name, "enterprise": stop.enterprise_id}
                yield found("avoidance", a.route_id, **facts)


def leave(case: Case) -> Iterator[Finding]:
    for a, officer in _sent(case):
        if _is_on_leave(officer, a.day):
            yield found("leave", a.route_id, name=officer.name, day=a.day)


def one_route_a_day(case: Case) -> Iterator[Finding]:
    routes = Counter((officer.inspector_id, a.day) for a, officer in _sent(case))
    for (inspector_id, day), count in sorted(routes.items()):
        if count > 1:
            facts = {"name": _name(case, inspector_id), "day": day, "count": count}
            yield found("one_route_a_day", inspector_id, **facts)


def _field_days(case: Case) -> Counter[str]:
    return Counter(officer.inspector_id for _, officer in _sent(case))


def field_days_most(case: Case) -> Iterator[Finding]:
    for inspector_id, days in sorted(_field_days(case).items()):
        most = most_field_days(case.officers[inspector_id], case.rules.field_days_most)
        if days > most:
            facts = {"name": _name(case, inspector_id), "days": days, "most": most}
            yield found("field_days_most", inspector_id, **facts)


def field_days_spread(case: Case) -> Iterator[Finding]:
    """An officer owes by the days free, and nothing where no route is surely open to him or her."""
    field_days = _field_days(case)
    greatest = max(field_days.values(), default=0)
    for key, officer in case.officers.items():
        if not any(_may_join(officer, route, case) for route in case.routes.routes):
            continue
        free = sum(is_free(officer, day, case.rules) for day in case.days)
        least = fair_least(max(greatest - case.rules.field_days_spread, 0), free, len(case.days))
        if field_days[key] < least:
            facts = {"days": field_days[key], "least": least, "greatest": greatest, "free": free}
            yield found("field_days_spread", key, name=officer.name, **facts)


def _may_join(officer: Officer, route: Route, case: Case) -> bool:
    """No avoidance; and where seats share the certificates, a seat whichever way they do."""
    sectors = {case.sectors[stop.enterprise_id] for stop in route.stops}
    shared = case.rules.seat_cover == "joint" and len(sectors) > 1
    return not {stop.enterprise_id for stop in route.stops} & officer.avoids and (
        not shared or sectors <= officer.sectors
    )


def is_free(officer: Officer, day: dt.date, rules: RosterRules) -> bool:
    """May the officer go out on that day at all?"""
    return (
        _has_valid_certificate(officer, day)
        and _has_hours(officer, rules)
        and not _is_on_leave(officer, day)
    )


def _name(case: Case, inspector_id: str) -> str:
    return case.officers[inspector_id].name if inspector_id in case.officers else inspector_id
