"""Does the service let in whom it should, and say no in two languages?"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import STATUS, create_app, status_of
from api.settings import Settings, allowed_to_listen
from api.store import FINAL
from riskengine import errors
from riskengine.errors import NotAllowed, RiskEngineError
from tests.api import worlds

HERE = "http://127.0.0.1:8350"
TOKEN = "长夜-token-1"
DIGEST = "0" * 64


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem details of an answer, whose form is checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:riskengine:{code}")
    assert any("\u4e00" <= sign <= "\u9fff" for sign in body["title"])
    assert body["detail"].isascii() or "“" in body["detail"]
    return body


# ── who is let in ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "squad.example"])
@pytest.mark.parametrize("token", [None, "", "  "])
def test_listening_beyond_this_machine_needs_a_token(host: str, token: str | None) -> None:
    with pytest.raises(NotAllowed, match="RISKENGINE_TOKEN"):
        allowed_to_listen(Settings(host=host, token=token))
    with pytest.raises(NotAllowed):
        create_app(Settings(host=host, token=token))


def test_loopback_needs_none_and_elsewhere_a_token_is_enough() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        assert allowed_to_listen(Settings(host=host, token=None)).host == host
    assert allowed_to_listen(Settings(host="0.0.0.0", token="t")).host == "0.0.0.0"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKENGINE_PORT", "9000")
    monkeypatch.setenv("RISKENGINE_TOKEN", "secret-word")
    settings = Settings()
    assert settings.port == 9000
    assert "secret-word" not in repr(settings)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/documents", "/nowhere"])
def test_without_the_right_token_nothing_is_answered(
    tmp_path: Path, header: str | None, path: str
) -> None:
    app = create_app(Settings(data=tmp_path, host="0.0.0.0", token="token-1"))
    headers = {} if header is None else {"Authorization": header.replace(TOKEN, "token-2")}
    answer = TestClient(app, base_url="http://squad.example").get(path, headers=headers)
    is_problem(answer, 401, "token_wrong")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_with_the_token_the_door_opens(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, host="0.0.0.0", token=TOKEN))
    client = TestClient(app, base_url="http://squad.example")
    answer = client.get("/health", headers={"Authorization": f"Bearer {TOKEN}".encode()})
    assert answer.json()["status"] == "ok"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", ""])
def test_without_a_token_only_loopback_names_are_answered(client: TestClient, host: str) -> None:
    is_problem(client.get("/health", headers={"Host": host}), 421, "door_refused")


@pytest.mark.parametrize("host", ["127.0.0.1:8350", "localhost", "[::1]:8350"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


# ── how it says no ────────────────────────────────────────────────────────────────────────


def test_a_request_that_does_not_fit_names_every_place_and_repeats_no_value(
    client: TestClient,
) -> None:
    answer = client.post("/grades", json={"by": 7, "as_of": "yesterday-9821", "colour": "red"})
    problem = is_problem(answer, 422, "request_invalid")
    assert {fault["where"] for fault in problem["errors"]} == {
        "body/by",
        "body/as_of",
        "body/colour",
    }
    assert "9821" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PATCH", "/grades", 405), ("GET", "/docs", 404)],
)
def test_what_is_not_there_is_a_problem_too(
    client: TestClient, method: str, path: str, status: int
) -> None:
    is_problem(client.request(method, path), status, "door_refused")


def test_broken_json_is_a_problem(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/grades", content=b'{"by": ', headers=headers)
    is_problem(answer, 422, "request_invalid")


def test_an_upload_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, token=None, upload_megabytes=1))
    client = TestClient(app, base_url=HERE)
    is_problem(client.post("/verdicts", content=b"x" * 1_000_001), 413, "upload_too_large")
    is_problem(client.post("/verdicts", content=iter([b"x"])), 411, "length_needed")


def test_unknown_documents_and_jobs_are_not_found(client: TestClient) -> None:
    is_problem(client.get(f"/documents/{DIGEST}"), 404, "not_found")
    is_problem(client.get("/jobs/J9"), 404, "not_found")
    is_problem(client.get("/jobs/J9/events"), 404, "not_found")
    is_problem(client.delete("/jobs/J9"), 404, "not_found")


def test_a_fault_of_the_program_shows_nothing_of_the_program(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise ZeroDivisionError("the inside")

    app = create_app(settings)
    monkeypatch.setattr("api.jobs.Jobs.cancel", fall)
    client = TestClient(app, base_url=HERE, raise_server_exceptions=False)
    job = app.state.house.desk.store.add_job("routes", {})
    answer = client.delete(f"/jobs/{job.job_id}")
    is_problem(answer, 500, "server_fault")
    assert "inside" not in answer.text


def test_every_refusal_of_the_engine_has_a_status() -> None:
    def below(kind: type[RiskEngineError]) -> set[type[RiskEngineError]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    kinds = {one for one in below(RiskEngineError) if one.__module__ == errors.__name__}
    assert len(kinds) > 8
    assert all(400 <= status_of(one) < 500 for one in kinds)
    assert status_of(errors.UncitedValue) == STATUS[errors.PolicyError]


def test_a_bundle_that_is_none_gets_a_verdict_not_an_error(client: TestClient) -> None:
    for body in (b"", b"[]", b"{", b"[" * 100_000, b"\xff\xfe", b'{"format": 1.5}', b"{}"):
        answer = client.post("/verdicts", content=body)
        assert answer.status_code == 200
        assert answer.json()["is_sound"] is False
        assert answer.json()["findings"]


# ── jobs over HTTP ────────────────────────────────────────────────────────────────────────


def test_a_job_can_be_watched_and_stopped_from_outside(client: TestClient) -> None:
    jobs = client.app.state.house.jobs  # type: ignore[attr-defined]
    job_id = jobs.start("search", worlds.search_for_ever, {}).job_id

    def stop_when_it_searches() -> None:
        while client.get(f"/jobs/{job_id}").json()["progress"] is None:
            time.sleep(0.1)
        time.sleep(0.5)
        client.delete(f"/jobs/{job_id}")

    killer = threading.Thread(target=stop_when_it_searches)
    killer.start()
    told = []
    with client.stream("GET", f"/jobs/{job_id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data:"):
                told.append(json.loads(line.removeprefix("data:")))
    states = [one["state"] for one in told]
    assert states[-1] == "cancelled"
    assert "running" in states
    assert any(one["progress"] for one in told)
    assert client.get(f"/jobs/{job_id}").json()["state"] == "cancelled"
    killer.join()


def test_a_finished_job_tells_its_result_at_once(client: TestClient) -> None:
    jobs = client.app.state.house.jobs  # type: ignore[attr-defined]
    job_id = jobs.start("count", worlds.count_to, {"to": 2}).job_id
    text = client.get(f"/jobs/{job_id}/events").text
    last = json.loads(text.strip().split("data:")[-1].split("\n")[0])
    assert last["state"] in FINAL
    assert last["result"]["counted"] == 2
