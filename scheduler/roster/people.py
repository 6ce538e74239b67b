"""Who could sit where, with what probability, and who was drawn?

`slots` freezes the shares before the second event; `staff` draws the officers after it. Every
roster that can be drawn keeps every rule: the shares are a lottery over valid rosters only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from riskengine.digest import digest
from riskengine.errors import NotAllowed, Sentence, sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler import lottery
from scheduler.chain import Chain, next_place, require_reason, require_undrawn
from scheduler.event import (
    Event,
    require_commitment,
    require_due,
    require_future,
    require_secret,
    require_value,
    utc,
)
from scheduler.roster.documents import (
    SHARE_UNIT,
    Assignment,
    Guess,
    Roster,
    Routes,
    Seat,
    SeatName,
    Share,
    Slots,
)
from scheduler.roster.marginals import Bounds, Cell, Duty, Marginals, marginals
from scheduler.roster.precheck import Crew, Seating, crew_of, seating
from scheduler.roster.rules import fair_least

__all__ = ["Assignment", "Guess", "Roster", "Seat", "Share", "Slots", "slots", "staff"]

HALF = SHARE_UNIT // 2 + 10
"""One half, and what making shares whole may add to it."""
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
        Routes whose seats cannot all be filled; those of `plan` can.
    """
    purpose = f"people/{routes.month:%Y-%m}"
    draw_number, previous = next_place(chain)
    frozen_at = utc(frozen_at)
    require_commitment(commitment)
    require_future(event, frozen_at)
    require_reason(chain, "slots", "roster", purpose, replaces, reason)
    crew = crew_of(known, policy, routes.days)
    duties = _duties(routes, crew)
    bounds, found = _fair_marginals(routes, crew, duties, policy)
    shares = _shares(routes, crew, found.shares)
    return Slots(
        month=routes.month,
        routes_digest=digest(routes),
        policy_digest=routes.policy_digest,
        purpose=purpose,
        draw_number=draw_number,
        previous=previous,
        seats=tuple(Seat(r.route_id, seat, r.day) for r in routes.routes for seat in SEATS),
        shares=shares,
        guesses=_guesses(routes, crew, duties, found.shares),
        least_days=_by_id(crew, bounds.least),
        most_days=_by_id(crew, bounds.most),
        root=lottery.merkle_root(_rows(shares)),
        commitment=commitment,
        event=event,
        frozen_at=frozen_at,
        replaces=replaces,
        reason=reason.strip() if reason else None,
        solver=found.notes,
    )


def _duties(routes: Routes, crew: Crew) -> list[Duty]:
    duties = []
    for route in routes.routes:
        able = seating(crew.officers, route.stops)
        ready = crew.ready.get(route.day, frozenset())
        duties.append(Duty(route.day, Seating(able.leads & ready, able.seconds & ready)))
    return duties


def _fair_marginals(
    routes: Routes, crew: Crew, duties: Sequence[Duty], policy: PolicyView
) -> tuple[Bounds, Marginals]:
    """The shares under the fairest bounds on field days that can be met: those whose middle is
    nearest to an even share come first."""
    spread = policy.roster.field_days_spread
    could = {i for route in routes.routes for i in seating(crew.officers, route.stops).seconds}
    even = 2 * 2 * len(duties) / max(len(could), 1)
    widths = sorted(
        range(policy.roster.field_days_most + 1), key=lambda least: abs(2 * least + spread - even)
    )
    for least in widths:
        bounds = _bounds(crew, could, least, spread)
        if bounds is not None and (found := marginals(duties, bounds)) is not None:
            return bounds, found
    raise NotAllowed("seats_unfillable", **_first_gap(routes, duties))


def _bounds(crew: Crew, could: set[int], least: int, spread: int) -> Bounds | None:
    """Field days when the least is `least`: by days free, within everyone's own limit."""
    free = Counter(i for ready in crew.ready.values() for i in ready)
    lows = [
        fair_least(least, free[i], len(crew.days)) if i in could else 0
        for i in range(len(crew.officers))
    ]
    highs = [min(most, least + spread) for most in crew.most_days]
    fits = all(low <= high for low, high in zip(lows, highs, strict=True))
    return Bounds(tuple(lows), tuple(highs)) if fits else None


def _first_gap(routes: Routes, duties: Sequence[Duty]) -> dict[str, object]:
    """The first route that could not even go alone, else the busiest day."""
    for route, duty in zip(routes.routes, duties, strict=True):
        if not duty.seats.leads or len(duty.seats.seconds) < 2:
            return _gap(route.route_id, duty)
    days = Counter(duty.day for duty in duties)
    k = max(range(len(duties)), key=lambda k: (days[duties[k].day], -k))
    return _gap(routes.routes[k].route_id, duties[k])


