"""What came of a draw: which visits are its own, and which stand beside it?

A reserve that was called is not its own: the chance that a reserve is called depends on who was not
at home, so it is not the probability on the list.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from riskengine.register import Known
from scheduler.calendar import next_month
from scheduler.draw import Draw, Frame, Row
from scheduler.due import NOBODY_MET
from scheduler.worth import BAD_RESULTS

LEAST_DIGITS = 12
"""Hex digits of a draw's digest that are enough to name it in a register."""

Places = Mapping[str, Mapping[str, str]]
"""Enterprise → its grade, sector and township."""
Inspection = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lottery:
    """One month's list and draw.

    places
        Also of enterprises that were not on the list.
    """

    frame: Frame
    draw: Draw
    draw_digest: str
    places: Places


@dataclass(frozen=True, slots=True)
class Visited:
    """One drawn enterprise and what came of it: a result, `NOBODY_MET`, or none."""

    row: Row
    cell: tuple[str, ...]
    result: str | None

    @property
    def finding(self) -> int | None:
        """1 for a finding, 0 for none, none without a result."""
        return None if self.result in (None, NOBODY_MET) else int(self.result in BAD_RESULTS)


def visits_since(known: Known, day: dt.date, lottery: Lottery) -> dict[str, list[Inspection]]:
    """Enterprise → its inspections that could belong to the lottery's month, the earliest first.

    They name the draw, or name none and lie in its month.
    """
    month, end = lottery.frame.month, next_month(lottery.frame.month)
    table = known.tables["inspections"]
    seen: defaultdict[str, list[Inspection]] = defaultdict(list)
    for one in table.filter(pc.field("occurred_on") >= day).to_pylist():
        name = (one["draw_digest"] or "").strip().lower()
        is_named = len(name) >= LEAST_DIGITS and lottery.draw_digest.startswith(name)
        if is_named or (not name and month <= one["occurred_on"] < end):
            seen[one["enterprise_id"]].append({**one, "is_named": is_named})
    for visits in seen.values():
        visits.sort(key=lambda one: (one["occurred_on"], one["fact_id"]))
    return dict(seen)


def outcomes(lottery: Lottery, seen: Mapping[str, Sequence[Inspection]]) -> Iterator[Visited]:
    """Every drawn enterprise with the result of its visit.

    A visit that names the draw counts before one that does not, one that met somebody before one
    that did not, and then the earliest: a later visit of the month is a re-check.
    """
    frame = lottery.frame
    rows = {row.enterprise_id: row for row in frame.rows}
    depth = 2 if frame.engine == "duel" else frame.strata
    for enterprise_id in lottery.draw.selected:
        row = rows[enterprise_id]
        cell = (f"{frame.month}", *(getattr(row, level) for level in frame.levels[:depth]))
        routine = [one for one in seen.get(enterprise_id, ()) if one["kind"] == "routine"]
        routine.sort(key=lambda one: (not one["is_named"], one["result"] == NOBODY_MET))
        yield Visited(row, cell, routine[0]["result"] if routine else None)


def musts(
    lottery: Lottery, seen: Mapping[str, Sequence[Inspection]]
) -> Iterator[tuple[Mapping[str, str], bool]]:
    """Place of every visit outside the draw that met somebody, and whether it found something."""
    due = {must.enterprise_id for must in lottery.frame.must}
    for enterprise_id, visits in seen.items():
        for one in visits:
            is_outside = one["kind"] != "routine" or enterprise_id in due
            if is_outside and one["result"] != NOBODY_MET:
                yield lottery.places.get(enterprise_id, {}), one["result"] in BAD_RESULTS
