"""How does a register become a month? In a straight line, with two pauses.

``prepare`` ends with a frozen list and waits for a public event. Then `scheduler.draw.draw` opens
the list, ``route`` plans the visits, and `scheduler.roster.people.slots` freezes who could sit
where and waits for a second event. `scheduler.roster.people.staff` draws the people, and
``publish`` binds all of it into one bundle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskengine.digest import digest, plain
from riskengine.errors import NotAllowed, NotFound
from riskengine.features import measure
from riskengine.grade import Grades, grade
from riskengine.policy import Policy, PolicyView
from riskengine.register import Known, Register
from riskengine.scorecard import score
from scheduler import beacon, lottery
from scheduler.calendar import next_month, workdays
from scheduler.capacity import capacity
from scheduler.draw import ChainEntry, Draw, Event, Frame, Must, freeze
from scheduler.due import NOBODY_MET, VisitDay
from scheduler.evidence import StrataThen
from scheduler.quota import Owed, Quota, allot
from scheduler.ranked import ranked_by
from scheduler.ratio import Ratio, ratio_of
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import Repair, Roster, Routes, Slots, Visit
from scheduler.roster.plan import Effort, Progress, plan
from scheduler.roster.precheck import is_owed
from scheduler.roster.visits import with_facts
from scheduler.together import Item, joined, merge, planned_elsewhere
from scheduler.worth import worth


@dataclass(frozen=True, slots=True)
class Outside:
    """Visits of a month that no draw decides: they come first, and no estimate counts them.

    owed
        Due in an earlier month and not made.
    must
        On a complaint, a lead or an order.
    ahead
        Planned for an earlier month and still to be made when the list is closed.
    """

    month: dt.date
    owed: tuple[Owed, ...]
    must: tuple[Must, ...]
    ahead: tuple[VisitDay, ...] = ()

    @property
    def visits(self) -> tuple[Must, ...]:
        """One visit per enterprise: a case settles a special visit, and both an owed one."""
        chosen = {o.enterprise_id: Must(o.enterprise_id, "owed", o.reason) for o in self.owed}
        cases_last = sorted(self.must, key=lambda visit: visit.kind, reverse=True)
        chosen |= {visit.enterprise_id: visit for visit in cases_last}
        return tuple(chosen[enterprise_id] for enterprise_id in sorted(chosen))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything before the first pause."""

    known: Known
    grades: Grades
    outside: Outside
    ratio: Ratio | None
    quota: Quota
    frame: Frame


def grade_register(
    register: Register, policy: Policy, *, as_of: dt.date, previous: Grades | None = None
) -> Grades:
    """Grade every enterprise of the register as known at the start of `as_of`."""
    rules = policy.on(as_of)
    return grade(score(measure(register.as_of(as_of), rules), rules), rules, previous)


def prepare(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    month: dt.date,
    event: Event,
    commitment: str,
    frozen_at: str,
    previous: Grades | None = None,
    owed: tuple[Owed, ...] = (),
    must: tuple[Must, ...] = (),
    ahead: tuple[VisitDay, ...] = (),
    ratio_before: Ratio | None = None,
    strata_then: StrataThen | None = None,
    chain: Sequence[ChainEntry] = (),
    replaces: str | None = None,
    reason: str | None = None,
) -> Prepared:
    """From the register to the frozen list.

    Parameters
    ----------
    as_of
        The list is made from what was known at the start of this day.
    month
        First day of the month to be planned.
    previous
        Grades in force until now.
    owed, must, ahead
        See `Outside`.
    ratio_before, strata_then
        See `scheduler.ratio.ratio_of`.
    event, commitment, frozen_at, chain, replaces, reason
        See `scheduler.draw.freeze`.
    """
    rules, known = policy.on(as_of), register.as_of(as_of)
    outside = outside_of(known, month=month, owed=owed, must=must, ahead=ahead)
    grades = grade(score(measure(known, rules), rules), rules, previous)
    ratio = ratio_in(grades, known, rules, month=month, before=ratio_before, then=strata_then)
    quota = quota_of(grades, known, rules, outside, ratio)
    frame = freeze(
        grades,
        quota,
        rules,
        month=month,
        must=outside.visits,
        chain=chain,
        event=event,
        commitment=commitment,
        frozen_at=frozen_at,
        replaces=replaces,
        reason=reason,
        known=known,
    )
    return Prepared(known, grades, outside, ratio, quota, frame)


def ratio_in(
    grades: Grades,
    known: Known,
    policy: PolicyView,
    *,
    month: dt.date,
    before: Ratio | None = None,
    then: StrataThen | None = None,
) -> Ratio | None:
    """The adaptive ratios of the month; none where the pack keeps the rates fixed."""
    if policy.rates.ratio_rule == "fixed":
        return None
    return ratio_of(grades, known, policy, month=month, previous=before, then=then)


def quota_of(
    grades: Grades,
    known: Known,
    policy: PolicyView,
    outside: Outside,
    ratio: Ratio | None = None,
) -> Quota:
    """The month's visits by stratum and enterprise, within what the squad can do."""
    month = outside.month
    return allot(
        grades,
        known,
        policy,
        month=month,
        capacity=capacity(known, policy, month=month),
        owed=outside.owed,
        must=outside.must,
        ahead=outside.ahead,
        ratio=ratio,
    )


