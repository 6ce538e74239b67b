"""What does each seat ask for, who could take it, within which field days, and how likely?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from riskengine.errors import NotAllowed
from riskengine.policy import PolicyView
from scheduler import lottery
from scheduler.roster.bans import Ban, can_be_kept, unkept
from scheduler.roster.documents import Route, Routes, Share
from scheduler.roster.marginals import Bounds, Duty, Marginals, marginals
from scheduler.roster.precheck import Crew, willing
from scheduler.roster.rules import fair_least
from scheduler.roster.seats import Choice, Cover, Lists, easiest, heaviest, seated_by, splits
from scheduler.roster.watch import likeliest


@dataclass(frozen=True, slots=True)
class Fair:
    """The fairest lottery there is over rosters that keep every rule.

    lists
        Of each route: the sectors asked of its lead and of its second.
    duties
        Of each route: its day, and who is ready that day for each seat.
    """

    lists: tuple[Lists, ...]
    duties: tuple[Duty, ...]
    bounds: Bounds
    found: Marginals
    shares: tuple[Share, ...]


def fair_shares(routes: Routes, crew: Crew, bans: Sequence[Ban], policy: PolicyView) -> Fair:
    """The shares under the fairest bounds on field days that can be met: those whose middle is
    nearest to an even share come first. Of seat lists, those with the least mean guess.

    Raises
    ------
    NotAllowed
        Routes whose seats cannot all be filled; those of `plan` can, but for pairs that may not go
        together.
    """
    cover = policy.roster.seat_cover
    could = {i for route in routes.routes for i in _could_join(route, crew, cover)}
    refused: tuple[str, list[Ban]] | None = None
    for bounds in _widths(crew, could, len(routes.routes), policy):
        kept: list[Fair] = []
        for lists in _seat_lists(routes, crew, bounds, cover):
            duties = _duties(routes, crew, lists)
            found = marginals(duties, bounds)
            if found is None:
                continue
            shares = _shares(routes, crew, found)
            rows, loads = rows_of(shares), _loads(crew, bounds)
            if not bans or can_be_kept(rows, bans, loads):
                kept.append(Fair(lists, duties, bounds, found, shares))
            else:
                refused = refused or unkept(rows, bans, loads)
        if kept:
            return min(kept, key=lambda fair: sum(likeliest(rows_of(fair.shares)).values()))
    if refused:
        raise _under_bans(routes, crew, *refused)
    planned = _duties(routes, crew, _planned(routes, crew, cover))
    raise NotAllowed("seats_unfillable", **_first_gap(routes, planned))


def rows_of(shares: Sequence[Share]) -> list[lottery.Share]:
    """The shares as the lottery reads them."""
    return [(s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro) for s in shares]


# ── seat lists ────────────────────────────────────────────────────────────────────────────


def _could_join(route: Route, crew: Crew, cover: Cover) -> frozenset[int]:
    """Who could take a seat of the route on some day, whichever way it shares its certificates."""
    able = willing(crew.officers, route.stops)
    ways = [seated_by(crew.officers, able, lists) for lists in splits(_sectors(route), cover)]
    return frozenset[int]().union(*(way.either for way in ways))


def _seat_lists(
    routes: Routes, crew: Crew, bounds: Bounds, cover: Cover
) -> Iterator[tuple[Lists, ...]]:
    """Lists worth trying: those of `seats.heaviest`, and those that the days were planned with."""
    planned = _planned(routes, crew, cover)
    if any(len(splits(_sectors(route), cover)) > 1 for route in routes.routes):
        ways = [splits(_sectors(route), cover) for route in routes.routes]
        choices = [
            Choice(route.day, tuple(duty.seats for duty in _each(route, crew, of_route)))
            for route, of_route in zip(routes.routes, ways, strict=True)
        ]
        chosen = heaviest(choices, bounds.least, bounds.most)
        if chosen is not None:
            lists = tuple(of_route[k] for of_route, k in zip(ways, chosen, strict=True))
            if lists != planned:
                yield lists
    yield planned


def _planned(routes: Routes, crew: Crew, cover: Cover) -> tuple[Lists, ...]:
    """The lists that `plan` knew the routes by."""
    return tuple(
        easiest(crew.officers, willing(crew.officers, route.stops), _sectors(route), cover)[0]
        for route in routes.routes
    )


def _duties(routes: Routes, crew: Crew, lists: Sequence[Lists]) -> tuple[Duty, ...]:
    pairs = zip(routes.routes, lists, strict=True)
    return tuple(duty for route, both in pairs for duty in _each(route, crew, [both]))


def _each(route: Route, crew: Crew, lists: Sequence[Lists]) -> Iterator[Duty]:
    """The route with each of the lists."""
    able = willing(crew.officers, route.stops) & crew.ready.get(route.day, frozenset())
    for both in lists:
        yield Duty(route.day, seated_by(crew.officers, able, both))


def _sectors(route: Route) -> frozenset[str]:
    return frozenset(stop.sector for stop in route.stops)


# ── field days ────────────────────────────────────────────────────────────────────────────


def _widths(crew: Crew, could: Set[int], routes: int, policy: PolicyView) -> Iterator[Bounds]:
    """Bounds on field days, the fairest first."""
    spread, most = policy.roster.field_days_spread, policy.roster.field_days_most
    even = 2 * 2 * routes / max(len(could), 1)
    for least in sorted(range(most + 1), key=lambda least: abs(2 * least + spread - even)):
        bounds = _bounds(crew, could, least, spread)
        if bounds is not None:
            yield bounds


def _bounds(crew: Crew, could: Set[int], least: int, spread: int) -> Bounds | None:
    """Field days when the least is `least`: by days free, within everyone's own limit."""
    free = Counter(i for ready in crew.ready.values() for i in ready)
    lows = [
        fair_least(least, free[i], len(crew.days)) if i in could else 0
        for i in range(len(crew.officers))
    ]
    highs = [min(most, least + spread) for most in crew.most_days]
    fits = all(low <= high for low, high in zip(lows, highs, strict=True))
    return Bounds(tuple(lows), tuple(highs)) if fits else None


