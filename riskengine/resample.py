"""How sure is a figure of a test window, and is one model really better than another?

Percentile bootstrap (risk-models.md §2): rows are drawn again, for the days earlier the findings.
Two models are compared on the same resamples, because their rows are the same: the interval of the
difference is the comparison that could have refuted it. A resample is a row of weights, so that all
of them are measured at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.random import Generator
from scipy.special import stdtrit

from riskengine.estimate import CONFIDENCE, Floats, Ints
from riskengine.metrics import METRICS, Metric, Scored

RESAMPLES = 400
AT_ONCE = 2_000_000
"""Weights held at a time: 16 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; bounds are not a number where nothing can be said.

    resamples
        That had a meaning (one without findings has no AUC), or windows; 0 for other intervals.
    """

    value: float
    low: float
    high: float
    resamples: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """How far `one` is above `other` in a figure, on the same rows.

    better
        The model that is better beyond chance; none where the interval holds zero.
    """

    one: str
    other: str
    metric: str
    interval: Interval
    better: str | None


def intervals(
    scored: Scored,
    *,
    rng: Generator,
    resamples: int = RESAMPLES,
    metrics: Iterable[Metric] = METRICS,
) -> dict[str, Interval]:
    """Every figure the rows allow, by name, each with its interval."""
    return compared({"": scored}, rng=rng, resamples=resamples, metrics=metrics)[0][""]


def compared(
    models: Mapping[str, Scored],
    *,
    rng: Generator,
    resamples: int = RESAMPLES,
    metrics: Iterable[Metric] = METRICS,
) -> tuple[dict[str, dict[str, Interval]], tuple[Difference, ...]]:
    """Figures of several models on the same rows, and all differences between two of them.

    A metric is left out of a model whose rows lack what it needs (a rule has no probability).

    Parameters
    ----------
    models
        The same rows in the same order under every name.
    """
    first = next(iter(models.values()))
    if any(not np.array_equal(first.label, one.label) for one in models.values()):
        raise ValueError("models are compared on the same rows")
    figures: dict[str, dict[str, Interval]] = {name: {} for name in models}
    differences = []
    for metric in metrics:
        able = {name: one for name, one in models.items() if metric.can(one)}
        if not able:
            continue
        values = {name: float(metric.of(one, None)) for name, one in able.items()}
        drawn = dict(zip(able, resampled(metric, list(able.values()), rng, resamples), strict=True))
        for name in able:
            figures[name][metric.name] = interval_of(values[name], drawn[name])
        for one, other in combinations(able, 2):
            gap = interval_of(values[one] - values[other], drawn[one] - drawn[other])
            differences.append(
                Difference(one, other, metric.name, gap, better(gap, metric, one, other))
            )
    return figures, tuple(differences)


def better(gap: Interval, metric: Metric, one: str, other: str) -> str | None:
    """Which of two models the interval of `one` − `other` prefers, if any."""
    if not (gap.low > 0 or gap.high < 0):
        return None
    return one if (gap.low > 0) == (metric.better == "up") else other


def resampled(metric: Metric, models: Sequence[Scored], rng: Generator, resamples: int) -> Floats:
    """The figure of every model in every resample, models × resamples; the same draws for all."""
    label = models[0].label
    among = np.flatnonzero(label) if metric.resampled == "findings" else np.arange(len(label))
    parts = [
        np.stack([metric.of(one, weight) for one in models])
        for weight in weights(among, len(label), rng, resamples)
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(models), 0))


def weights(among: Ints, rows: int, rng: Generator, resamples: int) -> Iterator[Floats]:
    """How often each row is drawn when `among` is drawn from with replacement, some at a time."""
    step = max(1, AT_ONCE // max(rows, 1))
    for start in range(0, resamples if len(among) else 0, step):
        number = min(step, resamples - start)
        chosen = among[rng.integers(0, len(among), (number, len(among)))]
        flat = (chosen + rows * np.arange(number)[:, None]).ravel()
        yield np.bincount(flat, minlength=number * rows).reshape(number, rows).astype(np.float64)


def interval_of(value: float, drawn: Floats) -> Interval:
    """The 2.5 and 97.5 percentiles of the resamples that have a meaning."""
    kept = drawn[np.isfinite(drawn)]
    if len(kept) < 2:
        return Interval(value, np.nan, np.nan, len(kept))
    low, high = np.quantile(kept, [1 - CONFIDENCE, CONFIDENCE])
    return Interval(value, float(low), float(high), len(kept))


def over_windows(one: Sequence[float], other: Sequence[float] | None = None) -> Interval:
    """Mean over windows of a figure, or of a difference of two models, with Student's interval.

    Windows in which a figure has no meaning are left out. Windows are few and share their training
    rows: the interval is as good as their independence.

    >>> over_windows([0.5, 1.0], [0.25, 0.75]).value
    0.25
    """
    values = np.asarray(one, np.float64) - (0 if other is None else np.asarray(other, np.float64))
    kept = values[np.isfinite(values)]
    mean = float(kept.mean()) if len(kept) else float("nan")
    if len(kept) < 2:
        return Interval(mean, np.nan, np.nan, len(kept))
    half = stdtrit(len(kept) - 1, CONFIDENCE) * kept.std(ddof=1) / np.sqrt(len(kept))
    return Interval(mean, mean - float(half), mean + float(half), len(kept))
