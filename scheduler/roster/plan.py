"""Which visits are made this month, on which day, in which order, and which stay owed?

The plan is made with the lottery of people in view: every route has a day on which both its seats
can be filled, at once with all other routes and within everyone's field days. Who fills them is
drawn later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import pairwise

import pyarrow as pa

from riskengine.errors import NotAllowed, Sentence, sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.quota import Owed
from scheduler.roster.days import Candidate, Placement, place
from scheduler.roster.documents import (
    Effort,
    Route,
    Routes,
    SolverNote,
    Stop,
    Visit,
)
from scheduler.roster.fleet import team_days_most, teams, weights
from scheduler.roster.precheck import Crew, crew_of, precheck, seating, staffable_days
from scheduler.roster.routes import Order, Packing, pack
from scheduler.roster.seats import easiest
from scheduler.roster.timetable import Ground, Timetable
from scheduler.travel import places, travel_minutes

__all__ = ["Effort", "Progress", "Route", "Routes", "SolverNote", "Stop", "Visit", "plan"]

Progress = Callable[[str, int, int, Sentence], None]
"""Called with (stage, steps done, steps in all, a sentence for people)."""
STAGES = ("precheck", "routes", "days")
PAIR = 2
"""A lead and a second; the seats of a route are these two."""
MOST_MIXING_MINUTES = 240
"""Beyond half a day of road a mixed route is not made anyway."""


def plan(
    visits: Sequence[Visit],
    known: Known,
    policy: PolicyView,
    *,
    month: dt.date,
    days: Sequence[dt.date],
    draw_digest: str,
    team_days: int | None = None,
    matrix: pa.Table | None = None,
    effort: Effort | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Routes:
    """Team-day routes for the month; every visit is on one of them or owed with its reason.

    days
        Workdays of the month that may be used.
    team_days
        Most team-days to use (capacity); none leaves it to officers and cars.
    matrix
        Imported travel times, see `scheduler.travel.travel_minutes`.
    effort
        With its `seconds` none, equal input gives an equal plan.
    should_stop
        Asked between the stages and inside the solvers. A plan that was stopped is still valid:
        what found no place is owed.
    """
    effort = effort or Effort()
    tell, stopping = progress or _silent, should_stop or _never
    wanted = sorted(visits, key=lambda visit: visit.enterprise_id)
    _refuse_twice(wanted)
    if policy.roster.officers_per_visit != PAIR:
        raise NotAllowed("roster_pairs_only", officers=policy.roster.officers_per_visit)

    tell("precheck", 0, len(STAGES), sentence("roster_stage_precheck", visits=len(wanted)))
    crew = crew_of(known, policy, sorted(days))
    sites = places(known, [visit.enterprise_id for visit in wanted])
    everything = Ground(
        tuple(wanted), travel_minutes(sites, policy.roster, matrix).tolist(), policy.roster
    )
    impossible = precheck(everything, crew, month=month)
    ground = _without(everything, {owed.enterprise_id for owed in impossible})

    most = team_days_most(crew, team_days)
    tell("routes", 1, len(STAGES), sentence("roster_stage_routes", team_days=most))
    packing = _pack(ground, crew, most, effort, stopping)

    tell("days", 2, len(STAGES), sentence("roster_stage_days", routes=len(packing.routes)))
    candidates = [_candidate(route.order, ground, crew) for route in packing.routes]
    placement = place(candidates, crew, policy.roster, effort=effort, should_stop=stopping)

    tell("days", len(STAGES), len(STAGES), sentence("roster_planned", routes=len(placement.days)))
    owed = (
        *impossible,
        *_no_team_day(packing, ground, most, month, stopped=stopping()),
        *_no_day(packing, placement, candidates, ground, crew, month),
    )
    return Routes(
        month=month,
        as_of=known.as_of,
        draw_digest=draw_digest,
        policy_digest=policy.digest,
        days=crew.days,
        routes=_named(packing, placement, ground),
        owed=tuple(sorted(owed, key=lambda item: item.enterprise_id)),
        notes=sites.notes,
        solver=(packing.note, *placement.notes),
    )


def _silent(stage: str, done: int, total: int, what: Sentence) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False


def _refuse_twice(visits: Sequence[Visit]) -> None:
    for first, second in pairwise(visits):
        if first.enterprise_id == second.enterprise_id:
            raise NotAllowed("roster_visit_twice", enterprise=first.enterprise_id)


def _without(ground: Ground, dropped: set[str]) -> Ground:
    kept = [i for i, visit in enumerate(ground.visits) if visit.enterprise_id not in dropped]
    spots = [0, *(i + 1 for i in kept)]
    return Ground(
        visits=tuple(ground.visits[i] for i in kept),
        travel=[[ground.travel[a][b] for b in spots] for a in spots],
        rules=ground.rules,
    )


def _pack(
    ground: Ground, crew: Crew, most: int, effort: Effort, should_stop: Callable[[], bool]
) -> Packing:
    def can_go(order: Order) -> bool:
        stops = [ground.visits[i] for i in order]
        seats = seating(crew.officers, stops, ground.rules.seat_cover)
        return bool(staffable_days(crew, seats))

    return pack(
        ground,
        teams(ground.visits, crew, most, ground.rules.seat_cover),
        mixing=_mixing(ground, crew),
        can_go=can_go,
        effort=effort,
        should_stop=should_stop,
    )


def _mixing(ground: Ground, crew: Crew) -> Callable[[str, str], int]:
    """The price of guessability, in minutes: λ ÷ officers for the scarcer seat (the lead's) of a
    route with both sectors, less the same for the rarer sector alone. A minute is worth what the
    month's visits yield a minute.
    """
    worth = sum(visit.worth for visit in ground.visits)
    on_site = sum(visit.minutes for visit in ground.visits)

    def price(*sectors: str) -> float:
        cover, anyone = ground.rules.seat_cover, frozenset(range(len(crew.officers)))
        _, seats = easiest(crew.officers, anyone, sectors, cover)
        return ground.rules.guess_price / max(min(len(seats.leads), len(seats.seconds)), 1)

    def mixing(a: str, b: str) -> int:
        more = price(a, b) - max(price(a), price(b))
        return min(round(more * on_site / worth), MOST_MIXING_MINUTES) if worth else 0

    return mixing


def _candidate(order: Order, ground: Ground, crew: Crew) -> Candidate:
    weight = weights(ground.visits)
    visits = [ground.visits[i] for i in order]
    seats = seating(crew.officers, visits, ground.rules.seat_cover)
    return Candidate(seats, sum(weight[i] for i in order))


def _no_team_day(
    packing: Packing, ground: Ground, most: int, month: dt.date, *, stopped: bool
) -> list[Owed]:
    reason = (
        sentence("roster_stopped")
        if stopped
        else sentence("roster_no_team_day", team_days=most, used=len(packing.routes))
    )
    return [_owed(ground.visits[i], month, reason) for i in packing.left]


def _no_day(
    packing: Packing,
    placement: Placement,
    candidates: Sequence[Candidate],
    ground: Ground,
    crew: Crew,
    month: dt.date,
) -> list[Owed]:
    """Visits of routes whose seats could not be filled beside all others."""
    stopped = any(note.status == "STOPPED" for note in placement.notes)
    owed: list[Owed] = []
    for k, route in enumerate(packing.routes):
        if k in placement.days:
            continue
        seats = candidates[k].seats
        reason = (
            sentence("roster_stopped")
            if stopped
            else sentence(
                "roster_seats_taken",
                leads=len(seats.leads),
                days=len(staffable_days(crew, seats)),
                sectors="、".join(sorted({ground.visits[i].sector for i in route.order})),
            )
        )
        owed.extend(_owed(ground.visits[i], month, reason) for i in route.order)
    return owed


def _owed(visit: Visit, month: dt.date, reason: Sentence) -> Owed:
    return Owed(visit.enterprise_id, visit.kind, month, reason)


def _named(packing: Packing, placement: Placement, ground: Ground) -> tuple[Route, ...]:
    """Routes by day, numbered within it: 20261201-01."""
    dated = sorted(
        (day, [ground.visits[i].enterprise_id for i in packing.routes[k].order], k)
        for k, day in placement.days.items()
    )
    named: list[Route] = []
    for day, _, k in dated:
        number = 1 + sum(route.day == day for route in named)
        named.append(_route(f"{day:%Y%m%d}-{number:02d}", day, packing.routes[k], ground))
    return tuple(named)


def _route(route_id: str, day: dt.date, clocked: Timetable, ground: Ground) -> Route:
    stops = []
    for i, (arrive, start, end) in zip(clocked.order, clocked.stops, strict=True):
        visit = ground.visits[i]
        who = (visit.enterprise_id, visit.kind, visit.sector)
        stops.append(Stop(*who, arrive, start, end, visit.items))
    return Route(
        route_id=route_id,
        day=day,
        stops=tuple(stops),
        depart_minute=clocked.depart,
        lunch_minute=clocked.lunch,
        return_minute=clocked.back,
        travel_minutes=clocked.travel,
    )
