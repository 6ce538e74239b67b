"""How many minutes is it from one place to the next?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riskengine.errors import NotFound, Sentence, sentence
from riskengine.policy import RosterRules
from riskengine.register import Known

BASE = "base"
"""The name of the teams' base among the places, and in an imported matrix."""

METRES_PER_DEGREE = 111_195
"""Length of one degree of latitude on a sphere of the mean radius 6,371 km."""

Minutes = npt.NDArray[np.int64]
Point = tuple[float, float]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """The base, then one place per enterprise.

    degrees
        Shape (n, 2): longitude and latitude, WGS-84.
    notes
        One sentence for every place that had to be guessed.
    """

    ids: tuple[str, ...]
    degrees: npt.NDArray[np.float64]
    notes: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Imported travel times; pairs it does not hold are computed from the distance.

    minutes
        Columns from_id, to_id (enterprise or "base") and minutes (whole, ≥ 0). A pair given in one
        direction counts for both.
    """

    minutes: pa.Table


def places(known: Known, enterprise_ids: Sequence[str]) -> Places:
    """Where the base and the enterprises are.

    All teams start from one base: the one most officers share (of several such, the most
    south-western). Where no officer has one on record it is the middle of all enterprises. An
    enterprise without coordinates stands at the mean of its township, else at the base.

    Raises
    ------
    NotFound
        An enterprise the register does not hold.
    """
    rows = {row["enterprise_id"]: row for row in _located(known)}
    unknown = next((key for key in enterprise_ids if key not in rows), None)
    if unknown is not None:
        raise NotFound("not_found", kind="enterprise", name=unknown)
    base, notes = _base(known, [p for row in rows.values() if (p := _point(row))])
    townships = _township_means(rows.values())
    points = [base]
    for key in enterprise_ids:
        row = rows[key]
        point = _point(row) or townships.get(row["township"])
        if _point(row) is None:
            code = "roster_place_by_township" if point else "roster_place_by_base"
            notes.append(sentence(code, name=row["name"] or key, township=row["township"]))
        points.append(point or base)
    return Places((BASE, *enterprise_ids), np.array(points, dtype=np.float64), tuple(notes))


def travel_minutes(points: Places, rules: RosterRules, matrix: pa.Table | None = None) -> Minutes:
    """Whole minutes from every place to every other, rounded up; 0 only to itself.

    Straight-line distance × detour ÷ speed, plus parking; in integers from the metre on, so that
    every machine agrees.

    matrix
        Imported travel times, columns ``from_id``, ``to_id``, ``minutes`` (`BASE` is the base). A
        pair given in one direction only serves both; a pair not given is estimated.
    """
    minutes = _by_distance(points.degrees, rules)
    if matrix is not None:
        _overwrite(minutes, points.ids, matrix)
    np.fill_diagonal(minutes, 0)
    return minutes


def _by_distance(degrees: npt.NDArray[np.float64], rules: RosterRules) -> Minutes:
    east_degrees = degrees[:, None, 0] - degrees[None, :, 0]
    north_degrees = degrees[:, None, 1] - degrees[None, :, 1]
    middle = np.radians((degrees[:, None, 1] + degrees[None, :, 1]) / 2)
    metres = np.rint(METRES_PER_DEGREE * np.hypot(east_degrees * np.cos(middle), north_degrees))
    road = metres.astype(np.int64) * rules.detour_permille * 60
    minutes: Minutes = -(-road // (1_000_000 * rules.speed_kmh)) + rules.parking_minutes
    return minutes


def _overwrite(minutes: Minutes, ids: Sequence[str], matrix: pa.Table) -> None:
    index = {key: i for i, key in enumerate(ids)}
    pairs = [
        (index[row["from_id"]], index[row["to_id"]], row["minutes"])
        for row in matrix.to_pylist()
        if row["from_id"] in index and row["to_id"] in index
    ]
    for start, end, value in pairs:
        minutes[end, start] = value
    for start, end, value in pairs:
        minutes[start, end] = value


def _located(known: Known) -> list[Row]:
    columns = ["enterprise_id", "name", "township", "longitude", "latitude"]
    rows: list[Row] = known.tables["enterprises"].select(columns).to_pylist()
    return rows


def _point(row: Row, prefix: str = "") -> Point | None:
    longitude, latitude = row[prefix + "longitude"], row[prefix + "latitude"]
    if isinstance(longitude, float) and isinstance(latitude, float):
        return longitude, latitude
    return None


def _base(known: Known, elsewhere: list[Point]) -> tuple[Point, list[Sentence]]:
    rows = known.tables["inspectors"].select(["base_longitude", "base_latitude"]).to_pylist()
    bases = Counter(point for row in rows if (point := _point(row, "base_")))
    if not bases:
        return _mean(elsewhere) or (0.0, 0.0), [sentence("roster_base_unknown")]
    base = min(bases, key=lambda point: (-bases[point], point))
    others = len(rows) - bases[base]
    notes = [sentence("roster_base_shared", officers=bases[base], others=others)] if others else []
    return base, notes


def _township_means(rows: Iterable[Row]) -> dict[object, Point]:
    points: dict[object, list[Point]] = {}
    for row in rows:
        if row["township"] and (point := _point(row)):
            points.setdefault(row["township"], []).append(point)
    return {township: mean for township, found in points.items() if (mean := _mean(found))}


def _mean(points: list[Point]) -> Point | None:
    if not points:
        return None
    longitudes, latitudes = zip(*sorted(points), strict=True)
    return sum(longitudes) / len(points), sum(latitudes) / len(points)
