"""Which receipts can be made from a draw or a roster, and where do they go?

A receipt is no step: it decides nothing, keeps nothing, and can be made again at any time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.opening import require_opened
from api.papers.receipt import receipt_page
from api.papers.write import file_name
from api.steps import Desk, known_on, month_of, whole_month_of
from riskengine.digest import canonical
from riskengine.errors import NotFound
from riskengine.rules import Title
from scheduler.draw import Frame
from scheduler.receipt import Receipt, enterprise_receipts, officer_receipts


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts of one month, and who drew."""

    month: dt.date
    bureau: Title
    receipts: tuple[Receipt, ...]

    def page(self, receipt: Receipt) -> str:
        """The page of one of them."""
        return receipt_page(receipt, bureau=(self.bureau.zh, self.bureau.en))


def receipts_of(desk: Desk, digest: str, ids: Sequence[str] = ()) -> Receipts:
    """The receipts of enterprises of a draw, or of officers of a roster.

    ids
        Whose; none for all enterprises that were drawn, or all officers who could sit in a seat.
    """
    kind = desk.store.get_document(digest).kind
    if kind == "draw":
        drawn = month_of(desk, digest)
        frame, names = drawn.frame, names_of(desk, drawn.frame, "enterprises", "enterprise_id")
        made = enterprise_receipts(frame, drawn.draw, ids or drawn.draw.selected, names)
    elif kind == "roster":
        require_opened(desk, digest)
        month = whole_month_of(desk, digest)
        frame, names = month.frame, names_of(desk, month.frame, "inspectors", "inspector_id")
        wanted = ids or sorted({share.inspector_id for share in month.slots.shares})
        made = officer_receipts(month.slots, month.roster, wanted, names)
    else:
        raise NotFound("not_found", kind="draw", name=digest)
    return Receipts(frame.month, desk.policy.on(frame.as_of).pack.jurisdiction, made)


def names_of(desk: Desk, frame: Frame, table: str, key: str) -> dict[str, str]:
    """Id → name in a table of the register, as known when the list was made."""
    columns = known_on(desk, frame.as_of).tables[table].select([key, "name"]).to_pydict()
    return dict(zip(columns[key], columns["name"], strict=True))


def write_receipts(folder: Path, made: Receipts) -> list[Path]:
    """Each receipt as JSON, to the byte what its digest is over, and as a page to print."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for receipt in made.receipts:
        path = folder / f"{file_name(receipt['id'])}.json"
        path.write_bytes(canonical(receipt))
        page = path.with_suffix(".html")
        page.write_text(made.page(receipt), encoding="utf-8", newline="\n")
        written += [path, page]
    return written
