"""How is a city planned, whose month is too large for one programme?

Its visits are parted into districts of a county's size. At one price for a team-day and for the
minima, every district prices its own routes; the prices move until all districts together ask for
the team-days there are. Officers and minima are then shared out as these mixtures ask, so that no
district would pay more for a team-day than another, and every district is planned and staffed like
a county. The bound is over all routes, those across districts too: prices are raised until no route
of the city gains more than a team-day costs. Source: roster notes 4.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed
from ortools.math_opt.python import mathopt

from scheduler.roster.crews import crew_of
from scheduler.roster.documents import Effort
from scheduler.roster.generate import (
    Bound,
    Grounds,
    gains_at,
    generate,
    grounds_of,
    price_all,
    proven,
    upper_bound,
)
from scheduler.roster.master import Key, Master, Prices, bonus_of, column_of, fine_of, road_of
from scheduler.roster.optimise import chosen, is_late
from scheduler.roster.outcome import Found, bound_of, net_value, short_of, weights_of
from scheduler.roster.placing import restaffed
from scheduler.roster.problem import Floats, Ints, Plan, Problem, TeamDay
from scheduler.roster.solver import Clock, standing

SIZE = 2_500
"""Visits of a district: a county's."""
SCALE = 100
"""Values of a district are hundredths, so that a whole number can hold a stratum's price."""
ROOM = 2
"""A district may ask for so many times its even share of the team-days."""
KELLEY, NEAR_STRATUM, NEAR_DAY = 6, 3.0, 0.2
"""Rounds in which the common prices are sought, and how far from the first ones: in value, and in
parts of the price. The routes known so far are those that pay near the first prices."""
PRICING_SHARES, PLAN_SHARE = (0.3, 0.1), 0.67
"""Parts of the time for pricing the districts, first and again; when they have to be planned."""
NEAR = 1e-3
"""Gap at which a district's programme is good enough: what is left of it is a rounding."""
STEP = 0.25
"""Share of a district's team-days that is fixed in one step of its dive."""
LEAST_SECONDS, GENERATE_SHARE = 20, 0.3
"""What every district gets, and the part of it for its own prices."""
LOCAL_PASSES, REPAIR_PASSES = 10, 12
GENERATE_PASSES, COLUMNS_A_VISIT = 6, 1
"""Pricings of the whole city that have to fit before its columns are worth beginning, and routes
that each may add, by visit."""
SLACK = 0.1
"""Over the price of a team-day by which a route of the city may gain, when prices are repaired."""

PER_TEAM_DAY, AMPLE_SECONDS = 5, 600
"""Visits of a district that its plan may choose from, by team-day; all of them where there is time,
because the bound is nearer where every visit has had a price."""
A_DRIVE, A_WAIT, FULL = 12, 8, 0.9
"""Minutes of road and of waiting for a visit, and how full a day gets: for first prices alone."""

EVEN_ROUNDS = 8
"""Times field days are evened out between districts."""

TeamDays = tuple[TeamDay, ...]
Routes = list[Key]
"""Shift and visits."""


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """Prices that hold in every district: of a team-day and of the strata."""

    team_day: float
    stratum: Floats


def partition(problem: Problem, size: int = SIZE) -> list[Ints]:
    """Visits by district: halved between the two places farthest from each other, again and again.

    Only travel is known, no map; a place belongs to the nearer of the two.
    """
    parts: list[Ints] = [np.arange(problem.visits)]
    while max(len(part) for part in parts) > size:
        parts = [half for part in parts for half in _halves(problem, part)]
    return parts


def _halves(problem: Problem, part: Ints) -> tuple[Ints, Ints]:
    spots = part + 1
    one = int(np.argmax(problem.minutes[0, spots]))
    for _ in range(3):
        one = int(np.argmax(problem.minutes[spots[one], spots]))
    other = int(np.argmax(problem.minutes[spots[one], spots]))
    nearer = problem.minutes[spots[one], spots].astype(int) - problem.minutes[spots[other], spots]
    order = np.argsort(nearer, kind="stable")
    middle = len(part) // 2
    return np.sort(part[order[:middle]]), np.sort(part[order[middle:]])


