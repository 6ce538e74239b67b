"""Which visits count as a finding?

A finding is a condition on one visit, as short as people say it: ``score < 60``, ``serious > 0``,
``result in (problem_pending, obstructed)``, joined by ``and``, ``or`` and ``not``. The fields are
those of a visit (`FIELDS`, in English or as the register's headers have them in Chinese), and the
numbers of violations of each tier that were found on its day.
"""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from typing import Any

from riskengine.errors import PolicyError, sentence
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
INSTEAD: Mapping[str, str] = {
    "=": "==", "≤": "<=", "≦": "<=", "=<": "<=", "≥": ">=", "≧": ">=", "=>": ">=",
    "≠": "!=", "<>": "!=", "&": "and", "&&": "and", "AND": "and", "且": "and", "并且": "and",
    "|": "or", "||": "or", "OR": "or", "或": "or", "或者": "or", "!": "not", "NOT": "not",
}  # fmt: skip
"""What other languages and people write → what is written here."""
EXAMPLE = "score < 60"
MOST_CHARACTERS = 1_000
"""A longer condition can be nested deeper than Python reads."""
GREATEST = 2**63 - 1
"""Of the whole numbers that fields hold."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that has been read. `text` is as it was written, in signs of ordinary width."""

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
    >>> finding_of("得分　＜６０").text
    '得分 <60'

    Raises
    ------
    PolicyError
        Where it is no condition, or names a field or a word that visits do not have.
    """
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if not text:
        raise refusal(text, "finding_empty")
    if len(text) > MOST_CHARACTERS:
        raise refusal(text[:40] + "…", "finding_too_long", most=MOST_CHARACTERS)
    for sign in signs_in(text):
        if instead := INSTEAD.get(sign[0]):
            place = sign.start() + 1
            raise refusal(text, "finding_write_instead", part=sign[0], place=place, instead=instead)
    if "#" in text:  # Python would pass over the rest
        raise misspelt(text, text.index("#") + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as for “60and”
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as fault:
        raise misspelt(text, getattr(fault, "offset", None) or len(text) + 1) from None
    check(text, tree)
    return Finding(text, tree)


def check(text: str, node: ast.expr) -> None:
    """Refuse what is not in the language, naming the part and its place."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                check(text, value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            check(text, operand)
        case ast.Compare(left=ast.Name(id=name) as left, ops=[op], comparators=[right]):
            if named(name) not in FIELDS:
                raise refusal(text, "finding_no_field", left, **likely(name))
            check_value(text, named(name), op, node, right)
        case ast.Name(id=name) if named(name) not in FIELDS:
            raise refusal(text, "finding_no_field", node, **likely(name))
        case _:
            raise refusal(text, "finding_no_condition", node)


def check_value(text: str, field: str, op: ast.cmpop, whole: ast.expr, right: ast.expr) -> None:
    is_list = isinstance(op, ast.In | ast.NotIn)
    members = right.elts if isinstance(right, ast.Tuple | ast.List) else [right]
    is_one = type(op) in COMPARE and members == [right]
    if not members or not (is_list or is_one):
        raise refusal(text, "finding_no_condition", whole)
    if field in WORDS and not is_list and not isinstance(op, ast.Eq | ast.NotEq):
        raise refusal(text, "finding_no_order", whole, field=field)
    for member in members:
        number = member.value if isinstance(member, ast.Constant) else None
        if field not in WORDS and type(number) is not int:
            raise refusal(text, "finding_no_number", member, field=field)
        if type(number) is int and number > GREATEST:
            raise refusal(text, "finding_too_large", member)
        if field in WORDS and word_of(field, member) is None:
            raise refusal(text, "finding_no_word", member, field=field, **words_of(field))


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


# ── refusals ──────────────────────────────────────────────────────────────────────────────


def refusal(text: str, code: str, node: ast.expr | None = None, **facts: object) -> PolicyError:
    """What is wrong, where it stands, and what may be written instead."""
    if node is not None:
        part = ast.get_source_segment(text, node) or ast.unparse(node)
        facts |= {"part": part, "place": place_of(text, node)}
    fault = sentence(code, **facts)
    names = {field: field_of("inspections", field).zh[0] for field in (*WORDS, "score")}
    names |= {field: word for word, field in CHINESE.items()}
    return PolicyError(
        "finding_unreadable",
        text=text,
        fault_zh=fault.zh,
        fault_en=fault.en,
        known_zh="、".join(f"{field}（{names[field]}）" for field in FIELDS),
        known_en=", ".join(FIELDS),
    )


def misspelt(text: str, place: int) -> PolicyError:
    """The sign at which reading stopped; `place` counts characters from 1."""
    parts = signs_in(text)
    here = next((one for one in parts if one.end() >= place), None)
    if here is None:
        return refusal(text, "finding_unfinished", part=parts[-1][0])
    return refusal(text, "finding_bad_sign", part=here[0], place=here.start() + 1)


def signs_in(text: str) -> list[re.Match[str]]:
    """Words, numbers and signs, each with its place; signs that stand together are one."""
    return list(re.finditer(r"\d+|\w+|[<>=!&|]+|\S", text))


def place_of(text: str, node: ast.expr) -> int:
    """Which character of the text a part begins with, from 1; the parser counts bytes."""
    return len(text.encode()[: node.col_offset].decode()) + 1


def likely(name: str) -> dict[str, str]:
    """The field that was probably meant, in the language it was written in."""
    headers = [zh for field in (*WORDS, "score") for zh in field_of("inspections", field).zh]
    close = get_close_matches(name.lower(), (*FIELDS, *CHINESE, *headers), 1)
    if not close:
        return {"meant_zh": "", "meant_en": ""}
    meant = sentence("finding_meant", field=close[0])
    return {"meant_zh": meant.zh, "meant_en": meant.en}


def words_of(field: str) -> dict[str, str]:
    """What a field of words may be."""
    chinese: dict[str, str] = {}
    for zh, code in field_of("inspections", field).values.items():
        chinese.setdefault(code, zh)
    return {
        "words_zh": "、".join(f"{code}（{zh}）" for code, zh in chinese.items()),
        "words_en": ", ".join(chinese),
    }
