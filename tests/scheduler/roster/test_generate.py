"""The bound holds at any prices, and the mixture comes up to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduler.roster.generate import (
    Generated,
    Grounds,
    gains_at,
    generate,
    grounds_of,
    price_all,
    proven,
    upper_bound,
)
from scheduler.roster.master import Prices, bonus_of, fine_of
from scheduler.roster.problem import Lunch, Problem, Shift
from tests.bench import months
from tests.scheduler.roster.months import WITH_LUNCH, every_plan, rank_of, small_problem

COUNTY = months.SHARED / "ours_county.npz"
needs_county = pytest.mark.skipif(not COUNTY.exists(), reason="the shared months are not here")
SHIFTS = (
    (Shift(0, 480),),
    (WITH_LUNCH,),
    (Shift(510, 1050, Lunch(690, 780, 60)),),
    (Shift(510, 690), Shift(840, 1080)),
)


@st.composite
def problems(draw: st.DrawFn, visits: int = 6) -> Problem:
    """Small months of every kind the bound is for."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    number = draw(st.integers(1, visits))
    near = draw(st.booleans())  # then five and six visits fit into a day
    facts = {"on_site": rng.choice([30, 60], number)} if near else {}
    return small_problem(
        rng,
        number,
        shifts=draw(st.sampled_from(SHIFTS)),
        spread_km=3.0 if near else 20.0,
        team_days=draw(st.integers(0, 3)),
        least=np.array(draw(st.lists(st.integers(0, 3), min_size=2, max_size=2))),
        is_must=rng.random(number) < 0.3,
        most_visits=draw(st.integers(1, 6)),
        road_price=draw(st.sampled_from([0.0, 0.25])),
        team_day_price=draw(st.sampled_from([0.0, 12.0])),
        **facts,
    )


def best_objective(problem: Problem) -> float:
    """Worth and bonuses less fines of the best plan, by trying all."""
    return max(
        worth + bonus_of(problem)[list(made)].sum() + fine_of(problem) * rank_of(problem, made)[1]
        for made, worth in every_plan(problem).items()
    )


@settings(deadline=None, max_examples=60)
@given(problem=problems(), seed=st.integers(0, 10**6))
def test_no_plan_is_over_the_bound_whatever_the_prices(problem: Problem, seed: int) -> None:
    grounds = grounds_of(problem)
    assume(grounds is not None)
    assert grounds is not None
    rng, best = np.random.default_rng(seed), best_objective(problem)
    for most in (200, 20, 2):
        dearest = min(20.0, fine_of(problem))  # a minimum missed costs no more than its fine
        strata = rng.uniform(0, dearest, 2)
        prices = Prices(rng.uniform(0, most, problem.visits), strata, 0.0)
        found = price_all(grounds, gains_at(problem, prices), 0.0, is_to_be_proven=True)
        gain = max((priced.best_gain for _, priced in found), default=0.0)
        assert upper_bound(problem, prices, gain) >= best - 1e-6
        assert proven(grounds, prices) >= best - 1e-4  # prices are rounded to millionths


@settings(deadline=None, max_examples=60)
@given(problem=problems())
def test_the_bound_is_never_under_the_mixture_and_meets_it_at_the_end(problem: Problem) -> None:
    grounds = grounds_of(problem)
    assume(grounds is not None)
    assert grounds is not None
    told: list[tuple[float, float]] = []
    made = generate(grounds, tell=lambda value, bound: told.append((value, bound)))
    assert made.is_optimal
    assert all(bound >= value - 1e-6 for value, bound in told)
    assert made.bound.value == pytest.approx(made.value, rel=1e-6, abs=1e-6)
    assert proven(grounds, made.bound.prices) >= best_objective(problem) - 1e-4


@settings(deadline=None, max_examples=20)
@given(problem=problems())
def test_a_mixture_that_is_stopped_at_once_still_has_a_proof(problem: Problem) -> None:
    grounds = grounds_of(problem)
    assume(grounds is not None)
    assert grounds is not None
    made = generate(grounds, should_stop=lambda: True)
    assert made.rounds == 1
    assert made.bound.value >= best_objective(problem) - 1e-6


def near_visits(**facts: object) -> Problem:
    """Six visits of an hour round the corner: five, but not six, fit into the day."""
    rng = np.random.default_rng(4)
    return small_problem(
        rng, 6, spread_km=1.0, on_site=np.full(6, 60), earliest=np.zeros(6, int),
        latest=np.full(6, 480), is_open=np.ones((6, 3), bool), team_days=1,
        shifts=(Shift(0, 380),), **facts,
    )  # fmt: skip


def test_routes_of_five_visits_are_carried_along_and_the_bound_stays_exact() -> None:
    problem = near_visits()
    grounds = grounds_of(problem)
    assert grounds is not None and grounds.deeper[0]
    made = generate(grounds)
    best = sum(sorted(problem.value)[1:])  # all but the least: five visits
    assert made.value == pytest.approx(best)
    assert math.floor(proven(grounds, made.bound.prices) + 1e-6) == best
    assert proven(replace(grounds, deeper=((),)), made.bound.prices) < best


