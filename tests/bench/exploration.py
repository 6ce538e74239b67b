"""How much chance does an honest estimate need, and what does it cost in findings?

``python -m tests.bench.exploration`` repeats the study of risk-models.md §6 on the 18,712 canvass
inspections that the City of Chicago modelled: in order of their dates they are cut into 15 batches;
the first is a biased log (the top 30 % by a rule), of each of the other 14 a policy visits 20 %,
3,486 visits in all; a logistic regression is refitted on everything seen so far. The logged
inspections stand for the population. Beside the policies of that table stand the ones that ship
(rates by grade, equal inside a grade; the adaptive ratios), rates by grade with risk-weighted
chances inside, and the share of random visits as a curve. One JSON object a policy, then a summary.

A policy is a function from scores to inclusion probabilities; the draw is systematic in random
order, so Σπ is kept exactly. Seeds differ in the draws and in the order of ties in the first log;
there is one city and one history, so `finds_se` says how sure a figure is *for this history*.
Whether another history would agree is judged by the 14 batches (`against_default` in the summary:
mean difference and 95 % interval of the paired batches).

The study does not print its features. ``few`` (own history, risk class, zip rate; C = .01) was
picked by hand because the whole table comes out about right with it; ``--features all --c 0.1``
are all features of §3, with which greedy learns worse still from its own choices.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd
import vl_convert
from joblib import Parallel, delayed
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from riskengine.policy import read_policy
from scheduler.ratio_rule import (
    VISIT_A_MONTH,
    Limits,
    allocate,
    bounds,
    discounted,
    posteriors,
    scores,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DATA = Path(__file__).parents[3] / "shared/data/chicago_food/canvass_inspections.parquet"
BATCHES, LOGGED, BUDGET, FLOOR = 15, 0.3, 0.2, 0.04
MIX = {"A": 0.69, "B": 0.23, "C": 0.055, "D": 0.025}
"""Shares of the grades, the safest first: those of the bundled county on 2026-12-01."""
PACK = read_policy("cn-transport").on(dt.date(2026, 12, 1)).rates
RULES = replace(PACK.ratio, discount_permille=PACK.ratio.discount_permille**3 // 1000**2)
"""The rule as it ships; a batch is about three months, so a result fades by three steps."""
CURVE = (0, 5, 10, 20, 30, 50, 100)
"""Random visits, percent of the budget."""
PRINTED = {
    "greedy": (866, 0.625, -1.96, 2.57),
    "random 10 %": (840, 0.630, 0.16, 4.92),
    "random 30 %": (772, 0.632, 0.14, 3.24),
    "random 50 %": (720, 0.635, 0.18, 2.61),
    "random 100 %": (497, 0.637, -0.15, 1.98),
    "weighted a=0.5": (640, 0.634, -0.04, 1.99),
    "weighted a=1.0": (746, 0.633, 0.08, 2.72),
    "weighted a=1.5": (789, 0.630, 0.12, 3.19),
    "weighted a=2.0": (801, 0.631, -0.10, 3.36),
}
"""The table of risk-models.md §6: finds, AUC of all rows, bias and RMSE in points."""
SHIPPED, ADAPTIVE = "by grade", "by grade, adaptive"
"""The default of the pack (`ratio_rule: fixed`), and what `adaptive` makes of it."""
WEIGHTED = "by grade, weighted inside a=1.0"
"""Grade rates as published, and inside a grade π in proportion to exp(z): not in the product."""
OWN = ["visits", "critical", "last_critical", "last_serious", "last_minor", "last_fail",
       "second_last_critical", "since", "since_critical", "critical_rate", "fail_rate",
       "serious_mean", "minor_mean"]  # fmt: skip
FEW = [*OWN, "zip_rate", "risk_class"]
HISTORY_CAP, CRITICAL_CAP = 730, 1100
"""Days since the last visit, and since the last critical finding, at most."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The benchmark in order of dates."""

    features: Floats
    label: Ints
    names: tuple[str, ...]
    rule: Floats
    risk_class: Ints


