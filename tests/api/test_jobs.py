"""Do long solves run beside the service, tell how far they are, and stop when told to?"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.jobs import Jobs
from api.settings import Settings
from api.store import FINAL, Job, Store, open_store
from riskengine.errors import NotFound
from tests.api import worlds

ROOT = Path(__file__).parents[2]
SERVICE = """
import sys, time
from pathlib import Path
from api.jobs import Jobs
from api.settings import Settings
from api.store import open_store
from tests.api import worlds
settings = Settings(data=Path(sys.argv[1]))
jobs = Jobs(open_store(settings.database_url), settings)
jobs.open()
jobs.start("search", worlds.search_for_ever, {})
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Store:
    return open_store(settings.database_url)


@pytest.fixture
def jobs(store: Store, settings: Settings) -> Iterator[Jobs]:
    jobs = Jobs(store, settings)
    jobs.open()
    yield jobs
    jobs.close()


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it took too long"
        time.sleep(0.02)


def ended(jobs: Jobs, job_id: str) -> Job:
    until(lambda: jobs.store.get_job(job_id).state in FINAL)
    return jobs.store.get_job(job_id)


def is_alive(pid: int) -> bool:
    """Is there such a process that is not merely waiting to be collected?"""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_a_job_runs_in_a_process_of_its_own_and_leaves_its_result(jobs: Jobs) -> None:
    job = ended(jobs, jobs.start("count", worlds.count_to, {"to": 3}).job_id)
    assert (job.state, job.error) == ("done", None)
    assert job.result is not None
    assert job.result["counted"] == 3
    assert job.result["pid"] != os.getpid()
    assert job.progress == {"done": 3, "steps": 3, "doing": "数到 3"}


def test_progress_can_be_watched_while_it_runs(jobs: Jobs) -> None:
    job_id = jobs.start("count", worlds.count_to, {"to": 8, "pause": 0.1}).job_id
    seen = set()
    while (job := jobs.store.get_job(job_id)).state not in FINAL:
        seen.add(job.progress["done"] if job.progress else 0)
        time.sleep(0.02)
    assert len(seen) >= 3


def test_cancel_ends_the_solver_and_what_it_started(jobs: Jobs) -> None:
    job_id = jobs.start("search", worlds.search_for_ever, {}).job_id
    until(lambda: jobs.store.get_job(job_id).progress is not None)
    progress = jobs.store.get_job(job_id).progress
    assert progress is not None
    pids = [int(pid) for pid in progress["doing"].split()]
    time.sleep(0.3)  # deep inside the solver
    assert all(is_alive(pid) for pid in pids)
    begun = time.monotonic()
    assert jobs.cancel(job_id).state == "cancelled"
    until(lambda: not any(is_alive(pid) for pid in pids), seconds=6)
    assert time.monotonic() - begun < 6
    time.sleep(0.2)
    assert jobs.store.get_job(job_id).state == "cancelled"


def test_a_job_cancelled_while_it_waits_never_starts(jobs: Jobs) -> None:
    first = jobs.start("count", worlds.count_to, {"to": 1, "pause": 0.5}).job_id
    second = jobs.start("count", worlds.count_to, {"to": 1}).job_id
    assert jobs.cancel(second).state == "cancelled"
    assert ended(jobs, first).state == "done"
    time.sleep(0.2)
    job = jobs.store.get_job(second)
    assert (job.state, job.progress, job.result) == ("cancelled", None, None)


def test_a_job_that_has_ended_cannot_be_cancelled(jobs: Jobs) -> None:
    job_id = jobs.start("count", worlds.count_to, {"to": 1}).job_id
    done = ended(jobs, job_id)
    assert jobs.cancel(job_id) == done


@pytest.mark.parametrize(
    ("work", "code"),
    [(worlds.refuse, "not_found"), (worlds.fall, "job_fault"), (worlds.die, "job_died")],
)
def test_a_job_that_fails_says_why(jobs: Jobs, work: worlds.Works, code: str) -> None:
    job = ended(jobs, jobs.start("bad", work, {}).job_id)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == code
    assert job.error["zh"]
    assert job.error["en"]


def test_closing_the_service_ends_its_jobs(store: Store, settings: Settings) -> None:
    jobs = Jobs(store, settings)
    jobs.open()
    running = jobs.start("search", worlds.search_for_ever, {}).job_id
    waiting = jobs.start("count", worlds.count_to, {"to": 1}).job_id
    until(lambda: store.get_job(running).progress is not None)
    progress = store.get_job(running).progress
    assert progress is not None
    jobs.close()
    assert not any(is_alive(int(pid)) for pid in progress["doing"].split())
    assert {store.get_job(one).state for one in (running, waiting)} == {"cancelled"}


def test_the_sudden_death_of_the_service_ends_its_jobs_too(
    store: Store, settings: Settings
) -> None:
    service = subprocess.Popen([sys.executable, "-c", SERVICE, str(settings.data)], cwd=ROOT)
    until(lambda: any(job.progress for job in store.open_jobs()))
    progress = store.open_jobs()[0].progress
    assert progress is not None
    pids = [int(pid) for pid in progress["doing"].split()]
    assert all(is_alive(pid) for pid in pids)
    service.kill()
    service.wait()
    until(lambda: not any(is_alive(pid) for pid in pids), seconds=5)


def test_a_job_of_a_service_that_has_gone_is_told_as_failed(
    store: Store, settings: Settings
) -> None:
    lost = store.add_job("routes", {})
    jobs = Jobs(store, settings)
    jobs.open()
    jobs.close()
    job = store.get_job(lost.job_id)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "job_interrupted"


def test_a_job_nobody_knows_is_refused(jobs: Jobs) -> None:
    with pytest.raises(NotFound):
        jobs.cancel("J9")
