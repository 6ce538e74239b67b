"""Which ratios were in force before a month, and in which stratum did an enterprise stand then?"""

from __future__ import annotations

import datetime as dt

from api.documents import read_document
from api.store import Store
from scheduler.evidence import StrataThen
from scheduler.rates import Cell
from scheduler.ratio import Ratio


def frozen_months(store: Store, before: dt.date) -> dict[dt.date, str]:
    """Month before `before` → digest of the quota behind its newest frozen list."""
    newest_last = reversed(store.documents("frame"))
    return {
        one.month: store.get_document(one.digest, "frame").inputs[0]
        for one in newest_last
        if one.month and one.month < before
    }


def ratio_before(store: Store, month: dt.date) -> Ratio | None:
    """The ratios of the newest frozen month before; none if its rates were fixed.

    Ratios of a list that was never frozen count for nothing, so nobody can choose among several.
    """
    quotas = frozen_months(store, month)
    if not quotas:
        return None
    inputs = store.get_document(quotas[max(quotas)], "quota").inputs
    for one in inputs:
        kept = store.get_document(one)
        if kept.kind == "ratio":
            ratio: Ratio = read_document("ratio", kept.body)
            return ratio
    return None


def strata_then(store: Store, month: dt.date) -> StrataThen:
    """The stratum of every enterprise in each frozen month before."""
    return {
        then: strata_in(store, store.get_document(quota, "quota").inputs[0])
        for then, quota in frozen_months(store, month).items()
    }


def strata_in(store: Store, grades: str) -> dict[str, Cell]:
    """Enterprise → (grade, sector) in a document of grades."""
    table = store.get_document(grades, "grades").body["table"]
    names = [name for name, _ in table["columns"]]
    at = [names.index(name) for name in ("enterprise_id", "grade", "sector")]
    return {row[at[0]]: (row[at[1]], row[at[2]]) for row in table["rows"]}