def worthy(problem: Problem, part: Ints, team_days: int) -> Ints:
    """The visits of a part that a plan of so many team-days could want: those worth most a minute,
    the must-visits, and of every stratum the best for its minimum.

    The bound is over all visits of the city; leaving some out costs the plan, not the proof.
    """
    a_minute = problem.value[part] / (problem.on_site[part] + A_DRIVE)
    order = part[np.argsort(-a_minute, kind="stable")]
    wanted = [order[: PER_TEAM_DAY * team_days], part[problem.is_must[part]]]
    share = len(part) / max(problem.visits, 1)
    for stratum, least in enumerate(problem.least):
        mine = order[problem.stratum[order] == stratum]
        wanted.append(mine[: int(2 * share * least) + 1])
    return np.unique(np.concatenate(wanted))


def district(
    problem: Problem,
    visits: Ints,
    *,
    officers: Sequence[int] | None = None,
    team_days: int | None = None,
    least: Ints | None = None,
) -> Problem:
    """The month of some visits alone; positions are those of `visits`."""
    spots = np.append(0, visits + 1)
    people = np.arange(problem.officers) if officers is None else np.asarray(officers)
    return replace(
        problem,
        minutes=np.ascontiguousarray(problem.minutes[np.ix_(spots, spots)]),
        **{
            name: getattr(problem, name)[visits]
            for name in ("on_site", "value", "sector", "stratum", "earliest", "latest", "is_open",
                         "is_must")
        },
        least=np.zeros_like(problem.least) if least is None else least,
        team_days=problem.team_days if team_days is None else team_days,
        licences=problem.licences[people],
        avoids=problem.avoids[np.ix_(people, visits)],
        is_free=problem.is_free[people],
        field_days=problem.field_days[people],
        is_counted=None if problem.is_counted is None else problem.is_counted[visits],
        papers=None,
    )  # fmt: skip


# ── one price for all ─────────────────────────────────────────────────────────────────────


def at_prices(part: Problem, common: Common) -> Problem:
    """The district with the common prices in its values; team-days are bought and not capped."""
    pay = np.rint(common.stratum * SCALE).astype(np.int64)
    return replace(
        part,
        value=part.value * SCALE + pay[part.stratum],
        road_price=part.road_price * SCALE,
        team_day_price=(part.team_day_price + common.team_day) * SCALE,
        least=np.zeros_like(part.least),
    )


