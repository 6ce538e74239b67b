"""Where does one variable break into bins whose risk rises step by step?

Optimal monotone bins by CP-SAT: of all ways to cut the variable into at most six bins of at least
3 % of the rows, with event rates strictly in the declared direction, the one of most information
value. Rates are compared as cross-multiplied counts, so "strictly" is exact. "No data" is a bin of
its own, outside the order. Method: scorecard step 1 of the project's reference on risk models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from ortools.sat.python import cp_model

Ints = np.ndarray[Any, np.dtype[np.int64]]
Direction = Literal["up", "down"]

MICRO = 10**6


@dataclass(frozen=True, slots=True)
class BinRules:
    """How fine the bins may be.

    most_bins
        Bins of a variable, "no data" not counted.
    least_permille
        Least share of all rows in a bin, in 1/1000.
    least_iv_micro
        A variable with less information value, in 1e-6, is left out.
    most_prebins
        Quantile steps that the bins are put together from.
    """

    most_bins: int = 6
    least_permille: int = 30
    least_iv_micro: int = 5_000
    most_prebins: int = 40


@dataclass(frozen=True, slots=True)
class Bin:
    """One state of a variable.

    at_least
        Least value in the bin; the first bin begins at 0, "no data" at None.
    woe_micro
        Weight of evidence in 1e-6, higher is riskier: ln(share of the events that lie here /
        share of the non-events).
    """

    at_least: int | None
    rows: int
    events: int
    woe_micro: int


@dataclass(frozen=True, slots=True)
class Binning:
    """The bins of a variable, values ascending.

    bins
        Event rates rise strictly from bin to bin where `worse` is "up", and fall where it is
        "down".
    missing
        The state "no data". Where it is too thin to be a bin of its own it weighs nothing, that
        is, as the average.
    iv_micro
        Information value of all states, in 1e-6.
    """

    feature: str
    worse: Direction
    bins: tuple[Bin, ...]
    missing: Bin
    iv_micro: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All rows and all events of the table."""

    rows: int
    events: int


@dataclass(frozen=True, slots=True)
class Prebins:
    """Steps of a variable, ascending: least value, rows and events of each."""

    starts: Ints
    rows: Ints
    events: Ints


@dataclass(frozen=True, slots=True)
class Cut:
    """A bin that could be: the prebins `first` to `last`."""

    first: int
    last: int
    rows: int
    events: int
    iv_micro: int


def bin_variable(
    feature: str,
    column: pa.ChunkedArray,
    label: Any,
    worse: Direction,
    rules: BinRules = BinRules(),
) -> Binning:
    """The optimal monotone bins of one integer variable.

    Parameters
    ----------
    column
        int64, one row a visit; null is "no data". Values below 0 share the first bin with 0.
    label
        0 or 1 per row; 1 is an event. Both kinds must occur.
    worse
        "up" when a larger value is a higher risk.

    Returns
    -------
    Binning
        With a single bin where the rates never move in the declared direction.
    """
    is_missing = np.asarray(column.is_null())
    values = np.maximum(np.asarray(column.fill_null(0), np.int64), 0)[~is_missing]
    events = np.asarray(label, np.int64)
    all_of = Totals(len(events), int(events.sum()))
    prebins = prebins_of(values, events[~is_missing], rules.most_prebins)
    chosen = best_cuts(prebins, all_of, worse, rules)
    bins = tuple(
        Bin(
            int(prebins.starts[cut.first]) if cut.first else 0,
            cut.rows,
            cut.events,
            woe_micro(cut.rows, cut.events, all_of),
        )
        for cut in chosen
    ) or (Bin(0, len(values), int(events[~is_missing].sum()), 0),)
    missing = missing_bin(int(is_missing.sum()), int(events[is_missing].sum()), all_of, rules)
    states = [*bins, missing]
    iv = sum(iv_micro(b.rows, b.events, all_of) for b in states if b.woe_micro)
    return Binning(feature, worse, bins, missing, iv)


def states_of(binning: Binning, features: pa.Table) -> Ints:
    """The index of each row's bin; "no data" is the last state."""
    column = features[binning.feature]
    starts = np.array([b.at_least for b in binning.bins], np.int64)
    values = np.asarray(column.fill_null(0), np.int64)
    states: Ints = np.maximum(np.searchsorted(starts, values, side="right") - 1, 0)
    states[np.asarray(column.is_null())] = len(starts)
    return states


