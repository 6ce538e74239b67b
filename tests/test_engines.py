"""Does the same register give the same grades, wherever it is read, stored and counted?"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from api.store import open_store
from riskengine.export import export_register
from riskengine.features import measure
from riskengine.grade import Grades, grade, grades_digest
from riskengine.register import Known, Register, read_register
from riskengine.scorecard import score
from riskengine.synthetic import small_register
from tests.scheduler.whole_month import AS_OF, UP_TO_THE_DRAW, as_golden, golden_month, pack

ROOT = Path(__file__).parents[1]
PYTHONS = "RISKENGINE_PYTHONS"
"""Interpreters with the dependencies, beside the one that runs the tests; joined as in PATH."""


def graded(register: Register, engine: object = None) -> Grades:
    return graded_of(register.as_of(AS_OF), engine)


def graded_of(known: Known, engine: object = None) -> Grades:
    rules = pack().on(AS_OF)
    return grade(score(measure(known, rules, engine), rules), rules)


@pytest.fixture(scope="module")
def register() -> Register:
    return small_register(np.random.default_rng(2026))


@pytest.fixture(scope="module")
def expected(register: Register) -> str:
    grades = graded(register)
    assert len(set(grades.table["grade"].to_pylist())) > 1
    return grades_digest(grades)


def mixed(tables: Mapping[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    rng = np.random.default_rng(seed)
    return {name: table.take(rng.permutation(len(table))) for name, table in tables.items()}


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(seed=st.integers(0, 2**32))
def test_the_order_of_the_rows_does_not_matter(
    register: Register, expected: str, seed: int
) -> None:
    assert grades_digest(graded(Register(mixed(register.tables, seed)))) == expected
    known = register.as_of(AS_OF)
    disordered = replace(known, tables=mixed(known.tables, seed))
    assert grades_digest(graded_of(disordered)) == expected


@pytest.mark.parametrize("connect", [ibis.duckdb.connect, ibis.sqlite.connect])
def test_the_database_that_counts_does_not_matter(
    register: Register, expected: str, connect: type
) -> None:
    assert grades_digest(graded(register, connect())) == expected
    known = register.as_of(AS_OF)
    disordered = replace(known, tables=mixed(known.tables, seed=1))
    assert grades_digest(graded_of(disordered, connect())) == expected


def test_the_store_gives_back_what_it_was_given(
    register: Register, expected: str, tmp_path: Path
) -> None:
    at = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)
    store = open_store(f"sqlite:///{tmp_path}/riskengine.db")
    store.add_register(Register(mixed(register.tables, seed=2)), made_at=at, made_by=["示例录入员"])
    stored = store.load_register()
    store.close()
    assert grades_digest(graded(stored)) == expected
    assert grades_digest(graded(stored, ibis.sqlite.connect())) == expected


def test_files_with_chinese_headers_in_any_order_give_the_same_grades(
    register: Register, expected: str, tmp_path: Path
) -> None:
    for name, table in export_register(register).items():
        disordered = table.sample(frac=1, random_state=3)
        disordered.to_csv(tmp_path / f"{name}.csv", index=False, encoding="utf-8-sig")
    read = read_register(tmp_path)
    assert not read.rejected
    assert grades_digest(graded(read)) == expected


def test_one_fact_more_is_another_digest(register: Register, expected: str) -> None:
    fewer = register.tables | {"violations": register.tables["violations"].slice(1)}
    assert grades_digest(graded(Register(fewer))) != expected


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_makes_the_same_month(version: str) -> None:
    python = next(filter(is_complete, interpreters(version)), None)
    if python is None:
        pytest.skip(f"no Python {version} with the dependencies; name one in {PYTHONS}")
    made = subprocess.run(
        [python, "-m", "tests.scheduler.whole_month"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "26"},
        capture_output=True,
        check=True,
    )
    found, mine = json.loads(made.stdout), as_golden(golden_month())
    stages = mine["digests"] if found["solvers"] == mine["solvers"] else UP_TO_THE_DRAW
    assert [found["digests"][stage] for stage in stages] == [
        mine["digests"][stage] for stage in stages
    ]


def interpreters(version: str) -> Iterator[str]:
    """Pythons of a version, in the order in which they are tried."""
    named = (sys.executable, *filter(None, os.environ.get(PYTHONS, "").split(os.pathsep)))
    for python in (*named, shutil.which(f"python{version}")):
        if python and version_of(python) == version:
            yield python


def version_of(python: str) -> str:
    tell = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", tell], capture_output=True, text=True).stdout.strip()


def is_complete(python: str) -> bool:
    """Are the dependencies there? They are looked for, not imported: that takes seconds."""
    needed = ("chinese_calendar", "duckdb", "ibis", "ortools", "pyarrow", "pyvrp", "stdnum")
    look = f"from importlib.util import find_spec; assert all(map(find_spec, {needed}))"
    return subprocess.run([python, "-c", look], capture_output=True).returncode == 0
