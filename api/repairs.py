"""How is a drawn roster mended when something happens, and what is kept of it?

The steps of a repair: lay out the month as it stands, make the ladder, and store the proposal that
somebody chose. Until somebody has chosen, nobody is named for an open seat.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from api.papers.month import ZONE
from api.papers.write import write_repaired
from api.steps import (
    Desk,
    DrawnMonth,
    Hand,
    WholeMonth,
    as_it_stands,
    behind,
    chain,
    chances_of_owed,
    keep_in_chain,
    known_by_now,
    known_on,
    month_of,
    people_of,
    require_same_rules,
    whole_month_of,
)
from riskengine.cells import CellError, clean, value_of
from riskengine.digest import digest
from riskengine.errors import AlreadyFrozen, NotAllowed, NotFound, RiskEngineError, Sentence
from riskengine.fields import field_of
from riskengine.register import Known
from scheduler.chain import in_force
from scheduler.draw import Must
from scheduler.month import visits_of
from scheduler.roster.check import Broken, broken_rules
from scheduler.roster.documents import (
    Absent,
    Closed,
    News,
    Repair,
    Roster,
    Routes,
    SeatName,
    Urgent,
    Visit,
)
from scheduler.roster.laid import Laid, lay_out
from scheduler.roster.mend import (
    kept_through,
    leave_since,
    plan_now,
    require_of_month,
    roster_now,
    settled,
    with_news,
)
from scheduler.roster.offers import FREE, Offered, rungs, swapped
from scheduler.roster.proposed import Rung


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """What could be done, and what it is said of.

    news
        What was told, and leave the register has learnt of since.
    through
        Last day that stays as it is; none where the month has not begun.
    """

    month: WholeMonth
    drawn: DrawnMonth
    laid: Laid
    news: News
    through: dt.date | None
    offered: Offered

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The proposals that are shown."""
        return self.offered.rungs

    @property
    def number(self) -> int:
        """Which repair of the month this would be."""
        return len(self.month.repairs) + 1


# ── what could be done ────────────────────────────────────────────────────────────────────


def make_ladder(
    desk: Desk, hand: Hand, *, roster: str, news: News, today: dt.date, zone: str = ZONE
) -> Ladder:
    """Proposals from "change least" to "lose least"; nothing is kept.

    today
        The day it is, or a later one up to which nothing changes.
    """
    month = whole_month_of(desk, roster)
    now = as_it_stands(month)
    through = kept_through(now.routes, today, at=hand.at, zone=ZoneInfo(zone))
    told = called(news, known_by_now(desk, month))
    require_of_month(told, month.frame.month, through)
    since = leave_since(known_by_now(desk, month), known_on(desk, tomorrow(hand)))
    told = replace(told, absent=(*told.absent, *_of_month(since, month.frame.month, through)))
    drawn = month_of(desk, month.routes.draw_digest)
    before = [one for repair in month.repairs for one in repair.news.urgent]
    pending = [one for one in before if through is None or one.by > through]
    laid = lay(desk, month, drawn, urgent=(*before, *told.urgent))
    number = len(month.repairs) + 1
    found = rungs(
        laid,
        replace(told, urgent=(*pending, *told.urgent)),
        required=told.urgent,
        through=through,
        seed=month.roster.seed,
        purpose=purpose_of(month.frame.month, number),
        number=number,
    )
    return Ladder(month, drawn, laid, told, through, found)


def make_swap(
    desk: Desk,
    hand: Hand,
    *,
    roster: str,
    route: str,
    seat: SeatName,
    officer: str | None,
    today: dt.date,
    zone: str = ZONE,
) -> Ladder:
    """One seat given to somebody else by hand: a ladder of one rung; nothing is kept."""
    month = whole_month_of(desk, roster)
    now = as_it_stands(month)
    through = kept_through(now.routes, today, at=hand.at, zone=ZoneInfo(zone))
    require_first_swap(month, route, seat)
    drawn = month_of(desk, month.routes.draw_digest)
    laid = lay(desk, month, drawn, urgent=[u for one in month.repairs for u in one.news.urgent])
    known = known_by_now(desk, month)
    rung = swapped(
        laid,
        route,
        seat,
        None if officer is None else named(officer, known, "inspectors", "inspector_id"),
        through=through,
        seed=month.roster.seed,
        purpose=purpose_of(month.frame.month, len(month.repairs) + 1),
    )
    return Ladder(month, drawn, laid, News(), through, Offered((rung,)))


