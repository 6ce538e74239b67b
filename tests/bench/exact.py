"""Does the draw keep its promises over a hundred thousand draws, and how evenly does it spread?

Run: python -m tests.bench.exact [--draws 100000]. 2,000 enterprises in 4 grades × 12 townships ×
5 sectors, 168 drawn, a whole number in every grade; one JSON line.

z_rms
    Root mean square of the standardised inclusion counts of all enterprises; 1 where every
    probability is the stated one.
worst_nested
    Largest |count − expectation| of any branch of its tree in any draw: below 1 by construction.
spread
    For each tree, over fewer draws, the same for what it does not hold: sector, township and
    sector × township over all grades, and the cell grade × township × sector; `sd` is the root mean
    square deviation of a sector or township. `balance` is B, the mean squared excess of π in the
    Voronoi cells of the drawn (Stevens and Olsen 2004); 0 is even. ``plain`` is the tree grade,
    township, sector of sampling protocol §7.2; ``shipped`` is the default of the packs; the keys of
    the others are Hilbert curves.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.spatial import KDTree

from scheduler import lottery, swift
from scheduler.hilbert import hilbert_index
from scheduler.shares import proportional

Ints = npt.NDArray[np.int64]

ENTERPRISES, VISITS = 2_000, 168
GRADES, TOWNSHIPS, SECTORS = 4, 12, 5
MOST = 9 * lottery.NANO // 10
SHARES = (0.05, 0.27, 0.39, 0.29)
"""Of the visits, grades A to D."""


def main() -> None:
    """Measure, and print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--spread-draws", type=int, default=1_500)
    asked = parser.parse_args()
    world = World(np.random.default_rng(7))
    figures = exactness(world, asked.draws)
    trees = {name: spread(world, keys, asked.spread_draws) for name, keys in world.trees().items()}
    print(json.dumps({**figures, "spread_draws": asked.spread_draws, "spread": trees}))


class World:
    """A county of a fixed seed: π in proportion to sizes in each grade, townships on a map."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.grade = rng.choice(GRADES, ENTERPRISES, p=[0.2, 0.45, 0.25, 0.1])
        weights = np.r_[0.2, 0.15, 0.1, np.full(TOWNSHIPS - 3, 0.55 / (TOWNSHIPS - 3))]
        self.township = rng.choice(TOWNSHIPS, ENTERPRISES, p=weights)
        self.sector = rng.choice(SECTORS, ENTERPRISES, p=[0.1, 0.15, 0.4, 0.2, 0.15])
        self.ids = [f"示例{i:05}" for i in range(ENTERPRISES)]
        size = rng.integers(1, 10, ENTERPRISES)
        visits = [round(VISITS * share) for share in SHARES]
        visits[-1] += VISITS - sum(visits)
        self.pi = np.zeros(ENTERPRISES, np.int64)
        for grade, number in enumerate(visits):
            rows = np.flatnonzero(self.grade == grade)
            sizes = {self.ids[row]: int(size[row]) for row in rows}
            parts = proportional(sizes, number * lottery.NANO, most=MOST)
            self.pi[rows] = [parts[self.ids[row]] for row in rows]
        east, north = self.township % 4, self.township // 4
        self.point = np.stack([east, north], 1) + 0.5 + rng.normal(0, 0.25, (ENTERPRISES, 2))

    def trees(self) -> dict[str, tuple[Ints, ...]]:
        """The keys of each tree, from the root down."""
        grade, township, sector = self.grade, self.township, self.sector
        centre = np.stack([township % 4, township // 4], 1)
        along_map = ranked(hilbert_index(centre, 2))
        square = ((self.point + 1) / 6 * 1024).astype(np.int64).clip(0, 1023)
        place = hilbert_index(square, 10)
        cell = hilbert_index(np.stack([along_map, sector], 1), 4)
        cube = hilbert_index(np.stack([township % 4, township // 4, sector], 1), 3)
        even = hilbert_index(np.stack([along_map, sector * 11 // 4], 1), 4)
        return {
            "plain": (grade, township, sector),
            "shipped": (grade, sector, township),
            "shipped+place": (grade, sector, township, place),
            "township on the curve": (grade, sector, along_map),
            "cells on the curve": (grade, cell),
            "cells on the curve, stretched": (grade, even),
            "cells on the curve of the map": (grade, cube),
            "place alone": (grade, place),
        }

    def units(self, keys: Sequence[Ints]) -> swift.Units:
        """The list by columns."""
        ids = pa.array(self.ids, pa.large_string())
        return swift.Units(ids, self.pi, tuple(ranked(key) for key in keys), ())


def ranked(values: Ints) -> Ints:
    """Dense ranks."""
    rank: Ints = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return rank


def joint(*keys: Ints) -> Ints:
    """One number for each combination."""
    code: Ints = np.unique(np.stack(keys, 1), axis=0, return_inverse=True)[1].ravel()
    return code


def seed_of(number: int) -> bytes:
    return lottery.h(b"exact", number.to_bytes(4, "big"))


def exactness(world: World, draws: int) -> dict[str, Any]:
    """Inclusion counts and nested branches of the shipped tree."""
    keys = (world.grade, world.sector, world.township)
    units, pi = world.units(keys), world.pi / lottery.NANO
    branches = [joint(*keys[: level + 1]) for level in range(3)]
    expected = [np.bincount(branch, pi) for branch in branches]
    counts, worst = np.zeros(ENTERPRISES), 0.0
    for number in range(draws):
        chosen = swift.tree_duel(units, seed_of(number), "enterprise/2026-12", workers=1).selected
        counts[chosen] += 1
        for branch, wanted in zip(branches, expected, strict=True):
            seen = np.bincount(branch[chosen], minlength=len(wanted))
            worst = max(worst, float(np.abs(seen - wanted).max()))
    z = (counts - pi * draws) / np.sqrt(pi * (1 - pi) * draws)
    return {
        "enterprises": ENTERPRISES,
        "drawn": VISITS,
        "draws": draws,
        "z_rms": round(float(np.sqrt((z**2).mean())), 4),
        "z_most": round(float(np.abs(z).max()), 2),
        "worst_nested": round(worst, 4),
    }


def spread(world: World, keys: Sequence[Ints], draws: int) -> dict[str, float]:
    """Deviations of what the tree holds and what it does not."""
    units, pi = world.units(keys), world.pi / lottery.NANO
    margins = {
        "cell": joint(world.grade, world.township, world.sector),
        "sector": world.sector,
        "township": world.township,
        "sector_township": joint(world.township, world.sector),
    }
    gaps: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in margins}
    balance = []
    for number in range(draws):
        chosen = swift.tree_duel(units, seed_of(number), "enterprise/2026-12", workers=1).selected
        for name, margin in margins.items():
            wanted = np.bincount(margin, pi)
            gaps[name].append(np.bincount(margin[chosen], minlength=len(wanted)) - wanted)
        _, nearest = KDTree(world.point[chosen]).query(world.point)
        balance.append(float(((np.bincount(nearest, pi, len(chosen)) - 1) ** 2).mean()))
    found = {f"worst_{name}": float(np.abs(gap).max()) for name, gap in gaps.items()}
    found |= {
        f"sd_{n}": float(np.sqrt(np.mean(np.square(gaps[n])))) for n in ("sector", "township")
    }
    return {name: round(value, 3) for name, value in found.items()} | {
        "balance": round(float(np.mean(balance)), 4)
    }


if __name__ == "__main__":
    main()
