"""How does a policy person read a backtest: one page, to send and to print?

A single HTML file that loads nothing: pictures are SVG inside it, Chinese stands first.
"""

from __future__ import annotations

import datetime as dt

from markupsafe import Markup

from api.papers.backtest_charts import calibration_chart, days_chart, found_chart, windows_chart
from api.papers.pages import template
from riskengine.backtest_report import BacktestReport, Figure, metrics_shown
from riskengine.backtest_said import earlier, interval, number
from riskengine.digest import digest

EXPLAINED = {
    "auc": (
        "随手取一次查出问题的检查和一次没查出的，把前者排在前面的可能；0.5 等于抛硬币，1 是全对",
        "chance that a visit with a finding ranks above one without; 0.5 is a coin, 1 is perfect",
    ),
    "pr_auc": (
        "从上往下查，平均每查一家有几成查出问题；要与问题率比，不与 0.5 比",
        "precision averaged down the list; compare it with the share of findings, not with 0.5",
    ),
    "precision_10": (
        "只够查最靠前的十分之一时，其中几成查出问题",
        "share with a finding among the first tenth of the list",
    ),
    "days_earlier": (
        "每天查几家不变，只换先后，问题平均早几天查出；负数是推迟",
        "days by which findings come earlier when only the order changes; below zero, later",
    ),
    "first_half": ("前一半检查查出了全部问题的几成", "share of all findings in the first half"),
    "brier": (
        "说的概率与结果的平方差，越小越好",
        "squared error of the probability; lower is better",
    ),
    "calibration_error": (
        "说的概率与查出的比例平均差多少，越小越好",
        "gap between what was said and what was found; lower is better",
    ),
    "within_auc": (
        "只在同一检查组查的企业之间比：去掉了组与组松严不同的影响",
        "AUC among visits of the same officers: their strictness drops out",
    ),
}
WAYS = {
    "practice": ("当时实际的先后，提前天数按定义是 0", "the order in which the visits were made"),
    "past_findings": ("以往查出问题次数多的先查", "most earlier findings first"),
    "last_result": ("上次查出问题的先查", "those with a finding at the last visit first"),
    "pack_card": ("按规则包里手写的计分卡", "by the hand-written scorecard of the pack"),
    "card": (
        "从此前的检查学出的计分卡，只看企业自己的记录；每一分说得出理由",
        "a scorecard learnt from the visits before, by the enterprise's own record",
    ),
    "wide_card": (
        "同上，也看同乡镇、同行业查出的比例；这一部分可能是那一带由谁去查",
        "the same with township and sector, which may tell who inspects there",
    ),
    "challenger": (
        "不受计分卡格式限制的模型，不给企业定级，用来看计分卡让出了多少",
        "a freer model that grades nobody: it shows what a card gives up",
    ),
    "challenger_averaged": (
        "同上，并扣除检查组的松严",
        "the same, with the strictness of officers averaged out",
    ),
    "challenger_told": (
        "同上，还告诉它每次由谁去查；排班前不可能知道，只作对照",
        "the same, told who makes each visit: not known when planning, for comparison only",
    ),
}
CUTS = {
    "visit": ("每次检查当天之前已知的事实", "what was known before the day of each visit"),
    "month": ("检查当月开始之前已知的事实", "what was known before the month of each visit"),
}


def backtest_page(report: BacktestReport) -> str:
    """The page of a backtest, HTML in UTF-8 without a link to anything."""
    shown = metrics_shown(report)
    has_calibration = bool(report.calibration)
    return template("backtest.html").render(
        report=report,
        told=report.told,
        share=f"{100 * report.findings / report.rows:.1f}",
        cut=CUTS[report.cut],
        ways=[(names, WAYS[name]) for name, names in report.names.items() if name in WAYS],
        metrics=[(m, EXPLAINED[m.name]) for m in shown],
        lines=[
            (report.names[name], name, [cell(found.get(m.name), m.name) for m in shown])
            for name, found in report.means.items()
        ],
        chance=earlier(report.chance_days),
        oracle=earlier(report.oracle_days),
        last_day=dt.timedelta(days=1),
        digest=digest(report),
        windows_svg=Markup(windows_chart(report)),
        days_svg=Markup(days_chart(report)),
        found_svg=Markup(found_chart(report)),
        calibration_svg=Markup(calibration_chart(report)) if has_calibration else "",
    )


def cell(found: Figure | None, metric: str) -> tuple[str, str, str]:
    """A figure, its interval, and what other orders of equal scores give where that shows."""
    if found is None or found.value is None:
        return "–", "", ""
    worst, best = (number(x, metric) for x in (found.worst, found.best))
    return (
        number(found.value, metric),
        "" if found.low is None else interval(found.low, found.high, metric),
        "" if found.worst is None or worst == best else f"{worst}–{best}",
    )
