"""How is a month of the shared file format read, made, and judged apart from the planner?

The format is that of ``inspection_month/*.npz``: plain arrays. `lunch` (earliest, latest, minutes)
is the one field that only our own months carry.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from scheduler.roster.problem import Lunch, Problem, Shift

SHARED = Path(__file__).parents[3] / "shared/instances/inspection_month"
SPREAD = 2
"""Most difference of field days between officers: a rule of the format, not a field of it."""


def arrays(path: Path) -> dict[str, Any]:
    """The arrays of a file, by name."""
    with np.load(path) as file:
        return dict(file)


def road_minutes(base: Any, places: Any) -> Any:
    """Travel between base and enterprises as the format asks: float64, whole minutes, up."""
    points = np.vstack([base, places])
    n = len(points)
    minutes = np.empty((n, n), np.int16)
    for first in range(0, n, 1000):
        block = points[first : first + 1000]
        km = np.sqrt(((block[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
        minutes[first : first + 1000] = np.ceil(1.3 * km / 35 * 60 + 4)
    np.fill_diagonal(minutes, 0)
    return minutes


def problem_of(
    month: dict[str, Any], *, guess_price: float = 0.0, most_visits: int = 64
) -> Problem:
    """The month in the planner's shapes."""
    officers, cap = int(month["I"]), int(month["cap"])
    lunch = Lunch(*map(int, month["lunch"])) if "lunch" in month else None
    pairs = int((month["avail"].sum(axis=0) // 2).sum())
    is_must = np.zeros(int(month["N"]), bool)
    is_must[month["joint"]] = True
    return Problem(
        minutes=road_minutes(month["off"], month["xy"]),
        on_site=month["dur"],
        value=month["value"],
        sector=month["sector"],
        stratum=month["stratum"],
        earliest=month["a"],
        latest=month["b"],
        is_open=~month["closed"],
        is_must=is_must,
        least=month["minc"],
        shifts=(Shift(0, int(month["T"]), lunch),),
        most_visits=most_visits,
        team_days=min(pairs, officers * cap // 2),
        licences=month["lic"],
        avoids=month["conflict"],
        is_free=month["avail"],
        field_days=np.full(officers, cap),
        spread=SPREAD,
        guess_price=guess_price,
    )


def problem_from(path: Path, *, guess_price: float = 0.0) -> Problem:
    """The month of a file in the planner's shapes."""
    return problem_of(arrays(path), guess_price=guess_price)


# ── months of our own ─────────────────────────────────────────────────────────────────────

DAYS = 22
DURATIONS = ((90, 0.25), (105, 0.2), (120, 0.25), (150, 0.18), (180, 0.12))
HAZARDOUS = 240
WHERE_RISK_IS_CUT = (8, 15, 30)


def made(
    seed: int,
    officers: int,
    *,
    enterprises: int | None = None,
    cap: int = 18,
    coverage: float = 0.04,
    day_minutes: int = 480,
    lunch: tuple[int, int, int] | None = None,
    on_site: int | None = None,
    side_km: float = 40.0,
) -> dict[str, Any]:
    """A month in the file's format, much like the county: six towns, long-tailed values.

    coverage
        Share of the enterprises that the minima of the strata ask for.
    on_site
        One length for every visit; none draws them like those of the county.
    """
    rng = np.random.default_rng(seed)
    n = 100 * officers if enterprises is None else enterprises
    towns = rng.uniform(0.1 * side_km, 0.9 * side_km, (6, 2))
    xy = towns[rng.integers(0, 6, n)] + rng.normal(0, side_km / 8, (n, 2))
    sector = rng.choice(3, n, p=(0.55, 0.25, 0.2))
    minutes, chances = zip(*DURATIONS, strict=True)
    dur = rng.choice(minutes, n, p=chances)
    dur[(sector == 0) & (rng.random(n) < 0.08)] = HAZARDOUS
    if on_site is not None:
        dur[:] = on_site
    value = np.clip(np.rint(np.exp(rng.normal(np.log(11), 0.85, n))), 1, 150).astype(np.int64)
    stratum = 4 * sector + np.searchsorted(WHERE_RISK_IS_CUT, value)
    a, b = np.zeros(n, np.int64), np.full(n, day_minutes)
    kind = rng.random(n)
    b[kind < 0.115] = 150
    a[kind > 0.885] = 270
    closed = (rng.random((n, 1)) < 0.23) & (rng.random((n, DAYS)) < 0.2)
    joint = np.sort(rng.choice(n, max(1, officers // 2), replace=False))
    jday = rng.integers(0, DAYS, len(joint))
    closed[joint] = True
    closed[joint, jday] = False
    morning = rng.random(len(joint)) < 0.3
    a[joint], b[joint] = np.where(morning, 30, 270), np.where(morning, 60, 300)
    licences = rng.random((officers, 3)) < (0.8, 0.55, 0.6)
    licences[~licences.any(axis=1), 0] = True
    free = np.ones((officers, DAYS), bool)
    for i in range(officers):
        free[i, rng.choice(DAYS, 2, replace=False)] = False
    month = {
        "N": n,
        "I": officers,
        "D": DAYS,
        "T": day_minutes,
        "cap": cap,
        "xy": np.clip(xy, 0, side_km),
        "off": rng.uniform(0.2 * side_km, 0.8 * side_km, 2),
        "sector": sector,
        "dur": dur,
        "value": value,
        "a": a,
        "b": b,
        "closed": closed,
        "stratum": stratum,
        "minc": np.rint(coverage * np.bincount(stratum, minlength=12)).astype(np.int64),
        "lic": licences,
        "conflict": rng.random((officers, n)) < 0.05,
        "avail": free,
        "joint": joint,
        "jday": jday,
    }
    return month | ({"lunch": np.array(lunch)} if lunch else {})


FURTHER: dict[str, dict[str, Any]] = {
    "6 officers, tight": {"seed": 101, "officers": 6, "coverage": 0.07},
    "12 officers, slack": {"seed": 102, "officers": 12, "enterprises": 400, "coverage": 0.15},
    "20 officers, lunch, 420 minutes": {
        "seed": 103, "officers": 20, "day_minutes": 420, "lunch": (150, 240, 60),
    },
    "40 officers, visits of 45 minutes": {
        "seed": 104, "officers": 40, "enterprises": 2000, "on_site": 45, "cap": 8,
    },
    "60 officers": {"seed": 105, "officers": 60, "enterprises": 3000, "side_km": 60.0, "cap": 9},
}  # fmt: skip
"""Five months beside the shared ones; each is a function of its seed."""


def main() -> None:
    """Write the further months as files: ``python -m tests.bench.months FOLDER``."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, facts in FURTHER.items():
        np.savez_compressed(
            folder / f"{name.replace(', ', '-').replace(' ', '_')}.npz", **made(**facts)
        )


if __name__ == "__main__":
    main()
