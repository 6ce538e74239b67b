"""Every route gets a day on which both seats of all can be filled, or is left out for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster import placing
from scheduler.roster.documents import Effort
from scheduler.roster.placing import Placement, candidate_of, place
from scheduler.roster.problem import Problem, Shift

QUICK = Effort(ticks=2)
Crew = tuple[set[int], set[int]]
"""Officers who could lead a route, and who could come along."""


def month(crews: Sequence[Crew], officers: int, days: int, **facts: Any) -> Problem:
    """A visit for each route, of a sector of its own; nobody else may go."""
    n = len(crews)
    usual: dict[str, Any] = {
        "minutes": np.full((n + 1, n + 1), 5),
        "on_site": np.full(n, 90),
        "value": np.full(n, 10),
        "sector": np.arange(n),
        "stratum": np.zeros(n, int),
        "earliest": np.zeros(n, int),
        "latest": np.full(n, 480),
        "is_open": np.ones((n, days), bool),
        "is_must": np.zeros(n, bool),
        "least": np.zeros(1, int),
        "shifts": (Shift(0, 480),),
        "most_visits": 4,
        "team_days": n,
        "licences": np.array([[i in leads for leads, _ in crews] for i in range(officers)]),
        "avoids": np.array([[i not in a | b for a, b in crews] for i in range(officers)]),
        "is_free": np.ones((officers, days), bool),
        "field_days": np.full(officers, days),
        "spread": 9,
        "is_spread_by_free_days": True,
    }
    return Problem(**(usual | facts))


def placed(problem: Problem, worths: Sequence[int] | None = None) -> Placement:
    worths = worths or [1000] * problem.visits
    return place(
        problem,
        [candidate_of(problem, (v,), 0, worth) for v, worth in enumerate(worths)],
        effort=QUICK,
    )


def days_of(found: Placement) -> list[int]:
    return sorted(one.day for one in found.team_days if one.day is not None)


def test_routes_that_need_the_same_lead_go_on_different_days() -> None:
    assert days_of(placed(month([({0}, {0, 1, 2, 3})] * 2, 4, 2))) == [0, 1]


def test_a_day_with_enough_heads_but_not_enough_hands_is_cut_off() -> None:
    # each of three routes needs officer 0 or 1 for both its seats: head counts of leads allow
    # two a day, the seats do not
    assert days_of(placed(month([({0, 1}, {0, 1})] * 3, 6, 3))) == [0, 1, 2]


def test_days_that_head_counts_like_best_give_way_to_days_that_can_be_staffed() -> None:
    # two leads are free on the first two days, but officer 1 has one field day only
    free = np.array([[1, 1, 1], [1, 1, 0], [0, 0, 1]], bool)
    pair = month([({0, 1}, {0, 1, 2})] * 2, 3, 3, is_free=free, field_days=np.array([2, 1, 2]))
    found = placed(pair)
    assert len(found.team_days) == 2 and 2 in days_of(found)


def test_a_second_seat_counts_towards_the_field_days_too() -> None:
    three = month([({0}, {0, 1})] * 3, 2, 3, field_days=np.array([3, 2]))
    found = placed(three)
    assert (len(found.team_days), len(found.left)) == (2, 1)


@pytest.mark.parametrize(("spread", "number"), [(9, 4), (1, 3)])
def test_field_days_are_shared_among_those_who_can_join_a_route(spread: int, number: int) -> None:
    # with the fourth route officer 2 counts, and has one field day where another has three
    crews: list[Crew] = [({0, 1}, {0, 1})] * 3 + [({0, 1, 2}, {0, 1, 2})]
    assert len(placed(month(crews, 3, 4, spread=spread)).team_days) == number


def test_the_more_valuable_route_is_placed_where_only_one_can_be() -> None:
    found = placed(month([({0}, {0, 1})] * 2, 2, 1), [1000, 3000])
    assert [one.visits for one in found.team_days] == [(1,)]
    assert found.left == (0,)


def test_nine_routes_of_a_month_do_not_all_leave_on_its_best_day_bug() -> None:
    # eighteen officers, and on the second day one more could lead
    free = np.ones((18, 9), bool)
    free[0, 0] = False
    able = set(range(18))
    assert days_of(placed(month([(able, able)] * 9, 18, 9, is_free=free))) == list(range(9))


def test_days_with_more_leads_are_preferred() -> None:
    free = np.ones((4, 2), bool)
    free[0, 0] = False
    assert days_of(placed(month([({0, 1}, {0, 1, 2, 3})], 4, 2, is_free=free))) == [1]


def test_cars_bound_the_routes_on_the_road_at_once() -> None:
    able = set(range(6))
    three = month([(able, able)] * 3, 6, 2, vehicles=np.array([1, 1]))
    assert days_of(placed(three)) == [0, 1]


def test_nobody_goes_where_a_visit_is_closed() -> None:
    shut = np.array([[False, True, False]])
    assert days_of(placed(month([({0, 1}, {0, 1})], 2, 3, is_open=shut))) == [1]


def test_routes_whose_officers_could_be_named_together_do_not_share_a_day() -> None:
    # alone either route has four leads; together one of them has to send officer 0 for sure
    crews: list[Crew] = [({0, 1, 2}, {0, 1, 2, 3}), ({0, 1, 2}, {0, 1, 2, 3})]
    priced = month(crews, 4, 2, guess_price=30.0)
    assert days_of(placed(priced)) == [0, 1]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_placing_is_as_good_as_trying_everything(data: st.DataObject) -> None:
    """On tiny months: as many routes as the best of all ways to choose days and officers."""
    officers = st.sets(st.integers(0, 3), min_size=0, max_size=4)
    crews = [
        (leads := data.draw(officers), leads | data.draw(officers))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    problem = month(crews, 4, 3, spread=1, field_days=np.full(4, 2))
    assert len(placed(problem).team_days) == most_by_trying(crews, 3, 1)


def most_by_trying(crews: list[Crew], days: int, spread: int) -> int:
    """Every route on every day or on none; staffing by enumeration of pairs."""
    best = 0
    for chosen in product((None, *range(days)), repeat=len(crews)):
        goes = [(k, day) for k, day in enumerate(chosen) if day is not None]
        if len(goes) > best and can_staff(crews, goes, spread):
            best = len(goes)
    return best


def can_staff(crews: list[Crew], goes: list[tuple[int, int]], spread: int) -> bool:
    pairs = [
        [(a, b) for a in crews[k][0] for b in crews[k][1] if a != b] for k, _ in goes
    ]  # fmt: skip
    could = {i for k, _ in goes for i in crews[k][1]}
    for seats in product(*pairs):
        busy = [(i, day) for (_, day), pair in zip(goes, seats, strict=True) for i in pair]
        load = [sum(i == who for who, _ in busy) for i in range(4)]
        fair = max(load) - min((load[i] for i in could), default=0) <= spread
        if len(busy) == len(set(busy)) and max(load) <= 2 and fair:
            return True
    return False


def test_lead_and_second_of_a_placement_may_sit_there() -> None:
    rng = np.random.default_rng(5)
    crews = [(set(rng.choice(6, 3).tolist()), set(range(6))) for _ in range(12)]
    problem = month(crews, 6, 5)
    found = placed(problem)
    busy = [(i, one.day) for one in found.team_days for i in (one.lead, one.second)]
    assert len(found.team_days) == 12 and len(busy) == len(set(busy))
    for one in found.team_days:
        assert one.lead in crews[one.visits[0]][0] and one.second in crews[one.visits[0]][1]


def test_a_stopped_placement_keeps_every_rule() -> None:
    able = set(range(4))
    problem = month([(able, able)] * 6, 4, 3)
    found = place(
        problem,
        [candidate_of(problem, (v,), 0, 1) for v in range(6)],
        effort=QUICK,
        should_stop=lambda: True,
    )
    busy = [(i, one.day) for one in found.team_days for i in (one.lead, one.second)]
    assert len(busy) == len(set(busy))


def test_where_teams_are_split_at_noon_one_car_serves_both_halves() -> None:
    able = set(range(8))
    halves = (Shift(0, 200), Shift(260, 480))
    problem = month([(able, able)] * 2, 8, 1, vehicles=np.array([1]), shifts=halves)
    both = [candidate_of(problem, (0,), 0, 1), candidate_of(problem, (1,), 1, 1)]
    assert len(place(problem, both, effort=QUICK).team_days) == 2
    same = [replace(one, shift=0) for one in both]
    assert len(place(problem, same, effort=QUICK).team_days) == 1


def test_targets_rise_so_that_a_route_is_rather_guessable_than_owed() -> None:
    only = month([({0}, {0, 1})], 2, 1, guess_price=30.0)
    assert placing.TARGETS[-1] == 1.0
    assert len(placed(only).team_days) == 1


def test_routes_that_keep_their_days_are_staffed_within_fewer_field_days() -> None:
    able = set(range(4))
    problem = month([(able, able)] * 4, 4, 2)
    full = placed(problem)
    assert len(full.team_days) == 4
    fewer = replace(problem, field_days=np.array([2, 2, 1, 1]))
    worths = [10 if one.visits == (0,) else 20 for one in full.team_days]
    found = placing.restaffed(fewer, full.team_days, worths, effort=QUICK)
    assert len(found.left) == 1 and full.team_days[found.left[0]].visits == (0,)
    day_of = {one.visits: one.day for one in full.team_days}
    assert all(one.day == day_of[one.visits] for one in found.team_days)


def test_pairs_who_may_not_go_together_are_not_sent_together() -> None:
    two = month([({0, 1}, {0, 1, 2})] * 2, 3, 2, bans=((0, 1),))
    assert all({one.lead, one.second} != {0, 1} for one in placed(two).team_days)
    assert len(placed(two).team_days) == 2
    assert placed(month([({0, 1}, {0, 1})], 2, 1, bans=((0, 1),))).left == (0,)
