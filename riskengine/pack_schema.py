"""Which form must the files of a pack have, as a JSON Schema for editors?

Made from the typed rules, so that it cannot drift from what the loader accepts:
``python -m riskengine.pack_schema > models/pack.schema.json``.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from riskengine.pack import KINDS
from riskengine.policy import FILES
from riskengine.rules import Item, PackInfo, PolicyView, Title
from riskengine.signed import CardEntry, ChallengerEntry

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
DAY: Schema = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
NUMBER: Schema = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d?\d:\d\d$"}]}


def pack_schema() -> Schema:
    """One object with a property for each file of a pack; `cases.yaml` is not part of it."""
    hints = get_type_hints(PolicyView)
    defs: Schema = {"because": because(), "day": DAY, "number": NUMBER, "text": TEXT}
    defs["leaf"] = any_leaf(defs)
    files = {name: written(hints[name], defs) for name in FILES}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "规则包 / rule pack",
        "description": "每个属性即同名的 .yaml 文件。 Each property is the .yaml file of its name.",
        **closed(files),
        "$defs": dict(sorted(defs.items())),
    }


def because() -> Schema:
    """Citations by date."""
    texts = {"title": TEXT, "where": TEXT, "says": TEXT}
    return by_date(closed({"kind": {"enum": list(KINDS)}, **texts}, optional={"says"}))


def by_date(of: Schema) -> Schema:
    day = {"$ref": "#/$defs/day"}
    return {"type": "object", "propertyNames": day, "minProperties": 1, "additionalProperties": of}


def any_leaf(defs: Schema) -> Schema:
    """A parameter, whatever the form of its values."""
    return closed(
        {
            "meaning": value(Title, defs),
            "unit": {"$ref": "#/$defs/text"},
            "values": by_date({}),
            "because": {"$ref": "#/$defs/because"},
        }
    )


def leaf(of: Schema) -> Schema:
    """A parameter whose values by date have the form `of`; null means repealed."""
    values = {"additionalProperties": either(of, {"type": "null"})}
    return {"$ref": "#/$defs/leaf", "properties": {"values": values}}


def written(kind: Any, defs: Schema) -> Schema:
    """How a rule stands in a file: as a leaf, or as structure that has leaves where numbers are."""
    if kind is Title:
        return value(kind, defs)
    if kind is str:
        # a text that decides something is dated and cited like a number
        return either(value(str, defs), leaf(value(str, defs)))
    structure = structure_of(kind, defs)
    parameter = leaf(value(kind, defs))
    return either(structure, parameter) if structure else parameter


def structure_of(kind: Any, defs: Schema) -> Schema | None:
    """The form outside a leaf, or None where only a leaf may stand."""
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return entry(kind, get_type_hints(kind), defs)
    if origin is dict:
        return {"type": "object", "additionalProperties": written(args[1], defs)}
    if origin is tuple and is_dataclass(args[0]):
        return {"type": "object", "additionalProperties": keyed(args[0], defs)}
    return value(kind, defs) if origin is Literal or kind == tuple[str, ...] else None


def keyed(kind: Any, defs: Schema) -> Schema:
    """An entry of a mapping whose key fills the first field."""
    hints = get_type_hints(kind)
    del hints[fields(kind)[0].name]
    return entry(kind, hints, defs)


def entry(kind: Any, hints: dict[str, Any], defs: Schema) -> Schema:
    """The fields of a rule; an item gives its points as one table, a pack names what was learnt."""
    if kind is PackInfo:
        learnt = {
            name: by_date(either(value(entry_of, defs), {"type": "null"}))
            for name, entry_of in (("fitted", CardEntry), ("challenger", ChallengerEntry))
        }
        forms = {name: written(hint, defs) for name, hint in hints.items()}
        return closed(forms | learnt, optional=set(learnt))
    if kind is not Item:
        return closed({name: written(hint, defs) for name, hint in hints.items()})
    missing = {"missing_points": value(hints.pop("missing_points"), defs)}
    ladder = {name: value(int, defs) for name in ("step", "points", "cap")}
    bins = closed({"bins": value(hints.pop("bins"), defs), **missing})
    table = either(bins, closed({"ladder": closed(ladder), **missing}))
    rest = {name: written(hint, defs) for name, hint in hints.items()}
    return closed({**rest, "points": leaf(table)})


def value(kind: Any, defs: Schema) -> Schema:
    """The plain form of a value inside a leaf."""
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        defs[kind.__name__] = closed({name: value(hint, defs) for name, hint in hints.items()})
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is dict:
        return {"type": "object", "additionalProperties": value(args[1], defs)}
    if origin is tuple and args[-1] is ...:
        return {"type": "array", "items": value(args[0], defs)}
    if origin is tuple:
        return {"type": "array", "prefixItems": [value(a, defs) for a in args], "items": False}
    name = {str: "text", int: "number", dt.date: "day"}.get(kind)
    return {"$ref": f"#/$defs/{name}"} if name else {"type": "boolean"}


def closed(properties: Schema, optional: set[str] | frozenset[str] = frozenset()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def either(*forms: Schema) -> Schema:
    return {"anyOf": list(forms)}


if __name__ == "__main__":
    json.dump(pack_schema(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
