"""Who goes where on which day, as the squad holds it in its hands?"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from api.papers.ics import Outing
from api.papers.month import (
    KINDS,
    LISTED,
    TOGETHER,
    Facts,
    by_id,
    clock,
    listed,
    month_name,
    numbered,
    sector_name,
    together,
)
from api.papers.sheets import Cell, Sheet
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster.documents import Assignment, NamesOfDay, Roster, Route, Routes, Stop
from scheduler.roster.precheck import is_owed

WEEKDAYS = "一二三四五六日"
AWAY = "假"
LEADS, GOES, AWAY_TINT = "#F2B35D", "#FBE7C6", "#E3E3E3"
WEEK = dt.timedelta(6)
NUMERALS = str.maketrans({sign: str(number) for number, sign in enumerate("〇一二三四五六七八九")})
STOP = ("顺序", "时间", "企业名称", "地址", "行业", "等级", "检查类型", "综合查一次")
SEALED = "人员由公开摇号产生，各组出发前不得公开；检查人员只拿“按人任务”中本人的一页。"
LAWFUL = "不得一人单独检查；检查前出示执法证；当事人可以申请回避；换人须登记谁换、为何换。"


@dataclass(frozen=True, slots=True)
class Team:
    """One route with its people and its number on its day."""

    number: int
    route: Route
    seats: Assignment

    @property
    def name(self) -> str:
        """What the team is called on its day."""
        return f"第{self.number}组"

    @property
    def people(self) -> tuple[tuple[str, str, str], ...]:
        """(officer, role, the other officer) of both seats."""
        lead, second = self.seats.lead, self.seats.second
        return (lead, "组长", second), (second, "检查人员", lead)


@dataclass(frozen=True, slots=True)
class Names:
    """What the papers call enterprises and officers."""

    firms: Mapping[str, Facts]
    officers: Mapping[str, Facts]
    grades: Mapping[str, str]
    policy: PolicyView

    def officer(self, inspector_id: str) -> str:
        """The name of an officer."""
        return str(self.officers[inspector_id]["name"])

    def with_card(self, inspector_id: str) -> str:
        """Name and certificate number, as the notice to the enterprise gives them."""
        return f"{self.officer(inspector_id)}（{self.officers[inspector_id]['certificate']}）"

    def stop(self, place: int, stop: Stop) -> tuple[Cell, ...]:
        """The cells under `STOP`."""
        firm = self.firms[stop.enterprise_id]
        return (
            place, f"{clock(stop.start_minute)}–{clock(stop.end_minute)}", firm["name"],
            firm["address"] or firm["township"],
            sector_name(stop.sector, self.policy), self.grades.get(stop.enterprise_id),
            KINDS[stop.kind], together(stop.items),
        )  # fmt: skip


def names_of(known: Known, policy: PolicyView, grades: Mapping[str, str]) -> Names:
    """The names the register holds."""
    return Names(
        by_id(known, "enterprises", "enterprise_id"),
        by_id(known, "inspectors", "inspector_id"),
        grades,
        policy,
    )


def teams_of(routes: Routes, roster: Roster) -> tuple[Team, ...]:
    """The teams by day; on each day they are numbered from 1."""
    seats = {one.route_id: one for one in roster.assignments}
    of_day: Counter[dt.date] = Counter()
    teams = []
    for route in sorted(routes.routes, key=lambda one: (one.day, one.route_id)):
        of_day[route.day] += 1
        teams.append(Team(of_day[route.day], route, seats[route.route_id]))
    return tuple(teams)


def weekday(day: dt.date) -> str:
    """
    >>> weekday(dt.date(2026, 12, 1))
    '二'
    """
    return WEEKDAYS[day.weekday()]


def squad_order(squad: str | None) -> str:
    """一, 二, 三 in the order of numbers, which is not the order of their character codes.

    >>> sorted(["三中队", "二中队", "一中队"], key=squad_order)
    ['一中队', '二中队', '三中队']
    """
    return (squad or "").translate(NUMERALS)


def task_sheets(
    routes: Routes,
    roster: Roster,
    known: Known,
    policy: PolicyView,
    grades: Mapping[str, str],
) -> list[Sheet]:
    """The roster as a grid, by day and team, by officer, and as the form to file."""
    teams, names = teams_of(routes, roster), names_of(known, policy, grades)
    return [
        roster_grid(routes, teams, known, names),
        by_day(routes.month, teams, names),
        by_officer(routes.month, teams, names),
        dispatch_form(routes.month, teams, roster, names),
        owed_sheet(routes, names),
    ]


def roster_grid(routes: Routes, teams: tuple[Team, ...], known: Known, names: Names) -> Sheet:
    """Officers down, workdays across; a cell says the team and who leads (★), or who is away."""
    days, order = routes.days, in_squads(names)
    cells: dict[tuple[str, dt.date], str] = dict.fromkeys(away_days(known, days), AWAY)
    leads, seconds, visits = Counter[str](), Counter[str](), Counter[str]()
    of_day = Counter(team.route.day for team in teams)
    for team in teams:
        cells[team.seats.lead, team.route.day] = f"{team.number}★"
        cells[team.seats.second, team.route.day] = f"{team.number}"
        leads[team.seats.lead] += 1
        seconds[team.seats.second] += 1
        for officer, _, _ in team.people:
            visits[officer] += len(team.route.stops)
    rows: list[tuple[Cell, ...]] = [
        (
            names.officers[one]["squad"], names.officer(one), *(cells.get((one, day)) for day in days),
            leads[one], seconds[one], visits[one], leads[one] + seconds[one],
        )
        for one in order
    ]  # fmt: skip
    stops = sum(len(team.route.stops) for team in teams)
    rows.append(
        (
            "合计",
            "外出组数",
            *(of_day[day] or None for day in days),
            len(teams),
            len(teams),
            stops,
            len(teams),
        )
    )
    titles = {day: f"{day.day}\n{weekday(day)}" for day in days}
    tint = {True: LEADS, False: GOES}
    return Sheet(
        "排班总表",
        f"{month_name(routes.month)}外勤排班总表：谁在哪天",
        ("中队", "姓名", *titles.values(), "任组长", "任检查人员", "家次", "外勤天数"),
        tuple(rows),
        (
            f"格中数字为当天的小组号，★ 和深色为组长，浅色为检查人员；“{AWAY}”为请假；空格为当天不外勤。",
            fairness(leads + seconds, order), SEALED,
        ),
        group="中队",
        frozen=2,
        tints={
            (row, 2 + column): AWAY_TINT if mark == AWAY else tint[mark.endswith("★")]
            for row, one in enumerate(order)
            for column, day in enumerate(days)
            if (mark := cells.get((one, day)))
        },
        parted=("任组长", *(titles[b] for a, b in pairwise(days) if b.weekday() < a.weekday() or b - a > WEEK)),
        bars=("外勤天数",),
    )  # fmt: skip


def in_squads(names: Names) -> list[str]:
    """Officers by squad and number."""
    return sorted(names.officers, key=lambda i: (squad_order(names.officers[i]["squad"]), i))


def away_days(known: Known, days: Iterable[dt.date]) -> set[tuple[str, dt.date]]:
    """(officer, day) of every leave."""
    days = tuple(days)
    return {
        (row["inspector_id"], day)
        for row in known.tables["absences"].to_pylist()
        for day in days
        if row["from_on"] <= day <= row["to_on"]
    }


def fairness(outings: Counter[str], officers: Collection[str]) -> str:
    """Most, least and mean field days, in one sentence."""
    days = [outings[one] for one in officers] or [0]
    mean = sum(days) / len(days)
    return f"每人外勤最多 {max(days)} 天，最少 {min(days)} 天，平均 {mean:.1f} 天。"


def by_day(month: dt.date, teams: tuple[Team, ...], names: Names) -> Sheet:
    """What is handed out in the morning: a page for each day, its teams one below the other."""
    return Sheet(
        "按日任务",
        f"{month_name(month)}检查任务单（按日、按组）",
        ("日期", "星期", "小组", "出发–返回", "组长", "检查人员", *STOP, "完成情况"),
        tuple(
            (
                team.route.day, weekday(team.route.day), team.name,
                f"{clock(team.route.depart_minute)}–{clock(team.route.return_minute)}",
                names.officer(team.seats.lead), names.officer(team.seats.second),
                *names.stop(place, stop), None,
            )
            for team in teams
            for place, stop in enumerate(team.route.stops, start=1)
        ),
        (SEALED, LAWFUL, *joint_note(teams)),
        group="小组",
        pages_by="日期",
    )  # fmt: skip


def joint_note(teams: tuple[Team, ...]) -> tuple[str, ...]:
    """How joint visits are made, where there are any."""
    stops = (stop for team in teams for stop in team.route.stops)
    return (TOGETHER,) if any(together(stop.items) for stop in stops) else ()


def by_officer(month: dt.date, teams: tuple[Team, ...], names: Names) -> Sheet:
    """What each officer takes along: a page for each of them."""
    rows = sorted(
        (officer, team.route.day, place, role, other, team.name, stop)
        for team in teams
        for officer, role, other in team.people
        for place, stop in enumerate(team.route.stops, start=1)
    )
    return Sheet(
        "按人任务",
        f"{month_name(month)}检查任务单（按人）",
        ("检查人员", "日期", "星期", "小组", "职责", "同组", *STOP),
        tuple(
            (
                names.officer(officer), day, weekday(day), team, role, names.officer(other),
                *names.stop(place, stop),
            )
            for officer, day, place, role, other, team, stop in rows
        ),
        (LAWFUL, *joint_note(teams)),
        group="日期",
        pages_by="检查人员",
    )  # fmt: skip


def dispatch_form(month: dt.date, teams: tuple[Team, ...], roster: Roster, names: Names) -> Sheet:
    """派员表: the list with those sent, as the platforms ask for it."""
    agency = names.policy.pack.jurisdiction.zh
    made_on = dt.datetime.fromisoformat(roster.entered_at).date()
    return Sheet(
        "派员表",
        f"{month_name(month)}双随机抽查派员表",
        (
            *LISTED, "检查人员", "组长", "专家", "抽查机关", "任务编号", "任务名称", "状态",
            "设置人", "设置日期", "检查日期",
        ),
        numbered(
            (
                *listed(stop.enterprise_id, names.firms[stop.enterprise_id], names.policy),
                "\n".join(names.with_card(officer) for officer, _, _ in team.people),
                names.officer(team.seats.lead), None, agency, team.route.route_id,
                f"{month_name(month)}{KINDS[stop.kind]}检查", "待执行",
                "、".join(roster.entered_by), made_on, team.route.day,
            )
            for team in teams
            for stop in team.route.stops
        ),
        ("换人只能在结果录入之前，并登记谁在何时换了谁。",),
        group="任务编号",
    )  # fmt: skip


def owed_sheet(routes: Routes, names: Names) -> Sheet:
    """What could not be served this month, since when and why; it comes first next month, but for
    what has closed for good."""
    gone = sum(not is_owed(one) for one in routes.owed)
    closing = (f"其中已停业的 {gone} 家不再检查，不转入下月。",) if gone else ()
    return Sheet(
        "欠查",
        f"{month_name(routes.month)}欠查（下月最先安排）",
        ("序号", "统一社会信用代码", "企业名称", "检查类型", "应查月份", "原因"),
        numbered(
            (
                one.enterprise_id, names.firms[one.enterprise_id]["name"], KINDS[one.kind],
                month_name(one.since), one.reason.zh,
            )
            for one in routes.owed
        ),
        closing if routes.owed else ("本月没有欠查。",),
    )  # fmt: skip


def names_sheet(of_day: NamesOfDay, routes: Routes, known: Known, policy: PolicyView) -> Sheet:
    """Who checks whom on a day, as it is posted once the teams have left."""
    names = names_of(known, policy, {})
    route_of = {route.route_id: route for route in routes.routes}
    return Sheet(
        "检查人员公示",
        f"{of_day.day} 双随机检查人员公示",
        ("小组", "企业名称", "统一社会信用代码", "行业", "组长（执法证号）", "检查人员（执法证号）"),
        tuple(
            (
                f"第{number}组", names.firms[stop.enterprise_id]["name"], stop.enterprise_id,
                sector_name(stop.sector, policy), names.with_card(seats.lead),
                names.with_card(seats.second),
            )
            for number, seats in enumerate(
                sorted(of_day.assignments, key=lambda seats: seats.route_id), start=1
            )
            for stop in route_of[seats.route_id].stops
        ),
        (
            "人员由公开摇号产生，各组出发后公示；全月最后一组出发后启封，任何人都可以验证。",
            f"名单摘要（记录链中）：{of_day.roster_digest}",
        ),
        group="小组",
    )  # fmt: skip


# ── calendars ────────────────────────────────────────────────────────────────────────────


def outings(
    routes: Routes, roster: Roster, known: Known
) -> dict[str, tuple[str, tuple[Outing, ...]]]:
    """Officer → (name, field days) for the calendar files."""
    firms = by_id(known, "enterprises", "enterprise_id")
    officers = by_id(known, "inspectors", "inspector_id")
    days: dict[str, list[Outing]] = defaultdict(list)
    for team in teams_of(routes, roster):
        for officer, role, other in team.people:
            days[officer].append(outing(team, officer, role, officers[other]["name"], firms))
    return {one: (str(officers[one]["name"]), tuple(found)) for one, found in days.items()}


def outing(team: Team, officer: str, role: str, partner: str, firms: Mapping[str, Facts]) -> Outing:
    """One field day of one officer."""
    route = team.route
    lines = [
        f"{clock(stop.start_minute)}–{clock(stop.end_minute)} {firm['name']}，"
        f"{firm['address'] or firm['township']}"
        + (f"（综合查一次：{joint}）" if (joint := together(stop.items)) else "")
        for stop, firm in ((stop, firms[stop.enterprise_id]) for stop in route.stops)
    ]
    return Outing(
        uid=f"{route.route_id}-{officer}",
        day=route.day,
        depart_minute=route.depart_minute,
        return_minute=route.return_minute,
        summary=f"检查 {len(route.stops)} 家（{team.name}，{role}，同组 {partner}）",
        description="\n".join(lines),
    )
