"""Which grade, A to D, does each enterprise get, and who moved since last time?

A grade is the worst of three: the cut points, the vetoes, and the limit for newcomers. A better
grade than last time also needs a margin, and comes one step at a time; a worse one comes at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from riskengine.digest import canonical
from riskengine.errors import NotAllowed, Sentence, sentence
from riskengine.features import FEATURE, NAMING, Feature
from riskengine.readable import readable
from riskengine.rules import Grade, GradeRules, PolicyView, Title
from riskengine.scorecard import CAP, FLOOR, Scores, column_of, integers

LETTERS: tuple[Grade, ...] = get_args(Grade)
"""Best to worst; a rank is a position in it."""

Ranks = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a day: one row per enterprise not closed, sorted by enterprise_id.

    table
        enterprise_id, name, sector, township, vehicles, score (0 to base, higher is safer),
        grade ("A" to "D"), state, veto (its name or null), previous_grade (or null), graded_on
        (day the present grade was reached), the features as ``f_…`` and the points as ``p_…``.
        state: "vetoed" and "newcomer" say what set the grade; "held" means that the previous
        grade still stands although points would allow a better one; else "scored".
    previous_digest
        The grades these were compared with, or "".
    """

    as_of: dt.date
    policy_digest: str
    register_digest: str
    previous_digest: str
    table: pa.Table


def grade(scores: Scores, policy: PolicyView, previous: Grades | None = None) -> Grades:
    """Grade every enterprise.

    Parameters
    ----------
    previous
        The grades in force until now; without them nothing is held back.
    """
    measured = scores.features
    if previous is not None and previous.as_of >= measured.as_of:
        raise NotAllowed("previous_not_earlier", previous=previous.as_of, as_of=measured.as_of)
    rules, table = policy.grades, measured.table
    points = integers(scores.table["score"])

    veto, vetoed = worst_veto(table, rules)
    new = newcomers(table, rules)
    limit = np.where(new, LETTERS.index(rules.newcomer_grade), 0)
    allowed = np.maximum(np.maximum(rank_of(points, rules), vetoed), limit)

    before, reached = joined(previous, table["enterprise_id"])
    held_days = (np.datetime64(measured.as_of, "D") - reached).astype(np.int64)
    is_held = (before >= 0) & (held_days <= rules.validity_days)
    final = np.where(is_held, stepped(allowed, before, points, rules), allowed)

    is_vetoed = (vetoed == allowed) & (veto >= 0)
    state = np.select([final > allowed, is_vetoed, new], ["held", "vetoed", "newcomer"], "scored")
    graded_on = np.where(final == before, reached, np.datetime64(measured.as_of, "D"))
    columns = {
        **{name: table[name] for name in NAMING},
        "score": points,
        "grade": letters(final),
        "state": pa.array(state, pa.string()),
        "veto": pa.array([v.name for v in rules.vetoes], pa.string()).take(
            pa.array(veto, pa.int64(), mask=~is_vetoed)
        ),
        "previous_grade": letters(before),
        "graded_on": pa.array(graded_on.astype("datetime64[D]"), pa.date32()),
        **{f"f_{name}": table[name] for name in table.column_names[len(NAMING) :]},
        **{f"p_{name}": scores.table[name] for name in scores.table.column_names[1:-1]},
    }
    return Grades(
        measured.as_of,
        measured.policy_digest,
        measured.register_digest,
        grades_digest(previous) if previous else "",
        pa.table(columns),
    )


def rank_of(points: Ranks, rules: GradeRules) -> Ranks:
    """How many cut points lie above each score: 0 is the best grade."""
    cuts = [cut for letter, cut in rules.cut_points.items() if letter != LETTERS[-1]]
    rank: Ranks = np.sum([points < cut for cut in cuts], axis=0, dtype=np.int64)
    return rank


def worst_veto(table: pa.Table, rules: GradeRules) -> tuple[Ranks, Ranks]:
    """The position of the worst veto of each row (-1: none) and the rank it sets (0: none)."""
    worst = np.full(len(table), -1, np.int64)
    rank = np.zeros(len(table), np.int64)
    for position, veto in enumerate(rules.vetoes):
        values = column_of(table, veto.feature)
        applies = (integers(values) >= veto.at_least) & values.is_valid().to_numpy()
        applies &= (worst < 0) | (rank < LETTERS.index(veto.grade))
        worst[applies], rank[applies] = position, LETTERS.index(veto.grade)
    return worst, rank


def newcomers(table: pa.Table, rules: GradeRules) -> Mask:
    """Open for too short a time, or not inspected within the record: too little is known.

    Never a matter of violations, so that one more of them cannot end the newcomers' limit.
    """
    young = pc.less(table["days_open"], rules.newcomer_days).fill_null(False)
    unseen = pc.greater(table["days_since_inspection"], rules.record_days).fill_null(True)
    mask: Mask = pc.or_(young, unseen).to_numpy()
    return mask


def joined(
    previous: Grades | None, ids: pa.ChunkedArray
) -> tuple[Ranks, npt.NDArray[np.datetime64]]:
    """The previous rank of each id (-1: none) and the day it was reached."""
    if previous is None:
        return np.full(len(ids), -1), np.full(len(ids), "1970-01-01", "datetime64[D]")
    place = pc.index_in(ids, previous.table["enterprise_id"].combine_chunks())
    rank = pc.index_in(previous.table["grade"].take(place), pa.array(LETTERS))
    reached = previous.table["graded_on"].take(place).fill_null(dt.date(1970, 1, 1))
    return rank.fill_null(-1).to_numpy().astype(np.int64), reached.to_numpy()


