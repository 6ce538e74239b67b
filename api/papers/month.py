"""What stands on the month's papers: the drawn list, the tasks, the results to fill in?

Columns follow the forms in use for 双随机、一公开: 抽查名单, 派员（任务单）, 结果统计表, 结果公示表.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from api.papers.ics import Outing
from api.papers.sheets import Cell, Sheet
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.calendar import add_workdays
from scheduler.draw import Draw, Frame
from scheduler.roster.documents import Assignment, Roster, Route, Routes

Facts = Mapping[str, Any]
WEEKDAYS = "一二三四五六日"
KINDS = {"routine": "日常", "special": "专项", "case": "个案", "owed": "欠查补查"}
RESULTS = (
    "未发现问题",
    "发现问题待后续处理",
    "发现问题经责令已改正",
    "未发现开展本次抽查涉及的经营活动",
    "已关闭停业或正在组织清算",
    "不配合检查情节严重",
    "注销、被吊销、被撤销或迁出",
)
FOLLOW_UPS = ("无需后续处置", "转日常监管", "责令改正并跟踪", "移送立案", "抄告有关部门", "其他")


def by_id(known: Known, table: str, key: str) -> dict[str, Facts]:
    """Rows of a register table by their key."""
    return {row[key]: row for row in known.tables[table].to_pylist()}


def clock(minute: int) -> str:
    """Minutes after midnight as a time of day.

    >>> clock(510)
    '08:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def month_name(month: dt.date) -> str:
    """
    >>> month_name(dt.date(2026, 12, 1))
    '2026年12月'
    """
    return f"{month.year}年{month.month}月"


def sector_name(sector: str, policy: PolicyView) -> str:
    """The Chinese name of a sector, or its code where the pack has no name for it."""
    title = policy.pack.sectors.get(sector)
    return title.zh if title else sector


def percent(part: int, whole: int, digits: int = 2) -> str:
    """
    >>> percent(123456789, 10**9)
    '12.35%'
    """
    return f"{100 * part / whole:.{digits}f}%" if whole else "—"


# ── 抽查名单 ─────────────────────────────────────────────────────────────────────────────────


def list_sheets(frame: Frame, drawn: Draw, known: Known, policy: PolicyView) -> list[Sheet]:
    """The public list of drawn enterprises, and the reserves in their order."""
    enterprises = by_id(known, "enterprises", "enterprise_id")
    rows = {row.enterprise_id: row for row in frame.rows}
    columns = (
        "序号", "统一社会信用代码/注册号", "企业名称", "成立日期", "主体类别", "管辖单位", "乡镇",
        "风险等级", "产生方式", "入样概率", "是否公示",
    )  # fmt: skip

    def line(
        number: int, enterprise_id: str, grade: str, how: str, chance: str
    ) -> tuple[Cell, ...]:
        firm = enterprises.get(enterprise_id, {})
        return (
            number, enterprise_id, firm.get("name"), firm.get("opened_on"),
            sector_name(firm.get("sector") or "", policy), policy.pack.jurisdiction.zh,
            firm.get("township"), grade, how, chance, "是",
        )  # fmt: skip

    listed = [
        line(0, chosen, rows[chosen].grade, "随机抽取", percent(rows[chosen].pi_nano, 10**9))
        for chosen in drawn.selected
    ]
    listed += [
        line(0, must.enterprise_id, "", KINDS.get(must.kind, must.kind), "必查")
        for must in frame.must
    ]
    reserves = [
        (f"{grade} · {sector_name(sector, policy)}", *line(place, chosen, grade, "候补", "")[:7])
        for grade, sector, chosen, place in reserve_places(drawn)
    ]
    month = month_name(frame.month)
    notes = (
        f"名单指纹（Merkle 根）：{frame.root}",
        f"抽取编号：{frame.draw_number}；公开事件：{frame.event.name}；种子：{drawn.seed}",
        "验证：python lottery.py bundle.json",
    )
    return [
        Sheet("抽查名单", f"{month}双随机抽查名单", columns, numbered(listed), notes),
        Sheet(
            "候补名单",
            f"{month}候补名单（查无此家或已停业时按次序补查）",
            ("层", "次序", *columns[1:7]),
            tuple(reserves),
        ),
    ]


def reserve_places(drawn: Draw) -> Iterable[tuple[str, str, str, int]]:
    """(grade, sector, enterprise, place) of every reserve, in order."""
    for reserve in drawn.reserves:
        for place, enterprise_id in enumerate(reserve.enterprise_ids, start=1):
            yield reserve.grade, reserve.sector, enterprise_id, place


