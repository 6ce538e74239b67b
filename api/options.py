"""What may be typed beside every command, and how does a command reach its desk and its people?"""

from __future__ import annotations

import datetime as dt
import getpass
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.typed import Lang, reveals_from
from riskengine.errors import NotFound, RiskEngineError


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
    list[str], typer.Option(help="录入人，公开数值须两人 · two people for a public value")
]
DayText = Annotated[str, typer.Option(help="日期，如 2026-12-01 · a date")]
MonthText = Annotated[str, typer.Option(help="月份，如 2026-12 · a month")]
EventName = Annotated[str, typer.Option(help="尚未发生的公开事件 · a public event still to come")]
EventSource = Annotated[str, typer.Option(help="到哪里查它的结果 · where its value can be read")]
EventDue = Annotated[
    str, typer.Option(help="发生时刻，带时区 · when, with zone: 2026-11-29T21:15+08:00")
]
EventKind = Annotated[
    str,
    typer.Option(help="public_value 公开数值、drand 随机信标、commit_reveal 各人密文；可省略"),
]
DrandChain = Annotated[str, typer.Option(help="信标 · beacon: quicknet, default")]
DrandRound = Annotated[
    int | None,
    typer.Option(min=1, help="信标轮次；不写则取 --event-due 时刻的一轮 · round of the beacon"),
]
Promises = Annotated[
    list[str] | None,
    typer.Option("--promise", help="姓名=承诺值，每人一次 · NAME=COMMITMENT of each officer"),
]
Value = Annotated[str, typer.Option(help="第一人录入的结果 · the value of the event")]
ValueAgain = Annotated[
    str | None, typer.Option(help="第二人录入的结果，须一致 · typed again by the second person")
]
Reveals = Annotated[
    list[str] | None,
    typer.Option("--reveal", help="姓名=密文或文件，每人一次 · NAME=SECRET or NAME=FILE"),
]
WithheldBy = Annotated[
    list[str] | None,
    typer.Option(help="逾期不公开密文的人 · who keeps a promised secret past the deadline"),
]
HOME, PACK = Path("riskengine-data"), "cn-transport"


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
        raise RiskEngineError("setting_unreadable", name=name, value=fault["input"]) from None


def desk_at(home: Path, pack: str, *, may_begin: bool = False) -> Any:
    """The desk over a data folder; only a command that brings data in may begin a new one."""
    from sqlalchemy.exc import SQLAlchemyError

    from api import steps

    settings = settings_of(home, pack)
    require_home(settings, may_begin=may_begin)
    try:
        return steps.open_desk(settings)
    except SQLAlchemyError as fault:
        cause = str(fault).splitlines()[0]
        raise RiskEngineError("store_unusable", folder=str(home), cause=cause) from fault


def require_home(settings: Any, *, may_begin: bool) -> None:
    """Refuse a data folder that is a file, or that is probably mistyped since it holds no data."""
    folder = settings.data
    if folder.is_file():
        raise RiskEngineError("folder_is_file", name=str(folder))
    if may_begin or settings.database:  # a database somewhere else needs no file in the folder
        return
    if not settings.database_file.is_file():
        raise NotFound("home_empty" if folder.is_dir() else "home_missing", folder=str(folder))


def hand_of(*by: str) -> Any:
    """Who makes a step, now."""
    from api.settings import now
    from api.steps import Hand

    return Hand(by or (getpass.getuser(),), now())


def newest(desk: Any, kind: str, month: dt.date, what: str) -> str:
    """Digest of the newest document of a kind that the record holds for the month."""
    from api import steps

    of_month = f"/{month:%Y-%m}"
    record = steps.chain(desk)
    found = [one for one in record if one.kind == kind and one.purpose.endswith(of_month)]
    if not found:
        raise NotFound("step_missing", month=f"{month:%Y-%m}", command=what)
    return str(found[-1].digest)


def graded(desk: Any, hand: Any, day: dt.date) -> str:
    """Digest of the grades of a day; grading nobody is a mistake, not a result."""
    from api import steps

    if not steps.known_on(desk, day).tables["enterprises"].num_rows:
        raise NotFound("nothing_imported", day=day)
    return str(steps.make_grades(desk, hand, as_of=day))


def drawn_before(desk: Any, frame: str, value: str) -> str | None:
    """The draw that was made from a frame with the same value; what stopped after it goes on."""
    from api import steps
    from scheduler.draw import Draw, Frame
    from scheduler.event import as_written

    event = steps.load(desk, "frame", frame, Frame).event
    for kept in desk.store.documents("draw"):
        if kept.inputs == (frame,):
            drawn = steps.load(desk, "draw", kept.digest, Draw)
            return kept.digest if drawn.event_value == as_written(event, value) else None
    return None


def typed_in(
    event: Any,
    value: str,
    value_again: str | None,
    reveals: list[str] | None,
    withheld_by: list[str] | None,
    command: str,
) -> tuple[str, str | None]:
    """The value of an event and what the second person typed; asked for where nobody typed it.

    At a keyboard each person types alone, unseen; a script that gives one value gives two names.
    """
    if event.kind == "commit_reveal":
        return reveals_from(reveals or (), withheld_by or ()), None
    is_asked = sys.stdin.isatty()
    if not value and not is_asked:
        raise RiskEngineError("option_missing", name="--value", command=f"riskengine {command}")
    first = value or ask(f"{event.name}：第一人录入 · first person")
    if event.kind == "public_value" and value_again is None and is_asked:
        return first, ask(f"{event.name}：第二人录入 · second person")
    return first, value_again


def ask(what: str) -> str:
    """What somebody types without showing it."""
    return str(typer.prompt(what, hide_input=True))


def bar() -> Progress:
    """A progress bar that leaves nothing behind."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks for the best plan so far; a second one ends the program as ever."""
    asked = Event()

    def stop(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
