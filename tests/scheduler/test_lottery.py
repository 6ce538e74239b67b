"""Is the draw exact, the same everywhere, and does the verifier say no where it should?"""

from __future__ import annotations

import ast
import copy
import csv
import hashlib
import io
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from itertools import combinations_with_replacement, product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from riskengine.digest import canonical
from scheduler import lottery
from scheduler.lottery import MICRO, NANO, Row, verify
from scheduler.shares import proportional
from tests.scheduler import small_month
from tests.scheduler.lists import SEED, lists
from tests.scheduler.vectors import VECTORS, by_name, long_chances, long_list, rows_of

LOTTERY = Path(lottery.__file__)


# ── vectors ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vector", VECTORS["draws"], ids=by_name)
def test_a_published_vector_is_reproduced_to_the_last_digit(vector: dict[str, Any]) -> None:
    seed = bytes.fromhex(vector["seed"])
    selected, log = lottery.tree_duel(rows_of(vector), seed, vector["purpose"])
    for unit_id, ticket in vector["tickets"].items():
        assert lottery.ticket(seed, vector["purpose"], unit_id).hex() == ticket
    assert [list(duel) for duel in log] == vector["duels"]
    assert list(selected) == vector["selected"]
    assert lottery.merkle_root((i, p, *key) for i, p, key in rows_of(vector)) == vector["root"]


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=by_name)
def test_a_published_vector_of_tickets_is_reproduced(vector: dict[str, Any]) -> None:
    seed, purpose = bytes.fromhex(vector["seed"]), vector["purpose"]
    chances = {row[0]: row[3] for row in vector["rows"]}
    keys = lottery.pareto_keys(chances, seed, purpose)
    assert {unit_id: str(key) for unit_id, key in keys.items()} == vector["keys"]
    selected, thresholds = lottery.draw_tickets(rows_of(vector), keys, vector["strata"])
    assert list(selected) == vector["selected"]
    assert [[[*t.stratum], t.drawn, t.key] for t in thresholds] == vector["thresholds"]
    assert lottery.digest_of(thresholds) == vector["log_digest"]
    for unit_id, chance in chances.items():
        if 0 < chance < NANO:  # the formula once more, as a fraction
            u = Fraction(int.from_bytes(lottery.ticket(seed, purpose, unit_id), "big"), 2**256)
            odds = Fraction(chance, NANO - chance)
            assert keys[unit_id] == 2**64 * (u / (1 - u) / odds) // 1


@pytest.mark.parametrize("vector", VECTORS["long"], ids=by_name)
def test_ten_thousand_units_by_a_rule(vector: dict[str, Any]) -> None:
    rows, seed, purpose = long_list(), bytes.fromhex(vector["seed"]), vector["purpose"]
    log: Any
    if vector["engine"] == "pareto":
        keys = lottery.pareto_keys(long_chances(vector), seed, purpose)
        selected, log = lottery.draw_tickets(rows, keys, vector["strata"])
    else:
        selected, log = lottery.tree_duel(rows, seed, purpose)
    assert lottery.merkle_root((i, p, *key) for i, p, key in rows) == vector["root"]
    assert (len(selected), list(selected[:5])) == (vector["drawn"], vector["first"])
    assert lottery.digest_of(selected) == vector["selected_digest"]
    assert lottery.digest_of(log) == vector["log_digest"]


def test_there_are_at_least_twelve_vectors_of_draws() -> None:
    assert sum(len(VECTORS[part]) for part in ("draws", "tickets", "long")) >= 12


def test_the_vector_of_the_protocol_is_among_them() -> None:
    vector = VECTORS["draws"][0]
    assert vector["seed"] == hashlib.sha256(b"test-vector-1").hexdigest()
    assert vector["tickets"]["E1"] == (
        "3b34b0fc610dadfdf0e8ca38321d188e2af385367ac2ebbc059a3c233e456a1d"
    )
    assert vector["duels"][0] == ["E4", "E5", 560000000, 700000000, 472750465, 260000000, NANO]
    assert vector["selected"] == ["E3", "E5", "企6"]


@pytest.mark.parametrize("vector", VECTORS["probabilities"], ids=by_name)
def test_integer_probabilities_follow_the_vectors(vector: dict[str, Any]) -> None:
    total = vector["n"] * NANO
    assert proportional(vector["sizes"], total, most=vector["cap"]) == vector["pi"]


@pytest.mark.parametrize("vector", VECTORS["people"], ids=by_name)
def test_people_follow_the_vectors(vector: dict[str, Any]) -> None:
    shares = [tuple(share) for share in vector["shares"]]
    seated = lottery.round_flow(shares, bytes.fromhex(vector["seed"]), vector["purpose"])
    assert {"/".join(place): person for place, person in seated.items()} == vector["seated"]
    assert lottery.merkle_root(shares) == vector["root"]


