"""Are case files drawn by kind, and reviewed by two people who did not handle them?"""

from __future__ import annotations

import copy
import datetime as dt
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import canonical, digest
from riskengine.errors import AlreadyFrozen, NotAllowed, SeedMismatch
from riskengine.register import Known
from scheduler import beacon, lottery
from scheduler.casefiles import FileList, Review, bind, freeze_files, handlers_of, quotas_of, review
from scheduler.chain import ChainEntry, next_entry
from scheduler.event import Event, Promise, of_beacon
from tests.scheduler.roster.small import known as known_of

ROUND = 35107012
"""Of quicknet, due at 2026-12-24T15:00:00Z."""
MONTH = dt.date(2026, 12, 1)
SECRET = b"a secret of the legal section"
EVENT = Event("public_value", "示例彩票 第 2026140 期", "示例公报", "2026-12-02T20:30:00+08:00")
REVIEWERS = ("甲", "乙", "丙", "丁", "戊")


def known(handlers: dict[str, str], reviewers: tuple[str, ...] = REVIEWERS) -> Known:
    """Files by number; the first letter of the number says their kind."""
    kinds = {"P": "行政处罚", "L": "行政许可"}
    files = [
        {"case_id": case, "kind": kinds[case[0]], "unit": "示例中队", "handlers": who}
        for case, who in handlers.items()
    ]
    people = [{"reviewer_id": f"R{k}", "name": name} for k, name in enumerate(reviewers)]
    return known_of(case_files=files, reviewers=people)


ASKED: dict[str, Any] = {
    "month": MONTH,
    "chain": (),
    "event": EVENT,
    "reveal_hours": 72,
    "commitment": lottery.commitment_of(SECRET),
    "frozen_at": "2026-12-01T08:00:00Z",
}


def frozen(handlers: dict[str, str], files: int, **changes: Any) -> FileList:
    return freeze_files(known(handlers), files=files, **(ASKED | changes))


def drawn(listed: FileList, **changes: Any) -> Review:
    asked = {
        "event_value": "07 12 33",
        "secret": SECRET,
        "entered_by": ("张三", "李四"),
        "entered_at": "2026-12-02T13:00:00Z",
        "chain": (next_entry((), "files", listed.purpose, listed),),
        **changes,
    }
    return review(listed, **asked)


def bundle_of(listed: FileList, result: Review) -> dict[str, object]:
    chain: tuple[ChainEntry, ...] = (next_entry((), "files", listed.purpose, listed),)
    chain += (next_entry(chain, "review", listed.purpose, result),)
    return bind(listed, result, chain=chain)


TWENTY = {f"P{k:02}": REVIEWERS[k % 5] for k in range(15)} | {f"L{k}": "外人" for k in range(5)}


def test_files_are_drawn_by_kind_and_reviewed_by_two_others() -> None:
    result = drawn(frozen(TWENTY, 8))
    assert Counter(file.case_id[0] for file in result.reviewed) == {"P": 6, "L": 2}
    names = {f"R{k}": name for k, name in enumerate(REVIEWERS)}
    for file in result.reviewed:
        assert file.reviewer != file.rechecker
        assert TWENTY[file.case_id] not in {names[file.reviewer], names[file.rechecker]}


def test_the_bare_verifier_says_yes_and_any_change_says_no(tmp_path: Path) -> None:
    bundle = bundle_of(listed := frozen(TWENTY, 8), drawn(listed))
    raw = canonical(bundle)
    assert lottery.check_file(lottery.parse_bundle(raw), raw) == []
    (path := tmp_path / "casefiles.json").write_bytes(raw)
    bare = [sys.executable, "-I", "-S", lottery.__file__, str(path)]
    told = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert told.returncode == 0 and "是：案卷" in told.stdout
    posted = ["--root", listed.root, "--frame", digest(listed)]
    assert lottery.main([str(path), *posted]) == lottery.YES
    assert lottery.main([str(path), "--root", "0" * 64]) == lottery.NO

    friendly = copy.deepcopy(lottery.parse_bundle(raw))
    first = friendly["review"]["reviewed"][0]
    first["reviewer"], first["rechecker"] = first["rechecker"], first["reviewer"]
    findings = lottery.check_file(resealed(friendly))
    assert "review.reviewed" in {finding["where"] for finding in findings}
    weighted = copy.deepcopy(lottery.parse_bundle(raw))
    weighted["files"]["rows"][0]["pi_nano"] -= 2
    weighted["files"]["rows"][1]["pi_nano"] += 2
    assert {f["where"].split("[")[0] for f in lottery.check_file(resealed(weighted))} >= {
        "files.quotas",
        "files.root",
    }


