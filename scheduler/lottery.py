"""Who is drawn, and was the draw honest?

This file decides the draw and verifies it, on the standard library of Python 3.9 or later alone:

    python lottery.py bundle.json                       was this published month drawn honestly?
    python lottery.py bundle.json --enterprise ID       the probability and the duels of one
    python lottery.py receipt.json --root HEX           was my part of it, and what does that prove?
    python lottery.py draw --frame FRAME.csv --seed HEX --purpose TEXT [--engine pareto]
                                                        the selected ids, one a line

Chance is SHA-256 of length-prefixed fields. There is no generator, no clock and no float here, so
any implementation in any language gives the same result. Methods: pivotal sampling on a tree
(Deville and Tillé 1998; Srinivasan 2001), flow rounding (Budish, Che, Kojima and Milgrom 2013).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby, product
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

NANO = 10**9
"""Probability 1 of an enterprise."""
MICRO = 10**6
"""Probability 1 of an officer in a seat."""
SPACE = 2**256
FORMAT = "riskengine-bundle/1"
ENGINES = ("duel", "pareto")
LEVELS = ("grade", "sector", "township", "place")
"""What a tree of the list may branch by."""
LEAF = ("enterprise_id", "pi_nano", "grade", "sector", "township", "place", "lambda_nano")
"""The fields of a frozen row in the order in which its Merkle leaf is hashed."""

Row = tuple[str, int, tuple[str, ...]]
"""(id, π in units of 1e-9, key from the top of the tree down)."""
Share = tuple[str, str, str, str, int]
"""(inspector_id, day, route_id, seat, share in units of 1e-6)."""
Place = tuple[str, str]
"""(route_id, seat)."""
SEATS = ("lead", "second")
RESERVE_LEVELS = ("grade", "sector")
Reserves = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""((grade, sector), ids in the order in which they are called) of each stratum."""
Siblings = tuple[str, ...]
"""A Merkle path; see `merkle_path`."""
Finding = dict[str, str]
"""What does not fit: ``where``, ``zh``, ``en``."""


class LotteryError(ValueError):
    """Input that no draw can be made from, said in one sentence of each language."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.zh, self.en = _sentence(code, facts)
        super().__init__(f"{self.zh} / {self.en}")


class WrongSeedError(LotteryError, TypeError):
    """A seed that is not 32 raw bytes."""


# ── hashes ────────────────────────────────────────────────────────────────────────────────


def h(*fields: bytes) -> bytes:
    """SHA-256 of the fields, each written as a 4-byte big-endian length and its bytes.

    >>> h(b"ab", b"c") == h(b"a", b"bc")
    False
    """
    return hashlib.sha256(_framed(fields)).digest()


def _framed(fields: Iterable[bytes]) -> bytes:
    return b"".join([len(field).to_bytes(4, "big") + field for field in fields])


def _text(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise LotteryError("not_unicode", value=ascii(value)) from None


def _primed(seed: bytes, purpose: str, label: str) -> hashlib._Hash:
    """The hash after its first three fields, to be copied for each ticket or duel."""
    return hashlib.sha256(prefix_of(seed, purpose, label))


def prefix_of(seed: bytes, purpose: str, label: str) -> bytes:
    """What every ticket, or every duel, of a draw begins with before it is hashed."""
    if not isinstance(seed, bytes) or len(seed) != 32:
        raise WrongSeedError("seed_type")
    return _framed((seed, _text(purpose), label.encode()))


def _finish(primed: hashlib._Hash, *fields: bytes) -> bytes:
    hasher = primed.copy()
    hasher.update(_framed(fields))
    return hasher.digest()


def ticket(seed: bytes, purpose: str, unit_id: str) -> bytes:
    """The 32 bytes an enterprise is ordered by; they depend on no other enterprise."""
    return _finish(_primed(seed, purpose, "ticket"), _text(unit_id))


def below(k: int, seed: bytes, purpose: str, label: str, *fields: bytes) -> int:
    """An integer uniform on 0 … k−1, without the bias of a remainder."""
    return _below(k, _primed(seed, purpose, label), *fields)


def _below(k: int, primed: hashlib._Hash, *fields: bytes) -> int:
    if k < 1:
        raise LotteryError("nothing_to_choose", k=k)
    if k == 1:
        return 0
    limit = SPACE - SPACE % k
    counter = 0
    while True:
        x = int.from_bytes(_finish(primed, *fields, counter.to_bytes(4, "big")), "big")
        if x < limit:
            return x % k
        counter += 1


def merkle_root(rows: Iterable[Sequence[str | int]]) -> str:
    """Root over the rows, 64 hex digits; the order of the rows does not matter.

    Leaf = H("leaf", fields…), numbers as decimal text; leaves in the order of their bytes before
    hashing; node = H("node", left, right); the last of an odd level moves up as it is.
    """
    level = [hashlib.sha256(leaf).digest() for leaf in sorted(map(_leaf, rows))] or [h(b"empty")]
    while len(level) > 1:
        level = _level_above(level)
    return level[0].hex()


def _leaf(row: Sequence[str | int]) -> bytes:
    return _framed([b"leaf", *(_text(str(field)) for field in row)])


def _level_above(level: Sequence[bytes]) -> list[bytes]:
    paired = [h(b"node", level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return [*paired, *level[2 * len(paired) :]]


def merkle_paths(rows: Iterable[Sequence[str | int]]) -> list[Siblings]:
    """The path of each row, in the order of `rows`; see `merkle_path`."""
    leaves = [_leaf(row) for row in rows]
    order = sorted(range(len(leaves)), key=leaves.__getitem__)
    level = [hashlib.sha256(leaves[i]).digest() for i in order]
    paths: list[list[str]] = [[] for _ in leaves]
    span = 1
    while len(level) > 1:
        for place, i in enumerate(order):
            node = place // span
            if node ^ 1 < len(level):
                paths[i].append(("R" if node % 2 == 0 else "L") + level[node ^ 1].hex())
        level, span = _level_above(level), 2 * span
    return [tuple(path) for path in paths]


def merkle_path(rows: Iterable[Sequence[str | int]], row: Sequence[str | int]) -> Siblings:
    """What a row is hashed with on its way up to the root, from the leaf on.

    Each is the side it stands on, L or R, and its 64 hex digits. Where the node is the last of an
    odd level and moves up as it is, the path has no entry.
    """
    listed = [tuple(one) for one in rows]
    if tuple(row) not in listed:
        raise LotteryError("not_listed", unit_id=row[0])
    return merkle_paths(listed)[listed.index(tuple(row))]


def climb(row: Sequence[str | int], path: Iterable[str]) -> str:
    """The root that a row and its path lead to, 64 hex digits: the row was in that list.

    >>> rows = [("E1", 5), ("E2", 7), ("E3", 9)]
    >>> climb(("E3", 9), merkle_path(rows, ("E3", 9))) == merkle_root(rows)
    True
    """
    node = hashlib.sha256(_leaf(row)).digest()
    for sibling in path:
        if not re.fullmatch("[LR][0-9a-f]{64}", sibling):
            raise LotteryError("path_unreadable", sibling=sibling)
        other = bytes.fromhex(sibling[1:])
        node = h(b"node", node, other) if sibling[0] == "R" else h(b"node", other, node)
    return node.hex()


def rule_of(policy_digest: str, input_digest: str) -> str:
    """Digest of the rule a list was made by: the policy and the document it was applied to."""
    return h(b"rule", bytes.fromhex(policy_digest), bytes.fromhex(input_digest)).hex()


def seed_of(
    domain: str, draw_number: int, root: str, rule_digest: str, secret: bytes, event_value: str
) -> bytes:
    """The 32 bytes everything is drawn from: nobody can choose them after the freeze.

    domain
        The purpose of the draw, for example ``enterprise/2026-12``.
    draw_number
        Place in the chain, written as 8 bytes big-endian.
    root, rule_digest
        64 hex digits each, hashed as 32 raw bytes.
    secret
        What the commitment was made of; empty when it was withheld past the deadline.
    """
    return h(
        _text(domain),
        draw_number.to_bytes(8, "big"),
        bytes.fromhex(root),
        bytes.fromhex(rule_digest),
        secret,
        _text(event_value),
    )


def commitment_of(secret: bytes) -> str:
    """What is published before the event, so that the secret cannot be changed after it."""
    return hashlib.sha256(secret).hexdigest()


def join_reveals(reveals: Mapping[str, str]) -> str:
    """The event value of a commit-and-reveal: name and secret (hex) of each officer, by name.

    >>> join_reveals({"李": "02", "王": "01"})
    '[["李","02"],["王","01"]]'
    """
    return canonical([[name, reveals[name]] for name in sorted(reveals)]).decode()


def broken_promises(promises: Iterable[tuple[str, str]], event_value: str) -> list[str]:
    """Whose secret in `event_value` is missing, not asked for, or not the one promised.

    promises
        Name and commitment of each officer. A secret is lower-case hex, so that it can be written
        in one way only; an empty one was withheld, and one at least must be opened.
    """
    listed = list(promises)
    promised = dict(listed)
    reveals = dict(json.loads(event_value))
    is_written_so = join_reveals(reveals) == event_value
    if not is_written_so or len(promised) < len(listed) or not any(reveals.values()):
        return sorted(promised)
    wrong = set(promised) ^ set(reveals)
    for name in set(promised) & set(reveals):
        secret = bytes.fromhex(reveals[name])
        is_open = not secret or commitment_of(secret) == promised[name]
        if not is_open or secret.hex() != reveals[name]:
            wrong.add(name)
    return sorted(wrong)


def withheld_by(event: Mapping[str, Any], event_value: str) -> list[str]:
    """Who promised a secret and did not open it; it counts as empty."""
    if event["kind"] != "commit_reveal":
        return []
    return [name for name, secret in json.loads(event_value) if not secret]


class Beacon(NamedTuple):
    """A public source of randomness that signs one value a round (drand, League of Entropy).

    The chain hash commits to key, genesis and period. `genesis` is the second (Unix time) of
    round 1, `period` the seconds from round to round.
    """

    chain_hash: str
    public_key: str
    genesis: int
    period: int
    digits: tuple[int, ...]
    """Hex digits of each word of a value: the signature, or the one before it and the signature."""


BEACONS = {
    "quicknet": Beacon(
        "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a"
        "2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76"
        "eae8991ef5ece45a",
        1692803367,
        3,
        (96,),
    ),
    "default": Beacon(
        "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
        "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a940"
        "2801af31",
        1595431050,
        30,
        (192, 192),
    ),
}
"""Name → beacon; its signatures are checked by ``riskengine verify``, which has the curve."""


def is_beacon_value(chain: str, value: str) -> bool:
    """Is this how a value of the beacon is written: lower-case hex words, one space between?"""
    words = value.split(" ")
    is_hex = all(re.fullmatch("[0-9a-f]+", word) for word in words)
    return is_hex and tuple(len(word) for word in words) == BEACONS[chain].digits


def randomness_of(value: str) -> str:
    """What a beacon publishes beside a signature: its SHA-256, 64 hex digits."""
    return hashlib.sha256(bytes.fromhex(value.split(" ")[-1])).hexdigest()


def seconds_of(moment: str) -> int:
    """Unix time of a UTC moment, by the Gregorian calendar; no clock is asked.

    >>> seconds_of("1970-01-02T00:00:01Z")
    86401
    """
    year, month, day, hour, minute, second = map(int, re.findall(r"\d+", _moment(moment)))
    if month < 3:  # a year that begins in March ends with the leap day
        year, month = year - 1, month + 12
    leaps = year // 4 - year // 100 + year // 400
    days = 365 * year + leaps + (153 * month - 457) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def plain_value(value: str) -> str:
    """A published value without the freedom of width, spaces, digits and invisible signs.

    >>> plain_value(" ０７　1\u200b2 ")
    '07 12'
    """
    return " ".join(_visible(value).split())


BLANK = "\u115f\u1160\u2800"
"""Letters and symbols that are drawn as nothing."""


def _visible(text: str) -> str:
    """The text in plain width, digits as 0 to 9, without signs that nobody sees."""
    signs = unicodedata.normalize("NFKC", text)
    return "".join([
        str(unicodedata.decimal(sign, sign))
        for sign in signs
        if sign.isspace() or (unicodedata.category(sign)[0] not in "CM" and sign not in BLANK)
    ])  # fmt: skip


def fold_name(name: str) -> str:
    """A person's name without case, width, spaces and invisible signs.

    >>> fold_name(" Ｗang　Fang ") == fold_name("wangfang")
    True
    """
    if name.isascii() and name.isprintable():  # a million ids are
        return name.casefold().replace(" ", "")
    folded = _visible(_visible(name).casefold())
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "ZC")


def alike(ids: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of different ids that differ in case, width, spaces or invisible signs alone."""
    first: dict[str, str] = {}
    folded = ((fold_name(one), one) for one in ids)
    return [(first[name], one) for name, one in folded if first.setdefault(name, one) != one]


def _alike(where: str, ids: Iterable[str]) -> Iterator[Finding]:
    for one, other in alike(ids):
        yield _finding(where, "id_alike", one=one, other=other)


