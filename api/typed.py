"""What did the person at the keyboard type? Text becomes values, or a sentence that says how."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from riskengine.errors import NotFound, RiskEngineError, Sentence
from riskengine.files import Sheet, read_sheet
from scheduler import lottery
from scheduler.beacon import round_at
from scheduler.draw import Must
from scheduler.event import KINDS as EVENT_KINDS
from scheduler.event import Event, Promise, of_beacon, utc
from scheduler.roster.documents import Absent, Closed, News, SeatName, Urgent

Lang = Literal["zh", "en"]
KINDS: dict[str, Literal["case", "special"]] = {
    "case": "case", "个案": "case", "special": "special", "专项": "special",
}  # fmt: skip
MUST_COLUMNS = 3
MATRIX = pa.schema([("from_id", pa.string()), ("to_id", pa.string()), ("minutes", pa.int64())])
MOST_OFFICERS = 1000


def day_of(text: str) -> dt.date:
    """A date as people type it.

    >>> day_of("2026-12-01")
    datetime.date(2026, 12, 1)
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        is_written_well = re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        code = "day_not_there" if is_written_well else "day_unreadable"
        raise RiskEngineError(code, text=text) from None


def month_of(text: str) -> dt.date:
    """The first day of a month as people type it.

    >>> month_of("2026-12")
    datetime.date(2026, 12, 1)
    """
    try:
        return dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise RiskEngineError("month_unreadable", text=text) from None


