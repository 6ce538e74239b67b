"""Which single rule could give way for a visit, and what is the month then?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.roster.insertion import Way, insertions, own_route
from scheduler.roster.problem import Problem, TeamDay

OVERTIME = 30
"""Minutes of overtime that are asked about."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One rule given way, and the cheapest insertion then.

    rule
        "overtime", "licence", "day", "avoidance", "window" or "team_day".
    way
        None where even then the visit cannot be made.
    """

    rule: str
    way: Way


def overtime(problem: Problem, visit: int) -> Problem:
    """Teams may be back half an hour later."""
    longer = tuple(replace(shift, end=shift.end + OVERTIME) for shift in problem.shifts)
    return replace(problem, shifts=longer)


def licence(problem: Problem, visit: int) -> Problem:
    """Everybody is certified for the visit's sector; its other visits keep their leads."""
    licences = problem.licences.copy()
    licences[:, problem.sector[visit]] = True
    return replace(problem, licences=licences)


def any_day(problem: Problem, visit: int) -> Problem:
    """The visit is open every day."""
    is_open = problem.is_open.copy()
    is_open[visit] = True
    return replace(problem, is_open=is_open)


def no_avoidance(problem: Problem, visit: int) -> Problem:
    """Nobody has to avoid the visit."""
    avoids = problem.avoids.copy()
    avoids[:, visit] = False
    return replace(problem, avoids=avoids)


def any_hour(problem: Problem, visit: int) -> Problem:
    """The visit may begin at any hour."""
    earliest, latest = problem.earliest.copy(), problem.latest.copy()
    earliest[visit] = min(shift.begin for shift in problem.shifts)
    latest[visit] = max(shift.end for shift in problem.shifts)
    return replace(problem, earliest=earliest, latest=latest)


def one_team_day_more(problem: Problem, visit: int) -> Problem:
    """Two officers and a car for one more day."""
    cars = None if problem.vehicles is None else problem.vehicles + 1
    return replace(
        problem,
        team_days=problem.team_days + 1,
        field_days=problem.field_days + 1,
        vehicles=cars,
    )


RELAXATIONS: dict[str, Callable[[Problem, int], Problem]] = {
    "overtime": overtime,
    "licence": licence,
    "day": any_day,
    "avoidance": no_avoidance,
    "window": any_hour,
    "team_day": one_team_day_more,
}
"""What may give way → the month in which it does."""


def relaxations(
    problem: Problem, plan: Sequence[TeamDay], visit: int, today: int, best: int | None
) -> tuple[Relaxed, ...]:
    found = []
    for rule, relax in RELAXATIONS.items():
        wider = relax(problem, visit)
        if rule == "team_day":
            way = own_route(wider, plan, visit, today=today)
        else:
            way = next(iter(insertions(wider, plan, visit, today=today)), None)
        if way is not None and (best is None or way.gain > best):
            found.append(Relaxed(rule, way))
    return tuple(sorted(found, key=lambda each: (-each.way.gain, each.rule)))