def resealed(bundle: dict[str, Any]) -> dict[str, Any]:
    rest = {name: part for name, part in bundle.items() if name != "digest"}
    return {**rest, "digest": lottery.digest_of(rest)}


def test_a_handler_is_known_by_number_or_name_however_it_is_written() -> None:
    assert handlers_of({"handlers": "张三、R2，Ｒ３; "}) == ("张三", "R2", "Ｒ３")
    reviewers = [{"reviewer_id": f"R{k}", "name": n} for k, n in enumerate(("张 三", "乙", "丙"))]
    assert lottery.able_reviewers({"c": ("张三", "r2")}, reviewers) == {"c": ["R1"]}


@pytest.mark.parametrize(
    "handlers",
    ["张三/李四", "张三 李四", "张　三、李　四", "张三（主办）；李四（协办）", "张三和李四",
     "张三\n李四", "张三（12）、34", "R-7 34", "李四，张三等"],
)  # fmt: skip
def test_however_the_handlers_are_written_they_stay_away(handlers: str) -> None:
    people = {"r-7": "张三（女）", "34": "李四", "56": "王五", "4": "赵六"}
    reviewers = [{"reviewer_id": number, "name": name} for number, name in people.items()]
    texts = handlers_of({"handlers": handlers})
    assert lottery.able_reviewers({"c": texts}, reviewers) == {"c": ["4", "56"]}


def test_a_latin_name_within_another_keeps_nobody_away() -> None:
    reviewers = [{"reviewer_id": "1", "name": "Li Na"}, {"reviewer_id": "2", "name": "Ann Wu"}]
    free = lottery.able_reviewers({"a": ("Joann Wu",), "b": ("Ann Wu Li Na",)}, reviewers)
    assert free == {"a": ["1", "2"], "b": []}


def test_a_file_nobody_else_can_review_is_named() -> None:
    with pytest.raises(NotAllowed, match="P1") as refusal:
        frozen({"P1": "甲、乙、丙、丁", "P2": "外人", "L1": "外人"}, 2)
    assert "增加评查人员" in refusal.value.sentence.zh


@pytest.mark.parametrize("files", [1, 21])
def test_a_number_that_cannot_be_drawn_is_refused(files: int) -> None:
    with pytest.raises(NotAllowed, match="20"):
        frozen(TWENTY, files)


def test_a_second_draw_and_a_second_list_are_refused() -> None:
    listed = frozen(TWENTY, 8)
    chain: tuple[ChainEntry, ...] = (next_entry((), "files", listed.purpose, listed),)
    chain += (next_entry(chain, "review", listed.purpose, drawn(listed)),)
    with pytest.raises(AlreadyFrozen):
        drawn(listed, chain=chain)
    with pytest.raises(AlreadyFrozen):
        frozen(TWENTY, 8, chain=chain)
    with pytest.raises(AlreadyFrozen, match="案卷") as refusal:
        frozen(TWENTY, 8, chain=chain, replaces=digest(listed), reason="漏了一卷")
    assert "候补" not in refusal.value.sentence.zh  # a closed enterprise is no case file


def test_a_list_may_be_replaced_with_a_reason_before_its_draw() -> None:
    first = frozen(TWENTY, 8)
    chain: tuple[ChainEntry, ...] = (next_entry((), "files", first.purpose, first),)
    with pytest.raises(AlreadyFrozen):
        frozen(TWENTY, 9, chain=chain)
    second = frozen(TWENTY, 9, chain=chain, replaces=digest(first), reason=" 漏了一卷 ")
    chain = (*chain, next_entry(chain, "files", second.purpose, second))
    assert second.reason == "漏了一卷"
    with pytest.raises(AlreadyFrozen):
        drawn(first, chain=chain)
    assert len(drawn(second, chain=chain).reviewed) == 9


