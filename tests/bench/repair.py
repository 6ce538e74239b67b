"""How soon and how well is the county month mended when an officer falls ill?

``python -m tests.bench.repair [--plan plan.json]`` takes officers out for 5 and for 10 days and
prints JSON: seconds of the first proposal and of the ladder, and for each proposal the routes
changed and the value lost, beside the figures of roster.md §6. Those were measured on another plan
(17,508) and other officers, so they compare in kind only. ``cpu`` is the time of this process
alone: on a shared machine the clock counts the neighbours too. Every proposal is judged by the
checker, and one case is repaired twice to see that it repeats.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from scheduler.roster.judge import judge
from scheduler.roster.mip import maximised
from scheduler.roster.model import Option, build
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.repair import Proposal, ladder
from scheduler.roster.rungs import UNIT, routes_of
from scheduler.roster.upset import Upset
from tests.bench import county
from tests.bench.months import problem_from

CASES: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (5, 2, ("2 changed, 151 lost, 1.3 s", "3, 73, 2.1 s", "6, 45, 20 s")),
    (5, 4, ()),
    (10, 10, ("10 changed, 486 lost, 1.8 s", "18, 224, 20.9 s", "31, 200")),
    (10, 8, ("8 changed, 365 lost, 1.7 s", "14, 163, 9.9 s", "17, 149")),
)
"""Days out, routes hit, and the figures of roster.md for its plan."""


def staffed(problem: Problem) -> list[TeamDay]:
    """The 180 routes kept beside the bench of people, with two officers each."""
    routes = [TeamDay(route.visits, 0, route.day) for route in county.team_days()]
    among = [Option(k, route.visits, (int(route.day or 0),)) for k, route in enumerate(routes)]
    model = build(problem, among, required=range(len(routes)))
    values, note = maximised(model.cp, [], (), nodes=1000)
    if values is None:
        raise SystemExit(f"the routes cannot be staffed: {note.status}")
    found = routes_of(model, values, routes)
    return [found[k] for k in range(len(routes))]


def plan_of(path: Path) -> list[TeamDay]:
    """A plan.json: [{day, lead, second, visits: [{enterprise, start_minute}]}]."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [
        TeamDay(
            tuple(stop["enterprise"] for stop in row["visits"]),
            0, row["day"], row["lead"], row["second"],
        )
        for row in rows
    ]  # fmt: skip


def out(plan: Sequence[TeamDay], officer: int, first: int, days: int) -> list[int]:
    """Routes of the officer in these days."""
    return [
        k
        for k, route in enumerate(plan)
        if officer in (route.lead, route.second) and first <= int(route.day or 0) < first + days
    ]


def case_of(problem: Problem, plan: Sequence[TeamDay], days: int, hits: int) -> tuple[int, int]:
    """The first officer and day with as many routes hit, or as near as there is."""
    starts = [
        (abs(len(out(plan, i, first, days)) - hits), first, i)
        for first in range(1, problem.days - days + 1)
        for i in range(problem.officers)
    ]
    _, first, officer = min(starts)
    return officer, first


def repaired(
    problem: Problem, plan: Sequence[TeamDay], officer: int, first: int, days: int
) -> dict[str, Any]:
    """The ladder for one absence, timed."""
    rows: list[dict[str, Any]] = []
    clock, cpu = time.perf_counter(), time.process_time()

    def told(proposal: Proposal) -> None:
        gone = [route for route in proposal.team_days if route.visits]
        broken = sorted(
            {b.rule for b in judge(replace(problem, spread=None), gone)} - {"must_visit"}
        )
        rows.append(
            {
                "name": proposal.name,
                "seconds": round(time.perf_counter() - clock, 2),
                "cpu": round(time.process_time() - cpu, 2),
                "changed": len(proposal.changes),
                "given_up": sum(not change.after.visits for change in proposal.changes),
                "value_lost": proposal.value_lost,
                "room_left": _room(proposal),
                "unmade": list(proposal.unmade),
                "coverage_short": sum(proposal.short),
                "broken_rules": broken,
            }
        )

    absent = tuple((officer, day) for day in range(first, first + days))
    ladder(problem, plan, Upset(absent=absent), today=first - 1, told=told)
    return {
        "officer": officer,
        "from_day": first,
        "days_out": days,
        "routes_hit": len(out(plan, officer, first, days)),
        "first_seconds": rows[0]["seconds"],
        "ladder_seconds": rows[-1]["seconds"],
        "ladder_cpu": rows[-1]["cpu"],
        "proposals": rows,
    }


def _room(proposal: Proposal) -> float | None:
    """How much better a proposal of this rung could be at most, in units of value, kept days and
    officers counted in as `rungs` has them."""
    note = proposal.note
    if note is None or note.bound is None or note.value is None:
        return None
    return round((note.bound - note.value) / UNIT, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path)
    asked = parser.parse_args()
    problem = problem_from(county.INSTANCE)
    plan = plan_of(asked.plan) if asked.plan else staffed(problem)
    value = sum(int(problem.value[v]) for route in plan for v in route.visits)
    cases = []
    for days, hits, reference in CASES:
        officer, first = case_of(problem, plan, days, hits)
        cases.append(repaired(problem, plan, officer, first, days) | {"roster_md": list(reference)})
    again = repaired(problem, plan, *case_of(problem, plan, 10, 10), 10)
    same = [row["value_lost"] for row in again["proposals"]] == [
        row["value_lost"] for row in cases[2]["proposals"]
    ]
    print(
        json.dumps(
            {
                "plan": str(asked.plan or county.ROUTES.name),
                "value": value,
                "routes": len(plan),
                "loads": sorted(set(_loads(problem, plan).tolist())),
                "asked": {"first_seconds": 2.0, "ladder_seconds": 10.0},
                "worst_first_seconds": max(case["first_seconds"] for case in cases),
                "worst_ladder_seconds": max(case["ladder_seconds"] for case in cases),
                "repeats": same,
                "cases": cases,
            },
            indent=1,
        )
    )


def _loads(problem: Problem, plan: Sequence[TeamDay]) -> Any:
    load = np.zeros(problem.officers, int)
    for route in plan:
        load[[i for i in (route.lead, route.second) if i is not None]] += 1
    return load


if __name__ == "__main__":
    main()
