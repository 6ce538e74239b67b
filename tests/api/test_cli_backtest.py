"""Do `riskengine backtest` and `riskengine fit` show, write, keep and refuse as they should?"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd
import pytest
import yaml

from api.cli import REFUSED, run
from api.fits import shares_from
from api.store import open_store
from models import find_pack
from riskengine.card_yaml import read_card
from riskengine.errors import PolicyError, RiskEngineError
from riskengine.policy import read_policy
from tests.api.past import LABEL, MAPPING, past_folder, visits_frame

Said = pytest.CaptureFixture[str]
PACK = "us-chicago-food"
SHORT = ["--window-days", "100", "--pack", PACK]


def of(folder: Path, *more: str) -> list[str]:
    return [str(folder), "--mapping", str(folder / "mapping.yaml"), "--label", LABEL, *more]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Past visits, one of them with a day that is none."""
    wrong = pd.DataFrame([{"id": "E001", "day": "2025-02-31", "score": 70, "group": "甲组"}])
    return past_folder(
        tmp_path_factory.mktemp("past") / "visits", pd.concat([visits_frame(), wrong])
    )


@pytest.fixture(scope="module")
def tested(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a backtest has written."""
    folder = tmp_path_factory.mktemp("tested")
    more = [
        "--windows", "2", *SHORT, "--models", "practice,past_findings,card",
        "--json", str(folder / "o.json"), "--page", str(folder / "o.html"),
        "--home", str(folder / "home"), "--by", "李娜",
    ]  # fmt: skip
    assert run(["backtest", *of(past, *more)]) == 0
    return folder


def test_the_document_is_kept_and_named_in_the_file(tested: Path) -> None:
    store = open_store(f"sqlite:///{tested / 'home' / 'riskengine.db'}")
    (kept,) = store.documents("backtest")
    assert kept.digest == json.loads((tested / "o.json").read_text(encoding="utf-8"))["digest"]
    assert kept.made_by == ("李娜",)


def test_rejected_rows_are_counted_and_written_to_be_mended(tested: Path) -> None:
    assert json.loads((tested / "o.json").read_text(encoding="utf-8"))["rejected"] == 1
    assert (tested / "home" / "拒收行.xlsx").is_file()


def test_the_page_loads_nothing_and_speaks_both_languages(tested: Path) -> None:
    page = (tested / "o.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|<img|src=|@import", page)
    assert set(re.findall(r'href="([^"]*)"', page)) == set()
    assert page.count("<svg") == 4
    for words in ("换个次序去查", "Would another order", "只有查过的企业才有结果", "同一检查组"):
        assert words in page


def test_the_store_is_tested_where_no_folder_is_named(
    past: Path, tmp_path: Path, capsys: Said
) -> None:
    home = ["--home", str(tmp_path)]
    assert run(["import", str(past), "--mapping", str(past / "mapping.yaml"), *home]) == 0
    rules = ["--models", "practice,past_findings", "--from", "2025-11-01", "--cut", "month"]
    capsys.readouterr()
    assert run(["backtest", "--label", LABEL, *SHORT, *rules, *home, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "before the month of each visit" in said and "one window only" in said


REFUSALS = {
    "missing folder": (["backtest", "no-folder"], "no-folder"),
    "no register": (["backtest", "--home", "{tmp}/empty"], "riskengine import"),
    "mapping alone": (["backtest", "--mapping", "m.yaml", "--home", "{tested}/home"], "--mapping"),
    "unwritable": (["backtest", "{past}", "--json", "{tmp}/none/o.json"], "none/o.json"),
    "cut": (["backtest", "{past}", "--cut", "year"], "--cut"),
    "day": (["backtest", "{past}", "--from", "2025-13-01"], "2025-13-01"),
    "twice": (["fit", "{past}", "--register", "{past}"], "--register"),
    "shares": (["fit", "{past}", "--shares", "A=60"], "A=60,B=25,C=10,D=5"),
    "name": (["fit", "{past}", "--name", "../up"], "../up"),
    "no window": (["backtest", "{past}", "--windows", "0"], "要写不小于 1 的整数"),
    "no models": (["backtest", "{past}", "--models", ""], "practice（实际检查的先后）"),
    "model": (["backtest", "{past}", "--models", "cards"], "没有叫“cards”的做法"),
    "own mapping": (["backtest", "{past}", "--mapping", "{tmp}/m.yaml"], "punkte"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_a_sentence_in_both_languages(
    past: Path, tested: Path, tmp_path: Path, capsys: Said, case: str
) -> None:
    wrong = MAPPING.replace("score: score", "score: punkte")
    (tmp_path / "m.yaml").write_text(wrong, encoding="utf-8")
    words, expected = REFUSALS[case]
    assert run([word.format(tmp=tmp_path, past=past, tested=tested) for word in words]) == REFUSED
    said = capsys.readouterr().err
    assert expected in said and "Traceback" not in said
    assert re.search("[\u4e00-\u9fff]{4}", said) and re.search("[a-z]{3} [a-z]{2}", said)


def test_an_empty_folder_is_refused_by_the_table_it_lacks(tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "nothing").mkdir()
    assert run(["backtest", str(tmp_path / "nothing")]) == REFUSED
    assert "企业名录" in capsys.readouterr().err


def test_a_refused_backtest_leaves_no_file(past: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    assert run(["backtest", *of(past, "--label", "serious > 0", "--json", str(out), *SHORT)]) == 2
    assert not out.exists()


# ── fit ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def fitted(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pack, and a card beside it."""
    place = tmp_path_factory.mktemp("packs")
    shutil.copytree(str(find_pack(PACK)), place / "own")
    more = ["--windows", "2", "--window-days", "100", "--pack", str(place / "own")]
    more += ["--name", "county", "--out", str(place)]
    more += ["--shares", "A=60,B=25,C=10,D=5"]
    folder, *rest = of(past, *more)
    with (place / "said.txt").open("w", encoding="utf-8") as said, redirect_stdout(said):
        assert run(["fit", "--register", folder, *rest]) == 0
    return place


def signed(place: Path, name: str, day: dt.date = dt.date(2026, 4, 1)) -> dict[str, object]:
    text = (place / "fitted" / "county" / "CARD.md").read_text(encoding="utf-8")
    digest = re.search(r"`([0-9a-f]{64})`", text)
    assert digest
    approved = [{"name": name, "role": "副局长", "date": day}]
    entry = {"folder": "../fitted/county", "digest": digest[1], "approved_by": approved}
    return {"fitted": {day: entry}}


def test_the_card_comes_with_what_its_signer_reads(fitted: Path) -> None:
    folder = fitted / "fitted" / "county"
    names = {path.name for path in folder.iterdir()}
    assert names == {"scorecard.yaml", "grades.yaml", "card.json", "CARD.md"}
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    for words in ("未批准，不评任何企业", LABEL, "ROC-AUC", "镇0", "检验窗口 2 个"):
        assert words in text


def test_the_card_is_measured_by_the_finding_it_was_learnt_with(fitted: Path) -> None:
    text = (fitted / "fitted" / "county" / "scorecard.yaml").read_text(encoding="utf-8")
    finding = yaml.safe_load(text)["features"]["record"]["finding"]
    assert list(finding["values"].values()) == [LABEL]
    assert "学习本卡时的定义" in next(iter(finding["because"].values()))["title"]


def test_the_lines_to_paste_sign_nothing_until_a_name_stands_there(
    fitted: Path, tmp_path: Path
) -> None:
    said = (fitted / "said.txt").read_text(encoding="utf-8")
    lines = said[said.index("\nfitted:") :]
    shutil.copytree(fitted, tmp_path / "packs")
    pack = tmp_path / "packs" / "own" / "pack.yaml"
    unsigned = pack.read_text(encoding="utf-8") + lines
    pack.write_text(unsigned, encoding="utf-8")
    with pytest.raises(PolicyError) as refusal:
        read_policy(pack.parent)
    assert refusal.value.code == "policy_card_unsigned"
    named = unsigned.replace('name: "", role: ""', 'name: "王某", role: "副局长"')
    pack.write_text(named, encoding="utf-8")
    with pytest.raises(PolicyError) as refusal:
        read_policy(pack.parent)
    assert refusal.value.code == "policy_card_unsigned"
    pack.write_text(named.replace('date: ""', "date: 2026-03-31"), encoding="utf-8")
    (card,) = read_policy(pack.parent).cards
    assert card.folder == "../fitted/county"


def test_what_was_found_is_said_in_both_languages(fitted: Path) -> None:
    said = (fitted / "said.txt").read_text(encoding="utf-8")
    assert "还不评任何企业" in said and "grades nobody yet" in said
    assert "想要 A 60 %, B 25 %, C 10 %, D 5 %" in said


def test_a_signed_card_grades_and_the_grade_is_explained(
    past: Path, fitted: Path, tmp_path: Path, capsys: Said
) -> None:
    shutil.copytree(fitted, tmp_path / "packs")
    pack = tmp_path / "packs" / "own"
    with (pack / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write(yaml.safe_dump(signed(fitted, "王某"), allow_unicode=True))
    home = ["--home", str(tmp_path / "home"), "--pack", str(pack)]
    assert run(["import", str(past), "--mapping", str(past / "mapping.yaml"), *home]) == 0
    assert run(["grade", "--as-of", "2026-04-02", *home]) == 0
    capsys.readouterr()
    assert run(["explain", "E001", "--as-of", "2026-04-02", *home]) == 0
    said = capsys.readouterr().out
    card = read_card((fitted / "fitted/county/card.json").read_text(encoding="utf-8"))
    assert f"满分 {card.base_points} 分" in said and "怎样升级" in said
    assert re.search(r"得分，\d+(\.\d\d)? 分，扣 \d+ 分", said), said


def test_a_card_is_not_written_over(past: Path, fitted: Path, capsys: Said) -> None:
    again = ["--name", "county", "--out", str(fitted), *SHORT]
    assert run(["fit", *of(past, *again)]) == REFUSED
    assert "--name" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["A=60", "A=60,B=25,C=10,D=6", "A=x,B=1,C=1,D=1", "A=50,A=50"])
def test_shares_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(RiskEngineError) as refusal:
        shares_from(text)
    assert refusal.value.code == "fit_shares_unreadable"
