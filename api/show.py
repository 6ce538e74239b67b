"""How does a document read in a terminal?

Every function turns one document into something `rich` can print. `lang` is "zh" or "en".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.papers.month import local_moment
from api.papers.write import scenario_sheet
from api.typed import Lang as Lang
from riskengine.errors import Sentence
from riskengine.explain import Explanation, sentences
from riskengine.grade import LETTERS, Grades
from riskengine.policy import PolicyView
from riskengine.register import Register
from scheduler.capacity import Capacity
from scheduler.draw import Draw, Frame
from scheduler.quota import Quota
from scheduler.roster.documents import Roster, Routes, Slots
from scheduler.staffing import Scenario

COLOURS = {"A": "blue", "B": "yellow", "C": "dark_orange", "D": "red"}
M = 10**9


def said(sentences: Iterable[Sentence], lang: Lang) -> RenderableType:
    """Sentences, one a line."""
    return Text("\n".join(f"· {getattr(one, lang)}" for one in sentences))


def grid(title: str, *heads: str, lines: Iterable[Sequence[object]]) -> Table:
    """A plain table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for line in lines:
        table.add_row(*(cell if isinstance(cell, Text) else str(cell) for cell in line))
    return table


def pick(lang: Lang, zh: str, en: str) -> str:
    """The words in the language asked for."""
    return zh if lang == "zh" else en


def written(paths: Sequence[Path], lang: Lang) -> RenderableType:
    """Where the papers are; calendars are many and named by their folder."""
    shown = dict.fromkeys(path.parent if path.suffix == ".ics" else path for path in paths)
    return Text("\n".join([pick(lang, "文件在：", "Written:"), *(f"  {path}" for path in shown)]))


def fingerprint(digest: str, lang: Lang) -> RenderableType:
    """What a document is called by, from now on."""
    return Text(pick(lang, f"文件指纹 {digest}", f"digest {digest}"))


def imported(register: Register, new_rows: int, lang: Lang) -> RenderableType:
    """What an import took in, left out and doubted."""
    table = grid(
        pick(lang, "导入结果", "Import"),
        *(
            ("文件", "表", "读入行", "合格", "拒收", "合并", "不在范围")
            if lang == "zh"
            else ("file", "table", "rows", "good", "rejected", "merged", "out of scope")
        ),
        lines=(
            (c.file, c.table, c.read, c.stored, c.rejected, c.merged, c.passed_over)
            for c in register.counts
        ),
    )
    lines = [
        pick(lang, f"新入库 {new_rows} 行（已有的不重复入库）。", f"{new_rows} new rows stored.")
    ]
    flags = Counter(flag.reason for flag in register.flags)
    lines += [f"· {getattr(reason, lang)} ×{n}" for reason, n in flags.most_common(6)]
    if len(flags) > 6:
        lines.append(pick(lang, f"… 另有 {len(flags) - 6} 种提醒", f"… {len(flags) - 6} more"))
    return Group(table, Text("\n".join(lines)))


def distribution(grades: Grades, policy: PolicyView, lang: Lang) -> RenderableType:
    """How many enterprises have which grade, by sector."""
    cells = Counter(
        zip(grades.table["sector"].to_pylist(), grades.table["grade"].to_pylist(), strict=True)
    )
    sectors = sorted({sector for sector, _ in cells})
    total = Counter(grades.table["grade"].to_pylist())
    whole = max(grades.table.num_rows, 1)

    def name(sector: str) -> str:
        title = policy.pack.sectors.get(sector)
        return getattr(title, lang) if title else sector

    lines: list[Sequence[object]] = [
        (name(sector), *(cells[sector, letter] for letter in LETTERS)) for sector in sectors
    ]
    lines.append(
        (
            pick(lang, "合计", "all"),
            *(
                Text(f"{total[letter]} ({100 * total[letter] / whole:.1f} %)", COLOURS[letter])
                for letter in LETTERS
            ),
        )
    )
    title = pick(
        lang, f"{grades.as_of} 的等级（{whole} 家）", f"Grades as of {grades.as_of} ({whole})"
    )
    return grid(title, pick(lang, "行业", "sector"), *LETTERS, lines=lines)


