"""What do the month's papers have in common, and what stands on the list of the drawn?

The columns follow the forms in use for 双随机、一公开; `tasks` and `results` hold the other two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from api.papers.sheets import Cell, Sheet
from riskengine.digest import digest
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.draw import Draw, Frame
from scheduler.roster.documents import Routes
from scheduler.together import Item, is_joint

Facts = Mapping[str, Any]
M = 10**9
ZONE = "Asia/Shanghai"
CALLED = {ZONE: "北京时间"}
KINDS = {"routine": "日常", "special": "专项", "case": "个案", "owed": "欠查补查"}
LISTED = (
    "序号", "统一社会信用代码/注册号", "企业名称", "成立日期", "主体类别", "登记机关", "管辖单位",
)  # fmt: skip
"""The columns every list of enterprises begins with."""
TOGETHER = "综合查一次：同一企业的几项检查、几个科室一次上门；所需材料只要一份，各科室共用。"
BODIES = {"91": "企业", "92": "个体工商户", "93": "农民专业合作社"}
"""What the first two characters of a unified social credit code stand for (GB 32100)."""
CODE_LENGTH = 18


def by_id(known: Known, table: str, key: str) -> dict[str, Facts]:
    """Rows of a register table by their key."""
    return {row[key]: row for row in known.tables[table].to_pylist()}


def clock(minute: int) -> str:
    """Minutes after midnight as a time of day.

    >>> clock(510)
    '08:30'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def month_name(month: dt.date) -> str:
    """
    >>> month_name(dt.date(2026, 12, 1))
    '2026年12月'
    """
    return f"{month.year}年{month.month}月"


def local_moment(moment: str, zone: str = ZONE) -> str:
    """A moment of a document, which is in UTC, as the clock on the wall shows it.

    >>> local_moment("2026-11-29T13:15:00Z")
    '2026-11-29 21:15（北京时间）'
    """
    there = dt.datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%d %H:%M}（{CALLED.get(zone, zone)}）"


def sector_name(sector: str, policy: PolicyView) -> str:
    """The Chinese name of a sector, or its code where the pack has no name for it."""
    title = policy.pack.sectors.get(sector)
    return title.zh if title else sector


def percent(part: int, whole: int, digits: int = 2) -> str:
    """
    >>> percent(123456789, 10**9)
    '12.35%'
    """
    return f"{100 * part / whole:.{digits}f}%" if whole else "—"


