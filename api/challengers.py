"""How is a challenger learnt from a register, compared with the card, and laid before a signer?

The steps behind `riskengine fit-challenger`. The core learns, judges and writes; here is which
visits it learns from, and into which folder the files go.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from api.backtests import Asked, Seen, Tell, seen_by, walk
from api.signing import ToSign, named
from riskengine.backtest import Backtest
from riskengine.challenger import Challenger
from riskengine.challenger.card import GivenUp, challenger_card
from riskengine.challenger.file import Origin, file_digest, write_challenger
from riskengine.challenger.ranking import learn_ranking
from riskengine.contenders import CONTENDER, Contender, Visits, by_model
from riskengine.errors import RiskEngineError
from riskengine.metrics import METRICS
from riskengine.panel import indicators_in
from riskengine.policy import Policy
from riskengine.register import Register
from riskengine.resample import Interval, over_windows

FILE, CARD = "challenger.model", "CHALLENGER.md"


@dataclass(frozen=True, slots=True)
class Learnt:
    """A challenger, ready to be read about and signed.

    indicators
        Names of the other dated figures of the register, which it does not read.
    text
        ``CHALLENGER.md``.
    digest
        SHA-256 of `data`: what a signature names.
    """

    name: str
    challenger: Challenger
    given_up: tuple[GivenUp, ...]
    windows: int
    indicators: tuple[str, ...]
    data: bytes
    text: str
    digest: str
    day: dt.date
    pack: str
    is_todays_pack: bool

    @property
    def to_sign(self) -> ToSign:
        """What a pack would have to name."""
        return ToSign("challenger", "file", self.digest, self.day)


def make_challenger(
    register: Register,
    policy: Policy,
    asked: Asked,
    *,
    name: str,
    with_surroundings: bool,
    today: dt.date,
    tell: Tell,
) -> Learnt:
    """Learn a challenger from every visit that is known, and set the card beside it.

    name
        "" is that of the pack and the month.
    """
    seen = seen_by(register, policy, asked, today=today, tell=tell)
    name = named(name or f"{seen.view.pack.name}-{seen.view.on:%Y-%m}")
    challenger, origin = learnt_from(seen, with_surroundings=with_surroundings)
    card = CONTENDER["wide_card" if with_surroundings else "card"]
    made = walk(seen, asked, [card, rival(with_surroundings=with_surroundings)], tell)
    given_up = tuple(what_it_gives_up(made, card.name))
    data = write_challenger(challenger, origin)
    mark, windows = file_digest(data), len(made.outcomes)
    indicators = indicators_in(seen.panel.features.column_names)
    text = challenger_card(
        challenger,
        origin,
        given_up,
        name=name,
        digest=mark,
        windows=windows,
        indicators=indicators,
    )
    return Learnt(
        name,
        challenger,
        given_up,
        windows,
        indicators,
        data,
        text,
        mark,
        seen.view.on,
        seen.view.pack.name,
        seen.is_todays_pack,
    )


def learnt_from(seen: Seen, *, with_surroundings: bool) -> tuple[Challenger, Origin]:
    """A challenger from every visit whose result is known, and what it came from."""
    is_known = pa.array(seen.label >= 0)
    table, features = seen.panel.table.filter(is_known), seen.panel.features.filter(is_known)
    challenger = learn_ranking(
        features.append_column("sector", table["sector"]),
        seen.label[seen.label >= 0],
        table["group"].to_pylist(),
        with_around=with_surroundings,
    )
    days = table["visited_on"].to_pylist()
    digest = seen.register.as_of(seen.day).digest
    finding = seen.features.record.finding
    return challenger, Origin(finding, digest, min(days), max(days), seen.features)


def rival(*, with_surroundings: bool) -> Contender:
    """The challenger as it would be written, learnt anew for each window."""

    def learn(known: Visits, with_around: bool) -> Any:
        return learn_ranking(known.features, known.label, known.group, with_around=with_around)

    zh, en = "挑战模型（排同级先后用）", "challenger that ranks inside a grade"
    return Contender("ranking", zh, en, by_model, partial(learn, with_around=with_surroundings))


def what_it_gives_up(made: Backtest, card: str) -> Iterable[GivenUp]:
    """Each figure of both, and how far they are apart in the same windows."""
    for metric in (one.name for one in METRICS):
        pairs = [
            (o.figures["ranking"].get(metric), o.figures[card].get(metric)) for o in made.outcomes
        ]
        both = [(ours.value, theirs.value) for ours, theirs in pairs if ours and theirs]
        if both:
            yield GivenUp(
                metric,
                made.means[card][metric],
                made.means["ranking"][metric],
                gap_of(made, metric, [ours - theirs for ours, theirs in both]),
            )


def gap_of(made: Backtest, metric: str, gaps: list[float]) -> Interval:
    """Challenger − card: over the windows, or with one window by its bootstrap."""
    if len(gaps) > 1:
        return over_windows(gaps)
    found = next(one for o in made.outcomes for one in o.differences if one.metric == metric)
    low, high = found.interval.low, found.interval.high
    is_turned = found.one != "ranking"
    return Interval(gaps[0], -high, -low) if is_turned else Interval(gaps[0], low, high)


# ── into the folder ───────────────────────────────────────────────────────────────────────


def write_learnt(learnt: Learnt, folder: Path) -> Path:
    """Write file and text under ``fitted/NAME``, beside a card of that name if there is one."""
    path = folder_of(learnt.name, folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / FILE).write_bytes(learnt.data)
    (path / CARD).write_text(learnt.text, encoding="utf-8")
    return path / FILE


def folder_of(name: str, folder: Path) -> Path:
    """Where a challenger of that name goes; what is there already may be signed."""
    path = folder / "fitted" / named(name)
    if (path / FILE).exists():
        raise RiskEngineError("challenger_name_taken", file=str(path / FILE))
    return path
