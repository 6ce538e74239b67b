"""Does a contest go from the enterprise to its ruling, with every old document left as it was?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api import contests, steps, telling
from api.cli import REFUSED, run
from api.settings import Settings
from api.steps import Desk, Hand
from riskengine.errors import NeedsSecondPerson, NotAllowed, RiskEngineError
from riskengine.grade import Grades
from riskengine.synthetic import small_register
from riskengine.truth import Regrade, row_of
from tests.api.walk import set_clock

AS_OF = dt.date(2026, 11, 25)
TODAY = dt.datetime(2026, 11, 26, 2, tzinfo=dt.UTC)


def hand(*by: str, at: dt.datetime = TODAY) -> Hand:
    return Hand(by, at)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a register and two gradings."""
    return stocked(tmp_path)


def stocked(home: Path) -> Desk:
    desk = steps.open_desk(Settings(data=home))
    before = dt.datetime(2026, 10, 25, tzinfo=dt.UTC)
    desk.store.add_register(small_register(np.random.default_rng(2026)), made_at=before, made_by=[])
    for day in (dt.date(2026, 10, 25), AS_OF):
        steps.make_grades(desk, hand("示例队长"), as_of=day)
    return desk


def a_fact(desk: Desk, table: str = "violations", **wanted: Any) -> dict[str, Any]:
    """A fact that the newest grades used, of an enterprise they hold."""
    rows = desk.store.load_register().tables[table].to_pylist()
    return next(
        row
        for row in sorted(rows, key=lambda row: row["known_on"], reverse=True)
        if row["known_on"] < dt.date(2026, 10, 20)
        and all(row[name] == value for name, value in wanted.items())
    )


PENALTY = {"disposition": "penalised", "tier": "general"}


def filed(desk: Desk, fact: dict[str, Any], table: str = "violations", **more: Any) -> str:
    words = {"contested_by": "示例经理", "reason": "车辆当天没有营运"} | more
    name, _ = contests.file_contest(
        desk, hand("示例甲"), enterprise_id=fact["enterprise_id"], table=table,
        fact_id=fact["fact_id"], **words,
    )  # fmt: skip
    return name


def upheld(desk: Desk, contest: str, by: str = "示例乙", **more: Any) -> contests.Ruled:
    asked: dict[str, Any] = {
        "is_upheld": True,
        "ground": "复核属实",
        "changes": {},
        "withdraw": True,
    }
    return contests.rule_on(desk, hand(by), contest=contest, **(asked | more))


def kept(desk: Desk) -> dict[str, Any]:
    names = [one.digest for one in desk.store.documents()]
    return {name: desk.store.get_document(name).body for name in names}


def test_every_old_document_stays_and_the_new_ones_name_them(desk: Desk) -> None:
    fact = a_fact(desk, **PENALTY)
    before, facts_before = kept(desk), desk.store.load_register().tables["violations"].num_rows
    ruled = upheld(desk, filed(desk, fact))
    after = kept(desk)
    assert {name: after[name] for name in before} == before
    assert desk.store.load_register().tables["violations"].num_rows == facts_before + 1
    regrade = steps.load(desk, "regrade", ruled.regrade, Regrade)
    then = desk.store.get_document(regrade.then_digest, "grades")
    assert then.replaces == regrade.replaces and then.replaces in before
    assert then.as_of == AS_OF and ruled.ruling in then.inputs
    assert regrade.path["as_of"].to_pylist() == [dt.date(2026, 10, 25), AS_OF]
    assert regrade.now.as_of == TODAY.date() + dt.timedelta(days=1)
    assert not desk.store.broken_links()


def test_the_old_day_still_gives_the_old_grades(desk: Desk) -> None:
    old = desk.store.latest_document("grades", as_of=AS_OF)
    upheld(desk, filed(desk, a_fact(desk, **PENALTY)))
    assert old is not None
    assert steps.make_grades(desk, hand("示例队长"), as_of=AS_OF) == old.digest


