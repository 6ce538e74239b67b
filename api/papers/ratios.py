"""Which table shows every stratum its ratio, and why it has it?"""

from __future__ import annotations

from fractions import Fraction

from api.papers.month import month_name, percent, sector_name
from api.papers.sheets import Sheet
from riskengine.policy import PolicyView
from scheduler import shares
from scheduler.ratio import Ratio

MODES = {"random": "随机", "full": "全覆盖", "for_cause": "只查个案"}
M = 10**9


def ratio_sheet(ratio: Ratio, policy: PolicyView) -> Sheet:
    """The ratios of a month, posted with the list before the event."""
    return Sheet(
        "抽查比例",
        f"{month_name(ratio.month)}抽查比例（抽取前公示）",
        ("等级", "行业", "方式", "户数", "原比例", "现比例", "近12个月检查", "发现问题", "后验问题率",
         "危害权重", "说明", "In English"),
        tuple(
            (
                one.grade, sector_name(one.sector, policy), MODES[one.mode], one.enterprises,
                a_year(one.before), a_year(one.ratio), one.visits, one.findings,
                percent(one.mean_nano, M, 1) if one.mode == "random" else "—", one.harm_weight,
                "".join(reason.zh for reason in one.reasons),
                " ".join(reason.en for reason in one.reasons),
            )
            for one in ratio.strata
        ),
        (
            *(f"{said.zh} {said.en}" for said in (*ratio.budgets, *ratio.conflicts)),
            f"{month_name(ratio.since)}核定；规则指纹：{ratio.policy_digest}",
            f"依据指纹：{ratio.evidence_digest}；依据、参数与结果见“抽查比例.json”，任何人可以重算。",
        ),
        group="等级",
    )  # fmt: skip


def a_year(ratio: str) -> str:
    """An exact ratio, visits per 1,000 enterprises and year, as percent.

    >>> a_year("2479/480")
    '0.52%'
    """
    return f"{shares.percent(Fraction(ratio))}%"
