"""Does the month in numbers say what the register says, and does a plan get its clock back?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from riskengine.policy import Peak, PolicyView, Title
from riskengine.register import Known
from scheduler.quota import Owed
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import Effort, Visit
from scheduler.roster.fleet import team_days_most, weights
from scheduler.roster.numbers import problem_of, timetable_of, values
from scheduler.roster.plan import plan
from scheduler.roster.precheck import (
    crew_of,
    gone,
    is_owed,
    precheck,
    seating,
    staffable_days,
)
from scheduler.roster.problem import Lunch, Problem, Shift, TeamDay, clocked, starts
from scheduler.roster.timetable import Ground, timetable, with_desks
from scheduler.together import Item
from scheduler.travel import places, travel_minutes
from tests.scheduler.roster import small

DAYS = small.workdays(3)
NOON = {"day_split": "noon"}


def ground(known: Known, policy: PolicyView, *visits: Visit) -> Ground:
    sites = places(known, [visit.enterprise_id for visit in visits])
    travel = travel_minutes(sites, policy.roster).tolist()
    return Ground(visits, with_desks(travel, visits), policy.roster)


def problem(
    *visits: Visit, policy: PolicyView | None = None, asked: Any = None, **tables: Any
) -> tuple[Problem, Ground]:
    policy = policy or small.rules()
    people = tables.pop("inspectors", [small.officer(n) for n in range(1, 5)])
    firms = [
        small.enterprise(visit.enterprise_id, 3.0 * n, 2.0, sector=visit.sector)
        for n, visit in enumerate(visits, start=1)
    ]
    known = small.known(enterprises=firms, inspectors=people, **tables)
    here, crew = ground(known, policy, *visits), crew_of(known, policy, DAYS)
    return problem_of(here, crew, policy, month=small.MONTH, asked=asked), here


def test_a_month_by_hand_in_numbers() -> None:
    doors = {"earliest_minute": 540, "latest_minute": 600, "closed_on": (DAYS[1],)}
    first = small.visit("A", "passenger", is_must=True, **doors)
    made, here = problem(
        first,
        small.visit("B", worth=20, only_on=DAYS[2]),
        inspectors=[small.officer(1), small.officer(2, ["freight"], working_share_bp=5000)],
        avoidances=[{"inspector_id": "P02", "enterprise_id": "A"}],
        absences=[{"inspector_id": "P01", "from_on": DAYS[0], "to_on": DAYS[0]}],
        vehicles_pool=[{"plate": "A1"}],
        vehicle_absences=[{"plate": "A1", "from_on": DAYS[1], "to_on": DAYS[1]}],
    )
    assert (made.visits, made.officers, made.days) == (2, 2, 3)
    assert made.minutes.tolist() == here.travel
    assert made.on_site.tolist() == [120, 90]
    assert made.sector.tolist() == [1, 0]  # freight, passenger
    assert (made.earliest.tolist(), made.latest.tolist()) == ([540, 0], [600, 1440])
    assert made.is_open.tolist() == [[True, False, True], [False, False, True]]
    assert made.is_must.tolist() == [True, False]
    assert made.least.tolist() == [0, 0]
    assert made.licences.tolist() == [[True, True], [True, False]]
    assert made.avoids.tolist() == [[False, False], [True, False]]
    assert made.is_free.tolist() == [[False, True, True], [True, True, True]]
    assert made.field_days.tolist() == [15, 8]
    assert made.vehicles is not None and made.vehicles.tolist() == [0, 0, 1]  # no pair, no car
    assert (made.spread, made.cover, made.most_visits, made.team_days) == (3, "strict", 4, 1)
    assert made.shifts == (Shift(510, 1050, Lunch(690, 810, 60)),)


def test_a_must_visit_has_a_value_like_any_other() -> None:
    visits = [small.visit("A", worth=5, is_must=True), small.visit("B", worth=10)]
    assert values(visits) == [5500, 10000]
    assert weights(visits) == [100_000, 10_000]


def test_desk_visits_lie_at_the_base() -> None:
    desk = small.visit("A", mode="written", minutes=45)
    made, _ = problem(desk, small.visit("B"), replace(desk, enterprise_id="C", mode="online"))
    road = made.minutes
    assert road[1].tolist() == road[0].tolist() == [0, 0, road[0, 2], 0]
    assert road[:, 1].tolist() == road[:, 0].tolist() == road[:, 3].tolist()


def test_two_halves_are_two_shifts_without_lunch() -> None:
    made, _ = problem(small.visit("A"), policy=small.rules(**NOON))
    assert made.shifts == (Shift(510, 810), Shift(810, 1050))
    none, _ = problem(small.visit("A"), policy=small.rules(lunch_minutes=0))
    assert none.shifts == (Shift(510, 1050),)


def test_cars_go_out_twice_where_teams_are_split_and_are_counted_by_half() -> None:
    people = [small.officer(n) for n in range(1, 9)]
    pool = [{"plate": "A1"}]
    known = small.known(inspectors=people, vehicles_pool=pool)
    whole, split = (crew_of(known, small.rules(**c), DAYS) for c in ({}, NOON))
    assert [team_days_most(crew) for crew in (whole, split)] == [3, 6]
    made, _ = problem(
        small.visit("A"), policy=small.rules(**NOON), inspectors=people, vehicles_pool=pool
    )
    assert made.vehicles is not None and made.vehicles.tolist() == [1, 1, 1]


def test_a_peak_limits_the_routes_of_its_days() -> None:
    peak = Peak(Title("示例高峰", "a peak"), DAYS[0], DAYS[1], 500, ("passenger",))
    policy = small.rules()
    policy = replace(policy, calendar=replace(policy.calendar, peaks=(peak,)))
    visits = (small.visit("A", "passenger"), small.visit("B"))
    made, _ = problem(*visits, policy=policy)
    assert made.vehicles is None and made.peak is not None and made.is_counted is not None
    assert made.peak.tolist() == [1, 1, 4]
    assert made.is_counted.tolist() == [[False] * 3, [True, True, False]]
    assert made.team_days == 6
    only, _ = problem(small.visit("B"), policy=policy)
    assert only.team_days == 4
    assert made.least.tolist() == [0, 1]  # every passenger visit
    plain, _ = problem(*visits)
    assert plain.vehicles is None and plain.team_days == 6


def test_what_a_peak_covers_in_full_goes_beside_what_it_leaves_bug() -> None:
    """The planner let the peak bound every route; the checker counts those it does not spare."""
    peak = Peak(Title("示例高峰", "a peak"), DAYS[0], DAYS[0], 500, ("passenger",))
    policy = small.rules()
    policy = replace(policy, calendar=replace(policy.calendar, peaks=(peak,)))
    people = [small.officer(n) for n in range(1, 5)]
    firms = [small.enterprise("A", sector="passenger"), *map(small.enterprise, "BC")]
    known = small.known(enterprises=firms, inspectors=people)
    long = {"minutes": 240}

    def made(*visits: Visit) -> int:
        facts = {"month": small.MONTH, "days": DAYS[:1], "draw_digest": "0" * 64}
        routes = plan(visits, known, policy, effort=Effort(iterations=50, ticks=2), **facts)
        ids = {visit.enterprise_id for visit in visits}
        assert broken_rules(routes, None, known, policy, days=DAYS[:1], drawn_ids=ids) == ()
        return len(routes.routes)

    assert made(small.visit("A", "passenger", **long), small.visit("B", **long)) == 2
    assert made(small.visit("B", **long), small.visit("C", **long)) == 1
    assert made(small.visit("B", kind="case", **long), small.visit("C", **long)) == 2


def test_a_peak_that_leaves_nothing_still_lets_a_case_go() -> None:
    peak = Peak(Title("示例高峰", "a peak"), DAYS[0], DAYS[2], 0, ())
    policy = small.rules()
    policy = replace(policy, calendar=replace(policy.calendar, peaks=(peak,)))
    assert reason(small.visit("A"), policy)[0] == "roster_no_car_day"
    assert reason(small.visit("A", kind="case"), policy) == ("", "")


def test_a_minimum_is_a_share_of_all_that_is_asked_and_no_more_than_there_is() -> None:
    policy = small.rules(coverage_least_permille={"freight": 500})
    visits = (small.visit("A"), small.visit("B"))
    assert problem(*visits, policy=policy)[0].least.tolist() == [1]
    assert problem(*visits, policy=policy, asked={"freight": 3})[0].least.tolist() == [2]
    assert problem(*visits, policy=policy, asked={"freight": 9})[0].least.tolist() == [2]


def test_an_empty_month_keeps_its_shape() -> None:
    made, _ = problem()
    assert made.is_open.shape == (0, 3) and made.avoids.shape == (4, 0)
    assert made.guess_price == 0 and made.minutes.tolist() == [[0]]


@pytest.mark.parametrize("changes", [{}, NOON, {"lunch_minutes": 0}])
def test_the_clock_of_a_team_day_is_the_planners_clock(changes: dict[str, Any]) -> None:
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(60):
        visits = [
            small.visit(key, minutes=int(rng.integers(30, 120)), **_window(rng), **_mode(rng))
            for key in "ABC"
        ]
        made, here = problem(*visits, policy=small.rules(**changes))
        order = tuple(int(v) for v in rng.permutation(3)[: int(rng.integers(1, 4))])
        for k, shift in enumerate(made.shifts):
            planned = clocked(made, shift, order)
            if planned is None:
                assert timetable(here, order, k) is None
                continue
            seen += 1
            found = timetable_of(here, TeamDay(order, k))
            assert found.back == planned[1]
            assert [start for _, start, _ in found.stops] == list(starts(made, shift, order) or ())
            assert shift.begin <= found.depart and found.back <= shift.end
            if changes == NOON:
                over = found.lunch + 60
                assert 690 <= found.lunch <= 810
                assert over <= found.depart or found.back <= found.lunch
    assert seen > 20


def _window(rng: np.random.Generator) -> dict[str, int]:
    begin = int(rng.integers(500, 900))
    return {"earliest_minute": begin, "latest_minute": begin + int(rng.integers(0, 300))}


def _mode(rng: np.random.Generator) -> dict[str, str]:
    return {"mode": str(rng.choice(["on_site", "written"]))}


def test_a_team_that_comes_too_early_waits() -> None:
    _, here = problem(small.visit("A", earliest_minute=660))
    found = timetable(here, (0,))
    assert found is not None
    ((arrive, start, end),) = found.stops
    assert arrive < start == 660 and end == 750


def test_visits_that_fit_no_shift_are_a_flaw_of_the_planner() -> None:
    _, here = problem(small.visit("A", latest_minute=500))
    with pytest.raises(ValueError, match="no timetable"):
        timetable_of(here, TeamDay((0,)))


# ── why never ─────────────────────────────────────────────────────────────────────────────


def reason(visit: Visit, policy: PolicyView | None = None, **tables: Any) -> tuple[str, str]:
    """Code and words why nobody can make the visit, 10 km from the base: 25 minutes of road."""
    policy = policy or small.rules()
    people = tables.pop("inspectors", [small.officer(1), small.officer(2)])
    firms = [small.enterprise("A", 0.0, 10.0)]
    known = small.known(enterprises=firms, inspectors=people, **tables)
    crew = crew_of(known, policy, DAYS)
    found = precheck(ground(known, policy, visit), crew, month=small.MONTH)
    return (found[0].reason.code, found[0].reason.zh) if found else ("", "")


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        ({"latest_minute": 534}, "roster_window_closes", "接待时段到 08:54 为止，最早 08:55 到达"),
        ({"latest_minute": 535}, "", ""),
        ({"earliest_minute": 936}, "roster_window_opens", "接待时段 15:36 才开始"),
        ({"earliest_minute": 935}, "", ""),
        # lunch may begin from 11:30 to 13:00 and would cut every visit of 200 minutes
        (
            {"earliest_minute": 640, "latest_minute": 660, "minutes": 200},
            "roster_window_lunch",
            "10:40–11:00",
        ),
        ({"closed_on": DAYS}, "roster_always_closed", "3 个工作日"),
        ({"closed_on": DAYS[:2]}, "", ""),
        ({"only_on": dt.date(2026, 12, 5)}, "roster_joint_no_workday", "2026-12-05"),
        ({"only_on": DAYS[1], "closed_on": DAYS[1:2]}, "roster_joint_closed", "2026-12-02"),
        ({"at_cap": 2}, "roster_at_cap", "2 次"),
        ({"at_cap": 2, "kind": "case"}, "", ""),
    ],
)
def test_the_door_the_hour_or_the_year_is_named(
    facts: dict[str, Any], code: str, words: str
) -> None:
    found = reason(small.visit("A", **facts))
    assert found[0] == code and words in found[1]


SAFETY = Item("示例应急管理局", "安全")


@pytest.mark.parametrize(
    ("first", "last", "code", "words"),
    [
        (500, 500, "roster_joint_hour", "示例应急管理局约定在 2026-12-02 08:20 开始"),
        (1410, 1410, "roster_joint_late", "最早次日 01:25 才能返回"),
        (640, 660, "roster_joint_lunch", "10:40–11:00"),
        (700, 640, "roster_joint_apart", "最早 11:40 才能开始，最晚 10:40 须已开始"),
    ],
)
def test_an_hour_agreed_with_an_office_is_told_as_such_bug(
    first: int, last: int, code: str, words: str
) -> None:
    """It was called a window, and 25:25 an hour."""
    hours = {"earliest_minute": first, "latest_minute": last, "items": (SAFETY,)}
    minutes = {"minutes": 200} if code == "roster_joint_lunch" else {}
    found = reason(small.visit("A", only_on=DAYS[1], **hours, **minutes))
    assert found[0] == code and words in found[1] and "窗口" not in found[1]


def test_an_enterprise_that_closed_for_good_says_so_and_owes_nothing_bug() -> None:
    """It was owed for want of a place."""
    visit = small.visit("A", gone_on=dt.date(2026, 11, 20))
    assert reason(visit) == ("roster_gone", gone(dt.date(2026, 11, 20)).zh)
    assert "2026-11-20" in reason(visit)[1]
    assert not is_owed(Owed("A", "routine", small.MONTH, gone(DAYS[0])))


def test_a_day_on_which_no_pair_is_there_is_named() -> None:
    away = [{"inspector_id": "P01", "from_on": DAYS[1], "to_on": DAYS[1]}]
    joint = reason(small.visit("A", only_on=DAYS[1]), absences=away)
    assert joint[0] == "roster_joint_no_pair" and "2026-12-02" in joint[1]
    shut = small.visit("A", closed_on=(DAYS[0], DAYS[2]))
    found = reason(shut, absences=away)
    assert found[0] == "roster_closed_no_pair" and "只接待 1 天" in found[1]


def test_a_month_without_a_car_is_named() -> None:
    pool = [{"plate": "A1"}]
    away = [{"plate": "A1", "from_on": DAYS[0], "to_on": DAYS[2]}]
    found = reason(small.visit("A"), vehicles_pool=pool, vehicle_absences=away)
    assert found[0] == "roster_no_car_day" and "3 天" in found[1]
    away[0]["to_on"] = DAYS[1]
    assert reason(small.visit("A"), vehicles_pool=pool, vehicle_absences=away) == ("", "")


def test_a_route_has_no_day_on_which_one_of_its_doors_is_shut() -> None:
    always = {"from_on": dt.date(1900, 1, 1), "to_on": dt.date.max}
    known = small.known(
        enterprises=[small.enterprise(key) for key in "ABC"],
        inspectors=[small.officer(1), small.officer(2)],
        closed_days=[{"enterprise_id": "A", "days": "tuesday"} | always],
        appointments=[{"enterprise_id": "B", "office": "x", "item": "y", "agreed_on": DAYS[1]}],
    )
    crew = crew_of(known, small.rules(), DAYS)

    def days(*keys: str) -> tuple[dt.date, ...]:
        return staffable_days(crew, seating(crew.officers, [small.visit(key) for key in keys]))

    assert days("A") == DAYS[1:] and days("B") == days("A", "B") == DAYS[1:2]
    assert days("C") == DAYS


def test_what_does_not_fit_into_half_a_day_is_named() -> None:
    long = small.visit("A", minutes=260)
    assert reason(long) == ("", "")
    found = reason(long, small.rules(**NOON))
    assert found[0] == "roster_half_too_short" and "300 分钟" in found[1]
    noon = small.visit("A", earliest_minute=730, latest_minute=760)
    assert reason(noon, small.rules(**NOON))[0] == "roster_window_noon"
