"""Does a backtest judge each way of choosing on visits it had not seen?"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from riskengine.backtest import backtest, in_window, windows_back, windows_from
from riskengine.contenders import (
    CONTENDER,
    CONTENDERS,
    Contender,
    Visits,
    card_directions,
    directions_of,
)
from riskengine.errors import BadRegister
from riskengine.features import AROUND, FEATURE
from riskengine.fields import schema_of, table_of_fields
from riskengine.panel import INDICATOR, panel_of, with_finding
from riskengine.register import Register, register_from_tables
from tests.riskengine.build import CARD, POLICY

RULES = with_finding(POLICY.scorecard.features, "result == problem_pending")
FIRST = dt.date(2024, 1, 1)
SIMPLE = tuple(CONTENDER[name] for name in ("practice", "past_findings", "last_result", "card"))


def county(seed: int = 7) -> Register:
    """300 enterprises, a quarter of them careless: visited every other month for two years."""
    rng = np.random.default_rng(seed)
    ids = [f"E{n:03d}" for n in range(300)]
    careless = rng.random(300) < 0.25
    rows = []
    for month in range(12):
        for n, shop in enumerate(ids):
            on = FIRST + dt.timedelta(days=int(month * 60 + rng.integers(0, 55)))
            bad = rng.random() < (0.5 if careless[n] else 0.05)
            result = "problem_pending" if bad else "no_problem"
            rows.append(
                {"fact_id": f"{shop}-{month}", "enterprise_id": shop, "occurred_on": on,
                 "known_on": on + dt.timedelta(days=3), "kind": "routine", "result": result,
                 "inspectors": f"G{n % 3}"}
            )  # fmt: skip
    enterprises = [
        {"enterprise_id": shop, "name": f"示例{shop}", "sector": "freight",
         "township": f"示例{n % 5}镇", "known_on": FIRST, "vehicles": 5}
        for n, shop in enumerate(ids)
    ]  # fmt: skip
    needed = [info.name for info in table_of_fields().values() if info.is_required]
    tables: dict[str, Any] = {name: schema_of(name).empty_table() for name in needed}
    tables |= {"enterprises": pd.DataFrame(enterprises), "inspections": pd.DataFrame(rows)}
    return register_from_tables(tables)


@pytest.fixture(scope="module")
def tested() -> Any:
    register = county()
    panel = panel_of(register, RULES)
    last = panel.visited_on.max().astype(object)
    windows = windows_back(last, windows=3, window_days=120, delay_days=7)
    rng = np.random.default_rng(1)
    found = backtest(register, panel, windows, card=CARD, rng=rng, contenders=SIMPLE, resamples=50)
    return register, panel, windows, found


def test_a_record_that_tells_is_worth_more_than_the_order_of_today(tested: Any) -> None:
    *_, found = tested
    auc = {name: figures["auc"].value for name, figures in found.means.items()}
    assert auc["card"] > 0.65 > 0.55 > auc["practice"]
    assert found.means["card"]["days_earlier"].value > 5
    assert abs(found.means["practice"]["days_earlier"].value) < 1e-9
    assert found.chosen is not None and found.chosen.model != "practice"
    assert found.passed == () and len(found.outcomes) == 3


def test_what_is_learnt_from_was_known_before_the_window(tested: Any) -> None:
    register, panel, windows, _ = tested
    seen: list[tuple[Visits, Visits]] = []

    def watch(known: Visits, asked: Visits) -> Any:
        seen.append((known, asked))
        return np.zeros(asked.rows)

    watcher = Contender("watch", "看", "watch", watch, lambda known: known)
    rng = np.random.default_rng(1)
    backtest(register, panel, windows, card=CARD, rng=rng, contenders=[watcher], resamples=10)
    for window, (known, asked) in zip(windows, seen, strict=True):
        # a result takes three days to come in, and the window begins a week later
        assert known.visited_on.max() < np.datetime64(window.learnt_before) - 3
        assert in_window(asked.visited_on, window).all()
        assert not set(known.fact_id) & set(asked.fact_id)


def test_results_of_the_window_do_not_change_a_score(tested: Any) -> None:
    """Were a label of the window looked at, turning some of them would show."""
    register, panel, windows, found = tested
    table = register.tables["inspections"]
    on = table["occurred_on"].to_numpy().astype("datetime64[D]")
    result = table["result"].to_numpy(zero_copy_only=False).copy()
    late = np.flatnonzero(in_window(on, windows[-1]))[::5]
    result[late] = "problem_pending"
    place = table.column_names.index("result")
    turned = table.set_column(place, "result", pa.array(result))
    again = backtest(
        Register({**register.tables, "inspections": turned}), panel, windows[-1:], card=CARD,
        rng=np.random.default_rng(1), contenders=SIMPLE, resamples=10,
    )  # fmt: skip
    then, now = found.outcomes[-1], again.outcomes[0]
    assert now.findings > then.findings
    assert all((now.scores[one.name] == then.scores[one.name]).all() for one in SIMPLE)


def test_where_windows_are_too_small_the_refusal_says_which_do_bug(tested: Any) -> None:
    """It said to make them longer or fewer, without a number."""
    register, panel, *_ = tested
    last = panel.visited_on.max().astype(object)
    rules = {"card": CARD, "rng": np.random.default_rng(1), "contenders": SIMPLE[:1]}
    small = windows_back(last, windows=6, window_days=10, delay_days=7)
    with pytest.raises(BadRegister) as refusal:
        backtest(register, panel, small, **rules)
    wording = r"--windows (\d+) --window-days (\d+)"
    found = re.search(wording, refusal.value.sentence.zh)
    assert found and re.search(wording, refusal.value.sentence.en)
    windows, days = map(int, found.groups())
    assert windows > 2
    larger = windows_back(last, windows=windows, window_days=days, delay_days=7)
    assert backtest(register, panel, larger, resamples=10, **rules).passed == ()


def test_where_no_windows_do_a_longer_record_is_asked_for(tested: Any) -> None:
    register, panel, *_ = tested
    last = panel.visited_on.max().astype(object)
    late = windows_back(last, windows=1, window_days=10, delay_days=3650)
    with pytest.raises(BadRegister, match=r"不论多长都不够.*import a longer record"):
        backtest(register, panel, late, card=CARD, rng=np.random.default_rng(1))


def test_windows_are_half_open_and_end_with_the_last_visit() -> None:
    windows = windows_back(dt.date(2026, 3, 1), windows=2, window_days=30, delay_days=10)
    assert windows[-1].end == dt.date(2026, 3, 2)
    assert windows[0].end == windows[1].first
    assert windows[0].learnt_before == windows[0].first - dt.timedelta(days=10)
    one = windows_from([dt.date(2024, 2, 28)], window_days=2)[0]
    assert in_window(np.array(["2024-02-29", "2024-03-01"], "datetime64[D]"), one).tolist() == [
        True, False,
    ]  # fmt: skip


def test_windows_too_small_are_said_with_what_would_mend_it(tested: Any) -> None:
    register, panel, *_ = tested
    windows = windows_from([FIRST + dt.timedelta(days=300)], window_days=3)
    with pytest.raises(BadRegister) as refused:
        backtest(register, panel, windows, card=CARD, rng=np.random.default_rng(1))
    assert "--window-days" in refused.value.sentence.zh


def test_contenders_that_need_officers_are_left_out_without_any(tested: Any) -> None:
    register, panel, windows, _ = tested
    nameless = replace(
        panel,
        table=panel.table.set_column(
            panel.table.column_names.index("group"), "group", pa.array([""] * len(panel.table))
        ),
    )
    needing = Contender("g", "组", "group", lambda known, asked: 1 / 0, needs_officers=True)
    found = backtest(
        register, nameless, windows[-1:], card=CARD, rng=np.random.default_rng(1),
        contenders=[SIMPLE[1], needing], resamples=10,
    )  # fmt: skip
    assert set(found.means) == {"past_findings"}


def test_a_card_sees_what_is_around_only_when_asked_and_never_the_number_of_visits() -> None:
    own = card_directions(FEATURE, with_around=False)
    wide = card_directions(FEATURE, with_around=True)
    assert set(wide) - set(own) == set(AROUND)
    assert "visits_known" not in wide
    assert set(own.values()) <= {"up", "down"}


def test_an_indicator_is_for_the_challenger_alone() -> None:
    """Nobody has said which way it is worse, so no points hang on it."""
    names = ["findings_known", "sector", f"{INDICATOR}车龄"]
    assert directions_of(names) == {
        "findings_known": "up", "sector": "category", f"{INDICATOR}车龄": "free",
    }  # fmt: skip
    assert card_directions(names, with_around=True) == {"findings_known": "up"}


def test_every_contender_has_a_name_in_both_languages() -> None:
    assert len({one.name for one in CONTENDERS}) == len(CONTENDERS)
    assert all(one.zh and one.en and one.zh != one.en for one in CONTENDERS)
