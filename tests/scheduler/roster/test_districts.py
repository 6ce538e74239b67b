"""A city in districts keeps every rule of the whole, and its bound is over all its routes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster import districts
from scheduler.roster.documents import Effort
from scheduler.roster.generate import gains_at, generate, grounds_of
from scheduler.roster.master import Prices, fine_of, road_of
from scheduler.roster.problem import Problem, Shift
from tests.bench import judge, months
from tests.bench.month import rows_of
from tests.scheduler.roster.months import broken, small_problem

QUICK = Effort(ticks=3, neighbourhoods=1)
A_CITY: dict[str, Any] = {"officers": 16, "enterprises": 300, "side_km": 40.0}


def planned(problem: Problem, **facts: Any) -> districts.Found:
    return districts.optimise(problem, effort=QUICK, jobs=1, size=100, **facts)


def test_a_city_keeps_every_rule_and_is_under_its_bound() -> None:
    month = months.made(seed=3, cap=5, **A_CITY)
    problem = months.problem_of(month)
    plan = planned(problem).plan
    rows = rows_of(problem, plan)
    assert judge.broken(month, rows) == [] and judge.short(month, rows) == 0
    assert judge.value(month, rows) == plan.value and len(rows) >= 38
    grounds = grounds_of(problem)
    assert grounds is not None and plan.bound is not None
    made = generate(grounds)
    lp_value = made.value - made.master.beside()
    assert plan.value <= lp_value <= plan.bound + 1 <= 1.15 * plan.value


def test_field_days_of_a_city_with_room_are_fair_over_all_districts_bug() -> None:
    """Each district kept the spread, and officers of different districts were four days apart."""
    month = months.made(seed=3, cap=18, **A_CITY)
    problem = months.problem_of(month)
    rows = rows_of(problem, planned(problem).plan)
    assert judge.broken(month, rows) == []


def test_routes_of_the_second_half_of_a_day_stay_there_bug() -> None:
    """Known routes were all taken for routes of the first shift."""
    problem = small_problem(
        np.random.default_rng(7), 60, officers=8, days=4, spread_km=12.0,
        shifts=(Shift(0, 200), Shift(240, 480)), on_site=np.full(60, 60),
        is_free=np.ones((8, 4), bool), team_days=12,
    )  # fmt: skip
    plan = districts.optimise(problem, effort=QUICK, jobs=1, size=30).plan
    assert broken(problem, plan) == []
    assert {one.shift for one in plan.team_days} == {0, 1}


def test_the_workers_take_the_clock_along() -> None:
    problem = months.problem_of(months.made(seed=3, cap=5, **A_CITY))
    common = districts.Common(10.0, np.zeros(12))
    part = districts.district(problem, districts.partition(problem, 100)[0])
    run = districts.Parallel(n_jobs=2)
    ((routes, prices),) = run(
        [districts.delayed(districts.routes_at)(part, common, [], 60.0, time.monotonic)]
    )
    assert {shift for shift, _ in routes} == {0} and len(prices) == part.visits


# ── the bound ─────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), most=st.sampled_from([0.0, 5.0, 60.0]))
def test_the_bound_of_a_city_holds_from_any_prices(seed: int, most: float) -> None:
    rng = np.random.default_rng(seed)
    problem = small_problem(
        rng, 20, least=np.array([4, 3]), is_must=rng.random(20) < 0.1, road_price=0.25
    )
    prices = Prices(rng.uniform(0, 50, 20), rng.uniform(0, most, 2), 40.0)
    grounds = grounds_of(problem)
    assert grounds is not None
    assert districts.city_bound(problem, prices) >= generate(grounds).value - 1e-4


def test_prices_of_minima_over_the_fine_are_cut_to_it() -> None:
    """A bound from dearer ones would not hold for plans that miss a minimum."""
    problem = small_problem(np.random.default_rng(1), 10, least=np.array([99, 99]))
    dear = Prices(np.zeros(10), np.full(2, 5.0 * fine_of(problem)), 0.0)
    grounds = grounds_of(problem)
    assert grounds is not None
    assert districts.city_bound(problem, dear) >= generate(grounds).value - 1e-4


def test_the_proof_of_a_city_ends_by_the_deadline_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pricing was begun that left no time for the proof: 318 s of 300."""
    now = 0.0

    def slow(price: Any) -> Any:
        def priced(*facts: Any, **more: Any) -> Any:
            nonlocal now
            now += 25.0
            return price(*facts, **more)

        return priced

    for name in ("price_all", "proven"):
        monkeypatch.setattr(districts, name, slow(getattr(districts, name)))
    problem = small_problem(np.random.default_rng(1), 20, least=np.array([4, 3]))
    prices = Prices(np.zeros(20), np.zeros(2), 1.0)
    districts.city_bound(problem, prices, clock=lambda: now, deadline=70.0)
    assert now == 50.0


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), road_price=st.sampled_from([0.0, 0.5]))
def test_raised_prices_leave_no_route_over_the_target(seed: int, road_price: float) -> None:
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, 12, road_price=road_price)
    prices = Prices(rng.uniform(0, 40, 12), rng.uniform(0, 5, 2), 30.0)
    routes = [tuple(rng.choice(12, rng.integers(1, 5), replace=False)) for _ in range(30)]

    def gains(at: Prices) -> np.ndarray:
        gain = gains_at(problem, at)
        return np.array([gain[list(r)].sum() - road_price * road_of(problem, r) for r in routes])

    raised = districts.raised(problem, prices, routes, 35.0)
    assert (gains(raised) <= 35 + 1e-9).all()
    assert (raised.visit >= prices.visit).all()
    if (gains(prices) <= 35).all():
        assert (raised.visit == prices.visit).all()


