"""What of the bound is compiled, so that the best of all relaxed routes takes about a second?

A relaxed route may visit a place again, but never go back to it at once (i, j, i); otherwise it
keeps the clock. Its best gain by dynamic programming over whole minutes. A visit takes at least
`step` minutes with the road to it, so a block of `step` minutes depends on earlier blocks only,
and is worked out in one row after the other. All that is compiled is in this one file, because
what is kept of an earlier compilation is judged by the file it came from.

A cell holds gain and predecessor in one number, gain · 2^17 + predecessor, so that the greater
number is the better cell. Place 0 is the base. Gains are whole numbers: nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

BITS = 17
"""Of a cell for the predecessor: at most 131,071 places."""
LOW = (1 << BITS) - 1
NOTHING = -(1 << 60)
"""A cell that nobody can reach; also when something is added."""


class Day(NamedTuple):
    """One shift and the places worth a visit; p places with the base, t minutes.

    road
        (p, p): minutes from column to row, closed under detours.
    stay, opens, closes, gain
        (p,): of a visit.
    clock
        begin, end, earliest and latest lunch and its minutes (−1: none), all after `begin`.
    step
        Least minutes of a visit with the road to it, 1 or more.
    first, second
        (2, p, t + 1): the best cells of routes that have ended their visit at a place by a minute,
        by different predecessors; [0] with lunch to come, [1] with lunch behind.
    """

    road: Places
    stay: Whole
    opens: Whole
    closes: Whole
    gain: Whole
    clock: Whole
    step: int
    first: Whole
    second: Whole


def compiled(function: Callable[..., Any]) -> Any:
    """Compile on first use; keep the result on disk where that is allowed."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(nogil=True, error_model="numpy")(function)


@compiled
def close(road: Places, stay: Whole) -> None:
    """No way is longer than one over a visit in between: then leaving a visit out makes nobody
    late. What fitted before still fits."""
    p = len(stay)
    for k in range(1, p):
        onward = road[k]
        least, wait = onward.min(), np.int32(stay[k])
        for i in range(p):
            row, over = road[i], np.int32(road[i, k] + wait)
            if i != k and over + least < row.max():
                for j in range(p):
                    row[j] = min(row[j], np.int32(over + onward[j]))


@compiled
def begin(d: Day) -> None:
    """Everything out of reach, but the base at the beginning of the shift."""
    d.first[:] = NOTHING
    d.second[:] = NOTHING
    d.first[0 if d.clock[4] >= 0 else 1, 0, :] = LOW


@compiled
def block(d: Day, since: int, j_from: int, j_to: int) -> None:
    """The cells of some places for `step` minutes, where all before them are known."""
    has_lunch, last = d.clock[4] >= 0, d.first.shape[2]
    until = min(since + d.step, last)
    one, two = np.empty(d.step, np.int64), np.empty(d.step, np.int64)
    for j in range(j_from, j_to):
        lo = max(since, d.opens[j] + d.stay[j])
        hi = min(until, d.closes[j] + d.stay[j] + 1)
        after_lunch = max(lo, d.clock[2] + d.clock[4] + d.stay[j])
        for state in range(0 if has_lunch else 1, 2):
            first, second = d.first[state, j], d.second[state, j]
            for e in range(since, until):
                first[e], second[e] = NOTHING, NOTHING
                if e:
                    first[e], second[e] = first[e - 1], second[e - 1]
            # with lunch to come, nothing matters after the latest minute for it
            end = hi if state else min(hi, d.clock[3] + 1)
            if lo < end:
                _pull(d, j, since, lo, end, state, 0, last, one, two)
                _merge(d, j, state, since, until, one, two)
            if has_lunch and state == 1 and after_lunch < hi:
                _pull(d, j, since, after_lunch, hi, 0, d.clock[4], d.clock[3], one, two)
                _merge(d, j, state, since, until, one, two)


