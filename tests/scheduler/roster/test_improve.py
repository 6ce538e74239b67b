"""Neighbourhoods mend a plan and never spoil it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.dive import Staffable, dive, total, with_guesses
from scheduler.roster.generate import generate, grounds_of
from scheduler.roster.improve import LEAST_FREED, improve
from scheduler.roster.master import Master
from tests.scheduler.roster.months import small_problem


def month(seed: int) -> tuple[Master, Staffable]:
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, 24, team_days=8, least=np.array([3, 3]), on_site=np.full(24, 105))
    grounds = grounds_of(problem)
    assert grounds is not None
    made, staffable = generate(grounds), Staffable(grounds, {})
    with_guesses(made.master, staffable)
    return made.master, staffable


def singles(master: Master, number: int) -> list[int]:
    """A poor plan: one visit a day."""
    able = [at for at, c in enumerate(master.columns) if len(c.visits) == 1]
    return [at for at in able if master.variables[at].upper_bound > 0][:number]


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), rounds=st.integers(0, 3))
def test_a_plan_is_never_worse_after_its_neighbourhoods(seed: int, rounds: int) -> None:
    master, staffable = month(seed)
    begun = dive(master, staffable)
    ended = improve(master, staffable, begun, rounds=rounds, should_stop=lambda: False)
    visits = [v for at in ended for v in master.columns[at].visits]
    assert len(visits) == len(set(visits)) and len(ended) <= 8
    assert total(master, ended) >= total(master, begun)


def test_a_poor_plan_is_mended() -> None:
    master, staffable = month(1)
    poor = singles(master, 8)
    mended = improve(master, staffable, poor, rounds=6, should_stop=lambda: False)
    assert total(master, mended) > 1.2 * total(master, poor)


def test_without_rounds_or_when_stopped_a_plan_stays_as_it_is() -> None:
    master, staffable = month(2)
    poor = singles(master, 8)
    assert improve(master, staffable, poor, rounds=0, should_stop=lambda: False) == poor
    assert improve(master, staffable, poor, rounds=9, should_stop=lambda: True) == poor


def test_a_plan_of_few_routes_has_no_neighbourhoods() -> None:
    master, staffable = month(3)
    few = singles(master, LEAST_FREED - 1)
    assert improve(master, staffable, few, rounds=9, should_stop=lambda: False) == few


@pytest.mark.parametrize("routes", [4, 7, 14, 21, 35, 180])
def test_every_route_becomes_the_centre_of_a_neighbourhood_bug(
    routes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step of seven left six of seven routes out where their number was a multiple of it."""
    seen: list[int] = []

    class Column:
        worth = 1.0
        visits = ()

    class Nothing:
        columns = tuple(Column() for _ in range(routes))

    module = "scheduler.roster.improve."
    monkeypatch.setattr(module + "total", lambda *_: 0.0)
    monkeypatch.setattr(module + "dive", lambda *_, **__: [])
    monkeypatch.setattr(module + "_nearest", lambda _, __, centre, ___: seen.append(centre) or [])
    improve(Nothing(), None, list(range(routes)), rounds=routes, should_stop=lambda: False)  # type: ignore[arg-type]
    assert sorted(seen) == list(range(routes))
