"""Does a register survive being written out in Chinese and read back?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from riskengine.export import export_register
from riskengine.fields import schema_of
from riskengine.register import Register, read_register
from riskengine.synthetic import synthetic_register


@pytest.fixture(scope="module")
def county() -> Register:
    return synthetic_register(np.random.default_rng(3), enterprises=150)


def test_the_written_sheets_are_read_back_as_the_same_register(
    county: Register, tmp_path: Path
) -> None:
    for name, sheet in export_register(county).items():
        sheet.to_csv(tmp_path / f"{name}.csv", index=False)
    again = read_register(tmp_path)
    assert again.rejected == () == again.flags
    for name, table in county.tables.items():
        assert again.tables[name].equals(table), name


def test_headers_words_and_units_are_those_of_people(county: Register) -> None:
    sheets = export_register(county)
    assert list(sheets)[:3] == ["企业名录", "违法案件", "隐患"]
    assert set(sheets["违法案件"]["处理结果"]) <= {"处罚", "首违不罚", "轻微免罚"}
    assert set(sheets["投诉"]["是否属实"]) == {"是", "否"}
    assert sheets["动态监控"]["上线率"].str.fullmatch(r"\d+\.\d\d%").all()
    assert sheets["动态监控"]["平均超速次数"].str.fullmatch(r"\d+\.\d{3}").all()
    assert "普通货物运输" in set(sheets["企业名录"]["行业"])


def test_tables_without_rows_get_no_sheet() -> None:
    assert export_register(Register({})) == {}


def test_a_certificate_without_end_is_written_as_such() -> None:
    officer = {"inspector_id": "SL01", "name": "示例员01", "certificate_expires_on": dt.date.max}
    rows = pa.Table.from_pylist([officer], schema=schema_of("inspectors"))
    sheets = export_register(Register({"inspectors": rows}))
    assert sheets["执法人员"]["有效期至"].to_list() == ["长期"]
