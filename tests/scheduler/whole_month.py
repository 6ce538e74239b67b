"""What does one whole month look like, when everything outside the engine is held fast?

Generator seed, secrets, values of the events and moments are fixed, so that a month is the same
month on every machine. ``python -m tests.scheduler.whole_month`` prints it as the golden file does;
with ``--write`` it writes the file anew, and the difference is read before it is kept.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskengine.digest import canonical, digest
from riskengine.errors import Sentence
from riskengine.grade import Grades, grades_digest
from riskengine.policy import Policy, read_policy
from riskengine.register import Register, register_from_tables
from riskengine.synthetic import small_register, synthetic_tables
from scheduler.chain import ChainEntry, next_entry
from scheduler.draw import Draw, Event, Must, draw
from scheduler.lottery import commitment_of, verify
from scheduler.month import (
    Prepared,
    grade_register,
    names_in,
    prepare,
    publish,
    require_sound,
    route,
)
from scheduler.quota import Owed
from scheduler.roster.documents import Roster, Routes, Slots
from scheduler.roster.people import slots, staff

GOLDEN = Path(__file__).parents[1] / "golden" / "month.json"
AS_OF, MONTH = dt.date(2026, 11, 25), dt.date(2026, 12, 1)
SECRET, SECOND_SECRET = b"first secret of a test", b"second secret of a test"
TWO = ("示例员甲", "示例员乙")
UP_TO_THE_DRAW = ("grades", "outside", "quota", "frame", "draw")
"""Stages without a solver: the same on every machine."""
START, UNTIL = dt.date(2023, 11, 1), dt.date(2026, 11, 30)
DEAR_RATES = {
    "rates.yearly_permille": {"A": 4000, "B": 6000, "C": 8000, "D": 12000},
    "rates.yearly_cap": {"A": 24, "B": 24, "C": 24, "D": 24},
    "rates.sector_yearly_cap": {},
    "rates.ceiling_permille": 12000,
}
"""A what-if under which a month draws a dozen of thirty enterprises."""


@dataclass(frozen=True)
class Month:
    """Every document of a month, in the order in which it comes about."""

    prepared: Prepared
    drawn: Draw
    routes: Routes
    slots: Slots
    roster: Roster
    chain: tuple[ChainEntry, ...]

    @property
    def bundle(self) -> dict[str, Any]:
        frame, known = self.prepared.frame, self.prepared.known
        return publish(
            frame,
            self.drawn,
            self.routes,
            self.slots,
            self.roster,
            chain=self.chain,
            names=names_in(frame, self.slots, known),
        )

    @property
    def digests(self) -> dict[str, str]:
        """Stage → digest, in the order of the stages."""
        documents: dict[str, object] = {
            "outside": self.prepared.outside,
            "quota": self.prepared.quota,
            "frame": self.prepared.frame,
            "draw": self.drawn,
            "routes": self.routes,
            "slots": self.slots,
            "roster": self.roster,
            "bundle": self.bundle,
        }
        named = {name: digest(document) for name, document in documents.items()}
        return {"grades": grades_digest(self.prepared.grades), **named}


@cache
def pack() -> Policy:
    return read_policy("cn-transport")


@cache
def dear_pack() -> Policy:
    """The pack under `DEAR_RATES`."""
    return pack().overlay(DEAR_RATES)


def tables(*, start: dt.date = START, until: dt.date = UNTIL) -> dict[str, pd.DataFrame]:
    """The rows of a small county as its bureau would type them in."""
    rng = np.random.default_rng(2026)
    return synthetic_tables(rng, enterprises=30, officers=8, start=start, until=until)


def county(**changes: Callable[[pd.DataFrame], pd.DataFrame]) -> Register:
    """The small county, with some of its tables changed."""
    rows = tables()
    return register_from_tables(rows | {name: changes[name](rows[name]) for name in changes})


def none_of(table: pd.DataFrame) -> pd.DataFrame:
    return table.head(0)


def walk(
    register: Register,
    policy: Policy | None = None,
    *,
    as_of: dt.date = AS_OF,
    month: dt.date = MONTH,
    owed: tuple[Owed, ...] = (),
    must: tuple[Must, ...] = (),
    previous: Grades | None = None,
) -> Month:
    """A whole month, judged by the checker where the real one is."""
    policy = policy or pack()
    rules = policy.on(as_of)
    prepared = prepared_for(
        register, policy, as_of=as_of, month=month, owed=owed, must=must, previous=previous
    )
    frame, known = prepared.frame, prepared.known
    chain = [next_entry((), "frame", frame.purpose, frame)]
    drawn = draw(
        frame,
        event_value="03 09 14 17 22 31 + 05",
        secret=SECRET,
        entered_by=TWO,
        entered_at=moment(as_of, 3, 14),
        chain=chain,
    )
    chain.append(next_entry(chain, "draw", frame.purpose, drawn))
    routes = route(
        frame,
        drawn,
        prepared.grades,
        known,
        rules,
        first_day=as_of + dt.timedelta(days=6),
        team_days=prepared.quota.capacity.team_days,
        owed=prepared.outside.owed,
        must=prepared.outside.must,
    )
    require_sound(routes, None, frame, drawn, known, rules)
    chain.append(next_entry(chain, "routes", f"people/{month:%Y-%m}", routes))
    seats = slots(
        routes,
        known,
        rules,
        chain=chain,
        event=event(as_of, 5),
        commitment=commitment_of(SECOND_SECRET),
        frozen_at=moment(as_of, 4, 10),
    )
    chain.append(next_entry(chain, "slots", seats.purpose, seats))
    roster = staff(
        seats,
        event_value="01 08 11 19 27 30 + 12",
        secret=SECOND_SECRET,
        entered_by=TWO,
        entered_at=moment(as_of, 5, 14),
        chain=chain,
    )
    chain.append(next_entry(chain, "roster", seats.purpose, roster))
    require_sound(routes, roster, frame, drawn, known, rules)
    return Month(prepared, drawn, routes, seats, roster, tuple(chain))


def prepared_for(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date = AS_OF,
    month: dt.date = MONTH,
    **more: Any,
) -> Prepared:
    """The month up to its frozen list."""
    return prepare(
        register,
        policy,
        as_of=as_of,
        month=month,
        event=event(as_of, 3),
        commitment=commitment_of(SECRET),
        frozen_at=moment(as_of, 0, 10),
        **more,
    )


def event(as_of: dt.date, days: int) -> Event:
    """A made-up lottery some days after `as_of`, at one in the afternoon, UTC."""
    return Event("public_value", f"示例彩票第 {days} 期", "示例公报", moment(as_of, days, 13))


def moment(as_of: dt.date, days: int, hour: int) -> str:
    return f"{as_of + dt.timedelta(days=days)}T{hour:02d}:00:00Z"


def sentence_of(text: str) -> Sentence:
    return Sentence("by_hand", text, text)


@cache
def golden_month() -> Month:
    """Thirty enterprises, eight officers; one visit owed, one complaint, one campaign.

    The grades follow those of November, as they do in every month but the first.
    """
    register = small_register(np.random.default_rng(2026))
    first = register.as_of(AS_OF).tables["enterprises"]["enterprise_id"].to_pylist()[:3]
    return walk(
        register,
        dear_pack(),
        previous=grade_register(register, dear_pack(), as_of=dt.date(2026, 11, 1)),
        owed=(Owed(first[0], "routine", dt.date(2026, 11, 1), sentence_of("上月人手不足")),),
        must=(
            Must(first[1], "case", sentence_of("投诉属实")),
            Must(first[2], "special", sentence_of("专项检查")),
        ),
    )


@cache
def on_time() -> Prepared:
    """The frozen list of the small county under the pack as it is."""
    return prepared_for(county(), pack())


def findings(month: Month) -> list[dict[str, str]]:
    """What the verifier finds wrong with the bundle of a month."""
    return verify(month.bundle, canonical(month.bundle))


def solvers(month: Month) -> dict[str, str]:
    """What routes and shares were computed with."""
    notes = (*month.routes.solver, *month.slots.solver)
    return {note.name: note.version for note in notes} | {"machine": platform.machine()}


def as_golden(month: Month) -> dict[str, dict[str, str]]:
    return {"digests": month.digests, "solvers": solvers(month)}


def golden() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


def main(arguments: list[str]) -> None:
    text = json.dumps(as_golden(golden_month()), ensure_ascii=False, indent=2) + "\n"
    if arguments == ["--write"]:
        GOLDEN.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
