"""How is a challenger learnt and set beside the card, from a keyboard? `fit-challenger`."""

from __future__ import annotations

from os.path import relpath
from pathlib import Path
from typing import Annotated

import typer

from api.cli_backtest import (
    Cut,
    DelayDays,
    Folder,
    Label,
    MappingFile,
    MaybeHome,
    Seed,
    WindowDays,
    Windows,
    desk_for,
    policy_of,
    tell_rejected,
    telling,
)
from api.options import PACK, Language, Pack, bar, hand_of, out
from riskengine.errors import RiskEngineError


def fit_challenger(
    folder: Folder = None,
    register: Annotated[
        Path | None, typer.Option(help="同上，名录文件夹 · the folder of tables, as an option")
    ] = None,
    mapping: MappingFile = None,
    label: Label = "",
    name: Annotated[
        str, typer.Option(help="名称，可与计分卡相同；空为规则包名和年月 · may be that of a card")
    ] = "",
    to: Annotated[
        Path, typer.Option("--out", help="写到哪个文件夹的 fitted/ 下 · writes fitted/NAME in it")
    ] = Path(),
    with_surroundings: Annotated[
        bool,
        typer.Option("--with-surroundings", help="也看同乡镇、同行业查出的比例 · township, sector"),
    ] = False,
    windows: Windows = 4,
    window_days: WindowDays = 60,
    delay_days: DelayDays = 0,
    cut: Cut = "visit",
    seed: Seed = 0,
    home: MaybeHome = None,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """学一个挑战模型：看计分卡让出多少，批准后排同级先后 · Learn a challenger, for signing."""
    from api import backtests, challengers, show_challenger

    if folder is not None and register is not None:
        raise RiskEngineError("backtest_folder_twice")
    folder = folder or register
    if name:
        challengers.folder_for(name, to)
    to.mkdir(parents=True, exist_ok=True)
    asked = backtests.Asked(label, windows, window_days, delay_days, cut=cut, seed=seed)
    desk, today = desk_for(folder, home, pack), hand_of().at.date()
    with bar() as progress:
        tell = telling(progress)
        read = backtests.register_of(desk, folder, mapping, today=today, tell=tell)
        learnt = challengers.make_challenger(
            read,
            policy_of(desk, pack),
            asked,
            name=name,
            with_surroundings=with_surroundings,
            today=today,
            tell=tell,
        )
    tell_rejected(read, desk, lang)
    file = challengers.write_learnt(learnt, to)
    is_folder = Path(pack).is_dir()
    where = relpath(file, pack) if is_folder else f"../fitted/{learnt.name}/{challengers.FILE}"
    out.print(*show_challenger.learnt(learnt, file, lang))
    out.print("", challengers.challenger_lines(learnt, where.replace("\\", "/")))
    if not is_folder:
        out.print(show_challenger.where(file, lang))
