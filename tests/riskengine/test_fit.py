"""Is a fitted card monotone, exact and repeatable, whatever the data?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from riskengine.binning import MICRO, Bin, Binning, BinRules, bin_variable, states_of
from riskengine.bounded import patterns_of, woe_of
from riskengine.digest import digest
from riskengine.errors import BadRegister
from riskengine.fit import (
    PDO,
    FitRules,
    FittedCard,
    FittedItem,
    fit_scorecard,
    inverted_items,
    item_of,
    logit_of,
    points_of,
    probability_at,
    probability_of,
    reasons_of,
)

SMALL = FitRules(BinRules(most_prebins=12), least_events=1)
DIRECTIONS = {
    "driver": "up",
    "twin": "up",
    "against": "down",
    "gaps": "up",
    "idle": "down",
    "constant": "up",
    "nothing": "up",
    "noise": "down",
    "place": "free",
    "kind": "category",
}


def visits(rows: int, seed: int, rate: float = 0.3) -> tuple[pa.Table, Any]:
    """Made-up visits with twins, gaps, noise, a constant column and one that is never there."""
    rng = np.random.default_rng(seed)
    driver = rng.gamma(1, 100, rows).astype(np.int64)
    twin = driver + rng.integers(0, 20, rows)
    idle = np.where(rng.random(rows) < 0.8, 0, rng.integers(1, 50, rows))
    z = np.log(rate / (1 - rate)) + 0.01 * (driver - 100) - 0.02 * idle
    label = (rng.random(rows) < expit(z)).astype(np.int64)
    columns: dict[str, Any] = {
        "driver": pa.array(driver),
        "twin": pa.array(twin),
        "against": pa.array(driver + rng.integers(0, 50, rows)),
        "gaps": pa.array(driver, mask=rng.random(rows) < 0.3 + 0.3 * label),
        "idle": pa.array(idle),
        "constant": pa.array(np.full(rows, 7)),
        "nothing": pa.array([None] * rows, pa.int64()),
        "noise": pa.array(rng.integers(0, 1000, rows)),
        "place": pa.array(rng.integers(0, 9, rows)),
        "kind": pa.array(["taxi"] * rows),
    }
    return pa.table(columns), label


some_visits = st.builds(
    visits, st.integers(5, 400), st.integers(0, 10**6), st.sampled_from([0.02, 0.1, 0.3, 0.9])
)


def fitted(table: pa.Table, label: Any, rules: FitRules = SMALL) -> FittedCard | None:
    try:
        return fit_scorecard(table, label, DIRECTIONS, rules)
    except BadRegister as refusal:
        assert refusal.code in {"fit_few_findings", "fit_no_signal"}
        return None


@pytest.fixture(scope="module")
def learnt() -> tuple[FittedCard, pa.Table, Any]:
    table, label = visits(6_000, 1)
    return fit_scorecard(table, label, DIRECTIONS), table, label


@settings(max_examples=50, deadline=None)
@given(some_visits)
def test_no_card_has_an_inverted_point(given_visits: tuple[pa.Table, Any]) -> None:
    card = fitted(*given_visits)
    for item in card.items if card else ():
        states: list[tuple[Bin, int]] = list(zip(item.binning.bins, item.points, strict=True))
        if item.binning.missing.woe_micro:
            states.append((item.binning.missing, item.missing_points))
        for one, points in states:
            for other, its_points in states:
                if one.events * other.rows < other.events * one.rows:
                    assert points >= its_points, item.feature
    assert not card or inverted_items(card) == ()


@settings(max_examples=30, deadline=None)
@given(some_visits, st.integers(0, 10**6), st.integers(1, 500))
def test_a_worse_value_never_scores_better(
    given_visits: tuple[pa.Table, Any], seed: int, more: int
) -> None:
    card = fitted(*given_visits)
    table = given_visits[0]
    if card is None:
        return
    before = points_of(card, table)
    for item in card.items:
        values = np.asarray(table[item.feature].fill_null(0))
        sign = 1 if item.binning.worse == "up" else -1
        worse = pa.array(values + sign * more, mask=np.asarray(table[item.feature].is_null()))
        at = table.column_names.index(item.feature)
        after = points_of(card, table.set_column(at, item.feature, worse))
        assert (after <= before).all(), item.feature


@settings(max_examples=30, deadline=None)
@given(some_visits)
def test_reasons_sum_to_the_score_and_nothing_is_clipped(
    given_visits: tuple[pa.Table, Any],
) -> None:
    card = fitted(*given_visits)
    if card is None:
        return
    score, reasons = points_of(card, given_visits[0]), reasons_of(card, given_visits[0])
    assert np.array_equal(card.base_points + sum(reasons.values()), score)
    assert score.min() >= 0 and score.max() <= card.base_points
    assert all((points <= 0).all() for points in reasons.values())
    assert card.base_points >= sum(item.most_points for item in card.items)


@settings(max_examples=15, deadline=None)
@given(some_visits, st.integers(0, 10**6))
def test_shuffled_visits_give_the_same_card(given_visits: tuple[pa.Table, Any], seed: int) -> None:
    table, label = given_visits
    order = np.random.default_rng(seed).permutation(len(label))
    columns = table.column_names[::-1]
    again = fitted(table.take(pa.array(order)).select(columns), label[order])
    assert again == fitted(table, label)


def test_a_card_is_a_document(learnt: tuple[FittedCard, pa.Table, Any]) -> None:
    card, table, label = learnt
    order = np.random.default_rng(0).permutation(len(label))
    again = fit_scorecard(table.take(pa.array(order)), label[order], DIRECTIONS)
    assert digest(again) == digest(card)


def test_every_variable_is_used_or_left_out_with_a_reason(
    learnt: tuple[FittedCard, pa.Table, Any],
) -> None:
    card = learnt[0]
    why = {one.feature: one.why for one in card.left_out}
    assert {i.feature for i in card.items} | set(why) == set(DIRECTIONS)
    assert why["place"] == why["kind"] == "no_direction"
    assert why["constant"] == why["nothing"] == why["against"] == "no_information"


def test_a_weight_that_the_bound_holds_at_zero_is_shown_as_unused() -> None:
    """The twin's own error only adds noise, and an unbounded fit would turn its sign."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=20_000)
    noise = rng.normal(size=20_000)
    label = (rng.random(20_000) < expit(1.5 * hidden - 1)).astype(np.int64)
    table = pa.table(
        {
            "clean": pa.array(np.exp(hidden + noise) * 1000).cast(pa.int64(), safe=False),
            "twin": pa.array(np.exp(noise + 0.25 * hidden) * 1000).cast(pa.int64(), safe=False),
        }
    )
    up = {"clean": "up", "twin": "up"}
    card = fit_scorecard(table, label, up)
    binned = [bin_variable(name, table[name], label, "up") for name in up]
    patterns = patterns_of(table, label, binned)
    woe = woe_of(binned, patterns)
    free = LogisticRegression(C=0.3).fit(
        np.repeat(woe, 2, axis=0),
        np.tile([1, 0], len(woe)),
        np.column_stack([patterns.events, patterns.rows - patterns.events]).ravel(),
    )
    assert free.coef_[0][1] < 0
    assert [(one.feature, one.why) for one in card.left_out] == [("twin", "unused")]
    assert inverted_items(card) == ()