@compiled
def _pull(
    d: Day, j: int, since: int, lo: int, hi: int, state: int, lunch: int, latest: int,
    one: Whole, two: Whole,
) -> None:  # fmt: skip
    """The two best ways, by different predecessors, to end the visit at j in a minute of [lo, hi),
    on what was reached by its beginning less the road.

    lunch, latest
        Minutes of lunch on the way, which may cut the drive, and when it begins at the latest.
    """
    one[:] = NOTHING
    two[:] = NOTHING
    for i in range(len(d.stay)):
        if i == j:
            continue
        first, second = d.first[state, i], d.second[state, i]
        back = d.stay[j] + d.road[j, i] + lunch
        start, top = max(lo, back), min(hi - 1 - back, latest)
        if start >= hi or (first[top] | LOW) <= max(two[start - since], NOTHING // 2):
            continue
        n = min(hi, latest + back + 1) - start
        if n > 0:
            came, before = first[start - back :], second[start - back :]
            best, next_best = one[start - since :], two[start - since :]
            for k in range(n):
                cell = before[k] if (came[k] & LOW) == j else came[k]
                cell = (cell & ~LOW) | i
                next_best[k] = max(next_best[k], min(cell, best[k]))
                best[k] = max(best[k], cell)
        cell = second[top] if (first[top] & LOW) == j else first[top]
        cell = (cell & ~LOW) | i
        for k in range(max(start, latest + back + 1) - since, hi - since):
            two[k] = max(two[k], min(cell, one[k]))
            one[k] = max(one[k], cell)


@compiled
def _merge(d: Day, j: int, state: int, since: int, until: int, one: Whole, two: Whole) -> None:
    """The two best by different predecessors, of cells that are there, those pulled now, and those
    of the minute before."""
    first, second, more = d.first[state, j], d.second[state, j], d.gain[j] << BITS
    early_first, early_second = NOTHING, NOTHING
    for e in range(since, until):
        a, b = first[e], second[e]
        for way in range(2):
            x, y = early_first, early_second
            if way:
                x, y = one[e - since] + more, two[e - since] + more
            if x > a:
                a, b, x, y = x, y, a, b
            b = max(b, x if (x & LOW) != (a & LOW) else y)
        first[e], second[e] = a, b
        early_first, early_second = a, b


@compiled
def finish(d: Day, home: Places, gains: Whole, ends: Whole) -> None:
    """For each last place the greatest gain of a route that is home in time, and the cell it ends
    in: (state, minute), −1 where there is none.

    home
        (p,): minutes to the base.
    """
    last, latest, minutes = d.clock[1], d.clock[3], d.clock[4]
    for i in range(len(d.stay)):
        gains[i], ends[i, 0], ends[i, 1] = 0, -1, -1
        for way in range(3):
            if way == 0:
                state, e = 1, last - home[i]
            elif minutes < 0:
                break
            elif way == 1:  # lunch at home
                state, e = 0, min(last, latest) - home[i]
            else:  # lunch on the way home
                state, e = 0, min(last - minutes - home[i], latest)
                if d.clock[2] + minutes > last:
                    continue
            if e < 0 or i == 0:
                continue
            gain = d.first[state, i, e] >> BITS
            if gain > gains[i]:
                gains[i], ends[i, 0], ends[i, 1] = gain, state, e


@compiled
def walk_back(d: Day, i: int, state: int, e: int, stops: Places) -> int:
    """The places of the best route that ends in a cell, last first; their number."""
    n, is_second, after = 0, False, -1
    while i:
        cells = d.second if is_second else d.first
        cell = cells[state, i, e]
        while e and (d.first[state, i, e - 1] == cell or d.second[state, i, e - 1] == cell):
            e -= 1
        stops[n] = i
        n += 1
        pred = int(cell & LOW)
        gain = (cell >> BITS) - d.gain[i]
        start = e - d.stay[i]
        ways = 2 if state == 1 and d.clock[4] >= 0 else 1
        after, found = i, False
        for way in range(ways):
            from_state = state if way == 0 else 0
            x = start - d.road[i, pred]
            if way == 1:
                if start - d.clock[4] < d.clock[2]:
                    continue
                x = min(x - d.clock[4], d.clock[3])
            if x < 0:
                continue
            came = d.first[from_state, pred, x]
            is_second = (came & LOW) == after
            if is_second:
                came = d.second[from_state, pred, x]
            if came >> BITS == gain and came > NOTHING // 2:
                i, e, state, found = pred, x, from_state, True
                break
        if not found:
            return -1
    return n
