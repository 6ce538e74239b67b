"""How soon, and how exactly, is the county month explained?

``python -m tests.bench.why [--plan plan.json]`` prints JSON: four months that cannot be (and the
four joint visits of the data that nobody can reach) with their minimal sets of rules and seconds;
and why-not seconds over 50 visits that are out, the impossible joint ones among them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from scheduler.roster.infeasible import why_infeasible
from scheduler.roster.problem import Problem, clocked
from scheduler.roster.reasons import numbered, said
from scheduler.roster.why import why_not_visit, why_officer
from tests.bench import county
from tests.bench.months import problem_from
from tests.bench.repair import plan_of, staffed

PASSENGER = 1
ASKED = 50


def months(problem: Problem) -> dict[str, Problem]:
    """The county as it is, and four months that cannot be; their joint visits can be reached."""
    reached = [
        v for v in np.flatnonzero(problem.is_must).tolist()
        if clocked(problem, problem.shifts[0], [v]) is not None
    ]  # fmt: skip
    is_must = np.zeros_like(problem.is_must)
    is_must[reached] = True
    fine = replace(problem, is_must=is_must)
    licences = fine.licences.copy()
    licences[:, PASSENGER] = False
    day = int(np.flatnonzero(fine.is_open[reached[0]])[0])
    is_free = fine.is_free.copy()
    is_free[:, day] = False
    return {
        "a joint visit no one can reach": problem,
        "no licence left": replace(fine, licences=licences),
        "everyone on leave": replace(fine, is_free=is_free),
        "minima above capacity": replace(fine, least=fine.least * 12),
    }


def explained(problem: Problem) -> dict[str, Any]:
    """Every core of a month, timed; each was proven again by fresh solves."""
    clock, cpu = time.perf_counter(), time.process_time()
    found = why_infeasible(problem)
    took = round(time.perf_counter() - clock, 2)
    names = numbered(problem)
    return {
        "seconds": took,
        "cpu": round(time.process_time() - cpu, 2),
        "cores": [
            {
                "visits": list(each.visits),
                "rules": [said(reason, problem, names).en for reason in each.core.reasons],
                "is_minimal": each.core.is_minimal,
                "with_officers": None if each.detail is None else len(each.detail.reasons),
            }
            for each in found
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path)
    asked = parser.parse_args()
    problem = problem_from(county.INSTANCE)
    plan = plan_of(asked.plan) if asked.plan else staffed(problem)
    made = {v for route in plan for v in route.visits}
    unmade = [v for v in np.flatnonzero(problem.is_must).tolist() if v not in made]
    unmade += [v for v in range(0, problem.visits, 29) if v not in made and v not in unmade]
    seconds, without = [], 0
    for v in unmade[:ASKED]:
        clock = time.perf_counter()
        why = why_not_visit(problem, plan, v)
        seconds.append(time.perf_counter() - clock)
        without += why.impossible is None and not why.ways and not why.relaxations
    clock = time.perf_counter()
    for k in range(len(plan)):
        why_officer(problem, plan, k, "lead")
    seats = time.perf_counter() - clock
    print(
        json.dumps(
            {
                "why_not": {
                    "asked_seconds": 2.0,
                    "visits": len(seconds),
                    "worst_seconds": round(max(seconds), 2),
                    "median_seconds": round(statistics.median(seconds), 2),
                    "without_an_answer": without,
                },
                "why_officer_seconds_a_seat": round(seats / len(plan), 5),
                "infeasible": {"asked_seconds": 5.0}
                | {name: explained(month) for name, month in months(problem).items()},
            },
            indent=1,
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
