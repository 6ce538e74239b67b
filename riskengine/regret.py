"""Which model should be used next, judged by how such a choice would have done so far?

In every window a rule chooses among the models by what was known before it, and the regret is what
the best model of that window had more. The rule with the least regret over the windows makes the
choice for the next one. The idea of a table of such rules is that of triage's audition (dssg).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from riskengine.errors import Sentence, sentence
from riskengine.estimate import Floats
from riskengine.metrics import Metric
from riskengine.resample import Interval, over_windows

LEAST_PAST = 1
"""Windows a rule must have seen before its first choice."""
FADING = 0.5
"""What a window weighs against the one after it, where recent ones count more."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to choose: figures so far (models × windows, more is better) → row of the model.

    Of equals the model listed first is chosen: list the simplest first.
    """

    name: str
    zh: str
    en: str
    choose: Callable[[Floats], int]


def best_average(past: Floats) -> int:
    """The best mean over all windows so far."""
    return int(past.mean(axis=1).argmax())


def best_last(past: Floats) -> int:
    """The best of the last window."""
    return int(past[:, -1].argmax())


def best_recent(past: Floats) -> int:
    """The best mean when each window weighs half of the one after it."""
    return int((past @ FADING ** np.arange(past.shape[1])[::-1]).argmax())


def most_often_best(past: Floats) -> int:
    """The best in most windows."""
    return int((past == past.max(axis=0)).sum(axis=1).argmax())


def least_worst_regret(past: Floats) -> int:
    """Never far behind: the least regret in its worst window."""
    return int((past.max(axis=0) - past).max(axis=1).argmin())


def steadiest(past: Floats) -> int:
    """The best mean less one standard deviation between windows."""
    return int((past.mean(axis=1) - past.std(axis=1)).argmax())


RULES: tuple[Rule, ...] = (
    Rule("best_average", "历次平均最好", "best average so far", best_average),
    Rule("best_recent", "近期平均最好", "best average, recent windows first", best_recent),
    Rule("best_last", "上一次最好", "best in the last window", best_last),
    Rule("most_often_best", "夺魁次数最多", "most often the best", most_often_best),
    Rule("least_worst_regret", "最差时落后最少", "least regret at its worst", least_worst_regret),
    Rule("steadiest", "平均减波动最好", "best average less its spread", steadiest),
)


@dataclass(frozen=True, slots=True)
class Regret:
    """How a rule, or always the same model, would have done.

    picks, regrets
        One for each window that was chosen for; a regret is 0 or more, in units of the metric.
    """

    name: str
    picks: tuple[str, ...]
    regrets: tuple[float, ...]
    mean: float
    worst: float


@dataclass(frozen=True, slots=True)
class Audition:
    """The choice for the next window and what it rests on.

    rules, always
        Least mean regret first: the rules, and each model taken in every window.
    by_chance
        Mean regret of a model picked blindly.
    gain
        Mean regret of always taking the model listed first less that of the rule, over windows.
    left_out
        Windows in which some model had no figure.
    """

    metric: str
    windows: int
    left_out: int
    rules: tuple[Regret, ...]
    always: tuple[Regret, ...]
    by_chance: float
    gain: Interval
    rule: str
    model: str
    said: Sentence


def audition(
    figures: Mapping[str, Sequence[float]], metric: Metric, rules: Sequence[Rule] = RULES
) -> Audition:
    """Choose the model for the next window.

    Parameters
    ----------
    figures
        Model → its figure in every window, in order of time; the simplest model first. At least
        two windows in which every model has one.

    The rule is chosen on the same windows it is judged by, so its regret is a little flattered.
    """
    models, table = list(figures), np.array(list(figures.values()), np.float64)
    is_whole = np.isfinite(table).all(axis=0)
    good = table[:, is_whole] * (1 if metric.better == "up" else -1)
    windows = good.shape[1]
    if windows <= LEAST_PAST:
        raise ValueError(f"{windows} windows are too few to choose by; at least {LEAST_PAST + 1}")
    chosen_for = range(LEAST_PAST, windows)
    ruled = {rule.name: [rule.choose(good[:, :at]) for at in chosen_for] for rule in rules}
    kept = {name: [row] * len(chosen_for) for row, name in enumerate(models)}
    of_rules = ranked([regret_of(name, picks, good, models) for name, picks in ruled.items()])
    of_models = ranked([regret_of(name, picks, good, models) for name, picks in kept.items()])
    rule = next(rule for rule in rules if rule.name == of_rules[0].name)
    model = models[rule.choose(good)]
    first = next(one for one in of_models if one.name == models[0])
    gain = over_windows(first.regrets, of_rules[0].regrets)
    by_chance = float(np.mean([one.mean for one in of_models]))
    said = sentence(
        "regret_next" if gain.low > 0 else "regret_next_unsure",
        model=model,
        first=models[0],
        windows=len(chosen_for),
        rule_zh=rule.zh,
        rule_en=rule.en,
        metric_zh=metric.zh,
        metric_en=metric.en,
        regret=f"{of_rules[0].mean:.3f}",
        chance=f"{by_chance:.3f}",
        gain=f"{gain.value:+.3f}",
    )
    return Audition(
        metric=metric.name,
        windows=windows,
        left_out=int((~is_whole).sum()),
        rules=of_rules,
        always=of_models,
        by_chance=by_chance,
        gain=gain,
        rule=rule.name,
        model=model,
        said=said,
    )


def regret_of(name: str, picks: Sequence[int], good: Floats, models: Sequence[str]) -> Regret:
    """What the best of each window had more than the model picked for it."""
    later = good[:, good.shape[1] - len(picks) :]
    regrets = later.max(axis=0) - later[picks, np.arange(len(picks))]
    named = tuple(models[pick] for pick in picks)
    return Regret(name, named, tuple(regrets.tolist()), float(regrets.mean()), float(regrets.max()))


def ranked(regrets: Sequence[Regret]) -> tuple[Regret, ...]:
    """The least mean regret first; of equals the one listed first."""
    return tuple(sorted(regrets, key=lambda one: one.mean))
