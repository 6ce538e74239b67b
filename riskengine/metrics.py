"""How good is a score, measured on what the visits then found?

Definitions: risk-models.md §2. Every function takes arrays of N rows: `label` is 0 or 1, a higher
`score` is riskier. `weight` says how often each row counts: N numbers (1 / π of a draw), or R × N
for R weightings at once (resamples), which give R figures; without it a figure is one number. A
figure that has no meaning (no finding, or nothing but findings) is not a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from riskengine.estimate import CONFIDENCE, Floats, Ints, wilson
from riskengine.replay import (
    Days,
    TieBounds,
    blocks,
    counted,
    day_gains,
    days_bounds,
    first_half,
    precision_at,
    untied,
)

Texts = np.ndarray[Any, np.dtype[np.str_]]
BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """The rows of a test window with the scores of one model.

    label
        1 for a finding, else 0.
    score
        Higher is riskier; a probability where `is_probability`.
    visited_on, group
        Day of each visit; officer group, "" where it is unknown. None where a register lacks them.
    """

    label: Ints
    score: Floats
    visited_on: Days | None = None
    group: Texts | None = None
    is_probability: bool = True

    def __post_init__(self) -> None:
        others = (self.score, self.visited_on, self.group)
        if any(column is not None and len(column) != len(self.label) for column in others):
            raise ValueError("label, score, visited_on and group have different lengths")
        if not np.isin(self.label, (0, 1)).all() or not np.isfinite(self.score).all():
            raise ValueError("labels are 0 or 1, scores finite")


# ── order ─────────────────────────────────────────────────────────────────────────────────


def roc_auc(label: Ints, score: Floats, weight: Floats | None = None) -> Floats:
    """Chance that a row with a finding scores above one without; a tie counts half.

    >>> float(roc_auc(np.array([0, 1, 1]), np.array([0.2, 0.2, 0.9])))
    0.75
    """
    positive, negative = of_blocks(label, score, weight)
    below = negative.sum(axis=-1, keepdims=True) - negative.cumsum(axis=-1)
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((positive * (below + negative / 2)).sum(axis=-1) / pairs)


def average_precision(label: Ints, score: Floats, weight: Floats | None = None) -> Floats:
    """Area under precision over recall, in steps at each distinct score (PR-AUC)."""
    positive, negative = of_blocks(label, score, weight)
    found = positive.cumsum(axis=-1)
    visits = found + negative.cumsum(axis=-1)
    precision = np.divide(found, visits, out=np.zeros_like(found), where=visits > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((positive * precision).sum(axis=-1) / positive.sum(axis=-1))


def of_blocks(label: Ints, score: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
    """Weight of findings and of the others at each distinct score, the highest first."""
    order, starts = blocks(score)
    weight = counted(label, weight)
    sorted_weight = weight[..., order]
    whole = np.add.reduceat(sorted_weight, starts, axis=-1)
    positive = np.add.reduceat(sorted_weight * label[order], starts, axis=-1)
    return positive, whole - positive


def within_auc(label: Ints, score: Floats, group: Texts, weight: Floats | None = None) -> Floats:
    """ROC-AUC inside each officer group, averaged with the groups' findings as weights.

    Groups without both outcomes say nothing and are left out, and so are rows without a group.
    """
    weight = counted(label, weight)
    auc, findings = [], []
    for name in np.unique(group[group != ""]):
        here = group == name
        if 0 < label[here].sum() < here.sum():
            auc.append(roc_auc(label[here], score[here], weight[..., here]))
            findings.append(weight[..., here] @ label[here])
    if not auc:
        return np.full(weight.shape[:-1], np.nan)
    of_group, share = np.array(auc), np.array(findings)
    share = np.where(np.isnan(of_group), 0, share)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.nan_to_num(of_group) * share).sum(axis=0) / share.sum(axis=0))


# ── probabilities ─────────────────────────────────────────────────────────────────────────


def brier(label: Ints, score: Floats, weight: Floats | None = None) -> Floats:
    """Mean squared distance of probability and outcome; lower is better."""
    squared = (label - score) ** 2
    weight = counted(label, weight)
    return np.asarray(weight @ squared / weight.sum(axis=-1))


def calibration_error(
    label: Ints, score: Floats, weight: Floats | None = None, *, bins: int = BINS
) -> Floats:
    """Σ weight of a bin · |mean outcome − mean probability|, over quantile bins (ECE).

    The bins are those of the rows as they are, so that resamples share them.
    """
    weight = counted(label, weight)
    number = bins_of(score, bins)
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    gap = np.add.reduceat((weight * (label - score))[..., order], starts, axis=-1)
    return np.asarray(np.abs(gap).sum(axis=-1) / weight.sum(axis=-1))


def bins_of(score: Floats, bins: int = BINS) -> Ints:
    """Number of the quantile bin of each row, from 0; equal edges are merged, edges belong below.

    >>> bins_of(np.array([0.1, 0.1, 0.1, 0.5, 0.9]), 5).tolist()
    [0, 0, 0, 1, 2]
    """
    edges = np.unique(np.quantile(score, np.linspace(0, 1, bins + 1)))
    found = np.searchsorted(edges[1:-1], score, side="left")
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One line of a calibration table: what was said, and what was found.

    low, high
        Least and largest score of its rows.
    said, found, found_low, found_high
        Mean score; share of findings with its 95 % interval (Wilson's).
    """

    rows: int
    low: float
    high: float
    said: float
    found: float
    found_low: float
    found_high: float


