"""Where do the papers go? Each function writes one kind into a folder and says which files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from api.papers.carried import lines_typed
from api.papers.charts import coverage_chart
from api.papers.grid import write_pages
from api.papers.guesses import guess_sheet
from api.papers.ics import calendar_bytes
from api.papers.learnt import learnt_chart, learnt_sheet
from api.papers.month import frozen_sheet, list_sheets
from api.papers.officers import roster_pages
from api.papers.ratios import ratio_sheet
from api.papers.repairs import repair_sheets
from api.papers.results import Chances, result_sheets
from api.papers.scores import grade_sheets
from api.papers.sheets import Sheet, write_workbook
from api.papers.tasks import names_of, names_sheet, outings, task_sheets, teams_of
from api.papers.wall import UNNAMED, wall_page
from riskengine.digest import canonical
from riskengine.fields import table_of_fields
from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known, Register
from scheduler.draw import Draw, Frame
from scheduler.learn import Learnt
from scheduler.ratio import Ratio
from scheduler.roster.documents import NamesOfDay, Repair, Roster, Routes, Slots
from scheduler.roster.sealed import teams_left
from scheduler.staffing import Scenario


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
                one.file, table_title(one.table), one.row, field_title(one.table, one.field), one.value,
                "\n".join(s.zh for s in (one.reason, *one.more)),
                "\n".join(s.en for s in (one.reason, *one.more)),
                "；".join(f"{head}={cell}" for head, cell in one.cells.items() if cell),
            )
            for one in register.rejected
        ),
    )  # fmt: skip
    return write_workbook(folder / "拒收行.xlsx", [sheet])


def table_title(name: str) -> str:
    """A table as people call it, its name in the register beside.

    >>> table_title("absences")
    '请假（absences）'
    """
    info = table_of_fields().get(name)
    return f"{info.zh[0]}（{name}）" if info else name


def field_title(table: str, name: str) -> str:
    """A field by the header it has in a spreadsheet, its name in the register beside.

    >>> field_title("absences", "from_on")
    '开始日期（from_on）'
    """
    info = table_of_fields().get(table)
    found = next((one for one in info.fields if one.name == name), None) if info else None
    return f"{found.zh[0]}（{name}）" if found and found.zh else name


def write_grades(folder: Path, grades: Grades, moved: pa.Table, policy: PolicyView) -> Path:
    """Grades with every reason in points, and who moved since last time."""
    return write_workbook(folder / f"评级-{grades.as_of}.xlsx", grade_sheets(grades, moved, policy))


def write_public_list(
    folder: Path, frame: Frame, known: Known, policy: PolicyView, ratio: Ratio | None = None
) -> list[Path]:
    """What is posted before the event: the list, and the ratios it was made by if they adapt."""
    path, sheet = folder / "冻结名单.xlsx", frozen_sheet(frame, known, policy)
    if ratio is None:
        return [write_workbook(path, [sheet])]
    proof = folder / "抽查比例.json"
    proof.write_bytes(canonical(ratio))
    return [write_workbook(path, [sheet, ratio_sheet(ratio, policy)]), proof]


def write_seats(folder: Path, slots: Slots, policy: PolicyView) -> Path:
    """What is posted before the officers are drawn: how well they can be guessed, and why."""
    return write_workbook(folder / "抽签席位.xlsx", [guess_sheet(slots, policy)])


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
    graded: Grades | None = None,
    chances: Chances | None = None,
) -> list[Path]:
    """Everything a published month leaves behind, but the bundle.

    graded
        Also names the grades of those who were not on the list of the draw.
    chances
        Draw and probability of visits owed from earlier months.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grades = {row.enterprise_id: row.grade for row in frame.rows}
    if graded is not None:
        ids, letters = (graded.table[name].to_pylist() for name in ("enterprise_id", "grade"))
        grades |= dict(zip(ids, letters, strict=True))
    lists = list_sheets(frame, drawn, known, policy, grades, routes)
    tasks = task_sheets(routes, roster, known, policy, grades)
    results = result_sheets(frame, drawn, routes, known, policy, chances or {})
    return [
        write_workbook(folder / "抽查名单.xlsx", lists),
        write_workbook(folder / "任务单.xlsx", tasks),
        write_wall(folder, routes, roster, known, policy, at=published_at, zone=zone),
        write_roster(folder, routes, roster, known, policy),
        write_workbook(folder / "检查结果.xlsx", results),
        *write_calendars(folder / "日历", routes, roster, known, published_at, zone),
    ]


