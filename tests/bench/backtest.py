"""How early would findings have been made on public registers, and how far can that be trusted?

``python -m tests.bench.backtest [--only chicago_window,chicago,sf,hud]`` prints one JSON line for
each: Chicago's published window (the City's 1,637 visits, beside the City's own scores), Chicago
walk-forward (the City's visits, windows of 60 days), San Francisco (score ≤ 85) and the inspections
of housing before 2018 (score < 60, the last two years). One recipe for all four
(`riskengine.contenders`): its settings come from the reference and from Chicago's windows before
2014-09; the published window had been seen in trials of features, and nothing was kept or dropped
for what it said. Every figure with its interval.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from riskengine.backtest import Backtest, Window, backtest, windows_back, windows_from
from riskengine.contenders import CONTENDERS, Contender, Visits
from riskengine.mapping import read_mapping
from riskengine.panel import Panel, leaking, panel_of, with_finding
from riskengine.policy import read_policy
from riskengine.register import Register, read_register

DATA = Path(__file__).parents[3] / "shared/data"
MAPPINGS = Path(__file__).with_name("mappings")
PUBLISHED = Window(dt.date(2014, 9, 2), dt.date(2014, 11, 1), dt.date(2014, 4, 17))
FIRSTS = [dt.date(year, month, 1) for year in (2012, 2013, 2014) for month in range(1, 13, 2)]
CHICAGO = [first for first in FIRSTS if dt.date(2012, 9, 1) <= first <= dt.date(2014, 9, 1)]


def read(folder: str, finding: str) -> tuple[Register, Panel, Any]:
    """A shared register, what was known before each visit, and the example pack's card."""
    mapping = read_mapping(MAPPINGS / f"{folder}.yaml")
    register = read_register(DATA / folder, mapping=mapping)
    view = read_policy("us-chicago-food").on(dt.date(2026, 1, 1))
    return register, panel_of(register, with_finding(view.scorecard.features, finding)), view


def city_scores(panel: Panel) -> list[float | None]:
    """The City's published score of each visit of the panel; it scored 18,712 of the 27,600."""
    names = ["Inspection_ID", "cdph_model_score"]
    table = pq.read_table(DATA / "chicago_food/canvass_inspections.parquet", columns=names)
    ids = [str(one) for one in table[names[0]].to_pylist()]
    score = dict(zip(ids, table[names[1]].to_pylist(), strict=True))
    return [score[one] for one in panel.table["fact_id"].to_pylist()]


def chicago_window() -> tuple[Backtest, Register, Panel]:
    register, panel, view = read("chicago_food", "serious > 0")
    score = dict(zip(panel.table["fact_id"].to_pylist(), city_scores(panel), strict=True))

    def city(_: None, asked: Visits) -> Any:
        return np.array([score[one] for one in asked.fact_id], float)

    contenders = [
        *CONTENDERS,
        Contender(
            "city_published", "该市公布的评分", "the City's scores", city, knows_officers=True
        ),
    ]
    keep = np.array([one is not None for one in score.values()])
    found = run(register, panel, [PUBLISHED], view, contenders=contenders, keep=keep)
    return found, register, panel


def chicago() -> tuple[Backtest, Register, Panel]:
    register, panel, view = read("chicago_food", "serious > 0")
    keep = np.array([one is not None for one in city_scores(panel)])
    windows = windows_from(CHICAGO, window_days=60)
    return run(register, panel, windows, view, keep=keep), register, panel


def sf() -> tuple[Backtest, Register, Panel]:
    register, panel, view = read("sf_food", "score <= 85")
    return run(register, panel, back(panel, 6, 60), view), register, panel


def hud() -> tuple[Backtest, Register, Panel]:
    register, panel, view = read("hud_reac", "score < 60")
    return run(register, panel, back(panel, 8, 91), view), register, panel


SETS = {"chicago_window": chicago_window, "chicago": chicago, "sf": sf, "hud": hud}


def back(panel: Panel, windows: int, days: int) -> Sequence[Window]:
    last: dt.date = panel.visited_on.max().astype(object)
    return windows_back(last, windows=windows, window_days=days)


def run(
    register: Register, panel: Panel, windows: Sequence[Window], view: Any, **more: Any
) -> Backtest:
    rng = np.random.default_rng(20261129)
    return backtest(register, panel, windows, card=view.scorecard, rng=rng, **more)


def line(name: str, found: Backtest, leaks: Sequence[str], seconds: float) -> dict[str, Any]:
    only = found.outcomes[0] if len(found.outcomes) == 1 else None
    figures = only.figures if only else found.means
    told = {
        model: {
            metric: [None if x is None else round(x, 4) for x in (i.value, i.low, i.high)]
            for metric, i in by_metric.items()
        }
        for model, by_metric in figures.items()
    }
    planners = [one for one in told if one not in ("challenger_told", "city_published", "practice")]
    best = max(planners, key=lambda one: told[one]["auc"][0] or 0)
    card = max(("card", "wide_card"), key=lambda one: told[one]["auc"][0] or 0)
    return {
        "set": name,
        "label": found.label_text,
        "windows": len(found.outcomes),
        "passed_over": len(found.passed),
        "rows": sum(o.rows for o in found.outcomes),
        "findings": sum(o.findings for o in found.outcomes),
        "best": best,
        "best_auc": told[best]["auc"],
        "card": card,
        "card_auc": told[card]["auc"],
        "ratio_to_past_findings": round(told[best]["auc"][0] / told["past_findings"]["auc"][0], 3),
        "chance_days": round(float(np.mean([o.chance_days for o in found.outcomes])), 2),
        "oracle_days": round(float(np.mean([o.oracle_days for o in found.outcomes])), 2),
        "leaks": list(leaks),
        "seconds": round(seconds, 1),
        "models": told,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", default=",".join(SETS))
    arguments.add_argument("--json", type=Path)
    asked = arguments.parse_args()
    lines = []
    for name in asked.only.split(","):
        begun = time.perf_counter()
        found, register, panel = SETS[name]()
        seconds = time.perf_counter() - begun
        lines.append(line(name, found, leaking(register, panel), seconds))
        print(json.dumps(lines[-1], ensure_ascii=False), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(lines, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
