"""How do a ladder of repairs, a reason and a price read in a terminal?

Like `api.show`; `lang` is "zh" or "en".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from api.show import grid, pick, said
from api.typed import Lang
from api.whys import Priced
from scheduler.roster.curve import Point
from scheduler.roster.documents import SHARE_UNIT, Repair
from scheduler.roster.offers import Offered
from scheduler.roster.proposed import Rung

FEW = 3
"""With fewer proposals it is said why there are not more."""
RUNGS = {
    "seats_only": ("只换空出的席位", "only the seats that are empty"),
    "hit_only": ("只动受影响的路线", "only the routes that are hit"),
    "same_days": ("同一天的路线也可以换人", "routes of the same days may change officers too"),
    "whole_future": ("以后各天的路线都可以换人", "all routes to come may change officers"),
    "new_team": (
        "可以新开一队，或由别的路线加去",
        "a new team may go, or other routes take visits in",
    ),
    "hand": ("手工换一个席位", "one seat by hand"),
}


def called(rung: str, lang: Lang) -> str:
    """What a rung allows to change."""
    return pick(lang, *RUNGS[rung])


def ladder(offered: Offered, lang: Lang) -> RenderableType:
    """The proposals in figures, then each with its changes; nobody is named for an open seat."""
    rungs = offered.rungs
    heads = pick_heads(
        lang,
        (
            "方案",
            "允许改动",
            "改路线",
            "换席位",
            "少查家次（价值）",
            "加查家次（价值）",
            "净少占全月",
        ),
        ("no.", "may change", "routes", "seats", "dropped (worth)", "added (worth)", "net share"),
    )
    lines = [
        (
            number, called(one.name, lang), one.routes, one.seats,
            counted(one.dropped, one.worth_dropped, lang),
            counted(one.added, one.worth_added, lang),
            f"{100 * one.worth_lost / one.worth:.1f} %" if one.worth else "—",
        )
        for number, one in enumerate((rung.offer for rung in rungs), start=1)
    ]  # fmt: skip
    title = pick(lang, "怎样换：从改得最少到丢得最少", "Proposals: from change least to lose least")
    parts: list[RenderableType] = [grid(title, *heads, lines=lines)]
    if len(rungs) < FEW:
        parts.append(Text(why_few(offered, lang)))
    for number, rung in enumerate(rungs, start=1):
        parts += [Text(pick(lang, f"方案 {number}", f"Proposal {number}"), "bold")]
        parts.append(said(rung.open, lang))
    return Group(*parts)


def counted(visits: int, worth: int, lang: Lang) -> str:
    """How many visits, and what they are worth."""
    return pick(lang, f"{visits}（{worth}）", f"{visits} ({worth})")


def why_few(offered: Offered, lang: Lang) -> str:
    """Why there are not more proposals; that nothing is better is said only where it is sure."""
    last = len(offered.rungs)
    if not offered.left:
        return pick(
            lang,
            f"方案 {last} 查到本月要查的每一家，再改也不会更好，所以不列更多方案。",
            f"Proposal {last} makes every visit of the month, and nothing could make more, so no "
            "further proposals are listed.",
        )
    tried = [called(name, lang) for name in offered.tried]
    if not offered.rungs[-1].offer.dropped:
        return pick(
            lang,
            f"方案 {last} 一家也不少查；别的改法也试过（{'；'.join(tried)}），"
            "没有找到能多查的，所以不列。",
            f"Proposal {last} drops no visit; other ways were tried too ({'; '.join(tried)}) "
            "and found nothing to add, so they are not listed.",
        )
    return pick(
        lang,
        f"还试过：{'；'.join(tried)}。没有找到丢得更少的，所以不列；这是试过的，不是证明。",
        f"Tried as well: {'; '.join(tried)}. Nothing that loses less was found, so they are not "
        "listed; this was tried and is no proof.",
    )


def was_set_aside(stale: Path, lang: Lang) -> RenderableType:
    """That a bundle opened before the repair is not the month's any more."""
    return Text(
        pick(
            lang,
            f"bundle.json 是这次换人以前启封的，不再作数，已改名为 {stale.name}；"
            "各组出发以后再运行 riskengine open，印出含这次换人的 bundle.json。",
            f"bundle.json was opened before this repair and is superseded; it is now {stale.name}. "
            "Run riskengine open again once all teams have left for a bundle.json with the repair.",
        )
    )


