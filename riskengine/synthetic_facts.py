"""What happens to the enterprises of the synthetic county, and when does the bureau learn of it?

Every function takes the hidden frame of `riskengine.synthetic` (one row per enterprise, with its
rates, its propensity and the days it lives through) and returns one table of the register.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator

YEAR_DAYS = 365.25
WEEKDAY = pd.offsets.BDay()
ITEMS = {
    "dangerous_goods": "未按规定使用电子运单",
    "passenger": "未按批准的线路运行",
    "station": "未按规定执行安检制度",
    "freight": "未按规定维护和检测运输车辆",
    "repair_major": "未按规定建立维修档案",
    "repair_minor": "未按规定公示维修价格",
    "driving_school": "未按大纲培训",
    "taxi": "未按规定使用计价器",
}
FINES = {"minor": 500, "general": 2000, "serious": 8000, "grave": 25000}
TIERS = ("minor", "general", "serious", "grave")
LEVELS = ("excellent", "good", "fair", "poor", "bad")


def later(rng: Generator, days: pd.Series, least: int, most: int) -> pd.Series:
    """Each day plus a lag of `least`–`most` days."""
    return days + pd.to_timedelta(rng.integers(least, most + 1, len(days)), unit="D")


def violations(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Cases of the penalty platform; about one in five is a first offence and exempt."""
    rows = _events(rng, firms, firms.violations * firms.propensity * firms.fleet_factor)
    tier = rng.choice(TIERS, len(rows), p=(0.46, 0.38, 0.14, 0.02))
    is_light = np.isin(tier, ("minor", "general"))
    since_last = rows.occurred_on.groupby(rows.enterprise_id).diff()
    is_first = ~(since_last < pd.Timedelta(days=365))
    disposition = np.select(
        [is_light & is_first & (rng.random(len(rows)) < 0.5),
         (tier == "minor") & (rng.random(len(rows)) < 0.15)],
        ["first_offence_exempt", "minor_exempt"], "penalised",
    )  # fmt: skip
    fine = pd.Series(tier).map(FINES).to_numpy() * rng.integers(4, 13, len(rows)) // 8
    return _numbered("AJ", rows).assign(
        known_on=later(rng, rows.occurred_on, 4, 60),
        item_code=rows.sector.map(ITEMS),
        tier=tier,
        disposition=disposition,
        count=1 + (rng.random(len(rows)) < 0.06),
        fine_cny=np.where(disposition == "penalised", fine // 100 * 100, 0),
        obstruction=(tier == "grave") & (rng.random(len(rows)) < 0.25),
    )


def hazards(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Hazards found; most are closed in time, later or never where the propensity is high."""
    rows = _events(rng, firms, firms.hazards * firms.propensity)
    size = len(rows)
    is_major = rng.random(size) < 0.015
    due_days = np.where(is_major, 30, 15)
    is_late = rng.random(size) < 0.33 + 0.1 * np.minimum(rows.propensity, 3)
    open_days = np.where(is_late, due_days + rng.gamma(1.2, 40, size), due_days * rng.random(size))
    found = _numbered("YH", rows).assign(
        known_on=later(rng, rows.occurred_on, 1, 7),
        level=np.where(is_major, "major", "general"),
        due_on=rows.occurred_on + pd.to_timedelta(due_days, unit="D"),
        closed_on=pd.NaT,
    )
    closed_on = rows.occurred_on + pd.to_timedelta(np.ceil(open_days).astype(int), unit="D")
    reported_on = np.maximum(later(rng, closed_on, 1, 5), found.known_on + pd.Timedelta(days=1))
    return pd.concat([found, found.assign(closed_on=closed_on, known_on=reported_on)])


def accidents(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Accidents by fleet and propensity; few are fatal."""
    rows = _events(rng, firms, 0.0016 * firms.vehicles * (0.5 + 0.5 * firms.propensity))
    size = len(rows)
    return _numbered("SG", rows).assign(
        known_on=later(rng, rows.occurred_on, 1, 30),
        deaths=(rng.random(size) < 0.06).astype(int),
        injuries=rng.poisson(0.6, size),
        liability=rng.choice(
            ("none", "minor", "equal", "major", "full"), size, p=(0.35, 0.2, 0.2, 0.15, 0.1)
        ),
    )


def complaints(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Calls to the hotlines; the more propensity, the more of them are upheld."""
    rows = _events(rng, firms, firms.complaints * (0.4 + 0.6 * firms.propensity))
    return _numbered("TS", rows).assign(
        known_on=later(rng, rows.occurred_on, 3, 20),
        channel=rng.choice(("12345", "12328"), len(rows)),
        upheld=rng.random(len(rows)) < 0.2 + 0.1 * np.minimum(rows.propensity, 3),
    )


def trainings(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Trainings of staff; enterprises of low propensity train more often."""
    rows = _events(rng, firms, 1.5 / (1 + firms.propensity) * (firms.drivers > 1))
    return _numbered("PX", rows).assign(
        known_on=later(rng, rows.occurred_on, 1, 15),
        topic=rng.choice(("安全生产", "应急处置", "职业道德", "法规更新"), len(rows)),
        people=np.ceil(rows.drivers * (0.4 + 0.6 * rng.random(len(rows)))).astype(int),
    )


def credit(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """The yearly assessment of service and credit, published at the end of May."""
    rows = _each(firms, "YS", month=5)
    worse = 1.3 * np.log1p(rows.propensity) + 0.6 * rng.standard_normal(len(rows))
    return _numbered("XY", rows).assign(
        known_on=later(rng, rows.occurred_on, 1, 10),
        scheme="质量信誉考核",
        level=np.array(LEVELS)[np.digitize(worse, (0.45, 0.95, 1.55, 2.3))],
    )


def monitoring(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Monthly figures of satellite positioning for the fleets that are watched."""
    rows = _each(firms[(firms.monitored_from > 0) & (firms.vehicles >= firms.monitored_from)], "ME")
    size = len(rows)
    slack = rows.propensity * rng.gamma(2.0, 0.5, size)
    return _numbered("DT", rows).assign(
        known_on=later(rng, rows.occurred_on, 4, 9),
        online_rate_bp=(9950 - 90 * slack).clip(6000).round().astype(int),
        track_completeness_bp=(9970 - 60 * slack).clip(6000).round().astype(int),
        speeding_milli=(160 * slack).round().astype(int),
        fatigue_seconds=(6 * slack).round().astype(int),
        offline_displacements=rng.poisson(0.15 * slack),
    )


def indicators(rng: Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Drivers who left within the year, in percent, of the firms with vehicles."""
    rows = _each(firms[firms.vehicles > 0], "YS", 12)
    left = 12 * rows.propensity * rng.gamma(4.0, 0.25, len(rows))
    return _numbered("ZB", rows).assign(
        known_on=later(rng, rows.occurred_on, 20, 60),
        name="驾驶员年流失率",
        value_milli=(1000 * left).clip(0, 100_000).round().astype(int),
    )


def inspections(rng: Generator, firms: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    """Visits with results that repeat: bad after bad is more likely than bad after good."""
    rows = pd.DataFrame(
        [visit for firm in firms.itertuples() for visit in _visits_of(rng, firm)],
        columns=["enterprise_id", "occurred_on", "kind", "is_bad"],
    ).sort_values(["occurred_on", "enterprise_id"], ignore_index=True)
    size = len(rows)
    clean = rng.choice(("no_problem", "no_activity", "unreachable"), size, p=(0.96, 0.03, 0.01))
    found = rng.choice(
        ("problem_corrected", "problem_pending", "obstructed"), size, p=(0.72, 0.275, 0.005)
    )
    result = np.where(rows.is_bad, found, clean)
    follow_up = {"problem_corrected": "order", "problem_pending": "case", "obstructed": "case"}
    return _numbered("JC", rows).assign(
        known_on=later(rng, rows.occurred_on, 0, 18),
        kind=rows.kind,
        mode=rng.choice(("on_site", "written", "online"), size, p=(0.84, 0.1, 0.06)),
        result=result,
        follow_up=pd.Series(result).map(follow_up).fillna("none"),
        score=np.where(rows.is_bad, rng.integers(50, 85, size), rng.integers(85, 101, size)),
        inspectors=_pairs(rng, staff, size),
    )


def _visits_of(rng: Generator, firm: Any) -> list[tuple[str, pd.Timestamp, str, bool]]:
    """One enterprise's visits in order: rounds at its sector's pace, a re-check after bad."""
    visits = []
    gap_days = YEAR_DAYS / firm.visits
    chance = 1 - np.exp(-0.25 * (0.3 + firm.propensity))
    day, was_bad, kind = rng.random() * gap_days, False, "routine"
    while day < firm.days:
        is_bad = rng.random() < min(0.85, chance * (1.9 if was_bad else 0.9))
        occurred_on = WEEKDAY.rollforward(firm.first_day + pd.Timedelta(days=int(day)))
        if occurred_on > firm.first_day + pd.Timedelta(days=firm.days):
            break
        visits.append((firm.enterprise_id, occurred_on, kind, bool(is_bad)))
        recheck = is_bad and kind != "case" and rng.random() < 0.4
        day += rng.integers(20, 61) if recheck else 1 + gap_days * rng.gamma(5.0, 0.2)
        kind = "case" if recheck else str(rng.choice(("routine", "special"), p=(0.9, 0.1)))
        was_bad = is_bad
    return visits


def _pairs(rng: Generator, staff: pd.DataFrame, size: int) -> list[str]:
    """Two different officers a visit, in the order of their numbers."""
    first = rng.integers(0, len(staff), size)
    second = (first + rng.integers(1, len(staff), size)) % len(staff)
    officers = staff.inspector_id.to_numpy()
    return [";".join(sorted(pair)) for pair in zip(officers[first], officers[second], strict=True)]


def _events(rng: Generator, firms: pd.DataFrame, yearly: pd.Series) -> pd.DataFrame:
    """Poisson many events per enterprise, spread evenly over the days it lives through."""
    rows = firms.loc[firms.index.repeat(rng.poisson(yearly * firms.days / YEAR_DAYS))]
    offset = (rng.random(len(rows)) * rows.days).astype(int)
    rows = rows.assign(occurred_on=rows.first_day + pd.to_timedelta(offset, unit="D"))
    return rows.sort_values(["occurred_on", "enterprise_id"], ignore_index=True)


def _each(firms: pd.DataFrame, frequency: str, month: int | None = None) -> pd.DataFrame:
    """One row per enterprise and month end (`ME`), or per year at the end of `month` (`YS`)."""
    last = firms.first_day + pd.to_timedelta(firms.days, unit="D")
    ends = pd.date_range(firms.first_day.min(), last.max(), freq="ME")
    if month is not None:
        ends = ends[ends.month == month]
    rows = firms.assign(last_day=last).merge(pd.DataFrame({"occurred_on": ends}), how="cross")
    return rows[
        (rows.occurred_on >= rows.first_day) & (rows.occurred_on <= rows.last_day)
    ].reset_index(drop=True)


def _numbered(prefix: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The columns every fact has, numbered in order of the day."""
    return pd.DataFrame(
        {
            "fact_id": [f"SL{prefix}{n:06d}" for n in range(1, len(rows) + 1)],
            "enterprise_id": rows.enterprise_id,
            "occurred_on": rows.occurred_on,
        }
    )
