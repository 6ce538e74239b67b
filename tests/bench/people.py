"""How much harder are the officers to guess than with the least largest guess alone?

``python -m tests.bench.people`` plans a month of 400 visits by 14 officers and compares the mean
guess (probability of the likeliest officer of a route) of the published shares with that of
programme A alone, the least largest guess.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict

import numpy as np

from scheduler.roster.documents import SHARE_UNIT
from scheduler.roster.marginals import Bounds, Duty, least_largest_guess
from scheduler.roster.plan import plan
from scheduler.roster.precheck import Seating, crew_of, seating
from tests.scheduler.roster import small


def main() -> None:
    """Print the figures as one JSON object."""
    asked, known, days = small.county(np.random.default_rng(1), 400, 14, 21)
    policy = small.rules(field_days_most=18)
    made = plan(asked, known, policy, month=small.MONTH, days=days, draw_digest="0" * 64)
    started = time.perf_counter()
    document = small.frozen(made, known, policy)
    frozen = time.perf_counter() - started
    started = time.perf_counter()
    small.drawn(document)
    drawn = time.perf_counter() - started

    crew = crew_of(known, policy, days)
    bounds = Bounds(tuple(document.least_days.values()), tuple(document.most_days.values()))
    duties = []
    for route in made.routes:
        able, ready = seating(crew.officers, route.stops), crew.ready[route.day]
        duties.append(Duty(route.day, Seating(able.leads & ready, able.seconds & ready)))
    alone, _ = least_largest_guess(duties, bounds)
    assert alone is not None
    both: defaultdict[tuple[int, int], float] = defaultdict(float)
    for (officer, k, _), share in alone.items():
        both[k, officer] += share
    first = [max(both[k, i] for i in duty.seats.seconds) for k, duty in enumerate(duties)]

    guesses = [guess.best_micro / SHARE_UNIT for guess in document.guesses]
    mean, mean_alone = sum(guesses) / len(guesses), sum(first) / len(first)
    figures = {
        "routes": len(made.routes),
        "officers": len(crew.officers),
        "mean_guess": round(mean, 4),
        "largest_guess": max(guesses),
        "routes_above_half": sum(guess.reason is not None for guess in document.guesses),
        "mean_guess_first_programme": round(mean_alone, 4),
        "freeze_seconds": round(frozen, 2),
        "draw_seconds": round(drawn, 3),
        "ratio": round(mean / mean_alone, 4),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
