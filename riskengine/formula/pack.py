"""What does a pack with somebody else's formula say, as of a date?

A formula pack is a folder with ``formula.yaml`` and ``cases.yaml`` (models/README.md). Its
numbers are parameters with unit, dated value and ``because`` like those of every pack; its steps
name operators of `riskengine.formula.operators`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from models import find_pack
from riskengine.digest import digest
from riskengine.errors import NotFound, NotInForce, PolicyError, UnknownParameter
from riskengine.formula.numbers import exact
from riskengine.formula.view import (
    Element,
    FormulaView,
    Input,
    InputKind,
    Mark,
    Need,
    Population,
    Promise,
    Step,
)
from riskengine.pack import Because, Leaf, build, leaves, read_yaml, resolve, tree_of
from riskengine.policy import Policy
from riskengine.rules import Title

FORMULA = "formula"


@dataclass(frozen=True)
class Formula:
    """A formula over all its dates."""

    tree: dict[str, Any]

    @cached_property
    def parameters(self) -> dict[str, Leaf]:
        """Number → parameter, in the order of the file."""
        return dict(leaves(self.tree["numbers"], ""))

    def on(self, date: dt.date) -> FormulaView:
        """The formula in force on `date`."""
        if date not in self.views:
            self.views[date] = view_of(self.tree, date)
        return self.views[date]

    @cached_property
    def views(self) -> dict[dt.date, FormulaView]:
        """The formula on the dates that were asked for."""
        return {}

    def why(self, number: str, *, on: dt.date | None = None) -> Because:
        """Who says so: the citation of a number, by its name under ``numbers``."""
        return Policy({FORMULA: self.tree}).why(f"{FORMULA}.numbers.{number}", on=on)

    def overlay(self, changes: Mapping[str, Any]) -> Formula:
        """The same formula with other numbers on all its dates: a what-if, and it says so.

        changes
            Number → its whole new value, such as another rule of rounding.
        """
        numbers = dict(self.tree["numbers"])
        for name, value in changes.items():
            if name not in numbers:
                raise UnknownParameter("formula_unknown_name", path="numbers", name=name)
            numbers[name] = assumed(numbers[name], name, value)
        return Formula({**self.tree, "numbers": numbers})


def assumed(leaf: Leaf, name: str, value: Any) -> Leaf:
    """The number with another value wherever it has one, cited as an assumption."""
    values = {day: None if old is None else value for day, old in leaf.values.items()}
    because = {
        day: Because("house", "假设 / what-if", name, "", leaf.unit, day) for day in leaf.values
    }
    return replace(leaf, values=values, because=because)


def read_formula(name_or_folder: str | Path) -> Formula:
    """Read a formula by its name under models/, or from a folder, and check it on all its dates."""
    from riskengine.formula.soundness import check_formula

    folder = folder_of(name_or_folder)
    tree = tree_of(read_yaml(folder, f"{FORMULA}.yaml"), FORMULA)
    only_keys(tree, TOP, FORMULA)
    formula = Formula(tree)
    days = sorted({day for leaf in formula.parameters.values() for day in leaf.values})
    in_force, last = 0, NotInForce("policy_empty")
    for day in days:
        try:
            check_formula(formula.on(day))
            in_force += 1
        except NotInForce as error:
            last = error
    if not in_force:
        raise last
    return formula


def folder_of(name_or_folder: str | Path) -> Path | Traversable:
    """The folder of a formula pack; a pack that grades enterprises is not one."""
    found: Path | Traversable = Path(name_or_folder)
    if isinstance(name_or_folder, str) and find_pack(name_or_folder).is_dir():
        found = find_pack(name_or_folder)
    if not found.joinpath(f"{FORMULA}.yaml").is_file():
        raise NotFound("formula_no_pack", name=name_or_folder, known=", ".join(formula_packs()))
    return found


def formula_packs() -> list[str]:
    """The names of the formula packs that come with the engine."""
    folders = find_pack(".").iterdir()
    return sorted(one.name for one in folders if one.joinpath(f"{FORMULA}.yaml").is_file())


# ── from the tree to the view ───────────────────────────────────────────────────────────

TOP = {
    "name", "title", "jurisdiction", "mark", "elements", "inputs", "checks", "numbers", "words",
    "steps", "results", "promise", "population",
}  # fmt: skip
OPTIONAL_TOP = {"checks", "words", "population"}
INPUT_KEYS = {"title", "unit", "kind", "need", "choices", "columns"}
STEP_KEYS = ("title", "unit", "do")


def require_named(node: Any, path: str) -> None:
    """Refuse what is no list of “name: …”."""
    if not isinstance(node, Mapping):
        raise PolicyError(
            "policy_wrong_type", file=f"{FORMULA}.yaml", path=path, value=repr(node), wanted="…: …"
        )


def only_keys(node: Any, wanted: set[str], path: str) -> None:
    """Refuse what nobody reads and name what is missing."""
    require_named(node, path)
    for key in node:
        if key not in wanted:
            raise UnknownParameter("policy_unknown", file=f"{FORMULA}.yaml", path=f"{path}.{key}")
    if wanted is TOP:
        for key in sorted(TOP - OPTIONAL_TOP - set(node)):
            path = f"{path}.{key}"
            raise UnknownParameter("policy_missing", file=f"{FORMULA}.yaml", path=path)


def view_of(tree: Mapping[str, Any], on: dt.date) -> FormulaView:
    """The formula in force on a date, with exact numbers."""
    plain = exact(resolve(dict(tree), on, FORMULA))
    numbers = plain["numbers"]
    population = plain.get("population")
    return FormulaView(
        on=on,
        digest=digest(as_text(plain)),
        name=plain["name"],
        title=build(Title, plain["title"], f"{FORMULA}.title"),
        jurisdiction=build(Title, plain["jurisdiction"], f"{FORMULA}.jurisdiction"),
        mark=build(Mark, plain["mark"], f"{FORMULA}.mark"),
        elements=build(tuple[Element, ...], plain["elements"], f"{FORMULA}.elements"),
        inputs=inputs_of(plain["inputs"], numbers, f"{FORMULA}.inputs"),
        checks=steps_of(plain.get("checks", {}), f"{FORMULA}.checks"),
        numbers=numbers,
        words=build(dict[str, Title], plain.get("words", {}), f"{FORMULA}.words"),
        steps=steps_of(plain["steps"], f"{FORMULA}.steps"),
        results=tuple(build(str, name, f"{FORMULA}.results") for name in plain["results"]),
        promise=build(Promise, plain["promise"], f"{FORMULA}.promise"),
        population=population_of(population) if population else None,
    )


def as_text(value: Any) -> Any:
    """The same document with fractions as text, so that it has a digest."""
    if isinstance(value, Mapping):
        return {str(key): as_text(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [as_text(item) for item in value]
    return value if isinstance(value, str | bool | int) or value is None else str(value)


def inputs_of(node: Any, numbers: Mapping[str, Any], path: str) -> tuple[Input, ...]:
    require_named(node, path)
    found = []
    for name, item in node.items():
        only_keys(item, INPUT_KEYS, f"{path}.{name}")
        choices = item.get("choices", ())
        if isinstance(choices, str):
            choices = tuple(choice_table(choices, numbers, f"{path}.{name}.choices"))
        columns = inputs_of(item.get("columns", {}), numbers, f"{path}.{name}.columns")
        found.append(
            Input(
                name=name,
                title=build(Title, item.get("title"), f"{path}.{name}.title"),
                unit=build(str, item.get("unit", ""), f"{path}.{name}.unit"),
                kind=build(InputKind, item.get("kind"), f"{path}.{name}.kind"),
                need=build(Need, item.get("need", "required"), f"{path}.{name}.need"),
                choices=choices,
                columns=columns,
            )
        )
    return tuple(found)


def choice_table(name: str, numbers: Mapping[str, Any], path: str) -> Any:
    """The values of a number that lists the choices, or the classes of a table."""
    node: Any = {"numbers": numbers}
    for key in name.split("."):
        if not isinstance(node, Mapping) or key not in node:
            raise UnknownParameter("formula_unknown_name", path=path, name=name)
        node = node[key]
    if not isinstance(node, Mapping | tuple):
        raise UnknownParameter("formula_unknown_name", path=path, name=name)
    return node


def steps_of(node: Any, path: str) -> tuple[Step, ...]:
    require_named(node, path)
    found = []
    for name, item in node.items():
        if not isinstance(item, Mapping) or "do" not in item or "title" not in item:
            raise UnknownParameter(
                "policy_missing", file=f"{FORMULA}.yaml", path=f"{path}.{name}.do"
            )
        found.append(
            Step(
                name=name,
                title=build(Title, item["title"], f"{path}.{name}.title"),
                unit=build(str, item.get("unit", ""), f"{path}.{name}.unit"),
                do=build(str, item["do"], f"{path}.{name}.do"),
                takes={key: value for key, value in item.items() if key not in STEP_KEYS},
            )
        )
    return tuple(found)


def population_of(node: Mapping[str, Any]) -> Population:
    only_keys(node, {"into", "columns"}, f"{FORMULA}.population")
    return Population(node["into"], tuple(node["columns"]))
