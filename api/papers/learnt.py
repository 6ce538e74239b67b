"""How does what the month taught stand on paper: a table and a chart of intervals?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import vl_convert

from api.papers.charts import FONT, GRADE_COLOURS, PERCENT_OF_BP, Row
from api.papers.month import month_name
from api.papers.sheets import Sheet
from riskengine.estimate import MILLI, Estimate
from riskengine.policy import PolicyView
from scheduler.learn import Learnt, Line

NO_FIGURE = "—"
LEVELS = {
    "all": ("全部", "all"),
    "grade": ("等级", "grade"),
    "sector": ("行业", "sector"),
    "township": ("乡镇", "township"),
}
UNNAMED = ("（未填）", "(empty)")
DARK = "#2d3748"
WIDTH = 420


def span(learnt: Learnt) -> str:
    """The months, in words."""
    first, last = month_name(learnt.first), month_name(learnt.last)
    return first if first == last else f"{first}至{last}"


def name_of(line: Line, policy: PolicyView, *, is_english: bool = False) -> str:
    """What a domain is called."""
    if line.level == "all":
        return LEVELS["all"][is_english]
    title = policy.pack.sectors.get(line.name) if line.level == "sector" else None
    if title:
        return title.en if is_english else title.zh
    return line.name or UNNAMED[is_english]


def rate_text(said: Estimate) -> str:
    """A rate with its 95 % interval.

    >>> rate_text(Estimate(30, 6, 1, rate_bp=1667, low_bp=300, high_bp=5640))
    '16.7 % (3.0–56.4)'
    """
    if said.rate_bp is None or said.low_bp is None or said.high_bp is None:
        return NO_FIGURE
    rate, low, high = (x / PERCENT_OF_BP for x in (said.rate_bp, said.low_bp, said.high_bp))
    return f"{rate:.1f} % ({low:.1f}–{high:.1f})"


def total_text(said: Estimate) -> str:
    """The 95 % interval of a month's total.

    >>> total_text(Estimate(30, 6, 1, total_low_milli=900, total_high_milli=16920))
    '0.9–16.9'
    """
    if said.total_low_milli is None or said.total_high_milli is None:
        return NO_FIGURE
    return f"{said.total_low_milli / MILLI:.1f}–{said.total_high_milli / MILLI:.1f}"


def unbiased_text(said: Estimate) -> str:
    """The Horvitz-Thompson total and its standard error, which needs a finding.

    >>> unbiased_text(Estimate(30, 6, 1, total_milli=5000, total_se_milli=4600))
    '5.0 ± 4.6'
    """
    if said.total_milli is None:
        return NO_FIGURE
    error = "" if said.total_se_milli is None else f" ± {said.total_se_milli / MILLI:.1f}"
    return f"{said.total_milli / MILLI:.1f}{error}"


def learnt_sheet(learnt: Learnt, policy: PolicyView) -> Sheet:
    """One line a domain."""
    return Sheet(
        "查明情况",
        f"{span(learnt)}随机抽查查明了什么（{learnt.as_of} 前已知的结果）",
        (
            "类别", "名称", "名单家数", "抽中", "有结果", "其中无经营", "无法联系", "尚无结果",
            "发现问题", "问题率（95 % 区间）", "每月问题家数（95 % 区间）", "无偏合计 ± 标准误",
            "抽取外检查", "抽取外发现", "说明",
        ),
        tuple(
            (
                LEVELS[line.level][0], name_of(line, policy), line.estimate.listed, line.drawn,
                line.estimate.results, line.idle, line.unreachable, line.missing,
                line.estimate.findings, rate_text(line.estimate), total_text(line.estimate),
                unbiased_text(line.estimate), line.must_visits, line.must_findings,
                line.estimate.warning.zh if line.estimate.warning else None,
            )
            for line in learnt.lines
        ),
        (
            *(note.zh for note in learnt.notes),
            "每月问题家数的区间 = 问题率的区间 × 名单家数；无偏合计是 Horvitz–Thompson 合计，范围小时波动大，可落在区间之外，以区间为准。",
            *(f"抽取编号：{digest}" for digest in learnt.draws),
        ),
        group="类别",
        frozen=2,
    )  # fmt: skip


# ── chart ─────────────────────────────────────────────────────────────────────────────────


def learnt_chart(learnt: Learnt, policy: PolicyView) -> str:
    """Rates with their intervals, one panel a level, as SVG text."""
    return str(vl_convert.vegalite_to_svg(learnt_spec(learnt, policy)))


def learnt_spec(learnt: Learnt, policy: PolicyView) -> Row:
    """The Vega-Lite specification behind `learnt_chart`."""
    most = max([line.estimate.high_bp or 0 for line in learnt.lines]) / PERCENT_OF_BP
    panels = [
        panel(level, rows, most)
        for level in LEVELS
        if (rows := list(chart_rows(learnt, level, policy)))
    ]
    chart = (
        alt.vconcat(*panels, spacing=14)
        .properties(
            title=alt.TitleParams(
                text=f"{span(learnt)}：抽查发现问题的比率",
                subtitle=[
                    "Share of enterprises with a finding, from random visits; 95 % intervals",
                    "推算不了的不画 Domains without a rate are not drawn",
                ],
                fontSize=15,
                subtitleColor="#4a5568",
                offset=12,
            )
        )
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_title(fontSize=13, anchor="start")
        .configure_axis(titleFontWeight="normal", gridColor="#edf2f7", domainColor="#a0aec0")
    )
    spec: Row = chart.to_dict()
    return spec


def panel(level: str, rows: list[Row], most: float) -> Any:
    """Points and intervals of one level, on the scale all panels share."""
    names = [row["name"] for row in rows]
    base = alt.Chart({"values": rows}).encode(
        y=alt.Y("name:N", sort=names, title=None),
        color=alt.Color(
            "colour:N",
            scale=None,
        ),
    )
    share = alt.Scale(domain=[0, most], nice=True)
    bars = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low:Q", scale=share, title="%"), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x="rate:Q")
    title = " ".join(LEVELS[level])
    return alt.layer(bars, points).properties(width=WIDTH, title=title)


def chart_rows(learnt: Learnt, level: str, policy: PolicyView) -> Iterator[Row]:
    """Domain → rate and interval in percent, and the number of results beside the name."""
    for line in learnt.lines:
        said = line.estimate
        if line.level != level or said.low_bp is None or said.high_bp is None:
            continue
        yield {
            "name": f"{name_of(line, policy)}  n = {said.results}",
            "rate": (said.rate_bp or 0) / PERCENT_OF_BP,
            "low": said.low_bp / PERCENT_OF_BP,
            "high": said.high_bp / PERCENT_OF_BP,
            "colour": GRADE_COLOURS.get(line.name, DARK) if level == "grade" else DARK,
        }
