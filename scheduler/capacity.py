"""How many visits can the squad make this month?

The official formula (安监总政法〔2017〕150号): workdays × officers − other enforcement − work that
is not enforcement = check days; then holiday peaks, pairs, and visits a pair makes in a day.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

from riskengine.errors import Sentence, sentence
from riskengine.policy import CalendarRules, Peak, PolicyView, RosterRules
from riskengine.register import Known
from scheduler.calendar import Workdays, next_month, workdays
from scheduler.roster.rules import Officer, officers_of
from scheduler.shares import ceil_div, percent

FULL_SHARE_BP = 10_000
"""A whole officer-day, in units of 1/10000."""
WHOLE = 1000
"""Permille of the whole."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An officer who cannot be counted on any workday of the month, and why."""

    inspector_id: str
    name: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the squad can do in a month, one field per term of the official formula.

    total_days − leave_days = present_days; − other_days − non_days = check_days;
    − peak_days = routine_days; ÷ officers a visit = team_days; × visits_per_team_day = visits.
    Days are whole officer-days, rounded so that no visit is promised that nobody can make.

    officers
        Those who count on at least one workday.
    left_out
        Those who do not, with the reason.
    reasons
        The formula in words, and what is special about the month.
    """

    month: dt.date
    policy_digest: str
    workdays: int
    is_provisional: bool
    officers: int
    total_days: int
    leave_days: int
    present_days: int
    other_days: int
    non_days: int
    check_days: int
    peak_days: int
    routine_days: int
    team_days: int
    visits_per_team_day: int
    visits: int
    left_out: tuple[LeftOut, ...]
    reasons: tuple[Sentence, ...]


def capacity(known: Known, policy: PolicyView, *, month: dt.date) -> Capacity:
    """Capacity of the month from the officers' calendar.

    An officer counts on the workdays on which the certificate is valid, with the working share of
    the register; days of leave are taken off before the shares of other work, which are therefore
    shares of the days on which the officers are there. Of a month that is running when the register
    is read, only the days from then on count.

    Source: policy `roster.other_permille`, `roster.non_permille`, `calendar.peaks`.
    """
    whole = workdays(month, policy.calendar)
    is_running = month <= known.as_of < next_month(month)
    left = tuple(day for day in whole.days if day >= known.as_of) if is_running else whole.days
    calendar = replace(whole, days=left)
    out: Counter[dt.date] = Counter()
    total_bp = leave_bp = peak_milli_bp = 0
    counted = 0
    left_out: list[LeftOut] = []
    for officer in officers_of(known):
        refusal = why_left_out(officer, calendar.days, policy.roster, today=known.as_of)
        if refusal:
            left_out.append(LeftOut(officer.inspector_id, officer.name, refusal))
            continue
        counted += 1
        valid = [day for day in calendar.days if is_certified(officer, day)]
        present = [day for day in valid if not is_away(officer, day)]
        out.update(present)
        total_bp += officer.share_bp * len(valid)
        leave_bp += officer.share_bp * (len(valid) - len(present))
        peak_milli_bp += officer.share_bp * sum(peak_cut(day, policy.calendar) for day in present)
    total = total_bp // FULL_SHARE_BP
    leave = min(total, ceil_div(leave_bp, FULL_SHARE_BP))
    lost = Fraction(peak_milli_bp, (total_bp - leave_bp) * WHOLE) if peak_milli_bp else Fraction(0)
    pairs = sum(n // policy.roster.officers_per_visit for n in out.values())
    terms = formula(total - leave, lost, policy.roster, most_team_days=pairs)
    loud = [calendar.note] if calendar.note else []
    if past := len(whole.days) - len(left):
        loud.append(sentence("capacity_running", past=past, since=known.as_of, days=len(left)))
    loud += peaks_unentered(month, policy.calendar)
    notes = (*loud, *peak_notes(calendar, policy.calendar))
    return Capacity(
        month=month,
        policy_digest=policy.digest,
        workdays=len(calendar.days),
        is_provisional=calendar.is_provisional,
        officers=counted,
        total_days=total,
        leave_days=leave,
        present_days=total - leave,
        other_days=terms.other_days,
        non_days=terms.non_days,
        check_days=terms.check_days,
        peak_days=terms.peak_days,
        routine_days=terms.check_days - terms.peak_days,
        team_days=terms.team_days,
        visits_per_team_day=policy.roster.visits_per_team_day,
        visits=terms.visits,
        left_out=tuple(left_out),
        reasons=(in_words(calendar, counted, total, leave, terms, policy.roster), *notes),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """What the formula makes of the days on which officers are there."""

    other_days: int
    non_days: int
    check_days: int
    peak_days: int
    team_days: int
    visits: int


def formula(
    present_days: int, lost: Fraction, rules: RosterRules, *, most_team_days: int | None = None
) -> Terms:
    """The formula from `present_days` on.

    lost
        Share of routine work lost to peaks.
    most_team_days
        Pairs that can be formed at all, over the days: one officer alone makes none.
    """
    other = ceil_div(present_days * rules.other_permille, WHOLE)
    non = ceil_div(present_days * rules.non_permille, WHOLE)
    check = max(0, present_days - other - non)
    peak = ceil_div(check * lost.numerator, lost.denominator)
    team_days = (check - peak) // rules.officers_per_visit
    if most_team_days is not None:
        team_days = min(team_days, most_team_days)
    return Terms(other, non, check, peak, team_days, team_days * rules.visits_per_team_day)


def in_words(
    calendar: Workdays, officers: int, total: int, leave: int, terms: Terms, rules: RosterRules
) -> Sentence:
    """The formula as one sentence, every figure of it."""
    return sentence(
        "capacity_formula",
        workdays=len(calendar.days), officers=officers, total=total, leave=leave,
        other=terms.other_days, non=terms.non_days, check=terms.check_days, peak=terms.peak_days,
        teams=terms.team_days, per_day=rules.visits_per_team_day, visits=terms.visits,
    )  # fmt: skip


def peak_notes(calendar: Workdays, rules: CalendarRules) -> tuple[Sentence, ...]:
    """A sentence for each peak that lowers the month's routine capacity."""
    peaks = dict.fromkeys(peak for day in calendar.days for peak in peaks_on(day, rules))
    return tuple(
        sentence(
            "capacity_peak",
            peak_zh=peak.name.zh, peak_en=peak.name.en, first=peak.first, last=peak.last,
            percent=percent(peak.routine_permille),
        )
        for peak in peaks
        if peak.routine_permille < WHOLE
    )  # fmt: skip


