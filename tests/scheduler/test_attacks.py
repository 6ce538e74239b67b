"""Is every way to cheat refused or found, with the sentence that docs/attacks.md promises?

Each row of the page has a test of its name here, and each test its row: neither can rot alone.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from api import steps
from api.steps import Desk, Hand
from api.store import open_store
from riskengine.digest import canonical, digest, plain
from riskengine.errors import RiskEngineError, catalogue
from scheduler import beacon, lottery
from scheduler.chain import next_entry, require_reason
from scheduler.draw import Draw, Frame
from scheduler.event import of_beacon
from scheduler.lottery import LotteryError
from tests.scheduler.small_month import (
    ENTERPRISES,
    EVENT,
    MONTH,
    POLICY,
    chain_of,
    drawn,
    frozen,
    month_bundle,
    sealed,
)
from tests.scheduler.test_beacon import ROUND_1000, VALUE
from tests.scheduler.test_beacon import bundle_of as signed_bundle
from tests.scheduler.test_event import LONG_AGO, OFFICERS, SECRETS, THEN

PAGE = Path(__file__).parents[2] / "docs" / "attacks.md"
BUNDLE = month_bundle()
OVERDUE = dt.datetime(2026, 12, 2, tzinfo=dt.UTC)


class Told(NamedTuple):
    """What the page says of one attack."""

    result: str
    zh: str
    en: str
    code: str


def told_by_the_page() -> dict[str, Told]:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines()]
    return {
        row[5].strip("`"): Told(*row[1:4], row[4].strip("`"))
        for row in rows
        if len(row) == 6 and row[5].startswith("`")
    }


TOLD = told_by_the_page()


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Told:
    """The row of the page that has the name of the test."""
    return TOLD[request.node.name.removeprefix("test_")]


def fits(template: str, said: str) -> bool:
    """Is this the sentence, whatever facts stand between its braces?"""
    fixed = [re.escape(part) for part in re.split(r"\{[^}]*\}", template)]
    return re.fullmatch(".+".join(fixed), said, re.DOTALL) is not None


def refused(told: Told, step: Callable[[], object]) -> None:
    """The step is refused with the sentence of the page."""
    with pytest.raises((RiskEngineError, LotteryError)) as refusal:
        step()
    said = getattr(refusal.value, "sentence", refusal.value)
    assert (refusal.value.code, told.result) == (told.code, "拒绝 · refused")
    assert fits(told.zh, said.zh) and fits(told.en, said.en)


def found(told: Told, where: str, bundle: dict[str, Any]) -> None:
    """Anyone who verifies the bundle reads the sentence of the page at this place."""
    bundle = sealed(bundle)
    findings = lottery.verify(bundle, canonical(bundle))
    said = [(f["zh"], f["en"]) for f in findings if f["where"] == where]
    assert told.result == "核对时发现 · found by anyone"
    assert any(fits(told.zh, zh) and fits(told.en, en) for zh, en in said), findings


def forged() -> dict[str, Any]:
    """The month, to be changed."""
    return copy.deepcopy(BUNDLE)


def after(frame: Frame, result: Draw) -> tuple[Any, ...]:
    """The record when the list has been drawn."""
    return (*chain_of(frame), next_entry(chain_of(frame), "draw", frame.purpose, result))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk where a list was frozen, its secret sealed beside it."""
    policy: Any = SimpleNamespace(on=lambda _: POLICY)
    desk = Desk(open_store(f"sqlite:///{tmp_path / 'riskengine.db'}"), policy, tmp_path)
    frame = frozen(commitment=steps.seal(desk))
    hand = Hand(("李娜",), dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC))
    steps.keep_in_chain(desk, hand, "frame", frame, purpose=frame.purpose, inputs=())
    return desk


def frame_on(desk: Desk) -> str:
    return str(desk.store.documents("frame")[0].digest)


# ── the page ──────────────────────────────────────────────────────────────────────────────


def test_every_attack_of_the_page_has_its_test() -> None:
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(TOLD) == tests - {
        "every_attack_of_the_page_has_its_test",
        "the_page_holds_the_sentences_of_the_program",
        "a_month_written_anew_without_a_change_is_sound",
    }


def test_the_page_holds_the_sentences_of_the_program() -> None:
    for told in TOLD.values():
        spoken = {(entry["zh"], entry["en"]) for entry in [catalogue().get(told.code)] if entry}
        spoken |= {lottery.SENTENCES[told.code]} if told.code in lottery.SENTENCES else set()
        assert (told.zh, told.en) in spoken, told.code


