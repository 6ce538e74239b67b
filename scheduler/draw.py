"""Which enterprises can be drawn this month, with what probability, and which were?

`freeze` closes the list before the public event, `draw` opens it after; both write an entry into
one append-only chain, so that a second draw cannot be hidden. What is decided is decided in
`scheduler.lottery`; here are the documents and the refusals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from riskengine.digest import digest
from riskengine.errors import NotAllowed, NotFound, Sentence
from scheduler import lottery
from scheduler.chain import Chain, ChainEntry, next_place, require_reason, require_undrawn
from scheduler.event import (
    Event,
    require_commitment,
    require_future,
    require_opened,
    utc,
    with_deadline,
)
from scheduler.hilbert import places_of
from scheduler.outcome import keyed, outcome

if TYPE_CHECKING:
    from riskengine.grade import Grades
    from riskengine.policy import PolicyView
    from riskengine.register import Known
    from scheduler.quota import Quota

__all__ = [
    "ChainEntry",
    "Draw",
    "Event",
    "Frame",
    "Must",
    "Preview",
    "Reserve",
    "Row",
    "Threshold",
    "draw",
    "freeze",
    "list_of",
    "preview",
]


Engine = Literal["duel", "pareto"]


@dataclass(frozen=True, slots=True)
class Must:
    """An enterprise visited with certainty, outside the draw and outside the estimate."""

    enterprise_id: str
    kind: Literal["case", "special", "owed"]
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Row:
    """One enterprise of the list.

    pi_nano
        Its probability, in units of 1e-9.
    place
        Its place along a curve through the map and the sectors, hex of one width for all, so that
        text order is the order of the curve; empty where the levels do not name it.
    lambda_nano
        The chance its Pareto ticket is weighed with, calibrated so that `pi_nano` results, in
        units of 1e-9; equal to `pi_nano` where duels are fought.
    """

    enterprise_id: str
    pi_nano: int
    grade: str
    sector: str
    township: str
    place: str
    lambda_nano: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The frozen list: whoever holds it and the seed can repeat the draw.

    draw_number, previous
        Place in the chain and digest of the entry before it.
    root
        Merkle root of the rows.
    rule_digest
        Of policy and quota: the rule the probabilities were made by.
    engine
        "duel": the tree duel. "pareto": calibrated tickets.
    levels
        Fields of a row the tree branches by, from the root down.
    strata
        How many leading levels name a stratum with a fixed number of visits; 0: the whole list is
        one. Only tickets need it: a duel keeps every branch at the floor or the ceiling.
    visits
        Number to be drawn; the probabilities sum to exactly visits · 1e9.
    commitment
        SHA-256 of the secret that is opened at the draw, hex.
    replaces, reason
        Digest of the frame this one stands for, and why; else none.
    """

    month: dt.date
    as_of: dt.date
    purpose: str
    draw_number: int
    previous: str
    grades_digest: str
    quota_digest: str
    policy_digest: str
    rule_digest: str
    engine: Engine
    levels: tuple[str, ...]
    strata: int
    visits: int
    rows: tuple[Row, ...]
    root: str
    must: tuple[Must, ...]
    reserves_percent: int
    reserves_least: int
    event: Event
    commitment: str
    frozen_at: str
    replaces: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Reserve:
    """Who is called, in this order, when a drawn enterprise of the stratum is unreachable."""

    grade: str
    sector: str
    enterprise_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The last ticket drawn in a stratum: who has a key not above `key` (decimal) was drawn."""

    stratum: tuple[str, ...]
    drawn: int
    key: str


@dataclass(frozen=True, slots=True)
class Draw:
    """The result, and the values anyone needs to repeat it.

    thresholds
        Of each stratum of a draw by tickets; none for duels.
    log_digest
        Of all duels, or of the thresholds.
    secret
        Hex; empty when it was withheld past the deadline (`is_withheld`), which the protocol
        answers with an empty secret, so that withholding gives no choice.
    """

    month: dt.date
    purpose: str
    frame_digest: str
    event_value: str
    secret: str
    is_withheld: bool
    entered_by: tuple[str, ...]
    entered_at: str
    seed: str
    selected: tuple[str, ...]
    reserves: tuple[Reserve, ...]
    thresholds: tuple[Threshold, ...]
    log_digest: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draw could look like. Its purpose and seed are never those of an official draw."""

    purpose: str
    seed: str
    selected: tuple[str, ...]


