"""Is a visit worth what past visits found, times the harm that could be done?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from riskengine.grade import Grades
from riskengine.register import Known
from scheduler.worth import finding_permille, posterior, worth
from tests.scheduler import by_hand
from tests.scheduler.roster import small

DAY = dt.date(2026, 6, 1)


def grades(*rows: tuple[str, str, str]) -> Grades:
    ids, letters, sectors = zip(*rows, strict=True)
    table = pa.table({"enterprise_id": ids, "grade": letters, "sector": sectors})
    return Grades(dt.date(2026, 11, 25), "policy", "register", "", table)


def visits(enterprise_id: str, result: str, count: int, kind: str = "routine") -> Any:
    one = {"enterprise_id": enterprise_id, "occurred_on": DAY, "kind": kind, "result": result}
    return [one] * count


def known(*groups: Any) -> Known:
    return small.known(inspections=[row for group in groups for row in group])


FOUR = grades(
    ("E1", "D", "freight"),
    ("E2", "D", "freight"),
    ("E3", "D", "dangerous_goods"),
    ("E4", "A", "freight"),
)
FREIGHT, DANGEROUS, CALM = ("D", "freight"), ("D", "dangerous_goods"), ("A", "freight")


def test_without_any_visit_nothing_is_known_and_all_strata_are_alike() -> None:
    assert set(finding_permille(FOUR, known()).values()) == {500}


def test_the_rates_by_hand() -> None:
    """Ten bad visits of twenty at D freight, none of ten at A freight.

    All: (10,000 + 500·2) / (30 + 2) = 343; grade D: (10,000 + 343·2) / 22 = 485; grade A:
    (0 + 343·2) / 12 = 57. Strata: (10,000 + 485·12) / 32 = 494, 485 unvisited, 57·12 / 22 = 31.
    """
    seen = known(
        visits("E1", "problem_pending", 10),
        visits("E2", "no_problem", 10),
        visits("E4", "no_problem", 10),
    )
    assert finding_permille(FOUR, seen) == {FREIGHT: 494, DANGEROUS: 485, CALM: 31}


@pytest.mark.parametrize("result", ["problem_pending", "problem_corrected", "obstructed"])
def test_a_finding_raises_its_stratum_most(result: str) -> None:
    before, after = (finding_permille(FOUR, known(visits("E1", r, 8))) for r in ("closed", result))
    gain = {stratum: after[stratum] - before[stratum] for stratum in after}
    assert gain[FREIGHT] > gain[DANGEROUS] > gain[CALM] > 0


@pytest.mark.parametrize(
    "unseen",
    [
        visits("E1", "unreachable", 40),  # met nobody
        visits("E1", "problem_pending", 40, kind="case"),  # not chosen by chance
        visits("E9", "problem_pending", 40),  # closed: has no grade
    ],
)
def test_visits_that_say_nothing_about_a_routine_visit_do_not_count(unseen: Any) -> None:
    plain = visits("E1", "no_problem", 5)
    assert finding_permille(FOUR, known(plain, unseen)) == finding_permille(FOUR, known(plain))


def test_a_posterior_lies_between_its_prior_and_what_was_seen() -> None:
    for bad in range(11):
        mean = posterior((bad, 10), 300, 12)
        assert min(300, 100 * bad) <= mean <= max(300, 100 * bad)


def test_worth_grows_with_the_harm_of_the_sector() -> None:
    policy = by_hand.policy(rates=replace(by_hand.RATES, harm_weight={"dangerous_goods": 300}))
    seen = known(visits("E1", "problem_pending", 10), visits("E4", "no_problem", 10))
    rates, of = finding_permille(FOUR, seen), worth(FOUR, seen, policy)
    assert of["E1"] == of["E2"] == rates[FREIGHT]
    assert of["E3"] == 3 * rates[DANGEROUS]


def test_no_visit_is_worth_nothing() -> None:
    seen = known(visits("E4", "no_problem", 30_000))
    assert finding_permille(FOUR, seen)[CALM] == 0
    assert worth(FOUR, seen, by_hand.policy())["E4"] == 1
