"""Does `riskengine formula` apply a formula, introduce it, and refuse in one sentence?"""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli import REFUSED, run

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


def test_a_formula_is_asked_for_a_date(tmp_path: Path, capsys: Said) -> None:
    facts = facts_file(tmp_path, "adjusted_fleet: 10\n")
    assert run(["formula", "ca-on-cvor-legacy", facts, "--on", "2008-01-01"]) == REFUSED
    assert "2007-04-03" in capsys.readouterr().err
    assert run(["formula", "ca-on-cvor-legacy", facts, "--on", "2007-03-01"]) == 0
    assert "0.0704" in capsys.readouterr().out
