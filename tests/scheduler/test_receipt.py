"""Does a receipt prove one's own part of a draw alone, and is every change in it found?"""

from __future__ import annotations

import copy
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import canonical, digest
from riskengine.errors import NotFound
from scheduler import beacon, lottery
from scheduler.draw import Draw, Event, Frame, Reserve, weighed
from scheduler.event import Promise, of_beacon
from scheduler.lottery import NANO, SEATS, check_receipt, climb, merkle_path, merkle_root
from scheduler.receipt import Receipt, enterprise_receipts, officer_receipts
from scheduler.roster.documents import Assignment, Seat, Share, Swap
from tests.scheduler.small_month import EVENT, SECRET, drawn, frozen, sealed
from tests.scheduler.test_beacon import VALUE

ROUND_1000 = VALUE["quicknet", 1000]
LOTTERY = Path(lottery.__file__)
Place = tuple[str | int, ...]


# ── Merkle paths ──────────────────────────────────────────────────────────────────────────


@given(
    st.lists(st.tuples(st.text("abc甲", max_size=3), st.integers(0, 9)), min_size=1, max_size=40)
)
def test_every_row_climbs_to_the_root(rows: list[tuple[str, int]]) -> None:
    root = merkle_root(rows)
    assert all(climb(row, path) == root for row, path in zip(
        rows, lottery.merkle_paths(rows), strict=True
    ))  # fmt: skip
    assert climb(rows[0], merkle_path(rows, rows[0])) == root


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6, 7, 8, 9])
def test_no_other_row_climbs_to_the_root(number: int) -> None:
    rows = [(f"E{i}", i) for i in range(number)]
    for row in rows:
        path = merkle_path(rows, row)
        assert climb((row[0], row[1] + 1), path) != merkle_root(rows)
        for place, sibling in enumerate(path):
            turned = {"L": "R", "R": "L"}[sibling[0]] + sibling[1:]
            assert climb(row, (*path[:place], turned, *path[place + 1 :])) != merkle_root(rows)


def test_a_row_moved_up_alone_has_a_shorter_path() -> None:
    rows = [("E1", 1), ("E2", 2), ("E3", 3)]
    assert sorted(len(merkle_path(rows, row)) for row in rows) == [1, 2, 2]


def test_a_row_of_no_list_has_no_path() -> None:
    with pytest.raises(lottery.LotteryError, check=lambda e: e.code == "not_listed"):
        merkle_path([("E1", 1)], ("E2", 1))
    with pytest.raises(lottery.LotteryError, check=lambda e: e.code == "path_unreadable"):
        climb(("E1", 1), ["l" + "0" * 64])


# ── enterprises ───────────────────────────────────────────────────────────────────────────


def everyone(frame: Frame, result: Draw) -> tuple[Receipt, ...]:
    ids = [row.enterprise_id for row in frame.rows] + [m.enterprise_id for m in frame.must]
    return enterprise_receipts(frame, result, ids, {"E4": "示例运输"})


def receipts() -> tuple[Receipt, ...]:
    frame = frozen()
    return everyone(frame, drawn(frame))


def by_tickets(
    rows: list[tuple[str, int, str, str, str]] | None = None, strata: int | None = None
) -> tuple[Frame, Draw]:
    """A list drawn by tickets; with `strata` given λ is π, as a receipt does not ask more."""
    frame = frozen(rows)
    weights, deepest = frame.rows, strata
    if strata is None:
        weights, deepest = weighed(frame.rows, "pareto", frame.levels)
    root = merkle_root(tuple([getattr(row, name) for name in lottery.LEAF]) for row in weights)
    frame = replace(frame, engine="pareto", strata=deepest, rows=weights, root=root)
    return frame, drawn(frame)


BOTH = {"duel": receipts, "pareto": lambda: everyone(*by_tickets())}


@pytest.mark.parametrize("engine", BOTH)
def test_a_receipt_of_everyone_is_sound(engine: str) -> None:
    made = BOTH[engine]()
    assert [check_receipt(receipt, canonical(receipt)) for receipt in made] == [[]] * len(made)
    assert sum(receipt["is_drawn"] for receipt in made) == 3
    assert {receipt["frame"]["engine"] for receipt in made} == {engine}


