"""What does each step of a month load, decide and keep? One function a step, for every door.

The command line, the HTTP service and later the pages call these functions and differ only in how
they ask and how they show. A step is: who stands behind it, load, one call into the core, keep.
Documents name their inputs by digest, so that each step needs only the digest of the one before.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from api.documents import read_document
from api.papers.write import write_month
from api.roles import allowed
from api.settings import Settings
from api.store import Store, open_store
from riskengine.digest import canonical, digest, plain
from riskengine.errors import NotAllowed, NotFound, SeedMismatch, Sentence
from riskengine.explain import Explanation, explain
from riskengine.grade import Grades, grades_digest, history
from riskengine.mapping import read_mapping
from riskengine.policy import Policy, read_policy
from riskengine.register import Known, Register, read_register
from scheduler import lottery
from scheduler.chain import ChainEntry, Kind, next_entry
from scheduler.draw import Draw, Event, Frame, Must, draw, freeze
from scheduler.event import require_open
from scheduler.month import (
    Outside,
    grade_register,
    names_in,
    outside_of,
    publish,
    quota_of,
    require_in_time,
    require_sound,
    route,
)
from scheduler.quota import Owed, Quota
from scheduler.roster.documents import Roster, Routes, Slots
from scheduler.roster.people import slots, staff
from scheduler.staffing import simulate
from scheduler.travel import Matrix

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a month is worked on: the store, the pack, and the folder of sealed secrets."""

    store: Store
    policy: Policy
    data: Path


@dataclass(frozen=True, slots=True)
class Hand:
    """Who makes a step, and when (UTC)."""

    by: tuple[str, ...]
    at: dt.datetime

    @property
    def moment(self) -> str:
        """`at` as documents write it."""
        return self.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ── register and grades ───────────────────────────────────────────────────────────────────


