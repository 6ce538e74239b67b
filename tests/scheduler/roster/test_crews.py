"""Who could take the seats of a route is told by certificates, avoidances and free days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.crews import crew_of, guess_of, open_days, scarcity, ways
from scheduler.roster.problem import Mask, Problem
from tests.scheduler.roster.months import small_problem

FREIGHT, REPAIR = 0, 1
BOTH, FREIGHT_ONLY, REPAIR_ONLY, NONE = (True, True), (True, False), (False, True), (False, False)


def month(*held: tuple[bool, bool], **facts: Any) -> Problem:
    """A freight visit 0 and a repair visit 1, two days; officers by what they hold."""
    usual: dict[str, Any] = {
        "sector": np.array([FREIGHT, REPAIR]),
        "is_open": np.ones((2, 2), bool),
        "licences": np.array(held),
        "avoids": np.zeros((len(held), 2), bool),
        "is_free": np.ones((len(held), 2), bool),
    }
    rng = np.random.default_rng(0)
    return small_problem(rng, 2, officers=len(held), days=2, **usual | facts)


def who(mask: Mask) -> list[int]:
    return np.flatnonzero(mask).tolist()


def test_a_strict_lead_holds_every_sector_and_anyone_comes_along() -> None:
    problem = month(BOTH, FREIGHT_ONLY, NONE)
    (crew,) = ways(problem, [0, 1])
    assert who(crew.leads) == [0] and who(crew.seconds) == [0, 1, 2]
    assert who(crew_of(problem, [0]).leads) == [0, 1]


def test_two_may_cover_a_route_together_where_the_law_lets_them() -> None:
    problem = month(FREIGHT_ONLY, FREIGHT_ONLY, REPAIR_ONLY, REPAIR_ONLY, cover="joint")
    strict, shared = ways(problem, [0, 1])
    assert not strict.leads.any()
    assert (who(shared.leads), who(shared.seconds)) == ([0, 1], [2, 3])
    assert crew_of(problem, [0, 1]) is not strict
    assert guess_of(problem, [0, 1]) == 0.5
    assert guess_of(replace(problem, cover="strict"), [0, 1]) is None


def test_the_way_with_the_less_scarce_seat_is_taken() -> None:
    problem = month(BOTH, FREIGHT_ONLY, FREIGHT_ONLY, REPAIR_ONLY, cover="joint")
    # strict: one lead; together: three for freight, two for repair
    assert who(crew_of(problem, [0, 1]).leads) == [0, 1, 2]


def test_who_has_to_avoid_one_visit_takes_no_seat_of_the_route() -> None:
    avoids = np.zeros((3, 2), bool)
    avoids[1, 1] = True
    problem = month(BOTH, BOTH, BOTH, avoids=avoids)
    assert who(crew_of(problem, [0]).seconds) == [0, 1, 2]
    assert who(crew_of(problem, [0, 1]).seconds) == [0, 2]


def test_scarcity_is_one_by_the_leads_who_are_free_that_day() -> None:
    free = np.array([[True, True], [True, False], [True, True]])
    problem = month(BOTH, BOTH, FREIGHT_ONLY, is_free=free)
    assert scarcity(problem, [1]).tolist() == [0.5, 1.0]
    assert scarcity(problem, [0]).tolist() == [pytest.approx(1 / 3), 0.5]
    assert guess_of(problem, [1]) == 0.75


def test_days_that_are_closed_or_that_nobody_can_staff_have_no_scarcity() -> None:
    shut = np.array([[True, False], [True, True]])
    assert scarcity(month(BOTH, BOTH, is_open=shut), [0, 1]).tolist() == [0.5, 0.0]
    assert open_days(month(BOTH, BOTH, is_open=shut), [0, 1]).tolist() == [True, False]
    alone = np.array([[True, True], [False, True]])
    assert scarcity(month(BOTH, BOTH, is_free=alone), [0]).tolist() == [0.0, 0.5]


def test_one_officer_cannot_fill_both_seats() -> None:
    assert guess_of(month(BOTH, cover="joint"), [0]) is None
    assert guess_of(month(BOTH, BOTH), [0]) == 0.5


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), strict=st.booleans())
def test_a_day_has_a_scarcity_just_where_two_officers_can_be_named(seed: int, strict: bool) -> None:
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, 3, officers=3, cover="strict" if strict else "joint")
    visits = list(range(int(rng.integers(1, 4))))
    sectors = problem.sector[visits]
    able = scarcity(problem, visits) > 0
    for day in range(problem.days):
        there = np.flatnonzero(problem.is_free[:, day] & ~problem.avoids[:, visits].any(axis=1))
        held = problem.licences
        could = any(
            (held[a][sectors].all() if strict else (held[a] | held[b])[sectors].all())
            for a in there
            for b in there
            if a != b
        )
        is_open = problem.is_open[visits, day].all()
        if strict:
            assert able[day] == (could and is_open)
        else:  # the way is chosen before the day is known
            assert not able[day] or (could and is_open)
