"""Which rules bar an officer, a day or a whole route from an assignment?

One small function a rule; the model asks them what may be, and the explanations by what name it
may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.roster.clockwork import time_conflicts
from scheduler.roster.problem import Mask, Problem
from scheduler.roster.reasons import Reason


@dataclass(frozen=True, slots=True)
class Option:
    """One way a route may go; at most one of the options of a route goes.

    days
        Those it may be considered for.
    """

    route: int
    visits: tuple[int, ...]
    days: tuple[int, ...]
    shift: int = 0


def sectors_of(problem: Problem, visits: Sequence[int]) -> list[int]:
    """The sectors of a route, each once."""
    return sorted({int(problem.sector[v]) for v in visits})


@dataclass(frozen=True, slots=True)
class Bar:
    """Where all the reasons stand, an option cannot have this officer or day; none = any.

    leads_only
        The officer may come along, and only cannot lead.
    """

    reasons: tuple[Reason, ...]
    officer: int | None = None
    day: int | None = None
    leads_only: bool = False


def lead_licence(problem: Problem, option: Option) -> Iterator[Bar]:
    """The lead is certified for every sector of the route, where cover is strict."""
    if problem.cover == "strict":
        for sector in sectors_of(problem, option.visits):
            for i in np.flatnonzero(~problem.licences[:, sector]).tolist():
                reason = Reason("lead_licence", officer=i, sector=sector)
                yield Bar((reason,), officer=i, leads_only=True)


def avoidance(problem: Problem, option: Option) -> Iterator[Bar]:
    for v in option.visits:
        for i in np.flatnonzero(problem.avoids[:, v]).tolist():
            yield Bar((Reason("avoidance", officer=i, visit=v),), officer=i)


def leave(problem: Problem, option: Option) -> Iterator[Bar]:
    """Not free: leave, certificate or training."""
    for day in option.days:
        for i in np.flatnonzero(~problem.is_free[:, day]).tolist():
            yield Bar((Reason("leave", officer=i, day=day),), officer=i, day=day)


def closed_day(problem: Problem, option: Option) -> Iterator[Bar]:
    for v in option.visits:
        for day in option.days:
            if not problem.is_open[v, day]:
                yield Bar((Reason("closed_day", visit=v),), day=day)


def most_visits_a_day(problem: Problem, option: Option) -> Iterator[Bar]:
    if len(option.visits) > problem.most_visits:
        yield Bar((Reason("most_visits_a_day"),))


def working_hours(problem: Problem, option: Option) -> Iterator[Bar]:
    """Hours, windows, road, time on site and lunch: each smallest set of them that clashes."""
    for reasons in time_conflicts(problem, problem.shifts[option.shift], option.visits):
        yield Bar(reasons)


BARS: dict[str, Callable[[Problem, Option], Iterator[Bar]]] = {
    "lead_licence": lead_licence,
    "avoidance": avoidance,
    "leave": leave,
    "working_hours": working_hours,
    "closed_day": closed_day,
    "most_visits_a_day": most_visits_a_day,
}


def allowed(problem: Problem, option: Option) -> tuple[Mask, Mask]:
    """(officer, day): who could come along and who could lead, as far as bars go."""
    comes = unbarred(problem, option)
    leads = comes.copy()
    for bars in BARS.values():
        for bar in bars(problem, option):
            at = tuple(slice(None) if each is None else each for each in (bar.officer, bar.day))
            leads[at] = False
            if not bar.leads_only:
                comes[at] = False
    return comes, leads


def unbarred(problem: Problem, option: Option) -> Mask:
    free = np.zeros((problem.officers, problem.days), bool)
    free[:, list(option.days)] = True
    return free
