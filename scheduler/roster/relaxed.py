"""How much can a month be worth at most, however many visits a day holds?

For any prices of visits and of minima, weak duality bounds every month, staffed or not: the sum of
the prices, less what the minima give back, and for each team-day the best gain of a route. That is
taken over relaxed routes (`relaxed_compiled`), which may repeat a visit, so it is never too low.
Prices come from a linear program over routes met before and the relaxed routes that gain most, in
which copies of a visit count. Prices are rounded before they are used, and all that is proven is
in whole numbers. Costs of roads and team-days only lower what a month is worth and are left out,
and so are days, people and the most visits of a route.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from scheduler.roster import relaxed_compiled as fast
from scheduler.roster.problem import Problem, Shift, TeamDay
from scheduler.roster.search_ground import possible, usable
from scheduler.roster.solver import Clock, standing

UNIT = 10_000
"""Prices and gains are whole multiples of 1 / UNIT of a value."""
PER_VISIT, PER_PRICING = 15, 1_500
"""A pricing adds at most so many routes with the same visit, and so many in all."""
SMOOTHING = 0.85
"""Weight of the best prices so far in the prices of every second pricing."""
REPAIRS = 2
"""Times the prices of a round are repaired and used again."""
CLOSE = 1.003
"""From here on the prices of the linear program are taken as they are."""
THREADS = 2
"""They change the time and nothing else."""

Whole = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Stops = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """What no month can exceed, and the prices that prove it.

    value
        Of the visits made, in any month that lacks no more than `short` visits of the minima.
    visits, strata
        (n,), (c,): prices, whole multiples of 1 / UNIT, not negative.
    gain
        Most a relaxed route gains at these prices, the same; 0 where none gains.
    rounds
        Linear programs solved.
    is_converged
        No relaxed route could make it lower.
    """

    value: int
    visits: Whole
    strata: Whole
    gain: int
    rounds: int = 0
    is_converged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What pricing needs of the problem.

    visits
        Positions of those that somebody could make.
    road
        (n + 1, n + 1): closed under detours over those visits.
    """

    visits: Whole
    road: npt.NDArray[np.int32]

    @classmethod
    def of(cls, problem: Problem) -> Ground:
        """Of this problem."""
        somebody = possible(problem)
        places = np.concatenate([[0], somebody + 1])
        road = np.array(problem.minutes, np.int32)
        inner = np.ascontiguousarray(road[np.ix_(places, places)])
        fast.close(inner, np.concatenate([[0], problem.on_site[somebody]]).astype(np.int64))
        road[np.ix_(places, places)] = inner
        # a place may be reached in time only over another, and lunch may be taken there
        hungry = tuple(replace(shift, lunch=None) for shift in problem.shifts)
        visits = usable(replace(problem, minutes=road, shifts=hungry)).visits
        return cls(visits, road)


def bound(
    problem: Problem,
    *,
    seconds: float | None = None,
    most_rounds: int | None = None,
    start: Iterable[TeamDay] = (),
    short: int = 0,
    clock: Clock = standing,
    should_stop: Callable[[], bool] | None = None,
    tell: Callable[[float, int], None] | None = None,
) -> Bound:
    """The least bound found in time; it holds whenever the search for it stops.

    seconds, clock
        Limit of the clock, and the clock; without both only `most_rounds` counts.
    start
        Routes whose prices are a good beginning, such as the pool of `search`.
    short
        Visits that all minima together may lack: months that lack more are not bounded.
    tell
        Called with the share of the time that is over, and the bound so far.
    """
    ask, ground, began = should_stop or _never, Ground.of(problem), clock()
    limit = math.inf if seconds is None or clock is standing else seconds
    all_of_it = np.where(np.isin(np.arange(problem.visits), ground.visits), problem.value, 0)
    none = np.zeros(len(problem.least))
    best, _ = priced(problem, ground, all_of_it.astype(np.float64), none, short=short)
    master = _Master(problem)
    master.add(route.visits for route in start)
    master.add((visit,) for visit in ground.visits.tolist())
    rounds, weight, is_converged = 0, SMOOTHING, not len(ground.visits)
    centre: tuple[Reals, Reals] | None = None
    while not is_converged and not ask() and rounds != most_rounds:
        left = began + limit - clock()
        prices = master.prices(left) if left > 0 else None
        if prices is None:
            break
        centre = centre or (_even(problem, ground, master.day_price, prices[1]), prices[1])
        rounds, was = rounds + 1, best.value
        share = weight if rounds > 1 else 1.0
        y, m = (share * a + (1 - share) * b for a, b in zip(centre, prices, strict=True))
        for repairs in range(REPAIRS + 1):
            found, routes = priced(problem, ground, y, m, short=short)
            if found.value < best.value:
                best, centre = found, (y, m)
            is_converged = not master.add(_diverse(routes)) and not repairs and share == 0.0
            if is_converged or clock() > began + limit:
                break
            y = _repaired(problem, found, routes, master.day_price)
        if best.value < CLOSE * master.value:
            weight = 0.0
        elif best.value == was:
            weight = max(0.1, 0.8 * weight)
        if tell:
            tell(min((clock() - began) / limit, 1.0), best.value)
    return replace(best, rounds=rounds, is_converged=is_converged)


