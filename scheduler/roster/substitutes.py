"""Who takes a seat that has become free, where several could: not the solver, not the supervisor?

A repair or a hand decides which seats change. Each changed seat is drawn again for itself: all who
could take it are ordered by SHA-256 of the seed, the purpose, the route, the seat and their number,
and the first for whom the other seats can still be filled takes it. Nobody else's seat is touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.lottery import WrongSeedError, in_turn
from scheduler.roster.changes import padded
from scheduler.roster.model import sectors_of
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.upset import stands

SEATS = ("lead", "second")
MOST_TRIES = 100_000
"""Steps back and forth over the seats; then the seats stay as the solver left them."""
FEW_TRIES = 5_000
"""The same while it is only asked whether new officers alone would do."""
NOBODY = -1
"""Who is named for a seat as long as nobody is."""

Order = Callable[[int, str, Sequence[int]], Sequence[int]]
"""Route, seat, who could take it → the same officers, first choice first."""


def redraw(
    seed_hex: str, purpose: str, route_id: str, seat: str, eligible_ids: Sequence[str]
) -> tuple[str, ...]:
    """Those who could take the seat, in the order in which they are asked.

    seed_hex
        The seed of the draw the seat came from, 64 hex digits: it was fixed before anyone fell ill.
    eligible_ids
        Their order does not matter; removing one leaves the order of the others alone.

    >>> redraw("00" * 32, "people/2026-12", "r7", "second", ["P01", "P02", "P03"])
    ('P02', 'P03', 'P01')
    """
    try:
        seed = bytes.fromhex(seed_hex)
    except ValueError:
        raise WrongSeedError("seed_type") from None
    if len(seed) != 32:
        raise WrongSeedError("seed_type")
    return in_turn(seed, purpose, route_id, seat, eligible_ids)


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that somebody new takes, and who is named for it so far."""

    route: int
    name: str
    officer: int


def changed_seats(before: Sequence[TeamDay], after: Sequence[TeamDay]) -> tuple[Seat, ...]:
    """Seats of officers who were not on the route before, by route and seat."""
    found = []
    for k, (was, now) in enumerate(zip(padded(before, len(after)), after, strict=True)):
        crew = {was.lead, was.second}
        for name in SEATS if now.visits else ():
            officer = getattr(now, name)
            if officer is not None and officer not in crew:
                found.append(Seat(k, name, officer))
    return tuple(found)


def drawn_again(
    problem: Problem,
    before: Sequence[TeamDay],
    after: Sequence[TeamDay],
    order: Order,
    *,
    bans: Sequence[tuple[int, int]] = (),
) -> tuple[TeamDay, ...]:
    """The plan after a repair, each changed seat taken by the first in order for whom it works."""
    before = padded(before, len(after))
    seats = changed_seats(before, after)
    drawn = _seated(problem, before, after, seats, order, bans, MOST_TRIES)
    return tuple(after) if drawn is None else drawn


def substituted(
    problem: Problem,
    plan: Sequence[TeamDay],
    hits: Sequence[int],
    *,
    bans: Sequence[tuple[int, int]] = (),
) -> tuple[TeamDay, ...] | None:
    """Every hit route as it is, somebody else on each seat whose officer is away and nobody's seat
    changed beside; None where that does not do, or was not found within the steps allowed.

    Who sits there is for the lot: those named only show that it can be done.
    """
    seats = []
    for k in hits:
        route = plan[k]
        if not stands(problem, replace(route, lead=None, second=None)):
            return None
        for name in SEATS:
            officer = getattr(route, name)
            if officer is not None and not problem.is_free[officer, route.day]:
                seats.append(Seat(k, name, NOBODY))
    return _seated(problem, plan, plan, seats, _as_they_come, bans, FEW_TRIES)


def _as_they_come(_route: int, _seat: str, able: Sequence[int]) -> Sequence[int]:
    return able


def _seated(
    problem: Problem,
    before: Sequence[TeamDay],
    after: Sequence[TeamDay],
    seats: Sequence[Seat],
    order: Order,
    bans: Sequence[tuple[int, int]],
    most_tries: int,
) -> tuple[TeamDay, ...] | None:
    """The plan with these seats filled in order, by those for whom the others can be filled too."""
    open_seats = {(seat.route, seat.name) for seat in seats}
    stay = [
        (i, now.day)
        for k, now in enumerate(after)
        for name, i in zip(SEATS, (now.lead, now.second), strict=True)
        if now.visits and i is not None and (k, name) not in open_seats
    ]
    busy, load = set(stay), Counter(i for i, _ in stay)
    kept = {frozenset(pair) for pair in bans}
    chosen: dict[tuple[int, str], int] = {}
    tries = 0

    def partner(seat: Seat) -> int | None:
        other = SEATS[seat.name == SEATS[0]]
        if (seat.route, other) in open_seats:
            return chosen.get((seat.route, other))
        return int(getattr(after[seat.route], other))

    def may_sit(seat: Seat, i: int) -> bool:
        now, mate = after[seat.route], partner(seat)
        visits = list(now.visits)
        was = before[seat.route]
        if not problem.is_free[i, now.day] or (i, now.day) in busy or i == mate:
            return False
        if i in (was.lead, was.second):  # the seat changed because of him or her
            return False
        if load[i] >= problem.field_days[i] or problem.avoids[i, visits].any():
            return False
        if mate is not None and frozenset({i, mate}) in kept:
            return False
        held = problem.licences[i, sectors_of(problem, visits)]
        if problem.cover == "strict":
            return seat.name == "second" or bool(held.all())
        if mate is None:
            return True
        return bool((held | problem.licences[mate, sectors_of(problem, visits)]).all())

    def able_for(seat: Seat) -> list[int]:
        return [i for i in range(problem.officers) if may_sit(seat, i)]

    def fill(place: int) -> bool:
        nonlocal tries
        if place == len(seats):
            return True
        seat = seats[place]
        day = after[seat.route].day
        for i in order(seat.route, seat.name, able_for(seat)):
            tries += 1
            if tries > most_tries:
                return False
            chosen[seat.route, seat.name] = i
            busy.add((i, day))
            load[i] += 1
            if fill(place + 1):
                return True
            del chosen[seat.route, seat.name]
            busy.discard((i, day))
            load[i] -= 1
        return False

    if not all(able_for(seat) for seat in seats) or not fill(0):
        return None
    drawn = list(after)
    for (k, name), i in chosen.items():
        drawn[k] = replace(drawn[k], lead=i) if name == "lead" else replace(drawn[k], second=i)
    return tuple(drawn)
