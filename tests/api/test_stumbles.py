"""Does a supervisor who slips get a sentence, and nothing quietly left out?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from api import show
from api.cli import REFUSED, refused, run
from api.typed import NamedEvent, event_from, matrix_from, must_from, news_from
from api.wire import AskRepair
from riskengine.errors import BadRegister, RiskEngineError, sentence
from riskengine.register import read_register
from scheduler.beacon import round_at
from scheduler.quota import fitted
from scheduler.shares import M
from tests.api import walk

DUE = "2026-11-29T21:15:00+08:00"
HEADER = "企业代码,类型,理由\n"


def refusal_of_must(folder: Path, text: str) -> RiskEngineError:
    """How a file of visits outside the draw is refused."""
    path = folder / "必查.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RiskEngineError) as refusal:
        must_from(path)
    return refusal.value


@pytest.mark.parametrize("text", ["", "a,b\n", HEADER, "9113,个案,群众投诉\n9114,专项,整治\n"])
def test_a_list_of_visits_without_headers_or_rows_is_not_taken_for_none(
    tmp_path: Path, text: str
) -> None:
    assert refusal_of_must(tmp_path, text).sentence.code == "must_unheaded"


def test_days_written_the_wrong_way_round_are_called_reversed_bug() -> None:
    """They were said not to lie in the month."""
    for absent, closed in (
        (["P03:2026-12-14..2026-12-10"], []),
        ([], ["E1:2026-12-14..2026-12-10"]),
    ):
        with pytest.raises(RiskEngineError) as refusal:
            news_from(absent, closed, [])
        assert refusal.value.sentence.code == "days_reversed"
        assert "2026-12-10..2026-12-14" in refusal.value.sentence.zh


def test_reversed_days_are_called_so_over_http_too() -> None:
    span = {"first": "2026-12-14", "last": "2026-12-10"}
    asked = AskRepair.model_validate(
        {
            "by": "示例队长", "roster": "0" * 64, "today": "2026-12-01",
            "absent": [{"inspector_id": "P03"} | span],
        }
    )  # fmt: skip
    with pytest.raises(RiskEngineError) as refusal:
        asked.news()
    assert refusal.value.sentence.code == "days_reversed"


def test_a_visit_whose_reason_holds_a_comma_is_not_left_out(tmp_path: Path) -> None:
    refusal = refusal_of_must(tmp_path, HEADER + "9113,个案,群众投诉\n9114,个案,超载,未整改\n")
    assert refusal.sentence.code == "must_unreadable"
    assert "9114,个案,超载,未整改" in refusal.sentence.zh


def test_a_travel_time_with_a_cell_too_many_is_not_left_out(tmp_path: Path) -> None:
    path = tmp_path / "路程.csv"
    path.write_text("from_id,to_id,minutes\na,b,10\nb,a,10,往返\n", encoding="utf-8")
    with pytest.raises(RiskEngineError, match="往返"):
        matrix_from(path)


def test_a_round_and_a_time_that_differ_are_refused_not_one_of_them_dropped() -> None:
    with pytest.raises(RiskEngineError) as refusal:
        event_from(NamedEvent("drand", due=DUE, round=99_999_999), "prepare")
    assert refusal.value.sentence.code == "round_time"
    number = round_at("quicknet", dt.datetime.fromisoformat(DUE))
    assert event_from(NamedEvent("drand", due=DUE, round=number), "prepare").round == number


def test_a_refusal_says_the_time_of_the_wall_clock(capsys: pytest.CaptureFixture[str]) -> None:
    early = sentence(
        "event_not_due", name="x", due_at="2026-11-29T07:00:00Z", entered_at="2026-11-29T06:00:00Z"
    )
    refused(early)
    said = capsys.readouterr().err
    assert "2026-11-29 15:00（北京时间）" in said
    assert "T07:00:00Z" not in said


def test_a_file_in_place_of_the_folder_is_not_called_missing(tmp_path: Path) -> None:
    path = tmp_path / "企业名录.csv"
    path.touch()
    with pytest.raises(BadRegister, match="不是文件夹"):
        read_register(path)


def test_a_month_without_officers_is_not_blamed_on_owed_visits() -> None:
    (conflict,) = fitted({"E1": M // 2}, 0, 0)[2]
    assert conflict.code == "quota_no_officers"


def test_a_path_with_a_space_can_be_pasted() -> None:
    said = show.promised("示例甲", "0" * 64, Path("U 盘/甲.txt"), "zh")
    assert '--reveal "示例甲=U 盘/甲.txt"' in str(said)


def test_an_event_after_the_month_is_refused_and_rounding_up_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    walk.set_clock(monkeypatch, walk.BEFORE)
    folder = walk.register_folder(tmp_path / "名录")
    assert run(["import", str(folder), "--home", str(home)]) == 0
    assert run(walk.prepare(home, "--event-due", "2027-01-05T21:15+08:00")) == 2
    said = capsys.readouterr()
    assert "2026-12 已经过去" in said.err
    assert "向上取整为 1 家" in said.out.replace("\n", "")


@pytest.mark.parametrize("option", ["--plan-again", "--seats-again"])
def test_seats_frozen_with_the_wrong_event_can_be_frozen_again_until_it_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    home, register = tmp_path / "data", walk.register_folder(tmp_path / "名录")
    walk.set_clock(monkeypatch, walk.BEFORE)
    assert run(["import", str(register), "--home", str(home)]) == 0
    assert run(walk.prepare(home)) == 0
    walk.set_clock(monkeypatch, walk.BETWEEN)
    assert run(walk.settle(home, due="2026-11-29T21:15+08:00")) == 0
    capsys.readouterr()
    assert run(walk.settle(home)) == REFUSED
    assert run([*walk.settle(home), option, "事件写错了"]) == 0
    walk.set_clock(monkeypatch, walk.AFTER)
    assert run([*walk.settle(home, due="2026-12-02T21:15+08:00"), option, "不满意"]) == REFUSED
    assert run(walk.staff(home)) == 0
    assert run(walk.publish(home)) == 0
    assert run(["verify", str(home / walk.MONTH / "bundle-sealed.json")]) == 0
    capsys.readouterr()


def test_a_month_without_routes_is_told_as_such_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It had an empty list of prices, a curve of -100 %, and a pool of nobody guessed at 100 %."""
    home, register = tmp_path / "data", walk.register_folder(tmp_path / "名录")
    officers = register / "执法人员.csv"
    table = pd.read_csv(officers, dtype=str, encoding="gb18030").assign(有效期至="2026-01-31")
    table.to_csv(officers, index=False, encoding="gb18030")
    walk.set_clock(monkeypatch, walk.BEFORE)
    assert run(["import", str(register), "--home", str(home)]) == 0
    assert run(walk.prepare(home)) == 0
    walk.set_clock(monkeypatch, walk.BETWEEN)
    capsys.readouterr()
    assert run(walk.settle(home)) == 0
    said = capsys.readouterr().out.replace("\n", "")
    assert "没有要查的企业" in said and "没有席位要抽" in said and "100 %" not in said
    for command in ("price-list", "guess-curve"):
        assert run([command, "--month", walk.MONTH, "--home", str(home)]) == REFUSED
        refused = capsys.readouterr().err
        assert "没有要查的企业" in refused and "Nothing is to be visited" in refused


