"""Does each rule of the assignment model say what its name says, alone and under its name?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from ortools.sat.python import cp_model

from scheduler.roster.judge import JUDGES, judge
from scheduler.roster.mip import maximised
from scheduler.roster.model import EMITTERS, Model, Option, build
from scheduler.roster.orders import orders
from scheduler.roster.problem import Lunch, Problem, Shift, TeamDay, clocked
from scheduler.roster.reasons import Reason
from scheduler.roster.rungs import routes_of, seated
from tests.scheduler.roster.months_by_hand import by_hand, marked, team


def each_alone(problem: Problem, days: Sequence[int] | None = None) -> list[Option]:
    """A route for every visit."""
    every = tuple(days if days is not None else range(problem.days))
    return [Option(v, (v,), every) for v in range(problem.visits)]


def most(model: Model) -> int:
    """How many routes can go at once."""
    model.cp.maximize(sum(model.goes.values()) if model.goes else 0)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model.cp) == cp_model.OPTIMAL
    return round(solver.objective_value)


def going(problem: Problem, *, among: Sequence[Option] | None = None, **wishes: Any) -> int:
    return most(build(problem, among or each_alone(problem), **wishes))


def test_one_officer_makes_no_pair() -> None:
    assert going(by_hand(visits=1, officers=1)) == 0
    assert going(by_hand(visits=1, officers=2)) == 1


def test_the_lead_holds_every_sector_of_the_route() -> None:
    both = [Option(0, (0, 1), (0,))]
    halves = by_hand(sectors=[0, 1], licences=[[1, 0], [0, 1]])
    whole = by_hand(sectors=[0, 1], licences=[[1, 1], [0, 0]])
    assert going(halves, among=both) == 0
    assert going(whole, among=both) == 1


def test_two_cover_the_sectors_together_where_the_law_lets_them() -> None:
    both = [Option(0, (0, 1), (0,))]
    halves = by_hand(sectors=[0, 1], licences=[[1, 0], [0, 1]], cover="joint")
    none = by_hand(sectors=[0, 1], licences=[[1, 0], [1, 0]], cover="joint")
    assert going(halves, among=both) == 1
    assert going(none, among=both) == 0


def test_banned_pairs_do_not_go_together() -> None:
    assert going(by_hand(visits=1), bans=[(0, 1)]) == 0
    assert going(by_hand(visits=1, officers=3), bans=[(0, 1)]) == 1


def test_nobody_visits_whom_he_or_she_avoids() -> None:
    assert going(by_hand(visits=1, avoids=marked((2, 1), (0, 0)))) == 0


def test_nobody_goes_out_on_leave() -> None:
    away = by_hand(visits=1, days=2, is_free=~marked((2, 2), (1, 0)))
    assert going(away, among=each_alone(away, [0])) == 0
    assert going(away) == 1


def test_an_officer_goes_on_one_route_a_day() -> None:
    assert going(by_hand(visits=2, officers=3)) == 1
    assert going(by_hand(visits=2, officers=4)) == 2


def test_field_days_are_limited() -> None:
    assert going(by_hand(days=2)) == 2
    assert going(by_hand(days=2, field_days=np.array([1, 2]))) == 1


def test_field_days_are_spread() -> None:
    """Of three officers, two of whom alone are certified to go together, the third must go too."""
    three = by_hand(visits=2, officers=3, days=2, avoids=marked((3, 2), (2, 0), (2, 1)))
    assert going(three) == 2
    assert going(by_hand(visits=2, officers=3, days=2, avoids=three.avoids, spread=1)) == 1


def test_a_route_that_does_not_fit_the_day_does_not_go() -> None:
    assert going(by_hand(visits=1, shifts=(Shift(0, 119),))) == 0
    assert going(by_hand(visits=1, shifts=(Shift(0, 120),))) == 1


def test_closed_days_are_kept() -> None:
    closed = by_hand(visits=1, days=2, is_open=np.array([[False, True]]))
    assert going(closed, among=each_alone(closed, [0])) == 0
    assert going(closed, among=each_alone(closed, [1])) == 1


def test_a_visit_is_made_once() -> None:
    twice = [Option(0, (0,), (0,)), Option(1, (0,), (0,))]
    assert going(by_hand(visits=1, officers=4), among=twice) == 1


def test_a_team_makes_no_more_visits_than_a_day_may_hold() -> None:
    assert going(by_hand(most_visits=1), among=[Option(0, (0, 1), (0,))]) == 0


def test_cars_of_a_day_are_limited_for_each_half_of_it() -> None:
    one = by_hand(officers=4, vehicles=np.array([1]))
    assert going(one) == 1
    halves = by_hand(officers=4, vehicles=np.array([1]), shifts=(Shift(0, 240), Shift(240, 480)))
    assert going(halves, among=[Option(0, (0,), (0,), 0), Option(1, (1,), (0,), 1)]) == 2


def test_team_days_of_the_month_are_limited() -> None:
    assert going(by_hand(days=2, team_days=1)) == 1


def test_must_visits_and_required_routes_have_to_go() -> None:
    alone = by_hand(visits=1, officers=1)
    for wish in ({"musts": [0]}, {"required": [0]}):
        model = build(alone, each_alone(alone), **wish)
        assert cp_model.CpSolver().solve(model.cp) == cp_model.INFEASIBLE


@pytest.mark.parametrize("lifted", [False, True])
def test_every_reason_can_be_lifted_by_its_literal(lifted: bool) -> None:
    away = by_hand(visits=1, is_free=~marked((2, 1), (1, 0)))
    model = build(away, each_alone(away), required=[0], explains=True)
    assert model.literals is not None
    for reason, literal in model.literals.items():
        is_leave = reason == Reason("leave", officer=1, day=0)
        model.cp.add(literal == (not (lifted and is_leave)))
    wanted = cp_model.OPTIMAL if lifted else cp_model.INFEASIBLE
    assert cp_model.CpSolver().solve(model.cp) == wanted


def test_rules_of_the_model_and_of_the_checker_have_the_same_names() -> None:
    assert set(EMITTERS) <= set(JUDGES)


@pytest.mark.parametrize("cover", ["strict", "joint"])
@pytest.mark.parametrize("seed", range(6))
def test_both_solvers_agree_and_the_checker_finds_nothing(seed: int, cover: str) -> None:
    rng = np.random.default_rng(seed)
    month = by_hand(
        visits=6,
        officers=5,
        days=3,
        sectors=[0, 1, 0, 1, 0, 1],
        licences=rng.random((5, 2)) < 0.6,
        avoids=rng.random((5, 6)) < 0.2,
        is_free=rng.random((5, 3)) < 0.8,
        is_open=rng.random((6, 3)) < 0.8,
        field_days=np.full(5, 2),
        cover=cover,
    )
    routes = [(0, (0, 1)), (0, (0,)), (1, (2, 3)), (2, (4, 5)), (2, (5, 1)), (3, (3,))]
    among = [Option(k, visits, (0, 1, 2)) for k, visits in routes]
    model = build(month, among)
    values = [sum(int(month.value[v]) for v in among[o].visits) for o, _ in model.goes]
    worth = list(zip(model.goes.values(), values, strict=True))
    chosen, note = maximised(model.cp, worth, (), nodes=1000)
    assert chosen is not None
    model.cp.maximize(sum(value * go for go, value in worth))
    solver = cp_model.CpSolver()
    solver.solve(model.cp)
    assert note.value == round(solver.objective_value)
    empty = [TeamDay(()) for _ in range(4)]
    going = list(routes_of(model, chosen, empty).values())
    broken = {breach.rule for breach in judge(month, going)}
    assert not broken & set(EMITTERS)


def test_the_lead_stays_where_he_or_she_may() -> None:
    month = by_hand(visits=1, licences=[[1], [1]])
    assert seated(month, [0], [0, 1], team(0, lead=1, second=0)) == (1, 0)
    rare = by_hand(visits=1, licences=[[1], [0]])
    assert seated(rare, [0], [0, 1], team(0, lead=1, second=0)) == (0, 1)


@pytest.mark.parametrize("lunch", [None, Lunch(180, 300, 40)])
def test_orders_finds_every_set_that_fits_by_its_best_order(lunch: Lunch | None) -> None:
    from itertools import combinations, permutations

    rng = np.random.default_rng(3)
    spots = rng.uniform(0, 60, (7, 2))
    road = np.ceil(np.linalg.norm(spots[:, None] - spots[None], axis=2) + 4).astype(int)
    np.fill_diagonal(road, 0)
    month = by_hand(
        visits=6, minutes=road, earliest=rng.integers(0, 200, 6), latest=rng.integers(200, 400, 6)
    )
    shift = Shift(0, 480, lunch)
    found = orders(month, shift, range(6))
    for size in range(1, 5):
        for some in combinations(range(6), size):
            walks = [clocked(month, shift, order) for order in permutations(some)]
            home = min((walk[1] for walk in walks if walk), default=None)
            walk = clocked(month, shift, found.get(frozenset(some), ())) if home else None
            assert (frozenset(some) in found) == (home is not None)
            assert home is None or (walk is not None and walk[1] == home)
