"""What would have to give way if this visit were made, days and officers kept?

From small to large: into one route, with visits of it falling out; those then into other routes;
and a rebuild of neighbouring routes with everything near. Each way is priced in value.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from scheduler.roster.mip import maximised
from scheduler.roster.orders import orders
from scheduler.roster.peaks import is_counted, room
from scheduler.roster.problem import Ints, Problem, TeamDay, clocked

TRIED = 4
"""Cheapest insertions whose displaced visits are looked a place for, and whose neighbours are
rebuilt."""
NEIGHBOURS = 2
"""Routes rebuilt together with the one that takes the visit."""
NEARBY = 6
"""Unmade visits considered in a rebuild."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make the visit.

    kind
        "own_route", "insertion", "swap" or "rebuild".
    routes
        (position, visits in their new order) of each route that changes; position −1 is a new one.
    displaced, added
        Visits that fall out of the plan, and others that come in with it.
    gain
        Value of the plan after less before; negative where the visit costs more than it is worth.
    """

    kind: str
    routes: tuple[tuple[int, tuple[int, ...]], ...]
    displaced: tuple[int, ...]
    added: tuple[int, ...]
    gain: int


def may_take(problem: Problem, route: TeamDay, visit: int) -> bool:
    """Whether the route's day and officers allow the visit; the clock is not asked."""
    if route.day is None or not problem.is_open[visit, route.day]:
        return False
    crew = [i for i in (route.lead, route.second) if i is not None]
    if problem.avoids[crew, visit].any():
        return False
    leads = crew if problem.cover == "joint" else crew[:1]
    return not crew or bool(problem.licences[leads, problem.sector[visit]].any())


def _is_over_peak(problem: Problem, plan: Sequence[TeamDay], route: TeamDay, visit: int) -> bool:
    """Whether the visit makes the route one more than a holiday peak leaves."""
    day = route.day
    if day is None or not is_counted(problem, [visit], day):
        return False
    return not is_counted(problem, route.visits, day) and room(problem, plan, day) < 1


def spare(problem: Problem, plan: Sequence[TeamDay]) -> Ints:
    """Visits of each stratum beyond its minimum, at least 0: a shortfall is no one visit's."""
    made = np.zeros(len(problem.least), int)
    for route in plan:
        np.add.at(made, problem.stratum[list(route.visits)], 1)
    return np.maximum(made - problem.least, 0)


def may_fall_out(
    problem: Problem, room: Ints, gone: Collection[int], comes: Collection[int]
) -> bool:
    """No must-visit goes, and no stratum falls below its minimum."""
    left = room.copy()
    np.add.at(left, problem.stratum[list(comes)], 1)
    np.subtract.at(left, problem.stratum[list(gone)], 1)
    return not problem.is_must[list(gone)].any() and bool((left >= 0).all())


def insertions(
    problem: Problem,
    plan: Sequence[TeamDay],
    visit: int,
    *,
    today: int = -1,
    kept: Collection[int] = (),
) -> list[Way]:
    """The best insertion into each route after today that could take the visit, cheapest first.

    kept
        Visits that must not fall out for it; must-visits and bare minima never do.
    """
    found = []
    room = spare(problem, plan)
    for k, route in enumerate(plan):
        if route.day is None or route.day <= today or not may_take(problem, route, visit):
            continue
        if _is_over_peak(problem, plan, route, visit):
            continue
        sets = orders(problem, problem.shifts[route.shift], [*route.visits, visit])
        held = set(kept) & set(route.visits) | {visit}
        holding = [
            visits
            for visits in sets
            if held <= visits and may_fall_out(problem, room, set(route.visits) - visits, [visit])
        ]
        if holding:
            best = max(holding, key=lambda visits: (_value(problem, visits), sorted(visits)))
            gone = tuple(v for v in route.visits if v not in best)
            gain = int(problem.value[visit]) - _value(problem, gone)
            found.append(Way("insertion", ((k, sets[best]),), gone, (), gain))
    return sorted(found, key=lambda way: (-way.gain, way.routes))


def swaps(
    problem: Problem, plan: Sequence[TeamDay], visit: int, first: Way, *, today: int = -1
) -> Way | None:
    """The insertion, with each displaced visit put where it costs less than it is worth."""
    after = applied(plan, first)
    way = replace(first, kind="swap")
    for v in first.displaced:
        again = insertions(problem, after, v, today=today, kept=[visit, *first.displaced])
        if again and again[0].gain > 0:
            after = applied(after, again[0])
            changed = dict(way.routes) | dict(again[0].routes)
            gone = set(way.displaced) - {v} | set(again[0].displaced)
            way = Way(
                "swap", tuple(sorted(changed.items())), tuple(sorted(gone)), (),
                way.gain + again[0].gain,
            )  # fmt: skip
    return way if way.gain > first.gain else None


