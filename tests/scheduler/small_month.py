"""A month small enough to read: three of six enterprises drawn, two routes, four officers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from riskengine.digest import digest, plain
from riskengine.errors import Sentence
from scheduler import lottery
from scheduler.chain import ChainEntry, next_entry
from scheduler.draw import Draw, Event, Frame, Must, draw, freeze

MONTH = dt.date(2026, 12, 1)
FROZEN_AT = "2026-11-25T08:00:00Z"
ENTERED_AT = "2026-11-30T13:00:00Z"
SECRET = b"a secret of the squad"
EVENT = Event("public_value", "示例彩票 第 2026138 期", "示例公报", "2026-11-30T20:30:00+08:00")
POLICY = SimpleNamespace(
    digest="5" * 64,
    rates=SimpleNamespace(
        reserves_percent=50,
        reserves_least=1,
        reveal_hours=24,
        engine="duel",
        levels=("grade", "sector", "township"),
    ),
)
PEOPLE = ("张三", "李四")

ENTERPRISES = [  # id, π, grade, sector, township
    ("E1", 140_000_000, "D", "freight", "东镇"),
    ("E2", 280_000_000, "D", "freight", "东镇"),
    ("E3", 420_000_000, "D", "passenger", "西镇"),
    ("E4", 560_000_000, "C", "freight", "东镇"),
    ("E5", 700_000_000, "C", "freight", "东镇"),
    ("企6", 900_000_000, "C", "passenger", "西镇"),
]


@dataclass(frozen=True)
class QuotaByHand:
    """What the freeze reads of a quota."""

    month: dt.date
    policy_digest: str
    grades_digest: str
    visits: int
    probabilities: tuple[tuple[str, int], ...]


def quota_of(rows: list[tuple[str, int, str, str, str]], **other: Any) -> Any:
    pairs = tuple((row[0], row[1]) for row in rows)
    visits = sum(pi for _, pi in pairs) // lottery.NANO
    return QuotaByHand(**{
        "month": MONTH,
        "policy_digest": POLICY.digest,
        "grades_digest": "6" * 64,
        "visits": visits,
        "probabilities": pairs,
        **other,
    })  # fmt: skip


def grades_of(rows: list[tuple[str, int, str, str, str]]) -> Any:
    ids, _, grades, sectors, townships = zip(*rows, strict=True)
    table = pa.table(
        {"enterprise_id": ids, "grade": grades, "sector": sectors, "township": townships}
    )
    return SimpleNamespace(as_of=dt.date(2026, 11, 25), table=table)


def frozen(rows: list[tuple[str, int, str, str, str]] | None = None, **changes: Any) -> Frame:
    rows = ENTERPRISES if rows is None else rows
    asked = {
        "month": MONTH,
        "must": [Must("E9", "case", Sentence("complaint", "投诉", "a complaint"))],
        "chain": (),
        "event": EVENT,
        "commitment": lottery.commitment_of(SECRET),
        "frozen_at": FROZEN_AT,
        **changes,
    }
    quota = asked.pop("quota", None) or quota_of(rows)
    return freeze(grades_of(rows), quota, POLICY, **asked)  # type: ignore[arg-type]


def drawn(frame: Frame, **changes: Any) -> Draw:
    asked = {
        "event_value": "07 12 33",
        "secret": SECRET,
        "entered_by": PEOPLE,
        "entered_at": ENTERED_AT,
        "chain": chain_of(frame),
        **changes,
    }
    return draw(frame, **asked)


def chain_of(frame: Frame) -> tuple[ChainEntry, ...]:
    return (next_entry((), "frame", frame.purpose, frame),)


def sealed(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts with their digest, as a publisher (or a forger) would write it."""
    rest = {name: part for name, part in parts.items() if name != "digest"}
    return {**rest, "digest": digest(rest)}


