"""Are the packs that come with the engine sound, cited, and right about their own cases?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import doctest
import json
import re
from typing import Any

import jsonschema
import pyarrow as pa
import pytest

from models import find_pack
from riskengine.digest import plain
from riskengine.features import FEATURE, FEATURES, SCHEMA, Features
from riskengine.formula import formula_packs, read_formula
from riskengine.formula.cases import FormulaCase, differences, read_formula_cases
from riskengine.formula.schema import formula_schema
from riskengine.grade import Grades, grade
from riskengine.pack import read_yaml
from riskengine.pack_schema import pack_schema
from riskengine.policy import FILES, Case, Policy, PolicyView, read_cases, read_policy
from riskengine.scorecard import score

PACKS = {"cn-transport": dt.date(2020, 1, 1), "us-chicago-food": dt.date(2010, 1, 1)}
CASES = [(pack, case) for pack in PACKS for case in read_cases(pack)]
POLICY = {pack: read_policy(pack) for pack in PACKS}

# Addresses that carry copies of a text, not the text (reference: mark "F-m").
COPIES = (
    "cornels-photography",
    "aqinhuangdao5",
    "crsrw.com",
    "yunbaogao",
    "dybbs8",
    "yuleba",
    "巢湖",
    "盘锦",
    "鄂尔多斯",
)


def test_every_pack_folder_is_tested_here() -> None:
    folders = {
        folder.name for folder in find_pack(".").iterdir() if folder.joinpath("pack.yaml").is_file()
    }
    assert folders == set(PACKS)


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_is_in_force_from_its_first_date_on(pack: str) -> None:
    for year in range(PACKS[pack].year, 2028):
        view = POLICY[pack].on(dt.date(year, 1, 1))
        assert view.pack.name == pack


@pytest.mark.parametrize("pack", PACKS)
def test_every_feature_a_pack_names_is_measured(pack: str) -> None:
    view = POLICY[pack].on(dt.date(2026, 12, 1))
    named = [item.feature for item in view.scorecard.items]
    assert set(named) | {veto.feature for veto in view.grades.vetoes} <= set(FEATURE)
    for item in view.scorecard.items:
        assert item.worse == FEATURE[item.feature].worse


@pytest.mark.parametrize("pack", PACKS)
def test_decayed_tables_have_a_half_life(pack: str) -> None:
    decayed = {f.source for f in FEATURES if f.unit.startswith("micro")}
    half_lives = POLICY[pack].on(dt.date(2026, 12, 1)).scorecard.features.half_life_days
    assert decayed == set(half_lives)


@pytest.mark.parametrize("pack", PACKS)
def test_a_card_has_no_item_that_cannot_matter(pack: str) -> None:
    card = POLICY[pack].on(dt.date(2026, 12, 1)).scorecard
    for group in card.groups:
        mine = [item for item in card.items if item.group == group.name]
        reachable = sum(max(abs(points) for _, points in item.bins) for item in mine)
        assert group.cap_points <= reachable, group.name
    for item in card.items:
        assert len({points for _, points in item.bins}) > 1, item.feature


@pytest.mark.parametrize("pack", PACKS)
def test_a_copy_is_called_a_copy(pack: str) -> None:
    for name, leaf in POLICY[pack].parameters.items():
        for because in leaf.because.values():
            text = because.title + because.where + because.says
            if any(copy in text for copy in COPIES):
                assert "转载件" in text and "找到原件" in text, name
                assert "find the original before citing" in text, name


@pytest.mark.parametrize("pack", PACKS)
def test_every_citation_is_in_chinese_and_english(pack: str) -> None:
    for name, leaf in POLICY[pack].parameters.items():
        texts = [leaf.meaning.zh + leaf.meaning.en, *(b.title for b in leaf.because.values())]
        for text in texts:
            assert re.search(r"[一-鿿]", text) and re.search(r"[A-Za-z]{3}", text), name


def test_what_was_not_found_is_not_claimed_as_law() -> None:
    """National law gives the pair of officers; it gives no rate, no cut point and no yearly cap."""
    policy = POLICY["cn-transport"]
    law = {name for name in policy.parameters if policy.why(name).kind == "law"}
    assert law == {"roster.officers_per_visit"}
    for name in ("grades.cut_points", "rates.yearly_cap", "roster.visit_minutes"):
        assert policy.why(name).kind == "house"


@pytest.mark.parametrize("pack", PACKS)
def test_the_files_fit_the_schema(pack: str) -> None:
    assert list(errors_of(document(pack))) == []


def test_the_schema_file_is_the_one_made_from_the_rules() -> None:
    text = find_pack("pack.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == pack_schema(), "make it anew: python -m riskengine.pack_schema"


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("rates", "yearly_cap"), 3),
        (("rates", "yearly_permil"), {}),
        (("roster", "speed_kmh", "values"), {"soon": 30}),
        (("roster", "speed_kmh", "values"), {"2020-01-01": 35.5}),
        (("roster", "speed_kmh", "because"), {"2020-01-01": {"kind": "hearsay"}}),
        (("scorecard", "items", "credit_level", "points"), 5),
        (("grades", "newcomer_grade", "values"), {"2020-01-01": "E"}),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(where: tuple[str, ...], wrong: Any) -> None:
    changed = document("cn-transport")
    node = changed
    for key in where[:-1]:
        node = node[key]
    node[where[-1]] = wrong
    assert list(errors_of(changed))


@pytest.mark.parametrize(("pack", "case"), CASES, ids=[f"{p}/{c.name}" for p, c in CASES])
def test_a_worked_case_comes_out_as_written(pack: str, case: Case) -> None:
    view = POLICY[pack].on(case.as_of)
    scores = score(features_of(case, view, case.as_of), view)
    row = grade(scores, view, previous(case, view)).table.to_pylist()[0]
    points = {name[2:]: value for name, value in row.items() if name.startswith("p_") and value}
    assert points == case.reasons
    assert (row["score"], row["grade"], row["state"]) == (case.score, case.grade, case.state)


def test_the_cases_show_every_grade_and_state() -> None:
    cases = read_cases("cn-transport")
    assert {case.grade for case in cases} == {"A", "B", "C", "D"}
    assert {case.state for case in cases} == {"scored", "newcomer", "vetoed", "held"}


def test_the_glossary_explains_every_word_of_the_packs() -> None:
    readme = find_pack("README.md").read_text(encoding="utf-8")
    policy = POLICY["cn-transport"]
    words = set(FILES) | set(policy.on(dt.date(2026, 12, 1)).pack.sectors)
    words |= {
        name.split(".")[-1]
        for name in policy.parameters
        if name.startswith(("rates.", "roster.", "calendar."))
    }
    words |= {name.split(".")[1] for name in policy.parameters if name.startswith("grades.")}
    missing = {word for word in words if f"`{word}`" not in readme}
    assert not missing


def test_the_examples_of_the_readme_are_true() -> None:
    result = doctest.testfile(str(find_pack("README.md")), module_relative=False, encoding="utf-8")
    assert (result.failed, result.attempted > 0) == (0, True)


def test_a_what_if_leaves_the_pack_as_it_was() -> None:
    policy: Policy = POLICY["cn-transport"]
    before = policy.on(dt.date(2026, 12, 1)).digest
    policy.overlay({"rates.yearly_permille.D": 1000})
    assert policy.on(dt.date(2026, 12, 1)).digest == before


def document(pack: str) -> dict[str, Any]:
    """The files of a pack as one JSON object."""
    files: dict[str, Any] = plain(
        {name: read_yaml(find_pack(pack), f"{name}.yaml") for name in FILES}
    )
    return files


def errors_of(files: dict[str, Any]) -> Any:
    schema = json.loads(find_pack("pack.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema).iter_errors(files)


def features_of(case: Case, view: PolicyView, as_of: dt.date) -> Features:
    assert set(case.facts) <= set(FEATURE)
    row = {"enterprise_id": "E1", "name": "示例", "sector": case.sector, "township": "示例镇"}
    counts = {f.name: case.facts.get(f.name, f.when_none) for f in FEATURES}
    table = pa.Table.from_pylist([{**row, "vehicles": case.vehicles, **counts}], SCHEMA)
    return Features(as_of, view.digest, "register", table)


def previous(case: Case, view: PolicyView) -> Grades | None:
    """Last month's grades with the grade the case names."""
    if case.previous_grade is None:
        return None
    month_ago = case.as_of - dt.timedelta(days=30)
    grades = grade(score(features_of(case, view, month_ago), view), view)
    position = grades.table.column_names.index("grade")
    table = grades.table.set_column(position, "grade", pa.array([case.previous_grade]))
    return dataclasses.replace(grades, table=table)


