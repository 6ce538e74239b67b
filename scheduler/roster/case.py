"""What is a plan or a roster judged by?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from riskengine.errors import NotFound, Sentence, sentence
from riskengine.policy import PolicyView, RosterRules
from riskengine.register import Known
from scheduler.roster.documents import Assignment, Roster, Route, Routes
from scheduler.roster.facts import (
    Appointment,
    Hours,
    appointments_of,
    cars_of,
    closed_days_of,
    gone_of,
    visiting_hours_of,
)
from scheduler.roster.rules import Officer, officers_of
from scheduler.travel import places, travel_minutes

Finding = tuple[str, Sentence]
"""Where a rule is broken, and how."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is judged, and what it is judged by.

    closed, gone, hours, appointments
        Enterprise → days on which nobody is received, the day it closed for good, when a visit may
        begin, and what is agreed with other offices; see `facts`.
    cars
        Day → cars that are there; none where the register has no pool.
    grades
        Enterprise → grade, as far as the caller knows them.
    """

    routes: Routes
    by_id: dict[str, Route]
    assignments: tuple[Assignment, ...] | None
    officers: dict[str, Officer]
    sectors: dict[str, str]
    rules: RosterRules
    days: tuple[dt.date, ...]
    drawn: frozenset[str] | None
    minutes: dict[tuple[str, str], int]
    policy: PolicyView
    inspections: pa.Table
    grades: Mapping[str, str]
    closed: dict[str, frozenset[dt.date]]
    gone: dict[str, dt.date]
    hours: dict[str, Hours]
    appointments: dict[str, tuple[Appointment, ...]]
    cars: dict[dt.date, int] | None


def case_of(
    routes: Routes,
    roster: Roster | None,
    known: Known,
    policy: PolicyView,
    days: Sequence[dt.date],
    drawn_ids: Collection[str] | None,
    matrix: pa.Table | None,
    grades: Mapping[str, str] | None = None,
) -> Case:
    """Read the register once for all rules; arguments as in `check.broken_rules`."""
    rows = known.tables["enterprises"].select(["enterprise_id", "sector"]).to_pylist()
    sectors = {row["enterprise_id"]: row["sector"] for row in rows}
    visited = sorted({stop.enterprise_id for route in routes.routes for stop in route.stops})
    unknown = [key for key in visited if key not in sectors]
    if unknown:
        raise NotFound("not_found", kind="enterprise", name=unknown[0])
    sites = places(known, visited)
    minutes = travel_minutes(sites, policy.roster, matrix).tolist()
    return Case(
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
        policy=policy,
        inspections=known.tables["inspections"],
        grades=grades or {},
        closed=closed_days_of(known, {route.day for route in routes.routes}),
        gone=gone_of(known),
        hours=visiting_hours_of(known),
        appointments=appointments_of(known, routes.month),
        cars=cars_of(known, {route.day for route in routes.routes}),
    )


def found(code: str, where: str, **facts: object) -> Finding:
    """A breach, in the sentence of its code."""
    return where, sentence(f"broken_{code}", where=where, **facts)
