"""Can officers who may not go together be kept apart, and how, where no swap of a draw did it?

Bans cross the rows that the shares are made of, so the draw does not know them: swaps part
the pairs it makes (`lottery.part_pairs`). Before the freeze a seating that keeps them must
exist; what the swaps cannot mend is seated anew as close to the draw as can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduler.lottery import Place, Share, banned_routes
from scheduler.roster.documents import Effort, SolverNote
from scheduler.roster.solver import solve

Ban = tuple[str, str]
Loads = Mapping[str, tuple[int, int]]
"""Officer → least and most field days."""
Cells = dict[tuple[Place, str], cp_model.IntVar]
"""Whether an officer takes a seat."""


def can_be_kept(shares: Sequence[Share], bans: Sequence[Ban], loads: Loads) -> bool:
    """Whether some seating by officers with a share keeps every ban and the field days."""
    model, _ = _model(shares, bans, loads)
    return _solved(model) is not None


def unkept(shares: Sequence[Share], bans: Sequence[Ban], loads: Loads) -> tuple[str, list[Ban]]:
    """The first day that cannot be seated under the bans ("" where each day alone can), and which
    bans are in the way: one whose lifting is enough, else all that meet there."""
    days = sorted({share[1] for share in shares})
    at_most_one = {share[0]: (0, 1) for share in shares}
    for day in days:
        of_day = [share for share in shares if share[1] == day]
        if not can_be_kept(of_day, bans, at_most_one):
            return day, _in_the_way(of_day, bans, at_most_one)
    return "", _in_the_way(shares, bans, loads)


def _in_the_way(shares: Sequence[Share], bans: Sequence[Ban], loads: Loads) -> list[Ban]:
    there = {share[0] for share in shares}
    meeting = [ban for ban in bans if there.issuperset(ban)]
    for one in meeting:
        if can_be_kept(shares, [ban for ban in meeting if ban != one], loads):
            return [one]
    return meeting


@dataclass(frozen=True, slots=True)
class Mended:
    """The officers in their seats, and the days (ISO) on which a solver put them there."""

    seated: dict[Place, str]
    by_solver: tuple[str, ...]
    notes: tuple[SolverNote, ...]


def mended(
    shares: Sequence[Share], seated: Mapping[Place, str], bans: Sequence[Ban], loads: Loads
) -> Mended:
    """The seating after the swaps, but that days with a banned pair left are seated anew.

    A day is seated anew by its own officers, as close to what chance left as can be; where they
    cannot be seated apart, the whole month is, within the field days.
    """
    day_of = {route_id: day for _, day, route_id, _, _ in shares}
    left = sorted({day_of[route_id] for route_id in banned_routes(seated, bans)})
    anew, notes = dict(seated), []
    for day in left:
        of_day = {at: one for at, one in seated.items() if day_of[at[0]] == day}
        once = dict.fromkeys(of_day.values(), (1, 1))
        rows = [share for share in shares if share[1] == day and share[0] in once]
        found, note = _seat_apart(rows, of_day, bans, once)
        notes.append(note)
        if found is None:
            found, note = _seat_apart(shares, seated, bans, loads)
            assert found is not None, "the freeze found a seating"
            anew, notes = found, [*notes, note]
            break
        anew |= found
    changed = {day_of[at[0]] for at in anew if anew[at] != seated[at]}
    return Mended(anew, tuple(sorted(changed)), tuple(notes))


def _seat_apart(
    shares: Sequence[Share], drawn: Mapping[Place, str], bans: Sequence[Ban], loads: Loads
) -> tuple[dict[Place, str] | None, SolverNote]:
    """The seating that agrees with `drawn` in most seats; of equals the lowest-numbered one, seat
    by seat. None where there is none."""
    model, cells = _model(shares, bans, loads)
    agreement = sum(taken for (place, one), taken in cells.items() if drawn[place] == one)
    model.maximize(agreement)
    solver, note = solve(model, Effort(), _never)
    if note.value is None:
        return None, note
    model.add(agreement >= note.value)
    seated = _chosen(cells, solver)
    for place in sorted(seated):
        able = sorted(one for at, one in cells if at == place)
        if seated[place] != able[0]:
            model.minimize(sum(k * cells[place, one] for k, one in enumerate(able)))
            solver, again = solve(model, Effort(), _never)
            seated = seated if again.value is None else _chosen(cells, solver)
        model.add(cells[place, seated[place]] == 1)
    return seated, note


def _model(
    shares: Sequence[Share], bans: Sequence[Ban], loads: Loads
) -> tuple[cp_model.CpModel, Cells]:
    model = cp_model.CpModel()
    cells: Cells = {}
    seats: dict[Place, list[cp_model.IntVar]] = {}
    days: dict[tuple[str, str], list[cp_model.IntVar]] = {}
    on_route: dict[tuple[str, str], list[cp_model.IntVar]] = {}
    months: dict[str, list[cp_model.IntVar]] = {}
    for one, day, route_id, seat, _ in shares:
        taken = model.new_bool_var("")
        cells[(route_id, seat), one] = taken
        seats.setdefault((route_id, seat), []).append(taken)
        days.setdefault((one, day), []).append(taken)
        on_route.setdefault((one, route_id), []).append(taken)
        months.setdefault(one, []).append(taken)
    for able in seats.values():
        model.add_exactly_one(able)
    for busy in days.values():
        model.add_at_most_one(busy)
    for one, other in bans:
        for route_id in sorted({route_id for route_id, _ in seats}):
            both = [*on_route.get((one, route_id), ()), *on_route.get((other, route_id), ())]
            model.add_at_most_one(both)
    for one, taken_by in months.items():
        least, most = loads[one]
        model.add_linear_constraint(sum(taken_by), least, most)
    return model, cells


def _solved(model: cp_model.CpModel) -> cp_model.CpSolver | None:
    solver, note = solve(model, Effort(), _never)
    return solver if note.status in ("OPTIMAL", "FEASIBLE") else None


def _chosen(cells: Cells, solver: cp_model.CpSolver) -> dict[Place, str]:
    return {place: one for (place, one), taken in cells.items() if solver.boolean_value(taken)}


def _never() -> bool:
    return False
