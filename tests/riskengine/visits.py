"""Past visits with a planted risk, for the tests of what is learnt from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from riskengine.challenger import ChallengerRules
from riskengine.challenger.trees import BoostingRules

DIRECTIONS = {
    "violations": "up",
    "hazards": "up",
    "trainings": "down",
    "complaints": "up",
    "season": "free",
    "sector": "category",
}
SMALL = ChallengerRules(BoostingRules(rounds=30, rate=0.1, least_leaf_rows=20, seeds=2))
"""Learnt in a moment."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Features, findings and groups; `group` is "" for some."""

    features: pa.Table
    label: Any
    group: Any


def past_visits(rows: int = 1500, seed: int = 5) -> Visits:
    """Violations, few trainings, buses and the strict group 甲 make a finding likelier.

    Complaints, against what is declared of them, make it less likely.
    """
    rng = np.random.default_rng(seed)
    violations = rng.poisson(1.2, rows)
    hazards = rng.poisson(0.7, rows)
    trainings = rng.integers(0, 9, rows)
    complaints = rng.poisson(1.0, rows)
    sector = rng.choice(["bus", "freight", "taxi"], rows, p=[0.3, 0.5, 0.2])
    group = rng.choice(["甲", "乙", "丙", ""], rows, p=[0.4, 0.3, 0.2, 0.1])
    z = -1.7 + 0.6 * violations + 0.3 * hazards - 0.15 * trainings - 0.4 * complaints
    z = z + 0.7 * (sector == "bus") + 1.3 * (group == "甲") - 0.8 * (group == "丙")
    label = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(np.int8)
    features = pa.table(
        {
            "violations": with_gaps(rng, violations, 0.2),
            "hazards": with_gaps(rng, hazards, 0.1),
            "trainings": with_gaps(rng, trainings, 0.0),
            "complaints": with_gaps(rng, complaints, 0.1),
            "season": with_gaps(rng, rng.integers(0, 360, rows), 0.0),
            "sector": pa.array([None if gap else str(s) for s, gap in gaps(rng, sector, 0.1)]),
        }
    )
    return Visits(features, label, group)


def gaps(rng: np.random.Generator, values: Any, share: float) -> Any:
    return zip(values, rng.random(len(values)) < share, strict=True)


def with_gaps(rng: np.random.Generator, values: Any, share: float) -> pa.Array:
    return pa.array([None if gap else int(v) for v, gap in gaps(rng, values, share)], pa.int64())
