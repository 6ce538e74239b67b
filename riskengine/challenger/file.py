"""How is a challenger kept in a file that cannot run code?

A line of JSON (what was learnt, from which data, the straight line, the officers' shares) and after
it the trees, written by skops: no pickle, and a single type to trust. skops can tell what type a
file holds, not whether it is sound: a wrong index in a tree would reach past its arrays. So the
SHA-256 that the pack names is checked before a byte is read, and every index before it is used.
The same challenger gives the same bytes. This module turns values into bytes and back; who keeps
them is the shell's affair.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import sklearn
from skops.io import dumps, get_untrusted_types, loads

from riskengine.challenger import Challenger, ChallengerRules
from riskengine.challenger.columns import Column
from riskengine.challenger.line import Line, Slope
from riskengine.challenger.reasons import tables_of
from riskengine.challenger.trees import BoostingRules, Trees
from riskengine.errors import PolicyError
from riskengine.officers import Officers
from riskengine.pack import build
from riskengine.rules import FeatureRules

FORMAT = "riskengine-challenger"
VERSION = 2
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
"""The one type beyond numbers, texts, lists and arrays that a file may hold."""
MOST_SPLITS = 11
"""Inner nodes of a tree: its outcomes are tabulated."""
OLD = (1980, 1, 1, 0, 0, 0)
"""The date of every part: the file says nothing of when it was written."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a challenger was learnt from, for the record.

    label_text
        What counts as a finding.
    data_digest
        SHA-256 of the register learnt from.
    first_on, last_on
        Days of the first and the last visit learnt from.
    features
        How its features were measured, and have to be when it is asked.
    """

    label_text: str
    data_digest: str
    first_on: dt.date
    last_on: dt.date
    features: FeatureRules


def write_challenger(challenger: Challenger, origin: Origin) -> bytes:
    """The file. Its SHA-256 (`file_digest`) belongs into the pack or record that names it."""
    trees = challenger.trees
    body = _tidy(dumps({"trees": list(trees.trees), "known": trees.known, "place": trees.place}))
    head = {
        "format": FORMAT,
        "version": VERSION,
        "scikit-learn": sklearn.__version__,
        "body": hashlib.sha256(body).hexdigest(),
        "label": origin.label_text,
        "data": origin.data_digest,
        "first_on": origin.first_on.isoformat(),
        "last_on": origin.last_on.isoformat(),
        "features": dataclasses.asdict(origin.features),
        "rows": challenger.rows,
        "events": challenger.events,
        "rules": dataclasses.asdict(challenger.rules),
        "seed": challenger.seed,
        "columns": [dataclasses.asdict(column) for column in challenger.columns],
        "officers": dataclasses.asdict(challenger.officers) if challenger.officers else None,
        "line": dataclasses.asdict(challenger.line),
        "trees": {"start": trees.start, "seeds": trees.seeds},
    }
    text = json.dumps(head, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n" + body


def file_digest(data: bytes) -> str:
    """SHA-256 of a file, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def read_challenger(data: bytes, digest: str) -> tuple[Challenger, Origin]:
    """Read a file back; its answers are those of the challenger written, bit by bit.

    digest
        SHA-256 as the pack or record states it; checked before anything is parsed.

    Raises
    ------
    PolicyError
        When the file is not the one named, is of another format or another release of
        scikit-learn (a tree is grown and read by one release), or holds anything but sound trees.
    """
    found = file_digest(data)
    if found != digest:
        raise PolicyError("challenger_file_changed", expected=digest, found=found)
    head, body = _head(data)
    if head["scikit-learn"] != sklearn.__version__:
        raise PolicyError(
            "challenger_file_sklearn", file=head["scikit-learn"], here=sklearn.__version__
        )
    if hashlib.sha256(body).hexdigest() != head["body"]:
        raise PolicyError("challenger_file_unsound", what="body")
    try:
        types = get_untrusted_types(data=body)
        if not set(types) <= set(TRUSTED):
            strange = ", ".join(sorted(set(types) - set(TRUSTED)))
            raise PolicyError("challenger_file_types", types=strange)
        return _challenger(head, loads(body, trusted=list(TRUSTED))), _origin(head)
    except PolicyError:
        raise
    except Exception as flaw:
        # whatever a stranger's bytes can make a parser say
        raise PolicyError("challenger_file_unsound", what=type(flaw).__name__) from flaw


