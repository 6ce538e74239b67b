"""Which visits can nobody ever make this month, and why?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from riskengine.errors import Sentence, sentence
from riskengine.policy import PolicyView, RosterRules
from riskengine.register import Known
from scheduler.capacity import is_away
from scheduler.quota import Owed
from scheduler.roster.documents import Stop, Visit
from scheduler.roster.rules import Officer, most_field_days, officers_of
from scheduler.roster.seats import Cover, Seating, easiest
from scheduler.roster.timetable import Ground, timetable

__all__ = ["Crew", "Seating", "crew_of", "precheck", "seating", "staffable_days", "willing"]


@dataclass(frozen=True, slots=True)
class Crew:
    """The officers and, per workday, the numbers of those who may go out.

    ready
        Day → positions in `officers` of those not away, with a valid certificate and training.
    most_days
        Position → most field days this month.
    vehicles
        Cars of the pool; none where the register has no pool, which then limits nothing.
    """

    officers: tuple[Officer, ...]
    days: tuple[dt.date, ...]
    ready: dict[dt.date, frozenset[int]]
    most_days: tuple[int, ...]
    vehicles: int | None


def crew_of(known: Known, policy: PolicyView, days: Sequence[dt.date]) -> Crew:
    """Who may go out on which day, by certificate, training and leave."""
    rules = policy.roster
    officers = officers_of(known)
    return Crew(
        officers=officers,
        days=tuple(days),
        ready={
            day: frozenset(i for i, o in enumerate(officers) if is_ready(o, day, rules))
            for day in days
        },
        most_days=tuple(most_field_days(o, rules.field_days_most) for o in officers),
        vehicles=known.tables["vehicles_pool"].num_rows or None,
    )


def is_certified(officer: Officer, day: dt.date) -> bool:
    """A certificate on record whose last day is on record and not past."""
    return (
        bool(officer.certificate) and officer.expires_on is not None and (day <= officer.expires_on)
    )


def is_trained(officer: Officer, rules: RosterRules) -> bool:
    """Enough hours; hours nobody recorded bar nobody."""
    return officer.training_hours is None or officer.training_hours >= rules.least_training_hours


def is_ready(officer: Officer, day: dt.date, rules: RosterRules) -> bool:
    """May go out on that day at all."""
    return not is_away(officer, day) and is_certified(officer, day) and is_trained(officer, rules)


def willing(officers: Sequence[Officer], stops: Collection[Visit | Stop]) -> frozenset[int]:
    """Those who need not avoid any of these visits."""
    ids = {visit.enterprise_id for visit in stops}
    return frozenset(i for i, officer in enumerate(officers) if not officer.avoids & ids)


def seating(
    officers: Sequence[Officer], stops: Collection[Visit | Stop], cover: Cover = "strict"
) -> Seating:
    """Who could take each seat of a route with these visits; see `seats.easiest`."""
    sectors = {visit.sector for visit in stops}
    return easiest(officers, willing(officers, stops), sectors, cover)[1]


def staffable_days(crew: Crew, seats: Seating) -> tuple[dt.date, ...]:
    """Days on which two different officers are there for the seats of this route alone."""
    return tuple(day for day in crew.days if seats.among(crew.ready[day]).is_fillable)


def precheck(ground: Ground, crew: Crew, *, month: dt.date) -> tuple[Owed, ...]:
    """The visits that could not be made even as the only one of the month, each with its reason."""
    return tuple(
        Owed(visit.enterprise_id, visit.kind, month, reason)
        for i, visit in enumerate(ground.visits)
        if (reason := _why_never(i, visit, ground, crew))
    )


def _why_never(i: int, visit: Visit, ground: Ground, crew: Crew) -> Sentence | None:
    if not crew.days:
        return sentence("roster_no_workday")
    if timetable(ground, (i,)) is None:
        return _too_long(i, visit, ground)
    seats = seating(crew.officers, [visit])  # of one sector, so joint cover is strict cover
    if staffable_days(crew, seats):
        return None
    return _why_no_seats(visit, crew, seats, ground.rules)


def _too_long(i: int, visit: Visit, ground: Ground) -> Sentence:
    rules = ground.rules
    out, home = ground.travel[0][i + 1], ground.travel[i + 1][0]
    arrival = rules.day_start_minute + out
    back = arrival + visit.minutes + home + rules.lunch_minutes
    return sentence(
        "roster_too_far",
        arrive=clock(arrival),
        minutes=visit.minutes,
        lunch=rules.lunch_minutes,
        back=clock(back),
        end=clock(rules.day_end_minute),
    )


def _why_no_seats(visit: Visit, crew: Crew, seats: Seating, rules: RosterRules) -> Sentence:
    able = [o for o in crew.officers if any(is_certified(o, day) for day in crew.days)]
    if len(able) < 2:
        return sentence("roster_no_certificates", officers=len(crew.officers), valid=len(able))
    able = [o for o in able if is_trained(o, rules)]
    if len(able) < 2:
        least = rules.least_training_hours
        return sentence("roster_no_training", trained=len(able), hours=least)
    licensed = [o for o in able if visit.sector in o.sectors]
    if not licensed:
        return sentence("roster_no_licence", officers=len(able), sector=visit.sector)
    if all(visit.enterprise_id in o.avoids for o in licensed):
        return sentence("roster_all_avoid", leads=len(licensed))
    if sum(visit.enterprise_id not in o.avoids for o in able) < 2:
        return sentence("roster_all_but_one_avoid", officers=len(able))
    return sentence("roster_no_pair_day", leads=len(seats.leads), days=len(crew.days))


def clock(minute: int) -> str:
    """A minute of the day as people write it.

    >>> clock(510)
    '08:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"
