"""Does each command do its step, and refuse in one sentence what it cannot do?"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import signal
from pathlib import Path

import pytest

from api.cli import REFUSED, run
from api.options import stoppable
from api.store import open_store
from api.typed import matrix_from
from riskengine.errors import RiskEngineError
from tests.api.walk import (
    AFTER,
    BEFORE,
    BETWEEN,
    FIRST_DUE,
    MONTH_OVER,
    TWO,
    one_visit_for_certain,
    open_month,
    prepare,
    publish,
    register_folder,
    set_clock,
    settle,
    staff,
    whole_month,
)

Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a register and a data folder that holds it."""
    folder = tmp_path_factory.mktemp("stocked")
    register = register_folder(folder / "名录")
    with pytest.MonkeyPatch.context() as patch:
        set_clock(patch, BEFORE)
        assert run(["import", str(register), "--home", str(folder / "data")]) == 0
    return folder


@pytest.fixture
def home(stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a register, of the test's own, before the first event."""
    set_clock(monkeypatch, BEFORE)
    return Path(shutil.copytree(stocked / "data", tmp_path / "data"))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after a whole month."""
    with pytest.MonkeyPatch.context() as patch:
        return whole_month(tmp_path_factory.mktemp("month"), patch)


def refusal(said: Said, arguments: list[str]) -> str:
    """What a refused command says: one sentence in each language, and nothing else."""
    said.readouterr()
    assert run(arguments) == REFUSED
    lines = [line for line in said.readouterr().err.splitlines() if line.strip()]
    assert len(lines) == 2, lines
    chinese, english = lines
    assert re.search("[\u4e00-\u9fff]", chinese) and chinese[-1] == "。"
    assert re.search("[a-z]{3}", english) and english[-1] == "."
    return "".join(lines)


def test_a_month_is_verified_and_a_forged_one_is_not(
    printed: Path, tmp_path: Path, capsys: Said
) -> None:
    bundle = printed / "2026-12" / "bundle.json"
    assert run(["verify", str(bundle)]) == 0
    assert "验证通过" in capsys.readouterr().out
    raw = bundle.read_bytes()
    seed = json.loads(raw)["draw"]["seed"]
    forged = tmp_path / "bundle.json"
    forged.write_bytes(raw.replace(seed.encode(), seed[::-1].encode()))
    assert run(["verify", str(forged), "--lang", "en"]) == 1
    assert "draw.seed" in capsys.readouterr().out
    forged.write_bytes(b"not json")
    assert run(["verify", str(forged)]) == 1
    assert "JSON" in capsys.readouterr().out


def test_no_step_is_made_twice(
    printed: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, BETWEEN)
    assert "已冻结" in refusal(capsys, settle(printed))  # the draw stands, the seats too
    assert "不得重抽" in refusal(capsys, settle(printed, value="another value"))
    set_clock(monkeypatch, AFTER)
    assert refusal(capsys, staff(printed))


def test_whoever_prepared_cannot_approve(printed: Path, capsys: Said) -> None:
    assert "另一人" in refusal(capsys, publish(printed, by="示例队长"))


def test_the_papers_are_named(printed: Path) -> None:
    assert {path.name for path in (printed / "2026-12").iterdir()} == {
        "冻结名单.xlsx", "抽查名单.xlsx", "任务单.xlsx", "检查结果.xlsx", "日历", "bundle.json",
        "bundle-sealed.json", "抽签席位.xlsx", "排班上墙.xlsx", "排班表.xlsx",
    }  # fmt: skip


def test_names_come_out_after_departure_and_the_proof_when_the_month_is_over(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(prepare(home, "--must", str(one_visit_for_certain(home, named(tmp_path))))) == 0
    set_clock(monkeypatch, BETWEEN)
    assert run(settle(home)) == 0
    set_clock(monkeypatch, AFTER)
    assert run(staff(home)) == 0
    assert "publish" in refusal(capsys, open_month(home))
    assert run(publish(home)) == 0
    assert "riskengine open" in capsys.readouterr().out
    papers = home / "2026-12"
    assert not (papers / "bundle.json").exists()
    assert run(["verify", str(papers / "bundle-sealed.json")]) == 0
    assert "尚未启封" in capsys.readouterr().out
    assert "启封" in refusal(capsys, open_month(home))
    routes = json.loads((papers / "bundle-sealed.json").read_bytes())["routes"]["routes"]
    first = dt.date.fromisoformat(min(one["day"] for one in routes))
    assert "出发" in refusal(capsys, names(home, first.day))
    assert "12-31" in refusal(capsys, names(home, 31))  # no team goes out on New Year's Eve
    set_clock(monkeypatch, dt.datetime.combine(first, dt.time(12), tzinfo=dt.UTC))
    assert run(names(home, first.day)) == 0
    assert (papers / f"检查人员公示-{first}.xlsx").exists()
    assert "riskengine open" in refusal(capsys, officer_receipts(home))
    set_clock(monkeypatch, MONTH_OVER)
    assert run(["verify", str(papers / "bundle-sealed.json")]) == 1
    assert "仍未公开" in capsys.readouterr().out
    assert run(open_month(home)) == 0
    assert run(["verify", str(papers / "bundle.json")]) == 0
    assert run(officer_receipts(home)) == 0


def names(home: Path, day: int) -> list[str]:
    who = ["--by", "示例队长", "--home", str(home)]
    return ["names", "--month", "2026-12", "--day", str(day), *who]


def officer_receipts(home: Path) -> list[str]:
    return ["receipt", "--officer", "--all", "--month", "2026-12", "--home", str(home)]


def named(folder: Path) -> Path:
    return register_folder(folder / "名录")


def test_what_stopped_after_the_draw_goes_on(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(prepare(home)) == 0
    set_clock(monkeypatch, BETWEEN)
    with monkeypatch.context() as patch:
        patch.setattr(
            "api.steps.make_routes",
            lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full", "disk")),
        )
        assert "full" in refusal(capsys, settle(home))
    assert run(settle(home)) == 0


def test_grades_and_reasons_are_told(home: Path, capsys: Said) -> None:
    assert run(["grade", "--as-of", "2026-11-01", "--home", str(home)]) == 0
    assert run(["grade", "--as-of", "2026-11-25", "--home", str(home), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "2026-11-01 的等级" in said and "Grades as of 2026-11-25" in said and "moved" in said
    assert (home / "评级-2026-11-25.xlsx").exists()
    firm = code_of_a_firm(home)
    assert run(["explain", firm, "--as-of", "2026-11-25", "--home", str(home)]) == 0
    chinese = capsys.readouterr().out
    assert firm in chinese and "分。" in chinese and "以前的等级" in chinese
    assert run(["explain", firm, "--as-of", "2026-11-25", "--home", str(home), "--lang", "en"]) == 0
    assert "points" in capsys.readouterr().out
    wrong = ["explain", "NOBODY", "--as-of", "2026-11-25", "--home", str(home)]
    assert "NOBODY" in refusal(capsys, wrong)


def test_to_ask_about_a_grade_makes_none_bug(home: Path, capsys: Said) -> None:
    """A day nobody had graded on was graded, and later rulings took that for the grade in force."""
    assert run(["grade", "--as-of", "2026-11-01", "--home", str(home)]) == 0
    words = ["explain", code_of_a_firm(home), "--as-of", "2026-11-20", "--home", str(home)]
    assert run(words) == 0
    assert len(open_store(f"sqlite:///{home / 'riskengine.db'}").documents("grades")) == 1


def code_of_a_firm(home: Path) -> str:
    register = open_store(f"sqlite:///{home / 'riskengine.db'}").load_register()
    return str(register.tables["enterprises"]["enterprise_id"][0])


def test_a_what_if(home: Path, capsys: Said) -> None:
    grading = ["--as-of", "2026-11-25", "--home", str(home)]
    few = ["simulate", "--officers", "4，6", "--months", "1", "--runs", "2", *grading]
    assert run(few) == 0
    assert run([*few, "--lang", "en"]) == 0
    assert "officers" in capsys.readouterr().out
    assert (home / "人手推演.svg").stat().st_size > 0


def test_rejected_rows_are_written_down(tmp_path: Path, capsys: Said) -> None:
    register = register_folder(tmp_path / "名录")
    with (register / "违法案件.csv").open("a", encoding="gb18030") as table:
        table.write("X1\n")
    home = tmp_path / "data"
    assert run(["import", str(register), "--home", str(home)]) == 0
    assert "拒收 1 行" in capsys.readouterr().out
    assert (home / "拒收行.xlsx").exists()
    assert run(["import", str(register), "--home", str(home), "--lang", "en"]) == 0
    assert "0 new rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["grade", "--as-of", "2026-13-01"], "2026-13-01"),
        (["grade"], "--as-of"),
        (["grade", "--as-of", "2026-11-25", "--lang", "fr"], "--lang"),
        (["grade", "--as-of", "2026-11-25", "--pack", "no-pack"], "no-pack"),
        (["grade", "--as-of", "1999-01-01"], "1999-01-01"),
        (["explain", "NOBODY", "--as-of", "2026-11-25"], "riskengine grade"),
        (["import", "no-folder"], "no-folder"),
        (["verify", "no-file.json"], "no-file.json"),
        (["simulate", "--officers", "six"], "six"),
        (["simulate", "--officers", "0"], "“0”"),
        (["simulate", "--runs", "1"], "--runs"),
        (["simulate"], "grade"),
        (["staff", "--month", "2026-12", "--value", "1", *TWO], "settle"),
        (["publish", "--month", "2026-12", "--by", "示例局长"], "staff"),
        (["publish", "--month", "12", "--by", "示例局长"], "“12”"),
        (["demo", "--example", "no-example"], "no-example"),
        (["serve", "--host", "0.0.0.0"], "RISKENGINE_TOKEN"),
        (["no-command"], "no-command"),
        (["grade", "--no-option"], "--no-option"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_sentence(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, arguments: list[str], word: str
) -> None:
    monkeypatch.setenv("RISKENGINE_DATA", str(home))
    monkeypatch.delenv("RISKENGINE_TOKEN", raising=False)
    monkeypatch.chdir(home)
    assert word in refusal(capsys, arguments)


def test_steps_out_of_order_are_refused(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "prepare" in refusal(capsys, settle(home))
    past = [*prepare(home), "--event-due", "2026-11-01T21:15+08:00"]
    assert "已发生" in refusal(capsys, past)
    assert "时区" in refusal(capsys, [*prepare(home), "--event-due", "明天"])
    assert run(prepare(home)) == 0
    assert "冻结" in refusal(capsys, prepare(home))
    assert "才发生" in refusal(capsys, settle(home))
    set_clock(monkeypatch, BETWEEN)
    assert "两名" in refusal(capsys, settle(home, "--entered-by", "甲", "--entered-by", "甲"))
    assert "已发生" in refusal(capsys, settle(home, due=FIRST_DUE))
    assert "settle" in refusal(capsys, staff(home))  # nothing was drawn by all of this


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("企业代码,类型,理由\n{firm},个案\n".encode(), "第 2 行"),
        ("企业代码,类型,理由\n{firm},抽查,投诉\n".encode(), "抽查"),
        ("企业代码,类型,理由\nNOBODY,专项,投诉\n".encode("gb18030"), "NOBODY"),
        (b"\xff\xff\xff,\x81", "must.csv"),
    ],
)
def test_a_wrong_file_of_visits(home: Path, capsys: Said, raw: bytes, word: str) -> None:
    path = home / "must.csv"
    path.write_bytes(raw)
    assert word in refusal(capsys, prepare(home, "--must", str(path)))
    assert "no.csv" in refusal(capsys, prepare(home, "--must", str(home / "no.csv")))


def test_a_wrong_file_of_travel_times_is_refused_by_row(tmp_path: Path) -> None:
    path = tmp_path / "路程.csv"
    path.write_text("from_id,to_id,minutes\nbase,E1,12\nbase,E2,很远\n", encoding="utf-8")
    with pytest.raises(RiskEngineError) as refusal:
        matrix_from(path)
    assert "第 3 行" in refusal.value.sentence.zh and "很远" in refusal.value.sentence.zh
    path.write_text("from_id,to_id,minutes\nbase,E1,12\n", encoding="utf-8")
    table = matrix_from(path)
    assert table is not None and table.to_pylist() == [
        {"from_id": "base", "to_id": "E1", "minutes": 12}
    ]


def test_a_folder_or_setting_that_cannot_be_used(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    assert "file" in refusal(capsys, ["grade", "--as-of", "2026-11-25", "--home", str(file)])
    (tmp_path / "riskengine.db").write_bytes(b"not a database" * 100)
    grading = ["grade", "--as-of", "2026-11-25", "--home", str(tmp_path)]
    assert "数据库" in refusal(capsys, grading)
    monkeypatch.setenv("RISKENGINE_JOBS", "none")
    assert "RISKENGINE_JOBS" in refusal(capsys, grading)


def test_without_a_command_the_commands_are_listed(capsys: Said) -> None:
    assert run([]) == REFUSED
    assert "publish" in capsys.readouterr().out
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("riskengine ")


def test_ctrl_c_asks_for_the_best_plan_so_far_and_the_second_ends_the_program() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stoppable() as should_stop:
        assert not should_stop()
        signal.raise_signal(signal.SIGINT)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
