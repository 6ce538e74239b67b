"""Is what was written still there, as it was written, and nothing lost on the way?"""

from __future__ import annotations

import datetime as dt
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from api.store import NOTHING_BEFORE, Store, open_store
from api.tables import APPEND_ONLY, EVENT, METADATA
from riskengine.digest import digest
from riskengine.errors import AlreadyFrozen, NotFound
from riskengine.fields import table_of_fields
from riskengine.register import Register, read_register, register_from_tables

FLAWS = Path(__file__).parents[1] / "riskengine" / "flaws"
AT = dt.datetime(2026, 12, 1, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
HAND = {"made_at": AT, "made_by": ("李娜",)}
DAY = dt.date(2026, 6, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register(FLAWS)


def changed(register: Register, table: str, **cells: object) -> Register:
    """The same register, one table of it reduced to its first row and changed."""
    frames = {name: rows.to_pandas() for name, rows in register.tables.items()}
    frames[table] = frames[table].head(1).assign(**cells)
    return register_from_tables(frames)


# ── register ──────────────────────────────────────────────────────────────────────────────


def test_loaded_from_the_store_the_register_is_the_same(store: Store, register: Register) -> None:
    added = store.add_register(register, **HAND)
    assert added.new == {name: rows.num_rows for name, rows in register.tables.items()}
    loaded = store.load_register()
    assert {n: t.schema for n, t in loaded.tables.items()} == {
        n: t.schema for n, t in register.tables.items()
    }
    assert loaded.as_of(DAY).digest == register.as_of(DAY).digest


def test_stored_in_another_order_and_in_parts_it_is_still_the_same(
    store: Store, register: Register
) -> None:
    frames = {name: rows.to_pandas() for name, rows in register.tables.items()}
    half = {
        n: f if n in ("enterprises", "inspectors") else f[: len(f) // 2] for n, f in frames.items()
    }
    store.add_register(register_from_tables(half), **HAND)
    shuffled = {name: rows.sample(frac=1, random_state=7) for name, rows in frames.items()}
    added = store.add_register(register_from_tables(shuffled), **HAND)
    assert added.known_already == {name: len(rows) for name, rows in half.items()}
    assert store.load_register().as_of(DAY).digest == register.as_of(DAY).digest


def test_importing_again_adds_nothing(store: Store, register: Register) -> None:
    first = store.add_register(register, **HAND)
    again = store.add_register(register, **HAND)
    assert again.batch_id == first.batch_id + 1
    assert not any(again.new.values()) and not again.refused
    assert again.known_already == first.new


def test_what_an_export_says_otherwise_today_is_known_today(
    store: Store, register: Register
) -> None:
    """A hazard closed since the last export still carries the date of its first entry."""
    store.add_register(register, **HAND)
    today = AT.date()
    before = store.load_register().as_of(today).digest
    added = store.add_register(changed(register, "violations", fine_cny=9), **HAND)
    assert added.corrected["violations"] == added.new["violations"] == 1 and not added.refused
    loaded = store.load_register()
    assert loaded.as_of(today).digest == before
    tomorrow = loaded.as_of(today + dt.timedelta(days=1)).tables["violations"]
    assert tomorrow["fine_cny"].to_pylist().count(9) == 1
    again = store.add_register(changed(register, "violations", fine_cny=9), **HAND)
    assert not any(again.new.values()) and not again.refused


def test_two_corrections_of_one_day_have_no_order_and_the_second_is_refused(
    store: Store, register: Register
) -> None:
    store.add_register(register, **HAND)
    store.add_register(changed(register, "violations", fine_cny=9), **HAND)
    added = store.add_register(changed(register, "violations", fine_cny=8), **HAND)
    (refused,) = added.refused
    assert (refused.table, refused.reason.code) == ("violations", "contradicts_store")
    assert refused.cells["fine_cny"] == "8"
    assert not any(added.new.values())


def test_a_correction_known_later_is_added_and_changes_no_earlier_day(
    store: Store, register: Register
) -> None:
    store.add_register(register, **HAND)
    late = changed(register, "violations", fine_cny=9, known_on=DAY)
    added = store.add_register(late, **HAND)
    assert added.new["violations"] == 1 and not added.refused
    loaded = store.load_register()
    assert loaded.as_of(DAY).digest == register.as_of(DAY).digest
    fines = loaded.as_of(DAY + dt.timedelta(days=1)).tables["violations"]["fine_cny"].to_pylist()
    assert fines.count(9) == 1


def test_an_import_that_fails_leaves_nothing_behind(
    store: Store, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.store.refused_rows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.add_register(register, **HAND)
    assert not any(rows.num_rows for rows in store.load_register().tables.values())


# ── append-only ───────────────────────────────────────────────────────────────────────────


ONE_CELL = {
    "category": "freight", "date": "2026-01-05", "deadline": "2026-01-05", "bool": "是",
    "count": "1", "id": "1", "text": "示例", "milli": "1",
}  # fmt: skip


def one_of_each() -> Register:
    """One row in every table of the register, and the other officer of a pair."""
    tables = {
        info.name: pd.DataFrame(
            {
                field.name: [next(iter(field.values.values()), ONE_CELL.get(field.type))]
                for field in info.fields
                if field.is_required
            }
        )
        for info in table_of_fields().values()
    }
    other = tables["inspectors"].assign(inspector_id="2")
    tables["inspectors"] = pd.concat([tables["inspectors"], other])
    tables["pair_bans"] = tables["pair_bans"].assign(other_id="2")
    tables["closed_days"] = tables["closed_days"].assign(days="周三")
    tables["visiting_hours"] = tables["visiting_hours"].assign(begin_from_minute="09:30")
    return register_from_tables(tables)


@pytest.fixture(scope="module")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('full') / 'store.db'}")
    new = store.add_register(one_of_each(), **HAND).new
    assert new == dict.fromkeys(table_of_fields(), 1) | {"inspectors": 2}
    store.add_document("d" * 64, "grades", {"a": 1}, **HAND)
    store.add_event("chain", {"a": 1}, **HAND)
    return store


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_the_database_itself_refuses_changes(full_store: Store, table: str, verb: str) -> None:
    column = next(iter(METADATA.tables[table].c)).name
    with (
        full_store.engine.begin() as connection,
        pytest.raises(IntegrityError, match="append-only"),
    ):
        connection.execute(text(verb.format(table=table, column=column)))


def test_replacing_a_row_does_not_slip_past(store: Store) -> None:
    store.add_event("chain", {"a": 1}, **HAND)
    with store.engine.begin() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text("INSERT OR REPLACE INTO event SELECT * FROM event"))


# ── documents ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Paper:
    month: dt.date
    lines: tuple[str, ...]


def test_a_document_comes_back_with_its_envelope(store: Store) -> None:
    paper = Paper(dt.date(2026, 12, 1), ("甲", "乙"))
    name = store.add_document(
        digest(paper), "quota", paper, month=paper.month, inputs=("a" * 64,), **HAND
    )
    found = store.get_document(name)
    assert digest(found.body) == name == digest(paper)
    assert (found.kind, found.month, found.as_of) == ("quota", paper.month, None)
    assert (found.inputs, found.made_by) == (("a" * 64,), ("李娜",))
    assert found.made_at == AT and found.made_at.tzinfo == dt.UTC
    with pytest.raises(NotFound):
        store.get_document(name, "frame")
    with pytest.raises(NotFound):
        store.get_document("0" * 64)


def test_the_document_added_last_is_the_latest(store: Store) -> None:
    month = dt.date(2026, 12, 1)
    later_clock = {"made_at": AT - dt.timedelta(days=1), "made_by": ("王强",)}
    store.add_document("a" * 64, "quota", {"n": 1}, month=month, **HAND)
    store.add_document("b" * 64, "quota", {"n": 2}, month=month, replaces="a" * 64, **later_clock)
    store.add_document("c" * 64, "quota", {"n": 3}, month=dt.date(2027, 1, 1), **HAND)
    store.add_document("a" * 64, "quota", {"n": 1}, month=month, **later_clock)
    latest = store.latest_document("quota", month=month)
    assert latest is not None and (latest.body, latest.replaces) == ({"n": 2}, "a" * 64)
    assert [one.digest[0] for one in store.documents("quota")] == ["c", "b", "a"]
    assert store.get_document("a" * 64).made_by == ("李娜",)
    assert store.latest_document("roster") is None


def test_a_moment_without_a_zone_is_not_kept(store: Store) -> None:
    with pytest.raises(Exception, match="time zone"):
        store.add_document("a" * 64, "x", {}, made_at=AT.replace(tzinfo=None), made_by=())


# ── events ────────────────────────────────────────────────────────────────────────────────


def test_events_are_chained(store: Store) -> None:
    one = store.add_event("chain", {"步骤": "冻结"}, **HAND)
    two = store.add_event("other", {"n": 2}, **HAND)
    assert (one.seq, one.previous) == (1, NOTHING_BEFORE)
    assert (two.seq, two.previous) == (2, one.digest)
    assert store.events() == (one, two)
    assert store.events("chain") == (one,)
    assert store.broken_links() == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE event SET body = replace(body, 'n', 'm') WHERE seq = 2", "event_changed"),
        ("UPDATE event SET made_by = '[\"王强\"]' WHERE seq = 2", "event_changed"),
        ("UPDATE event SET made_at = '2020-01-01 00:00:00.000000' WHERE seq = 2", "event_changed"),
        ("DELETE FROM event WHERE seq = 2", "event_changed"),
        ("UPDATE document SET body = '{}'", "document_changed"),
    ],
)
def test_a_change_behind_the_back_of_the_database_is_found(
    tmp_path: Path, store: Store, change: str, code: str
) -> None:
    for n in (1, 2, 3):
        store.add_event("chain", {"n": n}, **HAND)
    store.add_document("a" * 64, "quota", {"n": 1}, **HAND)
    with sqlite3.connect(tmp_path / "store.db") as behind:
        for table in ("event", "document"):
            behind.execute(f"DROP TRIGGER {table}_refuses_update")
            behind.execute(f"DROP TRIGGER {table}_refuses_delete")
        behind.execute(change)
    (found,) = {one.code for one in store.broken_links()}
    assert found == code


