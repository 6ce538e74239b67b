"""How fast are 100,000 enterprises with 1,000,000 events graded, beside the same sums in SQL?

``python -m tests.bench.grade``; the last line is one JSON object. The SQL is written by hand for
DuckDB and must give the same sums to the last digit. `seconds` is everything from the register in
memory to the digest of the grades, the first import of Ibis included; `ratio_to_sql` is the
measuring alone against that SQL.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from riskengine.facts import decay_table
from riskengine.features import FEATURES, measure
from riskengine.fields import schema_of, table_of_fields
from riskengine.grade import grade, grades_digest
from riskengine.policy import read_policy
from riskengine.register import Known
from riskengine.rules import FeatureRules
from riskengine.scorecard import score

AS_OF = dt.date(2026, 12, 1)
SECTORS = ("dangerous_goods", "passenger", "freight", "repair_minor", "taxi")
# table → share of the events, and the columns to draw: choices, or a range of integers
EVENTS: dict[str, tuple[int, dict[str, Any]]] = {
    "violations": (25, {
        "tier": ("minor", "minor", "general", "serious", "grave"),
        "disposition": ("penalised", "penalised", "first_offence_exempt", "minor_exempt"),
        "count": (1, 1, 1, 2), "obstruction": (False,) * 19 + (True,),
    }),
    "hazards": (10, {"level": ("general",) * 9 + ("major",), "due_on": 60, "closed_on": 90}),
    "accidents": (5, {
        "deaths": (0,) * 30 + (1,), "injuries": (0, 0, 1, 3),
        "liability": ("none", "minor", "equal", "major", "full"),
    }),
    "credit": (5, {
        "scheme": ("quality", "public"), "level": ("excellent", "good", "fair", "poor", "bad"),
    }),
    "complaints": (15, {"channel": ("12345", "12328"), "upheld": (True, False)}),
    "trainings": (5, {"people": (1, 5, 20)}),
    "monitoring": (15, {
        "online_rate_bp": (9000, 9700, 9990, None), "track_completeness_bp": (8900, 9600, 9900),
        "speeding_milli": (0, 100, 900), "fatigue_seconds": (0, 60, 600),
        "offline_displacements": (0, 0, 1),
    }),
    "inspections": (20, {
        "kind": ("routine", "special"), "mode": ("on_site",),
        "result": ("no_problem", "no_problem", "problem_corrected", "problem_pending", "closed"),
    }),
}  # fmt: skip

SQL = """
with f_violations as (
    select v.*, date_diff('day', occurred_on, $as_of) as age,
        case when disposition = 'penalised' then coalesce(weight, 0) else 0 end as penalty
    from violations v
    left join decay_violations d on d.age = date_diff('day', occurred_on, $as_of)
), s_violations as (
    select enterprise_id,
        sum(penalty * count) filter (tier = 'minor') as penalties_minor,
        sum(penalty * count) filter (tier = 'general') as penalties_general,
        sum(penalty * count) filter (tier = 'serious') as penalties_serious,
        sum(penalty * count) filter (tier = 'grave') as penalties_grave,
        sum(penalty * count) as penalties,
        sum(penalty) filter (obstruction) as obstructions,
        sum(count) filter (disposition <> 'penalised' and age between 1 and 365) as exempt
    from f_violations group by 1
), s_hazards as (
    select enterprise_id,
        count(*) filter (closed_on is null and level = 'general') as general_open,
        count(*) filter (closed_on is null and level = 'major') as major_open,
        sum(case when closed_on is null and due_on < $as_of then 1000000
                 when closed_on > due_on then coalesce(weight, 0) else 0 end) as overdue
    from hazards h
    left join decay_hazards d
        on d.age = date_diff('day', coalesce(closed_on, occurred_on), $as_of)
    group by 1
), s_accidents as (
    select enterprise_id, sum(weight) as accidents, sum(weight * injuries) as injured,
        sum(deaths) filter (date_diff('day', occurred_on, $as_of) between 1 and 365) as deaths
    from accidents left join decay_accidents d
        on d.age = date_diff('day', occurred_on, $as_of)
    where liability in ('equal', 'major', 'full') group by 1
), s_credit as (
    select enterprise_id, max(case level when 'excellent' then 0 when 'good' then 1
        when 'fair' then 2 when 'poor' then 3 when 'bad' then 4 end) as credit_level
    from (
        select *, rank() over (partition by enterprise_id, scheme order by occurred_on desc) as r
        from credit where date_diff('day', occurred_on, $as_of) between 1 and $window
    ) where r = 1 group by 1
), s_complaints as (
    select enterprise_id, sum(weight) as complaints
    from complaints left join decay_complaints d
        on d.age = date_diff('day', occurred_on, $as_of)
    where upheld group by 1
), s_monitoring as (
    select enterprise_id,
        sum(online_rate_bp) // count(online_rate_bp) as online_rate_bp,
        sum(track_completeness_bp) // count(track_completeness_bp) as track_completeness_bp,
        sum(speeding_milli) // count(speeding_milli) as speeding_milli,
        sum(fatigue_seconds) // count(fatigue_seconds) as fatigue_seconds,
        sum(offline_displacements) // count(offline_displacements) as offline_displacements
    from (
        select *, dense_rank() over (partition by enterprise_id order by occurred_on desc) as r
        from monitoring where date_diff('day', occurred_on, $as_of) between 1 and 100
    ) where r <= 3 group by 1
), s_trainings as (
    select enterprise_id, sum(people) as trained from trainings
    where date_diff('day', occurred_on, $as_of) between 1 and 365 group by 1
), f_inspections as (
    select i.*, date_diff('day', occurred_on, $as_of) as age, coalesce(weight, 0) as w,
        weight is not null and result in ('problem_pending', 'problem_corrected', 'obstructed')
            as bad
    from inspections i
    left join decay_inspections d on d.age = date_diff('day', occurred_on, $as_of)
), s_inspections as (
    select enterprise_id, sum(w) filter (bad) as inspections_bad,
        count(*) filter (result = 'no_problem' and age <= $window
            and age < coalesce(last_bad, 1000000)) as streak,
        min(age) filter (result in ('no_problem', 'problem_pending', 'problem_corrected')) as days
    from (
        select *, min(case when bad then age end) over (partition by enterprise_id) as last_bad
        from f_inspections
    ) group by 1
)
select enterprise_id,
    coalesce(penalties_minor, 0) as penalties_minor,
    coalesce(penalties_general, 0) as penalties_general,
    coalesce(penalties_serious, 0) as penalties_serious,
    coalesce(penalties_grave, 0) as penalties_grave,
    coalesce(penalties, 0) // exposure as penalties_per_vehicle_micro,
    coalesce(obstructions, 0) as obstructions,
    coalesce(exempt, 0) as exempt_count_year,
    coalesce(general_open, 0) as general_hazards_open,
    coalesce(major_open, 0) as major_hazards_open,
    coalesce(overdue, 0) as hazards_overdue,
    coalesce(accidents, 0) as accidents_liable,
    coalesce(deaths, 0) as deaths_liable_year,
    coalesce(injured, 0) // exposure as injuries_per_vehicle_micro,
    coalesce(complaints, 0) as complaints_upheld,
    coalesce(complaints, 0) // exposure as complaints_per_vehicle_micro,
    credit_level, online_rate_bp, track_completeness_bp, speeding_milli, fatigue_seconds,
    offline_displacements,
    coalesce(trained, 0) as trainings_people_year,
    coalesce(inspections_bad, 0) as inspections_bad,
    coalesce(streak, 0) as inspections_clean_streak,
    days as days_since_inspection,
    date_diff('day', opened_on, $as_of) as days_open
