"""Which rows of a register are new to the store, and how do they get in and out?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import cast

import pyarrow as pa
from sqlalchemy import Connection, insert, select

from api.tables import REGISTER
from riskengine.checks import key_and_day
from riskengine.errors import sentence
from riskengine.fields import TableInfo, schema_of
from riskengine.register import Rejected
from riskengine.rows import row_digests

ROWS_AT_ONCE = 20_000
Key = tuple[object, ...]


def load_rows(connection: Connection, name: str) -> pa.Table:
    """Every stored row of the table `name` of the register."""
    schema = schema_of(name)
    rows = connection.execute(select(*(REGISTER[name].c[field] for field in schema.names)))
    batches = [
        pa.record_batch(
            [
                pa.array(column, kind)
                for column, kind in zip(zip(*part, strict=True), schema.types, strict=True)
            ],
            schema=schema,
        )
        for part in rows.partitions(ROWS_AT_ONCE)
    ]
    return pa.Table.from_batches(batches, schema)


def sift_rows(
    connection: Connection, info: TableInfo, table: pa.Table
) -> tuple[pa.Array, pa.Array]:
    """Indices of the rows to add, and of the rows that contradict what is stored."""
    columns = [REGISTER[info.name].c[name] for name in (*info.key, "known_on")]
    held = set(connection.scalars(select(REGISTER[info.name].c.row_digest)))
    rows = connection.execute(select(*columns)) if held else ()
    keys = {"\x1f".join(map(str, row)) for row in rows}
    fresh: list[int] = []
    contrary: list[int] = []
    marks = zip(row_digests(table), key_and_day(table, info).to_pylist(), strict=True)
    for row, (row_digest, key) in enumerate(marks):
        if row_digest not in held:
            (contrary if key in keys else fresh).append(row)
    return pa.array(fresh, pa.int64()), pa.array(contrary, pa.int64())


def insert_rows(connection: Connection, info: TableInfo, table: pa.Table, batch_id: int) -> None:
    """Add rows to a table of the register, marked with the import that brought them."""
    for batch in table.to_batches(ROWS_AT_ONCE):
        part = pa.Table.from_batches([batch])
        marked = zip(row_digests(part), part.to_pylist(), strict=True)
        rows = [row | {"row_digest": mark, "batch_id": batch_id} for mark, row in marked]
        connection.execute(insert(REGISTER[info.name]), rows)


def corrections(
    connection: Connection, info: TableInfo, contrary: pa.Table, known_on: dt.date
) -> tuple[pa.Table, pa.Table]:
    """Rows that say something new about a stored key, split into what to add and what to refuse.

    Most exports give the present state under the date of the first entry. What they say today is
    known today: such a row becomes a new version, known on the day of its import, and no grade of
    an earlier day changes. A row that repeats the newest version is neither added nor refused; one
    whose key has a version of that day or later is refused, because it would have no order.
    """
    wanted = {_key(row, info) for row in contrary.to_pylist()}
    newest: dict[Key, dict[str, object]] = {}
    for row in load_rows(connection, info.name).sort_by("known_on").to_pylist():
        if (key := _key(row, info)) in wanted:
            newest[key] = row
    added: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    for row in contrary.to_pylist():
        stored = newest[_key(row, info)]
        if row | {"known_on": stored["known_on"]} == stored:
            continue
        is_later = cast(dt.date, stored["known_on"]) < known_on
        (added if is_later else refused).append(row | {"known_on": known_on} if is_later else row)
    schema = schema_of(info.name)
    return pa.Table.from_pylist(added, schema), pa.Table.from_pylist(refused, schema)


def _key(row: dict[str, object], info: TableInfo) -> Key:
    return tuple(row[name] for name in info.key)


def refused_rows(info: TableInfo, table: pa.Table) -> Iterator[Rejected]:
    """Rows that contradict the store, each with what would mend it."""
    reason = sentence("contradicts_store")
    for row in table.to_pylist():
        cells = {name: "" if cell is None else str(cell) for name, cell in row.items()}
        key = " ".join(cells[name] for name in info.key)
        yield Rejected("", info.name, 0, info.key[-1], key, reason, cells=cells)
