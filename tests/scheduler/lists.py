"""Lists to draw from, for the property tests of both engines and both paths."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from scheduler.lottery import NANO, Row

SEED = hashlib.sha256(b"any seed").digest()


@st.composite
def lists(draw: st.DrawFn, most: int = 30, levels: int = 3) -> list[Row]:
    """A list with Σπ a multiple of 1e9, ids in any script, certain and impossible ones included."""
    ids = draw(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
            min_size=1,
            max_size=most,
            unique=True,
        )
    )
    pi = [draw(st.sampled_from([0, NANO, 1, NANO - 1]) | st.integers(0, NANO)) for _ in ids]
    surplus = sum(pi) % NANO
    for i, p in enumerate(pi):  # take the surplus away where there is something to take
        pi[i] -= min(p, surplus)
        surplus -= min(p, surplus)
    return [(i, p, tuple(draw(st.sampled_from("甲乙")) for _ in range(levels)))
            for i, p in zip(ids, pi, strict=True)]  # fmt: skip


@st.composite
def ticketed(draw: st.DrawFn) -> tuple[list[Row], dict[str, int], int]:
    """Two strata with whole Σπ, λ that go with π (calibrated or not), and how many levels name it.

    λ decide who is drawn; whether they give π is another test's matter.
    """
    halves = [draw(lists(most=12, levels=2)), draw(lists(most=12, levels=2))]
    rows = [
        (f"{half}{i}", p, (half, *key))
        for half, units in zip("子丑", halves, strict=True)
        for i, p, key in units
    ]
    chances = {
        i: p if p in (0, NANO) else draw(st.integers(1, NANO - 1) | st.just(p)) for i, p, _ in rows
    }
    return rows, chances, draw(st.sampled_from([0, 1]))
