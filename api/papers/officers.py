"""What does each officer hold in the hand: one page with the month, its teams, ways and stops?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from api.papers.grid import Box, Page, height_of, lines_in, room_on, tab_names
from api.papers.month import KINDS, clock, month_name, sector_name, together
from api.papers.sheets import A4, FONT, Sheet
from api.papers.tasks import (
    AWAY,
    LAWFUL,
    LEADS,
    Names,
    Team,
    away_days,
    in_squads,
    joint_note,
    names_of,
    roster_grid,
    teams_of,
    weekday,
)
from api.papers.wall import wall_page
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster.documents import Roster, Routes, Stop

TITLES = ("日期", "小组", "同组", "时间", "检查对象", "地址", "行业、类型", "签名")
SHARES = (11, 8, 9, 8, 23, 19, 17, 9)
"""Widths of the columns, in parts of the page."""
SIZE, HEAD_HEIGHT, FREE_HEIGHT = 10, 20.0, 15.0
KEPT = "人员由公开摇号产生，各组出发前不得公开、不得张贴；检查人员只拿写有本人姓名的一页。"
ROLES = {True: "组长", False: "检查人员"}
ROOM = room_on(A4, is_upright=True)[0]
WIDTHS = tuple(ROOM * share / sum(SHARES) for share in SHARES)
PALE, SOFT, GREY, THIN, MEDIUM = "#EEF2F6", "#FDF3E1", "#6B7680", 1, 2
DESKS = {"written": "书面", "online": "网上"}
HOUR = 60


def roster_pages(
    routes: Routes, roster: Roster, known: Known, policy: PolicyView
) -> list[Page | Sheet]:
    """The squad's own roster: the poster with every name, who is out on which day, a page each."""
    teams, names = teams_of(routes, roster), names_of(known, policy, {})
    poster = wall_page(
        routes,
        teams,
        names,
        opened=frozenset(routes.days),
        heading="外勤排班（含人员）",
        notes=(KEPT,),
    )
    grid = roster_grid(routes, teams, known, names)
    grid = replace(grid, name="谁在哪天", notes=(*grid.notes[:-1], KEPT))
    order, away = in_squads(names), away_days(known, routes.days)
    tabs = tab_names([(names.officer(one), one) for one in order], taken=(poster.name, grid.name))
    return [
        poster,
        grid,
        *(
            officer_page(
                one,
                tab,
                routes,
                [team for team in teams if one in (team.seats.lead, team.seats.second)],
                names,
                {day for who, day in away if who == one},
            )
            for one, tab in zip(order, tabs, strict=True)
        ),
    ]


def officer_page(
    officer: str,
    tab: str,
    routes: Routes,
    teams: Sequence[Team],
    names: Names,
    away: Collection[dt.date],
) -> Page:
    """The month of one officer: every workday, those in the field with all that is to be done.

    teams
        Those the officer is in.
    away
        Days of leave.
    """
    by_day = {team.route.day: team for team in teams}
    boxes, heights = heading(officer, routes, names)
    first_day = len(heights)
    before: dt.date | None = None
    for day in routes.days:
        edge = {"top": MEDIUM} if before is None or day.weekday() < before.weekday() else {}
        before = day
        if day in by_day:
            made, high = field_day(len(heights), by_day[day], officer, names, edge)
        else:
            made, high = free_day(len(heights), day, AWAY if day in away else "", edge)
        boxes += made
        heights += high
    for line in foot(officer, teams):
        boxes.append(Box(len(heights), 0, line, look(align="left"), columns=len(TITLES)))
        heights.append(height_of(lines_in(line, ROOM, SIZE), SIZE))
    return Page(
        tab, tuple(boxes), WIDTHS, tuple(heights), is_upright=True,
        repeated=(0, first_day - 1), frozen=(first_day, 0),
    )  # fmt: skip


def look(**more: Any) -> dict[str, Any]:
    """How letters look on the page."""
    return {"font_name": FONT, "font_size": SIZE, **more}