def test_the_next_grading_is_compared_with_the_corrected_one(desk: Desk) -> None:
    ruled = upheld(desk, filed(desk, a_fact(desk, **PENALTY)))
    regrade = steps.load(desk, "regrade", ruled.regrade, Regrade)
    later = hand("示例队长", at=TODAY + dt.timedelta(days=30))
    name = steps.make_grades(desk, later, as_of=dt.date(2026, 12, 25))
    assert steps.load(desk, "grades", name, Grades).previous_digest == regrade.then_digest


def test_the_explanation_says_that_it_was_corrected(desk: Desk) -> None:
    fact = a_fact(desk, **PENALTY)
    enterprise = fact["enterprise_id"]
    score = telling.tell(desk, enterprise).explanation.score
    ruled = upheld(desk, filed(desk, fact))
    regrade = steps.load(desk, "regrade", ruled.regrade, Regrade)
    told = telling.tell(desk, enterprise)
    then = row_of(steps.load(desk, "grades", regrade.then_digest, Grades), enterprise)
    assert then is not None
    assert told.explanation.score == then["score"] > score
    assert told.said[-1].code == "contest_now"
    assert [past.row["score"] for past in told.past] == regrade.path["score"].to_pylist()


def test_a_rejected_contest_is_kept_with_its_reason_and_changes_nothing(desk: Desk) -> None:
    contest = filed(desk, a_fact(desk, **PENALTY))
    facts = desk.store.load_register()
    ruled = upheld(desk, contest, is_upheld=False, withdraw=False, ground="现场录像清楚")
    assert ruled.regrade == "" and "现场录像清楚" in ruled.said[0].zh
    assert desk.store.load_register().tables["violations"].equals(facts.tables["violations"])
    assert not desk.store.documents("regrade")
    (one,) = contests.every_contest(desk)
    assert (one.ruling, one.regrade) == (ruled.ruling, "")


def test_who_speaks_for_the_enterprise_cannot_rule_bug(desk: Desk) -> None:
    contest = filed(desk, a_fact(desk, **PENALTY))
    with pytest.raises(NotAllowed) as refusal:
        upheld(desk, contest, by="示例经理")
    assert refusal.value.code == "contest_own"


def test_a_rejection_that_corrects_something_is_refused_bug(desk: Desk) -> None:
    """The change was dropped without a word, and the ruling is final."""
    contest = filed(desk, a_fact(desk, **PENALTY))
    for more in ({"changes": {"情节": "轻微"}, "withdraw": False}, {}):
        with pytest.raises(NotAllowed) as refusal:
            upheld(desk, contest, is_upheld=False, **more)
        assert refusal.value.code == "contest_rejected_change"


def test_an_earlier_grade_and_the_history_agree_after_a_ruling_bug(desk: Desk) -> None:
    """The head told the grade as it was written, the history as it was corrected."""
    fact = a_fact(desk, **PENALTY)
    steps.make_grades(desk, hand("示例队长"), as_of=dt.date(2026, 11, 26))
    upheld(desk, filed(desk, fact))
    told = telling.tell(desk, fact["enterprise_id"], as_of=AS_OF)
    assert told.explanation.as_of == AS_OF
    assert told.explanation.score == told.past[-1].row["score"]
    assert told.explanation.grade == told.past[-1].row["grade"]


def test_who_took_it_in_or_made_the_visit_cannot_rule(desk: Desk) -> None:
    with pytest.raises(NeedsSecondPerson, match="示例甲"):
        upheld(desk, filed(desk, a_fact(desk, **PENALTY)), by="示例甲")
    visit = a_fact(desk, "inspections", result="problem_pending")
    contest = filed(desk, visit, "inspections")
    officers = desk.store.load_register().tables["inspectors"].to_pylist()
    there = set(visit["inspectors"].replace("；", ";").split(";"))
    names = [row["name"] for row in officers if row["inspector_id"] in there]
    for by in (*there, *names):
        with pytest.raises(NeedsSecondPerson):
            upheld(desk, contest, by=by, withdraw=False, changes={"检查结果": "合格"})
    ruled = upheld(desk, contest, by="示例局长", withdraw=False, changes={"检查结果": "合格"})
    assert any("检查结果" in one.zh for one in ruled.said)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"contested_by": " "}, "contest_words"),
        ({"reason": ""}, "contest_words"),
        ({"contested_on": dt.date(2026, 12, 1)}, "contest_day_filed"),
        ({"contested_by": "示例甲"}, "contest_own"),
    ],
)
def test_what_cannot_be_taken_in_is_refused(desk: Desk, more: Any, code: str) -> None:
    with pytest.raises(RiskEngineError) as refusal:
        filed(desk, a_fact(desk, **PENALTY), **more)
    assert refusal.value.code == code


