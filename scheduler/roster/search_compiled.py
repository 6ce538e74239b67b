"""What of the search is compiled, so that ten thousand changes of a month take a second?

A round takes visits out of a few routes that lie close to each other and puts the best that fit
back in. Whether a visit fits between two others is known at once, because every route keeps, per
stop, when the team is ready at the earliest and must arrive at the latest, once with lunch still
to come and once with lunch behind it. Ruin and recreate after Schrimpf et al. (2000) and
Christiaens and Vanden Berghe (2020), with simulated annealing. All that is compiled is in this one
file, because what is kept of an earlier compilation is judged by the file it came from.

Places count from 1, the base is place 0. Nothing here knows a clock: equal seeds give equal months.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

NEVER = 1 << 40
"""A minute that never comes; minus this has always been too late."""


class Ground(NamedTuple):
    """What does not change during a search; p places, s shifts.

    road, back
        (p, p): minutes from row to column, and from column to row, so that both are read in a row.
    stay, opens, closes
        (p,): minutes on site, and between which minutes the visit begins.
    worth
        (p,): what a visit adds, must-visits far above all others.
    group, least
        (p,) stratum, and (c,) the least number of each.
    marks
        (p, w): bits of (day, lead) under which the place can be visited; w = 0 where that is free.
    shifts
        (s, 5): begin, end, earliest and latest lunch, its minutes (−1: none).
    near
        (p, q): the other places by closeness, nearest first.
    ticket
        (p,): a random word per place; the words of a route, mixed, name the set of its visits.
    road_price, route_price
        What a minute of road and a route cost.
    """

    road: Places
    back: Places
    stay: Whole
    opens: Whole
    closes: Whole
    worth: Reals
    group: Whole
    least: Whole
    marks: Words
    shifts: Whole
    near: Places
    ticket: Words
    road_price: float
    route_price: float


class Month(NamedTuple):
    """Routes as they stand; k routes of at most z stops between two bases.

    stops
        (k, z + 2): places.
    size, shift
        (k,): number of visits, and which shift.
    ready, late
        (k, z + 2, 2): when the team can leave the stop at the earliest, and has to arrive there at
        the latest; [0] with lunch to come, [1] with lunch behind.
    open_
        (k, w): marks that all visits of the route share.
    length, gain
        (k,): minutes of road, and the worth of the visits.
    at
        (p,): the route of a place, or −1.
    count
        (c,): visits of the stratum.
    """

    stops: Places
    size: Whole
    shift: Whole
    ready: Whole
    late: Whole
    open_: Words
    length: Whole
    gain: Reals
    at: Whole
    count: Whole  # type: ignore[assignment]


class Pool(NamedTuple):
    """Good routes met on the way; h slots, found by the name of their set of visits.

    slots
        (h,): number of the route, or −1.
    name, length, gain, shift, size
        (r,): of each route.
    stops
        (r, z): places.
    used
        (1,): number of routes.
    """

    slots: Whole
    name: Words
    length: Whole
    gain: Reals
    shift: Whole
    size: Whole
    stops: Places
    used: Whole


def compiled(function: Callable[..., Any]) -> Any:
    """Compile on first use; keep the result on disk where that is allowed."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(nogil=True, error_model="numpy")(function)


# ── chance ────────────────────────────────────────────────────────────────────────────────


