"""How does a contested fact go through the store: taken in by one, ruled on by another?

Nothing is overwritten. A contest and its ruling are documents; an upheld one adds a new version of
the fact, the corrected grades of then, which name those they replace, and a record of now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from api.steps import Desk, Hand, behind, keep, load
from api.store import Listed
from riskengine.contest import (
    Contest,
    Ruling,
    changes_from,
    corrected,
    fact_of,
    table_called,
)
from riskengine.errors import (
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    RiskEngineError,
    Sentence,
    sentence,
)
from riskengine.export import in_words
from riskengine.fields import field_of, schema_of, table_of_fields
from riskengine.grade import Grades, grades_digest
from riskengine.grounds import of_day
from riskengine.register import Register
from riskengine.truth import (
    Book,
    Regrade,
    Truth,
    grade_now,
    in_force,
    path_of,
    replay,
    spliced,
    with_truth,
)
from riskengine.truth_said import difference_said

SHORTEST_NAME = 8
"""Letters of a digest that are enough to name a contest."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling left in the store: digests ("" where there is none), and its sentences."""

    ruling: str
    regrade: str
    said: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class OnFile:
    """A contest with what became of it; `ruling` and `regrade` are "" where there is none."""

    name: str
    filed: Contest
    ruling: str
    regrade: str
    said: tuple[Sentence, ...]


# ── taking in ─────────────────────────────────────────────────────────────────────────────


def file_contest(
    desk: Desk,
    hand: Hand,
    *,
    enterprise_id: str,
    table: str,
    fact_id: str,
    contested_by: str,
    reason: str,
    contested_on: dt.date | None = None,
) -> tuple[str, Sentence]:
    """Write down who contests which fact and why; nameless or groundless contests are refused."""
    hand, today = behind("contests", hand), hand.at.date()
    info, day = table_called(table), contested_on or hand.at.date()
    require_words(contested_by, "由谁提出（--who）", "who contests it (--who)")
    require_words(reason, "异议的理由（--reason）", "why (--reason)")
    if contested_by.strip() in hand.by:
        raise NotAllowed("contest_own", name=contested_by.strip())
    if day > today:
        raise NotAllowed("contest_day_filed", day=day)
    register = desk.store.load_register()
    fact = fact_of(register, info.name, fact_id, as_of=today + dt.timedelta(days=1))
    owner = fact["enterprise_id"][0].as_py()
    if owner != enterprise_id:
        raise NotAllowed("contest_other", enterprise=called(desk, enterprise_id))
    for name, contest in contests_of(desk):
        if (contest.table, contest.fact_id) == (info.name, fact_id) and not ruling_on(desk, name):
            raise NotAllowed("contest_open", digest=name[:12])
    contest = Contest(
        info.name, fact_id, enterprise_id, fact, contested_by.strip(), day, reason.strip(), hand.by
    )
    name = keep(desk, hand, "contest", contest, as_of=day)
    return name, filed_said(contest, called(desk, enterprise_id))


def called(desk: Desk, enterprise_id: str) -> str:
    """An enterprise by its newest name, with its number.

    Where the register does not hold it, the number alone.
    """
    table = desk.store.load_register().tables["enterprises"].sort_by("known_on")
    names = dict(zip(*(table[key].to_pylist() for key in ("enterprise_id", "name")), strict=True))
    name = names.get(enterprise_id)
    return f"{name}（{enterprise_id}）" if name else enterprise_id


def filed_said(contest: Contest, enterprise: str) -> Sentence:
    """A contest in one sentence."""
    info = table_of_fields()[contest.table]
    return sentence(
        "contest_filed", enterprise=enterprise, who=contest.contested_by, zh=info.zh[0],
        en=info.name, id=contest.fact_id, reason=contest.reason, by="、".join(contest.handled_by),
    )  # fmt: skip


def require_words(text: str, zh: str, en: str) -> None:
    """Refuse a blank where a person has to say something."""
    if not text.strip():
        raise RiskEngineError("contest_words", what_zh=zh, what_en=en)


# ── ruling ────────────────────────────────────────────────────────────────────────────────