def _head(data: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, body = data.partition(b"\n")
    try:
        head = json.loads(line)
        name, version = head["format"], head["version"]
    except (ValueError, KeyError, TypeError) as flaw:
        raise PolicyError("challenger_file_unsound", what="head") from flaw
    if name != FORMAT or version != VERSION:
        raise PolicyError("challenger_file_version", file=f"{name} {version}", here=VERSION)
    return head, body


def _origin(head: Mapping[str, Any]) -> Origin:
    first_on, last_on = (dt.date.fromisoformat(head[key]) for key in ("first_on", "last_on"))
    rules: FeatureRules = build(FeatureRules, head["features"], "challenger.features")
    return Origin(head["label"], head["data"], first_on, last_on, rules)


def _challenger(head: Mapping[str, Any], body: Mapping[str, Any]) -> Challenger:
    columns = tuple(
        Column(one["feature"], one["worse"], tuple(one["names"])) for one in head["columns"]
    )
    officers = head["officers"]
    slopes = tuple(
        Slope(**(one | {"by_name": tuple(one["by_name"])})) for one in head["line"]["slopes"]
    )
    rules = head["rules"] | {"boosting": BoostingRules(**head["rules"]["boosting"])}
    trees = Trees(tuple(body["trees"]), **head["trees"], known=body["known"], place=body["place"])
    check_trees(trees, columns)
    if len(slopes) != len(columns):
        raise PolicyError("challenger_file_unsound", what="line")
    return Challenger(
        columns=columns,
        trees=trees,
        tables=tables_of(trees),
        line=Line(head["line"]["start"], slopes),
        officers=Officers(
            tuple(officers["names"]), tuple(officers["visits"]), officers["unknown_visits"]
        )
        if officers
        else None,
        rules=ChallengerRules(**rules),
        seed=head["seed"],
        rows=head["rows"],
        events=head["events"],
    )


def check_trees(trees: Trees, columns: tuple[Column, ...]) -> None:
    """Refuse trees with an index that points nowhere.

    Raises
    ------
    PolicyError
        With the place of the first unsound tree.
    """
    is_category = np.array([column.worse == "category" for column in columns])
    known_is_sound = trees.known.shape[1:] == (8,) and trees.known.dtype == np.uint32
    place_is_sound = trees.place.shape == (len(columns),) or not is_category.any()
    if not known_is_sound or not place_is_sound:
        raise PolicyError("challenger_file_unsound", what="known")
    if is_category.any() and trees.place[is_category].max() >= len(trees.known):
        raise PolicyError("challenger_file_unsound", what="place")
    for at, tree in enumerate(trees.trees):
        if not _is_sound(tree, is_category):
            raise PolicyError("challenger_file_unsound", what=f"tree {at + 1}")


def _is_sound(tree: Any, is_category: Any) -> bool:
    nodes, bitsets = tree.nodes, tree.raw_left_cat_bitsets
    place = np.arange(len(nodes))
    is_inner = nodes["is_leaf"] == 0
    inner, own = nodes[is_inner], place[is_inner]
    if not len(nodes) or len(inner) > MOST_SPLITS or not (nodes["count"] > 0).all():
        return False
    children = np.concatenate([inner["left"], inner["right"]]).astype(np.int64)
    # each node but the root has one parent, and it stands before it: no circle, no orphan
    if sorted(children) != list(range(1, len(nodes))) or not (children > np.tile(own, 2)).all():
        return False
    column = inner["feature_idx"]
    if not ((column >= 0) & (column < len(is_category))).all():
        return False
    by_name = inner["is_categorical"] != 0
    if not (is_category[column] == by_name).all() or not np.isfinite(nodes["value"]).all():
        return False
    words = inner["bitset_idx"][by_name]
    return not len(words) or (bitsets.shape[1:] == (8,) and bool((words < len(bitsets)).all()))


def _tidy(body: bytes) -> bytes:
    """The same archive without memory addresses and dates: equal trees, equal bytes."""
    numbers: dict[int, int] = {}

    def number(address: int) -> int:
        return numbers.setdefault(address, len(numbers))

    def clean(part: Any) -> Any:
        if isinstance(part, list):
            return [clean(item) for item in part]
        if not isinstance(part, dict):
            return part
        cleaned = {key: clean(item) for key, item in part.items()}
        if isinstance(part.get("__id__"), int):
            cleaned["__id__"] = number(part["__id__"])
        if isinstance(part.get("file"), str):
            cleaned["file"] = f"{number(int(part['file'].removesuffix('.npy')))}.npy"
            names[cleaned["file"]] = part["file"]
        return cleaned

    names: dict[str, str] = {}
    out = io.BytesIO()
    with ZipFile(io.BytesIO(body)) as given, ZipFile(out, "w") as tidy:
        schema = clean(json.loads(given.read("schema.json")))
        parts = {name: given.read(old) for name, old in names.items()}
        parts["schema.json"] = json.dumps(schema).encode()
        for name, content in parts.items():
            info = ZipInfo(name, OLD)
            info.compress_type, info.create_system = ZIP_DEFLATED, 3
            tidy.writestr(info, content)
    return out.getvalue()
