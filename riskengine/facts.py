"""How old and how heavy is each fact?

A fact's age is turned into an integer weight by a lookup table, because floating sums differ from
engine to engine and from run to run. No order of rows decides anything: where several facts are
the newest of one day, all of them count or the worst of them does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from riskengine.rules import FeatureRules

if TYPE_CHECKING:
    import ibis

MICRO = 10**6
"""The weight of one fresh fact."""

# what the features mean by the last three months, and by a bad inspection
MONITORED_MONTHS, MONITORED_DAYS = 3, 100
BAD = ("problem_pending", "problem_corrected", "obstructed")


Today = Any
"""The day a fact's age is counted to, in days since 1970: one number, or a column where every row
has its own day (`AS_OF_DAY`)."""
AS_OF_DAY = "as_of_day"
EPOCH = dt.date(1970, 1, 1)


def today_of(table: ibis.Table, as_of: dt.date | None) -> Today:
    """`as_of` as a number; without it the column that the rows carry."""
    return table[AS_OF_DAY] if as_of is None else (as_of - EPOCH).days


def facts_of(
    source: str, table: ibis.Table, rules: FeatureRules, as_of: dt.date | None
) -> ibis.Table:
    """The facts of one table with their `age_days`, integer `weight`, and `recent`.

    as_of
        None where every row carries its own day in `AS_OF_DAY`.
    recent
        Inside the window ``[as_of - window_days, as_of)``; other facts have weight 0.
    weight
        Decayed by the half-life of the table; without one every recent fact weighs `MICRO`.
    """
    weighed_on = table.occurred_on
    if source == "hazards":  # lateness ends when the hazard is closed, and decays from there
        weighed_on = table.closed_on.coalesce(table.occurred_on)
    facts = table.mutate(age_days=age_days(weighed_on, today_of(table, as_of)))
    facts = facts.mutate(recent=facts.age_days.between(1, rules.window_days).fill_null(False))
    if source in rules.half_life_days:
        facts = weighed(facts, decay_table(rules.half_life_days[source], rules.window_days))
    else:
        facts = facts.mutate(weight=facts.recent.ifelse(MICRO, 0))
    prepare = PREPARE.get(source)
    return prepare(facts, today_of(facts, as_of)) if prepare else facts


def weighed(facts: ibis.Table, decay: pa.Table) -> ibis.Table:
    import ibis

    weights = ibis.memtable(decay)
    joined = facts.left_join(weights, facts.age_days == weights.weight_age_days)
    return joined.mutate(weight=joined.weight.fill_null(0)).drop("weight_age_days")


@cache
def decay_table(half_life_days: int, window_days: int) -> pa.Table:
    """Age in days (1 to `window_days`) → round(10**6 × 2**(−age / half-life)).

    >>> decay_table(180, 360)["weight"][179].as_py(), decay_table(180, 360)["weight"][359].as_py()
    (500000, 250000)
    """
    ages = range(1, window_days + 1)
    weights = [decayed(age, half_life_days) for age in ages]
    return pa.table({"weight_age_days": pa.array(ages, pa.int64()), "weight": weights})


def decayed(age: int, half_life_days: int) -> int:
    """Decimal arithmetic, because the last digit of a float's power differs by machine.

    >>> decayed(7 * 30, 30)  # 7812.5 exactly: half to even
    7812
    """
    with localcontext(Context(prec=40)):
        power = Decimal(2) ** (Decimal(-age) / half_life_days)
        return int((power * MICRO).to_integral_value(ROUND_HALF_EVEN))


def age_days(day: Any, today: Today) -> Any:
    """Days from `day` to today, at least 1 for anything known.

    Through the epoch: subtracting dates is null or an error on some engines.
    """
    return today - day.epoch_days()


def with_clean_streak(inspections: ibis.Table, today: Today) -> ibis.Table:
    """Adds `bad_age_days`: how long ago the newest bad inspection of the enterprise was."""
    bad = inspections.recent & inspections.result.isin(BAD)
    ages = bad.ifelse(inspections.age_days, None)
    return inspections.mutate(
        is_bad=bad,
        bad_age_days=ages.min().over(group_by=inspections.enterprise_id),
    )


def with_rank(monitoring: ibis.Table, today: Today) -> ibis.Table:
    """The rows of the newest months; rows of one day share a rank, so no tie decides."""
    import ibis

    recent = monitoring.filter(monitoring.age_days.between(1, MONITORED_DAYS))
    newest_first = ibis.window(group_by=recent.enterprise_id, order_by=recent.age_days)
    ranked = recent.mutate(month_rank=ibis.dense_rank().over(newest_first))
    return ranked.filter(ranked.month_rank < MONITORED_MONTHS)


def newest_per_scheme(credit: ibis.Table, today: Today) -> ibis.Table:
    """The levels of the newest day of each scheme; on a tie all of them, and the worst counts."""
    recent = credit.filter(credit.recent)
    newest = recent.age_days.min().over(group_by=[recent.enterprise_id, recent.scheme])
    dated = recent.mutate(newest_age_days=newest)
    return dated.filter(dated.age_days == dated.newest_age_days)


def with_lateness(hazards: ibis.Table, today: Today) -> ibis.Table:
    """Adds `is_open`, `is_overdue` (open past its day) and `was_late` (closed after its day)."""
    is_open = hazards.closed_on.isnull()
    return hazards.mutate(
        is_open=is_open,
        is_overdue=(is_open & (age_days(hazards.due_on, today) >= 1)).fill_null(False),
        was_late=(hazards.closed_on > hazards.due_on).fill_null(False),
    )


PREPARE: dict[str, Callable[[Any, Today], Any]] = {
    "hazards": with_lateness,
    "credit": newest_per_scheme,
    "monitoring": with_rank,
    "inspections": with_clean_streak,
}
