"""When is an enterprise open to a visit, what is agreed with other offices, which cars are there?

The register's tables of closed days, visiting hours, appointments and cars, read for one month. The
planner and the checker read the same facts; what follows from them each works out alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from riskengine.register import Known
from riskengine.rules import RosterRules
from scheduler.roster.documents import DAY_MINUTES, Mode

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Codes of the register in the order of `date.weekday`."""
EVERY_DAY = "daily"

Hours = tuple[int, int]
"""Earliest and latest minute at which a visit may begin; both count."""
ANY_HOUR: Hours = (0, DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A day and hour agreed with another office: their officers are drawn by them, ours by us.

    officers
        How many of theirs come.
    """

    enterprise_id: str
    office: str
    item: str
    day: dt.date
    hours: Hours
    officers: int
    mode: Mode


def closed_days_of(known: Known, days: Collection[dt.date]) -> dict[str, frozenset[dt.date]]:
    """Enterprise → those of `days` on which nobody is received; not named where all are open."""
    closed: dict[str, frozenset[dt.date]] = {}
    for row in known.tables["closed_days"].to_pylist():
        of_row = frozenset(
            day
            for day in days
            if row["from_on"] <= day <= row["to_on"]
            and row["days"] in (EVERY_DAY, WEEKDAYS[day.weekday()])
        )
        if of_row:
            key = row["enterprise_id"]
            closed[key] = closed.get(key, frozenset()) | of_row
    return closed


def gone_of(known: Known) -> dict[str, dt.date]:
    """Enterprise → the day it closed for good; not named where it is there."""
    columns = known.tables["enterprises"].select(["enterprise_id", "closed_on"]).to_pydict()
    return {key: day for key, day in zip(*columns.values(), strict=True) if day is not None}


def visiting_hours_of(known: Known) -> dict[str, Hours]:
    """Enterprise → when a visit may begin; not named where any hour will do."""
    return {
        row["enterprise_id"]: hours(row["begin_from_minute"], row["begin_until_minute"])
        for row in known.tables["visiting_hours"].to_pylist()
    }


def appointments_of(known: Known, month: dt.date) -> dict[str, tuple[Appointment, ...]]:
    """Enterprise → what is agreed with other offices in the month, in order of day and office."""
    found: dict[str, list[Appointment]] = {}
    for row in known.tables["appointments"].to_pylist():
        if row["agreed_on"].replace(day=1) == month:
            agreed = Appointment(
                enterprise_id=row["enterprise_id"],
                office=row["office"],
                item=row["item"] or "",
                day=row["agreed_on"],
                # an hour without an end is that hour: the others are waiting at the gate
                hours=hours(
                    row["begin_from_minute"], row["begin_until_minute"] or row["begin_from_minute"]
                ),
                officers=row["officers"] or 0,
                mode=cast("Mode", row["mode"] or "on_site"),
            )
            found.setdefault(agreed.enterprise_id, []).append(agreed)
    return {
        key: tuple(sorted(agreed, key=lambda one: (one.day, one.office)))
        for key, agreed in found.items()
    }


def hours(begin_from: int | None, begin_until: int | None) -> Hours:
    """A window with its open ends filled in.

    >>> hours(540, None)
    (540, 1440)
    """
    return begin_from or 0, DAY_MINUTES if begin_until is None else begin_until


def cars_of(known: Known, days: Collection[dt.date]) -> dict[dt.date, int] | None:
    """Cars of the pool there on each day; None where the register has no pool.

    Without a pool the register says nothing of cars, which then limit nothing.
    """
    plates = set(known.tables["vehicles_pool"]["plate"].to_pylist())
    if not plates:
        return None
    away = known.tables["vehicle_absences"].to_pylist()
    return {
        day: len(plates - {row["plate"] for row in away if row["from_on"] <= day <= row["to_on"]})
        for day in days
    }


def usual_mode(
    enterprise_id: str,
    kind: str,
    sector: str,
    agreed: Mapping[str, tuple[Appointment, ...]],
    rules: RosterRules,
) -> Mode:
    """How a visit is made: as agreed with the other office, else as the pack has it for routine
    visits of the sector; a case or a special check goes to the place."""
    if enterprise_id in agreed:
        return agreed[enterprise_id][0].mode
    return rules.visit_mode.get(sector, "on_site") if kind == "routine" else "on_site"
