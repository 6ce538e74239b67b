"""Are the minima of the month above what its officers could ever do, and by which rules?

Valid arithmetic, no planning: a visit costs at least its time on site and its shortest road in, a
team-day has so many minutes less the shortest road home, and the team-days are counted by officers
free, field days, cars and, for each set of sectors, by officers certified for one of them. Where it
fits, nothing is proven; where it does not, no plan exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from scheduler.roster.cores import Core, minimal
from scheduler.roster.problem import Ints, Mask, Problem, clocked
from scheduler.roster.reasons import Reason

PLENTY = 1 << 30
"""More team-days or minutes than any month has."""
MOST_SECTORS = 8
"""Above so many sectors, only single ones and all of them together are counted."""

TIME = frozenset({Reason("working_hours"), Reason("visit_minutes"), Reason("travel")})
SHARED = (
    *sorted(TIME, key=str), Reason("two_officers"), Reason("leave"), Reason("field_days_most"),
    Reason("team_days"), Reason("vehicles"), Reason("most_visits_a_day"),
)  # fmt: skip


def capacity_core(problem: Problem) -> Core | None:
    """A smallest set of rules by which the minima cannot be reached; none where none is found."""
    minima = [Reason("coverage_least", stratum=s) for s in np.flatnonzero(problem.least).tolist()]
    licences = [Reason("lead_licence", sector=s) for s in range(problem.licences.shape[1])]
    return minimal([*minima, *licences, *SHARED], lambda some: fits(problem, some))


def fits(problem: Problem, rules: frozenset[Reason]) -> bool:
    """Whether these rules leave room for the minima among them."""
    wanted = {r.stratum: int(problem.least[r.stratum]) for r in rules if r.rule == "coverage_least"}
    cost, usable = _costs(problem, rules), _usable(problem, rules)
    members = {s: np.flatnonzero((problem.stratum == s) & usable) for s in wanted}
    if any(len(members[s]) < least for s, least in wanted.items()):
        return False
    minutes = _day_minutes(problem, rules)
    visits = problem.most_visits if Reason("most_visits_a_day") in rules else PLENTY
    for sectors in _sector_sets(problem):
        asked = [s for s in wanted if np.isin(problem.sector[members[s]], sectors).all()]
        spent = sum(int(np.sort(cost[members[s]])[: wanted[s]].sum()) for s in asked)
        teams = _teams(problem, rules, sectors)
        if spent > teams * minutes or sum(wanted[s] for s in asked) > teams * visits:
            return False
    return True


def _sector_sets(problem: Problem) -> Iterator[list[int]]:
    every = range(problem.licences.shape[1])
    sizes = range(1, len(every) + 1) if len(every) <= MOST_SECTORS else (1, len(every))
    for size in sizes:
        for sectors in combinations(every, size):
            yield list(sectors)


def _costs(problem: Problem, rules: frozenset[Reason]) -> Ints:
    """Least minutes of each visit: on site, and the shortest road to it from anywhere."""
    cost = np.zeros(problem.visits, np.int64)
    if Reason("visit_minutes") in rules:
        cost += problem.on_site
    if Reason("travel") in rules:
        cost += least_roads(problem, range(problem.visits))
    return cost


def _usable(problem: Problem, rules: frozenset[Reason]) -> Mask:
    """Visits that could be made as the only one of a day, where all rules of time hold."""
    if not rules >= TIME:
        return np.ones(problem.visits, bool)
    alone = [
        any(clocked(problem, shift, [v]) is not None for shift in problem.shifts)
        for v in range(problem.visits)
    ]
    return np.array(alone)


def least_roads(problem: Problem, visits: Sequence[int]) -> Ints:
    """Shortest road to each of the visits from the base or from another of them."""
    places = [0, *(v + 1 for v in visits)]
    roads = problem.minutes[np.ix_(places, places)].copy()
    np.fill_diagonal(roads, np.iinfo(roads.dtype).max)
    least: Ints = roads[:, 1:].min(axis=0)
    return least


def _day_minutes(problem: Problem, rules: frozenset[Reason]) -> int:
    if Reason("working_hours") not in rules:
        return PLENTY
    return day_minutes(problem, range(problem.visits) if Reason("travel") in rules else ())


def day_minutes(problem: Problem, visits: Sequence[int]) -> int:
    """Minutes of the longest shift less lunch and the shortest road home from one of the visits;
    less no road where none are given."""
    home = int(problem.minutes[[v + 1 for v in visits], 0].min()) if len(visits) else 0
    lunches = [shift.lunch.minutes if shift.lunch else 0 for shift in problem.shifts]
    longest = max(
        shift.end - shift.begin - lunch
        for shift, lunch in zip(problem.shifts, lunches, strict=True)
    )
    return longest - home


def _teams(problem: Problem, rules: frozenset[Reason], sectors: list[int]) -> int:
    """Most team-days whose pair holds one of the sectors."""
    free = problem.is_free if Reason("leave") in rules else np.ones_like(problem.is_free)
    able: Mask = np.ones(problem.officers, bool)
    if all(Reason("lead_licence", sector=s) in rules for s in sectors):
        able = np.array([problem.licences[i, sectors].any() for i in range(problem.officers)])
    size = 2 if Reason("two_officers") in rules else 1
    daily = np.minimum(free.sum(axis=0) // size, free[able].sum(axis=0))
    if Reason("vehicles") in rules and problem.vehicles is not None:
        daily = np.minimum(daily, problem.vehicles * len(problem.shifts))
    teams = int(daily.sum())
    if Reason("field_days_most") in rules:
        most = np.minimum(problem.field_days, free.sum(axis=1))
        teams = min(teams, int(most.sum()) // size, int(most[able].sum()))
    return min(teams, problem.team_days) if Reason("team_days") in rules else teams
