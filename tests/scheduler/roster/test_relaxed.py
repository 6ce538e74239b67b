"""The weaker bound holds for every plan, at whatever prices."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.problem import Lunch, Problem, Shift
from scheduler.roster.relaxed import Ground, bound, priced
from tests.scheduler.roster.months import WITH_LUNCH, every_route, small_problem

SHIFTS = ((Shift(0, 480),), (WITH_LUNCH,), (Shift(0, 200), Shift(260, 480)))


def optimum(problem: Problem) -> int:
    """The best two team-days, by trying all whose visits somebody may lead."""
    may_lead = (problem.licences[:, problem.sector] & ~problem.avoids).any(axis=0)
    sets = {
        frozenset(route)
        for shift in range(len(problem.shifts))
        for route in every_route(problem, shift, most=min(problem.most_visits, problem.visits))
        if may_lead[list(route)].all()
    }
    values = {one: int(problem.value[list(one)].sum()) for one in sets}
    pairs = (values[a] + values[b] for a, b in combinations(sets, 2) if not a & b)
    return max([0, *values.values(), *pairs])


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), shifts=st.sampled_from(SHIFTS), visits=st.integers(1, 6))
def test_no_plan_is_worth_more_than_the_bound(seed, shifts, visits) -> None:
    problem = small_problem(np.random.default_rng(seed), visits, shifts=shifts, team_days=2)
    assert bound(problem, most_rounds=8).value >= optimum(problem)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_it_holds_at_any_prices(seed) -> None:
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, 6, shifts=(WITH_LUNCH,), team_days=2)
    prices = rng.uniform(0, 150, 6)
    found, _ = priced(problem, Ground.of(problem), prices, rng.uniform(0, 9, 2))
    assert found.value >= optimum(problem)


def test_minima_that_are_kept_may_lower_it_but_never_below_a_plan_that_keeps_them() -> None:
    rng = np.random.default_rng(3)
    problem = small_problem(rng, 6, team_days=2, spread_km=8.0, least=np.array([1, 0]))
    assert (
        bound(problem, most_rounds=8).value
        <= bound(
            small_problem(np.random.default_rng(3), 6, team_days=2, spread_km=8.0), most_rounds=8
        ).value
        + 1
    )


def test_a_road_that_is_quicker_by_a_detour_does_not_break_it() -> None:
    problem = small_problem(np.random.default_rng(2), 5, shifts=(Shift(0, 480, Lunch(0, 480, 30)),))
    problem.minutes[1, 2] = 400
    assert bound(problem, most_rounds=6).value >= optimum(problem)
