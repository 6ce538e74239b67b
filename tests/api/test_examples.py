"""Are the bundled examples found and read, whole and honest about what is fiction?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from api import examples
from api.examples import example_folder
from riskengine.errors import NotFound
from riskengine.mapping import read_mapping
from riskengine.register import Register, read_register

SEPTEMBER = dt.date(2014, 9, 1)


@pytest.fixture(scope="module")
def chicago() -> Register:
    folder = example_folder("chicago-food")
    return read_register(folder, read_mapping(folder / "mapping.yaml"))


def test_every_row_of_the_city_is_read(chicago: Register) -> None:
    assert chicago.rejected == () == chicago.flags
    assert chicago.tables["inspections"].num_rows == 27_600
    assert all(one.read == one.stored + one.passed_over for one in chicago.counts)


def test_more_than_ten_thousand_enterprises_are_known_in_september_2014(chicago: Register) -> None:
    known = chicago.as_of(SEPTEMBER).tables
    assert known["enterprises"].num_rows == 11_822
    assert pc.max(known["inspections"]["occurred_on"]).as_py() < SEPTEMBER
    assert set(known["enterprises"]["sector"].to_pylist()) == {"risk_1", "risk_2", "risk_3"}


def test_the_counts_of_the_city_become_violations(chicago: Register) -> None:
    published = pq.read_table(example_folder("chicago-food") / "inspections.parquet")
    violations = chicago.tables["violations"]
    for tier, column in (
        ("serious", "criticalCount"),
        ("general", "seriousCount"),
        ("minor", "minorCount"),
    ):
        mine = violations.filter(pc.equal(violations["tier"], tier))
        assert pc.sum(mine["count"]).as_py() == pc.sum(published[column]).as_py()


def test_results_keep_their_meaning(chicago: Register) -> None:
    results = chicago.tables["inspections"]["result"].value_counts().to_pylist()
    assert {entry["values"]: entry["counts"] for entry in results} == {
        "no_problem": 18_494,
        "problem_corrected": 3_651,
        "problem_pending": 5_455,
    }


def test_the_officers_say_that_they_are_fictional(chicago: Register) -> None:
    officers = chicago.tables["inspectors"]
    assert officers.num_rows == 16
    assert all("示例员" in name for name in officers["name"].to_pylist())
    assert len(set(officers["base"].to_pylist())) == 2


def test_source_and_licence_lie_beside_the_rows() -> None:
    folder = example_folder("chicago-food")
    assert "603d8dba" in (folder / "README.md").read_text(encoding="utf-8")
    assert "City of Chicago" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.glob("*.parquet")) < 1_500_000


def test_in_a_wheel_the_example_lies_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "examples" / "chicago_food"
    inside.mkdir(parents=True)
    (inside / "mapping.yaml").touch()
    monkeypatch.setattr(examples, "PLACES", (tmp_path / "examples", tmp_path / "nowhere"))
    assert example_folder("chicago-food") == inside


def test_an_unknown_example_is_refused_by_name() -> None:
    with pytest.raises(NotFound, match="paris-bakeries"):
        example_folder("paris-bakeries")
