"""Do the figures agree with scikit-learn, and with what their definitions say?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from riskengine.metrics import (
    METRICS,
    Scored,
    average_precision,
    bins_of,
    brier,
    calibration_error,
    calibration_table,
    measured,
    metric_of,
    roc_auc,
    within_auc,
)

START = np.datetime64("2014-09-01")


@st.composite
def windows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of both kinds, probabilities that tie often, and whole weights, some of them 0."""
    n = draw(st.integers(2, 40))
    seed = draw(st.integers(0, 10**6))
    steps = draw(st.sampled_from([2, 5, 1000]))
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    label[:2] = (0, 1)
    weight = rng.integers(0, 4, n).astype(np.float64)
    weight[:2] = 1
    return label, rng.integers(0, steps + 1, n) / steps, weight


Window = tuple[np.ndarray, np.ndarray, np.ndarray]


@settings(deadline=None)
@given(windows())
def test_areas_and_brier_agree_with_scikit_learn(window: Window) -> None:
    label, score, weight = window
    assert roc_auc(label, score) == pytest.approx(roc_auc_score(label, score))
    assert average_precision(label, score) == pytest.approx(average_precision_score(label, score))
    assert brier(label, score) == pytest.approx(brier_score_loss(label, score))
    for ours, theirs in (
        (roc_auc, roc_auc_score),
        (average_precision, average_precision_score),
        (brier, brier_score_loss),
    ):
        both = ours(label, score, np.stack([weight, np.ones(len(label))]))
        assert both[0] == pytest.approx(theirs(label, score, sample_weight=weight))
        assert both[1] == pytest.approx(theirs(label, score))


@settings(deadline=None)
@given(windows())
def test_a_row_that_counts_twice_is_a_row_that_stands_twice(window: Window) -> None:
    label, score, weight = window
    times = weight.astype(int)
    group = np.array(["a", "b"])[np.arange(len(label)) % 2]
    one = Scored(label, score, None, group)
    more = Scored(np.repeat(label, times), np.repeat(score, times), None, np.repeat(group, times))
    for metric in METRICS:
        if metric.can(one) and metric.name != "calibration_error":  # its bins stay those of `one`
            of_weights = float(metric.of(one, weight))
            assert of_weights == pytest.approx(float(metric.of(more, None)), nan_ok=True)


@settings(deadline=None)
@given(windows())
def test_only_the_order_of_scores_matters_to_an_area(window: Window) -> None:
    label, score, _ = window
    assert roc_auc(label, np.exp(3 * score)) == pytest.approx(float(roc_auc(label, score)))
    assert roc_auc(label, -score) == pytest.approx(1 - float(roc_auc(label, score)))


@settings(deadline=None)
@given(windows())
def test_bins_are_quantile_bins_with_equal_edges_merged(window: Window) -> None:
    _, score, _ = window
    cut = pd.qcut(score, 10, labels=False, duplicates="drop")
    wanted = np.unique(np.nan_to_num(cut), return_inverse=True)[1]
    assert bins_of(score).tolist() == wanted.tolist()


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    rng = np.random.default_rng(3)
    score = rng.random(500)
    label = (rng.random(500) < score**2).astype(int)
    table = calibration_table(label, score)
    by_hand = sum(line.rows * abs(line.found - line.said) for line in table) / 500
    assert calibration_error(label, score) == pytest.approx(by_hand)
    assert len(table) == 10
    assert all(line.found_low - 1e-9 <= line.found <= line.found_high for line in table)
    assert [line.low for line in table] == sorted(line.low for line in table)


def test_one_score_for_all_is_one_bin() -> None:
    label, score = np.array([0, 1, 1, 1]), np.full(4, 0.5)
    assert calibration_error(label, score) == 0.25
    assert len(calibration_table(label, score)) == 1


# ── officers ──────────────────────────────────────────────────────────────────────────────


def test_strictness_of_an_officer_group_does_not_count_within_it() -> None:
    """A score that only knows the group ranks well over all and says nothing inside."""
    group = np.array(["strict"] * 10 + ["lenient"] * 10)
    label = np.array([1] * 8 + [0] * 2 + [1] * 2 + [0] * 8)
    score = (group == "strict").astype(np.float64)
    assert roc_auc(label, score) == pytest.approx(0.8)
    assert within_auc(label, score, group) == pytest.approx(0.5)


@settings(deadline=None)
@given(windows(), st.floats(-5, 5))
def test_a_shift_of_one_group_changes_nothing_within(window: Window, shift: float) -> None:
    label, score, _ = window
    group = np.array(["a", "b", ""])[np.arange(len(label)) % 3]
    moved = np.round(score * 1000) + np.where(group == "a", np.round(shift * 1000), 0)
    before, after = (
        within_auc(label, np.round(score * 1000), group),
        within_auc(label, moved, group),
    )
    assert before == pytest.approx(float(after), nan_ok=True)


def test_groups_weigh_by_their_findings_and_unknown_officers_are_left_out() -> None:
    group = np.array(["a"] * 4 + ["b"] * 3 + ["c"] * 2 + [""] * 2)
    label = np.array([1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0])
    score = np.array([3.0, 2, 0, 1, 0, 1, 2, 5, 6, 0, 9])
    wanted = (3 * (2 / 3) + 1 * 0.0) / 4
    assert within_auc(label, score, group) == pytest.approx(wanted)
    assert np.isnan(within_auc(label, score, np.full(11, "")))


# ── the table of contents ─────────────────────────────────────────────────────────────────


def test_a_window_is_measured_by_what_its_rows_have() -> None:
    label, score = np.array([0, 1, 0, 1]), np.array([0.2, 0.4, 0.3, 0.9])
    day, group = START + np.arange(4), np.array(["a", "a", "b", "b"])
    names = [metric.name for metric in METRICS]
    assert list(measured(Scored(label, score, day, group))) == names
    points = Scored(label, score * 100, is_probability=False)
    assert list(measured(points)) == ["auc", "pr_auc", "precision_10", "first_half"]
    assert len(set(names)) == len(names)


def test_bounds_enclose_the_figure_where_scores_tie() -> None:
    label, day = np.array([0, 1, 0, 1, 1, 0]), START + np.array([4, 1, 3, 2, 0, 5])
    scored = Scored(label, np.array([1.0, 1, 1, 1, 2, 2]), day, is_probability=False)
    for name in ("precision_10", "days_earlier", "first_half"):
        metric = metric_of(name)
        assert metric.bounds is not None
        bounds = metric.bounds(scored)
        assert bounds.worst < bounds.best
        assert bounds.worst <= metric.of(scored, None) <= bounds.best


@pytest.mark.parametrize(
    ("label", "score"), [([0, 2], [0.1, 0.2]), ([0, 1], [0.1, np.nan]), ([0, 1, 1], [0.1, 0.2])]
)
def test_rows_that_cannot_be_measured_are_refused(label: list[int], score: list[float]) -> None:
    with pytest.raises(ValueError):
        Scored(np.array(label), np.array(score))
