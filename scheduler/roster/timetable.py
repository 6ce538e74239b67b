"""At what time does a team arrive, have lunch and come home?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

from riskengine.policy import RosterRules
from scheduler.roster.documents import Visit

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


def timetable(ground: Ground, order: Sequence[int]) -> Timetable | None:
    """The timetable of visits in this order that is home earliest, or none that keeps the day.

    Lunch begins within its window and cuts neither a visit nor a drive. It can be taken at the
    base before leaving, on arrival at a visit, after one, or at the base on return.
    """
    rules = ground.rules
    places = range(2 * len(order) + 2) if rules.lunch_minutes else (None,)
    found = [t for place in places if (t := _clocked(ground, order, place))]
    return min(found, key=lambda t: t.back, default=None)


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
    return (
        len(stops) <= rules.most_visits_a_day
        and on_site <= rules.day_end_minute - rules.day_start_minute
    )


def _clocked(ground: Ground, order: Sequence[int], lunch_place: int | None) -> Timetable | None:
    """Walk through the day; lunch_place counts base, arrival, end, arrival, end, …, base."""
    rules, road = ground.rules, ground.travel
    now, lunch = rules.day_start_minute, rules.lunch_earliest_minute

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
    for k, visit in enumerate(order):
        travel += road[here][visit + 1]
        now += road[here][visit + 1]
        arrive, here = now, visit + 1
        if not eat(2 * k + 1):
            return None
        start, now = now, now + ground.visits[visit].minutes
        stops.append((arrive, start, now))
        if now > rules.day_end_minute or not eat(2 * k + 2):
            return None
    travel += road[here][0]
    now += road[here][0]
    back = now
    if back > rules.day_end_minute or not eat(2 * len(order) + 1):
        return None
    return Timetable(tuple(order), tuple(stops), depart, lunch, back, travel)
