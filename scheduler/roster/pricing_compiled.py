"""What of the pricing of team-day routes is compiled, so that a month takes a minute?

A day of at most four visits is base → [p] → i → j → [q] → base: a half-route that ends at i, the
arc i → j, and a half-route that begins at j. For every i and every minute the three best halves are
kept, because the p of the best may be at most j or q; so the join finds the best of all routes.

Where lunch has to be taken every half has a state: 1 lunch is over, 0 it is still to come. Without
lunch there is state 1 alone. All times are whole minutes from the begin of the shift.

All that is compiled is in this one file, because what is kept of an earlier compilation is judged
by the file it came from. Source: column generation with exact pricing, roster notes 4.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scheduler.swift_compiled import compiled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LABELS = 320
"""Labels reserved at a visit and state; about 40 are used. One too many is refused, not lost."""
COARSE = 16
"""Minutes of the coarse tables that fit into the cache."""
PIECES = 4
KEPT = 3
"""Best routes kept for each visit i, of different j."""
NEVER = -1.0e18
LATE = 30_000


@compiled
def over_lunch(e: int, t: int, first: int, last: int, minutes: int) -> int:
    """Earliest arrival with lunch between leaving at e and the drive's end, after it or before.

    Lunch on arrival is never later than lunch before leaving, where it is still allowed then.
    """
    if e + t <= last:
        return max(e + t, first) + minutes
    if e <= last:
        return max(e, first) + minutes + t
    return LATE


@compiled
def before_lunch(s: int, t: int, first: int, last: int, minutes: int) -> int:
    """Latest leaving for which `over_lunch` is not after s; −1 where there is none."""
    latest = -1
    if first + minutes <= s:
        latest = min(last, s - minutes) - t
    if first + minutes + t <= s:
        latest = max(latest, min(last, s - minutes - t))
    return latest


@compiled
def ends_and_starts(
    out: Any, home: Any, on_site: Any, a: Any, b: Any, day: int, lunch: Any
) -> tuple[Any, Any]:
    """By state and visit: earliest end straight from the base, latest start that is home in time.

    lunch
        (first, last, minutes); minutes 0 where there is none, state 0 is then out of reach.
    """
    n = len(out)
    e0 = np.full((2, n), LATE, np.int64)
    s0 = np.full((2, n), -1, np.int64)
    first, last, minutes = lunch[0], lunch[1], lunch[2]
    for i in range(n):
        if minutes == 0:
            e0[1, i] = max(out[i], a[i]) + on_site[i]
        else:
            e0[0, i] = max(out[i], a[i]) + on_site[i]
            arrive = over_lunch(0, out[i], first, last, minutes)
            if arrive < LATE:
                e0[1, i] = max(arrive, a[i]) + on_site[i]
            # home with lunch to come: eaten at the base, or before the drive
            end = min(day - home[i], last - home[i])
            if first + minutes + home[i] <= day:
                end = max(end, min(last, day - minutes - home[i]))
            s0[0, i] = min(b[i], end - on_site[i])
        s0[1, i] = min(b[i], day - on_site[i] - home[i])
    return e0, s0


@compiled
def _offer(gains: Any, whom: Any, minute: int, gain: float, p: int) -> None:
    """Among the three best of a minute."""
    if gain <= gains[minute, 2]:
        return
    if gain > gains[minute, 1]:
        gains[minute, 2], whom[minute, 2] = gains[minute, 1], whom[minute, 1]
        if gain > gains[minute, 0]:
            gains[minute, 1], whom[minute, 1] = gains[minute, 0], whom[minute, 0]
            gains[minute, 0], whom[minute, 0] = gain, p
        else:
            gains[minute, 1], whom[minute, 1] = gain, p
    else:
        gains[minute, 2], whom[minute, 2] = gain, p


@compiled
def forward(
    back: Any, out: Any, on_site: Any, a: Any, gain: Any, price: float,
    e0: Any, s0: Any, day: int, lunch: Any, deep: bool, part: int, parts: int,
    end: Any, worth: Any, whom: Any, count: Any, most: Any,
) -> bool:  # fmt: skip
    """Half-routes that end at each visit i of this part: (end, gain without i's own, p or −1).

    `back` is the road turned round, so that a row holds the ways to i. Written into end, worth,
    whom (2, n, LABELS), count (2, n) and most (2, n, day + 1): the best gain with an end no later.
    False where the labels reserved were not enough.
    """
    n = len(out)
    gains = np.empty((day + 1, 3))
    names = np.empty((day + 1, 3), np.int64)
    first, last, minutes = lunch[0], lunch[1], lunch[2]
    for i in range(part, n, parts):
        for state in range(2):
            count[state, i] = 0
            most[state, i, :] = NEVER
            if state == 0 and minutes == 0:
                continue
            gains[:, :] = NEVER
            names[:, :] = -1
            for p in range(n if deep else 0):
                if p == i:
                    continue
                t = back[i, p]
                arrive = LATE
                if e0[state, p] < LATE and e0[state, p] - on_site[p] <= s0[1, p]:
                    arrive = e0[state, p] + t
                if state == 1 and minutes > 0:
                    arrive = min(arrive, over_lunch(e0[0, p], t, first, last, minutes))
                start = max(arrive, a[i])
                if start <= s0[state, i]:
                    _offer(gains, names, start + on_site[i], gain[p] - price * (out[p] + t), p)
            straight = -price * out[i]
            has_straight = e0[state, i] < LATE and e0[state, i] - on_site[i] <= s0[state, i]
            best = np.array([NEVER, NEVER, NEVER])
            k = 0
            for e in range(day + 1):
                if has_straight and e == e0[state, i]:
                    end[state, i, k], worth[state, i, k], whom[state, i, k] = e, straight, -1
                    k += 1
                    if k >= LABELS:
                        return False
                floor = straight if has_straight and e >= e0[state, i] else NEVER
                for r in range(3):
                    g = gains[e, r]
                    if g <= best[2] or g <= floor:
                        break
                    end[state, i, k], worth[state, i, k], whom[state, i, k] = e, g, names[e, r]
                    k += 1
                    if k >= LABELS:
                        return False
                    if g > best[0]:
                        best[0], best[1], best[2] = g, best[0], best[1]
                    elif g > best[1]:
                        best[1], best[2] = g, best[1]
                    else:
                        best[2] = g
                most[state, i, e] = max(best[0], floor)
            count[state, i] = k
    return True


@compiled
def backward(
    road: Any, home: Any, on_site: Any, b: Any, gain: Any, price: float,
    e0: Any, s0: Any, day: int, lunch: Any, deep: bool, part: int, parts: int,
    worth: Any, whom: Any,
) -> None:  # fmt: skip
    """Half-routes that begin at each visit j of this part, by latest start.

    Written into worth, whom (2, n, day + 1, 3): the three best (gain without j's own, q or −1) that
    may begin at the minute or later.
    """
    n = len(home)
    first, last, minutes = lunch[0], lunch[1], lunch[2]
    for j in range(part, n, parts):
        for state in range(2):
            worth[state, j, :, :] = NEVER
            whom[state, j, :, :] = -1
            if state == 0 and minutes == 0:
                continue
            for q in range(n if deep else 0):
                if q == j:
                    continue
                t = road[j, q]
                leave = s0[state, q] - t if s0[state, q] >= 0 else -1
                if state == 0 and s0[1, q] >= 0:
                    leave = max(leave, before_lunch(s0[1, q], t, first, last, minutes))
                start = min(b[j], leave - on_site[j])
                if start >= 0 and start + on_site[j] >= e0[state, j]:
                    _offer(
                        worth[state, j], whom[state, j], start, gain[q] - price * (t + home[q]), q
                    )
            straight = -price * home[j]
            for s in range(day, -1, -1):
                if s < day:
                    for r in range(3):
                        if whom[state, j, s + 1, r] >= 0:
                            _offer(worth[state, j], whom[state, j], s,
                                   worth[state, j, s + 1, r], whom[state, j, s + 1, r])  # fmt: skip
            # "home from here" clashes with nobody, so what is no better than it is never needed
            for s in range(min(s0[state, j], day) + 1):
                placed = False
                for r in range(3):
                    if placed or worth[state, j, s, r] <= straight:
                        if not placed:
                            worth[state, j, s, r], whom[state, j, s, r] = straight, -1
                            placed = True
                        else:
                            worth[state, j, s, r], whom[state, j, s, r] = NEVER, -1


@compiled
def coarse_of(most: Any, starts: Any, day: int) -> tuple[Any, Any]:
    """Both tables in steps of COARSE minutes, rounded to the safe side."""
    n = most.shape[1]
    steps = day // COARSE + 2
    by_end = np.full((2, n, steps), np.float32(NEVER), np.float32)
    by_start = np.full((2, n, steps), np.float32(NEVER), np.float32)
    for state in range(2):
        for i in range(n):
            for k in range(steps):
                e = min(day, (k + 1) * COARSE - 1)
                s = k * COARSE
                by_end[state, i, k] = np.float32(most[state, i, e]) + np.float32(
                    _slack(most[state, i, e])
                )
                if s <= day:
                    by_start[state, i, k] = np.float32(starts[state, i, s, 0]) + np.float32(
                        _slack(starts[state, i, s, 0])
                    )
    return by_end, by_start


@compiled
def _slack(value: float) -> float:
    """What a rounding to 32 bits can have taken away."""
    return abs(value) * 1e-6 + 1e-4 if value > NEVER else 0.0


@compiled
def join(
    road: Any, out: Any, home: Any, on_site: Any, a: Any, gain: Any, price: float,
    e0: Any, s0: Any, day: int, lunch: Any, threshold: float, pairs: bool, part: int, parts: int,
    end: Any, f_worth: Any, f_whom: Any, count: Any, most: Any, b_worth: Any, b_whom: Any,
    by_end: Any, by_start: Any, found: Any, routes: Any,
) -> int:  # fmt: skip
    """The best routes over the threshold for each i of this part, at most one for each j.

    Written into found (n, KEPT) gains and routes (n, KEPT, 4) places (p, i, j, q), −1 for nobody.
    Returns the number of pairs looked at closely.
    """
    n = len(out)
    first, last, minutes = lunch[0], lunch[1], lunch[2]
    combos = 3 if minutes > 0 else 1
    top_f = np.full((2, n), NEVER)
    top_b = np.full((2, n), NEVER)
    for state in range(2):
        for i in range(n):
            top_f[state, i] = most[state, i, day]
            top_b[state, i] = b_worth[state, i, 0, 0]
    examined = 0
    for i in range(part, n, parts):
        found[i, :] = NEVER
        routes[i, :, :] = -1
        low = threshold
        alone = gain[i] - price * (out[i] + home[i])
        fits = e0[1, i] < LATE and e0[1, i] - on_site[i] <= s0[1, i]
        if minutes > 0:
            fits = fits or (e0[0, i] < LATE and e0[0, i] - on_site[i] <= s0[0, i])
        if fits and alone > low:
            found[i, 0] = alone
            routes[i, 0, 1] = i
        for j in range(n if pairs else 0):
            if j == i:
                continue
            t = road[i, j]
            base = gain[i] + gain[j] - price * t
            best, best_p, best_q = low, -2, -2
            for combo in range(combos):
                # 0: lunch is over, 1: lunch is still to come, 2: lunch is on the way
                f = 1 if combo == 0 else 0
                b = 0 if combo == 1 else 1
                if base + top_f[f, i] + top_b[b, j] <= best:
                    continue
                if combo < 2:
                    lat = s0[b, j] - t
                else:
                    lat = before_lunch(s0[1, j], t, first, last, minutes) if s0[1, j] >= 0 else -1
                lat = min(lat, day)
                e_low = e0[f, i]
                if count[f, i] > 0:
                    e_low = min(e_low, end[f, i, 0])
                if lat < e_low:
                    continue
                if combo < 2:
                    soon = max(e_low + t, a[j])
                else:
                    soon = max(over_lunch(e_low, t, first, last, minutes), a[j])
                if soon > day:
                    continue
                if base + by_end[f, i, lat // COARSE] + by_start[b, j, soon // COARSE] <= best:
                    continue
                if base + most[f, i, lat] + b_worth[b, j, soon, 0] <= best:
                    continue
                step = (lat - e_low) // PIECES + 1
                hopeless = True
                w0 = e_low
                while w0 <= lat:
                    w1 = min(w0 + step - 1, lat)
                    at = w0 + t if combo < 2 else over_lunch(w0, t, first, last, minutes)
                    arrive = max(at, a[j])
                    if arrive <= day and base + most[f, i, w1] + b_worth[b, j, arrive, 0] > best:
                        hopeless = False
                        break
                    w0 = w1 + 1
                if hopeless:
                    continue
                examined += 1
                for k in range(count[f, i]):
                    e = end[f, i, k]
                    if e > lat:
                        break
                    p = f_whom[f, i, k]
                    if p == j:
                        continue
                    at = e + t if combo < 2 else over_lunch(e, t, first, last, minutes)
                    arrive = max(at, a[j])
                    if arrive > day:
                        continue
                    sofar = base + f_worth[f, i, k]
                    if sofar + b_worth[b, j, arrive, 0] <= best:
                        continue
                    for r in range(3):
                        more = b_worth[b, j, arrive, r]
                        if more <= NEVER:
                            break
                        q = b_whom[b, j, arrive, r]
                        if q != i and (q < 0 or q != p):
                            if sofar + more > best:
                                best, best_p, best_q = sofar + more, p, q
                            break
            if best_p > -2:
                at_row = KEPT - 1
                while at_row > 0 and found[i, at_row - 1] < best:
                    found[i, at_row] = found[i, at_row - 1]
                    routes[i, at_row, :] = routes[i, at_row - 1, :]
                    at_row -= 1
                found[i, at_row] = best
                routes[i, at_row, 0], routes[i, at_row, 1] = best_p, i
                routes[i, at_row, 2], routes[i, at_row, 3] = j, best_q
                low = max(threshold, found[i, KEPT - 1])
    return examined


@compiled
def more_than_four(
    road: Any, out: Any, home: Any, on_site: Any, a: Any, b: Any, day: int, lunch: Any,
    most_visits: int, step_limit: int, found: Any,
) -> tuple[int, bool]:  # fmt: skip
    """Routes of five or more visits, by depth-first search over all orders.

    Written into found (rows, depth), −1 for nobody. Returns how many there are, and whether the
    search came to its end; where it did not, nothing is proven.
    """
    n = len(out)
    rows, depth = found.shape
    first, last, minutes = lunch[0], lunch[1], lunch[2]
    deepest = min(depth, most_visits)
    shortest, leg = LATE, LATE
    for i in range(n):
        shortest = min(shortest, on_site[i])
        leg = min(leg, min(out[i], home[i]))
        for j in range(n):
            if i != j:
                leg = min(leg, road[i, j])
    path = np.full(depth + 1, -1, np.int64)
    ends = np.full((depth + 1, 2), LATE, np.int64)  # after the k-th visit, by state
    following = np.zeros(depth + 1, np.int64)
    number, steps, k = 0, 0, 0
    ends[0, 0 if minutes > 0 else 1] = 0
    while k >= 0:
        if k == deepest or following[k] >= n:
            following[k] = 0
            k -= 1
            continue
        j = following[k]
        following[k] += 1
        steps += 1
        if steps > step_limit:
            return number, False
        seen = False
        for r in range(1, k + 1):
            if path[r] == j:
                seen = True
        if seen:
            continue
        t = out[j] if k == 0 else road[path[k], j]
        late0, late1 = LATE, LATE
        if ends[k, 1] < LATE:
            late1 = max(ends[k, 1] + t, a[j])
        if minutes > 0 and ends[k, 0] < LATE:
            late0 = max(ends[k, 0] + t, a[j])
            late1 = min(late1, max(over_lunch(ends[k, 0], t, first, last, minutes), a[j]))
        e0 = late0 + on_site[j] if late0 <= b[j] else LATE
        e1 = late1 + on_site[j] if late1 <= b[j] else LATE
        earliest = min(e0, e1)
        missing = max(0, 4 - k)  # visits still needed for five
        rest = missing * (shortest + leg) + (leg if missing > 0 else home[j])
        if earliest >= LATE or earliest + rest > day:
            continue
        path[k + 1] = j
        ends[k + 1, 0], ends[k + 1, 1] = e0, e1
        if k + 1 >= 5:
            is_home = e1 + home[j] <= day
            if minutes > 0 and e0 < LATE:
                eats_at_base = e0 + home[j] <= min(day, last)
                eats_first = e0 <= last and max(e0, first) + minutes + home[j] <= day
                is_home = is_home or eats_at_base or eats_first
            if is_home:
                if number < rows:
                    for r in range(k + 1):
                        found[number, r] = path[r + 1]
                    for r in range(k + 1, depth):
                        found[number, r] = -1
                number += 1
                if number > rows:
                    return number, False
        k += 1
        following[k] = 0
    return number, True
