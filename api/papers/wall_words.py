"""Which words stand on the poster of the month: short names, one line a stop, what it comes to?"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from api.papers.month import KINDS, clock, together
from api.papers.tasks import Names, Team
from scheduler.roster.documents import Routes, Stop
from scheduler.roster.precheck import is_owed

COLOURS = (
    "#F8C8C2", "#FBE0A8", "#F3D1E6", "#C9E3C0", "#C4DCF3", "#BFE6E2", "#DACDEE", "#E6DCC3",
)  # fmt: skip
OTHER = "#E3E3E3"
MUST, JOINT, DESK, LEAD = "▲", "◆", "□", "★"
AT_BASE = "驻地"
TO_FILL_IN = "＿＿＿＿　＿＿＿＿"
MOST_OWED, MOST_NAMED = 8, 40
ENDING = re.compile(r"(?:股份)?有限(?:责任)?公司$")
LEAST_PREFIX, LEAST_FIRMS, LEAST_REST = 2, 3, 2


@dataclass(frozen=True, slots=True)
class Month:
    """What the poster shows.

    opened
        Days whose teams have left: their officers may be named.
    """

    routes: Routes
    teams: tuple[Team, ...]
    names: Names
    called: Mapping[str, str]
    omitted: str
    colours: Mapping[str, str]
    opened: frozenset[dt.date]

    @property
    def is_open(self) -> bool:
        """May every officer be named?"""
        return self.opened >= {team.route.day for team in self.teams}


def month_of(
    routes: Routes, teams: tuple[Team, ...], names: Names, opened: frozenset[dt.date]
) -> Month:
    """What the poster shows of a plan."""
    firms = {
        one.enterprise_id: str(names.firms[one.enterprise_id]["name"]) for one in stops_of(teams)
    }
    called, omitted = short_names(firms)
    return Month(routes, teams, names, called, omitted, colours_of(teams, names), opened)


def stops_of(teams: Sequence[Team]) -> list[Stop]:
    """Everything planned, in order."""
    return [stop for team in teams for stop in team.route.stops]


def colours_of(teams: Sequence[Team], names: Names) -> dict[str, str]:
    """Sector → colour, for the sectors of the month; a sector keeps its colour from month to month."""
    known = list(names.policy.pack.sectors)
    there = {stop.sector for stop in stops_of(teams)}
    colours = {one: COLOURS[n % len(COLOURS)] for n, one in enumerate(known) if one in there}
    return colours | dict.fromkeys(sorted(there - set(known)), OTHER)


# ── names and lines ────────────────────────────────────────────────────────────────────────────────


def short_names(names: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Names without the beginning that all of them share, and without "limited company".

    Also gives that beginning. A name that would then stand for two stays whole.

    >>> short_names({"1": "某县甲运输有限公司", "2": "某县乙客运站", "3": "某县丙驾校"})
    ({'1': '甲运输', '2': '乙客运站', '3': '丙驾校'}, '某县')
    """
    shared = beginning(tuple(names.values())) if len(names) >= LEAST_FIRMS else ""
    if len(shared) < LEAST_PREFIX or any(
        len(name) < len(shared) + LEAST_REST for name in names.values()
    ):
        shared = ""
    short = {one: ENDING.sub("", name[len(shared) :]) or name for one, name in names.items()}
    often = Counter(short.values())
    return {one: text if often[text] == 1 else names[one] for one, text in short.items()}, shared