def test_deep_routes_under_the_threshold_are_not_among_the_priced_bug() -> None:
    problem = near_visits()
    grounds = grounds_of(problem)
    assert grounds is not None
    gain = np.ones(6)
    (_, priced), *_ = price_all(grounds, gain, 4.5)
    assert priced.routes and all(len(route) == 5 for route in priced.routes)
    (_, priced), *_ = price_all(grounds, gain, 5.0)
    assert not priced.routes and priced.best_gain == 5.0


def test_a_visit_that_gains_nothing_may_still_be_where_lunch_is_eaten_bug() -> None:
    # a → c takes two hours and lunch begins between 150 and 160: only halfway, at b, there is time
    minutes = np.array(
        [[0, 5, 60, 120], [5, 0, 60, 120], [60, 60, 0, 60], [120, 120, 60, 0]]
    )  # fmt: skip
    problem = small_problem(
        np.random.default_rng(0), 3, minutes=minutes, on_site=np.array([55, 30, 30]),
        value=np.array([50, 1, 50]), earliest=np.zeros(3, int), latest=np.array([100, 480, 280]),
        is_open=np.ones((3, 1), bool), shifts=(Shift(0, 480, Lunch(150, 160, 60)),), team_days=1,
    )  # fmt: skip
    grounds = grounds_of(problem)
    assert grounds is not None and max(every_plan(problem).values()) == 101
    dear = Prices(np.array([0.0, 2.0, 0.0]), np.zeros(2), 0.0)
    assert proven(grounds, dear) == 101


@pytest.mark.parametrize("spread_km", [4.0, 20.0, 60.0])
def test_no_way_by_another_place_is_shorter(spread_km: float) -> None:
    """What the pricing builds on: a visit left out makes no route longer."""
    minutes = small_problem(np.random.default_rng(3), 40, spread_km=spread_km).minutes
    assert (minutes[:, None, :] <= minutes[:, :, None] + minutes[None, :, :]).all()


def test_a_month_of_many_short_visits_has_no_grounds() -> None:
    many = small_problem(np.random.default_rng(1), 60, on_site=np.full(60, 30), spread_km=4.0)
    assert grounds_of(many) is None


# ── the county ────────────────────────────────────────────────────────────────────────────

LP_VALUE = 17_638.138
"""Source: roster notes 3.1; six joint visits are possible and made."""


@dataclass(frozen=True, slots=True)
class County:
    problem: Problem
    grounds: Grounds
    made: Generated
    told: list[tuple[float, float]]


@pytest.fixture(scope="module")
def county() -> Iterator[County]:
    problem = months.problem_from(COUNTY)
    grounds = grounds_of(problem)
    assert grounds is not None
    told: list[tuple[float, float]] = []
    made = generate(grounds, tell=lambda value, bound: told.append((value, bound)))
    yield County(problem, grounds, made, told)


@needs_county
def test_the_county_programme_comes_to_its_published_value(county: County) -> None:
    beside = county.made.master.beside()
    assert county.made.is_optimal and county.made.master.missing() < 1e-6
    assert beside == pytest.approx(6 * int(bonus_of(county.problem).max()))
    assert county.made.value - beside == pytest.approx(LP_VALUE, abs=1e-3)
    assert county.made.bound.value == pytest.approx(county.made.value, rel=1e-6)
    assert math.floor(proven(county.grounds, county.made.bound.prices) - beside) == 17_638


@needs_county
def test_the_county_bound_is_over_its_mixture_in_every_round(county: County) -> None:
    assert all(bound >= value - 1e-6 for value, bound in county.told)
    bounds = [bound for _, bound in county.told]
    assert bounds[-1] == pytest.approx(LP_VALUE, abs=1e-3)


@needs_county
@pytest.mark.parametrize("seed", range(3))
def test_the_county_bound_holds_at_any_prices(county: County, seed: int) -> None:
    """17,625 is the value of a plan that keeps every rule (roster notes 3.1)."""
    rng, best = np.random.default_rng(seed), county.made.bound.prices
    prices = Prices(
        np.maximum(best.visit + rng.normal(0, 5, county.problem.visits), 0),
        rng.uniform(0, 10, len(best.stratum)),
        0.0,
    )
    found = price_all(county.grounds, gains_at(county.problem, prices), 0.0)
    gain = max(priced.best_gain for _, priced in found)
    assert upper_bound(county.problem, prices, gain) - county.made.master.beside() >= 17_625


@needs_county
def test_no_way_by_another_enterprise_of_the_county_is_shorter(county: County) -> None:
    rng, minutes = np.random.default_rng(0), county.problem.minutes.astype(int)
    a, b, c = rng.integers(0, len(minutes), (3, 200_000))
    assert (minutes[a, c] <= minutes[a, b] + minutes[b, c]).all()


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_imported_roads_that_are_quicker_by_a_detour_do_not_break_the_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, 5, team_days=2, spread_km=8.0)
    minutes = problem.minutes + rng.choice([0, 0, 60, 150], problem.minutes.shape)
    np.fill_diagonal(minutes, 0)
    problem = replace(problem, minutes=minutes, is_metric=False)
    grounds = grounds_of(problem)
    assume(grounds is not None)
    assert grounds is not None
    made = generate(grounds)
    assert proven(grounds, made.bound.prices) >= best_objective(problem) - 1e-4
