"""Which rules does a plan in numbers break, whoever moved the routes last?

The checker of a hand edit while it is being made: positions in, names of rules out, without a
solver and without the model of the planner. `check` stays the authority on the documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.roster.peaks import is_counted
from scheduler.roster.problem import Problem, Shift, TeamDay, clocked
from scheduler.roster.reasons import Reason

Breach = Reason
"""A rule that is not kept, and what breaks it: the same thing that would stand in the way, so
`reasons.said` has the words. `route` is a position in the plan judged."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A plan in the hand: routes by position; pairs of officers who may not go together."""

    problem: Problem
    routes: tuple[TeamDay, ...]
    bans: frozenset[frozenset[int]]

    def crewed(self) -> Iterator[tuple[int, TeamDay, int]]:
        """Every route with every officer named for it."""
        for k, route in enumerate(self.routes):
            for i in sorted({route.lead, route.second} - {None}, key=_number):
                yield k, route, _number(i)


def _number(position: int | None) -> int:
    return -1 if position is None else position


def judge(
    problem: Problem, team_days: Sequence[TeamDay], *, bans: Sequence[tuple[int, int]] = ()
) -> tuple[Breach, ...]:
    """Every breach, in the order of `JUDGES`; empty where all rules are kept.

    A route without visits is none. Seats nobody sits in yet break `two_officers` alone.
    """
    edit = Edit(problem, tuple(team_days), frozenset(frozenset(pair) for pair in bans))
    return tuple(breach for judged in JUDGES.values() for breach in judged(edit))


def two_officers(edit: Edit) -> Iterator[Breach]:
    for k, route in enumerate(edit.routes):
        named = {route.lead, route.second}
        if route.visits and (None in named or len(named) < 2):
            yield Breach("two_officers", route=k)


def lead_licence(edit: Edit) -> Iterator[Breach]:
    if edit.problem.cover != "strict":
        return
    for k, route in enumerate(edit.routes):
        if route.lead is not None:
            for sector in _sectors(edit, route):
                if not edit.problem.licences[route.lead, sector]:
                    yield Breach("lead_licence", route=k, officer=route.lead, sector=sector)


def seat_licence(edit: Edit) -> Iterator[Breach]:
    if edit.problem.cover != "joint":
        return
    for k, route in enumerate(edit.routes):
        pair = [i for i in (route.lead, route.second) if i is not None]
        for sector in _sectors(edit, route) if pair else ():
            if not edit.problem.licences[pair, sector].any():
                yield Breach("seat_licence", route=k, sector=sector)


def _sectors(edit: Edit, route: TeamDay) -> list[int]:
    return sorted({int(edit.problem.sector[v]) for v in route.visits})


def pair_ban(edit: Edit) -> Iterator[Breach]:
    for k, route in enumerate(edit.routes):
        if frozenset({_number(route.lead), _number(route.second)}) in edit.bans:
            yield Breach("pair_ban", route=k)


def avoidance(edit: Edit) -> Iterator[Breach]:
    for k, route, i in edit.crewed():
        for v in route.visits:
            if edit.problem.avoids[i, v]:
                yield Breach("avoidance", route=k, officer=i, visit=v)


def leave(edit: Edit) -> Iterator[Breach]:
    """Leave, certificate or training: not free on the day."""
    for k, route, i in edit.crewed():
        if _has_day(edit, route) and not edit.problem.is_free[i, route.day]:
            yield Breach("leave", route=k, officer=i, day=_number(route.day))


def _has_day(edit: Edit, route: TeamDay) -> bool:
    return route.day is not None and 0 <= route.day < edit.problem.days


def one_route_a_day(edit: Edit) -> Iterator[Breach]:
    routes = Counter((i, _number(route.day)) for _, route, i in edit.crewed())
    for (i, day), count in sorted(routes.items()):
        if count > 1 and day >= 0:
            yield Breach("one_route_a_day", officer=i, day=day)


def _loads(edit: Edit) -> list[int]:
    loads = Counter(i for _, _, i in edit.crewed())
    return [loads[i] for i in range(edit.problem.officers)]


def field_days_most(edit: Edit) -> Iterator[Breach]:
    for i, load in enumerate(_loads(edit)):
        if load > edit.problem.field_days[i]:
            yield Breach("field_days_most", officer=i)


def field_days_spread(edit: Edit) -> Iterator[Breach]:
    """By free days, nobody owes more than his or her share, and nobody who could join no route."""
    problem, loads = edit.problem, _loads(edit)
    if problem.spread is None:
        return
    least = max(max(loads, default=0) - problem.spread, 0)
    for i, load in enumerate(loads):
        owed = least
        if problem.is_spread_by_free_days:
            owed = least * int(problem.is_free[i].sum()) // max(problem.days, 1)
            owed *= any(_could_join(edit, route, i) for route in edit.routes)
        if load < owed:
            yield Breach("field_days_spread", officer=i)


