"""How does a document read in a terminal?

Every function turns one document into something `rich` can print. `lang` is "zh" or "en".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.papers.learnt import LEVELS, name_of, rate_text, total_text
from api.papers.month import local_moment
from api.papers.write import scenario_sheet
from api.typed import Lang as Lang
from riskengine.errors import Sentence, sentence
from riskengine.grade import LETTERS, Grades
from riskengine.policy import PolicyView
from riskengine.register import Register
from scheduler.capacity import WHOLE, Capacity
from scheduler.casefiles import FileList, Review
from scheduler.draw import Draw, Frame
from scheduler.learn import Learnt, Line
from scheduler.quota import Quota
from scheduler.ratio import Ratio
from scheduler.roster.documents import Roster, Routes, Slots
from scheduler.roster.precheck import is_owed
from scheduler.staffing import Scenario

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
COLOURS = {"A": "blue", "B": "yellow", "C": "dark_orange", "D": "red"}
M = 10**9


def said(sentences: Iterable[Sentence], lang: Lang) -> RenderableType:
    """Sentences, one a line."""
    return Text("\n".join(f"· {getattr(one, lang)}" for one in sentences))


def on_the_wall(text: str) -> str:
    """A text with its moments in UTC as the clock on the wall shows them.

    >>> on_the_wall("due at 2026-11-29T13:15:00Z")
    'due at 2026-11-29 21:15（北京时间）'
    """
    return MOMENT.sub(lambda found: local_moment(found[0]), text)


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
                yearly(s.asked_permille, lang), yearly(s.applied_permille, lang),
                f"{s.expected_nano / M:.2f}",
            )
            for s in document.strata
        ),
    )  # fmt: skip
    return Group(
        said(capacity.reasons, lang),
        said((out.reason for out in capacity.left_out), lang),
        table,
        said((*rounded_up(document), *document.conflicts), lang),
    )


def yearly(permille: int, lang: Lang) -> str:
    """A yearly rate; above the whole it says how often each is visited, since nobody can be
    visited by more than a hundred in a hundred.

    >>> yearly(250, "zh"), yearly(1500, "zh")
    ('25 %', '全部查到，每年 1.5 次')
    """
    if permille <= WHOLE:
        return f"{permille / 10:g} %"
    times = f"{permille / WHOLE:g}"
    return pick(lang, f"全部查到，每年 {times} 次", f"all of them, {times} times a year")


def rounded_up(document: Quota) -> Iterator[Sentence]:
    """Why the rates applied are above those asked: half an enterprise cannot be drawn."""
    if any(s.applied_permille > s.asked_permille for s in document.strata):
        yield sentence("quota_rounded_up", visits=document.visits)


def ratio(document: Ratio, lang: Lang) -> RenderableType:
    """What was shared out, and the adaptive ratio of every stratum: from what, to what, and why."""
    heading = pick(lang, f"{document.month:%Y-%m} 抽查比例", f"Ratios of {document.month:%Y-%m}")
    told = [[getattr(why, lang) for why in one.reasons] for one in document.strata]
    lines = [f"· {pick(lang, '', ' ').join(reasons)}" for reasons in told]
    return Group(Text(heading, "bold"), said(document.budgets, lang), Text("\n".join(lines)))


def frozen(frame: Frame, lang: Lang) -> RenderableType:
    """What goes on the notice board before the event."""
    due, by = local_moment(frame.event.due_at), local_moment(frame.event.reveal_by)
    alone = frame.event.kind != "public_value"
    entering = (
        pick(lang, "录入", "entered") if alone else pick(lang, "由两人录入", "entered by two")
    )
    return Text(
        pick(
            lang,
            f"名单已冻结：{len(frame.rows)} 家，抽 {frame.visits} 家；抽取编号 {frame.draw_number}\n"
            f"名单指纹 {frame.root}\n秘密的承诺 {frame.commitment}\n"
            f"公开事件：{frame.event.name}（{frame.event.source}），{due} 之后{entering}\n"
            f"密文须在 {by} 之前公开，逾期按空密文计算",
            f"Frozen: {len(frame.rows)} enterprises, {frame.visits} to draw; draw number "
            f"{frame.draw_number}\nroot {frame.root}\ncommitment {frame.commitment}\n"
            f"event: {frame.event.name} ({frame.event.source}), {entering} after {due}\n"
            f"secrets are opened by {by}; after that they count as empty",
        )
    )


def promised(name: str, commitment: str, path: Path, lang: Lang) -> RenderableType:
    """What to hand in, and what to keep; a path with a space is quoted, so that it can be pasted."""
    kept = f"{name}={path}"
    kept = f'"{kept}"' if " " in kept else kept
    return Text(
        pick(
            lang,
            f"交给冻结名单的人：--promise {name}={commitment}\n"
            f"密文自己保管，谁也不要给看，公开时才交：--reveal {kept}",
            f"Hand this in: --promise {name}={commitment}\n"
            f"Keep the secret to yourself until it is opened: --reveal {kept}",
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
    gone = sum(not is_owed(one) for one in routes.owed)
    left = len(routes.owed) - gone
    first = Text(
        pick(
            lang,
            f"{len(routes.routes)} 条路线，{stops} 家，路上共 {travel} 分钟；欠查 {left} 家",
            f"{len(routes.routes)} routes, {stops} visits, {travel} minutes on the road; {left} owed",
        )
        + (pick(lang, f"，已停业 {gone} 家", f", {gone} closed for good") if gone else "")
    )
    owed = grid(
        pick(lang, "欠查和已停业", "Owed, and closed for good")
        if gone
        else pick(lang, "欠查", "Owed"),
        *(("企业", "原因") if lang == "zh" else ("enterprise", "reason")),
        lines=((o.enterprise_id, getattr(o.reason, lang)) for o in routes.owed[:10]),
    )
    parts: list[RenderableType] = [first, said((*none_made(routes), *routes.notes), lang)]
    return Group(*parts, owed) if routes.owed else Group(*parts)


def none_made(routes: Routes) -> Iterator[Sentence]:
    """Why there is no route at all: nothing was asked for, or nothing found its way."""
    if not routes.routes:
        code = "routes_none_made" if routes.owed else "routes_none_asked"
        yield sentence(code, month=f"{routes.month:%Y-%m}", asked=len(routes.owed))


def guessed(slots: Slots, lang: Lang) -> RenderableType:
    """How well the officers could be guessed before the draw, why, and what would help."""
    if not slots.seats:
        return Text(
            pick(lang, "席位已冻结：没有路线，没有席位要抽。", "Seats frozen: no route, no seat.")
        )
    best = [guess.best_micro for guess in slots.guesses]
    above = [guess for guess in slots.guesses if guess.reason]
    lines = [
        pick(
            lang,
            f"席位已冻结：{len(slots.seats)} 席；事先最多猜中 {_percent(max(best))}，"
            f"平均 {_percent(sum(best) / len(best))}，过半的路线 {len(above)} 条",
            f"Seats frozen: {len(slots.seats)}; best guess of an officer at most "
            f"{_percent(max(best))}, mean {_percent(sum(best) / len(best))}, "
            f"above one half on {len(above)} routes",
        )
    ]
    if (seen := slots.watch) and len({share.day for share in slots.shares}) > 1:
        now, published = _percent(seen.late_watching_micro), _percent(seen.late_published_micro)
        lines.append(
            pick(
                lang,
                f"一直留意本月派员的人，到后三分之一（{seen.late_from} 起）至少能猜中 {now}（公布值 {published}）",
                f"Who has watched the month guesses at least {now} of its last third "
                f"(from {seen.late_from}; published {published})",
            )
        )
    pool = filter(None, (slots.pool.floor, slots.pool.training))
    cured = [
        f"· {guess.route_id}  {_percent(guess.best_micro)}  "
        f"{getattr(guess.reason, lang)} {getattr(guess.cure, lang)}"
        for guess in sorted(above, key=lambda guess: -guess.best_micro)[:5]
    ]
    return Group(Text("\n".join(lines)), said(pool, lang), Text("\n".join(cured)))


def _percent(micro: float) -> str:
    return f"{micro / 10**4:.0f} %"


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


def still_sealed(bundle: Path, month: str, lang: Lang) -> list[str]:
    """What is still to come after a bundle without names."""
    if not bundle.name.endswith("-sealed.json"):
        return []
    return [
        pick(
            lang,
            f"人员已封存：每天出发后运行 riskengine names --month {month} --day 日 公布当日人员；"
            f"最后一组出发后运行 riskengine open --month {month} 启封。",
            f"The officers are sealed: riskengine names --month {month} --day DAY each day after "
            f"the teams have left, riskengine open --month {month} after the last has.",
        )
    ]


def read_out(sentences: Iterable[Sentence], lang: Lang) -> RenderableType:
    """One enterprise, to be read aloud: a line a sentence, its headings apart."""
    text = Text()
    for one in sentences:
        is_head = one.code.startswith("head_")
        text.append("\n" if is_head else "").append(getattr(one, lang), "bold" * is_head)
        text.append("\n")
    text.rstrip()
    return text


def judged(
    findings: Sequence[dict[str, str]], lang: Lang, *, is_sealed: bool = False
) -> RenderableType:
    """Yes, as far as it goes, or no and where."""
    if not findings and is_sealed:
        return Text(
            pick(
                lang,
                "到此为止验证通过：人员尚未启封，只核对到席位份额；启封后请再验证完整的证据包。",
                "Yes, as far as it goes: the officers are sealed, so only their shares were checked; "
                "verify the whole bundle once it is opened.",
            ),
            "yellow",
        )
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
        *(Text(f"· {found['where']}: {on_the_wall(found[lang])}") for found in findings),
    )


def learnt(document: Learnt, policy: PolicyView, lang: Lang) -> RenderableType:
    """What the drawn visits say about everybody, with intervals; visits outside the draw beside."""
    english = lang == "en"
    heads = (
        ("名称", "名单", "抽中", "结果", "发现", "问题率（95 % 区间）", "每月家数", "抽取外")
        if lang == "zh"
        else ("name", "listed", "drawn", "results", "found", "rate (95 %)", "a month", "outside")
    )

    def called(line: Line) -> str:
        level = "" if line.level == "all" else f"{LEVELS[line.level][english]} "
        return level + name_of(line, policy, is_english=english)

    lines = [
        (
            called(line), line.estimate.listed, line.drawn, line.estimate.results,
            line.estimate.findings, rate_text(line.estimate), total_text(line.estimate),
            f"{line.must_findings}/{line.must_visits}",
        )
        for line in document.lines
        if line.drawn or line.must_visits
    ]  # fmt: skip
    first, last = (f"{month:%Y-%m}" for month in (document.first, document.last))
    months = first if first == last else f"{first} – {last}"
    unsaid = [called(line) for line in document.lines if line.estimate.warning]
    warning = pick(
        lang,
        f"不足两个结果、不能推算：{'、'.join(unsaid)}",
        f"Fewer than two results, no rate: {', '.join(unsaid)}",
    )
    parts: list[RenderableType] = [
        grid(pick(lang, f"{months} 查明了什么", f"What we learnt, {months}"), *heads, lines=lines),
        said(document.notes, lang),
    ]
    return Group(*parts, Text(warning, "yellow")) if unsaid else Group(*parts)


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


def files_frozen(frozen: FileList, lang: Lang) -> RenderableType:
    """Kinds, numbers and reviewers of a list of case files."""
    title = pick(lang, "案卷评查名单已冻结", "List of case files frozen")
    heads = ("类别", "案卷", "抽取") if lang == "zh" else ("kind", "files", "to draw")
    lines = [(one.kind, one.files, one.drawn) for one in frozen.quotas]
    due = local_moment(frozen.event.due_at)
    return Group(
        grid(title, *heads, lines=lines),
        Text(
            pick(
                lang,
                f"评查人员 {len(frozen.reviewers)} 人；名单指纹 {frozen.root}\n"
                f"公开事件：{frozen.event.name}（{frozen.event.source}），{due}",
                f"{len(frozen.reviewers)} reviewers; root {frozen.root}\n"
                f"event: {frozen.event.name} ({frozen.event.source}), {due}",
            )
        ),
    )


def reviewed(frozen: FileList, drawn: Review, lang: Lang) -> RenderableType:
    """Who reviews and who rechecks each drawn file."""
    name = {one.reviewer_id: one.name for one in frozen.reviewers}
    kind = {one.case_id: one.kind for one in frozen.rows}
    title = pick(lang, "案卷评查分工", "Review of case files")
    heads = ("案卷号", "类别", "评查人", "复核人")
    if lang == "en":
        heads = ("file", "kind", "reviewer", "rechecker")
    lines = [
        (one.case_id, kind[one.case_id], name[one.reviewer], name[one.rechecker])
        for one in drawn.reviewed
    ]
    return grid(title, *heads, lines=lines)
