"""What does each table of the register hold?

``tables.csv`` names the tables, ``fields.csv`` their fields. Readers, checks, the store, the
documentation and the synthetic register all read this one dictionary.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyarrow as pa

ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "category": pa.string(),
    "code": pa.string(),
    "list": pa.string(),
    "date": pa.date32(),
    "deadline": pa.date32(),
    "count": pa.int64(),
    "money": pa.int64(),
    "milli": pa.int64(),
    "rate": pa.int64(),
    "clock": pa.int64(),
    "degrees": pa.float64(),
    "bool": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the register.

    type
        A key of `ARROW_TYPES`. A ``date`` tells what happened and is hidden until its day has
        passed; a ``deadline`` is a date fixed beforehand. A ``code`` knows its values, a
        ``category`` may have others, a ``list`` is joined with semicolons, a ``clock`` is a time
        of day in minutes from midnight.
    zh
        Chinese headers, the preferred one first.
    values
        Chinese word → code.
    """

    table: str
    name: str
    type: str
    unit: str
    is_required: bool
    zh: tuple[str, ...]
    values: dict[str, str]
    meaning_zh: str
    meaning_en: str


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table of the register.

    zh
        Chinese names a file of this table may bear, the preferred one first.
    key
        Columns that say which thing a row is about; a newer row of the same key replaces it.
    """

    name: str
    zh: tuple[str, ...]
    is_required: bool
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    meaning_zh: str
    meaning_en: str

    @property
    def is_fact(self) -> bool:
        """Does the table hold dated facts with a number of their own?"""
        return self.key == ("fact_id",)


@cache
def table_of_fields() -> dict[str, TableInfo]:
    """Every table of the register, in the order of ``tables.csv``.

    >>> [field.name for field in table_of_fields()["absences"].fields]
    ['inspector_id', 'from_on', 'to_on', 'reason', 'known_on']
    """
    fields = [_field(row) for row in _rows("fields.csv")]
    return {
        row["table"]: TableInfo(
            name=row["table"],
            zh=_parts(row["zh"]),
            is_required=row["required"] == "yes",
            key=_parts(row["key"]),
            fields=tuple(field for field in fields if field.table == row["table"]),
            meaning_zh=row["meaning_zh"],
            meaning_en=row["meaning_en"],
        )
        for row in _rows("tables.csv")
    }


@cache
def field_of(table: str, name: str) -> Field:
    """The field `name` of `table`."""
    return next(field for field in table_of_fields()[table].fields if field.name == name)


@cache
def schema_of(table: str) -> pa.Schema:
    """Arrow schema of `table`: the columns of ``fields.csv``, in its order."""
    fields = table_of_fields()[table].fields
    return pa.schema([(field.name, ARROW_TYPES[field.type]) for field in fields])


def _rows(name: str) -> list[dict[str, str]]:
    text = files("riskengine").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _field(row: dict[str, str]) -> Field:
    words = (word.partition("=")[::2] for word in row["values"].split(";") if word)
    return Field(
        table=row["table"],
        name=row["field"],
        type=row["type"],
        unit=row["unit"],
        is_required=row["required"] == "yes",
        zh=_parts(row["zh"]),
        values=dict(words),
        meaning_zh=row["meaning_zh"],
        meaning_en=row["meaning_en"],
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()
