"""Why can this month, or these routes, not be? In the smallest set of rules people know.

First each must-visit alone, then all of them together, then the minima by counting. What is found
first is said first: a joint visit no one can reach explains more than a month that does not add up.
A few visits together are tried in every route they could make; many are counted day by day, and
those of one day tried as a few are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from riskengine.errors import Sentence, sentence
from scheduler.roster.capacity_core import capacity_core
from scheduler.roster.cores import Core, explained
from scheduler.roster.crowd import crowded
from scheduler.roster.mip import maximised
from scheduler.roster.model import Option, build
from scheduler.roster.orders import orders
from scheduler.roster.problem import Problem, TeamDay, clocked
from scheduler.roster.reasons import Names, numbered, said

ALL_ORDERS = 3
"""Up to so many visits every order is tried under every lifted rule; beyond, those that fit."""
FEW = 6
"""Up to so many visits every route they could make is tried; beyond, there are too many."""
MOST_OF_DAY = 10
"""The same for visits that all have one and the same day."""
MOST_DETAIL = 8
"""Reasons officer by officer are said up to this many; beyond, the rule as such says more."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """Something that cannot be, and why.

    visits, routes
        What it is about: visits that have to be made, or routes that have to go; positions.
    core
        Rules as such.
    detail
        The same with officers named; none where that is no shorter.
    """

    visits: tuple[int, ...]
    routes: tuple[int, ...]
    core: Core
    detail: Core | None

    def told(self, problem: Problem, names: Names | None = None) -> tuple[Sentence, ...]:
        """In words: what cannot be, then each rule of the set."""
        called = names or numbered(problem)
        if self.routes:
            listed = "、".join(called.route(k) for k in self.routes)
            head = sentence("impossible_routes", routes=listed)
        elif self.visits:
            listed = "、".join(called.visits[v] for v in self.visits)
            head = sentence("impossible_visits", visits=listed)
        else:
            head = sentence("impossible_minima")
        is_short = self.detail is not None and len(self.detail.reasons) <= MOST_DETAIL
        chosen = self.detail if is_short and self.detail else self.core
        return (head, *(said(reason, problem, called) for reason in chosen.reasons))


def why_infeasible(
    problem: Problem,
    visits: Sequence[int] | None = None,
    *,
    bans: Sequence[tuple[int, int]] = (),
) -> tuple[Impossible, ...]:
    """Every must-visit that cannot be, each with its core; else a smallest set of them that cannot
    be together; and the minima. Empty where nothing is found to stand in the way.

    visits
        Visits that have to be made; none takes those of the problem.
    """
    musts = np.flatnonzero(problem.is_must).tolist() if visits is None else list(visits)
    alone = (v for v in musts if not _goes_alone(problem, v, bans))
    found = [_why(problem, (v,), bans) for v in alone if not _can_be(problem, [v], bans)]
    if not found and len(musts) > 1:
        found.append(_why_together(problem, musts, bans))
    minima = capacity_core(problem)
    if minima is not None:
        found.append(Impossible((), (), minima, None))
    return tuple(each for each in found if each is not None)


def why_not_staffed(
    problem: Problem, routes: Sequence[TeamDay], *, bans: Sequence[tuple[int, int]] = ()
) -> Impossible | None:
    """Why these routes cannot all have two officers; their days are kept where they have one.

    A smallest set of routes is found first, since a month is too large to ask why.
    """
    among = [_option(problem, k, route) for k, route in enumerate(routes)]

    def can_go(some: Sequence[int]) -> bool:
        return _has_answer(problem, [among[k] for k in some], some, (), bans)

    core = list(range(len(routes)))
    if can_go(core):
        return None
    step = max(len(core) // 2, 1)
    while step:
        at = 0
        while at < len(core):
            rest = core[:at] + core[at + step :]
            if rest and not can_go(rest):
                core = rest
            else:
                at += step
        step //= 2
    chosen = [among[k] for k in core]
    coarse, fine = explained(problem, chosen, required=core, bans=bans)
    return None if coarse is None else Impossible((), tuple(core), coarse, fine)


def _option(problem: Problem, k: int, route: TeamDay) -> Option:
    days = tuple(range(problem.days)) if route.day is None else (route.day,)
    return Option(k, route.visits, days, route.shift)


def _goes_alone(problem: Problem, visit: int, bans: Sequence[tuple[int, int]]) -> bool:
    """Whether a day, a lead and another officer are there for a route of its own: a witness, so
    that the model need not be asked."""
    fits = any(clocked(problem, shift, [visit]) is not None for shift in problem.shifts)
    if not (fits and problem.team_days) or problem.spread == 0:
        return False
    banned = {frozenset(pair) for pair in bans}
    able = ~problem.avoids[:, visit] & (problem.field_days > 0)
    for day in np.flatnonzero(problem.is_open[visit]).tolist():
        if problem.vehicles is not None and not problem.vehicles[day]:
            continue
        there = np.flatnonzero(able & problem.is_free[:, day]).tolist()
        leads = [i for i in there if problem.licences[i, problem.sector[visit]]]
        if any(i != j and frozenset((i, j)) not in banned for i in leads for j in there):
            return True
    return False


def _why_together(
    problem: Problem, musts: Sequence[int], bans: Sequence[tuple[int, int]]
) -> Impossible | None:
    """Why these cannot all be made, each of which could be alone; none where nothing is found."""
    if len(musts) <= FEW:
        return _why_few(problem, musts, bans)
    found = crowded(problem, musts)
    if found is not None:
        clashing, core = found
        exact = _why_few(problem, clashing, bans) if len(clashing) <= FEW else None
        return exact or Impossible(clashing, (), core, None)
    for some in _of_one_day(problem, musts):
        why = _why_few(problem, some, bans)
        if why is not None:
            return why
    return None


def _of_one_day(problem: Problem, musts: Sequence[int]) -> list[list[int]]:
    """Visits that have the same only day, two to `MOST_OF_DAY` of them: appointments clash by their
    hours, which no counting sees."""
    found: dict[int, list[int]] = {}
    for v in musts:
        days = np.flatnonzero(problem.is_open[v])
        if len(days) == 1:
            found.setdefault(int(days[0]), []).append(v)
    return [some for _, some in sorted(found.items()) if 1 < len(some) <= MOST_OF_DAY]


def _why_few(
    problem: Problem, musts: Sequence[int], bans: Sequence[tuple[int, int]]
) -> Impossible | None:
    """By every route the visits could make."""
    if _can_be(problem, musts, bans):
        return None
    together = list(musts)
    for v in musts:
        rest = [other for other in together if other != v]
        if rest and not _can_be(problem, rest, bans):
            together = rest
    return _why(problem, tuple(together), bans)


def _why(
    problem: Problem, visits: tuple[int, ...], bans: Sequence[tuple[int, int]]
) -> Impossible | None:
    among = _routes_of(problem, visits, whole=len(visits) <= ALL_ORDERS)
    coarse, fine = explained(problem, among, musts=visits, bans=bans)
    return None if coarse is None else Impossible(visits, (), coarse, fine)


def _can_be(problem: Problem, visits: Sequence[int], bans: Sequence[tuple[int, int]]) -> bool:
    among = _routes_of(problem, visits, whole=False)
    made = {v for option in among for v in option.visits}
    return made >= set(visits) and _has_answer(problem, among, (), visits, bans)


def _has_answer(
    problem: Problem,
    among: Sequence[Option],
    required: Sequence[int],
    musts: Sequence[int],
    bans: Sequence[tuple[int, int]],
) -> bool:
    """By SCIP, which sees the flow; what it denies is proven by CP-SAT afterwards."""
    model = build(problem, among, required=required, musts=musts, bans=bans)
    values, _ = maximised(model.cp, [], (), nodes=10_000)
    return values is not None


def _routes_of(problem: Problem, visits: Sequence[int], *, whole: bool) -> list[Option]:
    """Each route one could make of the visits; a route of its own for each.

    whole
        Also those that do not fit the day, in every order: they would, were a rule lifted.
    """
    days = tuple(range(problem.days))
    found: list[tuple[int, tuple[int, ...]]] = []
    for shift, hours in enumerate(problem.shifts):
        found += [(shift, order) for order in orders(problem, hours, visits).values()]
        if whole:
            known = {frozenset(order) for at, order in found if at == shift}
            found += [
                (shift, order)
                for size in range(1, len(visits) + 1)
                for order in permutations(visits, size)
                if frozenset(order) not in known
            ]
    return [Option(k, order, days, shift) for k, (shift, order) in enumerate(found)]
