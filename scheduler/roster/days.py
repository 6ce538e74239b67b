"""On which day does each route go, so that both seats of every route can be filled?

The officers are drawn later; here a staffing only has to exist. CP-SAT places routes on days by
head counts of licence classes, cuts off days whose seats cannot all be filled, and then staffs the
month with those days. Only where that leaves a route out, and the month is small enough, route ×
day × officer becomes one model, started from what was found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ortools.sat.python import cp_model

from riskengine.policy import RosterRules
from scheduler.roster.documents import Effort, SolverNote
from scheduler.roster.precheck import Crew, Seating, staffable_days
from scheduler.roster.solver import solve

MOST_CELLS = 60_000
"""Routes × days × officers up to which the month may become one model."""
MOST_CUT_ROUNDS = 20
"""Rounds of placing by head counts; what still cannot be staffed then is owed."""
EVENNESS_TICKS = 4
"""Deterministic time for spreading the routes over the month."""
CROWDED_DAY, CROWDED_WEEK = 100, 30
"""What the second route of a day or a week costs, the third twice that, and so on, in the unit of
`_scarcity`: there 1000 ÷ leads, so a day to oneself outweighs a few leads more."""

Days = tuple[dt.date, ...]
Placed = dict[int, dt.date]
Goes = dict[tuple[int, dt.date], cp_model.IntVar]
Costs = list[tuple[cp_model.IntVar, int]]
Cut = tuple[frozenset[int], Days]
"""Routes that cannot all go on one of these days."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route looking for a day.

    value
        Sum of the weights of its visits.
    """

    seats: Seating
    value: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Route position → day, for the routes that found one."""

    days: Placed
    notes: tuple[SolverNote, ...]


def place(
    candidates: Sequence[Candidate],
    crew: Crew,
    rules: RosterRules,
    *,
    effort: Effort,
    should_stop: Callable[[], bool],
) -> Placement:
    """Days for as much value as can be staffed."""
    if not candidates:
        return Placement({}, ())
    guide = _by_head_counts(candidates, crew, effort, should_stop)
    fixed = [(guide.days[k],) if k in guide.days else crew.days for k in range(len(candidates))]
    found = _staffed(candidates, fixed, {}, crew, rules, effort, should_stop)
    best = Placement(found.days, guide.notes + found.notes)
    cells = len(candidates) * len(crew.days) * len(crew.officers)
    if len(found.days) == len(candidates) or cells > MOST_CELLS or should_stop():
        return best
    every = [crew.days] * len(candidates)
    whole = _staffed(candidates, every, found.days, crew, rules, effort, should_stop)
    better = max(found.days, whole.days, key=lambda days: sum(candidates[k].value for k in days))
    return Placement(better, best.notes + whole.notes)


# ── the whole model ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Model:
    """`goes`: whether a route goes on a day."""

    cp: cp_model.CpModel
    goes: Goes
    value: cp_model.LinearExprT


def _staffed(
    candidates: Sequence[Candidate],
    allowed: Sequence[Days],
    start: Placed,
    crew: Crew,
    rules: RosterRules,
    effort: Effort,
    should_stop: Callable[[], bool],
) -> Placement:
    """As much value as can be staffed on the days allowed, started from a placing."""
    model = _model(candidates, allowed, crew, rules)
    for (k, day), go in model.goes.items():
        if start:
            model.cp.add_hint(go, start.get(k) == day)
    model.cp.maximize(model.value)
    solver, note = solve(model.cp, effort, should_stop, gap=_gap(candidates))
    days = _chosen(model.goes, solver) if note.value is not None else {}
    return Placement(days, (note,))


def _gap(candidates: Sequence[Candidate]) -> int:
    """Within this gap no route more can be placed: it is below the value of every route."""
    return min(candidate.value for candidate in candidates) - 1


def _goes(
    cp: cp_model.CpModel, candidates: Sequence[Candidate], allowed: Sequence[Days], crew: Crew
) -> Goes:
    """A Boolean for each route and day on which it could go alone; at most one day a route."""
    goes = {
        (k, day): cp.new_bool_var(f"goes_{k}_{day}")
        for k, days in enumerate(allowed)
        for day in staffable_days(crew, candidates[k].seats)
        if day in days
    }
    for k in range(len(candidates)):
        cp.add_at_most_one(goes[k, day] for day in allowed[k] if (k, day) in goes)
    return goes


