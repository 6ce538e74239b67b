"""What does a whole month look like, on an example that anyone can run?

The demo goes through the same steps as a real month, with a store, sealed secrets and papers of
its own. Only the clock and the public events are made up: an example has no real lottery.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from api import opening, show, steps
from api.examples import example_folder
from api.papers.write import write_grades, write_public_list, write_rejected, write_seats
from api.receipts import receipts_of, write_receipts
from api.settings import Settings
from api.show import Lang
from api.steps import Desk, Hand
from riskengine.errors import NotFound, sentence
from riskengine.export import export_register
from riskengine.grade import Grades, movers
from riskengine.register import Known
from riskengine.synthetic import synthetic_register
from scheduler import lottery
from scheduler.draw import Draw, Event, Frame, Must
from scheduler.quota import Quota
from scheduler.roster.documents import Roster, Routes, Slots

SEED = 2026
CASES = 4
CASE_DAYS = 60
MOST_SPECIAL = 30


@dataclass(frozen=True, slots=True)
class Story:
    """One example: its rules, its days, and how its register folder comes about."""

    pack: str
    zone: str
    before: dt.date
    as_of: dt.date
    drawn_on: dt.date
    staffed_on: dt.date
    month: dt.date
    register: Callable[[Path], tuple[Path, Path | None]]
    must: Callable[[Grades, Known], tuple[Must, ...]] = lambda _grades, _known: ()
    changes: dict[str, Any] = field(default_factory=dict)


def county(folder: Path) -> tuple[Path, Path | None]:
    """The example county as a folder of CSV with Chinese headers."""
    return written_out(folder, enterprises=1200, officers=20), None


def joint_case(folder: Path) -> tuple[Path, Path | None]:
    """A joint draw of the size of a real one: eight officers, thirty enterprises; with one in
    five of them another office has agreed on a day and an hour."""
    return written_out(folder, enterprises=300, officers=8, appointments=60), None


def written_out(
    folder: Path, *, enterprises: int, officers: int, appointments: int | None = None
) -> Path:
    """Write a made-up register as a bureau would hand it over."""
    register = synthetic_register(
        np.random.default_rng(SEED),
        enterprises=enterprises,
        officers=officers,
        appointments=appointments,
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in export_register(register).items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    return folder


def chicago_food(_: Path) -> tuple[Path, Path | None]:
    """Real inspections of the City of Chicago, through a mapping file."""
    folder = example_folder("chicago-food")
    return folder, folder / "mapping.yaml"


def cases_and_campaign(grades: Grades, known: Known) -> tuple[Must, ...]:
    """Visits outside the draw: fresh complaints, and a special campaign at grade D."""
    cases = recent_cases(known)
    settled = {visit.enterprise_id for visit in cases}
    rows = grades.table.select(["enterprise_id", "grade"]).to_pylist()
    worst = [row["enterprise_id"] for row in rows if row["grade"] == "D"]
    reason = sentence("special_grade_d", day=grades.as_of)
    campaign = [Must(one, "special", reason) for one in worst[:MOST_SPECIAL] if one not in settled]
    return (*cases, *campaign)


def recent_cases(known: Known) -> tuple[Must, ...]:
    """The newest complaints found to be true, one visit each: they do not wait for a lottery."""
    since = known.as_of - dt.timedelta(CASE_DAYS)
    complaints = [
        row
        for row in known.tables["complaints"].to_pylist()
        if row["upheld"] and row["known_on"] >= since
    ]
    complaints.sort(key=lambda row: (row["known_on"], row["fact_id"]), reverse=True)
    open_ids = {
        row["enterprise_id"]
        for row in known.tables["enterprises"].to_pylist()
        if row["closed_on"] is None
    }
    newest = {row["enterprise_id"]: row for row in reversed(complaints)}
    chosen = [one for one in newest if one in open_ids][-CASES:]
    return tuple(
        Must(one, "case", sentence("case_complaint", day=newest[one]["occurred_on"]))
        for one in sorted(chosen)
    )


JOINT_RATES = {
    "rates.yearly_permille": {"A": 1120, "B": 1250, "C": 1450, "D": 1700},
    "rates.yearly_cap": {"A": 12, "B": 12, "C": 12, "D": 12},
    "rates.ceiling_permille": 3000,
    "roster.visits_per_team_day": 4,
}
"""A what-if, not a rule: a joint campaign that draws as many as the real one did."""

STORIES = {
    "county": Story(
        pack="cn-transport", zone="Asia/Shanghai", register=county, must=cases_and_campaign,
        before=dt.date(2026, 11, 1), as_of=dt.date(2026, 11, 25), month=dt.date(2026, 12, 1),
        drawn_on=dt.date(2026, 11, 28), staffed_on=dt.date(2026, 11, 30),
    ),
    "joint-case": Story(
        pack="cn-transport", zone="Asia/Shanghai", register=joint_case, changes=JOINT_RATES,
        before=dt.date(2026, 11, 1), as_of=dt.date(2026, 11, 25), month=dt.date(2026, 12, 1),
        drawn_on=dt.date(2026, 11, 28), staffed_on=dt.date(2026, 11, 30),
    ),
    "county-adaptive": Story(
        pack="cn-transport", zone="Asia/Shanghai", register=county, must=cases_and_campaign,
        before=dt.date(2026, 11, 1), as_of=dt.date(2026, 11, 25), month=dt.date(2026, 12, 1),
        drawn_on=dt.date(2026, 11, 28), staffed_on=dt.date(2026, 11, 30),
        changes={"rates.ratio_rule": "adaptive"},
    ),
    "chicago-food": Story(
        pack="us-chicago-food", zone="America/Chicago", register=chicago_food,
        before=dt.date(2014, 8, 1), as_of=dt.date(2014, 9, 1), month=dt.date(2014, 9, 1),
        drawn_on=dt.date(2014, 9, 1), staffed_on=dt.date(2014, 9, 2),
    ),
}  # fmt: skip


def run_demo(example: str, out: Path, console: Console, lang: Lang) -> Path:
    """Run a whole month, leave its papers in ``out/<example>`` and give the path of its bundle."""
    if example not in STORIES:
        raise NotFound("not_found", kind="example", name=example)
    story = STORIES[example]
    home = out / example
    if home.exists():
        if not (home / "riskengine.db").exists() and any(home.iterdir()):
            raise NotFound("demo_folder_taken", folder=str(home))
        shutil.rmtree(home)
    desk = steps.open_desk(Settings(data=home, policy=story.pack))
    desk = replace(desk, policy=desk.policy.overlay(story.changes))
    papers = home / f"{story.month:%Y-%m}"
    papers.mkdir()

    def heading(zh: str, en: str) -> None:
        console.rule(f"[bold]{show.pick(lang, zh, en)}", align="left")

    heading("一、导入名录", "1 Register")
    folder, mapping = story.register(home / "名录")
    register, new = steps.take_register(
        desk, hand_on(story.before, "示例录入员"), folder, mapping=mapping
    )
    console.print(show.imported(register, new, lang))
    rejected = write_rejected(home, register)

    heading("二、评级", "2 Grades")
    steps.make_grades(desk, hand_on(story.before, "示例队长"), as_of=story.before)
    preparer = hand_on(story.as_of, "示例队长")
    before = steps.grades_before(desk, story.as_of)
    grades = steps.make_grades(desk, preparer, as_of=story.as_of)
    graded, policy = steps.load(desk, "grades", grades, Grades), desk.policy.on(story.as_of)
    moved = movers(graded, before or graded, policy)
    console.print(show.distribution(graded, policy, lang), show.moves(moved, lang, most=5))
    known = steps.known_on(desk, story.as_of)

    heading("三、定数量、冻结名单", "3 Quota and frozen list")
    quota = steps.make_quota(
        desk,
        preparer,
        grades=grades,
        month=story.month,
        must=story.must(graded, known),
    )
    console.print(show.quota(steps.load(desk, "quota", quota, Quota), policy, lang))
    if ratio := steps.ratio_behind(desk, quota):
        console.print(show.ratio(ratio, lang))
    frame = steps.make_frame(desk, preparer, quota=quota, event=event_on(story.drawn_on, "136"))
    frozen = steps.load(desk, "frame", frame, Frame)
    console.print(show.frozen(frozen, lang))

    heading("四、抽企业", "4 Draw")
    two = after_event(story.drawn_on, "示例员甲", "示例员乙")
    draw = steps.make_draw(desk, two, frame=frame, event_value="03 09 14 17 22 31 + 05")
    console.print(show.drawn(steps.load(desk, "draw", draw, Draw), lang))

    heading("五、排路线、冻结席位", "5 Routes and seats")
    planner = after_event(story.drawn_on, "示例队长")
    first_day = story.staffed_on + dt.timedelta(days=1)
    routes = steps.make_routes(desk, planner, draw=draw, first_day=first_day)
    console.print(show.planned(steps.load(desk, "routes", routes, Routes), lang))
    slots = steps.make_slots(
        desk,
        planner,
        routes=routes,
        event=event_on(story.staffed_on, "137"),
    )
    seats = steps.load(desk, "slots", slots, Slots)
    console.print(show.guessed(seats, lang))

    heading("六、抽人员", "6 Officers")
    two = after_event(story.staffed_on, "示例员甲", "示例员乙")
    roster = steps.make_roster(desk, two, slots=slots, event_value="01 08 11 19 27 30 + 12")
    drawn = steps.load(desk, "roster", roster, Roster)
    names = {row["inspector_id"]: row["name"] for row in known.tables["inspectors"].to_pylist()}
    console.print(show.staffed(drawn, names, lang))

    heading("七、核准、印发，人员封存", "7 Approve and publish; names are sealed")
    approver = after_event(story.staffed_on, "示例局长")
    written = steps.print_month(desk, approver, roster=roster, folder=papers, zone=story.zone)
    console.print(*show.still_sealed(written[-1], f"{story.month:%Y-%m}", lang))

    heading("八、出发后公布、启封、验证", "8 Names after departure, opening, verify")
    written += opened(desk, roster, papers, story.zone)
    bundle = written[-1]
    raw = bundle.read_bytes()
    findings = lottery.verify(lottery.parse_bundle(raw), raw)
    console.print(show.judged(findings, lang))
    write_receipts(papers / "凭证", receipts_of(desk, draw))
    written = [
        write_grades(papers, graded, moved, policy),
        *write_public_list(papers, frozen, known, policy, ratio),
        write_seats(papers, seats, policy),
        *(path for path in written if path.suffix != ".ics"),
        papers / "日历",
        papers / "凭证",
    ]
    console.print(show.pick(lang, "文件在：", "The papers are here:"))
    for path in filter(None, [rejected, *written]):
        console.print(f"  {path}", soft_wrap=True)
    console.print(f"riskengine verify {bundle}", soft_wrap=True)
    return bundle


def opened(desk: Desk, roster: str, papers: Path, zone: str) -> list[Path]:
    """The names of the first day, and the whole bundle when the month is over."""
    days = sorted({seat.day for seat in steps.load(desk, "roster", roster, Roster).assignments})
    if not days:
        return []
    first, last = (after_event(day + dt.timedelta(1), "示例队长") for day in (days[0], days[-1]))
    return [
        opening.print_names(desk, first, roster=roster, day=days[0], folder=papers, zone=zone),
        opening.print_opened(desk, last, roster=roster, folder=papers, zone=zone),
    ]


def hand_on(day: dt.date, *by: str) -> Hand:
    """People at ten in the morning, UTC, of a day of the story."""
    return Hand(by, dt.datetime.combine(day, dt.time(10), tzinfo=dt.UTC))


def after_event(day: dt.date, *by: str) -> Hand:
    """People at two in the afternoon, UTC, when the event of the day has happened."""
    return Hand(by, dt.datetime.combine(day, dt.time(14), tzinfo=dt.UTC))


def event_on(day: dt.date, number: str) -> Event:
    """A made-up lottery at one in the afternoon, UTC; a real month names a real one."""
    due = dt.datetime.combine(day, dt.time(13), tzinfo=dt.UTC)
    return Event(
        "public_value",
        f"示例彩票第 {number} 期（演示用）",
        "示例彩票公告（演示用）",
        due.isoformat(),
    )