# ── shopping for a seed ───────────────────────────────────────────────────────────────────


def test_another_secret(told: Told) -> None:
    refused(told, lambda: drawn(frozen(), secret=b"another secret"))


def test_another_value_after_the_draw(told: Told) -> None:
    frame = frozen()
    chain = after(frame, drawn(frame))
    refused(told, lambda: drawn(frame, event_value="07 12 34", chain=chain))


def test_two_entries_that_differ(told: Told) -> None:
    refused(told, lambda: drawn(frozen(), value_again="07 12 34"))


def test_spaces_and_width_of_a_value(told: Told) -> None:
    frame = frozen()
    assert drawn(frame, event_value=" ０７ 12　33").seed == drawn(frame).seed
    bundle = forged()
    bundle["draw"]["event_value"] = "07  12 33"
    found(told, "draw.event_value", bundle)


def test_a_list_replaced_after_the_event(told: Told, desk: Desk) -> None:
    wishes = {"replaces": frame_on(desk), "reason": "漏了一家"}
    late = dataclasses.replace(EVENT, due_at="2026-12-09T12:30:00Z")
    hand = Hand(("李娜",), OVERDUE)
    refused(told, lambda: steps.make_frame(desk, hand, quota="0" * 64, event=late, **wishes))


def test_planning_until_it_looks_right(told: Told) -> None:
    purpose = "people/2026-12"
    chain = (next_entry((), "routes", purpose, {"plan": 1}),)
    refused(told, lambda: require_reason(chain, "routes", "roster", purpose, None, None))


def test_a_plan_that_was_replaced(told: Told) -> None:
    bundle = forged()
    chain = bundle["chain"][:3]
    second = {**chain[2], "number": 4, "digest": "7" * 64}
    chain.append(second | {"previous": lottery.digest_of(chain[2])})
    bundle["slots"] |= {"draw_number": 5, "previous": lottery.digest_of(chain[3])}
    slots = {"number": 5, "kind": "slots", "purpose": "people/2026-12"}
    chain.append(
        slots
        | {"digest": lottery.digest_of(bundle["slots"]), "previous": bundle["slots"]["previous"]}
    )
    bundle["chain"] = chain
    found(told, "chain.routes", bundle)


def test_an_event_known_at_the_freeze(told: Told) -> None:
    refused(told, lambda: frozen(frozen_at=EVENT.due_at))


def test_an_event_known_in_a_forged_bundle(told: Told) -> None:
    bundle = forged()
    bundle["frame"]["frozen_at"] = "2026-11-30T12:30:00Z"
    found(told, "frame.event", bundle)


# ── drawing twice, changing the list ──────────────────────────────────────────────────────


def test_a_second_draw(told: Told) -> None:
    frame = frozen()
    refused(told, lambda: drawn(frame, chain=after(frame, drawn(frame))))


def test_a_second_draw_that_is_not_shown(told: Told) -> None:
    bundle = forged()
    last = bundle["chain"][-1]
    hidden = {**bundle["chain"][1], "number": last["number"] + 1, "digest": "7" * 64}
    bundle["chain"].append(hidden | {"previous": lottery.digest_of(last)})
    found(told, "chain.draw", bundle)


def test_a_changed_list(told: Told) -> None:
    frame = frozen()
    refused(told, lambda: drawn(dataclasses.replace(frame, must=()), chain=chain_of(frame)))


def test_a_changed_probability(told: Told) -> None:
    bundle = forged()
    bundle["frame"]["rows"][0]["pi_nano"] += 1
    bundle["frame"]["rows"][1]["pi_nano"] -= 1
    found(told, "frame.root", bundle)


def with_a_row_more() -> tuple[Frame, Draw]:
    """The list with a seventh enterprise, everything computed as if it had been there."""
    frame = frozen([*ENTERPRISES, ("E7", 10**9, "D", "freight", "东镇")])
    return frame, drawn(frame)


def test_a_row_added_after_the_freeze(told: Told) -> None:
    frame, result = with_a_row_more()
    published = chain_of(frozen())
    chain = (*published, next_entry(published, "draw", frame.purpose, result))
    found(told, "chain.frame", bundle_of(frame, result, chain))


