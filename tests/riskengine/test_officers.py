"""Is strictness learnt, averaged out, and told of groups only?"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from riskengine.challenger import (
    OFFICER_GROUP,
    Challenger,
    fit_challenger,
    logit_of,
    probability_of,
    reasons_of,
)
from riskengine.officers import (
    Officers,
    averaged,
    effect_of,
    officers_of,
    strictness,
    strictness_sentences,
)
from tests.riskengine.visits import DIRECTIONS, SMALL, past_visits

LOGIT = st.floats(-12, 12)


@cache
def learnt() -> Challenger:
    visits = past_visits()
    return fit_challenger(visits.features, visits.label, DIRECTIONS, SMALL, group=visits.group)


@given(st.lists(st.tuples(LOGIT, st.integers(1, 500)), min_size=1, max_size=8))
def test_the_average_is_of_probabilities(states: list[tuple[float, int]]) -> None:
    logits = np.array([[logit] for logit, _ in states])
    shares = np.array([visits for _, visits in states], np.float64)
    shares /= shares.sum()
    answer = averaged(logits, shares)
    assert expit(answer)[0] == pytest.approx(shares @ expit(logits[:, 0]), rel=1e-9)
    assert logits.min() - 1e-9 <= answer[0] <= logits.max() + 1e-9


def test_groups_with_few_visits_are_unknown() -> None:
    officers = officers_of(["甲"] * 30 + ["乙"] * 3 + [""] * 7, least_visits=20, most_groups=9)
    assert officers == Officers(("甲",), (30,), 10)
    assert officers.unknown_bp == 2500
    assert officers.shares.tolist() == [0.75, 0.25]


def test_the_raw_score_knows_the_group_and_the_averaged_one_does_not() -> None:
    visits = past_visits()
    strict = probability_of(learnt(), visits.features, group=["甲"] * 1500)
    lenient = probability_of(learnt(), visits.features, group=["丙"] * 1500)
    between = probability_of(learnt(), visits.features)
    assert (strict > lenient + 0.02).all()
    assert ((lenient < between) & (between < strict)).all()


def test_the_averaged_score_is_the_mean_over_groups_by_their_visits() -> None:
    visits = past_visits()
    officers = learnt().officers
    assert officers is not None
    names = [*officers.names, ""]
    by_group = [probability_of(learnt(), visits.features, group=[n] * 1500) for n in names]
    assert probability_of(learnt(), visits.features) == pytest.approx(
        officers.shares @ np.array(by_group), abs=1e-12
    )


def test_as_many_findings_are_expected_as_were_made() -> None:
    visits = past_visits()
    for group in (None, visits.group):
        expected = probability_of(learnt(), visits.features, group=group).mean()
        assert expected == pytest.approx(visits.label.mean(), abs=0.01)


def test_a_group_never_learnt_is_averaged_out() -> None:
    features = past_visits().features
    group = ["丁", "甲"] * 750
    raw, mean = logit_of(learnt(), features, group=group), logit_of(learnt(), features)
    assert (raw[::2] == mean[::2]).all()
    assert (raw[1::2] != mean[1::2]).all()


def test_where_no_group_is_known_officers_are_left_out() -> None:
    visits = past_visits()
    without = fit_challenger(visits.features, visits.label, DIRECTIONS, SMALL)
    unknown = fit_challenger(visits.features, visits.label, DIRECTIONS, SMALL, group=[""] * 1500)
    assert unknown.officers is None
    assert (logit_of(unknown, visits.features) == logit_of(without, visits.features)).all()


def test_the_strict_groups_district_is_not_taken_for_a_risky_one() -> None:
    # enterprises alike; two townships, each with its own group but for a few visits
    rng = np.random.default_rng(3)
    visits = past_visits()
    town = rng.integers(0, 2, 1500)
    group = np.where(town ^ (rng.random(1500) < 0.1), "甲", "乙")
    label = (rng.random(1500) < np.where(group == "甲", 0.6, 0.2)).astype(np.int8)
    features = visits.features.append_column("town", [town])
    directions = DIRECTIONS | {"town": "free"}
    without = fit_challenger(features, label, directions, SMALL)
    learnt_with = fit_challenger(features, label, directions, SMALL, group=group)

    def gap(challenger: Challenger) -> float:
        score = logit_of(challenger, features)
        return float(score[town == 1].mean() - score[town == 0].mean())

    assert gap(without) > 1.0
    assert abs(gap(learnt_with)) < 0.5


def test_the_officers_reason_is_nearly_the_same_for_every_enterprise() -> None:
    visits = past_visits()
    added = reasons_of(learnt(), visits.features).added
    assert added[OFFICER_GROUP].std() < 0.3 * added["violations"].std()


def test_strictness_is_that_planted() -> None:
    visits = past_visits(4000)
    challenger = fit_challenger(
        visits.features, visits.label, DIRECTIONS, SMALL, group=visits.group
    )
    officers = challenger.officers
    assert officers is not None
    score = logit_of(challenger, visits.features)
    report = strictness(score, visits.label, visits.group, officers)
    assert [one.group for one in report.groups] == ["甲", "乙", "丙"]
    for one in report.groups:
        assert one.low_bp < one.rate_bp < one.high_bp
        # groups were dealt at random, so what each found is what it would find everywhere
        assert one.low_bp < 10_000 * one.findings / one.visits < one.high_bp
    strict, _, lenient = report.groups
    assert strict.low_bp > lenient.high_bp
    assert report.average_bp == round(10_000 * visits.label.mean())


def test_strictness_allows_for_the_enterprises_each_group_got() -> None:
    # equally strict, but 甲 is sent to the risky ones
    rng = np.random.default_rng(4)
    score = rng.normal(-1, 1.5, 6000)
    group = np.where(score + rng.normal(0, 1, 6000) > -1, "甲", "乙")
    label = rng.random(6000) < expit(score)
    found = {
        one.group: one
        for one in strictness(score, label, group, Officers(("乙", "甲"), (3000, 3000), 0)).groups
    }
    raw = {name: label[group == name].mean() for name in "甲乙"}
    assert raw["甲"] > 2 * raw["乙"]
    assert found["甲"].low_bp < found["乙"].high_bp
    assert found["乙"].low_bp < found["甲"].high_bp


@pytest.mark.parametrize(("findings", "visits"), [(0, 30), (30, 30), (0, 1), (15, 30)])
def test_an_interval_holds_its_estimate_and_never_and_always_are_bounded_on_one_side(
    findings: int, visits: int
) -> None:
    low, middle, high = effect_of(np.array([-1.0]), np.array([float(visits)]), findings)
    assert low <= middle <= high
    rate = expit(np.array([low, middle, high]) - 1)
    assert rate[1] == pytest.approx(findings / visits, abs=1e-5)
    if findings == 0:
        # of n clean visits, likelihood alone leaves rates below 1 - exp(-1.92 / n)
        assert rate[2] == pytest.approx(1 - np.exp(-1.920729 / visits), abs=1e-4)
    if findings == visits:
        assert rate[0] == pytest.approx(np.exp(-1.920729 / visits), abs=1e-4)


def test_the_sentences_speak_of_groups_and_of_what_is_unknown() -> None:
    visits = past_visits()
    officers = officers_of(visits.group, least_visits=20, most_groups=9)
    report = strictness(np.zeros(1500), visits.label, visits.group, officers)
    said = strictness_sentences(report)
    assert [one.code for one in said] == [
        "strictness_spread",
        *["strictness_group"] * 3,
        "strictness_unknown",
        "strictness_groups_only",
    ]
    assert "甲" in said[0].zh and "丙" in said[0].en
    assert "不是对任何个人的评价" in said[-1].zh
