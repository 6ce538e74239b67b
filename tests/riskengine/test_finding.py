"""Is a condition on visits read as it is meant, and refused where it cannot be?"""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from riskengine.errors import PolicyError
from riskengine.finding import finding_of, holds

VISITS = ibis.memtable(
    {
        "number": [1, 2, 3, 4],
        "result": ["no_problem", "problem_pending", "problem_corrected", "no_problem"],
        "score": [95, 40, 60, None],
        "serious": [0, 2, 0, 1],
    }
)


def found(text: str) -> list[Any]:
    finding = finding_of(text)
    table = VISITS.mutate(found=holds(finding, VISITS)).order_by("number")
    return ibis.duckdb.connect().to_pyarrow(table)["found"].to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score < 60", [False, True, False, None]),
        ("得分 <= 60", [False, True, True, None]),
        ("serious > 0 or score < 90", [False, True, True, True]),
        ("not serious > 0 and result == no_problem", [True, False, False, False]),
        ("result in (problem_pending, problem_corrected)", [False, True, True, False]),
        ("检查结果 not in (未发现问题,)", [False, True, True, False]),
        ("严重 >= 1", [False, True, False, True]),
        ("得分　＜＝ ６０", [False, True, True, None]),
        ("检查结果 in （problem_pending，problem_corrected）", [False, True, True, False]),
    ],
)
def test_a_condition_holds_for_the_visits_it_names(text: str, expected: list[Any]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("score <", "写到“<”就断了"),
        ("points < 60", "第 1 个字起的“points”不是可用的项"),
        ("score < bad", "第 9 个字起的“bad”不是整数"),
        ("result == 3", "第 11 个字起的“3”不是“result”能取的值"),
        ("得分 < 60 or 检查结果 == 很好", "第 20 个字起的“很好”不是“result”能取的值"),
        ("result < no_problem", "第 1 个字起的“result < no_problem”比了大小"),
        ("score", "第 1 个字起的“score”不是一个"),
        ("__import__('os')", "第 1 个字起的“__import__('os')”"),
        ("serious > 0 or 40 < score < 60", "第 16 个字起的“40 < score < 60”"),
        ("score = 60", "第 7 个字的“=”要写成“==”"),
        ("score ≤ 60", "第 7 个字的“≤”要写成“<=”"),
        ("得分<60且 严重 > 0", "第 6 个字的“且”要写成“and”"),
        ("score < 60 && serious > 0", "第 12 个字的“&&”要写成“and”"),
        ("score < 60 || serious > 0", "第 12 个字的“||”要写成“or”"),
        ("!(score < 60)", "第 1 个字的“!”要写成“not”"),
        ("score < 60、serious > 0", "第 11 个字“、”"),
        ("score < 60 # or serious > 0", "第 12 个字“#”"),
        ("score < 60and serious > 0", "第 9 个字“60”"),
        ("score < 99999999999999999999", "第 9 个字的“99999999999999999999”太大"),
        ("score in ()", "第 1 个字起的“score in ()”"),
        ("  ", "没有写条件"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_fault_and_its_place(
    text: str, fault: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        finding_of(text)
    said = refused.value.sentence
    assert said.zh.startswith(f"看不懂“{text.strip()}”：") and fault in said.zh
    assert "score < 60" in said.zh and "serious（严重）" in said.zh and "serious" in said.en


def test_a_condition_nested_deeper_than_python_reads_is_refused_bug() -> None:
    with pytest.raises(PolicyError, match="条件超过 1000 个字"):
        finding_of("not " * 2_000 + "score < 60")


def test_a_wrong_word_is_not_said_to_be_wrong_within_itself_bug() -> None:
    """`scores < 60 and` was called unreadable in “scores < 60 and”, the same text twice."""
    with pytest.raises(PolicyError) as refused:
        finding_of("scores < 60 and")
    assert refused.value.sentence.zh.count("scores < 60 and") == 1
    with pytest.raises(PolicyError, match=r"是不是 score？.*is it score"):
        finding_of("scores < 60")
