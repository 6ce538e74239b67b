"""How fast is a card fitted, and what does rounding it to whole points cost?

``python -m tests.bench.fit`` makes 100,000 visits with 40 integer features (half of them idle most
of the time, some collinear, some with gaps, eight of pure noise), fits a card on half of them and
prints one line of JSON: seconds of `fit_scorecard` on all of them, AUC on the other half before and
after rounding, inverted points. Beside it an unbounded logistic regression of scikit-learn on
quantile bins, one column a bin: its seconds, its AUC and how many of its variables are inverted.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import KBinsDiscretizer

from riskengine.fit import fit_scorecard, inverted_items, logit_of, points_of

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

ROWS, FEATURES, NOISE, BINS = 100_000, 40, 8, 6
BASE_RATE = 0.12
GAPPED = 5
"""Every fifth feature has gaps."""


def main() -> None:
    """Print the figures of one made-up table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--features", type=int, default=FEATURES)
    arguments.add_argument("--seed", type=int, default=20261129)
    asked = arguments.parse_args()
    rng = np.random.default_rng(asked.seed)
    values, gaps, label = visits(asked.rows, asked.features, rng)
    names = [f"f{at:02}" for at in range(asked.features)]
    table = pa.table(
        {name: pa.array(values[:, at], mask=gaps[:, at]) for at, name in enumerate(names)}
    )
    up = dict.fromkeys(names, "up")

    started = time.perf_counter()
    fit_scorecard(table, label, up)
    seconds = time.perf_counter() - started

    started = time.perf_counter()
    baseline_of(values, gaps, label)
    baseline_seconds = time.perf_counter() - started

    half = asked.rows // 2
    card = fit_scorecard(table[:half], label[:half], up)
    later = table[half:]
    unrounded = roc_auc_score(label[half:], logit_of(card, later))
    whole = roc_auc_score(label[half:], -points_of(card, later))
    bins, model = baseline_of(values[:half], gaps[:half], label[:half])
    risk = model.decision_function(bins.transform(filled(values[half:], gaps[half:])))
    figures = {
        "rows": asked.rows,
        "features": asked.features,
        "seconds": round(seconds, 1),
        "baseline_seconds": round(baseline_seconds, 1),
        "ratio": round(seconds / baseline_seconds, 2),
        "auc_unrounded": round(unrounded, 5),
        "auc_points": round(whole, 5),
        "auc_loss": round(unrounded - whole, 5),
        "auc_baseline": round(roc_auc_score(label[half:], risk), 5),
        "inverted": len(inverted_items(card)),
        "inverted_baseline": inverted_columns(bins, model),
        "items": len(card.items),
    }
    print(json.dumps(figures))


def visits(rows: int, features: int, rng: np.random.Generator) -> tuple[Ints, Any, Ints]:
    """Values, gaps and findings of made-up visits; a few hidden traits drive most features."""
    traits = rng.normal(size=(rows, 6))
    values = np.empty((rows, features), np.int64)
    for at in range(features):
        own = rng.normal(size=rows)
        driven = own if at < NOISE else 0.7 * traits[:, at % 6] + 0.7 * own
        scaled = np.exp(driven) * 100
        values[:, at] = np.where(driven > 0, scaled, 0) if at % 2 else scaled
    gaps = rng.random((rows, features)) < np.where(np.arange(features) % GAPPED == 0, 0.2, 0)
    z = traits @ np.array([0.9, 0.6, 0.4, 0.3, 0.2, 0.1])
    z += np.log1p(values[:, NOISE:]) @ rng.exponential(0.02, features - NOISE)
    z += np.log(BASE_RATE / (1 - BASE_RATE)) - z.mean() - 0.5
    label = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(np.int64)
    return values, gaps, label


def filled(values: Ints, gaps: Any) -> Floats:
    """What scikit-learn's bins can read: "no data" as -1, a bin of its own where it is common."""
    return np.where(gaps, -1, values).astype(np.float64)


def baseline_of(values: Ints, gaps: Any, label: Ints) -> tuple[Any, Any]:
    """Quantile bins, one column a bin, and a logistic regression that may turn any sign."""
    bins = KBinsDiscretizer(
        BINS, encode="onehot", strategy="quantile", quantile_method="averaged_inverted_cdf"
    )
    model = LogisticRegression(C=0.3, max_iter=1000)
    with warnings.catch_warnings():
        # the zeros of an idle feature fill several quantiles: that these are one bin is known
        warnings.simplefilter("ignore", UserWarning)
        columns = bins.fit_transform(filled(values, gaps))
    return bins, model.fit(columns, label)


def inverted_columns(bins: Any, model: Any) -> int:
    """Variables of the baseline, those without gaps, in which a higher bin has less risk."""
    parts = np.split(model.coef_[0], np.cumsum(bins.n_bins_)[:-1])
    return sum(bool((np.diff(part) < 0).any()) for at, part in enumerate(parts) if at % GAPPED)


if __name__ == "__main__":
    main()
