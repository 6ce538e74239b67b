"""Can a review of case files be run from the keyboard, and checked by anyone?"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import REFUSED, run
from api.settings import Settings
from scheduler import lottery
from tests.api.walk import AFTER, BEFORE, TWO, register_folder, set_clock


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the small register in it, on the day before the event."""
    set_clock(monkeypatch, BEFORE)
    home = tmp_path / "家"
    assert run(["import", str(register_folder(tmp_path / "名录")), "--home", str(home)]) == 0
    return home


def prepare(home: Path, files: int) -> list[str]:
    return [
        "casefiles", "prepare", "--month", "2026-12", "--as-of", "2026-11-25", "--by", "示例科长",
        "--files", str(files), "--event", "示例彩票第138期", "--event-source", "示例公告",
        "--event-due", "2026-11-30T21:15+08:00", "--home", str(home),
    ]  # fmt: skip


def draw(home: Path, *people: str) -> list[str]:
    return [
        "casefiles", "draw", "--month", "2026-12", "--value", "01 02 03",
        *(people or TWO), "--home", str(home),
    ]  # fmt: skip


def test_a_review_from_the_list_to_the_proof(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(prepare(home, 3)) == 0
    listed = pd.read_excel(home / "2026-12" / "案卷评查名单.xlsx", header=1, engine="calamine")
    assert {"案卷号", "承办人", "抽中概率"} <= set(listed.columns)
    assert run(draw(home)) == REFUSED  # the event has not happened
    set_clock(monkeypatch, AFTER)
    assert run(draw(home, "--entered-by", "示例甲")) == REFUSED
    assert run(draw(home)) == 0
    seats = pd.read_excel(home / "2026-12" / "案卷评查分工.xlsx", header=1, engine="calamine").head(
        3
    )
    for handlers, first, second in zip(
        seats["承办人"], seats["评查人"], seats["复核人"], strict=True
    ):
        assert first != second and not {first, second} & set(handlers.split("、"))
    proof = home / "2026-12" / "casefiles.json"
    assert run(["verify", str(proof)]) == 0
    bare = [sys.executable, "-I", "-S", lottery.__file__, str(proof)]
    assert subprocess.run(bare, check=False, capture_output=True).returncode == 0
    capsys.readouterr()
    assert run(draw(home)) == REFUSED
    assert "已" in capsys.readouterr().err


def test_a_list_is_replaced_before_its_event_and_never_after(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever holds the secret knows the result once the event is known: no shopping for lists."""
    assert run(prepare(home, 3)) == 0
    assert run(prepare(home, 4)) == REFUSED
    digest = re.findall("[0-9a-f]{64}", capsys.readouterr().err)[-1]
    because = ("--replaces", digest, "--reason", "漏了一卷")
    later = [word.replace("11-30T21", "12-03T21") for word in prepare(home, 4)]
    set_clock(monkeypatch, AFTER)
    assert run([*later, *because]) == REFUSED
    set_clock(monkeypatch, BEFORE)
    assert run([*prepare(home, 4), *because]) == 0
    set_clock(monkeypatch, AFTER)
    assert run(draw(home)) == 0
    assert run([*later, *because]) == REFUSED


def test_the_same_review_over_http(home: Path, settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"data": home}))
    client = TestClient(app, base_url="http://127.0.0.1:8350")
    app.state.house = replace(app.state.house, clock=lambda: BEFORE)
    event = {"name": "示例彩票", "source": "示例公告", "due_at": "2026-11-30T21:15:00+08:00"}
    ask = {"by": "示例科长", "month": "2026-12", "as_of": "2026-11-25", "count": 3, "event": event}
    listed = client.post("/files", json=ask).json()
    assert sum(one["drawn"] for one in listed["body"]["quotas"]) == 3
    app.state.house = replace(app.state.house, clock=lambda: AFTER)
    ask = {"by": ["示例甲", "示例乙"], "files": listed["digest"], "value": "01 02 03"}
    drawn = client.post("/reviews", json=ask).json()
    assert len(drawn["body"]["reviewed"]) == 3
    proof = client.post("/proofs", json={"by": "示例科长", "review": drawn["digest"]}).json()
    file = client.get(f"/bundles/{proof['digest']}")
    assert "casefiles.json" in file.headers["content-disposition"]
    sound = client.post("/verdicts", content=file.content).json()
    assert sound == {"is_sound": True, "findings": []}
    wrong = client.post("/verdicts", content=file.content.replace(b"01 02 03", b"01 02 04")).json()
    assert "review.seed" in {finding["where"] for finding in wrong["findings"]}


def test_without_a_list_the_way_there_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(draw(home)) == REFUSED
    assert "casefiles prepare" in capsys.readouterr().err
