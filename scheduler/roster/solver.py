"""How is CP-SAT asked, so that it answers the same again and stops when told?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from threading import Thread
from typing import Any

from ortools.sat.python import cp_model

from scheduler.roster.documents import Effort, SolverNote

Clock = Callable[[], float]
"""Seconds since any one moment. The planner has none of its own: who limits its seconds hands one
in, which can be pickled where work is shared out (``time.monotonic``)."""


def standing() -> float:
    """The clock where nobody counts the seconds."""
    return 0.0


def solve(
    cp: cp_model.CpModel, effort: Effort, should_stop: Callable[[], bool], *, gap: int = 0
) -> tuple[cp_model.CpSolver, SolverNote]:
    """One worker and a deterministic limit, so that equal models give equal answers."""
    solver = cp_model.CpSolver()
    wanted: dict[str, str | int] = {
        "num_workers": 1,
        "random_seed": effort.seed,
        "max_deterministic_time": effort.ticks,
        "absolute_gap_limit": max(gap, 0),
    }
    if effort.seconds is not None:
        wanted["max_time_in_seconds"] = effort.seconds
    status, was_asked = _run(solver, cp, wanted, should_stop)
    if status == "INFEASIBLE":  # google/or-tools #5274: presolve has been wrong before
        solver = cp_model.CpSolver()
        status, was_asked = _run(solver, cp, wanted | {"cp_model_presolve": 0}, should_stop)
    is_solved = status in ("OPTIMAL", "FEASIBLE")
    note = SolverNote(
        name="CP-SAT",
        version=version("ortools"),
        parameters=wanted,
        status="STOPPED" if was_asked else status,
        value=round(solver.objective_value) if is_solved else None,
        bound=round(solver.best_objective_bound) if is_solved else None,
    )
    return solver, note


def _run(
    solver: cp_model.CpSolver,
    cp: cp_model.CpModel,
    wanted: Mapping[str, str | int],
    should_stop: Callable[[], bool],
) -> tuple[str, bool]:
    """Solve in a thread, while the caller's own thread asks whether to stop."""
    for name, value in wanted.items():
        setattr(solver.parameters, name, value)
    status: list[Any] = []
    thread = Thread(target=lambda: status.append(solver.solve(cp)))
    was_asked = should_stop()  # asked once at least, however fast the solver is
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
        was_asked = was_asked or should_stop()
        if was_asked:
            solver.stop_search()
    return solver.status_name(status[0]), was_asked
