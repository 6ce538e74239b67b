from __future__ import annotations

import datetime as dt
import hashlib
import random
from dataclasses import replace
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.errors import NotAllowed, PolicyError
from riskengine.features import measure
from riskengine.grade import LETTERS, Grades, grade, grades_digest, history, movers
from riskengine.policy import read_policy
from riskengine.rules import PolicyView
from riskengine.scorecard import Scores, score
from tests.riskengine.build import AS_OF, ONE, POLICY, day, graded, made_up, register
from tests.riskengine.test_features import rows_of_everything

LAST_MONTH = dt.date(2026, 11, 1)
CN = read_policy("cn-transport").on(AS_OF)

# points of one item each on the test card
MINUS_15, MINUS_35, MINUS_50 = (
    {"penalties_serious": ONE},
    {"penalties_serious": 2 * ONE},
    {"major_hazards_open": 0, "penalties_grave": ONE, "accidents_liable": ONE},
)


def grades_of(
    rows: list[dict[str, Any]], previous: Grades | None = None, as_of: dt.date = AS_OF
) -> Grades:
    return grade(score(made_up(rows, as_of), POLICY), POLICY, previous)


def one(row: dict[str, Any], previous: Grades | None = None) -> tuple[str, str]:
    """Grade and state of a single enterprise."""
    found = grades_of([row], previous).table.to_pylist()[0]
    return found["grade"], found["state"]


def before(letter: str, graded_on: dt.date = LAST_MONTH) -> Grades:
    """Last month's grades of the enterprise E0, reached on `graded_on`."""
    rows = {"A": {}, "B": MINUS_15, "C": MINUS_35, "D": MINUS_50}
    return grades_of([rows[letter]], as_of=graded_on)


def test_cut_points_make_the_grade() -> None:
    rows = [{}, {"penalties_general": ONE}, MINUS_15, MINUS_35, MINUS_50]
    table = grades_of(rows).table
    assert table["score"].to_pylist() == [100, 95, 85, 65, 48]
    assert table["grade"].to_pylist() == ["A", "A", "B", "C", "D"]
    assert set(table["state"].to_pylist()) == {"scored"}
    assert table["graded_on"].to_pylist() == [AS_OF] * 5


def test_the_cut_point_itself_is_enough() -> None:
    conduct = {
        "penalties_general": ONE,
        "penalties_minor": ONE,
        "penalties_per_vehicle_micro": ONE // 10,
    }
    assert one(conduct) == ("A", "scored")  # 100 - 5 - 2 - 3 = 90
    assert one(conduct | {"hazards_overdue": 1}) == ("B", "scored")


def test_the_worst_veto_sets_the_grade_whatever_the_score() -> None:
    death, hazard = {"deaths_liable_year": 1}, {"major_hazards_open": 1}
    table = grades_of([death, hazard, hazard | death, hazard | MINUS_50]).table
    assert table["grade"].to_pylist() == ["D", "C", "D", "D"]
    assert table["state"].to_pylist() == ["vetoed", "vetoed", "vetoed", "scored"]
    assert table["veto"].to_pylist() == ["death", "major_hazard", "death", None]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"days_open": 364}, ("B", "newcomer")),
        ({"days_open": 365}, ("A", "scored")),
        ({"days_open": None}, ("A", "scored")),
        ({"days_since_inspection": None}, ("B", "newcomer")),
        ({"days_since_inspection": 730}, ("A", "scored")),
        ({"days_since_inspection": 731}, ("B", "newcomer")),
        ({"days_open": 9} | MINUS_35, ("C", "newcomer")),
        ({"days_open": 9, "deaths_liable_year": 1}, ("D", "vetoed")),
    ],
)
def test_too_little_known_is_a_state_of_its_own(row: Any, expected: tuple[str, str]) -> None:
    assert one(row) == expected


def test_a_worse_grade_takes_effect_at_once() -> None:
    found = grades_of([MINUS_50], before("A")).table.to_pylist()[0]
    assert (found["grade"], found["previous_grade"], found["graded_on"]) == ("D", "A", AS_OF)


@pytest.mark.parametrize(
    ("last", "row", "expected"),
    [
        ("B", {"penalties_minor": 2 * ONE}, ("A", "scored")),  # 94 >= 90 + 3
        ("B", {"hazards_overdue": 1}, ("A", "scored")),  # 93 is exactly the margin
        ("B", {"penalties_minor": ONE, "hazards_overdue": 1}, ("B", "held")),  # 91
        ("C", {}, ("B", "held")),  # one step only
        ("D", {}, ("C", "held")),
        ("D", {"deaths_liable_year": 1}, ("D", "vetoed")),
    ],
)
def test_a_better_grade_needs_a_margin_and_comes_one_step_at_a_time(
    last: str, row: Any, expected: tuple[str, str]
) -> None:
    assert one(row, before(last)) == expected


