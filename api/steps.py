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
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from api.documents import read_document
from api.papers.month import ZONE
from api.papers.write import write_bundle, write_month
from api.ratios import ratio_before, strata_then
from api.roles import allowed
from api.settings import Settings
from api.store import Store, open_store
from riskengine.digest import digest, plain
from riskengine.errors import NotAllowed, NotFound, SeedMismatch, Sentence
from riskengine.grade import Grades, grades_digest
from riskengine.mapping import read_mapping
from riskengine.policy import Policy, PolicyView, read_policy
from riskengine.register import Known, Register, read_register
from scheduler import lottery
from scheduler.chain import (
    ChainEntry,
    Kind,
    in_force,
    next_entry,
    require_in_force,
    require_reason,
)
from scheduler.draw import Draw, Event, Frame, Must, draw, freeze
from scheduler.event import proves_itself, require_open
from scheduler.learn import LEVELS, Learnt, learn
from scheduler.month import (
    Outside,
    grade_register,
    names_in,
    outside_of,
    publish,
    quota_of,
    ratio_in,
    require_in_time,
    require_sound,
    route,
    still_ahead,
)
from scheduler.quota import Quota
from scheduler.ratio import Ratio
from scheduler.results import Lottery
from scheduler.roster.documents import Repair, Roster, Routes, Slots
from scheduler.roster.doubts import appointment_doubts
from scheduler.roster.mend import plan_now, roster_now, with_news
from scheduler.roster.people import slots, staff
from scheduler.roster.sealed import sealed_until
from scheduler.staffing import simulate
from scheduler.travel import Matrix

Document = TypeVar("Document")


class OfMonth(Protocol):
    """Any document of a month."""

    @property
    def month(self) -> dt.date: ...


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
    doubts = {"appointments": lambda row: appointment_doubts(row, desk.policy, hand.at.date())}
    register = read_register(folder, rules, progress, doubts)
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


# ── the month ─────────────────────────────────────────────────────────────────────────────


def make_quota(
    desk: Desk, hand: Hand, *, grades: str, month: dt.date, must: tuple[Must, ...] = ()
) -> str:
    """How many visits each grade and sector gets, after what is owed and what must be visited."""
    hand = behind("quotas", hand)
    graded = load(desk, "grades", grades, Grades)
    known, rules = known_on(desk, graded.as_of), desk.policy.on(graded.as_of)
    last = plan_before(desk, month)
    outside = outside_of(
        known,
        month=month,
        owed=last.owed if last else (),
        must=must,
        ahead=still_ahead(last, graded.as_of) if last else (),
    )
    basis = keep(desk, hand, "outside", outside, as_of=graded.as_of, month=month)
    inputs: tuple[str, ...] = (grades, basis)
    ratio = ratio_now(desk, graded, known, rules, month)
    quota = quota_of(graded, known, rules, outside, ratio)
    if ratio:
        inputs += (keep(desk, hand, "ratio", ratio, as_of=graded.as_of, month=month),)
    return keep(desk, hand, "quota", quota, as_of=graded.as_of, month=month, inputs=inputs)


def ratio_now(
    desk: Desk, graded: Grades, known: Known, rules: PolicyView, month: dt.date
) -> Ratio | None:
    """The adaptive ratios of a month that follow from those of the month before, if any."""
    if rules.rates.ratio_rule == "fixed":
        return None
    before, then = ratio_before(desk.store, month), strata_then(desk.store, month)
    return ratio_in(graded, known, rules, month=month, before=before, then=then)


def ratio_behind(desk: Desk, quota: str) -> Ratio | None:
    """The ratios a quota was allotted by; none where they are fixed."""
    name = load(desk, "quota", quota, Quota).ratio_digest
    return load(desk, "ratio", name, Ratio) if name else None


