"""Does a score treat sectors, sizes and townships alike, as far as past visits can tell?

The riskiest rows are selected up to a capacity; equal scores share what is left of it, so that no
order of the rows decides. Per group: who is selected, who is selected without a finding, who is
missed with one, and whether the probability said fits what was found. Intervals are bootstrap
percentiles (2.5 to 97.5) over the rows of the group, the line of selection held fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from riskengine.resample import RESAMPLES, Interval, interval_of, weights

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Texts = np.ndarray[Any, np.dtype[np.str_]]

LEAST_ROWS = 30
"""Smaller groups are told together: an interval of a handful says nothing."""
SIZE_EDGES = (10, 50, 200)
"""Vehicles from which the next band of sizes begins; for the report only."""
UNKNOWN, OTHERS = "未知 / unknown", "其余小组 / small groups"


@dataclass(frozen=True, slots=True)
class GroupLine:
    """What past visits say about one group. Shares are 0 to 1.

    kind
        What the group is one of: "sector", "size", "township".
    selected
        Share of the rows within capacity.
    needless
        Share selected of those without a finding (false positives).
    missed
        Share not selected of those with a finding (false negatives).
    said, found
        Mean probability, and share with a finding.
    """

    kind: str
    group: str
    rows: int
    findings: int
    selected: Interval
    needless: Interval
    missed: Interval
    said: Interval
    found: Interval


def fairness(
    label: Any,
    probability: Any,
    groups: Mapping[str, Any],
    *,
    capacity: int,
    rng: np.random.Generator,
) -> tuple[GroupLine, ...]:
    """One line per group of every kind, largest group first.

    Parameters
    ----------
    label
        1 for a finding, else 0; N rows of test windows.
    probability
        Higher is riskier, 0 to 1.
    groups
        Kind ("sector", "size", "township") → the group of each row, "" where it is unknown.
    capacity
        Rows that would be visited, 0 to N.
    """
    y, p = np.asarray(label, np.float64), np.asarray(probability, np.float64)
    chosen = chosen_at(p, capacity)
    lines = []
    for kind, names in groups.items():
        named = grouped(np.asarray(names, np.str_))
        sizes = {str(name): int((named == name).sum()) for name in np.unique(named)}
        for name in sorted(sizes, key=lambda one: (one in (OTHERS, UNKNOWN), -sizes[one], one)):
            here = named == name
            lines.append(group_line(kind, name, y[here], p[here], chosen[here], rng))
    return tuple(lines)


def chosen_at(score: Floats, capacity: int) -> Floats:
    """The chance of each row to be among the `capacity` riskiest, whatever the order of ties.

    >>> chosen_at(np.array([0.9, 0.5, 0.5, 0.1]), 2).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    if not 0 < capacity < len(score):
        return np.full(len(score), float(capacity >= len(score)))
    line = np.sort(score)[len(score) - capacity]
    above, at = score > line, score == line
    chosen: Floats = above + at * ((capacity - above.sum()) / at.sum())
    return chosen


def grouped(names: Texts) -> Texts:
    """The groups as the report tells them: unknown ones named, small ones together."""
    known, place, sizes = np.unique(names, return_inverse=True, return_counts=True)
    told = np.where(sizes < LEAST_ROWS, OTHERS, known.astype(object))
    told[known == ""] = UNKNOWN
    return np.asarray(told[place.reshape(-1)], np.str_)


def size_bands(vehicles: Any) -> list[str]:
    """The band of sizes of each row; None or a number that is not one is unknown.

    >>> size_bands([3, 50, None])
    ['1–9', '50–199', '']
    """
    edges = (1, *SIZE_EDGES)
    names = [f"{low}–{high - 1}" for low, high in pairwise(edges)]
    names.append(f"{edges[-1]}+")
    return [
        "" if size is None or size != size else names[sum(size >= edge for edge in SIZE_EDGES)]
        for size in vehicles
    ]


def group_line(
    kind: str, group: str, label: Floats, probability: Floats, chosen: Floats, rng: Any
) -> GroupLine:
    """The figures of the rows of one group."""
    ones = np.ones(len(label))
    # each figure is a ratio of two sums over rows
    sums = {
        "selected": (chosen, ones),
        "needless": (chosen * (1 - label), 1 - label),
        "missed": ((1 - chosen) * label, label),
        "said": (probability, ones),
        "found": (label, ones),
    }
    above, below = (np.column_stack([pair[i] for pair in sums.values()]) for i in (0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = above.sum(axis=0) / below.sum(axis=0)
        rows = np.arange(len(label))
        draws = weights(rows, len(rows), rng, RESAMPLES)
        drawn = np.concatenate([w @ above / (w @ below) for w in draws])
    intervals = {name: interval_of(float(value[at]), drawn[:, at]) for at, name in enumerate(sums)}
    return GroupLine(kind, group, len(label), int(label.sum()), **intervals)
