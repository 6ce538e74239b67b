"""Does every seat ask for what the route needs, and do the two lists together cover it?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.errors import NotAllowed
from riskengine.register import Known
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import Effort, Route, Routes, Slots
from scheduler.roster.plan import plan
from scheduler.roster.rules import officers_of
from scheduler.roster.seats import Choice, Seating, easiest, heaviest, splits
from tests.scheduler.roster import small
from tests.scheduler.roster.test_people import route, routes

DAYS = small.workdays(3)
F, P, R = "freight", "passenger", "repair_major"


def crew(*held: Sequence[str]) -> Known:
    """An officer for each list of sectors; E1 freight, E2 passenger, E3 repair."""
    sectors = {"E1": F, "E2": P, "E3": R}
    places = [small.enterprise(key, 1.0, 1.0, sector=sectors[key]) for key in sectors]
    officers = [small.officer(n, sectors) for n, sectors in enumerate(held)]
    return small.known(enterprises=places, inspectors=officers)


def mixed(*sectors: str) -> Route:
    """One route with a visit of each sector."""
    key_of = {F: "E1", P: "E2", R: "E3"}
    whole = route(1, DAYS[0], *(key_of[sector] for sector in sectors))
    stops = zip(whole.stops, sectors, strict=True)
    return replace(whole, stops=tuple(replace(stop, sector=sector) for stop, sector in stops))


JOINT = small.rules(seat_cover="joint")


# ── lists ─────────────────────────────────────────────────────────────────────────────────


@given(st.sets(st.sampled_from("ABCDE"), max_size=5))
def test_every_way_covers_the_route_once_and_no_way_stands_twice(sectors: set[str]) -> None:
    ways = splits(sectors, "joint")
    assert ways[0] == (tuple(sorted(sectors)), ()) and splits(sectors, "strict") == ways[:1]
    for lead, second in ways:
        assert sorted(lead + second) == sorted(sectors)
        assert len(lead) >= len(second)
    pairs = [frozenset((lead, second)) for lead, second in ways]
    assert len(set(pairs)) == len(pairs) == max(2 ** (len(sectors) - 1), 1)


def test_days_are_planned_with_the_way_most_officers_can_take() -> None:
    officers = officers_of(crew([F, P], [F], [F], [P], [P]))
    everyone = frozenset(range(5))
    lists, seats = easiest(officers, everyone, {F, P}, "joint")
    assert lists == ((F,), (P,))
    assert (seats.leads, seats.seconds) == ({0, 1, 2}, {0, 3, 4})
    assert easiest(officers, everyone, {F, P}, "strict")[1].leads == {0}
    assert easiest(officers, everyone, {F}, "joint")[0] == ((F,), ())


def test_the_heaviest_way_spares_the_officer_with_the_rare_certificate() -> None:
    """Of two routes on a day only one can have the officer who holds both."""
    both = Seating(frozenset({0}), frozenset({1, 2, 3}))
    halves = Seating(frozenset({0, 1, 2}), frozenset({0, 3, 4}))
    only_first = Choice(DAYS[0], (both,))
    chosen = heaviest([only_first, Choice(DAYS[0], (both, halves))], [0] * 5, [1] * 5)
    assert chosen == (0, 1)
    assert heaviest([only_first, only_first], [0] * 5, [1] * 5) is None


# ── slots and draws ───────────────────────────────────────────────────────────────────────


def test_strict_asks_everything_of_the_lead_and_nothing_of_the_second() -> None:
    known = crew([F, P], [F, P], [F], [])
    document = small.frozen(routes(mixed(F, P)), known, small.rules())
    assert [(seat.seat, seat.sectors) for seat in document.seats] == [
        ("lead", (F, P)),
        ("second", ()),
    ]


def test_two_who_hold_one_half_each_go_only_where_they_may_cover_together() -> None:
    month, known = routes(mixed(F, P)), crew([F], [F], [P], [P])
    with pytest.raises(NotAllowed, match="R1"):
        small.frozen(month, known, small.rules())
    document = small.frozen(month, known, JOINT)
    assert [seat.sectors for seat in document.seats] == [(F,), (P,)]
    assert able(document, "lead") == {"P00", "P01"} and able(document, "second") == {"P02", "P03"}
    for value in range(5):
        roster = small.drawn(document, value=str(value))
        assert "seat_licence" not in rules_broken(month, roster, known)


def test_who_holds_none_of_three_has_no_share() -> None:
    """Certificates FP, FR, PR and none on a route of F, P and R: shares of one half cover every
    sector in the mean, yet the fourth is in no pair that covers it (sampling protocol §4.1)."""
    known = crew([F, P], [F, R], [P, R], [])
    document = small.frozen(routes(mixed(F, P, R)), known, JOINT)
    assert {share.inspector_id for share in document.shares} == {"P00", "P01", "P02"}
    lead, second = (set(seat.sectors) for seat in document.seats)
    assert lead | second == {F, P, R} and len(lead) == 2
    with pytest.raises(NotAllowed):
        small.frozen(routes(mixed(F, P, R)), known, small.rules())


def able(document: Slots, seat: str) -> set[str]:
    return {share.inspector_id for share in document.shares if share.seat == seat}


def rules_broken(month: Routes, roster: Any, known: Known) -> set[str]:
    found = broken_rules(month, roster, known, JOINT, days=month.days)
    return {broken.rule for broken in found}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_every_roster_drawn_where_pairs_cover_together_keeps_every_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    asked, known, days = small.county(rng, 16, 8, 6)
    rules = small.rules(field_days_most=4, field_days_spread=2, seat_cover="joint")
    made = plan(
        asked,
        known,
        rules,
        month=small.MONTH,
        days=days,
        draw_digest="0" * 64,
        effort=Effort(iterations=50, ticks=2),
    )
    assert broken_rules(made, None, known, rules, days=made.days) == ()
    document = small.frozen(made, known, rules)
    lists = {(seat.route_id, seat.seat): set(seat.sectors) for seat in document.seats}
    held = {officer.inspector_id: officer.sectors for officer in officers_of(known)}
    for one in made.routes:
        both = [lists[one.route_id, seat] for seat in ("lead", "second")]
        assert set.union(*both) == {stop.sector for stop in one.stops}
    for value in range(8):
        roster = small.drawn(document, value=str(value))
        assert broken_rules(made, roster, known, rules, days=made.days) == ()
        for a in roster.assignments:
            assert lists[a.route_id, "lead"] <= held[a.lead]
            assert lists[a.route_id, "second"] <= held[a.second]


def test_a_plan_puts_sectors_together_that_no_single_lead_holds() -> None:
    """Two neighbours, one day, two officers of one certificate each: one route does both visits."""
    known = crew([F], [P])
    asked = [small.visit("E1", F), small.visit("E2", P)]

    def served(cover: str) -> int:
        made = plan(
            asked,
            known,
            small.rules(seat_cover=cover),
            month=small.MONTH,
            days=DAYS[:1],
            draw_digest="0" * 64,
            effort=Effort(iterations=50, ticks=2),
        )
        return sum(len(one.stops) for one in made.routes)

    assert (served("strict"), served("joint")) == (1, 2)


def test_no_pair_covers_what_its_union_does_not() -> None:
    officers = officers_of(crew([F, P], [F, R], [P, R], [], [F]))
    for way in splits({F, P, R}, "joint"):
        for i, j in itertools.permutations(range(5), 2):
            lead, second = (set(asked) for asked in way)
            if lead <= officers[i].sectors and second <= officers[j].sectors:
                assert {F, P, R} <= officers[i].sectors | officers[j].sectors
