"""Which flows are lotteries over valid rosters?

Source → officer → officer's day → route → sink, in whole units of 1e-6: the network that the draw
rounds, with both seats of a route in one node.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from scheduler.roster.documents import SHARE_UNIT
from scheduler.roster.seats import Seating

Whole = NDArray[np.int64]
SOURCE, SPARE, SINK, FIRST_NODE = range(4)


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


def structural_floor(seats: Seating) -> int:
    """Whatever the lottery, the likeliest officer of this route is as likely as this (1e-6).

    Two of everybody who could go, one of everybody who could take each seat.

    >>> structural_floor(Seating(frozenset({0, 1, 2}), frozenset(range(8))))
    333334
    """
    everybody = len(seats.leads | seats.seconds)
    shares = [Fraction(2, everybody or 1)]
    shares += [Fraction(1, len(able) or 1) for able in (seats.leads, seats.seconds)]
    return min(-(-SHARE_UNIT * max(shares) // 1), SHARE_UNIT)


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes and arcs; the first arcs are the pairs: an officer and a route he or she could go on.

    officer, route
        Of each pair.
    kind
        Which seats the officer could take there: 0 both, 1 the lead's only, 2 the second's only.
    on_day
        Number of the officer's day.
    tails, heads, room
        Nodes and capacity of all arcs; that of a pair is what the programmes set.
    floors
        Of each route, see `structural_floor`.
    """

    officer: Whole
    route: Whole
    kind: Whole
    on_day: Whole
    routes: int
    tails: Whole
    heads: Whole
    room: Whole
    nodes: int
    floors: Whole
    bounds: Bounds


def network(duties: Sequence[Duty], bounds: Bounds) -> Network:
    """The network of a month: every lottery over valid rosters is a full flow, and every full flow
    such a lottery.

    Who can take one seat only passes a node that lets one officer through; then what the others
    bring is always enough for the rest of both seats.
    """
    pairs = [
        (i, k, 2 * (i not in duty.seats.leads) or int(i not in duty.seats.seconds))
        for k, duty in enumerate(duties)
        for i in sorted(duty.seats.leads | duty.seats.seconds)
    ]
    officer, route, kind = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    days = sorted({duty.day for duty in duties})
    day = np.array([days.index(duty.day) for duty in duties])[route] if pairs else route
    officers, routes = len(bounds.least), len(duties)
    of_officer = FIRST_NODE + np.arange(officers)
    of_day = FIRST_NODE + officers
    of_route = of_day + officers * len(days)
    least, most = np.array(bounds.least), np.array(bounds.most)
    spare = 2 * routes - int(least.sum())
    each_day = np.arange(officers * len(days))
    each_route = of_route + np.arange(routes)
    arcs: list[tuple[Any, Any, Any]] = [
        (of_day + officer * len(days) + day, of_route + kind * routes + route, 0),
        (SOURCE, of_officer, least),
        (SOURCE, [SPARE], max(spare, 0)),
        (SPARE, of_officer, most - least),
        (of_officer[each_day // len(days)], of_day + each_day, 1),
        (each_route + routes, each_route, 1),
        (each_route + 2 * routes, each_route, 1),
        (each_route, SINK, 2),
    ]
    joined = [np.broadcast_arrays(*arc) for arc in arcs]
    tails, heads, room = (np.concatenate([arc[j] for arc in joined]) for j in range(3))
    return Network(
        officer=officer,
        route=route,
        kind=kind,
        on_day=officer * len(days) + day,
        routes=routes,
        tails=tails,
        heads=heads,
        room=room.astype(np.int64) * SHARE_UNIT,
        nodes=of_route + 3 * routes,
        floors=np.array([structural_floor(duty.seats) for duty in duties]),
        bounds=bounds,
    )


def _room(net: Network, caps: Whole) -> Whole:
    """The capacity of every arc when no officer of a route is likelier than its cap."""
    room = net.room.copy()
    room[: len(net.route)] = np.minimum(caps, SHARE_UNIT)[net.route]
    return room


def flow(net: Network, caps: Whole) -> tuple[Whole, NDArray[np.bool_] | None]:
    """How likely each pair is in a greatest flow; unless that is full, the arcs of a least cut."""
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(net.tails, net.heads, _room(net, caps))
    solver.solve(SOURCE, SINK)
    chances = np.asarray(solver.flows(arcs))[: len(net.route)]
    if solver.optimal_flow() == 2 * net.routes * SHARE_UNIT:
        return chances, None
    near = np.zeros(net.nodes, dtype=bool)
    near[solver.get_source_side_min_cut()] = True
    return chances, near[net.tails] & ~near[net.heads]


def carried_by_pairs(net: Network, cut: NDArray[np.bool_]) -> int:
    """What the pairs of a cut must carry, since its other arcs cannot."""
    pairs = len(net.route)
    return 2 * net.routes * SHARE_UNIT - int(net.room[pairs:][cut[pairs:]].sum())