# ── other people's formulas ─────────────────────────────────────────────────────────────

FORMULA = {pack: read_formula(pack) for pack in formula_packs()}
FORMULA_CASES = [(pack, case) for pack in FORMULA for case in read_formula_cases(pack)]
FORMULA_COPIES = (
    "irumobilitypackages.org", "gesetze.legal", "eurlexa.com", "docslib.org", "vdocuments.mx",
)  # fmt: skip
MARKS = {
    "eu-2022-695": "reproduction",
    "eu-2014-47": "reproduction",
    "eu-2009-16-psc": "official",
    "us-fmcsa-sms": "reproduction",
    "us-fmcsa-iss": "reproduction",
    "uk-fhrs": "official",
    "uk-hse-lac67": "official",
    "ca-on-cvor-legacy": "partial",
}


def test_a_formula_is_official_only_where_its_sources_are() -> None:
    found = {pack: formula.tree["mark"] for pack, formula in FORMULA.items()}
    assert found == MARKS


@pytest.mark.parametrize(
    ("pack", "case"), FORMULA_CASES, ids=[f"{pack}/{case.name}" for pack, case in FORMULA_CASES]
)
def test_a_golden_case_of_a_formula_comes_out_as_published(pack: str, case: FormulaCase) -> None:
    assert differences(FORMULA[pack], case) == []


