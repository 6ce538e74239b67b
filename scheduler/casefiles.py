"""Which case files are reviewed, by whom, and who checks the review?

案卷评查: files are drawn by kind, and for each a reviewer and a rechecker who did not handle it
(1人审查1人复核). One event decides both: a fixed rule makes the shares of the reviewers from the
frozen list and the files drawn, and nobody plans anything in between. What is decided is decided
in `scheduler.lottery`; here are documents and refusals.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskengine.digest import digest, plain
from riskengine.errors import NotAllowed
from riskengine.register import Known
from scheduler import lottery
from scheduler.chain import Chain, next_place, require_reason, require_undrawn
from scheduler.event import (
    Event,
    require_commitment,
    require_future,
    require_opened,
    utc,
    with_deadline,
)
from scheduler.shares import proportional

LEVELS = ("kind", "unit")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file of the list.

    pi_nano
        Its probability, in units of 1e-9.
    handlers
        Names or numbers of those who handled the case: they never review it.
    """

    case_id: str
    pi_nano: int
    kind: str
    unit: str
    handlers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Someone who may review files."""

    reviewer_id: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class KindQuota:
    """How many of the `files` of a kind are drawn."""

    kind: str
    files: int
    drawn: int


@dataclass(frozen=True, slots=True)
class FileList:
    """The frozen list of a review: whoever holds it and the seed can repeat the draw.

    month
        First day of the month of the review.
    as_of
        The list is made from what was known at the start of this day.
    rule_digest
        Of `quotas`: how many of each kind.
    root
        Merkle root of files and reviewers.
    """

    month: dt.date
    as_of: dt.date
    purpose: str
    draw_number: int
    previous: str
    register_digest: str
    quotas: tuple[KindQuota, ...]
    rule_digest: str
    levels: tuple[str, ...]
    rows: tuple[CaseFile, ...]
    reviewers: tuple[Reviewer, ...]
    root: str
    event: Event
    commitment: str
    frozen_at: str
    replaces: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Who reviews a drawn file, and who checks the review."""

    case_id: str
    reviewer: str
    rechecker: str


@dataclass(frozen=True, slots=True)
class Review:
    """The result, and the values anyone needs to repeat it."""

    month: dt.date
    purpose: str
    files_digest: str
    event_value: str
    secret: str
    is_withheld: bool
    entered_by: tuple[str, ...]
    entered_at: str
    seed: str
    log_digest: str
    reviewed: tuple[Reviewed, ...]


# ── freeze ────────────────────────────────────────────────────────────────────────────────


def freeze_files(
    known: Known,
    *,
    month: dt.date,
    files: int,
    chain: Chain,
    event: Event,
    reveal_hours: int,
    commitment: str,
    frozen_at: str,
    replaces: str | None = None,
    reason: str | None = None,
) -> FileList:
    """Close the list of files and reviewers before the event that decides the draw.

    files
        How many to draw in all: by kind in proportion, at least one of each.
    reveal_hours
        After the event; from then on a secret that is still closed counts as empty.
    commitment, replaces, reason
        See `scheduler.draw.freeze`.
    """
    purpose = f"{lottery.CASEFILES}/{month:%Y-%m}"
    draw_number, previous = next_place(chain)
    frozen_at = utc(frozen_at)
    require_commitment(commitment)
    require_future(event, frozen_at)
    require_reason(chain, "files", "review", purpose, replaces, reason)
    table = known.tables["case_files"].sort_by("case_id").to_pylist()
    reviewers = reviewers_of(known)
    quotas = quotas_of(Counter(row["kind"] for row in table), files)
    rows = _rows(table, quotas)
    for one, other in lottery.alike(row.case_id for row in rows):
        raise NotAllowed("ids_alike", one=one, other=other)
    require_distinct(reviewers)
    require_reviewable(rows, reviewers)
    return FileList(
        month=month,
        as_of=known.as_of,
        purpose=purpose,
        draw_number=draw_number,
        previous=previous,
        register_digest=known.digest,
        quotas=quotas,
        rule_digest=lottery.digest_of(plain(quotas)),
        levels=LEVELS,
        rows=rows,
        reviewers=reviewers,
        root=lottery.merkle_root(lottery.file_leaves(plain(rows), plain(reviewers))),
        event=with_deadline(event, reveal_hours),
        commitment=commitment,
        frozen_at=frozen_at,
        replaces=replaces,
        reason=reason.strip() if reason else None,
    )


def reviewers_of(known: Known) -> tuple[Reviewer, ...]:
    """Everyone on the list of reviewers, by number."""
    rows = known.tables["reviewers"].sort_by("reviewer_id").to_pylist()
    return tuple(Reviewer(row["reviewer_id"], row["name"], row["unit"] or "") for row in rows)


