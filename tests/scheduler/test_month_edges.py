"""Does every month end in a result with reasons or in a sentence, however odd it is?"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from riskengine.digest import canonical, digest
from riskengine.errors import AlreadyFrozen, NotAllowed, RiskEngineError
from riskengine.register import register_from_tables
from scheduler.chain import next_entry
from scheduler.draw import Must
from scheduler.month import outside_of, require_in_time, route, still_owed
from scheduler.quota import Owed
from scheduler.worth import worth
from tests.scheduler.roster import small
from tests.scheduler.whole_month import (
    AS_OF,
    MONTH,
    county,
    dear_pack,
    event,
    findings,
    golden_month,
    moment,
    none_of,
    on_time,
    pack,
    prepared_for,
    sentence_of,
    tables,
    walk,
)


def graded_ids(number: int) -> list[str]:
    """The first enterprises of the county that have a grade."""
    ids: list[str] = on_time().grades.table["enterprise_id"].to_pylist()[:number]
    return ids


def all_on_leave(until: str = "2026-12-31") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "inspector_id": tables()["inspectors"].inspector_id,
            "from_on": pd.Timestamp("2026-11-20"),
            "to_on": pd.Timestamp(until),
            "known_on": pd.Timestamp("2026-11-01"),
        }
    )


# ── months at the edge ────────────────────────────────────────────────────────────────────


def test_a_month_in_which_every_enterprise_is_at_its_cap() -> None:
    caps = {"rates.yearly_cap": dict.fromkeys("ABCD", 0), "rates.sector_yearly_cap": {}}
    month = walk(county(), pack().overlay(caps))
    quota = month.prepared.quota
    assert quota.visits == 0
    assert {share for _, share in quota.probabilities} == {0}
    assert all("quota_capped" in {r.code for r in one.reasons} for one in quota.strata)
    assert findings(month) == []


def test_one_officer_alone_visits_nobody_and_the_month_says_why() -> None:
    month = walk(
        county(inspectors=lambda rows: rows.head(1), absences=none_of, avoidances=none_of),
        dear_pack(),
    )
    assert month.routes.routes == month.routes.owed == month.drawn.selected == ()
    assert month.prepared.quota.capacity.team_days == 0
    assert {one.code for one in month.prepared.quota.conflicts} >= {"quota_no_officers"}
    assert findings(month) == []


@pytest.mark.parametrize("officers", ["none", "all on leave"])
def test_without_officers_nothing_is_drawn_and_a_case_is_owed(officers: str) -> None:
    nobody = {"inspectors": none_of, "absences": none_of, "avoidances": none_of}
    changes = nobody if officers == "none" else {"absences": lambda _: all_on_leave()}
    (case,) = graded_ids(1)
    month = walk(
        county(**changes), dear_pack(), must=(Must(case, "case", sentence_of("投诉属实")),)
    )
    quota = month.prepared.quota
    assert quota.capacity.visits == quota.visits == 0
    assert "quota_no_room" in {conflict.code for conflict in quota.conflicts}
    (owed,) = month.routes.owed
    assert (owed.enterprise_id, owed.kind, owed.since) == (case, "case", MONTH)
    assert owed.reason.code.startswith("roster_no_")
    assert findings(month) == []


def test_a_register_in_which_nothing_ever_happened() -> None:
    rows = tables()
    quiet = {name: rows[name].head(0) for name in ("violations", "inspections")}
    there = {name: rows[name] for name in ("enterprises", "inspectors")}
    month = walk(register_from_tables(there | quiet), dear_pack())
    assert month.routes.routes
    assert findings(month) == []


def test_a_county_without_enterprises() -> None:
    rows = tables()
    empty = {name: rows[name].head(0) for name in ("enterprises", "violations", "inspections")}
    month = walk(register_from_tables(empty | {"inspectors": rows["inspectors"]}))
    assert month.prepared.frame.rows == month.drawn.selected == month.roster.assignments == ()
    assert findings(month) == []


@pytest.mark.parametrize("month", [dt.date(2028, 2, 1), dt.date(2028, 3, 1)])
def test_a_leap_year_beyond_the_published_calendar_is_provisional(month: dt.date) -> None:
    rows = tables(start=dt.date(2025, 2, 1), until=dt.date(2028, 1, 31))
    leap_day = dt.date(2028, 2, 29)
    case = rows["enterprises"].enterprise_id.iloc[0]
    must = (Must(case, "case", sentence_of("投诉属实")),)
    made = walk(register_from_tables(rows), dear_pack(), as_of=leap_day, month=month, must=must)
    capacity = made.prepared.quota.capacity
    assert capacity.is_provisional
    assert "calendar_provisional" in {reason.code for reason in capacity.reasons}
    if month < leap_day:  # no day is left to go out on, so only the case is asked for, and owed
        assert (capacity.workdays, capacity.visits, made.drawn.selected) == (1, 0, ())
        assert {owed.reason.code for owed in made.routes.owed} == {"roster_no_workday"}
    else:
        assert made.routes.routes
    assert findings(made) == []


def test_names_in_any_script_come_through() -> None:
    odd = '示例🚛𠮷\u200d"\\<b>é'
    month = walk(
        county(
            enterprises=lambda rows: rows.assign(name=odd + rows.name, township="东镇😀"),
            inspectors=lambda rows: rows.assign(name="员👮" + rows.name),
        ),
        dear_pack(),
    )
    assert odd in json.loads(canonical(month.bundle))["names"][month.drawn.selected[0]]
    assert findings(month) == []


def test_a_sector_the_pack_does_not_know_is_owed_with_the_reason() -> None:
    month = walk(county(enterprises=lambda rows: rows.assign(sector="水路运输")), dear_pack())
    assert month.drawn.selected
    assert {owed.reason.code for owed in month.routes.owed} == {"roster_no_licence"}
    assert "水路运输" in month.routes.owed[0].reason.zh


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"month": dt.date(2026, 12, 15)}, "month_begins_on_its_first"),
        ({"month": dt.date(2026, 10, 1)}, "month_is_over"),
        ({"must": (Must("nobody", "case", sentence_of("投诉")),)}, "not_found"),
    ],
)
def test_a_month_that_cannot_be_is_refused(asked: dict[str, Any], code: str) -> None:
    with pytest.raises(RiskEngineError) as refusal:
        prepared_for(county(), pack(), **asked)
    assert refusal.value.code == code


# ── what is owed, and what must be ────────────────────────────────────────────────────────


def owed_of(*enterprise_ids: str) -> tuple[Owed, ...]:
    reason = sentence_of("上月人手不足")
    return tuple(Owed(one, "routine", dt.date(2026, 10, 1), reason) for one in enterprise_ids)


def visited(enterprise_id: str, day: dt.date, result: str = "no_problem") -> dict[str, Any]:
    return {"enterprise_id": enterprise_id, "occurred_on": day, "result": result}


def test_owed_visits_lapse_when_the_enterprise_closed_or_was_inspected_since() -> None:
    known = small.known(
        enterprises=[
            small.enterprise("closed", closed_on=dt.date(2026, 11, 3)),
            *map(small.enterprise, ("waiting", "before", "since", "unreached")),
        ],
        inspections=[
            visited("before", dt.date(2026, 9, 30)),
            visited("since", dt.date(2026, 10, 1)),
            visited("since", dt.date(2026, 9, 2)),
            visited("unreached", dt.date(2026, 10, 8), "unreachable"),
        ],
    )
    owed = owed_of("waiting", "closed", "before", "since", "unreached", "struck off")
    still = [visit.enterprise_id for visit in still_owed(owed, known)]
    assert still == ["waiting", "before", "unreached"]


def test_what_stays_owed_keeps_its_kind_and_its_month() -> None:
    """December and January without officers, February with them."""
    on_leave = county(absences=lambda _: all_on_leave("2027-01-31"))
    case, routine = graded_ids(2)
    december = walk(
        on_leave,
        dear_pack(),
        owed=owed_of(routine),
        must=(Must(case, "case", sentence_of("投诉属实")),),
    )
    january = walk(
        on_leave,
        dear_pack(),
        as_of=dt.date(2026, 12, 25),
        month=dt.date(2027, 1, 1),
        owed=december.routes.owed,
    )
    for month in (december, january):
        assert {(o.enterprise_id, o.kind, o.since) for o in month.routes.owed} == {
            (case, "case", MONTH),
            (routine, "routine", dt.date(2026, 10, 1)),
        }
    february = walk(
        on_leave,
        dear_pack(),
        as_of=dt.date(2027, 1, 25),
        month=dt.date(2027, 2, 1),
        owed=january.routes.owed,
    )
    served = {stop.enterprise_id: stop.kind for one in february.routes.routes for stop in one.stops}
    assert (served[case], served[routine]) == ("case", "routine")
    assert february.routes.owed == ()
    assert findings(february) == []


def test_what_is_owed_leaves_the_draw_and_is_served_before_it() -> None:
    """Even where its visits are worth least."""
    rules = dear_pack().on(AS_OF)
    worth_of = worth(on_time().grades, on_time().known, rules)
    owed = sorted(sorted(worth_of, key=worth_of.__getitem__)[:2])
    month = walk(county(), dear_pack(), owed=owed_of(*owed))
    prepared = month.prepared
    assert not set(owed) & {row.enterprise_id for row in prepared.frame.rows}
    assert prepared.quota.served_first == tuple(owed)
    short = route(
        prepared.frame,
        month.drawn,
        prepared.grades,
        prepared.known,
        rules,
        team_days=2,
        owed=prepared.outside.owed,
    )
    left = {visit.enterprise_id for visit in short.owed}
    assert left
    assert left < set(month.drawn.selected)


def test_one_visit_an_enterprise_whatever_the_order_it_was_asked_in() -> None:
    one, other = graded_ids(2)
    asked = (
        Must(one, "special", sentence_of("专项")),
        Must(one, "case", sentence_of("投诉")),
        Must(other, "special", sentence_of("专项")),
    )
    known, owed = on_time().known, owed_of(one, other)
    outside = outside_of(known, month=MONTH, owed=owed, must=asked)
    kinds = [(visit.enterprise_id, visit.kind) for visit in outside.visits]
    assert kinds == [(one, "case"), (other, "special")]
    again = outside_of(known, month=MONTH, owed=owed, must=asked[::-1])
    assert digest(again) == digest(outside)


# ── refusals ──────────────────────────────────────────────────────────────────────────────


def test_a_list_frozen_again_names_the_one_it_replaces_and_says_why() -> None:
    first = on_time().frame
    chain = (next_entry((), "frame", first.purpose, first),)
    with pytest.raises(AlreadyFrozen):
        prepared_for(county(), pack(), chain=chain)
    again = prepared_for(
        county(), pack(), chain=chain, replaces=digest(first), reason="漏了一家投诉企业"
    ).frame
    assert (again.draw_number, again.replaces) == (2, digest(first))


def test_teams_leave_after_both_draws() -> None:
    month = golden_month()
    first = min(one.day for one in month.routes.routes)
    with pytest.raises(NotAllowed) as refusal:
        require_in_time(month.routes, event(first, 0))
    assert refusal.value.code == "event_after_first_route"
    require_in_time(month.routes, event(first, -1))
    late = route(
        month.prepared.frame,
        replace(month.drawn, entered_at=moment(dt.date(2026, 12, 16), 0, 14)),
        month.prepared.grades,
        month.prepared.known,
        dear_pack().on(AS_OF),
        first_day=MONTH,
    )
    assert min(late.days) == dt.date(2026, 12, 17)


def test_a_roster_nobody_drew_is_not_published_even_if_it_keeps_every_rule() -> None:
    month = golden_month()
    first, *others = month.roster.assignments
    could = {s.inspector_id for s in month.slots.shares if s.route_id == first.route_id}
    spare = min(could - {first.lead, first.second})
    assignments = (replace(first, second=spare), *others)
    by_hand = replace(month, roster=replace(month.roster, assignments=assignments))
    with pytest.raises(NotAllowed, match=r"roster\.assignments") as refusal:
        _ = by_hand.bundle
    assert refusal.value.code == "bundle_unsound"
