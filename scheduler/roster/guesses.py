"""How well can the officers of each route be guessed, out of which pool, and what would help?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from riskengine.errors import Sentence, sentence
from riskengine.policy import PolicyView
from scheduler.roster.cures import cure, named, percent, reason
from scheduler.roster.documents import SHARE_UNIT, Guess, Pool, Routes
from scheduler.roster.fair import Fair, rows_of
from scheduler.roster.marginals import Cell, Duty, marginals, structural_floor
from scheduler.roster.precheck import Crew, willing
from scheduler.roster.seats import Seating, seated_by
from scheduler.roster.watch import likeliest

HALF = SHARE_UNIT // 2
"""A guess above it is explained."""
MORE_CERTIFICATES = 2
"""So many officers are certified anew in the line on training."""
MOST_TRAINING_PAIRS = 4_000
"""Officers × routes up to which the programmes are solved again for it."""
Ban = tuple[str, str]


def guesses(
    routes: Routes, crew: Crew, fair: Fair, bans: Sequence[Ban], policy: PolicyView
) -> tuple[Guess, ...]:
    """The best guess of each route, recomputed from the shares; above one half with its cure."""
    best = likeliest(rows_of(fair.shares))
    number = {officer.inspector_id: i for i, officer in enumerate(crew.officers)}
    apart = {frozenset(number[one] for one in ban) for ban in bans}
    found = []
    for k, (route, duty) in enumerate(zip(routes.routes, fair.duties, strict=True)):
        micro = best[route.route_id]
        is_high = micro > HALF
        found.append(
            Guess(
                route_id=route.route_id,
                best_micro=micro,
                leads=len(duty.seats.leads),
                seconds=len(duty.seats.seconds),
                pairs=possible_pairs(duty.seats, apart),
                floor_micro=structural_floor(duty.seats),
                reason=reason(routes, crew, fair, k, policy) if is_high else None,
                cure=cure(routes, crew, fair, k, policy) if is_high else None,
            )
        )
    return tuple(found)


def possible_pairs(seats: Seating, apart: Collection[frozenset[int]] = ()) -> int:
    """Different pairs that could take the two seats.

    apart
        Pairs of positions that may not go together.

    >>> possible_pairs(Seating(frozenset({0, 1}), frozenset(range(8))))
    13
    """
    both = len(seats.leads & seats.seconds)
    pairs = len(seats.leads) * len(seats.seconds) - both - both * (both - 1) // 2
    return pairs - sum(_could_go(seats, *pair) for pair in apart)


def _could_go(seats: Seating, one: int, other: int) -> bool:
    first, second = seats.leads, seats.seconds
    return (one in first and other in second) or (other in first and one in second)


# ── the pool ──────────────────────────────────────────────────────────────────────────────


def pool(routes: Routes, crew: Crew, fair: Fair, policy: PolicyView) -> Pool:
    """Who could be drawn this month, by certificate, and what that means."""
    could = frozenset[int]().union(*(duty.seats.either for duty in fair.duties))
    sectors = sorted({stop.sector for route in routes.routes for stop in route.stops})
    held = {sector: sum(sector in crew.officers[i].sectors for i in could) for sector in sectors}
    return Pool(
        officers=len(could),
        certificates=held,
        floor=sentence(
            "pool_floor",
            officers=len(could),
            pairs=len(could) * (len(could) - 1) // 2,
            floor=percent(-(-2 * SHARE_UNIT // max(len(could), 2))),
        ),
        training=training(routes, crew, fair, policy),
    )


def training(routes: Routes, crew: Crew, fair: Fair, policy: PolicyView) -> Sentence | None:
    """What two more certificates of one sector would change: the sector that helps most, by the
    three programmes solved anew within the same field days. None where no sector helps."""
    pairs = sum(len(duty.seats.either) for duty in fair.duties)
    if not pairs or pairs > MOST_TRAINING_PAIRS:
        return None
    tries = []
    for sector in sorted({stop.sector for route in routes.routes for stop in route.stops}):
        learners = _learners(crew, sector)
        found = learners and marginals(_trained(routes, crew, fair, learners, sector), fair.bounds)
        if found:
            tries.append((mean_guess(found.shares), sector, learners))
    before = mean_guess(fair.found.shares)
    after, sector, learners = min(tries, default=(before, "", ()))
    if percent(after) == percent(before):
        return None
    return sentence(
        "pool_training",
        count=len(learners),
        **named([sector], policy),
        names="、".join(crew.officers[i].name for i in learners),
        before=percent(before),
        after=percent(after),
    )


def mean_guess(shares: Mapping[Cell, int]) -> int:
    """Mean over routes of the largest probability of any officer there, in units of 1e-6."""
    both: Counter[tuple[int, int]] = Counter()
    for (officer, route, _), micro in shares.items():
        both[route, officer] += micro
    best: dict[int, int] = {}
    for (route, _), micro in both.items():
        best[route] = max(best.get(route, 0), micro)
    return sum(best.values()) // len(best)


def _learners(crew: Crew, sector: str) -> tuple[int, ...]:
    """Two who lack the certificate and hold most others."""
    ready = frozenset[int]().union(*crew.ready.values())
    lacking = [i for i in sorted(ready) if sector not in crew.officers[i].sectors]
    lacking.sort(key=lambda i: -len(crew.officers[i].sectors))
    return tuple(lacking[:MORE_CERTIFICATES])


def _trained(
    routes: Routes, crew: Crew, fair: Fair, learners: Collection[int], sector: str
) -> list[Duty]:
    """The duties of the month, had these officers the certificate."""
    officers = [
        replace(officer, sectors=officer.sectors | {sector}) if i in learners else officer
        for i, officer in enumerate(crew.officers)
    ]
    duties = []
    for route, lists in zip(routes.routes, fair.lists, strict=True):
        able = willing(officers, route.stops) & crew.ready.get(route.day, frozenset())
        duties.append(Duty(route.day, seated_by(officers, able, lists)))
    return duties
