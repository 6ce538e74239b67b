from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.errors import UnknownParameter
from riskengine.features import FEATURES
from riskengine.scorecard import score
from tests.riskengine.build import CARD, ONE, POLICY, item, made_up, with_card

SERIOUS = {"penalties_serious": ONE}

rows_of_features = st.lists(
    st.fixed_dictionaries(
        {
            "sector": st.sampled_from(["freight", "passenger"]),
            **{
                f.name: (st.integers(0, 3 * ONE) | st.integers(0, 60))
                if f.when_none == 0
                else st.none() | st.integers(0, 10_000)
                for f in FEATURES
            },
        }
    ),
    min_size=1,
    max_size=6,
)


def points(**row: Any) -> dict[str, int]:
    """The columns of one enterprise that are not 0."""
    found = score(made_up([row]), POLICY).table.to_pylist()[0]
    return {name: value for name, value in found.items() if value and name != "enterprise_id"}


def test_an_enterprise_without_findings_has_the_base() -> None:
    assert points() == {"score": 100}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (ONE // 2 - 1, 0), (ONE // 2, -15), (2 * ONE - 1, -15), (2 * ONE, -35)],
)
def test_a_value_gets_the_points_of_the_highest_bin_it_reaches(value: int, expected: int) -> None:
    assert points(penalties_serious=value).get("penalties_serious", 0) == expected


def test_no_data_has_its_own_points_and_only_where_the_item_applies() -> None:
    assert points(sector="passenger") == {"track_completeness_bp": -2, "score": 98}
    assert points(sector="passenger", track_completeness_bp=9000)["score"] == 97
    assert points(sector="freight", track_completeness_bp=0)["score"] == 100


def test_what_exceeds_the_cap_is_given_back_in_its_own_column() -> None:
    assert points(penalties_serious=2 * ONE, penalties_general=2 * ONE) == {
        "penalties_serious": -35,
        "penalties_general": -15,
        "cap_conduct": 10,
        "score": 60,
    }


def test_merits_are_capped_and_never_lift_the_score_above_the_base() -> None:
    merits = {"trainings_people_year": 50, "inspections_clean_streak": 3}
    assert points(**merits) == {
        "trainings_people_year": 8,
        "inspections_clean_streak": 3,
        "cap_merit": -6,
        "floor": -5,
        "score": 100,
    }
    assert points(**merits, penalties_serious=ONE)["score"] == 90


def test_the_score_never_falls_below_zero() -> None:
    card = replace(CARD, base_points=30)
    worst = {"penalties_grave": ONE, "major_hazards_open": 2}
    row = score(made_up([worst]), replace(POLICY, scorecard=card)).table.to_pylist()[0]
    assert (row["floor"], row["score"]) == (60, 0)


def test_one_feature_may_have_an_item_for_each_sector() -> None:
    items = tuple(
        item("penalties_minor", "conduct", (0, 0), (1, points), sectors=(sector,))
        for sector, points in (("freight", -3), ("passenger", -9))
    )
    rows = [{"sector": sector, "penalties_minor": 5} for sector in ("freight", "passenger", "taxi")]
    table = score(made_up(rows), with_card(items=items)).table
    assert table["penalties_minor"].to_pylist() == [-3, -9, 0]
    assert table["score"].to_pylist() == [97, 91, 100]


def test_an_unknown_feature_is_refused_by_name() -> None:
    with pytest.raises(UnknownParameter, match="wishes"):
        score(made_up([{}]), with_card(items=(item("wishes", "conduct", (0, 0)),)))


@settings(max_examples=40, deadline=None)
@given(rows_of_features)
def test_points_add_up_to_the_score_exactly(rows: list[dict[str, Any]]) -> None:
    table = score(made_up(rows), POLICY).table
    for row in table.to_pylist():
        parts = [row[name] for name in table.column_names[1:-1]]
        assert CARD.base_points + sum(parts) == row["score"]
        assert 0 <= row["score"] <= CARD.base_points


@settings(max_examples=40, deadline=None)
@given(rows_of_features, st.sampled_from(CARD.items), st.integers(1, 2 * ONE))
def test_a_worse_value_never_scores_better(rows: list[dict[str, Any]], one: Any, more: int) -> None:
    sign = 1 if one.worse == "up" else -1
    worse = [
        row | {one.feature: max(0, row[one.feature] + sign * more)}
        if row[one.feature] is not None
        else row
        for row in rows
    ]
    before, after = (score(made_up(r), POLICY).table["score"].to_pylist() for r in (rows, worse))
    assert all(b >= a for b, a in zip(before, after, strict=True))
