"""Is each rule alone seen broken and seen kept, on two or three objects?"""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from riskengine.errors import NotFound, sentence
from scheduler.quota import Owed
from scheduler.roster.check import CHECKS, Broken, broken_rules
from scheduler.roster.documents import Assignment, Roster, Route, Routes, Stop
from scheduler.roster.rules import RULES
from tests.scheduler.roster import small

DAY, NEXT = small.workdays(2)
ROAD = 8
"""Minutes from the base to E1, from E1 to E2 and back to the base; 2 km each way."""


def stop(key: str, arrive: int, start: int, end: int, sector: str = "freight") -> Stop:
    return Stop(key, "routine", sector, arrive, start, end)


FIRST = stop("E1", 518, 518, 608)
SECOND = stop("E2", 616, 616, 706)
ROUTE = Route("R1", DAY, (FIRST, SECOND), 510, 714, 714, 24)
"""08:30 out, two visits of 90 minutes, back 11:54 for lunch."""
OTHER = Route("R2", NEXT, (stop("E3", 518, 518, 608),), 510, 690, 616, 16)


def routes(*chosen: Route, owed: tuple[Owed, ...] = ()) -> Routes:
    return Routes(
        month=small.MONTH,
        as_of=dt.date(2026, 11, 25),
        draw_digest="0" * 64,
        policy_digest="0" * 64,
        days=(DAY, NEXT),
        routes=chosen or (ROUTE,),
        owed=owed,
        notes=(),
        solver=(),
    )


def roster(*assignments: Assignment) -> Roster:
    return Roster(
        small.MONTH,
        "0" * 64,
        "0" * 64,
        "1",
        "",
        ("a", "b"),
        "2026-12-01T00:00:00Z",
        "",
        assignments,
    )


def seated(lead: str = "P01", second: str = "P02", route: Route = ROUTE) -> Assignment:
    return Assignment(route.route_id, route.day, lead, second)


def known(*officers: dict[str, Any], **tables: Any) -> Any:
    at = {"E1": (0.0, 2.0), "E2": (2.0, 2.0), "E3": (2.0, 0.0)}
    kilometre_road = [small.enterprise(key, *place) for key, place in at.items()]
    people = list(officers) or [small.officer(1), small.officer(2)]
    return small.known(enterprises=kilometre_road, inspectors=people, **tables)


MATRIX = pa.table(
    {
        "from_id": ["base", "base", "base", "E1", "E1", "E2"],
        "to_id": ["E1", "E2", "E3", "E2", "E3", "E3"],
        "minutes": [ROAD] * 6,
    }
)


def broken(
    plan: Routes,
    people: Roster | None,
    register: Any = None,
    *,
    drawn: set[str] | None = None,
    **changes: Any,
) -> list[tuple[str, str]]:
    return [(b.rule, b.where) for b in judged(plan, people, register, drawn=drawn, **changes)]


def judged(
    plan: Routes,
    people: Roster | None,
    register: Any = None,
    *,
    drawn: set[str] | None = None,
    **changes: Any,
) -> tuple[Broken, ...]:
    return broken_rules(
        plan,
        people,
        register or known(),
        small.rules(**changes),
        days=(DAY, NEXT),
        drawn_ids=drawn,
        matrix=MATRIX,
    )


def test_every_rule_has_its_check_and_its_sentence() -> None:
    assert list(CHECKS) == [rule.name for rule in RULES]


def test_a_roster_that_keeps_every_rule_has_nothing_broken() -> None:
    both = routes(ROUTE, OTHER)
    people = roster(seated(), seated(route=OTHER))
    assert broken(both, people, drawn={"E1", "E2", "E3"}) == []


def test_without_a_roster_the_routes_alone_are_judged() -> None:
    assert broken(routes(), None) == []
    late = replace(ROUTE, return_minute=1051)
    assert broken(routes(late), None) == [("working_hours", "R1")]


