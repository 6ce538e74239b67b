"""What can an enterprise really do about its grade, and which facts would follow?

An action turns into rows of the register, so that a claim about it can be put to the test: add the
rows of `facts_of_actions` and grade on the day. What nobody does anything about goes on as it is:
satellite monitoring reports the same values every month, and nothing new happens.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from riskengine.features import CREDIT_LEVELS, FEATURE, YEAR_DAYS
from riskengine.fields import schema_of
from riskengine.register import Known
from riskengine.rules import Item, PolicyView

Row = dict[str, Any]
Kind = Literal["hazard", "training", "monitoring", "inspection", "credit"]

MOST_AT_ONCE = 3
"""Hazards of one kind that are offered one by one; beyond that, all of them."""
MONTHS_BETWEEN_VISITS = 6
"""A second inspection cannot be had at once; the squads come about twice a year."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    name
        Number of the hazard, or the feature.
    level
        "general" or "major", of a hazard.
    value
        People trained a year; the value a monitored feature is brought to; how many inspections
        in a row; rank of the credit level (0 is the best).
    by
        Last day on which it is done, for the first time.
    due_on
        Day by which the hazard had to be closed anyway.
    """

    kind: Kind
    name: str
    level: str
    value: int
    by: dt.date
    due_on: dt.date | None = None


Option = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Lever:
    """Ways to act on some features, of which one is chosen; the first is to do nothing.

    features
        What the options can change; no other lever changes them.
    """

    features: tuple[str, ...]
    options: tuple[Option, ...]


def levers(known: Known, view: PolicyView, row: Row, *, by: dt.date) -> list[Lever]:
    """Everything one enterprise could do.

    Parameters
    ----------
    known
        What is known about the enterprise alone.
    row
        Its row in the grades of the same day.
    by
        Last day before the next grading.
    """
    items = {
        item.feature: item
        for item in view.scorecard.items
        if not item.sectors or row["sector"] in item.sectors
    }
    found = [hazards(known, by), inspections(by)]
    if item := items.get("trainings_people_year"):
        starts = [start for start, points in item.bins if points > points_at(item, row)]
        found.append(single("training", item.feature, starts, by))
    for name, item in items.items():
        if FEATURE[name].source == "monitoring":
            found.append(single("monitoring", name, better_values(item, row), by))
    if item := items.get("credit_level"):
        levels = [rank for rank in better_values(item, row) if rank < len(CREDIT_LEVELS)]
        found.append(single("credit", item.feature, levels, assessed_by(known, by)))
    return [lever for lever in found if len(lever.options) > 1]


def single(kind: Kind, feature: str, values: Sequence[int], by: dt.date) -> Lever:
    """One action, more or less far."""
    return Lever((feature,), ((), *((Action(kind, feature, "", value, by),) for value in values)))


def points_at(item: Item, row: Row) -> int:
    """The points the item takes or gives now."""
    value = row[f"f_{item.feature}"]
    if value is None:
        return item.missing_points
    return [points for start, points in item.bins if start <= max(value, item.bins[0][0])][-1]


def better_values(item: Item, row: Row) -> list[int]:
    """The least far value of each bin with more points than now, the nearest bin first."""
    now = points_at(item, row)
    starts = [start for start, _ in item.bins]
    if item.worse == "down":
        return [start for start, points in item.bins if points > now]
    lasts = [start - 1 for start in starts[1:]]
    pairs = zip(lasts, (points for _, points in item.bins), strict=False)
    return [last for last, points in pairs if points > now][::-1]


def hazards(known: Known, by: dt.date) -> Lever:
    """Close open hazards: of those that weigh the same, the one due first comes first."""
    table = known.tables["hazards"]
    rows = table.filter(pc.is_null(table["closed_on"])).to_pylist()
    rows.sort(key=lambda row: (alike(row, known), row["due_on"] or dt.date.max, row["fact_id"]))
    choices = []
    for _, group in groupby(rows, lambda row: alike(row, known)):
        every = tuple(close(row, known, by) for row in group)
        counts = {*range(min(len(every), MOST_AT_ONCE) + 1), len(every)}
        choices.append([every[:count] for count in sorted(counts)])
    whole = [sum(option, ()) for option in product(*choices)]
    features = ("general_hazards_open", "major_hazards_open", "hazards_overdue")
    return Lever(features, tuple(sorted(whole, key=len)))


def alike(row: Row, known: Known) -> tuple[bool, bool]:
    """Hazards that weigh the same: general or major, overdue or not."""
    is_overdue = row["due_on"] is not None and (known.as_of - row["due_on"]).days > 0
    return row["level"] != "major", not is_overdue


def close(row: Row, known: Known, by: dt.date) -> Action:
    due = row["due_on"]
    is_ahead = due is not None and (due - known.as_of).days >= 0
    day = min(due, by) if is_ahead else by
    return Action("hazard", row["fact_id"], row["level"], 1, day, due)


def inspections(by: dt.date) -> Lever:
    """Pass one inspection, or two in a row."""
    features = tuple(f.name for f in FEATURE.values() if f.source in ("inspections", "visits"))
    one, two = (Action("inspection", "inspections", "", times, by) for times in (1, 2))
    return Lever(features, ((), (one,), (two,)))


def assessed_by(known: Known, by: dt.date) -> dt.date:
    """When the credit level can change: a year after it was given last."""
    last = pc.max(known.tables["credit"]["occurred_on"]).as_py()
    return by if last is None else max(by, last + dt.timedelta(days=YEAR_DAYS))


# ── facts that would follow ───────────────────────────────────────────────────────────────


def facts_of_actions(
    known: Known, row: Row, actions: Option, *, until: dt.date
) -> dict[str, pa.Table]:
    """What the register would hold on `until`, had these actions been done and nothing else.

    Parameters
    ----------
    known
        What is known about the enterprise alone.
    row
        Its row in the grades of the same day.
    until
        The last grading; monthly reports and yearly trainings are there until then.

    Returns
    -------
    The tables of a `Register`.
    """
    tables = dict(known.tables)
    done = {action.name: action for action in actions}
    add(tables, "hazards", list(closings(known, actions)))
    add(tables, "trainings", list(trainings(row, actions, until)))
    add(tables, "inspections", list(visits(row, actions)))
    add(tables, "credit", list(assessments(known, row, actions)))
    add(tables, "monitoring", list(reports(known, row, done, until)))
    return tables


def add(tables: dict[str, pa.Table], name: str, rows: list[Row]) -> None:
    schema = schema_of(name)
    blank: Row = dict.fromkeys(schema.names)
    if "withdrawn" in blank:
        blank["withdrawn"] = False
    new = pa.Table.from_pylist([blank | row for row in rows], schema)
    tables[name] = pa.concat_tables([tables[name], new])


def closings(known: Known, actions: Option) -> Iterator[Row]:
    days = {action.name: action.by for action in actions if action.kind == "hazard"}
    for row in known.tables["hazards"].to_pylist():
        if row["fact_id"] in days:
            day = days[row["fact_id"]]
            yield row | {"closed_on": day, "known_on": day}


def trainings(row: Row, actions: Option, until: dt.date) -> Iterator[Row]:
    for action in actions:
        if action.kind == "training":
            for year in range((until - action.by).days // YEAR_DAYS + 1):
                day = months_after(action.by, 12 * year)
                yield happened(row, day, f"action-training-{year}") | {"people": action.value}


def visits(row: Row, actions: Option) -> Iterator[Row]:
    for action in actions:
        if action.kind == "inspection":
            for time in range(action.value):
                day = months_after(action.by, MONTHS_BETWEEN_VISITS * time)
                visit = {"kind": "case", "mode": "on_site", "result": "no_problem"}
                yield happened(row, day, f"action-inspection-{time}") | visit


def assessments(known: Known, row: Row, actions: Option) -> Iterator[Row]:
    """Every scheme that counts now comes to the level; who has none gets a first one."""
    for action in actions:
        if action.kind == "credit":
            schemes = sorted(set(known.tables["credit"]["scheme"].to_pylist())) or ["action"]
            for scheme in schemes:
                level = {"scheme": scheme, "level": CREDIT_LEVELS[action.value]}
                yield happened(row, action.by, f"action-credit-{scheme}") | level


def reports(known: Known, row: Row, done: dict[str, Action], until: dt.date) -> Iterator[Row]:
    """Monthly reports until the last grading: as they are now, or as an action brings them."""
    names = [name for name in schema_of("monitoring").names if name in FEATURE]
    as_now = {name: row[f"f_{name}"] for name in names}
    better = as_now | {name: done[name].value for name in names if name in done}
    if all(value is None for value in better.values()):
        return
    day = month_end(known.as_of)
    while day < until:
        # a month that has begun cannot be mended as a whole
        values = better if day.replace(day=1) >= known.as_of else as_now
        yield happened(row, day, f"action-month-{day}") | values
        day = month_end(day + dt.timedelta(days=1))


def happened(row: Row, day: dt.date, number: str) -> Row:
    """A fact of the enterprise that is known on the day it happens."""
    mine = {"enterprise_id": row["enterprise_id"], "fact_id": number}
    return mine | {"occurred_on": day, "known_on": day}


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last day of a month that is too short.

    >>> months_after(dt.date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: dt.date) -> dt.date:
    """The last day of a month.

    >>> month_end(dt.date(2027, 2, 3))
    datetime.date(2027, 2, 28)
    """
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
