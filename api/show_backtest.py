"""How does a backtest, or a card learnt from it, read in a terminal?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Group, RenderableType

from api.fits import Fitted
from api.show import grid, pick, said
from api.typed import Lang
from riskengine.backtest_report import MICRO, BacktestReport, Figure, metrics_shown
from riskengine.backtest_said import both, earlier, earlier_between, interval, number
from riskengine.errors import Sentence, sentence
from riskengine.evidence import Figure as Figured
from riskengine.features import FEATURE
from riskengine.fit import FittedCard
from riskengine.metrics import Metric
from riskengine.register import Register

ORDER = ("auc", "days_earlier", "first_half", "precision_10")
SHORT = {
    "auc": ("区分能力\nAUC", "ROC-AUC"),
    "days_earlier": ("提前天数", "days\nearlier"),
    "first_half": ("前一半检查\n发现的占比", "found in\nfirst half"),
    "precision_10": ("最靠前10%中\n有问题的占比", "precision\nat 10 %"),
    "pr_auc": ("平均查准率\nPR-AUC", "PR-AUC"),
    "brier": ("概率误差\nBrier", "Brier"),
    "calibration_error": ("校准误差\nECE", "ECE"),
    "within_auc": ("同一检查组内\n的AUC", "AUC within\nofficers"),
}
CUT = {
    "visit": ("每次检查当天之前已知的", "before the day of each visit"),
    "month": ("检查当月之前已知的", "before the month of each visit"),
}


def backtested(report: BacktestReport, lang: Lang) -> RenderableType:
    """Two tables, the order and the probabilities, and what may be concluded."""
    shown = metrics_shown(report)
    first = [one for name in ORDER for one in shown if one.name == name]
    rest = [one for one in shown if one.name not in ORDER]
    tables = [table(title(report, lang), report, first, lang)]
    if rest:
        other = pick(lang, "概率准不准，同组内排得准不准", "Probabilities, and within officers")
        tables.append(table(other, report, rest, lang))
    return Group(*tables, note(report, lang), said(report.said, lang))


def title(report: BacktestReport, lang: Lang) -> str:
    share = f"{100 * report.findings / report.rows:.1f} %"
    cut, windows = CUT[report.cut], len(report.windows)
    return pick(
        lang,
        f"回测：{report.enterprises} 家企业 {report.rows} 次检查，其中 {report.findings} 次"
        f"（{share}）查出问题（{report.label}）；{windows} 个时段，只用{cut[0]}事实",
        f"Backtest: {report.rows} visits of {report.enterprises} enterprises, {report.findings} "
        f"({share}) with a finding ({report.label}); {windows} "
        f"window{'s' * (windows > 1)}, with what was known {cut[1]}",
    )


def table(
    head: str, report: BacktestReport, metrics: Sequence[Metric], lang: Lang
) -> RenderableType:
    heads = [pick(lang, *SHORT[metric.name]) for metric in metrics]
    lines = (
        (pick(lang, *report.names[name]), *(cell(found.get(m.name), m.name) for m in metrics))
        for name, found in report.means.items()
    )
    return grid(head, pick(lang, "做法", "way of choosing"), *heads, lines=lines)


def cell(found: Figure | None, metric: str) -> str:
    """A figure over its interval, and where equal scores matter what other orders would give.

    >>> cell(Figure(700_000, 650_000, 750_000, 680_000, 720_000), "precision_10")
    '0.700\\n0.650–0.750\\n{0.680–0.720}'
    """
    if found is None or found.value is None:
        return "–"
    lines = [number(found.value, metric)]
    if found.low is not None:
        lines.append(interval(found.low, found.high, metric))
    if found.worst is not None and is_wide(found, metric):
        lines.append(f"{{{interval(found.worst, found.best, metric)}}}")
    return "\n".join(lines)


def is_wide(found: Figure, metric: str) -> bool:
    """Whether the order of equal scores shows in the digits."""
    return number(found.worst, metric) != number(found.best, metric)


def note(report: BacktestReport, lang: Lang) -> str:
    chance, oracle = earlier(report.chance_days), earlier(report.oracle_days)
    return pick(
        lang,
        "第二行是 95% 区间；{ } 内是得分相同的换个先后会得到的范围。"
        f"提前天数（负数是推迟）：随便排{chance.zh}，事先知道答案{oracle.zh}。",
        "Second line: 95 % interval; in braces what other orders of equal scores would give. "
        "Days earlier (below zero: later): "
        f"{chance.en} by chance, {oracle.en} knowing the answers.",
    )


def left_out(register: Register, lang: Lang) -> Iterator[str]:
    """Rows that were rejected, told where they are not written to a spreadsheet."""
    rows = register.rejected
    if rows:
        first = getattr(rows[0].reason, lang)
        yield pick(
            lang,
            f"拒收 {len(rows)} 行（如 {rows[0].file} 第 {rows[0].row} 行：{first}）；"
            "加上 --home 文件夹，可得到全部清单“拒收行.xlsx”。",
            f"{len(rows)} rows rejected (such as {rows[0].file}, line {rows[0].row}: {first}); "
            "with --home FOLDER all of them are written to 拒收行.xlsx.",
        )


def fitted(made: Fitted, path: Path, lang: Lang) -> Iterator[RenderableType]:
    """What was learnt and how good it is, in both languages; its items in one."""
    yield items(made.card, lang)
    figures = {one.name: brief(one) for one in made.evidence.figures}
    today = sentence("backtest_today", pack=made.pack, day=made.day)
    facts = [
        *([today] if made.is_todays_pack else ()),
        sentence(
            "fit_learnt", name=made.name, rows=made.card.rows, events=made.card.events,
            items=len(made.card.items), base=made.card.base_points,
        ),
        sentence(
            "fit_judged", windows=len(made.evidence.windows), auc=figures["auc"],
            **both("days", days_of(made)), gap=figures["calibration_error"],
        ),
        sentence(
            "fit_cut", cuts=cuts_text(made.cuts.cut_points, ""),
            found=cuts_text(made.cuts.found_permille, " %"),
            wanted=cuts_text(made.cuts.wanted_permille, " %"),
        ),
        sentence("fit_grades_nobody", card=str(path / "CARD.md")),
    ]  # fmt: skip
    yield said(facts, lang)
    if lang == "zh":
        yield said(facts, "en")


def days_of(made: Fitted) -> Sentence:
    """How much earlier, or later, the card would have found, with its interval."""
    found = next(one.value for one in made.evidence.figures if one.name == "days_earlier")
    value, low, high = (
        None if math.isnan(x) else round(MICRO * x) for x in (found.value, found.low, found.high)
    )
    days = earlier(value)
    if low is None or high is None:
        return days
    around = earlier_between(low, high)
    return Sentence(days.code, f"{days.zh}（{around.zh}）", f"{days.en} ({around.en})")


def brief(figure: Figured) -> str:
    """A figure of the evidence with its interval."""
    value, low, high = (
        f"{x:.3f}" for x in (figure.value.value, figure.value.low, figure.value.high)
    )
    return value if "nan" in (low, high) else f"{value} ({low}–{high})"


def items(card: FittedCard, lang: Lang) -> RenderableType:
    """The items of the card and what they take."""
    heads = [("扣分项", "item"), ("最多扣", "takes at most"), ("无数据", "no data")]
    lines = (
        (getattr(FEATURE[one.feature], lang), one.most_points, -one.missing_points)
        for one in card.items
    )
    title = pick(lang, "学到的计分卡", "The card")
    return grid(title, *(pick(lang, *head) for head in heads), lines=lines)


def cuts_text(values: Mapping[str, int], unit: str) -> str:
    """
    >>> cuts_text({"A": 667, "D": 333}, " %"), cuts_text({"A": 80}, "")
    ('A 66.7 %, D 33.3 %', 'A 80')
    """
    numbers = {name: f"{x / 10:g}" if unit else f"{x}" for name, x in values.items()}
    return ", ".join(f"{name} {number}{unit}" for name, number in numbers.items())