def routes_at(
    part: Problem, common: Common, known: Routes, seconds: float, clock: Clock
) -> tuple[Routes, Floats]:
    """The routes of a district at these prices, and the prices of its visits."""
    begun = clock()
    problem = at_prices(part, common)
    grounds = grounds_of(problem, workers=1)
    assert grounds is not None
    made = generate(grounds, should_stop=lambda: clock() > begun + seconds, known=known, close=NEAR)
    routes = [(column.shift, column.visits) for column in made.master.columns]
    bonuses = bonus_of(part) - bonus_of(problem) / SCALE
    return routes, np.maximum(made.bound.prices.visit / SCALE + bonuses, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Stall:
    """The programme of a district over its known routes.

    worth, counts
        (columns,), (columns, strata): of each route without the common prices, and what it makes.
    """

    master: Master
    worth: Floats
    counts: Floats

    def asked(self, common: Common) -> tuple[float, float, Floats]:
        """(value, team-days, strata made) of the mixture at these prices."""
        objective = self.master.model.objective
        worths = self.worth + self.counts @ common.stratum - common.team_day
        for variable, worth in zip(self.master.variables, worths, strict=True):
            objective.set_linear_coefficient(variable, float(worth))
        value = self.master.solve()
        x = self.master.values()
        return value, float(x.sum()), x @ self.counts


Market = list[Stall]


def _market(parts: Sequence[Problem], known: Sequence[Routes]) -> Market:
    stalls = []
    for part, routes in zip(parts, known, strict=True):
        master = Master(replace(part, guess_price=0.0))
        master.add(column_of(master.problem, route, shift) for shift, route in routes)
        counts = np.zeros((len(master.columns), len(part.least)))
        for at, column in enumerate(master.columns):
            np.add.at(counts[at], part.stratum[list(column.visits)], 1.0)
        worth = np.array([column.worth for column in master.columns])
        stalls.append(Stall(master, worth, counts))
    return stalls


def settle(problem: Problem, market: Market, start: Common) -> tuple[Common, Floats, Floats]:
    """The prices at which all districts together ask for the team-days and keep the minima.

    Cutting planes (Kelley) on the Lagrangian, which is convex: its slope in the price of a team-day
    is what is left of the team-days, in a stratum's price what is made over the minimum.
    """
    least, strata = problem.least.astype(float), len(problem.least)
    cuts: list[tuple[float, Floats, Floats]] = []
    here, best = start, None
    for _ in range(KELLEY):
        asked = [stall.asked(here) for stall in market]
        value = sum(one for one, _, _ in asked)
        days, made = np.array([one for _, one, _ in asked]), np.array([one for *_, one in asked])
        total = value + problem.team_days * here.team_day - here.stratum @ least
        point = np.append(here.stratum, here.team_day)
        slope = np.append(made.sum(axis=0) - least, problem.team_days - days.sum())
        cuts.append((total, slope, point))
        if best is None or total < best[0] - 1e-6:
            best = (total, here, days, made)
        model = mathopt.Model()
        floor = model.add_variable()
        prices = [
            model.add_variable(lb=max(0.0, p - wide), ub=p + wide)
            for p, wide in zip(
                np.append(start.stratum, start.team_day),
                np.append(np.full(strata, NEAR_STRATUM), NEAR_DAY * start.team_day),
                strict=True,
            )
        ]
        for height, s, at in cuts:
            model.add_linear_constraint(
                floor >= height + mathopt.fast_sum(
                    float(a) * (p - float(b)) for a, p, b in zip(s, prices, at, strict=True)
                )
            )  # fmt: skip
        model.minimize(floor)
        result = mathopt.solve(model, mathopt.SolverType.GLOP)
        if best[0] - result.objective_value() < 1e-5 * abs(best[0]):
            break
        values = np.array(result.variable_values(prices))
        here = Common(float(values[strata]), values[:strata])
    assert best is not None
    return best[1], best[2], best[3]


# ── sharing out ───────────────────────────────────────────────────────────────────────────


def shares(asked: Floats, total: int) -> Ints:
    """Whole parts of a total in proportion to what is asked (largest remainders).

    >>> shares(np.array([1.0, 1.0, 2.0]), 5)
    array([1, 1, 3])
    """
    if asked.sum() <= 0:
        asked = np.ones_like(asked)
    exact = asked / asked.sum() * total
    whole: Ints = np.floor(exact + 1e-9).astype(np.int64)
    for at in np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]:
        whole[at] += 1
    return whole


def deal(problem: Problem, sizes: Ints) -> list[list[int]]:
    """Officers by district: those of the same licences are spread over all districts."""
    order = np.lexsort(
        (
            np.arange(problem.officers),
            *(problem.licences[:, s] for s in range(problem.licences.shape[1])),
        )
    )
    hands: list[list[int]] = [[] for _ in sizes]
    for officer in order:
        wants = [
            (len(hand) + 0.5) / size if len(hand) < size else np.inf
            for hand, size in zip(hands, sizes, strict=True)
        ]
        hands[int(np.argmin(wants))].append(int(officer))
    return hands


def minima(problem: Problem, parts: Sequence[Ints], made: Floats) -> Ints:
    """(districts, strata): the minima shared out as the mixtures make them, as far as they go."""
    found = np.zeros((len(parts), len(problem.least)), np.int64)
    for stratum, least in enumerate(problem.least):
        room = np.array([(problem.stratum[part] == stratum).sum() for part in parts])
        left = min(int(least), int(room.sum()))
        wants = made[:, stratum]
        while left:  # what one district has not, those with room make for it
            more = np.minimum(shares(np.where(room > 0, wants, 0.0), left), room)
            if not more.any():
                wants = room.astype(float)
                continue
            found[:, stratum] += more
            room, left = room - more, left - int(more.sum())
    return found


# ── a plan and a bound ────────────────────────────────────────────────────────────────────


