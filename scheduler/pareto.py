"""Which λ must a Pareto ticket be weighed with, so that the stated probability is the true one?

A ticket's ranking variable is Q = U(1−λ)/((1−U)λ), U uniform, and the n smallest are drawn. With
λ = π this misses π by about 0.01–0.04/d² (d = Σπ(1−π)); calibrated λ do not. Sources: Rosén (1997),
Journal of Statistical Planning and Inference 62; Aires (1999), Methodology and Computing in
Applied Probability 1; sampling protocol §2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit, roots_legendre

from riskengine.errors import NotAllowed, sentence
from scheduler.lottery import NANO, Finding, Row

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NODES = 400
"""Nodes of the integral over z, the logarithm of the threshold."""
REACH, FARTHEST = 18.0, 40.0
"""The integral runs to ±min(REACH / √d, FARTHEST)."""
SPREAD = 10.0
"""Standard deviations to either side in which a count has all its probability."""
NEGLIGIBLE = 45.0
"""A wave damped by e^−45 no longer counts."""
CLOSE, CLOSE_NANO = 1e-10, 1e-3
"""Largest error of a calibrated probability before λ is rounded to 1e-9: relative, and in 1e-9."""
LARGEST_MISFIT = 10.0
"""Units of 1e-9 that rounding λ to 1e-9 may move a probability; 2 at most was seen."""
ROUNDS, NEWTON_ROUNDS, NEWTON_MOST = 12, 20, 60
"""Steps of either method, and the most different λ that Newton's is for."""
TINY, NUDGE, LEAP = 1e-15, 1e-6, 4.0
NODES_PER_LOGIT = 16
SMOOTH = 6.0
"""Least d for which many λ are replaced by few; checked at d = 7.6 to 1e-14."""
CELLS = 1 << 22
"""Complex numbers held at once."""


def chances_of(rows: Iterable[Row], strata: int) -> dict[str, int]:
    """λ of each row in units of 1e-9, calibrated in each stratum.

    strata
        How many leading levels of the key name a stratum; Σπ is whole in each.

    An enterprise with π of 0 or 1 keeps it and takes no part.
    """
    found: dict[str, int] = {}
    for units in by_stratum(rows, strata).values():
        pi = np.array([p for _, p in units], np.int64)
        found |= zip([i for i, _ in units], calibrated_nano(pi).tolist(), strict=True)
    return found


def misfit_nano(rows: Iterable[Row], chances: Mapping[str, int], strata: int) -> float:
    """How far the true probability of any row is from its π, in units of 1e-9."""
    worst = 0.0
    for units in by_stratum(rows, strata).values():
        pi = np.array([p for _, p in units], np.int64)
        chance = np.array([chances[i] for i, _ in units], np.int64)
        open_ = (pi > 0) & (pi < NANO)
        if open_.any():
            number = whole(pi[open_])
            true = inclusion(chance[open_] / NANO, number)
            worst = max(worst, float(np.abs(true * NANO - pi[open_]).max()))
    return worst


def deepest(rows: Iterable[Row], levels: int) -> int:
    """How many leading levels at most have a whole Σπ in every branch; 0: only the whole list."""
    listed = list(rows)
    for depth in range(levels, 0, -1):
        strata = by_stratum(listed, depth).values()
        if all(sum(pi for _, pi in units) % NANO == 0 for units in strata):
            return depth
    return 0


def uncalibrated(frame: Mapping[str, Any]) -> Iterator[Finding]:
    """What the verifier on the standard library cannot say: that λ give the published π."""
    names = frame["levels"]
    rows = [
        (row["enterprise_id"], row["pi_nano"], tuple([row[name] for name in names]))
        for row in frame["rows"]
    ]
    chances = {row["enterprise_id"]: row["lambda_nano"] for row in frame["rows"]}
    misfit = misfit_nano(rows, chances, frame["strata"])
    if misfit > LARGEST_MISFIT:
        said = sentence("uncalibrated", misfit=round(misfit))
        yield {"where": "frame.rows", "zh": said.zh, "en": said.en}


def by_stratum(rows: Iterable[Row], strata: int) -> dict[tuple[str, ...], list[tuple[str, int]]]:
    members: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for unit_id, pi, key in rows:
        members.setdefault(key[:strata], []).append((unit_id, pi))
    return members


def whole(pi: Ints) -> int:
    """How many of these are drawn."""
    return int(pi.sum()) // NANO


def calibrated_nano(pi: Ints) -> Ints:
    """λ of one stratum, in units of 1e-9; see `calibrated`."""
    found = pi.copy()
    open_ = (pi > 0) & (pi < NANO)
    if open_.any():
        different, place = np.unique(pi[open_], return_inverse=True)
        counts = np.bincount(place).astype(float)
        exact = calibrated(different / NANO, counts, whole(pi[open_]))
        found[open_] = np.clip(np.rint(exact * NANO), 1, NANO - 1).astype(np.int64)[place]
    return found


