"""How does a table become a spreadsheet that prints well, in Chinese?"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

FONT = "宋体"
WIDEST, WIDEST_HEAD, CENTRED_UP_TO = 36, 10, 14
DATE_WIDTH, PERCENT_WIDTH = 10, 7
LINE_HEIGHT, ROW_PADDING = 13.5, 4.5
FIRST_LINE = 2
"""Rows of a sheet start below the heading and the column titles."""
A4 = 9
SIDE_MARGIN = 0.4
LONG, UPRIGHT_WIDTH = 40, 120
"""A table of more rows than this, and no wider, stands upright on its paper."""
BAR = "#9DC3E6"
FOOTER = "&C第 &P 页，共 &N 页"


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that keeps computing while a person fills in the others.

    text
        ``[title]`` stands for the cell of that column in the same row, ``[title:]`` for the cells
        of that column above it.
    value
        What it gives as the sheet is written; readers that do not compute show this.
    """

    text: str
    value: int | float | str = 0
    is_percent: bool = False


Cell = str | int | dt.date | Formula | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a name for the tab, a heading, column titles, rows, notes below.

    choices
        Column title → the words a person may fill in there (a drop-down list).
    dates
        Columns in which a person fills in a day.
    group
        Column title: a heavier line is drawn where its cells change.
    pages_by
        Column title: a new page begins where its cells change.
    printed
        Number of columns that go to paper; 0 means all of them.
    frozen
        Number of columns that stay in sight on a screen.
    roomy
        Columns in which a person writes sentences: as wide as a column can be, on higher rows.
    tints
        (row, column), both from 0 → colour of that cell's ground, as "#RRGGBB".
    parted
        Columns that begin behind a heavier line.
    bars
        Columns of numbers that also show as bars, to compare them at a glance; all but the last row,
        which sums up.
    """

    name: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    group: str | None = None
    pages_by: str | None = None
    printed: int = 0
    frozen: int = 0
    roomy: tuple[str, ...] = ()
    tints: Mapping[tuple[int, int], str] = field(default_factory=dict)
    parted: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()

    def column(self, title: str) -> list[Cell]:
        """The cells under a title."""
        place = self.columns.index(title)
        return [row[place] for row in self.rows]


# ── how wide, how high ───────────────────────────────────────────────────────────────────


def shown_width(text: str) -> int:
    """Columns a text takes in a spreadsheet: a Chinese character takes two.

    xlsxwriter's own ``autofit`` is too narrow for Chinese.

    >>> shown_width("危货A")
    5
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def cell_width(cell: Cell) -> int:
    """Columns a cell takes on its longest line."""
    match cell:
        case None:
            return 0
        case dt.date():
            return DATE_WIDTH
        case Formula(is_percent=True):
            return PERCENT_WIDTH
        case Formula(value=value):
            return shown_width(str(value))
        case _:
            return max(map(shown_width, str(cell).split("\n")))


def column_width(title: str, cells: Iterable[Cell]) -> int:
    """Width that shows the cells, up to `WIDEST`; longer cells, and titles, wrap."""
    head = min(max(map(shown_width, title.split("\n"))), WIDEST_HEAD)
    return min(max([head, *map(cell_width, cells)]) + 2, WIDEST)


