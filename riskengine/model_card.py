"""What must a person read before signing a fitted card?

The text of ``CARD.md``: from which data it was learnt, how it did on visits it had not seen, whom
it treats how, what it cannot know (`riskengine.card_limits`), and who has approved it. The figures
come from the backtest, as values (`riskengine.evidence`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from riskengine.card_limits import limits
from riskengine.card_yaml import value_text
from riskengine.evidence import Evidence
from riskengine.features import FEATURE
from riskengine.fit import PDO, FittedCard, FittedItem
from riskengine.resample import Interval
from riskengine.rules import Approval, Title

MICRO = 10**6
WHY = {
    "no_direction": Title("没有声明方向", "no declared direction"),
    "no_information": Title("信息值不足", "too little information"),
    "unused": Title("系数为 0", "coefficient 0"),
    "rounds_to_zero": Title("不足 1 分", "below one point"),
}
KINDS = {
    "sector": Title("行业", "sector"),
    "size": Title("规模（车辆数）", "size (vehicles)"),
    "township": Title("乡镇", "township"),
}


def model_card(
    card: FittedCard,
    evidence: Evidence,
    *,
    name: str,
    digest: str,
    approved_by: Sequence[Approval] = (),
) -> str:
    """The text of ``CARD.md``, Chinese first.

    Parameters
    ----------
    digest
        Of the card's other files (`riskengine.signed.card_digest`).
    approved_by
        Empty for a card that nobody has approved.
    """
    parts = [
        (f"# 学习所得计分卡“{name}” · Fitted card “{name}”", opening(digest, approved_by)),
        ("## 数据 · Data", data(evidence)),
        ("## 怎样计分 · How it scores", scoring(card)),
        ("## 指标 · Metrics", figures(evidence)),
        ("## 概率是否可信 · Calibration", calibration(evidence)),
        ("## 各时期是否稳定 · Stability over windows", stability(evidence)),
        ("## 各行业、规模、乡镇 · Sectors, sizes, townships", groups(evidence)),
        ("## 已知局限 · Known limits", limits_text(card, evidence)),
    ]
    return "\n\n".join(f"{head}\n\n" + "\n".join(lines) for head, lines in parts) + "\n"


def opening(digest: str, approved_by: Sequence[Approval]) -> Iterator[str]:
    yield f"- 摘要 · digest: `{digest}`"
    for one in approved_by:
        yield f"- 批准 · approved by: {one.name}，{one.role}，{one.date}"
    if not approved_by:
        yield "- 批准 · approved by: **未批准，不评任何企业 / not approved, grades nobody**"


def data(evidence: Evidence) -> Iterator[str]:
    e = evidence
    yield f"- 名录摘要 · register: `{e.register_digest}`"
    yield f"- 规则包摘要 · pack: `{e.policy_digest}`"
    yield f"- “问题”的定义 · a finding is: `{e.label}`"
    yield f"- 学习期 · period: {e.first} – {e.last}"
    yield (
        f"- 检查 {e.rows} 次，企业 {e.enterprises} 家，查出问题 {e.findings} 次"
        f"（{share(e.findings, e.rows)}） · {e.rows} visits of {e.enterprises} enterprises, "
        f"{e.findings} with a finding"
    )
    yield (
        f"- 其中随机抽取 {e.random_rows} 次（{share(e.random_rows, e.rows)}） · "
        f"{e.random_rows} of them drawn at random"
    )
    yield (
        f"- 检验窗口 {len(e.windows)} 个，学习与检验之间隔 {e.delay_days} 天 · "
        f"{len(e.windows)} test windows, {e.delay_days} days after what was learnt from"
    )


def scoring(card: FittedCard) -> Iterator[str]:
    yield (
        f"满分 {card.base_points}，各项只扣不加；每少 {PDO} 分，查出问题的可能（比数）翻一番。"
        f" Base {card.base_points}, items only take points; {PDO} points less double the odds of a"
        " finding."
    )
    yield ""
    yield from table(
        ("项目 · item", "分档 · bins", "无数据 · no data", "信息值 · IV", "系数 · coefficient"),
        (
            (
                title_of(item.feature),
                bins_text(item),
                str(item.missing_points),
                f"{item.binning.iv_micro / MICRO:.3f}",
                f"{item.coefficient_micro / MICRO:.3f}",
            )
            for item in card.items
        ),
    )
    if card.left_out:
        yield ""
        yield from table(
            ("未采用的原因 · why left out", "指标 · features"),
            (
                (
                    f"{WHY[why].zh} · {WHY[why].en}",
                    "；".join(title_of(one.feature) for one in card.left_out if one.why == why),
                )
                for why in dict.fromkeys(one.why for one in card.left_out)
            ),
        )


def bins_text(item: FittedItem) -> str:
    return "；".join(f"≥{value_text(item.feature, start)}: {points}" for start, points in item.bins)


def figures(evidence: Evidence) -> Iterator[str]:
    yield from table(
        ("指标 · metric", "数值与 95 % 区间 · value with 95 % interval"),
        ((f"{f.title.zh} · {f.title.en}", told(f.value)) for f in evidence.figures),
    )


def calibration(evidence: Evidence) -> Iterator[str]:
    yield from table(
        ("说的概率 · said", "查出比例与 95 % 区间 · found, 95 % interval", "检查 · visits"),
        (
            (
                percent(b.said),
                told(Interval(b.found, b.found_low, b.found_high), percent),
                str(b.rows),
            )
            for b in evidence.calibration
        ),
    )


def stability(evidence: Evidence) -> Iterator[str]:
    titles = {f.name: f.title for f in evidence.figures}
    names = [name for name in titles if any(name in w.figures for w in evidence.windows)]
    heads = [f"{titles[name].zh} · {titles[name].en}" for name in names]
    yield from table(
        ("窗口 · window", "检查 · visits", "问题 · findings", *heads),
        (
            (
                f"{w.first} – {w.end - dt.timedelta(days=1)}",
                str(w.rows),
                str(w.findings),
                *(told(w.figures[name]) if name in w.figures else "–" for name in names),
            )
            for w in evidence.windows
        ),
    )


def groups(evidence: Evidence) -> Iterator[str]:
    capacity = f"{evidence.capacity_permille / 10:g} %"
    yield (
        f"检查能力按检验期检查的 {capacity} 计。误选：未查出问题而入选；漏选：查出问题而未入选。"
        f" Selected: the riskiest {capacity} of the test visits. Needless: selected without a"
        " finding; missed: not selected with one."
    )
    for kind in dict.fromkeys(line.kind for line in evidence.groups):
        yield ""
        yield from table(
            (
                f"{KINDS[kind].zh} · {KINDS[kind].en}",
                "检查 · visits",
                "问题 · findings",
                "入选 · selected",
                "误选 · needless",
                "漏选 · missed",
                "说的概率 · said",
                "查出比例 · found",
            ),
            (
                (
                    line.group,
                    str(line.rows),
                    str(line.findings),
                    *(
                        told(value, percent)
                        for value in (
                            line.selected, line.needless, line.missed, line.said, line.found
                        )
                    ),
                )
                for line in evidence.groups
                if line.kind == kind
            ),
        )  # fmt: skip


def limits_text(card: FittedCard, evidence: Evidence) -> Iterator[str]:
    for limit in limits(card, evidence):
        yield f"- {limit.zh} {limit.en}"


def title_of(feature: str) -> str:
    known = FEATURE.get(feature)
    return f"{known.zh} · {known.en}" if known else f"`{feature}`"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table, or a word where it would be empty."""
    lines = [row_of(row) for row in rows]
    if not lines:
        yield "（无 / none）"
        return
    yield row_of(heads)
    yield row_of(["---"] * len(heads))
    yield from lines


def row_of(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def plain(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"


def percent(value: float) -> str:
    return "–" if value != value else f"{100 * value:.1f} %"


def told(figure: Interval, form: Callable[[float], str] = plain) -> str:
    """
    >>> told(Interval(0.648, 0.61, 0.69))
    '0.648 (0.610 – 0.690)'
    """
    if figure.low != figure.low:
        return form(figure.value)
    return f"{form(figure.value)} ({form(figure.low)} – {form(figure.high)})"


def share(part: int, whole: int) -> str:
    return percent(part / whole if whole else float("nan"))