def canonical(value: object) -> bytes:
    """The one way to write JSON values as bytes: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def digest_of(value: object) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


# ── enterprises: the tree duel ────────────────────────────────────────────────────────────


class Duel(NamedTuple):
    """One duel: `a` and `b` are the probabilities before it, in units of 1e-9."""

    carrier: str
    other: str
    a: int
    b: int
    r: int
    a_after: int
    b_after: int


def duel_span(a: int, b: int) -> int:
    """How many numbers a duel between `a` and `b` is drawn from."""
    return a + b if a + b <= NANO else 2 * NANO - a - b


def settle(a: int, b: int, r: int) -> tuple[int, int]:
    """What the number `r` makes of two probabilities: their sum stays, one of them is settled.

    The mean of either over all `r` is what it was before, so nobody gains or loses by duelling.
    """
    total = a + b
    if total <= NANO:
        return (total, 0) if r < a else (0, total)
    return (NANO, total - NANO) if r < NANO - b else (total - NANO, NANO)


def tree_duel(
    rows: Iterable[Row], seed: bytes, purpose: str
) -> tuple[tuple[str, ...], tuple[Duel, ...]]:
    """The selected ids, sorted, and every duel that led to them.

    rows
        Unique ids; Σπ a multiple of 1e9; keys of one length. Their order does not matter.

    Each enterprise is selected with probability exactly π, and in every branch of the tree the
    number selected is the floor or the ceiling of its Σπ. Source: sampling protocol §2.3.
    """
    tickets = _primed(seed, purpose, "ticket")
    duels = _primed(seed, purpose, "duel")
    units = check_rows(rows)
    units.sort(key=lambda row: (row[2], _finish(tickets, _text(row[0])), row[0]))
    ids = [row[0] for row in units]
    pi = [row[1] for row in units]
    log: list[Duel] = []

    def carried(run: Iterable[int]) -> int | None:
        carrier = None
        for unit in run:
            if pi[unit] in (0, NANO):
                continue
            if carrier is None:
                carrier = unit
                continue
            a, b = pi[carrier], pi[unit]
            r = _below(duel_span(a, b), duels, _text(ids[carrier]), _text(ids[unit]))
            pi[carrier], pi[unit] = settle(a, b, r)
            log.append(Duel(ids[carrier], ids[unit], a, b, r, pi[carrier], pi[unit]))
            unsettled = [u for u in (carrier, unit) if 0 < pi[u] < NANO]
            carrier = unsettled[0] if unsettled else None
        return carrier

    live: list[int] = list(range(len(units)))
    for depth in range(len(units[0][2]) if units else 0, -1, -1):
        runs = groupby(live, key=lambda unit: units[unit][2][:depth])
        live = [unit for unit in (carried(run) for _, run in runs) if unit is not None]
    return tuple(sorted(i for i, p in zip(ids, pi) if p == NANO)), tuple(log)  # noqa: B905


def check_rows(rows: Iterable[Row]) -> list[Row]:
    """The rows as a list, or the sentence that says why nothing can be drawn from them."""
    units = list(rows)
    seen: set[str] = set()
    for unit_id, pi, key in units:
        if not isinstance(unit_id, str) or not unit_id:
            raise LotteryError("id_empty", unit_id=unit_id)
        if unit_id in seen:
            raise LotteryError("id_twice", unit_id=unit_id)
        seen.add(unit_id)
        if not _is_count(pi) or pi > NANO:
            raise LotteryError("pi_range", unit_id=unit_id, pi=pi)
        if len(key) != len(units[0][2]) or not all(isinstance(part, str) for part in key):
            raise LotteryError("key_levels", unit_id=unit_id, key=key)
    total = sum(pi for _, pi, _ in units)
    if total % NANO:
        raise LotteryError("pi_sum", total=total)
    return units


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


# ── enterprises: calibrated tickets ───────────────────────────────────────────────────────


class Threshold(NamedTuple):
    """What a ticket of a stratum had to reach: its key is not above `key` (decimal digits)."""

    stratum: tuple[str, ...]
    drawn: int
    key: str


def pareto_key(ticket_number: int, chance: int) -> int:
    """What tickets are ranked by, the smallest first: floor(2^64 · U(1−λ) / ((1−U)λ)).

    ticket_number
        The 32 bytes of the ticket as an integer: U in units of 2^-256.
    chance
        λ in units of 1e-9, above 0. A certain enterprise has the key −1.
    """
    if chance == NANO:
        return -1
    return (ticket_number * (NANO - chance) << 64) // ((SPACE - ticket_number) * chance)


def pareto_keys(chances: Mapping[str, int], seed: bytes, purpose: str) -> dict[str, int]:
    """The key of every enterprise that can be drawn; each depends on no other enterprise."""
    tickets = _primed(seed, purpose, "ticket")
    return {
        unit_id: pareto_key(int.from_bytes(_finish(tickets, _text(unit_id)), "big"), chance)
        for unit_id, chance in chances.items()
        if chance > 0
    }


def draw_tickets(
    rows: Iterable[Row], keys: Mapping[str, int], strata: int = 0
) -> tuple[tuple[str, ...], tuple[Threshold, ...]]:
    """The selected ids, sorted, and the last key that was drawn in each stratum.

    rows
        As for `tree_duel`; Σπ whole in every stratum, where it is the number drawn.
    keys
        See `pareto_keys`; of every id with π above 0.
    strata
        How many leading levels of the key name a stratum; 0: the whole list is one.

    Each enterprise is selected with probability π if the λ in its key are calibrated to that; this
    is not checked here, because it takes an integral. Source: Rosén (1997); sampling protocol §2.4.
    """
    members: dict[tuple[str, ...], list[Row]] = {}
    for row in check_rows(rows):
        members.setdefault(row[2][:strata], []).append(row)
    selected: list[str] = []
    thresholds: list[Threshold] = []
    for stratum, units in sorted(members.items()):
        number = whole(stratum, sum(pi for _, pi, _ in units))
        if number:
            ranked = sorted((keys[unit_id], unit_id) for unit_id, pi, _ in units if pi > 0)
            selected += [unit_id for _, unit_id in ranked[:number]]
            thresholds.append(Threshold(stratum, number, str(ranked[number - 1][0])))
    return tuple(sorted(selected)), tuple(thresholds)


def whole(stratum: tuple[str, ...], total: int) -> int:
    """How many are drawn in a stratum with this Σπ."""
    if total % NANO:
        raise LotteryError("stratum_sum", stratum="/".join(stratum), total=total)
    return total // NANO


def check_chances(rows: Iterable[Row], chances: Mapping[str, int], engine: str) -> None:
    """Refuse a λ that no draw with these π can have: certain is certain, impossible impossible."""
    for unit_id, pi, _ in rows:
        chance = chances[unit_id]
        fits = _is_count(chance) and chance <= NANO
        fits &= chance == pi if engine == "duel" or pi in (0, NANO) else 0 < chance < NANO
        if not fits:
            raise LotteryError("chance_range", unit_id=unit_id, chance=chance, pi=pi)


# ── enterprises: reserves ─────────────────────────────────────────────────────────────────


def reserve_lists(
    rows: Sequence[Row],
    selected: Iterable[str],
    seed: bytes,
    purpose: str,
    *,
    percent: int,
    least: int,
    keys: Mapping[str, int] | None = None,
) -> Reserves:
    """Who is called, in which order, when a drawn enterprise is closed or cannot be reached.

    Per stratum (the first two levels of the key) the enterprises not drawn, by their ticket under
    ``purpose/reserve``: `percent` of the number drawn there, rounded up, and at least `least`;
    none where nothing was drawn. An enterprise with π = 0 may not be visited and is never called.

    keys
        `pareto_key` of each id: then the next tickets are called, in the order of their keys.
    """
    tickets = _primed(seed, purpose + "/reserve", "ticket")
    drawn = frozenset(selected)
    strata: dict[tuple[str, ...], list[str]] = {}
    visits: dict[tuple[str, ...], int] = {}
    for unit_id, pi, key in rows:
        if unit_id in drawn:
            visits[key[:2]] = visits.get(key[:2], 0) + 1
        elif pi > 0:
            strata.setdefault(key[:2], []).append(unit_id)
    lists = []
    for stratum, number in sorted(visits.items()):
        waiting = strata.get(stratum, [])
        if keys is None:
            waiting.sort(key=lambda unit_id: (_finish(tickets, _text(unit_id)), unit_id))
        else:
            waiting.sort(key=lambda unit_id: (keys[unit_id], unit_id))
        lists.append((stratum, tuple(waiting[: max(least, -(-number * percent // 100))])))
    return tuple(lists)


# ── people: flow rounding ─────────────────────────────────────────────────────────────────


class Push(NamedTuple):
    """One step of flow rounding: `r` below `down` moves the shares by `up`, else by −`down`."""

    step: int
    up: int
    down: int
    r: int
    cells: tuple[tuple[str, str, str, int], ...]
    """(inspector_id, route_id, seat, 1 or −1): whose share moves, and with or against."""


class _Network(NamedTuple):
    """Source → officer → (officer, day) → seat; nodes and edges numbered from sorted ids."""

    edges: list[tuple[int, int]]
    flow: list[int]
    cells: dict[int, tuple[tuple[str, str], str]]
    """Edge into a seat → (route_id, seat) and inspector_id."""


def round_flow(shares: Iterable[Share], seed: bytes, purpose: str) -> dict[tuple[str, str], str]:
    """One officer for each (route_id, seat), each with probability exactly its share.

    shares
        ``(inspector_id, day, route_id, seat, share)``, shares in units of 1e-6; each seat sums to
        10**6, no officer has more than 10**6 on one day. Their order does not matter.

    Every officer's seats of the month come out at the floor or ceiling of what the shares add up
    to, and nobody sits twice on one day. Source: sampling protocol §4.3.
    """
    return _rounded(shares, seed, purpose, None)


def rounding(
    shares: Iterable[Share], seed: bytes, purpose: str
) -> tuple[dict[tuple[str, str], str], tuple[Push, ...]]:
    """`round_flow`, and every step that led to it."""
    log: list[Push] = []
    return _rounded(shares, seed, purpose, log), tuple(log)


def _rounded(
    shares: Iterable[Share], seed: bytes, purpose: str, log: list[Push] | None
) -> dict[tuple[str, str], str]:
    primed = _primed(seed, purpose, "cycle")
    edges, flow, cells = _network(check_shares(shares))
    around: list[list[int]] = [[] for _ in range(max((head for _, head in edges), default=0) + 1)]
    for edge, ends in enumerate(edges):
        if flow[edge] % MICRO:
            for node in ends:
                around[node].append(edge)
    ends_sum = [tail + head for tail, head in edges]

    first = 0
    nodes: list[int] = []
    walked: list[int] = []
    place: dict[int, int] = {}
    for step in count():
        if not walked:
            while first < len(around) and not around[first]:
                first += 1  # an edge that is whole stays whole
            if first == len(around):
                break
            nodes, place = [first], {first: 0}
        start = _walk(ends_sum, around, nodes, walked, place)
        cycle = walked[start:]
        up, down, r, signs = _push(edges, flow, nodes[start:], cycle, primed, step)
        if log is not None:
            moved = [(cells[e], sign) for e, sign in zip(cycle, signs) if e in cells]  # noqa: B905
            seats = tuple([(person, *at, sign) for (at, person), sign in moved])
            log.append(Push(step, up, down, r, seats))
        for edge in cycle:
            if flow[edge] % MICRO == 0:
                for node in edges[edge]:
                    around[node].remove(edge)
        # The way to the cycle is kept: a new walk would take it again.
        for node in nodes[start + 1 :]:
            del place[node]
        del nodes[start + 1 :], walked[start:]
    return {at: person for edge, (at, person) in cells.items() if flow[edge] == MICRO}


def _walk(
    ends_sum: list[int],
    around: list[list[int]],
    nodes: list[int],
    walked: list[int],
    place: dict[int, int],
) -> int:
    """Walk on by the lowest fractional edge until a node repeats: where in the walk it was.

    ends_sum
        Edge → the sum of the numbers of its two nodes.
    place
        Node → its place in `nodes`.
    """
    here, last = nodes[-1], walked[-1] if walked else -1
    while True:
        there = around[here]
        last = there[1] if there[0] == last else there[0]
        here = ends_sum[last] - here
        walked.append(last)
        if here in place:
            return place[here]
        place[here] = len(nodes)
        nodes.append(here)


def _push(
    edges: list[tuple[int, int]],
    flow: list[int],
    nodes: list[int],
    cycle: list[int],
    primed: hashlib._Hash,
    step: int,
) -> tuple[int, int, int, list[int]]:
    """Move flow around a cycle, up or down, so that an edge becomes whole and every mean stays."""
    signs = [1 if edges[e][0] == node else -1 for e, node in zip(cycle, nodes)]  # noqa: B905
    ahead = [-sign * flow[e] % MICRO for e, sign in zip(cycle, signs)]  # noqa: B905
    up, down = min(ahead), MICRO - max(ahead)
    r = _below(up + down, primed, step.to_bytes(4, "big"))
    move = up if r < down else -down
    for e, sign in zip(cycle, signs):  # noqa: B905
        flow[e] += sign * move
    return up, down, r, signs


def _network(shares: list[Share]) -> _Network:
    officers = sorted({share[0] for share in shares})
    days = sorted({share[:2] for share in shares})
    seats = sorted({share[2:4] for share in shares})
    number: dict[tuple[str, ...], int] = {}
    for node in [(), *((officer,) for officer in officers), *days]:
        number[node] = len(number)
    seat_number = {seat: len(number) + i for i, seat in enumerate(seats)}

    flow_of: dict[tuple[int, int], int] = {}
    cell_of: dict[tuple[int, int], tuple[tuple[str, str], str]] = {}
    for inspector_id, day, route_id, seat, micro in shares:
        officer, officer_day = number[(inspector_id,)], number[(inspector_id, day)]
        cell = (officer_day, seat_number[(route_id, seat)])
        for edge in ((0, officer), (officer, officer_day), cell):
            flow_of[edge] = flow_of.get(edge, 0) + micro
        cell_of[cell] = ((route_id, seat), inspector_id)
    edges = sorted(flow_of)
    cells = {i: cell_of[edge] for i, edge in enumerate(edges) if edge in cell_of}
    return _Network(edges, [flow_of[edge] for edge in edges], cells)


def check_shares(shares: Iterable[Share]) -> list[Share]:
    """The shares as a list, or the sentence that says why nobody can be drawn from them."""
    rows = list(shares)
    cells: set[tuple[str, ...]] = set()
    seats: dict[tuple[str, str], int] = {}
    seat_days: dict[tuple[str, str], str] = {}
    officer_days: dict[tuple[str, str], int] = {}
    for inspector_id, day, route_id, seat, micro in rows:
        place = (route_id, seat)
        name = f"{inspector_id} {route_id}/{seat} {day}"
        if not all(isinstance(field, str) for field in (inspector_id, day, *place)):
            raise LotteryError("share_ids", name=name)
        if not _is_count(micro) or micro > MICRO:
            raise LotteryError("share_range", name=name, micro=micro)
        if (inspector_id, *place) in cells:
            raise LotteryError("share_twice", name=name)
        if seat_days.setdefault(place, day) != day:
            raise LotteryError("seat_days", name=name)
        cells.add((inspector_id, *place))
        seats[place] = seats.get(place, 0) + micro
        officer_days[inspector_id, day] = officer_days.get((inspector_id, day), 0) + micro
    for place, total in seats.items():
        if total != MICRO:
            raise LotteryError("seat_sum", name="/".join(place), total=total)
    for (inspector_id, day), total in officer_days.items():
        if total > MICRO:
            raise LotteryError("officer_day_sum", name=f"{inspector_id} {day}", total=total)
    return rows


# ── people: pairs that may not go together ────────────────────────────────────────────────


SWAP_ROUNDS = 4
"""How often a day is gone through; then as often again with the officers of other days."""


class Swap(NamedTuple):
    """Two officers change seats, to part a pair on the route named first, which is of `day`.

    `round` counts from 0; from `SWAP_ROUNDS` on the other route may be of another day.
    """

    day: str
    round: int
    route_id: str
    seat: str
    other_route_id: str
    other_seat: str


def part_pairs(
    shares: Iterable[Share],
    seated: Mapping[Place, str],
    bans: Iterable[Sequence[str]],
    seed: bytes,
    purpose: str,
) -> tuple[dict[Place, str], tuple[Swap, ...]]:
    """The officers in their seats once banned pairs are parted, and the swaps that parted them.

    shares, seated
        Of `round_flow` and its answer. An officer may take the seats he or she has a share in.
    bans
        Pairs of officers who may not go on a route together.

    A route with a banned pair changes one of the two for an officer of another route of the day:
    one of all exchanges after which this route has no banned pair, and the other none it had not.
    Only where a day has no such exchange may the other route be of another day, on which the one
    is free, as the other is on this. Everybody keeps the number of field days. A pair that no
    exchange can part stays. Source: sampling protocol §4.4, which knows the first kind.
    """
    primed = _primed(seed, purpose, "swap")
    rows = list(shares)
    able = {(route_id, seat, person) for person, _, route_id, seat, _ in rows}
    day_of = {route_id: day for _, day, route_id, _, _ in rows}
    days: dict[str, set[str]] = {}
    for route_id, day in day_of.items():
        days.setdefault(day, set()).add(route_id)
    barred = {frozenset(pair) for pair in bans}
    seats = dict(seated)
    busy = {(person, day_of[route_id]) for (route_id, _), person in seats.items()}
    swaps: list[Swap] = []

    def is_banned(route_id: str) -> bool:
        return frozenset(seats[route_id, seat] for seat in SEATS) in barred

    def exchange(here: Place, there: Place) -> None:
        seats[here], seats[there] = seats[there], seats[here]

    def may_move(person: str, there: Place, day: str) -> bool:
        to = day_of[there[0]]
        return (*there, person) in able and (to == day or (person, to) not in busy)

    def exchanges(route_id: str, others: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        for seat, other, other_seat in product(SEATS, others, SEATS):
            here, there = (route_id, seat), (other, other_seat)
            if not may_move(seats[here], there, day_of[route_id]):
                continue
            if not may_move(seats[there], here, day_of[other]):
                continue
            had_one = is_banned(other)
            exchange(here, there)
            if not is_banned(route_id) and (had_one or not is_banned(other)):
                yield seat, other, other_seat
            exchange(here, there)

    passes = (range(SWAP_ROUNDS), range(SWAP_ROUNDS, 2 * SWAP_ROUNDS))
    for day, turn in ((day, turn) for turns in passes for day in sorted(days) for turn in turns):
        others = days[day] if turn < SWAP_ROUNDS else set(day_of)
        for route_id in filter(is_banned, sorted(days[day])):  # lazily: some are mended meanwhile
            found = sorted(exchanges(route_id, others - {route_id}))
            if not found:
                continue
            fields = (_text(day), _text(route_id), turn.to_bytes(4, "big"))
            seat, other, other_seat = found[_below(len(found), primed, *fields)]
            exchange((route_id, seat), (other, other_seat))
            swaps.append(Swap(day, turn, route_id, seat, other, other_seat))
            busy = {(person, day_of[at[0]]) for at, person in seats.items()}
    return seats, tuple(swaps)


def banned_routes(seated: Mapping[Place, str], bans: Iterable[Sequence[str]]) -> list[str]:
    """The routes whose two officers may not go together, by id."""
    barred = {frozenset(pair) for pair in bans}
    routes = sorted({route_id for route_id, _ in seated})
    return [r for r in routes if frozenset(seated[r, seat] for seat in SEATS) in barred]


MOST_TRIES = 400_000
"""How long a verifier looks for the seating that a solver should have found on a day."""


def seated_anew(
    shares: Iterable[Share], seated: Mapping[Place, str], bans: Iterable[Sequence[str]]
) -> dict[Place, str] | None:
    """The seating after the days with a banned pair left were seated anew by their own officers.

    With as few changes as can be, and of equals the first by seat and officer: a solver has no
    choice. None where a day cannot be seated by its own officers (then the whole month may be), or
    the search takes longer than `MOST_TRIES`.
    """
    rows, pairs = list(shares), list(bans)
    day_of = {route_id: day for _, day, route_id, _, _ in rows}
    final = dict(seated)
    for day in sorted({day_of[route_id] for route_id in banned_routes(seated, pairs)}):
        drawn = {place: one for place, one in seated.items() if day_of[place[0]] == day}
        found = _fewest_changes([share for share in rows if share[1] == day], drawn, pairs)
        if found is None:
            return None
        final.update(found)
    return final


def _fewest_changes(
    shares: Iterable[Share], drawn: Mapping[Place, str], bans: Iterable[Sequence[str]]
) -> dict[Place, str] | None:
    """Of the officers of a day, the seating that differs from `drawn` in fewest seats."""
    barred = {frozenset(pair) for pair in bans}
    places, officers = sorted(drawn), set(drawn.values())
    able: dict[Place, list[str]] = {place: [] for place in places}
    for one, _, route_id, seat, _ in shares:
        if one in officers:
            able[route_id, seat].append(one)
    own = {one: number for number, one in enumerate(map(drawn.__getitem__, places))}
    tries = 0

    def seat_from(number: int, taken: dict[str, Place], changes: int) -> dict[str, Place] | None:
        """Seats from `number` on; whoever lost a seat already passed still needs another."""
        nonlocal tries
        tries += 1
        homeless = sum(1 for one, at in own.items() if at < number and one not in taken)
        if tries > MOST_TRIES or homeless > changes:
            return None
        if number == len(places):
            return taken
        place = places[number]
        mates = [one for one, at in taken.items() if at[0] == place[0]]
        for one in sorted(able[place]):
            left = changes - (one != drawn[place])
            if left < 0 or one in taken or any(frozenset((one, m)) in barred for m in mates):
                continue
            found = seat_from(number + 1, {**taken, one: place}, left)
            if found is not None:
                return found
        return None

    for changes in range(len(places) + 1):
        found = seat_from(0, {}, changes)
        if found is not None or tries > MOST_TRIES:
            return {place: one for one, place in found.items()} if found is not None else None
    return None


def in_turn(
    seed: bytes, purpose: str, route_id: str, seat: str, able: Iterable[str]
) -> tuple[str, ...]:
    """Those who could take a seat that has become free, in the order in which they are asked.

    Removing one leaves the order of the others alone.
    """
    primed = _primed(seed, purpose, "substitute")
    tickets = {one: _finish(primed, _text(route_id), _text(seat), _text(one)) for one in able}
    return tuple(sorted(tickets, key=lambda one: (tickets[one], one)))


def seal_of(seed: bytes, purpose: str) -> str:
    """What keeps the digest of a repair from being tried out while its names are sealed; hex."""
    return h(seed, _text(purpose), b"seal").hex()


def slots_leaves(
    shares: Iterable[Share], bans: Iterable[Sequence[str]]
) -> list[tuple[str | int, ...]]:
    """What the Merkle root of frozen slots is over: the shares, and the pairs kept apart."""
    return [*shares, *(("ban", *pair) for pair in bans)]


# ── verify ────────────────────────────────────────────────────────────────────────────────

Bundle = Mapping[str, Any]
Check = tuple[str, Callable[[Bundle], Iterator[Finding]]]
"""Where, and what is checked there."""
MALFORMED = (
    KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError,
)  # fmt: skip
DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
OPTIONAL = frozenset({"routes", "slots", "roster", "repairs", "chain", "sealed"})
"""Parts a bundle may lack; `frame` and `draw` are always there."""


def verify(bundle: Bundle, raw: bytes | None = None) -> list[Finding]:
    """Everything in a published month that does not fit, the most specific first; empty is yes.

    bundle
        The JSON object of the file.
    raw
        The bytes of the file; without them the way it is written is not checked.

    Nothing is taken from the bundle that can be computed again: root, seed, the enterprises drawn,
    the reserves, the officers in their seats.
    """
    missing = OPTIONAL - set(bundle)
    return _found([one for one in CHECKS if one[0].split(".")[0] not in missing], bundle, raw)


def check_file(document: Bundle, raw: bytes | None = None) -> list[Finding]:
    """`check_receipt` of a receipt, `check_casefiles` of a review, `verify` of a month."""
    check = {RECEIPT: check_receipt, CASEFILES_FORMAT: check_casefiles}
    return check.get(str(document.get("format")), verify)(document, raw)


def _found(checks: Iterable[Check], document: Bundle, raw: bytes | None) -> list[Finding]:
    findings: list[Finding] = []
    for where, check in checks:
        try:
            findings.extend(check(document))
        except LotteryError as refusal:
            findings.append({"where": where, "zh": refusal.zh, "en": refusal.en})
        except MALFORMED as problem:
            what = f"{type(problem).__name__}: {problem}"
            findings.append(_finding(where, "misshapen", what=what))
    if raw is not None and not _is_canonical(document, raw):
        findings.append(_finding("file", "not_canonical"))
    return findings


def _finding(where: str, code: str, **facts: object) -> Finding:
    zh, en = _sentence(code, facts)
    return {"where": where, "zh": zh, "en": en}


def _differs(where: str, published: object, computed: object) -> Iterator[Finding]:
    if published != computed:
        yield _finding(where, "differs", published=published, computed=computed)


def _is_canonical(bundle: Bundle, raw: bytes) -> bool:
    try:
        return canonical(bundle) == raw
    except MALFORMED:
        return False


def _listed(names: Iterable[str]) -> str:
    """At most ten names."""
    shown = list(names)
    return "、".join(shown[:10]) + ("…" if len(shown) > 10 else "") if shown else "–"


def _frame_rows(bundle: Bundle) -> Iterator[Finding]:
    frame = bundle["frame"]
    total = sum(pi for _, pi, _ in check_rows(_rows_of(frame)))
    if total != frame["visits"] * NANO:
        yield _finding("frame.rows", "visits_differ", total=total, visits=frame["visits"])
    yield from _alike("frame.rows", [row["enterprise_id"] for row in frame["rows"]])


def _frame_must(bundle: Bundle) -> Iterator[Finding]:
    """A visit outside the draw is one of the known kinds, there once, and not in the draw too."""
    rows = {fold_name(row["enterprise_id"]) for row in bundle["frame"]["rows"]}
    seen: set[str] = set()
    for must in bundle["frame"]["must"]:
        unit_id, kind = must["enterprise_id"], must["kind"]
        if kind not in OUTSIDE:
            yield _finding("frame.must", "differs", published=kind, computed=" / ".join(OUTSIDE))
        if fold_name(unit_id) in rows | seen:
            yield _finding("frame.must", "must_in_draw", unit_id=unit_id)
        seen.add(fold_name(unit_id))


def _rows_of(frame: Mapping[str, Any], levels: Sequence[str] | None = None) -> list[Row]:
    """The rows of a frozen list with their keys, by the levels of the list or by others."""
    names = frame["levels"] if levels is None else levels
    return [
        (row["enterprise_id"], row["pi_nano"], tuple([row[name] for name in names]))
        for row in frame["rows"]
    ]


def _chances_of(frame: Mapping[str, Any]) -> dict[str, int]:
    return {row["enterprise_id"]: row["lambda_nano"] for row in frame["rows"]}


def leaves_of(frame: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What the Merkle root of a frozen list is made of."""
    return [tuple([row[name] for name in LEAF]) for row in frame["rows"]]


