"""On which days does the squad work?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from scheduler.calendar import add_workdays, workdays
from tests.scheduler.by_hand import CALENDAR

MONTHS_OF_2026 = (21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23)


@pytest.mark.parametrize(("month", "days"), enumerate(MONTHS_OF_2026, start=1))
def test_2026_has_the_workdays_of_the_official_notice(month: int, days: int) -> None:
    calendar = workdays(dt.date(2026, month, 1), CALENDAR)
    assert len(calendar.days) == days
    assert not calendar.is_provisional
    assert calendar.note is None


def test_a_make_up_saturday_is_a_workday_and_a_holiday_monday_is_not() -> None:
    february = workdays(dt.date(2026, 2, 1), CALENDAR).days
    assert dt.date(2026, 2, 14) in february
    assert dt.date(2026, 2, 16) not in february


def test_a_month_without_a_notice_is_provisional_and_says_so() -> None:
    calendar = workdays(dt.date(2027, 4, 1), CALENDAR)
    assert calendar.is_provisional
    assert calendar.note is not None
    assert "2027-04" in calendar.note.zh
    assert "2027-04" in calendar.note.en
    assert dt.date(2027, 4, 5) not in calendar.days  # 清明, known from the sun
    assert len(calendar.days) == 21


def test_a_month_after_the_packs_last_known_day_is_provisional_too() -> None:
    rules = replace(CALENDAR, known_until=dt.date(2026, 6, 30))
    assert not workdays(dt.date(2026, 6, 1), rules).is_provisional
    assert workdays(dt.date(2026, 7, 1), rules).is_provisional


def test_the_notice_entered_by_hand_ends_the_doubt() -> None:
    rules = replace(
        CALENDAR,
        known_until=dt.date(2027, 12, 31),
        overrides={"2027-02-08": "rest", "2027-02-20": "work"},
    )
    calendar = workdays(dt.date(2027, 2, 1), rules)
    assert not calendar.is_provisional
    assert dt.date(2027, 2, 8) not in calendar.days
    assert dt.date(2027, 2, 20) in calendar.days  # a Saturday


def test_a_known_until_without_any_notice_does_not_end_the_doubt() -> None:
    rules = replace(CALENDAR, known_until=dt.date(2027, 12, 31))
    assert workdays(dt.date(2027, 2, 1), rules).is_provisional


def test_an_override_stands_above_the_official_calendar() -> None:
    rules = replace(CALENDAR, overrides={"2026-12-01": "rest", "2026-12-05": "work"})
    days = workdays(dt.date(2026, 12, 1), rules).days
    assert dt.date(2026, 12, 1) not in days
    assert dt.date(2026, 12, 5) in days
    assert len(days) == 23


def test_a_plain_calendar_knows_weekdays_only() -> None:
    rules = replace(CALENDAR, country="plain", overrides={"2026-10-12": "rest"})
    days = workdays(dt.date(2026, 10, 1), rules).days
    assert dt.date(2026, 10, 1) in days
    assert dt.date(2026, 10, 10) not in days
    assert len(days) == 21


def test_twenty_workdays_after_a_visit_skip_the_new_year_holiday() -> None:
    # 2026-11-30 + 23 workdays of December is the 31st; 20 after the 1st is the 29th
    assert add_workdays(dt.date(2026, 12, 1), 20, CALENDAR) == dt.date(2026, 12, 29)
    # 国庆 1–7 October rests, 10 October works
    assert add_workdays(dt.date(2026, 9, 30), 3, CALENDAR) == dt.date(2026, 10, 10)
    assert add_workdays(dt.date(2026, 9, 30), 0, CALENDAR) == dt.date(2026, 9, 30)
