"""Is a fitted card an ordinary card once written down, and are its cuts the best there are?"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from models import find_pack
from riskengine.binning import BinRules
from riskengine.card_yaml import (
    card_texts,
    cuts_by_share,
    grades_at,
    group_title,
    read_card,
    shares_permille,
)
from riskengine.errors import BadRegister, PolicyError, UnknownParameter
from riskengine.features import FEATURE, FEATURES, Features
from riskengine.fit import (
    FitRules,
    FittedCard,
    fit_scorecard,
    points_of,
    probability_of,
    reasons_of,
)
from riskengine.policy import Policy, read_policy
from riskengine.scorecard import CAP, FLOOR, score
from tests.riskengine.build import made_up

DAY = dt.date(2026, 11, 29)
SHARES = {"A": 600, "B": 250, "C": 100, "D": 50}
DIRECTIONS = {
    f.name: f.worse for f in FEATURES if f.source in ("violations", "monitoring", "credit")
}
EASY = FitRules(BinRules(most_prebins=8, least_iv_micro=2_000), least_events=5)
PACK = read_policy("cn-transport")


def measured(rows: int, seed: int) -> tuple[Features, Any]:
    """Enterprises with made-up features, and whether a visit found something."""
    rng = np.random.default_rng(seed)
    z = np.full(rows, -1.0)
    columns: dict[str, list[int | None]] = {}
    for name in DIRECTIONS:
        values = rng.integers(0, 6, rows) * rng.integers(1, 10**6)
        z += rng.normal(0.3, 0.3) * (values / (values.max() + 1)) * 3
        gone = rng.random(rows) < (0.2 if FEATURE[name].when_none is None else 0)
        columns[name] = [None if g else int(v) for v, g in zip(values, gone, strict=True)]
    label = (rng.random(rows) < expit(z - z.mean())).astype(np.int64)
    return made_up([{n: c[i] for n, c in columns.items()} for i in range(rows)]), label


def written(card: FittedCard, folder: Path) -> Policy:
    """The example pack with the card in place of its own, as an ordinary pack."""
    shutil.copytree(str(find_pack("cn-transport")), folder)
    found = cuts_by_share(np.arange(card.base_points), SHARES, card.base_points)
    texts = card_texts(card, found, PACK, name="test", fitted_on=DAY)
    (folder / "scorecard.yaml").write_text(texts["scorecard.yaml"], "utf-8")
    grades = (folder / "grades.yaml").read_text("utf-8")
    head, _, rest = grades.partition("vetoes:")
    assert "cut_points:" in head
    (folder / "grades.yaml").write_text(texts["grades.yaml"] + "vetoes:" + rest, "utf-8")
    return read_policy(folder)


@settings(max_examples=8, deadline=None)
@given(st.integers(60, 200), st.integers(0, 10**6))
def test_a_pack_scores_as_the_fitted_card_does(tmp_path_factory: Any, rows: int, seed: int) -> None:
    features, label = measured(rows, seed)
    try:
        card = fit_scorecard(features.table, label, DIRECTIONS, EASY)
    except BadRegister:
        return
    policy = written(card, tmp_path_factory.mktemp("pack") / "pack")
    table = score(features, policy.on(DAY)).table
    assert table["score"].to_pylist() == points_of(card, features.table).tolist()
    for feature, points in reasons_of(card, features.table).items():
        assert table[feature].to_pylist() == points.tolist()
    for name in table.column_names:
        if name == FLOOR or name.startswith(CAP):
            assert set(table[name].to_pylist()) == {0}, name


def test_the_card_says_where_its_numbers_come_from(tmp_path: Path) -> None:
    features, label = measured(400, 3)
    card = fit_scorecard(features.table, label, DIRECTIONS, EASY)
    policy = written(card, tmp_path / "pack")
    for name, leaf in policy.parameters.items():
        if name.startswith("scorecard.features."):
            assert leaf.because[DAY].title == PACK.why(name).title
        elif name.startswith("scorecard."):
            assert leaf.because[DAY].where == "fitted/test/CARD.md", name
    why = policy.why("grades.cut_points")
    assert why.kind == "house" and "A 60 %, B 25 %, C 10 %, D 5 %" in why.says
    advice = {item.feature: item.advice for item in PACK.on(DAY).scorecard.items}
    for item in policy.on(DAY).scorecard.items:
        assert item.advice == advice.get(item.feature, item.advice)
        assert item.title == FEATURE[item.feature].title


def test_the_same_card_is_the_same_text() -> None:
    features, label = measured(400, 3)
    order = np.random.default_rng(1).permutation(400)
    texts = []
    for rows in (np.arange(400), order):
        table = features.table.take(pa.array(rows))
        card = fit_scorecard(table, label[rows], DIRECTIONS, EASY)
        cuts = cuts_by_share(points_of(card, table), SHARES, card.base_points)
        texts.append(card_texts(card, cuts, PACK, name="test", fitted_on=DAY))
    assert texts[0] == texts[1]


def test_a_reload_is_the_same_card_with_the_same_predictions() -> None:
    features, label = measured(400, 3)
    card = fit_scorecard(features.table, label, DIRECTIONS, EASY)
    cuts = cuts_by_share(np.arange(100), SHARES, 100)
    again = read_card(card_texts(card, cuts, PACK, name="test", fitted_on=DAY)["card.json"])
    assert again == card
    before, after = (probability_of(one, features.table) for one in (card, again))
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("text", ["{", "[]", '{"items": []}'])
def test_a_broken_card_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(PolicyError):
        read_card(text)


def test_every_group_of_items_has_a_title_in_both_languages() -> None:
    for source in {feature.source for feature in FEATURE.values()}:
        title = group_title(source)
        assert re.search(r"[一-鿿]", title.zh) and re.search(r"[A-Za-z]{4}", title.en)


def test_a_feature_the_engine_does_not_measure_cannot_become_a_pack() -> None:
    features, label = measured(400, 3)
    column = features.table["penalties_general"]
    table = features.table.append_column("luck", column)
    card = fit_scorecard(table, label, {**DIRECTIONS, "luck": "up"}, EASY)
    cuts = cuts_by_share(np.arange(100), SHARES, 100)
    with pytest.raises(UnknownParameter, match="luck"):
        card_texts(card, cuts, PACK, name="test", fitted_on=DAY)


scores = st.lists(st.integers(0, 100), min_size=1, max_size=300)


@settings(max_examples=80, deadline=None)
@given(scores, st.lists(st.integers(0, 10), min_size=4, max_size=4).filter(any))
def test_cuts_descend_whatever_the_scores_and_shares(values: list[int], parts: list[int]) -> None:
    wanted = {g: 1000 * part // sum(parts) for g, part in zip("ABCD", parts, strict=True)}
    cuts = cuts_by_share(np.array(values), wanted, 100).cut_points
    assert 100 >= cuts["A"] > cuts["B"] > cuts["C"] >= 1


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, 100), min_size=20), st.integers(1, 8), st.integers(1, 8))
def test_cuts_give_the_shares_to_within_one_enterprise(
    values: set[int], first: int, second: int
) -> None:
    """Where no two scores are equal the cumulated shares miss by half an enterprise at most."""
    total = first + second + 4
    wanted = {
        "A": 1000 * first // total,
        "B": 1000 * second // total,
        "C": 2000 // total,
        "D": 2000 // total,
    }
    array = np.array(sorted(values))
    cuts = cuts_by_share(array, wanted, 100).cut_points
    asked = 0
    for grade in "ABC":
        asked += wanted[grade]
        assert abs((array >= cuts[grade]).sum() * 1000 - asked * len(array)) <= 1000


def test_shares_of_grades_sum_to_a_thousand() -> None:
    grades = grades_at(np.array([90, 80, 70, 10, 10, 10, 10]), {"A": 90, "B": 75, "C": 60})
    assert grades == ["A", "B", "C", "D", "D", "D", "D"]
    assert sum(shares_permille(grades).values()) == 1000
