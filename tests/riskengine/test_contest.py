"""Is a correction a new fact that says what the ruling found, and nothing else?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from riskengine.contest import (
    changes_from,
    corrected,
    fact_of,
    fields_changed,
    table_called,
)
from riskengine.errors import NotAllowed, NotFound
from tests.riskengine.build import AS_OF, day, register

TOMORROW = AS_OF + dt.timedelta(days=1)
FACTS = register(
    enterprises=[{"enterprise_id": "E1"}],
    violations=[
        {"fact_id": "V1", "ago": 100, "known_on": day(90), "tier": "serious"},
        {"fact_id": "V1", "ago": 100, "known_on": day(50), "tier": "grave"},
        {"fact_id": "V2", "ago": 30, "withdrawn": True},
    ],
    hazards=[{"fact_id": "H1", "ago": 40, "closed_on": day(-20), "due_on": day(-30)}],
    inspections=[{"fact_id": "I1", "ago": 20, "result": "problem_pending"}],
)


def fact(table: str, fact_id: str) -> pa.Table:
    return fact_of(FACTS, table, fact_id, as_of=TOMORROW)


def test_the_newest_version_is_what_is_contested() -> None:
    assert fact("violations", "V1")["tier"].to_pylist() == ["grave"]
    earlier = fact_of(FACTS, "violations", "V1", as_of=day(60))
    assert earlier["tier"].to_pylist() == ["serious"]


def test_what_has_not_come_yet_is_not_lost_by_a_correction() -> None:
    assert fact("hazards", "H1")["closed_on"].to_pylist() == [day(-20)]


@pytest.mark.parametrize("fact_id", ["V2", "V9"])
def test_a_fact_that_is_not_there_cannot_be_contested(fact_id: str) -> None:
    with pytest.raises(NotFound, match=fact_id):
        fact("violations", fact_id)


def test_a_correction_keeps_the_key_and_is_known_from_the_ruling() -> None:
    new = corrected(fact("violations", "V1"), "violations", {"tier": "minor"}, known_on=AS_OF)
    old = fact("violations", "V1").to_pylist()[0]
    assert new.to_pylist() == [old | {"tier": "minor", "known_on": AS_OF}]


def test_fields_and_values_are_said_as_in_a_spreadsheet() -> None:
    assert changes_from("hazards", {"整改完成日期": "2026年11月2日", "due_on": "2026-11-05"}) == {
        "closed_on": dt.date(2026, 11, 2), "due_on": dt.date(2026, 11, 5),
    }  # fmt: skip
    assert table_called("违法案件").name == table_called("violations").name == "violations"
    assert fields_changed("violations", ["tier"]).zh == "情节"


@pytest.mark.parametrize(
    ("table", "texts", "code"),
    [
        ("violations", {"fact_id": "V7"}, "contest_no_field"),
        ("violations", {"知悉日期": "2020-01-01"}, "contest_no_field"),
        ("violations", {"天气": "晴"}, "contest_no_field"),
        ("violations", {"发生日期": "不知道"}, "contest_value"),
        ("violations", {"情节": ""}, "contest_value_empty"),
    ],
)
def test_what_cannot_be_a_change_is_refused(table: str, texts: Any, code: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        changes_from(table, texts)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("fact_id", "changes", "known_on", "code"),
    [
        ("violations V1", {}, AS_OF, "contest_no_change"),
        ("violations V1", {"tier": "grave"}, AS_OF, "contest_no_change"),
        ("violations V1", {"tier": "minor"}, day(50), "contest_too_soon"),
        ("violations V1", {"occurred_on": day(-9)}, AS_OF, "contest_times"),
        ("hazards H1", {"closed_on": day(60)}, AS_OF, "contest_times"),
        ("inspections I1", {"withdrawn": True}, AS_OF, "contest_cannot_withdraw"),
    ],
)
def test_what_cannot_be_a_correction_is_refused(
    fact_id: str, changes: Any, known_on: dt.date, code: str
) -> None:
    table, number = fact_id.split()
    with pytest.raises(NotAllowed) as refusal:
        corrected(fact(table, number), table, changes, known_on=known_on)
    assert refusal.value.code == code


def test_only_facts_can_be_contested() -> None:
    with pytest.raises(NotFound, match="请假"):
        table_called("请假")
