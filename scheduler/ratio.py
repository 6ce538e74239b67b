"""Which ratio does each stratum get this month, and why?

The visits that the fixed rates would make, shared out anew by what earlier draws found
(`scheduler.ratio_rule`). The budget of the key sectors and that of the sectors under the ceiling
stay apart, so that no ceiling moves. Ratios are set in the reset months and stay in between. A
`Ratio` holds its evidence: `replay` makes it again from itself and the rules.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from riskengine.digest import digest
from riskengine.errors import Sentence
from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler import ratio_words as words
from scheduler.evidence import Evidence, StrataThen, believed, evidence_of, last_year
from scheduler.rates import ONCE_A_YEAR, Cell, Rate, mode_of, yearly_cap, yearly_rates
from scheduler.ratio_rule import Bound, Clash, Limits, Posterior, allocate, bounds, scores
from scheduler.worth import strata


@dataclass(frozen=True, slots=True)
class StratumRatio:
    """One line of the table of ratios.

    visits, findings
        Of the last twelve months.
    a_nano, b_nano
        All findings and clean visits, discounted, in 1e-9.
    mean_nano, sd_nano
        Posterior rate of findings per visit, in 1e-9.
    before, ratio
        Visits per 1,000 enterprises and year as exact fractions, to whole permille beside them;
        `was_fixed` where no ratio was in force before and the fixed rate stands for it.
    low_milli, high_milli
        Bounds of a reset, in 1/1000 visits a year; `bound` names the one that was reached.
    """

    grade: str
    sector: str
    mode: str
    enterprises: int
    visits: int
    findings: int
    a_nano: int
    b_nano: int
    mean_nano: int
    sd_nano: int
    harm_weight: int
    score: int
    was_fixed: bool
    before: str
    before_permille: int
    ratio: str
    permille: int
    low_milli: int
    high_milli: int
    bound: str
    reasons: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratios of a month, frozen with the rule and the evidence they follow from.

    since
        Month in which they were set.
    rules_digest
        Of the rates of the pack; other rules mean a reset.
    previous
        Digest of the ratios before; none for the first.
    budgets, conflicts
        What was shared out, and which bounds do not fit, with the one that stands.
    """

    month: dt.date
    since: dt.date
    policy_digest: str
    rules_digest: str
    previous: str | None
    evidence_digest: str
    evidence: Evidence
    strata: tuple[StratumRatio, ...]
    budgets: tuple[Sentence, ...]
    conflicts: tuple[Sentence, ...]

    @property
    def rates(self) -> dict[Cell, Fraction]:
        """Visits per 1,000 enterprises and year of the strata drawn at random."""
        return {
            (one.grade, one.sector): Fraction(one.ratio)
            for one in self.strata
            if one.mode == "random"
        }


@dataclass(frozen=True, slots=True)
class Handed:
    """What a reset gives to one stratum, in 1/1000 visits a year."""

    milli: int
    bound: Bound
    score: int


# ── the document ──────────────────────────────────────────────────────────────────────────


def ratio_of(
    grades: Grades,
    known: Known,
    policy: PolicyView,
    *,
    month: dt.date,
    previous: Ratio | None = None,
    then: StrataThen | None = None,
) -> Ratio:
    """The ratios of `month`, from what is known of the draws so far.

    Parameters
    ----------
    previous
        Ratios of the newest month before that had some.
    then
        See `scheduler.evidence.evidence_of`.
    """
    kept = previous if previous and stays(previous, policy, month) else None
    return settled(
        Counter(strata(grades).values()),
        evidence_of(grades, known, then),
        policy,
        month=month,
        since=kept.since if kept else month,
        before=previous.rates if previous else {},
        previous=digest(previous) if previous else None,
    )


def replay(ratio: Ratio, policy: PolicyView) -> Ratio:
    """The same ratios from the evidence they hold; equal to `ratio` if nobody touched it."""
    lines = [((one.grade, one.sector), one) for one in ratio.strata]
    return settled(
        {cell: one.enterprises for cell, one in lines},
        ratio.evidence,
        policy,
        month=ratio.month,
        since=ratio.since,
        before={cell: Fraction(one.before) for cell, one in lines if not one.was_fixed},
        previous=ratio.previous,
    )


def stays(previous: Ratio, policy: PolicyView, month: dt.date) -> bool:
    """Whether ratios are still in force: the same rules, and no reset month has come since."""
    return (
        previous.rules_digest == digest(policy.rates)
        and last_reset(month, policy) <= previous.since
    )


def last_reset(month: dt.date, policy: PolicyView) -> dt.date:
    """The reset month that `month` is or that came last."""
    while month.month not in policy.rates.ratio.reset_months:
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return month


