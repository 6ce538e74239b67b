"""What does an assignment decide: which route goes on which day, and who goes along?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from scheduler.roster.bars import Option, allowed, unbarred
from scheduler.roster.problem import Mask, Problem
from scheduler.roster.reasons import Reason

Goes = dict[tuple[int, int], cp_model.IntVar]
"""(option, day) → whether it goes then."""
Sits = dict[tuple[int, int, int], cp_model.IntVar]
"""(route, officer, day) → whether he or she goes along then."""


def as_it_is(reason: Reason) -> Reason:
    """Every reason by its own name."""
    return reason


@dataclass(slots=True)
class Model:
    """The variables; `literals` is none where nothing has to be explained.

    leads
        As `sits`: who leads. Made where something has to be explained only: otherwise two who go
        along, one of whom could lead, say the same with half the variables.
    comes, can_lead
        By option: what `allowed` says.
    told_as
        What a reason is called: lets "officer 3 on leave" become "those on leave".
    """

    problem: Problem
    options: Sequence[Option]
    cp: cp_model.CpModel
    goes: Goes
    sits: Sits
    leads: Sits
    comes: list[Mask]
    can_lead: list[Mask]
    bans: tuple[tuple[int, int], ...] = ()
    required: tuple[int, ...] = ()
    musts: tuple[int, ...] = ()
    literals: dict[Reason, cp_model.IntVar] | None = None
    told_as: Callable[[Reason], Reason] = as_it_is

    def under(self, *reasons: Reason) -> list[cp_model.IntVar]:
        """The literals that have to be true for these reasons to stand."""
        if self.literals is None:
            return []
        names = {self.told_as(reason) for reason in reasons}
        return [self.literals.setdefault(name, self.cp.new_bool_var(str(name))) for name in names]

    def going(self, day: int | None = None, *, route: int | None = None) -> list[cp_model.IntVar]:
        """The options that go on a day, of a route."""
        return [
            go
            for (o, d), go in self.goes.items()
            if day in (None, d) and route in (None, self.options[o].route)
        ]


def cells_of(
    problem: Problem,
    among: Sequence[Option],
    *,
    bans: Sequence[tuple[int, int]] = (),
    required: Sequence[int] = (),
    musts: Sequence[int] = (),
    explains: bool = False,
    told_as: Callable[[Reason], Reason] = as_it_is,
) -> Model:
    """The variables, without a rule; none for what is barred, unless it has to be explained."""
    cp = cp_model.CpModel()
    masks = [
        (free := unbarred(problem, option), free) if explains else allowed(problem, option)
        for option in among
    ]
    goes: Goes = {}
    sits: Sits = {}
    leads: Sits = {}
    for o, option in enumerate(among):
        comes, can_lead = masks[o]
        for day in option.days:
            could_go = can_lead[:, day].any() and comes[:, day].sum() >= 2
            if not (explains or could_go):
                continue
            goes[o, day] = cp.new_bool_var("")
            for i in np.flatnonzero(comes[:, day]).tolist():
                if (option.route, i, day) not in sits:
                    sits[option.route, i, day] = cp.new_bool_var("")
                    if explains:
                        leads[option.route, i, day] = cp.new_bool_var("")
    return Model(
        problem,
        among,
        cp,
        goes,
        sits,
        leads,
        comes=[comes for comes, _ in masks],
        can_lead=[lead for _, lead in masks],
        bans=tuple(bans),
        required=tuple(required),
        musts=tuple(musts),
        literals={} if explains else None,
        told_as=told_as,
    )
