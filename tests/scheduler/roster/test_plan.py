"""Does every plan keep every rule, and is nothing lost between routes and owed?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import digest
from riskengine.errors import NotAllowed, Sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster import days as days_module
from scheduler.roster.check import broken_rules
from scheduler.roster.days import Candidate, place
from scheduler.roster.documents import Effort, Routes, Visit
from scheduler.roster.marginals import Bounds, Duty, marginals
from scheduler.roster.plan import plan
from scheduler.roster.precheck import Seating, crew_of
from tests.scheduler.roster import small

QUICK = Effort(iterations=100, ticks=2)
NEVER = dict[str, Any](should_stop=lambda: False, effort=QUICK)


def planned(
    visits: tuple[Visit, ...],
    known: Known,
    days: tuple[dt.date, ...],
    policy: PolicyView | None = None,
    **wishes: Any,
) -> Routes:
    rules = policy or small.rules()
    made = plan(
        visits,
        known,
        rules,
        month=small.MONTH,
        days=days,
        draw_digest="0" * 64,
        **({"effort": QUICK} | wishes),
    )
    ids = {visit.enterprise_id for visit in visits}
    assert broken_rules(made, None, known, rules, days=days, drawn_ids=ids) == ()
    served = [stop.enterprise_id for route in made.routes for stop in route.stops]
    assert sorted(served + [owed.enterprise_id for owed in made.owed]) == sorted(ids)
    assert all(owed.reason.zh and owed.reason.en for owed in made.owed)
    return made


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    visits=st.integers(5, 15),
    officers=st.integers(4, 6),
    workdays=st.integers(1, 6),
    most=st.integers(1, 5),
    spread=st.integers(1, 3),
)
def test_every_plan_and_every_draw_of_people_keeps_every_rule(
    seed: int, visits: int, officers: int, workdays: int, most: int, spread: int
) -> None:
    asked, known, days = small.county(np.random.default_rng(seed), visits, officers, workdays)
    policy = small.rules(field_days_most=most, field_days_spread=spread)
    made = planned(asked, known, days, policy)
    people = small.drawn(small.frozen(made, known, policy), value=str(seed))
    assert broken_rules(made, people, known, policy, days=days) == ()


def test_the_real_case_of_30_enterprises_and_8_officers_is_served_in_full() -> None:
    asked, known, days = small.county(np.random.default_rng(8), 30, 8, 22)
    made = planned(asked, known, days)
    assert made.owed == ()
    assert len(made.routes) <= 12


def test_equal_input_gives_an_equal_plan_whatever_its_order() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 12, 5, 5)
    first = planned(asked, known, days)
    assert digest(planned(asked[::-1], known, days[::-1])) == digest(first)


def test_an_empty_month_is_an_empty_plan() -> None:
    _, known, days = small.county(np.random.default_rng(3), 2, 4, 5)
    made = planned((), known, days)
    assert (made.routes, made.owed) == ((), ())


def test_one_officer_alone_owes_every_visit_with_a_sentence() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 5, 1, 5)
    made = planned(asked, known, days)
    assert made.routes == ()
    assert {owed.reason.code for owed in made.owed} == {"roster_no_certificates"}


def test_everybody_on_leave_owes_every_visit_with_a_sentence() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 5, 4, 5)
    away = [{"inspector_id": f"P{i:02d}", "from_on": days[0], "to_on": days[-1]} for i in range(4)]
    gone = replace(
        known, tables=known.tables | {"absences": small.known(absences=away).tables["absences"]}
    )
    made = planned(asked, gone, days)
    assert made.routes == ()
    assert {owed.reason.code for owed in made.owed} <= {"roster_no_pair_day", "roster_no_licence"}


def test_what_the_capacity_does_not_hold_is_owed_and_must_visits_come_first() -> None:
    places = [small.enterprise(f"E{i}", 2.0 * i) for i in range(6)]
    known = small.known(enterprises=places, inspectors=[small.officer(i) for i in range(4)])
    asked = tuple(small.visit(f"E{i}", minutes=240, worth=i, is_must=i == 0) for i in range(6))
    made = planned(asked, known, small.workdays(5), team_days=2)
    served = {stop.enterprise_id for route in made.routes for stop in route.stops}
    assert served == {"E0", "E5"}
    assert {owed.reason.code for owed in made.owed} == {"roster_no_team_day"}
    assert all("2 个队日" in owed.reason.zh for owed in made.owed)


def test_scarce_leads_are_not_sent_out_twice_on_one_day() -> None:
    places = [small.enterprise(f"E{i}", sector="passenger") for i in range(3)]
    people = [small.officer(0, ["passenger"]), *(small.officer(i, ["freight"]) for i in (1, 2, 3))]
    known = small.known(enterprises=places, inspectors=people)
    asked = tuple(small.visit(f"E{i}", "passenger", minutes=240) for i in range(3))
    made = planned(asked, known, small.workdays(2), small.rules(field_days_spread=2))
    assert len({route.day for route in made.routes}) == 2
    assert [owed.reason.code for owed in made.owed] == ["roster_no_team_day"]


def test_cars_of_the_pool_bound_the_teams_of_a_day() -> None:
    places = [small.enterprise(f"E{i}") for i in range(4)]
    people = [small.officer(i) for i in range(8)]
    known = small.known(enterprises=places, inspectors=people, vehicles_pool=[{"plate": "示A"}])
    asked = tuple(small.visit(f"E{i}", minutes=240) for i in range(4))
    made = planned(asked, known, small.workdays(3))
    assert len(made.routes) == 3 and len(made.owed) == 1


def test_the_same_enterprise_twice_is_refused() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 2, 4, 2)
    with pytest.raises(NotAllowed, match=asked[0].enterprise_id):
        planned((*asked, asked[0]), known, days)


def test_teams_of_another_size_than_two_are_refused() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 2, 4, 2)
    with pytest.raises(NotAllowed, match="3"):
        planned(asked, known, days, small.rules(officers_per_visit=3))


def test_a_stopped_plan_is_valid_and_says_why_visits_are_owed() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 12, 5, 5)
    made = planned(asked, known, days, should_stop=lambda: True)
    assert "STOPPED" in {note.status for note in made.solver}
    assert {owed.reason.code for owed in made.owed} <= {
        "roster_stopped", "roster_all_avoid", "roster_no_licence", "roster_no_pair_day"
    }  # fmt: skip


def test_progress_is_told_in_both_languages() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 5, 4, 5)
    told: list[tuple[str, int, int, Sentence]] = []
    planned(asked, known, days, progress=lambda *step: told.append(step))
    assert [(stage, done) for stage, done, _, _ in told] == [
        ("precheck", 0),
        ("routes", 1),
        ("days", 2),
        ("days", 3),
    ]
    assert all(total == 3 and what.zh and what.en for _, _, total, what in told)


def test_run_time_is_no_part_of_the_document() -> None:
    asked, known, days = small.county(np.random.default_rng(3), 5, 4, 5)
    for note in planned(asked, known, days).solver:
        assert note.version and note.status
        assert not any("second" in name or "time_in" in name for name in note.parameters)


# ── days ──────────────────────────────────────────────────────────────────────────────────


def crew(officers: int, workdays: int, **tables: Any) -> Any:
    people = [small.officer(i) for i in range(officers)]
    known = small.known(inspectors=people, **tables)
    return crew_of(known, small.rules(field_days_spread=9), small.workdays(workdays))


def candidate(leads: set[int], seconds: set[int], value: int = 1000) -> Candidate:
    return Candidate(Seating(frozenset(leads), frozenset(seconds)), value)


def test_routes_that_need_the_same_lead_go_on_different_days() -> None:
    both = [candidate({0}, {0, 1, 2, 3})] * 2
    found = place(both, crew(4, 2), small.rules(field_days_spread=9).roster, **NEVER)
    assert sorted(found.days.values()) == list(small.workdays(2))


def test_a_day_with_enough_heads_but_not_enough_hands_is_cut_off() -> None:
    # each of three routes needs officer 0 or 1 for both its seats: head counts of leads allow
    # two a day, the seats do not
    three = [candidate({0, 1}, {0, 1})] * 3
    free = crew(6, 3)
    assert days_module._unfillable(three, free, [0, 1], small.workdays(1)[0])
    found = days_module._by_head_counts(three, free, QUICK, lambda: False)
    assert sorted(found.days.values()) == list(small.workdays(3))


def test_days_that_head_counts_like_best_give_way_to_days_that_can_be_staffed() -> None:
    # two leads are free on the first two days, but officer 1 has one field day only
    first, second, third = small.workdays(3)
    away = [
        {"inspector_id": "P01", "from_on": third, "to_on": third},
        {"inspector_id": "P02", "from_on": first, "to_on": second},
    ]
    free = replace(crew(3, 3, absences=away), most_days=(2, 1, 2))
    pair = [candidate({0, 1}, {0, 1, 2})] * 2
    guide = days_module._by_head_counts(pair, free, QUICK, lambda: False)
    assert sorted(guide.days.values()) == [first, second]
    found = place(pair, free, small.rules(field_days_spread=9).roster, **NEVER)
    assert len(found.days) == 2 and third in found.days.values()


def test_a_second_seat_counts_towards_the_field_days_too() -> None:
    three = [candidate({0}, {0, 1})] * 3
    free = replace(crew(2, 3), most_days=(3, 2))
    rules = small.rules(field_days_spread=9).roster
    assert len(place(three, free, rules, **NEVER).days) == 2


@pytest.mark.parametrize(("spread", "placed"), [(9, 4), (1, 3)])
def test_field_days_are_shared_among_those_who_can_join_a_route(spread: int, placed: int) -> None:
    # with the fourth route officer 2 counts, and has one field day where another has three
    pool = [candidate({0, 1}, {0, 1})] * 3 + [candidate({0, 1, 2}, {0, 1, 2})]
    found = place(pool, crew(3, 4), small.rules(field_days_spread=spread).roster, **NEVER)
    assert len(found.days) == placed


def test_the_more_valuable_route_is_placed_where_only_one_can_be() -> None:
    pair = [candidate({0}, {0, 1}, value=1000), candidate({0}, {0, 1}, value=3000)]
    found = place(pair, crew(2, 1), small.rules().roster, **NEVER)
    assert list(found.days) == [1]


def test_nine_routes_of_a_month_do_not_all_leave_on_its_best_day_bug() -> None:
    # eighteen officers, and on the second day one more could lead
    first = small.workdays(9)[0]
    away = [{"inspector_id": "P00", "from_on": first, "to_on": first}]
    able = set(range(18))
    found = place(
        [candidate(able, able)] * 9,
        crew(18, 9, absences=away),
        small.rules(field_days_spread=9).roster,
        **NEVER,
    )
    assert sorted(found.days.values()) == list(small.workdays(9))


def test_days_with_more_leads_are_preferred() -> None:
    first, second = small.workdays(2)
    away = [{"inspector_id": "P00", "from_on": first, "to_on": first}]
    found = place(
        [candidate({0, 1}, {0, 1, 2, 3})],
        crew(4, 2, absences=away),
        small.rules(field_days_spread=9).roster,
        **NEVER,
    )
    assert found.days == {0: second}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_placing_is_as_good_as_trying_everything(data: st.DataObject) -> None:
    """On tiny months: as many routes as the best of all ways to choose days and officers."""
    officers = st.sets(st.integers(0, 3), min_size=0, max_size=4)
    pool = [
        candidate(leads := data.draw(officers), leads | data.draw(officers))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    workers = crew(4, 3)
    rules = small.rules(field_days_spread=1, field_days_most=2).roster
    workers = replace(workers, most_days=(2,) * 4)
    found = place(pool, workers, rules, **NEVER)
    assert len(found.days) == most_by_trying(pool, workers, rules.field_days_spread)


def most_by_trying(pool: list[Candidate], workers: Any, spread: int) -> int:
    """Every route on every day or on none; staffing by enumeration of pairs."""
    best = 0
    for chosen in product((None, *workers.days), repeat=len(pool)):
        placed = [(k, day) for k, day in enumerate(chosen) if day]
        if len(placed) > best and can_staff(pool, placed, spread):
            best = len(placed)
    return best


def can_staff(pool: list[Candidate], placed: list[tuple[int, dt.date]], spread: int) -> bool:
    pairs = [
        [(a, b) for a in pool[k].seats.leads for b in pool[k].seats.seconds if a != b]
        for k, _ in placed
    ]
    could = {i for k, _ in placed for i in pool[k].seats.seconds}
    for seats in product(*pairs):
        busy = [(i, day) for (_, day), pair in zip(placed, seats, strict=True) for i in pair]
        load = [sum(i == who for who, _ in busy) for i in range(4)]
        fair = max(load) - min((load[i] for i in could), default=0) <= spread
        if len(busy) == len(set(busy)) and max(load) <= 2 and fair:
            return True
    return False


def test_the_answer_of_days_can_be_staffed_by_the_lottery() -> None:
    rng = np.random.default_rng(5)
    free = crew(6, 5)
    pool = [candidate(set(rng.choice(6, 3).tolist()), set(range(6))) for _ in range(12)]
    found = place(pool, free, small.rules(field_days_spread=9).roster, **NEVER)
    duties = [Duty(day, pool[k].seats) for k, day in found.days.items()]
    assert marginals(duties, Bounds((0,) * 6, free.most_days)) is not None
    assert len(duties) == 12