def settled(
    counts: Mapping[Cell, int],
    evidence: Evidence,
    policy: PolicyView,
    *,
    month: dt.date,
    since: dt.date,
    before: Mapping[Cell, Fraction],
    previous: str | None,
) -> Ratio:
    """The ratios as a function of the enterprises, the evidence and the ratios before."""
    counts = {cell: counts[cell] for cell in sorted(counts)}
    fixed, conflicts = yearly_rates(counts, policy.rates)
    at_random = {cell for cell, rate in fixed.items() if rate.mode == "random"}
    evidence = tuple(
        one
        for one in evidence
        if one.month < month and mode_of(*one.cell, policy.rates) == "random"
    )
    belief = believed(evidence, at_random, month, policy.rates.ratio)
    until = {cell: before.get(cell, rate.applied) for cell, rate in fixed.items()}
    handed: dict[Cell, Handed] = {}
    budgets: tuple[Sentence, ...] = ()
    for is_key in (True, False) if since == month else ():
        pool = {c: counts[c] for c in sorted(at_random) if is_key_sector(c, policy) == is_key}
        if pool:
            given, budget, clashes = reset(pool, fixed, until, belief, policy)
            handed |= given
            budgets += (words.of_budget(is_key, len(pool), budget),)
            conflicts += tuple(
                words.of_clash(one, is_key, budget, policy.rates.ratio) for one in clashes
            )
    seen = last_year(evidence, month)
    return Ratio(
        month=month,
        since=since,
        policy_digest=policy.digest,
        rules_digest=digest(policy.rates),
        previous=previous,
        evidence_digest=digest(evidence),
        evidence=evidence,
        strata=tuple(
            inside(cell, n, until[cell], cell in before, handed.get(cell), belief[cell],
                   seen[cell], policy, (month, since))
            if cell in at_random
            else outside(cell, n, fixed[cell], policy)
            for cell, n in counts.items()
        ),
        budgets=budgets,
        conflicts=conflicts,
    )  # fmt: skip


def is_key_sector(cell: Cell, policy: PolicyView) -> bool:
    """Whether the ceiling leaves the stratum alone."""
    return cell[1] in policy.rates.key_sectors


def reset(
    counts: Mapping[Cell, int],
    fixed: Mapping[Cell, Rate],
    until: Mapping[Cell, Fraction],
    belief: Mapping[Cell, Posterior],
    policy: PolicyView,
) -> tuple[dict[Cell, Handed], int, tuple[Clash, ...]]:
    """Share out the visits of one pool; with what they are, and the bounds that clash."""
    rules = policy.rates
    budget = int(sum(n * fixed[cell].applied for cell, n in counts.items()))

    def most(cell: Cell, n: int) -> int:
        cap = yearly_cap(*cell, rules)
        return budget if cap is None else cap * ONCE_A_YEAR * n

    limits = {
        cell: Limits(n, n * fixed[cell].floor, most(cell, n), int(n * until[cell]))
        for cell, n in counts.items()
    }
    bound, clashes = bounds(limits, budget, rules.ratio)
    harm = {cell: rules.harm_weight.get(cell[1], 100) for cell in counts}
    score = scores(counts, belief, harm, rules.ratio)
    given = allocate(score, bound, budget)
    return {c: Handed(given[c], bound[c], score[c]) for c in counts}, budget, clashes


def inside(
    cell: Cell,
    enterprises: int,
    until: Fraction,
    is_known: bool,
    handed: Handed | None,
    belief: Posterior,
    seen: tuple[int, int],
    policy: PolicyView,
    dates: tuple[dt.date, dt.date],
) -> StratumRatio:
    """The line of a stratum drawn at random; `handed` is none between resets."""
    ratio = Fraction(handed.milli, enterprises) if handed else until
    bound = handed.bound.met_by(handed.milli) if handed else ""
    code = "ratio_moved" if handed else "ratio_kept" if is_known else "ratio_new"
    return StratumRatio(
        *cell,
        mode="random",
        enterprises=enterprises,
        visits=seen[0],
        findings=seen[1],
        a_nano=belief.a,
        b_nano=belief.b,
        mean_nano=belief.mean,
        sd_nano=belief.sd,
        harm_weight=policy.rates.harm_weight.get(cell[1], 100),
        score=handed.score if handed else 0,
        was_fixed=not is_known,
        before=str(until),
        before_permille=round(until),
        ratio=str(ratio),
        permille=round(ratio),
        low_milli=handed.bound.low if handed else 0,
        high_milli=handed.bound.high if handed else 0,
        bound=bound,
        reasons=words.inside(cell, until, ratio, seen, belief, bound, code, dates, policy),
    )


def outside(cell: Cell, enterprises: int, rate: Rate, policy: PolicyView) -> StratumRatio:
    """The line of a stratum that the rule leaves alone: full coverage, or for cause only."""
    return StratumRatio(
        *cell,
        mode=rate.mode,
        enterprises=enterprises,
        visits=0,
        findings=0,
        a_nano=0,
        b_nano=0,
        mean_nano=0,
        sd_nano=0,
        harm_weight=policy.rates.harm_weight.get(cell[1], 100),
        score=0,
        was_fixed=True,
        before=str(rate.applied),
        before_permille=round(rate.applied),
        ratio=str(rate.applied),
        permille=round(rate.applied),
        low_milli=0,
        high_milli=0,
        bound="",
        reasons=words.outside(cell, rate.mode, rate.applied, policy),
    )
