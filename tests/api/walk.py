"""A whole month at the keyboard, with the clock in the hands of the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from api.cli import run
from riskengine.export import export_register
from riskengine.synthetic import small_register

MONTH = "2026-12"
FIRST_DUE, SECOND_DUE = "2026-11-28T21:15+08:00", "2026-11-30T21:15+08:00"
BEFORE, BETWEEN, AFTER = (
    dt.datetime(2026, 11, 26, 2, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 29, 2, tzinfo=dt.UTC),
    dt.datetime(2026, 12, 1, 0, tzinfo=dt.UTC),
)
MONTH_OVER = dt.datetime(2027, 1, 1, 2, tzinfo=dt.UTC)
FIRST_VALUE, SECOND_VALUE = "03 09 14 17 22 31 + 05", "01 08 11 19 27 30 + 12"
TWO = ("--entered-by", "示例甲", "--entered-by", "示例乙")

Says = Callable[..., int]


def register_folder(folder: Path) -> Path:
    """The small register as a bureau hands it over, with a name that looks like a formula."""
    folder.mkdir()
    for name, table in export_register(small_register(np.random.default_rng(2026))).items():
        if name == "企业名录":
            table["企业名称"] = "=" + table["企业名称"]
        table.to_csv(folder / f"{name}.csv", index=False, encoding="gb18030")
    return folder


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> None:
    """From now on it is `moment`."""
    monkeypatch.setattr("api.settings.now", lambda: moment)


def one_visit_for_certain(home: Path, folder: Path) -> Path:
    """A file of visits outside the draw, as a spreadsheet program saves it in China."""
    firm = (folder / "企业名录.csv").read_text("gb18030").splitlines()[1].split(",")[0]
    path = home.parent / "必查.csv"
    path.write_bytes(f"企业代码,类型,理由\n{firm},个案,群众投诉\n".encode("gb18030"))
    return path


def prepare(home: Path, *more: str) -> list[str]:
    """The command that freezes the list."""
    return [
        "prepare", "--month", MONTH, "--as-of", "2026-11-25", "--by", "示例队长",
        "--event", "示例彩票第136期", "--event-source", "示例公告", "--event-due", FIRST_DUE,
        "--home", str(home), *more,
    ]  # fmt: skip


def settle(home: Path, *people: str, due: str = SECOND_DUE, value: str = FIRST_VALUE) -> list[str]:
    """The command that draws enterprises and plans routes."""
    return [
        "settle", "--month", MONTH, "--value", value, *(people or TWO),
        "--event", "示例彩票第137期", "--event-source", "示例公告", "--event-due", due,
        "--home", str(home),
    ]  # fmt: skip


def staff(home: Path) -> list[str]:
    """The command that draws the officers."""
    return ["staff", "--month", MONTH, "--value", SECOND_VALUE, *TWO, "--home", str(home)]


def publish(home: Path, by: str = "示例局长") -> list[str]:
    """The command that approves and prints."""
    return ["publish", "--month", MONTH, "--by", by, "--home", str(home)]


def open_month(home: Path) -> list[str]:
    """The command that opens the roster and its proof."""
    return ["open", "--month", MONTH, "--by", "示例队长", "--home", str(home)]


def whole_month(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every step in its order; gives the data folder."""
    home = sealed_month(folder, monkeypatch)
    set_clock(monkeypatch, MONTH_OVER)
    assert run(open_month(home)) == 0
    return home


def sealed_month(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every step but the last: the officers are drawn and still sealed."""
    home, register = folder / "data", register_folder(folder / "名录")
    set_clock(monkeypatch, BEFORE)
    assert run(["import", str(register), "--home", str(home)]) == 0
    must = one_visit_for_certain(home, register)
    assert run(prepare(home, "--must", str(must))) == 0
    set_clock(monkeypatch, BETWEEN)
    assert run(settle(home)) == 0
    set_clock(monkeypatch, AFTER)
    assert run(staff(home)) == 0
    assert run(publish(home)) == 0
    return home
