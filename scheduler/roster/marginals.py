"""With what probability should each officer sit in each seat, so that nobody can be guessed?

Three linear programmes, one after another: the largest guess as small as it can be, then the mean
guess, then as much entropy as that leaves. Source: sampling protocol §4.2–4.3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from math import ceil, floor, log

from ortools.math_opt.python import mathopt

from scheduler.roster.documents import SHARE_UNIT, SeatName, SolverNote
from scheduler.roster.precheck import Seating

SEGMENTS = 8
"""Linear pieces of the entropy of one officer on one route."""
SLACKS = (2, 20, 200, 2000)
"""How far, in units of 1e-6, a share may move when it becomes an integer."""
SEAT_WEIGHT = 0.01
"""What evenness between the two seats counts beside evenness between officers."""
TOLERANCE = 1e-8
"""What a programme may take of the one before it."""
ROUNDING = 0.01
"""Of a unit: what a solver's answer may lie above the share it means."""
LEAST_SHARE = 0.5e-6
"""Smaller shares become 0."""

Cell = tuple[int, int, SeatName]
"""(officer, route, seat), by position."""
Shares = dict[Cell, float]


@dataclass(frozen=True, slots=True)
class Duty:
    """One route on its day, and the officers ready that day for each seat."""

    day: dt.date
    seats: Seating


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most field days per officer, by position."""

    least: tuple[int, ...]
    most: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Marginals:
    """Integer shares in units of 1e-6; each seat sums to 10**6."""

    shares: dict[Cell, int]
    notes: tuple[SolverNote, ...]


def marginals(duties: Sequence[Duty], bounds: Bounds) -> Marginals | None:
    """The shares of all seats, or none where the seats cannot all be filled within the bounds."""
    if not duties:
        return Marginals({}, ())
    largest, first = least_largest_guess(duties, bounds)
    if largest is None:
        return None
    caps, second = _least_mean_guess(duties, bounds, max(_guesses(largest).values()))
    shares, third = _most_entropy(duties, bounds, caps)
    return Marginals(_whole(shares or largest, duties, bounds), (first, second, third))


def least_largest_guess(duties: Sequence[Duty], bounds: Bounds) -> tuple[Shares | None, SolverNote]:
    """Programme A: the largest guess of the month as small as possible.

    Its answer is close to a fixed roster and is never published as it is.
    """
    model, cells = _polytope(duties, bounds)
    largest = model.add_variable(lb=0, ub=1)
    for pair in _pairs(cells).values():
        model.add_linear_constraint(mathopt.fast_sum(pair) <= largest)
    model.minimize(largest)
    return _solved(model, cells, "least largest guess")


def _least_mean_guess(
    duties: Sequence[Duty], bounds: Bounds, largest: float
) -> tuple[list[float], SolverNote]:
    """Programme B: the mean guess as small as possible; the guess of each route."""
    model, cells = _polytope(duties, bounds)
    caps = [model.add_variable(lb=0, ub=min(largest + TOLERANCE, 1)) for _ in duties]
    for (_, route), pair in _pairs(cells).items():
        model.add_linear_constraint(mathopt.fast_sum(pair) <= caps[route])
    model.minimize(mathopt.fast_sum(caps))
    shares, note = _solved(model, cells, "least mean guess")
    if shares is None:  # within the tolerance of the solver A's answer always remains
        return [largest] * len(duties), note
    guesses = _guesses(shares)
    return [min(guesses[k] * 1.02 + 0.002, largest + TOLERANCE) for k in range(len(duties))], note


def _most_entropy(
    duties: Sequence[Duty], bounds: Bounds, caps: Sequence[float]
) -> tuple[Shares | None, SolverNote]:
    """Programme C: as even as the guesses allow; then, with a small weight, even between seats."""
    model, cells = _polytope(duties, bounds)
    gains: list[mathopt.LinearTypes] = []
    for (_, route), pair in _pairs(cells).items():
        gains += _entropy_of(model, pair, caps[route], 1.0)
        if len(pair) == 2:
            gains += [
                g for one in pair for g in _entropy_of(model, [one], caps[route], SEAT_WEIGHT)
            ]
    model.maximize(mathopt.fast_sum(gains))
    return _solved(model, cells, "most entropy")


def _entropy_of(
    model: mathopt.Model, shares: Sequence[mathopt.Variable], cap: float, weight: float
) -> list[mathopt.LinearTypes]:
    """The entropy of a sum of shares, cut into linear pieces; finer where the share is small."""
    marks = [cap * (j / SEGMENTS) ** 1.5 for j in range(SEGMENTS + 1)]
    pieces = [model.add_variable(lb=0, ub=high - low) for low, high in pairwise(marks)]
    model.add_linear_constraint(mathopt.fast_sum(shares) == mathopt.fast_sum(pieces))
    return [
        weight * (_entropy(high) - _entropy(low)) / (high - low) * piece
        for (low, high), piece in zip(pairwise(marks), pieces, strict=True)
    ]


def _entropy(share: float) -> float:
    return -share * log(share) if share > 0 else 0.0


def _polytope(
    duties: Sequence[Duty],
    bounds: Bounds,
    unit: int = 1,
    box: Mapping[Cell, tuple[int, int]] | None = None,
) -> tuple[mathopt.Model, dict[Cell, mathopt.Variable]]:
    """Every lottery over valid rosters: seats filled, one route a day, field days kept.

    The rows form two nested families, so every corner of it is a roster.
    """
    model = mathopt.Model()
    cells: dict[Cell, mathopt.Variable] = {}
    by_day: dict[tuple[int, dt.date], list[mathopt.Variable]] = {}
    by_officer: dict[int, list[mathopt.Variable]] = {}
    for route, duty in enumerate(duties):
        for seat, able in _seats(duty):
            seated = []
            for officer in sorted(able):
                cell = (officer, route, seat)
                low, high = box.get(cell, (0, 0)) if box is not None else (0, unit)
                cells[cell] = model.add_variable(lb=low, ub=high)
                seated.append(cells[cell])
                by_day.setdefault((officer, duty.day), []).append(cells[cell])
                by_officer.setdefault(officer, []).append(cells[cell])
            model.add_linear_constraint(mathopt.fast_sum(seated) == unit)
    for on_day in by_day.values():
        model.add_linear_constraint(mathopt.fast_sum(on_day) <= unit)
    for officer, (least, most) in enumerate(zip(bounds.least, bounds.most, strict=True)):
        load = mathopt.fast_sum(by_officer.get(officer, ()))
        model.add_linear_constraint(lb=least * unit, ub=most * unit, expr=load)
    return model, cells


def _seats(duty: Duty) -> tuple[tuple[SeatName, frozenset[int]], ...]:
    return ("lead", duty.seats.leads), ("second", duty.seats.seconds)


def _pairs(
    cells: Mapping[Cell, mathopt.Variable],
) -> dict[tuple[int, int], list[mathopt.Variable]]:
    """The seats of one officer on one route."""
    pairs: dict[tuple[int, int], list[mathopt.Variable]] = {}
    for (officer, route, _), variable in cells.items():
        pairs.setdefault((officer, route), []).append(variable)
    return pairs


def _on_route(shares: Shares) -> dict[tuple[int, int], float]:
    """Probability of each officer on each route, either seat."""
    both: dict[tuple[int, int], float] = {}
    for (officer, route, _), share in shares.items():
        both[officer, route] = both.get((officer, route), 0.0) + share
    return both


def _guesses(shares: Shares) -> dict[int, float]:
    """Largest probability of any officer on each route."""
    guesses: dict[int, float] = {}
    for (_, route), share in _on_route(shares).items():
        guesses[route] = max(guesses.get(route, 0), share)
    return guesses


def _solved(
    model: mathopt.Model, cells: Mapping[Cell, mathopt.Variable], name: str
) -> tuple[Shares | None, SolverNote]:
    result = mathopt.solve(model, mathopt.SolverType.GLOP)
    is_solved = result.termination.reason == mathopt.TerminationReason.OPTIMAL
    note = SolverNote(
        name="GLOP",
        version=version("ortools"),
        parameters={"programme": name},
        status=result.termination.reason.name,
        value=round(result.objective_value() * SHARE_UNIT) if is_solved else None,
        bound=None,
    )
    if not is_solved:
        return None, note
    values = result.variable_values()
    return {cell: max(0.0, values[variable]) for cell, variable in cells.items()}, note


def _whole(shares: Shares, duties: Sequence[Duty], bounds: Bounds) -> dict[Cell, int]:
    """Integer shares next to the real ones that meet every row exactly.

    The matrix is totally unimodular, so a corner of the box around the shares is whole.
    """
    guess_of = _on_route(shares)
    for slack in SLACKS:
        box = {
            cell: (max(0, floor(share * SHARE_UNIT) - slack), ceil(share * SHARE_UNIT) + slack)
            for cell, share in shares.items()
            if share >= LEAST_SHARE
        }
        model, cells = _polytope(duties, bounds, SHARE_UNIT, box)
        for (officer, route), pair in _pairs(cells).items():
            most = ceil(guess_of[officer, route] * SHARE_UNIT - ROUNDING) + slack - SLACKS[0]
            model.add_linear_constraint(mathopt.fast_sum(pair) <= most)
        found, _ = _solved(model, cells, "whole")
        if found is None:
            continue
        whole = {cell: micro for cell, share in found.items() if (micro := round(share))}
        if _is_exact(whole, duties, bounds):
            return whole
    raise ArithmeticError("shares could not be made whole")


def _is_exact(whole: Mapping[Cell, int], duties: Sequence[Duty], bounds: Bounds) -> bool:
    seats: dict[tuple[int, SeatName], int] = {}
    days: dict[tuple[int, dt.date], int] = {}
    months = [0] * len(bounds.least)
    for (officer, route, seat), micro in whole.items():
        day = duties[route].day
        seats[route, seat] = seats.get((route, seat), 0) + micro
        days[officer, day] = days.get((officer, day), 0) + micro
        months[officer] += micro
    return (
        len(seats) == 2 * len(duties)
        and all(total == SHARE_UNIT for total in seats.values())
        and all(total <= SHARE_UNIT for total in days.values())
        and all(
            least * SHARE_UNIT <= total <= most * SHARE_UNIT
            for least, total, most in zip(bounds.least, months, bounds.most, strict=True)
        )
    )