def test_the_chance_runs_from_pi_to_the_result_without_a_gap() -> None:
    for receipt in receipts()[:6]:
        mine = receipt["row"]["pi_nano"]
        assert receipt["duels"]
        for duel in lottery.duels_of(receipt):
            assert mine == (duel.a if duel.carrier == receipt["id"] else duel.b)
            mine = duel.a_after if duel.carrier == receipt["id"] else duel.b_after
        assert mine == NANO * receipt["is_drawn"]


def test_receipts_made_together_are_those_made_alone() -> None:
    frame = frozen()
    result = drawn(frame)
    for receipt in everyone(frame, result):
        (alone,) = enterprise_receipts(frame, result, [receipt["id"]], {"E4": "示例运输"})
        assert canonical(alone) == canonical(receipt)


def test_a_visit_outside_the_draw_has_no_probability_and_says_so() -> None:
    outside = receipts()[-1]
    assert (outside["id"], outside["row"], outside["is_drawn"]) == ("E9", None, False)
    assert outside["must"]["kind"] == "case"
    told = "\n".join(lottery._told(outside))
    assert "没有概率" in told and "no probability" in told and "a complaint" in told
    assert "概率 π" not in told


def test_an_enterprise_of_no_list_is_refused() -> None:
    frame = frozen()
    with pytest.raises(NotFound, check=lambda e: e.code == "receipt_not_listed"):
        enterprise_receipts(frame, drawn(frame), ["E8"])


def test_a_reserve_is_told_its_place() -> None:
    frame = frozen()
    result = replace(drawn(frame), reserves=(Reserve("C", "freight", ("E1", "E4")),))
    places = {r["id"]: r["reserve"] for r in everyone(frame, result)}
    assert (places["E1"], places["E4"], places["E5"]) == (1, 2, 0)


def test_certain_and_impossible_enterprises_fight_no_duel() -> None:
    rows = [("必", NANO, "C", "freight", ""), ("不", 0, "C", "freight", "")]
    for frame, result in [(frozen(rows), drawn(frozen(rows))), by_tickets(rows)]:
        by_id = {receipt["id"]: receipt for receipt in everyone(frame, result)}
        assert [check_receipt(by_id[one]) for one in ("必", "不")] == [[], []]
        assert (by_id["必"]["is_drawn"], by_id["不"]["is_drawn"]) == (True, False)
        assert by_id["必"]["duels"] == by_id["不"]["duels"] == []
        assert by_id["不"]["ticket"] is None


@pytest.mark.parametrize("pi", [0, NANO])
def test_a_list_of_one_has_an_empty_path(pi: int) -> None:
    frame = frozen([("独一户", pi, "C", "freight", "")])
    (receipt, _) = everyone(frame, drawn(frame))
    assert (receipt["path"], receipt["is_drawn"]) == ([], pi == NANO)
    assert check_receipt(receipt) == []


@st.composite
def frames(draw: st.DrawFn) -> list[tuple[str, int, str, str, str]]:
    """Lists with Σπ whole in every grade."""
    rows = []
    for grade in draw(st.sampled_from(["C", "CD"])):
        pi = draw(
            st.lists(st.sampled_from([0, 1, NANO]) | st.integers(0, NANO), min_size=1, max_size=9)
        )
        surplus = sum(pi) % NANO
        for i, p in enumerate(pi):
            pi[i] -= min(p, surplus)
            surplus -= min(p, surplus)
        places = st.tuples(st.sampled_from(["freight", "taxi"]), st.sampled_from(["东镇", ""]))
        rows += [(f"{grade}{i}号", p, grade, *draw(places)) for i, p in enumerate(pi)]
    return rows


@settings(max_examples=40, deadline=None)
@given(frames(), st.sampled_from([0, 1]))
def test_receipts_of_any_list_and_engine_are_sound(
    rows: list[tuple[str, int, str, str, str]], strata: int
) -> None:
    frame = frozen(rows)
    for one, result in [(frame, drawn(frame)), by_tickets(rows, strata)]:
        made = everyone(one, result)
        assert [check_receipt(receipt, canonical(receipt)) for receipt in made] == [[]] * len(made)
        assert {r["id"] for r in made if r["is_drawn"]} == set(result.selected)


# ── events and secrets ────────────────────────────────────────────────────────────────────


