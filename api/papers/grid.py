"""How does a page that is laid out box by box become a spreadsheet that fits its paper?

A `sheets.Sheet` is a table; a page is a poster or a form: boxes that span rows and columns, colours,
letters of several sizes. Widths, heights and sizes are in points of the printed page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from api.papers.sheets import A4, FOOTER, SIDE_MARGIN, Looks, Sheet, shown_width, write_sheet

A3 = 8
INCH = 72
TOP_MARGIN, BOTTOM_MARGIN = 0.4, 0.5
SIZES = {A4: (595, 842), A3: (842, 1191)}
SLACK = 0.97
"""Programs round widths and heights each in their own way; this much of the paper is used."""
COLUMN, COLUMN_EDGE = 5.25, 3.75
"""Points of one character of a column's width, and of its edges."""
LEADING, CELL_PADDING = 1.32, 5.0
"""Height of a line in sizes of its letters; points around the text of a box."""
UNBROKEN = re.compile(r"[A-Za-z0-9.:–-]+|.")
"""What stays on one line: a word or a time, else each character for itself."""


@dataclass(frozen=True, slots=True)
class Box:
    """A text in its place. `look` is what xlsxwriter calls the properties of a format."""

    row: int
    column: int
    text: str | int | None
    look: Mapping[str, Any]
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet made of boxes.

    breaks
        Rows at which a new page of paper begins.
    repeated
        First and last row that stand on every page of paper.
    frozen
        Rows and columns that stay in sight on a screen.
    zoom
        Percent, on a screen.
    """

    name: str
    boxes: tuple[Box, ...]
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    paper: int = A4
    is_upright: bool = False
    breaks: tuple[int, ...] = ()
    repeated: tuple[int, int] | None = None
    frozen: tuple[int, int] = (0, 0)
    zoom: int = 100


# ── how much room there is, and how much a text takes ────────────────────────────────────


def room_on(paper: int, *, is_upright: bool = False) -> tuple[float, float]:
    """Width and height of what can be printed, in points.

    >>> [round(size) for size in room_on(A3)]
    [1099, 754]
    """
    across, down = SIZES[paper] if is_upright else SIZES[paper][::-1]
    return (
        (across - 2 * SIDE_MARGIN * INCH) * SLACK,
        (down - (TOP_MARGIN + BOTTOM_MARGIN) * INCH) * SLACK,
    )


def lines_in(text: str, width: float, size: float) -> int:
    """Lines a text takes in a box `width` points wide, in letters of `size` points.

    >>> lines_in("08:55 兴安镇危货运输部", 100, 10), lines_in("08:55 兴安镇危货运输部", 200, 10)
    (2, 1)
    """
    room = max((width - CELL_PADDING) * 2 / size * SLACK, 2)
    lines = 0
    for part in text.split("\n"):
        used, lines = 0, lines + 1
        for piece in UNBROKEN.findall(part):
            taken = shown_width(piece)
            if used and used + taken > room:
                used, lines = 0, lines + 1
            used += taken
            if used > room:
                more = math.ceil(used / room) - 1
                used, lines = used - int(more * room), lines + more
    return lines


def height_of(lines: int, size: float) -> float:
    """Height in points of a box with so many lines."""
    return round(lines * size * LEADING + CELL_PADDING, 1)


def clipped(text: str, width: float, size: float, most_lines: int) -> str:
    """A text cut to what fits, with … where something is missing.

    >>> clipped("很长很长很长很长的名字", 55, 10, 1)
    '很长很…'
    """
    if lines_in(text, width, size) <= most_lines:
        return text
    kept = text
    while kept and lines_in(kept + "…", width, size) > most_lines:
        kept = kept[:-1]
    return kept + "…"


# ── writing ──────────────────────────────────────────────────────────────────────────────


def write_pages(path: Path, pages: Iterable[Page | Sheet]) -> Path:
    """Write pages and tables to one file, in their order."""
    with xlsxwriter.Workbook(str(path)) as book:
        looks = Looks(book)
        for page in pages:
            tab = book.add_worksheet(page.name)
            match page:
                case Page():
                    write_page(tab, page, looks)
                case Sheet():
                    write_sheet(tab, page, looks)
    return path


def write_page(tab: xlsxwriter.worksheet.Worksheet, page: Page, looks: Looks) -> None:
    """The boxes, and how they go to paper."""
    for column, width in enumerate(page.widths):
        tab.set_column(column, column, (width - COLUMN_EDGE) / COLUMN)
    for row, height in enumerate(page.heights):
        tab.set_row(row, height)
    for box in page.boxes:
        write_box(tab, box, looks.of(text_wrap=True, **box.look))
    set_page(tab, page)


def write_box(tab: xlsxwriter.worksheet.Worksheet, box: Box, look: Any) -> None:
    """One box; a text stays a text even if it looks like a formula."""
    if box.rows > 1 or box.columns > 1:
        last_row, last_column = box.row + box.rows - 1, box.column + box.columns - 1
        tab.merge_range(box.row, box.column, last_row, last_column, "", look)
    match box.text:
        case None | "":
            tab.write_blank(box.row, box.column, None, look)
        case int():
            tab.write_number(box.row, box.column, box.text, look)
        case str():
            tab.write_string(box.row, box.column, box.text, look)


def set_page(tab: xlsxwriter.worksheet.Worksheet, page: Page) -> None:
    """Paper, margins, breaks; the widths are made to fit, a slightly wider program shrinks them."""
    tab.set_portrait() if page.is_upright else tab.set_landscape()
    tab.set_paper(page.paper)
    tab.set_margins(left=SIDE_MARGIN, right=SIDE_MARGIN, top=TOP_MARGIN, bottom=BOTTOM_MARGIN)
    tab.center_horizontally()
    tab.set_footer(FOOTER, {"margin": 0.2})
    tab.hide_gridlines(2)
    tab.set_zoom(page.zoom)
    tab.fit_to_pages(1, 0)
    tab.print_area(0, 0, max(len(page.heights), 1) - 1, max(len(page.widths), 1) - 1)
    tab.freeze_panes(*page.frozen)
    tab.set_h_pagebreaks(list(page.breaks))
    if page.repeated:
        tab.repeat_rows(*page.repeated)


# ── tabs ─────────────────────────────────────────────────────────────────────────────────

LONGEST_TAB, LONGEST_NUMBER = 31, 20
RESERVED = "history"


def tab_names(names: Sequence[tuple[str, str]], taken: Iterable[str] = ()) -> list[str]:
    """Names of tabs from (name, number) pairs: allowed in a spreadsheet, and each only once.

    Letters count alike in both cases, as spreadsheet programs compare them.

    >>> tab_names([("张伟", "01"), ("张伟", "02"), ("A/B", "03")])
    ['张伟（01）', '张伟（02）', 'A_B']
    """
    plain = [allowed(name) for name, _ in names]
    often = [one.casefold() for one in plain]
    used = {one.casefold() for one in taken} | {RESERVED, ""}
    made = []
    for tab, (_, number) in zip(plain, names, strict=True):
        chosen, tail, serial = tab, allowed(number)[:LONGEST_NUMBER], 1
        if often.count(tab.casefold()) > 1 or tab.casefold() in used:
            chosen = numbered_tab(tab, tail)
        while chosen.casefold() in used:
            serial += 1
            chosen = numbered_tab(tab, f"{tail}-{serial}")
        used.add(chosen.casefold())
        made.append(chosen)
    return made


def allowed(text: str) -> str:
    """A text without what the name of a tab may not hold.

    >>> allowed("'=[甲]*'")
    '=_甲__'
    """
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", text).strip("' ")[:LONGEST_TAB].rstrip("' ")


def numbered_tab(tab: str, number: str) -> str:
    """A name of a tab that ends in a number, whatever its length."""
    tail = f"（{number}）"
    return tab[: LONGEST_TAB - len(tail)] + tail
