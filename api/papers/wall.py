"""Which poster tells the squad its month: the teams of every working day, week by week?

A block is one team on one day: who, where, and its stops in order. Letters are as large as the month
allows: all weeks on one sheet of A3 where they fit, else a week or two on each.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.papers.grid import A3, Box, Page, clipped, height_of, lines_in, room_on
from api.papers.month import month_name, sector_name
from api.papers.tasks import WEEKDAYS, Names, Team, weekday
from api.papers.wall_words import (
    OTHER,
    Month,
    marks_of,
    month_of,
    numeral,
    people_line,
    stop_line,
    totals_of,
    way_line,
)
from scheduler.roster.documents import Routes

FACE = "黑体"
INK, HEAD, GREY, PALE, OFF = "#1F2933", "#24425F", "#5A6672", "#EEF2F6", "#F1F1F1"
HEAVY, MEDIUM, THIN, FINE = 5, 2, 1, 7
LEGIBLE = (20.0, 18.5, 17.0, 16.0, 15.0, 14.0, 13.0, 12.0)
"""Sizes of the letters of a stop that can be read from two metres, one week above the other."""
DENSE = ((2, 12.0), (2, 10.5), (1, 10.5), (2, 9.0))
"""(weeks side by side, size) for months in which a week takes more than one sheet of paper."""
TEAM_WIDTH, GAP, EMPTY = 3.6, 7.0, 16.0
"""Width of the first column in sizes of letters; height of what parts two weeks, of a week without a team."""
MOST_LINES = 3
UNNAMED = "检查人员由公开摇号产生，封存到当天各组出发；出发以后由队里填写或重新打印，不得提前填写。"


@dataclass(frozen=True, slots=True)
class Week:
    """Its number in the month, and every weekday on which the squad works in some week of it."""

    number: int
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows that stay together on paper; the rows of its boxes count from its first."""

    heights: tuple[float, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """One week, or two side by side: a head, and a strip for each number of a team."""

    head: Strip
    head_again: Strip
    teams: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """Widths of the columns and the size of the letters of a stop, in points."""

    widths: tuple[float, ...]
    size: float

    @property
    def day(self) -> float:
        """Width of a day."""
        return self.widths[-1]


def wall_page(
    routes: Routes,
    teams: tuple[Team, ...],
    names: Names,
    *,
    opened: frozenset[dt.date],
    heading: str = "外勤排班",
    notes: Sequence[str] = (),
) -> Page:
    """The poster: on as few sheets of paper as legible letters allow, and as large as these allow."""
    month = month_of(routes, teams, names, opened)
    weeks = weeks_of(routes.days)
    title = f"{month_name(routes.month)}{heading}"

    def pages(layouts: Iterable[tuple[int, float]]) -> list[Page]:
        return [laid_out(month, weeks, across, size, title, notes) for across, size in layouts]

    def sheets(page: Page) -> int:
        return len(page.breaks)

    best = min(pages((1, size) for size in LEGIBLE), key=sheets)
    if sheets(best) > len(weeks):
        best = min([best, *pages(DENSE)], key=sheets)
    return best


# ── weeks ────────────────────────────────────────────────────────────────────────────────


def weeks_of(days: Sequence[dt.date]) -> tuple[Week, ...]:
    """The weeks, Monday first, in which there are workdays.

    Each shows the weekdays that are a workday in some week: no room for weekends, but for make-up
    days.

    >>> [(w.number, len(w.days)) for w in weeks_of([dt.date(2026, 12, 1), dt.date(2026, 12, 7)])]
    [(1, 2), (2, 2)]
    """
    weekdays = sorted({day.weekday() for day in days})
    mondays = sorted({day - dt.timedelta(day.weekday()) for day in days})
    first = min(days, default=dt.date.min).replace(day=1)
    return tuple(
        Week(
            (monday - first + dt.timedelta(first.weekday())).days // 7 + 1,
            tuple(monday + dt.timedelta(one) for one in weekdays),
        )
        for monday in mondays
    )


def laid_out(
    month: Month,
    weeks: Sequence[Week],
    across: int,
    size: float,
    heading: str,
    notes: Sequence[str],
) -> Page:
    """The poster in one layout: so many weeks side by side, letters of this size."""
    width, height = room_on(A3)
    columns = across * (len(weeks[0].days) if weeks else len(WEEKDAYS) - 2)
    first = size * TEAM_WIDTH
    face = Face((first, *[(width - first) / columns] * columns), size)
    top = top_strip(heading, month, face)
    bands = [band_of(weeks[n : n + across], month, face) for n in range(0, len(weeks), across)]
    foot = foot_strip([*marks_of(month), *notes, *totals_of(month)], face)
    sheets = on_sheets(bands, foot, height - sum(top.heights))
    boxes, heights, breaks = list(top.boxes), list(top.heights), []
    for number, strips in enumerate(sheets):
        if number:
            breaks.append(len(heights))
        for strip in strips:
            boxes += [replace(box, row=box.row + len(heights)) for box in strip.boxes]
            heights += strip.heights
    return Page(
        "排班墙", tuple(boxes), face.widths, tuple(heights), paper=A3, breaks=tuple(breaks),
        repeated=(0, len(top.heights) - 1), frozen=(0, 1), zoom=75,
    )  # fmt: skip


def on_sheets(bands: Sequence[Band], foot: Strip, room: float) -> list[list[Strip]]:
    """Which strips go on which sheet of paper; a week that is too high goes on, under its head."""
    sheets: list[list[Strip]] = [[]]

    def left() -> float:
        return room - sum(sum(strip.heights) for strip in sheets[-1])

    for band in bands:
        whole = sum(sum(strip.heights) for strip in (band.head, *band.teams))
        least = sum(sum(strip.heights) for strip in (band.head, *band.teams[:1]))
        if sheets[-1] and left() < (whole if whole <= room else least):
            sheets.append([])
        sheets[-1].append(band.head)
        for number, strip in enumerate(band.teams):
            if number and sum(strip.heights) > left():
                sheets.append([band.head_again])
            sheets[-1].append(strip)
    if sheets[-1] and sum(foot.heights) > left():
        sheets.append([])
    sheets[-1].append(foot)
    return sheets


# ── strips ───────────────────────────────────────────────────────────────────────────────


def look(size: float, **more: Any) -> dict[str, Any]:
    """How letters look on the poster."""
    return {"font_name": FACE, "font_size": round(size, 1), "font_color": INK, **more}


def top_strip(heading: str, month: Month, face: Face) -> Strip:
    """What stands on every sheet: the month, and which colour is which sector."""
    columns = len(face.widths)
    title = look(28, bold=True, align="center")
    boxes, heights = [Box(0, 0, heading, title, columns=columns)], [44.0]
    size = min(face.size * 0.85, 13)
    for number, (sector, colour) in enumerate(month.colours.items()):
        row, column = divmod(number, columns - 1)
        text = clipped(sector_name(sector, month.names.policy), face.day, size, 1)
        fill = look(size, bg_color=colour, border=THIN, border_color=OTHER, align="center")
        boxes.append(Box(row + 1, column + 1, text, fill))
        if row + 1 == len(heights):
            heights.append(height_of(1, size))
            boxes.append(Box(row + 1, 0, "行业" if row == 0 else None, look(size, align="center")))
    return Strip(tuple(heights), tuple(boxes))


def band_of(weeks: Sequence[Week], month: Month, face: Face) -> Band:
    """One week, or two side by side."""
    teams: dict[int, dict[dt.date, Team]] = defaultdict(dict)
    days = [day for week in weeks for day in week.days]
    for team in month.teams:
        if team.route.day in days:
            teams[team.number][team.route.day] = team
    firsts = {week.days[0] for week in weeks}
    rows = [
        team_strip(number, teams[number], days, firsts, month, face) for number in sorted(teams)
    ]
    return Band(
        head_strip(weeks, month, face, ""),
        head_strip(weeks, month, face, "续"),
        tuple(rows) or (empty_strip(days, firsts, month, face),),
    )


def side(day: dt.date, firsts: set[dt.date]) -> dict[str, int]:
    """A week begins behind a heavier line."""
    return {"left": HEAVY if day in firsts else THIN, "right": THIN}


def head_strip(weeks: Sequence[Week], month: Month, face: Face, more: str) -> Strip:
    """The days of a week in large letters."""
    size = face.size * 1.2
    numbers = "–".join(str(week.number) for week in weeks)
    dark = look(size, bold=True, align="center", bg_color=HEAD, top=HEAVY, bottom=THIN) | {
        "font_color": "#FFFFFF"
    }
    corner = f"第{numbers}周" + (f"\n{more}" if more else "")
    boxes = [Box(1, 0, corner, dark | {"font_size": round(face.size * 0.9, 1)})]
    column = 0
    for week in weeks:
        for day in week.days:
            column += 1
            edges = {"left": HEAVY if day == week.days[0] else THIN, "left_color": "#FFFFFF"}
            text = f"{day.day}日 周{weekday(day)}" if day.month == month.routes.month.month else ""
            off = {} if day in month.routes.days else {"bg_color": "#8A97A5"}
            boxes.append(Box(1, column, text, dark | edges | off))
    return Strip((GAP, height_of(2 if more else 1, size)), tuple(boxes))


def empty_strip(days: Sequence[dt.date], firsts: set[dt.date], month: Month, face: Face) -> Strip:
    """A week in which nobody goes out."""
    size = face.size * 0.8
    boxes = [Box(0, 0, "—", look(size, align="center", bg_color=PALE, border=THIN))]
    boxes += [
        Box(
            0,
            column,
            None,
            look(size, top=THIN, bottom=MEDIUM, bg_color=ground(day, month)) | side(day, firsts),
        )
        for column, day in enumerate(days, start=1)
    ]
    return Strip((EMPTY,), tuple(boxes))


def ground(day: dt.date, month: Month) -> str:
    """White where the squad works, grey where it does not."""
    return "#FFFFFF" if day in month.routes.days else OFF


def team_strip(
    number: int,
    of_day: Mapping[dt.date, Team],
    days: Sequence[dt.date],
    firsts: set[dt.date],
    month: Month,
    face: Face,
) -> Strip:
    """What the first, second, … team of each day does: its people, its way, its stops."""
    texts = {day: block_of(team, month, face) for day, team in of_day.items()}
    depth = max(map(len, texts.values()))
    heights = tuple(
        max(
            height_of(lines_in(block[line].text, face.day, block[line].size), block[line].size)
            for block in texts.values()
            if line < len(block)
        )
        for line in range(depth)
    )
    label = look(face.size * 1.15, bold=True, align="center", bg_color=PALE, border=MEDIUM)
    boxes = [Box(0, 0, f"{numeral(number)}组", label, rows=depth)]
    for column, day in enumerate(days, start=1):
        edges, block = side(day, firsts), texts.get(day, ())
        for line, text in enumerate(block):
            edge: dict[str, Any] = {"top": MEDIUM} if line == 0 else {}
            if line > 2:
                edge = {"top": FINE, "top_color": GREY}
            edge |= {"bottom": MEDIUM} if line == depth - 1 else {}
            boxes.append(Box(line, column, text.text, text.look | edges | edge))
        if len(block) < depth:
            blank = look(
                face.size, top=THIN if block else MEDIUM, bottom=MEDIUM, bg_color=ground(day, month)
            )
            boxes.append(Box(len(block), column, None, blank | edges, rows=depth - len(block)))
    return Strip(heights, tuple(boxes))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block."""

    text: str
    size: float
    look: dict[str, Any]


def block_of(team: Team, month: Month, face: Face) -> tuple[Line, ...]:
    """The lines of one team on one day."""
    big, small = face.size * 1.1, face.size * 0.78
    people, way = people_line(team, month), way_line(team, month)
    is_named = team.route.day in month.opened
    lines = [
        Line(
            people,
            big,
            look(big, bold=is_named, bg_color=PALE) | ({} if is_named else {"font_color": GREY}),
        ),
        Line(
            clipped(way, face.day, small, 2),
            small,
            look(small, bg_color=PALE) | {"font_color": GREY},
        ),
    ]
    for stop in team.route.stops:
        text = clipped(stop_line(stop, month), face.day, face.size, MOST_LINES)
        lines.append(Line(text, face.size, look(face.size, bg_color=month.colours[stop.sector])))
    return tuple(lines)


def foot_strip(notes: Sequence[str], face: Face) -> Strip:
    """The lines below, across the whole width."""
    size = max(face.size * 0.8, 11)
    wide = sum(face.widths)
    boxes = [
        Box(n, 0, note, look(size, align="left"), columns=len(face.widths))
        for n, note in enumerate(notes, start=1)
    ]
    return Strip(
        (GAP, *(height_of(lines_in(note, wide, size), size) for note in notes)), tuple(boxes)
    )
