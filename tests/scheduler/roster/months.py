"""Small planning problems by chance, for the tests of the planner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

import numpy as np

from scheduler.roster.problem import Lunch, Plan, Problem, Shift, clocked


def small_problem(
    rng: np.random.Generator,
    visits: int = 7,
    *,
    officers: int = 4,
    days: int = 3,
    shifts: tuple[Shift, ...] = (Shift(0, 480),),
    spread_km: float = 20.0,
    whole_values: bool = False,
    **facts: Any,
) -> Problem:
    """A few visits around the base; every third has a window."""
    points = np.vstack([[0.0, 0.0], rng.uniform(-spread_km, spread_km, (visits, 2))])
    km = np.linalg.norm(points[:, None] - points[None], axis=2)
    minutes = np.ceil(1.3 * km / 35 * 60 + 4).astype(np.int64)
    np.fill_diagonal(minutes, 0)
    latest = np.full(visits, shifts[-1].end)
    earliest = np.full(visits, shifts[0].begin)
    length = shifts[-1].end - shifts[0].begin
    for v in range(0, visits, 3):
        earliest[v] = shifts[0].begin + int(rng.integers(0, max(length // 2, 1)))
        latest[v] = earliest[v] + int(rng.integers(0, length // 2))
    problem = Problem(
        minutes=minutes,
        on_site=rng.choice([60, 90, 105, 120], visits),
        value=rng.integers(1, 20 if whole_values else 150, visits),
        sector=rng.integers(0, 2, visits),
        stratum=rng.integers(0, 2, visits),
        earliest=earliest,
        latest=latest,
        is_open=rng.random((visits, days)) > 0.1,
        is_must=np.zeros(visits, bool),
        least=np.zeros(2, np.int64),
        shifts=shifts,
        most_visits=64,
        team_days=max(1, officers // 2 * days - 1),
        licences=rng.random((officers, 2)) < 0.8,
        avoids=rng.random((officers, visits)) < 0.05,
        is_free=rng.random((officers, days)) < 0.9,
        field_days=np.full(officers, days),
    )
    return replace(problem, **facts)


WITH_LUNCH = Shift(0, 480, Lunch(150, 270, 60))


def every_route(problem: Problem, shift: int = 0, most: int = 4) -> list[tuple[int, ...]]:
    """All orders of visits that keep the shift, by trying them all."""
    able = [v for v in range(problem.visits) if problem.is_open[v].any()]
    return [
        order
        for size in range(1, most + 1)
        for order in permutations(able, size)
        if clocked(problem, problem.shifts[shift], order)
    ]


def road_of(problem: Problem, order: Sequence[int]) -> int:
    """Minutes on the road, out and home included."""
    spots = [0, *(v + 1 for v in order), 0]
    return sum(int(problem.minutes[a, b]) for a, b in pairwise(spots))


def ways_of(problem: Problem, most: int = 6) -> dict[frozenset[int], float]:
    """Every set of visits that fits into one team-day, and what the cheapest order of it costs."""
    cheapest: dict[frozenset[int], float] = {}
    for number in range(len(problem.shifts)):
        for order in every_route(problem, number, min(most, problem.most_visits)):
            cost = problem.road_price * road_of(problem, order) + problem.team_day_price
            cheapest[frozenset(order)] = min(cost, cheapest.get(frozenset(order), cost))
    return cheapest


def every_plan(problem: Problem, most: int = 6) -> dict[frozenset[int], float]:
    """Every set of visits that some routes make, days and people aside, and its worth."""
    ways = ways_of(problem, most)
    costs = {frozenset[int](): 0.0}
    for _ in range(problem.team_days):
        for made, cost in list(costs.items()):
            for visits, more in ways.items():
                if not made & visits and cost + more < costs.get(made | visits, np.inf):
                    costs[made | visits] = cost + more
    return {made: float(problem.value[list(made)].sum()) - cost for made, cost in costs.items()}


def rank_of(problem: Problem, made: Iterable[int]) -> tuple[int, int]:
    """Must-visits made, and visits missing from the minima as a negative number: more is better."""
    visits = list(made)
    counts = np.bincount(problem.stratum[visits], minlength=len(problem.least))
    missing = int(np.maximum(problem.least - counts, 0).sum())
    return int(problem.is_must[visits].sum()), -missing


def broken(problem: Problem, plan: Plan) -> list[str]:
    """Rules that a plan with days and officers breaks, by name; written apart from the planner."""
    found = []
    made = [v for one in plan.team_days for v in one.visits]
    if len(made) != len(set(made)):
        found.append("twice")
    if len(plan.team_days) > problem.team_days:
        found.append("team-days")
    busy = [(i, one.day) for one in plan.team_days for i in (one.lead, one.second)]
    if len(busy) != len(set(busy)):
        found.append("two routes a day")
    loads = np.bincount([i for i, _ in busy], minlength=problem.officers)
    if (loads > problem.field_days).any():
        found.append("field days")
    if problem.spread is not None and np.ptp(loads) > problem.spread:
        found.append("spread")
    for one in plan.team_days:
        visits, pair = list(one.visits), [one.lead, one.second]
        if not fits(problem, problem.shifts[one.shift], one.visits):
            found.append("hours")
        if not problem.is_open[visits, one.day].all():
            found.append("closed")
        if not problem.is_free[pair, one.day].all():
            found.append("leave")
        if problem.avoids[np.ix_(pair, visits)].any():
            found.append("avoidance")
        sectors = problem.sector[visits]
        held = (
            problem.licences[one.lead]
            if problem.cover == "strict"
            else (problem.licences[pair].any(axis=0))
        )
        if not held[sectors].all():
            found.append("licence")
    return found


def fits(problem: Problem, shift: Shift, visits: Sequence[int]) -> bool:
    """Whether the order keeps windows and the day, minute by minute; lunch wherever it can be."""
    places = range(2 * len(visits) + 2) if shift.lunch else [-1]
    return any(_fits(problem, shift, visits, place) for place in places)


def _fits(problem: Problem, shift: Shift, visits: Sequence[int], lunch_at: int) -> bool:
    now, here, place = shift.begin, 0, 0

    def after(minute: int) -> int:
        nonlocal place
        place += 1
        if place - 1 != lunch_at:
            return minute
        assert shift.lunch is not None
        begin = max(minute, shift.lunch.earliest)
        return begin + shift.lunch.minutes if begin <= shift.lunch.latest else 10**6

    now = after(now)
    for visit in visits:
        now = after(now + int(problem.minutes[here, visit + 1]))
        now = max(now, int(problem.earliest[visit]))
        if now > problem.latest[visit]:
            return False
        now = after(now + int(problem.on_site[visit]))
        here = visit + 1
    back = now + int(problem.minutes[here, 0])
    return back <= shift.end and after(back) < 10**6
