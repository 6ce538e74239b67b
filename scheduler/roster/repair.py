"""Someone is ill, a road is closed, a case is urgent: what is the least that has to change?

A ladder of proposals from "change least" to "lose least", for the supervisor to choose from. Days
up to today never move; what is not hit keeps its day and its visits, but that at last a route may
take in what would fall out (`refill`). The model says which seats change; who takes them is for the
lot (`substitutes`), wherever several could. Source: planning measurements §6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.roster.changes import Change, changes_of
from scheduler.roster.documents import SolverNote
from scheduler.roster.judge import Breach, judge
from scheduler.roster.mip import maximised
from scheduler.roster.model import build
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.refill import refilled
from scheduler.roster.rungs import (
    KEPT,
    RULES,
    UNIT,
    among,
    hosts,
    known_groups,
    routes_of,
    short_of,
    worth_of,
)
from scheduler.roster.substitutes import substituted
from scheduler.roster.upset import Upset, after, hit, to_come, without_fixed

HOSTS = 12
"""Routes asked to take in an urgent visit while everything else stays."""
NODES = 5
"""Branches of a rung. On the county month one node found as good as forty, in half the time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to mend the plan.

    name
        "seats_only", "hit_only", "same_days", "whole_future" or "new_team": what was allowed to
        change.
    team_days
        At the positions of the plan before; routes that are new come last.
    value_lost
        Value of the visits that fall out, less that of visits taken in.
    unmade
        Must-visits that fall out, and urgent ones that are not made.
    missed
        Of these, the urgent ones that the plan before did not make in time.
    short
        Visits missing from each stratum's minimum.
    broken
        Rules the proposal does not keep, by the checker; empty, but for what was broken before.
        Fairness is not judged: the ill owe nothing.
    is_best
        Nothing within what was allowed to change is better by a whole unit of value, kept days and
        officers counted in; `note.bound` less `note.value` is the room left, in `rungs.UNIT` for a
        unit of value. It holds for the ways of going that were looked at (`versions` cuts them).
    note
        None where no solver was asked.
    """

    name: str
    team_days: tuple[TeamDay, ...]
    changes: tuple[Change, ...]
    value_lost: int
    unmade: tuple[int, ...]
    missed: tuple[int, ...]
    short: tuple[int, ...]
    broken: tuple[Breach, ...]
    is_best: bool
    note: SolverNote | None

    @property
    def loss(self) -> tuple[int, int, int, int]:
        """What counts first: urgent visits, must-visits, minima, then value."""
        return len(self.missed), len(self.unmade), sum(self.short), self.value_lost


Freed = Callable[[Problem, Sequence[TeamDay], Sequence[int], int], set[int]]


def hit_only(
    _problem: Problem, _plan: Sequence[TeamDay], hits: Sequence[int], _today: int
) -> set[int]:
    """Only the routes that cannot go."""
    return set(hits)


def same_days(
    _problem: Problem, plan: Sequence[TeamDay], hits: Sequence[int], _today: int
) -> set[int]:
    """Those and every route on one of their days, which keep visits and day."""
    days = {plan[k].day for k in hits}
    return {k for k, route in enumerate(plan) if route.day in days}


def whole_future(
    _problem: Problem, plan: Sequence[TeamDay], _hits: Sequence[int], today: int
) -> set[int]:
    """Every route after today; those not hit keep visits and day."""
    return {k for k, route in enumerate(plan) if route.day is not None and route.day > today}


RUNGS: tuple[tuple[str, Freed], ...] = (
    ("hit_only", hit_only),
    ("same_days", same_days),
    ("whole_future", whole_future),
)
"""From change least to lose least; before them come new officers alone, after them new teams."""


def ladder(
    problem: Problem,
    plan: Sequence[TeamDay],
    upset: Upset,
    *,
    today: int,
    spare: Sequence[int] = (),
    due: Sequence[int] = (),
    bans: Sequence[tuple[int, int]] = (),
    nodes: int = NODES,
    told: Callable[[Proposal], None] = lambda _: None,
) -> tuple[Proposal, ...]:
    """Proposals, one a rung; `told` hears each as soon as it is there.

    "seats_only" is there where new officers alone mend all routes that are hit, "new_team" where a
    new team, or a route not hit, takes in something that the others leave out.

    plan
        Routes with days and officers.
    today
        Position of the last day that stays as it is; −1 where the month has not begun.
    spare
        Visits without a route (owed ones) that a hit route or a new team may take in.
    due
        Some of them that fell out before, for which a new team may go.
    """
    now = after(problem, to_come(upset, today))
    hits = hit(now, plan, today)
    urgent = tuple(v for v, _ in upset.urgent)
    asked = tuple(v for v in urgent if not _is_made_in_time(now, plan, v))
    case = _Case(now, problem, tuple(plan), hits, urgent, asked, today, tuple(spare), tuple(due),
                 tuple(bans), nodes)  # fmt: skip
    found: list[Proposal] = []

    def kept(proposal: Proposal) -> None:
        found.append(proposal)
        told(proposal)

    seats = None if asked or not hits else substituted(now, plan, hits, bans=bans)
    if seats is not None:
        first = _proposal(case, "seats_only", seats, None)
        if not first.broken:
            kept(first)
    for name, freed in RUNGS:
        moving = freed(now, plan, hits, today) | set(hits)
        if asked:
            moving |= hosts(now, plan, asked, today, None if name == "whole_future" else HOSTS)
        kept(_mended(case, name, sorted(moving), asked, found[-1].team_days if found else plan))
    bases = [each.team_days for each in found]
    if asked:  # the urgent visit need not displace anything where a team of its own can go
        alone = _mended(case, "hit_only", hits, (), plan).team_days if hits else plan
        bases.insert(0, tuple(alone))
    last = _refilled(case, bases)
    if last is not None:
        kept(last)
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What every rung is made from.

    problem, before
        The month as it is now, and as it was.
    through
        Last day that stays as it is.
    urgent, asked
        Visits that became urgent, and those of them that the plan does not make in time.
    """

    problem: Problem
    before: Problem
    plan: tuple[TeamDay, ...]
    hits: tuple[int, ...]
    urgent: tuple[int, ...]
    asked: tuple[int, ...]
    through: int
    spare: tuple[int, ...]
    due: tuple[int, ...]
    bans: tuple[tuple[int, int], ...]
    nodes: int