def plan_before(desk: Desk, month: dt.date) -> Routes | None:
    """The plan of the newest earlier month: as it was staffed and repaired."""
    plans = [one for one in desk.store.documents("routes") if one.month and one.month < month]
    if not plans:
        return None
    last = max(one.month for one in plans if one.month)
    staffed = desk.store.latest_document("slots", month=last)
    plan = staffed.inputs[0] if staffed else next(p.digest for p in plans if p.month == last)
    repairs = repairs_of(desk, last)
    return plan_now(load(desk, "routes", plan, Routes), repairs[-1] if repairs else None)


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
    if event.due_at[:7] > f"{allotted.month:%Y-%m}":
        raise NotAllowed("event_after_month", due_at=event.due_at, month=f"{allotted.month:%Y-%m}")
    graded, basis, *_ = desk.store.get_document(quota).inputs
    rules = desk.policy.on(allotted.as_of)
    if rules.challenger is not None:  # a frozen list has no way back from a file that is no model
        from riskengine.challenger.ranking import opened  # loads scikit-learn

        opened(rules.challenger.data, rules.challenger.digest)
    frame = freeze(
        load(desk, "grades", graded, Grades),
        allotted,
        rules,
        month=allotted.month,
        must=load(desk, "outside", basis, Outside).visits,
        chain=chain(desk),
        event=event,
        commitment=seal(desk),
        frozen_at=hand.moment,
        replaces=replaces,
        reason=reason,
        known=known_on(desk, allotted.as_of) if "place" in rules.rates.levels else None,
    )
    return keep_in_chain(desk, hand, "frame", frame, purpose=frame.purpose, inputs=(quota,))


def make_draw(
    desk: Desk,
    hand: Hand,
    *,
    frame: str,
    event_value: str,
    value_again: str | None = None,
    withheld: bool = False,
) -> str:
    """Draw the enterprises, once, with the value of the event; see `scheduler.draw.draw`."""
    frozen = load(desk, "frame", frame, Frame)
    proven = proves_itself(frozen.event, event_value, withheld=withheld)
    hand = behind("draws", hand, proven=proven)
    require_same_rules(desk, frozen)
    if withheld and sealed_file(desk, frozen.commitment).is_file():
        raise SeedMismatch("secret_is_here")
    drawn = draw(
        frozen,
        event_value=event_value,
        value_again=value_again,
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
    should_stop: Callable[[], bool] | None = None,
    replaces: str | None = None,
    reason: str | None = None,
) -> str:
    """Plan the visits of a draw; what cannot be served is owed, with its reason.

    should_stop
        Asked while the planner works; it then answers with the best plan so far.

    replaces, reason
        Of a second plan: whoever could plan until a team looks right would choose the officers.
    """
    hand = behind("routes", hand)
    month = month_of(desk, draw)
    purpose = people_of(month.frame.month)
    require_plan(desk, hand, purpose, replaces, reason)
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
        must=month.outside.must,
        matrix=matrix,
        progress=tell,
        should_stop=should_stop,
        replaces=replaces,
        reason=reason,
    )
    require_sound(routes, None, month.frame, month.draw, known, rules, matrix=matrix)
    inputs: tuple[str, ...] = (draw,)
    if matrix is not None:
        travel = keep(desk, hand, "matrix", Matrix(matrix), as_of=routes.as_of, month=routes.month)
        inputs = (draw, travel)
    require_plan(desk, hand, purpose, replaces, reason)  # someone else may have planned meanwhile
    return keep_in_chain(
        desk, hand, "routes", routes, purpose=purpose, inputs=inputs, as_of=routes.as_of
    )


def require_plan(
    desk: Desk, hand: Hand, purpose: str, replaces: str | None, reason: str | None
) -> None:
    """Refuse a second plan without a reason, or one whose officers can be worked out already."""
    record = chain(desk)
    require_reason(record, "routes", "roster", purpose, replaces, reason)
    seats = in_force(record, "slots", purpose)
    if seats is not None:
        require_open(load(desk, "slots", seats.digest, Slots).event, hand.moment)


def planned_before(desk: Desk, draw: str) -> str | None:
    """The plan in force for a draw; what stopped after it goes on."""
    month = desk.store.get_document(draw, "draw").month
    assert month is not None
    last = in_force(chain(desk), "routes", people_of(month))
    if last is None or desk.store.get_document(last.digest, "routes").inputs[0] != draw:
        return None
    return last.digest


def seated_before(desk: Desk, month: dt.date) -> str | None:
    """The seats in force for a month."""
    last = in_force(chain(desk), "slots", people_of(month))
    return last.digest if last else None


