"""Does the compiled rounding give the seats a citizen's file gives?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler import lottery
from scheduler.lottery import MICRO, Share
from scheduler.roster import flow, swift_flow
from tests.bench import county as instance
from tests.bench import people
from tests.scheduler.lists import SEED

WEEKS = (("2026-12-01", "2026-12-02"), ("2026-12-08",), ("2026-12-15", "2026-12-16"))

seeds = st.binary(min_size=32, max_size=32)
# up to and past the end of a block of the hash
purposes = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


@st.composite
def tables(draw: st.DrawFn) -> list[Share]:
    """A mixture of rosters over some weeks, so that some lottery over rosters has these shares."""
    officers = [f"{draw(st.sampled_from('员Pé'))}{i}" for i in range(draw(st.integers(2, 7)))]
    days = [day for week in WEEKS[: draw(st.integers(1, 3))] for day in week]
    routes = [
        (f"R{r}/{day}", day)
        for day in days
        for r in range(draw(st.integers(1, max(1, len(officers) // 2))))
    ]
    cuts = draw(st.lists(st.integers(0, MICRO), max_size=4))
    share_of: dict[tuple[str, str, str, str], int] = {}
    for low, high in pairwise([0, *sorted(cuts), MICRO]):
        for day in days:
            free = draw(st.permutations(officers))
            seats = [(r, seat) for r, d in routes if d == day for seat in lottery.SEATS]
            for (route, seat), person in zip(seats, free, strict=False):
                cell = (person, day, route, seat)
                share_of[cell] = share_of.get(cell, 0) + high - low
    return [(*cell, micro) for cell, micro in draw(st.permutations(list(share_of.items())))]


@settings(max_examples=150, deadline=None)
@given(shares=tables(), seed=seeds, purpose=purposes)
@example(shares=[], seed=SEED, purpose="p")
@example(shares=[("P1", "d", "R1", "lead", MICRO)], seed=SEED, purpose="p")
@example(
    shares=[("a\0", "d", "R1", "lead", MICRO // 2), ("a", "d", "R1", "lead", MICRO // 2)],
    seed=SEED,
    purpose="p",
)
def test_the_seats_are_those_of_the_plain_path(
    shares: list[Share], seed: bytes, purpose: str
) -> None:
    plain = lottery.round_flow(shares, seed, purpose)
    swift = swift_flow.round_flow(iter(shares), seed, purpose)
    assert list(swift.items()) == list(plain.items())


@pytest.fixture(scope="module")
def county() -> list[Share]:
    if not instance.INSTANCE.exists():
        pytest.skip("the shared instances are not here")
    return people.counties(1).rows


@pytest.mark.parametrize("number", range(5))
def test_a_county_month_is_seated_the_same(county: list[Share], number: int) -> None:
    seed = lottery.h(bytes([number]))
    swift = swift_flow.round_flow(county, seed, "people/2026-12")
    assert swift == lottery.round_flow(county, seed, "people/2026-12")
    assert len(swift) == len({share[2:4] for share in county})


def test_one_path_is_taken_for_small_tables_and_one_for_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares: list[Share] = [("P1", "d", "R1", "lead", 1), ("P2", "d", "R1", "lead", MICRO - 1)]
    monkeypatch.setattr(lottery, "round_flow", lambda *_: "plain")
    monkeypatch.setattr(swift_flow, "round_flow", lambda *_: "swift")
    assert flow.round_flow(shares, SEED, "p", large=3) == "plain"
    assert flow.round_flow(shares, SEED, "p", large=2) == "swift"


# ── refused in the same words ─────────────────────────────────────────────────────────────


HALF = MICRO // 2


@pytest.mark.parametrize(
    "shares",
    [
        [("P1", "d", "R1", "lead", MICRO - 1)],
        [("P1", "d", "R1", "lead", MICRO), ("P1", "d", "R2", "lead", MICRO)],
        [("P1", "d", "R1", "lead", HALF)] * 2,
        [("P1", "d", "R1", "lead", 0.5)],
        [("P1", "d", "R1", "lead", True)],
        [("P1", "d", "R1", "lead", 2**80)],
        [("P1", "d", "R1", "lead", -1), ("P2", "d", "R1", "lead", MICRO + 1)],
        [("P1", "d", "R1", "lead", HALF), ("P2", "e", "R1", "lead", HALF)],
        [(1, "d", "R1", "lead", MICRO)],
        [("P1", "d", ["R1"], "lead", MICRO)],
        [("P1", "d", "R1", MICRO)],
        [("P1", "d", "R1", "lead", MICRO, 0)],
    ],
)
def test_what_the_plain_path_refuses_is_refused_in_the_same_words(shares: list[Any]) -> None:
    assert refusal(swift_flow.round_flow, shares) == refusal(lottery.round_flow, shares)


def test_a_wrong_seed_is_refused_before_the_shares() -> None:
    with pytest.raises(lottery.WrongSeedError):
        swift_flow.round_flow([("P1", "d", "R1", "lead", 1)], b"short", "p")


def test_shares_of_other_whole_number_types_are_taken_as_the_plain_path_takes_them() -> None:
    class Count(int):
        pass

    shares: list[Share] = [("P1", "d", "R1", "lead", Count(MICRO))]
    assert swift_flow.round_flow(shares, SEED, "p") == {("R1", "lead"): "P1"}
    with pytest.raises(lottery.LotteryError):
        swift_flow.round_flow([(*shares[0][:4], np.int64(MICRO))], SEED, "p")  # type: ignore[list-item]


def refusal(draw: Callable[..., Any], shares: list[Any]) -> tuple[type[BaseException], str]:
    with pytest.raises((lottery.LotteryError, ValueError)) as caught:
        draw(shares, SEED, "p")
    return caught.type, str(caught.value)
