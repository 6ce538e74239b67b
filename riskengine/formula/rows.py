"""What do the rows of a table in a formula say: over which span, and under which condition?

A span is written with ``from`` (≥), ``above`` (>), ``to`` (≤) and ``below`` (<), or
``no_data: true``; a condition with ``when``. What else stands in the row is what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from riskengine.errors import PolicyError
from riskengine.formula.numbers import Number, is_number, shown, text_of
from riskengine.rules import Title

EDGES = ("from", "above", "to", "below")


@dataclass(frozen=True, slots=True)
class Span:
    """One row of a table over a number.

    edges
        Any of ``from``, ``above``, ``to``, ``below``; without them the row holds everywhere.
    is_for_no_data
        The row of "no data", which no number falls into.
    gives
        The other columns of the row.
    """

    edges: Mapping[str, Number]
    is_for_no_data: bool
    gives: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a list of conditions, judged.

    holds
        Whether its condition is met; a condition about something unknown is not.
    """

    holds: bool
    gives: Mapping[str, Any]


def spans_of(raw: Any, where: str) -> tuple[Span, ...]:
    """The rows of a table over a number."""
    return tuple(span_of(row, where) for row in rows_of(raw, where))


def span_of(row: Mapping[str, Any], where: str) -> Span:
    edges = {key: row[key] for key in EDGES if key in row}
    is_for_no_data = row.get("no_data", False)
    if not all(map(is_number, edges.values())) or is_for_no_data not in (True, False):
        raise PolicyError("formula_bad_row", step=where, row=dict(row))
    gives = {key: value for key, value in row.items() if key not in (*EDGES, "no_data")}
    return Span(edges, bool(is_for_no_data), gives)


def holds(span: Span, value: Number) -> bool:
    """Whether the number lies in the span.

    >>> span = span_of({"from": 80000, "below": 160000, "is": "b"}, "uf")
    >>> [holds(span, value) for value in (79999, 80000, 160000)]
    [False, True, False]
    """
    edges = span.edges
    return not (
        span.is_for_no_data
        or ("from" in edges and value < edges["from"])
        or ("above" in edges and value <= edges["above"])
        or ("to" in edges and value > edges["to"])
        or ("below" in edges and value >= edges["below"])
    )


def span_title(span: Span) -> Title:
    """The span as it is printed: ``101–200``, ``> 12``, ``≥ 201``."""
    if span.is_for_no_data:
        return shown(None, {})
    edges = {key: text_of(value) for key, value in span.edges.items()}
    if not edges:
        return Title("任何值", "any value")
    if set(edges) == {"from", "to"}:
        both = f"{edges['from']}–{edges['to']}"
        text = edges["from"] if edges["from"] == edges["to"] else both
    else:
        signs = {"from": "≥", "above": ">", "to": "≤", "below": "<"}
        text = " ".join(f"{signs[key]} {edges[key]}" for key in EDGES if key in edges)
    return Title(text, text)


def rules_of(raw: Any, names: Mapping[str, Any], where: str) -> tuple[Rule, ...]:
    """The rows of a list of conditions, judged by what is known under `names`."""
    return tuple(
        Rule(
            is_met(row.get("when"), names, where),
            {key: value for key, value in row.items() if key != "when"},
        )
        for row in rows_of(raw, where)
    )


def rows_of(raw: Any, where: str) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(row, Mapping) for row in raw):
        raise PolicyError("formula_bad_row", step=where, row=raw)
    return tuple(raw)


# ── conditions ──────────────────────────────────────────────────────────────────────────

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, wanted: bool(value == wanted),
    "one_of": lambda value, wanted: value in wanted,
    "at_least": lambda value, limit: bool(value >= limit),
    "above": lambda value, limit: bool(value > limit),
    "at_most": lambda value, limit: bool(value <= limit),
    "below": lambda value, limit: bool(value < limit),
}
"""What a condition may ask of a known value; ``known`` asks whether there is one."""


def is_met(when: Any, names: Mapping[str, Any], where: str) -> bool:
    """Whether a condition is met.

    when
        None (always), a name that must be yes, a list of such names, or name → test, all of
        which must be met; a test is a value, or one of `TESTS` with its limit.

    >>> is_met({"age": {"above": 12}}, {"age": 13}, "points")
    True
    >>> is_met({"age": {"above": 12}}, {"age": None}, "points")
    False
    """
    if when is None:
        return True
    if isinstance(when, str):
        return names[when] is True
    if isinstance(when, list | tuple):
        return all(names[name] is True for name in when)
    return all(passes(names[name], test, where) for name, test in when.items())


def passes(value: Any, test: Any, where: str) -> bool:
    asked = test if isinstance(test, Mapping) else {"is": test}
    if "known" in asked:
        return asked == {"known": value is not None}
    if not set(asked) <= set(TESTS):
        raise PolicyError("formula_bad_row", step=where, row=dict(asked))
    return value is not None and all(TESTS[key](value, limit) for key, limit in asked.items())


def names_in(raw: Any) -> set[str]:
    """The names that the conditions of a list ask about."""
    found: set[str] = set()
    for row in raw if isinstance(raw, list | tuple) else ():
        when = row.get("when") if isinstance(row, Mapping) else None
        found |= {when} if isinstance(when, str) else set(when or ())
    return found


# ── for a reader ────────────────────────────────────────────────────────────────────────


COLUMNS = {
    "intercept": Title("起点", "intercept"),
    "slope": Title("斜率", "slope"),
    "coefficient": Title("系数", "coefficient"),
    "exponent": Title("指数", "exponent"),
    "factor": Title("系数", "factor"),
}
"""What the columns of a row are called."""


def row_title(gives: Mapping[str, Any], words: Mapping[str, Title]) -> Title:
    """What a row says of itself: its title, or what it gives."""
    title = gives.get("title")
    if isinstance(title, Mapping):
        points = f" {text_of(gives['points'])}" if is_number(gives.get("points")) else ""
        return Title(f"{title['zh']}{points}", f"{title['en']}{points}")
    return shown(gives["is"], words) if "is" in gives else shown(gives, COLUMNS)
