"""When does the made-up county receive its visits, and what has it agreed for the month to come?

Closed days, visiting hours, joint visits with other offices and a car in the workshop: what looks
ahead from the end of the history. Like the rest of the county all of it is fiction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.random import Generator

ONE_DAY = dt.timedelta(days=1)
SATURDAY = 5
HOURS = (("08:30", "11:00"), ("13:30", "16:00"))
"""Those who receive visits in the morning only, and in the afternoon only."""
AGREED = (("09:30", "10:00"), ("14:00", "14:30"))
DAYS_OF_REST = ("周一", "周三", "周五")


def doors(rng: Generator, firms: pd.DataFrame, until: dt.date) -> dict[str, pd.DataFrame]:
    """One enterprise in twenty rests on a weekday, one in eighty takes stock, and one in
    twenty-five receives visits for half the day."""
    ids, known_on = firms.enterprise_id.to_numpy(), pd.Timestamp(until - 10 * ONE_DAY)
    order = rng.permutation(len(firms))
    resting, counting, hourly = np.split(order[: 3 * max(1, len(firms) // 20)], 3)
    counting = counting[: max(1, len(firms) // 80)]
    hourly = hourly[: max(1, len(firms) // 25)]
    begins = until + dt.timedelta(days=int(rng.integers(5, 15)))
    rest = pd.DataFrame({"enterprise_id": ids[resting], "reason": "轮休"})
    rest["days"] = [DAYS_OF_REST[n % len(DAYS_OF_REST)] for n in range(len(rest))]
    stock = pd.DataFrame({"enterprise_id": ids[counting], "reason": "盘库"})
    stock = stock.assign(from_on=begins, to_on=begins + 2 * ONE_DAY)
    hours = pd.DataFrame({"enterprise_id": ids[hourly]})
    for column, place in (("begin_from_minute", 0), ("begin_until_minute", 1)):
        hours[column] = [HOURS[n % len(HOURS)][place] for n in range(len(hours))]
    return {
        "closed_days": pd.concat([rest, stock]).assign(known_on=known_on),
        "visiting_hours": hours.assign(known_on=known_on),
    }


def appointments(
    rng: Generator,
    firms: pd.DataFrame,
    until: dt.date,
    count: int,
    offices: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """Joint visits agreed for weekdays of the month after the history, not in its first week: two
    officers of the other office come to each."""
    ids = firms.enterprise_id.to_numpy()[rng.permutation(len(firms))[:count]]
    days = (until + dt.timedelta(days=n) for n in range(8, 29))
    weekdays = [day for day in days if day.weekday() < SATURDAY]
    hour = [AGREED[n % len(AGREED)] for n in range(count)]
    return pd.DataFrame(
        {
            "enterprise_id": ids,
            "office": [offices[n % len(offices)][0] for n in range(count)],
            "item": [offices[n % len(offices)][1] for n in range(count)],
            "agreed_on": [weekdays[n % len(weekdays)] for n in rng.permutation(count)],
            "begin_from_minute": [first for first, _ in hour],
            "begin_until_minute": [last for _, last in hour],
            "officers": 2,
            "mode": "实地",
            "known_on": pd.Timestamp(until - 8 * ONE_DAY),
        }
    )


def vehicle_absences(pool: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    """The last car of a pool of several is in the workshop for a week."""
    begins = until + 9 * ONE_DAY
    away = pool.plate.tail(1) if len(pool) > 1 else pool.plate.head(0)
    return pd.DataFrame(
        {
            "plate": away,
            "from_on": begins,
            "to_on": begins + 6 * ONE_DAY,
            "reason": "维修",
            "known_on": pd.Timestamp(until - 8 * ONE_DAY),
        }
    )
