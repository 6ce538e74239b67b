"""What is offered when a drawn roster has to change, and who takes the seats that become free?

A ladder of proposals is made in numbers; each comes back in figures and sentences, with a lot for
every seat that somebody new takes: neither the solver nor the supervisor names the person.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from riskengine.errors import NotAllowed, NotFound
from scheduler.roster.blocked import first_block
from scheduler.roster.documents import News, Redrawn, SeatName, Urgent
from scheduler.roster.judge import judge
from scheduler.roster.laid import Laid, both
from scheduler.roster.officers import EQUAL, why_officer
from scheduler.roster.officers import told as verdict_told
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.proposed import Rung, rung_of, title
from scheduler.roster.reasons import said
from scheduler.roster.repair import Proposal, ladder
from scheduler.roster.substitutes import SEATS, changed_seats, drawn_again, redraw
from scheduler.roster.upset import Upset, after, hit, to_come

FREE = frozenset({"must_visit", "coverage_least", "field_days_spread"})
"""Rules a repair may leave short: losses are told as such, and the ill owe no field days."""


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
class Offered:
    """The proposals that are shown, and why there are not more.

    tried
        Names of those that lose no less than one before them.
    left
        Visits the month asks for that the last proposal does not make.
    """

    rungs: tuple[Rung, ...]
    tried: tuple[str, ...] = ()
    left: int = 0


def rungs(
    laid: Laid,
    news: News,
    *,
    required: Sequence[Urgent],
    through: dt.date | None,
    seed: str,
    purpose: str,
    number: int,
) -> Offered:
    """Proposals from "change least" to "lose least", each of which loses less than those before.

    What changes more and saves nothing is left out: between equal proposals somebody could choose
    by whom the lot names in each.

    required
        Urgent visits of the news without which nothing is offered; those of earlier repairs may
        have fallen out since.
    through
        Last day that stays as it is; none where the month has not begun.
    number
        Which repair of the month it would be: new routes are called by it.
    """
    today, upset = laid.position_of(through), upset_of(laid, news)
    last = through or laid.routes.month - dt.timedelta(days=1)
    now = after(laid.problem, to_come(upset, today))
    asked = [v for v, by in upset.urgent if not _is_made(laid, v, by)]
    if not hit(now, laid.team_days, today) and not asked:
        raise NotAllowed("repair_nothing", through=last)
    proposals = ladder(
        laid.problem,
        laid.team_days,
        upset,
        today=today,
        spare=laid.unmade(),
        due=fallen_out(laid),
        bans=laid.bans,
    )
    _require_urgent(laid, now, proposals, required, today)
    found: list[Rung] = []
    tried: list[str] = []
    kept: Proposal | None = None
    for proposal in proposals:
        if not proposal.changes or (kept is not None and proposal.loss >= kept.loss):
            tried.append(proposal.name)
            continue
        ids = _new_routes(laid, proposal, number)
        found.append(_drawn(laid.with_new(ids), now, proposal, seed, purpose, ids))
        kept = proposal
    if kept is None:  # what is still urgent from an earlier repair finds no place
        raise NotAllowed("repair_nothing", through=last)
    made = {v for route in kept.team_days for v in route.visits}
    return Offered(tuple(found), tuple(tried), laid.problem.visits - len(made))


def fallen_out(laid: Laid) -> list[int]:
    """Visits that are owed because of an earlier repair of the month."""
    lost = {one.enterprise_id for one in laid.routes.owed if one.reason.code == "repair_owed"}
    return [v for v in laid.unmade() if laid.ground.visits[v].enterprise_id in lost]


def _require_urgent(
    laid: Laid, now: Problem, proposals: Sequence[Proposal], required: Sequence[Urgent], today: int
) -> None:
    """Refuse an urgent visit that no proposal makes, by the first rule in its way."""
    visits = {visit.enterprise_id: v for v, visit in enumerate(laid.ground.visits)}
    for one in required:
        v = visits[one.enterprise_id]
        if all(v in proposal.missed for proposal in proposals):
            rule, zh = first_block(now, v, laid.names_zh, today=today)
            _, en = first_block(now, v, laid.names_en, today=today)
            facts = {"enterprise": laid.names_zh.visits[v], "by": one.by} | title(rule)
            raise NotAllowed("repair_urgent_impossible", **facts, zh=zh.zh, en=en.en)


def _new_routes(laid: Laid, proposal: Proposal, number: int) -> tuple[str, ...]:
    """A new route is called by its day and its repair: no route of the month ever had that name."""
    days: Counter[dt.date] = Counter()
    ids = []
    for team in proposal.team_days[len(laid.team_days) :]:
        day = laid.day_of(team)
        days[day] += 1
        ids.append(f"{day:%Y%m%d}-R{number}-{days[day]}")
    return tuple(ids)


def _is_made(laid: Laid, visit: int, by: int) -> bool:
    return any(
        visit in route.visits and route.day is not None and route.day <= by
        for route in laid.team_days
    )


def _drawn(
    laid: Laid,
    now: Problem,
    proposal: Proposal,
    seed: str,
    purpose: str,
    new_routes: tuple[str, ...],
) -> Rung:
    """The proposal with each seat that somebody new takes drawn for itself."""
    asked: dict[tuple[int, str], tuple[int, ...]] = {}
    position = {o.inspector_id: i for i, o in enumerate(laid.crew.officers)}

    def order(route: int, seat: str, able: Sequence[int]) -> Sequence[int]:
        ids = [laid.crew.officers[i].inspector_id for i in able]
        in_turn = redraw(seed, purpose, laid.names_zh.route(route), seat, ids)
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
    notes = () if proposal.note is None else (proposal.note,)
    return rung_of(laid, now, proposal.name, drawn, tuple(redrawn), notes, new_routes)


def _redrawn(
    laid: Laid, k: int, name: str, turns: Sequence[int], passed: int, plan: Sequence[TeamDay]
) -> Redrawn:
    seat: SeatName = "lead" if name == SEATS[0] else "second"
    was = getattr(laid.team_days[k], seat)
    return Redrawn(
        route_id=laid.names_zh.route(k),
        day=laid.day_of(plan[k]),
        seat=seat,
        was=None if was is None else laid.crew.officers[was].inspector_id,
        order=tuple(laid.crew.officers[i].inspector_id for i in turns),
        passed=passed,
    )


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
    redrawn = (_redrawn(laid, k, seat, turns, 0, plan),)
    return rung_of(laid, laid.problem, "hand", plan, redrawn)