def quotas_of(counts: Mapping[str, int], files: int) -> tuple[KindQuota, ...]:
    """`files` over the kinds in proportion to their number, at least one of each.

    >>> [q.drawn for q in quotas_of({"处罚": 80, "强制": 3, "许可": 17}, 10)]
    [7, 1, 2]
    """
    total = sum(counts.values())
    if not total:
        raise NotAllowed("files_none")
    if not len(counts) <= files <= total:
        raise NotAllowed("files_number", files=files, kinds=len(counts), total=total)
    parts = proportional(dict(counts), files, least=1)
    return tuple(KindQuota(kind, counts[kind], parts[kind]) for kind in sorted(counts))


def _rows(table: Sequence[Mapping[str, str]], quotas: Sequence[KindQuota]) -> tuple[CaseFile, ...]:
    pi: dict[str, int] = {}
    for quota in quotas:
        ids = {row["case_id"]: 1 for row in table if row["kind"] == quota.kind}
        pi |= proportional(ids, quota.drawn * lottery.NANO, most=lottery.NANO)
    return tuple(
        CaseFile(
            row["case_id"], pi[row["case_id"]], row["kind"], row["unit"] or "", handlers_of(row)
        )
        for row in table
    )


def handlers_of(row: Mapping[str, str]) -> tuple[str, ...]:
    """Who handled a case: names or numbers, whatever stands between them.

    >>> handlers_of({"handlers": "张三、李四；0012"})
    ('张三', '李四', '0012')
    """
    text = row["handlers"]
    for sign in "、，,；/／|\n":
        text = text.replace(sign, ";")
    return tuple(name for part in text.split(";") if (name := part.strip()))


def require_distinct(reviewers: Sequence[Reviewer]) -> None:
    """Refuse a name that stands twice: one person could review a file and recheck it."""
    if twice := lottery.one_name_twice(plain(reviewers)):
        raise NotAllowed("reviewer_twice", names="、".join(twice))


def require_reviewable(rows: Sequence[CaseFile], reviewers: Sequence[Reviewer]) -> None:
    """Refuse a list with a file that fewer than two reviewers may see, or without handlers."""
    for row in rows:
        if not any(map(lottery.fold_name, row.handlers)):
            raise NotAllowed("file_without_handlers", case=row.case_id)
    handlers = {row.case_id: row.handlers for row in rows}
    able = lottery.able_reviewers(handlers, plain(reviewers))
    if lonely := [case for case, names in able.items() if len(names) < 2]:
        raise NotAllowed(
            "file_without_reviewers",
            case=lonely[0],
            able=len(able[lonely[0]]),
            handlers="、".join(handlers[lonely[0]]),
            reviewers=len(reviewers),
            files=len(lonely),
        )


# ── draw ──────────────────────────────────────────────────────────────────────────────────


def review(
    frozen: FileList,
    *,
    event_value: str,
    secret: bytes | None,
    entered_by: Sequence[str],
    entered_at: str,
    chain: Chain,
    value_again: str | None = None,
    withheld: bool = False,
) -> Review:
    """Draw the files and their reviewers, once, after the event; see `scheduler.draw.draw`."""
    entered_at = utc(entered_at)
    files_digest = digest(frozen)
    require_undrawn(chain, "files", "review", frozen.purpose, frozen.draw_number, files_digest)
    event_value, opened = require_opened(
        frozen,
        event_value=event_value,
        value_again=value_again,
        secret=secret,
        withheld=withheld,
        entered_by=entered_by,
        entered_at=entered_at,
    )
    seed = lottery.seed_of(
        frozen.purpose, frozen.draw_number, frozen.root, frozen.rule_digest, opened, event_value
    )
    seats, log = lottery.draw_files(plain(frozen), seed)
    return Review(
        month=frozen.month,
        purpose=frozen.purpose,
        files_digest=files_digest,
        event_value=event_value,
        secret=opened.hex(),
        is_withheld=withheld,
        entered_by=tuple(name.strip() for name in entered_by),
        entered_at=entered_at,
        seed=seed.hex(),
        log_digest=lottery.digest_of(log),
        reviewed=tuple(Reviewed(*seat) for seat in seats),
    )


def bind(frozen: FileList, drawn: Review, *, chain: Chain) -> dict[str, object]:
    """The bundle of a review: what `scheduler/lottery.py` alone verifies."""
    bundle: dict[str, object] = {
        "format": lottery.CASEFILES_FORMAT,
        "files": plain(frozen),
        "review": plain(drawn),
        "chain": plain(list(chain)),
    }
    bundle["digest"] = digest(bundle)
    if findings := lottery.check_casefiles(bundle):
        raise NotAllowed("bundle_unsound", count=len(findings), **findings[0])
    return bundle