def calibration_table(
    label: Ints, score: Floats, weight: Floats | None = None, *, bins: int = BINS
) -> tuple[CalibrationBin, ...]:
    """Quantile bins of the score, the lowest first; with weights the size is Kish's."""
    weight = counted(label, weight)
    number = bins_of(score, bins)
    lines = []
    for one in range(int(number.max(initial=-1)) + 1):
        here = number == one
        w, y, p = weight[here], label[here], score[here]
        found = float(w @ y / w.sum())
        size = float(w.sum() ** 2 / (w**2).sum())
        low, high = wilson(found, size, float(ndtri(CONFIDENCE)))
        said = float(w @ p / w.sum())
        lines.append(
            CalibrationBin(int(here.sum()), float(p.min()), float(p.max()), said, found, low, high)
        )
    return tuple(lines)


# ── the table of contents ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a test window.

    needs
        What the rows must have: "visited_on", "group", "is_probability".
    of
        (rows, weights) → one figure, or one per weighting.
    bounds
        The figure over all orders of equal scores, where they matter.
    resampled
        What a bootstrap draws: rows, or the days gained by the findings (risk-models.md §2).
    """

    name: str
    zh: str
    en: str
    better: Literal["up", "down"]
    of: Callable[[Scored, Floats | None], Floats]
    needs: tuple[str, ...] = ()
    bounds: Callable[[Scored], TieBounds] | None = None
    resampled: Literal["rows", "findings"] = "rows"

    def can(self, scored: Scored) -> bool:
        """Whether the rows have what the metric needs."""
        found = (getattr(scored, name) for name in self.needs)
        return all(value is not None and value is not False for value in found)


def _days(scored: Scored, weight: Floats | None) -> Floats:
    if scored.visited_on is None:
        raise ValueError("days earlier needs the day of every visit")
    gains = day_gains(scored.score, scored.visited_on)
    weight = counted(scored.label, weight) * scored.label
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weight @ gains / weight.sum(axis=-1))


def _days_of_ties(scored: Scored) -> TieBounds:
    if scored.visited_on is None:
        raise ValueError("days earlier needs the day of every visit")
    return days_bounds(scored.label, scored.score, scored.visited_on)


def _within(scored: Scored, weight: Floats | None) -> Floats:
    if scored.group is None:
        raise ValueError("AUC within officers needs the officer group of every visit")
    return within_auc(scored.label, scored.score, scored.group, weight)


METRICS: tuple[Metric, ...] = (
    Metric(
        "auc", "区分能力（AUC）", "ROC-AUC", "up",
        lambda s, w: roc_auc(s.label, s.score, w),
    ),
    Metric(
        "pr_auc", "平均查准率（PR-AUC）", "PR-AUC (average precision)", "up",
        lambda s, w: average_precision(s.label, s.score, w),
    ),
    Metric(
        "precision_10", "风险最高的10%中有问题的比例", "precision at 10 %", "up",
        lambda s, w: precision_at(s.label, s.score, weight=w).expected,
        bounds=lambda s: precision_at(s.label, s.score),
    ),
    Metric(
        "days_earlier", "问题平均提前发现的天数", "days earlier", "up",
        _days, needs=("visited_on",), bounds=_days_of_ties, resampled="findings",
    ),
    Metric(
        "first_half", "前一半检查发现的问题占比", "share found in the first half", "up",
        lambda s, w: first_half(s.label, untied(s.score), w).expected,
        bounds=lambda s: first_half(s.label, s.score),
    ),
    Metric(
        "brier", "概率误差（Brier）", "Brier score", "down",
        lambda s, w: brier(s.label, s.score, w), needs=("is_probability",),
    ),
    Metric(
        "calibration_error", "校准误差（ECE）", "calibration error (ECE)", "down",
        lambda s, w: calibration_error(s.label, s.score, w), needs=("is_probability",),
    ),
    Metric(
        "within_auc", "同一执法人员组内的区分能力", "ROC-AUC within officer groups", "up",
        _within, needs=("group",),
    ),
)  # fmt: skip
"""The figures of a test window, in the order they are shown.

Where scores tie, precision is the mean over all orders; days and first half keep the stored order,
as the replay of risk-models.md §2 does, and `bounds` says what other orders would have given.
"""


def metric_of(name: str) -> Metric:
    """The metric called `name`."""
    return next(metric for metric in METRICS if metric.name == name)


def measured(scored: Scored, metrics: Iterable[Metric] | None = None) -> dict[str, float]:
    """Every figure the rows allow, by name."""
    chosen = METRICS if metrics is None else metrics
    return {m.name: float(m.of(scored, None)) for m in chosen if m.can(scored)}
