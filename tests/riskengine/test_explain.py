from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from riskengine.errors import NotFound, PolicyError
from riskengine.explain import Explanation, best_points, explain
from riskengine.features import FEATURE, FEATURES
from riskengine.grade import Grades, grade
from riskengine.grounds import spoken
from riskengine.read_aloud import sentences
from riskengine.readable import readable
from riskengine.rules import PolicyView
from riskengine.scorecard import CAP, score
from tests.riskengine.build import AS_OF, ONE, POLICY, item, made_up, with_card
from tests.riskengine.test_grade import CN, LAST_MONTH
from tests.riskengine.test_scorecard import rows_of_features

MIXED = {
    "penalties_serious": 2 * ONE,
    "penalties_general": ONE,
    "hazards_overdue": ONE,
    "trainings_people_year": 10,
}


def grades_of(
    rows: list[dict[str, Any]],
    previous: Grades | None = None,
    policy: PolicyView = POLICY,
    as_of: dt.date = AS_OF,
) -> Grades:
    features = replace(made_up(rows, as_of), policy_digest=policy.digest)
    return grade(score(features, policy), policy, previous)


def explained(row: dict[str, Any], previous: Grades | None = None) -> Explanation:
    return explain(grades_of([row], previous), POLICY, "E0")


def codes(explanation: Explanation) -> list[str]:
    assert explanation.next_step is not None
    return [one.code for one in explanation.next_step.obstacles]


def test_every_unit_can_be_read_aloud() -> None:
    for feature in FEATURES:
        words = readable(feature, 3)
        assert words.zh and words.en and "{" not in words.zh + words.en
    assert readable(FEATURE["online_rate_bp"], 9650).zh == "96.50%"
    assert readable(FEATURE["penalties_per_vehicle_micro"], 12_345).en.startswith("0.0123 ")
    assert readable(FEATURE["credit_level"], 4).zh == "严重失信"


def test_the_whole_explanation_in_chinese_and_english() -> None:
    found = explained(MIXED)
    assert sentences(found) == [
        "示例0（E0）评定为 D 级。等级分 A、B、C、D 四级，A 级最好，D 级最差。",
        "这是按2026年12月1日以前已经掌握的情况评的：满分 100 分，得 57 分。",
        "从 100 分算起。",
        "penalties_general，按时间远近折算 1.00 次，扣 5 分。",
        "penalties_serious，按时间远近折算 2.00 次，扣 35 分。",
        "hazards_overdue，按时间远近折算 1.00 次，扣 7 分。",
        "trainings_people_year，10 人，加 4 分。",
        "加起来是 57 分。",
        "处罚、事故、投诉和检查中发现的问题，离现在越久扣得越少，3 年以前的不再扣分。",
        "评为 D 级，相应的监管措施是：停业整顿（要先经过法制审核）。",
        "要升到 C 级，需要 63 分，现在还差 6 分。",
        "其中 3 分是多要的，免得等级来回变；过了2027年12月1日，有 60 分就够。",
        "penalties_serious：最多可挽回 35 分。做法：改进。",
        "hazards_overdue：最多可挽回 7 分。做法：改进。",
        "penalties_general：最多可挽回 5 分。做法：改进。",
        "trainings_people_year：最多可挽回 1 分。做法：改进。",
        "inspections_clean_streak：最多可挽回 1 分。做法：改进。",
    ]
    english = sentences(found, "en")
    assert len(english) == len(sentences(found))
    assert english[-5] == ("en penalties_serious: up to +35. What to do: en 改进.")


def test_caps_and_floor_are_reasons_too() -> None:
    found = explained({"penalties_serious": 2 * ONE, "penalties_general": 2 * ONE})
    by_item = {reason.item: reason.points for reason in found.reasons if reason.points}
    assert by_item == {
        "base": 100, "penalties_serious": -35, "penalties_general": -15, "cap_conduct": 10,
    }  # fmt: skip
    assert "“违法”各项合起来最多扣 40 分，多扣的退回，加 10 分。" in sentences(found)


def test_a_group_over_its_cap_is_offered_as_a_whole() -> None:
    found = explained({"penalties_grave": ONE, "penalties_serious": 2 * ONE})
    assert found.next_step is not None
    chances = {chance.item: chance.points for chance in found.next_step.chances}
    assert chances == {CAP + "conduct": 40, "penalties_grave": 5, "trainings_people_year": 5,
                       "inspections_clean_streak": 3}  # fmt: skip


def test_several_must_be_mended_where_one_alone_wins_nothing() -> None:
    card = with_card(
        base_points=20,
        items=tuple(item(name, group, (0, 0), (1, -40)) for name, group in (
            ("penalties_minor", "conduct"), ("major_hazards_open", "safety"),
        )),
    )  # fmt: skip
    grades = grades_of([{"penalties_minor": 1, "major_hazards_open": 1}], policy=card)
    found = explain(grades, card, "E0")
    assert found.score == 0 and found.next_step is not None and not found.next_step.chances
    assert sentences(found)[-1] == "单改一项不够，须多项一并改进。"


