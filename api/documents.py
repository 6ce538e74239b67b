"""How does a stored document become a value again?

`riskengine.digest.plain` writes every document in one way; `read_document` is its inverse, so that
``digest(read_document(kind, plain(document))) == digest(document)``. It goes by the annotations of
the dataclasses: nothing is guessed, and a body that does not fit is refused with the place.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

KINDS: dict[str, str] = {
    "grades": "riskengine.grade:Grades",
    "outside": "scheduler.month:Outside",
    "ratio": "scheduler.ratio:Ratio",
    "quota": "scheduler.quota:Quota",
    "frame": "scheduler.draw:Frame",
    "draw": "scheduler.draw:Draw",
    "routes": "scheduler.roster.documents:Routes",
    "matrix": "scheduler.travel:Matrix",
    "slots": "scheduler.roster.documents:Slots",
    "roster": "scheduler.roster.documents:Roster",
    "repair": "scheduler.roster.documents:Repair",
    "names": "scheduler.roster.documents:NamesOfDay",
    "scenario": "scheduler.staffing:Scenario",
    "backtest": "riskengine.backtest_report:BacktestReport",
    "files": "scheduler.casefiles:FileList",
    "review": "scheduler.casefiles:Review",
    "contest": "riskengine.contest:Contest",
    "ruling": "riskengine.contest:Ruling",
    "regrade": "riskengine.truth:Regrade",
}
"""Kind of document → module and class that hold it."""


def read_document(kind: str, body: Mapping[str, Any]) -> Any:
    """The document that `plain` turned into `body`.

    kind
        A key of `KINDS`.
    """
    module, name = KINDS[kind].split(":")
    return read_value(getattr(import_module(module), name), body, kind)


def read_value(hint: Any, raw: Any, where: str = "value") -> Any:
    """A JSON value as the annotation `hint` wants it.

    >>> read_value(tuple[dt.date, ...], ["2026-12-01"])
    (datetime.date(2026, 12, 1),)
    >>> read_value(int, "7", "quota.visits")
    Traceback (most recent call last):
    ValueError: quota.visits: '7' is not a int
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any or hint is object:
        return raw
    if origin in (Union, UnionType):
        return _one_of(args, raw, where)
    if origin is Literal:
        return _kept(raw in args, raw, where, "value of " + "|".join(map(str, args)))
    if origin is tuple:
        return _tuple(args, _kept(isinstance(raw, list | tuple), raw, where, "list"), where)
    if origin in (dict, Mapping):
        pairs = _kept(isinstance(raw, Mapping), raw, where, "mapping").items()
        return {
            read_key(args[0], key): read_value(args[1], item, f"{where}.{key}")
            for key, item in pairs
        }
    if hint is pa.Table:
        return read_table(raw)
    if dataclasses.is_dataclass(hint):
        return _record(hint, _kept(isinstance(raw, Mapping), raw, where, "mapping"), where)
    if hint is dt.date:
        return dt.date.fromisoformat(_kept(isinstance(raw, str), raw, where, "date"))
    return _kept(type(raw) is hint, raw, where, getattr(hint, "__name__", str(hint)))


def read_key(hint: Any, key: str) -> Any:
    """JSON keys are text; integers and dates were keys before."""
    return int(key) if hint is int else read_value(hint, key, "key")


def read_table(raw: Mapping[str, Any]) -> pa.Table:
    """An Arrow table from its names, types and rows."""
    fields = [pa.field(name, pa.type_for_alias(kind)) for name, kind in raw["columns"]]
    columns = list(zip(*raw["rows"], strict=True)) or [()] * len(fields)
    arrays = [_array(column, field.type) for column, field in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _array(cells: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind):
        return pa.array([None if c is None else dt.date.fromisoformat(c) for c in cells], kind)
    return pa.array(cells, kind)


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _record(record: Any, raw: Mapping[str, Any], where: str) -> Any:
    hints = _hints(record)
    _kept(raw.keys() == hints.keys(), sorted(raw), where, f"{record.__name__}")
    return record(**{key: read_value(hints[key], raw[key], f"{where}.{key}") for key in raw})


def _tuple(args: tuple[Any, ...], raw: list[Any], where: str) -> tuple[Any, ...]:
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(read_value(args[0], item, f"{where}[{i}]") for i, item in enumerate(raw))
    _kept(len(raw) == len(args), raw, where, f"list of {len(args)}")
    return tuple(
        read_value(hint, item, f"{where}[{i}]")
        for i, (hint, item) in enumerate(zip(args, raw, strict=True))
    )


def _one_of(hints: tuple[Any, ...], raw: Any, where: str) -> Any:
    if raw is None and NoneType in hints:
        return None
    for hint in hints:
        try:
            return read_value(hint, raw, where)
        except (ValueError, KeyError, TypeError):
            continue
    return _kept(False, raw, where, " | ".join(str(hint) for hint in hints))


def _kept(fits: bool, raw: Any, where: str, wanted: str) -> Any:
    if not fits:
        raise ValueError(f"{where}: {raw!r:.80} is not a {wanted}")
    return raw
