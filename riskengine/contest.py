"""What does an enterprise contest, and which new fact corrects the old one?

Nothing is erased: a correction is a new version of the fact, known from the day the ruling is
entered, so that no old grade changes. What the grades would have been is in `riskengine.truth`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskengine.cells import CellError, value_of
from riskengine.errors import NotAllowed, NotFound
from riskengine.fields import Field, TableInfo, schema_of, table_of_fields
from riskengine.register import Register
from riskengine.rows import BEGIN_AND_END
from riskengine.rules import Title

Row = dict[str, Any]

FIXED = ("fact_id", "enterprise_id", "known_on")
"""Fields that say which fact it is and since when it is known; a correction keeps them."""


@dataclass(frozen=True, slots=True)
class Contest:
    """An enterprise says that a fact is wrong.

    fact
        The version that was known when it was contested, one row.
    contested_by
        Who speaks for the enterprise; nameless objections are not taken.
    handled_by
        Who took the objection in. Somebody else rules on it.
    """

    table: str
    fact_id: str
    enterprise_id: str
    fact: pa.Table
    contested_by: str
    contested_on: dt.date
    reason: str
    handled_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about a contest, by whom, on which day, on what ground.

    correction
        The new version of the fact, one row, `known_on` the day the ruling was entered; no row
        where the contest was rejected.
    changed
        Fields that the correction changes.
    """

    contest_digest: str
    is_upheld: bool
    ground: str
    decided_by: tuple[str, ...]
    decided_on: dt.date
    correction: pa.Table
    changed: tuple[str, ...]


# ── the fact and its correction ───────────────────────────────────────────────────────────


def table_called(word: str) -> TableInfo:
    """The table of facts with that name, in either language."""
    for info in table_of_fields().values():
        if info.is_fact and word.strip() in (info.name, *info.zh):
            return info
    known = "、".join(info.zh[0] for info in table_of_fields().values() if info.is_fact)
    raise NotFound("contest_no_table", name=word, known=known)


def versions_of(register: Register, table: str, fact_id: str) -> pa.Table:
    """Every version of a fact."""
    return register.tables[table].filter(pc.field("fact_id") == fact_id)


def fact_of(register: Register, table: str, fact_id: str, *, as_of: dt.date) -> pa.Table:
    """The version of a fact that is known at the start of a day, as it was registered: one row.

    A fact that has been withdrawn is not there to be contested.
    """
    mine = versions_of(register, table, fact_id)
    found = Register({table: mine}).as_of(as_of).tables[table]
    if not found.num_rows:
        zh = table_of_fields()[table].zh[0]
        raise NotFound("contest_no_fact", zh=zh, table=table, id=fact_id)
    # the cut hides dates that have not come yet, and a correction must not lose them
    return mine.filter(pc.field("known_on") == found["known_on"][0])


def changes_from(table: str, texts: Mapping[str, str]) -> Row:
    """Field → value, from texts as they stand in a spreadsheet.

    >>> changes_from("violations", {"情节": "轻微", "count": "1"})
    {'tier': 'minor', 'count': 1}
    """
    return dict(_change(table_of_fields()[table], word, text) for word, text in texts.items())


def _change(info: TableInfo, word: str, text: str) -> tuple[str, Any]:
    field = next((one for one in info.fields if word.strip() in (one.name, *one.zh)), None)
    if field is None or field.name in FIXED:
        can = "、".join(one.zh[0] for one in info.fields if one.name not in FIXED)
        raise NotAllowed("contest_no_field", field=word, zh=info.zh[0], table=info.name, known=can)
    try:
        value = value_of(text, field)
    except CellError as error:
        raise NotAllowed(
            "contest_value", field=field.zh[0], value=text, why_zh=error.reason.zh,
            why_en=error.reason.en,
        ) from None  # fmt: skip
    if (value is None and field.is_required) or (field.type == "bool" and value is None):
        raise NotAllowed("contest_value_empty", field=field.zh[0])
    return field.name, value


def corrected(fact: pa.Table, table: str, changes: Row, *, known_on: dt.date) -> pa.Table:
    """The new version of a fact: the same key, the changes, known from the day of the ruling."""
    info, row = table_of_fields()[table], fact.to_pylist()[0]
    if not changes:
        raise NotAllowed("contest_no_change")
    if "withdrawn" in changes and "withdrawn" not in row:
        raise NotAllowed("contest_cannot_withdraw", zh=info.zh[0], table=table)
    new = row | changes
    if new == row:
        raise NotAllowed("contest_no_change")
    if row["known_on"] >= known_on:
        day = row["known_on"] + dt.timedelta(days=1)
        raise NotAllowed("contest_too_soon", known_on=row["known_on"], day=day)
    new["known_on"] = known_on
    if new["occurred_on"] > known_on:
        raise NotAllowed("contest_times", first=new["occurred_on"], last=known_on)
    for first, last in BEGIN_AND_END.get(table, ()):
        if new[first] and new[last] and new[last] < new[first]:
            raise NotAllowed("contest_times", first=new[first], last=new[last])
    return pa.Table.from_pylist([new], schema_of(table))


def fields_changed(table: str, names: Sequence[str]) -> Title:
    """The changed fields as people call them."""
    fields: list[Field] = [one for one in table_of_fields()[table].fields if one.name in names]
    return Title("、".join(one.zh[0] for one in fields), ", ".join(one.name for one in fields))
