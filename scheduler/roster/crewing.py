"""Can these routes, on their days, be staffed so that everyone's field days are fair?

With the days fixed, a staffing is a flow: officer → officer on a day → seat. Bounds on the field
days are bounds on the first arcs; the least that somebody owes flows first because it costs less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.roster.problem import Ints, Problem
from scheduler.roster.seats import Seating

OWED_COST = -1_000
"""Cost of a field day that is owed; one that is not costs nothing, and no path has two of them."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A route on its day, and who could take its seats then."""

    day: int
    seating: Seating


def crewed(problem: Problem, duties: Sequence[Duty]) -> list[tuple[int, int]] | None:
    """Lead and second of every route; none where no such staffing was found.

    The greatest number of field days is tried from the least that holds all seats upwards.
    """
    if not duties:
        return []
    joins = np.zeros(problem.officers, bool)
    for duty in duties:
        joins[list(duty.seating.either)] = True
    seats, able = 2 * len(duties), int(joins.sum())
    if not able:
        return None
    for greatest in range(-(-seats // able), int(problem.field_days.max(initial=0)) + 1):
        owed = _owed(problem, joins, greatest)
        most = np.minimum(problem.field_days, greatest)
        if (owed <= most).all() and (found := _flow(problem, duties, owed, most)) is not None:
            return found
        if problem.spread is None:
            return _flow(problem, duties, owed, problem.field_days)
    return None


def _owed(problem: Problem, joins: np.ndarray, greatest: int) -> Ints:
    """Least field days of each officer where somebody has the greatest; see `Problem.spread`."""
    if problem.spread is None:
        return np.zeros(problem.officers, np.int64)
    least = max(0, greatest - problem.spread)
    if not problem.is_spread_by_free_days:
        return np.full(problem.officers, least)
    share = problem.is_free.sum(axis=1) * least // max(problem.days, 1)
    return np.where(joins, share, 0)


def _flow(
    problem: Problem, duties: Sequence[Duty], owed: Ints, most: Ints
) -> list[tuple[int, int]] | None:
    """A flow that fills every seat and brings everyone the days owed."""
    officers, days = problem.officers, problem.days
    source, sink = 0, 1
    officer = 2 + np.arange(officers)
    on_day = 2 + officers + np.arange(officers * days).reshape(officers, days)
    seat = 2 + officers + officers * days
    net = min_cost_flow.SimpleMinCostFlow()
    firsts = []
    for i in range(officers):
        firsts.append(net.add_arc_with_capacity_and_unit_cost(
            source, int(officer[i]), int(owed[i]), OWED_COST
        ))  # fmt: skip
        net.add_arc_with_capacity_and_unit_cost(source, int(officer[i]), int(most[i] - owed[i]), 0)
        for day in np.flatnonzero(problem.is_free[i]):
            net.add_arc_with_capacity_and_unit_cost(int(officer[i]), int(on_day[i, day]), 1, 0)
    taken: dict[int, tuple[int, int]] = {}
    for k, duty in enumerate(duties):
        for at, able in enumerate((duty.seating.leads, duty.seating.seconds)):
            here = seat + 2 * k + at
            net.add_arc_with_capacity_and_unit_cost(here, sink, 1, 0)
            for i in sorted(able):
                arc = net.add_arc_with_capacity_and_unit_cost(int(on_day[i, duty.day]), here, 1, 0)
                taken[arc] = (2 * k + at, i)
    net.set_node_supply(source, 2 * len(duties))
    net.set_node_supply(sink, -2 * len(duties))
    if net.solve() != net.OPTIMAL:
        return None
    if any(net.flow(arc) < owed[i] for i, arc in enumerate(firsts)):
        return None
    people = [[-1, -1] for _ in duties]
    for arc, (place, i) in taken.items():
        if net.flow(arc):
            people[place // 2][place % 2] = i
    return [(lead, second) for lead, second in people]
