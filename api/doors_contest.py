"""Which doors does a contest have over HTTP? One takes it in, another rules on it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from api import contests
from api.routes import Here
from api.wire import AskedByOne, Line

Words = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Number = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]

contest_doors = APIRouter()


class AskContest(AskedByOne):
    """An enterprise contests a fact.

    table
        The kind of fact, in either language.
    who
        Who speaks for the enterprise.
    """

    enterprise_id: Number
    table: Number
    fact_id: Number
    who: Number
    reason: Words


class AskRuling(AskedByOne):
    """A contest is decided by somebody who did not take it in.

    changes
        Field → its true value, as a spreadsheet would say it; for an upheld contest.
    withdraw
        The fact never was.
    """

    contest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
    upheld: bool
    ground: Words
    changes: dict[Number, Words] = Field(default_factory=dict, max_length=20)
    withdraw: bool = False


class ContestView(BaseModel):
    """A contest; `ruling` and `regrade` are digests, "" where there is none.

    said
        Who contests what and why, what was decided, and what it changes.
    """

    contest: str
    ruling: str
    regrade: str
    filed_on: dt.date
    said: list[Line]


@contest_doors.post("/contests", status_code=201)
def post_contests(ask: AskContest, house: Here) -> ContestView:
    """Take in a contest; nothing is changed by it."""
    with house.turn:
        name, said = contests.file_contest(
            house.desk, house.hand(ask.by), enterprise_id=ask.enterprise_id, table=ask.table,
            fact_id=ask.fact_id, contested_by=ask.who, reason=ask.reason,
        )  # fmt: skip
    filed_on = house.clock().date()
    return ContestView(contest=name, ruling="", regrade="", filed_on=filed_on, said=[Line.of(said)])


@contest_doors.post("/rulings", status_code=201)
def post_rulings(ask: AskRuling, house: Here) -> ContestView:
    """Rule on a contest; if it is upheld, the grades of then and of now are kept too."""
    with house.turn:
        ruled = contests.rule_on(
            house.desk, house.hand(ask.by), contest=ask.contest, is_upheld=ask.upheld,
            ground=ask.ground, changes=ask.changes, withdraw=ask.withdraw,
        )  # fmt: skip
    name, filed = contests.contest_called(house.desk, ask.contest)
    return ContestView(
        contest=name, ruling=ruled.ruling, regrade=ruled.regrade, filed_on=filed.contested_on,
        said=[Line.of(one) for one in ruled.said],
    )  # fmt: skip


@contest_doors.get("/contests")
def get_contests(
    house: Here, enterprise: Annotated[str, Query(max_length=200)] = ""
) -> list[ContestView]:
    """Every contest with its ruling, the oldest first; of one enterprise if one is named."""
    return [
        ContestView(
            contest=one.name, ruling=one.ruling, regrade=one.regrade,
            filed_on=one.filed.contested_on, said=[Line.of(said) for said in one.said],
        )
        for one in contests.every_contest(house.desk)
        if enterprise in ("", one.filed.enterprise_id)
    ]  # fmt: skip
