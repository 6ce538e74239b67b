"""Does everyone who wants to look at an enterprise go there once, and nobody twice?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskengine.errors import Sentence
from scheduler.capacity import capacity
from scheduler.draw import Must
from scheduler.lottery import verify
from scheduler.month import visits_of
from scheduler.quota import Owed, allot
from scheduler.roster.documents import Visit
from scheduler.together import Item, is_joint, joined, merge, planned_elsewhere, quarter_of
from tests.scheduler.by_hand import graded, known, many, officer, policy, table
from tests.scheduler.whole_month import county, walk

DECEMBER = dt.date(2026, 12, 1)
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
POLICE, SAFETY = "示例交警大队", "示例应急局"


def plan(enterprise_id: str, office: str, first: dt.date, last: dt.date, item: str = "车辆检查"):
    """A plan of another office."""
    return {
        "enterprise_id": enterprise_id, "office": office, "item": item,
        "from_on": first, "to_on": last,
    }  # fmt: skip


def visit(enterprise_id: str, kind: str = "routine", **more: Any) -> Visit:
    usual: dict[str, Any] = {"sector": "freight", "minutes": 60, "is_must": False, "worth": 5}
    return Visit(enterprise_id, kind, **usual | more)


# ── the plans of a quarter ───────────────────────────────────────────────────────────────

PLANS = [
    plan("甲", SAFETY, dt.date(2026, 12, 5), dt.date(2026, 12, 20), "安全检查"),
    plan("甲", POLICE, dt.date(2026, 9, 20), dt.date(2026, 12, 1)),
    plan("乙", POLICE, OCTOBER, dt.date(2026, 10, 31)),
    plan("丙", POLICE, dt.date(2027, 1, 1), dt.date(2027, 2, 1)),
    plan("丁", POLICE, dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
]


def test_a_plan_belongs_to_every_quarter_it_touches() -> None:
    quarter = planned_elsewhere(known(joint_plans=PLANS), DECEMBER, "exclude")
    assert quarter == {
        "甲": (Item(POLICE, "车辆检查"), Item(SAFETY, "安全检查")),
        "乙": (Item(POLICE, "车辆检查"),),
    }


def test_nobody_can_join_a_plan_that_is_over() -> None:
    assert set(planned_elsewhere(known(joint_plans=PLANS), DECEMBER, "join")) == {"甲"}
    assert set(planned_elsewhere(known(joint_plans=PLANS), OCTOBER, "join")) == {"甲", "乙"}


@given(month=st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)))
def test_a_quarter_is_three_months_and_holds_its_month(month: dt.date) -> None:
    first, end = quarter_of(month.replace(day=1))
    assert first <= month < end
    assert (first.month - 1) % 3 == 0 and quarter_of(end)[0] == end
    assert (end.year - first.year) * 12 + end.month - first.month == 3


# ── the draw ─────────────────────────────────────────────────────────────────────────────


def quota(together: str):
    rows = [("甲", "C", "freight"), ("乙", "C", "freight"), *many(4, "C", "freight")]
    facts = known([officer(1)], joint_plans=PLANS[:3])
    rules = policy(together=together)
    able = replace(capacity(facts, rules, month=DECEMBER), visits=100)
    return allot(graded(*rows), facts, rules, month=DECEMBER, capacity=able)


def test_with_exclude_whoever_another_office_visits_leaves_the_draw() -> None:
    made = quota("exclude")
    pi = dict(made.probabilities)
    assert pi.pop("甲") == pi.pop("乙") == 0
    assert all(pi.values())
    (said,) = (reason for reason in made.strata[0].reasons if reason.code == "quota_elsewhere")
    assert "2 家" in said.zh and f"{POLICE}、{SAFETY}" in said.zh
    assert made.strata[0].eligible == 4


def test_with_join_no_probability_changes() -> None:
    made = quota("join")
    assert len({pi // 2 for _, pi in made.probabilities}) == 1
    (said,) = (reason for reason in made.strata[0].reasons if reason.code == "quota_joint")
    assert "1 家" in said.zh and "综合查一次" in said.zh  # the plan for 乙 is over


# ── one visit ────────────────────────────────────────────────────────────────────────────


def test_two_lists_make_one_visit_with_all_its_items() -> None:
    case = visit("甲", "case", is_must=True, minutes=90, items=(Item("", "投诉属实"),))
    special = visit(
        "甲", "special", is_must=True, minutes=120, worth=9, items=(Item("", "百日行动"),)
    )
    (one, other) = merge([case], [special, visit("乙")], [visit("甲")])
    assert other == visit("乙")
    assert (one.kind, one.minutes, one.worth, one.is_must) == ("case", 120, 9, True)
    assert one.items == (Item("", "投诉属实"), Item("", "百日行动"), Item("", "routine"))
    assert is_joint(one.items) and not is_joint(other.items) and not is_joint(case.items)


@given(
    lists=st.lists(
        st.lists(
            st.builds(
                visit,
                st.sampled_from("甲乙丙"),
                st.sampled_from(["case", "special", "routine"]),
                minutes=st.integers(30, 200),
                is_must=st.booleans(),
                items=st.lists(
                    st.builds(Item, st.sampled_from(["", POLICE]), st.sampled_from("xyz")),
                    max_size=2,
                    unique=True,
                ).map(tuple),
            ),
            max_size=4,
        ),
        max_size=3,
    )
)
def test_merging_loses_nothing_and_visits_nobody_twice(lists) -> None:
    merged = {one.enterprise_id: one for one in merge(*lists)}
    everything = [one for part in lists for one in part]
    assert len(merged) == len(merge(*lists)) == len({one.enterprise_id for one in everything})
    for one in everything:
        kept = merged[one.enterprise_id]
        assert set(one.items) <= set(kept.items)
        assert one.minutes <= kept.minutes
        assert kept.is_must or not one.is_must
    assert merge(merged.values()) == tuple(merged.values())


def test_the_other_offices_come_along() -> None:
    elsewhere = planned_elsewhere(known(joint_plans=PLANS), DECEMBER, "join")
    one, other = joined([visit("甲"), visit("乙")], elsewhere)
    assert one.items == (Item(POLICE, "车辆检查"), Item(SAFETY, "安全检查"))
    assert is_joint(one.items)
    assert other == visit("乙")


# ── the visits of a month ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("together", ["join", "exclude"])
def test_a_month_visits_each_enterprise_once(together: str) -> None:
    def why(text: str) -> Sentence:
        return Sentence("because", text, text)

    rules = policy(together=together)
    facts = known(joint_plans=PLANS)
    ids = ["甲", "乙", "丙", "丁"]
    facts.tables["enterprises"] = table_of(ids)
    frame: Any = SimpleNamespace(
        month=DECEMBER,
        must=(Must("乙", "case", why("投诉属实")), Must("丙", "owed", why("没有空余队日"))),
    )
    drawn: Any = SimpleNamespace(selected=("丁", "甲"))
    must = (Must("乙", "case", why("投诉属实")), Must("乙", "special", why("百日行动")))
    owed = (Owed("乙", "routine", NOVEMBER, why("x")), Owed("丙", "special", NOVEMBER, why("x")))
    grades = graded(*((one, "C", "freight") for one in ids))
    visits = {v.enterprise_id: v for v in visits_of(frame, drawn, grades, facts, rules, owed, must)}
    assert list(visits) == ["乙", "丙", "丁", "甲"]
    assert {one: v.kind for one, v in visits.items()} == {
        "乙": "case", "丙": "special", "丁": "routine", "甲": "routine",
    }  # fmt: skip
    assert [v.is_must for v in visits.values()] == [True, True, False, False]
    own = (Item("", "投诉属实"), Item("", "百日行动"), Item("", "routine"))
    assert visits["乙"].items == own
    assert visits["丙"].items == visits["丁"].items == ()
    offices = {item.office for item in visits["甲"].items}
    assert offices == ({POLICE, SAFETY} if together == "join" else set())


def table_of(ids: list[str]):
    columns = {"enterprise_id": pa.string(), "sector": pa.string(), "closed_on": pa.date32()}
    return table(
        columns, [{"enterprise_id": one, "sector": "freight", "closed_on": None} for one in ids]
    )


def test_a_whole_month_carries_the_other_office_to_the_stop_and_still_verifies() -> None:
    one = county().tables["enterprises"]["enterprise_id"][0].as_py()
    theirs = plan(one, POLICE, DECEMBER, dt.date(2026, 12, 31)) | {"known_on": OCTOBER}
    register = county(joint_plans=lambda _: pd.DataFrame([theirs]))
    text = Sentence("because", "投诉属实", "upheld")
    month = walk(register, must=(Must(one, "case", text),))
    (stop,) = (s for r in month.routes.routes for s in r.stops if s.enterprise_id == one)
    assert stop.items == (Item("", "投诉属实"), Item(POLICE, "车辆检查"))
    assert verify(month.bundle) == []
