"""Does the compiled path give the same bytes as the file a citizen runs?"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import lottery, swift, swift_compiled, swift_tickets
from scheduler.lottery import NANO, Row
from scheduler.outcome import outcome
from tests.scheduler import small_month
from tests.scheduler.lists import SEED, lists, ticketed
from tests.scheduler.vectors import VECTORS, by_name, long_chances, long_list, rows_of

seeds = st.binary(min_size=32, max_size=32)
purposes = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def duels_of(rows: list[Row], seed: bytes, purpose: str, workers: int = 2) -> Any:
    """Selected ids and duels, as the plain path gives them."""
    units = swift.units_of(rows)
    found = swift.tree_duel(units, seed, purpose, workers=workers)
    ids = units.ids.to_pylist()
    log = []
    for carrier, other, a, b, r in zip(
        *(getattr(found, name).tolist() for name in ("carrier", "other", "a", "b", "r")),
        strict=True,
    ):
        log.append(lottery.Duel(ids[carrier], ids[other], a, b, r, *lottery.settle(a, b, r)))
    assert swift.log_digest(units, found) == lottery.digest_of(log)
    return tuple(sorted(ids[row] for row in found.selected)), tuple(log)


def tickets_of(rows: list[Row], chances: dict[str, int], strata: int, purpose: str) -> Any:
    """Selected ids and thresholds, as the plain path gives them."""
    units = swift.units_of(rows)
    weights = np.array([chances[row[0]] for row in rows], np.int64)
    found = swift_tickets.draw_tickets(units, weights, strata, SEED, purpose)
    return tuple(sorted(units.ids[int(i)].as_py() for i in found.selected)), found.thresholds


# ── the same bytes ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vector", VECTORS["draws"], ids=by_name)
def test_duels_follow_the_vectors(vector: dict[str, Any]) -> None:
    seed = bytes.fromhex(vector["seed"])
    selected, log = duels_of(rows_of(vector), seed, vector["purpose"])
    assert (list(selected), [list(duel) for duel in log]) == (vector["selected"], vector["duels"])


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=by_name)
def test_tickets_follow_the_vectors(vector: dict[str, Any]) -> None:
    units = swift.units_of(rows_of(vector))
    chances = np.array([row[3] for row in vector["rows"]], np.int64)
    seed, purpose = bytes.fromhex(vector["seed"]), vector["purpose"]
    drawn = swift_tickets.draw_tickets(units, chances, vector["strata"], seed, purpose)
    ids = units.ids.to_pylist()
    assert sorted(ids[row] for row in drawn.selected) == vector["selected"]
    assert [[[*t.stratum], t.drawn, t.key] for t in drawn.thresholds] == vector["thresholds"]
    for row, unit_id in enumerate(ids):
        if chances[row]:
            assert str(drawn.keys.exact(row)[0]) == vector["keys"][unit_id]


@pytest.mark.parametrize("vector", VECTORS["long"], ids=by_name)
def test_long_lists_follow_the_vectors(vector: dict[str, Any]) -> None:
    rows, seed = long_list(), bytes.fromhex(vector["seed"])
    units = swift.units_of(rows)
    if vector["engine"] == "duel":
        duels = swift.tree_duel(units, seed, vector["purpose"])
        chosen, log_digest = duels.selected, swift.log_digest(units, duels)
    else:
        chances = np.array([*long_chances(vector).values()], np.int64)
        drawn = swift_tickets.draw_tickets(
            units, chances, vector["strata"], seed, vector["purpose"]
        )
        chosen, log_digest = drawn.selected, lottery.digest_of(drawn.thresholds)
    selected = sorted(rows[row][0] for row in chosen)
    assert len(selected) == vector["drawn"]
    assert lottery.digest_of(selected) == vector["selected_digest"]
    assert log_digest == vector["log_digest"]


@settings(max_examples=60, deadline=None)
@given(rows=lists(), levels=st.integers(0, 3), seed=seeds, purpose=purposes)
def test_duels_are_those_of_the_plain_path(
    rows: list[Row], levels: int, seed: bytes, purpose: str
) -> None:
    cut = [(i, p, key[:levels]) for i, p, key in rows]
    plainly = lottery.tree_duel(cut, seed, purpose)
    assert duels_of(cut, seed, purpose) == plainly
    assert duels_of(cut[::-1], seed, purpose, workers=1) == plainly


@settings(max_examples=60, deadline=None)
@given(case=ticketed(), purpose=purposes)
def test_tickets_are_those_of_the_plain_path(
    case: tuple[list[Row], dict[str, int], int], purpose: str
) -> None:
    rows, chances, strata = case
    keys = lottery.pareto_keys(chances, SEED, purpose)
    plainly = lottery.draw_tickets(rows, keys, strata)
    assert tickets_of(rows, chances, strata, purpose) == plainly
    assert tickets_of(rows[::-1], chances, strata, purpose) == plainly


@settings(max_examples=60, deadline=None)
@given(case=ticketed(), percent=st.integers(0, 300), least=st.integers(0, 4), by_key=st.booleans())
def test_reserves_are_those_of_the_plain_path(
    case: tuple[list[Row], dict[str, int], int], percent: int, least: int, by_key: bool
) -> None:
    rows, chances, strata = case
    units = swift.units_of(rows)
    weights = np.array([chances[row[0]] for row in rows], np.int64)
    drawn = swift_tickets.draw_tickets(units, weights, strata, SEED, "p")
    selected = [rows[row][0] for row in drawn.selected]
    asked = {"percent": percent, "least": least}
    plainly = lottery.reserve_lists(
        rows, selected, SEED, "p", **asked,
        keys=lottery.pareto_keys(chances, SEED, "p") if by_key else None,
    )  # fmt: skip
    found = swift_tickets.reserve_rows(
        units, drawn.selected, SEED, "p", **asked, keys=drawn.keys if by_key else None
    )
    assert tuple((name, tuple(rows[r][0] for r in queue)) for name, queue in found) == plainly


@pytest.mark.parametrize("engine", ["duel", "pareto"])
def test_an_official_draw_is_the_same_on_both_paths(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_month.POLICY.rates, "engine", engine)
    frame = small_month.frozen()
    for at in range(40):
        seed = lottery.h(bytes([at]))
        assert outcome(frame, seed) == outcome(frame, seed, large=0)


# ── the parts ─────────────────────────────────────────────────────────────────────────────


def test_the_compiled_hash_is_sha_256() -> None:
    state, scratch = np.empty(8, np.uint32), np.empty(64, np.uint32)
    text = bytes(range(250))
    for size in range(180):
        tail = np.zeros(260, np.uint8)
        tail[:size] = np.frombuffer(text[:size], np.uint8)
        swift_compiled.finish(swift_compiled.START, 0, tail, size, state, scratch)
        assert state.astype(">u4").tobytes() == hashlib.sha256(text[:size]).digest()


@given(number=st.integers(0, 2**256 - 1), k=st.integers(1, NANO))
def test_a_remainder_is_that_of_the_whole_number(number: int, k: int) -> None:
    words = np.frombuffer(number.to_bytes(32, "big"), ">u4").astype(np.uint32)
    wanted = number % k if number < 2**256 - 2**256 % k else -1
    assert swift_compiled.remainder(words, k) == wanted


@given(k=st.integers(1, NANO), above=st.integers(-3, 3))
def test_numbers_above_the_last_multiple_are_refused(k: int, above: int) -> None:
    number = min(2**256 - 2**256 % k + above, 2**256 - 1)
    words = np.frombuffer(number.to_bytes(32, "big"), ">u4").astype(np.uint32)
    wanted = number % k if number < 2**256 - 2**256 % k else -1
    assert swift_compiled.remainder(words, k) == wanted


def test_tickets_that_begin_alike_are_told_apart_by_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = long_list()[:80]
    alike: list[Row] = [(i, p, (key[0],)) for i, p, key in rows]
    monkeypatch.setattr(swift, "tickets", lambda ids, *_, **__: np.zeros((len(ids), 1), np.uint64))
    monkeypatch.setattr(swift, "require_drawable", lambda *_: None)
    assert duels_of(alike, SEED, "p") == lottery.tree_duel(alike, SEED, "p")


def test_keys_at_the_threshold_are_compared_as_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Row] = [(f"企{i:02}", NANO // 4, ("x",)) for i in range(40)]
    chances = {row[0]: NANO // 4 for row in rows}
    monkeypatch.setattr(swift_tickets, "RELATIVE", 1e9)  # every key is near every other
    keys = lottery.pareto_keys(chances, SEED, "p")
    assert tickets_of(rows, chances, 0, "p") == lottery.draw_tickets(rows, keys)


def test_many_branches_still_fit_beside_the_ticket() -> None:
    keys = [np.arange(1000), np.arange(1000)[::-1].copy(), np.arange(1000)]
    branch = swift.branch_of(keys, 1000)
    assert int(branch.max()) < 16 * 1000
    assert (np.diff(branch.astype(np.int64)) > 0).all()


def test_a_folder_that_cannot_be_written_does_not_stop_the_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain_njit = numba.njit

    def njit(**options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return plain_njit(**options)

    monkeypatch.setattr(numba, "njit", njit)
    double = swift_compiled.compiled(lambda x: 2 * x)
    assert double(21) == 42


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("E1", NANO, ()), ("E1", 0, ())], "twice"),
        ([("E1", NANO // 2, ())], "not a multiple"),
        ([("E1", NANO + 1, ()), ("E2", NANO - 1, ())], "not an integer from 0"),
        ([("E1", -1, ()), ("E2", 1, ())], "not an integer from 0"),
        ([("", NANO, ())], "empty"),
    ],
)
def test_a_list_nothing_can_be_drawn_from_is_refused(rows: list[Row], says: str) -> None:
    with pytest.raises(lottery.LotteryError, match=says):
        swift.tree_duel(swift.units_of(rows), SEED, "p")
    with pytest.raises(lottery.LotteryError, match=says):
        tickets_of(rows, {row[0]: NANO // 2 for row in rows}, 0, "p")


@pytest.mark.parametrize("seed", ["0" * 64, 7, b"short"])
def test_a_seed_that_is_not_32_raw_bytes_is_refused(seed: Any) -> None:
    with pytest.raises(lottery.WrongSeedError):
        swift.tree_duel(swift.units_of([]), seed, "p")


def test_a_county_waits_for_no_compiler() -> None:
    code = "import sys, scheduler.draw; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_part_of_a_longer_column_is_read_as_it_stands() -> None:
    ids = pa.array(["A", "企业", "C", "D"], pa.large_string())
    whole = swift_compiled.tickets(ids, SEED, "p")
    assert (swift_compiled.tickets(ids[1:3], SEED, "p") == whole[1:3]).all()
