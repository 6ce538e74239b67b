"""Is a backtest kept as it was made, read honestly, and refused in words where it cannot be?"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from api.backtests import (
    Asked,
    contenders_named,
    json_text,
    make_report,
    models_from,
    rules_for,
    seen_by,
    windows_of,
)
from api.documents import read_document
from riskengine.backtest_report import MICRO, BacktestReport, Figure
from riskengine.backtest_said import earlier_between, readings
from riskengine.contenders import CONTENDER
from riskengine.digest import digest, plain
from riskengine.errors import RiskEngineError
from riskengine.policy import read_policy
from tests.api.past import LABEL, past_register, visits_frame

TODAY = dt.date(2026, 12, 1)
POLICY = read_policy("us-chicago-food")
ASKED = Asked(
    label=LABEL,
    windows=2,
    window_days=100,
    models=("practice", "past_findings", "card"),
    resamples=60,
)


def report_from(folder: Path, asked: Asked = ASKED) -> BacktestReport:
    return make_report(
        past_register(folder), POLICY, asked, today=TODAY, tell=lambda done, steps, what: None
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BacktestReport:
    return report_from(tmp_path_factory.mktemp("backtest") / "past")


def test_the_document_reads_back_as_it_was(report: BacktestReport) -> None:
    assert digest(read_document("backtest", plain(report))) == digest(report)


def test_the_same_register_and_seed_give_the_same_document(
    report: BacktestReport, tmp_path: Path
) -> None:
    assert digest(report_from(tmp_path / "past")) == digest(report)


def test_the_planted_risk_is_found_and_todays_practice_does_not_know_it(
    report: BacktestReport,
) -> None:
    auc = {name: found["auc"].value or 0 for name, found in report.means.items()}
    assert report.best in ("past_findings", "card")
    assert auc["practice"] < 600_000 < auc[report.best]
    assert report.means["practice"]["days_earlier"].value == 0


def test_other_programs_read_plain_numbers(report: BacktestReport) -> None:
    body = json.loads(json_text(report))
    assert body["digest"] == digest(report)
    window, kept = body["windows"][0], report.windows[0]
    assert window["first"] == kept.first.isoformat()
    assert window["learnt_from"] == kept.learnt_from and body["findings"] == report.findings
    for name, found in kept.models.items():
        for metric, figure in found.items():
            shown = window["models"][name][metric]
            assert shown["value"] == pytest.approx((figure.value or 0) / MICRO)
            assert ("worst" in shown) == (figure.worst is not None)
    assert window["chance_days"] < window["oracle_days"]
    assert body["chosen"]["model"] in body["names"]
    mean = body["models"]["card"]["means"]["auc"]["value"]
    assert mean == pytest.approx((report.means["card"]["auc"].value or 0) / MICRO)
    assert 0.5 < body["models"]["card"]["pooled"]["auc"]["low"] < 1


def test_curves_begin_at_nothing_and_end_with_every_finding(report: BacktestReport) -> None:
    for line in report.curves.values():
        assert line[0] == 0 and line[-1] == MICRO and list(line) == sorted(line)


def test_intervals_of_shares_lie_between_nothing_and_all(report: BacktestReport) -> None:
    parts = [
        end
        for found in report.means.values()
        for metric, figure in found.items()
        for end in (figure.low, figure.high)
        if metric != "days_earlier" and end is not None
    ]
    assert parts and min(parts) >= 0 and max(parts) <= MICRO


def test_a_figure_lies_within_what_orders_of_equal_scores_give(report: BacktestReport) -> None:
    for found in report.means.values():
        for metric in ("precision_10", "first_half"):
            figure = found[metric]
            assert None not in (figure.worst, figure.value, figure.best)
            assert (figure.worst or 0) - 1 <= (figure.value or 0) <= (figure.best or 0) + 1


def test_one_window_has_its_own_figures_and_no_choice(tmp_path: Path) -> None:
    rules = ("practice", "past_findings")
    one = report_from(tmp_path / "past", replace(ASKED, windows=1, models=rules))
    assert one.means == one.windows[0].models and one.differences == one.windows[0].differences
    assert one.chosen is None
    assert "backtest_one_window" in codes(one)


def test_findings_that_come_later_are_said_to_bug(report: BacktestReport) -> None:
    """It read “提前 -13.3 天”."""
    means = {name: dict(found) for name, found in report.means.items()}
    late = Figure(-13_300_000, -15_000_000, -11_000_000)
    means[report.best] |= {"days_earlier": late}
    said = next(s for s in readings(replace(report, means=means)) if s.code == "backtest_days")
    assert "平均推迟 13.3 天（推迟 11.0–15.0 天）" in said.zh and "-13" not in said.zh
    assert "13.3 days later" in said.en
    either = earlier_between(-1_200_000, 3_000_000)
    assert either.zh == "推迟 1.2 天到提前 3.0 天"
    assert either.en == "1.2 days later to 3.0 days earlier"


def codes(report: BacktestReport) -> list[str]:
    return [one.code for one in readings(report)]


def test_what_a_reader_must_not_forget_is_said(report: BacktestReport) -> None:
    said = codes(report)
    assert {"backtest_days", "backtest_selective", "backtest_officers", "backtest_many"} <= set(
        said
    )
    assert "backtest_few_windows" in said and "backtest_no_officers" not in said
    assert "backtest_today" not in said


def test_every_rival_is_told_once_for_each_metric(report: BacktestReport) -> None:
    told = [one for one in readings(report) if one.code in ("backtest_better", "backtest_alike")]
    for name, (zh, en) in report.names.items():
        if name != report.best:
            assert sum(f"“{zh}”（" in one.zh for one in told) == 2
            assert sum(f"“{en}” (" in one.en for one in told) == 2


def test_without_officers_nothing_is_said_within_them(tmp_path: Path) -> None:
    nobody = visits_frame().assign(group="")
    register = past_register(tmp_path / "past", nobody)
    rules = replace(ASKED, models=("practice", "past_findings"))
    made = make_report(register, POLICY, rules, today=TODAY, tell=lambda *_: None)
    assert "backtest_no_officers" in codes(made)
    assert all("within_auc" not in found for found in made.means.values())


def test_a_pack_younger_than_the_visits_is_that_of_today() -> None:
    young = read_policy("cn-transport")
    view, is_todays = rules_for(young, dt.date(1999, 1, 1), TODAY)
    assert is_todays and view.on == TODAY
    assert rules_for(young, TODAY, dt.date(2030, 1, 1)) == (young.on(TODAY), False)


@pytest.mark.parametrize("name", CONTENDER)
def test_a_contender_may_be_called_as_the_tables_call_it_bug(name: str) -> None:
    one = CONTENDER[name]
    for title in (one.zh, one.en, one.en.upper(), one.zh.replace("（", "(").replace("）", ")")):
        assert models_from(f"practice，{title}、card") == ("practice", name, "card")
    with pytest.raises(RiskEngineError, match="没有叫"):
        models_from(f"{one.zh}x")


def test_windows_may_begin_on_days_that_are_given(tmp_path: Path) -> None:
    seen = seen_by(
        past_register(tmp_path / "past"), POLICY, ASKED, today=TODAY, tell=lambda *_: None
    )
    days = (dt.date(2026, 1, 1), dt.date(2025, 11, 1), dt.date(2026, 1, 1))
    windows = windows_of(seen.panel, replace(ASKED, starts=days, window_days=30, delay_days=7))
    assert [one.first for one in windows] == [dt.date(2025, 11, 1), dt.date(2026, 1, 1)]
    assert windows[0].learnt_before == dt.date(2025, 10, 25)


@pytest.mark.parametrize(
    ("asked", "visits", "code"),
    [
        (replace(ASKED, label="serious > 0"), None, "backtest_one_answer"),
        (replace(ASKED, window_days=5), None, "backtest_too_little"),
        (replace(ASKED, models=("crystal_ball",)), None, "backtest_no_model"),
        (replace(ASKED, windows=0), None, "backtest_no_window"),
        (replace(ASKED, delay_days=10**8), None, "backtest_beyond"),
        (replace(ASKED, window_days=10**8), None, "backtest_beyond"),
        (ASKED, visits_frame().head(0), "backtest_no_visits"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_a_reason(
    tmp_path: Path, asked: Asked, visits: pd.DataFrame | None, code: str
) -> None:
    register = past_register(tmp_path / "past", visits)
    with pytest.raises(RiskEngineError) as refusal:
        make_report(register, POLICY, asked, today=TODAY, tell=lambda *_: None)
    assert refusal.value.code == code


def test_a_label_that_means_nothing_is_not_asked() -> None:
    with pytest.raises(RiskEngineError) as refusal:
        Asked(label="weather > 3")
    assert refusal.value.code == "finding_unreadable"


@pytest.mark.parametrize("models", [("practice",), ("past_findings",)])
def test_one_way_alone_is_measured_and_nothing_is_chosen_bug(
    tmp_path: Path, models: tuple[str, ...]
) -> None:
    report = report_from(tmp_path / "past", replace(ASKED, models=models))
    assert set(report.names) == set(models) and report.chosen is None
    assert not [one for one in report.said if "下一段" in one.zh]


def test_contenders_keep_the_order_in_which_they_are_shown() -> None:
    assert [one.name for one in contenders_named(("card", "practice"))] == ["practice", "card"]
    assert len(contenders_named(())) > 5


def test_the_page_explains_every_contender_and_every_figure() -> None:
    from api.papers.backtest import EXPLAINED, WAYS
    from api.papers.backtest_charts import COLOURS
    from api.show_backtest import SHORT
    from riskengine.metrics import METRICS

    names = [metric.name for metric in METRICS]
    assert set(WAYS) == set(COLOURS) == set(CONTENDER)
    assert set(EXPLAINED) == set(SHORT) == set(names)