def rule_on(
    desk: Desk,
    hand: Hand,
    *,
    contest: str,
    is_upheld: bool,
    ground: str,
    changes: Mapping[str, str],
    withdraw: bool = False,
    decided_on: dt.date | None = None,
) -> Ruled:
    """Decide a contest, by somebody who neither took it in nor made the inspection it is about.

    Parameters
    ----------
    changes
        Field → its true value, as a spreadsheet would say it.
    withdraw
        The fact never was: it is withdrawn.
    decided_on
        Day of the decision; the register learns of it when it is entered.
    """
    name, filed = contest_called(desk, contest)
    if filed.contested_by in hand.by:
        raise NotAllowed("contest_own", name=filed.contested_by)
    hand = another(desk, hand, filed)
    if not is_upheld and (changes or withdraw):
        raise NotAllowed("contest_rejected_change")
    require_words(ground, "裁定的依据（--ground）", "the ground of the ruling (--ground)")
    if before := ruling_on(desk, name):
        raise NotAllowed("contest_ruled", digest=before[:12])
    today = hand.at.date()
    day = decided_on or today
    if not filed.contested_on <= day <= today:
        raise NotAllowed("contest_day", day=day)
    ruling = Ruling(name, False, ground.strip(), hand.by, day, no_row(filed.table), ())
    if not is_upheld:
        made = keep(desk, hand, "ruling", ruling, as_of=day, inputs=(name,))
        return Ruled(made, "", (ruling_said(ruling),))
    row = correction(desk, filed, dict(changes), withdraw=withdraw, today=today)
    changed = tuple(
        field for field in row.column_names
        if field != "known_on" and row[field].to_pylist() != filed.fact[field].to_pylist()
    )  # fmt: skip
    ruling = replace(ruling, is_upheld=True, correction=row, changed=changed)
    desk.store.add_register(Register({filed.table: row}), made_at=hand.at, made_by=hand.by)
    made = keep(desk, hand, "ruling", ruling, as_of=day, inputs=(name,))
    regrade = make_regrade(desk, hand, ruling=made)
    said = (ruling_said(ruling), *fields_said(filed, ruling))
    return Ruled(made, regrade, (*said, *load(desk, "regrade", regrade, Regrade).said))


def another(desk: Desk, hand: Hand, filed: Contest) -> Hand:
    """The hand, if it is not of those who took the contest in or made the inspection it is of."""
    try:
        return behind("rulings", hand, (*filed.handled_by, *people_in(desk, filed)))
    except NeedsSecondPerson as refusal:
        if refusal.code != "another_person_needed":
            raise
        raise NeedsSecondPerson("contest_another_person", **refusal.facts) from None


def correction(
    desk: Desk, filed: Contest, texts: dict[str, str], *, withdraw: bool, today: dt.date
) -> pa.Table:
    """The new version of the contested fact."""
    tomorrow = today + dt.timedelta(days=1)
    register = desk.store.load_register()
    fact = fact_of(register, filed.table, filed.fact_id, as_of=tomorrow)
    if fact.to_pylist() != filed.fact.to_pylist():
        raise NotAllowed("contest_moved")
    changes = changes_from(filed.table, texts) | ({"withdrawn": True} if withdraw else {})
    return corrected(fact, filed.table, changes, known_on=today)


def no_row(table: str) -> pa.Table:
    """No correction."""
    return schema_of(table).empty_table()


def people_in(desk: Desk, filed: Contest) -> tuple[str, ...]:
    """The officers of a contested inspection, by number and name: nobody judges his own visit."""
    named = filed.fact.to_pylist()[0].get("inspectors") or ""
    numbers = {part.strip() for part in named.replace("；", ";").split(";") if part.strip()}
    officers = desk.store.load_register().tables["inspectors"].to_pylist()
    names = {row["name"] for row in officers if row["inspector_id"] in numbers}
    return tuple(sorted(numbers | names))


def make_regrade(desk: Desk, hand: Hand, *, ruling: str) -> str:
    """The grades as they would have been and as they are now, kept beside the old ones."""
    decided = load(desk, "ruling", ruling, Ruling)
    filed = load(desk, "contest", decided.contest_digest, Contest)
    enterprise_id, register, book = filed.enterprise_id, desk.store.load_register(), book_of(desk)
    truths = truths_about(desk, enterprise_id)
    tomorrow = hand.at.date() + dt.timedelta(days=1)
    replayed = replay(book, register, truths, desk.policy, enterprise_id)
    last = in_force(book, tomorrow)
    right = {one.document: one.truth for one in replayed}.get(last or "")
    then: Grades | None = None
    if last and right:
        day = book.grades[last].as_of
        known = with_truth(register, *truths).as_of(day)
        then = spliced(book.grades[last], right, register_digest=known.digest)
        inputs = (ruling,)
        keep(desk, hand, "grades", then, as_of=day, inputs=inputs, replaces=last)
    previous = then or (book.grades[last] if last else None)
    now = grade_now(register, desk.policy, enterprise_id, previous, tomorrow)
    regrade = Regrade(
        ruling_digest=ruling,
        enterprise_id=enterprise_id,
        replaces=last if last and then else "",
        then_digest=grades_digest(then) if then else "",
        path=path_of(replayed, enterprise_id),
        now=now,
        said=tuple(difference_said(replayed, now, desk.policy, enterprise_id)),
    )
    return keep(desk, hand, "regrade", regrade, as_of=tomorrow, inputs=(ruling,))