@dataclass(slots=True)
class Past:
    """What a run has seen so far, by stratum and batch, and the ratios in force."""

    results: list[dict[tuple[str, str], tuple[int, int]]] = field(default_factory=list)
    ratio: dict[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a policy may look at.

    z
        Standardised probability of each row.
    """

    z: Floats
    grade: npt.NDArray[np.str_]
    risk_class: Ints
    visits: int
    past: Past


Policy = Callable[[Batch], Floats]
"""A batch → inclusion probabilities that sum to its visits."""


def main() -> None:
    """Print a line per policy with its ratio to chance alone, and one of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the summary here too")
    parser.add_argument("--svg", type=Path, metavar="OUT", help="draw finds against error")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--features", choices=("few", "all"), default="few")
    parser.add_argument("--c", type=float, default=0.01, help="of the logistic regression")
    asked = parser.parse_args()
    rows, policies = read_rows(asked.data, few=asked.features == "few"), all_policies()
    tasks = [(name, seed) for name in policies for seed in range(asked.seeds)]
    runs = Parallel(n_jobs=asked.jobs)(
        delayed(live)(
            rows,
            policies[name],
            np.random.default_rng(seed),
            c=asked.c,
            in_grades=name.startswith(SHIPPED),
        )
        for name, seed in tasks
    )
    of_policy = {
        name: np.stack([run for (one, _), run in zip(tasks, runs, strict=True) if one == name])
        for name in policies
    }
    figures = {name: scored(of_policy[name], is_greedy=name == "greedy") for name in policies}
    by_chance = figures["random 100 %"]
    curve = curve_of(figures)
    for name, found in figures.items():
        found["finds_to_chance"] = round(found["finds"] / by_chance["finds"], 3)
        found["finds_of_curve"] = round(float(np.interp(found["rmse"], *curve)), 1)
        print(json.dumps({"policy": name, **found, "printed": PRINTED.get(name)}), flush=True)
    against_default = {
        name: against(runs_of, of_policy[SHIPPED])
        for name, runs_of in of_policy.items()
        if name != SHIPPED
    }
    summary = {
        "rows": len(rows.label),
        "seeds": asked.seeds,
        "features": rows.names,
        "c": asked.c,
        "policies": figures,
        "curve": [{"random_percent": p, **figures[of_share(p)]} for p in CURVE],
        "against_default": against_default,
        "conclusion": conclusion(figures, against_default),
    }
    print(json.dumps(summary))
    if asked.json:
        asked.json.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    if asked.svg:
        asked.svg.write_text(chart(figures), encoding="utf-8")


# ── the policies ──────────────────────────────────────────────────────────────────────────


def all_policies() -> dict[str, Policy]:
    """The table, the curve and what ships, by name."""
    return {
        **{of_share(percent): partial(top_and_chance, share=percent / 100) for percent in CURVE},
        **{f"weighted a={a}": partial(weighted, a=a) for a in (0.5, 1.0, 1.5, 2.0)},
        SHIPPED: by_grade,
        ADAPTIVE: adaptive,
        "by grade, at least half the mean": partial(by_grade, floor=BUDGET / 2),
        WEIGHTED: partial(by_grade, a=1.0),
    }


def of_share(percent: int) -> str:
    """The name of a point of the curve; without chance it is the greedy policy."""
    return f"random {percent} %" if percent else "greedy"


def top_and_chance(batch: Batch, share: float) -> Floats:
    """The highest scores for certain, `share` of the visits by simple chance among the others."""
    certain = batch.visits - round(share * batch.visits)
    others = len(batch.z) - certain
    pi = np.full(len(batch.z), (batch.visits - certain) / others)
    pi[np.argsort(-batch.z, kind="stable")[:certain]] = 1.0
    return pi


def weighted(batch: Batch, a: float) -> Floats:
    """π in proportion to exp(a·z), at least the floor and at most 1."""
    return solved(np.exp(a * batch.z), batch.visits, FLOOR)


def by_grade(batch: Batch, a: float = 0.0, floor: float = 0.0) -> Floats:
    """The pack's yearly rates, scaled to the budget; inside a grade equal, or with exp(a·z).

    The rotation by gap is left out: the rows of a batch are the visits that were due.
    """
    rate = np.array([PACK.yearly_permille[grade] for grade in batch.grade], np.float64)
    pi = solved(rate, batch.visits, floor)
    for grade in MIX if a else ():
        here = batch.grade == grade
        least = min(FLOOR, float(pi[here].min(initial=1.0)))
        pi[here] = solved(np.exp(a * batch.z[here]), float(pi[here].sum()), least)
    return pi


def adaptive(batch: Batch) -> Floats:
    """The adaptive ratios: grade × risk class, by what the visits so far found."""
    cells = list(zip(batch.grade.tolist(), map(str, batch.risk_class.tolist()), strict=True))
    names, at, members = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    keys = [(str(grade), str(of_class)) for grade, of_class in names]
    counts = dict(zip(keys, map(int, members), strict=True))
    budget = batch.visits * VISIT_A_MONTH
    first = by_grade(batch)
    before = {
        key: batch.past.ratio.get(key, float(first[at == i].mean())) for i, key in enumerate(keys)
    }
    scale = batch.visits / sum(before[key] * counts[key] for key in keys)
    limits = {
        key: Limits(n, 0, n * VISIT_A_MONTH, int(before[key] * scale * n * VISIT_A_MONTH))
        for key, n in counts.items()
    }
    seen = {
        key: discounted(
            [one.get(key, (0, 0)) for one in batch.past.results], RULES.discount_permille
        )
        for key in keys
    }
    bound, _ = bounds(limits, budget, RULES)
    given = allocate(
        scores(counts, posteriors(seen, RULES), dict.fromkeys(keys, 100), RULES), bound, budget
    )
    batch.past.ratio.update({key: given[key] / VISIT_A_MONTH / counts[key] for key in keys})
    pi = np.array([given[key] / counts[key] for key in keys])[at] / VISIT_A_MONTH
    return np.asarray(pi, np.float64)


def solved(weight: Floats, visits: float, floor: float) -> Floats:
    """π = clip(c·weight, floor, 1) with Σπ = visits, c by bisection."""
    low, high = 0.0, 1.0 / float(weight.min())
    for _ in range(200):
        middle = (low + high) / 2
        if np.clip(middle * weight, floor, 1).sum() < visits:
            low = middle
        else:
            high = middle
    return np.asarray(np.clip(high * weight, floor, 1))


def drawn(pi: Floats, cell: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """A systematic draw, cell by cell in random order: each row with its own probability.

    Each cell gets the floor or the ceiling of its Σπ, as the draw that ships holds its grades.
    """
    order = np.lexsort((rng.permutation(len(pi)), cell))
    ends = np.floor(np.cumsum(pi[order]) + rng.random() + 1e-9)
    taken = np.zeros(len(pi), np.bool_)
    taken[order] = np.diff(ends, prepend=0.0) > 0
    return taken


# ── the world ─────────────────────────────────────────────────────────────────────────────


def live(
    rows: Rows, policy: Policy, rng: np.random.Generator, *, c: float, in_grades: bool
) -> Floats:
    """One run, a row a batch: finds; errors of HT, Hájek and fill-in; AUC; least π; visits."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=1000))
    first, *batches = np.array_split(np.arange(len(rows.label)), BATCHES)
    tie = rng.permutation(len(first))
    seen = [first[np.lexsort((tie, -rows.rule[first]))[: int(LOGGED * len(first))]]]
    past, lines = Past(), []
    for at in batches:
        known = np.concatenate(seen)
        model.fit(rows.features[known], rows.label[known])
        logit = np.asarray(model.decision_function(rows.features[at]), np.float64)
        chance = 1 / (1 + np.exp(-logit))
        label, grade = rows.label[at], graded(logit)
        batch = Batch(
            (chance - chance.mean()) / chance.std(),
            grade,
            rows.risk_class[at],
            int(BUDGET * len(at)),
            past,
        )
        pi = policy(batch)
        is_in = drawn(pi, grade if in_grades else np.zeros(len(at)), rng)
        seen.append(at[is_in])
        past.results.append(results_of(batch, label, is_in))
        weight = 1 / pi[is_in] if pi[is_in].all() else np.ones(int(is_in.sum()))
        total = float((weight * label[is_in]).sum())
        filled = label[is_in].sum() + chance[~is_in].sum()
        guesses = np.array([total / len(at), total / weight.sum(), filled / len(at)])
        errors = 100 * (guesses - label.mean())
        auc = roc_auc_score(label, logit)
        lines.append([label[is_in].sum(), *errors, auc, pi.min(), is_in.sum()])
    return np.array(lines, np.float64)


def graded(logit: Floats) -> npt.NDArray[np.str_]:
    """A to D by rank, in the shares of `MIX`."""
    rank = np.empty(len(logit))
    rank[np.argsort(logit, kind="stable")] = (np.arange(len(logit)) + 0.5) / len(logit)
    return np.array(list(MIX))[np.searchsorted(np.cumsum(list(MIX.values()))[:-1], rank)]


def results_of(
    batch: Batch, label: Ints, is_in: npt.NDArray[np.bool_]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Visits and findings of each stratum."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for at in np.flatnonzero(is_in):
        cell = (str(batch.grade[at]), str(batch.risk_class[at]))
        visits, findings = found.get(cell, (0, 0))
        found[cell] = (visits + 1, findings + int(label[at]))
    return found


def scored(runs: Floats, *, is_greedy: bool) -> dict[str, Any]:
    """The columns of the table from runs × batches; greedy is judged by the fill-in."""
    finds = runs[:, :, 0].sum(axis=1)
    error = runs[:, :, 3 if is_greedy else 1]
    return {
        "finds": round(float(finds.mean()), 1),
        "finds_se": round(of_seeds(finds), 2),
        "visits": int(runs[0, :, 6].sum()),
        "auc": round(float(runs[:, :, 4].mean()), 4),
        "bias": round(float(error.mean()), 2),
        "bias_se": round(of_seeds(error.mean(axis=1)), 2),
        "rmse": round(root(error), 3),
        "rmse_se": round(of_seeds((error**2).mean(axis=1)) / (2 * root(error)), 3),
        "rmse_hajek": None if is_greedy else round(root(runs[:, :, 2]), 3),
        "least_pi": round(float(runs[:, :, 5].min()), 4),
    }


def root(error: Floats) -> float:
    """Root of the mean square."""
    return float(np.sqrt((error**2).mean()))


def of_seeds(values: Floats) -> float:
    """Standard error of a mean over seeds; 0 where there is one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def curve_of(figures: Mapping[str, Mapping[str, Any]]) -> tuple[list[float], list[float]]:
    """RMSE and finds of the points with a design-based estimate, RMSE ascending."""
    points = [figures[of_share(percent)] for percent in CURVE if percent]
    pairs = sorted((point["rmse"], point["finds"]) for point in points)
    return [rmse for rmse, _ in pairs], [finds for _, finds in pairs]


def chart(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Finds against RMSE as SVG: the curve of random shares, the other policies beside it.

    Bars are 95 % over seeds. Greedy has no design-based error and is left out.
    """
    lines = [
        {
            "policy": name,
            "rmse": one["rmse"],
            "finds": one["finds"],
            "low": one["finds"] - 1.96 * one["finds_se"],
            "high": one["finds"] + 1.96 * one["finds_se"],
            "left": one["rmse"] - 1.96 * one["rmse_se"],
            "right": one["rmse"] + 1.96 * one["rmse_se"],
            "kind": next(kind for kind in ("random", "weighted", SHIPPED) if name.startswith(kind)),
        }
        for name, one in figures.items()
        if name != "greedy"
    ]
    base = alt.Chart(pd.DataFrame(lines)).encode(color=alt.Color("kind:N", title=None))
    rmse = alt.X("rmse:Q", title="RMSE of a batch's prevalence, points").scale(zero=False)
    finds = alt.Y("finds:Q", title="finds in 3,486 visits").scale(zero=False)
    whole = (
        base.transform_filter("datum.kind == 'random'").mark_line().encode(x=rmse, y=finds)
        + base.mark_rule().encode(x="rmse:Q", y="low:Q", y2="high:Q")
        + base.mark_rule().encode(x="left:Q", x2="right:Q", y="finds:Q")
        + base.mark_point(filled=True).encode(x=rmse, y=finds)
        + base.mark_text(align="left", dx=6, dy=-6).encode(x=rmse, y=finds, text="policy:N")
    )
    spec = whole.properties(width=640, height=420).to_dict()
    return str(vl_convert.vegalite_to_svg(spec))


def against(one: Floats, default: Floats) -> dict[str, Any]:
    """Finds more than the default per 100 visits: the mean of the paired batches, 95 %."""
    difference = (one[:, :, 0] - default[:, :, 0]).mean(axis=0) / one[0, :, 6] * 100
    half = student.ppf(0.975, len(difference) - 1) * difference.std(ddof=1)
    half /= np.sqrt(len(difference))
    mean = float(difference.mean())
    return {
        "finds_more_per_100": round(mean, 2),
        "low": round(mean - float(half), 2),
        "high": round(mean + float(half), 2),
    }


def conclusion(
    figures: Mapping[str, Mapping[str, Any]], more: Mapping[str, Mapping[str, Any]]
) -> str:
    """Which default a supervisor gets, and why, in the figures of this run."""
    default, chance, greedy = (figures[n] for n in (SHIPPED, "random 100 %", "greedy"))

    def beside(name: str) -> str:
        one = more[name]
        return f"{one['finds_more_per_100']:+.1f} ({one['low']:+.1f} to {one['high']:+.1f})"

    return (
        "The default is the published rates by grade, equal inside a grade: "
        f"{default['finds']:.0f} finds in {default['visits']} visits, "
        f"{default['finds'] / chance['finds']:.2f} times those of chance alone; its estimate "
        f"is off by {default['bias']:+.2f} ± {2 * default['bias_se']:.2f} points on average where "
        "greedy is off by "
        f"{greedy['bias']:+.2f} for {beside('greedy')} finds per 100 visits; nobody's chance is "
        f"below {100 * default['least_pi']:.0f} %, and equals are treated alike. It is not the "
        f"best of the table: at the same rates, chances weighted by risk inside a grade give "
        f"{beside(WEIGHTED)} finds per 100 visits; 30 % random beside the top gives "
        f"{beside('random 30 %')} with an RMSE of {figures['random 30 %']['rmse']:.1f} in place "
        f"of {default['rmse']:.1f} points; adaptive ratios give {figures[ADAPTIVE]['rmse']:.1f} "
        f"points for {beside(ADAPTIVE)}."
    )


# ── the data ──────────────────────────────────────────────────────────────────────────────


def read_rows(path: Path, *, few: bool) -> Rows:
    """The rows the City modelled, with what was on record before each visit."""
    table = pd.read_parquet(path)
    table = table[table["heat_burglary"].notna()].sort_values(["Inspection_Date", "Inspection_ID"])
    table = table.reset_index(drop=True)
    label = table["criticalFound"].to_numpy(np.int64)
    past = table[["pastCritical", "pastSerious", "pastFail"]].astype(float)
    features = history(table, label)
    features = features[FEW] if few else features
    return Rows(
        features.to_numpy(np.float64),
        label,
        tuple(features.columns),
        (2 * past["pastCritical"] + past["pastSerious"] + 0.2 * past["pastFail"]).to_numpy(),
        table["Risk"].str.extract(r"(\d)")[0].astype(int).to_numpy(np.int64),
    )


def history(table: pd.DataFrame, label: Ints) -> pd.DataFrame:
    """The features of risk-models.md §3, each from strictly earlier days of the licence."""
    day = (table["Inspection_Date"] - table["Inspection_Date"].min()).dt.days.to_numpy()
    seen = pd.DataFrame(
        {
            "n": 1,
            "critical": label,
            "serious": (table["seriousCount"] > 0).astype(int),
            "minor": table["minorCount"].astype(int),
            "fail": table["fail_flag"].astype(int),
        }
    )
    keys = pd.DataFrame({"licence": table["License"].astype(int), "day": day})
    days = pd.concat([keys, seen], axis=1).groupby(["licence", "day"], as_index=False).sum()
    by_licence = days.groupby("licence")
    sums = by_licence[list(seen)].cumsum() - days[list(seen)]
    last = by_licence[list(seen)].shift(1)
    day_if_critical = days["day"].where(days["critical"] > 0)
    last_critical = day_if_critical.groupby(days["licence"]).ffill().groupby(days["licence"])
    made = pd.DataFrame(
        {
            "visits": sums["n"],
            "critical": sums["critical"],
            "last_critical": last["critical"].clip(upper=1).fillna(0),
            "last_serious": last["serious"].clip(upper=1).fillna(0),
            "last_minor": last["minor"].fillna(0),
            "last_fail": last["fail"].clip(upper=1).fillna(0),
            "second_last_critical": by_licence["critical"].shift(2).clip(upper=1).fillna(0),
            "since": (days["day"] - by_licence["day"].shift(1)).clip(upper=HISTORY_CAP),
            "since_critical": (days["day"] - last_critical.shift(1)).clip(upper=CRITICAL_CAP),
            "critical_rate": (sums["critical"] + 4 * 0.15) / (sums["n"] + 4),
            "fail_rate": (sums["fail"] + 4 * 0.2) / (sums["n"] + 4),
            "serious_mean": (sums["serious"] + 2 * 0.3) / (sums["n"] + 2),
            "minor_mean": (sums["minor"] + 2 * 3) / (sums["n"] + 2),
        }
    )
    made["since"] = made["since"].fillna(HISTORY_CAP)
    made["since_critical"] = made["since_critical"].fillna(CRITICAL_CAP)
    made = keys.merge(pd.concat([days[["licence", "day"]], made], axis=1), how="left")
    season = 2 * np.pi * table["Inspection_Date"].dt.day_of_year / 365.25
    zone = table["Zip"].astype(float).fillna(0).to_numpy()
    return pd.concat(
        [
            made.drop(columns=["licence", "day"]),
            pd.DataFrame(
                {
                    "zip_rate": rate_before(day, label, zone, days=365, prior=30),
                    "city_rate": rate_before(day, label, np.zeros(len(day)), days=90, prior=50),
                    "risk_class": table["Risk"].str.extract(r"(\d)")[0].astype(int),
                    "sine": np.sin(season),
                    "cosine": np.cos(season),
                    "burglary": table["heat_burglary"].clip(upper=70),
                    "sanitation": table["heat_sanitation"].clip(upper=70),
                    "garbage": table["heat_garbage"].clip(upper=50),
                    "old": (table["bus_ageAtInspection"] > 4).astype(int),
                    "alcohol": table["bus_caterers_liquor_license"].astype(int),
                    "tobacco": table["bus_tobacco"].astype(int),
                    "latitude": table["Latitude"].fillna(table["Latitude"].mean()),
                    "longitude": table["Longitude"].fillna(table["Longitude"].mean()),
                }
            ),
        ],
        axis=1,
    )


def rate_before(
    day: npt.NDArray[Any], label: Ints, zone: Floats, *, days: int, prior: int
) -> Floats:
    """Rate of findings of a zone in [day − days, day), drawn towards 15 %."""
    rate = np.empty(len(day))
    for one in np.unique(zone):
        here = np.flatnonzero(zone == one)
        total = np.concatenate([[0], np.cumsum(label[here])])
        end = np.searchsorted(day[here], day[here])
        start = np.searchsorted(day[here], day[here] - days)
        rate[here] = (total[end] - total[start] + prior * 0.15) / (end - start + prior)
    return rate


if __name__ == "__main__":
    main()