def test_a_withheld_secret_is_said_and_counts_as_empty() -> None:
    frame = frozen()
    result = drawn(frame, secret=None, withheld=True, entered_at="2026-12-02T13:00:00Z")
    receipt = everyone(frame, result)[0]
    assert check_receipt(receipt) == []
    assert "withheld" in "\n".join(lottery._told(receipt))
    opened = changed(receipt, ("draw", "secret"), SECRET.hex())
    assert wheres(sealed(opened)) >= {"draw.secret", "draw.seed"}


def test_secrets_that_two_people_promised_are_checked() -> None:
    secrets = {"张三": b"one".hex(), "李四": b"two".hex()}
    promises = tuple(Promise(name, lottery.commitment_of(bytes.fromhex(secret)))
                     for name, secret in secrets.items())  # fmt: skip
    frame = frozen(event=Event("commit_reveal", "当面揭示", "会议室", EVENT.due_at, promises))
    receipt = everyone(frame, drawn(frame, event_value=lottery.join_reveals(secrets)))[3]
    assert check_receipt(receipt) == []
    other = lottery.join_reveals({**secrets, "李四": b"six".hex()})
    assert "draw.event_value" in wheres(sealed(changed(receipt, ("draw", "event_value"), other)))


def test_a_receipt_of_a_beacon_is_checked_up_to_its_signature() -> None:
    frame = frozen(event=of_beacon("quicknet", 1000), frozen_at="2023-08-20T00:00:00Z")
    result = drawn(frame, event_value=ROUND_1000, entered_at="2023-08-23T16:00:00Z")
    receipt = everyone(frame, result)[0]
    assert check_receipt(receipt) == beacon.verify(receipt) == []
    assert "BLS" in "\n".join(lottery._told(receipt))
    for place, value in [(("frame", "event", "round"), 1001), (("draw", "event_value"), "0" * 96)]:
        assert beacon.verify(sealed(changed(receipt, place, value)))


# ── officers ──────────────────────────────────────────────────────────────────────────────

PEOPLE = ("P1", "P2", "P3", "P4", "P6", "警5")
DAYS = {"R1": dt.date(2026, 12, 3), "R2": dt.date(2026, 12, 3), "R3": dt.date(2026, 12, 4)}
BANS = (("P1", "P2"), ("P3", "P4"), ("P6", "警5"))


def staffed(bans: Sequence[tuple[str, str]] = BANS, value: str = "5 5 5") -> tuple[Any, Any]:
    """What a receipt reads of slots and a roster: six officers, three routes on two days."""
    frame, purpose = frozen(), "people/2026-12"
    micro = [166_667] * 4 + [166_666] * 2
    shares = [Share(person, DAYS[route], route, seat, share)
              for route in DAYS for seat in SEATS
              for person, share in zip(PEOPLE, micro, strict=True)]  # fmt: skip
    rows = [(s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro) for s in shares]
    root = lottery.merkle_root(lottery.slots_leaves(rows, bans))
    rule = lottery.rule_of("5" * 64, "6" * 64)
    seed = lottery.seed_of(purpose, 3, root, rule, SECRET, value)
    alone = lottery.round_flow(rows, seed, purpose)
    seated, swaps = lottery.part_pairs(rows, alone, bans, seed, purpose)
    slots = SimpleNamespace(
        month=frame.month, purpose=purpose, draw_number=3, root=root, policy_digest="5" * 64,
        routes_digest="6" * 64, event=frame.event, commitment=frame.commitment,
        frozen_at=frame.frozen_at, shares=shares, bans=bans,
        seats=[Seat(route, seat, DAYS[route], ()) for route in DAYS for seat in SEATS],
    )  # fmt: skip
    roster = SimpleNamespace(
        slots_digest="7" * 64, event_value=value, secret=SECRET.hex(), entered_by=("张三", "李四"),
        entered_at="2026-11-30T13:00:00Z", seed=seed.hex(), repaired=(),
        swaps=tuple(Swap(dt.date.fromisoformat(swap[0]), *swap[1:]) for swap in swaps),
        assignments=[Assignment(r, DAYS[r], seated[r, "lead"], seated[r, "second"]) for r in DAYS],
    )  # fmt: skip
    return slots, roster