def _could_join(edit: Edit, route: TeamDay, i: int) -> bool:
    """Surely: no avoidance, and every sector where the pair covers together."""
    visits = list(route.visits)
    if not visits or edit.problem.avoids[i, visits].any():
        return False
    held = edit.problem.licences[i, _sectors(edit, route)]
    return edit.problem.cover == "strict" or len(held) < 2 or bool(held.all())


def hours(edit: Edit) -> Iterator[Breach]:
    """Out and back, windows, lunch: named after the one rule without which the order would fit."""
    for k, route in enumerate(edit.routes):
        shift = edit.problem.shifts[route.shift]
        if route.visits and clocked(edit.problem, shift, route.visits) is None:
            yield Breach(clash(edit.problem, shift, route.visits), route=k)


def clash(problem: Problem, shift: Shift, visits: Sequence[int]) -> str:
    """The one rule without which the order would fit into the shift, or else its hours."""
    wide = replace(
        problem,
        earliest=np.zeros_like(problem.earliest),
        latest=np.full_like(problem.latest, shift.end),
    )
    if clocked(wide, shift, visits) is not None:
        return "time_window"
    if shift.lunch and clocked(problem, replace(shift, lunch=None), visits) is not None:
        return "lunch"
    return "working_hours"


def once(edit: Edit) -> Iterator[Breach]:
    for v, count in sorted(Counter(v for r in edit.routes for v in r.visits).items()):
        if count > 1:
            yield Breach("once", visit=v)


def workday(edit: Edit) -> Iterator[Breach]:
    for k, route in enumerate(edit.routes):
        if route.visits and not _has_day(edit, route):
            yield Breach("workday", route=k)


def closed_day(edit: Edit) -> Iterator[Breach]:
    """Joint visits are open on the day agreed alone."""
    for k, route in enumerate(edit.routes):
        for v in route.visits if _has_day(edit, route) else ():
            if not edit.problem.is_open[v, route.day]:
                yield Breach("closed_day", route=k, visit=v, day=_number(route.day))


def most_visits_a_day(edit: Edit) -> Iterator[Breach]:
    for k, route in enumerate(edit.routes):
        if len(route.visits) > edit.problem.most_visits:
            yield Breach("most_visits_a_day", route=k)


def vehicles(edit: Edit) -> Iterator[Breach]:
    cars = edit.problem.vehicles
    out = Counter((_number(r.day), r.shift) for r in edit.routes if r.visits and _has_day(edit, r))
    for (day, _), teams in sorted(out.items()):
        if cars is not None and teams > cars[day]:
            yield Breach("vehicles", day=day)


def holiday_peak(edit: Edit) -> Iterator[Breach]:
    peak = edit.problem.peak
    if peak is None:
        return
    out: Counter[int] = Counter()
    for route in edit.routes:
        if route.visits and _has_day(edit, route):
            day = _number(route.day)
            out[day] += is_counted(edit.problem, route.visits, day)
    for day, teams in sorted(out.items()):
        if teams > peak[day]:
            yield Breach("holiday_peak", day=day)


def team_days(edit: Edit) -> Iterator[Breach]:
    if sum(bool(route.visits) for route in edit.routes) > edit.problem.team_days:
        yield Breach("team_days")


def must_visit(edit: Edit) -> Iterator[Breach]:
    made = {v for route in edit.routes for v in route.visits}
    for v in np.flatnonzero(edit.problem.is_must).tolist():
        if v not in made:
            yield Breach("must_visit", visit=v)


def coverage_least(edit: Edit) -> Iterator[Breach]:
    made = Counter(int(edit.problem.stratum[v]) for r in edit.routes for v in r.visits)
    for stratum, least in enumerate(edit.problem.least):
        if made[stratum] < least:
            yield Breach("coverage_least", stratum=stratum)


JUDGES: dict[str, Callable[[Edit], Iterator[Breach]]] = {
    "two_officers": two_officers,
    "lead_licence": lead_licence,
    "seat_licence": seat_licence,
    "pair_ban": pair_ban,
    "avoidance": avoidance,
    "leave": leave,
    "one_route_a_day": one_route_a_day,
    "field_days_most": field_days_most,
    "field_days_spread": field_days_spread,
    "working_hours": hours,
    "once": once,
    "workday": workday,
    "closed_day": closed_day,
    "most_visits_a_day": most_visits_a_day,
    "vehicles": vehicles,
    "holiday_peak": holiday_peak,
    "team_days": team_days,
    "must_visit": must_visit,
    "coverage_least": coverage_least,
}
"""Rule name → how it is judged; `working_hours` finds `time_window` and `lunch` as well."""
