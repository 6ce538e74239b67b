"""Does a pack load only when every number in it is dated and cited, and say who says so?"""

from __future__ import annotations

import datetime as dt
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from models import find_pack
from riskengine.errors import (
    NotFound,
    NotInForce,
    PolicyError,
    RiskEngineError,
    UncitedValue,
    UnknownParameter,
)
from riskengine.policy import Policy, expand_ladder, read_policy

PACK = Path(str(find_pack("cn-transport")))
DAY = dt.date(2026, 12, 1)
CITED = {"kind": "house", "title": "本局", "where": "此处"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy("cn-transport")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def change(folder: Path, path: str, value: Any) -> Path:
    """Write `value` at a dotted path of a pack; None removes the key."""
    file, *keys, last = path.split(".")
    where = folder / f"{file}.yaml"
    content = yaml.safe_load(where.read_text(encoding="utf-8"))
    node = content
    for key in keys:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    where.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def values(*pairs: tuple[dt.date, Any]) -> dict[dt.date, Any]:
    return dict(pairs)


def leaf(*pairs: tuple[dt.date, Any]) -> dict[str, Any]:
    return {
        "meaning": {"zh": "意思", "en": "meaning"},
        "unit": "天 / day",
        "values": values(*pairs),
        "because": {day: CITED for day, _ in pairs},
    }


def test_a_name_and_its_folder_are_the_same_pack(policy: Policy) -> None:
    assert read_policy(PACK).on(DAY) == policy.on(DAY)
    assert read_policy(str(PACK)).on(DAY).digest == policy.on(DAY).digest


def test_a_pack_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no-such-pack"):
        read_policy("no-such-pack")


def test_a_formula_pack_is_not_told_to_lack_files_bug() -> None:
    with pytest.raises(PolicyError, match="是公式包，不评等级") as refusal:
        read_policy("eu-2014-47")
    assert refusal.value.code == "policy_is_formula"


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "rates.yaml").unlink()
    with pytest.raises(PolicyError, match=r"rates\.yaml"):
        read_policy(folder)


