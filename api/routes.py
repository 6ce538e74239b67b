"""Which doors does the HTTP service have? One a verb; all of them call `api.steps`.

A door is: parse (the request model) → one step, which asks who stands behind it, loads, decides
and keeps → the document in its envelope. Long solves answer with a job instead.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api import casefiles, opening, repairs, steps, telling, whys
from api.jobs import Jobs, Progress, Work
from api.receipts import receipts_of
from api.settings import Settings, now
from api.steps import Desk, Hand
from api.store import FINAL, Job
from api.uploads import lay_out
from api.wire import (
    AskBundle,
    AskDraw,
    AskedByOne,
    AskFiles,
    AskFrame,
    AskGrades,
    AskNames,
    AskOpening,
    AskProof,
    AskQuota,
    AskRepair,
    AskReview,
    AskRoster,
    AskRoutes,
    AskScenario,
    AskSlots,
    Digest,
    Finding,
    Imported,
    JobView,
    Kept,
    Learned,
    Line,
    Listed,
    Month,
    Person,
    Priced,
    Told,
    Verdict,
)
from riskengine.digest import canonical, plain
from scheduler import beacon, lottery
from scheduler.roster.documents import SeatName

SECONDS_BETWEEN_LOOKS = 0.2
One = Annotated[str, InPath(min_length=1, max_length=200)]
"""Number of an enterprise or an officer."""
BUNDLE = {"application/json": {"schema": {"type": "object"}}}

doors = APIRouter()


@dataclass(frozen=True)
class House:
    """What every door needs. `turn` lets steps that extend the chain follow one another."""

    desk: Desk
    jobs: Jobs
    settings: Settings
    clock: Callable[[], dt.datetime]
    turn: threading.Lock = field(default_factory=threading.Lock)

    def hand(self, *by: str) -> Hand:
        """Who makes the step, now."""
        return Hand(by, self.clock())

    def kept(self, digest: str) -> Kept:
        """A document in its envelope."""
        return Kept.whole(self.desk.store.get_document(digest))


def house_of(request: Request) -> House:
    """The house this application serves."""
    return cast(House, request.app.state.house)


async def raw_body(request: Request) -> bytes:
    """The bytes of the request, as they came."""
    return await request.body()


Here = Annotated[House, Depends(house_of)]


@doors.get("/health")
def get_health(house: Here) -> dict[str, str]:
    """Is the service up, and does its store answer?"""
    house.desk.store.documents("frame")
    return {"status": "ok", "policy": house.desk.policy.on(house.clock().date()).pack.name}


# ── register and grades ───────────────────────────────────────────────────────────────────


@doors.put("/registers", status_code=201)
def put_registers(
    house: Here,
    by: Annotated[Person, Form()],
    files: Annotated[list[UploadFile], File(min_length=1, max_length=200)],
    mapping: Annotated[UploadFile | None, File()] = None,
) -> Imported:
    """Read tables (csv, xlsx, parquet, or a zip of them) into the register; nothing is lost."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        megabytes = house.settings.upload_megabytes
        uploads = [(one.filename or "", opened.enter_context(one.file)) for one in files]
        lay_out(uploads, Path(folder), megabytes=megabytes)
        rules = _mapping_file(mapping, Path(folder))
        with house.turn:
            register, new = steps.take_register(
                house.desk, house.hand(by), Path(folder), mapping=rules
            )
    return Imported.of(register, new)


def _mapping_file(mapping: UploadFile | None, folder: Path) -> Path | None:
    if mapping is None:
        return None
    path = folder / "mapping.yaml"
    path.write_bytes(mapping.file.read())
    return path


@doors.post("/grades", status_code=201)
def post_grades(ask: AskGrades, house: Here) -> Kept:
    """Grade every enterprise with what was known at the start of a day."""
    return house.kept(steps.make_grades(house.desk, house.hand(ask.by), as_of=ask.as_of))


@doors.get("/enterprises/{enterprise_id}")
def get_enterprise(
    enterprise_id: Annotated[str, InPath(min_length=1, max_length=200)],
    house: Here,
) -> Told:
    """Why does this enterprise have its grade, which did it have before, and what would help?"""
    return Told.of(telling.tell(house.desk, enterprise_id))


# ── the month ─────────────────────────────────────────────────────────────────────────────


