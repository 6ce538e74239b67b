"""Are today's enterprises still like those of earlier years, and do the grades still hold?

The steps behind `riskengine drift`: measure everybody as known on a day and on the same day of
earlier years, lay the two side by side, and judge the grades and the probabilities by the visits
that a draw has chosen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from api.backtests import rules_for
from api.steps import Desk
from riskengine.calibrate import calibrate
from riskengine.card_yaml import read_card
from riskengine.drift import ALARM, Drift, FeatureDrift, came_true, drift, expected_quality
from riskengine.errors import NotAllowed, NotFound, Sentence, sentence
from riskengine.estimate import Estimate, estimate, sample_of
from riskengine.features import FEATURE, FEATURES, NAMING, RECORD, YEAR_DAYS, Features, features_for
from riskengine.fit import FittedCard, probability_of
from riskengine.grade import LETTERS, grade
from riskengine.pack import read_text
from riskengine.panel import KEYED_BY_ENTERPRISE, Panel, features_at, labels_known, panel_of
from riskengine.policy import Policy, PolicyView, Title, folder_of_pack
from riskengine.prevalence import design_calibration, in_interval, random_part
from riskengine.register import Register
from riskengine.rows import LONG_AGO
from riskengine.scorecard import score

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
MOST_YEARS = 5
"""Earlier years that are looked at: older ones say little about what is usual now."""
FIRST_FACTS = 0.01
"""Share of the facts that may be older than the register is said to begin: strays are no record."""
NAMED = {
    "sector": Title("行业", "Sector"),
    "township": Title("乡镇", "Township"),
    "score": Title("评分", "Score"),
}
"""What is compared beside the features."""
SEED = 0
"""Deals the enterprises to the parts that test a calibrator."""


@dataclass(frozen=True, slots=True)
class Line:
    """One feature beside its own past.

    is_scored
        The scorecard takes points for it.
    none_then, none_now
        Share without data, 0 to 1.
    """

    found: FeatureDrift
    title: Title
    is_scored: bool
    none_then: float
    none_now: float


@dataclass(frozen=True, slots=True)
class OfGrade:
    """What the random part says about one grade.

    said
        Mean probability by the fitted card; None where the card states none.
    is_off
        The interval of what was found does not hold it.
    """

    grade: str
    found: Estimate
    said: float | None
    is_off: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """The whole answer.

    days
        The days of earlier years that were compared with, newest first.
    begins_on
        From when on the register holds facts; None where it holds none.
    said
        On the comparison, the heaviest first.
    quality
        On what the model expects, and whether it came true.
    drawn
        On what the random part says.
    """

    as_of: dt.date
    days: tuple[dt.date, ...]
    begins_on: dt.date | None
    enterprises: int
    lines: tuple[Line, ...]
    said: tuple[Sentence, ...]
    quality: tuple[Sentence, ...]
    grades: tuple[OfGrade, ...]
    drawn: tuple[Sentence, ...]

    @property
    def is_alarm(self) -> bool:
        """Whether anything has moved far, or is new."""
        return any(line.found.level == "alarm" or line.found.unseen for line in self.lines)


def check_drift(desk: Desk, *, as_of: dt.date, pack: str, today: dt.date) -> Checked:
    """Compare the enterprises as known at the start of a day with those of earlier years."""
    if as_of > today + dt.timedelta(days=1):
        raise NotAllowed("as_of_future", as_of=as_of)
    register = desk.store.load_register()
    known = register.as_of(as_of).tables["enterprises"]
    listed = known.filter(known["closed_on"].is_null())
    if not listed.num_rows:
        raise NotFound("nothing_imported", day=as_of)
    view, _ = rules_for(desk.policy, as_of, today)
    begins = begins_on(register, as_of)
    window_days = view.scorecard.features.window_days
    days, is_short = reference_days(as_of, begins, window_days)
    table, ids, on = measured(register, view, known, (as_of, *days))
    is_now = on == np.datetime64(as_of)
    lines, whole = compared(view, table, ids, on, as_of) if days else ((), None)
    card = fitted_card(desk.policy, as_of, pack)
    quality, grades, drawn = record_of(desk.policy, register, view, card, as_of)
    return Checked(
        as_of,
        days,
        begins,
        int(is_now.sum()),
        lines,
        tuple(told(as_of, days, begins, window_days if is_short else 0, whole, lines)),
        (*expected(card, table.filter(pa.array(is_now))), *quality),
        grades,
        drawn,
    )


# ── the same day of earlier years ─────────────────────────────────────────────────────────


def begins_on(register: Register, as_of: dt.date) -> dt.date | None:
    """From when on facts were recorded, but for strays; None without any."""
    tables = register.as_of(as_of).tables
    names = [name for name in KEYED_BY_ENTERPRISE if name in tables and name != "enterprises"]
    known_on = np.concatenate([tables[name]["known_on"].to_numpy() for name in names])
    known_on = np.sort(known_on.astype("datetime64[D]")[known_on > np.datetime64(LONG_AGO)])
    if not len(known_on):
        return None
    begins: dt.date = known_on[int(len(known_on) * FIRST_FACTS)].astype(object)
    return begins


def reference_days(
    as_of: dt.date, begins: dt.date | None, window_days: int
) -> tuple[tuple[dt.date, ...], bool]:
    """The same day of earlier years, and whether the register was too young for it then.

    Features look back as far as the window of the pack, many a year. Days with all of that on
    record are preferred, then those with a year, then the newest.

    >>> reference_days(dt.date(2026, 12, 1), dt.date(2022, 6, 1), 1095)
    ((datetime.date(2025, 12, 1),), False)
    >>> reference_days(dt.date(2026, 12, 1), dt.date(2025, 6, 1), 1095)
    ((datetime.date(2025, 12, 1),), True)
    >>> reference_days(dt.date(2026, 12, 1), dt.date(2026, 6, 1), 1095)
    ((), False)
    """
    if begins is None:
        return (), False
    days = [years_before(as_of, years) for years in range(1, MOST_YEARS + 1)]
    days = [day for day in days if begins < day]
    for least in (window_days, YEAR_DAYS):
        if old := tuple(day for day in days if (day - begins).days >= least):
            return (old, False) if least == window_days else (old[:1], True)
    return tuple(days[:1]), bool(days)


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day of an earlier year.

    >>> years_before(dt.date(2028, 2, 29), 1)
    datetime.date(2027, 2, 28)
    """
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=last)


