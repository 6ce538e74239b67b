"""Which scorecard fits what past visits found?

A sign-bounded logistic regression on weights of evidence, rounded to whole points: a state with a
higher event rate never earns a better score, whatever the other variables do (unbounded fits turn
signs under collinearity). `PDO` points double the odds of a finding. Method: scorecard steps 2 to 5
of the project's reference on risk models; bins: `riskengine.binning`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import expit

from riskengine.binning import MICRO, Binning, BinRules, Ints, bin_variable, states_of
from riskengine.bounded import (
    Floats,
    Patterns,
    calibrate,
    fit_bounded,
    patterns_of,
    woe_of,
)
from riskengine.errors import BadRegister

PDO = 20
"""Points that double the odds."""


@dataclass(frozen=True, slots=True)
class FitRules:
    """How a card is fitted.

    bins
        How fine the bins may be.
    penalty_c
        C of the ridge penalty, sum(b²) / 2C; the intercept is free.
    least_events
        Fewest findings, and fewest visits without one, that anything is learnt from.
    least_base
        The base points are the deductions of the worst possible record, and at least this.
    """

    bins: BinRules = field(default_factory=BinRules)
    penalty_c: float = 0.3
    least_events: int = 40
    least_base: int = 100


@dataclass(frozen=True, slots=True)
class FittedItem:
    """One variable of the card.

    coefficient_micro
        Of the weight of evidence, in 1e-6, above 0.
    points
        Of each bin, ascending in value; the best state of the item has 0, the others less.
    missing_points
        Of "no data".
    """

    binning: Binning
    coefficient_micro: int
    points: tuple[int, ...]
    missing_points: int

    @property
    def feature(self) -> str:
        return self.binning.feature

    @property
    def bins(self) -> tuple[tuple[int, int], ...]:
        """``(value at least, points)`` as a pack writes them: equal neighbours are one bin."""
        starts = [b.at_least or 0 for b in self.binning.bins]
        pairs = list(zip(starts, self.points, strict=True))
        return tuple(
            pair for at, pair in enumerate(pairs) if at == 0 or pair[1] != pairs[at - 1][1]
        )

    @property
    def most_points(self) -> int:
        """What the item takes at worst."""
        return -min(*self.points, self.missing_points)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A variable that the card does not use.

    why
        "no_direction" (a card needs one), "no_information" (information value too low),
        "unused" (the coefficient is 0), "rounds_to_zero" (no state has a point).
    """

    feature: str
    why: str
    iv_micro: int


@dataclass(frozen=True, slots=True)
class FittedCard:
    """A scorecard learnt from visits. Higher is safer; 0 is the worst possible record.

    items
        Most points first, then by name.
    base_points
        Score of a record that is best in every item.
    intercept_micro
        Of the unrounded fit on the weights of evidence, in 1e-6.
    calibration_micro
        ``a`` of the probability of a finding, 1 / (1 + exp(-(a + b·score))), in 1e-6: with it the
        expected findings of the rows learnt from are those found. ``b`` is -ln 2 / PDO.
    rows, events
        Learnt from.
    """

    items: tuple[FittedItem, ...]
    left_out: tuple[LeftOut, ...]
    base_points: int
    intercept_micro: int
    calibration_micro: int
    rows: int
    events: int


def fit_scorecard(
    features: pa.Table,
    label: Any,
    directions: Mapping[str, str],
    rules: FitRules = FitRules(),
) -> FittedCard:
    """Learn a card of whole points from past visits.

    Parameters
    ----------
    features
        One row a visit, int64; null is "no data". Columns without a direction are not read.
    label
        0 or 1 per row; 1 is a finding.
    directions
        Feature → "up" (more is riskier), "down", or "free" and "category", which no card uses.

    Raises
    ------
    BadRegister
        When there are too few findings, or no variable tells them apart.
    """
    y = np.asarray(label, np.int64)
    check_enough(y, rules.least_events)
    names = sorted(name for name in directions if directions[name] in ("up", "down"))
    left_out = [LeftOut(name, "no_direction", 0) for name in set(directions) - set(names)]
    binned = [
        bin_variable(name, features[name], y, directions[name], rules.bins)  # type: ignore[arg-type]
        for name in names
    ]
    telling = [one for one in binned if one.iv_micro >= rules.bins.least_iv_micro]
    left_out += [
        LeftOut(b.feature, "no_information", b.iv_micro) for b in binned if b not in telling
    ]
    if not telling:
        raise BadRegister("fit_no_signal", features=len(names), rows=len(y), events=int(y.sum()))
    patterns = patterns_of(features, y, telling)
    intercept, coefficients = fit_bounded(patterns, woe_of(telling, patterns), rules.penalty_c)
    items = [item_of(*pair) for pair in zip(telling, coefficients, strict=True)]
    left_out += [
        LeftOut(
            i.feature, "rounds_to_zero" if i.coefficient_micro else "unused", i.binning.iv_micro
        )
        for i in items
        if not i.most_points
    ]
    used = sorted((i for i in items if i.most_points), key=lambda i: (-i.most_points, i.feature))
    if not used:
        raise BadRegister("fit_no_signal", features=len(names), rows=len(y), events=int(y.sum()))
    base = max(rules.least_base, sum(item.most_points for item in used))
    return FittedCard(
        items=tuple(used),
        left_out=tuple(sorted(left_out, key=lambda one: one.feature)),
        base_points=base,
        intercept_micro=intercept,
        calibration_micro=calibrate(base + deductions(items, patterns), patterns, PDO),
        rows=len(y),
        events=int(y.sum()),
    )


