"""Which visits make one day of a team?

A route is the day of two officers from the base and back. PyVRP groups the visits; lunch, which it
does not know, is placed afterwards, and a visit that leaves no room for it is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxIterations, MaxRuntime, StoppingCriterion

from scheduler.roster.documents import Effort, SolverNote, Visit
from scheduler.roster.fleet import Team, weights
from scheduler.roster.timetable import (
    Ground,
    Timetable,
    best_insertion,
    best_order,
    timetable,
)

TEAM_DAY_PRICE = 240
"""What opening one more team-day costs, in minutes of road: half a day of a team."""
NEVER = 10_000_000
"""Road to a visit whose sector the lead of a team may not judge: above every prize."""

Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Packing:
    """Routes without days, and the visits that found no place."""

    routes: tuple[Timetable, ...]
    left: tuple[int, ...]
    note: SolverNote


def pack(
    ground: Ground,
    fleet: Sequence[Team],
    *,
    mixing: Callable[[str, str], int],
    can_go: Callable[[Order], bool],
    effort: Effort,
    should_stop: Callable[[], bool],
) -> Packing:
    """Visits into routes that keep the day, lunch included, and that somebody could staff.

    mixing
        Extra price, in minutes, of two sectors after one another on a route.
    can_go
        Whether some day has a lead and another officer for these visits.
    """
    orders, note = _search(ground, fleet, mixing, effort, should_stop)
    kept: list[Timetable] = []
    loose: list[int] = []
    for order in orders:
        route, dropped = _made_feasible(ground, order, can_go)
        kept.extend(route)
        loose.extend(dropped)
    planned = {i for order in orders for i in order}
    loose.extend(i for i in range(len(ground.visits)) if i not in planned)
    most = sum(team.days for team in fleet)
    left = _insert(ground, kept, loose, most, can_go, should_stop)
    return Packing(tuple(kept), tuple(left), note)


def _search(
    ground: Ground,
    fleet: Sequence[Team],
    mixing: Callable[[str, str], int],
    effort: Effort,
    should_stop: Callable[[], bool],
) -> tuple[list[Order], SolverNote]:
    stop = _Stop(should_stop, effort)
    orders: list[Order] = []
    value = None
    if ground.visits and fleet:
        data = _problem(ground, fleet, mixing)
        result = pyvrp.solve(data, stop, effort.seed, collect_stats=False, display=False)
        orders = [_visits_of(route) for route in result.best.routes()]
        value = int(result.cost())
    parameters: dict[str, str | int] = {"iterations": effort.iterations, "seed": effort.seed}
    if effort.seconds is not None:
        parameters["seconds"] = effort.seconds
    status = "STOPPED" if stop.was_asked else "FEASIBLE"
    return orders, SolverNote("PyVRP", version("pyvrp"), parameters, status, value, None)


class _Stop:
    """PyVRP's stopping criterion: the effort allowed, or the caller's wish."""

    def __init__(self, should_stop: Callable[[], bool], effort: Effort) -> None:
        self.should_stop = should_stop
        self.was_asked = False
        self.limits: list[StoppingCriterion] = [MaxIterations(effort.iterations)]
        if effort.seconds is not None:
            self.limits.append(MaxRuntime(effort.seconds))

    def __call__(self, best_cost: int) -> bool:
        self.was_asked = self.should_stop()
        return self.was_asked or any(limit(best_cost) for limit in self.limits)


def _problem(
    ground: Ground, fleet: Sequence[Team], mixing: Callable[[str, str], int]
) -> pyvrp.ProblemData:
    """Visits are optional clients with prizes; each class of leads has its own roads, on which a
    sector it may not judge lies out of reach."""
    rules, visits = ground.rules, ground.visits
    clients = [
        pyvrp.Client(
            i + 1,
            delivery=[1],
            service_duration=visit.minutes,
            prize=weight,
            required=False,
        )
        for i, (visit, weight) in enumerate(zip(visits, weights(visits), strict=True))
    ]
    road: Any = np.array(ground.travel, dtype=np.int64)
    price = road + _mixing_matrix(ground, mixing)
    vehicles = [
        pyvrp.VehicleType(
            team.days,
            capacity=[rules.most_visits_a_day],
            tw_early=rules.day_start_minute,
            tw_late=rules.day_end_minute,
            shift_duration=rules.day_end_minute - rules.day_start_minute - rules.lunch_minutes,
            fixed_cost=TEAM_DAY_PRICE,
            profile=k,
        )
        for k, team in enumerate(fleet)
    ]
    prices = [_barred(price, visits, team) for team in fleet]
    places = [pyvrp.Location(0, 0) for _ in range(len(visits) + 1)]
    return pyvrp.ProblemData(
        places, clients, [pyvrp.Depot(0)], vehicles, prices, [road] * len(fleet)
    )


def _mixing_matrix(ground: Ground, mixing: Callable[[str, str], int]) -> Any:
    sectors = [visit.sector for visit in ground.visits]
    extra = np.zeros((len(sectors) + 1, len(sectors) + 1), dtype=np.int64)
    prices = {(a, b): mixing(a, b) for a in set(sectors) for b in set(sectors) if a != b}
    for i, a in enumerate(sectors):
        for j, b in enumerate(sectors):
            extra[i + 1, j + 1] = prices.get((a, b), 0)
    return extra


def _barred(price: Any, visits: Sequence[Visit], team: Team) -> Any:
    barred = [i + 1 for i, visit in enumerate(visits) if visit.sector not in team.sectors]
    price = price.copy()
    price[:, barred] = NEVER
    np.fill_diagonal(price, 0)
    return price


def _visits_of(route: pyvrp.Route) -> Order:
    return tuple(activity.idx for activity in route if activity.is_client())


def _made_feasible(
    ground: Ground, order: Order, can_go: Callable[[Order], bool]
) -> tuple[list[Timetable], list[int]]:
    """The route with lunch, after taking out as little weight as that needs."""
    weight = weights(ground.visits)
    dropped: list[int] = []
    while order:
        clocked = best_order(ground, order) if can_go(order) else None
        if clocked is not None:
            return [clocked], dropped
        order, out = _without_one(ground, order, can_go, weight)
        dropped.append(out)
    return [], dropped


def _without_one(
    ground: Ground, order: Order, can_go: Callable[[Order], bool], weight: Sequence[int]
) -> tuple[Order, int]:
    """Drop the lightest visit that frees the route; where none does, the lightest."""
    lightest = sorted(order, key=lambda i: (weight[i], i))
    for out in lightest:
        rest = tuple(i for i in order if i != out)
        if rest and can_go(rest) and best_order(ground, rest):
            return rest, out
    return tuple(i for i in order if i != lightest[0]), lightest[0]


def _insert(
    ground: Ground,
    routes: list[Timetable],
    loose: Sequence[int],
    most: int,
    can_go: Callable[[Order], bool],
    should_stop: Callable[[], bool],
) -> list[int]:
    """Put loose visits, heaviest first, where they lengthen a day least; else open a team-day."""
    weight = weights(ground.visits)
    left = []
    for visit in sorted(loose, key=lambda i: (-weight[i], i)):
        if should_stop():
            left.append(visit)
            continue
        options = [
            (longer.travel - route.travel, k, longer)
            for k, route in enumerate(routes)
            if (longer := best_insertion(ground, route.order, visit)) and can_go(longer.order)
        ]
        if options:
            _, k, longer = min(options, key=lambda option: option[:2])
            routes[k] = longer
        elif len(routes) < most and (alone := timetable(ground, (visit,))) and can_go((visit,)):
            routes.append(alone)
        else:
            left.append(visit)
    return left