def test_a_record_written_anew(told: Told, tmp_path: Path, capsys: Any) -> None:
    frame, result = with_a_row_more()
    bundle = sealed(bundle_of(frame, result, after(frame, result)))
    assert lottery.verify(bundle) == []  # by itself it is sound
    posted = digest(frozen())
    assert told.result == "核对时发现 · found by anyone"
    (finding,) = lottery._against_notice(bundle, None, posted)
    assert fits(told.zh, finding["zh"]) and fits(told.en, finding["en"])
    path = tmp_path / "bundle.json"
    path.write_bytes(canonical(bundle))
    assert lottery.main([str(path), "--frame", posted]) == 1
    assert finding["zh"] in capsys.readouterr().out


def bundle_of(frame: Frame, result: Draw, chain: tuple[Any, ...]) -> dict[str, Any]:
    parts = {"format": lottery.FORMAT, "frame": frame, "draw": result, "chain": list(chain)}
    return {**plain(parts), "names": {}}


def test_a_gap_in_the_record(told: Told) -> None:
    frame = frozen()
    chain = after(frame, drawn(frame))
    refused(told, lambda: drawn(frame, chain=chain[1:]))


# ── withholding a secret ──────────────────────────────────────────────────────────────────


def test_a_secret_withheld_too_soon(told: Told) -> None:
    refused(told, lambda: drawn(frozen(), secret=None, withheld=True))


def test_a_secret_withheld_though_it_is_there(told: Told, desk: Desk) -> None:
    hand = Hand(("李娜", "王强"), OVERDUE)
    asked = {"frame": frame_on(desk), "event_value": "07 12 33", "withheld": True}
    refused(told, lambda: steps.make_draw(desk, hand, **asked))


def test_a_secret_withheld_too_soon_in_a_bundle(told: Told) -> None:
    bundle = forged()
    bundle["draw"] |= {"is_withheld": True, "secret": ""}
    found(told, "draw.entered_at", bundle)


def test_an_officer_who_says_nothing(told: Told) -> None:
    frame = frozen(event=OFFICERS)
    open_ones = lottery.join_reveals({n: s.hex() for n, s in SECRETS.items() if n != "李四"})
    refused(told, lambda: drawn(frame, event_value=open_ones))


# ── text for numbers ──────────────────────────────────────────────────────────────────────


def test_a_seed_of_text(told: Told) -> None:
    for seed in ("0" * 64, "0" * 32, 7):
        wrong: Any = seed
        refused(told, lambda wrong=wrong: lottery.tree_duel([], wrong, "enterprise/2026-12"))


def test_a_probability_of_text(told: Told) -> None:
    bundle = forged()
    bundle["frame"]["rows"][0]["pi_nano"] = "140000000"
    found(told, "frame.rows", bundle)


def test_an_id_of_digits(told: Told) -> None:
    bundle = forged()
    bundle["frame"]["rows"][0]["enterprise_id"] = 7
    found(told, "frame.rows", bundle)


# ── the beacon ────────────────────────────────────────────────────────────────────────────


def test_a_forged_signature(told: Told) -> None:
    value = "8" + "0" * 94 + "4"
    refused(told, lambda: drawn(frozen(**LONG_AGO), **THEN | {"event_value": value}))


def test_a_forged_signature_in_a_bundle(told: Told) -> None:
    bundle = signed_bundle(1000, VALUE["quicknet", 1001])
    assert lottery.verify(bundle) == []  # it has no curve, and says so
    (finding,) = beacon.verify(bundle)
    assert told.result == "`riskengine verify` 发现 · finds it"
    assert fits(told.zh, finding["zh"]) and fits(told.en, finding["en"])


def test_a_signature_of_another_round(told: Told) -> None:
    value = VALUE["quicknet", 1001]
    assert beacon.is_signed("quicknet", 1001, value)
    refused(told, lambda: drawn(frozen(**LONG_AGO), **THEN | {"event_value": value}))
    assert drawn(frozen(**LONG_AGO), **THEN).event_value == ROUND_1000


def test_a_round_at_another_time(told: Told) -> None:
    past = of_beacon("quicknet", 1000)
    refused(told, lambda: dataclasses.replace(past, due_at=f"{MONTH}T00:00:00Z"))


# ── one person as two ─────────────────────────────────────────────────────────────────────


def test_one_person_under_two_names(told: Told) -> None:
    refused(told, lambda: drawn(frozen(), entered_by=("Zhang San", " ＺＨＡＮＧ\u200bsan")))


def test_one_person_at_the_door(told: Told, desk: Desk) -> None:
    hand = Hand(("李娜",), OVERDUE)
    asked = {"frame": frame_on(desk), "event_value": "07 12 33"}
    refused(told, lambda: steps.make_draw(desk, hand, **asked))


