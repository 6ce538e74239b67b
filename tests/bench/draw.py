"""How long does a draw of a million take, beside the public sampler, and how long to verify it?

Run: python -m tests.bench.draw [--enterprises 1000000] [--most 10000000]. One JSON line each:

seconds
    The compiled draw from the frozen list by columns (ids as Arrow text, π, ranks of the keys) to
    the selected ids in order: tickets, sort, all duels. Compiled and imported before.
ratio_to_consistent_sampler
    How many times faster than `consistent_sampler` 1.0.10, equal probabilities, as many drawn from
    the same ids, in the same process.
log_seconds, official_seconds
    Besides: the digest of all duels; the whole official document, from Python rows, with reserves.
verify_seconds
    `python -I -S scheduler/lottery.py bundle.json` on the published file, plain Python.
peak_gib
    Of the process that built the columns and drew.

Both draws are the best of three, so that neither pays for what else the machine does. Every part
runs in a process of its own, because a peak belongs to a process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import consistent_sampler
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskengine.digest import canonical
from scheduler import lottery, outcome, swift
from tests.scheduler import small_month

PURPOSE = "enterprise/2026-12"
SEED = hashlib.sha256(b"bench").digest()


def main() -> None:
    """The asked size with its verification, then the largest by columns alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--enterprises", type=int, default=1_000_000)
    parser.add_argument("--most", type=int, default=10_000_000)
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(PARTS[asked.part[0]](int(asked.part[1]))))
        return
    figures = alone("beside", asked.enterprises) | alone("official", asked.enterprises)
    print(json.dumps(figures), flush=True)
    if asked.most > asked.enterprises:
        print(json.dumps(alone("drawn", asked.most)), flush=True)


def alone(part: str, enterprises: int) -> dict[str, Any]:
    """What a part measures in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.draw", "--part", part, str(enterprises)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def drawn(enterprises: int) -> dict[str, Any]:
    """The compiled draw by columns."""
    swift.tree_duel(columns(1_000), SEED, PURPOSE)  # compile
    units = columns(enterprises)
    seconds, chosen = best(lambda: selection(units))
    return {
        "enterprises": enterprises,
        "drawn": len(chosen),
        "seconds": round(seconds, 3),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def beside(enterprises: int) -> dict[str, Any]:
    """The same beside the public sampler, and the digest of the duels."""
    figures = drawn(enterprises)
    units = columns(enterprises)
    duels = swift.tree_duel(units, SEED, PURPOSE)
    log_seconds, _ = timed(lambda: swift.log_digest(units, duels))
    ids, n = units.ids.to_pylist(), figures["drawn"]

    def sample() -> list[Any]:
        return list(consistent_sampler.sampler(ids, SEED.hex(), take=n, output="id"))

    sampler_seconds, winners = best(sample)
    assert len(winners) == n
    return {
        **figures,
        "ratio_to_consistent_sampler": round(sampler_seconds / figures["seconds"], 2),
        "consistent_sampler_seconds": round(sampler_seconds, 3),
        "log_seconds": round(log_seconds, 3),
    }


def official(enterprises: int) -> dict[str, Any]:
    """The official document, and the published file verified by the file alone."""
    frame = small_month.frozen(county(enterprises))
    official_seconds, _ = timed(lambda: outcome.outcome(frame, SEED))
    raw = canonical(small_month.bundle_of(frame, small_month.drawn(frame)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.json"
        path.write_bytes(raw)
        command = [sys.executable, "-I", "-S", str(Path(lottery.__file__)), str(path)]
        verify_seconds, done = timed(lambda: subprocess.run(command, capture_output=True))
        assert done.returncode == 0, done.stdout.decode()
    return {
        "official_seconds": round(official_seconds, 3),
        "verify_seconds": round(verify_seconds, 2),
    }


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "drawn": drawn,
    "beside": beside,
    "official": official,
}


def selection(units: swift.Units) -> pa.Array:
    """The selected ids, sorted by their bytes."""
    chosen = units.ids.take(pa.array(swift.tree_duel(units, SEED, PURPOSE).selected))
    return chosen.take(pc.sort_indices(chosen))


def columns(enterprises: int) -> swift.Units:
    """Four grades, five sectors, twelve townships; one enterprise in twelve is drawn."""
    i = np.arange(enterprises)
    pi = lottery.NANO // 48 * (1 + i % 7)
    short = -int(pi.sum()) % lottery.NANO
    pi += short // enterprises + (i < short % enterprises)
    digits = pc.utf8_lpad(pa.array(i).cast(pa.large_string()), width=8, padding="0")
    text, nothing = (pa.scalar(t, pa.large_string()) for t in ("示例", ""))
    ids = pc.binary_join_element_wise(text, digits, nothing)
    names = [[*"ABCD"], [f"行业{k}" for k in range(5)], [f"乡镇{k:02}" for k in range(12)]]
    return swift.Units(
        ids, pi, tuple(i % len(level) for level in names), tuple(pa.array(level) for level in names)
    )


def county(enterprises: int) -> list[tuple[str, int, str, str, str]]:
    """The same as rows: id, π, grade, sector, township."""
    units = columns(enterprises)
    texts = [
        names.take(pa.array(rank)) for names, rank in zip(units.names, units.keys, strict=True)
    ]
    lists = [units.ids.to_pylist(), units.pi.tolist(), *(text.to_pylist() for text in texts)]
    return list(zip(*lists, strict=True))


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """Least seconds of three, and the result."""
    runs = [timed(work) for _ in range(3)]
    return min(seconds for seconds, _ in runs), runs[0][1]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


if __name__ == "__main__":
    main()
