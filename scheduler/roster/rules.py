"""Which rules does a roster keep, and what does the register say about its officers?

Each rule has one name: `check` judges it, `days` and `people` model it, its test carries it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from riskengine.policy import RosterRules, Title
from riskengine.register import Known


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its name, and how it is called before people."""

    name: str
    title: Title


def _rule(name: str, zh: str, en: str) -> Rule:
    return Rule(name, Title(zh, en))


RULES: tuple[Rule, ...] = (
    _rule("two_officers", "每条路线两名不同的执法人员", "Two different officers on every route"),
    _rule("valid_certificate", "执法证当日有效", "Certificate valid on the day"),
    _rule("training_hours", "培训学时达标", "Enough training hours"),
    _rule("lead_licence", "组长具备全部行业资格", "The lead is licensed for every sector"),
    _rule(
        "seat_licence",
        "两人合起来具备全部行业资格",
        "The two are licensed for every sector together",
    ),
    _rule("pair_ban", "不得同组的两人不同组", "Officers who may not go together do not"),
    _rule("avoidance", "应当回避的不派", "No officer visits an enterprise he or she must avoid"),
    _rule("leave", "请假人员不派", "Nobody is sent while on leave"),
    _rule("one_route_a_day", "每人每天至多一条路线", "One route per officer and day"),
    _rule("field_days_most", "每人每月外勤天数上限", "Most field days per officer"),
    _rule("field_days_spread", "外勤天数均衡", "Field days shared fairly"),
    _rule("working_hours", "在工作时间内往返", "Out and back within working hours"),
    _rule("lunch", "午休", "Lunch break"),
    _rule("travel", "路途时间相符", "Times fit the travel times"),
    _rule("visit_minutes", "检查时长相符", "Time on site or at the desk as the rule asks"),
    _rule("visit_mode", "检查方式相符", "On site, written or online as the rule asks"),
    _rule("time_window", "在企业接待时段内开始", "Visits begin within the visiting hours"),
    _rule("closed_day", "企业停业歇业日不去", "No visit on a day the enterprise is closed"),
    _rule("half_day", "上午、下午各成一段", "Out before lunch or after it, not both"),
    _rule(
        "joint_visit",
        "联合检查按约定的日期和时刻",
        "Joint visits on the day and at the hour agreed with the other office",
    ),
    _rule("once", "每户每月至多一次", "No enterprise twice in the month"),
    _rule("drawn_only", "只去抽中或应查的企业", "Only enterprises drawn or due"),
    _rule(
        "accounted",
        "抽中和应查的，或已安排或列为欠查",
        "Everything drawn or due is planned or owed",
    ),
    _rule("yearly_cap", "不超过年度检查频次上限", "No routine visit beyond the yearly cap"),
    _rule(
        "coverage_least",
        "各行业当月至少查到的比例",
        "The least share of a sector's visits is made, or the shortfall is stated",
    ),
    _rule("workday", "只在工作日", "On workdays only"),
    _rule("most_visits_a_day", "每队每天户数上限", "Most visits per team and day"),
    _rule("vehicles", "车辆够用", "Enough vehicles for the teams of a day"),
    _rule(
        "holiday_peak",
        "高峰时段日常检查减量",
        "Fewer routine routes on the days of a holiday peak",
    ),
)
"""Every rule of the roster, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Officer:
    """What the register says about one officer.

    certificate
        Empty where none is on record.
    expires_on
        Last day the certificate is valid; none where not on record.
    training_hours
        This year's hours; none where not on record.
    share_bp
        Working share in 1/10000.
    away
        First and last day of each absence.
    apart_from
        Officers he or she may not go with; they name this one in return.
    """

    inspector_id: str
    name: str
    certificate: str
    expires_on: dt.date | None
    sectors: frozenset[str]
    training_hours: int | None
    share_bp: int
    away: tuple[tuple[dt.date, dt.date], ...]
    avoids: frozenset[str]
    apart_from: frozenset[str] = frozenset()


def officers_of(known: Known) -> tuple[Officer, ...]:
    """Everyone in the register's table of inspectors, sorted by number."""
    away: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for row in known.tables["absences"].to_pylist():
        away.setdefault(row["inspector_id"], []).append((row["from_on"], row["to_on"]))
    avoids: dict[str, set[str]] = {}
    for row in known.tables["avoidances"].to_pylist():
        avoids.setdefault(row["inspector_id"], set()).add(row["enterprise_id"])
    apart: dict[str, set[str]] = {}
    for row in known.tables["pair_bans"].to_pylist():
        apart.setdefault(row["inspector_id"], set()).add(row["other_id"])
        apart.setdefault(row["other_id"], set()).add(row["inspector_id"])
    return tuple(
        Officer(
            inspector_id=(key := row["inspector_id"]),
            name=row["name"] or key,
            certificate=row["certificate"] or "",
            expires_on=row["certificate_expires_on"],
            sectors=frozenset(filter(None, (row["sectors"] or "").split(";"))),
            training_hours=row["training_hours"],
            share_bp=10_000 if row["working_share_bp"] is None else row["working_share_bp"],
            away=tuple(sorted(away.get(key, ()))),
            avoids=frozenset(avoids.get(key, ())),
            apart_from=frozenset(apart.get(key, ())),
        )
        for row in sorted(
            known.tables["inspectors"].to_pylist(), key=lambda row: str(row["inspector_id"])
        )
    )


def most_field_days(officer: Officer, field_days_most: int) -> int:
    """The monthly limit of field days of one officer, by working share, rounded up.

    >>> half = Officer("a", "a", "", None, frozenset(), None, 5000, (), frozenset())
    >>> most_field_days(half, 15)
    8
    """
    return -(-field_days_most * officer.share_bp // 10_000)


def fair_least(least: int, free_days: int, days: int) -> int:
    """Field days an officer owes when a full-time colleague owes `least`: by days free, floored.

    >>> fair_least(6, free_days=10, days=20)
    3
    """
    return least * free_days // max(days, 1)


def spans(rules: RosterRules) -> tuple[tuple[int, int], ...]:
    """When a team may leave the base and has to be back: the whole day, or its two halves.

    The halves do not overlap, so that one car serves both. Who is back when the first ends can
    still begin lunch in its time, and who leaves when the second begins has had it.
    """
    if rules.day_split == "whole":
        return ((rules.day_start_minute, rules.day_end_minute),)
    noon = rules.lunch_latest_minute
    after = max(noon, rules.lunch_earliest_minute + rules.lunch_minutes)
    return (rules.day_start_minute, noon), (after, rules.day_end_minute)


def clock(minute: int) -> str:
    """A minute of the day as people write it.

    >>> clock(510)
    '08:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def pairs_left(pairs: int, routine_permille: int) -> int:
    """Pairs a holiday peak leaves for routine routes of a day; rounded up, for a squad of one pair.

    >>> pairs_left(7, 500), pairs_left(1, 500), pairs_left(7, 0)
    (4, 1, 0)
    """
    return -(-pairs * routine_permille // 1000)
