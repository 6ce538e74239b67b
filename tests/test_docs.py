"""Is what the documentation says true of the program, and does every sentence have its place?"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import typer.main
import yaml

from api.cli import app
from api.settings import Settings
from riskengine.errors import catalogue

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
READMES = PAGES[:2]
CORE = ("riskengine", "scheduler", "api")
MODULES = [path for folder in CORE for path in sorted((ROOT / folder).rglob("*.py"))]
GROUPED: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMANDS: dict[str, Any] = {
    f"{name} {under}".strip(): command
    for name, group in GROUPED.items()
    for under, command in getattr(group, "commands", {"": group}).items()
}
CATALOGUE = ROOT / "riskengine" / "sentences.yaml"
SCRIPTS = {"python lottery.py": "scheduler/lottery.py"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def command_lines() -> Iterator[tuple[str, str]]:
    """(page, line) of every `riskengine …` in a code block or between back-ticks."""
    for page in PAGES:
        text = text_of(page)
        blocks = re.findall(r"```(?:console|bash|sh)\n(.*?)```", text, re.DOTALL)
        joined = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
        for line in (*joined, *spans):
            if line.strip().startswith("riskengine "):
                yield page.name, line.split(" #")[0].strip()


# ── commands, options, settings, links ───────────────────────────────────────────────────


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_every_command_is_in_the_readme(page: Path) -> None:
    told = set(re.findall(r"`riskengine ([a-z-]*[a-z])", text_of(page)))
    assert told == set(GROUPED)


@pytest.mark.parametrize(("page", "line"), sorted(set(command_lines())))
def test_every_command_line_parses(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    name, rest = words[0], words[1:]
    if name in GROUPED and name not in COMMANDS and rest:
        name, rest = f"{name} {rest[0]}", rest[1:]
    if name.startswith("-"):
        assert name in ("--help", "--version")
        return
    options = {option for param in COMMANDS[name].params for option in param.opts} | {"--help"}
    assert {word for word in rest if word.startswith("-")} <= options
    if page not in {one.name for one in READMES} and len(rest) > 1:
        COMMANDS[name].make_context(name, list(rest))  # what is not optional is there


def test_there_are_command_lines_to_check() -> None:
    pages = {page for page, _ in command_lines()}
    assert {"README.md", "README.zh-CN.md", "monthly-roster.md", "serve.md"} <= pages


def test_every_setting_is_documented() -> None:
    prefix = Settings.model_config["env_prefix"]
    names = {f"{prefix}{name}".upper() for name in Settings.model_fields}
    serve = text_of(ROOT / "docs" / "serve.md")
    told = set(re.findall(r"RISKENGINE_[A-Z_]+", "".join(map(text_of, PAGES))))
    assert told == names
    assert names <= set(re.findall(r"RISKENGINE_[A-Z_]+", serve))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(page)):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_both_readmes_link_the_same_pages() -> None:
    links = [set(re.findall(r"\]\((docs/[^)]+)\)", text_of(page))) for page in READMES]
    assert links[0] == links[1]
    assert {f"docs/{page.name}" for page in PAGES[2:]} <= links[0]


def test_every_door_is_documented_with_its_method(tmp_path: Path) -> None:
    from api.app import create_app

    told = set(
        re.findall(r"`(GET|POST|PUT|DELETE) (/[a-z_{}/]*)`", text_of(ROOT / "docs/serve.md"))
    )
    doors = {
        (method.upper(), path)
        for path, methods in create_app(Settings(data=tmp_path)).openapi()["paths"].items()
        for method in methods
    }
    assert told == doors


# ── sentences ────────────────────────────────────────────────────────────────────────────


def test_no_sentence_code_stands_twice() -> None:
    """YAML keeps the last of two equal keys without a word."""
    node = yaml.compose(text_of(CATALOGUE))
    assert isinstance(node, yaml.MappingNode)
    codes = [key.value for key, _ in node.value]
    assert len(codes) == len(set(codes)) == len(catalogue())
    for _, entry in node.value:
        assert [key.value for key, _ in entry.value] == ["zh", "en"]


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_both_languages_say_the_same_facts(code: str) -> None:
    entry = catalogue()[code]
    zh, en = (places(entry[lang]) for lang in ("zh", "en"))
    assert neutral(zh) == neutral(en)
    assert re.search("[\u4e00-\u9fff]", entry["zh"]) or code in ONLY_PLACES


ONLY_PLACES = {"reason_takes", "reason_gives", "next_chance", "moved_points"}
"""Sentences that are little more than the names the pack gives in each language."""


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


NATIVE = {"zh": "name", "table": "name", "field": "name", "column": "name"}
"""A table or field is called by its Chinese name in one language and by its code in the other."""


def neutral(names: set[str]) -> set[str]:
    """Facts without their language: `was_zh` and `was_en` are one fact."""
    parts = [name.rpartition("_") for name in names]
    return {
        f"{head}_{NATIVE.get(tail, 'name' if tail == 'en' else tail)}" for head, _, tail in parts
    }


@cache
def texts_in_code() -> frozenset[str]:
    """Every text constant, and the fixed beginning of every text put together."""
    found: set[str] = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(text_of(module))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return frozenset(found)


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_sentence_is_said_somewhere(code: str) -> None:
    assert code in texts_in_code() or any(
        code.startswith(start) for start in ("broken_", "roster_stage_") if start in texts_in_code()
    )
