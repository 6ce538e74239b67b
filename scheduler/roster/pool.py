"""Which routes lie near a plan, where the planner gives no columns?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scheduler.roster.insertion import may_take
from scheduler.roster.orders import orders
from scheduler.roster.problem import Ints, Problem, TeamDay


def pool_of(
    problem: Problem, plan: Sequence[TeamDay], *, nearby: int = 3, overtime: int = 0
) -> list[tuple[tuple[int, ...], int]]:
    """The routes of a plan, what is left of each without some visits, and each with one visit
    exchanged for, or joined by, an unmade one near."""
    made = {v for route in plan for v in route.visits}
    unmade = np.array([v for v in range(problem.visits) if v not in made], int)
    found: dict[frozenset[int], tuple[int, ...]] = {}
    for route in plan:
        hours = problem.shifts[route.shift]
        shift = replace(hours, end=hours.end + overtime)
        guests = frozenset(_nearest(problem, route, unmade, nearby))

        def may_join(done: frozenset[int], visit: int, guests: frozenset[int] = guests) -> bool:
            return visit not in guests or not done & guests

        pool = [*route.visits, *sorted(guests)]
        for visits, order in orders(problem, shift, pool, may_join=may_join).items():
            found.setdefault(visits, order)
    return [(order, int(problem.value[list(order)].sum())) for order in found.values()]


def _nearest(problem: Problem, route: TeamDay, unmade: Ints, count: int) -> list[int]:
    """Unmade visits worth most for their time and the road from the route's own."""
    if not unmade.size or not route.visits:
        return []
    own = np.array(route.visits) + 1
    roads = problem.minutes[np.ix_(own, unmade + 1)].min(axis=0)
    pull = problem.value[unmade] / (problem.on_site[unmade] + roads)
    best = unmade[np.argsort(-pull, kind="stable")].tolist()
    return [int(v) for v in best if may_take(problem, route, v)][:count]
