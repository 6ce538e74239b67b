"""Why is it as it is, and what would another officer, car or half an hour be worth?

Questions about a month as it stands; nothing is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from api.repairs import named, visits_asked
from api.steps import (
    Desk,
    Hand,
    as_it_stands,
    chain,
    known_by_now,
    known_on,
    load,
    month_of,
    people_of,
    repairs_of,
    require_same_rules,
    whole_month_of,
)
from riskengine.errors import NotFound, Sentence, sentence
from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.chain import in_force
from scheduler.ranked import why_worth
from scheduler.roster.curve import Point, guess_curve
from scheduler.roster.documents import Assignment, Effort, Routes, SeatName
from scheduler.roster.infeasible import why_infeasible
from scheduler.roster.laid import Laid, both, lay_out
from scheduler.roster.officers import told as verdict_told
from scheduler.roster.officers import why_officer
from scheduler.roster.pool import pool_of
from scheduler.roster.precheck import gone, is_owed, precheck
from scheduler.roster.prices import OVERTIME, answers, price_list
from scheduler.roster.prices import told as price_told
from scheduler.roster.why import told as why_told
from scheduler.roster.why import why_not_visit
from scheduler.travel import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Month:
    """A month that can be asked about, with what was known when it was made, and by which rules."""

    laid: Laid
    known: Known
    is_drawn: bool
    grades: Grades
    rules: PolicyView


def month_at(desk: Desk, hand: Hand, month: dt.date, *, is_makeable: bool = False) -> Month:
    """The month as it stands: with its officers if they are drawn, else the plan in force.

    is_makeable
        Leaves out the visits that nobody could ever make, as the planner does.
    """
    record, purpose = chain(desk), people_of(month)
    drawn, planned = (in_force(record, kind, purpose) for kind in ("roster", "routes"))
    if planned is None:
        raise NotFound("step_missing", month=f"{month:%Y-%m}", command="settle")
    assignments: tuple[Assignment, ...] = ()
    if drawn is not None:
        whole = whole_month_of(desk, drawn.digest)
        known, now = known_by_now(desk, whole), as_it_stands(whole)
        routes, assignments, matrix = now.routes, now.roster.assignments, now.matrix
        made_from = whole.routes.draw_digest
    else:
        routes = load(desk, "routes", planned.digest, Routes)
        _, *travel = desk.store.get_document(planned.digest).inputs
        matrix = load(desk, "matrix", travel[0], Matrix).minutes if travel else None
        known, made_from = known_on(desk, max(routes.as_of, hand.at.date())), routes.draw_digest
    before = month_of(desk, made_from)
    require_same_rules(desk, before.frame)
    urgent = [one for repair in repairs_of(desk, month) for one in repair.news.urgent]
    visits, rules = visits_asked(desk, before, known, urgent), desk.policy.on(before.frame.as_of)
    team_days = before.quota.capacity.team_days

    def laid_out() -> Laid:
        return lay_out(
            routes, assignments, visits, known, rules, team_days=team_days, matrix=matrix
        )

    laid = laid_out()
    if is_makeable:
        never = {one.enterprise_id for one in precheck(laid.ground, laid.crew, month=month)}
        planned_ids = {stop.enterprise_id for route in routes.routes for stop in route.stops}
        visits = tuple(v for v in visits if v.enterprise_id not in never - planned_ids)
        laid = laid_out()
    return Month(laid, known, drawn is not None, before.grades, rules)


# ── why ───────────────────────────────────────────────────────────────────────────────────


def why_visit(desk: Desk, hand: Hand, month: dt.date, enterprise: str) -> tuple[Sentence, ...]:
    """Why an enterprise is not visited: the reason on record, its price, what would make it fit.

    Where a challenger orders the visits inside a grade, also where it puts this one, and why.
    """
    asked = month_at(desk, hand, month)
    laid = asked.laid
    key = named(enterprise, asked.known, "enterprises", "enterprise_id")
    visit = laid.visit_position(key)
    ranked: tuple[Sentence, ...] = ()
    if not laid.ground.visits[visit].is_must:
        ranked = why_worth(asked.grades, asked.known, asked.rules, key)
    for k, team in enumerate(laid.team_days):
        if visit in team.visits:
            route, day = laid.names_zh.route(k), laid.day_of(team)
            name = laid.names_zh.visits[visit]
            return (sentence("why_visit_made", visit=name, route=route, day=day), *ranked)
    gone_on = laid.ground.visits[visit].gone_on
    if gone_on is not None:
        return (gone(gone_on),)
    why = why_not_visit(laid.problem, laid.team_days, visit)
    owed = tuple(one.reason for one in laid.routes.owed if one.enterprise_id == key)
    return (*owed, *both(laid, lambda names: why_told(why, laid.problem, names)), *ranked)


def why_seat(
    desk: Desk, hand: Hand, month: dt.date, route: str, seat: SeatName
) -> tuple[Sentence, ...]:
    """Who sits there, and for every other officer the first rule that bars the seat, if any."""
    asked = month_at(desk, hand, month)
    if not asked.is_drawn:
        raise NotFound("step_missing", month=f"{month:%Y-%m}", command="staff")
    laid = asked.laid
    place = laid.route_position(route)
    verdicts = why_officer(laid.problem, laid.team_days, place, seat, bans=laid.bans)
    order = sorted(verdicts, key=lambda one: (one.rule != "sits", not one.could_sit, one.officer))
    return both(laid, lambda names: [verdict_told(one, laid.problem, names) for one in order])


def why_nothing_fits(desk: Desk, hand: Hand, month: dt.date) -> tuple[Sentence, ...]:
    """The smallest sets of rules that cannot hold together; says so where there are none.

    What the plan makes can be made: only visits that have to be made and are owed are asked about.
    """
    laid = month_at(desk, hand, month).laid
    missing = [
        v
        for v in laid.unmade()
        if laid.problem.is_must[v] and laid.ground.visits[v].gone_on is None
    ]
    found = why_infeasible(laid.problem, missing, bans=laid.bans)
    if not found and missing:
        names = "、".join(laid.names_zh.visits[v] for v in missing)
        return (sentence("why_not_beside", visits=names),)
    if not found:
        return (sentence("why_all_fits"),)
    return both(
        laid, lambda names: [line for each in found for line in each.told(laid.problem, names)]
    )


def is_short(routes: Routes, musts: frozenset[str]) -> bool:
    """A visit that had to be made is owed, or a minimum is not kept."""
    short = any(note.code == "roster_coverage_short" for note in routes.notes)
    return short or any(one.enterprise_id in musts and is_owed(one) for one in routes.owed)


def why_short(desk: Desk, hand: Hand, routes: str) -> tuple[Sentence, ...]:
    """Why the month just planned leaves out what it must make; empty where it does not."""
    planned = load(desk, "routes", routes, Routes)
    frame = month_of(desk, planned.draw_digest).frame
    if not is_short(planned, frozenset(must.enterprise_id for must in frame.must)):
        return ()
    return why_nothing_fits(desk, hand, planned.month)


# ── what if ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Priced:
    """A price in words, and in visits of the month's mean value."""

    kind: str
    value: int
    visits: float
    said: Sentence


