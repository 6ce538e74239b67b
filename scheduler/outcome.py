"""Which enterprises does a seed draw from a frozen list, by its engine and on the faster path?

Both paths give the same bytes. Lists of `LARGE` rows and more take the compiled one; below that
the plain one is done before a compiler would have begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler import lottery
from scheduler.lottery import Reserves, Threshold

if TYPE_CHECKING:
    from scheduler.draw import Frame, Row
    from scheduler.swift import Units
    from scheduler.swift_compiled import Ints

LARGE = 50_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the seed makes of the list; ids sorted. See `scheduler.draw.Draw`."""

    selected: tuple[str, ...]
    reserves: Reserves
    thresholds: tuple[Threshold, ...]
    log_digest: str


def outcome(frame: Frame, seed: bytes, *, large: int = LARGE) -> Outcome:
    """Draw the list, and its reserves; from `large` rows on by the compiled path."""
    if len(frame.rows) < large:
        return _plainly(frame, seed)
    return _swiftly(frame, seed)


def keyed(rows: Sequence[Row], levels: Sequence[str]) -> list[lottery.Row]:
    """The rows as the lottery takes them, with their place in a tree of these levels."""
    return [(r.enterprise_id, r.pi_nano, tuple([getattr(r, n) for n in levels])) for r in rows]


def _plainly(frame: Frame, seed: bytes) -> Outcome:
    rows = keyed(frame.rows, frame.levels)
    log: Sequence[Any]
    thresholds: tuple[Threshold, ...] = ()
    keys = None
    if frame.engine == "pareto":
        chances = {row.enterprise_id: row.lambda_nano for row in frame.rows}
        keys = lottery.pareto_keys(chances, seed, frame.purpose)
        selected, thresholds = lottery.draw_tickets(rows, keys, frame.strata)
        log = thresholds
    else:
        selected, log = lottery.tree_duel(rows, seed, frame.purpose)
    reserves = lottery.reserve_lists(
        keyed(frame.rows, lottery.RESERVE_LEVELS),
        selected,
        seed,
        frame.purpose,
        percent=frame.reserves_percent,
        least=frame.reserves_least,
        keys=keys,
    )
    return Outcome(selected, reserves, thresholds, lottery.digest_of(log))


def _swiftly(frame: Frame, seed: bytes) -> Outcome:
    from scheduler import swift, swift_tickets  # a county needs no compiler

    units = columns(frame.rows, frame.levels)
    thresholds: tuple[Threshold, ...] = ()
    keys = None
    if frame.engine == "pareto":
        chances = np.array([row.lambda_nano for row in frame.rows], np.int64)
        drawn = swift_tickets.draw_tickets(units, chances, frame.strata, seed, frame.purpose)
        selected, thresholds, keys = drawn.selected, drawn.thresholds, drawn.keys
        log_digest = lottery.digest_of(thresholds)
    else:
        duels = swift.tree_duel(units, seed, frame.purpose)
        selected, log_digest = duels.selected, swift.log_digest(units, duels)
    reserves = swift_tickets.reserve_rows(
        columns(frame.rows, lottery.RESERVE_LEVELS),
        selected,
        seed,
        frame.purpose,
        percent=frame.reserves_percent,
        least=frame.reserves_least,
        keys=keys,
    )

    def ids(rows: Ints) -> tuple[str, ...]:
        return tuple(frame.rows[row].enterprise_id for row in rows.tolist())

    return Outcome(
        tuple(sorted(ids(selected))),
        tuple((stratum, ids(rows)) for stratum, rows in reserves),
        thresholds,
        log_digest,
    )


def columns(rows: Sequence[Row], levels: Sequence[str]) -> Units:
    """The list by columns."""
    from scheduler.swift import by_columns

    def column(name: str) -> list[Any]:
        return list(map(attrgetter(name), rows))

    return by_columns(column("enterprise_id"), column("pi_nano"), [column(n) for n in levels])