def write_wall(
    folder: Path,
    routes: Routes,
    roster: Roster,
    known: Known,
    policy: PolicyView,
    *,
    at: dt.datetime,
    zone: str,
) -> Path:
    """The poster for the wall: officers only of the days whose teams have left, now."""
    opened = frozenset(
        day
        for day in {route.day for route in routes.routes}
        if at >= teams_left(routes, day, ZoneInfo(zone))
    )
    page = wall_page(
        routes,
        teams_of(routes, roster),
        names_of(known, policy, {}),
        opened=opened,
        notes=(UNNAMED,),
    )
    return write_pages(folder / "排班上墙.xlsx", [page])


def write_roster(
    folder: Path, routes: Routes, roster: Roster, known: Known, policy: PolicyView
) -> Path:
    """The squad's own roster, with every name: the poster, who is out on which day, a page each."""
    return write_pages(folder / "排班表.xlsx", roster_pages(routes, roster, known, policy))


def write_repaired(
    folder: Path,
    *,
    frame: Frame,
    drawn: Draw,
    routes: Routes,
    roster: Roster,
    repairs: Sequence[Repair],
    known: Known,
    policy: PolicyView,
    graded: Grades,
    chances: Chances,
    published_at: dt.datetime,
    zone: str,
) -> list[Path]:
    """The squad's papers as the last repair left the month, and the record of all its repairs.

    What is posted (`抽查名单.xlsx`) is left as it is. `检查结果.xlsx` gets a line for each visit that
    was added, with the probability it was drawn with, and keeps what was typed into it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grades = {row.enterprise_id: row.grade for row in frame.rows}
    ids, letters = (graded.table[name].to_pylist() for name in ("enterprise_id", "grade"))
    grades |= dict(zip(ids, letters, strict=True))
    tasks = task_sheets(routes, roster, known, policy, grades)
    record = repair_sheets(repairs, known, policy, zone)
    return [
        write_workbook(folder / "换人记录.xlsx", record),
        write_workbook(folder / "任务单.xlsx", tasks),
        write_wall(folder, routes, roster, known, policy, at=published_at, zone=zone),
        write_roster(folder, routes, roster, known, policy),
        *write_calendars(folder / "日历", routes, roster, known, published_at, zone),
        *write_results_again(folder, frame, drawn, routes, known, policy, chances, len(repairs)),
    ]


def write_results_again(
    folder: Path,
    frame: Frame,
    drawn: Draw,
    routes: Routes,
    known: Known,
    policy: PolicyView,
    chances: Chances,
    number: int,
) -> list[Path]:
    """The form of the results after a repair, with what was typed into it.

    One that cannot be read as a form any more is put aside under the number of the repair.
    """
    path, written = folder / "检查结果.xlsx", []
    typed = lines_typed(path) if path.exists() else []
    if typed is None:
        written.append(path.rename(folder / f"检查结果-before-repair-{number}.xlsx"))
    sheets = result_sheets(frame, drawn, routes, known, policy, chances, typed or ())
    return [write_workbook(path, sheets), *written]


def write_bundle(folder: Path, bundle: Mapping[str, Any]) -> Path:
    """The bundle to the byte; one without names bears another name, so that both can be kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("bundle-sealed.json" if "sealed" in bundle else "bundle.json")
    path.write_bytes(canonical(bundle))
    return path


def write_names(
    folder: Path, names: NamesOfDay, routes: Routes, known: Known, policy: PolicyView
) -> Path:
    """Who is on the road on a day, to post once the teams have left."""
    sheet = names_sheet(names, routes, known, policy)
    return write_workbook(folder / f"检查人员公示-{names.day}.xlsx", [sheet])


def write_calendars(
    folder: Path, routes: Routes, roster: Roster, known: Known, stamp: dt.datetime, zone: str
) -> list[Path]:
    """One calendar file an officer; an older one of somebody who no longer goes out is removed."""
    folder.mkdir(exist_ok=True)
    written = []
    for officer_id, (name, days) in outings(routes, roster, known).items():
        path = folder / f"{file_name(name)}-{file_name(officer_id)}.ics"
        path.write_bytes(calendar_bytes(name, days, stamp=stamp, zone=zone))
        written.append(path)
    for path in set(folder.glob("*.ics")) - set(written):
        path.unlink()
    return written


def file_name(text: str) -> str:
    """A name from a register as part of the name of a file, on every system.

    >>> file_name("A/B:01")
    'A_B_01'
    """
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", text)


def write_learnt(folder: Path, learnt: Learnt, policy: PolicyView) -> list[Path]:
    """The table and the chart of what the month taught; no chart without a single interval."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_workbook(folder / "查明情况.xlsx", [learnt_sheet(learnt, policy)])]
    if any(line.estimate.rate_bp is not None for line in learnt.lines):
        chart = folder / "查明情况.svg"
        chart.write_text(learnt_chart(learnt, policy), encoding="utf-8")
        written.append(chart)
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
