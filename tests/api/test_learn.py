"""Do results that come back from the form become rates, and does every door say the same?"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from api import steps
from api.app import create_app
from api.cli import run
from api.papers.learnt import learnt_spec, rate_text
from api.settings import Settings
from riskengine.errors import Sentence
from riskengine.policy import read_policy
from scheduler.draw import Draw, Frame
from scheduler.learn import Learnt
from scheduler.quota import Owed
from tests.api.walk import MONTH, set_clock, whole_month
from tests.scheduler.whole_month import DEAR_RATES

RESULTS = ("未发现问题", "发现问题待后续处理", "未发现问题", "已关闭停业或正在组织清算")
LATER = dt.datetime(2027, 1, 4, 2, tzinfo=dt.UTC)


def filled_form(papers: Path) -> pd.DataFrame:
    """结果公示表 after the visits: a result on every line but the last, still to be visited."""
    sheet = CalamineWorkbook.from_path(papers / "检查结果.xlsx").get_sheet_by_name("结果公示表")
    rows = sheet.to_python()
    lines = [row for row in rows[2:] if isinstance(row[0], float)]
    table = pd.DataFrame(lines, columns=rows[1]).drop(columns="检查结果")
    results = [RESULTS[n % len(RESULTS)] for n in range(len(table) - 1)]
    return table.assign(检查结果=[*results, ""])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole month, and its results imported in January from the form the papers hold."""
    folder = tmp_path_factory.mktemp("learn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.steps.read_policy", lambda name: read_policy(name).overlay(DEAR_RATES))
        home = whole_month(folder, patch)
        register = shutil.copytree(folder / "名录", folder / "名录一月")
        filled_form(home / MONTH).to_excel(register / "检查结果.xlsx", index=False)
        set_clock(patch, LATER)
        assert run(["import", str(register), "--home", str(home)]) == 0
        assert run(["learn", "--month", MONTH, "--home", str(home)]) == 0
    return home


@pytest.fixture(scope="module")
def desk(home: Path) -> steps.Desk:
    return steps.open_desk(Settings(data=home))


@pytest.fixture(scope="module")
def learnt(desk: steps.Desk) -> Learnt:
    month = dt.date(2026, 12, 1)
    return steps.learn_from(desk, first=month, last=month, as_of=dt.date(2027, 1, 5))


def document(desk: steps.Desk, kind: str, holder: Any) -> Any:
    kept = desk.store.latest_document(kind)
    assert kept is not None
    return steps.load(desk, kind, kept.digest, holder)


def test_the_form_comes_back_with_the_draw_and_its_probability(
    desk: steps.Desk, home: Path
) -> None:
    frame, drawn = document(desk, "frame", Frame), document(desk, "draw", Draw)
    chances = {row.enterprise_id: row.pi_nano for row in frame.rows}
    kept = desk.store.latest_document("draw")
    table = steps.known_on(desk, dt.date(2027, 1, 5)).tables["inspections"].to_pylist()
    named = [row for row in table if row["draw_digest"]]
    filled = filled_form(home / MONTH)
    asked = set(filled["统一社会信用代码"][:-1]) & set(drawn.selected)
    assert kept is not None and asked
    assert {row["enterprise_id"] for row in named} == asked
    assert {row["draw_digest"] for row in named} == {kept.digest}
    assert {row["enterprise_id"]: row["pi"] for row in named} == {
        one: chances[one] for one in asked
    }


def test_an_owed_visit_keeps_the_draw_it_dates_from(desk: steps.Desk) -> None:
    kept = desk.store.latest_document("draw")
    assert kept is not None
    month = steps.month_of(desk, kept.digest)
    drawn, other = month.draw.selected[0], month.frame.must[0].enterprise_id
    pi = {row.enterprise_id: row.pi_nano for row in month.frame.rows}
    reason = Sentence("no_room", "排不下", "no room")
    owed = tuple(Owed(one, "routine", month.frame.month, reason) for one in (drawn, other))
    later = replace(month, outside=replace(month.outside, owed=owed))
    assert steps.chances_of_owed(desk, later) == {drawn: (kept.digest, pi[drawn])}


