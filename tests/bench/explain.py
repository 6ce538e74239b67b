"""How long does it take to tell one enterprise its way to the next grade, and is it kept?

``python -m tests.bench.explain``; the last line is one JSON object. `ratio_to_grading` is the
median time of one outlook (36 future gradings of every set of actions) over the time of grading
the whole county once. Every claimed day is put to the test: the actions as facts, graded month by
month; `broken` counts claims that the gradings do not keep.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from statistics import median

import numpy as np

from riskengine.actions import facts_of_actions, months_after
from riskengine.counterfactual import counterfactual
from riskengine.days import measure_on, views_on
from riskengine.features import measure
from riskengine.grade import grade
from riskengine.policy import read_policy
from riskengine.register import Known, Register
from riskengine.scorecard import score
from riskengine.synthetic import synthetic_register
from riskengine.truth import of_enterprise, row_of

AS_OF = dt.date(2026, 11, 25)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=24)
    wanted = parser.parse_args().enterprises
    policy, register = read_policy("cn-transport"), synthetic_register(np.random.default_rng(2026))
    view, known = policy.on(AS_OF), register.as_of(AS_OF)
    measure(known, view)  # imports and compiles what is used below
    begun = time.perf_counter()
    grades = grade(score(measure(known, view), view), view)
    grading = time.perf_counter() - begun
    table = grades.table.filter(np.array(grades.table["grade"].to_pylist()) != "A")
    step = max(1, len(table) // wanted)
    seconds, claims, broken, without = [], 0, 0, 0
    for name in table["enterprise_id"].to_pylist()[::step][:wanted]:
        begun = time.perf_counter()
        outlook = counterfactual(known, grades, policy, name)
        seconds.append(time.perf_counter() - begun)
        assert outlook is not None
        without += not outlook.ways
        mine = Known(AS_OF, of_enterprise(Register(known.tables), name).tables, "")
        row = row_of(grades, name)
        assert row is not None
        for way in outlook.ways:
            days = [months_after(AS_OF, month) for month in range(1, way.months + 1)]
            future = facts_of_actions(mine, row, way.actions, until=outlook.last)
            views, last, letters = views_on(policy, days), grades, []
            for rules, features in zip(
                views, measure_on(Register(future), views, days), strict=True
            ):
                last = grade(score(features, rules), rules, last)
                letters.append(last.table["grade"][0].as_py())
            claims += 1
            reached = [letter <= outlook.target for letter in letters]
            broken += reached != [False] * (way.months - 1) + [True]
    print(
        json.dumps(
            {
                "enterprises": len(seconds),
                "median_seconds": round(median(seconds), 2),
                "most_seconds": round(max(seconds), 2),
                "grading_seconds": round(grading, 2),
                "ratio_to_grading": round(median(seconds) / grading, 2),
                "claims": claims,
                "broken": broken,
                "without_a_way": without,
            }
        )
    )


if __name__ == "__main__":
    main()
