"""Which columns does the challenger read, and as which numbers?

Numbers stay as they are and "no data" is NaN, a state of its own. A category is the place of its
name among the names learnt from; a name that was too rare there, or not there at all, is "no data".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from riskengine.errors import BadRegister

Floats = np.ndarray[Any, np.dtype[np.float64]]
Worse = Literal["up", "down", "free", "category"]

SIGN = {"up": 1, "down": -1, "free": 0, "category": 0}


@dataclass(frozen=True, slots=True)
class Column:
    """One feature as the challenger reads it.

    worse
        "up" when more of it is a higher risk, "down" when less is, "free" when nothing is
        declared, "category" for names.
    names
        Of a category, in order; empty for numbers.
    """

    feature: str
    worse: Worse
    names: tuple[str, ...] = ()

    @property
    def sign(self) -> int:
        """1, -1, or 0 where no direction is declared."""
        return SIGN[self.worse]


def columns_of(
    features: pa.Table, directions: Mapping[str, str], *, least_rows: int, most_names: int
) -> tuple[Column, ...]:
    """The declared columns: categories first, then numbers, each by name.

    least_rows, most_names
        A name of a category needs so many rows, and only the most frequent names are kept.

    Raises
    ------
    BadRegister
        When a declared column is missing.
    """
    for feature in directions:
        if feature not in features.column_names:
            raise BadRegister("challenger_no_column", feature=feature)
    ordered = sorted(directions, key=lambda feature: (directions[feature] != "category", feature))
    return tuple(
        Column(
            feature,
            directions[feature],  # type: ignore[arg-type]
            _frequent(features[feature], least_rows, most_names)
            if directions[feature] == "category"
            else (),
        )
        for feature in ordered
    )


def matrix_of(columns: tuple[Column, ...], features: pa.Table) -> Floats:
    """One row a visit or enterprise, one column a feature, NaN for "no data".

    Raises
    ------
    BadRegister
        When a column the challenger was learnt with is missing.
    """
    table = np.empty((features.num_rows, len(columns)))
    for at, column in enumerate(columns):
        if column.feature not in features.column_names:
            raise BadRegister("challenger_no_column", feature=column.feature)
        values = features[column.feature]
        table[:, at] = (
            _places(column.names, values) if column.worse == "category" else _wide(values)
        )
    return table


def _wide(values: pa.ChunkedArray) -> Floats:
    wide: Floats = np.asarray(values.cast(pa.float64()).fill_null(np.nan), np.float64)
    return wide


def _places(names: tuple[str, ...], values: pa.ChunkedArray) -> Floats:
    return places_of(names, values.cast(pa.string()).fill_null("").to_pylist())


def places_of(names: tuple[str, ...], values: Any) -> Floats:
    """The place of each name, NaN for names that are not listed.

    >>> places_of(("bus", "taxi"), ["taxi", "", "bus"]).tolist()
    [1.0, nan, 0.0]
    """
    place = {name: float(at) for at, name in enumerate(names)}
    return np.array([place.get(str(value), np.nan) for value in values], np.float64)


def _frequent(values: pa.ChunkedArray, least: int, most: int) -> tuple[str, ...]:
    return frequent(values.cast(pa.string()).fill_null("").to_pylist(), least, most)


def frequent(values: Any, least_rows: int, most_names: int) -> tuple[str, ...]:
    """Names with rows enough, at most so many, in order; "" is not a name.

    >>> frequent(["bus", "taxi", "bus", "taxi", "", "", "tram"], 2, 9)
    ('bus', 'taxi')
    """
    names, rows = np.unique(np.asarray(values, dtype=str), return_counts=True)
    counted = [(-int(n), str(name)) for name, n in zip(names, rows, strict=True) if name]
    return tuple(sorted(name for n, name in sorted(counted)[:most_names] if -n >= least_rows))