def _repaired(problem: Problem, at: Bound, routes: Iterable[Stops], most: float) -> Reals:
    """The prices, with those of visits on routes that gain more than `most` raised, the best route
    first, in proportion to what each visit gains, until none of these routes does."""
    y = at.visits / UNIT
    worth = problem.value + at.strata[problem.stratum] / UNIT
    for stops in routes:
        many = list(stops)
        gains = worth[many] - y[many]
        excess = float(gains.sum()) - most
        if excess <= 0.0:
            continue
        gains = np.maximum(gains, 0.0)
        visit, times = np.unique(many, return_counts=True)
        part = np.maximum(worth[visit] - y[visit], 0.0)
        y[visit] += excess * part / max(float((times * part).sum()), 1e-9)
    return y


def _even(problem: Problem, ground: Ground, day_price: float, strata: Reals) -> Reals:
    """Prices at which every visit gains as much as its time costs, if a minute costs its part of
    a team-day: the visit, the road from a near neighbour, and a little waiting."""
    v = ground.visits
    road = np.partition(ground.road[np.ix_(v + 1, v + 1)], min(5, len(v) - 1), axis=1)
    near = road[:, min(5, len(v) - 1)] + 2
    longest = max(shift.end - shift.begin for shift in problem.shifts)
    y = np.zeros(problem.visits)
    worth = problem.value[v] + strata[problem.stratum[v]]
    y[v] = np.maximum(worth - day_price / longest * (problem.on_site[v] + near), 0.0)
    return y


def _never() -> bool:
    return False


