"""Which facts of the register weigh on each enterprise, as integers, as of a date?

`measure` is one Ibis expression: per source table one aggregate, joined to the open enterprises.
Integers only: floating sums differ from engine to engine and from run to run, so a fact's age is
turned into an integer weight by a lookup table. The list `FEATURES` is the table of contents.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from riskengine.facts import MICRO, age_days, facts_of, today_of
from riskengine.record import (
    INSPECTED,
    days_since_finding,
    everywhere_finding_bp,
    finding_share_bp,
    findings_known,
    general_per_visit_milli,
    last_visit_found,
    last_visit_general,
    last_visit_minor,
    last_visit_pending,
    last_visit_score,
    last_visit_serious,
    least_score,
    looked_at,
    mean_score_centi,
    minor_per_visit_milli,
    pendings_known,
    sector_finding_bp,
    shares_around,
    township_finding_bp,
    township_lately_bp,
    township_of,
    visit_before_found,
    visit_before_score,
    visits_known,
    visits_of,
    with_order,
)
from riskengine.rules import FeatureRules, PolicyView, Title

if TYPE_CHECKING:
    import ibis

    from riskengine.register import Known

# what the names of the features say: "…_year", "exempt", "liable", "inspection"
YEAR_DAYS = 365
EXEMPT = ("first_offence_exempt", "minor_exempt")
LIABLE = ("equal", "major", "full")
CREDIT_LEVELS = ("excellent", "good", "fair", "poor", "bad")

Unit = Literal[
    "micro", "micro_per_vehicle", "count", "hazards", "people", "days", "seconds", "bp", "milli",
    "level", "points", "centi",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """One row per enterprise not closed at `as_of`, sorted by enterprise_id.

    table
        enterprise_id, name, sector, township ("" when unknown), vehicles (null when unknown),
        then one int64 column per feature (`features_for`).
    """

    as_of: dt.date
    policy_digest: str
    register_digest: str
    table: pa.Table


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: what is measured, from which table, in which unit and direction.

    measure
        From the prepared facts of `source` to one aggregate (see `facts_of`).
    unit
        "micro" is a decayed count, one fresh fact = 1,000,000; "micro_per_vehicle" is divided by
        the vehicles; "bp" is 1/10000, "milli" 1/1000, "level" 0 (best) to 4.
    worse
        "up" when more of it is a higher risk.
    when_none
        The value of an enterprise without such facts: 0, or None for "no data".
    """

    measure: Callable[[Any], Any]
    source: str
    unit: Unit
    worse: Literal["up", "down"]
    zh: str
    en: str
    when_none: int | None = 0

    @property
    def name(self) -> str:
        return self.measure.__name__

    @property
    def title(self) -> Title:
        return Title(self.zh, self.en)


def measure(known: Known, policy: PolicyView, engine: Any = None) -> Features:
    """Measure every feature of every open enterprise.

    Parameters
    ----------
    known
        The register as it was known before `known.as_of`.
    policy
        Half-lives, window and exposure floor: ``scorecard.features``.
    engine
        An Ibis backend; DuckDB in this process when None.
    """
    import ibis  # takes over a second to import, and only this stage needs it

    engine = engine or ibis.duckdb.connect()
    tables = {name: ibis.memtable(table) for name, table in known.tables.items()}
    features = features_for(policy)
    found = expression(tables, policy.scorecard.features, as_of=known.as_of, features=features)
    # sorted here because engines collate text differently
    table = engine.to_pyarrow(found).cast(schema_for(features)).sort_by("enterprise_id")
    return Features(known.as_of, policy.digest, known.digest, table)


def features_for(policy: PolicyView) -> tuple[Feature, ...]:
    """`FEATURES`, and of `RECORD` what the policy scores or makes a veto of."""
    named = {item.feature for item in policy.scorecard.items}
    named |= {veto.feature for veto in policy.grades.vetoes}
    return (*FEATURES, *(feature for feature in RECORD if feature.name in named))


