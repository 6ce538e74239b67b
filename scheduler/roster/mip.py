"""What does a solver of linear programmes find in an assignment, where CP-SAT sees no flow?

The same rules, read from the same model. Pairs on routes are nearly a flow, so the relaxation is
nearly whole: on the county month SCIP proved in seconds what CP-SAT with one worker had not found
in ten. First the relaxation is solved: its value is the bound, and what it leaves as it was is
fixed; SCIP decides the rest, on one thread and by a number of nodes, not by the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

from scheduler.roster.documents import SolverNote

FREE = 1 << 40
"""Bounds of CP-SAT beyond this are none."""
WHOLE = 1e-6
"""As near to 0 or 1 counts as it."""


def maximised(
    cp: cp_model.CpModel,
    worth: Sequence[tuple[cp_model.IntVar, int]],
    start: Sequence[Sequence[int]],
    *,
    gap: int = 0,
    nodes: int = 100,
) -> tuple[dict[int, int] | None, SolverNote]:
    """The values by index of variable; none where no solution was found.

    start
        Variables that are 1 together in a solution known, by index. A group that is whole in the
        relaxation too is fixed, so that the answer is never worse.
    gap
        So near to the best is as good.
    """
    model, variables = _read(cp, worth)
    lp = mathopt.solve(model, mathopt.SolverType.GLOP)
    parameters: dict[str, str | int] = {"gap": gap, "nodes": nodes}
    if not lp.has_primal_feasible_solution():
        return None, _note(parameters, lp.termination.reason.name, None, None)
    bound = lp.objective_value()
    at = lp.variable_values()
    for each in variables:
        each.integer = True
    whole = [group for group in start if all(at[variables[k]] > 1 - WHOLE for k in group)]
    fixed = [k for group in whole for k in group]
    for k in fixed:
        variables[k].lower_bound = 1.0
    known = {variables[k]: 1.0 for group in start for k in group}
    found, reason = _whole(model, variables, known, gap, nodes)
    if found is None and fixed:
        for k in fixed:
            variables[k].lower_bound = 0.0
        found, reason = _whole(model, variables, {}, gap, nodes)
    if found is None:
        return None, _note(parameters, reason, None, bound)
    value = sum(each * found[var.index] for var, each in worth)
    if reason == "OPTIMAL" and not fixed:  # nothing was left out: SCIP's own proof holds
        bound = min(bound, value + gap)
    status = "OPTIMAL" if bound - value < gap + 1 else "FEASIBLE"
    return found, _note(parameters, status, value, bound)


def _note(
    parameters: dict[str, str | int], status: str, value: int | None, bound: float | None
) -> SolverNote:
    limit = None if bound is None else int(bound + WHOLE)
    return SolverNote("SCIP", version("ortools"), parameters, status, value, limit)


def _whole(
    model: mathopt.Model,
    variables: Sequence[mathopt.Variable],
    known: dict[mathopt.Variable, float],
    gap: int,
    nodes: int,
) -> tuple[dict[int, int] | None, str]:
    """In whole numbers."""
    limits = mathopt.SolveParameters(
        absolute_gap_tolerance=float(gap),
        relative_gap_tolerance=0.0,
        node_limit=nodes,
        random_seed=0,
    )
    hints = [mathopt.SolutionHint(variable_values=known)] if known else []
    found = mathopt.solve(
        model,
        mathopt.SolverType.GSCIP,
        params=limits,
        model_params=mathopt.ModelSolveParameters(solution_hints=hints),
    )
    reason = found.termination.reason.name
    if not found.has_primal_feasible_solution():
        return None, reason
    at = found.variable_values()
    return {k: round(at[each]) for k, each in enumerate(variables)}, reason


def _read(
    cp: cp_model.CpModel, worth: Sequence[tuple[cp_model.IntVar, int]]
) -> tuple[mathopt.Model, list[mathopt.Variable]]:
    """Linear rows and rows of literals; a model made to explain holds others and is refused."""
    model = mathopt.Model()
    variables = [
        model.add_variable(lb=each.domain[0], ub=each.domain[-1]) for each in cp.proto.variables
    ]
    total: dict[int, int] = {}
    for var, each in worth:
        total[var.index] = total.get(var.index, 0) + each
    for k, worth_of in total.items():
        model.objective.set_linear_coefficient(variables[k], worth_of)
    model.objective.is_maximize = True
    for row in cp.proto.constraints:
        terms, low, high = _row(row)
        if terms or not low <= 0 <= high:
            linear = model.add_linear_constraint(lb=low, ub=high)
            for k, coefficient in terms.items():
                linear.set_coefficient(variables[k], coefficient)
    return model, variables


def _row(row: Any) -> tuple[dict[int, float], float, float]:
    """Coefficients by variable, and between which bounds their sum lies."""
    kind = row.WhichOneof("constraint")
    if row.enforcement_literal or kind not in ("linear", "at_most_one", "bool_or"):
        raise ValueError(f"a row of kind {kind} has no linear form here")
    terms: dict[int, float] = {}
    if kind == "linear":
        for k, each in zip(row.linear.vars, row.linear.coeffs, strict=True):
            terms[k] = terms.get(k, 0.0) + each
        low, high = row.linear.domain[0], row.linear.domain[-1]
        return (
            terms,
            (float("-inf") if low < -FREE else low),
            (float("inf") if high > FREE else high),
        )
    negated = 0
    for literal in getattr(row, kind).literals:
        k, sign = (literal, 1) if literal >= 0 else (-literal - 1, -1)
        negated += sign < 0
        terms[k] = terms.get(k, 0.0) + sign
    if kind == "at_most_one":
        return terms, float("-inf"), 1.0 - negated
    return terms, 1.0 - negated, float("inf")
