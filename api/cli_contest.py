"""How does somebody at a keyboard take in a contest and rule on it? `riskengine contest`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import HOME, PACK, By, Home, Language, Pack, desk_at, hand_of, out
from api.typed import day_of
from riskengine.errors import RiskEngineError

contest = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="异议：企业对一条事实提出异议，一人受理，另一人裁定 · A fact is contested and ruled on.",
)

Day = Annotated[str, typer.Option("--on", help="日期；空为今天 · the day; empty: today")]


@contest.command("file")
def file(
    enterprise: Annotated[str, typer.Argument(help="企业代码 · enterprise id")],
    table: Annotated[
        str, typer.Option(help="哪类事实，如 违法案件、隐患 · violations, hazards, …")
    ],
    fact: Annotated[str, typer.Option(help="事实的编号 · number of the fact")],
    who: Annotated[str, typer.Option(help="谁代表企业提出 · who speaks for the enterprise")],
    reason: Annotated[str, typer.Option(help="理由 · why")],
    by: By,
    on: Day = "",
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """受理异议 · Take in a contest."""
    from api import contests, show

    day = day_of(on) if on else None
    name, said = contests.file_contest(
        desk_at(home, pack), hand_of(by), enterprise_id=enterprise, table=table, fact_id=fact,
        contested_by=who, reason=reason, contested_on=day,
    )  # fmt: skip
    out.print(show.said([said], lang), show.fingerprint(name, lang))
    out.print(show.pick(lang, "裁定：", "to rule: ") + f"riskengine contest rule {name[:12]} …")


@contest.command("rule")
def rule(
    name: Annotated[str, typer.Argument(metavar="CONTEST", help="异议的文件指纹 · its digest")],
    ground: Annotated[str, typer.Option(help="裁定的依据 · the ground of the ruling")],
    by: By,
    upheld: Annotated[bool, typer.Option("--upheld", help="异议成立 · upheld")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="不成立 · rejected")] = False,
    change: Annotated[
        list[str] | None, typer.Option(help="更正：字段=值，可多次 · FIELD=VALUE, repeatable")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="撤销这条事实 · the fact never was")
    ] = False,
    on: Day = "",
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """裁定异议 · Rule on a contest; the grades of then and of now are kept beside the old ones."""
    from api import contests, show

    if upheld == rejected:
        raise RiskEngineError("contest_which")
    day, changes = day_of(on) if on else None, dict(map(change_from, change or ()))
    ruled = contests.rule_on(
        desk_at(home, pack), hand_of(by), contest=name, is_upheld=upheld, ground=ground,
        changes=changes, withdraw=withdraw, decided_on=day,
    )  # fmt: skip
    out.print(show.said(ruled.said, lang), show.fingerprint(ruled.ruling, lang))


@contest.command("list")
def list_(home: Home = HOME, pack: Pack = PACK, lang: Language = "zh") -> None:
    """所有异议和裁定 · Every contest with its ruling."""
    from api import contests, show

    listed = list(contests.every_contest(desk_at(home, pack)))
    for one in listed:
        out.print(one.name[:12], show.said(one.said, lang))
    if not listed:
        out.print(show.pick(lang, "没有异议。", "There is no contest."))


def change_from(text: str) -> tuple[str, str]:
    """A field and its true value, as typed.

    >>> change_from("情节=轻微")
    ('情节', '轻微')
    """
    field, sign, value = text.partition("=")
    if not sign:
        raise RiskEngineError("contest_change", text=text)
    return field.strip(), value.strip()
