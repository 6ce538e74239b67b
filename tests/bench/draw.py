"""How long does an official draw take, and how long does a citizen need to verify it?

Run: python -m tests.bench.draw. Beside it, in the same run, the cheapest draw anyone could make:
equal probabilities, the smallest SHA-256 of (seed, id) win. It has no strata, no probabilities
and no proof.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

from riskengine.digest import canonical, plain
from scheduler import lottery
from tests.scheduler import small_month

SIZES = (20_000, 200_000)


def main() -> None:
    """Measure each size; the last line is the largest."""
    for enterprises in SIZES:
        print(json.dumps(measured(enterprises)))


def measured(enterprises: int) -> dict[str, Any]:
    """Seconds to draw, to verify the published bundle, and the ratio to a plain hash sort."""
    frame = small_month.frozen(county(enterprises))
    rows = [(r.enterprise_id, r.pi_nano, (r.grade, r.sector, r.township)) for r in frame.rows]
    seed = hashlib.sha256(b"bench").digest()
    seconds, (selected, _) = timed(lambda: lottery.tree_duel(rows, seed, frame.purpose))
    sort_seconds, winners = timed(lambda: hash_sort([row[0] for row in rows], seed, frame.visits))
    assert len(selected) == len(winners) == frame.visits

    parts = {"format": lottery.FORMAT, "frame": frame, "draw": small_month.drawn(frame)}
    raw = canonical(small_month.sealed({**plain(parts), "names": {}}))
    verify_seconds, findings = timed(lambda: lottery.verify(lottery.parse_bundle(raw), raw))
    assert findings == []
    return {
        "enterprises": enterprises,
        "drawn": frame.visits,
        "seconds": round(seconds, 3),
        "verify_seconds": round(verify_seconds, 3),
        "hash_sort_seconds": round(sort_seconds, 3),
        "ratio_to_hash_sort": round(seconds / sort_seconds, 2),
    }


def county(enterprises: int) -> list[tuple[str, int, str, str, str]]:
    """Four grades, five sectors, twelve townships; one enterprise in twelve is drawn."""
    pi = [lottery.NANO // 48 * (1 + i % 7) for i in range(enterprises)]
    short = -sum(pi) % lottery.NANO
    pi = [p + short // enterprises + (i < short % enterprises) for i, p in enumerate(pi)]
    return [
        (f"示例{i:07}", p, "ABCD"[i % 4], f"行业{i % 5}", f"乡镇{i % 12}") for i, p in enumerate(pi)
    ]


def hash_sort(ids: list[str], seed: bytes, n: int) -> list[str]:
    """The `n` ids with the smallest hashes: equal probabilities only."""
    return sorted(ids, key=lambda i: hashlib.sha256(seed + i.encode()).digest())[:n]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


if __name__ == "__main__":
    main()
