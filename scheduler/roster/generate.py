"""What could the best plan be worth at most, and which routes could be in it?

Column generation: the programme over known routes gives prices, the pricing gives the best routes
at these prices, until none is better than what a team-day costs. In every round

    UB(y, m) = Σ y − Σ m · least + team_days · max(0, best gain of any route)

bounds every plan that makes as many must-visits and keeps the minima, for any prices y, m ≥ 0, so a
run that is stopped early still has a proof. Days, people, leave and closed days are relaxed. Two
pricings a round, at the prices and nearer to the best prices so far, make it converge in a third of
the rounds. Source: roster notes 4.3.4 and 4.3.5.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from scheduler.roster.master import Column, Key, Master, Prices, bonus_of, column_of, road_of
from scheduler.roster.pricing import Ground, Priced, deeper_routes, ground_of, price
from scheduler.roster.problem import Floats, Problem

SMOOTH = 0.8
NEAR_THE_CENTRE = 0.97
"""Threshold of the smoothed pricing, in team-day prices."""
SHARED_BY, BATCH = 15, 3_000
"""A batch of routes is diverse: so many in all, and so many that share an enterprise."""
CLOSE = 1e-6
RATES = np.linspace(0.06, 0.20, 8)
"""Rates of the first prices, in mean value ÷ 12 a minute."""
MICRO = 10**6

Tell = Callable[[float, float], None]
"""Called with (value of the mixture, proven bound) after each round, without what the mixture earns
or pays beside its values; the bound is then on plans with as many must-visits and as few fines."""


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """What is priced: the ground of every shift, and its routes of more than four visits."""

    problem: Problem
    shifts: tuple[Ground, ...]
    deeper: tuple[tuple[tuple[int, ...], ...], ...]
    workers: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A proof: these prices bound every plan by so much.

    value
        Objective units: values, bonuses of must-visits, costs of road and team-days.
    """

    value: float
    prices: Prices


@dataclass(frozen=True, slots=True, eq=False)
class Generated:
    """The programme at its optimum, or where it was stopped, and the best bound."""

    master: Master
    value: float
    bound: Bound
    is_optimal: bool
    rounds: int


def grounds_of(problem: Problem, workers: int = 2) -> Grounds | None:
    """None where a day holds more than four visits too often: nothing here is exact then."""
    shifts = tuple(ground_of(problem, number) for number in range(len(problem.shifts)))
    deeper = []
    for ground in shifts:
        routes = deeper_routes(ground)
        if routes is None:
            return None
        deeper.append(routes)
    return Grounds(problem, shifts, tuple(deeper), workers)


def gains_at(problem: Problem, prices: Prices) -> Floats:
    """What each visit gains a route: its value and bonus, less its price, with its stratum's."""
    earned = problem.value + bonus_of(problem)
    found: Floats = earned - prices.visit + prices.stratum[problem.stratum]
    return found


def price_all(
    grounds: Grounds,
    gain: Floats,
    threshold: float,
    *,
    allowed: Any = None,
    is_to_be_proven: bool = False,
) -> list[tuple[int, Priced]]:
    """The pricing of every shift; routes of more than four visits are among its routes.

    is_to_be_proven
        Visits that gain nothing are tried too where lunch may be easier to take beside them.
    """
    problem = grounds.problem
    found = []
    for ground, deeper in zip(grounds.shifts, grounds.deeper, strict=True):
        priced = price(
            ground,
            gain,
            threshold,
            road_price=problem.road_price,
            is_metric=ground.is_metric or not is_to_be_proven,
            allowed=allowed,
            workers=grounds.workers,
        )
        found.append((ground.shift, _with(priced, deeper, problem, gain, threshold, allowed)))
    return found


def _with(
    priced: Priced,
    deeper: Sequence[tuple[int, ...]],
    problem: Problem,
    gain: Floats,
    threshold: float,
    allowed: Any,
) -> Priced:
    able = (r for r in deeper if allowed is None or allowed[list(r)].all())
    every = ((_gain_of(problem, gain, route), route) for route in able)
    extra = [(worth, route) for worth, route in every if worth > threshold]
    if not extra:
        return priced
    rows = sorted([*zip(priced.gains, priced.routes, strict=True), *extra], key=lambda r: -r[0])
    gains = np.array([gain for gain, _ in rows])
    return Priced(gains, tuple(route for _, route in rows), max(priced.best_gain, float(gains[0])))


