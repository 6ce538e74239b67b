"""What would one officer, one car, half an hour or one avoidance more or less be worth?

A linear programme over a pool of routes × days: each visit once, minima, pairs and cars of a day,
field days of the month, and for each set of leads the routes only they may lead (Hall's
condition). Its duals are marginal prices: what a very small change is worth, and at most what one
unit is worth. What changes the pool itself is solved anew. Fractions of routes are allowed and no
route outside the pool is, so prices compare measures; they promise no plan.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from riskengine.errors import Sentence, sentence
from scheduler.roster.model import sectors_of
from scheduler.roster.price_lp import Pool, Relaxed, days_of, leads_of, relaxed
from scheduler.roster.problem import Problem
from scheduler.roster.reasons import Names

OVERTIME = 30
"""Minutes of the price of a longer day."""
ALWAYS = frozenset({"officer", "fleet", "no_pool", "overtime", "no_avoidance"})
"""Kinds of price that are shown whatever they come to."""
Asked = Collection[frozenset[int]]
"""The sets of sectors the routes ask their lead for."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a change is worth, in value a month.

    kind
        "officer" (one more, with these sectors), "licence" (this officer gets this sector),
        "vehicle" (one more on this day), "fleet" (one more every day), "no_pool" (the same where
        the register has no cars to count), "overtime" (30 minutes a day for all), "avoidance" (this
        officer need not avoid this visit), "no_avoidance" (nobody has to avoid any).
    is_marginal
        Read from the duals; otherwise found by solving anew.
    """

    kind: str
    value: float
    is_marginal: bool
    officer: int = -1
    visit: int = -1
    day: int = -1
    sectors: tuple[int, ...] = ()


# ── prices ────────────────────────────────────────────────────────────────────────────────


def price_list(problem: Problem, pool: Pool, longer: Pool = ()) -> tuple[Price, ...]:
    """Every price, dearest first.

    longer
        Routes that fit a day 30 minutes longer only.
    """
    now, asked = relaxed(problem, pool), asked_sets(problem, pool)
    every = range(problem.licences.shape[1])
    prices = [officer_price(problem, now, (sector,), asked) for sector in every]
    if len(every) > 1:
        prices.append(officer_price(problem, now, tuple(every), asked))
    for i, sector in zip(*np.nonzero(~problem.licences), strict=True):
        prices.append(licence_price(problem, now, int(i), int(sector), asked))
    for (name, day, _), dual in now.duals.items():
        if name == "vehicles":
            prices.append(Price("vehicle", dual, is_marginal=True, day=day))
    prices.append(fleet_price(problem, now))
    more = relaxed(problem, [*pool, *longer]).value - now.value if longer else 0.0
    prices.append(Price("overtime", more, is_marginal=False))
    for i, v in _opening(problem, pool):
        prices.append(avoidance_price(problem, now, i, v, pool))
    if not problem.avoids.any():
        prices.append(Price("no_avoidance", 0.0, is_marginal=False))
    return tuple(sorted(prices, key=lambda each: (-round(each.value, 6), str(each))))


def fleet_price(problem: Problem, now: Relaxed) -> Price:
    """One more car every day."""
    if problem.vehicles is None:
        return Price("no_pool", 0.0, is_marginal=True)
    each = (dual for (name, _, _), dual in now.duals.items() if name == "vehicles")
    return Price("fleet", float(sum(each)), is_marginal=True)


def answers(prices: Sequence[Price], most: int = 3) -> tuple[Price, ...]:
    """What a list shows: an answer to every question, also where it is "adds nothing".

    most
        Officers' licences, avoidances and days of a car that are worth something, of each kind.
    """
    kept: list[Price] = []
    for price in prices:
        is_scarce = round(price.value) > 0
        many = sum(one.kind == price.kind for one in kept)
        if price.kind in ALWAYS or (is_scarce and many < most):
            kept.append(price)
    there = {price.kind for price in kept}
    if "licence" not in there:
        kept.append(Price("licence", 0.0, is_marginal=True))
    if not there & {"avoidance", "no_avoidance"}:
        kept.append(Price("avoidance", 0.0, is_marginal=False))
    return tuple(kept)


def officer_price(problem: Problem, now: Relaxed, sectors: tuple[int, ...], asked: Asked) -> Price:
    """One more officer with these certificates, free every day, with the field days of the median
    colleague; he or she raises the team-days of the month by half of them."""
    days = median_days(problem)
    value = 0.0
    for (name, _, who), dual in now.duals.items():
        if name == "pairs":
            value += dual / 2
        elif name in ("field_days", "team_days"):
            value += dual * days / 2
        elif name in ("leads", "lead_days") and _joins(problem, who, sectors, (), asked):
            value += dual * (days if name == "lead_days" else 1)
    return Price("officer", value, is_marginal=True, sectors=sectors)


def median_days(problem: Problem) -> int:
    """Field days of the median officer."""
    return int(np.median(problem.field_days))


def licence_price(problem: Problem, now: Relaxed, officer: int, sector: int, asked: Asked) -> Price:
    """The officer gets one more certificate: he or she counts among its holders too."""
    before = tuple(np.flatnonzero(problem.licences[officer]).tolist())
    value = 0.0
    for (name, day, who), dual in now.duals.items():
        if name not in ("leads", "lead_days") or officer in who:
            continue
        if _joins(problem, who, (*before, sector), before, asked):
            is_there = problem.is_free[officer, day] if name == "leads" else True
            value += dual * (problem.field_days[officer] if name == "lead_days" else is_there)
    return Price("licence", float(value), is_marginal=True, officer=officer, sectors=(sector,))


def _joins(
    problem: Problem,
    who: frozenset[int],
    held: Sequence[int],
    before: Sequence[int],
    asked: Asked,
) -> bool:
    """Whether somebody with these sectors could lead routes that only `who` may lead now, which he
    or she could not before."""
    return any(
        each <= set(held)
        and not (before and each <= set(before))
        and _holders(problem, each) <= who
        for each in asked
        if _holders(problem, each)
    )


def asked_sets(problem: Problem, pool: Pool) -> Asked:
    """Each once."""
    return {frozenset(sectors_of(problem, visits)) for visits, _ in pool}


def _holders(problem: Problem, sectors: frozenset[int]) -> frozenset[int]:
    able = problem.licences[:, sorted(sectors)].all(axis=1)
    return frozenset(np.flatnonzero(able).tolist())


def _opening(problem: Problem, pool: Pool, most: int = 5) -> list[tuple[int, int]]:
    """Avoidances without which the most valuable routes could go on days they cannot now."""
    found: dict[tuple[int, int], int] = {}
    for visits, value in pool:
        days = len(days_of(problem, visits, leads_of(problem, visits)))
        for i, k in zip(*np.nonzero(problem.avoids[:, list(visits)]), strict=True):
            at = (int(i), visits[int(k)])
            lifted = without_avoidance(problem, *at)
            if len(days_of(lifted, visits, leads_of(lifted, visits))) > days:
                found[at] = max(found.get(at, 0), value)
    return sorted(found, key=lambda at: (-found[at], at))[:most]


def avoidance_price(problem: Problem, now: Relaxed, officer: int, visit: int, pool: Pool) -> Price:
    """One avoidance fewer, solved anew."""
    value = relaxed(without_avoidance(problem, officer, visit), pool).value - now.value
    return Price("avoidance", value, is_marginal=False, officer=officer, visit=visit)


def without_avoidance(problem: Problem, officer: int, visit: int) -> Problem:
    """The month in which the officer need not avoid the visit."""
    avoids = problem.avoids.copy()
    avoids[officer, visit] = False
    return replace(problem, avoids=avoids)


# ── in words ──────────────────────────────────────────────────────────────────────────────

CODES = {
    "officer": ("price_officer", "price_none_officer"),
    "licence": ("price_licence", "price_none_licence"),
    "vehicle": ("price_vehicle", "price_vehicle"),
    "fleet": ("price_fleet", "price_none_fleet"),
    "no_pool": ("price_no_pool", "price_no_pool"),
    "overtime": ("price_overtime", "price_none_overtime"),
    "avoidance": ("price_avoidance", "price_none_avoidance"),
    "no_avoidance": ("price_no_avoidance", "price_no_avoidance"),
}
"""Kind of price → what is said, and what where it is worth nothing."""


def told(price: Price, names: Names) -> Sentence:
    """The price in words, in whole value."""
    facts: dict[str, object] = {"value": round(price.value), "overtime": OVERTIME}
    facts["sectors"] = "、".join(names.sectors[s] for s in price.sectors)
    if price.officer >= 0:
        facts["officer"] = names.officers[price.officer]
    if price.visit >= 0:
        facts["visit"] = names.visits[price.visit]
    if price.day >= 0:
        facts["day"] = names.days[price.day]
    worth_something, worth_nothing = CODES[price.kind]
    return sentence(worth_something if round(price.value) > 0 else worth_nothing, **facts)
