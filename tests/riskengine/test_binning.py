"""Are the bins of a variable the best there are, in the declared order, and large enough?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.binning import (
    Binning,
    BinRules,
    Totals,
    bin_variable,
    iv_micro,
    prebins_of,
    states_of,
    woe_micro,
)

USUAL = BinRules()
FINE = BinRules(most_bins=3, least_permille=100, most_prebins=8)
few_rows = st.lists(
    st.tuples(st.none() | st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=60
).filter(lambda rows: {y for _, y in rows} == {0, 1})


def binned(values: Any, label: Any, worse: Any = "up", rules: BinRules = USUAL) -> Binning:
    return bin_variable("x", pa.chunked_array([pa.array(values, pa.int64())]), label, worse, rules)


def counts(rows: list[tuple[int | None, int]]) -> list[tuple[int, int, int]]:
    """(value, rows, events), ascending."""
    values = sorted({v for v, _ in rows if v is not None})
    return [(v, sum(w == v for w, _ in rows), sum(y for w, y in rows if w == v)) for v in values]


def every_partition(steps: list[tuple[int, int, int]]) -> Iterator[list[tuple[int, int]]]:
    """All ways to cut the steps into at most three bins, as (rows, events)."""
    for bins in range(1, FINE.most_bins + 1):
        for inner in combinations(range(1, len(steps)), bins - 1):
            edges = [0, *inner, len(steps)]
            yield [
                (sum(n for _, n, _ in steps[a:b]), sum(k for _, _, k in steps[a:b]))
                for a, b in pairwise(edges)
            ]


def is_allowed(bins: list[tuple[int, int]], rows: int, worse: str) -> bool:
    large = all(n * 1000 >= rows * FINE.least_permille and 0 < k < n for n, k in bins)
    sign = 1 if worse == "up" else -1
    return large and all(sign * (b[1] * a[0] - a[1] * b[0]) > 0 for a, b in pairwise(bins))


@settings(max_examples=60, deadline=None)
@given(few_rows, st.sampled_from(["up", "down"]))
def test_no_other_partition_has_more_information(
    rows: list[tuple[int | None, int]], worse: Any
) -> None:
    found = binned([v for v, _ in rows], [y for _, y in rows], worse, FINE)
    all_of = Totals(len(rows), sum(y for _, y in rows))
    allowed = [p for p in every_partition(counts(rows)) if is_allowed(p, len(rows), worse)]
    if not allowed:
        assert len(found.bins) == 1 and found.bins[0].woe_micro == 0
        return
    mine = [(b.rows, b.events) for b in found.bins]
    assert is_allowed(mine, len(rows), worse)
    best = max(sum(iv_micro(n, k, all_of) for n, k in p) for p in allowed)
    assert sum(iv_micro(n, k, all_of) for n, k in mine) == best


@settings(max_examples=40, deadline=None)
@given(few_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    rows: list[tuple[int | None, int]], order: Any
) -> None:
    before = binned([v for v, _ in rows], [y for _, y in rows], "up", FINE)
    order.shuffle(rows)
    assert binned([v for v, _ in rows], [y for _, y in rows], "up", FINE) == before


def test_bins_rise_strictly_on_a_long_table() -> None:
    rng = np.random.default_rng(3)
    values = rng.gamma(1, 1000, 20_000).astype(int)
    label = rng.random(20_000) < 0.1 + 0.1 * np.sin(values / 400) + values / 20_000
    found = binned(values, label)
    assert 2 <= len(found.bins) <= 6
    assert all(b.rows >= 600 for b in found.bins)
    assert sum(b.rows for b in found.bins) == 20_000
    assert all(a.events * b.rows < b.events * a.rows for a, b in pairwise(found.bins))
    assert all(a.woe_micro < b.woe_micro for a, b in pairwise(found.bins))
    assert found.bins[0].at_least == 0


def test_the_wrong_direction_has_no_information() -> None:
    values = [0] * 50 + [1] * 50
    label = [1] * 30 + [0] * 20 + [1] * 10 + [0] * 40
    wrong, right = binned(values, label, "up"), binned(values, label, "down")
    assert (len(wrong.bins), wrong.iv_micro) == (1, 0)
    assert len(right.bins) == 2 and right.iv_micro > 500_000


def test_no_data_is_a_state_of_its_own_outside_the_order() -> None:
    values = [None] * 40 + [0] * 40 + [5] * 40
    label = [1] * 30 + [0] * 10 + [1] * 4 + [0] * 36 + [1] * 10 + [0] * 30
    found = binned(values, label)
    assert [(b.at_least, b.rows, b.events) for b in found.bins] == [(0, 40, 4), (5, 40, 10)]
    assert (found.missing.at_least, found.missing.rows, found.missing.events) == (None, 40, 30)
    assert found.missing.woe_micro == woe_micro(40, 30, Totals(120, 44)) > 0


@pytest.mark.parametrize("events", [0, 1, 2])
def test_a_handful_without_data_weighs_as_the_average(events: int) -> None:
    values = [None] * 2 + [0] * 98
    label = [1] * events + [0] * (2 - events) + [1] * 20 + [0] * 78
    assert binned(values, label).missing.woe_micro == 0


def test_values_below_zero_share_the_first_bin() -> None:
    label = [0] * 30 + [1, 0] * 15
    assert binned([-7] * 30 + [3] * 30, label) == binned([0] * 30 + [3] * 30, label)


def test_a_column_of_gaps_only_has_one_empty_bin() -> None:
    found = binned([None] * 10, [0, 1] * 5)
    assert [(b.at_least, b.rows) for b in found.bins] == [(0, 0)]
    assert found.iv_micro == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=400), st.integers(2, 12))
def test_prebins_hold_every_row_once_and_are_not_too_many(values: list[int], most: int) -> None:
    events = np.array([v % 3 == 0 for v in values], np.int64)
    found = prebins_of(np.array(values, np.int64), events, most)
    assert len(found.rows) <= max(most, 1)
    assert (found.rows.sum(), found.events.sum()) == (len(values), events.sum())
    assert (np.diff(found.starts) > 0).all() and (found.rows > 0).all()


def test_a_value_of_many_rows_is_a_step_of_its_own() -> None:
    values = np.array([0] * 5000 + list(range(1, 2001)) + [3000] * 1000, np.int64)
    found = prebins_of(values, np.zeros(len(values), np.int64), 10)
    assert found.starts[0] == 0 and found.rows[0] == 5000
    assert found.starts[-1] == 3000 and found.rows[-1] == 1000


def test_a_row_is_in_the_highest_bin_it_reaches() -> None:
    found = binned([0] * 40 + [5] * 40 + [None] * 40, [0] * 39 + [1] + [0, 1] * 20 + [0, 1] * 20)
    table = pa.table({"x": pa.array([-1, 0, 4, 5, 10**12, None], pa.int64())})
    assert states_of(found, table).tolist() == [0, 0, 0, 1, 1, 2]
