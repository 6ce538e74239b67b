"""What is left to gain in the neighbourhood of a plan?

Routes that lie close together, or that share a stratum that is short, are taken out and dived again
with the rest held; what is not better is put back. Source: roster notes 4.4, with the master's own
prices in place of guessed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from math import gcd

import numpy as np

from scheduler.roster.dive import Staffable, dive, total
from scheduler.roster.master import Master

FREED, LEAST_FREED = 30, 4
"""Routes taken out at once; in a small month at most half of them."""
FAR = 7
"""From one centre to the next: neighbours in worth are often neighbours."""
STEP = 0.2
"""Share fixed in one step of the dive: a small dive can take larger steps."""


def improve(
    master: Master,
    staffable: Staffable,
    chosen: Sequence[int],
    *,
    rounds: int,
    should_stop: Callable[[], bool],
) -> list[int]:
    """The plan after so many neighbourhoods, or where it was stopped.

    The centres are the routes in turn, least worth first: no chance is needed.
    """
    best = list(chosen)
    worth = total(master, best)
    centres = sorted(best, key=lambda at: master.columns[at].worth)
    number = max(LEAST_FREED, min(FREED, len(best) // 2))
    for turn in range(rounds):
        if should_stop() or len(best) < LEAST_FREED:
            break
        step = next(k for k in count(FAR) if gcd(k, len(centres)) == 1)
        centre = centres[turn * step % len(centres)]
        freed = set(_nearest(master, best, centre, number))
        kept = [at for at in best if at not in freed]
        tried = dive(master, staffable, kept=kept, step=STEP, should_stop=should_stop)
        if (better := total(master, tried)) > worth + 1e-6:
            best, worth = tried, better
            centres = sorted(best, key=lambda at: master.columns[at].worth)
    return best


def _nearest(master: Master, chosen: Sequence[int], centre: int, number: int) -> list[int]:
    """The routes whose nearest visits are nearest to those of the centre."""
    minutes = master.problem.minutes
    here = [visit + 1 for visit in master.columns[centre].visits]

    def away(at: int) -> int:
        there = [visit + 1 for visit in master.columns[at].visits]
        return int(np.asarray(minutes[np.ix_(here, there)]).min())

    return sorted(chosen, key=lambda at: (away(at), at))[:number]