def _frame_engine(bundle: Bundle) -> Iterator[Finding]:
    """The engine is known, its tree branches by fields of a row, λ and strata are its own."""
    frame = bundle["frame"]
    engine, levels, strata = frame["engine"], frame["levels"], frame["strata"]
    if engine not in ENGINES:
        yield _finding("frame.engine", "engine_unknown", engine=engine)
    if not set(levels) <= set(LEVELS) or len(set(levels)) < len(levels):
        yield _finding("frame.levels", "levels_unknown", levels=_listed(levels))
    if not _is_count(strata) or strata > (len(levels) if engine == "pareto" else 0):
        yield _finding("frame.strata", "strata_range", strata=strata)
    rows = _rows_of(frame)
    check_chances(rows, _chances_of(frame), engine)
    width = {len(row["place"]) for row in frame["rows"]}
    for row in frame["rows"]:
        if len(width) > 1 or not re.fullmatch("[0-9a-f]*", row["place"]):
            yield _finding("frame.levels", "place_form", unit_id=row["enterprise_id"])
            break
    if engine == "pareto":
        members: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            members.setdefault(row[2][:strata], []).append(row)
        chances = _chances_of(frame)
        for stratum, units in members.items():
            whole(stratum, sum(pi for _, pi, _ in units))
            yield from _chances_in_order(units, chances)


def _chances_in_order(units: Sequence[Row], chances: Mapping[str, int]) -> Iterator[Finding]:
    """Within a stratum a larger π has the larger λ, and equal π have equal λ.

    That every λ gives its π takes an integral, but that nobody is preferred to an equal does not.
    """
    ranked = sorted((pi, chances[unit_id], unit_id) for unit_id, pi, _ in units if 0 < pi < NANO)
    for (pi, chance, one), (other_pi, other_chance, other) in zip(ranked, ranked[1:]):  # noqa: B905, RUF007
        if chance > other_chance or (pi == other_pi and chance != other_chance):
            yield _finding("frame.rows", "chance_order", one=one, other=other)


def _frame_root(bundle: Bundle) -> Iterator[Finding]:
    frame = bundle["frame"]
    return _differs("frame.root", frame["root"], merkle_root(leaves_of(frame)))


def _frame_rule(bundle: Bundle) -> Iterator[Finding]:
    frame = bundle["frame"]
    rule = rule_of(frame["policy_digest"], frame["quota_digest"])
    return _differs("frame.rule_digest", frame["rule_digest"], rule)


def _frame_event(bundle: Bundle) -> Iterator[Finding]:
    return _event_ahead("frame", bundle["frame"])