def heading(officer: str, routes: Routes, names: Names) -> tuple[list[Box], list[float]]:
    """Name, month, squad, certificate and the titles of the columns."""
    facts = names.officers[officer]
    across = len(TITLES)
    about = [facts["squad"], f"工号 {officer}", f"执法证 {facts['certificate']}"]
    boxes = [
        Box(0, 0, f"{facts['name']}　{month_name(routes.month)}外勤任务",
            look(bold=True, align="center") | {"font_size": 18}, columns=across),
        Box(1, 0, "　".join(filter(None, about)), look(align="center", font_color=GREY), columns=across),
    ]  # fmt: skip
    title = look(bold=True, border=THIN, align="center", bg_color="#E8EEF4")
    boxes += [Box(2, column, text, title) for column, text in enumerate(TITLES)]
    return boxes, [30.0, 18.0, HEAD_HEIGHT]


def day_name(day: dt.date) -> str:
    """
    >>> day_name(dt.date(2026, 12, 1))
    '1日 周二'
    """
    return f"{day.day}日 周{weekday(day)}"


def free_day(
    row: int, day: dt.date, why: str, edge: dict[str, Any]
) -> tuple[list[Box], list[float]]:
    """A workday out of the field, in one thin line."""
    grey = look(border=THIN, font_color=GREY, align="center") | edge
    return [
        Box(row, 0, day_name(day), grey), Box(row, 1, why, grey, columns=len(TITLES) - 1),
    ], [FREE_HEIGHT]  # fmt: skip


def field_day(
    row: int, team: Team, officer: str, names: Names, edge: dict[str, Any]
) -> tuple[list[Box], list[float]]:
    """A day in the field: one line a stop; day, team, partner and signature beside them."""
    route, leads = team.route, team.seats.lead == officer
    other = team.seats.second if leads else team.seats.lead
    way = f"{day_name(route.day)}\n{clock(route.depart_minute)} 出\n{clock(route.return_minute)} 回"
    lines = [stop_line(stop, names) for stop in route.stops]
    heights = [height_of(max(map(lines_in, line, WIDTHS[3:7], [SIZE] * 4)), SIZE) for line in lines]
    tall = [way, f"{team.name}\n{ROLES[leads]}", names.officer(other), None]
    need = max(
        height_of(lines_in(t, w, SIZE), SIZE) for t, w in zip(tall[:3], WIDTHS, strict=False) if t
    )
    if (short := need - sum(heights)) > 0:
        heights = [high + short / len(heights) for high in heights]
    cell = look(border=THIN)
    strong = cell | {"bold": True, "align": "center", "bg_color": LEADS if leads else SOFT} | edge
    boxes = [
        Box(row, column, text, strong if text else cell | edge, rows=len(lines))
        for column, text in zip((0, 1, 2, 7), tall, strict=True)
    ]
    for number, line in enumerate(lines):
        top = edge if number == 0 else {}
        boxes += [
            Box(row + number, column, text, cell | top) for column, text in enumerate(line, start=3)
        ]
    return boxes, heights


def stop_line(stop: Stop, names: Names) -> tuple[str, str, str, str]:
    """Time, name with what comes along, address, sector and kind."""
    firm = names.firms[stop.enterprise_id]
    joint = together(stop.items)
    return (
        f"{clock(stop.start_minute)}–\n{clock(stop.end_minute)}",
        str(firm["name"]) + (f"\n综合查一次：{joint}" if joint else ""),
        str(firm["address"] or firm["township"] or "")
        if stop.mode == "on_site"
        else f"驻地（{DESKS[stop.mode]}）",
        f"{sector_name(stop.sector, names.policy)}\n{KINDS[stop.kind]}",
    )


def foot(officer: str, teams: Sequence[Team]) -> list[str]:
    """Totals, the rules of the road, and where to sign."""
    leads = sum(team.seats.lead == officer for team in teams)
    stops = sum(len(team.route.stops) for team in teams)
    out = sum(team.route.return_minute - team.route.depart_minute for team in teams)
    road = sum(team.route.travel_minutes for team in teams)
    total = (
        f"合计：外勤 {len(teams)} 天（任组长 {leads} 天、检查人员 {len(teams) - leads} 天），检查 {stops} 家，"
        f"在外 {hours(out)}，其中路上 {hours(road)}。"
        if teams
        else "本月没有外勤。"
    )
    return [
        "",
        total,
        LAWFUL,
        *joint_note(tuple(teams)),
        "",
        "本人签收：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿",
    ]


def hours(minutes: int) -> str:
    """
    >>> hours(150), hours(45)
    ('2 小时 30 分', '45 分')
    """
    whole, rest = divmod(minutes, HOUR)
    return " ".join(
        ([f"{whole} 小时"] if whole else []) + ([f"{rest} 分"] if rest or not whole else [])
    )
