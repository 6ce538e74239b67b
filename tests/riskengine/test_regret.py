"""Does choosing by regret choose as its rules say, and say what the choice is worth?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.metrics import metric_of
from riskengine.regret import (
    RULES,
    audition,
    best_average,
    best_last,
    best_recent,
    least_worst_regret,
    most_often_best,
    steadiest,
)

AUC, BRIER = metric_of("auc"), metric_of("brier")
PAST = np.array(
    [
        [0.60, 0.60, 0.60, 0.60],  # steady
        [0.90, 0.50, 0.50, 0.62],  # one lucky window
        [0.61, 0.61, 0.61, 0.30],  # often best, once far behind
    ]
)


def test_each_rule_chooses_what_its_name_says() -> None:
    assert best_average(PAST) == 1
    assert best_last(PAST) == 1
    assert most_often_best(PAST) == 1  # twice best, like the third, and listed before it
    assert most_often_best(PAST[:, 1:3]) == 2
    assert least_worst_regret(PAST[:, 1:]) == 0
    assert steadiest(PAST) == 0
    assert best_recent(np.array([[0.9, 0.5, 0.5], [0.5, 0.6, 0.6]])) == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_of_equals_the_model_listed_first_is_chosen(rule: object) -> None:
    assert rule.choose(np.full((3, 4), 0.6)) == 0  # type: ignore[attr-defined]


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(2, 9))
def test_no_regret_is_negative_and_no_rule_looks_ahead(
    seed: int, models: int, windows: int
) -> None:
    rng = np.random.default_rng(seed)
    figures = {f"m{i}": rng.random(windows).tolist() for i in range(models)}
    said = audition(figures, AUC)
    changed = audition({m: [*f[:-1], rng.random()] for m, f in figures.items()}, AUC)
    before = {rule.name: rule.picks for rule in said.rules}
    for rule in (*said.rules, *said.always):
        assert min(rule.regrets) >= 0
        assert rule.worst == max(rule.regrets)
    for rule in changed.rules:  # the last pick is made before the last window is known
        assert rule.picks == before[rule.name]
    assert [rule.mean for rule in said.rules] == sorted(rule.mean for rule in said.rules)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_fewer_is_better_where_the_metric_says_so(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = {f"m{i}": rng.random(6) for i in range(3)}
    up = audition({m: f.tolist() for m, f in scores.items()}, AUC)
    down = audition({m: (-f).tolist() for m, f in scores.items()}, BRIER)
    assert (up.model, up.rule) == (down.model, down.rule)
    assert up.by_chance == pytest.approx(down.by_chance)


def test_regret_is_against_the_best_of_each_window() -> None:
    said = audition({"card": [0.6, 0.6, 0.6], "trees": [0.5, 0.7, 0.65]}, AUC)
    last = next(rule for rule in said.rules if rule.name == "best_last")
    assert last.picks == ("card", "trees")
    assert last.regrets == pytest.approx((0.1, 0.0))
    card = next(one for one in said.always if one.name == "card")
    assert card.mean == pytest.approx(0.075)
    assert said.by_chance == pytest.approx((0.075 + 0.0) / 2)


def test_a_model_that_is_always_better_is_chosen_and_said_to_be() -> None:
    rng = np.random.default_rng(1)
    card = 0.60 + 0.01 * rng.standard_normal(11)
    said = audition({"card": card.tolist(), "trees": (card + 0.04).tolist()}, AUC)
    assert (said.model, said.said.code) == ("trees", "regret_next")
    assert "trees" in said.said.zh and "card" in said.said.en


def test_a_gain_that_may_be_chance_lets_the_simple_model_stay() -> None:
    rng = np.random.default_rng(2)
    noise = {name: (0.6 + 0.03 * rng.standard_normal(11)).tolist() for name in ("card", "trees")}
    said = audition(noise, AUC)
    assert said.said.code == "regret_next_unsure"
    assert "card" in said.said.zh


def test_windows_without_a_figure_are_left_out_and_counted() -> None:
    said = audition({"a": [0.5, np.nan, 0.6], "b": [0.6, 0.7, 0.5]}, AUC)
    assert (said.windows, said.left_out) == (2, 1)


def test_one_window_is_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        audition({"a": [0.5], "b": [0.6]}, AUC)