@pytest.mark.parametrize(
    ("path", "value", "error", "code"),
    [
        # a number that nobody cites
        ("roster.speed_kmh", 40, UncitedValue, "policy_uncited"),
        ("calendar.country", True, UncitedValue, "policy_uncited"),
        ("rates.mode", {"taxi": 1}, UncitedValue, "policy_uncited"),
        ("roster.speed_kmh.because", None, UncitedValue, "policy_undated"),
        ("roster.speed_kmh.because", {dt.date(2021, 1, 1): CITED}, UncitedValue, "policy_undated"),
        ("roster.speed_kmh.because", {dt.date(2020, 1, 1): "本局"}, UncitedValue, "policy_undated"),
        (
            "roster.speed_kmh.because",
            {dt.date(2020, 1, 1): CITED | {"kind": "hearsay"}},
            UncitedValue,
            "policy_bad_citation",
        ),
        (
            "roster.speed_kmh.because",
            {dt.date(2020, 1, 1): CITED | {"where": " "}},
            UncitedValue,
            "policy_bad_citation",
        ),
        # a key that is not known, or lacking
        ("roster.speed_mph", leaf((dt.date(2020, 1, 1), 20)), UnknownParameter, "policy_mistyped"),
        ("roster.speed_kmh.value", 40, UnknownParameter, "policy_mistyped"),
        ("roster.speed_kmh", None, UnknownParameter, "policy_missing"),
        ("roster.speed_kmh.unit", None, UnknownParameter, "policy_missing"),
        ("roster.speed_kmh.meaning.en", None, UnknownParameter, "policy_missing"),
        ("scorecard.items.credit_level.points", None, UnknownParameter, "policy_missing"),
        ("scorecard.items.credit_level.feature", "x", UnknownParameter, "policy_unknown"),
        # a value of another kind
        ("roster.speed_kmh.values", {dt.date(2020, 1, 1): 35.5}, PolicyError, "policy_wrong_type"),
        ("roster.speed_kmh.values", {dt.date(2020, 1, 1): True}, PolicyError, "policy_wrong_type"),
        (
            "roster.speed_kmh.values",
            {dt.date(2020, 1, 1): "08:30"},
            PolicyError,
            "policy_wrong_type",
        ),
        ("roster.speed_kmh.values", {"2020": 35}, PolicyError, "policy_wrong_type"),
        ("roster.speed_kmh.values", {}, PolicyError, "policy_wrong_type"),
        ("roster.speed_kmh.unit", 1, PolicyError, "policy_wrong_type"),
        (
            "roster.day_start_minute.values",
            {dt.date(2020, 1, 1): "25:00"},
            PolicyError,
            "policy_wrong_type",
        ),
        (
            "grades.newcomer_grade.values",
            {dt.date(2020, 1, 1): "E"},
            PolicyError,
            "policy_wrong_type",
        ),
        ("scorecard.groups", "safety", PolicyError, "policy_wrong_type"),
    ],
)
def test_a_flaw_is_refused_with_its_file_and_path(
    folder: Path, path: str, value: Any, error: type[RiskEngineError], code: str
) -> None:
    with pytest.raises(error) as refusal:
        read_policy(change(folder, path, value))
    assert refusal.value.code == code
    file, _, rest = path.partition(".")
    for text in (refusal.value.sentence.zh, refusal.value.sentence.en):
        assert f"{file}.yaml" in text
        assert f"{file}.{rest.split('.')[0]}" in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("chalenger", "challenger"), ("fited", "fitted"), ("Sectors", "sectors"), ("xyz", None)],
)
def test_a_mistyped_key_of_a_pack_is_named_with_the_one_meant_bug(
    folder: Path, typed: str, meant: str | None
) -> None:
    """The first date under it was said to lack a source."""
    entry = {"file": "a.model", "digest": "0", "approved_by": [{"name": "王某", "date": DAY}]}
    with pytest.raises(UnknownParameter, match=f"pack.{typed}") as refusal:
        read_policy(change(folder, f"pack.{typed}", {DAY: entry}))
    assert refusal.value.code == ("policy_mistyped" if meant else "policy_unknown")
    assert refusal.value.facts.get("meant") == meant


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("scorecard.items.credit_level.points.bins", [[1, 0], [2, -4]], "policy_bins_order"),
        ("scorecard.items.credit_level.points.bins", [], "policy_bins_order"),
        (
            "scorecard.items.credit_level.points.bins",
            [[0, 0], [2, -4], [2, -5]],
            "policy_bins_order",
        ),
        ("scorecard.items.credit_level.points.bins", [[0, -4], [2, 0]], "policy_bins_rise"),
        ("scorecard.items.online_rate_bp.points.bins", [[0, 0], [9000, -3]], "policy_bins_rise"),
        ("scorecard.items.penalties_grave.points.ladder.step", 0, "policy_ladder"),
        ("scorecard.items.penalties_grave.points.ladder.points", -2, "policy_ladder"),
        ("scorecard.items.penalties_grave.points.ladder.cup", 2, "policy_mistyped"),
        ("scorecard.groups.safety.cap_points", -1, "policy_negative"),
        ("scorecard.features.window_days", 0, "policy_not_positive"),
        ("scorecard.features.half_life_days.hazards", 0, "policy_not_positive"),
        ("grades.cut_points", {"A": 90, "B": 90, "C": 60}, "policy_cuts"),
        ("grades.cut_points", {"A": 90, "B": 75}, "policy_grades"),
        ("rates.yearly_permille", {"A": 10, "B": 100, "C": 500}, "policy_grades"),
        ("rates.sector_yearly_cap.station", {"A": 1}, "policy_grades"),
        ("rates.yearly_permille.A", -1, "policy_negative"),
        ("rates.reveal_hours", 0, "policy_not_positive"),
        ("rates.sector_floor_permille.airline", 100, "policy_sector"),
        ("rates.key_sectors", ["airline"], "policy_sector"),
        ("rates.once_a_year", ["airline"], "policy_sector"),
        ("rates.gap.floor_permille", 0, "policy_between"),
        ("rates.gap.most_permille", 100, "policy_between"),
        ("rates.gap.largest_permille", 1001, "policy_between"),
        ("rates.together", "ignore", "policy_wrong_type"),
        ("rates.harm_weight", {"taxi": 100}, "policy_sector_missing"),
        ("roster.lunch_latest_minute", "17:00", "policy_day"),
        ("roster.lunch_earliest_minute", "08:00", "policy_day"),
        ("roster.speed_kmh", 0, "policy_not_positive"),
        ("roster.visit_minutes.taxi", 0, "policy_not_positive"),
        ("roster.visit_mode", {"airline": "written"}, "policy_sector"),
        ("roster.visit_mode", {"taxi": "by_post"}, "policy_wrong_type"),
        ("roster.desk_minutes", {"written": 60}, "policy_desk"),
        ("roster.desk_minutes", {"written": 60, "online": 45, "on_site": 5}, "policy_desk_unknown"),
        ("roster.desk_minutes.online", 0, "policy_not_positive"),
        ("roster.day_split", "thirds", "policy_wrong_type"),
        ("roster.coverage_least_permille", {"airline": 500}, "policy_sector"),
        ("roster.coverage_least_permille", {"taxi": 1001}, "policy_between"),
        ("roster.peak_coverage_permille", -1, "policy_between"),
        ("rates.levels", ["grade", "sector", "grade"], "policy_levels"),
        ("roster.other_permille", 900, "policy_shares"),
        ("calendar.overrides", {"2027-02-30": "rest"}, "policy_override"),
        (
            "calendar.peaks",
            [
                {
                    "name": {"zh": "倒置", "en": "backwards"},
                    "first": dt.date(2026, 5, 2),
                    "last": dt.date(2026, 5, 1),
                    "routine_permille": 500,
                    "full_sectors": [],
                }
            ],
            "policy_peak",
        ),
    ],
)
def test_rules_that_contradict_each_other_are_refused(
    policy: Policy, name: str, value: Any, code: str
) -> None:
    with pytest.raises(PolicyError) as refusal:
        policy.overlay({name: value})
    assert refusal.value.code == code