# ── freeze ────────────────────────────────────────────────────────────────────────────────


def freeze(
    grades: Grades,
    quota: Quota,
    policy: PolicyView,
    *,
    month: dt.date,
    must: Sequence[Must],
    chain: Chain,
    event: Event,
    commitment: str,
    frozen_at: str,
    replaces: str | None = None,
    reason: str | None = None,
    known: Known | None = None,
) -> Frame:
    """Close the list of the month before the event that decides the draw.

    commitment
        SHA-256 of the secret, hex; see `lottery.commitment_of`.
    replaces, reason
        Needed when the month has been frozen before: digest of that frame, and why.
    known
        What the list was made from; needed where ``rates.levels`` names `place`.
    """
    if (quota.month, quota.policy_digest) != (month, policy.digest):
        raise NotAllowed("quota_of_another", month=f"{month:%Y-%m}")
    purpose = f"enterprise/{month:%Y-%m}"
    draw_number, previous = next_place(chain)
    frozen_at = utc(frozen_at)
    require_commitment(commitment)
    require_future(event, frozen_at)
    require_reason(chain, "frame", "draw", purpose, replaces, reason)
    levels = policy.rates.levels
    rows = list_of(grades, quota)
    if "place" in levels:
        rows = placed(rows, known)
    rows, strata = weighed(rows, policy.rates.engine, levels)
    quota_digest = digest(quota)
    frame = Frame(
        month=month,
        as_of=grades.as_of,
        purpose=purpose,
        draw_number=draw_number,
        previous=previous,
        grades_digest=quota.grades_digest,
        quota_digest=quota_digest,
        policy_digest=policy.digest,
        rule_digest=lottery.rule_of(policy.digest, quota_digest),
        engine=policy.rates.engine,
        levels=levels,
        strata=strata,
        visits=quota.visits,
        rows=rows,
        root=lottery.merkle_root(_leaf(row) for row in rows),
        must=tuple(sorted(must, key=lambda m: (m.enterprise_id, m.kind))),
        reserves_percent=policy.rates.reserves_percent,
        reserves_least=policy.rates.reserves_least,
        event=with_deadline(event, policy.rates.reveal_hours),
        commitment=commitment,
        frozen_at=frozen_at,
        replaces=replaces,
        reason=reason.strip() if reason else None,
    )
    _require_drawable(frame)
    return frame


def list_of(grades: Grades, quota: Quota) -> tuple[Row, ...]:
    """The enterprises of the quota with their places in the tree, by id."""
    columns = ("enterprise_id", "grade", "sector", "township")
    lists = (grades.table.column(name).to_pylist() for name in columns)
    places = {row[0]: row[1:] for row in zip(*lists, strict=True)}
    rows = []
    for enterprise_id, pi_nano in sorted(quota.probabilities):
        if enterprise_id not in places:
            raise NotFound("not_found", kind="enterprise", name=enterprise_id)
        grade, sector, township = places[enterprise_id]
        rows.append(Row(enterprise_id, pi_nano, grade, sector, township or "", "", pi_nano))
    return tuple(rows)


def placed(rows: tuple[Row, ...], known: Known | None) -> tuple[Row, ...]:
    """The rows with their places on the map."""
    if known is None:
        raise NotAllowed("places_unknown")
    places = places_of(known)
    return tuple(replace(row, place=places[row.enterprise_id]) for row in rows)


