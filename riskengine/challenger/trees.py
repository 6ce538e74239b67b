"""Which trees, their risk moving only as declared, tell findings apart?

Monotone gradient boosting by scikit-learn, a few seeds averaged: each split draws from half of the
features, and the ranking of enterprises should not hang on that draw. Only the finished trees are
kept, so that a file needs to hold (and a reader to trust) one type, `TreePredictor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from riskengine.challenger.columns import Column, Floats

Words = np.ndarray[Any, np.dtype[np.uint32]]


@dataclass(frozen=True, slots=True)
class BoostingRules:
    """How the trees are grown.

    Source: the settings of the project's reference on risk models, section 3, fixed before any test
    window was looked at. Three seeds are the house's choice: one, two and four rank equally well,
    but the place of a single enterprise should hang less on the draw.

    rounds
        Trees of one seed.
    rate
        Share of each tree's answer that is kept.
    most_leaves
        Of a tree; at most 12, so that the reasons of every outcome fit into a table.
    least_leaf_rows
        Visits in a leaf.
    penalty_l2
        On the leaf values.
    feature_share
        Of the features, drawn anew for each split.
    seeds
        Boostings averaged.
    """

    rounds: int = 250
    rate: float = 0.03
    most_leaves: int = 8
    least_leaf_rows: int = 60
    penalty_l2: float = 5.0
    feature_share: float = 0.5
    seeds: int = 3

    def __post_init__(self) -> None:
        if not 2 <= self.most_leaves <= 12:
            raise ValueError("most_leaves must be between 2 and 12")


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Averaged boostings.

    trees
        Of all seeds, one after the other.
    start
        Log-odds before the first tree.
    seeds
        The sum of the trees is divided by this.
    known, place
        For scikit-learn: which places of each category occurred, and which row of `known` each
        column has.
    """

    trees: tuple[Any, ...]
    start: float
    seeds: int
    known: Words
    place: Words


def fit_trees(
    columns: tuple[Column, ...], matrix: Floats, label: Any, rules: BoostingRules, seed: int
) -> Trees:
    """Grow the trees of all seeds.

    matrix
        As of `matrix_of`. Rows in a canonical order, if the result is to be free of theirs.
    label
        0 or 1 per row.
    """
    # a column of nothing but "no data" stops scikit-learn; a constant one is never split on
    told = np.where(np.isnan(matrix).all(axis=0), 0.0, matrix)
    fits = [_boost(columns, told, label, rules, seed + at) for at in range(rules.seeds)]
    known, place = fits[0]._bin_mapper.make_known_categories_bitsets()
    return Trees(
        trees=tuple(tree for fit in fits for (tree,) in fit._predictors),
        start=float(fits[0]._baseline_prediction[0, 0]),
        seeds=len(fits),
        known=np.array(known, np.uint32).reshape(-1, 8),
        place=np.array(place, np.uint32),
    )


def _boost(
    columns: tuple[Column, ...], matrix: Floats, label: Any, rules: BoostingRules, seed: int
) -> Any:
    is_category = [column.worse == "category" for column in columns]
    model = HistGradientBoostingClassifier(
        max_iter=rules.rounds,
        learning_rate=rules.rate,
        max_leaf_nodes=rules.most_leaves,
        min_samples_leaf=rules.least_leaf_rows,
        l2_regularization=rules.penalty_l2,
        max_features=rules.feature_share,
        monotonic_cst=[column.sign for column in columns],
        categorical_features=is_category if any(is_category) else None,
        early_stopping=False,
        random_state=seed,
    )
    return model.fit(matrix, label)