def expression(
    tables: Mapping[str, ibis.Table],
    rules: FeatureRules,
    *,
    as_of: dt.date | None,
    features: Sequence[Feature] | None = None,
) -> ibis.Table:
    """The whole measurement as one unexecuted Ibis expression over the tables of the register.

    as_of
        None where every row of every table carries its own day (`riskengine.panel`).
    features
        `FEATURES` without it.
    """
    features = FEATURES if features is None else features
    enterprises = tables["enterprises"]
    today = today_of(enterprises, as_of)
    result = enterprises.filter(enterprises.closed_on.isnull())
    result = result.mutate(
        township=township_of(result),
        age_days=age_days(result.opened_on, today),
        exposure=exposure(result.vehicles, rules.least_vehicles),
    )
    result = result.mutate(**{f.name: f.measure(result) for f in of(features, "enterprises")})
    for source in dict.fromkeys(f.source for f in features if f.source not in WHOLE):
        facts = prepared(source, tables, rules, as_of)
        sums = {f.name: f.measure(facts) for f in of(features, source)}
        sums = facts.group_by("enterprise_id").aggregate(**sums)
        result = result.left_join(sums, "enterprise_id", rname="{name}_of_" + source)
    if of(features, "around"):
        looked = tables.get("looked")
        if looked is None:
            visits = visits_of(tables["inspections"], tables["violations"], rules.record)
            looked = looked_at(visits, enterprises)
        result = shares_around(result, looked, rules.record, as_of)
    return result.select(*NAMING, *[column(result, f) for f in features])


def prepared(
    source: str, tables: Mapping[str, ibis.Table], rules: FeatureRules, as_of: dt.date | None
) -> ibis.Table:
    """The facts a feature sums: a table of the register, or the visits in their order."""
    if source != "visits":
        return facts_of(source, tables[source], rules, as_of)
    visits = visits_of(tables["inspections"], tables["violations"], rules.record)
    return with_order(visits, rules.record.own, today_of(visits, as_of))


def exposure(vehicles: Any, least: int) -> Any:
    """Vehicles to divide by: at least `least`, which also stands for an unknown number."""
    return (vehicles > least).ifelse(vehicles, least)


def column(joined: ibis.Table, feature: Feature) -> Any:
    value = joined[feature.name]
    if feature.when_none is not None:
        value = value.fill_null(feature.when_none)
    if feature.unit == "micro_per_vehicle":
        value = value // joined.exposure
    return value.cast("int64").name(feature.name)


def penalised(violations: Any) -> Any:
    """Weights of penalised violations; first-offence and minor exemptions are not penalties."""
    is_penalty = violations.disposition == "penalised"
    return is_penalty.ifelse(violations.weight * violations["count"], 0)


def penalties_minor(violations: Any) -> Any:
    return penalised(violations).sum(where=violations.tier == "minor")


def penalties_general(violations: Any) -> Any:
    return penalised(violations).sum(where=violations.tier == "general")


def penalties_serious(violations: Any) -> Any:
    return penalised(violations).sum(where=violations.tier == "serious")


def penalties_grave(violations: Any) -> Any:
    return penalised(violations).sum(where=violations.tier == "grave")


def penalties_per_vehicle_micro(violations: Any) -> Any:
    return penalised(violations).sum()


def obstructions(violations: Any) -> Any:
    is_penalty = violations.disposition == "penalised"
    return violations.weight.sum(where=violations.obstruction & is_penalty)


def exempt_count_year(violations: Any) -> Any:
    is_exempt = violations.disposition.isin(EXEMPT)
    return violations["count"].sum(where=is_exempt & within_year(violations))


def general_hazards_open(hazards: Any) -> Any:
    return (hazards.is_open & (hazards.level == "general")).sum()


def major_hazards_open(hazards: Any) -> Any:
    return (hazards.is_open & (hazards.level == "major")).sum()


def hazards_overdue(hazards: Any) -> Any:
    """Open past the day: as heavy as a fresh fact, every day. Closed late: decays from closing."""
    return hazards.is_overdue.ifelse(MICRO, hazards.was_late.ifelse(hazards.weight, 0)).sum()


def accidents_liable(accidents: Any) -> Any:
    return accidents.weight.sum(where=accidents.liability.isin(LIABLE))


def deaths_liable_year(accidents: Any) -> Any:
    return accidents.deaths.sum(where=accidents.liability.isin(LIABLE) & within_year(accidents))


def injuries_per_vehicle_micro(accidents: Any) -> Any:
    injured = accidents.weight * accidents.injuries
    return injured.sum(where=accidents.liability.isin(LIABLE))


def complaints_upheld(complaints: Any) -> Any:
    return complaints.weight.sum(where=complaints.upheld)


def complaints_per_vehicle_micro(complaints: Any) -> Any:
    return complaints.weight.sum(where=complaints.upheld)


