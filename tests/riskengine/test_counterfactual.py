"""Does the grade come on the day that is claimed, and not on the grading before it?"""

from __future__ import annotations

import datetime as dt
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from riskengine.actions import Action, facts_of_actions, levers, months_after
from riskengine.counterfactual import HORIZON_MONTHS, Outlook, Way, counterfactual
from riskengine.days import measure_on, views_on
from riskengine.errors import NotFound
from riskengine.features import measure
from riskengine.grade import Grades, grade
from riskengine.policy import Policy, read_policy
from riskengine.register import Known, Register
from riskengine.scorecard import score
from riskengine.truth import of_enterprise, row_of
from tests.riskengine.build import AS_OF, day, known
from tests.riskengine.test_features import rows_of_everything

PACK = read_policy("cn-transport")
DAYS = [months_after(AS_OF, months) for months in range(1, HORIZON_MONTHS + 1)]
GOOD: dict[str, list[dict[str, Any]]] = {
    "inspections": [{"ago": 200}],
    "credit": [{"ago": 200, "level": "excellent"}],
}


def graded_now(facts: Known, policy: Policy = PACK) -> Grades:
    view = policy.on(AS_OF)
    return grade(score(measure(facts, view), view), view)


def outlook_of(facts: Known, enterprise: str = "E1", policy: Policy = PACK) -> Outlook | None:
    return counterfactual(facts, graded_now(facts, policy), policy, enterprise)


def letters_until(
    facts: Known, actions: tuple[Action, ...], last: dt.date, enterprise: str = "E1"
) -> list[str]:
    """The grades that production would give: the actions as facts, one grading a month.

    That measuring on many days is measuring on each day is tested in `test_days`.
    """
    grades = graded_now(facts)
    row = row_of(grades, enterprise)
    assert row is not None
    mine = Known(AS_OF, of_enterprise(Register(facts.tables), enterprise).tables, "")
    future = Register(facts_of_actions(mine, row, actions, until=DAYS[-1]))
    found, days = [], [one for one in DAYS if one <= last]
    views = views_on(PACK, days)
    for view, features in zip(views, measure_on(future, views, days), strict=True):
        grades = grade(score(features, view), view, grades)
        found.append(row_of(grades, enterprise)["grade"])  # type: ignore[index]
    return found


def claim_holds(facts: Known, outlook: Outlook, way: Way, enterprise: str = "E1") -> None:
    letters = letters_until(facts, way.actions, way.reached_on, enterprise)
    assert letters[-1] <= outlook.target
    assert all(letter > outlook.target for letter in letters[:-1])
    assert len(letters) == way.months


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(seed=st.integers(0, 200), place=st.integers(0, 11), at=st.integers(0, 3))
def test_every_claimed_day_is_the_day_of_production(seed: int, place: int, at: int) -> None:
    facts = known(**rows_of_everything(seed))
    outlook = outlook_of(facts, f"E{place}")
    assume(outlook is not None and outlook.ways)
    assert outlook is not None
    way = outlook.ways[min(at, len(outlook.ways) - 1)]
    claim_holds(facts, outlook, way, f"E{place}")


STORIES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "a major hazard": {"hazards": [{"ago": 9, "level": "major", "due_on": day(-20)}]},
    "a fatal accident": {"accidents": [{"ago": 200, "deaths": 1}]},
    "a newcomer": {"enterprises": [{"enterprise_id": "E1", "opened_on": day(100)}]},
    "never inspected": {"inspections": []},
    "bad satellite data": {
        "monitoring": [
            {"ago": ago, "online_rate_bp": 8800, "track_completeness_bp": 8800,
             "speeding_milli": 900}
            for ago in (5, 36)
        ]
    },
    "penalties": {"violations": [{"ago": 20, "tier": "grave"}]},
}  # fmt: skip


def story(name: str) -> Known:
    return known(**(GOOD | STORIES[name]))


@pytest.mark.parametrize(
    ("name", "kinds", "months"),
    [
        ("a major hazard", [["hazard"]], 1),
        ("a fatal accident", [[]], 6),
        ("a newcomer", [[]], 3),
        ("never inspected", [["inspection"]], 1),
    ],
)
def test_the_least_is_what_a_person_would_expect(
    name: str, kinds: list[list[str]], months: int
) -> None:
    outlook = outlook_of(story(name))
    assert outlook is not None
    assert [[action.kind for action in way.actions] for way in outlook.ways] == kinds
    assert outlook.ways[0].months == months
    claim_holds(story(name), outlook, outlook.ways[0])


@pytest.mark.parametrize("name", ["bad satellite data", "penalties"])
def test_more_to_do_always_comes_earlier(name: str) -> None:
    outlook = outlook_of(story(name))
    assert outlook is not None and outlook.ways
    sizes = [len(way.actions) for way in outlook.ways]
    assert sizes == sorted(set(sizes))
    days = [way.reached_on for way in outlook.ways]
    assert days == sorted(set(days), reverse=True)
    for way in outlook.ways:
        claim_holds(story(name), outlook, way)


def test_no_smaller_set_reaches_the_grade_as_early() -> None:
    facts = story("bad satellite data")
    outlook = outlook_of(facts)
    assert outlook is not None
    way = outlook.ways[-1]
    for fewer in combinations(way.actions, len(way.actions) - 1):
        assert all(one > outlook.target for one in letters_until(facts, fewer, way.reached_on))


def test_the_smallest_set_is_the_smallest_of_all_there_are() -> None:
    facts = story("a major hazard")
    row = row_of(graded_now(facts), "E1")
    assert row is not None
    can = levers(facts, PACK.on(AS_OF), row, by=DAYS[0] - dt.timedelta(days=1))
    outlook = outlook_of(facts)
    assert outlook is not None
    for options in product(*(lever.options for lever in can)):
        actions = tuple(action for option in options for action in option)
        if len(actions) < len(outlook.ways[0].actions):
            assert letters_until(facts, actions, DAYS[0])[-1] > outlook.target


def test_hazards_are_closed_by_their_own_day_and_the_overdue_by_the_next_grading() -> None:
    hazards = [
        {"fact_id": "soon", "ago": 9, "level": "major", "due_on": day(-5)},
        {"fact_id": "late", "ago": 60, "level": "major", "due_on": day(9)},
        {"fact_id": "far", "ago": 9, "level": "major", "due_on": day(-200)},
    ]
    outlook = outlook_of(known(**GOOD, hazards=hazards))
    assert outlook is not None
    last = DAYS[0] - dt.timedelta(days=1)
    by = {action.name: action.by for action in outlook.ways[0].actions}
    assert by == {"soon": day(-5), "late": last, "far": last}


def test_where_nothing_helps_the_last_day_says_why() -> None:
    strict = PACK.overlay({"grades.cut_points.A": 101})
    outlook = outlook_of(story("penalties"), policy=strict)
    assert outlook is not None
    while outlook.ways:  # the grade just below the best cannot be passed
        facts = known(**GOOD)
        outlook = outlook_of(facts, policy=strict)
        assert outlook is not None
    assert outlook.target == "A" and outlook.best["score"] < 101
    assert outlook.last == DAYS[-1]


def test_the_best_grade_has_no_next_one_and_nobody_has_no_outlook() -> None:
    assert outlook_of(known(**GOOD)) is None
    with pytest.raises(NotFound, match="E9"):
        outlook_of(known(**GOOD), "E9")


def test_the_rules_of_the_day_are_those_of_the_pack() -> None:
    assert [view.on for view in views_on(PACK, DAYS)] == DAYS
