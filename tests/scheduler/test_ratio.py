"""Do the ratios follow the draws, within the law, the budget and the limits of a change?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import canonical, digest
from riskengine.errors import NotAllowed, PolicyError
from riskengine.policy import read_policy
from scheduler.capacity import capacity
from scheduler.evidence import Result, believed, evidence_of
from scheduler.quota import M, allot
from scheduler.rates import yearly_rates
from scheduler.ratio import Ratio, StratumRatio, ratio_of, replay, settled
from scheduler.ratio_rule import Bound, Limits, allocate, bounds, discounted, posteriors, scores
from tests.scheduler.by_hand import RATIO, graded, known, many, officer, policy, visited

OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
DECEMBER, JANUARY = dt.date(2026, 12, 1), dt.date(2027, 1, 1)
FREIGHT_A, GOODS_C = ("A", "freight"), ("C", "dangerous_goods")
FIRMS = many(100, "A", "freight") + many(50, "C", "dangerous_goods")
HARM = {"freight": 100, "dangerous_goods": 300}


def adaptive(**changes: Any):
    """The rules by hand with adaptive ratios; `ratio` changes parameters of the rule."""
    ratio = replace(RATIO, **changes.pop("ratio", {}))
    return policy(ratio_rule="adaptive", ratio=ratio, **{"harm_weight": HARM} | changes)


def set_for(month: dt.date, rows=FIRMS, *, rules=None, inspections=None, **more: Any) -> Ratio:
    facts = known(inspections=inspections)
    return ratio_of(graded(*rows), facts, rules or adaptive(), month=month, **more)


def line(ratio: Ratio, cell: tuple[str, str]) -> StratumRatio:
    return next(one for one in ratio.strata if (one.grade, one.sector) == cell)


def codes(sentences) -> list[str]:
    return [sentence.code for sentence in sentences]


def found(cell, month: dt.date, visits: int, findings: int) -> Result:
    return Result(*cell, month, visits, findings)


# ── on paper ──────────────────────────────────────────────────────────────────────────────


def test_the_posterior_of_two_strata_by_hand() -> None:
    """Freight C: 4 of 10 in October, 1 of 2 in November; nothing known of dangerous goods C.

    a = .93·4 + 1 = 4.72, b = .93·6 + 1 = 6.58; m_C = (4.72 + 2·.13)/(11.3 + 2) = .374436;
    A = 4.72 + 12·.374436 = 9.213233, A + B = 23.3, m = .395418;
    sd = √(.395418·.604582/24.3) = .099187, and for the other √(.374436·.625564/13) = .134231.
    """
    seen = (found(("C", "freight"), OCTOBER, 10, 4), found(("C", "freight"), NOVEMBER, 2, 1))
    belief = believed(seen, {GOODS_C}, DECEMBER, RATIO)
    freight, goods = belief["C", "freight"], belief[GOODS_C]
    assert (freight.a, freight.b) == (4_720_000_000, 6_580_000_000)
    assert (round(freight.mean, -3), round(freight.sd, -3)) == (395_418_000, 99_187_000)
    assert (round(goods.mean, -3), round(goods.sd, -3)) == (374_436_000, 134_231_000)
    assert freight.spread == isqrt(freight.mean * (M - freight.mean) + freight.sd**2)


def test_two_strata_share_their_visits_as_on_paper() -> None:
    """100 freight A at 1 % and 50 dangerous goods C at 50 %: 1 + 25 = 26 visits a year.

    By found harm alone A asks for 100·.05·1 = 5 and C for 50·.13·3 = 19.5, so A would have
    26·5/24.5 = 5.31 visits. It may rise to 1.6·1 + .1·17.33 % of 100 = 3.33 at most, but the
    least ratio, .24·17.33 % of 100 = 4.16, is more; it gets 4.16 and C the other 21.84.
    """
    rules = adaptive(ratio={"alpha_permille": 0, "optimism_permille": 0})
    ratio = set_for(DECEMBER, rules=rules)
    assert ratio.rates == {FREIGHT_A: Fraction(4160, 100), GOODS_C: Fraction(21840, 50)}
    freight, goods = line(ratio, FREIGHT_A), line(ratio, GOODS_C)
    assert (freight.permille, freight.low_milli, freight.bound) == (42, 4160, "floor")
    assert (goods.before_permille, goods.permille, goods.low_milli) == (500, 437, 15000)
    assert (goods.score, goods.bound) == (50 * 2_387_755_102, "")  # 3·.13 by the mean 24.5/150
    assert goods.reasons[0].zh == (
        "危货 C 级：每年从 50 % 到 43.68 %，因为近 12 个月 0 次检查发现 0 次问题，"
        "后验 13 %（±9.3），危害权重 300。"
    )
    assert "from 50 % to 43.68 % a year" in goods.reasons[0].en
    assert codes(freight.reasons) == ["ratio_moved", "rate_random", "ratio_at_floor"]
    # two visits a month of each of two strata would be 48 a year
    assert codes(ratio.conflicts) == ["ratio_no_least_visits", "ratio_no_over_rise"]
    assert "26 次" in ratio.budgets[0].zh


def test_scores_of_alpha_one_follow_the_spread_and_of_zero_the_mean() -> None:
    belief = posteriors({FREIGHT_A: (0, 0), GOODS_C: (0, 0)}, RATIO)
    counts, harm = {FREIGHT_A: 1, GOODS_C: 1}, {FREIGHT_A: 1, GOODS_C: 1}
    exact = scores(counts, belief, harm, replace(RATIO, alpha_permille=1000))
    sought = scores(counts, belief, harm, replace(RATIO, alpha_permille=0, optimism_permille=0))
    by_spread = Fraction(belief[GOODS_C].spread, belief[FREIGHT_A].spread)
    assert abs(Fraction(exact[GOODS_C], exact[FREIGHT_A]) / by_spread - 1) < Fraction(1, 10**8)
    assert abs(Fraction(sought[GOODS_C], sought[FREIGHT_A]) - Fraction(13, 5)) < Fraction(1, 10**8)


def test_the_rest_goes_by_largest_remainder_and_ties_to_the_smaller_stratum() -> None:
    free = Bound(0, 100, "", "")
    even = {("A", "x"): 1, ("B", "x"): 1, ("C", "x"): 1}
    assert list(allocate(even, dict.fromkeys(even, free), 10).values()) == [4, 3, 3]
    bound = {("A", "x"): Bound(0, 3, "", ""), ("B", "x"): free, ("C", "x"): free}
    assert list(allocate(even, bound, 10).values()) == [3, 4, 3]
    with pytest.raises(ValueError, match="cannot be shared out"):
        allocate(even, dict.fromkeys(even, Bound(4, 5, "", "")), 10)


# ── the evidence ──────────────────────────────────────────────────────────────────────────


def test_only_routine_visits_that_met_somebody_count() -> None:
    bad, day = {"result": "problem_corrected"}, dt.date(2026, 11, 3)
    rows = graded(*FIRMS)
    past = [
        visited(FIRMS[0][0], day, **bad),
        visited(FIRMS[1][0], day),
        visited(FIRMS[2][0], day, kind="case", **bad),
        visited(FIRMS[3][0], day, kind="special", **bad),
        visited(FIRMS[4][0], day, result="unreachable"),
        visited("closed long ago", day, **bad),
    ]
    assert evidence_of(rows, known(inspections=past)) == (found(FREIGHT_A, NOVEMBER, 2, 1),)


def test_a_result_counts_from_the_month_in_which_it_became_known() -> None:
    past = [visited(FIRMS[0][0], dt.date(2026, 9, 30), known_on=dt.date(2026, 11, 2))]
    (result,) = evidence_of(graded(*FIRMS), known(inspections=past))
    assert result.month == NOVEMBER
    assert line(set_for(NOVEMBER, inspections=past), FREIGHT_A).b_nano == 0
    assert line(set_for(DECEMBER, inspections=past), FREIGHT_A).b_nano == M
    assert line(set_for(JANUARY, inspections=past), FREIGHT_A).b_nano == 930_000_000


def test_a_reserve_says_nothing_about_its_stratum() -> None:
    drawn = visited(FIRMS[0][0], dt.date(2026, 11, 3), draw_digest="d" * 64, pi=M // 10)
    reserve = visited(FIRMS[1][0], dt.date(2026, 11, 3), draw_digest="d" * 64, pi=None)
    facts = known(inspections=[drawn, reserve])
    assert evidence_of(graded(*FIRMS), facts) == (found(FREIGHT_A, NOVEMBER, 1, 0),)


def test_a_visit_counts_for_the_stratum_in_which_the_enterprise_stood_then() -> None:
    """Found out, it is D today; it was drawn as one of the A."""
    rows = graded(("甲", "D", "freight"))
    facts = known(inspections=[visited("甲", dt.date(2026, 11, 3), result="problem_pending")])
    then = {NOVEMBER: {"甲": FREIGHT_A}}
    assert evidence_of(rows, facts, then) == (found(FREIGHT_A, NOVEMBER, 1, 1),)
    assert evidence_of(rows, facts) == (found(("D", "freight"), NOVEMBER, 1, 1),)


def test_the_order_of_the_register_does_not_matter() -> None:
    past = [
        visited(one, dt.date(2026, 1 + k % 11, 5), result=["no_problem", "problem_pending"][k % 2])
        for k, (one, _, _) in enumerate(FIRMS[::7])
    ]
    ratio = set_for(DECEMBER, inspections=past)
    assert digest(set_for(DECEMBER, FIRMS[::-1], inspections=past[::-1])) == digest(ratio)
    assert sum(one.visits for one in ratio.strata) == len(past)


# ── resets ────────────────────────────────────────────────────────────────────────────────


def test_between_resets_ratios_stay_and_at_the_next_they_follow_the_news() -> None:
    first = set_for(DECEMBER)
    news = [
        visited(one, dt.date(2026, 12, 8), result="problem_pending")
        for one, _, sector in FIRMS
        if sector == "freight"
    ][:30]
    again = set_for(DECEMBER, inspections=news, previous=first)
    assert first.since == again.since == DECEMBER  # not a reset month: the first ratios ever
    february = dt.date(2027, 2, 1)
    new_year = set_for(JANUARY, inspections=news, previous=first)
    assert (new_year.since, new_year.previous) == (JANUARY, digest(first))
    assert new_year.rates[FREIGHT_A] > first.rates[FREIGHT_A]
    kept = set_for(february, inspections=news, previous=new_year)
    assert (kept.since, kept.rates) == (JANUARY, new_year.rates)
    assert codes(line(kept, FREIGHT_A).reasons) == ["ratio_kept", "rate_random"]
    assert "2027-04" in line(kept, FREIGHT_A).reasons[0].zh
    # a reset that was slept through is made up for
    assert set_for(dt.date(2027, 5, 1), previous=kept).since == dt.date(2027, 5, 1)


def test_other_rules_are_a_reset() -> None:
    first = set_for(JANUARY)
    dearer = adaptive(yearly_permille={"A": 20, "B": 100, "C": 500, "D": 800})
    february = dt.date(2027, 2, 1)
    assert set_for(february, previous=first).since == JANUARY
    assert set_for(february, previous=first, rules=dearer).since == february


def test_a_stratum_that_is_new_between_resets_keeps_the_fixed_rate() -> None:
    first = set_for(JANUARY)
    kept = set_for(dt.date(2027, 2, 1), FIRMS + many(3, "D", "freight"), previous=first)
    newcomer = line(kept, ("D", "freight"))
    assert (newcomer.ratio, newcomer.was_fixed) == ("800", True)
    assert codes(newcomer.reasons) == ["ratio_new", "rate_random"]


def test_the_limits_of_a_change_hold_where_the_budget_allows() -> None:
    limits = {"C": Limits(100, 0, 10**6, 40_000), "D": Limits(100, 0, 10**6, 60_000)}
    bound, clashes = bounds(limits, 100_000, replace(RATIO, least_visits=0))
    assert clashes == ()
    # .6 · 40 and 1.6 · 40 + .1 of the mean ratio; .6 · 60 and 1.6 · 60 + .1
    assert {(b.low, b.high) for b in bound.values()} == {(24_000, 69_000), (36_000, 101_000)}
    _, clashes = bounds(limits, 50_000, replace(RATIO, least_visits=0))
    assert [(one.name, one.milli) for one in clashes] == [("fall", 60_000)]
    _, clashes = bounds(limits, 400_000, replace(RATIO, least_visits=0))
    assert [one.name for one in clashes] == ["rise"]


def test_bounds_that_clash_in_one_stratum_are_told_and_one_stands() -> None:
    """Two visits a month are 24 a year: more than C may rise to, and more than D's cap."""
    limits = {"C": Limits(100, 0, 10**6, 5_000), "D": Limits(9, 0, 9_000, 9_000)}
    bound, clashes = bounds(limits, 33_000, RATIO)
    assert (bound["C"].low, bound["C"].high, bound["C"].low_by) == (24_000, 24_000, "least_visits")
    assert (bound["D"].low, bound["D"].high) == (9_000, 9_000)
    assert [(one.name, one.strata) for one in clashes] == [("under_cap", 1), ("over_rise", 1)]


