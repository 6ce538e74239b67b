"""What has to be planned, in numbers: places, hours, people, and what a visit is worth?

The planner, its bound, the repair and the explanations work on these arrays alone; `numbers` makes
them from the register. Visits, officers, days and sectors are positions. Minutes are whole and
count like the clock of the shifts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break that begins between two minutes and cuts neither a visit nor a drive."""

    earliest: int
    latest: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Shift:
    """When a team may leave the base and has to be back.

    One shift is the whole day. Where teams are split at noon there are two, without lunch; an
    officer goes out in one of them.
    """

    begin: int
    end: int
    lunch: Lunch | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Papers:
    """Why officers who are not free are not, where leave is not the reason; for words alone.

    is_certified, is_trained
        (i, d), (i,): whether the certificate is valid on the day, and the hours of training done.
    expires
        (i,): last day of the certificate as `date.toordinal` has it; 0 where none is on record.
    """

    is_certified: Mask
    is_trained: Mask
    expires: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One month; n visits, i officers, d days, s sectors, c strata.

    minutes
        (n + 1, n + 1): road from place to place, the base is place 0 and visit v is place v + 1.
        Need not be symmetric: row 0 leaves the base, column 0 returns.
    is_metric
        No way by another place is quicker, as with roads along a straight line; imported travel
        times need not keep that.
    on_site, value, sector, stratum
        (n,). Values are ≥ 0 whole numbers; a must-visit has a value like any other.
    earliest, latest
        (n,): when the visit may begin. Waiting is allowed.
    is_open
        (n, d): whether the visit can be made on the day.
    is_must
        (n,): visits that come before all others.
    least
        (c,): least number of visits of the stratum in the month.
    team_days
        Most routes of the month.
    licences, avoids, is_free
        (i, s), (i, n), (i, d): what an officer is certified for, whom he or she has to avoid, and
        on which days he or she may go out.
    field_days
        (i,): most routes of an officer in the month.
    spread, is_spread_by_free_days
        Greatest less least number of field days; none leaves that free. By free days, an officer
        owes only the share of the least that his or her free days are of the month's, floored.
    vehicles
        (d,): most routes on the road at once; none leaves that free.
    peak, is_counted
        (d,), (n, d): most routes of a day with a visit that a holiday peak counts there, and which
        visits it counts; none where the month has no peak. See `peaks`.
    cover
        "strict": the lead is certified for every sector of the route. "joint": the two together.
    bans
        Pairs of officers who may not go together.
    guess_price
        λ: a route pays λ ÷ its eligible leads, on the mean of its days.
    road_price, team_day_price
        What a minute of road and a route cost, in units of value. Both 0 where only value counts.
    papers
        See `Papers`; none where nobody has to be told.
    """

    minutes: Ints
    on_site: Ints
    value: Ints
    sector: Ints
    stratum: Ints
    earliest: Ints
    latest: Ints
    is_open: Mask
    is_must: Mask
    least: Ints
    shifts: tuple[Shift, ...]
    most_visits: int
    team_days: int
    licences: Mask
    avoids: Mask
    is_free: Mask
    field_days: Ints
    spread: int | None = None
    is_spread_by_free_days: bool = False
    vehicles: Ints | None = None
    peak: Ints | None = None
    is_counted: Mask | None = None
    cover: Literal["strict", "joint"] = "strict"
    bans: tuple[tuple[int, int], ...] = ()
    is_metric: bool = True
    guess_price: float = 0.0
    road_price: float = 0.0
    team_day_price: float = 0.0
    papers: Papers | None = None

    @property
    def visits(self) -> int:
        """Number of visits."""
        return len(self.value)

    @property
    def officers(self) -> int:
        """Number of officers."""
        return len(self.is_free)

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.is_open.shape[1])


@dataclass(frozen=True, slots=True, order=True)
class TeamDay:
    """One team on one day: the shift, and the visits in their order.

    day
        None while the route has none yet.
    lead, second
        Positions of the officers; none while nobody is chosen.
    """

    visits: tuple[int, ...]
    shift: int = 0
    day: int | None = None
    lead: int | None = None
    second: int | None = None


def starts(problem: Problem, shift: Shift, visits: Sequence[int]) -> tuple[int, ...] | None:
    """When each visit begins if they are made in this order as early as can be; None where the
    order does not fit into the shift. Lunch is taken where the team is home earliest.

    >>> one = Shift(0, 480)
    >>> starts(one_visit(minutes_out=30, on_site=90), one, [0])
    (30,)
    """
    found = clocked(problem, shift, visits)
    return None if found is None else found[0]


def clocked(
    problem: Problem, shift: Shift, visits: Sequence[int]
) -> tuple[tuple[int, ...], int] | None:
    """The beginnings of the visits, and when the team is back."""
    lunch_at = range(2 * len(visits) + 2) if shift.lunch else (None,)
    walks = (_walk(problem, shift, visits, place) for place in lunch_at)
    return min((walk for walk in walks if walk), key=lambda walk: walk[1], default=None)


def _walk(
    problem: Problem, shift: Shift, visits: Sequence[int], lunch_place: int | None
) -> tuple[tuple[int, ...], int] | None:
    """Places of lunch: base, arrival, end, arrival, end, …, base."""
    now, here, begun = shift.begin, 0, []
    if lunch_place == 0 and (now := _after_lunch(now, shift)) < 0:
        return None
    for k, visit in enumerate(visits):
        now += int(problem.minutes[here, visit + 1])
        here = visit + 1
        if lunch_place == 2 * k + 1 and (now := _after_lunch(now, shift)) < 0:
            return None
        now = max(now, int(problem.earliest[visit]))
        if now > problem.latest[visit]:
            return None
        begun.append(now)
        now += int(problem.on_site[visit])
        if lunch_place == 2 * k + 2 and (now := _after_lunch(now, shift)) < 0:
            return None
    back = now + int(problem.minutes[here, 0])
    if back > shift.end:
        return None
    if lunch_place == 2 * len(visits) + 1 and _after_lunch(back, shift) < 0:
        return None
    return tuple(begun), back


def _after_lunch(now: int, shift: Shift) -> int:
    """When lunch begun now, or as soon as it may, is over; −1 where it is too late for it."""
    lunch = shift.lunch
    assert lunch is not None
    begin = max(now, lunch.earliest)
    return -1 if begin > lunch.latest else begin + lunch.minutes


def one_visit(*, minutes_out: int, on_site: int) -> Problem:
    """The smallest month: one visit, two officers certified for it, one day of 480 minutes."""
    return Problem(
        minutes=np.array([[0, minutes_out], [minutes_out, 0]]),
        on_site=np.array([on_site]),
        value=np.array([1]),
        sector=np.array([0]),
        stratum=np.array([0]),
        earliest=np.array([0]),
        latest=np.array([480]),
        is_open=np.array([[True]]),
        is_must=np.array([False]),
        least=np.array([0]),
        shifts=(Shift(0, 480),),
        most_visits=4,
        team_days=1,
        licences=np.array([[True], [True]]),
        avoids=np.array([[False], [False]]),
        is_free=np.array([[True], [True]]),
        field_days=np.array([1, 1]),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes for a month, and how far from the best they can be at most.

    value
        Sum of the values of the visits made, less what road and team-days cost, floored.
    bound
        No plan of this month that makes as many must-visits and misses no more of the minima can be
        worth more; none where nothing is proven.
    bound_method
        "exact": all routes were priced; "relaxed": routes that repeat visits were allowed for;
        "none".
    short
        Visits missing from each stratum's minimum.
    unmade
        Must-visits that found no place.
    method
        Which parts of the planner made the routes.
    stopped
        Somebody asked to stop before the planner was done.
    """

    team_days: tuple[TeamDay, ...]
    value: int
    bound: int | None
    bound_method: Literal["exact", "relaxed", "none"]
    short: tuple[int, ...]
    unmade: tuple[int, ...]
    method: str = "column generation and dive"
    stopped: bool = False

    @property
    def gap(self) -> float | None:
        """(bound − value) ÷ value; none where nothing is proven or nothing is made."""
        return (self.bound - self.value) / self.value if self.bound and self.value else None
