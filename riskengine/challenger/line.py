"""How much does each feature add on a straight line, its slope held to the declared sign?

The second half of the challenger. Each number is clipped at the 1st and 99th percentile of the
visits learnt from and standardised; "no data" and each name of a category are states with a
weight of their own. A ridge-penalised logistic regression with bounds on the signs, so that this
half moves only as declared, too. What the trees and the line have wrong differs; their average was
better than either on every training window it was tried on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from riskengine.challenger.columns import Column, Floats

PERCENTILES = (0.01, 0.99)
DIGITS = 6
"""Of a weight, after the point."""


@dataclass(frozen=True, slots=True)
class Slope:
    """What one feature adds to the log-odds: weight × (clipped value − mean) / spread.

    least, most
        The value is clipped to these.
    spread
        0 where the value was always the same.
    missing
        Added for "no data" (and for a name that is not listed) in place of the above.
    by_name
        Added for each name of a category.
    average
        Of the addition, over the rows learnt from; reasons are counted from it.
    """

    least: float = 0.0
    most: float = 0.0
    mean: float = 0.0
    spread: float = 0.0
    weight: float = 0.0
    missing: float = 0.0
    by_name: tuple[float, ...] = ()
    average: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """Start and one slope a column.

    start
        Log-odds of a row that is average in every addition.
    """

    start: float
    slopes: tuple[Slope, ...]


def fit_line(columns: tuple[Column, ...], matrix: Floats, label: Any, penalty: float) -> Line:
    """Minimise Σ log-loss + penalty/2 · Σ weight², the intercept free.

    matrix
        As of `matrix_of`; rows in a canonical order, if the result is to be free of theirs.
    label
        0 or 1 per row.
    """
    y = np.asarray(label, np.float64)
    scales = [_scale_of(column, values) for column, values in zip(columns, matrix.T, strict=True)]
    parts = [
        _states(column, scale, values)
        for column, scale, values in zip(columns, scales, matrix.T, strict=True)
    ]
    design = np.column_stack([np.ones(len(y)), *parts])
    bounds = [(None, None)] + [
        _bound(column, place)
        for column, part in zip(columns, parts, strict=True)
        for place in range(part.shape[1])
    ]
    weights = _minimum(design, y, bounds, penalty)
    slopes, at = [], 1
    for column, scale, part in zip(columns, scales, parts, strict=True):
        own = weights[at : at + part.shape[1]]
        at += part.shape[1]
        slopes.append(_slope(column, scale, own, float((part @ own).mean())))
    return Line(float(weights[0]) + sum(slope.average for slope in slopes), tuple(slopes))


def additions(columns: tuple[Column, ...], line: Line, matrix: Floats) -> Floats:
    """What each feature adds, per row, against the average row; with the start: the log-odds."""
    table = np.empty(matrix.shape)
    for at, (column, slope) in enumerate(zip(columns, line.slopes, strict=True)):
        states = _states(column, slope, matrix[:, at])
        weights = [*slope.by_name] if column.worse == "category" else [slope.weight]
        # state by state, not as a matrix product: a row's sum must not hang on the rows beside it
        added = slope.missing * states[:, -1] - slope.average
        for place, weight in enumerate(weights):
            added = added + weight * states[:, place]
        table[:, at] = added
    return table


def logit_of_line(columns: tuple[Column, ...], line: Line, matrix: Floats) -> Floats:
    """Log-odds of a finding, one per row, of that row alone."""
    total = np.full(len(matrix), line.start)
    for added in additions(columns, line, matrix).T:
        total += added
    return total


def _scale_of(column: Column, values: Floats) -> Slope:
    seen = values[~np.isnan(values)]
    if column.worse == "category" or not len(seen):
        return Slope()
    least, most = (float(q) for q in np.quantile(seen, PERCENTILES, method="nearest"))
    if least == most:  # rare marks (0 or 1) live beyond the percentiles
        least, most = float(seen.min()), float(seen.max())
    clipped = np.clip(seen, least, most)
    return Slope(least, most, float(clipped.mean()), float(clipped.std()))


def _states(column: Column, scale: Slope, values: Floats) -> Floats:
    """The columns of one feature: its standardised value or its names, then "no data"."""
    is_missing = np.isnan(values)
    if column.worse == "category":
        shown = [values == at for at in range(len(column.names))]
    elif scale.spread:
        clipped = np.clip(values, scale.least, scale.most)
        shown = [np.where(is_missing, 0.0, (clipped - scale.mean) / scale.spread)]
    else:
        shown = [np.zeros(len(values))]
    return np.column_stack([*shown, is_missing]).astype(np.float64)


def _bound(column: Column, place: int) -> tuple[float | None, float | None]:
    if place or not column.sign:  # states have no order
        return None, None
    return (0.0, None) if column.sign > 0 else (None, 0.0)


def _slope(column: Column, scale: Slope, own: Floats, average: float) -> Slope:
    *shown, missing = (float(weight) for weight in own)
    is_category = column.worse == "category"
    return Slope(
        scale.least,
        scale.most,
        scale.mean,
        scale.spread,
        weight=0.0 if is_category else shown[0],
        missing=missing,
        by_name=tuple(shown) if is_category else (),
        average=average,
    )


def _minimum(
    design: Floats, y: Floats, bounds: list[tuple[float | None, float | None]], penalty: float
) -> Floats:
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0

    def loss(w: Floats) -> tuple[float, Floats]:
        z = design @ w
        value = np.logaddexp(0, z).sum() - y @ z + (ridge * w * w).sum() / 2
        return float(value) / len(y), (design.T @ (expit(z) - y) + ridge * w) / len(y)

    start = np.zeros(design.shape[1])
    start[0] = logit(y.mean())
    options = {"maxiter": 1_000, "maxfun": 5_000, "ftol": 1e-12, "gtol": 1e-8}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    # the last digits of a sum hang on the machine's linear algebra
    weights: Floats = np.round(found.x, DIGITS)
    return weights
