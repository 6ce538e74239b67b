"""Who could sit where, with what probability, and who was drawn?

`slots` freezes the shares before the second event; `staff` draws the officers after it. Every
roster that can be drawn keeps every rule: the shares are a lottery over valid rosters only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import cast

from riskengine.digest import digest
from riskengine.errors import NotAllowed
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler import lottery
from scheduler.chain import Chain, next_place, require_reason, require_undrawn
from scheduler.event import (
    Event,
    require_commitment,
    require_future,
    require_opened,
    utc,
    with_deadline,
)
from scheduler.roster.bans import mended
from scheduler.roster.documents import (
    Assignment,
    Guess,
    Roster,
    Routes,
    Seat,
    SeatName,
    Share,
    Slots,
    Swap,
)
from scheduler.roster.fair import fair_shares, rows_of
from scheduler.roster.flow import round_flow
from scheduler.roster.guesses import guesses, pool
from scheduler.roster.precheck import Crew, crew_of
from scheduler.roster.watch import watch

__all__ = ["Assignment", "Guess", "Roster", "Seat", "Share", "Slots", "Swap", "slots", "staff"]

SEATS: tuple[SeatName, ...] = ("lead", "second")


# ── freeze ────────────────────────────────────────────────────────────────────────────────


def slots(
    routes: Routes,
    known: Known,
    policy: PolicyView,
    *,
    chain: Chain,
    event: Event,
    commitment: str,
    frozen_at: str,
    replaces: str | None = None,
    reason: str | None = None,
) -> Slots:
    """Freeze who could sit on each route, and with what probability, before the second event.

    commitment
        SHA-256 of the secret, hex; see `lottery.commitment_of`.
    replaces, reason
        Needed when the month's slots have been frozen before: their digest, and why.

    Raises
    ------
    NotAllowed
        Routes whose seats cannot all be filled, see `fair.fair_shares`.
    """
    purpose = f"people/{routes.month:%Y-%m}"
    draw_number, previous = next_place(chain)
    frozen_at = utc(frozen_at)
    require_commitment(commitment)
    require_future(event, frozen_at)
    require_reason(chain, "slots", "roster", purpose, replaces, reason)
    crew = crew_of(known, policy, routes.days)
    for one, other in lottery.alike(officer.inspector_id for officer in crew.officers):
        raise NotAllowed("ids_alike", one=one, other=other)
    bans = _bans(crew)
    fair = fair_shares(routes, crew, bans, policy)
    return Slots(
        month=routes.month,
        routes_digest=digest(routes),
        policy_digest=routes.policy_digest,
        purpose=purpose,
        draw_number=draw_number,
        previous=previous,
        seats=tuple(
            Seat(route.route_id, seat, route.day, asked)
            for route, both in zip(routes.routes, fair.lists, strict=True)
            for seat, asked in zip(SEATS, both, strict=True)
        ),
        shares=fair.shares,
        bans=bans,
        guesses=guesses(routes, crew, fair, bans, policy),
        pool=pool(routes, crew, fair, policy),
        watch=watch(rows_of(fair.shares)),
        least_days=_by_id(crew, fair.bounds.least),
        most_days=_by_id(crew, fair.bounds.most),
        root=lottery.merkle_root(lottery.slots_leaves(rows_of(fair.shares), bans)),
        commitment=commitment,
        event=with_deadline(event, policy.rates.reveal_hours),
        frozen_at=frozen_at,
        replaces=replaces,
        reason=reason.strip() if reason else None,
        solver=fair.found.notes,
    )


def _bans(crew: Crew) -> tuple[tuple[str, str], ...]:
    """Pairs of the crew who may not go together."""
    ids = {officer.inspector_id for officer in crew.officers}
    pairs = {
        (min(officer.inspector_id, other), max(officer.inspector_id, other))
        for officer in crew.officers
        for other in officer.apart_from & ids
    }
    return tuple(sorted(pairs))


def _by_id(crew: Crew, numbers: Sequence[int]) -> dict[str, int]:
    return {o.inspector_id: n for o, n in zip(crew.officers, numbers, strict=True)}


# ── draw ──────────────────────────────────────────────────────────────────────────────────


def staff(
    slots: Slots,
    *,
    event_value: str,
    secret: bytes,
    entered_by: Sequence[str],
    entered_at: str,
    chain: Chain,
    value_again: str | None = None,
) -> Roster:
    """Draw the officers of frozen slots, once, after their event.

    event_value, entered_by, value_again
        See `scheduler.draw.draw`.
    secret
        What `slots.commitment` was made of. It cannot be withheld: names depend on it.

    Everybody's field days come out at the floor or ceiling of what the shares add up to. Pairs that
    may not go together are parted by swaps within the day; see `bans` for what these cannot mend.
    """
    entered_at = utc(entered_at)
    slots_digest = digest(slots)
    require_undrawn(chain, "slots", "roster", slots.purpose, slots.draw_number, slots_digest)
    event_value, opened = require_opened(
        slots,
        event_value=event_value,
        value_again=value_again,
        secret=secret,
        entered_by=entered_by,
        entered_at=entered_at,
    )
    rule = lottery.rule_of(slots.policy_digest, slots.routes_digest)
    seed = lottery.seed_of(slots.purpose, slots.draw_number, slots.root, rule, opened, event_value)
    rows, days = rows_of(slots.shares), {seat.route_id: seat.day for seat in slots.seats}
    drawn = round_flow(rows, seed, slots.purpose)
    seated, swaps = lottery.part_pairs(rows, drawn, slots.bans, seed, slots.purpose)
    loads = {one: (low, slots.most_days[one]) for one, low in slots.least_days.items()}
    final = mended(rows, seated, slots.bans, loads)
    return Roster(
        month=slots.month,
        slots_digest=slots_digest,
        routes_digest=slots.routes_digest,
        event_value=event_value,
        secret=opened.hex(),
        entered_by=tuple(name.strip() for name in entered_by),
        entered_at=entered_at,
        seed=seed.hex(),
        assignments=tuple(
            Assignment(route_id, day, *(final.seated[route_id, seat] for seat in SEATS))
            for route_id, day in days.items()
        ),
        swaps=tuple(_swap(swap) for swap in swaps),
        repaired=tuple(dt.date.fromisoformat(day) for day in final.by_solver),
        solver=final.notes,
    )


def _swap(swap: lottery.Swap) -> Swap:
    seat, other = (cast("SeatName", name) for name in (swap.seat, swap.other_seat))
    day = dt.date.fromisoformat(swap.day)
    return Swap(day, swap.round, swap.route_id, seat, swap.other_route_id, other)
