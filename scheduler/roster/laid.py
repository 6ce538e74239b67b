"""How does a month that stands in documents become numbers, and what is said of it words?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from riskengine.errors import NotFound, Sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster.changes import padded
from scheduler.roster.documents import Assignment, Route, Routes, Visit
from scheduler.roster.numbers import bans_of, problem_of
from scheduler.roster.precheck import Crew, crew_of
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.reasons import Names
from scheduler.roster.rules import spans
from scheduler.roster.timetable import Ground, with_desks
from scheduler.travel import places, travel_minutes


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A month as it stands, in numbers.

    team_days
        The routes by their place in `routes.routes`, with officers where they are drawn.
    bans
        Pairs of officers who may not go together.
    names_zh, names_en
        How everything is called in sentences of each language.
    """

    routes: Routes
    ground: Ground
    crew: Crew
    problem: Problem
    team_days: tuple[TeamDay, ...]
    bans: tuple[tuple[int, int], ...]
    names_zh: Names
    names_en: Names

    def position_of(self, day: dt.date | None) -> int:
        """The last of the month's days up to `day`; −1 where there is none."""
        return -1 if day is None else sum(one <= day for one in self.crew.days) - 1

    def day_of(self, team_day: TeamDay) -> dt.date:
        """The date of a team-day that has one."""
        assert team_day.day is not None
        return self.crew.days[team_day.day]

    def route_position(self, route_id: str) -> int:
        """Where the route stands; one that the month does not have is refused."""
        for k, route in enumerate(self.routes.routes):
            if route.route_id == route_id:
                return k
        raise NotFound("not_found", kind="route", name=route_id)

    def visit_position(self, enterprise_id: str) -> int:
        """Where the visit stands; an enterprise the month does not ask for is refused."""
        for v, visit in enumerate(self.ground.visits):
            if visit.enterprise_id == enterprise_id:
                return v
        raise NotFound("visit_not_of_month", enterprise=enterprise_id)

    def with_new(self, route_ids: Sequence[str]) -> Laid:
        """The month with empty places after its routes, for teams that did not go before."""

        def named(names: Names) -> Names:
            return replace(names, routes=(*names.routes, *route_ids))

        return replace(
            self,
            team_days=padded(self.team_days, len(self.team_days) + len(route_ids)),
            names_zh=named(self.names_zh),
            names_en=named(self.names_en),
        )

    def unmade(self) -> list[int]:
        """Visits on no route."""
        made = {v for route in self.team_days for v in route.visits}
        return [v for v in range(self.problem.visits) if v not in made]


def lay_out(
    routes: Routes,
    assignments: Sequence[Assignment],
    visits: Sequence[Visit],
    known: Known,
    policy: PolicyView,
    *,
    team_days: int | None = None,
    matrix: pa.Table | None = None,
    is_closed_after: bool = False,
) -> Laid:
    """The month over all visits it asks for, made and owed.

    assignments
        Empty while nobody is drawn.
    team_days, matrix
        As the plan was made with.

    is_closed_after
        No day after that of the last route is open: the names are sealed until then, no longer.
    """
    wanted = tuple(sorted(visits, key=lambda visit: visit.enterprise_id))
    crew = crew_of(known, policy, routes.days)
    sites = places(known, [visit.enterprise_id for visit in wanted])
    road = with_desks(travel_minutes(sites, policy.roster, matrix).tolist(), wanted)
    ground = Ground(wanted, road, policy.roster)
    asked = Counter(visit.sector for visit in wanted)
    problem = problem_of(ground, crew, policy, month=routes.month, team_days=team_days, asked=asked)
    last = max((route.day for route in routes.routes), default=routes.month)
    is_open = problem.is_open.copy()
    is_open[:, [is_closed_after and day > last for day in crew.days]] = False
    most = max(problem.team_days, len(routes.routes))
    problem = replace(problem, is_open=is_open, team_days=most)
    place = {visit.enterprise_id: v for v, visit in enumerate(wanted)}
    officer = {o.inspector_id: i for i, o in enumerate(crew.officers)}
    seats = {one.route_id: one for one in assignments}
    return Laid(
        routes=routes,
        ground=ground,
        crew=crew,
        problem=problem,
        team_days=tuple(
            _team_day(route, seats.get(route.route_id), place, officer, ground, crew)
            for route in routes.routes
        ),
        bans=bans_of(crew),
        names_zh=_names(routes, ground, crew, known, policy, "zh"),
        names_en=_names(routes, ground, crew, known, policy, "en"),
    )


def _team_day(
    route: Route,
    crewed: Assignment | None,
    place: dict[str, int],
    officer: dict[str, int],
    ground: Ground,
    crew: Crew,
) -> TeamDay:
    at = (
        k
        for k, (begin, end) in enumerate(spans(ground.rules))
        if begin <= route.depart_minute and route.return_minute <= end
    )
    return TeamDay(
        visits=tuple(place[stop.enterprise_id] for stop in route.stops),
        shift=next(at, 0),
        day=crew.days.index(route.day),
        lead=officer[crewed.lead] if crewed else None,
        second=officer[crewed.second] if crewed else None,
    )


def _names(
    routes: Routes, ground: Ground, crew: Crew, known: Known, policy: PolicyView, lang: str
) -> Names:
    rows = known.tables["enterprises"].select(["enterprise_id", "name"]).to_pylist()
    firm = {row["enterprise_id"]: row["name"] or row["enterprise_id"] for row in rows}
    titles = policy.pack.sectors
    codes = sorted({visit.sector for visit in ground.visits})
    sectors = [getattr(titles[code], lang) if code in titles else code for code in codes]
    return Names(
        officers=[f"{o.name}（{o.inspector_id}）" for o in crew.officers],
        visits=[firm[visit.enterprise_id] for visit in ground.visits],
        days=[day.isoformat() for day in crew.days],
        sectors=sectors,
        strata=sectors,
        routes=[route.route_id for route in routes.routes],
    )


def both(laid: Laid, say: Callable[[Names], Sequence[Sentence]]) -> tuple[Sentence, ...]:
    """What is said with the names of each language, put together."""
    pairs = zip(say(laid.names_zh), say(laid.names_en), strict=True)
    return tuple(replace(zh, en=en.en) for zh, en in pairs)
