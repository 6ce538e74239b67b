"""Does the chart of a scenario say what the scenario says?"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pytest

from api.papers.charts import coverage_chart, coverage_rows, coverage_spec, missed_rows
from scheduler.staffing import Enough, Scenario, simulate
from tests.scheduler.by_hand import graded, many, policy


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    rows = many(300, "C", "freight") + many(60, "D", "freight")
    return simulate(
        graded(*rows),
        policy(),
        month=dt.date(2026, 1, 1),
        officers=(2, 4, 8, 10),
        months=12,
        runs=20,
        rng=np.random.default_rng(1),
    )


def test_the_chart_is_svg_with_chinese_labels_and_asks_for_nothing(scenario: Scenario) -> None:
    svg = coverage_chart(scenario)
    assert svg.startswith("<svg")
    for words in ("各等级年度覆盖率", "未完成的检查", "每人每月参加检查", "执法人员"):
        assert words in svg
    addresses = set(re.findall(r"https?://[^\"' )]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_every_figure_of_the_chart_is_one_of_the_scenario(scenario: Scenario) -> None:
    for staffing in scenario.staffings:
        for coverage in staffing.coverage:
            (point,) = (
                row
                for row in coverage_rows(scenario)
                if (row["officers"], row["series"]) == (staffing.officers, coverage.grade)
            )
            assert round(point["mean"] * 100) == coverage.share_bp.mean
            assert point["low"] <= point["mean"] <= point["high"]
    owed = [row for row in missed_rows(scenario) if row["series"].startswith("欠查")]
    assert [round(row["mean"] * 100) for row in owed] == [
        staffing.owed_bp.mean for staffing in scenario.staffings
    ]


def test_the_dashed_line_stands_where_more_stops_helping(scenario: Scenario) -> None:
    assert scenario.enough.officers is not None
    words = " ".join(coverage_spec(scenario)["title"]["subtitle"])
    assert f"虚线：{scenario.enough.officers} 人" in words
    endless = replace(scenario, enough=Enough(None, 10, None, scenario.enough.rule))
    assert "10 人为止" in " ".join(coverage_spec(endless)["title"]["subtitle"])
    smallest = replace(scenario, enough=Enough(2, 2, 2, scenario.enough.rule))
    assert "2 人或更少" in " ".join(coverage_spec(smallest)["title"]["subtitle"])
    assert "stroke-dasharray" in coverage_chart(scenario)
    assert "stroke-dasharray" not in coverage_chart(endless)
