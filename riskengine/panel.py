"""What was known of an enterprise before each of its visits, and what did the visit find?

One row per past visit, its features cut at a day of its own by the rule that production cuts by
(``known_on < as_of``), in one expression over all days. `riskengine.features.measure` on
``register.as_of(day)`` gives the same row, which is a property test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskengine.facts import AS_OF_DAY
from riskengine.features import FEATURES, RECORD, expression, mean, schema_for
from riskengine.fields import TableInfo, table_of_fields
from riskengine.record import looked_at, visits_of
from riskengine.register import Register
from riskengine.rules import FeatureRules

if TYPE_CHECKING:
    import ibis

Days = npt.NDArray[np.datetime64]
INDICATOR = "indicator "
"""What the columns of `indicators_at` begin with, so that none bears the name of a feature."""
NEVER = np.int64(10**8)
"""A day, counted from 1970, that no register reaches."""
KEYED_BY_ENTERPRISE = tuple(
    dict.fromkeys(["enterprises", "violations", *(f.source for f in FEATURES)])
)


@dataclass(frozen=True, slots=True)
class Panel:
    """Past visits in the order of (visited_on, enterprise_id, fact_id).

    table
        fact_id, enterprise_id, visited_on, as_of, known_on (day the result became known first),
        group (the officers, "" when unknown), sector, township, vehicles, pi_nano (probability
        of the draw, or null).
    features
        The same rows: one int64 column per feature of `FEATURES` and `RECORD`, then one per name of
        the table `indicators` (`indicators_at`); null for "no data".
    """

    rules: FeatureRules
    cut: str
    table: pa.Table
    features: pa.Table

    @property
    def visited_on(self) -> Days:
        days: Days = self.table["visited_on"].to_numpy().astype("datetime64[D]")
        return days


def on_the_visit(visited_on: Days) -> Days:
    """Everything known before the day of the visit."""
    return visited_on


def at_the_month(visited_on: Days) -> Days:
    """Everything known when the month of the visit began: what a monthly plan can know."""
    return visited_on.astype("datetime64[M]").astype("datetime64[D]")


CUTS: Mapping[str, Callable[[Days], Days]] = {"visit": on_the_visit, "month": at_the_month}


def panel_of(
    register: Register,
    rules: FeatureRules,
    *,
    cut: str = "visit",
    engine: Any = None,
) -> Panel:
    """Every visit that could look and is not withdrawn, with what was known before it.

    Parameters
    ----------
    cut
        One of `CUTS`: the day at whose start the facts are cut, for each day of a visit.
    engine
        An Ibis backend; DuckDB in this process when None.
    """
    import ibis

    engine = engine or ibis.duckdb.connect()
    visits = visits_at_last(register, rules, engine)
    visited_on = visits["visited_on"].to_numpy().astype("datetime64[D]")
    as_of = CUTS[cut](visited_on)
    features = features_at(register, rules, visits["enterprise_id"], as_of, engine)
    # an enterprise that was closed by then has no row
    place = pc.cast(features["enterprise_id"], pa.int64())
    visits = visits.append_column("as_of", pa.array(as_of, pa.date32())).take(place)
    for name in ("sector", "township", "vehicles"):
        visits = visits.append_column(name, features[name])
    features = features.select([f.name for f in (*FEATURES, *RECORD)])
    cut_on = visits["as_of"].to_numpy().astype("datetime64[D]")
    others = indicators_at(register, visits["enterprise_id"], cut_on, engine)
    return Panel(rules, cut, visits, with_columns(features, others))


def features_at(
    register: Register, rules: FeatureRules, enterprises: Any, as_of: Days, engine: Any = None
) -> pa.Table:
    """What was known of enterprises at the start of days of their own.

    `Features.table` with the number of the row in place of the enterprise; a row is missing where
    the enterprise was closed by then.
    """
    import ibis

    engine = engine or ibis.duckdb.connect()
    rows = seekers(enterprises, as_of.astype(np.int64))
    tables = cut_tables(register, ibis.memtable(rows))
    tables["looked"] = ibis.memtable(looked_over_time(register, rules, engine))
    features = (*FEATURES, *RECORD)
    found = engine.to_pyarrow(expression(tables, rules, as_of=None, features=features))
    return found.cast(schema_for(features)).sort_by("enterprise_id")


def indicators_at(
    register: Register, enterprises: Any, as_of: Days, engine: Any = None
) -> dict[str, pa.Array]:
    """The figures of the table `indicators` that were known of enterprises at the start of days.

    `INDICATOR` + name → an int64 per question, in the order of the names: the figure of the latest
    day in 1/1000, the mean where that day has several, null without any.
    """
    import ibis

    engine = engine or ibis.duckdb.connect()
    names = sorted(set(register.tables["indicators"]["name"].to_pylist()))
    if not names:
        return {}
    rows = ibis.memtable(seekers(enterprises, as_of.astype(np.int64)))
    info = table_of_fields()["indicators"]
    known = cut_table(ibis.memtable(versions(register.tables[info.name], info)), rows, info.name)
    by = ["enterprise_id", "name"]
    known = known.mutate(latest_on=known.occurred_on.max().over(group_by=by))
    known = known.filter(known.occurred_on == known.latest_on)
    found = engine.to_pyarrow(known.group_by(by).aggregate(figure=mean(known.value_milli)))
    place = pc.cast(found["enterprise_id"], pa.int64()).to_numpy()
    columns = {}
    for name in names:
        here = pc.equal(found["name"], name).to_numpy()
        figure, is_unknown = np.zeros(len(as_of), np.int64), np.ones(len(as_of), bool)
        figure[place[here]], is_unknown[place[here]] = found["figure"].to_numpy()[here], False
        columns[INDICATOR + name] = pa.array(figure, mask=is_unknown)
    return columns


def indicators_in(names: Iterable[str]) -> tuple[str, ...]:
    """What the figures among these columns are called in the register."""
    return tuple(name.removeprefix(INDICATOR) for name in names if name.startswith(INDICATOR))


def with_columns(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    """The table with more columns to its right."""
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table


def seekers(enterprises: Any, days: npt.NDArray[np.int64]) -> pa.Table:
    """One row per question: its own id, whom it asks about, and the day."""
    ids = [f"{number:09d}" for number in range(len(days))]
    return pa.table({"row_id": ids, "seeker": enterprises, AS_OF_DAY: days})


def visits_at_last(register: Register, rules: FeatureRules, engine: Any) -> pa.Table:
    """The visits as the whole register has them, without labels."""
    table = register.tables["inspections"]
    first = table.group_by("fact_id").aggregate([("known_on", "min")])
    known = register.as_of(dt.date.max)
    visits = known.tables["inspections"]
    import ibis

    tables = {name: ibis.memtable(known.tables[name]) for name in ("inspections", "violations")}
    looked = visits_of(tables["inspections"], tables["violations"], rules.record)
    ids = engine.to_pyarrow(looked.select("fact_id"))["fact_id"]
    visits = visits.filter(pc.is_in(visits["fact_id"], ids.combine_chunks()))
    known_on = first["known_on_min"].take(pc.index_in(visits["fact_id"], first["fact_id"]))
    found = pa.table(
        {
            "fact_id": visits["fact_id"],
            "enterprise_id": visits["enterprise_id"],
            "visited_on": visits["occurred_on"],
            "known_on": known_on,
            "group": visits["inspectors"].fill_null(""),
            "pi_nano": visits["pi"],
        }
    )
    order = [(name, "ascending") for name in ("visited_on", "enterprise_id", "fact_id")]
    return found.sort_by(order).combine_chunks()


def labels_known(register: Register, panel: Panel, day: dt.date, engine: Any = None) -> Any:
    """The label of each row as it was known at the start of `day`: 1, 0, or -1 where it was not.

    Shape (rows,), int8. A correction that came later does not count.
    """
    import ibis

    engine = engine or ibis.duckdb.connect()
    known = register.as_of(day)
    tables = {name: ibis.memtable(known.tables[name]) for name in ("inspections", "violations")}
    visits = visits_of(tables["inspections"], tables["violations"], panel.rules.record)
    found = engine.to_pyarrow(visits.select("fact_id", "found"))
    place = pc.index_in(panel.table["fact_id"], found["fact_id"].combine_chunks())
    label = pc.cast(found["found"].take(place), pa.int8())
    return label.fill_null(-1).to_numpy()


def with_finding(rules: FeatureRules, finding: str) -> FeatureRules:
    """The same rules with another definition of a finding."""
    return replace(rules, record=replace(rules.record, finding=finding))


def leaking(register: Register, panel: Panel, days: int = 3) -> tuple[str, ...]:
    """Features that look into the future: none should, and then it is empty.

    For some of the days the panel is cut at, spread over its time, the rows of the day are measured
    again on a register that holds nothing known on that day or later.
    """
    as_of = panel.table["as_of"].to_numpy().astype("datetime64[D]")
    every = np.unique(as_of)
    caught: set[str] = set()
    for day in every[np.linspace(0, len(every) - 1, min(days, len(every))).astype(int)]:
        here = pa.array(as_of == day)
        past = {
            name: table.filter(pc.less(table["known_on"], pa.scalar(day.astype(object))))
            for name, table in register.tables.items()
        }
        # an enterprise is known when it is visited, see `versions`
        past["enterprises"] = register.tables["enterprises"]
        full, ids = panel.features.filter(here), panel.table["enterprise_id"].filter(here)
        asked = (ids, as_of[as_of == day])
        less = features_at(Register(past), panel.rules, *asked)
        less = with_columns(less, indicators_at(Register(past), *asked))
        unknown = pa.nulls(len(ids), pa.int64())  # an indicator that nobody had named by then
        less = with_columns(
            less, {name: unknown for name in full.column_names if name not in less.column_names}
        )
        caught |= {name for name in full.column_names if not full[name].equals(less[name])}
    return tuple(name for name in panel.features.column_names if name in caught)


# ── cutting at many days ──────────────────────────────────────────────────────────────────


def versions(table: pa.Table, info: TableInfo) -> pa.Table:
    """Each row with the days ``[from_day, to_day)`` at whose start it is the newest of its key.

    The table is sorted by key and ``known_on``; withdrawn rows end what they withdraw. Of an
    enterprise the oldest row also speaks of the time before it: one that is visited is known.
    """
    known = table["known_on"].to_numpy().astype("datetime64[D]").astype(np.int64)
    is_next = np.ones(max(len(table) - 1, 0), bool)
    for name in info.key:
        column = table[name].combine_chunks()
        is_next &= pc.equal(column[:-1], column[1:]).fill_null(False).to_numpy(False)
    until = np.full(len(table), NEVER)
    until[:-1][is_next] = known[1:][is_next] + 1
    since = known + 1
    if info.name == "enterprises":
        is_first = np.append(True, ~is_next)[: len(table)]
        since = np.where(is_first, -NEVER, since)
    table = table.append_column("from_day", pa.array(since))
    table = table.append_column("to_day", pa.array(until))
    if "withdrawn" in table.column_names:
        table = table.filter(pc.invert(table["withdrawn"]))
    return table.filter(pc.less(table["from_day"], table["to_day"]))


def cut_tables(register: Register, rows: ibis.Table) -> dict[str, ibis.Table]:
    """The tables as each row may know them; `enterprise_id` becomes the row's own id.

    rows
        row_id, seeker (an enterprise), and the day (`AS_OF_DAY`).
    """
    import ibis

    fields = table_of_fields()
    names = [name for name in KEYED_BY_ENTERPRISE if name in fields]
    return {
        name: cut_table(ibis.memtable(versions(register.tables[name], fields[name])), rows, name)
        for name in names
    }


def cut_table(table: ibis.Table, rows: ibis.Table, name: str) -> ibis.Table:
    known = rows.join(
        table,
        [
            rows.seeker == table.enterprise_id,
            table.from_day <= rows[AS_OF_DAY],
            table.to_day > rows[AS_OF_DAY],
        ],
    )
    past = {
        field.name: (known[field.name].epoch_days() < known[AS_OF_DAY]).ifelse(
            known[field.name], None
        )
        for field in table_of_fields()[name].fields
        if field.type == "date"
    }
    return known.mutate(**past, enterprise_id=known.row_id).drop("seeker", "row_id")


def looked_over_time(register: Register, rules: FeatureRules, engine: Any) -> pa.Table:
    """Every visit with what it had found and where the enterprise was, by the days it held.

    Columns: occurred_on, found, township, sector, from_day, to_day. An enterprise is looked at
    anew on every day on which anything about it, its visits or its violations became known.
    """
    import ibis

    days = [
        pa.table({"seeker": table["enterprise_id"], "known_on": table["known_on"]})
        for table in (register.tables[n] for n in ("enterprises", "inspections", "violations"))
    ]
    changed = pa.concat_tables(days).group_by(["seeker", "known_on"]).aggregate([])
    changed = changed.sort_by([("seeker", "ascending"), ("known_on", "ascending")])
    since = changed["known_on"].to_numpy().astype("datetime64[D]").astype(np.int64) + 1
    is_same = pc.equal(changed["seeker"][:-1], changed["seeker"][1:]).to_numpy()
    until = np.append(np.where(is_same, since[1:], NEVER), [NEVER])[: len(changed)]
    tables = cut_tables(register, ibis.memtable(seekers(changed["seeker"], since)))
    visits = visits_of(tables["inspections"], tables["violations"], rules.record)
    looked = engine.to_pyarrow(looked_at(visits, tables["enterprises"]))
    place = pc.cast(looked["enterprise_id"], pa.int64()).to_numpy()
    looked = looked.append_column("from_day", pa.array(since[place]))
    return looked.append_column("to_day", pa.array(until[place])).drop(["enterprise_id"])
