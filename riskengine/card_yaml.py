"""How does a fitted card read as the files of a pack, and where are its grades cut?

``scorecard.yaml`` has the form of a hand-written card, so `score` cannot tell them apart. Nothing
is clipped: the cap of each group is what its items can take at worst, and the base points are at
least the sum of the caps, so the score never falls below 0. ``grades.yaml`` holds the cut points
only; the rest of the rules of grades stays with the pack. ``card.json`` is the card itself, with
what a pack does not hold: the counts of each bin, and the way from points to probability.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import yaml

from riskengine.binning import MICRO, Ints
from riskengine.digest import canonical
from riskengine.errors import PolicyError, UnknownParameter, sentence
from riskengine.features import FEATURE
from riskengine.fields import table_of_fields
from riskengine.fit import FittedCard, FittedItem
from riskengine.pack import Leaf, build, day_in_force
from riskengine.policy import Policy
from riskengine.readable import SHOWN, decimal_text
from riskengine.rules import Title
from riskengine.soundness import GRADES

POINTS = "分 / point"
GROUPS = {
    "visits": Title("历次检查", "Earlier visits"),
    "around": Title("所在乡镇和行业", "Township and sector"),
}
"""Groups of items that are no table of the register."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where a fitted card is cut into grades: the bureau's choice, by shares of enterprises.

    cut_points
        Grade → least score; the last grade needs none.
    wanted_permille, found_permille
        Grade → share asked for, and share that the cuts give, in 1/1000. They differ where many
        enterprises have the same score.
    """

    cut_points: dict[str, int]
    wanted_permille: dict[str, int]
    found_permille: dict[str, int]


def cuts_by_share(score: Ints, wanted_permille: Mapping[str, int], base_points: int) -> Cuts:
    """The cuts that come closest to the shares, the best grade first.

    Parameters
    ----------
    score
        Of today's enterprises under the fitted card.
    wanted_permille
        Grade → share in 1/1000, for instance that of each grade under the present card.
    """
    ascending = np.sort(np.asarray(score, np.int64))
    cuts: dict[str, int] = {}
    asked, most = 0, base_points
    for place, grade in enumerate(GRADES[:-1]):
        asked += wanted_permille[grade]
        # room below for one point per grade to come
        least = len(GRADES) - 1 - place
        tried = np.arange(most, least - 1, -1)
        reach = len(ascending) - np.searchsorted(ascending, tried)
        cuts[grade] = int(tried[np.argmin(np.abs(reach * 1000 - asked * len(ascending)))])
        most = max(cuts[grade] - 1, least - 1)
    return Cuts(cuts, dict(wanted_permille), shares_permille(grades_at(score, cuts)))


def grades_at(score: Ints, cut_points: Mapping[str, int]) -> list[str]:
    """The grade of each score by the cut points alone."""
    cuts = [cut_points[grade] for grade in GRADES[:-1]]
    return [next((g for g, cut in zip(GRADES, cuts, strict=False) if s >= cut), "D") for s in score]


def shares_permille(grades: list[str]) -> dict[str, int]:
    """Share of each grade in 1/1000, summing to 1000.

    >>> shares_permille(["A", "A", "D"])
    {'A': 667, 'B': 0, 'C': 0, 'D': 333}
    """
    ends = [0]
    for grade in GRADES:
        ends.append(ends[-1] + grades.count(grade))
    marks = [round(1000 * end / max(len(grades), 1)) for end in ends]
    return {g: after - before for g, (before, after) in zip(GRADES, pairwise(marks), strict=True)}


def card_texts(
    card: FittedCard, cuts: Cuts, like: Policy, *, name: str, fitted_on: dt.date
) -> dict[str, str]:
    """The files of a fitted card but for its model card: file name → text.

    Parameters
    ----------
    like
        The pack whose features the card was learnt from: half-lives and windows are copied from
        it, and the advice of items that it has too.
    fitted_on
        Date from which the values are valid.

    Raises
    ------
    UnknownParameter
        When the card uses a feature that the engine does not measure.
    """
    for item in card.items:
        if item.feature not in FEATURE:
            raise UnknownParameter("unknown_feature", feature=item.feature)
    head = (
        f"# 由历史检查学得的计分卡“{name}”，未经批准不评任何企业；说明见 CARD.md。\n"
        f"# Fitted card “{name}”: grades nobody until a pack names it as approved; see CARD.md.\n"
    )
    files = {
        "scorecard.yaml": scorecard_of(card, like, name, fitted_on),
        "grades.yaml": grades_of(cuts, name, fitted_on),
    }
    texts = {file: head + written(content) for file, content in files.items()}
    return {**texts, "card.json": canonical(card).decode() + "\n"}


def read_card(text: str) -> FittedCard:
    """The card that ``card.json`` holds: the same document, with the same predictions."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        why = sentence("yaml_other", problem=error.msg)
        raise PolicyError(
            "policy_not_yaml",
            file="card.json",
            line=error.lineno,
            problem_zh=why.zh,
            problem_en=why.en,
        ) from None
    card: FittedCard = build(FittedCard, content, "card")
    return card


