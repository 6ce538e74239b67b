"""Can an owner of a small firm follow what is read out, word for word?"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from riskengine.actions import Action
from riskengine.counterfactual import counterfactual
from riskengine.explain import explain
from riskengine.features import measure
from riskengine.grade import Grades, grade
from riskengine.grounds import COUNTED, ground
from riskengine.policy import read_policy
from riskengine.read_aloud import Past, action_said, script
from riskengine.register import Register
from riskengine.scorecard import score
from riskengine.truth import row_of
from tests.riskengine.build import AS_OF, day, register

PACK = read_policy("cn-transport")
VIEW = PACK.on(AS_OF)
MONTHS = [day(91), day(30), AS_OF]
JARGON = re.compile(r"micro|_|[a-z]{3,}|第\d+\.|衰减|折算|半衰|micro|bp|None|nan", re.IGNORECASE)

FIRM = {"enterprise_id": "E1", "name": "示例货运部", "vehicles": 14, "opened_on": day(2000)}
CREDIT = {"ago": 300, "level": "good", "scheme": "质量信誉考核"}
STORIES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "vetoed": {
        "enterprises": [FIRM],
        "inspections": [{"ago": 200}],
        "credit": [CREDIT],
        "hazards": [
            {"fact_id": "YH-7", "ago": 20, "level": "major", "due_on": day(-10)},
            {"fact_id": "YH-8", "ago": 20, "level": "general", "due_on": day(2)},
        ],
    },
    "fading": {
        "enterprises": [FIRM],
        "inspections": [{"ago": 200, "result": "problem_corrected"}],
        "credit": [CREDIT],
        "violations": [
            {"ago": 150, "tier": "serious"},
            {"ago": 320, "tier": "general", "count": 2},
        ],
        "complaints": [{"ago": 40, "known_on": day(35)}],
        "monitoring": [
            {"ago": ago, "online_rate_bp": 9420, "track_completeness_bp": 9950,
             "speeding_milli": 450, "fatigue_seconds": 5}
            for ago in (5, 36, 66)
        ],
    },
    "newcomer": {"enterprises": [FIRM | {"opened_on": day(100)}], "credit": [CREDIT]},
    "best": {"enterprises": [FIRM], "inspections": [{"ago": 200}], "credit": [CREDIT]},
    "worst": {
        "enterprises": [FIRM | {"sector": "dangerous_goods", "vehicles": None}],
        "inspections": [{"ago": 100, "result": "problem_pending"}],
        "violations": [{"ago": 60, "tier": "grave", "obstruction": True},
                       {"ago": 90, "tier": "grave"}],
        "accidents": [{"ago": 80, "deaths": 1, "injuries": 2}],
        "hazards": [{"fact_id": "YH-1", "ago": 90, "due_on": day(50)},
                    {"fact_id": "YH-2", "ago": 300, "due_on": day(280), "closed_on": day(200)}],
    },
}  # fmt: skip


@cache
def story(name: str) -> tuple[Register, tuple[Grades, ...]]:
    facts = register(**STORIES[name])
    found: list[Grades] = []
    for one in MONTHS:
        view = PACK.on(one)
        features = measure(facts.as_of(one), view)
        found.append(grade(score(features, view), view, found[-1] if found else None))
    return facts, tuple(found)


@cache
def read_out(name: str, lang: str = "zh") -> list[str]:
    facts, grades = story(name)
    known = facts.as_of(AS_OF)
    found = explain(grades[-1], VIEW, "E1", known)
    outlook = counterfactual(known, grades[-1], PACK, "E1")
    past = [Past(one.as_of, row) for one in grades if (row := row_of(one, "E1"))]
    open_hazards = sum(not row["closed_on"] for row in known.tables["hazards"].to_pylist())
    said = script(found, outlook, past, VIEW, open_hazards=open_hazards)
    return [getattr(one, lang) for one in said]


@pytest.mark.parametrize("name", STORIES)
def test_no_word_of_the_engine_is_read_out(name: str) -> None:
    for line in read_out(name):
        assert not JARGON.search(line.replace("示例货运部（E1）", "")), line
        assert "{" not in line


@pytest.mark.parametrize("name", STORIES)
def test_every_line_is_said_in_both_languages(name: str) -> None:
    assert len(read_out(name)) == len(read_out(name, "en"))
    assert all(line.strip() for line in read_out(name, "en"))


@pytest.mark.parametrize("name", STORIES)
def test_the_lines_read_out_add_up_to_the_score(name: str) -> None:
    text = "".join(read_out(name))
    takes, gives = (sum(map(int, re.findall(rf"，{word} (\d+) 分。", text))) for word in "扣加")
    _, grades = story(name)
    row = row_of(grades[-1], "E1")
    assert row is not None and 100 - takes + gives == row["score"]


def test_facts_are_counted_as_people_count_them() -> None:
    facts, grades = story("worst")
    row = row_of(grades[-1], "E1") or {}
    rules = VIEW.scorecard.features

    def said(name: str) -> str:
        return ground(facts.as_of(AS_OF), rules, name, row).zh

    assert said("penalties_grave").startswith("3 年内有 2 次，最近一次在")
    assert said("obstructions").startswith("3 年内有 1 次")
    assert said("accidents_liable").startswith("3 年内有 1 起")
    assert "伤 2 人" in said("injuries_per_vehicle_micro")
    assert said("injuries_per_vehicle_micro").endswith("按 10 辆车平均（车少的也按这个数算）")
    assert said("hazards_overdue") == "现在有 1 处过了期限还没整改，3 年内有 1 处整改晚了"
    assert said("complaints_upheld") == "没有"
    assert said("credit_level") == "无数据"


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_people_count_a_fact_where_the_engine_does(name: str) -> None:
    """Whatever has a weight has a count in words, and whatever has none has none."""
    for one in STORIES:
        facts, grades = story(one)
        row = row_of(grades[-1], "E1") or {}
        said = ground(facts.as_of(AS_OF), VIEW.scorecard.features, name, row).zh
        assert (said == "没有") == (row[f"f_{name}"] == 0), (one, said)


@pytest.mark.parametrize(
    ("action", "zh"),
    [
        (Action("hazard", "H1", "general", 1, day(-9), day(-9)),
         "整改一般隐患（编号 H1），在期限2026年12月10日以前改完并报送销号"),
        (Action("hazard", "H1", "major", 1, day(-9), day(-90)),
         "整改重大隐患（编号 H1，期限2027年3月1日）；"
         "想赶上下一次评级，要在2026年12月10日以前改完并报送销号"),
        (Action("hazard", "H1", "general", 1, day(-9), day(9)),
         "整改已经过期的一般隐患（编号 H1），2026年12月10日以前改完并报送销号"),
        (Action("hazard", "H1", "general", 1, day(-9)),
         "整改一般隐患（编号 H1），2026年12月10日以前改完并报送销号"),
        (Action("monitoring", "online_rate_bp", "", 9800, day(-9)),
         "把车辆上线率提高到 98.00% 以上，以后每月保持：检修车载终端，保持车辆在线"),
        (Action("monitoring", "speeding_milli", "", 199, day(-9)),
         "把车均超速次数降到 0.20 次以下，以后每月保持：处置超速报警，教育驾驶员"),
        (Action("training", "trainings_people_year", "", 5, day(-9)),
         "组织从业人员参加培训，每年满 5 人次，第一次在2026年12月10日以前办好"),
        (Action("inspection", "inspections", "", 1, day(-9)),
         "2026年12月10日以前接受一次检查，没有查出问题（可以主动申请）"),
        (Action("inspection", "inspections", "", 2, day(-9)),
         "接连接受两次检查，都没有查出问题：第一次在2026年12月10日以前（可以主动申请），第二次在半年以后"),
        (Action("credit", "credit_level", "", 0, day(-9)),
         "把信用等级提高到“优”：按规定申请信用修复；下一次评价大约在2026年12月10日"),
    ],
)  # fmt: skip
def test_each_thing_to_do_is_an_instruction(action: Action, zh: str) -> None:
    assert action_said(action, VIEW).zh == zh


@pytest.mark.parametrize("name", ["vetoed", "fading"])
def test_the_whole_reading_word_for_word(name: str) -> None:
    path = Path(__file__).parents[1] / "golden" / f"read_aloud_{name}.txt"
    assert "\n".join(read_out(name)) + "\n" == path.read_text(encoding="utf-8")
