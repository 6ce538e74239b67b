"""What is the best mixture of routes over the days of a month, and what does each limit cost?

A linear programme: each visit once, minima, pairs and cars of a day, field days of the month, and
for each set of leads the routes only they may lead (Hall's condition).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from ortools.math_opt.python import mathopt

from scheduler.roster.model import sectors_of
from scheduler.roster.peaks import is_counted
from scheduler.roster.problem import Problem

MISSED_MINIMUM = 500
"""What a visit missing from a minimum costs, in value: above any visit, so it comes first."""
MOST_CLASSES = 40
"""Above so many sets of leads their unions are left out; the prices then are of a looser month."""

Pool = Sequence[tuple[tuple[int, ...], int]]
"""Visits and value of each route."""
Row = tuple[str, int, frozenset[int]]
"""Name, day or −1, leads or none: what a row of the programme is about."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The programme solved: its value, and the dual of each row that limits something."""

    value: float
    duals: Mapping[Row, float]


def leads_of(problem: Problem, visits: Sequence[int]) -> frozenset[int]:
    """Who could lead the route on a day free; where the pair covers together, any member could."""
    able = ~problem.avoids[:, list(visits)].any(axis=1)
    if problem.cover == "strict":
        able &= problem.licences[:, sectors_of(problem, visits)].all(axis=1)
    return frozenset(np.flatnonzero(able).tolist())


def relaxed(problem: Problem, pool: Pool) -> Relaxed:
    """The best mixture of the routes of the pool over the days."""
    model = mathopt.Model()
    rows: dict[Row, mathopt.LinearConstraint] = {}

    def row(name: str, most: float, day: int = -1, who: frozenset[int] = frozenset()) -> None:
        rows[name, day, who] = model.add_linear_constraint(lb=float("-inf"), ub=most)

    leads = [leads_of(problem, visits) for visits, _ in pool]
    classes = lead_classes(problem, [visits for visits, _ in pool])
    for day in range(problem.days):
        free = problem.is_free[:, day]
        row("pairs", free.sum() / 2, day)
        if problem.vehicles is not None:
            row("vehicles", float(problem.vehicles[day]), day)
        if problem.peak is not None:
            row("peak", float(problem.peak[day]), day)
        for who in classes:
            row("leads", float(free[list(who)].sum()), day, who)
    for who in classes:
        row("lead_days", float(problem.field_days[list(who)].sum()), -1, who)
    row("field_days", float(problem.field_days.sum()) / 2)
    row("team_days", float(problem.team_days))
    once = {
        v: model.add_linear_constraint(ub=1.0)
        for v in sorted({v for visits, _ in pool for v in visits})
    }
    minima = _minima(model, problem)
    for (visits, value), able in zip(pool, leads, strict=True):
        held = [who for who in classes if able <= who]
        for day in days_of(problem, visits, able):
            goes = model.add_variable(lb=0.0)
            model.objective.set_linear_coefficient(goes, value)
            names: list[Row] = [("pairs", day, frozenset()), ("field_days", -1, frozenset())]
            names += [("team_days", -1, frozenset()), ("vehicles", day, frozenset())]
            if is_counted(problem, visits, day):
                names.append(("peak", day, frozenset()))
            names += [("leads", day, who) for who in held]
            names += [("lead_days", -1, who) for who in held]
            for name in names:
                if name in rows:
                    rows[name].set_coefficient(goes, 1.0)
            for v in visits:
                once[v].set_coefficient(goes, 1.0)
            for stratum, many in _counts(problem, visits).items():
                if stratum in minima:
                    minima[stratum].set_coefficient(goes, many)
    model.objective.is_maximize = True
    found = mathopt.solve(model, mathopt.SolverType.GLOP)
    if found.termination.reason != mathopt.TerminationReason.OPTIMAL:
        raise ValueError("the programme of prices has an answer by its slack")
    duals = found.dual_values()
    return Relaxed(found.objective_value(), {at: duals[each] for at, each in rows.items()})


def _minima(model: mathopt.Model, problem: Problem) -> dict[int, mathopt.LinearConstraint]:
    """Minima, each visit missing paid for."""
    minima = {}
    for stratum in np.flatnonzero(problem.least).tolist():
        minima[stratum] = model.add_linear_constraint(lb=float(problem.least[stratum]))
        short = model.add_variable(lb=0.0)
        minima[stratum].set_coefficient(short, 1.0)
        model.objective.set_linear_coefficient(short, -MISSED_MINIMUM)
    return minima


def _counts(problem: Problem, visits: Sequence[int]) -> dict[int, int]:
    strata, many = np.unique(problem.stratum[list(visits)], return_counts=True)
    return dict(zip(strata.tolist(), many.tolist(), strict=True))


def days_of(problem: Problem, visits: Sequence[int], leads: frozenset[int]) -> list[int]:
    """Days open for all visits, with a lead and one more officer."""
    comes = ~problem.avoids[:, list(visits)].any(axis=1)
    is_open = problem.is_open[list(visits)].all(axis=0)
    has_lead = problem.is_free[sorted(leads)].any(axis=0)
    able = problem.is_free[np.flatnonzero(comes)]
    found: list[int] = np.flatnonzero(is_open & has_lead & (able.sum(axis=0) >= 2)).tolist()
    return found


def lead_classes(problem: Problem, routes: Sequence[Sequence[int]]) -> list[frozenset[int]]:
    """Holders of every set of sectors a route asks for, and their unions in pairs; none where the
    pair covers together."""
    if problem.cover == "joint":
        return []
    asked = {tuple(sectors_of(problem, visits)) for visits in routes}
    single = {
        frozenset(np.flatnonzero(problem.licences[:, list(each)].all(axis=1)).tolist())
        for each in asked
    }
    unions = {a | b for a, b in combinations(single, 2)} if len(single) <= MOST_CLASSES else set()
    return sorted(single | unions, key=sorted)
