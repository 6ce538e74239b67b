"""Does measuring on many days give what measuring on each day gives?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.days import measure_on, views_on
from riskengine.features import measure
from riskengine.policy import read_policy
from riskengine.rules import PolicyView
from tests.riskengine.build import AS_OF, register
from tests.riskengine.test_features import rows_of_everything

PACK = read_policy("cn-transport")


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 50),
    shifts=st.lists(st.integers(-700, 900), min_size=1, max_size=4, unique=True),
)
def test_many_days_measure_as_each_day_does(seed: int, shifts: list[int]) -> None:
    facts = register(**rows_of_everything(seed))
    days = [AS_OF + dt.timedelta(days=shift) for shift in shifts]
    found = measure_on(facts, views_on(PACK, days), days)
    for day, features in zip(days, found, strict=True):
        alone = measure(facts.as_of(day), PACK.on(day))
        assert features.table.equals(alone.table.combine_chunks())
        assert (features.as_of, features.policy_digest) == (alone.as_of, alone.policy_digest)
        assert features.register_digest == alone.register_digest


@pytest.mark.parametrize("days", [[], [AS_OF], [AS_OF, dt.date(2021, 5, 6), AS_OF]])
def test_the_views_of_days_are_those_of_the_pack(days: list[dt.date]) -> None:
    views: list[PolicyView] = views_on(PACK, days)
    assert views == [PACK.on(day) for day in days]


def test_a_deadline_without_end_stays_ahead_of_every_day() -> None:
    hazard = {"due_on": dt.date.max, "ago": 40, "level": "general"}
    facts = register(enterprises=[{"enterprise_id": "E1"}], hazards=[hazard])
    days = [AS_OF, AS_OF + dt.timedelta(days=900)]
    found = [one.table.to_pylist()[0] for one in measure_on(facts, views_on(PACK, days), days)]
    assert [row["hazards_overdue"] for row in found] == [0, 0]
    assert [row["general_hazards_open"] for row in found] == [1, 1]
