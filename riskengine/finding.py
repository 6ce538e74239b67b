"""Which visits count as a finding?

A finding is a condition on one visit, as short as people say it: ``score < 60``, ``serious > 0``,
``result in (problem_pending, obstructed)``, joined by ``and``, ``or`` and ``not``. The fields are
those of a visit (`FIELDS`, in English or as the register's headers have them in Chinese), and the
numbers of violations of each tier that were found on its day.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from riskengine.errors import PolicyError
from riskengine.fields import field_of

WORDS = ("result", "follow_up", "mode", "kind")
TIERS = ("minor", "general", "serious", "grave")
FIELDS = (*WORDS, "score", *TIERS)
CHINESE = {"轻微": "minor", "一般": "general", "严重": "serious", "特别严重": "grave"}
COMPARE: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
JOIN: Mapping[type, Callable[[Any, Any], Any]] = {ast.And: operator.and_, ast.Or: operator.or_}
EXAMPLE = "score < 60"


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that has been read. `text` is as it was written."""

    text: str
    tree: ast.expr

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it looks at, each once."""
        names = (node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        return tuple(dict.fromkeys(named(name) for name in names if named(name) in FIELDS))


def finding_of(text: str) -> Finding:
    """Read a condition.

    >>> finding_of("score < 60 or result in (obstructed,)").fields
    ('score', 'result')

    Raises
    ------
    PolicyError
        Where it is no condition, or names a field or a word that visits do not have.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise refusal(text, text) from None
    found = Finding(text.strip(), tree)
    check(text, tree)
    return found


def check(text: str, node: ast.expr) -> None:
    """Refuse what is not in the language, naming the part."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                check(text, value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            check(text, operand)
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]):
            if named(name) not in FIELDS:
                raise refusal(text, name)
            check_value(text, named(name), op, right)
        case _:
            raise refusal(text, ast.unparse(node))


def check_value(text: str, field: str, op: ast.cmpop, right: ast.expr) -> None:
    is_list = isinstance(op, ast.In | ast.NotIn)
    members = right.elts if isinstance(right, ast.Tuple | ast.List) else [right]
    if not is_list and (type(op) not in COMPARE or len(members) != 1 or members[0] is not right):
        raise refusal(text, ast.unparse(right))
    if field in WORDS and not is_list and not isinstance(op, ast.Eq | ast.NotEq):
        raise refusal(text, f"{field} {ast.unparse(right)}")
    for member in members:
        is_number = isinstance(member, ast.Constant) and type(member.value) is int
        if is_number == (field in WORDS) or (not is_number and word_of(field, member) is None):
            raise refusal(text, ast.unparse(member))


def word_of(field: str, node: ast.expr) -> str | None:
    """The word of the dictionary that stands there; Chinese words are translated."""
    if not isinstance(node, ast.Name):
        return None
    codes = field_of("inspections", field).values
    word = codes.get(node.id, node.id)
    return word if word in set(codes.values()) else None


def named(name: str) -> str:
    """The field of that name or Chinese header."""
    if name in CHINESE:
        return CHINESE[name]
    for field in (*WORDS, "score"):
        if name in field_of("inspections", field).zh:
            return field
    return name


def holds(finding: Finding, visits: Any) -> Any:
    """The condition as an expression over the columns of a table of visits (Ibis)."""
    return expression(finding.tree, visits)


def expression(node: ast.expr, visits: Any) -> Any:
    match node:
        case ast.BoolOp(op=op, values=values):
            return reduce(JOIN[type(op)], (expression(value, visits) for value in values))
        case ast.UnaryOp(operand=operand):
            return ~expression(operand, visits)
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]):
            field = named(name)
            if isinstance(op, ast.In | ast.NotIn):
                members = right.elts if isinstance(right, ast.Tuple | ast.List) else [right]
                is_in = visits[field].isin([value_of(field, member) for member in members])
                return is_in if isinstance(op, ast.In) else ~is_in
            return COMPARE[type(op)](visits[field], value_of(field, right))
    raise AssertionError(node)


def value_of(field: str, node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else word_of(field, node)


def refusal(text: str, part: str) -> PolicyError:
    return PolicyError("finding_unreadable", text=text, part=part, known=", ".join(FIELDS))
