"""Which public event decides the seed, and was it awaited, entered and opened as promised?

The refusals here are those of both draws, of enterprises and of people.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from riskengine.errors import (
    AlreadyFrozen,
    EventAlreadyKnown,
    NeedsSecondPerson,
    NotAllowed,
    SeedMismatch,
)
from scheduler import beacon, lottery

Kind = Literal["public_value", "commit_reveal", "drand"]
KINDS: tuple[Kind, ...] = ("public_value", "commit_reveal", "drand")


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
        "drand": the signature of one round of a beacon; see `of_beacon`.
    source
        Where anyone can look the value up.
    due_at
        When it happens; ISO 8601 with its zone, kept as UTC to the second.
    promises
        Of a commit_reveal, at least two people's.
    chain, round
        Of a drand event: the name of the beacon in `lottery.BEACONS`, and the round.
    reveal_by
        From when a secret that is still closed counts as empty; stated at the freeze.
    """

    kind: Kind
    name: str
    source: str
    due_at: str
    promises: tuple[Promise, ...] = ()
    chain: str | None = None
    round: int | None = None
    reveal_by: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "due_at", utc(self.due_at))
        if self.kind not in KINDS:
            raise NotAllowed("event_kind", kind=self.kind)
        if self.kind == "drand":
            due_at = beacon.time_of(self.chain or "–", self.round or 0)
            if self.due_at != due_at:
                raise NotAllowed("round_time", round=self.round, due_at=due_at, said=self.due_at)
        if not self.name.strip():
            raise NotAllowed("event_unnamed")
        for promise in self.promises:
            require_commitment(promise.commitment)
        if self.kind == "commit_reveal":
            names = [promise.name for promise in self.promises]
            _require_two(names)
            if len({lottery.fold_name(name) for name in names}) < len(names):
                raise NotAllowed("person_twice", names="、".join(names))
            if len({promise.commitment for promise in self.promises}) < len(names):
                raise NotAllowed("secret_twice", names="、".join(names))


class Frozen(Protocol):
    """What is drawn from: a frame or slots."""

    @property
    def event(self) -> Event: ...
    @property
    def commitment(self) -> str: ...


def of_beacon(chain: str, number: int, name: str = "", source: str = "") -> Event:
    """The event of one round of a beacon, with its time and the address of its value.

    >>> of_beacon("quicknet", 35107012).due_at
    '2026-12-24T15:00:00Z'
    """
    due_at = beacon.time_of(chain, number)
    address = f"https://api.drand.sh/{lottery.BEACONS[chain].chain_hash}/public/{number}"
    named, found = name or f"drand {chain} {number}", source or address
    return Event("drand", named, found, due_at, chain=chain, round=number)


def with_deadline(event: Event, hours: int) -> Event:
    """The event with the moment from which a closed secret counts as empty.

    hours
        After the event; above 0.
    """
    due_at = dt.datetime.fromisoformat(event.due_at)
    return replace(event, reveal_by=utc((due_at + dt.timedelta(hours=hours)).isoformat()))


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


def as_written(event: Event, event_value: str) -> str:
    """The one way to write a value: without the freedom of width, spaces or, in hex, of case."""
    if event.kind == "commit_reveal":
        return event_value
    value = lottery.plain_value(event_value)
    return value.lower() if event.kind == "drand" else value


def proves_itself(event: Event, event_value: str, *, withheld: bool = False) -> bool:
    """Is the value proven by a signature or by promises, so that one person may enter it?

    A secret that was withheld is proven by nothing: two people must say so.
    """
    return not withheld and event.kind != "public_value" and not _withheld(event, event_value)


def require_opened(
    frozen: Frozen,
    *,
    event_value: str,
    value_again: str | None = None,
    secret: bytes | None,
    withheld: bool = False,
    entered_by: Sequence[str],
    entered_at: str,
) -> tuple[str, bytes]:
    """The value and the secret as they enter the seed, or the sentence that says why not.

    value_again
        What the second person typed, where the door lets each type it alone.
    """
    event = frozen.event
    require_due(event, entered_at)
    if not proves_itself(event, event_value, withheld=withheld):
        _require_two(entered_by)
    value = require_value(event, event_value, value_again)
    opened = require_secret(frozen.commitment, secret, withheld=withheld)
    if withheld or _withheld(event, value):
        require_overdue(event, entered_at)
    return value, opened


def require_value(event: Event, event_value: str, value_again: str | None = None) -> str:
    """The value as it enters the seed: not empty, typed alike, signed or promised."""
    value = as_written(event, event_value)
    if not value:
        raise NotAllowed("event_value_empty", name=event.name)
    if value_again is not None and as_written(event, value_again) != value:
        raise NotAllowed("typed_differently", first=event_value, second=value_again)
    if event.kind == "commit_reveal":
        _require_reveals(event, value)
    if event.kind == "drand" and event.chain and event.round:
        if not lottery.is_beacon_value(event.chain, value):
            digits = " + ".join(map(str, lottery.BEACONS[event.chain].digits))
            raise NotAllowed("beacon_value_unreadable", name=event.name, digits=digits)
        if not beacon.is_signed(event.chain, event.round, value):
            raise SeedMismatch("beacon_unsigned", chain=event.chain, round=event.round)
    return value


def require_overdue(event: Event, entered_at: str) -> None:
    """Refuse to count a secret as withheld before the deadline that was stated at the freeze."""
    if utc(entered_at) < event.reveal_by:
        raise NotAllowed("not_overdue", reveal_by=event.reveal_by, entered_at=utc(entered_at))


def require_secret(commitment: str, secret: bytes | None, *, withheld: bool) -> bytes:
    """The secret as it enters the seed, refused unless it is what was committed to."""
    if secret is None and withheld:
        return b""
    if secret is None or withheld:
        raise SeedMismatch("secret_not_opened")
    if lottery.commitment_of(secret) != commitment:
        raise SeedMismatch("secret_differs", commitment=commitment)
    return secret


def _withheld(event: Event, event_value: str) -> bool:
    try:
        return bool(lottery.withheld_by({"kind": event.kind}, event_value))
    except (ValueError, TypeError):  # unreadable: the promises are not kept, as is said later
        return False


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