def test_nobody_reviews_without_a_second_person_and_a_list() -> None:
    for reviewers in ((), ("甲",)):
        with pytest.raises(NotAllowed, match="P1") as refusal:
            freeze_files(known({"P1": "外人", "P2": "外人"}, reviewers), **ASKED, files=1)
        assert refusal.value.code == "file_without_reviewers"
    with pytest.raises(NotAllowed, match="案卷目录"):
        freeze_files(known({}), **ASKED, files=1)
    with pytest.raises(NotAllowed) as refusal:
        frozen({"P1": " 、 ", "P2": "外人"}, 1)
    assert refusal.value.code == "file_without_handlers"
    with pytest.raises(NotAllowed, match="P2") as refusal:
        frozen({"P1": "外人", "P2": "甲、乙、丙、丁、戊"}, 1)  # everyone handled it


def test_one_person_on_the_list_twice_could_recheck_her_own_review() -> None:
    with pytest.raises(NotAllowed, match="甲") as refusal:
        freeze_files(known({"P1": "外人"}, ("甲", "乙", " 甲")), **ASKED, files=1)
    assert refusal.value.code == "reviewer_twice"
    listed = freeze_files(
        known({"P1": "张伟"}, ("张伟（男）", "张伟（女）", "乙", "丙")), **ASKED, files=1
    )
    (file,) = drawn(listed).reviewed
    assert {file.reviewer, file.rechecker} == {"R2", "R3"}  # in doubt both namesakes stay away
    friendly = lottery.parse_bundle(canonical(bundle_of(listed, drawn(listed))))
    friendly["files"]["reviewers"][0]["name"] = "乙"
    assert "files.reviewers" in {f["where"] for f in lottery.check_file(resealed(friendly))}


def test_a_file_added_after_the_freeze_is_found() -> None:
    bundle = lottery.parse_bundle(canonical(bundle_of(listed := frozen(TWENTY, 8), drawn(listed))))
    bundle["files"]["rows"].append(bundle["files"]["rows"][0] | {"case_id": "P99"})
    findings = {finding["where"].split("[")[0] for finding in lottery.check_file(resealed(bundle))}
    assert {"files.rows", "files.root", "chain.files"} <= findings


def test_a_withheld_secret_counts_as_empty_past_the_deadline_only() -> None:
    listed = frozen(TWENTY, 8)
    withheld = {"secret": None, "withheld": True}
    with pytest.raises(NotAllowed):
        drawn(listed, **withheld)
    late = drawn(listed, **withheld, entered_at="2026-12-05T12:30:00Z")
    bundle = bundle_of(listed, late)
    assert lottery.check_casefiles(bundle) == []
    early = lottery.parse_bundle(canonical(bundle))
    early["review"]["entered_at"] = "2026-12-02T13:00:00Z"
    wheres = {finding["where"] for finding in lottery.check_casefiles(resealed(early))}
    assert "review.entered_at" in wheres


def test_promised_secrets_decide_as_well() -> None:
    secrets = {"张三": "aa" * 16, "李四": "bb" * 16}
    promises = tuple(
        Promise(name, lottery.commitment_of(bytes.fromhex(secret)))
        for name, secret in secrets.items()
    )
    event = Event("commit_reveal", "各人密文", "当场", "2026-12-02T20:30:00+08:00", promises)
    listed = frozen(TWENTY, 8, event=event)
    value = lottery.join_reveals(secrets)
    assert lottery.check_casefiles(bundle_of(listed, drawn(listed, event_value=value))) == []
    with pytest.raises(SeedMismatch):
        drawn(listed, event_value=lottery.join_reveals(secrets | {"李四": "cc" * 16}))