@pytest.mark.parametrize("vector", VECTORS["seeds"], ids=by_name)
def test_seeds_follow_the_vectors(vector: dict[str, Any]) -> None:
    seed = lottery.seed_of(
        vector["domain"],
        vector["draw_number"],
        vector["root"],
        vector["rule_digest"],
        bytes.fromhex(vector["secret"]),
        vector["event_value"],
    )
    assert seed.hex() == vector["seed"]


# ── exactness ─────────────────────────────────────────────────────────────────────────────


def outcomes_of_a_duel(a: int, b: int) -> list[tuple[Fraction, int]]:
    """Probability and one number of each outcome, found by searching where the outcome turns."""
    k = lottery.duel_span(a, b)
    low, high = 0, k - 1
    first, last = lottery.settle(a, b, low), lottery.settle(a, b, high)
    assert first != last
    while high - low > 1:
        middle = (low + high) // 2
        if lottery.settle(a, b, middle) == first:
            low = middle
        else:
            high = middle
    return [(Fraction(high, k), 0), (Fraction(k - high, k), k - 1)]


def every_draw(
    rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Fraction, set[str]]]:
    """Every way the draw can go, with its probability: `_below` answers from a script."""
    pending: list[tuple[Fraction, list[int]]] = [(Fraction(1), [])]
    while pending:
        weight, script = pending.pop()
        answers = iter(script)
        monkeypatch.setattr(lottery, "_below", lambda k, *_, answers=answers: next(answers, 0))
        selected, log = lottery.tree_duel(rows, SEED, "p")
        if len(log) == len(script):
            yield weight, set(selected)
            continue
        duel = log[len(script)]
        for chance, r in outcomes_of_a_duel(duel.a, duel.b):
            pending.append((weight * chance, [*script, r]))


@settings(max_examples=25, deadline=None)
@given(rows=lists(most=8))
def test_inclusion_probabilities_are_exact_by_enumeration(rows: list[Row]) -> None:
    chance_of: Counter[str] = Counter()
    whole = Fraction(0)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for weight, selected in every_draw(rows, monkeypatch):
            whole += weight
            for unit_id in selected:
                chance_of[unit_id] += weight  # type: ignore[assignment]
    assert whole == 1
    assert {i: chance_of[i] for i, _, _ in rows} == {i: Fraction(p, NANO) for i, p, _ in rows}


def test_a_duel_is_fair_over_all_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lottery, "NANO", 13)
    for a, b in product(range(1, 13), repeat=2):
        after = [lottery.settle(a, b, r) for r in range(lottery.duel_span(a, b))]
        assert sum(x for x, _ in after) == a * len(after)
        assert all(x + y == a + b and {x, y} & {0, 13} for x, y in after)


def test_numbers_are_drawn_without_the_bias_of_a_remainder(monkeypatch: pytest.MonkeyPatch) -> None:
    over = (2**256 - 1).to_bytes(32, "big")  # the only number refused for k = 3
    answers = iter([over, (7).to_bytes(32, "big")])
    monkeypatch.setattr(lottery, "_finish", lambda *_: next(answers))
    assert lottery.below(3, SEED, "p", "any") == 7 % 3
    assert next(answers, None) is None
    with pytest.raises(lottery.LotteryError):
        lottery.below(0, SEED, "p", "any")


