"""Which certificates must the officer in each seat hold?

Strict: the lead holds one for every sector of the route, the second none. Joint, where the law lets
a pair cover its route together: each seat has a list of its own, and the two lists make up the
sectors. Seats are never left unlabelled: "the pair covers" on unlabelled seats cannot be drawn with
the probabilities that are published. Source: sampling protocol §4.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from ortools.math_opt.python import mathopt

from scheduler.roster.rules import Officer

Cover = Literal["strict", "joint"]
Lists = tuple[tuple[str, ...], tuple[str, ...]]
"""The sectors asked of the lead and of the second, each sorted."""


@dataclass(frozen=True, slots=True)
class Seating:
    """Positions of the officers who could take each seat of a route, whatever the day.

    visits
        Enterprises of the route, for the days on which their doors are closed.
    """

    leads: frozenset[int]
    seconds: frozenset[int]
    visits: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def either(self) -> frozenset[int]:
        """Who could take one seat or the other."""
        return self.leads | self.seconds

    def among(self, ready: frozenset[int]) -> Seating:
        """The same for those of `ready` alone."""
        return Seating(self.leads & ready, self.seconds & ready)

    @property
    def is_fillable(self) -> bool:
        """Whether two different officers can take the seats."""
        return bool(self.leads and self.seconds) and len(self.either) >= 2


def splits(sectors: Collection[str], cover: Cover) -> tuple[Lists, ...]:
    """Every way to share the sectors of a route between its seats, the strict one first.

    >>> splits({"freight", "passenger"}, "joint")
    ((('freight', 'passenger'), ()), (('freight',), ('passenger',)))
    """
    every = tuple(sorted(sectors))
    found: list[Lists] = [(every, ())]
    if cover == "joint":
        for size in range(1, len(every) // 2 + 1):
            for rest in combinations(every, size):
                lead = tuple(sector for sector in every if sector not in rest)
                if size < len(lead) or every[0] in lead:  # two halves are one way, not two
                    found.append((lead, rest))
    return tuple(found)


def seated_by(officers: Sequence[Officer], willing: frozenset[int], lists: Lists) -> Seating:
    """Those of `willing` who hold what each seat asks for."""
    lead, second = (
        frozenset(i for i in willing if officers[i].sectors.issuperset(asked)) for asked in lists
    )
    return Seating(lead, second)


def easiest(
    officers: Sequence[Officer], willing: frozenset[int], sectors: Collection[str], cover: Cover
) -> tuple[Lists, Seating]:
    """The way whose scarcer seat most officers could take; of equals the first of `splits`.

    Days are planned with it, so it can be staffed on the day the plan chose. It looks at one route
    alone; that an officer with a rare certificate runs out of seats is seen by `heaviest`.
    """
    ways = [(lists, seated_by(officers, willing, lists)) for lists in splits(sectors, cover)]
    return max(ways, key=lambda way: min(len(way[1].leads), len(way[1].seconds)))


@dataclass(frozen=True, slots=True)
class Choice:
    """One route on its day, and the ways to share its certificates."""

    day: dt.date
    ways: tuple[Seating, ...]


def heaviest(
    choices: Sequence[Choice], least: Sequence[int], most: Sequence[int]
) -> tuple[int, ...] | None:
    """The way of each route that carries most weight where the mean guess is least.

    least, most
        Bounds on the field days of each officer.

    A linear programme over mixtures of ways, with as much flow into the one seat of a way as into
    the other: a guide, since a mixture of ways is no seat list. None where it has no answer.
    """
    model = mathopt.Model()
    weights: list[list[mathopt.Variable]] = []
    caps: list[mathopt.Variable] = []
    by_day: dict[tuple[int, dt.date], list[mathopt.Variable]] = {}
    loads: list[list[mathopt.Variable]] = [[] for _ in least]
    for choice in choices:
        weights.append([model.add_variable(lb=0, ub=1) for _ in choice.ways])
        caps.append(model.add_variable(lb=0, ub=1))
        model.add_linear_constraint(mathopt.fast_sum(weights[-1]) == 1)
        on_route: dict[int, list[mathopt.Variable]] = {}
        for way, weight in zip(choice.ways, weights[-1], strict=True):
            for able in (way.leads, way.seconds):
                flow = {i: model.add_variable(lb=0, ub=1) for i in sorted(able)}
                model.add_linear_constraint(mathopt.fast_sum(flow.values()) == weight)
                for i, share in flow.items():
                    on_route.setdefault(i, []).append(share)
                    by_day.setdefault((i, choice.day), []).append(share)
                    loads[i].append(share)
        for shares in on_route.values():
            model.add_linear_constraint(mathopt.fast_sum(shares) <= caps[-1])
    for shares in by_day.values():
        model.add_linear_constraint(mathopt.fast_sum(shares) <= 1)
    for shares, low, high in zip(loads, least, most, strict=True):
        model.add_linear_constraint(lb=low, ub=high, expr=mathopt.fast_sum(shares))
    model.minimize(mathopt.fast_sum(caps))
    result = mathopt.solve(model, mathopt.SolverType.GLOP)
    if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
        return None
    values = result.variable_values()
    return tuple(_place_of_most([values[weight] for weight in ways]) for ways in weights)


def _place_of_most(weights: Sequence[float]) -> int:
    """The first of those that are equal to the solver's six digits."""
    rounded = [round(weight, 6) for weight in weights]
    return rounded.index(max(rounded))
