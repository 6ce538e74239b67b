"""How are a card and a challenger learnt, from a keyboard? `fit` and `fit-challenger`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

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
from api.signing import ToSign, lines_to_sign
from api.typed import Lang
from riskengine.errors import RiskEngineError, sentence

if TYPE_CHECKING:
    from api.backtests import Asked

FolderAgain = Annotated[
    Path | None,
    typer.Option("--register", help="同上，名录文件夹 · the folder of tables, as an option"),
]
To = Annotated[
    Path, typer.Option("--out", help="写到哪个文件夹的 fitted/ 下 · writes fitted/NAME in it")
]
WithSurroundings = Annotated[
    bool,
    typer.Option("--with-surroundings", help="也看同乡镇、同行业查出的比例 · township, sector"),
]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Source:
    """Which visits are learnt from: a folder with its mapping, or what the store holds."""

    folder: Path | None
    mapping: Path | None
    home: Path | None
    pack: str
    lang: Lang


def fit(
    folder: Folder = None,
    register: FolderAgain = None,
    mapping: MappingFile = None,
    label: Label = "",
    name: Annotated[
        str, typer.Option(help="计分卡的名称；空为规则包名和年月 · name of the card")
    ] = "",
    to: To = Path(),
    with_surroundings: WithSurroundings = False,
    shares: Annotated[
        str,
        typer.Option(help="各等级百分之几，如 A=60,B=25,C=10,D=5；空为与现在相同 · empty: as now"),
    ] = "",
    windows: Windows = 4,
    window_days: WindowDays = 60,
    delay_days: DelayDays = 0,
    cut: Cut = "visit",
    seed: Seed = 0,
    home: MaybeHome = None,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """从历史检查学一张计分卡，待人签字 · Learn a scorecard from past visits, for signing."""
    from api import backtests, fits, show_backtest

    source = Source(the_one(folder, register), mapping, home, pack, lang)
    asked = backtests.Asked(label, windows, window_days, delay_days, cut=cut, seed=seed)
    wanted = fits.shares_from(shares)
    if name:
        fits.folder_of(name, to)
    to.mkdir(parents=True, exist_ok=True)
    make = partial(fits.make_card, name=name, shares=wanted, with_surroundings=with_surroundings)
    made = learnt(source, asked, make)
    path = fits.write_card(made, to)
    out.print(*show_backtest.fitted(made, path, lang))
    tell_lines(made.to_sign, path, to, source)


def fit_challenger(
    folder: Folder = None,
    register: FolderAgain = None,
    mapping: MappingFile = None,
    label: Label = "",
    name: Annotated[
        str, typer.Option(help="名称，可与计分卡相同；空为规则包名和年月 · may be that of a card")
    ] = "",
    to: To = Path(),
    with_surroundings: WithSurroundings = False,
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

    source = Source(the_one(folder, register), mapping, home, pack, lang)
    asked = backtests.Asked(label, windows, window_days, delay_days, cut=cut, seed=seed)
    if name:
        challengers.folder_of(name, to)
    to.mkdir(parents=True, exist_ok=True)
    make = partial(challengers.make_challenger, name=name, with_surroundings=with_surroundings)
    made = learnt(source, asked, make)
    file = challengers.write_learnt(made, to)
    out.print(*show_challenger.learnt(made, file, lang))
    tell_lines(made.to_sign, file, to, source)


# ── what both need ────────────────────────────────────────────────────────────────────────


def the_one(folder: Path | None, register: Path | None) -> Path | None:
    """The folder of tables, which may be given in either way, but once."""
    if folder is not None and register is not None:
        raise RiskEngineError("backtest_folder_twice")
    return folder or register


def learnt(source: Source, asked: Asked, make: Callable[..., Made]) -> Made:
    """What `make` learns, under a bar; the rows that were left out are told of."""
    from api import backtests

    desk, today = desk_for(source.folder, source.home, source.pack), hand_of().at.date()
    with bar() as progress:
        tell = telling(progress)
        read = backtests.register_of(desk, source.folder, source.mapping, today=today, tell=tell)
        made = make(read, policy_of(desk, source.pack), asked, today=today, tell=tell)
    tell_rejected(read, desk, source.lang)
    return made


def tell_lines(to_sign: ToSign, path: Path, to: Path, source: Source) -> None:
    """The lines for ``pack.yaml``; those of a bundled pack are for a copy beside ``fitted/``."""
    from api.show import said

    is_folder = Path(source.pack).is_dir()
    where = Path(relpath(path, source.pack)) if is_folder else ".." / path.relative_to(to)
    out.print("", lines_to_sign(to_sign, where.as_posix()))
    if not is_folder:
        out.print(said([sentence("fit_where", path=str(path))], source.lang))
