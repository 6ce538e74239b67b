"""How does a person at a keyboard run the month? One command a verb."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.typed import Lang, day_of, file_of, matrix_from, month_of, must_from, numbers_of
from riskengine.errors import NotFound, RiskEngineError, Sentence, sentence

# Commands import the engine when they run: `riskengine --help` must not wait for the solvers.

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="查谁、何时查、谁去查，并且人人可以验证。 Risk grades, public lottery, monthly rosters.",
)


class Terminal(Console):
    """A console that leaves long sentences to the window: Chinese has no spaces to break at."""

    def print(self, *objects: Any, **how: Any) -> None:
        """As `Console.print`, but only tables are fitted to the width."""
        super().print(*objects, **{"soft_wrap": True, "sep": "\n", **how})


out = Terminal(highlight=False)

Home = Annotated[Path, typer.Option(help="数据文件夹 · data folder", envvar="RISKENGINE_DATA")]
Pack = Annotated[
    str,
    typer.Option(help="规则包名或文件夹 · name or folder of the rules", envvar="RISKENGINE_POLICY"),
]
Language = Annotated[Lang, typer.Option(help="显示语言 · language")]
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
REFUSED = 2
Mistyped: Any = typer.BadParameter.__mro__[1]
"""What typer raises for a command line it cannot read; it gives the class no public name."""
MISTYPED = {
    "MissingParameter": "option_missing",
    "NoSuchOption": "option_unknown",
    "BadParameter": "option_unreadable",
}


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; a refusal is a sentence, never a traceback."""
    try:
        code = app(args=list(arguments), prog_name="riskengine", standalone_mode=False)
    except RiskEngineError as refusal:
        return refused(refusal.sentence)
    except Mistyped as misuse:
        if type(misuse).__name__ == "NoArgsIsHelpError":
            typer.echo(misuse.format_message())
            return REFUSED
        return refused(mistyped(misuse))
    except OSError as trouble:
        cause = trouble.strerror or type(trouble).__name__
        return refused(sentence("file_trouble", file=trouble.filename or "–", cause=cause))
    except (typer.Abort, KeyboardInterrupt):
        return refused(sentence("interrupted"))
    return int(code or 0)


def refused(why: Sentence) -> int:
    """Say why not, in both languages, and give the exit code."""
    Terminal(stderr=True, highlight=False).print(f"{why.zh}\n{why.en}", style="red", markup=False)
    return REFUSED


def mistyped(misuse: Any) -> Sentence:
    """What is wrong with a command line, in words."""
    command = misuse.ctx.command_path if misuse.ctx else "riskengine"
    parameter = getattr(misuse, "param", None)
    if parameter is not None:
        shown = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar
        name = shown or parameter.name.upper()
    else:
        name = getattr(misuse, "option_name", "")
    code = MISTYPED.get(type(misuse).__name__, "command_unreadable")
    return sentence(code, name=name, why=misuse.format_message().rstrip("."), command=command)


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


# ── desk and hands ──────────────────────────────────────────────────────────────────────


def settings_of(home: Path, pack: str, **chosen: Any) -> Any:
    """The settings: options first, then the environment."""
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        return Settings(data=home, policy=pack, **chosen)
    except ValidationError as refusal:
        fault = refusal.errors()[0]
        name = f"RISKENGINE_{'_'.join(map(str, fault['loc']))}".upper()
        raise RiskEngineError("setting_unreadable", name=name, why=fault["msg"]) from None


def desk_at(home: Path, pack: str) -> Any:
    """The desk over a data folder."""
    from sqlalchemy.exc import SQLAlchemyError

    from api import steps

    settings = settings_of(home, pack)
    try:
        return steps.open_desk(settings)
    except SQLAlchemyError as fault:
        cause = str(fault).splitlines()[0]
        raise RiskEngineError("store_unusable", folder=str(home), cause=cause) from fault


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


def graded(desk: Any, hand: Any, day: dt.date) -> str:
    """Digest of the grades of a day; grading nobody is a mistake, not a result."""
    from api import steps

    if not steps.known_on(desk, day).tables["enterprises"].num_rows:
        raise NotFound("nothing_imported", day=day)
    return str(steps.make_grades(desk, hand, as_of=day))


