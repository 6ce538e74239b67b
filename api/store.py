"""Where is everything kept, and who may change it?

Nobody may: facts, documents and events are only ever added (the database refuses the rest, see
`api.tables`), and "current" is a query. Only the rows of jobs change. Times and people are
arguments; this module has no clock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Row, func, insert, select, update
from sqlalchemy import text as sql

from api.batches import corrections, insert_rows, load_rows, refused_rows, sift_rows
from api.database import open_database, writing
from api.tables import DOCUMENT, EVENT, IMPORT_BATCH, JOB, REGISTER
from riskengine.digest import canonical, plain
from riskengine.digest import digest as digest_of_values
from riskengine.errors import AlreadyFrozen, NotFound, Sentence, sentence
from riskengine.fields import table_of_fields
from riskengine.register import Register, Rejected

NOTHING_BEFORE = "0" * 64
"""What the first event names as the one before it."""
FINAL = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Added:
    """What one import brought.

    new, corrected, known_already
        Table → rows that were added; those of them that correct a stored row and are known from
        the day of the import on; rows the store held before.
    refused
        Rows that contradict the store; they were not added.
    """

    batch_id: int
    new: dict[str, int]
    corrected: dict[str, int]
    known_already: dict[str, int]
    refused: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document with its envelope; `body` is what `plain` made of it."""

    digest: str
    kind: str
    as_of: dt.date | None
    month: dt.date | None
    body: dict[str, Any]
    inputs: tuple[str, ...]
    made_at: dt.datetime
    made_by: tuple[str, ...]
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """The envelope of a document, without its body."""

    digest: str
    kind: str
    as_of: dt.date | None
    month: dt.date | None
    inputs: tuple[str, ...]
    made_at: dt.datetime
    made_by: tuple[str, ...]
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the chain: its digest covers everything else here."""

    seq: int
    kind: str
    body: dict[str, Any]
    previous: str
    digest: str
    made_at: dt.datetime
    made_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A long solve: state is "waiting", "running", "done", "failed" or "cancelled"."""

    job_id: str
    kind: str
    state: str
    request: dict[str, Any]
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    made_at: dt.datetime | None
    made_by: tuple[str, ...]


def open_store(url: str) -> Store:
    """The store at a SQLAlchemy URL, its tables brought up to date."""
    return Store(open_database(url))


