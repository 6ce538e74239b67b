"""What was frozen, planned and drawn, in which order, with nothing left out?

One append-only chain of digests: a second draw, or a list exchanged after its event, leaves a
trace that cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from riskengine.digest import digest
from riskengine.errors import AlreadyFrozen, NotAllowed, NotFound, SeedMismatch

BEGINNING = "0" * 64
"""What the first entry names as its predecessor."""

Kind = Literal["frame", "draw", "routes", "slots", "roster", "repair", "files", "review"]


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One line of the append-only record of everything frozen and drawn.

    number
        1 for the first.
    digest
        Of the document.
    previous
        `chain_digest` of the entry before.
    """

    number: int
    kind: Kind
    purpose: str
    digest: str
    previous: str


Chain = Sequence[ChainEntry]


def chain_digest(entry: ChainEntry) -> str:
    """What the next entry names as its predecessor."""
    return digest(entry)


def next_place(chain: Chain) -> tuple[int, str]:
    """Number and predecessor of the entry that comes next, after checking the chain so far."""
    previous = BEGINNING
    for number, entry in enumerate(chain, start=1):
        if entry.number != number or entry.previous != previous:
            raise NotAllowed("chain_broken", number=number)
        previous = chain_digest(entry)
    return len(chain) + 1, previous


def next_entry(chain: Chain, kind: Kind, purpose: str, document: object) -> ChainEntry:
    """The entry that records `document` at the end of the chain."""
    number, previous = next_place(chain)
    return ChainEntry(number, kind, purpose, digest(document), previous)


def in_force(chain: Chain, kind: Kind, purpose: str) -> ChainEntry | None:
    """The last entry of its kind and purpose: it replaces the ones before."""
    of_purpose = [entry for entry in chain if (entry.kind, entry.purpose) == (kind, purpose)]
    return of_purpose[-1] if of_purpose else None


def require_in_force(chain: Chain, kind: Kind, purpose: str, document_digest: str) -> None:
    """Refuse to go on from what is not recorded, or was replaced."""
    last = in_force(chain, kind, purpose)
    known = {entry.digest for entry in chain if entry.kind == kind}
    if last is None or document_digest not in known:
        raise SeedMismatch("frame_not_published", purpose=purpose, digest=document_digest)
    if last.digest != document_digest:
        raise AlreadyFrozen("frame_replaced", purpose=purpose, digest=last.digest)


def require_reason(
    chain: Chain,
    kind: Kind,
    drawn_kind: Kind,
    purpose: str,
    replaces: str | None,
    reason: str | None,
) -> None:
    """Refuse a second freeze that does not name the first and say why, or that comes too late.

    What has been drawn is not frozen again: whoever dislikes a result could have another.
    """
    last = in_force(chain, kind, purpose)
    if last is None:
        if replaces is not None:
            raise NotFound("not_found", kind=kind, name=replaces)
        return
    if replaces is None or not (reason or "").strip():
        code = "routes_planned" if kind == "routes" else "frame_frozen"
        raise AlreadyFrozen(code, purpose=purpose, digest=last.digest)
    if replaces != last.digest:
        raise AlreadyFrozen("frame_replaces_other", purpose=purpose, digest=last.digest)
    for entry in chain[last.number :]:
        if (entry.kind, entry.purpose) == (drawn_kind, purpose):
            raise AlreadyFrozen(_drawn(drawn_kind), purpose=purpose, number=entry.number)


def _drawn(kind: Kind) -> str:
    return "review_drawn" if kind == "review" else "frame_drawn"


def require_undrawn(
    chain: Chain,
    kind: Kind,
    drawn_kind: Kind,
    purpose: str,
    draw_number: int,
    document_digest: str,
) -> None:
    """Refuse to draw from what was not published, was replaced, or has been drawn."""
    next_place(chain)
    of_purpose = [entry for entry in chain if entry.purpose == purpose]
    frozen = [entry for entry in of_purpose if entry.kind == kind]
    mine = next((entry for entry in frozen if entry.digest == document_digest), None)
    if mine is None or mine.number != draw_number:
        raise SeedMismatch("frame_not_published", purpose=purpose, digest=document_digest)
    if mine is not frozen[-1]:
        raise AlreadyFrozen("frame_replaced", purpose=purpose, digest=frozen[-1].digest)
    for entry in of_purpose:
        if entry.kind == drawn_kind and entry.number > mine.number:
            raise AlreadyFrozen(_drawn(drawn_kind), purpose=purpose, number=entry.number)
