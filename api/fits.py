"""How is a card learnt from a register, judged on visits it has not seen, and laid before a signer?

The steps behind `riskengine fit`. The core learns, judges and writes the texts; here is which
visits it learns from, where the grades are cut, and into which folder the files go.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from api.backtests import Asked, Seen, Tell, seen_by, walk
from api.signing import ToSign, named
from riskengine.backtest import Backtest, in_window
from riskengine.backtest_figures import ends_of
from riskengine.card_yaml import Cuts, card_texts, cuts_by_share, shares_permille
from riskengine.contenders import CONTENDER, card_directions
from riskengine.errors import RiskEngineError
from riskengine.evidence import Evidence, Figure, Window
from riskengine.fairness import fairness, size_bands
from riskengine.features import FEATURES, RECORD, expression, measure, schema_for
from riskengine.fit import FittedCard, fit_scorecard, points_of
from riskengine.grade import grade
from riskengine.metrics import METRICS, calibration_table
from riskengine.model_card import model_card
from riskengine.policy import Policy
from riskengine.register import Register
from riskengine.resample import Interval
from riskengine.rules import Title
from riskengine.scorecard import score
from riskengine.signed import card_digest
from riskengine.soundness import GRADES

CAPACITY_PERMILLE = 100
"""A tenth of the test visits counts as selected, as in precision at 10 %."""
FINDING = "scorecard.features.record.finding"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A card, ready to be read and signed.

    texts
        File name → text, with ``CARD.md``.
    digest
        What a signature names.
    day
        From which its numbers are valid.
    """

    name: str
    card: FittedCard
    cuts: Cuts
    evidence: Evidence
    texts: dict[str, str]
    digest: str
    day: dt.date
    pack: str
    is_todays_pack: bool

    @property
    def to_sign(self) -> ToSign:
        """What a pack would have to name."""
        return ToSign("fitted", "folder", self.digest, self.day)


def make_card(
    register: Register,
    policy: Policy,
    asked: Asked,
    *,
    name: str,
    shares: Mapping[str, int] | None,
    with_surroundings: bool,
    today: dt.date,
    tell: Tell,
) -> Fitted:
    """Learn a card from every visit that is known, and judge the way it is learnt.

    Parameters
    ----------
    name
        "" is that of the pack and the month.
    shares
        Grade → share wanted in 1/1000; None is that of the present grades.
    """
    seen = seen_by(register, policy, asked, today=today, tell=tell)
    on, is_known = seen.view.on, seen.label >= 0
    name = named(name or f"{seen.view.pack.name}-{on:%Y-%m}")
    directions = card_directions(seen.panel.features.column_names, with_around=with_surroundings)
    learnt = fit_scorecard(
        seen.panel.features.filter(pa.array(is_known)), seen.label[is_known], directions
    )
    contender = CONTENDER["wide_card" if with_surroundings else "card"]
    made = walk(seen, asked, [contender], tell)
    cuts = cuts_by_share(
        points_of(learnt, todays_features(seen)), shares or present_shares(seen), learnt.base_points
    )
    evidence = evidence_of(seen, made, contender.name, asked)
    texts = card_texts(learnt, cuts, as_learnt(policy, seen, name), name=name, fitted_on=on)
    mark = card_digest(texts)
    texts["CARD.md"] = model_card(learnt, evidence, name=name, digest=mark)
    return Fitted(
        name, learnt, cuts, evidence, texts, mark, on, seen.view.pack.name, seen.is_todays_pack
    )


def as_learnt(policy: Policy, seen: Seen, name: str) -> Policy:
    """The pack with the finding that the card was learnt with: it must be measured so, too."""
    finding, on = seen.features.record.finding, seen.view.on
    if finding == seen.view.scorecard.features.record.finding:
        return policy
    changed = policy.overlay({FINDING: finding})
    record = changed.tree_on(on)["scorecard"]["features"]["record"]
    title, where = "学习本卡时的定义 / as this card was learnt", f"fitted/{name}/CARD.md"
    cited = {
        day: replace(why, title=title, where=where)
        for day, why in record["finding"].because.items()
    }
    record["finding"] = replace(record["finding"], because=cited)
    return changed


