"""Does anything that fits the published description, or just misses it, make the service fall?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from api import casefiles, steps
from api.app import create_app
from api.settings import Settings
from riskengine.synthetic import small_register
from scheduler.draw import Event

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
WITH_TOKEN = {"Authorization": "Bearer token-1"}


@dataclass
class Served:
    """An application, its description, and the documents in its store: kind → digest."""

    app: FastAPI
    schema: schemathesis.BaseSchema
    kept: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a whole month in its store."""
    folder = tmp_path_factory.mktemp("house")
    app = create_app(Settings(data=folder, host="0.0.0.0", token="token-1"))
    kept = whole_month(app.state.house.desk)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=WITH_TOKEN)
    with TestClient(app):
        yield Served(app, schema, kept)


def whole_month(desk: steps.Desk) -> dict[str, str]:
    def at(day: int) -> steps.Hand:
        return steps.Hand(("李娜", "王强"), dt.datetime(2026, 11, day, tzinfo=dt.UTC))

    def due(day: int) -> Event:
        return Event("public_value", "示例彩票", "示例公报", f"2026-11-{day}T00:00:00Z")

    register = small_register(np.random.default_rng(1))
    desk.store.add_register(register, made_at=at(1).at, made_by=at(1).by)
    kept = {"grades": steps.make_grades(desk, at(1), as_of=dt.date(2026, 11, 1))}
    month = dt.date(2026, 12, 1)
    kept["quota"] = steps.make_quota(desk, at(1), grades=kept["grades"], month=month)
    kept["frame"] = steps.make_frame(desk, at(1), quota=kept["quota"], event=due(10))
    kept["draw"] = steps.make_draw(desk, at(11), frame=kept["frame"], event_value="7")
    kept["routes"] = steps.make_routes(desk, at(11), draw=kept["draw"])
    kept["slots"] = steps.make_slots(desk, at(11), routes=kept["routes"], event=due(12))
    kept["roster"] = steps.make_roster(desk, at(13), slots=kept["slots"], event_value="8")
    kept["files"] = casefiles.make_files(
        desk, at(11), month=month, as_of=dt.date(2026, 11, 1), files=3, event=due(12)
    )
    kept["review"] = casefiles.make_review(desk, at(13), files=kept["files"], event_value="9")
    return kept


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_makes_the_service_fall(served: Served, mode: GenerationMode) -> None:
    seen = 0
    for found in served.schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and operation.path == "/health":
            continue  # it asks nothing that could be asked wrongly

        @settings(
            max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            nonlocal seen
            seen += 1
            if isinstance(case.body, dict):  # beyond the door: documents that are there
                case.body |= {kind: served.kept[kind] for kind in case.body.keys() & served.kept}
            case.call_and_validate(headers=WITH_TOKEN, checks=CHECKS)

        ask()
    assert seen > 100


def test_every_verb_of_the_house_has_a_door(served: Served) -> None:
    doors = {
        (method, path)
        for path, operations in served.app.openapi()["paths"].items()
        for method in operations
    }
    posts = {
        "grades", "quotas", "frames", "draws", "routes", "slots", "rosters", "bundles",
        "verdicts", "scenarios", "files", "reviews", "proofs", "repairs",
    }  # fmt: skip
    assert {("post", f"/{verb}") for verb in posts} <= doors
    assert {("put", "/registers"), ("get", "/enterprises/{enterprise_id}")} <= doors
    assert {("get", "/jobs/{job_id}/events"), ("delete", "/jobs/{job_id}")} <= doors
