"""Is what the panel says of a visit what production would have known before it?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine import panel as panels
from riskengine.features import AROUND, RECORD, measure
from riskengine.fields import schema_of, table_of_fields
from riskengine.panel import labels_known, leaking, panel_of, with_finding
from riskengine.register import Register, register_from_tables
from riskengine.rules import PolicyView
from tests.riskengine.build import POLICY, day, item, with_card

RULES = with_finding(POLICY.scorecard.features, "serious > 0 or result == problem_pending")
RESULTS = ("no_problem", "problem_pending", "problem_corrected", "unreachable")
TIERS = ("minor", "general", "serious", "grave")
SHOPS = ("E1", "E2", "E3")


def scoring_everything() -> PolicyView:
    """A policy whose card names every feature of the record, so that `measure` gives them."""
    items = tuple(item(f.name, "conduct", (0, 0), worse=f.worse) for f in RECORD)
    return with_card(items=items, features=RULES)


@st.composite
def histories(draw: Any) -> Register:
    """Three enterprises with visits, violations and hazards, some known late, some corrected."""
    days = st.integers(1, 900)

    def rows(most: int, **more: Any) -> list[dict[str, Any]]:
        found = []
        for number in range(draw(st.integers(0, most))):
            ago = draw(days)
            row = {
                "fact_id": f"F{number}",
                "enterprise_id": draw(st.sampled_from(SHOPS)),
                "occurred_on": day(ago),
                "known_on": day(max(1, ago - draw(st.integers(0, 60)))),
                **{name: draw(choice) for name, choice in more.items()},
            }
            found.append(row)
            if draw(st.booleans()):  # a later version of the same fact
                later = min(ago - 1, draw(st.integers(1, 60)))
                if later > 0 and day(later) > row["known_on"]:
                    again = {name: draw(choice) for name, choice in more.items()}
                    found.append({**row, **again, "known_on": day(later)})
        return found

    enterprises = [
        {
            "enterprise_id": shop,
            "name": f"示例{shop}",
            "sector": draw(st.sampled_from(["freight", "taxi"])),
            "township": draw(st.sampled_from(["甲镇", "乙镇"])),
            "vehicles": draw(st.integers(1, 30)),
            "opened_on": day(3000),
            "known_on": day(2000),
        }
        for shop in SHOPS
    ]
    tables = {
        "enterprises": enterprises,
        "inspections": rows(
            8, result=st.sampled_from(RESULTS), score=st.integers(0, 100), kind=st.just("routine")
        ),
        "violations": rows(
            8,
            tier=st.sampled_from(TIERS),
            disposition=st.just("penalised"),
            count=st.integers(1, 3),
            withdrawn=st.booleans(),
        ),
        "hazards": rows(4, level=st.just("general"), due_on=st.just(day(30))),
        "indicators": rows(
            6,
            name=st.sampled_from(["车龄", "满意度"]),
            value_milli=st.integers(0, 5000),
            withdrawn=st.booleans(),
        ),
    }
    return built(tables)


def built(tables: dict[str, list[dict[str, Any]]]) -> Register:
    """A register of these rows; what is not named is empty."""
    needed = [info.name for info in table_of_fields().values() if info.is_required]
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items() if rows}
    return register_from_tables({name: schema_of(name).empty_table() for name in needed} | frames)


@settings(deadline=None, max_examples=4)
@given(histories())
def test_each_row_is_what_production_measures_on_its_day(register: Register) -> None:
    policy, panel = scoring_everything(), panel_of(register, RULES)
    names = panel.features.column_names
    for row in range(len(panel.table)):
        as_of = panel.table["as_of"][row].as_py()
        measured = measure(register.as_of(as_of), policy).table
        here = measured.filter(
            pc.equal(measured["enterprise_id"], panel.table["enterprise_id"][row])
        )
        assert len(here) == 1
        said = {name: here[name][0].as_py() for name in here.column_names if name in names}
        said |= figures_known(register, panel.table["enterprise_id"][row].as_py(), as_of)
        assert {name: value for name, value in row_of(panel, row).items() if value is not None} == {
            name: value for name, value in said.items() if value is not None
        }


def row_of(panel: panels.Panel, row: int) -> dict[str, int | None]:
    found: dict[str, int | None] = panel.features.slice(row, 1).to_pylist()[0]
    return found


def figures_known(register: Register, enterprise: str, as_of: dt.date) -> dict[str, int]:
    """The figures of an enterprise read one by one: of the latest day, the mean of several."""
    rows = register.as_of(as_of).tables["indicators"].to_pylist()
    days: dict[str, dict[dt.date, list[int]]] = {}
    for row in rows:
        if row["enterprise_id"] == enterprise and row["occurred_on"] is not None:
            figures = days.setdefault(row["name"], {}).setdefault(row["occurred_on"], [])
            figures.append(row["value_milli"])
    latest = {name: found[max(found)] for name, found in days.items()}
    return {panels.INDICATOR + name: sum(one) // len(one) for name, one in latest.items()}


@settings(deadline=None, max_examples=4)
@given(histories(), st.integers(1, 900), st.integers(1, 400))
def test_what_becomes_known_later_changes_no_row_before(
    register: Register, ago: int, later: int
) -> None:
    cut = day(ago)
    shifted = {name: known_later(table, cut, later) for name, table in register.tables.items()}
    before, after = panel_of(register, RULES), panel_of(Register(shifted), RULES)
    assert rows_until(before, cut) == rows_until(after, cut)
    assert (labels_known(register, before, cut) >= 0).sum() == (
        labels_known(Register(shifted), after, cut) >= 0
    ).sum()


def known_later(table: pa.Table, cut: dt.date, days: int) -> pa.Table:
    """The rows not known before `cut`, known so many days later still."""
    known = table["known_on"].to_numpy().astype("datetime64[D]")
    known = np.where(known >= np.datetime64(cut), known + days, known)
    place = table.column_names.index("known_on")
    return table.set_column(place, table.schema.field("known_on"), pa.array(known, pa.date32()))


def rows_until(panel: panels.Panel, cut: dt.date) -> list[Any]:
    """The features of the rows cut at or before a day, by visit."""
    early = pc.less_equal(panel.table["as_of"], pa.scalar(cut))
    keys = panel.table.filter(early)["fact_id"].to_pylist()
    return sorted(zip(keys, map(str, panel.features.filter(early).to_pylist()), strict=True))


@settings(deadline=None, max_examples=3)
@given(histories())
def test_no_feature_leaks(register: Register) -> None:
    assert leaking(register, panel_of(register, RULES)) == ()


def test_a_figure_of_a_later_day_is_not_known_before() -> None:
    """Learnt on the eve of the second visit: the first must not see it, the leak test must."""
    firm = {"enterprise_id": "E1", "name": "示例", "sector": "freight", "known_on": day(900)}
    visits = [
        {"fact_id": f"F{ago}", "enterprise_id": "E1", "occurred_on": day(ago),
         "known_on": day(ago), "kind": "routine", "result": "no_problem"}
        for ago in (300, 200)
    ]  # fmt: skip
    figure = {"enterprise_id": "E1", "occurred_on": day(201), "known_on": day(201),
              "name": "车龄", "value_milli": 2500}  # fmt: skip
    register = built({"enterprises": [firm], "inspections": visits, "indicators": [figure]})
    panel = panel_of(register, RULES)
    name = panels.INDICATOR + "车龄"
    assert panel.features[name].to_pylist() == [None, 2500]
    assert leaking(register, panel) == ()
    place = panel.features.column_names.index(name)
    peeking = panel.features.set_column(place, name, pa.array([2500, 2500]))
    assert leaking(register, replace(panel, features=peeking)) == (name,)


def visits_of_one(known: tuple[int, ...] = (599, 299, 99)) -> Register:
    return built(
        {
            "enterprises": [
                {"enterprise_id": "E1", "name": "示例", "sector": "freight", "township": "甲镇",
                 "opened_on": day(3000), "known_on": day(2000)}
            ],
            "inspections": [
                {"fact_id": f"F{n}", "enterprise_id": "E1", "occurred_on": day(ago),
                 "known_on": day(known[n]), "kind": "routine", "result": result, "score": score}
                for n, (ago, result, score) in enumerate(
                    [(600, "problem_pending", 40), (300, "no_problem", 90),
                     (100, "problem_pending", 50)]
                )
            ],
        }
    )  # fmt: skip


def test_a_planted_feature_that_peeks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at the visit that is to be foretold."""
    register = visits_of_one()

    def foretold(known: Register, *asked: Any) -> pa.Table:
        table = features_at(known, *asked)
        newest = known.tables["inspections"]["score"].to_pylist()[-1:] or [None]
        peeked = pa.array(newest * len(table), pa.int64())
        return table.set_column(table.column_names.index("least_score"), "least_score", peeked)

    features_at = panels.features_at
    monkeypatch.setattr(panels, "features_at", foretold)
    assert leaking(register, panel_of(register, RULES)) == ("least_score",)


