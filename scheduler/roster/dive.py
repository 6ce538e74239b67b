"""Which whole routes make the plan?

From the mixture of the programme, routes are fixed a few at a time, and after each step the pricing
is asked again over the visits still free: the programme falls by a thousandth and not by a tenth.
Source: roster notes 4.3.6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.roster.crews import guess_of
from scheduler.roster.generate import Grounds, batch, gains_at, price_all
from scheduler.roster.master import Column, Master, column_of, fine_of
from scheduler.roster.problem import Mask

PRICINGS, BATCH, SHARED_BY = 3, 600, 6
"""Pricings before each step, and how diverse their routes are."""
SMALL_GAIN = 0.05
"""A route that gains less than this over its team-day is not worth another pricing."""
WHOLE, HALF = 0.999, 0.5
STEP = 0.12
"""Share of the team-days left that is fixed in one step; a third of it below one half."""


@dataclass(slots=True)
class Staffable:
    """What the guessability of routes costs; each is worked out once.

    A route nobody could staff on any day has no worth and never enters the plan.
    """

    grounds: Grounds
    guesses: dict[tuple[int, ...], float | None]

    def guess(self, visits: Sequence[int]) -> float | None:
        """See `crews.guess_of`."""
        key = tuple(sorted(visits))
        if key not in self.guesses:
            self.guesses[key] = guess_of(self.grounds.problem, key)
        return self.guesses[key]

    def worth(self, column: Column) -> float | None:
        """The worth of the column with its guessability paid; none where nobody could go."""
        guess = self.guess(column.visits)
        if guess is None:
            return None
        return column_of(self.grounds.problem, column.visits, column.shift, guess).worth

    def priced(self, columns: Iterable[Column]) -> list[Column]:
        """The columns that can be staffed, at their worth."""
        found = []
        for column in columns:
            worth = self.worth(column)
            if worth is not None:
                found.append(Column(column.visits, column.shift, worth))
        return found


def with_guesses(master: Master, staffable: Staffable) -> None:
    """From here on every column pays for its guessability, and who cannot be staffed is barred."""
    master.reprice([(at, staffable.worth(c)) for at, c in enumerate(master.columns)])


def dive(
    master: Master,
    staffable: Staffable,
    *,
    kept: Collection[int] = (),
    step: float = STEP,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[int]:
    """Positions of the columns of a whole plan.

    kept
        Columns that are in the plan from the beginning.
    step
        See `STEP`; a smaller one is slower and mostly better.

    A dive that is asked to stop keeps what is fixed and adds whole routes greedily.
    """
    problem = staffable.grounds.problem
    fixed = list(kept)
    taken = np.zeros(problem.visits, bool)
    for at in fixed:
        master.fix(at)
        taken[list(master.columns[at].visits)] = True
    try:
        while len(fixed) < problem.team_days:
            master.solve()
            for _ in range(PRICINGS if not should_stop() else 0):
                if not _more(master, staffable, ~taken):
                    break
                master.solve()
            is_over, left = should_stop(), problem.team_days - len(fixed)
            chosen = _greedy(master, taken, left) if is_over else _next(master, taken, left, step)
            for at in chosen:
                master.fix(at)
                taken[list(master.columns[at].visits)] = True
            fixed += chosen
            if not chosen or is_over:
                break
    finally:
        for at in fixed:
            master.free(at)
    return fixed


def _more(master: Master, staffable: Staffable, free: Mask) -> int:
    """New routes over free visits that pay at the prices of the programme."""
    problem = staffable.grounds.problem
    prices = master.prices()
    cost = prices.team_day + problem.team_day_price
    gain = gains_at(problem, prices)
    found = price_all(staffable.grounds, gain, cost + SMALL_GAIN, allowed=free)
    columns = staffable.priced(batch(problem, found, most=BATCH, shared_by=SHARED_BY))
    earned = prices.visit - prices.stratum[problem.stratum]
    return master.add(
        column
        for column in columns
        if column.worth - earned[list(column.visits)].sum() > prices.team_day + SMALL_GAIN
    )


def _next(master: Master, taken: Mask, left: int, step: float) -> list[int]:
    """All whole columns, then the largest that do not overlap, up to a share of what is left."""
    x = master.values()
    busy = taken.copy()
    chosen: list[int] = []
    most = max(1, int(step * left))
    after_whole = 0
    for at in np.argsort(-x, kind="stable"):
        visits = list(master.columns[at].visits)
        if x[at] <= 1e-9 or len(chosen) >= left:
            break
        if busy[visits].any():
            continue
        if x[at] <= WHOLE:
            limit = most if x[at] >= HALF else max(1, most // 3)
            if after_whole >= limit:
                break
            after_whole += 1
        chosen.append(int(at))
        busy[visits] = True
    return chosen


def _greedy(master: Master, taken: Mask, left: int) -> list[int]:
    """Routes by their share in the mixture, then by worth: what there is when time is up."""
    x = master.values()
    worth = np.array([column.worth for column in master.columns])
    barred = np.array([v.upper_bound == 0.0 for v in master.variables])
    order = np.lexsort((-worth, -np.round(x, 6)))
    chosen: list[int] = []
    busy = taken.copy()
    for at in order:
        if len(chosen) >= left:
            break
        visits = list(master.columns[at].visits)
        if not barred[at] and worth[at] > 0 and not busy[visits].any():
            chosen.append(int(at))
            busy[visits] = True
    return chosen


def total(master: Master, chosen: Iterable[int]) -> float:
    """Worth of the columns chosen, fines for missing minima included."""
    columns = [master.columns[at] for at in chosen]
    problem = master.problem
    visits = [v for column in columns for v in column.visits]
    made = np.bincount(problem.stratum[visits], minlength=len(problem.least))
    short = int(np.maximum(problem.least - made, 0).sum())
    return sum(column.worth for column in columns) - fine_of(problem) * short
