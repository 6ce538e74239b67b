"""Which visits share a day where a day holds many?

The planner's way for short visits, half days and many small stops, where routes cannot be priced
exactly: chains of ruin and recreate that cool down (`search_compiled`), and between two coolings
the best month that the routes met so far make together (`search_pool`). It proves nothing; the
bound is `relaxed`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np

from scheduler.roster import search_compiled as fast
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.search_ground import MANY_ROUTES, Chain, chain_of, ground_of, knobs_of, usable
from scheduler.roster.search_pool import recombine
from scheduler.roster.solver import Clock, standing

ITERATIONS = 100_000
"""Where neither a time nor a number is given."""
ROUNDS_AT_ONCE = 2_000
SECONDS_AT_ONCE = 0.1
"""Between two looks at the clock, at most."""


@dataclass(frozen=True, slots=True)
class _Habit:
    """How often a search cools down; measured on public instances and on a county.

    coolings, fresh
        In all, and how many of them begin with an empty month; the others go on from the best.
    hot, cold
        Worth a change may cost and still be kept with probability 1/e, in mean values of a visit,
        at the beginning and the end of a cooling. Those that go on begin at half of it.
    pack_share
        Time for one packing, as a share of the whole.
    """

    coolings: int
    fresh: int
    hot: float
    cold: float
    pack_share: float


FEW = _Habit(coolings=10, fresh=8, hot=1.0, cold=0.02, pack_share=0.02)
"""Few routes hold the whole month in one tangle: begin again, and put the best routes together."""
MANY = _Habit(coolings=3, fresh=1, hot=0.1, cold=0.02, pack_share=0.08)
"""Many routes mend each other in small places."""

Tell = Callable[[float, int], None]
"""Called with the share of the work that is done, and the value so far."""


@dataclass(frozen=True, slots=True)
class Found:
    """A month of routes without days and people.

    value
        Sum of the values of the visits made; costs are not taken off.
    short
        Visits missing from each stratum's minimum.
    unmade
        Must-visits that found no place.
    pool
        Good routes met on the way, these among them; for whoever prices routes.
    rounds
        Changes tried, by all chains.
    stopped
        Somebody asked to stop; the clock running out is not counted as that.
    """

    team_days: tuple[TeamDay, ...]
    value: int
    short: tuple[int, ...]
    unmade: tuple[int, ...]
    pool: tuple[TeamDay, ...] = ()
    rounds: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Limit:
    """What ends a search: seconds from `began`, or changes per chain, whichever comes first."""

    began: float
    seconds: float | None
    iterations: int | None
    habit: _Habit
    clock: Clock = standing

    @property
    def pack_seconds(self) -> float | None:
        """Time for one packing."""
        return None if self.seconds is None else self.habit.pack_share * self.seconds

    def share(self, part: int, since: float, done: int) -> float:
        """How much of a cooling is over, from 0 to 1."""
        shares = [0.0]
        if self.iterations is not None:
            shares.append(done * self.habit.coolings / max(self.iterations, 1))
        if self.seconds is not None:
            parts = self.habit.coolings - part
            packs = min(parts, self.habit.coolings - self.habit.fresh + 1)
            left = self.began + self.seconds - since - packs * (self.pack_seconds or 0.0)
            shares.append((self.clock() - since) * parts / max(left, 1e-9))
        return min(max(shares), 1.0)


def search(
    problem: Problem,
    *,
    seed: int,
    seconds: float | None = None,
    iterations: int | None = None,
    start: Sequence[TeamDay] = (),
    threads: int = 2,
    clock: Clock = standing,
    should_stop: Callable[[], bool] | None = None,
    tell: Tell | None = None,
) -> Found:
    """Routes of the greatest value: must-visits come first, then the minima of strata.

    seconds, clock
        Limit of the clock, and the clock; without both only `iterations` counts.
    iterations
        Changes each chain tries. Without `seconds`, equal input gives equal months.
    start
        Routes to begin with; visits that do not fit are left out.
    threads
        Chains, each on a core of its own; their number changes the month that is found.
    should_stop
        Asked ten times a second, in the caller's thread.
    """
    began = clock()
    seconds = None if clock is standing else seconds
    if seconds is None and iterations is None:
        iterations = ITERATIONS
    spots = usable(problem)
    if not len(spots) or problem.team_days < 1 or problem.most_visits < 1:
        return _found(problem, (), ())
    g = ground_of(problem, spots, seed)
    routes = min(problem.team_days, len(spots))
    is_many = routes >= MANY_ROUTES
    knobs, habit = knobs_of(problem, is_many=is_many), MANY if is_many else FEW
    limit = _Limit(began, seconds, iterations, habit, clock)
    chains = [chain_of(g, problem, routes, seed=seed, number=k) for k in range(threads)]
    top = chains[0]
    spots.lay(g, top.best, start)
    top.rank[0] = fast.rank(g, top.best, knobs)
    ask, stop, rounds, stopped = should_stop or _never, Event(), 0, False
    with ThreadPoolExecutor(threads) as workers:
        for part in range(habit.coolings):
            for chain in chains:
                _take_over(g, chain, top, is_fresh=0 < part < habit.fresh)
            cool = partial(
                _cool, g, knobs=knobs, limit=limit, part=part, mean=spots.mean, stop=stop
            )
            jobs = [workers.submit(cool, chain=chain) for chain in chains]
            while wait(jobs, 0.1).not_done:
                if ask():
                    stopped = True
                    stop.set()
            rounds += sum(job.result() for job in jobs)
            top = max(chains, key=lambda chain: float(chain.rank[0]))
            fast.recount(g, top.best)
            is_all = bool((top.best.at[1:] >= 0).all()) and not (g.road_price or g.route_price)
            is_fresh = part + 1 < habit.fresh
            if routes > 1 and not (stopped or is_all or is_fresh):
                _gather(top, chains)
                _pack(g, top, knobs, limit)
            if tell:
                tell((part + 1) / habit.coolings, _value(problem, spots.team_days(top.best)))
            if stopped or is_all or ask():
                break
    return _found(problem, spots.team_days(top.best), spots.pooled(top.pool), rounds, stopped)


def _never() -> bool:
    return False


def _cool(
    g: fast.Ground,
    knobs: fast.Knobs,
    limit: _Limit,
    part: int,
    *,
    chain: Chain,
    mean: float,
    stop: Event,
) -> int:
    """One cooling of one chain; the changes tried."""
    habit = limit.habit
    hot = habit.hot / (2 if part >= habit.fresh else 1)
    since, done, rounds = limit.clock(), 0, 50 if limit.seconds else ROUNDS_AT_ONCE
    while (share := limit.share(part, since, done)) < 1.0 and not stop.is_set():
        if limit.iterations is not None:
            rounds = min(rounds, limit.iterations // habit.coolings + 1 - done)
        before, heat = limit.clock(), mean * hot * (habit.cold / hot) ** share
        fast.improve(
            g, chain.month, chain.kept, chain.best, chain.rank, chain.pool, knobs, chain.bench,
            chain.dice, rounds, heat,
        )  # fmt: skip
        done += rounds
        if limit.seconds is not None:
            faster = SECONDS_AT_ONCE / max(limit.clock() - before, 1e-6)
            rounds = max(20, min(int(rounds * min(faster, 4.0)), ROUNDS_AT_ONCE))
    return done


def _take_over(g: fast.Ground, chain: Chain, top: Chain, *, is_fresh: bool) -> None:
    """The chain knows the best month of all, and goes on from it or from an empty one."""
    for r in range(len(top.best.size)):
        fast.copy_route(top.best, chain.best, r)
        fast.copy_route(top.best, chain.month, r)
        if is_fresh:
            fast.lay(g, chain.month, r, chain.pool, -1)
    chain.rank[0] = top.rank[0]
    fast.recount(g, chain.month)


def _gather(top: Chain, chains: Sequence[Chain]) -> None:
    """The routes of all pools into one."""
    for chain in chains:
        if chain is not top:
            fast.pour(chain.pool, top.pool)


def _pack(g: fast.Ground, top: Chain, knobs: fast.Knobs, limit: _Limit) -> None:
    """The best month of the pool's routes, if it is better than the best so far."""
    month, seconds, clock = top.month, limit.pack_seconds, limit.clock
    chosen = recombine(g, top.pool, top.best, knobs, seconds=seconds, clock=clock)
    if not len(chosen):
        return
    for r in range(len(month.size)):
        fast.lay(g, month, r, top.pool, int(chosen[r]) if r < len(chosen) else -1)
    fast.recount(g, month)
    found = fast.rank(g, month, knobs)
    if found > top.rank[0] + 1e-9:
        top.rank[0] = found
        for r in range(len(month.size)):
            fast.copy_route(month, top.best, r)


def _value(problem: Problem, team_days: Sequence[TeamDay]) -> int:
    return sum(int(problem.value[visit]) for route in team_days for visit in route.visits)


def _found(
    problem: Problem,
    team_days: tuple[TeamDay, ...],
    pool: tuple[TeamDay, ...],
    rounds: int = 0,
    stopped: bool = False,
) -> Found:
    made = np.array([visit for route in team_days for visit in route.visits], np.int64)
    count = np.bincount(problem.stratum[made], minlength=len(problem.least))
    return Found(
        team_days=team_days,
        value=_value(problem, team_days),
        short=tuple(np.maximum(problem.least - count, 0).tolist()),
        unmade=tuple(sorted(set(np.flatnonzero(problem.is_must).tolist()) - set(made.tolist()))),
        pool=pool,
        rounds=rounds,
        stopped=stopped,
    )
