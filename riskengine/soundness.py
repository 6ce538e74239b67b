"""Do the rules of one date fit together?

Each check is a small function that yields (code, facts) for what is wrong; `CHECKS` is the list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, get_args

from riskengine.errors import PolicyError
from riskengine.rules import Grade, PolicyView

GRADES: tuple[str, ...] = get_args(Grade)
DESKS = ("written", "online")
"""Modes of a visit that need no road."""

Flaws = Iterator[tuple[str, dict[str, Any]]]


def check_view(view: PolicyView) -> None:
    """Refuse rules that contradict each other, with the first contradiction found."""
    for check in CHECKS:
        for code, facts in check(view):
            raise PolicyError(code, **facts)


def bins_ascend_from_zero(view: PolicyView) -> Flaws:
    for item in view.scorecard.items:
        starts = [start for start, _ in item.bins]
        if not starts or starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            yield "policy_bins_order", {"path": f"scorecard.items.{item.feature}"}


def points_never_rise_with_risk(view: PolicyView) -> Flaws:
    for item in view.scorecard.items:
        points = [points for _, points in item.bins]
        falling = points if item.worse == "up" else points[::-1]
        if any(a < b for a, b in pairwise(falling)):
            yield "policy_bins_rise", {"path": f"scorecard.items.{item.feature}"}


def every_group_exists_and_caps(view: PolicyView) -> Flaws:
    known = {group.name for group in view.scorecard.groups}
    for item in view.scorecard.items:
        if item.group not in known:
            yield "policy_group", {"path": f"scorecard.items.{item.feature}", "name": item.group}
    for group in view.scorecard.groups:
        if group.cap_points < 0:
            yield "policy_negative", {"path": f"scorecard.groups.{group.name}.cap_points"}


def weights_are_positive(view: PolicyView) -> Flaws:
    rules = view.scorecard.features
    for table, days in rules.half_life_days.items():
        if days <= 0:
            yield "policy_not_positive", {"path": f"scorecard.features.half_life_days.{table}"}
    for name in ("window_days", "least_vehicles"):
        if getattr(rules, name) <= 0:
            yield "policy_not_positive", {"path": f"scorecard.features.{name}"}


def cut_points_descend(view: PolicyView) -> Flaws:
    cuts = view.grades.cut_points
    if set(cuts) != set(GRADES[:-1]):
        yield "policy_grades", {"path": "grades.cut_points", "wanted": ", ".join(GRADES[:-1])}
    elif any(cuts[a] <= cuts[b] for a, b in pairwise(GRADES[:-1])):
        yield "policy_cuts", {"path": "grades.cut_points"}


def grades_are_complete(view: PolicyView) -> Flaws:
    tables: dict[str, Iterable[str]] = {
        "measures": view.measures,
        "rates.yearly_permille": view.rates.yearly_permille,
        "rates.yearly_cap": view.rates.yearly_cap,
        "rates.ratio.base_permille": view.rates.ratio.base_permille,
    }
    for sector, caps in view.rates.sector_yearly_cap.items():
        tables[f"rates.sector_yearly_cap.{sector}"] = caps
    for path, grades in tables.items():
        if set(grades) != set(GRADES):
            yield "policy_grades", {"path": path, "wanted": ", ".join(GRADES)}


def sectors_are_known(view: PolicyView) -> Flaws:
    named: dict[str, Iterable[str]] = {
        "rates.sector_floor_permille": view.rates.sector_floor_permille,
        "rates.mode": view.rates.mode,
        "rates.grade_mode": view.rates.grade_mode,
        "rates.key_sectors": view.rates.key_sectors,
        "rates.sector_yearly_cap": view.rates.sector_yearly_cap,
        "rates.harm_weight": view.rates.harm_weight,
        "rates.once_a_year": view.rates.once_a_year,
        "roster.visit_minutes": view.roster.visit_minutes,
        "roster.visit_mode": view.roster.visit_mode,
        "roster.coverage_least_permille": view.roster.coverage_least_permille,
    }
    for item in view.scorecard.items:
        named[f"scorecard.items.{item.feature}.sectors"] = item.sectors
    for index, peak in enumerate(view.calendar.peaks):
        named[f"calendar.peaks.{index}.full_sectors"] = peak.full_sectors
    for path, sectors in named.items():
        for sector in sectors:
            if sector not in view.pack.sectors:
                yield "policy_sector", {"path": path, "name": sector}


def sectors_are_complete(view: PolicyView) -> Flaws:
    for path, table in (
        ("rates.harm_weight", view.rates.harm_weight),
        ("roster.visit_minutes", view.roster.visit_minutes),
    ):
        for sector in view.pack.sectors:
            if sector not in table:
                yield "policy_sector_missing", {"path": path, "name": sector}


def rates_are_not_negative(view: PolicyView) -> Flaws:
    rates = view.rates
    numbers = {
        "rates.ceiling_permille": rates.ceiling_permille,
        "rates.reserves_percent": rates.reserves_percent,
        "rates.reserves_least": rates.reserves_least,
        **{f"rates.yearly_permille.{g}": n for g, n in rates.yearly_permille.items()},
        **{f"rates.yearly_cap.{g}": n for g, n in rates.yearly_cap.items()},
        **{f"rates.sector_floor_permille.{s}": n for s, n in rates.sector_floor_permille.items()},
        **{f"rates.harm_weight.{s}": n for s, n in rates.harm_weight.items()},
    }
    for path, number in numbers.items():
        if number < 0:
            yield "policy_negative", {"path": path}
    if rates.reveal_hours <= 0:
        yield "policy_not_positive", {"path": "rates.reveal_hours"}


def a_level_branches_once(view: PolicyView) -> Flaws:
    levels = view.rates.levels
    if len(set(levels)) < len(levels):
        yield "policy_levels", {"path": "rates.levels"}


def ratios_can_be_set(view: PolicyView) -> Flaws:
    rules = view.rates.ratio
    permille = {
        "discount_permille": (0, rules.discount_permille, 1000),
        "alpha_permille": (0, rules.alpha_permille, 1000),
        "floor_permille": (1, rules.floor_permille, 1000),
        "most_permille": (1, rules.most_permille, 1000),
        "fall_permille": (0, rules.fall_permille, 1000),
        "rise_permille": (1000, rules.rise_permille, 10**6),
        **{f"base_permille.{g}": (1, n, 999) for g, n in rules.base_permille.items()},
    }
    for name, (least, number, most) in permille.items():
        if not least <= number <= most:
            facts = {"path": f"rates.ratio.{name}", "least": least, "most": most}
            yield "policy_between", facts
    for name in ("grade_visits", "stratum_visits"):
        if getattr(rules, name) <= 0:
            yield "policy_not_positive", {"path": f"rates.ratio.{name}"}
    for name in ("optimism_permille", "least_visits", "rise_plus_permille"):
        if getattr(rules, name) < 0:
            yield "policy_negative", {"path": f"rates.ratio.{name}"}
    if not rules.reset_months or not set(rules.reset_months) <= set(range(1, 13)):
        yield "policy_months", {"path": "rates.ratio.reset_months"}


def for_cause_has_no_minimum(view: PolicyView) -> Flaws:
    rates = view.rates
    modes = {sector: {mode} for sector, mode in rates.mode.items()}
    for sector, by_grade in rates.grade_mode.items():
        modes[sector] = modes.get(sector, set()) | set(by_grade.values())
        if not set(by_grade) <= set(GRADES):
            facts = {"path": f"rates.grade_mode.{sector}", "wanted": ", ".join(GRADES)}
            yield "policy_grades", facts
    for sector, of_sector in modes.items():
        if "for_cause" not in of_sector:
            continue
        if rates.sector_floor_permille.get(sector, 0) > 0:
            yield "policy_for_cause", {"path": "rates.sector_floor_permille", "name": sector}
        if any(sector in peak.full_sectors for peak in view.calendar.peaks):
            yield "policy_for_cause", {"path": "calendar.peaks", "name": sector}


def rotation_forgets_nobody(view: PolicyView) -> Flaws:
    gap = view.rates.gap
    bounds = {
        "floor_permille": (1, gap.floor_permille, gap.most_permille),
        "early_permille": (0, gap.early_permille, 1000),
        "slope_permille": (1, gap.slope_permille, 10**6),
        "most_permille": (1, gap.most_permille, 10**6),
        "largest_permille": (1, gap.largest_permille, 1000),
        "longest_months": (1, gap.longest_months, 1200),
    }
    for name, (least, number, most) in bounds.items():
        if not least <= number <= most:
            yield "policy_between", {"path": f"rates.gap.{name}", "least": least, "most": most}


def the_day_holds_its_lunch(view: PolicyView) -> Flaws:
    day = view.roster
    ends_by = day.lunch_latest_minute + day.lunch_minutes
    if not day.day_start_minute <= day.lunch_earliest_minute <= day.lunch_latest_minute:
        yield "policy_day", {"path": "roster.lunch_earliest_minute"}
    if ends_by > day.day_end_minute:
        yield "policy_day", {"path": "roster.lunch_latest_minute"}


def the_roster_can_move(view: PolicyView) -> Flaws:
    for name in ("officers_per_visit", "speed_kmh", "most_visits_a_day", "visits_per_team_day"):
        if getattr(view.roster, name) <= 0:
            yield "policy_not_positive", {"path": f"roster.{name}"}
    for name in ("visit_minutes", "desk_minutes"):
        for key, minutes in getattr(view.roster, name).items():
            if minutes <= 0:
                yield "policy_not_positive", {"path": f"roster.{name}.{key}"}


def every_desk_has_its_minutes(view: PolicyView) -> Flaws:
    for mode in DESKS:
        if mode not in view.roster.desk_minutes:
            yield "policy_desk", {"path": "roster.desk_minutes", "name": mode}
    for mode in view.roster.desk_minutes:
        if mode not in DESKS:
            yield "policy_desk_unknown", {"path": "roster.desk_minutes", "name": mode}


def coverage_is_a_share(view: PolicyView) -> Flaws:
    shares = {
        f"coverage_least_permille.{sector}": share
        for sector, share in view.roster.coverage_least_permille.items()
    }
    shares["peak_coverage_permille"] = view.roster.peak_coverage_permille
    for name, share in shares.items():
        if not 0 <= share <= 1000:
            yield "policy_between", {"path": f"roster.{name}", "least": 0, "most": 1000}


def shares_leave_check_days(view: PolicyView) -> Flaws:
    other, non = view.roster.other_permille, view.roster.non_permille
    if min(other, non) < 0 or other + non > 1000:
        yield "policy_shares", {"path": "roster.other_permille"}


def the_calendar_is_one(view: PolicyView) -> Flaws:
    for day in view.calendar.overrides:
        try:
            dt.date.fromisoformat(day)
        except ValueError:
            yield "policy_override", {"path": "calendar.overrides", "day": day}
    for index, peak in enumerate(view.calendar.peaks):
        if peak.first > peak.last or not 0 <= peak.routine_permille <= 1000:
            yield "policy_peak", {"path": f"calendar.peaks.{index}"}


CHECKS = (
    bins_ascend_from_zero,
    points_never_rise_with_risk,
    every_group_exists_and_caps,
    weights_are_positive,
    cut_points_descend,
    grades_are_complete,
    sectors_are_known,
    sectors_are_complete,
    rates_are_not_negative,
    a_level_branches_once,
    ratios_can_be_set,
    for_cause_has_no_minimum,
    rotation_forgets_nobody,
    the_day_holds_its_lunch,
    the_roster_can_move,
    every_desk_has_its_minutes,
    coverage_is_a_share,
    shares_leave_check_days,
    the_calendar_is_one,
)