def test_a_held_grade_keeps_its_day_and_ends_with_its_validity() -> None:
    close = {"penalties_minor": ONE, "hazards_overdue": 1}
    valid, expired = day(365), day(366)
    held = grades_of([close], before("B", valid)).table.to_pylist()[0]
    assert (held["grade"], held["graded_on"]) == ("B", valid)
    free = grades_of([close], before("B", expired)).table.to_pylist()[0]
    assert (free["grade"], free["state"], free["graded_on"]) == ("A", "scored", AS_OF)
    assert one({}, before("D", expired)) == ("A", "scored")


def test_an_enterprise_new_in_the_list_has_no_previous_grade() -> None:
    table = grades_of([MINUS_50, MINUS_15], before("C")).table
    assert table["previous_grade"].to_pylist() == ["C", None]


def test_previous_grades_must_be_earlier() -> None:
    with pytest.raises(NotAllowed, match="2026-12-01"):
        grades_of([{}], grades_of([{}]))


def test_an_unknown_feature_of_a_veto_is_refused() -> None:
    veto = replace(POLICY.grades.vetoes[0], feature="rumours")
    wrong = replace(POLICY, grades=replace(POLICY.grades, vetoes=(veto,)))
    with pytest.raises(PolicyError, match="rumours"):
        grade(score(made_up([{}]), wrong), wrong)


def test_the_digest_names_every_cell_and_the_chain() -> None:
    first, again = grades_of([MINUS_15, {}]), grades_of([MINUS_15, {}])
    assert grades_digest(first) == grades_digest(again)
    upside_down = replace(first, table=first.table.take([1, 0]))
    assert grades_digest(upside_down) == grades_digest(first)
    assert grades_digest(grades_of([MINUS_15, MINUS_15])) != grades_digest(first)
    assert grades_digest(replace(first, register_digest="other")) != grades_digest(first)
    chained = grades_of([{}], before("A"))
    assert chained.previous_digest == grades_digest(before("A"))


def test_anyone_can_compute_the_digest_from_the_rows() -> None:
    day_ = dt.date(2026, 12, 1)
    table = pa.table(
        {"enterprise_id": ["乙", 'E"1'], "score": [7, None], "graded_on": [day_, None]},
        pa.schema(
            [("enterprise_id", pa.string()), ("score", pa.int64()), ("graded_on", pa.date32())]
        ),
    )
    head = '["2026-12-01","p","r",""]'
    rows = ['"enterprise_id","score","graded_on"', '"E""1",,', '"乙","7","2026-12-01"', ""]
    text = "\n".join([head, *rows])
    by_hand = hashlib.sha256(text.encode()).hexdigest()
    assert grades_digest(Grades(day_, "p", "r", "", table)) == by_hand


def test_history_is_one_enterprise_over_time() -> None:
    now = grades_of([{}], before("D"))
    rows = history([now, before("D")], "E0").to_pylist()
    assert [(r["as_of"], r["grade"], r["state"]) for r in rows] == [
        (LAST_MONTH, "D", "scored"),
        (AS_OF, "C", "held"),
    ]
    assert history([now], "nobody").num_rows == 0


def test_movers_say_which_facts_moved_them() -> None:
    was = grades_of([{}, MINUS_35, {}, {"major_hazards_open": 1}], as_of=LAST_MONTH)
    now = grades_of([MINUS_35, {}, {}, {}, MINUS_50], was)
    rows = {row["enterprise_id"]: row for row in movers(now, was, POLICY).to_pylist()}
    assert list(rows) == ["E0", "E3", "E1"]  # the largest fall first
    fall, rise, cleared = rows["E0"], rows["E1"], rows["E3"]
    assert (fall["from_grade"], fall["to_grade"], fall["score_change"]) == ("A", "C", -35)
    assert fall["because_zh"] == (
        "严重违法处罚由按时间远近折算 0.00 次变为按时间远近折算 2.00 次（-35 分）。"
    )
    assert (rise["from_grade"], rise["to_grade"], rise["score_change"]) == ("C", "B", 35)
    assert cleared["because_zh"].startswith("“重大隐患未整改”已消除。")
    assert "“en 重大隐患未整改” is over." in cleared["because_en"]


def test_movers_show_caps_so_that_the_changes_add_up() -> None:
    was = grades_of([{}], as_of=LAST_MONTH)
    now = grades_of([{"penalties_serious": 2 * ONE, "penalties_general": 2 * ONE}], was)
    row = movers(now, was).to_pylist()[0]
    assert row["score_change"] == -40
    assert all(text in row["because_zh"] for text in ("-35", "-15", "+10"))


