"""Which form must ``formula.yaml`` have, as a JSON Schema for editors?

Made from the operators, so that it cannot drift from what the loader accepts:
``python -m riskengine.formula.schema > models/formula.schema.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import get_args

from riskengine.formula.operators import CHECKS, OPERATORS, Argument, arguments_of
from riskengine.formula.view import InputKind, Mark, Need
from riskengine.pack_schema import DAY, TEXT, Schema, because, by_date, closed, either

TITLE = {"$ref": "#/$defs/title"}
ANY_TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "pattern": r"^[A-Za-z_]\w*(\.\w+)*$"}
NAMES: Schema = {"$ref": "#/$defs/names"}
RULES: Schema = {"type": "array", "items": {"type": "object"}}


def formula_schema() -> Schema:
    """The form of ``formula.yaml``."""
    leaf = closed({"meaning": TITLE, "unit": TEXT, "values": by_date({}), "because": because()})
    promise = {"one_more": {"enum": ["never_improves", "may_improve"]}, "title": TITLE}
    whole = {
        "name": TEXT,
        "title": TITLE,
        "jurisdiction": TITLE,
        "mark": {"enum": list(get_args(Mark))},
        "elements": every(closed({"source": TEXT, "title": TITLE})),
        "inputs": every({"$ref": "#/$defs/input"}),
        "checks": every(either(*(step(name, arguments_of(CHECKS[name])) for name in CHECKS))),
        "numbers": every(leaf),
        "words": every(TITLE),
        "steps": every(either(*(step(one.name, one.arguments) for one in OPERATORS))),
        "results": {"type": "array", "items": NAME, "minItems": 1},
        "promise": closed(promise),
        "population": closed({"into": NAME, "columns": {"type": "array", "items": NAME}}),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "公式包 / formula pack",
        **closed(whole, optional={"checks", "words", "population"}),
        "$defs": {
            "day": DAY,
            "input": input_schema(),
            "names": either(NAME, {"type": "array", "items": NAMES}, every(NAMES)),
            "title": closed({"zh": TEXT, "en": TEXT}),
        },
    }


def every(of: Schema) -> Schema:
    """A mapping of names to things of one form."""
    return {"type": "object", "additionalProperties": of}


def input_schema() -> Schema:
    fields: Schema = {
        "title": TITLE,
        "unit": TEXT,
        "kind": {"enum": list(get_args(InputKind))},
        "need": {"enum": list(get_args(Need))},
        "choices": either(NAME, {"type": "array", "items": ANY_TEXT}),
        "columns": every({"$ref": "#/$defs/input"}),
    }
    return closed(fields, optional={"unit", "need", "choices", "columns"})


def step(name: str, arguments: Mapping[str, Argument]) -> Schema:
    """A step with its operator and exactly its arguments."""
    takes = {key: takes_of(argument) for key, argument in arguments.items()}
    head: Schema = {"title": TITLE, "unit": TEXT, "do": {"const": name}}
    return closed({**head, **takes}, optional={"unit"})


def takes_of(argument: Argument) -> Schema:
    if argument.words:
        return {"enum": list(argument.words)}
    return either(NAME, RULES) if argument.kind in ("rules", "spans") else NAMES


if __name__ == "__main__":
    json.dump(formula_schema(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
