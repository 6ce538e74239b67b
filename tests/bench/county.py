"""What is the county month of the shared instances, and which 180 team-day routes staff it?

``python -m tests.bench.county`` makes the routes again and writes ``county_routes.json``: PyVRP
packs the visits with a price on every change of sector, which makes leads scarce, and CP-SAT
gives each route a day so that everybody goes out on exactly 18 days. The plan is not optimal, and
need not be: the people are drawn from it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp
from ortools.graph.python import max_flow
from ortools.sat.python import cp_model
from pyvrp.stop import MaxIterations

INSTANCE = Path(__file__).parents[3] / "shared/instances/inspection_month/ours_county.npz"
ROUTES = Path(__file__).with_name("county_routes.json")
CANDIDATES, ITERATIONS = 1_000, 10_000
SCARCE_STRATA, STRATUM_PRICE = (0, 4, 8), 6
"""Low-risk strata whose minima bind, and their price in the optimal plan."""
GUESS_PRICE = 60
"""λ of a pair of sectors on one route; the arcs know pairs, not whole routes."""
FEWEST_LEADS = 3
"""On its day a route has at least so many eligible leads."""


@dataclass(frozen=True)
class County:
    """The arrays of the instance as they are; see its own description for their meaning."""

    minutes: Any
    """Travel between points, the base first."""
    day_length: int
    field_days: int
    sector: Any
    on_site: Any
    value: Any
    earliest: Any
    latest: Any
    closed: Any
    stratum: Any
    least: Any
    licences: Any
    avoids: Any
    free: Any
    joint: Any


@dataclass(frozen=True)
class TeamDay:
    """A day's number and the visits, in order."""

    day: int
    visits: tuple[int, ...]


@cache
def county() -> County:
    """The county month; travel is computed in float64 as the instance asks."""
    z = np.load(INSTANCE)
    points = np.vstack([z["off"], z["xy"]])
    km = np.linalg.norm(points[:, None] - points[None], axis=2)
    minutes = np.ceil(1.3 * km / 35 * 60 + 4).astype(np.int64)
    np.fill_diagonal(minutes, 0)
    return County(
        minutes=minutes,
        day_length=int(z["T"]),
        field_days=int(z["cap"]),
        sector=z["sector"],
        on_site=z["dur"],
        value=z["value"],
        earliest=z["a"],
        latest=z["b"],
        closed=z["closed"],
        stratum=z["stratum"],
        least=z["minc"],
        licences=z["lic"],
        avoids=z["conflict"],
        free=z["avail"],
        joint=z["joint"],
    )


def team_days() -> list[TeamDay]:
    """The routes made before and kept beside this file."""
    kept = json.loads(ROUTES.read_text(encoding="utf-8"))
    routes = [TeamDay(day, tuple(visits)) for day, visits in kept["team_days"]]
    month, every = county(), [i for route in routes for i in route.visits]
    if len(every) != len(set(every)) or not all(_stands(month, route) for route in routes):
        raise ValueError(f"{ROUTES.name} does not fit {INSTANCE.name}")
    return routes


def _stands(month: County, route: TeamDay) -> bool:
    return fits(month, route.visits) and route.day in open_days(month, route.visits)


# ── what a route may be ───────────────────────────────────────────────────────────────────


def fits(month: County, visits: tuple[int, ...]) -> bool:
    """Whether the visits can be made in this order within the day and their windows."""
    clock, here = 0, 0
    for i in visits:
        start = max(clock + month.minutes[here, i + 1], month.earliest[i])
        if start > month.latest[i]:
            return False
        clock, here = start + month.on_site[i], i + 1
    return bool(clock + month.minutes[here, 0] <= month.day_length)


def able(month: County, visits: tuple[int, ...]) -> tuple[frozenset[int], frozenset[int]]:
    """Who could lead these visits, and who could come along, whatever the day."""
    chosen = list(visits)
    seconds = np.flatnonzero(~month.avoids[:, chosen].any(axis=1))
    leads = [i for i in seconds if month.licences[i, month.sector[chosen]].all()]
    return frozenset(map(int, leads)), frozenset(map(int, seconds))


