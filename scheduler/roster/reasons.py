"""What stands in the way, said by the name of the rule and of what it is about?

A reason is the smallest thing a supervisor can lift: this officer's leave on that day, this
enterprise's avoidance. The models carry one assumption literal for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from riskengine.errors import Sentence, sentence
from scheduler.roster.problem import Problem


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule, and the positions of what it is about; −1 where it is about none."""

    rule: str
    officer: int = -1
    other: int = -1
    day: int = -1
    visit: int = -1
    sector: int = -1
    stratum: int = -1
    route: int = -1

    def of_all(self) -> Reason:
        """The same rule for every officer: what a supervisor reads first."""
        return replace(self, officer=-1, other=-1)


def in_order(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Sorted by rule, then by what they are about."""
    names = [field.name for field in fields(Reason)]
    return tuple(sorted(reasons, key=lambda reason: [getattr(reason, name) for name in names]))


@dataclass(frozen=True, slots=True)
class Names:
    """How officers, visits, days, sectors, strata and routes are called, by position."""

    officers: Sequence[str]
    visits: Sequence[str]
    days: Sequence[str]
    sectors: Sequence[str]
    strata: Sequence[str]
    routes: Sequence[str] = ()

    def route(self, position: int) -> str:
        """The name of a route, or its place in the plan, counted from 1."""
        return self.routes[position] if position < len(self.routes) else str(position + 1)


def numbered(problem: Problem) -> Names:
    """Positions as names, where nobody gave any."""

    def upto(count: int) -> tuple[str, ...]:
        return tuple(map(str, range(count)))

    return Names(
        officers=upto(problem.officers),
        visits=upto(problem.visits),
        days=upto(problem.days),
        sectors=upto(problem.licences.shape[1]),
        strata=upto(len(problem.least)),
    )


CODES = {
    "two_officers": "stands_two_officers",
    "lead_licence": "stands_lead_licence",
    "lead_licence officer": "stands_lead_licence_one",
    "seat_licence": "stands_seat_licence",
    "pair_ban": "stands_pair_bans",
    "pair_ban officer": "stands_pair_ban",
    "avoidance visit": "stands_avoidance",
    "avoidance officer": "stands_avoidance_one",
    "leave": "stands_leave",
    "leave day": "stands_leave_day",
    "leave officer": "stands_leave_one",
    "one_route_a_day": "stands_one_route_a_day",
    "one_route_a_day officer": "stands_one_route_a_day_one",
    "field_days_most": "stands_field_days_most",
    "field_days_most officer": "stands_field_days_most_one",
    "field_days_spread": "stands_field_days_spread",
    "working_hours": "stands_working_hours",
    "time_window": "stands_time_windows",
    "time_window visit": "stands_time_window",
    "travel": "stands_travel",
    "travel visit": "stands_travel_one",
    "visit_minutes": "stands_visit_minutes",
    "visit_minutes visit": "stands_visit_minutes_one",
    "lunch": "stands_lunch",
    "once visit": "stands_once",
    "closed_day visit": "stands_closed_day",
    "workday": "stands_workday",
    "most_visits_a_day": "stands_most_visits_a_day",
    "vehicles": "stands_vehicles",
    "vehicles day": "stands_vehicles_day",
    "holiday_peak day": "stands_holiday_peak",
    "team_days": "stands_team_days",
    "must_visit": "stands_must_visits",
    "must_visit visit": "stands_must_visit",
    "coverage_least": "stands_coverage_least",
    "route": "stands_route",
}
"""Rule, and what it is about → what is said. Sector, stratum and route are always named."""


def _code(reason: Reason) -> str:
    about = [name for name in ("officer", "visit", "day") if getattr(reason, name) >= 0]
    return CODES.get(" ".join([reason.rule, *about[:1]])) or CODES[reason.rule]


def said(reason: Reason, problem: Problem, names: Names) -> Sentence:
    """The reason in words."""
    facts: dict[str, object] = {}
    for what, position, known in (
        ("officer", reason.officer, names.officers),
        ("other", reason.other, names.officers),
        ("day", reason.day, names.days),
        ("visit", reason.visit, names.visits),
        ("sector", reason.sector, names.sectors),
        ("stratum", reason.stratum, names.strata),
    ):
        if position >= 0:
            facts[what] = known[position]
    if reason.route >= 0:
        facts["route"] = names.route(reason.route)
    if reason.day >= 0:
        facts["away"] = int((~problem.is_free[:, reason.day]).sum())
    if reason.stratum >= 0:
        facts["least"] = int(problem.least[reason.stratum])
    if reason.visit >= 0:
        v = reason.visit
        facts["first"], facts["last"] = (
            clock(int(at[v])) for at in (problem.earliest, problem.latest)
        )
        facts["out"] = int(problem.minutes[0, v + 1])
        facts["home"] = int(problem.minutes[v + 1, 0])
        facts["minutes"] = int(problem.on_site[v])
        facts["open"] = int(problem.is_open[v].sum())
        facts["avoiding"] = int(problem.avoids[:, v].sum())
    facts["licensed"] = int(problem.licences[:, reason.sector].sum()) if reason.sector >= 0 else 0
    facts["begin"] = clock(min(shift.begin for shift in problem.shifts))
    facts["end"] = clock(max(shift.end for shift in problem.shifts))
    facts["officers"], facts["teams"] = problem.officers, problem.team_days
    facts["most"] = (
        int(problem.field_days[reason.officer]) if reason.officer >= 0 else problem.most_visits
    )
    facts["days_most"] = int(problem.field_days.max(initial=0))
    cars = problem.vehicles
    facts["cars"] = int(cars[reason.day]) if cars is not None and reason.day >= 0 else 0
    peak = problem.peak
    facts["peak"] = int(peak[reason.day]) if peak is not None and reason.day >= 0 else 0
    facts["spread"] = problem.spread if problem.spread is not None else 0
    return sentence(_code(reason), **facts)


def clock(minute: int) -> str:
    """A minute of the day as people write it.

    >>> clock(510)
    '08:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"