def test_an_appointment_no_team_can_keep_is_rejected_with_its_row_and_headers_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheet names fields as the spreadsheet does, and the register's name beside."""
    home, register = tmp_path / "data", walk.register_folder(tmp_path / "名录")
    path = register / "联查约定.csv"
    table = pd.read_csv(path, dtype=str, encoding="gb18030")
    table["约定日期"], table["最晚开始"] = "2026-12-06", ""
    table.to_csv(path, index=False, encoding="gb18030")
    walk.set_clock(monkeypatch, walk.BEFORE)
    assert run(["import", str(register), "--home", str(home)]) == 0
    book = CalamineWorkbook.from_path(home / "拒收行.xlsx")
    rows = [row for row in book.get_sheet_by_index(0).to_python() if row[0] == "联查约定.csv"]
    assert rows[0][1:5] == ["联查约定（appointments）", 2, "约定日期（agreed_on）", "2026-12-06"]
    assert "不是工作日" in rows[0][5] and "Sunday" in rows[0][6]


def test_a_rate_above_the_whole_is_told_in_times_a_year_bug() -> None:
    assert (show.yearly(1000, "zh"), show.yearly(2000, "zh")) == ("100 %", "全部查到，每年 2 次")
    assert show.yearly(1250, "en") == "all of them, 1.25 times a year"
