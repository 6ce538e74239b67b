"""Is every draw of people valid, as hard to guess as it can be, and made once by two people?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from riskengine.digest import digest
from riskengine.errors import (
    AlreadyFrozen,
    EventAlreadyKnown,
    NeedsSecondPerson,
    NotAllowed,
    SeedMismatch,
)
from riskengine.register import Known
from scheduler.chain import next_entry
from scheduler.lottery import commitment_of, merkle_root
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import SHARE_UNIT, Effort, Route, Routes, Slots, Stop
from scheduler.roster.people import slots
from scheduler.roster.plan import plan
from tests.scheduler.roster import small

DAYS = small.workdays(3)


def route(number: int, day: dt.date, *keys: str, sector: str = "freight") -> Route:
    stops = tuple(Stop(key, "routine", sector, 600, 600, 690) for key in keys)
    return Route(f"R{number}", day, stops, 510, 690, 800, 30)


def routes(*chosen: Route) -> Routes:
    return Routes(
        month=small.MONTH,
        as_of=dt.date(2026, 11, 25),
        draw_digest="0" * 64,
        policy_digest="0" * 64,
        days=DAYS,
        routes=chosen,
        owed=(),
        notes=(),
        solver=(),
    )


def people(number: int, **tables: Any) -> Known:
    officers = tables.pop("inspectors", [small.officer(i) for i in range(number)])
    places = [small.enterprise(f"E{i}") for i in range(9)]
    return small.known(enterprises=places, inspectors=officers, **tables)


def able(document: Slots, seat: str) -> set[str]:
    return {share.inspector_id for share in document.shares if share.seat == seat}


ONE = routes(route(1, DAYS[0], "E1"))
RULES = small.rules()


# ── who may sit where ─────────────────────────────────────────────────────────────────────


def test_with_equals_everybody_is_equally_likely() -> None:
    document = small.frozen(ONE, people(8), RULES)
    on_route = Counter[str]()
    for share in document.shares:
        on_route[share.inspector_id] += share.share_micro
    assert set(on_route.values()) == {SHARE_UNIT // 4}
    assert all(
        share.share_micro == pytest.approx(SHARE_UNIT / 8, rel=0.02) for share in document.shares
    )
    (guess,) = document.guesses
    assert (guess.best_micro, guess.leads, guess.seconds) == (SHARE_UNIT // 4, 8, 8)
    assert guess.reason is None


@pytest.mark.parametrize(
    "barred",
    [
        {"inspectors": [small.officer(0, certificate=None), *map(small.officer, (1, 2, 3))]},
        {
            "inspectors": [
                small.officer(0, certificate_expires_on=dt.date(2026, 11, 30)),
                *map(small.officer, (1, 2, 3)),
            ]
        },
        {"avoidances": [{"inspector_id": "P00", "enterprise_id": "E1"}]},
        {"absences": [{"inspector_id": "P00", "from_on": DAYS[0], "to_on": DAYS[0]}]},
    ],
    ids=["no certificate", "expired", "avoidance", "leave"],
)
def test_whom_a_rule_bars_has_no_share_in_either_seat(barred: dict[str, Any]) -> None:
    document = small.frozen(ONE, people(4, **barred), RULES)
    assert able(document, "lead") == able(document, "second") == {"P01", "P02", "P03"}


def test_without_the_licence_one_may_come_along_and_not_lead() -> None:
    officers = [small.officer(0, ["passenger"]), *map(small.officer, (1, 2, 3))]
    document = small.frozen(ONE, people(4, inspectors=officers), RULES)
    assert able(document, "lead") == {"P01", "P02", "P03"}
    assert "P00" in able(document, "second")


def test_the_root_is_over_the_shares_and_the_seats_are_those_of_the_routes() -> None:
    document = small.frozen(ONE, people(4), RULES)
    rows = [
        (s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro)
        for s in document.shares
    ]
    assert document.root == merkle_root(rows)
    assert [(s.route_id, s.seat, s.day) for s in document.seats] == [
        ("R1", "lead", DAYS[0]),
        ("R1", "second", DAYS[0]),
    ]
    assert document.routes_digest == digest(ONE)


def test_routes_whose_seats_cannot_be_filled_are_refused_with_the_route() -> None:
    both = routes(route(1, DAYS[0], "E1"), route(2, DAYS[0], "E2"))
    with pytest.raises(NotAllowed, match="R1"):
        small.frozen(both, people(3), RULES)


def test_an_empty_month_has_no_seats_and_an_empty_roster() -> None:
    document = small.frozen(routes(), people(3), RULES)
    assert (document.seats, document.shares) == ((), ())
    assert small.drawn(document).assignments == ()


# ── the draw ──────────────────────────────────────────────────────────────────────────────


def a_month() -> tuple[Routes, Known, Any]:
    asked, known, days = small.county(np.random.default_rng(11), 14, 7, 6)
    rules = small.rules(field_days_most=4, field_days_spread=2)
    made = plan(
        asked,
        known,
        rules,
        month=small.MONTH,
        days=days,
        draw_digest="0" * 64,
        effort=Effort(iterations=100, ticks=2),
    )
    return made, known, rules


def test_every_value_of_the_event_draws_a_valid_roster_and_not_always_the_same() -> None:
    made, known, rules = a_month()
    document = small.frozen(made, known, rules)
    expected = Counter[str]()
    for share in document.shares:
        expected[share.inspector_id] += share.share_micro
    rosters = set()
    for value in range(40):
        drawn = small.drawn(document, value=str(value))
        assert broken_rules(made, drawn, known, rules, days=made.days) == ()
        days = Counter(who for a in drawn.assignments for who in (a.lead, a.second))
        for inspector_id, micro in expected.items():
            assert micro // SHARE_UNIT <= days[inspector_id] <= -(-micro // SHARE_UNIT)
            bounds = document.least_days[inspector_id], document.most_days[inspector_id]
            assert bounds[0] <= days[inspector_id] <= bounds[1]
        rosters.add(drawn.assignments)
    assert len(rosters) > 30


def test_the_frequencies_of_the_draw_are_the_shares() -> None:
    officers = [small.officer(0), small.officer(1), *(small.officer(i, ["taxi"]) for i in (2, 3))]
    month = routes(route(1, DAYS[0], "E1"), route(2, DAYS[1], "E2"))
    document = small.frozen(month, people(4, inspectors=officers), RULES)
    chain = small.recorded(document)
    n = 1500
    seen = Counter[tuple[str, str, str]]()
    for value in range(n):
        for a in small.drawn(document, value=str(value), chain=chain).assignments:
            seen.update([(a.route_id, "lead", a.lead), (a.route_id, "second", a.second)])
    for share in document.shares:
        p = share.share_micro / SHARE_UNIT
        found = seen[share.route_id, share.seat, share.inspector_id] / n
        assert abs(found - p) <= 4.5 * (p * (1 - p) / n) ** 0.5 + 1e-9


def test_equal_input_gives_equal_slots_and_an_equal_roster() -> None:
    made, known, rules = a_month()
    first, second = (small.frozen(made, known, rules) for _ in range(2))
    assert digest(first) == digest(second)
    assert digest(small.drawn(first)) == digest(small.drawn(second))


# ── refusals ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def document() -> Slots:
    return small.frozen(ONE, people(4), RULES)


def test_slots_are_not_frozen_after_the_event() -> None:
    with pytest.raises(EventAlreadyKnown):
        slots(
            ONE,
            people(4),
            RULES,
            chain=(),
            event=small.EVENT,
            commitment=commitment_of(small.SECRET),
            frozen_at="2026-11-30T12:00:00Z",
        )


def test_one_person_does_not_enter_the_event_alone(document: Slots) -> None:
    with pytest.raises(NeedsSecondPerson):
        small.drawn(document, entered_by=("示例甲", "示例甲 "))


def test_the_draw_waits_for_the_event(document: Slots) -> None:
    with pytest.raises(NotAllowed) as refusal:
        small.drawn(document, entered_at="2026-11-30T11:59:59Z")
    assert refusal.value.code == "event_not_due"


@pytest.mark.parametrize("secret", [b"another secret", b"", None])
def test_the_secret_is_the_one_committed_to_and_is_not_withheld(
    document: Slots, secret: bytes | None
) -> None:
    with pytest.raises(SeedMismatch):
        small.drawn(document, secret=secret)


def test_people_are_drawn_once(document: Slots) -> None:
    chain = small.recorded(document)
    roster = small.drawn(document, chain=chain)
    again = (*chain, next_entry(chain, "roster", document.purpose, roster))
    with pytest.raises(AlreadyFrozen) as refusal:
        small.drawn(document, value="08 13", chain=again)
    assert refusal.value.code == "frame_drawn"


def test_slots_nobody_published_are_not_drawn_from(document: Slots) -> None:
    with pytest.raises(SeedMismatch):
        small.drawn(replace(document, commitment="1" * 64), chain=small.recorded(document))


def test_a_second_freeze_names_the_first_and_the_reason(document: Slots) -> None:
    chain = small.recorded(document)
    with pytest.raises(AlreadyFrozen) as refusal:
        small.frozen(ONE, people(5), RULES, chain=chain)
    assert refusal.value.code == "frame_frozen"
    later = slots(
        ONE,
        people(5),
        RULES,
        chain=chain,
        event=small.EVENT,
        commitment=commitment_of(small.SECRET),
        frozen_at="2026-11-29T13:00:00Z",
        replaces=digest(document),
        reason="示例4 加入",
    )
    longer = small.recorded(later, chain)
    assert small.drawn(later, chain=longer).assignments
    with pytest.raises(AlreadyFrozen):
        small.drawn(document, chain=longer)
