"""Are neighbours on the curve neighbours on the map?"""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from riskengine.errors import NotAllowed
from riskengine.register import Known
from scheduler import lottery
from scheduler.hilbert import DIGITS, hilbert_index, places_of
from tests.scheduler import small_month


@pytest.mark.parametrize(("dimensions", "bits"), [(1, 4), (2, 1), (2, 4), (3, 3), (4, 2)])
def test_the_curve_visits_every_point_once_in_steps_of_one(dimensions: int, bits: int) -> None:
    points = np.array(list(product(range(1 << bits), repeat=dimensions)))
    index = hilbert_index(points, bits)
    assert sorted(index.tolist()) == list(range(len(points)))
    steps = np.abs(np.diff(points[np.argsort(index)], axis=0))
    assert (steps.sum(axis=1) == 1).all()


def test_points_the_curve_cannot_hold_are_refused() -> None:
    for points, bits in (([[4, 0]], 2), ([[-1, 0]], 2), ([[0, 0]], 32)):
        with pytest.raises(ValueError, match=r"bits|coordinate"):
            hilbert_index(np.array(points), bits)


def known(*rows: tuple[str, str | None, float | None, float | None]) -> Known:
    names = ("enterprise_id", "township", "longitude", "latitude")
    kinds = (pa.string(), pa.string(), pa.float64(), pa.float64())
    columns = zip(*rows, strict=True) if rows else [[]] * 4
    table = {n: pa.array(c, k) for n, k, c in zip(names, kinds, columns, strict=True)}
    return Known(dt.date(2026, 11, 25), {"enterprises": pa.table(table)}, "by hand")


def test_a_place_depends_on_no_other_enterprise() -> None:
    alone = places_of(known(("E1", "东镇", 114.5, 38.0)))
    together = places_of(known(("E2", "西镇", -87.6, 41.9), ("E1", "东镇", 114.5, 38.0)))
    assert together["E1"] == alone["E1"]
    assert {len(place) for place in together.values()} == {DIGITS}
    assert places_of(known()) == {}


def test_near_is_near_in_text_order() -> None:
    places = places_of(
        known(
            ("far", "a", 115.5, 39.0), ("one", "b", 114.5, 38.0), ("next", "c", 114.50001, 38.0)
        )
    )  # fmt: skip
    by_place = sorted(places, key=places.__getitem__)
    assert abs(by_place.index("one") - by_place.index("next")) == 1


def test_without_coordinates_a_place_is_the_middle_of_its_township() -> None:
    places = places_of(
        known(
            ("E1", "东镇", 114.0, 38.0), ("E2", "东镇", 115.0, 38.0), ("E3", "东镇", None, None),
            ("E4", "西镇", 120.0, 40.0), ("E5", None, None, None), ("E6", "南镇", None, None),
        )
    )  # fmt: skip
    middle = places_of(known(("M", None, 114.5, 38.0)))["M"]
    everywhere = places_of(known(("M", None, (114 + 115 + 120) / 3, 116 / 3)))["M"]
    assert places["E3"][:-3] == middle[:-3]
    assert places["E5"] == places["E6"]
    assert places["E5"][:-3] == everywhere[:-3]
    nobody = places_of(known(("E1", "东镇", None, None), ("E2", None, None, None)))
    assert nobody["E1"] == nobody["E2"]


def test_a_list_by_place_is_frozen_drawn_and_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = ("grade", "sector", "township", "place")
    monkeypatch.setattr(small_month.POLICY.rates, "levels", levels)
    with pytest.raises(NotAllowed) as refusal:
        small_month.frozen()
    assert refusal.value.code == "places_unknown"
    rows = [(row[0], row[4], 114 + i / 10, 38.0) for i, row in enumerate(small_month.ENTERPRISES)]
    frame = small_month.frozen(known=known(*rows))
    assert len({row.place for row in frame.rows}) == len(rows)
    bundle = small_month.bundle_of(frame, small_month.drawn(frame))
    assert lottery.verify(bundle) == []
    bundle["frame"]["rows"][0]["place"] = bundle["frame"]["rows"][1]["place"]
    assert "frame.root" in [finding["where"] for finding in lottery.verify(bundle)]