def measured(
    register: Register, view: PolicyView, enterprises: pa.Table, days: Sequence[dt.date]
) -> tuple[pa.Table, npt.NDArray[np.str_], Days]:
    """Everybody who was open on each of the days as known then, with the score; whom, and when."""
    opened = enterprises["opened_on"].fill_null(dt.date.min).to_numpy().astype("datetime64[D]")
    every = np.array(enterprises["enterprise_id"].to_pylist(), np.str_)
    places = [np.flatnonzero(opened <= np.datetime64(day)) for day in days]
    ids = np.concatenate([every[place] for place in places])
    on = np.repeat(np.array(days, "datetime64[D]"), [len(place) for place in places])
    found = features_at(register, view.scorecard.features, pa.array(ids.tolist()), on)
    # a row is missing where the enterprise was closed by then
    kept = pc.cast(found["enterprise_id"], pa.int64()).to_numpy()
    points = score(Features(days[0], view.digest, "", found), view).table["score"]
    return found.append_column("score", points), ids[kept], on[kept]


def compared(
    view: PolicyView, table: pa.Table, ids: npt.NDArray[np.str_], on: Days, as_of: dt.date
) -> tuple[tuple[Line, ...], Drift]:
    """Each feature of the pack, sector, township and score: alarms first, then what is scored."""
    town = table["township"]
    table = table.set_column(
        table.column_names.index("township"),
        "township",
        pc.if_else(pc.equal(town, ""), pa.scalar(None, pa.string()), town),
    )
    table = table.select([*(one.name for one in features_for(view)), *NAMED])
    titles = {name: title_of(name) for name in table.column_names}
    end = as_of + dt.timedelta(days=1)
    found = drift(table, on, first=as_of, end=end, enterprise_id=ids, titles=titles)
    is_now = on == np.datetime64(as_of)
    scored = {item.feature for item in view.scorecard.items} | {"score"}
    lines = []
    for one in found.features:
        none = table[one.feature].is_null().to_numpy()
        shares = float(none[~is_now].mean()), float(none[is_now].mean())
        lines.append(Line(one, titles[one.feature], one.feature in scored, *shares))
    order = ("alarm", "watch", "steady")
    lines.sort(
        key=lambda line: (order.index(line.found.level), not line.is_scored, -line.found.psi)
    )
    return tuple(lines), found


