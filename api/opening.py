"""When do the names of the officers come out? Each day's when its teams have left, the proof last.

Publishing approves the roster, and as long as teams have still to leave it leaves the names out.
These steps follow it and decide nothing, so one person makes them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from api.papers.month import ZONE
from api.papers.write import write_bundle, write_names, write_wall
from api.steps import (
    Desk,
    Hand,
    WholeMonth,
    as_it_stands,
    behind,
    keep,
    keep_bundle,
    known_by_now,
    load,
    whole_month_of,
)
from riskengine.digest import digest
from riskengine.errors import NotAllowed, NotFound
from scheduler.roster.documents import NamesOfDay
from scheduler.roster.sealed import names_of, require_unsealed


def make_names(desk: Desk, hand: Hand, *, roster: str, day: dt.date, zone: str = ZONE) -> str:
    """The names of a day, once its teams have left."""
    hand, month = behind("names", hand), approved(desk, roster)
    now = as_it_stands(month)
    names = names_of(now.routes, now.roster, day, at=hand.at, zone=ZoneInfo(zone))
    names = replace(names, roster_digest=digest(month.roster))  # the one the record holds
    return keep(desk, hand, "names", names, as_of=day, month=month.frame.month, inputs=(roster,))


def open_bundle(desk: Desk, hand: Hand, *, roster: str, zone: str = ZONE) -> str:
    """The whole bundle with the proof, once the last team has left."""
    hand, month = behind("openings", hand), approved(desk, roster)
    require_unsealed(as_it_stands(month).routes, hand.at, ZoneInfo(zone))
    return keep_bundle(desk, hand, month, roster, None)


def print_names(
    desk: Desk, hand: Hand, *, roster: str, day: dt.date, folder: Path, zone: str = ZONE
) -> Path:
    """Write the names of a day as they are posted."""
    made = make_names(desk, hand, roster=roster, day=day, zone=zone)
    month = as_it_stands(whole_month_of(desk, roster))
    known, policy = known_by_now(desk, month), desk.policy.on(month.frame.as_of)
    folder.mkdir(parents=True, exist_ok=True)
    write_wall(folder, month.routes, month.roster, known, policy, at=hand.at, zone=zone)
    return write_names(folder, load(desk, "names", made, NamesOfDay), month.routes, known, policy)


def print_opened(desk: Desk, hand: Hand, *, roster: str, folder: Path, zone: str = ZONE) -> Path:
    """Write the whole bundle."""
    made = open_bundle(desk, hand, roster=roster, zone=zone)
    month = as_it_stands(whole_month_of(desk, roster))
    known, policy = known_by_now(desk, month), desk.policy.on(month.frame.as_of)
    write_wall(folder, month.routes, month.roster, known, policy, at=hand.at, zone=zone)
    return write_bundle(folder, desk.store.get_document(made, "bundle").body)


def approved(desk: Desk, roster: str) -> WholeMonth:
    """The month of a roster that somebody else has approved."""
    month = whole_month_of(desk, roster)
    if not bundles_of(desk, roster):
        raise NotFound("step_missing", month=f"{month.frame.month:%Y-%m}", command="publish")
    return month


def bundles_of(desk: Desk, roster: str) -> list[str]:
    """Digests of what has been published of a roster, the newest first."""
    return [one.digest for one in desk.store.documents("bundle") if one.inputs == (roster,)]


def require_opened(desk: Desk, roster: str) -> None:
    """Refuse a proof that names the secret of a month nobody has opened yet."""
    for one in bundles_of(desk, roster):
        if "sealed" not in desk.store.get_document(one, "bundle").body:
            return
    raise NotAllowed("not_opened_yet")
