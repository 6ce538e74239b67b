"""What is the least an enterprise can do for the next better grade, and when would it have it?

The future is simulated with the engine that grades: what would be known on every coming grading
day is measured, scored and graded, each grading compared with the one before. So the day that is
claimed is the day on which production would give the grade, if the actions are done and nothing
new happens: the fading of old facts, windows, margin, validity, vetoes and newcomers included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riskengine.actions import (
    Lever,
    Option,
    facts_of_actions,
    levers,
    months_after,
    points_at,
)
from riskengine.days import MEASURED, measure_on, views_on, with_surroundings
from riskengine.errors import NotFound
from riskengine.features import NAMING, Features
from riskengine.grade import LETTERS, Grades, grade
from riskengine.policy import Policy
from riskengine.register import Known, Register
from riskengine.rules import Grade, PolicyView
from riskengine.scorecard import score
from riskengine.truth import of_enterprise, row_of

Row = dict[str, Any]
Places = npt.NDArray[np.int64]

HORIZON_MONTHS = 36
"""Longer than any fact weighs in the packs; what does not help by then is not worth a promise."""
MOST_ACTIONS = 3
"""Sets up to this size are all tried; a larger one is found by leaving out what is not needed."""


@dataclass(frozen=True, slots=True)
class Way:
    """Things to do, and when the better grade would follow.

    reached_on
        The grading day; the grading before it would not yet give the grade.
    months
        Gradings until then, one a month.
    row
        The row of the enterprise in the grades of that day.
    """

    actions: Option
    reached_on: dt.date
    months: int
    row: Row


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the next better grade is reached, if nothing new happens.

    ways
        The fewest actions first; each later way takes more and comes earlier. Empty where nothing
        helps until `last`.
    best
        The row on `last` with everything done: says why nothing helps.
    """

    target: Grade
    last: dt.date
    ways: tuple[Way, ...]
    best: Row


def counterfactual(
    known: Known, grades: Grades, policy: Policy, enterprise_id: str
) -> Outlook | None:
    """The smallest sets of actions that reach the next better grade; None for the best grade.

    Parameters
    ----------
    known
        The register as known on the day of the grades, of all enterprises or of this one.
    grades
        The grade in force, which the coming gradings are compared with.
    policy
        The pack: each grading goes by the rules of its day.
    """
    row = row_of(grades, enterprise_id)
    if row is None:
        raise NotFound("not_found", kind="enterprise", name=enterprise_id)
    if row["grade"] == LETTERS[0]:
        return None
    mine = Known(known.as_of, of_enterprise(Register(known.tables), enterprise_id).tables, "")
    days = [months_after(known.as_of, months + 1) for months in range(HORIZON_MONTHS)]
    can = levers(mine, policy.on(known.as_of), row, by=days[0] - dt.timedelta(days=1))
    world = simulated(mine, row, policy, days, can)
    target = LETTERS[LETTERS.index(row["grade"]) - 1]
    return found(world, useful(world, can), row, grades, target)


# ── measuring every option on every day ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class World:
    """Every option of every lever, measured on every coming grading day.

    views
        The rules of each day.
    measured
        One table a day; row 0 is "nothing done".
    place
        Option → its row; the option "nothing" is row 0.
    """

    days: list[dt.date]
    views: list[PolicyView]
    measured: list[Features]
    place: Mapping[Option, int]


def simulated(
    mine: Known, row: Row, policy: Policy, days: list[dt.date], can: Sequence[Lever]
) -> World:
    """Measure each option as an enterprise of its own, in one run for all days."""
    options: list[Option] = [(), *(option for lever in can for option in lever.options if option)]
    worlds = [facts_of_actions(mine, row, option, until=days[-1]) for option in options]
    tables = {
        name: pa.concat_tables([apart(one[name], k) for k, one in enumerate(worlds)])
        for name in MEASURED
    }
    views = views_on(policy, days)
    measured = [with_surroundings(one, row) for one in measure_on(Register(tables), views, days)]
    return World(days, views, measured, {option: k for k, option in enumerate(options)})


def apart(table: pa.Table, place: int) -> pa.Table:
    """The same facts under the name of one option."""
    for name in ("enterprise_id", "fact_id"):
        if name in table.column_names:
            marked = pa.array([f"{place:05d}/{text}" for text in table[name].to_pylist()])
            at = table.column_names.index(name)
            table = table.set_column(at, table.schema.field(at), marked.cast(pa.string()))
    return table


def useful(world: World, can: Sequence[Lever]) -> list[Lever]:
    """The levers without the options that change no point, veto or limit on any day."""
    kept = []
    for lever in can:
        options = [one for one in lever.options if not one or helps(world, lever, one)]
        if len(options) > 1:
            kept.append(replace(lever, options=tuple(options)))
    return kept


def helps(world: World, lever: Lever, option: Option) -> bool:
    for view, features in zip(world.views, world.measured, strict=True):
        names = [name for name in lever.features if name in features.table.column_names]
        table = features.table.select(["sector", *names])
        base, with_it = table.take([0, world.place[option]]).to_pylist()
        if any(is_better(base, with_it, name, view) for name in names):
            return True
    return False


