"""What is told to one enterprise: its grade, why, its past, and how it reaches the next one?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from api.contests import book_of, regrades_of, truths_about
from api.repairs import as_imported, named
from api.steps import Desk
from riskengine.cells import clean
from riskengine.counterfactual import Outlook, counterfactual
from riskengine.errors import NotFound, Sentence, sentence
from riskengine.explain import Explanation, explain
from riskengine.grade import Grades
from riskengine.read_aloud import Past, script
from riskengine.register import Register
from riskengine.truth import Book, Regrade, replay, row_of, with_truth
from riskengine.truth_said import now_said


@dataclass(frozen=True, slots=True)
class Told:
    """One enterprise: the figures, and the sentences that are read out.

    outlook
        None for the best grade.
    """

    explanation: Explanation
    outlook: Outlook | None
    past: tuple[Past, ...]
    said: tuple[Sentence, ...]


def tell(desk: Desk, enterprise: str, *, as_of: dt.date | None = None) -> Told:
    """Explain the newest grade up to a day, as corrected since, with all that goes with it.

    enterprise
        Its number, or a name that no other has.
    """
    book = book_of(desk)
    roots = [
        name
        for name, one in book.grades.items()
        if name not in book.replaces and (as_of is None or one.as_of <= as_of)
    ]
    if not roots:
        raise none_graded(book, as_of)
    newest = max(roots, key=lambda name: (book.grades[name].as_of, roots.index(name)))
    grades, register = book.grades[book.standing(newest)], desk.store.load_register()
    known = register.as_of(grades.as_of)
    try:
        enterprise_id = named(enterprise, known, "enterprises", "enterprise_id")
    except NotFound:
        raise not_among(grades, register, enterprise) from None
    if truths := truths_about(desk, enterprise_id):
        # a ruling keeps a corrected document of the grades in force alone; others are made again
        replayed = replay(book, register, truths, desk.policy, enterprise_id)
        right = {one.document: one.truth for one in replayed}
        if newest in right:
            grades, register = right[newest], with_truth(register, *truths)
            known = register.as_of(grades.as_of)
    if row_of(grades, enterprise_id) is None:
        raise not_among(grades, register, enterprise_id)
    view = desk.policy.on(grades.as_of)
    explanation = explain(grades, view, enterprise_id, known)
    outlook = counterfactual(known, grades, desk.policy, enterprise_id)
    regrades = regrades_of(desk, enterprise_id)
    past = past_of(book, roots, regrades, enterprise_id)
    hazards = known.tables["hazards"].to_pylist()
    is_open = [row["enterprise_id"] == enterprise_id and not row["closed_on"] for row in hazards]
    said = script(explanation, outlook, past, view, open_hazards=sum(is_open))
    since = [
        now_said(one.now, row)
        for one in regrades
        if one.now.as_of > grades.as_of and (as_of is None or one.now.as_of <= as_of)
        and (row := row_of(one.now, enterprise_id))
    ]  # fmt: skip
    told = (*not_of_day(grades, as_of), *said, *since[-1:])
    return Told(explanation, outlook, tuple(past), told)


def not_of_day(grades: Grades, as_of: dt.date | None) -> tuple[Sentence, ...]:
    """That the grades told are of an earlier day than the one asked for, where it is so."""
    if as_of is None or grades.as_of == as_of:
        return ()
    return (sentence("told_of_earlier", day=as_of, last=grades.as_of),)


def none_graded(book: Book, as_of: dt.date | None) -> NotFound:
    """Nothing was graded up to the day, or nothing at all."""
    days = [one.as_of for one in book.grades.values()]
    if not days or as_of is None:
        return NotFound("nothing_graded")
    return NotFound("graded_later", day=as_of, first=min(days))


def not_among(grades: Grades, register: Register, text: str) -> NotFound:
    """Why nobody in the grades has that number: it may be a name, or of somebody not graded."""
    rows = register.tables["enterprises"].sort_by("known_on").to_pylist()
    names = {row["enterprise_id"]: row["name"] for row in rows}
    number = as_imported(text, "enterprises", "enterprise_id")
    if number in names:
        called = f"{names[number]}（{number}）"
        return NotFound("enterprise_not_graded", enterprise=called, day=grades.as_of)
    ids = [number for number, name in names.items() if name == clean(text)]
    if ids:
        return NotFound("enterprise_by_name", name=text, known="、".join(ids))
    return NotFound("not_found", kind="enterprise", name=text)


def past_of(
    book: Book, roots: list[str], regrades: list[Regrade], enterprise_id: str
) -> list[Past]:
    """The grade of the enterprise on each grading day as it stands now, oldest first."""
    right = {
        book.root(row["document"]): row
        for one in regrades
        for row in one.path.to_pylist()
    }  # fmt: skip
    found: dict[dt.date, Past] = {}
    for name in roots:
        grades = book.grades[name]
        row = row_of(grades, enterprise_id)
        if row is None:
            continue
        truth = right.get(name)
        was = row["grade"] if truth and truth["grade"] != row["grade"] else ""
        found[grades.as_of] = Past(grades.as_of, truth or row, was)
    return [found[day] for day in sorted(found)]