def _gap(route_id: str, duty: Duty) -> dict[str, object]:
    leads, free = len(duty.seats.leads), len(duty.seats.seconds)
    return {"route": route_id, "day": duty.day, "leads": leads, "free": free}


def _shares(routes: Routes, crew: Crew, whole: Mapping[Cell, int]) -> tuple[Share, ...]:
    rows = [
        Share(
            crew.officers[officer].inspector_id,
            routes.routes[k].day,
            routes.routes[k].route_id,
            seat,
            micro,
        )
        for (officer, k, seat), micro in whole.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.route_id, row.seat, row.inspector_id)))


def _rows(shares: Sequence[Share]) -> list[lottery.Share]:
    return [(s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro) for s in shares]


def _by_id(crew: Crew, numbers: Sequence[int]) -> dict[str, int]:
    return {o.inspector_id: n for o, n in zip(crew.officers, numbers, strict=True)}


# ── how well can the officers be guessed? ─────────────────────────────────────────────────


def _guesses(
    routes: Routes, crew: Crew, duties: Sequence[Duty], whole: Mapping[Cell, int]
) -> tuple[Guess, ...]:
    on_route: Counter[tuple[int, int]] = Counter()
    for (officer, k, _), micro in whole.items():
        on_route[k, officer] += micro
    guesses = []
    for k, duty in enumerate(duties):
        best, likeliest = max((on_route[k, i], -i) for i in duty.seats.seconds)
        why = _why_guessable(routes, crew, k, duty, -likeliest) if best > HALF else None
        leads, seconds = len(duty.seats.leads), len(duty.seats.seconds)
        guesses.append(Guess(routes.routes[k].route_id, best, leads, seconds, why))
    return tuple(guesses)


def _why_guessable(routes: Routes, crew: Crew, k: int, duty: Duty, likeliest: int) -> Sentence:
    """Why one officer is likelier than not, and what would mend it."""
    route = routes.routes[k]
    sectors = {stop.sector for stop in route.stops}
    licensed = {i for i, officer in enumerate(crew.officers) if sectors <= officer.sectors}
    avoiding = licensed - seating(crew.officers, route.stops).leads
    if len(duty.seats.leads) <= 2:
        return sentence(
            "guess_scarce_lead",
            leads=len(duty.seats.leads),
            licensed=len(licensed),
            avoiding=len(avoiding),
            away=len(licensed - avoiding - duty.seats.leads),
            sectors="、".join(sorted(sectors)),
        )
    if len(duty.seats.seconds) <= 4:
        return sentence("guess_few_officers", free=len(duty.seats.seconds), day=route.day)
    return sentence(
        "guess_busy",
        name=crew.officers[likeliest].name,
        day=route.day,
        others=sum(other.day == route.day for other in routes.routes) - 1,
    )


# ── draw ──────────────────────────────────────────────────────────────────────────────────


def staff(
    slots: Slots,
    *,
    event_value: str,
    secret: bytes,
    entered_by: Sequence[str],
    entered_at: str,
    chain: Chain,
) -> Roster:
    """Draw the officers of frozen slots, once, after their event.

    event_value
        The public value; for commit_reveal `lottery.join_reveals` of all secrets.
    secret
        What `slots.commitment` was made of. It cannot be withheld: names depend on it.
    entered_by
        The people who typed the public value in; two different ones.

    Everybody's field days come out at the floor or ceiling of what the shares add up to.
    """
    entered_at = utc(entered_at)
    slots_digest = digest(slots)
    require_undrawn(chain, "slots", "roster", slots.purpose, slots.draw_number, slots_digest)
    require_due(slots.event, entered_at)
    event_value = require_value(slots.event, event_value, entered_by)
    opened = require_secret(slots.commitment, secret, withheld=False)
    rule = lottery.rule_of(slots.policy_digest, slots.routes_digest)
    seed = lottery.seed_of(slots.purpose, slots.draw_number, slots.root, rule, opened, event_value)
    drawn = lottery.round_flow(_rows(slots.shares), seed, slots.purpose)
    days = {seat.route_id: seat.day for seat in slots.seats}
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
            Assignment(route_id, day, drawn[route_id, "lead"], drawn[route_id, "second"])
            for route_id, day in days.items()
        ),
    )