def test_the_checker_knows_no_solver_and_no_planner() -> None:
    """Nor does anything of ours that it imports."""
    planners = {"plan", "routes", "days", "fleet", "people", "marginals", "precheck", "timetable"}
    seen: set[str] = set()
    ahead = {"scheduler.roster.check"}
    while ahead:
        module = ahead.pop()
        seen.add(module)
        ahead |= {m for m in imported(module) if m.startswith("scheduler.roster.")} - seen
    assert "scheduler.roster.check_people" in seen
    assert not seen & {f"scheduler.roster.{name}" for name in planners}
    for module in seen:
        assert not any(name.startswith(("ortools", "pyvrp")) for name in imported(module))


def imported(module: str) -> set[str]:
    tree = ast.parse(Path(str(import_module(module).__file__)).read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if find_spec_or_none(name)}


def find_spec_or_none(name: str) -> object:
    """The module of this name; none for what is only a name inside one."""
    try:
        return find_spec(name)
    except ModuleNotFoundError:
        return None


# ── people ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "people",
    [
        roster(),
        roster(seated(), seated()),
        roster(seated("P01", "P01")),
        roster(seated("P01", "P09")),
        roster(replace(seated(), day=NEXT)),
    ],
    ids=["nobody", "twice", "one person", "a stranger", "another day"],
)
def test_two_officers(people: Roster) -> None:
    assert "two_officers" in {rule for rule, _ in broken(routes(), people)}


def test_valid_certificate() -> None:
    until_today = known(small.officer(1, certificate_expires_on=DAY), small.officer(2))
    assert broken(routes(), roster(seated()), until_today) == []
    expired = known(
        small.officer(1, certificate_expires_on=DAY - dt.timedelta(days=1)), small.officer(2)
    )
    (found,) = judged(routes(), roster(seated()), expired)
    assert (found.rule, found.where) == ("valid_certificate", "R1")
    assert "示例1 在 2026-12-01 没有有效的执法证" in found.zh
    for lack in ({"certificate": None}, {"certificate_expires_on": None}):
        without = known(small.officer(1), small.officer(2, **lack))
        assert broken(routes(), roster(seated()), without) == [("valid_certificate", "R1")]


def test_training_hours() -> None:
    short = known(small.officer(1, training_hours=59), small.officer(2, training_hours=None))
    assert broken(routes(), roster(seated()), short) == []
    found = broken(routes(), roster(seated()), short, least_training_hours=60)
    assert found == [("training_hours", "R1")]


def test_lead_licence() -> None:
    other = known(small.officer(1, ["freight"]), small.officer(2, ["passenger"]))
    assert broken(routes(), roster(seated()), other) == []
    assert broken(routes(), roster(seated("P02", "P01")), other) == [("lead_licence", "R1")]


def test_the_register_says_the_sector_and_not_the_stop() -> None:
    relabelled = replace(ROUTE, stops=(replace(FIRST, sector="passenger"), SECOND))
    passenger = known(small.officer(1, ["passenger"]), small.officer(2, ["passenger"]))
    assert broken(routes(relabelled), roster(seated()), passenger) == [("lead_licence", "R1")]


def test_seat_licence_asks_the_two_together() -> None:
    mixed = replace(ROUTE, stops=(FIRST, replace(SECOND, enterprise_id="E3")))
    halves = [small.officer(1, ["freight"]), small.officer(2, ["passenger"])]
    sectors = {"E1": "freight", "E3": "passenger"}
    places = [small.enterprise(key, 0.0, 2.0, sector=sectors[key]) for key in sectors]
    register = small.known(enterprises=places, inspectors=halves)
    together = ("seat_licence", "R1")
    for lead, second in (("P01", "P02"), ("P02", "P01")):
        found = broken(routes(mixed), roster(seated(lead, second)), register, seat_cover="joint")
        assert together not in found and ("lead_licence", "R1") not in found
    alike = small.known(enterprises=places, inspectors=[halves[0], small.officer(2, ["freight"])])
    found = broken(routes(mixed), roster(seated()), alike, seat_cover="joint")
    assert together in found
    assert together not in broken(routes(mixed), roster(seated()), alike)  # asked of the lead there


