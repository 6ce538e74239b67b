"""How much does a finding depend on which officers came?

Some groups of officers find more than others in the same enterprise. A model that does not know the
group takes a strict group's district for a risky one; one that knows it cannot use it before the
visit is assigned. So the group is learnt with the rest, as a nuisance, and averaged out for a
score: the chance of a finding if the visit fell to a group as often as visits did in the past.
Method: the project's reference on risk models, sections 1.3 and 3 ("inspector marginalised").

The average is taken of probabilities. An average of log-odds would keep the reasons additive, but
it is the chance of no visit at all: it lies below the findings that the same groups make (measured
on the Chicago register: Brier .1319 against .1298). The difference is small, the same kind for
every enterprise, and is shown as the reason of the officers, not of the enterprise.

Everything here speaks of groups, never of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_expit

from riskengine.challenger.columns import Floats, frequent
from riskengine.errors import Sentence, sentence

BP = 10_000
CELLS = 256
"""Steps of log-odds that visits are put together in for intervals."""
FARTHEST = 15.0
"""A group's effect is looked for within so many log-odds; beyond lies "always" or "never"."""
HALF_CHI_SQUARE = 1.920729
"""Fall of the log-likelihood at the ends of a 95 % interval: half the quantile of χ²(1)."""
STEPS = 60


@dataclass(frozen=True, slots=True)
class Officers:
    """The groups of the visits learnt from.

    names, visits
        Groups with visits enough, in order, and how many each made.
    unknown_visits
        Visits whose group is not recorded, or made too few; they are a state of their own.
    """

    names: tuple[str, ...]
    visits: tuple[int, ...]
    unknown_visits: int

    @property
    def shares(self) -> Floats:
        """Of the visits, by state: the groups in order, then unknown. They sum to 1."""
        counts = np.array([*self.visits, self.unknown_visits], np.float64)
        shares: Floats = counts / counts.sum()
        return shares

    @property
    def unknown_bp(self) -> int:
        """Share of visits with no known group, in 1/10,000."""
        return round(BP * float(self.shares[-1]))


@dataclass(frozen=True, slots=True)
class Strictness:
    """One group: what it would find if it visited every enterprise.

    visits, findings
        It made.
    rate_bp, low_bp, high_bp
        Expected findings per visit, in 1/10,000, were every visit on record made by this group;
        95 % profile-likelihood interval, the other visits taken as given.
    """

    group: str
    visits: int
    findings: int
    rate_bp: int
    low_bp: int
    high_bp: int


@dataclass(frozen=True, slots=True)
class StrictnessOfGroups:
    """All groups, the strictest first.

    average_bp
        Findings per visit of all visits, in 1/10,000.
    unknown_bp
        Share of visits with no known group, in 1/10,000.
    """

    groups: tuple[Strictness, ...]
    average_bp: int
    unknown_bp: int


def officers_of(group: Any, *, least_visits: int, most_groups: int) -> Officers:
    """Which groups are known well enough, and how often each came.

    >>> officers_of(["甲", "乙", "甲", "", "乙", "丙"], least_visits=2, most_groups=9)
    Officers(names=('乙', '甲'), visits=(2, 2), unknown_visits=2)
    """
    listed = np.asarray(group, dtype=str)
    names = frequent(listed, least_visits, most_groups)
    visits = tuple(int((listed == name).sum()) for name in names)
    return Officers(names, visits, len(listed) - sum(visits))


def averaged(logits: Floats, shares: Floats) -> Floats:
    """Log-odds of the mean probability.

    logits
        One row a state of the officers, one column an enterprise.
    shares
        Of the states, summing to 1.

    >>> averaged(np.array([[0.0], [2.0]]), np.array([1.0, 0.0])).tolist()
    [0.0]
    """
    found, clean = np.zeros(logits.shape[1]), np.zeros(logits.shape[1])
    # state by state, not as a matrix product: a row's sum must not hang on the rows beside it
    for share, logit in zip(shares, logits, strict=True):
        found += share * expit(logit)
        clean += share * expit(-logit)
    answer: Floats = np.log(found) - np.log(clean)
    return answer


