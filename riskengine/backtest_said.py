"""What may be concluded from a backtest, and what may not?

Each rule is a small function that says its sentence where the report calls for it; `READINGS` is
the list, in the order of reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from riskengine.backtest_report import MICRO, BacktestReport, Gap
from riskengine.errors import Sentence, sentence
from riskengine.metrics import metric_of
from riskengine.regret import RULES

FEW = 5
"""Fewer windows than this do not rank models."""
COMPARED = ("auc", "days_earlier")
DECIMALS = {"days_earlier": 1}
Words = dict[str, object]


def readings(report: BacktestReport) -> tuple[Sentence, ...]:
    """The sentences of a report."""
    return tuple(said for reading in READINGS for said in reading(report))


def rules_of_today(report: BacktestReport) -> Iterator[Sentence]:
    told = report.told
    if told.is_todays_pack:
        yield sentence("backtest_today", pack=told.pack, day=told.rules_on)


def figures_read(report: BacktestReport) -> Iterator[Sentence]:
    if names := report.told.indicators:
        zh, en = "、".join(names), ", ".join(names)
        yield sentence("backtest_indicators", count=len(names), names_zh=zh, names_en=en)


def days_won(report: BacktestReport) -> Iterator[Sentence]:
    found = report.means[report.best]["days_earlier"]
    yield sentence(
        "backtest_days",
        **named(report, report.best),
        **both("days", earlier(found.value)),
        **both("interval", earlier_between(found.low, found.high)),
        **both("chance", earlier(report.chance_days)),
        **both("oracle", earlier(report.oracle_days)),
    )


def better_than(report: BacktestReport) -> Iterator[Sentence]:
    """Whom the best is better than beyond chance, and whom it cannot be told from."""
    for metric in COMPARED:
        gaps = dict(against(report, report.best, metric))
        yield from listed(report, "backtest_better", metric, gaps, beyond=True)
        yield from listed(report, "backtest_alike", metric, gaps, beyond=False)


def listed(
    report: BacktestReport, code: str, metric: str, gaps: dict[str, Gap], *, beyond: bool
) -> Iterator[Sentence]:
    others = {name: gap for name, gap in gaps.items() if (gap.better == report.best) == beyond}
    if others:
        how = metric_of(metric)
        yield sentence(
            code,
            **named(report, report.best),
            metric_zh=how.zh,
            metric_en=how.en,
            others_zh="、".join(f"“{report.names[n][0]}”（{told(g)}）" for n, g in others.items()),
            others_en=", ".join(f"“{report.names[n][1]}” ({told(g)})" for n, g in others.items()),
        )


def against(report: BacktestReport, best: str, metric: str) -> Iterator[tuple[str, Gap]]:
    """Contender → how far the best is above it, in a metric."""
    shown = {*report.could_plan, "practice"}
    for gap in report.differences:
        if gap.metric != metric or best not in (gap.one, gap.other):
            continue
        other = gap.other if gap.one == best else gap.one
        if other in shown:
            yield other, gap if gap.one == best else turned(gap)


def turned(gap: Gap) -> Gap:
    value, low, high = (None if x is None else -x for x in (gap.value, gap.high, gap.low))
    return Gap(gap.other, gap.one, gap.metric, value, low, high, gap.better)


def next_choice(report: BacktestReport) -> Iterator[Sentence]:
    chosen = report.chosen
    if chosen is None:
        return
    rule = next(one for one in RULES if one.name == chosen.rule)
    metric = metric_of(chosen.metric)
    is_sure = chosen.gain.low is not None and chosen.gain.low > 0
    code = "backtest_next" if is_sure else "backtest_next_unsure"
    if chosen.model == chosen.first:
        code = "backtest_next_simplest"
    gain = number(chosen.gain.value, chosen.metric)
    yield sentence(
        code,
        **named(report, chosen.model),
        **named(report, chosen.first, "first"),
        windows=chosen.windows,
        rule_zh=rule.zh,
        rule_en=rule.en,
        metric_zh=metric.zh,
        metric_en=metric.en,
        regret=number(chosen.mean_regret, chosen.metric),
        chance=number(chosen.by_chance, chosen.metric),
        gain=gain,
    )


def officers(report: BacktestReport) -> Iterator[Sentence]:
    """How much of the order is who visits rather than who is visited."""
    found = report.means[report.best]
    if "within_auc" not in found:
        yield sentence("backtest_no_officers")
        return
    raw, within = (number(found[name].value, name) for name in ("auc", "within_auc"))
    yield sentence("backtest_officers", **named(report, report.best), raw=raw, within=within)


def selective(report: BacktestReport) -> Iterator[Sentence]:
    yield sentence("backtest_selective")


def many_at_once(report: BacktestReport) -> Iterator[Sentence]:
    yield sentence("backtest_many")


def few_windows(report: BacktestReport) -> Iterator[Sentence]:
    windows = len(report.windows)
    if windows == 1:
        yield sentence("backtest_one_window")
    elif windows < FEW:
        yield sentence("backtest_few_windows", windows=windows, least=FEW)


def passed_over(report: BacktestReport) -> Iterator[Sentence]:
    if report.passed:
        days = [str(one.first) for one in report.passed]
        yield sentence(
            "backtest_passed", windows=len(days), days_zh="、".join(days), days_en=", ".join(days)
        )


READINGS: tuple[Callable[[BacktestReport], Iterator[Sentence]], ...] = (
    rules_of_today,
    figures_read,
    days_won,
    better_than,
    next_choice,
    officers,
    selective,
    many_at_once,
    few_windows,
    passed_over,
)


def named(report: BacktestReport, name: str, place: str = "model") -> Words:
    zh, en = report.names[name]
    return {f"{place}_zh": zh, f"{place}_en": en}


def both(place: str, words: Sentence) -> Words:
    return {f"{place}_zh": words.zh, f"{place}_en": words.en}


def earlier(value: int | None) -> Sentence:
    """Days by which findings come earlier; below zero they come later, and are said to.

    >>> earlier(3_460_000).zh, earlier(-13_300_000).zh, earlier(-13_300_000).en
    ('提前 3.5 天', '推迟 13.3 天', '13.3 days later')
    """
    if value is None:
        return sentence("days_unknown")
    days = rounded(value, DECIMALS["days_earlier"])
    return sentence("days_later" if days < 0 else "days_earlier", days=f"{abs(days):.1f}")


def earlier_between(low: int | None, high: int | None) -> Sentence:
    """The interval of such days.

    >>> earlier_between(-1_200_000, 3_000_000).zh, earlier_between(1_200_000, 3_000_000).zh
    ('推迟 1.2 天到提前 3.0 天', '提前 1.2–3.0 天')
    >>> earlier_between(-5_000_000, -1_200_000).en
    '1.2–5.0 days later'
    """
    if low is None or high is None:
        return sentence("days_unknown")
    ends = [rounded(end, DECIMALS["days_earlier"]) for end in (low, high)]
    if ends[0] < 0 <= ends[1]:
        first, last = earlier(low), earlier(high)
        return sentence("days_from_to", **both("first", first), **both("last", last))
    least, most = sorted(map(abs, ends))
    code = "days_later" if ends[0] < 0 else "days_earlier"
    return sentence(code, days=f"{least:.1f}–{most:.1f}")


def number(value: int | None, metric: str) -> str:
    """A figure as it is read.

    >>> number(684_321, "auc"), number(7_460_000, "days_earlier"), number(None, "auc")
    ('0.684', '7.5', '–')
    """
    if value is None:
        return "–"
    digits = DECIMALS.get(metric, 3)
    return f"{rounded(value, digits):.{digits}f}"


def rounded(value: int, digits: int) -> float:
    """What is shown of a figure; never a negative zero.

    >>> str(rounded(-4_000, 1))
    '0.0'
    """
    return round(value / MICRO, digits) + 0.0


def interval(low: int | None, high: int | None, metric: str) -> str:
    """
    >>> interval(610_000, 690_000, "auc"), interval(-1_200_000, 3_000_000, "days_earlier")
    ('0.610–0.690', '-1.2–3.0')
    """
    if low is None or high is None:
        return "–"
    return f"{number(low, metric)}–{number(high, metric)}"


def told(gap: Gap) -> str:
    """A difference with its interval, signed."""
    digits = DECIMALS.get(gap.metric, 3)
    parts = [
        "–" if x is None else f"{rounded(x, digits):+.{digits}f}"
        for x in (gap.value, gap.low, gap.high)
    ]
    return f"{parts[0]} [{parts[1]}, {parts[2]}]"
