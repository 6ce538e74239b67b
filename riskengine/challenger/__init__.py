"""Which enterprises would a freer model visit first, and what does the card give up?

The challenger ranks inside a grade where the pack allows it; it never makes a grade. Its score, the
log-odds of a finding, is the average of two models whose risk moves only as each feature declares:
boosted trees (`riskengine.challenger.trees`) and a straight line (`riskengine.challenger.line`). An
average of monotone functions is monotone, and an average of additive reasons is additive, so the
promises of both carry over. The score of a row depends on that row alone.

Where the officer group of each visit is given it is learnt with the rest and averaged out when
scoring (`riskengine.officers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import expit
from threadpoolctl import threadpool_limits

from riskengine.challenger.columns import Column, Floats, columns_of, matrix_of, places_of
from riskengine.challenger.line import Line, additions, fit_line, logit_of_line
from riskengine.challenger.reasons import Tables, answers, contributions, tables_of
from riskengine.challenger.trees import BoostingRules, Trees, fit_trees
from riskengine.errors import BadRegister
from riskengine.fit import check_enough
from riskengine.officers import Officers, averaged, officers_of

OFFICER_GROUP = "officer_group"
"""The feature, and the reason, that the officers are."""


@dataclass(frozen=True, slots=True)
class ChallengerRules:
    """How the challenger is learnt.

    Source: boosting and penalty are the fixed settings of the project's reference on risk models
    (section 3: the logistic regression on history has C = .1). Equal shares were chosen on the ten
    walk-forward windows of the Chicago register that begin before 2014-09, not on the published
    test window: the average beat either half in AUC, days, Brier and within-officer AUC.

    boosting
        The trees.
    line_penalty
        On the squared weights of the line: 1 / C.
    tree_share
        Of the trees in the score; the line has the rest.
    least_rows
        A name of a category, or an officer group, with fewer visits is "no data".
    most_names
        Of a category; the trees hold no more than 255.
    least_events
        Fewest findings, and fewest visits without one, that anything is learnt from.
    """

    boosting: BoostingRules = field(default_factory=BoostingRules)
    line_penalty: float = 10.0
    tree_share: float = 0.5
    least_rows: int = 20
    most_names: int = 250
    least_events: int = 40


@dataclass(frozen=True, slots=True, eq=False)
class Challenger:
    """A learnt challenger.

    columns
        Read, in this order; the officer group first, where it was learnt with.
    tables
        The trees, made ready to answer.
    officers
        Averaged out when scoring; None where no group was given.
    rows, events
        Learnt from.
    """

    columns: tuple[Column, ...]
    trees: Trees
    tables: Tables
    line: Line
    officers: Officers | None
    rules: ChallengerRules
    seed: int
    rows: int
    events: int

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that a table to score must have."""
        return self.columns[1:] if self.officers else self.columns


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why each row has its score: ``base + Σ added`` is the score.

    base
        Log-odds of an enterprise of which nothing is known.
    added
        Feature → what it adds to the log-odds of every row; above 0 is riskier.
    """

    base: float
    added: dict[str, Floats]


def fit_challenger(
    features: pa.Table,
    label: Any,
    directions: Mapping[str, str],
    rules: ChallengerRules = ChallengerRules(),
    *,
    group: Any = None,
    seed: int = 0,
) -> Challenger:
    """Learn a challenger from past visits. The order of the rows and columns does not matter.

    Parameters
    ----------
    features
        One row a visit: int64, or text where the direction is "category"; null is "no data".
    label
        0 or 1 per row; 1 is a finding.
    directions
        Feature → "up" (more is riskier), "down", "free" or "category".
    group
        Officer group per row, "" where it is not known.
    seed
        Of the trees' draws of features.

    Raises
    ------
    BadRegister
        When there are too few findings, no feature is declared, or a declared one is missing.
    """
    y = np.asarray(label, np.int64)
    check_enough(y, rules.least_events)
    if not directions:
        raise BadRegister("fit_no_signal", features=0, rows=len(y), events=int(y.sum()))
    limits = {"least_rows": rules.least_rows, "most_names": rules.most_names}
    columns = columns_of(features, directions, **limits)
    matrix = matrix_of(columns, features)
    officers = None
    if group is not None:
        known = officers_of(group, least_visits=rules.least_rows, most_groups=rules.most_names)
        officers = known if known.names else None
    if officers:
        columns = (Column(OFFICER_GROUP, "category", officers.names), *columns)
        matrix = np.column_stack([places_of(officers.names, group), matrix])
    order = np.lexsort((y, *matrix.T))
    matrix, y = np.ascontiguousarray(matrix[order]), y[order]
    with threadpool_limits(limits=1):  # sums of floats then come in one order on every machine
        trees = fit_trees(columns, matrix, y, rules.boosting, seed)
        line = fit_line(columns, matrix, y, rules.line_penalty)
    return Challenger(
        columns=columns,
        trees=trees,
        tables=tables_of(trees),
        line=line,
        officers=officers,
        rules=rules,
        seed=seed,
        rows=len(y),
        events=int(y.sum()),
    )


def probability_of(challenger: Challenger, features: pa.Table, *, group: Any = None) -> Floats:
    """The probability of a finding at a visit, 0 to 1; see `logit_of`."""
    found: Floats = expit(logit_of(challenger, features, group=group))
    return found


def logit_of(challenger: Challenger, features: pa.Table, *, group: Any = None) -> Floats:
    """The score of every row: log-odds of a finding, higher is riskier.

    group
        Officer group of each row, for the raw figures of a backtest. Without it, and for a group
        that the challenger was not learnt with, the officers are averaged out.
    """
    matrix = matrix_of(challenger.features, features)
    if not challenger.officers:
        return _logit(challenger, matrix)
    states = list(_by_state(challenger.officers, matrix))
    shares = challenger.officers.shares
    if group is None:
        return averaged(np.array([_logit(challenger, one) for one in states]), shares)
    state = states_of(challenger.officers, group)
    answer = np.empty(len(matrix))
    for at, one in enumerate(states):
        answer[state == at] = _logit(challenger, one[state == at])
    strange = state < 0
    if strange.any():
        logits = [_logit(challenger, one[strange]) for one in states]
        answer[strange] = averaged(np.array(logits), shares)
    return answer


def reasons_of(challenger: Challenger, features: pa.Table) -> Reasons:
    """What each feature adds to the score of `logit_of`, officers averaged out.

    The reason `OFFICER_GROUP` holds what the average over the groups adds; it says nothing of the
    enterprise.
    """
    matrix = matrix_of(challenger.features, features)
    if not challenger.officers:
        base, table = _reasons(challenger, matrix)
        return Reasons(base, _named(challenger.columns, table))
    shares, base = challenger.officers.shares, 0.0
    table = np.zeros((len(matrix), len(challenger.columns)))
    logits = []
    for share, one in zip(shares, _by_state(challenger.officers, matrix), strict=True):
        base, added = _reasons(challenger, one)
        table += share * added
        logits.append(_logit(challenger, one))
    by_state = np.array(logits)
    table[:, 0] += averaged(by_state, shares) - shares @ by_state
    return Reasons(base, _named(challenger.columns, table))


def states_of(officers: Officers, group: Any) -> Any:
    """The state of each visit's group: its place, the last for unknown, -1 for never learnt.

    >>> states_of(Officers(("甲", "乙"), (30, 30), 5), ["乙", "", "丁"]).tolist()
    [1, 2, -1]
    """
    last = len(officers.names) if officers.unknown_visits else -1
    place = {name: at for at, name in enumerate(officers.names)} | {"": last}
    return np.array([place.get(str(name), -1) for name in group], np.int64)


def _by_state(officers: Officers, matrix: Floats) -> Iterator[Floats]:
    """The rows once for each state of the officers, its place in the first column."""
    for at in [*range(len(officers.names)), np.nan]:
        yield np.column_stack([np.full(len(matrix), float(at)), matrix])


def _logit(challenger: Challenger, matrix: Floats) -> Floats:
    share = challenger.rules.tree_share
    by_line = logit_of_line(challenger.columns, challenger.line, matrix)
    return share * answers(challenger.tables, matrix) + (1 - share) * by_line


def _reasons(challenger: Challenger, matrix: Floats) -> tuple[float, Floats]:
    share = challenger.rules.tree_share
    of_trees = contributions(challenger.tables, matrix)
    of_line = additions(challenger.columns, challenger.line, matrix)
    return (
        share * challenger.tables.base + (1 - share) * challenger.line.start,
        share * of_trees + (1 - share) * of_line,
    )


def _named(columns: tuple[Column, ...], table: Floats) -> dict[str, Floats]:
    return {column.feature: table[:, at] for at, column in enumerate(columns)}
