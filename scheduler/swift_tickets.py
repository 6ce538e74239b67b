"""Who is drawn by tickets, and who is called next, from a list too long for the plain path?

The same as `lottery.draw_tickets` and `lottery.reserve_lists`: approximate keys find the few that
could be on either side of a threshold, and those are compared by their integer keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scheduler import lottery
from scheduler.lottery import NANO
from scheduler.swift import Units, cuts, in_order, require_drawable
from scheduler.swift_compiled import WORKERS, Ints, Tickets, tickets

Floats = npt.NDArray[np.float64]

RESERVED = len(lottery.RESERVE_LEVELS)
RELATIVE, ABSOLUTE = 1e-12, 2.0**-62
"""More than the rounding of an approximate key, and than what its integer key leaves off."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows drawn, ascending; what each ticket had to reach; the keys, by rounding and exact."""

    selected: Ints
    thresholds: tuple[lottery.Threshold, ...]
    keys: Keys


@dataclass(frozen=True, slots=True)
class Keys:
    """`about`: Q of each row in floating point. `exact`: its integer key and its id."""

    about: Floats
    exact: Callable[[int], tuple[int, str]]


def draw_tickets(
    units: Units,
    chances: Ints,
    strata: int,
    seed: bytes,
    purpose: str,
    *,
    workers: int = WORKERS,
) -> Drawn:
    """`lottery.draw_tickets` of the same list; rows stand for ids.

    chances
        λ of each row, in units of 1e-9; 0 only where π is.
    """
    words = tickets(units.ids, seed, purpose, workers=workers, words=2)
    require_drawable(units, words[:, 0])
    keys = Keys(approximate(words, chances), exact(units.ids, chances, seed, purpose))
    selected: list[Ints] = [np.empty(0, np.int64)]
    thresholds = []
    for stratum, members in strata_of(units, strata):
        number = lottery.whole(stratum, int(units.pi[members].sum()))
        if number:
            chosen, last = smallest(members[units.pi[members] > 0], number, keys)
            selected.append(chosen)
            thresholds.append(lottery.Threshold(stratum, number, str(last)))
    return Drawn(np.sort(np.concatenate(selected)), tuple(thresholds), keys)


def approximate(words: Tickets, chances: Ints) -> Floats:
    """Q = U(1−λ)/((1−U)λ) from 128 bits of U; −1 for a certain enterprise, ∞ where λ is 0."""
    u = words[:, 0] * 2.0**64 + words[:, 1]
    rest = ~words[:, 0] * 2.0**64 + ~words[:, 1] + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        keys: Floats = u * (NANO - chances) / (rest * chances)
    keys[chances == NANO] = -1
    return keys


def exact(
    ids: pa.LargeStringArray, chances: Ints, seed: bytes, purpose: str
) -> Callable[[int], tuple[int, str]]:
    """What rows are ranked by."""

    def key(row: int) -> tuple[int, str]:
        unit_id = ids[row].as_py()
        number = int.from_bytes(lottery.ticket(seed, purpose, unit_id), "big")
        return lottery.pareto_key(number, int(chances[row])), unit_id

    return key


def smallest(rows: Ints, number: int, keys: Keys) -> tuple[Ints, int]:
    """The `number` rows with the smallest integer keys, and the largest key among them."""
    about = keys.about[rows]
    near = np.partition(about, number - 1)[number - 1]
    margin = abs(near) * RELATIVE + ABSOLUTE
    below = rows[about < near - margin]
    between = rows[np.abs(about - near) <= margin]
    ranked = sorted((keys.exact(row), row) for row in between.tolist())[: number - len(below)]
    return np.append(below, [row for _, row in ranked]), ranked[-1][0][0]


def strata_of(units: Units, levels: int) -> list[tuple[tuple[str, ...], Ints]]:
    """The name and the rows of each stratum, in the order of the names."""
    if not levels:
        return [((), np.arange(len(units.pi)))] * (len(units.pi) > 0)
    order = np.lexsort(units.keys[:levels][::-1])
    edges = cuts([key[order] for key in units.keys[:levels]], len(order))
    groups = [order[a:b] for a, b in pairwise(edges.tolist())]
    pairs = list(zip(units.names, units.keys, strict=False))[:levels]
    return [(tuple(n[int(key[rows[0]])].as_py() for n, key in pairs), rows) for rows in groups]


def reserve_rows(
    units: Units,
    selected: Ints,
    seed: bytes,
    purpose: str,
    *,
    percent: int,
    least: int,
    keys: Keys | None = None,
    workers: int = WORKERS,
) -> list[tuple[tuple[str, ...], Ints]]:
    """`lottery.reserve_lists` of the same list; rows stand for ids."""
    units = replace(units, keys=units.keys[:RESERVED])
    drawn = np.zeros(len(units.pi), bool)
    drawn[selected] = True
    waiting = np.flatnonzero(~drawn & (units.pi > 0))
    if keys is None:
        purpose += "/reserve"
        words = tickets(units.ids, seed, purpose, workers=workers)
        waiting = in_order(units, waiting, words[:, 0], seed, purpose)
    place = np.full(len(units.pi), -1)
    place[waiting] = np.arange(len(waiting))
    lists = []
    for stratum, rows in strata_of(units, RESERVED):
        number = int(drawn[rows].sum())
        if not number:
            continue
        queue = rows[place[rows] >= 0]
        length = min(len(queue), max(least, -(-number * percent // 100)))
        if keys is None:
            first = queue[np.argsort(place[queue])][:length]
        elif length:
            nearest, _ = smallest(queue, length, keys)
            first = np.array(sorted(nearest.tolist(), key=keys.exact), np.int64)
        else:
            first = queue[:0]
        lists.append((stratum, first))
    return lists
