"""Is every visit that nobody can make named, with the reason in numbers?"""

from __future__ import annotations

import datetime as dt

import pytest

from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.quota import Owed
from scheduler.roster.precheck import crew_of, precheck
from scheduler.roster.timetable import Ground
from scheduler.travel import places, travel_minutes
from tests.scheduler.roster import small


def owed(
    known: Known,
    *visits: object,
    policy: PolicyView | None = None,
    days: tuple[dt.date, ...] = small.workdays(3),
) -> tuple[Owed, ...]:
    policy = policy or small.rules()
    sites = places(known, [visit.enterprise_id for visit in visits])
    travel = travel_minutes(sites, policy.roster).tolist()
    ground = Ground(tuple(visits), travel, policy.roster)
    return precheck(ground, crew_of(known, policy, days), month=small.MONTH)


def two(**facts: object) -> list[dict]:
    return [small.officer(1, **facts), small.officer(2, **facts)]


def near(**tables: list[dict]) -> Known:
    return small.known(enterprises=[small.enterprise("A", 1.0)], **tables)


def test_a_visit_that_two_officers_can_make_is_not_owed() -> None:
    assert owed(near(inspectors=two()), small.visit("A")) == ()


def test_a_visit_too_far_for_a_day_names_arrival_and_return() -> None:
    far = small.known(enterprises=[small.enterprise("A", north_km=110.0)], inspectors=two())
    (found,) = owed(far, small.visit("A", minutes=240))
    assert (found.enterprise_id, found.since) == ("A", small.MONTH)
    assert found.reason.code == "roster_too_far"
    # 110 km × 1.3 at 40 km/h are 215 minutes, and 5 of parking: 08:30 + 3:40 = 12:10
    assert "12:10" in found.reason.zh and "17:30" in found.reason.zh
    assert "20:50" in found.reason.en  # 12:10 + 4:00 + 1:00 of lunch + 3:40


@pytest.mark.parametrize(
    ("code", "number", "tables"),
    [
        ("roster_no_certificates", "1 人", {"inspectors": [small.officer(1)]}),
        ("roster_no_certificates", "0 人", {"inspectors": two(certificate=None)}),
        ("roster_no_certificates", "0 人", {"inspectors": two(certificate_expires_on=None)}),
        (
            "roster_no_certificates",
            "0 人",
            {"inspectors": two(certificate_expires_on=dt.date(2026, 11, 30))},
        ),
        ("roster_no_licence", "freight", {"inspectors": two(sectors="passenger")}),
        (
            "roster_all_avoid",
            "2 人",
            {
                "inspectors": two(),
                "avoidances": [
                    {"inspector_id": "P01", "enterprise_id": "A"},
                    {"inspector_id": "P02", "enterprise_id": "A"},
                ],
            },
        ),
        (
            "roster_all_but_one_avoid",
            "2 人",
            {
                "inspectors": two(),
                "avoidances": [{"inspector_id": "P01", "enterprise_id": "A"}],
            },
        ),
        (
            "roster_no_pair_day",
            "3 个工作日",
            {
                "inspectors": two(),
                "absences": [
                    {
                        "inspector_id": "P01",
                        "from_on": small.MONTH,
                        "to_on": dt.date(2026, 12, 31),
                    }
                ],
            },
        ),
    ],
)
def test_the_reason_is_named_with_its_number(code: str, number: str, tables: dict) -> None:
    (found,) = owed(near(**tables), small.visit("A"))
    assert found.reason.code == code
    assert number in found.reason.zh


def test_a_certificate_still_counts_on_its_last_day() -> None:
    last_day = two(certificate_expires_on=small.MONTH)
    assert owed(near(inspectors=last_day), small.visit("A")) == ()


def test_too_little_training_bars_and_hours_nobody_recorded_do_not() -> None:
    policy = small.rules(least_training_hours=60)
    (found,) = owed(near(inspectors=two(training_hours=59)), small.visit("A"), policy=policy)
    assert found.reason.code == "roster_no_training"
    unknown = near(inspectors=two(training_hours=None))
    assert owed(unknown, small.visit("A"), policy=policy) == ()


def test_a_month_without_workdays_owes_everything() -> None:
    (found,) = owed(near(inspectors=two()), small.visit("A"), days=())
    assert found.reason.code == "roster_no_workday"
