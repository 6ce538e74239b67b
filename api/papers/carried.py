"""What has already been typed into a form that is printed anew?

A repair adds and drops visits while people are filling in the results. The new form has the lines
of the month as it stands; whatever somebody has typed into the old one stands in it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineWorkbook

from api.papers.sheets import Cell, Formula, Sheet

SHEET = "结果公示表"
TASK, FIRM, RESULT, DAY = "任务编号", "统一社会信用代码", "检查结果", "检查日期"
TYPED = (RESULT, "处理情况", "公示日期", "完结日期")
Line = Mapping[str, Cell]


def lines_typed(path: Path) -> list[Line] | None:
    """The lines of the form in a file, by column; None where it is no such form any more."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            if SHEET not in book.sheet_names:
                return None
            rows = book.get_sheet_by_name(SHEET).to_python()
    except (CalamineError, BadZipFile):
        return None
    titles = [str(title) for title in rows[1]] if len(rows) > 1 else []
    if not {TASK, FIRM, DAY, *TYPED} <= set(titles):
        return None
    lines = [dict(zip(titles, map(cell_of, row), strict=True)) for row in rows[2:]]
    return [line for line in lines if line[FIRM]]


def cell_of(value: object) -> Cell:
    """A cell as it was read, in the kinds that are written.

    >>> cell_of(250000000.0), cell_of(""), cell_of("已改正")
    (250000000, None, '已改正')
    """
    match value:
        case "" | None:
            return None
        case dt.datetime():
            return value.date()
        case dt.date() | str():
            return value
        case float() if value.is_integer():
            return int(value)
    return str(value)


def carried(form: Sheet, lines: Sequence[Line], month: dt.date) -> Sheet:
    """The form with what was typed into the one before.

    A line that somebody added by hand, without the number of a task, is taken for that of its
    enterprise where there is one. Lines that were filled in stay, also without a visit any more.
    """
    place = form.columns.index(TASK)
    planned = {row[place] for row in form.rows}
    filled: dict[Cell, Line] = {}
    beside = []
    for line in lines:
        task = line[TASK] or f"{month:%Y-%m}-{line[FIRM]}"
        if task in planned and task not in filled:
            filled[task] = line
        elif any(line[title] for title in TYPED):
            beside.append(line)
    rows = [merged(form.columns, row, filled.get(row[place], {})) for row in form.rows]
    rows += [kept(form, line) for line in beside]
    return replace(form, rows=tuple((n, *row[1:]) for n, row in enumerate(rows, start=1)))


def merged(columns: Sequence[str], row: Sequence[Cell], line: Line) -> tuple[Cell, ...]:
    """A planned line with the cells that were typed; of a visit that was made the day, too."""
    typed = (*TYPED, DAY) if line.get(RESULT) else TYPED
    return tuple(
        (line.get(title) or cell) if title in typed else cell
        for title, cell in zip(columns, row, strict=True)
    )


def kept(form: Sheet, line: Line) -> tuple[Cell, ...]:
    """A line as it was, with the formulas of the form."""
    first = form.rows[0] if form.rows else (None,) * len(form.columns)
    return tuple(
        cell if isinstance(cell, Formula) else line.get(title)
        for title, cell in zip(form.columns, first, strict=True)
    )
