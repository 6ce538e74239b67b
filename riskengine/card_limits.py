"""What can a fitted card not know?

Each limit is a small function that says its sentence where the facts call for it; `LIMITS` is the
list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from riskengine.errors import Sentence, sentence
from riskengine.evidence import Evidence
from riskengine.features import FEATURE
from riskengine.fit import FittedCard
from riskengine.rules import Title

YEAR_DAYS = 365
EVENTS_PER_ITEM = 20
"""Fewer findings for each item than this are called few."""


def limits(card: FittedCard, evidence: Evidence) -> list[Sentence]:
    """What the card cannot know, in the order of the report."""
    return [said for limit in LIMITS for said in limit(card, evidence)]


def findings_not_harm(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    yield sentence("card_findings_not_harm")


def selective_labels(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    if evidence.random_rows < evidence.rows:
        part = f"{100 * evidence.random_rows / evidence.rows:.1f}"
        yield sentence(
            "card_selective", rows=evidence.rows, random_rows=evidence.random_rows, percent=part
        )


def officers_unseen(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    yield sentence("card_officers")


def few_findings(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    per_item = card.events // len(card.items)
    if per_item < EVENTS_PER_ITEM:
        facts = {"events": card.events, "items": len(card.items), "least": EVENTS_PER_ITEM}
        yield sentence("card_few_findings", per_item=per_item, **facts)


def past_only(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    yield sentence("card_past", first=evidence.first, last=evidence.last)
    days = (evidence.last - evidence.first).days + 1
    if days < YEAR_DAYS:
        yield sentence("card_short_period", days=days)


def no_data_scores_better(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    better = [i.feature for i in card.items if i.binning.missing.woe_micro < 0]
    if better:
        yield named("card_no_data_better", better)


def no_data_is_thin(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    states = {i.feature: i.binning.missing for i in card.items}
    thin = [name for name, state in states.items() if state.rows and not state.woe_micro]
    if thin:
        yield named("card_no_data_thin", thin)


def left_out(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    if card.left_out:
        yield sentence("card_left_out", count=len(card.left_out))


def place_may_be_the_officers(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    around = [i.feature for i in card.items if i.feature in FEATURE]
    around = [name for name in around if FEATURE[name].source == "around"]
    if around:
        yield named("card_place", around)


def groups_said_wrong(card: FittedCard, evidence: Evidence) -> Iterator[Sentence]:
    wrong = [
        line.group
        for line in evidence.groups
        if line.said.value < line.found.low or line.said.value > line.found.high
    ]
    if wrong:
        yield sentence("card_groups_uncovered", names="、".join(wrong))


LIMITS: tuple[Callable[[FittedCard, Evidence], Iterator[Sentence]], ...] = (
    findings_not_harm,
    selective_labels,
    officers_unseen,
    place_may_be_the_officers,
    few_findings,
    past_only,
    no_data_scores_better,
    no_data_is_thin,
    groups_said_wrong,
    left_out,
)


def named(code: str, features: list[str]) -> Sentence:
    """A sentence about features, by their titles in each language."""
    titles = [FEATURE[name].title if name in FEATURE else Title(name, name) for name in features]
    chinese = sentence(code, names="、".join(title.zh for title in titles)).zh
    return Sentence(code, chinese, sentence(code, names=", ".join(t.en for t in titles)).en)