def test_one_person_in_a_bundle(told: Told) -> None:
    bundle = forged()
    bundle["draw"]["entered_by"] = ["张三", " 张三　"]
    found(told, "draw.entered_by", bundle)


def test_two_promises_of_one_person(told: Told) -> None:
    again = dataclasses.replace(OFFICERS.promises[0], name="李 四")
    refused(told, lambda: dataclasses.replace(OFFICERS, promises=(*OFFICERS.promises, again)))


# ── a whole month written anew ────────────────────────────────────────────────────────────


def rewritten(bundle: dict[str, Any], *more: tuple[int, str, str]) -> dict[str, Any]:
    """The changed month as a forger would leave it, with every root, seed and digest renewed.

    more
        Entries slipped into the record: number, kind, purpose.
    """
    slipped = {number: (kind, purpose) for number, kind, purpose in more}
    chain: list[dict[str, Any]] = []

    def record(kind: str, purpose: str, document: object) -> None:
        previous = lottery.digest_of(chain[-1]) if chain else "0" * 64
        entry = {"number": len(chain) + 1, "kind": kind, "purpose": purpose, "previous": previous}
        chain.append(entry | {"digest": lottery.digest_of(document)})

    def keep(kind: str, purpose: str) -> None:
        while len(chain) + 1 in slipped:
            record(*slipped[len(chain) + 1], {"another": len(chain)})
        if "draw_number" in bundle[kind]:
            previous = lottery.digest_of(chain[-1]) if chain else "0" * 64
            bundle[kind] |= {"draw_number": len(chain) + 1, "previous": previous}
        record(kind, purpose, bundle[kind])

    frame, draw = bundle["frame"], bundle["draw"]
    frame["purpose"] = draw["purpose"] = f"enterprise/{frame['month'][:7]}"
    draw["month"] = frame["month"]
    frame["root"] = lottery.merkle_root(lottery.leaves_of(frame))
    keep("frame", frame["purpose"])
    seed = lottery._seed_of_draw(bundle)
    rows = lottery._rows_of(frame)
    selected, log = lottery.tree_duel(rows, seed, frame["purpose"])
    reserves = lottery.reserve_lists(
        lottery._rows_of(frame, lottery.RESERVE_LEVELS), selected, seed, frame["purpose"],
        percent=frame["reserves_percent"], least=frame["reserves_least"],
    )  # fmt: skip
    draw |= {
        "frame_digest": digest(frame), "seed": seed.hex(), "selected": list(selected),
        "reserves": [
            {"grade": grade, "sector": sector, "enterprise_ids": list(ids)}
            for (grade, sector), ids in reserves
        ],
        "log_digest": lottery.digest_of(log),
    }  # fmt: skip
    keep("draw", frame["purpose"])
    if "routes" in bundle:
        routes, slots, roster = bundle["routes"], bundle["slots"], bundle["roster"]
        purpose = f"people/{frame['month'][:7]}"
        routes |= {"draw_digest": digest(draw), "month": frame["month"]}
        keep("routes", purpose)
        shares = lottery._shares_of(slots)
        root = lottery.merkle_root(lottery.slots_leaves(shares, slots["bans"]))
        slots |= {"purpose": purpose, "routes_digest": digest(routes), "root": root}
        slots["month"] = frame["month"]
        keep("slots", purpose)
        seated, swaps = lottery._seats_of_seed(bundle)
        days = {route["route_id"]: route["day"] for route in routes["routes"]}
        roster |= {
            "month": frame["month"], "slots_digest": digest(slots),
            "routes_digest": digest(routes), "seed": lottery._seed_of_roster(bundle).hex(),
            "swaps": [swap._asdict() for swap in swaps],
            "assignments": [
                {"route_id": one, "day": day} | {seat: seated[one, seat] for seat in lottery.SEATS}
                for one, day in days.items()
            ],
        }  # fmt: skip
        keep("roster", purpose)
    bundle["chain"] = chain
    return bundle


def draw_alone() -> dict[str, Any]:
    bundle = forged()
    return {name: bundle[name] for name in ("format", "frame", "draw", "chain", "names")}


def test_a_month_written_anew_without_a_change_is_sound() -> None:
    assert lottery.verify(sealed(rewritten(forged()))) == []
    assert lottery.verify(sealed(rewritten(draw_alone()))) == []


def test_invisible_signs_in_a_value(told: Told) -> None:
    assert drawn(frozen(), event_value="07 1\u200b2 3٣").event_value == "07 12 33"
    bundle = forged()
    bundle["draw"]["event_value"] = "07 12\u2060 33"
    found(told, "draw.event_value", rewritten({**bundle, "routes": bundle["routes"]}))


