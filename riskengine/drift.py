"""Are today's enterprises still like those the model was fitted on, and does it still hold?

Features are compared by the population stability index (PSI) with the same months of earlier
years: against other months it only finds the season (measured in risk-models.md §2), and calendar
features are left out for the same reason. Without any drift PSI is not 0 but about
(bins − 1)(1/n + 1/m), and PSI / (1/n + 1/m) is nearly chi-square distributed with bins − 1 degrees
of freedom (Yurdakul and Naranjo 2020, J. Risk Model Validation 14). So an alarm needs two things:
a drift that is large, and one that chance does not give. Before results are known the model's own
probabilities say what to expect; when they come, whether it came true.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import Literal

import numpy as np
import pyarrow as pa
from scipy.special import chdtri, ndtri

from riskengine.errors import Sentence, sentence
from riskengine.estimate import CONFIDENCE, Floats, Ints, Mask
from riskengine.metrics import BINS, Texts
from riskengine.policy import Title
from riskengine.replay import Days, blocks, precision_at

WATCH, ALARM = 0.1, 0.25
"""House values: the convention of credit scoring (Siddiqi 2006, Credit Risk Scorecards)."""
FALSE_ALARMS = 0.05
"""Chance of any alarm over all features together when nothing has changed."""
EMPTY = 0.5
"""Rows added to every bin of both sides, so that an empty one has a logarithm."""

Level = Literal["steady", "watch", "alarm"]
SAID: dict[Level, str] = {"watch": "drift_watch", "alarm": "drift_alarm"}


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One feature against the same season of earlier years.

    by_chance, limit
        PSI expected without drift, and the one that chance exceeds too rarely.
    unseen
        Categories that the reference does not hold, with their rows.
    """

    feature: str
    bins: int
    psi: float
    by_chance: float
    limit: float
    level: Level
    unseen: tuple[tuple[str, int], ...]
    said: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """All features of the window [first, end), the largest PSI first."""

    first: dt.date
    end: dt.date
    reference_rows: int
    current_rows: int
    features: tuple[FeatureDrift, ...]
    said: tuple[Sentence, ...]

    @property
    def is_alarm(self) -> bool:
        """Whether any feature has drifted, or a category is new."""
        return any(one.level == "alarm" or one.unseen for one in self.features)


# ── features ──────────────────────────────────────────────────────────────────────────────


def drift(
    features: pa.Table,
    visited_on: Days,
    *,
    first: dt.date,
    end: dt.date,
    calendar: Collection[str] = (),
    enterprise_id: Texts | None = None,
    titles: Mapping[str, Title] | None = None,
    watch: float = WATCH,
    alarm: float = ALARM,
    false_alarms: float = FALSE_ALARMS,
) -> Drift:
    """Compare the rows of [first, end) with those of the same months in earlier years.

    Parameters
    ----------
    features
        One row a visit: numbers, or text for a category; null is "no data", a bin of its own.
        The model's score may be one of the columns.
    calendar
        Features that only tell the time of the year; they are left out.
    enterprise_id
        Of each row. Rows of one enterprise resemble each other, so with it chance is judged by
        the number of enterprises, which is on the safe side.
    watch, alarm
        PSI from which a drift is worth a look, and an alarm.
    false_alarms
        Chance of any word of drift when nothing has changed, shared out over the features.
    """
    day = visited_on.astype("datetime64[D]")
    is_now = (day >= np.datetime64(first)) & (day < np.datetime64(end))
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    is_then = (day < np.datetime64(first)) & np.isin(month, np.unique(month[is_now]))
    sizes = tuple(
        int(mask.sum()) if enterprise_id is None else len(np.unique(enterprise_id[mask]))
        for mask in (is_then, is_now)
    )
    rows = (int(is_then.sum()), int(is_now.sum()))
    facts = {"first": first, "end": end, "then": rows[0], "now": rows[1]}
    if not all(sizes):
        return Drift(first, end, *rows, (), (sentence("drift_nothing", **facts),))
    names = [name for name in features.column_names if name not in calendar]
    found = []
    for name in names:
        code, bins, unseen = binned(features[name], is_then, is_now)
        psi = stability(code[is_then], code[is_now], bins)
        noise = 1 / sizes[0] + 1 / sizes[1]
        limit = float(chdtri(bins - 1, false_alarms / len(names))) * noise if bins > 1 else 0.0
        level: Level = "steady"
        if psi > limit and psi >= watch:
            level = "alarm" if psi >= alarm else "watch"
        title = (titles or {}).get(name, Title(name, name))
        said = tuple(in_words(title, level, psi, (bins - 1) * noise, unseen))
        found.append(FeatureDrift(name, bins, psi, (bins - 1) * noise, limit, level, unseen, said))
    found.sort(key=lambda one: -one.psi)
    loud = sum(one.level == "alarm" for one in found)
    told = "drift_found" if loud else "drift_none"
    whole = sentence(told, features=len(found), loud=loud, **facts)
    return Drift(first, end, *rows, tuple(found), (whole, *(s for one in found for s in one.said)))


