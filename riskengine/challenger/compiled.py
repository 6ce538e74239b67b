"""What do the trees answer, and what does each feature contribute, compiled?

Loops for `riskengine.challenger.reasons`, which says what they compute. All that matters of a row
is which way it goes at each split of a tree; so a tree's answers and contributions are tabulated
for every outcome of its splits, and each row looks its own up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

from riskengine.challenger.columns import Floats

Ints = np.ndarray[Any, np.dtype[np.int64]]


def compiled(function: Callable[..., Any]) -> Any:
    """Compile on first use; keep the result on disk where that is allowed."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(nogil=True)(function)


class Splits(NamedTuple):
    """All inner nodes, tree after tree.

    begin
        Where each tree begins, and the end.
    column, limit, missing_left
        A value at most `limit` goes left; "no data" where `missing_left` says.
    category
        Row of `side`; -1 for numbers.
    side
        One row a split on a category, 256 flags: 1 goes left, 0 right, 2 as "no data".
    """

    begin: Ints
    column: Ints
    limit: Floats
    missing_left: Ints
    category: Ints
    side: Any


class Leaves(NamedTuple):
    """All leaves, tree after tree.

    begin
        Where each tree begins, and the end.
    value
        What the leaf answers.
    edges, edge_split, edge_left, edge_feature
        Of each leaf, the splits on its path, the side it lies on, and the place of their feature.
    features, column
        Of each leaf, the distinct columns on its path.
    table, share
        Of each leaf, where its contributions begin, one number a feature for each pattern of
        features that lead here.
    """

    begin: Ints
    value: Floats
    edges: Ints
    edge_split: Ints
    edge_left: Ints
    edge_feature: Ints
    features: Ints
    column: Ints
    table: Ints
    share: Floats


@compiled
def tabulate(value: Any, features: Any, shares: Any, table: Any, out: Any) -> None:
    """Shapley values of each leaf, for each pattern of features that lead to it.

    The leaf answers value × Π over told features (1 if they lead here, else 0) × Π over the others
    of their share. Summed over who is told, by the number told, this is one polynomial a feature.
    """
    for leaf in range(len(value)):
        first, many = features[leaf], features[leaf + 1] - features[leaf]
        weight = np.zeros(many + 1)
        if many:
            weight[0] = 1.0 / many
        for told in range(1, many):  # told! (many - told - 1)! / many!
            weight[told] = weight[told - 1] * told / (many - told)
        for pattern in range(1 << many):
            for own in range(many):
                poly = np.zeros(many)
                poly[0] = 1.0
                degree = 0
                for other in range(many):
                    if other == own:
                        continue
                    leads = 1.0 if pattern >> other & 1 else 0.0
                    degree += 1
                    for told in range(degree, 0, -1):
                        poly[told] = poly[told] * shares[first + other] + poly[told - 1] * leads
                    poly[0] *= shares[first + other]
                total = 0.0
                for told in range(many):
                    total += poly[told] * weight[told]
                leads = 1.0 if pattern >> own & 1 else 0.0
                change = leads - shares[first + own]
                out[table[leaf] + pattern * many + own] = value[leaf] * change * total


@compiled
def turns(splits: Splits, tree: int, matrix: Any, code: Any) -> None:
    """Which way each row goes at each split of the tree: bit 1 for left."""
    code[:] = 0
    begin = splits.begin[tree]
    for split in range(begin, splits.begin[tree + 1]):
        values = matrix[splits.column[split]]
        bit = 1 << (split - begin)
        limit, category = splits.limit[split], splits.category[split]
        missing = splits.missing_left[split]
        for row in range(len(code)):
            value = values[row]
            if np.isnan(value):
                side = missing
            elif category < 0:
                side = 1 if value <= limit else 0
            else:
                side = splits.side[category, int(value)] if 0 <= value < 256 else 2
                if side == 2:
                    side = missing
            if side:
                code[row] |= bit


@compiled
def pattern_of(splits: Splits, leaves: Leaves, tree: int, leaf: int, code: int) -> int:
    """Which features of the leaf lead to it in this outcome of the tree."""
    pattern = (1 << (leaves.features[leaf + 1] - leaves.features[leaf])) - 1
    for edge in range(leaves.edges[leaf], leaves.edges[leaf + 1]):
        is_left = code >> (leaves.edge_split[edge] - splits.begin[tree]) & 1
        if is_left != leaves.edge_left[edge]:
            pattern &= ~(1 << leaves.edge_feature[edge])
    return int(pattern)


@compiled
def answer(splits: Splits, leaves: Leaves, first: int, end: int, matrix: Any, total: Any) -> None:
    """Add the answers of the trees from `first` to before `end`; `matrix` has a row a column."""
    code = np.zeros(len(total), np.int64)
    for tree in range(first, end):
        outcomes = 1 << (splits.begin[tree + 1] - splits.begin[tree])
        answer = np.zeros(outcomes)
        for leaf in range(leaves.begin[tree], leaves.begin[tree + 1]):
            all_lead = (1 << (leaves.features[leaf + 1] - leaves.features[leaf])) - 1
            for outcome in range(outcomes):
                if pattern_of(splits, leaves, tree, leaf, outcome) == all_lead:
                    answer[outcome] = leaves.value[leaf]
        turns(splits, tree, matrix, code)
        for row in range(len(total)):
            total[row] += answer[code[row]]


@compiled
def contribute(splits: Splits, leaves: Leaves, matrix: Any, added: Any) -> None:
    """Add the contributions of all trees; `matrix` and `added` have a row a column."""
    code = np.zeros(added.shape[1], np.int64)
    for tree in range(len(splits.begin) - 1):
        outcomes = 1 << (splits.begin[tree + 1] - splits.begin[tree])
        table = np.zeros((len(added), outcomes))
        for leaf in range(leaves.begin[tree], leaves.begin[tree + 1]):
            first, many = leaves.features[leaf], leaves.features[leaf + 1] - leaves.features[leaf]
            for outcome in range(outcomes):
                at = leaves.table[leaf] + many * pattern_of(splits, leaves, tree, leaf, outcome)
                for feature in range(many):
                    table[leaves.column[first + feature], outcome] += leaves.share[at + feature]
        turns(splits, tree, matrix, code)
        for column in range(len(added)):
            if table[column].any():
                for row in range(len(code)):
                    added[column, row] += table[column, code[row]]
