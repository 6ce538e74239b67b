"""Do calibrated tickets give every enterprise the probability that is published?"""

from __future__ import annotations

import copy
from itertools import combinations, permutations
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit, logit

from riskengine.digest import canonical, digest
from riskengine.errors import NotAllowed
from scheduler import beacon, lottery, pareto
from scheduler.lottery import NANO, verify
from scheduler.shares import proportional
from tests.scheduler import small_month, whole_month

CASES = [  # λ of a stratum and how many are drawn; Σλ need not be n
    ([0.3, 0.7], 1),
    ([0.2, 0.3, 0.6, 0.9], 2),
    ([0.01, 0.5, 0.5, 0.99], 2),
    ([0.1, 0.1, 0.1, 0.4, 0.3], 1),
    ([0.2, 0.4, 0.6, 0.8, 0.5, 0.5, 0.7, 0.3], 4),
]


def by_subsets(chance: list[float], number: int) -> list[float]:
    """π by counting: every set of others that could be ahead, at every threshold."""

    def ahead(i: int, z: float) -> float:
        p = expit(logit(chance) + z)
        others = [j for j in range(len(chance)) if j != i]
        ways = (
            prod(p[j] if j in some else 1 - p[j] for j in others)
            for size in range(number)
            for some in combinations(others, size)
        )
        return float(p[i] * (1 - p[i]) * sum(ways))

    return [
        quad(lambda z, i=i: ahead(i, z), -40, 40, points=[-3, 0, 3], epsabs=1e-13, limit=400)[0]
        for i in range(len(chance))
    ]


@pytest.mark.parametrize(("chance", "number"), CASES)
def test_the_true_probability_is_that_of_every_subset(chance: list[float], number: int) -> None:
    true = pareto.inclusion(np.array(chance), number)
    assert np.abs(true - by_subsets(chance, number)).max() < 1e-11
    assert abs(true.sum() - number) < 1e-11


def test_tickets_themselves_fall_as_often_as_the_integral_says() -> None:
    rng = np.random.default_rng(1)
    chance = np.array([0.2, 0.3, 0.6, 0.9])
    u = rng.random((400_000, 4))
    q = u * (1 - chance) / ((1 - u) * chance)
    seen = np.bincount(np.argsort(q, axis=1)[:, :2].ravel(), minlength=4) / len(u)
    true = pareto.inclusion(chance, 2)
    assert abs(true[0] - 0.183) < 5e-4  # the figure of the protocol, not 0.2
    assert np.abs((seen - true) / np.sqrt(true * (1 - true) / len(u))).max() < 4


def test_few_nodes_stand_for_many_different_chances() -> None:
    chance = np.sort(np.random.default_rng(2).uniform(0.02, 0.4, 700))
    chance *= 140 / chance.sum()
    direct = pareto._integral(logit(chance), np.ones(700), 140)
    assert np.abs(pareto.inclusion(chance, 140) / direct - 1).max() < 1e-11


TABLE = [  # N, n, λ range, largest relative error of raw tickets (sampling protocol §7.1)
    (20, 5, 0.10, 0.47, 2.1e-3),
    (60, 6, 0.04, 0.20, 2.9e-4),
    (200, 20, 0.03, 0.22, 3.4e-5),
    (2_000, 200, 0.03, 0.22, 3.35e-7),
    (2_000, 900, 0.15, 0.97, 2.6e-7),
    (20_000, 2_000, 0.03, 0.22, 3.4e-9),
]


@pytest.mark.parametrize(("enterprises", "number", "low", "high", "raw"), TABLE)
def test_the_error_of_raw_tickets_is_that_of_the_protocol_and_calibration_removes_it(
    enterprises: int, number: int, low: float, high: float, raw: float
) -> None:
    target = np.linspace(low, high, enterprises)
    target *= number / target.sum()
    error = np.abs(pareto.inclusion(target, number) / target - 1).max()
    assert raw / 2.5 < error < raw * 2.5  # the protocol gives the range of λ, not each λ
    chance = pareto.calibrated(target, np.ones(enterprises), number)
    assert np.abs(pareto.inclusion(chance, number) / target - 1).max() < 1.1e-10


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(1, 60), min_size=2, max_size=8), data=st.data())
def test_rounded_chances_give_the_published_probabilities(sizes: list[int], data: Any) -> None:
    number = data.draw(st.integers(1, len(sizes) - 1))
    named = {str(i): size for i, size in enumerate(sizes)}
    pi = proportional(named, number * NANO, least=1, most=NANO)
    rows = [(i, p, ()) for i, p in pi.items()]
    chances = pareto.chances_of(rows, 0)
    lottery.check_chances(rows, chances, "pareto")
    assert pareto.misfit_nano(rows, chances, 0) < 3


