"""Do names come out when their teams have left, and does a sealed month hold none of them?"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from riskengine.digest import canonical, digest
from riskengine.errors import NotAllowed
from scheduler import lottery
from scheduler.month import names_in, publish
from scheduler.roster.documents import Assignment
from scheduler.roster.sealed import names_of, require_unsealed, sealed_until, teams_left
from tests.scheduler.roster import small
from tests.scheduler.roster.test_check import OTHER, ROUTE, roster, routes
from tests.scheduler.small_month import sealed as closed
from tests.scheduler.whole_month import golden_month

DAY, NEXT = small.workdays(2)
ZONE = ZoneInfo("Asia/Shanghai")
MONTH = routes(ROUTE, replace(OTHER, depart_minute=540), replace(OTHER, route_id="R3"))
ROSTER = roster(*(Assignment(one.route_id, one.day, "P01", "P02") for one in MONTH.routes))
"""One team on the first day, at 08:30; two on the second, the last at 09:00."""


def at(day: dt.date, hour: int, minute: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=ZONE)


# ── when ──────────────────────────────────────────────────────────────────────────────────


def test_teams_have_left_when_the_last_of_the_day_has() -> None:
    assert teams_left(MONTH, DAY, ZONE) == at(DAY, 8, 30)
    assert teams_left(MONTH, NEXT, ZONE) == at(NEXT, 9, 0)
    assert teams_left(MONTH, DAY, ZONE).astimezone(dt.UTC).hour == 0


def test_names_of_a_day_wait_until_its_teams_have_left() -> None:
    with pytest.raises(NotAllowed) as refusal:
        names_of(MONTH, ROSTER, NEXT, at=at(NEXT, 8, 59), zone=ZONE)
    assert refusal.value.code == "names_sealed" and "09:00" in refusal.value.sentence.zh
    names = names_of(MONTH, ROSTER, DAY, at=at(DAY, 8, 30), zone=ZONE)
    assert [seat.route_id for seat in names.assignments] == ["R1"]
    assert names.roster_digest == digest(ROSTER)
    with pytest.raises(NotAllowed, match=str(small.MONTH.replace(day=20))):
        names_of(MONTH, ROSTER, small.MONTH.replace(day=20), at=at(NEXT, 9, 0), zone=ZONE)


def test_the_month_stays_sealed_until_the_last_team_has_left() -> None:
    assert sealed_until(MONTH, at(NEXT, 8, 59), ZONE) == at(NEXT, 9, 0)
    assert sealed_until(MONTH, at(NEXT, 9, 0), ZONE) is None
    require_unsealed(MONTH, at(NEXT, 9, 0), ZONE)
    with pytest.raises(NotAllowed) as refusal:
        require_unsealed(MONTH, at(DAY, 12, 0), ZONE)
    assert refusal.value.code == "month_sealed" and str(NEXT) in refusal.value.sentence.en


def test_a_month_without_teams_has_nothing_to_seal() -> None:
    empty = replace(MONTH, routes=())
    assert sealed_until(empty, at(DAY, 0, 0), ZONE) is None


# ── what ──────────────────────────────────────────────────────────────────────────────────


@cache
def bundles() -> tuple[dict[str, Any], dict[str, Any]]:
    """The golden month, sealed and open."""
    month = golden_month()
    frame, known = month.prepared.frame, month.prepared.known
    until = teams_left(month.routes, max(one.day for one in month.routes.routes), ZONE)
    sealed = publish(
        frame,
        month.drawn,
        month.routes,
        month.slots,
        month.roster,
        chain=month.chain,
        names=names_in(frame, month.slots, known),
        sealed_until=until,
    )
    return sealed, month.bundle


def findings(bundle: dict[str, Any]) -> list[str]:
    return [found["where"] for found in lottery.verify(bundle, canonical(bundle))]


def test_a_sealed_month_is_verified_as_far_as_it_goes() -> None:
    sealed, _ = bundles()
    assert findings(sealed) == []
    assert set(sealed["sealed"]) == {"roster_digest", "opens_at"}


def test_a_sealed_month_holds_no_assignment_no_secret_and_no_seed() -> None:
    sealed, whole = bundles()
    text = canonical(sealed).decode()
    assert "roster" not in sealed and "assignments" not in text
    assert whole["roster"]["secret"] not in text and whole["roster"]["seed"] not in text
    everyone = {share["inspector_id"] for share in sealed["slots"]["shares"]}
    named = {one for one in sealed["names"] if f'"inspector_id":"{one}"' in text}
    assert named == everyone  # all who could go, whoever was drawn


def test_the_open_month_is_what_the_sealed_one_committed_to() -> None:
    sealed, whole = bundles()
    assert sealed["sealed"]["roster_digest"] == lottery.digest_of(whole["roster"])
    assert findings(whole) == []
    rest = {"sealed", "roster", "digest"}
    assert {k: v for k, v in sealed.items() if k not in rest} == {
        k: v for k, v in whole.items() if k not in rest
    }


def test_a_seal_left_out_or_never_opened_is_found() -> None:
    sealed, _ = bundles()
    silent = closed({name: part for name, part in sealed.items() if name != "sealed"})
    assert findings(silent) == ["roster"]
    (overdue,) = lottery.overdue(sealed, "2027-01-01")
    assert overdue["where"] == "roster.secret" and "不能按空密文计算" in overdue["zh"]
    assert lottery.overdue(sealed, sealed["sealed"]["opens_at"][:10]) == []
    assert lottery.overdue(bundles()[1], "2027-01-01") == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"roster_digest": "0" * 64}, "sealed.roster_digest"),
        ({"opens_at": "2027-02-01T00:00:00Z"}, "sealed.opens_at"),
        ({"note": "later"}, "sealed"),
    ],
)
def test_a_forged_seal_is_found(change: dict[str, str], where: str) -> None:
    sealed, _ = bundles()
    forged = closed({**sealed, "sealed": sealed["sealed"] | change})
    assert findings(forged) == [where]


def test_sealed_and_open_at_once_is_found() -> None:
    sealed, whole = bundles()
    assert findings(closed({**sealed, "roster": whole["roster"]})) == ["sealed"]


def test_any_byte_of_a_sealed_month_counts() -> None:
    sealed, _ = bundles()
    raw = canonical(sealed)
    for place in range(7, len(raw), len(raw) // 40):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            parsed = lottery.parse_bundle(changed)
        except lottery.LotteryError:
            continue
        assert lottery.verify(parsed, changed), json.dumps(chr(raw[place]))
