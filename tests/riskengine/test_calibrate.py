"""Does the random part correct a biased log, and is a calibrator taken only where it helps?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.calibrate import (
    RAW,
    Calibrator,
    calibrate,
    calibrated,
    fit_isotonic,
    fit_sigmoid,
    parts_of,
)
from riskengine.estimate import NANO, Drawn
from riskengine.prevalence import (
    DesignCalibration,
    design_calibration,
    in_interval,
    random_part,
)


def visits(
    seed: int, *, listed: int = 4000, distort: float = 1.0
) -> tuple[list[Drawn], np.ndarray, np.ndarray, float]:
    """Drawn visits, what the model said of each and of all, and the share with a finding.

    The riskier, the likelier drawn. `distort` bends the model's logits; at 1 it is right.
    """
    rng = np.random.default_rng(seed)
    true_logit = rng.normal(-1.8, 1.0, listed)
    label = (rng.random(listed) < 1 / (1 + np.exp(-true_logit))).astype(int)
    said = 1 / (1 + np.exp(-(distort * true_logit)))
    pi = np.clip(0.15 * np.exp(0.5 * (true_logit + 1.8)), 0.03, 1)
    is_in = rng.random(listed) < pi
    grade = np.where(true_logit > -1, "C", "A")
    drawn = [
        Drawn(f"E{i:05d}", round(pi[i] * NANO), ("2026-12", str(grade[i])), int(label[i]))
        for i in np.flatnonzero(is_in)
    ]
    return drawn, said[is_in], said, float(label.mean())


# ── prevalence and calibration of the design ──────────────────────────────────────────────


def test_the_random_part_sees_through_a_log_that_looks_for_findings() -> None:
    """Among visits findings are commoner than among enterprises; the weights undo it."""
    off, naive, holds, bins = [], [], 0, 0
    for seed in range(40):
        drawn, said, listed, truth = visits(seed)
        found = design_calibration(drawn, said, listed=listed)
        assert found.prevalence.rate_bp is not None
        off.append(found.prevalence.rate_bp / 10_000 - truth)
        naive.append(np.mean([one.finding or 0 for one in drawn]) - truth)
        holds += in_interval(truth, found.prevalence)
        bins += sum(line.is_off for line in found.bins)
    assert np.mean(naive) > 0.04
    assert abs(np.mean(off)) < 0.006
    assert holds >= 34  # 95 % of 40 makes 38
    assert bins < 40  # 400 bins of a model that is right: 5 % makes 20


def test_a_model_that_says_too_much_is_found_out_bin_by_bin() -> None:
    drawn, said, listed, _ = visits(1, distort=0.5)
    found = design_calibration(drawn, said, listed=listed)
    assert sum(line.is_off for line in found.bins) >= 4
    assert found.said > (found.prevalence.high_bp or 0) / 10_000
    assert found.error > 0.1
    right = design_calibration(*visits(1)[:2], listed=visits(1)[2])
    assert right.error < 0.05


def test_bins_hold_everybody_once() -> None:
    drawn, said, listed, _ = visits(2)
    found = design_calibration(drawn, said, listed=listed)
    assert sum(line.found.results for line in found.bins) == len(drawn)
    assert sum(line.found.listed for line in found.bins) == len(listed)
    assert found.prevalence.listed == len(listed)
    guessed = design_calibration(drawn, said)
    assert guessed.prevalence.listed == pytest.approx(len(listed), rel=0.1)


def test_visits_without_a_result_are_left_out() -> None:
    drawn, said, _, _ = visits(3, listed=600)
    missing = [replace(one, finding=None) if n % 5 == 0 else one for n, one in enumerate(drawn)]
    found = design_calibration(missing, said)
    assert found.prevalence.results == sum(one.finding is not None for one in missing)
    with pytest.raises(ValueError, match="result"):
        design_calibration([replace(one, finding=None) for one in drawn], said)


def test_one_result_is_said_to_be_too_few() -> None:
    drawn, said, _, _ = visits(4, listed=300)
    found: DesignCalibration = design_calibration(drawn[:1], said[:1], listed=np.full(20, 0.1))
    assert found.in_words.code == "calibration_unknown"


def test_only_visits_with_a_probability_are_the_random_part() -> None:
    table = pa.table(
        {
            "enterprise_id": ["甲", "乙", "丙", "丁"],
            "visited_on": [dt.date(2026, 12, day) for day in (1, 2, 3, 31)],
            "sector": ["freight", "taxi", None, "taxi"],
            "pi_nano": [NANO // 4, None, NANO, NANO // 2],
        }
    )
    drawn, place = random_part(table, np.array([1, 1, 0, -1]))
    assert drawn == [
        Drawn("甲", NANO // 4, ("2026-12", "freight"), 1),
        Drawn("丙", NANO, ("2026-12", ""), 0),
        Drawn("丁", NANO // 2, ("2026-12", "taxi"), None),
    ]
    assert place.tolist() == [0, 2, 3]


# ── a calibrator ──────────────────────────────────────────────────────────────────────────


def test_a_model_that_is_right_keeps_its_raw_probabilities() -> None:
    """60 samples; a calibrator may be taken by chance in 2.5 %: five or more is below 2 %."""
    taken = sum(
        calibrate(*visits(seed, listed=1500)[:2], rng=np.random.default_rng(seed)).calibrator != RAW
        for seed in range(60)
    )
    assert taken < 5


def test_a_model_that_is_bent_is_straightened_and_the_gain_is_real() -> None:
    drawn, said, _, _ = visits(5, distort=0.4)
    found = calibrate(drawn, said, rng=np.random.default_rng(0))
    assert found.calibrator.kind == "sigmoid"
    assert found.said.code == "calibrator_taken"
    assert all(trial.gain.low > 0 for trial in found.trials)
    *_, fresh, _ = visits(6, distort=0.4)
    right = 1 / (1 + np.exp(-np.log(fresh / (1 - fresh)) / 0.4))
    assert np.abs(calibrated(found.calibrator, fresh) - right).mean() < 0.03
    assert np.abs(fresh - right).mean() > 0.1


def test_a_calibrator_of_one_season_is_refused_where_the_other_disagrees() -> None:
    """Whole sample: findings are rarer than said in one half, commoner in the other."""
    drawn, said, _, _ = visits(7)
    season = np.arange(len(drawn)) % 2
    rng = np.random.default_rng(1)
    turned = [
        replace(one, finding=int(rng.random() < np.clip(p * (0.4 if half else 1.6), 0, 1)))
        for one, p, half in zip(drawn, said, season, strict=True)
    ]
    found = calibrate(turned, said, part=season, rng=rng)
    assert found.calibrator == RAW
    assert found.said.code == "calibrator_refused"
    assert max(trial.gain.value for trial in found.trials) < 0


def test_too_few_results_keep_the_raw_probability() -> None:
    drawn, said, _, _ = visits(8, listed=60)
    none = [replace(one, finding=0) for one in drawn]
    for few, score in ((none, said), (drawn[:1], said[:1])):
        found = calibrate(few, score, rng=np.random.default_rng(0))
        assert (found.calibrator, found.trials) == (RAW, ())
        assert found.said.code == "calibrator_too_few"


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0.3, 3))
def test_no_calibrator_turns_an_order_round(seed: int, distort: float) -> None:
    rng = np.random.default_rng(seed)
    said = rng.random(80)
    label = (rng.random(80) < said**distort).astype(int)
    label[:2] = (0, 1)
    weight = 1 + 5 * rng.random(80)
    grid = np.linspace(0, 1, 101)
    for fit in (fit_sigmoid, fit_isotonic):
        out = calibrated(fit(label, said, weight), grid)
        assert (np.diff(out) >= -1e-12).all()
        assert ((out >= 0) & (out <= 1)).all()


def test_a_calibrator_is_plain_numbers_and_gives_the_same_again() -> None:
    drawn, said, _, _ = visits(9, listed=800)
    label = np.array([one.finding or 0 for one in drawn])
    for fit in (fit_sigmoid, fit_isotonic):
        made = fit(label, said, np.ones(len(label)))
        again = Calibrator(made.kind, tuple(map(float, made.x)), tuple(map(float, made.y)))
        assert calibrated(again, said).tobytes() == calibrated(made, said).tobytes()
    assert calibrated(RAW, said) is said


def test_all_visits_of_an_enterprise_are_in_one_part() -> None:
    name = np.array([f"E{i % 17}" for i in range(100)])
    part = parts_of(name, np.random.default_rng(0))
    assert len({*zip(name.tolist(), part.tolist(), strict=True)}) == 17
    assert np.unique(part).tolist() == [0, 1, 2, 3, 4]