def people_of(month: dt.date) -> str:
    """What the steps from plan to roster are recorded under."""
    return f"people/{month:%Y-%m}"


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
    require_in_force(chain(desk), "routes", people_of(planned.month), routes)
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


def make_roster(
    desk: Desk, hand: Hand, *, slots: str, event_value: str, value_again: str | None = None
) -> str:
    """Draw the people, once, with the value of the second event."""
    frozen = load(desk, "slots", slots, Slots)
    hand = behind("rosters", hand, proven=proves_itself(frozen.event, event_value))
    roster = staff(
        frozen,
        event_value=event_value,
        value_again=value_again,
        secret=unseal(desk, frozen.commitment),
        entered_by=hand.by,
        entered_at=hand.moment,
        chain=chain(desk),
    )
    return keep_in_chain(desk, hand, "roster", roster, purpose=frozen.purpose, inputs=(slots,))


def make_bundle(desk: Desk, hand: Hand, *, roster: str, zone: str = ZONE) -> str:
    """Approve a roster, by someone who did not make it, and bind what proves it.

    zone
        Where the squad is (IANA name): while teams have still to leave, no names are in it.
    """
    month = whole_month_of(desk, roster)
    makers = {name for made in month.made_by for name in made}
    hand = behind("bundles", hand, prepared_by=tuple(sorted(makers)))
    routes, frozen = month.routes, month.frame
    rules, known = desk.policy.on(frozen.as_of), known_when_seated(desk, month)
    require_sound(routes, month.roster, frozen, month.draw, known, rules, matrix=month.matrix)
    until = sealed_until(as_it_stands(month).routes, hand.at, ZoneInfo(zone))
    return keep_bundle(desk, hand, month, roster, until)


def keep_bundle(
    desk: Desk, hand: Hand, month: WholeMonth, roster: str, until: dt.datetime | None
) -> str:
    """Bind and store what proves a month; without the roster while it is sealed."""
    frozen, known = month.frame, known_when_seated(desk, month)
    bundle = publish(
        frozen,
        month.draw,
        month.routes,
        month.slots,
        month.roster,
        chain=chain(desk),
        names=names_in(frozen, month.slots, known, month.repairs),
        sealed_until=until,
        repairs=month.repairs,
    )
    return keep(
        desk, hand, "bundle", bundle, as_of=frozen.as_of, month=frozen.month, inputs=(roster,)
    )


def print_month(
    desk: Desk, hand: Hand, *, roster: str, folder: Path, zone: str = ZONE
) -> list[Path]:
    """Publish a roster: write the papers and, last, the bundle.

    zone
        Time zone of the squad and of the calendar files (IANA name).
    """
    digest = make_bundle(desk, hand, roster=roster, zone=zone)
    month = as_it_stands(whole_month_of(desk, roster))
    written = write_month(
        folder,
        frame=month.frame,
        drawn=month.draw,
        routes=month.routes,
        roster=month.roster,
        known=known_by_now(desk, month),
        policy=desk.policy.on(month.frame.as_of),
        published_at=hand.at,
        zone=zone,
        graded=month.grades,
        chances=chances_of_owed(desk, month_of(desk, month.routes.draw_digest)),
    )
    return [*written, write_bundle(folder, desk.store.get_document(digest, "bundle").body)]


def chances_of_owed(desk: Desk, month: DrawnMonth) -> dict[str, tuple[str, int]]:
    """Owed enterprise → the draw of the month it dates from, and its probability there."""
    chances = {}
    for owed in month.outside.owed:
        made = desk.store.latest_document("draw", month=owed.since)
        if owed.kind != "routine" or made is None:
            continue
        before = month_of(desk, made.digest)
        if owed.enterprise_id in before.draw.selected:
            pi = {row.enterprise_id: row.pi_nano for row in before.frame.rows}
            chances[owed.enterprise_id] = (made.digest, pi[owed.enterprise_id])
    return chances