def is_better(base: Row, with_it: Row, name: str, view: PolicyView) -> bool:
    """Does the feature win a point, leave a veto, or end the limit for newcomers?"""
    for item in view.scorecard.items:
        if item.feature == name and (not item.sectors or base["sector"] in item.sectors):
            was, is_ = (points_at(item, {f"f_{name}": row[name]}) for row in (base, with_it))
            if is_ > was:
                return True
    for veto in view.grades.vetoes:
        if veto.feature == name and (with_it[name] or 0) < veto.at_least <= (base[name] or 0):
            return True
    most = view.grades.record_days
    if name != "days_since_inspection" or with_it[name] is None:
        return False
    return bool(with_it[name] <= most and (base[name] is None or base[name] > most))


# ── searching ─────────────────────────────────────────────────────────────────────────────


def found(world: World, can: Sequence[Lever], row: Row, grades: Grades, target: Grade) -> Outlook:
    """Fewest actions, then the earliest day; and the ways that take more but come earlier."""
    everything = tuple(lever.options[-1] for lever in can)
    small = [s for s in product(*(lever.options for lever in can)) if size(s) <= MOST_ACTIONS]
    sets = [*sorted(small, key=size), everything]
    futures = graded(world, can, sets, grades, row)
    reached = first_reached(futures, target)
    ways: list[Way] = []
    earliest = len(world.days)
    for count in range(MOST_ACTIONS + 1):
        ones = [k for k, chosen in enumerate(sets) if size(chosen) == count]
        best = min(ones, key=lambda k: reached[k], default=None)
        if best is not None and reached[best] < earliest:
            earliest = int(reached[best])
            ways.append(way(world, sets[best], earliest, rows_at(futures, earliest, best)))
    if reached[-1] < earliest:
        earliest = int(reached[-1])
        chosen = pruned(world, can, everything, earliest, grades, row, target)
        (last,) = (graded(world, can, [chosen], grades, row),)
        ways.append(way(world, chosen, earliest, rows_at(last, earliest, 0)))
    best_row = rows_at(futures, len(world.days) - 1, len(sets) - 1)
    return Outlook(target, world.days[-1], tuple(ways), best_row)


Chosen = tuple[Option, ...]


def size(chosen: Chosen) -> int:
    """How many things there are to do."""
    return sum(map(len, chosen))


def way(world: World, chosen: Chosen, k: int, row: Row) -> Way:
    actions = tuple(action for option in chosen for action in option)
    return Way(actions, world.days[k], k + 1, row)


def rows_at(futures: Sequence[Grades], k: int, place: int) -> Row:
    row: Row = futures[k].table.slice(place, 1).to_pylist()[0]
    return row


def graded(
    world: World, can: Sequence[Lever], sets: Sequence[Chosen], grades: Grades, row: Row
) -> list[Grades]:
    """The grades of every coming day, one row a set, each day compared with the day before."""
    names = pa.array([f"{k:06d}" for k in range(len(sets))])
    previous = replace(grades, table=repeated(row, names))
    places = {
        name: np.array([world.place[chosen[at]] for chosen in sets], np.int64)
        for at, lever in enumerate(can)
        for name in lever.features
    }
    nothing = np.zeros(len(sets), np.int64)
    result = []
    for view, features in zip(world.views, world.measured, strict=True):
        columns = {name: features.table[name].take(pa.array(nothing)) for name in NAMING}
        columns["enterprise_id"] = names
        for name in features.table.column_names[len(NAMING) :]:
            place = places.get(name, nothing)
            columns[name] = features.table[name].take(pa.array(place))
        table = pa.table(columns)
        previous = grade(score(replace(features, table=table), view), view, previous)
        result.append(previous)
    return result


def repeated(row: Row, names: pa.Array) -> pa.Table:
    """The grade in force of one enterprise, for every set."""
    columns = {"enterprise_id": names}
    columns["grade"] = pa.array([row["grade"]] * len(names), pa.string())
    columns["graded_on"] = pa.array([row["graded_on"]] * len(names), pa.date32())
    return pa.table(columns)


def first_reached(futures: Sequence[Grades], target: Grade) -> Places:
    """For each set the place of the first day with the grade or a better one; else past the end."""
    fine = np.array([np.array(one.table["grade"].to_pylist()) <= target for one in futures])
    return np.where(fine.any(axis=0), fine.argmax(axis=0), len(futures)).astype(np.int64)


def pruned(
    world: World,
    can: Sequence[Lever],
    everything: Chosen,
    earliest: int,
    grades: Grades,
    row: Row,
    target: Grade,
) -> Chosen:
    """As little of everything, and as little far, as still reaches the grade on the same day."""
    chosen, goes_on = everything, True
    while goes_on:
        fewer = [
            (*chosen[:at], option, *chosen[at + 1 :])
            for at, lever in enumerate(can)
            for option in lever.options[: lever.options.index(chosen[at])]
        ]
        goes_on = False
        if fewer:
            reached = first_reached(graded(world, can, fewer, grades, row), target)
            enough = [one for one, k in zip(fewer, reached, strict=True) if k <= earliest]
            if enough:
                chosen, goes_on = min(enough, key=size), True
    return chosen
