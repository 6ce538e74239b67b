"""Do the estimates say what the sample says, and no more?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from riskengine.estimate import (
    MILLI,
    NANO,
    Drawn,
    Estimate,
    estimate,
    hajek_variance,
    joined,
    sample_of,
    wilson,
)

CELL = ("2026-12", "C", "freight")


def unit(number: int, finding: int | None, pi: float = 0.2, cell: tuple[str, ...] = CELL) -> Drawn:
    return Drawn(f"E{number:02d}", round(pi * NANO), cell, finding)


def units(findings: Sequence[int | None], pi: float = 0.2) -> list[Drawn]:
    return [unit(n, finding, pi) for n, finding in enumerate(findings)]


def whole(drawn: list[Drawn], listed: int, most: int = 1, **more: Any) -> Estimate:
    """The estimate of the whole list."""
    sample = sample_of(drawn, most=most)
    return estimate(sample, np.ones(len(sample.place), np.bool_), listed=listed, **more)


# ── by hand ───────────────────────────────────────────────────────────────────────────────


def test_each_stands_for_as_many_as_its_probability_says() -> None:
    said = whole([unit(1, 1, 0.5), unit(2, 0, 0.2), unit(3, 0, 0.25)], listed=11)
    assert said.total_milli == 2 * MILLI
    assert said.rate_bp == round(10_000 * 2 / (2 + 5 + 4))
    assert (said.results, said.findings, said.warning) == (3, 1, None)


def test_a_total_and_its_variance_are_unbiased_over_all_samples_of_a_cell() -> None:
    findings, size = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 3
    weight = np.full(size, len(findings) / size)
    totals, variances = [], []
    for chosen in combinations(findings, size):
        expanded = weight * np.array(chosen)
        totals.append(expanded.sum())
        variances.append(hajek_variance(expanded, weight, np.zeros(size, np.int64)))
    assert np.mean(totals) == pytest.approx(findings.sum())
    assert np.mean(variances) == pytest.approx(np.var(totals))


def test_months_are_added_before_they_are_divided() -> None:
    one = [unit(1, 1, 0.5, ("2026-11",)), unit(2, 0, 0.5, ("2026-11",))]
    two = [unit(1, 0, 0.25, ("2026-12",)), unit(3, 0, 0.25, ("2026-12",))]
    said = whole([*one, *two], listed=4 + 8, months=2)
    assert said.total_milli == 1 * MILLI  # two in the first month, none in the second
    assert said.rate_bp == round(10_000 * 2 / (4 + 8))


def test_harm_weights_are_shares_of_the_largest() -> None:
    plain = whole(units([1, 0, 0, 1]), listed=20)
    heavy = whole(units([300, 0, 0, 300]), listed=20, most=300)
    assert (heavy.rate_bp, heavy.low_bp, heavy.high_bp) == (
        plain.rate_bp, plain.low_bp, plain.high_bp,
    )  # fmt: skip
    assert heavy.total_milli == 300 * (plain.total_milli or 0)
    mixed = whole(units([300, 0, 0, 100]), listed=20, most=300)
    assert mixed.findings == 400 and mixed.total_milli == 2000 * MILLI


# ── certainty, and too little ─────────────────────────────────────────────────────────────


def test_who_was_drawn_with_certainty_adds_no_variance() -> None:
    certain = whole(units([1, 0, 0, 1], pi=1), listed=4)
    assert (certain.low_bp, certain.rate_bp, certain.high_bp) == (5000, 5000, 5000)
    assert certain.total_se_milli == 0 and certain.effective_milli is None
    sure = [unit(10 + n, 1, 1, ("2026-12", "D")) for n in range(20)]
    alone = whole(units([1, 0, 0, 1]), listed=20)
    beside = whole([*units([1, 0, 0, 1]), *sure], listed=40)
    assert beside.total_se_milli == alone.total_se_milli
    assert beside.effective_milli == alone.effective_milli


def test_a_list_seen_whole_is_known() -> None:
    said = whole([unit(1, 1, 0.5), unit(2, 0, 0.3)], listed=2)
    assert (said.low_bp, said.rate_bp, said.high_bp) == (5000, 5000, 5000)


@pytest.mark.parametrize("findings", [[], [1], [None], [None, 0], [None, None, None]])
def test_fewer_than_two_results_are_a_sentence_and_no_number(findings: list[int | None]) -> None:
    said = whole(units(findings), listed=30)
    assert said.warning is not None and said.warning.code == "estimate_too_few"
    numbers = (said.rate_bp, said.low_bp, said.high_bp, said.total_milli, said.total_se_milli)
    assert set(numbers) == {None}


def test_none_and_all_are_intervals_with_one_end() -> None:
    none, everyone = whole(units([0] * 6), listed=30), whole(units([1] * 6), listed=30)
    assert none.low_bp == none.rate_bp == 0 and 2000 < (none.high_bp or 0) < 6000
    assert everyone.high_bp == everyone.rate_bp == 10_000
    assert everyone.low_bp == 10_000 - (none.high_bp or 0)
    assert none.total_milli == 0 and none.total_se_milli is None  # not "± 0"


@pytest.mark.parametrize("wrong", [unit(1, 2), unit(1, -1), unit(1, 0, 0), unit(1, 0, 1.1)])
def test_a_wrong_probability_or_finding_is_refused(wrong: Drawn) -> None:
    with pytest.raises(ValueError, match="out of range"):
        sample_of([wrong])


# ── no result ─────────────────────────────────────────────────────────────────────────────

SOME = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([0, 1, None]),
        st.floats(0.05, 1),
    ),
    min_size=1,
    max_size=30,
)


@given(SOME)
def test_who_has_no_result_is_stood_for_by_the_neighbours(
    rows: list[tuple[int, int | None, float]],
) -> None:
    drawn = [unit(n, y, pi, (f"{cell}",)) for n, (cell, y, pi) in enumerate(rows)]
    sample = sample_of(drawn)
    results = sum(one.finding is not None for one in drawn)
    assert len(sample.place) == results
    if results:
        assert sample.weight.sum() == pytest.approx(sum(NANO / one.pi_nano for one in drawn))
        shares = [sample.weight[k] * drawn[i].pi_nano / NANO for k, i in enumerate(sample.place)]
        assert min(shares) >= 1 - 1e-9
    if results == len(drawn):
        assert shares == pytest.approx([1.0] * results)


@given(SOME, st.randoms(use_true_random=False))
def test_the_order_of_the_drawn_does_not_matter(
    rows: list[tuple[int, int | None, float]], chance: Any
) -> None:
    drawn = [unit(n, y, pi, (f"{cell}",)) for n, (cell, y, pi) in enumerate(rows)]
    shuffled = drawn.copy()
    chance.shuffle(shuffled)
    assert whole(shuffled, listed=100) == whole(drawn, listed=100)


@given(SOME)
def test_the_rate_lies_in_its_interval_and_the_interval_in_what_was_seen(
    rows: list[tuple[int, int | None, float]],
) -> None:
    drawn = [unit(n, y, pi, (f"{cell}",)) for n, (cell, y, pi) in enumerate(rows)]
    said = whole(drawn, listed=60)
    if said.rate_bp is None or said.low_bp is None or said.high_bp is None:
        assert said.warning is not None
        return
    assert 0 <= said.low_bp <= said.rate_bp <= said.high_bp <= 10_000
    assert said.high_bp >= 10_000 * said.findings // 60
    assert said.low_bp <= 10_000 * (60 - said.results + said.findings) // 60


@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_joined_cells_are_neighbours_and_hold_two(cells: list[int], data: st.DataObject) -> None:
    cell = np.sort(np.array(cells, np.int64))
    is_any = st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))
    counts = np.array(data.draw(is_any), np.bool_)
    group = joined(cell, counts)
    assert (np.diff(group) >= 0).all()
    for one in range(6):
        assert len(set(group[cell == one].tolist())) <= 1
    if counts.sum() >= 2:
        assert (np.bincount(group, counts) >= 2).all()
    else:
        assert set(group.tolist()) <= {0}


# ── how wide ──────────────────────────────────────────────────────────────────────────────


def test_the_interval_closes_as_the_list_is_exhausted() -> None:
    half = [1, 0]
    widths = []
    for results in (4, 8, 16, 24, 28):
        said = whole(units(half * (results // 2), pi=results / 30), listed=30)
        assert said.low_bp is not None and said.high_bp is not None
        widths.append(said.high_bp - said.low_bp)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 5


def test_uneven_weights_widen_it() -> None:
    even = whole(units([1, 0, 0, 0, 1, 0]), listed=30)
    uneven = [unit(n, y, pi) for n, (y, pi) in enumerate(zip(
        [1, 0, 0, 0, 1, 0], [0.05, 0.4, 0.4, 0.4, 0.4, 0.4], strict=True))]  # fmt: skip
    said = whole(uneven, listed=30)
    assert said.effective_milli is not None and even.effective_milli is not None
    assert said.effective_milli < even.effective_milli / 2


@pytest.mark.parametrize("results", [3, 6, 10, 15])
def test_thirty_enterprises_are_covered_on_average(results: int) -> None:
    """Exact, for equal probabilities: every number of findings from one to half the list."""
    held = []
    for truth in range(1, 16):
        chances = hypergeom(30, truth, results)
        for seen in range(results + 1):
            findings = [1] * seen + [0] * (results - seen)
            said = whole(units(findings, pi=results / 30), listed=30)
            assert said.total_low_milli is not None and said.total_high_milli is not None
            is_held = said.total_low_milli <= truth * MILLI <= said.total_high_milli
            held.append(is_held * chances.pmf(seen))
    assert 0.93 <= sum(held) / 15 <= 0.98


def test_wilson_is_the_score_test_turned_round() -> None:
    for mean, size in product((0.0, 0.1, 0.5), (3, 10, 200)):
        low, high = wilson(mean, size, 1.96)
        for bound in {low, high} - {0.0}:
            error = (bound * (1 - bound) / size) ** 0.5
            assert abs(mean - bound) == pytest.approx(1.96 * error)