def moves(table: pa.Table, lang: Lang, most: int = 10) -> RenderableType:
    """Who moved since last time and why; the worst moves first."""
    rows = table.slice(0, most).to_pylist()
    title = pick(lang, f"变动 {table.num_rows} 家", f"{table.num_rows} moved")
    if table.num_rows > most:
        title += pick(
            lang, f"（先列 {most} 家，其余见表格）", f" (first {most}; the rest in the sheet)"
        )
    return grid(
        title,
        *(("企业", "从", "到", "分数", "原因") if lang == "zh" else ("name", "from", "to", "score", "why")),
        lines=(
            (
                r["name"], r["from_grade"], r["to_grade"],
                f"{r['from_score']} → {r['to_score']}", r[f"because_{lang}"],
            )
            for r in rows
        ),
    )  # fmt: skip


def quota(document: Quota, policy: PolicyView, lang: Lang) -> RenderableType:
    """Capacity, and how many visits each stratum gets and why."""
    capacity: Capacity = document.capacity

    def sector(name: str) -> str:
        title = policy.pack.sectors.get(name)
        return getattr(title, lang) if title else name

    table = grid(
        pick(
            lang,
            f"{document.month:%Y-%m} 应抽 {document.visits} 家，另有必查和欠查 {len(document.served_first)} 家",
            f"{document.month:%Y-%m}: {document.visits} to draw, {len(document.served_first)} served first",
        ),
        *(
            ("等级", "行业", "户数", "可抽", "规则年率", "实际年率", "本月期望")
            if lang == "zh"
            else ("grade", "sector", "all", "eligible", "rate asked", "rate applied", "expected")
        ),
        lines=(
            (
                Text(s.grade, COLOURS[s.grade]), sector(s.sector), s.enterprises, s.eligible,
                f"{s.asked_permille / 10:g} %", f"{s.applied_permille / 10:g} %",
                f"{s.expected_nano / M:.2f}",
            )
            for s in document.strata
        ),
    )  # fmt: skip
    return Group(
        said(capacity.reasons, lang),
        said((out.reason for out in capacity.left_out), lang),
        table,
        said(document.conflicts, lang),
    )


def frozen(frame: Frame, lang: Lang) -> RenderableType:
    """What goes on the notice board before the event."""
    due = local_moment(frame.event.due_at)
    return Text(
        pick(
            lang,
            f"名单已冻结：{len(frame.rows)} 家，抽 {frame.visits} 家；抽取编号 {frame.draw_number}\n"
            f"名单指纹 {frame.root}\n秘密的承诺 {frame.commitment}\n"
            f"公开事件：{frame.event.name}（{frame.event.source}），{due} 之后由两人录入",
            f"Frozen: {len(frame.rows)} enterprises, {frame.visits} to draw; draw number "
            f"{frame.draw_number}\nroot {frame.root}\ncommitment {frame.commitment}\n"
            f"event: {frame.event.name} ({frame.event.source}); two people enter it after "
            f"{due}",
        )
    )


def drawn(document: Draw, lang: Lang) -> RenderableType:
    """How many were drawn, and the seed."""
    reserves = sum(len(reserve.enterprise_ids) for reserve in document.reserves)
    return Text(
        pick(
            lang,
            f"抽中 {len(document.selected)} 家，候补 {reserves} 家；种子 {document.seed}",
            f"{len(document.selected)} drawn, {reserves} reserves; seed {document.seed}",
        )
    )