def outside_of(
    known: Known,
    *,
    month: dt.date,
    owed: Iterable[Owed],
    must: Iterable[Must],
    ahead: Iterable[VisitDay] = (),
) -> Outside:
    """What is still owed, and what must be visited; an enterprise nobody knows is refused."""
    if month.day != 1:
        raise NotAllowed("month_begins_on_its_first", month=month)
    if known.as_of >= next_month(month):
        raise NotAllowed("month_is_over", month=f"{month:%Y-%m}", as_of=known.as_of)
    must = tuple(sorted(must, key=lambda visit: (visit.enterprise_id, visit.kind, visit.reason.zh)))
    ids = set(known.tables["enterprises"]["enterprise_id"].to_pylist())
    for visit in must:
        if visit.enterprise_id not in ids:
            raise NotFound("not_found", kind="enterprise", name=visit.enterprise_id)
    return Outside(month, still_owed(owed, known), must, tuple(ahead))


def still_ahead(routes: Routes, as_of: dt.date) -> tuple[VisitDay, ...]:
    """Visits of a plan that nobody could have made by the start of `as_of`."""
    return tuple(
        VisitDay(stop.enterprise_id, stop.kind, route.day)
        for route in routes.routes
        for stop in route.stops
        if route.day >= as_of
    )


def still_owed(owed: Iterable[Owed], known: Known) -> tuple[Owed, ...]:
    """Owed visits of enterprises that are open and have not been inspected since.

    A visit that met nobody settles nothing.
    """
    enterprises, inspections = known.tables["enterprises"], known.tables["inspections"]
    is_open = pc.is_null(enterprises["closed_on"])
    open_ids = set(enterprises.filter(is_open)["enterprise_id"].to_pylist())
    last_visit: dict[str, dt.date] = {}
    met = inspections.filter(pc.not_equal(inspections["result"], NOBODY_MET))
    columns = met.select(["enterprise_id", "occurred_on"]).to_pydict()
    for enterprise_id, day in zip(*columns.values(), strict=True):
        last_visit[enterprise_id] = max(day, last_visit.get(enterprise_id, day))
    return tuple(
        visit
        for visit in owed
        if visit.enterprise_id in open_ids
        and last_visit.get(visit.enterprise_id, dt.date.min) < visit.since
    )


def visits_of(
    frame: Frame,
    drawn: Draw,
    grades: Grades,
    known: Known,
    policy: PolicyView,
    owed: Iterable[Owed] = (),
    must: Iterable[Must] = (),
) -> tuple[Visit, ...]:
    """What the month has to serve: visits outside the draw, then the drawn enterprises.

    One visit per enterprise with the items of all lists, and of the other offices that come along
    where the rules join their plans (综合查一次). Doors, appointments and modes are those of
    `scheduler.roster.visits`.

    owed, must
        See `route`; an owed visit is of the kind it was when it came to be owed.
    """
    columns = known.tables["enterprises"].select(["enterprise_id", "sector"]).to_pydict()
    sector_of = dict(zip(columns["enterprise_id"], columns["sector"], strict=True))
    worth_of, minutes_of = worth(grades, known, policy), policy.roster.visit_minutes
    longest = max(minutes_of.values())  # of a sector the pack does not know; nobody may lead there

    def visit(enterprise_id: str, kind: str, why: str = "", *, is_must: bool = True) -> Visit:
        sector = sector_of[enterprise_id]
        minutes, gain = minutes_of.get(sector, longest), worth_of.get(enterprise_id, 1)
        items = (Item("", why),) if why else ()
        return Visit(enterprise_id, kind, sector, minutes, is_must, gain, items)

    listed = {visit.enterprise_id for visit in frame.must}
    kind_of = {visit.enterprise_id: visit.kind for visit in owed}
    asked = [one for one in (*frame.must, *must) if one.enterprise_id in listed]
    kind_of = {m.enterprise_id: "routine" for m in asked if m.kind == "owed"} | kind_of
    merged = merge(
        (visit(m.enterprise_id, m.kind, m.reason.zh) for m in asked if m.kind != "owed"),
        (visit(one, kind) for one, kind in kind_of.items() if one in listed),
        (visit(chosen, "routine", is_must=False) for chosen in drawn.selected),
    )
    if policy.rates.together == "join":
        merged = joined(merged, planned_elsewhere(known, frame.month, "join"))
    return with_facts(merged, known, policy, grades, frame.month)