@pytest.mark.parametrize("value", ["1", "2", "3", "4", "5", "6", "7", "8"])
def test_every_officer_has_a_sound_receipt_that_ends_in_the_seats(value: str) -> None:
    slots, roster = staffed(value=value)
    made = officer_receipts(slots, roster, PEOPLE, {"P1": "示例甲"})
    assert [check_receipt(receipt, canonical(receipt)) for receipt in made] == [[]] * len(made)
    seated = {(a.route_id, seat, getattr(a, seat)) for a in roster.assignments for seat in SEATS}
    assert seated == {(s["route_id"], s["seat"], r["id"]) for r in made for s in r["seats"]}
    for receipt in made:
        assert receipt["steps"]


def swapped() -> tuple[Any, Any]:
    """A roster in which a banned pair was parted."""
    months = (staffed(value=str(value)) for value in range(100))
    return next(month for month in months if month[1].swaps)


def test_a_swap_after_the_draw_stands_in_the_receipts_of_both() -> None:
    slots, roster = swapped()
    made = officer_receipts(slots, roster, PEOPLE)
    moved = [receipt for receipt in made if receipt["swaps"]]
    assert len(moved) >= 2
    for receipt in moved:
        assert receipt["drawn"] != receipt["seats"]
        assert check_receipt(receipt) == []
        assert "对调" in "\n".join(lottery._told(receipt))
        assert "seats" in wheres(sealed(changed(receipt, ("swaps",), [])))


def test_seats_a_solver_chose_are_said_to_be_no_lottery() -> None:
    slots, roster = staffed()
    roster.repaired, roster.swaps = (DAYS["R3"],), ()
    lead, second = (getattr(roster.assignments[2], seat) for seat in SEATS)
    roster.assignments[2] = Assignment("R3", DAYS["R3"], second, lead)
    receipt, _ = officer_receipts(slots, roster, [lead, second])
    assert check_receipt(receipt) == []
    assert "求解器" in "\n".join(lottery._told(receipt))


def test_an_officer_without_a_share_is_refused() -> None:
    with pytest.raises(NotFound, check=lambda e: e.code == "receipt_no_seat"):
        officer_receipts(*staffed(), ["P9"])


# ── a change is found ─────────────────────────────────────────────────────────────────────


def wheres(receipt: Receipt) -> set[str]:
    return {finding["where"].partition("[")[0] for finding in check_receipt(receipt)}


def changed(receipt: Receipt, path: Place, value: Any) -> Receipt:
    """A copy with another value at one place."""
    copied = copy.deepcopy(receipt)
    inside: Any = copied
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    return copied