def open_desk(settings: Settings) -> Desk:
    """The desk that the settings describe; the data folder is made if it is missing."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return Desk(open_store(settings.database_url), read_policy(settings.policy), settings.data)


def take_register(
    desk: Desk,
    hand: Hand,
    folder: Path,
    *,
    mapping: Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Register, int]:
    """Read a folder of tables into the store: what was read, and how many rows were new.

    Rows that contradict the store are rejected too.
    """
    hand = behind("registers", hand)
    rules = read_mapping(mapping) if mapping else None
    register = read_register(folder, rules, progress)
    added = desk.store.add_register(register, made_at=hand.at, made_by=hand.by)
    rejected = (*register.rejected, *added.refused)
    return replace(register, rejected=rejected), sum(added.new.values())


def make_grades(desk: Desk, hand: Hand, *, as_of: dt.date) -> str:
    """Grade the register as known at the start of `as_of`."""
    hand = behind("grades", hand)
    if as_of > hand.at.date() + dt.timedelta(days=1):
        raise NotAllowed("as_of_future", as_of=as_of)
    register = desk.store.load_register()
    if not register.tables["enterprises"].num_rows:
        raise NotFound("nothing_imported", day=as_of)
    before = grades_before(desk, as_of)
    grades = grade_register(register, desk.policy, as_of=as_of, previous=before)
    return keep(desk, hand, "grades", grades, as_of=as_of)


def grades_before(desk: Desk, as_of: dt.date) -> Grades | None:
    """The newest grades of an earlier day by the same pack."""
    earlier = [one for one in desk.store.documents("grades") if one.as_of and one.as_of < as_of]
    for one in sorted(earlier, key=lambda one: (one.as_of, one.made_at), reverse=True):
        grades = load(desk, "grades", one.digest, Grades)
        if grades.policy_digest == desk.policy.on(grades.as_of).digest:
            return grades
    return None


def tell_enterprise(
    desk: Desk, enterprise_id: str, *, as_of: dt.date | None = None
) -> tuple[Explanation, pa.Table]:
    """Why an enterprise has its grade (the newest up to `as_of`), and its history until then."""
    kept = desk.store.documents("grades")
    documents = [
        load(desk, "grades", one.digest, Grades)
        for one in kept
        if one.as_of and (as_of is None or one.as_of <= as_of)
    ]
    if not documents:
        raise NotFound("nothing_graded")
    newest = max(documents, key=lambda grades: grades.as_of)
    explanation = explain(newest, desk.policy.on(newest.as_of), enterprise_id)
    return explanation, history(documents, enterprise_id)


# ── the month ─────────────────────────────────────────────────────────────────────────────


def make_quota(
    desk: Desk, hand: Hand, *, grades: str, month: dt.date, must: tuple[Must, ...] = ()
) -> str:
    """How many visits each grade and sector gets, after what is owed and what must be visited."""
    hand = behind("quotas", hand)
    graded = load(desk, "grades", grades, Grades)
    known, rules = known_on(desk, graded.as_of), desk.policy.on(graded.as_of)
    outside = outside_of(known, month=month, owed=owed_before(desk, month), must=must)
    quota = quota_of(graded, known, rules, outside)
    basis = keep(desk, hand, "outside", outside, as_of=graded.as_of, month=month)
    return keep(desk, hand, "quota", quota, as_of=graded.as_of, month=month, inputs=(grades, basis))


def owed_before(desk: Desk, month: dt.date) -> tuple[Owed, ...]:
    """What the newest earlier month could not serve: by the plan it was staffed with, if it was."""
    plans = [one for one in desk.store.documents("routes") if one.month and one.month < month]
    if not plans:
        return ()
    last = max(one.month for one in plans if one.month)
    staffed = desk.store.latest_document("slots", month=last)
    plan = staffed.inputs[0] if staffed else next(p.digest for p in plans if p.month == last)
    return load(desk, "routes", plan, Routes).owed


def make_frame(
    desk: Desk,
    hand: Hand,
    *,
    quota: str,
    event: Event,
    replaces: str | None = None,
    reason: str | None = None,
) -> str:
    """Freeze the list before a public event, with the commitment to a new sealed secret."""
    hand = behind("frames", hand)
    if replaces is not None:
        require_open(load(desk, "frame", replaces, Frame).event, hand.moment)
    allotted = load(desk, "quota", quota, Quota)
    graded, basis = desk.store.get_document(quota).inputs
    frame = freeze(
        load(desk, "grades", graded, Grades),
        allotted,
        desk.policy.on(allotted.as_of),
        month=allotted.month,
        must=load(desk, "outside", basis, Outside).visits,
        chain=chain(desk),
        event=event,
        commitment=seal(desk),
        frozen_at=hand.moment,
        replaces=replaces,
        reason=reason,
    )
    return keep_in_chain(desk, hand, "frame", frame, purpose=frame.purpose, inputs=(quota,))


def make_draw(
    desk: Desk, hand: Hand, *, frame: str, event_value: str, withheld: bool = False
) -> str:
    """Draw the enterprises, once, with the value of the event that two people read."""
    hand = behind("draws", hand)
    frozen = load(desk, "frame", frame, Frame)
    require_same_rules(desk, frozen)
    drawn = draw(
        frozen,
        event_value=event_value,
        secret=None if withheld else unseal(desk, frozen.commitment),
        entered_by=hand.by,
        entered_at=hand.moment,
        chain=chain(desk),
        withheld=withheld,
    )
    return keep_in_chain(desk, hand, "draw", drawn, purpose=drawn.purpose, inputs=(frame,))


def make_routes(
    desk: Desk,
    hand: Hand,
    *,
    draw: str,
    first_day: dt.date | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    matrix: pa.Table | None = None,
) -> str:
    """Plan the visits of a draw; what cannot be served is owed, with its reason."""
    hand = behind("routes", hand)
    month = month_of(desk, draw)
    require_same_rules(desk, month.frame)
    rules = desk.policy.on(month.frame.as_of)
    known = known_on(desk, max(month.frame.as_of, hand.at.date()))  # leave announced since counts

    def tell(_: str, done: int, steps: int, what: Sentence) -> None:
        if progress:
            progress(done, steps, str(what))

    routes = route(
        month.frame,
        month.draw,
        month.grades,
        known,
        rules,
        first_day=first_day,
        team_days=month.quota.capacity.team_days,
        owed=month.outside.owed,
        matrix=matrix,
        progress=tell,
    )
    require_sound(routes, None, month.frame, month.draw, known, rules, matrix=matrix)
    inputs: tuple[str, ...] = (draw,)
    if matrix is not None:
        travel = keep(desk, hand, "matrix", Matrix(matrix), as_of=routes.as_of, month=routes.month)
        inputs = (draw, travel)
    return keep(desk, hand, "routes", routes, as_of=routes.as_of, month=routes.month, inputs=inputs)


def make_slots(
    desk: Desk,
    hand: Hand,
    *,
    routes: str,
    event: Event,
    replaces: str | None = None,
    reason: str | None = None,
) -> str:
    """Freeze who could sit where, with what probability, before a second event."""
    hand = behind("slots", hand)
    planned = load(desk, "routes", routes, Routes)
    require_in_time(planned, event)
    if replaces is not None:
        require_open(load(desk, "slots", replaces, Slots).event, hand.moment)
    frozen = slots(
        planned,
        known_on(desk, max(planned.as_of, hand.at.date())),
        desk.policy.on(month_of(desk, desk.store.get_document(routes).inputs[0]).frame.as_of),
        chain=chain(desk),
        event=event,
        commitment=seal(desk),
        frozen_at=hand.moment,
        replaces=replaces,
        reason=reason,
    )
    return keep_in_chain(desk, hand, "slots", frozen, purpose=frozen.purpose, inputs=(routes,))


def make_roster(desk: Desk, hand: Hand, *, slots: str, event_value: str) -> str:
    """Draw the people, once, with the value of the second event."""
    hand = behind("rosters", hand)
    frozen = load(desk, "slots", slots, Slots)
    roster = staff(
        frozen,
        event_value=event_value,
        secret=unseal(desk, frozen.commitment),
        entered_by=hand.by,
        entered_at=hand.moment,
        chain=chain(desk),
    )
    return keep_in_chain(desk, hand, "roster", roster, purpose=frozen.purpose, inputs=(slots,))


def make_bundle(desk: Desk, hand: Hand, *, roster: str) -> str:
    """Approve a roster, by someone who did not make it, and bind what proves it."""
    month = whole_month_of(desk, roster)
    makers = {name for made in month.made_by for name in made}
    hand = behind("bundles", hand, prepared_by=tuple(sorted(makers)))
    routes, frozen = month.routes, month.frame
    rules, known = desk.policy.on(frozen.as_of), known_when_seated(desk, month)
    require_sound(routes, month.roster, frozen, month.draw, known, rules, matrix=month.matrix)
    bundle = publish(
        frozen,
        month.draw,
        routes,
        month.slots,
        month.roster,
        chain=chain(desk),
        names=names_in(frozen, month.slots, known),
    )
    return keep(
        desk, hand, "bundle", bundle, as_of=frozen.as_of, month=frozen.month, inputs=(roster,)
    )


def print_month(
    desk: Desk, hand: Hand, *, roster: str, folder: Path, zone: str = "Asia/Shanghai"
) -> list[Path]:
    """Publish a roster: write the papers and, last, the bundle.

    zone
        Time zone of the calendar files (IANA name).
    """
    digest = make_bundle(desk, hand, roster=roster)
    month = whole_month_of(desk, roster)
    written = write_month(
        folder,
        frame=month.frame,
        drawn=month.draw,
        routes=month.routes,
        roster=month.roster,
        known=known_when_seated(desk, month),
        policy=desk.policy.on(month.frame.as_of),
        published_at=hand.at,
        zone=zone,
        graded=month.grades,
    )
    path = folder / "bundle.json"
    path.write_bytes(canonical(desk.store.get_document(digest, "bundle").body))
    return [*written, path]


def make_scenario(
    desk: Desk,
    hand: Hand,
    *,
    grades: str,
    month: dt.date,
    officers: tuple[int, ...],
    months: int,
    runs: int,
    seed: int,
) -> str:
    """What would other numbers of officers achieve from `month` on?"""
    hand = behind("scenarios", hand)
    graded = load(desk, "grades", grades, Grades)
    scenario = simulate(
        graded,
        desk.policy.on(graded.as_of),
        month=month,
        officers=officers,
        months=months,
        runs=runs,
        rng=np.random.default_rng(seed),
    )
    return keep(desk, hand, "scenario", scenario, as_of=graded.as_of, month=month, inputs=(grades,))


@dataclass(frozen=True, slots=True)
class DrawnMonth:
    """The documents up to a draw."""

    grades: Grades
    outside: Outside
    quota: Quota
    frame: Frame
    draw: Draw
    made_by: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class WholeMonth:
    """The documents up to a roster."""

    grades: Grades
    frame: Frame
    draw: Draw
    routes: Routes
    matrix: pa.Table | None
    slots: Slots
    roster: Roster
    made_by: tuple[tuple[str, ...], ...]


def month_of(desk: Desk, draw: str) -> DrawnMonth:
    """Everything that led to a draw."""
    kept = desk.store.get_document(draw, "draw")
    (frame,) = kept.inputs
    framed = desk.store.get_document(frame, "frame")
    (quota,) = framed.inputs
    allotted = desk.store.get_document(quota, "quota")
    grades, basis = allotted.inputs
    graded = desk.store.get_document(grades, "grades")
    return DrawnMonth(
        load(desk, "grades", grades, Grades),
        load(desk, "outside", basis, Outside),
        load(desk, "quota", quota, Quota),
        load(desk, "frame", frame, Frame),
        load(desk, "draw", draw, Draw),
        tuple(one.made_by for one in (graded, allotted, framed, kept)),
    )


def whole_month_of(desk: Desk, roster: str) -> WholeMonth:
    """Everything that led to a roster."""
    kept = desk.store.get_document(roster, "roster")
    (slots_digest,) = kept.inputs
    seats = desk.store.get_document(slots_digest, "slots")
    (routes_digest,) = seats.inputs
    planned = desk.store.get_document(routes_digest, "routes")
    draw, *travel = planned.inputs
    drawn = month_of(desk, draw)
    return WholeMonth(
        drawn.grades,
        drawn.frame,
        drawn.draw,
        load(desk, "routes", routes_digest, Routes),
        load(desk, "matrix", travel[0], Matrix).minutes if travel else None,
        load(desk, "slots", slots_digest, Slots),
        load(desk, "roster", roster, Roster),
        (*drawn.made_by, *(one.made_by for one in (planned, seats, kept))),
    )


# ── store, chain, secrets ─────────────────────────────────────────────────────────────────


def behind(step: str, hand: Hand, prepared_by: tuple[str, ...] = ()) -> Hand:
    """The hand, if the people behind it may make the step."""
    return replace(hand, by=allowed(step, *hand.by, prepared_by=prepared_by))


def known_when_seated(desk: Desk, month: WholeMonth) -> Known:
    """What was known when the seats were frozen; what comes to light later is for a repair."""
    seated = dt.datetime.fromisoformat(month.slots.frozen_at).date()
    return known_on(desk, max(month.routes.as_of, seated))


def require_same_rules(desk: Desk, frame: Frame) -> None:
    """Refuse to go on with a month by other rules than it was frozen with."""
    if desk.policy.on(frame.as_of).digest != frame.policy_digest:
        raise SeedMismatch("rules_differ", month=f"{frame.month:%Y-%m}")


def known_on(desk: Desk, as_of: dt.date) -> Known:
    """The register as known at the start of a day."""
    return desk.store.load_register().as_of(as_of)


def load(desk: Desk, kind: str, digest: str, holder: type[Document]) -> Document:
    """A document of the store."""
    document = read_document(kind, desk.store.get_document(digest, kind).body)
    assert isinstance(document, holder)
    return document


def keep(
    desk: Desk,
    hand: Hand,
    kind: str,
    document: object,
    *,
    as_of: dt.date,
    month: dt.date | None = None,
    inputs: tuple[str, ...] = (),
    replaces: str | None = None,
) -> str:
    """Store a document once under its digest, and give the digest back."""
    name = grades_digest(document) if isinstance(document, Grades) else digest(document)
    desk.store.add_document(
        name,
        kind,
        plain(document),
        as_of=as_of,
        month=month,
        inputs=inputs,
        made_at=hand.at,
        made_by=hand.by,
        replaces=replaces,
    )
    return name


def keep_in_chain(
    desk: Desk,
    hand: Hand,
    kind: Kind,
    document: Frame | Draw | Slots | Roster,
    *,
    purpose: str,
    inputs: tuple[str, ...],
) -> str:
    """Store a document and record it at the end of the chain."""
    entry = next_entry(chain(desk), kind, purpose, document)
    month = document.month
    name = keep(desk, hand, kind, document, as_of=month, month=month, inputs=inputs)
    desk.store.add_event(
        "chain", plain(entry), made_at=hand.at, made_by=hand.by, number=entry.number
    )
    return name


def chain(desk: Desk) -> tuple[ChainEntry, ...]:
    """Everything frozen and drawn so far, in order."""
    return tuple(ChainEntry(**event.body) for event in desk.store.events("chain"))


def seal(desk: Desk) -> str:
    """Make a secret, keep it sealed in the data folder, and give its commitment."""
    secret = secrets.token_bytes(32)
    commitment = lottery.commitment_of(secret)
    folder = desk.data / "sealed"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{commitment}.hex"
    path.touch(mode=0o600)
    path.write_text(secret.hex(), encoding="ascii")
    return commitment


def unseal(desk: Desk, commitment: str) -> bytes:
    """The secret behind a commitment."""
    path = desk.data / "sealed" / f"{commitment}.hex"
    if not path.is_file():
        raise SeedMismatch("secret_missing", commitment=commitment, folder=path.parent.name)
    return bytes.fromhex(path.read_text(encoding="ascii"))