@doors.post("/quotas", status_code=201)
def post_quotas(ask: AskQuota, house: Here) -> Kept:
    """How many visits does each grade and sector get this month?"""
    must = tuple(one.value() for one in ask.must)
    return house.kept(
        steps.make_quota(
            house.desk, house.hand(ask.by), grades=ask.grades, month=ask.month, must=must
        )
    )


@doors.post("/frames", status_code=201)
def post_frames(ask: AskFrame, house: Here) -> Kept:
    """Freeze the list before a public event; a sealed secret is made and its commitment shown."""
    with house.turn:
        made = steps.make_frame(
            house.desk,
            house.hand(ask.by),
            quota=ask.quota,
            event=ask.event.value(),
            replaces=ask.replaces,
            reason=ask.reason,
        )
    return house.kept(made)


@doors.post("/draws", status_code=201)
def post_draws(ask: AskDraw, house: Here) -> Kept:
    """Draw the enterprises, once, with the value of the event that two people read."""
    with house.turn:
        made = steps.make_draw(
            house.desk,
            house.hand(*ask.by),
            frame=ask.frame,
            event_value=ask.event_value,
            value_again=ask.value_again,
            withheld=ask.withheld,
        )
    return house.kept(made)


@doors.post("/routes", status_code=202)
def post_routes(ask: AskRoutes, house: Here, response: Response) -> JobView:
    """Plan the visits of a draw: a job whose result names the routes."""
    house.desk.store.get_document(ask.draw, "draw")
    return _started(house, response, "routes", plan_routes, ask)


@doors.post("/slots", status_code=201)
def post_slots(ask: AskSlots, house: Here) -> Kept:
    """Freeze who could sit where with what probability, before a second event."""
    with house.turn:
        made = steps.make_slots(
            house.desk,
            house.hand(ask.by),
            routes=ask.routes,
            event=ask.event.value(),
            replaces=ask.replaces,
            reason=ask.reason,
        )
    return house.kept(made)


@doors.post("/rosters", status_code=201)
def post_rosters(ask: AskRoster, house: Here) -> Kept:
    """Draw the people, once, with the value of the second event."""
    with house.turn:
        made = steps.make_roster(
            house.desk,
            house.hand(*ask.by),
            slots=ask.slots,
            event_value=ask.event_value,
            value_again=ask.value_again,
        )
    return house.kept(made)


@doors.post("/repairs", status_code=202)
def post_repairs(ask: AskRepair, house: Here, response: Response) -> JobView:
    """Mend a roster: a job whose result names the proposals, or the repair that was chosen."""
    house.desk.store.get_document(ask.roster, "roster")
    return _started(house, response, "repairs", mend_roster, ask)


@doors.get("/whys/visits/{one}")
def get_why_visit(one: One, house: Here, month: Annotated[Month, Query()]) -> list[Line]:
    """Why is this enterprise not visited, and what would make it fit?"""
    return list(map(Line.of, whys.why_visit(house.desk, house.hand("–"), month, one)))


@doors.get("/whys/seats/{route}/{seat}")
def get_why_seat(
    route: One, seat: SeatName, house: Here, month: Annotated[Month, Query()]
) -> list[Line]:
    """Who could sit here, and what bars each of the others?"""
    return list(map(Line.of, whys.why_seat(house.desk, house.hand("–"), month, route, seat)))


@doors.get("/whys/infeasible")
def get_why_infeasible(house: Here, month: Annotated[Month, Query()]) -> list[Line]:
    """Which smallest set of rules cannot hold together?"""
    return list(map(Line.of, whys.why_nothing_fits(house.desk, house.hand("–"), month)))


@doors.get("/prices")
def get_prices(house: Here, month: Annotated[Month, Query()]) -> list[Priced]:
    """What would one more officer, car, half an hour or one avoidance fewer be worth?"""
    found = whys.prices_of(house.desk, house.hand("–"), month)
    return [
        Priced(kind=one.kind, value=one.value, visits=one.visits, said=Line.of(one.said))
        for one in found
    ]


@doors.post("/bundles", status_code=201)
def post_bundles(ask: AskBundle, house: Here) -> Kept:
    """Approve a roster, by another person than its makers, and publish what proves it."""
    return house.kept(steps.make_bundle(house.desk, house.hand(ask.by), roster=ask.roster))


