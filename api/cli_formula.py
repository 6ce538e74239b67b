"""What does somebody else's formula say about these facts? `riskengine formula`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from api.options import Language, out
from api.typed import day_of, file_of
from riskengine.errors import BadFacts


def formula(
    pack: Annotated[
        str, typer.Argument(help="公式包名或文件夹 · name or folder of the formula pack")
    ],
    facts: Annotated[
        Path | None,
        typer.Argument(help="数据（YAML）；不写则说明公式需要什么 · facts; without: what it takes"),
    ] = None,
    on: Annotated[str, typer.Option(help="按哪一天的规定；空为今天 · as of; empty: today")] = "",
    lang: Language = "zh",
) -> None:
    """用别处公布的公式计算 · Apply an official formula of elsewhere to facts, step by step."""
    from api.settings import now
    from riskengine.formula import evaluate, read_formula
    from riskengine.formula.explain import about, sentences

    read = read_formula(pack)
    day: dt.date = day_of(on) if on else now().date()
    if facts is None:
        out.print(*about(read, read.on(day), lang))
        return
    out.print(*sentences(evaluate(read, facts_in(facts), on=day), read, lang))


def facts_in(path: Path) -> dict[str, Any]:
    """The facts of a YAML file: one mapping of names to values."""
    from riskengine.pack import read_yaml

    facts = read_yaml(file_of(path, "facts.yaml").parent, path.name)
    if not isinstance(facts, dict):
        raise BadFacts("formula_not_a_file", file=str(path))
    return facts
