"""Does the month as a whole keep the rules: how often is who visited, how many teams are out?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pyarrow.compute as pc

from scheduler.roster.case import Case, Finding, found
from scheduler.roster.check_people import is_free
from scheduler.roster.coverage import coverage_short, least_visits
from scheduler.roster.documents import Route
from scheduler.roster.rules import pairs_left, spans


def once(case: Case) -> Iterator[Finding]:
    names = Counter(route.route_id for route in case.routes.routes)
    visits = Counter(stop.enterprise_id for r in case.routes.routes for stop in r.stops)
    visits.update(owed.enterprise_id for owed in case.routes.owed)
    for route_id, count in sorted(names.items()):
        if count > 1:
            yield found("once_route", route_id, count=count)
    for enterprise_id, count in sorted(visits.items()):
        if count > 1:
            yield found("once", enterprise_id, count=count)


def drawn_only(case: Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        for stop in route.stops:
            if case.drawn is not None and stop.enterprise_id not in case.drawn:
                yield found("drawn_only", route.route_id, enterprise=stop.enterprise_id)


def accounted(case: Case) -> Iterator[Finding]:
    owed = {owed.enterprise_id for owed in case.routes.owed}
    for enterprise_id in sorted((case.drawn or frozenset()) - _made(case) - owed):
        yield found("accounted", enterprise_id, enterprise=enterprise_id)


def yearly_cap(case: Case) -> Iterator[Finding]:
    """Counted visits of the year before the day, against the cap of grade and sector."""
    before = _visits_of_the_year(case)
    for route in case.routes.routes:
        for stop in route.stops:
            cap = _cap(case, stop.enterprise_id) if stop.kind == "routine" else None
            visits = sum(day < route.day for day in before.get(stop.enterprise_id, ()))
            if cap is not None and visits >= cap:
                facts = {"enterprise": stop.enterprise_id, "visits": visits, "cap": cap}
                yield found("yearly_cap", route.route_id, **facts)


def _visits_of_the_year(case: Case) -> dict[str, list[dt.date]]:
    """Kinds the pack does not count burden nobody, nor does a visit that met nobody."""
    uncounted = case.policy.rates.uncounted_kinds
    new_year = dt.date(case.routes.month.year, 1, 1)
    table = case.inspections.filter(pc.field("occurred_on") >= new_year)
    days: dict[str, list[dt.date]] = {}
    for row in table.select(["enterprise_id", "kind", "result", "occurred_on"]).to_pylist():
        if row["kind"] not in uncounted and row["result"] != "unreachable":
            days.setdefault(row["enterprise_id"], []).append(row["occurred_on"])
    return days


def _cap(case: Case, enterprise_id: str) -> int | None:
    """Of its grade; where the grade is not known, the highest of its sector, which binds surely."""
    rates, sector = case.policy.rates, case.sectors[enterprise_id]
    caps = rates.yearly_cap | rates.sector_yearly_cap.get(sector, {})
    grade = case.grades.get(enterprise_id)
    return max(caps.values(), default=None) if grade is None else caps.get(grade)


def coverage_least(case: Case) -> Iterator[Finding]:
    """Kept, or admitted in the plan with its numbers."""
    asked = {key: case.sectors[key] for key in case.drawn or () if key in case.sectors}
    month, made = case.routes.month, _made(case)
    short = coverage_short(asked, made, case.policy, month)
    least = least_visits(Counter(asked.values()), case.policy, month)
    for sector, admitted in short.items():
        if admitted not in case.routes.notes:
            of_sector = {key for key in asked if asked[key] == sector}
            facts = {"asked": len(of_sector), "made": len(of_sector & made)}
            yield found("coverage_least", sector, least=least[sector], **facts)


def workday(case: Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        if route.day not in case.days:
            yield found("workday", route.route_id, day=route.day)


def vehicles(case: Case) -> Iterator[Finding]:
    """Of each day, or of each of its halves where teams are split at noon."""
    code = "vehicles" if len(spans(case.rules)) == 1 else "vehicles_half"
    for day, routes in _by_day(case).items():
        cars = None if case.cars is None else case.cars.get(day)
        for begin, end in spans(case.rules):
            out = [r for r in routes if r.depart_minute < end and r.return_minute > begin]
            teams = len(routes if code == "vehicles" else out)
            if cars is not None and teams > cars:
                yield found(code, day.isoformat(), teams=teams, vehicles=cars)


def holiday_peak(case: Case) -> Iterator[Finding]:
    """Of the pairs that are there, a peak leaves a share for routine visits of other sectors than
    those it covers in full."""
    for day, routes in _by_day(case).items():
        peaks = [p for p in case.policy.calendar.peaks if p.first <= day <= p.last]
        if not peaks:
            continue
        hardest = min(peaks, key=lambda peak: peak.routine_permille)
        spared = {sector for peak in peaks for sector in peak.full_sectors}
        pairs = sum(is_free(officer, day, case.rules) for officer in case.officers.values()) // 2
        most = pairs_left(pairs, hardest.routine_permille)
        count = sum(_is_routine(route, spared, case) for route in routes)
        if count > most:
            names = {"peak_zh": hardest.name.zh, "peak_en": hardest.name.en}
            facts = {"pairs": pairs, "most": most, "routes": count}
            yield found("holiday_peak", day.isoformat(), **names, **facts)


def _is_routine(route: Route, spared: set[str], case: Case) -> bool:
    return any(
        stop.kind == "routine" and case.sectors[stop.enterprise_id] not in spared
        for stop in route.stops
    )


def _made(case: Case) -> frozenset[str]:
    return frozenset(stop.enterprise_id for route in case.routes.routes for stop in route.stops)


def _by_day(case: Case) -> dict[dt.date, list[Route]]:
    days: dict[dt.date, list[Route]] = {}
    for route in sorted(case.routes.routes, key=lambda route: route.day):
        days.setdefault(route.day, []).append(route)
    return days