def scorecard_of(card: FittedCard, like: Policy, name: str, on: dt.date) -> dict[str, Any]:
    """The contents of ``scorecard.yaml``."""
    why = because(name, on, f"{card.rows} 次检查，{card.events} 次查出问题 / {card.rows} visits, ")
    why[on]["says"] += f"{card.events} with a finding"
    view = like.on(on)
    advice = {item.feature: item.advice for item in view.scorecard.items}
    by_group = {group: items_of(card, group) for group in groups_of(card)}
    return {
        "base_points": parameter(
            Title("各项均为最好时的分数", "Points of a record that is best in every item"),
            card.base_points,
            why,
        ),
        "features": copied(like.tree_on(on)["scorecard"]["features"], on, "scorecard.features"),
        "groups": {
            group: {
                "title": title(group_title(group)),
                "cap_points": parameter(
                    Title("本组各项最多扣分之和，不封顶", "Sum of what its items can take: no cap"),
                    sum(item.most_points for item in items),
                    why,
                ),
            }
            for group, items in by_group.items()
        },
        "items": {
            item.feature: entry(item, group, advice.get(item.feature), name, on)
            for group, items in by_group.items()
            for item in items
        },
    }


def grades_of(cuts: Cuts, name: str, on: dt.date) -> dict[str, Any]:
    """The contents of ``grades.yaml``: the cut points, by shares."""
    wanted, found = (
        ", ".join(f"{grade} {share / 10:g} %" for grade, share in shares.items())
        for shares in (cuts.wanted_permille, cuts.found_permille)
    )
    says = f"按份额划定：{wanted}；实得：{found} / cut by shares: {wanted}; found: {found}"
    meaning = Title("达到该等级所需的最低分", "Least points of a grade")
    return {"cut_points": parameter(meaning, cuts.cut_points, because(name, on, says))}


def groups_of(card: FittedCard) -> list[str]:
    """The tables the items come from, in the order of the features."""
    named = {FEATURE[item.feature].source for item in card.items}
    return [g for g in dict.fromkeys(f.source for f in FEATURE.values()) if g in named]


def items_of(card: FittedCard, group: str) -> list[FittedItem]:
    return [item for item in card.items if FEATURE[item.feature].source == group]


def group_title(table: str) -> Title:
    if table in GROUPS:
        return GROUPS[table]
    return Title(table_of_fields()[table].zh[0], table.capitalize())


def entry(
    item: FittedItem, group: str, advice: Title | None, name: str, on: dt.date
) -> dict[str, Any]:
    """One item as it stands in the file."""
    general = sentence("fit_advice")
    table = {"bins": [list(pair) for pair in item.bins], "missing_points": item.missing_points}
    starts = [(value_text(item.feature, start), points) for start, points in item.bins]
    steps = [(f"{start} 起", f"from {start}", points) for start, points in starts]
    steps.append(("无数据", "no data", item.missing_points))
    meaning = Title(
        "；".join(f"{zh} {points} 分" for zh, _, points in steps),
        "; ".join(f"{en}: {points}" for _, en, points in steps),
    )
    value, weight = item.binning.iv_micro / MICRO, item.coefficient_micro / MICRO
    says = f"信息值 {value:.3f}，系数 {weight:.3f} / information value {value:.3f}, coefficient "
    return {
        "group": group,
        "title": title(FEATURE[item.feature].title),
        "worse": item.binning.worse,
        "sectors": [],
        "points": parameter(meaning, table, because(name, on, f"{says}{weight:.3f}")),
        "advice": title(advice or Title(general.zh, general.en)),
    }


def value_text(feature: str, value: int) -> str:
    """A value of a feature as people write the number; the files of a pack hold the integer.

    >>> value_text("penalties_serious", 168_420), value_text("finding_share_bp", 2_666)
    ('0.17', '26.66 %')
    """
    unit = FEATURE[feature].unit if feature in FEATURE else ""
    number = decimal_text(value, *SHOWN.get(unit, (1, 0)))
    return f"{number} %" if unit == "bp" else number


def because(name: str, on: dt.date, says: str) -> dict[dt.date, dict[str, str]]:
    """A fitted number is a house value, whatever taught it."""
    why = {"kind": "house", "title": f"由历史检查学得的计分卡“{name}” / fitted card “{name}”"}
    return {on: {**why, "where": f"fitted/{name}/CARD.md", "says": says}}


def parameter(meaning: Title, value: Any, why: dict[dt.date, dict[str, str]]) -> dict[str, Any]:
    values = dict.fromkeys(why, value)
    return {"meaning": title(meaning), "unit": POINTS, "values": values, "because": why}


def title(text: Title) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def copied(node: Any, on: dt.date, path: str) -> Any:
    """A part of a pack as its file would have it, with the values in force on a date only."""
    if isinstance(node, Leaf):
        day = day_in_force(node, on, path)
        why = node.because[day]
        cited = {"kind": why.kind, "title": why.title, "where": why.where, "says": why.says}
        return {
            "meaning": title(node.meaning),
            "unit": node.unit,
            "values": {on: node.values[day]},
            "because": {on: {key: text for key, text in cited.items() if text}},
        }
    if isinstance(node, dict):
        return {key: copied(child, on, f"{path}.{key}") for key, child in node.items()}
    return node


class _Plain(yaml.SafeDumper):
    """Every value where it stands, without references to another place."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(content: dict[str, Any]) -> str:
    """A file of a pack as text; mappings and lists of plain values on one line."""
    text: str = yaml.dump(
        content,
        Dumper=_Plain,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=10**6,
    )
    return text
