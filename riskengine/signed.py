"""Which fitted card has the bureau signed for its pack, from which day on?

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
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import zip_longest
from pathlib import Path
from typing import Any

from riskengine.digest import digest
from riskengine.errors import PolicyError, UnknownParameter
from riskengine.pack import build, read_text, read_yaml, tree_of

CARD_FILES = ("scorecard.yaml", "grades.yaml", "card.json")
"""What the digest of a fitted card covers: its points, their cuts, and how it was learnt."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who signed a fitted card, as what, and when."""

    name: str
    role: str
    date: dt.date


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


def card_digest(texts: Mapping[str, str]) -> str:
    """The name of a fitted card: SHA-256 over its files but for the model card."""
    return digest({name: texts[name] for name in CARD_FILES})


def signed_cards(entries: Any, folder: Path | Traversable) -> tuple[SignedCard, ...]:
    """The fitted cards that a pack in `folder` names, oldest first; refuses one nobody signed."""
    if entries is None:
        return ()
    path = "pack.fitted"
    if not isinstance(entries, Mapping) or any(type(day) is not dt.date for day in entries):
        raise PolicyError(
            "policy_wrong_type", file="pack.yaml", path=path, value=entries, wanted="date: card"
        )
    days = sorted(entries)
    return tuple(
        _signed(entries[day], day, until, folder, f"{path}.{day}")
        for day, until in zip_longest(days, days[1:])
        if entries[day] is not None
    )


def _signed(
    raw: Any, day: dt.date, until: dt.date | None, folder: Path | Traversable, path: str
) -> SignedCard:
    unsigned = isinstance(raw, Mapping) and not raw.get("approved_by")
    entry: CardEntry = build(CardEntry, {**raw, "approved_by": []} if unsigned else raw, path)
    if unsigned or not all(approval.name.strip() for approval in entry.approved_by):
        raise PolicyError("policy_card_unsigned", path=path, folder=entry.folder)
    for approval in entry.approved_by:
        if approval.date > day:
            raise PolicyError(
                "policy_card_signed_late",
                path=path,
                name=approval.name,
                on=approval.date,
                since=day,
            )
    where = folder.joinpath(entry.folder)
    found = card_digest({name: read_text(where, name) for name in CARD_FILES})
    if found != entry.digest:
        raise PolicyError(
            "policy_card_changed", path=path, folder=entry.folder, signed=entry.digest, found=found
        )
    grades = tree_of(read_yaml(where, "grades.yaml"), "grades")
    if not isinstance(grades, dict) or set(grades) != {"cut_points"}:
        raise UnknownParameter("policy_card_cuts", path=path, folder=entry.folder)
    scorecard = tree_of(read_yaml(where, "scorecard.yaml"), "scorecard")
    tree = {"scorecard": scorecard, "grades": grades}
    return SignedCard(day, until, entry.folder, entry.digest, entry.approved_by, tree)
