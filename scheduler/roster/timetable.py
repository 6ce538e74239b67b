"""At what time does a team arrive, have lunch and come home?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

from riskengine.policy import RosterRules
from scheduler.roster.documents import Visit
from scheduler.roster.rules import spans

MOST_PERMUTED = 5
"""Stops up to which every order is tried (120 orders × 12 places for lunch: milliseconds)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The visits, and the minutes between them: visit i is place i + 1, the base is place 0."""

    visits: tuple[Visit, ...]
    travel: list[list[int]]
    rules: RosterRules


@dataclass(frozen=True, slots=True)
class Timetable:
    """The clock of one route, in minutes from midnight; `stops` are (arrive, start, end)."""

    order: tuple[int, ...]
    stops: tuple[tuple[int, int, int], ...]
    depart: int
    lunch: int
    back: int
    travel: int


def timetable(ground: Ground, order: Sequence[int], shift: int | None = None) -> Timetable | None:
    """The timetable of visits in this order that is home earliest, or none that keeps the day.

    Lunch begins within its window and cuts neither a visit nor a drive. It can be taken at the
    base before leaving, on arrival at a visit, after one, or at the base on return. A team that is
    out for half a day has it at the base.

    shift
        Position in `rules.spans`; none tries them all.
    """
    rules = ground.rules
    is_out_all_day = rules.day_split == "whole" and rules.lunch_minutes
    places = range(2 * len(order) + 2) if is_out_all_day else (None,)
    chosen = spans(rules) if shift is None else (spans(rules)[shift],)
    found = [
        t for span in chosen for place in places if (t := _clocked(ground, order, span, place))
    ]
    return min(found, key=lambda t: t.back, default=None)


def with_desks(travel: Sequence[Sequence[int]], visits: Sequence[Visit]) -> list[list[int]]:
    """The minutes from place to place where visits in writing or online are made at the base."""
    place = [0, *(i + 1 if visit.mode == "on_site" else 0 for i, visit in enumerate(visits))]
    return [[travel[a][b] for b in place] for a in place]


def best_order(ground: Ground, stops: Iterable[int]) -> Timetable | None:
    """The earliest return over the orders of these visits (over the order given and its reverse
    where there are more than `MOST_PERMUTED`)."""
    given = tuple(stops)
    many = len(given) > MOST_PERMUTED
    orders = (given, given[::-1]) if many else permutations(sorted(given))
    return _earliest(ground, orders)


def best_insertion(ground: Ground, order: Sequence[int], visit: int) -> Timetable | None:
    """The earliest return with one more visit somewhere along the order."""
    if not _may_fit(ground, (*order, visit)):
        return None
    return _earliest(ground, ((*order[:k], visit, *order[k:]) for k in range(len(order) + 1)))


def _earliest(ground: Ground, orders: Iterable[Sequence[int]]) -> Timetable | None:
    found = [t for order in orders if (t := timetable(ground, order))]
    return min(found, key=lambda t: (t.back, t.travel, t.order), default=None)


def _may_fit(ground: Ground, stops: Sequence[int]) -> bool:
    rules = ground.rules
    on_site = sum(ground.visits[i].minutes for i in stops)
    return len(stops) <= rules.most_visits_a_day and on_site <= max(
        end - begin for begin, end in spans(rules)
    )


def _clocked(
    ground: Ground, order: Sequence[int], span: tuple[int, int], lunch_place: int | None
) -> Timetable | None:
    """Walk through the day; lunch_place counts base, arrival, end, arrival, end, …, base."""
    rules, road = ground.rules, ground.travel
    (begin, end), lunch = span, rules.lunch_earliest_minute
    now = begin

    def eat(place: int) -> bool:
        nonlocal now, lunch
        if place == lunch_place:
            lunch = max(now, rules.lunch_earliest_minute)
            now = lunch + rules.lunch_minutes
        return lunch <= rules.lunch_latest_minute

    if not eat(0):
        return None
    depart, here, travel = now, 0, 0
    stops = []
    for k, i in enumerate(order):
        visit = ground.visits[i]
        travel += road[here][i + 1]
        now += road[here][i + 1]
        arrive, here = now, i + 1
        if not eat(2 * k + 1):
            return None
        start = max(now, visit.earliest_minute)
        if start > visit.latest_minute:
            return None
        now = start + visit.minutes
        stops.append((arrive, start, now))
        if now > end or not eat(2 * k + 2):
            return None
    travel += road[here][0]
    now += road[here][0]
    back = now
    if back > end or not eat(2 * len(order) + 1):
        return None
    if rules.day_split == "noon" and end == rules.lunch_latest_minute:  # before noon
        lunch = max(lunch, back)
    return Timetable(tuple(order), tuple(stops), depart, lunch, back, travel)
