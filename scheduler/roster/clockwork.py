"""Why does a route not fit into its day: which hours, windows, roads and times clash?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np

from scheduler.roster.problem import Problem, Shift, clocked
from scheduler.roster.reasons import Reason

MOST_TOLD = 9
"""Rules of a route's time that are tried in all combinations; beyond them windows go together."""


def time_reasons(shift: Shift, visits: Sequence[int]) -> tuple[Reason, ...]:
    """The rules the time of a route hangs on, each by its name."""
    each = tuple(
        Reason(rule, visit=v) for v in visits for rule in ("time_window", "visit_minutes", "travel")
    )
    return (Reason("working_hours"), *((Reason("lunch"),) if shift.lunch else ()), *each)


def time_conflicts(
    problem: Problem, shift: Shift, visits: Sequence[int]
) -> list[tuple[Reason, ...]]:
    """Every smallest set of time rules that no route of these visits in this order keeps; empty
    where the route fits."""
    if clocked(problem, shift, visits) is not None:
        return []
    fits = partial(fits_under, problem, shift, visits)
    every = time_reasons(shift, visits)
    found: list[frozenset[Reason]] = []
    for size in range(1, min(len(every), MOST_TOLD) + 1):
        for some in map(frozenset, combinations(every, size)):
            if not any(known <= some for known in found) and not fits(some):
                found.append(some)
    return [tuple(sorted(some, key=str)) for some in found]


def fits_under(
    problem: Problem, shift: Shift, visits: Sequence[int], rules: Collection[Reason]
) -> bool:
    """Whether the visits fit in this order where only these rules of time hold.

    Without `travel` to an enterprise it lies at the base; lifting a rule never makes it harder.
    """
    held = set(rules)
    places = [0, *(v + 1 for v in visits)]
    minutes = problem.minutes[np.ix_(places, places)].copy()
    on_site, earliest, latest = (
        at[list(visits)].copy() for at in (problem.on_site, problem.earliest, problem.latest)
    )
    begin = min(shift.begin, int(earliest.min(initial=shift.begin)))
    far = 1 << 20
    for k, v in enumerate(visits):
        if Reason("time_window", visit=v) not in held:
            earliest[k], latest[k] = begin, far
        if Reason("visit_minutes", visit=v) not in held:
            on_site[k] = 0
        if Reason("travel", visit=v) not in held:
            minutes[k + 1, :], minutes[:, k + 1] = minutes[0, :], minutes[:, 0]
    np.fill_diagonal(minutes, 0)
    lunch = shift.lunch if Reason("lunch") in held else None
    end = shift.end if Reason("working_hours") in held else far
    small = replace(problem, minutes=minutes, on_site=on_site, earliest=earliest, latest=latest)
    return clocked(small, replace(shift, end=end, lunch=lunch), range(len(visits))) is not None