def strictness(logit: Floats, label: Any, group: Any, officers: Officers) -> StrictnessOfGroups:
    """How much the chance of a finding in the same enterprise differs between groups.

    Parameters
    ----------
    logit
        Log-odds of a finding by the enterprise's record alone, one per visit: of any card or
        challenger whose officers are averaged out.
    label
        0 or 1 per visit.
    group
        Of each visit.

    Notes
    -----
    Each group has one effect, added to the log-odds of its visits; its rate is the mean over all
    visits on record with that effect. What the record does not show and the group's district has
    in common is in the effect, too.
    """
    y, by = np.asarray(label, np.float64), np.asarray(group, dtype=str)
    cell, centres = _cells(logit)
    everyone = np.bincount(cell, minlength=len(centres)) / len(cell)

    def rate_bp(effect: float) -> int:
        return round(BP * float(everyone @ expit(centres + effect)))

    found = []
    for name in officers.names:
        own = by == name
        visits = np.bincount(cell[own], minlength=len(centres)).astype(np.float64)
        findings = int(y[own].sum())
        low, middle, high = effect_of(centres, visits, findings)
        rates = rate_bp(middle), rate_bp(low), rate_bp(high)
        found.append(Strictness(name, int(own.sum()), findings, *rates))
    found.sort(key=lambda one: (-one.rate_bp, one.group))
    return StrictnessOfGroups(tuple(found), round(BP * float(y.mean())), officers.unknown_bp)


def effect_of(centres: Floats, visits: Floats, findings: int) -> tuple[float, float, float]:
    """Lower end, most likely value and upper end of one effect on the log-odds.

    centres, visits
        Log-odds of the cells, and visits in each.
    """

    def slope(effect: float) -> float:
        return findings - float(visits @ expit(centres + effect))

    def height(effect: float) -> float:
        return findings * effect + float(visits @ log_expit(-(centres + effect)))

    best = _crossing(slope, -FARTHEST, FARTHEST)
    level = height(best) - HALF_CHI_SQUARE
    low = _crossing(lambda effect: level - height(effect), -FARTHEST, best)
    high = _crossing(lambda effect: height(effect) - level, best, FARTHEST)
    return low, best, high


def strictness_sentences(report: StrictnessOfGroups) -> tuple[Sentence, ...]:
    """For a supervisor: the spread, each group, and what the figures do not say."""
    said = []
    if len(report.groups) > 1:
        strict, lenient = report.groups[0], report.groups[-1]
        said.append(
            sentence(
                "strictness_spread",
                strict=strict.group,
                strict_rate=percent(strict.rate_bp),
                lenient=lenient.group,
                lenient_rate=percent(lenient.rate_bp),
                average=percent(report.average_bp),
            )
        )
    for one in report.groups:
        said.append(
            sentence(
                "strictness_group",
                group=one.group,
                visits=one.visits,
                findings=one.findings,
                rate=percent(one.rate_bp),
                low=percent(one.low_bp),
                high=percent(one.high_bp),
            )
        )
    if report.unknown_bp:
        said.append(sentence("strictness_unknown", share=percent(report.unknown_bp)))
    said.append(sentence("strictness_groups_only"))
    return tuple(said)


def percent(bp: int) -> str:
    """Of 1/10,000.

    >>> percent(1234)
    '12.3 %'
    """
    return f"{bp / 100:.1f} %"


def _cells(logit: Floats) -> tuple[Any, Floats]:
    """The cell of each visit, and the mean log-odds of each cell."""
    edges = np.unique(np.quantile(logit, np.linspace(0, 1, CELLS + 1)[1:-1]))
    cell = np.searchsorted(edges, logit, side="right")
    rows = np.bincount(cell, minlength=len(edges) + 1)
    total = np.bincount(cell, weights=logit, minlength=len(edges) + 1)
    return cell, total / np.maximum(rows, 1)


def _crossing(falls: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function passes zero; the end it is nearest to, where it does not."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if falls(middle) > 0 else (low, middle)
    return (low + high) / 2