def require_first_swap(month: WholeMonth, route: str, seat: SeatName) -> None:
    """Refuse a second swap of a seat: each repair has a lot of its own, and whoever could go on
    drawing for no reason but the hand would choose."""
    for repair in month.repairs:
        if repair.rung == "hand" and (route, seat) in {
            (again.route_id, again.seat) for again in repair.redrawn
        }:
            raise NotAllowed("repair_hand_again", route=route, number=repair.number)


def lay(desk: Desk, month: WholeMonth, drawn: DrawnMonth, *, urgent: Sequence[Urgent] = ()) -> Laid:
    """The month as it stands, in numbers, by the rules it was frozen with."""
    require_same_rules(desk, month.frame)
    now, known = as_it_stands(month), known_by_now(desk, month)
    return lay_out(
        now.routes,
        now.roster.assignments,
        visits_asked(desk, drawn, known, urgent),
        known,
        desk.policy.on(month.frame.as_of),
        team_days=drawn.quota.capacity.team_days,
        matrix=month.matrix,
        is_closed_after=True,
    )


def visits_asked(
    desk: Desk, drawn: DrawnMonth, known: Known, urgent: Sequence[Urgent] = ()
) -> tuple[Visit, ...]:
    """Every visit the month asks for, with the urgent ones that came to it."""
    frame = drawn.frame
    listed = {must.enterprise_id for must in frame.must} | set(drawn.draw.selected)
    for one in urgent:
        if one.enterprise_id not in listed:
            listed.add(one.enterprise_id)
            why = Sentence("must_stated", one.reason, one.reason)
            must = Must(one.enterprise_id, "case", why)
            frame = replace(frame, must=(*frame.must, must))
    return visits_of(
        frame,
        drawn.draw,
        drawn.grades,
        known,
        desk.policy.on(frame.as_of),
        drawn.outside.owed,
        drawn.outside.must,
    )


def called(news: News, known: Known) -> News:
    """The news with numbers for the officers and enterprises that were called by name."""

    def officer(one: Absent) -> Absent:
        key = named(one.inspector_id, known, "inspectors", "inspector_id")
        return replace(one, inspector_id=key)

    def enterprise(one: str) -> str:
        return named(one, known, "enterprises", "enterprise_id")

    def closed(one: Closed) -> Closed:
        return replace(one, enterprise_id=enterprise(one.enterprise_id))

    def urgent(one: Urgent) -> Urgent:
        return replace(one, enterprise_id=enterprise(one.enterprise_id))

    return News(
        tuple(map(officer, news.absent)),
        tuple(map(closed, news.closed)),
        tuple(map(urgent, news.urgent)),
    )


def named(text: str, known: Known, table: str, key: str) -> str:
    """The number of an officer or enterprise: as it is, or of the only one with this name."""
    kind = "officer" if table == "inspectors" else "enterprise"
    if not text.strip():
        raise RiskEngineError("nobody_named", kind=kind)
    rows = known.tables[table].select([key, "name"]).to_pylist()
    number = as_imported(text, table, key)
    if any(row[key] == number for row in rows):
        return number
    found = [row[key] for row in rows if row["name"] == clean(text)]
    if len(found) != 1:
        raise NotFound("not_found", kind=kind, name=text)
    return str(found[0])


def as_imported(text: str, table: str, key: str) -> str:
    """A number as an import keeps it, whatever the width and case of its letters.

    >>> as_imported("９１１３０９００ma07x0000a", "enterprises", "enterprise_id")
    '91130900MA07X0000A'
    """
    try:
        return str(value_of(text, field_of(table, key)) or text)
    except CellError:
        return text


def _of_month(
    absent: Sequence[Absent], month: dt.date, through: dt.date | None
) -> tuple[Absent, ...]:
    """Leave of the days to come."""
    first = month if through is None else through + dt.timedelta(days=1)
    return tuple(one for one in absent if one.last >= first)


def tomorrow(hand: Hand) -> dt.date:
    """What is known today counts."""
    return hand.at.date() + dt.timedelta(days=1)


def today_of(hand: Hand, zone: str = ZONE) -> dt.date:
    """What day it is where the squad is."""
    return hand.at.astimezone(ZoneInfo(zone)).date()


