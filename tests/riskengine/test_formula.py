"""Is a formula read, refused and told as its pack is written?"""

from __future__ import annotations

import datetime as dt
import doctest
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from models import find_pack
from riskengine.errors import NotFound, PolicyError, RiskEngineError, UncitedValue, UnknownParameter
from riskengine.formula import evaluate, evaluate_all, formula_packs, read_formula
from riskengine.formula.cases import FormulaCase, differences, read_formula_cases
from riskengine.formula.explain import about, sentences
from riskengine.formula.operators import CHECKS, OPERATOR

ON = dt.date(2026, 12, 1)
WHY = {"kind": "house", "title": "例 / example", "where": "here"}
TITLE = {"zh": "例", "en": "example"}


def number(value: Any) -> dict[str, Any]:
    return {
        "meaning": TITLE,
        "unit": "分 / point",
        "values": {dt.date(2020, 1, 1): value},
        "because": {dt.date(2020, 1, 1): WHY},
    }


def small() -> dict[str, Any]:
    """A formula of two steps: 2 points for each fault, late is 5 and more."""
    late = [{"to": 4, "is": "fine"}, {"from": 5, "is": "late"}]
    return {
        "name": "small",
        "title": TITLE,
        "jurisdiction": TITLE,
        "mark": "official",
        "elements": {"all": {"source": "T", "title": TITLE}},
        "inputs": {
            "faults": {"title": TITLE, "unit": "次 / fault", "kind": "table", "columns": {
                "n": {"title": TITLE, "kind": "count"},
                "points": {"title": TITLE, "kind": "number", "need": "optional"},
            }},
            "sum": {"title": TITLE, "kind": "number", "need": "optional"},
        },
        "numbers": {"each": number(2), "bands": number(late)},
        "steps": {
            "faults.points": {"title": TITLE, "do": "times", "factors": ["n", "numbers.each"]},
            "sum": {"title": TITLE, "unit": "分 / points", "do": "total", "of": "faults.points"},
            "band": {"title": TITLE, "do": "band", "value": "sum", "bands": "numbers.bands"},
        },
        "results": ["band", "sum"],
        "promise": {"one_more": "never_improves", "title": TITLE},
    }  # fmt: skip


def written(folder: Path, formula: dict[str, Any]) -> Path:
    text = yaml.safe_dump(formula, allow_unicode=True, sort_keys=False)
    folder.joinpath("formula.yaml").write_text(text, encoding="utf-8")
    return folder


def changed(path: str, value: Any) -> dict[str, Any]:
    """The small formula with another value at a path of keys."""
    formula = small()
    *keys, last = path.split("/")
    node = formula
    for key in keys:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return formula


def test_a_small_formula_is_counted_row_by_row(tmp_path: Path) -> None:
    formula = read_formula(written(tmp_path, small()))
    outcome = evaluate(formula, {"faults": [{"n": 1}, {"n": 2}]}, on=ON)
    assert dict(outcome.values) == {"faults.points": (2, 4), "sum": 6, "band": "late"}
    assert (outcome.result, outcome.mark, outcome.gaps) == ("late", "official", ())


def test_a_fact_may_stand_in_for_the_step_of_its_name(tmp_path: Path) -> None:
    formula = read_formula(written(tmp_path, small()))
    outcome = evaluate(formula, {"faults": [{"n": 1, "points": 4}], "sum": 4}, on=ON)
    assert dict(outcome.values) == {"faults.points": (4,), "sum": 4, "band": "fine"}
    assert [line.is_given for line in outcome.lines] == [True, True, False]


def test_facts_are_left_as_they_were(tmp_path: Path) -> None:
    formula, facts = read_formula(written(tmp_path, small())), {"faults": [{"n": 1}]}
    evaluate(formula, facts, on=ON)
    assert facts == {"faults": [{"n": 1}]}


def test_the_same_formula_has_the_same_digest_and_another_number_another(tmp_path: Path) -> None:
    def digest(value: Any) -> str:
        formula = read_formula(written(tmp_path, changed("numbers/each", number(value))))
        return evaluate(formula, {"faults": []}, on=ON).digest

    assert digest(2) == digest(2) == digest(2.0)
    assert digest(2) != digest(2.5)


