"""How is a proposal to repair a roster told: in figures, in sentences, without names or with?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from riskengine.errors import Sentence, sentence
from scheduler.roster import changes as changed
from scheduler.roster.changes import changes_of
from scheduler.roster.documents import Offer, Redrawn, SeatName, SolverNote
from scheduler.roster.laid import Laid, both
from scheduler.roster.officers import why_officer
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.rules import RULES


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """A proposal with its seats drawn.

    new_routes
        What the routes are called that it opens; their team-days come last.
    open
        Its changes as they are shown before anybody has chosen: seats without names.
    told
        The same with the names that the lot has given.
    """

    offer: Offer
    team_days: tuple[TeamDay, ...]
    new_routes: tuple[str, ...]
    redrawn: tuple[Redrawn, ...]
    open: tuple[Sentence, ...]
    told: tuple[Sentence, ...]
    solver: tuple[SolverNote, ...]


def rung_of(
    laid: Laid,
    now: Problem,
    name: str,
    plan: Sequence[TeamDay],
    redrawn: tuple[Redrawn, ...],
    solver: tuple[SolverNote, ...] = (),
    new_routes: tuple[str, ...] = (),
) -> Rung:
    """A plan beside the one before, in figures and sentences; `now` is the month as it is now."""
    was = {v for route in laid.team_days for v in route.visits}
    made = {v for route in plan for v in route.visits}
    worth = [visit.worth for visit in laid.ground.visits]
    differences = changes_of(laid.team_days, plan)
    offer = Offer(
        name=name,
        routes=len(differences),
        seats=len(redrawn),
        dropped=len(was - made),
        worth_dropped=sum(worth[v] for v in was - made),
        added=len(made - was),
        worth_added=sum(worth[v] for v in made - was),
        worth=sum(worth[v] for v in was),
    )
    seats = {(one.route_id, one.seat): one for one in redrawn}
    shown: list[Sentence] = []
    told: list[Sentence] = []
    for change in differences:
        route_id = laid.names_zh.route(change.route)
        for what in both(laid, partial(changed.told, change)):
            seat = SAID_OF_SEAT.get(what.code)
            one = seats.get((route_id, seat)) if seat else None
            if one is None:
                shown.append(what)
                told.append(what)
                continue
            others = _others(laid, now, plan, change.route, one)
            shown.append(_seat(laid, one, others, is_open=True))
            told.append(_seat(laid, one, others, is_open=False))
    return Rung(offer, tuple(plan), new_routes, redrawn, tuple(shown), tuple(told), solver)


SAID_OF_SEAT: Mapping[str, SeatName] = {"change_lead": "lead", "change_second": "second"}
OPEN_SEAT = {
    "lead": ("repair_lead_only", "repair_lead_open"),
    "second": ("repair_second_only", "repair_second_open"),
}
DRAWN_SEAT = {
    "lead": ("repair_lead_alone", "repair_lead_drawn"),
    "second": ("repair_second_alone", "repair_second_drawn"),
}
"""What is said where one officer alone can sit there, and where several can."""


def _seat(laid: Laid, one: Redrawn, others: Mapping[str, str], *, is_open: bool) -> Sentence:
    """Who has to be found for a seat, or who was; where one alone could be, that it was no lot."""
    name = {o.inspector_id: f"{o.name}（{o.inspector_id}）" for o in laid.crew.officers}
    facts: dict[str, object] = {"route": one.route_id, "day": one.day, **others}
    if one.was is None:
        facts |= {"was_zh": "（新开的一队）", "was_en": " (a new team)"}
    else:
        was = name[one.was]
        facts |= {"was_zh": f"换人（原为 {was}），", "was_en": f" (until now {was})"}
    is_lot, able = len(one.order) > 1, len(one.order)
    if is_open:
        return sentence(OPEN_SEAT[one.seat][is_lot], **facts, able=able)
    facts |= {"now": name[one.taker], "place": one.passed + 1}
    return sentence(DRAWN_SEAT[one.seat][is_lot], **facts, able=able)


def _others(
    laid: Laid, now: Problem, plan: Sequence[TeamDay], k: int, one: Redrawn
) -> dict[str, str]:
    """By which rules all others are barred from a seat, with how many each bars."""
    away = None if one.was is None else [o.inspector_id for o in laid.crew.officers].index(one.was)
    verdicts = why_officer(now, plan, k, one.seat, bans=laid.bans)
    barred = Counter(v.rule for v in verdicts if not v.could_sit and v.officer != away)
    titles = [(title(rule), count) for rule, count in sorted(barred.items())]
    zh = "、".join(f"“{one['rule_zh']}”{count} 人" for one, count in titles)
    en = ", ".join(f"“{one['rule_en']}” ({count})" for one, count in titles)
    return {
        "others_zh": f"其余各人受限于{zh}" if zh else "没有别人",
        "others_en": f"the others are barred by {en}" if en else "there is nobody else",
    }


def title(rule: str) -> dict[str, str]:
    """What a rule is called, as facts of a sentence."""
    titles = {one.name: one.title for one in RULES}
    named = titles.get(rule, titles["one_route_a_day"])  # who sits there already
    return {"rule_zh": named.zh, "rule_en": named.en}
