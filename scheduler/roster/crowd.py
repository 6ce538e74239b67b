"""Can all these visits be made together, as far as counting goes, day by day?

A linear programme that every plan fits into: on each day so many officers go out in pairs, each
visit takes its minutes of some team and somebody certified for it, and nobody beyond his or her
field days. Where it has no answer, no plan exists; where it has one, nothing is proven. Its size
grows with visits × days and not with the routes they could make, so that a whole month of visits
can be asked about at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from scheduler.roster.capacity_core import day_minutes, least_roads
from scheduler.roster.cores import Core, is_proven, minimal
from scheduler.roster.problem import Floats, Ints, Mask, Problem, clocked
from scheduler.roster.reasons import Reason

MOST_SECTORS = 5
"""Above so many sectors among the visits, only single ones and all of them together are counted."""
MUST = Reason("must_visit")
"""All the visits asked about have to be made."""
PAIR, ROUTE_A_DAY = Reason("two_officers"), Reason("one_route_a_day")
LEAVE, FIELD_DAYS = Reason("leave"), Reason("field_days_most")
CARS, TEAM_DAYS, VISITS_A_DAY = (
    Reason(rule) for rule in ("vehicles", "team_days", "most_visits_a_day")
)
HOURS, ON_SITE, ROAD = (Reason(rule) for rule in ("working_hours", "visit_minutes", "travel"))
APART = (HOURS, ON_SITE, ROAD, Reason("time_window"))
LIFTED = (
    "time_window", "travel", "visit_minutes", "working_hours", "avoidance", "closed_day",
    "lead_licence", "seat_licence", "leave", "vehicles", "most_visits_a_day", "field_days_most",
    "team_days", "one_route_a_day", "two_officers",
)  # fmt: skip
"""Rules in the order in which they are tried to be left out: a clash of numbers everybody knows is
told before one of minutes and roads."""
INFEASIBLE = 2
"""What `linprog` says of a programme without an answer; of a doubtful one nothing is proven."""

Terms = Sequence[tuple[int, float]]
"""Position of a variable, and its coefficient."""


@dataclass(frozen=True, slots=True)
class Row:
    """A sum of variables that is at most `most` where all the reasons hold.

    visit
        The one that has to be made by this row; −1 for any other row.
    """

    terms: Terms
    most: float
    needs: frozenset[Reason] = frozenset()
    visit: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """The programme over some visits, every row of which can be lifted."""

    rows: tuple[Row, ...]
    matrix: csr_array
    most: Floats

    def reasons(self) -> set[Reason]:
        """Every reason a row needs."""
        return {reason for row in self.rows for reason in row.needs}


def crowd_of(problem: Problem, visits: Sequence[int]) -> Crowd:
    """The programme over these visits."""
    at = _Places(problem, visits)
    rows = tuple(
        chain(
            _visit_rows(problem, at),
            _officer_rows(problem, at),
            _day_rows(problem, at),
            _sector_rows(problem, at),
            _apart_rows(problem, at),
        )
    )
    ends = np.cumsum([0, *(len(row.terms) for row in rows)])
    columns, coefficients = zip(*(term for row in rows for term in row.terms), strict=True)
    matrix = csr_array((coefficients, columns, ends), shape=(len(rows), at.size))
    return Crowd(rows, matrix, np.array([row.most for row in rows]))


class _Places:
    """Where the variables stand: visit × day, officer × day, teams of a day."""

    def __init__(self, problem: Problem, visits: Sequence[int]) -> None:
        self.visits, self.days = tuple(visits), range(problem.days)
        self.place = {v: k for k, v in enumerate(self.visits)}
        self.officers = len(self.visits) * problem.days
        self.teams = self.officers + problem.officers * problem.days
        self.size = self.teams + problem.days
        self.certificate = "lead_licence" if problem.cover == "strict" else "seat_licence"

    def made(self, visit: int, day: int) -> int:
        return self.place[visit] * len(self.days) + day

    def sits(self, officer: int, day: int) -> int:
        return self.officers + officer * len(self.days) + day

    def goes(self, day: int) -> int:
        return self.teams + day

    def licensed(self, sector: int) -> Reason:
        return Reason(self.certificate, sector=sector)


def _row(terms: Terms, most: float, *needs: Reason, visit: int = -1) -> Row:
    return Row(terms, most, frozenset(needs), visit)


def _visit_rows(problem: Problem, at: _Places) -> Iterator[Row]:
    """Each is made, on an open day, by a team with a lead and two who need not avoid it."""
    for v in at.visits:
        yield _row([(at.made(v, d), -1.0) for d in at.days], -1.0, MUST, visit=v)
        able, free = problem.licences[:, problem.sector[v]], ~problem.avoids[:, v]
        licence = at.licensed(int(problem.sector[v]))
        avoids, shut = Reason("avoidance", visit=v), Reason("closed_day", visit=v)
        asked: list[tuple[Mask, float, tuple[Reason, ...]]] = [
            (free, 2.0, (avoids,)),
            (able, 1.0, (licence,)),
            (able & free, 1.0, (licence, avoids)),
        ]
        for d in at.days:
            here = at.made(v, d)
            yield _row([(here, 1.0), (at.goes(d), -1.0)], 0.0)
            if not problem.is_open[v, d]:
                yield _row([(here, 1.0)], 0.0, shut)
            for who, size, needs in asked:
                if not who.all():
                    out = [(at.sits(i, d), -1.0) for i in np.flatnonzero(who).tolist()]
                    yield _row([(here, size), *out], 0.0, PAIR, *needs)


def _officer_rows(problem: Problem, at: _Places) -> Iterator[Row]:
    """One route a day, no field day on leave, and so many in the month."""
    for i in range(problem.officers):
        yield _row(
            [(at.sits(i, d), 1.0) for d in at.days], float(problem.field_days[i]), FIELD_DAYS
        )
        for d in at.days:
            yield _row([(at.sits(i, d), 1.0)], 1.0, ROUTE_A_DAY)
            if not problem.is_free[i, d]:
                yield _row([(at.sits(i, d), 1.0)], 0.0, LEAVE)


def _day_rows(problem: Problem, at: _Places) -> Iterator[Row]:
    """Teams of a day: two officers and a car each, and room for so many visits and minutes."""
    yield _row([(at.goes(d), 1.0) for d in at.days], float(problem.team_days), TEAM_DAYS)
    loads = list(_loads(problem, at.visits))
    for d in at.days:
        teams = at.goes(d)
        everybody = [(at.sits(i, d), -1.0) for i in range(problem.officers)]
        yield _row([(teams, 2.0), *everybody], 0.0, PAIR)
        yield _row([(teams, 1.0), *everybody], 0.0)
        if problem.vehicles is not None:
            cars = float(problem.vehicles[d] * len(problem.shifts))
            yield _row([(teams, 1.0)], cars, CARS)
        for room, spent, needs in loads:
            load = [(at.made(v, d), each) for v, each in spent]
            yield _row([*load, (teams, -room)], 0.0, *needs)


def _sector_rows(problem: Problem, at: _Places) -> Iterator[Row]:
    """Visits of some sectors find room with those certified for one of them alone."""
    for sectors in _sector_sets(problem, at.visits):
        loads = list(_loads(problem, [v for v in at.visits if problem.sector[v] in sectors]))
        holders = np.flatnonzero(problem.licences[:, sectors].any(axis=1)).tolist()
        licences = [at.licensed(sector) for sector in sectors]
        for d in at.days:
            for room, spent, needs in loads:
                load = [(at.made(v, d), each) for v, each in spent]
                out = [(at.sits(i, d), -room) for i in holders]
                yield _row([*load, *out], 0.0, PAIR, *licences, *needs)


def _apart_rows(problem: Problem, at: _Places) -> Iterator[Row]:
    """Visits of which no two fit into one shift take a team each, as those agreed for one hour."""
    for clique in _apart(problem, at.visits):
        sectors = sorted({int(problem.sector[v]) for v in clique})
        holders = np.flatnonzero(problem.licences[:, sectors].any(axis=1)).tolist()
        licences = [at.licensed(sector) for sector in sectors]
        for d in at.days:
            load = [(at.made(v, d), 1.0) for v in clique]
            yield _row([*load, (at.goes(d), -1.0)], 0.0, *APART)
            out = [(at.sits(i, d), -1.0) for i in holders]
            yield _row([*load, *out], 0.0, PAIR, *licences, *APART)


def _apart(problem: Problem, visits: Sequence[int]) -> list[tuple[int, ...]]:
    """Sets of visits no two of which share a route, one grown from each visit."""
    fits = {
        frozenset(pair)
        for pair in combinations(visits, 2)
        for order in (pair, pair[::-1])
        if any(clocked(problem, shift, order) is not None for shift in problem.shifts)
    }
    found: dict[tuple[int, ...], None] = {}
    for first in visits:
        clique = [first]
        for v in visits:
            if v not in clique and not any(frozenset((v, held)) in fits for held in clique):
                clique.append(v)
        if len(clique) > 1:
            found[tuple(sorted(clique))] = None
    return list(found)


def _loads(
    problem: Problem, visits: Sequence[int]
) -> Iterator[tuple[float, Terms, tuple[Reason, ...]]]:
    """What a team holds of each kind and each visit takes of it: places, and minutes with and
    without the road or the time on site."""
    yield float(problem.most_visits), [(v, 1.0) for v in visits], (VISITS_A_DAY,)
    road, on_site = least_roads(problem, visits), problem.on_site[list(visits)]
    for cost, home, needs in (
        (on_site + road, visits, (HOURS, ON_SITE, ROAD)),
        (on_site, (), (HOURS, ON_SITE)),
        (road, visits, (HOURS, ROAD)),
    ):
        yield float(day_minutes(problem, home)), _weighed(visits, cost), needs


def _weighed(visits: Sequence[int], cost: Ints) -> list[tuple[int, float]]:
    return [(v, float(each)) for v, each in zip(visits, cost, strict=True)]


def _sector_sets(problem: Problem, visits: Sequence[int]) -> Iterator[list[int]]:
    there = sorted({int(problem.sector[v]) for v in visits})
    sizes = range(1, len(there) + 1) if len(there) <= MOST_SECTORS else (1, len(there))
    for size in sizes:
        for sectors in combinations(there, size):
            yield list(sectors)


# ── asking ────────────────────────────────────────────────────────────────────────────────


def has_room(crowd: Crowd, visits: Collection[int], rules: Collection[Reason]) -> bool:
    """Whether these rules leave room for these visits; every other rule and visit is lifted."""
    held, asked = frozenset(rules), frozenset(visits)
    stands = [
        k
        for k, row in enumerate(crowd.rows)
        if row.needs <= held and (row.visit < 0 or row.visit in asked)
    ]
    nothing = np.zeros(crowd.matrix.shape[1])
    found = linprog(nothing, crowd.matrix[stands], crowd.most[stands], method="highs")
    return bool(found.status != INFEASIBLE)


def crowded(problem: Problem, visits: Sequence[int]) -> tuple[tuple[int, ...], Core] | None:
    """A smallest set of the visits for which there is no room together, and by which rules; none
    where the counting leaves room for all of them.

    Rules that are alike are thinned out first, the visits being one group; then the visits, halves
    before single ones; then single rules. What is left is proven again on a programme made anew.
    """
    whole = crowd_of(problem, visits)
    rules = whole.reasons()
    if has_room(whole, visits, rules):
        return None
    for alike in LIFTED:
        fewer = {reason for reason in rules if reason.rule != alike}
        if not has_room(whole, visits, fewer):
            rules = fewer
    left = _thinned(whole, list(visits), rules)
    small = crowd_of(problem, left)
    rules &= small.reasons()
    core = minimal(rules, lambda some: has_room(small, left, some))
    if core is None:
        return None
    anew = crowd_of(problem, left)
    proven = is_proven(core.reasons, lambda some: has_room(anew, left, some))
    return tuple(left), Core(core.reasons, core.is_minimal and proven)


def _thinned(crowd: Crowd, visits: list[int], rules: Collection[Reason]) -> list[int]:
    """A smallest set of the visits that find no room under these rules."""
    step = max(len(visits) // 2, 1)
    while step:
        at = 0
        while at < len(visits):
            rest = visits[:at] + visits[at + step :]
            if rest and not has_room(crowd, rest, rules):
                visits = rest
            else:
                at += step
        step //= 2
    return visits
