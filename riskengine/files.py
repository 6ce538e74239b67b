"""What stands in one file, cell by cell, as text?

CSV in UTF-8, UTF-16 or GB18030, spreadsheets and Parquet all become a `Sheet`: columns of text, and
the line each row stands on. An empty cell is an empty text.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from riskengine.cells import clean
from riskengine.errors import BadRegister

TEXTS = frozenset({".csv", ".tsv"})
SPREADSHEETS = frozenset({".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
KINDS = TEXTS | SPREADSHEETS | {".parquet"}

TITLE_LINES = 20
"""The header is looked for among this many lines: exports begin with titles and dates."""
ROWS_AT_ONCE = 50_000
SEPARATORS = (",", "\t", ";")

IsHeader = Callable[[tuple[str, ...]], bool]
Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of text under a header.

    lines
        Line of the file on which each row begins.
    overlong
        Rows with more cells than the header: line → cells. They are not in `columns`.
    """

    file: str
    header: tuple[str, ...]
    columns: dict[str, pa.ChunkedArray]
    lines: np.ndarray[Any, np.dtype[np.int64]]
    overlong: dict[int, list[str]]

    def row(self, number: int) -> dict[str, str]:
        """Header → text of the row at index `number`."""
        return {name: column[number].as_py() for name, column in self.columns.items()}

    def where(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Sheet:
        """Only the rows for which `mask` is true."""
        kept = {name: column.filter(pa.array(mask)) for name, column in self.columns.items()}
        return Sheet(self.file, self.header, kept, self.lines[mask], self.overlong)


def read_sheet(path: Path, is_header: IsHeader, *, sheet: str | None = None) -> Sheet:
    """The rows of a file.

    is_header
        Which line is the header; if none is, the first line that is not blank.
    sheet
        Name of the sheet of a spreadsheet; None means the first.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        raise BadRegister("table_is_folder", file=path.name)
    if not path.is_file():
        raise BadRegister("missing_file", file=path.name)
    try:
        if suffix not in TEXTS and not path.stat().st_size:
            raise BadRegister("empty_file", file=path.name)
        if suffix == ".parquet":
            return sheet_of(path.name, pq.read_table(path))
        rows = _workbook_rows(path, sheet) if suffix in SPREADSHEETS else _text_rows(path)
        return _gather(path.name, rows, is_header)
    except (OSError, UnicodeError, csv.Error, CalamineError, pa.ArrowException) as error:
        cause = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise BadRegister("unreadable_file", file=path.name, cause=cause) from error


def sheet_of(file: str, table: pa.Table) -> Sheet:
    """A table with types as a sheet of text; its rows are counted from line 2."""
    header = tuple(clean(name) for name in table.column_names)
    columns = dict(zip(header, map(_as_text, table.columns), strict=True))
    lines = np.arange(2, table.num_rows + 2, dtype=np.int64)
    return Sheet(file, header, columns, lines, {})


def text_of(value: object) -> str:
    """The text a person would have typed for a value with a type.

    >>> text_of(82474.0), text_of(0.00001), text_of(True), text_of(None)
    ('82474', '0.00001', 'true', '')
    """
    if value is None or value != value:  # a float that is not a number
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-")
    return str(value)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string()).fill_null("")
    if pa.types.is_nested(column.type):
        return pa.chunked_array([pa.array([text_of(v) for v in column.to_pylist()], pa.string())])
    encoded = column.combine_chunks().dictionary_encode()
    texts = pa.array([text_of(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([texts.take(encoded.indices)]).fill_null("")


def _text_rows(path: Path) -> Rows:
    text = _decoded(path.read_bytes())
    first_line = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _decoded(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _workbook_rows(path: Path, sheet: str | None) -> Rows:
    workbook = CalamineWorkbook.from_path(path)
    names = workbook.sheet_names
    if sheet is not None and sheet not in names:
        raise BadRegister("missing_sheet", file=path.name, sheet=sheet, known="、".join(names))
    cells = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    for line, row in enumerate(cells, start=1):
        yield line, [text_of(cell) for cell in row]


def _gather(file: str, rows: Rows, is_header: IsHeader) -> Sheet:
    rows = (row for row in rows if any(cell.strip() for cell in row[1]))
    first = list(islice(rows, TITLE_LINES))
    headers = [tuple(clean(cell) for cell in row) for _, row in first]
    place = next((at for at, header in enumerate(headers) if is_header(header)), 0)
    header = headers[place] if headers else ()
    chunks: list[list[pa.Array]] = [[] for _ in header]
    lines: list[int] = []
    overlong: dict[int, list[str]] = {}
    waiting = iter(first[place + 1 :])
    while batch := [*islice(waiting, ROWS_AT_ONCE), *islice(rows, ROWS_AT_ONCE)]:
        fitting = []
        for line, row in batch:
            if any(cell.strip() for cell in row[len(header) :]):
                overlong[line] = row
            else:
                fitting.append(row[: len(header)] + [""] * (len(header) - len(row)))
                lines.append(line)
        for chunk, texts in zip(chunks, zip(*fitting, strict=True), strict=False):
            chunk.append(pa.array(texts, pa.string()))
    columns: dict[str, pa.ChunkedArray] = {}
    for name, chunk in zip(header, chunks, strict=True):
        columns.setdefault(name, pa.chunked_array(chunk, pa.string()))
    return Sheet(file, header, columns, np.array(lines, dtype=np.int64), overlong)
