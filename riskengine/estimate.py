"""What does a random sample say about everybody, and how sure is it?

Only enterprises drawn at random belong here, each with the probability it was drawn with. Totals
are Horvitz-Thompson, rates are Hájek's ratio. The design's variance is Hájek's approximation inside
the cells the draw held to their size (sampling protocol §6): with tree duels some pairs are never
drawn together, so no unbiased one exists.

The interval is Wilson's (1927) at an effective sample size, as Franco, Little, Louis and Slud
(2019, J. Survey Statistics and Methodology 7) recommend for proportions from complex samples. The
effective size is Kish's, (Σw)² / Σ(1−π)w², which holds the finite population correction, over a
design effect; the quantile is Student's, as in Korn and Graubard (1998, Survey Methodology 24).
Both are drawn towards the plain case (no design effect, the normal quantile) while little has been
seen: a handful of findings says next to nothing about its own scatter.
`tests.bench.coverage` measures what that covers, beside the plain normal interval.

Where it fails: with fewer than two results there is no interval, only a sentence. Where fewer than
about four findings are there to be seen it covers 97 to 99 %: counts are whole. In a domain the
tree does not hold (a township), drawn by more than half with very uneven π, it covers 90 to 93 %.
Results that are missing are taken to be like the others of their cell; nothing can check that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, sqrt
from typing import Any

import numpy as np
from scipy.special import stdtrit

from riskengine.errors import Sentence, sentence

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

NANO = 10**9
BP, MILLI = 10_000, 1_000
LEAST = 2
"""Fewest results that say anything about their own scatter."""
PRIOR_FINDINGS, PRIOR_RESULTS = 8, 16
"""How many of the rarer outcome weigh as much as a design effect of 1, and how many results as
much as the normal quantile. Chosen by simulation: with 0 and 0 townships of 30 cover 80 to 92 %,
with more than 16 findings rare ones on a long list cover above 97 %.
"""
CONFIDENCE = 0.975
"""Of each bound."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One enterprise drawn at random.

    pi_nano
        Its recorded probability, 1 to 1e9, in units of 1e-9.
    cell
        Where the draw held the number fixed, the month first; cells of one sample sort by it.
    finding
        0 to `most` of `sample_of`: 1 or a harm weight for a finding; none without a result.
    """

    enterprise_id: str
    pi_nano: int
    cell: tuple[str, ...]
    finding: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Those with a result, in the order of their cells.

    place
        Index of each in the sequence the sample was made of.
    weight
        1 / π, divided by the share of the cell's weight that has a result; 1 is certainty.
    finding
        As a share of the largest possible, 0 to 1.
    """

    place: Ints
    cell: Ints
    weight: Floats
    finding: Floats
    most: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the sample says about one domain.

    listed
        Enterprises that could have been drawn; over several months, enterprise-months.
    results, findings
        Drawn enterprises with a result; sum of their findings.
    rate_bp, low_bp, high_bp
        Mean finding per listed enterprise as 1/10000 of the largest, and its 95 % interval,
        rounded outwards; none without two results. If everybody was seen they are one number.
    total_milli, total_se_milli
        Horvitz-Thompson total of a month in 1/1000, and its standard error; without a finding
        the sample has no scatter to estimate one from, and there is none.
    total_low_milli, total_high_milli
        95 % interval of that total: the interval of the rate times the list. It is narrower than
        one around the Horvitz-Thompson total, which can lie outside it in a small domain.
    effective_milli
        Effective sample size behind the interval, in 1/1000; none if all were certain.
    """

    listed: int
    results: int
    findings: int
    rate_bp: int | None = None
    low_bp: int | None = None
    high_bp: int | None = None
    total_milli: int | None = None
    total_se_milli: int | None = None
    total_low_milli: int | None = None
    total_high_milli: int | None = None
    effective_milli: int | None = None
    warning: Sentence | None = None


def sample_of(drawn: Sequence[Drawn], *, most: int = 1) -> Sample:
    """The sample as weights and findings; who has no result is stood for by his cell.

    most
        Largest possible finding.

    Cells with fewer than two results are joined to the next in order, the last to the one before.
    """
    order = sorted(range(len(drawn)), key=lambda i: (drawn[i].cell, drawn[i].enterprise_id))
    units = [drawn[i] for i in order]
    for unit in units:
        if not 0 < unit.pi_nano <= NANO or not 0 <= (unit.finding or 0) <= most:
            raise ValueError(f"π or finding out of range: {unit}")
    cell = _numbers([unit.cell for unit in units])
    has_result = np.array([unit.finding is not None for unit in units], dtype=np.bool_)
    weight = NANO / np.array([unit.pi_nano for unit in units], dtype=np.float64)
    group = joined(cell, has_result)
    heard = np.bincount(group, weight * has_result) / np.bincount(group, weight)
    finding = np.array([unit.finding for unit in units if unit.finding is not None], np.float64)
    return Sample(
        place=np.array(order, dtype=np.int64)[has_result],
        cell=cell[has_result],
        weight=(weight / heard[group])[has_result] if has_result.any() else weight[:0],
        finding=finding / most,
        most=most,
    )


def joined(cell: Ints, counts: Mask | None = None) -> Ints:
    """Groups of neighbouring cells with at least two units (that count) each.

    cell
        In ascending order. A cell that is too small joins the next, the last the one before.

    >>> joined(np.array([0, 0, 1, 2, 2, 3])).tolist()
    [0, 0, 1, 1, 1, 1]
    """
    group, number, members = np.zeros(len(cell), np.int64), 0, 0
    for at in range(len(cell)):
        if at and cell[at] != cell[at - 1] and members >= LEAST:
            number, members = number + 1, 0
        members += 1 if counts is None else int(counts[at])
        group[at] = number
    if members < LEAST:
        group[group == number] = max(number - 1, 0)
    return group


def _numbers(cells: Sequence[tuple[str, ...]]) -> Ints:
    changes = [0, *(int(one != other) for one, other in pairwise(cells))]
    return np.cumsum(np.array(changes[: len(cells)], dtype=np.int64))


def estimate(sample: Sample, is_in: Mask, *, listed: int, months: int = 1) -> Estimate:
    """Rate and total of a domain.

    is_in
        Which units of the sample belong to the domain.
    listed
        Enterprises of the domain that could have been drawn, added over the months.
    months
        The sample is of so many monthly draws. Their sums are added before they are divided, so
        the rate is that of an average enterprise-month and the total that of an average month.
    """
    weight, finding = sample.weight[is_in], sample.finding[is_in]
    results, findings = int(is_in.sum()), round(float(finding.sum()) * sample.most)
    by_chance = weight > 1
    if not results or (by_chance.sum() == 1 and results < listed):
        warning = sentence("estimate_too_few", results=results)
        return Estimate(listed, results, findings, warning=warning)
    w, y = weight[by_chance], finding[by_chance]
    known, whole = float(finding[~by_chance].sum()), float(weight.sum())
    low, high, size = interval(w, y, sample.cell[is_in][by_chance])
    # what was seen is certain: a rate cannot be below the findings or above all but the clean
    seen, most = finding.sum() / listed, 1 - (1 - finding).sum() / listed
    rate, low, high = (
        min(max((known + w.sum() * mean) / whole, seen), most) for mean in (_mean(w, y), low, high)
    )
    total = sample.most * float((weight * finding).sum()) / months
    error = sample.most * sqrt(total_variance(sample, is_in)) / months
    share = sample.most * listed / months
    return Estimate(
        listed,
        results,
        findings,
        rate_bp=round(rate * BP),
        low_bp=max(0, floor(low * BP)),
        high_bp=min(BP, ceil(high * BP)),
        total_milli=round(total * MILLI),
        total_se_milli=ceil(error * MILLI) if findings else None,
        total_low_milli=max(0, floor(low * share * MILLI)),
        total_high_milli=min(ceil(share * MILLI), ceil(high * share * MILLI)),
        effective_milli=round(size * MILLI) if size else None,
    )


def interval(weight: Floats, finding: Floats, cell: Ints) -> tuple[float, float, float]:
    """95 % interval of the Hájek mean of findings between 0 and 1, and the effective size.

    weight
        Above 1, at least two; with fewer the interval says nothing, or is that of nobody.
    """
    if len(weight) < LEAST:
        return 0.0, float(len(weight)), 0.0
    mean = _mean(weight, finding)
    chance = (1 - 1 / weight) * weight**2
    size = weight.sum() ** 2 / chance.sum()
    rarer = min(finding.sum(), (1 - finding).sum())
    if rarer > 0:
        residual = weight * (finding - mean) / weight.sum()
        effect = hajek_variance(residual, weight, joined(cell)) * size / (mean * (1 - mean))
        size *= (rarer + PRIOR_FINDINGS) / (rarer * effect + PRIOR_FINDINGS)
    freedom = chance.sum() ** 2 / (chance**2).sum() + PRIOR_RESULTS
    return *wilson(mean, size, float(stdtrit(freedom, CONFIDENCE))), float(size)


def wilson(mean: float, size: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval of a proportion seen in `size` independent trials.

    >>> [round(bound, 3) for bound in wilson(0.0, 10, 1.96)]
    [0.0, 0.278]
    """
    bend = quantile**2 / size
    half = quantile * sqrt(mean * (1 - mean) / size + bend / (4 * size))
    low, high = ((mean + bend / 2 + side * half) / (1 + bend) for side in (-1, 1))
    return max(0.0, low), min(1.0, high)


def total_variance(sample: Sample, is_in: Mask) -> float:
    """Of the Horvitz-Thompson total of a domain: the cells of the whole sample, zeros outside."""
    by_chance = sample.weight > 1
    weight, cell = sample.weight[by_chance], sample.cell[by_chance]
    if len(weight) < LEAST:
        return 0.0
    expanded = weight * (sample.finding * is_in)[by_chance]
    return hajek_variance(expanded, weight, joined(cell))


def hajek_variance(expanded: Floats, weight: Floats, group: Ints) -> float:
    """Σ over groups of n/(n−1) · Σ (1−π)(v − B)², with B the mean of v weighted by 1−π.

    expanded
        v = value / π.
    """
    chance = 1 - 1 / weight
    size = np.bincount(group)
    centre = np.bincount(group, chance * expanded) / np.bincount(group, chance)
    squares = np.bincount(group, chance * (expanded - centre[group]) ** 2)
    return float((size / (size - 1) * squares).sum())


def _mean(weight: Floats, finding: Floats) -> float:
    return float((weight * finding).sum() / weight.sum()) if len(weight) else 0.0