def _loads(crew: Crew, bounds: Bounds) -> dict[str, tuple[int, int]]:
    ids = (officer.inspector_id for officer in crew.officers)
    return dict(zip(ids, zip(bounds.least, bounds.most, strict=True), strict=True))


# ── shares, and why there are none ────────────────────────────────────────────────────────


def _shares(routes: Routes, crew: Crew, found: Marginals) -> tuple[Share, ...]:
    rows = [
        Share(
            crew.officers[officer].inspector_id,
            routes.routes[k].day,
            routes.routes[k].route_id,
            seat,
            micro,
        )
        for (officer, k, seat), micro in found.shares.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.route_id, row.seat, row.inspector_id)))


def _under_bans(routes: Routes, crew: Crew, day: str, bans: Sequence[Ban]) -> NotAllowed:
    name_of = {officer.inspector_id: officer.name for officer in crew.officers}
    names = "、".join(f"{name_of[one]}–{name_of[other]}" for one, other in bans)
    if not day:
        return NotAllowed("bans_leave_no_month", names=names)
    on_day = sum(route.day == dt.date.fromisoformat(day) for route in routes.routes)
    return NotAllowed("bans_leave_no_seating", names=names, day=day, routes=on_day)


def _first_gap(routes: Routes, duties: Sequence[Duty]) -> dict[str, object]:
    """The first route that could not even go alone, else the busiest day."""
    for route, duty in zip(routes.routes, duties, strict=True):
        if not duty.seats.is_fillable:
            return _gap(route.route_id, duty)
    days = Counter(duty.day for duty in duties)
    k = max(range(len(duties)), key=lambda k: (days[duties[k].day], -k))
    return _gap(routes.routes[k].route_id, duties[k])


def _gap(route_id: str, duty: Duty) -> dict[str, object]:
    leads, free = len(duty.seats.leads), len(duty.seats.either)
    return {"route": route_id, "day": duty.day, "leads": leads, "free": free}
