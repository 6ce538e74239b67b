"""Does `riskengine formula` apply a formula, introduce it, and refuse in one sentence?"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from api.cli import REFUSED, run
from models import find_pack
from riskengine.errors import PolicyError
from riskengine.formula import read_formula

Said = pytest.CaptureFixture[str]


def facts_file(folder: Path, text: str) -> str:
    path = folder / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_facts_are_judged_with_every_step_and_its_source(tmp_path: Path, capsys: Said) -> None:
    facts = facts_file(tmp_path, "checks: [{N: 1, n: {MSI: 1, VSI: 1}}]\n")
    assert run(["formula", "eu-2022-695", facts, "--on", "2026-12-01"]) == 0
    said = capsys.readouterr().out
    for words in ("风险档：黄（中）", "120", "复现", "irumobilitypackages.org"):
        assert words in said


def test_without_facts_the_formula_is_introduced(capsys: Said) -> None:
    assert run(["formula", "uk-fhrs", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "Food Hygiene" in said and "management" in said and "never gives a better" in said


@pytest.mark.parametrize(
    ("pack", "text", "words"),
    [
        ("eu-2022-695", "checks: [{N: 0, n: {}}]", "checks[1].N"),
        ("eu-2022-695", "[1, 2]", "facts.yaml"),
        ("eu-2022-695", "a: [", "facts.yaml"),
        ("no-such-pack", "a: 1", "uk-fhrs"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_one_sentence(
    tmp_path: Path, capsys: Said, pack: str, text: str, words: str
) -> None:
    assert run(["formula", pack, facts_file(tmp_path, text)]) == REFUSED
    said = capsys.readouterr().err
    assert words in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("checks:\n  - {N: 1\n", "facts.yaml 第 2 行写得不对：方括号或花括号没有写完"),
        ("checks: 1\n\tN: 2\n", "facts.yaml 第 2 行写得不对"),
        ("on: 2026-02-30\n", "facts.yaml 第 1 行写得不对：这个日期不存在"),
        ("a: 1\na: 2\n", "写了两次“a”"),
    ],
)
def test_a_slip_in_yaml_is_told_with_its_line_bug(
    tmp_path: Path, capsys: Said, text: str, words: str
) -> None:
    """Facts were said to be none, a pack showed the parser's own lines, a day a traceback."""
    path = facts_file(tmp_path, text)
    assert run(["formula", "eu-2022-695", path]) == REFUSED
    assert words in capsys.readouterr().err
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "formula.yaml").write_text(text, encoding="utf-8")
    assert run(["formula", str(pack)]) == REFUSED
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 2 and words.replace("facts", "formula") in said[0]


def test_a_folder_in_place_of_the_facts_is_not_called_missing_bug(
    tmp_path: Path, capsys: Said
) -> None:
    assert run(["formula", "eu-2022-695", str(tmp_path)]) == REFUSED
    said = capsys.readouterr().err.strip().splitlines()
    assert f"是文件夹，这里要写一个文件，如 {tmp_path / 'facts.yaml'}" in said[0]
    assert "is a folder and a file is wanted" in said[1]


def test_facts_in_another_encoding_are_refused_in_words_bug(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "facts.yaml"
    path.write_bytes("名称: 示例\n".encode("gb18030"))
    assert run(["formula", "eu-2022-695", str(path)]) == REFUSED
    assert "UTF-8" in capsys.readouterr().err


def test_a_part_of_the_wrong_shape_is_refused_not_a_traceback_bug(tmp_path: Path) -> None:
    text = find_pack("uk-fhrs").joinpath("formula.yaml").read_text(encoding="utf-8")
    for part in ("inputs", "checks", "steps"):
        whole = yaml.safe_load(text) | {part: "x"}
        (tmp_path / "formula.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
        with pytest.raises(PolicyError, match=f"formula.{part}"):
            read_formula(tmp_path)


def test_a_formula_is_asked_for_a_date(tmp_path: Path, capsys: Said) -> None:
    facts = facts_file(tmp_path, "adjusted_fleet: 10\n")
    assert run(["formula", "ca-on-cvor-legacy", facts, "--on", "2008-01-01"]) == REFUSED
    assert "2007-04-03" in capsys.readouterr().err
    assert run(["formula", "ca-on-cvor-legacy", facts, "--on", "2007-03-01"]) == 0
    assert "0.0704" in capsys.readouterr().out
