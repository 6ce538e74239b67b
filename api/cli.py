"""How does a person at a keyboard run the month? One command a verb."""

from __future__ import annotations

import csv
import datetime as dt
import getpass
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from riskengine.errors import NotFound, RiskEngineError

# Commands import the engine when they run: `riskengine --help` must not wait for the solvers.

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="查谁、何时查、谁去查，并且人人可以验证。 Risk grades, public lottery, monthly rosters.",
)
out = Console(highlight=False)

Home = Annotated[Path, typer.Option(help="数据文件夹 · data folder")]
Pack = Annotated[str, typer.Option(help="规则包名或文件夹 · name or folder of the rules")]
Lang = Annotated[str, typer.Option(help="zh 或 en")]
By = Annotated[str, typer.Option(help="操作人 · who makes this step")]
EnteredBy = Annotated[
    list[str], typer.Option(help="录入人，须两人 · two people, give the option twice")
]
DayText = Annotated[str, typer.Option(help="日期，如 2026-12-01 · a date")]
MonthText = Annotated[str, typer.Option(help="月份，如 2026-12 · a month")]
EventName = Annotated[str, typer.Option(help="尚未发生的公开事件 · a public event still to come")]
EventSource = Annotated[str, typer.Option(help="到哪里查它的结果 · where its value can be read")]
EventDue = Annotated[
    str, typer.Option(help="发生时刻，带时区 · when, with zone: 2026-11-29T21:15+08:00")
]
HOME, PACK = Path("riskengine-data"), "cn-transport"


def main() -> None:
    """Run the command line; a refusal is a sentence, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except RiskEngineError as refusal:
        Console(stderr=True, highlight=False).print(
            f"{refusal.sentence.zh}\n{refusal.sentence.en}", style="red", markup=False
        )
        sys.exit(2)


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"riskengine {version('riskengine')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="版本")
    ] = False,
) -> None:
    """Options before the command."""


# ── values typed in ───────────────────────────────────────────────────────────────────────


def day_of(text: str) -> dt.date:
    """A date as people type it."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RiskEngineError("day_unreadable", text=text) from None


def month_of(text: str) -> dt.date:
    """The first day of a month as people type it."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise RiskEngineError("month_unreadable", text=text) from None


def must_from(path: Path | None) -> tuple[Any, ...]:
    """Visits outside the draw, from a CSV with enterprise_id, kind (case or special), reason."""
    from riskengine.errors import Sentence
    from scheduler.draw import Must

    if path is None:
        return ()
    if not path.is_file():
        raise NotFound("not_found", kind="file", name=str(path))
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    kinds = {"case": "case", "个案": "case", "special": "special", "专项": "special"}
    visits = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        if len(cells) < 3 or cells[1] not in kinds or not cells[0] or not cells[2]:
            raise RiskEngineError("must_unreadable", file=path.name, row=number, text=",".join(row))
        reason = Sentence("must_stated", cells[2], cells[2])
        visits.append(Must(cells[0], kinds[cells[1]], reason))  # type: ignore[arg-type]
    return tuple(visits)


def desk_at(home: Path, pack: str) -> Any:
    """The desk over a data folder."""
    from api import steps
    from api.settings import Settings

    return steps.open_desk(Settings(data=home, policy=pack))


def hand_of(*by: str) -> Any:
    """Who makes a step, now."""
    from api.settings import now
    from api.steps import Hand

    return Hand(by or (getpass.getuser(),), now())


def newest(desk: Any, kind: str, month: dt.date, what: str) -> str:
    """Digest of the newest document of a kind for the month."""
    found = desk.store.latest_document(kind, month=month)
    if found is None:
        raise NotFound("step_missing", month=f"{month:%Y-%m}", command=what)
    return str(found.digest)


def bar() -> Progress:
    """A progress bar that leaves nothing behind."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip


# ── commands ──────────────────────────────────────────────────────────────────────────────


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="名录文件夹 · folder of tables")],
    mapping: Annotated[Path | None, typer.Option(help="映射文件 · mapping file (YAML)")] = None,
    home: Home = HOME,
    pack: Pack = PACK,
    by: By = "",
    lang: Lang = "zh",
) -> None:
    """导入名录 · Read a register into the store."""
    from api import show, steps
    from api.papers.write import write_rejected

    desk = desk_at(home, pack)
    with bar() as progress:
        task = progress.add_task("…")

        def tell(done: int, steps_in_all: int, what: str) -> None:
            progress.update(task, completed=done, total=steps_in_all, description=what)

        register, new = steps.take_register(
            desk, hand_of(*filter(None, [by])), folder, mapping=mapping, progress=tell
        )
    out.print(show.imported(register, new, lang))  # type: ignore[arg-type]
    rejected = write_rejected(home, register)
    if rejected:
        out.print(show.pick(lang, f"拒收 {len(register.rejected)} 行，改正后再导入：{rejected}",
                            f"{len(register.rejected)} rows rejected; mend and import: {rejected}"))  # type: ignore[arg-type]  # fmt: skip


