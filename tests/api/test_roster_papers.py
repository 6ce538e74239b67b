"""Does the poster of the month read like one, and does every officer find the own page?"""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from api.papers.grid import Page, lines_in, tab_names
from api.papers.tasks import Names, Team, roster_grid
from api.papers.wall import wall_page
from api.papers.write import write_roster, write_wall
from riskengine.errors import Sentence
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.quota import Owed
from scheduler.roster.documents import Assignment, Roster, Route, Routes, Stop
from scheduler.together import Item
from tests.api.test_papers import lines_at
from tests.api.walk import sealed_month

MONTH = dt.date(2026, 12, 1)
DAYS = tuple(dt.date(2026, 12, day) for day in (1, 2, 3, 4, 7, 8))
ZONE = "Asia/Shanghai"
BEFORE, AFTER_FIRST, AFTER_ALL = (
    dt.datetime(2026, 12, day, 4, tzinfo=dt.UTC) for day in (1, 3, 31)
)
BEFORE -= dt.timedelta(1)
FIRMS = {
    "F1": ("某县安达运输有限公司", "东镇"),
    "F2": ("某县平安客运站", "西镇"),
    "F3": ("某县顺风汽修厂", "东镇"),
}
PEOPLE = {"E1": "张三", "E2": "李四", "E3": "王五"}


def stop(firm: str, at: int, kind: str = "routine", **more: Any) -> Stop:
    return Stop(firm, kind, "passenger" if firm == "F2" else "freight", at, at, at + 60, **more)


def route(day: int, number: int, *stops: Stop) -> Route:
    when = dt.date(2026, 12, day)
    return Route(f"202612{day:02d}-{number:02d}", when, stops, 510, 720, 960, 45)


JOINT = (Item("", "routine"), Item("示例交警大队", "车辆检查"))
TINY = (
    route(2, 1, stop("F1", 540, "special"), stop("F2", 660, items=JOINT)),
    route(8, 1, stop("F3", 545, mode="online")),
)
SEATS = (("E1", "E2"), ("E3", "E1"))


def plan(
    routes: tuple[Route, ...] = TINY, days: tuple[dt.date, ...] = DAYS, owed: tuple[Owed, ...] = ()
) -> Routes:
    return Routes(MONTH, MONTH, "", "", days, routes, owed, (), ())


def people(routes: Routes, seats: tuple[tuple[str, str], ...] = SEATS) -> Roster:
    pairs = zip(routes.routes, seats, strict=True)
    made = tuple(Assignment(one.route_id, one.day, *pair) for one, pair in pairs)
    return Roster(MONTH, "", "", "", "", (), "2026-11-30T14:00:00Z", "", made)


def known(
    officers: dict[str, str] | None = None, firms: dict[str, tuple[str, str]] | None = None
) -> Known:
    """Just the tables the papers read."""
    rows = {
        "enterprises": [
            {"enterprise_id": one, "name": name, "township": place, "address": f"{place}1号"}
            for one, (name, place) in (firms or FIRMS).items()
        ],
        "inspectors": [
            {"inspector_id": one, "name": name, "squad": "一中队", "certificate": f"证{one}"}
            for one, name in (officers or PEOPLE).items()
        ],
        "absences": [{"inspector_id": "E2", "from_on": DAYS[0], "to_on": DAYS[0]}],
    }
    return cast(
        Known, SimpleNamespace(tables={name: pa.Table.from_pylist(r) for name, r in rows.items()})
    )


def rules() -> PolicyView:
    sectors = {"passenger": SimpleNamespace(zh="道路客运"), "freight": SimpleNamespace(zh="货运")}
    return cast(PolicyView, SimpleNamespace(pack=SimpleNamespace(sectors=sectors)))


