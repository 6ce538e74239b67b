from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.facts import decay_table
from riskengine.features import FEATURES, SCHEMA, measure
from riskengine.fields import table_of_fields
from riskengine.register import Known
from tests.riskengine.build import (
    AS_OF,
    ONE,
    POLICY,
    day,
    feature_row,
    features,
    known,
    register,
    with_card,
)

NAMES = [
    "penalties_minor", "penalties_general", "penalties_serious", "penalties_grave",
    "penalties_per_vehicle_micro", "obstructions", "exempt_count_year", "general_hazards_open",
    "major_hazards_open", "hazards_overdue", "accidents_liable", "deaths_liable_year",
    "injuries_per_vehicle_micro", "complaints_upheld", "complaints_per_vehicle_micro",
    "credit_level", "online_rate_bp", "track_completeness_bp", "speeding_milli",
    "fatigue_seconds", "offline_displacements", "trainings_people_year", "inspections_bad",
    "inspections_clean_streak", "days_since_inspection", "days_open",
]  # fmt: skip


def weight(age: int, half_life: int) -> int:
    return round(10**6 * 2 ** (-age / half_life))


def test_the_list_is_the_table_of_contents() -> None:
    assert [f.name for f in FEATURES] == NAMES == SCHEMA.names[5:]
    tables = table_of_fields()
    for feature in FEATURES:
        assert feature.source in tables
        assert feature.zh != feature.en and feature.zh and feature.en


def test_decay_is_the_rounded_power_of_two() -> None:
    weights = decay_table(180, 1095)["weight"].to_pylist()
    assert weights == [weight(age, 180) for age in range(1, 1096)]


def test_an_enterprise_without_facts_has_zeros_and_no_data() -> None:
    row = feature_row()
    assert row["enterprise_id"] == "E1" and row["township"] == "" and row["days_open"] == 3000
    for feature in FEATURES[:-1]:
        assert row[feature.name] == feature.when_none, feature.name


def test_penalties_are_decayed_counts_by_tier_within_the_window() -> None:
    row = feature_row(
        violations=[
            {"ago": 10, "tier": "serious", "count": 3},
            {"ago": 1095, "tier": "serious"},
            {"ago": 1096, "tier": "serious", "count": 50},
            {"ago": 20, "tier": "minor"},
            {"ago": 20, "tier": "grave", "disposition": "minor_exempt"},
            {"ago": 366, "tier": "minor", "disposition": "first_offence_exempt"},
        ]
    )
    serious = 3 * weight(10, 365) + weight(1095, 365)
    assert row["penalties_serious"] == serious
    assert row["penalties_minor"] == weight(20, 365)
    assert row["penalties_grave"] == row["penalties_general"] == 0
    assert row["penalties_per_vehicle_micro"] == (serious + weight(20, 365)) // 10
    assert row["exempt_count_year"] == 1


def test_exposure_has_a_floor_that_also_stands_for_unknown_vehicles() -> None:
    few = [{"enterprise_id": e, "vehicles": n} for e, n in (("E1", 2), ("E2", None), ("E3", 40))]
    table = features(
        enterprises=few,
        violations=[{"enterprise_id": e, "ago": 9} for e in ("E1", "E2", "E3")],
    ).table
    w = weight(9, 365)
    assert table["penalties_per_vehicle_micro"].to_pylist() == [w // 5, w // 5, w // 40]
    assert table["vehicles"].to_pylist() == [2, None, 40]


def test_a_table_without_a_half_life_does_not_fade_inside_the_window() -> None:
    rules = replace(POLICY.scorecard.features, half_life_days={}, window_days=100)
    rows = features(with_card(features=rules), violations=[{"ago": 100}, {"ago": 101}]).table
    assert rows["penalties_general"].to_pylist() == [ONE]


def test_obstruction_weighs_only_with_a_penalty() -> None:
    rows = [
        {"ago": 5, "obstruction": True, "disposition": d} for d in ("penalised", "minor_exempt")
    ]
    assert feature_row(violations=rows)["obstructions"] == weight(5, 365)


def test_open_hazards_count_however_old_and_overdue_ones_stay_fresh() -> None:
    row = feature_row(
        hazards=[
            {"ago": 2000, "level": "general", "due_on": day(1900)},
            {"ago": 9, "level": "major", "due_on": day(0)},  # due on the day itself: not yet late
            {"ago": 90, "level": "major", "due_on": day(60), "closed_on": day(30)},
            {"ago": 90, "level": "major", "due_on": day(60), "closed_on": day(60)},
            {"ago": 90, "level": "general"},
        ]
    )
    assert row["general_hazards_open"] == 2 and row["major_hazards_open"] == 1
    assert row["hazards_overdue"] == ONE + weight(30, 180)


def test_accidents_count_with_equal_or_more_liability() -> None:
    row = feature_row(
        accidents=[
            {"ago": 365, "deaths": 2, "injuries": 3, "liability": "equal"},
            {"ago": 366, "deaths": 5, "injuries": None, "liability": "full"},
            {"ago": 10, "deaths": 9, "injuries": 9, "liability": "minor"},
        ]
    )
    assert row["accidents_liable"] == weight(365, 730) + weight(366, 730)
    assert row["deaths_liable_year"] == 2
    assert row["injuries_per_vehicle_micro"] == 3 * weight(365, 730) // 10


def test_complaints_count_when_upheld() -> None:
    row = feature_row(complaints=[{"ago": 7}, {"ago": 8, "upheld": False}])
    assert row["complaints_upheld"] == weight(7, 180)
    assert row["complaints_per_vehicle_micro"] == weight(7, 180) // 10


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([("quality", 400, "bad"), ("quality", 30, "good")], 1),
        ([("quality", 30, "good"), ("public", 700, "poor")], 3),
        ([("quality", 30, "good"), ("quality", 30, "fair")], 2),
        ([("quality", 1096, "bad")], None),
    ],
)
def test_credit_is_the_worst_of_the_newest_per_scheme(rows: Any, level: int | None) -> None:
    credit = [{"scheme": scheme, "ago": ago, "level": level} for scheme, ago, level in rows]
    assert feature_row(credit=credit)["credit_level"] == level


