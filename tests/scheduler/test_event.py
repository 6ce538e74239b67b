"""Is an event awaited, typed in, opened and counted as withheld as was stated before it?"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskengine.digest import digest, plain
from riskengine.errors import (
    AlreadyFrozen,
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    RiskEngineError,
    SeedMismatch,
)
from scheduler import lottery
from scheduler.chain import in_force, next_entry, require_in_force, require_reason
from scheduler.event import Event, Promise, of_beacon, proves_itself, with_deadline
from tests.scheduler.small_month import EVENT, drawn, frozen, sealed
from tests.scheduler.test_beacon import ROUND_1000, VALUE

ON_TIME, OVERDUE = "2026-11-30T13:00:00Z", "2026-12-01T12:30:00Z"
SECRETS = {"李四": b"\x01" * 32, "张三": b"\x02" * 32, "王五": b"\x03" * 32}
OFFICERS = Event(
    "commit_reveal",
    "三人当面公开密文",
    "会议室",
    "2026-11-30T12:30:00Z",
    tuple(Promise(name, lottery.commitment_of(secret)) for name, secret in SECRETS.items()),
)
ROUND = of_beacon("quicknet", 1000)
LONG_AGO = {"frozen_at": "2023-08-01T00:00:00Z", "event": ROUND}
THEN = {"entered_at": "2023-09-01T00:00:00Z", "event_value": ROUND_1000}


def refused(error: type[RiskEngineError], code: str) -> Any:
    """The refusal, by its kind and its sentence."""
    return pytest.raises(error, check=lambda raised: raised.code == code)


def revealed(**changes: str) -> str:
    return lottery.join_reveals({n: s.hex() for n, s in SECRETS.items()} | changes)


def verdict(frame: Any, result: Any) -> list[str]:
    parts = {"format": lottery.FORMAT, "frame": frame, "draw": result}
    return [found["where"] for found in lottery.verify(sealed({**plain(parts), "names": {}}))]


# ── a round of a beacon ───────────────────────────────────────────────────────────────────


def test_a_round_states_its_own_time_name_and_address() -> None:
    assert (ROUND.kind, ROUND.due_at) == ("drand", "2023-08-23T15:59:24Z")
    assert ROUND.name == "drand quicknet 1000"
    assert ROUND.source.endswith("c84e971/public/1000")
    assert of_beacon("default", 7, "示例", "示例来源").name == "示例"


def test_a_round_at_another_time_is_refused() -> None:
    with refused(NotAllowed, "round_time"):
        dataclasses.replace(ROUND, due_at="2026-11-30T12:30:00Z")
    with refused(NotAllowed, "beacon_unknown"):
        dataclasses.replace(ROUND, chain=None)
    with refused(NotAllowed, "beacon_unknown"):
        dataclasses.replace(ROUND, round=None)


def test_one_person_enters_a_round_in_any_case_or_width() -> None:
    frame = frozen(**LONG_AGO)
    once = drawn(frame, **THEN, entered_by=("张三",))
    assert once.event_value == ROUND_1000
    typed = f" {ROUND_1000.upper()}　"
    assert drawn(frame, **THEN | {"event_value": typed}, entered_by=("张三",)) == once
    assert verdict(frame, once) == []


def test_a_value_the_beacon_did_not_sign_is_refused() -> None:
    frame = frozen(**LONG_AGO)
    with refused(SeedMismatch, "beacon_unsigned"):
        drawn(frame, **THEN | {"event_value": VALUE["quicknet", 1001]})
    with refused(NotAllowed, "beacon_value_unreadable"):
        drawn(frame, **THEN | {"event_value": lottery.randomness_of(ROUND_1000)})


# ── two people ────────────────────────────────────────────────────────────────────────────


def test_each_of_two_types_the_value_and_both_must_agree() -> None:
    frame = frozen()
    assert drawn(frame, value_again="０７ 12　33") == drawn(frame)
    with refused(NotAllowed, "typed_differently"):
        drawn(frame, value_again="07 12 34")


@given(withheld=st.booleans())
def test_whatever_no_signature_proves_needs_two(withheld: bool) -> None:
    assert not proves_itself(EVENT, "07", withheld=withheld)
    assert proves_itself(ROUND, ROUND_1000, withheld=withheld) is not withheld
    assert proves_itself(OFFICERS, revealed(), withheld=withheld) is not withheld
    assert not proves_itself(OFFICERS, revealed(李四=""), withheld=withheld)


def test_one_person_does_not_say_alone_that_a_secret_was_withheld() -> None:
    frame = frozen(event=OFFICERS)
    asked = {"event_value": revealed(李四=""), "entered_at": OVERDUE}
    with refused(NeedsSecondPerson, "needs_second_person"):
        drawn(frame, **asked, entered_by=("张三",))
    assert verdict(frame, drawn(frame, **asked)) == []
    with refused(NeedsSecondPerson, "needs_second_person"):
        drawn(frozen(**LONG_AGO), **THEN, secret=None, withheld=True, entered_by=("张三", " 张三"))


# ── withheld past the deadline ────────────────────────────────────────────────────────────


def test_the_deadline_is_stated_at_the_freeze() -> None:
    assert frozen().event.reveal_by == OVERDUE
    assert with_deadline(ROUND, 1).reveal_by == "2023-08-23T16:59:24Z"
    assert digest(with_deadline(EVENT, 1)) != digest(with_deadline(EVENT, 2))


def test_no_secret_counts_as_withheld_before_the_deadline() -> None:
    last_second = "2026-12-01T12:29:59Z"
    for asked in (
        {"secret": None, "withheld": True},
        {"secret": None, "withheld": True, "entered_at": last_second},
    ):
        with refused(NotAllowed, "not_overdue"):
            drawn(frozen(), **asked)
    with refused(NotAllowed, "not_overdue"):
        drawn(frozen(event=OFFICERS), event_value=revealed(李四=""), entered_at=last_second)


def test_a_secret_withheld_by_one_officer_counts_as_empty_and_names_him() -> None:
    frame = frozen(event=OFFICERS)
    result = drawn(frame, event_value=revealed(李四=""), entered_at=OVERDUE)
    assert lottery.withheld_by({"kind": "commit_reveal"}, result.event_value) == ["李四"]
    assert result.seed != drawn(frame, event_value=revealed(), entered_at=OVERDUE).seed
    assert verdict(frame, result) == []
    bundle = sealed(
        {
            **plain({"format": lottery.FORMAT, "frame": frame, "draw": result}),
            "names": {},
        }
    )
    report = "\n".join(lottery._yes(bundle))
    assert "withheld, counts as empty: 李四" in report
    assert OVERDUE in report
    bundle["draw"]["entered_at"] = ON_TIME
    assert "draw.entered_at" in {found["where"] for found in lottery.verify(sealed(bundle))}
    bundle["draw"] |= {"entered_at": OVERDUE, "entered_by": ["张三"]}
    assert "draw.entered_by" in {found["where"] for found in lottery.verify(sealed(bundle))}


def test_a_withheld_secret_is_declared_and_one_at_least_is_opened() -> None:
    frame = frozen(event=OFFICERS)
    silent = lottery.join_reveals({n: s.hex() for n, s in SECRETS.items() if n != "李四"})
    with refused(SeedMismatch, "reveal_differs"):
        drawn(frame, event_value=silent, entered_at=OVERDUE)
    nobody = lottery.join_reveals(dict.fromkeys(SECRETS, ""))
    with refused(SeedMismatch, "reveal_differs"):
        drawn(frame, event_value=nobody, entered_at=OVERDUE)


# ── the record of plans ───────────────────────────────────────────────────────────────────


def test_a_second_plan_replaces_the_first_with_a_reason() -> None:
    purpose = "people/2026-12"
    asked = ("routes", "roster", purpose)
    require_reason((), *asked, None, None)
    with refused(NotFound, "not_found"):
        require_reason((), *asked, "0" * 64, "路断了")
    first = next_entry((), "routes", purpose, {"plan": 1})
    for replaces, reason in ((None, None), (first.digest, " "), (None, "路断了")):
        with refused(AlreadyFrozen, "routes_planned"):
            require_reason((first,), *asked, replaces, reason)
    require_reason((first,), *asked, first.digest, "路断了")
    second = next_entry((first,), "routes", purpose, {"plan": 2})
    chain = (first, second)
    assert in_force(chain, "routes", purpose) == second
    assert in_force(chain, "slots", purpose) is None
    require_in_force(chain, "routes", purpose, second.digest)
    with refused(AlreadyFrozen, "frame_replaced"):
        require_in_force(chain, "routes", purpose, first.digest)
    with refused(SeedMismatch, "frame_not_published"):
        require_in_force(chain, "routes", purpose, "0" * 64)
    drawn_already = (*chain, next_entry(chain, "roster", purpose, {}))
    with refused(AlreadyFrozen, "frame_drawn"):
        require_reason(drawn_already, *asked, second.digest, "换一组")
