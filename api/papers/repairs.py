"""Who was exchanged for whom, when, by whom and why, as it is filed with the task sheets?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api.papers.month import Facts, by_id, local_moment, month_name
from api.papers.sheets import Cell, Sheet
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.roster.documents import News, Repair

ROLES = {"lead": "组长", "second": "检查人员"}
RUNGS = {
    "seats_only": "只换空出的席位",
    "hit_only": "只动受影响的路线",
    "same_days": "同一天的路线也可以换人",
    "whole_future": "以后各天的路线都可以换人",
    "new_team": "可以新开一队，或由别的路线加去",
    "hand": "手工换一个席位",
}
LOT = "空出的席位不由任何人指定：能坐的人按种子、换人编号、路线、席位和工号的 SHA-256 排序，由次序在前、其余席位仍能排满的人接任。"
SEALED = "含未出发日期的人员，各组出发前不得公开；全部记录随 bundle.json 公布，人人可以验证。"


def repair_sheets(
    repairs: Sequence[Repair], known: Known, policy: PolicyView, zone: str
) -> list[Sheet]:
    """One line for each seat that changed hands, and one for each change of a route."""
    officers = by_id(known, "inspectors", "inspector_id")
    firms = by_id(known, "enterprises", "enterprise_id")

    def officer(one: str | None) -> str:
        if one is None:
            return "（新开的一队）"
        return f"{officers[one]['name']}（{one}）"

    seats: list[tuple[Cell, ...]] = [
        (
            repair.number, local_moment(repair.at, zone), again.day, again.route_id,
            ROLES[again.seat], officer(again.was), officer(again.taker), again.passed + 1,
            "、".join(map(officer, again.order)), repair.reason, "、".join(repair.by),
        )
        for repair in repairs
        for again in repair.redrawn
    ]  # fmt: skip
    changes: list[tuple[Cell, ...]] = [
        (
            repair.number, local_moment(repair.at, zone), happened(repair.news, officers, firms),
            RUNGS[repair.rung], line.zh, repair.reason, "、".join(repair.by),
        )
        for repair in repairs
        for line in repair.changes
    ]  # fmt: skip
    month = month_name(repairs[0].month) if repairs else ""
    return [
        Sheet(
            "换人记录",
            f"{month}检查人员换人记录",
            (
                "次", "登记时间", "检查日期", "路线", "席位", "原来是谁", "换成谁", "抽签次序",
                "能坐的人（按抽签次序）", "为何换", "经办",
            ),
            tuple(seats),
            (LOT, SEALED),
            group="次",
        ),
        Sheet(
            "全部改动",
            f"{month}排班改动",
            ("次", "登记时间", "发生了什么", "选了哪个方案", "改动", "为何换", "经办"),
            tuple(changes),
            (),
            group="次",
        ),
    ]  # fmt: skip


def happened(news: News, officers: Mapping[str, Facts], firms: Mapping[str, Facts]) -> str:
    """What upset the roster, in one cell."""
    told = [
        f"{officers[one.inspector_id]['name']} {one.first} 至 {one.last} 不能外出"
        for one in news.absent
    ]
    told += [
        f"{firms[one.enterprise_id]['name']} {one.first} 至 {one.last} 不接待"
        for one in news.closed
    ]
    told += [
        f"{firms[one.enterprise_id]['name']} 须在 {one.by} 以前去（{one.reason}）"
        for one in news.urgent
    ]
    return "；".join(told) or "手工换人"