@compiled
def _word(dice: Words) -> Any:
    """The next 64 bits (xorshift*, Vigna 2016); `dice` is the whole state."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return x * np.uint64(0x2545F4914F6CDD1D)


@compiled
def _unit(dice: Words) -> float:
    """A number in [0, 1)."""
    return float(_word(dice) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def _below(dice: Words, k: int) -> int:
    return int(_unit(dice) * k)


# ── the clock ─────────────────────────────────────────────────────────────────────────────


@compiled
def _after_lunch(shifts: Whole, s: int, now: int) -> int:
    """When lunch begun now, or as soon as it may, is over; NEVER where it is too late."""
    begin = max(now, shifts[s, 2])
    return begin + shifts[s, 4] if begin <= shifts[s, 3] else NEVER


@compiled
def set_clock(g: Ground, m: Month, r: int) -> bool:
    """Everything the route keeps about itself, from its stops; whether it fits into its shift."""
    s, n = m.shift[r], m.size[r]
    has_lunch = g.shifts[s, 4] >= 0
    begin, end = g.shifts[s, 0], g.shifts[s, 1]
    if has_lunch:
        hungry, fed = begin, _after_lunch(g.shifts, s, begin)
    else:
        hungry, fed = NEVER, begin
    m.ready[r, 0, 0], m.ready[r, 0, 1] = hungry, fed
    m.length[r], m.gain[r] = 0, 0.0
    for w in range(m.open_.shape[1]):
        m.open_[r, w] = ~np.uint64(0)
    for i in range(1, n + 1):
        here, x = m.stops[r, i - 1], m.stops[r, i]
        road = g.road[here, x]
        fed = max(fed + road, g.opens[x])
        if has_lunch:
            hungry += road
            fed = max(min(fed, _after_lunch(g.shifts, s, hungry)), g.opens[x])
            hungry = max(hungry, g.opens[x])
            hungry = hungry + g.stay[x] if hungry <= g.closes[x] else NEVER
        fed = fed + g.stay[x] if fed <= g.closes[x] else NEVER
        if has_lunch:
            fed = min(fed, _after_lunch(g.shifts, s, hungry))
        m.ready[r, i, 0], m.ready[r, i, 1] = hungry, fed
        m.length[r] += road
        m.gain[r] += g.worth[x]
        for w in range(m.open_.shape[1]):
            m.open_[r, w] &= g.marks[x, w]
    home = g.road[m.stops[r, n], 0]
    if n:
        m.length[r] += home
    lunch_end = min(end, g.shifts[s, 3]) if has_lunch else -NEVER
    m.late[r, n + 1, 0], m.late[r, n + 1, 1] = lunch_end, end
    for i in range(n, 0, -1):
        x, road = m.stops[r, i], g.road[m.stops[r, i], m.stops[r, i + 1]]
        fed_by = min(m.late[r, i + 1, 1] - road - g.stay[x], g.closes[x])
        fed_by = fed_by if fed_by >= g.opens[x] else -NEVER
        hungry_by = -NEVER
        if has_lunch:
            after = min(g.shifts[s, 3], m.late[r, i + 1, 1] - road - g.shifts[s, 4])
            after = after if after >= g.shifts[s, 2] else -NEVER
            hungry_by = max(after, m.late[r, i + 1, 0] - road) - g.stay[x]
            hungry_by = min(hungry_by, g.closes[x])
            hungry_by = hungry_by if hungry_by >= g.opens[x] else -NEVER
            first = min(g.shifts[s, 3], fed_by - g.shifts[s, 4])
            hungry_by = max(hungry_by, first if first >= g.shifts[s, 2] else -NEVER)
        m.late[r, i, 0], m.late[r, i, 1] = hungry_by, fed_by
    return bool(fed + home <= end or hungry + home <= lunch_end)


@compiled
def home_at(g: Ground, m: Month, r: int) -> int:
    """When the team is back at the earliest; −1 where the route does not fit."""
    last = m.size[r]
    road, end = g.road[m.stops[r, last], 0], m.late[r, last + 1, 1]
    best = NEVER
    if m.ready[r, last, 1] + road <= end:
        best = m.ready[r, last, 1] + road
    if m.ready[r, last, 0] + road <= m.late[r, last + 1, 0]:
        best = min(best, m.ready[r, last, 0] + road)
    return best if best < NEVER else -1


@compiled
def best_place(
    g: Ground, m: Month, r: int, x: int, wait_weight: float, blink: float, dice: Words
) -> tuple[float, int]:
    """The cheapest gap of the route for a place, and its price in minutes; −1 where none fits.

    wait_weight
        What a minute of waiting counts beside a minute of road.
    blink
        Share of gaps that are overlooked, so that not every round ends in the same month.
    """
    s = m.shift[r]
    has_lunch = g.shifts[s, 4] >= 0
    opens, closes, stay = g.opens[x], g.closes[x], g.stay[x]
    best, where = 1e18, -1
    for i in range(m.size[r] + 1):
        here, then = m.stops[r, i], m.stops[r, i + 1]
        to, on = g.back[x, here], g.road[x, then]
        fed = m.ready[r, i, 1] + to
        arrived = fed
        if has_lunch:
            hungry = m.ready[r, i, 0] + to
            fed = min(fed, _after_lunch(g.shifts, s, hungry))
            arrived = min(hungry, fed)
            hungry = max(hungry, opens)
            begun = max(fed, opens)
            fed = begun + stay if begun <= closes else NEVER
            hungry = hungry + stay if hungry <= closes else NEVER
            fed = min(fed, _after_lunch(g.shifts, s, hungry))
            if fed + on > m.late[r, i + 1, 1] and hungry + on > m.late[r, i + 1, 0]:
                continue
        else:
            if fed > closes:
                continue
            if max(fed, opens) + stay + on > m.late[r, i + 1, 1]:
                continue
        cost = float(to + on - g.road[here, then] + stay)
        if arrived < opens:
            cost += wait_weight * (opens - arrived)
        if cost < best and (blink == 0.0 or _unit(dice) >= blink):
            best, where = cost, i
    return best, where


@compiled
def put(m: Month, r: int, x: int, i: int) -> None:
    """Into the gap after stop i; the clock of the route has to be set after it."""
    for k in range(m.size[r] + 1, i, -1):
        m.stops[r, k + 1] = m.stops[r, k]
    m.stops[r, i + 1] = x
    m.size[r] += 1
    m.at[x] = r


@compiled
def take(m: Month, r: int, i: int) -> int:
    """Stop i out of the route; the clock of the route has to be set after it."""
    x = int(m.stops[r, i])
    for k in range(i, m.size[r] + 1):
        m.stops[r, k] = m.stops[r, k + 1]
    m.size[r] -= 1
    m.at[x] = -1
    return x


@compiled
def copy_route(old: Month, new: Month, r: int) -> None:
    """All a route keeps about itself; neither `at` nor `count`."""
    n = old.size[r]
    new.size[r], new.shift[r] = n, old.shift[r]
    new.length[r], new.gain[r] = old.length[r], old.gain[r]
    for i in range(n + 2):
        new.stops[r, i] = old.stops[r, i]
        new.ready[r, i, 0], new.ready[r, i, 1] = old.ready[r, i, 0], old.ready[r, i, 1]
        new.late[r, i, 0], new.late[r, i, 1] = old.late[r, i, 0], old.late[r, i, 1]
    for w in range(old.open_.shape[1]):
        new.open_[r, w] = old.open_[r, w]


@compiled
def shares_mark(g: Ground, m: Month, r: int, x: int) -> bool:
    """Whether a day and a lead are left for the route with one visit more."""
    if m.open_.shape[1] == 0:
        return True
    shared = np.uint64(0)
    for w in range(m.open_.shape[1]):
        shared |= m.open_[r, w] & g.marks[x, w]
    return bool(shared)


class Knobs(NamedTuple):
    """How the search goes about it; the numbers were found on public instances and one county.

    removed, longest
        Mean number of visits a ruin takes out, and the longest string of them in a route.
    blink
        Share of gaps overlooked in every other round.
    tie_price
        What a minute of road costs between months of equal worth.
    noise
        Greatest share by which the appeal of a visit is lowered by chance.
    short_price, rank_price
        What a visit short of a minimum costs while the search goes on, and where the best month
        is chosen.
    pool_reach
        How far a month may lie under the best and still give its routes to the pool.
    first_share
        Share of rounds in which the visit around which the ruin is made comes first.
    focus_share, focus
        Share of rounds in which visits close to it are preferred, and how strongly at most.
    most
        Most visits that are considered for the gaps of a round.
    """

    removed: float
    longest: float
    blink: float
    tie_price: float
    noise: float
    short_price: float
    rank_price: float
    pool_reach: float
    first_share: float
    focus_share: float
    focus: float
    most: int


class Bench(NamedTuple):
    """Where a round is worked out; p places, k routes, c columns of routes looked at."""

    touched: Whole
    is_touched: Whole
    loose: Places
    wanted: Places
    is_loose: Whole
    active: Whole
    costs: Reals
    gaps: Whole
    power: Reals
    count: Whole  # type: ignore[assignment]


@compiled
def improve(
    g: Ground, m: Month, kept: Month, best: Month, best_rank: Reals, pool: Pool, knobs: Knobs,
    b: Bench, dice: Words, rounds: int, heat: float,
) -> int:  # fmt: skip
    """Change the month `rounds` times; how many changes were kept.

    kept
        Room for the routes of a round as they were before it.
    best, best_rank
        The best month so far and its rank; changed in place.
    heat
        A change that costs this much worth is kept with probability 1/e.
    """
    near_far = float(np.median(g.road[0, 1:]))
    score, short = _score(g, m, knobs)
    accepted = 0
    for _ in range(rounds):
        b.count[:] = m.count
        seed = 1 + _below(dice, len(g.stay) - 1)
        many, out = _ruin(g, m, kept, knobs, b, dice, seed)
        cols, many = _columns(g, m, kept, b, many)
        many = _recreate(g, m, kept, knobs, b, dice, seed, many, out, cols, near_far)
        change, short_now, fits = 0.0, 0, True
        for k in range(many):
            r = b.touched[k]
            change += _route_score(g, m, r, knobs) - _route_score(g, kept, r, knobs)
            # where a detour is shorter than the way, leaving a visit out can make a team late
            if m.size[r] and home_at(g, m, r) < 0:
                fits = False
        for c in range(len(m.count)):
            short_now += max(g.least[c] - m.count[c], 0)
        change -= knobs.short_price * (short_now - short)
        if fits and (change >= 0.0 or _unit(dice) < np.exp(change / heat)):
            accepted += 1
            score += change
            short = short_now
            now = score + (knobs.short_price - knobs.rank_price) * short
            if now > best_rank[0] + 1e-9:
                best_rank[0] = now
                for r in range(len(m.size)):
                    copy_route(m, best, r)
            if len(pool.name) and now >= best_rank[0] - knobs.pool_reach:
                for k in range(many):
                    if m.size[b.touched[k]]:
                        remember(g, m, b.touched[k], pool)
        else:
            _put_back(m, kept, b, many)
        for k in range(many):
            b.is_touched[b.touched[k]] = 0
    return accepted


@compiled
def _put_back(m: Month, kept: Month, b: Bench, many: int) -> None:
    for k in range(many):
        r = b.touched[k]
        for i in range(1, m.size[r] + 1):
            m.at[m.stops[r, i]] = -1
    for k in range(many):
        r = b.touched[k]
        copy_route(kept, m, r)
        for i in range(1, m.size[r] + 1):
            m.at[m.stops[r, i]] = r
    m.count[:] = b.count


@compiled
def _ruin(
    g: Ground, m: Month, kept: Month, knobs: Knobs, b: Bench, dice: Words, seed: int
) -> tuple[int, int]:
    """Take visits out around a place; how many routes were touched, how many visits are loose."""
    many, out, kind = 0, 0, _unit(dice)
    if kind < 0.75:  # strings of stops, of several routes
        used, visits = 0, 0
        for r in range(len(m.size)):
            used += 1 if m.size[r] else 0
            visits += m.size[r]
        longest = min(knobs.longest, visits / max(used, 1))
        routes = int(_unit(dice) * (4.0 * knobs.removed / (1.0 + longest) - 1.0) + 1.0)
    elif kind < 0.9:  # single visits
        routes = 1 + _below(dice, 4)
    else:  # one long piece of a route
        routes = 1
    for q in range(-1, g.near.shape[1]):
        if routes <= 0:
            break
        x = seed if q < 0 else g.near[seed, q]
        r = m.at[x]
        if r < 0 or (kind < 0.75 and b.is_touched[r]):
            continue
        if 0.75 <= kind < 0.9 and _unit(dice) < 0.5:
            continue
        many = _touch(m, kept, b, r, many)
        n, at, length, spared = m.size[r], 1, 1, 0
        while m.stops[r, at] != x:
            at += 1
        if kind < 0.75:
            length = 1 + int(_unit(dice) * min(knobs.longest, float(n)))
            if _unit(dice) < 0.5:
                while length + spared < n and _unit(dice) < 0.5:
                    spared += 1
        elif kind >= 0.9:
            i, k = 1 + _below(dice, n), 1 + _below(dice, n)
            at, length = (i + k + 1) // 2, abs(i - k) + 1
        out = _cut(g, m, b, r, at, length, spared, out)
        routes -= 1
    for k in range(many):
        set_clock(g, m, b.touched[k])
    return many, out


@compiled
def _touch(m: Month, kept: Month, b: Bench, r: int, many: int) -> int:
    """Keep the route as it is now, once a round; how many are kept."""
    if b.is_touched[r]:
        return many
    copy_route(m, kept, r)
    b.is_touched[r] = 1
    b.touched[many] = r
    return many + 1


@compiled
def _cut(
    g: Ground, m: Month, b: Bench, r: int, at: int, length: int, spared: int, out: int
) -> int:  # fmt: skip
    """Take `length` stops in a row around a stop, `spared` in their middle excepted."""
    n = m.size[r]
    span = min(length + spared, n)
    spared = min(spared, span - 1)
    first = max(1, min(at - span // 2, n - span + 1))
    spare_from = (span - spared) // 2
    k = first
    for seen in range(span):
        if spared and spare_from <= seen < spare_from + spared:
            k += 1
            continue
        x = take(m, r, k)
        m.count[g.group[x]] -= 1
        b.loose[out] = x
        out += 1
    return out


@compiled
def _columns(g: Ground, m: Month, kept: Month, b: Bench, many: int) -> tuple[int, int]:
    """The routes whose gaps are looked at: few routes all, of many those touched; and one that is
    not on the road yet per shift."""
    cols, room = 0, len(b.active) - g.shifts.shape[0]
    if len(m.size) <= room:
        for r in range(len(m.size)):
            if m.size[r] or b.is_touched[r]:
                b.active[cols] = r
                cols += 1
    else:
        for k in range(min(many, room)):
            b.active[cols] = b.touched[k]
            cols += 1
    for s in range(g.shifts.shape[0]):
        is_there = False
        for k in range(cols):
            is_there |= m.size[b.active[k]] == 0 and m.shift[b.active[k]] == s
        if is_there:
            continue
        for r in range(len(m.size)):
            if m.size[r] == 0 and not b.is_touched[r]:
                many = _touch(m, kept, b, r, many)
                m.shift[r] = s
                set_clock(g, m, r)
                b.active[cols] = r
                cols += 1
                break
    return cols, many


@compiled
def _want(g: Ground, m: Month, b: Bench, seed: int, out: int, most: int) -> int:
    """The visits considered: those taken out first, then others not made, the nearest first."""
    for k in range(out):
        b.wanted[k] = b.loose[k]
        b.is_loose[b.loose[k]] = 1
    n = out
    is_few = len(g.stay) <= most
    for q in range(-1, len(g.stay) - 2 if is_few else g.near.shape[1]):
        if n >= most and not is_few:
            break
        x = q + 2 if is_few else seed if q < 0 else g.near[seed, q]
        if m.at[x] < 0 and not b.is_loose[x]:
            b.wanted[n] = x
            n += 1
    return n


@compiled
def _recreate(
    g: Ground, m: Month, kept: Month, knobs: Knobs, b: Bench, dice: Words,
    seed: int, many: int, out: int, cols: int, near_far: float,
) -> int:  # fmt: skip
    """Put in what adds most per minute until nothing fits; how many routes are touched now."""
    z, n = m.stops.shape[1] - 2, _want(g, m, b, seed, out, knobs.most)
    blink = knobs.blink if _unit(dice) < 0.5 else 0.0
    wait_weight, exponent = _unit(dice), 0.25 + 1.75 * _unit(dice)
    noise = knobs.noise * _unit(dice)
    boost = 1e6 if _unit(dice) < knobs.first_share else 1.0
    focus = _unit(dice) * knobs.focus if _unit(dice) < knobs.focus_share else 0.0
    for k in range(n):
        x = b.wanted[k]
        b.power[k] = max(_worth(g, m, x, knobs), 1e-9) ** exponent * (1.0 - noise * _unit(dice))
        if x == seed:
            b.power[k] *= boost
        elif focus > 0.0:
            b.power[k] *= np.exp(-focus * g.road[seed, x] / near_far)
        for c in range(cols):
            r = b.active[c]
            b.gaps[k, c] = -1
            # nothing else fits into a route that has not been touched: it was tried before
            if m.size[r] < z and (b.is_loose[x] or b.is_touched[r]):
                b.costs[k, c], b.gaps[k, c] = best_place(g, m, r, x, wait_weight, blink, dice)
        b.is_loose[x] = 0
    while True:
        top, top_k, top_c = 0.0, -1, -1
        for k in range(n):
            for c in range(cols):
                if b.gaps[k, c] >= 0:
                    key = b.power[k] / (max(b.costs[k, c], 0.0) + 1e-3)
                    if key > top:
                        top, top_k, top_c = key, k, c
        if top_k < 0:
            return many
        r, x = b.active[top_c], b.wanted[top_k]
        if not (shares_mark(g, m, r, x) and _pays(g, m, r, x, b.costs[top_k, top_c], knobs)):
            b.gaps[top_k, top_c] = -1
            continue
        many = _touch(m, kept, b, r, many)
        put(m, r, x, b.gaps[top_k, top_c])
        m.count[g.group[x]] += 1
        set_clock(g, m, r)
        n -= 1
        b.wanted[top_k], b.power[top_k] = b.wanted[n], b.power[n]
        for c in range(cols):
            b.costs[top_k, c], b.gaps[top_k, c] = b.costs[n, c], b.gaps[n, c]
        for k in range(n):
            b.gaps[k, top_c] = -1
            if m.size[r] < z:
                b.costs[k, top_c], b.gaps[k, top_c] = best_place(
                    g, m, r, b.wanted[k], wait_weight, blink, dice
                )


@compiled
def _worth(g: Ground, m: Month, x: int, knobs: Knobs) -> float:
    """What the visit adds, with what its stratum lacks."""
    is_lacking = g.least[g.group[x]] > m.count[g.group[x]]
    return float(g.worth[x] + (knobs.short_price if is_lacking else 0.0))


@compiled
def _pays(g: Ground, m: Month, r: int, x: int, cost: float, knobs: Knobs) -> bool:
    """Whether the visit is worth its road; one that opens a route need not bear it alone."""
    price = g.road_price * max(cost - g.stay[x], 0.0)
    if m.size[r] == 0:
        price = 0.5 * (price + g.route_price)
    return bool(price == 0.0 or _worth(g, m, x, knobs) > price)


@compiled
def _route_score(g: Ground, m: Month, r: int, knobs: Knobs) -> float:
    if m.size[r] == 0:
        return 0.0
    return float(m.gain[r] - (g.road_price + knobs.tie_price) * m.length[r] - g.route_price)


@compiled
def _score(g: Ground, m: Month, knobs: Knobs) -> tuple[float, int]:
    total, short = 0.0, 0
    for r in range(len(m.size)):
        total += _route_score(g, m, r, knobs)
    for c in range(len(m.count)):
        short += max(g.least[c] - m.count[c], 0)
    return total - knobs.short_price * short, short


@compiled
def rank(g: Ground, m: Month, knobs: Knobs) -> float:
    """Must-visits first, then the minima, then worth less costs, then little road."""
    score, short = _score(g, m, knobs)
    return float(score + (knobs.short_price - knobs.rank_price) * short)


@compiled
def remember(g: Ground, m: Month, r: int, pool: Pool) -> int:
    """Into the pool, unless the same visits are there with no more road; its number there, or −1
    where the pool is full."""
    name = np.uint64(0)
    for i in range(1, m.size[r] + 1):
        name ^= g.ticket[m.stops[r, i]]
    slot = _slot(pool, name)
    k = pool.slots[slot]
    if k < 0:
        k = pool.used[0]
        if k == len(pool.name):
            return -1
        pool.used[0] += 1
        pool.slots[slot], pool.name[k] = k, name
    elif pool.length[k] <= m.length[r]:
        return int(k)
    pool.length[k], pool.gain[k] = m.length[r], m.gain[r]
    pool.shift[k], pool.size[k] = m.shift[r], m.size[r]
    for i in range(m.size[r]):
        pool.stops[k, i] = m.stops[r, i + 1]
    return int(k)


@compiled
def _slot(pool: Pool, name: Any) -> int:
    """Where the name is or would be; there are at least twice as many slots as routes."""
    last = len(pool.slots) - 1
    slot = np.int64(name >> np.uint64(20)) & last
    while pool.slots[slot] >= 0 and pool.name[pool.slots[slot]] != name:
        slot = (slot + 1) & last
    return int(slot)


@compiled
def index(pool: Pool) -> None:
    """Find the routes anew by their names."""
    pool.slots[:] = -1
    for k in range(pool.used[0]):
        pool.slots[_slot(pool, pool.name[k])] = k


@compiled
def recount(g: Ground, m: Month) -> None:
    """`at` and `count` anew, from the stops."""
    m.at[:], m.count[:] = -1, 0
    for r in range(len(m.size)):
        for i in range(1, m.size[r] + 1):
            m.at[m.stops[r, i]] = r
            m.count[g.group[m.stops[r, i]]] += 1


@compiled
def lay(g: Ground, m: Month, r: int, pool: Pool, k: int) -> bool:
    """Route k of the pool (−1: none) as route r of the month; whether it fits."""
    m.size[r], m.stops[r, :] = 0, 0
    if k >= 0:
        m.size[r], m.shift[r] = pool.size[k], pool.shift[k]
        for i in range(pool.size[k]):
            m.stops[r, i + 1] = pool.stops[k, i]
    return bool(set_clock(g, m, r))


@compiled
def pour(old: Pool, new: Pool) -> None:
    """All routes of one pool into the other, as far as there is room; the first is emptied."""
    for k in range(old.used[0]):
        slot = _slot(new, old.name[k])
        j = new.slots[slot]
        if j < 0:
            j = new.used[0]
            if j == len(new.name):
                break
            new.used[0] += 1
            new.slots[slot], new.name[j] = j, old.name[k]
        elif new.length[j] <= old.length[k]:
            continue
        new.length[j], new.gain[j] = old.length[k], old.gain[k]
        new.shift[j], new.size[j] = old.shift[k], old.size[k]
        new.stops[j] = old.stops[k]
    old.used[0] = 0
    old.slots[:] = -1