def _model(
    candidates: Sequence[Candidate], allowed: Sequence[Days], crew: Crew, rules: RosterRules
) -> _Model:
    cp = cp_model.CpModel()
    goes = _goes(cp, candidates, allowed, crew)
    busy: dict[tuple[int, dt.date], list[cp_model.IntVar]] = {}
    for (k, day), go in goes.items():
        seats = candidates[k].seats
        for able in (seats.leads, seats.seconds):  # two_officers, lead_licence, avoidance, leave
            taken = []
            for i in sorted(able & crew.ready[day]):
                taken.append(cp.new_bool_var(""))
                busy.setdefault((i, day), []).append(taken[-1])
            cp.add(sum(taken) == go)
    for seats_of in busy.values():
        cp.add_at_most_one(seats_of)  # one_route_a_day
    if crew.vehicles is not None:
        for day in crew.days:
            cp.add(sum(go for (_, on), go in goes.items() if on == day) <= crew.vehicles)
    _field_days(cp, goes, busy, candidates, crew, rules)
    return _Model(cp, goes, sum(candidates[k].value * go for (k, _), go in goes.items()))


def _field_days(
    cp: cp_model.CpModel,
    goes: Goes,
    busy: Mapping[tuple[int, dt.date], Sequence[cp_model.IntVar]],
    candidates: Sequence[Candidate],
    crew: Crew,
    rules: RosterRules,
) -> None:
    """field_days_most and field_days_spread: a share by days free, see `rules.fair_least`."""
    least = cp.new_int_var(0, rules.field_days_most, "least")
    days = len(crew.days)
    for i, most in enumerate(crew.most_days):
        load = sum(seat for day in crew.days for seat in busy.get((i, day), ()))
        cp.add(load <= most)
        cp.add(load <= least + rules.field_days_spread)
        could_join = [go for (k, _), go in goes.items() if i in candidates[k].seats.either]
        counts = cp.new_bool_var("")  # not where every route that goes holds an avoidance
        cp.add(sum(could_join) <= len(could_join) * counts)
        free = sum(i in crew.ready[day] for day in crew.days)
        cp.add(days * load >= free * least - (days - 1)).only_enforce_if(counts)


def _chosen(goes: Goes, solver: cp_model.CpSolver) -> Placed:
    return {k: day for (k, day), go in goes.items() if solver.boolean_value(go)}


# ── head counts for large months ──────────────────────────────────────────────────────────


def _by_head_counts(
    candidates: Sequence[Candidate],
    crew: Crew,
    effort: Effort,
    should_stop: Callable[[], bool],
) -> Placement:
    """Days by counts of licence classes (Hall's condition), repeated with a cut for every set of
    routes that still cannot fill its seats on one day."""
    cuts: list[Cut] = []
    notes: list[SolverNote] = []
    placed: Placed = {}
    for _ in range(MOST_CUT_ROUNDS):
        placed, notes = _counted(candidates, crew, cuts, effort, should_stop)
        more = [
            cut
            for day in crew.days
            if (cut := _unfillable(candidates, crew, [k for k in placed if placed[k] == day], day))
        ]
        if not more or should_stop():
            break
        cuts.extend(more)
    return Placement(placed, tuple(notes))


def _counted(
    candidates: Sequence[Candidate],
    crew: Crew,
    cuts: Sequence[Cut],
    effort: Effort,
    should_stop: Callable[[], bool],
) -> tuple[Placed, list[SolverNote]]:
    """As much value as the counts allow; among equals, days of their own with many leads."""
    cp, goes = _count_model(candidates, crew, cuts)
    value = sum(candidates[k].value * go for (k, _), go in goes.items())
    cp.maximize(value)
    solver, first = solve(cp, effort, should_stop, gap=_gap(candidates))
    if first.value is None:
        return {}, [first]
    placed = _chosen(goes, solver)
    cp.add(value >= first.value)
    costs = _scarcity(goes, candidates, crew) + _crowding(cp, goes)
    switches, prices = [switch for switch, _ in costs], [price for _, price in costs]
    cp.minimize(cp_model.LinearExpr.weighted_sum(switches, prices))
    for (k, day), go in goes.items():
        cp.add_hint(go, placed.get(k) == day)
    brief = replace(effort, ticks=min(effort.ticks, EVENNESS_TICKS))
    solver, second = solve(cp, brief, should_stop)
    return (placed if second.value is None else _chosen(goes, solver)), [first, second]


