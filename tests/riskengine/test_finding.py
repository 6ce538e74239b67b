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
    ],
)
def test_a_condition_holds_for_the_visits_it_names(text: str, expected: list[Any]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("score <", "score <"),
        ("points < 60", "points"),
        ("score < bad", "bad"),
        ("result == 3", "3"),
        ("result == excellent", "excellent"),
        ("result < no_problem", "result no_problem"),
        ("score", "score"),
        ("__import__('os')", "__import__('os')"),
        ("40 < score < 60", "40 < score < 60"),
        ("", ""),
    ],
)
def test_what_is_no_condition_is_refused_with_the_part_that_is_wrong(text: str, part: str) -> None:
    with pytest.raises(PolicyError) as refused:
        finding_of(text)
    assert refused.value.sentence.en.startswith(f"“{part}” in")
    assert "score < 60" in refused.value.sentence.zh
