"""Does a whole month walk through the HTTP doors, and is every wrong step refused?"""

from __future__ import annotations

import datetime as dt
import io
import json
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.documents import KINDS, read_document
from api.settings import Settings
from api.store import FINAL
from riskengine.digest import digest
from riskengine.export import export_register
from riskengine.synthetic import synthetic_register
from scheduler.lottery import commitment_of

ROOT = Path(__file__).parents[2]
PEOPLE = ["李娜", "王强"]
APPROVER = "赵敏"
BEFORE, AFTER = "2026-11-30T08:00:00+08:00", "2026-11-30T21:30:00+08:00"
EVENT = {"name": "示例彩票 2026140 期", "source": "示例公报", "due_at": "2026-11-30T21:15:00+08:00"}
SECOND = {"name": "示例指数收盘", "source": "示例报", "due_at": "2026-12-01T09:00:00+08:00"}


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.put(BEFORE)

    def put(self, moment: str) -> None:
        self.moment = dt.datetime.fromisoformat(moment)

    def __call__(self) -> dt.datetime:
        return self.moment


@dataclass
class Walk:
    """A service, its clock, and the answers of the doors so far."""

    client: TestClient
    clock: Clock
    folder: Path

    def post(self, path: str, status: int = 201, **ask: Any) -> dict[str, Any]:
        answer = self.client.post(path, json=ask)
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def finished(self, job: dict[str, Any]) -> dict[str, Any]:
        while job["state"] not in FINAL:
            time.sleep(0.2)
            job = self.client.get(f"/jobs/{job['job_id']}").json()
        assert job["state"] == "done", job
        found: dict[str, Any] = self.client.get(f"/documents/{job['result']['digest']}").json()
        return found


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder, clock = tmp_path_factory.mktemp("house"), Clock()
    app = create_app(Settings(data=folder, token=None), clock)
    with TestClient(app, base_url="http://127.0.0.1:8350") as client:
        yield Walk(client, clock, folder)


@pytest.fixture(scope="module")
def tables() -> dict[str, bytes]:
    """A made-up county of 60 enterprises and 8 officers, as its bureau would export it."""
    register = synthetic_register(np.random.default_rng(7), enterprises=60, officers=8)
    return {
        f"{name}.csv": table.to_csv(index=False).encode("utf-8-sig")
        for name, table in export_register(register).items()
    }


