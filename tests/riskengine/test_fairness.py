"""Does the report of fairness count right, and does no order of the rows decide?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.fairness import OTHERS, UNKNOWN, GroupLine, chosen_at, fairness


def lines(
    label: Any, probability: Any, groups: Any, capacity: int, seed: int = 0
) -> dict[str, GroupLine]:
    rng = np.random.default_rng(seed)
    found = fairness(label, probability, groups, capacity=capacity, rng=rng)
    return {line.group: line for line in found}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 70))
def test_the_chances_sum_to_the_capacity_and_ties_share(scores: list[int], capacity: int) -> None:
    score = np.array(scores, np.float64)
    chosen = chosen_at(score, capacity)
    assert chosen.sum() == pytest.approx(min(capacity, len(scores)))
    for value in set(scores):
        assert len(set(chosen[score == value].tolist())) == 1
    order = np.argsort(score, kind="stable")
    assert (np.diff(chosen[order]) >= 0).all()


def test_the_figures_of_a_group_are_its_counts() -> None:
    label = [1] * 20 + [0] * 40 + [1] * 10 + [0] * 30
    probability = [0.9] * 40 + [0.1] * 60
    sectors = ["taxi"] * 60 + ["freight"] * 40
    found = lines(label, probability, {"sector": sectors}, 40)
    taxi, freight = found["taxi"], found["freight"]
    assert (taxi.rows, taxi.findings, freight.rows, freight.findings) == (60, 20, 40, 10)
    assert taxi.selected.value == pytest.approx(40 / 60)
    assert taxi.needless.value == pytest.approx(20 / 40)
    assert (taxi.missed.value, freight.missed.value) == (0, 1)
    assert taxi.said.value == pytest.approx((40 * 0.9 + 20 * 0.1) / 60)
    assert freight.found.value == 0.25
    assert taxi.selected.low < taxi.selected.value < taxi.selected.high


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for seed in range(100):
        label = (rng.random(150) < 0.3).astype(int)
        found = lines(label, np.full(150, 0.3), {"sector": ["taxi"] * 150}, 10, seed)["taxi"].found
        covered += found.low <= 0.3 <= found.high
    assert 86 <= covered <= 100


def test_a_group_without_findings_has_nothing_to_miss() -> None:
    missed = lines([0] * 40, [0.1] * 40, {"township": ["甲镇"] * 40}, 4)["甲镇"].missed
    assert np.isnan([missed.value, missed.low, missed.high]).all()


def test_small_groups_are_told_together_and_unknown_ones_by_that_name() -> None:
    towns = ["甲镇"] * 50 + [f"{n}村" for n in range(20)] + [""] * 5
    found = lines([0, 1, 0] * 25, np.linspace(0, 1, 75), {"township": towns}, 10)
    assert {name: line.rows for name, line in found.items()} == {
        "甲镇": 50,
        OTHERS: 20,
        UNKNOWN: 5,
    }


def test_the_same_generator_gives_the_same_report() -> None:
    rng = np.random.default_rng(2)
    label, score = rng.integers(0, 2, 200), rng.random(200)
    groups = {"size": rng.choice(["1–9", "10–49"], 200)}
    assert lines(label, score, groups, 50) == lines(label, score, groups, 50)
