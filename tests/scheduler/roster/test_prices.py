"""Is a price what a change is worth, found again by solving anew?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scheduler.roster.pool import pool_of
from scheduler.roster.price_lp import Pool, lead_classes, relaxed
from scheduler.roster.prices import (
    Price,
    answers,
    asked_sets,
    avoidance_price,
    licence_price,
    officer_price,
    price_list,
    told,
    without_avoidance,
)
from scheduler.roster.problem import Problem
from scheduler.roster.reasons import numbered
from tests.scheduler.roster.months_by_hand import by_hand, marked, team


def alone(problem: Problem) -> Pool:
    """Each visit as a route of its own."""
    return [((v,), int(value)) for v, value in enumerate(problem.value)]


def joined(problem: Problem, sectors: list[int]) -> Problem:
    """The month with one more officer, free every day, who raises the team-days by half."""
    held = np.isin(np.arange(problem.licences.shape[1]), sectors)
    days = int(np.median(problem.field_days))
    return replace(
        problem,
        licences=np.vstack([problem.licences, held]),
        avoids=np.vstack([problem.avoids, np.zeros(problem.visits, bool)]),
        is_free=np.vstack([problem.is_free, np.ones(problem.days, bool)]),
        field_days=np.append(problem.field_days, days),
        team_days=problem.team_days + days // 2,
    )


def test_one_more_officer_is_worth_what_solving_anew_says() -> None:
    """Every visit is worth the same, so a price stays what it is beyond the first fraction."""
    month = by_hand(visits=12, officers=2, days=4, value=np.full(12, 10), team_days=4)
    now = relaxed(month, alone(month))
    price = officer_price(month, now, (0,), asked_sets(month, alone(month)))
    assert now.value == pytest.approx(40)
    anew = relaxed(joined(month, [0]), alone(month)).value - now.value
    assert price.value == pytest.approx(anew) == pytest.approx(20)


def test_one_more_car_is_worth_what_solving_anew_says() -> None:
    month = by_hand(visits=6, officers=8, days=2, value=np.full(6, 10), vehicles=np.array([1, 2]),
                    is_open=np.ones((6, 2), bool))  # fmt: skip
    now = relaxed(month, alone(month))
    prices = {p.day: p.value for p in price_list(month, alone(month)) if p.kind == "vehicle"}
    more = relaxed(replace(month, vehicles=np.array([2, 2])), alone(month)).value
    assert prices[0] == pytest.approx(more - now.value) == pytest.approx(10)


def test_a_rare_licence_has_a_price_and_a_common_one_has_none() -> None:
    month = by_hand(visits=6, officers=6, days=1, sectors=[0, 0, 0, 1, 1, 1], value=np.full(6, 10),
                    licences=[[1, 1], [1, 0], [1, 0], [0, 0], [0, 0], [0, 0]])  # fmt: skip
    one = replace(month, value=np.array([1, 1, 1, 10, 10, 10]))
    now, asked = relaxed(one, alone(one)), asked_sets(one, alone(one))
    rare = licence_price(one, now, 1, 1, asked)
    licences = one.licences.copy()
    licences[1, 1] = True
    anew = relaxed(replace(one, licences=licences), alone(one)).value - now.value
    assert rare.value == pytest.approx(anew) == pytest.approx(9)
    assert all(price.value <= rare.value + 1e-6 for price in price_list(one, alone(one))
               if price.kind == "licence")  # fmt: skip


def test_a_marginal_price_is_never_too_small() -> None:
    """The value is concave in what limits it: one whole unit is worth at most its price."""
    rng = np.random.default_rng(4)
    for _ in range(5):
        month = by_hand(
            visits=10, officers=4, days=3, sectors=list(rng.integers(0, 2, 10)),
            licences=np.maximum(rng.random((4, 2)) < 0.5, np.array([[1, 1]] + [[0, 0]] * 3)),
            value=rng.integers(1, 60, 10), field_days=np.full(4, 2), team_days=4,
        )  # fmt: skip
        pool = alone(month)
        now = relaxed(month, pool)
        for sectors in ((0,), (1,), (0, 1)):
            price = officer_price(month, now, sectors, asked_sets(month, pool))
            anew = relaxed(joined(month, list(sectors)), pool).value - now.value
            assert price.value >= anew - 1e-6


def test_an_avoidance_in_the_way_is_priced_by_solving_anew() -> None:
    month = by_hand(visits=2, avoids=marked((2, 2), (1, 1)), days=2)
    now = relaxed(month, alone(month))
    price = avoidance_price(month, now, 1, 1, alone(month))
    assert price.value == pytest.approx(20) and not price.is_marginal
    assert relaxed(without_avoidance(month, 1, 1), alone(month)).value == pytest.approx(30)
    listed = price_list(month, alone(month))
    assert price in listed


def test_half_an_hour_more_is_priced_by_the_routes_it_allows() -> None:
    month = by_hand(visits=2, on_site=np.array([240, 240]), team_days=1)
    plan = [team(1)]
    pool = pool_of(month, plan)
    longer = [each for each in pool_of(month, plan, overtime=30) if each not in pool]
    assert [sorted(visits) for visits, _ in longer] == [[0, 1]]
    (price,) = [each for each in price_list(month, pool, longer) if each.kind == "overtime"]
    assert price.value == pytest.approx(10)


def test_minima_come_before_value() -> None:
    month = by_hand(visits=2, sectors=[0, 1], least=np.array([1, 0]), team_days=1)
    assert relaxed(month, alone(month)).value == pytest.approx(10)


def test_classes_of_leads_are_those_the_routes_ask_for_and_their_unions() -> None:
    month = by_hand(sectors=[0, 1], licences=[[1, 0], [0, 1]])
    assert lead_classes(month, [(0,), (1,)]) == [
        frozenset({0}), frozenset({0, 1}), frozenset({1}),
    ]  # fmt: skip


def test_the_pool_of_a_plan_holds_its_routes_their_parts_and_exchanges() -> None:
    month = by_hand(visits=3)
    sets = {frozenset(visits) for visits, _ in pool_of(month, [team(1, 2)])}
    every = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    assert sets == {frozenset(some) for some in every}


def test_every_price_has_its_words() -> None:
    names = numbered(by_hand())
    for kind in ("officer", "licence", "vehicle", "overtime", "avoidance"):
        price = Price(kind, 12.4, True, officer=0, visit=0, day=0, sectors=(0,))
        assert "12" in told(price, names).zh and "12" in told(price, names).en


def test_every_what_if_has_an_answer_also_where_it_adds_nothing_bug() -> None:
    """Where nothing was scarce, the list held officers alone."""
    month = by_hand(visits=1, officers=4, days=4, vehicles=np.full(4, 3))
    found = answers(price_list(month, alone(month)))
    assert {price.kind for price in found} == {
        "officer", "fleet", "overtime", "licence", "no_avoidance",
    }  # fmt: skip
    said = " ".join(told(price, numbered(month)).zh for price in found)
    assert "多一辆车：不增加" in said and "30 分钟：不增加" in said and "少一项回避：不增加" in said
    unbounded = answers(price_list(by_hand(), alone(by_hand())))
    assert "没有车辆表" in " ".join(told(p, numbered(by_hand())).zh for p in unbounded)


def test_one_more_car_every_day_is_worth_its_days_together() -> None:
    month = by_hand(visits=6, officers=8, days=2, value=np.full(6, 10), vehicles=np.array([1, 1]))
    fleet = next(p for p in answers(price_list(month, alone(month))) if p.kind == "fleet")
    assert fleet.value == pytest.approx(20) and "20" in told(fleet, numbered(month)).zh


def test_a_peak_prices_the_routes_it_counts_alone() -> None:
    month = by_hand(visits=4, officers=8, value=np.full(4, 10), peak=np.array([1]),
                    is_counted=np.array([[True], [True], [False], [False]]))  # fmt: skip
    assert relaxed(month, alone(month)).value == pytest.approx(30)
