"""Does the challenger keep its promises: reasons that add up, risk that moves as declared?"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.challenger import (
    Challenger,
    fit_challenger,
    logit_of,
    probability_of,
    reasons_of,
)
from riskengine.challenger.columns import Column, columns_of, matrix_of
from riskengine.challenger.reasons import answers, contributions, tables_of
from riskengine.challenger.trees import BoostingRules, _boost, fit_trees
from riskengine.errors import BadRegister
from tests.riskengine.visits import DIRECTIONS, SMALL, past_visits

NUMBER = st.one_of(st.none(), st.integers(-5, 400))
ORDERED = [name for name, worse in DIRECTIONS.items() if worse in ("up", "down")]
SECTOR = st.sampled_from(["bus", "freight", "taxi", "ferry", "", None])
ROW = st.fixed_dictionaries({name: SECTOR if name == "sector" else NUMBER for name in DIRECTIONS})
SCHEMA = pa.schema([(name, pa.string() if name == "sector" else pa.int64()) for name in DIRECTIONS])


@cache
def learnt(*, with_officers: bool = False) -> Challenger:
    visits = past_visits()
    group = visits.group if with_officers else None
    return fit_challenger(visits.features, visits.label, DIRECTIONS, SMALL, group=group)


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


@pytest.mark.parametrize("with_officers", [False, True])
@settings(deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_the_reasons_sum_to_the_score(with_officers: bool, rows: list[dict[str, Any]]) -> None:
    challenger = learnt(with_officers=with_officers)
    reasons = reasons_of(challenger, table(*rows))
    total = reasons.base + sum(reasons.added.values())
    assert np.abs(total - logit_of(challenger, table(*rows))).max() <= 1e-9


@pytest.mark.parametrize("with_officers", [False, True])
@settings(deadline=None)
@given(row=ROW, feature=st.sampled_from(ORDERED), data=st.data())
def test_a_worse_record_never_lowers_the_score_nor_its_own_reason(
    with_officers: bool, row: dict[str, Any], feature: str, data: st.DataObject
) -> None:
    challenger = learnt(with_officers=with_officers)
    low, high = sorted(data.draw(st.tuples(st.integers(-2, 12), st.integers(-2, 12))))
    better, worse = (high, low) if DIRECTIONS[feature] == "down" else (low, high)
    both = table(row | {feature: better}, row | {feature: worse})
    score, reason = logit_of(challenger, both), reasons_of(challenger, both).added[feature]
    assert score[1] >= score[0] - 1e-12
    assert reason[1] >= reason[0] - 1e-12


@pytest.mark.parametrize("with_officers", [False, True])
def test_the_score_of_a_row_hangs_on_that_row_alone(with_officers: bool) -> None:
    challenger, features = learnt(with_officers=with_officers), past_visits().features
    together = logit_of(challenger, features)
    some = [7, 1400, 3, 7]
    assert (logit_of(challenger, features.take(some)) == together[some]).all()
    assert logit_of(challenger, features.slice(9, 1))[0] == together[9]


def test_the_order_of_visits_and_columns_does_not_show() -> None:
    visits, order = past_visits(), np.random.default_rng(1).permutation(1500)
    shuffled = visits.features.take(order).select(sorted(DIRECTIONS, reverse=True))
    directions = dict(sorted(DIRECTIONS.items()))
    again = fit_challenger(
        shuffled, visits.label[order], directions, SMALL, group=visits.group[order]
    )
    first = learnt(with_officers=True)
    assert again.line == first.line
    assert (logit_of(again, visits.features) == logit_of(first, visits.features)).all()


def test_the_trees_answer_bit_by_bit_as_scikit_learn_does() -> None:
    visits, rules = past_visits(), BoostingRules(rounds=40, seeds=1, least_leaf_rows=10)
    columns = columns_of(visits.features, DIRECTIONS, least_rows=20, most_names=250)
    matrix = matrix_of(columns, visits.features)
    theirs = _boost(columns, matrix, visits.label, rules, 3).decision_function(matrix)
    ours = answers(tables_of(fit_trees(columns, matrix, visits.label, rules, 3)), matrix)
    assert (ours == theirs).all()


def test_the_contributions_are_the_shapley_values_of_the_trees() -> None:
    visits, rules = past_visits(300), BoostingRules(rounds=4, seeds=1, least_leaf_rows=10)
    columns = columns_of(visits.features, DIRECTIONS, least_rows=20, most_names=250)
    matrix = matrix_of(columns, visits.features)
    trees = fit_trees(columns, matrix, visits.label, rules, 0)
    added = contributions(tables_of(trees), matrix[:5])
    for row in range(5):
        for column in range(len(columns)):
            expected = shapley(trees, matrix[row], column, len(columns))
            assert added[row, column] == pytest.approx(expected, abs=1e-12)


def shapley(trees: Any, row: Any, column: int, many: int) -> float:
    """By the definition: over all sets of told features."""
    others, total = [c for c in range(many) if c != column], 0.0
    for size in range(many):
        weight = factorial(size) * factorial(many - size - 1) / factorial(many)
        for told in combinations(others, size):
            total += weight * (
                told_only(trees, row, {*told, column}) - told_only(trees, row, set(told))
            )
    return total


def told_only(trees: Any, row: Any, told: set[int]) -> float:
    """What the trees answer when told some features: both sides of the others, by their share."""

    def answer(tree: Any, at: int) -> float:
        node = tree.nodes[at]
        if node["is_leaf"]:
            return float(node["value"])
        sides = int(node["left"]), int(node["right"])
        if int(node["feature_idx"]) in told:
            return answer(tree, sides[0] if goes_left(trees, tree, node, row) else sides[1])
        counts = [float(tree.nodes[side]["count"]) for side in sides]
        return float(np.average([answer(tree, side) for side in sides], weights=counts))

    return sum(answer(tree, 0) for tree in trees.trees)


def goes_left(trees: Any, tree: Any, node: Any, row: Any) -> bool:
    value = row[node["feature_idx"]]
    if not np.isnan(value) and not node["is_categorical"]:
        return bool(value <= node["num_threshold"])
    if np.isnan(value):
        return bool(node["missing_go_to_left"])
    word, bit = divmod(int(value), 32)
    return bool(tree.raw_left_cat_bitsets[node["bitset_idx"]][word] >> bit & 1)


def test_it_finds_what_was_planted() -> None:
    challenger = learnt()
    rows = table(
        {"violations": 0, "hazards": 0, "trainings": 8, "complaints": 1, "sector": "freight"},
        {"violations": 4, "hazards": 3, "trainings": 0, "complaints": 1, "sector": "bus"},
    )
    safe, risky = probability_of(challenger, rows)
    assert safe < 0.15 < 0.7 < risky
    # among the visits learnt from, as many findings are expected as there were
    visits = past_visits()
    expected = probability_of(challenger, visits.features).mean()
    assert expected == pytest.approx(visits.label.mean(), abs=0.01)


def test_the_line_lies_flat_where_the_record_goes_against_the_declaration() -> None:
    slopes = {
        column.feature: slope.weight
        for column, slope in zip(learnt().columns, learnt().line.slopes, strict=True)
    }
    assert slopes["complaints"] == 0
    assert slopes["violations"] > 0 > slopes["trainings"]


def test_a_name_never_learnt_is_no_data() -> None:
    row = {"violations": 1, "hazards": 0, "trainings": 3, "season": 100}
    score = logit_of(learnt(), table(row | {"sector": "ferry"}, row | {"sector": None}))
    assert score[0] == score[1]


@pytest.mark.parametrize(
    "column",
    [pa.nulls(1500, pa.int64()), pa.array([7] * 1500)],
    ids=["always no data", "always the same"],
)
def test_a_column_that_says_nothing_adds_nothing(column: pa.Array) -> None:
    visits = past_visits()
    features = visits.features.append_column("silent", column)
    challenger = fit_challenger(features, visits.label, DIRECTIONS | {"silent": "up"}, SMALL)
    assert not reasons_of(challenger, features).added["silent"].any()


def test_a_category_of_rare_names_adds_nothing() -> None:
    visits = past_visits()
    names = pa.array([f"owner {n}" for n in range(1500)])
    features = visits.features.append_column("owner", names)
    challenger = fit_challenger(features, visits.label, DIRECTIONS | {"owner": "category"}, SMALL)
    assert challenger.columns[0] == Column("owner", "category", ())
    assert not reasons_of(challenger, features).added["owner"].any()


def test_a_handful_of_findings_is_not_learnt_from() -> None:
    visits = past_visits()
    few = np.zeros(1500, np.int8)
    few[:10] = 1
    with pytest.raises(BadRegister, match="10"):
        fit_challenger(visits.features, few, DIRECTIONS, SMALL)


def test_nothing_declared_is_nothing_learnt() -> None:
    visits = past_visits()
    with pytest.raises(BadRegister, match="0 features"):
        fit_challenger(visits.features, visits.label, {}, SMALL)


def test_a_missing_column_is_named() -> None:
    features = past_visits().features.drop_columns(["hazards"])
    with pytest.raises(BadRegister, match="hazards"):
        logit_of(learnt(), features)
    with pytest.raises(BadRegister, match="hazards"):
        fit_challenger(features, past_visits().label, DIRECTIONS, SMALL)


def test_trees_too_wide_for_the_tables_of_reasons_are_refused() -> None:
    with pytest.raises(ValueError, match="most_leaves"):
        BoostingRules(most_leaves=31)