def optimise(
    problem: Problem,
    *,
    effort: Effort,
    clock: Clock = standing,
    tell: Callable[[str, float | None, float | None], None] = lambda stage, value, bound: None,
    jobs: int = 2,
    size: int = SIZE,
) -> Found:
    """A plan of a city's month with a bound over all its routes.

    clock
        See `optimise.optimise`; it goes to the workers, so it has to be picklable.
    """
    begun, seconds = clock(), effort.seconds or 900
    every = partition(problem, size)
    is_brief = seconds < AMPLE_SECONDS
    days_each = problem.team_days // len(every)
    parts = [worthy(problem, part, days_each) for part in every] if is_brief else every
    run = Parallel(n_jobs=jobs)
    plain = [district(problem, part, team_days=ROOM * problem.team_days // len(parts))
             for part in parts]  # fmt: skip
    common = _first_prices(problem)
    turns = -(-len(parts) // jobs)
    known: list[Routes] = [[] for _ in parts]
    prices = Prices(np.zeros(problem.visits), common.stratum, common.team_day)
    for share in PRICING_SHARES:
        priced = run(
            delayed(routes_at)(part, common, routes, share * seconds / turns, clock)
            for part, routes in zip(plain, known, strict=True)
        )
        known = [routes for routes, _ in priced]
        visit = np.zeros(problem.visits)
        for part, (_, mine) in zip(parts, priced, strict=True):
            visit[part] = mine
        prices = Prices(visit, common.stratum, common.team_day)
        tell("districts", None, None)
        common, days, made = settle(problem, _market(plain, known), common)
    sizes = shares(days, problem.officers)
    hands = deal(problem, sizes)
    least = minima(problem, parts, made)
    team_days = shares(days, problem.team_days)
    months = [
        district(problem, part, officers=hand, least=low,
                 team_days=min(int(most), _most(problem, hand)))
        for part, hand, low, most in zip(parts, hands, least, team_days, strict=True)
    ]  # fmt: skip
    left = (PLAN_SHARE * seconds - (clock() - begun)) / turns
    each_effort = replace(effort, seconds=max(LEAST_SECONDS, math.floor(left)))
    found = run(
        delayed(_planned)(month, routes, each_effort, clock)
        for month, routes in zip(months, known, strict=True)
    )
    for _ in range(EVEN_ROUNDS):
        most = _field_days_most(months, found)
        if most is None:
            break
        found = run(
            delayed(_within)(month, plan, most, each_effort)
            for month, plan in zip(months, found, strict=True)
        )
    routes = tuple(
        sorted(
            (
                TeamDay(
                    tuple(int(part[v]) for v in one.visits),
                    one.shift,
                    one.day,
                    hand[one.lead],
                    hand[one.second],
                )
                for part, hand, plan in zip(parts, hands, found, strict=True)
                for one in plan
            ),
            key=lambda one: (one.day, one.shift, one.visits),
        )
    )
    tell("days", float(net_value(problem, routes)), None)
    target = prices.team_day + problem.team_day_price + SLACK
    locally = run(
        delayed(raised_in)(district(problem, part), _of_part(problem, part, prices), target)
        for part in every
    )
    visit = np.zeros(problem.visits)
    for part, mine in zip(every, locally, strict=True):
        visit[part] = np.maximum(mine - _bonus_gap(problem, part), 0.0)
    prices = Prices(visit, prices.stratum, prices.team_day)
    given = [
        (shift, tuple(int(part[v]) for v in visits))
        for part, routes_known in zip(parts, known, strict=True)
        for shift, visits in routes_known
    ]
    given += [(one.shift, one.visits) for one in routes]
    deadline = begun + seconds
    proof = city_bound(problem, prices, given, clock=clock, deadline=deadline, tell=tell)
    return Found(_whole(problem, routes, proof), (), (), ())


def _most(problem: Problem, hand: Sequence[int]) -> int:
    pairs = int((problem.is_free[list(hand)].sum(axis=0) // 2).sum())
    return min(pairs, int(problem.field_days[list(hand)].sum()) // 2)


def _first_prices(problem: Problem) -> Common:
    """What the last visits that the team-days hold are worth a minute, times the day, and what it
    takes to make the visits of a stratum's minimum as good: the market mends both."""
    minutes = problem.on_site + A_DRIVE
    order = np.argsort(-problem.value / minutes, kind="stable")
    day = max(shift.end - shift.begin for shift in problem.shifts)
    held = np.cumsum(minutes[order] + A_WAIT)
    last = order[min(int(np.searchsorted(held, problem.team_days * day)), len(order) - 1)]
    a_minute = problem.value[last] / minutes[last]
    stratum = np.zeros(len(problem.least))
    for number, least in enumerate(problem.least):
        missing = np.sort((a_minute * minutes - problem.value)[problem.stratum == number])
        if 0 < least <= len(missing):
            stratum[number] = max(0.0, missing[least - 1])
    return Common(float(FULL * a_minute * day), stratum)


def _planned(month: Problem, known: Routes, effort: Effort, clock: Clock) -> TeamDays:
    """A district like a county, from the routes it knows."""
    begun = clock()
    grounds = grounds_of(month, workers=1)
    assert grounds is not None
    made = generate(
        grounds,
        should_stop=lambda: is_late(effort, clock, begun, GENERATE_SHARE),
        known=known,
        close=NEAR,
    )
    found = chosen(grounds, made, effort=effort, clock=clock, begun=begun, step=STEP)
    return found.plan.team_days


def _field_days_most(months: Sequence[Problem], plans: Sequence[TeamDays]) -> int | None:
    """Most field days an officer may have, so that the spread holds for all districts together;
    none where it does."""
    if (spread := months[0].spread) is None:
        return None
    pairs = [(m, p) for m, p in zip(months, plans, strict=True) if m.officers > 1]
    most = min((_least_owed(month, plan) for month, plan in pairs), default=0) + spread
    loads = [_loads(month, plan).max() for month, plan in pairs]
    return most if max(loads, default=0) > most else None


def _loads(month: Problem, plan: TeamDays) -> Ints:
    seats = [i for one in plan for i in (one.lead, one.second)]
    found: Ints = np.bincount(np.array(seats, int), minlength=month.officers)
    return found


def _least_owed(month: Problem, plan: TeamDays) -> int:
    """The least field days of the district, see `Problem.is_spread_by_free_days`."""
    loads = _loads(month, plan)
    if not month.is_spread_by_free_days:
        return int(loads.min())
    could = np.zeros(month.officers, bool)
    for one in plan:
        crew = crew_of(month, one.visits)
        could |= crew.leads | crew.seconds
    free = month.is_free.sum(axis=1)[could]
    every = range(int(month.field_days.max()) + 1)
    return max(least for least in every if (free * least // month.days <= loads[could]).all())


def _within(month: Problem, plan: TeamDays, most: int, effort: Effort) -> TeamDays:
    """The plan with no more field days for anyone than these; the routes worth least are left."""
    if _loads(month, plan).max(initial=0) <= most:
        return plan
    even = replace(month, field_days=np.minimum(month.field_days, most))
    worths = weights_of(even, [one.visits for one in plan])
    return restaffed(even, plan, worths, effort=effort).team_days


def city_bound(
    problem: Problem,
    prices: Prices,
    known: Sequence[Key] = (),
    *,
    clock: Clock = standing,
    deadline: float = math.inf,
    tell: Callable[[str, float | None, float | None], None] = lambda stage, value, bound: None,
) -> float:
    """A bound over all routes of the city, in units of the objective.

    Every pass prices the whole city, which proves a bound, and then raises the prices of visits on
    routes that gain too much, in proportion to what each gains, until none of them does. What time
    is left goes to columns of the whole city, beginning with the known routes that nearly pay.
    """
    grounds = grounds_of(problem)
    assert grounds is not None
    fair = np.minimum(prices.stratum, fine_of(problem))  # dearer ones bind no plan that is short
    here, took = Prices(prices.visit, fair, prices.team_day), 0.0
    best, target = Bound(np.inf, here), prices.team_day + problem.team_day_price + SLACK
    for _ in range(REPAIR_PASSES):
        begun = clock()
        if begun + 2 * took > deadline and np.isfinite(best.value):  # one more is the proof
            break
        found = price_all(grounds, gains_at(problem, here), target)
        gain = max((priced.best_gain for _, priced in found), default=0.0)
        bound = Bound(upper_bound(problem, here, gain), here)
        best = min(best, bound, key=lambda b: b.value)
        tell("bound", None, best.value - _possible_bonus(grounds))
        routes = [r for _, priced in found for r in priced.routes]
        if not routes:
            break
        here = raised(problem, here, routes, target)
        took = clock() - begun
    if clock() + GENERATE_PASSES * took < deadline:
        best = across(grounds, best, known, took, clock=clock, deadline=deadline, tell=tell)
    return proven(grounds, best.prices)


def across(
    grounds: Grounds,
    best: Bound,
    known: Sequence[Key],
    took: float,
    *,
    clock: Clock,
    deadline: float,
    tell: Callable[[str, float | None, float | None], None],
) -> Bound:
    """The best bound that column generation over the whole city finds by the deadline.

    took
        Seconds of a pricing; the proof at the end needs one more.
    """
    problem = grounds.problem
    gain, price = gains_at(problem, best.prices), best.prices.team_day + problem.team_day_price
    near = [
        (shift, visits)
        for shift, visits in known
        if gain[list(visits)].sum() - problem.road_price * road_of(problem, visits)
        > (1 - NEAR_DAY) * price
    ]
    begun, passes = clock(), 0

    def should_stop() -> bool:
        nonlocal passes
        passes += 1
        each = (clock() - begun) / passes
        return clock() + each + 2 * took > deadline

    made = generate(
        grounds,
        should_stop=should_stop,
        known=near,
        centre=best,
        most=len(problem.value) * COLUMNS_A_VISIT,
        close=NEAR,
        tell=lambda value, bound: tell("bound", None, bound),
    )
    return min(best, made.bound, key=lambda b: b.value)


def raised_in(part: Problem, prices: Prices, target: float) -> Floats:
    """The prices of a district's visits, left out ones among them, at which no route of its own
    gains more than the target, as far as a few passes get: cheaper here than over the city."""
    grounds = grounds_of(part, workers=1)
    assert grounds is not None
    for _ in range(LOCAL_PASSES):
        found = price_all(grounds, gains_at(part, prices), target)
        routes = [route for _, priced in found for route in priced.routes]
        if not routes:
            break
        prices = raised(part, prices, routes, target)
    return prices.visit


def _of_part(problem: Problem, part: Ints, prices: Prices) -> Prices:
    """The prices of some visits, counted with the bonus that must-visits have among them."""
    visit = prices.visit[part] + _bonus_gap(problem, part)
    return Prices(visit, prices.stratum, prices.team_day)


def _bonus_gap(problem: Problem, part: Ints) -> Ints:
    gap: Ints = bonus_of(district(problem, part)) - bonus_of(problem)[part]
    return gap


def _possible_bonus(grounds: Grounds) -> float:
    possible = np.unique(np.concatenate([ground.visit for ground in grounds.shifts]))
    return float(bonus_of(grounds.problem)[possible].sum())


def raised(
    problem: Problem, prices: Prices, routes: Sequence[tuple[int, ...]], target: float
) -> Prices:
    """Prices at which none of these routes gains more than the target."""
    visit = prices.visit.copy()
    gain = gains_at(problem, prices)
    for route in routes:
        mine = list(route)
        over = gain[mine].sum() - problem.road_price * road_of(problem, route) - target
        if over <= 0:
            continue
        parts = np.maximum(gain[mine], 0.0)
        more = over * parts / parts.sum()
        visit[mine] += more
        gain[mine] -= more
    return Prices(visit, prices.stratum, prices.team_day)


def _whole(problem: Problem, routes: tuple[TeamDay, ...], proof: float) -> Plan:
    visits = [v for one in routes for v in one.visits]
    unmade = np.setdiff1d(np.flatnonzero(problem.is_must), visits)
    return Plan(
        team_days=routes,
        value=net_value(problem, routes),
        bound=bound_of(problem, visits, proof),
        bound_method="exact",
        short=tuple(map(int, short_of(problem, visits))),
        unmade=tuple(map(int, unmade)),
        method="districts: column generation and dive",
    )