def test_an_item_in_no_group_is_refused(folder: Path) -> None:
    with pytest.raises(PolicyError) as refusal:
        read_policy(change(folder, "scorecard.items.credit_level.group", "weather"))
    assert refusal.value.code == "policy_group"


def test_the_same_key_twice_is_refused(folder: Path) -> None:
    with (folder / "roster.yaml").open("a", encoding="utf-8") as file:
        file.write("\nspeed_kmh: {}\n")
    with pytest.raises(PolicyError) as refusal:
        read_policy(folder)
    assert refusal.value.code == "policy_key_twice"


def test_yaml_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "rates.yaml").write_text("{", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"rates\.yaml"):
        read_policy(folder)


def test_the_newest_value_not_after_the_date_counts(folder: Path) -> None:
    first, second = dt.date(2020, 1, 1), dt.date(2026, 7, 1)
    policy = read_policy(change(folder, "grades.newcomer_days", leaf((first, 180), (second, 90))))
    assert policy.on(dt.date(2026, 6, 30)).grades.newcomer_days == 180
    assert policy.on(second).grades.newcomer_days == 90
    assert policy.why("grades.newcomer_days", on=dt.date(2026, 6, 30)).since == first
    assert policy.why("grades.newcomer_days").since == second


def test_before_its_first_date_a_parameter_is_not_in_force(policy: Policy) -> None:
    with pytest.raises(NotInForce, match="2019-12-31") as refusal:
        policy.on(dt.date(2019, 12, 31))
    assert "2020-01-01" in refusal.value.sentence.en
    with pytest.raises(NotInForce, match=r"rates\.yearly_permille"):
        policy.why("rates.yearly_permille", on=dt.date(2019, 12, 31))


def test_a_repealed_parameter_is_not_in_force(folder: Path) -> None:
    first, repealed = dt.date(2020, 1, 1), dt.date(2026, 7, 1)
    policy = read_policy(
        change(folder, "grades.newcomer_days", leaf((first, 180), (repealed, None)))
    )
    assert policy.on(dt.date(2026, 6, 30)).grades.newcomer_days == 180
    with pytest.raises(NotInForce, match=r"grades\.newcomer_days.*2026-07-01"):
        policy.on(repealed)


