"""When and how may each visit of the month be made?

What the register says of an enterprise's doors, what is agreed with other offices, the mode, and
whether its year is full, put on the visits that the month asks for. The checker reads the same
tables and judges for itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.calendar import days_between, next_month
from scheduler.due import counted_visits
from scheduler.rates import yearly_cap
from scheduler.roster.documents import Visit
from scheduler.roster.facts import (
    ANY_HOUR,
    Appointment,
    appointments_of,
    closed_days_of,
    gone_of,
    usual_mode,
    visiting_hours_of,
)
from scheduler.together import Item
from scheduler.worth import strata


def with_facts(
    visits: Iterable[Visit], known: Known, policy: PolicyView, grades: Grades, month: dt.date
) -> tuple[Visit, ...]:
    """The visits with mode, hours, closed days, appointments, full years, and who is gone.

    A visit agreed with another office comes before those that can be made on any day: their
    officers are on their way. At a desk, doors and visiting hours do not matter.
    """
    closed = closed_days_of(known, tuple(days_between(month, next_month(month))))
    visiting_hours, agreed = visiting_hours_of(known), appointments_of(known, month)
    gone = gone_of(known)
    made, stratum_of = counted_visits(known, policy.rates, month), strata(grades)

    def with_its_facts(visit: Visit) -> Visit:
        key = visit.enterprise_id
        visit = replace(visit, gone_on=gone.get(key))
        mode = usual_mode(key, visit.kind, visit.sector, agreed, policy.roster)
        cap = yearly_cap(*stratum_of[key], policy.rates) if key in stratum_of else None
        count = len(made.get(key, ()))
        if cap is not None and visit.kind == "routine" and count >= cap:
            visit = replace(visit, at_cap=count)
        if mode == "on_site":
            first, last = visiting_hours.get(key, ANY_HOUR)
            days = tuple(sorted(closed.get(key, ())))
            visit = replace(visit, earliest_minute=first, latest_minute=last, closed_on=days)
        else:
            visit = replace(visit, mode=mode, minutes=policy.roster.desk_minutes[mode])
        return as_agreed(visit, next_of(agreed[key], known.as_of)) if key in agreed else visit

    return tuple(with_its_facts(visit) for visit in visits)


def next_of(agreed: tuple[Appointment, ...], today: dt.date) -> tuple[Appointment, ...]:
    """The appointments of the next day that has any; of the last where all are over."""
    day = next((one.day for one in agreed if one.day >= today), agreed[-1].day)
    return tuple(one for one in agreed if one.day == day)


def as_agreed(visit: Visit, agreed: tuple[Appointment, ...]) -> Visit:
    """The visit on the day agreed, at an hour that suits all who come, with what they look at."""
    theirs = (Item(one.office, one.item) for one in agreed)
    return replace(
        visit,
        is_must=True,
        only_on=agreed[0].day,
        earliest_minute=max(one.hours[0] for one in agreed),
        latest_minute=min(one.hours[1] for one in agreed),
        items=tuple(dict.fromkeys((*visit.items, *theirs))),
    )
