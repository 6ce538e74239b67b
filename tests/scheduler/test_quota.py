"""How many visits, for whom, and can the squad make them?"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import digest
from riskengine.errors import Sentence
from riskengine.policy import Peak, Title
from scheduler.capacity import capacity
from scheduler.due import counted_visits
from scheduler.quota import M, Owed, Quota, allot
from scheduler.rates import yearly_rates
from scheduler.shares import proportional
from tests.scheduler.by_hand import CALENDAR, ROSTER, graded, known, many, officer, policy, visited

OCTOBER, DECEMBER = dt.date(2026, 10, 1), dt.date(2026, 12, 1)
WHY = Sentence("because", "因为", "because")


def able(visits: int, month: dt.date = DECEMBER):
    """A squad that can make exactly `visits` visits."""
    return replace(capacity(known([officer(1)]), policy(), month=month), visits=visits)


def allotted(rows, *, rules=None, visits=1000, month=DECEMBER, inspections=None, **more) -> Quota:
    squad = able(visits, month)
    facts = known(inspections=inspections)
    return allot(graded(*rows), facts, rules or policy(), month=month, capacity=squad, **more)


def codes(sentences) -> list[str]:
    return [sentence.code for sentence in sentences]


# ── capacity ──────────────────────────────────────────────────────────────────────────────


def test_the_year_of_kuancheng_comes_out_of_the_formula() -> None:
    """8 × 248 = 1,984; other 1,035; non 535; check days 414 (rules-china.md §5)."""
    squad = known([officer(n) for n in range(8)], as_of=dt.date(2026, 1, 1))
    year = [capacity(squad, policy(), month=dt.date(2026, m, 1)) for m in range(1, 13)]
    assert sum(month.total_days for month in year) == 8 * 248
    # each month is rounded on its own, never up
    assert 414 - 24 <= sum(month.check_days for month in year) <= 414


def test_every_figure_of_the_formula_adds_up_and_is_in_the_sentence() -> None:
    squad = known(
        [officer(n) for n in range(8)],
        absences=[
            {
                "inspector_id": "P01",
                "from_on": dt.date(2026, 12, 5),
                "to_on": dt.date(2026, 12, 9),
            }
        ],
    )
    month = capacity(squad, policy(), month=DECEMBER)
    assert (month.workdays, month.officers, month.total_days) == (23, 8, 184)
    assert month.leave_days == 3  # the 5th and 6th are a weekend
    assert (month.present_days, month.other_days, month.non_days) == (181, 95, 49)
    assert (month.check_days, month.peak_days, month.team_days, month.visits) == (37, 0, 18, 36)
    for figure in (23, 8, 184, 3, 95, 49, 37, 18, 36):
        assert str(figure) in re.findall(r"\d+", month.reasons[0].zh)


def test_a_certificate_that_expires_in_the_month_counts_until_its_last_day() -> None:
    squad = known([officer(1, certificate_expires_on=dt.date(2026, 12, 4))])
    month = capacity(squad, policy(), month=DECEMBER)
    assert (month.officers, month.total_days) == (1, 4)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"certificate": None}, "officer_without_certificate"),
        ({"certificate_expires_on": None}, "officer_without_certificate"),
        ({"certificate_expires_on": dt.date(2026, 11, 30)}, "officer_certificate_ends"),
        ({"certificate_expires_on": dt.date(2026, 11, 1)}, "officer_certificate_expired"),
        ({"training_hours": 59}, "officer_short_of_training"),
    ],
)
def test_an_officer_who_may_not_go_out_is_left_out_by_name(facts, code) -> None:
    month = capacity(known([officer(1, **facts), officer(2)]), policy(), month=DECEMBER)
    assert month.officers == 1
    assert month.total_days == 23
    (left_out,) = month.left_out
    assert left_out.inspector_id == "P01"
    assert left_out.reason.code == code
    assert "示例1" in left_out.reason.zh


def test_half_a_working_share_is_half_the_days() -> None:
    squad = known([officer(1, working_share_bp=5000), officer(2)])
    assert capacity(squad, policy(), month=DECEMBER).total_days == 34  # 11.5 + 23


def test_a_peak_takes_routine_days_on_its_days_only() -> None:
    peak = Peak(Title("春运", "Spring travel"), dt.date(2026, 2, 2), dt.date(2026, 3, 13), 400, ())
    rules = policy(calendar=replace(CALENDAR, peaks=(peak,)))
    squad = known([officer(n) for n in range(10)])
    quiet, busy = (capacity(squad, which, month=dt.date(2026, 3, 1)) for which in (policy(), rules))
    assert busy.check_days == quiet.check_days
    # 10 of the 22 workdays of March lie in the peak, and 600 permille of them are lost
    lost = Fraction(10, 22) * Fraction(600, 1000) * quiet.check_days
    assert busy.peak_days == -(-lost.numerator // lost.denominator)
    assert "capacity_peak" in codes(busy.reasons)
    assert capacity(squad, rules, month=dt.date(2026, 4, 1)).peak_days == 0


def test_a_provisional_month_is_said_aloud_in_the_capacity() -> None:
    month = capacity(known([officer(1)]), policy(), month=dt.date(2027, 2, 1))
    assert month.is_provisional
    assert "calendar_provisional" in codes(month.reasons)


def test_a_month_beyond_the_peaks_entered_says_that_they_are_missing_bug() -> None:
    """February 2028 was planned as if there were no travel season, and nobody said so."""
    peak = Peak(Title("春运", "Spring travel"), dt.date(2026, 2, 2), dt.date(2026, 3, 13), 400, ())
    rules = policy(calendar=replace(CALENDAR, peaks=(peak,)))
    beyond, within, plain = (
        capacity(known([officer(1)]), which, month=month).reasons
        for which, month in (
            (rules, dt.date(2028, 2, 1)),
            (rules, dt.date(2026, 12, 1)),
            (policy(), dt.date(2028, 2, 1)),
        )
    )
    (told,) = [reason for reason in beyond if reason.code == "peaks_unentered"]
    assert "2028" in told.zh and "2026-03-13" in told.zh
    assert "peaks_unentered" not in codes(within) + codes(plain)


def test_an_expiry_to_come_is_not_told_as_past_bug() -> None:
    facts = {"certificate_expires_on": dt.date(2028, 1, 31)}
    (out,) = capacity(known([officer(1, **facts)]), policy(), month=dt.date(2028, 2, 1)).left_out
    assert out.reason.code == "officer_certificate_ends"
    assert "有效期至 2028-01-31" in out.reason.zh and "已于" not in out.reason.zh
    assert "expired" not in out.reason.en


def test_a_running_month_has_only_the_days_that_are_left() -> None:
    """Read on Thursday 10 December, 16 of the 23 workdays are left."""
    squad = known([officer(n) for n in range(4)], as_of=dt.date(2026, 12, 10))
    running = capacity(squad, policy(), month=DECEMBER)
    assert (running.workdays, running.total_days) == (16, 64)
    (said,) = (reason for reason in running.reasons if reason.code == "capacity_running")
    assert "只剩 16 个工作日" in said.zh and "7 个已过" in said.zh
    first = known([officer(n) for n in range(4)], as_of=DECEMBER)
    for whole in (first, known([officer(n) for n in range(4)])):
        month = capacity(whole, policy(), month=DECEMBER)
        assert (month.workdays, month.total_days) == (23, 92)
        assert "capacity_running" not in codes(month.reasons)


# ── rates and the ceiling ─────────────────────────────────────────────────────────────────

DANDONG = {("A", "taxi"): 31107, ("B", "taxi"): 12044, ("C", "taxi"): 3682, ("D", "taxi"): 721}


def test_the_dandong_mix_asks_for_8_3_percent_and_is_scaled_to_5() -> None:
    rates, (conflict,) = yearly_rates(DANDONG, policy().rates)
    asked = Fraction(sum(n * rates[cell].asked for cell, n in DANDONG.items()), 47554)
    assert round(float(asked) / 10, 1) == 8.3
    applied = sum(n * rates[cell].applied for cell, n in DANDONG.items()) / 47554
    assert applied == 50
    factors = {rates[cell].applied / rates[cell].asked for cell in DANDONG}
    assert factors == {Fraction(50 * 47554, 31107 * 10 + 12044 * 100 + 3682 * 500 + 721 * 800)}
    assert conflict.code == "quota_ceiling"
    assert "8.27 %" in conflict.en
    assert "5 %" in conflict.en


def test_key_sectors_have_no_ceiling() -> None:
    counts = {(grade, "freight"): n for (grade, _), n in DANDONG.items()}
    rates, conflicts = yearly_rates(counts, policy().rates)
    assert conflicts == ()
    assert all(rate.applied == rate.asked for rate in rates.values())


def test_the_ceiling_takes_only_what_lies_above_the_floors() -> None:
    rules = policy(sector_floor_permille={"repair": 20}).rates
    counts = {("A", "repair"): 100, ("D", "repair"): 10, ("C", "taxi"): 20}
    rates, conflicts = yearly_rates(counts, rules)
    assert codes(conflicts) == ["quota_ceiling"]
    assert rates["A", "repair"].applied == 20
    assert sum(n * rates[cell].applied for cell, n in counts.items()) == 50 * 130
    above = {
        (rates[cell].applied - rates[cell].floor) / (rates[cell].asked - rates[cell].floor)
        for cell in counts
        if rates[cell].asked > rates[cell].floor
    }
    assert len(above) == 1


def test_floors_above_the_ceiling_stand_and_are_reported() -> None:
    rules = policy(sector_floor_permille={"repair": 200}).rates
    rates, conflicts = yearly_rates({("A", "repair"): 10, ("D", "repair"): 10}, rules)
    assert codes(conflicts) == ["quota_floors_above_ceiling"]
    assert {rate.applied for rate in rates.values()} == {200}


def test_a_rate_never_asks_for_more_than_the_yearly_cap() -> None:
    rules = policy(
        yearly_permille={"A": 10, "B": 100, "C": 500, "D": 12000},
        sector_yearly_cap={"freight": {"D": 4}},
    ).rates
    rates, _ = yearly_rates({("D", "freight"): 5}, rules)
    assert rates["D", "freight"].asked == 4000
    assert "rate_cap" in codes(rates["D", "freight"].reasons)


# ── the month ─────────────────────────────────────────────────────────────────────────────


def test_the_months_share_is_its_share_of_the_years_workdays() -> None:
    quota = allotted(many(248, "C", "freight"))
    (stratum,) = quota.strata
    # 248 × 50 % × 23/248 = 11.5, rounded up to whole visits
    assert quota.visits == 12
    assert stratum.expected_nano == 12 * M
    assert "11.5" in stratum.reasons[0].zh
    assert (stratum.asked_permille, stratum.enterprises, stratum.eligible) == (500, 248, 248)


def test_an_enterprise_at_its_cap_has_no_chance_and_the_others_keep_theirs() -> None:
    rows = [("甲", "A", "freight"), ("乙", "A", "freight"), ("丙", "A", "freight")]
    past = [
        visited("甲", dt.date(2026, 3, 3)),
        visited("乙", dt.date(2026, 3, 3), kind="case"),
        visited("丙", dt.date(2026, 3, 3), result="unreachable"),
    ]
    quota = allotted(rows, inspections=past)
    pi = dict(quota.probabilities)
    assert pi["甲"] == 0
    assert pi["乙"] == pi["丙"] == M // 2
    assert quota.strata[0].capped == 1
    assert "quota_capped" in codes(quota.strata[0].reasons)


def test_last_years_visits_do_not_count() -> None:
    facts = known(inspections=[visited("甲", dt.date(2025, 12, 31))])
    assert counted_visits(facts, policy().rates, DECEMBER) == {}


def test_a_visit_of_the_running_month_counts() -> None:
    facts = known(inspections=[visited("甲", dt.date(2026, 12, 3))], as_of=dt.date(2026, 12, 10))
    assert counted_visits(facts, policy().rates, DECEMBER) == {"甲": (dt.date(2026, 12, 3),)}


def test_a_stratum_checked_for_cause_only_is_not_drawn() -> None:
    quota = allotted(many(3, "C", "freight"), rules=policy(mode={"freight": "for_cause"}))
    assert (quota.visits, [pi for _, pi in quota.probabilities]) == (0, [0, 0, 0])


def test_full_coverage_shares_what_is_left_by_workdays() -> None:
    rules = policy(mode={"dangerous_goods": "full"})
    rows = many(62, "A", "dangerous_goods")
    past = [visited(rows[0][0], dt.date(2026, 5, 5))]
    quota = allotted(rows, rules=rules, month=OCTOBER, inspections=past)
    pi = dict(quota.probabilities)
    assert pi.pop(rows[0][0]) == 0
    # 18 of the 62 workdays left: 61 × 18/62 = 17.7
    assert quota.workdays_left == 62
    assert quota.visits == 18
    assert max(pi.values()) - min(pi.values()) <= 1


def test_in_december_whoever_is_not_covered_is_visited_for_certain() -> None:
    rules = policy(mode={"dangerous_goods": "full"})
    rows = many(7, "B", "dangerous_goods")
    quota = allotted(rows, rules=rules, inspections=[visited(rows[3][0], dt.date(2026, 2, 2))])
    pi = dict(quota.probabilities)
    assert pi.pop(rows[3][0]) == 0
    assert set(pi.values()) == {M}
    assert quota.visits == 6


def test_a_peak_covers_its_sectors_in_full_once() -> None:
    golden = Peak(
        Title("国庆", "National day"),
        dt.date(2026, 10, 1),
        dt.date(2026, 10, 7),
        1000,
        ("freight",),
    )
    rules = policy(calendar=replace(CALENDAR, peaks=(golden,)))
    quota = allotted(many(5, "A", "freight"), rules=rules, month=OCTOBER)
    assert {pi for _, pi in quota.probabilities} == {M}
    assert "quota_peak" in codes(quota.strata[0].reasons)
    assert allotted(many(5, "A", "freight"), rules=rules, month=DECEMBER).visits == 1


def test_a_peak_over_two_months_ends_with_everyone_visited() -> None:
    spring = Peak(
        Title("春运", "Spring"), dt.date(2026, 2, 2), dt.date(2026, 3, 13), 1000, ("freight",)
    )
    rules = policy(calendar=replace(CALENDAR, peaks=(spring,)))
    rows = many(40, "A", "freight")
    february = allotted(rows, rules=rules, month=dt.date(2026, 2, 1))
    assert february.visits == 27  # 27 of the 40 days of the peak
    past = [visited(i, dt.date(2026, 2, 10)) for i, _, _ in rows[:27]]
    march = allotted(rows, rules=rules, month=dt.date(2026, 3, 1), inspections=past)
    assert sum(pi == M for _, pi in march.probabilities) == 13


def test_owed_and_must_leave_the_draw_and_take_capacity_first() -> None:
    rows = many(248, "C", "freight")
    owed = (Owed(rows[0][0], "routine", dt.date(2026, 11, 1), WHY),)
    must = (Owed(rows[1][0], "case", DECEMBER, WHY), Owed("closed", "case", DECEMBER, WHY))
    quota = allotted(rows, owed=owed, must=must, visits=10)
    assert quota.served_first == (rows[0][0], rows[1][0])
    assert quota.visits == 8
    assert not {rows[0][0], rows[1][0]} & dict(quota.probabilities).keys()
    assert codes(quota.conflicts) == ["quota_shortfall"]
    assert "8" in quota.conflicts[0].en


def test_certain_visits_are_kept_when_capacity_is_short() -> None:
    rules = policy(mode={"dangerous_goods": "full"})
    rows = many(4, "A", "dangerous_goods") + many(248, "C", "freight")
    quota = allotted(rows, rules=rules, visits=9)
    by_sector = {stratum.sector: stratum.expected_nano for stratum in quota.strata}
    assert by_sector == {"dangerous_goods": 4 * M, "freight": 5 * M}
    assert codes(quota.conflicts) == ["quota_shortfall_certain_kept"]


def test_without_room_nothing_is_drawn_and_it_is_said() -> None:
    rows = many(3, "D", "freight")
    quota = allotted(
        rows, owed=tuple(Owed(i, "routine", OCTOBER, WHY) for i, _, _ in rows[:2]), visits=1
    )
    assert quota.visits == 0
    assert [pi for _, pi in quota.probabilities] == [0]
    assert codes(quota.conflicts) == ["quota_no_room"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = many(9, "C", "freight") + many(5, "A", "dangerous_goods") + [("企", "B", "freight")]
    assert digest(allotted(rows).probabilities) == digest(allotted(rows[::-1]).probabilities)
    assert digest(allotted(rows).strata) == digest(allotted(rows[::-1]).strata)


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.integers(0, 12), min_size=6, max_size=6),
    visits=st.integers(0, 30),
    covered=st.integers(0, 8),
    month=st.sampled_from([dt.date(2026, 1, 1), OCTOBER, DECEMBER]),
)
def test_the_probabilities_sum_to_whole_visits_and_nobody_is_forgotten(
    counts, visits, covered, month
) -> None:
    cells = [(grade, sector) for grade in "ACD" for sector in ("freight", "dangerous_goods")]
    rows = [
        row
        for (grade, sector), n in zip(cells, counts, strict=True)
        for row in many(n, grade, sector)
    ]
    past = [visited(i, dt.date(2026, 1, 1)) for i, _, _ in rows[:covered]]
    rules = policy(mode={"dangerous_goods": "full"})
    quota = allotted(rows, rules=rules, visits=visits, month=month, inspections=past)
    pi = dict(quota.probabilities)
    assert pi.keys() == {i for i, _, _ in rows}
    assert sum(pi.values()) == quota.visits * M
    assert quota.visits <= visits
    assert all(0 <= p <= M for p in pi.values())
    assert sum(s.expected_nano for s in quota.strata) == quota.visits * M
    if quota.visits:
        counted = counted_visits(known(inspections=past), rules.rates, month)
        for i, grade, sector in rows:
            done = len(counted.get(i, ()))
            may_rest = done >= {"A": 1, "C": 4, "D": 12}[grade] or (
                sector == "dangerous_goods" and done
            )
            assert (pi[i] == 0) == bool(may_rest)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), sizes=st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_proportional_parts_sum_exactly_and_keep_order_and_bounds(data, sizes) -> None:
    least, most = 1, data.draw(st.integers(1, 10**6))
    total = data.draw(st.integers(len(sizes), most * len(sizes)))
    named = {f"E{k:02d}": size for k, size in enumerate(sizes)}
    parts = proportional(named, total, least=least, most=most)
    assert sum(parts.values()) == total
    assert all(least <= part <= most for part in parts.values())
    ordered = sorted(named, key=named.__getitem__)
    assert all(parts[a] <= parts[b] + 1 for a, b in pairwise(ordered))
    shuffled = dict(data.draw(st.permutations(list(named.items()))))
    assert proportional(shuffled, total, least=least, most=most) == parts


def test_a_total_that_does_not_fit_the_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be divided"):
        proportional({"a": 1, "b": 1}, 3, most=1)


def test_a_quota_is_a_document_without_floats() -> None:
    quota = allotted(many(9, "C", "freight"))
    assert len(digest(quota)) == 64
    assert digest(replace(quota, capacity=replace(quota.capacity, visits=1))) != digest(quota)
    assert ROSTER.officers_per_visit == 2
