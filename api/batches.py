"""Which rows of a register are new to the store, and how do they get in and out?"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from sqlalchemy import Connection, insert, select

from api.tables import REGISTER
from riskengine.checks import key_and_day
from riskengine.errors import sentence
from riskengine.fields import TableInfo, schema_of
from riskengine.register import Rejected
from riskengine.rows import row_digests

ROWS_AT_ONCE = 20_000


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


def refused_rows(info: TableInfo, table: pa.Table) -> Iterator[Rejected]:
    """Rows that contradict the store, each with what would mend it."""
    reason = sentence("contradicts_store")
    for row in table.to_pylist():
        cells = {name: "" if cell is None else str(cell) for name, cell in row.items()}
        key = " ".join(cells[name] for name in info.key)
        yield Rejected("", info.name, 0, info.key[-1], key, reason, cells=cells)
