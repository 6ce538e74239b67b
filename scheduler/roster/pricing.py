"""Which team-day route gains most at given prices?

Exact where a day holds at most four visits, which `deeper_routes` proves for the month at hand or
refuses: then the answer is the best of all routes there are, and with `best_gain` an upper bound on
every plan (`upper_bound`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from scheduler.roster import pricing_compiled as kernel
from scheduler.roster.problem import Floats, Ints, Problem, Shift

FOUR = 4
"""Visits of a route that the kernel joins."""
DEEPEST = 12
DEEP_ROUTES = 2_000
"""So many routes of five and more visits are carried along; more is another kind of month."""
DEEP_STEPS = 30_000_000
"""Steps of the search for them: about a second."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The visits of one shift that can be made at all, in arrays for the kernel.

    visit
        Position of each in the problem.
    is_metric
        A visit left out makes no route later, so what gains nothing is on no best route. With a
        lunch that needs drives no longer than the time in which it may begin: on a longer one, a
        visit may be where it is eaten. Roads are taken to be no longer than by way of a visit.
    """

    shift: int
    visit: Ints
    road: Ints
    out: Ints
    home: Ints
    on_site: Ints
    earliest: Ints
    latest: Ints
    minutes: int
    lunch: Ints
    most_visits: int
    is_metric: bool


@dataclass(frozen=True, slots=True)
class Priced:
    """Routes over the threshold, best first.

    best_gain
        The greatest gain of any route, or the threshold where no route is over it.
    """

    gains: Floats
    routes: tuple[tuple[int, ...], ...]
    best_gain: float


def ground_of(problem: Problem, shift_number: int, visits: Ints | None = None) -> Ground:
    """What the kernel needs of a shift; `visits` restricts it to some."""
    shift = problem.shifts[shift_number]
    every = np.arange(problem.visits) if visits is None else np.asarray(visits)
    every = every[problem.is_open[every].any(axis=1)]
    some = _ground(problem, shift, shift_number, every)
    e0, s0 = kernel.ends_and_starts(
        some.out, some.home, some.on_site, some.earliest, some.latest, some.minutes, some.lunch
    )
    fits = ((e0 - some.on_site <= s0) & (s0 >= 0)).any(axis=0)
    return some if fits.all() else _ground(problem, shift, shift_number, every[fits])


def _ground(problem: Problem, shift: Shift, number: int, visits: Ints) -> Ground:
    spots = visits + 1
    lunch = shift.lunch
    road = np.ascontiguousarray(problem.minutes[np.ix_(spots, spots)])
    out = problem.minutes[0, spots].astype(np.int64)
    home = problem.minutes[spots, 0].astype(np.int64)
    longest = max(int(drives.max(initial=0)) for drives in (road, out, home))
    return Ground(
        shift=number,
        visit=visits,
        road=road,
        out=out,
        home=home,
        on_site=problem.on_site[visits].astype(np.int64),
        earliest=np.maximum(problem.earliest[visits].astype(np.int64) - shift.begin, 0),
        latest=problem.latest[visits].astype(np.int64) - shift.begin,
        minutes=shift.end - shift.begin,
        lunch=np.array(
            [lunch.earliest - shift.begin, lunch.latest - shift.begin, lunch.minutes]
            if lunch
            else [0, 0, 0],
            np.int64,
        ),
        most_visits=problem.most_visits,
        is_metric=lunch is None or longest <= lunch.latest - lunch.earliest,
    )


def price(
    ground: Ground,
    gain: Floats,
    threshold: float,
    *,
    road_price: float = 0.0,
    is_metric: bool = True,
    allowed: Any = None,
    workers: int = 2,
) -> Priced:
    """The best routes at these gains, over the threshold.

    gain
        Of every visit of the problem; a route gains the sum of its visits less `road_price` a
        minute.
    is_metric
        No way by another place is quicker; a visit that gains nothing is then never on a best
        route.
    allowed
        Mask over the visits of the problem; none allows all.
    """
    mine = gain[ground.visit]
    keep = mine > 0 if is_metric else np.ones(len(mine), bool)
    if allowed is not None:
        keep &= allowed[ground.visit]
    order = np.flatnonzero(keep)
    if not len(order):
        return Priced(np.empty(0), (), threshold)
    order = order[np.argsort(-mine[order], kind="stable")]
    gains, rows = _run(ground, order, mine[order], threshold, road_price, workers)
    found, rows = gains.ravel(), rows.reshape(-1, FOUR)
    over = np.flatnonzero(found > threshold)
    best = over[np.lexsort((over, -found[over]))]
    names = np.append(ground.visit[order], -1)
    routes = tuple(tuple(int(v) for v in row if v >= 0) for row in names[rows[best]])
    gains = found[best]
    return Priced(gains, routes, float(gains[0]) if len(gains) else threshold)


def _run(
    ground: Ground, order: Ints, gain: Floats, threshold: float, road_price: float, workers: int
) -> tuple[Floats, Ints]:
    n, day = len(order), ground.minutes
    whole = n == len(ground.visit) and bool((order == np.arange(n)).all())
    road = ground.road if whole else ground.road[np.ix_(order, order)]
    back = np.ascontiguousarray(road.T)
    out, home, on_site = ground.out[order], ground.home[order], ground.on_site[order]
    a, b = ground.earliest[order], ground.latest[order]
    gain = np.ascontiguousarray(gain, np.float64)
    lunch = ground.lunch
    e0, s0 = kernel.ends_and_starts(out, home, on_site, a, b, day, lunch)
    deep_p, deep_q = ground.most_visits >= FOUR, ground.most_visits >= FOUR - 1
    end = np.empty((2, n, kernel.LABELS), np.int16)
    f_worth = np.empty((2, n, kernel.LABELS))
    f_whom = np.empty((2, n, kernel.LABELS), np.int32)
    count = np.zeros((2, n), np.int64)
    most = np.empty((2, n, day + 1))
    b_worth = np.empty((2, n, day + 1, 3))
    b_whom = np.empty((2, n, day + 1, 3), np.int32)
    found = np.empty((n, kernel.KEPT))
    rows = np.empty((n, kernel.KEPT, FOUR), np.int64)

    def halves(part: int) -> bool:
        kernel.backward(
            road, home, on_site, b, gain, road_price, e0, s0, day, lunch, deep_q, part, workers,
            b_worth, b_whom,
        )  # fmt: skip
        return bool(
            kernel.forward(
                back, out, on_site, a, gain, road_price, e0, s0, day, lunch, deep_p, part, workers,
                end, f_worth, f_whom, count, most,
            )
        )  # fmt: skip

    def joined(coarse: tuple[Any, Any], part: int) -> int:
        return int(
            kernel.join(
                road, out, home, on_site, a, gain, road_price, e0, s0, day, lunch, threshold,
                ground.most_visits >= 2, part, workers, end, f_worth, f_whom, count, most,
                b_worth, b_whom, *coarse, found, rows,
            )
        )  # fmt: skip

    with ThreadPoolExecutor(workers) as pool:
        if not all(pool.map(halves, range(workers))):
            raise OverflowError("more labels than are reserved: the proof would be lost")
        coarse = kernel.coarse_of(most, b_worth, day)
        list(pool.map(partial(joined, coarse), range(workers)))
    return found, rows


def deeper_routes(ground: Ground) -> tuple[tuple[int, ...], ...] | None:
    """Every route of five and more visits; none where there are too many to carry along."""
    if ground.most_visits <= FOUR or not len(ground.visit):
        return ()
    found = np.full((DEEP_ROUTES, DEEPEST), -1, np.int64)
    number, is_over = kernel.more_than_four(
        ground.road, ground.out, ground.home, ground.on_site, ground.earliest, ground.latest,
        ground.minutes, ground.lunch, ground.most_visits, DEEP_STEPS, found,
    )  # fmt: skip
    if not is_over:
        return None
    names = np.append(ground.visit, -1)
    return tuple(tuple(int(v) for v in row if v >= 0) for row in names[found[:number]])
