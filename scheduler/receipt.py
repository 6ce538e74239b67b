"""What can one enterprise, or one officer, hold in the hand to check its own part of a draw?

A receipt is an excerpt of the bundle with a Merkle path to the published root: it is checked alone
with `scheduler/lottery.py`, and shows nobody else's row. Source: sampling protocol §3.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from riskengine.digest import digest, plain
from riskengine.errors import NotFound
from scheduler import lottery
from scheduler.draw import Draw, Event, Frame, Row
from scheduler.outcome import keyed
from scheduler.roster.documents import Roster, Slots

Receipt = dict[str, Any]
"""JSON values; `riskengine.digest.canonical` of it is the file."""

LISTED = (
    "purpose", "draw_number", "root", "rule_digest", "engine", "visits",
    "commitment", "frozen_at",
)  # fmt: skip
DRAWN = (
    "frame_digest", "event_value", "secret", "is_withheld", "entered_by", "entered_at", "seed",
)  # fmt: skip
SEATED = (
    "purpose", "draw_number", "root", "policy_digest", "routes_digest",
    "commitment", "frozen_at",
)  # fmt: skip
PLACE = ("day", "route_id", "seat")
STAFFED = ("slots_digest", "event_value", "secret", "entered_by", "entered_at", "seed")


# ── enterprises ───────────────────────────────────────────────────────────────────────────


def enterprise_receipts(
    frame: Frame,
    drawn: Draw,
    enterprise_ids: Iterable[str],
    names: Mapping[str, str] | None = None,
) -> tuple[Receipt, ...]:
    """The receipt of each enterprise, in the order asked for; the draw is repeated once for all.

    names
        Id → name; who has none is called by the id alone.

    Raises
    ------
    NotFound
        An enterprise that is neither in the list nor visited outside the draw.
    """
    rows = {row.enterprise_id: row for row in frame.rows}
    must = {visit.enterprise_id: visit for visit in frame.must}
    wanted = list(enterprise_ids)
    for one in wanted:
        if one not in rows and one not in must:
            raise NotFound("receipt_not_listed", name=one, month=f"{frame.month:%Y-%m}")
    leaves = [tuple(getattr(row, name) for name in lottery.LEAF) for row in frame.rows]
    paths = dict(zip(rows, lottery.merkle_paths(leaves), strict=True))
    duels = _duels_of(frame, drawn) if frame.engine == "duel" else {}
    tickets = _tickets_of(frame, drawn, rows) if frame.engine == "pareto" else {}
    places = {
        one: place
        for reserve in drawn.reserves
        for place, one in enumerate(reserve.enterprise_ids, start=1)
    }
    common = {
        "format": lottery.RECEIPT,
        "kind": "enterprise",
        "frame": {
            **_some(frame, LISTED),
            "event": _event(frame.event),
            "enterprises": len(frame.rows),
        },
        "draw": _some(drawn, DRAWN),
    }
    selected = frozenset(drawn.selected)
    return tuple(
        _closed({
            **common,
            "id": one,
            "name": (names or {}).get(one, ""),
            "row": plain(rows.get(one)),
            "path": list(paths.get(one, ())),
            "duels": duels.get(one, []),
            "ticket": tickets.get(one),
            "is_drawn": one in selected,
            "reserve": places.get(one, 0),
            "must": _some(must[one], ("kind", "reason")) if one in must else None,
        })
        for one in wanted
    )  # fmt: skip


def _duels_of(frame: Frame, drawn: Draw) -> dict[str, list[list[str | int]]]:
    """Enterprise → its duels in their order, as `lottery.duels_of` reads them."""
    _, log = lottery.tree_duel(
        keyed(frame.rows, frame.levels), bytes.fromhex(drawn.seed), frame.purpose
    )
    duels: dict[str, list[list[str | int]]] = {}
    for duel in log:
        duels.setdefault(duel.carrier, []).append([0, duel.other, duel.b, duel.r])
        duels.setdefault(duel.other, []).append([1, duel.carrier, duel.a, duel.r])
    return duels


def _tickets_of(frame: Frame, drawn: Draw, rows: Mapping[str, Row]) -> dict[str, dict[str, Any]]:
    """Enterprise that could be drawn → its ticket and key, and the last key drawn beside it."""
    seed = bytes.fromhex(drawn.seed)
    limits = {limit.stratum: limit for limit in drawn.thresholds}
    chances = {one: row.lambda_nano for one, row in rows.items()}
    tickets = {}
    for one, key in lottery.pareto_keys(chances, seed, frame.purpose).items():
        stratum = tuple([getattr(rows[one], name) for name in frame.levels[: frame.strata]])
        limit = limits.get(stratum)
        tickets[one] = {
            "ticket": lottery.ticket(seed, frame.purpose, one).hex(),
            "key": str(key),
            "stratum": list(stratum),
            "drawn": limit.drawn if limit else 0,
            "threshold": limit.key if limit else "",
        }
    return tickets


# ── officers ──────────────────────────────────────────────────────────────────────────────


def officer_receipts(
    slots: Slots,
    roster: Roster,
    inspector_ids: Iterable[str],
    names: Mapping[str, str] | None = None,
) -> tuple[Receipt, ...]:
    """The receipt of each officer, in the order asked for; the draw is repeated once for all.

    Raises
    ------
    NotFound
        An officer who had no share in any seat.
    """
    rows = [(s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro)
            for s in slots.shares]  # fmt: skip
    paths = lottery.merkle_paths(lottery.slots_leaves(rows, slots.bans))
    shares: dict[str, list[dict[str, Any]]] = {}
    for share, path in zip(slots.shares, paths, strict=False):
        mine = _some(share, (*PLACE, "share_micro")) | {"path": list(path)}
        shares.setdefault(share.inspector_id, []).append(mine)
    wanted = list(inspector_ids)
    for one in wanted:
        if one not in shares:
            raise NotFound("receipt_no_seat", name=one, month=f"{slots.month:%Y-%m}")
    drawn, log = lottery.rounding(rows, bytes.fromhex(roster.seed), slots.purpose)
    seats = {(seat.route_id, str(seat.seat)): _some(seat, PLACE) for seat in slots.seats}
    seated = {(a.route_id, seat): getattr(a, seat) for a in roster.assignments
              for seat in lottery.SEATS}  # fmt: skip
    steps, swaps = _steps_of(shares, log), _swaps_of(roster, drawn)
    common = {
        "format": lottery.RECEIPT,
        "kind": "officer",
        "slots": {
            **_some(slots, SEATED),
            "event": _event(slots.event),
            "officers": len(shares),
            "seats": len(slots.seats),
        },
        "roster": _some(roster, STAFFED),
    }

    def seats_of(one: str, sitting: Mapping[lottery.Place, str]) -> list[dict[str, Any]]:
        return [seats[place] for place, person in sorted(sitting.items()) if person == one]

    return tuple(
        _closed({
            **common,
            "id": one,
            "name": (names or {}).get(one, ""),
            "shares": shares[one],
            "steps": steps.get(one, []),
            "drawn": seats_of(one, drawn),
            "swaps": swaps.get(one, []),
            "repaired": plain(roster.repaired),
            "seats": seats_of(one, seated),
        })
        for one in wanted
    )  # fmt: skip


def _swaps_of(roster: Roster, drawn: Mapping[lottery.Place, str]) -> dict[str, list[Any]]:
    """Officer → the swaps that moved him or her, in their order."""
    sitting = dict(drawn)
    swaps: dict[str, list[Any]] = {}
    for swap in roster.swaps:
        here, there = (swap.route_id, swap.seat), (swap.other_route_id, swap.other_seat)
        for place in (here, there):
            swaps.setdefault(sitting[place], []).append(plain(swap))
        sitting[here], sitting[there] = sitting[there], sitting[here]
    return swaps


def _steps_of(
    shares: Mapping[str, Sequence[Mapping[str, Any]]], log: Iterable[lottery.Push]
) -> dict[str, list[list[Any]]]:
    """Officer → the steps that moved a share: number, up, down, number drawn, [share, sign]."""
    places = {
        (one, share["route_id"], share["seat"]): place
        for one, mine in shares.items()
        for place, share in enumerate(mine)
    }
    steps: dict[str, list[list[Any]]] = {}
    for push in log:
        moved: dict[str, list[list[int]]] = {}
        for one, route_id, seat, sign in push.cells:
            moved.setdefault(one, []).append([places[one, route_id, seat], sign])
        for one, cells in moved.items():
            steps.setdefault(one, []).append([push.step, push.up, push.down, push.r, cells])
    return steps


def _event(event: Event) -> dict[str, Any]:
    """An event without the fields its kind has no use for: a QR code is small."""
    return {name: value for name, value in plain(event).items() if value not in (None, [])}


def _some(document: object, names: Sequence[str]) -> dict[str, Any]:
    """Some fields of a document, as JSON values."""
    return {name: plain(getattr(document, name)) for name in names}


def _closed(receipt: Receipt) -> Receipt:
    return {**receipt, "digest": digest(receipt)}