def calibrated(target: Floats, counts: Floats, number: int) -> Floats:
    """The λ for which the n smallest tickets give the target probabilities.

    target, counts
        Different probabilities, each above 0 and below 1, and how many enterprises have each.
    number
        n; Σ counts · target, but for rounding.

    Method: odds(λ) ← odds(λ) · odds(target) / odds(π(λ)); where that does not settle, because two
    or three enterprises all but share one visit, Newton's method on the same equations.
    """
    if len(target) == 1:
        return target.copy()
    x = best = logit(target)
    least = np.inf
    for attempt in range(ROUNDS + NEWTON_ROUNDS):
        if attempt == ROUNDS:
            x = best
        true = _logit_pi(x, counts, number)
        if (np.abs(expit(true) - target) < CLOSE * target + CLOSE_NANO / NANO).all():
            found: Floats = expit(x)
            return found
        miss = logit(target) - true
        if np.abs(miss).max() < least:
            least, best = np.abs(miss).max(), x
        if attempt >= ROUNDS and len(x) <= NEWTON_MOST:
            slopes = _slopes(x, true, counts, number)
            miss = np.linalg.lstsq(slopes, miss, rcond=1e-4)[0].clip(-LEAP, LEAP)
        x = centred(x + miss, counts, number)
    raise NotAllowed("not_calibrated", visits=number)


def _logit_pi(x: Floats, counts: Floats, number: int) -> Floats:
    found: Floats = logit(inclusion_of(expit(x), counts, number).clip(TINY, 1 - TINY))
    return found


def _slopes(x: Floats, true: Floats, counts: Floats, number: int) -> Floats:
    """How logit π of each (rows) follows logit λ of each (columns)."""
    nudged = [_logit_pi(x + step, counts, number) for step in NUDGE * np.eye(len(x))]
    return (np.array(nudged).T - true[:, None]) / NUDGE


def inclusion(chance: Floats, number: int) -> Floats:
    """The true probability of each enterprise of a stratum; `chance` is λ, 0 < λ < 1."""
    different, place = np.unique(chance, return_inverse=True)
    return inclusion_of(different, np.bincount(place).astype(float), number)[place]


def inclusion_of(chance: Floats, counts: Floats, number: int) -> Floats:
    """π of each different λ: ∫ P(at most n−1 of the others have Q < t) dF(t).

    Many different λ are replaced by few: what is summed over them is smooth in logit λ, so it is
    interpolated between Chebyshev nodes, and so is logit π − logit λ.
    """
    if counts.sum() == number:
        return np.ones_like(chance)
    x = centred(logit(chance), counts, number)
    low, high = float(x.min()), float(x.max())
    nodes = min(40 + int(NODES_PER_LOGIT * (high - low)), 400)
    if len(x) <= nodes or counts @ (chance * (1 - chance)) < SMOOTH:
        return _integral(x, counts, number)
    at = np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    lift = np.polynomial.chebyshev.chebvander((2 * x - low - high) / (high - low), nodes - 1)
    fit = np.polynomial.chebyshev.chebvander(at, nodes - 1).T * (2 / nodes)
    fit[0] /= 2
    few = (low + high + (high - low) * at) / 2
    gain = logit(_integral(few, (counts @ lift) @ fit, number)) - few
    found: Floats = expit(x + lift @ (fit @ gain))
    return found


def centred(x: Floats, counts: Floats, number: int) -> Floats:
    """The logits of λ moved together until Σλ = n: the ranks, and so π, stay what they are."""
    low, high = -FARTHEST - x.max(), FARTHEST - x.min()
    shift: float = brentq(lambda by: counts @ expit(x + by) - number, low, high, xtol=1e-9)
    return x + shift


def _integral(x: Floats, counts: Floats, number: int) -> Floats:
    """π at logits `x`, which may be nodes with weights instead of enterprises with counts."""
    chance = expit(x)
    d = float(counts @ (chance * (1 - chance)))
    reach = min(REACH / np.sqrt(d), FARTHEST)
    z, weight = roots_legendre(NODES)
    p = expit(x + reach * z[:, None])
    density = (reach * weight)[:, None] * p * (1 - p)
    below = _others_below(p, counts, number)
    total: Floats = (density * below).sum(axis=0) + expit(x - reach)
    return total


def _others_below(p: Floats, counts: Floats, number: int) -> Floats:
    """P(at most n−1 of the others), for each node (rows) and each enterprise left out (columns).

    The distribution of the count is its waves: the characteristic function at odd many
    frequencies, so that none is π, where a factor can vanish and could not be taken out again.
    """
    mean, variance = p @ counts, (p * (1 - p)) @ counts
    half = int(min(SPREAD * np.sqrt(variance.max()) + SPREAD, counts.sum())) + 2
    size = 2 * half + 1
    wave = 2 * np.pi * np.arange(half + 1) / size
    wave = wave[2 * variance.min() * np.sin(wave / 2) ** 2 <= NEGLIGIBLE]
    centre = np.rint(mean)
    found = np.empty_like(p)
    step = max(1, CELLS // (len(wave) * p.shape[1]))
    for first in range(0, len(p), step):
        rows = slice(first, first + step)
        one = 1 + p[rows, :, None] * np.expm1(1j * wave)
        turned = np.log(one) - 1j * p[rows, :, None] * wave
        lead = np.einsum("jgw,g->jw", turned, counts)
        lead += 1j * (mean[rows] - centre[rows])[:, None] * wave
        ends = np.clip(number - 1 - centre[rows], -half - 1, half)[:, None]
        waves = np.exp(lead) * _up_to(ends, half, wave) / size
        found[rows] = np.einsum("jw,jgw->jg", waves, 1 / one).real
    return found


def _up_to(ends: Floats, half: int, wave: Floats) -> npt.NDArray[np.complex128]:
    """Σ of e^(−iωs) over s from −half to the end, twice but for ω = 0: waves come in pairs."""
    whole_wave = np.where(wave == 0, 1.0, wave)
    turns = np.exp(1j * whole_wave * half) - np.exp(-1j * whole_wave * (ends + 1))
    sums = 2 * turns / (-np.expm1(-1j * whole_wave))
    return np.where(wave == 0, ends + half + 1, sums)
