"""How hard are the officers to guess, how exact is their draw, and how long does it take?

``python -m tests.bench.people`` prints a line of JSON per case: the county month of the shared
instances (20 officers, 180 routes, 18 days each), a small bureau (8 officers, 30 visits), five such
counties as one pool of 100 officers, and that pool with 60 routes. With a number, ``python -m
tests.bench.people 200``, so many rosters are drawn instead of 2,000.

Every roster is checked on the raw arrays, apart from the code that made it. Two players guess: one
counts twelve earlier months of the same plan, one watches the month day by day. The officers are
those of the instance; the routes come from ``tests.bench.county``. Seconds are the processor's:
everything runs in one thread, so on a machine with nothing else to do they are those of the clock.
A draw is timed from the share tuples to the names, checks and network included, compiling not:
`draw_seconds` on the path the product takes for so many shares, and on either path. The first
rosters are drawn on both and must be the same.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean, stdev
from typing import Any

import numpy as np

from scheduler import lottery
from scheduler.roster import swift_flow
from scheduler.roster.check import broken_rules
from scheduler.roster.documents import SHARE_UNIT, Assignment, Roster
from scheduler.roster.fair import fair_shares, rows_of
from scheduler.roster.flow import LARGE
from scheduler.roster.guesses import mean_guess
from scheduler.roster.marginals import Bounds, Cell, Duty, least_largest_guess, marginals
from scheduler.roster.plan import plan
from scheduler.roster.precheck import crew_of
from scheduler.roster.seats import Seating
from scheduler.roster.watch import likeliest, named_rightly, on_route
from tests.bench import county as instance
from tests.scheduler.roster import small

DRAWS = 2_000
PLAIN_CELLS = 1_000_000
"""Shares drawn in all on the plain path, to time it and to compare."""
WATCHED_CELLS = 10_000_000
"""Shares seen in all by the one who watches the month."""
COUNTIES = 5
FEW_ROUTES = 60
SHIFT = 37
"""An officer of another county avoids the enterprises that lie so many numbers further."""
BANS = (3, 10, 20)
MONTHS = 12
PURPOSE = "bench/people"
Drawn = Mapping[lottery.Place, str]
ASKED_OF_ALL = {"z_rms": [0.97, 1.03], "draw_seconds": 0.1}
ASKED = {
    "county": {"mean_guess": 0.19, "routes_above_half": 0, "lp_seconds": 5, **ASKED_OF_ALL},
    "pool": {"lp_seconds": 15, **ASKED_OF_ALL},
}
"""Of the county with an optimal plan .188 and none were measured (roster.md 4.3.10)."""


@dataclass(frozen=True)
class Case:
    """A month to draw from.

    check
        Whether a roster keeps every rule of the raw data.
    """

    name: str
    officers: int
    rows: list[lottery.Share]
    figures: dict[str, Any]
    check: Callable[[Drawn], bool]


# ── cases ─────────────────────────────────────────────────────────────────────────────────


def counties(copies: int, every: int = 1) -> Case:
    """So many counties whose officers may go anywhere, each planned like the first; of their routes
    each so-manieth."""
    month, planned = instance.county(), instance.team_days()
    routes = (planned * copies)[::every]
    home = [c for c in range(copies) for _ in planned][::every]
    officers = len(month.free)
    numbers = np.arange(len(month.value))
    most = -(-month.field_days // every)
    least = most if every == 1 else len(lottery.SEATS) * len(routes) // (copies * officers)

    @cache
    def avoided(block: int, k: int) -> Any:
        shifted = (numbers[list(routes[k].visits)] + SHIFT * (block - home[k])) % len(numbers)
        return month.avoids[:, shifted].any(axis=1)

    @cache
    def may_go(one: int, k: int) -> bool:
        block, i = divmod(one, officers)
        return bool(month.free[i, routes[k].day] and not avoided(block, k)[i])

    @cache
    def may_lead(one: int, k: int) -> bool:
        sectors = month.sector[list(routes[k].visits)]
        return bool(month.licences[one % officers, sectors].all())

    duties = []
    for k, route in enumerate(routes):
        free = [~avoided(block, k) & month.free[:, route.day] for block in range(copies)]
        seconds = frozenset(np.flatnonzero(np.concatenate(free)).tolist())
        leads = frozenset(i for i in seconds if may_lead(i, k))
        duties.append(Duty(small.workdays(22)[route.day], Seating(leads, seconds)))

    def check(drawn: Drawn) -> bool:
        days: Counter[tuple[int, int]] = Counter()
        loads: Counter[int] = Counter()
        for k, route in enumerate(routes):
            lead, second = (int(drawn[f"R{k:03d}", seat][1:]) for seat in lottery.SEATS)
            if lead == second or not may_lead(lead, k):
                return False
            for one in (lead, second):
                if not may_go(one, k):
                    return False
                days[one, route.day] += 1
                loads[one] += 1
        everybody = len(loads) == copies * officers and max(days.values()) == 1
        return everybody and least <= min(loads.values()) <= max(loads.values()) <= most

    bounds = Bounds((least,) * (copies * officers), (most,) * (copies * officers))
    name = "county" if copies == 1 else "pool"
    case = _case(name if every == 1 else f"{name}, few routes", duties, bounds, check)
    value = sum(int(month.value[list(route.visits)].sum()) for route in planned)
    case.figures.update({"value_of_a_county": value} if every == 1 else {})
    return case


def _case(
    name: str, duties: Sequence[Duty], bounds: Bounds, check: Callable[[Drawn], bool]
) -> Case:
    started = time.process_time()
    found = marginals(duties, bounds)
    seconds = time.process_time() - started
    alone = least_largest_guess(duties, bounds)
    assert found is not None and alone is not None
    rows = [
        (f"P{i:03d}", duties[k].day.isoformat(), f"R{k:03d}", seat, micro)
        for (i, k, seat), micro in found.shares.items()
    ]
    figures = {
        "lp_seconds": round(seconds, 2),
        "solvers": [f"{note.name} {note.status}" for note in found.notes],
        **_guess_figures(found.shares, alone.shares),
    }
    return Case(name, len(bounds.least), rows, figures, check)


def _guess_figures(shares: dict[Cell, int], alone: dict[Cell, int]) -> dict[str, Any]:
    mean, first = mean_guess(shares), mean_guess(alone)
    return {
        "mean_guess_first_programme": round(first / SHARE_UNIT, 4),
        "ratio": round(mean / first, 4),
    }


def bureau() -> Case:
    """Eight officers, 30 visits in five days, planned and frozen by the product itself."""
    asked, known, days = small.county(np.random.default_rng(5), 30, 8, 5, 32.0)
    policy = small.rules(field_days_most=4)
    made = plan(asked, known, policy, month=small.MONTH, days=days, draw_digest="0" * 64)
    crew = crew_of(known, policy, made.days)
    started = time.process_time()
    fair = fair_shares(made, crew, (), policy)
    seconds = time.process_time() - started
    alone = least_largest_guess(fair.duties, fair.bounds)
    assert alone is not None
    document = small.frozen(made, known, policy)
    ids = {visit.enterprise_id for visit in asked}
    day_of = {route.route_id: route.day for route in made.routes}

    def check(drawn: Drawn) -> bool:
        people = tuple(
            Assignment(one, day, drawn[one, "lead"], drawn[one, "second"])
            for one, day in day_of.items()
        )
        empty = dict.fromkeys(("slots_digest", "routes_digest", "event_value", "secret"), "")
        roster = Roster(
            month=small.MONTH, entered_by=(), entered_at="", seed="", assignments=people, **empty
        )
        return not broken_rules(made, roster, known, policy, days=days, drawn_ids=ids)

    figures = {
        "visits": sum(len(route.stops) for route in made.routes),
        "workdays": len(days),
        "lp_seconds": round(seconds, 2),
        "solvers": [f"{note.name} {note.status}" for note in fair.found.notes],
        **_guess_figures(fair.found.shares, alone.shares),
        "mean_floor": round(fmean(one.floor_micro for one in document.guesses) / SHARE_UNIT, 4),
        "floor": document.pool.floor.en,
        "training": document.pool.training and document.pool.training.en,
    }
    return Case("bureau", document.pool.officers, rows_of(document.shares), figures, check)


# ── figures ───────────────────────────────────────────────────────────────────────────────


def measured(case: Case, draws: int) -> Iterator[dict[str, Any]]:
    """The figures of the case; of the county also those with pairs that may not go together."""
    best = likeliest(case.rows)
    swift_flow.round_flow(case.rows, _seed(0), PURPOSE)  # compiles
    rosters, swift = _timed(swift_flow.round_flow, case.rows, draws)
    few = min(draws, max(10, PLAIN_CELLS // len(case.rows)))
    plainly, plain = _timed(lottery.round_flow, case.rows, few)
    assert plainly == rosters[:few]
    watched = rosters[: max(40, WATCHED_CELLS // len(case.rows))]
    late_from = sorted({row[1] for row in case.rows})
    late_days = late_from[len(late_from) - -(-len(late_from) // 3) :]
    yield {
        "case": case.name,
        "routes": len(best),
        "officers": case.officers,
        **case.figures,
        "cells": len(case.rows),
        "draws": draws,
        "draw_seconds": swift if len(case.rows) >= LARGE else plain,
        "draw_seconds_compiled": swift,
        "draw_seconds_reference": plain,
        "draws_reference": few,
        "largest_guess": max(best.values()) / SHARE_UNIT,
        "mean_guess": round(fmean(best.values()) / SHARE_UNIT, 4),
        "routes_above_half": sum(micro > SHARE_UNIT // 2 for micro in best.values()),
        "z_rms": round(_z_rms(case.rows, rosters), 4),
        "accepted": sum(case.check(drawn) for drawn in rosters),
        "different": len({tuple(drawn[at] for at in sorted(drawn)) for drawn in rosters}),
        "frequency": _frequency(case.rows, rosters),
        "watching": {"rosters": len(watched), **_watching(case.rows, watched, late_days)},
        **({"asked": ASKED[case.name]} if case.name in ASKED else {}),
    }
    if case.name == "county":
        for bans in BANS:
            yield _with_bans(case, rosters, bans)


def _timed(
    draw: Callable[[Sequence[lottery.Share], bytes, str], Drawn],
    rows: Sequence[lottery.Share],
    draws: int,
) -> tuple[list[Drawn], float]:
    """The rosters, and the seconds each took."""
    started = time.process_time()
    rosters = [draw(rows, _seed(n), PURPOSE) for n in range(draws)]
    return rosters, round((time.process_time() - started) / draws, 4)


def _seed(number: int) -> bytes:
    return hashlib.sha256(f"{PURPOSE}/{number}".encode()).digest()


def _z_rms(rows: Sequence[lottery.Share], rosters: Sequence[Drawn]) -> float:
    """Root mean square over cells of (drawn − expected) / its standard deviation: 1 is right."""
    drawn = Counter(item for roster in rosters for item in roster.items())
    n = len(rosters)
    count = np.array([drawn[(route_id, seat), one] for one, _, route_id, seat, _ in rows])
    p = np.array([micro for *_, micro in rows]) / SHARE_UNIT
    open_ = (p > 0) & (p < 1)
    z = (count - n * p)[open_] / np.sqrt(n * p * (1 - p))[open_]
    return float(np.sqrt((z**2).mean()))


def _frequency(rows: Sequence[lottery.Share], rosters: Sequence[Drawn]) -> dict[str, Any]:
    """Three players name an officer for every route of rosters they have not seen: by the published
    shares, by the frequencies of twelve others, and by both together."""
    chances = on_route(rows)
    able: dict[str, list[str]] = {}
    for route_id, one in sorted(chances):
        able.setdefault(route_id, []).append(one)
    hits: dict[str, list[float]] = {"published": [], "frequency": [], "both": []}
    for start in range(0, len(rosters) - 2 * MONTHS + 1, 2 * MONTHS):
        seen: Counter[tuple[str, str]] = Counter()
        for roster in rosters[start : start + MONTHS]:
            seen.update((route_id, one) for (route_id, _), one in roster.items())

        def named(weigh: Callable[[tuple[str, str]], float]) -> dict[str, str]:
            return {r: max(able[r], key=lambda one: weigh((r, one))) for r in able}  # noqa: B023

        players = {
            "published": named(lambda at: chances[at]),
            "frequency": named(lambda at: seen[at]),  # noqa: B023
            "both": named(lambda at: MONTHS * chances[at] / SHARE_UNIT + seen[at]),  # noqa: B023
        }
        for roster in rosters[start + MONTHS : start + 2 * MONTHS]:
            for name, names in players.items():
                there = [one in _pair(roster, r) for r, one in names.items()]
                hits[name].append(fmean(there))
    return {"months": MONTHS, **{name: _with_error(shares) for name, shares in hits.items()}}


def _watching(
    rows: Sequence[lottery.Share], rosters: Sequence[Drawn], late_days: Sequence[str]
) -> dict[str, Any]:
    """Someone who has seen all earlier days of the month, beside the published guess."""
    best, day_of = likeliest(rows), {route_id: day for _, day, route_id, _, _ in rows}
    spans = {"month": set(day_of.values()), "last_third": set(late_days)}
    spans["last_three_days"] = set(sorted(spans["month"])[-3:])
    hits = [set(named_rightly(rows, roster)) for roster in rosters]
    figures: dict[str, Any] = {}
    for name, days in spans.items():
        routes = [route_id for route_id in best if day_of[route_id] in days]
        figures[name] = {
            "published": round(fmean(best[one] for one in routes) / SHARE_UNIT, 4),
            "watching": _with_error([fmean(one in hit for one in routes) for hit in hits]),
        }
    return figures


def _with_bans(case: Case, rosters: Sequence[Drawn], number: int) -> dict[str, Any]:
    """Pairs who may not go together, parted by swaps of the seed."""
    rng = np.random.default_rng(number)
    ids = sorted({row[0] for row in case.rows})
    bans: set[tuple[str, str]] = set()
    while len(bans) < number:
        one, other = sorted(rng.choice(ids, 2, replace=False).tolist())
        bans.add((one, other))
    banned = {frozenset(ban) for ban in bans}
    seconds, bad, changed, mended, accepted = 0.0, 0, 0, [], 0
    for n, drawn in enumerate(rosters):
        bad += sum(frozenset(_pair(drawn, one)) in banned for one in likeliest(case.rows))
        started = time.process_time()
        seated, _ = lottery.part_pairs(case.rows, drawn, sorted(bans), _seed(n), PURPOSE)
        seconds += time.process_time() - started
        changed += sum(seated[at] != drawn[at] for at in drawn)
        accepted += case.check(seated)
        if not lottery.banned_routes(seated, bans):
            mended.append(seated)
    return {
        "case": f"{case.name}, {number} bans",
        "draws": len(rosters),
        "bad_routes": round(bad / len(rosters), 2),
        "seats_changed": round(changed / len(rosters), 2),
        "rosters_left_to_a_solver": round(1 - len(mended) / len(rosters), 4),
        "swap_seconds": round(seconds / len(rosters), 5),
        "accepted": accepted,
        "published_guess": round(fmean(likeliest(case.rows).values()) / SHARE_UNIT, 4),
        "real_guess": _real_guess(case.rows, mended),
    }


def _real_guess(rows: Sequence[lottery.Share], rosters: Sequence[Drawn]) -> list[float]:
    """How often the officer most frequent in one half of the rosters is on the route in the other;
    where two are as frequent, the one with the greater share."""
    chances, half = on_route(rows), len(rosters) // 2
    seen = Counter((r, one) for roster in rosters[:half] for (r, _), one in roster.items())
    named: dict[str, str] = {}
    for route_id, one in sorted(chances, key=lambda at: (seen[at], chances[at])):
        named[route_id] = one
    rest = rosters[half:]
    return _with_error([fmean(one in _pair(r, at) for at, one in named.items()) for r in rest])


def _pair(roster: Drawn, route_id: str) -> tuple[str, str]:
    return roster[route_id, "lead"], roster[route_id, "second"]


def _with_error(numbers: Sequence[float]) -> list[float]:
    """Mean and its standard error, over rosters."""
    if len(numbers) < 2:
        return [round(fmean(numbers), 4) if numbers else 0.0, 1.0]
    return [round(fmean(numbers), 4), round(stdev(numbers) / len(numbers) ** 0.5, 4)]


def main() -> None:
    """Print a line of JSON per case."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    every = COUNTIES * len(instance.team_days()) // FEW_ROUTES
    for make in (
        lambda: counties(1),
        bureau,
        lambda: counties(COUNTIES, every),
        lambda: counties(COUNTIES),
    ):
        for figures in measured(make(), draws):
            print(json.dumps(figures, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