def test_a_pack_that_is_never_in_force_is_refused(folder: Path) -> None:
    with pytest.raises(NotInForce, match=r"grades\.newcomer_days"):
        read_policy(change(folder, "grades.newcomer_days", leaf((dt.date(2020, 1, 1), None))))


def test_a_flaw_of_a_later_date_shows_at_load(folder: Path) -> None:
    later = leaf((dt.date(2020, 1, 1), 35), (dt.date(2030, 1, 1), 0))
    with pytest.raises(PolicyError, match=r"roster\.speed_kmh"):
        read_policy(change(folder, "roster.speed_kmh", later))


def test_why_says_who_and_in_which_unit(policy: Policy) -> None:
    because = policy.why("roster.officers_per_visit", on=DAY)
    assert because.kind == "law"
    assert "行政处罚法" in because.title
    assert because.unit == "人 / person"
    assert because.since == dt.date(2020, 1, 1)


def test_why_of_a_part_is_the_source_of_its_table(policy: Policy) -> None:
    assert policy.why("rates.yearly_permille.D") == policy.why("rates.yearly_permille")


@pytest.mark.parametrize("name", ["rates", "rates.yearly", "nothing", "rates.yearly_permille.E"])
def test_why_of_what_is_no_parameter_is_refused(policy: Policy, name: str) -> None:
    with pytest.raises(UnknownParameter, match=name):
        policy.why(name)


def test_clock_times_are_minutes_after_midnight(policy: Policy) -> None:
    assert policy.on(DAY).roster.day_start_minute == 8 * 60 + 30
    nine = policy.overlay({"roster.day_start_minute": "09:00"})
    assert nine.on(DAY).roster.day_start_minute == 9 * 60


def test_an_assumption_says_that_it_is_one(policy: Policy) -> None:
    assumed = policy.overlay({"rates.yearly_permille.D": 1000})
    assert assumed.on(DAY).rates.yearly_permille == {"A": 10, "B": 100, "C": 500, "D": 1000}
    because = assumed.why("rates.yearly_permille.D", on=DAY)
    assert (because.kind, because.title) == ("house", "假设 / what-if")
    assert assumed.why("rates.ceiling_permille") == policy.why("rates.ceiling_permille")


def test_an_assumption_may_name_a_sector_the_table_leaves_out(policy: Policy) -> None:
    assumed = policy.overlay({"rates.sector_floor_permille.taxi": 300})
    assert assumed.on(DAY).rates.sector_floor_permille["taxi"] == 300
    assert "taxi" not in policy.on(DAY).rates.sector_floor_permille


@pytest.mark.parametrize("name", ["rates.yearly", "rates", "rates.yearly_permille.D.x"])
def test_an_assumption_about_nothing_is_refused(policy: Policy, name: str) -> None:
    with pytest.raises(UnknownParameter):
        policy.overlay({name: 1})


def test_the_digest_names_the_values_not_the_day(policy: Policy) -> None:
    assert policy.on(DAY).digest == policy.on(DAY + dt.timedelta(days=1)).digest
    assert policy.on(DAY).digest != policy.on(dt.date(2025, 1, 1)).digest  # the notice for 2026


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["A", "B", "C", "D"]), st.integers(0, 20_000))
def test_equal_digests_mean_equal_rules(policy: Policy, grade: str, permille: int) -> None:
    now, then = policy.on(DAY), policy.overlay({f"rates.yearly_permille.{grade}": permille}).on(DAY)
    assert (now.digest == then.digest) == (now == then)


@given(st.integers(1, 10**6), st.integers(1, 50), st.integers(0, 200))
def test_a_ladder_never_rises_and_ends_at_its_cap(step: int, points: int, cap: int) -> None:
    bins = expand_ladder(step, points, cap)
    assert bins[0] == [0, 0]
    assert bins[-1][1] == -cap
    for (start, before), (end, after) in pairwise(bins):
        assert end - start == step
        assert 0 < before - after <= points