def rebuild(
    problem: Problem, plan: Sequence[TeamDay], visit: int, first: Way, *, today: int = -1
) -> Way | None:
    """The route of the insertion and its neighbours made anew from everything near; none where
    that is no better than the insertion."""
    host = first.routes[0][0]
    chosen = [host, *_neighbours(problem, plan, host, today)]
    own = [v for k in chosen for v in plan[k].visits]
    pool = [*own, visit, *_near(problem, plan, own, visit)]
    cp, worth = cp_model.CpModel(), []
    takes: dict[int, list[cp_model.IntVar]] = {v: [] for v in pool}
    sets: list[tuple[int, tuple[int, ...], cp_model.IntVar]] = []
    for k in chosen:
        able = [
            v
            for v in pool
            if may_take(problem, plan[k], v) and not _is_over_peak(problem, plan, plan[k], v)
        ]
        each = []
        for visits, order in orders(problem, problem.shifts[plan[k].shift], able).items():
            goes = cp.new_bool_var("")
            each.append(goes)
            sets.append((k, order, goes))
            worth.append((goes, _value(problem, visits)))
            for v in visits:
                takes[v].append(goes)
        cp.add_at_most_one(each)
    for v, taken in takes.items():
        if v == visit or (v in own and problem.is_must[v]):
            cp.add(sum(taken) == 1)
        else:
            cp.add_at_most_one(taken)
    room = spare(problem, plan)
    for stratum in {int(problem.stratum[v]) for v in own}:
        have = sum(int(problem.stratum[v]) == stratum for v in own)
        there = [each for v in pool if problem.stratum[v] == stratum for each in takes[v]]
        cp.add(sum(there) >= have - int(room[stratum]))
    values, _ = maximised(cp, worth, (), nodes=50)
    if values is None:
        return None
    routes = {k: order for k, order, goes in sets if values[goes.index]}
    made = {v for order in routes.values() for v in order}
    gain = _value(problem, made) - _value(problem, own)
    changed = tuple((k, routes.get(k, ())) for k in sorted(chosen) if _differs(plan[k], routes, k))
    gone = tuple(v for v in own if v not in made)
    added = tuple(sorted(made - set(own) - {visit}))
    return Way("rebuild", changed, gone, added, gain) if gain > first.gain else None


def _differs(route: TeamDay, routes: dict[int, tuple[int, ...]], k: int) -> bool:
    return set(route.visits) != set(routes.get(k, ()))


def own_route(
    problem: Problem, plan: Sequence[TeamDay], visit: int, *, today: int = -1
) -> Way | None:
    """A team-day of its own, where two officers and a car are left over for one."""
    if sum(bool(route.visits) for route in plan) >= problem.team_days:
        return None
    load = np.zeros(problem.officers, int)
    for route in plan:
        for i in (route.lead, route.second):
            if i is not None:
                load[i] += 1
    fits = any(clocked(problem, shift, [visit]) is not None for shift in problem.shifts)
    for day in range(today + 1, problem.days):
        there = [route for route in plan if route.day == day and route.visits]
        is_full = problem.vehicles is not None and len(there) >= problem.vehicles[day]
        is_over = is_counted(problem, [visit], day) and room(problem, plan, day) < 1
        if not fits or is_full or is_over or not problem.is_open[visit, day]:
            continue
        able = problem.is_free[:, day] & (load < problem.field_days) & ~problem.avoids[:, visit]
        able[[i for route in there for i in (route.lead, route.second) if i is not None]] = False
        if able.sum() >= 2 and (able & problem.licences[:, problem.sector[visit]]).any():
            return Way("own_route", ((-1, (visit,)),), (), (), int(problem.value[visit]))
    return None


def applied(plan: Sequence[TeamDay], way: Way) -> list[TeamDay]:
    """The plan with the way's routes."""
    after = list(plan)
    for k, visits in way.routes:
        if k >= 0:
            after[k] = replace(plan[k], visits=visits)
    return after


def _neighbours(problem: Problem, plan: Sequence[TeamDay], host: int, today: int) -> list[int]:
    here = [v + 1 for v in plan[host].visits]
    far = [
        (int(problem.minutes[np.ix_(here, [v + 1 for v in route.visits])].min()), k)
        for k, route in enumerate(plan)
        if k != host and route.visits and here and route.day is not None and route.day > today
    ]
    return [k for _, k in sorted(far)[:NEIGHBOURS]]


def _near(problem: Problem, plan: Sequence[TeamDay], own: Sequence[int], visit: int) -> list[int]:
    """Unmade visits that are worth most for the road from the routes."""
    made = {v for route in plan for v in route.visits} | {visit}
    road = problem.minutes[np.ix_([v + 1 for v in own], range(1, problem.visits + 1))].min(axis=0)
    pull = problem.value / (problem.on_site + road)
    best = np.argsort(-pull, kind="stable").tolist()
    return [v for v in best if v not in made][:NEARBY]


def _value(problem: Problem, visits: Collection[int]) -> int:
    return int(problem.value[list(visits)].sum())
