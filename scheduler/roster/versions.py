"""In what other ways may a route go that cannot go as planned?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from scheduler.roster.orders import orders
from scheduler.roster.problem import Problem, TeamDay, clocked

NEARBY = 7
"""Visits of other routes that one route may take over; more make the models large and gain
little, because a day is full."""
FOREIGN = 2
"""Of these, at most so many at once."""
BEST = 12
"""Versions with foreign visits that are kept, best value first."""


def versions(
    problem: Problem, route: TeamDay, loose: Collection[int], *, hosted: Collection[int] = ()
) -> list[tuple[int, ...]]:
    """Orders of visits this team-day could make: its own, all or some, and some of the loose ones.

    loose
        Visits whose routes are hit as well, or that have none.
    hosted
        Loose visits that are always considered, urgent ones.
    """
    own, shift = route.visits, problem.shifts[route.shift]
    guests = [v for v in hosted if v not in own]
    near = sorted(
        (v for v in loose if v not in own and v not in guests),
        key=lambda v: (-_pull(problem, own, v), v),
    )[:NEARBY]
    home = frozenset(own)

    def may_join(done: frozenset[int], visit: int) -> bool:
        return visit in home or len(done - home) < FOREIGN

    found = orders(problem, shift, [*own, *guests, *near], may_join=may_join)
    mixed = sorted(
        (visits for visits in found if visits - home),
        key=lambda visits: (
            -len(visits & set(guests)),
            -sum(int(problem.value[v]) for v in visits),
            sorted(visits),
        ),
    )
    kept = [visits for visits in found if visits <= home]
    return [
        in_old_order(problem, route, visits) or found[visits]
        for visits in sorted(kept, key=lambda visits: (-len(visits), sorted(visits)))
    ] + [found[visits] for visits in mixed[:BEST]]


def in_old_order(
    problem: Problem, route: TeamDay, visits: Collection[int]
) -> tuple[int, ...] | None:
    """These visits as the route had them; None where that does not fit any more."""
    kept = tuple(v for v in route.visits if v in visits)
    return kept if clocked(problem, problem.shifts[route.shift], kept) is not None else None


def _pull(problem: Problem, own: Sequence[int], visit: int) -> float:
    """Worth a minute of a visit, with the road from the nearest of the route's own."""
    road = min(int(problem.minutes[v + 1, visit + 1]) for v in own) if own else 0
    return float(problem.value[visit]) / (int(problem.on_site[visit]) + road)