def beginning(texts: Sequence[str]) -> str:
    """What all the texts begin with.

    >>> beginning(["某县甲", "某县乙"])
    '某县'
    """
    pairs = zip(min(texts), max(texts), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def numeral(number: int) -> str:
    """A number as it is said.

    >>> [numeral(n) for n in (1, 10, 12, 20, 47, 103)]
    ['一', '十', '十二', '二十', '四十七', '103']
    """
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if tens > len(digits) - 1:
        return str(number)
    return (
        (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")
    )


def people_line(team: Team, month: Month) -> str:
    """Lead and second once the teams of the day have left; before, room to write them in."""
    if team.route.day not in month.opened:
        return LEAD + TO_FILL_IN
    lead, second = (month.names.officer(one) for one in (team.seats.lead, team.seats.second))
    return f"{LEAD}{lead}　{second}"


def way_line(team: Team, month: Month) -> str:
    """When the team leaves and is back, and where it goes."""
    firms = month.names.firms
    places = dict.fromkeys(
        str(firms[stop.enterprise_id]["township"] or "") if stop.mode == "on_site" else AT_BASE
        for stop in team.route.stops
    )
    out, back = clock(team.route.depart_minute), clock(team.route.return_minute)
    return f"{out}–{back}　{'、'.join(filter(None, places))}"


def stop_line(stop: Stop, month: Month) -> str:
    """One stop: when, whom, and what is special about it."""
    signs = {
        MUST: stop.kind != "routine",
        JOINT: together(stop.items) is not None,
        DESK: stop.mode != "on_site",
    }
    marks = "".join(sign for sign, holds in signs.items() if holds)
    return f"{clock(stop.start_minute)} {month.called[stop.enterprise_id]}{marks}"


# ── the lines below ──────────────────────────────────────────────────────────────────────


def marks_of(month: Month) -> list[str]:
    """What the signs stand for."""
    if not month.teams:
        return ["本月没有外勤。"]
    cut = f"，并省去共同的开头“{month.omitted}”" if month.omitted else ""
    signs = [
        f"{LEAD} 组长", f"{MUST} 必查（专项、个案、欠查补查）", f"{JOINT} 综合查一次（几项检查一次上门）",
        f"{DESK} 书面或网上检查（在驻地）", "时间为开始检查的时间", f"企业名称省去“有限公司”等字样{cut}",
    ]  # fmt: skip
    return ["　　".join(signs)]


def totals_of(month: Month) -> list[str]:
    """What the month comes to, and what is owed and why."""
    stops = stops_of(month.teams)
    kinds = Counter(stop.kind for stop in stops)
    joint = sum(together(stop.items) is not None for stop in stops)
    parts = [f"{KINDS[kind]} {kinds[kind]} 家" for kind in KINDS if kinds[kind]]
    desk = sum(stop.mode != "on_site" for stop in stops)
    parts += [f"其中综合查一次 {joint} 家"] if joint else []
    parts += [f"其中书面或网上 {desk} 家"] if desk else []
    days = len({team.route.day for team in month.teams})
    lines = []
    if month.teams:
        lines.append(
            f"合计：{days} 天、{len(month.teams)} 组次外勤，检查 {len(stops)} 家（{'，'.join(parts)}）。"
        )
        if month.is_open:
            lines.append(field_days(month))
    return [*lines, owed_line(month)]


def field_days(month: Month) -> str:
    """Field days of every officer, the most first; in a large squad only how many have how many."""
    outings = Counter(dict.fromkeys(month.names.officers, 0))
    outings.update(one for team in month.teams for one, _, _ in team.people)
    by_days: dict[int, list[str]] = defaultdict(list)
    for one in sorted(outings):
        by_days[outings[one]].append(month.names.officer(one))
    told = [
        f"{days} 天：" + ("、".join(people) if len(outings) <= MOST_NAMED else f"{len(people)} 人")
        for days, people in sorted(by_days.items(), reverse=True)
    ]
    return "每人外勤天数　" + "；".join(told) + "。"


def owed_line(month: Month) -> str:
    """What could not be served, and why; the first few by name."""
    owed = [one for one in month.routes.owed if is_owed(one)]
    gone = len(month.routes.owed) - len(owed)
    closing = f"已停业、不再检查 {gone} 家。" if gone else ""
    if not owed:
        return "欠查：无。" + closing
    firms = month.names.firms
    told = [
        f"{firms[one.enterprise_id]['name']}（{one.reason.zh.rstrip('。')}）"
        for one in owed[:MOST_OWED]
    ]
    rest = f"；其余 {len(owed) - MOST_OWED} 家见任务单“欠查”" if len(owed) > MOST_OWED else ""
    return f"欠查 {len(owed)} 家，下月最先安排：" + "；".join(told) + rest + "。" + closing
