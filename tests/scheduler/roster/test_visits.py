"""Do the visits of a month carry what the register says of doors, agreements and full years?"""

from __future__ import annotations

import datetime as dt
from typing import Any

from scheduler.roster.documents import DAY_MINUTES, Visit
from scheduler.roster.facts import cars_of, hours
from scheduler.roster.precheck import is_open
from scheduler.roster.visits import with_facts
from scheduler.together import Item
from tests.scheduler.by_hand import graded
from tests.scheduler.roster import small

POLICE, SAFETY = "示例公安交警大队", "示例应急管理局"
ALWAYS = {"from_on": dt.date(1900, 1, 1), "to_on": dt.date.max}
EIGHTH, NINTH = dt.date(2026, 12, 8), dt.date(2026, 12, 9)


def found(*visits: Visit, changes: dict[str, Any] | None = None, **tables: Any) -> list[Visit]:
    grades = graded(*((visit.enterprise_id, "A", visit.sector) for visit in visits))
    known = small.known(**tables)
    return list(with_facts(visits, known, small.rules(**changes or {}), grades, small.MONTH))


def agreed(office: str, day: dt.date, first: int | None, **facts: Any) -> dict[str, Any]:
    row = {"office": office, "item": "示例检查", "agreed_on": day, "begin_from_minute": first}
    return {"enterprise_id": "A"} | row | facts


def test_a_register_without_doors_changes_no_visit() -> None:
    visits = [small.visit("A"), small.visit("B", is_must=True)]
    assert found(*visits) == visits


def test_doors_belong_to_their_enterprise_and_to_the_month() -> None:
    stock = {"days": "daily", "from_on": dt.date(2026, 11, 30), "to_on": small.MONTH}
    rows = [{"enterprise_id": "A"} | row for row in ({"days": "sunday"} | ALWAYS, stock)]
    window = [{"enterprise_id": "B", "begin_until_minute": 660}]
    first, second = found(
        small.visit("A"), small.visit("B"), closed_days=rows, visiting_hours=window
    )
    assert [day.day for day in first.closed_on] == [1, 6, 13, 20, 27]
    assert (second.earliest_minute, second.latest_minute) == (0, 660)
    assert second.closed_on == () and first.latest_minute == DAY_MINUTES


def test_what_is_agreed_fixes_day_and_hour_and_comes_first() -> None:
    (visit,) = found(small.visit("A"), appointments=[agreed(SAFETY, EIGHTH, 570)])
    assert (visit.only_on, visit.earliest_minute, visit.latest_minute) == (EIGHTH, 570, 570)
    assert visit.is_must and visit.items == (Item(SAFETY, "示例检查"),)
    assert visit.kind == "routine"


def test_two_offices_come_at_an_hour_that_suits_both_on_the_first_day_agreed() -> None:
    rows = [
        agreed(SAFETY, NINTH, 840),
        agreed(SAFETY, EIGHTH, 540, begin_until_minute=600),
        agreed(POLICE, EIGHTH, 570, begin_until_minute=660),
    ]
    (visit,) = found(small.visit("A"), appointments=rows)
    assert (visit.only_on, visit.earliest_minute, visit.latest_minute) == (EIGHTH, 570, 600)
    assert {item.office for item in visit.items} == {SAFETY, POLICE}


def test_the_mode_is_the_packs_for_routine_visits_and_takes_desk_minutes() -> None:
    changes = {"visit_mode": {"freight": "written"}}
    closed = [{"enterprise_id": "A", "days": "monday"} | ALWAYS]
    routine, case = found(
        small.visit("A"), small.visit("B", kind="case"), changes=changes, closed_days=closed
    )
    assert (routine.mode, routine.minutes, routine.closed_on) == ("written", 45, ())
    assert (case.mode, case.minutes) == ("on_site", 90)
    (joint,) = found(
        small.visit("A"),
        changes=changes,
        appointments=[agreed(SAFETY, EIGHTH, 570, mode="online")],
    )
    assert (joint.mode, joint.minutes, joint.earliest_minute) == ("online", 30, 570)


def test_a_full_year_is_noted_for_routine_visits_by_the_cap_of_the_grade() -> None:
    march = {"kind": "routine", "result": "no_problem", "occurred_on": dt.date(2026, 3, 2)}
    before = [{"enterprise_id": key} | march for key in "AB"]
    first, second, third = found(
        small.visit("A"), small.visit("B", kind="case"), small.visit("C"), inspections=before
    )
    assert (first.at_cap, second.at_cap, third.at_cap) == (1, None, None)


def test_cars_are_counted_by_day_and_no_pool_says_nothing() -> None:
    pool = [{"plate": "A1"}, {"plate": "A2"}]
    away = [{"plate": "A2", "from_on": EIGHTH, "to_on": EIGHTH}]
    known = small.known(vehicles_pool=pool, vehicle_absences=away)
    assert cars_of(known, (EIGHTH, NINTH)) == {EIGHTH: 1, NINTH: 2}
    assert cars_of(small.known(), (EIGHTH,)) is None
    assert hours(None, None) == (0, DAY_MINUTES) and hours(0, 0) == (0, 0)


def test_whoever_closed_for_good_is_gone_whatever_the_mode() -> None:
    firms = [small.enterprise("A", closed_on=NINTH), small.enterprise("B")]
    first, second = found(
        small.visit("A"), small.visit("B"), changes={"visit_mode": {"freight": "written"}},
        enterprises=firms,
    )  # fmt: skip
    assert (first.gone_on, second.gone_on) == (NINTH, None)
    assert is_open(first, EIGHTH) and not is_open(first, NINTH) and is_open(second, NINTH)
