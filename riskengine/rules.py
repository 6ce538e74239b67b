"""What is a rule book made of?

The typed, frozen rules that hold on one date. `riskengine.policy` builds them from a pack; every
stage after it reads nothing else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

Grade = Literal["A", "B", "C", "D"]
"""A is the lowest risk, D the highest."""


@dataclass(frozen=True, slots=True)
class Title:
    """A name or a phrase in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PackInfo:
    """What the pack is: its name, the places and the sectors it speaks of."""

    name: str
    title: Title
    jurisdiction: Title
    sectors: dict[str, Title]


@dataclass(frozen=True, slots=True)
class ShareRules:
    """A share of visits with a finding, drawn towards `prior_bp` as if by `prior_visits` more.

    days
        Visits further back than this are left out.
    """

    days: int
    prior_visits: int
    prior_bp: int


@dataclass(frozen=True, slots=True)
class RecordRules:
    """How the record of earlier visits is read: used by fitted cards and backtests.

    finding
        Which visits count as a finding (`riskengine.finding`).
    own, around, lately, everywhere
        Shares of the enterprise itself, of its township or sector, of its township in the last
        months, and of all enterprises.
    """

    finding: str
    own: ShareRules
    around: ShareRules
    lately: ShareRules
    everywhere: ShareRules


@dataclass(frozen=True, slots=True)
class FeatureRules:
    """How facts become integers.

    half_life_days
        Table of the register → days after which a fact weighs half.
    window_days
        Facts older than this weigh nothing.
    least_vehicles
        Exposure floor: rates per vehicle divide by at least this many vehicles.
    """

    half_life_days: dict[str, int]
    window_days: int
    least_vehicles: int
    record: RecordRules


