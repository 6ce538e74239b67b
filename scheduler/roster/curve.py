"""What does it cost to hide who comes: worth and visits, and how well officers can be guessed?

The month is planned once for each λ (policy `roster.guess_price`), and the fairest lottery over the
days found says how well a route's officers can be guessed then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.roster.crews import crew_of
from scheduler.roster.documents import SHARE_UNIT, Effort
from scheduler.roster.laid import Laid
from scheduler.roster.marginals import Bounds, Duty, marginals
from scheduler.roster.numbers import guess_price
from scheduler.roster.optimise import optimise
from scheduler.roster.problem import Plan, Problem
from scheduler.roster.seats import Seating

PRICES = (0, 30, 100, 200)
"""λ as the pack counts it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One λ.

    worth, visits, routes
        Of the plan made with it; worth in the units of `Visit.worth`.
    mean_micro, largest_micro
        Best guess of a route's officers, mean and largest over the routes, in units of 1e-6.
    """

    guess_price: int
    worth: int
    visits: int
    routes: int
    mean_micro: int
    largest_micro: int


def guess_curve(
    laid: Laid,
    *,
    prices: Sequence[int] = PRICES,
    effort: Effort | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Point]:
    """A point for each λ; `told` hears it before its plan is made."""
    visits, rules = laid.ground.visits, laid.ground.rules
    for price in prices:
        told(price)
        value = guess_price(visits, replace(rules, guess_price=price))
        problem = replace(laid.problem, guess_price=value)
        plan = optimise(problem, effort=effort or Effort()).plan
        best = best_guesses(problem, plan, laid)
        made = [v for one in plan.team_days for v in one.visits]
        yield Point(
            guess_price=price,
            worth=sum(visits[v].worth for v in made),
            visits=len(made),
            routes=len(plan.team_days),
            mean_micro=sum(best) // max(len(best), 1),
            largest_micro=max(best, default=0),
        )


def best_guesses(problem: Problem, plan: Plan, laid: Laid) -> list[int]:
    """By route, the largest chance of any officer under the fairest lottery of these days, with
    everybody's field days within those of the plan."""
    duties = []
    for one in plan.team_days:
        crew, free = crew_of(problem, one.visits), problem.is_free[:, one.day]
        leads, seconds = (
            frozenset(map(int, np.flatnonzero(able & free))) for able in (crew.leads, crew.seconds)
        )
        duties.append(Duty(laid.day_of(one), Seating(leads, seconds)))
    if not duties:
        return []
    loads = Counter(i for one in plan.team_days for i in (one.lead, one.second))
    low = min(loads[i] for i in range(problem.officers))
    bounds = Bounds((low,) * problem.officers, (max(loads.values()),) * problem.officers)
    found = marginals(duties, bounds)
    if found is None:
        return [SHARE_UNIT] * len(duties)
    chance: Counter[tuple[int, int]] = Counter()
    for (officer, route, _), micro in found.shares.items():
        chance[route, officer] += micro
    return [
        max((micro for (route, _), micro in chance.items() if route == k), default=0)
        for k in range(len(duties))
    ]
