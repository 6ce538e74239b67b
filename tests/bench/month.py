"""How much is the best plan of a month worth, how near is the proof, and who can be guessed?

``python -m tests.bench.month --instance FILE.npz --seconds S [--out plan.json]`` plans a month with
its days and officers and prints one JSON line; `county` and `city` name the shared months. Seconds
are those of the clock for everything but reading the file; kernels are compiled on the first run.
``--guess-price`` is λ, ``--curve 0,30,100,200`` prints a line for each and what the lottery of
people then gives; ``--further`` plans the months of our own one after another, ``--peer`` runs
PyVRP alone for the same seconds beside it, and ``--twice`` plans twice with one worker and no clock
and prints both digests. Every plan is judged by `tests.bench.judge` on the raw arrays.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from riskengine.digest import digest
from scheduler.roster import districts
from scheduler.roster.crews import crew_of
from scheduler.roster.documents import SHARE_UNIT, Effort
from scheduler.roster.generate import Grounds, generate, grounds_of
from scheduler.roster.marginals import Bounds, Duty, marginals
from scheduler.roster.optimise import chosen, optimise
from scheduler.roster.outcome import Found
from scheduler.roster.problem import Plan, Problem, clocked
from scheduler.roster.seats import Seating
from tests.bench import judge, months
from tests.scheduler.roster import small

NAMED = {"county": "ours_county.npz", "city": "ours_city.npz"}
SHORT = (
    "value", "bound", "bound_method", "gap", "seconds", "broken_rules", "coverage_short", "routes",
    "visits", "method",
)  # fmt: skip
"""What is told of a further month."""
PEER_CANDIDATES = 1_000
LARGE = 5_000
"""Enterprises above which a month is planned in districts."""


def rows_of(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """The plan as anyone's checker reads it."""
    rows = []
    for one in plan.team_days:
        found = clocked(problem, problem.shifts[one.shift], one.visits)
        assert found is not None
        stops = [
            {"enterprise": visit, "start_minute": start}
            for visit, start in zip(one.visits, found[0], strict=True)
        ]
        rows.append({"day": one.day, "lead": one.lead, "second": one.second, "visits": stops})
    return rows