VIOLATION = st.fixed_dictionaries(
    {
        "enterprise_id": st.sampled_from([f"E{n}" for n in range(12)]),
        "ago": st.integers(1, 1200),
        "tier": st.sampled_from(["minor", "general", "serious", "grave"]),
        "obstruction": st.booleans(),
        "count": st.integers(1, 4),
    }
)


@pytest.mark.parametrize("policy", [POLICY, CN], ids=["hand", "cn-transport"])
@settings(max_examples=8, deadline=None)
@given(violation=VIOLATION, with_previous=st.booleans())
def test_one_more_violation_never_improves_a_score_or_a_grade(
    policy: PolicyView, violation: dict[str, Any], with_previous: bool
) -> None:
    was, previous = two_months(policy.digest)
    last = previous if with_previous else None
    rows = rows_of_everything(5)
    rows["violations"].append(violation | {"fact_id": "one-more", "disposition": "penalised"})
    now = score(measure(register(**rows).as_of(AS_OF), policy), policy)
    new, old = (grade(scores, policy, last).table.to_pylist() for scores in (now, was))
    for after, without in zip(new, old, strict=True):
        assert after["score"] <= without["score"]
        assert LETTERS.index(after["grade"]) >= LETTERS.index(without["grade"])


@settings(max_examples=8, deadline=None)
@given(violation=VIOLATION, exempt=st.sampled_from(["first_offence_exempt", "minor_exempt"]))
def test_an_exempted_violation_deducts_nothing(violation: dict[str, Any], exempt: str) -> None:
    was, _ = two_months(CN.digest)
    rows = rows_of_everything(5)
    rows["violations"].append(violation | {"fact_id": "one-more", "disposition": exempt})
    now = score(measure(register(**rows).as_of(AS_OF), CN), CN)
    assert now.table.equals(was.table)


@cache
def two_months(policy_digest: str) -> tuple[Scores, Grades]:
    """This month's scores and last month's grades of other facts, by the policy of that digest."""
    policy = {one.digest: one for one in (POLICY, CN)}[policy_digest]
    now = measure(register(**rows_of_everything(5)).as_of(AS_OF), policy)
    return score(now, policy), grades_from(rows_of_everything(15), policy, LAST_MONTH)


def test_shuffled_rows_give_the_same_digest() -> None:
    rows = rows_of_everything(6)
    digest = grades_digest(grades_from(rows, CN, AS_OF))
    numbered = {
        name: [{"fact_id": f"{name}-{n}", **row} for n, row in enumerate(table)]
        for name, table in rows.items()
        if name != "enterprises"
    }
    for table in numbered.values():
        random.Random(7).shuffle(table)
    shuffled = {"enterprises": rows["enterprises"][::-1], **numbered}
    assert grades_digest(grades_from(shuffled, CN, AS_OF)) == digest


def test_late_news_never_changes_an_old_grade() -> None:
    rows = rows_of_everything(8)
    digest = grades_digest(grades_from(rows, CN, AS_OF))
    for ago in (0, 1, 400):
        late = {"fact_id": f"late{ago}", "occurred_on": day(ago), "known_on": AS_OF}
        for table in ("violations", "accidents", "hazards", "inspections", "credit"):
            rows[table].append(late | {"enterprise_id": "E3"})
    assert grades_digest(grades_from(rows, CN, AS_OF)) == digest
    a_day_later = grades_from(rows, CN, AS_OF + dt.timedelta(days=1))
    assert grades_digest(a_day_later) != digest


def grades_from(
    rows: dict[str, list[dict[str, Any]]], policy: PolicyView, as_of: dt.date
) -> Grades:
    """The whole way from rows of the register to grades."""
    features = measure(register(**rows).as_of(as_of), policy)
    return grade(score(features, policy), policy)


def test_a_register_of_one_row_is_graded() -> None:
    table = graded(violations=[{"ago": 3, "tier": "serious", "count": 3}]).table
    # never inspected, so a newcomer; 35 for the tier, and the cap takes back 4 of the 9 per vehicle
    assert table["p_penalties_serious"].to_pylist() == [-35]
    assert table["grade"].to_pylist() == ["C"] and table["state"].to_pylist() == ["newcomer"]


def test_no_enterprises_and_no_vetoes_are_fine_too() -> None:
    rules = replace(POLICY, grades=replace(POLICY.grades, vetoes=()))
    nobody = graded(rules, enterprises=[])
    assert nobody.table.num_rows == 0 and len(grades_digest(nobody)) == 64
    assert graded(rules).table["veto"].to_pylist() == [None]
    assert movers(replace(nobody, as_of=day(0)), nobody).num_rows == 0
