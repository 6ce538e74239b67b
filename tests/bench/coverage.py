"""Do the 95 % intervals of the estimates cover 95 %, and are the estimates unbiased?

``python -m tests.bench.coverage`` draws each made-up county again and again by tree duels, with
unequal probabilities (grade and an uneven gap since the last visit) and findings that go with them
(the likelier drawn, the more findings), and prints one JSON object a case:

strata of 30
    20 of them (grade × sector, which the tree holds to their size) and 20 townships of 30 (which it
    does not), in a list of 600 of which about 137 are drawn.
lists of 3,000
    About 174 drawn.
adaptive
    300 enterprises, 24 months: the probabilities follow the visits and findings so far, and a
    finding is mended. Bias of the mean over all months, beside the share of findings among visits.

Beside each, from the same estimate and variance, the plain normal interval, which every textbook
warns of, and that of Korn and Graubard (1998), which official statistics use. Truth is that of each
finite list. ``--runs`` draws per case; standard errors are those between draws.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import betaincinv, stdtrit

from riskengine.estimate import (
    BP,
    CONFIDENCE,
    MILLI,
    NANO,
    Drawn,
    Floats,
    Ints,
    Mask,
    Sample,
    estimate,
    hajek_variance,
    joined,
    sample_of,
)
from scheduler import swift
from scheduler.shares import proportional

RATES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
FRAMES = 20
"""Counties per case: the findings and probabilities differ, each is drawn runs / 20 times."""
GRADES, SECTORS = 4, 5
OF_GRADE = np.array([0.5, 0.8, 1.2, 1.6])
SPREAD, FOLLOWS = 0.5, 0.5
"""Scatter of log π within a grade; logits of a finding per standard deviation of log π."""
NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class County:
    """A list with what a visit would find at each enterprise, and the domains to be estimated."""

    units: swift.Units
    cells: tuple[tuple[str, str], ...]
    finding: Ints
    domains: dict[str, list[Mask]]


def main() -> None:
    """One JSON object a case; the last one is the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000, help="draws per case")
    runs = parser.parse_args().runs
    lines = []
    for size, townships, drawn_share in ((600, 20, 0.2), (3000, 12, 0.05)):
        for rate in RATES:
            of_rate = covered(size, townships, drawn_share, rate, runs)
            for line in of_rate:
                print(json.dumps(line, ensure_ascii=False), flush=True)
            lines += of_rate
    print(json.dumps(adaptive(max(runs // 10, 20))), flush=True)
    print(json.dumps(summary(lines), ensure_ascii=False))


def covered(
    size: int, townships: int, share: float, rate: float, runs: int
) -> list[dict[str, Any]]:
    """Coverage, width and bias, one object per kind of domain."""
    rng = np.random.default_rng((size, round(1000 * rate)))
    counties = [county(rng, size, townships, share, rate) for _ in range(FRAMES)]
    figures: dict[str, list[Floats]] = {kind: [] for kind in counties[0].domains}
    for run in range(runs):
        one = counties[run % FRAMES]
        sample, drawn = drawn_from(one, run)
        for kind, masks in one.domains.items():
            figures[kind].append(measured(one, sample, drawn, masks))
    sizes = {kind: int(masks[0].sum()) for kind, masks in counties[0].domains.items()}
    return [
        {"domain": kind, "enterprises": sizes[kind], "finding_rate": rate} | said(np.stack(rows))
        for kind, rows in figures.items()
    ]


def county(rng: Generator, size: int, townships: int, share: float, rate: float) -> County:
    """A list of this size, of which about `share` is drawn and about `rate` has a finding."""
    at = np.arange(size)
    grade, sector = at % GRADES, at // GRADES % SECTORS
    township = rng.permutation(at % townships)
    chance = share * OF_GRADE[grade] * np.exp(rng.normal(0, SPREAD, size))
    pi = in_nano(chance)
    lean = np.log(pi)
    lean = (lean - lean.mean()) / lean.std()
    logit = np.log(rate / (1 - rate)) + FOLLOWS * lean + 0.3 * rng.normal(size=townships)[township]
    risk = 1 / (1 + np.exp(-logit))
    finding = (rng.random(size) < np.minimum(risk * rate / risk.mean(), 0.98)).astype(np.int64)
    names = [[f"{name}{n:02}" for n in level] for name, level in
             (("G", grade), ("S", sector), ("T", township))]  # fmt: skip
    everybody = np.ones(size, np.bool_)
    strata = [(grade == g) & (sector == s) for g in range(GRADES) for s in range(SECTORS)]
    small = {"stratum": strata, "township": [township == t for t in range(townships)]}
    return County(
        swift.by_columns([f"E{n:05}" for n in range(size)], pi.tolist(), names),
        tuple(zip(names[0], names[1], strict=True)),
        finding,
        small if townships == len(strata) else {"list": [everybody]},
    )


def in_nano(chance: Floats) -> Ints:
    """Probabilities in proportion, at most 0.9, whose sum is a whole number of enterprises."""
    weights = {str(n): round(weight * 10**12) for n, weight in enumerate(chance)}
    total = round(float(chance.sum())) * NANO
    parts = proportional(weights, total, least=1, most=NANO * 9 // 10)
    return np.array([parts[str(n)] for n in range(len(chance))], dtype=np.int64)


def drawn_from(one: County, run: int) -> tuple[Sample, Ints]:
    """The sample of one draw, whose seed is the hash of the run, and who is in it."""
    seed = hashlib.sha256(f"coverage/{run}".encode()).digest()
    selected = swift.tree_duel(one.units, seed, "bench", workers=1).selected
    sample = sample_of(
        [
            Drawn(f"E{n:05}", int(one.units.pi[n]), one.cells[n], int(one.finding[n]))
            for n in selected.tolist()
        ]
    )
    return sample, selected[sample.place]


FIGURES = (
    "results", "intervals", "covered", "covered_normal", "covered_exact", "width", "width_normal",
    "width_exact", "rate_error", "total_error",
)  # fmt: skip
"""Of one draw, added over its domains."""


def measured(one: County, sample: Sample, drawn: Ints, masks: list[Mask]) -> Floats:
    """`FIGURES` of one draw."""
    sums = dict.fromkeys(FIGURES, 0.0)
    for mask in masks:
        is_in = mask[drawn]
        findings, listed = int(one.finding[mask].sum()), int(mask.sum())
        weight, finding = sample.weight[is_in], sample.finding[is_in]
        sums["results"] += len(weight)
        sums["total_error"] += float((weight * finding).sum()) - findings
        said = estimate(sample, is_in, listed=listed)
        if said.rate_bp is None or said.low_bp is None or said.high_bp is None:
            continue
        truth = findings / listed
        low, high, exact_low, exact_high = usual(weight, finding, sample.cell[is_in])
        assert said.total_low_milli is not None and said.total_high_milli is not None
        sums["intervals"] += 1
        sums["covered"] += said.total_low_milli <= findings * MILLI <= said.total_high_milli
        sums["covered_normal"] += low <= truth <= high
        sums["covered_exact"] += exact_low <= truth <= exact_high
        sums["width"] += (said.high_bp - said.low_bp) / BP
        sums["width_normal"] += high - low
        sums["width_exact"] += exact_high - exact_low
        sums["rate_error"] += float((weight * finding).sum() / weight.sum()) - truth
    return np.array(list(sums.values()))


def usual(weight: Floats, finding: Floats, cell: Ints) -> tuple[float, float, float, float]:
    """Estimate ± 1.96 standard errors; then Korn and Graubard's exact binomial bounds.

    The latter take the effective sample size mean (1 − mean) / variance, cut by the ratio of
    Student's quantiles; without variance, Kish's.
    """
    mean, group = float((weight * finding).sum() / weight.sum()), joined(cell)
    variance = hajek_variance(weight * (finding - mean) / weight.sum(), weight, group)
    half = NORMAL * sqrt(variance)
    size = float(weight.sum() ** 2 / ((1 - 1 / weight) * weight**2).sum())
    if variance > 0:
        size = mean * (1 - mean) / variance
    freedom = np.array([len(weight) - 1, max(len(weight) - 1 - group[-1], 1)])
    own, design = stdtrit(freedom, CONFIDENCE)
    size = max(size * (own / design) ** 2, 1.0)
    seen = mean * size
    low = betaincinv(seen, size - seen + 1, 1 - CONFIDENCE) if mean > 0 else 0.0
    high = betaincinv(seen + 1, size - seen, CONFIDENCE) if mean < 1 else 1.0
    return mean - half, mean + half, float(low), float(high)


def said(rows: Floats) -> dict[str, Any]:
    """Means over draws, standard errors between draws."""
    of = dict(zip(FIGURES, rows.T, strict=True))
    runs, intervals = len(rows), of["intervals"].sum()

    def share(name: str) -> float:
        return float(of[name].sum() / intervals)

    apart = of["covered"] - share("covered") * of["intervals"]
    error = sqrt(float((apart**2).sum())) / intervals
    return {
        "draws": runs,
        "intervals": int(intervals),
        "results": round(float(of["results"].sum() / intervals), 1),
        "coverage_percent": round(100 * share("covered"), 2),
        "coverage_se": round(100 * error, 2),
        "normal_coverage_percent": round(100 * share("covered_normal"), 2),
        "korn_graubard_coverage_percent": round(100 * share("covered_exact"), 2),
        "mean_width": round(share("width"), 3),
        "normal_mean_width": round(share("width_normal"), 3),
        "korn_graubard_mean_width": round(share("width_exact"), 3),
        "total_bias_in_se": in_se(of["total_error"]),
        "rate_bias": round(share("rate_error"), 5),
        "rate_bias_in_se": in_se(of["rate_error"]),
    }


def in_se(errors: Floats) -> float:
    """Mean error in its own standard errors."""
    return round(float(errors.mean() / (errors.std(ddof=1) / sqrt(len(errors)))), 2)


# ── probabilities that follow what was found ──────────────────────────────────────────────

MONTHS, FIRMS, VISITS = 24, 300, 15
GAP_FLOOR, SUSPECT = 0.2, 3.0
"""Least weight after a visit, growing to 1 in six months; weight after a finding."""
APPEARS, MENDED = 0.03, 0.8
"""Chance a month that a finding comes up, and that a visit mends it."""


def adaptive(runs: int) -> dict[str, Any]:
    """Bias of the mean over the months, and whether the interval of all months holds it."""
    totals, rates, naive, held, pooled = [], [], [], 0, 0
    for run in range(runs):
        rng = np.random.default_rng((7, run))
        has, gap = (rng.random(FIRMS) < 0.15), np.full(FIRMS, 6)
        suspect = np.ones(FIRMS)
        grade = np.arange(FIRMS) % GRADES
        names = [f"G{g}" for g in grade]
        visits: list[Drawn] = []
        truth, seen = 0, 0
        for month in range(MONTHS):
            weight = np.maximum(GAP_FLOOR, np.minimum(gap / 6, 1)) * OF_GRADE[grade] * suspect
            pi = in_nano(weight / weight.sum() * VISITS)
            units = swift.by_columns([f"E{n:05}" for n in range(FIRMS)], pi.tolist(), [names])
            seed = hashlib.sha256(f"adaptive/{run}/{month}".encode()).digest()
            drawn = swift.tree_duel(units, seed, "bench", workers=1).selected
            visits += [
                Drawn(f"E{n:05}", int(pi[n]), (f"{month:02}", names[n]), int(has[n]))
                for n in drawn.tolist()
            ]
            truth, seen = truth + int(has.sum()), seen + int(has[drawn].sum())
            gap += 1
            gap[drawn] = 0
            suspect[drawn] = np.where(has[drawn], SUSPECT, 1.0)
            has[drawn] &= rng.random(len(drawn)) > MENDED
            has |= rng.random(FIRMS) < APPEARS
        sample = sample_of(visits)
        whole = np.ones(len(visits), np.bool_)
        answer = estimate(sample, whole, listed=MONTHS * FIRMS, months=MONTHS)
        weight, finding = sample.weight, sample.finding
        rate = truth / (MONTHS * FIRMS)
        totals.append(float((weight * finding).sum()) - truth)
        rates.append(float((weight * finding).sum() / weight.sum()) - rate)
        naive.append(seen / len(visits) - rate)
        assert answer.low_bp is not None and answer.high_bp is not None
        held += answer.low_bp <= rate * BP <= answer.high_bp
        pooled += 1
    return {
        "domain": "adaptive",
        "enterprises": FIRMS,
        "months": MONTHS,
        "runs": runs,
        "total_bias_in_se": in_se(np.array(totals)),
        "rate_bias_in_se": in_se(np.array(rates)),
        "rate_bias": round(float(np.mean(rates)), 5),
        "naive_rate_bias": round(float(np.mean(naive)), 5),
        "naive_rate_bias_in_se": in_se(np.array(naive)),
        "coverage_percent": round(100 * held / pooled, 1),
    }


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage over the finding rates, by domain, and where it leaves 93 to 97 %."""
    kinds = dict.fromkeys(line["domain"] for line in lines)
    of = {kind: [line for line in lines if line["domain"] == kind] for kind in kinds}
    outside = [
        f"{line['domain']}, {line['finding_rate']:.0%}: {line['coverage_percent']}"
        for line in lines
        if not 93 <= line["coverage_percent"] <= 97
    ]
    mean = {kind: np.mean([x["coverage_percent"] for x in rows]) for kind, rows in of.items()}
    plain = {k: np.mean([x["normal_coverage_percent"] for x in rows]) for k, rows in of.items()}
    return {
        "domain": "summary",
        "mean_coverage_percent": {kind: round(float(value), 2) for kind, value in mean.items()},
        "mean_normal_percent": {kind: round(float(value), 2) for kind, value in plain.items()},
        "largest_total_bias_in_se": max(abs(line["total_bias_in_se"]) for line in lines),
        "outside_93_to_97": outside,
    }


if __name__ == "__main__":
    main()
