"""How are visits shared out among strata by what earlier draws found there?

The rule of sampling.md §5 in integers: findings are discounted month by month, every stratum is
drawn towards its grade, a score mixes exact estimates with found harm, and bounds keep what is
handed out lawful and steady. No float, no clock, no chance: the same inputs give the same bytes on
every machine. Probabilities are in units of 1e-9, visits in 1/1000 visits a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from riskengine.policy import RatioRules
from scheduler.rates import Cell
from scheduler.shares import M, ceil_div

HALVINGS = 200
MONTHS = 12
VISIT_A_MONTH = MONTHS * 1000
"""In 1/1000 visits a year."""
Sides = dict[Cell, tuple[int, str]]
"""One side of the bounds: stratum → value, and the rule that sets it."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is believed about one stratum, in 1e-9.

    a, b
        Discounted visits that found something, and that found nothing.
    mean, sd
        Of the rate of findings per visit.
    spread
        Root of the variance of one more visit.
    """

    a: int
    b: int
    mean: int
    sd: int
    spread: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be given to one stratum, before all of them are looked at together.

    law
        The sector's floor; nothing takes it away.
    cap
        The yearly cap of its enterprises.
    before
        What the ratio in force until now gives it.
    """

    enterprises: int
    law: int
    cap: int
    before: int


@dataclass(frozen=True, slots=True)
class Bound:
    """Least and most of one stratum, and which rule sets each."""

    low: int
    high: int
    low_by: str
    high_by: str

    def met_by(self, given: int) -> str:
        """The rule whose bound `given` has reached; empty where none has."""
        if given == self.low > 0:
            return self.low_by
        return self.high_by if given == self.high else ""


@dataclass(frozen=True, slots=True)
class Clash:
    """Where bounds do not fit.

    name
        A kind of bound that the budget could not keep; or "over_rise" where a least is above the
        limit of a rise and stands, "under_cap" where a most is below a least and stands.
    milli, strata
        What the kind came to over all strata; in how many it happened.
    """

    name: str
    milli: int
    strata: int


# ── what is believed ──────────────────────────────────────────────────────────────────────


def discounted(results: Iterable[tuple[int, int]], discount_permille: int) -> tuple[int, int]:
    """Findings and clean visits in 1e-9 after months of (visits, findings), the oldest first.

    >>> discounted([(2, 1), (0, 0)], 930)
    (930000000, 930000000)
    """
    a = b = 0
    for visits, findings in results:
        a = a * discount_permille // 1000 + findings * M
        b = b * discount_permille // 1000 + (visits - findings) * M
    return a, b


def posteriors(seen: Mapping[Cell, tuple[int, int]], rules: RatioRules) -> dict[Cell, Posterior]:
    """The Beta posterior of every stratum from its discounted (a, b), drawn towards its grade.

    The variance of one visit is held at its top from a mean of one half on. Otherwise it would
    fall again there, and more findings could mean fewer visits.
    """
    grades = {grade for grade, _ in seen}
    means = {
        grade: grade_mean([ab for cell, ab in seen.items() if cell[0] == grade], grade, rules)
        for grade in grades
    }
    return {cell: posterior(ab, means[cell[0]], rules.stratum_visits) for cell, ab in seen.items()}


