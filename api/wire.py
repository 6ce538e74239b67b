"""What may a request say, and what does an answer look like?

Requests are strict: no unknown fields, no numbers written as text, dates as ISO text. Answers are
the documents themselves as `riskengine.digest.plain` writes them, in an envelope that names them.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from api import telling
from api.store import Document, Job
from api.store import Listed as Envelope
from api.typed import require_in_order
from riskengine.digest import plain
from riskengine.errors import Sentence
from riskengine.register import Flag, Register, Rejected
from scheduler import lottery
from scheduler.beacon import round_at
from scheduler.draw import Must
from scheduler.event import Event, Promise, of_beacon
from scheduler.roster.documents import Absent, Closed, News, Urgent

MOST_ROWS = 1000
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2089, 12, 31)
"""Beyond 2100 nobody can say when the festivals of the lunar calendar fall."""


def _day(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            raise ValueError("日期应写作 2026-12-01 · a date is written 2026-12-01")
        return dt.date.fromisoformat(value)
    return value


def _month(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"\d{4}-\d\d", value, re.ASCII):
            raise ValueError("月份应写作 2026-12 · a month is written 2026-12")
        return dt.date.fromisoformat(f"{value}-01")
    return value


def _moment(value: str) -> str:
    """A moment in UTC to the second, in the one spelling that documents use."""
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None or not FIRST_DAY < moment.date() < LAST_DAY:
        raise ValueError("时刻须带时区 · a moment needs its time zone: 2026-12-01T12:00:00Z")
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


IN_RANGE = Field(ge=FIRST_DAY, le=LAST_DAY)
Day = Annotated[
    dt.date, BeforeValidator(_day), IN_RANGE, WithJsonSchema({"type": "string", "format": "date"})
]
Month = Annotated[
    dt.date,
    BeforeValidator(_month),
    IN_RANGE,
    WithJsonSchema(
        {"type": "string", "pattern": r"^20[0-8]\d-(0[1-9]|1[0-2])$"},
    ),
]
Moment = Annotated[
    str,
    AfterValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
LongText = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""Long enough for two signatures of a beacon."""
Person = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$")]


class Asked(BaseModel):
    """Every request: strict, and nothing that is not asked for."""

    model_config = ConfigDict(strict=True, extra="forbid")


class AskedByOne(Asked):
    """A step that one person makes."""

    by: Person


class AskedByTwo(Asked):
    """A step that two people make together, both names written down."""

    by: Annotated[list[Person], Field(min_length=1, max_length=8)]


class AskGrades(AskedByOne):
    """Grade every enterprise with what was known at the start of `as_of`."""

    as_of: Day


class AskMust(Asked):
    """A visit outside the draw, and why."""

    enterprise_id: Text
    kind: Literal["case", "special"]
    reason: Text

    def value(self) -> Must:
        """The visit as the core knows it; the reason is kept in the words it was given in."""
        return Must(self.enterprise_id, self.kind, Sentence("must_given", self.reason, self.reason))


class AskQuota(AskedByOne):
    """How many visits each grade and sector gets in `month`, from the grades named."""

    grades: Digest
    month: Month
    must: Annotated[list[AskMust], Field(max_length=5000)] = []


class AskPromise(Asked):
    """The commitment of one officer: SHA-256 of a secret that he or she keeps."""

    name: Person
    commitment: Digest


class AskEvent(Asked):
    """What the draw waits for, named while nobody knows its value.

    A value published elsewhere (`public_value`), the signature of a round of a beacon (`drand`), or
    the secrets of two or more officers who promise them now (`commit_reveal`). Name, source and
    time are needed, but not for a beacon: it takes the round, or a time and the round due then.
    """

    kind: Literal["public_value", "commit_reveal", "drand"] = "public_value"
    name: Text | None = None
    source: Text | None = None
    due_at: Moment | None = None
    promises: Annotated[list[AskPromise], Field(max_length=20)] = []
    chain: Literal["quicknet", "default"] = "quicknet"
    round: Annotated[int, Field(ge=1, le=650_000_000)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> AskEvent:
        if self.kind == "drand":
            if (self.round is None) == (self.due_at is None):
                raise ValueError("round 与 due_at 只填一个 · give either round or due_at")
        elif None in (self.name, self.source, self.due_at) or self.round is not None:
            raise ValueError("name、source、due_at 必填，round 不填 · give these, and no round")
        return self

    def value(self) -> Event:
        """The event as the core knows it."""
        name, source, due_at = self.name or "", self.source or "", self.due_at or ""
        if self.kind == "drand":
            number = self.round or round_at(self.chain, dt.datetime.fromisoformat(due_at))
            return of_beacon(self.chain, number, name, source)
        promises = tuple(Promise(one.name, one.commitment) for one in self.promises)
        return Event(self.kind, name, source, due_at, promises)


class Reveal(Asked):
    """The secret of one officer, opened; an empty one was withheld past the deadline."""

    name: Person
    secret: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}){0,128}$")]


