"""How is a ratio told to a person: from what, to what, and because of what?"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from riskengine.errors import Sentence, sentence
from riskengine.policy import PolicyView, RatioRules, Title
from scheduler.calendar import next_month
from scheduler.rates import Cell
from scheduler.ratio_rule import Clash, Posterior
from scheduler.shares import M, decimal, percent

POOLS = {
    True: Title("重点行业", "Key sectors"),
    False: Title("非重点行业", "Sectors that are not key"),
}
"""Whether the sectors are key → what they are called."""
AT_BOUND = {
    "law": "ratio_at_law",
    "floor": "ratio_at_floor",
    "least_visits": "ratio_at_least_visits",
    "fall": "ratio_at_fall",
    "cap": "ratio_at_cap",
    "most": "ratio_at_most",
    "rise": "ratio_at_rise",
}
CLASHES = {
    "floor": "ratio_no_floor",
    "least_visits": "ratio_no_least_visits",
    "fall": "ratio_no_fall",
    "most": "ratio_no_most",
    "rise": "ratio_no_rise",
    "over_rise": "ratio_no_over_rise",
    "under_cap": "ratio_no_under_cap",
}
"""Name of a bound or a clash → its sentence."""
MODES = {"random": "rate_random", "full": "rate_full", "for_cause": "rate_for_cause"}


def outside(cell: Cell, mode: str, rate: Fraction, policy: PolicyView) -> tuple[Sentence, ...]:
    """A stratum that the rule leaves alone, and its mode."""
    named = sentence("ratio_outside", after=percent(rate), **name(cell, policy))
    return named, sentence(MODES[mode])


def inside(
    cell: Cell,
    before: Fraction,
    ratio: Fraction,
    seen: tuple[int, int],
    belief: Posterior,
    bound: str,
    code: str,
    dates: tuple[dt.date, dt.date],
    policy: PolicyView,
) -> tuple[Sentence, ...]:
    """A stratum drawn at random: the ratio with its reason, the mode, and the bound it has met.

    seen
        Visits and findings of the last twelve months.
    code
        "ratio_moved" at a reset, "ratio_kept" after it, "ratio_new" where there was none.
    dates
        The month of the ratio, and the one it was set in.
    """
    month, since = dates
    facts = {
        "before": percent(before),
        "after": percent(ratio),
        "visits": seen[0],
        "findings": seen[1],
        "mean": of_nano(belief.mean),
        "sd": of_nano(belief.sd),
        "harm": policy.rates.harm_weight.get(cell[1], 100),
        "since": f"{since:%Y-%m}",
        "until": f"{next_reset(month, policy.rates.ratio):%Y-%m}",
    }
    said = (sentence(code, **facts, **name(cell, policy)), sentence(MODES["random"]))
    return (*said, of_bound(bound, policy.rates.ratio)) if bound else said


def name(cell: Cell, policy: PolicyView) -> dict[str, str]:
    """Grade and sector in both languages."""
    grade, sector = cell
    title = policy.pack.sectors.get(sector, Title(sector, sector))
    return {"grade": grade, "sector_zh": title.zh, "sector_en": title.en}


def of_bound(bound: str, rules: RatioRules) -> Sentence:
    """Which bound keeps a ratio where it is."""
    shares = {
        "floor": rules.floor_permille,
        "fall": rules.fall_permille,
        "most": rules.most_permille,
        "rise": rules.rise_permille,
    }
    return sentence(
        AT_BOUND[bound],
        share=percent(shares.get(bound, 0)),
        plus=percent(rules.rise_plus_permille),
        visits=rules.least_visits,
    )


def of_budget(is_key: bool, strata: int, budget: int) -> Sentence:
    """What is shared out over the strata of a pool, in 1/1000 visits a year."""
    return sentence("ratio_budget", strata=strata, **of_pool(is_key, budget))


def of_clash(clash: Clash, is_key: bool, budget: int, rules: RatioRules) -> Sentence:
    """Which bounds do not fit, and which of them stand."""
    facts = {
        "asked": visits_of(clash.milli),
        "strata": clash.strata,
        "visits": rules.least_visits,
    }
    return sentence(CLASHES[clash.name], **facts, **of_pool(is_key, budget))


def of_pool(is_key: bool, budget: int) -> dict[str, str]:
    """A pool by name, and its visits."""
    pool = POOLS[is_key]
    return {"pool_zh": pool.zh, "pool_en": pool.en, "budget": visits_of(budget)}


def next_reset(month: dt.date, rules: RatioRules) -> dt.date:
    """The first reset month after `month`."""
    month = next_month(month)
    while month.month not in rules.reset_months:
        month = next_month(month)
    return month


def visits_of(milli: int) -> str:
    """1/1000 visits as visits."""
    return decimal(Fraction(milli, 1000))


def of_nano(nano: int) -> str:
    """A probability in 1e-9 as percent text with one decimal."""
    return decimal(Fraction(100 * nano, M), 1)
