"""Where do the papers go? Each function writes one kind into a folder and says which files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from api.papers import month as forms
from api.papers.charts import coverage_chart
from api.papers.ics import calendar_bytes
from api.papers.sheets import Cell, Sheet, write_workbook
from riskengine.features import FEATURES
from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known, Register
from scheduler.draw import Draw, Frame
from scheduler.roster.documents import Roster, Routes
from scheduler.staffing import Scenario

STATES = {"scored": "按分", "newcomer": "新开业或无记录", "vetoed": "一票否决", "held": "暂不升级"}


def write_rejected(folder: Path, register: Register) -> Path | None:
    """The rows left out, each with what is wrong and what would mend it; none if there are none."""
    if not register.rejected:
        return None
    sheet = Sheet(
        "拒收行",
        "拒收行：改正后再导入一次 · Rejected rows: mend and import again",
        ("文件", "表", "行", "字段", "原值", "哪里不对、怎样改", "What is wrong, what mends it", "整行"),
        tuple(
            (
                one.file, one.table, one.row, one.field, one.value,
                "\n".join(s.zh for s in (one.reason, *one.more)),
                "\n".join(s.en for s in (one.reason, *one.more)),
                "；".join(f"{head}={cell}" for head, cell in one.cells.items() if cell),
            )
            for one in register.rejected
        ),
    )  # fmt: skip
    return write_workbook(folder / "拒收行.xlsx", [sheet])


def write_grades(folder: Path, grades: Grades, moved: pa.Table, policy: PolicyView) -> Path:
    """Grades with every reason in points, and who moved since last time."""
    items = {item.feature: item.title.zh for item in policy.scorecard.items}
    shown = [f.name for f in FEATURES if f.name in items]
    rows = grades.table.to_pylist()
    listed = tuple(
        (
            row["enterprise_id"], row["name"], forms.sector_name(row["sector"], policy),
            row["township"], row["grade"], row["score"], STATES[row["state"]],
            row["previous_grade"], row["graded_on"], *(row[f"p_{name}"] for name in shown),
        )
        for row in sorted(rows, key=lambda row: (row["score"], row["enterprise_id"]))
    )  # fmt: skip
    head = (
        "统一社会信用代码",
        "企业名称",
        "行业",
        "乡镇",
        "等级",
        "分数",
        "怎样定级",
        "上次等级",
        "达到本级日期",
    )
    movers = tuple(
        (
            row["enterprise_id"], row["name"], row["from_grade"], row["to_grade"],
            row["from_score"], row["to_score"], row["because_zh"],
        )
        for row in moved.to_pylist()
    )  # fmt: skip
    return write_workbook(
        folder / f"评级-{grades.as_of}.xlsx",
        [
            Sheet(
                "等级",
                f"{grades.as_of} 企业风险等级（分数越低风险越高）",
                (*head, *(items[name] for name in shown)),
                listed,
                ("右侧各列为该项扣分（负）或加分；各项与基础分、封顶返还之和即为分数。",),
            ),
            Sheet(
                "变动",
                f"{grades.as_of} 等级变动",
                ("统一社会信用代码", "企业名称", "原等级", "现等级", "原分数", "现分数", "原因"),
                movers,
            ),
        ],
    )


def write_public_list(folder: Path, frame: Frame, known: Known, policy: PolicyView) -> Path:
    """The list to post before the event: everyone, with probability, and what was promised."""
    firms = forms.by_id(known, "enterprises", "enterprise_id")
    rows: list[tuple[Cell, ...]] = [
        (
            0, row.enterprise_id, firms[row.enterprise_id]["name"], row.grade,
            forms.sector_name(row.sector, policy), row.township,
            forms.percent(row.pi_nano, 10**9, 4),
        )
        for row in frame.rows
    ]  # fmt: skip
    sheet = Sheet(
        "冻结名单",
        f"{forms.month_name(frame.month)}抽查对象冻结名单（抽取前公示）",
        ("序号", "统一社会信用代码", "企业名称", "等级", "行业", "乡镇", "本月入样概率"),
        forms.numbered(rows),
        (
            f"名单指纹（Merkle 根）：{frame.root}",
            f"规则指纹：{frame.rule_digest}；秘密的承诺：{frame.commitment}；抽取编号：{frame.draw_number}",
            f"公开事件：{frame.event.name}；来源：{frame.event.source}；时间：{frame.event.due_at}",
        ),
    )
    return write_workbook(folder / "冻结名单.xlsx", [sheet])


def write_month(
    folder: Path,
    *,
    frame: Frame,
    drawn: Draw,
    routes: Routes,
    roster: Roster,
    known: Known,
    policy: PolicyView,
    published_at: dt.datetime,
    zone: str,
) -> list[Path]:
    """Everything a published month leaves behind, but the bundle."""
    folder.mkdir(parents=True, exist_ok=True)
    statistics, results = forms.result_sheets(frame, drawn, routes, known, policy)
    lists = forms.list_sheets(frame, drawn, known, policy)
    tasks = forms.task_sheets(routes, roster, frame, known, policy)
    written = [
        write_workbook(folder / "抽查名单.xlsx", lists),
        write_workbook(folder / "任务单.xlsx", [*tasks, forms.owed_sheet(routes, known)]),
        write_workbook(folder / "结果统计表.xlsx", [statistics]),
        write_workbook(folder / "结果公示表.xlsx", [results]),
    ]
    calendars = folder / "日历"
    calendars.mkdir(exist_ok=True)
    for officer_id, (name, outings) in forms.outings(routes, roster, known).items():
        path = calendars / f"{name}-{officer_id}.ics"
        path.write_bytes(calendar_bytes(name, outings, stamp=published_at, zone=zone))
        written.append(path)
    return written


def write_scenario(folder: Path, scenario: Scenario) -> list[Path]:
    """The table and the chart of a what-if."""
    folder.mkdir(parents=True, exist_ok=True)
    chart = folder / "人手推演.svg"
    chart.write_text(coverage_chart(scenario), encoding="utf-8")
    table = write_workbook(folder / "人手推演.xlsx", [scenario_sheet(scenario)])
    return [table, chart]


def scenario_sheet(scenario: Scenario) -> Sheet:
    """One line per number of officers; a figure is its mean and its 95 % interval."""
    grades = [coverage.grade for coverage in scenario.staffings[0].coverage]

    def share(estimate: object) -> str:
        mean, low, high = (getattr(estimate, n) / 100 for n in ("mean", "low", "high"))
        return f"{mean:.1f} % ({low:.1f}–{high:.1f})"

    def milli(estimate: object) -> str:
        mean, low, high = (getattr(estimate, n) / 1000 for n in ("mean", "low", "high"))
        return f"{mean:.2f} ({low:.2f}–{high:.2f})"

    return Sheet(
        "人手推演",
        f"{scenario.months} 个月、{scenario.runs} 次推演（括号内为均值的 95 % 区间）",
        ("人数", *(f"{grade} 级年覆盖率" for grade in grades), "全部覆盖率", "欠查占比", "未能抽取", "每人每月次数"),
        tuple(
            (
                one.officers, *(share(c.share_bp) for c in one.coverage), share(one.covered_bp),
                share(one.owed_bp), share(one.undrawn_bp), milli(one.load_milli),
            )
            for one in scenario.staffings
        ),
        (scenario.enough.rule.zh, *(note.zh for note in scenario.notes)),
    )  # fmt: skip