# ── law ───────────────────────────────────────────────────────────────────────────────────


def test_no_ratio_falls_below_the_floor_of_its_sector_or_above_the_cap() -> None:
    rules = adaptive(sector_floor_permille={"freight": 150}, yearly_cap=dict.fromkeys("ABCD", 1))
    bad = [
        visited(one, dt.date(2026, 11, 5), result="problem_pending") for one, _, _ in FIRMS[100:]
    ]
    ratio = set_for(DECEMBER, rules=rules, inspections=bad)
    assert line(ratio, FREIGHT_A).bound == "law"
    assert ratio.rates == {FREIGHT_A: 150, GOODS_C: 500}
    dear = replace(rules, rates=replace(rules.rates, yearly_permille=dict.fromkeys("ABCD", 900)))
    ratio = set_for(DECEMBER, rules=dear, inspections=bad)
    assert (line(ratio, GOODS_C).bound, ratio.rates[GOODS_C]) == ("cap", 1000)


def test_sectors_under_the_ceiling_stay_under_it_and_the_clash_is_still_told() -> None:
    rules = adaptive(key_sectors=("dangerous_goods",))
    rows = FIRMS + many(20, "D", "freight")
    ratio = set_for(DECEMBER, rows, rules=rules)
    freight = sum(
        one.enterprises * ratio.rates[one.grade, one.sector]
        for one in ratio.strata
        if one.sector == "freight"
    )
    assert freight == 50 * 120
    assert codes(ratio.conflicts)[0] == "quota_ceiling"
    squad = replace(capacity(known([officer(1)]), rules, month=DECEMBER), visits=500)
    quota = allot(graded(*rows), known(), rules, month=DECEMBER, capacity=squad, ratio=ratio)
    assert quota.conflicts == ratio.conflicts


