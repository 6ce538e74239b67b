"""Which table says, before the draw of people, how well each route's officers can be guessed?"""

from __future__ import annotations

from api.papers.month import month_name, percent, sector_name
from api.papers.sheets import Sheet
from riskengine.digest import digest
from riskengine.policy import PolicyView
from scheduler.roster.documents import SHARE_UNIT, Slots


def guess_sheet(slots: Slots, policy: PolicyView) -> Sheet:
    """The routes by day, with the pool and what watching the month adds below."""
    days = {seat.route_id: seat.day for seat in slots.seats}
    held = slots.pool.certificates.items()
    pool = "、".join(f"{sector_name(sector, policy)} {count} 人" for sector, count in held)
    notes = [f"可抽人员 {slots.pool.officers} 人；其中具备资格：{pool or '—'}"]
    notes += [one.zh for one in (slots.pool.floor, slots.pool.training) if one]
    if (seen := slots.watch) and len({share.day for share in slots.shares}) > 1:
        notes.append(
            f"不知本月派员情况的人，最多按公布值猜（平均 {_share(seen.published_micro)}）；"
            f"一直留意本月派员的人，全月至少能猜中 {_share(seen.watching_micro)}，"
            f"{seen.late_from} 以后至少 {_share(seen.late_watching_micro)}"
            f"（公布值 {_share(seen.late_published_micro)}；按 {seen.rosters} 次预演估算，是下限）"
        )
    return Sheet(
        "抽签席位",
        f"{month_name(slots.month)}派员抽签：各路线被猜中的可能（抽签前公示）",
        ("日期", "路线", "最易猜中", "不可能低于", "可任组长", "可任检查人员", "可能的搭配", "过半的原因",
         "改进办法", "Why above one half", "What would help"),
        tuple(
            (
                days[one.route_id], one.route_id, _share(one.best_micro), _share(one.floor_micro),
                one.leads, one.seconds, one.pairs,
                *(said.zh if said else None for said in (one.reason, one.cure)),
                *(said.en if said else None for said in (one.reason, one.cure)),
            )
            for one in slots.guesses
        ),
        (*notes, f"席位指纹（Merkle 根）：{slots.root}；密文的承诺：{slots.commitment}",
         f"席位摘要：{digest(slots)}"),
    )  # fmt: skip


def _share(micro: int) -> str:
    return percent(micro, SHARE_UNIT, 1)