@dataclass(frozen=True, slots=True)
class Group:
    """Items that share one cap."""

    name: str
    title: Title
    cap_points: int


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the scorecard: feature → bins → points.

    bins
        Ascending ``(value at least, points)``; the first value is 0. Points are ≤ 0 for
        deductions and > 0 for merits; a card whose ``worse`` is "up" never gains points upward.
    worse
        "up" when a larger feature value is a higher risk, "down" when it is a lower one.
    missing_points
        Points of "no data", which is its own state.
    sectors
        Sectors the item applies to; empty means all.
    advice
        What the enterprise can do about it.
    """

    feature: str
    group: str
    title: Title
    worse: Literal["up", "down"]
    bins: tuple[tuple[int, int], ...]
    missing_points: int
    sectors: tuple[str, ...]
    advice: Title


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Base points, items in groups, and how facts are weighed."""

    base_points: int
    features: FeatureRules
    groups: tuple[Group, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Veto:
    """A feature value that sets the grade whatever the score."""

    name: str
    title: Title
    feature: str
    at_least: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class GradeRules:
    """From points to A–D.

    cut_points
        Grade → least score; the last grade needs none.
    newcomer_grade
        Best grade of an enterprise open for fewer than `newcomer_days` or never inspected
        within `record_days`: "no data" is not zero risk.
    improve_margin_points
        A better grade than last time needs this many points above its cut (hysteresis).
    validity_days
        A grade older than this is no longer held by hysteresis.
    """

    cut_points: dict[str, int]
    vetoes: tuple[Veto, ...]
    newcomer_days: int
    record_days: int
    newcomer_grade: Grade
    improve_margin_points: int
    validity_days: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What follows from a grade."""

    title: Title
    needs_legal_review: bool


Mode = Literal["random", "full", "for_cause"]
"""How a stratum is checked: drawn at random, each enterprise once a year, or on cases only."""


@dataclass(frozen=True, slots=True)
class RatioRules:
    """How sampling ratios follow what the draws have found (`scheduler.ratio`).

    base_permille
        Grade → findings per 1,000 visits that are expected before any visit, 1 to 999.
    discount_permille
        What a result weighs one month later, 0 to 1000.
    grade_visits, stratum_visits
        Visits that the expectation weighs for a grade, and the grade's mean for a stratum.
    optimism_permille
        Standard deviations added to the mean where findings are sought.
    alpha_permille
        1000 allots for the least variance (Neyman), 0 for the most harm found.
    floor_permille
        Least ratio of a stratum, as a share of the mean ratio.
    least_visits
        Visits a month of each stratum that keep a variance estimable, where the budget allows.
    most_permille
        Most of a stratum that is drawn in one month.
    fall_permille, rise_permille, rise_plus_permille
        At a reset a stratum keeps `fall` of the ratio it had and gets at most `rise` of it and
        `rise_plus` of the mean ratio.
    reset_months
        Months (1–12) in which the ratios are set anew.
    """

    base_permille: dict[str, int]
    discount_permille: int
    grade_visits: int
    stratum_visits: int
    optimism_permille: int
    alpha_permille: int
    floor_permille: int
    least_visits: int
    most_permille: int
    fall_permille: int
    rise_permille: int
    rise_plus_permille: int
    reset_months: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GapRules:
    """How the chance of a visit grows with the months since the last one (permille of the mean).

    floor_permille
        Least weight, so that "just inspected" is never "safe".
    early_permille
        Share of the mean interval after a visit during which the weight is the least.
    slope_permille
        Weight at one mean interval; it grows in proportion to the gap.
    most_permille
        Largest weight, also of whoever has no visit on record.
    largest_permille
        Largest probability that rotation may give, before the month is rounded to whole visits.
    longest_months
        A mean interval above this counts as this: no record reaches back for a century.
    """

    floor_permille: int
    early_permille: int
    slope_permille: int
    most_permille: int
    largest_permille: int
    longest_months: int


@dataclass(frozen=True, slots=True)
class RateRules:
    """How often, at least and at most.

    yearly_permille
        Grade → visits per 1,000 enterprises and year (10 = 1 %, 12000 = monthly).
    sector_floor_permille
        Sector → least visits per 1,000 enterprises and year.
    mode
        Sector → "random", "full" (each enterprise once a year, month by lot) or "for_cause" (no
        routine draw, cases only). A sector not named is "random".
    grade_mode
        Sector → grade → mode that replaces the sector's.
    key_sectors
        Sectors whose items are 重点检查事项: the ceiling does not bind them.
    ceiling_permille
        Most visits per 1,000 enterprises and year over all sectors that are not key.
    yearly_cap
        Grade → most routine visits of one enterprise in a calendar year.
    sector_yearly_cap
        Sector → grade → cap that replaces the general one.
    uncounted_kinds
        Kinds of check that do not count towards the cap.
    reserves_percent
        Reserves drawn per stratum, as a share of its drawn enterprises, at least `reserves_least`.
    reveal_hours
        How long after its event a sealed secret may be opened; then it counts as empty.
    engine
        How the list is drawn: "duel" (the tree duel) or "pareto" (calibrated tickets).
    levels
        What the tree of the list branches by, from the root down.
    harm_weight
        Sector → relative harm of a serious finding (integer, 100 = average).
    ratio_rule
        "fixed": the rates as they stand; "adaptive": the same visits, shared out by `ratio`.
    once_a_year
        Sectors whose item is drawn at most once a calendar year for one enterprise.
    together
        Where another office plans the same enterprise this quarter: "join" makes one visit of
        both (综合查一次), "exclude" takes it out of the draw.
    rotation
        "gap" lets the chance grow with the months since the last visit, by `gap`; or "none".
    """

    yearly_permille: dict[str, int]
    sector_floor_permille: dict[str, int]
    mode: dict[str, Mode]
    grade_mode: dict[str, dict[str, Mode]]
    key_sectors: tuple[str, ...]
    ceiling_permille: int
    yearly_cap: dict[str, int]
    sector_yearly_cap: dict[str, dict[str, int]]
    uncounted_kinds: tuple[str, ...]
    reserves_percent: int
    reserves_least: int
    reveal_hours: int
    engine: Literal["duel", "pareto"]
    levels: tuple[Literal["grade", "sector", "township", "place"], ...]
    harm_weight: dict[str, int]
    ratio_rule: Literal["fixed", "adaptive"]
    ratio: RatioRules
    once_a_year: tuple[str, ...]
    together: Literal["join", "exclude"]
    rotation: Literal["gap", "none"]
    gap: GapRules


@dataclass(frozen=True, slots=True)
class RosterRules:
    """The working day, the pair, and the road. Minutes count from midnight.

    other_permille, non_permille
        Shares of an officer's workdays for other enforcement and for non-enforcement; what is
        left are check days (workdays × officers − other − non-enforcement).
    visits_per_team_day
        Visits a pair makes in a day, for the estimate of capacity only.
    guess_price
        λ: what a route pays, in units of worth, for having few eligible leads.
    seat_cover
        "strict": the lead is licensed for every sector on the route, the second need not be.
        "joint": the two together are, each for the sectors its seat is given.
    visit_mode
        Sector → how its routine visits are made; a sector not named is visited on site.
    desk_minutes
        Mode other than on site → minutes of a visit at the desk.
    day_split
        "whole": a team is out all day. "noon": it is out before or after lunch.
    coverage_least_permille
        Sector → least share of the visits asked for that the month has to make.
    peak_coverage_permille
        The same in a month with a holiday peak, for the sectors that the peak covers in full.
    """

    officers_per_visit: int
    day_start_minute: int
    day_end_minute: int
    lunch_earliest_minute: int
    lunch_latest_minute: int
    lunch_minutes: int
    visit_minutes: dict[str, int]
    detour_permille: int
    speed_kmh: int
    parking_minutes: int
    most_visits_a_day: int
    field_days_most: int
    field_days_spread: int
    least_training_hours: int
    other_permille: int
    non_permille: int
    visits_per_team_day: int
    guess_price: int
    seat_cover: Literal["strict", "joint"]
    visit_mode: dict[str, Literal["on_site", "written", "online"]]
    desk_minutes: dict[str, int]
    day_split: Literal["whole", "noon"]
    coverage_least_permille: dict[str, int]
    peak_coverage_permille: int


@dataclass(frozen=True, slots=True)
class Peak:
    """A holiday peak: routine capacity down, some sectors covered in full.

    routine_permille
        What is left of routine capacity: of the month's visits, and of the pairs of each day.
    """

    name: Title
    first: dt.date
    last: dt.date
    routine_permille: int
    full_sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """Which days are workdays.

    country
        "cn" uses the published Chinese holidays with make-up days; "plain" uses weekdays.
    overrides
        ISO date → "work" or "rest"; stands above everything else.
    known_until
        Last day for which the official notice is in force; later months are provisional.
    """

    country: Literal["cn", "plain"]
    overrides: dict[str, Literal["work", "rest"]]
    known_until: dt.date
    peaks: tuple[Peak, ...]
    publication_workdays: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Who signed a fitted card or a challenger, as what, and when."""

    name: str
    role: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class SignedChallenger:
    """A challenger that a pack lets rank visits inside a grade (`riskengine.signed`).

    since, until
        First day it is in force, and the day it no longer is; None while it has no successor.
    digest
        SHA-256 of the file, which has been checked.
    data
        The file, as `riskengine.challenger.file` reads it.
    """

    since: dt.date
    until: dt.date | None
    file: str
    digest: str
    approved_by: tuple[Approval, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PolicyView:
    """All rules in force on one date, typed. `digest` names exactly these values.

    challenger
        Ranks visits inside a grade; none where the pack names none.
    """

    on: dt.date
    digest: str
    pack: PackInfo
    scorecard: Scorecard
    grades: GradeRules
    measures: dict[str, tuple[Measure, ...]]
    rates: RateRules
    roster: RosterRules
    calendar: CalendarRules
    challenger: SignedChallenger | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A worked case a lawyer can read: facts in, score, grade and reasons out.

    facts
        Feature → value; features not named are 0, or "no data" where they can be missing.
    reasons
        Scorecard column (item, ``cap_<group>`` or ``floor``) → points; columns not named are 0.
    """

    name: str
    title: Title
    as_of: dt.date
    sector: str
    vehicles: int
    previous_grade: Grade | None
    facts: dict[str, int | None]
    score: int
    grade: Grade
    state: Literal["scored", "newcomer", "vetoed", "held"]
    reasons: dict[str, int]
