"""Which routes go on which days, and how far from the best is that at most?

Column generation with exact pricing, a dive, neighbourhoods, then days on which everything can be
staffed. Where a day holds more than four visits too often for the pricing to be exact, ruin and
recreate makes the routes and a weaker bound is stated as what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from scheduler.roster.dive import STEP, Staffable, dive, with_guesses
from scheduler.roster.documents import Effort, SolverNote
from scheduler.roster.fallback import searched
from scheduler.roster.generate import Generated, Grounds, generate, grounds_of, proven
from scheduler.roster.improve import improve
from scheduler.roster.master import Master, column_of
from scheduler.roster.outcome import (
    Found,
    Tell,
    bound_of,
    net_value,
    short_of,
    weights_of,
)
from scheduler.roster.placing import Placement, candidate_of, place
from scheduler.roster.problem import Plan, Problem, TeamDay
from scheduler.roster.solver import Clock, standing

GENERATE_SHARE, IMPROVE_SHARE = 0.5, 0.7
"""Parts of the time after which column generation and improvement stop."""
AGAIN = 3
"""Times routes that found no day are exchanged for others."""


def optimise(
    problem: Problem,
    *,
    effort: Effort,
    clock: Clock = standing,
    tell: Tell = lambda stage, value, bound: None,
    should_stop: Callable[[], bool] = lambda: False,
    workers: int = 2,
) -> Found:
    """A plan of the month.

    effort
        With `seconds` none the answer depends on the problem and the effort alone.
    clock
        What the seconds are counted on; with none they bind each solver alone.
    should_stop
        Asked between the steps. A plan that was stopped keeps every rule like any other.
    """
    begun = clock()
    grounds = grounds_of(problem, workers)
    if grounds is None:
        return searched(problem, effort=effort, clock=clock, tell=tell, should_stop=should_stop)
    made = generate(
        grounds,
        should_stop=lambda: should_stop() or is_late(effort, clock, begun, GENERATE_SHARE),
        tell=lambda value, bound: tell("bound", value, bound),
    )
    return chosen(
        grounds, made, effort=effort, clock=clock, begun=begun, tell=tell, should_stop=should_stop
    )


def is_late(effort: Effort, clock: Clock, begun: float, share: float = 1.0) -> bool:
    """Whether this share of the seconds is over."""
    return effort.seconds is not None and clock() > begun + share * effort.seconds


def chosen(
    grounds: Grounds,
    made: Generated,
    *,
    effort: Effort,
    clock: Clock = standing,
    begun: float = 0.0,
    tell: Tell = lambda stage, value, bound: None,
    should_stop: Callable[[], bool] = lambda: False,
    step: float = STEP,
) -> Found:
    """From the mixture to a plan with days: also for another λ than the mixture was made with.

    begun
        When the seconds of the effort began.
    step
        See `dive.dive`.
    """
    problem, master = grounds.problem, made.master
    master.problem = problem
    staffable = Staffable(grounds, {})

    def late(share: float) -> bool:
        return should_stop() or is_late(effort, clock, begun, share)

    def told(stage: str, picked: Sequence[int]) -> None:
        visits = [v for at in picked for v in master.columns[at].visits]
        bound = bound_of(problem, visits, made.bound.value)
        tell(stage, float(problem.value[visits].sum()), float(bound))

    with_guesses(master, staffable)
    picked = dive(master, staffable, step=step, should_stop=lambda: late(1.0))
    told("routes", picked)
    picked = improve(
        master,
        staffable,
        picked,
        rounds=effort.neighbourhoods,
        should_stop=lambda: late(IMPROVE_SHARE),
    )
    told("improve", picked)
    placed = _placed(problem, master, picked, effort, should_stop)
    for _ in range(AGAIN):
        if not placed.left or late(1.0):
            break
        more, others = _exchanged(master, staffable, picked, placed, effort, should_stop)
        if _worth(problem, more.team_days) <= _worth(problem, placed.team_days):
            break
        placed, picked = more, others
    if placed.left and not late(1.0):
        placed = _placed(problem, master, picked, effort, should_stop, is_whole=True)
    plan = _plan(grounds, made, placed, stopped=should_stop())
    tell("days", float(plan.value), None if plan.bound is None else float(plan.bound))
    dayless = tuple(master.columns[picked[k]].visits for k in placed.left)
    note = SolverNote(
        "GLOP",
        version("ortools"),
        {"rounds": made.rounds, "columns": len(master.columns)},
        "OPTIMAL" if made.is_optimal else "FEASIBLE",
        plan.value,
        plan.bound,
    )
    return Found(plan, tuple(master.columns), dayless, (note, *placed.notes))


def _placed(
    problem: Problem,
    master: Master,
    picked: Sequence[int],
    effort: Effort,
    should_stop: Callable[[], bool],
    *,
    is_whole: bool = False,
) -> Placement:
    columns = [master.columns[at] for at in picked]
    candidates = [
        candidate_of(problem, c.visits, c.shift, weight)
        for c, weight in zip(columns, weights_of(problem, [c.visits for c in columns]), strict=True)
    ]
    return place(problem, candidates, effort=effort, should_stop=should_stop, is_whole=is_whole)


def _exchanged(
    master: Master,
    staffable: Staffable,
    picked: Sequence[int],
    placed: Placement,
    effort: Effort,
    should_stop: Callable[[], bool],
) -> tuple[Placement, list[int]]:
    """Routes that found no day are barred, and others take their place."""
    barred = {picked[k] for k in placed.left}
    for at in barred:
        staffable.guesses[tuple(sorted(master.columns[at].visits))] = None
    master.reprice([(at, None) for at in barred])
    kept = [at for at in picked if at not in barred]
    others = dive(master, staffable, kept=kept, should_stop=should_stop)
    return _placed(staffable.grounds.problem, master, others, effort, should_stop), others


def _worth(problem: Problem, team_days: Sequence[TeamDay]) -> float:
    return sum(
        column_of(replace(problem, guess_price=0.0), day.visits, day.shift).worth
        for day in team_days
    )


def _plan(grounds: Grounds, made: Generated, placed: Placement, *, stopped: bool) -> Plan:
    problem = grounds.problem
    team_days = tuple(sorted(placed.team_days, key=lambda d: (d.day, d.shift, d.visits)))
    visits = [v for day in team_days for v in day.visits]
    unmade = np.setdiff1d(np.flatnonzero(problem.is_must), visits)
    proof = proven(grounds, made.bound.prices)
    is_proven = proof < np.inf
    return Plan(
        team_days=team_days,
        value=net_value(problem, team_days),
        bound=bound_of(problem, visits, proof) if is_proven else None,
        bound_method="exact" if is_proven else "none",
        short=tuple(map(int, short_of(problem, visits))),
        unmade=tuple(map(int, unmade)),
        stopped=stopped,
    )
