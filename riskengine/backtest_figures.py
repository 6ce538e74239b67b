"""How do the arrays of a backtest become the whole numbers of its document?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from riskengine.backtest import Backtest, Outcome
from riskengine.backtest_report import (
    MICRO,
    STEPS,
    BacktestReport,
    Calibration,
    Choice,
    Figure,
    Figures,
    Gap,
    PassedReport,
    Told,
    WindowReport,
)
from riskengine.contenders import Contender
from riskengine.metrics import METRICS, Metric, Scored, calibration_table
from riskengine.regret import Audition
from riskengine.replay import found_first
from riskengine.resample import Interval, better, over_windows


def report_of(
    made: Backtest, contenders: Sequence[Contender], told: Told, *, chosen_by: str = "auc"
) -> BacktestReport:
    """The document of a backtest, still without sentences (`riskengine.backtest_said`)."""
    contenders = [one for one in contenders if one.name in made.means]
    means = means_of(made, contenders)
    outcomes = made.outcomes
    able = [one for one in contenders if one.could_plan]
    best = max(able or contenders, key=lambda one: means[one.name][chosen_by].value or 0)
    return BacktestReport(
        label=made.label_text,
        cut=made.cut,
        told=told,
        rows=made.rows,
        findings=made.findings,
        enterprises=made.enterprises,
        names={one.name: (one.zh, one.en) for one in contenders},
        could_plan=tuple(one.name for one in able),
        chosen_by=chosen_by,
        windows=tuple(window_of(one, contenders) for one in outcomes),
        passed=tuple(
            PassedReport(
                p.window.first, p.window.end, p.window.learnt_before,
                p.rows, p.findings, p.learnt_findings,
            )
            for p in made.passed
        ),
        means=means,
        pooled={
            name: {metric: figure_of(metric, value) for metric, value in found.items()}
            for name, found in made.pooled.items()
        },
        differences=differences_of(outcomes, contenders),
        chance_days=micro(float(np.mean([one.chance_days for one in outcomes]))),
        oracle_days=micro(float(np.mean([one.oracle_days for one in outcomes]))),
        calibration=dict(calibrations(outcomes, contenders)),
        curves={one.name: curve(outcomes, one.name) for one in contenders},
        best=best.name,
        chosen=choice_of(made.chosen, able[0].name if able else ""),
    )  # fmt: skip


def micro(value: float) -> int | None:
    """A figure in 1e-6; None where it is not a number."""
    return round(MICRO * value) if np.isfinite(value) else None


def figure_of(metric: str, found: Interval, bounds: tuple[float, float] | None = None) -> Figure:
    """A figure of the document; the interval of a share ends at 0 and 1."""
    low, high = ends_of(metric, found)
    worst, best = (None, None) if bounds is None else (micro(bounds[0]), micro(bounds[1]))
    return Figure(micro(found.value), micro(low), micro(high), worst, best)


def ends_of(metric: str, found: Interval) -> tuple[float, float]:
    """The ends of an interval; of a share they lie in 0 to 1."""
    if metric == "days_earlier" or np.isnan(found.low):
        return found.low, found.high
    return max(found.low, 0.0), min(found.high, 1.0)


def window_of(outcome: Outcome, contenders: Sequence[Contender]) -> WindowReport:
    window = outcome.window
    return WindowReport(
        window.first,
        window.end,
        window.learnt_before,
        outcome.rows,
        outcome.findings,
        outcome.learnt_from,
        outcome.learnt_findings,
        micro(outcome.chance_days),
        micro(outcome.oracle_days),
        {
            one.name: {
                name: figure_of(name, found, bounds_in(outcome, one, name))
                for name, found in outcome.figures[one.name].items()
            }
            for one in contenders
        },
        tuple(gap_of(d.one, d.other, d.metric, d.interval, d.better) for d in outcome.differences),
    )


def bounds_in(outcome: Outcome, one: Contender, metric: str) -> tuple[float, float] | None:
    """Worst and best of a metric over all orders of equal scores, in one window."""
    how = next(found for found in METRICS if found.name == metric)
    if how.bounds is None:
        return None
    tied = how.bounds(scored_in(outcome, one))
    return float(tied.worst), float(tied.best)


def scored_in(outcome: Outcome, one: Contender) -> Scored:
    return Scored(
        outcome.label, outcome.scores[one.name], outcome.visited_on, None, one.is_probability
    )


def gap_of(one: str, other: str, metric: str, found: Interval, better: str | None) -> Gap:
    return Gap(one, other, metric, micro(found.value), micro(found.low), micro(found.high), better)


def means_of(made: Backtest, contenders: Sequence[Contender]) -> Figures:
    """Over the windows; with one window, that window."""
    if len(made.outcomes) == 1:
        return window_of(made.outcomes[0], contenders).models
    means: Figures = {}
    for one in contenders:
        means[one.name] = {}
        for metric, found in made.means[one.name].items():
            bounds = [bounds_in(outcome, one, metric) for outcome in made.outcomes]
            known = [pair for pair in bounds if pair is not None]
            worst, best = np.mean(known, axis=0) if known else (0.0, 0.0)
            tied = (float(worst), float(best)) if known else None
            means[one.name][metric] = figure_of(metric, found, tied)
    return means


def differences_of(outcomes: Sequence[Outcome], contenders: Sequence[Contender]) -> tuple[Gap, ...]:
    """Between any two contenders over the windows; with one window, its bootstrap."""
    if len(outcomes) == 1:
        return window_of(outcomes[0], contenders).differences
    return tuple(
        gap
        for metric in METRICS
        for one, other in combinations((c.name for c in contenders), 2)
        for gap in gap_over(outcomes, metric, one, other)
    )


def gap_over(outcomes: Sequence[Outcome], metric: Metric, one: str, other: str) -> Iterator[Gap]:
    if not all(metric.name in o.figures[name] for o in outcomes for name in (one, other)):
        return
    ours, theirs = ([o.figures[name][metric.name].value for o in outcomes] for name in (one, other))
    found = over_windows(ours, theirs)
    yield gap_of(one, other, metric.name, found, better(found, metric, one, other))


def calibrations(
    outcomes: Sequence[Outcome], contenders: Sequence[Contender]
) -> Iterator[tuple[str, tuple[Calibration, ...]]]:
    label = np.concatenate([outcome.label for outcome in outcomes])
    for one in contenders:
        if one.is_probability:
            score = np.concatenate([outcome.scores[one.name] for outcome in outcomes])
            lines = calibration_table(label, score)
            yield (
                one.name,
                tuple(
                    Calibration(
                        line.rows,
                        *(
                            round(MICRO * part)
                            for part in (line.said, line.found, line.found_low, line.found_high)
                        ),
                    )
                    for line in lines
                ),
            )


def curve(outcomes: Sequence[Outcome], name: str) -> tuple[int, ...]:
    """Share of the findings after 0, 5, … 100 % of the visits; equal scores in any order."""
    parts = [
        [
            float(found_first(o.label, o.scores[name], np.asarray(share * o.rows / STEPS)).expected)
            / o.findings
            for share in range(STEPS + 1)
        ]
        for o in outcomes
    ]
    return tuple(round(MICRO * float(value)) for value in np.mean(parts, axis=0))


def choice_of(chosen: Audition | None, first: str) -> Choice | None:
    if chosen is None:
        return None
    return Choice(
        chosen.model,
        chosen.rule,
        chosen.metric,
        len(chosen.rules[0].picks),
        micro(chosen.rules[0].mean),
        micro(chosen.by_chance),
        first,
        Figure(*(micro(x) for x in (chosen.gain.value, chosen.gain.low, chosen.gain.high))),
    )
