"""Who sits where, from a table of shares too long for the plain path?

The same as `lottery.round_flow`, seat for seat: the network is numbered by columns, and the walk,
the pushes and their hashes are compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from scheduler import lottery
from scheduler.lottery import MICRO, Place, Share
from scheduler.swift_compiled import Ints, Primed, round_parts

BEFORE_STEP = (4).to_bytes(4, "big")
"""What every hash of a draw has in common after its label: the length of the step."""


@dataclass(frozen=True, slots=True)
class Table:
    """Shares by columns; what is numbered is numbered in its sorted order.

    officers, places
        The ids, and the (route_id, seat), that `officer` and `place` number.
    day
        The number of the day among all days.
    duty, duties
        The number of the (officer, day), and of each such pair the number of its officer.
    micro
        Shares in units of 1e-6.
    """

    officers: list[str]
    places: list[Place]
    officer: Ints
    day: Ints
    place: Ints
    duty: Ints
    duties: Ints
    micro: Ints


def round_flow(shares: Iterable[Share], seed: bytes, purpose: str) -> dict[Place, str]:
    """`lottery.round_flow` of the same shares; the first call on a computer compiles."""
    primed = Primed(seed, purpose, "cycle", BEFORE_STEP)
    rows = list(shares)
    columns = _columns(rows) if set(map(len, rows)) == {5} else None
    table = _table(columns) if columns and _is_plain(columns) else None
    if table is None or not _is_sound(table):
        rows = lottery.check_shares(rows)  # says what is wrong
        table = _table(_columns(rows))
    return _rounded(table, primed)


def _rounded(table: Table, primed: Primed) -> dict[Place, str]:
    """Source → officer → (officer, day) → seat; nodes and edges numbered as in the lottery."""
    officers, duties, places = len(table.officers), len(table.duties), len(table.places)
    order = np.argsort(table.duty * places + table.place)
    duty, place, micro = table.duty[order], table.place[order], table.micro[order]
    officer_nodes = 1 + np.arange(officers)
    duty_nodes = 1 + officers + np.arange(duties)
    tails = np.concatenate(
        [np.zeros(officers, np.int64), officer_nodes[table.duties], duty_nodes[duty]]
    )
    heads = np.concatenate([officer_nodes, duty_nodes, 1 + officers + duties + place])
    loads = _sums(table.officer, table.micro, officers) % MICRO
    part = np.concatenate([loads, _sums(duty, micro, duties), micro]).astype(np.int32)
    ends = (side.astype(np.int32) for side in (tails, heads))
    nodes = 1 + officers + duties + places
    round_parts(nodes, *ends, part, primed.middle, primed.begun, primed.rest)
    seated = np.flatnonzero(part[officers + duties :] == MICRO)
    return {
        table.places[at]: table.officers[one]
        for at, one in zip(place[seated].tolist(), table.duties[duty[seated]].tolist(), strict=True)
    }


def _columns(rows: Sequence[Share]) -> list[list[Any]]:
    return [list(map(itemgetter(i), rows)) for i in range(5)]


def _is_plain(columns: Sequence[list[Any]]) -> bool:
    """Whether every field is of its very type, and every share in 0 … 10**6."""
    *texts, micro = columns
    return (
        all(set(map(type, column)) == {str} for column in texts)
        and set(map(type, micro)) == {int}
        and 0 <= min(micro) <= max(micro) <= MICRO
    )


def _is_sound(table: Table) -> bool:
    """Whether `lottery.check_shares` has nothing to say of plain columns."""
    places = len(table.places)
    day_of = np.empty(places, np.int64)
    day_of[table.place] = table.day
    cells = np.sort(table.place * len(table.officers) + table.officer)
    return bool(
        (cells[1:] != cells[:-1]).all()
        and (day_of[table.place] == table.day).all()
        and (_sums(table.place, table.micro, places) == MICRO).all()
        and (_sums(table.duty, table.micro, len(table.duties)) <= MICRO).all()
    )


def _table(columns: Sequence[list[Any]]) -> Table:
    (officers, officer), (days, day), (routes, route), (seats, seat) = map(_numbered, columns[:4])
    at, place = np.unique(route * len(seats) + seat, return_inverse=True)
    pairs, duty = np.unique(officer * len(days) + day, return_inverse=True)
    places = [(routes[i // len(seats)], seats[i % len(seats)]) for i in at.tolist()]
    micro = np.array(columns[4], np.int64)
    return Table(officers, places, officer, day, place, duty, pairs // len(days), micro)


def _numbered(texts: list[str]) -> tuple[list[str], Ints]:
    """The different texts, sorted, and the number of each text among them."""
    names = sorted(set(texts))
    number = {name: i for i, name in enumerate(names)}
    return names, np.fromiter(map(number.__getitem__, texts), np.int64, len(texts))


def _sums(group: Ints, micro: Ints, groups: int) -> Ints:
    total: Ints = np.zeros(groups, np.int64)
    np.add.at(total, group, micro)
    return total
