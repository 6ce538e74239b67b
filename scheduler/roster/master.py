"""Which mixture of known routes is worth most, and what does that make a visit or a team-day cost?

The linear programme of column generation: every visit at most once, the minima of the strata, the
team-days there are. Must-visits pay a bonus and missing minima a fine, both above all that a
team-day can earn, so that the order is: must-visits, minima, worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.math_opt.python import mathopt

from scheduler.roster.problem import Floats, Ints, Problem

Key = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    """A route without a day.

    worth
        What it adds to the objective: values and bonuses less the costs of road and team-day.
    """

    visits: tuple[int, ...]
    shift: int
    worth: float

    @property
    def key(self) -> Key:
        """Routes of the same visits in the same shift are one."""
        return self.shift, tuple(sorted(self.visits))


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Duals: of every visit, of every stratum's minimum (≥ 0), and of a team-day."""

    visit: Floats
    stratum: Floats
    team_day: float


def fine_of(problem: Problem) -> int:
    """A sum no team-day can earn."""
    return int(problem.value.max(initial=0)) * _most_visits(problem) + 1


def _most_visits(problem: Problem) -> int:
    """Of a route; a day that can hold more than eight is not planned by this programme."""
    return min(problem.most_visits, 8)


def bonus_of(problem: Problem) -> Ints:
    """(n,): what a must-visit earns beside its value: more than a team-day can earn, fines that it
    would spare included."""
    return np.where(problem.is_must, (_most_visits(problem) + 1) * fine_of(problem), 0)


def column_of(problem: Problem, visits: Sequence[int], shift: int, guess: float = 0.0) -> Column:
    """The route as a column.

    guess
        Of `crews.guess_of`; it costs λ times as much.
    """
    chosen = list(visits)
    earned = int(problem.value[chosen].sum()) + int(bonus_of(problem)[chosen].sum())
    cost = problem.team_day_price + problem.guess_price * guess
    if problem.road_price:
        cost += problem.road_price * road_of(problem, visits)
    return Column(tuple(visits), shift, earned - cost)


def road_of(problem: Problem, visits: Sequence[int]) -> int:
    """Minutes of road of a route."""
    spots = [0, *(v + 1 for v in visits), 0]
    return int(problem.minutes[spots[:-1], spots[1:]].sum())


@dataclass(slots=True)
class Master:
    """The programme, kept between solves: columns are added, bounds move, nothing is rebuilt."""

    problem: Problem
    columns: list[Column] = field(default_factory=list)
    known: dict[Key, int] = field(default_factory=dict)
    model: mathopt.Model = field(default_factory=mathopt.Model)
    variables: list[mathopt.Variable] = field(default_factory=list)
    rows: dict[int, mathopt.LinearConstraint] = field(default_factory=dict)
    strata: list[mathopt.LinearConstraint] = field(default_factory=list)
    fines: list[mathopt.Variable] = field(default_factory=list)
    team_days: mathopt.LinearConstraint = field(init=False)
    solver: mathopt.IncrementalSolver = field(init=False)
    result: mathopt.SolveResult = field(init=False)

    def __post_init__(self) -> None:
        self.model.objective.is_maximize = True
        for least in self.problem.least:
            row = self.model.add_linear_constraint(lb=float(least))
            missing = self.model.add_variable(lb=0)
            row.set_coefficient(missing, 1.0)
            self.model.objective.set_linear_coefficient(missing, -float(fine_of(self.problem)))
            self.strata.append(row)
            self.fines.append(missing)
        self.team_days = self.model.add_linear_constraint(ub=float(self.problem.team_days))
        self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)

    def add(self, columns: Iterable[Column]) -> int:
        """New columns into the programme; a known one gets the better worth. How many are new or
        better."""
        new = 0
        for column in columns:
            at = self.known.get(column.key)
            if at is None:
                self.known[column.key] = len(self.columns)
                self.columns.append(column)
                self.variables.append(self._variable(column))
                new += 1
            elif column.worth > self.columns[at].worth + 1e-9:
                new += 1  # the same visits in a better order
                self.columns[at] = column
                self.model.objective.set_linear_coefficient(self.variables[at], column.worth)
        return new

    def _variable(self, column: Column) -> mathopt.Variable:
        x = self.model.add_variable(lb=0)
        self.model.objective.set_linear_coefficient(x, column.worth)
        for visit in column.visits:
            if visit not in self.rows:
                self.rows[visit] = self.model.add_linear_constraint(ub=1.0)
            self.rows[visit].set_coefficient(x, 1.0)
        counts = np.bincount(self.problem.stratum[list(column.visits)])
        for stratum in np.flatnonzero(counts):
            self.strata[stratum].set_coefficient(x, float(counts[stratum]))
        self.team_days.set_coefficient(x, 1.0)
        return x

    def reprice(self, worths: Iterable[tuple[int, float | None]]) -> None:
        """Other worths for columns by position; none bars the column."""
        for at, worth in worths:
            if worth is None:
                self.variables[at].upper_bound = 0.0
            else:
                old = self.columns[at]
                self.columns[at] = Column(old.visits, old.shift, worth)
                self.model.objective.set_linear_coefficient(self.variables[at], worth)

    def fix(self, at: int) -> None:
        """The column is in the plan."""
        self.variables[at].lower_bound = 1.0

    def free(self, at: int) -> None:
        """The column need not be in the plan any more."""
        self.variables[at].lower_bound = 0.0

    def solve(self) -> float:
        """Solve again from where it stood; the objective.

        Raises
        ------
        RuntimeError
            GLOP has no optimum: fixed columns that contradict one another.
        """
        self.result = self.solver.solve()
        if self.result.termination.reason != mathopt.TerminationReason.OPTIMAL:
            raise RuntimeError(f"GLOP: {self.result.termination.reason.name}")
        return float(self.result.objective_value())

    def prices(self) -> Prices:
        """Duals of the last solve."""
        visit = np.zeros(self.problem.visits)
        at = list(self.rows)
        visit[at] = np.maximum(self.result.dual_values([self.rows[v] for v in at]), 0.0)
        stratum = np.maximum(-np.array(self.result.dual_values(self.strata)), 0.0)
        team_day = self.result.dual_values([self.team_days])[0]
        return Prices(visit, stratum, max(float(team_day), 0.0))

    def values(self) -> Floats:
        """How much of each column is in the mixture."""
        return np.array(self.result.variable_values(self.variables))

    def missing(self) -> float:
        """Visits missing from the minima in the mixture."""
        return float(sum(self.result.variable_values(self.fines)))

    def beside(self) -> float:
        """What the mixture earns and pays beside worth: bonuses of must-visits less fines."""
        bonus = bonus_of(self.problem)
        earned = [float(bonus[list(column.visits)].sum()) for column in self.columns]
        return float(self.values() @ earned) - fine_of(self.problem) * self.missing()
