"""Why is one officer likelier than not to come, and what would mend it?

The scarcer seat of the route tells: too few certificates, avoidances, leave; else too few officers
on that day at all; else the other routes of the day and the sharing of field days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from riskengine.errors import Sentence, sentence
from riskengine.policy import PolicyView
from scheduler.roster.documents import SHARE_UNIT, Route, Routes
from scheduler.roster.fair import Fair, rows_of
from scheduler.roster.marginals import structural_floor
from scheduler.roster.precheck import Crew, willing
from scheduler.roster.seats import Lists, Seating, seated_by
from scheduler.roster.watch import on_route

FEW_FOR_A_SEAT, FEW_FOR_BOTH = 2, 4
"""So few officers make one of them at least as likely as not."""
MOST_NAMED = 4
"""Officers named in one sentence."""


@dataclass(frozen=True, slots=True)
class _Scarcer:
    """Who could take the scarcer seat of a route, and who could not, and why not.

    asked
        Sectors the seat asks for.
    holders
        Officers certified for them; of these `avoiding` must avoid a visit, `away` are not there
        that day, and `able` remain.
    """

    asked: tuple[str, ...]
    holders: frozenset[int]
    avoiding: frozenset[int]
    away: frozenset[int]
    able: frozenset[int]

    @property
    def cause(self) -> str:
        """The code of the sentence; empty where the seat is not scarce."""
        if len(self.able) > FEW_FOR_A_SEAT or not self.asked:
            return ""
        if len(self.holders) <= FEW_FOR_A_SEAT:
            return "guess_certificate"
        return "guess_avoidance" if len(self.avoiding) >= len(self.away) else "guess_leave"


def reason(routes: Routes, crew: Crew, fair: Fair, k: int, policy: PolicyView) -> Sentence:
    """Why the guess of route k is high."""
    route, seats = routes.routes[k], fair.duties[k].seats
    scarcer = _scarcer(route, crew, fair.lists[k], seats)
    if scarcer.cause:
        return sentence(
            scarcer.cause,
            able=len(scarcer.able),
            licensed=len(scarcer.holders),
            avoiding=len(scarcer.avoiding),
            away=len(scarcer.away),
            **named(scarcer.asked, policy),
        )
    if len(seats.either) <= FEW_FOR_BOTH:
        return sentence("guess_few_officers", free=len(seats.either), day=route.day)
    others = sum(other.day == route.day for other in routes.routes) - 1
    chances = on_route(rows_of(fair.shares))
    mine = {one: micro for (route_id, one), micro in chances.items() if route_id == route.route_id}
    likeliest = max(sorted(mine), key=lambda one: mine[one])
    (name,) = [o.name for o in crew.officers if o.inspector_id == likeliest]
    return sentence("guess_busy", day=route.day, others=others, name=name)


def cure(routes: Routes, crew: Crew, fair: Fair, k: int, policy: PolicyView) -> Sentence:
    """What would lower the guess of route k: whom to train or borrow, or which day instead."""
    route, lists, seats = routes.routes[k], fair.lists[k], fair.duties[k].seats
    scarcer = _scarcer(route, crew, lists, seats)
    cause = scarcer.cause
    if cause == "guess_certificate" and (found := _train(route, crew, scarcer, policy)):
        return found
    if cause == "guess_avoidance" and (found := _move_a_visit(route, crew, scarcer)):
        return found
    if day := _better_day(routes, crew, route, lists, seats):
        return day
    if cause:
        return sentence("cure_borrow_certified", **named(scarcer.asked, policy))
    if len(seats.either) <= FEW_FOR_BOTH:
        more = len(seats.either) + 2
        floor = percent(-(-2 * SHARE_UNIT // more))
        return sentence("cure_borrow", more=2, officers=more, floor=floor)
    return sentence("cure_spread", day=route.day)


def named(sectors: Collection[str], policy: PolicyView) -> dict[str, str]:
    """Sectors as people call them, in both languages."""
    titles = [policy.pack.sectors.get(one) for one in sorted(sectors)]
    pairs = list(zip(sorted(sectors), titles, strict=True))
    return {
        "sectors_zh": "、".join(title.zh if title else one for one, title in pairs),
        "sectors_en": ", ".join(title.en if title else one for one, title in pairs),
    }


def percent(micro: int) -> str:
    """A probability in whole percent.

    >>> percent(333_334)
    '33 %'
    """
    return f"{round(micro / 10**4)} %"


def _scarcer(route: Route, crew: Crew, lists: Lists, seats: Seating) -> _Scarcer:
    asked, able = min(
        zip(lists, (seats.leads, seats.seconds), strict=True), key=lambda seat: len(seat[1])
    )
    holders = _holders(crew, asked)
    avoiding = holders - willing(crew.officers, route.stops)
    return _Scarcer(asked, holders, avoiding, holders - avoiding - able, able)


def _holders(crew: Crew, asked: Collection[str]) -> frozenset[int]:
    return frozenset(i for i, o in enumerate(crew.officers) if o.sectors.issuperset(asked))


def _train(route: Route, crew: Crew, scarcer: _Scarcer, policy: PolicyView) -> Sentence | None:
    """The one certificate that makes most officers of that day able."""
    there = willing(crew.officers, route.stops) & crew.ready.get(route.day, frozenset())
    missing = {i: set(scarcer.asked) - crew.officers[i].sectors for i in sorted(there)}
    lack = {one: [i for i in missing if missing[i] == {one}] for one in scarcer.asked}
    sector = max(scarcer.asked, key=lambda one: len(lack[one]))
    if not lack[sector]:
        return None
    names = [crew.officers[i].name for i in lack[sector][:MOST_NAMED]]
    return sentence(
        "cure_train", count=len(lack[sector]), names="、".join(names), **named([sector], policy)
    )


def _move_a_visit(route: Route, crew: Crew, scarcer: _Scarcer) -> Sentence | None:
    """The visit without which most officers could take the seat."""
    ready = crew.ready.get(route.day, frozenset())
    able, enterprise = len(scarcer.able), ""
    for stop in route.stops:
        rest = [other for other in route.stops if other is not stop]
        asked = set(scarcer.asked) & {other.sector for other in rest}
        then = len(_holders(crew, asked) & willing(crew.officers, rest) & ready)
        if rest and then > able:
            able, enterprise = then, stop.enterprise_id
    return sentence("cure_move_visit", enterprise=enterprise, able=able) if enterprise else None


def _better_day(
    routes: Routes, crew: Crew, route: Route, lists: Lists, seats: Seating
) -> Sentence | None:
    """The day with room for one more team on which the route would be hardest to guess."""
    on_day = [other.day for other in routes.routes]
    everybody = seated_by(crew.officers, willing(crew.officers, route.stops), lists)
    now = (structural_floor(seats), on_day.count(route.day) - 1)
    options: list[tuple[int, int, dt.date]] = []
    for day in routes.days:
        ready, others = crew.ready.get(day, frozenset()), on_day.count(day)
        there = everybody.among(ready)
        is_open = not any(day in crew.shut.get(stop.enterprise_id, ()) for stop in route.stops)
        left = crew.peak_pairs.get(day, others + 1)
        has_room = others + 1 <= min(crew.most_at_once(day), left)
        if day != route.day and there.is_fillable and is_open and has_room:
            options.append((structural_floor(there), others, day))
    if not options or min(options)[:2] >= now:
        return None
    _, others, day = min(options)
    able = everybody.among(crew.ready[day])
    fewest = min(len(able.leads), len(able.seconds))
    return sentence("cure_day", day=day, able=fewest, others=others)
