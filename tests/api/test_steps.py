"""Is every step that law or protocol forbids refused with a sentence, on a real store?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from api import steps
from api.settings import Settings
from api.steps import Desk, Hand
from riskengine.digest import canonical
from riskengine.errors import RiskEngineError, Sentence
from riskengine.export import export_register
from riskengine.grade import Grades
from riskengine.register import Register
from scheduler import lottery
from scheduler.draw import Draw, Event, Must
from scheduler.month import Outside
from scheduler.roster.documents import Roster, Routes, Slots
from scheduler.travel import Matrix
from tests.scheduler.whole_month import AS_OF, MONTH, county, event, sentence_of, tables

PREPARER, PLANNER, SEALER = "李娜", "Wang Fang", "周明"
GRADER, ALLOTTER = "赵评级", "钱定量"
TWO = ("示例员甲", "示例员乙")
FIRST, SECOND = event(AS_OF, 3), event(AS_OF, 5)
VALUE = "03 09 14 17 22 31 + 05"


def hand(days: int, hour: int, *by: str) -> Hand:
    """People some days after `AS_OF`, UTC."""
    day = AS_OF + dt.timedelta(days=days)
    return Hand(by, dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC))


def desk_with(register: Register, folder: Path) -> Desk:
    desk = steps.open_desk(Settings(data=folder / "data"))
    take(desk, register, folder / "register", hand(0, 8, PREPARER))
    return desk


def take(desk: Desk, register: Register, folder: Path, by: Hand) -> None:
    """Import a register as its bureau would hand it over."""
    folder.mkdir()
    for name, table in export_register(register).items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    read, _ = steps.take_register(desk, by, folder)
    assert read.rejected == ()


def refused(step: Callable[[], object]) -> tuple[str, Sentence]:
    """The code and the sentence of a refusal, which speaks both languages."""
    with pytest.raises(RiskEngineError) as refusal:
        step()
    said = refusal.value.sentence
    assert re.search("[一-鿿]", said.zh)
    assert re.search("[a-z]{3}", said.en)
    return refusal.value.code, said


@dataclass(frozen=True)
class Made:
    """A month on a desk: the digests of its documents, and two officers nobody may send."""

    desk: Desk
    quota: str
    frame: str
    draw: str
    routes: str
    slots: str
    roster: str
    lapsed: str
    avoiding: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    staff = tables()["inspectors"]
    lapsed = staff[staff.certificate_expires_on < pd.Timestamp(AS_OF)].inspector_id.iloc[0]
    avoiding = staff[staff.certificate_expires_on > pd.Timestamp("2027-01-01")].inspector_id.iloc[0]

    def avoids_everyone(rows: pd.DataFrame) -> pd.DataFrame:
        others = rows[rows.inspector_id != avoiding]
        ids = tables()["enterprises"].enterprise_id.unique()
        new = pd.DataFrame({"enterprise_id": ids}).assign(
            inspector_id=avoiding, reason="近亲属任职", known_on=pd.Timestamp("2026-01-05")
        )
        return pd.concat([others, new])

    folder = tmp_path_factory.mktemp("house")
    desk = desk_with(county(avoidances=avoids_everyone), folder)
    grades = steps.make_grades(desk, hand(0, 9, GRADER), as_of=AS_OF)
    quota = steps.make_quota(
        desk, hand(0, 9, ALLOTTER), grades=grades, month=MONTH, must=cases(desk, grades)
    )
    frame = steps.make_frame(desk, hand(0, 10, PREPARER), quota=quota, event=FIRST)
    draw = steps.make_draw(desk, hand(3, 14, *TWO), frame=frame, event_value=VALUE)
    first_day = AS_OF + dt.timedelta(days=6)
    routes = steps.make_routes(desk, hand(3, 15, PLANNER), draw=draw, first_day=first_day)
    slots = steps.make_slots(desk, hand(4, 10, SEALER), routes=routes, event=SECOND)
    roster = steps.make_roster(desk, hand(5, 14, *TWO), slots=slots, event_value=VALUE)
    return Made(desk, quota, frame, draw, routes, slots, roster, lapsed, avoiding)


def cases(desk: Desk, grades: str) -> tuple[Must, ...]:
    """Complaints about three hauliers: a month that surely has a route."""
    rows = steps.load(desk, "grades", grades, Grades).table.to_pylist()
    ids = [row["enterprise_id"] for row in rows if row["sector"] == "freight"][:3]
    return tuple(Must(one, "case", sentence_of("投诉属实")) for one in ids)


# ── certificates and conflicts of interest ────────────────────────────────────────────────


def test_an_officer_who_may_not_go_has_no_share(made: Made) -> None:
    slots = steps.load(made.desk, "slots", made.slots, Slots)
    drawable = {share.inspector_id for share in slots.shares if share.share_micro}
    assert len(drawable) > 2
    assert not drawable & {made.lapsed, made.avoiding}


@pytest.mark.parametrize(("who", "word"), [("lapsed", "执法证"), ("avoiding", "回避")])
def test_a_roster_that_seats_such_an_officer_by_hand_is_not_published(
    made: Made, who: str, word: str
) -> None:
    roster = steps.load(made.desk, "roster", made.roster, Roster)
    first, *others = roster.assignments
    by_hand = replace(roster, assignments=(replace(first, second=getattr(made, who)), *others))
    forged = steps.keep(
        made.desk, hand(5, 15, PLANNER), "roster", by_hand, as_of=AS_OF, inputs=(made.slots,)
    )
    code, said = refused(lambda: steps.make_bundle(made.desk, hand(6, 9, "赵敏"), roster=forged))
    assert code == "rules_broken"
    assert word in said.zh


# ── one list, one draw ────────────────────────────────────────────────────────────────────


def test_a_list_is_drawn_once(made: Made) -> None:
    code, _ = refused(
        lambda: steps.make_draw(
            made.desk, hand(3, 16, *TWO), frame=made.frame, event_value="07 07 07"
        )
    )
    assert code == "frame_drawn"


def test_the_people_are_drawn_once(made: Made) -> None:
    code, _ = refused(
        lambda: steps.make_roster(
            made.desk, hand(5, 16, *TWO), slots=made.slots, event_value="07 07 07"
        )
    )
    assert code == "frame_drawn"


NEW_EVENT = event(AS_OF, 9)


@pytest.mark.parametrize(
    ("named", "reason", "awaited", "code"),
    [
        (False, None, NEW_EVENT, "frame_frozen"),
        (True, None, NEW_EVENT, "event_has_happened"),
        (True, "抽得不满意", NEW_EVENT, "event_has_happened"),
        (True, "漏了一家", FIRST, "event_has_happened"),
    ],
)
def test_a_list_whose_event_has_happened_is_not_replaced(
    made: Made, named: bool, reason: str | None, awaited: Event, code: str
) -> None:
    replaces = made.frame if named else None
    found, _ = refused(
        lambda: steps.make_frame(
            made.desk,
            hand(6, 9, PREPARER),
            quota=made.quota,
            event=awaited,
            replaces=replaces,
            reason=reason,
        )
    )
    assert found == code


def test_the_seats_are_not_frozen_again_without_a_reason(made: Made) -> None:
    code, _ = refused(
        lambda: steps.make_slots(
            made.desk, hand(4, 11, SEALER), routes=made.routes, event=SECOND, replaces=made.slots
        )
    )
    assert code.endswith("_frozen")


# ── two people ────────────────────────────────────────────────────────────────────────────

SPELLINGS = [("王强",), ("王强", "王强"), ("王强", " 王　强 "), ("Li Na", "ＬＩ\u200bna")]


@pytest.mark.parametrize("by", SPELLINGS)
def test_one_person_does_not_draw_for_two(made: Made, by: tuple[str, ...]) -> None:
    def enterprises() -> str:
        return steps.make_draw(made.desk, hand(3, 14, *by), frame=made.frame, event_value=VALUE)

    def people() -> str:
        return steps.make_roster(made.desk, hand(5, 14, *by), slots=made.slots, event_value=VALUE)

    for step in (enterprises, people):
        assert refused(step)[0] == "second_person_needed"


@pytest.mark.parametrize(
    "name", [GRADER, ALLOTTER, PREPARER, " 李　娜", "ＷＡＮＧfang", SEALER, *TWO]
)
def test_whoever_made_the_month_does_not_approve_it(made: Made, name: str) -> None:
    code, _ = refused(lambda: steps.make_bundle(made.desk, hand(6, 9, name), roster=made.roster))
    assert code == "another_person_needed"


def drawn_at(desk: Desk) -> str:
    """The month up to its draw."""
    grades = steps.make_grades(desk, hand(0, 9, GRADER), as_of=AS_OF)
    quota = steps.make_quota(
        desk, hand(0, 9, ALLOTTER), grades=grades, month=MONTH, must=cases(desk, grades)
    )
    frame = steps.make_frame(desk, hand(0, 10, PREPARER), quota=quota, event=FIRST)
    return steps.make_draw(desk, hand(3, 14, *TWO), frame=frame, event_value=VALUE)


def test_leave_announced_after_the_list_was_frozen_keeps_an_officer_at_home_bug(
    tmp_path: Path,
) -> None:
    day, last = pd.Timestamp(AS_OF + dt.timedelta(days=1)), pd.Timestamp(MONTH.replace(day=31))
    staff = tables()["inspectors"]
    away = staff[staff.certificate_expires_on > last].inspector_id.iloc[1]

    def announced(rows: pd.DataFrame) -> pd.DataFrame:
        leave = {"inspector_id": [away], "from_on": [pd.Timestamp(MONTH)], "to_on": [last]}
        return pd.concat([rows, pd.DataFrame(leave).assign(known_on=day)])

    desk = desk_with(county(absences=announced), tmp_path)
    draw = drawn_at(desk)
    routes = steps.make_routes(
        desk, hand(3, 15, PLANNER), draw=draw, first_day=AS_OF + dt.timedelta(days=6)
    )
    made = steps.make_slots(desk, hand(4, 10, SEALER), routes=routes, event=SECOND)
    shares = steps.load(desk, "slots", made, Slots).shares
    assert shares and away not in {share.inspector_id for share in shares}


def test_imported_travel_times_hold_until_the_month_is_approved(tmp_path: Path) -> None:
    """Checked against distances, routes planned with slower roads would break the rule `travel`."""
    desk = desk_with(county(), tmp_path)
    draw = drawn_at(desk)
    month = steps.month_of(desk, draw)
    ids = [*month.draw.selected, *(must.enterprise_id for must in month.frame.must)]
    pairs = [{"from_id": "base", "to_id": one, "minutes": 61} for one in ids]
    slow = pa.Table.from_pylist(pairs)
    routes = steps.make_routes(desk, hand(3, 16, PLANNER), draw=draw, matrix=slow)
    kept = desk.store.get_document(routes, "routes")
    assert kept.inputs[0] == draw
    stored = steps.load(desk, "matrix", kept.inputs[1], Matrix)
    assert stored.minutes.to_pylist() == pairs
    plan = steps.load(desk, "routes", routes, Routes)
    first = plan.routes[0]
    assert first.stops[0].arrive_minute - first.depart_minute == 61


def test_a_draw_is_planned_again_only_in_the_open(tmp_path: Path) -> None:
    desk = desk_with(county(), tmp_path)
    draw = drawn_at(desk)
    assert steps.planned_before(desk, draw) is None
    day = AS_OF + dt.timedelta(days=6)
    plan, by = steps.make_routes, hand(3, 15, PLANNER)
    first = plan(desk, by, draw=draw, first_day=day)
    assert steps.planned_before(desk, draw) == first
    assert refused(lambda: plan(desk, by, draw=draw, first_day=day))[0] == "routes_planned"
    second = plan(desk, by, draw=draw, first_day=day, replaces=first, reason="桥断了 ")
    written = steps.load(desk, "routes", second, Routes)
    assert (written.replaces, written.reason) == (first, "桥断了")
    assert [entry.kind for entry in steps.chain(desk)] == ["frame", "draw", "routes", "routes"]
    freeze, at = steps.make_slots, hand(4, 10, SEALER)
    assert refused(lambda: freeze(desk, at, routes=first, event=SECOND))[0] == "frame_replaced"
    freeze(desk, at, routes=second, event=SECOND)
    late = hand(5, 14, PLANNER)
    again = {"draw": draw, "replaces": second, "reason": "换个人"}
    assert refused(lambda: plan(desk, late, **again))[0] == "event_has_happened"


def test_a_sealed_secret_that_is_there_is_not_withheld(tmp_path: Path) -> None:
    desk = desk_with(county(), tmp_path)
    grades = steps.make_grades(desk, hand(0, 9, GRADER), as_of=AS_OF)
    quota = steps.make_quota(desk, hand(0, 9, ALLOTTER), grades=grades, month=MONTH)
    frame = steps.make_frame(desk, hand(0, 10, PREPARER), quota=quota, event=FIRST)
    asked = {"frame": frame, "event_value": VALUE, "withheld": True}
    overdue = hand(4, 14, *TWO)
    assert refused(lambda: steps.make_draw(desk, overdue, **asked))[0] == "secret_is_here"
    (desk.data / "sealed").rename(desk.data / "lost")
    assert refused(lambda: steps.make_draw(desk, hand(3, 14, *TWO), **asked))[0] == "not_overdue"
    draw = steps.load(desk, "draw", steps.make_draw(desk, overdue, **asked), Draw)
    assert draw.is_withheld


def test_somebody_else_approves_it_and_it_verifies(made: Made) -> None:
    bundle = steps.make_bundle(made.desk, hand(6, 9, "赵敏"), roster=made.roster)
    raw = canonical(made.desk.store.get_document(bundle, "bundle").body)
    assert lottery.verify(lottery.parse_bundle(raw), raw) == []


# ── owed from month to month ──────────────────────────────────────────────────────────────


def test_what_december_owes_comes_first_in_january_unless_it_was_seen_since(
    tmp_path: Path,
) -> None:
    officers = tables()["inspectors"].inspector_id
    leave = pd.DataFrame({"inspector_id": officers}).assign(
        from_on=pd.Timestamp("2026-11-20"),
        to_on=pd.Timestamp("2026-12-31"),
        known_on=pd.Timestamp("2026-11-01"),
    )
    desk = desk_with(county(absences=lambda _: leave), tmp_path)
    grades = steps.make_grades(desk, hand(0, 9, PREPARER), as_of=AS_OF)
    asked = cases(desk, grades)
    quota = steps.make_quota(desk, hand(0, 9, PREPARER), grades=grades, month=MONTH, must=asked)
    frame = steps.make_frame(desk, hand(0, 10, PREPARER), quota=quota, event=FIRST)
    draw = steps.make_draw(desk, hand(3, 14, *TWO), frame=frame, event_value=VALUE)
    routes = steps.make_routes(desk, hand(3, 15, PLANNER), draw=draw)
    owed = steps.load(desk, "routes", routes, Routes).owed
    assert [visit.enterprise_id for visit in owed] == [must.enterprise_id for must in asked]

    seen, *waiting = (visit.enterprise_id for visit in owed)
    visited = (
        tables()["inspections"]
        .head(1)
        .assign(
            fact_id="NEW",
            enterprise_id=seen,
            occurred_on=pd.Timestamp("2026-12-08"),
            known_on=pd.Timestamp("2026-12-09"),
            result="no_problem",
        )
    )
    grown = county(absences=lambda _: leave, inspections=lambda rows: pd.concat([rows, visited]))
    take(desk, grown, tmp_path / "december", hand(20, 8, PREPARER))
    later = hand(31, 9, PREPARER)
    grades = steps.make_grades(desk, later, as_of=later.at.date())
    quota = steps.make_quota(desk, later, grades=grades, month=dt.date(2027, 1, 1))
    basis = desk.store.get_document(quota, "quota").inputs[1]
    outside = steps.load(desk, "outside", basis, Outside)
    assert [(o.enterprise_id, o.kind, o.since) for o in outside.owed] == [
        (one, "case", MONTH) for one in waiting
    ]
    assert [visit.enterprise_id for visit in outside.visits] == waiting


def test_what_december_has_ahead_counts_when_january_is_prepared(tmp_path: Path) -> None:
    desk = desk_with(county(), tmp_path)
    by, late = hand(3, 15, PLANNER), dt.date(2026, 12, 14)
    planned = steps.make_routes(desk, by, draw=drawn_at(desk), first_day=late)
    december = steps.load(desk, "routes", planned, Routes)
    later = hand(15, 9, PREPARER)
    grades = steps.make_grades(desk, later, as_of=later.at.date())
    quota = steps.make_quota(desk, later, grades=grades, month=dt.date(2027, 1, 1))
    basis = desk.store.get_document(quota, "quota").inputs[1]
    ahead = steps.load(desk, "outside", basis, Outside).ahead
    assert later.at.date() < late
    assert ahead and {visit.enterprise_id for visit in ahead} == {
        stop.enterprise_id for route in december.routes for stop in route.stops
    }
