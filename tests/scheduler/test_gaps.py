"""Does the chance grow with the gap, keep its sum, forget nobody, and stay unforeseeable?"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from riskengine.policy import GapRules, Peak, Title
from scheduler import lottery
from scheduler.capacity import capacity
from scheduler.due import VisitDay
from scheduler.gaps import early_months, mean_months, months_since, spread, weight
from scheduler.month import still_ahead
from scheduler.quota import M, Quota, allot
from scheduler.rates import Rate
from tests.scheduler.by_hand import CALENDAR, graded, known, many, officer, policy, visited

DECEMBER = dt.date(2026, 12, 1)
GAP = GapRules(150, 250, 1500, 2500, 900, 60)
ALL_KINDS = {"A": 10, "B": 100, "C": 800, "D": 2000}


def of_rate(permille: int | Fraction) -> Rate:
    return Rate("random", 0, int(permille), Fraction(permille), ())


def allotted(rows, inspections=(), *, month=DECEMBER, ahead=(), joint_plans=None, **rates) -> Quota:
    facts = known([officer(1)], inspections=list(inspections), joint_plans=joint_plans)
    rules = policy(**rates)
    able = replace(capacity(facts, rules, month=month), visits=10_000)
    return allot(graded(*rows), facts, rules, month=month, capacity=able, ahead=ahead)


# ── one enterprise ───────────────────────────────────────────────────────────────────────


def test_the_weights_of_the_study() -> None:
    """0.8 visits a year: a mean of 15 months; least up to 4, 1.5 at 15, most from 25 on."""
    mean = mean_months(of_rate(800), GAP)
    assert (mean, early_months(mean, GAP)) == (15, 4)
    by_gap = {
        gap: weight(month_ago(gap), mean, DECEMBER, GAP) for gap in (0, 1, 4, 5, 15, 24, 25, 90)
    }
    assert by_gap == {0: 150, 1: 150, 4: 150, 5: 500, 15: 1500, 24: 2400, 25: 2500, 90: 2500}
    assert weight(None, mean, DECEMBER, GAP) == 2500


def month_ago(gap: int) -> dt.date:
    whole = 12 * DECEMBER.year + DECEMBER.month - 1 - gap
    return dt.date(whole // 12, whole % 12 + 1, 17)


def test_one_visit_in_a_hundred_years_counts_as_one_in_five() -> None:
    """1 % a year: else everyone ever visited would weigh the least for 25 years."""
    mean = mean_months(of_rate(10), GAP)
    assert (mean, early_months(mean, GAP)) == (60, 15)
    assert mean_months(of_rate(0), GAP) == 60
    assert mean_months(of_rate(12_000), GAP) == 1
    assert weight(month_ago(15), mean, DECEMBER, GAP) == 150
    assert weight(month_ago(36), mean, DECEMBER, GAP) == 900


def test_a_visit_later_in_the_month_planned_is_no_gap() -> None:
    assert months_since(dt.date(2026, 12, 20), DECEMBER) == 0
    assert months_since(dt.date(2027, 3, 1), DECEMBER) == 0


@settings(max_examples=200, deadline=None)
@given(
    permille=st.integers(0, 24_000),
    gap=st.integers(0, 400),
    floor=st.integers(1, 1000),
    early=st.integers(0, 1000),
    slope=st.integers(1, 5000),
    above=st.integers(0, 4000),
)
def test_a_longer_gap_never_weighs_less_and_every_weight_is_positive(
    permille, gap, floor, early, slope, above
) -> None:
    rules = GapRules(floor, early, slope, floor + above, 900, 60)
    mean = mean_months(of_rate(permille), rules)
    now, later = (weight(month_ago(g), mean, DECEMBER, rules) for g in (gap, gap + 1))
    assert 1 <= floor <= now <= later <= weight(None, mean, DECEMBER, rules) == floor + above


# ── one stratum ──────────────────────────────────────────────────────────────────────────


@settings(max_examples=200, deadline=None)
@given(data=st.data(), size=st.integers(1, 25))
def test_the_sum_is_kept_zeros_and_certain_visits_stay_and_the_order_is_nothing(data, size) -> None:
    amount = st.one_of(st.just(0), st.just(M), st.integers(1, M - 1))
    due = {f"E{k:02d}": data.draw(amount) for k in range(size)}
    weights = {one: data.draw(st.integers(1, 5000)) for one in due}
    most = data.draw(st.integers(1, M))
    shared = spread(due, weights, most=most)
    assert sum(shared.values()) == sum(due.values())
    assert {i for i, nano in shared.items() if nano == 0} == {i for i in due if due[i] == 0}
    assert all(shared[i] == M for i in due if due[i] == M)
    between = [i for i in due if 0 < due[i] < M]
    assert all(shared[i] <= max(most, *(due[j] for j in between)) for i in between)
    shuffled = dict(data.draw(st.permutations(list(due.items()))))
    assert spread(shuffled, weights, most=most) == shared


def test_whoever_leaves_by_the_rule_leaves_the_share_to_the_others() -> None:
    due, alike = dict.fromkeys("甲乙丙", 300), dict.fromkeys("甲乙丙", 1000)
    assert spread(due, alike, barred={"甲"}, most=900) == {"甲": 0, "乙": 450, "丙": 450}
    assert spread(due, alike, barred={"甲", "乙"}, most=500) == {"甲": 0, "乙": 0, "丙": 500}
    assert spread(due, alike, barred={"甲", "乙", "丙"}, most=500) == dict.fromkeys("甲乙丙", 0)


# ── the month ────────────────────────────────────────────────────────────────────────────


def test_the_long_unvisited_come_first_and_the_sum_is_what_the_rate_asks() -> None:
    rows = [("甲", "C", "freight"), ("乙", "C", "freight"), ("丙", "C", "freight")]
    past = [visited("甲", dt.date(2026, 11, 2)), visited("乙", dt.date(2025, 9, 2))]
    month = allotted(rows, past, yearly_permille=ALL_KINDS)
    pi = dict(month.probabilities)
    assert pi["甲"] < pi["乙"] < pi["丙"]
    # weights 150 : 1500 : 2500 of one whole visit
    assert [round(pi[one] / M, 3) for one in "甲乙丙"] == [0.036, 0.361, 0.602]
    (stratum,) = month.strata
    (said,) = (reason for reason in stratum.reasons if reason.code == "quota_gap")
    assert "平均间隔 15 个月" in said.zh and "4 个月内查过的 1 家" in said.zh
    same = allotted(rows, past, yearly_permille=ALL_KINDS, rotation="none")
    assert {nano for _, nano in same.probabilities} <= {M // 3, M // 3 + 1}
    assert "quota_gap" not in [reason.code for reason in same.strata[0].reasons]
    assert same.strata[0].expected_nano == stratum.expected_nano


def test_rotation_moves_nothing_between_strata() -> None:
    rows = many(60, "C", "freight") + many(40, "B", "freight") + many(9, "D", "dangerous_goods")
    past = [visited(i, dt.date(2026, 1 + k % 11, 3)) for k, (i, _, _) in enumerate(rows[::2])]
    with_gaps, without = (allotted(rows, past, rotation=how) for how in ("gap", "none"))
    assert with_gaps.visits == without.visits
    shares = [[s.expected_nano for s in quota.strata] for quota in (with_gaps, without)]
    # only the last units of 1e-9 are shared out by other remainders
    assert shares[0] == pytest.approx(shares[1], abs=len(rows))


def test_a_visit_that_met_nobody_or_does_not_count_leaves_the_gap_open() -> None:
    rows = [("甲", "C", "freight"), ("乙", "C", "freight")]
    past = [
        visited("甲", dt.date(2026, 11, 2), result="unreachable"),
        visited("乙", dt.date(2026, 11, 2), kind="case"),
    ]
    pi = dict(allotted(rows, past).probabilities)
    assert pi["甲"] == pi["乙"]


def test_a_visit_planned_before_the_month_counts_as_made() -> None:
    rows = [("甲", "C", "freight"), ("乙", "C", "freight"), ("丙", "A", "freight")]
    ahead = [
        VisitDay("甲", "routine", dt.date(2026, 11, 27)),
        VisitDay("丙", "routine", dt.date(2026, 11, 30)),
    ]
    pi = dict(allotted(rows, ahead=ahead).probabilities)
    assert pi["丙"] == 0  # its one visit of the year
    assert 0 < pi["甲"] < pi["乙"]
    # made earlier than planned, it is one visit and not two
    early = [visited("甲", dt.date(2026, 11, 10))]
    two = {"A": 1, "B": 2, "C": 2, "D": 12}
    assert dict(allotted(rows, early, ahead=ahead, yearly_cap=two).probabilities)["甲"] > 0


def test_what_a_plan_has_ahead_begins_with_the_day_of_the_register() -> None:
    days = (dt.date(2026, 11, 24), dt.date(2026, 11, 25), dt.date(2026, 11, 30))
    routes: Any = SimpleNamespace(
        routes=[
            SimpleNamespace(day=day, stops=[SimpleNamespace(enterprise_id=one, kind="routine")])
            for one, day in zip("甲乙丙", days, strict=True)
        ]
    )
    ahead = still_ahead(routes, dt.date(2026, 11, 25))
    assert [(visit.enterprise_id, visit.day.day) for visit in ahead] == [("乙", 25), ("丙", 30)]


def test_full_coverage_still_covers_everyone_by_december() -> None:
    rows = many(24, "A", "dangerous_goods")
    rules = {"mode": {"dangerous_goods": "full"}}
    done = [visited(i, dt.date(2026, 3, 3)) for i, _, _ in rows[:10]]
    older = [visited(i, dt.date(2025, 1 + k, 3)) for k, (i, _, _) in enumerate(rows[10:20])]
    november = allotted(rows, done + older, month=dt.date(2026, 11, 1), **rules)
    pi = dict(november.probabilities)
    assert all(pi[i] == 0 for i, _, _ in rows[:10])
    assert all(0 < pi[i] < M for i, _, _ in rows[10:])
    last = dict(allotted(rows, done + older, **rules).probabilities)
    assert all(last[i] == M for i, _, _ in rows[10:])


def test_a_peak_still_visits_everyone_in_its_last_month() -> None:
    spring = Peak(
        Title("春运", "Spring"), dt.date(2026, 2, 2), dt.date(2026, 3, 13), 1000, ("freight",)
    )
    rows = many(40, "B", "freight")
    past = [visited(i, dt.date(2026, 2, 10)) for i, _, _ in rows[:27]]
    older = [visited(i, dt.date(2025, 12, 10)) for i, _, _ in rows[27:33]]
    calendar = replace(CALENDAR, peaks=(spring,))
    quota = allotted(rows, past + older, month=dt.date(2026, 3, 1), calendar=calendar)
    pi = dict(quota.probabilities)
    assert all(pi[i] == M for i, _, _ in rows[27:])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), rotation=st.sampled_from(["gap", "none"]))
def test_whatever_the_history_sums_are_whole_and_zeros_are_hard_ones(data, rotation) -> None:
    rows = many(5, "A", "freight") + many(6, "C", "freight") + many(4, "D", "dangerous_goods")
    day = st.dates(dt.date(2023, 1, 1), dt.date(2026, 11, 30))
    visits = data.draw(
        st.lists(st.tuples(st.integers(0, 14), day, st.sampled_from(["routine", "special"])))
    )
    past = [visited(rows[n][0], on, kind=kind) for n, on, kind in visits]
    caps = {"A": 1, "B": 2, "C": 3, "D": 4}
    once = {"once_a_year": ("dangerous_goods",)}
    quota = allotted(rows, past, rotation=rotation, yearly_cap=caps, **once)
    pi = dict(quota.probabilities)
    assert sum(pi.values()) == quota.visits * M
    this_year = [(rows[n][0], kind) for n, on, kind in visits if on.year == 2026]
    for one, grade, sector in rows:
        counted = [kind for name, kind in this_year if name == one]
        at_cap = len(counted) >= caps[grade]
        drawn = sector == "dangerous_goods" and "routine" in counted
        assert (pi[one] == 0) == (at_cap or drawn)
    again = allotted(rows[::-1], past[::-1], rotation=rotation, yearly_cap=caps, **once)
    assert again.probabilities == quota.probabilities


def test_one_draw_a_year_where_the_rule_says_so() -> None:
    rows = [("甲", "D", "freight"), ("乙", "D", "freight"), ("丙", "D", "freight")]
    past = [visited("甲", dt.date(2026, 2, 3)), visited("乙", dt.date(2026, 2, 3), kind="special")]
    quota = allotted(rows, past, once_a_year=("freight",))
    pi = dict(quota.probabilities)
    assert pi["甲"] == 0 < pi["乙"] < pi["丙"]
    (said,) = (reason for reason in quota.strata[0].reasons if reason.code == "quota_once")
    assert said.zh.startswith("1 家今年已抽查过")
    assert dict(allotted(rows, past).probabilities)["甲"] > 0
    asked = allotted(rows, past, once_a_year=("freight",), yearly_permille={**ALL_KINDS, "D": 3000})
    assert asked.strata[0].asked_permille == 1000  # three a year cannot be asked of one draw a year


# ── nobody can foretell the next month ───────────────────────────────────────────────────


def test_tickets_of_two_months_are_unrelated() -> None:
    """A seed for each month: no number stays with an enterprise (rank correlation near 0)."""
    ids = [f"企{n:04d}" for n in range(4000)]
    months = []
    for number, month in enumerate(("2026-11", "2026-12", "2027-01"), start=1):
        secret, root = f"secret {month}".encode(), hashlib.sha256(b"the same list").hexdigest()
        purpose = f"enterprise/{month}"
        seed = lottery.seed_of(purpose, number, root, root, secret, "07 12 33")
        months.append([int.from_bytes(lottery.ticket(seed, purpose, one), "big") for one in ids])
    for first, then in ((0, 1), (1, 2), (0, 2)):
        ranks = [np.argsort(np.argsort(months[k])) for k in (first, then)]
        assert abs(spearmanr(*ranks).statistic) < 4 / np.sqrt(len(ids))
