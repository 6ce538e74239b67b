"""Which ways of choosing whom to visit are compared?

Each contender learns from the visits known before a window and scores the visits of the window with
what it has learnt; contenders that learn the same share it. The list `CONTENDERS` is the table of
contents. Simple rules stand beside learnt models, and today's
practice, the order in which the visits were in fact made, beside them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import expit

from riskengine.challenger import Challenger, fit_challenger
from riskengine.challenger import probability_of as chance_of
from riskengine.features import AROUND, FEATURE
from riskengine.fit import FittedCard, fit_scorecard, logit_of, probability_of
from riskengine.rules import Scorecard
from riskengine.scorecard import points_of

Floats = npt.NDArray[np.float64]
Direction = Literal["up", "down", "free", "category"]
SEASON = ("season_sine_milli", "season_cosine_milli")
BY_NAME = ("sector",)
NOT_OF_THE_ENTERPRISE = (*AROUND, *SEASON, *BY_NAME)
NOT_FOR_A_CARD = ("visits_known",)
"""More visits say that officers looked more often, so no enterprise loses points for them."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits to learn from or to score, in the order of the panel.

    features
        int64 columns, null for "no data", and text columns named in `BY_NAME`.
    label
        (rows,) 0 or 1; of visits to score it is not looked at.
    """

    features: pa.Table
    label: npt.NDArray[np.int64]
    fact_id: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]
    visited_on: npt.NDArray[np.datetime64]
    card: Scorecard

    @property
    def rows(self) -> int:
        return len(self.label)


def nothing(known: Visits) -> None:
    """A rule has nothing to learn."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of choosing.

    score
        (what was learnt, visits) → a score per visit, higher is riskier.
    learn
        Visits known before the window → what is learnt from them.
    is_probability
        The score is the chance of a finding.
    needs_officers
        It learns which group of officers made each visit.
    knows_officers
        It is told who made the visit to score: unknown when visits are planned.
    """

    name: str
    zh: str
    en: str
    score: Callable[[Any, Visits], Floats]
    learn: Callable[[Visits], Any] = nothing
    is_probability: bool = True
    needs_officers: bool = False
    knows_officers: bool = False

    @property
    def could_plan(self) -> bool:
        """Whether a bureau could choose by it before the visits are made."""
        return not self.knows_officers and self.score is not todays_practice


def directions_of(names: Any) -> dict[str, Direction]:
    """Feature → the way risk goes with it, for the features of a challenger."""
    found: dict[str, Direction] = {}
    for name in names:
        if name in BY_NAME:
            found[name] = "category"
        elif name in FEATURE:
            found[name] = FEATURE[name].worse
        else:  # the season, and indicators, of which nobody has said which way is worse
            found[name] = "free"
    return found


def card_directions(names: Any, *, with_around: bool) -> dict[str, Direction]:
    """The features a card may use: the enterprise's own, or those around it too."""
    left_out = {*NOT_FOR_A_CARD, *(() if with_around else AROUND)}
    return {k: FEATURE[k].worse for k in names if k in FEATURE and k not in left_out}


# ── what is learnt ────────────────────────────────────────────────────────────────────────


def own_card(known: Visits) -> FittedCard:
    """A card over the enterprise's own record."""
    return card_of(known, with_around=False)


def wide_card(known: Visits) -> FittedCard:
    """A card that also sees what was found around."""
    return card_of(known, with_around=True)


def card_of(known: Visits, *, with_around: bool) -> FittedCard:
    directions = card_directions(known.features.column_names, with_around=with_around)
    return fit_scorecard(known.features, known.label, directions)


def free_model(known: Visits) -> Challenger:
    directions = directions_of(known.features.column_names)
    return fit_challenger(known.features, known.label, directions)


def with_officers(known: Visits) -> Challenger:
    directions = directions_of(known.features.column_names)
    return fit_challenger(known.features, known.label, directions, group=known.group)


# ── how visits are scored ─────────────────────────────────────────────────────────────────


def todays_practice(_: None, asked: Visits) -> Floats:
    """The earlier it was visited, the higher."""
    return -asked.visited_on.astype("datetime64[D]").astype(np.float64)


def past_findings(_: None, asked: Visits) -> Floats:
    return column(asked, "findings_known")


def last_result(_: None, asked: Visits) -> Floats:
    """A finding at the last visit, no visit on record, none at the last visit."""
    return column(asked, "last_visit_found", none=0.5)


def pack_card(_: None, asked: Visits) -> Floats:
    """The scorecard of the pack: the points that it takes."""
    points = points_of(asked.features, asked.card)
    taken: Floats = -np.sum(list(points.values()), axis=0).astype(np.float64)
    return taken


def by_card(card: FittedCard, asked: Visits) -> Floats:
    return probability_of(card, asked.features)


def by_card_unrounded(card: FittedCard, asked: Visits) -> Floats:
    """What the card was before its points became whole."""
    chance: Floats = expit(logit_of(card, asked.features))
    return chance


def by_model(model: Challenger, asked: Visits) -> Floats:
    """Averaged over the officers, where the model has learnt with them."""
    return chance_of(model, asked.features)


def by_model_told(model: Challenger, asked: Visits) -> Floats:
    """Told who made each visit: for comparison only."""
    return chance_of(model, asked.features, group=asked.group)


def column(visits: Visits, name: str, *, none: float = 0.0) -> Floats:
    values: Floats = visits.features[name].to_numpy(zero_copy_only=False).astype(np.float64)
    return np.where(np.isnan(values), none, values)


CONTENDERS: tuple[Contender, ...] = (
    Contender("practice", "实际检查的先后", "today's practice",
              todays_practice, is_probability=False),
    Contender("past_findings", "以往查出次数", "past findings",
              past_findings, is_probability=False),
    Contender("last_result", "上次检查结果", "last result",
              last_result, is_probability=False),
    Contender("pack_card", "规则包计分卡", "the pack's card",
              pack_card, is_probability=False),
    Contender("card", "拟合计分卡（只看本企业）", "fitted card, own record", by_card, own_card),
    Contender("wide_card", "拟合计分卡（含周边）", "fitted card with surroundings",
              by_card, wide_card),
    Contender("challenger", "挑战模型", "challenger", by_model, free_model),
    Contender("challenger_averaged", "挑战模型（扣除检查组松严）",
              "challenger, officers averaged out", by_model, with_officers, needs_officers=True),
    Contender("challenger_told", "挑战模型（已知检查组，仅作对照）",
              "challenger told the officers, for comparison", by_model_told, with_officers,
              needs_officers=True, knows_officers=True),
)  # fmt: skip
CONTENDER: Mapping[str, Contender] = {one.name: one for one in CONTENDERS}
