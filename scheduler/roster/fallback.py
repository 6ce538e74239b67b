"""How is a month planned whose days hold too many visits to price every route?

Ruin and recreate makes the routes (`search`), visits that would leave a route without officers are
taken out, and the days are found like those of any plan. The search sees who could lead a route,
not for how many routes there are leads: where some routes found no day, it looks for others among
the visits and officers that are left, and all are placed anew. The bound allows routes to come back
to a visit (`relaxed`), so it is valid but looser, and the plan says so.
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
from scheduler.roster.placing import Placement, candidate_of, place
from scheduler.roster.problem import Plan, Problem, TeamDay
from scheduler.roster.search import Found as Routes
from scheduler.roster.search import search
from scheduler.roster.solver import Clock, standing
from scheduler.roster.upset import without_fixed

SEARCH_SHARE, BOUND_SHARE = 0.5, 0.3
"""Parts of the time for the routes and for the bound; the rest is for days."""
AGAIN, FIRST, LATER = 6, 0.3, 0.12
"""Searches for what was left without a day, and the parts of the time for routes that the first
search and each of the others may take."""
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

    def found_in(part: Problem, share: float) -> Routes:
        return search(
            part,
            seed=effort.seed,
            seconds=None if seconds is None else share * SEARCH_SHARE * seconds,
            iterations=None if seconds else max(1, round(share / FIRST * effort.iterations)),
            clock=clock,
            should_stop=should_stop,
            tell=lambda _, value: tell("routes", float(value), None),
        )

    routes = found_in(problem, FIRST)
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
    placed = placed_of(problem, chosen, effort, should_stop)
    for _ in range(AGAIN):
        rest = left_by(problem, placed.team_days)
        if not placed.left or should_stop():
            break
        more = staffable(rest, found_in(rest, LATER).team_days)
        others = [*placed.team_days, *more]
        again = placed_of(problem, others, effort, should_stop)
        if standing_of(problem, again.team_days) > standing_of(problem, placed.team_days):
            placed, chosen = again, others
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


def placed_of(
    problem: Problem,
    routes: Sequence[TeamDay],
    effort: Effort,
    should_stop: Callable[[], bool],
) -> Placement:
    """Days for these routes, worth most together."""
    weights = weights_of(problem, [one.visits for one in routes])
    pairs = zip(routes, weights, strict=True)
    candidates = [candidate_of(problem, one.visits, one.shift, weight) for one, weight in pairs]
    return place(problem, candidates, effort=effort, should_stop=should_stop)


def standing_of(problem: Problem, plan: Sequence[TeamDay]) -> tuple[int, int, int]:
    """Must-visits first, then the minima, then what the plan is worth; more is better."""
    visits = [v for one in plan for v in one.visits]
    short = int(short_of(problem, visits).sum())
    return int(problem.is_must[visits].sum()), -short, net_value(problem, plan)


def left_by(problem: Problem, plan: Sequence[TeamDay]) -> Problem:
    """The month without the visits and the officers' days of a plan; who has no day left leads
    nothing more."""
    rest = without_fixed(problem, plan, [False] * len(plan), -1)
    made = [v for one in plan for v in one.visits]
    is_open, is_must = rest.is_open.copy(), rest.is_must.copy()
    is_open[made], is_must[made] = False, False
    is_over = rest.field_days <= 0
    already = np.bincount(problem.stratum[made], minlength=len(problem.least))
    return replace(
        rest,
        is_open=is_open,
        is_must=is_must,
        licences=rest.licences & ~is_over[:, None],
        is_free=rest.is_free & ~is_over[:, None],
        least=np.maximum(problem.least - already, 0),
    )


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