def test_the_golden_cases_are_all_there() -> None:
    """91 cases of the reference, by where their numbers come from; four refusals more are ours."""
    numbers = [case.number for _, case in FORMULA_CASES if not case.name.startswith("sms-invalid-")]
    numbers += [case.number for _, case in FORMULA_CASES if case.name == "sms-invalid-001"]
    assert {kind: numbers.count(kind) for kind in set(numbers)} == {
        "published-official": 20,
        "published-secondary": 9,
        "derived": 62,
    }


@pytest.mark.parametrize("pack", FORMULA)
def test_a_formula_cites_in_both_languages_and_calls_a_copy_a_copy(pack: str) -> None:
    for name, leaf in FORMULA[pack].parameters.items():
        for because in leaf.because.values():
            for text in (leaf.meaning.zh + leaf.meaning.en, leaf.unit, because.title, because.says):
                assert re.search(r"[一-鿿]", text) and re.search(r"[A-Za-z]{3}", text), name
            text = because.title + because.where + because.says
            if any(copy in text for copy in FORMULA_COPIES):
                assert "转载件" in text and "find the original before citing" in text, name


@pytest.mark.parametrize("pack", FORMULA)
def test_what_is_unconfirmed_is_not_cited_as_law(pack: str) -> None:
    for name, leaf in FORMULA[pack].parameters.items():
        for because in leaf.because.values():
            if re.search(r"\([SK][,)+]|未经核实", because.title + because.says):
                assert because.kind != "law", name


@pytest.mark.parametrize("pack", FORMULA)
def test_every_number_of_a_formula_is_used(pack: str) -> None:
    text = find_pack(pack).joinpath("formula.yaml").read_text(encoding="utf-8")
    unused = [name for name in FORMULA[pack].parameters if f"numbers.{name}" not in text]
    assert not unused


@pytest.mark.parametrize("pack", FORMULA)
def test_a_formula_fits_the_schema(pack: str) -> None:
    schema = json.loads(find_pack("formula.schema.json").read_text(encoding="utf-8"))
    assert schema == formula_schema(), "make it anew: python -m riskengine.formula.schema"
    written = as_json(read_yaml(find_pack(pack), "formula.yaml"))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(written)) == []
    written["steps"] = {"guess": {"title": {"zh": "例", "en": "example"}, "do": "guess"}}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(written))


def as_json(node: Any) -> Any:
    """YAML as JSON has it: dates and answers are texts where they are keys."""
    if isinstance(node, dict):
        return {str(key): as_json(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_json(value) for value in node]
    return node.isoformat() if isinstance(node, dt.date) else node
