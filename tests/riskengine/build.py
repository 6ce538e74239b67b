"""Which small registers and rules do the tests of grading share?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pyarrow as pa

from riskengine.digest import digest
from riskengine.features import Features, measure
from riskengine.fields import schema_of, table_of_fields
from riskengine.grade import Grades, grade
from riskengine.register import Known, Register
from riskengine.rules import (
    CalendarRules,
    FeatureRules,
    GradeRules,
    Group,
    Item,
    Measure,
    PackInfo,
    PolicyView,
    RosterRules,
    Scorecard,
    Title,
    Veto,
)
from riskengine.scorecard import Scores, score
from tests.scheduler.by_hand import RATES, RECORD

AS_OF = dt.date(2026, 12, 1)
ONE = 1_000_000


def day(days_ago: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days_ago)


def title(zh: str) -> Title:
    return Title(zh, f"en {zh}")


def item(feature: str, group: str, *bins: tuple[int, int], **more: Any) -> Item:
    facts: dict[str, Any] = {"worse": "up", "missing_points": 0, "sectors": ()}
    facts |= {"title": title(feature), "advice": title("改进")} | more
    return Item(feature=feature, group=group, bins=bins, **facts)


CARD = Scorecard(
    base_points=100,
    features=FeatureRules(
        half_life_days={
            "violations": 365, "hazards": 180, "accidents": 730, "complaints": 180,
            "inspections": 365,
        },
        window_days=1095,
        least_vehicles=5,
        record=RECORD,
    ),
    groups=(
        Group("conduct", title("违法"), 40),
        Group("safety", title("安全"), 60),
        Group("merit", title("加分"), 5),
    ),
    items=(
        item("penalties_minor", "conduct", (0, 0), (ONE // 2, -2), (2 * ONE, -6)),
        item("penalties_general", "conduct", (0, 0), (ONE // 2, -5), (2 * ONE, -15)),
        item("penalties_serious", "conduct", (0, 0), (ONE // 2, -15), (2 * ONE, -35)),
        item("penalties_grave", "conduct", (0, 0), (ONE // 4, -40)),
        item("penalties_per_vehicle_micro", "conduct", (0, 0), (ONE // 10, -3), (ONE, -9)),
        item("obstructions", "conduct", (0, 0), (1, -10)),
        item("major_hazards_open", "safety", (0, 0), (1, -20), (2, -50)),
        item("hazards_overdue", "safety", (0, 0), (1, -7)),
        item("accidents_liable", "safety", (0, 0), (ONE // 2, -12)),
        item(
            "track_completeness_bp", "safety", (0, -8), (9000, -3), (9800, 0),
            worse="down", missing_points=-2, sectors=("passenger",),
        ),
        item("trainings_people_year", "merit", (0, 0), (10, 4), (50, 8), worse="down"),
        item("inspections_clean_streak", "merit", (0, 0), (3, 3), worse="down"),
    ),
)  # fmt: skip

GRADES = GradeRules(
    cut_points={"A": 90, "B": 75, "C": 60},
    vetoes=(
        Veto("death", title("责任事故致人死亡"), "deaths_liable_year", 1, "D"),
        Veto("major_hazard", title("重大隐患未整改"), "major_hazards_open", 1, "C"),
    ),
    newcomer_days=365,
    record_days=730,
    newcomer_grade="B",
    improve_margin_points=3,
    validity_days=365,
)

POLICY = PolicyView(
    on=AS_OF,
    digest=digest({"card": CARD, "grades": GRADES}),
    pack=PackInfo("test", title("示例"), title("示例"), {}),
    scorecard=CARD,
    grades=GRADES,
    measures={
        "A": (Measure(title("自我管理"), False),),
        "D": (Measure(title("停业整顿"), True),),
    },
    rates=RATES,
    roster=RosterRules(
        2,
        540,
        1080,
        690,
        780,
        60,
        {},
        1300,
        40,
        5,
        4,
        22,
        5,
        40,
        0,
        0,
        3,
        30,
        "strict",
        {},
        {"written": 45, "online": 30},
        "whole",
        {},
        0,
    ),
    calendar=CalendarRules("plain", {}, AS_OF, (), 7),
)


def with_card(**changes: Any) -> PolicyView:
    return replace(POLICY, scorecard=replace(CARD, **changes))


ROW: dict[str, dict[str, Any]] = {
    "enterprises": {"sector": "freight", "vehicles": 10, "opened_on": day(3000)},
    "violations": {"tier": "general", "disposition": "penalised", "count": 1, "obstruction": False},
    "hazards": {"level": "general"},
    "accidents": {"deaths": 0, "injuries": 0, "liability": "full"},
    "credit": {"scheme": "quality", "level": "good"},
    "complaints": {"upheld": True},
    "trainings": {"people": 1},
    "monitoring": {},
    "inspections": {"kind": "routine", "mode": "on_site", "result": "no_problem"},
}


def register(**rows: list[dict[str, Any]]) -> Register:
    """A register of a few rows; `ago` is the age of a fact in days at `AS_OF`."""
    tables = {
        name: pa.Table.from_pylist(filled(name, rows[name]), schema_of(name)) for name in rows
    }
    return Register(tables)


def filled(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = schema_of(table).names
    result = []
    for place, given in enumerate(rows):
        row = dict.fromkeys(names) | ROW[table] | given
        if table == "enterprises":
            row["name"] = row["name"] or f"示例企业{row['enterprise_id']}"
            row["known_on"] = row["known_on"] or day(3000)
        else:
            row["fact_id"] = row["fact_id"] or f"{table}-{place}"
            row["enterprise_id"] = row["enterprise_id"] or "E1"
            row["occurred_on"] = row["occurred_on"] or day(row.pop("ago", 1))
            row["known_on"] = row["known_on"] or row["occurred_on"]
            row["withdrawn"] = bool(row.get("withdrawn"))
        result.append({name: row.get(name) for name in names})
    return result


def known(**rows: list[dict[str, Any]]) -> Known:
    return register(**({"enterprises": [{"enterprise_id": "E1"}]} | rows)).as_of(AS_OF)


def features(policy: PolicyView = POLICY, **rows: list[dict[str, Any]]) -> Features:
    return measure(known(**rows), policy)


def feature_row(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The features of E1."""
    found: dict[str, Any] = features(**rows).table.to_pylist()[0]
    return found


def scores(policy: PolicyView = POLICY, **rows: list[dict[str, Any]]) -> Scores:
    return score(features(policy, **rows), policy)


def graded(policy: PolicyView = POLICY, previous: Grades | None = None, **rows: Any) -> Grades:
    return grade(scores(policy, **rows), policy, previous)


def made_up(rows: list[dict[str, Any]], as_of: dt.date = AS_OF) -> Features:
    """Features set by hand, without a register: what is not given is 0, or null where allowed."""
    from riskengine.features import FEATURES, SCHEMA

    blank = {f.name: f.when_none for f in FEATURES} | {"days_open": 3000}
    blank |= {"days_since_inspection": 100, "sector": "freight", "township": "", "vehicles": 10}
    full = [
        blank | {"enterprise_id": f"E{n}", "name": f"示例{n}"} | row for n, row in enumerate(rows)
    ]
    return Features(as_of, POLICY.digest, "register", pa.Table.from_pylist(full, SCHEMA))


TABLES = tuple(table_of_fields())