def learn_from(desk: Desk, *, first: dt.date, last: dt.date, as_of: dt.date) -> Learnt:
    """What the draws of the months from `first` to `last` found, as known at the start of a day."""
    drawn = {one.month: one.digest for one in reversed(desk.store.documents("draw")) if one.month}
    lotteries = []
    for month in sorted(month for month in drawn if first <= month <= last):
        made = month_of(desk, drawn[month])
        rows = made.grades.table.select(["enterprise_id", *LEVELS]).to_pylist()
        places = {row["enterprise_id"]: {x: row[x] or "" for x in LEVELS} for row in rows}
        lotteries.append(Lottery(made.frame, made.draw, drawn[month], places))
    return learn(lotteries, known_on(desk, as_of))


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
    """The documents up to a roster, as it was drawn, and its repairs in order."""

    grades: Grades
    frame: Frame
    draw: Draw
    routes: Routes
    matrix: pa.Table | None
    slots: Slots
    roster: Roster
    made_by: tuple[tuple[str, ...], ...]
    repairs: tuple[Repair, ...] = ()


def month_of(desk: Desk, draw: str) -> DrawnMonth:
    """Everything that led to a draw."""
    kept = desk.store.get_document(draw, "draw")
    (frame,) = kept.inputs
    framed = desk.store.get_document(frame, "frame")
    (quota,) = framed.inputs
    allotted = desk.store.get_document(quota, "quota")
    grades, basis, *_ = allotted.inputs
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
        repairs_of(desk, drawn.frame.month),
    )


def repairs_of(desk: Desk, month: dt.date) -> tuple[Repair, ...]:
    """What has been changed in the month's roster, in order."""
    found = ("repair", people_of(month))
    record = [entry for entry in chain(desk) if (entry.kind, entry.purpose) == found]
    return tuple(load(desk, "repair", entry.digest, Repair) for entry in record)


def as_it_stands(month: WholeMonth) -> WholeMonth:
    """The month with the routes and people of its last repair."""
    last = month.repairs[-1] if month.repairs else None
    routes, roster = plan_now(month.routes, last), roster_now(month.roster, last)
    return replace(month, routes=routes, roster=roster)


# ── store, chain, secrets ─────────────────────────────────────────────────────────────────


def behind(
    step: str, hand: Hand, prepared_by: tuple[str, ...] = (), *, proven: bool = False
) -> Hand:
    """The hand, if the people behind it may make the step."""
    return replace(hand, by=allowed(step, *hand.by, prepared_by=prepared_by, proven=proven))


def known_when_seated(desk: Desk, month: WholeMonth) -> Known:
    """What was known when the seats were frozen; what comes to light later is for a repair."""
    seated = dt.datetime.fromisoformat(month.slots.frozen_at).date()
    return known_on(desk, max(month.routes.as_of, seated))


def known_by_now(desk: Desk, month: WholeMonth) -> Known:
    """The same with the absences and closures of the repairs."""
    news = [repair.news for repair in month.repairs]
    absent = [one for each in news for one in each.absent]
    closed = [one for each in news for one in each.closed]
    return with_news(known_when_seated(desk, month), absent, closed)


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
    document: OfMonth,
    *,
    purpose: str,
    inputs: tuple[str, ...],
    as_of: dt.date | None = None,
) -> str:
    """Store a document and record it at the end of the chain."""
    entry = next_entry(chain(desk), kind, purpose, document)
    month = document.month
    name = keep(desk, hand, kind, document, as_of=as_of or month, month=month, inputs=inputs)
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
    path = sealed_file(desk, commitment)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(secret.hex(), encoding="ascii")
    return commitment


def sealed_file(desk: Desk, commitment: str) -> Path:
    """Where the secret behind a commitment is sealed."""
    return desk.data / "sealed" / f"{commitment}.hex"


def promise(path: Path) -> str:
    """Make a secret for one officer in a file of his or her own, and give its commitment."""
    secret = secrets.token_bytes(32)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise NotAllowed("promise_file_taken", file=str(path)) from None
    path.write_text(secret.hex() + "\n", encoding="ascii")
    return lottery.commitment_of(secret)


def unseal(desk: Desk, commitment: str) -> bytes:
    """The secret behind a commitment."""
    path = sealed_file(desk, commitment)
    if not path.is_file():
        raise SeedMismatch("secret_missing", commitment=commitment, folder=path.parent.name)
    return bytes.fromhex(path.read_text(encoding="ascii"))
