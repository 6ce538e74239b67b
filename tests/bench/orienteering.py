"""How close to the best known does the search come on public instances, and does PyVRP?

``python -m tests.bench.orienteering`` runs both in turn, for the same wall time, with one thread
each, on every row of the folders: team orienteering (Chao) and the same with time windows (Solomon,
1 to 4 routes). Every answer is judged here in floating point, by code of its own. The last line is
one JSON object. With ``--log FILE`` rows already in the file are not run again, so that a long run
can be stopped, gone on with, and divided by ``--only``.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from scheduler.roster.problem import Problem, Shift
from scheduler.roster.search import search

INSTANCES = Path(__file__).parents[3] / "shared/instances"
FOLDERS = (INSTANCES / "top_chao", INSTANCES / "toptw")
CHAO_SCALE, SOLOMON_SCALE = 1_000_000, 10
"""Whole units per unit of length: Chao's are not rounded, Solomon's are cut to one decimal."""
TOLERANCE = 2e-4
"""A route may be longer than its limit by so much, of Chao's units."""
PEER_PRIZE = 10_000
"""PyVRP: units of cost a point is worth. With 100 times that, its penalties give way and what it
returns is too late; of five settings tried on the eight instances of `roster.md` 3.4 the best."""
PEER_SCALE = 10_000
"""PyVRP: units per unit of Chao's length."""


@dataclass(frozen=True)
class Instance:
    """Points as they are in the file: the first is the start, `end` the place where routes end.

    length
        (p, p): what a way takes, in the units of the file.
    stay, score, opens, closes
        (p,): at a point.
    """

    name: str
    routes: int
    limit: float
    length: Any
    end: int
    stay: Any
    score: Any
    opens: Any
    closes: Any
    scale: int

    @property
    def points(self) -> Any:
        """Those that may be visited."""
        return np.array([i for i in range(1, len(self.score)) if i != self.end])


# ── reading ───────────────────────────────────────────────────────────────────────────────


def chao(path: Path, name: str) -> Instance:
    """``n``, ``m`` and ``tmax``, then x, y, score: the first is the start, the last the end."""
    lines = path.read_text(encoding="utf-8").split("\n")
    n, routes, limit = (float(line.split()[1]) for line in lines[:3])
    x, y, score = np.array([line.split() for line in lines[3 : 3 + int(n)]], float).T
    free = np.zeros(int(n))
    length = np.hypot(x[:, None] - x, y[:, None] - y)
    return Instance(
        name, int(routes), limit, length, int(n) - 1, free, score, free, free + limit, CHAO_SCALE
    )


def solomon(path: Path, name: str, routes: int) -> Instance:
    """Two lines that say nothing here, then i x y d S … O C; the first point is start and end."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").split("\n")[2:]]
    table = np.array([[*row[1:5], *row[-2:]] for row in rows if len(row) > 6], float)
    x, y, stay, score, opens, closes = table.T
    length = np.floor(10 * np.hypot(x[:, None] - x, y[:, None] - y) + 1e-9) / 10
    return Instance(
        name, routes, float(closes[0]), length, 0, stay, score, opens, closes, SOLOMON_SCALE
    )


def rows(folder: Path) -> Iterator[tuple[Instance, int]]:
    """The instances of a folder with their best known scores."""
    tables = [p / "best_known.csv" for p in (folder, folder.parent)]
    table = next((path for path in tables if path.exists()), None)
    if table is None:
        raise SystemExit(f"{folder}: neither here nor above is there a best_known.csv")
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            stem = row["instance"].removesuffix(".txt")
            for path in sorted(folder.rglob(f"{stem}.txt")):
                if row.get("set") in (None, "", path.parent.name):
                    yield _read(path, row), round(float(row["best_known"]))


def _read(path: Path, row: dict[str, str]) -> Instance:
    with path.open(encoding="utf-8") as file:
        is_chao = file.readline().startswith("n")
    if is_chao:
        return chao(path, path.stem)
    return solomon(path, f"{path.stem} m={row['m']}", int(row["m"]))


# ── solving ───────────────────────────────────────────────────────────────────────────────


def whole(instance: Instance, scale: int) -> tuple[Any, int]:
    """The lengths among start and points, in whole units, and the limit; home is the end."""
    spots = [0, *instance.points]
    road = np.rint(instance.length[np.ix_(spots, spots)] * scale).astype(np.int64)
    road[:, 0] = np.rint(instance.length[spots, instance.end] * scale)
    return road, int(np.floor(instance.limit * scale + 1e-6))


def month(instance: Instance) -> Problem:
    """The instance as a month with nothing but visits: two officers who may do everything."""
    road, limit = whole(instance, instance.scale)
    points, n = instance.points, len(instance.points)

    def units(column: Any) -> Any:
        return np.rint(column[points] * instance.scale).astype(np.int64)

    return Problem(
        minutes=road,
        on_site=units(instance.stay),
        value=instance.score[points].astype(np.int64),
        sector=np.zeros(n, np.int64),
        stratum=np.zeros(n, np.int64),
        earliest=units(instance.opens),
        latest=units(instance.closes),
        is_open=np.ones((n, 1), bool),
        is_must=np.zeros(n, bool),
        least=np.zeros(1, np.int64),
        shifts=(Shift(0, limit),),
        most_visits=n,
        team_days=instance.routes,
        licences=np.ones((2, 1), bool),
        avoids=np.zeros((2, n), bool),
        is_free=np.ones((2, 1), bool),
        field_days=np.full(2, instance.routes),
    )


def ours(instance: Instance, seconds: float, seed: int) -> list[list[int]]:
    """The search's routes, as points of the file."""
    found = search(month(instance), seed=seed, seconds=seconds, threads=1, clock=time.perf_counter)
    return [instance.points[list(route.visits)].tolist() for route in found.team_days]


