"""What does a scenario look like?

Charts are Altair specifications drawn by vl-convert: the same picture on a page, in a notebook and
on paper, without a browser and without a network.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import vl_convert

from scheduler.staffing import Enough, Estimate, Scenario

FONT = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
GRADE_COLOURS = {"A": "#2b6cb0", "B": "#c79a00", "C": "#dd6b20", "D": "#c53030"}
"""蓝、黄、橙、红, the colours of the four risk grades; the yellow is dark enough to read."""
MISSED = {"欠查 Owed": "#4a5568", "未能抽取 Not drawn": "#a0aec0"}
WIDTH, HEIGHT = 270, 230
PERCENT_OF_BP = 100
ONE_OF_MILLI = 1000

Row = dict[str, Any]


def coverage_chart(scenario: Scenario) -> str:
    """Coverage by grade, visits missed and load against the number of officers, as SVG text."""
    return str(vl_convert.vegalite_to_svg(coverage_spec(scenario)))


def coverage_spec(scenario: Scenario) -> Row:
    """The Vega-Lite specification behind `coverage_chart`, for pages and notebooks."""
    coverage = panel(
        coverage_rows(scenario),
        title="各等级年度覆盖率 Covered in a year",
        unit="%",
        scenario=scenario,
        colours={g: c for g, c in GRADE_COLOURS.items() if g in grades_in(scenario)},
        legend="等级 Grade",
    )
    missed = panel(
        missed_rows(scenario),
        title="未完成的检查 Visits missed",
        unit="%",
        scenario=scenario,
        colours=MISSED,
        legend="原因 Why",
    )
    load = panel(
        load_rows(scenario),
        title="每人每月参加检查 Visits per officer",
        unit="次 / month",
        scenario=scenario,
        colours={"": "#2d3748"},
        legend="",
    )
    chart = (
        alt.hconcat(coverage, missed, load, spacing=36)
        .resolve_scale(color="independent")
        .properties(
            title=alt.TitleParams(
                text=f"{scenario.enterprises} 家企业 {scenario.months} 个月 {scenario.runs} 次模拟",
                subtitle=[
                    f"{scenario.enterprises} enterprises, {scenario.months} months, "
                    f"{scenario.runs} runs; bands are 95 % intervals of the mean",
                    enough_text(scenario.enough, officers_in(scenario)),
                ],
                fontSize=15,
                subtitleColor="#4a5568",
                offset=14,
            )
        )
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_title(fontSize=13, anchor="start")
        .configure_axis(
            titleFontWeight="normal",
            gridColor="#edf2f7",
            domainColor="#a0aec0",
            tickColor="#a0aec0",
        )
    )
    spec: Row = chart.to_dict()
    return spec


def panel(
    rows: list[Row],
    *,
    title: str,
    unit: str,
    scenario: Scenario,
    colours: dict[str, str],
    legend: str,
) -> Any:
    """Lines with points and bands, one per series, and a rule where more stops helping."""
    series = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(title=legend, orient="bottom", symbolOpacity=1) if legend else None,
    )
    officers = alt.X(
        "officers:Q",
        title="执法人员 Officers",
        scale=alt.Scale(zero=False, nice=False, padding=14),
        axis=alt.Axis(values=officers_in(scenario), format="d", grid=False),
    )
    value = alt.Y("mean:Q", title=unit, scale=alt.Scale(zero=True, nice=True))
    base = alt.Chart({"values": rows}).encode(x=officers, color=series)
    band = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=unit), y2=alt.Y2("high:Q"))
    line = base.mark_line(point=alt.OverlayMarkDef(size=45, filled=True)).encode(y=value)
    layers = [band, line]
    if scenario.enough.officers is not None:
        mark = alt.Chart({"values": [{"officers": scenario.enough.officers}]})
        layers.insert(0, mark.mark_rule(strokeDash=[4, 4], color="#718096").encode(x="officers:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, title=title)


def coverage_rows(scenario: Scenario) -> list[Row]:
    """Officers × grade → share covered, in percent."""
    return [
        row(staffing.officers, coverage.grade, coverage.share_bp, PERCENT_OF_BP)
        for staffing in scenario.staffings
        for coverage in staffing.coverage
    ]


def missed_rows(scenario: Scenario) -> list[Row]:
    """Officers → share of visits owed, and of visits not even drawn, in percent."""
    owed, undrawn = MISSED
    return [
        row(staffing.officers, name, value, PERCENT_OF_BP)
        for staffing in scenario.staffings
        for name, value in ((owed, staffing.owed_bp), (undrawn, staffing.undrawn_bp))
    ]


def load_rows(scenario: Scenario) -> list[Row]:
    """Officers → visits one of them takes part in per month."""
    return [row(s.officers, "", s.load_milli, ONE_OF_MILLI) for s in scenario.staffings]


def row(officers: int, series: str, value: Estimate, unit: int) -> Row:
    """One point of a chart, with its interval, in readable units."""
    return {
        "officers": officers,
        "series": series,
        "mean": value.mean / unit,
        "low": value.low / unit,
        "high": value.high / unit,
    }


def enough_text(found: Enough, squads: list[int]) -> str:
    """The dashed line in words; the smallest squad simulated may still be too large."""
    least, most = squads[0], squads[-1]
    if found.officers is None:
        return f"到 {most} 人为止，增员一直见效 More officers help up to {most}"
    if found.officers == least and len(squads) > 1:
        return (
            f"虚线：{least} 人或更少即已足够，增员不再见效 "
            f"Dashed: {least} officers or fewer are enough, more stop helping"
        )
    interval = f"{found.low or most}–{found.high or f'{most}+'}"
    return (
        f"虚线：{found.officers} 人起增员不再见效（95 % 区间 {interval}） "
        f"Dashed: from {found.officers} officers on, more stop helping"
    )


def grades_in(scenario: Scenario) -> set[str]:
    """Grades that have a line of their own."""
    return {coverage.grade for staffing in scenario.staffings for coverage in staffing.coverage}


def officers_in(scenario: Scenario) -> list[int]:
    """The squads simulated, in order."""
    return [staffing.officers for staffing in scenario.staffings]
