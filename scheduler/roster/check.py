"""Does a plan or a roster keep every rule, whoever made it?

The authority on every roster, hand edits included. It knows no solver and none of the planner's
reasoning: it reads the register, the rules and the document, and judges.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster import check_day, check_month, check_people, check_visits
from scheduler.roster.case import Case, Finding, case_of
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
    grades: Mapping[str, str] | None = None,
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
    grades
        Enterprise → grade when the list was frozen: its yearly cap. Of an enterprise that is not
        named the highest cap of its sector is judged.
    """
    case = case_of(routes, roster, known, policy, days, drawn_ids, matrix, grades)
    return tuple(
        Broken(rule.name, where, what.zh, what.en)
        for rule in RULES
        for where, what in CHECKS[rule.name](case)
    )


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
    "visit_mode": check_visits.visit_mode,
    "time_window": check_visits.time_window,
    "closed_day": check_visits.closed_day,
    "half_day": check_day.half_day,
    "joint_visit": check_visits.joint_visit,
    "once": check_month.once,
    "drawn_only": check_month.drawn_only,
    "accounted": check_month.accounted,
    "yearly_cap": check_month.yearly_cap,
    "coverage_least": check_month.coverage_least,
    "workday": check_month.workday,
    "most_visits_a_day": check_day.most_visits_a_day,
    "vehicles": check_month.vehicles,
    "holiday_peak": check_month.holiday_peak,
}
"""Rule name → how it is judged."""