def numbered(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows with their first cell counted from 1."""
    return tuple((number, *row[1:]) for number, row in enumerate(rows, start=1))


# ── 任务单 ───────────────────────────────────────────────────────────────────────────────────


def task_sheets(
    routes: Routes, roster: Roster, frame: Frame, known: Known, policy: PolicyView
) -> list[Sheet]:
    """The roster as a grid, by day and team, and by officer."""
    officers = by_id(known, "inspectors", "inspector_id")
    enterprises = by_id(known, "enterprises", "enterprise_id")
    grades = {row.enterprise_id: row.grade for row in frame.rows}
    seats = {seat.route_id: seat for seat in roster.assignments}
    teams = team_numbers(routes)
    month = month_name(routes.month)

    def name(officer_id: str) -> str:
        return str(officers[officer_id]["name"])

    def card(officer_id: str) -> str:
        return str(officers[officer_id].get("certificate") or "")

    by_day: list[tuple[Cell, ...]] = []
    by_officer: list[tuple[str, tuple[Cell, ...]]] = []
    for route in sorted(routes.routes, key=lambda r: (r.day, teams[r.route_id])):
        pair = seats[route.route_id]
        team = f"第{teams[route.route_id]}组"
        for order, stop in enumerate(route.stops, start=1):
            firm = enterprises[stop.enterprise_id]
            visit: tuple[Cell, ...] = (
                order, firm["name"], stop.enterprise_id, firm.get("address") or firm.get("township"),
                sector_name(stop.sector, policy), grades.get(stop.enterprise_id, ""),
                KINDS.get(stop.kind, stop.kind),
                f"{clock(stop.start_minute)}–{clock(stop.end_minute)}",
            )  # fmt: skip
            by_day.append(
                (
                    route.day, "周" + WEEKDAYS[route.day.weekday()], team, route.route_id,
                    name(pair.lead), name(pair.second), *visit,
                    f"{card(pair.lead)}\n{card(pair.second)}", "待执行",
                )
            )  # fmt: skip
            for officer_id, other, role in (
                (pair.lead, pair.second, "组长"),
                (pair.second, pair.lead, "检查员"),
            ):
                by_officer.append(
                    (
                        name(officer_id),
                        (name(officer_id), route.day, team, role, name(other), *visit),
                    )
                )
    visit_columns = (
        "顺序", "企业名称", "统一社会信用代码", "地址", "行业", "等级", "检查类型", "时间",
    )  # fmt: skip
    notes = (
        f"抽查机关：{policy.pack.jurisdiction.zh}；人员由公开摇号产生，各组出发前不得公开。",
        "换人须登记谁换、为何换；一人不得单独检查，检查前出示执法证，当事人可申请回避。",
    )
    return [
        roster_grid(routes, roster, officers, teams, month),
        Sheet(
            "按日任务",
            f"{month}检查任务单（按日、按组）",
            (
                "日期",
                "星期",
                "小组",
                "任务编号",
                "组长",
                "检查人员",
                *visit_columns,
                "执法证号",
                "状态",
            ),
            tuple(by_day),
            notes,
        ),
        Sheet(
            "按人任务",
            f"{month}检查任务单（按人）",
            ("检查人员", "日期", "小组", "职责", "同组", *visit_columns),
            tuple(
                row for _, row in sorted(by_officer, key=lambda pair: (pair[0], str(pair[1][1])))
            ),
        ),
    ]


def team_numbers(routes: Routes) -> dict[str, int]:
    """Route → number of its team on its day, from 1."""
    of_day: dict[dt.date, list[str]] = defaultdict(list)
    for route in routes.routes:
        of_day[route.day].append(route.route_id)
    return {
        route_id: number
        for ids in of_day.values()
        for number, route_id in enumerate(sorted(ids), start=1)
    }


def roster_grid(
    routes: Routes,
    roster: Roster,
    officers: Mapping[str, Facts],
    teams: Mapping[str, int],
    month: str,
) -> Sheet:
    """Officers down, workdays across; a cell says the team and who leads (★)."""
    cells: dict[tuple[str, dt.date], str] = {}
    days: Counter[str] = Counter()
    for seat in roster.assignments:
        cells[seat.lead, seat.day] = f"{teams[seat.route_id]}★"
        cells[seat.second, seat.day] = f"{teams[seat.route_id]}"
        days.update((seat.lead, seat.second))
    rows = tuple(
        (
            officers[officer_id].get("squad"),
            officers[officer_id]["name"],
            *(cells.get((officer_id, day)) for day in routes.days),
            days[officer_id],
        )
        for officer_id in sorted(officers, key=lambda i: (officers[i].get("squad") or "", i))
    )
    heads = tuple(f"{day.day}\n{WEEKDAYS[day.weekday()]}" for day in routes.days)
    return Sheet(
        "排班总表",
        f"{month}外勤排班总表",
        ("中队", "姓名", *heads, "外勤天数"),
        rows,
        ("格中数字为当天小组号，★ 为组长；空格为不外勤。",),
    )


def owed_sheet(routes: Routes, known: Known) -> Sheet:
    """What could not be served this month, since when and why; it comes first next month."""
    firms = by_id(known, "enterprises", "enterprise_id")
    return Sheet(
        "欠查",
        f"{month_name(routes.month)}欠查（下月最先安排）",
        ("序号", "统一社会信用代码", "企业名称", "检查类型", "应查月份", "原因"),
        numbered(
            (
                0, one.enterprise_id, firms[one.enterprise_id]["name"],
                KINDS.get(one.kind, one.kind), month_name(one.since), one.reason.zh,
            )
            for one in routes.owed
        ),
    )  # fmt: skip


def outings(
    routes: Routes, roster: Roster, known: Known
) -> dict[str, tuple[str, tuple[Outing, ...]]]:
    """Officer → (name, field days) for the calendar files."""
    officers = by_id(known, "inspectors", "inspector_id")
    firms = by_id(known, "enterprises", "enterprise_id")
    route_of: dict[str, Route] = {route.route_id: route for route in routes.routes}
    field_days: dict[str, list[Outing]] = defaultdict(list)
    for seat in sorted(roster.assignments, key=lambda s: (s.day, s.route_id)):
        for officer_id, other in ((seat.lead, seat.second), (seat.second, seat.lead)):
            field_days[officer_id].append(
                outing(route_of[seat.route_id], seat, officer_id, officers[other]["name"], firms)
            )
    return {
        officer_id: (str(officers[officer_id]["name"]), tuple(days))
        for officer_id, days in field_days.items()
    }


def outing(
    route: Route, seat: Assignment, officer_id: str, partner: str, firms: Mapping[str, Facts]
) -> Outing:
    """One field day of one officer."""
    role = "组长" if officer_id == seat.lead else "检查员"
    lines = [
        f"{clock(stop.start_minute)}–{clock(stop.end_minute)} {firms[stop.enterprise_id]['name']}"
        for stop in route.stops
    ]
    return Outing(
        uid=f"{route.route_id}-{officer_id}",
        day=route.day,
        depart_minute=route.depart_minute,
        return_minute=route.return_minute,
        summary=f"检查 {len(route.stops)} 家（{role}，同组 {partner}）",
        description="\n".join(lines),
    )


# ── 结果统计表、结果公示表 ───────────────────────────────────────────────────────────────────


def result_sheets(
    frame: Frame, drawn: Draw, routes: Routes, known: Known, policy: PolicyView
) -> tuple[Sheet, Sheet]:
    """The two forms to fill in after the visits: statistics and public results."""
    sector_of = {row.enterprise_id: row.sector for row in frame.rows}
    base = Counter(sector_of.values())
    chosen = Counter(sector_of[enterprise_id] for enterprise_id in drawn.selected)
    month = month_name(frame.month)
    statistics = Sheet(
        "结果统计表",
        f"{month}双随机抽查结果统计表",
        ("序号", "抽查内容", "类型", "抽查对象", "抽查基数", "抽查比例", "抽查户数", "已公示", "未公示",
         "完成率", *RESULTS, "完结数", "完结率"),
        tuple(
            (number, f"{sector_name(sector, policy)}经营行为检查", "不定向", sector_name(sector, policy),
             base[sector], percent(chosen[sector], base[sector]), chosen[sector], 0, chosen[sector],
             "0.00%", *(None for _ in RESULTS), 0, "0.00%")
            for number, sector in enumerate(sorted(base), start=1)
        ),
        ("抽查比例为本月抽查户数占基数；完成率 = 已公示 ÷ 抽查户数；完结率 = 完结数 ÷ 已公示。",),
    )  # fmt: skip
    firms = by_id(known, "enterprises", "enterprise_id")
    visits = sorted(
        (route.day, stop.enterprise_id, stop.sector)
        for route in routes.routes
        for stop in route.stops
    )
    publication = Sheet(
        "结果公示表",
        f"{month}双随机抽查结果公示表",
        ("序号", "企业名称", "统一社会信用代码", "抽查事项", "检查机关", "检查日期", "检查结果",
         "处理情况", "最迟公示日"),
        tuple(
            (number, firms[enterprise_id]["name"], enterprise_id,
             f"{sector_name(sector, policy)}经营行为检查", policy.pack.jurisdiction.zh, day, None, None,
             add_workdays(day, policy.calendar.publication_workdays, policy.calendar))
            for number, (day, enterprise_id, sector) in enumerate(visits, start=1)
        ),
        (f"检查结果、处理情况从下拉框选择；检查完成后 {policy.calendar.publication_workdays} 个工作日内公示。",),
        {"检查结果": RESULTS, "处理情况": FOLLOW_UPS},
    )  # fmt: skip
    return statistics, publication
