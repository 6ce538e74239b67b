"""With what probability should each officer sit in each seat, so that nobody can be guessed?

Three linear programmes, one after another: the largest guess as small as it can be, then the mean
guess, then as much entropy as that leaves. Source: sampling protocol §4.2–4.3.

They decide how likely each officer is on each route; how that is shared between the two seats
follows. In integers of 1e-6 the first and the third are flows in the network that the draw rounds
(source → officer → day → route), so their answers are whole and exact; only the second needs a
solver of linear programmes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from ortools.linear_solver.python import model_builder_helper
from scipy.sparse import csr_matrix

from scheduler.roster.documents import SHARE_UNIT, SeatName, SolverNote
from scheduler.roster.network import (
    SINK,
    SOURCE,
    Bounds,
    Duty,
    Network,
    Whole,
    carried_by_pairs,
    flow,
    network,
    structural_floor,
)

__all__ = [
    "Bounds",
    "Cell",
    "Duty",
    "Marginals",
    "least_largest_guess",
    "marginals",
    "structural_floor",
]

SEGMENTS = 16
"""Linear pieces of the entropy of one officer on one route."""
COST_UNIT = 1000
"""Slopes of the entropy, in nats, are whole numbers of 1 / COST_UNIT."""
MORE_PERMILLE, MORE_MICRO = 20, 2000
"""What the third programme may give back of the guess of a route: 2 % and 0.002."""
MOST_SIMPLEX_PAIRS = 20_000
"""Officers × routes up to which the second programme is solved to the end."""
LOOSE = 5e-4
"""How far, relatively, it may stay from the end in a larger pool."""

Cell = tuple[int, int, SeatName]
"""(officer, route, seat), by position."""
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Marginals:
    """Integer shares in units of 1e-6; each seat sums to 10**6."""

    shares: dict[Cell, int]
    notes: tuple[SolverNote, ...]


def marginals(duties: Sequence[Duty], bounds: Bounds) -> Marginals | None:
    """The shares of all seats, or none where the seats cannot all be filled within the bounds."""
    if not duties:
        return Marginals({}, ())
    net = network(duties, bounds)
    largest, first = _least_largest(net)
    if largest is None:
        return None
    caps, second = _least_mean(net, largest)
    more = caps + (caps * MORE_PERMILLE) // 1000 + MORE_MICRO
    chances, third = _most_entropy(net, np.minimum(more, largest))
    return Marginals(_seated(net, chances), (first, second, third))


def least_largest_guess(duties: Sequence[Duty], bounds: Bounds) -> Marginals | None:
    """The first programme alone, to compare with: close to a fixed roster, never published."""
    if not duties:
        return Marginals({}, ())
    net = network(duties, bounds)
    largest, note = _least_largest(net)
    if largest is None:
        return None
    chances, _ = flow(net, np.full(net.routes, largest))
    return Marginals(_seated(net, chances), (note,))


# ── three programmes ──────────────────────────────────────────────────────────────────────


def _least_largest(net: Network) -> tuple[int | None, SolverNote]:
    """Programme A: the largest guess as small as possible; none where no flow is full.

    Each cut that is too narrow tells how much wider its pairs must be, until none is.
    """
    if sum(net.bounds.least) > 2 * net.routes:
        return None, _note("max flow", "least largest guess", "INFEASIBLE", None)
    largest = int(net.floors.max())
    while largest <= SHARE_UNIT:
        _, cut = flow(net, np.full(net.routes, largest))
        if cut is None:
            return largest, _note("max flow", "least largest guess", "OPTIMAL", largest)
        pairs = int(cut[: len(net.route)].sum())
        largest = -(-carried_by_pairs(net, cut) // pairs) if pairs else SHARE_UNIT + 1
    return None, _note("max flow", "least largest guess", "INFEASIBLE", None)


def _least_mean(net: Network, largest: int) -> tuple[Whole, SolverNote]:
    """Programme B: the mean guess as small as possible; the guess of each route."""
    is_small = len(net.route) <= MOST_SIMPLEX_PAIRS
    real, is_optimal = _solved(net, largest, to_the_end=is_small)
    caps = np.clip(np.ceil(real * SHARE_UNIT - 0.01), net.floors, largest).astype(np.int64)
    caps = _widened(net, caps, largest)
    name, status = "GLOP" if is_small else "PDLP", "OPTIMAL" if is_optimal else "FEASIBLE"
    return caps, _note(name, "least mean guess", status, int(caps.sum()))


def _solved(net: Network, largest: int, *, to_the_end: bool) -> tuple[Real, bool]:
    """The caps of programme B as the solver gives them, equal where it gives none; and whether they
    are the best there are."""
    pairs, routes, officers = len(net.route), net.routes, len(net.bounds.least)
    one_seat, here = net.kind > 0, np.arange(pairs)
    ends = np.cumsum([3 * routes, int(net.on_day.max()) + 1, officers, pairs])  # blocks of rows
    of_month, of_pair = slice(ends[1], ends[2]), slice(ends[2], ends[3])
    entries = [
        (net.route, here),
        ((net.kind * routes + net.route)[one_seat], here[one_seat]),
        (ends[0] + net.on_day, here),
        (ends[1] + net.officer, here),
        (ends[2] + here, here),
        (ends[2] + here, pairs + net.route),
    ]
    rows, columns = (np.concatenate(part) for part in zip(*entries, strict=True))
    signs = np.ones(len(rows))
    signs[-pairs:] = -1
    low, high = np.full(ends[3], -np.inf), np.ones(ends[3])
    low[:routes] = high[:routes] = 2
    low[of_month], high[of_month] = net.bounds.least, net.bounds.most
    high[of_pair] = 0
    model: Any = model_builder_helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(
        np.concatenate([np.zeros(pairs), net.floors / SHARE_UNIT]),
        np.full(pairs + routes, largest / SHARE_UNIT),
        np.concatenate([np.zeros(pairs), np.ones(routes)]),
        low,
        high,
        csr_matrix((signs, (rows, columns)), shape=(ends[3], pairs + routes)),
    )
    solver = model_builder_helper.ModelSolverHelper("glop" if to_the_end else "pdlp")
    close = f"eps_optimal_relative: {LOOSE} eps_optimal_absolute: {LOOSE}"
    solver.set_solver_specific_parameters(
        "use_dual_simplex: true"
        if to_the_end
        else f"num_threads: 1 termination_criteria {{ simple_optimality_criteria {{ {close} }} }}"
    )
    solver.solve(model)
    if not solver.has_solution():
        return np.full(routes, largest / SHARE_UNIT), False
    is_optimal = solver.status() == model_builder_helper.SolveStatus.OPTIMAL
    return np.asarray(solver.variable_values())[pairs:], to_the_end and is_optimal


def _widened(net: Network, caps: Whole, largest: int) -> Whole:
    """Caps that leave a full flow: those in the way widen, by the same factor, no further than A's.

    A solver of floating numbers may leave them too narrow by its tolerance.
    """
    while True:
        _, cut = flow(net, caps)
        if cut is None:
            return caps
        crossed = np.bincount(net.route[cut[: len(net.route)]], minlength=net.routes)
        can_widen = (crossed > 0) & (caps < largest)
        fixed = int((caps * crossed)[~can_widen].sum())
        narrow = int((caps * crossed)[can_widen].sum())
        factor = (carried_by_pairs(net, cut) - fixed) / narrow
        wider = np.ceil(caps[can_widen] * factor).astype(np.int64)
        caps = caps.copy()
        caps[can_widen] = np.minimum(np.maximum(wider, caps[can_widen] + 1), largest)


def _most_entropy(net: Network, caps: Whole) -> tuple[Whole, SolverNote]:
    """Programme C: as even as the caps allow. The entropy of each pair in linear pieces, finer
    where the share is small, makes a flow of least cost."""
    pairs = len(net.route)
    marks = np.rint(caps[:, None] * (np.arange(SEGMENTS + 1) / SEGMENTS) ** 1.5).astype(np.int64)
    width = np.diff(marks)
    share = np.maximum(marks, 1e-9) / SHARE_UNIT
    slope = np.diff(-share * np.log(share)) / np.maximum(width, 1) * SHARE_UNIT
    price = -np.rint(slope * COST_UNIT).astype(np.int64)
    rest = net.room[pairs:]
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([np.repeat(net.tails[:pairs], SEGMENTS), net.tails[pairs:]]),
        np.concatenate([np.repeat(net.heads[:pairs], SEGMENTS), net.heads[pairs:]]),
        np.concatenate([width[net.route].ravel(), rest]),
        np.concatenate([price[net.route].ravel(), np.zeros_like(rest)]),
    )
    solver.set_node_supply(SOURCE, 2 * net.routes * SHARE_UNIT)
    solver.set_node_supply(SINK, -2 * net.routes * SHARE_UNIT)
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("a full flow was lost")
    flows = np.asarray(solver.flows(arcs))[: pairs * SEGMENTS]
    value = -int(solver.optimal_cost()) // SHARE_UNIT
    note = _note("min cost flow", "most entropy", "OPTIMAL", value)
    return flows.reshape(pairs, SEGMENTS).sum(axis=1), note


def _note(name: str, programme: str, status: str, value: int | None) -> SolverNote:
    return SolverNote(name, version("ortools"), {"programme": programme}, status, value, None)


# ── seats ─────────────────────────────────────────────────────────────────────────────────


def _seated(net: Network, chances: Whole) -> dict[Cell, int]:
    """Officers who could take both seats lead in equal proportion; by largest remainder."""
    shares: dict[Cell, int] = {}
    ends = np.cumsum(np.bincount(net.route, minlength=net.routes)).tolist()
    for route, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        mine: list[tuple[int, int, int]] = list(
            zip(*(column[start:end].tolist() for column in (net.officer, net.kind, chances)),
                strict=True)
        )  # fmt: skip
        leads = {officer: chance for officer, kind, chance in mine if kind == 1}
        both = {officer: chance for officer, kind, chance in mine if kind == 0}
        leads |= _proportional(both, SHARE_UNIT - sum(leads.values()))
        for officer, _, chance in mine:
            lead = leads.get(officer, 0)
            cells: tuple[tuple[SeatName, int], ...] = (("lead", lead), ("second", chance - lead))
            shares |= {(officer, route, seat): micro for seat, micro in cells if micro}
    return shares


def _proportional(parts: dict[int, int], total: int) -> dict[int, int]:
    """Whole numbers in the proportion of the parts, no larger than they are, that sum to `total`.

    >>> _proportional({1: 500_000, 2: 250_000, 3: 250_000}, 500_001)
    {1: 250001, 2: 125000, 3: 125000}
    """
    whole = sum(parts.values())
    got = {key: part * total // whole for key, part in parts.items()} if whole else {}
    behind = sorted(got, key=lambda key: (-(parts[key] * total % whole), key))
    for key in behind[: total - sum(got.values())]:
        got[key] += 1
    return got
