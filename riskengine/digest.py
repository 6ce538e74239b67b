"""Are two documents the same?

A document is a frozen dataclass of plain values, dates, other dataclasses and Arrow tables.
`plain` turns it into JSON values, `canonical` into bytes, `digest` into 64 hex digits. Equal
digests mean equal documents, on every engine and whatever the order of the input rows was.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa


def plain(value: object) -> Any:
    """JSON values of a document: dates as ISO text, tables as names, types and rows.

    Floats are refused: two engines do not agree on their last digit.

    >>> plain({"day": dt.date(2026, 12, 1), "ids": ("a", "b")})
    {'day': '2026-12-01', 'ids': ['a', 'b']}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, pa.Table):
        return {
            "columns": [[field.name, str(field.type)] for field in value.schema],
            "rows": [[plain(cell) for cell in row.values()] for row in value.to_pylist()],
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    raise TypeError(f"a document cannot hold a {type(value).__name__}")


def canonical(value: object) -> bytes:
    """The one way to write a document as bytes: sorted keys, no spaces, UTF-8."""
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits.

    >>> digest({"a": 1})[:16]
    '015abd7f5cc57a2d'
    """
    return hashlib.sha256(canonical(value)).hexdigest()