def credit_level(credit: Any) -> Any:
    levels = [(level, rank) for rank, level in enumerate(CREDIT_LEVELS)]
    return credit.level.cases(*levels).max()


def online_rate_bp(monitoring: Any) -> Any:
    return mean(monitoring.online_rate_bp)


def track_completeness_bp(monitoring: Any) -> Any:
    return mean(monitoring.track_completeness_bp)


def speeding_milli(monitoring: Any) -> Any:
    return mean(monitoring.speeding_milli)


def fatigue_seconds(monitoring: Any) -> Any:
    return mean(monitoring.fatigue_seconds)


def offline_displacements(monitoring: Any) -> Any:
    return mean(monitoring.offline_displacements)


def trainings_people_year(trainings: Any) -> Any:
    return trainings.people.sum(where=within_year(trainings))


def inspections_bad(inspections: Any) -> Any:
    return inspections.weight.sum(where=inspections.is_bad)


def inspections_clean_streak(inspections: Any) -> Any:
    is_clean = inspections.recent & (inspections.result == "no_problem")
    since_bad = inspections.bad_age_days.isnull() | (
        inspections.age_days < inspections.bad_age_days
    )
    return (is_clean & since_bad).sum()


def days_since_inspection(inspections: Any) -> Any:
    return inspections.age_days.min(where=inspections.result.isin(INSPECTED))


def days_open(enterprises: Any) -> Any:
    return enterprises.age_days


def within_year(facts: Any) -> Any:
    return facts.age_days.between(1, YEAR_DAYS)


def mean(values: Any) -> Any:
    """The integer mean, rounded down, of the values that are there; null when none is."""
    return values.sum() // values.count().nullif(0)


FEATURES: tuple[Feature, ...] = (
    Feature(penalties_minor, "violations", "micro", "up",
            "轻微违法处罚", "Penalised minor violations"),
    Feature(penalties_general, "violations", "micro", "up",
            "一般违法处罚", "Penalised general violations"),
    Feature(penalties_serious, "violations", "micro", "up",
            "严重违法处罚", "Penalised serious violations"),
    Feature(penalties_grave, "violations", "micro", "up",
            "特别严重违法处罚", "Penalised grave violations"),
    Feature(penalties_per_vehicle_micro, "violations", "micro_per_vehicle", "up",
            "车均违法处罚", "Penalised violations per vehicle"),
    Feature(obstructions, "violations", "micro", "up",
            "阻挠执法", "Obstruction of enforcement"),
    Feature(exempt_count_year, "violations", "count", "up",
            "一年内免罚", "Exempted violations within a year"),
    Feature(general_hazards_open, "hazards", "hazards", "up",
            "未整改的一般隐患", "Open general hazards"),
    Feature(major_hazards_open, "hazards", "hazards", "up",
            "未整改的重大隐患", "Open major hazards"),
    Feature(hazards_overdue, "hazards", "micro", "up",
            "逾期整改的隐患", "Hazards mended late or overdue"),
    Feature(accidents_liable, "accidents", "micro", "up",
            "负同等以上责任的事故", "Accidents with equal or greater liability"),
    Feature(deaths_liable_year, "accidents", "people", "up",
            "一年内责任事故死亡", "Deaths in liable accidents within a year"),
    Feature(injuries_per_vehicle_micro, "accidents", "micro_per_vehicle", "up",
            "车均责任事故受伤", "Injuries in liable accidents per vehicle"),
    Feature(complaints_upheld, "complaints", "micro", "up",
            "属实投诉", "Upheld complaints"),
    Feature(complaints_per_vehicle_micro, "complaints", "micro_per_vehicle", "up",
            "车均属实投诉", "Upheld complaints per vehicle"),
    Feature(credit_level, "credit", "level", "up",
            "信用等级", "Credit level", when_none=None),
    Feature(online_rate_bp, "monitoring", "bp", "down",
            "车辆上线率", "Share of vehicles online", when_none=None),
    Feature(track_completeness_bp, "monitoring", "bp", "down",
            "轨迹完整率", "Share of complete tracks", when_none=None),
    Feature(speeding_milli, "monitoring", "milli", "up",
            "车均超速次数", "Speedings per vehicle", when_none=None),
    Feature(fatigue_seconds, "monitoring", "seconds", "up",
            "车均疲劳驾驶时长", "Fatigued driving per vehicle", when_none=None),
    Feature(offline_displacements, "monitoring", "count", "up",
            "离线位移", "Displacements while offline", when_none=None),
    Feature(trainings_people_year, "trainings", "people", "down",
            "一年内参加培训", "People trained within a year"),
    Feature(inspections_bad, "inspections", "micro", "up",
            "检查发现问题", "Inspections with findings"),
    Feature(inspections_clean_streak, "inspections", "count", "down",
            "连续检查未发现问题", "Clean inspections in a row"),
    Feature(days_since_inspection, "inspections", "days", "up",
            "距上次检查", "Time since the last inspection", when_none=None),
    Feature(days_open, "enterprises", "days", "down",
            "开业时长", "Time since opening", when_none=None),
)  # fmt: skip

