"""What becomes of a drawn roster when something happens, in the documents people hold?

What is told becomes news of the month, and the proposal chosen (`offers`) becomes routes with their
clock, owed visits and the record of the lot. Routes nobody touches keep their times to the minute.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from riskengine.errors import NotAllowed, Sentence, sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.calendar import next_month
from scheduler.lottery import seal_of
from scheduler.quota import Owed
from scheduler.roster.coverage import coverage_short
from scheduler.roster.documents import (
    Absent,
    Assignment,
    Closed,
    News,
    Offer,
    Repair,
    Roster,
    Route,
    Routes,
    Visit,
)
from scheduler.roster.laid import Laid
from scheduler.roster.numbers import timetable_of
from scheduler.roster.plan import route_of
from scheduler.roster.precheck import gone
from scheduler.roster.problem import TeamDay
from scheduler.roster.proposed import Rung

# ── what has happened ─────────────────────────────────────────────────────────────────────


def with_news(known: Known, absent: Sequence[Absent], closed: Sequence[Closed]) -> Known:
    """The register with the absences and closures of repairs written into its tables."""
    away = [{"inspector_id": a.inspector_id, "from_on": a.first, "to_on": a.last} for a in absent]
    shut = [
        {"enterprise_id": c.enterprise_id, "days": "daily", "from_on": c.first, "to_on": c.last}
        for c in closed
    ]
    tables = dict(known.tables)
    for name, rows in (("absences", away), ("closed_days", shut)):
        if rows:
            more = pa.Table.from_pylist(rows, schema=tables[name].schema)
            tables[name] = pa.concat_tables([tables[name], more])
    return replace(known, tables=tables)


def leave_since(then: Known, now: Known) -> tuple[Absent, ...]:
    """Leave the register holds now and did not when the seats were frozen."""

    def rows(known: Known) -> set[tuple[str, dt.date, dt.date]]:
        columns = known.tables["absences"].select(["inspector_id", "from_on", "to_on"])
        return {(one["inspector_id"], one["from_on"], one["to_on"]) for one in columns.to_pylist()}

    return tuple(Absent(*one) for one in sorted(rows(now) - rows(then)))


def kept_through(
    routes: Routes, today: dt.date, *, at: dt.datetime, zone: dt.tzinfo
) -> dt.date | None:
    """The last day that stays as it is: the day before, or today once a team has left.

    today
        Not before the day it is at `at`: what is over does not move.
    zone
        Where the clock of the routes hangs.

    None where no day of the month is over.
    """
    if not routes.routes:
        raise NotAllowed("repair_no_routes", month=f"{routes.month:%Y-%m}")
    there = at.astimezone(zone)
    if today < there.date():
        raise NotAllowed("repair_too_early", today=there.date(), said=today)
    leaving = [route.depart_minute for route in routes.routes if route.day == today]
    minute = there.hour * 60 + there.minute
    has_left = today == there.date() and bool(leaving) and minute >= min(leaving)
    through = today if has_left else today - dt.timedelta(days=1)
    if not any(route.day > through for route in routes.routes):
        raise NotAllowed("repair_month_over", month=f"{routes.month:%Y-%m}", today=today)
    return through if through >= routes.month else None


def require_of_month(news: News, month: dt.date, through: dt.date | None) -> None:
    """Refuse days that are none of the month, and an urgent visit whose day is over."""
    ends = next_month(month)
    spans = [(one.first, one.last) for one in news.absent]
    spans += [(one.first, one.last) for one in news.closed]
    spans += [(one.by, one.by) for one in news.urgent]
    for first, last in spans:
        if last < month or first >= ends or first > last:
            raise NotAllowed("repair_day_outside", day=first, month=f"{month:%Y-%m}")
    for one in news.urgent:
        if through is not None and one.by <= through:
            facts = {"enterprise": one.enterprise_id, "by": one.by, "through": through}
            raise NotAllowed("repair_urgent_days", **facts)


# ── back to documents ─────────────────────────────────────────────────────────────────────


def settled(
    laid: Laid,
    rung: Rung,
    offers: Sequence[Offer],
    news: News,
    roster: Roster,
    policy: PolicyView,
    *,
    roster_digest: str,
    number: int,
    replaces: str | None,
    purpose: str,
    since: Mapping[str, dt.date],
    today: dt.date,
    through: dt.date | None,
    by: tuple[str, ...],
    reason: str,
    at: str,
) -> Repair:
    """The chosen rung as the document that is kept.

    since
        Enterprise → month an owed visit dates from, where it is an earlier one.
    """
    if not reason.strip():
        raise NotAllowed("repair_why_missing")
    laid = laid.with_new(rung.new_routes)
    kept = [(k, one) for k, one in enumerate(rung.team_days) if one.visits]
    routes = tuple(_route(laid, k, one) for k, one in kept)
    made = {stop.enterprise_id for route in routes for stop in route.stops}
    visits = {visit.enterprise_id: visit for visit in laid.ground.visits}
    before = {owed.enterprise_id: owed for owed in laid.routes.owed}
    lost = sentence("repair_owed", number=number, day=today)
    owed = [
        before.get(key)
        or Owed(
            key,
            visit.kind,
            since.get(key, laid.routes.month),
            lost if visit.gone_on is None else gone(visit.gone_on),
        )
        for key, visit in sorted(visits.items())
        if key not in made
    ]
    return Repair(
        month=laid.routes.month,
        number=number,
        roster_digest=roster_digest,
        routes_digest=roster.routes_digest,
        replaces=replaces,
        purpose=purpose,
        seal=seal_of(bytes.fromhex(roster.seed), purpose),
        today=today,
        kept_through=through,
        news=news,
        rung=rung.offer.name,
        offers=tuple(offers),
        changes=rung.told,
        redrawn=rung.redrawn,
        routes=routes,
        owed=tuple(owed),
        notes=_notes(laid, visits, made, policy),
        assignments=tuple(_crew(laid, k, one) for k, one in kept),
        by=by,
        reason=reason.strip(),
        at=at,
        solver=rung.solver,
    )


def _route(laid: Laid, k: int, one: TeamDay) -> Route:
    """As it was to the minute, or with a new clock; it keeps its number wherever it goes."""
    was = laid.team_days[k]
    if (was.visits, was.shift) == (one.visits, one.shift):
        return replace(laid.routes.routes[k], day=laid.day_of(one))
    clock = timetable_of(laid.ground, one)
    return route_of(laid.names_zh.route(k), laid.day_of(one), clock, laid.ground)


def _crew(laid: Laid, k: int, one: TeamDay) -> Assignment:
    assert one.lead is not None and one.second is not None
    lead, second = (laid.crew.officers[i].inspector_id for i in (one.lead, one.second))
    return Assignment(laid.names_zh.route(k), laid.day_of(one), lead, second)


def _notes(
    laid: Laid, visits: Mapping[str, Visit], made: set[str], policy: PolicyView
) -> tuple[Sentence, ...]:
    """What the plan says of guessed places, and the minima as they are kept now."""
    asked = {key: visit.sector for key, visit in visits.items()}
    short = coverage_short(asked, made, policy, laid.routes.month)
    kept = [note for note in laid.routes.notes if note.code != "roster_coverage_short"]
    return (*kept, *short.values())


def plan_now(routes: Routes, repair: Repair | None) -> Routes:
    """The plan as the last repair left it."""
    if repair is None:
        return routes
    return replace(routes, routes=repair.routes, owed=repair.owed, notes=repair.notes)


def roster_now(roster: Roster, repair: Repair | None) -> Roster:
    """The roster as the last repair left it."""
    return roster if repair is None else replace(roster, assignments=repair.assignments)
