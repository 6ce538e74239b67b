"""Which of these visits fit into one team-day together, and in which order?

Few visits fit into a day, so all sets are walked: a set and its last visit keep the earliest end
without lunch and the earliest end with lunch taken, and nothing else of the past matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from scheduler.roster.problem import Problem, Shift, clocked

NEVER = 1 << 40
"""A minute no day reaches."""
MOST_KEPT = 60_000
"""Partial routes held at once; beyond them the search is cut and says so by `is_whole`."""


@dataclass(frozen=True, slots=True)
class _State:
    """The earliest ends at the last visit, `NEVER` where there is none, and the orders of both.

    plain, fed
        With lunch still to come; with lunch taken.
    """

    plain: int
    fed: int
    plain_order: tuple[int, ...] = ()
    fed_order: tuple[int, ...] = ()


class Orders(dict[frozenset[int], tuple[int, ...]]):
    """Set of visits → an order that fits and is home earliest.

    is_whole
        No set is missing.
    """

    is_whole: bool = True


def orders(
    problem: Problem,
    shift: Shift,
    pool: Sequence[int],
    *,
    most: int | None = None,
    may_join: Callable[[frozenset[int], int], bool] = lambda _done, _visit: True,
) -> Orders:
    """Every set of visits of the pool that fits into the shift.

    most
        Visits of a set; none leaves it to the problem.
    may_join
        Whether a visit may follow these: keeps days, officers or licences out of the search early.
    """
    found = Orders()
    homes: dict[frozenset[int], int] = {}
    start = _State(shift.begin, _lunch(shift.begin, shift))
    layer: dict[tuple[frozenset[int], int], _State] = {(frozenset(), -1): start}
    for _ in range(min(most or problem.most_visits, problem.most_visits)):
        after: dict[tuple[frozenset[int], int], _State] = {}
        for (done, last), state in layer.items():
            for visit in pool:
                if visit in done or not may_join(done, visit):
                    continue
                reached = _step(problem, shift, state, last, visit)
                if reached is None:
                    continue
                key = (done | {visit}, visit)
                after[key] = _better(after.get(key), reached)
        for (done, last), state in after.items():
            home, order = _home(problem, shift, state, last)
            if home < homes.get(done, NEVER):
                homes[done], found[done] = home, order
        if len(after) > MOST_KEPT:
            found.is_whole = False
            break
        layer = after
    return found


def _better(held: _State | None, offered: _State) -> _State:
    """Each end for itself at its earliest."""
    if held is None:
        return offered
    plain, fed = min(held, offered, key=_plain_end), min(held, offered, key=_fed_end)
    return _State(plain.plain, fed.fed, plain.plain_order, fed.fed_order)


def _plain_end(state: _State) -> int:
    return state.plain


def _fed_end(state: _State) -> int:
    return state.fed


def _step(problem: Problem, shift: Shift, state: _State, last: int, visit: int) -> _State | None:
    road, on_site = int(problem.minutes[last + 1, visit + 1]), int(problem.on_site[visit])
    first, latest = int(problem.earliest[visit]), int(problem.latest[visit])

    def after(arrive: int) -> int:
        begin = max(arrive, first)
        return begin + on_site if begin <= latest else NEVER

    arrive = state.plain + road
    plain = after(arrive)
    ways = (
        (after(state.fed + road), state.fed_order),
        (after(_lunch(arrive, shift)), state.plain_order),
        (_lunch(plain, shift), state.plain_order),
    )
    fed, fed_order = min(ways)
    if min(plain, fed) + int(problem.minutes[visit + 1, 0]) > shift.end:
        return None
    return _State(plain, fed, (*state.plain_order, visit), (*fed_order, visit))


def _lunch(now: int, shift: Shift) -> int:
    """When lunch taken from now on is over."""
    lunch = shift.lunch
    if lunch is None or now > lunch.latest:
        return NEVER
    return max(now, lunch.earliest) + lunch.minutes


def _home(problem: Problem, shift: Shift, state: _State, last: int) -> tuple[int, tuple[int, ...]]:
    """When the team is back, or `NEVER`, and the order. Lunch may be taken at the base then."""
    road = int(problem.minutes[last + 1, 0])
    plain = state.plain + road
    if shift.lunch is not None and plain > shift.lunch.latest:
        plain = NEVER
    back, order = min((plain, state.plain_order), (state.fed + road, state.fed_order))
    return (back if back <= shift.end else NEVER), order


def within(problem: Problem, shift: Shift, visits: Sequence[int]) -> list[tuple[int, ...]]:
    """The route without some of its visits, in its order: fewest left out first, itself included.

    Where the road keeps the triangle inequality each of them fits; those that do not are left out.
    """
    return [
        kept
        for size in range(len(visits), 0, -1)
        for kept in combinations(visits, size)
        if clocked(problem, shift, kept) is not None
    ]
