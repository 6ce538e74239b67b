"""Do the figures agree with the published ones, and what do 400 resamples cost?

``python -m tests.bench.metrics`` measures the City of Chicago's own scores on its own test window
(1,637 inspections, 258 with a critical violation) beside the first line of risk-models.md §4.1,
then times the bootstrap of every figure on 20,000 made-up rows beside a plain loop of scikit-learn
over resampled rows.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from riskengine.metrics import METRICS, Scored, metric_of
from riskengine.replay import days_of_chance
from riskengine.resample import RESAMPLES, intervals

DATA = Path(__file__).parents[3] / "shared/data/chicago_food/canvass_inspections.parquet"
PRINTED = {
    "auc": 0.6790,
    "pr_auc": 0.294,
    "precision_10": 0.384,
    "days_earlier": 7.79,
    "first_half": 0.686,
    "brier": 0.1270,
    "calibration_error": 0.045,
    "within_auc": 0.567,
}
ROWS = 20_000


def main() -> None:
    """One JSON object of the published window, one of the speed."""
    window = published(DATA)
    said = intervals(window, rng=np.random.default_rng(0))
    assert window.visited_on is not None
    print(
        json.dumps(
            {
                name: {
                    "value": round(one.value, 4),
                    "low": round(one.low, 4),
                    "high": round(one.high, 4),
                    "printed": PRINTED[name],
                }
                for name, one in said.items()
            }
            | {"days_of_chance_and_oracle": days_of_chance(window.label, window.visited_on)}
        )
    )
    print(json.dumps(speed()))


def published(path: Path) -> Scored:
    """The City's scores on its test window, in stored order."""
    table = pd.read_parquet(path)
    table = table[table["cdph_test"].fillna(False).astype(bool)]
    return Scored(
        table["criticalFound"].to_numpy(np.int64),
        table["cdph_model_score"].to_numpy(np.float64),
        table["Inspection_Date"].to_numpy().astype("datetime64[D]"),
        table["inspector_group"].fillna("").to_numpy().astype(str),
    )


def speed() -> dict[str, float]:
    """Seconds of the bootstrap by figure, of a plain loop for the AUC, and the ratio."""
    rng = np.random.default_rng(1)
    label = (rng.random(ROWS) < 0.15).astype(np.int64)
    score = np.clip(0.15 + 0.1 * label + rng.normal(0, 0.1, ROWS), 0.01, 0.99)
    day = np.datetime64("2014-09-01") + rng.integers(0, 60, ROWS)
    tied = np.round(score, 3).astype(np.float64)
    rows = Scored(label, tied, day, rng.integers(0, 20, ROWS).astype(str))
    seconds = {}
    for metric in METRICS:
        start = perf_counter()
        intervals(rows, rng=rng, metrics=[metric_of(metric.name)])
        seconds[metric.name] = round(perf_counter() - start, 2)
    start = perf_counter()
    for _ in range(RESAMPLES):
        at = rng.integers(0, ROWS, ROWS)
        roc_auc_score(label[at], tied[at])
    plain = perf_counter() - start
    return {
        **seconds,
        "all": round(sum(seconds.values()), 2),
        "auc_plain_loop": round(plain, 2),
        "auc_to_plain_loop": round(seconds["auc"] / plain, 2),
    }


if __name__ == "__main__":
    main()
