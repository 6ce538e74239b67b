"""What has happened to a plan: who is out, what is closed or urgent, and which routes are hit?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.roster.peaks import is_counted
from scheduler.roster.problem import Problem, TeamDay, clocked

NO_ROAD = 10_000
"""Minutes of a road that is closed: more than any day has."""


@dataclass(frozen=True, slots=True)
class Upset:
    """News since the plan was made.

    absent
        (officer, day): cannot go out.
    unreachable
        (visit, day): cannot be visited.
    roads
        (place, place, minutes): the road takes so long from now on, both ways; `NO_ROAD` where it
        is closed. Place 0 is the base, visit v is place v + 1.
    urgent
        (visit, day): has to be visited by that day.
    """

    absent: tuple[tuple[int, int], ...] = ()
    unreachable: tuple[tuple[int, int], ...] = ()
    roads: tuple[tuple[int, int, int], ...] = ()
    urgent: tuple[tuple[int, int], ...] = ()


def to_come(upset: Upset, today: int) -> Upset:
    """Only what concerns the days after today: what has happened cannot be mended."""
    return replace(
        upset,
        absent=tuple(at for at in upset.absent if at[1] > today),
        unreachable=tuple(at for at in upset.unreachable if at[1] > today),
    )


def after(problem: Problem, upset: Upset) -> Problem:
    """The month as it is now; fairness is left free, since the ill owe nothing."""
    is_free, is_open = problem.is_free.copy(), problem.is_open.copy()
    is_must, minutes = problem.is_must.copy(), problem.minutes
    for officer, day in upset.absent:
        is_free[officer, day] = False
    for visit, day in upset.unreachable:
        is_open[visit, day] = False
    if upset.roads:
        minutes = minutes.copy()
    for here, there, road in upset.roads:
        minutes[here, there] = minutes[there, here] = road
    for visit, by in upset.urgent:
        is_must[visit] = True
        is_open[visit, by + 1 :] = False
    return replace(
        problem,
        is_free=is_free,
        is_open=is_open,
        is_must=is_must,
        minutes=minutes,
        spread=None,
    )


def hit(problem: Problem, team_days: Sequence[TeamDay], today: int) -> tuple[int, ...]:
    """Routes after today that cannot go as planned; `problem` is the month as it is now."""
    return tuple(
        k
        for k, route in enumerate(team_days)
        if route.day is not None and route.day > today and not stands(problem, route)
    )


def stands(problem: Problem, route: TeamDay) -> bool:
    """Its officers are free, its visits open, and its order fits its hours."""
    crew = [i for i in (route.lead, route.second) if i is not None]
    shift = problem.shifts[route.shift]
    return bool(
        problem.is_free[crew, route.day].all()
        and problem.is_open[list(route.visits), route.day].all()
        and clocked(problem, shift, route.visits) is not None
    )


def without_fixed(
    problem: Problem, team_days: Sequence[TeamDay], is_moving: Sequence[bool], today: int
) -> Problem:
    """What the routes that stay leave to the others: free officers, field days, cars, room in a
    holiday peak, team-days."""
    is_free, field_days = problem.is_free.copy(), problem.field_days.copy()
    cars = None if problem.vehicles is None else problem.vehicles.copy()
    peak = None if problem.peak is None else problem.peak.copy()
    is_free[:, : today + 1] = False
    left, out = problem.team_days, np.zeros((len(problem.shifts), problem.days), int)
    for route, moves in zip(team_days, is_moving, strict=True):
        if moves or route.day is None:
            continue
        left -= 1
        out[route.shift, route.day] += 1
        if peak is not None:
            peak[route.day] -= is_counted(problem, route.visits, route.day)
        for i in (route.lead, route.second):
            if i is not None:
                is_free[i, route.day] = False
                field_days[i] -= 1
    if cars is not None:
        cars -= out.max(axis=0)  # where teams are split at noon, never too many
    return replace(
        problem,
        is_free=is_free,
        field_days=np.maximum(field_days, 0),
        vehicles=None if cars is None else np.maximum(cars, 0),
        peak=None if peak is None else np.maximum(peak, 0),
        team_days=left,
    )
