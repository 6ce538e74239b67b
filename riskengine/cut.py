"""What was known at the start of a day?

Rows are versions: of each key the newest one known before the day counts. No other module compares
dates with ``as_of``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskengine.fields import TableInfo, schema_of
from riskengine.rows import degrees_as_integers


def in_order(table: pa.Table, info: TableInfo) -> pa.Table:
    """The columns and types of the dictionary, the rows sorted by key and ``known_on``."""
    schema = schema_of(info.name)
    table = table.select(schema.names).cast(schema)
    keys = [(name, "ascending") for name in (*info.key, "known_on")]
    return table.sort_by(keys).combine_chunks()


def newest(table: pa.Table, info: TableInfo, day: dt.date) -> pa.Table:
    """One row per key, of a table that is in order; what has not happened yet is null."""
    known = table.filter(pc.less(table["known_on"], pa.scalar(day))).combine_chunks()
    known = known.filter(pa.array(_is_last_of_key(known, info.key)))
    if "withdrawn" in known.column_names:
        known = known.filter(pc.invert(known["withdrawn"]))
    for field_ in info.fields:
        if field_.type == "date":
            known = _hide_future(known, field_.name, day)
    return known.combine_chunks()


def _is_last_of_key(table: pa.Table, key: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows followed by another key; the table is sorted by key and ``known_on``."""
    is_last = np.ones(table.num_rows, dtype=bool)
    if table.num_rows > 1:
        is_last[:-1] = False
        for name in key:
            column = table[name].combine_chunks()
            is_last[:-1] |= pc.not_equal(column[:-1], column[1:]).to_numpy(zero_copy_only=False)
    return is_last


def _hide_future(table: pa.Table, name: str, day: dt.date) -> pa.Table:
    past = pc.if_else(pc.less(table[name], pa.scalar(day)), table[name], None)
    return table.set_column(table.column_names.index(name), table.schema.field(name), past)


def digest_of(day: dt.date, tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over the columns as text; the rows stand in the order of their keys."""
    sha = hashlib.sha256(day.isoformat().encode())
    for name in sorted(tables):
        for column, values in zip(tables[name].column_names, tables[name].columns, strict=True):
            sha.update(f"\n{name}.{column}\n".encode())
            for part in _bytes_of(values):
                sha.update(part)
    return sha.hexdigest()


def _bytes_of(column: pa.ChunkedArray) -> tuple[bytes, bytes]:
    """The lengths of the texts (-1 is null), and the texts end to end."""
    text = degrees_as_integers(column).combine_chunks().cast(pa.large_string())
    lengths = pc.fill_null(pc.binary_length(text), -1).to_numpy().astype("<i8")
    packed = pa.concat_arrays([text.drop_null()])
    _, offsets, letters = packed.buffers()
    if not len(packed):
        return lengths.tobytes(), b""
    ends = np.frombuffer(offsets, dtype=np.int64)[packed.offset : packed.offset + len(packed) + 1]
    return lengths.tobytes(), memoryview(letters)[ends[0] : ends[-1]].tobytes()
