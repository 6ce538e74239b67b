"""Are the reasons exact: for a visit that is out, a seat, and a month that cannot be?"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from scheduler.roster.bars import Option
from scheduler.roster.capacity_core import capacity_core, fits
from scheduler.roster.clockwork import fits_under, time_conflicts, time_reasons
from scheduler.roster.cores import Core, explained, minimal
from scheduler.roster.crowd import crowded
from scheduler.roster.infeasible import Impossible, why_infeasible, why_not_staffed
from scheduler.roster.insertion import Way, applied
from scheduler.roster.judge import judge
from scheduler.roster.officers import BLOCKS, why_officer
from scheduler.roster.officers import told as said_of
from scheduler.roster.problem import Lunch, Papers, Problem, Shift, TeamDay
from scheduler.roster.reasons import CODES, Reason, numbered, said
from scheduler.roster.why import WhyNot, told, why_not_visit
from tests.scheduler.roster.months_by_hand import by_hand, marked, team

MUST = np.array([True, True])
ONE = np.array([True])


def rules_of(core: Core | None) -> list[str]:
    assert core is not None and core.is_minimal
    return sorted(reason.rule for reason in core.reasons)


def only(problem: Problem, **wishes: Any) -> Impossible:
    (found,) = why_infeasible(problem, **wishes)
    for sentence in found.told(problem):
        assert sentence.zh and sentence.en
    return found


# ── months that cannot be ─────────────────────────────────────────────────────────────────


def test_nothing_is_said_of_a_month_that_can_be() -> None:
    assert why_infeasible(by_hand(is_must=MUST)) == ()


def test_no_licence_left() -> None:
    found = only(by_hand(visits=1, is_must=ONE, licences=[[0], [0]]))
    assert rules_of(found.core) == ["lead_licence", "must_visit", "two_officers"]
    assert rules_of(found.detail) == ["lead_licence", "lead_licence", "must_visit", "two_officers"]


def test_no_licence_between_them_where_the_pair_covers() -> None:
    found = only(by_hand(visits=1, is_must=ONE, licences=[[0], [0]], cover="joint"))
    assert "seat_licence" in rules_of(found.core)


def test_everyone_on_leave_names_no_more_officers_than_it_takes() -> None:
    """Of three officers on leave, two are enough to leave one without a partner."""
    found = only(by_hand(visits=1, officers=3, is_must=ONE, is_free=np.zeros((3, 1), bool)))
    assert rules_of(found.core) == ["leave", "must_visit", "two_officers"]
    assert rules_of(found.detail) == ["leave", "leave", "must_visit", "two_officers"]


def test_a_joint_visit_on_the_day_of_a_leave() -> None:
    month = by_hand(
        visits=1, days=2, is_must=ONE, is_open=np.array([[False, True]]),
        is_free=~marked((2, 2), (0, 1)),
    )  # fmt: skip
    found = only(month)
    assert rules_of(found.core) == ["closed_day", "leave", "must_visit", "two_officers"]
    assert Reason("leave", officer=0, day=1) in found.detail.reasons  # type: ignore[union-attr]


def test_a_joint_visit_no_one_can_reach() -> None:
    found = only(by_hand(visits=1, is_must=ONE, latest=np.array([5])))
    assert rules_of(found.core) == ["must_visit", "time_window", "travel"]


def test_a_visit_everyone_must_avoid() -> None:
    found = only(by_hand(visits=1, is_must=ONE, avoids=np.ones((2, 1), bool)))
    assert rules_of(found.core) == ["avoidance", "must_visit", "two_officers"]
    assert rules_of(found.detail) == ["avoidance", "must_visit", "two_officers"]


def test_banned_officers_cannot_go() -> None:
    found = only(by_hand(visits=1, is_must=ONE), bans=[(0, 1)])
    assert rules_of(found.core) == ["must_visit", "pair_ban", "two_officers"]


def test_two_visits_that_fit_alone_but_not_together() -> None:
    found = only(by_hand(is_must=MUST, on_site=np.array([300, 300])))
    assert found.visits == (0, 1)
    assert {"must_visit", "one_route_a_day", "two_officers"} <= set(rules_of(found.core))
    assert {"visit_minutes", "working_hours"} <= set(rules_of(found.core))


def test_a_third_visit_that_stands_in_nobodys_way_is_not_named() -> None:
    month = by_hand(visits=3, days=2, is_must=np.ones(3, bool), on_site=np.full(3, 300),
                    is_open=np.array([[True, False], [True, False], [False, True]]))  # fmt: skip
    assert only(month).visits == (0, 1)


def test_minima_above_capacity_name_the_rules_that_make_them_so() -> None:
    month = by_hand(visits=20, least=np.array([9]), days=2, team_days=2, field_days=np.full(2, 9))
    found = only(month)
    assert rules_of(found.core)[0] == "coverage_least"
    assert not fits(month, frozenset(found.core.reasons))
    assert only(by_hand(least=np.array([3]))).core.reasons == (Reason("coverage_least", stratum=0),)


def test_minima_of_a_sector_with_one_lead_are_bounded_by_that_lead() -> None:
    sectors = [0] * 10 + [1] * 10
    month = by_hand(
        visits=20, officers=4, days=2, sectors=sectors, licences=[[1, 1], [1, 0], [1, 0], [1, 0]],
        least=np.array([0, 9]), field_days=np.full(4, 2),
    )  # fmt: skip
    core = capacity_core(month)
    assert Reason("lead_licence", sector=1) in core.reasons  # type: ignore[union-attr]
    assert capacity_core(by_hand(visits=20, officers=4, days=4, least=np.array([9]))) is None


@pytest.mark.parametrize("seed", range(8))
def test_capacity_never_denies_a_month_that_exists(seed: int) -> None:
    """A plan is made, and what it makes is asked for."""
    rng = np.random.default_rng(seed)
    days = int(rng.integers(1, 4))
    visits = 3 * days
    month = by_hand(visits=visits, days=days, sectors=list(rng.integers(0, 2, visits)),
                    on_site=rng.integers(60, 146, visits))  # fmt: skip
    plan = [team(*range(3 * day, 3 * day + 3), day=day) for day in range(days)]
    assert not judge(month, plan)
    least = np.bincount(month.stratum, minlength=len(month.least))
    asked = by_hand(visits=visits, days=days, sectors=month.sector.tolist(),
                    on_site=month.on_site, least=least)  # fmt: skip
    assert capacity_core(asked) is None


def test_lifting_a_rule_never_makes_the_minima_harder() -> None:
    month = by_hand(visits=9, days=2, sectors=[0, 1, 0] * 3, licences=[[1, 1], [1, 0]],
                    least=np.array([4, 3]), is_free=~marked((2, 2), (0, 0)))  # fmt: skip
    rules = sorted(capacity_core(month).reasons, key=str)  # type: ignore[union-attr]
    for size in range(len(rules)):
        assert all(fits(month, frozenset(some)) for some in combinations(rules, size))


def test_routes_that_cannot_all_be_staffed_are_named_and_no_others() -> None:
    month = by_hand(visits=3, officers=5, days=2)
    routes = [team(0, day=1), team(1, day=0), team(2, day=0)]
    assert why_not_staffed(month, routes) is None
    few = by_hand(visits=3, officers=3, days=2)
    found = why_not_staffed(few, routes)
    assert found is not None and found.routes == (1, 2)
    assert rules_of(found.core) == ["one_route_a_day", "route", "route", "two_officers"]
    assert found.told(few)[0].code == "impossible_routes"


# ── many visits that have to be made ──────────────────────────────────────────────────────


def many(visits: int = 28, **changes: Any) -> Problem:
    """A month of must-visits, four a day at most."""
    usual = {"officers": 20, "days": 22, "is_must": np.ones(visits, bool)}
    return by_hand(visits=visits, **(usual | changes))


def test_a_month_of_must_visits_is_asked_about_as_a_whole() -> None:
    assert why_infeasible(many()) == ()
    clock = time.process_time()
    found = only(many(team_days=3))
    assert time.process_time() - clock < 5
    assert len(found.visits) == 13
    assert rules_of(found.core) == ["most_visits_a_day", "must_visit", "team_days"]
    assert "以上各家" in " ".join(line.zh for line in found.told(many(team_days=3)))


def test_one_lead_for_a_sector_bounds_many_visits_of_it() -> None:
    held = np.zeros((20, 2), bool)
    held[:, 0] = True
    held[7, 1] = True
    month = many(sectors=[0] * 14 + [1] * 14, licences=held, field_days=np.full(20, 3))
    found = only(month)
    assert len(found.visits) == 13 and set(found.visits) <= set(range(14, 28))
    assert Reason("lead_licence", sector=1) in found.core.reasons
    assert Reason("field_days_most") in found.core.reasons and found.core.is_minimal


def test_many_visits_of_one_day_name_that_day_and_no_others() -> None:
    is_open = np.ones((28, 22), bool)
    is_open[:9] = False
    is_open[:9, 4] = True
    is_free = np.ones((20, 22), bool)
    is_free[4:, 4] = False
    found = only(many(is_open=is_open, is_free=is_free))
    assert set(found.visits) <= set(range(9)) and found.core.is_minimal
    assert "leave" in rules_of(found.core)


def test_appointments_of_one_hour_clash_among_many_visits() -> None:
    """Counting leaves room for both: two places on one route, and no way to be at both."""
    is_open = np.ones((28, 22), bool)
    is_open[:2] = False
    is_open[:2, 4] = True
    hour = np.where(np.arange(28) < 2, 100, 0)
    is_free = np.ones((20, 22), bool)
    is_free[3:, 4] = False
    month = many(
        is_open=is_open, is_free=is_free, earliest=hour, latest=np.where(hour, 100, 480)
    )  # fmt: skip
    found = only(month)
    assert found.visits == (0, 1) and "time_window" in rules_of(found.core)


def test_appointments_of_one_hour_take_a_team_each() -> None:
    """Eight teams of two are needed, and fourteen officers are there."""
    is_open = np.ones((28, 22), bool)
    is_open[:10] = False
    is_open[:10, 4] = True
    hour = np.where(np.arange(28) < 10, 100, 0)
    is_free = np.ones((20, 22), bool)
    is_free[14:, 4] = False
    found = only(many(is_open=is_open, is_free=is_free, earliest=hour,
                      latest=np.where(hour, 100, 480)))  # fmt: skip
    assert len(found.visits) == 8 and set(found.visits) <= set(range(10))
    assert {"leave", "time_window", "two_officers"} <= set(rules_of(found.core))


@pytest.mark.parametrize("seed", range(6))
def test_counting_never_denies_visits_that_a_plan_makes(seed: int) -> None:
    """A plan is made and judged, and what it makes has to be made."""
    rng = np.random.default_rng(seed)
    days, visits = 4, 8
    month = by_hand(
        visits=visits, officers=6, days=days, sectors=list(rng.integers(0, 2, visits)),
        on_site=rng.integers(60, 200, visits), licences=rng.random((6, 2)) < 0.7,
        is_free=rng.random((6, days)) < 0.8, avoids=rng.random((6, visits)) < 0.1,
    )  # fmt: skip
    plan: list[TeamDay] = []
    for day in range(days):
        for lead, second in ((0, 1), (2, 3), (4, 5)):
            left = [v for v in range(visits) if not any(v in one.visits for one in plan)]
            tried = [team(*left[:2], day=day, lead=lead, second=second)]
            if left and not judge(month, [*plan, *tried]):
                plan += tried
    made = sorted(v for one in plan for v in one.visits)
    assert made and crowded(month, made) is None


# ── cores are what they say ───────────────────────────────────────────────────────────────


def test_a_smallest_set_is_found_by_leaving_out_one_at_a_time() -> None:
    every = [Reason("route", route=k) for k in range(5)]
    bad = frozenset(every[1:3])
    assert minimal(every, lambda some: not bad <= some) == Core(tuple(every[1:3]), True)
    assert minimal(every, lambda some: True) is None
    assert minimal(every, lambda some: None if len(some) < 3 else False).is_minimal is False  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(4))
def test_every_core_clashes_and_no_part_of_it_does(seed: int) -> None:
    """By brute force over crews and days, without the model."""
    rng = np.random.default_rng(seed)
    while True:
        month = by_hand(
            visits=1, officers=3, days=2, is_must=ONE, licences=rng.random((3, 1)) < 0.5,
            avoids=rng.random((3, 1)) < 0.4, is_free=rng.random((3, 2)) < 0.4,
            is_open=rng.random((1, 2)) < 0.7,
        )  # fmt: skip
        _, fine = explained(month, [Option(0, (0,), (0, 1))], musts=[0])
        if fine is not None:
            break
    assert fine.is_minimal
    assert not _can_go(month, set(fine.reasons))
    for reason in fine.reasons:
        assert _can_go(month, set(fine.reasons) - {reason})


def _can_go(month: Problem, rules: set[Reason]) -> bool:
    """Whether the visit can be made under these rules: every day, pair and lead is tried."""
    if Reason("must_visit", visit=0) not in rules:
        return True
    needs_two = Reason("two_officers") in rules
    for day in range(month.days):
        if not month.is_open[0, day] and Reason("closed_day", visit=0) in rules:
            continue
        if not needs_two:
            return True
        comes = [
            i
            for i in range(month.officers)
            if not (month.avoids[i, 0] and Reason("avoidance", officer=i, visit=0) in rules)
            and not (not month.is_free[i, day] and Reason("leave", officer=i, day=day) in rules)
        ]
        leads = [
            i for i in comes
            if month.licences[i, 0] or Reason("lead_licence", officer=i, sector=0) not in rules
        ]  # fmt: skip
        if len(comes) >= 2 and leads:
            return True
    return False


def test_every_clash_of_times_is_smallest() -> None:
    month = by_hand(on_site=np.array([200, 300]), latest=np.array([5, 400]))
    shift = Shift(0, 480, Lunch(180, 240, 40))
    found = time_conflicts(month, shift, [0, 1])
    every = time_reasons(shift, [0, 1])
    assert found
    for some in found:
        assert not fits_under(month, shift, [0, 1], some)
        assert all(fits_under(month, shift, [0, 1], set(some) - {one}) for one in some)
    for size in range(len(every)):
        for some in combinations(every, size):
            if not fits_under(month, shift, [0, 1], some):
                assert any(set(one) <= set(some) for one in found)


def test_every_reason_has_its_words() -> None:
    month = by_hand(vehicles=np.array([1]), spread=1)
    about = {"officer": 0, "visit": 0, "day": 0}
    for key in CODES:
        rule, _, thing = key.partition(" ")
        facts = {thing: about[thing]} if thing else {}
        facts |= {"sector": 0, "stratum": 0, "route": 0, "other": 1}
        if thing == "officer":
            facts |= {"visit": 0, "day": 0}
        sentence = said(Reason(rule, **facts), month, numbered(month))
        assert "{" not in sentence.zh + sentence.en


# ── a visit that is out ───────────────────────────────────────────────────────────────────


def why(problem: Problem, plan: Sequence[TeamDay], visit: int, **wishes: Any) -> WhyNot:
    found = why_not_visit(problem, plan, visit, **wishes)
    before = sum(int(problem.value[v]) for route in plan for v in route.visits)
    for way in found.ways:
        after = [route for route in _with(plan, way) if route.visits]
        assert not {b.rule for b in judge(problem, after)} - {"field_days_spread", "two_officers"}
        made = [v for route in after for v in route.visits]
        assert visit in made and sum(int(problem.value[v]) for v in made) - before == way.gain
    assert all(sentence.zh and sentence.en for sentence in told(found, problem))
    return found


def _with(plan: Sequence[TeamDay], way: Way) -> list[TeamDay]:
    new = [TeamDay(visits, day=0) for k, visits in way.routes if k < 0]
    return [*applied(plan, way), *new]


FULL = {"on_site": np.array([200, 200, 200]), "team_days": 1}


def test_a_visit_is_priced_by_what_its_minutes_earn_elsewhere() -> None:
    month = by_hand(visits=3, **FULL)
    found = why(month, [team(1, 2)], 0)
    assert found.worth == 10 and found.minutes == 210
    assert found.price == round(50 / 430 * 210)
    assert why(month, [team(1, 2)], 0, minute_price=0.5).price == 105


def test_the_cheapest_insertion_displaces_the_least() -> None:
    found = why(by_hand(visits=3, **FULL), [team(1, 2)], 0)
    assert found.ways[0].kind == "insertion"
    assert found.ways[0].displaced == (1,) and found.ways[0].gain == -10


def test_what_is_displaced_finds_another_route() -> None:
    month = by_hand(visits=4, officers=4, on_site=np.array([200, 200, 200, 200]), team_days=2,
                    avoids=marked((4, 4), (2, 0)))  # fmt: skip
    found = why(month, [team(1, 2), team(3, lead=2, second=3)], 0)
    assert found.ways[0].kind in ("swap", "rebuild")
    assert found.ways[0].displaced == () and found.ways[0].gain == 10


def test_a_pair_left_over_could_make_it_by_itself() -> None:
    month = by_hand(visits=2, officers=4, on_site=np.array([400, 400]))
    found = why(month, [team(1)], 0)
    assert found.ways[0].kind == "own_route" and found.ways[0].gain == 10


def test_must_visits_and_bare_minima_are_never_displaced() -> None:
    month = by_hand(visits=3, is_must=np.array([False, True, False]), **FULL)
    assert why(month, [team(1, 2)], 0).ways[0].displaced == (2,)
    bare = by_hand(visits=3, sectors=[0, 1, 1], least=np.array([0, 2]), **FULL)
    assert why(bare, [team(1, 2)], 0).ways == ()


RELAXED: dict[str, tuple[Problem, list[TeamDay]]] = {
    "overtime": (by_hand(on_site=np.array([100, 360])), [team(1)]),
    "licence": (by_hand(sectors=[1, 0], licences=[[1, 0], [1, 0]]), [team(1)]),
    "day": (
        by_hand(days=2, team_days=1, is_open=np.array([[True, False], [True, True]])),
        [team(1, day=1)],
    ),
    "avoidance": (by_hand(avoids=marked((2, 2), (1, 0))), [team(1)]),
    "window": (by_hand(latest=np.array([5, 480])), [team(1)]),
    "team_day": (by_hand(officers=4, on_site=np.array([300, 300]), team_days=1), [team(1)]),
}


@pytest.mark.parametrize("rule", RELAXED)
def test_the_rule_that_would_have_to_give_way_is_found(rule: str) -> None:
    found = why(*RELAXED[rule], 0)
    assert found.relaxations[0].rule == rule
    assert found.relaxations[0].way.gain == 10


def test_a_visit_that_can_never_be_made_says_why() -> None:
    found = why(by_hand(latest=np.array([5, 480])), [team(1)], 0)
    assert found.impossible is not None
    assert rules_of(found.impossible.core) == ["must_visit", "time_window", "travel"]


# ── a seat ────────────────────────────────────────────────────────────────────────────────

SEAT = by_hand(
    officers=8,
    days=2,
    licences=[[1], [1], [0], [1], [1], [1], [1], [1]],
    avoids=marked((8, 2), (3, 0)),
    is_free=~marked((8, 2), (4, 0)),
    field_days=np.array([2, 2, 2, 2, 2, 2, 0, 2]),
)


def test_each_other_officer_has_one_first_reason() -> None:
    plan = [team(0), team(1, lead=5, second=1)]
    plan[1] = TeamDay((1,), 0, 0, 5, 2)
    lead = [verdict.rule for verdict in why_officer(SEAT, plan, 0, "lead")]
    assert lead == [
        "sits", "one_route_a_day", "lead_licence", "avoidance", "leave", "one_route_a_day",
        "field_days_most", "equal",
    ]  # fmt: skip
    banned = why_officer(SEAT, plan, 0, "lead", bans=[(7, 1)])
    assert banned[7].rule == "pair_ban"
    for verdict in (*why_officer(SEAT, plan, 0, "second"), *banned):
        sentence = said_of(verdict, SEAT)
        assert sentence.zh and sentence.en


def test_who_could_sit_breaks_no_rule_and_everyone_else_does() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        cover = "strict" if rng.random() < 0.5 else "joint"
        month = by_hand(
            officers=5, days=1, sectors=[0, 1], licences=rng.random((5, 2)) < 0.6,
            avoids=rng.random((5, 2)) < 0.3, is_free=rng.random((5, 1)) < 0.8, cover=cover,
        )  # fmt: skip
        for verdict in why_officer(month, [team(0, 1)], 0, "second"):
            tried = [team(0, 1, second=verdict.officer)]
            mine = {b.rule for b in judge(month, tried) if b.officer in (-1, verdict.officer)}
            if verdict.rule != "sits":
                assert verdict.could_sit == (not mine - {"lead_licence"})


def test_the_blocks_stand_from_what_never_changes_to_what_a_swap_mends() -> None:
    names = [block.__name__ for block in BLOCKS]
    assert names[0] == "avoidance" and names[-1] == "field_days_most"


def test_a_certificate_that_has_expired_is_not_called_leave_bug() -> None:
    """Nor is one that is not on record, nor training still to be done."""
    papers = Papers(
        is_certified=~marked((4, 2), (2, 0), (3, 0), (3, 1)),
        is_trained=np.array([True, True, True, True]),
        expires=np.array([800_000, 800_000, dt.date(2026, 11, 30).toordinal(), 0]),
    )
    month = by_hand(officers=4, days=2, is_free=papers.is_certified.copy(), papers=papers)
    verdicts = why_officer(month, [team(0)], 0, "lead")
    assert [verdict.rule for verdict in verdicts[2:]] == ["valid_certificate"] * 2
    expired, unknown = (said_of(verdict, month) for verdict in verdicts[2:])
    assert expired.code == "officer_certificate" and "2026-11-30" in expired.zh
    assert unknown.code == "officer_uncertified" and "请假" not in expired.zh + unknown.zh
    untrained = replace(papers, is_trained=np.array([True, True, True, False]))
    again = why_officer(replace(month, papers=untrained), [team(0, day=1)], 0, "lead")
    assert again[2].rule == "equal" and again[3].rule == "valid_certificate"
    trained = replace(untrained, is_certified=np.ones((4, 2), bool))
    last = why_officer(replace(month, papers=trained), [team(0, day=1)], 0, "lead")[3]
    assert last.rule == "training_hours" and said_of(last, month).code == "officer_untrained"


def test_no_dash_stands_where_nothing_is_displaced_bug() -> None:
    month = by_hand(visits=2, officers=4, on_site=np.array([100, 100]))
    lines = told(why(month, [team(1)], 0), month)
    assert not any("–" in line.zh + line.en for line in lines)
    joins = told(why(by_hand(visits=2, team_days=1), [team(1)], 0), by_hand(visits=2))
    assert any("不挤出别家" in line.zh and "nothing is displaced" in line.en for line in joins)
