"""How are ways of choosing compared, from a keyboard? `backtest`, and what learning shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from api.options import HOME, PACK, By, Language, Pack, bar, desk_at, hand_of, out
from api.typed import Lang, day_of

Folder = Annotated[
    Path | None,
    typer.Argument(help="名录文件夹；不写则用已导入的名录 · folder of tables; without: the store"),
]
MappingFile = Annotated[Path | None, typer.Option(help="映射文件 · mapping file (YAML)")]
Label = Annotated[
    str,
    typer.Option(
        help="哪些检查算查出问题，如 'score < 60'；空为规则包的定义 · what counts as a finding"
    ),
]
Windows = Annotated[int, typer.Option(min=1, help="几个时段 · how many windows")]
WindowDays = Annotated[int, typer.Option(min=1, help="每段几天 · days of a window")]
DelayDays = Annotated[
    int,
    typer.Option(min=0, help="结果晚几天才知道 · days between what is learnt from and a window"),
]
Cut = Annotated[
    Literal["visit", "month"],
    typer.Option(help="只用检查当天（visit）或当月（month）之前已知的 · what may be known"),
]
Seed = Annotated[int, typer.Option(min=0, help="区间的种子 · seed of the intervals")]
MaybeHome = Annotated[
    Path | None,
    typer.Option(
        help="数据文件夹，结果存入其中 · data folder, which keeps the result",
        envvar="RISKENGINE_DATA",
    ),
]


def backtest(
    folder: Folder = None,
    mapping: MappingFile = None,
    label: Label = "",
    windows: Windows = 6,
    window_days: WindowDays = 60,
    delay_days: DelayDays = 0,
    first: Annotated[
        list[str] | None,
        typer.Option("--from", help="时段从哪天开始，可多次 · first day of a window, may repeat"),
    ] = None,
    cut: Cut = "visit",
    models: Annotated[
        str | None, typer.Option(help="只比这几种，逗号分隔；不写则全比 · only these; without: all")
    ] = None,
    seed: Seed = 0,
    json: Annotated[
        Path | None, typer.Option("--json", help="全部数字写到哪里 · file for all figures")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="图表页（HTML）写到哪里 · file for the page of charts")
    ] = None,
    home: MaybeHome = None,
    pack: Pack = PACK,
    by: By = "",
    lang: Language = "zh",
) -> None:
    """回测：换个次序去查，能早几天查出问题 · Would another order have found more, and earlier?"""
    from api import backtests, show, show_backtest
    from api.papers.backtest import backtest_page

    for path in filter(None, (json, page)):
        require_writable(path)
    asked = backtests.Asked(
        label=label,
        windows=windows,
        window_days=window_days,
        delay_days=delay_days,
        starts=tuple(map(day_of, first or ())),
        cut=cut,
        seed=seed,
        models=backtests.models_from(models),
    )
    desk = desk_for(folder, home, pack)
    hand = hand_of(*filter(None, [by]))
    with bar() as progress:
        tell = telling(progress)
        today = hand.at.date()
        register = backtests.register_of(desk, folder, mapping, today=today, tell=tell)
        policy = policy_of(desk, pack)
        report = backtests.make_report(register, policy, asked, today=today, tell=tell)
    out.print(show_backtest.backtested(report, lang))
    tell_rejected(register, desk, lang)
    written = []
    if json:
        json.write_text(backtests.json_text(report) + "\n", encoding="utf-8")
        written.append(json)
    if page:
        page.write_text(backtest_page(report), encoding="utf-8")
        written.append(page)
    if written:
        out.print(show.written(written, lang))
    if desk is not None:
        out.print(show.fingerprint(backtests.keep_report(desk, hand, report), lang))


# ── what learning needs too ───────────────────────────────────────────────────────────────


def desk_for(folder: Path | None, home: Path | None, pack: str) -> Any:
    """The desk of a data folder: where one is named, or where the register is to come from it."""
    if home is None and folder is not None:
        return None
    return desk_at(home or HOME, pack, may_begin=folder is not None)


def policy_of(desk: Any, pack: str) -> Any:
    """The pack of the desk, or by name."""
    from riskengine.policy import read_policy

    return desk.policy if desk is not None else read_policy(pack)


def telling(progress: Any) -> Any:
    """A function that moves the bar."""
    task = progress.add_task("…")

    def tell(done: int, steps: int, what: str) -> None:
        progress.update(task, completed=done, total=steps, description=what)

    return tell


def tell_rejected(register: Any, desk: Any, lang: Lang) -> None:
    """How many rows were left out, and where they can be seen."""
    from api import show, show_backtest
    from api.papers.write import write_rejected

    if desk is None:
        for line in show_backtest.left_out(register, lang):
            out.print(line)
        return
    rejected = write_rejected(desk.data, register)
    if rejected:
        rows = len(register.rejected)
        zh, en = f"拒收 {rows} 行，改正后再来：", f"{rows} rows rejected, to mend:"
        out.print(show.pick(lang, zh, en), f"  {rejected}")


def require_writable(path: Path) -> None:
    """Find out before the work that a file can be written, and leave nothing behind."""
    was_there = path.exists()
    with path.open("a", encoding="utf-8"):
        pass
    if not was_there:
        path.unlink()
