"""Do imports point one way, and does the core keep its hands off the world?"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "models": set(),
    "riskengine": {"models"},
    "scheduler": {"riskengine"},
    "api": {"riskengine", "scheduler"},
}
# clock, generators, database, network and processes belong to api/
OF_THE_WORLD = {
    "sqlite3", "sqlalchemy", "alembic", "requests", "httpx", "socket", "urllib", "subprocess",
    "random", "secrets", "time", "fastapi", "typer", "rich", "uvicorn", "os",
}  # fmt: skip
CLOCK_AND_CHANCE = {"now", "today", "utcnow", "default_rng", "urandom"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert all(alias.name != "*" for alias in node.names), f"{path}: star import"
            yield str(node.module)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    for path in modules(package):
        wrong = {name for name in imported(path) if name.split(".")[0] in forbidden}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("package", ["models", "riskengine", "scheduler"])
def test_the_core_has_no_clock_no_generator_and_no_disk(package: str) -> None:
    for path in modules(package):
        if path.name == "lottery.py":  # it is a citizen's program too: its own test is below
            continue
        wrong = {name for name in imported(path) if name.split(".")[0] in OF_THE_WORLD}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", "")
            assert name not in CLOCK_AND_CHANCE, f"{path.relative_to(ROOT)} uses {name}"
            assert name not in {"write_text", "write_bytes", "mkdir", "unlink"}, path


def test_the_verifier_needs_the_standard_library_only() -> None:
    names = {name.split(".")[0] for name in imported(ROOT / "scheduler" / "lottery.py")}
    assert names <= set(sys.stdlib_module_names)
    assert not names & {"random", "secrets", "time", "datetime"}


def test_the_solvers_are_imported_in_the_roster_package_and_for_bins_only() -> None:
    for package in MAY_IMPORT:
        for path in modules(package):
            if path.parent.name == "roster" or path == ROOT / "riskengine" / "binning.py":
                continue
            solvers = {n for n in imported(path) if n.split(".")[0] in {"ortools", "pyvrp"}}
            assert not solvers, f"{path.relative_to(ROOT)} imports {solvers}"


def test_every_module_says_first_which_question_it_answers() -> None:
    for package in MAY_IMPORT:
        for path in modules(package):
            source = path.read_text(encoding="utf-8")
            if source.strip():
                assert ast.get_docstring(ast.parse(source)), f"{path.relative_to(ROOT)}: docstring"
