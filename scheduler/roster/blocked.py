"""Which rule is the first in the way of an urgent visit that no proposal could make?

In the order in which a supervisor would look: is it open, does it fit into a day, who may go, who
is there. What remains is that those who could go are needed elsewhere.
"""

from __future__ import annotations

import numpy as np

from riskengine.errors import Sentence, sentence
from scheduler.roster.judge import clash
from scheduler.roster.problem import Problem, clocked
from scheduler.roster.reasons import Names, Reason, said


def first_block(problem: Problem, visit: int, names: Names, *, today: int) -> tuple[str, Sentence]:
    """The name of the rule, and what there is to say.

    problem
        The month as it is now: the visit is open until it is due.
    today
        Position of the last day that stays as it is.
    """
    sector = int(problem.sector[visit])
    days = [d for d in range(today + 1, problem.days) if problem.is_open[visit, d]]
    if not days:
        return "closed_day", sentence("blocked_closed")
    if all(clocked(problem, shift, [visit]) is None for shift in problem.shifts):
        rule = clash(problem, problem.shifts[0], [visit])
        return rule, said(Reason(rule, visit=visit), problem, names)
    licensed = problem.licences[:, sector]
    if not licensed.any():
        rule = "lead_licence" if problem.cover == "strict" else "seat_licence"
        return rule, said(Reason(rule, sector=sector), problem, names)
    able = ~problem.avoids[:, visit]
    if able.sum() < 2 or not (able & licensed).any():
        return "avoidance", said(Reason("avoidance", visit=visit), problem, names)
    there = problem.is_free[:, days] & able[:, np.newaxis]
    if not ((there.sum(axis=0) >= 2) & there[licensed].any(axis=0)).any():
        return "leave", sentence("blocked_nobody_free", sector=names.sectors[sector])
    return "field_days_most", sentence("blocked_full")