@app.command()
def grade(
    as_of: DayText,
    home: Home = HOME,
    pack: Pack = PACK,
    by: By = "",
    lang: Lang = "zh",
) -> None:
    """评级 · Grade every enterprise as known at the start of a day."""
    from api import show, steps
    from api.papers.write import write_grades
    from riskengine.grade import Grades, movers

    desk, day = desk_at(home, pack), day_of(as_of)
    before = steps.grades_before(desk, day)
    digest = steps.make_grades(desk, hand_of(*filter(None, [by])), as_of=day)
    grades, policy = steps.load(desk, "grades", digest, Grades), desk.policy.on(day)
    out.print(show.distribution(grades, policy, lang))  # type: ignore[arg-type]
    moved = movers(grades, before or grades, policy)
    if before:
        out.print(show.moves(moved, lang))  # type: ignore[arg-type]
    out.print(f"{write_grades(home, grades, moved, policy)}\n{digest}")


@app.command()
def explain(
    enterprise: Annotated[str, typer.Argument(help="企业代码 · enterprise id")],
    as_of: DayText,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Lang = "zh",
) -> None:
    """说清一家企业的等级 · One enterprise in sentences."""
    from api import show, steps

    desk, day = desk_at(home, pack), day_of(as_of)
    if desk.store.latest_document("grades", as_of=day) is None:
        steps.make_grades(desk, hand_of(), as_of=day)
    explanation, history = steps.tell_enterprise(desk, enterprise, as_of=day)
    out.print(show.told(explanation, lang))  # type: ignore[arg-type]
    for row in history.to_pylist():
        out.print(f"{row['as_of']}  {row['grade']}  {row['score']}")


@app.command()
def prepare(
    month: MonthText,
    as_of: DayText,
    by: By,
    event: EventName,
    event_source: EventSource,
    event_due: EventDue,
    must: Annotated[
        Path | None, typer.Option(help="必查企业 CSV · visits outside the draw")
    ] = None,
    replaces: Annotated[
        str | None, typer.Option(help="被替代的冻结文件 · digest of the frame it replaces")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="替代的理由 · why")] = None,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Lang = "zh",
) -> None:
    """算人手、定数量、冻结名单 · Capacity, quota and the frozen list."""
    from api import show, steps
    from api.papers.write import write_public_list
    from scheduler.draw import Event, Frame
    from scheduler.quota import Quota

    desk, first, day, hand = desk_at(home, pack), month_of(month), day_of(as_of), hand_of(by)
    named = Event("public_value", event, event_source, event_due)
    grades = steps.make_grades(desk, hand, as_of=day)
    quota = steps.make_quota(desk, hand, grades=grades, month=first, must=must_from(must))
    policy = desk.policy.on(day)
    out.print(show.quota(steps.load(desk, "quota", quota, Quota), policy, lang))  # type: ignore[arg-type]
    digest = steps.make_frame(
        desk, hand, quota=quota, event=named, replaces=replaces, reason=reason
    )
    frame = steps.load(desk, "frame", digest, Frame)
    out.print(show.frozen(frame, lang))  # type: ignore[arg-type]
    folder = home / month
    folder.mkdir(parents=True, exist_ok=True)
    out.print(f"{write_public_list(folder, frame, steps.known_on(desk, day), policy)}\n{digest}")


@app.command()
def settle(
    month: MonthText,
    value: Annotated[str, typer.Option(help="公开事件的结果 · the value of the event")],
    entered_by: EnteredBy,
    event: EventName,
    event_source: EventSource,
    event_due: EventDue,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Lang = "zh",
) -> None:
    """抽企业、排路线、冻结席位 · Draw enterprises, plan routes, freeze the seats."""
    from api import show, steps
    from scheduler.draw import Draw, Event
    from scheduler.roster.documents import Routes, Slots

    desk, first = desk_at(home, pack), month_of(month)
    named = Event("public_value", event, event_source, event_due)
    frame = newest(desk, "frame", first, "prepare")
    draw = steps.make_draw(desk, hand_of(*entered_by), frame=frame, event_value=value)
    out.print(show.drawn(steps.load(desk, "draw", draw, Draw), lang))  # type: ignore[arg-type]
    with bar() as progress:
        task = progress.add_task("…")
        routes = steps.make_routes(
            desk,
            hand_of(entered_by[0]),
            draw=draw,
            first_day=dt.datetime.fromisoformat(named.due_at).date() + dt.timedelta(days=1),
            progress=lambda done, total, what: progress.update(
                task, completed=done, total=total, description=what
            ),
        )
    out.print(show.planned(steps.load(desk, "routes", routes, Routes), lang))  # type: ignore[arg-type]
    slots = steps.make_slots(desk, hand_of(entered_by[0]), routes=routes, event=named)
    out.print(show.guessed(steps.load(desk, "slots", slots, Slots), lang))  # type: ignore[arg-type]


