"""Does a fitted card grade nobody until a pack names it as approved?"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml

from models import find_pack
from riskengine.card_yaml import card_texts, cuts_by_share
from riskengine.digest import plain
from riskengine.errors import PolicyError, RiskEngineError, UnknownParameter
from riskengine.fit import fit_scorecard, points_of
from riskengine.policy import read_policy
from riskengine.scorecard import score
from riskengine.signed import CARD_FILES, card_digest
from tests.riskengine.test_card_yaml import DIRECTIONS, EASY, PACK, SHARES, measured

FITTED_ON, SINCE = dt.date(2026, 11, 29), dt.date(2027, 1, 1)
BEFORE, BEFORE_FITTED = SINCE - dt.timedelta(days=1), FITTED_ON - dt.timedelta(days=1)
FEATURES_OF, LABEL = measured(300, 3)
CARD = fit_scorecard(FEATURES_OF.table, LABEL, DIRECTIONS, EASY)
CUTS = cuts_by_share(points_of(CARD, FEATURES_OF.table), SHARES, CARD.base_points)
TEXTS = card_texts(CARD, CUTS, PACK, name="county-2026", fitted_on=FITTED_ON)
SIGNED: dict[str, Any] = {
    "folder": "../fitted/county-2026",
    "digest": card_digest(TEXTS),
    "approved_by": [{"name": "王某", "role": "分管副局长", "date": dt.date(2026, 12, 20)}],
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of one's own, with a fitted card beside it that it does not name."""
    shutil.copytree(str(find_pack("cn-transport")), tmp_path / "county")
    folder = tmp_path / "fitted" / "county-2026"
    folder.mkdir(parents=True)
    for file in CARD_FILES:
        (folder / file).write_text(TEXTS[file], "utf-8")
    return tmp_path / "county"


def naming(pack: Path, entries: Any) -> Path:
    file = pack / "pack.yaml"
    content = yaml.safe_load(file.read_text("utf-8")) | {"fitted": entries}
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return pack


def test_a_card_that_lies_beside_a_pack_changes_nothing(pack: Path) -> None:
    assert read_policy(pack).on(SINCE) == PACK.on(SINCE)


def test_a_signed_card_scores_from_its_day_on_and_not_before(pack: Path) -> None:
    policy = read_policy(naming(pack, {SINCE: SIGNED}))
    assert policy.on(BEFORE) == PACK.on(BEFORE)
    view = policy.on(SINCE)
    found = score(FEATURES_OF, view).table["score"].to_pylist()
    assert found == points_of(CARD, FEATURES_OF.table).tolist()
    assert view.grades.cut_points == CUTS.cut_points
    assert view.grades.vetoes == PACK.on(SINCE).grades.vetoes
    assert view.digest != PACK.on(SINCE).digest


def test_who_signed_can_be_asked(pack: Path) -> None:
    policy = read_policy(naming(pack, {SINCE: SIGNED}))
    assert policy.card_on(BEFORE) is None
    card = policy.card_on(SINCE)
    assert card is not None and card.approved_by[0].name == "王某"
    assert policy.why("grades.cut_points").where == "fitted/county-2026/CARD.md"
    assert policy.why("grades.cut_points", on=BEFORE) == PACK.why("grades.cut_points")


def test_a_newer_card_takes_the_place_of_the_older(pack: Path) -> None:
    later = dt.date(2028, 1, 1)
    second = pack.parent / "fitted" / "county-2027"
    shutil.copytree(pack.parent / "fitted" / "county-2026", second)
    text = TEXTS["scorecard.yaml"].replace(f"{FITTED_ON}: {CARD.base_points}", f"{FITTED_ON}: 999")
    (second / "scorecard.yaml").write_text(text, "utf-8")
    newer = SIGNED | {
        "folder": "../fitted/county-2027",
        "digest": card_digest(TEXTS | {"scorecard.yaml": text}),
    }
    policy = read_policy(naming(pack, {later: newer, SINCE: SIGNED}))
    days = (BEFORE, SINCE, later)
    bases = [policy.on(day).scorecard.base_points for day in days]
    assert bases == [100, CARD.base_points, 999]