def binned(
    column: pa.ChunkedArray, is_then: Mask, is_now: Mask
) -> tuple[Ints, int, tuple[tuple[str, int], ...]]:
    """Bin of each row, how many bins occur, and the categories that are new.

    Ten quantile bins of the reference with equal edges merged, and every value that a tenth of it
    shares alone: most counts are 0 for nine in ten, and the others would vanish in one bin. Of a
    category its nine most frequent values, all others, and the new ones. No data is a bin of its
    own.
    """
    is_null = column.is_null().to_numpy(zero_copy_only=False)
    unseen: tuple[tuple[str, int], ...] = ()
    code = np.zeros(len(is_null), np.int64)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        value = np.array(column.fill_null("").to_pylist(), np.str_)
        known, rows = np.unique(value[is_then & ~is_null], return_counts=True)
        kept = known[np.lexsort((known, -rows))][: BINS - 1]
        place = {name: number for number, name in enumerate(kept.tolist())}
        is_new = ~is_null & ~np.isin(value, known)
        code = np.array([place.get(one, BINS) for one in value.tolist()], np.int64)
        code[is_new] = BINS + 1
        new, times = np.unique(value[is_new & is_now], return_counts=True)
        unseen = tuple(zip(new.tolist(), times.tolist(), strict=True))
    else:
        number = column.cast(pa.float64()).fill_null(0.0).to_numpy()
        of_then = number[is_then & ~is_null]
        if len(of_then):
            edges = np.unique(np.quantile(of_then, np.linspace(0, 1, BINS + 1)))
            value, rows = np.unique(of_then, return_counts=True)
            common = value[rows * BINS >= len(of_then)]
            edges = np.unique([*edges[1:-1], *common, *np.nextafter(common, -np.inf)])
            code = np.searchsorted(edges, number, side="left").astype(np.int64)
    code[is_null] = -1
    occurring, code = np.unique(code, return_inverse=True)
    return code.astype(np.int64), len(occurring), unseen


def stability(then: Ints, now: Ints, bins: int) -> float:
    """Population stability index of two samples of bin numbers: Σ (q − p) · ln(q / p).

    >>> stability(np.array([0, 1]), np.array([0, 1]), 2)
    0.0
    """
    p, q = (np.bincount(side, minlength=bins) + EMPTY for side in (then, now))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def in_words(
    title: Title, level: Level, psi: float, by_chance: float, unseen: tuple[tuple[str, int], ...]
) -> list[Sentence]:
    """What is to be said about one feature; nothing where it is steady."""
    name = {"feature_zh": title.zh, "feature_en": title.en}
    figures = {"psi": f"{psi:.2f}", "chance": f"{by_chance:.2f}"}
    said = [sentence(SAID[level], **name, **figures)] if level in SAID else []
    if unseen:
        values = "、".join(value for value, _ in unseen)
        said.append(sentence("drift_unseen", **name, values=values, rows=sum(n for _, n in unseen)))
    return said


# ── before and after the results are known ────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Expected:
    """What the model's own probabilities say it will be worth, if they are right.

    findings, low, high
        Expected number among the rows, and the 95 % range of chance around it.
    auc, precision, brier
        Expected ROC-AUC, precision at 10 %, Brier score.
    """

    rows: int
    findings: float
    low: float
    high: float
    auc: float
    precision: float
    brier: float


def expected_quality(probability: Floats, score: Floats | None = None) -> Expected:
    """Quality before labels arrive: every label stands for its probability.

    The AUC is the ratio of expected pairs, Σ p(1 − p′) over ordered pairs of different rows. It
    sees other enterprises, never another link between features and findings: for that see
    `came_true`.

    Parameters
    ----------
    probability
        0 to 1, calibrated.
    score
        What the rows are ranked by; the probability by default.
    """
    p = probability
    score = p if score is None else score
    order, starts = blocks(score)
    positive = np.add.reduceat(p[order], starts)
    negative = np.add.reduceat((1 - p)[order], starts)
    below = negative.sum() - negative.cumsum()
    itself = float((p * (1 - p)).sum())
    pairs = float(positive.sum() * negative.sum()) - itself
    good = float((positive * (below + negative / 2)).sum()) - itself / 2
    half = float(ndtri(CONFIDENCE)) * sqrt(itself)
    total = float(p.sum())
    return Expected(
        rows=len(p),
        findings=total,
        low=max(0.0, total - half),
        high=min(float(len(p)), total + half),
        auc=good / pairs if pairs > 0 else float("nan"),
        precision=float(precision_at(p, score).expected),
        brier=itself / max(len(p), 1),
    )


@dataclass(frozen=True, slots=True)
class CameTrue:
    """Findings beside what the model expected of the same rows.

    low, high
        95 % range of chance if the probabilities are right.
    is_alarm
        The findings lie outside it.
    """

    rows: int
    expected: float
    low: float
    high: float
    found: int
    is_alarm: bool
    said: Sentence


def came_true(label: Ints, probability: Floats) -> CameTrue:
    """Whether as much was found as the probabilities said.

    The count is a sum of unlike chances, so its standard deviation is √Σ p(1 − p); its range is
    the normal one, rounded outwards.
    """
    said = expected_quality(probability)
    found, low, high = int(label.sum()), floor(said.low), ceil(said.high)
    code = "drift_more" if found > high else "drift_fewer" if found < low else "drift_as_expected"
    facts = {"rows": said.rows, "expected": round(said.findings), "low": low, "high": high}
    return CameTrue(
        said.rows,
        said.findings,
        said.low,
        said.high,
        found,
        code != "drift_as_expected",
        sentence(code, found=found, **facts),
    )
