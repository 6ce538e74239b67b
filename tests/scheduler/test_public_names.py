"""Is what `scheduler.PUBLIC` promises there, and does the verifier start without the solvers?"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from scheduler import PUBLIC


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_there(module: str) -> None:
    loaded = import_module(f"scheduler.{module}")
    missing = [name for name in PUBLIC[module] if not hasattr(loaded, name)]
    assert not missing, f"scheduler.{module} has no {missing}"


def test_the_verifier_loads_neither_solvers_nor_tables() -> None:
    code = "import sys, scheduler.lottery; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"ortools", "pyvrp", "pyarrow", "numpy", "ibis", "duckdb"}
    assert not heavy & {name.split(".")[0] for name in names.stdout.split()}
