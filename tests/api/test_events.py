"""Can a supervisor wait for a beacon or for promised secrets as easily as for a lottery?"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import REFUSED, run
from api.settings import Settings
from api.store import open_store
from api.typed import NamedEvent, event_from, reveals_from
from riskengine.errors import RiskEngineError
from scheduler import beacon, lottery
from scheduler.event import of_beacon
from tests.api.walk import (
    AFTER,
    BEFORE,
    BETWEEN,
    FIRST_DUE,
    FIRST_VALUE,
    MONTH,
    SECOND_DUE,
    SECOND_VALUE,
    TWO,
    prepare,
    publish,
    register_folder,
    set_clock,
)

Said = pytest.CaptureFixture[str]
VALUE = "a" * 96
"""Stands for the signature of a round to come; nobody can know the real one."""


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a register."""
    folder = tmp_path_factory.mktemp("stocked")
    with pytest.MonkeyPatch.context() as patch:
        set_clock(patch, BEFORE)
        register = register_folder(folder / "名录")
        assert run(["import", str(register), "--home", str(folder / "data")]) == 0
    return folder / "data"


@pytest.fixture
def home(stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, before the first event."""
    set_clock(monkeypatch, BEFORE)
    return Path(shutil.copytree(stocked, tmp_path / "data"))


def believe(patch: pytest.MonkeyPatch) -> None:
    """A beacon that signs `VALUE` for every round: the real one has not spoken yet."""
    patch.setattr("scheduler.beacon.is_signed", lambda _chain, _number, value: value == VALUE)


def command(home: Path, *words: str) -> list[str]:
    verb, *rest = words
    return [verb, "--month", MONTH, "--home", str(home), *rest]


def freezing(home: Path, *event: str) -> list[str]:
    return command(home, "prepare", "--as-of", "2026-11-25", "--by", "示例队长", *event)


def refusal(said: Said, arguments: list[str]) -> str:
    said.readouterr()
    assert run(arguments) == REFUSED
    return said.readouterr().err


def bodies(home: Path, kind: str) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{home / 'riskengine.db'}")
    return [store.get_document(one.digest).body for one in store.documents(kind)]


# ── a beacon ──────────────────────────────────────────────────────────────────────────────


def beacon_month(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Every step of a month that waits for two rounds, each entered by one person."""
    one = ["--entered-by", "示例甲", "--value"]
    set_clock(patch, BEFORE)
    assert run(freezing(home, "--event-kind", "drand", "--event-due", FIRST_DUE)) == 0
    set_clock(patch, BETWEEN)
    second = beacon.round_at("quicknet", dt.datetime.fromisoformat(SECOND_DUE))
    assert run(command(home, "settle", *one, VALUE.upper(), "--drand-round", str(second))) == 0
    set_clock(patch, AFTER)
    assert run(command(home, "staff", *one, VALUE)) == 0
    assert run(publish(home)) == 0
    set_clock(patch, dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    assert run(command(home, "open", "--by", "示例局长")) == 0


def test_a_month_that_waits_for_a_beacon_takes_one_person(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        believe(patch)
        beacon_month(home, patch)
        (frame,) = bodies(home, "frame")
        number = beacon.round_at("quicknet", dt.datetime.fromisoformat(FIRST_DUE))
        assert (frame["event"]["round"], frame["event"]["chain"]) == (number, "quicknet")
        assert [draw["event_value"] for draw in bodies(home, "draw")] == [VALUE]
        assert run(["verify", str(home / MONTH / "bundle.json")]) == 0

    # without the pretence the same bundle is forged, and only the file alone cannot see it
    bundle = home / MONTH / "bundle.json"
    raw = bundle.read_bytes()
    assert lottery.verify(lottery.parse_bundle(raw), raw) == []
    capsys.readouterr()
    assert run(["verify", str(bundle), "--lang", "en"]) == 1
    assert "draw.event_value" in capsys.readouterr().out
    service = create_app(Settings(data=home, token=None))
    client = TestClient(service, base_url="http://127.0.0.1:8350")
    verdict = client.post("/verdicts", content=raw).json()
    assert [found["where"] for found in verdict["findings"]] == [
        "draw.event_value", "roster.event_value",
    ]  # fmt: skip


def test_a_value_the_beacon_did_not_sign_is_refused(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(freezing(home, "--event-kind", "drand", "--event-due", FIRST_DUE)) == 0
    set_clock(monkeypatch, BETWEEN)
    settle = command(home, "settle", "--entered-by", "示例甲", "--drand-round", "35000000")
    assert "--value" in refusal(capsys, settle)
    assert "不是信标 quicknet" in refusal(capsys, [*settle, "--value", VALUE])
    assert "96" in refusal(capsys, [*settle, "--value", "07 12"])


def test_the_round_or_its_time_is_needed(home: Path, capsys: Said) -> None:
    assert "--drand-round" in refusal(capsys, freezing(home, "--event-kind", "drand"))
    assert "信标" in refusal(
        capsys, freezing(home, "--drand-round", "99", "--drand-chain", "fastnet")
    )
    assert "已发生" in refusal(capsys, freezing(home, "--drand-round", "1000"))
    assert "dice" in refusal(capsys, freezing(home, "--event-kind", "dice"))
    assert "--event-due" in refusal(
        capsys, freezing(home, "--event", "示例", "--event-source", "报")
    )


# ── promised secrets ──────────────────────────────────────────────────────────────────────


def promised(said: Said, name: str, file: Path) -> str:
    """What an officer hands in."""
    said.readouterr()
    assert run(["promise", "--by", name, "--to", str(file)]) == 0
    found = re.search(r"--promise (\S+)", said.readouterr().out)
    assert found
    return found[1]


def test_officers_promise_and_open_secrets(
    home: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: tmp_path / name / "密文.txt" for name in ("示例甲", "示例乙", "示例丙")}
    promises = {name: promised(capsys, name, file) for name, file in files.items()}
    handed_in = [word for text in promises.values() for word in ("--promise", text)]
    for name, file in files.items():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secret = bytes.fromhex(file.read_text())
        assert promises[name] == f"{name}={lottery.commitment_of(secret)}"
    assert "已经存在" in refusal(
        capsys, ["promise", "--by", "示例甲", "--to", str(files["示例甲"])]
    )
    due = ["--event-due", "2026-11-28T21:15+08:00"]
    assert "两名" in refusal(capsys, freezing(home, *due, *handed_in[:2]))
    assert "承诺" in refusal(capsys, freezing(home, *due, "--promise", "示例甲"))
    assert run(freezing(home, *due, *handed_in)) == 0

    set_clock(monkeypatch, BETWEEN)
    second = ["--event", "示例彩票", "--event-source", "示例报", "--event-due", SECOND_DUE]
    settle = command(home, "settle", "--entered-by", "示例甲", *second)
    opened = [f"--reveal={name}={file}" for name, file in files.items()]
    assert "示例丙" in refusal(capsys, [*settle, *opened[:2]])
    assert "期限" in refusal(
        capsys, [*settle, "--entered-by", "示例乙", *opened[:2], "--withheld-by", "示例丙"]
    )
    assert "两名" in refusal(capsys, [*settle, *opened[:2], "--withheld-by", "示例丙"])
    assert "读不懂" in refusal(capsys, [*settle, "--reveal", "示例甲=no-file.txt"])
    assert run([*settle, *opened]) == 0
    (draw,) = bodies(home, "draw")
    assert dict(json.loads(draw["event_value"])).keys() == files.keys()


def test_an_officer_who_keeps_his_secret_past_the_deadline_stops_nobody(
    home: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: tmp_path / f"{name}.txt" for name in ("示例甲", "示例乙")}
    promises = [f"--promise={promised(capsys, name, file)}" for name, file in files.items()]
    assert run(freezing(home, "--event-due", "2026-11-28T05:00+08:00", *promises)) == 0
    set_clock(monkeypatch, BETWEEN)  # 29 hours after the event, within which secrets are opened
    second = ["--event", "示例彩票", "--event-source", "示例报", "--event-due", SECOND_DUE]
    opened = f"--reveal=示例甲={files['示例甲']}"
    assert run(command(home, "settle", *TWO, *second, opened, "--withheld-by", "示例乙")) == 0
    (draw,) = bodies(home, "draw")
    assert dict(json.loads(draw["event_value"]))["示例乙"] == ""


# ── two people at one keyboard ────────────────────────────────────────────────────────────


def settling(home: Path, *more: str) -> list[str]:
    second = ["--event", "示例彩票", "--event-source", "示例报", "--event-due", SECOND_DUE]
    return command(home, "settle", *TWO, *second, *more)


def test_each_types_the_value_and_they_must_agree(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(prepare(home)) == 0
    set_clock(monkeypatch, BETWEEN)
    differs = settling(home, "--value", FIRST_VALUE, "--value-again", SECOND_VALUE)
    assert "两次录入不一致" in refusal(capsys, differs)
    typed = iter([FIRST_VALUE, SECOND_VALUE, FIRST_VALUE, FIRST_VALUE.replace(" ", "　")])
    asked: list[str] = []

    def prompt(what: str, **how: Any) -> str:
        asked.append(what)
        assert how["hide_input"]
        return next(typed)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", prompt)
    assert "两次录入不一致" in refusal(capsys, settling(home))
    assert run(settling(home)) == 0
    assert len(asked) == 4 and "第一人" in asked[0] and "第二人" in asked[1]


def test_what_stopped_after_the_plan_goes_on_with_it(
    home: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(prepare(home)) == 0
    set_clock(monkeypatch, BETWEEN)
    with monkeypatch.context() as patch:
        patch.setattr(
            "api.steps.make_slots",
            lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full", "disk")),
        )
        assert "full" in refusal(capsys, settling(home, "--value", FIRST_VALUE))
        again = settling(home, "--value", FIRST_VALUE, "--plan-again", "桥断了")
        assert "full" in refusal(capsys, again)
    assert run(settling(home, "--value", FIRST_VALUE)) == 0
    second, first = bodies(home, "routes")
    assert (first["replaces"], second["reason"]) == (None, "桥断了")


# ── what the options say ──────────────────────────────────────────────────────────────────


def test_the_kind_follows_from_the_options() -> None:
    number = of_beacon("quicknet", 35107012)
    assert event_from(NamedEvent(round=35107012), "prepare") == number
    due = "2026-12-24T22:59:59+08:00"
    assert event_from(NamedEvent(kind="drand", due=due), "prepare") == number
    named = NamedEvent(name="彩票", source="公报", due=due)
    assert event_from(named, "prepare").kind == "public_value"


@pytest.mark.parametrize("text", ["李四", "李四=", "李四=xyz", "李四=abc", "=00"])
def test_a_secret_that_cannot_be_read_is_refused(text: str) -> None:
    if text == "=00":
        assert reveals_from([text], ["王五"]) == '[["","00"],["王五",""]]'
        return
    with pytest.raises(RiskEngineError, match="李四"):
        reveals_from([text], [])


# ── over HTTP ─────────────────────────────────────────────────────────────────────────────


def test_the_service_takes_a_beacon_from_one_and_a_withheld_secret_from_two(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [BEFORE]
    app = create_app(Settings(data=home, token=None), lambda: moment[0])
    client = TestClient(app, base_url="http://127.0.0.1:8350")

    def post(path: str, status: int = 201, **ask: Any) -> dict[str, Any]:
        answer = client.post(path, json=ask)
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    grades = post("/grades", by="示例队长", as_of="2026-11-25")["digest"]
    event = {"kind": "drand", "due_at": "2026-11-28T05:00:00+08:00"}
    frames = {}
    for month in ("2026-12", "2027-01"):
        quota = post("/quotas", by="示例队长", grades=grades, month=month)["digest"]
        frames[month] = post("/frames", by="示例队长", quota=quota, event=event)
    assert frames["2026-12"]["body"]["event"]["reveal_by"] == "2026-11-28T21:00:00Z"

    moment[0] = dt.datetime(2026, 11, 28, 8, tzinfo=dt.UTC)
    asked = {"frame": frames["2026-12"]["digest"], "value": VALUE}
    assert post("/draws", 409, by=["示例甲"], **asked)["code"] == "beacon_unsigned"
    believe(monkeypatch)
    twice = {"value_again": "b" * 96}
    assert post("/draws", 403, by=["示例甲"], **asked, **twice)["code"] == "typed_differently"
    assert post("/draws", by=["示例甲"], **asked)["body"]["event_value"] == VALUE

    (home / "sealed").rename(home / "lost")
    lost = {"frame": frames["2027-01"]["digest"], "value": VALUE, "withheld": True}
    assert post("/draws", 403, by=["示例甲"], **lost)["code"] == "second_person_needed"
    assert post("/draws", 403, by=["示例甲", "示例乙"], **lost)["code"] == "not_overdue"
    moment[0] = BETWEEN
    assert post("/draws", by=["示例甲", "示例乙"], **lost)["body"]["is_withheld"]
