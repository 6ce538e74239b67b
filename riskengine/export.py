"""What does a register look like in spreadsheets with Chinese headers?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd

from riskengine.fields import Field, field_of, table_of_fields
from riskengine.register import Register


def export_register(register: Register) -> dict[str, pd.DataFrame]:
    """Every table that has rows, as people write it: Chinese name → headers, words and units.

    `riskengine.register.read_register` gives the same register back from the written sheets.
    """
    return {
        info.zh[0]: pd.DataFrame(
            {
                field.zh[0]: [in_words(cell, field) for cell in rows[field.name].to_pylist()]
                for field in info.fields
            },
            dtype="str",
        )
        for info in table_of_fields().values()
        if (rows := register.tables[info.name]).num_rows
    }


def in_words(cell: Any, field: Field) -> str:
    """A value of the register as people write it in a spreadsheet."""
    return "" if cell is None else WRITERS.get(field.type, _plain)(cell, field)


def _plain(cell: object, field: Field) -> str:
    return str(cell)


def _word(cell: str, field: Field) -> str:
    """The first Chinese word that the dictionary gives for a code."""
    return next((word for word, code in field.values.items() if code == cell), cell)


def _words(cell: str, field: Field) -> str:
    sectors = field_of("enterprises", "sector")
    return "；".join(_word(code, sectors) for code in cell.split(";"))


def _yes_or_no(cell: bool, field: Field) -> str:
    return "是" if cell else "否"


def _percent(cell: int, field: Field) -> str:
    """Basis points as a percentage, without a float: 9855 → 98.55%."""
    return f"{cell // 100}.{cell % 100:02d}%"


def _thousandths(cell: int, field: Field) -> str:
    return f"{cell // 1000}.{cell % 1000:03d}"


def _clock(cell: int, field: Field) -> str:
    return f"{cell // 60:02d}:{cell % 60:02d}"


def _deadline(cell: dt.date, field: Field) -> str:
    return "长期" if cell == dt.date.max else cell.isoformat()


WRITERS: dict[str, Callable[[Any, Field], str]] = {
    "code": _word,
    "category": _word,
    "list": _words,
    "bool": _yes_or_no,
    "rate": _percent,
    "milli": _thousandths,
    "clock": _clock,
    "deadline": _deadline,
}