def shares_from(text: str) -> dict[str, int] | None:
    """Shares of the grades as people type them, in 1/1000; "" is none.

    >>> shares_from("A=60,B=25,C=10,D=5")
    {'A': 600, 'B': 250, 'C': 100, 'D': 50}
    """
    if not text:
        return None
    found: dict[str, int] = {}
    for part in text.replace("，", ",").replace(" ", "").split(","):
        grade, _, percent = part.partition("=")
        if not re.fullmatch(r"\d{1,3}(\.\d)?", percent) or grade in found:
            raise RiskEngineError("fit_shares_unreadable", text=text)
        found[grade] = round(10 * float(percent))
    if set(found) != set(GRADES) or sum(found.values()) != 1000:
        raise RiskEngineError("fit_shares_unreadable", text=text)
    return {grade: found[grade] for grade in GRADES}


def todays_features(seen: Seen) -> pa.Table:
    """What the card can look at, of every enterprise as known now."""
    import ibis

    known = seen.register.as_of(seen.day)
    tables = {name: ibis.memtable(table) for name, table in known.tables.items()}
    features = (*FEATURES, *RECORD)
    found = expression(tables, seen.features, as_of=seen.day, features=features)
    return ibis.duckdb.connect().to_pyarrow(found).cast(schema_for(features))


def present_shares(seen: Seen) -> dict[str, int]:
    """The share of each grade today by the pack's own card, in 1/1000."""
    measured = measure(seen.register.as_of(seen.day), seen.view)
    return shares_permille(grade(score(measured, seen.view), seen.view).table["grade"].to_pylist())


# ── what the signer reads ─────────────────────────────────────────────────────────────────


def evidence_of(seen: Seen, made: Backtest, contender: str, asked: Asked) -> Evidence:
    """What the walk-forward found out about the way the card is learnt."""
    known = seen.panel.table.filter(pa.array(seen.label >= 0))
    label = np.concatenate([one.label for one in made.outcomes])
    said = np.concatenate([one.scores[contender] for one in made.outcomes])
    means = made.means[contender] if len(made.outcomes) > 1 else made.outcomes[0].figures[contender]
    capacity = max(1, round(len(label) * CAPACITY_PERMILLE / 1000))
    rng = np.random.default_rng(asked.seed)
    return Evidence(
        register_digest=seen.register.as_of(seen.day).digest,
        policy_digest=seen.view.digest,
        label=made.label_text,
        rows=len(known),
        enterprises=len(set(known["enterprise_id"].to_pylist())),
        findings=int((seen.label == 1).sum()),
        random_rows=int((known["pi_nano"].fill_null(0).to_numpy() > 0).sum()),
        first=min(known["visited_on"].to_pylist()),
        last=max(known["visited_on"].to_pylist()),
        delay_days=asked.delay_days,
        capacity_permille=CAPACITY_PERMILLE,
        figures=tuple(
            Figure(m.name, Title(m.zh, m.en), told(m.name, means[m.name]))
            for m in METRICS
            if m.name in means
        ),
        calibration=calibration_table(label, said),
        windows=tuple(
            Window(
                one.window.first,
                one.window.end,
                one.rows,
                one.findings,
                {name: told(name, found) for name, found in one.figures[contender].items()},
            )
            for one in made.outcomes
        ),
        groups=fairness(label, said, dict(groups_of(seen, made)), capacity=capacity, rng=rng),
    )


def groups_of(seen: Seen, made: Backtest) -> Iterator[tuple[str, npt.NDArray[np.str_]]]:
    """Kind → the group of each test visit, in the order of the windows."""
    panel = seen.panel
    place = np.concatenate(
        [
            np.flatnonzero((seen.label >= 0) & in_window(panel.visited_on, one.window))
            for one in made.outcomes
        ]
    )
    rows = panel.table.take(pa.array(place))
    titles = seen.view.pack.sectors
    sectors = [titles[s].zh if s in titles else s or "" for s in rows["sector"].to_pylist()]
    yield "sector", np.asarray(sectors, np.str_)
    yield "size", np.asarray(size_bands(rows["vehicles"].to_pylist()), np.str_)
    yield "township", np.asarray([t or "" for t in rows["township"].to_pylist()], np.str_)


def told(metric: str, found: Interval) -> Interval:
    """The figure with its ends within what the metric can be."""
    return Interval(found.value, *ends_of(metric, found))


# ── into the folder ───────────────────────────────────────────────────────────────────────


def write_card(fitted: Fitted, folder: Path) -> Path:
    """Write the card under ``fitted/``; what is there already may be signed and is not touched."""
    path = folder_of(fitted.name, folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, text in fitted.texts.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def folder_of(name: str, folder: Path) -> Path:
    """Where a card of that name goes."""
    path = folder / "fitted" / named(name)
    if path.exists() and any(path.iterdir()):
        raise RiskEngineError("fit_name_taken", folder=str(path))
    return path
