"""Are officers who may not go together parted, by chance that anyone can replay, and by no more?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import plain
from riskengine.errors import NotAllowed
from riskengine.register import Known
from scheduler import lottery
from scheduler.lottery import Place, part_pairs, round_flow
from scheduler.roster.bans import mended
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import Effort, Roster, Routes, Slots
from scheduler.roster.plan import plan
from tests.scheduler.roster import small
from tests.scheduler.roster.test_people import people, route, routes

DAY, NEXT = (day.isoformat() for day in small.workdays(2))
SEED = hashlib.sha256(b"swaps").digest()
DATES = small.workdays(3)


def shares(able: Mapping[tuple[str, str, str], str]) -> list[lottery.Share]:
    """(day, route, seat) → the officers who may sit there, a letter each; their shares are even."""
    return [
        (one, *place, lottery.MICRO // len(names)) for place, names in able.items() for one in names
    ]


def seated(**routes_: str) -> dict[Place, str]:
    """Route → its lead and second, a letter each."""
    return {
        (route_id, seat): one
        for route_id, both in routes_.items()
        for seat, one in zip(lottery.SEATS, both, strict=True)
    }


def anywhere(names: str, **day_of: str) -> list[lottery.Share]:
    """Everybody may sit in every seat of the routes."""
    return shares({(day, r, seat): names for r, day in day_of.items() for seat in lottery.SEATS})


def parted(
    rows: list[lottery.Share], drawn: Mapping[Place, str], *bans: str
) -> tuple[dict[Place, str], tuple[lottery.Swap, ...]]:
    return part_pairs(rows, drawn, [tuple(ban) for ban in bans], SEED, "people/2026-12")


def teams(seats: Mapping[Place, str]) -> set[frozenset[str]]:
    ids = {route_id for route_id, _ in seats}
    return {frozenset(seats[route_id, seat] for seat in lottery.SEATS) for route_id in ids}


# ── swaps ─────────────────────────────────────────────────────────────────────────────────


def test_a_pair_nobody_bans_stays() -> None:
    drawn = seated(R1="AB", R2="CD")
    assert parted(anywhere("ABCD", R1=DAY, R2=DAY), drawn, "AC", "BD") == (drawn, ())


def test_a_banned_pair_changes_one_for_an_officer_of_the_same_day() -> None:
    drawn = seated(R1="AB", R2="CD")
    seats, (swap,) = parted(anywhere("ABCD", R1=DAY, R2=DAY), drawn, "AB")
    assert teams(seats) in ({frozenset("AC"), frozenset("BD")}, {frozenset("AD"), frozenset("BC")})
    assert (swap.day, swap.round, swap.route_id, swap.other_route_id) == (DAY, 0, "R1", "R2")


def test_no_exchange_makes_a_banned_pair_elsewhere() -> None:
    drawn = seated(R1="AB", R2="CD")
    seats, _ = parted(anywhere("ABCD", R1=DAY, R2=DAY), drawn, "AB", "AC")
    assert teams(seats) == {frozenset("AD"), frozenset("BC")}


def test_nobody_is_swapped_into_a_seat_he_or_she_has_no_share_in() -> None:
    able = {(DAY, "R1", "lead"): "AC", (DAY, "R1", "second"): "B"}
    able |= {(DAY, "R2", "lead"): "CA", (DAY, "R2", "second"): "D"}
    drawn = seated(R1="AB", R2="CD")
    seats, (swap,) = parted(shares(able), drawn, "AB")
    assert seats == seated(R1="CB", R2="AD")
    assert (swap.seat, swap.other_seat) == ("lead", "lead")
    only = shares({(DAY, r, seat): one for (r, seat), one in drawn.items()})
    assert parted(only, drawn, "AB") == (drawn, ())


def test_a_team_alone_on_its_day_changes_with_another_day() -> None:
    """Everybody keeps the number of field days, and nobody is sent twice on one day."""
    rows, drawn = anywhere("ABCD", R1=DAY, R2=NEXT), seated(R1="AB", R2="CD")
    seats, (swap,) = parted(rows, drawn, "AB")
    assert len(teams(seats) & {frozenset("AB")}) == 0
    assert sorted(seats.values()) == sorted(drawn.values())
    assert swap.round == lottery.SWAP_ROUNDS
    both_days = seated(R1="AB", R2="CA")  # A cannot move, and B for C would put A and B on R2
    assert parted(rows, both_days, "AB") == (both_days, ())


def test_the_order_of_rows_and_bans_changes_nothing() -> None:
    rows = anywhere("ABCDEF", R1=DAY, R2=DAY, R3=DAY)
    drawn = seated(R1="AB", R2="CD", R3="EF")
    once = parted(rows, drawn, "AB", "CD")
    assert parted(rows[::-1], dict(reversed(drawn.items())), "DC", "BA") == once
    assert len(once[1]) >= 1


def test_another_seed_chooses_other_exchanges() -> None:
    rows, drawn = anywhere("ABCDEF", R1=DAY, R2=DAY, R3=DAY), seated(R1="AB", R2="CD", R3="EF")
    made = {
        part_pairs(rows, drawn, [("A", "B")], hashlib.sha256(bytes([n])).digest(), "people")[1]
        for n in range(60)
    }
    assert len(made) == 8  # one of two seats for one of four


# ── what swaps cannot mend ────────────────────────────────────────────────────────────────

RING = {(DAY, "R1", "lead"): "A", (DAY, "R2", "lead"): "C", (DAY, "R3", "lead"): "E"}
RING |= {(DAY, "R1", "second"): "BF", (DAY, "R2", "second"): "DB", (DAY, "R3", "second"): "FD"}
"""B, D and F can only all move on by one seat: no exchange of two does it."""


def test_three_who_can_only_move_together_are_seated_by_a_solver() -> None:
    rows, drawn = shares(RING), seated(R1="AB", R2="CD", R3="EF")
    assert parted(rows, drawn, "AB") == (drawn, ())
    loads = dict.fromkeys("ABCDEF", (1, 1))
    final = mended(rows, drawn, [("A", "B")], loads)
    assert final.seated == seated(R1="AF", R2="CB", R3="ED")
    assert final.by_solver == (DAY,)
    assert [note.status for note in final.notes] == ["OPTIMAL"]
    again = mended(rows, final.seated, [("A", "B")], loads)
    assert (again.seated, again.by_solver, again.notes) == (final.seated, (), ())


def test_a_solver_agrees_with_the_draw_as_far_as_it_can_and_takes_the_lowest_number() -> None:
    rows = anywhere("ABCDE", R1=DAY)
    final = mended(rows, seated(R1="DE"), [("D", "E")], dict.fromkeys("ABCDE", (0, 1)))
    assert final.seated == seated(R1="AE")  # of AE, BE, CE, DA, DB, DC


def test_three_who_are_all_banned_and_a_fourth() -> None:
    """Shares of one half meet every ban in the mean, but every team that may go has the fourth:
    why bans are no rows of the programmes (sampling protocol §4.1)."""
    bans = [{"inspector_id": f"P0{a}", "other_id": f"P0{b}"} for a, b in ((0, 1), (0, 2), (1, 2))]
    known = people(4, pair_bans=bans)
    document = small.frozen(routes(route(1, DATES[0], "E1")), known, small.rules())
    on_route = Counter[str]()
    for share in document.shares:
        on_route[share.inspector_id] += share.share_micro
    assert set(on_route.values()) == {lottery.MICRO // 2}
    for value in range(20):
        (seats,) = small.drawn(document, value=str(value)).assignments
        assert "P03" in (seats.lead, seats.second)


def test_a_day_that_cannot_be_seated_under_the_bans_is_refused_with_their_names() -> None:
    two = small.known(
        enterprises=[small.enterprise(f"E{i}") for i in range(9)],
        inspectors=[small.officer(0), small.officer(1)],
        pair_bans=[{"inspector_id": "P01", "other_id": "P00"}],
    )
    with pytest.raises(NotAllowed) as refusal:
        small.frozen(routes(route(1, DATES[0], "E1")), two, small.rules())
    assert refusal.value.code == "bans_leave_no_seating"
    assert "示例0–示例1 不得同组" in refusal.value.sentence.zh
    assert "示例0–示例1 may not go together" in refusal.value.sentence.en


def test_a_month_that_cannot_be_seated_under_the_bans_is_refused() -> None:
    """Each day could go, with P02 beside one of the two; but P02 goes out on one day at most."""
    third = small.officer(2, working_share_bp=5000)
    known = people(
        3,
        inspectors=[small.officer(0), small.officer(1), third],
        pair_bans=[{"inspector_id": "P00", "other_id": "P01"}],
    )
    both = routes(route(1, DATES[0], "E1"), route(2, DATES[1], "E2"))
    with pytest.raises(NotAllowed) as refusal:
        small.frozen(both, known, small.rules(field_days_most=2, field_days_spread=2))
    assert refusal.value.code == "bans_leave_no_month"
    assert "示例0–示例1" in refusal.value.sentence.zh


# ── whole months ──────────────────────────────────────────────────────────────────────────


def month_with_bans(
    seed: int, *, visits: int = 14, officers: int = 8, days: int = 6, bans: int = 4
) -> tuple[Routes, Known, Any]:
    rng = np.random.default_rng(seed)
    asked, known, workdays = small.county(rng, visits, officers, days)
    pairs = [(a, b) for a in range(officers) for b in range(a)]
    chosen = [pairs[k] for k in rng.choice(len(pairs), bans, replace=False)]
    rows = [{"inspector_id": f"P{a:02d}", "other_id": f"P{b:02d}"} for a, b in chosen]
    rules = small.rules(field_days_most=4, field_days_spread=2)
    made = plan(
        asked,
        known,
        rules,
        month=small.MONTH,
        days=workdays,
        draw_digest="0" * 64,
        effort=Effort(iterations=50, ticks=2),
    )
    return made, small.with_rows(known, pair_bans=rows), rules


def rows_of(document: Slots) -> list[lottery.Share]:
    return [
        (s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro)
        for s in document.shares
    ]


def days_of(roster: Roster) -> Counter[tuple[str, dt.date]]:
    return Counter((who, a.day) for a in roster.assignments for who in (a.lead, a.second))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_every_drawn_roster_keeps_every_rule_and_swaps_keep_loads(seed: int) -> None:
    made, known, rules = month_with_bans(seed)
    try:
        document = small.frozen(made, known, rules)
    except NotAllowed as refusal:
        assert refusal.code.startswith("bans_leave_no")
        return
    for value in range(10):
        roster = small.drawn(document, value=str(value))
        assert broken_rules(made, roster, known, rules, days=made.days) == ()
        drawn = round_flow(rows_of(document), bytes.fromhex(roster.seed), document.purpose)
        day_of = {seat.route_id: seat.day for seat in document.seats}
        before = Counter((who, day_of[at[0]]) for at, who in drawn.items())
        if not roster.repaired:
            assert Counter(drawn.values()) == Counter(who for who, _ in days_of(roster).elements())
            if all(swap.round < lottery.SWAP_ROUNDS for swap in roster.swaps):
                assert days_of(roster) == before
        assert judged(document, roster) == []
        assert small.drawn(document, value=str(value)) == roster


def judged(document: Slots, roster: Roster) -> list[str]:
    """What the verifier says of the officers in their seats."""
    check = dict(lottery.CHECKS)["roster.assignments"]
    found = check({"slots": plain(document), "roster": plain(roster)})
    return [finding["zh"] for finding in found]


def swapped_month() -> tuple[Slots, Roster]:
    made, known, rules = month_with_bans(3, visits=40, officers=10, days=6, bans=8)
    document = small.frozen(made, known, rules)
    rosters = (small.drawn(document, value=str(value)) for value in range(200))
    return document, next(r for r in rosters if len(r.swaps) > 1 and not r.repaired)


def test_a_roster_swapped_by_hand_is_found_out() -> None:
    document, roster = swapped_month()
    assert judged(document, roster) == []
    first, *others = roster.assignments
    other = next(a for a in others if a.day == first.day)
    by_hand = tuple(
        replace(a, second=other.second if a is first else first.second)
        if a in (first, other)
        else a
        for a in roster.assignments
    )
    assert judged(document, replace(roster, assignments=by_hand))


def test_swaps_left_out_or_changed_are_found_out() -> None:
    document, roster = swapped_month()
    assert judged(document, replace(roster, swaps=roster.swaps[1:]))
    turned = replace(roster.swaps[0], round=1)
    assert judged(document, replace(roster, swaps=(turned, *roster.swaps[1:])))


def test_a_ban_taken_back_after_the_freeze_changes_the_root() -> None:
    document, _ = swapped_month()
    fewer = plain(replace(document, bans=document.bans[1:]))
    check = dict(lottery.CHECKS)["slots.root"]
    assert list(check({"slots": plain(document)})) == []
    assert [found["where"] for found in check({"slots": fewer})] == ["slots.root"]


# ── what a verifier says of a solver's days ───────────────────────────────────────────────


@pytest.fixture(scope="module")
def by_solver() -> tuple[Slots, Roster]:
    """A draw of the ring above that only a solver could mend."""
    plain_slots = small.frozen(
        routes(*(route(n, DATES[0], f"E{n}") for n in (1, 2, 3))), people(6), small.rules()
    )
    number = {letter: f"P0{n}" for n, letter in enumerate("ABCDEF")}
    kept = [
        replace(plain_slots.shares[0], inspector_id=number[one], day=DATES[0], route_id=at[0],
                seat=at[1], share_micro=micro)
        for one, _, *at, micro in shares(RING)
    ]  # fmt: skip
    ring = replace(plain_slots, shares=tuple(kept), bans=(("P00", "P01"),))
    rosters = (small.drawn(ring, value=str(value)) for value in range(50))
    return ring, next(roster for roster in rosters if roster.repaired)


def test_days_of_a_solver_are_named_and_checked(by_solver: tuple[Slots, Roster]) -> None:
    document, roster = by_solver
    assert roster.repaired == (DATES[0],)
    assert [note.name for note in roster.solver] == ["CP-SAT"]
    assert judged(document, roster) == []


def test_a_solver_may_not_break_seats_bans_or_field_days(by_solver: tuple[Slots, Roster]) -> None:
    document, roster = by_solver

    def forged(*teams_: str) -> list[str]:
        number = {letter: f"P0{n}" for n, letter in enumerate("ABCDEF")}
        pairs = zip(roster.assignments, teams_, strict=True)
        seats = [replace(a, lead=number[both[0]], second=number[both[1]]) for a, both in pairs]
        return judged(document, replace(roster, assignments=tuple(seats)))

    assert forged("AF", "CB", "ED") == []
    assert any("不得同组" in said for said in forged("AB", "CD", "EF"))
    assert any("没有席位" in said for said in forged("AF", "CD", "EB"))
    assert any("同时坐两个席位" in said for said in forged("AF", "CD", "EF"))


def test_a_solver_is_not_called_where_the_seed_left_no_pair(
    by_solver: tuple[Slots, Roster],
) -> None:
    document, _ = by_solver
    rosters = (small.drawn(document, value=str(value)) for value in range(50))
    mended_by_chance = next(roster for roster in rosters if not roster.repaired)
    said = judged(document, replace(mended_by_chance, repaired=(DATES[0],)))
    assert any("已没有不得同组的两人" in one for one in said)
