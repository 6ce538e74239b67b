"""What do the trees answer for a row, and what does each feature contribute to the answer?

The reasons are the Shapley values of the game in which a tree answers although it is told only some
of the features: at a split whose feature it is not told, it follows both sides in proportion to the
visits it was grown on (path-dependent TreeSHAP: Lundberg, Erion, Lee, arXiv 1802.03888; the closed
form for one leaf: Yang, arXiv 2109.09847). They sum exactly to the answer. Following the path and
crediting each split's change of mean (Saabas) does so too, but can credit a feature less when its
value gets worse. Here a split on a feature declared "up" has all leaves of its left side at or
below those of its right side, so every term of the average, and thus the contribution, can only
rise with the value. That is the promise a supervisor needs when reading a reason aloud.

The answers are bit by bit those of scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from riskengine.challenger.columns import Floats
from riskengine.challenger.compiled import Ints, Leaves, Splits, answer, contribute, tabulate
from riskengine.challenger.trees import Trees


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Trees, made ready to answer and to give reasons.

    base
        What trees answer that are told nothing: the mean over the visits they were grown on.
    """

    splits: Splits
    leaves: Leaves
    start: float
    base: float
    seeds: int


@dataclass(frozen=True, slots=True)
class _Edge:
    split: int
    is_left: bool
    column: int
    share: float


@dataclass(frozen=True, slots=True)
class _Leaf:
    """`shares`: of each column, the share of visits that go this way where it is not told."""

    value: float
    edges: tuple[_Edge, ...]
    columns: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def reached(self) -> float:
        """Share of the visits learnt from that lie here."""
        return prod(self.shares)


def answers(tables: Tables, matrix: Floats) -> Floats:
    """Log-odds of a finding, one per row, of that row alone."""
    rows, total = np.ascontiguousarray(matrix.T), np.zeros(len(matrix))
    trees = (len(tables.splits.begin) - 1) // tables.seeds
    for seed in range(tables.seeds):
        of_seed = np.full(len(matrix), tables.start)
        answer(tables.splits, tables.leaves, seed * trees, (seed + 1) * trees, rows, of_seed)
        total += of_seed
    return total / tables.seeds


def contributions(tables: Tables, matrix: Floats) -> Floats:
    """What each column adds to `base`, per row: together they are the answer."""
    added = np.zeros((matrix.shape[1], len(matrix)))
    contribute(tables.splits, tables.leaves, np.ascontiguousarray(matrix.T), added)
    return added.T / tables.seeds


def tables_of(trees: Trees) -> Tables:
    """Make trees ready: their splits, leaves and contributions in flat arrays."""
    splits: list[tuple[int, float, int, int]] = []
    sides: list[Any] = []
    leaves: list[_Leaf] = []
    begin_split, begin_leaf = [0], [0]
    for tree in trees.trees:
        nodes = tree.nodes
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        place = {int(node): len(splits) + at for at, node in enumerate(inner)}
        for node in nodes[inner]:
            category = len(sides) if node["is_categorical"] else -1
            if node["is_categorical"]:
                known = trees.known[trees.place[node["feature_idx"]]]
                sides.append(_sides(tree.raw_left_cat_bitsets[node["bitset_idx"]], known))
            splits.append(
                (node["feature_idx"], node["num_threshold"], node["missing_go_to_left"], category)
            )
        leaves += list(_leaves(nodes, place, 0, ()))
        begin_split.append(len(splits))
        begin_leaf.append(len(leaves))
    columns = list(zip(*splits, strict=True)) or [(), (), (), ()]
    return Tables(
        Splits(
            np.array(begin_split, np.int64),
            np.array(columns[0], np.int64),
            np.array(columns[1], np.float64),
            np.array(columns[2], np.int64),
            np.array(columns[3], np.int64),
            np.array(sides, np.uint8).reshape(-1, 256),
        ),
        _flat(leaves, begin_leaf),
        start=trees.start,
        base=trees.start + sum(leaf.value * leaf.reached for leaf in leaves) / trees.seeds,
        seeds=trees.seeds,
    )


def _sides(left: Any, known: Any) -> Any:
    """256 flags of a split on a category: 1 left, 0 right, 2 as "no data"."""
    is_left, is_known = (
        np.unpackbits(np.asarray(words, "<u4").view(np.uint8), bitorder="little")
        for words in (left, known)
    )
    return np.where(is_left == 1, 1, np.where(is_known == 1, 0, 2))


def _leaves(nodes: Any, place: dict[int, int], at: int, path: tuple[_Edge, ...]) -> Iterator[_Leaf]:
    node = nodes[at]
    if node["is_leaf"]:
        columns = tuple(dict.fromkeys(edge.column for edge in path))
        shares = tuple(prod(e.share for e in path if e.column == column) for column in columns)
        yield _Leaf(float(node["value"]), path, columns, shares)
        return
    for is_left, child in ((True, int(node["left"])), (False, int(node["right"]))):
        share = float(nodes[child]["count"]) / float(node["count"])
        edge = _Edge(place[at], is_left, int(node["feature_idx"]), share)
        yield from _leaves(nodes, place, child, (*path, edge))


def _flat(leaves: list[_Leaf], begin: list[int]) -> Leaves:
    edges = [edge for leaf in leaves for edge in leaf.edges]
    value = np.array([leaf.value for leaf in leaves], np.float64)
    features = _starts(len(leaf.columns) for leaf in leaves)
    table = _starts(len(leaf.columns) << len(leaf.columns) for leaf in leaves)
    shares = np.array([share for leaf in leaves for share in leaf.shares], np.float64)
    share = np.zeros(table[-1])
    tabulate(value, features, shares, table, share)
    return Leaves(
        np.array(begin, np.int64),
        value,
        _starts(len(leaf.edges) for leaf in leaves),
        np.array([edge.split for edge in edges], np.int64),
        np.array([edge.is_left for edge in edges], np.int64),
        np.array([leaf.columns.index(e.column) for leaf in leaves for e in leaf.edges], np.int64),
        features,
        np.array([column for leaf in leaves for column in leaf.columns], np.int64),
        table,
        share,
    )


def _starts(sizes: Iterable[int]) -> Ints:
    return np.cumsum(np.array([0, *sizes], np.int64))
