"""How does a shop owner, or an officer, read a receipt and check it?

One A4 page to print, Chinese first, with a QR code that holds the receipt itself where it fits. The
page says only what stands in the receipt; it loads nothing from anywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import segno
from markupsafe import Markup

from api.papers.month import ZONE, month_name, percent
from api.papers.pages import template
from riskengine.digest import canonical
from scheduler import lottery

QR_BYTES = 2_500
"""The most a code can hold that a phone still reads from paper: version 37, modules of half a millimetre."""
MOST_DUELS = 7
SHORT = 60
MOST = 0.3
"""Up to this chance people think in “one in so many”, above it in “so many of ten”."""
SEATS = {"lead": "主办", "second": "协办"}

Words = tuple[str, str]
"""Chinese, English."""


def receipt_page(receipt: Mapping[str, Any], *, bureau: Words, zone: str = ZONE) -> str:
    """The page of a receipt, HTML in UTF-8 without a link to anything.

    bureau
        Who drew, in both languages.
    zone
        Time zone of the moments on the page (IANA name).
    """
    is_officer = receipt["kind"] == "officer"
    listed, drawn = (receipt[part] for part in (
        ("slots", "roster") if is_officer else ("frame", "draw")
    ))  # fmt: skip
    whole = canonical(receipt)
    fits = len(whole) <= QR_BYTES
    month = dt.date.fromisoformat(f"{listed['purpose'].rpartition('/')[2]}-01")
    told = _officer(receipt) if is_officer else _enterprise(receipt)
    return template("receipt.html").render(
        receipt=receipt,
        listed=listed,
        drawn=drawn,
        bureau=bureau,
        month=(month_name(month), f"{month:%Y-%m}"),
        frozen_at=_wall_clock(listed["frozen_at"], zone),
        due_at=_wall_clock(listed["event"]["due_at"], zone),
        entered_at=_wall_clock(drawn["entered_at"], zone),
        zone=zone,
        event=f"{short(listed['event']['name'])}（{short(listed['event']['source'])}）",
        value=_value(listed["event"], drawn["event_value"]),
        withheld=lottery.withheld_by(listed["event"], drawn["event_value"]),
        qr=qr_code(whole if fits else "\n".join(fingerprint(receipt)).encode()),
        fits=fits,
        proves=lottery.proof_of(receipt),
        leaves_open=lottery.proof_of(receipt, "leaves_open"),
        **told,
    )


def qr_code(content: bytes) -> Markup:
    """A QR code of bytes as SVG inside a page, without a size of its own."""
    code = segno.make(content, error="l", boost_error=False, micro=False)
    return Markup(code.svg_inline(omitsize=True))


def fingerprint(receipt: Mapping[str, Any]) -> list[str]:
    """What the code holds when the receipt does not fit: enough to know the file by."""
    part, of = ("slots", "roster") if receipt["kind"] == "officer" else ("frame", "draw")
    if receipt["kind"] == "officer":
        chance, result = f"{len(receipt['shares'])} shares", f"{len(receipt['drawn'])} seats"
    else:
        row = receipt["row"]
        chance = "–" if row is None else f"{row['pi_nano'] / lottery.NANO:.9f}"
        result = "drawn" if receipt["is_drawn"] else "not drawn"
    return [
        lottery.RECEIPT,
        f"id {receipt['id']}",
        f"chance {chance}",
        f"result {result}",
        f"root {receipt[part]['root']}",
        f"seed {receipt[of]['seed']}",
        f"digest {receipt['digest']}",
    ]


def _wall_clock(moment: str, zone: str) -> str:
    return f"{dt.datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _value(event: Mapping[str, Any], value: str) -> Words:
    """The value of an event, short enough to read."""
    if event["kind"] == "commit_reveal":
        count = len(event["promises"])
        return f"{count} 人各自的密文，见文件", f"the secrets of {count} people, in the file"
    return f"“{short(value)}”", f"“{short(value)}”"


def short(text: str) -> str:
    """A text that may be longer than its place on the page."""
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


# ── an enterprise ─────────────────────────────────────────────────────────────────────────


def _enterprise(receipt: Mapping[str, Any]) -> dict[str, Any]:
    row = receipt["row"]
    pi = None if row is None else row["pi_nano"]
    duels = _duels(receipt)
    return {
        "chance": "—" if pi is None else percent(pi, lottery.NANO, 4 if pi < MIN_PERCENT else 2),
        "words": chance_words(pi),
        "result": _result(receipt),
        "duels": duels if len(duels) <= MOST_DUELS else [*duels[: MOST_DUELS - 2], *duels[-2:]],
        "left_out": max(len(duels) - MOST_DUELS, 0),
    }


MIN_PERCENT = lottery.NANO // 1000


def chance_words(pi: int | None) -> Words:
    """A probability in units of 1e-9 as people say it; none where no draw decided.

    >>> chance_words(47_000_000)
    ('约 21 家中 1 家', 'about 1 in 21')
    >>> chance_words(900_000_000)
    ('约十次中 9 次', 'about 9 times in 10')
    """
    if pi is None:
        return "不由抽签决定，没有概率", "no draw decides this, so there is no probability"
    if pi == 0:
        return (
            "本月不会被抽中（例如本年已查满）",
            "cannot be drawn this month (say, its checks are used up)",
        )
    if pi == lottery.NANO:
        return "本月必定被抽中", "certain to be drawn this month"
    if pi <= MOST * lottery.NANO:
        one_in = round(lottery.NANO / pi)
        return f"约 {one_in:,} 家中 1 家", f"about 1 in {one_in:,}"
    tenths = min(round(10 * pi / lottery.NANO), 9)
    return f"约十次中 {tenths} 次", f"about {tenths} times in 10"


def _result(receipt: Mapping[str, Any]) -> Words:
    if receipt["row"] is None:
        reason = receipt["must"]["reason"]
        return f"抽签以外的检查：{reason['zh']}", f"Visited outside the draw: {reason['en']}"
    if receipt["is_drawn"]:
        return "被抽中", "Drawn"
    if receipt["reserve"]:
        return (
            f"未被抽中，候补第 {receipt['reserve']} 位",
            f"Not drawn; reserve number {receipt['reserve']}",
        )
    return "未被抽中", "Not drawn"


def _duels(receipt: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every duel from the side of the enterprise."""
    lines = []
    for duel in lottery.duels_of(receipt):
        chances = [(duel.a, duel.a_after), (duel.b, duel.b_after)]
        mine, theirs = chances if duel.carrier == receipt["id"] else chances[::-1]
        lines.append(
            {
                "rival": duel.other if duel.carrier == receipt["id"] else duel.carrier,
                "theirs": percent(theirs[0], lottery.NANO, 1),
                "mine": f"{percent(mine[0], lottery.NANO, 1)} → {percent(mine[1], lottery.NANO, 1)}",
                "number": f"{duel.r}/{lottery.duel_span(duel.a, duel.b)}",
            }
        )
    return lines


# ── an officer ────────────────────────────────────────────────────────────────────────────


def _officer(receipt: Mapping[str, Any]) -> dict[str, Any]:
    shares: Sequence[Mapping[str, Any]] = receipt["shares"]
    expected = sum(share["share_micro"] for share in shares) / lottery.MICRO
    days = len(receipt["seats"])
    chances = {(s["route_id"], s["seat"]): s["share_micro"] for s in shares}
    return {
        "chance": f"{expected:.2f}",
        "words": ("天，抽签前公布的预计外勤", "days in the field expected before the draw"),
        "result": (f"抽到 {days} 天", f"Days drawn: {days}"),
        "seats": [
            {
                "day": seat["day"][5:],
                "route": seat["route_id"],
                "seat": SEATS[seat["seat"]],
                "chance": percent(chances[seat["route_id"], seat["seat"]], lottery.MICRO),
                "note": _note(receipt, seat),
            }
            for seat in sorted(receipt["seats"], key=lambda s: (s["day"], s["route_id"]))
        ],
    }


def _note(receipt: Mapping[str, Any], seat: Mapping[str, Any]) -> str:
    if seat["day"] in receipt["repaired"]:
        return "改派"
    return "" if seat in receipt["drawn"] else "对调"
