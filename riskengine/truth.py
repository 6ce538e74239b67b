"""What would the grades of an enterprise have been, had a contested fact been right at once?

To compute with, and never stored, `with_truth` gives the register in which every version of the
fact says what the ruling found. `replay` grades the enterprise again on every day that used the
fact; the old documents stay, and a new one names the one it replaces.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from riskengine.contest import versions_of
from riskengine.days import measure_on, views_on, with_surroundings
from riskengine.errors import Sentence
from riskengine.fields import schema_of
from riskengine.grade import Grades, grade
from riskengine.policy import Policy
from riskengine.register import Register
from riskengine.scorecard import score

Row = dict[str, Any]
NO_PATH = pa.table({"as_of": pa.array([], pa.date32())})


@dataclass(frozen=True, slots=True)
class Truth:
    """What a ruling found about one fact: the fields that were wrong, and their true values."""

    table: str
    fact_id: str
    changes: Row


@dataclass(frozen=True, slots=True)
class Book:
    """Every kept document of grades, in the order they were made.

    grades
        Digest → grades.
    replaces
        Digest of a correction → digest of what it replaces.
    """

    grades: Mapping[str, Grades]
    replaces: Mapping[str, str]

    def root(self, name: str) -> str:
        """The grading that a document corrects in the end; itself if it corrects none."""
        while name in self.replaces:
            name = self.replaces[name]
        return name

    def standing(self, name: str) -> str:
        """The document that holds for a grading now: its newest correction."""
        root = self.root(name)
        return [one for one in self.grades if self.root(one) == root][-1]


@dataclass(frozen=True, slots=True)
class Regrade:
    """What an upheld contest comes to for the grades of the enterprise.

    replaces, then_digest
        The grades in force when it was ruled, and the same with the row of this enterprise as it
        would have been; "" where those grades had not used the fact.
    path
        Every grading that used the fact, oldest first: the row of the enterprise as it would have
        been (columns of `Grades.table`), and as_of, document (digest of the grading in force),
        from_grade and from_score.
    now
        The grade of this enterprise alone on the day after the ruling was entered.
    said
        The difference in sentences.
    """

    ruling_digest: str
    enterprise_id: str
    replaces: str
    then_digest: str
    path: pa.Table
    now: Grades
    said: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The enterprise's grade on a day that used the fact: in force so far, and in truth.

    document
        Digest of the grading in force so far.
    was, truth
        Grades that hold at least, and exactly, the row of the enterprise.
    """

    document: str
    was: Grades
    truth: Grades


def of_enterprise(register: Register, enterprise_id: str) -> Register:
    """The facts of one enterprise: all that its grade is made of."""
    mine = pc.field("enterprise_id") == enterprise_id
    return Register(
        {
            name: table.filter(mine)
            for name, table in register.tables.items()
            if "enterprise_id" in table.column_names
        }
    )


def with_truth(register: Register, *truths: Truth) -> Register:
    """The register in which every version of these facts says what the rulings found."""
    tables = dict(register.tables)
    for truth in truths:
        table = tables[truth.table]
        mine = pc.equal(table["fact_id"], truth.fact_id)
        rows = [row | truth.changes for row in table.filter(mine).to_pylist()]
        right = pa.Table.from_pylist(rows, schema_of(truth.table))
        tables[truth.table] = pa.concat_tables([table.filter(pc.invert(mine)), right])
    return replace(register, tables=tables)


def known_since(register: Register, truths: Sequence[Truth]) -> dt.date:
    """The day on which the first of these facts became known."""
    days = [pc.min(versions_of(register, t.table, t.fact_id)["known_on"]).as_py() for t in truths]
    return cast(dt.date, min(days))


def replay(
    book: Book, register: Register, truths: Sequence[Truth], policy: Policy, enterprise_id: str
) -> list[Replayed]:
    """The grade of one enterprise on every day that used a fact, had the facts been right.

    Each grading is compared with the one it was compared with then, but with what the truth makes
    of that. Gradings by other rules than the pack has for their day, and those that do not hold
    the enterprise, are left out.

    truths
        What every ruling found about this enterprise, the older ones too.
    """
    since = known_since(register, truths)
    roots = [(name, one) for name, one in book.grades.items() if name not in book.replaces]
    roots.sort(key=lambda pair: pair[1].as_of)
    rules = views_on(policy, [one.as_of for _, one in roots])
    used = [
        name
        for (name, one), view in zip(roots, rules, strict=True)
        if (one.as_of - since).days > 0
        and one.policy_digest == view.digest
        and row_of(one, enterprise_id)
    ]
    truth = with_truth(of_enterprise(register, enterprise_id), *truths)
    days = [book.grades[name].as_of for name in used]
    views = views_on(policy, days)
    found: dict[str, Replayed] = {}
    for name, view, features in zip(used, views, measure_on(truth, views, days), strict=True):
        if not len(features.table):
            continue
        before = book.root(book.grades[name].previous_digest)
        if before in found:
            previous: Grades | None = found[before].truth
        else:
            previous = book.grades[book.standing(before)] if before in book.grades else None
        standing, original = book.standing(name), row_of(book.grades[name], enterprise_id) or {}
        right = with_surroundings(features, original)
        row = grade(score(right, view), view, previous)
        found[name] = Replayed(standing, book.grades[standing], row)
    return list(found.values())


def grade_now(
    register: Register, policy: Policy, enterprise_id: str, previous: Grades | None, day: dt.date
) -> Grades:
    """The grade of one enterprise alone, as known at the start of a day."""
    view = policy.on(day)
    (features,) = measure_on(of_enterprise(register, enterprise_id), [view], [day])
    last = (row_of(previous, enterprise_id) if previous else None) or {}
    return grade(score(with_surroundings(features, last), view), view, previous)


def spliced(original: Grades, row: Grades, *, register_digest: str) -> Grades:
    """The grades of a day with another row for one enterprise; all others as they were.

    row
        Grades of that enterprise alone.
    """
    (enterprise_id,) = row.table["enterprise_id"].to_pylist()
    rest = original.table.filter(pc.field("enterprise_id") != enterprise_id)
    whole = pa.concat_tables([rest, row.table.select(rest.column_names)])
    table = whole.sort_by("enterprise_id").combine_chunks()
    return replace(original, register_digest=register_digest, table=table)


def in_force(book: Book, day: dt.date) -> str | None:
    """Digest of the newest grades of a day or before it, as corrected since."""
    earlier = [
        (one.as_of, place, name)
        for place, (name, one) in enumerate(book.grades.items())
        if (day - one.as_of).days >= 0
    ]
    return book.standing(max(earlier)[2]) if earlier else None


def row_of(grades: Grades, enterprise_id: str) -> Row | None:
    """The row of one enterprise, if it is there."""
    rows = grades.table.filter(pc.field("enterprise_id") == enterprise_id).to_pylist()
    return rows[0] if rows else None


def path_of(replayed: Sequence[Replayed], enterprise_id: str) -> pa.Table:
    """The row of the enterprise in each grading that used the fact; see `Regrade.path`."""
    rows = []
    for one in replayed:
        was = row_of(one.was, enterprise_id)
        assert was is not None
        row = one.truth.table
        for name, value, kind in (
            ("as_of", one.truth.as_of, pa.date32()),
            ("document", one.document, pa.string()),
            ("from_grade", was["grade"], pa.string()),
            ("from_score", was["score"], pa.int64()),
        ):
            row = row.append_column(name, pa.array([value], kind))
        rows.append(row)
    return pa.concat_tables(rows, promote_options="default") if rows else NO_PATH