def _event_ahead(where: str, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Nobody knew the event at the freeze, and promises are two or more people's."""
    event, frozen_at = document["event"], document["frozen_at"]
    if not _moment(frozen_at) < _moment(event["due_at"]):
        yield _finding(f"{where}.event", "event_known", due=event["due_at"], frozen=frozen_at)
    if not _moment(event["due_at"]) < _moment(event["reveal_by"]):
        yield _finding(f"{where}.event", "deadline_early", by=event["reveal_by"])
    if event["kind"] == "commit_reveal":
        names = [p["name"] for p in event["promises"]]
        yield from _two_people(f"{where}.event", names)
        people = {fold_name(name) for name in names}
        if min(len(people), len({p["commitment"] for p in event["promises"]})) < len(names):
            yield _finding(f"{where}.event", "promise_twice", names=_listed(names))
    elif event["kind"] == "drand":
        yield from _round(f"{where}.event", event)
    elif event["kind"] != "public_value":
        yield _finding(f"{where}.event", "event_kind", kind=event["kind"])


def _round(where: str, event: Mapping[str, Any]) -> Iterator[Finding]:
    """The beacon is known, and the round is due when the event says it is."""
    beacon = BEACONS.get(event["chain"])
    if beacon is None or not _is_count(event["round"]) or event["round"] < 1:
        yield _finding(where, "beacon_unknown", chain=event["chain"], round=event["round"])
    elif seconds_of(event["due_at"]) != beacon.genesis + (event["round"] - 1) * beacon.period:
        yield _finding(where, "round_time", round=event["round"], due=event["due_at"])


def _moment(text: str) -> str:
    """UTC text, which sorts by itself: the verifier has no clock and no calendar.

    Digits of other scripts are refused: they sort after 0 to 9, whatever moment they name.
    """
    if not re.fullmatch(f"{DAY}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}Z", text):
        raise LotteryError("not_utc", text=text)
    return text


def _two_people(where: str, names: Sequence[str]) -> Iterator[Finding]:
    if len({fold_name(name) for name in names} - {""}) < 2:
        yield _finding(where, "one_person", names=_listed(names))


def _draw_secret(bundle: Bundle) -> Iterator[Finding]:
    draw = bundle["draw"]
    if draw["is_withheld"]:
        yield from _differs("draw.secret", draw["secret"], "")
        yield from _withheld("draw", bundle["frame"]["event"], draw)
        return
    yield from _secret("draw.secret", bundle["frame"]["commitment"], draw["secret"])


def _withheld(
    where: str, event: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Finding]:
    """A secret counts as withheld after the deadline only, and two people say so."""
    at, by = document["entered_at"], event["reveal_by"]
    if _moment(at) < _moment(by):
        yield _finding(f"{where}.entered_at", "not_overdue", at=at, by=by)
    yield from _two_people(f"{where}.entered_by", document["entered_by"])


def _secret(where: str, commitment: str, secret: str) -> Iterator[Finding]:
    if commitment_of(bytes.fromhex(secret)) != commitment:
        yield _finding(where, "secret_differs", commitment=commitment)


def _draw_event(bundle: Bundle) -> Iterator[Finding]:
    return _event_value("draw", bundle["frame"]["event"], bundle["draw"])


def _event_value(
    where: str, event: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Finding]:
    """The value is there, was entered after the event, by two people or as promised."""
    value, entered_at = document["event_value"], document["entered_at"]
    if _moment(entered_at) < _moment(event["due_at"]):
        yield _finding(f"{where}.entered_at", "too_early", due=event["due_at"], at=entered_at)
    if event["kind"] == "public_value":
        yield from _two_people(f"{where}.entered_by", document["entered_by"])
        if not value or plain_value(value) != value:
            yield _finding(f"{where}.event_value", "value_unplain", value=value)
        return
    if event["kind"] == "drand":
        if not is_beacon_value(event["chain"], value):
            yield _finding(f"{where}.event_value", "value_unplain", value=value)
        return
    if withheld_by(event, value):
        yield from _withheld(where, event, document)
    wrong = broken_promises([(p["name"], p["commitment"]) for p in event["promises"]], value)
    if wrong:
        yield _finding(f"{where}.event_value", "reveal_differs", names=_listed(wrong))


def _seed_of_draw(bundle: Bundle) -> bytes:
    frame, draw = bundle["frame"], bundle["draw"]
    return seed_of(
        frame["purpose"],
        frame["draw_number"],
        frame["root"],
        frame["rule_digest"],
        bytes.fromhex(draw["secret"]),
        draw["event_value"],
    )


def _draw_seed(bundle: Bundle) -> Iterator[Finding]:
    return _differs("draw.seed", bundle["draw"]["seed"], _seed_of_draw(bundle).hex())


def _draw_result(bundle: Bundle) -> Iterator[Finding]:
    frame, draw = bundle["frame"], bundle["draw"]
    rows, seed = _rows_of(frame), _seed_of_draw(bundle)
    log: Sequence[Any]
    thresholds: tuple[Threshold, ...] = ()
    keys = None
    if frame["engine"] == "pareto":
        keys = pareto_keys(_chances_of(frame), seed, frame["purpose"])
        selected, thresholds = draw_tickets(rows, keys, frame["strata"])
        log = thresholds
    else:
        selected, log = tree_duel(rows, seed, frame["purpose"])
    published = draw["selected"]
    if published != list(selected):
        added, lost = set(published) - set(selected), set(selected) - set(published)
        names = {"added": _listed(sorted(added)), "lost": _listed(sorted(lost))}
        yield _finding("draw.selected", "not_from_seed", **names)
    reserves = reserve_lists(
        _rows_of(frame, RESERVE_LEVELS),
        selected,
        seed,
        frame["purpose"],
        percent=frame["reserves_percent"],
        least=frame["reserves_least"],
        keys=keys,
    )
    listed = [((r["grade"], r["sector"]), tuple(r["enterprise_ids"])) for r in draw["reserves"]]
    if listed != list(reserves):
        wrong = sorted({"/".join(stratum) for stratum, _ in {*listed} ^ {*reserves}})
        yield _finding("draw.reserves", "reserves_differ", names=_listed(wrong))
    limits = [Threshold(tuple(t["stratum"]), t["drawn"], t["key"]) for t in draw["thresholds"]]
    yield from _differs("draw.thresholds", limits, [*thresholds])
    yield from _differs("draw.log_digest", draw["log_digest"], digest_of(log))


def _routes_stops(bundle: Bundle) -> Iterator[Finding]:
    """Every stop was drawn, is due or a reserve called in turn; whoever was drawn or is due has a
    stop or is owed, and nobody else is."""
    frame, draw, routes = bundle["frame"], bundle["draw"], bundle["routes"]
    asked = {*draw["selected"], *(must["enterprise_id"] for must in frame["must"])}
    owed = [visit["enterprise_id"] for visit in routes["owed"]]
    allowed = asked | _called(bundle, set(owed))
    visited: set[str] = set()
    for route in routes["routes"]:
        where = f"routes.routes[{route['route_id']}]"
        if not re.fullmatch(DAY, route["day"]) or route["day"][:7] != frame["month"][:7]:
            yield _finding(where, "day_outside", day=route["day"], month=frame["month"][:7])
        for stop in route["stops"]:
            unit_id = stop["enterprise_id"]
            if unit_id not in allowed:
                yield _finding(where, "not_drawn", unit_id=unit_id)
            if unit_id in visited:
                yield _finding(where, "visited_twice", unit_id=unit_id)
            visited.add(unit_id)
    for unit_id in sorted(asked - visited - {*owed}):
        yield _finding("routes.owed", "forgotten", unit_id=unit_id)
    for unit_id in sorted({*owed} - asked):
        yield _finding("routes.owed", "not_drawn", unit_id=unit_id)
    for unit_id in sorted({*owed} & visited):
        yield _finding("routes.owed", "visited_and_owed", unit_id=unit_id)
    if len({*owed}) < len(owed):
        yield _finding("routes.owed", "visited_twice", unit_id=_listed(owed))
    if len({route["route_id"] for route in routes["routes"]}) < len(routes["routes"]):
        yield _finding("routes.routes", "route_twice")


def _called(bundle: Bundle, owed: set[str]) -> set[str]:
    """The reserves that may be visited: in each stratum the first, one for each drawn one owed."""
    stratum_of = {i: key for i, _, key in _rows_of(bundle["frame"], RESERVE_LEVELS)}
    gaps = Counter(stratum_of[unit_id] for unit_id in bundle["draw"]["selected"] if unit_id in owed)
    called: set[str] = set()
    for reserve in bundle["draw"]["reserves"]:
        called.update(reserve["enterprise_ids"][: gaps[reserve["grade"], reserve["sector"]]])
    return called


def _slots_shares(bundle: Bundle) -> Iterator[Finding]:
    """Every seat of every route is there once, on its day, and its shares add up to one."""
    slots, routes = bundle["slots"], bundle["routes"]["routes"]
    wanted = {(route["route_id"], seat, route["day"]) for route in routes for seat in SEATS}
    listed = [(seat["route_id"], seat["seat"], seat["day"]) for seat in slots["seats"]]
    shared = {(s[2], s[3], s[1]) for s in check_shares(_shares_of(slots))}
    for where, seats in (("slots.seats", set(listed)), ("slots.shares", shared)):
        if seats != wanted:
            names = sorted("/".join(seat) for seat in seats ^ wanted)
            yield _finding(where, "seats_differ", names=_listed(names))
    if len(listed) != len(set(listed)):
        yield _finding("slots.seats", "route_twice")
    total: dict[str, int] = {}
    for person, day, route_id, seat, micro in _shares_of(slots):
        total[person] = total.get(person, 0) + micro
        if not micro:
            name = f"{person} {route_id}/{seat} {day}"
            yield _finding("slots.shares", "share_range", name=name, micro=micro)
    yield from _alike("slots.shares", total)
    least, most = slots.get("least_days", {}), slots.get("most_days", {})
    for person, micro in sorted(total.items()):
        low, high = least.get(person, 0), most.get(person, len(listed))
        if not low * MICRO <= micro <= high * MICRO:
            facts = {"days": _six_digits(micro), "least": low, "most": high}
            yield _finding("slots.shares", "field_days_differ", name=person, **facts)


def _shares_of(slots: Mapping[str, Any]) -> list[Share]:
    return [
        (s["inspector_id"], s["day"], s["route_id"], s["seat"], s["share_micro"])
        for s in slots["shares"]
    ]


def _slots_root(bundle: Bundle) -> Iterator[Finding]:
    slots = bundle["slots"]
    bans = [tuple(ban) for ban in slots["bans"]]
    if bans != sorted({*bans}) or not all(len(ban) == 2 and ban[0] < ban[1] for ban in bans):
        yield _finding("slots.bans", "ban_form")
    leaves = slots_leaves(_shares_of(slots), slots["bans"])
    yield from _differs("slots.root", slots["root"], merkle_root(leaves))


def _slots_guesses(bundle: Bundle) -> Iterator[Finding]:
    """The best guess published of each route is the one the shares give."""
    slots = bundle["slots"]
    both: dict[tuple[str, str], int] = {}
    for person, _, route_id, _, micro in _shares_of(slots):
        both[route_id, person] = both.get((route_id, person), 0) + micro
    best: dict[str, int] = {}
    for (route_id, _), micro in both.items():
        best[route_id] = max(best.get(route_id, 0), micro)
    published = {guess["route_id"]: guess["best_micro"] for guess in slots["guesses"]}
    for route_id in sorted({*best, *published}):
        where = f"slots.guesses[{route_id}]"
        yield from _differs(where, published.get(route_id, "–"), best.get(route_id, "–"))
    if len(published) < len(slots["guesses"]):
        yield _finding("slots.guesses", "route_twice")
    if watch := slots.get("watch"):
        mean = sum(best.values()) // len(best)
        yield from _differs("slots.watch", watch["published_micro"], mean)
    if pool := slots.get("pool"):
        officers = len({share[0] for share in _shares_of(slots)})
        if pool["officers"] < officers:
            yield from _differs("slots.pool", pool["officers"], officers)


def _slots_event(bundle: Bundle) -> Iterator[Finding]:
    yield from _event_ahead("slots", bundle["slots"])
    frozen, drawn = bundle["slots"]["frozen_at"], bundle["draw"]["entered_at"]
    if _moment(frozen) < _moment(drawn):
        yield _finding("slots.frozen_at", "frozen_before_draw", frozen=frozen, drawn=drawn)
    if bundle["slots"]["draw_number"] <= bundle["frame"]["draw_number"]:
        yield _finding("slots.draw_number", "out_of_order")


def _roster_secret(bundle: Bundle) -> Iterator[Finding]:
    return _secret("roster.secret", bundle["slots"]["commitment"], bundle["roster"]["secret"])


def _roster_event(bundle: Bundle) -> Iterator[Finding]:
    return _event_value("roster", bundle["slots"]["event"], bundle["roster"])


def _seed_of_roster(bundle: Bundle) -> bytes:
    slots, roster = bundle["slots"], bundle["roster"]
    return seed_of(
        slots["purpose"],
        slots["draw_number"],
        slots["root"],
        rule_of(slots["policy_digest"], slots["routes_digest"]),
        bytes.fromhex(roster["secret"]),
        roster["event_value"],
    )


def _roster_seed(bundle: Bundle) -> Iterator[Finding]:
    return _differs("roster.seed", bundle["roster"]["seed"], _seed_of_roster(bundle).hex())


def _roster_people(bundle: Bundle) -> Iterator[Finding]:
    """Nobody is in two seats at once, and everybody sits where the seed put him or her."""
    slots, assignments = bundle["slots"], bundle["roster"]["assignments"]
    taken: set[tuple[str, str]] = set()
    for a in assignments:
        for person in (a["lead"], a["second"]):
            if (person, a["day"]) in taken:
                where = f"roster.assignments[{a['route_id']}]"
                yield _finding(where, "two_seats", name=person, day=a["day"])
            taken.add((person, a["day"]))
    days = {seat["route_id"]: seat["day"] for seat in slots["seats"]}
    by_solver = set(bundle["roster"]["repaired"])
    seated, swaps = _seats_of_seed(bundle)
    found = seated_anew(_shares_of(slots), seated, slots["bans"])
    final = seated if found is None else found
    computed = {(*place, days[place[0]]): person for place, person in final.items()}
    published = {(a["route_id"], seat, a["day"]): a[seat] for a in assignments for seat in SEATS}
    for place in sorted({*published, *computed}):
        where = f"roster.assignments[{'/'.join(place)}]"
        is_known = found is not None or place[2] not in by_solver
        if is_known or place not in computed or place not in published:
            yield from _differs(where, published.get(place, "–"), computed.get(place, "–"))
    if len(assignments) * len(SEATS) != len(published):
        yield _finding("roster.assignments", "route_twice")
    of_seed = [swap._asdict() for swap in swaps]
    yield from _differs("roster.swaps", bundle["roster"]["swaps"], of_seed)
    sitting = {place[:2]: person for place, person in published.items()}
    for route_id in banned_routes(sitting, slots["bans"]):
        names = _listed(sitting[route_id, seat] for seat in SEATS)
        yield _finding(f"roster.assignments[{route_id}]", "pair_banned", names=names)
    changed = {days[place[0]] for place in seated if sitting.get(place) != seated[place]}
    yield from _differs("roster.repaired", bundle["roster"]["repaired"], sorted(changed))
    if by_solver:
        yield from _by_solver(bundle, sitting, bool(banned_routes(seated, slots["bans"])))


def _seats_of_seed(bundle: Bundle) -> tuple[dict[Place, str], tuple[Swap, ...]]:
    """Where the seed alone puts everybody, and the swaps it makes."""
    slots, seed = bundle["slots"], _seed_of_roster(bundle)
    shares = _shares_of(slots)
    drawn = round_flow(shares, seed, slots["purpose"])
    return part_pairs(shares, drawn, slots["bans"], seed, slots["purpose"])


def _by_solver(bundle: Bundle, sitting: Mapping[Place, str], is_needed: bool) -> Iterator[Finding]:
    """What a solver may not do; that it did no more than it had to, `seated_anew` knows."""
    slots, where = bundle["slots"], "roster.repaired"
    if not is_needed:
        yield _finding(where, "repaired_for_nothing", days=_listed(bundle["roster"]["repaired"]))
    able = {(route_id, seat, person) for person, _, route_id, seat, _ in _shares_of(slots)}
    for place, person in sorted(sitting.items()):
        if (*place, person) not in able:
            yield _finding(where, "seat_not_open", name=person, seat="/".join(place))
    days: dict[str, int] = dict.fromkeys(slots["least_days"], 0)
    for person in sitting.values():
        days[person] = days.get(person, 0) + 1
    for person, count_of in sorted(days.items()):
        least, most = slots["least_days"].get(person, 0), slots["most_days"].get(person, 0)
        if not least <= count_of <= most:
            facts = {"days": count_of, "least": least, "most": most}
            yield _finding(where, "field_days_differ", name=person, **facts)


def _repairs(bundle: Bundle) -> Iterator[Finding]:
    """Nothing was changed but by the repairs of the record, each after the one before; no day that
    was over has moved, and every seat drawn again went to the next in the order of the seed."""
    slots, roster, seed = bundle["slots"], bundle["roster"], _seed_of_roster(bundle)
    recorded = [
        entry["digest"]
        for entry in bundle["chain"]
        if (entry["kind"], entry["purpose"]) == ("repair", slots["purpose"])
    ]
    yield from _differs("repairs", list(map(digest_of, bundle["repairs"])), recorded)
    before: str | None = None
    seated = _crews(roster["assignments"])
    for number, repair in enumerate(bundle["repairs"], start=1):
        where, purpose = f"repairs[{number}]", f"repair/{slots['month'][:7]}/{number}"
        for name, computed in (
            ("number", number),
            ("purpose", purpose),
            ("seal", seal_of(seed, purpose)),
            ("roster_digest", digest_of(roster)),
            ("routes_digest", slots["routes_digest"]),
            ("replaces", before),
            ("month", slots["month"]),
        ):
            yield from _differs(f"{where}.{name}", repair[name], computed)
        now = _crews(repair["assignments"])
        yield from _seats_again(where, purpose, repair, seed, seated, now)
        yield from _stops_again(where, bundle, repair, now)
        before, seated = digest_of(repair), now


def _crews(assignments: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Route → day, lead and second."""
    return {a["route_id"]: {name: a[name] for name in ("day", *SEATS)} for a in assignments}


def _seats_again(
    where: str,
    purpose: str,
    repair: Mapping[str, Any],
    seed: bytes,
    before: Mapping[str, Mapping[str, str]],
    now: Mapping[str, Mapping[str, str]],
) -> Iterator[Finding]:
    """Who sits where after a repair, against the crews before it."""
    again = {(one["route_id"], one["seat"]) for one in repair["redrawn"]}
    for one in repair["redrawn"]:
        route_id, seat, order = one["route_id"], one["seat"], one["order"]
        at = f"{where}.redrawn[{route_id}/{seat}]"
        yield from _differs(at, order, list(in_turn(seed, purpose, route_id, seat, order)))
        yield from _differs(at, now[route_id][seat], order[one["passed"]])
        yield from _differs(at, one["was"], before.get(route_id, {}).get(seat))
    taken: set[tuple[str, str]] = set()
    kept = repair["kept_through"] or ""
    for route_id in sorted({*before, *now}):
        was, crew, at = before.get(route_id), now.get(route_id), f"{where}.assignments[{route_id}]"
        if was != crew and any(one and one["day"] <= kept for one in (was, crew)):
            yield _finding(at, "day_was_over", day=kept)
        for seat in SEATS if crew else ():
            person = crew[seat] if crew else "–"
            is_new = was is None or person not in {was[other] for other in SEATS}
            if is_new and (route_id, seat) not in again:
                yield _finding(at, "not_drawn_again", name=person)
            if crew and (person, crew["day"]) in taken:
                yield _finding(at, "two_seats", name=person, day=crew["day"])
            taken.add((person, crew["day"] if crew else ""))


def _stops_again(
    where: str,
    bundle: Bundle,
    repair: Mapping[str, Any],
    now: Mapping[str, Mapping[str, str]],
) -> Iterator[Finding]:
    """Only enterprises of the plan, or urgent ones that a repair names, and each once."""
    planned = bundle["routes"]
    known = {owed["enterprise_id"] for owed in planned["owed"]}
    known |= {stop["enterprise_id"] for route in planned["routes"] for stop in route["stops"]}
    for one in bundle["repairs"][: repair["number"]]:
        known |= {urgent["enterprise_id"] for urgent in one["news"]["urgent"]}
    days = {route["route_id"]: route["day"] for route in repair["routes"]}
    yield from _differs(f"{where}.routes", days, {one: crew["day"] for one, crew in now.items()})
    seen: set[str] = set()
    for route in repair["routes"]:
        for stop in route["stops"]:
            unit_id = stop["enterprise_id"]
            if unit_id not in known or unit_id in seen:
                at = f"{where}.routes[{route['route_id']}]"
                yield _finding(at, "not_of_plan", unit_id=unit_id)
            seen.add(unit_id)


def _links(bundle: Bundle) -> Iterator[Finding]:
    """Each document names the one it was made from, and all are of one month."""
    frame = bundle["frame"]
    made_from = {"draw": ["frame"], "routes": ["draw"], "slots": ["routes"]}
    made_from["roster"] = ["slots", "routes"]
    for name, inputs in made_from.items():
        if name not in bundle:
            continue
        for other in inputs:
            if other not in bundle:
                yield _finding(name, "part_missing", other=other)
                continue
            where, named = f"{name}.{other}_digest", bundle[name][f"{other}_digest"]
            yield from _differs(where, named, digest_of(bundle[other]))
        yield from _differs(f"{name}.month", bundle[name]["month"], frame["month"])
    if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])-01", frame["month"]):
        yield _finding("frame.month", "month_form", month=frame["month"])
    for name in ("routes", "slots"):
        if name in bundle:
            digest = bundle[name]["policy_digest"]
            yield from _differs(f"{name}.policy_digest", digest, frame["policy_digest"])
    if "chain" not in bundle and {"routes", "slots", "roster", "sealed"} & set(bundle):
        yield _finding("chain", "part_missing", other="chain")
    for name, of in (("frame", "enterprise"), ("draw", "enterprise"), ("slots", "people")):
        if name in bundle:
            purpose = f"{of}/{frame['month'][:7]}"
            yield from _differs(f"{name}.purpose", bundle[name]["purpose"], purpose)


def _sealed(bundle: Bundle) -> Iterator[Finding]:
    """The roster is in the chain, and stays closed no longer than teams have still to leave."""
    sealed = bundle["sealed"]
    if set(sealed) != {"roster_digest", "opens_at"}:
        yield _finding("sealed", "part_unknown")
    if "roster" in bundle:
        yield _finding("sealed", "sealed_and_open")
    drawn = ["–", *_rosters(bundle)][-1]
    yield from _differs("sealed.roster_digest", sealed["roster_digest"], drawn)
    last = max(route["day"] for route in bundle["routes"]["routes"])
    if _moment(sealed["opens_at"])[:10] > last:
        yield _finding("sealed.opens_at", "sealed_too_long", at=sealed["opens_at"], last=last)


def _rosters(bundle: Bundle) -> list[str]:
    """Digests of what the chain says was drawn from these slots."""
    slots = bundle["slots"]
    mine = [entry for entry in bundle["chain"] if entry["number"] > slots["draw_number"]]
    of_slots = ("roster", slots["purpose"])
    return [one["digest"] for one in mine if (one["kind"], one["purpose"]) == of_slots]


def _opened(bundle: Bundle) -> Iterator[Finding]:
    """What the record says was done in this month is shown, or said to be sealed."""
    if "slots" in bundle and not {"roster", "sealed"} & set(bundle) and _rosters(bundle):
        yield _finding("roster", "never_opened")
    purpose = f"people/{bundle['frame']['month'][:7]}"
    shown = {*bundle, "roster"}
    if {"repairs", "sealed"} & shown:  # what was changed is opened with the roster
        shown.add("repair")
    for entry in bundle["chain"]:
        if entry["purpose"] == purpose and entry["kind"] not in shown:
            yield _finding(f"chain[{entry['number']}]", "never_shown", kind=entry["kind"])


def overdue(bundle: Bundle, today: str) -> list[Finding]:
    """A secret still closed when the last team has left is no empty one: the draw has failed.

    today
        ISO date; this file has no clock.
    """
    sealed = bundle.get("sealed")
    opens_at = sealed.get("opens_at") if isinstance(sealed, dict) else None
    if isinstance(opens_at, str) and opens_at[:10] < today:
        return [_finding("roster.secret", "not_opened", at=opens_at, today=today)]
    return []


ONCE = ("draw", "roster", "review")
"""What is in the record once for each purpose: nothing is drawn again, nor frozen after it."""


def _purpose_of(bundle: Bundle, kind: str) -> str:
    if kind in ("files", "review"):
        return f"{CASEFILES}/{bundle['files']['month'][:7]}"
    of = "enterprise" if kind in ("frame", "draw") else "people"
    return f"{of}/{bundle['frame']['month'][:7]}"


def _chain(bundle: Bundle) -> Iterator[Finding]:
    """The record is whole, and the documents of this bundle are the ones in force in it."""
    chain, previous, before = bundle["chain"], "0" * 64, 0
    for number, entry in enumerate(chain, start=1):
        if entry["number"] != number or entry["previous"] != previous:
            yield _finding(f"chain[{number}]", "chain_broken")
        previous = digest_of(entry)
    for kind in ("frame", "draw", "routes", "slots", "roster", "files", "review"):
        if kind not in bundle:
            continue
        document, digest = bundle[kind], digest_of(bundle[kind])
        mine = [entry for entry in chain if (entry["kind"], entry["digest"]) == (kind, digest)]
        if len(mine) != 1:
            yield _finding(f"chain.{kind}", "not_in_chain", times=len(mine))
            continue
        entry = mine[0]
        if "draw_number" in document:
            yield from _differs(f"{kind}.draw_number", document["draw_number"], entry["number"])
            yield from _differs(f"{kind}.previous", document["previous"], entry["previous"])
        yield from _differs(f"chain.{kind}", entry["purpose"], _purpose_of(bundle, kind))
        same = [e["number"] for e in chain if (e["kind"], e["purpose"]) == (kind, entry["purpose"])]
        if kind == "routes" and "slots" in bundle:  # a plan after the seats were frozen has none
            same = [number for number in same if number < bundle["slots"]["draw_number"]]
        if max(same, default=0) != entry["number"]:
            yield _finding(f"chain.{kind}", "replaced", number=max(same, default=0))
        elif kind in ONCE and len(same) > 1:
            yield _finding(f"chain.{kind}", "drawn_again", times=len(same))
        elif kind not in ONCE:
            before_it = [chain[number - 1]["digest"] for number in same if number < entry["number"]]
            replaced = [*before_it, None][-2 if before_it else -1]
            if document.get("replaces") != replaced or (replaced and not document.get("reason")):
                yield _finding(f"chain.{kind}", "replaces_other", digest=replaced or "–")
        if entry["number"] <= before:
            yield _finding(f"chain.{kind}", "chain_order", number=entry["number"])
        before = entry["number"]


def _format(bundle: Bundle) -> Iterator[Finding]:
    yield from _differs("format", bundle["format"], FORMAT)
    known = {"format", "frame", "draw", *OPTIONAL, "names", "digest"}
    for part in sorted(set(bundle) - known):
        yield _finding(part, "part_unknown")


def _digest(bundle: Bundle) -> Iterator[Finding]:
    rest = {part: content for part, content in bundle.items() if part != "digest"}
    return _differs("digest", bundle["digest"], digest_of(rest))


CHECKS: tuple[Check, ...] = (
    ("frame.rows", _frame_rows),
    ("frame.engine", _frame_engine),
    ("frame.must", _frame_must),
    ("frame.root", _frame_root),
    ("frame.rule_digest", _frame_rule),
    ("frame.event", _frame_event),
    ("draw.secret", _draw_secret),
    ("draw.event_value", _draw_event),
    ("draw.seed", _draw_seed),
    ("draw.selected", _draw_result),
    ("routes.routes", _routes_stops),
    ("slots.shares", _slots_shares),
    ("slots.root", _slots_root),
    ("slots.guesses", _slots_guesses),
    ("slots.event", _slots_event),
    ("chain.shown", _opened),
    ("sealed.roster_digest", _sealed),
    ("roster.secret", _roster_secret),
    ("roster.event_value", _roster_event),
    ("roster.seed", _roster_seed),
    ("roster.assignments", _roster_people),
    ("repairs", _repairs),
    ("chain", _chain),
    ("bundle", _links),
    ("format", _format),
    ("digest", _digest),
)
"""Where, and what is checked there; the most specific first."""


# ── receipts ──────────────────────────────────────────────────────────────────────────────

RECEIPT = "riskengine-receipt/1"
OUTSIDE = ("case", "special", "owed")
"""Kinds of visit that no draw decides."""


def check_receipt(receipt: Bundle, raw: bytes | None = None) -> list[Finding]:
    """Everything in the receipt of one enterprise or officer that does not fit; empty is yes.

    A receipt is an excerpt of a bundle, so that its event, secret and seed are checked as there.
    What others brought into the draw (a rival's probability, the threshold of a stratum, the room
    the rest of a cycle left) stands in it as published: only the bundle proves it.
    """
    kind = receipt.get("kind")
    if kind not in ("enterprise", "officer"):
        return [_finding("kind", "differs", published=kind, computed="enterprise / officer")]
    checks = ENTERPRISE_CHECKS if kind == "enterprise" else OFFICER_CHECKS
    if raw is not None:  # what an editor adds around a scanned text changes nothing in it
        raw = raw.removeprefix(b"\xef\xbb\xbf").strip()
    return _found([*checks, *RECEIPT_CHECKS], receipt, raw)


def _receipt_row(receipt: Bundle) -> Iterator[Finding]:
    """The row was in the frozen list; without a row, the visit was outside the draw."""
    row, must, frame = receipt["row"], receipt["must"], receipt["frame"]
    if frame["engine"] not in ENGINES:
        yield _finding("frame.engine", "part_unknown")
    if must is not None and must["kind"] not in OUTSIDE:
        yield _finding("must", "differs", published=must["kind"], computed=" / ".join(OUTSIDE))
    if row is None:
        if must is None or any(receipt[part] for part in ("is_drawn", "path", "duels", "ticket")):
            yield _finding("row", "row_missing")
        return
    check_chances([_alone(row)], {row["enterprise_id"]: row["lambda_nano"]}, frame["engine"])
    yield from _differs("id", receipt["id"], row["enterprise_id"])
    root = climb([row[name] for name in LEAF], receipt["path"])
    yield from _differs("frame.root", frame["root"], root)


def _alone(row: Mapping[str, Any]) -> Row:
    if not _is_count(row["pi_nano"]) or row["pi_nano"] > NANO:
        raise LotteryError("pi_range", unit_id=row["enterprise_id"], pi=row["pi_nano"])
    return (row["enterprise_id"], row["pi_nano"], ())


def _receipt_duels(receipt: Bundle) -> Iterator[Finding]:
    """The probability runs from π to 0 or 1, one duel after another, as the seed decides."""
    row, seed, purpose = receipt["row"], _seed_of_draw(receipt), receipt["frame"]["purpose"]
    if row is None or receipt["frame"]["engine"] == "pareto":
        if receipt["duels"]:
            yield _finding("duels", "not_my_duel", unit_id=receipt["id"])
        return
    unit_id, mine = row["enterprise_id"], row["pi_nano"]
    rivals = {unit_id}
    for number, duel in enumerate(duels_of(receipt), start=1):
        where = f"duels[{number}]"
        (rival,) = {duel.carrier, duel.other} - {unit_id} or {unit_id}
        if rival in rivals:
            yield _finding(where, "not_my_duel", unit_id=unit_id)
        rivals.add(rival)
        if not all(_is_count(p) and 0 < p < NANO for p in (duel.a, duel.b)):
            raise LotteryError("duel_over", where=where)
        pair = (_text(duel.carrier), _text(duel.other))
        drawn = below(duel_span(duel.a, duel.b), seed, purpose, "duel", *pair)
        yield from _differs(f"{where}.r", duel.r, drawn)
        mine = duel.a_after if duel.carrier == unit_id else duel.b_after
    if mine not in (0, NANO):
        yield _finding("duels", "unsettled", unit_id=unit_id, pi=_decimal(mine))
    yield from _differs("is_drawn", receipt["is_drawn"], mine == NANO)


def duels_of(receipt: Bundle) -> Iterator[Duel]:
    """The duels of a receipt, each from the probability in which the one before left its owner.

    A receipt holds of each: 0 if its owner is the carrier, else 1; the rival; the rival's
    probability; the number drawn.
    """
    if receipt["row"] is None:
        return
    unit_id, mine = receipt["id"], receipt["row"]["pi_nano"]
    for place, rival, theirs, r in receipt["duels"]:
        carrier, other = (unit_id, rival) if place == 0 else (rival, unit_id)
        a, b = (mine, theirs) if place == 0 else (theirs, mine)
        duel = Duel(carrier, other, a, b, r, *settle(a, b, r))
        yield duel
        mine = duel.a_after if place == 0 else duel.b_after


def _receipt_ticket(receipt: Bundle) -> Iterator[Finding]:
    """The key follows from seed, id and λ; who is not above the threshold was drawn."""
    row, frame, mine = receipt["row"], receipt["frame"], receipt["ticket"]
    if row is None or frame["engine"] != "pareto" or not row["lambda_nano"]:
        yield from _differs("ticket", mine, None)
        if row is not None and frame["engine"] == "pareto":
            yield from _differs("is_drawn", receipt["is_drawn"], False)
        return
    number = ticket(_seed_of_draw(receipt), frame["purpose"], row["enterprise_id"])
    key = pareto_key(int.from_bytes(number, "big"), row["lambda_nano"])
    yield from _differs("ticket.ticket", mine["ticket"], number.hex())
    yield from _differs("ticket.key", mine["key"], str(key))
    if not set(mine["stratum"]) <= {row[name] for name in LEVELS}:
        yield _finding("ticket.stratum", "key_levels", unit_id=receipt["id"], key=mine["stratum"])
    is_drawn = bool(mine["drawn"]) and key <= int(mine["threshold"])
    yield from _differs("is_drawn", receipt["is_drawn"], is_drawn)


def _receipt_shares(receipt: Bundle) -> Iterator[Finding]:
    """Each share was in the frozen list of seats."""
    for share in receipt["shares"]:
        root = climb(_share_of(receipt, share), share["path"])
        where = f"shares[{share['route_id']}/{share['seat']}]"
        yield from _differs(where, receipt["slots"]["root"], root)


def _share_of(receipt: Bundle, share: Mapping[str, Any]) -> Share:
    place = (share["day"], share["route_id"], share["seat"])
    return (receipt["id"], *place, share["share_micro"])


def _receipt_slots_event(receipt: Bundle) -> Iterator[Finding]:
    return _event_ahead("slots", receipt["slots"])


def _receipt_steps(receipt: Bundle) -> Iterator[Finding]:
    """Every share runs to 0 or 1, one step after another, as the seed decides."""
    seed, purpose = _seed_of_roster(receipt), receipt["slots"]["purpose"]
    shares = receipt["shares"]
    flow, last = [share["share_micro"] for share in shares], -1
    if not all(_is_count(micro) for micro in flow):
        raise LotteryError("share_range", name=receipt["id"], micro=flow)
    for step, up, down, r, moved in receipt["steps"]:
        where = f"steps[{step}]"
        drawn = below(up + down, seed, purpose, "cycle", step.to_bytes(4, "big"))
        yield from _differs(f"{where}.r", r, drawn)
        touched = [place for place, _ in moved]
        if step <= last or not moved or len(set(touched)) < len(touched) or min(touched) < 0:
            yield _finding(where, "step_order")
        for place, sign in moved:
            above, beneath = (up, down) if sign == 1 else (down, up)
            if sign not in (1, -1) or not beneath <= flow[place] <= MICRO - above:
                yield _finding(where, "step_room", step=step)
            flow[place] += sign * (up if drawn < down else -down)
        last = step
    for share, micro in zip(shares, flow):  # noqa: B905
        if micro not in (0, MICRO):
            yield _finding(f"shares[{share['route_id']}/{share['seat']}]", "share_unsettled")
    places = [_place(share) for share, micro in zip(shares, flow) if micro == MICRO]  # noqa: B905
    yield from _differs("drawn", sorted(map(_place, receipt["drawn"])), sorted(places))


def _receipt_seats(receipt: Bundle) -> Iterator[Finding]:
    """The seats are the ones drawn, after the swaps; a solver's days are only checked for shares.

    That a swap is the one the seed chose takes the seats of all others: only the bundle proves it.
    """
    days = {_place(share)[1:]: share["day"] for share in receipt["shares"]}
    sitting = {_place(seat)[1:] for seat in receipt["drawn"]}
    for number, swap in enumerate(receipt["swaps"], start=1):
        here, there = (swap["route_id"], swap["seat"]), (swap["other_route_id"], swap["other_seat"])
        if (here in sitting) == (there in sitting):
            yield _finding(f"swaps[{number}]", "swap_of_others")
        sitting ^= {here, there}
    seats, by_solver = [_place(seat) for seat in receipt["seats"]], set(receipt["repaired"])
    of_seed = [(days.get(place, "–"), *place) for place in sitting]
    published, computed = (
        sorted(place for place in places if place[0] not in by_solver)
        for places in (seats, of_seed)
    )
    yield from _differs("seats", published, computed)
    for day, route_id, seat in seats:
        if days.get((route_id, seat)) != day:
            facts = {"name": receipt["id"], "seat": f"{route_id}/{seat}"}
            yield _finding("seats", "seat_not_open", **facts)
    for places in ([_place(seat) for seat in receipt["drawn"]], seats):
        for day in sorted({p[0] for p in places if sum(q[0] == p[0] for q in places) > 1}):
            yield _finding("seats", "two_seats", name=receipt["id"], day=day)


def _place(seat: Mapping[str, Any]) -> tuple[str, str, str]:
    return (seat["day"], seat["route_id"], seat["seat"])


def _receipt_format(receipt: Bundle) -> Iterator[Finding]:
    yield from _differs("format", receipt["format"], RECEIPT)
    part = "frame" if receipt["kind"] == "enterprise" else "slots"
    of = "enterprise" if part == "frame" else "people"
    if not re.fullmatch(f"{of}/[0-9]{{4}}-[0-9]{{2}}", receipt[part]["purpose"]):
        yield _finding(f"{part}.purpose", "part_unknown")


RECEIPT_CHECKS: tuple[Check, ...] = (("format", _receipt_format), ("digest", _digest))
ENTERPRISE_CHECKS: tuple[Check, ...] = (
    ("row", _receipt_row),
    ("frame.event", _frame_event),
    ("draw.secret", _draw_secret),
    ("draw.event_value", _draw_event),
    ("draw.seed", _draw_seed),
    ("duels", _receipt_duels),
    ("ticket", _receipt_ticket),
)
OFFICER_CHECKS: tuple[Check, ...] = (
    ("shares", _receipt_shares),
    ("slots.event", _receipt_slots_event),
    ("roster.secret", _roster_secret),
    ("roster.event_value", _roster_event),
    ("roster.seed", _roster_seed),
    ("steps", _receipt_steps),
    ("seats", _receipt_seats),
)


# ── case files ────────────────────────────────────────────────────────────────────────────

CASEFILES_FORMAT = "riskengine-casefiles/1"
CASEFILES = "casefiles"
BALANCE_ROUNDS = 64
"""How often the reviewers' weights are adjusted towards equal loads."""
FINEST = 2**64
"""The largest weight of a reviewer."""


def file_leaves(
    rows: Iterable[Mapping[str, Any]], reviewers: Iterable[Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    """What the Merkle root of a list of case files is made of."""
    files = [
        ("file", row["case_id"], row["pi_nano"], row["kind"], row["unit"], *row["handlers"])
        for row in rows
    ]
    return [*files, *(("reviewer", r["reviewer_id"], r["name"], r["unit"]) for r in reviewers)]


def able_reviewers(
    files: Mapping[str, Iterable[str]], reviewers: Iterable[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Case → numbers of the reviewers who are not named among its handlers.

    files
        Case → texts that name its handlers. A name or number counts wherever it stands in a text
        ("张三（主办）", "张三 李四"): in doubt a reviewer stays away.
    """
    signs = {r["reviewer_id"]: _signs_of(r["reviewer_id"], r["name"]) for r in reviewers}
    named: dict[str, set[str]] = {}
    able: dict[str, list[str]] = {}
    for case, handlers in files.items():
        free = set(signs)
        for text in handlers:
            if text not in named:
                spellings = "\n".join(_spellings(text))
                named[text] = {one for one in signs if signs[one].search(spellings)}
            free -= named[text]
        able[case] = sorted(free)
    return able


def _signs_of(reviewer_id: str, name: str) -> re.Pattern[str]:
    """What names a reviewer: number, name, and the name without a remark in brackets."""
    bare = re.sub(r"\(.*?\)", "", unicodedata.normalize("NFKC", name))
    signs = {*_spellings(reviewer_id), *_spellings(name), *_spellings(bare)} - {""}
    either = "|".join(map(re.escape, sorted(signs)))
    return re.compile(f"(?<![0-9a-z])(?:{either})(?![0-9a-z])")


def _spellings(text: str) -> tuple[str, str]:
    """Without spaces, as Chinese names are set apart, and with, as Latin ones are written."""
    return fold_name(text), plain_value(text).casefold()


def one_name_twice(reviewers: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names and numbers that stand on a list of reviewers more than once."""
    ones = list(reviewers)
    twice: set[str] = set()
    for field in ("reviewer_id", "name"):
        seen: set[str] = set()
        for one in ones:
            folded = fold_name(one[field])
            if folded in seen:
                twice.add(one[field])
            seen.add(folded)
    return sorted(twice)


def review_shares(able: Mapping[str, Sequence[str]]) -> list[Share]:
    """Shares of the two seats of each file: as even within a file, and loads as equal, as can be.

    able
        Case → two or more reviewers who may see it.

    Each reviewer's weight is multiplied by (even load ÷ own load), over and over (Sinkhorn and
    Knopp 1967), in integers, so that every machine finds the same shares; a file's two seats are
    divided by weight, nobody more than one whole seat.
    """
    everyone = sorted({name for names in able.values() for name in names})
    weight = dict.fromkeys(everyone, FINEST)
    even = 2 * MICRO * len(able) // max(len(everyone), 1)
    divided: dict[tuple[str, ...], dict[str, int]] = {}
    alike = Counter(map(tuple, able.values()))
    for _ in range(BALANCE_ROUNDS):
        divided = {
            names: _divide(2 * MICRO, {name: weight[name] for name in names}) for names in alike
        }
        load = dict.fromkeys(everyone, 0)
        for names, parts in divided.items():
            for name, part in parts.items():
                load[name] += alike[names] * part
        weight = {name: weight[name] * even // max(load[name], 1) for name in everyone}
        top = max(weight.values(), default=1)
        weight = {name: max(1, weight[name] * FINEST // top) for name in everyone}
    return [
        (name, case, case, seat, micro)
        for case, names in sorted(able.items())
        for seat, chances in zip(SEATS, _halves(divided[tuple(names)]))  # noqa: B905
        for name, micro in chances.items()
        if micro
    ]


def _divide(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` by weight, nobody above one whole seat; the rest by largest remainder."""
    parts: dict[str, int] = {}
    free = dict(weights)
    while True:
        whole = sum(free.values())
        above = [name for name, weight in free.items() if total * weight > MICRO * whole]
        if not above:
            break
        for name in above:
            parts[name] = MICRO
            total -= MICRO
            del free[name]
    for name, weight in free.items():
        parts[name] = total * weight // whole
    short = total - sum(parts[name] for name in free)
    by_remainder = sorted(free, key=lambda name: (-(total * free[name] % whole), name))
    for name in by_remainder[:short]:
        parts[name] += 1
    return parts


def _halves(parts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Half of every part for either seat; the odd units in turn."""
    odd = [name for name in sorted(parts) if parts[name] % 2]
    first = {name: parts[name] // 2 + (name in odd[::2]) for name in sorted(parts)}
    return first, {name: parts[name] - first[name] for name in first}


def draw_files(
    listed: Mapping[str, Any], seed: bytes
) -> tuple[list[tuple[str, str, str]], Sequence[Duel]]:
    """(case, reviewer, rechecker) of every drawn file, and the duels that drew it.

    A file is drawn with exactly its probability, by kind in whole numbers; every reviewer gets
    the floor or the ceiling of what his or her shares add up to, and as many to review as to
    recheck, or one more or less.
    """
    selected, log = tree_duel(_file_rows(listed), seed, listed["purpose"])
    handlers = {row["case_id"]: row["handlers"] for row in listed["rows"]}
    able = able_reviewers({case: handlers[case] for case in selected}, listed["reviewers"])
    purpose = listed["purpose"] + "/reviewers"
    drawn = round_flow(review_shares(able), seed, purpose)
    pairs = {case: (drawn[case, SEATS[0]], drawn[case, SEATS[1]]) for case in selected}
    turns = take_turns(pairs, seed, purpose)
    return [(case, *turns[case]) for case in selected], log


def take_turns(
    pairs: Mapping[str, tuple[str, str]], seed: bytes, purpose: str
) -> dict[str, tuple[str, str]]:
    """(reviewer, rechecker) of each pair: everybody reviews as often as rechecks, or one apart.

    Files are followed from person to person: whoever rechecks one reviews the next (an Euler
    trail, begun where somebody has an odd number of files). A hash turns each trail round or not.
    """
    mine: dict[str, list[str]] = {}
    for case in sorted(pairs):
        for person in pairs[case]:
            mine.setdefault(person, []).append(case)
    turns: dict[str, tuple[str, str]] = {}
    for odd, start in product((True, False), sorted(mine)):
        while mine[start] and (len(mine[start]) % 2 or not odd):
            person, trail = start, []
            while mine[person]:
                case = mine[person][0]
                other = next(one for one in pairs[case] if one != person)
                trail.append((case, person, other))
                mine[person].remove(case)
                mine[other].remove(case)
                person = other
            is_turned = below(2, seed, purpose, "turn", _text(trail[0][0]))
            for case, one, other in trail:
                turns[case] = (other, one) if is_turned else (one, other)
    return turns


def _file_rows(listed: Mapping[str, Any]) -> list[Row]:
    return [
        (row["case_id"], row["pi_nano"], tuple([row[level] for level in listed["levels"]]))
        for row in listed["rows"]
    ]


def check_casefiles(bundle: Bundle, raw: bytes | None = None) -> list[Finding]:
    """Everything in a published review of case files that does not fit; empty is yes."""
    return _found(CASEFILE_CHECKS, bundle, raw)


def _list_rows(bundle: Bundle) -> Iterator[Finding]:
    """Every kind gets its number, equal chances within it."""
    listed = bundle["files"]
    check_rows(_file_rows(listed))
    chances: dict[str, list[int]] = {}
    for row in listed["rows"]:
        chances.setdefault(row["kind"], []).append(row["pi_nano"])
    for quota in listed["quotas"]:
        of_kind, where = chances.pop(quota["kind"], []), f"files.quotas[{quota['kind']}]"
        yield from _differs(where, quota["files"], len(of_kind))
        yield from _differs(where, quota["drawn"] * NANO, sum(of_kind))
        if max(of_kind, default=0) - min(of_kind, default=0) > 1:
            yield _finding(where, "chances_unequal", kind=quota["kind"])
    for kind in chances:
        yield _finding("files.quotas", "chances_unequal", kind=kind)
    yield from _alike("files.rows", [row["case_id"] for row in listed["rows"]])
    for row in listed["rows"]:
        is_list = isinstance(row["handlers"], list)
        if not is_list or not any(map(fold_name, row["handlers"])):
            yield _finding("files.rows", "no_handlers", case=row["case_id"])
    yield from _differs("files.levels", listed["levels"][:1], ["kind"])
    if twice := one_name_twice(listed["reviewers"]):
        yield _finding("files.reviewers", "reviewer_twice", names=_listed(twice))
    yield from _differs("files.rule_digest", listed["rule_digest"], digest_of(listed["quotas"]))


def _list_root(bundle: Bundle) -> Iterator[Finding]:
    listed = bundle["files"]
    root = merkle_root(file_leaves(listed["rows"], listed["reviewers"]))
    return _differs("files.root", listed["root"], root)


def _review_opened(bundle: Bundle) -> Iterator[Finding]:
    listed, review = bundle["files"], bundle["review"]
    yield from _event_value("review", listed["event"], review)
    if review["is_withheld"]:
        yield from _differs("review.secret", review["secret"], "")
        yield from _withheld("review", listed["event"], review)
    else:
        yield from _secret("review.secret", listed["commitment"], review["secret"])


def _review_result(bundle: Bundle) -> Iterator[Finding]:
    listed, review = bundle["files"], bundle["review"]
    seed = seed_of(
        listed["purpose"],
        listed["draw_number"],
        listed["root"],
        listed["rule_digest"],
        bytes.fromhex(review["secret"]),
        review["event_value"],
    )
    yield from _differs("review.seed", review["seed"], seed.hex())
    seats, log = draw_files(listed, seed)
    published = [(f["case_id"], f["reviewer"], f["rechecker"]) for f in review["reviewed"]]
    for place in sorted({*seats} ^ {*published}):
        yield _finding("review.reviewed", "file_not_from_seed", names="/".join(place))
    if sorted(published) == seats != published:
        yield _finding("review.reviewed", "file_not_from_seed", names="–")
    yield from _differs("review.log_digest", review["log_digest"], digest_of(log))


def _review_links(bundle: Bundle) -> Iterator[Finding]:
    listed, review = bundle["files"], bundle["review"]
    yield from _differs("review.files_digest", review["files_digest"], digest_of(listed))
    purpose = f"{CASEFILES}/{listed['month'][:7]}"
    if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])-01", listed["month"]):
        yield _finding("files.month", "month_form", month=listed["month"])
    for name, part in (("files", listed), ("review", review)):
        yield from _differs(f"{name}.purpose", part["purpose"], purpose)
        yield from _differs(f"{name}.month", part["month"], listed["month"])
    yield from _differs("format", bundle["format"], CASEFILES_FORMAT)
    for part in sorted(set(bundle) - {"format", "files", "review", "chain", "digest"}):
        yield _finding(part, "part_unknown")


CASEFILE_CHECKS: tuple[Check, ...] = (
    ("files.rows", _list_rows),
    ("files.root", _list_root),
    ("files.event", lambda bundle: _event_ahead("files", bundle["files"])),
    ("review.event_value", _review_opened),
    ("review.reviewed", _review_result),
    ("chain", _chain),
    ("bundle", _review_links),
    ("digest", _digest),
)


def _reviewed(bundle: Bundle) -> Iterator[str]:
    """A sound review in words."""
    listed, review = bundle["files"], bundle["review"]
    yield "是：案卷和评查人员与名单和种子一致。 / YES: files and reviewers follow from the seed."
    yield f"  用途 purpose     {listed['purpose']}, 编号 number {listed['draw_number']}"
    files, people = len(listed["rows"]), len(listed["reviewers"])
    yield f"  名单 list        {files} 卷 files, {people} 人 reviewers"
    yield f"  根值 root        {listed['root']}"
    yield from _told_of_event(listed["event"], review)
    yield f"  种子 seed        {review['seed']}"
    for file in review["reviewed"]:
        yield f"  {file['case_id']}: {file['reviewer']} → {file['rechecker']}"


# ── command line ──────────────────────────────────────────────────────────────────────────

YES, NO, BAD_INPUT = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    """Refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise LotteryError("bad_command", message=message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a bundle or repeat a draw; 0 is yes, 1 is no, 2 is input that cannot be read."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _draw_command(given[1:]) if given[:1] == ["draw"] else _verify_command(given)
    except LotteryError as refusal:
        print(refusal, file=sys.stderr)
        return BAD_INPUT


def _draw_command(arguments: Sequence[str]) -> int:
    parser = _Parser(
        prog="lottery.py draw",
        description="抽取并逐行输出编号 / draw, and print the ids one a line",
    )
    columns = "CSV: id, pi, [lambda,] key1, key2, …; pi and lambda in 1e-9"
    parser.add_argument("--frame", required=True, help=columns)
    parser.add_argument("--seed", required=True, help="64 hex digits")
    parser.add_argument("--purpose", required=True, help="for example enterprise/2026-12")
    parser.add_argument("--engine", choices=ENGINES, default="duel")
    parser.add_argument("--strata", type=int, default=0, help="pareto: levels that name a stratum")
    asked = parser.parse_args(arguments)
    if asked.strata < 0:
        raise LotteryError("strata_range", strata=asked.strata)
    (rows, chances), seed = read_frame(_read(asked.frame)), _seed(asked.seed)
    check_chances(check_rows(rows), chances, asked.engine)
    if asked.engine == "pareto":
        keys = pareto_keys(chances, seed, asked.purpose)
        selected, _ = draw_tickets(rows, keys, asked.strata)
    else:
        selected, _ = tree_duel(rows, seed, asked.purpose)
    for unit_id in selected:
        print(unit_id)
    return YES


def _seed(text: str) -> bytes:
    if not re.fullmatch("[0-9a-fA-F]{64}", text.strip()):
        raise LotteryError("seed_text", text=text)
    return bytes.fromhex(text.strip())


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as problem:
        raise LotteryError("unreadable", name=name, problem=problem) from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise LotteryError("not_utf8", place=problem.start + 1) from None


def read_frame(content: bytes) -> tuple[list[Row], dict[str, int]]:
    """Rows of a CSV with the columns id, pi, key1, key2, …, and the λ of each; UTF-8.

    Without a column lambda every λ is its π.
    """
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        chance = "lambda" if "lambda" in header else "pi"
        fixed = ["id", "pi", "lambda"] if chance == "lambda" else ["id", "pi"]
        names = [*fixed, *(f"key{level}" for level in range(1, len(header) - len(fixed) + 1))]
        if sorted(header) != sorted(names):
            raise LotteryError("header", header=", ".join(header) or "–")
        places = [header.index(name) for name in ["id", "pi", chance, *names[len(fixed) :]]]
        rows, chances = [], {}
        for cells in filter(None, reader):
            row, chances[row[0]] = _frame_row(cells, len(names), places, reader.line_num)
            rows.append(row)
        return rows, chances
    except csv.Error as problem:
        raise LotteryError("not_csv", line=reader.line_num, problem=problem) from None


def _frame_row(
    cells: Sequence[str], columns: int, places: Sequence[int], line: int
) -> tuple[Row, int]:
    """A row and its λ."""
    if len(cells) != columns:
        raise LotteryError("cells", line=line, cells=len(cells), columns=columns)
    unit_id, pi, chance, *key = [cells[place] for place in places]
    for number in (pi, chance):
        if not re.fullmatch("[0-9]{1,10}", number.strip()):
            raise LotteryError("pi_text", line=line, pi=number)
    if any(unicodedata.category(sign) == "Cc" for sign in unit_id):
        raise LotteryError("id_control", line=line)
    return (unit_id, int(pi), tuple(key)), int(chance)


def _verify_command(arguments: Sequence[str]) -> int:
    parser = _Parser(
        prog="lottery.py",
        description="核对公布的抽签 / verify a published month",
        epilog="重做一次抽签 / repeat a draw: lottery.py draw --help",
    )
    parser.add_argument("bundle", help="bundle.json, receipt.json, casefiles.json")
    parser.add_argument("--root", metavar="HEX", help="公告上的名单根值 / root in the notice")
    parser.add_argument("--frame", metavar="HEX", help="公告上的名单摘要 / digest of the frame")
    posted = "公告上的任一指纹，可写多次 / any fingerprint in a notice"
    parser.add_argument("--posted", metavar="HEX", action="append", default=[], help=posted)
    parser.add_argument("--enterprise", metavar="ID", help="某企业的概率和对决 / one enterprise")
    parser.add_argument("--today", metavar="DATE", help="今天：封存是否逾期 / is a seal overdue")
    asked = parser.parse_args(arguments)
    raw = _read(asked.bundle)
    bundle = parse_bundle(raw)
    findings = [*_against_notice(bundle, asked.root, asked.frame), *check_file(bundle, raw)]
    findings += _unposted(bundle, asked.posted)
    findings += overdue(bundle, asked.today) if asked.today else []
    told = {RECEIPT: _told, CASEFILES_FORMAT: _reviewed}.get(str(bundle.get("format")))
    for line in _no(findings) if findings else (told or _yes)(bundle):
        print(line)
    if asked.enterprise and not told and not findings:
        for line in _receipt(bundle, asked.enterprise):
            print(line)
    return NO if findings else YES


PARTS = frozenset({"frame", "slots", "files"})
"""Of these every file that can be verified has one or more."""


def parse_bundle(raw: bytes) -> dict[str, Any]:
    """The JSON object of a bundle file; numbers with a point are refused."""
    try:
        bundle = json.loads(_decoded(raw), parse_float=_no_float, parse_constant=_no_float)
    except LotteryError:
        raise
    except (ValueError, RecursionError) as problem:
        raise LotteryError("not_json", problem=problem) from None
    if not isinstance(bundle, dict) or not PARTS & set(bundle):
        raise LotteryError("not_a_bundle")
    return bundle


def _no_float(text: str) -> NoReturn:
    raise LotteryError("not_integer", text=text)


def _against_notice(bundle: Bundle, root: str | None, frame_digest: str | None) -> list[Finding]:
    """Was the list published before the event this one?"""
    part, of = ("slots", "roster") if bundle.get("kind") == "officer" else ("frame", "draw")
    if bundle.get("format") == CASEFILES_FORMAT:
        part, of = "files", "review"
    listed, drawn = bundle.get(part), bundle.get(of)
    findings: list[Finding] = []
    if root is not None:
        found = listed.get("root") if isinstance(listed, dict) else None
        findings += _differs(f"{part}.root", root.strip().lower(), found)
    if frame_digest is not None:
        found = digest_of(listed)
        if bundle.get("format") == RECEIPT:
            found = drawn.get(f"{part}_digest") if isinstance(drawn, dict) else None
        findings += _differs(part, frame_digest.strip().lower(), found)
    return findings


def _unposted(bundle: Bundle, posted: Iterable[str]) -> Iterator[Finding]:
    """What a notice shows must be in the record, or stand in what was frozen or drawn."""
    parts = [bundle.get(part) for part in ("frame", "draw", "slots", "roster", "sealed", "files")]
    held = {entry["digest"] for entry in bundle.get("chain", ())}
    held |= {v for part in parts if part for v in part.values() if isinstance(v, str)}
    for text in posted:
        if text.strip().lower() not in held:
            yield _finding("chain", "not_posted", posted=text)


def _no(findings: Sequence[Finding]) -> Iterator[str]:
    yield f"否：{len(findings)} 处不符。 / NO: {len(findings)} findings."
    for finding in findings:
        yield f"  {finding['where']}: {finding['zh']} / {finding['en']}"


def _yes(bundle: Bundle) -> Iterator[str]:
    frame, draw = bundle["frame"], bundle["draw"]
    reserves = sum(len(reserve["enterprise_ids"]) for reserve in draw["reserves"])
    if "sealed" in bundle:
        yield "到此为止，是：人员尚未启封；YES so far, with the officers still sealed."
    yield "是：结果与冻结的名单、概率和种子一致。 / YES: the result follows from list, π and seed."
    yield f"  用途 purpose     {frame['purpose']}, 编号 number {frame['draw_number']}"
    yield f"  名单 list        {len(frame['rows'])} 家 enterprises"
    yield f"  根值 root        {frame['root']}"
    yield f"  摘要 frame       {draw['frame_digest']}"
    yield f"  规则 rule        {frame['rule_digest']}"
    yield from _told_of_event(frame["event"], draw)
    yield f"  种子 seed        {draw['seed']}"
    yield f"  抽中 drawn       {len(draw['selected'])}, 备选 reserves {reserves}"
    if frame["engine"] == "pareto":
        yield "  未核对：λ 是否校准到公布的概率；请用 riskengine verify 核对。"
        yield "  Not checked here: that λ gives the published π; riskengine verify checks it."
    if "routes" in bundle:
        routes, owed = bundle["routes"]["routes"], bundle["routes"]["owed"]
        stops = sum(len(route["stops"]) for route in routes)
        yield f"  路线 routes      {len(routes)}, 检查 visits {stops}, 欠查 owed {len(owed)}"
    if "roster" in bundle:
        seats = len(SEATS) * len(bundle["roster"]["assignments"])
        yield f"  席位 seats       {seats}, 种子 seed {bundle['roster']['seed']}"
        yield from _told_of_event(bundle["slots"]["event"], bundle["roster"])
        yield f"  对调 swaps       {len(bundle['roster']['swaps'])}"
        if repaired := bundle["roster"]["repaired"]:
            yield f"  求解器改派 solver {_listed(repaired)}"
            yield "  一天之内的改派已重算；跨日的只核对了席位、不同组和外勤天数。"
            yield "  A day's repair was computed again; of one across days only seats, pairs and"
            yield "  field days were checked."
    for number, repair in enumerate(bundle.get("repairs", ()), start=1):
        who, again = "、".join(repair["by"]), len(repair["redrawn"])
        yield f"  换人 repair {number}    {repair['reason']}（{who}）, 席位 seats {again}"
    if "sealed" in bundle:
        sealed = bundle["sealed"]
        yield f"  人员封存至 {sealed['opens_at']}（最后一组出发）：只核对了席位份额，启封后再核对。"
        yield "  The officers are sealed until then: only their shares were checked; who was drawn"
        yield "  can be when the whole bundle is opened. Its roster must have the digest"
        yield f"                   {sealed['roster_digest']}"
    for part in ("frame", "routes", "slots"):
        if bundle.get(part, {}).get("replaces"):
            yield f"  更正 replaced    {part}: {bundle[part]['reason']}"
    checked = [w for w, _ in CHECKS if w.split(".")[0] not in OPTIONAL or w.split(".")[0] in bundle]
    yield f"  已核对 checked   {', '.join([*checked, 'file'])}"


def _told_of_event(event: Mapping[str, Any], drawn: Mapping[str, Any]) -> Iterator[str]:
    """What decided, who entered it, and what this file cannot check of it."""
    value = drawn["event_value"]
    yield f"  事件 event       {event['name']}, {event['due_at']}"
    yield f"  来源 source      {event['source']}"
    yield f"  结果 value       {value}"
    yield f"  录入 entered by  {_listed(drawn['entered_by'])}, {drawn['entered_at']}"
    yield f"  期限 open by     {event['reveal_by']}"
    if event["kind"] == "drand":
        yield f"  随机值 random    {randomness_of(value)}"
        yield "  未核对：信标的 BLS 签名；请用 riskengine verify 核对。"
        yield "  Not checked here: the BLS signature of the beacon; riskengine verify checks it."
    if drawn.get("is_withheld"):
        yield "  密文逾期未公开，按空密文计算 / the secret was withheld and counts as empty"
    if names := withheld_by(event, value):
        yield f"  逾期未公开，按空密文计算 / withheld, counts as empty: {_listed(names)}"


def _receipt(bundle: Bundle, unit_id: str) -> Iterator[str]:
    """The probability and the duels of one enterprise."""
    frame = bundle["frame"]
    rows = _rows_of(frame)
    pi = {row[0]: row[1] for row in rows}
    if unit_id not in pi:
        raise LotteryError("not_listed", unit_id=unit_id)
    seed = _seed_of_draw(bundle)
    yield f"{unit_id}: π = {_decimal(pi[unit_id])}"
    if frame["engine"] == "pareto":
        keys = pareto_keys(_chances_of(frame), seed, frame["purpose"])
        selected, thresholds = draw_tickets(rows, keys, frame["strata"])
        yield f"  ticket {ticket(seed, frame['purpose'], unit_id).hex()}"
        yield f"  λ = {_decimal(_chances_of(frame)[unit_id])}, key {keys.get(unit_id, '–')}"
        stratum = next(key[: frame["strata"]] for i, _, key in rows if i == unit_id)
        limit = next((t.key for t in thresholds if t.stratum == stratum), "–")
        yield f"  门槛 threshold {limit}"
    else:
        selected, log = tree_duel(rows, seed, frame["purpose"])
        for duel in log:
            if unit_id in (duel.carrier, duel.other):
                yield _duel_line(duel)
    yield "  抽中 / drawn" if unit_id in selected else "  未抽中 / not drawn"


def _told(receipt: Bundle) -> Iterator[str]:
    """A sound receipt in words: the chance, the result, how it came about, what that proves."""
    kind = receipt["kind"]
    listed, drawn = _excerpts(receipt)
    yield "是：凭证与根值、事件和种子相符。 / YES: the receipt follows from root, event and seed."
    yield f"  本人 of          {receipt['id']} {receipt['name']}"
    yield f"  用途 purpose     {listed['purpose']}, 编号 number {listed['draw_number']}"
    yield from _told_enterprise(receipt) if kind == "enterprise" else _told_officer(receipt)
    yield f"  根值 root        {listed['root']}"
    yield from _told_of_event(listed["event"], drawn)
    yield f"  种子 seed        {drawn['seed']}"
    for name, code in (("证明 proves     ", "proves"), ("不证明 not      ", "leaves_open")):
        zh, en = proof_of(receipt, code)
        yield f"  {name} {zh}"
        yield f"                   {en}"


def proof_of(receipt: Bundle, what: str = "proves") -> tuple[str, str]:
    """What a receipt proves alone, or what it leaves open (`leaves_open`), in both languages."""
    kind = receipt["kind"]
    outside = kind == "enterprise" and receipt["row"] is None
    return _sentence(f"{what}_{'outside' if outside else kind}", {})


def _excerpts(receipt: Bundle) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a receipt holds of the frozen list and of the draw."""
    if receipt["kind"] == "enterprise":
        return receipt["frame"], receipt["draw"]
    return receipt["slots"], receipt["roster"]


def _told_enterprise(receipt: Bundle) -> Iterator[str]:
    if receipt["row"] is not None:
        yield f"  概率 π           {_decimal(receipt['row']['pi_nano'])}"
        yield f"  结果 result      {'抽中 drawn' if receipt['is_drawn'] else '未抽中 not drawn'}"
    if receipt["must"] is not None:
        reason = receipt["must"]["reason"]
        yield f"  必查 visited     {reason['zh']} / {reason['en']}"
    if receipt["reserve"]:
        yield f"  候补 reserve     第 {receipt['reserve']} 位 / place {receipt['reserve']}"
    for duel in duels_of(receipt):
        yield _duel_line(duel)
    if receipt["ticket"]:
        mine = receipt["ticket"]
        yield f"  号码 ticket      {mine['ticket']}"
        yield f"  键值 key         {mine['key']}"
        yield (
            f"  门槛 threshold   {mine['threshold'] or '–'}"
            f", {'/'.join(mine['stratum']) or '全部 all'}: {mine['drawn']}"
        )


def _told_officer(receipt: Bundle) -> Iterator[str]:
    shares = receipt["shares"]
    expected = sum(share["share_micro"] for share in shares)
    yield f"  预计 expected    {_six_digits(expected)} 天 days"
    yield f"  舍入 steps       {len(receipt['steps'])}"
    yield f"  席位 seats       {len(receipt['seats'])}"
    chance = {_place(share): share["share_micro"] for share in shares}
    for seat in receipt["seats"]:
        note = "" if seat in receipt["drawn"] else "，对调 swapped"
        note = "，由求解器改派 by a solver" if seat["day"] in receipt["repaired"] else note
        drawn_with = _six_digits(chance[_place(seat)])
        yield f"    {' '.join(_place(seat))}, 概率 chance {drawn_with}{note}"


def _six_digits(micro: int) -> str:
    return f"{micro // MICRO}.{micro % MICRO:06d}"


def _duel_line(duel: Duel) -> str:
    return (
        f"  {duel.carrier} {_decimal(duel.a)} × {duel.other} {_decimal(duel.b)}"
        f", r = {duel.r} / {duel_span(duel.a, duel.b)}"
        f" → {_decimal(duel.a_after)}, {_decimal(duel.b_after)}"
    )


def _decimal(pi: int) -> str:
    return f"{pi // NANO}.{pi % NANO:09d}"


# ── sentences ─────────────────────────────────────────────────────────────────────────────


def _sentence(code: str, facts: Mapping[str, object]) -> tuple[str, str]:
    zh, en = SENTENCES[code]
    return zh.format(**facts), en.format(**facts)


SENTENCES = {
    "seed_type": (
        "种子必须是 32 个原始字节（bytes），不能是文字或数字；十六进制请用 bytes.fromhex 转换。",
        "the seed must be 32 raw bytes, never a str or an int; decode hex with bytes.fromhex.",
    ),
    "seed_text": (
        "种子“{text}”不是 64 位十六进制数；请从公告抄全。",
        "the seed “{text}” is not 64 hex digits; copy all of it from the notice.",
    ),
    "not_unicode": (
        "{value} 不是有效的文本；请更正。",
        "{value} is not valid Unicode text; correct it.",
    ),
    "nothing_to_choose": (
        "不能在 {k} 个数中抽取；至少要有一个。",
        "cannot draw one of {k} numbers; give one or more.",
    ),
    "id_empty": (
        "编号 {unit_id!r} 为空或不是文本；请补全。",
        "id {unit_id!r} is empty or not text; fill it in.",
    ),
    "id_twice": (
        "编号 {unit_id} 出现两次；请只保留一行。",
        "id {unit_id} is there twice; keep one row.",
    ),
    "id_control": (
        "第 {line} 行的编号含有换行或控制字符；请更正。",
        "the id in line {line} holds a line break or a control sign; correct it.",
    ),
    "pi_range": (
        "{unit_id} 的概率 {pi!r} 不是 0 到 10^9 的整数（单位 1e-9）；请更正。",
        "π of {unit_id} is {pi!r}, not an integer from 0 to 10^9 (units of 1e-9); correct it.",
    ),
    "pi_text": (
        "第 {line} 行的 pi“{pi}”不是以 1e-9 为单位的整数；请更正。",
        "pi “{pi}” in line {line} is not an integer in units of 1e-9; correct it.",
    ),
    "pi_sum": (
        "概率之和 {total} 不是 10^9 的整数倍，抽取家数不是整数；请更正概率。",
        "Σπ is {total}, not a multiple of 10^9: the number drawn is not whole; correct π.",
    ),
    "stratum_sum": (
        "分层“{stratum}”的概率之和 {total} 不是 10^9 的整数倍，抽取家数不是整数；请更正概率。",
        "Σπ of stratum “{stratum}” is {total}, not a multiple of 10^9: its number is not whole.",
    ),
    "chance_range": (
        "{unit_id} 的 λ {chance!r} 与概率 {pi} 不相容（单位 1e-9）；请更正。",
        "λ of {unit_id} is {chance!r}, which does not go with π {pi} (units of 1e-9); correct it.",
    ),
    "engine_unknown": ("不认识的抽签方式 {engine}。", "the engine {engine} is not known."),
    "levels_unknown": (
        "分层名称 {levels} 有重复或不认识的。",
        "the levels {levels} hold one twice or one not known.",
    ),
    "strata_range": (
        "固定家数的分层层数 {strata} 不对。",
        "{strata} is not a number of levels that name a stratum.",
    ),
    "key_levels": (
        "{unit_id} 的分层 {key!r} 与其他行的层数不同或不是文本；请更正。",
        "key {key!r} of {unit_id} has not the levels of the other rows, or no text; correct it.",
    ),
    "share_ids": (
        "{name}：编号和日期必须是文本。",
        "{name}: ids and days must be text.",
    ),
    "share_range": (
        "{name} 的份额 {micro!r} 不是 0 到 10^6 的整数（单位 1e-6）。",
        "the share of {name} is {micro!r}, not an integer from 0 to 10^6 (units of 1e-6).",
    ),
    "share_twice": ("{name} 的份额出现两次。", "the share of {name} is there twice."),
    "seat_days": ("席位出现在两天：{name}。", "a seat is on two days: {name}."),
    "seat_sum": (
        "席位 {name} 的份额之和是 {total}，应为 10^6。",
        "the shares of seat {name} add up to {total}, not 10^6.",
    ),
    "officer_day_sum": (
        "{name} 的份额之和 {total} 超过 10^6，可能同时坐两个席位。",
        "the shares of {name} add up to {total}, above 10^6: two seats at once are possible.",
    ),
    "misshapen": (
        "内容缺失或格式不对，无法核对（{what}）。",
        "a part is missing or misshapen and cannot be checked ({what}).",
    ),
    "differs": (
        "公布的是 {published}，重新计算得到 {computed}。",
        "published is {published}, computed again it is {computed}.",
    ),
    "visits_differ": (
        "概率之和 {total} 不等于抽取家数 {visits} × 10^9。",
        "Σπ is {total}, not {visits} visits × 10^9.",
    ),
    "event_known": (
        "事件时间 {due} 不晚于冻结时间 {frozen}。",
        "the event of {due} is not after the freeze at {frozen}.",
    ),
    "event_kind": ("不认识的事件类型 {kind}。", "the event kind {kind} is not known."),
    "beacon_unknown": (
        "不认识信标 {chain} 的第 {round} 轮。",
        "round {round} of the beacon {chain} is not known.",
    ),
    "round_time": (
        "第 {round} 轮不在 {due} 公布。",
        "round {round} is not due at {due}.",
    ),
    "deadline_early": (
        "公开密文的期限 {by} 不晚于事件。",
        "the deadline {by} for opening secrets is not after the event.",
    ),
    "not_overdue": (
        "{at} 就按未公开处理，早于期限 {by}。",
        "a secret was counted as withheld at {at}, before the deadline {by}.",
    ),
    "chain_order": (
        "第 {number} 条记录的先后次序不对。",
        "entry {number} is not in the order of the steps.",
    ),
    "not_utc": ("时间 {text} 不是 UTC 写法。", "the time {text} is not written in UTC."),
    "one_person": (
        "需要两名不同的人员，只有：{names}。",
        "two different people are needed, named are: {names}.",
    ),
    "secret_differs": (
        "密文与冻结时公布的承诺值 {commitment} 不符。",
        "the secret is not the one committed to as {commitment}.",
    ),
    "too_early": (
        "{at} 录入结果，早于事件时间 {due}。",
        "the value was entered at {at}, before the event of {due}.",
    ),
    "value_unplain": (
        "事件结果“{value}”为空或不是规范写法。",
        "the event value “{value}” is empty or not in its plain form.",
    ),
    "reveal_differs": (
        "以下人员公开的密文与承诺不符：{names}。",
        "the secrets of these people are not the ones promised: {names}.",
    ),
    "not_from_seed": (
        "与种子不符：多出 {added}，缺少 {lost}（都没有则为次序或重复）。",
        "does not follow from the seed: too many {added}, missing {lost} (if neither: the order).",
    ),
    "reserves_differ": (
        "备选名单与种子不符：{names}。",
        "the reserves do not follow from the seed: {names}.",
    ),
    "not_drawn": (
        "{unit_id} 未被抽中，也不是应查或备选企业。",
        "{unit_id} was not drawn and is neither due nor a reserve.",
    ),
    "visited_twice": ("{unit_id} 被安排两次。", "{unit_id} is visited twice."),
    "forgotten": (
        "{unit_id} 被抽中或列为必查，却既未安排也未列为欠查。",
        "{unit_id} was drawn or is due, but is neither on a route nor owed.",
    ),
    "visited_and_owed": (
        "{unit_id} 已安排检查，又列为欠查。",
        "{unit_id} is on a route and owed as well.",
    ),
    "id_alike": (
        "{one} 与 {other} 只差大小写、全半角、空格或看不见的字符，可能是同一个。",
        "{one} and {other} differ in case, width, spaces or invisible signs alone and may be one.",
    ),
    "must_in_draw": (
        "{unit_id} 列为必查两次，或既是必查又参加抽取。",
        "{unit_id} is due twice, or due and in the draw as well.",
    ),
    "place_form": (
        "{unit_id} 的地图位置不是同样宽度的十六进制数。",
        "the place of {unit_id} on the map is not hex of one width.",
    ),
    "chance_order": (
        "{one} 与 {other} 的 λ 与概率的大小不一致：概率相同 λ 应相同，概率大的 λ 应大。",
        "λ of {one} and {other} do not go with their π: equal π need equal λ, a larger π a larger.",
    ),
    "promise_twice": (
        "{names}：有人承诺两次，或两人承诺同一个密文。",
        "{names}: a person promised twice, or two people promised one secret.",
    ),
    "day_outside": ("{day} 不是 {month} 的日期。", "{day} is not a day of {month}."),
    "month_form": (
        "{month} 不是一个月的第一天（如 2026-12-01）。",
        "{month} is not the first day of a month, as 2026-12-01 is.",
    ),
    "ban_form": (
        "回避的搭配应各为两人，按编号排列，不重复。",
        "pairs kept apart must be two officers each, in order of number, none twice.",
    ),
    "frozen_before_draw": (
        "席位在 {frozen} 冻结，早于企业抽签的 {drawn}。",
        "the seats were frozen at {frozen}, before the enterprises were drawn at {drawn}.",
    ),
    "drawn_again": (
        "同一用途在记录链中抽了 {times} 次；只能抽一次。",
        "the record holds {times} draws of this purpose; it may hold one.",
    ),
    "never_shown": (
        "记录链中的这一份（{kind}）没有公布；请索取完整的抽签包。",
        "this part of the record ({kind}) is not shown; ask for all of it.",
    ),
    "not_posted": (
        "公告上的 {posted} 不在其中：公告以后换过。",
        "{posted} of the notice is not in it: it was exchanged after the notice.",
    ),
    "replaces_other": (
        "没有写明所替代的文件 {digest} 和理由。",
        "it does not name the document it replaces, {digest}, and why.",
    ),
    "no_handlers": (
        "案卷 {case} 没有写明承办人，无法回避。",
        "the file {case} names no handlers, so that nobody can be kept away from it.",
    ),
    "seats_differ": (
        "席位与路线不一致：{names}。",
        "the seats are not those of the routes: {names}.",
    ),
    "out_of_order": (
        "派员抽签的编号不晚于企业抽签。",
        "the draw of people does not come after the draw of enterprises.",
    ),
    "day_was_over": (
        "{day} 及以前的日期已经过去，换人不得改动。",
        "the days up to {day} were over; a repair must not change them.",
    ),
    "not_drawn_again": (
        "{name} 新坐上这个席位，却没有重新抽签的记录。",
        "{name} is new in this seat, and there is no record of a draw for it.",
    ),
    "not_of_plan": (
        "{unit_id} 不在原计划和紧急任务中，或安排了两次。",
        "{unit_id} is neither of the plan nor urgent, or is visited twice.",
    ),
    "two_seats": ("{name} 在 {day} 同时坐两个席位。", "{name} sits in two seats on {day}."),
    "sealed_and_open": (
        "既说封存，又公布了人员。",
        "it is said to be sealed, and the officers are shown.",
    ),
    "sealed_too_long": (
        "封存到 {at}，晚于最后一组的日期 {last}。",
        "sealed until {at}, after the day of the last team, {last}.",
    ),
    "never_opened": (
        "人员已经抽出，却既未公布也未说明封存；请索取完整的抽签包。",
        "officers were drawn, but are neither shown nor said to be sealed; ask for all of it.",
    ),
    "not_opened": (
        "人员抽签的密文应在 {at} 启封，到 {today} 仍未公开：不能按空密文计算，本次抽签不成立。",
        "the secret of the draw of officers was due at {at} and is still closed on {today}: it does"
        " not count as empty, the draw has failed.",
    ),
    "pair_banned": (
        "{names} 不得同组。",
        "{names} may not go together.",
    ),
    "repaired_for_nothing": (
        "{days} 由求解器改派，但按种子对调后已没有不得同组的两人。",
        "{days} were decided by a solver, although no banned pair was left after the swaps.",
    ),
    "seat_not_open": (
        "{name} 没有席位 {seat} 的份额，不能坐。",
        "{name} has no share in seat {seat} and may not sit there.",
    ),
    "field_days_differ": (
        "{name} 外勤 {days} 天，不在公布的 {least} 至 {most} 天之内。",
        "{name} has {days} field days, not the published {least} to {most}.",
    ),
    "route_twice": ("有路线出现两次。", "a route is there twice."),
    "part_missing": ("缺少 {other}，无法核对。", "cannot be checked without {other}."),
    "part_unknown": ("不认识的部分。", "this part is not known."),
    "chain_broken": ("记录链在此断开。", "the chain is broken here."),
    "not_in_chain": (
        "此文件在记录链中出现 {times} 次，应为 1 次。",
        "this document is in the chain {times} times, not once.",
    ),
    "replaced": ("已被第 {number} 条替代。", "it was replaced by entry {number}."),
    "not_canonical": (
        "文件的字节不是规范写法，公布后被改动过；请重新下载。",
        "the bytes are not the canonical form: the file was changed; download it again.",
    ),
    "bad_command": (
        "命令不对（{message}）；用 --help 查看用法。",
        "the command is not right ({message}); see --help.",
    ),
    "unreadable": ("无法读取文件 {name}（{problem}）。", "cannot read {name} ({problem})."),
    "not_utf8": (
        "文件第 {place} 个字节不是 UTF-8；请另存为 UTF-8。",
        "byte {place} of the file is not UTF-8; save the file as UTF-8.",
    ),
    "header": (
        "表头是 {header}，应为 id, pi, [lambda,] key1, key2, …；请更正。",
        "the header is {header}; make it id, pi, [lambda,] key1, key2, …",
    ),
    "not_csv": ("第 {line} 行不是 CSV（{problem}）。", "line {line} is not CSV ({problem})."),
    "cells": (
        "第 {line} 行有 {cells} 列，表头有 {columns} 列；请更正。",
        "line {line} has {cells} cells, the header {columns}; correct it.",
    ),
    "not_json": (
        "文件不是有效的 JSON（{problem}），可能已损坏；请重新下载。",
        "the file is not JSON ({problem}) and may be damaged; download it again.",
    ),
    "not_a_bundle": (
        "文件不是证据包、凭证或案卷评查包；请核对文件名，或重新下载。",
        "the file is no bundle, receipt or review of case files; check its name or download again.",
    ),
    "not_integer": (
        "文件含有非整数 {text}，抽签包只有整数；请重新下载。",
        "the file holds {text}, and a bundle holds integers only; download it again.",
    ),
    "chances_unequal": (
        "类别“{kind}”的案卷概率不相等或没有配额。",
        "the files of the kind “{kind}” have unequal chances, or no quota.",
    ),
    "reviewer_twice": (
        "评查人员名单上姓名或编号重复：{names}；同一人可能既评查又复核。",
        "a name or number stands twice on the list of reviewers: {names}; one person could review "
        "and recheck.",
    ),
    "file_not_from_seed": (
        "案卷或评查人员与种子不符：{names}。",
        "the files or their reviewers do not follow from the seed: {names}.",
    ),
    "not_listed": ("名单中没有 {unit_id}。", "{unit_id} is not in the list."),
    "path_unreadable": (
        "路径中的“{sibling}”不是 L 或 R 加 64 位十六进制数。",
        "“{sibling}” in the path is not L or R and 64 hex digits.",
    ),
    "row_missing": (
        "既无名单中的一行，又不是抽签以外的检查。",
        "there is no row of the list, and no visit outside the draw.",
    ),
    "not_my_duel": (
        "不是 {unit_id} 与一家新对手的对决。",
        "not a duel of {unit_id} with a new rival.",
    ),
    "duel_over": (
        "{where}：概率不在 0 与 1 之间，不再对决。",
        "{where}: a probability is not between 0 and 1 and duels no more.",
    ),
    "unsettled": (
        "{unit_id} 的概率停在 {pi}，没有走到 0 或 1。",
        "the probability of {unit_id} stops at {pi}, neither 0 nor 1.",
    ),
    "swap_of_others": (
        "这次对调与本人的席位无关。",
        "this swap does not touch the seat of the officer.",
    ),
    "step_order": (
        "步骤的次序不对，或所动的份额不对。",
        "the step is out of order, or moves no share or one twice.",
    ),
    "step_room": (
        "第 {step} 步把份额移到 0 与 1 之外。",
        "step {step} could move a share below 0 or above 1.",
    ),
    "share_unsettled": (
        "份额没有走到 0 或 1。",
        "the share ends neither at 0 nor at 1.",
    ),
    "proves_enterprise": (
        "根值与张榜的一致时（--root）：事件发生以前，名单里这家企业的概率就是上面的 π；"
        "种子由名单、规则、密文和事件算出；每个随机数 r 由种子算出，π 一步不缺地走到 0 或 1。",
        "If the root is the one in the notice (--root): before the event, π stood in the list; "
        "the seed follows from list, rule, secret and event; every r follows from the seed, and π "
        "runs to 0 or 1 without a gap.",
    ),
    "leaves_open_enterprise": (
        "用对决还是号码、对手在对决前的概率、号码的门槛、候补位置、名单有无遗漏、有无重抽，"
        "要用整份 bundle.json 核对；事件的名称和结果请到来源处查。",
        "Whether duels or tickets decide, the probabilities of rivals before a duel, the threshold "
        "of the tickets, a reserve's place, that nobody is missing and nothing was drawn again: "
        "for these take the whole bundle.json; look the event up at its source.",
    ),
    "proves_outside": (
        "这次检查不由抽签决定，没有概率；凭证只说明理由，并给出当月抽签的根值和种子。",
        "No draw decided this visit and it has no probability; the receipt gives the reason, and "
        "root and seed of the draw of that month.",
    ),
    "leaves_open_outside": (
        "这家企业是否列入必查，要用整份 bundle.json（frame.must）核对。",
        "That it is listed as a visit outside the draw needs the whole bundle.json (frame.must).",
    ),
    "proves_officer": (
        "根值与公告的一致时（--root）：事件发生以前，以上份额就在席位名单里；"
        "种子由名单、规则、密文和事件算出；每步的随机数由种子算出，每个份额一步不缺地走到 0 或 1。",
        "If the root is the one in the notice (--root): before the event, these shares stood in "
        "the list; the seed follows from list, rule, secret and event; every r follows from the "
        "seed, and every share runs to 0 or 1 without a gap.",
    ),
    "leaves_open_officer": (
        "每步可移动的幅度由同一圈上其他人的份额决定，本人有无其他份额、抽签后的互换是否得当，"
        "要用整份 bundle.json 核对；事件的名称和结果请到来源处查。",
        "How far a step can move depends on the others in its cycle; that, whether there are more "
        "shares, and exchanges after the draw need the whole bundle.json; look the event up at its "
        "source.",
    ),
}
"""Code → what is said in Chinese and in English."""


if __name__ == "__main__":
    sys.exit(main())
