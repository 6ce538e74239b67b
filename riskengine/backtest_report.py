"""What is kept of a backtest: which figures, which curves, and how are they to be read?

A document holds whole numbers, so figures are in 1e-6 of their unit; one without a meaning is None.
Everything a page or a table shows of a backtest is in this document, which stands alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from riskengine.errors import Sentence
from riskengine.metrics import METRICS, Metric

MICRO = 10**6
STEPS = 20
"""Points of a curve after its beginning: one for each 5 % of the visits."""

Figures = dict[str, dict[str, "Figure"]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric in 1e-6 of its unit with its 95 % interval.

    worst, best
        Over all orders of equal scores, for metrics that depend on it.
    """

    value: int | None
    low: int | None
    high: int | None
    worst: int | None = None
    best: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """How far `one` is above `other`; `better` is none where the interval holds zero."""

    one: str
    other: str
    metric: str
    value: int | None
    low: int | None
    high: int | None
    better: str | None


@dataclass(frozen=True, slots=True)
class WindowReport:
    """One window, see `riskengine.backtest.Outcome`; days in 1e-6."""

    first: dt.date
    end: dt.date
    learnt_before: dt.date
    rows: int
    findings: int
    learnt_from: int
    learnt_findings: int
    chance_days: int | None
    oracle_days: int | None
    models: Figures
    differences: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class PassedReport:
    """A window that was left out, see `riskengine.backtest.Passed`."""

    first: dt.date
    end: dt.date
    learnt_before: dt.date
    rows: int
    findings: int
    learnt_findings: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """One line of a calibration table over all windows, in 1e-6."""

    rows: int
    said: int
    found: int
    found_low: int
    found_high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The contender for the next window, see `riskengine.regret.Audition`.

    first
        The simplest one, which `gain` compares with.
    """

    model: str
    rule: str
    metric: str
    windows: int
    mean_regret: int | None
    by_chance: int | None
    first: str
    gain: Figure


@dataclass(frozen=True, slots=True)
class Told:
    """What a backtest was told to do, and by which rules.

    pack, rules_on
        Whose record rules and card, and those in force on which day.
    is_todays_pack
        The pack had no rules yet when the visits were made, so those of today were used.
    rejected
        Rows of the register that were left out when it was read.
    indicators
        Names of the other dated figures that the challenger could look at.
    """

    window_days: int
    delay_days: int
    seed: int
    pack: str
    rules_on: dt.date
    is_todays_pack: bool
    rejected: int
    register_digest: str
    policy_digest: str
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """A backtest as it is kept.

    names
        Contender → what it is called, (Chinese, English); in the order they are shown.
    could_plan
        Contenders that a bureau could choose by before the visits are made.
    means
        Contender → metric → mean over the windows with Student's interval over them; with one
        window its own figure and bootstrap.
    differences
        Between any two contenders, over the windows in the same way.
    curves
        Contender → share of the findings after 0, 5, … 100 % of the visits, windows averaged.
    best
        The best mean of those that could plan; `chosen` is by regret over time.
    """

    label: str
    cut: str
    told: Told
    rows: int
    findings: int
    enterprises: int
    names: dict[str, tuple[str, str]]
    could_plan: tuple[str, ...]
    chosen_by: str
    windows: tuple[WindowReport, ...]
    passed: tuple[PassedReport, ...]
    means: Figures
    pooled: Figures
    differences: tuple[Gap, ...]
    chance_days: int | None
    oracle_days: int | None
    calibration: dict[str, tuple[Calibration, ...]]
    curves: dict[str, tuple[int, ...]]
    best: str
    chosen: Choice | None
    said: tuple[Sentence, ...] = ()


def metrics_shown(report: BacktestReport) -> list[Metric]:
    """The metrics that some contender has a figure of, in order."""
    return [m for m in METRICS if any(m.name in found for found in report.means.values())]
