"""Does a plan of the month file keep every rule? Written apart from the planner, on the raw arrays.

Judges a list of ``{day, lead, second, visits: [{enterprise, start_minute}]}`` by the table of rules
that comes with the format. ``python -m tests.bench.judge MONTH.npz plan.json [--strict]``.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PlanRow = dict[str, Any]


def broken(month: dict[str, Any], plan: list[PlanRow], *, strict: bool = True) -> list[str]:
    """Every breach in a sentence; coverage is counted by `short` and not here.

    strict
        The lead is licensed for every sector of the route, else one of the two for each visit.
    """
    return [
        *(say for number, row in enumerate(plan) for say in _day(month, number, row)),
        *(say for number, row in enumerate(plan) for say in _people(month, number, row, strict)),
        *_whole(month, plan),
    ]


def short(month: dict[str, Any], plan: list[PlanRow]) -> int:
    """Visits missing from the minima of the strata."""
    made = np.zeros(len(month["minc"]), int)
    for row in plan:
        for visit in row["visits"]:
            made[month["stratum"][visit["enterprise"]]] += 1
    return int(np.maximum(month["minc"] - made, 0).sum())


def value(month: dict[str, Any], plan: list[PlanRow]) -> int:
    """Sum of the values of the visits made."""
    return int(sum(month["value"][v["enterprise"]] for row in plan for v in row["visits"]))


def travel(month: dict[str, Any], a: int | None, b: int | None) -> int:
    """Minutes between two places; none is the base."""
    if a == b:
        return 0
    p, q = (month["off"] if i is None else month["xy"][i] for i in (a, b))
    return math.ceil(1.3 * math.hypot(p[0] - q[0], p[1] - q[1]) / 35 * 60 + 4)


def _day(month: dict[str, Any], number: int, row: PlanRow) -> Iterator[str]:
    """Day length, windows, closed days, lunch."""
    events: list[tuple[int, int]] = []
    now, here = 0, None
    idle: list[tuple[int, int, int]] = []  # (free from, has to arrive by, drive)
    for visit in row["visits"]:
        i, start = visit["enterprise"], visit["start_minute"]
        drive = travel(month, here, i)
        if start < now + drive:
            yield f"route {number}: {i} begins at {start}, reached at {now + drive}"
        if not month["a"][i] <= start <= month["b"][i]:
            yield f"route {number}: {i} begins at {start}, outside its window"
        if month["closed"][i, row["day"]]:
            yield f"route {number}: {i} is closed on day {row['day']}"
        idle.append((now, start, drive))
        now, here = start + int(month["dur"][i]), i
        events.append((start, now))
    back = now + travel(month, here, None)
    if "lunch" in month:
        first, last, minutes = map(int, month["lunch"])
        idle.append((now, int(month["T"]), back - now))
        if not any(_eats(first, last, minutes, *gap) for gap in idle) and not (
            back <= last  # eaten at the base
        ):
            yield f"route {number}: no room for lunch"
    if back > month["T"]:
        yield f"route {number}: home at {back}"


def _eats(first: int, last: int, minutes: int, free: int, by: int, drive: int) -> bool:
    """Lunch before the drive or after it, within the time between two visits."""
    before = max(free, first)
    after = max(free + drive, first)
    return (before <= last and before + minutes + drive <= by) or (
        after <= last and after + minutes <= by
    )


def _people(month: dict[str, Any], number: int, row: PlanRow, strict: bool) -> Iterator[str]:
    pair = row["lead"], row["second"]
    if pair[0] == pair[1] or any(not 0 <= i < int(month["I"]) for i in pair):
        yield f"route {number}: not two officers"
        return
    for i in pair:
        if not month["avail"][i, row["day"]]:
            yield f"route {number}: officer {i} is on leave on day {row['day']}"
    for visit in row["visits"]:
        enterprise = visit["enterprise"]
        sector = month["sector"][enterprise]
        if strict and not month["lic"][pair[0], sector]:
            yield f"route {number}: lead {pair[0]} is not licensed for {enterprise}"
        if not any(month["lic"][i, sector] for i in pair):
            yield f"route {number}: nobody is licensed for {enterprise}"
        for i in pair:
            if month["conflict"][i, enterprise]:
                yield f"route {number}: officer {i} must avoid {enterprise}"


def _whole(month: dict[str, Any], plan: list[PlanRow]) -> Iterator[str]:
    made = Counter(v["enterprise"] for row in plan for v in row["visits"])
    for enterprise, count in made.items():
        if count > 1:
            yield f"{enterprise} is visited {count} times"
    busy = Counter((i, row["day"]) for row in plan for i in (row["lead"], row["second"]))
    for (i, day), count in busy.items():
        if count > 1:
            yield f"officer {i} is on {count} routes on day {day}"
    load = Counter(i for row in plan for i in (row["lead"], row["second"]))
    days = [load[i] for i in range(int(month["I"]))]
    if max(days) > month["cap"]:
        yield f"an officer has {max(days)} field days, at most {month['cap']}"
    if max(days) - min(days) > 2:
        yield f"field days from {min(days)} to {max(days)}"
    for enterprise, day in zip(month["joint"], month["jday"], strict=True):
        on = [row["day"] for row in plan for v in row["visits"] if v["enterprise"] == enterprise]
        if not on and _is_possible(month, int(enterprise), int(day)):
            yield f"joint visit {enterprise} is not made"
        if on and on[0] != day:
            yield f"joint visit {enterprise} is made on day {on[0]} and not on {day}"


def _is_possible(month: dict[str, Any], i: int, day: int) -> bool:
    """On its own: reached in its window, home in time, by two who may."""
    out = travel(month, None, i)
    start = max(out, int(month["a"][i]))
    if start > month["b"][i] or start + month["dur"][i] + travel(month, i, None) > month["T"]:
        return False
    able = month["avail"][:, day] & ~month["conflict"][:, i]
    return bool((able & month["lic"][:, month["sector"][i]]).any() and able.sum() >= 2)


def main() -> None:
    """Judge a plan from the command line."""
    with np.load(Path(sys.argv[1])) as file:
        month = dict(file)
    plan = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    breaches = broken(month, plan, strict="--strict" in sys.argv)
    print(*breaches, sep="\n")
    print(
        json.dumps(
            {
                "value": value(month, plan),
                "broken_rules": len(breaches),
                "coverage_short": short(month, plan),
            }
        )
    )


if __name__ == "__main__":
    main()
