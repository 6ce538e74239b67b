"""What went wrong, and what would mend it, in Chinese and English?

RiskEngineError
├─ BadRegister        a table or column is missing (bad rows are reported, not raised)
├─ PolicyError
│  ├─ UncitedValue    a number without a dated ``because``
│  ├─ UnknownParameter
│  └─ NotInForce      no value on that date
├─ BadFacts           facts that a formula cannot take
├─ NotFound           enterprise, document, job
└─ NotAllowed         unlawful or against the protocol
   ├─ AlreadyFrozen
   ├─ EventAlreadyKnown
   ├─ SeedMismatch
   └─ NeedsSecondPerson

Expected outcomes (rejected rows, infeasible months, conflicts of rates) are not errors: they are
`Sentence` values inside results. Both kinds take their text from one catalogue, ``sentences.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

KINDS_ZH = {
    "enterprise": "企业",
    "file": "文件",
    "document": "文件",
    "example": "示例",
    "job": "任务",
    "grades": "评级",
    "ratio": "抽查比例",
    "quota": "数量",
    "frame": "冻结名单",
    "draw": "抽取结果",
    "routes": "路线",
    "slots": "席位",
    "roster": "排班",
    "repair": "换人记录",
    "officer": "执法人员",
    "route": "路线",
    "bundle": "证据包",
    "scenario": "推演",
    "backtest": "回测",
    "contest": "异议",
}
"""What a fact named ``kind`` is called in Chinese."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence for a person, in both languages, with the code it is known by."""

    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every sentence the engine can say: code → {zh, en}, with ``{named}`` places for facts."""
    text = files("riskengine").joinpath("sentences.yaml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = yaml.safe_load(text)
    return entries


def sentence(code: str, **facts: object) -> Sentence:
    """Fill the sentence `code` with facts.

    >>> sentence("not_found", kind="enterprise", name="E9").en
    'enterprise “E9” is not known; check the number, or import the register that holds it.'
    """
    entry = catalogue()[code]
    chinese = facts | {"kind": KINDS_ZH.get(str(facts.get("kind")), facts.get("kind"))}
    return Sentence(code, entry["zh"].format(**chinese), entry["en"].format(**facts))


class RiskEngineError(Exception):
    """A refusal: a code, the facts, and a sentence that says what would mend it."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        self.sentence = sentence(code, **facts)
        super().__init__(str(self.sentence))


class BadRegister(RiskEngineError):
    """A table, a column or a file that the register cannot do without."""


class PolicyError(RiskEngineError):
    """A pack that cannot be applied."""


class UncitedValue(PolicyError):
    """A number of a pack that has no ``because`` of the same date."""


class UnknownParameter(PolicyError):
    """A key of a pack, or a name asked for, that the engine does not know."""


class NotInForce(PolicyError):
    """A parameter that has no value on the date asked for."""


class BadFacts(RiskEngineError):
    """Facts about one subject that a formula cannot take."""


class NotFound(RiskEngineError):
    """An enterprise, document or job that is not there."""


class NotAllowed(RiskEngineError):
    """A step that law or protocol forbids."""


class AlreadyFrozen(NotAllowed):
    """A second draw, or a change after the freeze."""


class EventAlreadyKnown(NotAllowed):
    """A public event that had happened when the list was frozen."""


class SeedMismatch(NotAllowed):
    """A seed, secret or frame that does not fit what was published."""


class NeedsSecondPerson(NotAllowed):
    """One person doing two persons' step."""