def test_a_cut_one_day_too_late_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second result comes in on the day of the third visit, too late to plan it."""
    register = visits_of_one(known=(599, 100, 99))

    def a_day_early(table: pa.Table, info: Any) -> pa.Table:
        found = versions(table, info)
        early = pc.subtract(found["from_day"], 1)
        return found.set_column(found.column_names.index("from_day"), "from_day", early)

    versions = panels.versions
    assert leaking(register, panel_of(register, RULES)) == ()
    monkeypatch.setattr(panels, "versions", a_day_early)
    caught = leaking(register, panel_of(register, RULES))
    assert {"last_visit_found", "last_visit_score"} <= set(caught)


def test_a_monthly_plan_knows_what_was_known_when_the_month_began() -> None:
    panel = panel_of(visits_of_one(), RULES, cut="month")
    assert all(d.day == 1 for d in panel.table["as_of"].to_pylist())


def test_an_enterprise_first_visited_is_known_at_the_visit() -> None:
    register = built(
        {
            "enterprises": [
                {"enterprise_id": "E1", "name": "示例", "sector": "freight", "known_on": day(300)}
            ],
            "inspections": [
                {"fact_id": "F1", "enterprise_id": "E1", "occurred_on": day(300),
                 "known_on": day(300), "kind": "routine", "result": "no_problem"}
            ],
        }
    )  # fmt: skip
    panel = panel_of(register, RULES)
    assert panel.table["sector"].to_pylist() == ["freight"]
    assert panel.features["visits_known"].to_pylist() == [0]
    assert panel.features["last_visit_found"].to_pylist() == [None]


def test_a_label_is_what_was_known_of_it_on_the_day() -> None:
    register, panel = visits_of_one(), panel_of(visits_of_one(), RULES)
    assert labels_known(register, panel, day(299)).tolist() == [1, -1, -1]
    assert labels_known(register, panel, day(0)).tolist() == [1, 0, 1]
    assert set(AROUND) == {
        "township_finding_bp", "township_lately_bp", "sector_finding_bp", "everywhere_finding_bp",
    }  # fmt: skip
