"""Does one word in a pack make the ratios adapt, from the store to the posted list?"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from api import steps
from api.cli import run
from api.documents import read_document
from api.ratios import ratio_before, strata_in
from api.settings import Settings
from api.steps import Desk
from models import find_pack
from riskengine.digest import digest
from riskengine.grade import Grades
from scheduler.lottery import rule_of
from scheduler.quota import Quota
from scheduler.ratio import Ratio, replay
from tests.api.test_steps import PREPARER, desk_with, hand
from tests.api.walk import BEFORE, prepare, register_folder, set_clock
from tests.scheduler.whole_month import AS_OF, MONTH, county, event

NEXT_MONTH = dt.date(2027, 1, 1)


def adaptive_desk(folder: Path) -> Desk:
    desk = desk_with(county(), folder)
    return replace(desk, policy=desk.policy.overlay({"rates.ratio_rule": "adaptive"}))


def quota_for(desk: Desk, month: dt.date, as_of: dt.date = AS_OF) -> str:
    by = hand((as_of - AS_OF).days, 9, PREPARER)
    grades = steps.make_grades(desk, by, as_of=as_of)
    return steps.make_quota(desk, by, grades=grades, month=month)


def test_the_frozen_rule_covers_the_ratios_and_their_evidence(tmp_path: Path) -> None:
    desk = adaptive_desk(tmp_path)
    quota = quota_for(desk, MONTH)
    frame = steps.make_frame(desk, hand(0, 10, PREPARER), quota=quota, event=event(AS_OF, 3))
    ratio = steps.ratio_behind(desk, quota)
    assert ratio is not None
    assert ratio.previous is None
    assert sum(one.visits for one in ratio.evidence) > 0
    allotted = steps.load(desk, "quota", quota, Quota)
    assert allotted.ratio_digest == digest(ratio)
    frozen = desk.store.get_document(frame, "frame").body
    assert frozen["rule_digest"] == rule_of(ratio.policy_digest, digest(allotted))
    assert replay(ratio, desk.policy.on(AS_OF)) == ratio


def test_the_next_month_goes_on_from_the_ratios_that_were_frozen(tmp_path: Path) -> None:
    desk = adaptive_desk(tmp_path)
    later = dt.date(2026, 12, 26)
    quota = quota_for(desk, MONTH)
    draft = steps.ratio_behind(desk, quota_for(desk, NEXT_MONTH, later))
    assert draft is not None
    assert draft.previous is None  # the list of December is not frozen yet
    steps.make_frame(desk, hand(0, 10, PREPARER), quota=quota, event=event(AS_OF, 3))
    first = steps.ratio_behind(desk, quota)
    second = steps.ratio_behind(desk, quota_for(desk, NEXT_MONTH, later))
    assert first is not None
    assert second is not None
    assert ratio_before(desk.store, NEXT_MONTH) == first
    assert (second.previous, second.since) == (digest(first), NEXT_MONTH)
    grades = desk.store.get_document(quota).inputs[0]
    table = steps.load(desk, "grades", grades, Grades).table.to_pylist()
    assert strata_in(desk.store, grades) == {
        row["enterprise_id"]: (row["grade"], row["sector"]) for row in table
    }


def test_fixed_rates_leave_no_ratio_behind(tmp_path: Path) -> None:
    desk = desk_with(county(), tmp_path)
    quota = quota_for(desk, MONTH)
    assert steps.ratio_behind(desk, quota) is None
    assert desk.store.documents("ratio") == ()
    assert len(desk.store.get_document(quota).inputs) == 2


def test_one_word_in_a_pack_switches_it_on_and_the_list_is_posted_with_its_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, pack = tmp_path / "data", tmp_path / "pack"
    shutil.copytree(str(find_pack("cn-transport")), pack)
    rates = pack / "rates.yaml"
    text = rates.read_text(encoding="utf-8")
    assert text.count("values: {2020-01-01: fixed}") == 1
    rates.write_text(text.replace(": fixed}", ": adaptive}"), encoding="utf-8")
    set_clock(monkeypatch, BEFORE)
    register = register_folder(tmp_path / "名录")
    assert run(["import", str(register), "--home", str(home)]) == 0
    assert run([*prepare(home), "--pack", str(pack)]) == 0
    assert "总量相同" in capsys.readouterr().out
    proof = json.loads((home / "2026-12" / "抽查比例.json").read_text(encoding="utf-8"))
    ratio: Ratio = read_document("ratio", proof)
    assert steps.open_desk(Settings(data=home)).store.get_document(digest(ratio), "ratio")
    book = CalamineWorkbook.from_path(str(home / "2026-12" / "冻结名单.xlsx"))
    assert book.sheet_names == ["冻结名单", "抽查比例"]
    cells = [str(cell) for row in book.get_sheet_by_name("抽查比例").to_python() for cell in row]
    for one in ratio.strata:
        assert any(one.reasons[0].zh in cell for cell in cells)
        assert any(one.reasons[0].en in cell for cell in cells)