def _gain_of(problem: Problem, gain: Floats, route: Sequence[int]) -> float:
    road = problem.road_price * road_of(problem, route) if problem.road_price else 0.0
    return float(gain[list(route)].sum()) - road


def upper_bound(problem: Problem, prices: Prices, best_gain: float) -> float:
    """UB(y, m); `best_gain` bounds the gain of every route, its team-day not yet paid."""
    each = max(0.0, best_gain - problem.team_day_price)
    return float(prices.visit.sum() - prices.stratum @ problem.least + problem.team_days * each)


def proven(grounds: Grounds, prices: Prices) -> float:
    """The bound in whole millionths, free of the doubt of rounding.

    Prices are rounded to 1e-6 and the pricing is repeated with whole numbers, which a float holds
    exactly up to 2^53. Where roads have a price, that has to be whole too. Where a way by another
    place can be quicker, the shortest ways stand for the roads: no plan is lost by that. Infinite
    where a day then holds too many visits.
    """
    problem = grounds.problem
    if not problem.is_metric:
        some = np.maximum(problem.minutes, 1e-6)  # a road of no minutes is no missing road
        shortest = floyd_warshall(some)
        short = replace(problem, minutes=np.floor(shortest + 0.5).astype(np.int64), is_metric=True)
        shorter = grounds_of(short, grounds.workers)
        return math.inf if shorter is None else proven(shorter, prices)
    y = np.rint(prices.visit * MICRO).astype(np.int64)
    m = np.rint(prices.stratum * MICRO).astype(np.int64)
    gain = (problem.value + bonus_of(problem)) * MICRO - y + m[problem.stratum]
    whole = replace(grounds, problem=replace(problem, road_price=problem.road_price * MICRO))
    found = price_all(whole, gain.astype(np.float64), 0.0, is_to_be_proven=True)
    best = max((int(priced.best_gain) for _, priced in found), default=0)
    each = max(0, best - round(problem.team_day_price * MICRO))
    total = int(y.sum()) - int(m @ problem.least) + problem.team_days * each
    return total / MICRO


def generate(
    grounds: Grounds,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    tell: Tell = lambda value, bound: None,
    rounds: int = 200,
    close: float = CLOSE,
    known: Iterable[Key] = (),
    centre: Bound | None = None,
    most: int = BATCH,
) -> Generated:
    """The programme over all routes, solved to proof or until it is stopped.

    close
        Relative gap between value and bound at which it is done.
    known
        Routes to begin with, each with its shift.
    centre
        Prices to begin with, and what they prove; the best of simple ones without it.
    most
        Routes that a pricing may add.
    """
    problem = grounds.problem
    master = Master(problem)
    bound, columns = _first(grounds) if centre is None else (centre, [])
    master.add(columns)
    master.add(column_of(problem, route, shift) for shift, route in known)
    alpha, value, done = SMOOTH, 0.0, 0
    for done in range(1, rounds + 1):
        value = master.solve()
        prices = master.prices()
        cost = prices.team_day + problem.team_day_price
        found = price_all(grounds, gains_at(problem, prices), cost + 1e-9)
        exact = Bound(upper_bound(problem, prices, _best(found)), prices)
        bound = min(bound, exact, key=lambda b: b.value)
        beside = master.beside()
        tell(value - beside, bound.value - beside)
        is_close = bound.value - value < close * max(abs(value - beside), 1.0)
        if is_close or not any(priced.routes for _, priced in found):
            return Generated(master, value, bound, True, done)
        new = master.add(batch(problem, found, most=most))
        nearer = _between(bound.prices, prices, alpha)
        centre = bound
        smooth = price_all(
            grounds,
            gains_at(problem, nearer),
            NEAR_THE_CENTRE * (nearer.team_day + problem.team_day_price),
        )
        between = Bound(upper_bound(problem, nearer, _best(smooth)), nearer)
        bound = min(bound, between, key=lambda b: b.value)
        gain = gains_at(problem, prices)
        new += master.add(batch(problem, _worth_it(problem, smooth, gain, cost), most=most))
        if bound is centre:
            alpha = max(0.1, SMOOTH * alpha)
        if not new or should_stop():
            break
    value = master.solve()
    is_close = bound.value - value < close * max(abs(value - master.beside()), 1.0)
    return Generated(master, value, bound, is_close, done)