@pytest.mark.parametrize("pair", [("P01", "P02"), ("P02", "P01")])
def test_pair_ban(pair: tuple[str, str]) -> None:
    couple = known(pair_bans=[dict(zip(("inspector_id", "other_id"), pair, strict=True))])
    (found,) = judged(routes(), roster(seated()), couple)
    assert (found.rule, found.where) == ("pair_ban", "R1")
    assert "示例1 和 示例2 不得同组" in found.zh and "may not go together" in found.en
    stranger = known(
        small.officer(1), small.officer(2), small.officer(3),
        pair_bans=[{"inspector_id": pair[0], "other_id": "P03"}],
    )  # fmt: skip
    assert broken(routes(), roster(seated()), stranger) == []


@pytest.mark.parametrize("who", ["P01", "P02"])
def test_avoidance(who: str) -> None:
    conflict = known(avoidances=[{"inspector_id": who, "enterprise_id": "E2"}])
    (found,) = judged(routes(), roster(seated()), conflict)
    assert (found.rule, found.where) == ("avoidance", "R1")
    assert "应当回避企业 E2" in found.zh and "must avoid enterprise E2" in found.en
    elsewhere = known(avoidances=[{"inspector_id": who, "enterprise_id": "E3"}])
    assert broken(routes(), roster(seated()), elsewhere) == []


def test_leave() -> None:
    def away(first: dt.date, last: dt.date) -> Any:
        return known(absences=[{"inspector_id": "P02", "from_on": first, "to_on": last}])

    assert broken(routes(), roster(seated()), away(DAY, DAY)) == [("leave", "R1")]
    assert broken(routes(), roster(seated()), away(NEXT, NEXT)) == []


def test_one_route_a_day() -> None:
    same_day = replace(OTHER, day=DAY)
    four = known(*(small.officer(i) for i in range(1, 5)))
    people = roster(seated(), seated("P03", "P04", same_day))
    assert broken(routes(ROUTE, same_day), people, four) == []
    people = roster(seated(), seated("P03", "P02", same_day))
    assert broken(routes(ROUTE, same_day), people, four) == [("one_route_a_day", "P02")]


def test_field_days_most() -> None:
    people = roster(seated(), seated(route=OTHER))
    assert broken(routes(ROUTE, OTHER), people, field_days_most=2) == []
    found = broken(routes(ROUTE, OTHER), people, field_days_most=1)
    assert found == [("field_days_most", "P01"), ("field_days_most", "P02")]


def test_field_days_most_goes_by_the_working_share() -> None:
    half = known(small.officer(1), small.officer(2, working_share_bp=5000))
    people = roster(seated(), seated(route=OTHER))
    found = broken(routes(ROUTE, OTHER), people, half, field_days_most=2)
    assert found == [("field_days_most", "P02")]


def test_field_days_spread() -> None:
    three = known(*(small.officer(i) for i in (1, 2, 3)))
    twice = roster(seated(), seated(route=OTHER))
    assert broken(routes(ROUTE, OTHER), twice, three, field_days_spread=2) == []
    found = broken(routes(ROUTE, OTHER), twice, three, field_days_spread=1)
    assert found == [("field_days_spread", "P03")]


def test_field_days_spread_counts_days_free_and_excuses_who_may_join_no_route() -> None:
    people = [small.officer(i) for i in (1, 2, 3)]
    twice = roster(seated(), seated(route=OTHER))
    one_day_off = known(*people, absences=[{"inspector_id": "P03", "from_on": DAY, "to_on": DAY}])
    assert broken(routes(ROUTE, OTHER), twice, one_day_off, field_days_spread=1) == []
    conflicts = [{"inspector_id": "P03", "enterprise_id": key} for key in ("E1", "E3")]
    excused = known(*people, avoidances=conflicts)
    assert broken(routes(ROUTE, OTHER), twice, excused, field_days_spread=1) == []


# ── the day of a route ────────────────────────────────────────────────────────────────────


def test_working_hours() -> None:
    assert broken(routes(), None, day_start_minute=510, day_end_minute=714) == []
    assert broken(routes(), None, day_start_minute=511) == [("working_hours", "R1")]
    assert broken(routes(), None, day_end_minute=713) == [("working_hours", "R1")]


