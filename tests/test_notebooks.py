"""Do the notebooks still say what they say?"""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]-*.py"))
CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3,} [a-z]{2,}")


def read(path: Path) -> NotebookNode:
    return jupytext.read(path)


def test_the_notebooks_are_there() -> None:
    names = [path.stem for path in NOTEBOOKS]
    assert names[:3] == ["1-grades-of-a-county", "2-verify-a-draw", "3-how-many-inspectors"]
    assert names[3:] == ["4-finding-violations-earlier"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_end_and_draws_its_charts(path: Path) -> None:
    notebook = read(path)
    place = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()
    shown = [out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", [])]
    assert any("image/svg+xml" in data for data in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_text_is_in_chinese_first_and_english_beside_it(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            chinese = CHINESE.search(cell.source)
            assert chinese, cell.source
            headings_only = all(line.startswith("#") for line in cell.source.splitlines() if line)
            english = ENGLISH.search(cell.source)
            assert english or headings_only, cell.source
            assert not english or chinese.start() < english.start(), cell.source