from (select *, greatest(vehicles, $least) as exposure from enterprises where closed_on is null)
left join s_violations using (enterprise_id)
left join s_hazards using (enterprise_id)
left join s_accidents using (enterprise_id)
left join s_credit using (enterprise_id)
left join s_complaints using (enterprise_id)
left join s_monitoring using (enterprise_id)
left join s_trainings using (enterprise_id)
left join s_inspections using (enterprise_id)
order by enterprise_id
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--enterprises", type=int, default=100_000)
    options.add_argument("--events", type=int, default=1_000_000)
    asked = options.parse_args()
    policy = read_policy("cn-transport").on(AS_OF)
    known = made_up(asked.enterprises, asked.events)
    events = sum(known.tables[name].num_rows for name in EVENTS)
    print(f"{asked.enterprises:,} enterprises, {events:,} events, policy {policy.pack.name}")

    _, imported = timed("import", lambda: import_module("ibis"))
    features, measured = timed("measure", lambda: measure(known, policy))
    scores, scored = timed("score", lambda: score(features, policy))
    grades, graded = timed("grade", lambda: grade(scores, policy))
    digest, digested = timed("digest", lambda: grades_digest(grades))
    seconds = imported + measured + scored + graded + digested
    sums, in_sql = timed("by hand", lambda: by_hand(known, policy.scorecard.features))

    names = [feature.name for feature in FEATURES]
    wrong = [name for name in names if not features.table[name].equals(sums[name].cast("int64"))]
    assert not wrong, f"other sums than SQL: {wrong}"
    letters = Counter(grades.table["grade"].to_pylist())
    print(f"equal sums in {len(FEATURES)} features; grades {dict(sorted(letters.items()))}")
    print(f"grades digest {digest}")
    figures = {
        "enterprises": asked.enterprises,
        "events": events,
        "seconds": round(seconds, 2),
        "enterprises_per_second": round(asked.enterprises / seconds),
        "ratio_to_sql": round(measured / in_sql, 2),
    }
    print(json.dumps(figures))


