"""The programme mixes the routes it knows, and its prices explain its value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.generate import gains_at
from scheduler.roster.master import Column, Master, bonus_of, column_of, fine_of, road_of
from scheduler.roster.problem import Problem
from tests.scheduler.roster.months import every_route, small_problem


def month(visits: int = 3, **facts: Any) -> Problem:
    usual: dict[str, Any] = {
        "value": np.arange(1, visits + 1) * 10,
        "stratum": np.zeros(visits, int),
        "least": np.zeros(1, int),
        "team_days": 2,
        "most_visits": 4,
    }
    return small_problem(np.random.default_rng(0), visits, **usual | facts)


def filled(problem: Problem, *routes: tuple[int, ...]) -> Master:
    master = Master(problem)
    assert master.add(column_of(problem, route, 0) for route in routes) == len(routes)
    return master


def test_a_mixture_keeps_to_the_team_days_and_makes_each_visit_once() -> None:
    master = filled(month(), (0,), (1,), (2,), (1, 2))
    assert master.solve() == 60  # 0 and 1 + 2
    assert master.values().tolist() == [1, 0, 0, 1]


def test_a_known_route_gets_the_better_worth_and_not_the_worse() -> None:
    master = filled(month(), (0, 1))
    assert master.add([Column((1, 0), 0, 500.0)]) == 1
    assert master.solve() == 500 and master.columns[0].visits == (1, 0)
    assert master.add([Column((0, 1), 0, 3.0)]) == 0
    assert master.solve() == 500 and len(master.columns) == 1


def test_the_same_visits_in_another_shift_are_another_route() -> None:
    master = filled(month(), (0,))
    assert master.add([column_of(master.problem, (0,), 1)]) == 1


def test_a_missing_minimum_pays_a_fine_no_team_day_can_earn() -> None:
    problem = month(least=np.array([2]), team_days=1)
    assert fine_of(problem) > 4 * problem.value.max()
    master = filled(problem, (0,), (2,))
    assert master.solve() == 30 - fine_of(problem)
    assert master.missing() == 1 and master.beside() == -fine_of(problem)
    master.add([column_of(problem, (0, 1), 0)])
    assert master.solve() == 30 and master.missing() == 0  # 10 + 20, and both minima


def test_a_must_visit_earns_more_than_all_a_team_day_can_bug() -> None:
    # three visits of a short stratum are worth three fines: the must-visit still comes first
    problem = month(
        4, stratum=np.array([0, 0, 0, 1]), least=np.array([3, 0]), team_days=1,
        is_must=np.array([False, False, False, True]),
    )  # fmt: skip
    master = filled(problem, (0, 1, 2), (3,))
    master.solve()
    assert master.values().tolist() == [0, 1]
    assert bonus_of(problem).tolist() == [0, 0, 0, 5 * fine_of(problem)]


def test_roads_and_team_days_are_paid_out_of_the_worth() -> None:
    problem = month(road_price=0.5, team_day_price=7.0, guess_price=30.0)
    assert road_of(problem, (2, 0)) == (
        problem.minutes[0, 3] + problem.minutes[3, 1] + problem.minutes[1, 0]
    )
    assert column_of(problem, (2, 0), 0, guess=0.25).worth == (
        40 - 7 - 7.5 - 0.5 * road_of(problem, (2, 0))
    )


def test_a_fixed_route_is_in_every_mixture_until_it_is_freed() -> None:
    master = filled(month(team_days=1), (0,), (2,))
    master.fix(0)
    assert master.solve() == 10
    master.free(0)
    assert master.solve() == 30


def test_routes_fixed_against_each_other_are_refused() -> None:
    master = filled(month(), (0, 1), (1, 2))
    master.fix(0)
    master.fix(1)
    with pytest.raises(RuntimeError, match="INFEASIBLE"):
        master.solve()


def test_a_barred_route_is_in_no_mixture_and_another_worth_counts_at_once() -> None:
    master = filled(month(team_days=1), (0,), (1,), (2,))
    master.reprice([(2, None), (0, 25.0)])
    assert master.solve() == 25
    assert master.values().tolist() == [1, 0, 0]


def test_a_programme_without_routes_is_worth_its_fines() -> None:
    problem = month(least=np.array([1]))
    master = Master(problem)
    assert master.solve() == -fine_of(problem)
    assert master.prices().visit.tolist() == [0, 0, 0] and not len(master.values())


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_prices_add_up_to_the_value_and_leave_no_route_a_gain(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = small_problem(
        rng, 5, least=rng.integers(0, 3, 2), is_must=rng.random(5) < 0.3,
        team_days=int(rng.integers(1, 4)), team_day_price=float(rng.integers(0, 2) * 5),
    )  # fmt: skip
    master = Master(problem)
    master.add(column_of(problem, route, 0) for route in every_route(problem))
    value, prices = master.solve(), master.prices()
    assert (prices.visit >= 0).all() and (prices.stratum >= 0).all() and prices.team_day >= 0
    assert (prices.stratum <= fine_of(problem) + 1e-6).all()
    spent = prices.visit.sum() + problem.team_days * prices.team_day
    assert spent - prices.stratum @ problem.least == pytest.approx(value, abs=1e-6)
    gain = gains_at(problem, prices)
    for column in master.columns:
        cost = problem.team_day_price + prices.team_day
        assert gain[list(column.visits)].sum() <= cost + 1e-6
