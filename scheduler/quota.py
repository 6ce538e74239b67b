"""How many visits does each grade and sector get this month, and with what probability?

Yearly rates (`rates`) × this month's share of the year, less what capacity cannot carry, become
one integer probability per enterprise. The probabilities sum to exactly the visits to be drawn.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from riskengine.errors import Sentence, sentence
from riskengine.grade import Grades, grades_digest
from riskengine.policy import PolicyView, Title
from riskengine.register import Known
from scheduler.capacity import Capacity, LeftOut, capacity
from scheduler.due import Standing, Year, due_nano, peaks_of, standings_of, year_of
from scheduler.rates import ONCE_A_YEAR, Cell, Rate, yearly_cap, yearly_rates
from scheduler.shares import M, ceil_div, decimal, percent, proportional

__all__ = ["Capacity", "LeftOut", "M", "Owed", "Quota", "Stratum", "allot", "capacity"]


@dataclass(frozen=True, slots=True)
class Owed:
    """A visit that was due and not made; it comes first next month.

    kind
        "routine", "special" or "case".
    since
        First day of the month in which it was due.
    """

    enterprise_id: str
    kind: str
    since: dt.date
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Stratum:
    """One grade of one sector.

    enterprises, eligible, capped
        All of them; those with a positive probability this month; those at their yearly cap.
    asked_permille, applied_permille
        Visits per 1,000 enterprises and year: what the rules ask, and what ceiling, capacity and
        the rounding to whole visits leave of it (to whole permille; the probabilities are exact).
    expected_nano
        Sum of the probabilities, in units of 1e-9 visits.
    reasons
        The first sentence sums up; the others say why.
    """

    grade: str
    sector: str
    mode: str
    enterprises: int
    eligible: int
    capped: int
    asked_permille: int
    applied_permille: int
    expected_nano: int
    reasons: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """The month's visits, by stratum and by enterprise.

    visits
        Visits to be drawn; the probabilities sum to exactly ``visits * M``.
    served_first
        Enterprises visited outside the draw (owed and must), in id order.
    probabilities
        (enterprise_id, pi) in id order, 0 ≤ pi ≤ M. 0 only at a yearly cap, where full coverage
        is reached, or for all in a month whose capacity is used up before the draw.
    conflicts
        Where the rules, or the rules and the squad, do not fit; with the rule that settled it.
    """

    month: dt.date
    as_of: dt.date
    policy_digest: str
    grades_digest: str
    capacity: Capacity
    workdays_of_year: int
    workdays_left: int
    served_first: tuple[str, ...]
    strata: tuple[Stratum, ...]
    probabilities: tuple[tuple[str, int], ...]
    visits: int
    conflicts: tuple[Sentence, ...]


class OfEnterprise(Protocol):
    """Anything that names an enterprise to be visited outside the draw."""

    @property
    def enterprise_id(self) -> str: ...


def allot(
    grades: Grades,
    known: Known,
    policy: PolicyView,
    *,
    month: dt.date,
    capacity: Capacity,
    owed: tuple[Owed, ...] = (),
    must: Iterable[OfEnterprise] = (),
) -> Quota:
    """Give every enterprise its probability of a routine visit in `month`.

    Owed and must visits are served first and leave the draw. If the expected visits of all others
    fit the capacity that is left, they are rounded up to the next whole number; if not, every
    probability is scaled down by one factor, certain visits kept where they fit.

    Parameters
    ----------
    month
        First day of the month.
    owed, must
        Visits outside the draw; those of enterprises without a grade (closed) do not count.

    Source: policy `rates`, `calendar.peaks`; integer probabilities: sampling.md §2.2.
    """
    year = year_of(month, policy)
    standings = tuple(standings_of(grades, known, policy.rates, month))
    counts = Counter(standing.cell for standing in standings)
    rates, conflicts = yearly_rates(counts, policy.rates)

    outside = {visit.enterprise_id for visit in (*owed, *must)}
    first = tuple(s.enterprise_id for s in standings if s.enterprise_id in outside)
    drawn_from = [s for s in standings if s.enterprise_id not in outside]
    asked = {
        s.enterprise_id: due_nano(s, rates[s.cell], year, peaks_of(s.cell[1], month, policy), month)
        for s in drawn_from
    }
    given, visits, shortfall = fitted(asked, capacity.visits, len(first))
    return Quota(
        month=month,
        as_of=grades.as_of,
        policy_digest=policy.digest,
        grades_digest=grades_digest(grades),
        capacity=capacity,
        workdays_of_year=year.whole,
        workdays_left=year.left,
        served_first=first,
        strata=tuple(
            stratum(cell, rates[cell], standings, asked, given, year, month, policy)
            for cell in sorted(counts)
        ),
        probabilities=tuple(given.items()),
        visits=visits,
        conflicts=(*conflicts, *shortfall),
    )


def fitted(
    asked: Mapping[str, int], capacity_visits: int, served_first: int
) -> tuple[dict[str, int], int, tuple[Sentence, ...]]:
    """Probabilities that sum to whole visits within capacity, and the shortfall if they do not fit.

    Every positive probability stays positive (at least 1e-9).
    """
    sizes = {i: size for i, size in asked.items() if size > 0}
    total = sum(sizes.values())
    room = capacity_visits - served_first
    visits = min(ceil_div(total, M), max(room, 0))
    facts = {
        "capacity": capacity_visits,
        "first": served_first,
        "room": max(room, 0),
        "expected": decimal(Fraction(total, M)),
    }
    if visits == 0:
        conflicts = (sentence("quota_no_room", **facts),) if total or room < 0 else ()
        return dict.fromkeys(asked, 0), 0, conflicts
    shortfall: tuple[Sentence, ...] = ()
    certain = {i: M for i, size in sizes.items() if size == M}
    keeps_certain = (visits - len(certain)) * M >= len(sizes) - len(certain)
    kept = certain if keeps_certain else {}
    others = {i: size for i, size in sizes.items() if i not in kept}
    if total > visits * M:
        missing = decimal(Fraction(total, M) - visits)
        share = percent(
            Fraction(visits * M - sum(kept.values()), sum(others.values())) * ONCE_A_YEAR
        )
        code = "quota_shortfall_certain_kept" if kept else "quota_shortfall"
        shortfall = (sentence(code, missing=missing, share=share, certain=len(kept), **facts),)
    parts = kept | proportional(others, visits * M - sum(kept.values()), least=1, most=M)
    return {i: parts.get(i, 0) for i in asked}, visits, shortfall


def stratum(
    cell: Cell,
    rate: Rate,
    standings: Iterable[Standing],
    asked: Mapping[str, int],
    given: Mapping[str, int],
    year: Year,
    month: dt.date,
    policy: PolicyView,
) -> Stratum:
    """One line of the quota, with its reasons."""
    grade, sector = cell
    members = [s for s in standings if s.cell == cell]
    in_draw = [s.enterprise_id for s in members if s.enterprise_id in given]
    due, expected = sum(asked[i] for i in in_draw), sum(given[i] for i in in_draw)
    capped = sum(s.is_capped for s in members)
    title = policy.pack.sectors.get(sector, Title(sector, sector))
    facts = {
        "grade": grade,
        "sector_zh": title.zh,
        "sector_en": title.en,
        "enterprises": len(members),
        "asked": percent(rate.asked),
        "due": decimal(Fraction(due, M)),
        "expected": decimal(Fraction(expected, M)),
        "month_days": year.month,
        "year_days": year.whole,
        "left_days": year.left,
    }
    reasons = [sentence("quota_stratum", **facts), *rate.reasons]
    if rate.mode == "full":
        done = sum(bool(s.visited_on) for s in members)
        reasons.append(sentence("quota_full_left", done=done, open=len(members) - done, **facts))
    else:
        reasons.append(sentence("quota_month_share", **facts))
    reasons += [
        sentence("quota_peak", peak_zh=peak.name.zh, peak_en=peak.name.en)
        for peak in peaks_of(sector, month, policy)
    ]
    if capped:
        cap = yearly_cap(grade, sector, policy.rates)
        reasons.append(sentence("quota_capped", capped=capped, cap=cap))
    if len(in_draw) < len(members):
        reasons.append(sentence("quota_outside_draw", outside=len(members) - len(in_draw)))
    kept_share = Fraction(expected, due) if due else Fraction(1)
    return Stratum(
        grade=grade,
        sector=sector,
        mode=rate.mode,
        enterprises=len(members),
        eligible=sum(given[i] > 0 for i in in_draw),
        capped=capped,
        asked_permille=rate.asked,
        applied_permille=int(rate.applied * kept_share + Fraction(1, 2)),
        expected_nano=expected,
        reasons=tuple(reasons),
    )
