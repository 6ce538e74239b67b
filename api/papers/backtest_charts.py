"""What does a backtest look like?

Four pictures as SVG text: each window, days earlier, the share found, and calibration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import vl_convert

from api.papers.charts import FONT, Row
from riskengine.backtest_report import MICRO, STEPS, BacktestReport, Figure

GREY, BLUE, GREEN, ORANGE, RED = "#718096", "#2b6cb0", "#2f855a", "#c05621", "#97266d"
COLOURS = {
    "practice": GREY,
    "past_findings": "#a0aec0",
    "last_result": "#a0aec0",
    "pack_card": BLUE,
    "card": GREEN,
    "wide_card": GREEN,
    "challenger": ORANGE,
    "challenger_averaged": ORANGE,
    "challenger_told": RED,
}
"""Simple rules grey, the pack's card blue, fitted cards green, challengers orange."""
DASHED = ("last_result", "wide_card", "challenger_averaged")
"""The second of a colour."""
WIDTH, SMALL, COLUMNS = 560, 205, 3
PERCENT = 100
CALM = {"gridColor": "#edf2f7", "domainColor": "#a0aec0", "tickColor": "#a0aec0"}


def drawn(chart: Any) -> str:
    """SVG text of a chart, in the manner of all of them."""
    made = (
        chart.configure(font=FONT)
        .configure_view(stroke=None)
        .configure_title(fontSize=13, anchor="start", fontWeight="bold")
        .configure_axis(titleFontWeight="normal", **CALM)
    )
    return str(vl_convert.vegalite_to_svg(made.to_dict()))


def label(report: BacktestReport, name: str) -> str:
    """Both names, which an axis or a legend writes on two lines."""
    return "|".join(report.names[name])


TWO_LINES = "split(datum.label, '|')"


def colour(report: BacktestReport) -> Any:
    names = [label(report, name) for name in report.names]
    palette = [COLOURS.get(name, GREY) for name in report.names]
    return alt.Scale(domain=names, range=palette)


def dash(report: BacktestReport) -> Any:
    names = [label(report, name) for name in report.names]
    return alt.Scale(domain=names, range=[[5, 3] if n in DASHED else [1, 0] for n in report.names])


def units(found: Figure) -> Row:
    parts = {"value": found.value, "low": found.low, "high": found.high}
    return {name: None if part is None else part / MICRO for name, part in parts.items()}


# ── each window ───────────────────────────────────────────────────────────────────────────


def windows_chart(report: BacktestReport, metric: str = "auc") -> str:
    """One small picture a contender: the figure of each window with its interval."""
    rows = list(window_rows(report, metric))
    values = [row[part] for row in rows for part in ("low", "high") if row[part] is not None]
    scale = alt.Scale(domain=[min([0.45, *values]), max([0.75, *values])], nice=True)
    days = [str(one.first) for one in report.windows]
    panels = []
    for name in report.names:
        here = [row for row in rows if row["name"] == name]
        if not here:
            continue
        base = alt.Chart({"values": here}).encode(
            x=alt.X("first:O", title=None, sort=days, axis=dates_axis(days)),
            color=alt.value(COLOURS.get(name, GREY)),
        )
        chance = alt.Chart({"values": [{"y": 0.5}]}).mark_rule(strokeDash=[4, 4], color="#a0aec0")
        panels.append(
            alt.layer(
                chance.encode(y=alt.Y("y:Q", scale=scale, title=None)),
                base.mark_rule(strokeWidth=3, opacity=0.4).encode(
                    y=alt.Y("low:Q", scale=scale, title=None), y2="high:Q"
                ),
                base.mark_line(strokeWidth=1, opacity=0.6).encode(y=alt.Y("value:Q", title=None)),
                base.mark_point(filled=True, size=40, opacity=1).encode(y="value:Q"),
            ).properties(
                width=SMALL,
                height=110,
                title=alt.TitleParams(
                    text=report.names[name][0], subtitle=report.names[name][1], fontSize=11,
                    subtitleFontSize=9, subtitleColor="#718096",
                ),
            )
        )  # fmt: skip
    lines = [alt.hconcat(*panels[at : at + COLUMNS]) for at in range(0, len(panels), COLUMNS)]
    return drawn(alt.vconcat(*lines, spacing=12))


