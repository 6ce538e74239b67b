"""What did earlier visits find, here and around?

These features stand beside the facts of `riskengine.features` for cards that are fitted and for
backtests: they are measured only where a card names them. Which visit counts as a finding is the
pack's to say. What was found around an enterprise says where officers look as much as what it
does, so those features (`AROUND`) stay out of a card unless they are asked for by name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from riskengine.facts import AS_OF_DAY, Today, age_days, today_of
from riskengine.finding import TIERS, finding_of, holds
from riskengine.rules import RecordRules, ShareRules

if TYPE_CHECKING:
    import ibis

INSPECTED = ("no_problem", "problem_pending", "problem_corrected")
BP, MILLI, CENTI = 10_000, 1000, 100
HELD = ("from_day", "to_day")
"""The days on which a visit was known as it stands, where every question has its own day."""


def visits_of(inspections: ibis.Table, violations: ibis.Table, rules: RecordRules) -> ibis.Table:
    """Every visit that could look, with the violations of its day and whether it is a finding.

    Adds the numbers of violations by tier (0 where none) and `found`, null where the finding looks
    at what the visit does not have.
    """
    finding = finding_of(rules.finding)
    visits = inspections.filter(inspections.result.isin(INSPECTED))
    by_day = [key for key in ("enterprise_id", "occurred_on") if key in violations.columns]
    counts = {
        tier: violations["count"].sum(where=violations.tier == tier).fill_null(0) for tier in TIERS
    }
    of_day = violations.group_by(by_day).aggregate(**counts)
    visits = visits.left_join(of_day, by_day, rname="{name}_of_day")
    visits = visits.mutate(**{tier: visits[tier].fill_null(0) for tier in TIERS})
    return visits.mutate(found=holds(finding, visits))


def with_order(visits: ibis.Table, rules: ShareRules, today: Today) -> ibis.Table:
    """The visits looked back on, with `age_days` and `turn`: 0 for the newest day, 1 for the one
    before. Visits of one day share a turn, so that no order of rows decides."""
    import ibis

    visits = visits.mutate(age_days=age_days(visits.occurred_on, today))
    visits = visits.filter(visits.age_days.between(1, rules.days))
    newest_first = ibis.window(group_by=visits.enterprise_id, order_by=visits.age_days)
    visits = visits.mutate(turn=ibis.dense_rank().over(newest_first))
    return with_prior(visits, rules)


def with_prior(visits: ibis.Table, rules: ShareRules) -> ibis.Table:
    """Adds `hit` (1 for a finding) and what a share is drawn towards."""
    return visits.mutate(
        hit=visits.found.ifelse(1, 0),
        prior_visits=rules.prior_visits,
        prior_hits_bp=rules.prior_visits * rules.prior_bp,
    )


def finding_share_bp(visits: Any) -> Any:
    """The share of visits with a finding in 1/10000, drawn towards the prior; rounded down."""
    hits_bp = visits.hit.sum() * BP + visits.prior_hits_bp.max()
    return hits_bp // (visits.found.count() + visits.prior_visits.max())


def visits_known(visits: Any) -> Any:
    return visits.count()


def findings_known(visits: Any) -> Any:
    return visits.hit.sum()


def last_visit_found(visits: Any) -> Any:
    return visits.hit.max(where=(visits.turn == 0) & visits.found.notnull())


def visit_before_found(visits: Any) -> Any:
    return visits.hit.max(where=(visits.turn == 1) & visits.found.notnull())


def last_visit_pending(visits: Any) -> Any:
    return (visits.result == "problem_pending").ifelse(1, 0).max(where=visits.turn == 0)


def pendings_known(visits: Any) -> Any:
    return (visits.result == "problem_pending").sum()


def last_visit_serious(visits: Any) -> Any:
    return (visits.serious + visits.grave).max(where=visits.turn == 0)


def last_visit_general(visits: Any) -> Any:
    return visits.general.max(where=visits.turn == 0)


def last_visit_minor(visits: Any) -> Any:
    return visits.minor.max(where=visits.turn == 0)


def general_per_visit_milli(visits: Any) -> Any:
    return visits.general.sum() * MILLI // visits.count()


def minor_per_visit_milli(visits: Any) -> Any:
    return visits.minor.sum() * MILLI // visits.count()


def days_since_finding(visits: Any) -> Any:
    return visits.age_days.min(where=visits.hit == 1)


def last_visit_score(visits: Any) -> Any:
    return visits.score.min(where=visits.turn == 0)


def visit_before_score(visits: Any) -> Any:
    return visits.score.min(where=visits.turn == 1)


def mean_score_centi(visits: Any) -> Any:
    return visits.score.sum() * CENTI // visits.score.count().nullif(0)


def least_score(visits: Any) -> Any:
    return visits.score.min()


# ── around ────────────────────────────────────────────────────────────────────────────────


def looked_at(visits: ibis.Table, enterprises: ibis.Table) -> ibis.Table:
    """Visits with the township and the sector of the enterprise."""
    places = enterprises.select("enterprise_id", "sector", township=township_of(enterprises))
    return visits.select("enterprise_id", "occurred_on", "found").join(places, "enterprise_id")


def township_of(enterprises: ibis.Table) -> Any:
    """Empty where it is not known: a place of its own that says nothing."""
    return enterprises.township.fill_null("")


def shares_around(
    enterprises: ibis.Table, looked: ibis.Table, rules: RecordRules, as_of: dt.date | None
) -> ibis.Table:
    """The enterprises with `AROUND`: shares of visits with a finding in the township, in the
    sector, and everywhere.

    looked
        See `looked_at`; where the enterprises carry their own day (`as_of` None) each visit is
        known in ``[from_day, to_day)``.
    """
    shares = {
        "township_finding_bp": ("township", rules.around),
        "township_lately_bp": ("township", rules.lately),
        "sector_finding_bp": ("sector", rules.around),
        "everywhere_finding_bp": ("everywhere", rules.everywhere),
    }
    days = [] if as_of else [AS_OF_DAY]
    looked, enterprises = (table.mutate(everywhere=1) for table in (looked, enterprises))
    for name, (by, share) in shares.items():
        keys = enterprises.select(by, *days).distinct()
        known: list[Any] = [by]
        if days:
            known += [looked.from_day <= keys[AS_OF_DAY], looked.to_day > keys[AS_OF_DAY]]
        pairs = keys.join(
            looked.select(*{by, "occurred_on", "found", *(HELD if days else ())}), known
        )
        pairs = pairs.mutate(age_days=age_days(pairs.occurred_on, today_of(pairs, as_of)))
        pairs = with_prior(pairs.filter(pairs.age_days.between(1, share.days)), share)
        found = pairs.group_by(by, *days).aggregate(**{name: finding_share_bp(pairs)})
        enterprises = enterprises.left_join(found, [by, *days], rname="{name}_of_" + name)
        enterprises = enterprises.mutate(**{name: enterprises[name].fill_null(share.prior_bp)})
    return enterprises


def township_finding_bp(enterprises: Any) -> Any:
    return enterprises.township_finding_bp


def township_lately_bp(enterprises: Any) -> Any:
    return enterprises.township_lately_bp


def sector_finding_bp(enterprises: Any) -> Any:
    return enterprises.sector_finding_bp


def everywhere_finding_bp(enterprises: Any) -> Any:
    return enterprises.everywhere_finding_bp