def purpose_of(month: dt.date, number: int) -> str:
    """What the seats of a repair are drawn for."""
    return f"repair/{month:%Y-%m}/{number}"


# ── what is done ──────────────────────────────────────────────────────────────────────────


def keep_repair(
    desk: Desk, hand: Hand, ladder: Ladder, *, chosen: int, why: str, today: dt.date
) -> str:
    """Store the rung somebody chose, 1 for the first; from then on it is the roster."""
    hand, month = behind("repairs", hand), ladder.month
    if not 1 <= chosen <= len(ladder.rungs):
        raise NotAllowed("repair_which", chosen=chosen, count=len(ladder.rungs))
    purpose, rules = people_of(month.frame.month), desk.policy.on(month.frame.as_of)
    before = digest(month.repairs[-1]) if month.repairs else None
    repair = settled(
        ladder.laid,
        ladder.rungs[chosen - 1],
        [rung.offer for rung in ladder.rungs],
        ladder.news,
        month.roster,
        rules,
        roster_digest=digest(month.roster),
        number=ladder.number,
        replaces=before,
        purpose=purpose_of(month.frame.month, ladder.number),
        since={owed.enterprise_id: owed.since for owed in ladder.drawn.outside.owed},
        today=today,
        through=ladder.through,
        by=hand.by,
        reason=why,
        at=hand.moment,
    )
    require_no_new_breach(desk, ladder, repair)
    last = in_force(chain(desk), "repair", purpose)
    if (last.digest if last else None) != before:
        raise AlreadyFrozen("repair_replaced", digest=last.digest if last else "–")
    inputs = (repair.roster_digest, *([before] if before else []))
    return keep_in_chain(
        desk, hand, "repair", repair, purpose=purpose, inputs=inputs, as_of=repair.today
    )


def require_no_new_breach(desk: Desk, ladder: Ladder, repair: Repair) -> None:
    """Refuse what the checker, written without the solver, finds fault with and did not before."""
    month, last = ladder.month, ladder.month.repairs[-1] if ladder.month.repairs else None
    known = known_by_now(desk, month)
    was = _broken(desk, ladder, plan_now(month.routes, last), roster_now(month.roster, last), known)
    known = with_news(known, ladder.news.absent, ladder.news.closed)
    routes, roster = plan_now(month.routes, repair), roster_now(month.roster, repair)
    before = {(one.rule, one.where) for one in was}
    for one in _broken(desk, ladder, routes, roster, known):
        if one.rule not in FREE and (one.rule, one.where) not in before:
            raise NotAllowed("repair_broken", zh=one.zh, en=one.en)


def _broken(
    desk: Desk, ladder: Ladder, routes: Routes, roster: Roster, known: Known
) -> tuple[Broken, ...]:
    frame, over = ladder.month.frame, ladder.through or dt.date.min
    found = broken_rules(
        routes,
        roster,
        known,
        desk.policy.on(frame.as_of),
        days=routes.days,
        drawn_ids={visit.enterprise_id for visit in ladder.laid.ground.visits},
        matrix=ladder.month.matrix,
        grades={row.enterprise_id: row.grade for row in frame.rows},
    )
    day_of = {route.route_id: route.day for route in routes.routes}
    return tuple(one for one in found if day_of.get(one.where, dt.date.max) > over)


def print_repair(
    desk: Desk, hand: Hand, *, roster: str, folder: Path, zone: str = ZONE
) -> list[Path]:
    """Write the papers of the month as it stands, and who was exchanged for whom and why."""
    month = as_it_stands(whole_month_of(desk, roster))
    return write_repaired(
        folder,
        frame=month.frame,
        drawn=month.draw,
        routes=month.routes,
        roster=month.roster,
        repairs=month.repairs,
        known=known_by_now(desk, month),
        policy=desk.policy.on(month.frame.as_of),
        graded=month.grades,
        chances=chances_of_owed(desk, month_of(desk, month.routes.draw_digest)),
        published_at=hand.at,
        zone=zone,
    )


def set_aside(folder: Path, number: int) -> Path | None:
    """Rename a bundle that was opened before a repair, so that nobody takes it for the month's.

    Give the new path, which says before which repair it was made; none where nothing was opened.
    """
    stale = folder / "bundle.json"
    if not stale.exists():
        return None
    return stale.rename(folder / f"bundle-before-repair-{number}.json")
