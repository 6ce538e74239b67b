"""How many visits does each grade and sector get this month, and with what probability?

Yearly rates (`rates`) × this month's share of the year, less what capacity cannot carry, become
one integer probability per enterprise. The probabilities sum to exactly the visits to be drawn.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from riskengine.digest import digest
from riskengine.errors import NotAllowed, Sentence, sentence
from riskengine.grade import Grades, grades_digest
from riskengine.policy import PolicyView, Title
from riskengine.register import Known
from scheduler.capacity import Capacity, LeftOut, capacity
from scheduler.due import Standing, VisitDay, Year, due_nano, peaks_of, standings_of, year_of
from scheduler.gaps import in_words, rotated
from scheduler.rates import ONCE_A_YEAR, Cell, Rate, yearly_cap, yearly_rates
from scheduler.ratio import Ratio
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
        is reached, after the one draw of the year where there is one, where another office goes
        instead, or for all in a month whose capacity is used up before the draw.
    conflicts
        Where the rules, or the rules and the squad, do not fit; with the rule that settled it.
    ratio_digest
        Of the adaptive ratios; none where the rates are fixed.
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
    ratio_digest: str | None = None


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
    ahead: Iterable[VisitDay] = (),
    ratio: Ratio | None = None,
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
    ahead
        Visits of earlier plans that are still to be made when the list is frozen.
    ratio
        Adaptive ratios of the month, in place of the rates of strata drawn at random.

    Source: policy `rates`, `calendar.peaks`; integer probabilities and gaps: sampling.md §2.2, 2.5.
    """
    year = year_of(month, policy)
    standings = tuple(standings_of(grades, known, policy.rates, month, ahead))
    counts = Counter(standing.cell for standing in standings)
    rates, conflicts = yearly_rates(counts, policy.rates, ratio.rates if ratio else None)
    if ratio:
        require_same_month(ratio, policy, month)
        conflicts = tuple(dict.fromkeys((*conflicts, *ratio.conflicts)))

    outside = {visit.enterprise_id for visit in (*owed, *must)}
    first = tuple(s.enterprise_id for s in standings if s.enterprise_id in outside)
    drawn_from = [s for s in standings if s.enterprise_id not in outside]
    due = {
        s.enterprise_id: due_nano(s, rates[s.cell], year, peaks_of(s.cell[1], month, policy), month)
        for s in drawn_from
    }
    asked = rotated(drawn_from, due, rates, policy.rates, month)
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
        ratio_digest=digest(ratio) if ratio else None,
    )


def require_same_month(ratio: Ratio, policy: PolicyView, month: dt.date) -> None:
    """Refuse ratios that were set for another month or by other rules."""
    if (ratio.month, ratio.policy_digest) != (month, policy.digest):
        raise NotAllowed("ratio_of_another", month=f"{month:%Y-%m}")


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
        code = "quota_no_room" if served_first else "quota_no_officers"
        conflicts = (sentence(code, **facts),) if total or room < 0 else ()
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
    reasons += of_others(members)
    if policy.rates.rotation == "gap" and any(0 < asked[i] < M for i in in_draw):
        in_reach = [s for s in members if asked.get(s.enterprise_id)]
        reasons.append(in_words(in_reach, rate, month, policy.rates.gap))
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


def of_others(members: Iterable[Standing]) -> Iterator[Sentence]:
    """Who was drawn this year already, and where another office goes or comes along."""
    members = list(members)
    if drawn := sum(s.is_drawn for s in members):
        yield sentence("quota_once", drawn=drawn)
    for code, found in (
        ("quota_elsewhere", [s for s in members if s.is_left]),
        ("quota_joint", [s for s in members if s.offices and not s.is_left]),
    ):
        if found:
            offices = "、".join(sorted({office for s in found for office in s.offices}))
            yield sentence(code, enterprises=len(found), offices=offices)
