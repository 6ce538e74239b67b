"""Does a stored document come back as the value it was?"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.documents import read_value
from riskengine.digest import canonical, digest


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    share: int | None
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Outer:
    month: dt.date
    kind: Literal["a", "b"]
    inner: Inner | None
    pairs: tuple[tuple[str, int], ...]
    caps: dict[str, Inner]
    is_provisional: bool
    table: pa.Table


INNER = st.builds(
    Inner,
    name=st.text(st.characters(codec="utf-8")),
    share=st.none() | st.integers(-(2**63), 2**63),
    days=st.lists(st.dates(), max_size=3).map(tuple),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(st.characters(codec="utf-8"), max_size=5),
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "on": st.none() | st.dates(),
            "ok": st.none() | st.booleans(),
        }
    ),
    max_size=4,
)
SCHEMA = pa.schema(
    [("id", pa.string()), ("n", pa.int64()), ("on", pa.date32()), ("ok", pa.bool_())]
)
OUTER = st.builds(
    Outer,
    month=st.dates(),
    kind=st.sampled_from(["a", "b"]),
    inner=st.none() | INNER,
    pairs=st.lists(st.tuples(st.text("ab"), st.integers()), max_size=3).map(tuple),
    caps=st.dictionaries(st.text("xyz"), INNER, max_size=2),
    is_provisional=st.booleans(),
    table=ROWS.map(lambda rows: pa.Table.from_pylist(rows, schema=SCHEMA)),
)


@given(OUTER)
@settings(max_examples=40, deadline=None)
def test_any_document_survives_its_json(document: Outer) -> None:
    back = read_value(Outer, json.loads(canonical(document)))
    assert digest(back) == digest(document)
    assert back.table.schema == document.table.schema
    assert (back.month, back.inner, back.pairs) == (document.month, document.inner, document.pairs)


GOOD = json.loads(
    canonical(
        Outer(dt.date(2026, 12, 1), "a", None, (("x", 1),), {}, True, pa.table({"id": ["e1"]}))
    )
)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("month", "December"),
        ("month", 20261201),
        ("kind", "c"),
        ("inner", {"name": "x"}),
        ("pairs", [["x", "1"]]),
        ("pairs", [["x"]]),
        ("caps", []),
        ("is_provisional", 1),
    ],
)
def test_a_body_that_does_not_fit_is_refused(field: str, wrong: object) -> None:
    read_value(Outer, GOOD)
    with pytest.raises(ValueError, match=r"value|December"):
        read_value(Outer, GOOD | {field: wrong})


def test_missing_and_foreign_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="Outer"):
        read_value(Outer, GOOD | {"colour": "red"})
    with pytest.raises(ValueError, match="Outer"):
        read_value(Outer, {key: value for key, value in GOOD.items() if key != "kind"})
