"""Who is drawn, and was the draw honest?

This file decides the draw and verifies it, on the standard library of Python 3.9 or later alone:

    python lottery.py bundle.json                       was this published month drawn honestly?
    python lottery.py bundle.json --enterprise ID       the probability and the duels of one
    python lottery.py draw --frame FRAME.csv --seed HEX --purpose TEXT
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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

NANO = 10**9
"""Probability 1 of an enterprise."""
MICRO = 10**6
"""Probability 1 of an officer in a seat."""
SPACE = 2**256
FORMAT = "riskengine-bundle/1"

Row = tuple[str, int, tuple[str, ...]]
"""(id, π in units of 1e-9, key from the top of the tree down)."""
Share = tuple[str, str, str, str, int]
"""(inspector_id, day, route_id, seat, share in units of 1e-6)."""
Reserves = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""((grade, sector), ids in the order in which they are called) of each stratum."""
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
    if not isinstance(seed, bytes) or len(seed) != 32:
        raise WrongSeedError("seed_type")
    return hashlib.sha256(_framed((seed, _text(purpose), label.encode())))


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
    leaves = sorted(_framed([b"leaf", *(_text(str(field)) for field in row)]) for row in rows)
    level = [hashlib.sha256(leaf).digest() for leaf in leaves] or [h(b"empty")]
    while len(level) > 1:
        paired = [h(b"node", level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[2 * len(paired) :]
    return level[0].hex()


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
        in one way only.
    """
    listed = list(promises)
    promised = dict(listed)
    reveals = dict(json.loads(event_value))
    if join_reveals(reveals) != event_value or len(promised) < len(listed):
        return sorted(promised)
    wrong = set(promised) ^ set(reveals)
    for name in set(promised) & set(reveals):
        secret = bytes.fromhex(reveals[name])
        if secret.hex() != reveals[name] or commitment_of(secret) != promised[name]:
            wrong.add(name)
    return sorted(wrong)


def plain_value(value: str) -> str:
    """A published value without the freedom of width and spaces.

    >>> plain_value(" ０７　12 ")
    '07 12'
    """
    return " ".join(unicodedata.normalize("NFKC", value).split())


def fold_name(name: str) -> str:
    """A person's name without case, width, spaces and invisible signs.

    >>> fold_name(" Ｗang　Fang ") == fold_name("wangfang")
    True
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "ZC")


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


def reserve_lists(
    rows: Sequence[Row],
    selected: Iterable[str],
    seed: bytes,
    purpose: str,
    *,
    percent: int,
    least: int,
) -> Reserves:
    """Who is called, in which order, when a drawn enterprise is closed or cannot be reached.

    Per stratum (the first two levels of the key) the enterprises not drawn, by their ticket under
    ``purpose/reserve``: `percent` of the number drawn there, rounded up, and at least `least`;
    none where nothing was drawn. An enterprise with π = 0 may not be visited and is never called.
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
        waiting.sort(key=lambda unit_id: (_finish(tickets, _text(unit_id)), unit_id))
        lists.append((stratum, tuple(waiting[: max(least, -(-number * percent // 100))])))
    return tuple(lists)


# ── people: flow rounding ─────────────────────────────────────────────────────────────────


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
    primed = _primed(seed, purpose, "cycle")
    edges, flow, cells = _network(check_shares(shares))
    around: list[list[int]] = [[] for _ in range(max((head for _, head in edges), default=0) + 1)]
    for edge, ends in enumerate(edges):
        if flow[edge] % MICRO:
            for node in ends:
                around[node].append(edge)

    nodes: list[int] = []
    walked: list[int] = []
    for step in count():
        if not walked:
            nodes = [node for node, there in enumerate(around) if there][:1]
        if not nodes:
            break
        start = _walk(edges, around, nodes, walked)
        cycle = walked[start:]
        _push(edges, flow, nodes[start:], cycle, primed, step)
        for edge in cycle:
            if flow[edge] % MICRO == 0:
                for node in edges[edge]:
                    around[node].remove(edge)
        # The way to the cycle is kept: a new walk would take it again.
        del nodes[start + 1 :], walked[start:]
    return {place: person for edge, (place, person) in cells.items() if flow[edge] == MICRO}


def _walk(
    edges: list[tuple[int, int]], around: list[list[int]], nodes: list[int], walked: list[int]
) -> int:
    """Walk on by the lowest fractional edge until a node repeats: where in the walk it was."""
    place = {node: i for i, node in enumerate(nodes)}
    while True:
        here = nodes[-1]
        edge = next(e for e in around[here] if not walked or e != walked[-1])
        there = sum(edges[edge]) - here
        walked.append(edge)
        if there in place:
            return place[there]
        place[there] = len(nodes)
        nodes.append(there)


def _push(
    edges: list[tuple[int, int]],
    flow: list[int],
    nodes: list[int],
    cycle: list[int],
    primed: hashlib._Hash,
    step: int,
) -> None:
    """Move flow around a cycle, up or down, so that an edge becomes whole and every mean stays."""
    signs = [1 if edges[e][0] == node else -1 for e, node in zip(cycle, nodes)]  # noqa: B905
    rest = [flow[e] % MICRO for e in cycle]
    ahead = [MICRO - f if s > 0 else f for f, s in zip(rest, signs)]  # noqa: B905
    up, down = min(ahead), min(MICRO - room for room in ahead)
    r = _below(up + down, primed, step.to_bytes(4, "big"))
    move = up if r < down else -down
    for e, sign in zip(cycle, signs):  # noqa: B905
        flow[e] += sign * move


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


# ── verify ────────────────────────────────────────────────────────────────────────────────

Bundle = Mapping[str, Any]
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
SEATS = ("lead", "second")
OPTIONAL = frozenset({"routes", "slots", "roster", "chain"})
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
    findings: list[Finding] = []
    for where, check in CHECKS:
        part = where.split(".")[0]
        if part in OPTIONAL and part not in bundle:
            continue
        try:
            findings.extend(check(bundle))
        except LotteryError as refusal:
            findings.append({"where": where, "zh": refusal.zh, "en": refusal.en})
        except MALFORMED as problem:
            what = f"{type(problem).__name__}: {problem}"
            findings.append(_finding(where, "misshapen", what=what))
    if raw is not None and not _is_canonical(bundle, raw):
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


def _rows_of(frame: Mapping[str, Any]) -> list[Row]:
    return [
        (row["enterprise_id"], row["pi_nano"], (row["grade"], row["sector"], row["township"]))
        for row in frame["rows"]
    ]


def _frame_root(bundle: Bundle) -> Iterator[Finding]:
    frame = bundle["frame"]
    root = merkle_root((unit_id, pi, *key) for unit_id, pi, key in _rows_of(frame))
    return _differs("frame.root", frame["root"], root)


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
    if event["kind"] == "commit_reveal":
        yield from _two_people(f"{where}.event", [p["name"] for p in event["promises"]])
    elif event["kind"] != "public_value":
        yield _finding(f"{where}.event", "event_kind", kind=event["kind"])


def _moment(text: str) -> str:
    """UTC text, which sorts by itself: the verifier has no clock and no calendar."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
        raise LotteryError("not_utc", text=text)
    return text


def _two_people(where: str, names: Sequence[str]) -> Iterator[Finding]:
    if len({fold_name(name) for name in names} - {""}) < 2:
        yield _finding(where, "one_person", names=_listed(names))


def _draw_secret(bundle: Bundle) -> Iterator[Finding]:
    draw = bundle["draw"]
    if draw["is_withheld"]:
        return _differs("draw.secret", draw["secret"], "")
    return _secret("draw.secret", bundle["frame"]["commitment"], draw["secret"])


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
    selected, log = tree_duel(rows, seed, frame["purpose"])
    published = draw["selected"]
    if published != list(selected):
        added, lost = set(published) - set(selected), set(selected) - set(published)
        names = {"added": _listed(sorted(added)), "lost": _listed(sorted(lost))}
        yield _finding("draw.selected", "not_from_seed", **names)
    reserves = reserve_lists(
        rows,
        selected,
        seed,
        frame["purpose"],
        percent=frame["reserves_percent"],
        least=frame["reserves_least"],
    )
    listed = [((r["grade"], r["sector"]), tuple(r["enterprise_ids"])) for r in draw["reserves"]]
    if listed != list(reserves):
        wrong = sorted({"/".join(stratum) for stratum, _ in {*listed} ^ {*reserves}})
        yield _finding("draw.reserves", "reserves_differ", names=_listed(wrong))
    yield from _differs("draw.log_digest", draw["log_digest"], digest_of(log))


def _routes_stops(bundle: Bundle) -> Iterator[Finding]:
    """Every stop was drawn, is due or a reserve; every drawn enterprise has a stop or is owed."""
    draw, routes = bundle["draw"], bundle["routes"]
    drawn = set(draw["selected"])
    due = {must["enterprise_id"] for must in bundle["frame"]["must"]}
    reserves = {unit_id for r in draw["reserves"] for unit_id in r["enterprise_ids"]}
    allowed = drawn | due | reserves
    owed = {visit["enterprise_id"] for visit in routes["owed"]}
    visited: set[str] = set()
    for route in routes["routes"]:
        for stop in route["stops"]:
            unit_id, where = stop["enterprise_id"], f"routes.routes[{route['route_id']}]"
            if unit_id not in allowed:
                yield _finding(where, "not_drawn", unit_id=unit_id)
            if unit_id in visited:
                yield _finding(where, "visited_twice", unit_id=unit_id)
            visited.add(unit_id)
    for unit_id in sorted(drawn - visited - owed):
        yield _finding("routes.owed", "forgotten", unit_id=unit_id)


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


def _shares_of(slots: Mapping[str, Any]) -> list[Share]:
    return [
        (s["inspector_id"], s["day"], s["route_id"], s["seat"], s["share_micro"])
        for s in slots["shares"]
    ]


def _slots_root(bundle: Bundle) -> Iterator[Finding]:
    slots = bundle["slots"]
    return _differs("slots.root", slots["root"], merkle_root(_shares_of(slots)))


def _slots_event(bundle: Bundle) -> Iterator[Finding]:
    yield from _event_ahead("slots", bundle["slots"])
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
    drawn = round_flow(_shares_of(slots), _seed_of_roster(bundle), slots["purpose"])
    days = {seat["route_id"]: seat["day"] for seat in slots["seats"]}
    computed = {(*place, days[place[0]]): person for place, person in drawn.items()}
    published = {(a["route_id"], seat, a["day"]): a[seat] for a in assignments for seat in SEATS}
    for place in sorted({*published, *computed}):
        where = f"roster.assignments[{'/'.join(place)}]"
        yield from _differs(where, published.get(place, "–"), computed.get(place, "–"))
    if len(assignments) * len(SEATS) != len(published):
        yield _finding("roster.assignments", "route_twice")


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
    for name, of in (("frame", "enterprise"), ("draw", "enterprise"), ("slots", "people")):
        if name in bundle:
            purpose = f"{of}/{frame['month'][:7]}"
            yield from _differs(f"{name}.purpose", bundle[name]["purpose"], purpose)


def _chain(bundle: Bundle) -> Iterator[Finding]:
    """The record is whole, and the documents of this bundle are the ones in force in it."""
    chain, previous = bundle["chain"], "0" * 64
    for number, entry in enumerate(chain, start=1):
        if entry["number"] != number or entry["previous"] != previous:
            yield _finding(f"chain[{number}]", "chain_broken")
        previous = digest_of(entry)
    for kind in ("frame", "draw", "slots", "roster"):
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
        same = [e["number"] for e in chain if (e["kind"], e["purpose"]) == (kind, entry["purpose"])]
        if max(same) != entry["number"]:
            yield _finding(f"chain.{kind}", "replaced", number=max(same))


def _format(bundle: Bundle) -> Iterator[Finding]:
    yield from _differs("format", bundle["format"], FORMAT)
    known = {"format", "frame", "draw", *OPTIONAL, "names", "digest"}
    for part in sorted(set(bundle) - known):
        yield _finding(part, "part_unknown")


def _digest(bundle: Bundle) -> Iterator[Finding]:
    rest = {part: content for part, content in bundle.items() if part != "digest"}
    return _differs("digest", bundle["digest"], digest_of(rest))


CHECKS: tuple[tuple[str, Callable[[Bundle], Iterator[Finding]]], ...] = (
    ("frame.rows", _frame_rows),
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
    ("slots.event", _slots_event),
    ("roster.secret", _roster_secret),
    ("roster.event_value", _roster_event),
    ("roster.seed", _roster_seed),
    ("roster.assignments", _roster_people),
    ("chain", _chain),
    ("bundle", _links),
    ("format", _format),
    ("digest", _digest),
)
"""Where, and what is checked there; the most specific first."""


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
    parser.add_argument("--frame", required=True, help="CSV: id, pi, key1, key2, …; pi in 1e-9")
    parser.add_argument("--seed", required=True, help="64 hex digits")
    parser.add_argument("--purpose", required=True, help="for example enterprise/2026-12")
    asked = parser.parse_args(arguments)
    selected, _ = tree_duel(read_frame(_read(asked.frame)), _seed(asked.seed), asked.purpose)
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


def read_frame(content: bytes) -> list[Row]:
    """Rows of a CSV with the columns id, pi, key1, key2, …, UTF-8 with or without its mark."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        names = ["id", "pi", *(f"key{level}" for level in range(1, len(header) - 1))]
        if sorted(header) != sorted(names):
            raise LotteryError("header", header=", ".join(header) or "–")
        places = [header.index(name) for name in names]
        return [_frame_row(cells, places, reader.line_num) for cells in reader if cells]
    except csv.Error as problem:
        raise LotteryError("not_csv", line=reader.line_num, problem=problem) from None


def _frame_row(cells: Sequence[str], places: Sequence[int], line: int) -> Row:
    if len(cells) != len(places):
        raise LotteryError("cells", line=line, cells=len(cells), columns=len(places))
    unit_id, pi, *key = [cells[place] for place in places]
    if not re.fullmatch("[0-9]{1,10}", pi.strip()):
        raise LotteryError("pi_text", line=line, pi=pi)
    if any(unicodedata.category(sign) == "Cc" for sign in unit_id):
        raise LotteryError("id_control", line=line)
    return unit_id, int(pi), tuple(key)


def _verify_command(arguments: Sequence[str]) -> int:
    parser = _Parser(
        prog="lottery.py",
        description="核对公布的抽签 / verify a published month",
        epilog="重做一次抽签 / repeat a draw: lottery.py draw --help",
    )
    parser.add_argument("bundle", help="bundle.json")
    parser.add_argument("--root", metavar="HEX", help="公告上的名单根值 / root in the notice")
    parser.add_argument("--frame", metavar="HEX", help="公告上的名单摘要 / digest of the frame")
    parser.add_argument("--enterprise", metavar="ID", help="某企业的概率和对决 / one enterprise")
    asked = parser.parse_args(arguments)
    raw = _read(asked.bundle)
    bundle = parse_bundle(raw)
    findings = [*_against_notice(bundle, asked.root, asked.frame), *verify(bundle, raw)]
    for line in _no(findings) if findings else _yes(bundle):
        print(line)
    if asked.enterprise and not findings:
        for line in _receipt(bundle, asked.enterprise):
            print(line)
    return NO if findings else YES


def parse_bundle(raw: bytes) -> dict[str, Any]:
    """The JSON object of a bundle file; numbers with a point are refused."""
    try:
        bundle = json.loads(_decoded(raw), parse_float=_no_float, parse_constant=_no_float)
    except LotteryError:
        raise
    except (ValueError, RecursionError) as problem:
        raise LotteryError("not_json", problem=problem) from None
    if not isinstance(bundle, dict):
        raise LotteryError("not_a_bundle")
    return bundle


def _no_float(text: str) -> NoReturn:
    raise LotteryError("not_integer", text=text)


def _against_notice(bundle: Bundle, root: str | None, frame_digest: str | None) -> list[Finding]:
    """Was the list published before the event this one?"""
    frame = bundle.get("frame")
    findings: list[Finding] = []
    if root is not None:
        found = frame.get("root") if isinstance(frame, dict) else None
        findings += _differs("frame.root", root.strip().lower(), found)
    if frame_digest is not None:
        findings += _differs("frame", frame_digest.strip().lower(), digest_of(frame))
    return findings


def _no(findings: Sequence[Finding]) -> Iterator[str]:
    yield f"否：{len(findings)} 处不符。 / NO: {len(findings)} findings."
    for finding in findings:
        yield f"  {finding['where']}: {finding['zh']} / {finding['en']}"


def _yes(bundle: Bundle) -> Iterator[str]:
    frame, draw = bundle["frame"], bundle["draw"]
    reserves = sum(len(reserve["enterprise_ids"]) for reserve in draw["reserves"])
    yield "是：结果与冻结的名单、概率和种子一致。 / YES: the result follows from list, π and seed."
    yield f"  用途 purpose     {frame['purpose']}, 编号 number {frame['draw_number']}"
    yield f"  名单 list        {len(frame['rows'])} 家 enterprises"
    yield f"  根值 root        {frame['root']}"
    yield f"  摘要 frame       {draw['frame_digest']}"
    yield f"  规则 rule        {frame['rule_digest']}"
    yield f"  事件 event       {frame['event']['name']}, {frame['event']['due_at']}"
    yield f"  结果 value       {draw['event_value']}"
    yield f"  种子 seed        {draw['seed']}"
    yield f"  抽中 drawn       {len(draw['selected'])}, 备选 reserves {reserves}"
    if draw["is_withheld"]:
        yield "  密文逾期未公开，按空密文计算 / the secret was withheld and counts as empty"
    if "routes" in bundle:
        routes, owed = bundle["routes"]["routes"], bundle["routes"]["owed"]
        stops = sum(len(route["stops"]) for route in routes)
        yield f"  路线 routes      {len(routes)}, 检查 visits {stops}, 欠查 owed {len(owed)}"
    if "roster" in bundle:
        seats = len(SEATS) * len(bundle["roster"]["assignments"])
        yield f"  席位 seats       {seats}, 种子 seed {bundle['roster']['seed']}"
    checked = [w for w, _ in CHECKS if w.split(".")[0] not in OPTIONAL or w.split(".")[0] in bundle]
    yield f"  已核对 checked   {', '.join([*checked, 'file'])}"


def _receipt(bundle: Bundle, unit_id: str) -> Iterator[str]:
    """The probability and the duels of one enterprise."""
    frame = bundle["frame"]
    rows = _rows_of(frame)
    pi = {row[0]: row[1] for row in rows}
    if unit_id not in pi:
        raise LotteryError("not_listed", unit_id=unit_id)
    selected, log = tree_duel(rows, _seed_of_draw(bundle), frame["purpose"])
    yield f"{unit_id}: π = {_decimal(pi[unit_id])}"
    for duel in log:
        if unit_id in (duel.carrier, duel.other):
            yield (
                f"  {duel.carrier} {_decimal(duel.a)} × {duel.other} {_decimal(duel.b)}"
                f", r = {duel.r} / {duel_span(duel.a, duel.b)}"
                f" → {_decimal(duel.a_after)}, {_decimal(duel.b_after)}"
            )
    yield "  抽中 / drawn" if unit_id in selected else "  未抽中 / not drawn"


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
        "{unit_id} 被抽中，却既未安排也未列为欠查。",
        "{unit_id} was drawn, but is neither on a route nor owed.",
    ),
    "seats_differ": (
        "席位与路线不一致：{names}。",
        "the seats are not those of the routes: {names}.",
    ),
    "out_of_order": (
        "派员抽签的编号不晚于企业抽签。",
        "the draw of people does not come after the draw of enterprises.",
    ),
    "two_seats": ("{name} 在 {day} 同时坐两个席位。", "{name} sits in two seats on {day}."),
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
        "表头是 {header}，应为 id, pi, key1, key2, …；请更正。",
        "the header is {header}; make it id, pi, key1, key2, …",
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
    "not_a_bundle": ("文件不是抽签包。", "the file is not a bundle."),
    "not_integer": (
        "文件含有非整数 {text}，抽签包只有整数；请重新下载。",
        "the file holds {text}, and a bundle holds integers only; download it again.",
    ),
    "not_listed": ("名单中没有 {unit_id}。", "{unit_id} is not in the list."),
}
"""Code → what is said in Chinese and in English."""


if __name__ == "__main__":
    sys.exit(main())
