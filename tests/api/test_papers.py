"""Do the papers say what was decided, in the columns of the forms, and print whole?"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from api.cli import run
from api.papers.ics import Outing, calendar_bytes
from api.papers.month import together
from api.papers.results import POSTED, RESULTS
from api.papers.sheets import (
    WIDEST,
    Formula,
    Sheet,
    column_width,
    row_height,
    write_workbook,
)
from api.papers.tasks import joint_note
from scheduler.together import Item
from tests.api.walk import MONTH_OVER, set_clock, whole_month

Cells = list[list[Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a whole month."""
    with pytest.MonkeyPatch.context() as patch:
        return whole_month(tmp_path_factory.mktemp("papers"), patch)


@pytest.fixture(scope="module")
def papers(home: Path) -> Path:
    """Its papers."""
    return home / "2026-12"


@pytest.fixture(scope="module")
def bundle(papers: Path) -> dict[str, Any]:
    """What was decided."""
    body: dict[str, Any] = json.loads((papers / "bundle.json").read_bytes())
    return body


def cells(path: Path, sheet: str) -> tuple[tuple[str, ...], Cells]:
    """The column titles and the rows of a sheet, without its heading and notes."""
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()
    titles, body = tuple(rows[1]), rows[2:]
    end = next((n for n, row in enumerate(body) if not any(row)), len(body))
    return titles, body[:end]


def test_the_seats_are_posted_with_the_guess_that_is_in_the_bundle(
    papers: Path, bundle: dict[str, Any]
) -> None:
    titles, rows = cells(papers / "抽签席位.xlsx", "抽签席位")
    assert titles[:4] == ("日期", "路线", "最易猜中", "不可能低于")
    assert [(row[1], row[2], row[6]) for row in rows] == [
        (guess["route_id"], f"{guess['best_micro'] / 10**4:.1f}%", guess["pairs"])
        for guess in bundle["slots"]["guesses"]
    ]


def test_the_officers_of_a_day_are_posted_with_their_cards_and_no_other_day(
    home: Path, papers: Path, bundle: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, MONTH_OVER)
    day = bundle["roster"]["assignments"][0]["day"]
    who = ["--by", "示例队长", "--home", str(home)]
    assert run(["names", "--month", "2026-12", "--day", day[-2:], *who]) == 0
    titles, rows = cells(papers / f"检查人员公示-{day}.xlsx", "检查人员公示")
    assert titles[-2:] == ("组长（执法证号）", "检查人员（执法证号）")
    assert [row[2] for row in rows] == [one for on, _, one in stops(bundle) if on == day]
    seats = [seat for seat in bundle["roster"]["assignments"] if seat["day"] == day]
    leads = {bundle["names"][seat["lead"]] for seat in seats}
    assert {row[4].partition("（")[0] for row in rows} == leads
    assert all(re.search("（.+）$", row[5]) for row in rows)


