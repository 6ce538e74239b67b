"""The published vectors, and the long lists they describe by a rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scheduler.lottery import Row

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "vectors.json").read_text(encoding="utf-8")
)


def rows_of(vector: dict[str, Any]) -> list[Row]:
    """Rows of a vector that lists them."""
    return [(row[0], row[1], tuple(row[2])) for row in vector["rows"]]


def long_list() -> list[Row]:
    """The ten thousand units of the vectors under ``long``."""
    return [
        (
            f"示例{i:05}",
            25_000_000 * (1 + i % 8),
            ("ABCD"[i // 80 % 4], f"乡镇{i % 12}", f"行业{i // 7 % 5}"),
        )
        for i in range(10_000)
    ]


def long_chances(vector: dict[str, Any]) -> dict[str, int]:
    """λ of the ten thousand units: one for each grade and probability."""
    table = vector["lambda"]
    return {i: table[key[0]][pi // 25_000_000 - 1] for i, pi, key in long_list()}


def by_name(vector: dict[str, Any]) -> str:
    """The name of a vector, for the test report."""
    return str(vector["name"])
