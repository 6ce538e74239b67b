"""What do the rows of one source say, field by field?

Each distinct text of a column is read once. What cannot be read, and what cannot be true within one
row, becomes a flaw; empty cells get the values that the dictionary promises.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskengine.cells import AS_USUAL, CellError, Reading, clean, value_of
from riskengine.errors import Sentence, sentence
from riskengine.fields import ARROW_TYPES, Field, TableInfo, field_of, schema_of
from riskengine.files import Sheet
from riskengine.mapping import PLACE, Condition, Origin, Source

Mask = np.ndarray[Any, np.dtype[np.bool_]]

LONG_AGO = dt.date(1900, 1, 1)
EMPTY_MEANS: dict[str, Any] = {"count": 1, "kind": "routine", "mode": "on_site"}
"""Fields of facts whose empty cell says something; an empty truth is false everywhere."""
EMPTY_MEANS_IN: dict[str, dict[str, Any]] = {
    "closed_days": {"days": "daily", "from_on": LONG_AGO, "to_on": dt.date.max},
    "appointments": {"mode": "on_site"},
}
"""The same for other tables."""
BEGIN_AND_END = {
    "enterprises": (("opened_on", "closed_on"),),
    "hazards": (("occurred_on", "due_on"), ("occurred_on", "closed_on")),
    "absences": (("from_on", "to_on"),),
    "vehicle_absences": (("from_on", "to_on"),),
    "joint_plans": (("from_on", "to_on"),),
    "closed_days": (("from_on", "to_on"),),
}
COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
NOTHING = "\x00"
"""Stands for a null where rows are compared as text; no cell can hold it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong in one field of one row."""

    field: str
    value: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Doubt:
    """What somebody who knows more than the dictionary finds wrong with a row.

    is_refused
        The row goes; else it stays with a flag.
    """

    flaw: Flaw
    is_refused: bool


Doubts = Callable[[Mapping[str, Any]], Iterable[Doubt]]
"""Asked about each sound row of a table, as field → value."""


@dataclass(slots=True)
class Rows:
    """Typed rows of one source, and which of them may stay.

    passed_over
        Rows the source does not ask for; they are not in `sheet` and `data`.
    assumed
        Rows whose ``known_on`` had to be assumed.
    flaws
        Index of the row → its flaws, in the order of the fields.
    is_merged
        Rows that only repeat another row of the source.
    doubtful
        Index of a row that stays although something about it is doubtful, and what.
    """

    source: Source
    sheet: Sheet
    data: pa.Table
    passed_over: int
    assumed: int
    flaws: dict[int, list[Flaw]]
    is_merged: Mask
    doubtful: list[tuple[int, Flaw]] = field(default_factory=list)

    def reject(self, row: int, flaw: Flaw) -> None:
        """Note one more flaw of a row."""
        self.flaws.setdefault(row, []).append(flaw)

    def ask(self, doubts: Doubts) -> None:
        """Reject or flag what `doubts` finds in the sound rows."""
        for row in np.flatnonzero(self.is_sound).tolist():
            for found in doubts(self.data.slice(row, 1).to_pylist()[0]):
                if found.is_refused:
                    self.reject(row, found.flaw)
                else:
                    self.doubtful.append((row, found.flaw))

    @property
    def is_sound(self) -> Mask:
        """Rows that stay."""
        sound = ~self.is_merged
        sound[list(self.flaws)] = False
        return sound


def select(sheet: Sheet, conditions: tuple[Condition, ...]) -> Sheet:
    """The rows of a sheet that fulfil every condition."""
    for condition in conditions:
        read = _each(sheet.columns[condition.column], partial(_holds, condition=condition))
        sheet = sheet.where(np.array(read.values, dtype=bool)[read.codes])
    return sheet


def read_rows(
    info: TableInfo,
    source: Source,
    sheet: Sheet,
    fields: dict[str, Origin],
    step: Callable[[], None] = lambda: None,
) -> Rows:
    """The rows of `sheet` as rows of the table `info`; `step` is called after each field."""
    every, sheet = len(sheet.lines), select(sheet, source.where)
    flaws: dict[int, list[Flaw]] = {}
    columns = []
    for field_ in info.fields:
        origin = fields.get(field_.name)
        texts = _texts(sheet, origin, (source.constants or {}).get(field_.name))
        columns.append(_column(field_, texts, origin.reading if origin else AS_USUAL, flaws))
        step()
    data = pa.table(columns, schema=schema_of(info.name))
    assumed = pc.sum(pc.is_null(data["known_on"])).as_py() or 0
    merged = np.zeros(data.num_rows, dtype=bool)
    passed_over = every - len(sheet.lines)
    rows = Rows(source, sheet, _filled(data, info), passed_over, assumed, flaws, merged)
    _check_times(rows, info)
    _check_openings(rows, info)
    return rows


def row_digests(table: pa.Table, *, leave_out: tuple[str, ...] = ()) -> list[str]:
    """SHA-256 of every row as it is stored, 64 hex digits; equal digests mean equal rows."""
    names = [name for name in table.column_names if name not in leave_out]
    joined = pc.binary_join_element_wise(*(_comparable(table[name]) for name in names), "\x1f")
    return [hashlib.sha256(text.encode()).hexdigest() for text in joined.to_pylist()]


def degrees_as_integers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Degrees in units of 1e-7; other columns as they are."""
    if pa.types.is_floating(column.type):
        return pc.round(pc.multiply(column, 1e7)).cast(pa.int64())
    return column


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(degrees_as_integers(column).cast(pa.string()), NOTHING)