def test_lunch() -> None:
    assert broken(routes(), None, lunch_latest_minute=714) == []
    assert broken(routes(), None, lunch_latest_minute=713) == [("lunch", "R1")]
    assert broken(routes(), None, lunch_earliest_minute=715) == [("lunch", "R1")]
    into_the_visit = replace(ROUTE, lunch_minute=705)
    assert ("lunch", "R1") in broken(routes(into_the_visit), None)
    assert broken(routes(replace(ROUTE, lunch_minute=0)), None, lunch_minutes=0) == []


def test_lunch_on_the_way_takes_its_time() -> None:
    def with_lunch(lunch: int, leave_after: int) -> Route:
        arrive = leave_after + ROAD
        late = stop("E2", arrive, arrive, arrive + 90)
        return replace(
            ROUTE, stops=(FIRST, late), lunch_minute=lunch, return_minute=arrive + 90 + ROAD
        )

    assert broken(routes(with_lunch(690, 750)), None) == []
    assert broken(routes(with_lunch(690, 749)), None) == [("travel", "R1")]


def test_travel() -> None:
    early = replace(ROUTE, stops=(FIRST, stop("E2", 615, 616, 706)))
    assert broken(routes(early), None) == [("travel", "R1")]
    assert broken(routes(replace(ROUTE, return_minute=713)), None) == [("travel", "R1")]
    assert broken(routes(replace(ROUTE, travel_minutes=23)), None) == [("travel", "R1")]
    before_arrival = replace(ROUTE, stops=(replace(FIRST, start_minute=517), SECOND))
    assert broken(routes(before_arrival), None) == [("travel", "R1")]


def test_visit_minutes() -> None:
    short = replace(ROUTE, stops=(replace(FIRST, end_minute=607), SECOND))
    assert broken(routes(short), None) == [("visit_minutes", "R1")]
    a_case = replace(ROUTE, stops=(replace(FIRST, end_minute=607, kind="case"), SECOND))
    assert broken(routes(a_case), None) == []


def test_most_visits_a_day() -> None:
    assert broken(routes(), None, most_visits_a_day=2) == []
    assert broken(routes(), None, most_visits_a_day=1) == [("most_visits_a_day", "R1")]
    empty = replace(ROUTE, stops=(), travel_minutes=0)
    assert ("most_visits_a_day", "R1") in broken(routes(empty), None)


# ── the month ─────────────────────────────────────────────────────────────────────────────


def owed(key: str) -> Owed:
    return Owed(key, "routine", small.MONTH, sentence("roster_no_workday"))


def test_once() -> None:
    again = replace(OTHER, stops=(stop("E1", 518, 518, 608),))
    assert broken(routes(ROUTE, again), None) == [("once", "E1")]
    assert broken(routes(ROUTE, owed=(owed("E1"),)), None) == [("once", "E1")]
    assert broken(routes(ROUTE, replace(OTHER, route_id="R1")), None) == [("once", "R1")]


def test_drawn_only() -> None:
    assert broken(routes(), None, drawn={"E1", "E2"}) == []
    assert broken(routes(), None, drawn={"E1"}) == [("drawn_only", "R1")]


def test_accounted() -> None:
    assert broken(routes(), None, drawn={"E1", "E2", "E3"}) == [("accounted", "E3")]
    assert broken(routes(owed=(owed("E3"),)), None, drawn={"E1", "E2", "E3"}) == []


def test_workday() -> None:
    saturday = replace(ROUTE, day=dt.date(2026, 12, 5))
    assert broken(routes(saturday), None) == [("workday", "R1")]


def test_vehicles() -> None:
    same_day = replace(OTHER, day=DAY)
    one_car = known(vehicles_pool=[{"plate": "示A"}])
    assert broken(routes(ROUTE, same_day), None, one_car) == [("vehicles", "2026-12-01")]
    assert broken(routes(ROUTE, OTHER), None, one_car) == []
    assert broken(routes(ROUTE, same_day), None) == []


def test_an_enterprise_the_register_does_not_hold_is_refused() -> None:
    stranger = replace(OTHER, stops=(stop("E9", 518, 518, 608),))
    with pytest.raises(NotFound, match="E9"):
        broken(routes(stranger), None)
