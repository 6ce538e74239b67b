"""What becomes of a drawn roster when something happens, in the documents people hold?

The month's documents become a problem in numbers, a ladder of proposals is made there, and each
comes back as routes with their clock, owed visits, and a lot for every seat that somebody new
takes: neither the solver nor the supervisor names the person. Routes nobody touches keep their
times to the minute. Fairness of field days is not judged: the ill owe nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from riskengine.errors import NotAllowed, NotFound, Sentence, sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.calendar import next_month
from scheduler.lottery import seal_of
from scheduler.quota import Owed
from scheduler.roster import changes as changed
from scheduler.roster.changes import changes_of
from scheduler.roster.coverage import coverage_short
from scheduler.roster.documents import (
    Absent,
    Assignment,
    Closed,
    News,
    Offer,
    Redrawn,
    Repair,
    Roster,
    Route,
    Routes,
    SeatName,
    SolverNote,
    Visit,
)
from scheduler.roster.judge import judge
from scheduler.roster.laid import Laid, both
from scheduler.roster.numbers import timetable_of
from scheduler.roster.officers import EQUAL, why_officer
from scheduler.roster.officers import told as verdict_told
from scheduler.roster.plan import route_of
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.reasons import said
from scheduler.roster.repair import Proposal, ladder
from scheduler.roster.rules import RULES
from scheduler.roster.substitutes import SEATS, changed_seats, drawn_again, redraw
from scheduler.roster.upset import Upset, after, hit, to_come

FREE = frozenset({"must_visit", "coverage_least", "field_days_spread"})
"""Rules a repair may leave short: losses are told as such, and the ill owe no field days."""


# ── what has happened ─────────────────────────────────────────────────────────────────────


def with_news(known: Known, absent: Sequence[Absent], closed: Sequence[Closed]) -> Known:
    """The register with the absences and closures of repairs written into its tables."""
    away = [{"inspector_id": a.inspector_id, "from_on": a.first, "to_on": a.last} for a in absent]
    shut = [
        {"enterprise_id": c.enterprise_id, "days": "daily", "from_on": c.first, "to_on": c.last}
        for c in closed
    ]
    tables = dict(known.tables)
    for name, rows in (("absences", away), ("closed_days", shut)):
        if rows:
            more = pa.Table.from_pylist(rows, schema=tables[name].schema)
            tables[name] = pa.concat_tables([tables[name], more])
    return replace(known, tables=tables)


def leave_since(then: Known, now: Known) -> tuple[Absent, ...]:
    """Leave the register holds now and did not when the seats were frozen."""

    def rows(known: Known) -> set[tuple[str, dt.date, dt.date]]:
        columns = known.tables["absences"].select(["inspector_id", "from_on", "to_on"])
        return {(one["inspector_id"], one["from_on"], one["to_on"]) for one in columns.to_pylist()}

    return tuple(Absent(*one) for one in sorted(rows(now) - rows(then)))


def kept_through(
    routes: Routes, today: dt.date, *, at: dt.datetime, zone: dt.tzinfo
) -> dt.date | None:
    """The last day that stays as it is: the day before, or today once a team has left.

    today
        Not before the day it is at `at`: what is over does not move.
    zone
        Where the clock of the routes hangs.

    None where no day of the month is over.
    """
    there = at.astimezone(zone)
    if today < there.date():
        raise NotAllowed("repair_too_early", today=there.date(), said=today)
    leaving = [route.depart_minute for route in routes.routes if route.day == today]
    minute = there.hour * 60 + there.minute
    has_left = today == there.date() and bool(leaving) and minute >= min(leaving)
    through = today if has_left else today - dt.timedelta(days=1)
    if not any(route.day > through for route in routes.routes):
        raise NotAllowed("repair_month_over", month=f"{routes.month:%Y-%m}", today=today)
    return through if through >= routes.month else None


def require_of_month(news: News, month: dt.date, through: dt.date | None) -> None:
    """Refuse days that are none of the month, and an urgent visit whose day is over."""
    ends = next_month(month)
    spans = [(one.first, one.last) for one in news.absent]
    spans += [(one.first, one.last) for one in news.closed]
    spans += [(one.by, one.by) for one in news.urgent]
    for first, last in spans:
        if last < month or first >= ends or first > last:
            raise NotAllowed("repair_day_outside", day=first, month=f"{month:%Y-%m}")
    for one in news.urgent:
        if through is not None and one.by <= through:
            facts = {"enterprise": one.enterprise_id, "by": one.by, "through": through}
            raise NotAllowed("repair_urgent_days", **facts)


def upset_of(laid: Laid, news: News) -> Upset:
    """The news in positions; officers and enterprises nobody knows are refused.

    A seat that is empty anyway, or a visit that is not of the month, upsets nothing.
    """
    officers = {o.inspector_id: i for i, o in enumerate(laid.crew.officers)}
    visits = {visit.enterprise_id: v for v, visit in enumerate(laid.ground.visits)}
    days = laid.crew.days
    for one in news.absent:
        if one.inspector_id not in officers:
            raise NotFound("not_found", kind="officer", name=one.inspector_id)
    return Upset(
        absent=tuple(
            (officers[one.inspector_id], d)
            for one in news.absent
            for d, day in enumerate(days)
            if one.first <= day <= one.last
        ),
        unreachable=tuple(
            (visits[one.enterprise_id], d)
            for one in news.closed
            if one.enterprise_id in visits
            for d, day in enumerate(days)
            if one.first <= day <= one.last
        ),
        urgent=tuple(
            (visits[one.enterprise_id], sum(day <= one.by for day in days) - 1)
            for one in news.urgent
        ),
    )


# ── the ladder ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """A proposal with its seats drawn.

    open
        Its changes as they are shown before anybody has chosen: seats without names.
    told
        The same with the names that the lot has given.
    """

    offer: Offer
    team_days: tuple[TeamDay, ...]
    redrawn: tuple[Redrawn, ...]
    open: tuple[Sentence, ...]
    told: tuple[Sentence, ...]
    solver: tuple[SolverNote, ...]


def rungs(
    laid: Laid, news: News, *, through: dt.date | None, seed: str, purpose: str
) -> tuple[Rung, ...]:
    """Proposals from "change least" to "lose least", each of which loses less than those before.

    What changes more and saves nothing is left out: between equal proposals somebody could choose
    by whom the lot names in each.

    through
        Last day that stays as it is; none where the month has not begun.
    """
    today, upset = laid.position_of(through), upset_of(laid, news)
    now = after(laid.problem, to_come(upset, today))
    asked = [v for v, by in upset.urgent if not _is_made(laid, v, by)]
    if not hit(now, laid.team_days, today) and not asked:
        raise NotAllowed("repair_nothing", through=through or "–")
    proposals = ladder(
        laid.problem,
        laid.team_days,
        upset,
        today=today,
        spare=laid.unmade(),
        bans=laid.bans,
    )
    found: list[Rung] = []
    least: tuple[int, int, int] | None = None
    for proposal in proposals:
        loss = (len(proposal.unmade), sum(proposal.short), proposal.value_lost)
        if least is None or loss < least:
            found.append(_drawn(laid, now, proposal, seed, purpose))
            least = loss
    return tuple(found)


def _is_made(laid: Laid, visit: int, by: int) -> bool:
    return any(
        visit in route.visits and route.day is not None and route.day <= by
        for route in laid.team_days
    )


def _drawn(laid: Laid, now: Problem, proposal: Proposal, seed: str, purpose: str) -> Rung:
    """The proposal with each seat that somebody new takes drawn for itself."""
    asked: dict[tuple[int, str], tuple[int, ...]] = {}
    position = {o.inspector_id: i for i, o in enumerate(laid.crew.officers)}

    def order(route: int, seat: str, able: Sequence[int]) -> Sequence[int]:
        ids = [laid.crew.officers[i].inspector_id for i in able]
        in_turn = redraw(seed, purpose, laid.routes.routes[route].route_id, seat, ids)
        asked[route, seat] = tuple(position[one] for one in in_turn)
        return asked[route, seat]

    drawn = drawn_again(now, laid.team_days, proposal.team_days, order, bans=laid.bans)
    redrawn = []
    for seat in changed_seats(laid.team_days, drawn):
        turns = asked.get((seat.route, seat.name), ())
        if seat.officer not in turns:
            raise NotAllowed("repair_not_drawn", route=laid.names_zh.route(seat.route))
        passed = turns.index(seat.officer)
        redrawn.append(_redrawn(laid, seat.route, seat.name, turns, passed, drawn))
    return rung_of(laid, proposal.name, drawn, tuple(redrawn), (proposal.note,))


def _redrawn(
    laid: Laid, k: int, name: str, turns: Sequence[int], passed: int, plan: Sequence[TeamDay]
) -> Redrawn:
    seat: SeatName = "lead" if name == SEATS[0] else "second"
    was = getattr(laid.team_days[k], seat)
    return Redrawn(
        route_id=laid.routes.routes[k].route_id,
        day=laid.day_of(plan[k]),
        seat=seat,
        was=laid.crew.officers[was].inspector_id,
        order=tuple(laid.crew.officers[i].inspector_id for i in turns),
        passed=passed,
    )


def rung_of(
    laid: Laid,
    name: str,
    plan: Sequence[TeamDay],
    redrawn: tuple[Redrawn, ...],
    solver: tuple[SolverNote, ...] = (),
) -> Rung:
    """A plan beside the one before, in figures and sentences."""
    was = {v for route in laid.team_days for v in route.visits}
    made = {v for route in plan for v in route.visits}
    worth = [visit.worth for visit in laid.ground.visits]
    differences = changes_of(laid.team_days, plan)
    offer = Offer(
        name=name,
        routes=len(differences),
        seats=len(redrawn),
        visits_lost=len(was) - len(made),
        worth_lost=sum(worth[v] for v in was) - sum(worth[v] for v in made),
        worth=sum(worth[v] for v in was),
    )
    seats = {(one.route_id, one.seat): one for one in redrawn}
    shown: list[Sentence] = []
    told: list[Sentence] = []
    for change in differences:
        route_id = laid.routes.routes[change.route].route_id
        for what in both(laid, partial(changed.told, change)):
            seat = SAID_OF_SEAT.get(what.code)
            one = seats.get((route_id, seat)) if seat else None
            shown.append(what if one is None else _seat(laid, one, is_open=True))
            told.append(what if one is None else _seat(laid, one, is_open=False))
    return Rung(offer, tuple(plan), redrawn, tuple(shown), tuple(told), solver)


SAID_OF_SEAT: Mapping[str, SeatName] = {"change_lead": "lead", "change_second": "second"}
OPEN_SEAT = {"lead": "repair_lead_open", "second": "repair_second_open"}
DRAWN_SEAT = {"lead": "repair_lead_drawn", "second": "repair_second_drawn"}


def _seat(laid: Laid, one: Redrawn, *, is_open: bool) -> Sentence:
    name = {o.inspector_id: f"{o.name}（{o.inspector_id}）" for o in laid.crew.officers}
    facts: dict[str, object] = {"route": one.route_id, "day": one.day, "was": name[one.was]}
    facts["able"] = len(one.order)
    if is_open:
        return sentence(OPEN_SEAT[one.seat], **facts)
    return sentence(DRAWN_SEAT[one.seat], **facts, now=name[one.taker], place=one.passed + 1)


# ── by hand ───────────────────────────────────────────────────────────────────────────────


def swapped(
    laid: Laid,
    route_id: str,
    seat: SeatName,
    officer: str | None,
    *,
    through: dt.date | None,
    seed: str,
    purpose: str,
) -> Rung:
    """One seat given to somebody else by hand: judged at once, and drawn for itself.

    officer
        Who is asked for; refused where a rule is in the way, named, or where somebody else comes
        first in the order of the lot. None takes whoever comes first.
    """
    k = laid.route_position(route_id)
    team = laid.team_days[k]
    if team.day is not None and team.day <= laid.position_of(through):
        raise NotAllowed("repair_day_over", route=route_id, day=laid.day_of(team))
    position = {o.inspector_id: i for i, o in enumerate(laid.crew.officers)}
    if officer is not None and officer not in position:
        raise NotFound("not_found", kind="officer", name=officer)
    verdicts = why_officer(laid.problem, laid.team_days, k, seat, bans=laid.bans)
    able = [v.officer for v in verdicts if v.rule == EQUAL]
    asked = None if officer is None else position[officer]
    if asked is not None and asked not in able:
        verdict = verdicts[asked]
        (why,) = both(laid, lambda names: (verdict_told(verdict, laid.problem, names),))
        raise NotAllowed("repair_hand_broken", **title(verdict.rule), zh=why.zh, en=why.en)
    if not able:
        raise NotAllowed("repair_nobody", route=route_id, seat=seat)
    ids = redraw(seed, purpose, route_id, seat, [laid.crew.officers[i].inspector_id for i in able])
    first = position[ids[0]]
    if asked is not None and asked != first:
        names = laid.names_zh.officers
        raise NotAllowed("repair_hand_not_next", asked=names[asked], first=names[first])
    plan = list(laid.team_days)
    plan[k] = replace(team, lead=first) if seat == "lead" else replace(team, second=first)
    before = set(judge(laid.problem, laid.team_days, bans=laid.bans))
    for breach in judge(laid.problem, plan, bans=laid.bans):
        if breach.rule not in FREE and breach not in before:
            zh, en = (said(breach, laid.problem, n) for n in (laid.names_zh, laid.names_en))
            raise NotAllowed("repair_hand_broken", **title(breach.rule), zh=zh.zh, en=en.en)
    turns = [position[one] for one in ids]
    return rung_of(laid, "hand", plan, (_redrawn(laid, k, seat, turns, 0, plan),))


def title(rule: str) -> dict[str, str]:
    """What a rule is called, as facts of a sentence."""
    titles = {one.name: one.title for one in RULES}
    named = titles.get(rule, titles["one_route_a_day"])  # who sits there already
    return {"rule_zh": named.zh, "rule_en": named.en}


# ── back to documents ─────────────────────────────────────────────────────────────────────


def settled(
    laid: Laid,
    rung: Rung,
    offers: Sequence[Offer],
    news: News,
    roster: Roster,
    policy: PolicyView,
    *,
    roster_digest: str,
    number: int,
    replaces: str | None,
    purpose: str,
    since: Mapping[str, dt.date],
    today: dt.date,
    through: dt.date | None,
    by: tuple[str, ...],
    reason: str,
    at: str,
) -> Repair:
    """The chosen rung as the document that is kept.

    since
        Enterprise → month an owed visit dates from, where it is an earlier one.
    """
    if not reason.strip():
        raise NotAllowed("repair_why_missing")
    kept = [(k, one) for k, one in enumerate(rung.team_days) if one.visits]
    routes = tuple(_route(laid, k, one) for k, one in kept)
    made = {stop.enterprise_id for route in routes for stop in route.stops}
    visits = {visit.enterprise_id: visit for visit in laid.ground.visits}
    before = {owed.enterprise_id: owed for owed in laid.routes.owed}
    lost = sentence("repair_owed", number=number, day=today)
    owed = [
        before.get(key) or Owed(key, visit.kind, since.get(key, laid.routes.month), lost)
        for key, visit in sorted(visits.items())
        if key not in made
    ]
    return Repair(
        month=laid.routes.month,
        number=number,
        roster_digest=roster_digest,
        routes_digest=roster.routes_digest,
        replaces=replaces,
        purpose=purpose,
        seal=seal_of(bytes.fromhex(roster.seed), purpose),
        today=today,
        kept_through=through,
        news=news,
        rung=rung.offer.name,
        offers=tuple(offers),
        changes=rung.told,
        redrawn=rung.redrawn,
        routes=routes,
        owed=tuple(owed),
        notes=_notes(laid, visits, made, policy),
        assignments=tuple(_crew(laid, k, one) for k, one in kept),
        by=by,
        reason=reason.strip(),
        at=at,
        solver=rung.solver,
    )


def _route(laid: Laid, k: int, one: TeamDay) -> Route:
    """As it was to the minute, or with a new clock; it keeps its number wherever it goes."""
    was, route = laid.team_days[k], laid.routes.routes[k]
    if (was.visits, was.day, was.shift) == (one.visits, one.day, one.shift):
        return route
    if was.visits == one.visits:
        return replace(route, day=laid.day_of(one))
    clock = timetable_of(laid.ground, one)
    return route_of(route.route_id, laid.day_of(one), clock, laid.ground)


def _crew(laid: Laid, k: int, one: TeamDay) -> Assignment:
    assert one.lead is not None and one.second is not None
    lead, second = (laid.crew.officers[i].inspector_id for i in (one.lead, one.second))
    return Assignment(laid.routes.routes[k].route_id, laid.day_of(one), lead, second)


def _notes(
    laid: Laid, visits: Mapping[str, Visit], made: set[str], policy: PolicyView
) -> tuple[Sentence, ...]:
    """What the plan says of guessed places, and the minima as they are kept now."""
    asked = {key: visit.sector for key, visit in visits.items()}
    short = coverage_short(asked, made, policy, laid.routes.month)
    kept = [note for note in laid.routes.notes if note.code != "roster_coverage_short"]
    return (*kept, *short.values())


def plan_now(routes: Routes, repair: Repair | None) -> Routes:
    """The plan as the last repair left it."""
    if repair is None:
        return routes
    return replace(routes, routes=repair.routes, owed=repair.owed, notes=repair.notes)


def roster_now(roster: Roster, repair: Repair | None) -> Roster:
    """The roster as the last repair left it."""
    return roster if repair is None else replace(roster, assignments=repair.assignments)
