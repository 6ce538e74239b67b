"""Which register is tested, by which rules, and what is kept of it?

The steps behind `riskengine backtest` and `riskengine fit`: read a folder or the store, take the
rules in force, let the core do the work, keep the document.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from api.steps import Desk, Hand, behind, keep
from riskengine.backtest import Backtest, Window, backtest, windows_back, windows_from
from riskengine.backtest_figures import report_of
from riskengine.backtest_report import MICRO, BacktestReport, Told
from riskengine.backtest_said import readings
from riskengine.contenders import CONTENDER, CONTENDERS, Contender
from riskengine.digest import digest
from riskengine.errors import BadRegister, NotFound, NotInForce, RiskEngineError
from riskengine.finding import finding_of
from riskengine.mapping import read_mapping
from riskengine.metrics import METRICS
from riskengine.panel import Panel, indicators_in, labels_known, panel_of, with_finding
from riskengine.policy import Policy, PolicyView
from riskengine.register import Register, read_register
from riskengine.resample import RESAMPLES
from riskengine.rules import FeatureRules

Tell = Callable[[int, int, str], None]
MOST_DAYS = 40_000
"""A century: no register reaches further back."""
MEASURING = "计算指标 · measuring"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tested.

    label
        Which visits count as a finding; "" is the pack's own definition.
    starts
        First days of the windows; without any, `windows` of them end with the last visit.
    models
        Names of contenders; () is all.
    """

    label: str = ""
    windows: int = 6
    window_days: int = 60
    delay_days: int = 0
    starts: tuple[dt.date, ...] = ()
    cut: str = "visit"
    seed: int = 0
    models: tuple[str, ...] = ()
    resamples: int = RESAMPLES

    def __post_init__(self) -> None:
        if self.label:
            finding_of(self.label)  # a slip is told before a register is read for seconds


@dataclass(frozen=True, slots=True)
class Seen:
    """A register as it is learnt from.

    day
        At whose start everything in it is known.
    view, is_todays_pack
        The rules: those of the last visit, or today's where the pack had none yet.
    features
        Its record rules with the finding asked for.
    label
        Of each row of the panel: 1, 0, or -1 where it is not known.
    """

    register: Register
    day: dt.date
    view: PolicyView
    is_todays_pack: bool
    features: FeatureRules
    panel: Panel
    label: npt.NDArray[Any]


def register_of(
    desk: Desk | None, folder: Path | None, mapping: Path | None, *, today: dt.date, tell: Tell
) -> Register:
    """The register in a folder, or that of the store where there is no folder."""
    if folder is not None:
        rules = read_mapping(mapping) if mapping else None
        return read_register(folder, rules, tell)
    if mapping is not None:
        raise RiskEngineError("backtest_mapping_alone")
    register = desk.store.load_register() if desk else Register({})
    if not register.tables["enterprises"].num_rows:
        raise NotFound("nothing_imported", day=today)
    return register


def seen_by(
    register: Register, policy: Policy, asked: Asked, *, today: dt.date, tell: Tell
) -> Seen:
    """Measure every visit of a register by the rules of a pack.

    Raises
    ------
    BadRegister
        Where no visit has a result, none has what the finding looks at, or all are alike.
    """
    visits = register.tables["inspections"]
    if not visits.num_rows:
        raise BadRegister("backtest_no_visits")
    tell(0, 1, MEASURING)
    last = max(visits["known_on"].to_pylist())
    day = last + dt.timedelta(days=1)
    view, is_todays_pack = rules_for(policy, day, today)
    features = view.scorecard.features
    if asked.label:
        features = with_finding(features, asked.label)
    panel = panel_of(register, features, cut=asked.cut)
    rows = len(panel.table)
    if not rows:
        raise BadRegister("backtest_no_visits")
    label = labels_known(register, panel, day)
    finding, known, found = features.record.finding, int((label >= 0).sum()), int((label > 0).sum())
    if not known:
        raise BadRegister("backtest_no_label", label=finding, rows=rows)
    if found in (0, known):
        raise BadRegister("backtest_one_answer", label=finding, rows=known, findings=found)
    return Seen(register, day, view, is_todays_pack, features, panel, label)


def rules_for(policy: Policy, day: dt.date, today: dt.date) -> tuple[PolicyView, bool]:
    """The rules of a day; today's where the pack had none yet, and whether that is so."""
    try:
        return policy.on(day), False
    except NotInForce:
        return policy.on(today), True


def windows_of(panel: Panel, asked: Asked) -> tuple[Window, ...]:
    """The windows asked for."""
    if not asked.starts and asked.windows < 1:
        raise RiskEngineError("backtest_no_window")
    if asked.windows * asked.window_days + asked.delay_days > MOST_DAYS:
        raise RiskEngineError("backtest_beyond", most=MOST_DAYS)
    days = {"window_days": asked.window_days, "delay_days": asked.delay_days}
    if asked.starts:
        return windows_from(sorted(set(asked.starts)), **days)
    last: dt.date = panel.visited_on.max().astype(object)
    return windows_back(last, windows=asked.windows, **days)