def test_monitoring_is_the_integer_mean_of_the_last_three_months() -> None:
    rows = [(1, 9000, None), (31, 9001, 10), (62, 9001, 15), (92, 0, 999), (101, 0, 999)]
    row = feature_row(
        monitoring=[
            {"ago": ago, "track_completeness_bp": rate, "fatigue_seconds": fatigue}
            for ago, rate, fatigue in rows
        ]
    )
    assert row["track_completeness_bp"] == 9000
    assert row["fatigue_seconds"] == 12
    assert row["online_rate_bp"] is None


def test_trainings_count_people_of_the_year() -> None:
    rows = [{"ago": 365, "people": 4}, {"ago": 366, "people": 50}]
    assert feature_row(trainings=rows)["trainings_people_year"] == 4


def test_inspections_give_findings_streak_and_days() -> None:
    results = [
        (700, "no_problem"), (500, "problem_pending"), (400, "no_problem"), (400, "obstructed"),
        (300, "no_problem"), (200, "no_problem"), (5, "unreachable"),
    ]  # fmt: skip
    row = feature_row(inspections=[{"ago": ago, "result": result} for ago, result in results])
    assert row["inspections_bad"] == weight(500, 365) + weight(400, 365)
    assert row["inspections_clean_streak"] == 2
    assert row["days_since_inspection"] == 200


def test_closed_enterprises_are_left_out_and_rows_are_sorted() -> None:
    enterprises = [
        {"enterprise_id": "E2"},
        {"enterprise_id": "E1", "closed_on": day(1)},
        {"enterprise_id": "e0"},
        {"enterprise_id": "A9", "closed_on": day(0)},  # closes today: still open yesterday
    ]
    ids = features(enterprises=enterprises).table["enterprise_id"].to_pylist()
    assert ids == ["A9", "E2", "e0"]


def rows_of_everything(seed: int) -> dict[str, list[dict[str, Any]]]:
    rng = random.Random(seed)
    ids = [f"E{n}" for n in range(12)]

    def facts(**choices: list[Any]) -> list[dict[str, Any]]:
        return [
            {"enterprise_id": rng.choice(ids), "ago": rng.randint(1, 1500)}
            | {name: rng.choice(values) for name, values in choices.items()}
            for _ in range(40)
        ]

    dates = [None, *(day(n) for n in (-30, 1, 50, 400))]
    return {
        "enterprises": [
            {"enterprise_id": e, "vehicles": rng.choice([None, 0, 7, 90])} for e in ids
        ],
        "violations": facts(
            tier=["minor", "general", "serious", "grave"],
            disposition=["penalised", "minor_exempt"],
            count=[1, 3],
            obstruction=[True, False],
        ),
        "hazards": facts(level=["general", "major"], due_on=dates, closed_on=dates),
        "accidents": facts(deaths=[0, 1, None], injuries=[0, 4], liability=["none", "full"]),
        "credit": facts(scheme=["quality", "public"], level=["excellent", "bad"]),
        "complaints": facts(upheld=[True, False]),
        "trainings": facts(people=[3, 40]),
        "monitoring": [
            row | {"ago": rng.randint(1, 120)}
            for row in facts(speeding_milli=[None, 5, 500], online_rate_bp=[9000, 9999])
        ],
        "inspections": facts(result=["no_problem", "problem_pending", "closed"]),
    }


def test_sqlite_measures_the_same_as_duckdb() -> None:
    facts = known(**rows_of_everything(1))
    duck = measure(facts, POLICY)
    assert measure(facts, POLICY, ibis.sqlite.connect()).table.equals(duck.table)
    assert sum(duck.table["penalties_minor"].to_pylist()) > 0


def test_the_order_of_rows_changes_nothing() -> None:
    facts = known(**rows_of_everything(2))
    rng = random.Random(3)
    shuffled = {}
    for name, table in facts.tables.items():
        places = list(range(table.num_rows))
        rng.shuffle(places)
        shuffled[name] = table.take(pa.array(places, pa.int64()))
    assert measure(replace(facts, tables=shuffled), POLICY).table.equals(
        measure(facts, POLICY).table
    )


@settings(max_examples=12, deadline=None)
@given(
    late=st.lists(
        st.tuples(
            st.sampled_from(["violations", "inspections", "complaints", "accidents", "hazards"]),
            st.integers(0, 900),
            st.integers(0, 60),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_late_news_changes_no_feature(late: list[tuple[str, int, int]]) -> None:
    rows = rows_of_everything(4)
    before, measured = facts_in_time()
    for place, (table, ago, delay) in enumerate(late):
        news = {"fact_id": f"late-{place}", "enterprise_id": "E3", "occurred_on": day(ago)}
        rows[table].append(news | {"known_on": AS_OF + dt.timedelta(days=delay)})
    after = register(**rows).as_of(AS_OF)
    assert after.digest == before.digest
    assert measure(after, POLICY).table.equals(measured)


@cache
def facts_in_time() -> tuple[Known, pa.Table]:
    before = register(**rows_of_everything(4)).as_of(AS_OF)
    return before, measure(before, POLICY).table
