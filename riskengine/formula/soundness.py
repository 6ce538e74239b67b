"""Is a formula whole: does each step name an operator, its arguments, and values made before?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from riskengine.errors import PolicyError, UnknownParameter
from riskengine.formula.operators import CHECKS, OPERATOR, Argument, arguments_of
from riskengine.formula.pack import FORMULA
from riskengine.formula.rows import names_in
from riskengine.formula.view import FormulaView, Input, Step

Known = dict[str, set[str] | None]
"""A name that may be used → its columns if it is a table."""


def check_formula(view: FormulaView) -> None:
    """Refuse a formula that could stop half-way, and name the file's path."""
    known: Known = {one.name: columns_of(one) for one in view.inputs}
    known["numbers"] = set(view.numbers)
    for check in view.checks:
        if check.do not in CHECKS:
            unknown(f"checks.{check.name}.do", check.do)
        check_takes(check, arguments_of(CHECKS[check.do]), known, view, "checks")
    for step in view.steps:
        check_step(step, known, view)
    made = {step.name for step in view.steps if not step.rows}
    for name in sorted(set(view.results) - made):
        unknown("results", name)
    check_population(view, known)
    check_mark(view)


def columns_of(one: Input) -> set[str] | None:
    return {column.name for column in one.columns} if one.kind == "table" else None


def check_step(step: Step, known: Known, view: FormulaView) -> None:
    path = f"steps.{step.name}"
    if step.do not in OPERATOR:
        unknown(f"{path}.do", step.do)
    if not step.rows:
        if step.name in known and step.name not in optional_inputs(view):
            raise PolicyError("formula_name_twice", path=f"{FORMULA}.{path}", name=step.name)
        check_takes(step, OPERATOR[step.do].arguments, known, view, "steps")
        known[step.name] = None
        return
    columns = known.get(step.rows)
    if columns is None:
        unknown(path, step.rows)
        return
    if step.column in known or step.column in columns - optional_columns(view, step.rows):
        raise PolicyError("formula_name_twice", path=f"{FORMULA}.{path}", name=step.column)
    inside: Known = {**known, **dict.fromkeys(columns), "row": None}
    check_takes(step, OPERATOR[step.do].arguments, inside, view, "steps")
    known[step.rows] = columns | {step.column}


def optional_columns(view: FormulaView, table: str) -> set[str]:
    found = next(one for one in view.inputs if one.name == table)
    return {column.name for column in found.columns if column.need == "optional"}


def optional_inputs(view: FormulaView) -> set[str]:
    return {one.name for one in view.inputs if one.need == "optional"}


def check_takes(
    step: Step, arguments: Mapping[str, Argument], known: Known, view: FormulaView, part: str
) -> None:
    """The step has the operator's arguments, and each names what is there."""
    path = f"{part}.{step.name}"
    for name in sorted(set(arguments) ^ set(step.takes)):
        code = "policy_unknown" if name in step.takes else "policy_missing"
        raise UnknownParameter(code, file=f"{FORMULA}.yaml", path=f"{FORMULA}.{path}.{name}")
    for name, argued in arguments.items():
        raw = step.takes[name]
        if argued.words:
            if raw not in argued.words:
                known_words = ", ".join(argued.words)
                raise PolicyError("formula_bad_option", value=raw, known=known_words)
        elif argued.kind in ("rules", "spans") and not isinstance(raw, str):
            check_rules(raw, known, f"{path}.{name}")
        else:
            for text in texts_in(raw):
                check_name(text, known, f"{path}.{name}")
            if argued.kind == "rules":
                for table in tables_named(raw, view.numbers):
                    check_rules(table, known, f"{path}.{name}")


def check_rules(rows: Any, known: Known, path: str) -> None:
    """Conditions ask about what is known, and a reader is told what each of them is."""
    for name in sorted(names_in(rows)):
        if name not in known:
            unknown(path, name)
    for row in rows if isinstance(rows, tuple) else ():
        if "when" in row and "is" not in row and "title" not in row:
            where = f"{FORMULA}.{path}.title"
            raise UnknownParameter("policy_missing", file=f"{FORMULA}.yaml", path=where)


def texts_in(raw: Any) -> Iterator[str]:
    if isinstance(raw, Mapping):
        for item in raw.values():
            yield from texts_in(item)
    elif isinstance(raw, tuple):
        for item in raw:
            yield from texts_in(item)
    else:
        yield str(raw)


def check_name(text: str, known: Known, path: str) -> None:
    first, _, rest = text.partition(".")
    if first not in known:
        unknown(path, text)
    columns = known[first]
    if rest and columns is not None and rest.split(".")[0] not in columns:
        unknown(path, text)


def tables_named(raw: Any, numbers: Mapping[str, Any]) -> list[Any]:
    """The list of conditions that ``numbers.a.b`` names."""
    node: Any = {"numbers": numbers}
    for key in str(raw).split("."):
        if not isinstance(node, Mapping) or key not in node:
            return []
        node = node[key]
    return [node]


def check_population(view: FormulaView, known: Known) -> None:
    if view.population is None:
        return
    into = known.get(view.population.into)
    for column in view.population.columns:
        if column not in known or into is None or column not in into:
            unknown("population.columns", column)


def check_mark(view: FormulaView) -> None:
    """Official has no gap, a reproduction says what is not official, partial what is missing."""
    sources = {element.source for element in view.elements}
    is_sure = all(set(source) <= set("T+") for source in sources)
    wrong = {
        "official": bool(view.gaps),
        "reproduction": is_sure,
        "partial": not view.gaps,
    }
    if wrong[view.mark]:
        raise PolicyError("formula_bad_mark", mark=view.mark, sources=", ".join(sorted(sources)))


def unknown(path: str, name: object) -> None:
    raise UnknownParameter("formula_unknown_name", path=f"{FORMULA}.{path}", name=name)
