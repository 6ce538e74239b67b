"""Is a probability better after calibration, on enterprises that chance has chosen?

Only visits drawn at random count, each with 1 / π (risk-models.md §6). A calibrator is an offer,
not a step: across a season gap every one that was tried made things worse (risk-models.md §7). It
is fitted on some parts of the sample and judged on the others, and is taken only if its Brier score
is lower beyond chance; otherwise the raw score stays and a sentence says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from scipy.special import expit, logit, stdtrit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from riskengine.errors import Sentence, sentence
from riskengine.estimate import (
    CONFIDENCE,
    LEAST,
    Drawn,
    Floats,
    Ints,
    Sample,
    joined,
    sample_of,
)
from riskengine.metrics import Texts
from riskengine.resample import Interval

Kind = Literal["raw", "sigmoid", "isotonic"]
FOLDS = 5
EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""
FLAT = 1e6
"""C of the logistic regression behind the sigmoid: in effect without a penalty."""


# ── a calibrator ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A map from probability to probability that never turns an order round; plain numbers.

    x, y
        Sigmoid: ((0,), (intercept, slope)) on the logit. Isotonic: corners of the broken line.
        Raw: empty.
    """

    kind: Kind
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()


RAW = Calibrator("raw")


def calibrated(calibrator: Calibrator, probability: Floats) -> Floats:
    """The probabilities as the calibrator says them."""
    if calibrator.kind == "raw":
        return probability
    if calibrator.kind == "sigmoid":
        intercept, slope = calibrator.y
        return np.asarray(expit(intercept + slope * _logit(probability)))
    return np.asarray(np.interp(probability, calibrator.x, calibrator.y))


def fit_sigmoid(label: Ints, probability: Floats, weight: Floats) -> Calibrator:
    """Platt's line on the logit; raw where it would fall, or where all labels are alike."""
    if label.min() == label.max():
        return RAW
    model = LogisticRegression(C=FLAT, max_iter=1000)
    model.fit(_logit(probability)[:, None], label, sample_weight=weight / weight.mean())
    slope = float(model.coef_[0, 0])
    return Calibrator("sigmoid", (0.0,), (float(model.intercept_[0]), slope)) if slope > 0 else RAW


def fit_isotonic(label: Ints, probability: Floats, weight: Floats) -> Calibrator:
    """The best non-decreasing steps, joined by lines; outside them constant. It makes ties."""
    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(probability, label, sample_weight=weight)
    x, y = model.X_thresholds_.tolist(), model.y_thresholds_.tolist()
    return Calibrator("isotonic", tuple(x), tuple(y))


FITS: dict[Kind, Callable[[Ints, Floats, Floats], Calibrator]] = {
    "sigmoid": fit_sigmoid,
    "isotonic": fit_isotonic,
}
"""What may be offered, the simpler first."""


def _logit(probability: Floats) -> Floats:
    return np.asarray(logit(np.clip(probability, EDGE, 1 - EDGE)))


# ── whether it is taken ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Trial:
    """One calibrator, judged on parts it was not fitted on.

    gain
        Brier score of the raw probability less that of the calibrated one, in the population:
        above 0 where the calibrator is better. The interval is one for all that are offered
        together.
    """

    kind: Kind
    gain: Interval
    is_better: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """The calibrator that is taken, `RAW` where none is better beyond chance."""

    calibrator: Calibrator
    trials: tuple[Trial, ...]
    said: Sentence


def calibrate(
    drawn: Sequence[Drawn], probability: Floats, *, part: Ints | None = None, rng: Generator
) -> Calibration:
    """Take a calibrator only if it is better on the random part, beyond chance.

    Parameters
    ----------
    drawn, probability
        As in `riskengine.prevalence.design_calibration`.
    part
        Which part each row belongs to; each part is predicted from the others. Quarters of the
        year ask the harder question whether a calibrator holds in another season. By default
        `FOLDS` parts of enterprises, so that no enterprise judges a fit it took part in.
    rng
        Deals the enterprises to the parts.
    """
    sample = sample_of(drawn)
    label = np.round(sample.finding).astype(np.int64)
    score, weight = probability[sample.place], sample.weight
    ids = np.array([one.enterprise_id for one in drawn], np.str_)[sample.place]
    fold = parts_of(ids, rng) if part is None else part[sample.place]
    too_few = sentence("calibrator_too_few", results=len(label))
    if len(label) < LEAST:
        return Calibration(RAW, (), too_few)
    trials = []
    for kind, fit in FITS.items():
        said = np.empty(len(score))
        for one in np.unique(fold):
            here = fold == one
            if here.all() or label[~here].min() == label[~here].max():
                return Calibration(RAW, (), too_few)
            said[here] = calibrated(fit(label[~here], score[~here], weight[~here]), score[here])
        gain = (label - score) ** 2 - (label - said) ** 2
        trials.append(_trial(kind, gain, sample, len(FITS)))
    better = [trial for trial in trials if trial.is_better]
    best = max(better or trials, key=lambda trial: trial.gain.value)
    facts = {
        "results": len(label),
        "kind_zh": KINDS[best.kind][0],
        "kind_en": KINDS[best.kind][1],
        "gain": f"{best.gain.value:+.4f}",
        "low": f"{best.gain.low:+.4f}",
        "high": f"{best.gain.high:+.4f}",
    }
    if not better:
        return Calibration(RAW, tuple(trials), sentence("calibrator_refused", **facts))
    taken = FITS[best.kind](label, score, weight)
    return Calibration(taken, tuple(trials), sentence("calibrator_taken", **facts))


KINDS: dict[Kind, tuple[str, str]] = {
    "sigmoid": ("S形校准", "the sigmoid"),
    "isotonic": ("保序校准", "isotonic regression"),
}


def parts_of(enterprise_id: Texts, rng: Generator, parts: int = FOLDS) -> Ints:
    """Part of each row, 0 to `parts` − 1, the same for all rows of an enterprise."""
    names, at = np.unique(enterprise_id, return_inverse=True)
    return np.asarray((rng.permutation(len(names)) % parts)[at], np.int64)


def _trial(kind: Kind, gain: Floats, sample: Sample, offered: int) -> Trial:
    """Hájek mean of the gains with an interval for the months to come.

    The question is the next months, not this list, so there is no finite population correction:
    the variance is that of draws with replacement inside the cells.
    """
    weight, group = sample.weight, joined(sample.cell)
    mean = float(weight @ gain / weight.sum())
    residual = weight * (gain - mean) / weight.sum()
    size = np.bincount(group)
    centre = np.bincount(group, residual) / size
    spread = np.bincount(group, (residual - centre[group]) ** 2) * size / (size - 1)
    freedom = weight.sum() ** 2 / (weight**2).sum() - 1
    half = float(stdtrit(max(freedom, 1.0), 1 - (1 - CONFIDENCE) / offered) * np.sqrt(spread.sum()))
    return Trial(kind, Interval(mean, mean - half, mean + half, len(gain)), mean - half > 0)
