"""Does `riskengine drift` see what has moved, keep to what was known, and ask random visits?"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from python_calamine import CalamineWorkbook

from api.cli import run
from api.drifts import Checked, OfGrade, check_drift, in_order
from models import find_pack
from riskengine.errors import NotAllowed, RiskEngineError
from riskengine.estimate import Estimate
from riskengine.mapping import read_mapping
from riskengine.policy import read_policy
from riskengine.register import Register, read_register
from tests.api.past import LABEL, MAPPING, past_folder, visits_frame
from tests.api.test_cli_backtest import signed
from tests.api.walk import set_clock

Said = pytest.CaptureFixture[str]
PACK = "cn-transport"
TODAY, NOON = dt.date(2026, 12, 1), dt.datetime(2026, 12, 1, 4, tzinfo=dt.UTC)
AS_OF = dt.date(2026, 3, 20)
LEARNT = dt.date(2026, 3, 27)
"""The last visit: the first day of the numbers of a card learnt from all of them."""
DRAWN = MAPPING.replace("score: score\n", "score: score\n      pi: pi\n      draw_digest: draw\n")
OPENED = DRAWN.replace("township: town}", "township: town, opened_on: opened}")


def folder_of(folder: Path, *, newcomers: int = 0, is_drawn: bool = True) -> Path:
    """Past visits, half of them drawn with π = 1/4, and companies of a new township."""
    visits = visits_frame()
    drawn = (visits.index % 2 == 0) & is_drawn
    visits = visits.assign(pi=np.where(drawn, "250000000", ""), draw=np.where(drawn, "d" * 64, ""))
    past_folder(folder, visits)
    firms = pd.read_csv(folder / "firms.csv").assign(opened="")
    more = [
        {"id": f"N{n:03d}", "name": f"新办{n}", "town": "新镇", "opened": "2025-12-01"}
        for n in range(newcomers)
    ]
    pd.concat([firms, pd.DataFrame(more)]).to_csv(folder / "firms.csv", index=False)
    (folder / "mapping.yaml").write_text(OPENED, encoding="utf-8")
    return folder


def register_of(folder: Path, **what: Any) -> Register:
    folder = folder_of(folder, **what)
    register = read_register(folder, read_mapping(folder / "mapping.yaml"))
    assert not register.rejected
    return register


def checked(register: Register, as_of: dt.date = AS_OF, pack: str = PACK) -> Checked:
    store = SimpleNamespace(load_register=lambda: register)
    desk: Any = SimpleNamespace(store=store, policy=read_policy(pack))
    return check_drift(desk, as_of=as_of, pack=pack, today=TODAY)


def codes(found: Checked) -> list[str]:
    return [one.code for one in (*found.said, *found.quality, *found.drawn)]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return register_of(tmp_path_factory.mktemp("drift") / "usual")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return register_of(tmp_path_factory.mktemp("drift") / "changed", newcomers=90)


@pytest.fixture(scope="module")
def same(usual: Register) -> Checked:
    return checked(usual)


@pytest.fixture(scope="module")
def moved(changed: Register) -> Checked:
    return checked(changed)


# ── what has moved ────────────────────────────────────────────────────────────────────────


def test_companies_of_a_new_kind_are_an_alarm_with_their_name_and_their_missing_data(
    moved: Checked, same: Checked
) -> None:
    found = moved
    assert found.is_alarm and found.said[0].code == "drift_list_found"
    (named,) = [one for one in found.said if one.code == "drift_new_value"]
    assert "新镇（90 家）" in named.zh and "新镇 (90 enterprises)" in named.en
    town = next(line for line in found.lines if line.found.feature == "township")
    assert town.found.level == "alarm"
    seen = {line.found.feature: line for line in found.lines}["days_since_inspection"]
    assert seen.none_now >= 90 / 230 - 0.02
    before = {line.found.feature: line for line in same.lines}
    assert before["township"].found.level == "steady"
    assert seen.none_now > before["days_since_inspection"].none_now


def test_alarms_come_first_and_then_what_takes_points(moved: Checked) -> None:
    lines = moved.lines
    order = ("alarm", "watch", "steady")
    keys = [(order.index(x.found.level), not x.is_scored, -x.found.psi) for x in lines]
    assert keys == sorted(keys) and {x.is_scored for x in lines} == {True, False}


def test_nothing_known_on_the_day_or_later_counts(changed: Register, moved: Checked) -> None:
    past = {
        name: table.filter(pc.less(table["known_on"], pa.scalar(AS_OF)))
        for name, table in changed.tables.items()
    }
    assert checked(Register(past)) == moved


def test_a_company_is_not_compared_before_it_opened(moved: Checked, same: Checked) -> None:
    then = [line.none_then for line in moved.lines]
    assert sorted(then) == sorted(line.none_then for line in same.lines)
    assert moved.enterprises == same.enterprises + 90


def test_a_young_register_says_when_to_look_again(usual: Register) -> None:
    found = checked(usual, dt.date(2025, 11, 1))
    assert not found.lines and not found.days
    assert found.said[0].code == "drift_young" and "2026-01-" in found.said[0].zh


def test_a_short_record_and_a_small_list_are_said(same: Checked) -> None:
    assert same.days == (dt.date(2025, 3, 20),)
    assert {"drift_short", "drift_small"} <= set(codes(same))


def test_what_is_not_known_yet_is_refused(usual: Register) -> None:
    with pytest.raises(NotAllowed):
        checked(usual, TODAY + dt.timedelta(days=2))
    with pytest.raises(RiskEngineError) as refusal:
        checked(Register({}))
    assert refusal.value.code == "nothing_imported"


# ── what random visits say ────────────────────────────────────────────────────────────────


def test_the_rates_of_the_grades_come_from_the_drawn_visits_alone(
    usual: Register, same: Checked
) -> None:
    found = same
    visits = usual.as_of(AS_OF).tables["inspections"]
    drawn = visits.filter(pc.is_valid(visits["pi"]))
    assert sum(one.found.results for one in found.grades) == drawn.num_rows > 100
    bad = pc.sum(pc.equal(drawn["result"], "problem_pending")).as_py()
    assert sum(one.found.findings for one in found.grades) == bad
    assert all(one.said is None for one in found.grades)
    assert {"drift_nothing_to_calibrate", "drift_no_probability"} <= set(codes(found))


def test_without_drawn_visits_there_is_one_sentence(tmp_path: Path) -> None:
    found = checked(register_of(tmp_path / "none", is_drawn=False))
    assert [one.code for one in found.drawn] == ["drift_nobody_drawn"] and not found.grades


def rated(grade: str, low: int, high: int) -> OfGrade:
    estimate = Estimate(90, 30, 3, rate_bp=(low + high) // 2, low_bp=low, high_bp=high)
    return OfGrade(grade, estimate, None, False)


@pytest.mark.parametrize(
    ("grades", "code"),
    [
        ([rated("A", 100, 300), rated("B", 400, 600), rated("D", 700, 900)], "drift_grades_rise"),
        ([rated("A", 100, 500), rated("B", 400, 600)], "drift_grades_overlap"),
        ([rated("A", 100, 300), rated("B", 700, 900), rated("C", 400, 600)], "drift_grades_turned"),
        ([rated("A", 100, 300)], "drift_grades_unknown"),
    ],
)
def test_grades_hold_only_where_the_intervals_stand_apart(grades: list[OfGrade], code: str) -> None:
    assert in_order(grades).code == code


# ── at the keyboard, with a fitted card ───────────────────────────────────────────────────


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder, and a pack with a card that somebody signed."""
    place = tmp_path_factory.mktemp("fitted")
    folder = folder_of(place / "visits", newcomers=90)
    mapping = ["--mapping", str(folder / "mapping.yaml")]
    shutil.copytree(str(find_pack("us-chicago-food")), place / "own")
    pack = ["--pack", str(place / "own")]
    fit = ["--label", LABEL, "--windows", "1", "--window-days", "100", "--name", "county"]
    with pytest.MonkeyPatch.context() as patch:
        set_clock(patch, NOON)
        assert run(["fit", str(folder), *mapping, *pack, *fit, "--out", str(place)]) == 0
        with (place / "own" / "pack.yaml").open("a", encoding="utf-8") as file:
            entry = signed(place, "王某", LEARNT)
            file.write(yaml.safe_dump(entry, allow_unicode=True))
        data = ["--home", str(place / "home")]
        assert run(["import", str(folder), *mapping, *pack, *data]) == 0
    return place / "home", place / "own"


def ask(home: tuple[Path, Path], *more: str) -> list[str]:
    return ["drift", "--as-of", f"{LEARNT}", "--home", str(home[0]), "--pack", str(home[1]), *more]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("报警", "新镇", "预计 AUC", "随机抽查的", "计分卡说", "模型", "校准")),
        ("en", ("alarm", "新镇", "with an AUC of", "random visits", "card says", "the raw")),
    ],
)
def test_an_alarm_is_a_result_in_both_languages(
    home: tuple[Path, Path], lang: str, words: tuple[str, ...], capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    set_clock(monkeypatch, NOON)
    capsys.readouterr()
    assert run(ask(home, "--lang", lang)) == 0
    said = capsys.readouterr().out
    for word in words:
        assert word in said, word


def test_the_paper_holds_every_feature_and_every_grade(
    home: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, NOON)
    assert run(ask(home)) == 0
    book = CalamineWorkbook.from_path(home[0] / f"与往年比较-{LEARNT}.xlsx")
    features, grades = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    shown = {row[0] for row in features}
    assert {"评分", "乡镇", "距上次检查"} <= shown
    assert {row[0] for row in grades} & set("ABCD")