def test_the_signature_of_a_beacon_is_checked_by_verify() -> None:
    event = of_beacon("quicknet", ROUND)
    moments = {"frozen_at": "2026-12-24T14:00:00Z", "entered_at": "2026-12-24T16:00:00Z"}
    listed = frozen(TWENTY, 8, event=event, frozen_at=moments["frozen_at"])
    with pytest.raises(SeedMismatch):
        drawn(listed, event_value="ab" * 48, entered_at=moments["entered_at"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beacon, "is_signed", lambda *_: True)
        forged = drawn(listed, event_value="ab" * 48, entered_at=moments["entered_at"])
    bundle = lottery.parse_bundle(canonical(bundle_of(listed, forged)))
    assert lottery.check_file(bundle) == []  # the standard library has no curve, and says so
    assert [finding["where"] for finding in beacon.verify(bundle)] == ["review.event_value"]


def test_many_chinese_kinds_and_many_files_keep_the_number_asked_for() -> None:
    kinds = ("行政处罚", "行政许可", "行政强制", "行政检查", "不予行政处罚")
    files = [
        {"case_id": f"〔2026〕{k:04}号", "kind": kinds[k % 5], "handlers": f"示例员{k % 40:02}"}
        for k in range(1000)
    ]
    people = [{"reviewer_id": f"{k}", "name": f"示例员{k:02}"} for k in range(30)]
    listed = freeze_files(known_of(case_files=files, reviewers=people), **ASKED, files=60)
    result = drawn(listed)
    assert Counter(q.drawn for q in listed.quotas) == {12: 5}
    assert len({file.case_id for file in result.reviewed}) == 60
    loads = Counter(one for file in result.reviewed for one in (file.reviewer, file.rechecker))
    assert set(loads.values()) <= {3, 4, 5} and sum(loads.values()) == 120


def test_loads_are_even_although_one_handled_most() -> None:
    handled = {f"P{k:02}": "甲" if k < 12 else "外人" for k in range(20)}
    people = [{"reviewer_id": name, "name": name} for name in REVIEWERS]
    able = lottery.able_reviewers({case: (who,) for case, who in handled.items()}, people)
    shares = lottery.review_shares(able)
    load = Counter[str]()
    for name, _, _, _, micro in shares:
        load[name] += micro
    assert max(load.values()) - min(load.values()) < lottery.MICRO / 100


@settings(max_examples=40, deadline=None)
@given(
    handled=st.lists(st.sets(st.sampled_from("abcdef"), max_size=4), min_size=1, max_size=12),
    seed=st.binary(min_size=32, max_size=32),
)
def test_whoever_handled_never_sits_and_nobody_sits_twice(
    handled: list[set[str]], seed: bytes
) -> None:
    able = {f"c{k:02}": sorted(set("abcdef") - out) for k, out in enumerate(handled)}
    shares = lottery.review_shares(able)
    lottery.check_shares(shares)
    expected = Counter[str]()
    for name, _, _, _, micro in shares:
        expected[name] += micro
    seats = lottery.round_flow(shares, seed, "casefiles/2026-12/reviewers")
    for case, names in able.items():
        pair = {seats[case, "lead"], seats[case, "second"]}
        assert len(pair) == 2 and pair <= set(names)
    loads = Counter(seats.values())
    for name, micro in expected.items():
        assert micro // lottery.MICRO <= loads[name] <= -(-micro // lottery.MICRO)


@settings(max_examples=60, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")).filter(
            lambda pair: pair[0] != pair[1]
        ),
        max_size=25,
    ),
    seed=st.binary(min_size=32, max_size=32),
)
def test_everybody_reviews_as_often_as_rechecks_or_one_apart(
    pairs: list[tuple[str, str]], seed: bytes
) -> None:
    of_case = {f"c{k:02}": pair for k, pair in enumerate(pairs)}
    turns = lottery.take_turns(of_case, seed, "casefiles/2026-12/reviewers")
    assert {case: set(pair) for case, pair in turns.items()} == {
        case: set(pair) for case, pair in of_case.items()
    }
    first, second = (Counter(pair[seat] for pair in turns.values()) for seat in (0, 1))
    assert all(abs(first[name] - second[name]) <= 1 for name in "abcdefg")
    swapped = {case: (b, a) for case, (a, b) in of_case.items()}
    assert lottery.take_turns(swapped, seed, "casefiles/2026-12/reviewers") == turns


def test_either_of_two_is_the_reviewer_half_of_the_time() -> None:
    firsts = Counter(
        lottery.take_turns({"c": ("a", "b")}, bytes([k]) * 32, "p")["c"][0] for k in range(256)
    )
    assert 96 < firsts["a"] < 160


def test_every_kind_gets_one_at_least() -> None:
    quotas = quotas_of({"处罚": 97, "强制": 3}, 5)
    assert [(q.kind, q.drawn) for q in quotas] == [("处罚", 4), ("强制", 1)]
