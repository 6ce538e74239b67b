"""Which enterprises can be drawn this month, with what probability, and which were?

`freeze` closes the list before the public event, `draw` opens it after; both write an entry into
one append-only chain, so that a second draw cannot be hidden. What is decided is decided in
`scheduler.lottery`; here are the documents and the refusals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from riskengine.digest import digest
from riskengine.errors import NotAllowed, NotFound, Sentence
from scheduler import lottery
from scheduler.chain import Chain, ChainEntry, next_place, require_reason, require_undrawn
from scheduler.event import (
    Event,
    require_commitment,
    require_due,
    require_future,
    require_secret,
    require_value,
    utc,
)

if TYPE_CHECKING:
    from riskengine.grade import Grades
    from riskengine.policy import PolicyView
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
    "draw",
    "freeze",
    "list_of",
    "preview",
]


@dataclass(frozen=True, slots=True)
class Must:
    """An enterprise visited with certainty, outside the draw and outside the estimate."""

    enterprise_id: str
    kind: Literal["case", "special", "owed"]
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Row:
    """One enterprise of the list. `pi_nano` is its probability in units of 1e-9."""

    enterprise_id: str
    pi_nano: int
    grade: str
    sector: str
    township: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The frozen list: whoever holds it and the seed can repeat the draw.

    draw_number, previous
        Place in the chain and digest of the entry before it.
    root
        Merkle root of the rows.
    rule_digest
        Of policy and quota: the rule the probabilities were made by.
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
class Draw:
    """The result, and the values anyone needs to repeat it.

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
) -> Frame:
    """Close the list of the month before the event that decides the draw.

    commitment
        SHA-256 of the secret, hex; see `lottery.commitment_of`.
    replaces, reason
        Needed when the month has been frozen before: digest of that frame, and why.
    """
    if (quota.month, quota.policy_digest) != (month, policy.digest):
        raise NotAllowed("quota_of_another", month=f"{month:%Y-%m}")
    purpose = f"enterprise/{month:%Y-%m}"
    draw_number, previous = next_place(chain)
    frozen_at = utc(frozen_at)
    require_commitment(commitment)
    require_future(event, frozen_at)
    require_reason(chain, "frame", "draw", purpose, replaces, reason)
    rows = list_of(grades, quota)
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
        visits=quota.visits,
        rows=rows,
        root=lottery.merkle_root(_leaf(row) for row in rows),
        must=tuple(sorted(must, key=lambda m: (m.enterprise_id, m.kind))),
        reserves_percent=policy.rates.reserves_percent,
        reserves_least=policy.rates.reserves_least,
        event=event,
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
        rows.append(Row(enterprise_id, pi_nano, grade, sector, township or ""))
    return tuple(rows)


def _leaf(row: Row) -> tuple[str, int, str, str, str]:
    return (row.enterprise_id, row.pi_nano, row.grade, row.sector, row.township)


def _duellists(rows: Sequence[Row]) -> list[lottery.Row]:
    return [(row.enterprise_id, row.pi_nano, (row.grade, row.sector, row.township)) for row in rows]


def _require_drawable(frame: Frame) -> None:
    try:
        lottery.check_rows(_duellists(frame.rows))
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
) -> Draw:
    """Draw the enterprises of a frozen list, once, after its event.

    event_value
        The public value; for commit_reveal `lottery.join_reveals` of all secrets.
    secret
        What `frame.commitment` was made of; none only when declared `withheld`.
    entered_by
        The people who typed the public value in; two different ones.
    """
    entered_at = utc(entered_at)
    frame_digest = digest(frame)
    require_undrawn(chain, "frame", "draw", frame.purpose, frame.draw_number, frame_digest)
    require_due(frame.event, entered_at)
    event_value = require_value(frame.event, event_value, entered_by)
    opened = require_secret(frame.commitment, secret, withheld=withheld)
    seed = lottery.seed_of(
        frame.purpose, frame.draw_number, frame.root, frame.rule_digest, opened, event_value
    )
    rows = _duellists(frame.rows)
    selected, log = lottery.tree_duel(rows, seed, frame.purpose)
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
        selected=selected,
        reserves=_reserves(frame, selected, seed),
        log_digest=lottery.digest_of(log),
    )


def preview(frame_or_rows: Frame | Sequence[Row]) -> Preview:
    """A trial draw: it says nothing about the official one."""
    rows = frame_or_rows.rows if isinstance(frame_or_rows, Frame) else frame_or_rows
    root = lottery.merkle_root(_leaf(row) for row in rows)
    seed = lottery.h(b"preview", bytes.fromhex(root))
    selected, _ = lottery.tree_duel(_duellists(rows), seed, "preview")
    return Preview("preview", seed.hex(), selected)


def _reserves(frame: Frame, selected: Sequence[str], seed: bytes) -> tuple[Reserve, ...]:
    lists = lottery.reserve_lists(
        _duellists(frame.rows),
        selected,
        seed,
        frame.purpose,
        percent=frame.reserves_percent,
        least=frame.reserves_least,
    )
    return tuple(Reserve(grade, sector, ids) for (grade, sector), ids in lists)
