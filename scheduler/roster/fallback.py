"""How is a month planned whose days hold too many visits to price every route?

Ruin and recreate makes the routes (`search`), visits that would leave a route without officers are
taken out, and the days are found like those of any plan. The bound allows routes to come back to a
visit (`relaxed`), so it is valid but looser, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from scheduler.roster import relaxed
from scheduler.roster.crews import guess_of
from scheduler.roster.documents import Effort, SolverNote
from scheduler.roster.master import bonus_of, column_of
from scheduler.roster.outcome import Found, Tell, net_value, short_of, weights_of
from scheduler.roster.placing import candidate_of, place
from scheduler.roster.problem import Plan, Problem, TeamDay
from scheduler.roster.search import search
from scheduler.roster.solver import Clock, standing

SEARCH_SHARE, BOUND_SHARE = 0.5, 0.3
"""Parts of the time for the routes and for the bound; the rest is for days."""
BOUND_ROUNDS = 40
"""Rounds of the bound where nobody counts seconds."""


def searched(
    problem: Problem,
    *,
    effort: Effort,
    clock: Clock = standing,
    tell: Tell = lambda stage, value, bound: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Found:
    """A plan without exact pricing; arguments as in `optimise.optimise`."""
    seconds = None if clock is standing else effort.seconds
    routes = search(
        problem,
        seed=effort.seed,
        seconds=None if seconds is None else SEARCH_SHARE * seconds,
        iterations=effort.iterations if seconds is None else None,
        clock=clock,
        should_stop=should_stop,
        tell=lambda _, value: tell("routes", float(value), None),
    )
    bounded = relaxed.bound(
        problem,
        seconds=None if seconds is None else BOUND_SHARE * seconds,
        most_rounds=BOUND_ROUNDS if seconds is None else None,
        start=routes.pool,
        short=sum(routes.short),
        clock=clock,
        should_stop=should_stop,
    )
    tell("bound", float(routes.value), float(bounded.value))
    chosen = list(staffable(problem, routes.team_days))
    placed = place(
        problem,
        [
            candidate_of(problem, one.visits, one.shift, weight)
            for one, weight in zip(
                chosen, weights_of(problem, [one.visits for one in chosen]), strict=True
            )
        ],
        effort=effort,
        should_stop=should_stop,
    )
    team_days = tuple(sorted(placed.team_days, key=lambda d: (d.day or 0, d.shift, d.visits)))
    visits = [v for one in team_days for v in one.visits]
    plan = Plan(
        team_days=team_days,
        value=net_value(problem, team_days),
        bound=bounded.value,
        bound_method="relaxed",
        short=tuple(map(int, short_of(problem, visits))),
        unmade=tuple(map(int, np.setdiff1d(np.flatnonzero(problem.is_must), visits))),
        method="ruin and recreate",
        stopped=should_stop(),
    )
    tell("days", float(plan.value), float(bounded.value))
    left = tuple(chosen[k].visits for k in placed.left)
    parameters: dict[str, str | int] = {"iterations": effort.iterations, "seed": effort.seed}
    status = "STOPPED" if routes.stopped else "FEASIBLE"
    note = SolverNote(
        "ruin and recreate", version("numba"), parameters, status, plan.value, plan.bound
    )
    pool = tuple(column_of(problem, one.visits, one.shift) for one in routes.pool)
    return Found(plan, pool, left, (note, *placed.notes))


def staffable(problem: Problem, routes: Sequence[TeamDay]) -> Iterator[TeamDay]:
    """The routes with officers for them on some day, after the visits of least value are left out
    that stand in the way; a must-visit goes last."""
    weight = problem.value + bonus_of(problem)
    for one in routes:
        visits = one.visits
        while visits and guess_of(problem, visits) is None:
            shorter = [tuple(v for v in visits if v != out) for out in visits]
            able = [rest for rest in shorter if rest and guess_of(problem, rest) is not None]
            visits = max(
                able or shorter, key=lambda rest: int(weight[list(rest)].sum()), default=()
            )
        if visits:
            yield replace(one, visits=visits)
