"""How does a person at a keyboard run the month? One command a verb."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_backtest import backtest
from api.cli_casefiles import casefiles
from api.cli_contest import contest
from api.cli_drift import drift
from api.cli_formula import formula
from api.cli_learn import fit, fit_challenger
from api.cli_repair import repair
from api.cli_why import guess_curve, price_list, why
from api.mistyped import mistyped, troubled
from api.options import (
    HOME,
    PACK,
    By,
    DayText,
    DrandChain,
    DrandRound,
    EnteredBy,
    EventDue,
    EventKind,
    EventName,
    EventSource,
    Home,
    Language,
    MonthText,
    Pack,
    Promises,
    Reveals,
    Terminal,
    Value,
    ValueAgain,
    WithheldBy,
    bar,
    desk_at,
    drawn_before,
    graded,
    hand_of,
    newest,
    out,
    settings_of,
    stoppable,
    typed_in,
)
from api.typed import (
    NamedEvent,
    day_of,
    event_from,
    file_of,
    matrix_from,
    month_of,
    must_from,
    numbers_of,
)
from riskengine.errors import NotFound, RiskEngineError, Sentence, sentence

# Commands import the engine when they run: `riskengine --help` must not wait for the solvers.

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="查谁、何时查、谁去查，并且人人可以验证。 Risk grades, public lottery, monthly rosters.",
)
app.add_typer(casefiles, name="casefiles")
app.add_typer(contest, name="contest")
app.command()(backtest)
app.command()(fit)
app.command("fit-challenger")(fit_challenger)
app.command()(drift)
app.command()(formula)
app.command()(repair)
app.command()(why)
app.command("price-list")(price_list)
app.command("guess-curve")(guess_curve)


REFUSED = 2
Mistyped: Any = typer.BadParameter.__mro__[1]
"""What typer raises for a command line it cannot read; it gives the class no public name."""


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
        return refused(mistyped(misuse, arguments))
    except OSError as trouble:
        return refused(troubled(trouble))
    except (typer.Abort, KeyboardInterrupt):
        return refused(sentence("interrupted"))
    return int(code or 0)


def refused(why: Sentence) -> int:
    """Say why not, in both languages, and give the exit code."""
    from api.show import on_the_wall

    told = on_the_wall(f"{why.zh}\n{why.en}")
    Terminal(stderr=True, highlight=False).print(told, style="red", markup=False)
    return REFUSED


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

    desk = desk_at(home, pack, may_begin=True)
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
    enterprise: Annotated[str, typer.Argument(help="企业代码或名称 · enterprise id or name")],
    as_of: DayText,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """说清一家企业的等级 · One enterprise in sentences."""
    from api import show, telling

    day = day_of(as_of)
    desk = desk_at(home, pack)
    out.print(show.read_out(telling.tell(desk, enterprise, as_of=day).said, lang))


@app.command()
def prepare(
    month: MonthText,
    as_of: DayText,
    by: By,
    event: EventName = "",
    event_source: EventSource = "",
    event_due: EventDue = "",
    event_kind: EventKind = "",
    drand_chain: DrandChain = "quicknet",
    drand_round: DrandRound = None,
    promise: Promises = None,
    must: Annotated[
        Path | None,
        typer.Option(help="必查企业 CSV：企业代码,类型（个案、专项）,理由 · outside the draw"),
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
    from scheduler.draw import Frame
    from scheduler.event import require_future
    from scheduler.quota import Quota

    first, day, hand, outside = month_of(month), day_of(as_of), hand_of(by), must_from(must)
    typed = NamedEvent(
        event_kind, event, event_source, event_due, drand_chain, drand_round, tuple(promise or ())
    )
    named = event_from(typed, "prepare")
    require_future(named, hand.moment)
    desk = desk_at(home, pack)
    grades = graded(desk, hand, day)
    quota = steps.make_quota(desk, hand, grades=grades, month=first, must=outside)
    policy = desk.policy.on(day)
    out.print(show.quota(steps.load(desk, "quota", quota, Quota), policy, lang))
    if ratio := steps.ratio_behind(desk, quota):
        out.print(show.ratio(ratio, lang))
    digest = steps.make_frame(
        desk, hand, quota=quota, event=named, replaces=replaces, reason=reason
    )
    frame = steps.load(desk, "frame", digest, Frame)
    out.print(show.frozen(frame, lang))
    folder = home / month
    folder.mkdir(parents=True, exist_ok=True)
    paths = write_public_list(folder, frame, steps.known_on(desk, day), policy, ratio)
    out.print(show.written(paths, lang), show.fingerprint(digest, lang))


@app.command()
def promise(
    by: By,
    to: Annotated[
        Path | None, typer.Option("--to", help="密文存到哪里 · the file that keeps the secret")
    ] = None,
    lang: Language = "zh",
) -> None:
    """承诺一个密文，自己保管 · A secret of one officer, and the commitment that is published."""
    from api import show, steps

    path = to or Path.home() / "riskengine-promises" / f"{hand_of().moment.replace(':', '')}.txt"
    commitment = steps.promise(path)
    out.print(show.promised(by.strip(), commitment, path, lang))


@app.command()
def settle(
    month: MonthText,
    entered_by: EnteredBy,
    value: Value = "",
    value_again: ValueAgain = None,
    reveal: Reveals = None,
    withheld_by: WithheldBy = None,
    event: EventName = "",
    event_source: EventSource = "",
    event_due: EventDue = "",
    event_kind: EventKind = "",
    drand_chain: DrandChain = "quicknet",
    drand_round: DrandRound = None,
    promise: Promises = None,
    matrix: Annotated[
        Path | None, typer.Option(help="路程表：from_id, to_id, minutes · travel times")
    ] = None,
    withheld: Annotated[
        bool, typer.Option("--withheld", help="封存的秘密逾期未公开 · the secret is not opened")
    ] = False,
    plan_again: Annotated[
        str | None,
        typer.Option(help="重排路线、重新冻结席位的理由 · why routes and seats are made again"),
    ] = None,
    seats_again: Annotated[
        str | None,
        typer.Option(help="路线不变、重新冻结席位的理由 · why the seats are frozen again"),
    ] = None,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """抽企业、排路线、冻结席位 · Draw enterprises, plan routes, freeze the seats."""
    from api import show, steps, whys
    from api.papers.write import write_seats
    from scheduler.draw import Draw, Frame
    from scheduler.event import require_future
    from scheduler.outcome import LARGE
    from scheduler.roster.documents import Routes, Slots

    first, two = month_of(month), hand_of(*entered_by)
    typed = NamedEvent(
        event_kind, event, event_source, event_due, drand_chain, drand_round, tuple(promise or ())
    )
    named = event_from(typed, "settle")
    require_future(named, two.moment)
    desk = desk_at(home, pack)
    frame = newest(desk, "frame", first, "prepare")
    listed = steps.load(desk, "frame", frame, Frame)
    if len(listed.rows) >= LARGE:
        said = ("名单很长：第一次抽签要先编译十几秒。", "A long list: the first draw compiles.")
        out.print(show.pick(lang, *said))
    awaited = listed.event
    value, again = typed_in(awaited, value, value_again, reveal, withheld_by, "settle")
    draw = drawn_before(desk, frame, value) or steps.make_draw(
        desk, two, frame=frame, event_value=value, value_again=again, withheld=withheld
    )
    out.print(show.drawn(steps.load(desk, "draw", draw, Draw), lang))
    before = steps.planned_before(desk, draw)
    if before and plan_again is None:
        routes = before
    else:
        with bar() as progress, stoppable() as should_stop:
            task = progress.add_task("…")
            routes = steps.make_routes(
                desk,
                hand_of(entered_by[0]),
                draw=draw,
                matrix=matrix_from(matrix),
                first_day=dt.datetime.fromisoformat(event_due or named.due_at).date()
                + dt.timedelta(days=1),
                progress=lambda done, total, what: progress.update(
                    task, completed=done, total=total, description=what
                ),
                should_stop=should_stop,
                replaces=before,
                reason=plan_again,
            )
    out.print(show.planned(steps.load(desk, "routes", routes, Routes), lang))
    if short := whys.why_short(desk, two, routes):
        out.print(show.said(short, lang))
    why = plan_again or seats_again
    slots = steps.make_slots(
        desk,
        hand_of(entered_by[0]),
        routes=routes,
        event=named,
        replaces=steps.seated_before(desk, first) if why else None,
        reason=why,
    )
    seats = steps.load(desk, "slots", slots, Slots)
    out.print(show.guessed(seats, lang))
    folder = home / month
    folder.mkdir(parents=True, exist_ok=True)
    policy = desk.policy.on(steps.load(desk, "routes", routes, Routes).as_of)
    out.print(show.written([write_seats(folder, seats, policy)], lang))


@app.command()
def staff(
    month: MonthText,
    entered_by: EnteredBy,
    value: Value = "",
    value_again: ValueAgain = None,
    reveal: Reveals = None,
    withheld_by: WithheldBy = None,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """抽人员 · Draw the officers."""
    from api import show, steps
    from scheduler.roster.documents import Roster, Slots

    first = month_of(month)
    desk = desk_at(home, pack)
    slots = newest(desk, "slots", first, "settle")
    awaited = steps.load(desk, "slots", slots, Slots).event
    value, again = typed_in(awaited, value, value_again, reveal, withheld_by, "staff")
    digest = steps.make_roster(
        desk, hand_of(*entered_by), slots=slots, event_value=value, value_again=again
    )
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
    """由另一人核准并印发 · Another person approves; papers are written, names are sealed."""
    from api import show, steps

    first = month_of(month)
    desk = desk_at(home, pack)
    roster = newest(desk, "roster", first, "staff")
    written = steps.print_month(desk, hand_of(by), roster=roster, folder=home / month)
    out.print(show.written(written, lang), *show.still_sealed(written[-1], month, lang))
    out.print(show.pick(lang, "验证：", "verify: ") + f"riskengine verify {written[-1]}")


@app.command()
def names(
    month: MonthText,
    day: Annotated[int, typer.Option(min=1, max=31, help="几号 · day of the month")],
    by: By,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """公布当日检查人员（出发之后） · The officers of a day, once its teams have left."""
    from api import opening, show

    first = month_of(month)
    desk = desk_at(home, pack)
    roster = newest(desk, "roster", first, "staff")
    chosen = day_of(f"{first:%Y-%m}-{day:02d}")
    path = opening.print_names(desk, hand_of(by), roster=roster, day=chosen, folder=home / month)
    out.print(show.written([path], lang))


@app.command("open")
def open_(
    month: MonthText,
    by: By,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """启封（最后一组出发之后） · The whole bundle with its proof, once the last team has left."""
    from api import opening, show

    first = month_of(month)
    desk = desk_at(home, pack)
    roster = newest(desk, "roster", first, "staff")
    path = opening.print_opened(desk, hand_of(by), roster=roster, folder=home / month)
    out.print(show.written([path], lang))
    out.print(show.pick(lang, "验证：", "verify: ") + f"riskengine verify {path}")


@app.command()
def receipt(
    month: MonthText,
    one: Annotated[
        str, typer.Argument(metavar="ID", help="企业代码或人员编号 · enterprise or officer")
    ] = "",
    officer: Annotated[
        bool, typer.Option("--officer", help="执法人员的凭证 · of an officer")
    ] = False,
    everyone: Annotated[
        bool, typer.Option("--all", help="所有抽中的企业（或人员）· all who were drawn")
    ] = False,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """开具抽签凭证 · One page that proves the draw to an enterprise or an officer."""
    from api import show
    from api.receipts import receipts_of, write_receipts

    if bool(one) == everyone:
        raise RiskEngineError("receipt_whose")
    first = month_of(month)
    desk = desk_at(home, pack)
    kind, command = ("roster", "staff") if officer else ("draw", "settle")
    made = receipts_of(desk, newest(desk, kind, first, command), [one] if one else [])
    folder = home / month / "凭证"
    written = write_receipts(folder, made)
    out.print(show.written([folder] if everyone else written, lang))
    checked = folder / "ID.json" if everyone else written[0]
    out.print(show.pick(lang, "验证：", "verify: ") + f"riskengine verify {checked}")


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="bundle.json")], lang: Language = "zh"
) -> None:
    """验证一个月的证据包 · Was this month drawn honestly? Yes, or no and where."""
    from api import show
    from scheduler import beacon, lottery

    raw, parts, today = file_of(bundle, "bundle.json").read_bytes(), {}, hand_of().at.date()
    try:
        parts = lottery.parse_bundle(raw)
        findings = beacon.verify(parts, raw) + lottery.overdue(parts, today.isoformat())
    except lottery.LotteryError as refusal:
        findings = [{"where": "file", "zh": refusal.zh, "en": refusal.en}]
    out.print(show.judged(findings, lang, is_sealed="sealed" in parts))
    raise typer.Exit(1 if findings else 0)


@app.command()
def learn(
    month: Annotated[str, typer.Option(help="月份，如 2026-12 · a month")] = "",
    first: Annotated[str, typer.Option("--from", help="从哪个月 · first month")] = "",
    last: Annotated[str, typer.Option("--to", help="到哪个月 · last month")] = "",
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """本月查明了什么 · What the drawn visits say about everybody, with intervals."""
    from api import show, steps
    from api.papers.write import write_learnt

    if bool(month) == bool(first) or bool(first) != bool(last):
        raise RiskEngineError("learn_which")
    begin, end = month_of(month or first), month_of(month or last)
    desk = desk_at(home, pack)
    tomorrow = hand_of().at.date() + dt.timedelta(days=1)  # what is known today counts
    learnt = steps.learn_from(desk, first=begin, last=end, as_of=tomorrow)
    policy = desk.policy.on(learnt.as_of)
    out.print(show.learnt(learnt, policy, lang))
    folder = home / (month or f"{first}至{last}")
    out.print(show.written(write_learnt(folder, learnt, policy), lang))


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
    example: Annotated[
        str, typer.Option(help="county、county-adaptive、joint-case 或 chicago-food")
    ] = "county",
    to: Annotated[Path, typer.Option("--out", help="结果放在哪里 · where the papers go")] = Path(
        "out/demo"
    ),
    lang: Language = "zh",
) -> None:
    """跑完示例的一个月 · A whole month on a bundled example."""
    from api.demo import run_demo

    run_demo(example, to, out, lang)