def points_of(card: FittedCard, features: pa.Table) -> Ints:
    """The score of every row, 0 to the base points; higher is safer."""
    total = np.full(len(features), card.base_points, np.int64)
    for points in reasons_of(card, features).values():
        total += points
    return total


def reasons_of(card: FittedCard, features: pa.Table) -> dict[str, Ints]:
    """Feature → its points for every row, 0 or less; with the base they sum to the score."""
    return {
        item.feature: np.array([*item.points, item.missing_points], np.int64)[
            states_of(item.binning, features)
        ]
        for item in card.items
    }


def probability_of(card: FittedCard, features: pa.Table) -> Floats:
    """The probability of a finding at a visit, by the score alone."""
    return probability_at(card, points_of(card, features))


def probability_at(card: FittedCard, score: Any) -> Floats:
    """The probability of a finding at a score: `PDO` points less double the odds."""
    found: Floats = expit(card.calibration_micro / MICRO - log(2) / PDO * np.asarray(score))
    return found


def logit_of(card: FittedCard, features: pa.Table) -> Floats:
    """The fit before it was rounded to points; higher is riskier. To see what rounding costs."""
    total = np.full(len(features), card.intercept_micro / MICRO)
    for item in card.items:
        woe = np.array([b.woe_micro for b in (*item.binning.bins, item.binning.missing)])
        total += item.coefficient_micro / MICRO * woe[states_of(item.binning, features)] / MICRO
    return total


def inverted_items(card: FittedCard) -> tuple[str, ...]:
    """Features with any two states, "no data" among them, where more events earn more points."""
    return tuple(item.feature for item in card.items if _is_inverted(item))


def _is_inverted(item: FittedItem) -> bool:
    points = [*item.points, item.missing_points]
    states = [*item.binning.bins, item.binning.missing]
    by_risk = sorted(zip((s.woe_micro for s in states), points, strict=True))
    return any(
        safer[0] < riskier[0] and safer[1] < riskier[1]
        for at, safer in enumerate(by_risk)
        for riskier in by_risk[at + 1 :]
    )


def check_enough(label: Ints, least: int) -> None:
    """Refuse to learn from a handful of findings."""
    events = int(label.sum())
    if min(events, len(label) - events) < least:
        raise BadRegister("fit_few_findings", rows=len(label), events=events, least=least)


def item_of(binning: Binning, coefficient_micro: int) -> FittedItem:
    """Whole points of one variable: 0 for the best state, deductions for the others.

    Only differences between the states count, so the steps are rounded where that costs least.
    """
    states = (*binning.bins, binning.missing)
    woe = np.array([s.woe_micro for s in states]) / MICRO
    risk = rounded(
        coefficient_micro / MICRO * woe * PDO / log(2), np.array([s.rows for s in states])
    )
    # a state that nobody was in sets no standard for the others
    best = min(r for r, s in zip(risk, states, strict=True) if s.rows or s.at_least is not None)
    *points, missing_points = (min(best - r, 0) for r in risk)
    return FittedItem(binning, coefficient_micro, tuple(points), missing_points)


def rounded(exact: Floats, rows: Ints) -> list[int]:
    """Whole numbers in the same order, with the least scatter of the error over the rows.

    All are moved by the same hundredths before they are rounded.

    >>> rounded(np.array([0.0, 1.4, 2.8]), np.array([1, 1, 1]))
    [0, 1, 3]
    """
    weight = rows / rows.sum()

    def scatter(moved: int) -> float:
        error = np.round(exact + moved / 100) - exact
        return round(float(weight @ (error - weight @ error) ** 2), 9)

    moved = min(sorted(range(-50, 50), key=abs), key=scatter)
    return [int(value) for value in np.round(exact + moved / 100)]


def deductions(items: Iterable[FittedItem], patterns: Patterns) -> Ints:
    """Points of each pattern, over all variables."""
    total = np.zeros(len(patterns.rows), np.int64)
    for at, item in enumerate(items):
        total += np.array([*item.points, item.missing_points])[patterns.states[:, at]]
    return total
