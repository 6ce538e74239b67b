"""Does rotation keep visits apart and caps whole, without bias and without being foretold?

``python -m tests.bench.rotation`` lives 36 months of 2,000 enterprises 40 times, one JSON line per
method. Quotas and draws are the project's own (`scheduler.quota.allot`, `lottery.tree_duel`); the
register grows by every visit made. Beside it: draws without rotation, and permanent random numbers
with a rotating start, which order the same probabilities by numbers that stay with an enterprise.

Grades and rates (A 20 %, B 40 %, C 80 %, D 200 % a year; 800, 600, 400 and 200 enterprises) are
those under which draws without rotation give the figures of sampling.md §7.4.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from riskengine.grade import Grades
from riskengine.policy import PolicyView
from scheduler import lottery
from scheduler.calendar import next_month
from scheduler.capacity import capacity
from scheduler.gaps import months_since
from scheduler.quota import M, allot
from tests.scheduler.by_hand import INSPECTIONS, graded, known, officer, policy, table

Floats = npt.NDArray[np.float64]

START, MONTHS = dt.date(2024, 1, 1), 36
SIZES = {"A": 800, "B": 600, "C": 400, "D": 200}
RATES = {"A": 200, "B": 400, "C": 800, "D": 2000}
CAPS = {"A": 1, "B": 2, "C": 4, "D": 4}
TOWNSHIPS = 12
HARM = {"A": 0.05, "B": 0.08, "C": 0.13, "D": 0.20}
"""Chance that a visit finds something, right after another; it doubles within a mean interval."""
GOLDEN = 0.6180339887498949
METHODS = {"gap rotation": "gap", "independent draws": "none", "permanent numbers": "gap"}


@dataclass(frozen=True, slots=True)
class Life:
    """One run: arrays months × enterprises, enterprises in order of their ids.

    ticket
        What was published after each draw: the number that ordered the enterprise, 0–1.
    gap
        Months since the last visit, before the draw.
    """

    pi: Floats
    drawn: npt.NDArray[np.bool_]
    ticket: Floats
    gap: Floats
    harm: npt.NDArray[np.bool_]


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures of each method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    runs = parser.parse_args(argv).runs
    for method in METHODS:
        lives = [lived(method, run) for run in range(runs)]
        print(json.dumps({"method": method, "runs": runs, **figures(method, lives)}), flush=True)


# ── the months ───────────────────────────────────────────────────────────────────────────


def county() -> tuple[Grades, PolicyView, tuple[str, ...]]:
    """The enterprises and rules; the third are the grades in the order of the ids."""
    rows = [
        (f"企{n:04d}", letter, "freight")
        for n, letter in enumerate(g for g, size in SIZES.items() for _ in range(size))
    ]
    rules = policy(yearly_permille=RATES, yearly_cap=CAPS)
    return graded(*rows), rules, tuple(row[1] for row in rows)


def lived(method: str, run: int) -> Life:
    """The months of one run: allot, draw, visit, enter the visit in the register."""
    grades, rules, letters = county()
    rules = replace(rules, rates=replace(rules.rates, rotation=METHODS[method]))  # type: ignore[arg-type]
    ids = grades.table["enterprise_id"].to_pylist()
    rng = np.random.default_rng([run, 2024])
    visits = history(ids, letters, rng)
    permanent, propensity = rng.random(len(ids)), rng.gamma(4, 1 / 4, len(ids))
    mean = np.array([12_000 / RATES[letter] for letter in letters])
    base = np.array([HARM[letter] for letter in letters]) * propensity
    facts = known([officer(1)])
    months: list[tuple[Any, ...]] = []
    month = START
    for k in range(MONTHS):
        facts.tables["inspections"] = table(INSPECTIONS, visits)
        able = replace(capacity(facts, rules, month=month), visits=len(ids))
        quota = allot(grades, facts, rules, month=month, capacity=able)
        last = {visit["enterprise_id"]: visit["occurred_on"] for visit in visits}
        gap = np.array([months_since(last[one], month) for one in ids], float)
        pi = np.array([nano for _, nano in quota.probabilities]) / M
        if method == "permanent numbers":
            ticket = (permanent + k * GOLDEN) % 1.0
            drawn = by_number(pi, ticket, quota.visits)
        else:
            drawn, ticket = by_duel(quota.probabilities, letters, run, k)
        harm = rng.random(len(ids)) < base * (1 + np.minimum(gap / mean, 2))
        months.append((pi, drawn, ticket, gap, harm))
        visits += [
            {"enterprise_id": ids[i], "occurred_on": month.replace(day=15), "kind": "routine",
             "result": "no_problem"}
            for i in np.flatnonzero(drawn)
        ]  # fmt: skip
        month = next_month(month)
    return Life(*(np.array(column) for column in zip(*months, strict=True)))


def history(
    ids: Sequence[str], letters: Sequence[str], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """A last visit of everyone before the first month, as old as independent draws leave it."""
    ago = rng.geometric([RATES[letter] / 12_000 for letter in letters])
    made = []
    for one, months in zip(ids, ago.tolist(), strict=True):
        whole = 12 * START.year - months
        day = dt.date(whole // 12, whole % 12 + 1, 15)
        made.append({"enterprise_id": one, "occurred_on": day, "kind": "routine",
                     "result": "no_problem"})  # fmt: skip
    return sorted(made, key=lambda visit: visit["occurred_on"])


def by_duel(
    probabilities: Sequence[tuple[str, int]], letters: Sequence[str], run: int, k: int
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """The official draw under a fresh seed, and the tickets anyone can compute after it."""
    seed = hashlib.sha256(f"rotation {run} {k}".encode()).digest()
    purpose = f"enterprise/{k}"
    rows = [
        (one, nano, (letters[i], "freight", f"{i % TOWNSHIPS:02d}"))
        for i, (one, nano) in enumerate(probabilities)
    ]
    selected = set(lottery.tree_duel(rows, seed, purpose)[0])
    tickets = [int.from_bytes(lottery.ticket(seed, purpose, one)[:7], "big") for one, _, _ in rows]
    return np.array([one in selected for one, _, _ in rows]), np.array(tickets) / 2.0**56


def by_number(pi: Floats, number: Floats, n: int) -> npt.NDArray[np.bool_]:
    """Pareto sampling with given numbers (Rosén 1997): the `n` smallest odds ratios."""
    with np.errstate(divide="ignore"):
        key = np.log(number) - np.log1p(-number) + np.log1p(-pi) - np.log(pi)
    chosen = np.zeros(len(pi), bool)
    chosen[np.argsort(key, kind="stable")[:n]] = True
    return chosen


# ── the figures ──────────────────────────────────────────────────────────────────────────


def figures(method: str, lives: Sequence[Life]) -> dict[str, Any]:
    """Everything that is asked of rotation."""
    _, _, letters = county()
    drawn = np.array([life.drawn for life in lives])
    pi = np.array([life.pi for life in lives])
    grade = np.array(letters)
    again = np.zeros_like(drawn[:, :-3])
    for later in (1, 2, 3):
        again |= drawn[:, later : drawn.shape[1] - 3 + later]
    yearly = drawn.reshape(len(lives), MONTHS // 12, 12, -1).sum(axis=2)
    cap = np.array([CAPS[letter] for letter in letters])
    positive = pi[pi > 0]
    return {
        "repeat_3_months_percent": percent(again[drawn[:, :-3]].mean()),
        "C_never_in_24_months_percent": percent((~drawn[:, :24, grade == "C"].any(axis=1)).mean()),
        "most_visits_a_year_A_to_C": int(yearly[..., grade != "D"].max()),
        "cap_exceeded": int((yearly > cap).sum()),
        "cap_reached": int((yearly == cap).sum()),
        "visits_a_month": round(float(drawn.sum(axis=2).mean()), 2),
        "visits_expected": round(float(pi.sum(axis=2).mean()), 2),
        "pi_least": round(float(positive.min()), 5),
        "pi_largest": round(float(positive.max()), 3),
        **bias_of_total(lives, grade),
        **foretold(method, lives, grade),
    }


def percent(share: float) -> float:
    return round(100 * float(share), 2)


def bias_of_total(lives: Sequence[Life], grade: npt.NDArray[np.str_]) -> dict[str, Any]:
    """Horvitz–Thompson total minus truth of the list, mean over months and runs, and by grade."""
    found: dict[str, Any] = {}
    for name, members in {"all": grade != "", **{g: grade == g for g in SIZES}}.items():
        errors = []
        for life in lives:
            on_list = (life.pi > 0) & members
            weight = np.divide(life.drawn, life.pi, out=np.zeros_like(life.pi), where=on_list)
            errors.append(((weight - on_list) * life.harm).sum(axis=1).mean())
        key = "ht" if name == "all" else f"ht_{name}"
        found[f"{key}_bias"] = round(float(np.mean(errors)), 3)
        found[f"{key}_se"] = round(float(np.std(errors, ddof=1) / np.sqrt(len(errors))), 3)
    found["harm_total"] = round(float(np.mean([life.harm.sum(axis=1).mean() for life in lives])), 1)
    return found


def foretold(method: str, lives: Sequence[Life], grade: npt.NDArray[np.str_]) -> dict[str, Any]:
    """Log loss of the published probabilities, less that of someone who knows all history.

    Two learners are taught on the first half of the runs and judged on the second; the better one
    counts. Of permanent numbers the history gives the numbers themselves away, and the draw with
    them.
    """
    half = len(lives) // 2
    taught = [features(life, grade) for life in lives[:half]]
    known_x, known_y = (np.concatenate(part) for part in list(zip(*taught, strict=True))[:2])
    scale = StandardScaler().fit(known_x)
    learners = {
        "logistic": LogisticRegression(max_iter=300).fit(scale.transform(known_x), known_y),
        "boosting": HistGradientBoostingClassifier(max_iter=60, random_state=1).fit(
            scale.transform(known_x), known_y
        ),
    }
    gains: dict[str, list[float]] = {name: [] for name in learners}
    losses = []
    for life in lives[half:]:
        x, y, pi = features(life, grade)
        losses.append(log_loss(y, pi))
        for name, learner in learners.items():
            guess = learner.predict_proba(scale.transform(x))[:, 1]
            gains[name].append(losses[-1] - log_loss(y, guess))
    if method == "permanent numbers":
        gains["replay"] = [
            loss - replayed(life) for loss, life in zip(losses, lives[half:], strict=True)
        ]
    best = max(gains, key=lambda name: float(np.mean(gains[name])))
    mean, se = np.mean(gains[best]), np.std(gains[best], ddof=1) / np.sqrt(len(gains[best]))
    return {
        "log_loss_published": round(float(np.mean(losses)), 6),
        "predictor": best,
        "predictor_gain": round(float(mean), 6),
        "predictor_gain_se": round(float(se), 6),
        "predictable": bool(mean > 2 * se),
    }


def features(
    life: Life, grade: npt.NDArray[np.str_]
) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """What was known before each draw from the fourth on, what came, and the probabilities."""
    xs, ys, pis = [], [], []
    for k in range(3, MONTHS):
        pi = life.pi[k]
        on_list = pi > 0
        columns = [
            np.log(np.clip(pi, 1e-12, 1)) - np.log(np.clip(1 - pi, 1e-12, 1)),
            np.log1p(life.gap[k]),
            *(life.drawn[k - back].astype(float) for back in (1, 2, 3)),
            *(life.ticket[k - back] for back in (1, 2, 3)),
            life.ticket[:k].mean(axis=0),
            life.drawn[:k].mean(axis=0),
            np.arange(len(pi)) / len(pi),
            *((grade == g).astype(float) for g in "BCD"),
        ]
        xs.append(np.column_stack(columns)[on_list])
        ys.append(life.drawn[k][on_list])
        pis.append(pi[on_list])
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(pis)


def log_loss(y: npt.NDArray[np.bool_], pi: Floats) -> float:
    """Mean surprise in nats."""
    pi = np.clip(pi, 1e-12, 1 - 1e-12)
    return float(-np.where(y, np.log(pi), np.log1p(-pi)).mean())


def replayed(life: Life) -> float:
    """Log loss of whoever turns last month's number on by the rule and repeats the draw."""
    losses = []
    for k in range(3, MONTHS):
        number = (life.ticket[k - 1] + GOLDEN) % 1.0
        guess = by_number(life.pi[k], number, round(life.pi[k].sum()))
        on_list = life.pi[k] > 0
        losses.append(log_loss(life.drawn[k][on_list], guess[on_list].astype(float)))
    return float(np.mean(losses))


if __name__ == "__main__":
    main()