def dates_axis(days: list[str]) -> Any:
    """A few dates, so that they can be read."""
    step = max(1, -(-len(days) // 4))
    return alt.Axis(values=days[::step], labelAngle=0, labelFontSize=9, ticks=False)


def window_rows(report: BacktestReport, metric: str) -> Iterator[Row]:
    for window in report.windows:
        for name, found in window.models.items():
            if metric in found:
                yield {"name": name, "first": str(window.first), **units(found[metric])}


# ── days earlier ──────────────────────────────────────────────────────────────────────────


def days_chart(report: BacktestReport) -> str:
    """Mean days earlier with intervals; what chance gives and what knowing the answers would."""
    rows = [
        {"name": label(report, name), **units(found["days_earlier"])}
        for name, found in report.means.items()
    ]
    names = [row["name"] for row in rows]
    base = alt.Chart({"values": rows}).encode(
        y=alt.Y(
            "name:N", sort=names, title=None, axis=alt.Axis(labelLimit=320, labelExpr=TWO_LINES)
        ),
        color=alt.Color("name:N", scale=colour(report), legend=None),
    )
    bars = base.mark_rule(strokeWidth=4, opacity=0.4).encode(
        x=alt.X("low:Q", title="提前几天（负数是推迟） days earlier (below zero: later)"),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x="value:Q")
    texts = base.mark_text(dy=-11, fontSize=10).encode(
        x="value:Q", text=alt.Text("value:Q", format=".1f")
    )
    marks = [
        {"x": value / MICRO, "what": what}
        for value, what in (
            (report.chance_days, "随便排 chance"),
            (report.oracle_days, "事先知道答案 oracle"),
        )
        if value is not None
    ]
    rules = alt.Chart({"values": marks}).encode(x="x:Q")
    lines = rules.mark_rule(strokeDash=[4, 4], color="#4a5568")
    said = rules.mark_text(baseline="bottom", fontSize=10, color="#4a5568").encode(
        y=alt.value(-4), text="what:N"
    )
    height = max(120, 38 * len(rows))
    return drawn(alt.layer(lines, said, bars, points, texts).properties(width=520, height=height))


# ── share found ───────────────────────────────────────────────────────────────────────────


def found_chart(report: BacktestReport) -> str:
    """Share of the findings found after a share of the visits."""
    rows = [
        {
            "name": label(report, name),
            "visits": PERCENT * at / STEPS,
            "found": PERCENT * value / MICRO,
        }
        for name, line in report.curves.items()
        for at, value in enumerate(line)
    ]
    lines = (
        alt.Chart({"values": rows})
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("visits:Q", title="查到了百分之几 visits made, %"),
            y=alt.Y("found:Q", title="查出了问题的百分之几 findings found, %"),
            color=alt.Color(
                "name:N", scale=colour(report),
                legend=alt.Legend(title=None, labelLimit=320, symbolSize=300, labelExpr=TWO_LINES),
            ),
            strokeDash=alt.StrokeDash("name:N", scale=dash(report), legend=None),
        )
    )  # fmt: skip
    half = alt.Chart({"values": [{"x": PERCENT / 2}]}).mark_rule(strokeDash=[4, 4], color=GREY)
    ends = {"values": [{"x": 0, "y": 0}, {"x": PERCENT, "y": PERCENT}]}
    by_chance = alt.Chart(ends).mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY)
    by_chance = by_chance.encode(x="x:Q", y="y:Q")
    return drawn(
        alt.layer(half.encode(x="x:Q"), by_chance, lines).properties(width=430, height=300)
    )


# ── calibration ───────────────────────────────────────────────────────────────────────────


def calibration_chart(report: BacktestReport) -> str:
    """What was said against what was found, one small picture a contender with probabilities."""
    shares = [
        PERCENT * part / MICRO
        for lines in report.calibration.values()
        for line in lines
        for part in (line.said, line.found_high)
    ]
    most = max([10.0, *shares])
    scale = alt.Scale(domain=[0, most], nice=True)
    diagonal = alt.Chart({"values": [{"x": 0, "y": 0}, {"x": most, "y": most}]}).mark_line(
        strokeDash=[4, 4], color="#a0aec0"
    )
    panels = []
    for name, lines in report.calibration.items():
        rows = [
            {
                "said": PERCENT * line.said / MICRO,
                "found": PERCENT * line.found / MICRO,
                "low": PERCENT * line.found_low / MICRO,
                "high": PERCENT * line.found_high / MICRO,
            }
            for line in lines
        ]
        base = alt.Chart({"values": rows}).encode(
            x=alt.X("said:Q", scale=scale, title="说的 said, %"),
            color=alt.value(COLOURS.get(name, GREY)),
        )
        panels.append(
            alt.layer(
                diagonal.encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale)),
                base.mark_rule(strokeWidth=3, opacity=0.4).encode(
                    y=alt.Y("low:Q", scale=scale, title="查出 found, %"), y2="high:Q"
                ),
                base.mark_point(filled=True, size=40, opacity=1).encode(y="found:Q"),
            ).properties(
                width=SMALL - 25,
                height=SMALL - 25,
                title=alt.TitleParams(
                    text=report.names[name][0], subtitle=report.names[name][1], fontSize=11,
                    subtitleFontSize=9, subtitleColor="#718096",
                ),
            )
        )  # fmt: skip
    lines_of = [alt.hconcat(*panels[at : at + COLUMNS]) for at in range(0, len(panels), COLUMNS)]
    return drawn(alt.vconcat(*lines_of, spacing=12))