def test_a_moment_in_other_digits(told: Told) -> None:
    bundle = draw_alone()
    bundle["frame"]["event"]["due_at"] = "２026-10-01T00:00:00Z"
    found(told, "frame.event", rewritten(bundle))


def test_a_month_in_other_digits(told: Told) -> None:
    bundle = draw_alone()
    bundle["frame"]["month"] = "２026-12-01"
    found(told, "frame.month", rewritten(bundle))


def test_two_draws_in_the_open_record(told: Told) -> None:
    bundle = rewritten(draw_alone(), (2, "draw", "enterprise/2026-12"))
    found(told, "chain.draw", bundle)


def test_a_draw_under_another_purpose(told: Told) -> None:
    bundle = draw_alone()
    bundle["chain"][1]["purpose"] = "enterprise/2026-12b"
    found(told, "chain.draw", bundle)


def test_a_list_replaced_without_a_word(told: Told) -> None:
    found(told, "chain.frame", rewritten(draw_alone(), (1, "frame", "enterprise/2026-12")))


def test_a_part_that_is_not_shown(told: Told) -> None:
    bundle = forged()
    found(told, "chain[3]", {**draw_alone(), "chain": bundle["chain"]})


def test_the_rest_changed_under_a_posted_root(told: Told) -> None:
    bundle = draw_alone()
    posted = lottery.digest_of(bundle["frame"])
    root = bundle["frame"]["root"]
    bundle["frame"]["levels"] = ["sector", "grade", "township"]
    bundle = sealed(rewritten(bundle))
    assert lottery.verify(bundle) == [] and bundle["frame"]["root"] == root
    (finding,) = lottery._unposted(bundle, [root, posted])
    assert told.result == "核对时发现 · found by anyone"
    assert fits(told.zh, finding["zh"]) and fits(told.en, finding["en"])


# ── who is visited ────────────────────────────────────────────────────────────────────────


def test_a_due_visit_left_out(told: Told) -> None:
    bundle = forged()
    bundle["routes"]["routes"][1]["stops"].pop()
    found(told, "routes.owed", rewritten(bundle))


def test_an_owed_visit_invented(told: Told) -> None:
    bundle = forged()
    other = {row["enterprise_id"] for row in bundle["frame"]["rows"]} - {
        *bundle["draw"]["selected"]
    }
    bundle["routes"]["owed"].append({"enterprise_id": min(other), "kind": "routine"})
    found(told, "routes.owed", rewritten(bundle))


def test_a_visit_made_and_owed_again(told: Told) -> None:
    bundle = forged()
    bundle["routes"]["owed"].append({"enterprise_id": "E9", "kind": "case"})
    found(told, "routes.owed", rewritten(bundle))


def test_a_reserve_out_of_turn(told: Told) -> None:
    bundle = forged()
    owed = {visit["enterprise_id"] for visit in bundle["routes"]["owed"]}
    rows = lottery._rows_of(bundle["frame"], lottery.RESERVE_LEVELS)
    open_strata = {key for unit_id, _, key in rows if unit_id in owed}
    reserve = next(
        r for r in bundle["draw"]["reserves"]
        if (r["grade"], r["sector"]) not in open_strata and r["enterprise_ids"]
    )  # fmt: skip
    stop = {"enterprise_id": reserve["enterprise_ids"][0]}
    bundle["routes"]["routes"][0]["stops"].append(stop)
    found(told, "routes.routes[R1]", rewritten(bundle))


def test_a_due_visit_that_is_also_drawn(told: Told) -> None:
    bundle = draw_alone()
    must = {**bundle["frame"]["must"][0], "enterprise_id": bundle["draw"]["selected"][0]}
    bundle["frame"]["must"].append(must)
    found(told, "frame.must", rewritten(bundle))


def test_one_enterprise_under_two_ids(told: Told) -> None:
    bundle = draw_alone()
    bundle["frame"]["rows"][1]["enterprise_id"] = "E1\u200b"
    found(told, "frame.rows", rewritten(bundle))


def test_tickets_that_prefer_one(told: Told) -> None:
    rows: list[lottery.Row] = [("E1", 500_000_000, ()), ("E2", 500_000_000, ())]
    (finding,) = lottery._chances_in_order(rows, {"E1": 400_000_000, "E2": 600_000_000})
    assert told.result == "核对时发现 · found by anyone"
    assert fits(told.zh, finding["zh"]) and fits(told.en, finding["en"])


