"""Rules, grades and facts made by hand, small enough to check with a pencil."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pyarrow as pa

from riskengine.fields import schema_of
from riskengine.grade import Grades
from riskengine.policy import (
    CalendarRules,
    FeatureRules,
    GapRules,
    GradeRules,
    PackInfo,
    PolicyView,
    RateRules,
    RatioRules,
    RosterRules,
    Scorecard,
    Title,
)
from riskengine.register import Known
from riskengine.rules import RecordRules, ShareRules

CALENDAR = CalendarRules(
    country="cn",
    overrides={},
    known_until=dt.date(2026, 12, 31),
    peaks=(),
    publication_workdays=20,
)
RECORD = RecordRules(
    finding="result in (problem_pending, problem_corrected, obstructed)",
    own=ShareRules(1095, 4, 1500),
    around=ShareRules(365, 30, 1500),
    lately=ShareRules(90, 15, 1500),
    everywhere=ShareRules(90, 50, 1500),
)
RATIO = RatioRules(
    base_permille={"A": 50, "B": 80, "C": 130, "D": 200},
    discount_permille=930,
    grade_visits=2,
    stratum_visits=12,
    optimism_permille=1000,
    alpha_permille=100,
    floor_permille=240,
    least_visits=2,
    most_permille=500,
    fall_permille=600,
    rise_permille=1600,
    rise_plus_permille=100,
    reset_months=(1, 4, 7, 10),
)
RATES = RateRules(
    yearly_permille={"A": 10, "B": 100, "C": 500, "D": 800},
    sector_floor_permille={},
    mode={},
    grade_mode={},
    key_sectors=("dangerous_goods", "freight"),
    ceiling_permille=50,
    yearly_cap={"A": 1, "B": 2, "C": 4, "D": 12},
    sector_yearly_cap={},
    uncounted_kinds=("case",),
    reserves_percent=20,
    reserves_least=1,
    reveal_hours=24,
    engine="duel",
    levels=("grade", "sector", "township"),
    harm_weight={},
    ratio_rule="fixed",
    ratio=RATIO,
    once_a_year=(),
    together="join",
    rotation="gap",
    gap=GapRules(150, 250, 1500, 2500, 900, 60),
)
ROSTER = RosterRules(
    officers_per_visit=2,
    day_start_minute=510,
    day_end_minute=1050,
    lunch_earliest_minute=690,
    lunch_latest_minute=810,
    lunch_minutes=60,
    visit_minutes={"freight": 60, "dangerous_goods": 120},
    detour_permille=1300,
    speed_kmh=40,
    parking_minutes=5,
    most_visits_a_day=4,
    field_days_most=15,
    field_days_spread=3,
    least_training_hours=60,
    other_permille=522,
    non_permille=270,
    visits_per_team_day=2,
    guess_price=30,
    seat_cover="strict",
    visit_mode={},
    desk_minutes={"written": 45, "online": 30},
    day_split="whole",
    coverage_least_permille={},
    peak_coverage_permille=1000,
)


def policy(
    rates: RateRules = RATES,
    calendar: CalendarRules = CALENDAR,
    roster: RosterRules = ROSTER,
    **rate_changes: Any,
) -> PolicyView:
    """The rules above, with the rates changed by name."""
    return PolicyView(
        on=dt.date(2026, 1, 1),
        digest="policy-by-hand",
        pack=PackInfo(
            name="by-hand",
            title=Title("手工", "By hand"),
            jurisdiction=Title("示例县", "Example county"),
            sectors={
                "dangerous_goods": Title("危货", "Dangerous goods"),
                "freight": Title("普货", "Freight"),
            },
        ),
        scorecard=Scorecard(100, FeatureRules({}, 365, 1, RECORD), (), ()),
        grades=GradeRules({}, (), 0, 0, "B", 0, 365),
        measures={},
        rates=replace(rates, **rate_changes),
        roster=roster,
        calendar=calendar,
    )


def graded(*rows: tuple[str, str, str], as_of: dt.date = dt.date(2026, 11, 25)) -> Grades:
    """Grades of (enterprise_id, grade, sector)."""
    ids, letters, sectors = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {"enterprise_id": ids, "name": ids, "sector": sectors, "grade": letters}
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return Grades(as_of, "policy-by-hand", "register-by-hand", "", table)


def many(n: int, grade: str, sector: str, prefix: str = "E") -> list[tuple[str, str, str]]:
    """`n` enterprises of one stratum."""
    return [(f"{prefix}{grade}{sector[0]}{k:04d}", grade, sector) for k in range(n)]


INSPECTIONS = {
    "enterprise_id": pa.string(),
    "occurred_on": pa.date32(),
    "known_on": pa.date32(),
    "kind": pa.string(),
    "result": pa.string(),
    "fact_id": pa.string(),
    "draw_digest": pa.string(),
    "pi": pa.int64(),
}
INSPECTORS = {
    "inspector_id": pa.string(),
    "name": pa.string(),
    "certificate": pa.string(),
    "certificate_expires_on": pa.date32(),
    "sectors": pa.string(),
    "squad": pa.string(),
    "training_hours": pa.int64(),
    "working_share_bp": pa.int64(),
}
ABSENCES = {"inspector_id": pa.string(), "from_on": pa.date32(), "to_on": pa.date32()}
AVOIDANCES = {"inspector_id": pa.string(), "enterprise_id": pa.string()}
PAIR_BANS = {"inspector_id": pa.string(), "other_id": pa.string()}
JOINT_PLANS = {
    "enterprise_id": pa.string(),
    "office": pa.string(),
    "item": pa.string(),
    "from_on": pa.date32(),
    "to_on": pa.date32(),
}
DOORS = ("closed_days", "visiting_hours", "appointments")


def table(columns: dict[str, pa.DataType], rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of a register table; a column not given is null."""
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()}
    )


def officer(number: int, **facts: Any) -> dict[str, Any]:
    """An officer whom nothing keeps from going out."""
    usual = {
        "inspector_id": f"P{number:02d}",
        "name": f"示例{number}",
        "certificate": f"ZF{number:04d}",
        "certificate_expires_on": dt.date(2027, 6, 30),
        "sectors": "dangerous_goods;freight",
        "squad": "示例中队",
        "training_hours": 60,
    }
    return usual | facts


def visited(enterprise_id: str, day: dt.date, **facts: Any) -> dict[str, Any]:
    """A routine inspection that found nothing."""
    usual = {"kind": "routine", "result": "no_problem"}
    return {"enterprise_id": enterprise_id, "occurred_on": day, "known_on": day} | usual | facts


def known(
    officers: list[dict[str, Any]] | None = None,
    absences: list[dict[str, Any]] | None = None,
    inspections: list[dict[str, Any]] | None = None,
    joint_plans: list[dict[str, Any]] | None = None,
    as_of: dt.date = dt.date(2026, 11, 25),
) -> Known:
    """What the bureau knows, by hand."""
    tables = {
        "inspectors": table(INSPECTORS, officers or []),
        "absences": table(ABSENCES, absences or []),
        "avoidances": table(AVOIDANCES, []),
        "pair_bans": table(PAIR_BANS, []),
        "inspections": table(INSPECTIONS, inspections or []),
        "joint_plans": table(JOINT_PLANS, joint_plans or []),
        **{name: schema_of(name).empty_table() for name in DOORS},
    }
    return Known(as_of, tables, "register-by-hand")
