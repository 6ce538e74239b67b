"""Is what `riskengine.PUBLIC` promises there, and does reading grades stay light?"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from inspect import isroutine

import pytest

from riskengine import PUBLIC


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_there_and_says_what_it_is(module: str) -> None:
    loaded = import_module(f"riskengine.{module}")
    missing = [name for name in PUBLIC[module] if not hasattr(loaded, name)]
    assert not missing, f"riskengine.{module} has no {missing}"
    things = {name: getattr(loaded, name) for name in PUBLIC[module]}
    silent = [name for name, it in things.items() if isroutine(it) and not it.__doc__]
    assert not silent, f"riskengine.{module}: no docstring on {silent}"


def test_ibis_is_loaded_by_measuring_only() -> None:
    code = "import sys, riskengine.explain, riskengine.grade; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "riskengine.features" in names.stdout.split()
    assert not {"ibis", "duckdb"} & set(names.stdout.split())
