"""Does a supervisor who slips get a sentence, and nothing quietly left out?"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from api import show
from api.cli import REFUSED, refused, run
from api.typed import NamedEvent, day_of, event_from, matrix_from, must_from, news_from
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


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["backtest", "x", "--windows", "six"], "不能写“six”，要写不小于 1 的整数", "or more"),
        (["simulate", "--months", "99"], "要写 1 到 60 的整数", "from 1 to 60"),
        (["backtest", "x", "--cut", "year"], "要写 visit, month 之一", "one of visit, month"),
        (["explain", "--as-of", "2026-12-01"], "缺少“企业代码或名称”（ENTERPRISE）", "id or name)"),
        (["explain", "a", "b", "--as-of", "2026-12-01"], "多写了“b”", "“b” is too much"),
        (["drift", "--as-of"], "--as-of 后面没有写内容", "Nothing stands after"),
        (["contest", "rule", "x", "--upheld=3"], "--upheld 后面不用写内容", "Nothing belongs"),
        (["backtest", "--window", "3"], "是不是 --window-days, --windows？", "is it --window-days"),
        (["contest", "fil"], "没有“fil”这条命令（是不是 file？）", "(is it file?)"),
        (["formul"], "没有“formul”这条命令（是不是 formula？）", "“formul” (is it formula?)"),
        (["xyz"], "没有“xyz”这条命令；可用的命令见", "There is no command “xyz”; "),
        (["verify", "."], "“.”是文件夹，这里要写一个文件，如 bundle.json", "such as bundle.json"),
    ],
)  # fmt: skip
def test_a_mistyped_option_has_no_english_in_its_chinese_half_bug(
    capsys: pytest.CaptureFixture[str], words: list[str], zh: str, en: str
) -> None:
    """It held the parser's own words, as “Input should be greater than or equal to 1”."""
    assert run(words) == REFUSED
    first, second = capsys.readouterr().err.strip().splitlines()
    assert zh in first and en in second
    assert not re.search("[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+", first)


@pytest.mark.parametrize(
    ("text", "words"), [("2026-02-29", "没有“2026-02-29”这一天"), ("2010", "写成")]
)
def test_a_day_that_does_not_exist_is_not_called_unreadable_bug(text: str, words: str) -> None:
    with pytest.raises(RiskEngineError, match=words):
        day_of(text)


def test_a_wrong_day_makes_no_data_folder_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["drift", "--as-of", "2010"]) == REFUSED
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told_in_chinese_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backtest", "x", "--json", str(tmp_path / "none" / "o.json")]) == REFUSED
    assert "没有这个文件或文件夹" in capsys.readouterr().err


