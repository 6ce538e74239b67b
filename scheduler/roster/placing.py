"""On which day does each route go, so that both seats of every route can be filled?

The officers are drawn later; here a staffing only has to exist. CP-SAT places routes on days by
head counts of licence classes (Hall's condition); a day whose seats cannot all be filled, or only
by officers anybody could name, is cut off and the days are chosen again. Then the month is staffed
on these days. Where that leaves a route out, other days are tried, and in a small month route × day
× officer becomes one model. Source: roster notes 4.5.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from scheduler.roster import crewing
from scheduler.roster.crews import Crew, crew_of, scarcity
from scheduler.roster.documents import SHARE_UNIT, Effort, SolverNote
from scheduler.roster.marginals import Bounds, Duty, least_largest_guess
from scheduler.roster.peaks import is_counted
from scheduler.roster.problem import Floats, Mask, Problem, TeamDay
from scheduler.roster.seats import Seating
from scheduler.roster.solver import solve

TARGETS = (0.34, 0.5, 1.0)
"""No route's guess on its day is over the first of these, else over the next."""
MOST_CELLS = 60_000
"""Routes × days × officers up to which the month may become one model."""
MOST_CUT_ROUNDS = 8
"""Rounds of placing by head counts; what still cannot be staffed then is owed."""
OTHER_DAYS = 3
"""Times other days are tried where the month could not be staffed on the first."""
EVEN_TICKS = 4
"""Deterministic time for days with many leads, spread over the month."""
ROOMY = 0.8
"""Share of the pairs' days up to which there is room to spread."""
CROWDED_DAY, CROWDED_WEEK = 100, 30
"""What the second route of a day or a week costs, the third twice that, and so on, in thousandths
of 1 ÷ leads: a day to oneself outweighs a few leads more."""
A_WEEK = 5
"""Workdays."""

Goes = dict[tuple[int, int], cp_model.IntVar]
Cut = tuple[frozenset[int], tuple[int, ...]]
"""Routes that cannot all go on one of these days."""
Days = dict[int, int]
"""Route → day, by position."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A route looking for a day.

    worth
        Whole number > 0; what placing it is worth beside the others.
    scarce
        By day: 1 ÷ eligible leads; 0 where nobody can go. See `crews.scarcity`.
    """

    visits: tuple[int, ...]
    shift: int
    worth: int
    crew: Crew
    scarce: Floats
    sectors: frozenset[int]


