"""Does a plan or a roster keep every rule, whoever made it?

The authority on every roster, hand edits included. It knows no solver and none of the planner's
reasoning: it reads the register, the rules and the document, and judges.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster import check_day, check_people
from scheduler.roster.case import Case, Finding, case_of, found
from scheduler.roster.documents import Roster, Routes
from scheduler.roster.rules import RULES


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is not kept: its name, where (route, officer, day or enterprise), and how."""

    rule: str
    where: str
    zh: str
    en: str


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
    case = case_of(routes, roster, known, policy, days, drawn_ids, matrix)
    return tuple(
        Broken(rule.name, where, what.zh, what.en)
        for rule in RULES
        for where, what in CHECKS[rule.name](case)
    )


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
    served = {stop.enterprise_id for route in case.routes.routes for stop in route.stops}
    owed = {owed.enterprise_id for owed in case.routes.owed}
    for enterprise_id in sorted((case.drawn or frozenset()) - served - owed):
        yield found("accounted", enterprise_id, enterprise=enterprise_id)


def workday(case: Case) -> Iterator[Finding]:
    for route in case.routes.routes:
        if route.day not in case.days:
            yield found("workday", route.route_id, day=route.day)


def vehicles(case: Case) -> Iterator[Finding]:
    if not case.vehicles:
        return
    for day, teams in sorted(Counter(route.day for route in case.routes.routes).items()):
        if teams > case.vehicles:
            yield found("vehicles", day.isoformat(), teams=teams, vehicles=case.vehicles)


CHECKS: dict[str, Callable[[Case], Iterator[Finding]]] = {
    "two_officers": check_people.two_officers,
    "valid_certificate": check_people.valid_certificate,
    "training_hours": check_people.training_hours,
    "lead_licence": check_people.lead_licence,
    "seat_licence": check_people.seat_licence,
    "pair_ban": check_people.pair_ban,
    "avoidance": check_people.avoidance,
    "leave": check_people.leave,
    "one_route_a_day": check_people.one_route_a_day,
    "field_days_most": check_people.field_days_most,
    "field_days_spread": check_people.field_days_spread,
    "working_hours": check_day.working_hours,
    "lunch": check_day.lunch,
    "travel": check_day.travel,
    "visit_minutes": check_day.visit_minutes,
    "once": once,
    "drawn_only": drawn_only,
    "accounted": accounted,
    "workday": workday,
    "most_visits_a_day": check_day.most_visits_a_day,
    "vehicles": vehicles,
}
"""Rule name → how it is judged."""
