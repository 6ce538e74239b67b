"""What did the person at the keyboard type? Text becomes values, or a sentence that says how."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Literal

import pyarrow as pa

from riskengine.errors import NotFound, RiskEngineError, Sentence
from riskengine.files import read_sheet
from scheduler.draw import Must

Lang = Literal["zh", "en"]
KINDS: dict[str, Literal["case", "special"]] = {
    "case": "case", "个案": "case", "special": "special", "专项": "special",
}  # fmt: skip
MUST_COLUMNS = 3
MATRIX = pa.schema([("from_id", pa.string()), ("to_id", pa.string()), ("minutes", pa.int64())])
MOST_OFFICERS = 1000


def day_of(text: str) -> dt.date:
    """A date as people type it.

    >>> day_of("2026-12-01")
    datetime.date(2026, 12, 1)
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RiskEngineError("day_unreadable", text=text) from None


def month_of(text: str) -> dt.date:
    """The first day of a month as people type it.

    >>> month_of("2026-12")
    datetime.date(2026, 12, 1)
    """
    try:
        return dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise RiskEngineError("month_unreadable", text=text) from None


def numbers_of(text: str) -> tuple[int, ...]:
    """Numbers of officers, separated by commas of either width.

    >>> numbers_of("6，8,10")
    (6, 8, 10)
    """
    try:
        numbers = tuple(int(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise RiskEngineError("numbers_unreadable", text=text) from None
    if not all(1 <= number <= MOST_OFFICERS for number in numbers):
        raise RiskEngineError("numbers_unreadable", text=text)
    return numbers


def file_of(path: Path) -> Path:
    """A file that is there."""
    if not path.is_file():
        raise NotFound("file_missing", name=str(path))
    return path


def must_from(path: Path | None) -> tuple[Must, ...]:
    """Visits outside the draw, from a table with enterprise, kind (case or special) and reason."""
    if path is None:
        return ()
    sheet = read_sheet(file_of(path), lambda header: len(header) >= MUST_COLUMNS)
    visits = []
    for number, line in enumerate(sheet.lines):
        cells = [cell.strip() for cell in sheet.row(number).values()]
        if len(cells) < MUST_COLUMNS or not all(cells[:MUST_COLUMNS]) or cells[1] not in KINDS:
            text = ",".join(cells)
            raise RiskEngineError("must_unreadable", file=path.name, row=line, text=text)
        reason = Sentence("must_stated", cells[2], cells[2])
        visits.append(Must(cells[0], KINDS[cells[1]], reason))
    return tuple(visits)


def matrix_from(path: Path | None) -> pa.Table | None:
    """Travel times from a table with the columns from_id, to_id and minutes."""
    if path is None:
        return None
    sheet = read_sheet(file_of(path), lambda header: len(header) >= len(MATRIX.names))
    rows = []
    for number, line in enumerate(sheet.lines):
        cells = {name.strip(): cell.strip() for name, cell in sheet.row(number).items()}
        minutes = cells.get("minutes", "")
        if not (cells.get("from_id") and cells.get("to_id") and re.fullmatch(r"\d{1,4}", minutes)):
            text = ",".join(cells.values())
            raise RiskEngineError("matrix_unreadable", file=path.name, row=line, text=text)
        rows.append({**cells, "minutes": int(minutes)})
    return pa.Table.from_pylist(rows, MATRIX)
