"""Which file and column feed which field?

Files named for their table, with headers of the dictionary, need no mapping (`source_by_name`,
`fields_by_header`). Any other export is read through a mapping file::

    enterprises:
      - file: canvass.parquet            # inside the register's folder
        sheet: Sheet1                    # spreadsheets only; the first when left out
        where: {Results: [Pass, Fail], criticalCount: ">0"}
        distinct: true                   # many rows repeat the same enterprise
        fields:
          enterprise_id: License         # a column
          name: {column: DBA_Name}
          sector: {column: Type, translate: {Grocery Store: grocery}, otherwise: other}
          known_on: {column: Inspection_Date, date_format: "%m/%d/%Y", days: 14}   # a fortnight on
          online_rate_bp: {column: Online, scale: 100}
          result: {column: Score, steps: {0: problem_pending, 60: no_problem}}   # at least → word
        constants: {township: Chicago}
    violations:
      - file: canvass.parquet
        fields: {fact_id: {template: "{Inspection_ID}/critical"}}
    absent: [inspectors]
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from riskengine.cells import Reading, clean
from riskengine.errors import BadRegister
from riskengine.fields import Field, TableInfo, table_of_fields
from riskengine.files import KINDS

CONDITION = re.compile(r"(>=|<=|!=|>|<)\s*(.*)")
IN_ORDER = re.compile(r"-?\d+(\.\d+)?|\d{4}-\d\d-\d\d")
PLACE = re.compile(r"\{([^{}]+)\}")
BRACKETED = re.compile(r"[(（\[【].*$")
SOURCE_KEYS = ("file", "sheet", "where", "distinct", "fields", "constants")
MOST_DAYS = 3_660
"""A day may be moved by ten years."""
STEPS = ("{0: problem_pending, 60: no_problem}",)
ORIGIN_KEYS = (
    "column",
    "template",
    "translate",
    "otherwise",
    "date_format",
    "days",
    "scale",
    "steps",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the text of a field comes from: a column, or a template of several columns."""

    template: str
    reading: Reading

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the template names."""
        return tuple(clean(name) for name in PLACE.findall(self.template))


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows count only if the column compares with one of the values: sign is = != > >= < <=."""

    column: str
    sign: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One file feeding one table; `fields` is None where the header itself says it all."""

    table: str
    file: str
    sheet: str | None = None
    where: tuple[Condition, ...] = ()
    fields: dict[str, Origin] | None = None
    constants: dict[str, str] | None = None
    is_distinct: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """Every column of the file that the source names."""
        read = columns_of((self.fields or {}).values())
        return read | {condition.column for condition in self.where}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Sources in the order of the file, and the tables that the export does not have."""

    sources: tuple[Source, ...]
    absent: frozenset[str]


def read_mapping(path: Path) -> Mapping:
    """The mapping file at `path`, checked key by key."""
    if path.is_dir():
        raise BadRegister("file_is_folder", name=str(path), like=str(path / "mapping.yaml"))
    if not path.is_file():
        raise BadRegister("missing_file", file=path.name)
    if path.suffix.lower() in KINDS:
        raise BadRegister("mapping_wanted", file=path.name)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeError) as error:
        cause = str(error).replace("\n", " ")[:200]
        raise BadRegister("unreadable_file", file=path.name, cause=cause) from error
    if not isinstance(content, dict):
        raise BadRegister("mapping_wanted", file=path.name)
    return mapping_of(content, file=path.name)


def mapping_of(content: Any, *, file: str = "mapping") -> Mapping:
    """A mapping from plain values; `file` is the name used in refusals."""
    tables = table_of_fields()
    known = (*tables, "absent")
    entries = _mapping_at(file, "/", content, known)
    absent = _list_at(file, "absent", entries.pop("absent", None) or [])
    for name in absent:
        _check(file, "absent", name, tables)
    sources = (
        _source(file, f"{table}[{place}]", tables[table], entry)
        for table, found in entries.items()
        for place, entry in enumerate(_list_at(file, table, found))
    )
    return Mapping(tuple(sources), frozenset(absent))


