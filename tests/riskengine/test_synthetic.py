"""Is the synthetic county plausible, fictional and repeatable?"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from riskengine.features import measure
from riskengine.grade import grade
from riskengine.policy import read_policy
from riskengine.register import Register
from riskengine.scorecard import score
from riskengine.synthetic import (
    SHAPES,
    apportion,
    small_register,
    synthetic_register,
    synthetic_tables,
)

START, UNTIL = dt.date(2023, 11, 1), dt.date(2026, 11, 30)
TABLES_WITH_FACTS = ("violations", "hazards", "accidents", "credit", "complaints", "trainings",
                     "monitoring", "inspections")  # fmt: skip


@pytest.fixture(scope="module")
def county() -> Register:
    return synthetic_register(np.random.default_rng(2026))


@pytest.fixture(scope="module")
def rows(county: Register) -> dict[str, pd.DataFrame]:
    return {name: table.to_pandas() for name, table in county.tables.items()}


def by_year(table: pd.DataFrame) -> pd.Series:
    return table.groupby(pd.to_datetime(table.occurred_on).dt.year).size()


def test_nothing_is_rejected_or_flagged(county: Register) -> None:
    assert county.rejected == ()
    assert county.flags == ()


def test_every_table_of_the_dictionary_has_rows(county: Register) -> None:
    assert all(table.num_rows for table in county.tables.values())


def test_the_sectors_have_the_sizes_of_the_county(rows: dict[str, pd.DataFrame]) -> None:
    sectors = rows["enterprises"].drop_duplicates("enterprise_id").sector.value_counts()
    assert sectors.sum() == 1200
    assert sectors["dangerous_goods"] == 14
    assert sectors["freight"] == 527
    assert sectors["driving_school"] == 16
    assert sectors["repair_minor"] == 560


def test_every_name_says_that_it_is_fictional(rows: dict[str, pd.DataFrame]) -> None:
    assert rows["enterprises"].name.str.startswith("示例·").all()
    assert rows["enterprises"].name.str.fullmatch(r"示例·\w+\d{3,4}").all()
    assert rows["inspectors"].name.str.fullmatch(r"示例员\d\d").all()
    assert rows["inspectors"].squad.str.startswith("示例").all()


def test_codes_have_a_right_check_character_and_the_rest_are_licence_numbers(
    rows: dict[str, pd.DataFrame],
) -> None:
    ids = set(rows["enterprises"].enterprise_id)
    codes = {name for name in ids if len(name) == 18}
    assert all(uscc.is_valid(code) for code in codes)
    assert 0.7 < len(codes) / len(ids) < 0.95
    assert all(name.startswith("SL130109") for name in ids - codes)


def test_the_same_state_gives_the_same_register_and_another_state_another() -> None:
    def known(seed: int) -> str:
        return synthetic_register(np.random.default_rng(seed), enterprises=60).as_of(UNTIL).digest

    assert known(1) == known(1)
    assert known(1) != known(2)


def test_penalties_a_year_are_those_of_the_real_county(rows: dict[str, pd.DataFrame]) -> None:
    cases = rows["violations"]
    penalties = by_year(cases[cases.disposition == "penalised"])
    first_offences = by_year(cases[cases.disposition == "first_offence_exempt"])
    assert 190 < penalties[[2024, 2025]].mean() < 310  # report A: 271 and 225
    assert 30 < first_offences[[2024, 2025]].mean() < 90  # report A: 60


def test_first_offences_are_the_first_within_a_year(rows: dict[str, pd.DataFrame]) -> None:
    cases = rows["violations"].sort_values(["enterprise_id", "occurred_on"])
    gap = pd.to_datetime(cases.occurred_on).groupby(cases.enterprise_id).diff()
    is_first = cases.disposition == "first_offence_exempt"
    assert not (gap[is_first] < pd.Timedelta(days=365)).any()
    assert set(cases[is_first].tier) <= {"minor", "general"}


def test_most_enterprises_have_no_violation_and_a_few_have_many(
    rows: dict[str, pd.DataFrame],
) -> None:
    cases = rows["violations"].groupby("enterprise_id").size().sort_values(ascending=False)
    assert len(cases) < 0.5 * 1200
    assert cases.head(120).sum() > 0.5 * cases.sum()


def test_bad_results_repeat(rows: dict[str, pd.DataFrame]) -> None:
    visits = rows["inspections"].sort_values(["enterprise_id", "occurred_on"])
    bad = visits.result.isin(["problem_corrected", "problem_pending", "obstructed"])
    before = bad.groupby(visits.enterprise_id).shift()
    after_bad, after_good = bad[before == True].mean(), bad[before == False].mean()  # noqa: E712
    assert after_bad > 1.5 * after_good
    assert 0.1 < bad.mean() < 0.3


@pytest.mark.parametrize("table", TABLES_WITH_FACTS)
def test_facts_are_known_after_they_happen_and_not_after_the_history(
    rows: dict[str, pd.DataFrame], table: str
) -> None:
    facts = rows[table]
    assert (facts.occurred_on <= facts.known_on).all()
    assert (facts.occurred_on < facts.known_on).mean() > 0.9
    assert facts.occurred_on.min() >= START
    assert facts.known_on.max() <= UNTIL


@pytest.mark.parametrize("table", TABLES_WITH_FACTS)
def test_facts_happen_while_the_enterprise_is_open(
    rows: dict[str, pd.DataFrame], table: str
) -> None:
    firms = (
        rows["enterprises"].sort_values("known_on").drop_duplicates("enterprise_id", keep="last")
    )
    facts = rows[table].merge(firms, on="enterprise_id", suffixes=("", "_firm"))
    assert len(facts) == len(rows[table])
    assert (facts.occurred_on >= facts.opened_on).all()
    closed = facts[facts.closed_on.notna()]
    assert (closed.occurred_on <= closed.closed_on).all()


def test_a_closed_hazard_was_open_when_it_became_known(county: Register) -> None:
    hazards = county.tables["hazards"].to_pandas().sort_values(["fact_id", "known_on"])
    versions = hazards.groupby("fact_id").closed_on.agg(["first", "last", "size"])
    assert hazards.drop_duplicates("fact_id").closed_on.isna().all()
    assert (versions["size"] <= 2).all()
    still_open = versions["last"].isna().mean()
    assert 0.01 < still_open < 0.3


def test_officers_are_those_the_rules_must_cope_with(rows: dict[str, pd.DataFrame]) -> None:
    staff = rows["inspectors"]
    expires = staff.certificate_expires_on
    assert len(staff) == 20
    assert staff.squad.nunique() == 3
    assert (expires <= UNTIL).sum() == 1
    assert (expires == dt.date(2026, 12, 15)).sum() == 1
    held = {
        shape.sector: staff.sectors.fillna("").str.contains(shape.sector).mean() for shape in SHAPES
    }
    assert held["freight"] == pytest.approx(0.8)
    assert held["passenger"] == held["dangerous_goods"] == pytest.approx(0.4)
    assert held["repair_major"] == held["driving_school"] == pytest.approx(0.65)
    assert len(rows["vehicles_pool"]) == 9


def test_leave_lies_ahead_and_avoidances_are_decided(rows: dict[str, pd.DataFrame]) -> None:
    leave, avoidances = rows["absences"], rows["avoidances"]
    assert (leave.from_on > UNTIL).all()
    assert (leave.to_on >= leave.from_on).all()
    assert (leave.known_on <= UNTIL).all()
    assert avoidances.decided_by.notna().all()
    assert set(avoidances.enterprise_id) <= set(rows["enterprises"].enterprise_id)


def test_inspections_are_made_by_two_different_officers(rows: dict[str, pd.DataFrame]) -> None:
    known = set(rows["inspectors"].inspector_id)
    for pair in rows["inspections"].inspectors.unique():
        first, second = pair.split(";")
        assert first != second
        assert {first, second} <= known


def test_nobody_inspects_at_weekends(rows: dict[str, pd.DataFrame]) -> None:
    assert pd.to_datetime(rows["inspections"].occurred_on).dt.dayofweek.max() < 5


def test_the_grades_mix_as_in_a_real_city(county: Register) -> None:
    day = dt.date(2026, 12, 1)
    rules = read_policy("cn-transport").on(day)
    grades = grade(score(measure(county.as_of(day), rules), rules), rules)
    share = grades.table["grade"].to_pandas().value_counts(normalize=True)
    # 丹东市 2023: 65.4, 25.3, 7.7, 1.5 %
    assert 0.58 < share["A"] < 0.75
    assert 0.18 < share["B"] < 0.32
    assert 0.03 < share["C"] < 0.12
    assert 0.008 < share["D"] < 0.04


def test_the_small_register_has_the_size_of_the_real_joint_draw() -> None:
    register = small_register(np.random.default_rng(8))
    assert len(set(register.tables["enterprises"]["enterprise_id"].to_pylist())) == 30
    assert register.tables["inspectors"].num_rows == 8
    assert register.rejected == ()


@given(weights=st.lists(st.integers(1, 500), min_size=1, max_size=12), extra=st.integers(0, 3000))
@settings(max_examples=30, deadline=None)
def test_apportioned_counts_add_up_and_leave_no_sector_empty(
    weights: list[int], extra: int
) -> None:
    total = len(weights) + extra
    counts = apportion(weights, total)
    assert sum(counts) == total
    assert min(counts) >= 1


@given(size=st.integers(9, 400), officers=st.integers(2, 40), seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_any_size_gives_that_many_enterprises_and_officers(
    size: int, officers: int, seed: int
) -> None:
    tables = synthetic_tables(
        np.random.default_rng(seed), enterprises=size, officers=officers, start=START, until=UNTIL
    )
    assert tables["enterprises"].enterprise_id.nunique() == size
    assert len(tables["inspectors"]) == officers