def how_to_choose(lang: Lang) -> RenderableType:
    """What to type next."""
    return Text(
        pick(
            lang,
            "还没有改动。选定后再运行一次，加上：--choose 方案号 --by 姓名 --why 理由",
            "Nothing has changed yet. Run it again with: --choose NUMBER --by NAME --why REASON",
        )
    )


def swap(rung: Rung, lang: Lang) -> RenderableType:
    """A swap that would be allowed."""
    yes = pick(
        lang,
        "可以换。要记下来，再运行一次，加上：--by 姓名 --why 理由",
        "This swap keeps every rule. To record it, run it again with: --by NAME --why REASON",
    )
    return Group(said(rung.open, lang), Text(yes))


def repaired(repair: Repair, lang: Lang) -> RenderableType:
    """What was changed, with names."""
    how, who = called(repair.rung, lang), "、".join(repair.by)
    head = pick(
        lang,
        f"第 {repair.number} 次换人已记录（{how}；{who}：{repair.reason}）",
        f"Repair {repair.number} is recorded ({how}; {who}: {repair.reason})",
    )
    return Group(Text(head, "bold"), said(repair.changes, lang))


def prices(found: Sequence[Priced], lang: Lang) -> RenderableType:
    """What is scarce, dearest first, with what the figures mean."""
    heads = pick_heads(lang, ("价值", "约合家次", "意思"), ("value", "≈ visits", "in words"))
    lines = [(one.value, f"{one.visits:.1f}", getattr(one.said, lang)) for one in found]
    title = pick(lang, "多一点值多少", "What a little more would be worth")
    notes = pick(
        lang,
        "价值：一次检查按风险算 1,000 到 10,000；“约合家次”是它除以本月排上的检查的平均价值。\n"
        "人、证、车是边际价：多一点点值这个数，多整整一个至多值这个数；半小时和回避是重新计算的。\n"
        "价只在本月排过的路线和相近的路线里算，用来比较哪样更缺，不是保证。0 表示本月不缺。",
        "Value: a visit counts 1,000 to 10,000 by its risk; “≈ visits” divides by the mean of the "
        "visits made.\nOfficers, licences and cars have marginal prices: a little more is worth "
        "that much, a whole one at most; half an hour and avoidances are solved anew.\n"
        "Prices look at the month's routes and those near them: they compare what is scarce and "
        "promise nothing. 0 means that the month does not lack it.",
    )
    return Group(grid(title, *heads, lines=lines), Text(notes))


def curve(points: Sequence[Point], lang: Lang) -> RenderableType:
    """What hiding the officers costs."""
    heads = pick_heads(
        lang,
        ("λ", "价值", "比第一行", "家次", "路线", "平均猜中", "最易猜中"),
        ("λ", "worth", "to the first", "visits", "routes", "mean guess", "largest"),
    )
    first = points[0].worth or 1
    lines = [
        (
            one.guess_price, one.worth, f"{100 * (one.worth - first) / first:+.2f} %",
            one.visits, one.routes,
            f"{one.mean_micro / SHARE_UNIT:.1%}", f"{one.largest_micro / SHARE_UNIT:.1%}",
        )
        for one in points
    ]  # fmt: skip
    title = pick(lang, "不让人猜中要少查多少", "What it costs that officers cannot be guessed")
    notes = pick(
        lang,
        "λ 越大，只有少数人能任组长的几家越少排在一条路线上。由规则包 roster.guess_price 定。",
        "The larger λ, the fewer visits that few may lead share a route. The pack's "
        "roster.guess_price says which one is used.",
    )
    return Group(grid(title, *heads, lines=lines), Text(notes))


def pick_heads(lang: Lang, zh: tuple[str, ...], en: tuple[str, ...]) -> tuple[str, ...]:
    """The titles of the columns in the language asked for."""
    return zh if lang == "zh" else en