def timed(what: str, call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - start
    print(f"  {what:8s} {seconds:6.2f} s")
    return result, seconds


def by_hand(known: Known, rules: FeatureRules) -> pa.Table:
    connection = duckdb.connect()
    for name, table in known.tables.items():
        connection.register(name, table)
    for name, days in rules.half_life_days.items():
        decay = decay_table(days, rules.window_days).rename_columns(["age", "weight"])
        connection.register(f"decay_{name}", decay)
    facts = {"as_of": AS_OF, "window": rules.window_days, "least": rules.least_vehicles}
    return connection.sql(SQL, params=facts).to_arrow_table()


def made_up(enterprises: int, events: int) -> Known:
    """A register with long-tailed numbers of events; the numbers mean nothing."""
    rng = np.random.default_rng(20261201)
    ids = np.array([f"示例{n:07d}" for n in range(enterprises)])
    columns: dict[str, Any] = {
        "enterprise_id": ids,
        "name": ids,
        "sector": rng.choice(SECTORS, enterprises),
        "township": rng.choice(["甲镇", "乙镇"], enterprises),
        "vehicles": rng.geometric(0.05, enterprises),
        "opened_on": days_before(rng.integers(1, 5000, enterprises)),
        "known_on": days_before(rng.integers(1, 2, enterprises)),
    }
    tables = {"enterprises": filled("enterprises", columns)}
    # some enterprises are ten times as busy as others
    busy = rng.exponential(1.0, enterprises)
    busy /= busy.sum()
    shares = sum(share for share, _ in EVENTS.values())
    for name, (share, choices) in EVENTS.items():
        count = events * share // shares
        ages = rng.integers(1, 110 if name == "monitoring" else 1300, count)
        columns = {
            "fact_id": np.array([f"{name}-{n}" for n in range(count)]),
            "enterprise_id": ids[rng.choice(enterprises, count, p=busy)],
            "occurred_on": days_before(ages),
            "known_on": days_before(np.ones(count, np.int64)),
        }
        columns |= {field: drawn(rng, choice, ages) for field, choice in choices.items()}
        tables[name] = filled(name, columns)
    empty = {n: schema_of(n).empty_table() for n in table_of_fields() if n not in tables}
    return Known(AS_OF, tables | empty, "bench")


def drawn(rng: np.random.Generator, choices: Any, ages: Any) -> pa.Array:
    """One of `choices` per event; or a day within `choices` days, null when not yet past."""
    if isinstance(choices, int):
        later = ages - rng.integers(1, choices, len(ages))
        return pa.array(days_before(later), mask=later < 1)
    return pa.array(choices).take(pa.array(rng.integers(0, len(choices), len(ages))))


def days_before(ages: Any) -> Any:
    return np.datetime64(AS_OF, "D") - ages.astype("timedelta64[D]")


def filled(name: str, columns: dict[str, Any]) -> pa.Table:
    """The table of the register with these columns and nulls in the others."""
    rows = len(next(iter(columns.values())))
    schema = schema_of(name)
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


if __name__ == "__main__":
    main()
