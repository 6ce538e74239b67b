"""Who must stand behind a step?

The first floor knows people by the names a request gives; accounts come later and will replace
the names here, not the rules. Every door that makes a document asks `allowed` first.
"""

from __future__ import annotations

from typing import Literal

from riskengine.errors import NeedsSecondPerson
from scheduler.lottery import fold_name

Needs = Literal["one", "two", "another"]

NEEDS: dict[str, Needs] = {
    "registers": "one",
    "grades": "one",
    "quotas": "one",
    "frames": "one",
    "draws": "two",
    "routes": "one",
    "slots": "one",
    "rosters": "two",
    "repairs": "one",
    "bundles": "another",
    "names": "one",
    "openings": "one",
    "scenarios": "one",
    "backtests": "one",
    "files": "one",
    "reviews": "two",
    "proofs": "one",
    "contests": "one",
    "rulings": "another",
}
"""Step → one person, two people together, or a person other than the preparers (办审分离)."""


def allowed(
    step: str, *by: str, prepared_by: tuple[str, ...] = (), proven: bool = False
) -> tuple[str, ...]:
    """The people behind a step, or `NeedsSecondPerson`.

    prepared_by
        Who made the documents the step approves; looked at by steps that need another person.
    proven
        The value that is entered proves itself, by a signature or by promises: one is enough.

    >>> allowed("draws", "李娜", "王强")
    ('李娜', '王强')
    """
    people: dict[str, str] = {}
    for name in filter(fold_name, by):
        people.setdefault(fold_name(name), name.strip())
    if not people:
        raise NeedsSecondPerson("person_needed")
    need = NEEDS[step]
    if need == "two" and len(people) < 2 and not proven:
        raise NeedsSecondPerson("second_person_needed", name=next(iter(people.values())))
    if need == "another" and people.keys() & {fold_name(name) for name in prepared_by}:
        raise NeedsSecondPerson("another_person_needed", name=next(iter(people.values())))
    return tuple(people.values())