def grade_mean(seen: Iterable[tuple[int, int]], grade: str, rules: RatioRules) -> int:
    """Mean of a grade over its strata, with a weak prior at its base rate, in 1e-9."""
    pairs = list(seen)
    a, total = sum(a for a, _ in pairs), sum(a + b for a, b in pairs)
    weight = rules.grade_visits
    return (a + weight * rules.base_permille[grade] * M // 1000) * M // (total + weight * M)


def posterior(ab: tuple[int, int], prior_mean: int, prior_visits: int) -> Posterior:
    """Beta posterior of one stratum whose prior weighs `prior_visits` visits.

    >>> posterior((0, 0), M // 10, 12).mean, posterior((2 * M, 8 * M), M // 10, 12).mean
    (100000000, 145454545)
    """
    a, b = ab
    alpha, weight = a + prior_visits * prior_mean, a + b + prior_visits * M
    mean = alpha * M // weight
    risk = min(mean, M // 2)
    variance = risk * (M - risk)
    sd = isqrt(variance * M // (weight + M))
    return Posterior(a, b, mean, sd, isqrt(variance + sd * sd))


def scores(
    counts: Mapping[Cell, int],
    believed: Mapping[Cell, Posterior],
    harm: Mapping[Cell, int],
    rules: RatioRules,
) -> dict[Cell, int]:
    """How much a stratum asks for: exact estimates and found harm, mixed by alpha; at least 1."""
    exact = relative({c: harm[c] * believed[c].spread for c in counts}, counts)
    found = relative({c: harm[c] * hoped(believed[c], rules) for c in counts}, counts)
    alpha = rules.alpha_permille

    def mixed(c: Cell) -> int:
        return isqrt((alpha * exact[c] ** 2 + (1000 - alpha) * found[c] ** 2) // 1000)

    return {cell: max(1, n * mixed(cell)) for cell, n in counts.items()}


def hoped(believed: Posterior, rules: RatioRules) -> int:
    """Mean and some standard deviations, in 1e-9."""
    return believed.mean + rules.optimism_permille * believed.sd // 1000


def relative(values: Mapping[Cell, int], counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """Values by their mean over all enterprises, in 1e-9."""
    weighed = sum(counts[cell] * value for cell, value in values.items())
    total = sum(counts.values()) * M
    return {cell: value * total // max(weighed, 1) for cell, value in values.items()}


# ── what may be given ─────────────────────────────────────────────────────────────────────


def bounds(
    limits: Mapping[Cell, Limits], budget: int, rules: RatioRules
) -> tuple[dict[Cell, Bound], tuple[Clash, ...]]:
    """Least and most of every stratum, and where they clash.

    The floors of the law and the yearly caps stand. The other kinds are tried in the order of
    their weight, each for all strata or for none: a kind that the budget cannot keep is dropped.
    """
    mean = Fraction(budget, 1000 * sum(one.enterprises for one in limits.values()))

    def of_mean(permille: int) -> dict[Cell, int]:
        return {c: int(mean * permille * one.enterprises) for c, one in limits.items()}

    most = {c: rules.most_permille * MONTHS * one.enterprises for c, one in limits.items()}
    fall = {c: one.before * rules.fall_permille // 1000 for c, one in limits.items()}
    plus = of_mean(rules.rise_plus_permille)
    rise = {c: ceil_div(o.before * rules.rise_permille, 1000) + plus[c] for c, o in limits.items()}
    leasts = {
        "floor": of_mean(rules.floor_permille),
        "least_visits": dict.fromkeys(limits, rules.least_visits * VISIT_A_MONTH),
        "fall": fall,
    }
    low = {c: (one.law, "law") for c, one in limits.items()}
    high = {c: (max(one.law, one.cap), "cap") for c, one in limits.items()}
    clashes = []

    def kept(name: str, new: Sides, old: Sides, fits: bool, cut: Mapping[Cell, bool]) -> Sides:
        if not fits:
            clashes.append(Clash(name, total(new), len(new)))
            return old
        if any(cut.values()):
            side = "under_cap" if name in leasts else "over_rise"
            clashes.append(Clash(side, total(new), sum(cut.values())))
        return new

    def lowered(name: str, to: Mapping[Cell, int]) -> Sides:
        new = {c: min(high[c], (max(low[c][0], value), name)) for c, value in to.items()}
        cut = {c: value < low[c][0] and name == "rise" for c, value in to.items()}
        return kept(name, new, high, budget <= total(new), cut)

    def raised(name: str, to: Mapping[Cell, int]) -> Sides:
        new = {c: max(low[c], (min(high[c][0], value), name)) for c, value in to.items()}
        cut = {c: value > high[c][0] for c, value in to.items()}
        return kept(name, new, low, total(new) <= budget, cut)

    high = lowered("most", most)
    for name, least in leasts.items():
        low = raised(name, least)
    high = lowered("rise", rise)
    return {c: Bound(low[c][0], high[c][0], low[c][1], high[c][1]) for c in limits}, tuple(clashes)


def total(sides: Sides) -> int:
    """One side of the bounds over all strata."""
    return sum(value for value, _ in sides.values())


def allocate(
    score: Mapping[Cell, int], bound: Mapping[Cell, Bound], budget: int
) -> dict[Cell, int]:
    """Share out exactly `budget` in proportion to the scores, each part within its bounds.

    The common factor is found by 200 halvings; then floors, and the rest by largest remainder,
    never above the upper bound, ties to the smaller (grade, sector).

    Parameters
    ----------
    score
        Positive integers.
    bound
        Least and most of each stratum in the unit of `budget`, whole numbers.

    >>> free = {"A": Bound(1, 9, "", ""), "B": Bound(1, 9, "", ""), "C": Bound(4, 9, "", "")}
    >>> allocate({"A": 1, "B": 2, "C": 1}, free, 10)
    {'A': 2, 'B': 4, 'C': 4}
    """
    if not sum(b.low for b in bound.values()) <= budget <= sum(b.high for b in bound.values()):
        raise ValueError(f"{budget} cannot be shared out within the bounds")
    largest = max(ceil_div(bound[cell].high, score[cell]) for cell in bound)
    sides = [(largest * score[c], b.low << HALVINGS, b.high << HALVINGS) for c, b in bound.items()]

    def at(factor: int) -> list[int]:
        return [min(max(factor * step, low), high) for step, low, high in sides]

    below, above = 0, 1 << HALVINGS
    for _ in range(HALVINGS):
        middle = (below + above) // 2
        if sum(at(middle)) <= budget << HALVINGS:
            below = middle
        else:
            above = middle
    exact = dict(zip(bound, at(below), strict=True))
    parts = {cell: value >> HALVINGS for cell, value in exact.items()}
    open_cells = [cell for cell in parts if parts[cell] < bound[cell].high]
    open_cells.sort(key=lambda cell: (-(exact[cell] % (1 << HALVINGS)), cell))
    for cell in open_cells[: budget - sum(parts.values())]:
        parts[cell] += 1
    return parts
