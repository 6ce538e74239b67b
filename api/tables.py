"""How does the store look inside?

One table per table of the register, made from the dictionary; the documents; the chain of events;
the jobs. Only jobs may change: the database itself refuses to change or delete anything else.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from riskengine.fields import ARROW_TYPES, Field, TableInfo, table_of_fields

SQL_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "string": Text,
    "date32[day]": Date,
    "int64": BigInteger,
    "double": Double,
    "bool": Boolean,
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC. SQLite forgets the zone, so it is put back when a row is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be kept")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """The moment, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


METADATA = MetaData()

IMPORT_BATCH = Table(
    "import_batch",
    METADATA,
    Column("batch_id", Integer, primary_key=True),
    Column("counts", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", JSON, nullable=False),
)

DOCUMENT = Table(
    "document",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("kind", Text, nullable=False, index=True),
    Column("as_of", Date),
    Column("month", Date),
    Column("body", Text, nullable=False),
    Column("body_digest", String(64), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", JSON, nullable=False),
    Column("replaces", String(64), ForeignKey("document.digest")),
)

EVENT = Table(
    "event",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", JSON, nullable=False),
)

JOB = Table(
    "job",
    METADATA,
    Column("job_id", String(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", JSON, nullable=False),
    Column("progress", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("made_at", UtcDateTime),
    Column("made_by", JSON, nullable=False),
)


def _register_table(info: TableInfo) -> Table:
    """Facts of one kind; the same row, or the same key known on the same day, only once."""
    return Table(
        info.name,
        METADATA,
        Column("row_digest", String(64), primary_key=True),
        Column("batch_id", Integer, ForeignKey("import_batch.batch_id"), nullable=False),
        *(_column(field, info) for field in info.fields),
        UniqueConstraint(*info.key, "known_on", name=f"{info.name}_key"),
    )


def _column(field: Field, info: TableInfo) -> Column[Any]:
    is_needed = field.is_required or field.name in (*info.key, "known_on") or field.type == "bool"
    return Column(field.name, SQL_TYPES[str(ARROW_TYPES[field.type])], nullable=not is_needed)


REGISTER = {info.name: _register_table(info) for info in table_of_fields().values()}
"""Table of the register → its SQL table."""

APPEND_ONLY = (*REGISTER, "import_batch", "document", "event")
"""Tables whose rows the database refuses to change or delete."""