class AskedWithValue(AskedByTwo):
    """A draw: the value of the event, or the secrets that were promised.

    value_again
        What the second person typed, where each types it alone; the two must agree.
    """

    value: LongText | None = None
    value_again: LongText | None = None
    reveals: Annotated[list[Reveal], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _one_of_both(self) -> AskedWithValue:
        if (self.value is None) == (not self.reveals):
            raise ValueError("value 与 reveals 只填一个 · give either value or reveals")
        return self

    @property
    def event_value(self) -> str:
        """What enters the seed."""
        if self.value is not None:
            return self.value
        return lottery.join_reveals({one.name: one.secret for one in self.reveals})


class AskFrame(AskedByOne):
    """Freeze and publish the list; a secret is made and its commitment published with it."""

    quota: Digest
    event: AskEvent
    replaces: Digest | None = None
    reason: Text | None = None


class AskDraw(AskedWithValue):
    """Draw, with the value of the event that two people read at its source.

    withheld
        The sealed secret is lost or kept back: past the deadline of the frame it counts as empty.
    """

    frame: Digest
    withheld: bool = False


class AskRoutes(AskedByOne):
    """Plan the routes of a draw (a job).

    first_day
        First day teams can leave: after the event that draws the people.
    replaces, reason
        Of a second plan for the same draw.
    """

    draw: Digest
    first_day: Day | None = None
    replaces: Digest | None = None
    reason: Text | None = None


class AskSlots(AskedByOne):
    """Freeze who could sit where, for the second draw."""

    routes: Digest
    event: AskEvent
    replaces: Digest | None = None
    reason: Text | None = None


class AskRoster(AskedWithValue):
    """Draw the people, with the value of the second event."""

    slots: Digest


class AskAbsent(Asked):
    """An officer who cannot go out; both days count."""

    inspector_id: Text
    first: Day
    last: Day


class AskClosed(Asked):
    """An enterprise that receives nobody; both days count."""

    enterprise_id: Text
    first: Day
    last: Day


class AskUrgent(Asked):
    """A visit that has to be made by a day, and on what grounds."""

    enterprise_id: Text
    by: Day
    reason: Text


class AskRepair(AskedByOne):
    """Mend a roster (a job): the ladder of proposals, or, with `choose`, the one that is kept.

    today
        The day it is where the squad is, or a later one up to which nothing changes.
    why
        Needed with `choose`; it is published with the bundle.
    """

    roster: Digest
    today: Day
    absent: Annotated[list[AskAbsent], Field(max_length=200)] = []
    closed: Annotated[list[AskClosed], Field(max_length=200)] = []
    urgent: Annotated[list[AskUrgent], Field(max_length=50)] = []
    choose: Annotated[int, Field(ge=1, le=10)] | None = None
    why: Text | None = None

    def news(self) -> News:
        """What has happened, as the core knows it."""
        spans = [(one.inspector_id, one.first, one.last) for one in self.absent]
        spans += [(one.enterprise_id, one.first, one.last) for one in self.closed]
        for who, first, last in spans:
            require_in_order(f"{who}:{first}..{last}", first, last)
        return News(
            tuple(Absent(one.inspector_id, one.first, one.last) for one in self.absent),
            tuple(Closed(one.enterprise_id, one.first, one.last) for one in self.closed),
            tuple(Urgent(one.enterprise_id, one.by, one.reason) for one in self.urgent),
        )


class AskBundle(AskedByOne):
    """Approve a roster and publish what a citizen needs to check it.

    While teams have still to leave, without the names: see `AskNames` and `AskOpening`.
    """

    roster: Digest


class AskNames(AskedByOne):
    """The officers of a day, once its teams have left."""

    roster: Digest
    day: Day


class AskOpening(AskedByOne):
    """The whole bundle with its proof, once the last team has left."""

    roster: Digest


class AskFiles(AskedByOne):
    """Freeze the case files and reviewers of a month, and how many `count` to draw in all.

    as_of
        What was known at the start of this day is on the list.
    """

    month: Month
    as_of: Day
    count: Annotated[int, Field(ge=1, le=100_000)]
    event: AskEvent
    replaces: Digest | None = None
    reason: Text | None = None


class AskReview(AskedWithValue):
    """Draw the case files and their reviewers, with the value of the event."""

    files: Digest
    withheld: bool = False


class AskProof(AskedByOne):
    """What a citizen needs to check a review of case files."""

    review: Digest


class AskScenario(AskedByOne):
    """What if we had so many officers? (a job)"""

    grades: Digest
    month: Month
    officers: Annotated[
        list[Annotated[int, Field(ge=2, le=1000)]], Field(min_length=1, max_length=12)
    ]
    months: Annotated[int, Field(ge=1, le=60)] = 12
    runs: Annotated[int, Field(ge=2, le=2000)] = 200
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1


class Listed(BaseModel):
    """A document without its body."""

    digest: str
    kind: str
    as_of: dt.date | None
    month: dt.date | None
    made_at: dt.datetime
    made_by: tuple[str, ...]
    inputs: tuple[str, ...]
    replaces: str | None

    @classmethod
    def of(cls, document: Envelope) -> Listed:
        """The envelope of a stored document."""
        return cls(**_envelope(document))


class Kept(Listed):
    """A document in its envelope."""

    body: dict[str, Any]

    @classmethod
    def whole(cls, document: Document) -> Kept:
        """A stored document."""
        return cls(**_envelope(document), body=document.body)


class Mended(BaseModel):
    """A row that was left out or doubted: where, what stands there, why and what mends it."""

    file: str
    table: str
    row: int
    field: str
    value: str
    zh: str
    en: str


class Imported(BaseModel):
    """What an import took in, left out and doubted; at most `MOST_ROWS` rows of each are listed.

    new
        Rows that the store did not hold before.
    """

    new: int
    counts: list[dict[str, Any]]
    rejected: int
    rejected_rows: list[Mended]
    flags: int
    flagged_rows: list[Mended]

    @classmethod
    def of(cls, register: Register, new: int) -> Imported:
        """The report of reading `register` and of adding it to the store."""
        return cls(
            new=new,
            counts=[plain(count) for count in register.counts],
            rejected=len(register.rejected),
            rejected_rows=[_mended(row) for row in register.rejected[:MOST_ROWS]],
            flags=len(register.flags),
            flagged_rows=[_mended(row) for row in register.flags[:MOST_ROWS]],
        )


class Told(BaseModel):
    """Why an enterprise has its grade, its grades so far, and what reaches the next one.

    history
        Oldest first: as_of, grade, state, veto, score, graded_on, corrected_from.
    outlook
        The ways to the next grade, see `riskengine.counterfactual.Outlook`; None for the best.
    said
        The whole of it to be read out.
    """

    explanation: dict[str, Any]
    history: list[dict[str, Any]]
    outlook: dict[str, Any] | None
    said: list[Line]

    @classmethod
    def of(cls, told: telling.Told) -> Told:
        """What `api.telling.tell` gives."""
        names = ("grade", "state", "veto", "score", "graded_on")
        return cls(
            explanation=plain(told.explanation),
            history=[
                {"as_of": past.as_of, **{name: past.row[name] for name in names}}
                | {"corrected_from": past.corrected_from}
                for past in told.past
            ],
            outlook=plain(told.outlook),
            said=[Line.of(one) for one in told.said],
        )


class Learned(BaseModel):
    """Rates with 95 % intervals by domain; see `scheduler.learn.Learnt`."""

    first: str
    last: str
    as_of: str
    draws: list[str]
    lines: list[dict[str, Any]]
    notes: list[dict[str, Any]]


class Line(BaseModel):
    """A sentence in both languages, and the code it is known by."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, said: Sentence) -> Line:
        """A sentence of the core."""
        return cls(code=said.code, zh=said.zh, en=said.en)


class Priced(BaseModel):
    """What a little more of something would be worth, in value and in mean visits."""

    kind: str
    value: int
    visits: float
    said: Line


class Finding(BaseModel):
    """Where a bundle does not fit, and how."""

    where: str
    zh: str
    en: str


class Verdict(BaseModel):
    """Is the bundle sound? If not, every finding, the most specific first."""

    is_sound: bool
    findings: list[Finding]


class JobView(BaseModel):
    """How far a job is, and what came of it."""

    job_id: str
    kind: str
    state: str
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None

    @classmethod
    def of(cls, job: Job) -> JobView:
        """What the row of the job says."""
        return cls(
            job_id=job.job_id,
            kind=job.kind,
            state=job.state,
            progress=job.progress,
            result=job.result,
            error=job.error,
        )


class Fault(BaseModel):
    """One place of a request that does not fit."""

    where: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457): `title` in Chinese, `detail` in English."""

    type: str
    title: str
    detail: str
    status: int
    code: str
    facts: dict[str, str] | None = None
    errors: list[Fault] | None = None


def _envelope(document: Envelope | Document) -> dict[str, Any]:
    return {
        "inputs": document.inputs,
        "replaces": document.replaces,
        "digest": document.digest,
        "kind": document.kind,
        "as_of": document.as_of,
        "month": document.month,
        "made_at": document.made_at,
        "made_by": document.made_by,
    }


def _mended(row: Rejected | Flag) -> Mended:
    said = row.reason
    return Mended(
        file=row.file,
        table=row.table,
        row=row.row,
        field=row.field,
        value=row.value,
        zh=said.zh,
        en=said.en,
    )
