"""How much earlier would an order of visits have found the findings, and how many at the top?

The replay keeps the number of visits of every day and only changes who is visited when
(risk-models.md §2). Integer points tie, and what a tie gives away depends on an order that means
nothing: each figure comes with its worst, its best and its mean over all orders, in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from riskengine.estimate import Floats, Ints

Days = np.ndarray[Any, np.dtype[np.datetime64]]


@dataclass(frozen=True, slots=True)
class TieBounds:
    """A figure over all orders of equal scores; the three are one number where nothing ties."""

    worst: Floats
    expected: Floats
    best: Floats


def blocks(score: Floats) -> tuple[Ints, Ints]:
    """Rows from the highest score down, equal scores in stored order; where each block begins.

    >>> [part.tolist() for part in blocks(np.array([0.1, 0.7, 0.1, 0.9]))]
    [[3, 1, 0, 2], [0, 1, 2]]
    """
    order = np.argsort(-score, kind="stable")
    changes = np.flatnonzero(np.diff(score[order])) + 1
    return order, np.concatenate([np.zeros(min(1, len(score)), np.int64), changes])


def untied(score: Floats) -> Floats:
    """Scores in the same order without ties: of equal ones the earlier row is the higher."""
    rank = np.empty(len(score))
    rank[np.argsort(-score, kind="stable")] = np.arange(len(score), 0, -1)
    return rank


def counted(label: Ints | Floats, weight: Floats | None) -> Floats:
    """The weights, or one for each row."""
    return np.ones(len(label)) if weight is None else weight


def found_first(
    label: Ints | Floats, score: Floats, visits: Floats | int, weight: Floats | None = None
) -> TieBounds:
    """Findings among the first `visits` by score.

    Parameters
    ----------
    label
        0 or 1 of N rows; for `expected` also chances in between.
    visits
        0 to the sum of the weights; one number, or one for each row of `weight`.
    weight
        How often each row counts: N, or R × N for R weightings at once; 1 by default.

    Source: risk-models.md §2, tie bounds of precision at k.
    """
    order, starts = blocks(score)
    weight = counted(label, weight)
    size = np.add.reduceat(weight[..., order], starts, axis=-1)
    positive = np.add.reduceat((weight * label)[..., order], starts, axis=-1)
    taken, found = size.cumsum(axis=-1), positive.cumsum(axis=-1)
    visits = np.asarray(visits, np.float64)[..., None]
    block = np.minimum((taken < visits).sum(axis=-1, keepdims=True), len(starts) - 1)

    def of_block(values: Floats) -> Floats:
        return np.take_along_axis(values, block, axis=-1)[..., 0]

    tied, tied_positive = of_block(size), of_block(positive)
    above, left = of_block(found) - tied_positive, visits[..., 0] - (of_block(taken) - tied)
    share = np.divide(tied_positive, tied, out=np.zeros_like(tied), where=tied > 0)
    return TieBounds(
        above + np.maximum(0, left - (tied - tied_positive)),
        above + left * share,
        above + np.minimum(left, tied_positive),
    )


def precision_at(
    label: Ints | Floats, score: Floats, *, share: float = 0.1, weight: Floats | None = None
) -> TieBounds:
    """Share of findings among the first k = round(`share` · N) visits, at least one."""
    weight = counted(label, weight)
    visits = np.maximum(1, np.round(share * weight.sum(axis=-1)))
    found = found_first(label, score, visits, weight)
    return TieBounds(found.worst / visits, found.expected / visits, found.best / visits)


def first_half(label: Ints, score: Floats, weight: Floats | None = None) -> TieBounds:
    """Share of all findings among the first floor(N / 2) visits; not a number without any."""
    weight = counted(label, weight)
    found = found_first(label, score, np.floor(weight.sum(axis=-1) / 2), weight)
    findings = np.asarray(weight @ label)
    with np.errstate(invalid="ignore", divide="ignore"):
        return TieBounds(found.worst / findings, found.expected / findings, found.best / findings)


# ── days earlier ──────────────────────────────────────────────────────────────────────────


def day_gains(score: Floats, visited_on: Days) -> Floats:
    """Days by which the replay visits each row earlier than it was; equal scores in stored order.

    visited_on
        The actual days. The replay hands out the same days, the first to the highest score.
    """
    day = visited_on.astype("datetime64[D]").astype(np.int64).astype(np.float64)
    slot = np.empty(len(day))
    slot[np.argsort(-score, kind="stable")] = np.sort(day)
    return np.asarray(day - slot)


def days_earlier(label: Ints, score: Floats, visited_on: Days) -> float:
    """Mean gain of the findings in days, equal scores in stored order; more is better.

    Zero is not what chance gives: compare with `days_of_chance`. Not a number without findings.

    Source: risk-models.md §2; the replay of Chicago's food inspections.
    """
    gains = day_gains(score, visited_on)[label == 1]
    return float(gains.mean()) if len(gains) else float("nan")


def days_bounds(label: Ints, score: Floats, visited_on: Days) -> TieBounds:
    """`days_earlier` over all orders of equal scores.

    Whichever rows of a block come first, the block as a whole keeps its days: its findings get the
    earliest of them at best, the latest at worst, and their mean on average.
    """
    day = visited_on.astype("datetime64[D]").astype(np.int64).astype(np.float64)
    order, starts = blocks(score)
    ends = np.append(starts[1:], len(day))
    positives = np.add.reduceat(label[order], starts) if len(day) else np.zeros(0, np.int64)
    findings = positives.sum()
    if not findings:
        nothing = np.asarray(np.nan)
        return TieBounds(nothing, nothing, nothing)
    sums = np.concatenate([[0.0], np.cumsum(np.sort(day))])
    actual = day[label == 1].sum()
    earliest = sums[starts + positives] - sums[starts]
    latest = sums[ends] - sums[ends - positives]
    mean = positives * (sums[ends] - sums[starts]) / (ends - starts)
    return TieBounds(
        *(np.asarray((actual - slots.sum()) / findings) for slots in (latest, mean, earliest))
    )


def days_of_chance(label: Ints, visited_on: Days) -> tuple[float, float]:
    """What a random order gives on average, and what knowing the findings would give, in days."""
    chance = days_bounds(label, np.zeros(len(label)), visited_on)
    oracle = days_bounds(label, label.astype(np.float64), visited_on)
    return float(chance.expected), float(oracle.expected)
