"""Does a day keep its hours and its lunch, and does packing waste no team-day?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.documents import Effort
from scheduler.roster.fleet import Team, team_days_most, teams, weights
from scheduler.roster.precheck import crew_of
from scheduler.roster.routes import Packing, pack
from scheduler.roster.timetable import Ground, Timetable, best_insertion, best_order, timetable
from tests.scheduler.roster import small

ANY_LEAD = frozenset(small.SECTORS)


def ground(minutes: list[int], road: int = 20, **changes: int) -> Ground:
    """Visits equally far from each other and from the base."""
    spots = range(len(minutes) + 1)
    travel = [[0 if a == b else road for b in spots] for a in spots]
    visits = tuple(small.visit(f"E{i}", minutes=m) for i, m in enumerate(minutes))
    return Ground(visits, travel, small.rules(**changes).roster)


def packed(plot: Ground, *fleet: Team, **wishes: object) -> Packing:
    usual = {
        "mixing": lambda a, b: 0,
        "can_go": lambda order: True,
        "effort": Effort(iterations=200),
        "should_stop": lambda: False,
    }
    return pack(plot, fleet or (Team(ANY_LEAD, 9),), **(usual | wishes))


def groups(packing: Packing) -> list[set[int]]:
    return sorted(({*route.order} for route in packing.routes), key=sorted)


# ── one day ───────────────────────────────────────────────────────────────────────────────


def test_lunch_is_taken_between_two_visits() -> None:
    found = timetable(ground([120, 120], lunch_latest_minute=750), (0, 1))
    # 08:50–10:50, 11:10 arrived, lunch 11:30–12:30, 12:30–14:30, home 14:50
    assert found == Timetable((0, 1), ((530, 530, 650), (670, 750, 870)), 510, 690, 890, 60)


def test_a_short_day_has_its_lunch_at_the_base() -> None:
    found = timetable(ground([60]), (0,))
    assert (found.back, found.lunch) == (610, 690)


def test_a_visit_across_all_of_noon_waits_for_lunch() -> None:
    # from 08:50 for 300 minutes it would end at 13:50, after the latest begin of lunch
    found = timetable(ground([300], lunch_latest_minute=750, day_end_minute=1080), (0,))
    assert found.lunch == 690
    assert found.stops[0][1] == 750
    assert found.back == 750 + 300 + 20


def test_a_day_that_leaves_no_room_for_lunch_is_refused() -> None:
    assert timetable(ground([420, 60], day_end_minute=1050), (0, 1)) is None
    assert timetable(ground([300], lunch_latest_minute=750, day_end_minute=1069), (0,)) is None
    assert timetable(ground([300], lunch_latest_minute=750, day_end_minute=1070), (0,))


def test_another_order_can_make_room_for_lunch() -> None:
    plot = ground([150, 100], lunch_latest_minute=700, day_end_minute=900)
    assert timetable(plot, (1, 0)) is None
    assert best_order(plot, (1, 0)).order == (0, 1)


def test_where_the_rules_know_no_lunch_none_is_placed() -> None:
    assert timetable(ground([480], lunch_minutes=0), (0,)).back == 510 + 40 + 480


minutes_on_site = st.lists(st.integers(15, 240), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(minutes_on_site, st.integers(1, 60), st.integers(0, 90), st.integers(0, 90))
def test_every_timetable_keeps_the_day(
    minutes: list[int], road: int, window: int, lunch: int
) -> None:
    plot = ground(minutes, road, lunch_latest_minute=690 + window, lunch_minutes=lunch)
    found = timetable(plot, tuple(range(len(minutes))))
    rules = plot.rules
    needed = sum(minutes) + road * (len(minutes) + 1)
    if found is None:
        assert needed + 2 * lunch + window > rules.day_end_minute - rules.day_start_minute - 240
        return
    assert found.back <= rules.day_end_minute
    assert found.back - found.depart >= needed
    assert found.travel == road * (len(minutes) + 1)
    if lunch:
        assert 690 <= found.lunch <= 690 + window
    over = found.lunch + lunch
    for _, start, end in found.stops:
        assert not (lunch and found.lunch < end and over > start)
    left = [found.depart, *(end for _, _, end in found.stops)]
    reached = [*(arrive for arrive, _, _ in found.stops), found.back]
    for leave, reach in zip(left, reached, strict=True):
        eaten = lunch if found.lunch < reach and over > leave else 0
        assert reach >= leave + road + eaten
    assert all(arrive <= start < end for arrive, start, end in found.stops)


@settings(max_examples=30, deadline=None)
@given(minutes_on_site)
def test_no_order_is_home_earlier_than_the_best(minutes: list[int]) -> None:
    plot = ground(minutes)
    best = best_order(plot, range(len(minutes)))
    given_order = timetable(plot, tuple(range(len(minutes))))
    if given_order is not None:
        assert best is not None and best.back <= given_order.back


def test_an_insertion_keeps_the_number_of_visits_a_day() -> None:
    plot = ground([30, 30, 30], most_visits_a_day=2)
    assert best_insertion(plot, (0,), 1) is not None
    assert best_insertion(plot, (0, 1), 2) is None


# ── many days ─────────────────────────────────────────────────────────────────────────────


def test_visits_that_fit_into_one_day_share_one_team_day() -> None:
    assert groups(packed(ground([90, 90, 90]))) == [{0, 1, 2}]


def test_nothing_is_lost_between_routes_and_left() -> None:
    packing = packed(ground([150] * 9), Team(ANY_LEAD, 2))
    seen = [i for route in packing.routes for i in route.order] + list(packing.left)
    assert sorted(seen) == list(range(9))
    assert len(packing.routes) == 2 and packing.left


def test_when_team_days_are_short_must_visits_and_then_worth_decide() -> None:
    plot = ground([250, 250, 250])
    visits = (
        small.visit("E0", minutes=250, worth=1),
        small.visit("E1", minutes=250, worth=90),
        small.visit("E2", minutes=250, worth=0, is_must=True),
    )
    plot = Ground(visits, plot.travel, plot.rules)
    assert groups(packed(plot, Team(ANY_LEAD, 2))) == [{1}, {2}]
    assert groups(packed(plot, Team(ANY_LEAD, 1))) == [{2}]


def test_a_lead_is_sent_to_licensed_sectors_only() -> None:
    visits = (small.visit("E0", "freight"), small.visit("E1", "passenger"))
    plot = Ground(visits, ground([90, 90]).travel, small.rules().roster)
    packing = packed(plot, Team(frozenset({"freight"}), 1), Team(frozenset({"passenger"}), 1))
    assert groups(packing) == [{0}, {1}]


def test_the_price_of_mixing_keeps_sectors_apart() -> None:
    sectors = ("freight", "passenger", "freight", "passenger")
    visits = tuple(small.visit(f"E{i}", s, minutes=180) for i, s in enumerate(sectors))
    near_other_sector = [
        [0, 20, 20, 20, 20],
        [20, 0, 5, 20, 20],
        [20, 5, 0, 20, 20],
        [20, 20, 20, 0, 5],
        [20, 20, 20, 5, 0],
    ]
    plot = Ground(visits, near_other_sector, small.rules().roster)
    assert groups(packed(plot)) == [{0, 1}, {2, 3}]
    assert groups(packed(plot, mixing=lambda a, b: 60)) == [{0, 2}, {1, 3}]


def test_a_route_nobody_could_staff_is_taken_apart() -> None:
    packing = packed(ground([60, 60]), can_go=lambda order: len(order) == 1)
    assert groups(packing) == [{0}, {1}]


def test_equal_effort_gives_equal_routes() -> None:
    plot = ground([60, 75, 90, 105, 120, 135, 150])
    assert packed(plot) == packed(plot)


def test_a_stopped_search_says_so_and_loses_no_visit() -> None:
    packing = packed(ground([90] * 6), should_stop=lambda: True)
    assert packing.note.status == "STOPPED"
    planned = [i for route in packing.routes for i in route.order]
    assert sorted([*planned, *packing.left]) == list(range(6))


# ── how many team-days ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "cars", "given", "most"),
    [
        ({}, 0, None, 8),  # two pairs of five officers on four days
        ({"field_days_most": 3}, 0, None, 7),  # 5 × 3 field days are 7 pairs
        ({}, 1, None, 4),
        ({}, 0, 5, 5),
    ],
)
def test_team_days_are_bounded_by_pairs_field_days_cars_and_capacity(
    changes: dict, cars: int, given: int | None, most: int
) -> None:
    known = small.known(
        inspectors=[small.officer(i) for i in range(5)],
        vehicles_pool=[{"plate": f"示{i}"} for i in range(cars)],
    )
    crew = crew_of(known, small.rules(**changes), small.workdays(4))
    assert team_days_most(crew, given) == most


def test_a_rare_licence_gets_its_team_days() -> None:
    officers = [small.officer(0, ["passenger"])]
    officers += [small.officer(i, ["freight", "repair_major"]) for i in range(1, 6)]
    crew = crew_of(small.known(inspectors=officers), small.rules(), small.workdays(2))
    visits = [small.visit("E0", "passenger"), *(small.visit(f"E{i}") for i in range(1, 9))]
    found = {team.sectors: team.days for team in teams(visits, crew, 4)}
    # only what the month asks for counts as a licence
    assert found[frozenset({"passenger"})] == 1
    assert found[frozenset({"freight"})] == 3


def test_weights_put_must_visits_above_a_whole_day_of_drawn_ones() -> None:
    visits = [small.visit("A", worth=0), small.visit("B", worth=70), small.visit("C", is_must=True)]
    least, most, must = weights(visits)
    assert 0 < least < most
    assert must > 6 * most