def _leaf(row: Row) -> tuple[str | int, ...]:
    return tuple([getattr(row, name) for name in lottery.LEAF])


def weighed(
    rows: tuple[Row, ...], engine: Engine, levels: Sequence[str]
) -> tuple[tuple[Row, ...], int]:
    """The rows with the λ of their tickets, and how many levels name a stratum of tickets.

    As many leading levels as have a whole Σπ in every branch: the more, the better the spread.
    """
    if engine == "duel":
        return rows, 0
    from scheduler import pareto  # scipy only where tickets are drawn

    units = keyed(rows, levels)
    strata = pareto.deepest(units, len(levels))
    chances = pareto.chances_of(units, strata)
    return tuple(replace(row, lambda_nano=chances[row.enterprise_id]) for row in rows), strata


def _require_drawable(frame: Frame) -> None:
    ids = [row.enterprise_id for row in frame.rows]
    ids += [visit.enterprise_id for visit in frame.must]
    for one, other in lottery.alike(ids):
        raise NotAllowed("ids_alike", one=one, other=other)
    try:
        lottery.check_rows(keyed(frame.rows, frame.levels))
    except lottery.LotteryError as refusal:
        raise NotAllowed("list_not_drawable", zh=refusal.zh, en=refusal.en) from refusal
    total = sum(row.pi_nano for row in frame.rows)
    if total != frame.visits * lottery.NANO:
        raise NotAllowed("visits_differ", total=total, visits=frame.visits)


# ── draw ──────────────────────────────────────────────────────────────────────────────────


def draw(
    frame: Frame,
    *,
    event_value: str,
    secret: bytes | None,
    entered_by: Sequence[str],
    entered_at: str,
    chain: Chain,
    withheld: bool = False,
    value_again: str | None = None,
) -> Draw:
    """Draw the enterprises of a frozen list, once, after its event.

    event_value
        The public value, or the value of the beacon; for commit_reveal `lottery.join_reveals` of
        all secrets, an empty one for who withholds it past the deadline.
    secret
        What `frame.commitment` was made of; none only when declared `withheld`, past the deadline.
    entered_by
        Who typed the value in: two different people, one where it proves itself.
    value_again
        What the second person typed, where each types it alone.
    """
    entered_at = utc(entered_at)
    frame_digest = digest(frame)
    require_undrawn(chain, "frame", "draw", frame.purpose, frame.draw_number, frame_digest)
    event_value, opened = require_opened(
        frame,
        event_value=event_value,
        value_again=value_again,
        secret=secret,
        withheld=withheld,
        entered_by=entered_by,
        entered_at=entered_at,
    )
    seed = lottery.seed_of(
        frame.purpose, frame.draw_number, frame.root, frame.rule_digest, opened, event_value
    )
    found = outcome(frame, seed)
    return Draw(
        month=frame.month,
        purpose=frame.purpose,
        frame_digest=frame_digest,
        event_value=event_value,
        secret=opened.hex(),
        is_withheld=withheld,
        entered_by=tuple(name.strip() for name in entered_by),
        entered_at=entered_at,
        seed=seed.hex(),
        selected=found.selected,
        reserves=tuple(Reserve(grade, sector, ids) for (grade, sector), ids in found.reserves),
        thresholds=tuple(Threshold(*one) for one in found.thresholds),
        log_digest=found.log_digest,
    )


def preview(frame_or_rows: Frame | Sequence[Row]) -> Preview:
    """A trial draw by duels: it says nothing about the official one."""
    rows = frame_or_rows.rows if isinstance(frame_or_rows, Frame) else frame_or_rows
    root = lottery.merkle_root(_leaf(row) for row in rows)
    seed = lottery.h(b"preview", bytes.fromhex(root))
    selected, _ = lottery.tree_duel(keyed(rows, lottery.LEVELS[:3]), seed, "preview")
    return Preview("preview", seed.hex(), selected)
