"""Months of two or three of everything, for the tests of model, repair and explanations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scheduler.roster.problem import Problem, Shift, TeamDay


def by_hand(
    *,
    visits: int = 2,
    officers: int = 2,
    days: int = 1,
    sectors: Sequence[int] | None = None,
    licences: Sequence[Sequence[int]] | None = None,
    **changes: Any,
) -> Problem:
    """Everything is ten minutes apart, takes 100 minutes and is worth 10, 20, 30, …; everybody is
    certified, free every day and avoids nobody; the day has 480 minutes."""
    places = visits + 1
    kinds = list(sectors or [0] * visits)
    width = max([*kinds, 0]) + 1
    held = np.ones((officers, width), bool) if licences is None else np.array(licences, bool)
    usual: dict[str, Any] = {
        "minutes": np.full((places, places), 10) - 10 * np.eye(places, dtype=int),
        "on_site": np.full(visits, 100),
        "value": 10 * np.arange(1, visits + 1),
        "sector": np.array(kinds),
        "stratum": np.array(kinds),
        "earliest": np.zeros(visits, int),
        "latest": np.full(visits, 480),
        "is_open": np.ones((visits, days), bool),
        "is_must": np.zeros(visits, bool),
        "least": np.zeros(width, int),
        "shifts": (Shift(0, 480),),
        "most_visits": 4,
        "team_days": 99,
        "licences": held,
        "avoids": np.zeros((officers, visits), bool),
        "is_free": np.ones((officers, days), bool),
        "field_days": np.full(officers, days),
    }
    return Problem(**(usual | changes))


def marked(shape: tuple[int, ...], *at: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """False but for these cells."""
    mask = np.zeros(shape, bool)
    for cell in at:
        mask[cell] = True
    return mask


def team(
    *visits: int, day: int | None = 0, lead: int | None = 0, second: int | None = 1
) -> TeamDay:
    """A team-day of these visits."""
    return TeamDay(visits, 0, day, lead, second)