@dataclass(frozen=True, slots=True)
class _Read:
    """A value for each distinct text, and which of them each row holds."""

    values: list[Any]
    refused: dict[int, CellError]
    codes: np.ndarray[Any, np.dtype[np.int64]]


def _each(column: pa.ChunkedArray, read: Callable[[str], Any]) -> _Read:
    encoded = column.combine_chunks().dictionary_encode()
    values: list[Any] = []
    refused: dict[int, CellError] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(read(text))
        except CellError as error:
            values.append(None)
            refused[code] = error
    return _Read(values, refused, encoded.indices.to_numpy(zero_copy_only=False))


def _holds(text: str, condition: Condition) -> bool:
    text = clean(text)
    if condition.sign == "=":
        return text in condition.values
    left, right = _ranked(text), _ranked(condition.values[0])
    if condition.sign == "!=":
        return left != right
    return type(left) is type(right) and bool(COMPARE[condition.sign](left, right))


def _ranked(text: str) -> Decimal | str:
    """A number where the text is one; dates written 2026-01-05 compare as texts."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _texts(sheet: Sheet, origin: Origin | None, constant: str | None) -> pa.ChunkedArray:
    if origin is None:
        same = pa.array([constant or ""], pa.string())
        return pa.chunked_array([same.take(np.zeros(len(sheet.lines), dtype=np.int64))])
    parts = PLACE.split(origin.template)
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return sheet.columns[clean(parts[1])]
    columns = [sheet.columns[name] for name in origin.columns]
    pieces = [columns[at // 2] if at % 2 else part for at, part in enumerate(parts)]
    whole = pc.binary_join_element_wise(*pieces, "")
    for column in columns:
        whole = pc.if_else(pc.equal(column, ""), "", whole)
    return whole


def _column(
    field_: Field, texts: pa.ChunkedArray, reading: Reading, flaws: dict[int, list[Flaw]]
) -> pa.Array:
    read = _each(texts, lambda text: value_of(text, field_, reading))
    if read.refused:
        for row in np.flatnonzero(np.isin(read.codes, list(read.refused))):
            reason = read.refused[int(read.codes[row])].reason
            flaws.setdefault(int(row), []).append(
                Flaw(field_.name, texts[int(row)].as_py(), reason)
            )
    column = pa.array(read.values, ARROW_TYPES[field_.type]).take(pa.array(read.codes))
    if field_.is_required:
        missing = sentence("missing_value", zh=field_.zh[0], field=field_.name)
        for row in np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)):
            if int(read.codes[row]) not in read.refused:
                flaw = Flaw(field_.name, texts[int(row)].as_py(), missing)
                flaws.setdefault(int(row), []).append(flaw)
    return column


def _filled(data: pa.Table, info: TableInfo) -> pa.Table:
    """Empty cells get what the dictionary promises for them; `fact_id` comes last."""
    meant = EMPTY_MEANS if info.is_fact else EMPTY_MEANS_IN.get(info.name, {})
    for field_ in info.fields:
        if field_.type == "bool" and not field_.is_required:
            data = _with(data, field_.name, pc.fill_null(data[field_.name], False))
        elif field_.name in meant:
            kind = ARROW_TYPES[field_.type]
            filled = pc.fill_null(data[field_.name], pa.scalar(meant[field_.name], kind))
            data = _with(data, field_.name, filled)
    stand_in = next((n for n in ("occurred_on", "opened_on") if n in data.column_names), None)
    known_on = data["known_on"]
    if stand_in:
        known_on = pc.coalesce(known_on, data[stand_in])
    data = _with(data, "known_on", pc.fill_null(known_on, pa.scalar(LONG_AGO)))
    return _with(data, "fact_id", _numbered(data)) if info.is_fact else data


def _numbered(data: pa.Table) -> pa.ChunkedArray:
    """Facts without a number get one made from their other cells."""
    unnumbered = pc.is_null(data["fact_id"]).combine_chunks()
    made = row_digests(data.filter(unnumbered), leave_out=("fact_id",))
    names = pa.array(["auto-" + digest[:16] for digest in made], pa.string())
    return pc.replace_with_mask(data["fact_id"].combine_chunks(), unnumbered, names)


def _with(data: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return data.set_column(data.column_names.index(name), data.schema.field(name), column)


def _check_times(rows: Rows, info: TableInfo) -> None:
    data = rows.data
    if "occurred_on" in data.column_names:
        for row in _true_at(pc.greater(data["occurred_on"], data["known_on"])):
            happened, known_on = (str(data[n][row]) for n in ("occurred_on", "known_on"))
            reason = sentence("known_before_it_happened", known_on=known_on, value=happened)
            rows.reject(row, Flaw("occurred_on", happened, reason))
    for first, last in BEGIN_AND_END.get(info.name, ()):
        for row in _true_at(pc.less(data[last], data[first])):
            start, end = str(data[first][row]), str(data[last][row])
            words = {"zh": field_of(info.name, last).zh[0], "field": last, "value": end}
            start_words = {"start_zh": field_of(info.name, first).zh[0], "start_field": first}
            reason = sentence("ends_before_it_begins", start=start, **words, **start_words)
            rows.reject(row, Flaw(last, end, reason))


def _check_openings(rows: Rows, info: TableInfo) -> None:
    """Hours that end before they begin, hours without an hour, doors that are never open."""
    data = rows.data
    if {"begin_from_minute", "begin_until_minute"} <= set(data.column_names):
        begin, until = data["begin_from_minute"], data["begin_until_minute"]
        for row in _true_at(pc.less(until, begin)):
            last, first = until[row].as_py(), begin[row].as_py()
            facts = {"first": f"{first // 60:02d}:{first % 60:02d}"}
            value = f"{last // 60:02d}:{last % 60:02d}"
            reason = sentence("hours_end_first", value=value, **facts)
            rows.reject(row, Flaw("begin_until_minute", value, reason))
        if info.name == "visiting_hours":
            for row in _true_at(pc.and_(pc.is_null(begin), pc.is_null(until))):
                rows.reject(row, Flaw("begin_from_minute", "", sentence("hours_empty")))
    if info.name == "closed_days":
        always = pc.and_(
            pc.equal(data["from_on"], pa.scalar(LONG_AGO)),
            pc.equal(data["to_on"], pa.scalar(dt.date.max)),
        )
        for row in _true_at(pc.and_(pc.equal(data["days"], "daily"), always)):
            rows.reject(row, Flaw("days", "", sentence("closed_always")))


def _true_at(mask: pa.ChunkedArray) -> list[int]:
    return [int(row) for row in np.flatnonzero(pc.fill_null(mask, False).to_numpy())]