def drawn_before(desk: Any, frame: str, value: str) -> str | None:
    """The draw that was made from a frame with the same value; what stopped after it goes on."""
    from api import steps
    from scheduler import lottery
    from scheduler.draw import Draw

    for kept in desk.store.documents("draw"):
        if kept.inputs == (frame,):
            drawn = steps.load(desk, "draw", kept.digest, Draw)
            return kept.digest if drawn.event_value == lottery.plain_value(value) else None
    return None


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
    lang: Language = "zh",
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
    out.print(show.imported(register, new, lang))
    rejected = write_rejected(home, register)
    if rejected:
        left_out = len(register.rejected)
        zh, en = f"拒收 {left_out} 行，改正后再导入：", f"{left_out} rows rejected, to mend:"
        out.print(show.pick(lang, zh, en), f"  {rejected}")


@app.command()
def grade(
    as_of: DayText,
    home: Home = HOME,
    pack: Pack = PACK,
    by: By = "",
    lang: Language = "zh",
) -> None:
    """评级 · Grade every enterprise as known at the start of a day."""
    from api import show, steps
    from api.papers.write import write_grades
    from riskengine.grade import Grades, movers

    day = day_of(as_of)
    desk = desk_at(home, pack)
    before = steps.grades_before(desk, day)
    digest = graded(desk, hand_of(*filter(None, [by])), day)
    grades, policy = steps.load(desk, "grades", digest, Grades), desk.policy.on(day)
    out.print(show.distribution(grades, policy, lang))
    moved = movers(grades, before or grades, policy)
    if before:
        out.print(show.moves(moved, lang))
    path = write_grades(home, grades, moved, policy)
    out.print(show.written([path], lang), show.fingerprint(digest, lang))


@app.command()
def explain(
    enterprise: Annotated[str, typer.Argument(help="企业代码 · enterprise id")],
    as_of: DayText,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """说清一家企业的等级 · One enterprise in sentences."""
    from api import show, steps

    day = day_of(as_of)
    desk = desk_at(home, pack)
    if desk.store.latest_document("grades", as_of=day) is None:
        graded(desk, hand_of(), day)
    explanation, history = steps.tell_enterprise(desk, enterprise, as_of=day)
    out.print(show.told(explanation, lang), show.history(history, lang))


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
    lang: Language = "zh",
) -> None:
    """算人手、定数量、冻结名单 · Capacity, quota and the frozen list."""
    from api import show, steps
    from api.papers.write import write_public_list
    from scheduler.draw import Event, Frame
    from scheduler.event import require_future
    from scheduler.quota import Quota

    first, day, hand, outside = month_of(month), day_of(as_of), hand_of(by), must_from(must)
    named = Event("public_value", event, event_source, event_due)
    require_future(named, hand.moment)
    desk = desk_at(home, pack)
    grades = graded(desk, hand, day)
    quota = steps.make_quota(desk, hand, grades=grades, month=first, must=outside)
    policy = desk.policy.on(day)
    out.print(show.quota(steps.load(desk, "quota", quota, Quota), policy, lang))
    digest = steps.make_frame(
        desk, hand, quota=quota, event=named, replaces=replaces, reason=reason
    )
    frame = steps.load(desk, "frame", digest, Frame)
    out.print(show.frozen(frame, lang))
    folder = home / month
    folder.mkdir(parents=True, exist_ok=True)
    path = write_public_list(folder, frame, steps.known_on(desk, day), policy)
    out.print(show.written([path], lang), show.fingerprint(digest, lang))