def title_of(name: str) -> Title:
    return NAMED[name] if name in NAMED else FEATURE[name].title


def told(
    as_of: dt.date,
    days: Sequence[dt.date],
    begins: dt.date | None,
    lacking_days: int,
    whole: Drift | None,
    lines: Sequence[Line],
) -> Iterator[Sentence]:
    """What has to be known first, and then what has moved, the heaviest first.

    lacking_days
        How far features look back, where the register did not reach as far.
    """
    if begins is None:
        yield sentence("drift_no_facts", as_of=as_of)
        return
    if whole is None:
        yield sentence("drift_young", begins=begins, as_of=as_of, later=years_before(begins, -1))
        return
    if not lines:
        yield sentence("drift_nobody_then", as_of=as_of, **each("days", map(str, days)))
        return
    loud = sum(line.found.level == "alarm" for line in lines)
    yield sentence(
        "drift_list_found" if loud else "drift_list_none",
        as_of=as_of, **each("days", map(str, days)), now=whole.current_rows,
        then=whole.reference_rows, features=len(lines), loud=loud,
    )  # fmt: skip
    if lacking_days:
        yield sentence("drift_short", begins=begins, then=days[-1], days=lacking_days)
    widest = max(line.found.limit for line in lines)
    if widest > ALARM:
        yield sentence("drift_small", now=whole.current_rows, limit=f"{widest:.2f}")
    for line in lines:
        yield from (one for one in line.found.said if one.code != "drift_unseen")
        if line.found.unseen:
            values, rows = zip(*line.found.unseen, strict=True)
            yield sentence(
                "drift_new_value", feature_zh=line.title.zh, feature_en=line.title.en,
                **each("values", values), rows=sum(rows),
            )  # fmt: skip


def each(fact: str, values: Iterable[str]) -> dict[str, str]:
    """Several values as one fact, in both languages."""
    found = list(values)
    return {f"{fact}_zh": "、".join(found), f"{fact}_en": ", ".join(found)}


# ── what the model expects ────────────────────────────────────────────────────────────────


def fitted_card(policy: Policy, as_of: dt.date, pack: str) -> FittedCard | None:
    """The fitted card that the pack applies on a day, with its way to a probability."""
    signed = policy.card_on(as_of)
    if signed is None:
        return None
    return read_card(read_text(folder_of_pack(pack).joinpath(signed.folder), "card.json"))


def expected(card: FittedCard | None, table: pa.Table) -> Iterator[Sentence]:
    """How good the order is if the probabilities are right: said before any result is known."""
    if card is None:
        yield sentence("drift_no_probability")
        return
    one = expected_quality(probability_of(card, table))
    yield sentence(
        "drift_expected", rows=one.rows, findings=round(one.findings), low=round(one.low),
        high=round(one.high), auc=f"{one.auc:.3f}", precision=f"{100 * one.precision:.0f}%",
        brier=f"{one.brier:.3f}",
    )  # fmt: skip


# ── what the record says ──────────────────────────────────────────────────────────────────


