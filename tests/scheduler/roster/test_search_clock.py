"""The compiled clock of the search says what the reference clock says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster import search_compiled as fast
from scheduler.roster.problem import Lunch, Problem, Shift, clocked
from scheduler.roster.search import search
from scheduler.roster.search_ground import Spots, ground_of, month_of
from tests.scheduler.roster.months import small_problem

SHIFTS = (
    Shift(0, 480),
    Shift(510, 1050, Lunch(690, 780, 60)),
    Shift(0, 400, Lunch(150, 160, 45)),
    Shift(0, 300, Lunch(0, 300, 30)),
    Shift(100, 420, Lunch(40, 110, 20)),
)


def problem_of(seed: int, shift: Shift) -> Problem:
    """Roads that are neither symmetric nor the shortest, and short visits."""
    rng = np.random.default_rng(seed)
    facts = {"on_site": rng.integers(0, 60, 7), "minutes": rng.integers(1, 70, (8, 8))}
    problem = small_problem(rng, 7, shifts=(shift,), **facts)
    return replace(problem, is_open=np.ones((7, 3), bool))


def month_with(problem: Problem, order: list[int]) -> tuple[fast.Ground, fast.Month]:
    """A month with one route, whether it fits or not."""
    g = ground_of(problem, Spots(np.arange(problem.visits), 1.0), seed=1)
    month = month_of(g, 1, problem.visits)
    for k, visit in enumerate(order):
        fast.put(month, 0, visit + 1, k)
    fast.set_clock(g, month, 0)
    return g, month


orders = st.permutations(range(7)).flatmap(
    lambda order: st.integers(0, 7).map(lambda size: order[:size])
)


@settings(deadline=None, max_examples=300)
@given(seed=st.integers(0, 10**6), shift=st.sampled_from(SHIFTS), order=orders)
def test_the_compiled_clock_agrees_with_the_reference(seed, shift, order) -> None:
    problem = problem_of(seed, shift)
    g, month = month_with(problem, order)
    expected = clocked(problem, shift, order)
    assert fast.home_at(g, month, 0) == (expected[1] if expected else -1)


@settings(deadline=None, max_examples=300)
@given(
    seed=st.integers(0, 10**6),
    shift=st.sampled_from(SHIFTS),
    order=orders.filter(lambda order: len(order) < 7),
)
def test_a_visit_is_put_in_exactly_where_the_reference_lets_it_be(seed, shift, order) -> None:
    problem = problem_of(seed, shift)
    g, month = month_with(problem, order)
    visit = next(v for v in range(7) if v not in order)
    dice = np.array([1], np.uint64)
    cost, gap = fast.best_place(g, month, 0, visit + 1, 1.0, 0.0, dice)
    longer = [[*order[:k], visit, *order[k:]] for k in range(len(order) + 1)]
    fit = [k for k, one in enumerate(longer) if clocked(problem, shift, one)]
    assert (gap in fit) if fit else gap == -1
    if fit:
        fast.put(month, 0, visit + 1, gap)
        assert fast.set_clock(g, month, 0) and cost < 1e18


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), shift=st.sampled_from(SHIFTS))
def test_a_road_that_is_longer_than_a_detour_never_makes_a_team_late(seed, shift) -> None:
    problem = problem_of(seed, shift)
    found = search(problem, seed=seed, iterations=400)
    for one in found.team_days:
        assert clocked(problem, shift, one.visits)


def test_a_route_pays_for_itself_where_roads_and_team_days_cost() -> None:
    problem = small_problem(np.random.default_rng(5), 12, team_days=4, on_site=np.full(12, 45))
    free = search(problem, seed=1, iterations=600)
    dear = search(replace(problem, team_day_price=1e4), seed=1, iterations=600)
    cheap = search(replace(problem, road_price=0.5), seed=1, iterations=600)
    assert free.value >= cheap.value and dear.team_days == ()


def test_the_start_is_never_lost() -> None:
    problem = small_problem(np.random.default_rng(8), 30, team_days=3, on_site=np.full(30, 45))
    good = search(problem, seed=1, iterations=3000)
    assert search(problem, seed=2, iterations=1, start=good.team_days).value >= good.value


def test_who_asks_to_stop_gets_what_there_is() -> None:
    problem = small_problem(np.random.default_rng(8), 30, team_days=3)
    found = search(problem, seed=1, iterations=10**9, should_stop=lambda: True)
    assert found.stopped
