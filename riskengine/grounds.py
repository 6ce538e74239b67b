"""Which facts stand behind a line of the score, in words a person would use?

The engine counts facts by their age; nobody wants to hear "0.53 penalties". So the facts are
counted again as people count them: how many, within which time, and when the last one was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from riskengine.facts import BAD
from riskengine.features import FEATURE, LIABLE, YEAR_DAYS
from riskengine.readable import readable
from riskengine.rules import FeatureRules, Title

if TYPE_CHECKING:
    from riskengine.register import Known

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """How facts are counted for people.

    counts
        Is this fact one of them?
    many
        How many it stands for.
    word
        What one of them is called after its number, with the word before it.
    """

    counts: Callable[[Row], bool]
    many: Callable[[Row], int]
    word: Title


def penalised(row: Row) -> bool:
    return bool(row["disposition"] == "penalised")


def is_tier(tier: str) -> Callable[[Row], bool]:
    return lambda row: penalised(row) and row["tier"] == tier


def obstructed(row: Row) -> bool:
    return penalised(row) and bool(row["obstruction"])


def liable(row: Row) -> bool:
    return row["liability"] in LIABLE


def upheld(row: Row) -> bool:
    return bool(row["upheld"])


def found_bad(row: Row) -> bool:
    return row["result"] in BAD


def one(row: Row) -> int:
    return 1


def count(row: Row) -> int:
    return int(row["count"])


def injured(row: Row) -> int:
    return int(row["injuries"] or 0)


TIMES, CASES = Title("有 {} 次", "{}"), Title("有 {} 件", "{}")
COUNTED: Mapping[str, Counted] = {
    "penalties_minor": Counted(is_tier("minor"), count, TIMES),
    "penalties_general": Counted(is_tier("general"), count, TIMES),
    "penalties_serious": Counted(is_tier("serious"), count, TIMES),
    "penalties_grave": Counted(is_tier("grave"), count, TIMES),
    "penalties_per_vehicle_micro": Counted(penalised, count, TIMES),
    "obstructions": Counted(obstructed, one, TIMES),
    "accidents_liable": Counted(liable, one, Title("有 {} 起", "{}")),
    "injuries_per_vehicle_micro": Counted(liable, injured, Title("伤 {} 人", "{} injured")),
    "complaints_upheld": Counted(upheld, one, CASES),
    "complaints_per_vehicle_micro": Counted(upheld, one, CASES),
    "inspections_bad": Counted(found_bad, one, TIMES),
}


def ground(known: Known, rules: FeatureRules, name: str, row: Row) -> Title:
    """What is said of a feature: its facts where it counts facts by age, else its value.

    Parameters
    ----------
    known
        The register as known on the day of the grades.
    row
        The row of the enterprise in the grades.
    """
    feature, enterprise_id = FEATURE[name], row["enterprise_id"]
    if name == "hazards_overdue":
        return late_hazards(list(facts(known, enterprise_id, "hazards")), known.as_of, rules)
    if name not in COUNTED:
        return readable(feature, row[f"f_{name}"])
    counted = COUNTED[name]
    mine = [
        fact
        for fact in facts(known, enterprise_id, feature.source)
        if 0 < (known.as_of - fact["occurred_on"]).days <= rules.window_days
        and counted.counts(fact)
        and counted.many(fact)
    ]
    if not mine:
        return Title("没有", "none")
    many = sum(map(counted.many, mine))
    last, within = spoken(max(fact["occurred_on"] for fact in mine)), lasting(rules.window_days)
    zh = f"{within.zh}内{counted.word.zh.format(many)}，最近一次在{last.zh}"
    en = f"{counted.word.en.format(many)} within {within.en}, the last on {last.en}"
    if feature.unit == "micro_per_vehicle":
        share = per_vehicle(row["vehicles"], rules.least_vehicles)
        zh, en = f"{zh}，{share.zh}", f"{en}, {share.en}"
    return Title(zh, en)


def facts(known: Known, enterprise_id: str, table: str) -> Iterator[Row]:
    """The facts of one enterprise."""
    for row in known.tables[table].to_pylist():
        if row["enterprise_id"] == enterprise_id and row["occurred_on"] is not None:
            yield row


def late_hazards(hazards: list[Row], as_of: dt.date, rules: FeatureRules) -> Title:
    """Open past the day now, and closed late within the time that counts."""
    overdue = sum(
        row["closed_on"] is None and row["due_on"] is not None and (as_of - row["due_on"]).days > 0
        for row in hazards
    )
    late = sum(
        row["closed_on"] is not None
        and row["due_on"] is not None
        and row["closed_on"] > row["due_on"]
        and (as_of - row["closed_on"]).days <= rules.window_days
        for row in hazards
    )
    within = lasting(rules.window_days)
    zh = [f"现在有 {overdue} 处过了期限还没整改"] * bool(overdue)
    en = [f"{overdue} open past the day now"] * bool(overdue)
    zh += [f"{within.zh}内有 {late} 处整改晚了"] * bool(late)
    en += [f"{late} closed late within {within.en}"] * bool(late)
    return Title("，".join(zh) or "没有", ", ".join(en) or "none")


def per_vehicle(vehicles: int | None, least: int) -> Title:
    """Over how many vehicles a count is spread."""
    if vehicles is None or vehicles < least:
        return Title(
            f"按 {least} 辆车平均（车少的也按这个数算）", f"spread over {least} vehicles, the least"
        )
    return Title(f"按 {vehicles} 辆车平均", f"spread over {vehicles} vehicles")


def lasting(days: int) -> Title:
    """A time in years where it is whole years.

    >>> lasting(1095).zh, lasting(100).en
    ('3 年', '100 days')
    """
    years, rest = divmod(days, YEAR_DAYS)
    return Title(f"{days} 天", f"{days} days") if rest else Title(f"{years} 年", f"{years} years")


def spoken(day: dt.date) -> Title:
    """A day as it is read out.

    >>> spoken(dt.date(2026, 12, 1)).zh
    '2026年12月1日'
    """
    return Title(f"{day.year}年{day.month}月{day.day}日", day.isoformat())


def of_day(name: str, day: dt.date) -> dict[str, str]:
    """A day as the sentences of both languages name it."""
    return {f"{name}_zh": spoken(day).zh, f"{name}_en": spoken(day).en}
