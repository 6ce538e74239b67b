"""Is a plan mended with little change and little loss, and is a hand edit judged by its rule?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from riskengine.errors import Sentence
from scheduler.lottery import WrongSeedError
from scheduler.roster.changes import changes_of, told
from scheduler.roster.judge import JUDGES, judge
from scheduler.roster.problem import Lunch, Problem, Shift, TeamDay
from scheduler.roster.reasons import numbered, said
from scheduler.roster.repair import Proposal, ladder
from scheduler.roster.substitutes import changed_seats, drawn_again, redraw
from scheduler.roster.upset import NO_ROAD, Upset, after, hit
from tests.scheduler.roster.months_by_hand import by_hand, marked, team

SEED = "ab" * 32
RUNGS = ["hit_only", "same_days", "whole_future"]


def mend(
    problem: Problem, plan: Sequence[TeamDay], upset: Upset, today: int = -1, **wishes: Any
) -> dict[str, Proposal]:
    found = ladder(problem, plan, upset, today=today, **wishes)
    assert [proposal.name for proposal in found] == RUNGS
    for proposal in found:
        assert not proposal.broken
        assert len(proposal.team_days) == len(plan)
    losses = [proposal.value_lost for proposal in found]
    assert losses == sorted(losses, reverse=True)
    return {proposal.name: proposal for proposal in found}


# ── the ladder ────────────────────────────────────────────────────────────────────────────


def test_a_free_colleague_takes_the_seat_and_nothing_else_moves() -> None:
    month = by_hand(officers=4, days=2)
    plan = [team(0, day=0), team(1, day=1, lead=1, second=2)]
    found = mend(month, plan, Upset(absent=((0, 0),)))["hit_only"]
    assert found.value_lost == 0 and found.is_best
    (change,) = found.changes
    assert change.kinds == ("officers",)
    assert change.after.second == 1 or change.after.lead == 1
    assert found.team_days[1] == plan[1]


def test_days_up_to_today_never_move() -> None:
    month = by_hand(officers=3, days=3)
    plan = [team(0, day=0), team(1, day=1)]
    upset = Upset(absent=((0, 0), (0, 1)))
    assert hit(after(month, upset), plan, 0) == (1,)
    found = mend(month, plan, upset, today=0)
    for proposal in found.values():
        assert proposal.team_days[0] == plan[0]
        assert all(route.day is None or route.day > 0 for route in proposal.team_days[1:])


def test_a_single_visit_falls_out_rather_than_the_route() -> None:
    """The one lead certified for both sectors is ill; the other leads the sector he may."""
    month = by_hand(officers=3, sectors=[0, 1], licences=[[1, 1], [1, 0], [1, 0]])
    found = mend(month, [team(0, 1)], Upset(absent=((0, 0),)))["hit_only"]
    (change,) = found.changes
    assert change.dropped == (1,) and change.after.visits == (0,)
    assert found.value_lost == 20


def test_a_pair_that_covers_together_is_mended_to_cover_together() -> None:
    month = by_hand(
        officers=4, sectors=[0, 1], licences=[[1, 0], [0, 1], [0, 1], [1, 0]], cover="joint"
    )
    found = mend(month, [team(0, 1)], Upset(absent=((0, 0),)))["hit_only"]
    (route,) = found.team_days
    assert {route.lead, route.second} == {1, 3} and found.value_lost == 0


def test_banned_pairs_are_not_made_by_a_repair() -> None:
    found = mend(by_hand(officers=4), [team(0)], Upset(absent=((0, 0),)), bans=[(1, 2)])
    (route,) = found["hit_only"].team_days
    assert {route.lead, route.second} == {1, 3}


def test_a_visit_the_substitute_avoids_falls_out_alone() -> None:
    month = by_hand(officers=3, avoids=marked((3, 2), (2, 0)))
    found = mend(month, [team(0, 1)], Upset(absent=((0, 0),)))["hit_only"]
    assert found.team_days[0].visits == (1,) and found.value_lost == 10


def test_a_hit_route_may_take_over_the_better_visits_of_another() -> None:
    """Two routes lose one officer each and only one pair is left: it makes the best it can."""
    month = by_hand(visits=4, officers=4, on_site=np.full(4, 200))
    plan = [team(0, 3), team(1, 2, lead=2, second=3)]
    found = mend(month, plan, Upset(absent=((0, 0), (2, 0))))["hit_only"]
    (gone,) = [route for route in found.team_days if not route.visits]
    (kept,) = [route for route in found.team_days if route.visits]
    assert sorted(kept.visits) == [2, 3] and gone.day is None
    assert found.value_lost == 30


def test_a_seat_on_the_same_day_is_exchanged_before_a_visit_is_lost() -> None:
    """The free officer may not lead the hit route, but may come along on the other."""
    licences = [[1], [0], [1], [1], [0]]
    month = by_hand(officers=5, licences=licences, avoids=marked((5, 2), (2, 1)))
    plan = [team(0), team(1, lead=3, second=1)]
    upset = Upset(absent=((0, 0),))
    only = by_hand(officers=5, licences=licences, avoids=marked((5, 2), (2, 0)))
    first = mend(only, [team(0, lead=0, second=4), team(1, lead=3, second=2)], upset)
    assert first["hit_only"].value_lost > 0
    assert first["same_days"].value_lost == 0
    assert mend(month, plan, upset)["hit_only"].value_lost == 0


def test_a_closed_road_changes_the_order_or_drops_what_is_out_of_reach() -> None:
    month = by_hand(visits=3)
    found = mend(month, [team(0, 1, 2)], Upset(roads=((1, 2, NO_ROAD),)))["hit_only"]
    (change,) = found.changes
    assert change.kinds == ("order",) and found.value_lost == 0
    cut = mend(month, [team(0, 1)], Upset(roads=((0, 1, NO_ROAD), (1, 2, NO_ROAD))))
    assert cut["hit_only"].team_days[0].visits == (1,)


def test_an_enterprise_out_of_reach_moves_to_another_day() -> None:
    month = by_hand(days=2)
    found = mend(month, [team(0, day=0)], Upset(unreachable=((0, 0),)))["hit_only"]
    assert found.changes[0].kinds == ("day",) and found.team_days[0].day == 1


def test_an_urgent_case_displaces_the_least_and_comes_in_time() -> None:
    month = by_hand(visits=5, officers=2, days=2, on_site=np.full(5, 200), team_days=2)
    plan = [team(1, 2, day=0), team(3, 4, day=1)]
    found = mend(month, plan, Upset(urgent=((0, 0),)))
    for proposal in found.values():
        assert not proposal.unmade
        (host,) = [route for route in proposal.team_days if 0 in route.visits]
        assert host.day == 0 and proposal.value_lost == 20 - 10


def test_an_urgent_visit_planned_too_late_comes_sooner() -> None:
    month = by_hand(visits=3, days=2)
    plan = [team(1, day=0), team(0, 2, day=1)]
    found = mend(month, plan, Upset(urgent=((0, 0),)))["hit_only"]
    assert any(0 in route.visits and route.day == 0 for route in found.team_days)
    assert found.value_lost == 0


def test_a_must_visit_outlasts_any_value() -> None:
    month = by_hand(visits=2, officers=4, is_must=np.array([True, False]), on_site=np.full(2, 400))
    plan = [team(0), team(1, lead=2, second=3)]
    found = mend(month, plan, Upset(absent=((0, 0), (2, 0))))["hit_only"]
    assert [route.visits for route in found.team_days if route.visits] == [(0,)]
    assert not found.unmade


def test_visits_owed_may_fill_a_hit_route() -> None:
    month = by_hand(visits=3, officers=3, avoids=marked((3, 3), (2, 1)))
    upset = Upset(absent=((0, 0),))
    found = mend(month, [team(0, 1)], upset, spare=[2])["hit_only"]
    assert sorted(found.team_days[0].visits) == [0, 2] and found.value_lost == 20 - 30


def test_a_minimum_that_falls_short_is_told() -> None:
    month = by_hand(visits=1, least=np.array([1]))
    found = mend(month, [team(0)], Upset(absent=((0, 0),)))["whole_future"]
    assert found.short == (1,) and found.value_lost == 10


def test_the_same_repair_twice_is_the_same() -> None:
    rng = np.random.default_rng(5)
    month = random_month(rng)
    plan = random_plan(month)
    upset = Upset(absent=tuple((0, day) for day in range(2, 5)))
    first, again = (ladder(month, plan, upset, today=1) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("seed", range(2))
def test_no_rung_breaks_a_rule_or_moves_what_it_may_not(seed: int) -> None:
    month = random_month(np.random.default_rng(seed))
    plan = random_plan(month)
    upset = Upset(absent=tuple((1, day) for day in range(6)), unreachable=((plan[0].visits[0], 0),))
    hits = set(hit(after(month, upset), plan, 0))
    for name, proposal in mend(month, plan, upset, today=0).items():
        for change in proposal.changes:
            assert change.route in hits or (
                name != "hit_only" and change.kinds in (("officers",), ("gone",))
            )


def random_month(rng: np.random.Generator) -> Problem:
    return by_hand(
        visits=20,
        officers=6,
        days=6,
        sectors=list(rng.integers(0, 2, 20)),
        licences=np.maximum(rng.random((6, 2)) < 0.6, np.array([[1, 1]] * 2 + [[0, 0]] * 4)),
        avoids=rng.random((6, 20)) < 0.05,
        field_days=np.full(6, 5),
    )


def random_plan(month: Problem) -> list[TeamDay]:
    """Two routes a day, made by the ladder itself from routes nobody can go on."""
    asleep = [TeamDay((2 * k, 2 * k + 1), 0, k % 5 + 1, 0, 0) for k in range(10)]
    nobody = Upset(absent=tuple((0, day) for day in range(6)))
    found = ladder(month, asleep, nobody, today=0)[0]
    return [route for route in found.team_days if route.visits]


# ── the lot ───────────────────────────────────────────────────────────────────────────────


def test_the_order_of_substitutes_hangs_on_nobody_else() -> None:
    every = [f"P{i:02d}" for i in range(9)]
    order = redraw(SEED, "people/2026-12", "r1", "lead", every)
    assert sorted(order) == every
    assert order == redraw(SEED, "people/2026-12", "r1", "lead", every[::-1])
    fewer = redraw(SEED, "people/2026-12", "r1", "lead", [one for one in every if one != order[0]])
    assert fewer == order[1:]


def test_route_seat_and_purpose_each_draw_for_themselves() -> None:
    every = [f"P{i:02d}" for i in range(9)]
    asked = [("p", "r1", "lead"), ("p", "r1", "second"), ("p", "r2", "lead"), ("q", "r1", "lead")]
    assert len({redraw(SEED, *each, every) for each in asked}) == len(asked)
    assert redraw(SEED, "p", "r1", "2", every) != redraw(SEED, "p", "r", "12", every)


def test_a_seed_that_is_none_is_refused() -> None:
    for text in ("", "zz" * 32, "ab" * 31):
        with pytest.raises(WrongSeedError):
            redraw(text, "p", "r1", "lead", ["P01"])


def test_only_the_seat_that_became_free_is_drawn_again() -> None:
    month = by_hand(officers=6)
    plan = [team(0), team(1, lead=2, second=3)]
    mended = [replace(plan[0], second=4), plan[1]]
    assert [(seat.route, seat.name) for seat in changed_seats(plan, mended)] == [(0, "second")]
    for last in (4, 5):

        def order(_k: int, _s: str, able: Sequence[int], last: int = last) -> Sequence[int]:
            return sorted(able, key=lambda i: i != last)

        drawn = drawn_again(month, plan, mended, order)
        assert drawn[0] == replace(plan[0], second=last) and drawn[1] == plan[1]


def test_the_first_in_order_gives_way_where_another_seat_would_stay_empty() -> None:
    """Officers 4 and 5 are free; only 4 may take the second seat of the second route."""
    ill = ~marked((6, 1), (1, 0), (3, 0))
    month = by_hand(officers=6, avoids=marked((6, 2), (5, 1)), is_free=ill)
    plan = [team(0), team(1, lead=2, second=3)]
    mended = [replace(plan[0], second=5), replace(plan[1], second=4)]
    drawn = drawn_again(month, plan, mended, lambda _k, _s, able: sorted(able))
    assert (drawn[0].second, drawn[1].second) == (5, 4)


# ── hand edits ────────────────────────────────────────────────────────────────────────────

GOOD = [team(0, day=0), team(1, day=1)]


def rules_broken(problem: Problem, plan: Sequence[TeamDay], **wishes: Any) -> set[str]:
    return {breach.rule for breach in judge(problem, plan, **wishes)}


def test_a_good_plan_breaks_nothing() -> None:
    assert rules_broken(by_hand(days=2), GOOD) == set()


LATE = by_hand(latest=np.array([5, 480]))
EDITS: dict[str, tuple[Problem, list[TeamDay]]] = {
    "two_officers": (by_hand(), [team(0, second=0)]),
    "lead_licence": (by_hand(licences=[[0], [1]]), [team(0)]),
    "seat_licence": (by_hand(licences=[[0], [0]], cover="joint"), [team(0)]),
    "avoidance": (by_hand(avoids=marked((2, 2), (1, 0))), [team(0)]),
    "leave": (by_hand(is_free=~marked((2, 1), (1, 0))), [team(0)]),
    "one_route_a_day": (by_hand(officers=3, field_days=np.full(3, 2)),
                        [team(0), team(1, lead=0, second=2)]),
    "field_days_most": (by_hand(days=2, field_days=np.array([1, 2])), GOOD),
    "field_days_spread": (by_hand(officers=3, days=2, spread=1), GOOD),
    "working_hours": (by_hand(shifts=(Shift(0, 119),)), [team(0)]),
    "once": (by_hand(days=2), [team(0, day=0), team(0, day=1)]),
    "workday": (by_hand(), [team(0, day=3)]),
    "closed_day": (by_hand(is_open=~marked((2, 1), (0, 0))), [team(0)]),
    "most_visits_a_day": (by_hand(most_visits=1), [team(0, 1)]),
    "vehicles": (by_hand(officers=4, vehicles=np.array([1])),
                 [team(0), team(1, lead=2, second=3)]),
    "team_days": (by_hand(days=2, team_days=1), GOOD),
    "must_visit": (by_hand(is_must=np.array([False, True])), [team(0)]),
    "coverage_least": (by_hand(least=np.array([2])), [team(0)]),
}  # fmt: skip


@pytest.mark.parametrize("rule", EDITS)
def test_a_broken_rule_is_named_and_no_other(rule: str) -> None:
    assert rules_broken(*EDITS[rule]) == {rule}
    problem, plan = EDITS[rule]
    for breach in judge(problem, plan):
        sentence = said(breach, problem, numbered(problem))
        assert sentence.zh and sentence.en


def test_bans_windows_and_lunch_are_judged_too() -> None:
    assert rules_broken(by_hand(), [team(0)], bans=[(1, 0)]) == {"pair_ban"}
    assert rules_broken(LATE, [team(0)]) == {"time_window"}
    noon = by_hand(shifts=(Shift(0, 120, Lunch(0, 60, 30)),))
    assert rules_broken(noon, [team(0)]) == {"lunch"}


def test_every_judge_has_its_edit() -> None:
    assert set(EDITS) | {"pair_ban"} == set(JUDGES)


def test_every_change_is_said_in_both_languages() -> None:
    month = by_hand(officers=4, days=2)
    plan = [team(0, 1, day=0), team(day=None, lead=None, second=None)]
    now = [replace(team(1, day=1, lead=2, second=3)), plan[1]]
    said = [each for change in changes_of(plan, now) for each in told(change, numbered(month))]
    (given_up,) = changes_of(plan, [TeamDay(()), plan[1]])
    gone = told(given_up, numbered(month))
    assert {each.code for each in said} == {
        "change_day", "change_lead", "change_second", "change_dropped",
    }  # fmt: skip
    assert [each.code for each in gone] == ["change_gone"]
    assert all(isinstance(each, Sentence) and each.zh and each.en for each in [*said, *gone])