def lines_of(cell: Cell, width: int) -> int:
    """Lines a cell takes when it wraps at `width`.

    >>> lines_of("未发现开展本次抽查涉及的经营活动", 12)
    4
    """
    if not isinstance(cell, str):
        return 1
    # a Chinese character never stands half in a line, so a line holds an even number of columns
    room = max((width - 1) // 2 * 2, 2)
    return sum(max(1, -(-shown_width(part) // room)) for part in cell.split("\n"))


def row_height(cells: Sequence[Cell], widths: Sequence[int]) -> float:
    """Height in points that shows every cell whole; not every program finds it by itself."""
    lines = max(lines_of(cell, width) for cell, width in zip(cells, widths, strict=True))
    return lines * LINE_HEIGHT + ROW_PADDING


def begins(sheet: Sheet, title: str | None) -> set[int]:
    """Row numbers, from 0, at which the cells under `title` change; the first row is not one."""
    if title is None:
        return set()
    cells = sheet.column(title)
    return {n for n in range(1, len(cells)) if cells[n] != cells[n - 1]}


# ── writing ──────────────────────────────────────────────────────────────────────────────


class Looks:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(self, **look: Any) -> Any:
        """The format with these properties."""
        key = tuple(sorted(look.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(
                {"font_name": FONT, "font_size": 10, "valign": "vcenter", **look}
            )
        return self.made[key]

    @property
    def heading(self) -> Any:
        """The line above the table."""
        return self.of(bold=True, font_size=15, align="center")

    @property
    def title(self) -> Any:
        """The titles of the columns."""
        return self.of(bold=True, border=1, bg_color="#E8EEF4", text_wrap=True, align="center")

    @property
    def note(self) -> Any:
        """The lines below the table."""
        return self.of(font_size=9, font_color="#444444", text_wrap=True, align="left")

    def cell(
        self,
        cell: Cell,
        *,
        is_day: bool,
        is_centred: bool,
        edges: tuple[bool, bool, bool],
        tint: str | None = None,
    ) -> Any:
        """One cell of the table; `edges` draw the heavier line above, below and left of it."""
        look: dict[str, Any] = {"border": 1, "text_wrap": True}
        look["align"] = "center" if is_centred else "left"
        if is_day:
            look["num_format"] = "yyyy-mm-dd"
        elif isinstance(cell, Formula) and cell.is_percent:
            look["num_format"] = "0.00%"
        sides = zip(("top", "bottom", "left"), edges, strict=True)
        look |= {side: 2 for side, is_heavy in sides if is_heavy}
        if tint:
            look["bg_color"] = tint
        return self.of(**look)


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> Path:
    """Write the sheets to one file: A4, repeated titles, frozen panes, borders."""
    with xlsxwriter.Workbook(str(path)) as book:
        looks = Looks(book)
        for sheet in sheets:
            write_sheet(book.add_worksheet(sheet.name[:31]), sheet, looks)
    return path


def write_sheet(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, looks: Looks) -> None:
    """Heading, titles, rows, notes, and how they go to paper."""
    columns = [[row[place] for row in sheet.rows] for place in range(len(sheet.columns))]
    widths = [
        WIDEST if title in sheet.roomy else column_width(title, cells)
        for title, cells in zip(sheet.columns, columns, strict=True)
    ]
    centred = [
        all(cell_width(cell) <= CENTRED_UP_TO for cell in cells) for cells in columns
    ]  # fmt: skip
    # heading and notes stay on what goes to paper
    last = max((sheet.printed or len(sheet.columns)) - 1, 1)
    page.merge_range(0, 0, 0, last, sheet.heading, looks.heading)
    page.set_row(0, 30)
    page.set_row(1, row_height(sheet.columns, widths))
    for place, (title, width) in enumerate(zip(sheet.columns, widths, strict=True)):
        page.set_column(place, place, width)
        page.write_string(1, place, title, looks.title)
    firsts = begins(sheet, sheet.group)
    lasts = {number - 1 for number in firsts}
    for number, row in enumerate(sheet.rows):
        line = number + FIRST_LINE
        page.set_row(line, row_height(row, widths) + (LINE_HEIGHT if sheet.roomy else 0))
        for place, cell in enumerate(row):
            look = looks.cell(
                cell,
                is_day=isinstance(cell, dt.date) or sheet.columns[place] in sheet.dates,
                is_centred=centred[place],
                edges=(number in firsts, number in lasts, sheet.columns[place] in sheet.parted),
                tint=sheet.tints.get((number, place)),
            )
            write_cell(page, line, place, cell, sheet, look)
    write_choices(page, sheet)
    write_bars(page, sheet)
    write_notes(page, sheet, sum(widths[: last + 1]), last, looks)
    set_paper(page, sheet, widths)


def write_cell(
    page: xlsxwriter.worksheet.Worksheet,
    line: int,
    place: int,
    cell: Cell,
    sheet: Sheet,
    look: Any,
) -> None:
    """Numbers as numbers, dates as dates; text stays text even if it looks like a formula."""
    match cell:
        case None:
            page.write_blank(line, place, None, look)
        case Formula():
            text = "=" + placed(cell.text, sheet.columns, line)
            page.write_formula(line, place, text, look, cell.value)
        case dt.date():
            page.write_datetime(line, place, cell, look)
        case int():
            page.write_number(line, place, cell, look)
        case str():
            page.write_string(line, place, cell, look)


def placed(text: str, columns: Sequence[str], line: int) -> str:
    """A formula with addresses in place of the titles.

    >>> placed("IF([户数]=0,0,[公示]/[户数])", ("户数", "公示"), 2)
    'IF(A3=0,0,B3/A3)'
    >>> placed("SUM([户数:])", ("户数", "公示"), 5)
    'SUM(A3:A5)'
    """

    def address(found: re.Match[str]) -> str:
        place = columns.index(found["title"])
        if found["above"]:
            first, last = (xl_rowcol_to_cell(n, place) for n in (FIRST_LINE, line - 1))
            return f"{first}:{last}"
        return str(xl_rowcol_to_cell(line, place))

    return re.sub(r"\[(?P<title>[^\[\]:]+)(?P<above>:?)\]", address, text)


def range_of(sheet: Sheet, title: str) -> str:
    """The cells under a title, as a formula on another sheet of the workbook names them."""
    place = sheet.columns.index(title)
    last = max(FIRST_LINE, FIRST_LINE + len(sheet.rows) - 1)
    first, end = (xl_rowcol_to_cell(n, place, True, True) for n in (FIRST_LINE, last))
    return f"'{sheet.name}'!{first}:{end}"


def write_choices(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet) -> None:
    """Drop-down lists and date fields, where a person fills in the form."""
    if not sheet.rows:
        return
    last = FIRST_LINE + len(sheet.rows) - 1
    rules: dict[str, dict[str, Any]] = {
        title: {"validate": "list", "source": list(w)} for title, w in sheet.choices.items()
    }
    for title in sheet.dates:
        rules[title] = {
            "validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1),
            "error_title": "日期", "error_message": "请写日期，如 2026-12-01",
        }  # fmt: skip
    for title, rule in rules.items():
        place = sheet.columns.index(title)
        page.data_validation(FIRST_LINE, place, last, place, rule)


def write_bars(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet) -> None:
    """Bars in the cells of some columns, from zero."""
    last = FIRST_LINE + len(sheet.rows) - 2
    for title in sheet.bars if last >= FIRST_LINE else ():
        place = sheet.columns.index(title)
        look = {
            "type": "data_bar",
            "bar_color": BAR,
            "bar_solid": True,
            "min_type": "num",
            "min_value": 0,
        }
        page.conditional_format(FIRST_LINE, place, last, place, look)


def write_notes(
    page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, room: int, last: int, looks: Looks
) -> None:
    """The notes below the table, across its whole width."""
    for line, note in enumerate(sheet.notes, start=FIRST_LINE + len(sheet.rows) + 1):
        page.merge_range(line, 0, line, last, note, looks.note)
        page.set_row(line, lines_of(note, room) * LINE_HEIGHT + ROW_PADDING)


def set_paper(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, widths: Sequence[int]) -> None:
    """A4, page numbers, titles on every page, pages of their own where asked for."""
    if len(sheet.rows) <= LONG or sum(widths) > UPRIGHT_WIDTH:
        page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=SIDE_MARGIN, right=SIDE_MARGIN, top=0.5, bottom=0.6)
    page.center_horizontally()
    page.set_footer(FOOTER)
    page.repeat_rows(0, 1)
    page.freeze_panes(FIRST_LINE, sheet.frozen)
    if sheet.printed:
        foot = FIRST_LINE + len(sheet.rows) + len(sheet.notes)
        page.print_area(0, 0, foot, sheet.printed - 1)
    if sheet.rows:
        page.autofilter(1, 0, FIRST_LINE + len(sheet.rows) - 1, len(sheet.columns) - 1)
    page.fit_to_pages(1, 0)
    page.set_h_pagebreaks(sorted(n + FIRST_LINE for n in begins(sheet, sheet.pages_by)))
