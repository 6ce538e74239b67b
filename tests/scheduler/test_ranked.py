"""Does a challenger order visits inside a grade, and decide nothing else?"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskengine.challenger.file import file_digest
from riskengine.challenger.ranking import chances, pushes, seen_by
from riskengine.policy import Policy
from riskengine.register import Register
from riskengine.rules import SignedChallenger
from scheduler.ranked import ranked_by, why_worth
from scheduler.roster.precheck import is_owed
from scheduler.worth import bands, spread, strata, within_grades, worth, worth_by_stratum
from tests.scheduler.ranking import larger, model, ranking_pack, written
from tests.scheduler.whole_month import AS_OF, Month, county, dear_pack, findings, walk


@cache
def ranking() -> Policy:
    with TemporaryDirectory() as folder:
        return ranking_pack(Path(folder))


@cache
def month() -> Month:
    return walk(county(), ranking())


def named() -> SignedChallenger:
    challenger = ranking().on(AS_OF).challenger
    assert challenger is not None
    return challenger


def chances_in(register: Register, day: dt.date) -> dict[str, int]:
    return chances(seen_by(named(), register.as_of(day)))


# ── the band of a grade ───────────────────────────────────────────────────────────────────

VISITS = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.integers(1, 60), st.integers(0, 3_000_000)),
    min_size=1,
    max_size=30,
)


@given(VISITS)
def test_no_visit_overtakes_one_of_another_grade(visits: list[tuple[str, int, int]]) -> None:
    today, grade_of, risk = worlds(visits)
    found = within_grades(today, grade_of, risk)
    for one, other in combinations(found, 2):
        if grade_of[one] != grade_of[other]:
            was, now = today[one] - today[other], found[one] - found[other]
            assert (was > 0) == (now > 0) and (was < 0) == (now < 0)


@given(VISITS)
def test_every_worth_stays_in_the_band_of_its_grade(visits: list[tuple[str, int, int]]) -> None:
    today, grade_of, risk = worlds(visits)
    band_of = bands(today, grade_of)
    for one, value in within_grades(today, grade_of, risk).items():
        least, most = band_of[today[one]]
        assert 1 <= least <= value <= most
        assert least <= today[one] <= most


@given(VISITS)
def test_inside_a_band_more_risk_is_never_worth_less(visits: list[tuple[str, int, int]]) -> None:
    today, grade_of, risk = worlds(visits)
    band_of, found = bands(today, grade_of), within_grades(today, grade_of, risk)
    for one, other in combinations(found, 2):
        if band_of[today[one]] == band_of[today[other]] and risk[one] >= risk[other]:
            assert found[one] >= found[other]


@given(st.lists(st.tuples(st.integers(40, 60), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_a_band_is_worth_what_it_is_today(pairs: list[tuple[int, int]]) -> None:
    worths, risks = map(list, zip(*pairs, strict=True))
    assert abs(sum(spread(worths, risks, 20, 90)) - sum(worths)) <= len(pairs)  # rounding


def worlds(
    visits: list[tuple[str, int, int]],
) -> tuple[dict[str, int], dict[str, str], dict[str, int]]:
    names = [f"E{number}" for number in range(len(visits))]
    grades, worths, risks = zip(*visits, strict=True)
    return (
        dict(zip(names, worths, strict=True)),
        dict(zip(names, grades, strict=True)),
        dict(zip(names, risks, strict=True)),
    )


def test_distances_are_those_of_the_risk_where_there_is_room() -> None:
    assert spread([200, 200, 200], [100_000, 110_000, 150_000], 1, 400) == [180, 190, 230]


def test_an_enterprise_the_model_does_not_know_keeps_its_worth() -> None:
    assert within_grades({"a": 9, "b": 9}, {"a": "A", "b": "A"}, {"a": 5000})["b"] == 9


# ── a month ───────────────────────────────────────────────────────────────────────────────


def test_grades_and_chances_are_those_without_a_challenger() -> None:
    ours, theirs = month().prepared, walk(county(), dear_pack()).prepared
    assert ours.grades.table.equals(theirs.grades.table)
    assert ours.quota.probabilities == theirs.quota.probabilities
    assert ours.frame.rows == theirs.frame.rows
    assert ours.frame.root == theirs.frame.root


def test_a_month_with_a_challenger_is_sound_and_names_it() -> None:
    assert findings(month()) == []
    (note,) = [one for one in month().routes.notes if one.code.startswith("routes_ranked")]
    assert file_digest(model()) in note.zh and file_digest(model()) in note.en
    assert str(month().routes.as_of) in note.zh


def test_where_everything_fits_the_plan_says_that_the_order_changed_nothing_bug() -> None:
    """It said that the challenger had ordered the visits."""
    known, rules = county().as_of(AS_OF), ranking().on(AS_OF)
    (short,) = ranked_by(rules, known, is_short=True)
    (fits,) = ranked_by(rules, known, is_short=False)
    assert short.code == "routes_ranked" and "没有改变先查谁" in fits.zh
    assert file_digest(model()) in fits.zh and file_digest(model()) in fits.en
    has_owed = any(map(is_owed, month().routes.owed))
    assert (short in month().routes.notes, fits in month().routes.notes) == (has_owed, not has_owed)


def test_the_frozen_rule_names_the_challenger() -> None:
    """Else it could be chosen once the draw is known."""
    assert month().prepared.frame.policy_digest != dear_pack().on(AS_OF).digest


def test_a_pack_without_a_challenger_says_nothing_of_it() -> None:
    known, rules = county().as_of(AS_OF), dear_pack().on(AS_OF)
    grades = month().prepared.grades
    assert worth(grades, known, rules) == worth_by_stratum(grades, known, rules)
    assert ranked_by(rules, known, is_short=True) == ()
    assert why_worth(grades, known, rules, next(iter(strata(grades)))) == ()


def test_the_worth_can_be_repeated_and_follows_the_model() -> None:
    grades, rules = month().prepared.grades, ranking().on(AS_OF)
    known = county().as_of(month().routes.as_of)
    found = worth(grades, known, rules)
    assert found == worth(grades, county().as_of(month().routes.as_of), rules)
    chance, stratum_of = chances(seen_by(named(), known)), strata(grades)
    freight = [one for one, stratum in stratum_of.items() if stratum == ("A", "freight")]
    assert len({found[one] for one in freight}) > 1
    by_chance = sorted(freight, key=lambda one: chance[one])
    assert [found[one] for one in by_chance] == sorted(found[one] for one in freight)


def test_what_becomes_known_later_changes_no_chance() -> None:
    register = county()
    early = AS_OF - dt.timedelta(days=200)
    past = {
        name: table.filter(pc.less(table["known_on"], pa.scalar(early)))
        for name, table in register.tables.items()
    }
    assert chances_in(register, early) == chances_in(Register(past), early)
    assert chances_in(register, early) != chances_in(register, AS_OF)


def test_the_same_visits_give_the_same_file() -> None:
    assert file_digest(written(larger())) == file_digest(model())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_why_says_that_the_model_ordered_it_and_for_what(lang: str) -> None:
    grades, known, rules = month().prepared.grades, county().as_of(AS_OF), ranking().on(AS_OF)
    one = next(e for e, stratum in strata(grades).items() if stratum == ("A", "freight"))
    (said,) = why_worth(grades, known, rules, one)
    text, reasons = getattr(said, lang), pushes(seen_by(named(), known), one)
    assert file_digest(model())[:8] in text
    assert str(worth(grades, known, rules)[one]) in text
    assert len(reasons) == 3
    assert all(getattr(reason.title, lang) in text for reason in reasons)
