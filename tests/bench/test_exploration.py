"""Do the policies of the study spend their budget, and does its draw keep its probabilities?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.exploration import Batch, Past, all_policies, drawn, graded, solved


def batch(seed: int, n: int = 400) -> Batch:
    rng = np.random.default_rng(seed)
    logit = rng.normal(size=n)
    return Batch(logit, graded(logit), rng.integers(1, 4, n), n // 5, Past())


@pytest.mark.parametrize("name", all_policies())
def test_every_policy_spends_exactly_its_budget(name: str) -> None:
    policy: Callable[[Batch], np.ndarray] = all_policies()[name]
    one = batch(1)
    pi = policy(one)
    assert pi.sum() == pytest.approx(one.visits)
    assert pi.max() <= 1 + 1e-12
    assert (pi > 0).all() or name == "greedy"


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 4))
def test_bisection_spends_the_budget_where_clip_and_rescale_would_not(seed: int, a: float) -> None:
    z = np.random.default_rng(seed).normal(size=120)
    pi = solved(np.exp(a * z), 24, 0.04)
    assert pi.sum() == pytest.approx(24)
    assert pi.min() >= 0.04 and pi.max() <= 1


def test_the_draw_keeps_every_probability_and_every_cell_to_its_size() -> None:
    rng = np.random.default_rng(3)
    cell = np.arange(30) % 3
    pi = solved(rng.random(30) + 0.1, 12, 0.05)
    draws = np.stack([drawn(pi, cell, rng) for _ in range(6000)])
    assert (draws.sum(axis=1) == 12).all()
    error = (draws.mean(axis=0) - pi) / np.sqrt(pi * (1 - pi) / 6000 + 1e-12)
    assert np.abs(error).max() < 4.5
    of_cell = np.stack([draws[:, cell == one].sum(axis=1) for one in range(3)], axis=1)
    expected = np.array([pi[cell == one].sum() for one in range(3)])
    assert (np.abs(of_cell - expected) < 1).all()
