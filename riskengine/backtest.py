"""Would another way of choosing have found more, and found it earlier?

Walk-forward: for each window a contender learns from the visits whose results were known some days
before the window began, and orders the visits of the window, with what was known of each enterprise
before its own visit. The visits themselves stay as they were made, so the figures speak of the
order in which to go to enterprises that were visited anyway. Method: risk-models.md §2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riskengine.contenders import CONTENDERS, SEASON, Contender, Visits
from riskengine.errors import BadRegister, Sentence, sentence
from riskengine.metrics import METRICS, Metric, Scored, metric_of
from riskengine.panel import Panel, labels_known
from riskengine.register import Register
from riskengine.regret import Audition, audition
from riskengine.replay import days_of_chance
from riskengine.resample import RESAMPLES, Difference, Interval, compared, over_windows
from riskengine.rules import Scorecard

LEAST_ROWS, LEAST_FINDINGS = 300, 40
"""A window with fewer says nothing (risk-models.md §2)."""
YEAR_DAYS = 365.25
Told = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Window:
    """Visits from `first` to the day before `end`, ordered by who knows what was known before
    `learnt_before`."""

    first: dt.date
    end: dt.date
    learnt_before: dt.date


@dataclass(frozen=True, slots=True)
class Outcome:
    """One window.

    learnt_from, learnt_findings
        Visits the contenders learnt from.
    figures
        Contender → metric → figure with its interval.
    differences
        Between any two contenders, on the same resamples.
    chance_days, oracle_days
        Days earlier that a random order gives, and one that knows the findings.
    scores
        Contender → score of each visit of the window; `label` what they found.
    """

    window: Window
    rows: int
    findings: int
    learnt_from: int
    learnt_findings: int
    figures: dict[str, dict[str, Interval]]
    differences: tuple[Difference, ...]
    chance_days: float
    oracle_days: float
    scores: dict[str, npt.NDArray[np.float64]]
    label: npt.NDArray[np.int64]
    group: npt.NDArray[np.str_]
    visited_on: npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Passed:
    """A window that was left out: too few visits or findings in it or before it."""

    window: Window
    rows: int
    findings: int
    learnt_findings: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came out.

    means
        Contender → metric → mean over the windows, with Student's interval over them.
    pooled
        Contender → metric → over the visits of all windows together, where the score is a
        probability; the bootstrap is over visits.
    chosen
        The contender for the next window, by regret over time; None with fewer than two windows.
    """

    label_text: str
    cut: str
    rows: int
    findings: int
    enterprises: int
    outcomes: tuple[Outcome, ...]
    passed: tuple[Passed, ...]
    means: dict[str, dict[str, Interval]]
    pooled: dict[str, dict[str, Interval]]
    chosen: Audition | None


def windows_back(
    last: dt.date, *, windows: int, window_days: int, delay_days: int = 0
) -> tuple[Window, ...]:
    """The last `windows` stretches of `window_days` that end with the day `last`.

    >>> windows_back(dt.date(2026, 1, 31), windows=1, window_days=31, delay_days=7)[0].learnt_before
    datetime.date(2025, 12, 25)
    """
    end = last + dt.timedelta(days=1)
    days = dt.timedelta(days=window_days)
    firsts = [end - number * days for number in range(windows, 0, -1)]
    return windows_from(firsts, window_days=window_days, delay_days=delay_days)


def windows_from(
    firsts: Iterable[dt.date], *, window_days: int, delay_days: int = 0
) -> tuple[Window, ...]:
    """Windows that begin on the days given."""
    days, delay = dt.timedelta(days=window_days), dt.timedelta(days=delay_days)
    return tuple(Window(first, first + days, first - delay) for first in firsts)