def test_a_district_prices_its_must_visits_like_the_city_does() -> None:
    month = months.problem_of(months.made(seed=3, cap=5, **A_CITY))
    problem = replace(month, most_visits=4)
    _, visit = districts.routes_at(
        problem, districts.Common(60.0, np.zeros(12)), [], 60.0, lambda: 0.0
    )
    prices = Prices(visit, np.zeros(12), 60.0)
    assert gains_at(problem, prices)[problem.is_must].max() <= 4 * problem.value.max()
    assert gains_at(problem, prices)[problem.is_must].max() >= 0


# ── sharing out ───────────────────────────────────────────────────────────────────────────


def city(seed: int = 0, visits: int = 40, officers: int = 9) -> Problem:
    rng = np.random.default_rng(seed)
    return small_problem(
        rng, visits, officers=officers, days=3, stratum=rng.integers(0, 4, visits),
        least=rng.integers(0, 12, 4),
    )  # fmt: skip


@settings(deadline=None)
@given(
    asked=st.lists(st.floats(0, 1000), min_size=1, max_size=9),
    total=st.integers(0, 5000),
)
def test_shares_add_up_and_are_within_one_of_what_is_asked(asked: list[float], total: int) -> None:
    wants = np.array(asked)
    found = districts.shares(wants, total)
    assert found.sum() == total and (found >= 0).all()
    if wants.sum() > 0:
        assert (abs(found - wants / wants.sum() * total) < 1 + 1e-6).all()


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), data=st.data())
def test_every_officer_is_dealt_once_and_every_district_gets_its_number(
    seed: int, data: st.DataObject
) -> None:
    problem = city(seed)
    sizes = districts.shares(np.array(data.draw(st.lists(st.integers(1, 9), min_size=1))), 9)
    hands = districts.deal(problem, sizes)
    assert [len(hand) for hand in hands] == sizes.tolist()
    assert sorted(i for hand in hands for i in hand) == list(range(9))


def test_officers_with_rare_licences_are_dealt_to_different_districts() -> None:
    problem = replace(city(officers=8), licences=np.array([[True, i < 2] for i in range(8)]))
    hands = districts.deal(problem, np.array([4, 4]))
    assert [sum(i < 2 for i in hand) for hand in hands] == [1, 1]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_minima_are_shared_out_whole_as_far_as_there_are_visits(seed: int) -> None:
    """What one district has not was lost, though others had it."""
    problem, rng = city(seed), np.random.default_rng(seed)
    parts = districts.partition(problem, 12)
    made = rng.uniform(0, 6, (len(parts), 4)) * (rng.random((len(parts), 4)) < 0.6)
    found = districts.minima(problem, parts, made)
    there = np.array([np.bincount(problem.stratum[part], minlength=4) for part in parts])
    assert (found <= there).all() and (found >= 0).all()
    assert found.sum(axis=0).tolist() == np.minimum(problem.least, there.sum(axis=0)).tolist()


@pytest.mark.parametrize("size", [1, 7, 39, 40])
def test_districts_part_the_visits_and_none_is_too_large(size: int) -> None:
    parts = districts.partition(city(), size)
    assert max(map(len, parts)) <= size
    assert sorted(v for part in parts for v in part) == list(range(40))


def test_a_district_is_the_month_of_its_visits_and_officers() -> None:
    problem = city()
    visits, officers = np.array([3, 8, 20]), [5, 1]
    part = districts.district(problem, visits, officers=officers, team_days=2)
    assert part.visits == 3 and part.officers == 2 and part.team_days == 2
    assert part.minutes[2, 3] == problem.minutes[9, 21]
    assert (part.value == problem.value[visits]).all() and not part.least.any()
    assert (part.avoids == problem.avoids[np.ix_(officers, visits)]).all()


def test_at_the_settled_prices_the_districts_ask_for_the_team_days_there_are() -> None:
    problem = small_problem(np.random.default_rng(3), 60, team_days=9, least=np.array([16, 0]))
    parts = districts.partition(problem, 30)
    plain = [districts.district(problem, part, team_days=9) for part in parts]
    start = districts.Common(80.0, np.zeros(2))
    known = [districts.routes_at(part, start, [], 60.0, lambda: 0.0)[0] for part in plain]
    market = districts._market(plain, known)
    common = start
    for _ in range(12):  # prices move in small steps
        common, days, made = districts.settle(problem, market, common)

    def lagrangian(at: districts.Common) -> float:
        value = sum(stall.asked(at)[0] for stall in market)
        return value + 9 * at.team_day - float(at.stratum @ problem.least)

    assert lagrangian(common) < lagrangian(start)
    assert (common.stratum >= 0).all() and common.team_day >= 0
    assert days.sum() == pytest.approx(9, abs=1.5)  # the slope jumps where prices are settled
    assert made.shape == (2, 2)
