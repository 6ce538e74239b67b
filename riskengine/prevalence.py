"""How common are findings among all, and do the probabilities of a model say so?

Visits made because of a score say little about the others, so only visits drawn at random count,
each with the probability it was drawn with (risk-models.md §6, `riskengine.estimate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from riskengine.errors import Sentence, sentence
from riskengine.estimate import Drawn, Estimate, Floats, Ints, Sample, estimate, sample_of
from riskengine.metrics import BINS, bins_of


def random_part(table: pa.Table, label: Ints) -> tuple[list[Drawn], Ints]:
    """The visits of a panel that a draw has chosen, and the rows where they stand.

    Parameters
    ----------
    table
        Rows with enterprise_id, visited_on, sector and pi_nano; null where no draw chose it.
    label
        1, 0, or -1 where the result is not known.

    The register knows the sector but not the grade of the list that was drawn from, so a cell is
    the month of the visit and the sector; where the documents of the draw are at hand,
    `scheduler.results` has the cells the draw held.
    """
    columns = (table[name].to_pylist() for name in ("enterprise_id", "visited_on", "sector"))
    pi = table["pi_nano"].fill_null(0).to_numpy()
    rows = list(zip(*columns, pi.tolist(), label.tolist(), strict=True))
    place = np.flatnonzero(pi > 0)
    drawn = [
        Drawn(one, chance, (f"{day:%Y-%m}", sector or ""), found if found >= 0 else None)
        for one, day, sector, chance, found in (rows[at] for at in place)
    ]
    return drawn, place


@dataclass(frozen=True, slots=True)
class DesignBin:
    """Enterprises with a score between `low` and `high`: what was said, and what was found.

    said
        Mean probability, weighted by 1 / π.
    found
        The design-based rate with its interval.
    is_off
        The interval does not hold what was said.
    """

    low: float
    high: float
    said: float
    found: Estimate
    is_off: bool


@dataclass(frozen=True, slots=True)
class DesignCalibration:
    """Prevalence and calibration of everybody who could have been drawn.

    error
        Σ share of a bin · |found − said|, all weighted by 1 / π (the ECE of the population).
    """

    prevalence: Estimate
    said: float
    bins: tuple[DesignBin, ...]
    error: float
    in_words: Sentence


def design_calibration(
    drawn: Sequence[Drawn], probability: Floats, *, listed: Floats | None = None, bins: int = BINS
) -> DesignCalibration:
    """Prevalence and a calibration table from the random part.

    Parameters
    ----------
    drawn
        Visits drawn at random with their recorded π; must-visits do not belong here.
    probability
        What the model said of each, from what was known before its visit.
    listed
        The probabilities of all who could have been drawn, month by month; they say how many
        stand behind each bin. Without them Σ 1 / π does.
    bins
        Quantile bins of the drawn with a result.

    Raises
    ------
    ValueError
        Nobody has a result.
    """
    sample = sample_of(drawn)
    if not len(sample.place):
        raise ValueError("nobody in the random part has a result")
    score = probability[sample.place]
    number = bins_of(score, bins)
    tops = [float(score[number == one].max()) for one in range(int(number.max()) + 1)]
    behind = stand_behind(sample, number, tops, listed)
    lines = []
    for one, size in enumerate(behind):
        is_in = number == one
        weight = sample.weight[is_in]
        said = float(weight @ score[is_in] / weight.sum())
        found = estimate(sample, is_in, listed=size)
        is_off = found.low_bp is not None and not in_interval(said, found)
        lines.append(DesignBin(float(score[is_in].min()), tops[one], said, found, is_off))
    weight = sample.weight
    gaps = np.bincount(number, weight * (sample.finding - score))
    whole = estimate(sample, np.ones(len(score), np.bool_), listed=sum(behind))
    said = float(weight @ score / weight.sum())
    off = sum(line.is_off for line in lines)
    rate = (whole.rate_bp, whole.low_bp, whole.high_bp)
    words = sentence(
        "calibration_unknown" if whole.rate_bp is None else "calibration_of_design",
        results=whole.results,
        said=_percent(said),
        **{
            n: _percent((bp or 0) / 10_000)
            for n, bp in zip(("rate", "low", "high"), rate, strict=True)
        },
        off=off,
        bins=len(lines),
    )
    return DesignCalibration(
        whole, said, tuple(lines), float(np.abs(gaps).sum() / weight.sum()), words
    )


def in_interval(said: float, found: Estimate) -> bool:
    """Whether a probability lies in the interval of a rate; any does where there is none."""
    if found.low_bp is None or found.high_bp is None:
        return True
    return found.low_bp <= said * 10_000 <= found.high_bp


def stand_behind(
    sample: Sample, number: Ints, tops: Sequence[float], listed: Floats | None
) -> list[int]:
    """Enterprises behind each bin, at least those with a result."""
    results = np.bincount(number)
    if listed is None:
        behind = np.bincount(number, sample.weight)
    else:
        place = np.minimum(np.searchsorted(tops, listed, side="left"), len(tops) - 1)
        behind = np.bincount(place, minlength=len(tops)).astype(np.float64)
    return [max(round(float(one)), int(least)) for one, least in zip(behind, results, strict=True)]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
