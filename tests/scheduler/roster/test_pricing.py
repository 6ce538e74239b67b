"""The pricing finds the best of all routes, and says when it cannot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster import pricing_compiled
from scheduler.roster.pricing import deeper_routes, ground_of, price
from scheduler.roster.problem import Lunch, Shift, clocked
from tests.scheduler.roster.months import WITH_LUNCH, every_route, small_problem

SHIFTS = (
    (Shift(0, 480),),
    (WITH_LUNCH,),
    (Shift(510, 1050, Lunch(690, 780, 60)),),
    (Shift(510, 690), Shift(840, 1080)),
)


@settings(deadline=None, max_examples=120)
@given(
    seed=st.integers(0, 10**6),
    visits=st.integers(1, 8),
    shifts=st.sampled_from(SHIFTS),
    most=st.integers(1, 5),
    road_price=st.sampled_from([0.0, 0.25]),
    spread_km=st.sampled_from([4.0, 20.0]),
)
def test_the_best_route_is_the_best_of_all(seed, visits, shifts, most, road_price, spread_km):
    rng = np.random.default_rng(seed)
    problem = small_problem(
        rng,
        visits,
        shifts=shifts,
        most_visits=most,
        spread_km=spread_km,
        whole_values=seed % 2 == 0,
    )
    gain = problem.value - rng.integers(0, 60, visits).astype(float)
    for number, shift in enumerate(shifts):
        ground = ground_of(problem, number)
        priced = price(ground, gain, 0.0, road_price=road_price)

        def worth(route):
            spots = [0, *(v + 1 for v in route), 0]
            road = sum(problem.minutes[a, b] for a, b in pairwise(spots))
            return sum(gain[v] for v in route) - road_price * road

        routes = every_route(problem, number, min(most, 4))
        best = max((worth(route) for route in routes), default=0.0)
        assert priced.best_gain == pytest.approx(max(best, 0.0))
        for stated, route in zip(priced.gains, priced.routes, strict=True):
            assert len(set(route)) == len(route)
            assert clocked(problem, shift, route)
            assert worth(route) == pytest.approx(stated)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), lunch=st.booleans())
def test_every_route_of_five_and_more_is_found_or_the_proof_is_refused(seed, lunch):
    rng = np.random.default_rng(seed)
    problem = small_problem(
        rng,
        6,
        shifts=(WITH_LUNCH if lunch else Shift(0, 480),),
        spread_km=3.0,
        on_site=np.full(6, 60),
    )
    deep = deeper_routes(ground_of(problem, 0))
    expected = {route for route in every_route(problem, most=6) if len(route) >= 5}
    assert deep is not None
    assert set(deep) == expected


def test_a_month_of_short_visits_is_refused_as_no_month_of_four():
    rng = np.random.default_rng(1)
    problem = small_problem(rng, 80, on_site=np.full(80, 45), spread_km=5.0)
    assert deeper_routes(ground_of(problem, 0)) is None


def test_a_label_too_many_is_refused_and_not_lost(monkeypatch):
    ground = ground_of(small_problem(np.random.default_rng(2), 30), 0)
    monkeypatch.setattr("scheduler.roster.pricing.kernel.forward", lambda *_: False)
    with pytest.raises(OverflowError):
        price(ground, np.ones(30), 0.0)


def test_lunch_before_and_after_a_drive_are_inverse_to_each_other():
    for e in range(0, 300, 7):
        for t in (0, 5, 40, 90):
            arrive = pricing_compiled.over_lunch(e, t, 150, 270, 60)
            if arrive < pricing_compiled.LATE:
                assert pricing_compiled.before_lunch(arrive, t, 150, 270, 60) >= e
                latest = pricing_compiled.before_lunch(arrive, t, 150, 270, 60)
                assert pricing_compiled.over_lunch(latest, t, 150, 270, 60) <= arrive
