"""What has a backtest found out about a card, as far as its signer must know?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from riskengine.fairness import GroupLine
from riskengine.resample import Interval
from riskengine.rules import Title

if TYPE_CHECKING:
    from riskengine.metrics import CalibrationBin


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over all test windows."""

    name: str
    title: Title
    value: Interval


@dataclass(frozen=True, slots=True)
class Window:
    """One test window, from `first` to the day before `end`.

    figures
        Name of a metric → its value there.
    """

    first: dt.date
    end: dt.date
    rows: int
    findings: int
    figures: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the backtest has found out about a card.

    label
        What counts as a finding, as the user wrote it.
    rows, enterprises, findings
        Of the visits learnt from, made from `first` to `last`.
    random_rows
        Visits of them with a recorded probability of having been drawn.
    delay_days
        Days between the last visit learnt from and the first test visit of a window.
    capacity_permille
        Share of the test visits that counts as selected in `groups`.
    """

    register_digest: str
    policy_digest: str
    label: str
    rows: int
    enterprises: int
    findings: int
    random_rows: int
    first: dt.date
    last: dt.date
    delay_days: int
    capacity_permille: int
    figures: tuple[Figure, ...]
    calibration: tuple[CalibrationBin, ...]
    windows: tuple[Window, ...]
    groups: tuple[GroupLine, ...] = field(default=())