def priced(
    problem: Problem, ground: Ground, visits: Reals, strata: Reals, *, short: int = 0
) -> tuple[Bound, list[Stops]]:
    """The bound at these prices, and the relaxed routes that gain most, the best first.

    visits, strata
        (n,), (c,): not negative, in units of value; they are rounded first.
    """
    y = np.rint(np.maximum(visits, 0) * UNIT).astype(np.int64)
    m = np.rint(np.maximum(strata, 0) * UNIT).astype(np.int64)
    gain = problem.value.astype(np.int64) * UNIT - y + m[problem.stratum]
    worth = ground.visits[gain[ground.visits] > 0]
    routes: dict[Stops, int] = {}
    for shift in problem.shifts:
        for stops, gained in _best_routes(problem, ground, worth, gain, shift):
            routes.setdefault(stops, gained)
    best = max(routes.values(), default=0)
    total = int(y[ground.visits].sum()) - int((m * problem.least).sum())
    total += int(m.max(initial=0)) * short + problem.team_days * best
    ranked = sorted(routes, key=lambda stops: (-routes[stops], stops))
    return Bound(total // UNIT, y, m, best), ranked


def _best_routes(
    problem: Problem, ground: Ground, visits: Whole, gain: Whole, shift: Shift
) -> list[tuple[Stops, int]]:
    """For each visit the best relaxed route that ends with it, and what it gains."""
    if not len(visits):
        return []
    places = np.concatenate([[0], visits + 1])
    road = ground.road[np.ix_(places, places)]
    clock = np.array([0, shift.end - shift.begin, 0, 0, -1], np.int64)
    if shift.lunch:
        lunch = (shift.lunch.earliest, shift.lunch.latest)
        clock[2:] = *(np.array(lunch) - shift.begin), shift.lunch.minutes
        if clock[3] < 0:
            return []
    stay = np.concatenate([[0], problem.on_site[visits]]).astype(np.int64)
    between = road + stay + np.eye(len(places), dtype=np.int64) * int(clock[1] + 1)
    step = int(between[:, 1:].min())
    if step < 1:  # no order of blocks: each visit once is the most there can be
        return [((), int(gain[visits].sum()))]
    shape = (2, len(places), int(clock[1]) + 1)
    day = fast.Day(
        road=np.ascontiguousarray(road.T),
        stay=stay,
        opens=np.concatenate([[0], np.maximum(problem.earliest[visits] - shift.begin, 0)]),
        closes=np.concatenate([[0], problem.latest[visits] - shift.begin]).astype(np.int64),
        gain=np.concatenate([[0], gain[visits]]).astype(np.int64),
        clock=clock,
        step=step,
        first=np.empty(shape, np.int64),
        second=np.empty(shape, np.int64),
    )
    return [
        (tuple(visits[np.array(stops) - 1].tolist()), gained) for stops, gained in _walks(day, road)
    ]


def _walks(day: fast.Day, road: npt.NDArray[np.int32]) -> list[tuple[list[int], int]]:
    """Places in their order, and the gain, of the best route that ends at each place."""
    p = len(day.stay)
    parts = np.linspace(1, p, THREADS + 1).astype(int).tolist()
    fast.begin(day)
    with ThreadPoolExecutor(THREADS) as workers:
        for since in range(0, int(day.clock[1]) + 1, day.step):
            jobs = [
                workers.submit(fast.block, day, since, low, high) for low, high in pairwise(parts)
            ]
            for job in jobs:
                job.result()
    gains, ends = np.zeros(p, np.int64), np.zeros((p, 2), np.int64)
    fast.finish(day, np.ascontiguousarray(road[:, 0]), gains, ends)
    stops, found = np.zeros(int(day.clock[1]) + 2, np.int32), []
    for i in np.flatnonzero(gains > 0):
        many = fast.walk_back(day, i, ends[i, 0], ends[i, 1], stops)
        found.append((stops[:many][::-1].tolist(), int(gains[i])))
    return found


def _diverse(ranked: Iterable[Stops]) -> list[Stops]:
    """In this order, no visit in too many of them."""
    seen: Counter[int] = Counter()
    kept: list[Stops] = []
    for stops in ranked:
        if len(kept) == PER_PRICING:
            break
        if stops and all(seen[visit] < PER_VISIT for visit in stops):
            seen.update(set(stops))
            kept.append(stops)
    return kept


class _Master:
    """The linear program over the routes so far: prices are its duals.

    An interior point lies in the middle of many equally good prices, and the program is degenerate:
    HiGHS (in SciPy) needs seconds where GLOP needed minutes.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.value = 0.0
        self._routes: dict[Stops, Stops] = {}
        self._duals = np.zeros(problem.visits), np.zeros(len(problem.least)), 0.0

    def add(self, routes: Iterable[Stops]) -> int:
        """Those that are new and could make the month worth more; how many they are."""
        before = len(self._routes)
        for stops in routes:
            if self._could_add(stops) > 1e-6:
                self._routes.setdefault(tuple(sorted(stops)), stops)
        return len(self._routes) - before

    @property
    def day_price(self) -> float:
        """Of a team-day."""
        return self._duals[2]

    def _could_add(self, stops: Stops) -> float:
        (y, m, day), many = self._duals, list(stops)
        gain = self._problem.value[many] - y[many] + m[self._problem.stratum[many]]
        return float(gain.sum()) - day

    def prices(self, seconds: float) -> tuple[Reals, Reals] | None:
        """Of visits and strata; none where time ran out."""
        problem, routes = self._problem, list(self._routes)
        n, c, k = problem.visits, len(problem.least), len(routes)
        visit = np.array([v for route in routes for v in route], np.int64)
        column = np.repeat(np.arange(k), [len(route) for route in routes])
        lacking = np.arange(c)
        row = np.concatenate([visit, n + problem.stratum[visit], np.full(k, n + c), n + lacking])
        col = np.concatenate([column, column, np.arange(k), k + lacking])
        signs = (np.ones(len(visit)), -np.ones(len(visit)), np.ones(k), -np.ones(c))
        value = np.bincount(column, problem.value[visit], k)
        dear = np.full(c, 10.0 * float(problem.value.max(initial=1)))
        found = linprog(
            np.concatenate([-value, dear]),
            A_ub=sparse.csr_array((np.concatenate(signs), (row, col)), shape=(n + c + 1, k + c)),
            b_ub=np.concatenate([np.ones(n), -problem.least, [problem.team_days]]),
            method="highs-ipm",
            options={} if math.isinf(seconds) else {"time_limit": seconds},
        )
        if found.status != 0:
            return None
        duals = -found.ineqlin.marginals
        self.value = -float(found.fun)
        self._duals = duals[:n], duals[n : n + c], float(duals[-1])
        return self._duals[:2]
