"""How many team-days does the month hold, and what is each of its visits worth?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from scheduler.roster.documents import Visit
from scheduler.roster.precheck import Crew

MUST_WEIGHT = 100_000
"""Weight of a visit outside the draw; above all drawn visits a day can hold."""
LEAST_WEIGHT, MOST_WEIGHT = 1_000, 10_000
"""Weights of drawn visits of no worth and of the highest worth."""


def weights(visits: Sequence[Visit]) -> list[int]:
    """What serving each visit is worth to the solvers, in small integers."""
    most = max((visit.worth for visit in visits if not visit.is_must), default=0) or 1
    span = MOST_WEIGHT - LEAST_WEIGHT
    return [
        MUST_WEIGHT if visit.is_must else LEAST_WEIGHT + span * visit.worth // most
        for visit in visits
    ]


def team_days_most(crew: Crew, team_days: int | None = None, visits: Sequence[Visit] = ()) -> int:
    """Team-days of the month: pairs free each day, cars, field days, and the capacity given.

    visits
        Of the month: on a day of a holiday peak, those that it does not count may go beside the
        routes that it leaves.
    """
    by_day = sum(_most_of(crew, day, visits) for day in crew.days)
    by_officer = sum(_days_of(crew, i) for i in range(len(crew.officers))) // 2
    return min(by_day, by_officer, by_day if team_days is None else team_days)


def _most_of(crew: Crew, day: dt.date, visits: Sequence[Visit]) -> int:
    most = crew.most_routes(day)
    if day not in crew.peak_pairs:
        return most
    beside = sum(not crew.counts(visit, day) for visit in visits)
    return min(most, crew.peak_pairs[day] + beside)


def _days_of(crew: Crew, i: int) -> int:
    return min(crew.most_days[i], sum(i in free for free in crew.ready.values()))