def _best(found: Sequence[tuple[int, Priced]]) -> float:
    return max((priced.best_gain for _, priced in found), default=0.0)


def _between(centre: Prices, prices: Prices, alpha: float) -> Prices:
    rest = 1 - alpha
    return Prices(
        alpha * centre.visit + rest * prices.visit,
        alpha * centre.stratum + rest * prices.stratum,
        alpha * centre.team_day + rest * prices.team_day,
    )


def _first(grounds: Grounds) -> tuple[Bound, list[Column]]:
    """Prices by value a minute, the best of eight rates; single visits and the routes at them."""
    problem = grounds.problem
    earned = (problem.value + bonus_of(problem)).astype(np.float64)
    minutes = np.full(problem.visits, float(problem.on_site.max(initial=1)))
    columns = []
    for ground in grounds.shifts:
        if len(ground.visit):
            near = np.sort(ground.road, axis=1)[:, min(6, len(ground.visit) - 1)]
            spent = ground.on_site + near + 2
            minutes[ground.visit] = np.minimum(minutes[ground.visit], spent)
            columns += [column_of(problem, (int(v),), ground.shift) for v in ground.visit]
    mean = float(problem.value.mean()) / 12 if problem.visits else 0.0
    best, routes = Bound(float("inf"), _no_prices(problem)), []
    for rate in RATES * max(mean, 1e-9):
        visit = np.maximum(0.0, earned - rate * minutes)
        prices = Prices(visit, np.zeros(len(problem.least)), 0.0)
        found = price_all(grounds, gains_at(problem, prices), 0.0)
        bound = Bound(upper_bound(problem, prices, _best(found)), prices)
        if bound.value < best.value:
            best = Bound(bound.value, Prices(visit, prices.stratum, _best(found)))
            routes = batch(problem, found, most=800)
    return best, columns + routes


def _no_prices(problem: Problem) -> Prices:
    return Prices(np.zeros(problem.visits), np.zeros(len(problem.least)), 0.0)


def batch(
    problem: Problem,
    found: Iterable[tuple[int, Priced]],
    *,
    most: int = BATCH,
    shared_by: int = SHARED_BY,
) -> list[Column]:
    """The best routes, few of which share an enterprise; no set of visits twice."""
    rows = sorted(
        (
            (-float(gain), shift, route)
            for shift, priced in found
            for gain, route in zip(priced.gains, priced.routes, strict=True)
        ),
        key=lambda row: row[0],
    )
    used: Counter[int] = Counter()
    seen: set[tuple[int, tuple[int, ...]]] = set()
    chosen: list[Column] = []
    for _, shift, route in rows:
        key = (shift, tuple(sorted(route)))
        if key in seen or any(used[visit] >= shared_by for visit in route):
            continue
        seen.add(key)
        used.update(route)
        chosen.append(column_of(problem, route, shift))
        if len(chosen) >= most:
            break
    return chosen


def _worth_it(
    problem: Problem, found: Sequence[tuple[int, Priced]], gain: Floats, cost: float
) -> list[tuple[int, Priced]]:
    """Those that also pay at these prices."""
    kept = []
    for shift, priced in found:
        rows = []
        for route in priced.routes:
            worth = _gain_of(problem, gain, route)
            if worth > cost + 1e-9:
                rows.append((worth, route))
        rows.sort(key=lambda row: -row[0])
        kept.append((shift, Priced(np.array([w for w, _ in rows]), tuple(r for _, r in rows), 0.0)))
    return kept