def record_of(
    policy: Policy,
    register: Register,
    view: PolicyView,
    card: FittedCard | None,
    as_of: dt.date,
) -> tuple[tuple[Sentence, ...], tuple[OfGrade, ...], tuple[Sentence, ...]]:
    """Whether it came true since the card is in force; the grades of the random part; its words."""
    visits = register.as_of(as_of).tables["inspections"]
    nothing = sentence("drift_nobody_drawn")
    if card is None and visits["pi"].null_count == visits.num_rows:
        return (), (), (nothing,)
    panel = panel_of(register, view.scorecard.features)
    label = labels_known(register, panel, as_of)
    chance = None if card is None else probability_of(card, panel.features)
    true = []
    signed = policy.card_on(as_of)
    if chance is not None and signed is not None:
        since = (label >= 0) & (panel.visited_on >= np.datetime64(signed.since))
        if since.any():
            true.append(came_true(label[since].astype(np.int64), chance[since]).said)
    is_seen = pa.array(label >= 0)
    drawn, place = random_part(panel.table.filter(is_seen), label[label >= 0].astype(np.int64))
    if not drawn:
        return tuple(true), (), (nothing,)
    rows = np.flatnonzero(label >= 0)[place]
    letters = grades_then(panel, view, rows)
    of_drawn = None if chance is None else chance[rows]
    grades = tuple(by_grade(drawn, letters, of_drawn))
    words = [in_order(grades)]
    if of_drawn is None:
        words.append(sentence("drift_nothing_to_calibrate"))
    else:
        rng = np.random.default_rng(SEED)
        words += [
            design_calibration(drawn, of_drawn).in_words,
            calibrate(drawn, of_drawn, rng=rng).said,
        ]
    return tuple(true), grades, tuple(words)


def grades_then(panel: Panel, view: PolicyView, rows: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """The grade of each visited enterprise by today's rules, from what was known before it."""
    at = pa.array(rows)
    ids = pa.array([f"{number:09d}" for number in range(len(rows))])
    whole = panel.table.take(at)
    naming = {"enterprise_id": ids, "name": ids}
    naming |= {name: whole[name] for name in NAMING if name not in naming}
    features = {one.name: panel.features[one.name].take(at) for one in (*FEATURES, *RECORD)}
    table = pa.table({**naming, **features})
    found = grade(score(Features(view.on, view.digest, "", table), view), view)
    return np.array(found.table["grade"].to_pylist(), np.str_)


def by_grade(
    drawn: Sequence[Any], letters: npt.NDArray[np.str_], chance: Floats | None
) -> Iterator[OfGrade]:
    """The design-based rate of each grade, beside what the card said of it."""
    sample = sample_of(drawn)
    letters = letters[sample.place]
    for letter in LETTERS:
        is_in = letters == letter
        weight = sample.weight[is_in]
        listed = max(round(float(weight.sum())), int(is_in.sum()))
        found = estimate(sample, is_in, listed=listed)
        if not found.results:
            continue
        said = None
        if chance is not None:
            said = float(weight @ chance[sample.place][is_in] / weight.sum())
        yield OfGrade(letter, found, said, said is not None and not in_interval(said, found))


def in_order(grades: Sequence[OfGrade]) -> Sentence:
    """Whether a worse grade is found out more often, as it should be."""
    rated = [one for one in grades if one.found.rate_bp is not None]
    pairs = list(pairwise(rated))
    results = sum(one.found.results for one in grades)
    facts = {"results": results, **each("grades", [one.grade for one in rated])}
    if not pairs:
        return sentence("drift_grades_unknown", results=results)
    for better, worse in pairs:
        if (worse.found.high_bp or 0) < (better.found.low_bp or 0):
            return sentence(
                "drift_grades_turned", results=results, better=better.grade, worse=worse.grade
            )
    if all((a.found.high_bp or 0) < (b.found.low_bp or 0) for a, b in pairs):
        return sentence("drift_grades_rise", **facts)
    return sentence("drift_grades_overlap", **facts)