def draw_bundle() -> dict[str, Any]:
    frame = frozen()
    return bundle_of(frame, drawn(frame))


def bundle_of(frame: Frame, result: Draw) -> dict[str, Any]:
    """A list and its draw as they are published before there are routes."""
    return sealed({
        "format": lottery.FORMAT,
        "frame": plain(frame),
        "draw": plain(result),
        "names": {"E1": "示例运输"},
    })  # fmt: skip


def month_bundle() -> dict[str, Any]:
    """All parts, the later ones as plain values that the planner and the roster would write."""
    frame = frozen()
    result = drawn(frame)
    owed = [{"enterprise_id": result.selected[2], "kind": "routine"}]
    routes = {
        "month": "2026-12-01",
        "draw_digest": digest(result),
        "policy_digest": POLICY.digest,
        "routes": [
            {"route_id": "R1", "day": "2026-12-03", "stops": stops(result.selected[:1])},
            {"route_id": "R2", "day": "2026-12-03", "stops": stops([result.selected[1], "E9"])},
        ],
        "owed": owed,
    }
    shares = [
        (person, "2026-12-03", route, seat, 250_000)
        for route in ("R1", "R2")
        for seat in lottery.SEATS
        for person in ("P1", "P2", "P3", "P4")
    ]
    slots = {
        "month": "2026-12-01",
        "routes_digest": digest(routes),
        "policy_digest": POLICY.digest,
        "purpose": "people/2026-12",
        "draw_number": 4,
        "seats": [
            {"route_id": route, "seat": seat, "day": "2026-12-03"}
            for route in ("R1", "R2")
            for seat in lottery.SEATS
        ],
        "shares": [
            dict(zip(("inspector_id", "day", "route_id", "seat", "share_micro"), s, strict=True))
            for s in shares
        ],
        "bans": [],
        "guesses": [{"route_id": route, "best_micro": 500_000} for route in ("R1", "R2")],
        "root": lottery.merkle_root(shares),
        "commitment": lottery.commitment_of(b"second secret"),
        "event": {
            **plain(EVENT),
            "due_at": "2026-12-01T00:00:00Z",
            "reveal_by": "2026-12-02T00:00:00Z",
        },
        "frozen_at": "2026-11-30T14:00:00Z",
    }
    entries = [*chain_of(frame)]
    entries.append(next_entry(entries, "draw", frame.purpose, result))
    entries.append(next_entry(entries, "routes", "people/2026-12", routes))
    slots["previous"] = digest(entries[-1])
    entries.append(next_entry(entries, "slots", "people/2026-12", slots))
    rule = lottery.rule_of(POLICY.digest, digest(routes))
    seed = lottery.seed_of("people/2026-12", 4, str(slots["root"]), rule, b"second secret", "5 5 5")
    seated = lottery.round_flow(shares, seed, "people/2026-12")
    roster = {
        "month": "2026-12-01",
        "slots_digest": digest(slots),
        "routes_digest": digest(routes),
        "event_value": "5 5 5",
        "secret": b"second secret".hex(),
        "entered_by": list(PEOPLE),
        "entered_at": "2026-12-01T01:00:00Z",
        "seed": seed.hex(),
        "assignments": [
            {
                "route_id": route,
                "day": "2026-12-03",
                **{seat: seated[route, seat] for seat in lottery.SEATS},
            }
            for route in ("R1", "R2")
        ],
        "swaps": [],
        "repaired": [],
    }
    entries.append(next_entry(entries, "roster", "people/2026-12", roster))
    return sealed({
        "format": lottery.FORMAT,
        "frame": plain(frame),
        "draw": plain(result),
        "routes": routes,
        "slots": slots,
        "roster": roster,
        "chain": plain(entries),
        "names": {},
    })  # fmt: skip


def stops(enterprise_ids: Any) -> list[dict[str, str]]:
    return [{"enterprise_id": enterprise_id} for enterprise_id in enterprise_ids]