class Store:
    """The database. Everything that is kept goes through here."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()

    # ── register ──────────────────────────────────────────────────────────────────────────

    def add_register(
        self, register: Register, *, made_at: dt.datetime, made_by: Sequence[str]
    ) -> Added:
        """Add the rows the store does not hold yet.

        A row with the key and the ``known_on`` of a stored one but other contents is a correction,
        known on the day of `made_at`: grades were made with the stored one.
        """
        new: dict[str, int] = {}
        corrected: dict[str, int] = {}
        known_already: dict[str, int] = {}
        refused: list[Rejected] = []
        with writing(self.engine) as connection:
            values = {
                "counts": plain(register.counts),
                "made_at": made_at,
                "made_by": list(made_by),
            }
            made = insert(IMPORT_BATCH).values(**values).returning(IMPORT_BATCH.c.batch_id)
            batch_id: int = connection.execute(made).scalar_one()
            for info in table_of_fields().values():
                table = register.tables[info.name]
                fresh, contrary = sift_rows(connection, info, table)
                changed, unordered = corrections(
                    connection, info, table.take(contrary), made_at.date()
                )
                insert_rows(connection, info, table.take(fresh), batch_id)
                insert_rows(connection, info, changed, batch_id)
                new[info.name] = len(fresh) + changed.num_rows
                corrected[info.name] = changed.num_rows
                known_already[info.name] = table.num_rows - new[info.name] - unordered.num_rows
                refused += refused_rows(info, unordered)
        return Added(batch_id, new, corrected, known_already, tuple(refused))

    def load_register(self) -> Register:
        """Every row of every import."""
        with self.engine.connect() as connection:
            return Register({name: load_rows(connection, name) for name in REGISTER})

    # ── documents ─────────────────────────────────────────────────────────────────────────

    def add_document(
        self,
        digest: str,
        kind: str,
        body: object,
        *,
        made_at: dt.datetime,
        made_by: Sequence[str],
        as_of: dt.date | None = None,
        month: dt.date | None = None,
        inputs: Sequence[str] = (),
        replaces: str | None = None,
    ) -> str:
        """Keep a document under its digest; one that is kept already stays as it is."""
        text = canonical(body)
        values = {
            "digest": digest,
            "kind": kind,
            "as_of": as_of,
            "month": month,
            "body": text.decode(),
            "body_digest": hashlib.sha256(text).hexdigest(),
            "inputs": list(inputs),
            "made_at": made_at,
            "made_by": list(made_by),
            "replaces": replaces,
        }
        with writing(self.engine) as connection:
            if connection.scalar(select(DOCUMENT.c.seq).where(DOCUMENT.c.digest == digest)) is None:
                connection.execute(insert(DOCUMENT).values(**values))
        return digest

    def get_document(self, digest: str, kind: str | None = None) -> Document:
        """The document with that digest; of the given kind, if one is given."""
        query = select(DOCUMENT).where(DOCUMENT.c.digest == digest)
        if kind is not None:
            query = query.where(DOCUMENT.c.kind == kind)
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("not_found", kind=kind or "document", name=digest)
        return Document(body=json.loads(row.body), **_envelope(row))

    def latest_document(
        self, kind: str, *, as_of: dt.date | None = None, month: dt.date | None = None
    ) -> Document | None:
        """The document of a kind that was added last, of that day or month if one is given."""
        found = self.documents(kind, as_of=as_of, month=month)
        return self.get_document(found[0].digest) if found else None

    def documents(
        self,
        kind: str | None = None,
        *,
        as_of: dt.date | None = None,
        month: dt.date | None = None,
    ) -> tuple[Listed, ...]:
        """Envelopes of documents, the one added last first."""
        query = select(*(column for column in DOCUMENT.c if not column.name.startswith("body")))
        for column, wanted in (("kind", kind), ("as_of", as_of), ("month", month)):
            if wanted is not None:
                query = query.where(DOCUMENT.c[column] == wanted)
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(DOCUMENT.c.seq.desc())).all()
        return tuple(Listed(**_envelope(row)) for row in rows)

    # ── events ────────────────────────────────────────────────────────────────────────────

    def add_event(
        self,
        kind: str,
        body: object,
        *,
        made_at: dt.datetime,
        made_by: Sequence[str],
        number: int | None = None,
    ) -> Entry:
        """Write down that something happened, chained to everything that happened before.

        number
            Which event of its kind this is meant to be; refused if others came first.
        """
        with writing(self.engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sql("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE"))
            if number is not None:
                of_kind = select(func.count()).select_from(EVENT).where(EVENT.c.kind == kind)
                if connection.scalar(of_kind) != number - 1:
                    raise AlreadyFrozen("chain_moved", number=number)
            last = connection.execute(select(EVENT).order_by(EVENT.c.seq.desc()).limit(1)).first()
            seq = last.seq + 1 if last else 1
            values: dict[str, Any] = {
                "seq": seq,
                "kind": kind,
                "body": canonical(body).decode(),
                "previous": last.digest if last else NOTHING_BEFORE,
                "made_at": made_at.astimezone(dt.UTC),
                "made_by": list(made_by),
            }
            values["digest"] = _event_digest(values)
            connection.execute(insert(EVENT).values(**values))
            return _entry(values)

    def events(self, kind: str | None = None) -> tuple[Entry, ...]:
        """What happened, in order."""
        query = select(EVENT).order_by(EVENT.c.seq)
        if kind is not None:
            query = query.where(EVENT.c.kind == kind)
        with self.engine.connect() as connection:
            return tuple(_entry(dict(row._mapping)) for row in connection.execute(query))

    def broken_links(self) -> tuple[Sentence, ...]:
        """Where the chain of events, or a document, is not what was written; empty is sound."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(EVENT).order_by(EVENT.c.seq)).all()
            kept = select(DOCUMENT.c.digest, DOCUMENT.c.body, DOCUMENT.c.body_digest)
            changed = [
                name
                for name, body, body_digest in connection.execute(kept)
                if hashlib.sha256(body.encode()).hexdigest() != body_digest
            ]
        broken = _broken_events([dict(row._mapping) for row in rows])
        return (*broken, *(sentence("document_changed", digest=name) for name in changed))

    # ── jobs ──────────────────────────────────────────────────────────────────────────────

    def add_job(
        self,
        kind: str,
        request: dict[str, Any],
        *,
        made_at: dt.datetime | None = None,
        made_by: Sequence[str] = (),
    ) -> Job:
        """A job that waits for its turn."""
        values = {
            "job_id": uuid4().hex,
            "kind": kind,
            "state": "waiting",
            "request": request,
            "made_at": made_at,
            "made_by": list(made_by),
        }
        with writing(self.engine) as connection:
            connection.execute(insert(JOB).values(**values))
        return self.get_job(str(values["job_id"]))

    def change_job(self, job_id: str, **changes: Any) -> bool:
        """Change a job that has not ended; False if it has."""
        is_open = (JOB.c.job_id == job_id) & JOB.c.state.not_in(FINAL)
        with writing(self.engine) as connection:
            return connection.execute(update(JOB).where(is_open).values(**changes)).rowcount == 1

    def get_job(self, job_id: str) -> Job:
        """The job with that number."""
        with self.engine.connect() as connection:
            row = connection.execute(select(JOB).where(JOB.c.job_id == job_id)).one_or_none()
        if row is None:
            raise NotFound("not_found", kind="job", name=job_id)
        return Job(**dict(row._mapping) | {"made_by": tuple(row.made_by)})

    def open_jobs(self) -> tuple[Job, ...]:
        """Jobs that have not ended."""
        query = select(JOB.c.job_id).where(JOB.c.state.not_in(FINAL))
        with self.engine.connect() as connection:
            names = connection.scalars(query).all()
        return tuple(self.get_job(name) for name in names)


def _event_digest(values: dict[str, Any]) -> str:
    covered = ("seq", "kind", "body", "previous", "made_by")
    moment = values["made_at"].isoformat()
    return digest_of_values({name: values[name] for name in covered} | {"made_at": moment})


def _broken_events(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    previous = NOTHING_BEFORE
    for place, row in enumerate(rows, start=1):
        if (
            row["seq"] != place
            or row["previous"] != previous
            or row["digest"] != _event_digest(row)
        ):
            yield sentence("event_changed", seq=row["seq"])
        previous = row["digest"]


def _entry(values: dict[str, Any]) -> Entry:
    return Entry(
        **values | {"body": json.loads(values["body"]), "made_by": tuple(values["made_by"])}
    )


def _envelope(row: Row[Any]) -> dict[str, Any]:
    """What is written on a document: everything but its body."""
    names = ("digest", "kind", "as_of", "month", "made_at", "replaces")
    values = {name: row._mapping[name] for name in names}
    return values | {"inputs": tuple(row.inputs), "made_by": tuple(row.made_by)}
