"""Are the intervals those of resampled rows, and can they refuse a claim?"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from riskengine.metrics import METRICS, Scored, metric_of
from riskengine.resample import (
    compared,
    interval_of,
    intervals,
    over_windows,
    resampled,
    weights,
)

START = np.datetime64("2014-09-01")


def window(seed: int, n: int = 400, signal: float = 1.0) -> Scored:
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=n)
    label = (rng.random(n) < 1 / (1 + np.exp(1.5 - risk))).astype(int)
    score = 1 / (1 + np.exp(1.5 - signal * risk - rng.normal(0, 0.5, n)))
    return Scored(label, score, START + rng.integers(0, 60, n), np.array(["a", "b"])[rng.integers(0, 2, n)])  # noqa: E501  # fmt: skip


def test_a_resample_is_measured_as_if_its_rows_stood_there() -> None:
    scored = window(1, 60)
    at = np.arange(60)
    drawn = np.concatenate(list(weights(at, 60, np.random.default_rng(5), 20)))
    figures = resampled(metric_of("auc"), [scored], np.random.default_rng(5), 20)[0]
    for times, figure in zip(drawn.astype(int), figures, strict=True):
        label, score = np.repeat(scored.label, times), np.repeat(scored.score, times)
        assert figure == pytest.approx(roc_auc_score(label, score))


def test_days_are_resampled_over_the_findings_only() -> None:
    scored = window(2)
    among = np.flatnonzero(scored.label)
    drawn = np.concatenate(list(weights(among, 400, np.random.default_rng(1), 7)))
    assert drawn.shape == (7, 400)
    assert (drawn.sum(axis=1) == len(among)).all()
    assert not drawn[:, scored.label == 0].any()


def test_large_windows_are_resampled_in_parts() -> None:
    parts = list(weights(np.arange(500_000), 500_000, np.random.default_rng(1), 5))
    assert [len(part) for part in parts] == [4, 1]


def test_every_figure_lies_in_its_interval() -> None:
    scored = window(3)
    said = intervals(scored, rng=np.random.default_rng(0))
    assert list(said) == [metric.name for metric in METRICS]
    for name, one in said.items():
        assert one.low < one.value < one.high or name == "calibration_error"
        assert one.resamples == 400


def test_the_interval_of_an_auc_covers_the_truth_about_as_often_as_it_says() -> None:
    """70 windows of one world: 95 % would be 66.5, fewer than 61 has a chance below 1 %."""
    truth = roc_auc_score(window(99, 200_000).label, window(99, 200_000).score)
    hits = 0
    for seed in range(70):
        auc = intervals(
            window(seed), rng=np.random.default_rng(seed), metrics=[metric_of("auc")], resamples=200
        )["auc"]
        hits += auc.low <= truth <= auc.high
    assert hits >= 61


def test_a_model_is_not_better_than_itself() -> None:
    scored = window(4)
    _, gaps = compared({"one": scored, "same": scored}, rng=np.random.default_rng(0))
    assert {gap.interval.value for gap in gaps} == {0}
    assert {gap.better for gap in gaps} == {None}


def test_the_better_model_is_named_in_the_direction_of_the_metric() -> None:
    good = window(5)
    noise = np.random.default_rng(1).permutation(good.score)
    bad = Scored(good.label, noise, good.visited_on, good.group)
    _, gaps = compared({"bad": bad, "good": good}, rng=np.random.default_rng(0))
    said = {gap.metric: gap.better for gap in gaps}
    assert said["auc"] == said["brier"] == said["days_earlier"] == "good"


def test_two_models_are_closer_than_their_own_intervals() -> None:
    """Pairing is what lets a small gap be seen."""
    one = window(6)
    noise = np.random.default_rng(1).normal(0, 0.01, 400)
    other = Scored(one.label, np.clip(one.score + noise, 0, 1), one.visited_on, one.group)
    figures, gaps = compared({"one": one, "other": other}, rng=np.random.default_rng(0))
    auc, gap = figures["one"]["auc"], next(g.interval for g in gaps if g.metric == "auc")
    assert gap.high - gap.low < 0.2 * (auc.high - auc.low)


def test_other_rows_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same rows"):
        compared({"one": window(1), "two": window(2)}, rng=np.random.default_rng(0))


def test_a_rule_without_probabilities_has_no_brier() -> None:
    one = window(7)
    rule = Scored(one.label, np.round(10 * one.score), one.visited_on, is_probability=False)
    figures, gaps = compared({"card": one, "rule": rule}, rng=np.random.default_rng(0))
    assert "brier" in figures["card"] and "brier" not in figures["rule"]
    assert "brier" not in {gap.metric for gap in gaps}


def test_resamples_without_meaning_are_left_out_and_counted() -> None:
    said = interval_of(0.5, np.array([0.4, np.nan, 0.6, np.nan]))
    assert said.resamples == 2
    assert np.isnan(interval_of(0.5, np.array([np.nan, 0.4])).low)


def test_a_mean_over_windows_leaves_out_the_windows_without_a_figure() -> None:
    said = over_windows([0.6, float("nan"), 0.7, 0.65], [0.5, 0.5, 0.6, 0.6])
    assert said.resamples == 3
    assert said.value == pytest.approx(0.25 / 3)
    assert said.low > 0
    assert np.isnan(over_windows([0.6]).low)
