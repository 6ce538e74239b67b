"""Does a register become the same sound month every time, whatever the month is like?"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from riskengine.digest import canonical, digest
from riskengine.grade import grades_digest
from riskengine.register import Register
from riskengine.synthetic import synthetic_register
from scheduler import lottery
from scheduler.draw import Frame
from scheduler.quota import M
from tests.scheduler.whole_month import (
    AS_OF,
    UP_TO_THE_DRAW,
    county,
    dear_pack,
    findings,
    golden,
    golden_month,
    on_time,
    pack,
    prepared_for,
    solvers,
    tables,
    walk,
)

DAY = dt.timedelta(days=1)
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Where an example takes a second, a smaller one is not worth minutes."""


# ── golden ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stage", UP_TO_THE_DRAW)
def test_the_month_is_the_golden_one_up_to_the_draw(stage: str) -> None:
    assert golden_month().digests[stage] == golden()["digests"][stage]


def test_routes_and_people_are_the_golden_ones_where_the_solvers_are() -> None:
    month, kept = golden_month(), golden()
    if solvers(month) != kept["solvers"]:
        pytest.skip(f"golden with {kept['solvers']}, here {solvers(month)}")
    assert month.digests == kept["digests"]


def test_the_golden_month_has_something_of_everything() -> None:
    month = golden_month()
    assert {must.kind for must in month.prepared.frame.must} == {"owed", "case", "special"}
    assert 1 < len(month.drawn.selected) < len(month.prepared.frame.rows)
    assert month.drawn.reserves
    assert len(month.routes.routes) > 1
    assert findings(month) == []


# ── properties ────────────────────────────────────────────────────────────────────────────


@cache
def golden_bytes() -> bytes:
    return canonical(golden_month().bundle)


def verdict(raw: bytes) -> list[str]:
    """Where the verifier finds fault with the bytes of a file."""
    try:
        return [one["where"] for one in lottery.verify(lottery.parse_bundle(raw), raw)]
    except lottery.LotteryError:
        return ["file"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_one_byte_changed_is_found(data: st.DataObject) -> None:
    raw = bytearray(golden_bytes())
    assert verdict(bytes(raw)) == []
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert verdict(bytes(raw))


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("frame.rows.3.enterprise_id", "frame.root"),
        ("frame.rows.3.township", "frame.root"),
        ("frame.rows.3.pi_nano", "frame.rows"),
        ("frame.must.0.enterprise_id", "draw.frame_digest"),
        ("draw.seed", "draw.seed"),
        ("draw.secret", "draw.secret"),
        ("draw.event_value", "draw.seed"),
        ("draw.selected.0", "draw.selected"),
        ("draw.reserves.0.enterprise_ids.0", "draw.reserves"),
        ("routes.routes.0.stops.0.enterprise_id", "routes.routes"),
        ("routes.routes.0.depart_minute", "slots.routes_digest"),
        ("slots.shares.1.share_micro", "slots.shares"),
        ("slots.shares.1.inspector_id", "slots.root"),
        ("roster.seed", "roster.seed"),
        ("roster.assignments.0.lead", "roster.assignments"),
        ("chain.0.digest", "chain"),
        ("names.SL07", "digest"),
        ("digest", "digest"),
    ],
)
def test_one_byte_of_a_section_is_found_there(path: str, where: str) -> None:
    bundle = json.loads(golden_bytes())
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    part: Any = bundle
    for key in parents:
        part = part[key]
    part[last] = other_by_a_byte(part[last])
    changed = canonical(bundle)
    assert sum(a != b for a, b in zip(changed, golden_bytes(), strict=True)) == 1
    assert any(found.startswith(where) for found in verdict(changed))


