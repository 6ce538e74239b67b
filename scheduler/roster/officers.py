"""Why this officer on this seat, and why not each of the others?

For each other officer the first rule that bars him or her from the seat as the plan stands; who is
barred by none could sit there just as well, and only the lot decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from riskengine.errors import Sentence, sentence
from scheduler.roster.model import sectors_of
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.reasons import Names, Reason, numbered

EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Chair:
    """The seat in question."""

    problem: Problem
    plan: Sequence[TeamDay]
    route: int
    is_lead: bool
    bans: frozenset[frozenset[int]]

    @property
    def team(self) -> TeamDay:
        """The route of the seat."""
        return self.plan[self.route]

    @property
    def mate(self) -> int | None:
        """Who sits in the other seat."""
        return self.team.second if self.is_lead else self.team.lead


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an officer could sit there.

    rule
        The first rule in the way, or "sits" for the one who does, or "equal".
    about
        The visit, sector, route or officer it is about.
    """

    officer: int
    rule: str
    about: Reason

    @property
    def could_sit(self) -> bool:
        """Nothing is in the way."""
        return self.rule in (EQUAL, "sits")


Block = Callable[[Chair, int], Reason | None]


def avoidance(chair: Chair, i: int) -> Reason | None:
    for v in chair.team.visits:
        if chair.problem.avoids[i, v]:
            return Reason("avoidance", officer=i, visit=v)
    return None


def licence(chair: Chair, i: int) -> Reason | None:
    """The lead holds every sector; where the pair covers together, the two do."""
    held = chair.problem.licences[i].copy()
    if chair.problem.cover == "strict":
        if not chair.is_lead:
            return None
    elif chair.mate is not None:
        held |= chair.problem.licences[chair.mate]
    rule = "lead_licence" if chair.problem.cover == "strict" else "seat_licence"
    for sector in sectors_of(chair.problem, chair.team.visits):
        if not held[sector]:
            return Reason(rule, officer=i, sector=sector)
    return None


def valid_certificate(chair: Chair, i: int) -> Reason | None:
    """An expired certificate bars like leave, and is mended otherwise."""
    papers, day = chair.problem.papers, chair.team.day
    if papers is not None and day is not None and not papers.is_certified[i, day]:
        return Reason("valid_certificate", officer=i, day=day)
    return None


def training_hours(chair: Chair, i: int) -> Reason | None:
    papers = chair.problem.papers
    if papers is not None and not papers.is_trained[i]:
        return Reason("training_hours", officer=i)
    return None


def leave(chair: Chair, i: int) -> Reason | None:
    day = chair.team.day
    if day is not None and not chair.problem.is_free[i, day]:
        return Reason("leave", officer=i, day=day)
    return None


def pair_ban(chair: Chair, i: int) -> Reason | None:
    if chair.mate is not None and frozenset({i, chair.mate}) in chair.bans:
        return Reason("pair_ban", officer=i, other=chair.mate)
    return None


def one_route_a_day(chair: Chair, i: int) -> Reason | None:
    """Busy on the day, or in the other seat of the route."""
    for k, route in enumerate(chair.plan):
        if route.day == chair.team.day and i in (route.lead, route.second):
            return Reason("one_route_a_day", officer=i, day=_day(chair), route=k)
    return None


def field_days_most(chair: Chair, i: int) -> Reason | None:
    load = sum(i in (route.lead, route.second) for route in chair.plan)
    if load >= chair.problem.field_days[i]:
        return Reason("field_days_most", officer=i)
    return None


def _day(chair: Chair) -> int:
    return -1 if chair.team.day is None else chair.team.day


BLOCKS: tuple[Block, ...] = (
    avoidance,
    licence,
    valid_certificate,
    training_hours,
    leave,
    pair_ban,
    one_route_a_day,
    field_days_most,
)
"""In the order they are told: what never changes first, what a swap could mend last."""


def why_officer(
    problem: Problem,
    plan: Sequence[TeamDay],
    route: int,
    seat: str,
    *,
    bans: Sequence[tuple[int, int]] = (),
) -> tuple[Verdict, ...]:
    """One verdict for each officer, by position; `seat` is "lead" or "second"."""
    kept = frozenset(frozenset(pair) for pair in bans)
    chair = Chair(problem, plan, route, seat == "lead", kept)
    sitting = chair.team.lead if chair.is_lead else chair.team.second
    verdicts = []
    for i in range(problem.officers):
        if i == sitting:
            verdicts.append(Verdict(i, "sits", Reason("sits", officer=i)))
            continue
        first = next((found for block in BLOCKS if (found := block(chair, i))), None)
        verdicts.append(
            Verdict(i, first.rule, first) if first else Verdict(i, EQUAL, Reason(EQUAL))
        )
    return tuple(verdicts)


CODES = {
    "sits": "officer_sits",
    EQUAL: "officer_equal",
    "avoidance": "officer_avoids",
    "lead_licence": "officer_not_licensed",
    "seat_licence": "officer_pair_not_licensed",
    "valid_certificate": "officer_certificate",
    "training_hours": "officer_untrained",
    "leave": "officer_away",
    "pair_ban": "officer_banned",
    "one_route_a_day": "officer_busy",
    "field_days_most": "officer_at_limit",
}
"""Verdict → what is said."""


def told(verdict: Verdict, problem: Problem, names: Names | None = None) -> Sentence:
    """The verdict in words."""
    called, about = names or numbered(problem), verdict.about
    facts: dict[str, object] = {"officer": called.officers[verdict.officer]}
    if about.visit >= 0:
        facts["visit"] = called.visits[about.visit]
    if about.sector >= 0:
        facts["sector"] = called.sectors[about.sector]
    if about.day >= 0:
        facts["day"] = called.days[about.day]
    if about.other >= 0:
        facts["other"] = called.officers[about.other]
    if about.route >= 0:
        facts["route"] = called.route(about.route)
    facts["most"] = int(problem.field_days[verdict.officer])
    code = CODES[verdict.rule]
    if verdict.rule == "valid_certificate" and problem.papers is not None:
        last = int(problem.papers.expires[verdict.officer])
        code = code if last else "officer_uncertified"
        facts["until"] = dt.date.fromordinal(last) if last else ""
    return sentence(code, **facts)
