"""What does a pack folder say, and is every number in it dated and cited?

A folder becomes a tree of mappings, lists and texts with a `Leaf` wherever a number stands.
`resolve` takes the values in force on a date, `build` makes typed rules of them. A path such as
``rates.yearly_permille`` is the file's name and then the keys.
"""

from __future__ import annotations

import datetime as dt
import re
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

from riskengine.errors import NotInForce, PolicyError, UncitedValue, UnknownParameter
from riskengine.rules import Title
from riskengine.yaml_faults import fault_of

KINDS = ("law", "guidance", "house")
CLOCK = "时刻 / clock"
"""Unit of values written as HH:MM and read as minutes after midnight."""


@dataclass(frozen=True, slots=True)
class Because:
    """Who says so, in which unit, and since when.

    kind
        "law" is a binding text, "guidance" a number printed in an administrative document
        (`says` names its scope), "house" the bureau's own choice.
    """

    kind: Literal["law", "guidance", "house"]
    title: str
    where: str
    says: str
    unit: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class Leaf:
    """A parameter: what it means, its unit, and its value and reason by date."""

    meaning: Title
    unit: str
    values: dict[dt.date, Any]
    because: dict[dt.date, Because]


class _Strict(yaml.SafeLoader):
    """YAML that refuses the same key twice instead of keeping the last one.

    A day that does not exist is a fault of the file like others, with its line.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        for key in keys:
            if keys.count(key) > 1:
                line = node.start_mark.line + 1
                raise PolicyError("policy_key_twice", file=self.name, key=key, line=line)
        return super().construct_mapping(node, deep)

    def construct_day(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError as error:
            mark = node.start_mark
            raise yaml.constructor.ConstructorError(None, None, str(error), mark) from None


_Strict.add_constructor("tag:yaml.org,2002:timestamp", _Strict.construct_day)


def read_text(folder: Path | Traversable, file: str) -> str:
    """One file of a pack as it stands."""
    try:
        return folder.joinpath(file).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise PolicyError("policy_file_missing", file=file) from None
    except UnicodeDecodeError:
        raise PolicyError("policy_not_utf8", file=file) from None


def read_yaml(folder: Path | Traversable, file: str) -> Any:
    """The values of one file of a pack."""
    return values_of(read_text(folder, file), file)


def values_of(text: str, file: str) -> Any:
    """The values of a YAML text; a fault is told with its file and line."""
    try:
        loader = _Strict(text)
        loader.name = file
        return loader.get_single_data()
    except yaml.YAMLError as error:
        line, why = fault_of(error, text)
        raise PolicyError(
            "policy_not_yaml", file=file, line=line, problem_zh=why.zh, problem_en=why.en
        ) from None


def file_of(path: str) -> str:
    """The file a path lies in.

    >>> file_of("rates.yearly_permille.A")
    'rates.yaml'
    """
    return path.split(".")[0] + ".yaml"


def tree_of(node: Any, path: str) -> Any:
    """Mappings, lists and texts, with a checked `Leaf` for every parameter."""
    if isinstance(node, Mapping):
        if {"values", "because"} & set(node):
            return _leaf(node, path)
        return {str(key): tree_of(child, f"{path}.{key}") for key, child in node.items()}
    if isinstance(node, list):
        return [tree_of(child, f"{path}.{index}") for index, child in enumerate(node)]
    if not isinstance(node, str):
        raise UncitedValue("policy_uncited", file=file_of(path), path=path, value=node)
    return node


def _leaf(node: Mapping[str, Any], path: str) -> Leaf:
    facts = {"file": file_of(path), "path": path}
    _exact_keys(node, {"meaning", "unit", "values", "because"}, path, forgive={"because"})
    values, because = node["values"], node.get("because")
    if not isinstance(values, Mapping) or not values:
        raise PolicyError("policy_wrong_type", **facts, value=values, wanted="date: value")
    for day in values:
        if type(day) is not dt.date:
            raise PolicyError("policy_wrong_type", **facts, value=day, wanted="YYYY-MM-DD")
    if not isinstance(because, Mapping) or set(because) != set(values):
        raise UncitedValue("policy_undated", **facts, days=", ".join(map(str, values)))
    unit = node["unit"]
    if not isinstance(unit, str) or not unit:
        raise PolicyError("policy_wrong_type", **facts, value=unit, wanted="text")
    return Leaf(
        meaning=build(Title, node["meaning"], f"{path}.meaning"),
        unit=unit,
        values={day: from_unit(value, unit) for day, value in values.items()},
        because={day: _because(node, unit, day, path) for day, node in because.items()},
    )


def _because(node: Any, unit: str, day: dt.date, path: str) -> Because:
    if not isinstance(node, Mapping):
        raise UncitedValue("policy_undated", file=file_of(path), path=path, days=day)
    _exact_keys(node, {"kind", "title", "where", "says"}, f"{path}.because", forgive={"says"})
    texts = {key: str(node.get(key) or "").strip() for key in ("title", "where", "says")}
    if node["kind"] not in KINDS or not texts["title"] or not texts["where"]:
        raise UncitedValue("policy_bad_citation", file=file_of(path), path=path, day=day)
    return Because(kind=node["kind"], unit=unit, since=day, **texts)


def from_unit(value: Any, unit: str) -> Any:
    """Minutes after midnight when the unit is a clock time; any other value as it is.

    >>> from_unit("08:30", CLOCK)
    510
    """
    if unit != CLOCK:
        return value
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    return int(match[1]) * 60 + int(match[2]) if match else value


def leaves(node: Any, path: str) -> Iterator[tuple[str, Leaf]]:
    """Every parameter below a node, with its path, in the order of the file."""
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from leaves(child, f"{path}.{index}")


def day_in_force(leaf: Leaf, on: dt.date, path: str) -> dt.date:
    """The newest day not after `on` for which the leaf has a value that is not repealed."""
    day = max((day for day in leaf.values if day <= on), default=None)
    if day is not None and leaf.values[day] is not None:
        return day
    raise NotInForce(
        "policy_not_yet" if day is None else "policy_repealed",
        path=path,
        meaning_zh=leaf.meaning.zh,
        meaning_en=leaf.meaning.en,
        on=on,
        since=day,
        first=min(leaf.values),
    )


def resolve(node: Any, on: dt.date, path: str) -> Any:
    """Plain values of a tree on a date."""
    if isinstance(node, Leaf):
        return node.values[day_in_force(node, on, path)]
    if isinstance(node, dict):
        return {key: resolve(child, on, f"{path}.{key}") for key, child in node.items()}
    if isinstance(node, list):
        return [resolve(child, on, f"{path}.{index}") for index, child in enumerate(node)]
    return node


def build(kind: Any, value: Any, path: str) -> Any:
    """A typed value, or a refusal that names file and path.

    A tuple of dataclasses may be written as a mapping: each key fills the first field.
    """
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _build_dataclass(kind, value, path)
    if origin is tuple and args[-1] is ...:
        return tuple(build(args[0], item, where) for item, where in _items(args[0], value, path))
    if origin is tuple and isinstance(value, list) and len(value) == len(args):
        return tuple(
            build(a, v, f"{path}.{i}") for i, (a, v) in enumerate(zip(args, value, strict=True))
        )
    if origin is dict and isinstance(value, Mapping):
        return {str(key): build(args[1], item, f"{path}.{key}") for key, item in value.items()}
    if origin is Literal and value in args:
        return value
    if origin in (Union, types.UnionType):
        return None if value is None else build(args[0], value, path)
    # bool is an int and a datetime a date in Python, but not in a law
    if isinstance(kind, type) and type(value) is kind:
        return value
    wanted = " | ".join(map(str, args)) if origin is Literal else getattr(kind, "__name__", kind)
    raise PolicyError(
        "policy_wrong_type", file=file_of(path), path=path, value=repr(value), wanted=wanted
    )


def _build_dataclass(kind: type, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise PolicyError(
            "policy_wrong_type",
            file=file_of(path),
            path=path,
            value=repr(value),
            wanted=kind.__name__,
        )
    _exact_keys(value, {field.name for field in fields(kind)}, path)
    hints = get_type_hints(kind)
    return kind(**{key: build(hints[key], item, f"{path}.{key}") for key, item in value.items()})


def _items(kind: Any, value: Any, path: str) -> list[tuple[Any, str]]:
    if isinstance(value, list):
        return [(item, f"{path}.{index}") for index, item in enumerate(value)]
    if isinstance(value, Mapping) and is_dataclass(kind):
        first = fields(kind)[0].name
        return [(_named(item, first, key, path), f"{path}.{key}") for key, item in value.items()]
    raise PolicyError(
        "policy_wrong_type", file=file_of(path), path=path, value=repr(value), wanted="list"
    )


def _named(item: Any, field: str, key: str, path: str) -> Any:
    """The item with its key in its first field; anything but a mapping is left for `build`."""
    if not isinstance(item, Mapping):
        return item
    if field in item:
        raise UnknownParameter("policy_unknown", file=file_of(path), path=f"{path}.{key}.{field}")
    return {field: key, **item}


def _exact_keys(
    node: Mapping[str, Any],
    wanted: set[str],
    path: str,
    forgive: frozenset[str] | set[str] = frozenset(),
) -> None:
    known_keys(node, wanted, path)
    for key in sorted(wanted - set(node) - forgive):
        raise UnknownParameter("policy_missing", file=file_of(path), path=f"{path}.{key}")


def known_keys(node: Mapping[str, Any], known: Collection[str], path: str) -> None:
    """Refuse a key that is not known, and name the one that may be meant."""
    for key in node:
        if key not in known:
            facts = {"file": file_of(path), "path": f"{path}.{key}"}
            for meant in get_close_matches(str(key), known, n=1):
                raise UnknownParameter("policy_mistyped", **facts, meant=meant)
            raise UnknownParameter("policy_unknown", **facts)
