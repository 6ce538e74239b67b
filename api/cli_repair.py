"""How is a drawn roster mended from a keyboard? `riskengine repair`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import (
    HOME,
    PACK,
    By,
    Home,
    Language,
    MonthText,
    Pack,
    desk_at,
    hand_of,
    newest,
    out,
)
from api.typed import day_of, month_of, news_from, seat_from
from riskengine.errors import NotAllowed, RiskEngineError


def repair(
    month: MonthText,
    today: Annotated[
        str, typer.Option(help="从哪天起换，这天以前不动；空为今天 · the day it is; empty: today")
    ] = "",
    absent: Annotated[
        list[str] | None,
        typer.Option(help="谁哪几天不能外出：P03:2026-12-10..2026-12-14 · OFFICER:DAYS, each once"),
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(help="哪家哪几天去不了：E12:2026-12-10..2026-12-11 · ENTERPRISE:DAYS"),
    ] = None,
    urgent: Annotated[
        list[str] | None,
        typer.Option(help="哪家须在哪天以前去：E99:2026-12-15:理由 · ENTERPRISE:DAY:GROUNDS"),
    ] = None,
    swap: Annotated[
        str, typer.Option(help="手工换一席：路线:lead 或 路线:second:P05 · ROUTE:SEAT[:OFFICER]")
    ] = "",
    choose: Annotated[
        int | None,
        typer.Option(help="选定第几个方案，从 1 起 · the number of the proposal, from 1"),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="撤回：不可以，说明为何 · not possible, says why")
    ] = False,
    by: By = "",
    why: Annotated[
        str, typer.Option(help="为何换；随证据包公布，不写病情 · why, in words that are published")
    ] = "",
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """有人不能去、去不了、要加急：怎样换，换谁 · Someone is ill: what changes, who goes."""
    from api import repairs, show, show_repair
    from api.steps import load
    from scheduler.roster.documents import Repair

    if withdraw:
        raise NotAllowed("repair_final")
    first, hand = month_of(month), hand_of(*filter(None, [by]))
    news = news_from(absent or (), closed or (), urgent or ())
    if swap and (absent or closed or urgent or choose is not None):
        raise RiskEngineError("repair_one_thing")
    desk = desk_at(home, pack)
    roster = newest(desk, "roster", first, "staff")
    day = day_of(today) if today else repairs.today_of(hand)
    if swap:
        route, seat, officer = seat_from(swap)
        ladder = repairs.make_swap(
            desk, hand, roster=roster, route=route, seat=seat, officer=officer, today=day
        )
        chosen = 1 if by or why else None
    else:
        try:
            ladder = repairs.make_ladder(desk, hand, roster=roster, news=news, today=day)
        except NotAllowed as refusal:
            # without news the leave that was imported since is looked at; here there is none
            if refusal.code == "repair_nothing" and not (absent or closed or urgent):
                raise RiskEngineError("repair_what") from None
            raise
        chosen = choose
    if chosen is None:
        if swap:
            out.print(show_repair.swap(ladder.rungs[0], lang))
        else:
            out.print(show_repair.ladder(ladder.offered, lang), show_repair.how_to_choose(lang))
        return
    if not by:
        raise RiskEngineError("option_missing", name="--by", command="riskengine repair")
    made = repairs.keep_repair(desk, hand, ladder, chosen=chosen, why=why, today=day)
    out.print(show_repair.repaired(load(desk, "repair", made, Repair), lang))
    written = repairs.print_repair(desk, hand, roster=roster, folder=home / month)
    out.print(show.written(written, lang), show.fingerprint(made, lang))
    stale = repairs.set_aside(home / month, ladder.number)
    if stale is not None:
        out.print(show_repair.was_set_aside(stale, lang))
