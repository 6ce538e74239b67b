"""A staffing on fixed days is found wherever there is one, and is fair."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.roster.crewing import Duty, crewed
from scheduler.roster.seats import Seating
from tests.scheduler.roster.test_placing import month


def fair(load: list[int], spread: int) -> bool:
    return max(load) - min(load) <= spread


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_staffing_is_found_exactly_where_there_is_one(data: st.DataObject) -> None:
    officers = st.sets(st.integers(0, 3), max_size=4)
    crews = [
        (leads := data.draw(officers), leads | data.draw(officers))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    days = [data.draw(st.integers(0, 1)) for _ in crews]
    spread = data.draw(st.integers(0, 2))
    problem = month(crews, 4, 2, spread=spread, is_spread_by_free_days=False)
    duties = [
        Duty(day, Seating(frozenset(a), frozenset(b)))
        for (a, b), day in zip(crews, days, strict=True)
    ]
    found = crewed(problem, duties)
    pairs = [[(a, b) for a in one for b in two if a != b] for one, two in crews]
    answers = []
    for seats in product(*pairs):
        busy = [(i, day) for pair, day in zip(seats, days, strict=True) for i in pair]
        load = [sum(i == who for who, _ in busy) for i in range(4)]
        if len(busy) == len(set(busy)) and fair(load, spread):
            answers.append(list(seats))
    assert (found is not None) == bool(answers)
    if found is not None:
        assert found in answers


def test_who_can_join_no_route_owes_no_field_day() -> None:
    problem = month([({0, 1}, {0, 1})] * 3, 3, 3, spread=1)
    duties = [Duty(day, Seating(frozenset({0, 1}), frozenset({0, 1}))) for day in range(3)]
    assert crewed(problem, duties) is not None


def test_field_days_already_at_their_most_leave_nobody() -> None:
    problem = month([({0}, {1})], 2, 1, field_days=np.array([0, 1]))
    assert crewed(problem, [Duty(0, Seating(frozenset({0}), frozenset({1})))]) is None