def stops(bundle: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(day, route, enterprise) of everything planned."""
    return [
        (route["day"], route["route_id"], stop["enterprise_id"])
        for route in bundle["routes"]["routes"]
        for stop in route["stops"]
    ]


# ── what stands on them ──────────────────────────────────────────────────────────────────


def test_the_list_of_the_drawn(papers: Path, bundle: dict[str, Any]) -> None:
    titles, rows = cells(papers / "抽查名单.xlsx", "抽查名单")
    form = (
        "序号",
        "统一社会信用代码/注册号",
        "企业名称",
        "成立日期",
        "主体类别",
        "登记机关",
        "管辖单位",
    )
    assert titles[:7] == form and titles[-1] == "是否公示"
    must = [one["enterprise_id"] for one in bundle["frame"]["must"]]
    assert must and [row[1] for row in rows] == [*bundle["draw"]["selected"], *must]
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert {row[10] for row in rows} == {"随机抽取", "个案"}
    titles, rows = cells(papers / "抽查名单.xlsx", "候补名单")
    drawn = [one for reserve in bundle["draw"]["reserves"] for one in reserve["enterprise_ids"]]
    assert [row[3] for row in rows] == drawn


def test_the_frozen_list_holds_everyone(papers: Path, bundle: dict[str, Any]) -> None:
    _, rows = cells(papers / "冻结名单.xlsx", "冻结名单")
    assert [row[1] for row in rows] == [row["enterprise_id"] for row in bundle["frame"]["rows"]]
    whole = CalamineWorkbook.from_path(papers / "冻结名单.xlsx").get_sheet_by_index(0).to_python()
    notes = "".join(str(row[0]) for row in whole[len(rows) + 2 :])
    for promised in ("root", "rule_digest", "commitment"):
        assert bundle["frame"][promised] in notes
    assert "2026-11-28 21:15" in notes  # the clock on the wall, not UTC


def test_the_tasks_by_day_and_by_officer(papers: Path, bundle: dict[str, Any]) -> None:
    names = bundle["names"]
    titles, rows = cells(papers / "任务单.xlsx", "按日任务")
    days = [(f"{row[0]}", row[titles.index("企业名称")]) for row in rows]
    assert sorted(days) == sorted((day, names[firm]) for day, _, firm in stops(bundle))
    assert all(row[titles.index("等级")] in "ABCD" for row in rows if row[titles.index("等级")])
    titles, rows = cells(papers / "任务单.xlsx", "按人任务")
    assert len(rows) == 2 * len(days)
    told = {(row[0], f"{row[1]}", row[4]) for row in rows if row[4] == "组长"}
    seats = bundle["roster"]["assignments"]
    assert told == {(names[seat["lead"]], seat["day"], "组长") for seat in seats}


def test_the_grid_counts_teams_and_field_days(papers: Path, bundle: dict[str, Any]) -> None:
    titles, rows = cells(papers / "任务单.xlsx", "排班总表")
    days = bundle["routes"]["days"]
    assert [int(title.split("\n")[0]) for title in titles[2:-4]] == [int(day[-2:]) for day in days]
    *officers, total = rows
    leads = sum(str(cell).endswith("★") for row in officers for cell in row[2:-4])
    assert total[-2] == len(stops(bundle)) and sum(row[-4] for row in officers) == leads
    assert leads == total[-1] == len(bundle["routes"]["routes"])
    assert sum(row[-1] for row in officers) == 2 * leads
    squads = [row[0].translate(str.maketrans("一二三", "123")) for row in officers]
    assert squads == sorted(squads)


def test_the_form_of_who_is_sent(papers: Path, bundle: dict[str, Any]) -> None:
    titles, rows = cells(papers / "任务单.xlsx", "派员表")
    form = {
        "检查人员",
        "组长",
        "专家",
        "抽查机关",
        "任务编号",
        "任务名称",
        "状态",
        "设置人",
        "设置日期",
    }
    assert form < set(titles)
    place = titles.index("任务编号")
    assert sorted((row[place], row[1]) for row in rows) == sorted(s[1:] for s in stops(bundle))
    assert all(row[titles.index("检查人员")].count("\n") == 1 for row in rows)
    assert {row[titles.index("设置人")] for row in rows} == {"示例甲、示例乙"}


def test_the_results_are_published_within_twenty_workdays(papers: Path) -> None:
    titles, rows = cells(papers / "检查结果.xlsx", "结果公示表")
    assert titles[: len(POSTED)] == POSTED
    done, due = titles.index("检查日期"), titles.index("最迟公示日")
    for row in rows:
        assert dt.timedelta(26) <= row[due] - row[done] <= dt.timedelta(32)


def test_the_heading_is_not_cut_off_where_columns_stay_in_the_office(papers: Path) -> None:
    with zipfile.ZipFile(papers / "检查结果.xlsx") as book:
        merged = re.findall('mergeCell ref="(.*?)"', book.read("xl/worksheets/sheet1.xml").decode())
    assert merged[0] == f"A1:{chr(ord('A') + len(POSTED) - 1)}1"


def test_the_statistics_count_what_is_filled_in(papers: Path, bundle: dict[str, Any]) -> None:
    titles, rows = cells(papers / "检查结果.xlsx", "结果统计表")
    assert titles == (
        "序号", "抽查内容", "类型", "抽查对象", "抽查基数", "抽查比例", "抽查户数", "已公示",
        "未公示", "完成率", *RESULTS, "完结数", "完结率",
    )  # fmt: skip
    *sectors, total = rows
    assert total[4] == sum(row[4] for row in sectors) == len(bundle["frame"]["rows"])
    assert total[6] == sum(row[6] for row in sectors) == len(bundle["draw"]["selected"])
    assert total[5] == pytest.approx(total[6] / total[4])
    with zipfile.ZipFile(papers / "检查结果.xlsx") as book:
        formulas = re.findall("<f>(.*?)</f>", book.read("xl/worksheets/sheet2.xml").decode())
    line = 3 + len(sectors)
    assert f"IFERROR(H{line}/G{line},0)" in formulas  # 完成率 of the total
    assert f"SUM(H3:H{line - 1})" in formulas
    last = 2 + len(cells(papers / "检查结果.xlsx", "结果公示表")[1])
    assert (
        f"COUNTIFS('结果公示表'!$D$3:$D${last},B3,'结果公示表'!$I$3:$I${last},\"日常\","
        f"'结果公示表'!$G$3:$G${last},\"未发现问题\")"
    ) in [one.replace("&quot;", '"') for one in formulas]


def test_points_add_up_to_the_score(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from api.cli import run

    assert run(["grade", "--as-of", "2026-11-20", "--home", str(home)]) == 0
    path = home / "评级-2026-11-20.xlsx"
    titles, rows = cells(path, "得分明细")
    first = titles.index("基础分")
    assert rows
    for row in rows:
        assert row[titles.index("分数")] == sum(cell or 0 for cell in row[first:])
    scores = [row[5] for row in cells(path, "等级")[1]]
    assert scores == sorted(scores)


# ── how they are written ─────────────────────────────────────────────────────────────────


def test_text_never_runs_as_a_formula(papers: Path, tmp_path: Path) -> None:
    """Names of the month begin with "="; so do these."""
    texts = tuple((text,) for text in ("=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "\t=1", "http://a"))
    path = write_workbook(tmp_path / "a.xlsx", [Sheet("表", "题", ("列",), texts)])
    for file in (path, papers / "抽查名单.xlsx", papers / "任务单.xlsx"):
        with zipfile.ZipFile(file) as book:
            sheets = [name for name in book.namelist() if "worksheets/sheet" in name]
            assert not any(b"<f>" in book.read(name) for name in sheets)
            assert not any("hyperlink" in book.read(name).decode() for name in sheets)
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[2:9]] == [text for (text,) in texts]


def test_every_cell_of_the_month_is_wide_and_high_enough(papers: Path) -> None:
    """Measured from the file: a Chinese character takes two columns, a line 13.5 points."""
    for path in papers.glob("*.xlsx"):
        with zipfile.ZipFile(path) as book:
            names = CalamineWorkbook.from_path(path).sheet_names
            pages = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(names) + 1)]
            for page, name in zip(pages, names, strict=True):
                if path.stem in ("排班上墙", "排班表") and name != "谁在哪天":
                    continue  # laid out box by box: see test_roster_papers
                xml = book.read(page).decode()
                widths = column_widths(xml)
                heights = {
                    int(r): float(h)
                    for r, h in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', xml)
                }
                titles, rows = cells(path, name)
                for number, row in enumerate([titles, *rows], start=2):
                    texts = [cell if isinstance(cell, str) else "" for cell in row]
                    lines = max(lines_at(t, w) for t, w in zip(texts, widths, strict=True))
                    assert heights[number] >= lines * 13.5, (path.name, name, number)


def column_widths(xml: str) -> list[float]:
    widths: list[float] = []
    for first, last, width in re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', xml):
        widths += [float(width)] * (int(last) - int(first) + 1)
    return widths


def lines_at(text: str, width: float) -> int:
    lines = 0
    for part in text.split("\n"):
        room, lines = 0.0, lines + 1
        for sign in part:
            size = 2 if unicodedata.east_asian_width(sign) in "WF" else 1
            if room + size > width:
                room, lines = 0.0, lines + 1
            room += size
    return lines


def test_widths_and_heights() -> None:
    assert column_width("序号", [1, 2]) == 6
    assert column_width("日期", [dt.date(2026, 12, 1)]) == 12
    assert column_width("名", ["示例·兴安镇危货运输部001"]) == 27
    assert column_width("名", ["长" * 100]) == WIDEST
    assert column_width("率", [Formula("A1", 0.5, is_percent=True)]) == 9
    assert row_height(["长" * 10], [12]) == pytest.approx(2 * 13.5 + 4.5)
    assert row_height([None, 1], [5, 5]) == pytest.approx(13.5 + 4.5)


def test_pages_begin_where_asked(tmp_path: Path) -> None:
    rows = (("甲", 1), ("甲", 2), ("乙", 3))
    path = write_workbook(
        tmp_path / "a.xlsx", [Sheet("表", "题", ("人", "数"), rows, pages_by="人")]
    )
    with zipfile.ZipFile(path) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<brk id="4"' in xml and xml.count("<brk ") == 1


def test_an_empty_sheet_can_be_written(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [Sheet("表", "题", ("一",), (), ("没有。",))])
    assert cells(path, "表") == (("一",), [])


# ── calendars ────────────────────────────────────────────────────────────────────────────


def test_every_officer_sent_has_a_calendar(papers: Path, bundle: dict[str, Any]) -> None:
    days = {(route["route_id"]): route for route in bundle["routes"]["routes"]}
    seats = bundle["roster"]["assignments"]
    sent = {seat[role] for seat in seats for role in ("lead", "second")}
    files = sorted((papers / "日历").iterdir())
    assert {path.stem.rsplit("-", 1)[1] for path in files} == sent
    zone, outings = ZoneInfo("Asia/Shanghai"), 0
    for path in files:
        for event in Calendar.from_ical(path.read_bytes()).walk("VEVENT"):
            route = days[str(event["uid"]).rsplit("-", 1)[0]]
            begins = event.decoded("dtstart").astimezone(zone)
            assert begins.date().isoformat() == route["day"]
            assert begins.hour * 60 + begins.minute == route["depart_minute"]
            outings += 1
    assert outings == 2 * len(seats)


def test_a_calendar_holds_local_times() -> None:
    day = Outing("R1-E1", dt.date(2026, 12, 1), 510, 1020, "检查 2 家；（甲, 乙）", "一\n二")
    stamp = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    raw = calendar_bytes("示例员", (day,), stamp=stamp, zone="Asia/Shanghai")
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    begins, ends = event.decoded("dtstart"), event.decoded("dtend")
    assert (begins.hour, begins.minute, ends.hour) == (8, 30, 17)
    assert begins.utcoffset() == dt.timedelta(hours=8)
    assert str(event["summary"]) == day.summary and str(event["description"]) == day.description
    assert b"BEGIN:VTIMEZONE" in raw and all(len(line) <= 75 for line in raw.split(b"\r\n"))


def test_a_joint_visit_names_the_offices_that_come_along() -> None:
    police = Item("示例交警大队", "车辆检查")
    assert together((Item("", "投诉属实"),)) is None
    assert together((police,)) == "示例交警大队：车辆检查"
    assert together((Item("", "投诉属实"), Item("", "routine"), police)) == (
        "投诉属实；日常；示例交警大队：车辆检查"
    )

    def team(*items: Item) -> Any:
        stop = SimpleNamespace(items=items)
        return SimpleNamespace(route=SimpleNamespace(stops=(stop,)))

    assert joint_note((team(Item("", "投诉属实")),)) == ()
    (note,) = joint_note((team(), team(police)))
    assert "材料只要一份" in note
