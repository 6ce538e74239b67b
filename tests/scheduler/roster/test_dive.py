"""The routes picked from the mixture are whole, and make a plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.dive import Staffable, dive, total, with_guesses
from scheduler.roster.generate import Generated, Grounds, generate, grounds_of
from scheduler.roster.master import column_of
from scheduler.roster.problem import Problem, Shift
from tests.scheduler.roster.months import every_plan, fits, rank_of, small_problem


def mixed(problem: Problem) -> tuple[Generated, Staffable]:
    grounds = grounds_of(problem)
    assert grounds is not None
    made = generate(grounds)
    staffable = Staffable(grounds, {})
    with_guesses(made.master, staffable)
    return made, staffable


def visits_of(made: Generated, picked: Iterable[int]) -> list[int]:
    return [v for at in picked for v in made.master.columns[at].visits]


def assert_whole(problem: Problem, made: Generated, picked: list[int]) -> None:
    visits = visits_of(made, picked)
    assert len(visits) == len(set(visits))
    assert len(picked) <= problem.team_days
    for at in picked:
        column = made.master.columns[at]
        assert fits(problem, problem.shifts[column.shift], column.visits)


def some_month(seed: int, visits: int = 12, **facts: Any) -> Problem:
    rng = np.random.default_rng(seed)
    usual: dict[str, Any] = {
        "team_days": int(rng.integers(1, 6)),
        "is_must": rng.random(visits) < 0.15,
    }
    return small_problem(rng, visits, **usual | facts)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), split=st.booleans())
def test_the_routes_of_a_plan_share_no_visit_and_keep_to_the_team_days(
    seed: int, split: bool
) -> None:
    halves = (Shift(0, 220), Shift(260, 480)) if split else (Shift(0, 480),)
    problem = some_month(seed, shifts=halves, least=np.array([2, 1]))
    made, staffable = mixed(problem)
    value = made.master.solve()
    picked = dive(made.master, staffable)
    assert_whole(problem, made, picked)
    assert total(made.master, picked) <= made.master.solve() + 1e-6
    assert made.master.solve() >= value - 1e-6  # nothing stays fixed


def test_a_dive_of_a_small_month_mostly_finds_the_best_plan() -> None:
    everyone = {
        "licences": np.ones((4, 2), bool), "avoids": np.zeros((4, 6), bool),
        "is_free": np.ones((4, 3), bool), "is_open": np.ones((6, 3), bool),
    }  # fmt: skip
    ratios = []
    for seed in range(40):
        problem = some_month(seed, 6, **everyone)
        made, staffable = mixed(problem)
        got = visits_of(made, dive(made.master, staffable))
        plans = every_plan(problem)
        best = max(plans, key=lambda visits: (rank_of(problem, visits), plans[visits]))
        assert rank_of(problem, got) == rank_of(problem, best)
        ratios.append(problem.value[got].sum() / max(plans[best], 1))
    assert np.mean(np.array(ratios) == 1) >= 0.9 and min(ratios) >= 0.8


def test_must_visits_come_before_all_that_is_worth_more() -> None:
    far = np.full((5, 5), 100)
    far[1:5, 1:5] = 5
    far[4, 1:4] = far[1:4, 4] = 190  # visit 3 lies on the other side of the base
    np.fill_diagonal(far, 0)
    problem = small_problem(
        np.random.default_rng(0), 4, minutes=far, on_site=np.full(4, 60), team_days=1,
        value=np.array([90, 90, 90, 1]), is_must=np.array([False, False, False, True]),
        earliest=np.zeros(4, int), latest=np.full(4, 480), is_open=np.ones((4, 3), bool),
        licences=np.ones((4, 2), bool), avoids=np.zeros((4, 4), bool),
    )  # fmt: skip
    made, staffable = mixed(problem)
    assert visits_of(made, dive(made.master, staffable)) == [3]


def test_a_route_nobody_can_lead_is_never_picked() -> None:
    # nobody is certified for sector 1
    problem = some_month(3, licences=np.array([[True, False]] * 4), is_must=np.zeros(12, bool))
    made, staffable = mixed(problem)
    picked = dive(made.master, staffable)
    assert picked and not problem.sector[visits_of(made, picked)].any()
    barred = [at for at, x in enumerate(made.master.variables) if x.upper_bound == 0.0]
    assert barred and not set(barred) & set(dive(made.master, staffable, should_stop=lambda: True))


def test_a_barred_route_is_not_found_again_by_the_pricing() -> None:
    problem = some_month(5, team_days=3)
    made, staffable = mixed(problem)
    first = dive(made.master, staffable)
    gone = {tuple(sorted(made.master.columns[at].visits)) for at in first}
    for key in gone:
        staffable.guesses[key] = None
    made.master.reprice([(at, None) for at in first])
    again = dive(made.master, staffable)
    assert again and not gone & {tuple(sorted(made.master.columns[at].visits)) for at in again}


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), after=st.integers(0, 6))
def test_a_dive_that_is_stopped_keeps_a_whole_plan(seed: int, after: int) -> None:
    problem = some_month(seed, team_days=4)
    made, staffable = mixed(problem)
    asked = iter(range(1000))
    picked = dive(made.master, staffable, should_stop=lambda: next(asked) >= after)
    assert_whole(problem, made, picked)
    busy = set(visits_of(made, picked))
    if len(picked) < problem.team_days:  # no route that could still go was left out
        assert not any(
            column.worth > 0 and variable.upper_bound > 0 and not busy & set(column.visits)
            for column, variable in zip(made.master.columns, made.master.variables, strict=True)
        )


def test_a_dive_that_is_stopped_between_two_steps_still_fills_up_bug() -> None:
    """The wish came after a step was chosen, and the greedy routes were not added."""
    problem = some_month(8, 20, team_days=6)
    full = mixed(problem)
    number = len(dive(full[0].master, full[1]))
    for after in range(12):
        made, staffable = mixed(problem)
        asked = iter(range(1000))
        picked = dive(made.master, staffable, should_stop=lambda a=asked, n=after: next(a) >= n)
        assert len(picked) == number == problem.team_days


def test_routes_kept_are_in_the_plan_and_their_visits_in_no_other() -> None:
    problem = some_month(2, team_days=3)
    made, staffable = mixed(problem)
    kept = [0]  # a single visit: the pricing starts with these
    picked = dive(made.master, staffable, kept=kept)
    assert picked[0] == 0
    assert_whole(problem, made, picked)


def test_what_a_plan_is_worth_counts_the_fines_for_missing_minima() -> None:
    problem = some_month(1, least=np.array([100, 0]), is_must=np.zeros(12, bool))
    made, _ = mixed(problem)
    made.master.add([column_of(problem, (0,), 0)])
    at = made.master.known[0, (0,)]
    worth = made.master.columns[at].worth
    missing = 100 - int(problem.stratum[0] == 0)
    fine = int(problem.value.max()) * 8 + 1
    assert total(made.master, [at]) == pytest.approx(worth - missing * fine)


def test_guessable_routes_cost_what_their_few_leads_make_them() -> None:
    rng = np.random.default_rng(6)
    licences = np.array([[True, True], [True, False], [True, False], [True, False]])
    problem = small_problem(
        rng, 2, sector=np.array([0, 1]), licences=licences, guess_price=20.0,
        avoids=np.zeros((4, 2), bool), is_free=np.ones((4, 3), bool),
        is_open=np.ones((2, 3), bool),
    )  # fmt: skip
    staffable = Staffable(Grounds(problem, (), ()), {})
    many, few = (column_of(problem, (v,), 0) for v in (0, 1))
    assert staffable.worth(many) == problem.value[0] - 5
    assert staffable.worth(few) == problem.value[1] - 20
