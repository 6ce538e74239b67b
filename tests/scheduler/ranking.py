"""A challenger of a larger county, and a pack that names it, for the tests of worth."""

from __future__ import annotations

import datetime as dt
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from models import find_pack
from riskengine.challenger.file import Origin, file_digest, write_challenger
from riskengine.challenger.ranking import learn_ranking
from riskengine.panel import labels_known, panel_of
from riskengine.policy import Policy, read_policy
from riskengine.register import Register, register_from_tables
from riskengine.synthetic import synthetic_tables
from tests.scheduler.whole_month import AS_OF, DEAR_RATES, START, UNTIL, pack

SINCE = dt.date(2026, 11, 1)
APPROVED = [{"name": "王某", "role": "分管副局长", "date": dt.date(2026, 10, 20)}]


def written(register: Register) -> bytes:
    """A challenger learnt from every visit of a register that was known before `SINCE`."""
    rules = pack().on(AS_OF).scorecard.features
    panel = panel_of(register, rules)
    label = labels_known(register, panel, SINCE)
    table = panel.table.filter(pa.array(label >= 0))
    features = panel.features.filter(pa.array(label >= 0)).append_column("sector", table["sector"])
    learnt = learn_ranking(features, label[label >= 0], table["group"].to_pylist())
    days = table["visited_on"].to_pylist()
    digest = register.as_of(SINCE).digest
    origin = Origin(rules.record.finding, digest, min(days), max(days), rules)
    return write_challenger(learnt, origin)


@cache
def larger() -> Register:
    """A county with findings enough to learn from; the small one has thirty."""
    rng = np.random.default_rng(7)
    tables = synthetic_tables(rng, enterprises=150, officers=8, start=START, until=UNTIL)
    return register_from_tables(tables)


@cache
def model() -> bytes:
    return written(larger())


def naming(folder: Path, data: bytes, entry: object = None, **changes: object) -> Path:
    """A copy of the pack in `folder` that names the challenger beside it."""
    where = folder / "county"
    shutil.copytree(str(find_pack("cn-transport")), where)
    (folder / "challenger.model").write_bytes(data)
    named = {"file": "../challenger.model", "digest": file_digest(data), "approved_by": APPROVED}
    file = where / "pack.yaml"
    content = yaml.safe_load(file.read_text("utf-8"))
    content["challenger"] = entry or {SINCE: named | changes}
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return where


def ranking_pack(folder: Path) -> Policy:
    """The pack of the golden month with the challenger."""
    return read_policy(naming(folder, model())).overlay(DEAR_RATES)
