"""Are today's enterprises like those of earlier years? `riskengine drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.options import HOME, PACK, DayText, Home, Language, Pack, desk_at, hand_of, out
from api.typed import Lang, day_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from api.drifts import Checked


def drift(as_of: DayText, home: Home = HOME, pack: Pack = PACK, lang: Language = "zh") -> None:
    """企业和往年还一样吗，等级还准吗 · Have the enterprises changed, and do the grades hold?"""
    from api import drifts, show
    from api.papers.drift import drift_sheets
    from api.papers.sheets import write_workbook

    day = day_of(as_of)
    desk = desk_at(home, pack)
    checked = drifts.check_drift(desk, as_of=day, pack=pack, today=hand_of().at.date())
    out.print(shown(checked, lang))
    path = home / f"与往年比较-{checked.as_of}.xlsx"
    out.print(show.written([write_workbook(path, list(drift_sheets(checked)))], lang))


def shown(checked: Checked, lang: Lang) -> RenderableType:
    """What moved, what is expected, and what random visits say about the grades."""
    from rich.console import Group

    from api.papers.drift import AT_A_GLANCE, GRADES, HEADS, grade_cells, line_cells
    from api.show import grid, pick, said

    parts: list[RenderableType] = []
    if checked.lines:
        title = pick(
            lang, f"{checked.as_of} 与往年同一天", f"{checked.as_of} against earlier years"
        )
        heads = [pick(lang, *head) for head in HEADS[:AT_A_GLANCE]]
        lines = (line_cells(line, lang)[:AT_A_GLANCE] for line in checked.lines)
        parts.append(grid(title, *heads, lines=lines))
    parts.append(said((*checked.said, *checked.quality), lang))
    if checked.grades:
        title = pick(lang, "各等级与随机抽查", "The grades, and what random visits found")
        lines = (grade_cells(one, lang) for one in checked.grades)
        parts.append(grid(title, *(pick(lang, *head) for head in GRADES), lines=lines))
    parts.append(said(checked.drawn, lang))
    return Group(*parts)
