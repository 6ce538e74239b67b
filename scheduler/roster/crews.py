"""Who could take each seat of a route, and how guessable does that make it?

In positions, for the planner; `seats` says the same of the officers of a register.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.roster.problem import Floats, Mask, Problem
from scheduler.roster.seats import splits


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """Masks over the officers: who could lead, and who could come along; whatever the day."""

    leads: Mask
    seconds: Mask


def ways(problem: Problem, visits: Sequence[int]) -> tuple[Crew, ...]:
    """Every way to share the certificates of the route between its seats, the strict one first."""
    chosen = list(visits)
    willing = ~np.logical_or.reduce(problem.avoids[:, chosen], axis=1)
    sectors = sorted({int(s) for s in problem.sector[chosen]})
    if problem.cover == "strict":
        leads = willing & problem.licences[:, sectors].all(axis=1)
        return (Crew(leads, willing),)
    names = {str(sector): sector for sector in sectors}
    lists = splits(names, "joint")
    masks = [
        tuple(
            willing & problem.licences[:, [names[name] for name in asked]].all(axis=1)
            for asked in both
        )
        for both in lists
    ]
    return tuple(Crew(leads, seconds) for leads, seconds in masks)


def crew_of(problem: Problem, visits: Sequence[int]) -> Crew:
    """The way whose scarcer seat most officers could take; of equals the first."""
    return max(
        ways(problem, visits), key=lambda crew: min(int(crew.leads.sum()), int(crew.seconds.sum()))
    )


def open_days(problem: Problem, visits: Sequence[int]) -> Mask:
    """Days on which every visit of the route can be made."""
    found: Mask = np.logical_and.reduce(problem.is_open[list(visits)], axis=0)
    return found


def scarcity(problem: Problem, visits: Sequence[int]) -> Floats:
    """By day: 1 ÷ officers who could take the scarcer seat; 0 on days that nobody can staff."""
    crew = crew_of(problem, visits)
    leads, seconds, either = (
        problem.is_free[able].sum(axis=0)
        for able in (crew.leads, crew.seconds, crew.leads | crew.seconds)
    )
    scarcer = np.minimum(leads, seconds)
    able = open_days(problem, visits) & (scarcer >= 1) & (either >= 2)
    if problem.bans:
        able &= _has_pair(problem, crew)
    return np.where(able, 1.0 / np.maximum(scarcer, 1), 0.0)


def _has_pair(problem: Problem, crew: Crew) -> Mask:
    """Days on which somebody could lead with somebody he or she may go with."""
    may = np.outer(crew.leads, crew.seconds)
    np.fill_diagonal(may, False)
    for one, other in problem.bans:
        may[one, other] = may[other, one] = False
    free = problem.is_free
    return np.array([bool(may[np.ix_(day, day)].any()) for day in free.T], np.bool_)


def guess_of(problem: Problem, visits: Sequence[int]) -> float | None:
    """Mean over the days that can be staffed of 1 ÷ eligible leads; none where no day can."""
    shares = scarcity(problem, visits)
    able = shares[shares > 0]
    return float(able.mean()) if len(able) else None
