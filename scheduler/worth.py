"""What is a visit worth, when not every visit can be made?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.due import NOBODY_MET

BAD_RESULTS = frozenset({"problem_pending", "problem_corrected", "obstructed"})
GRADE_STRENGTH, STRATUM_STRENGTH = 2, 12
"""Prior visits behind the rate of a grade and of a stratum (partial pooling of thin strata)."""

Stratum = tuple[str, str]


def finding_permille(grades: Grades, known: Known) -> dict[Stratum, int]:
    """Posterior rate of a finding per routine visit, by (grade, sector), in 1/1000.

    A visit that met nobody does not count.
    Each stratum is drawn towards its grade, each grade towards all visits, with prior strengths
    of 12 and 2 visits (Beta-Binomial means, rounded down; the same pooling as the ratio rule).
    """
    stratum_of = strata(grades)
    inspections = known.tables["inspections"].select(["enterprise_id", "kind", "result"])
    seen = [
        (stratum_of[enterprise], result in BAD_RESULTS)
        for enterprise, kind, result in zip(*inspections.to_pydict().values(), strict=True)
        if kind == "routine" and result != NOBODY_MET and enterprise in stratum_of
    ]
    overall = posterior(count(seen), 500, GRADE_STRENGTH)
    by_grade = {
        grade: posterior(count(s for s in seen if s[0][0] == grade), overall, GRADE_STRENGTH)
        for grade in {grade for grade, _ in stratum_of.values()}
    }
    visits = Counter(stratum for stratum, _ in seen)
    bad = Counter(stratum for stratum, is_bad in seen if is_bad)
    return {
        stratum: posterior((bad[stratum], visits[stratum]), by_grade[stratum[0]], STRATUM_STRENGTH)
        for stratum in set(stratum_of.values())
    }


def posterior(bad_of_visits: tuple[int, int], prior_permille: int, strength: int) -> int:
    """Mean of a Beta posterior in 1/1000, whose prior weighs `strength` visits.

    >>> posterior((0, 0), 120, 12), posterior((12, 12), 0, 12)
    (120, 500)
    """
    bad, visits = bad_of_visits
    return (1000 * bad + prior_permille * strength) // (visits + strength)


def count(seen: Iterable[tuple[Stratum, bool]]) -> tuple[int, int]:
    """Bad visits and visits."""
    results = [is_bad for _, is_bad in seen]
    return sum(results), len(results)


def strata(grades: Grades) -> dict[str, Stratum]:
    """Enterprise → (grade, sector)."""
    rows = grades.table.select(["enterprise_id", "grade", "sector"]).to_pydict()
    return {
        enterprise: (grade, sector)
        for enterprise, grade, sector in zip(*rows.values(), strict=True)
    }


def worth(grades: Grades, known: Known, policy: PolicyView) -> dict[str, int]:
    """Enterprise → worth of a visit, at least 1: probability of a finding × harm of its sector.

    Units: 1/1000 of a finding of average harm (harm weight 100).
    """
    rates = finding_permille(grades, known)
    harm = policy.rates.harm_weight
    return {
        enterprise: max(1, rates[grade, sector] * harm.get(sector, 100) // 100)
        for enterprise, (grade, sector) in strata(grades).items()
    }
