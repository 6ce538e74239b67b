"""How does the comparison with earlier years stand on paper?"""

from __future__ import annotations

from collections.abc import Iterator

from api.drifts import Checked, Line, OfGrade
from api.papers.learnt import NO_FIGURE, rate_text
from api.papers.sheets import Sheet

LEVELS = {"steady": ("平稳", "steady"), "watch": ("留意", "watch"), "alarm": ("报警", "alarm")}
HEADS = (
    ("指标", "feature"), ("计分", "scored"), ("PSI", "PSI"), ("碰巧不超过", "chance limit"),
    ("判断", "verdict"), ("无数据：往年→今年", "no data: then → now"), ("碰巧约", "by chance"),
    ("新类别", "new"),
)  # fmt: skip
AT_A_GLANCE = 6
"""Columns that a terminal has room for."""
GRADES = (
    ("等级", "grade"), ("有结果", "results"), ("发现问题", "found"),
    ("推算问题率（95 % 区间）", "rate (95 %)"), ("计分卡说", "card says"), ("对得上", "holds"),
)  # fmt: skip


def line_cells(line: Line, lang: str) -> tuple[str, ...]:
    """One feature as it is shown everywhere."""
    one, english = line.found, lang == "en"
    scored = ("是", "yes")[english] if line.is_scored else ""
    none = f"{share(line.none_then)} → {share(line.none_now)}"
    return (
        getattr(line.title, lang), scored, f"{one.psi:.3f}", f"{one.limit:.3f}",
        LEVELS[one.level][english], none, f"{one.by_chance:.3f}",
        "、".join(value for value, _ in one.unseen),
    )  # fmt: skip


def grade_cells(one: OfGrade, lang: str) -> tuple[str, ...]:
    """One grade as it is shown everywhere."""
    yes_no = ("否", "no") if one.is_off else ("是", "yes")
    return (
        one.grade, str(one.found.results), str(one.found.findings), rate_text(one.found),
        NO_FIGURE if one.said is None else share(one.said),
        NO_FIGURE if one.said is None or one.found.rate_bp is None else yes_no[lang == "en"],
    )  # fmt: skip


def share(value: float) -> str:
    """
    >>> share(0.1234)
    '12.3 %'
    """
    return f"{100 * value:.1f} %"


def drift_sheets(checked: Checked) -> Iterator[Sheet]:
    """All features, the heaviest first; the grades beside what random visits found."""
    yield Sheet(
        "与往年比较",
        f"{checked.as_of} 的企业与往年同一天比较",
        tuple(zh for zh, _ in HEADS),
        tuple(line_cells(line, "zh") for line in checked.lines),
        (
            *(one.zh for one in (*checked.said, *checked.quality)),
            "PSI 是两年分布的差别：0.1 以下平稳，0.1 至 0.25 留意，0.25 以上报警；没有超过“碰巧不超过”的不算。",
        ),
        group="判断",
        frozen=1,
    )  # fmt: skip
    if checked.grades or checked.drawn:
        yield Sheet(
            "等级与随机抽查",
            f"{checked.as_of} 前随机抽查的结果与等级",
            tuple(zh for zh, _ in GRADES),
            tuple(grade_cells(one, "zh") for one in checked.grades),
            tuple(one.zh for one in checked.drawn),
        )
