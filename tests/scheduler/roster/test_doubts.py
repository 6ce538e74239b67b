"""Is an appointment that no team can keep told at the import?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from riskengine.policy import Policy, read_policy
from riskengine.rows import Doubt
from scheduler.roster.doubts import appointment_doubts

TODAY = dt.date(2026, 11, 20)
TUESDAY, SUNDAY = dt.date(2026, 12, 8), dt.date(2026, 12, 6)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy("cn-transport")


def doubts(policy: Policy, day: dt.date, first: int | None = 570, **facts: Any) -> list[Doubt]:
    row = {"agreed_on": day, "begin_from_minute": first, "begin_until_minute": None}
    return list(appointment_doubts(row | {"withdrawn": False} | facts, policy, TODAY))


@pytest.mark.parametrize(
    ("day", "first", "last", "code", "value"),
    [
        (SUNDAY, 570, None, "appointment_no_workday", "2026-12-06"),
        (TUESDAY, 1410, None, "appointment_out_of_hours", "23:30"),
        (TUESDAY, None, 420, "appointment_out_of_hours", "07:00"),
        (TUESDAY, 1050, 1080, "appointment_out_of_hours", "17:30"),
    ],
)
def test_what_no_team_can_keep_is_refused_in_a_sentence_bug(
    policy: Policy, day: dt.date, first: int | None, last: int | None, code: str, value: str
) -> None:
    """A Sunday and half past eleven at night were taken in without a word."""
    (found,) = doubts(policy, day, first, begin_until_minute=last)
    assert found.is_refused and found.flaw.reason.code == code
    assert found.flaw.value == value and value in found.flaw.reason.zh


def test_hours_that_reach_into_the_day_and_days_without_an_hour_are_fine(policy: Policy) -> None:
    assert doubts(policy, TUESDAY) == doubts(policy, TUESDAY, None) == []
    assert doubts(policy, TUESDAY, 480, begin_until_minute=540) == []


def test_a_day_of_a_year_without_a_notice_is_only_doubtful(policy: Policy) -> None:
    (found,) = doubts(policy, dt.date(2028, 2, 6))
    assert not found.is_refused and found.flaw.reason.code == "appointment_maybe_no_workday"
    assert "周日" in found.flaw.reason.zh and "Sunday" in found.flaw.reason.en


def test_what_is_over_or_cancelled_is_not_asked_about(policy: Policy) -> None:
    assert doubts(policy, dt.date(2026, 11, 15), 1410) == []
    assert doubts(policy, SUNDAY, withdrawn=True) == []


def test_a_make_up_saturday_is_a_workday(policy: Policy) -> None:
    row = {"agreed_on": dt.date(2026, 10, 10), "begin_from_minute": 570, "begin_until_minute": None}
    known = row | {"withdrawn": False}
    assert list(appointment_doubts(known, policy, dt.date(2026, 9, 1))) == []
