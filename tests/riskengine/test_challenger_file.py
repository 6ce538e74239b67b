"""Does a challenger come back from its file bit by bit, and nothing else ever?"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skops.io import dumps, loads

from riskengine.challenger import Challenger, fit_challenger, logit_of, reasons_of
from riskengine.challenger.file import (
    TRUSTED,
    Origin,
    file_digest,
    read_challenger,
    write_challenger,
)
from riskengine.errors import PolicyError
from tests.riskengine.build import CARD
from tests.riskengine.visits import DIRECTIONS, SMALL, past_visits

ORIGIN = Origin("score < 60", "ab" * 32, dt.date(2025, 1, 2), dt.date(2026, 10, 31), CARD.features)


@cache
def learnt(*, with_officers: bool = True) -> Challenger:
    visits = past_visits()
    group = visits.group if with_officers else None
    return fit_challenger(visits.features, visits.label, DIRECTIONS, SMALL, group=group)


@cache
def written() -> bytes:
    return write_challenger(learnt(), ORIGIN)


def signed(
    change_head: Callable[[dict[str, Any]], None] = lambda head: None,
    change_body: Callable[[Any], Any] = lambda body: body,
) -> bytes:
    """The file as somebody would write it who may sign but means ill."""
    line, _, body = written().partition(b"\n")
    head = json.loads(line)
    body = dumps(change_body(loads(body, trusted=list(TRUSTED))))
    head["body"] = hashlib.sha256(body).hexdigest()
    change_head(head)
    return json.dumps(head).encode() + b"\n" + body


def refusal(data: bytes) -> str:
    with pytest.raises(PolicyError) as refused:
        read_challenger(data, file_digest(data))
    return refused.value.code


@pytest.mark.parametrize("with_officers", [False, True])
def test_a_reload_answers_bit_by_bit_the_same(with_officers: bool) -> None:
    challenger, features = learnt(with_officers=with_officers), past_visits().features
    data = write_challenger(challenger, ORIGIN)
    again, origin = read_challenger(data, file_digest(data))
    assert origin == ORIGIN
    assert (logit_of(again, features) == logit_of(challenger, features)).all()
    before, after = reasons_of(challenger, features), reasons_of(again, features)
    assert before.base == after.base
    assert all((before.added[name] == after.added[name]).all() for name in before.added)
    assert (again.columns, again.line, again.officers, again.rules, again.seed) == (
        challenger.columns,
        challenger.line,
        challenger.officers,
        challenger.rules,
        challenger.seed,
    )


def test_the_same_challenger_gives_the_same_bytes() -> None:
    visits = past_visits()
    again = fit_challenger(visits.features, visits.label, DIRECTIONS, SMALL, group=visits.group)
    assert write_challenger(again, ORIGIN) == written()
    assert write_challenger(read_challenger(written(), file_digest(written()))[0], ORIGIN) == (
        written()
    )


@settings(deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(written()) - 1))
    changed = bytearray(written())
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(PolicyError) as refused:
        read_challenger(bytes(changed), file_digest(written()))
    assert refused.value.code == "challenger_file_changed"


def test_a_shortened_or_lengthened_file_is_refused() -> None:
    for data in (written()[:-1], written() + b"\0", b""):
        with pytest.raises(PolicyError, match="digest on record"):
            read_challenger(data, file_digest(written()))


def test_nothing_is_parsed_before_the_digest_is_checked() -> None:
    with pytest.raises(PolicyError, match="digest on record"):
        read_challenger(b"not a challenger", "0" * 64)


def test_a_file_of_another_scikit_learn_is_refused_naming_both() -> None:
    data = signed(lambda head: head.update({"scikit-learn": "1.2.3"}))
    with pytest.raises(PolicyError, match=r"1\.2\.3") as refused:
        read_challenger(data, file_digest(data))
    assert refused.value.code == "challenger_file_sklearn"
    assert str(refused.value.facts["here"]) in str(refused.value)


class Stranger:
    """A type that no file may hold."""

    def __init__(self) -> None:
        self.value = 1


def test_a_file_that_holds_another_type_is_refused_by_name() -> None:
    data = signed(change_body=lambda body: body | {"more": Stranger()})
    with pytest.raises(PolicyError, match="Stranger") as refused:
        read_challenger(data, file_digest(data))
    assert refused.value.code == "challenger_file_types"


def test_the_body_holds_arrays_and_a_schema_and_no_address_or_date() -> None:
    with ZipFile(io.BytesIO(written().partition(b"\n")[2])) as body:
        parts = body.infolist()
    assert {part.filename.rpartition(".")[2] for part in parts} == {"npy", "json"}
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("field", "value"),
    [("left", 2**31), ("left", 0), ("right", 1), ("feature_idx", 99), ("feature_idx", -1),
     ("is_categorical", 1), ("count", 0), ("value", np.nan)],
)  # fmt: skip
def test_a_signed_tree_with_a_wrong_index_is_refused(field: str, value: float) -> None:
    def spoil(body: Any) -> Any:
        # the root of a tree that splits on a number
        tree = next(t for t in body["trees"] if not t.nodes["is_categorical"][0])
        tree.nodes[field][0] = value
        return body

    assert refusal(signed(change_body=spoil)) == "challenger_file_unsound"


def test_a_signed_split_on_a_category_beyond_its_table_is_refused() -> None:
    def spoil(body: Any) -> Any:
        for tree in body["trees"]:
            tree.nodes["bitset_idx"][tree.nodes["is_categorical"] == 1] = 10_000
        return body

    assert refusal(signed(change_body=spoil)) == "challenger_file_unsound"


def test_other_formats_and_torn_files_are_refused() -> None:
    assert refusal(signed(lambda head: head.update(version=1))) == "challenger_file_version"
    assert refusal(signed(lambda head: head.update(format="x"))) == "challenger_file_version"
    assert refusal(signed(lambda head: head.update(body="0" * 64))) == "challenger_file_unsound"
    assert refusal(signed(lambda head: head.pop("columns") and None)) == "challenger_file_unsound"
    assert refusal(signed(lambda head: head["line"]["slopes"].pop() and None)) == (
        "challenger_file_unsound"
    )
    assert refusal(signed(change_body=lambda body: {"trees": 3})) == "challenger_file_unsound"
    for torn in (b"", b"{}\n", b"[]\n", b"\xff\n", written().partition(b"\n")[0]):
        assert refusal(torn) == "challenger_file_unsound"
