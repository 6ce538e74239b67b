"""Is a list closed before its event, drawn once, and by two people?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import digest, plain
from riskengine.errors import (
    AlreadyFrozen,
    EventAlreadyKnown,
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    RiskEngineError,
    SeedMismatch,
)
from scheduler import lottery
from scheduler.chain import BEGINNING, ChainEntry, chain_digest, next_entry, next_place
from scheduler.draw import Event, preview
from scheduler.event import Promise, utc
from tests.scheduler import small_month
from tests.scheduler.small_month import (
    ENTERPRISES,
    EVENT,
    SECRET,
    chain_of,
    drawn,
    frozen,
    quota_of,
)


def refused(error: type[RiskEngineError], code: str) -> Any:
    """The refusal, by its kind and its sentence."""
    return pytest.raises(error, check=lambda raised: raised.code == code)


# ── freeze ────────────────────────────────────────────────────────────────────────────────


def test_a_frame_holds_what_a_citizen_needs() -> None:
    frame = frozen()
    assert [row.enterprise_id for row in frame.rows] == ["E1", "E2", "E3", "E4", "E5", "企6"]
    assert sum(row.pi_nano for row in frame.rows) == frame.visits * lottery.NANO == 3 * 10**9
    assert (frame.draw_number, frame.previous) == (1, BEGINNING)
    assert frame.purpose == "enterprise/2026-12"
    assert frame.rule_digest == lottery.rule_of(
        small_month.POLICY.digest, digest(quota_of(ENTERPRISES))
    )
    assert frame.event.due_at == "2026-11-30T12:30:00Z"


def test_the_order_of_the_register_changes_no_frame() -> None:
    quota = quota_of(ENTERPRISES)
    assert digest(frozen(ENTERPRISES[::-1], quota=quota)) == digest(frozen(quota=quota))


@pytest.mark.parametrize("frozen_at", ["2026-11-30T20:30:00+08:00", "2027-01-01T00:00:00Z"])
def test_an_event_that_has_happened_is_refused(frozen_at: str) -> None:
    with refused(EventAlreadyKnown, "event_already_known"):
        frozen(frozen_at=frozen_at)


def test_a_second_list_of_the_month_needs_the_first_and_a_reason() -> None:
    first = frozen()
    chain, name = chain_of(first), digest(first)
    for replaces, reason in ((None, None), (None, "错"), (name, None), (name, " ")):
        with refused(AlreadyFrozen, "frame_frozen"):
            frozen(chain=chain, replaces=replaces, reason=reason)
    with refused(AlreadyFrozen, "frame_replaces_other"):
        frozen(chain=chain, replaces="0" * 64, reason="名单有误")
    second = frozen(chain=chain, replaces=name, reason="名单有误 ")
    assert (second.draw_number, second.previous) == (2, chain_digest(chain[0]))
    assert (second.replaces, second.reason) == (name, "名单有误")
    with refused(NotFound, "not_found"):
        frozen(replaces=name, reason="名单有误")


def test_another_month_is_another_list() -> None:
    january = dt.date(2027, 1, 1)
    quota = quota_of(ENTERPRISES, month=january)
    frame = frozen(month=january, quota=quota, chain=chain_of(frozen()))
    assert (frame.purpose, frame.draw_number) == ("enterprise/2027-01", 2)


def test_a_quota_that_does_not_fit_is_refused() -> None:
    with refused(NotAllowed, "quota_of_another"):
        frozen(month=dt.date(2027, 1, 1))
    with refused(NotAllowed, "quota_of_another"):
        frozen(quota=quota_of(ENTERPRISES, policy_digest="0" * 64))
    with refused(NotAllowed, "visits_differ"):
        frozen(quota=quota_of(ENTERPRISES, visits=2))
    with refused(NotAllowed, "list_not_drawable"):
        frozen([*ENTERPRISES[1:], ("E1", 140_000_001, "D", "freight", "东镇")])
    with refused(NotFound, "not_found"):
        frozen(ENTERPRISES[1:], quota=quota_of(ENTERPRISES))


@pytest.mark.parametrize("commitment", ["", "f" * 63, "F" * 64, lottery.commitment_of(b"")])
def test_a_commitment_to_nothing_is_refused(commitment: str) -> None:
    with refused(NotAllowed, "commitment_unreadable"):
        frozen(commitment=commitment)


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-11-30", "2026-11-30T20:30:00"])
def test_a_moment_without_its_zone_is_refused(moment: str) -> None:
    with refused(NotAllowed, "moment_unreadable"):
        utc(moment)


def test_an_event_without_name_or_of_unknown_kind_is_refused() -> None:
    with refused(NotAllowed, "event_unnamed"):
        dataclasses.replace(EVENT, name=" ")
    with refused(NotAllowed, "event_kind"):
        dataclasses.replace(EVENT, kind="dice")  # type: ignore[arg-type]


# ── draw ──────────────────────────────────────────────────────────────────────────────────


def test_the_draw_follows_from_list_rule_secret_and_event() -> None:
    frame = frozen()
    result = drawn(frame)
    seed = lottery.seed_of(
        frame.purpose, 1, frame.root, frame.rule_digest, SECRET, result.event_value
    )
    assert result.seed == seed.hex()
    assert len(result.selected) == frame.visits
    assert drawn(frame, event_value="07 12 34").seed != result.seed
    undrawn = {row.enterprise_id for row in frame.rows} - set(result.selected)
    assert {i for reserve in result.reserves for i in reserve.enterprise_ids} <= undrawn


def test_reserves_are_a_share_of_the_drawn_and_never_the_forbidden() -> None:
    rows = [(f"E{i:02}", 10**9 // 2, "C", "freight", "") for i in range(20)]
    rows += [("forbidden", 0, "C", "freight", ""), ("alone", 10**9, "D", "taxi", "")]
    result = drawn(frozen(rows))
    freight, taxi = result.reserves
    assert (freight.grade, freight.sector, len(freight.enterprise_ids)) == ("C", "freight", 5)
    assert "forbidden" not in freight.enterprise_ids
    assert taxi.enterprise_ids == ()


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("张三",),
        ("张三", "张三"),
        ("Zhang", " ＺＨＡＮＧ　"),
        ("张三", "", " "),
        ("李四", "李\u200b四"),
    ],
)
def test_one_person_cannot_enter_the_value(names: tuple[str, ...]) -> None:
    with refused(NeedsSecondPerson, "needs_second_person"):
        drawn(frozen(), entered_by=names)


def test_a_secret_that_was_not_promised_is_refused() -> None:
    with refused(SeedMismatch, "secret_differs"):
        drawn(frozen(), secret=b"another")
    with refused(SeedMismatch, "secret_not_opened"):
        drawn(frozen(), secret=None)
    with refused(SeedMismatch, "secret_not_opened"):
        drawn(frozen(), withheld=True)


def test_a_secret_withheld_counts_as_empty_and_is_recorded() -> None:
    frame = frozen()
    result = drawn(frame, secret=None, withheld=True, entered_at="2026-12-01T12:30:00Z")
    assert (result.secret, result.is_withheld) == ("", True)
    seed = lottery.seed_of(frame.purpose, 1, frame.root, frame.rule_digest, b"", "07 12 33")
    assert result.seed == seed.hex()
    parts = {"format": lottery.FORMAT, "frame": frame, "draw": result}
    assert lottery.verify(small_month.sealed({**plain(parts), "names": {}})) == []


def test_a_value_before_the_event_or_an_empty_one_is_refused() -> None:
    with refused(NotAllowed, "event_not_due"):
        drawn(frozen(), entered_at="2026-11-30T12:29:59Z")
    for value in ("", "  ", "\u3000"):
        with refused(NotAllowed, "event_value_empty"):
            drawn(frozen(), event_value=value)


@settings(max_examples=20, deadline=None)
@given(spaces=st.sampled_from([" ", "  ", "\u3000", "\t"]), wide=st.booleans())
def test_width_and_spaces_of_the_value_cannot_be_chosen(spaces: str, wide: bool) -> None:
    typed = spaces.join(["", "07", "12", "33", ""])
    if wide:
        typed = "".join(chr(ord(s) + 0xFEE0) if s.isdigit() else s for s in typed)
        assert unicodedata.normalize("NFKC", typed) != typed
    assert drawn(frozen(), event_value=typed) == drawn(frozen())


def test_a_list_is_drawn_once() -> None:
    frame = frozen()
    result = drawn(frame)
    chain = (*chain_of(frame), next_entry(chain_of(frame), "draw", frame.purpose, result))
    with refused(AlreadyFrozen, "frame_drawn"):
        drawn(frame, chain=chain)
    with refused(AlreadyFrozen, "frame_drawn"):
        frozen(chain=chain, replaces=digest(frame), reason="第 6 家已停业，重新抽取")


def test_a_list_that_was_replaced_is_not_drawn() -> None:
    frame = frozen()
    chain = chain_of(frame)
    again = frozen(chain=chain, replaces=digest(frame), reason="漏了一家")
    longer = (*chain, next_entry(chain, "frame", frame.purpose, again))
    assert drawn(again, chain=longer).seed != drawn(frame).seed
    with refused(AlreadyFrozen, "frame_replaced"):
        drawn(frame, chain=longer)


def test_only_a_published_list_is_drawn() -> None:
    with refused(SeedMismatch, "frame_not_published"):
        drawn(frozen(), chain=())
    with refused(SeedMismatch, "frame_not_published"):
        drawn(dataclasses.replace(frozen(), must=()), chain=chain_of(frozen()))


def test_a_broken_chain_is_refused() -> None:
    frame = frozen()
    chain = (*chain_of(frame), next_entry(chain_of(frame), "slots", "people/2026-12", {}))
    for broken in (
        chain[1:],
        (chain[0], dataclasses.replace(chain[1], previous=BEGINNING)),
        (dataclasses.replace(chain[0], purpose="enterprise/2026-11"), chain[1]),
    ):
        with refused(NotAllowed, "chain_broken"):
            drawn(frame, chain=broken)
    assert next_place(chain) == (3, chain_digest(chain[1]))
    assert next_place(()) == (1, BEGINNING)
    assert isinstance(chain[0], ChainEntry)


# ── commit and reveal ─────────────────────────────────────────────────────────────────────

SECRETS = {"王五": b"\xab first secret", "赵六": b"second secret", "孙七": b"third secret"}
PROMISES = tuple(Promise(n, lottery.commitment_of(s)) for n, s in SECRETS.items())
OFFICERS = Event("commit_reveal", "三名人员公开密文", "会议室", "2026-11-30T12:30:00Z", PROMISES)


def revealed(**changes: str) -> str:
    return lottery.join_reveals({n: s.hex() for n, s in SECRETS.items()} | changes)


def test_secrets_of_several_officers_make_the_value() -> None:
    frame = frozen(event=OFFICERS)
    result = drawn(frame, event_value=revealed(), entered_by=())
    parts = {"format": lottery.FORMAT, "frame": frame, "draw": result}
    bundle = small_month.sealed({**plain(parts), "names": {}})
    assert lottery.verify(bundle) == []
    bundle["draw"]["event_value"] = revealed(王五="00")
    wheres = [finding["where"] for finding in lottery.verify(small_month.sealed(bundle))]
    assert {"draw.event_value", "draw.seed"} <= set(wheres)


@pytest.mark.parametrize(
    "value",
    [
        "07 12 33",
        "[]",
        "5",
        '[["王五",1]]',
        "[[1,2]]",
        revealed(王五="00"),
        revealed(王五=SECRETS["王五"].hex().upper()),
        revealed(王五=SECRETS["王五"].hex() + " "),
        revealed(周八="00"),
        lottery.join_reveals({"王五": SECRETS["王五"].hex()}),
        revealed() + " ",
    ],
)
def test_a_secret_missing_changed_or_written_otherwise_is_refused(value: str) -> None:
    with refused(SeedMismatch, "reveal_differs"):
        drawn(frozen(event=OFFICERS), event_value=value)


def test_promises_are_two_or_more_different_people_s() -> None:
    for promises in ((), PROMISES[:1], (PROMISES[0], PROMISES[0])):
        with refused(NeedsSecondPerson, "needs_second_person"):
            dataclasses.replace(OFFICERS, promises=promises)
    twice = (*PROMISES, Promise("王 五", PROMISES[1].commitment))
    with refused(NotAllowed, "person_twice"):
        dataclasses.replace(OFFICERS, promises=twice)


# ── preview ───────────────────────────────────────────────────────────────────────────────


def test_a_preview_is_marked_and_says_nothing_about_the_draw() -> None:
    frame = frozen()
    trial = preview(frame)
    assert trial == preview(frame.rows)
    assert trial.purpose == "preview"
    assert len(trial.selected) == frame.visits
    assert trial.seed != drawn(frame).seed
    later = frozen(event=dataclasses.replace(EVENT, name="另一事件"))
    assert preview(later) == trial
