"""Which smallest set of named rules cannot hold together?

Every core is minimised here, by leaving out one reason at a time, and proven again from nothing:
the set as a whole has no answer, and without any one of its reasons it has one. CP-SAT is asked
with one worker and without presolve, because wrong cores have been reported (google/or-tools
#5141, #5274).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduler.roster.model import Model, Option, build
from scheduler.roster.problem import Problem
from scheduler.roster.reasons import Reason, in_order

Holds = Callable[[frozenset[Reason]], bool | None]
"""Whether rules can hold together; none where that was not found out in time."""
MOST_DETAILED = 12
"""A core officer by officer is minimised from at most so many reasons; a longer one says no more
than the rule as such, and each reason costs a solve."""
TICKS = 3.0
"""Deterministic time for one question; those of real months take hundredths."""


@dataclass(frozen=True, slots=True)
class Core:
    """Rules that cannot hold together.

    is_minimal
        Proven again: the rules clash, and without any one of them they do not. False where the
        solver ran out of its time on one of these questions.
    """

    reasons: tuple[Reason, ...]
    is_minimal: bool


def minimal(start: Collection[Reason], holds: Holds) -> Core | None:
    """A smallest set within `start` that cannot hold; none where all of it can."""
    core = in_order(list(start))
    if holds(frozenset(core)) is not False:
        return None
    for reason in core:
        rest = frozenset(core) - {reason}
        if holds(rest) is False:
            core = in_order(list(rest))
    return Core(core, is_proven(core, holds))


def is_proven(core: Sequence[Reason], holds: Holds) -> bool:
    """The set clashes, and each set with one reason less does not."""
    every = frozenset(core)
    return holds(every) is False and all(holds(every - {one}) is True for one in core)


def core_of(model: Model, *, most: int | None = None) -> Core | None:
    """A smallest set of reasons of a model made to explain; none where the model has an answer, or
    the solver's first core has more than `most`."""
    literals = model.literals or {}
    first = _first(model, literals)
    is_long = first is not None and most is not None and len(first) > most
    return (
        None
        if first is None or is_long
        else minimal(first, lambda some: _holds(model, literals, some))
    )


def _first(model: Model, literals: dict[Reason, cp_model.IntVar]) -> frozenset[Reason] | None:
    """The solver's own core, which is where the minimising begins."""
    model.cp.clear_assumptions()
    model.cp.add_assumptions(list(literals.values()))
    solver = _solver()
    status = solver.status_name(solver.solve(model.cp))
    blamed = set(solver.sufficient_assumptions_for_infeasibility())
    model.cp.clear_assumptions()
    if status != "INFEASIBLE":
        return None
    named = frozenset(reason for reason, lit in literals.items() if lit.index in blamed)
    return named if _holds(model, literals, named) is False else frozenset(literals)


def _holds(
    model: Model, literals: dict[Reason, cp_model.IntVar], some: frozenset[Reason]
) -> bool | None:
    """A fresh solve with these reasons true and the others lifted."""
    cp = model.cp.clone()
    for reason, literal in literals.items():
        cp.add(cp.get_bool_var_from_proto_index(literal.index) == (reason in some))
    solver = _solver()
    status = solver.status_name(solver.solve(cp))
    if status == "INFEASIBLE":
        return False
    return True if status in ("OPTIMAL", "FEASIBLE") else None


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = TICKS
    return solver


def explained(
    problem: Problem,
    among: Sequence[Option],
    *,
    required: Sequence[int] = (),
    musts: Sequence[int] = (),
    bans: Sequence[tuple[int, int]] = (),
) -> tuple[Core | None, Core | None]:
    """Why these routes, or these visits, cannot all be staffed: by rule, and officer by officer.

    Rules as such come first, since "the leave of 8 December" says more than nineteen leaves. The
    second core looks into the first alone, and is none where it would be long.
    """
    coarse = core_of(
        build(
            problem, among, required=required, musts=musts, bans=bans, explains=True,
            told_as=Reason.of_all,
        )
    )  # fmt: skip
    if coarse is None:
        return None, None
    model = build(problem, among, required=required, musts=musts, bans=bans, explains=True)
    literals = model.literals or {}
    for reason in list(literals):
        if reason.of_all() not in coarse.reasons:
            model.cp.add(literals.pop(reason) == 0)
    return coarse, core_of(model, most=MOST_DETAILED)