def leaves(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every single value of a receipt, and where it stands."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key), item


def otherwise(value: Any) -> Any:
    """The least change of a value."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "0"
    return [0]


def of_each_kind() -> dict[str, Receipt]:
    enterprise = receipts()
    slots, roster = swapped()
    officer = next(r for r in officer_receipts(slots, roster, PEOPLE) if r["swaps"])
    tickets = everyone(*by_tickets())
    return {"enterprise": enterprise[3], "outside": enterprise[-1], "ticket": tickets[3],
            "officer": officer}  # fmt: skip


KINDS = of_each_kind()
PUBLISHED = {
    "name", "reserve", "must", "repaired",
    "frame.enterprises", "frame.visits", "frame.frozen_at", "frame.event",
    "slots.officers", "slots.seats", "slots.frozen_at", "slots.event",
    "draw.frame_digest", "draw.entered_by", "draw.entered_at",
    "roster.slots_digest", "roster.entered_by", "roster.entered_at",
    "ticket.drawn", "ticket.threshold", "swaps.day", "swaps.round",
}  # fmt: skip
"""What a receipt repeats as it was published; the bundle, not the receipt, proves it."""


@pytest.mark.parametrize("kind", KINDS)
def test_any_changed_value_is_found(kind: str) -> None:
    receipt = KINDS[kind]
    for path, value in leaves(receipt):
        assert check_receipt(changed(receipt, path, otherwise(value))), path


@pytest.mark.parametrize("kind", KINDS)
def test_a_forger_who_renews_the_digest_is_found_in_every_proven_value(kind: str) -> None:
    receipt, proven = KINDS[kind], 0
    published = (*PUBLISHED, "id") if kind == "outside" else tuple(PUBLISHED)
    for path, value in leaves(receipt):
        forged = sealed(changed(receipt, path, otherwise(value)))
        if path != ("digest",) and not check_receipt(forged):
            names = ".".join(part for part in path if isinstance(part, str))
            assert names.startswith(published), path
        elif path != ("digest",):
            proven += 1
    assert proven > {"outside": 7}.get(kind, 15)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_any_changed_byte_of_the_file_is_found(kind: str, data: st.DataObject) -> None:
    raw = bytearray(canonical(KINDS[kind]))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        receipt = lottery.parse_bundle(bytes(raw))
    except lottery.LotteryError:
        return
    assert lottery.check_file(receipt, bytes(raw))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_no_misshapen_receipt_makes_the_verifier_fall(kind: str, data: st.DataObject) -> None:
    receipt = KINDS[kind]
    path, _ = data.draw(st.sampled_from(list(leaves(receipt))))
    part = path[: data.draw(st.integers(1, len(path)))]
    junk = data.draw(st.sampled_from([None, "", "甲", -1, 2**70, [], [[]], {}, {"a": 1}, True]))
    forged = sealed(changed(receipt, part, junk))
    assert isinstance(check_receipt(forged), list)
    assert check_receipt(changed(receipt, part, junk)) or canonical(forged) == canonical(receipt)


def test_a_duel_that_was_never_fought_is_found() -> None:
    receipt = KINDS["enterprise"]
    first, *rest = receipt["duels"]
    twice = sealed(changed(receipt, ("duels",), [first, first, *rest]))
    less = sealed(changed(receipt, ("duels",), [first, *rest[:-1]]))
    foreign = sealed(changed(receipt, ("duels",), [[0, "E4", *first[2:]], *rest]))
    assert "duels" in wheres(twice) & wheres(less) & wheres(foreign)


# ── the file a citizen runs ───────────────────────────────────────────────────────────────


def run(folder: Path, receipt: Receipt, *options: str) -> subprocess.CompletedProcess[str]:
    path = folder / "receipt.json"
    path.write_bytes(canonical(receipt))
    command = [sys.executable, "-I", "-S", str(LOTTERY), str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_says_what_is_proven_and_what_is_not(kind: str, tmp_path: Path) -> None:
    receipt = KINDS[kind]
    part, of = ("slots", "roster") if kind == "officer" else ("frame", "draw")
    answer = run(tmp_path, receipt, "--root", receipt[part]["root"])
    assert (answer.returncode, answer.stderr) == (0, "")
    told = [receipt["id"], receipt[part]["root"], receipt[of]["seed"], receipt[of]["event_value"],
            "证明", "proves", "不证明", "bundle.json"]  # fmt: skip
    assert [word for word in told if word not in answer.stdout] == []
    if kind == "enterprise":
        assert "0.560000000" in answer.stdout and "未抽中 not drawn" in answer.stdout
        assert answer.stdout.count(" × ") == len(receipt["duels"])
    if kind == "ticket":
        assert receipt["ticket"]["key"] in answer.stdout
        assert receipt["ticket"]["threshold"] in answer.stdout


def test_what_an_editor_adds_around_a_scanned_text_does_not_count(tmp_path: Path) -> None:
    raw = canonical(KINDS["enterprise"])
    for text in (raw + b"\r\n", b"\xef\xbb\xbf" + raw, b"\n" + raw + b" "):
        (tmp_path / "scanned.json").write_bytes(text)
        assert lottery.main([str(tmp_path / "scanned.json")]) == 0
    (tmp_path / "scanned.json").write_bytes(raw.replace(b",", b", ", 1))
    assert lottery.main([str(tmp_path / "scanned.json")]) == 1


def test_another_root_a_change_and_a_torn_file_are_told_apart(tmp_path: Path) -> None:
    receipt = KINDS["enterprise"]
    assert run(tmp_path, receipt, "--root", "0" * 64).returncode == 1
    assert run(tmp_path, changed(receipt, ("row", "pi_nano"), 1)).returncode == 1
    torn = tmp_path / "torn.json"
    torn.write_bytes(canonical(receipt)[:-9])
    assert lottery.main([str(torn)]) == 2


def test_a_receipt_is_an_excerpt_and_shows_nobody_elses_row() -> None:
    frame = frozen()
    receipt = everyone(frame, drawn(frame))[0]
    assert receipt["digest"] == digest({k: v for k, v in receipt.items() if k != "digest"})
    others = {row.enterprise_id for row in frame.rows} - {receipt["id"]}
    rivals = {rival for _, rival, _, _ in receipt["duels"]}
    text = json.dumps(receipt, ensure_ascii=False)
    assert {one for one in others if f'"{one}"' in text} == rivals
