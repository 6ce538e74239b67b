"""How does a month of visits become the arrays of the compiled search?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scheduler.roster import search_compiled as fast
from scheduler.roster.problem import Problem, TeamDay, clocked

MANY_ROUTES = 10
"""Routes from which on a month is worked on in one neighbourhood after the other."""
POOL = 20_000
"""Routes a chain remembers."""
NEAREST = 400
"""Neighbours a place knows."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One search on its own; its numbers are changed in place."""

    month: fast.Month
    kept: fast.Month
    best: fast.Month
    rank: npt.NDArray[np.float64]
    pool: fast.Pool
    bench: fast.Bench
    dice: npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Which visits the places 1, 2, … of the search are.

    visits
        Positions in the problem, ascending.
    mean
        Mean value of those that are worth anything.
    """

    visits: npt.NDArray[np.int64]
    mean: float

    def __len__(self) -> int:
        return len(self.visits)

    def team_days(self, month: fast.Month) -> tuple[TeamDay, ...]:
        """The routes of a month that visit anything."""
        return tuple(
            self._team_day(month.stops[r, 1 : month.size[r] + 1], month.shift[r])
            for r in np.flatnonzero(month.size)
        )

    def pooled(self, pool: fast.Pool) -> tuple[TeamDay, ...]:
        """The routes of a pool."""
        return tuple(
            self._team_day(pool.stops[k, : pool.size[k]], pool.shift[k])
            for k in range(int(pool.used[0]))
        )

    def _team_day(self, places: npt.NDArray[np.int32], shift: int) -> TeamDay:
        return TeamDay(tuple(self.visits[places - 1].tolist()), int(shift))

    def lay(self, g: fast.Ground, month: fast.Month, start: Sequence[TeamDay]) -> None:
        """These routes into an empty month; a visit that does not fit where it stands is left out,
        and so is one that came before."""
        place = {visit: k + 1 for k, visit in enumerate(self.visits.tolist())}
        for r, route in enumerate(start[: len(month.size)]):
            month.shift[r] = route.shift
            fast.set_clock(g, month, r)
            for visit in route.visits:
                x, last = place.pop(visit, 0), int(month.size[r])
                if not x or last == month.stops.shape[1] - 2:
                    continue
                shares = fast.shares_mark(g, month, r, x)
                fast.put(month, r, x, last)
                if not (fast.set_clock(g, month, r) and shares):
                    fast.take(month, r, last + 1)
                    fast.set_clock(g, month, r)
        fast.recount(g, month)


def usable(problem: Problem) -> Spots:
    """The visits that fit on their own and that somebody could make."""
    fits = [
        v
        for v in possible(problem).tolist()
        if any(clocked(problem, shift, [v]) for shift in problem.shifts)
    ]
    visits = np.array(fits, np.int64)
    worth = problem.value[visits][problem.value[visits] > 0]
    return Spots(visits, float(worth.mean()) if len(worth) else 1.0)


def possible(problem: Problem) -> npt.NDArray[np.int64]:
    """The visits that somebody could make on some day, if there is time."""
    return np.flatnonzero(_marks(problem, np.arange(problem.visits)).any(axis=1))


def _marks(problem: Problem, visits: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(visit, day × officer): the visit is open, and the officer free, without avoidance and, where
    the lead answers for the whole route, certified. A route is possible if its visits share one."""
    able = ~problem.avoids[:, visits]
    if problem.cover == "strict":
        able = able & problem.licences[:, problem.sector[visits]]
    days = problem.is_open[visits][:, :, None] & problem.is_free.T[None]
    marks: npt.NDArray[np.bool_] = (days & able.T[:, None, :]).reshape(len(visits), -1)
    return marks


