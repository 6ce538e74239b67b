"""How is a month asked why? `riskengine why`, `price-list` and `guess-curve`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import HOME, PACK, Home, Language, MonthText, Pack, bar, desk_at, hand_of, out
from api.typed import SEATS, month_of, prices_from
from riskengine.errors import RiskEngineError


def why(
    month: MonthText,
    visit: Annotated[
        str, typer.Option(help="这家为什么没排上 · an enterprise that is not visited")
    ] = "",
    route: Annotated[str, typer.Option(help="路线编号，如 20261210-02 · a route")] = "",
    seat: Annotated[str, typer.Option(help="席位：lead 或 second · a seat of the route")] = "lead",
    nothing_fits: Annotated[
        bool, typer.Option("--nothing-fits", help="哪几条规则合不到一起 · rules that clash")
    ] = False,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """为什么没排上、为什么是他、为什么排不下 · Why not this visit, why this officer."""
    from api import show, whys

    if bool(visit) + bool(route) + nothing_fits != 1 or seat not in SEATS:
        raise RiskEngineError("why_which")
    first, hand, desk = month_of(month), hand_of(), desk_at(home, pack)
    if visit:
        told = whys.why_visit(desk, hand, first, visit)
    elif route:
        told = whys.why_seat(desk, hand, first, route, SEATS[seat])
    else:
        told = whys.why_nothing_fits(desk, hand, first)
    out.print(show.said(told, lang))


def price_list(
    month: MonthText, home: Home = HOME, pack: Pack = PACK, lang: Language = "zh"
) -> None:
    """多一人、一车、半小时值多少 · What one more officer, car or half an hour would be worth."""
    from api import show_repair, whys

    found = whys.prices_of(desk_at(home, pack), hand_of(), month_of(month))
    out.print(show_repair.prices(found, lang))


def guess_curve(
    month: MonthText,
    prices: Annotated[
        str, typer.Option(help="λ，逗号分隔 · prices of a guess, by commas")
    ] = "0,30,100,200",
    seconds: Annotated[
        int | None, typer.Option(min=1, help="每个 λ 最多算几秒 · seconds for each")
    ] = None,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """不让人猜中要少查多少 · What it costs that officers cannot be guessed."""
    from api import show_repair, whys

    asked, desk = prices_from(prices), desk_at(home, pack)
    with bar() as progress:
        task = progress.add_task("…")
        points = whys.curve_of(
            desk,
            hand_of(),
            month_of(month),
            prices=asked,
            seconds=seconds,
            told=lambda price: progress.update(task, description=f"λ = {price}"),
        )
    out.print(show_repair.curve(points, lang))
