"""Which routes does a holiday peak count, and for how many more is there room on a day?

A peak leaves a share of the pairs for routine visits; those of sectors that it covers in full, and
visits outside the draw, are what the other pairs are kept for. A route with one counted visit
counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.roster.problem import Problem, TeamDay


def is_counted(problem: Problem, visits: Sequence[int], day: int) -> bool:
    """Whether a route with these visits counts on the day."""
    counted = problem.is_counted
    return counted is not None and bool(counted[list(visits), day].any())


def room(problem: Problem, plan: Sequence[TeamDay], day: int) -> int:
    """Counted routes that the day still takes beside those of the plan; the officers where no
    peak is."""
    if problem.peak is None:
        return problem.officers
    there = sum(
        route.day == day and is_counted(problem, route.visits, day)
        for route in plan
        if route.visits
    )
    return int(problem.peak[day]) - there
