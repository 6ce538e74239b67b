"""Which fitted card and challenger has the bureau signed for its pack, from which day on?

A fitted card grades nobody by lying in a folder. A pack names it in ``pack.yaml``, with the digest
that was read and with who approved it; then it takes the place of the pack's own scorecard and cut
points from that day on, and earlier days keep the card they had::

    fitted:
      2027-01-01:
        folder: ../fitted/county-2026
        digest: 3f1c…
        approved_by:
          - {name: 王某, role: 分管副局长 / deputy director, date: 2026-12-20}
      2028-01-01: null        # back to the pack's own

A challenger is named in the same way, under ``challenger``, by its ``file`` and the SHA-256 of it.
It grades nobody: it ranks visits inside a grade (`scheduler.worth`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from riskengine.digest import digest
from riskengine.errors import PolicyError, UnknownParameter
from riskengine.pack import build, leaves, read_text, read_yaml, tree_of
from riskengine.rules import Approval, SignedChallenger

CARD_FILES = ("scorecard.yaml", "grades.yaml", "card.json")
"""What the digest of a fitted card covers: its points, their cuts, and how it was learnt."""


@dataclass(frozen=True, slots=True)
class CardEntry:
    """How a pack names a fitted card.

    folder
        From the folder of the pack.
    """

    folder: str
    digest: str
    approved_by: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A fitted card that a pack applies.

    since, until
        First day it is in force, and the day it no longer is; None while it has no successor.
    tree
        What it puts in place of the pack's own: ``scorecard`` and ``grades.cut_points``.
    """

    since: dt.date
    until: dt.date | None
    folder: str
    digest: str
    approved_by: tuple[Approval, ...]
    tree: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChallengerEntry:
    """How a pack names a challenger.

    file
        From the folder of the pack.
    """

    file: str
    digest: str
    approved_by: tuple[Approval, ...]


Signed = TypeVar("Signed", SignedCard, SignedChallenger)
Entry = TypeVar("Entry", CardEntry, ChallengerEntry)


def in_force(signed: Sequence[Signed], date: dt.date | None) -> Signed | None:
    """The one in force on a date, or lastly; None where the pack does without."""
    on = date or dt.date.max
    begun = (one for one in signed if one.since <= on)
    return next((one for one in begun if one.until is None or on < one.until), None)


def card_digest(texts: Mapping[str, str]) -> str:
    """The name of a fitted card: SHA-256 over its files but for the model card."""
    return digest({name: texts[name] for name in CARD_FILES})


def signed_cards(entries: Any, folder: Path | Traversable) -> tuple[SignedCard, ...]:
    """The fitted cards that a pack in `folder` names, oldest first; refuses one nobody signed."""
    return tuple(
        _card(raw, day, until, folder, path)
        for raw, day, until, path in _by_day(entries, "pack.fitted", "date: card")
    )


def signed_challengers(entries: Any, folder: Path | Traversable) -> tuple[SignedChallenger, ...]:
    """The challengers that a pack in `folder` names, oldest first; refuses one nobody signed."""
    return tuple(
        _challenger(raw, day, until, folder, path)
        for raw, day, until, path in _by_day(entries, "pack.challenger", "date: challenger")
    )


def _by_day(
    entries: Any, path: str, wanted: str
) -> Iterator[tuple[Any, dt.date, dt.date | None, str]]:
    """What is named: as written, from which day, until which day, and where in the pack."""
    if entries is None:
        return
    if not isinstance(entries, Mapping):
        raise PolicyError(
            "policy_wrong_type", file="pack.yaml", path=path, value=entries, wanted=wanted
        )
    for key in entries:
        if type(key) is not dt.date:
            raise PolicyError("policy_not_by_day", path=path, key=key)
    days = sorted(entries)
    for day, until in zip_longest(days, days[1:]):
        if entries[day] is not None:
            yield entries[day], day, until, f"{path}.{day}"


def _approved(kind: type[Entry], raw: Any, day: dt.date, path: str, unsigned: str) -> Entry:
    """The entry, if somebody approved it by its first day; else the refusal `unsigned`."""
    is_bare = isinstance(raw, Mapping) and _is_unsigned(raw.get("approved_by"))
    entry: Entry = build(kind, {**raw, "approved_by": []} if is_bare else raw, path)
    if is_bare:
        where = entry.folder if isinstance(entry, CardEntry) else entry.file
        raise PolicyError(unsigned, path=path, folder=where)
    for approval in entry.approved_by:
        if approval.date > day:
            raise PolicyError(
                "policy_card_signed_late",
                path=path,
                name=approval.name,
                on=approval.date,
                since=day,
            )
    return entry


def _is_unsigned(approvals: Any) -> bool:
    """Whether nobody stands there, or somebody whose name, role or day is left empty."""
    if not isinstance(approvals, list):
        return not approvals
    people = [one for one in approvals if isinstance(one, Mapping)]
    return not approvals or any(
        value is None or not str(value).strip() for one in people for value in one.values()
    )


def _require_approved(found: str, entry: Entry, refusal: str, **where: str) -> None:
    """Refuse what is not, byte by byte, what somebody approved."""
    if found != entry.digest:
        raise PolicyError(refusal, signed=entry.digest, found=found, **where)


def _card(
    raw: Any, day: dt.date, until: dt.date | None, folder: Path | Traversable, path: str
) -> SignedCard:
    entry = _approved(CardEntry, raw, day, path, "policy_card_unsigned")
    where = folder.joinpath(entry.folder)
    for file in CARD_FILES:
        if not where.joinpath(file).is_file():
            raise PolicyError("policy_card_missing", path=path, folder=entry.folder, file=file)
    found = card_digest({name: read_text(where, name) for name in CARD_FILES})
    _require_approved(found, entry, "policy_card_changed", path=path, folder=entry.folder)
    grades = tree_of(read_yaml(where, "grades.yaml"), "grades")
    if not isinstance(grades, dict) or set(grades) != {"cut_points"}:
        raise UnknownParameter("policy_card_cuts", path=path, folder=entry.folder)
    scorecard = tree_of(read_yaml(where, "scorecard.yaml"), "scorecard")
    tree = {"scorecard": scorecard, "grades": grades}
    first = max((min(leaf.values) for _, leaf in leaves(tree, "")), default=day)
    if day < first:
        raise PolicyError(
            "policy_card_early", path=path, folder=entry.folder, first=first, since=day
        )
    return SignedCard(day, until, entry.folder, entry.digest, entry.approved_by, tree)


def _challenger(
    raw: Any, day: dt.date, until: dt.date | None, folder: Path | Traversable, path: str
) -> SignedChallenger:
    entry = _approved(ChallengerEntry, raw, day, path, "policy_challenger_unsigned")
    try:
        data = folder.joinpath(entry.file).read_bytes()
    except OSError:
        raise PolicyError("policy_challenger_missing", path=path, file=entry.file) from None
    found = hashlib.sha256(data).hexdigest()
    _require_approved(found, entry, "policy_challenger_changed", path=path, file=entry.file)
    return SignedChallenger(day, until, entry.file, entry.digest, entry.approved_by, data)