def test_a_population_without_ranks_is_counted_one_by_one(tmp_path: Path) -> None:
    formula = read_formula(written(tmp_path, small()))
    found = evaluate_all(formula, {"a": {"faults": []}, "b": {"faults": [{"n": 9}]}}, on=ON)
    assert {name: one.result for name, one in found.items()} == {"a": "fine", "b": "late"}


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("steps/sum/do", "guess", UnknownParameter),
        ("steps/sum/of", "faults.colour", UnknownParameter),
        ("steps/sum/of", "later", UnknownParameter),
        ("steps/sum/more", "band", UnknownParameter),
        ("steps/sum/of", None, UnknownParameter),
        ("steps/band/bands", "numbers.cuts", UnknownParameter),
        ("steps/faults.n", {"title": TITLE, "do": "size", "of": "faults.n"}, PolicyError),
        ("steps/numbers", {"title": TITLE, "do": "size", "of": "faults.n"}, PolicyError),
        ("steps/cars.n", {"title": TITLE, "do": "size", "of": "faults.n"}, UnknownParameter),
        ("results", ["grade"], UnknownParameter),
        ("numbers/each", 2, UncitedValue),
        ("inputs/sum/kind", "guess", PolicyError),
        ("inputs/sum/colour", "red", UnknownParameter),
        ("colour", TITLE, UnknownParameter),
        ("promise", None, UnknownParameter),
        ("mark", "reproduction", PolicyError),
        ("mark", "partial", PolicyError),
        ("mark", "approved", PolicyError),
        ("elements/part", {"source": "gap", "title": TITLE}, PolicyError),
        ("population", {"into": "faults", "columns": ["band"]}, UnknownParameter),
        ("checks", {"c": {"title": TITLE, "do": "guess"}}, UnknownParameter),
    ],
)
def test_a_flaw_of_a_formula_is_found_when_it_is_read(
    tmp_path: Path, path: str, value: Any, kind: type[RiskEngineError]
) -> None:
    with pytest.raises(kind) as refusal:
        read_formula(written(tmp_path, changed(path, value)))
    assert refusal.value.sentence.zh and refusal.value.sentence.en


def test_a_condition_without_a_title_is_refused(tmp_path: Path) -> None:
    formula = changed("numbers/when", number([{"when": {"sum": {"at_least": 1}}}]))
    formula["steps"]["any"] = {"title": TITLE, "do": "any_of", "rules": "numbers.when"}
    with pytest.raises(UnknownParameter, match="title"):
        read_formula(written(tmp_path, formula))
    formula["numbers"]["when"] = number([{"when": {"colour": 1}, "title": TITLE}])
    with pytest.raises(UnknownParameter, match="colour"):
        read_formula(written(tmp_path, formula))


def test_a_pack_that_grades_enterprises_is_no_formula() -> None:
    with pytest.raises(NotFound, match="uk-fhrs"):
        read_formula("cn-transport")


def test_a_what_if_says_so_and_leaves_the_formula_as_it_was() -> None:
    formula = read_formula("eu-2022-695")
    other = formula.overlay({"rounding": {"decimals": 0, "rule": "down"}})
    assert other.why("rounding").title == "假设 / what-if"
    assert formula.on(ON).numbers["rounding"]["rule"] == "up"
    assert other.on(ON).digest != formula.on(ON).digest
    with pytest.raises(UnknownParameter, match="colour"):
        formula.overlay({"colour": 1})


def test_every_number_of_a_formula_has_a_source() -> None:
    formula = read_formula("eu-2022-695")
    because = formula.why("points", on=ON)
    assert because.kind == "law" and because.unit == "分 / point"
    assert formula.why("rounding").kind == "house"


# ── cases ───────────────────────────────────────────────────────────────────────────────


def test_a_case_that_does_not_hold_is_found(tmp_path: Path) -> None:
    formula = read_formula(written(tmp_path, small()))

    def case(**expect: Any) -> FormulaCase:
        facts = ({"faults": [{"n": 1}]},)
        return FormulaCase("c", "derived", "T", "here", ON, facts, expect)

    assert differences(formula, case(sum=2, band="fine", **{"faults.points": [2]})) == []
    for wrong in ({"sum": 3}, {"sum": 2.1}, {"band": "late"}, {"grade": 1}, {"refused": "no"}):
        assert differences(formula, case(**wrong))
    assert differences(formula, case(**{"faults.points": [2, 2]}))


def test_a_refusal_is_a_result_a_case_can_expect() -> None:
    cases = {case.name: case for case in read_formula_cases("us-fmcsa-sms")}
    case = cases["sms-invalid-001"]
    assert case.expect == {"refused": "conflicting time weight"}
    assert differences(read_formula("us-fmcsa-sms"), case) == []