@pytest.fixture(scope="module")
def month(walk: Walk, tables: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Every document of the month, by its kind."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in tables.items():
            file.writestr(name, content)
    imported = walk.client.put(
        "/registers",
        data={"by": "李娜"},
        files=[("files", ("county.zip", packed.getvalue()))],
    )
    assert imported.status_code == 201, imported.text
    made: dict[str, dict[str, Any]] = {"import": imported.json()}
    one = {"by": "李娜"}
    made["grades"] = grades = walk.post("/grades", as_of="2026-12-01", **one)
    made["quota"] = quota = walk.post("/quotas", grades=grades["digest"], month="2026-12", **one)
    made["frame"] = frame = walk.post("/frames", quota=quota["digest"], event=EVENT, **one)

    drawing = {"frame": frame["digest"], "value": "03 07 11 19 28 30 + 05"}
    made["too early"] = walk.post("/draws", 403, by=PEOPLE, **drawing)
    walk.clock.put(AFTER)
    made["alone"] = walk.post("/draws", 403, by=["李娜"], **drawing)
    made["draw"] = drawn = walk.post("/draws", by=PEOPLE, **drawing)
    made["again"] = walk.post("/draws", 409, by=PEOPLE, **drawing)

    job = walk.post("/routes", 202, draw=drawn["digest"], **one)
    made["routes"] = routes = walk.finished(job)
    made["slots"] = slots = walk.post("/slots", routes=routes["digest"], event=SECOND, **one)
    walk.clock.put("2026-12-01T09:30:00+08:00")
    made["roster"] = roster = walk.post(
        "/rosters", by=PEOPLE, slots=slots["digest"], value="3021.77"
    )
    made["own approval"] = walk.post("/bundles", 403, by="王强", roster=roster["digest"])
    made["sealed"] = walk.post("/bundles", by=APPROVER, roster=roster["digest"])
    days = sorted(route["day"] for route in routes["body"]["routes"])
    asked = {"by": "李娜", "roster": roster["digest"]}
    made["names too early"] = walk.post("/names", 403, day=days[0], **asked)
    made["opening too early"] = walk.post("/openings", 403, **asked)
    walk.clock.put(f"{days[0]}T12:00:00+08:00")
    made["names"] = walk.post("/names", day=days[0], **asked)
    walk.clock.put(f"{days[-1]}T12:00:00+08:00")
    made["bundle"] = walk.post("/openings", **asked)
    walk.clock.put("2026-12-01T12:00:00+08:00")
    return made


def test_every_row_is_stored_or_rejected(month: dict[str, Any], tables: dict[str, bytes]) -> None:
    rows = sum(len(content.decode("utf-8-sig").splitlines()) - 1 for content in tables.values())
    imported = month["import"]
    assert imported["new"] > 60
    assert imported["new"] + imported["rejected"] == rows


def test_wrong_steps_are_refused_with_a_sentence(month: dict[str, Any]) -> None:
    refused = ("too early", "alone", "again", "own approval", "names too early")
    codes = {name: month[name]["code"] for name in (*refused, "opening too early")}
    assert codes == {
        "names too early": "names_sealed",
        "opening too early": "month_sealed",
        "too early": "event_not_due",
        "alone": "second_person_needed",
        "again": "frame_drawn",
        "own approval": "another_person_needed",
    }


def test_a_list_is_not_frozen_after_its_event(walk: Walk, month: dict[str, Any]) -> None:
    again = {"replaces": month["frame"]["digest"], "reason": "试一试"}
    refused = walk.post(
        "/frames", 409, by="李娜", quota=month["quota"]["digest"], event=EVENT, **again
    )
    assert refused["code"] == "event_has_happened"


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_reads_back_as_it_was(walk: Walk, month: dict[str, Any], kind: str) -> None:
    for listed in walk.client.get("/documents", params={"kind": kind}).json():
        kept = walk.client.get(f"/documents/{listed['digest']}").json()
        document = read_document(kind, kept["body"])
        assert digest(document) == digest(kept["body"])
        assert type(document).__name__.lower().startswith(kind.rstrip("s"))


def test_the_draw_is_what_the_quota_promised(month: dict[str, Any]) -> None:
    selected = month["draw"]["body"]["selected"]
    assert len(selected) == len(set(selected)) == month["quota"]["body"]["visits"] > 0
    routed = {
        stop["enterprise_id"]
        for route in month["routes"]["body"]["routes"]
        for stop in route["stops"]
    }
    owed = {visit["enterprise_id"] for visit in month["routes"]["body"]["owed"]}
    assert set(selected) <= routed | owed
    assert len(month["roster"]["body"]["assignments"]) == len(month["routes"]["body"]["routes"])


def test_names_come_out_by_day_and_the_roster_last(walk: Walk, month: dict[str, Any]) -> None:
    seats = month["roster"]["body"]["assignments"]
    names = month["names"]["body"]
    assert names["assignments"] == [seat for seat in seats if seat["day"] == names["day"]]
    sealed = walk.client.get(f"/bundles/{month['sealed']['digest']}").content
    assert walk.client.post("/verdicts", content=sealed).json()["is_sound"] is True
    assert "roster" not in json.loads(sealed)
    assert month["roster"]["body"]["secret"] not in sealed.decode()
    assert names["roster_digest"] in sealed.decode()
    walk.clock.put("2027-01-02T12:00:00+08:00")
    verdict = walk.client.post("/verdicts", content=sealed).json()
    walk.clock.put("2026-12-01T12:00:00+08:00")
    assert [found["where"] for found in verdict["findings"]] == ["roster.secret"]


def test_anyone_can_verify_the_bundle_alone(
    walk: Walk, month: dict[str, Any], tmp_path: Path
) -> None:
    raw = walk.client.get(f"/bundles/{month['bundle']['digest']}").content
    assert walk.client.post("/verdicts", content=raw).json() == {"is_sound": True, "findings": []}
    path = tmp_path / "bundle.json"
    path.write_bytes(raw)
    alone = [sys.executable, "-I", "-S", str(ROOT / "scheduler" / "lottery.py"), str(path)]
    assert subprocess.run(alone, check=False, capture_output=True, cwd="/").returncode == 0
    first = month["draw"]["body"]["selected"][0]
    path.write_bytes(raw.replace(first.encode(), first[:-1].encode() + b"#", 1))
    assert walk.client.post("/verdicts", content=path.read_bytes()).json()["findings"]
    assert subprocess.run(alone, check=False, capture_output=True, cwd="/").returncode != 0


def test_secrets_are_sealed_and_readable_by_the_owner_only(
    walk: Walk, month: dict[str, Any]
) -> None:
    commitment = month["frame"]["body"]["commitment"]
    sealed = walk.folder / "sealed"
    assert commitment in {path.stem for path in sealed.iterdir()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in sealed.iterdir()} == {0o600}
    secret = month["draw"]["body"]["secret"]
    assert secret not in json.dumps(month["frame"])


def test_an_enterprise_is_told_why(walk: Walk, month: dict[str, Any]) -> None:
    enterprise = month["draw"]["body"]["selected"][0]
    told = walk.client.get(f"/enterprises/{enterprise}").json()
    explanation = told["explanation"]
    assert sum(reason["points"] for reason in explanation["reasons"]) == explanation["score"]
    assert [row["grade"] for row in told["history"]] == [explanation["grade"]]
    assert walk.client.get("/enterprises/nobody").status_code == 404


def test_documents_are_found_by_kind_and_month(walk: Walk, month: dict[str, Any]) -> None:
    ask = {"kind": "roster", "month": "2026-12"}
    (found,) = walk.client.get("/documents", params=ask).json()
    assert found["digest"] == month["roster"]["digest"]
    assert found["made_by"] == PEOPLE
    assert walk.client.get("/documents", params=ask | {"month": "2026-11"}).json() == []


def test_the_same_grades_twice_are_one_document(walk: Walk, month: dict[str, Any]) -> None:
    again = walk.post("/grades", as_of="2026-12-01", by="李娜")
    assert again["digest"] == month["grades"]["digest"]


def test_a_scenario_is_a_job(walk: Walk, month: dict[str, Any]) -> None:
    ask = {"grades": month["grades"]["digest"], "month": "2027-01", "months": 3, "runs": 5}
    kept = walk.finished(walk.post("/scenarios", 202, by="李娜", officers=[4, 8], **ask))
    assert kept["kind"] == "scenario"
    assert [one["officers"] for one in kept["body"]["staffings"]] == [4, 8]


def test_officers_who_promised_secrets_draw_with_them_once(
    walk: Walk, month: dict[str, Any]
) -> None:
    secrets = {"李娜": "0a" * 32, "王强": "b1" * 32}
    promises = [
        {"name": name, "commitment": commitment_of(bytes.fromhex(secret))}
        for name, secret in secrets.items()
    ]
    event = {"kind": "commit_reveal", "due_at": "2026-12-31T10:00:00+08:00", "promises": promises}
    grades = month["grades"]["digest"]
    quota = walk.post("/quotas", by="李娜", grades=grades, month="2027-01")
    named = event | {"name": "当面揭示", "source": "会议室"}
    frame = walk.post("/frames", by="李娜", quota=quota["digest"], event=named)
    walk.clock.put("2026-12-31T10:05:00+08:00")
    opened = [{"name": name, "secret": secret} for name, secret in secrets.items()]
    ask = {"by": PEOPLE, "frame": frame["digest"]}
    wrong = [*opened[:1], opened[1] | {"secret": "ff" * 32}]
    assert walk.post("/draws", 409, reveals=wrong, **ask)["code"] == "reveal_differs"

    with ThreadPoolExecutor(4) as at_once:
        answers = list(
            at_once.map(
                lambda _: walk.client.post("/draws", json=ask | {"reveals": opened}), range(4)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