def _scarcity(goes: Goes, candidates: Sequence[Candidate], crew: Crew) -> Costs:
    """Thousandths of 1 / officers for the scarcer seat: what makes officers guessable."""
    there = {(k, day): candidates[k].seats.among(crew.ready[day]) for k, day in goes}
    return [
        (go, 1000 // min(len(there[at].leads), len(there[at].seconds))) for at, go in goes.items()
    ]


def _crowding(cp: cp_model.CpModel, goes: Goes) -> Costs:
    """Cost of routes that share a day or a week: it rises with each further one."""
    costs: Costs = []
    for price, block_of in ((CROWDED_DAY, dt.date.toordinal), (CROWDED_WEEK, _week)):
        shared: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        for (k, day), go in goes.items():
            shared.setdefault(block_of(day), []).append((k, go))
        for routes in shared.values():
            steps = [cp.new_bool_var("") for _ in {k for k, _ in routes}]
            cp.add(sum(go for _, go in routes) == sum(steps))  # the cheap steps are taken first
            costs += [(step, price * earlier) for earlier, step in enumerate(steps)]
    return costs


def _week(day: dt.date) -> int:
    """The Monday before a day, as an ordinal."""
    return day.toordinal() - day.weekday()


def _count_model(
    candidates: Sequence[Candidate], crew: Crew, cuts: Sequence[Cut]
) -> tuple[cp_model.CpModel, Goes]:
    cp = cp_model.CpModel()
    goes = _goes(cp, candidates, [crew.days] * len(candidates), crew)
    for held in _classes(candidates):
        members = [k for k, c in enumerate(candidates) if c.seats.leads <= held]
        for day in crew.days:
            on_day = [goes[k, day] for k in members if (k, day) in goes]
            cp.add(sum(on_day) <= len(held & crew.ready[day]))
        month = sum(goes[k, day] for k in members for day in crew.days if (k, day) in goes)
        cp.add(month <= sum(crew.most_days[i] for i in held))
    for day in crew.days:
        pairs = len(crew.ready[day]) // 2
        most = pairs if crew.vehicles is None else min(pairs, crew.vehicles)
        cp.add(sum(go for (_, on), go in goes.items() if on == day) <= most)
    cp.add(2 * sum(goes.values()) <= sum(crew.most_days))
    for together, days in cuts:
        for day in days:
            cp.add(sum(goes[k, day] for k in together if (k, day) in goes) <= len(together) - 1)
    return cp, goes


def _classes(candidates: Sequence[Candidate]) -> list[frozenset[int]]:
    """Sets of leads that bound how many routes depend on them alone, and their unions in pairs."""
    single = {c.seats.leads for c in candidates}
    pairs = {a | b for a, b in combinations(sorted(single, key=sorted), 2)}
    return sorted(single | (pairs if len(single) <= 40 else set()), key=sorted)


def _unfillable(
    candidates: Sequence[Candidate], crew: Crew, routes: Sequence[int], day: dt.date
) -> Cut | None:
    """A smallest set of the day's routes whose seats cannot all be filled, and every such day."""
    if _can_fill(candidates, routes, crew.ready[day]):
        return None
    core = list(routes)
    for k in routes:
        rest = [other for other in core if other != k]
        if not _can_fill(candidates, rest, crew.ready[day]):
            core = rest
    days = tuple(d for d in crew.days if not _can_fill(candidates, core, crew.ready[d]))
    return frozenset(core), days


def _can_fill(
    candidates: Sequence[Candidate], routes: Sequence[int], ready: frozenset[int]
) -> bool:
    """Whether different officers can take all seats of these routes at once (augmenting paths)."""
    seats = [candidates[k].seats.leads & ready for k in routes]
    seats += [candidates[k].seats.seconds & ready for k in routes]
    holder: dict[int, int] = {}

    def seat_found(seat: int, seen: set[int]) -> bool:
        for officer in sorted(seats[seat] - seen):
            seen.add(officer)
            if officer not in holder or seat_found(holder[officer], seen):
                holder[officer] = seat
                return True
        return False

    return all(seat_found(seat, set()) for seat in range(len(seats)))
