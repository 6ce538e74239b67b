"""Who else wants to look at the same enterprise, so that everyone goes there once (综合查一次)?

Plans of other offices stand in the register; visits of our own lists are merged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

from riskengine.register import Known

if TYPE_CHECKING:
    from scheduler.roster.documents import Visit

MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at on a visit.

    office
        The other office that wants it; empty where a list of our own does.
    item
        What it is called; for our own usual item the kind of the visit ("routine").
    """

    office: str
    item: str


def quarter_of(month: dt.date) -> tuple[dt.date, dt.date]:
    """First day of the month's calendar quarter, and of the next quarter.

    >>> quarter_of(dt.date(2026, 12, 1))
    (datetime.date(2026, 10, 1), datetime.date(2027, 1, 1))
    """
    first = month.month - (month.month - 1) % MONTHS_OF_A_QUARTER
    after = first + MONTHS_OF_A_QUARTER
    end = dt.date(month.year + after // 13, (after - 1) % 12 + 1, 1)
    return dt.date(month.year, first, 1), end


def planned_elsewhere(
    known: Known, month: dt.date, together: Literal["join", "exclude"]
) -> dict[str, tuple[Item, ...]]:
    """What other offices plan in the quarter of the month, by enterprise, in order of office.

    together
        With "join" a plan that is over before the month begins is left out: nobody can join it.
    """
    first, end = quarter_of(month)
    since = month if together == "join" else first
    found: dict[str, set[Item]] = {}
    for row in known.tables["joint_plans"].to_pylist():
        if row["from_on"] < end and since <= row["to_on"]:
            found.setdefault(row["enterprise_id"], set()).add(Item(row["office"], row["item"]))
    return {
        one: tuple(sorted(items, key=lambda item: (item.office, item.item)))
        for one, items in found.items()
    }


def merge(*lists: Iterable[Visit]) -> tuple[Visit, ...]:
    """One visit per enterprise with all its items, in the order in which the lists name them.

    The first list that names an enterprise gives the kind. The longest of the visits is long
    enough: the same people look at the same papers, which are asked for once.
    """
    merged: dict[str, Visit] = {}
    for visit in chain(*lists):
        first = merged.get(visit.enterprise_id)
        merged[visit.enterprise_id] = both(first, visit) if first else visit
    return tuple(merged.values())


def both(first: Visit, other: Visit) -> Visit:
    """Two visits of one enterprise as one."""
    return replace(
        first,
        minutes=max(first.minutes, other.minutes),
        is_must=first.is_must or other.is_must,
        worth=max(first.worth, other.worth),
        items=tuple(dict.fromkeys((*own_named(first), *own_named(other)))),
    )


def own_named(visit: Visit) -> tuple[Item, ...]:
    """The items of a visit; where none is our own, our usual item by its kind comes first."""
    if any(not item.office for item in visit.items):
        return visit.items
    return (Item("", visit.kind), *visit.items)


def joined(visits: Iterable[Visit], elsewhere: Mapping[str, tuple[Item, ...]]) -> tuple[Visit, ...]:
    """The visits with the items of the offices that come along."""
    return tuple(
        replace(visit, items=(*visit.items, *elsewhere.get(visit.enterprise_id, ())))
        for visit in visits
    )


def is_joint(items: Iterable[Item]) -> bool:
    """Does the visit serve more than one list or office?"""
    items = tuple(items)
    return len(items) > 1 or any(item.office for item in items)
