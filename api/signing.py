"""How is what was learnt laid before whoever may sign it: its name, its folder, its lines?"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from riskengine.errors import RiskEngineError

NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class ToSign:
    """What a pack would have to name.

    key, place
        Under which word of ``pack.yaml``, and what it calls the place.
    digest
        What a signature names.
    day
        Until which it has learnt; it may apply from the month after.
    """

    key: Literal["fitted", "challenger"]
    place: Literal["folder", "file"]
    digest: str
    day: dt.date


def named(name: str) -> str:
    """A name that is a folder, too."""
    if not NAME.fullmatch(name) or set(name) <= {"."}:
        raise RiskEngineError("fit_name_unreadable", name=name)
    return name


def lines_to_sign(to_sign: ToSign, where: str) -> str:
    """What goes into ``pack.yaml``; unsigned it is refused, so that pasting signs nothing.

    where
        The place, from the folder of the pack.
    """
    first = (to_sign.day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return (
        f"{to_sign.key}:\n"
        f"  {first}:\n"
        f"    {to_sign.place}: {where}\n"
        f"    digest: {to_sign.digest}\n"
        "    approved_by:\n"
        '      - {name: "", role: "", date: ""}\n'
    )