def backtest(
    register: Register,
    panel: Panel,
    windows: Sequence[Window],
    *,
    card: Scorecard,
    rng: np.random.Generator,
    contenders: Sequence[Contender] = CONTENDERS,
    keep: npt.NDArray[np.bool_] | None = None,
    chosen_by: str = "auc",
    resamples: int = RESAMPLES,
    tell: Told = lambda done, steps, what: None,
) -> Backtest:
    """Let the contenders order the visits of each window.

    Parameters
    ----------
    panel
        Of the same register, see `riskengine.panel.panel_of`.
    card
        The pack's scorecard, one of the contenders.
    contenders
        Those that learn from the officers are left out where no visit names any.
    rng
        For the intervals alone.
    keep
        (rows,) visits that may be in a window; all may be learnt from.
    chosen_by
        Metric of the regret.

    Raises
    ------
    BadRegister
        When no window has enough visits and findings.
    """
    if not any(panel.table["group"].to_pylist()):
        contenders = [one for one in contenders if not one.needs_officers]
    label = labels_known(register, panel, dt.date.max)
    kept = label if keep is None else np.where(keep, label, -1)
    outcomes: list[Outcome] = []
    passed: list[Passed] = []
    for number, window in enumerate(windows):
        tell(number, len(windows), window.first.isoformat())
        is_in = in_window(panel.visited_on, window) & (kept >= 0)
        then = known_before(register, panel, window)
        if too_small := passed_over(window, kept[is_in], then):
            passed.append(too_small)
            continue
        known = visits_of(panel, then >= 0, then, card)
        asked = visits_of(panel, is_in, label, card)
        outcomes.append(outcome_of(window, known, asked, contenders, rng, resamples))
    tell(len(windows), len(windows), "")
    if not outcomes:
        raise too_little(passed, panel, windows_that_do(register, panel, kept, windows))
    return Backtest(
        label_text=panel.rules.record.finding,
        cut=panel.cut,
        rows=int((label >= 0).sum()),
        findings=int((label == 1).sum()),
        enterprises=len(set(panel.table["enterprise_id"].to_pylist())),
        outcomes=tuple(outcomes),
        passed=tuple(passed),
        means=means_of(outcomes, contenders),
        pooled=pooled_of(outcomes, contenders, rng, resamples),
        chosen=choice(outcomes, contenders, metric_of(chosen_by)),
    )


def in_window(visited_on: npt.NDArray[np.datetime64], window: Window) -> npt.NDArray[np.bool_]:
    first, end = np.datetime64(window.first, "D"), np.datetime64(window.end, "D")
    inside: npt.NDArray[np.bool_] = (visited_on >= first) & (visited_on < end)
    return inside


def known_before(register: Register, panel: Panel, window: Window) -> npt.NDArray[Any]:
    """The label of each row as known before a window; -1 where the visit or its result was not."""
    then = labels_known(register, panel, window.learnt_before)
    is_before = panel.visited_on < np.datetime64(window.learnt_before, "D")
    return np.where(is_before, then, -1)


def passed_over(window: Window, label: npt.NDArray[Any], then: npt.NDArray[Any]) -> Passed | None:
    """A window that is too small, by the labels in it and those known before; else None."""
    rows, found, learnt = len(label), int((label == 1).sum()), int((then == 1).sum())
    is_enough = rows >= LEAST_ROWS and min(found, learnt) >= LEAST_FINDINGS
    return None if is_enough else Passed(window, rows, found, learnt)


def visits_of(
    panel: Panel, which: npt.NDArray[np.bool_], label: npt.NDArray[Any], card: Scorecard
) -> Visits:
    """Some rows of the panel, with the season and the sector beside the features."""
    rows = pa.array(which)
    table, features = panel.table.filter(rows), panel.features.filter(rows)
    for name, values in season(table).items():
        features = features.append_column(name, pa.array(values))
    features = features.append_column("sector", table["sector"])
    return Visits(
        features=features,
        label=label[which].astype(np.int64),
        fact_id=table["fact_id"].to_numpy(zero_copy_only=False).astype(str),
        group=table["group"].to_numpy(zero_copy_only=False).astype(str),
        visited_on=panel.visited_on[which],
        card=card,
    )


def season(table: pa.Table) -> dict[str, npt.NDArray[np.int64]]:
    """Where in the year a visit is planned, as a point on a circle."""
    days = table["as_of"].to_numpy().astype("datetime64[D]")
    angle = 2 * np.pi * (days - days.astype("datetime64[Y]")).astype(np.float64) / YEAR_DAYS
    waves = (np.sin(angle), np.cos(angle))
    return {
        name: np.rint(1000 * wave).astype(np.int64)
        for name, wave in zip(SEASON, waves, strict=True)
    }


def outcome_of(
    window: Window,
    known: Visits,
    asked: Visits,
    contenders: Sequence[Contender],
    rng: np.random.Generator,
    resamples: int,
) -> Outcome:
    learnt = {learn: learn(known) for learn in {one.learn: None for one in contenders}}
    scores = {one.name: one.score(learnt[one.learn], asked) for one in contenders}
    scored = {one.name: scored_of(asked, scores[one.name], one) for one in contenders}
    figures, differences = compared(scored, rng=rng, resamples=resamples)
    chance, oracle = days_of_chance(asked.label, asked.visited_on)
    return Outcome(
        window=window,
        rows=asked.rows,
        findings=int(asked.label.sum()),
        learnt_from=known.rows,
        learnt_findings=int(known.label.sum()),
        figures=figures,
        differences=differences,
        chance_days=chance,
        oracle_days=oracle,
        scores=scores,
        label=asked.label,
        group=asked.group,
        visited_on=asked.visited_on,
    )