def open_days(month: County, visits: tuple[int, ...]) -> list[int]:
    """Days on which none of the visits is closed."""
    return [int(d) for d in np.flatnonzero(~month.closed[list(visits)].any(axis=0))]


def on_day(month: County, officers: frozenset[int], day: int) -> frozenset[int]:
    """Those of the officers who are not on leave that day."""
    return frozenset(i for i in officers if month.free[i, day])


# ── routes ────────────────────────────────────────────────────────────────────────────────


def pack(month: County, teams: int) -> list[tuple[int, ...]]:
    """Visits into as many team-days as there are, by PyVRP."""
    usable = [i for i in range(len(month.value)) if fits(month, (i,)) and open_days(month, (i,))]
    prize = month.value + STRATUM_PRICE * np.isin(month.stratum, SCARCE_STRATA)
    usable.sort(key=lambda i: (i not in month.joint, -prize[i] / (month.on_site[i] + 12), i))
    chosen = sorted(usable[:CANDIDATES])
    spots = [0, *(i + 1 for i in chosen)]
    road = month.minutes[np.ix_(spots, spots)]
    clients = [
        pyvrp.Client(
            k + 1,
            service_duration=int(month.on_site[i]),
            tw_early=int(month.earliest[i]),
            tw_late=int(month.latest[i]),
            prize=1000 * int(prize[i]) + (10**6 if i in month.joint else 0),
            required=False,
        )
        for k, i in enumerate(chosen)
    ]
    vehicles = [pyvrp.VehicleType(teams, tw_early=0, tw_late=month.day_length)]
    places = [pyvrp.Location(0, 0) for _ in spots]
    price = road + _mixing(month, chosen)
    data = pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], vehicles, [price], [road])
    best = pyvrp.solve(data, MaxIterations(ITERATIONS), seed=7, display=False).best
    return [
        tuple(chosen[activity.idx] for activity in route if activity.is_client())
        for route in best.routes()
    ]


def _mixing(month: County, chosen: list[int]) -> Any:
    """What a change of sector costs: λ ÷ leads for both, less the same for the rarer alone."""
    leads = [
        [int((month.licences[:, a] & month.licences[:, b]).sum()) for b in range(3)]
        for a in range(3)
    ]
    more = np.array(
        [
            [GUESS_PRICE / leads[a][b] - GUESS_PRICE / min(leads[a][a], leads[b][b])
             for b in range(3)]
            for a in range(3)
        ]
    )  # fmt: skip
    sectors = month.sector[chosen]
    price = np.zeros((len(chosen) + 1, len(chosen) + 1), dtype=np.int64)
    price[1:, 1:] = np.round(1000 * more[np.ix_(sectors, sectors)])
    return price


# ── days ──────────────────────────────────────────────────────────────────────────────────


def days_for(month: County, routes: list[tuple[int, ...]], ticks: int) -> list[int]:
    """A day for each route, with as many eligible leads as can be, so that all can be staffed.

    A day whose seats cannot all be filled is cut off and the search repeated.
    """
    who = [able(month, route) for route in routes]
    cuts: list[tuple[int, list[int]]] = []
    while True:
        found = _by_counts(month, routes, who, cuts, ticks)
        bad = [
            (day, on)
            for day in range(month.free.shape[1])
            if (on := [k for k in range(len(routes)) if found[k] == day])
            and not _staffable(month, who, found, on, len(on), exact=False)
        ]
        if not bad:
            break
        cuts += bad
    if not _staffable(month, who, found, list(range(len(routes))), len(routes), exact=True):
        raise SystemExit("the days leave somebody without exactly his or her field days")
    return found


