"""Does `riskengine fit-challenger` learn, compare, keep and refuse as it should?"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
import yaml

from api.challengers import CARD, FILE
from api.cli import REFUSED, run
from api.store import open_store
from models import find_pack
from riskengine.challenger.file import file_digest, read_challenger
from riskengine.errors import PolicyError
from riskengine.policy import read_policy
from tests.api import walk
from tests.api.past import LABEL, past_folder
from tests.scheduler.ranking import model, naming

Said = pytest.CaptureFixture[str]


def learn(past: Path, out: Path, *more: str) -> int:
    return run(
        [
            "fit-challenger", str(past), "--mapping", str(past / "mapping.yaml"), "--label", LABEL,
            "--windows", "2", "--window-days", "100", "--out", str(out), "--name", "本局", *more,
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return past_folder(tmp_path_factory.mktemp("past") / "visits")


def test_it_writes_the_model_and_what_the_card_gives_up(
    past: Path, tmp_path: Path, capsys: Said
) -> None:
    pack = tmp_path / "packs" / "county"
    shutil.copytree(str(find_pack("us-chicago-food")), pack)
    assert learn(past, tmp_path / "packs", "--pack", str(pack)) == 0
    said = capsys.readouterr().out
    folder = tmp_path / "packs" / "fitted" / "本局"
    data = (folder / FILE).read_bytes()
    mark = file_digest(data)
    challenger, origin = read_challenger(data, mark)
    assert origin.label_text == LABEL == origin.features.record.finding
    assert challenger.officers is not None and "township_finding_bp" not in [
        one.feature for one in challenger.columns
    ]
    text = (folder / CARD).read_text(encoding="utf-8")
    assert mark in text and "未批准" in text and "计分卡让出了什么" in text
    # what it prints signs nothing, and with a name it is in force
    lines = yaml.safe_load(said[said.index("challenger:\n") :])
    (since,) = lines["challenger"]
    file = pack / "pack.yaml"
    content = yaml.safe_load(file.read_text("utf-8")) | lines
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    with pytest.raises(PolicyError, match="尚未批准"):
        read_policy(pack)
    lines["challenger"][since]["approved_by"][0] |= {
        "name": "王某", "role": "副局长", "date": since - dt.timedelta(days=1),
    }  # fmt: skip
    file.write_text(yaml.safe_dump(content | lines, allow_unicode=True), "utf-8")
    named = read_policy(pack).on(since).challenger
    assert named is not None and named.digest == mark
    # what is there may be signed
    assert learn(past, tmp_path / "packs", "--pack", str(pack)) == REFUSED
    assert (folder / FILE).read_bytes() == data


def test_figures_it_does_not_read_are_named(past: Path, tmp_path: Path, capsys: Said) -> None:
    """It left the table 指标 out, and only a page of the handbook said so."""
    folder = tmp_path / "visits"
    shutil.copytree(past, folder)
    (folder / "figures.csv").write_text("id,day,n\nE000,2025-01-02,3\n", "utf-8")
    mapping = folder / "mapping.yaml"
    mapping.write_text(
        mapping.read_text("utf-8")
        + """
indicators:
  - file: figures.csv
    fields: {enterprise_id: id, occurred_on: day, known_on: day, value_milli: n}
    constants: {name: 驾驶员流失率}
""",
        "utf-8",
    )
    assert learn(folder, tmp_path) == 0
    said = capsys.readouterr().out
    text = (tmp_path / "fitted" / "本局" / CARD).read_text(encoding="utf-8")
    for where in (said, text):
        assert "“指标”表的 1 项（驾驶员流失率）它不看" in "".join(where.split("\n"))
    more = ["--windows", "2", "--window-days", "100", "--models", "challenger"]
    asked = ["backtest", str(folder), "--mapping", str(mapping), "--label", LABEL, *more]
    assert run(asked) == 0
    assert "“指标”表有 1 项（驾驶员流失率）" in "".join(capsys.readouterr().out.split("\n"))


def test_a_month_at_the_keyboard_names_the_model_and_why_tells_its_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    home, register = tmp_path / "home", walk.register_folder(tmp_path / "register")
    with_pack = ("--pack", str(naming(tmp_path, model())))
    walk.set_clock(monkeypatch, walk.BEFORE)
    assert run(["import", str(register), "--home", str(home), *with_pack]) == 0
    assert run(walk.prepare(home, *with_pack)) == 0
    walk.set_clock(monkeypatch, walk.BETWEEN)
    assert run([*walk.settle(home), *with_pack]) == 0
    assert file_digest(model())[:16] in "".join(capsys.readouterr().out.split())
    store = open_store(f"sqlite:///{home / 'riskengine.db'}")
    (draw,) = store.documents("draw")
    drawn = store.get_document(draw.digest, "draw").body["selected"]
    asked = ["why", "--month", walk.MONTH, "--visit", drawn[0], "--home", str(home), *with_pack]
    assert run(asked) == 0
    assert "挑战模型" in capsys.readouterr().out
    # by other rules the reasons would be others, and the challenger's were left out
    assert run([*asked, "--pack", "cn-transport"]) == REFUSED
    assert "是按另一套规则冻结的" in capsys.readouterr().err
    # another model after the list is frozen is another rule
    changed = ["settle", "--plan-again", "换模型", *walk.settle(home)[1:]]
    assert run([*changed, "--pack", "cn-transport"]) == REFUSED


def test_a_list_is_not_frozen_under_a_signed_file_that_is_no_model_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """It was found out after the event, when no other list could be frozen."""
    home, register = tmp_path / "home", walk.register_folder(tmp_path / "register")
    with_pack = ("--pack", str(naming(tmp_path, b"# no model")))
    walk.set_clock(monkeypatch, walk.BEFORE)
    assert run(["import", str(register), "--home", str(home), *with_pack]) == 0
    assert run(walk.prepare(home, *with_pack)) == REFUSED
    assert "挑战模型文件" in capsys.readouterr().err
    assert not list(open_store(f"sqlite:///{home / 'riskengine.db'}").documents("frame"))