# ── who comes ─────────────────────────────────────────────────────────────────────────────


def test_a_seal_until_a_far_day(told: Told) -> None:
    bundle = forged()
    for listed in (bundle["routes"]["routes"], bundle["slots"]["seats"], bundle["slots"]["shares"]):
        for one in listed:
            one["day"] = "2099-12-31"
    found(told, "routes.routes[R1]", rewritten(bundle))


def test_seats_frozen_before_the_draw(told: Told) -> None:
    bundle = forged()
    bundle["slots"]["frozen_at"] = "2026-11-24T00:00:00Z"
    found(told, "slots.frozen_at", rewritten(bundle))


def test_a_share_of_nothing(told: Told) -> None:
    bundle = forged()
    one = bundle["slots"]["shares"][0]
    bundle["slots"]["shares"].append({**one, "inspector_id": "P5", "share_micro": 0})
    found(told, "slots.shares", rewritten(bundle))


def test_a_ban_that_keeps_nobody_apart(told: Told) -> None:
    bundle = forged()
    bundle["slots"]["bans"] = [["P1", "P2", "P3"]]
    found(told, "slots.bans", rewritten(bundle))


def day_of_a_solver(event_value: str) -> dict[str, Any]:
    """A ring of three routes on which no exchange of two parts P1 and P2, and two routes beside."""
    able = {"R1": ("1", "26"), "R2": ("3", "42"), "R3": ("5", "64"), "R4": ("78", "78")}
    shares = [
        (f"P{one}", "2026-12-03", route, seat, 10**6 // len(ones))
        for route, both in able.items()
        for seat, ones in zip(lottery.SEATS, both, strict=True)
        for one in ones
    ]
    bundle = {part: forged()[part] for part in ("slots", "roster")}
    slots, roster = bundle["slots"], bundle["roster"]
    fields = ("inspector_id", "day", "route_id", "seat", "share_micro")
    slots |= {
        "shares": [dict(zip(fields, share, strict=True)) for share in shares],
        "bans": [["P1", "P2"]],
        "seats": [
            {"route_id": r, "seat": k, "day": "2026-12-03"} for r in able for k in lottery.SEATS
        ],
        "least_days": dict.fromkeys(sorted({share[0] for share in shares}), 1),
        "most_days": dict.fromkeys(sorted({share[0] for share in shares}), 1),
    }  # fmt: skip
    roster["event_value"] = event_value
    drawn, swaps = lottery._seats_of_seed(bundle)
    anew = lottery.seated_anew(shares, drawn, slots["bans"])
    assert anew is not None and swaps == ()
    roster |= {
        "assignments": [
            {"route_id": r, "day": "2026-12-03"} | {k: anew[r, k] for k in lottery.SEATS}
            for r in able
        ],
        "repaired": ["2026-12-03"] if anew != drawn else [],
    }
    return bundle


def test_a_day_repaired_as_one_likes(told: Told) -> None:
    check = dict(lottery.CHECKS)["roster.assignments"]
    days = (day_of_a_solver(str(value)) for value in range(50))
    bundle = next(day for day in days if day["roster"]["repaired"])
    assert list(check(bundle)) == []
    team = bundle["roster"]["assignments"][3]
    team["lead"], team["second"] = team["second"], team["lead"]
    findings = list(check(bundle))
    assert {f["where"] for f in findings} == {
        f"roster.assignments[R4/{seat}/2026-12-03]" for seat in lottery.SEATS
    }
    assert told.result == "核对时发现 · found by anyone"
    assert all(fits(told.zh, f["zh"]) and fits(told.en, f["en"]) for f in findings)


def test_one_secret_promised_by_two(told: Told) -> None:
    first, *others = OFFICERS.promises
    same = tuple(dataclasses.replace(one, commitment=first.commitment) for one in others)
    refused(told, lambda: dataclasses.replace(OFFICERS, promises=(first, *same)))


def test_one_secret_promised_by_two_in_a_bundle(told: Told) -> None:
    bundle = draw_alone()
    promises = [{"name": name, "commitment": "7" * 64} for name in ("张三", "李四")]
    bundle["frame"]["event"] |= {"kind": "commit_reveal", "promises": promises}
    findings = list(lottery._frame_event(bundle))
    assert told.result == "核对时发现 · found by anyone"
    assert [fits(told.zh, f["zh"]) and fits(told.en, f["en"]) for f in findings] == [True]