def mid_size() -> list[Row]:
    """30 enterprises, π from .03 to .76, in 3 × 4 × 2 cells of which few sum to whole numbers."""
    sizes = {f"企{i:02}": 1 + i * i % 29 for i in range(30)}
    pi = proportional(sizes, 10 * NANO, most=9 * NANO // 10)
    return [(i, pi[i], ("ABC"[n % 3], "甲乙丙丁"[n % 4], "xy"[n % 2])) for n, i in enumerate(sizes)]


def indicators(seeds: range) -> np.ndarray:
    """One row per draw: which enterprises were drawn."""
    rows = mid_size()
    place = {row[0]: i for i, row in enumerate(rows)}
    drawn = np.zeros((len(seeds), len(rows)), dtype=bool)
    for number, at in enumerate(seeds):
        selected, _ = lottery.tree_duel(rows, lottery.h(at.to_bytes(4, "big")), "enterprise/test")
        drawn[number, [place[i] for i in selected]] = True
    return drawn


def misfit(drawn: np.ndarray, pi: np.ndarray) -> float:
    """p-value of the chi-square of all counts at once; draws of one list are not independent."""
    covariance = np.cov(drawn, rowvar=False) * len(drawn)
    gap = drawn.sum(axis=0) - pi * len(drawn)
    degrees = int(np.linalg.matrix_rank(covariance, hermitian=True))
    square = gap @ np.linalg.pinv(covariance, hermitian=True, rcond=1e-9) @ gap
    return float(chi2.sf(square, degrees))


def test_100_000_draws_fit_the_stated_probabilities() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        halves = processes.map(indicators, [range(50_000), range(50_000, 100_000)])
        drawn = np.concatenate(list(halves))
    rows = mid_size()
    pi = np.array([row[1] for row in rows]) / NANO
    assert (drawn.sum(axis=1) == 10).all()
    assert 0.001 < misfit(drawn, pi) < 0.999
    z = (drawn.sum(axis=0) - pi * len(drawn)) / np.sqrt(pi * (1 - pi) * len(drawn))
    assert np.abs(z).max() < 4
    for level in (1, 2, 3):  # every branch at the floor or the ceiling of what it expects
        branches = np.array(["/".join(row[2][:level]) for row in rows])
        for branch in set(branches):
            expected = sum(row[1] for row, b in zip(rows, branches, strict=True) if b == branch)
            visits = drawn[:, branches == branch].sum(axis=1)
            assert set(visits) <= {expected // NANO, -(-expected // NANO)}
    claimed = pi.copy()
    claimed[[0, 1]] += [0.004, -0.004]  # the test sees four thousandths
    assert misfit(drawn, claimed) < 1e-6


FAMILY = [  # every list of so many units with these π, in every tree of two branches
    (units, grains)
    for units in range(1, 6)
    for grains in combinations_with_replacement(range(5), units)
    if sum(grains) % 4 == 0
] + [
    (units, grains)
    for units in range(6, 9)
    for grains in combinations_with_replacement((1, 2, 3), units)
    if sum(grains) % 4 == 0
]


def test_every_small_list_of_a_family_is_counted_to_the_end() -> None:
    """π of all multiples of 1/4: each duel has so few outcomes that all draws can be walked."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for units, grains in FAMILY:
            rows: list[Row] = [
                (f"企{i}", g * NANO // 4, ("甲乙"[i % 2],)) for i, g in enumerate(grains)
            ]
            chance_of: Counter[str] = Counter()
            for weight, selected in every_draw(rows, monkeypatch):
                assert len(selected) == sum(grains) // 4
                for unit_id in selected:
                    chance_of[unit_id] += weight  # type: ignore[assignment]
            stated = {i: Fraction(p, NANO) for i, p, _ in rows if p}
            assert dict(chance_of) == stated, units


# ── what must not matter, and what must be refused ────────────────────────────────────────


@settings(max_examples=30, deadline=None)
@given(rows=lists(), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], shuffle: Any) -> None:
    mixed = rows[:]
    shuffle.shuffle(mixed)
    keys = lottery.pareto_keys({i: p for i, p, _ in rows}, SEED, "p")
    assert lottery.draw_tickets(rows, keys) == lottery.draw_tickets(mixed, keys)
    assert lottery.tree_duel(rows, SEED, "p") == lottery.tree_duel(mixed, SEED, "p")
    assert lottery.merkle_root(r[:2] for r in rows) == lottery.merkle_root(r[:2] for r in mixed)


def by_recursion(rows: list[Row], seed: bytes, purpose: str) -> tuple[set[str], list[str]]:
    """The protocol once more, written as a reader of §2.3 might: one branch after the other."""
    pi = {unit_id: p for unit_id, p, _ in rows}
    key_of = {unit_id: key for unit_id, _, key in rows}
    pairs: list[str] = []

    def meet(a: str, b: str) -> None:
        together = pi[a] + pi[b]
        k = together if together <= NANO else 2 * NANO - together
        fields = (b"duel", a.encode(), b.encode(), b"\0\0\0\0")
        r = int.from_bytes(lottery.h(seed, purpose.encode(), *fields), "big") % k
        if together <= NANO:
            pi[a], pi[b] = (together, 0) if r < pi[a] else (0, together)
        else:
            first = r < NANO - pi[b]
            pi[a], pi[b] = (NANO, together - NANO) if first else (together - NANO, NANO)

    def left_over(branch: tuple[str, ...]) -> list[str]:
        """The one unit of a branch that is not settled after its duels, as a list."""
        if len(branch) == len(rows[0][2]):
            live = [i for i in key_of if key_of[i] == branch]
            live.sort(key=lambda i: (lottery.h(seed, purpose.encode(), b"ticket", i.encode()), i))
        else:
            depth = len(branch) + 1
            twigs = sorted({key[:depth] for key in key_of.values() if key[: depth - 1] == branch})
            live = [i for twig in twigs for i in left_over(twig)]
        waiting: list[str] = []
        for unit in (i for i in live if 0 < pi[i] < NANO):
            waiting.append(unit)
            if len(waiting) == 2:
                pairs.append("/".join(waiting))
                meet(*waiting)
                waiting = [i for i in waiting if 0 < pi[i] < NANO]
        return waiting

    assert left_over(()) == []
    return {i for i, p in pi.items() if p == NANO}, pairs


@settings(max_examples=30, deadline=None)
@given(rows=lists(), levels=st.integers(0, 3))
def test_a_second_implementation_agrees(rows: list[Row], levels: int) -> None:
    cut = [(i, p, key[:levels]) for i, p, key in rows]
    selected, log = lottery.tree_duel(cut, SEED, "p")
    again, pairs = by_recursion(cut, SEED, "p")
    assert set(selected) == again
    assert sorted(pairs) == sorted(f"{duel.carrier}/{duel.other}" for duel in log)


@settings(max_examples=30, deadline=None)
@given(rows=lists())
def test_every_branch_is_at_the_floor_or_the_ceiling(rows: list[Row]) -> None:
    selected, log = lottery.tree_duel(rows, SEED, "p")
    drawn = set(selected)
    for level in range(4):
        for branch in {key[:level] for _, _, key in rows}:
            expected = sum(p for _, p, key in rows if key[:level] == branch)
            visits = sum(i in drawn for i, _, key in rows if key[:level] == branch)
            assert visits in (expected // NANO, -(-expected // NANO))
    assert len(log) == len({(duel.carrier, duel.other) for duel in log})


@settings(max_examples=20, deadline=None)
@given(rows=lists(), purpose=st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
def test_removing_an_undrawn_enterprise_leaves_the_other_tickets_alone(
    rows: list[Row], purpose: str
) -> None:
    def reserves(of: list[Row]) -> list[str]:
        lists = lottery.reserve_lists(of, selected, SEED, purpose, percent=10_000, least=99)
        return [unit_id for _, ids in lists for unit_id in ids]

    selected, _ = lottery.tree_duel(rows, SEED, purpose)
    called = reserves(rows)
    chances = {i: p for i, p, _ in rows}
    keys = lottery.pareto_keys(chances, SEED, purpose)
    for gone in called[:3]:
        fewer = {i: p for i, p in chances.items() if i != gone}
        assert lottery.pareto_keys(fewer, SEED, purpose).items() <= keys.items()
    for gone in called[:3]:
        left = [row for row in rows if row[0] != gone]
        assert reserves(left) == [unit_id for unit_id in called if unit_id != gone]


@pytest.mark.parametrize("seed", ["0" * 64, "0" * 32, 7, b"short", bytearray(32), None])
def test_a_seed_that_is_not_32_raw_bytes_is_refused(seed: Any) -> None:
    for refused in (
        lambda: lottery.ticket(seed, "p", "E1"),
        lambda: lottery.below(2, seed, "p", "any"),
        lambda: lottery.tree_duel([], seed, "p"),
        lambda: lottery.reserve_lists([], [], seed, "p", percent=1, least=1),
        lambda: lottery.round_flow([], seed, "p"),
        lambda: lottery.pareto_keys({}, seed, "p"),
    ):
        with pytest.raises(lottery.LotteryError, match="32 raw bytes"):
            refused()
        with pytest.raises(TypeError):
            refused()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("E1", NANO, ()), ("E1", 0, ())], "twice"),
        ([("E1", NANO // 2, ())], "not a multiple"),
        ([("E1", NANO + 1, ()), ("E2", NANO - 1, ())], "not an integer from 0"),
        ([("E1", True, ()), ("E2", NANO - 1, ())], "not an integer from 0"),
        ([("E1", -1, ()), ("E2", 1, ())], "not an integer from 0"),
        ([("E1", 0.5, ())], "not an integer from 0"),
        ([("E1", NANO, ("a",)), ("E2", 0, ())], "levels"),
        ([(7, NANO, ())], "not text"),
        ([("", NANO, ())], "empty"),
        ([("\ud800", NANO, ())], "not valid Unicode"),
    ],
)
def test_a_list_nothing_can_be_drawn_from_is_refused(rows: list[Any], says: str) -> None:
    with pytest.raises(lottery.LotteryError, match=says):
        lottery.tree_duel(rows, SEED, "p")


def test_the_canonical_form_is_that_of_the_engine() -> None:
    for value in (small_month.month_bundle(), {"企": [1, None, True, "é\n\u2028"], "a": {"b": -1}}):
        assert lottery.canonical(value) == canonical(value)


def test_names_are_the_same_whatever_their_width_and_spaces() -> None:
    assert lottery.fold_name("ＷANG  fang\u200b") == lottery.fold_name("wang Fang")
    assert lottery.fold_name("张三") != lottery.fold_name("张四")


# ── people ────────────────────────────────────────────────────────────────────────────────


@st.composite
def shares_of_a_month(draw: st.DrawFn, unit: int = MICRO) -> list[lottery.Share]:
    """A mixture of rosters, so that some lottery over rosters has exactly these shares."""
    officers = [f"员{i}" for i in range(draw(st.integers(4, 6)))]
    routes = [(f"R{d}{r}", f"2026-12-0{d}") for d in (1, 2) for r in range(draw(st.integers(1, 2)))]
    weights = draw(st.lists(st.integers(1, unit // 4), min_size=1, max_size=3))
    weights.append(unit - sum(weights))
    share_of: Counter[tuple[str, str, str, str]] = Counter()
    for weight in weights:
        for day in ("2026-12-01", "2026-12-02"):
            free = draw(st.permutations(officers))
            seats = [(r, s) for r, d in routes if d == day for s in lottery.SEATS]
            for (route, seat), person in zip(seats, free, strict=False):
                share_of[person, day, route, seat] += weight
    return [(*cell, micro) for cell, micro in share_of.items()]


@settings(max_examples=30, deadline=None)
@given(shares=shares_of_a_month(), shuffle=st.randoms(use_true_random=False))
def test_every_seat_is_filled_fairly_and_nobody_sits_twice(
    shares: list[lottery.Share], shuffle: Any
) -> None:
    seated = lottery.round_flow(shares, SEED, "people/2026-12")
    mixed = shares[:]
    shuffle.shuffle(mixed)
    assert lottery.round_flow(mixed, SEED, "people/2026-12") == seated
    assert set(seated) == {share[2:4] for share in shares}
    day_of = {share[2]: share[1] for share in shares}
    sittings = [(person, day_of[route]) for (route, _), person in seated.items()]
    assert len(sittings) == len(set(sittings))
    assert {(p, *place) for place, p in seated.items()} <= {(s[0], *s[2:4]) for s in shares if s[4]}
    for person in {share[0] for share in shares}:
        expected = sum(share[4] for share in shares if share[0] == person)
        days = sum(p == person for p in seated.values())
        assert days in (expected // MICRO, -(-expected // MICRO))


class Branch(Exception):
    """The script is at its end and a number of `k` is asked for."""

    def __init__(self, k: int) -> None:
        self.k = k


@settings(max_examples=15, deadline=None)
@given(shares=shares_of_a_month(unit=4))
def test_shares_are_exact_by_enumeration(shares: list[lottery.Share]) -> None:
    """With a unit of 4 every number of every step can be tried."""
    chance_of: Counter[tuple[str, ...]] = Counter()
    pending: list[tuple[Fraction, list[int]]] = [(Fraction(1), [])]
    while pending:
        weight, script = pending.pop()
        answers = iter(script)

        def scripted(k: int, *_: object, answers: Iterator[int] = answers) -> int:
            answer = 0 if k == 1 else next(answers, None)
            if answer is None:
                raise Branch(k)
            return answer

        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(lottery, "MICRO", 4)
            monkeypatch.setattr(lottery, "_below", scripted)
            try:
                seated = lottery.round_flow(shares, SEED, "p")
            except Branch as branch:
                for r in range(branch.k):
                    pending.append((weight / branch.k, [*script, r]))
                continue
        for place, person in seated.items():
            chance_of[(person, *place)] += weight  # type: ignore[assignment]
    stated = {(s[0], *s[2:4]): Fraction(s[4], 4) for s in shares}
    assert dict(chance_of) == {cell: chance for cell, chance in stated.items() if chance}


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ([("P1", "d", "R1", "lead", MICRO - 1)], "add up to 999999"),
        ([("P1", "d", "R1", "lead", MICRO), ("P1", "d", "R2", "lead", MICRO)], "two seats at once"),
        ([("P1", "d", "R1", "lead", MICRO // 2)] * 2, "twice"),
        ([("P1", "d", "R1", "lead", 0.5)], "not an integer"),
        ([("P1", "d", "R1", "lead", 1), ("P2", "e", "R1", "lead", MICRO - 1)], "two days"),
    ],
)
def test_shares_nobody_can_be_drawn_from_are_refused(shares: list[Any], says: str) -> None:
    with pytest.raises(lottery.LotteryError, match=says):
        lottery.round_flow(shares, SEED, "p")


# ── verify ────────────────────────────────────────────────────────────────────────────────


MONTH = small_month.month_bundle()
DRAW_ONLY = small_month.draw_bundle()


@pytest.mark.parametrize("bundle", [MONTH, DRAW_ONLY], ids=["month", "draw only"])
def test_an_honest_bundle_passes(bundle: dict[str, Any]) -> None:
    assert verify(bundle, canonical(bundle)) == []


def wheres(bundle: dict[str, Any]) -> list[str]:
    findings = verify(bundle, canonical(bundle))
    assert all(set(finding) == {"where", "zh", "en"} for finding in findings)
    return [finding["where"] for finding in findings]


def forged(*path: str | int, value: object) -> dict[str, Any]:
    """The month with one value exchanged, and the digest made to fit again."""
    bundle = copy.deepcopy(MONTH)
    place: Any = bundle
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    return small_month.sealed(bundle)


FORGERIES: list[tuple[tuple[str | int, ...], object, str]] = [
    (("frame", "rows", 0, "pi_nano"), 140_000_001, "frame.rows"),
    (("frame", "rows", 0, "enterprise_id"), "E2", "frame.rows"),
    (("frame", "rows", 0, "enterprise_id"), "E7", "frame.root"),
    (("frame", "rows", 0, "township"), "西镇", "frame.root"),
    (("frame", "visits"), 4, "frame.rows"),
    (("frame", "root"), "0" * 64, "frame.root"),
    (("frame", "policy_digest"), "0" * 64, "frame.rule_digest"),
    (("frame", "frozen_at"), "2026-11-30T12:30:00Z", "frame.event"),
    (("frame", "frozen_at"), "yesterday", "frame.event"),
    (("frame", "event", "kind"), "dice", "frame.event"),
    (("frame", "commitment"), "0" * 64, "draw.secret"),
    (("draw", "secret"), b"another".hex(), "draw.secret"),
    (("draw", "is_withheld"), True, "draw.secret"),
    (("draw", "event_value"), "07 12 34", "draw.seed"),
    (("draw", "event_value"), "07  12 33", "draw.event_value"),
    (("draw", "entered_by"), ["张三", " 张三　"], "draw.entered_by"),
    (("draw", "entered_at"), "2026-11-30T12:29:59Z", "draw.entered_at"),
    (("draw", "seed"), "0" * 64, "draw.seed"),
    (("draw", "selected", 0), "E2", "draw.selected"),
    (("draw", "selected"), [], "draw.selected"),
    (("draw", "reserves", 0, "enterprise_ids"), [], "draw.reserves"),
    (("draw", "reserves"), [], "draw.reserves"),
    (("draw", "log_digest"), "0" * 64, "draw.log_digest"),
    (("draw", "frame_digest"), "0" * 64, "draw.frame_digest"),
    (("frame", "must"), [], "routes.routes[R2]"),
    (("routes", "routes", 0, "stops", 0, "enterprise_id"), "E8", "routes.routes[R1]"),
    (("routes", "routes", 0, "stops", 0, "enterprise_id"), "E9", "routes.routes[R2]"),
    (("routes", "owed"), [], "routes.owed"),
    (("routes", "draw_digest"), "0" * 64, "routes.draw_digest"),
    (("slots", "shares", 0, "share_micro"), 249_999, "slots.shares"),
    (("slots", "shares", 0, "inspector_id"), "P5", "slots.root"),
    (("slots", "seats", 0, "day"), "2026-12-04", "slots.seats"),
    (("slots", "root"), "0" * 64, "slots.root"),
    (("slots", "guesses", 1, "best_micro"), 499_999, "slots.guesses[R2]"),
    (("slots", "guesses"), [], "slots.guesses[R1]"),
    (("slots", "frozen_at"), "2026-12-01T00:00:00Z", "slots.event"),
    (("slots", "draw_number"), 1, "slots.draw_number"),
    (("slots", "routes_digest"), "0" * 64, "slots.routes_digest"),
    (("roster", "secret"), b"another".hex(), "roster.secret"),
    (("roster", "entered_by"), ["张三"], "roster.entered_by"),
    (("roster", "seed"), "0" * 64, "roster.seed"),
    (("roster", "assignments", 0, "day"), "2026-12-04", "roster.assignments[R1/lead/2026-12-03]"),
    (("roster", "assignments"), [], "roster.assignments[R1/lead/2026-12-03]"),
    (("roster", "slots_digest"), "0" * 64, "roster.slots_digest"),
    (("chain", 1, "digest"), "0" * 64, "chain.draw"),
    (("chain", 0, "number"), 2, "chain[1]"),
    (("frame", "month"), "2026-11-01", "frame.purpose"),
    (("format",), "riskengine-bundle/0", "format"),
]


@pytest.mark.parametrize(("path", "value", "where"), FORGERIES, ids=lambda part: str(part)[:60])
def test_a_forgery_is_found_where_it_was_made(
    path: tuple[str | int, ...], value: object, where: str
) -> None:
    assert where in wheres(forged(*path, value=value))


def test_the_most_specific_finding_comes_first() -> None:
    bundle = copy.deepcopy(MONTH)
    bundle["frame"]["rows"][0]["pi_nano"] += 1
    assert wheres(bundle)[0] == "frame.rows"
    assert wheres(bundle)[-1] == "digest"


def test_two_seats_at_once_are_found() -> None:
    lead = MONTH["roster"]["assignments"][1]["lead"]
    assert "roster.assignments[R2]" in wheres(
        forged("roster", "assignments", 0, "second", value=lead)
    )


def test_a_second_draw_in_the_chain_is_found() -> None:
    bundle = copy.deepcopy(MONTH)
    extra = {**bundle["chain"][1], "number": 6, "digest": "7" * 64}
    extra["previous"] = lottery.digest_of(bundle["chain"][-1])
    bundle["chain"].append(extra)
    assert wheres(small_month.sealed(bundle)) == ["chain.draw"]


@pytest.mark.parametrize("part", ["frame", "draw", "routes", "slots", "digest", "format"])
def test_a_part_left_out_is_found(part: str) -> None:
    rest = {name: content for name, content in MONTH.items() if name != part}
    assert verify(rest)


@pytest.mark.parametrize("value", [None, [], 7, "text", {}])
@pytest.mark.parametrize("part", ["frame", "draw", "routes", "slots", "roster", "chain"])
def test_a_misshapen_part_is_a_finding_and_not_a_crash(part: str, value: object) -> None:
    assert verify({**MONTH, part: value})


def verdict_of_bytes(raw: bytes) -> bool:
    try:
        return not verify(lottery.parse_bundle(raw), raw)
    except lottery.LotteryError:
        return False


@settings(max_examples=150, deadline=None)
@given(data=st.data(), full=st.booleans())
def test_any_one_byte_change_is_found(data: st.DataObject, full: bool) -> None:
    raw = bytearray(canonical(MONTH if full else DRAW_ONLY))
    assert verdict_of_bytes(bytes(raw))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    assert not verdict_of_bytes(bytes(raw))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_byte_more_or_less_is_found(data: st.DataObject) -> None:
    raw = canonical(DRAW_ONLY)
    place = data.draw(st.integers(0, len(raw)))
    longer = raw[:place] + bytes([data.draw(st.integers(0, 255))]) + raw[place:]
    assert not verdict_of_bytes(longer)
    assert not verdict_of_bytes(raw[:place] + raw[place + 1 :] if place < len(raw) else raw[:-1])


# ── the file alone ────────────────────────────────────────────────────────────────────────


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`python -I -S lottery.py …` on a copy: no site packages, nothing of this repository."""
    alone = folder / "lottery.py"
    alone.write_bytes(LOTTERY.read_bytes())
    return subprocess.run(
        [sys.executable, "-I", "-S", str(alone), *arguments],
        capture_output=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        timeout=60,
    )


@pytest.fixture
def bundle_file(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.json"
    path.write_bytes(canonical(MONTH))
    return path


@pytest.mark.parametrize("locale", ["C", "zh_CN.GBK", "C.UTF-8"])
def test_the_file_alone_says_yes_in_utf8_under_any_locale(bundle_file: Path, locale: str) -> None:
    done = run(bundle_file.parent, "bundle.json", "--enterprise", "企6", LANG=locale, LC_ALL=locale)
    text = done.stdout.decode("utf-8")
    assert done.returncode == 0, text
    assert text.startswith("是")
    assert MONTH["draw"]["seed"] in text
    assert "企6: π = 0.900000000" in text


def test_the_root_of_the_notice_is_compared(bundle_file: Path) -> None:
    root, frame = MONTH["frame"]["root"], MONTH["draw"]["frame_digest"]
    name = str(bundle_file)
    assert lottery.main([name, "--root", root.upper(), "--frame", frame]) == 0
    assert lottery.main([name, "--root", "0" * 64]) == 1
    assert lottery.main([name, "--frame", root]) == 1


def test_a_changed_result_is_no_and_says_where(
    bundle_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = canonical(MONTH).replace(b'"selected":["E', b'"selected":["F', 1)
    bundle_file.write_bytes(raw)
    assert lottery.main([str(bundle_file)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("否")
    assert "draw.selected" in said.out.splitlines()[1]


def test_an_enterprise_that_is_not_listed_is_bad_input(bundle_file: Path) -> None:
    assert lottery.main([str(bundle_file), "--enterprise", "E77"]) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"a":1.5}', b'{"a":NaN}', b"\xff\xfe", b"[" * 200_000, b"1" * 9_999],
    ids=["empty", "list", "cut off", "float", "NaN", "UTF-16", "deep", "long number"],
)
def test_a_bad_file_gets_one_clear_sentence(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bundle.json").write_bytes(content)
    assert lottery.main([str(tmp_path / "bundle.json")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


CSV = "id,pi,key1,key2\n" + "".join(
    f"{i},{p},{key[0]},{key[1]}\n" for i, p, key in rows_of(VECTORS["draws"][0])
)
VECTOR_SEED = VECTORS["draws"][0]["seed"]


def drawn_by_command(folder: Path, content: bytes, seed: str = VECTOR_SEED) -> Any:
    (folder / "frame.csv").write_bytes(content)
    return run(
        folder, "draw", "--frame", "frame.csv", "--seed", seed, "--purpose", "enterprise/2026-12",
        LANG="C", LC_ALL="C", PYTHONIOENCODING="gbk",
    )  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.replace("\n", "\r\n").encode(),
        ("key2,id,key1,pi\n" + "".join(
            f'"{key[1]}",{i},{key[0]},{p}\n' for i, p, key in rows_of(VECTORS["draws"][0])[::-1]
        )).encode(),
    ],
    ids=["plain", "with its mark", "Windows lines", "other order"],
)  # fmt: skip
def test_draw_prints_the_selected_ids_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    done = drawn_by_command(tmp_path, content)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == "E3\nE5\n企6\n".encode()


def as_csv(rows: list[Row], chances: dict[str, int] | None) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    levels = [f"key{level}" for level in range(1, len(rows[0][2]) + 1)] if rows else []
    writer.writerow(["id", "pi", *(["lambda"] if chances else []), *levels])
    for i, p, key in rows:
        writer.writerow([i, p, *([chances[i]] if chances else []), *key])
    return text.getvalue().encode()


@pytest.mark.parametrize(
    "vector", [*VECTORS["draws"], *VECTORS["tickets"], *VECTORS["long"]], ids=by_name
)
def test_the_file_alone_draws_every_vector(tmp_path: Path, vector: dict[str, Any]) -> None:
    rows = rows_of(vector) if "rows" in vector else long_list()
    chances = long_chances(vector) if "lambda" in vector else None
    if "keys" in vector:
        chances = {row[0]: row[3] for row in vector["rows"]}
    (tmp_path / "frame.csv").write_bytes(as_csv(rows, chances))
    engine = ["--engine", "pareto", "--strata", str(vector["strata"])] if chances else []
    done = run(
        tmp_path, "draw", "--frame", "frame.csv", "--seed", vector["seed"],
        "--purpose", vector["purpose"], *engine,
    )  # fmt: skip
    if any(unicodedata.category(sign) == "Cc" for row in rows for sign in row[0]):
        assert (done.returncode, done.stdout) == (2, b"")  # such an id cannot be a line
        return
    selected = done.stdout.decode().splitlines() if done.stdout else []
    assert done.returncode == 0, done.stderr.decode()
    if "selected" in vector:
        assert selected == vector["selected"]
    else:
        assert lottery.digest_of(selected) == vector["selected_digest"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id,pi,lambda\nE1,500000000,1\nE2,500000000,500000000\n", "does not go with"),
        (b"id,pi,lambda\nE1,1000000000,x\n", "line 2"),
        (b"", "header"),
        (CSV.replace("key2", "kye2").encode(), "header"),
        (CSV.replace("140000000", "0.14").encode(), "line 2"),
        (CSV.replace("140000000", "１４０００００００").encode(), "line 2"),
        (CSV.replace("140000000", "140000001").encode(), "not a multiple"),
        (CSV.replace("E1", "E2").encode(), "twice"),
        (CSV.replace("E1,", ",").encode(), "empty"),
        (CSV.replace("E1", '"E\n1"').encode(), "line break"),
        (CSV.replace("E1,", '"E1,').encode(), "CSV"),
        ((CSV + "E9\n").encode(), "1 cells"),
        (CSV.encode("gbk"), "UTF-8"),
    ],
)
def test_a_bad_list_gets_one_sentence_on_stderr(
    tmp_path: Path, content: bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "frame.csv").write_bytes(content)
    asked = [
        "draw",
        "--frame",
        str(tmp_path / "frame.csv"),
        "--seed",
        VECTOR_SEED,
        "--purpose",
        "p",
    ]
    assert lottery.main(asked) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert len(said.err.splitlines()) == 1


def test_a_bad_command_gets_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = str(LOTTERY.parent / "nowhere")
    for asked in (
        [],
        [nowhere],
        ["draw"],
        ["draw", "--frame", nowhere, "--seed", VECTOR_SEED, "--purpose", "p", "--strata", "-1"],
        ["draw", "--frame", nowhere, "--seed", VECTOR_SEED, "--purpose", "p", "--engine", "dice"],
        ["draw", "--frame", nowhere, "--seed", VECTOR_SEED, "--purpose", "p"],
        ["draw", "--frame", nowhere, "--seed", "12345", "--purpose", "p"],
    ):
        assert lottery.main(asked) == 2
        said = capsys.readouterr()
        assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_the_file_reads_as_python_3_9() -> None:
    tree = ast.parse(LOTTERY.read_text(encoding="utf-8"), feature_version=(3, 9))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(keyword.arg in {"strict", "slots"} and getattr(call.func, "id", "") != ""
                   for call in calls for keyword in call.keywords)  # fmt: skip
