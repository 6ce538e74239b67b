"""Small months by hand, and larger ones from a generator, for the tests of the roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from riskengine.fields import schema_of, table_of_fields
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.chain import Chain, ChainEntry, next_entry
from scheduler.event import Event
from scheduler.lottery import commitment_of
from scheduler.roster.documents import Roster, Routes, Slots, Visit
from scheduler.roster.people import slots, staff
from tests.scheduler import by_hand

MONTH = dt.date(2026, 12, 1)
BASE = (114.85, 38.02)
SECTORS = ("dangerous_goods", "passenger", "freight", "repair_major")
MINUTES = {"dangerous_goods": 150, "passenger": 120, "freight": 90, "repair_major": 90}


def rules(**changes: Any) -> PolicyView:
    """The rules of the neighbours' tests, with those of the roster changed by name."""
    roster = replace(by_hand.ROSTER, visit_minutes=MINUTES, least_training_hours=0)
    return replace(by_hand.policy(roster=replace(roster, **changes)), digest="0" * 64)


def workdays(n: int) -> tuple[dt.date, ...]:
    """The first n weekdays of the month."""
    days = (MONTH + dt.timedelta(days=k) for k in range(31))
    return tuple(day for day in days if day.weekday() < 5)[:n]


def known(**rows: Sequence[dict[str, Any]]) -> Known:
    """What is known: rows by table, cells not given are null."""
    tables = {
        name: pa.Table.from_pylist(
            [dict.fromkeys(schema_of(name).names) | row for row in rows.get(name, ())],
            schema=schema_of(name),
        )
        for name in table_of_fields()
    }
    return Known(dt.date(2026, 11, 25), tables, "0" * 64)


def with_rows(tables: Known, **rows: Sequence[dict[str, Any]]) -> Known:
    """What is known, with the rows of some tables exchanged."""
    changed = known(**rows).tables
    return replace(tables, tables=tables.tables | {name: changed[name] for name in rows})


def officer(number: int, sectors: Sequence[str] = SECTORS, **facts: Any) -> dict[str, Any]:
    """An officer at the base whom nothing keeps from going out."""
    return {
        "inspector_id": f"P{number:02d}",
        "name": f"示例{number}",
        "certificate": f"ZF{number:04d}",
        "certificate_expires_on": dt.date(2027, 6, 30),
        "sectors": ";".join(sorted(sectors)),
        "base_longitude": BASE[0],
        "base_latitude": BASE[1],
        "training_hours": 60,
    } | facts


def enterprise(
    key: str, east_km: float = 0.0, north_km: float = 0.0, **facts: Any
) -> dict[str, Any]:
    """An enterprise some kilometres from the base."""
    return {
        "enterprise_id": key,
        "name": f"示例企业{key}",
        "sector": "freight",
        "longitude": BASE[0] + east_km / 87.6,
        "latitude": BASE[1] + north_km / 111.195,
    } | facts


def visit(key: str, sector: str = "freight", **facts: Any) -> Visit:
    """A drawn visit of worth 10."""
    usual = {"kind": "routine", "minutes": MINUTES[sector], "is_must": False, "worth": 10}
    return Visit(enterprise_id=key, sector=sector, **(usual | facts))


EVENT = Event("public_value", "示例开奖", "https://example.org", "2026-11-30T12:00:00Z")
SECRET = b"a secret of the bureau, 32 bytes"


def frozen(routes: Routes, tables: Known, policy: PolicyView, chain: Chain = ()) -> Slots:
    """Slots frozen the day before the event."""
    return slots(
        routes,
        tables,
        policy,
        chain=chain,
        event=EVENT,
        commitment=commitment_of(SECRET),
        frozen_at="2026-11-29T12:00:00Z",
    )


def recorded(document: Slots, chain: Chain = ()) -> tuple[ChainEntry, ...]:
    """The chain with these slots at its end."""
    return (*chain, next_entry(chain, "slots", document.purpose, document))


def drawn(document: Slots, value: str = "07 12", **wishes: Any) -> Roster:
    """The roster of a value of the event, entered by two people."""
    usual = {
        "secret": SECRET,
        "entered_by": ("示例甲", "示例乙"),
        "entered_at": "2026-11-30T13:00:00Z",
        "chain": recorded(document),
    }
    return staff(document, event_value=value, **(usual | wishes))


def county(
    rng: np.random.Generator, visits: int, officers: int, days: int, spread_km: float = 15.0
) -> tuple[tuple[Visit, ...], Known, tuple[dt.date, ...]]:
    """A month of random places, licences, leave and avoidances."""
    keys = [f"E{i:04d}" for i in range(visits)]
    sectors = [str(s) for s in rng.choice(SECTORS, visits, p=(0.2, 0.2, 0.3, 0.3))]
    asked = [
        visit(key, sector, worth=int(rng.integers(1, 100)), is_must=bool(rng.random() < 0.05))
        for key, sector in zip(keys, sectors, strict=True)
    ]
    people = []
    for i in range(officers):
        held = [s for s in SECTORS if rng.random() < 0.7] or ["freight"]
        people.append(officer(i, held))
    month = workdays(days)
    absences = []
    for i in range(officers):
        first = int(rng.integers(0, days))
        last = min(first + int(rng.integers(0, 3)), days - 1)
        absences.append(
            {"inspector_id": f"P{i:02d}", "from_on": month[first], "to_on": month[last]}
        )
    avoidances = [
        {"inspector_id": f"P{i:02d}", "enterprise_id": key}
        for i in range(officers)
        for key in keys
        if rng.random() < 0.05
    ]
    places = [
        enterprise(key, *rng.uniform(-spread_km, spread_km, 2), sector=sector)
        for key, sector in zip(keys, sectors, strict=True)
    ]
    tables = known(enterprises=places, inspectors=people, absences=absences, avoidances=avoidances)
    return tuple(asked), tables, month