@app.command()
def staff(
    month: MonthText,
    value: Annotated[
        str, typer.Option(help="第二个公开事件的结果 · the value of the second event")
    ],
    entered_by: EnteredBy,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Lang = "zh",
) -> None:
    """抽人员 · Draw the officers."""
    from api import show, steps
    from scheduler.roster.documents import Roster

    desk, first = desk_at(home, pack), month_of(month)
    slots = newest(desk, "slots", first, "settle")
    digest = steps.make_roster(desk, hand_of(*entered_by), slots=slots, event_value=value)
    roster = steps.load(desk, "roster", digest, Roster)
    officers = steps.known_on(desk, first).tables["inspectors"].to_pylist()
    names = {row["inspector_id"]: row["name"] for row in officers}
    out.print(show.staffed(roster, names, lang))  # type: ignore[arg-type]


@app.command()
def publish(
    month: MonthText,
    by: By,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Lang = "zh",
) -> None:
    """由另一人核准并印发 · Another person approves; papers and bundle are written."""
    from api import show, steps

    desk, first = desk_at(home, pack), month_of(month)
    roster = newest(desk, "roster", first, "staff")
    written = steps.print_month(desk, hand_of(by), roster=roster, folder=home / month)
    out.print("\n".join(map(str, written)))
    out.print(show.pick(lang, "验证：", "verify: ") + f"riskengine verify {written[-1]}")  # type: ignore[arg-type]


@app.command()
def verify(bundle: Annotated[Path, typer.Argument(help="bundle.json")], lang: Lang = "zh") -> None:
    """验证一个月的证据包 · Was this month drawn honestly? Yes, or no and where."""
    from api import show
    from scheduler import lottery

    if not bundle.is_file():
        raise NotFound("not_found", kind="file", name=str(bundle))
    raw = bundle.read_bytes()
    try:
        findings = lottery.verify(lottery.parse_bundle(raw), raw)
    except lottery.LotteryError as refusal:
        findings = [{"where": "file", "zh": refusal.zh, "en": refusal.en}]
    out.print(show.judged(findings, lang))  # type: ignore[arg-type]
    raise typer.Exit(1 if findings else 0)


@app.command()
def simulate(
    officers: Annotated[
        str, typer.Option(help="人数，逗号分隔 · numbers of officers")
    ] = "6,8,10,12",
    months: int = 12,
    runs: int = 200,
    as_of: Annotated[str, typer.Option(help="评级日期；空为最近一次 · empty: newest grades")] = "",
    seed: int = 1,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Lang = "zh",
) -> None:
    """人手推演 · What if we had 6, 8, 10, 12 officers?"""
    from api import show, steps
    from api.papers.write import write_scenario
    from scheduler.staffing import Scenario

    desk = desk_at(home, pack)
    try:
        numbers = tuple(int(text) for text in officers.replace("，", ",").split(","))
    except ValueError:
        raise RiskEngineError("numbers_unreadable", text=officers) from None
    if as_of:
        digest = steps.make_grades(desk, hand_of(), as_of=day_of(as_of))
    else:
        found = desk.store.latest_document("grades")
        if found is None:
            raise NotFound("nothing_graded")
        digest = found.digest
    month = desk.store.get_document(digest).as_of.replace(day=1)
    made = steps.make_scenario(
        desk, hand_of(), grades=digest, month=month, officers=numbers,
        months=months, runs=runs, seed=seed,
    )  # fmt: skip
    scenario = steps.load(desk, "scenario", made, Scenario)
    out.print(show.scenario(scenario, lang))  # type: ignore[arg-type]
    out.print("\n".join(map(str, write_scenario(home, scenario))))


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8350,
    home: Home = HOME,
    pack: Pack = PACK,
) -> None:
    """HTTP 服务 · The same steps over HTTP, on this machine unless RISKENGINE_TOKEN is set."""
    import uvicorn

    from api.app import create_app
    from api.settings import Settings

    settings = Settings(host=host, port=port, data=home, policy=pack)
    uvicorn.run(create_app(settings), host=host, port=port)


@app.command()
def demo(
    example: Annotated[str, typer.Option(help="county 或 chicago-food")] = "county",
    to: Annotated[Path, typer.Option("--out", help="结果放在哪里 · where the papers go")] = Path(
        "out/demo"
    ),
    lang: Lang = "zh",
) -> None:
    """在示例县上跑完一个月 · A whole month on a bundled example."""
    from api.demo import run_demo

    run_demo(example, to, out, lang)