@doors.post("/names", status_code=201)
def post_names(ask: AskNames, house: Here) -> Kept:
    """Publish the officers of a day, once its teams have left."""
    hand = house.hand(ask.by)
    return house.kept(opening.make_names(house.desk, hand, roster=ask.roster, day=ask.day))


@doors.post("/openings", status_code=201)
def post_openings(ask: AskOpening, house: Here) -> Kept:
    """Open a published month: the whole bundle, once the last team has left."""
    return house.kept(opening.open_bundle(house.desk, house.hand(ask.by), roster=ask.roster))


@doors.post("/files", status_code=201)
def post_files(ask: AskFiles, house: Here) -> Kept:
    """Freeze the case files and the reviewers of a month before a public event."""
    with house.turn:
        made = casefiles.make_files(
            house.desk,
            house.hand(ask.by),
            month=ask.month,
            as_of=ask.as_of,
            files=ask.count,
            event=ask.event.value(),
            replaces=ask.replaces,
            reason=ask.reason,
        )
    return house.kept(made)


@doors.post("/reviews", status_code=201)
def post_reviews(ask: AskReview, house: Here) -> Kept:
    """Draw the case files, a reviewer and a rechecker for each, once."""
    with house.turn:
        made = casefiles.make_review(
            house.desk,
            house.hand(*ask.by),
            files=ask.files,
            event_value=ask.event_value,
            value_again=ask.value_again,
            withheld=ask.withheld,
        )
    return house.kept(made)


@doors.post("/proofs", status_code=201)
def post_proofs(ask: AskProof, house: Here) -> Kept:
    """Publish what proves a review; `GET /bundles/{digest}` gives the file."""
    hand = house.hand(ask.by)
    return house.kept(casefiles.make_proof(house.desk, hand, review=ask.review))


@doors.get("/bundles/{digest}", response_class=Response, responses={200: {"content": BUNDLE}})
def get_bundle(digest: Annotated[Digest, InPath()], house: Here) -> Response:
    """`bundle.json` or `casefiles.json` to the byte, for ``python lottery.py bundle.json``."""
    body = house.desk.store.get_document(digest, "bundle").body
    name = "casefiles" if body["format"] == lottery.CASEFILES_FORMAT else "bundle"
    named = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(canonical(body), media_type="application/json", headers=named)


@doors.get(
    "/receipts/{digest}/{one}", response_class=Response, responses={200: {"content": BUNDLE}}
)
def get_receipt(digest: Annotated[Digest, InPath()], one: One, house: Here) -> Response:
    """The receipt of an enterprise of a draw, or of an officer of a roster, to the byte."""
    (receipt,) = receipts_of(house.desk, digest, [one]).receipts
    named = {"Content-Disposition": 'attachment; filename="receipt.json"'}
    return Response(canonical(receipt), media_type="application/json", headers=named)


@doors.get("/receipts/{digest}/{one}/page", response_class=HTMLResponse)
def get_receipt_page(digest: Annotated[Digest, InPath()], one: One, house: Here) -> HTMLResponse:
    """The same receipt as a page to print, with its QR code."""
    made = receipts_of(house.desk, digest, [one])
    return HTMLResponse(made.page(*made.receipts))


@doors.get("/estimates")
def get_estimates(
    house: Here, month: Annotated[Month, Query()], until: Annotated[Month | None, Query()] = None
) -> Learned:
    """What the drawn visits of a month, or of the months until another, say about everybody."""
    tomorrow = house.clock().date() + dt.timedelta(days=1)
    learnt = steps.learn_from(house.desk, first=month, last=until or month, as_of=tomorrow)
    return Learned(**plain(learnt))


@doors.post("/verdicts", openapi_extra={"requestBody": {"content": BUNDLE, "required": True}})
def post_verdicts(raw: Annotated[bytes, Depends(raw_body)], house: Here) -> Verdict:
    """Is this bundle honest, and where is it not? The body is the file, byte for byte."""
    try:
        bundle, today = lottery.parse_bundle(raw), house.clock().date().isoformat()
        findings = beacon.verify(bundle, raw) + lottery.overdue(bundle, today)
    except lottery.LotteryError as refusal:
        findings = [{"where": "file", "zh": refusal.zh, "en": refusal.en}]
    return Verdict(is_sound=not findings, findings=[Finding(**one) for one in findings])


