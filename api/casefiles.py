"""How does a review of case files go through the store? The steps behind `riskengine casefiles`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from api.papers.casefiles import list_sheets, review_sheets
from api.papers.sheets import write_workbook
from api.steps import Desk, Hand, behind, chain, keep, keep_in_chain, known_on, load, seal, unseal
from riskengine.digest import canonical
from scheduler.casefiles import FileList, Review, bind, freeze_files, review
from scheduler.event import Event, proves_itself, require_open


def make_files(
    desk: Desk,
    hand: Hand,
    *,
    month: dt.date,
    as_of: dt.date,
    files: int,
    event: Event,
    replaces: str | None = None,
    reason: str | None = None,
) -> str:
    """Freeze the files and reviewers known at the start of `as_of`."""
    hand = behind("files", hand)
    if replaces is not None:
        require_open(load(desk, "files", replaces, FileList).event, hand.moment)
    frozen = freeze_files(
        known_on(desk, as_of),
        month=month,
        files=files,
        chain=chain(desk),
        event=event,
        reveal_hours=desk.policy.on(as_of).rates.reveal_hours,
        commitment=seal(desk),
        frozen_at=hand.moment,
        replaces=replaces,
        reason=reason,
    )
    return keep_in_chain(
        desk, hand, "files", frozen, purpose=frozen.purpose, inputs=(), as_of=as_of
    )


def make_review(
    desk: Desk,
    hand: Hand,
    *,
    files: str,
    event_value: str,
    value_again: str | None = None,
    withheld: bool = False,
) -> str:
    """Draw the files and their reviewers, once, with the value of the event."""
    frozen = load(desk, "files", files, FileList)
    proven = proves_itself(frozen.event, event_value, withheld=withheld)
    hand = behind("reviews", hand, proven=proven)
    drawn = review(
        frozen,
        event_value=event_value,
        value_again=value_again,
        secret=None if withheld else unseal(desk, frozen.commitment),
        entered_by=hand.by,
        entered_at=hand.moment,
        chain=chain(desk),
        withheld=withheld,
    )
    return keep_in_chain(desk, hand, "review", drawn, purpose=drawn.purpose, inputs=(files,))


def make_proof(desk: Desk, hand: Hand, *, review: str) -> str:
    """The bundle that proves a review."""
    hand = behind("proofs", hand)
    result = load(desk, "review", review, Review)
    frozen = load(desk, "files", result.files_digest, FileList)
    bundle = bind(frozen, result, chain=chain(desk))
    return keep(
        desk, hand, "bundle", bundle, as_of=frozen.as_of, month=frozen.month, inputs=(review,)
    )


def print_files(desk: Desk, files: str, folder: Path) -> Path:
    """The public list before the draw."""
    folder.mkdir(parents=True, exist_ok=True)
    frozen = load(desk, "files", files, FileList)
    return write_workbook(folder / "案卷评查名单.xlsx", list_sheets(frozen))


def print_review(desk: Desk, hand: Hand, *, drawn: str, folder: Path) -> list[Path]:
    """Who reviews what, and the bundle that proves it."""
    result = load(desk, "review", drawn, Review)
    frozen = load(desk, "files", result.files_digest, FileList)
    made = make_proof(desk, hand, review=drawn)
    folder.mkdir(parents=True, exist_ok=True)
    papers = write_workbook(folder / "案卷评查分工.xlsx", review_sheets(frozen, result))
    proof = folder / "casefiles.json"
    proof.write_bytes(canonical(desk.store.get_document(made, "bundle").body))
    return [papers, proof]
