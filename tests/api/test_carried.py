"""Does a form that is printed anew keep every word that was typed into the old one?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from api.papers.carried import SHEET, TYPED, carried, lines_typed
from api.papers.sheets import Cell, Formula, Sheet, write_workbook

MONTH, DAY, MADE = dt.date(2026, 12, 1), dt.date(2026, 12, 10), dt.date(2026, 12, 11)
COLUMNS = (
    "序号", "统一社会信用代码", "检查日期", "检查结果", "处理情况", "公示日期", "完结日期", "提醒",
    "任务编号", "抽取编号", "入样概率",
)  # fmt: skip
GOOD = "未发现问题"


def line(firm: str, *typed: Cell, day: dt.date = DAY, task: str = "", pi: int | None = 7) -> Cell:
    typed = (*typed, *[None] * (4 - len(typed)))
    of_task = (task or f"2026-12-{firm}", pi and "d", pi)
    return (1, firm, day, *typed, Formula("1", ""), *of_task)  # type: ignore[return-value]


def form(*rows: Cell) -> Sheet:
    return Sheet(SHEET, "结果", COLUMNS, rows, ("说明",))  # type: ignore[arg-type]


def again(folder: Path, old: Sheet, new: Sheet) -> list[tuple[Cell, ...]]:
    """The lines of the new form after the old one was written and read."""
    typed = lines_typed(write_workbook(folder / "检查结果.xlsx", [old]))
    assert typed is not None
    return list(carried(new, typed, MONTH).rows)


def test_a_result_stays_with_the_day_it_was_made_on(tmp_path: Path) -> None:
    old = form(line("甲", GOOD, "无需后续处置", MADE, day=MADE), line("乙"))
    later = dt.date(2026, 12, 20)
    rows = again(tmp_path, old, form(line("乙", day=later), line("甲"), line("丙", pi=None)))
    assert [row[:4] for row in rows] == [
        (1, "乙", later, None), (2, "甲", MADE, GOOD), (3, "丙", DAY, None),
    ]  # fmt: skip
    assert rows[1][4:7] == ("无需后续处置", MADE, None)


def test_a_visit_that_is_not_made_any_more_stays_only_if_it_was_filled_in(tmp_path: Path) -> None:
    rows = again(tmp_path, form(line("甲", GOOD), line("乙")), form(line("丙")))
    assert [(row[1], row[3], row[9:]) for row in rows] == [
        ("丙", None, ("d", 7)), ("甲", GOOD, ("d", 7)),
    ]  # fmt: skip


def test_a_line_added_by_hand_gets_its_task_and_its_probability(tmp_path: Path) -> None:
    by_hand = (None, "丙", DAY, GOOD, *[None] * 7)
    rows = again(tmp_path, form(by_hand), form(line("丙")))  # type: ignore[arg-type]
    assert [row[:4] + row[8:] for row in rows] == [(1, "丙", DAY, GOOD, "2026-12-丙", "d", 7)]


def test_another_file_under_the_name_is_not_taken_for_the_form(tmp_path: Path) -> None:
    path = tmp_path / "检查结果.xlsx"
    path.write_text("企业,结果\n")
    assert lines_typed(path) is None
    assert lines_typed(write_workbook(path, [Sheet(SHEET, "结果", ("企业",), ())])) is None
    assert lines_typed(write_workbook(path, [Sheet("别的", "结果", COLUMNS, ())])) is None


FIRMS = st.lists(st.sampled_from("甲乙丙丁戊"), unique=True)


@given(FIRMS, FIRMS, st.data())
def test_no_typed_word_is_ever_lost(was: list[str], now: list[str], data: st.DataObject) -> None:
    lines = [
        dict(zip(COLUMNS, line(one, data.draw(st.sampled_from([None, GOOD]))), strict=True))  # type: ignore[arg-type]
        for one in was
    ]
    found = carried(form(*map(line, now)), lines, MONTH)
    typed = [(row[1], row[3]) for row in found.rows if row[3]]
    was_typed = [(one[COLUMNS[1]], one[TYPED[0]]) for one in lines if one[TYPED[0]]]
    assert sorted(map(str, typed)) == sorted(map(str, was_typed))
    assert {row[1] for row in found.rows} >= set(now)
