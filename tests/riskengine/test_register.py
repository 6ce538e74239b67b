"""Is every row of a register read, or left out with a reason, and is time cut in one place?"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.cells import CellError, Reading, value_of
from riskengine.errors import BadRegister
from riskengine.fields import field_of, schema_of, table_of_fields
from riskengine.mapping import mapping_of, read_mapping, table_named
from riskengine.register import Register, read_register, register_from_tables

FLAWS = Path(__file__).parent / "flaws"
BASE = ("enterprises.csv", "violations.csv", "inspections.csv", "inspectors.csv",
        "vehicles_pool.csv")  # fmt: skip

EXPECTED = {
    "violations-impossible_date.csv": [(3, "occurred_on", "2026年2月30日", "impossible_date")],
    "violations-not_a_date.csv": [(3, "occurred_on", "去年春天", "not_a_date")],
    "violations-known_before_it_happened.csv": [
        (3, "occurred_on", "2026-03-02", "known_before_it_happened")
    ],
    "violations-negative_count.csv": [(3, "count", "-1", "negative")],
    "violations-unknown_code.csv": [(3, "tier", "很坏", "unknown_code")],
    "violations-missing_value.csv": [(3, "tier", "N/A", "missing_value")],
    "violations-unknown_enterprise.csv": [(3, "enterprise_id", "L9", "orphan")],
    "violations-duplicate.csv": [(3, "fact_id", "辛-好", "duplicate")],
    "violations-contradiction.csv": [
        (3, "fact_id", "壬-坏", "contradiction"),
        (4, "fact_id", "壬-坏", "contradiction"),
    ],
    "violations-too_many_cells.csv": [(3, "", "000元", "too_many_cells")],
    "violations-not_a_number.csv": [(3, "fine_cny", "两千元", "not_a_number")],
    "enterprises-number_destroyed.csv": [
        (3, "enterprise_id", "9.11301E+17", "number_destroyed")
    ],
    "enterprises-coordinates_swapped.csv": [(3, "latitude", "114.85", "not_on_earth")],
    "enterprises-closed_before_it_opened.csv": [
        (3, "closed_on", "2018-01-01", "ends_before_it_begins")
    ],
    "monitoring-more_than_all.csv": [(3, "online_rate_bp", "198.55%", "more_than_all")],
    "complaints-neither_yes_nor_no.csv": [(3, "upheld", "待查", "not_yes_or_no")],
    "absences-ends_before_it_begins.csv": [(3, "to_on", "2026-12-08", "ends_before_it_begins")],
    "absences-unknown_officer.csv": [(3, "inspector_id", "O9", "orphan")],
    "trainings-half_a_person.csv": [(3, "people", "12.5", "not_a_whole_number")],
    "pair_bans-with_oneself.csv": [(3, "other_id", "O1", "pair_of_one")],
    "closed_days-no_day_named.csv": [(3, "days", "", "closed_always")],
    "visiting_hours-end_before_they_begin.csv": [
        (3, "begin_until_minute", "09:30", "hours_end_first")
    ],
    "visiting_hours-no_hour.csv": [(3, "begin_from_minute", "", "hours_empty")],
    "appointments-not_a_clock.csv": [(3, "begin_from_minute", "上午", "not_a_clock")],
    "vehicle_absences-unknown_plate.csv": [(3, "plate", "冀A示例09", "orphan")],
    "hazards-several_flaws_in_one_row.csv": [
        (3, "occurred_on", "2026-13-05", "impossible_date")
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def flawed() -> Register:
    return read_register(FLAWS)


@pytest.mark.parametrize("file", EXPECTED)
def test_each_flaw_is_found_where_it_is(flawed: Register, file: str) -> None:
    found = [
        (row.row, row.field, row.value, row.reason.code)
        for row in flawed.rejected
        if row.file == file
    ]
    assert found == EXPECTED[file]


def test_there_are_twenty_six_flaws_and_no_other_rejection(flawed: Register) -> None:
    files = {path.name for path in FLAWS.iterdir()} - set(BASE)
    assert files == set(EXPECTED) == {row.file for row in flawed.rejected}
    assert len(files) == 26


def test_nothing_is_lost_and_every_good_row_is_in(flawed: Register) -> None:
    for count in flawed.counts:
        lines = (FLAWS / count.file).read_bytes().splitlines()
        assert count.read == len(lines) - 1 == count.stored + count.rejected
        assert count.rejected == len(EXPECTED.get(count.file, []))
        assert count.stored >= 1
    stored = Counter[str]()
    for count in flawed.counts:
        stored[count.table] += count.stored
    assert stored == {n: t.num_rows for n, t in flawed.tables.items() if t.num_rows}
    assert all(not str(i).endswith("坏") for i in flawed.tables["violations"]["fact_id"])


def test_a_reason_speaks_both_languages_and_the_row_comes_with_it(flawed: Register) -> None:
    for row in flawed.rejected:
        assert row.reason.zh and row.reason.en and "{" not in str(row.reason)
        assert row.cells
    (several,) = (row for row in flawed.rejected if row.table == "hazards")
    assert {reason.code for reason in several.more} == {"unknown_code", "not_a_date"}
    assert several.cells["隐患等级"] == "特大"


# ── files and folders ─────────────────────────────────────────────────────────────────────


def folder_with(tmp_path: Path, **texts: str) -> Path:
    for name in BASE:
        (tmp_path / name).write_bytes((FLAWS / name).read_bytes())
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_missing_table_is_one_sentence(tmp_path: Path) -> None:
    (folder_with(tmp_path) / "inspectors.csv").unlink()
    with pytest.raises(BadRegister, match=r"执法人员.*inspectors") as refusal:
        read_register(tmp_path)
    assert refusal.value.code == "missing_table"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("violations", "案件编号,企业编号,情节\nA,L1,一般\n".encode(), "missing_column"),
        ("violations", "企业编号\n".encode() + b"\xff\xff\xff", "unreadable_file"),
        ("violations", b"", "empty_file"),
        ("violations", b"\xef\xbb\xbf\r\n,,\r\n", "empty_file"),
        ("乱七八糟", b"a,b\n1,2\n", "unknown_table"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (folder_with(tmp_path) / f"{name}.csv").write_bytes(content)
    with pytest.raises(BadRegister) as refusal:
        read_register(tmp_path)
    assert refusal.value.code == code


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".parquet"])
def test_a_file_without_a_byte_is_called_empty_bug(tmp_path: Path, suffix: str) -> None:
    """The reason was given in the words of the program that unpacks workbooks."""
    (folder_with(tmp_path) / f"隐患{suffix}").touch()
    with pytest.raises(BadRegister, match="隐患") as refusal:
        read_register(tmp_path)
    assert refusal.value.code == "empty_file"


def test_a_folder_named_like_a_table_is_not_called_missing_bug(tmp_path: Path) -> None:
    (folder_with(tmp_path) / "隐患.csv").mkdir()
    with pytest.raises(BadRegister, match=r"“隐患\.csv”是文件夹"):
        read_register(tmp_path)


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".parquet"])
def test_a_broken_workbook_is_one_sentence(tmp_path: Path, suffix: str) -> None:
    (folder_with(tmp_path) / f"隐患{suffix}").write_bytes(b"<html>not a workbook</html>")
    with pytest.raises(BadRegister, match="隐患") as refusal:
        read_register(tmp_path)
    assert refusal.value.code == "unreadable_file"


@pytest.mark.parametrize(
    ("stem", "table"),
    [
        ("violations", "violations"), ("违法案件2025年", "violations"), ("事故隐患", "hazards"),
        ("事故-2026", "accidents"), ("企业培训", "trainings"), ("企业名录（导出）", "enterprises"),
        ("企业家", None), ("车辆", "vehicles_pool"),
    ],
)  # fmt: skip
def test_files_are_named_for_their_tables(stem: str, table: str | None) -> None:
    found = table_named(stem)
    assert (found.name if found else None) == table


HAZARDS = [["Y1", "L1", "2026-01-05", "2026-01-06", "重大", "2026-02-05"],
           ["Y2", "L2", "2026-03-01", "2026-03-02", "一般", ""]]  # fmt: skip
HAZARD_HEADER = ["隐患编号", "企业编号", "发现日期", "上报日期", "隐患等级", "整改期限"]


def as_csv(path: Path, encoding: str = "utf-8") -> None:
    lines = [",".join(row) for row in (HAZARD_HEADER, *HAZARDS)]
    path.with_suffix(".csv").write_text("\n".join(lines), encoding=encoding)


def as_tabs(path: Path) -> None:
    lines = ["\t".join(row) for row in (HAZARD_HEADER, *HAZARDS)]
    path.with_suffix(".csv").write_text("\n".join(lines), encoding="utf-16")


def as_workbook(path: Path) -> None:
    """With a title above the header, real dates, an Excel serial and a blank line."""
    book = xlsxwriter.Workbook(path.with_suffix(".xlsx"))
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
    sheet.write(0, 0, "某县事故隐患台账（示例）")
    sheet.write_row(2, 0, HAZARD_HEADER)
    for line, row in zip((3, 5), HAZARDS, strict=True):
        sheet.write_row(line, 0, row)
        sheet.write_datetime(line, 2, dt.datetime.fromisoformat(row[2]), day)
    sheet.write_number(5, 3, (dt.date(2026, 3, 2) - dt.date(1899, 12, 30)).days)
    book.close()


def as_parquet(path: Path) -> None:
    frame = pd.DataFrame(HAZARDS, columns=HAZARD_HEADER)
    frame["发现日期"] = pd.to_datetime(frame["发现日期"])
    pq.write_table(pa.Table.from_pandas(frame), path.with_suffix(".parquet"))


WRITERS: dict[str, Callable[[Path], None]] = {
    "utf-8": as_csv,
    "utf-8 with mark": lambda path: as_csv(path, "utf-8-sig"),
    "gb18030": lambda path: as_csv(path, "gb18030"),
    "utf-16 with tabs": as_tabs,
    "workbook": as_workbook,
    "parquet": as_parquet,
}


@pytest.mark.parametrize("way", WRITERS)
def test_every_kind_of_file_says_the_same(tmp_path: Path, way: str) -> None:
    WRITERS[way](folder_with(tmp_path) / "隐患")
    register = read_register(tmp_path)
    assert not register.rejected
    assert register.tables["hazards"].to_pylist() == [
        {
            "fact_id": "Y1", "enterprise_id": "L1", "occurred_on": dt.date(2026, 1, 5),
            "known_on": dt.date(2026, 1, 6), "level": "major", "due_on": dt.date(2026, 2, 5),
            "closed_on": None, "withdrawn": False,
        },
        {
            "fact_id": "Y2", "enterprise_id": "L2", "occurred_on": dt.date(2026, 3, 1),
            "known_on": dt.date(2026, 3, 2), "level": "general", "due_on": None,
            "closed_on": None, "withdrawn": False,
        },
    ]  # fmt: skip


def test_the_line_told_is_the_line_of_the_file(tmp_path: Path) -> None:
    text = '投诉编号,企业编号,投诉日期,是否属实\n"T\n1",L1,2026-01-05,是\n\nT2,L9,2026-01-05,是\n'
    (rejected,) = read_register(folder_with(tmp_path, complaints=text)).rejected
    assert (rejected.row, rejected.value) == (5, "L9")


def test_progress_reaches_its_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    read_register(folder_with(tmp_path), progress=lambda *told: seen.append(told))
    assert [done for done, _, _ in seen] == list(range(1, seen[0][1] + 1))
    assert {what for _, _, what in seen} == set(BASE)


# ── cells ─────────────────────────────────────────────────────────────────────────────────

JANUARY_5 = dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    "text",
    ["2026-1-5", "2026/01/05", "2026年1月5日", "20260105", "2026.1.5", " ２０２６－０１－０５ ",
     "46027", "2026-01-05 13:30:00", "2026-01-05T00:00:00", "2026年01月05日"],
)  # fmt: skip
def test_dates_are_written_in_many_ways(text: str) -> None:
    assert value_of(text, field_of("violations", "occurred_on")) == JANUARY_5


@pytest.mark.parametrize(
    ("table", "field", "text", "value"),
    [
        ("violations", "fine_cny", "2,000元", 2000),
        ("violations", "fine_cny", "￥２０００．００", 2000),
        ("violations", "fine_cny", "0.2万元", 2000),
        ("violations", "enterprise_id", " '９１１３０１ａｂ ", "911301ab"),
        ("violations", "enterprise_id", "82474.0", "82474"),
        ("violations", "count", "无", None),
        ("monitoring", "online_rate_bp", "0.9855", 9855),
        ("monitoring", "online_rate_bp", "98.55", 9855),
        ("monitoring", "online_rate_bp", "９８．５５％", 9855),
        ("monitoring", "speeding_milli", "1.25", 1250),
        ("monitoring", "occurred_on", "2026年2月", dt.date(2026, 2, 28)),
        ("monitoring", "occurred_on", "2025-12", dt.date(2025, 12, 31)),
        ("enterprises", "vehicles", "1,200辆", 1200),
        ("enterprises", "name", "　示例（危货）１号 ", "示例（危货）1号"),
        ("enterprises", "sector", "网络货运", "网络货运"),
        ("complaints", "upheld", "否", False),
        ("complaints", "upheld", "Ｙ", True),
        ("inspections", "follow_up", "无", "none"),
        ("inspectors", "sectors", "普货，危货、普货", "dangerous_goods;freight"),
        ("inspectors", "certificate_expires_on", "长期", dt.date.max),
        ("inspectors", "training_hours", "24.5学时", 25),
    ],
)
def test_untidy_cells_are_normal(table: str, field: str, text: str, value: object) -> None:
    assert value_of(text, field_of(table, field)) == value


@pytest.mark.parametrize("text", ["", " ", "N/A", "n/a", "-", "—", "无", "null", "NaN", "　"])
def test_an_empty_cell_has_many_faces(text: str) -> None:
    assert value_of(text, field_of("violations", "occurred_on")) is None


@pytest.mark.parametrize(
    ("table", "field", "text", "code"),
    [
        ("violations", "occurred_on", "2026年1月", "not_a_date"),
        ("violations", "occurred_on", "0026-01-05", "impossible_date"),
        ("violations", "count", "5%", "not_a_number"),
        ("enterprises", "vehicles", "3万元", "not_a_number"),
        ("violations", "count", "99999999999999999999", "too_large"),
        ("indicators", "value_milli", "9223372036854776", "too_large"),
        ("indicators", "value_milli", "0.0009", "too_small"),
        ("indicators", "value_milli", "12.5%", "not_a_number"),
        ("indicators", "value_milli", "1e3", "not_a_number"),
        ("indicators", "value_milli", "3万", "not_a_number"),
    ],
)
def test_a_cell_is_not_guessed_at(table: str, field: str, text: str, code: str) -> None:
    with pytest.raises(CellError) as refusal:
        value_of(text, field_of(table, field))
    assert refusal.value.reason.code == code


def test_a_figure_too_small_to_be_kept_is_refused_and_not_made_nothing_bug() -> None:
    figure = field_of("indicators", "value_milli")
    assert [value_of(text, figure) for text in ("0", "0.000", "0.001", "0.0014")] == [0, 0, 1, 1]
    assert value_of("0.0004", figure, Reading(scale=Decimal(1_000_000))) == 400
    assert value_of("0.0004", figure, Reading(scale=Decimal(100))) == 0
    assert value_of("0.0004", field_of("monitoring", "speeding_milli")) == 0


def test_a_column_in_the_unit_of_its_field_is_not_scaled_again() -> None:
    rate = field_of("monitoring", "online_rate_bp")
    assert value_of("9855", rate, Reading(is_in_unit=True)) == 9855
    with pytest.raises(CellError, match="整数"):
        value_of("0.9855", rate, Reading(is_in_unit=True))


@given(
    st.text(max_size=12), st.sampled_from([f for t in table_of_fields().values() for f in t.fields])
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_with_a_sentence(text: str, field: object) -> None:
    try:
        value = value_of(text, field)  # type: ignore[arg-type]
    except CellError as refusal:
        assert refusal.reason.zh and refusal.reason.en
    else:
        pa.array([value], schema_of(field.table).field(field.name).type)  # type: ignore[attr-defined]


# ── rows ──────────────────────────────────────────────────────────────────────────────────


def tables(**changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    rows = {name.removesuffix(".csv"): pd.read_csv(FLAWS / name, dtype=str) for name in BASE}
    return rows | changes


def frame(header: str, *rows: str) -> pd.DataFrame:
    return pd.DataFrame([row.split(",") for row in rows], columns=header.split(","))


def test_a_wrong_credit_code_is_flagged_and_kept() -> None:
    header = "enterprise_id,name,sector,known_on"
    good, wrong = "91310115591693856A", "91310115591693856B"
    rows = [f"{code},示例,freight,2020-01-01" for code in (good, wrong, "L1", "L2")]
    register = register_from_tables(tables(enterprises=frame(header, *rows)))
    assert [(flag.value, flag.row) for flag in register.flags] == [(wrong, 3)]
    assert wrong in register.tables["enterprises"]["enterprise_id"].to_pylist()


def test_a_word_outside_the_dictionary_and_an_unread_column_are_flagged() -> None:
    header = "企业编号,企业名称,行业,登记日期,法定代表人"
    rows = [f"L{n},示例,网络货运,2020-01-01,示例甲" for n in (1, 2, 3)]
    flags = register_from_tables(tables(enterprises=frame(header, *rows))).flags
    assert [(flag.reason.code, flag.value) for flag in flags] == [
        ("columns_not_read", "法定代表人"),
        ("word_not_in_dictionary", "网络货运"),
    ]


def test_facts_get_numbers_defaults_and_one_flag_per_file() -> None:
    header = "企业编号,检查日期,检查结果"
    rows = frame(header, "L1,2026-01-05,合格", "L1,2026-01-06,合格")
    register = register_from_tables(tables(inspections=rows))
    first, second = register.tables["inspections"].to_pylist()
    assert first["fact_id"] != second["fact_id"]
    assert all(row["fact_id"].startswith("auto-") for row in (first, second))
    assert (first["kind"], first["mode"]) == ("routine", "on_site")
    assert {row["known_on"] for row in (first, second)} == {JANUARY_5, dt.date(2026, 1, 6)}
    assert [flag.reason.code for flag in register.flags] == ["known_on_assumed"]
    shuffled = register_from_tables(tables(inspections=rows[::-1]))
    assert shuffled.tables["inspections"].equals(register.tables["inspections"])


def test_of_contradicting_rows_none_is_kept_whatever_their_order() -> None:
    header = "fact_id,enterprise_id,occurred_on,known_on,tier,disposition"
    rows = [f"V1,L1,2026-01-05,2026-01-06,{tier},penalised" for tier in ("minor", "grave", "minor")]
    for order in (rows, rows[::-1]):
        register = register_from_tables(tables(violations=frame(header, *order)))
        codes = sorted(row.reason.code for row in register.rejected)
        assert codes == ["contradiction", "contradiction", "duplicate"]
        assert register.tables["violations"].num_rows == 0


SHOPS = frame(
    "企业编号,企业名称,行业,登记日期",
    "L1,甲 公司（示例）,普货,2020-01-01",
    "L1,甲公司改名,普货,2021-01-01",
    "L2,乙公司,普货,2020-01-01",
    "L3,乙公司,普货,2020-01-01",
)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("甲公司(示例)", "orphan_by_name"),
        ("甲 公司（示例）", "orphan_by_name"),
        ("甲公司改名", "orphan_by_name"),
        ("乙公司", "orphan"),
        ("丙公司", "orphan"),
    ],
)
def test_a_name_where_a_number_is_wanted_is_told_its_number_bug(named: str, code: str) -> None:
    """Two of the same name are not guessed at."""
    figures = frame("企业代码,指标日期,指标名称,数值", f"{named},2026-01-05,车龄,5")
    register = register_from_tables(tables(enterprises=SHOPS, indicators=figures))
    (refused,) = register.rejected
    assert refused.reason.code == code
    assert ("L1" in refused.reason.zh) is (code == "orphan_by_name")


def test_different_figures_of_one_day_are_kept_with_a_flag_bug() -> None:
    """The mean was used without a word."""
    header = "指标编号,企业代码,指标日期,指标名称,数值,知悉日期,撤销"
    figures = frame(
        header,
        "Z1,L1,2026-01-05,车龄,5,2026-01-06,否",
        "Z2,L1,2026-01-05,车龄,6.5,2026-01-06,否",
        "Z3,L1,2026-01-05,满意度,6,2026-01-06,否",
        "Z4,L2,2026-01-05,车龄,5,2026-01-06,否",  # corrected below
        "Z4,L2,2026-01-05,车龄,6,2026-01-07,否",
        "Z5,L2,2026-01-05,车龄,6,2026-01-06,否",  # the same
        "Z6,L2,2026-01-05,车龄,7,2026-01-06,否",  # withdrawn below
        "Z6,L2,2026-01-05,车龄,7,2026-01-07,是",
    )
    register = register_from_tables(tables(indicators=figures))
    assert not register.rejected and register.tables["indicators"].num_rows == len(figures)
    assert [(flag.row, flag.value, flag.reason.code) for flag in register.flags] == [
        (2, "5", "rival_figures"),
        (3, "6.5", "rival_figures"),
    ]


# ── time ──────────────────────────────────────────────────────────────────────────────────

VERSIONS = frame(
    "fact_id,enterprise_id,occurred_on,known_on,level,due_on,closed_on,withdrawn",
    "Y1,L1,2026-01-05,2026-01-10,general,2026-03-01,,否",
    "Y1,L1,2026-01-05,2026-02-10,major,2026-03-01,2026-02-20,否",
    "Y1,L1,2026-01-05,2026-04-01,major,2026-03-01,2026-02-20,是",
)


@pytest.mark.parametrize(
    ("day", "levels", "closed_on"),
    [
        (dt.date(2026, 1, 10), [], None),
        (dt.date(2026, 1, 11), ["general"], None),
        (dt.date(2026, 2, 10), ["general"], None),
        (dt.date(2026, 2, 11), ["major"], None),
        (dt.date(2026, 2, 20), ["major"], None),
        (dt.date(2026, 2, 21), ["major"], dt.date(2026, 2, 20)),
        (dt.date(2026, 4, 2), [], None),
    ],
)
def test_the_newest_version_known_before_the_day_counts(
    day: dt.date, levels: list[str], closed_on: dt.date | None
) -> None:
    register = register_from_tables(tables(hazards=VERSIONS))
    hazards = register.as_of(day).tables["hazards"]
    assert hazards["level"].to_pylist() == levels
    if levels:
        assert hazards["closed_on"][0].as_py() == closed_on
        assert hazards["due_on"][0].as_py() == dt.date(2026, 3, 1)


@given(st.integers(0, 10**6), st.dates(dt.date(2026, 1, 1), dt.date(2026, 5, 1)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_changes_no_digest(seed: int, day: dt.date) -> None:
    rows = tables(hazards=VERSIONS)
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in rows.items()}
    names = random.Random(seed).sample(sorted(shuffled), len(shuffled))
    again = register_from_tables({name: shuffled[name] for name in names})
    assert again.as_of(day).digest == register_from_tables(rows).as_of(day).digest


def test_late_news_changes_no_earlier_day_and_every_cell_counts() -> None:
    before = register_from_tables(tables(hazards=VERSIONS[:1]))
    after = register_from_tables(tables(hazards=VERSIONS[:2]))
    for day in (dt.date(2026, 1, 11), dt.date(2026, 2, 10)):
        assert before.as_of(day).digest == after.as_of(day).digest
    later = dt.date(2026, 2, 11)
    assert before.as_of(later).digest != after.as_of(later).digest
    digests = {
        register_from_tables(tables(hazards=VERSIONS[:1].assign(**change))).as_of(later).digest
        for change in ({}, {"level": "major"}, {"due_on": ""}, {"due_on": "2026-03-02"})
    }
    assert len(digests) == 4


# ── mapping ───────────────────────────────────────────────────────────────────────────────

EXPORT = """date,lic,shop,type,bad,worse,online
01/05/2026,82474,示例一店,Grocery,2,0,98.5
01/20/2026,82474,示例一店,Grocery,0,1,97.5
02/03/2026,82474,示例一店改名,Grocery,0,0,97.5
02/03/2026,62009,示例二店,Kiosk,1,0,50
02/04/2026,,示例三店,Kiosk,0,0,50
"""
MAPPING = """
enterprises:
  - file: export.csv
    distinct: true
    fields:
      enterprise_id: lic
      name: shop
      sector: {column: type, translate: {grocery: x, Grocery: grocery}, otherwise: other}
      known_on: &day {column: date, date_format: "%m/%d/%Y"}
    constants: {township: 示例镇}
