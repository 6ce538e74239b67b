"""What does a county's register look like, when no real one may be shown?

A made-up county the size of 藁城: its towns are real, every enterprise, officer and event is not,
and every name says so (示例). Each enterprise has a hidden propensity; violations, hazards,
complaints, accidents, credit and the results of visits follow from it, so that grades have
something true to find. The rates below shape this fiction; none of them is a rule.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.random import Generator
from stdnum.cn import uscc

from riskengine import synthetic_facts as made_up
from riskengine import synthetic_plans as ahead
from riskengine.register import Register, register_from_tables
from riskengine.synthetic_facts import later


@dataclass(frozen=True, slots=True)
class SectorShape:
    """How one sector of the synthetic county behaves.

    weight
        Enterprises of the sector among `COUNTY_SIZE`.
    vehicles, spread
        Median and log-spread of the fleet; 0 means the sector runs no vehicles.
    violations, hazards, complaints, visits
        Mean events per enterprise and year.
    monitored_from
        Least fleet that is watched by satellite positioning; 0 means none.
    licensed
        Share of officers who may lead a visit in the sector.
    """

    sector: str
    word: str
    weight: int
    vehicles: int
    spread: float
    violations: float
    hazards: float
    complaints: float
    visits: float
    monitored_from: int
    licensed: float


SHAPES = (
    SectorShape("dangerous_goods", "危货运输部", 14, 14, 0.7, 0.9, 1.6, 0.2, 2.0, 1, 0.4),
    SectorShape("passenger", "客运部", 5, 30, 0.6, 1.2, 1.2, 1.5, 2.0, 1, 0.4),
    SectorShape("station", "客运站", 3, 0, 0.0, 0.3, 1.0, 0.8, 1.5, 0, 0.4),
    SectorShape("freight", "货运服务部", 420, 4, 1.1, 0.37, 1.3, 0.08, 0.8, 12, 0.8),
    SectorShape("freight", "个体货运户", 107, 1, 0.0, 0.22, 0.8, 0.03, 0.7, 0, 0.8),
    SectorShape("repair_major", "汽车修理厂", 70, 0, 0.0, 0.2, 1.6, 0.6, 0.9, 0, 0.65),
    SectorShape("repair_minor", "汽修门市", 560, 0, 0.0, 0.13, 1.2, 0.45, 0.75, 0, 0.65),
    SectorShape("driving_school", "驾校", 16, 18, 0.6, 0.35, 0.6, 1.2, 1.2, 0, 0.65),
    SectorShape("taxi", "出租车行", 5, 60, 0.5, 1.5, 0.6, 3.0, 1.2, 1, 0.4),
)
COUNTY_SIZE = sum(shape.weight for shape in SHAPES)
LICENCES = (("freight",), ("passenger", "station", "taxi"), ("dangerous_goods",),
            ("repair_major", "repair_minor"), ("driving_school",))  # fmt: skip
OTHER_OFFICES = (("示例应急管理局", "安全生产检查"), ("示例公安交警大队", "重点车辆检查"))
SQUADS = ("示例一中队", "示例二中队", "示例三中队")


def synthetic_register(
    rng: Generator,
    *,
    enterprises: int = COUNTY_SIZE,
    officers: int = 20,
    start: dt.date = dt.date(2023, 11, 1),
    until: dt.date = dt.date(2026, 11, 30),
    appointments: int | None = None,
) -> Register:
    """A plausible county: its enterprises, three years of events, and the squad that visits them.

    Parameters
    ----------
    rng
        The same generator state gives the same register.
    enterprises, officers
        Sizes; every sector keeps at least one enterprise.
    start, until
        First and last day of the history; nothing becomes known after `until`, but leave and
        certificates look ahead.
    appointments
        Enterprises with a joint visit agreed for the month after; by default one in sixty.
    """
    return register_from_tables(
        synthetic_tables(
            rng,
            enterprises=enterprises,
            officers=officers,
            start=start,
            until=until,
            appointments=appointments,
        )
    )


def small_register(rng: Generator) -> Register:
    """The size of the real joint draw of 2024: 30 enterprises, 8 officers (藁城, report A)."""
    return synthetic_register(rng, enterprises=30, officers=8)


def synthetic_tables(
    rng: Generator,
    *,
    enterprises: int,
    officers: int,
    start: dt.date,
    until: dt.date,
    appointments: int | None = None,
) -> dict[str, pd.DataFrame]:
    """The rows of `synthetic_register` as the bureau would type them in."""
    streams = iter(rng.spawn(16))
    firms = _firms(next(streams), enterprises, start, until)
    staff = _officers(next(streams), officers, start, until)
    violations = made_up.violations(next(streams), firms)
    agreed = max(1, enterprises // 60) if appointments is None else appointments
    pool = _pool(max(1, officers * 9 // 20), start)
    tables = {
        "enterprises": _versions_of(firms),
        "violations": violations,
        "hazards": made_up.hazards(next(streams), firms),
        "accidents": made_up.accidents(next(streams), firms),
        "credit": made_up.credit(next(streams), firms),
        "complaints": made_up.complaints(next(streams), firms),
        "trainings": made_up.trainings(next(streams), firms),
        "monitoring": made_up.monitoring(next(streams), firms),
        "inspections": made_up.inspections(next(streams), firms, staff),
        "inspectors": staff,
        "absences": _absences(next(streams), staff, until),
        "avoidances": _avoidances(next(streams), staff, firms, start),
        "pair_bans": _pair_bans(staff, start),
        "vehicles_pool": pool,
        "vehicle_absences": ahead.vehicle_absences(pool, until),
        "joint_plans": _joint_plans(next(streams), firms, until),
        **ahead.doors(next(streams), firms, until),
        "appointments": ahead.appointments(next(streams), firms, until, agreed, OTHER_OFFICES),
        "case_files": _case_files(violations, staff, until),
        "reviewers": _reviewers(staff, start),
        "indicators": made_up.indicators(next(streams), firms),
    }
    return {name: rows[rows.known_on <= pd.Timestamp(until)] for name, rows in tables.items()}


def _firms(rng: Generator, enterprises: int, start: dt.date, until: dt.date) -> pd.DataFrame:
    """One row per enterprise: what the register will say, and what only the fiction knows."""
    counts = apportion([shape.weight for shape in SHAPES], enterprises)
    firms = pd.DataFrame([shape for shape, n in zip(SHAPES, counts, strict=True) for _ in range(n)])
    size = len(firms)
    number = range(1, size + 1)
    town = _towns().iloc[_town_numbers(rng, size)].reset_index(drop=True)
    fleet = firms.vehicles * np.exp(firms.spread * rng.standard_normal(size))
    firms["fleet_factor"] = np.where(firms.vehicles > 0, fleet / firms.vehicles.clip(1), 1.0) ** 0.6
    firms["vehicles"] = np.where(firms.vehicles > 0, np.ceil(fleet).clip(1, 400), 0).astype(int)
    firms["drivers"] = np.where(
        firms.vehicles > 0, np.ceil(firms.vehicles * 1.2), rng.integers(1, 15, size)
    ).astype(int)
    firms["enterprise_id"] = [
        _identity(n, word) for n, word in zip(number, firms.word, strict=True)
    ]
    firms["name"] = [
        f"示例·{place}{word}{n:03d}"
        for place, word, n in zip(town.name, firms.word, number, strict=True)
    ]
    firms["township"] = town.name
    firms["address"] = town.name + pd.Series([f"示例路{n}号" for n in number])
    # about 2 km around the town's point, rounded to 10 m
    firms["longitude"] = (town.longitude + rng.normal(0, 0.020, size)).round(4)
    firms["latitude"] = (town.latitude + rng.normal(0, 0.016, size)).round(4)
    firms["propensity"] = rng.gamma(1.1, 1 / 1.1, size)
    return firms.assign(**_lifetimes(rng, size, start, until)).drop(columns=["weight", "spread"])


def apportion(weights: list[int], total: int) -> list[int]:
    """Whole numbers in proportion to `weights`, at least one each.

    >>> apportion([6, 3, 1], 10), apportion([98, 1, 1], 5)
    ([6, 3, 1], [3, 1, 1])
    """
    shares = [weight * total / sum(weights) for weight in weights]
    counts = [max(1, int(share)) for share in shares]
    places = range(len(weights))
    while sum(counts) < total:
        counts[max(places, key=lambda i: shares[i] - counts[i])] += 1
    while sum(counts) > max(total, len(weights)):
        counts[max(places, key=lambda i: (counts[i] > 1, counts[i] - shares[i]))] -= 1
    return counts


def _towns() -> pd.DataFrame:
    with files("riskengine").joinpath("towns_gaocheng.csv").open(encoding="utf-8") as source:
        return pd.read_csv(source, comment="#")


def _town_numbers(rng: Generator, size: int) -> np.ndarray:
    share = _towns().share_permille.to_numpy()
    return rng.choice(len(share), size, p=share / share.sum())


def _identity(number: int, word: str) -> str:
    """A code with a right check character, or, for some sole traders, a licence number."""
    if word in {"个体货运户", "汽修门市"} and number % 4 == 0:
        return f"SL130109{number:06d}"
    body = f"{'92' if word in {'个体货运户', '汽修门市'} else '91'}130109MAX{number:06d}"
    return body + str(uscc.calc_check_digit(body))


def _lifetimes(rng: Generator, size: int, start: dt.date, until: dt.date) -> dict[str, object]:
    """Opening, closing, and the part of the history each enterprise lives through."""
    history = (until - start).days
    is_newcomer = rng.random(size) < 0.08
    age = np.where(is_newcomer, -rng.integers(0, history - 30, size), rng.integers(30, 5500, size))
    opened = _days(start, -age)
    is_closed = rng.random(size) < 0.07
    closed = _days(start, np.maximum(-age, 0) + rng.integers(60, history, size))
    closed = pd.Series(np.where(is_closed, closed, np.datetime64("NaT")), dtype="datetime64[s]")
    closed = closed.where(closed <= pd.Timestamp(until))
    first = opened.clip(lower=pd.Timestamp(start))
    last = closed.fillna(pd.Timestamp(until))
    return {
        "opened_on": opened,
        "closed_on": closed,
        "known_on": later(rng, opened, 3, 25),
        "closing_known_on": later(rng, closed, 10, 60),
        "first_day": first,
        "days": (last - first).dt.days.clip(lower=1),
    }


def _days(start: dt.date, offsets: np.ndarray) -> pd.Series:
    return pd.Series(np.datetime64(start, "s") + offsets.astype("timedelta64[D]"))


def _versions_of(firms: pd.DataFrame) -> pd.DataFrame:
    """A first row when the enterprise is licensed, and a second one when its closing is known."""
    columns = ["enterprise_id", "name", "sector", "township", "address", "longitude", "latitude",
               "vehicles", "drivers", "opened_on", "closed_on", "known_on"]  # fmt: skip
    closings = firms[firms.closed_on.notna()].assign(known_on=firms.closing_known_on)
    return pd.concat([firms.assign(closed_on=pd.NaT)[columns], closings[columns]])


def _officers(rng: Generator, size: int, start: dt.date, until: dt.date) -> pd.DataFrame:
    """Three squads at one base; one certificate has lapsed and one will lapse in mid-month."""
    number = np.arange(1, size + 1)
    base = _towns().iloc[0]
    sectors: list[set[str]] = [set() for _ in number]
    share = {shape.sector: shape.licensed for shape in SHAPES}
    for family in LICENCES:
        holders = min(size, max(2, round(share[family[0]] * size)))
        for officer in rng.permutation(size)[:holders]:
            sectors[officer] |= set(family)
    lapsed, lapsing = rng.permutation(size)[:2]
    expires = _days(until, rng.integers(200, 1500, size))
    expires[lapsed] = pd.Timestamp(until) - pd.Timedelta(days=40)
    expires[lapsing] = pd.Timestamp((until + dt.timedelta(days=1)).replace(day=15))
    return pd.DataFrame(
        {
            "inspector_id": [f"SL{n:02d}" for n in number],
            "name": [f"示例员{n:02d}" for n in number],
            "certificate": [f"示例证{130109000 + n}" for n in number],
            "certificate_expires_on": expires,
            "sectors": [";".join(sorted(held)) or None for held in sectors],
            "squad": [SQUADS[n % len(SQUADS)] for n in range(size)],
            "base": "示例大队驻地",
            "base_longitude": base.longitude,
            "base_latitude": base.latitude,
            "training_hours": rng.integers(60, 97, size),
            "working_share_bp": np.where(number == size, 8000, 10000),
            "known_on": pd.Timestamp(start),
        }
    )


def _absences(rng: Generator, staff: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    """Leave in the month after the history: about one officer in three, one to five days."""
    away = rng.permutation(len(staff))[: max(1, len(staff) // 3)]
    begins = rng.integers(1, 26, len(away))
    return pd.DataFrame(
        {
            "inspector_id": staff.inspector_id.to_numpy()[away],
            "from_on": _days(until, begins),
            "to_on": _days(until, begins + rng.integers(0, 5, len(away))),
            "reason": rng.choice(["年休假", "培训", "病假"], len(away)),
            "known_on": _days(until, -rng.integers(1, 20, len(away))),
        }
    )


def _avoidances(
    rng: Generator, staff: pd.DataFrame, firms: pd.DataFrame, start: dt.date
) -> pd.DataFrame:
    size = max(2, len(staff) // 2)
    pairs = rng.permutation(len(staff) * len(firms))[:size]
    return pd.DataFrame(
        {
            "inspector_id": staff.inspector_id.to_numpy()[pairs // len(firms)],
            "enterprise_id": firms.enterprise_id.to_numpy()[pairs % len(firms)],
            "reason": rng.choice(["近亲属任职", "曾任职", "债权债务关系"], size),
            "decided_by": "示例负责人",
            "occurred_on": _days(start, rng.integers(0, 900, size)),
        }
    ).assign(known_on=lambda table: later(rng, table.occurred_on, 1, 5))


def _pair_bans(staff: pd.DataFrame, start: dt.date) -> pd.DataFrame:
    """Two officers are married; a squad of fewer than four has no such couple."""
    numbers = staff.inspector_id.to_numpy()
    couple = [(numbers[1], numbers[3])] if len(staff) >= 4 else []
    return pd.DataFrame(couple, columns=["inspector_id", "other_id"]).assign(
        reason="夫妻",
        decided_by="示例局长",
        occurred_on=pd.Timestamp(start),
        known_on=pd.Timestamp(start),
    )


def _joint_plans(rng: Generator, firms: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    """What other offices plan for the months after the history: one enterprise in fifteen."""
    chosen = rng.permutation(len(firms))[: max(1, len(firms) // 15)]
    begins = rng.integers(1, 40, len(chosen))
    of_office = rng.integers(0, len(OTHER_OFFICES), len(chosen))
    return pd.DataFrame(
        {
            "enterprise_id": firms.enterprise_id.to_numpy()[chosen],
            "office": [OTHER_OFFICES[n][0] for n in of_office],
            "item": [OTHER_OFFICES[n][1] for n in of_office],
            "from_on": _days(until, begins),
            "to_on": _days(until, begins + 20),
            "known_on": _days(until, -rng.integers(1, 20, len(chosen))),
        }
    )


def _case_files(violations: pd.DataFrame, staff: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    """The cases closed in the last half year, each handled by two officers in turn."""
    closed = violations.known_on + pd.Timedelta(days=20)
    end = pd.Timestamp(until)
    recent = violations[(closed <= end) & (closed > end - pd.Timedelta(days=183))]
    number = np.arange(len(recent))
    name, squad = staff.name.to_numpy(), staff.squad.to_numpy()
    first, second = number % len(staff), (number * 7 + 3) % len(staff)
    return pd.DataFrame(
        {
            "case_id": ["示例交罚" + fact for fact in recent.fact_id],
            "kind": np.where(recent.disposition == "penalised", "行政处罚", "不予行政处罚"),
            "unit": squad[first],
            "handlers": [f"{name[i]}、{name[k]}" for i, k in zip(first, second, strict=True)],
            "closed_on": closed[recent.index],
            "known_on": closed[recent.index],
        }
    )


def _reviewers(staff: pd.DataFrame, start: dt.date) -> pd.DataFrame:
    """Two of the legal section, and up to six officers who also handle cases."""
    officers = staff.head(6)
    return pd.DataFrame(
        {
            "reviewer_id": ["FZ01", "FZ02", *officers.inspector_id],
            "name": ["示例法制员01", "示例法制员02", *officers.name],
            "unit": ["示例法制科", "示例法制科", *officers.squad],
            "known_on": pd.Timestamp(start),
        }
    )


def _pool(size: int, start: dt.date) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plate": [f"冀A示例{n:02d}" for n in range(1, size + 1)],
            "squad": [SQUADS[n % len(SQUADS)] for n in range(size)],
            "seats": 5,
            "known_on": pd.Timestamp(start),
        }
    )
