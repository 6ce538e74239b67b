"""What is different between two plans, route by route?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from riskengine.errors import Sentence, sentence
from scheduler.roster.problem import TeamDay
from scheduler.roster.reasons import Names


@dataclass(frozen=True, slots=True)
class Change:
    """One route that is not as it was.

    before, after
        The team-day; before without visits where it is a new one, after where it is given up.
    dropped, added
        Visits that left this route, and that came to it.
    """

    route: int
    before: TeamDay
    after: TeamDay
    dropped: tuple[int, ...]
    added: tuple[int, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What changed: "gone", "new", or some of "day", "officers", "visits", "order"."""
        if not self.after.visits:
            return ("gone",)
        if not self.before.visits:
            return ("new",)
        was, now = self.before, self.after
        kept = tuple(v for v in was.visits if v in now.visits)
        tests = (
            ("day", was.day != now.day),
            ("officers", {was.lead, was.second} != {now.lead, now.second} or was.lead != now.lead),
            ("visits", bool(self.dropped or self.added)),
            ("order", kept != tuple(v for v in now.visits if v in was.visits)),
        )
        return tuple(name for name, differs in tests if differs)


def changes_of(before: Sequence[TeamDay], after: Sequence[TeamDay]) -> tuple[Change, ...]:
    """Every route that differs; both plans hold the routes at the same positions, and new ones come
    last."""
    return tuple(
        Change(
            k,
            was,
            now,
            dropped=tuple(v for v in was.visits if v not in now.visits),
            added=tuple(v for v in now.visits if v not in was.visits),
        )
        for k, (was, now) in enumerate(zip(padded(before, len(after)), after, strict=True))
        if was != now
    )


def padded(plan: Sequence[TeamDay], count: int) -> tuple[TeamDay, ...]:
    """The plan with an empty place for each route that is new in another of `count` routes."""
    return (*plan, *(TeamDay(()) for _ in range(count - len(plan))))


def told(change: Change, names: Names) -> tuple[Sentence, ...]:
    """The change in words, one sentence for each thing that changed."""
    route, was, now = names.route(change.route), change.before, change.after
    if not now.visits:
        return (sentence("change_gone", route=route, day=_day(was, names), count=len(was.visits)),)
    said = []
    if not was.visits:
        listed = "、".join(names.visits[v] for v in now.visits)
        said.append(sentence("change_new", route=route, day=_day(now, names), visits=listed))
    elif was.day != now.day:
        said.append(sentence("change_day", route=route, was=_day(was, names), now=_day(now, names)))
    for was_i, now_i, code, within in (
        (was.lead, now.lead, "change_lead", "change_lead_within"),
        (was.second, now.second, "change_second", "change_second_within"),
    ):
        if was_i != now_i:
            is_within = now_i in (was.lead, was.second)
            who = {"was": _officer(was_i, names), "now": _officer(now_i, names)}
            said.append(sentence(within if is_within else code, route=route, **who))
    for visits, code in ((change.dropped, "change_dropped"), (change.added, "change_added")):
        if visits and was.visits:
            listed = "、".join(names.visits[v] for v in visits)
            said.append(sentence(code, route=route, visits=listed))
    if "order" in change.kinds:
        said.append(sentence("change_order", route=route))
    return tuple(said)


def _day(route: TeamDay, names: Names) -> str:
    return "–" if route.day is None else names.days[route.day]


def _officer(position: int | None, names: Names) -> str:
    return "–" if position is None else names.officers[position]
