"""Does anything that fits the published description, or just misses it, make the service fall?"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from api.app import create_app
from api.settings import Settings
from api.steps import Hand, make_grades, make_quota
from riskengine.synthetic import small_register


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A service with a register, grades and a quota in its store."""
    app = create_app(Settings(data=tmp_path_factory.mktemp("house"), token=None))
    desk = app.state.house.desk
    hand = Hand(("李娜",), dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    desk.store.add_register(
        small_register(np.random.default_rng(1)), made_at=hand.at, made_by=hand.by
    )
    grades = make_grades(desk, hand, as_of=dt.date(2026, 12, 1))
    make_quota(desk, hand, grades=grades, month=dt.date(2026, 12, 1))
    return app


@pytest.fixture(scope="module")
def described(app: FastAPI) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", app)


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_the_service_fall(case: schemathesis.Case) -> None:
    case.call_and_validate(
        checks=[not_a_server_error, content_type_conformance, response_schema_conformance]
    )


def test_every_verb_of_the_house_has_a_door(app: FastAPI) -> None:
    doors = {
        (method, path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    posts = {
        "grades", "quotas", "frames", "draws", "routes", "slots", "rosters", "bundles",
        "verdicts", "scenarios",
    }  # fmt: skip
    assert {("post", f"/{verb}") for verb in posts} <= doors
    assert {("put", "/registers"), ("get", "/enterprises/{enterprise_id}")} <= doors
    assert {("get", "/jobs/{job_id}/events"), ("delete", "/jobs/{job_id}")} <= doors