def _refilled(case: _Case, bases: Sequence[Sequence[TeamDay]]) -> Proposal | None:
    """What loses least when the visits left out by a proposal are looked a place for; of equal ones
    what changes least."""
    wanted = {v for route in case.plan for v in route.visits} | {*case.asked, *case.due}
    found = []
    for base in bases:
        mended = refilled(
            case.problem,
            base,
            today=case.through,
            wanted=wanted,
            guests=case.spare,
            touched=[change.route for change in changes_of(case.plan, base)],
            bans=case.bans,
        )
        if mended != tuple(base):
            found.append(_proposal(case, "new_team", mended, None))
    return min(found, key=lambda each: (each.loss, len(each.changes)), default=None)


def _is_made_in_time(problem: Problem, plan: Sequence[TeamDay], visit: int) -> bool:
    return any(visit in route.visits and problem.is_open[visit, route.day] for route in plan)


def _mended(
    case: _Case,
    name: str,
    moving: Sequence[int],
    asked: Sequence[int],
    known: Sequence[TeamDay],
) -> Proposal:
    """The best that the model finds where these routes may change; `known` is as good as it gets
    without it."""
    now, plan = case.problem, case.plan
    left = without_fixed(now, plan, [k in set(moving) for k in range(len(plan))], case.through)
    options = among(left, plan, moving, case.hits, asked, case.through, case.spare)
    model = build(left, options, rules=RULES, bans=case.bans)
    worth = worth_of(model, now, plan, moving, case.urgent)
    start = known_groups(model, known, moving)
    values, note = maximised(model.cp, worth, start, gap=KEPT - 1, nodes=case.nodes)
    mended = list(plan)
    for k in moving:
        mended[k] = replace(plan[k], visits=(), day=None, lead=None, second=None)
    if values is not None:
        for k, route in routes_of(model, values, plan).items():
            mended[k] = route
    return _proposal(case, name, mended, note)


def _proposal(
    case: _Case, name: str, mended: Sequence[TeamDay], note: SolverNote | None
) -> Proposal:
    """The proposal with its changes, its losses and what the checker says."""
    now, value = case.problem, case.before.value
    made = {v for route in mended for v in route.visits}
    was = {v for route in case.plan for v in route.visits}
    kept = [route for route in mended if route.visits]
    unmade = _unmade(case, was, made)
    return Proposal(
        name=name,
        team_days=tuple(mended),
        changes=changes_of(case.plan, mended),
        value_lost=sum(int(value[v]) for v in was) - sum(int(value[v]) for v in made),
        unmade=unmade,
        missed=tuple(v for v in case.asked if v in unmade),
        short=short_of(now, made),
        broken=tuple(
            breach for breach in judge(now, kept, bans=case.bans) if breach.rule not in _WEIGHED
        ),
        is_best=name == "seats_only" if note is None else _is_best(note),
        note=note,
    )


_WEIGHED = frozenset({"must_visit", "coverage_least"})
"""Told as `unmade` and `short`."""


def _is_best(note: SolverNote) -> bool:
    """Proved, or the bound leaves no room for a whole unit of value."""
    if note.status == "OPTIMAL":
        return True
    return note.value is not None and note.bound is not None and note.bound - note.value < UNIT


def _unmade(case: _Case, was: set[int], made: set[int]) -> tuple[int, ...]:
    """Must-visits of the old plan and new ones; those that had no place before are not news."""
    news = [
        v
        for v in case.problem.is_must.nonzero()[0].tolist()
        if v in was or v in case.urgent or not case.before.is_must[v]
    ]
    return tuple(v for v in news if v not in made)
