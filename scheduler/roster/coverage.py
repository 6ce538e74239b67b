"""How many visits of each sector must the month make?

The pack may ask for a least share of the visits asked for; in a month with a holiday peak it asks
for more in the sectors that the peak covers in full. A month that cannot keep a minimum says so
with its numbers.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping

from riskengine.errors import Sentence, sentence
from riskengine.policy import PolicyView
from scheduler.calendar import next_month
from scheduler.shares import ceil_div

WHOLE = 1000
"""Permille of the whole."""


def least_permille(sector: str, policy: PolicyView, month: dt.date) -> int:
    """Least share of a sector's visits in the month, 0 where there is no minimum.

    Source: policy `roster.coverage_least_permille`, `roster.peak_coverage_permille`.
    """
    rules = policy.roster
    in_peak = any(
        sector in peak.full_sectors and peak.first < next_month(month) and month <= peak.last
        for peak in policy.calendar.peaks
    )
    usual = rules.coverage_least_permille.get(sector, 0)
    return max(usual, rules.peak_coverage_permille) if in_peak else usual


def least_visits(asked: Mapping[str, int], policy: PolicyView, month: dt.date) -> dict[str, int]:
    """Sector → least number of visits, of the numbers `asked` for; rounded up."""
    return {
        sector: ceil_div(count * least_permille(sector, policy, month), WHOLE)
        for sector, count in asked.items()
    }


def coverage_short(
    asked: Mapping[str, str], made: Collection[str], policy: PolicyView, month: dt.date
) -> dict[str, Sentence]:
    """Sector → the sentence that admits a minimum which the visits made do not reach.

    asked
        Enterprise → sector, of every visit asked for.
    """
    counts = Counter(asked.values())
    served = Counter(asked[key] for key in set(made) & asked.keys())
    return {
        sector: sentence(
            "roster_coverage_short",
            sector=sector,
            asked=counts[sector],
            least=least,
            made=served[sector],
        )
        for sector, least in sorted(least_visits(counts, policy, month).items())
        if served[sector] < least
    }