@app.command()
def settle(
    month: MonthText,
    value: Annotated[str, typer.Option(help="公开事件的结果 · the value of the event")],
    entered_by: EnteredBy,
    event: EventName,
    event_source: EventSource,
    event_due: EventDue,
    matrix: Annotated[
        Path | None, typer.Option(help="路程表：from_id, to_id, minutes · travel times")
    ] = None,
    withheld: Annotated[
        bool, typer.Option("--withheld", help="封存的秘密逾期未公开 · the secret is not opened")
    ] = False,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """抽企业、排路线、冻结席位 · Draw enterprises, plan routes, freeze the seats."""
    from api import show, steps
    from scheduler.draw import Draw, Event
    from scheduler.event import require_future
    from scheduler.roster.documents import Routes, Slots

    first, two = month_of(month), hand_of(*entered_by)
    named = Event("public_value", event, event_source, event_due)
    require_future(named, two.moment)
    desk = desk_at(home, pack)
    frame = newest(desk, "frame", first, "prepare")
    draw = drawn_before(desk, frame, value) or steps.make_draw(
        desk, two, frame=frame, event_value=value, withheld=withheld
    )
    out.print(show.drawn(steps.load(desk, "draw", draw, Draw), lang))
    with bar() as progress:
        task = progress.add_task("…")
        routes = steps.make_routes(
            desk,
            hand_of(entered_by[0]),
            draw=draw,
            matrix=matrix_from(matrix),
            first_day=dt.datetime.fromisoformat(event_due).date() + dt.timedelta(days=1),
            progress=lambda done, total, what: progress.update(
                task, completed=done, total=total, description=what
            ),
        )
    out.print(show.planned(steps.load(desk, "routes", routes, Routes), lang))
    slots = steps.make_slots(desk, hand_of(entered_by[0]), routes=routes, event=named)
    out.print(show.guessed(steps.load(desk, "slots", slots, Slots), lang))


@app.command()
def staff(
    month: MonthText,
    value: Annotated[
        str, typer.Option(help="第二个公开事件的结果 · the value of the second event")
    ],
    entered_by: EnteredBy,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """抽人员 · Draw the officers."""
    from api import show, steps
    from scheduler.roster.documents import Roster

    first = month_of(month)
    desk = desk_at(home, pack)
    slots = newest(desk, "slots", first, "settle")
    digest = steps.make_roster(desk, hand_of(*entered_by), slots=slots, event_value=value)
    roster = steps.load(desk, "roster", digest, Roster)
    officers = steps.known_on(desk, first).tables["inspectors"].to_pylist()
    names = {row["inspector_id"]: row["name"] for row in officers}
    out.print(show.staffed(roster, names, lang))


@app.command()
def publish(
    month: MonthText,
    by: By,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """由另一人核准并印发 · Another person approves; papers and bundle are written."""
    from api import show, steps

    first = month_of(month)
    desk = desk_at(home, pack)
    roster = newest(desk, "roster", first, "staff")
    written = steps.print_month(desk, hand_of(by), roster=roster, folder=home / month)
    out.print(show.written(written, lang))
    out.print(show.pick(lang, "验证：", "verify: ") + f"riskengine verify {written[-1]}")


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="bundle.json")], lang: Language = "zh"
) -> None:
    """验证一个月的证据包 · Was this month drawn honestly? Yes, or no and where."""
    from api import show
    from scheduler import lottery

    raw = file_of(bundle).read_bytes()
    try:
        findings = lottery.verify(lottery.parse_bundle(raw), raw)
    except lottery.LotteryError as refusal:
        findings = [{"where": "file", "zh": refusal.zh, "en": refusal.en}]
    out.print(show.judged(findings, lang))
    raise typer.Exit(1 if findings else 0)


@app.command()
def simulate(
    officers: Annotated[
        str, typer.Option(help="人数，逗号分隔 · numbers of officers")
    ] = "6,8,10,12",
    months: Annotated[int, typer.Option(min=1, max=60, help="几个月 · how many months")] = 12,
    runs: Annotated[int, typer.Option(min=2, max=2000, help="推演几遍 · how often")] = 200,
    as_of: Annotated[str, typer.Option(help="评级日期；空为最近一次 · empty: newest grades")] = "",
    seed: Annotated[
        int, typer.Option(min=0, help="同样的种子，同样的结果 · same seed, same result")
    ] = 1,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """人手推演 · What if we had 6, 8, 10, 12 officers?"""
    from api import show, steps
    from api.papers.write import write_scenario
    from scheduler.staffing import Scenario

    numbers = numbers_of(officers)
    desk = desk_at(home, pack)
    if as_of:
        digest = graded(desk, hand_of(), day_of(as_of))
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
    out.print(show.scenario(scenario, lang))
    out.print(show.written(write_scenario(home, scenario), lang))


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="监听地址 · where to listen", envvar="RISKENGINE_HOST")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="端口 · port", envvar="RISKENGINE_PORT")
    ] = 8350,
    home: Home = HOME,
    pack: Pack = PACK,
) -> None:
    """HTTP 服务 · The same steps over HTTP, on this machine unless RISKENGINE_TOKEN is set."""
    import uvicorn

    from api.app import create_app

    settings = settings_of(home, pack, host=host, port=port)
    uvicorn.run(create_app(settings), host=host, port=port)


@app.command()
def demo(
    example: Annotated[str, typer.Option(help="county、joint-case 或 chicago-food")] = "county",
    to: Annotated[Path, typer.Option("--out", help="结果放在哪里 · where the papers go")] = Path(
        "out/demo"
    ),
    lang: Language = "zh",
) -> None:
    """跑完示例的一个月 · A whole month on a bundled example."""
    from api.demo import run_demo

    run_demo(example, to, out, lang)
