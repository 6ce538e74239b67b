"""How does a table become a spreadsheet that prints well, in Chinese?"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

Cell = str | int | dt.date | None
WIDEST = 44
DATE_WIDTH = 12


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a name for the tab, a heading, column titles, rows, notes below.

    choices
        Column title → the words a person may fill in there (a drop-down list).
    """

    name: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] | None = None


def shown_width(text: str) -> int:
    """Columns a text takes in a spreadsheet: a Chinese character takes two.

    xlsxwriter's own ``autofit`` is too narrow for Chinese.

    >>> shown_width("危货A")
    5
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_width(title: str, cells: Iterable[Cell]) -> int:
    """Width that shows the title and the cells, up to `WIDEST`; longer cells wrap."""
    widths = [shown_width(title)]
    widths += [
        DATE_WIDTH if isinstance(cell, dt.date) else max(map(shown_width, str(cell).split("\n")))
        for cell in cells
        if cell not in (None, "")
    ]
    return min(max(widths) + 2, WIDEST)


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> Path:
    """Write the sheets to one file: A4 landscape, repeated header, frozen panes, borders."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        heading = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        title = book.add_format(
            {
                "bold": True,
                "border": 1,
                "bg_color": "#E8EEF4",
                "text_wrap": True,
                "valign": "vcenter",
            }
        )
        look = {"border": 1, "text_wrap": True, "valign": "top"}
        text = book.add_format(look)
        day = book.add_format({**look, "num_format": "yyyy-mm-dd"})
        note = book.add_format({"italic": True, "font_color": "#555555"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.set_landscape()
            page.set_paper(9)
            page.fit_to_pages(1, 0)
            page.repeat_rows(0, 1)
            page.freeze_panes(2, 0)
            last = max(len(sheet.columns) - 1, 1)
            page.merge_range(0, 0, 0, last, sheet.heading, heading)
            for column, name in enumerate(sheet.columns):
                cells = [row[column] for row in sheet.rows]
                page.set_column(column, column, column_width(name, cells))
                page.write_string(1, column, name, title)
                for line, cell in enumerate(cells, start=2):
                    write_cell(page, line, column, cell, text, day)
                if sheet.rows and (words := (sheet.choices or {}).get(name)):
                    page.data_validation(
                        2,
                        column,
                        len(sheet.rows) + 1,
                        column,
                        {"validate": "list", "source": list(words)},
                    )
            if sheet.rows:
                page.autofilter(1, 0, len(sheet.rows) + 1, len(sheet.columns) - 1)
            for line, words_below in enumerate(sheet.notes, start=len(sheet.rows) + 3):
                page.write_string(line, 0, words_below, note)
    return path


def write_cell(
    page: xlsxwriter.worksheet.Worksheet,
    line: int,
    column: int,
    cell: Cell,
    text: xlsxwriter.format.Format,
    day: xlsxwriter.format.Format,
) -> None:
    """Numbers as numbers, dates as dates, everything else as text that cannot run as a formula."""
    if cell is None:
        page.write_blank(line, column, None, text)
    elif isinstance(cell, dt.date):
        page.write_datetime(line, column, cell, day)
    elif isinstance(cell, int):
        page.write_number(line, column, cell, text)
    else:
        page.write_string(line, column, cell, text)
