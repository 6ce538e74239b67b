"""Is drift found where there is some, and silence kept where there is none?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from riskengine.drift import (
    Drift,
    FeatureDrift,
    binned,
    came_true,
    drift,
    expected_quality,
    stability,
)
from riskengine.policy import Title

FIRST, END = dt.date(2026, 3, 1), dt.date(2026, 6, 1)


def days(rng: np.random.Generator, then: int, now: int) -> np.ndarray:
    """`then` days in the springs of 2024 and 2025, `now` in that of 2026."""
    springs = np.array(["2024-03-01", "2025-03-01"], "datetime64[D]")
    before = springs[rng.integers(0, 2, then)] + rng.integers(0, 92, then)
    return np.concatenate([before, np.datetime64(FIRST) + rng.integers(0, 92, now)])


def looked_at(table: Mapping[str, object], day: np.ndarray, **more: object) -> Drift:
    return drift(pa.table(dict(table)), day, first=FIRST, end=END, **more)  # type: ignore[arg-type]


def only(found: Drift) -> FeatureDrift:
    (one,) = found.features
    return one


# ── features ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sizes", [(60, 40), (300, 60), (3000, 800)])
def test_without_drift_an_alarm_is_as_rare_as_it_is_meant_to_be(sizes: tuple[int, int]) -> None:
    """Five features, 120 windows: 5 % of any word makes 6; 14 or more has a chance below 0.5 %.

    The conventional 0.1 alone would cry in nearly every small window.
    """
    rng = np.random.default_rng(1)
    words = by_convention = 0
    for _ in range(120):
        n = sum(sizes)
        table: dict[str, object] = {f"f{i}": rng.poisson(3 + i, n) for i in range(3)}
        table |= {"g": rng.normal(size=n), "c": np.array(["a", "b", "c"])[rng.integers(0, 3, n)]}
        found = looked_at(table, days(rng, *sizes))
        words += any(one.psi > one.limit for one in found.features)
        by_convention += any(one.psi > 0.1 for one in found.features)
    assert words < 14
    if sizes == (60, 40):
        assert by_convention > 100


def test_the_psi_of_chance_is_about_what_is_stated() -> None:
    rng = np.random.default_rng(2)
    found = [only(looked_at({"f": rng.normal(size=500)}, days(rng, 300, 200))) for _ in range(200)]
    mean = np.mean([one.psi for one in found])
    assert mean == pytest.approx(found[0].by_chance, rel=0.15)


def test_a_shift_of_the_enterprises_is_an_alarm_with_a_sentence() -> None:
    rng = np.random.default_rng(3)
    hazards = np.concatenate([rng.poisson(2, 400), rng.poisson(4, 200)])
    steady = rng.poisson(5, 600)
    found = looked_at(
        {"steady": steady, "hazards": hazards},
        days(rng, 400, 200),
        titles={"hazards": Title("隐患数", "hazards")},
    )
    assert found.is_alarm
    assert [(one.feature, one.level) for one in found.features] == [
        ("hazards", "alarm"),
        ("steady", "steady"),
    ]
    assert [one.code for one in found.said] == ["drift_found", "drift_alarm"]
    assert "隐患数" in found.said[1].zh and "hazards" in found.said[1].en


def test_a_large_psi_of_a_small_sample_is_no_alarm() -> None:
    rng = np.random.default_rng(4)
    found = only(looked_at({"f": rng.normal(size=42)}, days(rng, 30, 12)))
    assert found.psi > 0.25
    assert found.level == "steady"
    assert found.psi < found.limit


def test_a_small_drift_of_a_large_sample_is_no_alarm() -> None:
    rng = np.random.default_rng(5)
    value = np.concatenate([rng.normal(size=40_000), rng.normal(0.1, 1, 40_000)])
    found = only(looked_at({"f": value}, days(rng, 40_000, 40_000)))
    assert found.psi > found.limit
    assert found.level == "steady"


def test_data_that_stop_coming_are_a_drift() -> None:
    rng = np.random.default_rng(6)
    value = rng.integers(0, 9, 600).astype(object)
    value[400:][rng.random(200) < 0.5] = None
    value[:400][rng.random(400) < 0.05] = None
    found = only(looked_at({"f": pa.array(value, pa.int64())}, days(rng, 400, 200)))
    assert found.level == "alarm"


def test_data_that_begin_to_come_are_a_drift_bug() -> None:
    """Without any data in earlier years all rows fell into one bin."""
    value = np.array([None] * 400 + [1, 2] * 100, object)
    found = only(
        looked_at({"f": pa.array(value, pa.int64())}, days(np.random.default_rng(7), 400, 200))
    )
    assert found.level == "alarm"


@pytest.mark.parametrize("usual", [0, 100])
def test_what_few_enterprises_have_is_seen_when_it_becomes_common_bug(usual: int) -> None:
    """Where nine in ten had the same value, quantile bins were one."""
    rng = np.random.default_rng(8)
    share = np.where(np.arange(600) < 400, 0.04, 0.4)
    value = np.where(rng.random(600) < share, rng.integers(1, 99, 600), usual)
    found = only(looked_at({"f": value}, days(rng, 400, 200)))
    assert found.level == "alarm"


def test_a_new_category_is_named() -> None:
    rng = np.random.default_rng(7)
    sector = np.array(["freight"] * 200 + ["taxi"] * 200 + ["freight"] * 97 + ["drone"] * 3)
    found = looked_at({"sector": sector}, days(rng, 400, 100))
    assert only(found).unseen == (("drone", 3),)
    assert found.is_alarm
    assert "drone" in only(found).said[-1].zh


def test_the_season_is_not_a_drift_but_other_months_would_be() -> None:
    """A feature that is high in spring: the same months of earlier years are its reference."""
    rng = np.random.default_rng(8)
    day = np.datetime64("2024-01-01") + rng.integers(0, 882, 6000)
    month = day.astype("datetime64[M]").astype(int) % 12
    trips = rng.poisson(np.where((month >= 2) & (month < 5), 9, 3))
    assert only(looked_at({"trips": trips}, day)).level == "steady"
    shifted = day + np.where(day < np.datetime64(FIRST), 184, 0)
    assert only(looked_at({"trips": trips}, np.minimum(shifted, np.datetime64(END) - 1))).psi > 0.25


def test_calendar_features_are_left_out() -> None:
    rng = np.random.default_rng(9)
    table = {"month": rng.integers(3, 6, 300), "f": rng.normal(size=300)}
    found = looked_at(table, days(rng, 200, 100), calendar={"month"})
    assert [one.feature for one in found.features] == ["f"]


def test_visits_of_one_enterprise_count_once_against_chance() -> None:
    rng = np.random.default_rng(10)
    size = rng.normal(size=60)[np.arange(600) % 60]
    name = np.array([f"E{i % 60}" for i in range(600)])
    day = days(rng, 400, 200)
    alone = only(looked_at({"f": size}, day))
    known = only(looked_at({"f": size}, day, enterprise_id=name))
    assert known.psi == alone.psi
    assert known.limit > 4 * alone.limit


def test_without_earlier_years_there_is_a_sentence_and_no_figure() -> None:
    day = np.datetime64(FIRST) + np.arange(30)
    found = looked_at({"f": np.arange(30)}, day)
    assert (found.features, found.is_alarm) == ((), False)
    assert found.said[0].code == "drift_nothing"


def test_a_feature_without_any_data_is_steady() -> None:
    rng = np.random.default_rng(11)
    found = only(looked_at({"f": pa.nulls(300, pa.int64())}, days(rng, 200, 100)))
    assert (found.bins, found.psi, found.level) == (1, 0.0, "steady")


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_psi_is_never_negative_and_the_same_both_ways(seed: int, bins: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, bins, 30), rng.integers(0, bins, 50)
    assert stability(one, other, bins) >= 0
    assert stability(one, other, bins) == pytest.approx(stability(other, one, bins))


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_bins_do_not_depend_on_the_units_of_a_feature(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value, is_then = rng.integers(0, 50, 80), np.arange(80) < 60
    plain, _, _ = binned(pa.chunked_array([value]), is_then, ~is_then)
    scaled, _, _ = binned(pa.chunked_array([value * 1000 + 7]), is_then, ~is_then)
    assert plain.tolist() == scaled.tolist()


# ── before and after the results are known ────────────────────────────────────────────────


def test_expected_quality_is_the_mean_over_labels_the_probabilities_could_give() -> None:
    rng = np.random.default_rng(12)
    p = np.round(rng.beta(2, 8, 300), 2)
    said = expected_quality(p)
    labels = (rng.random((800, 300)) < p).astype(int)
    aucs = [roc_auc_score(label, p) for label in labels]
    first = np.argsort(-p, kind="stable")[:30]
    assert said.auc == pytest.approx(np.mean(aucs), abs=4 * np.std(aucs) / 28)
    assert said.precision == pytest.approx(p[first].mean())
    assert said.brier == pytest.approx(((labels - p) ** 2).mean(), abs=0.004)
    share = ((labels.sum(axis=1) >= said.low) & (labels.sum(axis=1) <= said.high)).mean()
    assert 0.92 < share < 0.98


def test_enterprises_that_are_all_alike_cannot_be_ranked() -> None:
    assert expected_quality(np.full(50, 0.2)).auc == pytest.approx(0.5)
    assert expected_quality(np.array([0.0, 0.0, 1.0])).auc == 1


def test_what_came_true_is_told_from_what_did_not() -> None:
    rng = np.random.default_rng(13)
    p = rng.beta(2, 8, 1000)
    right = came_true((rng.random(1000) < p).astype(int), p)
    more = came_true((rng.random(1000) < 1.5 * p).astype(int), p)
    fewer = came_true((rng.random(1000) < 0.6 * p).astype(int), p)
    assert [one.said.code for one in (right, more, fewer)] == [
        "drift_as_expected",
        "drift_more",
        "drift_fewer",
    ]
    assert [one.is_alarm for one in (right, more, fewer)] == [False, True, True]
