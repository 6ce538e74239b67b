"""How is a measured integer said to a person?

Only integer arithmetic: 1,500,000 micro reads "1.50", as it would on any machine.
"""

from __future__ import annotations

from riskengine.facts import MICRO
from riskengine.features import Feature
from riskengine.rules import Title

LEVELS = (
    Title("优", "excellent"),
    Title("良", "good"),
    Title("中", "fair"),
    Title("差", "poor"),
    Title("严重失信", "bad"),
)
# unit → the words around the number
WORDS = {
    "micro": Title("按时间远近折算 {} 次", "{} after weighing by age"),
    "micro_per_vehicle": Title("按时间远近折算每车 {} 次", "{} per vehicle after weighing by age"),
    "count": Title("{} 次", "{}"),
    "hazards": Title("{} 处", "{}"),
    "people": Title("{} 人", "{} people"),
    "days": Title("{} 天", "{} days"),
    "seconds": Title("{} 秒", "{} seconds"),
    "bp": Title("{}%", "{}%"),
    "milli": Title("{} 次", "{}"),
    "points": Title("{} 分", "{} points"),
    "centi": Title("{} 分", "{} points"),
}
# unit → units in one, decimals shown
SHOWN = {
    "micro": (MICRO, 2),
    "micro_per_vehicle": (MICRO, 4),
    "bp": (100, 2),
    "milli": (1000, 2),
    "centi": (100, 2),
}


def readable(feature: Feature, value: int | None) -> Title:
    """The value of a feature in words.

    >>> from riskengine.features import FEATURE
    >>> readable(FEATURE["penalties_serious"], 1_500_000).zh
    '按时间远近折算 1.50 次'
    >>> readable(FEATURE["credit_level"], None).en
    'no data'
    """
    if value is None:
        return Title("无数据", "no data")
    if feature.unit == "level":
        return LEVELS[value]
    words = WORDS[feature.unit]
    number = decimal_text(value, *SHOWN.get(feature.unit, (1, 0)))
    return Title(words.zh.format(number), words.en.format(number))


def decimal_text(value: int, one: int, digits: int) -> str:
    """Exact decimal text of value / one, halves rounded up.

    >>> decimal_text(1_234_567, 10**6, 2), decimal_text(7, 1, 0)
    ('1.23', '7')
    """
    scaled = (2 * value * 10**digits + one) // (2 * one)
    whole, rest = divmod(scaled, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)