def route(
    frame: Frame,
    drawn: Draw,
    grades: Grades,
    known: Known,
    policy: PolicyView,
    *,
    first_day: dt.date | None = None,
    team_days: int | None = None,
    owed: tuple[Owed, ...] = (),
    must: tuple[Must, ...] = (),
    matrix: pa.Table | None = None,
    effort: Effort | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
    replaces: str | None = None,
    reason: str | None = None,
) -> Routes:
    """Plan the visits of a drawn month; what finds no place is owed.

    Parameters
    ----------
    first_day
        First day teams can leave: after the event that draws the people. By default, and at the
        earliest, the day after the enterprises were drawn.
    team_days
        Most pair-days to use; the month's capacity.
    owed
        What was owed when the list was frozen: it keeps its kind, and whoever stays owed keeps
        the month it dates from.
    must
        Everything that had to be visited; an enterprise on two lists gets one visit for both.
    replaces, reason
        Digest of the plan this one stands for, and why; see `scheduler.chain.require_reason`.
    """
    after_draw = dt.datetime.fromisoformat(drawn.entered_at).date() + dt.timedelta(days=1)
    start = max(after_draw, first_day or after_draw)
    routes = plan(
        visits_of(frame, drawn, grades, known, policy, owed, must),
        known,
        policy,
        month=frame.month,
        days=[day for day in workdays(frame.month, policy.calendar).days if day >= start],
        draw_digest=digest(drawn),
        team_days=team_days,
        matrix=matrix,
        effort=effort,
        progress=progress,
        should_stop=should_stop,
    )
    since = {visit.enterprise_id: visit.since for visit in owed}
    dated = (replace(o, since=since.get(o.enterprise_id, o.since)) for o in routes.owed)
    because = reason.strip() if reason else None
    is_short = any(map(is_owed, routes.owed))
    notes = (*routes.notes, *ranked_by(policy, known, is_short=is_short))
    return replace(routes, owed=tuple(dated), notes=notes, replaces=replaces, reason=because)


def require_in_time(routes: Routes, event: Event) -> None:
    """Refuse an event that is due when the first team should already be on the road."""
    first = min((one.day for one in routes.routes), default=None)
    if first and dt.datetime.fromisoformat(event.due_at).date() >= first:
        raise NotAllowed("event_after_first_route", name=event.name, due=event.due_at, first=first)


def require_sound(
    routes: Routes,
    roster: Roster | None,
    frame: Frame,
    drawn: Draw,
    known: Known,
    policy: PolicyView,
    *,
    matrix: pa.Table | None = None,
) -> None:
    """Refuse a plan or a roster that the checker, written without the solver, finds fault with."""
    may_be_visited = {*drawn.selected, *(must.enterprise_id for must in frame.must)}
    broken = broken_rules(
        routes,
        roster,
        known,
        policy,
        days=routes.days,
        drawn_ids=may_be_visited,
        matrix=matrix,
        grades={row.enterprise_id: row.grade for row in frame.rows},
    )
    if broken:
        first = broken[0]
        raise NotAllowed("rules_broken", count=len(broken), zh=first.zh, en=first.en)


def publish(
    frame: Frame,
    drawn: Draw,
    routes: Routes,
    slots: Slots,
    roster: Roster,
    *,
    chain: Sequence[ChainEntry],
    names: Mapping[str, str],
    sealed_until: dt.datetime | None = None,
    repairs: Sequence[Repair] = (),
) -> dict[str, Any]:
    """The bundle: what a citizen needs to check the month with `scheduler/lottery.py` alone.

    names
        Id → name of the enterprises and officers that appear in it.
    sealed_until
        While teams have still to leave, when the last will. The roster is then left out: its digest
        in the chain commits to it, and cannot be tried out, since the roster holds the secret.
    repairs
        What was changed since, in order; shown with the roster.

    Returns
    -------
    dict
        JSON values; `riskengine.digest.canonical` of it is the file.

    Raises
    ------
    NotAllowed
        Documents that the verifier would find fault with, such as a roster nobody drew.
    """
    bundle: dict[str, Any] = {
        "format": lottery.FORMAT,
        "frame": plain(frame),
        "draw": plain(drawn),
        "routes": plain(routes),
        "slots": plain(slots),
        "chain": plain(list(chain)),
        "names": dict(names),
    }
    if sealed_until is None:
        bundle["roster"] = plain(roster)
        if repairs:
            bundle["repairs"] = plain(list(repairs))
    else:
        moment = f"{sealed_until.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        bundle["sealed"] = {"roster_digest": digest(roster), "opens_at": moment}
    bundle["digest"] = digest(bundle)
    if findings := beacon.verify(bundle):
        raise NotAllowed("bundle_unsound", count=len(findings), **findings[0])
    return bundle


def names_in(
    frame: Frame, slots: Slots, known: Known, repairs: Sequence[Repair] = ()
) -> dict[str, str]:
    """Names of everyone in the bundle: the enterprises of the list and the officers who may sit."""
    wanted = {row.enterprise_id for row in frame.rows}
    wanted |= {must.enterprise_id for must in frame.must}
    wanted |= {share.inspector_id for share in slots.shares}
    for repair in repairs:
        wanted |= {one for again in repair.redrawn for one in again.order}
        wanted |= {urgent.enterprise_id for urgent in repair.news.urgent}
    pairs = [
        (row[key], row["name"])
        for table, key in (("enterprises", "enterprise_id"), ("inspectors", "inspector_id"))
        for row in known.tables[table].select([key, "name"]).to_pylist()
    ]
    return {one: name for one, name in pairs if one in wanted}
