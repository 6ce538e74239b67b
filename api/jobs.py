"""How does a long solve run beside the service, tell how far it is, and stop when told to?

A job is a row of the store and a spawned process of its own. The process writes its progress into
the row; whoever wants to watch reads the row. Cancelling ends the whole process group, so that no
solver thread and no simulation worker goes on computing for nobody.

state  "waiting" → "running" → "done" | "failed" | "cancelled"; the last three are final.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from time import monotonic
from typing import Any

from api.settings import Settings
from api.store import Job, Store, open_store
from riskengine.errors import RiskEngineError, Sentence, sentence

SECONDS_BETWEEN_NOTES = 0.25
SECONDS_TO_END = 5.0

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is being done."""

Work = Callable[[Settings, dict[str, Any], Progress], dict[str, Any]]
"""A module-level function: the request of the job → its result, both JSON values."""

log = logging.getLogger("riskengine")


class Jobs:
    """The jobs of one service: at most `settings.jobs` run at once, the others wait their turn."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.processes: dict[str, SpawnProcess] = {}
        self.lock = threading.Lock()

    def open(self) -> None:
        """Begin to take jobs. Those an earlier service left open have nobody working on them."""
        self.turns = ThreadPoolExecutor(self.settings.jobs, thread_name_prefix="job")
        said = sentence("job_interrupted")
        for job in self.store.open_jobs():
            self.store.change_job(job.job_id, state="failed", error=_error(said))

    def start(
        self,
        kind: str,
        work: Work,
        request: dict[str, Any],
        *,
        made_at: dt.datetime | None = None,
        made_by: Sequence[str] = (),
    ) -> Job:
        """Put a job in the row; it starts when its turn comes."""
        job = self.store.add_job(kind, request, made_at=made_at, made_by=made_by)
        turn = self.turns.submit(self._take_turn, job.job_id, work)
        turn.add_done_callback(_log_fault)
        return job

    def cancel(self, job_id: str) -> Job:
        """End a job and its processes; one that has ended stays as it is."""
        self.store.change_job(job_id, state="cancelled")
        with self.lock:
            process = self.processes.get(job_id)
        if process is not None:
            _end(process)
        return self.store.get_job(job_id)

    def close(self) -> None:
        """End every job: the service is stopping."""
        self.turns.shutdown(wait=False, cancel_futures=True)
        for job in self.store.open_jobs():
            self.cancel(job.job_id)
        self.turns.shutdown(wait=True)

    def _take_turn(self, job_id: str, work: Work) -> None:
        process = get_context("spawn").Process(
            target=run, args=(self.settings, job_id, work), name=f"job {job_id}"
        )
        with self.lock:
            if not self.store.change_job(job_id, state="running"):
                return  # cancelled while it waited
            process.start()
            self.processes[job_id] = process
        process.join()
        with self.lock:
            del self.processes[job_id]
        said = sentence("job_died", exit=process.exitcode)
        self.store.change_job(job_id, state="failed", error=_error(said))


def run(settings: Settings, job_id: str, work: Work) -> None:
    """The life of a worker process: read the row, do the work, write how it ended."""
    os.setsid()  # a group of its own, so that what the work starts ends with it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    store = open_store(settings.database_url)
    try:
        result = work(settings, store.get_job(job_id).request, _notes(store, job_id))
    except RiskEngineError as refusal:
        store.change_job(job_id, state="failed", error=_error(refusal.sentence))
    except Exception:
        log.exception("job %s", job_id)
        store.change_job(job_id, state="failed", error=_error(sentence("job_fault")))
    else:
        store.change_job(job_id, state="done", result=result)


def _notes(store: Store, job_id: str) -> Progress:
    """A progress function that writes into the row, but not more often than anyone looks."""
    last = -SECONDS_BETWEEN_NOTES

    def note(done: int, steps: int, doing: str) -> None:
        nonlocal last
        if done in (0, steps) or monotonic() - last >= SECONDS_BETWEEN_NOTES:
            last = monotonic()
            store.change_job(job_id, progress={"done": done, "steps": steps, "doing": doing})

    return note


def _end(process: SpawnProcess) -> None:
    """Ask the process group to end, then make it. The thread of its turn collects it."""
    assert process.pid is not None
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except (ProcessLookupError, PermissionError):  # no group yet, or already gone
            process.terminate()
        if connection.wait([process.sentinel], SECONDS_TO_END):
            return


def _end_with_parent() -> None:
    """A worker whose service has gone has nobody to work for."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


def _log_fault(turn: Future[None]) -> None:
    if not turn.cancelled() and (problem := turn.exception()) is not None:
        log.error("a turn failed", exc_info=problem)


def _error(said: Sentence) -> dict[str, str]:
    return {"code": said.code, "zh": said.zh, "en": said.en}
