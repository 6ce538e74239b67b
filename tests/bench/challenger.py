"""How fast is a challenger learnt, asked, explained, and read back from its file?

``python -m tests.bench.challenger`` makes visits with 40 integer features (some with gaps) and four
officer groups, learns a challenger without and with the groups, and prints one line of JSON:
seconds of learning, of scores and of reasons for 12,000 enterprises, of writing and reading the
file and its size, and how far the reasons are from summing to the score. Beside it scikit-learn:
seconds of one boosting of the same settings on as many threads as it likes, and of its scores.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingClassifier

from riskengine.challenger import Challenger, fit_challenger, logit_of, reasons_of
from riskengine.challenger.file import Origin, file_digest, read_challenger, write_challenger
from riskengine.challenger.trees import BoostingRules
from riskengine.policy import read_policy

ROWS, FEATURES, ENTERPRISES = 100_000, 40, 12_000
ORIGIN = Origin(
    "made up",
    "0" * 64,
    dt.date(2026, 1, 1),
    dt.date(2026, 11, 28),
    read_policy("cn-transport").on(dt.date(2026, 11, 28)).scorecard.features,
)


def main() -> None:
    """Print the figures of one made-up table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--seed", type=int, default=20261129)
    asked = arguments.parse_args()
    table, label, group = visits(asked.rows, np.random.default_rng(asked.seed))
    directions = dict.fromkeys(table.column_names, "up")
    enterprises = table[:ENTERPRISES]
    fit_challenger(table[:2000], label[:2000], directions)  # compiled before the clock starts
    plain, fit_seconds = timed(lambda: fit_challenger(table, label, directions))
    reasons_of(plain, enterprises[:9])
    officers, officers_seconds = timed(
        lambda: fit_challenger(table, label, directions, group=group)
    )
    data, write_seconds = timed(lambda: write_challenger(plain, ORIGIN))
    (again, _), read_seconds = timed(lambda: read_challenger(data, file_digest(data)))
    theirs, their_fit = timed(lambda: boosting(table, label))
    _, their_score = timed(lambda: theirs.decision_function(matrix(enterprises)))
    scores, score_seconds = timed(lambda: logit_of(plain, enterprises))
    reasons, reasons_seconds = timed(lambda: reasons_of(plain, enterprises))
    error = np.abs(reasons.base + sum(reasons.added.values()) - scores).max()
    seeds = plain.rules.boosting.seeds
    print(
        json.dumps(
            {
                "rows": asked.rows,
                "features": FEATURES,
                "enterprises": ENTERPRISES,
                "trees": len(plain.trees.trees),
                "fit_seconds": round(fit_seconds, 1),
                "fit_with_officers_seconds": round(officers_seconds, 1),
                "fit_per_boosting_to_scikit_learn": round(fit_seconds / seeds / their_fit, 2),
                "score_seconds": round(score_seconds, 2),
                "score_per_boosting_to_scikit_learn": round(score_seconds / seeds / their_score, 2),
                "reasons_seconds": round(reasons_seconds, 2),
                "reasons_with_officers_seconds": seconds_of_reasons(officers, enterprises),
                "reasons_largest_error": float(error),
                "write_seconds": round(write_seconds, 2),
                "read_seconds": round(read_seconds, 2),
                "file_kb": len(data) // 1000,
                "reload_is_bit_equal": bool((logit_of(again, enterprises) == scores).all()),
            }
        )
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def seconds_of_reasons(challenger: Challenger, enterprises: pa.Table) -> float:
    return round(timed(lambda: reasons_of(challenger, enterprises))[1], 2)


def visits(rows: int, rng: np.random.Generator) -> tuple[pa.Table, Any, Any]:
    """Counts with gaps, findings that half of them raise, and groups of unlike strictness."""
    values = rng.poisson(rng.uniform(0.2, 30, FEATURES), (rows, FEATURES))
    gap = rng.random((rows, FEATURES)) < np.where(np.arange(FEATURES) % 5 == 0, 0.3, 0.0)
    spread = (values - values.mean(axis=0)) / values.std(axis=0)
    group = rng.choice(["甲", "乙", "丙", "丁"], rows)
    z = -2.3 + 0.25 * spread[:, ::2].sum(axis=1) / 2 + np.where(group == "甲", 1.0, 0.0)
    label = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(np.int8)
    table = pa.table(
        {f"f{at:02}": pa.array(values[:, at], mask=gap[:, at]) for at in range(FEATURES)}
    )
    return table, label, group


def matrix(table: pa.Table) -> Any:
    return np.column_stack([column.to_numpy() for column in table.columns]).astype(np.float64)


def boosting(table: pa.Table, label: Any) -> HistGradientBoostingClassifier:
    rules = BoostingRules()
    model = HistGradientBoostingClassifier(
        max_iter=rules.rounds,
        learning_rate=rules.rate,
        max_leaf_nodes=rules.most_leaves,
        min_samples_leaf=rules.least_leaf_rows,
        l2_regularization=rules.penalty_l2,
        max_features=rules.feature_share,
        monotonic_cst=[1] * FEATURES,
        early_stopping=False,
        random_state=0,
    )
    return model.fit(matrix(table), label)


if __name__ == "__main__":
    main()
