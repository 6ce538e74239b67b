"""How many points does each item of the scorecard take or give?

Points are additive and exact: base + items + caps + floor = score, for every enterprise. A
hand-written legal card and a fitted card are the same data, and `score` cannot tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskengine.errors import UnknownParameter
from riskengine.features import FEATURE, Features
from riskengine.rules import Item, PolicyView, Scorecard

Points = npt.NDArray[np.int64]

FLOOR = "floor"
CAP = "cap_"


@dataclass(frozen=True, slots=True)
class Scores:
    """Points of each enterprise, one row each, in the order of `features.table`.

    table
        enterprise_id, one int64 column per feature scored, one ``cap_<group>`` column that gives
        back what exceeds the cap of its group, ``floor`` (keeps the score within 0 and the base),
        and score (0 to the base points, higher is safer). Base plus all columns is the score.
    """

    features: Features
    table: pa.Table


def score(features: Features, policy: PolicyView) -> Scores:
    """Apply the scorecard of the policy to measured features."""
    card = policy.scorecard
    points = points_of(features.table, card)
    total = card.base_points + sum(points.values(), np.zeros(len(features.table), np.int64))
    kept = np.clip(total, 0, card.base_points)
    points[FLOOR] = kept - total
    columns = {"enterprise_id": features.table["enterprise_id"], **points, "score": kept}
    return Scores(features, pa.table(columns))


def points_of(table: pa.Table, card: Scorecard) -> dict[str, Points]:
    """Points by column: the scored features in the order of the card, then the caps."""
    items: dict[str, Points] = {}
    caps: dict[str, Points] = {}
    for group in card.groups:
        sums = np.zeros(len(table), np.int64)
        for item in (item for item in card.items if item.group == group.name):
            points = item_points(table, item)
            sums += points
            # one feature may be scored by several items, each for its own sectors
            items[item.feature] = items.get(item.feature, 0) + points
        caps[CAP + group.name] = np.clip(sums, -group.cap_points, group.cap_points) - sums
    return {**items, **caps}


def item_points(table: pa.Table, item: Item) -> Points:
    """Points of one item for every row; 0 where it does not apply to the sector."""
    column = column_of(table, item.feature)
    points = points_at(integers(column), item)
    points[column.is_null().to_numpy()] = item.missing_points
    if item.sectors:
        applies = pc.is_in(table["sector"], pa.array(item.sectors, pa.string()))
        points[~applies.to_numpy()] = 0
    return points


def points_at(values: Points, item: Item) -> Points:
    """The points of the highest bin that each value reaches."""
    starts, points = (np.array(side, np.int64) for side in zip(*item.bins, strict=True))
    reached = np.searchsorted(starts, values, side="right") - 1
    found: Points = points[np.maximum(reached, 0)]
    return found


def column_of(table: pa.Table, feature: str) -> pa.ChunkedArray:
    if feature not in FEATURE:
        raise UnknownParameter("unknown_feature", feature=feature)
    return table[feature]


def integers(column: Any) -> Points:
    """An int64 column as an array, nulls as 0."""
    array: Points = column.fill_null(0).to_numpy()
    return array