def scrambled(seed: int, numbers: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """64 bits for each number, as good as random and the same every time (SplitMix64)."""
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x += np.uint64(seed % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    found: npt.NDArray[np.uint64] = x ^ (x >> np.uint64(31))
    return found


def ground_of(problem: Problem, spots: Spots, seed: int) -> fast.Ground:
    """The arrays of the compiled search, of these places of the problem."""
    visits = spots.visits
    places = np.concatenate([[0], visits + 1])
    road = np.ascontiguousarray(problem.minutes[np.ix_(places, places)].astype(np.int32))
    far = np.minimum(road, road.T)[1:, 1:].astype(np.int64)
    np.fill_diagonal(far, fast.NEVER)
    near = np.zeros((len(places), min(len(spots) - 1, NEAREST)), np.int32)
    near[1:] = np.argsort(far, axis=1, kind="stable")[:, : near.shape[1]] + 1
    marks = _marks(problem, visits)
    words = np.zeros((len(places), 0), np.uint64)
    if not marks.all():
        packed = np.packbits(marks, axis=1)
        words = np.zeros((len(places), -(-packed.shape[1] // 8)), np.uint64)
        words.view(np.uint8)[1:, : packed.shape[1]] = packed
    must_price = _whole(problem) * (float(problem.least.sum()) + 1.0)
    worth = problem.value[visits] + problem.is_must[visits] * must_price

    def of(column: Any, base: int) -> npt.NDArray[np.int64]:
        return np.concatenate([[base], column[visits]]).astype(np.int64)

    return fast.Ground(
        road=road,
        back=np.ascontiguousarray(road.T),
        stay=of(problem.on_site, 0),
        opens=of(problem.earliest, 0),
        closes=of(problem.latest, 0),
        worth=np.concatenate([[0.0], worth]),
        group=of(problem.stratum, 0),
        least=problem.least.astype(np.int64),
        marks=words,
        shifts=np.array(
            [
                (s.begin, s.end, *((s.lunch.earliest, s.lunch.latest, s.lunch.minutes)
                                   if s.lunch else (0, 0, -1)))
                for s in problem.shifts
            ],
            np.int64,
        ),
        near=near,
        ticket=scrambled(seed, np.arange(len(places))),
        road_price=float(problem.road_price),
        route_price=float(problem.team_day_price),
    )  # fmt: skip


def _whole(problem: Problem) -> float:
    """More than all values and costs of a month can come to: the price of what comes before."""
    day = max(shift.end - shift.begin for shift in problem.shifts)
    costs = problem.team_days * (problem.road_price * day + problem.team_day_price)
    return float(problem.value.sum()) + costs + 1.0


def knobs_of(problem: Problem, *, is_many: bool) -> fast.Knobs:
    """The settings that measured best where there are few routes, and where there are many."""
    values = problem.value[problem.value > 0]
    mean = float(values.mean()) if len(values) else 1.0
    day = max(shift.end - shift.begin for shift in problem.shifts)
    return fast.Knobs(
        removed=5.0 if is_many else 10.0,
        longest=10.0,
        blink=0.02,
        tie_price=(0.1 if is_many else 0.5) * mean / day,
        noise=0.5,
        short_price=2.0 * float(problem.value.max(initial=1)),
        rank_price=_whole(problem),
        pool_reach=3.0 * mean,
        first_share=0.5,
        focus_share=0.7,
        focus=3.0,
        most=50 if is_many else 250,
    )


def chain_of(g: fast.Ground, problem: Problem, routes: int, *, seed: int, number: int) -> Chain:
    """An empty month with all its tools; chains of one seed differ by their number."""
    p, z = len(g.stay), min(problem.most_visits, len(g.stay) - 1)
    columns = min(routes, 24) + len(problem.shifts)
    wide = POOL if routes > 1 else 0
    bench = fast.Bench(
        touched=np.zeros(routes, np.int64),
        is_touched=np.zeros(routes, np.int64),
        loose=np.zeros(p, np.int32),
        wanted=np.zeros(p, np.int32),
        is_loose=np.zeros(p, np.int64),
        active=np.zeros(columns, np.int64),
        costs=np.zeros((p, columns)),
        gaps=np.zeros((p, columns), np.int64),
        power=np.zeros(p),
        count=np.zeros(len(g.least), np.int64),
    )
    pool = fast.Pool(
        slots=np.full(1 << 16 if wide else 1, -1, np.int64),
        name=np.zeros(wide, np.uint64),
        length=np.zeros(wide, np.int64),
        gain=np.zeros(wide),
        shift=np.zeros(wide, np.int64),
        size=np.zeros(wide, np.int64),
        stops=np.zeros((wide, z), np.int32),
        used=np.zeros(1, np.int64),
    )
    dice = scrambled(seed, np.array([1_000_003 + number])) | np.uint64(1)
    month, kept, best = (month_of(g, routes, z) for _ in range(3))
    return Chain(month, kept, best, np.array([-np.inf]), pool, bench, dice)


def month_of(g: fast.Ground, routes: int, stops: int) -> fast.Month:
    """A month of empty routes with room for so many stops each."""
    month = fast.Month(
        stops=np.zeros((routes, stops + 2), np.int32),
        size=np.zeros(routes, np.int64),
        shift=np.zeros(routes, np.int64),
        ready=np.zeros((routes, stops + 2, 2), np.int64),
        late=np.zeros((routes, stops + 2, 2), np.int64),
        open_=np.zeros((routes, g.marks.shape[1]), np.uint64),
        length=np.zeros(routes, np.int64),
        gain=np.zeros(routes),
        at=np.full(len(g.stay), -1, np.int64),
        count=np.zeros(len(g.least), np.int64),
    )
    for r in range(routes):
        fast.set_clock(g, month, r)
    return month
