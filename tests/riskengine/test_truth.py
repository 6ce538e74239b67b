"""Are the grades of then computed as if the truth had been known, and is nothing else touched?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.contest import corrected, fact_of
from riskengine.days import measure_on, views_on
from riskengine.features import measure
from riskengine.fields import table_of_fields
from riskengine.grade import Grades, grade, grades_digest
from riskengine.policy import read_policy
from riskengine.register import Register
from riskengine.scorecard import score
from riskengine.truth import (
    Book,
    Truth,
    grade_now,
    in_force,
    of_enterprise,
    path_of,
    replay,
    row_of,
    spliced,
    with_truth,
)
from riskengine.truth_said import difference_said, points_changed
from tests.riskengine.build import AS_OF, day, register
from tests.riskengine.test_features import rows_of_everything

PACK = read_policy("cn-transport")
DAYS = [day(120), day(90), day(30)]
WITHDRAWABLE = ("violations", "hazards", "accidents", "complaints", "credit")


def chain(facts: Register, days: list[dt.date] = DAYS) -> Book:
    """Gradings one after the other, each compared with the one before."""
    found: dict[str, Grades] = {}
    last: Grades | None = None
    views = views_on(PACK, days)
    for view, features in zip(views, measure_on(facts, views, days), strict=True):
        last = grade(score(features, view), view, last)
        found[grades_digest(last)] = last
    return Book(found, {})


def plus(facts: Register, table: str, row: pa.Table) -> Register:
    return Register({**facts.tables, table: pa.concat_tables([facts.tables[table], row])})


def without(facts: Register, table: str, fact_id: str) -> Register:
    rest = [row for row in facts.tables[table].to_pylist() if row["fact_id"] != fact_id]
    schema = facts.tables[table].schema
    return Register({**facts.tables, table: pa.Table.from_pylist(rest, schema)})


pick = st.tuples(st.integers(0, 30), st.sampled_from(WITHDRAWABLE), st.integers(0, 39))


def chosen(seed: int, table: str, place: int) -> tuple[Register, str, str]:
    facts = register(**rows_of_everything(seed))
    row = facts.tables[table].to_pylist()[place]
    return facts, row["fact_id"], row["enterprise_id"]


@settings(max_examples=4, deadline=None)
@given(pick)
def test_a_correction_changes_no_old_grade_document(picked: tuple[int, str, int]) -> None:
    seed, table, place = picked
    facts, fact_id, _ = chosen(seed, table, place)
    fact = fact_of(facts, table, fact_id, as_of=AS_OF)
    row = corrected(fact, table, {"withdrawn": True}, known_on=AS_OF)
    assert list(chain(plus(facts, table, row)).grades) == list(chain(facts).grades)


@settings(max_examples=4, deadline=None)
@given(pick)
def test_a_withdrawn_fact_is_as_if_it_had_never_been(picked: tuple[int, str, int]) -> None:
    seed, table, place = picked
    facts, fact_id, enterprise = chosen(seed, table, place)
    truth = Truth(table, fact_id, {"withdrawn": True})
    replayed = replay(chain(facts), facts, [truth], PACK, enterprise)
    never = chain(without(facts, table, fact_id))
    expected = {one.as_of: row_of(one, enterprise) for one in never.grades.values()}
    since = min(r["known_on"] for r in facts.tables[table].to_pylist() if r["fact_id"] == fact_id)
    assert [one.truth.as_of for one in replayed] == [d for d in DAYS if d > since]
    for one in replayed:
        assert row_of(one.truth, enterprise) == expected[one.truth.as_of]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 30), known_on=st.integers(0, 130))
def test_a_fact_that_was_not_known_changes_nothing(seed: int, known_on: int) -> None:
    rows = rows_of_everything(seed)
    late = {"fact_id": "late", "enterprise_id": "E3", "occurred_on": day(400)}
    rows["violations"].append(late | {"known_on": day(known_on), "tier": "grave"})
    facts = register(**rows)
    truth = Truth("violations", "late", {"withdrawn": True})
    replayed = replay(chain(facts), facts, [truth], PACK, "E3")
    assert [one.truth.as_of for one in replayed] == [d for d in DAYS if d > day(known_on)]


@settings(max_examples=4, deadline=None)
@given(pick)
def test_the_other_enterprises_stay_as_they_were(picked: tuple[int, str, int]) -> None:
    seed, table, place = picked
    facts, fact_id, enterprise = chosen(seed, table, place)
    truth = Truth(table, fact_id, {"withdrawn": True})
    for one in replay(chain(facts), facts, [truth], PACK, enterprise):
        known = with_truth(facts, truth).as_of(one.was.as_of)
        new = spliced(one.was, one.truth, register_digest=known.digest)
        for row in one.was.table.to_pylist():
            name = row["enterprise_id"]
            wanted = row_of(one.truth, name) if name == enterprise else row
            assert row_of(new, name) == wanted
        assert new.table["enterprise_id"].to_pylist() == one.was.table["enterprise_id"].to_pylist()


def test_the_grade_of_one_alone_is_its_grade_among_all() -> None:
    facts = register(**rows_of_everything(7))
    (name, last), *_ = reversed(list(chain(facts).grades.items()))
    view = PACK.on(AS_OF)
    every = grade(score(measure(facts.as_of(AS_OF), view), view), view, last)
    for enterprise in ("E0", "E5", "E11"):
        alone = grade_now(facts, PACK, enterprise, last, AS_OF)
        assert row_of(alone, enterprise) == row_of(every, enterprise)
    assert in_force(chain(facts), AS_OF) == name


# ── one story ─────────────────────────────────────────────────────────────────────────────

GRAVE = {"fact_id": "V1", "ago": 110, "known_on": day(100), "tier": "grave", "count": 3}
STORY = register(
    enterprises=[{"enterprise_id": "E1"}, {"enterprise_id": "E2"}],
    violations=[GRAVE],
    inspections=[{"enterprise_id": one, "ago": 200} for one in ("E1", "E2")],
    credit=[
        {"enterprise_id": one, "ago": 200, "level": "excellent"} for one in ("E1", "E2")
    ],
)  # fmt: skip
WITHDRAWN = Truth("violations", "V1", {"withdrawn": True})


def letters(grades: list[Grades]) -> list[str]:
    return [str(row_of(one, "E1") and row_of(one, "E1")["grade"]) for one in grades]  # type: ignore[index]


def test_a_wrong_fact_does_not_hold_the_enterprise_back_afterwards() -> None:
    book = chain(STORY)
    assert letters(list(book.grades.values())) == ["A", "D", "D"]
    replayed = replay(book, STORY, [WITHDRAWN], PACK, "E1")
    assert letters([one.truth for one in replayed]) == ["A", "A"]
    fact = fact_of(STORY, "violations", "V1", as_of=AS_OF)
    now = plus(
        STORY, "violations", corrected(fact, "violations", {"withdrawn": True}, known_on=day(10))
    )
    then = spliced(replayed[-1].was, replayed[-1].truth, register_digest="")
    assert letters([grade_now(now, PACK, "E1", then, AS_OF)]) == ["A"]
    held = grade_now(now, PACK, "E1", replayed[-1].was, AS_OF)
    assert letters([held]) == ["C"]  # what the old grade would have made of it


def test_the_difference_is_told_in_sentences() -> None:
    book = chain(STORY)
    replayed = replay(book, STORY, [WITHDRAWN], PACK, "E1")
    now = grade_now(STORY, PACK, "E1", replayed[-1].truth, AS_OF)
    codes = [one.code for one in difference_said(replayed, now, PACK, "E1")]
    assert list(dict.fromkeys(codes)) == [
        "contest_then", "contest_veto_gone", "contest_points", "contest_path", "contest_now",
        "contest_draws",
    ]  # fmt: skip
    was, is_ = (row_of(one, "E1") or {} for one in (replayed[-1].was, replayed[-1].truth))
    lines = points_changed(was, is_, PACK.on(DAYS[-1]))
    assert sum(after - before for _, before, after in lines) == is_["score"] - was["score"] > 0
    path = path_of(replayed, "E1").to_pylist()
    assert [(row["from_grade"], row["grade"]) for row in path] == [("D", "A")] * 2
    assert [row["document"] for row in path] == list(book.grades)[1:]


def test_a_later_ruling_stands_on_the_earlier_ones() -> None:
    twice = {"fact_id": "V2", "ago": 100, "known_on": day(70), "tier": "grave", "count": 3}
    facts = plus(STORY, "violations", register(violations=[twice]).tables["violations"])
    book = chain(facts)
    first = replay(book, facts, [WITHDRAWN], PACK, "E1")
    assert letters([one.truth for one in first]) == ["A", "D"]
    mended = spliced(first[-1].was, first[-1].truth, register_digest="")
    later = Book(
        {**book.grades, grades_digest(mended): mended},
        {grades_digest(mended): list(book.grades)[-1]},
    )
    second = Truth("violations", "V2", {"withdrawn": True})
    both = replay(later, facts, [WITHDRAWN, second], PACK, "E1")
    assert letters([one.truth for one in both]) == ["A", "A"]
    assert both[-1].document == grades_digest(mended)  # compared with the correction that stands
    assert in_force(later, AS_OF) == grades_digest(mended)


def test_one_enterprise_keeps_its_own_facts_only() -> None:
    mine = of_enterprise(STORY, "E2")
    for name, info in table_of_fields().items():
        if info.is_fact or name == "enterprises":
            owners: set[Any] = set(mine.tables[name]["enterprise_id"].to_pylist())
            assert owners <= {"E2"}