def numbered(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows with a number before their first cell."""
    return tuple((number, *row) for number, row in enumerate(rows, start=1))


def body_of(code: str) -> str | None:
    """What kind of body a credit code belongs to; other numbers do not say.

    >>> body_of("92130109MAX000681Y")
    '个体工商户'
    """
    return BODIES.get(code[:2]) if len(code) == CODE_LENGTH else None


def registrar_of(code: str) -> str | None:
    """Who registered the body, as its credit code says: authority and division of the country.

    >>> registrar_of("92130109MAX000681Y")
    '市场监管部门（130109）'
    """
    return f"市场监管部门（{code[2:8]}）" if body_of(code) else None


def listed(enterprise_id: str, firm: Facts, policy: PolicyView) -> tuple[Cell, ...]:
    """The cells under `LISTED`, but for the number."""
    return (
        enterprise_id, firm.get("name"), firm.get("opened_on"), body_of(enterprise_id),
        registrar_of(enterprise_id), policy.pack.jurisdiction.zh,
    )  # fmt: skip


def together(items: Iterable[Item]) -> str | None:
    """What is looked at on one visit for several lists or offices; none where it serves only one.

    >>> together([Item("", "routine"), Item("示例交警大队", "重点车辆检查")])
    '日常；示例交警大队：重点车辆检查'
    """
    items = tuple(items)
    if not is_joint(items):
        return None
    return "；".join(
        f"{one.office}：{one.item}" if one.office else KINDS.get(one.item, one.item)
        for one in items
    )


def list_sheets(
    frame: Frame,
    drawn: Draw,
    known: Known,
    policy: PolicyView,
    grades: Mapping[str, str],
    routes: Routes,
) -> list[Sheet]:
    """The public list of drawn enterprises, and the reserves in their order."""
    firms = by_id(known, "enterprises", "enterprise_id")
    chances = {row.enterprise_id: row.pi_nano for row in frame.rows}
    items = {stop.enterprise_id: stop.items for route in routes.routes for stop in route.stops}

    def line(enterprise_id: str, how: str, chance: str) -> tuple[Cell, ...]:
        firm = firms[enterprise_id]
        return (
            *listed(enterprise_id, firm, policy), sector_name(firm["sector"], policy),
            firm["township"], grades.get(enterprise_id), how, chance,
            together(items.get(enterprise_id, ())), "是",
        )  # fmt: skip

    lines = [line(one, "随机抽取", percent(chances[one], M)) for one in drawn.selected]
    lines += [line(must.enterprise_id, KINDS[must.kind], "必查") for must in frame.must]
    month = month_name(frame.month)
    return [
        Sheet(
            "抽查名单",
            f"{month}双随机抽查名单",
            (*LISTED, "行业", "乡镇", "风险等级", "产生方式", "入样概率", "综合查一次", "是否公示"),
            numbered(lines),
            (
                f"名单指纹（Merkle 根）：{frame.root}",
                f"抽取编号：{frame.draw_number}；公开事件：{frame.event.name}；种子：{drawn.seed}",
                "“入样概率”是抽取前公布的本月被抽中的概率；“必查”不占随机名额。",
                *([TOGETHER] if any(map(together, items.values())) else []),
                "任何人都可以验证：python lottery.py bundle-sealed.json，启封以后 bundle.json",
            ),
        ),
        Sheet(
            "候补名单",
            f"{month}候补名单（查无此家或已停业时按次序补查，不得另选）",
            ("等级", "行业", "次序", "统一社会信用代码/注册号", "企业名称", "乡镇"),
            tuple(
                (grade, sector_name(sector, policy), place, one, firms[one]["name"],
                 firms[one]["township"])
                for grade, sector, one, place in reserve_places(drawn)
            ),
            group="行业",
        ),
    ]  # fmt: skip


def reserve_places(drawn: Draw) -> Iterator[tuple[str, str, str, int]]:
    """(grade, sector, enterprise, place) of every reserve, in order."""
    for reserve in drawn.reserves:
        for place, enterprise_id in enumerate(reserve.enterprise_ids, start=1):
            yield reserve.grade, reserve.sector, enterprise_id, place


def frozen_sheet(frame: Frame, known: Known, policy: PolicyView) -> Sheet:
    """The list to post before the event: everyone, with probability, and what was promised."""
    firms = by_id(known, "enterprises", "enterprise_id")
    event = frame.event
    return Sheet(
        "冻结名单",
        f"{month_name(frame.month)}抽查对象冻结名单（抽取前公示）",
        ("序号", "统一社会信用代码/注册号", "企业名称", "等级", "行业", "乡镇", "本月入样概率"),
        numbered(
            (
                row.enterprise_id, firms[row.enterprise_id]["name"], row.grade,
                sector_name(row.sector, policy), row.township,
                percent(row.pi_nano, M, 4) if row.pi_nano else "0（本月不抽）",
            )
            for row in frame.rows
        ),
        (
            f"名单指纹（Merkle 根）：{frame.root}",
            f"名单摘要（含规则、事件、必查）：{digest(frame)}",
            f"规则指纹：{frame.rule_digest}",
            f"秘密的承诺：{frame.commitment}；抽取编号：{frame.draw_number}",
            f"公开事件：{event.name}；来源：{event.source}；时间：{local_moment(event.due_at)}",
            f"密文须在 {local_moment(event.reveal_by)} 之前公开，逾期按空密文计算",
            f"本月从以上 {len(frame.rows)} 家中随机抽取 {frame.visits} 家；"
            f"另有 {len(frame.must)} 家为必查或欠查，不参加抽取。",
            "“本月不抽”：今年已查满、同一事项今年已抽过、只查个案，或本季度由其他科室检查；各层原因见数量说明。",
        ),
    )  # fmt: skip
