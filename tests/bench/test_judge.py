"""The judge of a month file names every rule that a plan breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.bench.judge import broken, short, travel, value


def month(**facts: Any) -> dict[str, Any]:
    """Three enterprises 5 km from the base in different directions: 16 minutes out each; four
    officers, the last certified for freight alone; enterprise 2 is a joint visit on day 1."""
    return {
        "N": 3,
        "I": 4,
        "D": 2,
        "T": 480,
        "cap": 2,
        "xy": np.array([[5.0, 0.0], [0.0, 5.0], [-5.0, 0.0]]),
        "off": np.zeros(2),
        "sector": np.array([0, 1, 0]),
        "dur": np.array([90, 90, 90]),
        "value": np.array([10, 20, 30]),
        "a": np.array([0, 60, 30]),
        "b": np.array([480, 300, 60]),
        "closed": np.array([[False, True], [False, False], [True, False]]),
        "stratum": np.array([0, 1, 1]),
        "minc": np.array([1, 3]),
        "lic": np.array([[True, True], [True, True], [False, True], [True, False]]),
        "conflict": np.zeros((4, 3), bool),
        "avail": np.ones((4, 2), bool),
        "joint": np.array([2]),
        "jday": np.array([1]),
    } | facts


def row(day: int, pair: tuple[int, int], *stops: tuple[int, int]) -> dict[str, Any]:
    visits = [{"enterprise": i, "start_minute": start} for i, start in stops]
    return {"day": day, "lead": pair[0], "second": pair[1], "visits": visits}


GOOD = [row(0, (0, 2), (0, 20), (1, 140)), row(1, (1, 3), (2, 30))]


def test_a_good_plan_breaks_nothing_and_its_value_and_gaps_are_counted() -> None:
    assert broken(month(), GOOD) == []
    assert value(month(), GOOD) == 60
    assert short(month(), GOOD) == 1  # two of three of stratum 1
    assert travel(month(), None, 0) == 16 and travel(month(), 0, 0) == 0


BREACHES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "reached too late": ({}, [row(0, (0, 2), (0, 10))], "0 begins at 10, reached at 16"),
    "after the visit before": ({}, [row(0, (0, 2), (0, 20), (1, 115))], "1 begins at 115, reached"),
    "before its window": ({}, [row(0, (0, 2), (1, 59))], "1 begins at 59, outside its window"),
    "after its window": ({}, [row(0, (0, 2), (1, 301))], "1 begins at 301, outside its window"),
    "closed": ({}, [row(1, (0, 2), (0, 20))], "0 is closed on day 1"),
    "home too late": ({}, [row(0, (0, 2), (0, 375))], "home at 481"),
    "one officer twice": ({}, [row(0, (0, 0), (0, 20))], "not two officers"),
    "nobody of the month": ({}, [row(0, (0, 4), (0, 20))], "not two officers"),
    "on leave": (
        {"avail": np.array([[False, True]] + [[True, True]] * 3)},
        [row(0, (0, 2), (0, 20))],
        "officer 0 is on leave on day 0",
    ),
    "lead without licence": ({}, [row(0, (2, 0), (0, 20))], "lead 2 is not licensed for 0"),
    "avoidance": (
        {"conflict": np.array([[False] * 3, [False] * 3, [True, False, False], [False] * 3])},
        [row(0, (0, 2), (0, 20))],
        "officer 2 must avoid 0",
    ),
    "twice": ({}, [*GOOD, row(0, (1, 3), (0, 20))], "0 is visited 2 times"),
    "two routes a day": (
        {},
        [row(0, (0, 2), (0, 20)), row(0, (0, 3), (1, 100))],
        "officer 0 is on 2 routes on day 0",
    ),
    "field days": (
        {"cap": 1},
        [row(0, (0, 2), (0, 20)), row(1, (0, 3), (2, 30))],
        "an officer has 2 field days, at most 1",
    ),
    "joint visit left out": ({}, GOOD[:1], "joint visit 2 is not made"),
    "joint visit on another day": (
        {"closed": np.zeros((3, 2), bool)},
        [row(0, (0, 2), (2, 30))],
        "joint visit 2 is made on day 0 and not on 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_every_rule_that_is_broken_is_named(name: str) -> None:
    facts, plan, sentence = BREACHES[name]
    assert any(sentence in one for one in broken(month(**facts), plan))


def test_field_days_two_apart_are_fair_and_three_apart_are_not() -> None:
    rows = [row(day, (0, 1)) for day in range(3)]
    spread = month(cap=3, joint=np.array([], int), jday=np.array([], int),
                   avail=np.ones((4, 3), bool))  # fmt: skip
    assert broken(spread, rows[:2]) == []
    assert broken(spread, rows) == ["field days from 0 to 3"]


def test_two_who_are_licensed_together_break_the_strict_rule_alone() -> None:
    together = [row(0, (3, 2), (0, 20), (1, 140)), *GOOD[1:]]
    wrong = broken(month(), [row(0, (3, 2), (0, 20), (1, 140))])
    assert "route 0: lead 3 is not licensed for 1" in wrong
    own = [row(0, (3, 2), (0, 20), (1, 140)), row(1, (1, 0), (2, 30))]
    assert broken(month(), own, strict=False) == []
    assert broken(month(), together, strict=False) == []
    nobody = month(lic=np.array([[True, False]] * 4))
    assert "route 0: nobody is licensed for 1" in broken(nobody, GOOD[:1])


@pytest.mark.parametrize(
    ("stops", "is_room"),
    [
        (((0, 20), (1, 180)), True),  # 110 to 164: after the drive, from 130 on
        (((0, 100), (1, 240)), True),  # eaten after the last drive
        (((0, 20), (1, 140)), False),  # 140 to 230 at work, then it is too late
    ],
)
def test_lunch_needs_a_gap_that_begins_in_time(
    stops: tuple[tuple[int, int], ...], is_room: bool
) -> None:
    lunch = month(lunch=np.array([120, 150, 30]) if stops[0][1] == 20 else np.array([120, 400, 30]))
    assert ("route 0: no room for lunch" in broken(lunch, [row(0, (0, 2), *stops)])) != is_room


def test_a_joint_visit_that_is_impossible_on_its_own_is_not_asked_for() -> None:
    late = month(b=np.array([480, 300, 10]))  # reached at 16 at the earliest
    assert broken(late, GOOD[:1]) == []
    nobody = month(conflict=np.array([[False, False, True]] * 4))
    assert broken(nobody, GOOD[:1]) == []