def test_one_contest_at_a_time_one_ruling_each_and_its_own_enterprise(desk: Desk) -> None:
    fact = a_fact(desk, **PENALTY)
    contest = filed(desk, fact)
    with pytest.raises(NotAllowed) as open_still:
        filed(desk, fact, reason="另一个理由")
    with pytest.raises(NotAllowed) as before_it:
        upheld(desk, contest, decided_on=dt.date(2026, 11, 1))
    upheld(desk, contest[:8], is_upheld=False, withdraw=False)
    with pytest.raises(NotAllowed) as twice:
        upheld(desk, contest)
    with pytest.raises(NotAllowed) as of_others:
        filed(desk, fact | {"enterprise_id": "E9"})
    refused = (open_still, before_it, twice, of_others)
    codes = [one.value.code for one in refused]
    assert codes == ["contest_open", "contest_day", "contest_ruled", "contest_other"]
    assert filed(desk, fact, reason="新的证据") != contest


def test_a_fact_that_moved_in_between_is_contested_anew(desk: Desk) -> None:
    fact = a_fact(desk, **PENALTY)
    contest = filed(desk, fact)
    again = filed(desk, other := a_fact(desk, "complaints", upheld=True), "complaints")
    upheld(desk, again)
    rows = desk.store.load_register().tables["complaints"].to_pylist()
    assert sum(row["fact_id"] == other["fact_id"] for row in rows) == 2
    upheld(desk, contest)
    with pytest.raises(RiskEngineError, match=fact["fact_id"]):
        filed(desk, fact)  # it is withdrawn


# ── the doors ─────────────────────────────────────────────────────────────────────────────


def test_the_commands_file_rule_and_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_clock(monkeypatch, TODAY)
    desk, home = stocked(tmp_path), ["--home", str(tmp_path)]
    fact = a_fact(desk, **PENALTY)
    file = ["contest", "file", fact["enterprise_id"], "--table", "违法案件", "--fact",
            fact["fact_id"], "--who", "示例经理", "--reason", "认定有误",
            "--by", "示例甲", *home]  # fmt: skip
    assert run(file) == 0
    name = contests.contests_of(desk)[0][0]
    assert name in capsys.readouterr().out
    rule = ["contest", "rule", name[:12], "--ground", "复核属实", "--by", "示例乙", *home]
    assert run(rule) == REFUSED and "--rejected" in capsys.readouterr().err
    assert run([*rule, "--upheld", "--change", "情节"]) == REFUSED
    assert run([*rule, "--upheld", "--change", "情节=轻微"]) == 0
    said = capsys.readouterr().out
    assert "“情节”由“一般”更正为“轻微”" in said and "不重抽" in said
    assert run(["contest", "list", "--lang", "en", *home]) == 0
    assert "upheld the contest" in capsys.readouterr().out


def test_the_doors_take_in_and_rule(client: TestClient, settings: Settings) -> None:
    fact = a_fact(stocked(settings.data), **PENALTY)
    ask = {"by": "示例甲", "enterprise_id": fact["enterprise_id"], "table": "violations",
           "fact_id": fact["fact_id"], "who": "示例经理", "reason": "认定有误"}  # fmt: skip
    made = client.post("/contests", json=ask)
    assert made.status_code == 201
    rule = {
        "contest": made.json()["contest"],
        "upheld": True,
        "ground": "复核属实",
        "withdraw": True,
    }
    assert client.post("/rulings", json=rule | {"by": "示例甲"}).status_code == 403
    ruled = client.post("/rulings", json=rule | {"by": "示例乙"})
    assert ruled.status_code == 201 and ruled.json()["regrade"]
    (one,) = client.get("/contests").json()
    assert one["ruling"] == ruled.json()["ruling"]
    told = client.get(f"/enterprises/{fact['enterprise_id']}").json()
    assert told["said"] and told["history"][-1]["grade"] == told["explanation"]["grade"]
