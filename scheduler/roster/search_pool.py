"""Which routes met on the way make the best month together?

Set packing over the pool: the linear program says what each route could still add, those that
cannot better the month are left out, and SCIP chooses among the rest. CP-SAT was slower here by
one to two orders of magnitude.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
from ortools.math_opt.python import mathopt

from scheduler.roster import search_compiled as fast
from scheduler.roster.solver import Clock, standing

MOST_COLUMNS = 4_000
"""Routes given to SCIP, those that could add most first."""
MOST_NODES = 2_000
"""Nodes of its tree: a limit that does not depend on the clock."""


def recombine(
    g: fast.Ground,
    pool: fast.Pool,
    best: fast.Month,
    knobs: fast.Knobs,
    *,
    seconds: float | None,
    clock: Clock = standing,
) -> npt.NDArray[np.int64]:
    """Numbers of the routes of the pool that make a month at least as good as `best`, as far as
    the limit lets them be found; none where nothing better is found. The pool is thinned to the
    routes that could add most.

    seconds
        Limit of the clock; without one only nodes are counted, and equal pools give equal months.
    """
    ends = None if seconds is None else clock() + seconds
    mine = [fast.remember(g, best, r, pool) for r in np.flatnonzero(best.size)]
    n = int(pool.used[0])
    gain = pool.gain[:n] - (g.road_price + knobs.tie_price) * pool.length[:n] - g.route_price
    model = mathopt.Model()
    xs = [model.add_variable(lb=0.0, ub=1.0) for _ in range(n)]
    _rows(model, xs, g, pool, best, knobs)
    for j, x in enumerate(xs):
        model.objective.set_linear_coefficient(x, float(gain[j]))
    model.objective.is_maximize = True
    relaxed = mathopt.solve(model, mathopt.SolverType.GLOP, params=_limits(ends, clock, None))
    if relaxed.termination.reason != mathopt.TerminationReason.OPTIMAL:
        return np.zeros(0, np.int64)
    could_add = np.array(relaxed.reduced_costs(xs))
    order = np.argsort(-could_add, kind="stable")
    had = fast.rank(g, best, knobs)
    missing = np.maximum(g.least - best.count, 0).sum() * knobs.rank_price
    spare = relaxed.objective_value() - had - missing
    chosen = set(order[:MOST_COLUMNS][could_add[order[:MOST_COLUMNS]] >= -max(spare, 0)].tolist())
    chosen.update(mine)
    for j, x in enumerate(xs):
        if j in chosen:
            x.integer = True
        else:
            x.upper_bound = 0.0
    hint = mathopt.SolutionHint(variable_values={x: float(j in mine) for j, x in enumerate(xs)})
    found = mathopt.solve(
        model,
        mathopt.SolverType.GSCIP,
        params=_limits(ends, clock, MOST_NODES),
        model_params=mathopt.ModelSolveParameters(solution_hints=[hint]),
    )
    picked = (
        np.flatnonzero(np.array(found.variable_values(xs)) > 0.5)
        if found.has_primal_feasible_solution()
        else np.zeros(0, np.int64)
    )
    _thin(g, pool, np.concatenate([picked, np.array(mine, np.int64), order]))
    return np.arange(len(picked))


def _limits(ends: float | None, clock: Clock, nodes: int | None) -> mathopt.SolveParameters:
    left = None if ends is None else max(ends - clock(), 0.05)
    return mathopt.SolveParameters(
        time_limit=None if left is None else dt.timedelta(seconds=left),
        node_limit=nodes,
        threads=1,
    )


def _rows(
    model: mathopt.Model,
    xs: list[Any],
    g: fast.Ground,
    pool: fast.Pool,
    best: fast.Month,
    knobs: fast.Knobs,
) -> None:
    """Each visit once, those that must be made as now, the minima with a price for what is short,
    and no more routes than there may be."""
    is_must = g.worth >= knobs.rank_price
    once = [
        model.add_linear_constraint(ub=1.0, lb=1.0 if must and best.at[x] >= 0 else -np.inf)
        for x, must in enumerate(is_must)
    ]
    most = model.add_linear_constraint(ub=float(len(best.size)))
    enough = {c: model.add_linear_constraint(lb=float(k)) for c, k in enumerate(g.least) if k}
    for row in enough.values():
        lacking = model.add_variable(lb=0.0)
        row.set_coefficient(lacking, 1.0)
        model.objective.set_linear_coefficient(lacking, -knobs.short_price)
    for j, x in enumerate(xs):
        most.set_coefficient(x, 1.0)
        stops = pool.stops[j, : pool.size[j]]
        for stop in stops.tolist():
            once[stop].set_coefficient(x, 1.0)
        if enough:
            for c, many in zip(*np.unique(g.group[stops], return_counts=True), strict=True):
                if int(c) in enough:
                    enough[int(c)].set_coefficient(x, float(many))


def _thin(g: fast.Ground, pool: fast.Pool, order: npt.NDArray[np.int64]) -> None:
    """Keep half of the room at most, in this order."""
    _, first = np.unique(order, return_index=True)
    keep = order[np.sort(first)][: len(pool.name) // 2]
    for column in (pool.name, pool.length, pool.gain, pool.shift, pool.size, pool.stops):
        column[: len(keep)] = column[keep]
    pool.used[0] = len(keep)
    fast.index(pool)
