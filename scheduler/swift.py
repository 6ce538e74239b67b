"""Who is drawn from a list too long for the plain path?

The same draw as `scheduler.lottery`, byte for byte, by columns: compiled hashes and duels, one
sort. The first call on a computer compiles for some seconds; after that the result is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scheduler import lottery
from scheduler.lottery import NANO, LotteryError
from scheduler.swift_compiled import (
    WORKERS,
    Ints,
    Primed,
    Tickets,
    fight,
    spread,
    text_of,
    tickets,
    write_duels,
)

CHUNK = 1 << 18
"""Duels written at once."""


@dataclass(frozen=True, slots=True)
class Units:
    """A list by columns.

    ids
        Large strings, unique, none empty.
    pi
        In units of 1e-9.
    keys
        For each level from the root down, the rank of a row's text among all texts of the level.
    names
        For each level, those texts in the order of their UTF-8 bytes.
    """

    ids: pa.LargeStringArray
    pi: Ints
    keys: tuple[Ints, ...]
    names: tuple[pa.Array, ...]


@dataclass(frozen=True, slots=True)
class Duels:
    """`lottery.tree_duel` by columns: rows of the list, in the order in which they met."""

    selected: Ints
    carrier: Ints
    other: Ints
    a: Ints
    b: Ints
    r: Ints


def require_drawable(units: Units, words: Tickets) -> None:
    """Refuse what `lottery.check_rows` refuses. Equal ids have equal tickets."""
    offsets, _ = text_of(units.ids)
    wrong = np.flatnonzero((units.pi < 0) | (units.pi > NANO))
    if (np.diff(offsets) == 0).any():
        raise LotteryError("id_empty", unit_id="")
    if len(wrong):
        row = int(wrong[0])
        raise LotteryError("pi_range", unit_id=units.ids[row].as_py(), pi=int(units.pi[row]))
    ordered = np.sort(words)
    if (ordered[1:] == ordered[:-1]).any():
        for count in pc.value_counts(units.ids):
            if count["counts"].as_py() > 1:
                raise LotteryError("id_twice", unit_id=count["values"].as_py())
    total = int(units.pi.sum())
    if total % NANO:
        raise LotteryError("pi_sum", total=total)


def units_of(rows: Sequence[lottery.Row]) -> Units:
    """The columns of a list."""
    ids, pi, keys = zip(*rows, strict=True) if rows else ((), (), ())
    return by_columns(ids, pi, list(zip(*keys, strict=True)))


def by_columns(ids: Sequence[str], pi: Sequence[int], levels: Sequence[Sequence[str]]) -> Units:
    """The same of a list that comes by columns already."""
    ranked = [ranks(pa.array(level, pa.large_string())) for level in levels]
    return Units(
        pa.array(ids, pa.large_string()),
        np.array(pi, np.int64),
        tuple(rank for rank, _ in ranked),
        tuple(names for _, names in ranked),
    )


def ranks(texts: pa.Array) -> tuple[Ints, pa.Array]:
    """The rank of each text among the different ones, by UTF-8 bytes, and those in order."""
    coded = texts.dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    rank = np.empty(len(order), np.int64)
    rank[order.to_numpy()] = np.arange(len(rank))
    return rank[coded.indices.to_numpy()], coded.dictionary.take(order)


# ── order ─────────────────────────────────────────────────────────────────────────────────


def in_order(units: Units, rows: Ints, words: Tickets, seed: bytes, purpose: str) -> Ints:
    """The `rows` in the order of (key, ticket, id).

    words
        First 64 bits of the ticket of every unit. Branch and as much of the ticket as has room
        make one number; rows equal in it are told apart by the whole ticket.
    """
    branch = branch_of([key[rows] for key in units.keys], len(rows))
    bits = int(branch.max(initial=0)).bit_length()
    joint = words[rows] >> np.uint64(bits)
    if bits:
        joint |= branch << np.uint64(64 - bits)
    order = np.argsort(joint)
    joint = joint[order]
    found: Ints = rows[order]
    for first, last in _stretches(np.flatnonzero(joint[1:] == joint[:-1])):
        tied = [(units.ids[int(row)].as_py(), row) for row in found[first:last]]
        tied.sort(key=lambda one: (lottery.ticket(seed, purpose, one[0]), one[0]))
        found[first:last] = [row for _, row in tied]
    return found


def _stretches(same: Ints) -> Iterator[tuple[int, int]]:
    """[first, last) of each stretch of equals; `same` are the places equal to the next."""
    for part in np.split(same, np.flatnonzero(np.diff(same) > 1) + 1):
        if len(part):
            yield int(part[0]), int(part[-1]) + 2


def branch_of(keys: Sequence[Ints], size: int) -> Tickets:
    """One small number for each leaf of the tree, in the order of the keys."""
    branch = np.zeros(size, np.int64)
    for key in keys:
        branch = branch * (int(key.max(initial=0)) + 1) + key
        if int(branch.max(initial=0)) >= 16 * size:
            branch = np.unique(branch, return_inverse=True)[1]
    return branch.astype(np.uint64)


def cuts(keys: Sequence[Ints], size: int) -> Ints:
    """Where the runs of equal keys begin, and the end of the last."""
    is_new = np.zeros(size, bool)
    is_new[:1] = True
    for key in keys:
        is_new[1:] |= key[1:] != key[:-1]
    return np.append(np.flatnonzero(is_new), size)


# ── the tree duel ─────────────────────────────────────────────────────────────────────────


def tree_duel(units: Units, seed: bytes, purpose: str, *, workers: int = WORKERS) -> Duels:
    """`lottery.tree_duel` of the same list; rows stand for ids.

    workers
        Threads; they change the time and nothing else.
    """
    primed = Primed(seed, purpose, "duel")
    words = tickets(units.ids, seed, purpose, workers=workers)[:, 0]
    require_drawable(units, words)
    open_ = np.flatnonzero((units.pi > 0) & (units.pi < NANO))
    row = in_order(units, open_, words, seed, purpose)
    # All is laid out in the order of the duels, so that memory is read in one sweep.
    offsets, data = text_of(units.ids.take(pa.array(row)))
    pi, keys, live = units.pi[row], [key[row] for key in units.keys], np.arange(len(row))
    parts: list[tuple[npt.NDArray[np.int32], ...]] = []
    for depth in range(len(units.keys), -1, -1):
        starts = cuts([key[live] for key in keys[:depth]], len(live))
        log = np.empty((5, len(live)), np.int32)
        carried = np.empty(len(starts) - 1, np.int64)
        fought = np.empty(len(starts) - 1, np.int64)
        shared = (live, starts, pi, offsets, data, primed.middle, primed.begun, primed.rest)
        spread(fight, starts, workers, *shared, log, carried, fought)
        kept = _kept(starts, fought)
        parts.append(tuple(column[kept] for column in log))
        live = carried[carried >= 0]
    carrier, other, a, b, r = (
        np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)
    )
    is_drawn = units.pi == NANO
    is_drawn[row[pi == NANO]] = True
    return Duels(np.flatnonzero(is_drawn), row[carrier], row[other], a, b, r)


def _kept(starts: Ints, fought: Ints) -> Ints:
    """Which places of the log were written, in order."""
    total = int(fought.sum())
    before = np.repeat(np.cumsum(fought) - fought, fought)
    place: Ints = np.repeat(starts[:-1], fought) + np.arange(total) - before
    return place


def log_digest(units: Units, duels: Duels) -> str:
    """The digest of the duels, as `lottery.digest_of` gives it of their list."""
    offsets, data = text_of(units.ids)
    if ((data < 0x20) | (data == ord('"')) | (data == ord("\\"))).any():
        escaped = [json.dumps(i.as_py(), ensure_ascii=False)[1:-1] for i in units.ids]
        offsets, data = text_of(pa.array(escaped, pa.large_string()))
    longest = int(np.diff(offsets).max(initial=0))
    columns = (duels.carrier, duels.other, duels.a, duels.b, duels.r)
    text = np.empty(min(CHUNK, len(duels.r)) * (2 * longest + 70), np.uint8)
    digest = hashlib.sha256(b"[")
    for first in range(0, len(duels.r), CHUNK):
        part = [column[first : first + CHUNK] for column in columns]
        size = write_duels(text, offsets, data, first == 0, *part)
        digest.update(text[:size].data)
    digest.update(b"]")
    return digest.hexdigest()