violations:
  - &one
    file: export.csv
    where: {bad: ">0", lic: "!="}
    fields:
      fact_id: {template: "{lic}/{date}/bad"}
      enterprise_id: lic
      occurred_on: *day
      count: bad
    constants: {tier: general, disposition: penalised}
  - file: export.csv
    where: {worse: [1, 2]}
    fields: {fact_id: {template: "{lic}/{date}/worse"}, enterprise_id: lic, occurred_on: *day}
    constants: {tier: grave, disposition: penalised}
monitoring:
  - file: export.csv
    where: {lic: 82474}
    fields: {enterprise_id: lic, occurred_on: *day, online_rate_bp: {column: online, scale: 100}}
indicators:
  - file: export.csv
    where: {lic: 62009}
    fields:
      enterprise_id: lic
      occurred_on: {column: date, date_format: "%m/%d/%Y", days: -1}
      known_on: {column: date, date_format: "%m/%d/%Y", days: 30}
      value_milli: online
    constants: {name: 上线率}
absent: [inspectors, inspections]
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    (tmp_path / "export.csv").write_text(EXPORT, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def test_one_foreign_file_feeds_several_tables(export: Path) -> None:
    register = read_register(export, read_mapping(export / "mapping.yaml"))
    shops = register.tables["enterprises"].select(["enterprise_id", "name", "sector", "known_on"])
    assert [tuple(row.values()) for row in shops.to_pylist()] == [
        ("62009", "示例二店", "other", dt.date(2026, 2, 3)),
        ("82474", "示例一店", "grocery", dt.date(2026, 1, 5)),
        ("82474", "示例一店改名", "grocery", dt.date(2026, 2, 3)),
    ]
    found = register.tables["violations"].select(["fact_id", "tier", "count"]).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("62009/02/03/2026/bad", "general", 1),
        ("82474/01/05/2026/bad", "general", 2),
        ("82474/01/20/2026/worse", "grave", 1),
    ]
    rates = register.tables["monitoring"]["online_rate_bp"].to_pylist()
    assert sorted(rates) == [9750, 9750, 9850]
    figures = register.tables["indicators"].select(["occurred_on", "known_on"]).to_pylist()
    assert [tuple(row.values()) for row in figures] == [
        (dt.date(2026, 2, 2), dt.date(2026, 3, 5))
    ]  # the days in the file, moved
    for count in register.counts:
        parts = (count.stored, count.rejected, count.merged, count.passed_over)
        assert count.read == sum(parts) == 5
    assert [(row.row, row.reason.code) for row in register.rejected] == [(6, "missing_value")]


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"enterprizes": []}, "bad_mapping", "enterprizes"),
        ({"hazards": [{"file": "export.csv", "felds": {}}]}, "bad_mapping", "felds"),
        ({"hazards": {"file": "export.csv"}}, "bad_mapping", "hazards"),
        ({"inspectors": [{"file": "a.csv", "distinct": "maybe"}]}, "bad_mapping", "maybe"),
        ({"absent": ["inspector"]}, "bad_mapping", "inspector"),
        ({"hazards": [{"file": "a.csv", "where": {"次数": ">x"}, "fields": {
            "enterprise_id": "代码", "occurred_on": "日期", "level": "等级"}}]},
         "bad_mapping", ">x"),
        ({"hazards": [{"file": "export.csv", "fields": {"level": "bad"}}]}, "missing_column",
         "enterprise_id"),
    ],
)  # fmt: skip
def test_a_mapping_is_checked_key_by_key(change: dict[str, object], code: str, said: str) -> None:
    with pytest.raises(BadRegister, match=said) as refusal:
        mapping_of(change)
    assert refusal.value.code == code


@pytest.mark.parametrize("days", ["30", "x", 3661, -3661, 1.5, True])
def test_days_that_cannot_move_a_date_are_told_what_may_bug(days: object) -> None:
    """An example stood there, which looks like what was written."""
    day = {"column": "日期", "days": days}
    fields = {"enterprise_id": "代码", "occurred_on": day, "level": "等级"}
    with pytest.raises(BadRegister, match="-3660 到 3660 的整数") as refusal:
        mapping_of({"hazards": [{"file": "a.csv", "fields": fields}]})
    assert refusal.value.code == "mapping_days" and str(days) in refusal.value.sentence.en


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("lic\n", "licence\n", "missing_column"), ("export.csv", "exports.csv", "missing_file"),
     ("export.csv", "../export.csv", "missing_file")],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_the_files_is_one_sentence(
    export: Path, old: str, new: str, code: str
) -> None:
    (export.parent / "export.csv").write_text(EXPORT, encoding="utf-8")
    path = export / "mapping.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadRegister) as refusal:
        read_register(export, read_mapping(path))
    assert refusal.value.code == code
