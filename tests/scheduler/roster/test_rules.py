"""Is each rule about doors, agreements, halves, peaks, minima and caps seen broken and kept?"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from riskengine.policy import Peak, PolicyView, Title, read_policy
from riskengine.register import Known
from scheduler.capacity import capacity
from scheduler.due import peaks_of
from scheduler.roster.check import Broken, broken_rules
from scheduler.roster.coverage import coverage_short, least_permille
from scheduler.roster.documents import Assignment, Roster, Route, Routes, Stop
from scheduler.roster.rules import pairs_left, spans
from tests.scheduler.roster import small

TUESDAY, WEDNESDAY = small.workdays(2)
PEAK = Peak(Title("示例高峰", "a peak"), TUESDAY, TUESDAY, 500, ("passenger",))
ROADS = pa.table(
    {
        "from_id": ["base", "base", "base", "E1", "E1", "E2"],
        "to_id": ["E1", "E2", "E3", "E2", "E3", "E3"],
        "minutes": [8] * 6,
    }
)


def stop(key: str, arrive: int, start: int, minutes: int = 90, **facts: Any) -> Stop:
    return Stop(key, "routine", "freight", arrive, start, start + minutes, **facts)


def trip(*stops: Stop, name: str = "R1", day: dt.date = TUESDAY, **facts: Any) -> Route:
    """From the base and back, 8 minutes a leg; desks have none."""
    sites = sum(stop.mode == "on_site" for stop in stops)
    road = 8 * (sites + 1) if sites else 0
    usual = {
        "depart_minute": 510,
        "return_minute": stops[-1].end_minute + (8 if stops[-1].mode == "on_site" else 0),
        "travel_minutes": road,
    }
    usual["lunch_minute"] = max(usual["return_minute"], 690)
    return Route(name, day, stops, **(usual | facts))


MORNING = stop("E1", 518, 518)


def month(*routes: Route, notes: Sequence[Any] = ()) -> Routes:
    days = (TUESDAY, WEDNESDAY)
    return Routes(small.MONTH, dt.date(2026, 11, 25), "", "", days, routes, (), tuple(notes), ())


def known(**tables: Any) -> Known:
    people = tables.pop("inspectors", [small.officer(1), small.officer(2)])
    places = [small.enterprise(f"E{n}", float(n), 1.0) for n in (1, 2, 3)]
    return small.known(enterprises=places, inspectors=people, **tables)


def rules(*peaks: Peak, caps: dict[str, int] | None = None, **changes: Any) -> PolicyView:
    view = small.rules(**changes)
    return replace(
        view,
        calendar=replace(view.calendar, peaks=peaks),
        rates=replace(view.rates, **({"yearly_cap": caps} if caps else {})),
    )


def judged(
    plan: Routes,
    register: Known | None = None,
    policy: PolicyView | None = None,
    people: Roster | None = None,
    **facts: Any,
) -> tuple[Broken, ...]:
    return broken_rules(
        plan,
        people,
        register or known(),
        policy or rules(),
        days=plan.days,
        matrix=ROADS,
        **facts,
    )


def broken(*arguments: Any, **facts: Any) -> list[tuple[str, str]]:
    return [(found.rule, found.where) for found in judged(*arguments, **facts)]


# ── doors ─────────────────────────────────────────────────────────────────────────────────


def hours(first: int | None, last: int | None) -> dict[str, Any]:
    return {"enterprise_id": "E1", "begin_from_minute": first, "begin_until_minute": last}


@pytest.mark.parametrize(
    ("first", "last", "is_kept"),
    [(None, 518, True), (None, 517, False), (518, None, True), (519, None, False)],
)
def test_a_visit_begins_within_the_visiting_hours_both_ends_included(
    first: int | None, last: int | None, is_kept: bool
) -> None:
    register = known(visiting_hours=[hours(first, last)])
    assert broken(month(trip(MORNING)), register) == [("time_window", "R1")] * (not is_kept)


def test_the_window_limits_the_beginning_and_not_the_end() -> None:
    late = stop("E1", 518, 600)
    assert broken(month(trip(late)), known(visiting_hours=[hours(540, 600)])) == []


def test_the_sentence_names_the_hours() -> None:
    (found,) = judged(month(trip(MORNING)), known(visiting_hours=[hours(None, 510)]))
    assert "08:30" in found.zh and "08:38" in found.zh and "08:38" in found.en


def closed(days: str, first: dt.date, last: dt.date, key: str = "E1") -> dict[str, Any]:
    return {"enterprise_id": key, "days": days, "from_on": first, "to_on": last}


ALWAYS = (dt.date(1900, 1, 1), dt.date.max)


@pytest.mark.parametrize(
    ("row", "is_kept"),
    [
        (closed("tuesday", *ALWAYS), False),
        (closed("wednesday", *ALWAYS), True),
        (closed("daily", TUESDAY, TUESDAY), False),
        (closed("daily", WEDNESDAY, WEDNESDAY), True),
        (closed("tuesday", WEDNESDAY, dt.date.max), True),
        (closed("tuesday", *ALWAYS, key="E2"), True),
    ],
)
def test_nobody_goes_on_a_closed_day(row: dict[str, Any], is_kept: bool) -> None:
    register = known(closed_days=[row])
    assert broken(month(trip(MORNING)), register) == [("closed_day", "R1")] * (not is_kept)


def test_papers_need_no_open_door() -> None:
    register = known(closed_days=[closed("tuesday", *ALWAYS)], visiting_hours=[hours(900, None)])
    desk = stop("E1", 510, 510, 45, mode="written")
    policy = rules(visit_mode={"freight": "written"})
    assert broken(month(trip(desk)), register, policy) == []


# ── modes ─────────────────────────────────────────────────────────────────────────────────


def test_a_desk_is_at_the_base_and_takes_its_own_minutes() -> None:
    policy = rules(visit_mode={"freight": "written"})
    first = stop("E1", 510, 510, 45, mode="written")
    second = stop("E2", 555, 555, 45, mode="written")
    assert broken(month(trip(first, second)), None, policy) == []
    hasty = stop("E1", 510, 510, 44, mode="written")
    assert broken(month(trip(hasty)), None, policy) == [("visit_minutes", "R1")]


def test_from_the_desk_to_a_site_the_road_counts() -> None:
    policy = rules(visit_mode={"freight": "written"})
    desk = stop("E1", 510, 510, 45, mode="written")
    case = replace(stop("E2", 563, 563), kind="case")
    both = trip(desk, case, travel_minutes=16)
    assert broken(month(both), None, policy) == []
    rushed = replace(case, arrive_minute=562, start_minute=562)
    assert broken(month(replace(both, stops=(desk, rushed))), None, policy) == [("travel", "R1")]


def test_the_mode_is_the_packs_for_routine_visits_alone() -> None:
    assert broken(month(trip(stop("E1", 510, 510, mode="online")))) == [("visit_mode", "R1")]
    policy = rules(visit_mode={"freight": "online"})
    assert broken(month(trip(MORNING)), None, policy) == [("visit_mode", "R1")]
    assert broken(month(trip(replace(MORNING, kind="case"))), None, policy) == []


# ── agreed with another office ────────────────────────────────────────────────────────────


def agreed(day: dt.date = TUESDAY, **facts: Any) -> dict[str, Any]:
    return {
        "enterprise_id": "E1",
        "office": "示例应急管理局",
        "item": "安全生产检查",
        "agreed_on": day,
        "begin_from_minute": 540,
    } | facts


def test_a_joint_visit_is_made_on_its_day_at_its_hour() -> None:
    on_time = trip(stop("E1", 518, 540))
    assert broken(month(on_time), known(appointments=[agreed()])) == []
    assert broken(month(trip(MORNING)), known(appointments=[agreed()])) == [("joint_visit", "R1")]
    other_day = known(appointments=[agreed(WEDNESDAY)])
    assert broken(month(on_time), other_day) == [("joint_visit", "R1")]


def test_an_agreed_hour_with_an_end_leaves_room() -> None:
    register = known(appointments=[agreed(begin_until_minute=570)])
    assert broken(month(trip(stop("E1", 518, 570))), register) == []
    assert broken(month(trip(stop("E1", 518, 571))), register) == [("joint_visit", "R1")]


def test_an_agreed_hour_stands_above_the_visiting_hours_and_gives_the_mode() -> None:
    register = known(appointments=[agreed(mode="online")], visiting_hours=[hours(900, None)])
    online = trip(stop("E1", 510, 540, 30, mode="online"))
    assert broken(month(online), register) == []
    assert broken(month(trip(stop("E1", 518, 540))), register) == [("visit_mode", "R1")]


def test_an_appointment_of_another_month_binds_nothing() -> None:
    register = known(appointments=[agreed(dt.date(2026, 11, 30))])
    assert broken(month(trip(MORNING)), register) == []


def test_a_joint_visit_that_is_not_made_has_to_be_owed() -> None:
    register = known(appointments=[agreed()])
    found = broken(month(trip(stop("E2", 518, 518))), register, drawn_ids={"E1", "E2"})
    assert found == [("accounted", "E1")]


# ── halves and cars ───────────────────────────────────────────────────────────────────────

NOON = {"day_split": "noon"}
AFTERNOON = {"depart_minute": 810, "lunch_minute": 690}


def test_the_halves_meet_where_lunch_may_begin_last_and_do_not_overlap() -> None:
    assert spans(rules(**NOON).roster) == ((510, 810), (810, 1050))
    long_lunch = rules(day_split="noon", lunch_latest_minute=720, lunch_minutes=90)
    assert spans(long_lunch.roster) == ((510, 720), (780, 1050))
    assert spans(rules().roster) == ((510, 1050),)


def test_a_route_is_out_before_lunch_or_after_it() -> None:
    after = trip(stop("E1", 818, 818), **AFTERNOON)
    assert broken(month(trip(MORNING)), None, rules(**NOON)) == []
    assert broken(month(after), None, rules(**NOON)) == []
    across = trip(stop("E1", 758, 758), depart_minute=750, lunch_minute=690)
    assert broken(month(across)) == []
    assert broken(month(across), None, rules(**NOON)) == [("half_day", "R1")]


def test_a_car_serves_both_halves_and_no_two_routes_of_one() -> None:
    register = known(vehicles_pool=[{"plate": "A1"}])
    morning, other = trip(MORNING), trip(stop("E2", 518, 518), name="R2")
    after = trip(stop("E3", 818, 818), name="R2", **AFTERNOON)
    assert broken(month(morning, after), register, rules(**NOON)) == []
    day = TUESDAY.isoformat()
    assert broken(month(morning, after), register) == [("vehicles", day)]
    assert broken(month(morning, other), register, rules(**NOON)) == [("vehicles", day)]


def test_a_car_in_the_workshop_is_not_there() -> None:
    pool = [{"plate": "A1"}, {"plate": "A2"}]
    away = [{"plate": "A2", "from_on": TUESDAY, "to_on": TUESDAY}]
    teams = [trip(MORNING), trip(stop("E2", 518, 518), name="R2")]
    assert broken(month(*teams), known(vehicles_pool=pool)) == []
    register = known(vehicles_pool=pool, vehicle_absences=away)
    assert broken(month(*teams), register) == [("vehicles", TUESDAY.isoformat())]
    back = [replace(team, day=WEDNESDAY) for team in teams]
    assert broken(month(*back), register) == []


def test_an_officer_goes_out_in_one_half_of_a_day() -> None:
    after = trip(stop("E2", 818, 818), name="R2", **AFTERNOON)
    seated = (Assignment("R1", TUESDAY, "P01", "P02"), Assignment("R2", TUESDAY, "P01", "P02"))
    people = Roster(small.MONTH, "", "", "", "", (), "", "", seated)
    found = broken(month(trip(MORNING), after), None, rules(**NOON), people)
    assert found == [("one_route_a_day", "P01"), ("one_route_a_day", "P02")]


# ── the year and the month ────────────────────────────────────────────────────────────────


def inspected(day: dt.date, **facts: Any) -> dict[str, Any]:
    usual = {"kind": "routine", "result": "no_problem", "occurred_on": day}
    return {"enterprise_id": "E1"} | usual | facts


CAPS = {"A": 1, "D": 2}


@pytest.mark.parametrize(
    ("before", "is_kept"),
    [
        ([], True),
        ([inspected(dt.date(2026, 3, 2))], False),
        ([inspected(dt.date(2025, 12, 31))], True),
        ([inspected(dt.date(2026, 3, 2), kind="case")], True),
        ([inspected(dt.date(2026, 3, 2), result="unreachable")], True),
        ([inspected(dt.date(2026, 3, 2), enterprise_id="E2")], True),
        ([inspected(TUESDAY)], True),
    ],
)
def test_no_routine_visit_follows_once_the_cap_is_reached(
    before: list[dict[str, Any]], is_kept: bool
) -> None:
    register = known(inspections=before)
    found = broken(month(trip(MORNING)), register, rules(caps=CAPS), grades={"E1": "A"})
    assert found == [("yearly_cap", "R1")] * (not is_kept)


def test_a_case_is_visited_whatever_the_cap() -> None:
    register = known(inspections=[inspected(dt.date(2026, 3, 2))])
    case = trip(replace(MORNING, kind="case"))
    assert broken(month(case), register, rules(caps=CAPS), grades={"E1": "A"}) == []


def test_without_a_grade_the_highest_cap_of_the_sector_is_judged() -> None:
    once, twice = dt.date(2026, 3, 2), dt.date(2026, 5, 6)
    plan, policy = month(trip(MORNING)), rules(caps=CAPS)
    assert broken(plan, known(inspections=[inspected(once)]), policy) == []
    both = known(inspections=[inspected(once), inspected(twice)])
    assert broken(plan, both, policy) == [("yearly_cap", "R1")]


def test_a_minimum_is_reached_or_the_plan_admits_it_with_its_numbers() -> None:
    policy = rules(coverage_least_permille={"freight": 600})
    drawn, sectors = {"E1", "E2"}, {"E1": "freight", "E2": "freight"}
    plan = month(trip(MORNING))
    found = judged(plan, None, policy, drawn_ids=drawn)
    assert [(b.rule, b.where) for b in found] == [
        ("accounted", "E2"),
        ("coverage_least", "freight"),
    ]
    assert "2 户" in found[1].zh and "只安排 1 户" in found[1].zh
    short = coverage_short(sectors, {"E1"}, policy, small.MONTH)
    admitted = replace(plan, notes=tuple(short.values()))
    assert broken(admitted, None, policy, drawn_ids=drawn) == [("accounted", "E2")]
    both = month(trip(MORNING, stop("E2", 616, 616)))
    assert broken(both, None, policy, drawn_ids=drawn) == []
    assert broken(plan, None, rules(), drawn_ids=drawn) == [("accounted", "E2")]


def test_a_peak_asks_for_all_visits_of_the_sectors_it_covers() -> None:
    policy = rules(PEAK, coverage_least_permille={"freight": 300, "passenger": 400})
    assert least_permille("passenger", policy, small.MONTH) == 1000
    assert least_permille("passenger", policy, dt.date(2027, 1, 1)) == 400
    assert least_permille("freight", policy, small.MONTH) == 300


def test_a_peak_leaves_a_share_of_the_pairs_for_routine_visits() -> None:
    four = known(inspectors=[small.officer(n) for n in range(1, 5)])
    teams = [trip(MORNING), trip(stop("E2", 518, 518), name="R2")]
    day = TUESDAY.isoformat()
    assert broken(month(*teams), four, rules(PEAK)) == [("holiday_peak", day)]
    assert broken(month(teams[0]), four, rules(PEAK)) == []
    assert broken(month(*teams), four, rules()) == []
    spared = replace(PEAK, full_sectors=("freight",))
    assert broken(month(*teams), four, rules(spared)) == []
    case = trip(replace(stop("E2", 518, 518), kind="case"), name="R2")
    assert broken(month(teams[0], case), four, rules(PEAK)) == []
    away = [{"inspector_id": "P04", "from_on": TUESDAY, "to_on": TUESDAY}]
    fewer = small.with_rows(four, absences=away)
    assert broken(month(teams[0]), fewer, rules(PEAK)) == []


def test_a_squad_of_one_pair_still_goes_out_in_a_peak() -> None:
    assert broken(month(trip(MORNING)), None, rules(PEAK)) == []
    assert (pairs_left(3, 500), pairs_left(3, 0)) == (2, 0)


@pytest.mark.parametrize(
    ("first", "name", "workdays"),
    [
        (dt.date(2026, 2, 1), "春运", 16),
        (dt.date(2026, 3, 1), "春运", 10),
        (dt.date(2026, 4, 1), "劳动节", 5),
        (dt.date(2026, 5, 1), "劳动节", 0),
        (dt.date(2026, 9, 1), "国庆", 4),
        (dt.date(2026, 10, 1), "国庆", 0),
    ],
)
def test_the_shipped_pack_lowers_capacity_and_covers_passengers_in_every_peak(
    first: dt.date, name: str, workdays: int
) -> None:
    """The holidays themselves are no workdays, so their months lose none."""
    pack = read_policy("cn-transport")
    policy = pack.on(first - dt.timedelta(days=6))
    squad = small.known(inspectors=[small.officer(n) for n in range(10)])
    squad = replace(squad, as_of=policy.on)
    plain = replace(policy, calendar=replace(policy.calendar, peaks=()))
    with_peak, without = (capacity(squad, p, month=first) for p in (policy, plain))
    cut = workdays / with_peak.workdays / 2
    assert with_peak.peak_days == math.ceil(with_peak.check_days * cut)
    assert without.peak_days == 0 and (with_peak.visits < without.visits) == (workdays > 0)
    (peak,) = peaks_of("passenger", first, policy)
    assert name in peak.name.zh
    assert least_permille("passenger", policy, first) == 1000
    assert least_permille("passenger", plain, first) == 0
    assert peaks_of("freight", first, policy) == ()


def test_the_coverage_of_a_peak_is_cited_with_its_scope() -> None:
    why = read_policy("cn-transport").why("roster.peak_coverage_permille")
    assert why.kind == "guidance" and "仅该县" in why.says


def test_nobody_goes_to_an_enterprise_that_closed_for_good_not_even_by_letter() -> None:
    places = [small.enterprise("E1", 1.0, 1.0, closed_on=TUESDAY), small.enterprise("E2", 2.0, 1.0)]
    gone = small.with_rows(known(), enterprises=places)
    assert broken(month(trip(MORNING)), gone) == [("closed_day", "R1")]
    places[0]["closed_on"] = WEDNESDAY
    later = small.with_rows(known(), enterprises=places)
    assert broken(month(trip(MORNING)), later) == []
