"""Where could visits that fall out of a repaired plan still go, with nothing given up for them?

First into a route whose officers may make them and whose day has room; else a new team goes, where
two officers are left over for a day, with a car if cars are limited. A new team takes along what is
owed anyway. One visit after the other, so it is a way and not a proof that there is no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.roster.problem import Mask, Problem, TeamDay, clocked


@dataclass(slots=True)
class _Month:
    """The plan while it is filled; `through` is the last day that stays, and `touched` are routes
    that are not as they were anyway."""

    problem: Problem
    routes: list[TeamDay]
    through: int
    bans: frozenset[frozenset[int]]
    touched: set[int]


def refilled(
    problem: Problem,
    plan: Sequence[TeamDay],
    *,
    today: int,
    wanted: Iterable[int],
    guests: Iterable[int] = (),
    touched: Collection[int] = (),
    bans: Sequence[tuple[int, int]] = (),
) -> tuple[TeamDay, ...]:
    """The plan with as many of the wanted visits as find a place; new routes come last.

    wanted
        Visits a new team may be opened for: must-visits first, then those worth most.
    guests
        Visits that only new teams take, if there is room.
    touched
        Routes that are changed anyway, so that a visit goes there before it changes another.
    """
    kept = frozenset(frozenset(pair) for pair in bans)
    month = _Month(problem, list(plan), today, kept, set(touched))
    made = {v for route in plan for v in route.visits}
    waiting = in_turn(problem, set(wanted) - made)
    while waiting:
        visit, *waiting = waiting
        if not _joins(month, range(len(month.routes)), visit):
            _opens(month, visit, waiting)
    made = {v for route in month.routes for v in route.visits}
    for visit in in_turn(problem, set(guests) - made):
        _joins(month, range(len(plan), len(month.routes)), visit)
    return tuple(month.routes)


def in_turn(problem: Problem, visits: Iterable[int]) -> list[int]:
    """Must-visits first, then by value."""
    return sorted(visits, key=lambda v: (not problem.is_must[v], -int(problem.value[v]), v))


def _joins(month: _Month, among: Iterable[int], visit: int) -> bool:
    """Put the visit into the route that is home soonest with it; False where none may take it."""
    ways = [
        (k not in month.touched, home, k, visits)
        for k in among
        if _may_join(month, month.routes[k], visit)
        for home, visits in _inserted(month.problem, month.routes[k], visit)
    ]
    if not ways:
        return False
    *_, k, visits = min(ways)
    month.routes[k] = replace(month.routes[k], visits=visits)
    month.touched.add(k)
    return True


def _may_join(month: _Month, route: TeamDay, visit: int) -> bool:
    """The route is to come and not full, and its officers may make the visit on its day."""
    problem = month.problem
    if route.day is None or route.day <= month.through or not route.visits:
        return False
    if route.lead is None or route.second is None or len(route.visits) >= problem.most_visits:
        return False
    crew = [route.lead, route.second]
    if not problem.is_open[visit, route.day] or problem.avoids[crew, visit].any():
        return False
    leads = crew if problem.cover == "joint" else crew[:1]
    return bool(problem.licences[leads, problem.sector[visit]].any())


def _inserted(
    problem: Problem, route: TeamDay, visit: int
) -> Iterable[tuple[int, tuple[int, ...]]]:
    """When the team is home with the visit at each place of its order."""
    for place in range(len(route.visits) + 1):
        visits = (*route.visits[:place], visit, *route.visits[place:])
        walk = clocked(problem, problem.shifts[route.shift], visits)
        if walk is not None:
            yield walk[1], visits


def _opens(month: _Month, visit: int, waiting: Sequence[int]) -> None:
    """A team of its own for the visit, if two officers and a car are left over.

    The day is the one that suits most of those who wait too, then the one with most officers to
    draw from. The officers named show that it can be done; who goes is for the lot.
    """
    problem = month.problem
    if sum(bool(route.visits) for route in month.routes) >= problem.team_days:
        return
    found = []
    there = _able(month, visit)
    for day in range(month.through + 1, problem.days):
        able = there[:, day]
        if not problem.is_open[visit, day] or able.sum() < 2:
            continue
        pair = _pair(month, able, visit, waiting)
        for shift, hours in enumerate(problem.shifts):
            if pair is None or not _has_car(month, day, shift):
                continue
            if clocked(problem, hours, (visit,)) is not None:
                along = int(problem.is_open[list(waiting), day].sum())
                found.append((-along, -int(able.sum()), day, shift, pair))
    if found:
        *_, day, shift, (lead, second) = min(found)
        month.touched.add(len(month.routes))
        month.routes.append(TeamDay((visit,), shift, day, lead, second))


def _has_car(month: _Month, day: int, shift: int) -> bool:
    cars = month.problem.vehicles
    there = sum(bool(r.visits) and (r.day, r.shift) == (day, shift) for r in month.routes)
    return cars is None or there < int(cars[day])


def _able(month: _Month, visit: int) -> Mask:
    """(officer, day): free and on no route, with a field day left, and need not avoid the visit."""
    problem, load = month.problem, np.zeros(month.problem.officers, int)
    free = problem.is_free.copy()
    for route in month.routes:
        crew = [i for i in (route.lead, route.second) if i is not None and route.visits]
        load[crew] += 1
        if route.day is not None:
            free[crew, route.day] = False
    able: Mask = free & ((load < problem.field_days) & ~problem.avoids[:, visit])[:, np.newaxis]
    return able


def _pair(month: _Month, able: Mask, visit: int, waiting: Sequence[int]) -> tuple[int, int] | None:
    """A lead who could take most of those who wait too, and a second with few licences: whoever
    holds many is wanted elsewhere."""
    problem, others = month.problem, list(waiting)
    there = np.flatnonzero(able).tolist()

    def lead_rank(i: int) -> tuple[int, int]:
        may = problem.licences[i, problem.sector[others]] & ~problem.avoids[i, others]
        return -int(may.sum()), i

    leads = [i for i in there if problem.licences[i, problem.sector[visit]]]
    seconds = sorted(there, key=lambda i: (int(problem.licences[i].sum()), i))
    for lead in sorted(leads, key=lead_rank):
        for second in seconds:
            if second != lead and frozenset({lead, second}) not in month.bans:
                return lead, second
    return None