def test_null_brings_the_card_of_the_pack_back(pack: Path) -> None:
    end = dt.date(2028, 1, 1)
    policy = read_policy(naming(pack, {SINCE: SIGNED, end: None}))
    assert policy.on(end - dt.timedelta(days=1)).scorecard.base_points == CARD.base_points
    assert policy.on(end) == PACK.on(end)
    assert policy.why("grades.cut_points") == PACK.why("grades.cut_points")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"approved_by": []}, "policy_card_unsigned"),
        ({"approved_by": None}, "policy_card_unsigned"),
        (
            {"approved_by": [{"name": " ", "role": "副局长", "date": dt.date(2026, 12, 20)}]},
            "policy_card_unsigned",
        ),
        (
            {"approved_by": [{"name": "王某", "role": "副局长", "date": ""}]},
            "policy_card_unsigned",
        ),
        (
            {"approved_by": [{"name": "王某", "role": "副局长", "date": dt.date(2027, 1, 2)}]},
            "policy_card_signed_late",
        ),
        ({"digest": "0" * 64}, "policy_card_changed"),
        ({"folder": "../fitted/nowhere"}, "policy_card_missing"),
        ({"approved_by": "王某"}, "policy_wrong_type"),
        ({"approved_by": [{"name": "王某"}]}, "policy_missing"),
        ({"because": "it is good"}, "policy_unknown"),
    ],
)
def test_a_card_nobody_could_have_signed_so_is_refused(
    pack: Path, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(RiskEngineError) as refusal:
        read_policy(naming(pack, {SINCE: SIGNED | change}))
    assert refusal.value.code == code


def test_leaving_the_approval_out_is_no_approval(pack: Path) -> None:
    unsigned = {key: value for key, value in SIGNED.items() if key != "approved_by"}
    with pytest.raises(PolicyError, match=r"尚未批准.*nobody has approved"):
        read_policy(naming(pack, {SINCE: unsigned}))


@pytest.mark.parametrize("file", CARD_FILES)
def test_a_changed_byte_asks_for_a_new_approval(pack: Path, file: str) -> None:
    where = pack.parent / "fitted" / "county-2026" / file
    where.write_text(where.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(PolicyError) as refusal:
        read_policy(naming(pack, {SINCE: SIGNED}))
    assert refusal.value.code == "policy_card_changed"


def test_a_card_brings_cut_points_and_no_other_rule_of_grades(pack: Path) -> None:
    text = (pack / "grades.yaml").read_text("utf-8")
    (pack.parent / "fitted" / "county-2026" / "grades.yaml").write_text(text, "utf-8")
    entry = SIGNED | {"digest": card_digest(TEXTS | {"grades.yaml": text})}
    with pytest.raises(UnknownParameter) as refusal:
        read_policy(naming(pack, {SINCE: entry}))
    assert refusal.value.code == "policy_card_cuts"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ("county-2026", "policy_wrong_type"),
        ([SIGNED], "policy_wrong_type"),
        ({"2027": SIGNED}, "policy_not_by_day"),
        ({"2027-1-1": SIGNED}, "policy_not_by_day"),
    ],
)
def test_a_card_without_a_day_is_refused(pack: Path, entries: Any, code: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        read_policy(naming(pack, entries))
    assert refusal.value.code == code


def test_a_signed_card_without_any_number_is_refused_by_name_bug(pack: Path) -> None:
    """Asking it for its first day was a traceback."""
    folder = pack.parent / "fitted" / "county-2026"
    texts = TEXTS | {"scorecard.yaml": "{}\n", "grades.yaml": "cut_points: {}\n"}
    for file, text in texts.items():
        (folder / file).write_text(text, "utf-8")
    with pytest.raises(RiskEngineError):
        read_policy(naming(pack, {SINCE: SIGNED | {"digest": card_digest(texts)}}))


def test_a_card_cannot_apply_before_its_numbers_are_valid_bug(pack: Path) -> None:
    """It loaded, and the first grading asked for earlier values, which would change the digest."""
    signed = SIGNED | {"approved_by": [SIGNED["approved_by"][0] | {"date": BEFORE_FITTED}]}
    with pytest.raises(PolicyError, match=f"{FITTED_ON}.*或以后"):
        read_policy(naming(pack, {BEFORE_FITTED: signed}))
    assert read_policy(naming(pack, {FITTED_ON: signed})).on(FITTED_ON).scorecard.base_points


def test_a_what_if_reaches_the_signed_card(pack: Path) -> None:
    policy = read_policy(naming(pack, {SINCE: SIGNED}))
    name = "scorecard.items." + CARD.items[0].feature + ".points.missing_points"
    changed = policy.overlay({name: -3, "rates.yearly_permille.D": 1000})
    item = next(i for i in changed.on(SINCE).scorecard.items if i.feature == CARD.items[0].feature)
    assert item.missing_points == -3
    assert changed.on(SINCE).rates.yearly_permille["D"] == 1000
    with pytest.raises(UnknownParameter):
        policy.overlay({"scorecard.items.luck.points": 1})


def test_the_schema_knows_the_signature(pack: Path) -> None:
    schema = json.loads(find_pack("pack.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(
        {"$defs": schema["$defs"], **schema["properties"]["pack"]}
    )
    content = yaml.safe_load((pack / "pack.yaml").read_text("utf-8"))
    for entry in (SIGNED, None):
        assert validator.is_valid(plain(content | {"fitted": {SINCE: entry}}))
    unsigned = {key: value for key, value in SIGNED.items() if key != "approved_by"}
    assert not validator.is_valid(plain(content | {"fitted": {SINCE: unsigned}}))


def test_the_digest_covers_points_and_cuts() -> None:
    for file in CARD_FILES:
        assert card_digest(TEXTS | {file: TEXTS[file] + "#"}) != SIGNED["digest"]
    assert np.all(np.diff([CUTS.cut_points[g] for g in "ABC"]) < 0)