def test_two_events_cannot_follow_the_same_one(store: Store) -> None:
    first = store.add_event("chain", {}, **HAND)
    fork = {"seq": 2, "kind": "chain", "body": "{}", "digest": "f" * 64, "previous": NOTHING_BEFORE}
    with store.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(EVENT).values(**fork, made_at=AT, made_by=[]))
    assert store.events() == (first,)


# ── jobs and the database ─────────────────────────────────────────────────────────────────


def test_a_job_changes_until_it_has_ended(store: Store) -> None:
    job = store.add_job("routes", {"draw": "a"}, **HAND)
    assert (job.state, job.request, job.progress) == ("waiting", {"draw": "a"}, None)
    assert store.change_job(job.job_id, state="running", progress={"done": 1})
    assert store.get_job(job.job_id).progress == {"done": 1}
    assert [one.job_id for one in store.open_jobs()] == [job.job_id]
    assert store.change_job(job.job_id, state="cancelled")
    assert not store.change_job(job.job_id, state="done", result={"too": "late"})
    assert store.get_job(job.job_id).result is None
    assert store.open_jobs() == ()
    with pytest.raises(NotFound):
        store.get_job("J9")


def test_the_migrations_make_exactly_the_tables_of_the_dictionary(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


def test_opened_again_it_holds_what_it_held(tmp_path: Path, store: Store) -> None:
    entry = store.add_event("chain", {"n": 1}, **HAND)
    store.close()
    again = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    assert again.events() == (entry,)


def test_many_hands_at_once_make_one_chain(tmp_path: Path) -> None:
    """Each hand opens the store by itself, the first of them makes its tables."""
    url = f"sqlite:///{tmp_path / 'new.db'}"

    def write(hand: int) -> None:
        store = open_store(url)
        for n in range(5):
            store.add_event("chain", {"hand": hand, "n": n}, **HAND)

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(write, range(4)))
    store = open_store(url)
    assert [entry.seq for entry in store.events()] == list(range(1, 21))
    assert store.broken_links() == ()


def test_two_hands_cannot_write_the_same_entry_of_a_kind(store: Store) -> None:
    store.add_event("chain", {"n": 1}, number=1, **HAND)
    store.add_event("note", {}, **HAND)
    with pytest.raises(AlreadyFrozen, match="第 1 条"):
        store.add_event("chain", {"n": 1}, number=1, **HAND)
    assert store.add_event("chain", {"n": 2}, number=2, **HAND).seq == 3
