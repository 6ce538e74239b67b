"""Why is this visit not in the plan, and what would it take?

Its price first: what it is worth, and what its minutes earn elsewhere. Then the cheapest way to
make it all the same, and each single rule that would have to give way, ranked by what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from riskengine.errors import Sentence, sentence
from scheduler.roster.infeasible import Impossible, why_infeasible, why_not_staffed
from scheduler.roster.insertion import (
    TRIED,
    Way,
    insertions,
    own_route,
    rebuild,
    swaps,
)
from scheduler.roster.officers import Verdict, why_officer
from scheduler.roster.problem import Problem, TeamDay, clocked
from scheduler.roster.reasons import Names, numbered
from scheduler.roster.relaxations import OVERTIME, Relaxed, relaxations

__all__ = [
    "Impossible", "Relaxed", "Verdict", "Way", "WhyNot", "told", "why_infeasible",
    "why_not_staffed", "why_not_visit", "why_officer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a visit is out.

    worth
        Its value.
    minutes
        On site and the shortest road from any visit of a route that could take it, or from the
        base.
    price
        What so many minutes earn in the plan, in value.
    impossible
        The rules by which it can never be made; none where it can.
    ways
        How it could be made with days and officers kept, best first.
    relaxations
        Single rules whose giving way makes it cheaper, best first.
    """

    visit: int
    worth: int
    minutes: int
    price: int
    impossible: Impossible | None
    ways: tuple[Way, ...]
    relaxations: tuple[Relaxed, ...]


def why_not_visit(
    problem: Problem,
    plan: Sequence[TeamDay],
    visit: int,
    *,
    today: int = -1,
    minute_price: float | None = None,
) -> WhyNot:
    """Why the visit is not on one of the routes; the plan holds days and officers.

    minute_price
        Value a minute of a team earns; none takes the mean of the plan. The planner's price of a
        team-day by its length is sharper.
    """
    rate = earned(problem, plan) if minute_price is None else minute_price
    minutes = int(problem.on_site[visit]) + _least_road(problem, plan, visit)
    ways = _ways(problem, plan, visit, today)
    best = ways[0].gain if ways else None
    impossible = None
    if not ways:
        found = why_infeasible(_without_minima(problem), [visit])
        impossible = found[0] if found else None
    return WhyNot(
        visit=visit,
        worth=int(problem.value[visit]),
        minutes=minutes,
        price=round(rate * minutes),
        impossible=impossible,
        ways=ways,
        relaxations=relaxations(problem, plan, visit, today, best),
    )


def _without_minima(problem: Problem) -> Problem:
    return replace(problem, least=np.zeros_like(problem.least))


def earned(problem: Problem, plan: Sequence[TeamDay]) -> float:
    """Value a minute of the plan's routes."""
    value = minutes = 0
    for route in plan:
        shift = problem.shifts[route.shift]
        home = clocked(problem, shift, route.visits) if route.visits else None
        if home is not None:
            value += int(problem.value[list(route.visits)].sum())
            minutes += home[1] - shift.begin
    return value / minutes if minutes else 0.0


def _least_road(problem: Problem, plan: Sequence[TeamDay], visit: int) -> int:
    made = [0, *(v + 1 for route in plan for v in route.visits if v != visit)]
    return int(problem.minutes[made, visit + 1].min())


def _ways(problem: Problem, plan: Sequence[TeamDay], visit: int, today: int) -> tuple[Way, ...]:
    single = insertions(problem, plan, visit, today=today)
    found = [own_route(problem, plan, visit, today=today), *single[:TRIED]]
    for first in single[:TRIED]:
        found.append(swaps(problem, plan, visit, first, today=today))
    for first in single[: TRIED // 2]:
        found.append(rebuild(problem, plan, visit, first, today=today))
    known = [way for way in found if way is not None]
    return tuple(sorted(known, key=lambda way: (-way.gain, len(way.routes), way.routes)))


# ── in words ──────────────────────────────────────────────────────────────────────────────

RELAXED = {
    "overtime": "relaxed_overtime",
    "licence": "relaxed_licence",
    "day": "relaxed_day",
    "avoidance": "relaxed_avoidance",
    "window": "relaxed_window",
    "team_day": "relaxed_team_day",
}
WAYS = {
    "own_route": "way_own_route",
    "insertion": "way_insertion",
    "swap": "way_swap",
    "rebuild": "way_rebuild",
}


def told(why: WhyNot, problem: Problem, names: Names | None = None) -> tuple[Sentence, ...]:
    """The answer in sentences: price, cheapest way, what it would take."""
    called = names or numbered(problem)
    visit = called.visits[why.visit]
    said = [
        sentence(
            "why_not_price", visit=visit, worth=why.worth, minutes=why.minutes, price=why.price
        )
    ]
    if why.impossible is not None:
        said += why.impossible.told(problem, called)
    elif not why.ways:
        said.append(sentence("why_not_no_route", visit=visit))
    for way in why.ways[:1]:
        said.append(sentence(WAYS[way.kind], visit=visit, **_facts(way, called)))
    for each in why.relaxations:
        facts = _facts(each.way, called) | {"overtime": OVERTIME}
        said.append(sentence(RELAXED[each.rule], visit=visit, **facts))
    return tuple(said)


def _facts(way: Way, names: Names) -> dict[str, object]:
    displaced = "、".join(names.visits[v] for v in way.displaced)
    return {
        "routes": "、".join(names.route(k) for k, _ in way.routes if k >= 0),
        "displaced_zh": f"挤出 {displaced}" if displaced else "不挤出别家",
        "displaced_en": f"displaced: {displaced}" if displaced else "nothing is displaced",
        "gain": f"{way.gain:+d}",
    }