def prices_of(desk: Desk, hand: Hand, month: dt.date) -> tuple[Priced, ...]:
    """An answer to every what-if, dearest first."""
    laid = month_at(desk, hand, month, is_makeable=True).laid
    require_routes(laid, "算价", "price")
    pool = pool_of(laid.problem, laid.team_days)
    known = {frozenset(visits) for visits, _ in pool}
    wider = pool_of(laid.problem, laid.team_days, overtime=OVERTIME)
    longer = [one for one in wider if frozenset(one[0]) not in known]
    found = price_list(laid.problem, pool, longer)
    made = [v for team in laid.team_days for v in team.visits]
    mean = float(laid.problem.value[made].mean()) if made else 1.0
    return tuple(
        Priced(
            price.kind,
            round(price.value),
            round(price.value / mean, 1),
            both(laid, lambda names, one=price: (price_told(one, names),))[0],  # type: ignore[misc]
        )
        for price in answers(found)
    )


def require_routes(laid: Laid, zh: str, en: str) -> None:
    """Refuse to reckon with a month that has no route; `zh`, `en` say what was asked for."""
    if not laid.team_days:
        asked, month = len(laid.routes.owed), f"{laid.routes.month:%Y-%m}"
        code = "month_no_routes" if asked else "month_nothing_asked"
        raise NotFound(code, month=month, asked=asked, zh=zh, en=en)


def curve_of(
    desk: Desk,
    hand: Hand,
    month: dt.date,
    *,
    prices: tuple[int, ...],
    seconds: int | None,
    told: Callable[[int], None],
) -> tuple[Point, ...]:
    """The month planned anew for each λ; nothing of it is kept."""
    laid = month_at(desk, hand, month, is_makeable=True).laid
    require_routes(laid, "推算猜中", "reckon guesses with")
    return tuple(guess_curve(laid, prices=prices, effort=Effort(seconds=seconds), told=told))