@pytest.mark.parametrize("small", [1, 100, 100_000])
def test_two_that_all_but_share_one_visit_are_calibrated_too(small: int) -> None:
    rows = [("a", small, ()), ("b", NANO - small, ())]
    assert pareto.misfit_nano(rows, pareto.chances_of(rows, 0), 0) < 1


def test_equal_probabilities_need_no_calibration_and_every_order_is_as_likely() -> None:
    rows = [(i, 2 * NANO // 5, ("x",)) for i in "ABCDE"]
    chances = pareto.chances_of(rows, 1)
    assert set(chances.values()) == {2 * NANO // 5}
    drawn = dict.fromkeys("ABCDE", 0)
    numbers = [lottery.SPACE // 7 * k for k in range(1, 6)]
    orders = list(permutations(numbers))
    for order in orders:  # exhaustive: a ticket is as good as its rank where λ are equal
        keys = {i: lottery.pareto_key(u, chances[i]) for i, u in zip("ABCDE", order, strict=True)}
        for unit_id in lottery.draw_tickets(rows, keys)[0]:
            drawn[unit_id] += 1
    assert set(drawn.values()) == {len(orders) * 2 // 5}


def test_chances_nobody_can_find_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pareto, "ROUNDS", 1)
    monkeypatch.setattr(pareto, "NEWTON_ROUNDS", 0)
    with pytest.raises(NotAllowed, match="tree duel"):
        pareto.calibrated(np.array([0.2, 0.8]), np.ones(2), 1)


def test_strata_go_as_deep_as_the_sums_are_whole() -> None:
    rows = [("a", NANO // 2, ("C", "x")), ("b", NANO // 2, ("C", "y")), ("c", NANO, ("D", "x"))]
    assert pareto.deepest(rows, 2) == 1
    assert pareto.deepest([("d", NANO // 4, ("D", "x")), *rows], 2) == 0
    assert pareto.deepest(rows[2:], 2) == 2


def test_a_list_that_is_not_calibrated_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_month.POLICY.rates, "engine", "pareto")
    bundle = small_month.draw_bundle()
    assert beacon.verify(bundle, canonical(bundle)) == []
    rows = copy.deepcopy(bundle["frame"]["rows"])
    for row in rows:
        row["lambda_nano"] = row["pi_nano"]  # raw tickets
    raw = {**bundle["frame"], "rows": rows}
    assert [found["where"] for found in pareto.uncalibrated(raw)] == ["frame.rows"]


def test_a_draw_by_tickets_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_month.POLICY.rates, "engine", "pareto")
    bundle = small_month.month_bundle()
    assert verify(bundle, canonical(bundle)) == []
    assert bundle["draw"]["thresholds"][0]["drawn"] == 3
    changes: list[tuple[str, Any]] = [
        ("draw.thresholds", ("draw", "thresholds", [])),
        ("draw.log_digest", ("draw", "log_digest", "0" * 64)),
        ("frame.engine", ("frame", "engine", "dice")),
        ("frame.engine", ("frame", "engine", "duel")),
        ("frame.levels", ("frame", "levels", ["grade", "grade"])),
        ("frame.levels", ("frame", "levels", ["pi_nano"])),
        ("frame.strata", ("frame", "strata", 4)),
        ("frame.engine", ("frame", "strata", 1)),
    ]
    for where, (part, field, value) in changes:
        forged = {**bundle, part: {**bundle[part], field: value}}
        forged["digest"] = digest({k: v for k, v in forged.items() if k != "digest"})
        found = verify(forged, canonical(forged))
        assert where in [finding["where"] for finding in found]


def test_a_whole_month_by_tickets_along_the_map_is_published_and_verified() -> None:
    changes = {"rates.engine": "pareto", "rates.levels": ["grade", "sector", "township", "place"]}
    policy = whole_month.dear_pack().overlay(changes)
    month = whole_month.walk(whole_month.county(), policy)
    frame = month.prepared.frame
    assert (frame.engine, frame.levels[-1]) == ("pareto", "place")
    assert sum(one.drawn for one in month.drawn.thresholds) == frame.visits
    assert beacon.verify(month.bundle, canonical(month.bundle)) == []


def test_the_file_alone_shows_a_ticket_and_says_what_it_did_not_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(small_month.POLICY.rates, "engine", "pareto")
    bundle = small_month.draw_bundle()
    path = tmp_path / "bundle.json"
    path.write_bytes(canonical(bundle))
    assert lottery.main([str(path), "--enterprise", "企6"]) == 0
    said = capsys.readouterr().out
    assert "Not checked here: that λ gives the published π" in said
    assert bundle["draw"]["thresholds"][0]["key"] in said
