"""Does a challenger rank nothing until a pack names it as approved, and never when it changed?"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from models import find_pack
from riskengine.challenger.file import file_digest
from riskengine.digest import plain
from riskengine.errors import PolicyError, RiskEngineError
from riskengine.policy import read_policy
from tests.scheduler.ranking import SINCE, naming

DATA = b"what a challenger file holds is not read before it is needed"
BEFORE = SINCE - dt.timedelta(days=1)
PACK = read_policy("cn-transport")


def test_it_is_in_force_from_its_day_on(tmp_path: Path) -> None:
    policy = read_policy(naming(tmp_path, DATA))
    assert policy.on(BEFORE) == PACK.on(BEFORE)
    named = policy.on(SINCE).challenger
    assert named is not None and (named.data, named.digest) == (DATA, file_digest(DATA))
    assert policy.on(SINCE).digest != PACK.on(SINCE).digest


def test_it_changes_no_rule(tmp_path: Path) -> None:
    ours, theirs = read_policy(naming(tmp_path, DATA)).on(SINCE), PACK.on(SINCE)
    for part in ("scorecard", "grades", "rates", "roster", "calendar"):
        assert getattr(ours, part) == getattr(theirs, part)


def test_null_ends_it(tmp_path: Path) -> None:
    pack = naming(tmp_path, DATA)
    file, end = pack / "pack.yaml", dt.date(2027, 1, 1)
    content = yaml.safe_load(file.read_text("utf-8"))
    content["challenger"][end] = None
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    policy = read_policy(pack)
    assert policy.on(end - dt.timedelta(days=1)).challenger is not None
    assert policy.on(end) == PACK.on(end)


def test_a_what_if_keeps_it(tmp_path: Path) -> None:
    policy = read_policy(naming(tmp_path, DATA)).overlay({"rates.harm_weight.taxi": 90})
    assert policy.on(SINCE).challenger is not None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"approved_by": []}, "policy_challenger_unsigned"),
        (
            {"approved_by": [{"name": "", "role": "", "date": SINCE}]},
            "policy_challenger_unsigned",
        ),
        (
            {"approved_by": [{"name": "王某", "role": "副局长", "date": dt.date(2026, 11, 2)}]},
            "policy_card_signed_late",
        ),
        ({"digest": "0" * 64}, "policy_challenger_changed"),
        ({"file": "../nowhere.model"}, "policy_challenger_missing"),
        ({"file": ".."}, "policy_challenger_missing"),
        ({"because": "x"}, "policy_unknown"),
    ],
)
def test_what_nobody_could_have_signed_is_refused(
    tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(RiskEngineError) as refusal:
        read_policy(naming(tmp_path, DATA, **change))
    assert refusal.value.code == code


def test_one_changed_byte_is_refused_in_both_languages(tmp_path: Path) -> None:
    pack = naming(tmp_path, DATA)
    (tmp_path / "challenger.model").write_bytes(DATA[:-1] + b"!")
    with pytest.raises(PolicyError, match=r"与批准时不同.*is not the one approved"):
        read_policy(pack)


def test_entries_have_days(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refusal:
        read_policy(naming(tmp_path, DATA, entry={"soon": {}}))
    assert refusal.value.code == "policy_not_by_day"


def test_the_schema_knows_it(tmp_path: Path) -> None:
    content = yaml.safe_load((naming(tmp_path, DATA) / "pack.yaml").read_text("utf-8"))
    schema = json.loads(Path(str(find_pack("pack.schema.json"))).read_text("utf-8"))
    jsonschema.validate(plain(content), schema["properties"]["pack"] | {"$defs": schema["$defs"]})