def peer(instance: Instance, seconds: float, seed: int) -> list[list[int]]:
    """PyVRP's routes: optional clients with prizes; a route that does not hold is left out."""
    scale = min(instance.scale, PEER_SCALE)
    points, spots = instance.points, [0, *instance.points, instance.end]
    road = np.rint(instance.length[np.ix_(spots, spots)] * scale).astype(np.int64)
    clients = [
        pyvrp.Client(
            k + 1,
            service_duration=round(instance.stay[i] * scale),
            tw_early=round(instance.opens[i] * scale),
            tw_late=round(instance.closes[i] * scale),
            prize=PEER_PRIZE * int(instance.score[i]),
            required=False,
        )
        for k, i in enumerate(points)
    ]
    limit = int(np.floor(instance.limit * scale + 1e-6))
    depots = [pyvrp.Depot(0), pyvrp.Depot(len(spots) - 1)]
    vehicles = [pyvrp.VehicleType(instance.routes, start_depot=0, end_depot=1, tw_late=limit)]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in spots], clients, depots, vehicles, [road], [road]
    )
    best = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, display=False).best
    if not best.is_feasible():
        return []
    return [
        [int(points[activity.idx]) for activity in route if activity.is_client()]
        for route in best.routes()
    ]


# ── judging ───────────────────────────────────────────────────────────────────────────────


def judged(instance: Instance, routes: Sequence[Sequence[int]]) -> int:
    """The score of these routes, in floating point and by the rules of the file alone."""
    visited = [i for route in routes for i in route]
    wrong = len(visited) != len(set(visited)) or len(routes) > instance.routes
    if wrong or not set(visited) <= set(instance.points.tolist()):
        raise ValueError(f"{instance.name}: a point twice, an unknown one, or a route too many")
    for route in routes:
        clock, here = 0.0, 0
        for i in route:
            clock = max(clock + float(instance.length[here, i]), float(instance.opens[i]))
            if clock > instance.closes[i] + TOLERANCE:
                raise ValueError(f"{instance.name}: too late at {i}")
            clock, here = clock + float(instance.stay[i]), i
        if clock + instance.length[here, instance.end] > instance.limit + TOLERANCE:
            raise ValueError(f"{instance.name}: a route is too long")
    return int(instance.score[visited].sum()) if visited else 0


def gap(best_known: int, value: int) -> float:
    """Below 0 where the answer is better than the best known."""
    return (best_known - value) / best_known if best_known else 0.0


# ── running ───────────────────────────────────────────────────────────────────────────────


def run(instance: Instance, best_known: int, args: argparse.Namespace) -> dict[str, Any]:
    """One row: both solvers, one after the other."""
    row: dict[str, Any] = {"instance": instance.name, "best_known": best_known}
    for name, solve in (("ours", ours), ("pyvrp", peer))[: 2 if args.peer else 1]:
        started = time.perf_counter()
        routes = solve(instance, args.seconds, args.seed)
        row[f"{name}_seconds"] = round(time.perf_counter() - started, 1)
        row[name] = judged(instance, routes)
    return row


def figures(done: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Means are over rows that have a best known score above 0."""
    real = [row for row in done if row["best_known"]]
    gaps = [gap(row["best_known"], row["ours"]) for row in real]
    theirs = [gap(row["best_known"], row["pyvrp"]) for row in real if "pyvrp" in row]
    mean = partial(np.round, decimals=5)
    return {
        "instances": len(done),
        "in_means": len(real),
        "mean_gap": float(mean(np.mean(gaps))) if gaps else 0.0,
        "worst_gap": float(mean(max(gaps))) if gaps else 0.0,
        "pyvrp_mean_gap": float(mean(np.mean(theirs))) if theirs else None,
        "pyvrp_worst_gap": float(mean(max(theirs))) if theirs else None,
        "above_best_known": sum(one < 0 for one in gaps),
        "of_nothing": sum(row["ours"] for row in done if not row["best_known"]),
        "seconds_each": seconds,
        "threads_each": 1,
        "planner": "scheduler.roster.search (ruin and recreate, set packing); no exact pricing",
    }


def chosen(every: list[tuple[Instance, int]], only: str | None) -> list[tuple[Instance, int]]:
    """A number: so many rows, spread evenly. A pattern: the names that match."""
    if only is None:
        return every
    if only.isdecimal():
        return [every[k * len(every) // int(only)] for k in range(min(int(only), len(every)))]
    return [row for row in every if fnmatch.fnmatch(row[0].name, only)]


def main() -> None:
    """Print a line per row and the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, action="append")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--only", help="a number of rows, spread evenly, or a pattern of names")
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="kept rows; those in it are not run again")
    args = parser.parse_args()
    every = [row for folder in args.folder or FOLDERS for row in rows(folder)]
    kept = {}
    if args.log and args.log.exists():
        lines = args.log.read_text(encoding="utf-8").splitlines()
        kept = {row["instance"]: row for row in map(json.loads, lines)}
    search(month(every[0][0]), seed=1, iterations=10, threads=1)  # compiles outside the clock
    done = []
    for instance, best_known in chosen(every, args.only):
        row = kept.get(instance.name) or run(instance, best_known, args)
        if args.log and instance.name not in kept:
            with args.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        done.append(row)
        shares = [f"{name} {row[name]} ({100 * gap(best_known, row[name]):.2f} %)"
                  for name in ("ours", "pyvrp") if name in row]  # fmt: skip
        print(f"{instance.name}: best known {best_known}, {', '.join(shares)}", flush=True)
    print(json.dumps(figures(done, args.seconds)))


if __name__ == "__main__":
    main()
