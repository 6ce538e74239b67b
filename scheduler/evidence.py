"""What have routine draws found in each stratum, month by month?

Cases and special checks are made because something is suspected, so they say nothing about the
rate of a stratum; nor does a reserve, which is visited because somebody else was not met. A visit
that met nobody says nothing at all.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from riskengine.grade import Grades
from riskengine.policy import RatioRules
from riskengine.register import Known
from scheduler.calendar import next_month
from scheduler.due import NOBODY_MET
from scheduler.rates import Cell
from scheduler.ratio_rule import Posterior, discounted, posteriors
from scheduler.worth import BAD_RESULTS, strata


@dataclass(frozen=True, slots=True)
class Result:
    """What routine visits found in one stratum, by the month in which it became known."""

    grade: str
    sector: str
    month: dt.date
    visits: int
    findings: int

    @property
    def cell(self) -> Cell:
        """The stratum."""
        return self.grade, self.sector


Evidence = tuple[Result, ...]
StrataThen = Mapping[dt.date, Mapping[str, Cell]]
"""First day of a month → enterprise → the stratum in which it stood on the list of that month."""


def evidence_of(grades: Grades, known: Known, then: StrataThen | None = None) -> Evidence:
    """Routine visits that met somebody, in the order of grade, sector and month.

    Parameters
    ----------
    then
        A finding may move an enterprise to another grade, so a visit counts for the stratum of
        its month; in a month without a list, for the stratum of today.
    """
    today, then = strata(grades), then or {}
    names = ["enterprise_id", "occurred_on", "known_on", "kind", "result", "draw_digest", "pi"]
    rows = known.tables["inspections"].select(names).to_pydict().values()
    found: defaultdict[tuple[Cell, dt.date], list[bool]] = defaultdict(list)
    for enterprise_id, visited_on, known_on, kind, result, draw, pi in zip(*rows, strict=True):
        listed = then.get(visited_on.replace(day=1), {})
        cell = listed.get(enterprise_id, today.get(enterprise_id))
        is_reserve = draw is not None and not pi  # of the draw, without a chance of its own
        is_told = kind == "routine" and result not in {None, NOBODY_MET}
        if is_told and not is_reserve and cell is not None:
            found[cell, known_on.replace(day=1)].append(result in BAD_RESULTS)
    return tuple(
        Result(*cell, month, len(bad), sum(bad)) for (cell, month), bad in sorted(found.items())
    )


def believed(
    evidence: Evidence, cells: set[Cell], month: dt.date, rules: RatioRules
) -> dict[Cell, Posterior]:
    """The posterior of `cells` and of every stratum with results, before the draw of `month`."""
    first = min((result.month for result in evidence), default=month)
    past = list(months_between(first, month))
    by_month = {(one.cell, one.month): (one.visits, one.findings) for one in evidence}
    seen = {
        cell: discounted(
            (by_month.get((cell, day), (0, 0)) for day in past), rules.discount_permille
        )
        for cell in cells | {result.cell for result in evidence}
    }
    return posteriors(seen, rules)


def months_between(first: dt.date, end: dt.date) -> Iterator[dt.date]:
    """First days of the months from `first` up to, not including, `end`."""
    while first < end:
        yield first
        first = next_month(first)


def last_year(evidence: Evidence, month: dt.date) -> dict[Cell, tuple[int, int]]:
    """Visits and findings of the twelve months before `month`, by stratum; (0, 0) for others."""
    seen: defaultdict[Cell, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in evidence:
        if month.replace(year=month.year - 1) <= one.month < month:
            visits, findings = seen[one.cell]
            seen[one.cell] = (visits + one.visits, findings + one.findings)
    return seen
