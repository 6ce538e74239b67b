"""Which visits can nobody ever make this month, and why?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from riskengine.errors import Sentence, sentence
from riskengine.policy import PolicyView, RosterRules
from riskengine.register import Known
from scheduler.capacity import WHOLE, is_away, peak_cut, peaks_on
from scheduler.quota import Owed
from scheduler.roster.documents import DAY_MINUTES, Stop, Visit
from scheduler.roster.facts import appointments_of, cars_of, closed_days_of, gone_of
from scheduler.roster.rules import (
    Officer,
    clock,
    most_field_days,
    officers_of,
    pairs_left,
    spans,
)
from scheduler.roster.seats import Cover, Seating, easiest
from scheduler.roster.timetable import Ground, timetable

__all__ = [
    "Crew",
    "Seating",
    "crew_of",
    "is_open",
    "open_days",
    "precheck",
    "seating",
    "staffable_days",
    "willing",
]


@dataclass(frozen=True, slots=True)
class Crew:
    """The officers and, per workday, the numbers of those who may go out.

    ready
        Day → positions in `officers` of those not away, with a valid certificate and training.
    most_days
        Position → most field days this month.
    vehicles
        Day → cars of the pool that are there; none where the register has no pool, which then
        limits nothing.
    peak_pairs
        Day of a holiday peak → most routes with a visit that the peak counts; other days are not
        named.
    spared
        Day of a holiday peak → sectors that it covers in full, whose visits it does not count.
    trips
        Routes of one car in a day: two where teams are split at noon.
    shut
        Enterprise → those of `days` on which it is closed, or not agreed with another office.
    """

    officers: tuple[Officer, ...]
    days: tuple[dt.date, ...]
    ready: dict[dt.date, frozenset[int]]
    most_days: tuple[int, ...]
    vehicles: dict[dt.date, int] | None
    peak_pairs: dict[dt.date, int]
    trips: int = 1
    shut: dict[str, frozenset[dt.date]] = field(default_factory=dict)
    spared: dict[dt.date, frozenset[str]] = field(default_factory=dict)

    def most_routes(self, day: dt.date) -> int:
        """Most routes of a day: different pairs, and cars with their trips."""
        pairs = len(self.ready[day]) // 2
        return pairs if self.vehicles is None else min(pairs, self.vehicles[day] * self.trips)

    def most_at_once(self, day: dt.date) -> int:
        """Most routes that are on the road together."""
        most = self.most_routes(day)
        return most if self.vehicles is None else min(most, self.vehicles[day])

    def counts(self, visit: Visit | Stop, day: dt.date) -> bool:
        """Whether a holiday peak counts the visit on that day: routine, and not of a sector that
        the peak covers in full."""
        is_spared = visit.sector in self.spared.get(day, ())
        return day in self.peak_pairs and visit.kind == "routine" and not is_spared

    def has_room_for(self, visit: Visit, day: dt.date) -> bool:
        """Whether a route of the visit alone could go on that day, as far as numbers go."""
        is_left = not self.counts(visit, day) or self.peak_pairs[day] > 0
        return is_left and self.most_routes(day) > 0


def crew_of(known: Known, policy: PolicyView, days: Sequence[dt.date]) -> Crew:
    """Who may go out on which day, by certificate, training and leave, and with which cars."""
    rules = policy.roster
    officers = officers_of(known)
    ready = {
        day: frozenset(i for i, o in enumerate(officers) if is_ready(o, day, rules)) for day in days
    }
    cuts = {day: cut for day in days if (cut := peak_cut(day, policy.calendar))}
    return Crew(
        officers=officers,
        days=tuple(days),
        ready=ready,
        most_days=tuple(most_field_days(o, rules.field_days_most) for o in officers),
        vehicles=cars_of(known, days),
        peak_pairs={
            day: pairs_left(len(ready[day]) // 2, WHOLE - cut) for day, cut in cuts.items()
        },
        trips=len(spans(rules)),
        shut=_shut(known, days),
        spared={
            day: frozenset(s for p in peaks_on(day, policy.calendar) for s in p.full_sectors)
            for day in cuts
        },
    )


def _shut(known: Known, days: Sequence[dt.date]) -> dict[str, frozenset[dt.date]]:
    shut = closed_days_of(known, days)
    for key, gone_on in gone_of(known).items():
        shut[key] = shut.get(key, frozenset()) | {day for day in days if gone_on <= day}
    for month in {day.replace(day=1) for day in days}:
        for key, agreed in appointments_of(known, month).items():
            others = frozenset(days) - {one.day for one in agreed}
            shut[key] = shut.get(key, frozenset()) | others
    return shut


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
    seats = easiest(officers, willing(officers, stops), sectors, cover)[1]
    return replace(seats, visits=frozenset(visit.enterprise_id for visit in stops))


def is_open(visit: Visit, day: dt.date) -> bool:
    """Can the visit be made on that day, as far as the enterprise and other offices go?"""
    is_gone = visit.gone_on is not None and visit.gone_on <= day
    return not is_gone and day not in visit.closed_on and visit.only_on in (None, day)


def open_days(visits: Collection[Visit], days: Sequence[dt.date]) -> tuple[dt.date, ...]:
    """Days on which all these visits can be made."""
    return tuple(day for day in days if all(is_open(visit, day) for visit in visits))


def staffable_days(crew: Crew, seats: Seating) -> tuple[dt.date, ...]:
    """Days on which two different officers and a car are there for this route alone, and none of
    its visits finds the door closed."""
    shut = frozenset[dt.date]().union(*(crew.shut.get(key, ()) for key in seats.visits))
    return tuple(
        day
        for day in crew.days
        if day not in shut and crew.most_routes(day) and seats.among(crew.ready[day]).is_fillable
    )


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
    if visit.at_cap is not None and visit.kind == "routine":
        return sentence("roster_at_cap", visits=visit.at_cap)
    if not open_days([visit], crew.days):
        return _why_closed(visit, crew)
    if timetable(ground, (i,)) is None:
        return _why_no_hour(i, visit, ground)
    seats = seating(crew.officers, [visit])  # of one sector, so joint cover is strict cover
    days = open_days([visit], crew.days)
    if any(crew.has_room_for(visit, d) and seats.among(crew.ready[d]).is_fillable for d in days):
        return None
    return _why_no_seats(visit, crew, seats, ground.rules)


def _why_closed(visit: Visit, crew: Crew) -> Sentence:
    if visit.gone_on is not None:
        return gone(visit.gone_on)
    if visit.only_on is None:
        return sentence("roster_always_closed", days=len(crew.days))
    if visit.only_on in visit.closed_on:
        return sentence("roster_joint_closed", day=visit.only_on)
    return sentence("roster_joint_no_workday", day=visit.only_on, first=crew.days[0])


def gone(day: dt.date) -> Sentence:
    """Why an enterprise that has closed for good is not visited."""
    return sentence("roster_gone", day=day)


def is_owed(one: Owed) -> bool:
    """Still to be made: what has closed for good is accounted for, and owes nothing."""
    return one.reason.code != "roster_gone"


def _why_no_hour(i: int, visit: Visit, ground: Ground) -> Sentence:
    """The window alone, or the length of the day; an hour agreed with others is called so."""
    if visit.earliest_minute > visit.latest_minute:
        return _agreed("roster_joint_apart", visit)
    anytime = replace(visit, earliest_minute=0, latest_minute=DAY_MINUTES)
    visits = (*ground.visits[:i], anytime, *ground.visits[i + 1 :])
    if timetable(replace(ground, visits=visits), (i,)) is None:
        return _too_long(i, visit, ground)
    rules, out, home = ground.rules, ground.travel[0][i + 1], ground.travel[i + 1][0]
    arrival = rules.day_start_minute + out
    opens, closes = clock(visit.earliest_minute), clock(visit.latest_minute)
    is_agreed = visit.only_on is not None
    if arrival > visit.latest_minute:
        if is_agreed:
            begin = clock(rules.day_start_minute)
            return _agreed("roster_joint_hour", visit, begin=begin, arrive=clock(arrival))
        return sentence("roster_window_closes", closes=closes, arrive=clock(arrival))
    back = max(arrival, visit.earliest_minute) + visit.minutes + home
    if back > rules.day_end_minute:
        facts = {"end": clock(rules.day_end_minute), "minutes": visit.minutes, **_back(back)}
        if is_agreed:
            return _agreed("roster_joint_late", visit, **facts)
        return sentence("roster_window_opens", opens=opens, **facts)
    window, joint = ("roster_window_lunch", "roster_joint_lunch")
    if rules.day_split == "noon":
        window, joint = ("roster_window_noon", "roster_joint_noon")
    minutes = {"minutes": visit.minutes, "road": out + home, "lunch": rules.lunch_minutes}
    if is_agreed:
        return _agreed(joint, visit, **minutes)
    return sentence(window, opens=opens, closes=closes, **minutes)


def _agreed(code: str, visit: Visit, **facts: object) -> Sentence:
    """A sentence about an hour agreed with other offices."""
    offices = "、".join(dict.fromkeys(item.office for item in visit.items if item.office))
    opens, closes = clock(visit.earliest_minute), clock(visit.latest_minute)
    named = {"office": offices or "其他部门", "day": visit.only_on}
    return sentence(code, opens=opens, closes=closes, **named, **facts)


def _back(minute: int) -> dict[str, str]:
    """When a team would be back, in words: no clock shows 25:41.

    >>> _back(1541)
    {'back_zh': '次日 01:41 ', 'back_en': '01:41 on the next day'}
    """
    days, minute = divmod(minute, DAY_MINUTES)
    at = clock(minute)
    if not days:
        return {"back_zh": f" {at} ", "back_en": at}
    return {"back_zh": f"次日 {at} ", "back_en": f"{at} on the next day"}


def _too_long(i: int, visit: Visit, ground: Ground) -> Sentence:
    rules = ground.rules
    out, home = ground.travel[0][i + 1], ground.travel[i + 1][0]
    if rules.day_split == "noon":
        longest = max(end - begin for begin, end in spans(rules))
        facts = {"road": out + home, "minutes": visit.minutes, "half": longest}
        return sentence("roster_half_too_short", **facts)
    arrival = rules.day_start_minute + out
    back = arrival + visit.minutes + home + rules.lunch_minutes
    return sentence(
        "roster_too_far",
        arrive=clock(arrival),
        minutes=visit.minutes,
        lunch=rules.lunch_minutes,
        **_back(back),
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
    fillable = [day for day in crew.days if seats.among(crew.ready[day]).is_fillable]
    if not fillable:
        return sentence("roster_no_pair_day", leads=len(seats.leads), days=len(crew.days))
    reachable = open_days([visit], fillable)
    if not reachable and visit.only_on:
        return sentence("roster_joint_no_pair", day=visit.only_on, leads=len(seats.leads))
    if not reachable:
        open_, all_ = len(open_days([visit], crew.days)), len(crew.days)
        return sentence("roster_closed_no_pair", open=open_, days=all_)
    return sentence("roster_no_car_day", days=len(reachable))
