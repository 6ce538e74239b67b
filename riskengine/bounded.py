"""Which weights, none below 0, tell findings apart best?

The sign-bounded logistic regression behind a fitted card: a ridge penalty on the weights, a free
intercept, L-BFGS-B. Equal rows are added up first, so a shuffled table gives the same sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from riskengine.binning import MICRO, Binning, Ints, states_of

Floats = np.ndarray[Any, np.dtype[np.float64]]

START = 0.3
"""Where every coefficient begins."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Equal rows in one, sorted, so that the order of the visits cannot show in a sum.

    states
        One row a pattern, one column a variable: the index of its bin, "no data" last.
    rows, events
        Visits of each pattern, and those with a finding.
    """

    states: Ints
    rows: Floats
    events: Floats


def patterns_of(features: pa.Table, label: Ints, binned: Sequence[Binning]) -> Patterns:
    """The patterns of the visits over the variables."""
    columns = [states_of(one, features) for one in binned]
    states = np.column_stack(columns) if columns else np.zeros((len(label), 0), np.int64)
    small = np.ascontiguousarray(states.astype(np.uint8))
    found, place = np.unique(small, axis=0, return_inverse=True)
    place = place.reshape(-1)
    rows = np.bincount(place, minlength=len(found)).astype(np.float64)
    events = np.bincount(place, label, len(found)).astype(np.float64)
    return Patterns(found.astype(np.int64), rows, events)


def woe_of(binned: Sequence[Binning], patterns: Patterns) -> Floats:
    """Weights of evidence, one row a pattern, one column a variable."""
    table = np.zeros(patterns.states.shape)
    for at, one in enumerate(binned):
        woe = np.array([b.woe_micro for b in (*one.bins, one.missing)]) / MICRO
        table[:, at] = woe[patterns.states[:, at]]
    return table


def fit_bounded(patterns: Patterns, woe: Floats, penalty_c: float) -> tuple[int, list[int]]:
    """Intercept and coefficients (none below 0) of the penalised logistic regression, in 1e-6."""
    rate = patterns.events.sum() / patterns.rows.sum()
    start = np.array([logit(rate), *[START] * woe.shape[1]])
    bounds = [(None, None), *[(0, None)] * woe.shape[1]]
    loss = loss_of(patterns, woe, penalty_c)
    options = {"maxiter": 2_000, "maxfun": 10_000, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    intercept, *coefficients = (round(MICRO * float(value)) for value in found.x)
    return intercept, coefficients


def loss_of(
    patterns: Patterns, woe: Floats, penalty_c: float
) -> Callable[[Floats], tuple[float, Floats]]:
    """Mean penalised log-loss and its gradient at (intercept, coefficients)."""
    n = patterns.rows.sum()

    def loss(at: Floats) -> tuple[float, Floats]:
        z = at[0] + woe @ at[1:]
        value = patterns.rows @ np.logaddexp(0, z) - patterns.events @ z
        miss = patterns.rows * expit(z) - patterns.events
        gradient = np.concatenate([[miss.sum()], woe.T @ miss + at[1:] / penalty_c])
        return float(value + at[1:] @ at[1:] / (2 * penalty_c)) / n, gradient / n

    return loss


def calibrate(score: Ints, patterns: Patterns, pdo: int) -> int:
    """The constant, in 1e-6, with which expected and observed findings agree in sum."""
    slope = log(2) / pdo
    found = patterns.events.sum()

    def surplus(a: float) -> float:
        return float(patterns.rows @ expit(a - slope * score) - found)

    least, most = slope * float(score.min()) - 40, slope * float(score.max()) + 40
    return round(MICRO * float(brentq(surplus, least, most, xtol=1e-10)))
