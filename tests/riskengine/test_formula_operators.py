"""Does each operator of the pack language do what it says, and rise where it promises to?"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskengine.errors import BadFacts, PolicyError
from riskengine.formula import arithmetic, decisions, ranks
from riskengine.formula.numbers import exact, power, rounded, shown, text_of
from riskengine.formula.operators import CHECKS, OPERATOR, OPERATORS
from riskengine.formula.rows import Rule, holds, is_met, span_title, spans_of

F = Fraction

BANDS = spans_of(
    (
        {"no_data": True, "is": "grey"},
        {"from": 0, "to": 100, "is": "green"},
        {"from": 101, "is": "red"},
    ),
    "bands",
)
AGES = spans_of(({"to": 6, "factor": 3}, {"above": 6, "to": 12, "factor": 2}), "ages")
MILES = spans_of(
    (
        {"below": 80, "intercept": 1, "slope": 0},
        {"from": 80, "to": 160, "intercept": F(2, 5), "slope": F(3, 400)},
    ),
    "miles",
)
FLEETS = spans_of(
    (
        {"from": 1, "to": 25, "coefficient": F("0.2226"), "exponent": F(-1, 2)},
        {"from": 26, "coefficient": F("0.0436"), "exponent": 0},
    ),
    "fleets",
)
HYGIENE = spans_of(
    (
        {"from": 0, "to": 15, "worst_at_most": 5, "is": 5},
        {"from": 20, "to": 20, "worst_at_most": 10, "is": 4},
        {"from": 25, "is": 0},
    ),
    "hygiene",
)
SHARES = spans_of(({"to": F(3, 10), "is": "low"}, {"above": F(3, 10), "is": "high"}), "shares")
YES, NO = Rule(True, {"points": 2, "is": "a"}), Rule(False, {"points": 1, "is": "b"})
PEERS = {
    "group": 1,
    "peers": (10, 20, 30, 99, 40),
    "peer_groups": (1, 1, 1, 2, 1),
    "peer_gates": (True, True, True, True, False),
    "is_sufficient": True,
}

EXAMPLES: dict[str, list[tuple[dict[str, Any], Any]]] = {
    "weigh": [({"counts": {"MSI": 1, "VSI": 1}, "weights": {"VSI": 30, "MSI": 90}}, 120)],
    "look_up": [({"key": "tow", "table": {"tow": 1, "injury": 2}}, 1)],
    "find": [({"key": "g6", "table": {"g1": 9}}, None), ({"key": "g1", "table": {"g1": 9}}, 9)],
    "step_factor": [({"age": 6, "steps": AGES}, 3), ({"age": F(13, 2), "steps": AGES}, 2)],
    "cap": [({"value": 40, "most": 30}, 30), ({"value": 20, "most": 30}, 20)],
    "add": [({"terms": (4, F(1, 2))}, F(9, 2)), ({"terms": (4, None)}, None)],
    "times": [({"factors": (3, F(1, 2))}, F(3, 2)), ({"factors": (0, None)}, None)],
    "divide": [
        ({"value": 5, "by": 3, "when_zero": "refuse"}, F(5, 3)),
        ({"value": 5, "by": 0, "when_zero": "no_data"}, None),
    ],
    "total": [({"of": (1, 2)}, 3), ({"of": ()}, 0)],
    "mean": [({"of": (120, 0)}, 60), ({"of": ()}, None), ({"of": (1, None)}, None)],
    "first": [({"of": (7, 8)}, 7), ({"of": ()}, None)],
    "pick": [
        ({"of": ("a", "b"), "where": (False, True)}, "b"),
        ({"of": ("a",), "where": (None,)}, None),
    ],
    "worst": [({"of": (2, 5, 3)}, 5), ({"of": (2, None)}, None)],
    "count": [({"of": (True, False, None)}, 1)],
    "size": [({"of": (True, None)}, 2)],
    "total_of": [({"of": (20, 20, 7), "keys": ("i1", "i1", "i2"), "key": "i1"}, 40)],
    "has_any": [({"keys": ("i1",), "key": "i1"}, True), ({"keys": ("i1",), "key": "i2"}, False)],
    "keep": [({"value": 2, "when": True}, 2), ({"value": 2, "when": None}, 0)],
    "piecewise": [
        ({"value": 120, "pieces": MILES, "when_missing": 1}, F(13, 10)),
        ({"value": None, "pieces": MILES, "when_missing": 1}, 1),
    ],
    "power_law": [
        ({"value": 4, "pieces": FLEETS, "decimals": 4}, F("0.1113")),
        ({"value": 26, "pieces": FLEETS, "decimals": 4}, F("0.0436")),
    ],
    "round_to": [({"value": F(201, 2), "decimals": 0, "rule": "up"}, 101)],
    "scale": [({"percent": 50, "low": 75, "high": 99}, 87)],
    "percent_in": [({"text": "64%"}, 64), ({"text": "Less than 5 vehicle inspections"}, None)],
    "at_least": [({"value": 5, "limit": 5}, True), ({"value": 4, "limit": 5}, False)],
    "above": [({"value": 12, "limit": 12}, False)],
    "known": [({"value": 0}, True), ({"value": None}, False)],
    "all_of": [({"rules": (YES, NO)}, False), ({"rules": (YES,)}, True)],
    "any_of": [({"rules": (NO, YES)}, True), ({"rules": (NO,)}, False)],
    "points_for": [({"rules": (YES, NO, YES)}, 4)],
    "first_match": [({"rules": (NO, YES)}, "a"), ({"rules": (NO,)}, None)],
    "band": [({"value": None, "bands": BANDS}, "grey"), ({"value": 100, "bands": BANDS}, "green")],
    "sum_and_worst": [
        ({"total": 15, "worst": 5, "rows": HYGIENE}, 5),
        ({"total": 15, "worst": 10, "rows": HYGIENE}, 4),
        ({"total": 15, "worst": 15, "rows": HYGIENE}, 0),
    ],
    "override": [
        ({"value": 3, "when": True, "by": 100}, 100),
        ({"value": 3, "when": None, "by": 9}, 3),
    ],
    "choose": [
        ({"by": "b", "among": {"a": 1, "b": None}}, None),
        ({"by": False, "among": {"no": 2}}, 2),
    ],
    "quantile_band": [
        ({"value": 1, "population": (1, 2, 3, 4), "bands": SHARES, "ties": "high"}, "low"),
        ({"value": 2, "population": (1, 2, 2, 4, None), "bands": SHARES, "ties": "low"}, "high"),
    ],
    "percentile": [
        ({"value": 30, **PEERS, "rule": "rank_min"}, 100),
        ({"value": 20, **PEERS, "rule": "rank_mean"}, F(200, 3)),
        ({"value": 20, **PEERS, "is_sufficient": False, "rule": "rank_min"}, None),
    ],
}  # fmt: skip


def test_every_operator_has_an_example() -> None:
    assert set(EXAMPLES) == set(OPERATOR)
    assert len(OPERATOR) == len(OPERATORS)


@pytest.mark.parametrize(
    ("name", "takes", "wanted"),
    [(name, takes, wanted) for name, cases in EXAMPLES.items() for takes, wanted in cases],
)
def test_an_operator_gives_what_it_says(name: str, takes: dict[str, Any], wanted: Any) -> None:
    got = OPERATOR[name].call(**takes)
    assert got == wanted
    assert isinstance(got, bool) == isinstance(wanted, bool)
    assert not isinstance(got, float)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)
def test_every_operator_says_what_it_does(operator: Any) -> None:
    assert operator.call.__doc__
    assert set(EXAMPLES[operator.name][0][0]) == set(operator.arguments)


def test_only_the_operators_that_know_no_data_are_called_with_it() -> None:
    takers = {o.name for o in OPERATORS if any(a.takes_no_data for a in o.arguments.values())}
    assert {"piecewise", "band", "override", "known", "keep"} <= takers
    assert not takers & {"weigh", "divide", "cap", "look_up", "round_to", "total", "percent_in"}


# ── refusals ────────────────────────────────────────────────────────────────────────────


def test_a_class_without_a_weight_is_refused() -> None:
    with pytest.raises(BadFacts) as refusal:
        arithmetic.weigh({"XSI": 1}, {"MI": 1})
    assert "XSI" in refusal.value.sentence.zh and "XSI" in refusal.value.sentence.en
    with pytest.raises(BadFacts):
        arithmetic.look_up("fire", {"tow": 1})


def test_an_age_outside_the_window_is_refused() -> None:
    with pytest.raises(BadFacts, match="13"):
        arithmetic.step_factor(13, AGES)


def test_a_divisor_of_zero_can_be_an_error() -> None:
    with pytest.raises(BadFacts):
        arithmetic.divide(1, 0, "refuse")


def test_a_value_between_two_bands_is_refused_not_guessed() -> None:
    with pytest.raises(PolicyError, match=r"100\.5"):
        decisions.band(F(201, 2), BANDS)


@pytest.mark.parametrize(
    "call",
    [
        lambda: arithmetic.round_to(1, 0, "sideways"),
        lambda: ranks.rank_of(1, [1], "sideways"),
        lambda: ranks.percentile(1, 1, (1,), (1,), (True,), True, "sideways"),
        lambda: decisions.choose("c", {"a": 1}),
    ],
)
def test_an_unknown_option_is_refused(call: Any) -> None:
    with pytest.raises(PolicyError):
        call()


# ── numbers ─────────────────────────────────────────────────────────────────────────────


def test_a_decimal_is_taken_as_it_is_written() -> None:
    assert exact(0.1) + exact(0.2) == F(3, 10)
    assert exact({"a": [7.5e-06, 2.0, "0.1", None, True]}) == {
        "a": (F(3, 400000), 2, "0.1", None, True)
    }


@given(st.fractions(-1000, 1000), st.integers(0, 4))
def test_every_rounding_stays_within_a_unit_and_keeps_its_direction(
    value: F, decimals: int
) -> None:
    unit = F(1, 10**decimals)
    down, up = rounded(value, decimals, "down"), rounded(value, decimals, "up")
    assert down <= value <= up and up - down in (0, unit)
    for rule in ("half_up", "half_even"):
        assert abs(rounded(value, decimals, rule) - value) <= unit / 2  # type: ignore[arg-type]


def test_a_power_is_the_same_as_the_root_worked_out_exactly() -> None:
    assert power(25, F(-1, 2), 10) == F(1, 5)
    assert power(2, F(1, 2), 4) == F("1.4142")


def test_numbers_and_codes_are_readable() -> None:
    assert [text_of(one) for one in (F(1, 3), F(3, 400000), -2)] == ["≈0.333333", "0.0000075", "-2"]
    assert shown(True, {}).zh == "是" and shown(None, {}).en == "no data"
    assert shown(tuple(range(20)), {}).zh.endswith("共 20 项")


def test_a_span_holds_to_its_edges() -> None:
    printed = [span_title(one).en for one in BANDS]
    assert printed == ["no data", "0–100", "≥ 101"]
    assert [holds(AGES[1], age) for age in (6, F(61, 10), 12, 13)] == [False, True, True, False]


def test_what_is_unknown_meets_no_condition_but_the_one_that_asks_for_it() -> None:
    names = {"age": None, "flag": "white", "audit": None}
    assert not is_met({"age": {"above": 12}}, names, "here")
    assert not is_met("audit", names, "here")
    assert is_met({"age": {"known": False}, "flag": {"one_of": ["white"]}}, names, "here")
    with pytest.raises(PolicyError):
        is_met({"flag": {"smells": "bad"}}, names, "here")


# ── demands on facts ────────────────────────────────────────────────────────────────────


def test_every_demand_can_pass_and_fail() -> None:
    assert CHECKS["unique"](("a", "b")) and not CHECKS["unique"](("a", "a"))
    assert CHECKS["belong"](("a",), ("a", "b")) and not CHECKS["belong"](("c",), ("a",))
    assert CHECKS["agree"]((2, None), ("a", "a"), (2,), ("a",))
    assert not CHECKS["agree"]((2,), ("a",), (3,), ("a",))
    assert CHECKS["not_above"]((24, None), 24) and not CHECKS["not_above"]((25,), 24)
    assert CHECKS["none_without"](((0, 1),), (0, 1))
    assert not CHECKS["none_without"](((1, 0), (0, 0)), (0, 1))


# ── what rises ──────────────────────────────────────────────────────────────────────────

numbers = st.fractions(0, 500, max_denominator=60)
columns = st.lists(numbers, min_size=1, max_size=6).map(tuple)


@given(columns, st.data(), numbers)
def test_more_of_one_value_never_gives_less(column: tuple[F, ...], data: Any, more: F) -> None:
    at = data.draw(st.integers(0, len(column) - 1))
    grown = (*column[:at], column[at] + more, *column[at + 1 :])
    for rising in (arithmetic.total, arithmetic.mean, arithmetic.worst, arithmetic.add):
        assert rising(grown) >= rising(column)  # type: ignore[operator]


@given(numbers, numbers, numbers)
def test_a_cap_and_a_share_never_turn_the_order(value: F, more: F, limit: F) -> None:
    assert arithmetic.cap(value + more, limit) >= arithmetic.cap(value, limit)
    if limit:
        least = arithmetic.divide(value, limit, "refuse")
        assert arithmetic.divide(value + more, limit, "refuse") >= least  # type: ignore[operator]


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)), st.sampled_from("abc"))
def test_one_more_of_a_class_never_weighs_less(counts: dict[str, int], name: str) -> None:
    weights = {"a": 1, "b": 10, "c": 30}
    more = {**counts, name: counts.get(name, 0) + 1}
    assert arithmetic.weigh(more, weights) == arithmetic.weigh(counts, weights) + weights[name]


@given(numbers, numbers, columns, st.sampled_from(["rank_min", "rank_mean"]))
def test_a_worse_measure_never_has_a_better_percentile(
    value: F, more: F, others: tuple[F, ...], rule: str
) -> None:
    def place(one: F) -> Any:
        peers = (one, *others)
        ones, gates = (1,) * len(peers), (True,) * len(peers)
        return ranks.percentile(one, 1, peers, ones, gates, True, rule)

    assert 0 <= place(value) <= place(value + more) <= 100


@given(numbers, numbers, columns, st.sampled_from(["low", "middle", "high"]))
def test_a_worse_rating_never_has_a_better_quantile(
    value: F, more: F, others: tuple[F, ...], ties: str
) -> None:
    order = {"low": 0, "high": 1}
    bands = [
        order[ranks.quantile_band(one, (one, *others), SHARES, ties)]
        for one in (value, value + more)
    ]
    assert bands == sorted(bands)


def test_one_more_row_below_the_mean_lowers_it() -> None:
    """The mean over checks is not monotone in the number of checks, and nobody claims it is."""
    assert arithmetic.mean((120,)) == 120
    assert arithmetic.mean((120, 1)) == F(121, 2)
