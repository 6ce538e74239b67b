"""What must a person read before letting a challenger rank visits inside a grade?

The text of ``CHALLENGER.md``: what it was learnt from, what it reads, what the scorecard gives up
beside it on visits neither had seen, and what it does and does not decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from riskengine.backtest_said import FEW
from riskengine.challenger import Challenger
from riskengine.challenger.file import Origin
from riskengine.errors import Sentence, sentence
from riskengine.metrics import METRICS
from riskengine.model_card import plain, table, title_of, told
from riskengine.resample import Interval
from riskengine.rules import Title

SECTOR = "行业 · sector"
WAYS = {
    "up": Title("越大风险越高", "more is riskier"),
    "down": Title("越小风险越高", "less is riskier"),
    "category": Title("分类，无大小", "names, no order"),
    "free": Title("未声明方向", "no direction declared"),
}


@dataclass(frozen=True, slots=True)
class GivenUp:
    """One figure of the card and of the challenger on the same visits that neither had seen.

    gap
        Challenger − card, with its interval: over windows, or by bootstrap with one window.
    """

    metric: str
    card: Interval
    challenger: Interval
    gap: Interval


def challenger_card(
    challenger: Challenger,
    origin: Origin,
    given_up: Sequence[GivenUp],
    *,
    name: str,
    digest: str,
    windows: int,
    indicators: Sequence[str] = (),
) -> str:
    """The text of ``CHALLENGER.md``, Chinese first.

    digest
        Of the file: what a signature names.
    windows
        How many stretches of time the figures are from.
    indicators
        Names of the other dated figures of the register, which it does not read.
    """
    parts = [
        (f"# 挑战模型“{name}” · Challenger “{name}”", opening(digest)),
        ("## 数据 · Data", data(challenger, origin)),
        ("## 看什么 · What it reads", reads(challenger, indicators)),
        ("## 计分卡让出了什么 · What the card gives up", compared(given_up, windows)),
        ("## 它定什么，不定什么 · What it decides and what not", decides()),
    ]
    return "\n\n".join(f"{head}\n\n" + "\n".join(lines) for head, lines in parts) + "\n"


def opening(digest: str) -> Iterator[str]:
    yield f"- 摘要 · digest: `{digest}`"
    yield "- 批准 · approved by: **未批准，不排任何先后 / not approved, ranks nothing**"


def data(challenger: Challenger, origin: Origin) -> Iterator[str]:
    c, o = challenger, origin
    yield f"- 名录摘要 · register: `{o.data_digest}`"
    yield f"- “问题”的定义 · a finding is: `{o.label_text}`"
    yield f"- 学习期 · period: {o.first_on} – {o.last_on}"
    yield f"- 检查 {c.rows} 次，查出问题 {c.events} 次 · {c.rows} visits, {c.events} with a finding"
    groups = len(c.officers.names) if c.officers else 0
    yield (
        f"- 检查组 {groups} 个：学习时计入各组松严，打分时取平均 · {groups} groups of officers: "
        "learnt with, averaged out when it is asked"
        if groups
        else "- 没有检查组可学：可能学到了由谁去查 · no groups of officers to learn with: part of "
        "what it has learnt may be who went"
    )


def reads(challenger: Challenger, indicators: Sequence[str]) -> Iterator[str]:
    yield from table(
        ("指标 · feature", "方向 · direction"),
        (
            (
                SECTOR if one.feature == "sector" else title_of(one.feature),
                f"{WAYS[one.worse].zh} · {WAYS[one.worse].en}",
            )
            for one in challenger.features
        ),
    )
    for said in unread(indicators):
        yield ""
        yield f"{said.zh} {said.en}"


def unread(indicators: Sequence[str]) -> list[Sentence]:
    """That it leaves out the other dated figures, where the register has any."""
    if not indicators:
        return []
    zh, en = "、".join(indicators), ", ".join(indicators)
    count = len(indicators)
    return [sentence("challenger_no_indicators", count=count, names_zh=zh, names_en=en)]


def compared(given_up: Sequence[GivenUp], windows: int) -> Iterator[str]:
    if windows < FEW:
        few = sentence("backtest_few_windows", windows=windows, least=FEW)
        yield f"{few.zh} {few.en}"
        yield ""
    names: Mapping[str, Title] = {m.name: Title(m.zh, m.en) for m in METRICS}
    yield (
        f"两者用同样的检查学，排同样的检查，共 {windows} 个没见过的时段；区间含 0 的，分不出高下。"
        f" Both learnt from the same visits and ordered the same, in {windows} windows unseen; "
        "where the interval holds 0, neither is shown to be better."
    )
    yield ""
    yield from table(
        ("指标 · metric", "计分卡 · card", "挑战模型 · challenger", "差 · difference"),
        (
            (
                f"{names[one.metric].zh} · {names[one.metric].en}",
                plain(one.card.value),
                plain(one.challenger.value),
                told(one.gap),
            )
            for one in given_up
        ),
    )


def decides() -> Iterator[str]:
    yield (
        "- 不评等级，不改抽取概率，不参与抽签。 It makes no grade, changes no chance of being "
        "drawn, and takes no part in the lottery."
    )
    yield (
        "- 一个月排不下所有抽中的企业时，同一等级之内先查它认为更可能有问题的。 When a month "
        "cannot hold all that were drawn, those it holds riskier come first inside a grade."
    )
    yield (
        "- 今天价值较低的另一等级的检查，不会因它排到前面。 It lifts no visit over one of another "
        "grade that is worth more today."
    )
    yield (
        "- 学的是检查查出的问题，不是事故或伤害。 It has learnt what visits found, not accidents "
        "or harm."
    )