def test_the_rates_are_those_of_the_results(learnt: Learnt, desk: steps.Desk, home: Path) -> None:
    frame, drawn = document(desk, "frame", Frame), document(desk, "draw", Draw)
    filled = filled_form(home / MONTH).set_index("统一社会信用代码")["检查结果"]
    results = {one: filled[one] for one in drawn.selected if filled.get(one)}
    bad = {one for one, result in results.items() if result == RESULTS[1]}
    weight = {row.enterprise_id: 10**9 / row.pi_nano for row in frame.rows if row.pi_nano}
    everybody = learnt.lines[0]
    said = everybody.estimate
    assert (everybody.level, everybody.drawn) == ("all", len(drawn.selected))
    assert (said.results, said.findings) == (len(results), len(bad))
    assert everybody.missing == len(drawn.selected) - len(results)
    assert said.listed == sum(row.pi_nano > 0 for row in frame.rows)
    assert said.rate_bp is not None and said.low_bp is not None and said.high_bp is not None
    assert said.low_bp <= said.rate_bp <= said.high_bp
    if everybody.missing == 0:
        ratio = sum(weight[one] for one in bad) / sum(weight[one] for one in results)
        assert said.rate_bp == pytest.approx(10_000 * ratio, abs=1)


def test_visits_outside_the_draw_stand_beside(learnt: Learnt, desk: steps.Desk) -> None:
    frame = document(desk, "frame", Frame)
    assert len(frame.must) == 1
    everybody = learnt.lines[0]
    assert everybody.must_visits == 1
    assert "learnt_beside" in {note.code for note in learnt.notes}
    by_grade = [line for line in learnt.lines if line.level == "grade"]
    assert sum(line.must_visits for line in by_grade) == 1
    assert sum(line.drawn for line in by_grade) == everybody.drawn


def test_the_papers_hold_every_line_and_the_chart_every_interval(
    home: Path, learnt: Learnt, desk: steps.Desk
) -> None:
    rows = CalamineWorkbook.from_path(home / MONTH / "查明情况.xlsx").get_sheet_by_index(0)
    cells = rows.to_python()
    rates = cells[1].index("问题率（95 % 区间）")
    shown = [row[rates] for row in cells[2 : 2 + len(learnt.lines)]]
    assert shown == [rate_text(line.estimate) for line in learnt.lines]
    spec = json.dumps(learnt_spec(learnt, desk.policy.on(learnt.as_of)), ensure_ascii=False)
    drawn = sum(line.estimate.rate_bp is not None for line in learnt.lines)
    assert len(re.findall(r'"low": ', spec)) == drawn > 0
    assert (home / MONTH / "查明情况.svg").read_text("utf-8").startswith("<svg")


def test_too_few_results_are_a_warning_and_no_rate(learnt: Learnt) -> None:
    for line in learnt.lines:
        said = line.estimate
        assert (said.rate_bp is None) == (said.warning is not None)
        assert (said.rate_bp is None) == (said.low_bp is None)


def test_the_service_says_the_same(home: Path, learnt: Learnt) -> None:
    app = create_app(Settings(data=home, token=None), lambda: LATER)
    with TestClient(app, base_url="http://127.0.0.1:8350") as client:
        told = client.get("/estimates", params={"month": MONTH}).json()
        assert told["lines"][0]["estimate"]["rate_bp"] == learnt.lines[0].estimate.rate_bp
        assert len(told["lines"]) == len(learnt.lines)
        assert client.get("/estimates", params={"month": "2026-10"}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ((), "请写一个月"),
        (("--from", "2026-12"), "请写一个月"),
        (("--month", "2026-12", "--from", "2026-12", "--to", "2026-12"), "请写一个月"),
        (("--month", "2026-11"), "还没有抽取"),
    ],
)
def test_learn_says_what_it_needs(
    home: Path, asked: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["learn", *asked, "--home", str(home)]) == 2
    assert why in capsys.readouterr().err


def test_months_together_are_shown_in_both_languages(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, LATER)
    span = ["--from", "2026-11", "--to", "2027-02"]
    assert run(["learn", *span, "--lang", "en", "--home", str(home)]) == 0
    assert "What we learnt" in capsys.readouterr().out