def test_regrading_between_resets_cannot_lift_a_sector_over_the_ceiling() -> None:
    rules = adaptive(key_sectors=("dangerous_goods",))
    first = set_for(JANUARY, many(90, "A", "freight") + many(10, "D", "freight"), rules=rules)
    worse = many(60, "A", "freight") + many(40, "D", "freight")
    kept = set_for(dt.date(2027, 2, 1), worse, rules=rules, previous=first)
    counts = {FREIGHT_A: 60, ("D", "freight"): 40}
    rates, conflicts = yearly_rates(counts, rules.rates, kept.rates)
    assert sum(n * rates[cell].applied for cell, n in counts.items()) == 50 * 100
    assert codes(conflicts) == ["quota_ceiling", "ratio_ceiling_again"]


def test_full_coverage_and_for_cause_stand_outside_with_a_sentence_each() -> None:
    rules = adaptive(mode={"dangerous_goods": "full"}, grade_mode={"freight": {"B": "for_cause"}})
    rows = FIRMS + many(9, "B", "freight")
    ratio = set_for(DECEMBER, rows, rules=rules)
    assert ratio.rates == {FREIGHT_A: 10}
    assert {(one.mode, one.reasons[-1].code) for one in ratio.strata} == {
        ("full", "rate_full"),
        ("for_cause", "rate_for_cause"),
        ("random", "rate_random"),
    }
    squad = replace(capacity(known([officer(1)]), rules, month=DECEMBER), visits=500)
    quota = allot(graded(*rows), known(), rules, month=DECEMBER, capacity=squad, ratio=ratio)
    chances = dict(quota.probabilities)
    assert all((chances[one] == 0) == (grade == "B") for one, grade, _ in rows)
    assert "rate_for_cause" in codes(quota.strata[1].reasons)


