"""Are doors, appointments and cars read the way people write them?"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from riskengine.cells import CellError, Reading, value_of
from riskengine.export import export_register
from riskengine.fields import field_of
from riskengine.register import Register, register_from_tables
from riskengine.synthetic import synthetic_register, synthetic_tables

CLOCK = field_of("visiting_hours", "begin_from_minute")
START, UNTIL = dt.date(2025, 11, 1), dt.date(2026, 11, 30)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("09:30", 570),
        ("9：30", 570),
        ("09:30:00", 570),
        ("9时30分", 570),
        ("9时", 540),
        ("14点30分", 870),
        ("0.395833333333333", 570),
        ("00:00", 0),
        ("24:00", 1440),
        ("", None),
        ("不限", "not_a_clock"),
        ("930", "not_a_clock"),
        ("25:00", "not_a_clock"),
        ("9:60", "not_a_clock"),
        ("上午", "not_a_clock"),
    ],
)
def test_a_time_of_day_in_the_ways_it_is_written(text: str, minutes: int | str | None) -> None:
    if isinstance(minutes, str):
        with pytest.raises(CellError) as refused:
            value_of(text, CLOCK)
        assert refused.value.reason.code == minutes
    else:
        assert value_of(text, CLOCK) == minutes


def test_under_an_english_header_whole_numbers_are_minutes() -> None:
    in_unit = Reading(is_in_unit=True)
    assert value_of("570", CLOCK, in_unit) == 570
    with pytest.raises(CellError):
        value_of("1441", CLOCK, in_unit)


def register(**tables: pd.DataFrame) -> Register:
    rng = np.random.default_rng(5)
    usual = synthetic_tables(rng, enterprises=30, officers=4, start=START, until=UNTIL)
    return register_from_tables(usual | tables)


def firm() -> str:
    return str(register().tables["enterprises"]["enterprise_id"][0].as_py())


def test_what_an_empty_cell_of_a_closed_day_means() -> None:
    rows = pd.DataFrame(
        {
            "企业编号": [firm()] * 2,
            "不接待日": ["星期天", ""],
            "开始日期": ["", "2026-12-08"],
            "结束日期": ["", "2026-12-10"],
        }
    )
    weekly, stock = register(closed_days=rows).tables["closed_days"].to_pylist()[::-1]
    assert (weekly["days"], weekly["to_on"]) == ("sunday", dt.date.max)
    assert weekly["from_on"] == dt.date(1900, 1, 1)
    assert (stock["days"], stock["from_on"]) == ("daily", dt.date(2026, 12, 8))
    assert not weekly["withdrawn"]


def test_an_appointment_without_a_mode_is_on_site_and_a_newer_row_cancels_it() -> None:
    agreed = {
        "企业编号": firm(),
        "联查部门": "示例应急局",
        "抽查事项": "安全生产",
        "约定日期": "2026-12-08",
        "约定时刻": "9:30",
    }
    rows = pd.DataFrame(
        [agreed | {"知悉日期": "2026-11-10"}, agreed | {"知悉日期": "2026-11-20", "已取消": "是"}]
    )
    made = register(appointments=rows)
    assert made.rejected == ()
    (row,) = made.as_of(dt.date(2026, 11, 15)).tables["appointments"].to_pylist()
    assert (row["mode"], row["begin_from_minute"], row["begin_until_minute"]) == (
        "on_site",
        570,
        None,
    )
    assert made.as_of(UNTIL).tables["appointments"].num_rows == 0


def test_the_county_has_a_few_of_each_and_they_survive_the_spreadsheet() -> None:
    county = synthetic_register(np.random.default_rng(2026))
    sizes = {name: county.tables[name].num_rows for name in county.tables}
    assert sizes["closed_days"] == 75 and sizes["visiting_hours"] == 48
    assert sizes["appointments"] == 20 and sizes["vehicle_absences"] == 1
    agreed = county.tables["appointments"]["agreed_on"].to_pylist()
    assert all(day.month == 12 and day.weekday() < 5 for day in agreed)
    sheets = export_register(county)
    assert set(sheets["接待时段"]["最早到访"]) == {"08:30", "13:30"}
    assert set(sheets["停业歇业日"]["不接待日"]) == {"每天", "周一", "周三", "周五"}
    joint = synthetic_register(np.random.default_rng(5), enterprises=60, officers=8, appointments=9)
    assert joint.tables["appointments"].num_rows == 9
