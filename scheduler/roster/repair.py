"""Someone is ill, a road is closed, a case is urgent: what is the least that has to change?

A ladder of proposals from "change least" to "lose least", for the supervisor to choose from. Days
up to today never move; what is not hit keeps its day and its visits. The model says which seats
change; who takes them is for the lot (`substitutes`), wherever several could. Source: planning
measurements §6.
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
from scheduler.roster.rungs import (
    KEPT,
    RULES,
    UNIT,
    among,
    known_groups,
    routes_of,
    short_of,
    worth_of,
)
from scheduler.roster.upset import Upset, after, hit, to_come, without_fixed

HOSTS = 12
"""Routes asked to take in an urgent visit while everything else stays."""
NODES = 5
"""Branches of a rung. On the county month one node found as good as forty, in half the time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to mend the plan.

    name
        "hit_only", "same_days" or "whole_future": what was allowed to change.
    value_lost
        Value of the visits that fall out, less that of visits taken in.
    unmade
        Must-visits that fall out.
    short
        Visits missing from each stratum's minimum.
    broken
        Rules the proposal does not keep, by the checker; empty, but for what was broken before.
        Fairness is not judged: the ill owe nothing.
    is_best
        Nothing within what was allowed to change is better by a whole unit of value, kept days and
        officers counted in; `note.bound` less `note.value` is the room left, in `rungs.UNIT` for a
        unit of value.
    """

    name: str
    team_days: tuple[TeamDay, ...]
    changes: tuple[Change, ...]
    value_lost: int
    unmade: tuple[int, ...]
    short: tuple[int, ...]
    broken: tuple[Breach, ...]
    is_best: bool
    note: SolverNote


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
"""From change least to lose least."""


def ladder(
    problem: Problem,
    plan: Sequence[TeamDay],
    upset: Upset,
    *,
    today: int,
    spare: Sequence[int] = (),
    bans: Sequence[tuple[int, int]] = (),
    nodes: int = NODES,
    told: Callable[[Proposal], None] = lambda _: None,
) -> tuple[Proposal, ...]:
    """Proposals, one a rung; `told` hears each as soon as it is there.

    plan
        Routes with days and officers.
    today
        Position of the last day that stays as it is; −1 where the month has not begun.
    spare
        Visits without a route (owed ones) that a hit route may take in.
    """
    now = after(problem, to_come(upset, today))
    hits = hit(now, plan, today)
    hosted = [v for v, _ in upset.urgent]
    asked = [v for v in hosted if not _is_made_in_time(now, plan, v)]
    found: list[Proposal] = []
    for name, freed in RUNGS:
        moving = freed(now, plan, hits, today) | set(hits)
        if asked:
            moving |= _hosts(now, plan, asked, today, None if name == "whole_future" else HOSTS)
        proposal = _mended(
            now, problem, plan, name, sorted(moving), hits, asked, today, spare, bans, nodes,
            found[-1].team_days if found else plan,
        )  # fmt: skip
        found.append(proposal)
        told(proposal)
    return tuple(found)


def _is_made_in_time(problem: Problem, plan: Sequence[TeamDay], visit: int) -> bool:
    return any(visit in route.visits and problem.is_open[visit, route.day] for route in plan)


def _hosts(
    problem: Problem, plan: Sequence[TeamDay], asked: Sequence[int], today: int, most: int | None
) -> set[int]:
    """Routes that could take in an urgent visit, and those that have it on a later day."""
    chosen: set[int] = set()
    for v in asked:
        near = [
            (min(int(problem.minutes[w + 1, v + 1]) for w in route.visits), k)
            for k, route in enumerate(plan)
            if route.day is not None and route.day > today and problem.is_open[v, route.day]
            if route.visits
        ]
        chosen |= {k for _, k in sorted(near)[:most]}
        chosen |= {k for k, route in enumerate(plan) if v in route.visits}
    return chosen


def _mended(
    now: Problem,
    before: Problem,
    plan: Sequence[TeamDay],
    name: str,
    moving: Sequence[int],
    hits: Sequence[int],
    asked: Sequence[int],
    today: int,
    spare: Sequence[int],
    bans: Sequence[tuple[int, int]],
    nodes: int,
    known: Sequence[TeamDay],
) -> Proposal:
    left = without_fixed(now, plan, [k in set(moving) for k in range(len(plan))], today)
    options = among(left, plan, moving, hits, asked, today, spare)
    model = build(left, options, rules=RULES, bans=bans)
    worth = worth_of(model, now, plan, moving)
    start = known_groups(model, known, moving)
    values, note = maximised(model.cp, worth, start, gap=KEPT - 1, nodes=nodes)
    mended = list(plan)
    for k in moving:
        mended[k] = replace(plan[k], visits=(), day=None, lead=None, second=None)
    if values is not None:
        for k, route in routes_of(model, values, plan).items():
            mended[k] = route
    return _proposal(name, now, before, plan, mended, note, bans)


def _proposal(
    name: str,
    now: Problem,
    before: Problem,
    plan: Sequence[TeamDay],
    mended: Sequence[TeamDay],
    note: SolverNote,
    bans: Sequence[tuple[int, int]],
) -> Proposal:
    """The proposal with its changes, its losses and what the checker says."""
    made = {v for route in mended for v in route.visits}
    was = {v for route in plan for v in route.visits}
    kept = [route for route in mended if route.visits]
    return Proposal(
        name=name,
        team_days=tuple(mended),
        changes=changes_of(plan, mended),
        value_lost=sum(int(before.value[v]) for v in was) - sum(int(before.value[v]) for v in made),
        unmade=_unmade(now, before, was, made),
        short=short_of(now, made),
        broken=tuple(
            breach for breach in judge(now, kept, bans=bans) if breach.rule not in _WEIGHED
        ),
        is_best=note.status == "OPTIMAL" or _is_as_good(note),
        note=note,
    )


_WEIGHED = frozenset({"must_visit", "coverage_least"})
"""Told as `unmade` and `short`."""


def _is_as_good(note: SolverNote) -> bool:
    """The bound leaves no room for a whole unit of value."""
    return note.value is not None and note.bound is not None and note.bound - note.value < UNIT


def _unmade(now: Problem, before: Problem, was: set[int], made: set[int]) -> tuple[int, ...]:
    """Must-visits of the old plan and new ones; those that had no place before are not news."""
    news = [v for v in now.is_must.nonzero()[0].tolist() if v in was or not before.is_must[v]]
    return tuple(v for v in news if v not in made)
