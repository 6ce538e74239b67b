"""How many team-days does the month hold, and what may their leads judge?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduler.roster.documents import Visit
from scheduler.roster.precheck import Crew
from scheduler.roster.seats import Cover

MUST_WEIGHT = 100_000
"""Weight of a visit outside the draw; above all drawn visits a day can hold."""
LEAST_WEIGHT, MOST_WEIGHT = 1_000, 10_000
"""Weights of drawn visits of no worth and of the highest worth."""


@dataclass(frozen=True, slots=True)
class Team:
    """Team-days whose lead is licensed for these sectors."""

    sectors: frozenset[str]
    days: int


def weights(visits: Sequence[Visit]) -> list[int]:
    """What serving each visit is worth to the solvers, in small integers."""
    most = max((visit.worth for visit in visits if not visit.is_must), default=0) or 1
    span = MOST_WEIGHT - LEAST_WEIGHT
    return [
        MUST_WEIGHT if visit.is_must else LEAST_WEIGHT + span * visit.worth // most
        for visit in visits
    ]


def team_days_most(crew: Crew, team_days: int | None = None) -> int:
    """Team-days of the month: pairs free each day, cars, field days, and the capacity given."""
    cars = len(crew.officers) if crew.vehicles is None else crew.vehicles
    by_day = sum(min(len(free) // 2, cars) for free in crew.ready.values())
    by_officer = sum(_days_of(crew, i) for i in range(len(crew.officers))) // 2
    return min(by_day, by_officer, by_day if team_days is None else team_days)


def teams(
    visits: Sequence[Visit], crew: Crew, team_days: int, cover: Cover = "strict"
) -> tuple[Team, ...]:
    """How many team-days each class of leads should give, so that the worth of minutes on site is
    greatest; what is left over goes to the class with most sectors.

    Where the two cover a route together there are no classes: any sector may be on any route that
    some pair can cover, which the plan asks route by route.
    """
    asked = {visit.sector for visit in visits}
    if cover == "joint":
        held = frozenset(s for s in asked if any(s in o.sectors for o in crew.officers))
        return (Team(held, team_days),) if held and team_days else ()
    supply: dict[frozenset[str], int] = {}
    for i, officer in enumerate(crew.officers):
        if held := officer.sectors & asked:
            supply[held] = supply.get(held, 0) + _days_of(crew, i)
    classes = sorted(supply, key=lambda held: (-len(held), sorted(held)))
    if not classes:
        return ()
    counts = _allot(visits, classes, supply, team_days)
    spare = team_days - sum(counts)
    for k, held in enumerate(classes):
        more = min(spare, supply[held] - counts[k])
        counts[k], spare = counts[k] + more, spare - more
    return tuple(Team(held, n) for held, n in zip(classes, counts, strict=True) if n)


def _days_of(crew: Crew, i: int) -> int:
    return min(crew.most_days[i], sum(i in free for free in crew.ready.values()))


def _allot(
    visits: Sequence[Visit],
    classes: Sequence[frozenset[str]],
    supply: dict[frozenset[str], int],
    team_days: int,
) -> list[int]:
    """Team-days per class, by a small transport model: sectors need minutes, classes give days."""
    weight = weights(visits)
    model = cp_model.CpModel()
    day_minutes = 300  # what is left of a day after road and lunch; only the proportions matter
    days = [model.new_int_var(0, min(supply[held], team_days), "") for held in classes]
    model.add(sum(days) <= team_days)
    given: dict[int, list[cp_model.IntVar]] = {k: [] for k in range(len(classes))}
    worth: list[cp_model.LinearExprT] = []
    for sector in sorted({visit.sector for visit in visits}):
        mine = [i for i, visit in enumerate(visits) if visit.sector == sector]
        minutes = sum(visits[i].minutes for i in mine)
        price = max(1, sum(weight[i] for i in mine) // max(minutes, 1))
        served = []
        for k, held in enumerate(classes):
            if sector in held:
                served.append(model.new_int_var(0, minutes, ""))
                given[k].append(served[-1])
        model.add(sum(served) <= minutes)
        worth.extend(price * minute for minute in served)
    for k, minutes_of in given.items():
        model.add(sum(minutes_of) <= day_minutes * days[k])
    model.maximize(sum(worth))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = 2
    solver.solve(model)
    return [solver.value(n) for n in days]