def test_what_is_checked_for_cause_only_can_have_no_minimum() -> None:
    pack = read_policy("cn-transport")
    for where in ("passenger", "station"):  # a floor and a peak; a floor
        with pytest.raises(PolicyError, match="for_cause"):
            pack.overlay({f"rates.mode.{where}": "for_cause"})
    overlaid = pack.overlay({"rates.mode.taxi": "for_cause", "rates.ratio_rule": "adaptive"})
    assert overlaid.on(DECEMBER).rates.mode["taxi"] == "for_cause"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("alpha_permille", 1001),
        ("base_permille.A", 0),
        ("floor_permille", 0),
        ("rise_permille", 999),
        ("grade_visits", 0),
        ("least_visits", -1),
        ("reset_months", [0]),
        ("reset_months", []),
    ],
)
def test_a_rule_that_cannot_be_followed_does_not_load(name: str, wrong: Any) -> None:
    with pytest.raises(PolicyError, match=name.split(".")[0]):
        read_policy("cn-transport").overlay({f"rates.ratio.{name}": wrong})


# ── the quota ─────────────────────────────────────────────────────────────────────────────


def test_the_ratio_sets_the_probabilities_and_the_quota_names_it() -> None:
    rules = adaptive(rotation="none")
    ratio = set_for(DECEMBER, rules=rules)
    squad = replace(capacity(known([officer(1)]), rules, month=DECEMBER), visits=500)
    facts = {"month": DECEMBER, "capacity": squad}
    quota = allot(graded(*FIRMS), known(), rules, ratio=ratio, **facts)
    fixed = allot(graded(*FIRMS), known(), rules, **facts)
    assert quota.ratio_digest == digest(ratio)
    assert fixed.ratio_digest is None
    assert quota.visits == fixed.visits == 3  # 26 visits a year, 23 of 248 workdays
    chances = dict(quota.probabilities)
    of_a, of_c = (chances[FIRMS[k][0]] for k in (0, 100))
    wanted = ratio.rates[GOODS_C] / ratio.rates[FREIGHT_A]
    assert abs(Fraction(of_c, of_a) / wanted - 1) < Fraction(1, 10**6)