def _by_counts(
    month: County,
    routes: list[tuple[int, ...]],
    who: list[tuple[frozenset[int], frozenset[int]]],
    cuts: list[tuple[int, list[int]]],
    ticks: int,
) -> list[int]:
    """Days by head counts of classes of leads (Hall), least Σ 1 / eligible leads."""
    cp = cp_model.CpModel()
    go = {
        (k, day): cp.new_bool_var("")
        for k, route in enumerate(routes)
        for day in open_days(month, route)
        if len(on_day(month, who[k][0], day)) >= FEWEST_LEADS
        or any(i in month.joint for i in route)
    }
    for k in range(len(routes)):
        cp.add_exactly_one(v for (r, _), v in go.items() if r == k)
    classes = {frozenset(np.flatnonzero(month.licences[:, list(s)].all(axis=1)).tolist())
               for s in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2])}  # fmt: skip
    classes |= {a | b for a in classes for b in classes}
    for held in classes:
        mine = [k for k, (leads, _) in enumerate(who) if leads <= held]
        cp.add(sum(v for (k, _), v in go.items() if k in set(mine)) <= month.field_days * len(held))
        for day in range(month.free.shape[1]):
            there = [go[k, day] for k in mine if (k, day) in go]
            cp.add(sum(there) <= len(on_day(month, held, day)))
    for day in range(month.free.shape[1]):
        most = int(month.free[:, day].sum()) // 2
        cp.add(sum(v for (_, d), v in go.items() if d == day) <= most)
    for day, together in cuts:
        cp.add(sum(go[k, day] for k in together if (k, day) in go) <= len(together) - 1)
    prices = [1000 // max(len(on_day(month, who[k][0], day)), 1) for k, day in go]
    cp.minimize(cp_model.LinearExpr.weighted_sum(list(go.values()), prices))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 7
    solver.parameters.max_deterministic_time = ticks
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SystemExit("no days were found")
    return [day for k in range(len(routes)) for (r, day), v in go.items()
            if r == k and solver.boolean_value(v)]  # fmt: skip


def _staffable(
    month: County,
    who: list[tuple[frozenset[int], frozenset[int]]],
    days: list[int],
    routes: list[int],
    most: int,
    *,
    exact: bool,
) -> bool:
    """Whether these routes can be staffed at once; if exact with everybody's field days full."""
    officers, days_of_month = month.free.shape
    each = month.field_days if exact else most
    flow = max_flow.SimpleMaxFlow()
    source, sink = 0, 1
    busy = 2 + officers
    seat = busy + officers * days_of_month
    for i in range(officers):
        flow.add_arc_with_capacity(source, 2 + i, each)
        for day in range(days_of_month):
            flow.add_arc_with_capacity(2 + i, busy + i * days_of_month + day, 1)
    for k in routes:
        for s, officers_of in enumerate(who[k]):
            flow.add_arc_with_capacity(seat + 2 * k + s, sink, 1)
            for i in on_day(month, officers_of, days[k]):
                flow.add_arc_with_capacity(busy + i * days_of_month + days[k], seat + 2 * k + s, 1)
    flow.solve(source, sink)
    return bool(flow.optimal_flow() == 2 * len(routes))


def main() -> None:
    """Make the routes, write them, and say what they are worth."""
    started = time.perf_counter()
    month = county()
    routes = pack(month, month.licences.shape[0] * month.field_days // 2)
    packed = time.perf_counter() - started
    days = days_for(month, routes, ticks=30)
    team = sorted(zip(days, map(list, routes), strict=True))
    visits = [i for route in routes for i in route]
    assert len(visits) == len(set(visits)) and all(fits(month, route) for route in routes)
    served = np.bincount(month.stratum[visits], minlength=len(month.least))
    figures = {
        "value": int(month.value[visits].sum()),
        "visits": len(visits),
        "team_days": len(routes),
        "coverage_short": int(np.maximum(month.least - served, 0).sum()),
        "joint_visits": int(np.isin(month.joint, visits).sum()),
        "fewest_leads": min(
            len(on_day(month, able(month, r)[0], d)) for d, r in zip(days, routes, strict=True)
        ),
        "pack_seconds": round(packed, 1),
        "seconds": round(time.perf_counter() - started, 1),
    }
    text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in team)
    ROUTES.write_text(
        f'{{"made_by": "python -m tests.bench.county", "value": {figures["value"]},\n'
        f'"team_days": [\n{text}\n]}}\n',
        encoding="utf-8",
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