def guesses(problem: Problem, plan: Plan) -> dict[str, float]:
    """How well the officers of each route can be guessed under the fairest lottery of these days;
    everybody's field days stay within one of the mean."""
    days = small.workdays(23)
    duties = []
    for one in plan.team_days:
        crew, free = crew_of(problem, one.visits), problem.is_free[:, one.day]
        leads, seconds = (
            frozenset(map(int, np.flatnonzero(able & free))) for able in (crew.leads, crew.seconds)
        )
        duties.append(Duty(days[one.day or 0], Seating(leads, seconds)))
    loads = Counter(i for one in plan.team_days for i in (one.lead, one.second))
    low, high = min(loads.values()), max(loads.values())
    found = marginals(duties, Bounds((low,) * problem.officers, (high,) * problem.officers))
    if found is None:
        return {"mean_guess": 1.0, "largest_guess": 1.0}
    chance: Counter[tuple[int, int]] = Counter()
    for (officer, route, _), micro in found.shares.items():
        chance[route, officer] += micro
    best = [0] * len(duties)
    for (route, _), micro in chance.items():
        best[route] = max(best[route], micro)
    return {
        "mean_guess": round(sum(best) / len(best) / SHARE_UNIT, 4),
        "largest_guess": round(max(best) / SHARE_UNIT, 4),
        "above_half": sum(micro > SHARE_UNIT // 2 for micro in best),
    }


def figures(
    name: str, month: dict[str, Any], problem: Problem, plan: Plan, seconds: float
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The line to print, and the plan as rows."""
    rows = rows_of(problem, plan)
    breaches = judge.broken(month, rows)
    value = judge.value(month, rows)
    return {
        "instance": name,
        "seconds": round(seconds, 1),
        "value": value,
        "bound": plan.bound,
        "bound_method": plan.bound_method,
        "gap": round((plan.bound - value) / value, 6) if plan.bound and value else None,
        "broken_rules": breaches[:5] + ([f"and {len(breaches) - 5} more"] if breaches[5:] else []),
        "coverage_short": judge.short(month, rows),
        "digest": digest(rows),
        "routes": len(rows),
        "visits": sum(len(row["visits"]) for row in rows),
        "method": plan.method,
    }, rows


def planned(problem: Problem, seconds: float) -> Found:
    """The planner that a month of this size asks for."""
    effort = Effort(seconds=math.ceil(seconds), neighbourhoods=1000)
    if problem.visits > LARGE:
        return districts.optimise(problem, effort=effort, clock=time.monotonic)
    return optimise(problem, effort=effort, clock=time.monotonic)


def alone(month: dict[str, Any], problem: Problem, seconds: float) -> dict[str, Any]:
    """PyVRP with the same seconds: as many vehicles as team-days, the visits worth most a minute as
    optional clients. It knows no strata, days or people, so its answer is judged by value and
    coverage alone; it runs in one thread."""
    rank = np.argsort(-problem.value / (problem.on_site + 12), kind="stable")
    able = problem.is_open.any(axis=1)
    shift = problem.shifts[0]
    chosen = [int(v) for v in rank if able[v] and clocked(problem, shift, (int(v),))]
    musts = [v for v in chosen if problem.is_must[v]]
    chosen = sorted({*chosen[:PEER_CANDIDATES], *musts})
    spots = [0, *(v + 1 for v in chosen)]
    road = problem.minutes[np.ix_(spots, spots)].astype(np.int64)
    clients = [
        pyvrp.Client(
            k + 1,
            service_duration=int(problem.on_site[v]),
            tw_early=int(problem.earliest[v]),
            tw_late=int(problem.latest[v]),
            prize=1000 * int(problem.value[v]) + (10**6 if problem.is_must[v] else 0),
            required=False,
        )
        for k, v in enumerate(chosen)
    ]
    fleet = [pyvrp.VehicleType(problem.team_days, tw_early=shift.begin, tw_late=shift.end)]
    places = [pyvrp.Location(0, 0) for _ in spots]
    data = pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], fleet, [road], [road])
    best = pyvrp.solve(data, MaxRuntime(seconds), seed=7, display=False).best
    routes = [tuple(chosen[a.idx] for a in route if a.is_client()) for route in best.routes()]
    assert all(clocked(problem, shift, route) for route in routes)
    rows = [{"visits": [{"enterprise": v} for v in route]} for route in routes]
    return {"pyvrp_value": judge.value(month, rows), "pyvrp_short": judge.short(month, rows)}


def further(seconds: float) -> None:
    """A line for each of the further months."""
    for name, facts in months.FURTHER.items():
        month = months.made(**facts)
        problem, begun = months.problem_of(month), time.monotonic()
        plan = planned(problem, seconds).plan
        line, _ = figures(name, month, problem, plan, time.monotonic() - begun)
        print(json.dumps({"name": name, **{key: line[key] for key in SHORT}}), flush=True)


def curve(
    name: str, month: dict[str, Any], problem: Problem, prices: Sequence[float], seconds: float
) -> None:
    """A line for each λ, all from the same bound and pool."""
    begun = time.monotonic()
    grounds = grounds_of(problem)
    if grounds is None:
        raise SystemExit("a day of this month holds more than four visits")
    made = generate(grounds)
    for price in prices:
        started = time.monotonic()
        priced = replace(problem, guess_price=price)
        found = chosen(
            Grounds(priced, grounds.shifts, grounds.deeper),
            made,
            effort=Effort(seconds=math.ceil(seconds), neighbourhoods=0),
            clock=time.monotonic,
            begun=started,
        )
        line, _ = figures(name, month, priced, found.plan, time.monotonic() - begun)
        print(json.dumps({"guess_price": price, **line, **guesses(priced, found.plan)}), flush=True)
        begun = time.monotonic()


def main() -> None:
    """Plan a month from the command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--instance", default="county")
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--guess-price", type=float, default=0.0)
    asked.add_argument("--curve")
    asked.add_argument("--further", action="store_true")
    asked.add_argument("--peer", action="store_true")
    asked.add_argument("--twice", action="store_true")
    asked.add_argument("--out", type=Path)
    wish = asked.parse_args()
    if wish.further:
        further(wish.seconds)
        return
    path = months.SHARED / NAMED[wish.instance] if wish.instance in NAMED else Path(wish.instance)
    month = months.arrays(path)
    problem = months.problem_of(month, guess_price=wish.guess_price)
    if wish.curve:
        curve(path.stem, month, problem, [float(p) for p in wish.curve.split(",")], wish.seconds)
        return
    if wish.twice:
        plans = [optimise(problem, effort=Effort(), workers=1).plan for _ in range(2)]
        print(json.dumps({"digests": [digest(rows_of(problem, plan)) for plan in plans]}))
        return
    begun = time.monotonic()
    found = planned(problem, wish.seconds)
    line, rows = figures(path.stem, month, problem, found.plan, time.monotonic() - begun)
    if wish.peer:
        peer = alone(month, problem, wish.seconds)
        line |= {**peer, "ratio": round(line["value"] / peer["pyvrp_value"], 4)}
    if wish.guess_price:
        line |= {"guess_price": wish.guess_price, **guesses(problem, found.plan)}
    print(json.dumps(line, ensure_ascii=False))
    if wish.out:
        wish.out.write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