def peaks_unentered(month: dt.date, rules: CalendarRules) -> list[Sentence]:
    """A sentence where the pack has holiday peaks, and none yet of the year of the month."""
    last = max((peak.last for peak in rules.peaks), default=None)
    if last is None or month.year <= last.year:
        return []
    return [sentence("peaks_unentered", year=month.year, month=f"{month:%Y-%m}", last=last)]


def why_left_out(
    officer: Officer, days: Collection[dt.date], rules: RosterRules, *, today: dt.date
) -> Sentence | None:
    """Why an officer counts on none of `days`; None if there is a day on which the officer does.

    Hours of training that are not on record are not held against anyone; a certificate that is
    not on record is.
    """
    facts = {"id": officer.inspector_id, "name": officer.name}
    if not officer.certificate or officer.expires_on is None:
        return sentence("officer_without_certificate", **facts)
    if not any(is_certified(officer, day) for day in days):
        is_over = officer.expires_on < today
        code = "officer_certificate_expired" if is_over else "officer_certificate_ends"
        return sentence(code, expired=officer.expires_on, **facts)
    hours, least = officer.training_hours, rules.least_training_hours
    if hours is not None and hours < least:
        return sentence("officer_short_of_training", hours=hours, least=least, **facts)
    return None


def is_certified(officer: Officer, day: dt.date) -> bool:
    """Is the officer's certificate valid on `day`? The day of expiry still counts."""
    return officer.expires_on is not None and day <= officer.expires_on


def is_away(officer: Officer, day: dt.date) -> bool:
    """Is the officer on leave on `day`? First and last day of an absence are included."""
    return any(first <= day <= last for first, last in officer.away)


def peak_cut(day: dt.date, rules: CalendarRules) -> int:
    """Permille of routine work lost on `day`; the harder of two overlapping peaks counts."""
    return max((WHOLE - peak.routine_permille for peak in peaks_on(day, rules)), default=0)


def peaks_on(day: dt.date, rules: CalendarRules) -> list[Peak]:
    """Holiday peaks that `day` belongs to, first and last day included."""
    return [peak for peak in rules.peaks if peak.first <= day <= peak.last]
