"""A folder of past visits with a planted risk, small enough to learn from in seconds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from riskengine.register import Register, read_register

FIRST, DAYS = dt.date(2025, 1, 1), 450
ENTERPRISES, BAD = 140, 35
GROUPS = ("甲组", "乙组")
MAPPING = """\
enterprises:
  - file: firms.csv
    fields: {enterprise_id: id, name: name, township: town}
    constants: {sector: freight, known_on: "2020-01-01"}
inspections:
  - file: visits.csv
    fields:
      enterprise_id: id
      occurred_on: day
      known_on: day
      score: score
      inspectors: group
      result: {column: score, steps: {0: problem_pending, 60: no_problem}}
    constants: {kind: routine, mode: on_site}
absent: [violations, hazards, accidents, credit, complaints, trainings, monitoring, inspectors,
  absences, avoidances, pair_bans, vehicles_pool, joint_plans, case_files, reviewers]
"""
LABEL = "score < 60"


def visits_frame(seed: int = 3) -> pd.DataFrame:
    """Every enterprise about each six weeks; a quarter of them score badly more often, and 甲组
    finds a little more."""
    rng = np.random.default_rng(seed)
    rows = []
    for firm in range(ENTERPRISES):
        day = int(rng.integers(0, 40))
        while day < DAYS:
            group = int(rng.integers(0, len(GROUPS)))
            low = rng.random() < (0.6 if firm < BAD else 0.08) + (0.08 if group == 0 else 0)
            rows.append(
                {
                    "id": f"E{firm:03d}",
                    "day": (FIRST + dt.timedelta(days=day)).isoformat(),
                    "score": int(rng.integers(30, 60) if low else rng.integers(70, 101)),
                    "group": GROUPS[group],
                }
            )
            day += int(rng.integers(20, 50))
    return pd.DataFrame(rows)


def past_folder(folder: Path, visits: pd.DataFrame | None = None) -> Path:
    """The folder, with its mapping beside the tables."""
    folder.mkdir(parents=True)
    firms = [
        {"id": f"E{n:03d}", "name": f"示例运输{n}", "town": f"镇{n % 3}"}
        for n in range(ENTERPRISES)
    ]
    pd.DataFrame(firms).to_csv(folder / "firms.csv", index=False)
    visits = visits_frame() if visits is None else visits
    visits.to_csv(folder / "visits.csv", index=False)
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return folder


def past_register(folder: Path, visits: pd.DataFrame | None = None) -> Register:
    """The same as a register."""
    from riskengine.mapping import read_mapping

    path = past_folder(folder, visits)
    return read_register(path, read_mapping(path / "mapping.yaml"))
