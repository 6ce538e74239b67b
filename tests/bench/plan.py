"""How much more does the planner serve than greedy packing, and how long does it take?

``python -m tests.bench.plan`` plans two months: a county's (60 visits, 20 officers) and one that
asks for more than it can hold (400 visits, 14 officers). The yardstick packs each team-day from
the most worthy visit to its nearest neighbours and is given the same search for days.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

from riskengine.policy import PolicyView
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import Effort, Routes
from scheduler.roster.fleet import team_days_most, weights
from scheduler.roster.numbers import problem_of
from scheduler.roster.placing import candidate_of, place
from scheduler.roster.plan import plan
from scheduler.roster.precheck import Crew, crew_of, precheck, seating, staffable_days
from scheduler.roster.timetable import Ground, Timetable, timetable
from scheduler.travel import places, travel_minutes
from tests.scheduler.roster import small

MONTHS: dict[str, dict[str, Any]] = {
    "county": {"size": (60, 20, 22), "field_days_most": 8},
    "crowded": {"size": (400, 14, 21), "field_days_most": 12},
}


def main() -> None:
    """Print a line per month and the figures as one JSON object."""
    figures: dict[str, Any] = {}
    for name, month in MONTHS.items():
        policy = small.rules(field_days_most=month["field_days_most"])
        asked, known, days = small.county(np.random.default_rng(1), *month["size"])
        started = time.perf_counter()
        made = plan(asked, known, policy, month=small.MONTH, days=days, draw_digest="0" * 64)
        planned = time.perf_counter() - started
        _stand(made, known, policy, asked)
        seconds = time.perf_counter() - started
        served = {stop.enterprise_id for route in made.routes for stop in route.stops}
        greedy, greedy_days = greedily(asked, known, policy, days)
        weight = {v.enterprise_id: w for v, w in zip(asked, weights(asked), strict=True)}
        worth, by_hand = (sum(weight[key] for key in keys) for keys in (served, greedy))
        figures[name] = {
            "visits": len(asked),
            "served": len(served),
            "team_days": len(made.routes),
            "greedy_served": len(greedy),
            "greedy_team_days": greedy_days,
            "worth_to_greedy": round(worth / by_hand, 4),
            "visits_per_team_day_to_greedy": round(
                len(served) / len(made.routes) / (len(greedy) / greedy_days), 4
            ),
            "plan_seconds": round(planned, 2),
            "seconds": round(seconds, 2),
        }
        print(name, figures[name])
    print(json.dumps({**figures, "ratio": figures["crowded"]["worth_to_greedy"]}))


def _stand(made: Routes, known: Any, policy: PolicyView, asked: Any) -> None:
    """The plan passes the checker, and its seats and those of its draw are filled."""
    people = small.drawn(small.frozen(made, known, policy))
    ids = {visit.enterprise_id for visit in asked}
    broken = broken_rules(made, people, known, policy, days=made.days, drawn_ids=ids)
    assert not broken, broken[0]


def greedily(asked: Any, known: Any, policy: PolicyView, days: Any) -> tuple[set[str], int]:
    """Enterprises served by greedy packing, and the team-days it took."""
    crew = crew_of(known, policy, days)
    sites = places(known, [visit.enterprise_id for visit in asked])
    ground = Ground(asked, travel_minutes(sites, policy.roster).tolist(), policy.roster)
    never = {owed.enterprise_id for owed in precheck(ground, crew, month=small.MONTH)}
    free = [i for i, visit in enumerate(asked) if visit.enterprise_id not in never]
    weight = weights(asked)
    routes = []
    while free and len(routes) < team_days_most(crew):
        routes.append(_nearest(ground, crew, free, weight))
    problem = problem_of(ground, crew, policy, month=small.MONTH)
    candidates = [
        candidate_of(problem, route.order, 0, sum(weight[i] for i in route.order))
        for route in routes
    ]
    placed = place(problem, candidates, effort=Effort()).team_days
    return {asked[i].enterprise_id for one in placed for i in one.visits}, len(placed)


def _nearest(ground: Ground, crew: Crew, free: list[int], weight: list[int]) -> Timetable:
    """A day from the heaviest visit on, always to the nearest that still fits, out of `free`."""
    first = max(free, key=lambda i: (weight[i], -i))
    free.remove(first)
    route = timetable(ground, (first,))
    assert route is not None
    while len(route.order) < ground.rules.most_visits_a_day:
        here = route.order[-1] + 1
        for i in sorted(free, key=lambda i: (ground.travel[here][i + 1], i)):
            longer = timetable(ground, (*route.order, i))
            stops = [ground.visits[k] for k in (*route.order, i)]
            if longer and staffable_days(crew, seating(crew.officers, stops)):
                free.remove(i)
                route = longer
                break
        else:
            return route
    return route


if __name__ == "__main__":
    main()
