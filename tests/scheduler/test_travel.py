"""Are the minutes between places whole, on the safe side, and the same on every machine?"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from riskengine.errors import NotFound
from scheduler.travel import BASE, places, travel_minutes
from tests.scheduler.roster import small

RULES = small.rules(detour_permille=1300, speed_kmh=39, parking_minutes=4).roster


def county(*enterprises: dict, inspectors: list[dict] | None = None):
    return small.known(enterprises=enterprises, inspectors=inspectors or [small.officer(1)])


def test_minutes_are_distance_times_detour_by_speed_plus_parking_rounded_up() -> None:
    known = county(small.enterprise("A", north_km=3.0), small.enterprise("B", north_km=3.1))
    minutes = travel_minutes(places(known, ["A", "B"]), RULES)
    # 3 km × 1.3 at 39 km/h are 6 minutes, and 4 of parking; 3.1 km are 6.2, rounded up to 7
    assert minutes.tolist() == [[0, 10, 11], [10, 0, 5], [11, 5, 0]]
    assert minutes.dtype == np.int64


def test_an_enterprise_at_the_base_still_needs_parking() -> None:
    minutes = travel_minutes(places(county(small.enterprise("A")), ["A"]), RULES)
    assert minutes.tolist() == [[0, 4], [4, 0]]


def test_a_place_without_coordinates_stands_at_the_middle_of_its_township_and_says_so() -> None:
    lost = {"longitude": None, "latitude": None}
    known = county(
        small.enterprise("A", 2.0, 0.0, township="示例镇"),
        small.enterprise("B", 4.0, 0.0, township="示例镇"),
        small.enterprise("C", township="示例镇", **lost),
        small.enterprise("D", township="另一镇", **lost),
    )
    found = places(known, ["A", "C", "D"])
    middle, at_base = found.degrees[2], found.degrees[3]
    assert middle == pytest.approx((small.BASE[0] + 3.0 / 87.6, small.BASE[1]))
    assert tuple(at_base) == small.BASE
    assert [note.code for note in found.notes] == [
        "roster_place_by_township",
        "roster_place_by_base",
    ]


def test_all_teams_start_from_the_base_most_officers_share() -> None:
    elsewhere = small.officer(3, base_longitude=115.5)
    known = county(inspectors=[small.officer(1), small.officer(2), elsewhere])
    found = places(known, [])
    assert tuple(found.degrees[0]) == small.BASE
    assert [note.code for note in found.notes] == ["roster_base_shared"]


def test_without_any_base_teams_start_in_the_middle_of_the_enterprises() -> None:
    homeless = small.officer(1, base_longitude=None, base_latitude=None)
    known = county(small.enterprise("A", 2.0), small.enterprise("B", 4.0), inspectors=[homeless])
    found = places(known, [])
    assert found.degrees[0] == pytest.approx((small.BASE[0] + 3.0 / 87.6, small.BASE[1]))
    assert [note.code for note in found.notes] == ["roster_base_unknown"]


def test_imported_times_come_first_and_one_direction_serves_both() -> None:
    known = county(small.enterprise("A", north_km=3.0), small.enterprise("B", north_km=3.1))
    matrix = pa.table(
        {
            "from_id": [BASE, "A", "B", "elsewhere"],
            "to_id": ["A", "B", "A", "A"],
            "minutes": [33, 7, 9, 1],
        }
    )
    minutes = travel_minutes(places(known, ["A", "B"]), RULES, matrix)
    assert minutes.tolist() == [[0, 33, 11], [33, 0, 7], [11, 9, 0]]


def test_an_enterprise_the_register_does_not_hold_is_refused() -> None:
    with pytest.raises(NotFound, match="E9"):
        places(county(), ["E9"])
