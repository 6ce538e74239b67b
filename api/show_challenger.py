"""How does a challenger that has been learnt read in a terminal?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType

from api.challengers import CARD, Learnt
from api.show import grid, pick, said
from api.typed import Lang
from riskengine.challenger.card import unread
from riskengine.errors import sentence
from riskengine.metrics import METRICS
from riskengine.model_card import plain, told


def learnt(made: Learnt, file: Path, lang: Lang) -> Iterator[RenderableType]:
    """What the card gives up, in one language; what was learnt and what to do, in both."""
    names = {one.name: (one.zh, one.en) for one in METRICS}
    heads = [
        ("指标", "metric"),
        ("计分卡", "card"),
        ("挑战模型", "challenger"),
        ("差", "difference"),
    ]
    yield grid(
        pick(lang, "计分卡让出了什么（没见过的时段）", "What the card gives up, on unseen windows"),
        *(pick(lang, *head) for head in heads),
        lines=(
            (
                pick(lang, *names[one.metric]),
                plain(one.card.value),
                plain(one.challenger.value),
                told(one.gap),
            )
            for one in made.given_up
        ),
    )
    c, today = made.challenger, sentence("backtest_today", pack=made.pack, day=made.day)
    facts = [
        *([today] if made.is_todays_pack else ()),
        sentence(
            "challenger_learnt", name=made.name, rows=c.rows, events=c.events,
            features=len(c.features), windows=made.windows,
        ),
        *unread(made.indicators),
        sentence("challenger_ranks_nothing", card=str(file.parent / CARD)),
    ]  # fmt: skip
    yield said(facts, lang)
    if lang == "zh":
        yield said(facts, "en")