def other_by_a_byte(value: str | int) -> str | int:
    """The value with its last byte another: 120 → 121, "SL01" → "SL02"."""
    if isinstance(value, int):
        return value + (1 if value % 10 < 9 else -1)
    raw = bytearray(value.encode())
    raw[-1] ^= 1
    return raw.decode()


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(
    seed=st.integers(0, 2**32),
    enterprises=st.integers(9, 40),
    officers=st.integers(2, 10),
    permille=st.integers(1, 12_000),
)
def test_probabilities_sum_to_the_visits_and_the_draw_takes_as_many(
    seed: int, enterprises: int, officers: int, permille: int
) -> None:
    rates = {"rates.yearly_permille": dict.fromkeys("ABCD", permille)}
    month = walk(
        synthetic_register(np.random.default_rng(seed), enterprises=enterprises, officers=officers),
        dear_pack().overlay(rates),
    )
    quota, frame = month.prepared.quota, month.prepared.frame
    shares = [row.pi_nano for row in frame.rows]
    assert sum(shares) == quota.visits * M
    assert all(0 <= share <= M for share in shares)
    assert quota.visits <= quota.capacity.visits
    assert len(set(month.drawn.selected)) == quota.visits
    assert findings(month) == []


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_undrawn_enterprise_less_leaves_the_other_tickets_alone(data: st.DataObject) -> None:
    frame, drawn = golden_month().prepared.frame, golden_month().drawn
    order = called(frame, drawn.selected, drawn.seed)
    undrawn = sorted({row.enterprise_id for row in frame.rows} - set(drawn.selected))
    gone = data.draw(st.sampled_from(undrawn))
    assert called(frame, drawn.selected, drawn.seed, without=gone) == {
        stratum: tuple(one for one in ids if one != gone) for stratum, ids in order.items()
    }


def called(frame: Frame, selected: tuple[str, ...], seed: str, without: str = "") -> dict[Any, Any]:
    """Every undrawn enterprise of the drawn strata, in the order of the tickets."""
    rows = [
        (row.enterprise_id, row.pi_nano, (row.grade, row.sector, row.township))
        for row in frame.rows
        if row.enterprise_id != without
    ]
    everyone = lottery.reserve_lists(
        rows, selected, bytes.fromhex(seed), frame.purpose, percent=0, least=len(rows)
    )
    return dict(everyone)


@settings(max_examples=12, deadline=None, phases=UNSHRUNK)
@given(
    table=st.sampled_from([name for name in tables() if name != "vehicles_pool"]),
    place=st.integers(0, 1_000),
    days_late=st.integers(0, 400),
    is_new=st.booleans(),
)
def test_late_news_changes_neither_grades_nor_list(
    table: str, place: int, days_late: int, is_new: bool
) -> None:
    known_on = AS_OF + days_late * DAY
    register = county(**{table: lambda rows: with_news(rows, place, known_on, is_new=is_new)})
    assert register.rejected == ()
    late = prepared_for(register, pack())
    assert grades_digest(late.grades) == grades_digest(on_time().grades)
    assert digest(late.frame) == digest(on_time().frame)


def with_news(rows: pd.DataFrame, place: int, known_on: dt.date, *, is_new: bool) -> pd.DataFrame:
    """One row more: a new fact, or another version of what a row is about."""
    news = rows.iloc[[place % len(rows)]]
    if pd.Timestamp(news["known_on"].iloc[0]) == pd.Timestamp(known_on):
        known_on += DAY  # two versions of one day would contradict each other
    news = news.assign(known_on=pd.Timestamp(known_on))
    if is_new and "fact_id" in news:
        news["fact_id"] = "NEWS"
    worse = {"closed_on": pd.Timestamp(known_on), "sectors": "taxi", "count": 9}
    news = news.assign(**{name: worse[name] for name in worse if name in news})
    return pd.concat([rows, news])


def test_the_same_news_a_day_earlier_does_change_them() -> None:
    grave = {"fact_id": "NEWS", "tier": "grave", "disposition": "penalised", "count": 9}

    def told(known_on: dt.date) -> Register:
        return county(
            violations=lambda rows: pd.concat(
                [rows, rows.iloc[[0]].assign(known_on=pd.Timestamp(known_on), **grave)]
            )
        )

    before, on_the_day = (prepared_for(told(AS_OF - n * DAY), pack()) for n in (1, 0))
    assert grades_digest(before.grades) != grades_digest(on_the_day.grades)
    assert grades_digest(on_the_day.grades) == grades_digest(on_time().grades)