def numbers_of(text: str) -> tuple[int, ...]:
    """Numbers of officers, separated by commas of either width.

    >>> numbers_of("6，8,10")
    (6, 8, 10)
    """
    try:
        numbers = tuple(int(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise RiskEngineError("numbers_unreadable", text=text) from None
    if not all(1 <= number <= MOST_OFFICERS for number in numbers):
        raise RiskEngineError("numbers_unreadable", text=text)
    return numbers


def file_of(path: Path, like: str) -> Path:
    """A file that is there; `like` is a name for it, told where a folder is given."""
    if path.is_dir():
        raise NotFound("file_is_folder", name=str(path), like=str(path / like))
    if not path.is_file():
        raise NotFound("file_missing", name=str(path))
    return path


def must_from(path: Path | None) -> tuple[Must, ...]:
    """Visits outside the draw, from a table with enterprise, kind (case or special) and reason."""
    if path is None:
        return ()
    sheet = read_sheet(file_of(path, "必查.csv"), lambda header: len(header) >= MUST_COLUMNS)
    require_every_row(sheet, "must_unreadable")
    if len(sheet.header) < MUST_COLUMNS or not len(sheet.lines) or sheet.header[1] in KINDS:
        text = ",".join(sheet.header)
        raise RiskEngineError("must_unheaded", file=path.name, text=text)
    visits = []
    for number, line in enumerate(sheet.lines):
        cells = [cell.strip() for cell in sheet.row(number).values()]
        if len(cells) < MUST_COLUMNS or not all(cells[:MUST_COLUMNS]) or cells[1] not in KINDS:
            text = ",".join(cells)
            raise RiskEngineError("must_unreadable", file=path.name, row=line, text=text)
        reason = Sentence("must_stated", cells[2], cells[2])
        visits.append(Must(cells[0], KINDS[cells[1]], reason))
    return tuple(visits)


def require_every_row(sheet: Sheet, code: str) -> None:
    """Refuse a table of which a row, having more cells than the header, would be left out."""
    for line, cells in sheet.overlong.items():
        raise RiskEngineError(code, file=sheet.file, row=line, text=",".join(cells))


def matrix_from(path: Path | None) -> pa.Table | None:
    """Travel times from a table with the columns from_id, to_id and minutes."""
    if path is None:
        return None
    sheet = read_sheet(file_of(path, "路程.csv"), lambda header: len(header) >= len(MATRIX.names))
    require_every_row(sheet, "matrix_unreadable")
    rows = []
    for number, line in enumerate(sheet.lines):
        cells = {name.strip(): cell.strip() for name, cell in sheet.row(number).items()}
        minutes = cells.get("minutes", "")
        if not (cells.get("from_id") and cells.get("to_id") and re.fullmatch(r"\d{1,4}", minutes)):
            text = ",".join(cells.values())
            raise RiskEngineError("matrix_unreadable", file=path.name, row=line, text=text)
        rows.append({**cells, "minutes": int(minutes)})
    return pa.Table.from_pylist(rows, MATRIX)


# ── events ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """The options that name an event, as they were typed; what was not typed is empty."""

    kind: str = ""
    name: str = ""
    source: str = ""
    due: str = ""
    chain: str = "quicknet"
    round: int | None = None
    promises: tuple[str, ...] = ()


def event_from(typed: NamedEvent, command: str) -> Event:
    """The event that the options name; the kind follows from them where it is not typed."""
    guessed = "drand" if typed.round else "commit_reveal" if typed.promises else "public_value"
    kind = typed.kind or guessed
    if kind not in EVENT_KINDS:
        raise RiskEngineError("event_kind", kind=kind)
    needed = {"--event": typed.name, "--event-source": typed.source, "--event-due": typed.due}
    if kind == "drand":
        needed = {"--drand-round": typed.due or str(typed.round or "")}
    elif kind == "commit_reveal":
        needed = {"--event-due": typed.due}
    for option, value in needed.items():
        if not value:
            raise RiskEngineError("option_missing", name=option, command=f"riskengine {command}")
    if kind == "drand":
        due = dt.datetime.fromisoformat(utc(typed.due)) if typed.due else None
        number = typed.round or (round_at(typed.chain, due) if due else 0)
        event = of_beacon(typed.chain, number, typed.name, typed.source)
        if due and number != round_at(typed.chain, due):
            facts = {"round": number, "due_at": event.due_at, "said": utc(typed.due)}
            raise RiskEngineError("round_time", **facts)
        return event
    return Event(
        kind,
        typed.name or "当面公开密文 · secrets opened in person",
        typed.source or "各承诺人 · the officers who promised",
        typed.due,
        tuple(promise_from(text) for text in typed.promises),
    )


def promise_from(text: str) -> Promise:
    """A promise as `riskengine promise` prints it.

    >>> promise_from("李四=" + "0" * 64).name
    '李四'
    """
    name, _, commitment = text.partition("=")
    if not name.strip() or not re.fullmatch("[0-9a-f]{64}", commitment.strip()):
        raise RiskEngineError("promise_unreadable", text=text)
    return Promise(name.strip(), commitment.strip())


def reveals_from(texts: Sequence[str], withheld_by: Sequence[str]) -> str:
    """The value of a commit-and-reveal: secrets or files that hold them, and who withholds."""
    reveals = {name.strip(): "" for name in withheld_by}
    for text in texts:
        name, _, secret = text.partition("=")
        path = Path(secret.strip())
        is_hex = re.fullmatch("[0-9a-fA-F]+", secret.strip())
        if not is_hex and path.is_file():
            secret = path.read_text(encoding="ascii", errors="replace")
        if not re.fullmatch("([0-9a-f]{2})+", secret.strip().lower()):
            raise RiskEngineError("reveal_unreadable", name=name)
        reveals[name.strip()] = secret.strip().lower()
    return lottery.join_reveals(reveals)


# ── repairs and questions ───────────────────────────────────────────────────────────────────

DAYS = r"(\d{4}-\d\d-\d\d)(?:\s*\.\.\s*(\d{4}-\d\d-\d\d))?"
SEATS: dict[str, SeatName] = {
    "lead": "lead", "组长": "lead", "带队": "lead",
    "second": "second", "检查人员": "second", "检查员": "second", "随行": "second",
}  # fmt: skip


def news_from(absent: Sequence[str], closed: Sequence[str], urgent: Sequence[str]) -> News:
    """What has happened, as people type it.

    >>> news_from(["P03:2026-12-10..2026-12-14"], [], []).absent[0].last
    datetime.date(2026, 12, 14)
    """
    return News(
        tuple(Absent(*_who_and_days(text, "--absent", "P03")) for text in absent),
        tuple(Closed(*_who_and_days(text, "--closed", "E12")) for text in closed),
        tuple(_urgent(text) for text in urgent),
    )


def _who_and_days(text: str, option: str, who: str) -> tuple[str, dt.date, dt.date]:
    found = re.fullmatch(f"(.+?)[:：]{DAYS}", text.strip())
    if not found:
        example = f"{who}:2026-12-10..2026-12-14"
        raise RiskEngineError("repair_unreadable", text=text, option=option, example=example)
    first = day_of(found[2])
    last = day_of(found[3]) if found[3] else first
    require_in_order(text, first, last)
    return found[1].strip(), first, last


def require_in_order(text: str, first: dt.date, last: dt.date) -> None:
    """Refuse days of which the last comes before the first."""
    if last < first:
        raise RiskEngineError("days_reversed", text=text, first=first, last=last)


def _urgent(text: str) -> Urgent:
    found = re.fullmatch(r"(.+?)[:：](\d{4}-\d\d-\d\d)[:：](.+)", text.strip())
    if not found:
        example = "E99:2026-12-15:群众投诉"
        raise RiskEngineError("repair_unreadable", text=text, option="--urgent", example=example)
    return Urgent(found[1].strip(), day_of(found[2]), found[3].strip())


def seat_from(text: str) -> tuple[str, SeatName, str | None]:
    """A seat, and who is asked for, if anybody is.

    >>> seat_from("20261210-02:lead:P05")
    ('20261210-02', 'lead', 'P05')
    """
    found = re.fullmatch(r"([^:]+):([^:]+)(?::([^:]+))?", text.replace("：", ":").strip())
    if not found or found[2].strip() not in SEATS:
        example = "20261210-02:lead:P05"
        raise RiskEngineError("repair_unreadable", text=text, option="--swap", example=example)
    return found[1].strip(), SEATS[found[2].strip()], found[3].strip() if found[3] else None


def prices_from(text: str) -> tuple[int, ...]:
    """Prices of a guess, separated by commas of either width.

    >>> prices_from("0，30")
    (0, 30)
    """
    parts = text.replace("，", ",").split(",")
    if not all(re.fullmatch(r"\s*\d{1,6}\s*", part, re.ASCII) for part in parts):
        raise RiskEngineError("prices_unreadable", text=text)
    return tuple(int(part) for part in parts)