def test_ratios_of_another_month_or_other_rules_are_refused() -> None:
    rules = adaptive()
    squad = capacity(known([officer(1)]), rules, month=JANUARY)
    with pytest.raises(NotAllowed, match="set them anew"):
        allot(
            graded(*FIRMS), known(), rules, month=JANUARY, capacity=squad, ratio=set_for(DECEMBER)
        )


# ── promises ──────────────────────────────────────────────────────────────────────────────

CELLS = [(grade, sector) for grade in "ABCD" for sector in ("dangerous_goods", "freight", "taxi")]
COUNTS = st.dictionaries(st.sampled_from(CELLS), st.integers(1, 300), min_size=1)
RESULTS = st.lists(
    st.tuples(st.sampled_from(CELLS), st.integers(1, 30), st.integers(0, 40), st.integers(0, 40)),
    max_size=20,
)
BEFORE = st.dictionaries(st.sampled_from(CELLS), st.fractions(0, 4000, max_denominator=500))


def results_of(drawn) -> tuple[Result, ...]:
    """At most one result a stratum and month, in order."""
    by_place = {
        (cell, dt.date(2024 + ago // 12, 1 + ago % 12, 1)): (visits, min(findings, visits))
        for cell, ago, visits, findings in drawn
    }
    return tuple(Result(*cell, month, *of) for (cell, month), of in sorted(by_place.items()))


def any_ratio(counts, results, before, rules, previous=None) -> Ratio:
    return settled(
        counts, results, rules, month=DECEMBER, since=DECEMBER, before=before, previous=previous
    )


@settings(max_examples=80, deadline=None)
@given(COUNTS, RESULTS, BEFORE, st.integers(0, 1000), st.sampled_from([0, 100, 300]))
def test_the_same_burden_within_all_bounds(counts, drawn, before, alpha, floor) -> None:
    rules = adaptive(ratio={"alpha_permille": alpha}, sector_floor_permille={"freight": floor})
    ratio = any_ratio(counts, results_of(drawn), before, rules)
    fixed, _ = yearly_rates(counts, rules.rates)
    said = set(codes(ratio.conflicts))
    for is_key in (True, False):
        pool = [one for one in ratio.strata if (one.sector in rules.rates.key_sectors) == is_key]
        milli = sum(one.enterprises * Fraction(one.ratio) for one in pool)
        wanted = sum(one.enterprises * fixed[one.grade, one.sector].applied for one in pool)
        assert milli == int(wanted)
    for one in ratio.strata:
        given = one.enterprises * Fraction(one.ratio)
        cap = rules.rates.yearly_cap[one.grade] * 1000 * one.enterprises
        assert one.low_milli <= given <= one.high_milli <= max(cap, one.low_milli)
        assert Fraction(one.ratio) >= fixed[one.grade, one.sector].floor
        old = Fraction(one.before) * one.enterprises
        if "ratio_no_fall" not in said:
            assert given >= min(int(Fraction(6, 10) * int(old)), one.high_milli)
        if "ratio_no_rise" not in said and one.bound == "rise":
            assert given >= Fraction(16, 10) * int(old)


@settings(max_examples=40, deadline=None)
@given(COUNTS, RESULTS, BEFORE, st.randoms(use_true_random=False))
def test_ratios_are_replayed_from_their_own_document(counts, drawn, before, shuffler) -> None:
    results = results_of(drawn)
    ratio = any_ratio(counts, results, before, adaptive(), previous="0" * 64)
    assert canonical(replay(ratio, adaptive())) == canonical(ratio)
    shuffled = list(counts.items())
    shuffler.shuffle(shuffled)
    assert any_ratio(dict(shuffled), results, before, adaptive(), previous="0" * 64) == ratio
    if results:
        touched = replace(results[0], visits=results[0].visits + 1)
        assert replay(replace(ratio, evidence=(touched, *results[1:])), adaptive()) != ratio


@settings(max_examples=150, deadline=None)
@given(
    counts=st.lists(st.integers(1, 300), min_size=4, max_size=4),
    seen=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=4, max_size=4),
    more=st.integers(1, 60),
    chosen=st.integers(0, 3),
    alpha=st.integers(0, 1000),
)
def test_more_findings_never_lower_a_ratio(counts, seen, more, chosen, alpha) -> None:
    """All else equal: what is believed of the other strata stays, so each has a grade of its own.

    The last thousandth of a visit a year may fall either way.
    """
    cells = [(grade, "freight") for grade in "ABCD"]
    rules = adaptive(ratio={"alpha_permille": alpha})
    sizes = dict(zip(cells, counts, strict=True))

    def given_to(findings: int) -> Fraction:
        results = tuple(
            Result(*cell, NOVEMBER, visits, min(visits, findings if k == chosen else bad))
            for k, (cell, (visits, bad)) in enumerate(zip(cells, seen, strict=True))
            if visits
        )
        return any_ratio(sizes, results, {}, rules).rates[cells[chosen]]

    few = seen[chosen][1]
    assert given_to(few + more) >= given_to(few) - Fraction(1, counts[chosen])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30),
    st.integers(0, 1000),
)
def test_discounting_forgets_but_never_invents(months, discount) -> None:
    counted = [(visits + findings, findings) for visits, findings in months]
    a, b = discounted(counted, discount)
    assert 0 <= a <= sum(findings for _, findings in counted) * M
    assert 0 <= b <= sum(visits - findings for visits, findings in counted) * M
    if counted:
        assert a >= counted[-1][1] * M