def stepped(allowed: Ranks, before: Ranks, points: Ranks, rules: GradeRules) -> Ranks:
    """A worse grade at once; a better one with the margin, one step from the previous grade."""
    better = np.maximum(before - 1, 0)
    cuts = np.array([rules.cut_points.get(letter, 0) for letter in LETTERS])
    has_margin = points >= cuts[better] + rules.improve_margin_points
    improved = np.where(has_margin, better, before)
    return np.where(allowed < before, improved, allowed)


def letters(ranks: Ranks) -> pa.Array:
    return pa.array(LETTERS).take(pa.array(ranks, pa.int64(), mask=ranks < 0))


def grades_digest(grades: Grades) -> str:
    """SHA-256 over the header and the rows as CSV, sorted by enterprise_id.

    Faster than `riskengine.digest.digest`, which would make a Python object of every cell.
    """
    head = (grades.as_of, grades.policy_digest, grades.register_digest, grades.previous_digest)
    rows = io.BytesIO()
    style = pyarrow.csv.WriteOptions(quoting_style="all_valid")
    pyarrow.csv.write_csv(grades.table.sort_by("enterprise_id"), rows, style)
    return hashlib.sha256(canonical(head) + b"\n" + rows.getbuffer()).hexdigest()


def history(documents: Iterable[Grades], enterprise_id: str) -> pa.Table:
    """The grades of one enterprise over time, oldest first: as_of, grade, state, score, …"""
    names = ("grade", "state", "veto", "score", "graded_on")
    rows = []
    for grades in sorted(documents, key=lambda one: one.as_of):
        mine = grades.table.filter(pc.field("enterprise_id") == enterprise_id).select(names)
        rows += [{"as_of": grades.as_of, **row} for row in mine.to_pylist()]
    text, day = pa.string(), pa.date32()
    kinds = (day, text, text, text, pa.int64(), day)
    return pa.Table.from_pylist(rows, pa.schema(zip(("as_of", *names), kinds, strict=True)))


MOVERS = pa.schema(
    [(name, pa.string()) for name in ("enterprise_id", "name", "from_grade", "to_grade")]
    + [(name, pa.int64()) for name in ("from_score", "to_score", "score_change")]
    + [(name, pa.string()) for name in ("because_zh", "because_en")]
)


def movers(now: Grades, before: Grades, policy: PolicyView | None = None) -> pa.Table:
    """Who has another grade than before, worst move first, and the facts that moved them.

    Columns: enterprise_id, name, from_grade, to_grade, from_score, to_score, score_change,
    because_zh, because_en. Enterprises that only one of the two documents holds did not move.

    policy
        Gives vetoes their titles; without it they are called by their names.
    """
    titles = {veto.name: veto.title for veto in policy.grades.vetoes} if policy else {}
    place = pc.index_in(now.table["enterprise_id"], before.table["enterprise_id"].combine_chunks())
    old = before.table.take(place)
    changed = pc.not_equal(now.table["grade"], old["grade"]).fill_null(False)
    pairs = zip(now.table.filter(changed).to_pylist(), old.filter(changed).to_pylist(), strict=True)
    rows = [moved(new, past, titles) for new, past in pairs]
    rows.sort(key=lambda row: (row["score_change"], row["enterprise_id"]))
    return pa.Table.from_pylist(rows, MOVERS)


def moved(new: Row, past: Row, titles: Mapping[str, Title]) -> Row:
    because = [*changed_state(new, past, titles), *changed_points(new, past)]
    return {
        **{name: new[name] for name in ("enterprise_id", "name")},
        "from_grade": past["grade"],
        "to_grade": new["grade"],
        "from_score": past["score"],
        "to_score": new["score"],
        "score_change": new["score"] - past["score"],
        "because_zh": "".join(one.zh for one in because),
        "because_en": " ".join(one.en for one in because),
    }


def changed_state(new: Row, past: Row, titles: Mapping[str, Title]) -> Iterator[Sentence]:
    """What set or no longer sets the grade besides the points."""
    for veto, code in ((new["veto"], "moved_veto"), (past["veto"], "moved_veto_over")):
        if veto and new["veto"] != past["veto"]:
            title = titles.get(veto, Title(veto, veto))
            yield sentence(code, zh=title.zh, en=title.en)
    if past["state"] == "newcomer" != new["state"]:
        yield sentence("moved_known_now")
    if new["state"] == "newcomer" != past["state"]:
        yield sentence("moved_newcomer")
    if past["state"] == "held" != new["state"]:
        yield sentence("moved_held_over")


def changed_points(new: Row, past: Row) -> list[Sentence]:
    """The features whose points changed, the largest change first, then caps and floor as one."""
    changes = {name: difference(new, past, f"p_{name}") for name in FEATURE}
    largest = sorted((name for name in changes if changes[name]), key=lambda n: -abs(changes[n]))
    said = [fact_moved(FEATURE[name], changes[name], new, past) for name in largest]
    limits = {name for name in {*new, *past} if name.startswith(f"p_{CAP}") or name == f"p_{FLOOR}"}
    limited = sum(difference(new, past, name) for name in limits)
    return said + [sentence("moved_limits", points=f"{limited:+d}")] * bool(limited)


def difference(new: Row, past: Row, column: str) -> int:
    """The change of one points column; an item that one of the cards lacks counts 0."""
    change: int = (new.get(column) or 0) - (past.get(column) or 0)
    return change


def fact_moved(feature: Feature, points: int, new: Row, past: Row) -> Sentence:
    title, column = feature.title, f"f_{feature.name}"
    was, is_ = readable(feature, past.get(column)), readable(feature, new.get(column))
    texts = {"zh": title.zh, "was_zh": was.zh, "is_zh": is_.zh}
    texts |= {"en": title.en, "was_en": was.en, "is_en": is_.en}
    return sentence("moved_points", points=f"{points:+d}", **texts)