def test_the_weights_are_the_best_within_their_bounds(
    learnt: tuple[FittedCard, pa.Table, Any],
) -> None:
    """Karush-Kuhn-Tucker: the slope is 0 where a weight is above 0."""
    card, table, label = learnt
    miss = expit(logit_of(card, table)) - label
    assert abs(miss.sum()) < 0.05
    for item in card.items:
        patterns = patterns_of(table, label, [item.binning])
        woe = woe_of([item.binning], patterns)[:, 0]
        states = patterns.states[:, 0]
        by_state = dict(zip(states.tolist(), woe.tolist(), strict=True))
        of_row = np.array([by_state[s] for s in states_of(item.binning, table).tolist()])
        slope = miss @ of_row + item.coefficient_micro / MICRO / 0.3
        assert abs(slope) < 0.05, item.feature


def test_points_lose_next_to_nothing(learnt: tuple[FittedCard, pa.Table, Any]) -> None:
    card, table, label = learnt
    whole = roc_auc_score(label, -points_of(card, table))
    assert roc_auc_score(label, logit_of(card, table)) - whole <= 0.002


def test_twenty_points_less_double_the_odds(learnt: tuple[FittedCard, pa.Table, Any]) -> None:
    card = learnt[0]
    odds = [p / (1 - p) for p in probability_at(card, np.array([80, 80 - PDO]))]
    assert odds[1] == pytest.approx(2 * odds[0])


def test_expected_findings_are_those_found(learnt: tuple[FittedCard, pa.Table, Any]) -> None:
    card, table, label = learnt
    assert probability_of(card, table).sum() == pytest.approx(label.sum(), abs=0.01)


def test_what_nobody_was_in_sets_no_standard() -> None:
    """The card has never seen "no data", so nobody is measured against it."""
    bins = (Bin(0, 50, 10, 300_000), Bin(5, 50, 20, 900_000))
    item = item_of(Binning("x", "up", bins, Bin(None, 0, 0, 0), 10_000), MICRO)
    assert item.points == (0, -17)
    assert item.missing_points == 0


def test_equal_neighbours_are_one_bin_in_the_pack() -> None:
    states = tuple(Bin(at, 10, 5, 0) for at in (0, 3, 8))
    item = FittedItem(Binning("x", "up", states, Bin(None, 0, 0, 0), 9_000), 1, (0, 0, -2), -1)
    assert item.bins == ((0, 0), (8, -2))


def test_a_handful_of_findings_teaches_nothing() -> None:
    table, label = visits(2_000, 5)
    few = np.where(np.cumsum(label) <= 39, label, 0)
    with pytest.raises(BadRegister, match="Only 39 of 2000 visits found something") as refusal:
        fit_scorecard(table, few, DIRECTIONS)
    assert refusal.value.code == "fit_few_findings"
    with pytest.raises(BadRegister):
        fit_scorecard(table, np.ones(2_000, np.int64), DIRECTIONS)


def test_features_that_tell_nothing_apart_give_no_card() -> None:
    table, label = visits(2_000, 6)
    idle = {"constant": "up", "nothing": "up", "place": "free"}
    with pytest.raises(BadRegister, match="None of 2 features") as refusal:
        fit_scorecard(table, label, idle)
    assert refusal.value.code == "fit_no_signal"


def test_one_finding_is_enough_where_the_rules_say_so_and_still_no_inversion() -> None:
    table, _ = visits(300, 7)
    label = np.zeros(300, np.int64)
    label[np.argmax(np.asarray(table["driver"]))] = 1
    card = fitted(table, label, replace(SMALL, bins=BinRules(least_permille=3)))
    assert card is not None and inverted_items(card) == ()


def test_bins_of_an_item_run_in_its_direction(learnt: tuple[FittedCard, pa.Table, Any]) -> None:
    for item in learnt[0].items:
        points = item.points if item.binning.worse == "up" else item.points[::-1]
        assert all(a >= b for a, b in pairwise(points))
