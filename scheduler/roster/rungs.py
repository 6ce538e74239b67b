"""What is the model of one rung of a repair: what may change, and what is it worth?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ortools.sat.python import cp_model

from scheduler.roster.model import Model, Option, sectors_of
from scheduler.roster.problem import Problem, TeamDay
from scheduler.roster.versions import versions

UNIT, KEPT_DAY, KEPT = 15, 6, 3
"""A unit of value, a kept day, and a kept officer. Value outweighs keeping, and a substitute on the
day comes before another day with the same officers: the enterprise and the squad have it in their
diaries."""
MISSED_MUST, MINIMA_IN_A_MUST = 2_000, 4
"""The least a must-visit counts that falls out, in units of value, and how many visits of a minimum
count as much."""

RULES = frozenset(
    {
        "two_officers", "lead_licence", "seat_licence", "pair_ban", "avoidance", "leave",
        "one_route_a_day", "field_days_most", "working_hours", "once", "closed_day", "workday",
        "most_visits_a_day", "vehicles", "team_days",
    }
)  # fmt: skip
"""All but fairness, which the ill cannot keep, and the must-visits, which are weighed."""


def short_of(problem: Problem, made: Collection[int]) -> tuple[int, ...]:
    """Visits missing from each stratum's minimum."""
    have = [0] * len(problem.least)
    for v in made:
        have[int(problem.stratum[v])] += 1
    return tuple(max(int(least) - n, 0) for least, n in zip(problem.least, have, strict=True))


def missed(problem: Problem) -> tuple[int, int, int]:
    """What an urgent visit, a must-visit and one of a minimum count where they are not made, in
    units of value: a must-visit more than any route, an urgent one more than a route of them."""
    most, full = int(problem.value.max(initial=0)), problem.most_visits
    must = max(MISSED_MUST, full * most + 1)
    return full * (must + most) + 1, must, must // MINIMA_IN_A_MUST


def among(
    problem: Problem,
    plan: Sequence[TeamDay],
    moving: Sequence[int],
    hits: Sequence[int],
    asked: Sequence[int],
    today: int,
    spare: Sequence[int],
) -> list[Option]:
    """Hit routes go in any version on any day to come; others as they are, or without an urgent
    visit that has to come sooner, or with it."""
    future = range(today + 1, problem.days)
    loose = sorted({v for k in hits for v in plan[k].visits} | set(spare))
    among: list[Option] = []
    for k in moving:
        route = plan[k]
        if k in hits:
            ways = versions(problem, route, loose, hosted=asked)
            days: Sequence[int] = future
        elif asked:
            mixed = versions(problem, route, (), hosted=asked)
            ways = [each for each in mixed if _hosts_or_stays(each, route, asked)]
            days = [route.day] if route.day is not None else []
        else:
            ways, days = [route.visits], [route.day] if route.day is not None else []
        for visits in ways:
            among.append(Option(k, visits, tuple(days), route.shift))
    return among


def _hosts_or_stays(visits: Sequence[int], route: TeamDay, asked: Sequence[int]) -> bool:
    return bool(set(visits) & set(asked)) or set(route.visits) - set(asked) == set(visits)


def hosts(
    problem: Problem, plan: Sequence[TeamDay], asked: Sequence[int], today: int, most: int | None
) -> set[int]:
    """Routes that could take in an urgent visit, and those that have it on a later day."""
    chosen: set[int] = set()
    for v in asked:
        near = [
            (min(int(problem.minutes[w + 1, v + 1]) for w in route.visits), k)
            for k, route in enumerate(plan)
            if route.day is not None and route.day > today and problem.is_open[v, route.day]
            if route.visits
        ]
        chosen |= {k for _, k in sorted(near)[:most]}
        chosen |= {k for k, route in enumerate(plan) if v in route.visits}
    return chosen


def worth_of(
    model: Model,
    now: Problem,
    plan: Sequence[TeamDay],
    moving: Sequence[int],
    urgent: Collection[int] = (),
) -> list[tuple[cp_model.IntVar, int]]:
    """Value first, then kept days and officers; minima that fall short are paid for."""
    worth: list[tuple[cp_model.IntVar, int]] = []
    made: dict[int, list[cp_model.IntVar]] = {}
    an_urgent, a_must, a_minimum = missed(now)
    for (o, day), go in model.goes.items():
        option = model.options[o]
        value = sum(int(now.value[v]) + a_must * bool(now.is_must[v]) for v in option.visits)
        value += an_urgent * len(set(urgent) & set(option.visits))
        worth.append((go, UNIT * value + KEPT_DAY * (day == plan[option.route].day)))
        for v in option.visits:
            made.setdefault(int(now.stratum[v]), []).append(go)
    for (k, i, _), sat in model.sits.items():
        if i in (plan[k].lead, plan[k].second):
            worth.append((sat, KEPT))
    fixed = {v for k, route in enumerate(plan) if k not in set(moving) for v in route.visits}
    missing = short_of(now, fixed)
    for stratum, least in enumerate(missing):
        if least:
            short = model.cp.new_int_var(0, least, "")
            model.cp.add(sum(made.get(stratum, ())) + short >= least)
            worth.append((short, -UNIT * a_minimum))
    return worth


def known_groups(model: Model, plan: Sequence[TeamDay], moving: Sequence[int]) -> list[list[int]]:
    """The variables of each route that could go so."""
    start: list[list[int]] = []
    at = {(model.options[o].route, model.options[o].visits, day): (o, day) for o, day in model.goes}
    for k in moving:
        route = plan[k]
        if route.day is None or route.lead is None or route.second is None:
            continue
        crew = [(k, i, route.day) for i in (route.lead, route.second)]
        if (k, route.visits, route.day) in at and all(seat in model.sits for seat in crew):
            goes = model.goes[at[k, route.visits, route.day]]
            start.append([goes.index, *(model.sits[seat].index for seat in crew)])
    return start


def routes_of(model: Model, values: dict[int, int], plan: Sequence[TeamDay]) -> dict[int, TeamDay]:
    found: dict[int, TeamDay] = {}
    for (o, day), go in model.goes.items():
        if values[go.index]:
            option = model.options[o]
            found[option.route] = replace(plan[option.route], visits=option.visits, day=day)
    pairs: dict[int, list[int]] = {}
    for (k, i, day), sat in model.sits.items():
        if values[sat.index] and k in found and found[k].day == day:
            pairs.setdefault(k, []).append(i)
    for k, pair in pairs.items():
        lead, second = seated(model.problem, found[k].visits, sorted(pair), plan[k])
        found[k] = replace(found[k], lead=lead, second=second)
    return found


def seated(
    problem: Problem, visits: Sequence[int], pair: Sequence[int], was: TeamDay
) -> tuple[int, int]:
    """Who of the two leads: as before where that may be, else whoever is certified for most."""
    sectors = sectors_of(problem, visits)

    def rank(lead: int) -> tuple[bool, int, bool, bool]:
        held = int(problem.licences[lead, sectors].sum())
        is_able = problem.cover == "joint" or held == len(sectors)
        return is_able, held * (problem.cover == "joint"), lead == was.lead, lead != was.second

    first, other = pair
    return (first, other) if rank(first) >= rank(other) else (other, first)