def scored_of(asked: Visits, score: npt.NDArray[np.float64], one: Contender) -> Scored:
    group = asked.group if (asked.group != "").any() else None
    return Scored(asked.label, score, asked.visited_on, group, one.is_probability)


def means_of(
    outcomes: Sequence[Outcome], contenders: Sequence[Contender]
) -> dict[str, dict[str, Interval]]:
    """Over the windows that have the figure: some may name no officers."""
    return {
        one.name: {
            metric.name: over_windows([o.figures[one.name][metric.name].value for o in having])
            for metric in METRICS
            if (having := [o for o in outcomes if metric.name in o.figures[one.name]])
        }
        for one in contenders
    }


def pooled_of(
    outcomes: Sequence[Outcome],
    contenders: Sequence[Contender],
    rng: np.random.Generator,
    resamples: int,
) -> dict[str, dict[str, Interval]]:
    """Days are left out: the replay is within a window."""
    label = np.concatenate([o.label for o in outcomes])
    group = np.concatenate([o.group for o in outcomes])
    scored = {
        one.name: Scored(
            label,
            np.concatenate([o.scores[one.name] for o in outcomes]),
            None,
            group if (group != "").any() else None,
        )
        for one in contenders
        if one.is_probability
    }
    if not scored:
        return {}
    return compared(scored, rng=rng, resamples=resamples)[0]


def choice(
    outcomes: Sequence[Outcome], contenders: Sequence[Contender], metric: Metric
) -> Audition | None:
    """By regret over time, among those that could plan; None where there is no choice."""
    if len(outcomes) < 2:
        return None
    figures: Mapping[str, Sequence[float]] = {
        one.name: [o.figures[one.name][metric.name].value for o in outcomes]
        for one in contenders
        if one.could_plan and metric.name in outcomes[0].figures[one.name]
    }
    return audition(figures, metric) if len(figures) > 1 else None


def windows_that_do(
    register: Register, panel: Panel, label: npt.NDArray[Any], asked: Sequence[Window]
) -> Sentence:
    """What to write instead: the most windows up to the last visit that are large enough, and the
    shortest of them, with the delay that was asked for."""
    last: dt.date = panel.visited_on.max().astype(object)
    days_ago = (np.datetime64(last, "D") - panel.visited_on).astype(np.int64)
    seen, found = days_ago[label >= 0], days_ago[label == 1]
    delay = (asked[0].first - asked[0].learnt_before).days
    most = min(len(asked), len(seen) // LEAST_ROWS, len(found) // LEAST_FINDINGS)
    for windows in range(most, 0, -1):
        days = shortest(seen, found, windows)
        if days is None:
            continue
        earliest = windows_back(last, windows=windows, window_days=days, delay_days=delay)[0]
        if (known_before(register, panel, earliest) == 1).sum() >= LEAST_FINDINGS:
            return sentence("backtest_windows_that_do", windows=windows, days=days)
    return sentence("backtest_no_windows_do")


def shortest(seen: npt.NDArray[np.int64], found: npt.NDArray[np.int64], windows: int) -> int | None:
    """Days of the shortest windows in a row with visits and findings enough; None without any.

    seen, found
        How many days before the last visit each visit was made, and each with a finding.
    """

    def fewest(days_ago: npt.NDArray[np.int64], days: int) -> int:
        return int(np.bincount(days_ago // days, minlength=windows)[:windows].min())

    for days in range(1, int(seen.max()) // windows + 2):
        if fewest(seen, days) >= LEAST_ROWS and fewest(found, days) >= LEAST_FINDINGS:
            return days
    return None


def too_little(passed: Sequence[Passed], panel: Panel, mend: Sentence) -> BadRegister:
    most = max(passed, key=lambda one: (one.findings, one.rows))
    return BadRegister(
        "backtest_too_little",
        windows=len(passed),
        first=most.window.first,
        begin=panel.visited_on.min(),
        last=panel.visited_on.max(),
        rows=most.rows,
        findings=most.findings,
        learnt=most.learnt_findings,
        least_rows=LEAST_ROWS,
        least_findings=LEAST_FINDINGS,
        mend_zh=mend.zh,
        mend_en=mend.en,
    )
