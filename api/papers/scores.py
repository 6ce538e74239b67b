"""How do the grades, their points and their changes stand on paper?"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from api.papers.month import sector_name
from api.papers.sheets import Cell, Sheet
from riskengine.grade import Grades
from riskengine.policy import PolicyView

STATES = {"scored": "按分", "newcomer": "情况了解不足", "vetoed": "一票否决", "held": "暂不升级"}

Row = dict[str, Any]


def grade_sheets(grades: Grades, moved: pa.Table, policy: PolicyView) -> list[Sheet]:
    """Grades to read, the points behind them, and who moved since last time."""
    rows = sorted(grades.table.to_pylist(), key=lambda row: (row["score"], row["enterprise_id"]))
    return [
        grades_sheet(grades, rows, policy),
        points_sheet(grades, rows, policy),
        moves_sheet(grades, moved),
    ]


def grades_sheet(grades: Grades, rows: list[Row], policy: PolicyView) -> Sheet:
    """One line an enterprise, the riskiest first."""
    vetoes = {veto.name: veto.title.zh for veto in policy.grades.vetoes}

    def how(row: Row) -> str:
        veto = f"：{vetoes.get(row['veto'], row['veto'])}" if row["veto"] else ""
        return STATES[row["state"]] + veto

    return Sheet(
        "等级",
        f"{grades.as_of} 企业风险等级（风险高的在前）",
        ("统一社会信用代码", "企业名称", "行业", "乡镇", "等级", "分数", "怎样定级", "上次等级",
         "达到本级日期"),
        tuple(
            (
                row["enterprise_id"], row["name"], sector_name(row["sector"], policy),
                row["township"], row["grade"], row["score"], how(row), row["previous_grade"],
                row["graded_on"],
            )
            for row in rows
        ),
        ("A 低风险，B 一般风险，C 较大风险，D 重大风险；每一分的来历见“得分明细”。",),
        frozen=2,
    )  # fmt: skip


def points_sheet(grades: Grades, rows: list[Row], policy: PolicyView) -> Sheet:
    """Every point of every enterprise; the cells of a line add up to its score."""
    titles = {
        **{f"p_{item.feature}": item.title.zh for item in policy.scorecard.items},
        **{f"p_cap_{g.name}": f"{g.title.zh}封顶返还" for g in policy.scorecard.groups},
        "p_floor": "最低分补足",
    }
    used = [name for name in titles if any(row[name] for row in rows)]

    def line(row: Row) -> tuple[Cell, ...]:
        points = (row[name] or None for name in used)
        return (
            row["enterprise_id"], row["name"], row["grade"], row["score"],
            policy.scorecard.base_points, *points,
        )  # fmt: skip

    return Sheet(
        "得分明细",
        f"{grades.as_of} 得分明细",
        ("统一社会信用代码", "企业名称", "等级", "分数", "基础分", *(titles[n] for n in used)),
        tuple(map(line, rows)),
        ("分数 = 基础分 + 右侧各格之和；空格为 0；没有一家扣分或加分的项目不列。",),
        frozen=2,
    )


def moves_sheet(grades: Grades, moved: pa.Table) -> Sheet:
    """Who moved since last time, and the facts that moved them."""
    return Sheet(
        "变动",
        f"{grades.as_of} 等级变动",
        ("统一社会信用代码", "企业名称", "原等级", "现等级", "原分数", "现分数", "原因"),
        tuple(
            (
                row["enterprise_id"], row["name"], row["from_grade"], row["to_grade"],
                row["from_score"], row["to_score"], row["because_zh"],
            )
            for row in moved.to_pylist()
        ),
        () if moved.num_rows else ("没有变动，或这是第一次评级。",),
    )  # fmt: skip