@doors.post("/scenarios", status_code=202)
def post_scenarios(ask: AskScenario, house: Here, response: Response) -> JobView:
    """What would other numbers of officers achieve? A job whose result names the scenario."""
    house.desk.store.get_document(ask.grades, "grades")
    return _started(house, response, "scenarios", run_scenario, ask)


# ── documents ─────────────────────────────────────────────────────────────────────────────


@doors.get("/documents")
def get_documents(
    house: Here,
    kind: Annotated[str | None, Query(pattern="^[a-z]{1,20}$")] = None,
    month: Annotated[Month | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Listed]:
    """Documents of a kind, newest first, without their bodies."""
    found = house.desk.store.documents(kind, month=month)
    return [Listed.of(one) for one in found[:limit]]


@doors.get("/documents/{digest}")
def get_document(digest: Annotated[Digest, InPath()], house: Here) -> Kept:
    """One document."""
    return house.kept(digest)


# ── jobs ──────────────────────────────────────────────────────────────────────────────────


def plan_routes(settings: Settings, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of `post_routes`."""
    desk = steps.open_desk(settings)
    ask = AskRoutes.model_validate(request)
    hand = Hand((ask.by,), now())
    made = steps.make_routes(
        desk,
        hand,
        draw=ask.draw,
        first_day=ask.first_day,
        progress=progress,
        replaces=ask.replaces,
        reason=ask.reason,
    )
    return {"digest": made}


def mend_roster(settings: Settings, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of `post_repairs`."""
    desk, ask = steps.open_desk(settings), AskRepair.model_validate(request)
    hand = Hand((ask.by,), now())
    ladder = repairs.make_ladder(desk, hand, roster=ask.roster, news=ask.news(), today=ask.today)
    if ask.choose is None:
        return {
            "offers": [plain(rung.offer) for rung in ladder.rungs],
            "changes": [[plain(line) for line in rung.open] for rung in ladder.rungs],
        }
    made = repairs.keep_repair(
        desk, hand, ladder, chosen=ask.choose, why=ask.why or "", today=ask.today
    )
    return {"digest": made}


def run_scenario(settings: Settings, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of `post_scenarios`."""
    desk = steps.open_desk(settings)
    ask = AskScenario.model_validate(request | {"month": request["month"][:7]})
    hand = Hand((ask.by,), now())
    made = steps.make_scenario(
        desk,
        hand,
        grades=ask.grades,
        month=ask.month,
        officers=tuple(ask.officers),
        months=ask.months,
        runs=ask.runs,
        seed=ask.seed,
    )
    return {"digest": made}


def _started(house: House, response: Response, kind: str, work: Work, ask: AskedByOne) -> JobView:
    """Refuse what nobody stands behind, then start."""
    hand = steps.behind(kind, house.hand(ask.by))
    job = house.jobs.start(kind, work, plain(ask.model_dump()), made_at=hand.at, made_by=hand.by)
    response.headers["Location"] = f"/jobs/{job.job_id}"
    return JobView.of(job)


def job_of(job_id: Annotated[str, InPath(min_length=1, max_length=64)], house: Here) -> Job:
    """The job of the address."""
    return house.desk.store.get_job(job_id)


ThisJob = Annotated[Job, Depends(job_of)]


@doors.get("/jobs/{job_id}")
def get_job(job: ThisJob) -> JobView:
    """How far is it?"""
    return JobView.of(job)


@doors.get("/jobs/{job_id}/events", response_class=EventSourceResponse)
async def get_job_events(job: ThisJob, house: Here) -> AsyncIterator[ServerSentEvent]:
    """Every change of a job, until it has ended."""
    number, shown = 0, None
    while True:
        view = JobView.of(job)
        if view != shown:
            number, shown = number + 1, view
            yield ServerSentEvent(data=view, event=view.state, id=str(number))
        if view.state in FINAL:
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        job = await run_in_threadpool(house.desk.store.get_job, job.job_id)


@doors.delete("/jobs/{job_id}")
def delete_job(job: ThisJob, house: Here) -> JobView:
    """Stop it: its processes end, and what it had found is not kept."""
    return JobView.of(house.jobs.cancel(job.job_id))
