"""How does a small register measure on many days, at the price of one?

Features depend on the ages of facts only. So the register is cut on each day as ever, its dates
are moved together by whole days until every cut ends on the first day, and one run of the engine
measures them all. `measure_on` gives what `measure` gives on each day (a test). The panel of a
backtest cuts thousands of days in one join (`riskengine.panel`); here each day becomes a document,
which needs the digest of its own cut.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskengine.features import AROUND, Features, measure
from riskengine.fields import table_of_fields
from riskengine.policy import Policy
from riskengine.register import Known, Register
from riskengine.rules import PolicyView

MEASURED = ("enterprises", *(info.name for info in table_of_fields().values() if info.is_fact))
"""Tables that features are made of."""
MARK = "\x1f"
"""Stands between the number of a day and the enterprise; no identifier can hold it."""


def views_on(policy: Policy, days: Sequence[dt.date]) -> list[PolicyView]:
    """``[policy.on(day) for day in days]``, reading the pack once between two of its changes."""
    changes = sorted({day for leaf in policy.parameters.values() for day in leaf.values})
    at = [bisect_right(changes, day) for day in days]
    first = {place: policy.on(days[at.index(place)]) for place in set(at)}
    return [replace(first[place], on=day) for place, day in zip(at, days, strict=True)]


def measure_on(
    register: Register, views: Sequence[PolicyView], days: Sequence[dt.date]
) -> list[Features]:
    """The features of a register as known at the start of each day, in the order of `days`.

    views
        The rules in force on each day (`views_on`).
    """
    known = [register.as_of(day) for day in days]
    tables: dict[int, pa.Table] = {}
    for view in views:
        same = [k for k, one in enumerate(views) if alike(one, view) and k not in tables]
        if same:
            tables |= measured(known, same, view)
    return [
        Features(day, view.digest, cut.digest, tables[k])
        for k, (day, view, cut) in enumerate(zip(days, views, known, strict=True))
    ]


def alike(one: PolicyView, other: PolicyView) -> bool:
    """Do both rules weigh facts in the same way?"""
    return one.scorecard.features == other.scorecard.features


def measured(known: Sequence[Known], places: list[int], view: PolicyView) -> dict[int, pa.Table]:
    """Place → table of features, for the cuts at `places`, which share the rules of `view`."""
    first = min(known[k].as_of for k in places)
    moved = {
        name: pa.concat_tables([on_first(known[k], name, k, first) for k in places])
        for name in MEASURED
    }
    table = measure(Known(first, moved, ""), view).table
    split = pc.split_pattern(table["enterprise_id"], MARK, max_splits=1)
    numbers, ids = (pc.list_element(split, part) for part in (0, 1))
    table = table.set_column(0, "enterprise_id", ids)
    return {k: table.filter(pc.equal(numbers, str(k))).combine_chunks() for k in places}


def on_first(known: Known, name: str, place: int, first: dt.date) -> pa.Table:
    """One table of a cut: every date as long before `first` as it was before its own day."""
    table, back = known.tables[name], (known.as_of - first).days
    for at, field in enumerate(table.schema):
        if pa.types.is_date(field.type):
            days = pc.subtract(table[field.name].cast(pa.int32()), pa.scalar(back, pa.int32()))
            table = table.set_column(at, field, days.cast(pa.date32()))
    at = table.column_names.index("enterprise_id")
    marked = pc.binary_join_element_wise(f"{place}{MARK}", table["enterprise_id"], "")
    return table.set_column(at, table.schema.field(at), marked)


def with_surroundings(features: Features, row: Mapping[str, Any]) -> Features:
    """The features of one enterprise with what they say of others taken from a row of its grades.

    Shares of the township or the sector cannot be measured on the facts of one enterprise.
    """
    table = features.table
    for name in AROUND:
        if name in table.column_names and f"f_{name}" in row:
            value = pa.array([row[f"f_{name}"]] * len(table), pa.int64())
            table = table.set_column(table.column_names.index(name), name, value)
    return replace(features, table=table)