@dataclass(frozen=True, slots=True)
class Placement:
    """Team-days with day, lead and second, and the positions of the routes left without.

    Lead and second prove that the month can be staffed; the lottery draws others.
    """

    team_days: tuple[TeamDay, ...]
    left: tuple[int, ...]
    notes: tuple[SolverNote, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Month:
    problem: Problem
    candidates: tuple[Candidate, ...]
    effort: Effort
    should_stop: Callable[[], bool]
    classes: tuple[frozenset[int], ...]
    """Sets of officers that bound how many routes may depend on them alone."""
    licensed: dict[frozenset[int], frozenset[int]]


def candidate_of(problem: Problem, visits: Sequence[int], shift: int, worth: int) -> Candidate:
    """The route with all that placing asks about it."""
    chosen = list(visits)
    return Candidate(
        visits=tuple(visits),
        shift=shift,
        worth=max(1, worth),
        crew=crew_of(problem, visits),
        scarce=scarcity(problem, visits),
        sectors=frozenset(map(int, problem.sector[chosen])),
    )


def place(
    problem: Problem,
    candidates: Sequence[Candidate],
    *,
    effort: Effort,
    should_stop: Callable[[], bool] = lambda: False,
    is_whole: bool = True,
) -> Placement:
    """Days and a staffing for as much worth as can be.

    is_whole
        Where a route is left out of a small month, days and people become one model at last.
    """
    if not candidates:
        return Placement((), (), ())
    month = _month(problem, candidates, effort, should_stop)
    best, notes = _Staffed({}, {}, False), []
    for target in TARGETS if problem.guess_price else TARGETS[-1:]:
        counts = _count_model(month, target)
        for attempt in range(OTHER_DAYS):
            days, is_clean, asked = _by_head_counts(month, counts, attempt)
            staffed, note = _staffed(month, days)
            notes += [*asked, note]
            staffed = replace(staffed, is_clean=is_clean)
            best = max(best, staffed, key=lambda s: (_worth(month, s.days), s.is_clean))
            if len(best.days) == len(candidates) and (best.is_clean or should_stop()):
                return _placement(month, best, notes)
            if len(staffed.days) == len(candidates) or len(days) < len(candidates):
                break  # other days of the same routes would not help: another target may
    if len(best.days) == len(candidates):
        return _placement(month, best, notes)
    cells = len(candidates) * problem.days * problem.officers
    if is_whole and cells <= MOST_CELLS:
        whole, note = _whole(month, best.days)
        notes.append(note)
        best = max(best, whole, key=lambda s: _worth(month, s.days))
    return _placement(month, best, notes)


def restaffed(
    problem: Problem,
    team_days: Sequence[TeamDay],
    worths: Sequence[int],
    *,
    effort: Effort,
    should_stop: Callable[[], bool] = lambda: False,
) -> Placement:
    """A staffing for as much worth as can be of routes that keep their days."""
    candidates = [
        candidate_of(problem, one.visits, one.shift, worth)
        for one, worth in zip(team_days, worths, strict=True)
    ]
    month = _month(problem, candidates, effort, should_stop)
    days = {k: one.day for k, one in enumerate(team_days) if one.day is not None}
    staffed, note = _staffed(month, days)
    return _placement(month, staffed, [note])


def _month(
    problem: Problem,
    candidates: Sequence[Candidate],
    effort: Effort,
    should_stop: Callable[[], bool],
) -> _Month:
    licensed = {
        sectors: _set(np.logical_and.reduce(problem.licences[:, sorted(sectors)], axis=1))
        if problem.cover == "strict"
        else frozenset(range(problem.officers))
        for sectors in {c.sectors for c in candidates}
    }
    single = set(licensed.values())
    pairs = {a | b for a, b in combinations(single, 2)}
    classes = tuple(sorted(single | pairs, key=sorted))
    return _Month(problem, tuple(candidates), effort, should_stop, classes, licensed)


def _worth(month: _Month, days: Days) -> int:
    return sum(month.candidates[k].worth for k in days)


def _set(mask: Mask) -> frozenset[int]:
    return frozenset(map(int, np.flatnonzero(mask)))


# ── days by head counts ───────────────────────────────────────────────────────────────────


@dataclass(slots=True, eq=False)
class _Counts:
    """The model of days by head counts, kept while cuts are added.

    value
        Σ worth of the routes placed; `is_full` once all of them have to be.
    """

    target: float
    cp: cp_model.CpModel
    goes: Goes
    worth: cp_model.LinearExprT
    costs: cp_model.LinearExprT
    days: Days
    is_full: bool = False


def _by_head_counts(
    month: _Month, counts: _Counts, attempt: int
) -> tuple[Days, bool, list[SolverNote]]:
    """Days by counts, repeated with a cut for every set of routes that cannot share a day.

    First as much worth as the counts allow; where that is all of it, days with many leads and,
    in a month with room, of their own: these clash least. After the first attempt any days will
    do, since the best could not be staffed. True where no day clashes.
    """
    note, is_clean, seed = None, False, month.effort.seed + attempt
    for _ in range(MOST_CUT_ROUNDS):
        counts.cp.clear_hints()  # type: ignore[no-untyped-call]
        for (k, day), go in counts.goes.items() if not attempt else ():
            counts.cp.add_hint(go, counts.days.get(k) == day)
        if counts.is_full:
            counts.cp.clear_objective()  # type: ignore[no-untyped-call]
            if not attempt:
                counts.cp.minimize(counts.costs)
            effort = replace(month.effort, seed=seed, ticks=min(month.effort.ticks, EVEN_TICKS))
            solver, note = solve(counts.cp, effort, month.should_stop)
        else:
            counts.cp.maximize(counts.worth)
            gap = min(c.worth for c in month.candidates) - 1
            effort = replace(month.effort, seed=seed)
            solver, note = solve(counts.cp, effort, month.should_stop, gap=gap)
        if note.value is None:
            break
        counts.days = _chosen(counts.goes, solver)
        if not counts.is_full and len(counts.days) == len(month.candidates):
            counts.is_full = True
            for k in range(len(month.candidates)):
                counts.cp.add_exactly_one(
                    counts.goes[k, day] for day in _able(month, k, counts.target)
                )
            if not month.should_stop():
                continue
        more = _clashes(month, counts.days, counts.target)
        is_clean = not more
        if is_clean or month.should_stop():
            break
        for together, days in more:
            for day in days:
                mine = [counts.goes[k, day] for k in together if (k, day) in counts.goes]
                counts.cp.add(sum(mine) <= len(together) - 1)
    return dict(counts.days), is_clean, [] if note is None else [note]


def _clashes(month: _Month, days: Days, target: float) -> list[Cut]:
    every = range(month.problem.days)
    return [cut for day in every if (cut := _clash(month, days, day, target))]


def _able(month: _Month, k: int, target: float) -> list[int]:
    """Days on which the route could go alone, not guessable over the target; a route that is
    guessable over it on every day may go on those on which it is least."""
    scarce = month.candidates[k].scarce
    days = np.flatnonzero((scarce > 0) & (scarce <= target + 1e-9))
    if not len(days) and (scarce > 0).any():
        days = np.flatnonzero(np.isclose(scarce, scarce[scarce > 0].min()))
    return [int(day) for day in days]


def _is_spared(month: _Month, k: int, target: float) -> bool:
    """Guessable over the target on every day, so that no day can be held against it."""
    scarce = month.candidates[k].scarce
    return not ((scarce > 0) & (scarce <= target + 1e-9)).any()


def _count_model(month: _Month, target: float) -> _Counts:
    problem, cp = month.problem, cp_model.CpModel()
    goes: Goes = {}
    on_day: dict[int, list[tuple[int, cp_model.IntVar]]] = {d: [] for d in range(problem.days)}
    for k in range(len(month.candidates)):
        mine = []
        for day in _able(month, k, target):
            goes[k, day] = cp.new_bool_var("")
            on_day[day].append((k, goes[k, day]))
            mine.append(goes[k, day])
        cp.add_at_most_one(mine)
    for held in month.classes:
        members = {k for k, c in enumerate(month.candidates) if month.licensed[c.sectors] <= held}
        free = problem.is_free[sorted(held)].sum(axis=0) if held else np.zeros(problem.days)
        every = []
        for day, routes in on_day.items():
            mine = [go for k, go in routes if k in members]
            if len(mine) > free[day]:
                cp.add(sum(mine) <= int(free[day]))
            every += mine
        cp.add(sum(every) <= int(problem.field_days[sorted(held)].sum()))
    for day, routes in on_day.items():
        cp.add(sum(go for _, go in routes) <= int(problem.is_free[:, day].sum()) // 2)
        if problem.vehicles is not None:
            for shift in range(len(problem.shifts)):
                of_shift = [go for k, go in routes if month.candidates[k].shift == shift]
                cp.add(sum(of_shift) <= int(problem.vehicles[day]))
    _peaks(month, cp, goes)
    cp.add(2 * sum(goes.values()) <= int(problem.field_days.sum()))
    worth = sum(month.candidates[k].worth * go for (k, _), go in goes.items())
    costs = _scarcity(month, goes)
    room = int((problem.is_free.sum(axis=0) // 2).sum())
    if len(month.candidates) <= ROOMY * room:
        costs += _crowding(cp, goes)
    weighted = cp_model.LinearExpr.weighted_sum([x for x, _ in costs], [c for _, c in costs])
    return _Counts(target, cp, goes, worth, weighted, {})


def _chosen(goes: Goes, solver: cp_model.CpSolver) -> Days:
    return {k: day for (k, day), go in goes.items() if solver.boolean_value(go)}


def _scarcity(month: _Month, goes: Goes) -> list[tuple[cp_model.IntVar, int]]:
    """Thousandths of 1 ÷ officers for the scarcer seat: what makes officers guessable."""
    return [(go, int(1000 * month.candidates[k].scarce[day])) for (k, day), go in goes.items()]


def _crowding(cp: cp_model.CpModel, goes: Goes) -> list[tuple[cp_model.IntVar, int]]:
    """Cost of routes that share a day or a week: it rises with each further one."""
    costs = []
    for each, length in ((CROWDED_DAY, 1), (CROWDED_WEEK, A_WEEK)):
        shared: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        for (k, day), go in goes.items():
            shared.setdefault(day // length, []).append((k, go))
        for routes in shared.values():
            steps = [cp.new_bool_var("") for _ in {k for k, _ in routes}]
            cp.add(sum(go for _, go in routes) == sum(steps))  # the cheap steps are taken first
            costs += [(step, each * earlier) for earlier, step in enumerate(steps)]
    return costs


# ── what one day can hold ─────────────────────────────────────────────────────────────────


def _clash(month: _Month, days: Days, day: int, target: float) -> Cut | None:
    """A smallest set of the day's routes that cannot share it, and every such day."""
    routes = [k for k, on in days.items() if on == day]
    if _can_share(month, routes, day, target):
        return None
    core = list(routes)
    for k in routes:
        rest = [other for other in core if other != k]
        if not _can_share(month, rest, day, target):
            core = rest
    able = [set(_able(month, k, target)) for k in core]
    together = set.intersection(*able) if able else set()
    clashing = (d for d in sorted(together) if not _can_share(month, core, d, target))
    return frozenset(core), tuple({day, *clashing})


def _can_share(month: _Month, routes: Sequence[int], day: int, target: float) -> bool:
    """Whether all seats can be filled at once, by officers whom nobody can name too well."""
    if not routes:
        return True
    seatings = [_seating(month, k, day) for k in routes]
    if not _can_fill(seatings):
        return False
    spared = [_is_spared(month, k, target) for k in routes]
    if target >= 1 or all(spared):
        return True
    officers = month.problem.officers
    duties = [Duty(dt.date.min, seating) for seating in seatings]
    found = least_largest_guess(duties, Bounds((0,) * officers, (1,) * officers))
    if found is None:
        return False
    chance: Counter[tuple[int, int]] = Counter()
    for (officer, route, _), micro in found.shares.items():
        chance[route, officer] += micro
    most = max((micro for (r, _), micro in chance.items() if not spared[r]), default=0)
    return most <= target * SHARE_UNIT + len(routes)


def _seating(month: _Month, k: int, day: int) -> Seating:
    free = month.problem.is_free[:, day]
    crew = month.candidates[k].crew
    return Seating(_set(crew.leads & free), _set(crew.seconds & free))


def _can_fill(seatings: Sequence[Seating]) -> bool:
    """Whether different officers can take all seats of these routes at once (augmenting paths)."""
    seats = [s.leads for s in seatings] + [s.seconds for s in seatings]
    holder: dict[int, int] = {}

    def seat_found(seat: int, seen: set[int]) -> bool:
        for officer in sorted(seats[seat] - seen):
            seen.add(officer)
            if officer not in holder or seat_found(holder[officer], seen):
                holder[officer] = seat
                return True
        return False

    return all(seat_found(seat, set()) for seat in range(len(seats)))


# ── people ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Staffed:
    """`people`: route → lead and second; `is_clean`: nobody can be guessed over the target on the
    strength of a day alone."""

    days: Days
    people: dict[int, tuple[int, int]]
    is_clean: bool = False


def _staffed(month: _Month, days: Days) -> tuple[_Staffed, SolverNote]:
    """As much worth as can be staffed on these days: all of it by a flow, else by CP-SAT."""
    routes = sorted(days)
    duties = [crewing.Duty(days[k], _seating(month, k, days[k])) for k in routes]
    has_room = _has_cars(month, days) and _keeps_peaks(month, days)
    people = crewing.crewed(month.problem, duties) if has_room else None
    banned = {frozenset(pair) for pair in month.problem.bans}  # unknown to the flow
    if people is not None and not any(frozenset(pair) in banned for pair in people):
        worth = _worth(month, days)
        note = SolverNote("min cost flow", version("ortools"), {}, "OPTIMAL", worth, worth)
        return _Staffed(days, dict(zip(routes, people, strict=True))), note
    return _with_people(month, {k: [day] for k, day in days.items()}, {})


def _has_cars(month: _Month, days: Days) -> bool:
    cars = month.problem.vehicles
    if cars is None:
        return True
    used = Counter((day, month.candidates[k].shift) for k, day in days.items())
    return all(number <= cars[day] for (day, _), number in used.items())


def _counted(month: _Month, k: int, day: int) -> bool:
    return is_counted(month.problem, month.candidates[k].visits, day)


def _keeps_peaks(month: _Month, days: Days) -> bool:
    """holiday_peak"""
    peak = month.problem.peak
    used = Counter(day for k, day in days.items() if _counted(month, k, day))
    return peak is None or all(number <= peak[day] for day, number in used.items())


def _whole(month: _Month, start: Days) -> tuple[_Staffed, SolverNote]:
    """Days and people at once, started from a placing."""
    every = {k: _able(month, k, 1.0) for k in range(len(month.candidates))}
    return _with_people(month, every, start)


def _with_people(
    month: _Month, allowed: dict[int, list[int]], start: Days
) -> tuple[_Staffed, SolverNote]:
    cp = cp_model.CpModel()
    goes: Goes = {}
    taken: dict[tuple[int, int, int, int], cp_model.IntVar] = {}
    busy: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for k, days in allowed.items():
        for day in days:
            goes[k, day] = cp.new_bool_var("")
            for seat, able in enumerate(_both(_seating(month, k, day))):
                mine = []
                for i in sorted(able):
                    taken[k, day, seat, i] = cp.new_bool_var("")
                    busy.setdefault((i, day), []).append(taken[k, day, seat, i])
                    mine.append(taken[k, day, seat, i])
                cp.add(sum(mine) == goes[k, day])  # two_officers
        cp.add_at_most_one(goes[k, day] for day in days)
    for seats in busy.values():
        cp.add_at_most_one(seats)  # one_route_a_day
    for k, day in goes:
        for a, b in [*month.problem.bans, *((b, a) for a, b in month.problem.bans)]:
            seats_of = (k, day, 0, a), (k, day, 1, b)
            if all(seat in taken for seat in seats_of):
                cp.add_at_most_one(taken[seat] for seat in seats_of)  # pair_ban
    _vehicles(month, cp, goes)
    _peaks(month, cp, goes)
    _field_days(month, cp, goes, busy)
    if start:
        for (k, day), go in goes.items():
            cp.add_hint(go, start.get(k) == day)
    cp.maximize(sum(month.candidates[k].worth * go for (k, _), go in goes.items()))
    gap = min((month.candidates[k].worth for k in allowed), default=1) - 1
    solver, note = solve(cp, month.effort, month.should_stop, gap=gap)
    if note.value is None:
        return _Staffed({}, {}), note
    days_of = _chosen(goes, solver)
    people: dict[int, list[int]] = {k: [-1, -1] for k in days_of}
    for (k, _, seat, i), here in taken.items():
        if solver.boolean_value(here):
            people[k][seat] = i
    return _Staffed(days_of, {k: (two[0], two[1]) for k, two in people.items()}), note


def _both(seating: Seating) -> Iterator[frozenset[int]]:
    yield seating.leads
    yield seating.seconds


def _vehicles(month: _Month, cp: cp_model.CpModel, goes: Goes) -> None:
    if month.problem.vehicles is None:
        return
    for day, cars in enumerate(month.problem.vehicles):
        for shift in range(len(month.problem.shifts)):
            cp.add(
                sum(
                    go
                    for (k, on), go in goes.items()
                    if on == day and month.candidates[k].shift == shift
                )
                <= int(cars)
            )


def _peaks(month: _Month, cp: cp_model.CpModel, goes: Goes) -> None:
    """holiday_peak"""
    if month.problem.peak is None:
        return
    for day, most in enumerate(month.problem.peak):
        there = [go for (k, on), go in goes.items() if on == day and _counted(month, k, day)]
        if len(there) > most:
            cp.add(sum(there) <= int(most))


def _field_days(
    month: _Month,
    cp: cp_model.CpModel,
    goes: Goes,
    busy: dict[tuple[int, int], list[cp_model.IntVar]],
) -> None:
    """field_days_most and field_days_spread; see `Problem.is_spread_by_free_days`."""
    problem = month.problem
    loads: list[list[cp_model.IntVar]] = [[] for _ in range(problem.officers)]
    for (i, _), seats in busy.items():
        loads[i] += seats
    for load, most in zip(loads, problem.field_days, strict=True):
        cp.add(sum(load) <= int(most))
    if problem.spread is None:
        return
    least = cp.new_int_var(0, int(problem.field_days.max(initial=0)), "least")
    free = problem.is_free.sum(axis=1)
    for i, load in enumerate(loads):
        cp.add(sum(load) <= least + problem.spread)
        if not problem.is_spread_by_free_days:
            cp.add(sum(load) >= least)
            continue
        crews = [c.crew for c in month.candidates]
        could_join = [go for (k, _), go in goes.items() if crews[k].leads[i] or crews[k].seconds[i]]
        counts = cp.new_bool_var("")  # not where every route that goes holds an avoidance
        cp.add(sum(could_join) <= len(could_join) * counts)
        owed = int(free[i]) * least - (problem.days - 1)
        cp.add(problem.days * sum(load) >= owed).only_enforce_if(counts)


def _placement(month: _Month, staffed: _Staffed, notes: list[SolverNote]) -> Placement:
    team_days = tuple(
        TeamDay(c.visits, c.shift, staffed.days[k], *staffed.people[k])
        for k, c in enumerate(month.candidates)
        if k in staffed.days
    )
    left = tuple(k for k in range(len(month.candidates)) if k not in staffed.days)
    return Placement(team_days, left, tuple(notes))
