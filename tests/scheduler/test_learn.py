"""Which visits does a draw's estimate count, and which stand beside it?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from riskengine.digest import digest, plain
from riskengine.errors import NotFound
from scheduler.draw import Draw, Frame
from scheduler.learn import Learnt, Line, learn
from scheduler.lottery import NANO
from scheduler.results import Lottery
from tests.scheduler import small_month
from tests.scheduler.by_hand import known, visited

DAY, NEXT_MONTH = dt.date(2026, 12, 8), dt.date(2027, 1, 12)
FRAME: Frame = small_month.frozen()
DRAW: Draw = small_month.drawn(FRAME)
NAME = digest(DRAW)
PLACES = {
    "E9": {"grade": "D", "sector": "taxi", "township": "东镇"},
    **{row.enterprise_id: {"grade": row.grade} for row in FRAME.rows},
}
NOT_DRAWN = next(row.enterprise_id for row in FRAME.rows if row.enterprise_id not in DRAW.selected)


def told(*inspections: dict[str, Any]) -> Learnt:
    """What the small month teaches when these inspections are known."""
    numbered = [{"fact_id": f"V{n}", **one} for n, one in enumerate(inspections)]
    lottery = Lottery(FRAME, DRAW, NAME, PLACES)
    return learn([lottery], known(inspections=numbered, as_of=dt.date(2027, 2, 1)))


def everybody(*inspections: dict[str, Any]) -> Line:
    return told(*inspections).lines[0]


def results(*words: str, **facts: Any) -> list[dict[str, Any]]:
    """One visit of each drawn enterprise."""
    pairs = zip(DRAW.selected, words, strict=False)
    return [visited(one, DAY, result=word, **facts) for one, word in pairs]


def codes(learnt: Learnt) -> set[str]:
    return {note.code for note in learnt.notes}


# ── which visit counts ────────────────────────────────────────────────────────────────────


def test_every_drawn_enterprise_counts_with_its_own_probability() -> None:
    line = everybody(*results("problem_pending", "no_problem", "obstructed"))
    weight = {row.enterprise_id: NANO / row.pi_nano for row in FRAME.rows}
    first, _, third = DRAW.selected
    said = line.estimate
    assert (line.drawn, said.results, said.findings) == (3, 3, 2)
    assert said.total_milli == round(1000 * (weight[first] + weight[third]))
    assert said.listed == len(FRAME.rows)


def test_a_visit_of_the_month_counts_without_the_name_of_the_draw() -> None:
    late = visited(DRAW.selected[0], NEXT_MONTH, result="problem_pending")
    assert everybody(late).missing == 3
    named = {**late, "draw_digest": NAME[:16]}
    assert everybody(named).estimate.findings == 1
    assert everybody({**late, "draw_digest": "0" * 16}).missing == 3


def test_a_later_visit_of_the_month_is_a_recheck() -> None:
    first = results("problem_pending")
    again = visited(DRAW.selected[0], DAY + dt.timedelta(days=9), result="no_problem")
    assert everybody(again, *first).estimate.findings == 1


def test_the_visit_that_names_the_draw_comes_before_one_that_does_not() -> None:
    other = results("problem_pending")
    named = visited(DRAW.selected[0], DAY + dt.timedelta(days=3), draw_digest=NAME)
    assert everybody(*other, named).estimate.findings == 0


def test_who_was_met_at_the_second_try_has_a_result() -> None:
    closed_door = results("unreachable", draw_digest=NAME)
    met = visited(
        DRAW.selected[0],
        DAY + dt.timedelta(days=2),
        result="problem_corrected",
        draw_digest=NAME,
    )
    line = everybody(*closed_door, met)
    assert (line.unreachable, line.missing, line.estimate.findings) == (0, 2, 1)


# ── what has no result, and what says so ──────────────────────────────────────────────────


def test_nobody_met_and_nothing_recorded_are_told_apart() -> None:
    learnt = told(*results("unreachable", "no_problem"))
    line = learnt.lines[0]
    assert (line.drawn, line.unreachable, line.missing, line.estimate.results) == (3, 1, 1, 1)
    assert line.estimate.warning is not None
    assert "learnt_missing" in codes(learnt)


@pytest.mark.parametrize("word", ["no_activity", "closed", "deregistered"])
def test_nothing_to_inspect_is_a_result_without_a_finding(word: str) -> None:
    learnt = told(*results(word, "problem_pending", "no_problem"))
    line = learnt.lines[0]
    assert (line.idle, line.estimate.results, line.estimate.findings) == (1, 3, 1)
    assert "learnt_idle" in codes(learnt)


# ── beside, never inside ──────────────────────────────────────────────────────────────────


def test_visits_outside_the_draw_never_change_a_rate() -> None:
    inside = results("problem_pending", "no_problem", "no_problem")
    alone = told(*inside)
    case = visited("E9", DAY, kind="case", result="problem_pending")
    on_a_lead = visited(DRAW.selected[1], DAY, kind="special", result="problem_pending")
    both = told(*inside, case, on_a_lead)
    line = both.lines[0]
    assert line.estimate == alone.lines[0].estimate
    assert (line.must_visits, line.must_findings) == (2, 2)
    of_taxi = next(one for one in both.lines if (one.level, one.name) == ("sector", "taxi"))
    assert (of_taxi.estimate.listed, of_taxi.must_findings) == (0, 1)


def test_an_owed_visit_of_an_enterprise_that_is_due_stands_beside() -> None:
    line = everybody(visited("E9", DAY, result="problem_pending"))
    assert (line.must_visits, line.must_findings, line.estimate.findings) == (1, 1, 0)


def test_a_reserve_is_counted_and_left_out() -> None:
    reserve = DRAW.reserves[0].enterprise_ids[0]
    inside = results("problem_pending", "no_problem", "no_problem")
    called = visited(reserve, DAY, result="problem_pending", draw_digest=NAME)
    learnt = told(*inside, called)
    assert learnt.lines[0].estimate == everybody(*inside).estimate
    assert "learnt_reserves" in codes(learnt)


def test_a_stranger_who_names_the_draw_is_said() -> None:
    stranger = visited("E7", DAY, result="problem_pending", draw_digest=NAME)
    learnt = told(stranger)
    assert learnt.lines[0].estimate.results == 0
    assert "learnt_others" in codes(learnt)
    assert "learnt_others" not in codes(told(*results("no_problem", draw_digest=NAME)))


def test_another_probability_in_the_record_is_said_and_not_used() -> None:
    inside = results("problem_pending", "no_problem", draw_digest=NAME, pi=500)
    learnt = told(*inside)
    assert "learnt_pi_differs" in codes(learnt)
    right = [{**one, "pi": None} for one in inside]
    assert learnt.lines[0].estimate == everybody(*right).estimate


# ── domains and months ────────────────────────────────────────────────────────────────────


def test_each_level_adds_up() -> None:
    learnt = told(*results("problem_pending", "no_problem", "no_problem"))
    whole = learnt.lines[0]
    for level in ("grade", "sector", "township"):
        parts = [line for line in learnt.lines if line.level == level]
        assert sum(line.drawn for line in parts) == whole.drawn
        assert sum(line.estimate.listed for line in parts) == whole.estimate.listed
        assert sum(line.estimate.findings for line in parts) == whole.estimate.findings
        totals = [line.estimate.total_milli for line in parts]
        if None not in totals:
            assert sum(t for t in totals if t) == pytest.approx(whole.estimate.total_milli, abs=3)


def test_two_months_each_count_with_their_own_draw() -> None:
    january = small_month.frozen(
        month=NEXT_MONTH.replace(day=1),
        quota=small_month.quota_of(small_month.ENTERPRISES, month=NEXT_MONTH.replace(day=1)),
    )
    drawn = small_month.drawn(january)
    lotteries = [Lottery(january, drawn, digest(drawn), PLACES), Lottery(FRAME, DRAW, NAME, PLACES)]
    visits = results("problem_pending", "no_problem", "no_problem")
    visits += [visited(one, NEXT_MONTH) for one in drawn.selected]
    numbered = [{"fact_id": f"V{n}", **one} for n, one in enumerate(visits)]
    learnt = learn(lotteries, known(inspections=numbered, as_of=dt.date(2027, 2, 1)))
    line = learnt.lines[0]
    assert (line.drawn, line.missing, line.estimate.listed) == (6, 0, 12)
    alone = everybody(*results("problem_pending", "no_problem", "no_problem")).estimate
    assert line.estimate.total_milli == pytest.approx((alone.total_milli or 0) / 2, abs=1)
    assert (learnt.first, learnt.last) == (FRAME.month, january.month)
    assert learnt.draws == (NAME, digest(drawn))
    assert "learnt_months" in codes(learnt)


def test_no_draw_is_said() -> None:
    with pytest.raises(NotFound, match="还没有抽取"):
        learn([], known())


def test_it_is_a_document() -> None:
    learnt = told(*results("problem_pending", "no_problem", "no_problem"))
    assert digest(learnt) == digest(plain(learnt))
