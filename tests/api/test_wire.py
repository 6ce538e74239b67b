"""Are requests held to their letter?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.wire import Asked, AskEvent, AskFrame, AskGrades, AskQuota, AskScenario

DIGEST = "0" * 64
EVENT = {"name": "双色球 2026140 期", "source": "cwl.gov.cn", "due_at": "2026-11-30T21:15:00+08:00"}


def test_dates_are_iso_text() -> None:
    asked = AskGrades.model_validate({"by": "李娜", "as_of": "2026-12-01"})
    assert asked.as_of == dt.date(2026, 12, 1)


def test_a_month_is_its_first_day() -> None:
    asked = AskQuota.model_validate({"by": "李娜", "grades": DIGEST, "month": "2026-12"})
    assert asked.month == dt.date(2026, 12, 1)


@pytest.mark.parametrize("named", [{"round": 35107012}, {"due_at": "2026-12-24T22:59:58+08:00"}])
def test_a_round_or_its_time_names_a_beacon_event(named: dict[str, object]) -> None:
    event = AskEvent.model_validate({"kind": "drand", **named}).value()
    assert (event.chain, event.round) == ("quicknet", 35107012)
    assert event.due_at == "2026-12-24T15:00:00Z"


def test_a_moment_is_kept_in_utc() -> None:
    asked = AskFrame.model_validate({"by": "李娜", "quota": DIGEST, "event": EVENT})
    assert asked.event.due_at == "2026-11-30T13:15:00Z"


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (AskGrades, {"by": "李娜", "as_of": 20261201}),
        (AskGrades, {"by": "李娜", "as_of": "2026-12-01T00:00:00"}),
        (AskGrades, {"by": "李娜", "as_of": "2026-13-01"}),
        (AskGrades, {"by": "李娜", "as_of": "0001-01-01"}),
        (AskGrades, {"by": "李娜", "as_of": "9999-12-31"}),
        (AskQuota, {"by": "李娜", "grades": DIGEST, "month": "2101-01"}),
        (AskGrades, {"by": "李娜", "as_of": "２０２６-12-01"}),
        (AskGrades, {"by": "李娜", "as_of": "2026-12-01", "colour": "red"}),
        (AskGrades, {"by": "", "as_of": "2026-12-01"}),
        (AskGrades, {"by": "\ud800", "as_of": "2026-12-01"}),
        (AskGrades, {"by": "Li\x00Na", "as_of": "2026-12-01"}),
        (AskGrades, {"by": 7, "as_of": "2026-12-01"}),
        (AskQuota, {"by": "李娜", "grades": DIGEST, "month": "2026-12-01"}),
        (AskQuota, {"by": "李娜", "grades": "Z" * 64, "month": "2026-12"}),
        (AskEvent, EVENT | {"due_at": "2026-11-30T21:15:00"}),
        (AskEvent, EVENT | {"due_at": "0001-01-01T00:00:00+08:00"}),
        (AskEvent, EVENT | {"due_at": "soon"}),
        (AskEvent, EVENT | {"name": None}),
        (AskEvent, EVENT | {"round": 1000}),
        (AskEvent, {"kind": "drand"}),
        (AskEvent, {"kind": "drand", "round": 0}),
        (AskEvent, {"kind": "drand", "round": 1000, "due_at": EVENT["due_at"]}),
        (AskEvent, {"kind": "drand", "round": 1000, "chain": "fastnet"}),
        (AskScenario, {"by": "x", "grades": DIGEST, "month": "2026-12", "officers": ["8"]}),
        (AskScenario, {"by": "x", "grades": DIGEST, "month": "2026-12", "officers": [8.0]}),
        (AskScenario, {"by": "x", "grades": DIGEST, "month": "2026-12", "officers": []}),
    ],
)
def test_what_does_not_fit_is_refused(model: type[Asked], body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


@given(st.text(max_size=25) | st.integers() | st.floats() | st.none())
@settings(max_examples=60, deadline=None)
def test_no_moment_makes_the_door_fall(due_at: object) -> None:
    try:
        kept = AskEvent.model_validate(EVENT | {"due_at": due_at}).due_at
    except ValidationError:
        return
    assert dt.datetime.fromisoformat(kept).tzinfo == dt.UTC


@given(st.datetimes(timezones=st.timezones()))
@settings(max_examples=60, deadline=None)
def test_the_same_moment_has_one_spelling(moment: dt.datetime) -> None:
    try:
        kept = AskEvent.model_validate(EVENT | {"due_at": moment.isoformat()}).due_at
    except ValidationError:
        assert not 2001 < moment.year < 2088
        return
    written = dt.datetime.fromisoformat(moment.isoformat())  # without the fold of a zone
    assert dt.datetime.fromisoformat(kept) == written.replace(microsecond=0)
