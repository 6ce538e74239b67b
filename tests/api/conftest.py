"""A service over an empty data folder, reached as a client on the same machine reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, token=None)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    from api.app import create_app  # its imports take seconds, and most tests here need none

    with TestClient(create_app(settings), base_url="http://127.0.0.1:8350") as client:
        yield client
