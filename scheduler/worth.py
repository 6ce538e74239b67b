"""What is a visit worth, when not every visit can be made?

The rate of findings of its grade and sector, times the harm of the sector. Where the pack names a
challenger, the order inside a grade follows what that model sees in each enterprise, within the
band of the grade (`within_grades`): of two visits of different grades, none comes to be worth more
than the other that is not worth more today. Grades and the chances of the draw do not look at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from riskengine.grade import Grades
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.due import NOBODY_MET

BAD_RESULTS = frozenset({"problem_pending", "problem_corrected", "obstructed"})
GRADE_STRENGTH, STRATUM_STRENGTH = 2, 12
"""Prior visits behind the rate of a grade and of a stratum (partial pooling of thin strata)."""

MICRO_PER_PERMILLE = 1000

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
    by_stratum = worth_by_stratum(grades, known, policy)
    if policy.challenger is None:
        return by_stratum
    from riskengine.challenger.ranking import chances, seen_by  # loads scikit-learn

    return worth_by_chance(grades, by_stratum, chances(seen_by(policy.challenger, known)), policy)


def worth_by_stratum(grades: Grades, known: Known, policy: PolicyView) -> dict[str, int]:
    """The same by grade and sector alone: equal for all enterprises of a stratum."""
    rates = finding_permille(grades, known)
    harm = policy.rates.harm_weight
    return {
        enterprise: max(1, rates[grade, sector] * harm.get(sector, 100) // 100)
        for enterprise, (grade, sector) in strata(grades).items()
    }


def worth_by_chance(
    grades: Grades, by_stratum: Mapping[str, int], chance: Mapping[str, int], policy: PolicyView
) -> dict[str, int]:
    """The same with the order inside a grade by each enterprise's own chance, in 1e-6."""
    stratum_of, harm = strata(grades), policy.rates.harm_weight
    risk = {
        enterprise: chance[enterprise] * harm.get(sector, 100) // 100
        for enterprise, (_, sector) in stratum_of.items()
        if enterprise in chance
    }
    grade_of = {enterprise: grade for enterprise, (grade, _) in stratum_of.items()}
    return within_grades(by_stratum, grade_of, risk)


# ── the order inside a grade ──────────────────────────────────────────────────────────────


def within_grades(
    today: Mapping[str, int], grade_of: Mapping[str, str], risk: Mapping[str, int]
) -> dict[str, int]:
    """Enterprise → worth that follows its risk, within the band of its grade.

    Worths that stand next to each other and are all of one grade share a band; it reaches half-way
    to the next worth of another grade on either side (`bands`). In a band the mean stays and each
    worth lies as far from it as the risk does from the mean risk; where that would leave the band,
    all distances shrink alike. An enterprise without a risk keeps its worth.

    today
        Worth ≥ 1, in 1/1000.
    risk
        Chance × harm, in 1e-6.

    >>> today, grade_of = {"a": 200, "b": 200, "c": 300}, {"a": "B", "b": "B", "c": "C"}
    >>> within_grades(today, grade_of, {"a": 150_000, "b": 190_000})
    {'a': 180, 'b': 220, 'c': 300}
    >>> within_grades(today, grade_of, {"a": 0, "b": 900_000})
    {'a': 150, 'b': 250, 'c': 300}
    """
    found = dict(today)
    band_of = bands(today, grade_of)
    members: dict[tuple[int, int], list[str]] = {}
    for enterprise in sorted(risk):
        members.setdefault(band_of[today[enterprise]], []).append(enterprise)
    for (least, most), ones in members.items():
        worths, risks = [today[one] for one in ones], [risk[one] for one in ones]
        found |= zip(ones, spread(worths, risks, least, most), strict=True)
    return found


def bands(today: Mapping[str, int], grade_of: Mapping[str, str]) -> dict[int, tuple[int, int]]:
    """Worth → least and most of its band; bands of different grades do not touch.

    Below the lowest worth stands 0, above the highest its double. A worth that several grades have
    is a band by itself.

    >>> bands({"a": 10, "b": 14, "c": 20, "d": 20}, {"a": "A", "b": "A", "c": "A", "d": "B"})
    {10: (6, 17), 14: (6, 17), 20: (20, 20)}
    """
    grades_at: dict[int, set[str]] = {}
    for enterprise, value in today.items():
        grades_at.setdefault(value, set()).add(grade_of[enterprise])
    runs: list[list[int]] = []
    for value in sorted(grades_at):
        own = grades_at[value]
        is_next = runs and len(own) == 1 and grades_at[runs[-1][-1]] == own
        if is_next:
            runs[-1].append(value)
        else:
            runs.append([value])
    found: dict[int, tuple[int, int]] = {}
    for at, run in enumerate(runs):
        below = runs[at - 1][-1] if at else 0
        above = runs[at + 1][0] if at + 1 < len(runs) else 2 * run[-1]
        band = (below + run[0]) // 2 + 1, (run[-1] + above) // 2
        if len(grades_at[run[0]]) > 1:
            band = run[0], run[0]
        found |= dict.fromkeys(run, band)
    return found


def spread(worths: Sequence[int], risks: Sequence[int], least: int, most: int) -> list[int]:
    """Worths with the mean of `worths`, apart as `risks` are or less, from `least` to `most`.

    Whole numbers throughout, halves rounded up: the same on every machine.
    """
    n, total, mean = len(worths), sum(worths), sum(risks)
    apart = [n * risk - mean for risk in risks]
    room = [(n * most - total, max(apart)), (total - n * least, -min(apart))]
    up, down = min(
        [(1, MICRO_PER_PERMILLE), *((gap, reach) for gap, reach in room if reach)],
        key=lambda share: Fraction(*share),
    )
    return [(2 * (total * down + up * one) + n * down) // (2 * n * down) for one in apart]