def prebins_of(values: Ints, events: Ints, most: int) -> Prebins:
    """At most `most` steps of about equal rows; a value of many rows is a step of its own."""
    starts, place = np.unique(values, return_inverse=True)
    rows = np.bincount(place, minlength=len(starts))
    found = np.bincount(place, weights=events, minlength=len(starts)).astype(np.int64)
    firsts = list(range(len(starts))) if len(starts) <= most else list(_quantiles(rows, most))
    if not firsts:
        return Prebins(starts, rows, found)
    return Prebins(starts[firsts], np.add.reduceat(rows, firsts), np.add.reduceat(found, firsts))


def _quantiles(rows: Ints, most: int) -> Iterator[int]:
    """The index of the first value of each step."""
    reached = np.cumsum(rows)
    first = 0
    for left in range(most, 0, -1):
        yield first
        before = int(reached[first - 1]) if first else 0
        step = -(-(int(reached[-1]) - before) // left)
        last = int(np.searchsorted(reached, before + step))
        if rows[last] >= step and last > first and left > 2:
            last -= 1
        first = last + 1
        if first >= len(rows):
            return


def best_cuts(prebins: Prebins, all_of: Totals, worse: Direction, rules: BinRules) -> list[Cut]:
    """The monotone bins of most information value, ascending; none where none is allowed."""
    cuts = list(allowed_cuts(prebins, all_of, rules))
    model = cp_model.CpModel()
    chosen = {cut: model.new_bool_var("") for cut in cuts}
    begin: list[list[Cut]] = [[] for _ in range(len(prebins.rows) + 1)]
    end: list[list[Cut]] = [[] for _ in range(len(prebins.rows) + 1)]
    for cut in cuts:
        begin[cut.first].append(cut)
        end[cut.last + 1].append(cut)
    if not begin[0] or not end[-1]:
        return []
    model.add_exactly_one(chosen[cut] for cut in begin[0])
    model.add_exactly_one(chosen[cut] for cut in end[-1])
    for border in range(1, len(prebins.rows)):
        # where one bin ends the next begins
        model.add(
            sum(chosen[cut] for cut in end[border]) == sum(chosen[cut] for cut in begin[border])
        )
        for cut in end[border]:
            riskier = [chosen[next_] for next_ in begin[border] if in_order(cut, next_, worse)]
            model.add_bool_or(*riskier, chosen[cut].negated())
    model.add(sum(chosen.values()) <= rules.most_bins)
    model.maximize(sum(cut.iv_micro * chosen[cut] for cut in cuts))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.solve(model)
    return [cut for cut in cuts if solver.boolean_value(chosen[cut])]


def allowed_cuts(prebins: Prebins, all_of: Totals, rules: BinRules) -> Iterator[Cut]:
    """Every run of prebins with rows enough, an event and a non-event; by first, then last."""
    rows = np.concatenate([[0], np.cumsum(prebins.rows)]).tolist()
    events = np.concatenate([[0], np.cumsum(prebins.events)]).tolist()
    for first in range(len(prebins.rows)):
        for last in range(first, len(prebins.rows)):
            n, k = rows[last + 1] - rows[first], events[last + 1] - events[first]
            if is_enough(n, k, all_of, rules):
                yield Cut(first, last, n, k, iv_micro(n, k, all_of))


def is_enough(rows: int, events: int, all_of: Totals, rules: BinRules) -> bool:
    """May these rows be a bin?"""
    return rows * 1000 >= all_of.rows * rules.least_permille and 0 < events < rows


def in_order(one: Cut, following: Cut, worse: Direction) -> bool:
    """Does the rate move in the declared direction, strictly?"""
    left, right = one.events * following.rows, following.events * one.rows
    return left < right if worse == "up" else left > right


def missing_bin(rows: int, events: int, all_of: Totals, rules: BinRules) -> Bin:
    """The state "no data"; a handful of rows say nothing about it."""
    thick = is_enough(rows, events, all_of, rules)
    return Bin(None, rows, events, woe_micro(rows, events, all_of) if thick else 0)


def woe_micro(rows: int, events: int, all_of: Totals) -> int:
    """Weight of evidence in 1e-6, higher is riskier.

    >>> woe_micro(10, 5, Totals(100, 20))
    1386294
    """
    of_events = events / all_of.events
    of_others = (rows - events) / (all_of.rows - all_of.events)
    return round(MICRO * log(of_events / of_others))


def iv_micro(rows: int, events: int, all_of: Totals) -> int:
    """What a bin adds to the information value, in 1e-6."""
    of_events = events / all_of.events
    of_others = (rows - events) / (all_of.rows - all_of.events)
    return round(MICRO * (of_events - of_others) * log(of_events / of_others))