def test_the_best_grade_has_no_next_step_and_the_measures_follow() -> None:
    found = explained({})
    assert found.next_step is None
    assert "评为 A 级，相应的监管措施是：自我管理。" in sentences(found)
    assert sentences(found)[-1] == "已经是最好的等级（A 级），请保持。"
    worst = explained({"deaths_liable_year": 2})
    said = "评为 D 级，相应的监管措施是：停业整顿（要先经过法制审核）。"
    assert said in sentences(worst)


def test_a_veto_is_named_with_what_clears_it() -> None:
    found = explained({"deaths_liable_year": 2})
    said = "因为有“责任事故致人死亡”这一条，不管得多少分，都只能评 D 级。"
    assert said in sentences(found)
    assert codes(found) == ["next_clear_veto"]
    said = "“责任事故致人死亡”这一条还在（2 人），它不在了才能升级。"
    assert said in sentences(found)
    assert "光看分数，已经够 C 级了。" in sentences(found)


def test_a_newcomer_is_told_the_day_and_the_inspection() -> None:
    found = explained({"days_open": 300, "days_since_inspection": None})
    assert codes(found) == ["next_be_open", "next_be_inspected"]
    day = AS_OF + dt.timedelta(days=65)
    assert any(spoken(day).zh in line for line in sentences(found))
    below = explained({"days_open": 300, "penalties_serious": 2 * ONE})
    assert codes(below) == []  # the limit B does not stand in the way of B


def test_a_held_grade_is_told_the_margin_and_until_when() -> None:
    last = grades_of([{"penalties_serious": ONE}], as_of=LAST_MONTH)
    found = explained({"penalties_minor": ONE, "hazards_overdue": 1}, last)
    assert (found.grade, found.state, found.score) == ("B", "held", 91)
    step = found.next_step
    assert step is not None
    assert (step.score_needed, step.points_needed, step.cut_points) == (93, 2, 90)
    assert step.margin_until == LAST_MONTH + dt.timedelta(days=365)


def test_only_the_policy_of_the_grades_explains_them() -> None:
    grades = grades_of([{}])
    with pytest.raises(PolicyError):
        explain(grades, replace(POLICY, digest="another"), "E0")
    with pytest.raises(NotFound, match="nobody"):
        explain(grades, POLICY, "nobody")


@pytest.mark.parametrize("policy", [POLICY, CN], ids=["hand", "cn-transport"])
@settings(max_examples=25, deadline=None)
@given(rows=rows_of_features)
def test_reasons_add_up_and_chances_are_exact(
    policy: PolicyView, rows: list[dict[str, Any]]
) -> None:
    rows = [row | {"credit_level": min(row["credit_level"] or 0, 4)} for row in rows]
    grades = grades_of(rows, policy=policy)
    for place, row in enumerate(rows):
        found = explain(grades, policy, f"E{place}")
        assert sum(reason.points for reason in found.reasons) == found.score
        assert sentences(found, "zh") and sentences(found, "en")
        if found.next_step is None:
            continue
        for chance in found.next_step.chances:
            mended = row | best_values(policy, chance.item, row["sector"])
            again = grades_of([mended], policy=policy).table["score"][0].as_py()
            assert again == found.score + chance.points


def best_values(policy: PolicyView, chance: str, sector: str) -> dict[str, int]:
    """Values that put one item, or every item of a group, into its best bin."""
    items = [
        one for one in policy.scorecard.items
        if chance in (one.feature, CAP + one.group) and (not one.sectors or sector in one.sectors)
    ]  # fmt: skip
    return {
        one.feature: next(start for start, points in one.bins if points == best_points(one))
        for one in items
    }


@settings(max_examples=25, deadline=None)
@given(rows=rows_of_features)
def test_the_points_needed_are_enough_and_one_fewer_is_not(rows: list[dict[str, Any]]) -> None:
    grades = grades_of(rows, as_of=LAST_MONTH)
    scores = score(made_up(rows), POLICY)
    for place in range(len(rows)):
        found = explain(grades, POLICY, f"E{place}")
        step = found.next_step
        if step is None or not step.points_needed or step.obstacles:
            continue
        for points, expected in ((0, step.grade), (-1, found.grade)):
            column = scores.table["score"].to_pylist()
            column[place] = step.score_needed + points
            at = scores.table.column_names.index("score")
            lifted = replace(scores, table=scores.table.set_column(at, "score", [column]))
            now = grade(lifted, POLICY, grades).table["grade"].to_pylist()[place]
            assert now == expected