def test_explaining_somebody_by_name_or_too_early_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name was refused, and a day before the first grading “nothing has been graded”."""
    home, register = tmp_path / "data", walk.register_folder(tmp_path / "名录")
    walk.set_clock(monkeypatch, walk.BEFORE)
    at_home = ["--home", str(home)]
    table = pd.read_csv(register / "企业名录.csv", dtype=str, encoding="gb18030")
    table.loc[2, "企业名称"] = table.loc[1, "企业名称"]
    table.to_csv(register / "企业名录.csv", index=False, encoding="gb18030")
    assert run(["import", str(register), *at_home]) == 0
    assert run(["grade", "--as-of", "2026-11-25", *at_home]) == 0
    number, name = table.loc[0, ["统一社会信用代码", "企业名称"]]
    capsys.readouterr()
    assert run(["explain", name, "--as-of", "2026-11-25", *at_home]) == 0
    assert capsys.readouterr().out.startswith(f"{name}（{number}）评定为")
    assert run(["explain", table.loc[1, "企业名称"], "--as-of", "2026-11-26", *at_home]) == REFUSED
    said = capsys.readouterr().err
    assert "要写明是哪一个企业代码" in said
    assert all(table.loc[row, "统一社会信用代码"] in said for row in (1, 2))
    assert run(["explain", number, "--as-of", "2010-01-01", *at_home]) == REFUSED
    assert "最早的一次是 2026-11-25" in capsys.readouterr().err
    assert run(["explain", number, "--as-of", "2026-11-26", *at_home]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "2026-11-26 还没有评级" in first and "2026-11-25" in first
    assert second.startswith(f"{name}（{number}）评定为")
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number.lower())
    assert run(["explain", f" {wide} ", "--as-of", "2026-11-25", *at_home]) == 0
    assert capsys.readouterr().out.startswith(f"{name}（{number}）评定为")
    assert run(["explain", " ", "--as-of", "2026-11-25", *at_home]) == REFUSED
    assert "没有写是哪个企业" in capsys.readouterr().err
    assert run(["explain", number, "--as-of", "2026-11-25", *at_home, "--pack", "eu-2014-47"]) == 2
    assert "riskengine formula eu-2014-47" in capsys.readouterr().err
    assert run(["contest", "rule", "abc", "--ground", "x", "--by", "y", "--upheld", *at_home]) == 2
    assert "contest list" in capsys.readouterr().err
    fact = pd.read_csv(register / "检查记录.csv", dtype=str, encoding="gb18030").iloc[0]
    filed = ["--table", "检查记录", "--fact", fact.iloc[0], "--who", "王某", "--reason", "写错"]
    whose = fact["统一社会信用代码"]
    assert run(["contest", "file", whose, *filed, "--by", "李某", *at_home]) == 0
    called = table.set_index("统一社会信用代码").loc[whose, "企业名称"]
    assert f"{called}（{whose}）" in capsys.readouterr().out.replace("\n", "")


READING = {
    "explain": ["E1", "--as-of", "2026-12-01"],
    "grade": ["--as-of", "2026-12-01"],
    "drift": ["--as-of", "2026-12-01"],
    "backtest": [],
    "why": ["--month", "2026-12", "--nothing-fits"],
    "price-list": ["--month", "2026-12"],
    "guess-curve": ["--month", "2026-12"],
    "receipt": ["--month", "2026-12", "--all"],
    "learn": ["--month", "2026-12"],
    "repair": ["--month", "2026-12"],
    "simulate": [],
    "contest list": [],
}


@pytest.mark.parametrize("command", READING)
def test_a_mistyped_data_folder_is_not_made_bug(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """An empty one was made, and the answer was that nothing had been graded yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RISKENGINE_DATA", raising=False)
    words = [*command.split(), *READING[command]]
    for home, named in ([["--home", "nowhere"], "nowhere"], [[], "riskengine-data"]):
        assert run([*words, *home]) == REFUSED
        assert f"数据文件夹“{named}”不存在" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert run([*words, "--home", "."]) == REFUSED
    assert "没有数据" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_file_where_a_folder_is_wanted_is_called_so_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was said that there is one of that name."""
    path = tmp_path / "ind.py"
    path.touch()
    for words in (
        ["drift", "--as-of", "2026-12-01", "--home", str(path)],
        ["import", str(tmp_path), "--home", str(path)],
        ["fit", str(tmp_path), "--out", str(path)],
    ):
        assert run(words) == REFUSED
        assert f"“{path}”是文件，这里要写文件夹" in capsys.readouterr().err


def test_what_is_no_mapping_file_is_called_so_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder was “not there”, and of a table the whole content was quoted."""
    tables = walk.register_folder(tmp_path / "名录")
    text = tmp_path / "text.yaml"
    text.write_text("企业代码,企业名称\n", encoding="utf-8")
    for mapping, words in (
        (tables, f"“{tables}”是文件夹，这里要写一个文件"),
        (tables / "企业名录.csv", "“企业名录.csv”不是映射文件"),
        (text, "“text.yaml”不是映射文件"),
    ):
        assert run(["backtest", str(tables), "--mapping", str(mapping)]) == REFUSED
        assert words in capsys.readouterr().err


def test_a_label_is_read_before_the_register_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip was told after the register had been read, which takes seconds."""
    for command in ("backtest", "fit", "fit-challenger"):
        assert run([command, str(tmp_path / "none"), "--label", "scores < 60"]) == REFUSED
        assert "scores" in capsys.readouterr().err
