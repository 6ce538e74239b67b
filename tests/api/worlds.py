"""Work for the worker processes of the job tests: module-level, because they are spawned."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from api.jobs import Progress
from api.settings import Settings
from riskengine.errors import NotFound

Json = dict[str, Any]
Works = Callable[[Settings, Json, Progress], Json]


def count_to(settings: Settings, request: Json, progress: Progress) -> Json:
    """Count, telling each step."""
    for step in range(1, request["to"] + 1):
        time.sleep(request.get("pause", 0.0))
        progress(step, request["to"], f"数到 {step}")
    return {"counted": request["to"], "pid": os.getpid()}


def search_for_ever(
    settings: Settings, request: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """A real solver on a real, hopeless problem, with a process of its own beside it."""
    from ortools.sat.python import cp_model

    beside = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    progress(0, 1, f"{os.getpid()} {beside.pid}")
    model = cp_model.CpModel()
    pigeons, holes = 14, 13
    sits = [[model.new_bool_var("") for _ in range(holes)] for _ in range(pigeons)]
    for row in sits:
        model.add_bool_or(row)
    for hole in range(holes):
        for one in range(pigeons):
            for other in range(one):
                model.add_bool_or(~sits[one][hole], ~sits[other][hole])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    solver.parameters.symmetry_level = 0
    solver.parameters.max_time_in_seconds = 600
    solver.solve(model)
    return {}


def refuse(settings: Settings, request: Json, progress: Progress) -> Json:
    """A refusal of the engine."""
    raise NotFound("not_found", kind="job", name="J9")


def fall(settings: Settings, request: Json, progress: Progress) -> Json:
    """A fault of the program."""
    raise ZeroDivisionError


def die(settings: Settings, request: Json, progress: Progress) -> Json:
    """The end of a process that ran out of memory."""
    os._exit(9)
