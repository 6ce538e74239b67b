"""Which public event decides the seed, and was it awaited, entered and opened as promised?

The refusals here are those of both draws, of enterprises and of people.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from riskengine.errors import (
    AlreadyFrozen,
    EventAlreadyKnown,
    NeedsSecondPerson,
    NotAllowed,
    SeedMismatch,
)
from scheduler import lottery


@dataclass(frozen=True, slots=True)
class Promise:
    """The commitment of one officer: SHA-256 of his or her secret, hex."""

    name: str
    commitment: str


@dataclass(frozen=True, slots=True)
class Event:
    """What the seed waits for.

    kind
        "public_value": a value published elsewhere, typed in by two people.
        "commit_reveal": secrets of two or more officers, each promised before.
    source
        Where anyone can look the value up.
    due_at
        When it happens; ISO 8601 with its zone, kept as UTC to the second.
    promises
        Of a commit_reveal, at least two people's.
    """

    kind: Literal["public_value", "commit_reveal"]
    name: str
    source: str
    due_at: str
    promises: tuple[Promise, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "due_at", utc(self.due_at))
        if self.kind not in ("public_value", "commit_reveal"):
            raise NotAllowed("event_kind", kind=self.kind)
        if not self.name.strip():
            raise NotAllowed("event_unnamed")
        for promise in self.promises:
            require_commitment(promise.commitment)
        if self.kind == "commit_reveal":
            names = [promise.name for promise in self.promises]
            _require_two(names)
            if len({lottery.fold_name(name) for name in names}) < len(names):
                raise NotAllowed("person_twice", names="、".join(names))


def utc(moment: str) -> str:
    """ISO 8601 text with a zone, as UTC to the second.

    >>> utc("2026-11-30T20:30:00+08:00")
    '2026-11-30T12:30:00Z'
    """
    try:
        parsed = dt.datetime.fromisoformat(moment)
    except ValueError:
        raise NotAllowed("moment_unreadable", moment=moment) from None
    if parsed.tzinfo is None:
        raise NotAllowed("moment_unreadable", moment=moment)
    return f"{parsed.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def require_commitment(commitment: str) -> None:
    """Refuse what is not the SHA-256 of a secret."""
    if not re.fullmatch("[0-9a-f]{64}", commitment) or commitment == lottery.commitment_of(b""):
        raise NotAllowed("commitment_unreadable", commitment=commitment)


def require_future(event: Event, frozen_at: str) -> None:
    """Refuse an event that is due at or before the freeze."""
    if event.due_at <= utc(frozen_at):
        raise EventAlreadyKnown(
            "event_already_known", name=event.name, due_at=event.due_at, frozen_at=utc(frozen_at)
        )


def require_open(event: Event, frozen_at: str) -> None:
    """Refuse to replace a list whose event has happened: its result can be worked out already."""
    if event.due_at <= utc(frozen_at):
        raise AlreadyFrozen("event_has_happened", name=event.name, due_at=event.due_at)


def require_due(event: Event, entered_at: str) -> None:
    """Refuse a value entered before the event has happened."""
    if utc(entered_at) < event.due_at:
        raise NotAllowed(
            "event_not_due", name=event.name, due_at=event.due_at, entered_at=utc(entered_at)
        )


def require_value(event: Event, event_value: str, entered_by: Sequence[str]) -> str:
    """The value as it enters the seed.

    Refused are an empty value, one typed in by one person alone, and secrets that were not
    promised. Width and spaces of a public value do not count, or they could be chosen.
    """
    if event.kind == "public_value":
        event_value = lottery.plain_value(event_value)
    if not event_value:
        raise NotAllowed("event_value_empty", name=event.name)
    if event.kind == "public_value":
        _require_two(entered_by)
    else:
        _require_reveals(event, event_value)
    return event_value


def require_secret(commitment: str, secret: bytes | None, *, withheld: bool) -> bytes:
    """The secret as it enters the seed, refused unless it is what was committed to."""
    if secret is None and withheld:
        return b""
    if secret is None or withheld:
        raise SeedMismatch("secret_not_opened")
    if lottery.commitment_of(secret) != commitment:
        raise SeedMismatch("secret_differs", commitment=commitment)
    return secret


def _require_two(names: Sequence[str]) -> None:
    if len({lottery.fold_name(name) for name in names} - {""}) < 2:
        raise NeedsSecondPerson("needs_second_person", names="、".join(names) or "–")


def _require_reveals(event: Event, event_value: str) -> None:
    try:
        wrong = lottery.broken_promises(
            [(promise.name, promise.commitment) for promise in event.promises], event_value
        )
    except (ValueError, TypeError):
        wrong = [promise.name for promise in event.promises]
    if wrong:
        raise SeedMismatch("reveal_differs", names="、".join(wrong))
