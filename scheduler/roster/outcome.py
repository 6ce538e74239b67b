"""What does the planner answer, and by what is it measured?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.roster.documents import SolverNote
from scheduler.roster.master import Column, bonus_of, fine_of, road_of
from scheduler.roster.problem import Ints, Plan, Problem, TeamDay

Tell = Callable[[str, float | None, float | None], None]
"""Called with (stage, best value so far, proven bound so far)."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The plan, and what it was chosen from.

    pool
        All routes the planner has seen; `explain` and `prices` look among them.
    left
        Routes that found no day.
    """

    plan: Plan
    pool: tuple[Column, ...]
    left: tuple[tuple[int, ...], ...]
    notes: tuple[SolverNote, ...]


def weights_of(problem: Problem, routes: Sequence[Sequence[int]]) -> list[int]:
    """What placing each route is worth beside the others: must-visits before all, then visits
    without which a minimum of these routes would be missed; below 10⁶ for CP-SAT."""
    made = np.bincount(
        problem.stratum[[v for route in routes for v in route]], minlength=len(problem.least)
    )
    is_tight = (made <= problem.least) & (problem.least > 0)
    each = problem.value + bonus_of(problem) + fine_of(problem) * is_tight[problem.stratum]
    return [int(each[list(route)].sum()) for route in routes]


def short_of(problem: Problem, visits: Sequence[int]) -> Ints:
    """Visits missing from the minimum of each stratum."""
    made = np.bincount(problem.stratum[list(visits)], minlength=len(problem.least))
    missing: Ints = np.maximum(problem.least - made, 0)
    return missing


def bound_of(problem: Problem, visits: Sequence[int], proof: float) -> int:
    """What no plan that makes as many must-visits and misses no more of the minima than these
    visits can be worth, by the proven bound of the programme."""
    earned = int(bonus_of(problem)[list(visits)].sum())
    fines = fine_of(problem) * int(short_of(problem, visits).sum())
    return math.floor(proof + 1e-9) - earned + fines


def net_value(problem: Problem, team_days: Sequence[TeamDay]) -> int:
    """Values of the visits less the costs of road and team-days, floored like the bound."""
    visits = [v for day in team_days for v in day.visits]
    road = sum(road_of(problem, day.visits) for day in team_days)
    costs = problem.road_price * road + problem.team_day_price * len(team_days)
    return int(problem.value[visits].sum()) - math.ceil(costs - 1e-9)