def read(path: Path, tab: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(tab).to_python()


def wall(
    folder: Path, at: dt.datetime = AFTER_ALL, routes: Routes | None = None
) -> list[list[Any]]:
    routes = routes or plan()
    path = write_wall(folder, routes, people(routes), known(), rules(), at=at, zone=ZONE)
    return read(path, "排班墙")


# ── the poster ───────────────────────────────────────────────────────────────────────────


def test_the_poster_of_a_tiny_month_cell_by_cell(tmp_path: Path) -> None:
    """Weekdays across, teams down, a block is one team on one day."""
    rows = [[str(cell) for cell in row] for row in wall(tmp_path)]
    assert rows[:16] == [
        ["2026年12月外勤排班", "", "", "", "", ""],
        ["行业", "道路客运", "货运", "", "", ""],
        ["", "", "", "", "", ""],
        ["第1周", "", "1日 周二", "2日 周三", "3日 周四", "4日 周五"],
        ["一组", "", "", "★张三　李四", "", ""],
        ["", "", "", "08:30–16:00　东镇、西镇", "", ""],
        ["", "", "", "09:00 安达运输▲", "", ""],
        ["", "", "", "11:00 平安客运站◆", "", ""],
        ["", "", "", "", "", ""],
        ["第2周", "7日 周一", "8日 周二", "9日 周三", "10日 周四", "11日 周五"],
        ["一组", "", "★王五　张三", "", "", ""],
        ["", "", "08:30–16:00　驻地", "", "", ""],
        ["", "", "09:05 顺风汽修厂□", "", "", ""],
        ["", "", "", "", "", ""],
        [rows[14][0], "", "", "", "", ""],
        [rows[15][0], "", "", "", "", ""],
    ]
    assert "共同的开头“某县”" in rows[14][0]
    notes = "\n".join(row[0] for row in rows[14:])
    assert "2 天、2 组次外勤，检查 3 家（日常 2 家，专项 1 家，" in notes
    assert "其中综合查一次 1 家，其中书面或网上 1 家）" in notes
    assert "2 天：张三；1 天：李四、王五。" in notes
    assert "欠查：无。" in notes


def test_nobody_is_named_on_the_poster_before_the_teams_have_left(tmp_path: Path) -> None:
    text = str(wall(tmp_path, BEFORE))
    assert "安达运输" in text and "★＿＿＿＿" in text
    assert not any(name in text for name in PEOPLE.values())


def test_the_poster_names_the_officers_of_days_whose_teams_have_left_and_no_others(
    tmp_path: Path,
) -> None:
    rows = wall(tmp_path, AFTER_FIRST)
    assert rows[4][3] == "★张三　李四" and rows[10][2] == "★＿＿＿＿　＿＿＿＿"
    assert "王五" not in str(rows) and "外勤天数" not in str(rows)


def poster(routes: Routes, firms: dict[str, tuple[str, str]]) -> Page:
    """The poster before it is written."""
    facts = {one: {"name": name, "township": place} for one, (name, place) in firms.items()}
    officers = {one: {"name": name} for one, name in PEOPLE.items()}
    pairs = zip(routes.routes, people(routes).assignments, strict=True)
    teams = tuple(Team(1, *pair) for pair in pairs)
    names = Names(facts, officers, {}, rules())
    return wall_page(routes, teams, names, opened=frozenset(DAYS))


def test_a_sector_has_one_colour_and_the_legend_shows_it() -> None:
    fill = {str(box.text): box.look.get("bg_color") for box in poster(plan(), FIRMS).boxes}
    assert fill["09:00 安达运输▲"] == fill["09:05 顺风汽修厂□"] == fill["货运"]
    assert fill["11:00 平安客运站◆"] == fill["道路客运"] != fill["货运"]


def test_every_box_of_the_poster_is_high_enough_and_a_very_long_name_is_cut() -> None:
    firms = FIRMS | {"F1": ("很长的名字" * 40, "东镇")}
    page = poster(plan(), firms)
    assert any(str(box.text).endswith("…") for box in page.boxes)
    for box in page.boxes:
        wide = sum(page.widths[box.column : box.column + box.columns])
        high = sum(page.heights[box.row : box.row + box.rows])
        size = float(box.look["font_size"])
        assert high >= lines_at(str(box.text or ""), wide / size * 2) * size * 1.2, box.text


def test_what_is_owed_stands_below_with_its_reason(tmp_path: Path) -> None:
    owed = tuple(Owed("F3", "routine", MONTH, Sentence("", "人手不够。", "")) for _ in range(9))
    text = str(wall(tmp_path, routes=plan(owed=owed)))
    assert "欠查 9 家，下月最先安排：某县顺风汽修厂（人手不够）；" in text
    assert "其余 1 家见任务单" in text


def test_a_month_without_teams_or_without_days_is_still_a_poster(tmp_path: Path) -> None:
    for days in (DAYS, ()):
        routes = plan((), days)
        rows = read(
            write_wall(
                tmp_path, routes, people(routes, ()), known(), rules(), at=AFTER_ALL, zone=ZONE
            ),
            "排班墙",
        )
        assert "本月没有外勤。" in str(rows)
        path = write_roster(tmp_path, routes, people(routes, ()), known(), rules())
        assert CalamineWorkbook.from_path(path).sheet_names[2:] == list(PEOPLE.values())


def test_forty_teams_a_day_go_on_over_several_sheets_under_the_head_of_their_week(
    tmp_path: Path,
) -> None:
    routes = plan(
        tuple(
            route(day, n, stop("F1", 540), stop("F2", 660)) for day in (1, 2) for n in range(1, 41)
        )
    )
    officers = {f"E{n}": f"姓名很长很长很长很长很长很长的检查人员{n}" for n in range(1, 131)}
    seats = tuple((f"E{2 * n + 1}", f"E{2 * n + 2}") for n in range(40)) * 2
    path = write_roster(tmp_path, routes, people(routes, seats), known(officers), rules())
    rows = read(path, "排班墙")
    labels = [str(row[0]) for row in rows]
    assert [one for one in labels if one.endswith("组")][-1] == "四十组"
    assert labels.count("第1–2周\n续") + labels.count("第1周\n续") >= 2
    with zipfile.ZipFile(path) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
    breaks = [int(one) for one in re.findall(r'<brk id="(\d+)"', xml)]
    heights = [float(one) for one in re.findall(r' ht="([\d.]+)"', xml)][1:]
    top = sum(heights[:2])
    assert breaks
    for first, end in zip([2, *breaks], [*breaks, len(heights)], strict=True):
        assert top + sum(heights[first:end]) <= 842 - 0.9 * 72, "higher than the paper"


# ── a page for every officer ─────────────────────────────────────────────────────────────


def test_every_officer_has_a_page_with_partner_stops_way_and_total(tmp_path: Path) -> None:
    path = write_roster(tmp_path, plan(), people(plan()), known(), rules())
    assert CalamineWorkbook.from_path(path).sheet_names == ["排班墙", "谁在哪天", *PEOPLE.values()]
    rows = read(path, "张三")
    assert rows[0][0] == "张三　2026年12月外勤任务"
    out = [row for row in rows if str(row[3])[:2].isdigit()]
    assert out == [
        ["2日 周三\n08:30 出\n16:00 回", "第1组\n组长", "李四", "09:00–\n10:00",
         "某县安达运输有限公司", "东镇1号", "货运\n专项", ""],
        ["", "", "", "11:00–\n12:00", "某县平安客运站\n综合查一次：日常；示例交警大队：车辆检查",
         "西镇1号", "道路客运\n日常", ""],
        ["8日 周二\n08:30 出\n16:00 回", "第1组\n检查人员", "王五", "09:05–\n10:05",
         "某县顺风汽修厂", "驻地（网上）", "货运\n日常", ""],
    ]  # fmt: skip
    text = str(rows)
    assert "外勤 2 天（任组长 1 天、检查人员 1 天），检查 3 家" in text
    assert "在外 15 小时，其中路上 1 小时 30 分" in text
    assert "本人签收" in text
    assert [row[0] for row in rows if str(row[0]).endswith(("周一", "周四", "周五"))] == [
        "3日 周四", "4日 周五", "7日 周一",
    ]  # fmt: skip
    assert "王五" not in str(read(path, "李四")) and read(path, "李四")[3][1] == "假"


def test_tabs_bear_names_a_spreadsheet_allows_and_each_only_once() -> None:
    long = "很" * 40
    tabs = tab_names(
        [("张伟", "1"), ("张伟", "2"), ("a/b", "3"), ("A?B", "4"), (long, "5"), (long, "6"),
         ("", "7"), ("排班墙", "8"), ("History", "9"), ("'甲'", "10"), ("乙", "x" * 60),
         ("乙", "x" * 61)],
        taken=["排班墙"],
    )  # fmt: skip
    assert tabs[:3] == ["张伟（1）", "张伟（2）", "a_b（3）"]
    assert len({tab.casefold() for tab in tabs}) == len(tabs)
    for tab in tabs:
        assert 0 < len(tab) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", tab)


def test_the_overview_shows_who_leads_who_goes_along_and_how_evenly() -> None:
    names = Names(
        {}, {one: {"name": name, "squad": "一中队"} for one, name in PEOPLE.items()}, {}, rules()
    )
    routes = plan()
    teams = tuple(
        Team(1, *pair) for pair in zip(routes.routes, people(routes).assignments, strict=True)
    )
    sheet = roster_grid(routes, teams, known(), names)
    assert sheet.columns[-4:] == ("任组长", "任检查人员", "家次", "外勤天数")
    assert [row[1:] for row in sheet.rows] == [
        ("张三", None, "1★", None, None, None, "1", 1, 1, 3, 2),
        ("李四", "假", "1", None, None, None, None, 0, 1, 2, 1),
        ("王五", None, None, None, None, None, "1★", 1, 0, 1, 1),
        ("外出组数", None, 1, None, None, None, 1, 2, 2, 3, 2),
    ]
    assert sheet.tints[0, 3] == sheet.tints[2, 7] != sheet.tints[0, 7]
    assert sheet.parted == ("任组长", "7\n一")
    assert "每人外勤最多 2 天，最少 1 天，平均 1.3 天。" in sheet.notes


# ── of a whole month ─────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers of a month whose names are still sealed."""
    with pytest.MonkeyPatch.context() as patch:
        return sealed_month(tmp_path_factory.mktemp("walls"), patch) / "2026-12"


def test_a_published_month_leaves_a_poster_without_names_and_the_roster_of_the_squad(
    papers: Path,
) -> None:
    bundle = json.loads((papers / "bundle-sealed.json").read_bytes())
    stops = [one for route in bundle["routes"]["routes"] for one in route["stops"]]
    poster = CalamineWorkbook.from_path(papers / "排班上墙.xlsx")
    assert poster.sheet_names == ["排班墙"]
    cells = [str(cell) for row in poster.get_sheet_by_index(0).to_python() for cell in row]
    assert sum(bool(re.match(r"\d\d:\d\d ", cell)) for cell in cells) == len(stops)
    roster = CalamineWorkbook.from_path(papers / "排班表.xlsx")
    people = roster.sheet_names[2:]
    assert people and not any(name in cell for name in people for cell in cells)


def test_text_on_the_poster_never_runs_as_a_formula(papers: Path) -> None:
    for name in ("排班上墙.xlsx", "排班表.xlsx"):
        with zipfile.ZipFile(papers / name) as book:
            sheets = [one for one in book.namelist() if "worksheets/sheet" in one]
            assert not any(b"<f>" in book.read(one) for one in sheets)


def test_lines_are_counted_as_a_program_breaks_them() -> None:
    assert lines_in("一二三四五", 5 + 50 / 0.97, 10) == 1
    assert lines_in("一二三四五六", 5 + 50 / 0.97, 10) == 2
    assert lines_in("一二三四1234", 5 + 50 / 0.97, 10) == 2
    assert lines_in("a" * 100, 55, 10) >= 10