def ruling_said(ruling: Ruling) -> Sentence:
    """A ruling in one sentence."""
    code = "contest_upheld" if ruling.is_upheld else "contest_rejected"
    by = "、".join(ruling.decided_by)
    return sentence(code, by=by, ground=ruling.ground, **of_day("day", ruling.decided_on))


def fields_said(filed: Contest, ruling: Ruling) -> Iterator[Sentence]:
    """Each corrected field: what stood there, and what is true."""
    for name in ruling.changed:
        field = field_of(filed.table, name)
        was, value = (
            in_words(row[name][0].as_py(), field) for row in (filed.fact, ruling.correction)
        )
        yield sentence("contest_field", zh=field.zh[0], en=name, was=was, value=value)


# ── what the store holds ──────────────────────────────────────────────────────────────────


def book_of(desk: Desk) -> Book:
    """Every kept document of grades."""
    listed = [*reversed(desk.store.documents("grades"))]
    return Book(
        {one.digest: load(desk, "grades", one.digest, Grades) for one in listed},
        {one.digest: one.replaces for one in listed if one.replaces},
    )


def contests_of(desk: Desk) -> list[tuple[str, Contest]]:
    """Every contest, the oldest first."""
    listed = reversed(desk.store.documents("contest"))
    return [(one.digest, load(desk, "contest", one.digest, Contest)) for one in listed]


def every_contest(desk: Desk) -> Iterator[OnFile]:
    """Every contest with its ruling and what that came to, the oldest first."""
    regrades = {one.inputs[0]: one.digest for one in desk.store.documents("regrade")}
    for name, filed in contests_of(desk):
        ruling = ruling_on(desk, name) or ""
        regrade = regrades.get(ruling, "")
        said = [filed_said(filed, called(desk, filed.enterprise_id))]
        if ruling:
            said.append(ruling_said(load(desk, "ruling", ruling, Ruling)))
        if regrade:
            said.extend(load(desk, "regrade", regrade, Regrade).said)
        yield OnFile(name, filed, ruling, regrade, tuple(said))


def ruling_on(desk: Desk, contest: str) -> str | None:
    """Digest of the ruling on a contest, if there is one."""
    rulings = (one for one in desk.store.documents("ruling") if one.inputs == (contest,))
    return next((one.digest for one in rulings), None)


def contest_called(desk: Desk, name: str) -> tuple[str, Contest]:
    """A contest by its digest, or by the first letters of it."""
    fits: list[Listed] = [
        one
        for one in desk.store.documents("contest")
        if len(name) >= SHORTEST_NAME and one.digest.startswith(name)
    ]
    if len(fits) != 1:
        raise NotFound("contest_unknown", name=name, least=SHORTEST_NAME)
    return fits[0].digest, load(desk, "contest", fits[0].digest, Contest)


def truths_about(desk: Desk, enterprise_id: str) -> list[Truth]:
    """What upheld rulings found about the facts of an enterprise, the oldest first."""
    found = []
    for one in reversed(desk.store.documents("ruling")):
        ruling = load(desk, "ruling", one.digest, Ruling)
        filed = load(desk, "contest", ruling.contest_digest, Contest)
        if ruling.is_upheld and filed.enterprise_id == enterprise_id:
            (row,) = ruling.correction.to_pylist()
            changes = {name: row[name] for name in ruling.changed}
            found.append(Truth(filed.table, filed.fact_id, changes))
    return found


def regrades_of(desk: Desk, enterprise_id: str) -> list[Regrade]:
    """What upheld contests came to for an enterprise, the oldest first."""
    listed = reversed(desk.store.documents("regrade"))
    every = (load(desk, "regrade", one.digest, Regrade) for one in listed)
    return [one for one in every if one.enterprise_id == enterprise_id]
