"""Are the replay's figures those of every order of equal scores?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.replay import (
    TieBounds,
    blocks,
    day_gains,
    days_bounds,
    days_earlier,
    days_of_chance,
    first_half,
    found_first,
    precision_at,
    untied,
)

START = np.datetime64("2014-09-01")


@st.composite
def small(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels with a finding, scores that tie often, and days of at most seven visits."""
    n = draw(st.integers(1, 7))
    label = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    label[draw(st.integers(0, n - 1))] = 1
    score = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), np.float64)
    day = START + np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    return label, score, day


def of_all_orders(score: np.ndarray, figure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The figure of every order of rows (orders × rows) in which no score is above one before."""
    orders = np.array(list(permutations(range(len(score)))))
    return figure(orders[(np.diff(score[orders], axis=1) <= 0).all(axis=1)])


def assert_bounds(bounds: TieBounds, figures: np.ndarray) -> None:
    assert float(bounds.worst) == pytest.approx(min(figures))
    assert float(bounds.expected) == pytest.approx(np.mean(figures))
    assert float(bounds.best) == pytest.approx(max(figures))


@settings(deadline=None)
@given(small())
def test_days_are_bounded_by_the_worst_and_best_order_of_ties(
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    label, score, day = case

    def gained(orders: np.ndarray) -> np.ndarray:
        gains = (day[orders] - np.sort(day)).astype(int)
        return np.asarray((gains * label[orders]).sum(axis=1) / label.sum())

    assert_bounds(days_bounds(label, score, day), of_all_orders(score, gained))


@settings(deadline=None)
@given(small(), st.floats(0.05, 1.0))
def test_precision_and_first_half_are_bounded_by_the_worst_and_best_order_of_ties(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], share: float
) -> None:
    label, score, _ = case
    k, half = max(1, round(share * len(label))), floor(len(label) / 2)
    at_k = of_all_orders(score, lambda orders: label[orders[:, :k]].mean(axis=1))
    found = of_all_orders(score, lambda orders: label[orders[:, :half]].sum(axis=1))
    assert_bounds(precision_at(label, score, share=share), at_k)
    assert_bounds(first_half(label, score), found / label.sum())


@settings(deadline=None)
@given(small())
def test_a_row_that_counts_twice_is_a_row_that_stands_twice(
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    label, score, _ = case
    times = np.arange(len(label)) % 3 + 1
    weight = np.stack([times, np.ones(len(label))]).astype(np.float64)
    twice, once = np.repeat(label, times), label
    for kind in ("worst", "expected", "best"):
        got = getattr(first_half(label, score, weight), kind)
        wanted = [getattr(first_half(twice, np.repeat(score, times)), kind),
                  getattr(first_half(once, score), kind)]  # fmt: skip
        assert got == pytest.approx(np.array(wanted))
    assert found_first(label, score, 0).best == 0
    assert found_first(label, score, len(label)).worst == label.sum()


@settings(deadline=None)
@given(small())
def test_the_replay_only_changes_who_is_visited_when(
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    label, score, day = case
    assert day_gains(score, day).sum() == 0
    bounds = days_bounds(label, score, day)
    stable = days_earlier(label, score, day)
    assert bounds.worst - 1e-9 <= stable <= bounds.best + 1e-9
    assert days_earlier(label, untied(score), day) == pytest.approx(stable)
    chance, oracle = days_of_chance(label, day)
    assert chance <= oracle + 1e-9
    assert stable <= oracle + 1e-9


def test_equal_scores_keep_their_stored_order() -> None:
    order, starts = blocks(np.array([1.0, 2.0, 1.0, 2.0]))
    assert (order.tolist(), starts.tolist()) == ([1, 3, 0, 2], [0, 2])
    assert untied(np.array([1.0, 2.0, 1.0])).tolist() == [2.0, 3.0, 1.0]


def test_today_s_practice_gains_nothing() -> None:
    day = START + np.array([3, 0, 5, 9])
    practice = -(day - START).astype(np.float64)
    assert days_earlier(np.array([1, 0, 1, 1]), practice, day) == 0


def test_without_findings_nothing_is_earlier() -> None:
    day = START + np.arange(3)
    assert np.isnan(days_earlier(np.zeros(3, int), np.arange(3.0), day))
    assert np.isnan(days_bounds(np.zeros(3, int), np.arange(3.0), day).best)
    assert np.isnan(first_half(np.zeros(3, int), np.arange(3.0)).expected)