def contenders_named(names: Sequence[str]) -> tuple[Contender, ...]:
    """The contenders of these names, in the order they are shown; all without names."""
    for name in names:
        if name not in CONTENDER:
            raise NotFound("backtest_no_model", name=name, **known_models())
    return tuple(one for one in CONTENDERS if not names or one.name in names)


def models_from(text: str | None) -> tuple[str, ...]:
    """Names of contenders as people type them, separated by commas of either width; None is all.

    What the tables call them will do as well.

    >>> models_from("practice， 挑战模型，fitted card, own record")
    ('practice', 'challenger', 'card')
    """
    if text is None:
        return ()
    called = {as_typed(title): one.name for one in CONTENDERS for title in (one.zh, one.en)}
    titles = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))  # some hold commas
    text = re.sub(rf"(?<![^,、\s])({titles})(?![^,、\s])", lambda t: called[t[0]], as_typed(text))
    names = tuple(filter(None, re.split(r"[,、\s]+", text)))
    if not names:
        raise RiskEngineError("backtest_models_empty", **known_models())
    contenders_named(names)
    return names


def as_typed(text: str) -> str:
    """The same whatever the width of its signs and the case of its letters."""
    return unicodedata.normalize("NFKC", text).lower()


def known_models() -> dict[str, str]:
    """The contenders there are, by name."""
    return {
        "known_zh": "、".join(f"{one.name}（{one.zh}）" for one in CONTENDERS),
        "known_en": ", ".join(CONTENDER),
    }


def walk(seen: Seen, asked: Asked, contenders: Sequence[Contender], tell: Tell) -> Backtest:
    """Let the contenders order the visits of each window."""
    return backtest(
        seen.register,
        seen.panel,
        windows_of(seen.panel, asked),
        card=seen.view.scorecard,
        rng=np.random.default_rng(asked.seed),
        contenders=contenders,
        resamples=asked.resamples,
        tell=tell,
    )


def make_report(
    register: Register, policy: Policy, asked: Asked, *, today: dt.date, tell: Tell
) -> BacktestReport:
    """Test the contenders on a register and say what came out."""
    contenders = contenders_named(asked.models)
    seen = seen_by(register, policy, asked, today=today, tell=tell)
    made = walk(seen, asked, contenders, tell)
    told = Told(
        window_days=asked.window_days,
        delay_days=asked.delay_days,
        seed=asked.seed,
        pack=seen.view.pack.name,
        rules_on=seen.view.on,
        is_todays_pack=seen.is_todays_pack,
        rejected=len(register.rejected),
        register_digest=register.as_of(seen.day).digest,
        policy_digest=seen.view.digest,
        indicators=indicators_in(seen.panel.features.column_names),
    )
    report = report_of(made, contenders, told)
    return replace(report, said=readings(report))


def keep_report(desk: Desk, hand: Hand, report: BacktestReport) -> str:
    """Store the document; its day is that of the rules it was made by."""
    return keep(desk, behind("backtests", hand), "backtest", report, as_of=report.told.rules_on)


# ── for other programs ────────────────────────────────────────────────────────────────────

IN_MICRO = {
    "value", "low", "high", "worst", "best", "said", "found", "found_low", "found_high",
    "chance_days", "oracle_days", "mean_regret", "by_chance",
}  # fmt: skip


def json_text(report: BacktestReport) -> str:
    """The document with plain numbers instead of 1e-6, and what its parts are called."""
    body = unscaled(report)
    told = body.pop("told")
    body["curves"] = {name: [x / MICRO for x in line] for name, line in report.curves.items()}
    body["names"] = {
        name: {"zh": zh, "en": en, "could_plan": name in report.could_plan}
        for name, (zh, en) in report.names.items()
    }
    body["metrics"] = {m.name: {"zh": m.zh, "en": m.en, "better": m.better} for m in METRICS}
    means, pooled = body.pop("means"), body.pop("pooled")
    body["models"] = {
        name: {"means": means[name], "pooled": pooled.get(name, {})} for name in report.names
    }
    del body["could_plan"]
    return json.dumps(
        {"digest": digest(report), **told, **body}, ensure_ascii=False, indent=1, allow_nan=False
    )


def unscaled(value: Any) -> Any:
    """JSON values of a report; what is counted in 1e-6 becomes a plain number."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {
            name: part / MICRO if name in IN_MICRO and type(part) is int else unscaled(part)
            for name, part in parts.items()
            if part is not None or name not in ("worst", "best")
        }
    if isinstance(value, Mapping):
        return {name: unscaled(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [unscaled(part) for part in value]
    return value.isoformat() if isinstance(value, dt.date) else value
