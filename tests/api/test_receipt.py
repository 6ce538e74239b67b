"""Does everyone get a page that can be read, printed and scanned, and is a refusal one sentence?"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import steps
from api.app import create_app
from api.cli import REFUSED, run
from api.papers.receipt import QR_BYTES, chance_words, fingerprint, qr_code, receipt_page
from api.receipts import receipts_of
from api.settings import Settings
from riskengine.digest import canonical
from riskengine.policy import read_policy
from scheduler import lottery
from scheduler.draw import Draw, Event, Frame
from tests.api.walk import (
    AFTER,
    BEFORE,
    MONTH,
    MONTH_OVER,
    open_month,
    sealed_month,
    set_clock,
)
from tests.scheduler import test_receipt as by_hand
from tests.scheduler.test_receipt import sealed
from tests.scheduler.whole_month import DEAR_RATES

BUREAU = ("示例县交通运输局", "Example county transport bureau")
LOTTERY = Path(lottery.__file__)
Said = pytest.CaptureFixture[str]


# ── the page ──────────────────────────────────────────────────────────────────────────────


class Reading(HTMLParser):
    """What a page shows and what it would load; tags that are not closed are a fault."""

    VOID = ("meta", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


def page_of(receipt: dict[str, Any]) -> str:
    return receipt_page(receipt, bureau=BUREAU)


def test_a_page_says_chance_result_event_and_how_to_check() -> None:
    receipt = by_hand.KINDS["enterprise"]
    shown = Reading(page_of(receipt)).text
    told = [
        "示例运输", "E4", "56.00%", "约十次中 6 次", "about 6 times in 10", "未被抽中", "Not drawn",
        "示例彩票 第 2026138 期", "示例公报", "07 12 33", "张三", "李四", "2026-11-30 20:30",
        "658024574/740000000", "56.0% → 26.0%", "python lottery.py receipt.json --root",
        receipt["frame"]["root"], receipt["draw"]["seed"], receipt["digest"],
        lottery.proof_of(receipt)[0], lottery.proof_of(receipt, "leaves_open")[1],
        *BUREAU,
    ]  # fmt: skip
    assert [words for words in told if words not in shown] == []


@pytest.mark.parametrize("kind", by_hand.KINDS)
def test_a_page_loads_nothing_and_runs_nothing(kind: str) -> None:
    page = page_of(by_hand.KINDS[kind])
    reading = Reading(page)
    assert reading.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form", "a"})
    names = {name for name, _ in reading.attributes}
    assert not {name for name in names if name in ("src", "href", "action") or name[:2] == "on"}
    assert not re.search(r"@import|url\(", page)
    assert re.findall("https?://[^\"']*", page) in ([], ["http://www.w3.org/2000/svg"])
    assert reading.text.lstrip().startswith("抽签凭证")


def test_a_name_cannot_write_into_the_page() -> None:
    name = '<script>alert(1)</script>"&'
    receipt = sealed(by_hand.changed(by_hand.KINDS["enterprise"], ("name",), name))
    page = page_of(receipt)
    assert "<script>" not in page
    assert name in Reading(page).text


def test_every_kind_of_receipt_says_what_it_is() -> None:
    kinds = by_hand.KINDS
    outside = Reading(page_of(kinds["outside"])).text
    assert "没有概率" in outside and "a complaint" in outside and "不占随机名额" in outside
    ticket = Reading(page_of(kinds["ticket"])).text
    assert kinds["ticket"]["ticket"]["key"] in ticket and "门槛" in ticket
    officer = kinds["officer"]
    shown = Reading(page_of(officer)).text
    assert f"抽到 {len(officer['seats'])} 天" in shown and "对调" in shown
    assert all(seat["route_id"] in shown for seat in officer["seats"])


def test_a_withheld_secret_is_said_on_the_page() -> None:
    frame = by_hand.frozen()
    result = by_hand.drawn(frame, secret=None, withheld=True, entered_at="2026-12-02T13:00:00Z")
    assert "逾期未公开" in Reading(page_of(by_hand.everyone(frame, result)[0])).text
    assert "逾期未公开" not in Reading(page_of(by_hand.KINDS["enterprise"])).text


@pytest.mark.parametrize("pi", [0, 10**9])
def test_who_never_duels_is_told_why(pi: int) -> None:
    frame = by_hand.frozen([("独一户", pi, "C", "freight", "")])
    (receipt, _) = by_hand.everyone(frame, by_hand.drawn(frame))
    shown = Reading(page_of(receipt)).text
    assert "不用对决" in shown
    assert ("本月必定被抽中" if pi else "本月不会被抽中") in shown


@pytest.mark.parametrize(
    ("pi", "words"),
    [(47_312_000, "约 21 家中 1 家"), (1, "约 1,000,000,000 家中 1 家"),
     (500_000_000, "约十次中 5 次"), (999_999_999, "约十次中 9 次")],
)  # fmt: skip
def test_a_chance_is_said_as_people_say_it(pi: int, words: str) -> None:
    assert chance_words(pi)[0] == words


def test_many_duels_do_not_fill_a_second_page() -> None:
    receipt = by_hand.KINDS["enterprise"]
    first = receipt["duels"][0]
    many = [[0, f"对手{n}", *first[2:]] for n in range(40)]
    page = page_of(sealed(by_hand.changed(receipt, ("duels",), many)))
    assert page.count("对手") < 10
    assert "另有 33 次" in page and "33 more" in page


# ── the code ──────────────────────────────────────────────────────────────────────────────


def test_the_code_holds_the_receipt_to_the_byte_or_its_fingerprints() -> None:
    small, large = by_hand.KINDS["enterprise"], by_hand.KINDS["officer"]
    assert len(canonical(small)) <= QR_BYTES < len(canonical(large))
    assert qr_code(canonical(small)) in page_of(small)
    lines = fingerprint(large)
    assert qr_code("\n".join(lines).encode()) in page_of(large)
    text = " ".join(lines)
    assert all(large[part][name] in text for part, name in [("slots", "root"), ("roster", "seed")])
    assert large["digest"] in text and large["id"] in text


def test_a_scanned_code_is_the_file(tmp_path: Path) -> None:
    """By a decoder that has nothing to do with what drew the code."""
    zxing = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    segno = pytest.importorskip("segno")
    receipt = by_hand.KINDS["enterprise"]
    picture = tmp_path / "code.png"
    segno.make(canonical(receipt), error="l", boost_error=False, micro=False).save(
        str(picture), scale=4
    )
    (found,) = zxing.read_barcodes(image.open(picture))
    assert found.bytes == canonical(receipt)
    path = tmp_path / "receipt.json"
    path.write_bytes(found.bytes)
    assert lottery.main([str(path)]) == 0


# ── a month at the keyboard ───────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after a month in which a dozen enterprises are drawn, its officers sealed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.steps.read_policy", lambda name: read_policy(name).overlay(DEAR_RATES))
        return sealed_month(tmp_path_factory.mktemp("receipts"), patch)


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data=home)), base_url="http://127.0.0.1:8350") as client:
        yield client


def kept(home: Path, kind: str, holder: type) -> tuple[str, Any]:
    desk = steps.open_desk(Settings(data=home))
    found = desk.store.latest_document(kind)
    assert found is not None
    return found.digest, steps.load(desk, kind, found.digest, holder)


def alone(path: Path, *options: str) -> int:
    """The answer of the file a citizen runs, with nothing of ours beside it."""
    command = [sys.executable, "-I", "-S", str(LOTTERY), str(path), *options]
    return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode


def receipt_command(home: Path, *words: str) -> int:
    return run(["receipt", "--month", MONTH, "--home", str(home), *words])


def test_all_drawn_enterprises_get_a_receipt_that_stands_alone(home: Path) -> None:
    assert receipt_command(home, "--all") == 0
    _, drawn = kept(home, "draw", Draw)
    _, frame = kept(home, "frame", Frame)
    folder = home / MONTH / "凭证"
    assert {path.stem for path in folder.glob("*.json")} >= set(drawn.selected)
    assert len(drawn.selected) > 5
    for one in drawn.selected:
        assert json.loads((folder / f"{one}.json").read_bytes())["is_drawn"]
        assert Reading((folder / f"{one}.html").read_text("utf-8")).text
    first = folder / f"{drawn.selected[0]}.json"
    assert alone(first, "--root", frame.root) == 0
    assert alone(first, "--root", "0" * 64) == 1
    assert run(["verify", str(first)]) == 0


def test_who_was_not_drawn_and_who_was_visited_anyway_get_one_too(home: Path) -> None:
    _, drawn = kept(home, "draw", Draw)
    _, frame = kept(home, "frame", Frame)
    undrawn = next(row for row in frame.rows if row.enterprise_id not in drawn.selected)
    for one in (undrawn.enterprise_id, frame.must[0].enterprise_id):
        assert receipt_command(home, one) == 0
        path = home / MONTH / "凭证" / f"{one}.json"
        assert alone(path) == 0
    assert "没有概率" in path.with_suffix(".html").read_text("utf-8")


def test_a_refusal_is_one_sentence(
    home: Path, capsys: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*words: str, at: Path = home) -> str:
        capsys.readouterr()
        assert run(["receipt", "--month", MONTH, "--home", str(at), *words]) == REFUSED
        chinese, english = capsys.readouterr().err.splitlines()
        assert re.search("[\u4e00-\u9fff]", chinese) and english.endswith(".")
        return english

    assert "neither in the list" in said("无此企业")
    assert "--all" in said()
    assert "--all" in said("E1", "--all")
    set_clock(monkeypatch, BEFORE)
    assert "riskengine import" in said("E1", at=tmp_path / "empty")


def test_officers_get_theirs_once_the_roster_is_open(
    home: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shutil.copytree(home, tmp_path / "data")
    set_clock(monkeypatch, AFTER)
    assert receipt_command(home, "--all", "--officer") == REFUSED
    assert "still sealed" in capsys.readouterr().err
    set_clock(monkeypatch, MONTH_OVER)
    monkeypatch.setattr("api.steps.read_policy", lambda name: read_policy(name).overlay(DEAR_RATES))
    assert run(open_month(home)) == 0
    assert receipt_command(home, "无此人", "--officer") == REFUSED
    assert "no share" in capsys.readouterr().err
    assert receipt_command(home, "--all", "--officer") == 0
    officers = [
        path for path in (home / MONTH / "凭证").glob("*.json")
        if json.loads(path.read_bytes())["kind"] == "officer"
    ]  # fmt: skip
    assert officers
    assert [alone(path) for path in officers] == [0] * len(officers)


# ── over HTTP ─────────────────────────────────────────────────────────────────────────────


def test_the_doors_give_the_file_and_the_page(home: Path, client: TestClient) -> None:
    digest, drawn = kept(home, "draw", Draw)
    one = drawn.selected[0]
    answer = client.get(f"/receipts/{digest}/{one}")
    assert answer.status_code == 200
    assert lottery.check_file(answer.json(), answer.content) == []
    page = client.get(f"/receipts/{digest}/{one}/page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert qr_code(answer.content) in page.text or "指纹" in page.text
    assert client.post("/verdicts", content=answer.content).json()["is_sound"]
    torn = answer.content.replace(drawn.seed.encode(), drawn.seed[::-1].encode())
    assert not client.post("/verdicts", content=torn).json()["is_sound"]


def test_a_door_refuses_with_a_sentence(home: Path, client: TestClient) -> None:
    digest, _ = kept(home, "draw", Draw)
    frame, _ = kept(home, "frame", Frame)
    asked = {
        f"/receipts/{digest}/无此企业": "receipt_not_listed",
        f"/receipts/{frame}/E1": "not_found",
    }
    for path, code in asked.items():
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


# ── by tickets ────────────────────────────────────────────────────────────────────────────


def test_a_month_drawn_by_tickets_has_receipts(home: Path) -> None:
    store = steps.open_desk(Settings(data=home))
    pack = read_policy("cn-transport").overlay({**DEAR_RATES, "rates.engine": "pareto"})
    desk = steps.Desk(store.store, pack, store.data)
    grades = store.store.latest_document("grades")
    assert grades is not None
    by = steps.Hand(("李娜", "王强"), BEFORE)
    quota = steps.make_quota(desk, by, grades=grades.digest, month=dt.date(2027, 1, 1))
    event = Event("public_value", "示例彩票", "示例公报", "2026-11-29T00:00:00Z")
    frame = steps.make_frame(desk, by, quota=quota, event=event)
    later = steps.Hand(by.by, AFTER)
    digest = steps.make_draw(desk, later, frame=frame, event_value="7")
    made = receipts_of(desk, digest)
    assert len(made.receipts) > 5
    for receipt in made.receipts:
        assert lottery.check_receipt(receipt, canonical(receipt)) == []
        assert receipt["ticket"] or receipt["row"]["pi_nano"] == lottery.NANO
        assert Reading(made.page(receipt)).text
