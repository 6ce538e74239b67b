"""Which visits are made this month, on which day, in which order, and which stay owed?

The plan is made with the lottery of people in view: every route has a day on which both its seats
can be filled, at once with all other routes and within everyone's field days, and pays for having
few officers who could lead it. Who fills the seats is drawn later.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pyarrow as pa

from riskengine.errors import NotAllowed, Sentence, sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.quota import Owed
from scheduler.roster.coverage import coverage_short
from scheduler.roster.documents import (
    Effort,
    Route,
    Routes,
    SolverNote,
    Stop,
    Visit,
)
from scheduler.roster.numbers import problem_of, timetable_of
from scheduler.roster.optimise import optimise
from scheduler.roster.outcome import Found
from scheduler.roster.precheck import Crew, crew_of, gone, precheck, seating, staffable_days
from scheduler.roster.problem import Problem
from scheduler.roster.timetable import Ground, Timetable, with_desks
from scheduler.travel import places, travel_minutes

__all__ = ["Effort", "Progress", "Route", "Routes", "SolverNote", "Stop", "Visit", "plan"]

Progress = Callable[[str, int, int, Sentence], None]
"""Called with (stage, steps done, steps in all, a sentence for people)."""
STAGES = ("precheck", "routes", "days")
PAIR = 2
"""A lead and a second; the seats of a route are these two."""


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
    road = with_desks(travel_minutes(sites, policy.roster, matrix).tolist(), wanted)
    everything = Ground(tuple(wanted), road, policy.roster)
    impossible = precheck(everything, crew, month=month)
    ground = _without(everything, {owed.enterprise_id for owed in impossible})
    asked = Counter(visit.sector for visit in wanted)
    problem = problem_of(
        ground,
        crew,
        policy,
        month=month,
        team_days=team_days,
        asked=asked,
        is_metric=matrix is None,
    )

    most = problem.team_days
    tell("routes", 1, len(STAGES), sentence("roster_stage_routes", team_days=most))
    found = optimise(
        problem,
        effort=effort,
        tell=_told(tell, problem),
        should_stop=stopping,
    )
    clocked = [(one.day, timetable_of(ground, one)) for one in found.plan.team_days]
    routes = _named([(crew.days[day or 0], clock) for day, clock in clocked], ground)
    tell("days", len(STAGES), len(STAGES), sentence("roster_planned", routes=len(routes)))
    served = {stop.enterprise_id for route in routes for stop in route.stops}
    owed = (*impossible, *_owed(found, problem, ground, crew, month, stopped=stopping()))
    short = coverage_short({v.enterprise_id: v.sector for v in wanted}, served, policy, month)
    return Routes(
        month=month,
        as_of=known.as_of,
        draw_digest=draw_digest,
        policy_digest=policy.digest,
        days=crew.days,
        routes=routes,
        owed=tuple(sorted(owed, key=lambda item: item.enterprise_id)),
        notes=(*sites.notes, *short.values()),
        solver=found.notes,
    )


def _told(tell: Progress, problem: Problem) -> Callable[[str, float | None, float | None], None]:
    """How far the planner is, in a sentence for people: what it has, what nothing can be above."""
    best: float | None = None

    def say(stage: str, value: float | None, bound: float | None) -> None:
        nonlocal best
        best = bound if bound is not None else best
        if value and best:
            gap = f"{max(0.0, best - value) / abs(value):.1%}"
            what = sentence("roster_progress", value=round(value), bound=round(best), gap=gap)
            at = STAGES.index("days") if stage == "days" else STAGES.index("routes")
            tell(STAGES[at], at, len(STAGES), what)

    return say


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


def _owed(
    found: Found,
    problem: Problem,
    ground: Ground,
    crew: Crew,
    month: dt.date,
    *,
    stopped: bool,
) -> Iterator[Owed]:
    """Visits that found no team-day, and those of routes whose seats could not be filled."""
    made = {i for one in found.plan.team_days for i in one.visits}
    dayless = {i: route for route in found.left for i in route}
    used = len(found.plan.team_days)
    for i, visit in enumerate(ground.visits):
        if i in made:
            continue
        if visit.gone_on is not None:
            reason = gone(visit.gone_on)
        elif stopped:
            reason = sentence("roster_stopped")
        elif i in dayless:
            reason = _seats_taken([ground.visits[k] for k in dayless[i]], ground, crew)
        else:
            reason = sentence("roster_no_team_day", team_days=problem.team_days, used=used)
        yield Owed(visit.enterprise_id, visit.kind, month, reason)


def _seats_taken(visits: Sequence[Visit], ground: Ground, crew: Crew) -> Sentence:
    seats = seating(crew.officers, visits, ground.rules.seat_cover)
    return sentence(
        "roster_seats_taken",
        leads=len(seats.leads),
        days=len(staffable_days(crew, seats)),
        sectors="、".join(sorted({visit.sector for visit in visits})),
    )


def _named(clocked: Sequence[tuple[dt.date, Timetable]], ground: Ground) -> tuple[Route, ...]:
    """Routes by day, numbered within it: 20261201-01."""
    dated = sorted(
        clocked, key=lambda one: (one[0], [ground.visits[i].enterprise_id for i in one[1].order])
    )
    number: Counter[dt.date] = Counter()
    named = []
    for day, clock in dated:
        number[day] += 1
        named.append(route_of(f"{day:%Y%m%d}-{number[day]:02d}", day, clock, ground))
    return tuple(named)


def route_of(route_id: str, day: dt.date, clocked: Timetable, ground: Ground) -> Route:
    """The route of a clocked team-day."""
    stops = []
    for i, (arrive, start, end) in zip(clocked.order, clocked.stops, strict=True):
        visit = ground.visits[i]
        who = (visit.enterprise_id, visit.kind, visit.sector)
        stops.append(Stop(*who, arrive, start, end, visit.items, visit.mode))
    return Route(
        route_id=route_id,
        day=day,
        stops=tuple(stops),
        depart_minute=clocked.depart,
        lunch_minute=clocked.lunch,
        return_minute=clocked.back,
        travel_minutes=clocked.travel,
    )
