"""Does the model card say what was given, in both languages, with the limits it ought to say?"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from riskengine.binning import Bin, Binning
from riskengine.card_limits import limits
from riskengine.evidence import Evidence, Figure, Window
from riskengine.fairness import GroupLine
from riskengine.fit import FittedCard, FittedItem, LeftOut
from riskengine.metrics import CalibrationBin
from riskengine.model_card import model_card
from riskengine.resample import Interval
from riskengine.rules import Title
from riskengine.signed import Approval


def item(feature: str, missing: Bin, missing_points: int = 0) -> FittedItem:
    bins = (Bin(0, 900, 60, -400_000), Bin(250_000, 100, 40, 900_000))
    return FittedItem(
        Binning(feature, "up", bins, missing, 120_000), 800_000, (0, -30), missing_points
    )


CARD = FittedCard(
    items=(
        item("penalties_serious", Bin(None, 0, 0, 0)),
        item("credit_level", Bin(None, 300, 10, -500_000)),
    ),
    left_out=(LeftOut("days_open", "unused", 8_000), LeftOut("luck", "no_information", 10)),
    base_points=100,
    intercept_micro=-2_000_000,
    calibration_micro=1_000_000,
    rows=1000,
    events=100,
)
FAIR = GroupLine(
    "sector",
    "taxi",
    120,
    12,
    selected=Interval(0.2, 0.15, 0.25),
    needless=Interval(0.18, 0.1, 0.2),
    missed=Interval(float("nan"), float("nan"), float("nan")),
    said=Interval(0.1, 0.09, 0.11),
    found=Interval(0.1, 0.05, 0.16),
)
EVIDENCE = Evidence(
    register_digest="a" * 64,
    policy_digest="b" * 64,
    label="score < 60",
    rows=1000,
    enterprises=640,
    findings=100,
    random_rows=250,
    first=dt.date(2023, 1, 1),
    last=dt.date(2025, 12, 31),
    delay_days=30,
    capacity_permille=100,
    figures=(Figure("auc", Title("排序", "ROC-AUC"), Interval(0.648, 0.612, 0.687)),),
    calibration=(CalibrationBin(100, 0.02, 0.05, 0.04, 0.05, 0.02, 0.11),),
    windows=(
        Window(
            dt.date(2025, 1, 1),
            dt.date(2025, 3, 2),
            300,
            41,
            {"auc": Interval(0.66, 0.6, 0.71)},
        ),
    ),
    groups=(FAIR,),
)


def text_of(evidence: Evidence = EVIDENCE, card: FittedCard = CARD, **more: object) -> str:
    return model_card(card, evidence, name="county-2026", digest="c" * 64, **more)  # type: ignore[arg-type]


def codes(evidence: Evidence = EVIDENCE, card: FittedCard = CARD) -> set[str]:
    return {limit.code for limit in limits(card, evidence)}


@pytest.mark.parametrize(
    "said",
    [
        "a" * 64,
        "b" * 64,
        "c" * 64,
        "score < 60",
        "2023-01-01 – 2025-12-31",
        "检查 1000 次，企业 640 家，查出问题 100 次（10.0 %）",
        "其中随机抽取 250 次（25.0 %）",
        "1 test windows, 30 days after",
        "| 排序 · ROC-AUC | 0.648 (0.612 – 0.687) |",
        "| 4.0 % | 5.0 % (2.0 % – 11.0 %) | 100 |",
        "| 2025-01-01 – 2025-03-01 | 300 | 41 | 0.660 (0.600 – 0.710) |",
        "| taxi | 120 | 12 | 20.0 % (15.0 % – 25.0 %) | 18.0 % (10.0 % – 20.0 %) | – |",
        "≥0.00: 0；≥0.25: -30",
        "| 系数为 0 · coefficient 0 | 开业时长 · Time since opening |",
        "| 信息值不足 · too little information | `luck` |",
        "**未批准，不评任何企业 / not approved, grades nobody**",
    ],
)
def test_what_was_given_is_told(said: str) -> None:
    assert said in text_of()


def test_every_head_is_in_chinese_first_and_in_english() -> None:
    heads = re.findall(r"^#+ (.+)$", text_of(), re.MULTILINE)
    assert len(heads) == 8
    for head in heads:
        chinese, english = head.split(" · ")
        assert re.search(r"[一-鿿]", chinese) and re.search(r"[A-Za-z]{4}", english)


def test_a_signed_card_names_who_signed() -> None:
    signed = text_of(approved_by=[Approval("王某", "分管副局长", dt.date(2026, 12, 20))])
    assert "王某，分管副局长，2026-12-20" in signed and "未批准" not in signed


def test_what_holds_for_every_card_is_always_said() -> None:
    always = {"card_findings_not_harm", "card_officers", "card_past"}
    bare = replace(CARD, left_out=(), items=CARD.items[:1])
    assert codes(replace(EVIDENCE, random_rows=1000), bare) == always


@pytest.mark.parametrize(
    ("code", "evidence", "card"),
    [
        ("card_selective", EVIDENCE, CARD),
        ("card_few_findings", EVIDENCE, replace(CARD, events=30)),
        ("card_short_period", replace(EVIDENCE, first=dt.date(2025, 6, 1)), CARD),
        ("card_no_data_better", EVIDENCE, CARD),
        (
            "card_no_data_thin",
            EVIDENCE,
            replace(CARD, items=(item("credit_level", Bin(None, 3, 1, 0)),)),
        ),
        (
            "card_groups_uncovered",
            replace(EVIDENCE, groups=(replace(FAIR, said=Interval(0.3, 0.2, 0.4)),)),
            CARD,
        ),
        ("card_left_out", EVIDENCE, CARD),
        (
            "card_place",
            EVIDENCE,
            replace(CARD, items=(item("township_finding_bp", Bin(None, 0, 0, 0)),)),
        ),
    ],
)
def test_a_limit_is_said_when_the_facts_call_for_it(
    code: str, evidence: Evidence, card: FittedCard
) -> None:
    said = next(limit for limit in limits(card, evidence) if limit.code == code)
    assert f"- {said.zh} {said.en}" in text_of(evidence, card)


def test_limits_are_silent_where_there_is_nothing_to_say() -> None:
    whole = replace(EVIDENCE, random_rows=1000)
    sound = replace(CARD, items=CARD.items[:1], left_out=())
    silent = {"card_few_findings", "card_short_period", "card_no_data_thin"}
    assert not codes() & silent
    assert not codes(whole, sound) & {
        "card_selective",
        "card_no_data_better",
        "card_left_out",
        "card_place",
    }


def test_no_figure_breaks_a_table() -> None:
    odd = replace(EVIDENCE, label="a | b", groups=(replace(FAIR, group="甲|乙\n镇"),))
    tables: list[list[str]] = [[]]
    for line in text_of(odd).splitlines():
        if line.startswith("|"):
            tables[-1].append(re.sub(r"\\\|", "", line))
        elif tables[-1]:
            tables.append([])
    assert all(len({line.count("|") for line in one}) == 1 for one in tables if one)


def test_a_card_without_windows_says_so() -> None:
    bare = replace(EVIDENCE, figures=(), calibration=(), windows=(), groups=())
    assert text_of(bare).count("（无 / none）") == 3