def table_named(stem: str) -> TableInfo | None:
    """The table a file is named for: its name, then anything that is not a letter.

    >>> table_named("violations-2025").name, table_named("违法案件2025年").name
    ('violations', 'violations')
    """
    stem = clean(stem).lower()
    found = [
        (len(name), info)
        for info in table_of_fields().values()
        for name in (info.name, *info.zh)
        if stem.startswith(name) and not stem[len(name) : len(name) + 1].isalpha()
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def fields_by_header(info: TableInfo, header: Collection[str]) -> dict[str, Origin]:
    """Field → the column whose header names it, in English or Chinese.

    An English header carries its unit in its name (``online_rate_bp``), a Chinese one does not.
    """
    plain = {_plain_header(name): name for name in reversed(list(header))}
    found = {}
    for field in info.fields:
        name = next((name for name in (field.name, *field.zh) if name in plain), None)
        if name is not None:
            reading = Reading(is_in_unit=name == field.name)
            found[field.name] = Origin("{" + plain[name] + "}", reading)
    return found


def missing_fields(info: TableInfo, fields: Collection[str]) -> list[Field]:
    """Required fields that nothing feeds."""
    return [field for field in info.fields if field.is_required and field.name not in fields]


def columns_of(origins: Iterable[Origin]) -> frozenset[str]:
    """Every column that the origins name."""
    return frozenset(column for origin in origins for column in origin.columns)


def _plain_header(name: str) -> str:
    return BRACKETED.sub("", clean(name).lstrip("*＊")).replace(" ", "").lower()


def _source(file: str, where: str, info: TableInfo, entry: Any) -> Source:
    entry = _mapping_at(file, where, entry, SOURCE_KEYS)
    names = [field.name for field in info.fields]
    fields = _mapping_at(file, f"{where}.fields", entry.get("fields") or {}, names)
    constants = _mapping_at(file, f"{where}.constants", entry.get("constants") or {}, names)
    if not isinstance(entry.get("file"), str):
        raise _refusal(file, f"{where}.file", entry.get("file"), ("file: NAME",))
    if not isinstance(entry.get("distinct", False), bool):
        raise _refusal(file, f"{where}.distinct", entry["distinct"], ("true", "false"))
    for field in missing_fields(info, {*fields, *constants}):
        raise BadRegister("missing_column", file=file, column=field.name, zh=field.zh[0])
    origins = {
        name: _origin(file, f"{where}.fields.{name}", value) for name, value in fields.items()
    }
    conditions = _mapping_at(file, f"{where}.where", entry.get("where") or {}, None)
    return Source(
        table=info.name,
        file=entry["file"],
        sheet=None if entry.get("sheet") is None else str(entry["sheet"]),
        where=tuple(
            _condition(file, f"{where}.where.{column}", column, value)
            for column, value in conditions.items()
        ),
        fields=origins,
        constants={name: _word(value) for name, value in constants.items()},
        is_distinct=entry.get("distinct", False),
    )


def _origin(file: str, where: str, value: Any) -> Origin:
    if not isinstance(value, dict):
        return Origin("{" + str(value) + "}", Reading())
    value = _mapping_at(file, where, value, ORIGIN_KEYS)
    if ("column" in value) == ("template" in value):
        raise _refusal(file, where, ", ".join(value), ("column", "template"))
    translate = _mapping_at(file, f"{where}.translate", value.get("translate") or {}, None)
    try:
        scale = None if value.get("scale") is None else Decimal(str(value["scale"]))
    except InvalidOperation:
        raise _refusal(file, f"{where}.scale", value["scale"], ("100", "0.01")) from None
    days = value.get("days", 0)
    if type(days) is not int or abs(days) > MOST_DAYS:
        facts = {"file": file, "where": f"{where}.days", "value": str(days)[:80]}
        raise BadRegister("mapping_days", **facts, most=MOST_DAYS)
    steps = _mapping_at(file, f"{where}.steps", value.get("steps") or {}, None)
    reading = Reading(
        steps=_steps(file, f"{where}.steps", steps),
        translate=MappingProxyType({clean(_word(k)): _word(v) for k, v in translate.items()}),
        otherwise=None if value.get("otherwise") is None else _word(value["otherwise"]),
        date_format=None if value.get("date_format") is None else str(value["date_format"]),
        days=days,
        scale=scale,
    )
    column = "{" + str(value.get("column")) + "}"
    return Origin(str(value.get("template", column)), reading)


def _steps(file: str, where: str, steps: dict[str, Any]) -> tuple[tuple[Decimal, str], ...]:
    try:
        pairs = [(Decimal(least), _word(word)) for least, word in steps.items()]
    except InvalidOperation:
        raise _refusal(file, where, ", ".join(steps), STEPS) from None
    return tuple(sorted(pairs))


def _condition(file: str, where: str, column: str, value: Any) -> Condition:
    if isinstance(value, list):
        return Condition(clean(column), "=", tuple(_word(item) for item in value))
    if isinstance(value, str) and (found := CONDITION.fullmatch(value.strip())):
        if found[1] != "!=" and not IN_ORDER.fullmatch(found[2]):
            raise _refusal(file, where, value, ('">0"', '">=2026-01-01"'))
        return Condition(clean(column), found[1], (found[2],))
    return Condition(clean(column), "=", (_word(value),))


def _word(value: Any) -> str:
    """YAML reads ``yes`` and ``2`` as a truth and a number; here every value is a word."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping_at(file: str, where: str, value: Any, known: Collection[str] | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refusal(file, where, value, known or ("{column: value}",))
    for key in value:
        if known is not None:
            _check(file, where, key, known)
    return {key if known is not None else _word(key): item for key, item in value.items()}


def _list_at(file: str, where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _refusal(file, where, value, ("[...]",))
    return value


def _check(file: str, where: str, name: Any, known: Collection[str]) -> None:
    if name not in known:
        raise _refusal(file, where, name, known)


def _refusal(file: str, where: str, value: Any, known: Collection[str]) -> BadRegister:
    words = ", ".join(known)
    return BadRegister("bad_mapping", file=file, where=where, value=str(value)[:80], known=words)