# ── telling ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("pack", formula_packs())
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_case_can_be_told_in_both_languages(pack: str, lang: Any) -> None:
    formula = read_formula(pack)
    for case in read_formula_cases(pack):
        if "refused" not in case.expect:
            told = sentences(evaluate(formula, case.facts[0], on=case.as_of), formula, lang)
            assert len(told) >= 3
            if lang == "en":
                assert not re.search("[一-鿿]", "".join(told))


def test_the_reasons_hold_the_figures() -> None:
    formula = read_formula("eu-2022-695")
    facts = {"checks": [{"N": 1, "n": {"MSI": 1, "VSI": 1}}, {"N": 2, "n": {}}], "g": 0.9}
    outcome = evaluate(formula, facts, on=ON)
    assert outcome.values["R"] == Fraction(54)
    told = "".join(sentences(outcome, formula, "zh"))
    for words in ("120、0", "平均", "0.9", "54 分", "绿（低）", "复现", "转载件", "gap"):
        assert words in told, words


def test_only_the_chosen_way_is_told() -> None:
    formula = read_formula("us-fmcsa-sms")
    cases = {case.name: case for case in read_formula_cases("us-fmcsa-sms")}
    told = "".join(
        sentences(evaluate(formula, cases["sms-ud-derived-1"].facts[0], on=ON), formula, "en")
    )
    assert "utilization factor as combination" in told and "numerator of violations" in told
    assert "utilization factor as straight" not in told and "numerator of crashes" not in told


def test_what_has_no_data_is_told_with_its_reason() -> None:
    formula = read_formula("eu-2014-47")
    years = [{"DD": 0, "MaD": 0, "MiD": 0, "C": 0}]
    told = sentences(evaluate(formula, {"years": years}, on=ON), formula, "en")
    assert any("overall rating: no data. 0 divided by 0" in one for one in told)


@pytest.mark.parametrize("pack", formula_packs())
def test_every_formula_can_be_introduced(pack: str) -> None:
    formula = read_formula(pack)
    told = about(formula, formula.on(next(iter(read_formula_cases(pack))).as_of), "en")
    assert told[0].startswith("Formula:") and not re.search("[一-鿿]", "".join(told))


# ── the page about formulas ─────────────────────────────────────────────────────────────

PAGE = (Path(__file__).parents[2] / "docs" / "formulas.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"^### `([\w-]+)`.*?```yaml\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.M | re.S
)


def test_the_page_has_an_example_of_every_formula() -> None:
    assert {pack for pack, _, _ in EXAMPLES} == set(formula_packs())


@pytest.mark.parametrize(("pack", "facts", "told"), EXAMPLES, ids=[pack for pack, _, _ in EXAMPLES])
def test_an_example_of_the_page_comes_out_as_printed(pack: str, facts: str, told: str) -> None:
    formula = read_formula(pack)
    on = dt.date.fromisoformat(re.findall(r"在 (\S+) 的规定", told)[0])
    outcome = evaluate(formula, yaml.safe_load(facts), on=on)
    every = {*sentences(outcome, formula, "zh"), *sentences(outcome, formula, "en")}
    assert set(told.splitlines()) <= every


def test_the_page_states_the_mark_and_the_promise_of_every_formula() -> None:
    readme = Path(str(find_pack("README.md"))).read_text(encoding="utf-8")
    for pack in formula_packs():
        view = read_formula(pack).on(next(iter(read_formula_cases(pack))).as_of)
        rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{pack}`")]
        marked, promised = rows
        assert f" {view.mark}**" in marked and view.promise.title.zh in promised
        assert ("can be better" in promised) == (view.promise.one_more == "may_improve")
        assert re.search(rf"^\| `{pack}` \| \S+ {view.mark} \|", readme, re.M)


def test_the_page_names_every_operator_and_demand() -> None:
    assert not {name for name in (*OPERATOR, *CHECKS) if f"`{name}`" not in PAGE}


def test_every_operator_is_used_by_a_formula() -> None:
    views = [read_formula(pack).on(read_formula_cases(pack)[0].as_of) for pack in formula_packs()]
    assert {step.do for view in views for step in view.steps} == set(OPERATOR)
    assert {check.do for view in views for check in view.checks} == set(CHECKS)


def test_the_python_of_the_page_is_true() -> None:
    page = Path(__file__).parents[2] / "docs" / "formulas.md"
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert (result.failed, result.attempted > 0) == (0, True)
