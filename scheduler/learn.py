"""What did the drawn visits find, and what does that say about every enterprise of the list?

Only routine visits that the lottery drew feed the rates, each with the probability of its own list.
Visits on a complaint, a lead or an order stand beside them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from riskengine.errors import NotFound, Sentence, sentence
from riskengine.estimate import Drawn, Estimate, estimate, sample_of
from riskengine.register import Known
from scheduler.draw import Row
from scheduler.due import NOBODY_MET
from scheduler.results import Inspection, Lottery, Visited, musts, outcomes, visits_since

NOTHING_THERE = frozenset({"no_activity", "closed", "deregistered"})
"""The visit was made and there was nothing to inspect: a result, without a finding."""
LEVELS = ("grade", "sector", "township")

Domain = tuple[str, str]
"""A level, and the code of one grade, sector or township."""
WHOLE = ("all", "")


@dataclass(frozen=True, slots=True)
class Line:
    """What was learnt about one domain.

    level, name
        "all" and "", or a level with the code of one grade, sector or township.
    drawn
        By lottery; `estimate.results` of them have a result.
    idle
        Results that say nothing was there to inspect.
    unreachable, missing
        Drawn, and nobody was met; drawn, and nothing is recorded.
    must_visits, must_findings
        Visits outside the draw, and how many found something: never part of the estimate.
    """

    level: str
    name: str
    drawn: int
    idle: int
    unreachable: int
    missing: int
    estimate: Estimate
    must_visits: int
    must_findings: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the lotteries of some months say, as known at the start of `as_of`."""

    first: dt.date
    last: dt.date
    as_of: dt.date
    draws: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[Sentence, ...]


def learn(lotteries: Sequence[Lottery], known: Known) -> Learnt:
    """Rates and totals by grade, sector, township and overall, of one month or several.

    Of several months each draw keeps its own probabilities; weighted sums are added over months
    before they are divided, so that a rate is the mean over all enterprise-months.
    """
    if not lotteries:
        raise NotFound("nothing_drawn")
    months = sorted(lotteries, key=lambda one: one.frame.month)
    first, last = months[0].frame.month, months[-1].frame.month
    seen = [visits_since(known, first, one) for one in months]
    pairs = list(zip(months, seen, strict=True))
    lines = lines_of(
        [one for month, visits in pairs for one in outcomes(month, visits)],
        Counter(name for month in months for row in month.frame.rows for name in _chance_of(row)),
        [one for month, visits in pairs for one in musts(month, visits)],
        len(months),
    )
    draws = tuple(one.draw_digest for one in months)
    notes = tuple(notes_of(months, seen, lines[0]))
    return Learnt(first, last, known.as_of, draws, lines, notes)


def lines_of(
    visited: Sequence[Visited],
    listed: Counter[Domain],
    beside: Sequence[tuple[Mapping[str, str], bool]],
    months: int,
) -> tuple[Line, ...]:
    """One line a domain, the whole first.

    listed
        Enterprises of each domain that could have been drawn, added over the months.
    beside
        Place of each visit outside the draw, and whether it found something.
    """
    sample = sample_of(
        [Drawn(one.row.enterprise_id, one.row.pi_nano, one.cell, one.finding) for one in visited]
    )
    visits = Counter(name for place, _ in beside for name in _domains(place))
    found = Counter(name for place, is_bad in beside if is_bad for name in _domains(place))

    def line(level: str, name: str) -> Line:
        is_in = np.array([(level, name) in _domains(_place(one.row)) for one in visited], np.bool_)
        words = Counter(one.result for one, inside in zip(visited, is_in, strict=True) if inside)
        return Line(
            level,
            name,
            drawn=words.total(),
            idle=sum(words[word] for word in NOTHING_THERE),
            unreachable=words[NOBODY_MET],
            missing=words[None],
            estimate=estimate(
                sample, is_in[sample.place], listed=listed[level, name], months=months
            ),
            must_visits=visits[level, name],
            must_findings=found[level, name],
        )

    return tuple(line(*name) for name in sorted({WHOLE, *listed, *visits}, key=_in_order))


def _place(row: Row) -> dict[str, str]:
    return {level: getattr(row, level) for level in LEVELS}


def _chance_of(row: Row) -> Iterator[Domain]:
    return _domains(_place(row)) if row.pi_nano else iter(())


def _domains(place: Mapping[str, str]) -> Iterator[Domain]:
    yield WHOLE
    yield from ((level, place[level]) for level in LEVELS if level in place)


def _in_order(domain: Domain) -> tuple[int, str]:
    level, name = domain
    return ("all", *LEVELS).index(level), name


# ── what has to be said with it ───────────────────────────────────────────────────────────


def notes_of(
    months: Sequence[Lottery], inspections: Sequence[Mapping[str, Sequence[Inspection]]], all_: Line
) -> Iterator[Sentence]:
    """How to read the figures, and everything they leave out."""
    yield sentence("learnt_how")
    if len(months) > 1:
        yield sentence("learnt_months", months=len(months))
    if all_.missing or all_.unreachable:
        yield sentence(
            "learnt_missing",
            drawn=all_.drawn,
            missing=all_.missing,
            unreachable=all_.unreachable,
        )
    if all_.idle:
        yield sentence("learnt_idle", idle=all_.idle)
    if uncovered := sum(not row.pi_nano for month in months for row in month.frame.rows):
        yield sentence("learnt_uncovered", enterprises=uncovered)
    yield sentence("learnt_beside", visits=all_.must_visits, findings=all_.must_findings)
    called = others = differ = 0
    for month, seen in zip(months, inspections, strict=True):
        chances = {row.enterprise_id: row.pi_nano for row in month.frame.rows}
        drawn = set(month.draw.selected)
        reserves = {one for reserve in month.draw.reserves for one in reserve.enterprise_ids}
        due = {must.enterprise_id for must in month.frame.must}
        for enterprise_id, visits in seen.items():
            named = [one for one in visits if one["kind"] == "routine" and one["is_named"]]
            called += enterprise_id in reserves and bool(named)
            others += bool(named) and enterprise_id not in drawn | reserves | due
            differ += any(one["pi"] not in (None, chances.get(enterprise_id)) for one in named)
    if called:
        yield sentence("learnt_reserves", called=called)
    if others:
        yield sentence("learnt_others", others=others)
    if differ:
        yield sentence("learnt_pi_differs", visits=differ)