def planned(routes: Routes, lang: Lang) -> RenderableType:
    """How the visits fit into team-days, and what is owed."""
    stops = sum(len(route.stops) for route in routes.routes)
    travel = sum(route.travel_minutes for route in routes.routes)
    first = Text(
        pick(
            lang,
            f"{len(routes.routes)} 条路线，{stops} 家，路上共 {travel} 分钟；欠查 {len(routes.owed)} 家",
            f"{len(routes.routes)} routes, {stops} visits, {travel} minutes on the road; "
            f"{len(routes.owed)} owed",
        )
    )
    owed = grid(
        pick(lang, "欠查", "Owed"),
        *(("企业", "原因") if lang == "zh" else ("enterprise", "reason")),
        lines=((o.enterprise_id, getattr(o.reason, lang)) for o in routes.owed[:10]),
    )
    parts: list[RenderableType] = [first, said(routes.notes, lang)]
    return Group(*parts, owed) if routes.owed else Group(*parts)


def guessed(slots: Slots, lang: Lang) -> RenderableType:
    """How well the officers could be guessed before the draw."""
    best = [guess.best_micro for guess in slots.guesses] or [0]
    warned = [guess.reason for guess in slots.guesses if guess.reason]
    return Group(
        Text(
            pick(
                lang,
                f"席位已冻结：{len(slots.seats)} 席；事先最多猜中 {max(best) / 10**4:.0f} %，"
                f"平均 {sum(best) / len(best) / 10**4:.0f} %",
                f"Seats frozen: {len(slots.seats)}; best guess of an officer at most "
                f"{max(best) / 10**4:.0f} %, mean {sum(best) / len(best) / 10**4:.0f} %",
            )
        ),
        said(warned[:5], lang),
    )


def staffed(roster: Roster, names: dict[str, str], lang: Lang) -> RenderableType:
    """Field days of each officer."""
    days = Counter(name for seat in roster.assignments for name in (seat.lead, seat.second))
    leads = Counter(seat.lead for seat in roster.assignments)
    return grid(
        pick(lang, "人员", "Officers"),
        *(
            ("姓名", "外勤天数", "其中任组长")
            if lang == "zh"
            else ("name", "field days", "as lead")
        ),
        lines=((names.get(one, one), days[one], leads[one]) for one in sorted(days)),
    )


def told(explanation: Explanation, lang: Lang) -> RenderableType:
    """One enterprise, to be read aloud."""
    return Text("\n".join(sentences(explanation, lang)))


def history(table: pa.Table, lang: Lang) -> RenderableType:
    """The grades an enterprise has had, oldest first."""
    lines = [f"  {row['as_of']}  {row['grade']}  {row['score']}" for row in table.to_pylist()]
    return Text("\n".join([pick(lang, "历次等级和得分：", "Grades and points so far:"), *lines]))


def judged(findings: Sequence[dict[str, str]], lang: Lang) -> RenderableType:
    """Yes, or no and where."""
    if not findings:
        return Text(
            pick(
                lang,
                "验证通过：每一步都能重算出同样的结果。",
                "Yes: every step was computed again and fits.",
            ),
            "green",
        )
    return Group(
        Text(pick(lang, "验证不通过：", "No:"), "bold red"),
        *(Text(f"· {found['where']}: {found[lang]}") for found in findings),
    )


def scenario(document: Scenario, lang: Lang) -> RenderableType:
    """Coverage, owed share and load for each number of officers, with 95 % intervals."""
    sheet = scenario_sheet(document)
    letters = [coverage.grade for coverage in document.staffings[0].coverage]
    heads = (
        sheet.columns
        if lang == "zh"
        else (
            "officers",
            *(f"{x} covered" for x in letters),
            "all covered",
            "owed",
            "not drawn",
            "visits/month",
        )
    )
    notes = (document.enough.rule, *document.notes)
    enough = document.enough
    answer = (
        pick(
            lang, "到最大人数为止，每多一人仍有用。", "Every officer up to the largest squad helps."
        )
        if enough.officers is None
        else pick(
            lang,
            f"到 {enough.officers} 人以后再加人用处不大",
            f"More than {enough.officers} officers help little",
        )
        + f" ({enough.low}–{enough.high or '…'})"
    )
    return Group(
        grid(sheet.heading if lang == "zh" else "Staffing", *heads, lines=sheet.rows),
        Text(answer),
        said(notes, lang),
    )
