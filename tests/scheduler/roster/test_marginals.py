"""Are the shares a lottery over valid rosters, and as hard to guess as they can be?"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

from scheduler.roster import marginals as programmes
from scheduler.roster.documents import SHARE_UNIT
from scheduler.roster.marginals import (
    Bounds,
    Cell,
    Duty,
    least_largest_guess,
    marginals,
    structural_floor,
)
from scheduler.roster.seats import Seating
from tests.scheduler.roster import small

DAY, NEXT = small.workdays(2)


def duty(leads: object, seconds: object, day: Any = DAY) -> Duty:
    return Duty(day, Seating(frozenset(leads), frozenset(seconds)))  # type: ignore[call-overload]


def a_month(rng: np.random.Generator, officers: int, days: int) -> list[Duty]:
    """Days with as many routes as can be staffed whatever the seating, officers in excess; now and
    then a second seat that asks for a certificate too."""
    found = []
    for day in small.workdays(days):
        for _ in range(officers // 4):
            leads = rng.choice(officers, officers // 2, replace=False).tolist()
            seconds = range(officers)
            if rng.random() < 0.3:
                seconds = rng.choice(officers, 3 * officers // 4, replace=False).tolist()
            found.append(duty(leads, seconds, day))
    return found


def on_routes(shares: dict[Cell, int]) -> dict[tuple[int, int], int]:
    """(route, officer) → probability, either seat."""
    both: Counter[tuple[int, int]] = Counter()
    for (officer, k, _), micro in shares.items():
        both[k, officer] += micro
    return both


def guesses(shares: dict[Cell, int]) -> list[int]:
    best: dict[int, int] = {}
    for (k, _), micro in on_routes(shares).items():
        best[k] = max(best.get(k, 0), micro)
    return list(best.values())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 9), st.integers(1, 5))
def test_shares_are_whole_and_meet_every_bound_exactly(seed: int, officers: int, days: int) -> None:
    month = a_month(np.random.default_rng(seed), officers, days)
    least, most = (0,) * officers, (days,) * officers
    found = marginals(month, Bounds(least, most))
    assert found is not None
    seats, busy, months = Counter[Any](), Counter[Any](), Counter[int]()
    for (officer, k, seat), micro in found.shares.items():
        assert type(micro) is int and micro > 0
        assert officer in (month[k].seats.leads if seat == "lead" else month[k].seats.seconds)
        seats[k, seat] += micro
        busy[officer, month[k].day] += micro
        months[officer] += micro
    assert set(seats.values()) == {SHARE_UNIT} and len(seats) == 2 * len(month)
    assert max(busy.values()) <= SHARE_UNIT
    assert all(least[i] * SHARE_UNIT <= months[i] <= most[i] * SHARE_UNIT for i in months)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_field_days_that_must_be_equal_are(seed: int) -> None:
    month = a_month(np.random.default_rng(seed), 8, 4)
    found = marginals(month, Bounds((2,) * 8, (2,) * 8))
    if found is None:
        return
    months = Counter[int]()
    for (officer, _, _), micro in found.shares.items():
        months[officer] += micro
    assert set(months.values()) == {2 * SHARE_UNIT}


def written_out(month: list[Duty], bounds: Bounds, largest: float | None) -> float | None:
    """The least largest guess, or under a largest guess the least sum of guesses, by a plain linear
    programme: a variable for every officer, route and seat, and every rule as a row."""
    model = mathopt.Model()
    top = model.add_variable(lb=0, ub=1 if largest is None else largest)
    caps, rows = [], defaultdict[Any, list[mathopt.Variable]](list)
    for k, one in enumerate(month):
        caps.append(model.add_variable(lb=0, ub=1))
        model.add_linear_constraint(caps[k] <= top)
        for able in (one.seats.leads, one.seats.seconds):
            cells = {i: model.add_variable(lb=0) for i in able}
            model.add_linear_constraint(mathopt.fast_sum(cells.values()) == 1)
            for i, cell in cells.items():
                for row in (("month", i), ("day", i, one.day), ("route", i, k)):
                    rows[row].append(cell)
    for i, (low, high) in enumerate(zip(bounds.least, bounds.most, strict=True)):
        load = mathopt.fast_sum(rows["month", i])
        model.add_linear_constraint(lb=low, ub=high, expr=load)
    for (name, _, *which), cells_of in rows.items():
        if name == "day":
            model.add_linear_constraint(mathopt.fast_sum(cells_of) <= 1)
        elif name == "route":
            model.add_linear_constraint(mathopt.fast_sum(cells_of) <= caps[which[0]])
    model.minimize(top if largest is None else mathopt.fast_sum(caps))
    result = mathopt.solve(model, mathopt.SolverType.GLOP)
    is_solved = result.termination.reason == mathopt.TerminationReason.OPTIMAL
    return float(result.objective_value()) if is_solved else None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_the_first_two_programmes_reach_what_a_plain_linear_programme_reaches(seed: int) -> None:
    month = a_month(np.random.default_rng(seed), 6, 3)
    bounds = Bounds((0,) * 6, (2,) * 6)
    found = marginals(month, bounds)
    least = written_out(month, bounds, None)
    assert (found is None) == (least is None)
    if found is None or least is None:
        return
    largest, total = found.notes[0].value, found.notes[1].value
    assert largest is not None and total is not None
    assert largest == pytest.approx(least * SHARE_UNIT, abs=1.01)
    mean = written_out(month, bounds, largest / SHARE_UNIT)
    assert mean is not None and total == pytest.approx(mean * SHARE_UNIT, abs=2 * len(month))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_three_programmes_guess_no_worse_than_the_first_alone(seed: int) -> None:
    month = a_month(np.random.default_rng(seed), 8, 4)
    bounds = Bounds((1,) * 8, (3,) * 8)
    first, found = least_largest_guess(month, bounds), marginals(month, bounds)
    assert first is not None and found is not None
    assert max(guesses(found.shares)) <= first.notes[0].value  # type: ignore[operator]
    # the third programme may give 2 % and 0.002 of the second's mean back for entropy
    alone, together = sum(guesses(first.shares)), sum(guesses(found.shares))
    assert together <= 1.02 * alone + 0.003 * SHARE_UNIT * len(month)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_large_pool_is_solved_less_far_and_as_exactly(seed: int) -> None:
    month = a_month(np.random.default_rng(seed), 8, 4)
    bounds = Bounds((1,) * 8, (3,) * 8)
    whole = marginals(month, bounds)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(programmes, "MOST_SIMPLEX_PAIRS", 0)
        loose = marginals(month, bounds)
    assert whole is not None and loose is not None
    assert (whole.notes[1].name, loose.notes[1].name) == ("GLOP", "PDLP")
    assert whole.notes[1].value <= loose.notes[1].value  # type: ignore[operator]
    assert loose.notes[1].value <= 1.05 * whole.notes[1].value  # type: ignore[operator]
    seats = Counter[Any]()
    for (_, k, seat), micro in loose.shares.items():
        seats[k, seat] += micro
    assert set(seats.values()) == {SHARE_UNIT}


def test_equal_officers_are_equally_likely_in_both_seats() -> None:
    found = marginals([duty(range(8), range(8))], Bounds((0,) * 8, (1,) * 8))
    assert found is not None
    assert set(found.shares.values()) == {SHARE_UNIT // 8}


def test_equal_input_gives_equal_shares() -> None:
    month, bounds = a_month(np.random.default_rng(3), 8, 4), Bounds((1,) * 8, (3,) * 8)
    assert marginals(month, bounds) == marginals(month, bounds)


@pytest.mark.parametrize(
    ("month", "bounds"),
    [
        ([duty([0], [0])], Bounds((0,), (1,))),
        ([duty([0, 1], [0, 1, 2]), duty([0, 1], [0, 1, 2])], Bounds((0,) * 3, (2,) * 3)),
        ([duty([0], [0, 1, 2]), duty([0], [0, 1, 2], NEXT)], Bounds((0,) * 3, (1,) * 3)),
        ([duty([0, 1], [0, 1, 2])], Bounds((1, 1, 1), (1, 1, 1))),
        ([duty([0, 1], [0, 1]), duty([0, 1], [0, 1], NEXT)], Bounds((0, 0, 1), (2, 2, 2))),
        ([duty([], [0, 1])], Bounds((0, 0), (1, 1))),
    ],
    ids=["alone", "too few that day", "one lead, one field day", "more days owed than seats",
         "owed by one who cannot go", "no lead"],
)  # fmt: skip
def test_seats_that_cannot_be_filled_have_no_shares(month: list[Duty], bounds: Bounds) -> None:
    assert marginals(month, bounds) is None
    assert least_largest_guess(month, bounds) is None


@pytest.mark.parametrize(
    ("leads", "seconds", "floor"),
    [(range(8), range(8), 250_000), ([0, 1, 2], range(8), 333_334), ([0], range(8), SHARE_UNIT)],
)
def test_the_structural_floor_is_reached_where_nothing_else_binds(
    leads: object, seconds: object, floor: int
) -> None:
    alone = duty(leads, seconds)
    assert structural_floor(alone.seats) == floor
    found = marginals([alone], Bounds((0,) * 8, (1,) * 8))
    assert found is not None and guesses(found.shares) == [floor]


# ── what must never be drawn from: two counter-examples of the protocol, §4.1 ─────────────


def test_pair_cover_on_seats_without_lists_would_publish_what_no_pair_can_keep() -> None:
    """Certificates FP, FR, PR and none, a route that needs F, P and R: ½ each has every sector
    covered in the mean, yet every pair that covers leaves out the fourth. Seat lists say so."""
    held = [{"F", "P"}, {"F", "R"}, {"P", "R"}, set()]
    half = dict.fromkeys(range(4), 0.5)
    assert all(sum(half[i] for i in range(4) if one in held[i]) >= 1 for one in "FPR")
    covering = [
        pair for pair in combinations(range(4), 2) if held[pair[0]] | held[pair[1]] == set("FPR")
    ]
    assert covering and all(3 not in pair for pair in covering)

    lists = duty([0], [1, 2])  # the lead for F and P, the second for R
    found = marginals([lists], Bounds((0,) * 4, (1,) * 4))
    assert found is not None and {officer for officer, _, _ in found.shares} == {0, 1, 2}


def test_three_who_may_not_meet_cannot_be_banned_by_shares() -> None:
    """½ each keeps every ban in the mean (two of three at most one together), yet every allowed
    pair contains the fourth: so bans are mended after the draw, and never rows of the programme."""
    banned = [{0, 1}, {0, 2}, {1, 2}]
    found = marginals([duty(range(4), range(4))], Bounds((0,) * 4, (1,) * 4))
    assert found is not None
    chances = on_routes(found.shares)
    assert set(chances.values()) == {SHARE_UNIT // 2}
    assert all(sum(chances[0, i] for i in pair) <= SHARE_UNIT for pair in banned)
    allowed = [pair for pair in combinations(range(4), 2) if set(pair) not in banned]
    assert allowed and all(3 in pair for pair in allowed)
