"""Do the formulas that come with the engine keep what their packs promise?"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskengine.errors import BadFacts, NotInForce, PolicyError
from riskengine.formula import evaluate, evaluate_all, formula_packs, read_formula

ON = dt.date(2026, 12, 1)
PACK = {name: read_formula(name) for name in formula_packs()}
CLASSES = ("MI", "SI", "VSI", "MSI")


def values(pack: str, on: dt.date = ON, **facts: Any) -> Any:
    return evaluate(PACK[pack], facts, on=on).values


# ── EU 2022/695 ─────────────────────────────────────────────────────────────────────────

check = st.fixed_dictionaries(
    {"N": st.integers(1, 5), "n": st.dictionaries(st.sampled_from(CLASSES), st.integers(0, 4))}
)
checks = st.lists(check, min_size=1, max_size=4)
BANDS_695 = ["green", "amber", "red"]


@given(checks, st.data())
def test_one_more_infringement_in_a_check_that_is_there_never_improves(
    given_checks: list[dict[str, Any]], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(given_checks) - 1))
    name = data.draw(st.sampled_from(CLASSES))
    counts = given_checks[at]["n"]
    worse = [*given_checks]
    worse[at] = {**given_checks[at], "n": {**counts, name: counts.get(name, 0) + 1}}
    before, after = (values("eu-2022-695", checks=one) for one in (given_checks, worse))
    assert after["R"] > before["R"]
    assert BANDS_695.index(after["band"]) >= BANDS_695.index(before["band"])


@given(checks, st.randoms(use_true_random=False))
def test_the_order_of_the_checks_does_not_matter(given_checks: Any, shuffle: Any) -> None:
    mixed = [*given_checks]
    shuffle.shuffle(mixed)
    assert (
        values("eu-2022-695", checks=mixed)["R"] == values("eu-2022-695", checks=given_checks)["R"]
    )


def test_one_more_check_with_a_minor_infringement_improves_the_official_rating() -> None:
    """A mean over checks is not monotone in the checks: 120 (amber) becomes 60.5 (green)."""
    bad = {"N": 1, "n": {"MSI": 1, "VSI": 1}}
    before = values("eu-2022-695", checks=[bad])
    after = values("eu-2022-695", checks=[bad, {"N": 1, "n": {"MI": 1}}])
    assert (before["R"], before["band"]) == (120, "amber")
    assert (after["R"], after["band"]) == (Fraction(121, 2), "green")
    assert PACK["eu-2022-695"].on(ON).promise.one_more == "may_improve"


def test_no_check_is_grey_and_a_clean_check_is_green() -> None:
    grey = values("eu-2022-695", checks=[])
    assert (grey["R"], grey["band"]) == (None, "grey")
    assert values("eu-2022-695", checks=[{"N": 3, "n": {}}])["band"] == "green"


def test_the_factor_stands_only_where_the_whole_fleet_was_seen() -> None:
    bad = [{"N": 1, "n": {"MSI": 1}}]
    for fleet, score in ((True, 81), (False, 90), (None, 90)):
        facts = {"checks": bad, "fleet_has_smart_tachographs": fleet}
        assert values("eu-2022-695", **facts)["R"] == score


@pytest.mark.parametrize(
    ("rule", "band"),
    [("up", "amber"), ("down", "green"), ("half_up", "amber"), ("half_even", "green")],
)
def test_rounding_between_the_bands_is_the_choice_of_the_pack(rule: str, band: str) -> None:
    formula = PACK["eu-2022-695"].overlay({"rounding": {"decimals": 0, "rule": rule}})
    facts = {"checks": [{"N": 2, "n": {"MSI": 2, "SI": 2, "MI": 1}}]}
    outcome = evaluate(formula, facts, on=ON)
    assert (outcome.values["R"], outcome.result) == (Fraction(201, 2), band)


def test_a_pack_that_does_not_round_refuses_what_lies_between() -> None:
    formula = PACK["eu-2022-695"].overlay({"rounding": {"decimals": 0, "rule": "none"}})
    with pytest.raises(PolicyError, match=r"100\.5"):
        evaluate(formula, {"checks": [{"N": 2, "n": {"MSI": 2, "SI": 2, "MI": 1}}]}, on=ON)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"checks": [{"N": 0, "n": {}}]}, "from 1"),
        ({"checks": [{"N": 1.5, "n": {}}]}, "from 1"),
        ({"checks": [{"N": 1, "n": {"XSI": 1}}]}, "XSI"),
        ({"checks": [{"N": 1, "n": {"MI": -1}}]}, "from 0"),
        ({"checks": [{"N": 1}]}, "missing"),
        ({}, "missing"),
        ({"checks": 3}, "list of records"),
        ({"checks": [], "gg": 1}, "gg"),
        ({"checks": [{"N": 1, "n": {}, "age_months": 25}]}, "two years"),
    ],
)
def test_facts_that_cannot_be_are_refused_in_one_sentence(facts: Any, words: str) -> None:
    with pytest.raises(BadFacts) as refusal:
        evaluate(PACK["eu-2022-695"], facts, on=ON)
    assert words in refusal.value.sentence.en and refusal.value.sentence.zh.endswith("。")


def test_a_formula_is_not_in_force_before_its_date() -> None:
    with pytest.raises(NotInForce):
        evaluate(PACK["eu-2022-695"], {"checks": []}, on=dt.date(2022, 5, 22))
    with pytest.raises(NotInForce):
        evaluate(PACK["ca-on-cvor-legacy"], {"adjusted_fleet": 3}, on=dt.date(2007, 4, 3))


# ── EU 2014/47 ──────────────────────────────────────────────────────────────────────────

year = st.fixed_dictionaries(
    {name: st.integers(0, 5) for name in ("DD", "MaD", "MiD")} | {"C": st.integers(1, 9)}
)


@given(
    st.lists(year, min_size=3, max_size=3), st.integers(0, 2), st.sampled_from(["DD", "MaD", "MiD"])
)
def test_one_more_deficiency_in_a_check_that_is_there_never_improves(
    years: list[dict[str, int]], at: int, name: str
) -> None:
    worse = [{**one, name: one[name] + (number == at)} for number, one in enumerate(years)]
    assert values("eu-2014-47", years=worse)["RR"] > values("eu-2014-47", years=years)["RR"]


def test_one_more_check_with_a_minor_defect_improves_the_rating_of_vehicles() -> None:
    nothing = {"DD": 0, "MaD": 0, "MiD": 0, "C": 0}
    first = {"DD": 1, "MaD": 0, "MiD": 0, "C": 1}
    second = {"DD": 1, "MaD": 0, "MiD": 1, "C": 2}
    before = values("eu-2014-47", years=[first, nothing, nothing])["RR"]
    assert values("eu-2014-47", years=[second, nothing, nothing])["RR"] < before
    assert PACK["eu-2014-47"].on(ON).promise.one_more == "may_improve"


def test_undertakings_are_banded_among_each_other() -> None:
    nothing = {"DD": 0, "MaD": 0, "MiD": 0, "C": 0}
    facts = {
        f"u{n}": {"years": [{"DD": 0, "MaD": n, "MiD": 0, "C": 1}, nothing, nothing]}
        for n in range(10)
    } | {"never": {"years": [nothing, nothing, nothing]}}
    bands = {
        name: one.values["band"]
        for name, one in evaluate_all(PACK["eu-2014-47"], facts, on=ON).items()
    }
    assert [bands[f"u{n}"] for n in range(10)] == ["low"] * 3 + ["medium"] * 5 + ["high"] * 2
    assert bands["never"] is None


def test_a_year_without_a_check_has_no_deficiencies() -> None:
    with pytest.raises(BadFacts, match="without a check"):
        values("eu-2014-47", years=[{"DD": 1, "MaD": 0, "MiD": 0, "C": 0}])


# ── ships ───────────────────────────────────────────────────────────────────────────────

PROFILES = ["LRS", "SRS", "HRS"]
WORSE = {
    "flag": [
        "white",
        "grey",
        "black_medium",
        "black_medium_to_high",
        "black_high",
        "black_very_high",
    ],
    "ro": ["high", "medium", "low", "very_low"],
    "company": ["high", "medium", "low", "very_low"],
}
ship = st.fixed_dictionaries(
    {name: st.sampled_from(order) for name, order in WORSE.items()}
    | {
        "type": st.sampled_from(["container", "oil_tanker"]),
        "age": st.integers(0, 30),
        "imo_audit": st.booleans(),
        "eu_ro": st.booleans(),
        "inspections_36m": st.integers(0, 4),
        "max_deficiencies_36m": st.integers(0, 9),
        "detentions_36m": st.integers(0, 3),
    }
)


@given(ship, st.sampled_from([*WORSE, "age", "max_deficiencies_36m", "detentions_36m"]))
def test_a_worse_fact_never_improves_the_profile_of_a_ship(
    facts: dict[str, Any], name: str
) -> None:
    order = WORSE.get(name)
    worse = order[min(order.index(facts[name]) + 1, len(order) - 1)] if order else facts[name] + 1
    before, after = (values("eu-2009-16-psc", **one) for one in (facts, {**facts, name: worse}))
    assert PROFILES.index(after["profile"]) >= PROFILES.index(before["profile"])
    assert after["points"] >= before["points"]


BEST: dict[str, Any] = {
    "type": "container", "age": 3, "flag": "white", "imo_audit": True, "ro": "high", "eu_ro": True,
    "company": "high", "detentions_36m": 0,
}  # fmt: skip


def test_a_ship_nobody_inspected_is_not_a_low_risk() -> None:
    assert values("eu-2009-16-psc", **BEST)["profile"] == "SRS"
    assert values("eu-2009-16-psc", **BEST, inspections_36m=0)["profile"] == "SRS"


def test_a_first_inspection_with_five_deficiencies_improves_the_profile_of_a_ship() -> None:
    """The official rule rewards being looked at: 0 inspections SRS, 1 with 5 deficiencies LRS."""
    seen = {**BEST, "inspections_36m": 1, "max_deficiencies_36m": 5}
    assert values("eu-2009-16-psc", **seen)["profile"] == "LRS"
    assert values("eu-2009-16-psc", **{**seen, "max_deficiencies_36m": 6})["profile"] == "SRS"
    assert PACK["eu-2009-16-psc"].on(ON).promise.one_more == "may_improve"


def test_a_ship_type_that_is_misspelt_is_refused_and_not_a_low_risk() -> None:
    facts = {"age": 1, "flag": "grey", "ro": "high", "company": "high", "detentions_36m": 0}
    with pytest.raises(BadFacts, match="oil tanker"):
        values("eu-2009-16-psc", **facts, type="oil tanker")


def test_the_threshold_of_a_ship_is_a_number_of_the_pack() -> None:
    facts = {"type": "bulk_carrier", "age": 13, "flag": "grey", "ro": "low", "company": "medium"}
    abuja = PACK["eu-2009-16-psc"].overlay({"high_risk_threshold": 4})
    assert evaluate(abuja, {**facts, "detentions_36m": 0}, on=ON).result == "HRS"
    assert values("eu-2009-16-psc", **facts, detentions_36m=0)["profile"] == "SRS"


# ── food, safety at work, thresholds ────────────────────────────────────────────────────

score = st.sampled_from([0, 5, 10, 15, 20, 25])


@given(score, score, score, st.sampled_from(["hygiene", "structure", "management"]))
def test_a_higher_score_never_improves_the_food_rating(a: int, b: int, c: int, name: str) -> None:
    facts = {"hygiene": a, "structure": b, "management": c}
    worse = {**facts, name: min(facts[name] + 5, 25)}
    assert values("uk-fhrs", **worse)["rating"] <= values("uk-fhrs", **facts)["rating"]


@given(st.lists(st.integers(1, 6), min_size=4, max_size=4), st.integers(0, 3))
def test_a_worse_element_never_improves_the_category(elements: list[int], at: int) -> None:
    order = ["C", "B2", "B1", "A"]
    worse = [min(6, one + (number == at)) for number, one in enumerate(elements)]
    before, after = (values("uk-hse-lac67", elements=one)["category"] for one in (elements, worse))
    assert order.index(after) >= order.index(before)


def test_nothing_scored_is_no_data_and_not_the_best_rating() -> None:
    assert values("uk-fhrs")["rating"] is None
    assert values("uk-hse-lac67")["category"] is None


def test_a_score_that_cannot_be_given_is_refused() -> None:
    with pytest.raises(BadFacts, match="7"):
        values("uk-fhrs", hygiene=7, structure=0, management=0)


def test_a_partial_formula_names_what_is_missing_and_fills_nothing_in() -> None:
    outcome = evaluate(PACK["ca-on-cvor-legacy"], {"adjusted_fleet": 10}, on=dt.date(2007, 3, 1))
    assert outcome.mark == "partial" and [gap.name for gap in outcome.gaps] == ["inspections"]
    assert not any("inspection" in name for name in outcome.values)


def test_the_threshold_of_a_vehicle_falls_with_the_fleet() -> None:
    march = dt.date(2007, 3, 1)
    found = [values("ca-on-cvor-legacy", march, adjusted_fleet=fleet) for fleet in range(1, 40)]
    for name in ("accident_threshold", "conviction_threshold"):
        falling = [one[name] for one in found]
        assert falling == sorted(falling, reverse=True)


# ── carriers ────────────────────────────────────────────────────────────────────────────


def hos(*inspections: tuple[int, int]) -> dict[str, Any]:
    """Inspections as (time weight, severity of its violation or 0)."""
    rows = [{"id": f"i{n}", "time_weight": weight} for n, (weight, _) in enumerate(inspections)]
    found = [
        {"insp": f"i{n}", "severity": severity, "out_of_service": False}
        for n, (_, severity) in enumerate(inspections)
        if severity
    ]
    return {"basic": "hos_compliance", "inspections": rows, "violations": found}


severities = st.lists(st.integers(1, 10), min_size=1, max_size=6)


@given(severities, st.integers(1, 10))
def test_one_more_unsafe_driving_violation_never_improves(found: list[int], more: int) -> None:
    def measure(each: list[int]) -> Any:
        rows = [{"id": f"i{n}", "time_weight": 3} for n in range(len(each))]
        violations = [
            {"insp": f"i{n}", "severity": one, "oos_weight": 0} for n, one in enumerate(each)
        ]
        facts = {"basic": "unsafe_driving", "avg_pu": 10, "segment": "straight"}
        return values("us-fmcsa-sms", **facts, inspections=rows, violations=violations)["measure"]

    assert measure([*found, more]) > measure(found)


def test_one_more_light_inspection_improves_a_measure_that_divides_by_inspections() -> None:
    before, after = (values("us-fmcsa-sms", **one) for one in (hos((3, 10)), hos((3, 10), (3, 1))))
    assert (before["measure"], after["measure"]) == (10, Fraction(11, 2))
    assert PACK["us-fmcsa-sms"].on(ON).promise.one_more == "may_improve"


def test_out_of_service_adds_two_where_the_basic_says_so() -> None:
    def severity(basic: str) -> Any:
        facts = hos((3, 5)) | {"basic": basic}
        facts["violations"][0]["out_of_service"] = True
        return values("us-fmcsa-sms", **facts)["violations.total_severity"]

    assert severity("hos_compliance") == (7,)
    assert severity("controlled_substances_alcohol") == (5,)


def test_a_carrier_is_ranked_only_with_enough_and_recent_events() -> None:
    enough, few, old = hos((3, 5), (3, 5), (3, 5)), hos((3, 5)), hos((1, 5), (1, 5), (1, 5))
    facts = {"calm": hos((3, 1), (3, 1), (3, 1)), "bad": enough, "few": few, "old": old}
    outcomes = evaluate_all(PACK["us-fmcsa-sms"], facts, on=ON)
    ranks = {name: one.values["percentile"] for name, one in outcomes.items()}
    assert ranks == {"calm": 0, "bad": 100, "few": None, "old": None}
    old["inspections"][0]["latest"] = True
    outcome = evaluate(PACK["us-fmcsa-sms"], old, on=ON)
    assert outcome.values["sufficient"] is True


def test_an_alert_needs_the_threshold_of_the_carrier_or_a_serious_finding() -> None:
    facts = {"basic": "unsafe_driving", "percentile": 64}
    assert values("us-fmcsa-sms", **facts, carrier="passenger")["basic_alert"] is True
    assert values("us-fmcsa-sms", **facts, carrier="general")["basic_alert"] is False
    found = {**facts, "carrier": "general", "acute_or_critical_violation": True}
    assert values("us-fmcsa-sms", **found)["basic_alert"] is True


def test_crashes_that_were_not_preventable_do_not_count() -> None:
    crashes = [{"type": "fatal", "time_weight": 3}, {"type": "tow", "age_months": 13}]
    facts = {"basic": "crash_indicator", "avg_pu": 1, "utilization_factor": 1, "crashes": crashes}
    assert values("us-fmcsa-sms", **facts)["measure"] == 7
    crashes[0]["not_preventable"] = True
    assert values("us-fmcsa-sms", **facts)["measure"] == 1


def test_two_high_basics_for_long_enough_are_a_high_risk() -> None:
    high = [{"of_basic": basic, "at": 90} for basic in ("hos_compliance", "unsafe_driving")]
    facts = {"all_percentiles": high, "months_high": 1, "months_since_onsite": 20}
    assert values("us-fmcsa-sms", **facts, carrier="passenger")["is_high_risk"] is True
    assert values("us-fmcsa-sms", **facts, carrier="general")["is_high_risk"] is False


BASICS = (
    "unsafe_driving", "crash_indicator", "hos_compliance", "vehicle_maintenance",
    "controlled_substances_alcohol", "hm_compliance", "driver_fitness",
)  # fmt: skip
RECOMMENDED = ["Pass", "Optional", "Inspect"]


@given(
    st.sets(st.sampled_from(BASICS)), st.sampled_from(BASICS), st.booleans(), st.integers(0, 100)
)
def test_one_more_alert_never_improves_the_recommendation(
    alerts: set[str], more: str, serious: bool, at: int
) -> None:
    def recommended(alerting: set[str]) -> int:
        basics = [{"basic": one, "percentile": at, "alert": one in alerting} for one in BASICS]
        facts = {"basics": basics, "serious_violation": serious}
        return RECOMMENDED.index(values("us-fmcsa-iss", **facts)["recommendation"])

    assert recommended(alerts | {more}) >= recommended(alerts)


def test_an_order_out_of_service_is_100_and_a_first_clean_inspection_may_lower_the_value() -> None:
    clean = {"basics": [{"basic": "hos_compliance", "percentile": 5, "alert": False}]}
    assert values("us-fmcsa-iss", **clean, out_of_service_order=True)["iss"] == 100
    assert values("us-fmcsa-iss", **clean)["recommendation"] == "Pass"
    assert values("us-fmcsa-iss", inspections=0, power_units=3, drivers=9)["iss"] == 65
    assert PACK["us-fmcsa-iss"].on(ON).promise.one_more == "may_improve"


def test_a_tier_is_ranked_by_group_and_then_by_percentiles() -> None:
    def of(*basics: tuple[str, int]) -> dict[str, Any]:
        return {"basics": [{"basic": b, "percentile": p, "alert": True} for b, p in basics]}

    carriers = {
        "two": of(("hos_compliance", 90), ("unsafe_driving", 70)),
        "seventy": of(("hos_compliance", 70)),
        "eighty": of(("hos_compliance", 80)),
    }
    outcomes = evaluate_all(PACK["us-fmcsa-iss"], carriers, on=ON)
    assert [outcomes[one].values["iss"] for one in ("two", "eighty", "seventy")] == [99, 87, 75]
