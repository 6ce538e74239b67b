"""How likely would a visit find something, and for what reasons, by the challenger of a pack?

It reads what a fitted card reads, the enterprise's own record, and the sector. The season is left
out: one month has one. The record is measured by the rules the challenger was learnt with, which
its file holds, and cut at the day at whose start everything in it is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from riskengine.challenger import (
    OFFICER_GROUP,
    Challenger,
    fit_challenger,
    probability_of,
    reasons_of,
)
from riskengine.challenger.file import Origin, read_challenger
from riskengine.contenders import BY_NAME, Direction, directions_of
from riskengine.features import AROUND, FEATURE, FEATURES, RECORD, expression, schema_for
from riskengine.readable import readable
from riskengine.register import Known
from riskengine.rules import FeatureRules, SignedChallenger, Title

MICRO = 10**6
TOLD = 3
"""Reasons a person is told; the others are smaller."""
SECTOR = Title("行业", "sector")


@dataclass(frozen=True, slots=True)
class Push:
    """One reason: what it is, its value in words, and what it adds to the log-odds."""

    title: Title
    value: Title
    added: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A challenger, and what it may read of every open enterprise."""

    challenger: Challenger
    record: pa.Table


def ranked_by(names: Iterable[str], *, with_around: bool = False) -> dict[str, Direction]:
    """Feature → the way risk goes with it: of those named, what a challenger that ranks reads."""
    left_out = () if with_around else AROUND
    return {
        name: way
        for name, way in directions_of(names).items()
        if (name in FEATURE or name in BY_NAME) and name not in left_out
    }


def learn_ranking(
    features: pa.Table, label: Any, group: Any, *, with_around: bool = False
) -> Challenger:
    """Learn a challenger that ranks; what the officers' strictness adds is averaged out."""
    directions = ranked_by(features.column_names, with_around=with_around)
    return fit_challenger(features, label, directions, group=group)


def seen_by(signed: SignedChallenger, known: Known) -> Seen:
    """What the challenger of a pack sees, as of the day the register is cut at."""
    challenger, origin = opened(signed.data, signed.digest)
    return Seen(challenger, record_of(known, origin.features))


def chances(seen: Seen) -> dict[str, int]:
    """Enterprise → chance of a finding at a visit, in 1e-6."""
    chance = np.rint(MICRO * probability_of(seen.challenger, seen.record)).astype(int)
    return dict(zip(seen.record["enterprise_id"].to_pylist(), chance.tolist(), strict=True))


def pushes(seen: Seen, enterprise_id: str) -> tuple[Push, ...]:
    """The largest reasons for the chance of an enterprise, largest first.

    The strictness of officers is not among them: it says nothing of the enterprise.
    """
    place = seen.record["enterprise_id"].to_pylist().index(enterprise_id)
    row = seen.record.slice(place, 1)
    added = {name: float(of[0]) for name, of in reasons_of(seen.challenger, row).added.items()}
    names = sorted((n for n in added if n != OFFICER_GROUP), key=lambda n: (-abs(added[n]), n))
    return tuple(_push(name, row[name][0].as_py(), added[name]) for name in names[:TOLD])


def _push(name: str, value: Any, added: float) -> Push:
    if name in FEATURE:
        return Push(FEATURE[name].title, readable(FEATURE[name], value), added)
    return Push(SECTOR, Title(value or "", value or ""), added)


def record_of(known: Known, rules: FeatureRules) -> pa.Table:
    """What the challenger may read of every open enterprise, sorted by enterprise_id."""
    import ibis  # as in `riskengine.features.measure`

    features = (*FEATURES, *RECORD)
    tables = {name: ibis.memtable(table) for name, table in known.tables.items()}
    found = expression(tables, rules, as_of=known.as_of, features=features)
    table = ibis.duckdb.connect().to_pyarrow(found).cast(schema_for(features))
    return table.sort_by("enterprise_id").combine_chunks()


@lru_cache(maxsize=4)
def opened(data: bytes, digest: str) -> tuple[Challenger, Origin]:
    """The challenger of a file, and what it was learnt from; see `read_challenger`."""
    return read_challenger(data, digest)
