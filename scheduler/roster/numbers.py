"""How does a month of the register become a problem in numbers, and a plan its clock again?

Positions are those of the caller: visit v is `ground.visits[v]`, officer i is `crew.officers[i]`,
day d is `crew.days[d]`, and shift k is `rules.spans[k]`. Minutes count from midnight.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from riskengine.policy import PolicyView
from riskengine.rules import RosterRules
from scheduler.roster.coverage import least_visits
from scheduler.roster.documents import Visit
from scheduler.roster.fleet import team_days_most, weights
from scheduler.roster.precheck import Crew, is_certified, is_open, is_trained
from scheduler.roster.problem import Ints, Lunch, Mask, Papers, Problem, Shift, TeamDay
from scheduler.roster.rules import spans
from scheduler.roster.timetable import Ground, Timetable, timetable, with_desks

ROAD_PRICE = 1.0
"""What a minute of road costs beside the values of the visits, which are 1,000 to 10,000 each: of
plans that serve the same visits the one with less road is better, and no visit is left for road."""
TEAM_DAY_PRICE = 240.0
"""What a team-day costs in minutes of road: half a day of a team."""
MOST_GUESS_PRICE = 240.0
"""A route of guessable officers is still made where its visits find no other."""


def problem_of(
    ground: Ground,
    crew: Crew,
    policy: PolicyView,
    *,
    month: dt.date,
    team_days: int | None = None,
    asked: Mapping[str, int] | None = None,
    is_metric: bool = True,
) -> Problem:
    """The month in numbers.

    ground
        The visits that somebody can make; those that `precheck` names are left out beforehand.
    team_days
        Most team-days (capacity); none leaves it to officers and cars.
    asked
        Sector → visits asked for, those left out included: minima are shares of these. None counts
        the visits of `ground`.
    is_metric
        See `Problem`: False where travel times were imported.
    """
    visits, rules = ground.visits, policy.roster
    sectors = sorted({visit.sector for visit in visits})
    here = Counter(visit.sector for visit in visits)
    least = least_visits(here if asked is None else asked, policy, month)
    number = [sectors.index(visit.sector) for visit in visits]
    size = (len(visits), len(crew.days))
    return Problem(
        minutes=np.array(with_desks(ground.travel, visits), dtype=np.int64),
        on_site=_ints(visit.minutes for visit in visits),
        value=_ints(values(visits)),
        sector=_ints(number),
        stratum=_ints(number),
        earliest=_ints(visit.earliest_minute for visit in visits),
        latest=_ints(visit.latest_minute for visit in visits),
        is_open=_mask([[is_open(v, day) for day in crew.days] for v in visits], size),
        is_must=np.array([visit.is_must for visit in visits], dtype=np.bool_),
        least=_ints(min(least.get(sector, 0), here[sector]) for sector in sectors),
        shifts=shifts_of(rules),
        most_visits=rules.most_visits_a_day,
        team_days=team_days_most(crew, team_days, visits),
        licences=_mask(
            [[sector in o.sectors for sector in sectors] for o in crew.officers],
            (len(crew.officers), len(sectors)),
        ),
        avoids=_mask(
            [[visit.enterprise_id in o.avoids for visit in visits] for o in crew.officers],
            (len(crew.officers), len(visits)),
        ),
        is_free=_mask(
            [[i in crew.ready[day] for day in crew.days] for i in range(len(crew.officers))],
            (len(crew.officers), len(crew.days)),
        ),
        field_days=_ints(crew.most_days),
        spread=rules.field_days_spread,
        is_spread_by_free_days=True,
        vehicles=at_once(crew),
        peak=peak_of(crew),
        is_counted=_mask([[crew.counts(v, day) for day in crew.days] for v in visits], size)
        if crew.peak_pairs
        else None,
        cover=rules.seat_cover,
        bans=bans_of(crew),
        is_metric=is_metric,
        guess_price=guess_price(visits, rules),
        road_price=ROAD_PRICE,
        team_day_price=TEAM_DAY_PRICE,
        papers=papers_of(crew, rules),
    )


def papers_of(crew: Crew, rules: RosterRules) -> Papers:
    """Certificates and training of the crew."""
    who = crew.officers
    return Papers(
        is_certified=_mask(
            [[is_certified(o, day) for day in crew.days] for o in who], (len(who), len(crew.days))
        ),
        is_trained=np.array([is_trained(o, rules) for o in who], dtype=np.bool_),
        expires=_ints(
            o.expires_on.toordinal() if o.certificate and o.expires_on else 0 for o in who
        ),
    )


def bans_of(crew: Crew) -> tuple[tuple[int, int], ...]:
    """Pairs of the crew who may not go together, by position."""
    at = {officer.inspector_id: i for i, officer in enumerate(crew.officers)}
    pairs = {
        (min(i, at[other]), max(i, at[other]))
        for i, officer in enumerate(crew.officers)
        for other in officer.apart_from & at.keys()
    }
    return tuple(sorted(pairs))


def values(visits: Sequence[Visit]) -> list[int]:
    """What making each visit is worth, 1,000 to 10,000; must-visits like any other.

    >>> from scheduler.roster.documents import Visit
    >>> values([Visit("A", "case", "freight", 90, True, 5), Visit("B", "routine", "freight", 90,
    ...                                                           False, 10)])
    [5500, 10000]
    """
    return weights([replace(visit, is_must=False) for visit in visits])


def guess_price(visits: Sequence[Visit], rules: RosterRules) -> float:
    """λ in units of `values`: the worth it names, in the minutes that yield as much worth.

    Source: policy `roster.guess_price`.
    """
    worth = sum(visit.worth for visit in visits)
    on_site = sum(visit.minutes for visit in visits)
    if not worth:
        return 0.0
    return min(rules.guess_price * on_site / worth * ROAD_PRICE, MOST_GUESS_PRICE)


def shifts_of(rules: RosterRules) -> tuple[Shift, ...]:
    """The whole day with its lunch, or the two halves without."""
    lunch = Lunch(rules.lunch_earliest_minute, rules.lunch_latest_minute, rules.lunch_minutes)
    has_lunch = rules.day_split == "whole" and rules.lunch_minutes
    return tuple(Shift(*span, lunch if has_lunch else None) for span in spans(rules))


def at_once(crew: Crew) -> Ints | None:
    """Most routes of a shift, by day; None where only the officers limit them."""
    if crew.vehicles is None:
        return None
    return _ints(crew.most_at_once(day) for day in crew.days)


def peak_of(crew: Crew) -> Ints | None:
    """Most routes that a holiday peak counts, by day, the halves of it together; None where the
    month has no peak."""
    if not crew.peak_pairs:
        return None
    return _ints(crew.peak_pairs.get(day, len(crew.officers)) for day in crew.days)


def timetable_of(ground: Ground, team_day: TeamDay) -> Timetable:
    """The clock of a team-day that the planner has made.

    Raises
    ------
    ValueError
        Visits that do not fit into the shift in this order: a flaw of the planner.
    """
    clocked = timetable(ground, team_day.visits, team_day.shift)
    if clocked is None:
        raise ValueError(f"no timetable for visits {team_day.visits} in shift {team_day.shift}")
    return clocked


def _ints(numbers: Iterable[int]) -> Ints:
    return np.fromiter(numbers, dtype=np.int64)


def _mask(rows: Sequence[Sequence[bool]], size: tuple[int, int]) -> Mask:
    """Rows of truths, of the size given even where there are none."""
    return np.array(rows, dtype=np.bool_).reshape(size)