RECORD: tuple[Feature, ...] = (
    Feature(visits_known, "visits", "count", "up",
            "检查次数", "Visits on record"),
    Feature(findings_known, "visits", "count", "up",
            "查出问题的检查", "Visits with a finding"),
    Feature(finding_share_bp, "visits", "bp", "up",
            "查出问题的比例", "Share of visits with a finding", when_none=None),
    Feature(days_since_finding, "visits", "days", "down",
            "距上次查出问题", "Time since the last finding", when_none=None),
    Feature(last_visit_found, "visits", "count", "up",
            "上次检查查出问题", "Finding at the last visit", when_none=None),
    Feature(visit_before_found, "visits", "count", "up",
            "上上次检查查出问题", "Finding at the visit before", when_none=None),
    Feature(last_visit_pending, "visits", "count", "up",
            "上次检查待整改", "Last visit left something to mend", when_none=None),
    Feature(pendings_known, "visits", "count", "up",
            "待整改的检查", "Visits that left something to mend"),
    Feature(last_visit_serious, "visits", "count", "up",
            "上次检查的严重违法", "Serious violations at the last visit", when_none=None),
    Feature(last_visit_general, "visits", "count", "up",
            "上次检查的一般违法", "General violations at the last visit", when_none=None),
    Feature(last_visit_minor, "visits", "count", "up",
            "上次检查的轻微违法", "Minor violations at the last visit", when_none=None),
    Feature(general_per_visit_milli, "visits", "milli", "up",
            "平均每次检查的一般违法", "General violations per visit", when_none=None),
    Feature(minor_per_visit_milli, "visits", "milli", "up",
            "平均每次检查的轻微违法", "Minor violations per visit", when_none=None),
    Feature(last_visit_score, "visits", "points", "down",
            "上次检查得分", "Score of the last visit", when_none=None),
    Feature(visit_before_score, "visits", "points", "down",
            "上上次检查得分", "Score of the visit before", when_none=None),
    Feature(mean_score_centi, "visits", "centi", "down",
            "历次检查平均得分", "Mean score of the visits", when_none=None),
    Feature(least_score, "visits", "points", "down",
            "历次检查最低得分", "Least score of the visits", when_none=None),
    Feature(township_finding_bp, "around", "bp", "up",
            "同乡镇查出问题的比例", "Share of visits with a finding in the township"),
    Feature(township_lately_bp, "around", "bp", "up",
            "同乡镇近来查出问题的比例", "Share of late visits with a finding in the township"),
    Feature(sector_finding_bp, "around", "bp", "up",
            "同行业查出问题的比例", "Share of visits with a finding in the sector"),
    Feature(everywhere_finding_bp, "around", "bp", "up",
            "全部企业查出问题的比例", "Share of visits with a finding everywhere"),
)  # fmt: skip

FEATURE: dict[str, Feature] = {feature.name: feature for feature in (*FEATURES, *RECORD)}
AROUND = tuple(feature.name for feature in RECORD if feature.source == "around")
NAMING = ("enterprise_id", "name", "sector", "township", "vehicles")
WHOLE = ("enterprises", "around")
"""Sources that are no table of facts."""


def schema_for(features: Sequence[Feature]) -> pa.Schema:
    """The columns of `Features.table`."""
    naming = [(name, pa.int64() if name == "vehicles" else pa.string()) for name in NAMING]
    return pa.schema(naming + [(feature.name, pa.int64()) for feature in features])


def of(features: Sequence[Feature], source: str) -> list[Feature]:
    return [feature for feature in features if feature.source == source]


SCHEMA = schema_for(FEATURES)
