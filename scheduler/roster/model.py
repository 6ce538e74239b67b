"""Which route goes on which day with which two officers: the rules of an assignment, for CP-SAT?

One model for the repair and for the explanations. Rules that bar an officer, a day or a route stand
in `bars`; rules that count are here; `EMITTERS` holds both under their names. Asked to explain,
every rule acts under an assumption literal for each thing it is about; otherwise what is barred is
never made a variable. Source: planning measurements §4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from ortools.sat.python import cp_model

from scheduler.roster.bars import BARS, Bar, Option, lead_licence, sectors_of
from scheduler.roster.cells import Model, as_it_is, cells_of
from scheduler.roster.peaks import is_counted
from scheduler.roster.problem import Mask, Problem
from scheduler.roster.reasons import Reason

__all__ = ["EMITTERS", "Model", "Option", "build", "sectors_of"]


def build(
    problem: Problem,
    among: Sequence[Option],
    *,
    rules: Collection[str] | None = None,
    bans: Sequence[tuple[int, int]] = (),
    required: Sequence[int] = (),
    musts: Sequence[int] = (),
    explains: bool = False,
    told_as: Callable[[Reason], Reason] = as_it_is,
) -> Model:
    """The model of these options under the rules named, or under all.

    bans
        Pairs of officers who may not go together.
    required, musts
        Routes that have to go, visits that have to be made.
    """
    model = cells_of(
        problem,
        among,
        bans=bans,
        required=required,
        musts=musts,
        explains=explains,
        told_as=told_as,
    )
    for name, emit in EMITTERS.items():
        if rules is None or name in rules:
            emit(model)
    return model


def _barred(model: Model, bars: Callable[[Problem, Option], Iterator[Bar]]) -> None:
    """Bars under their literals; without literals they made no variables."""
    if model.literals is None:
        return
    for o, option in enumerate(model.options):
        for bar in bars(model.problem, option):
            under = model.under(*bar.reasons)
            for day in option.days if bar.day is None else (bar.day,):
                stays = ~model.goes[o, day]
                if bar.officer is None:
                    model.cp.add_bool_or(stays).only_enforce_if(under)
                    continue
                seats = model.leads if bar.leads_only else model.sits
                away = ~seats[option.route, bar.officer, day]
                model.cp.add_bool_or(stays, away).only_enforce_if(under)


def _bar(name: str) -> Callable[[Model], None]:
    return lambda model: _barred(model, BARS[name])


def workday(model: Model) -> None:
    """One way and one day for each route that goes; that is what a route is, so it always holds."""
    routes: dict[int, list[cp_model.IntVar]] = {}
    for (o, _), go in model.goes.items():
        routes.setdefault(model.options[o].route, []).append(go)
    for each in routes.values():
        model.cp.add_at_most_one(each)


def two_officers(model: Model) -> None:
    """Two of those the option allows go along on a route that goes, and one of them leads."""
    under = model.under(Reason("two_officers"))
    for (route, day), (ways, there) in _teams(model).items():
        goes = sum(model.goes[o, day] for o in ways)
        seated = sum(model.sits[route, i, day] for i in there)
        model.cp.add(seated == 2 * goes).only_enforce_if(under)
        for i in there:
            fit = [o for o in ways if model.comes[o][i, day]]
            if len(fit) < len(ways):
                at = model.sits[route, i, day]
                model.cp.add(at <= sum(model.goes[o, day] for o in fit))
        if model.leads:
            leading = [model.leads[route, i, day] for i in there]
            model.cp.add(sum(leading) == goes).only_enforce_if(under)
            for i in there:
                model.cp.add_implication(model.leads[route, i, day], model.sits[route, i, day])


def _teams(model: Model) -> dict[tuple[int, int], tuple[list[int], list[int]]]:
    """(route, day) → the options it could go in, the officers who could go along."""
    teams: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for o, day in model.goes:
        teams.setdefault((model.options[o].route, day), ([], []))[0].append(o)
    for route, i, day in model.sits:
        teams[route, day][1].append(i)
    return teams


def led(model: Model) -> None:
    """`lead_licence`: by bars where it has to be explained, else one who could lead goes along."""
    if model.literals is not None:
        _barred(model, lead_licence)
        return
    if model.problem.cover == "joint":
        return
    for (route, day), (ways, there) in _teams(model).items():
        for some, able in _alike(ways, lambda o, day=day: model.can_lead[o][:, day]):  # type: ignore[misc]
            if not all(able[i] for i in there):
                lead = sum(model.sits[route, i, day] for i in there if able[i])
                model.cp.add(lead >= sum(model.goes[o, day] for o in some))


def _alike(ways: Sequence[int], mask_of: Callable[[int], Mask]) -> list[tuple[list[int], Mask]]:
    """Options with the same officers, together: one row does for them all."""
    same: dict[bytes, tuple[list[int], Mask]] = {}
    for o in ways:
        mask = mask_of(o)
        same.setdefault(mask.tobytes(), ([], mask))[0].append(o)
    return list(same.values())


def seat_licence(model: Model) -> None:
    """The two hold every sector together, where cover is joint."""
    if model.problem.cover == "strict":
        return
    for (route, day), (ways, there) in _teams(model).items():
        for sector in sorted({s for o in ways for s in _sectors(model, o)}):
            asking = sum(model.goes[o, day] for o in ways if sector in _sectors(model, o))
            held = [i for i in there if model.problem.licences[i, sector]]
            under = model.under(Reason("seat_licence", sector=sector))
            holding = sum(model.sits[route, i, day] for i in held)
            model.cp.add(holding >= asking).only_enforce_if(under)


def _sectors(model: Model, o: int) -> list[int]:
    return sectors_of(model.problem, model.options[o].visits)


def one_route_a_day(model: Model) -> None:
    busy: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for (_, i, day), sat in model.sits.items():
        busy.setdefault((i, day), []).append(sat)
    for (i, _), seats in busy.items():
        under = model.under(Reason("one_route_a_day", officer=i))
        model.cp.add(sum(seats) <= 1).only_enforce_if(under)


def _loads(model: Model) -> dict[int, cp_model.LinearExprT]:
    seats: dict[int, list[cp_model.IntVar]] = {i: [] for i in range(model.problem.officers)}
    for (_, i, _), sat in model.sits.items():
        seats[i].append(sat)
    return {i: sum(each) for i, each in seats.items()}


def field_days_most(model: Model) -> None:
    for i, load in _loads(model).items():
        under = model.under(Reason("field_days_most", officer=i))
        model.cp.add(load <= int(model.problem.field_days[i])).only_enforce_if(under)


def field_days_spread(model: Model) -> None:
    """Greatest less least number of field days, or a share of it by free days."""
    problem = model.problem
    if problem.spread is None:
        return
    under = model.under(Reason("field_days_spread"))
    least = model.cp.new_int_var(0, problem.days, "least")
    free = problem.is_free.sum(axis=1)
    for i, load in _loads(model).items():
        model.cp.add(load <= least + problem.spread).only_enforce_if(under)
        if not problem.is_spread_by_free_days:
            model.cp.add(load >= least).only_enforce_if(under)
            continue
        joins = [go for (o, d), go in model.goes.items() if model.comes[o][i, d]]
        counts = model.cp.new_bool_var("")  # not where every route that goes bars him or her
        model.cp.add(sum(joins) <= len(joins) * counts)
        owed = int(free[i]) * least - (problem.days - 1)
        excused = int(free[i]) * problem.days * (1 - counts)  # linear, so that SCIP reads it too
        model.cp.add(problem.days * load >= owed - excused).only_enforce_if(under)


def pair_ban(model: Model) -> None:
    routes = sorted({(route, day) for route, _, day in model.sits}) if model.bans else ()
    for pair in model.bans:
        under = model.under(Reason("pair_ban", officer=min(pair), other=max(pair)))
        for route, day in routes:
            cells = [(route, i, day) for i in pair]
            together = [model.sits[at] for at in cells if at in model.sits]
            model.cp.add(sum(together) <= 1).only_enforce_if(under)


def vehicles(model: Model) -> None:
    """On the road at once: teams of different half days share their cars. What a holiday peak
    leaves of a day stands here as well, since both bound the teams of a day."""
    holiday_peak(model)
    if model.problem.vehicles is None:
        return
    roads: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for (o, day), go in model.goes.items():
        roads.setdefault((day, model.options[o].shift), []).append(go)
    for (day, _), teams in sorted(roads.items()):
        under = model.under(Reason("vehicles", day=day))
        model.cp.add(sum(teams) <= int(model.problem.vehicles[day])).only_enforce_if(under)


def holiday_peak(model: Model) -> None:
    peak = model.problem.peak
    if peak is None:
        return
    days: dict[int, list[cp_model.IntVar]] = {}
    for (o, day), go in model.goes.items():
        if is_counted(model.problem, model.options[o].visits, day):
            days.setdefault(day, []).append(go)
    for day, routes in sorted(days.items()):
        under = model.under(Reason("holiday_peak", day=day))
        model.cp.add(sum(routes) <= int(peak[day])).only_enforce_if(under)


def team_days(model: Model) -> None:
    under = model.under(Reason("team_days"))
    going = sum(model.goes.values())
    model.cp.add(going <= model.problem.team_days).only_enforce_if(under)


def once(model: Model) -> None:
    """Only where several routes could make a visit."""
    for v, makes in _making(model).items():
        if len({model.options[o].route for o, _ in makes}) > 1:
            under = model.under(Reason("once", visit=v))
            model.cp.add(sum(model.goes[at] for at in makes) <= 1).only_enforce_if(under)


def _making(model: Model) -> dict[int, list[tuple[int, int]]]:
    making: dict[int, list[tuple[int, int]]] = {}
    for o, day in model.goes:
        for v in model.options[o].visits:
            making.setdefault(v, []).append((o, day))
    return making


def must_visit(model: Model) -> None:
    """Visits that have to be made, joint ones among them, and routes that have to go."""
    making = _making(model)
    for v in model.musts:
        under = model.under(Reason("must_visit", visit=v))
        made = [model.goes[at] for at in making.get(v, ())]
        model.cp.add_bool_or(made).only_enforce_if(under)
    for route in model.required:
        under = model.under(Reason("route", route=route))
        model.cp.add_bool_or(model.going(route=route)).only_enforce_if(under)


EMITTERS: dict[str, Callable[[Model], None]] = {
    "two_officers": two_officers,
    "lead_licence": led,
    "seat_licence": seat_licence,
    "pair_ban": pair_ban,
    "avoidance": _bar("avoidance"),
    "leave": _bar("leave"),
    "one_route_a_day": one_route_a_day,
    "field_days_most": field_days_most,
    "field_days_spread": field_days_spread,
    "working_hours": _bar("working_hours"),
    "once": once,
    "closed_day": _bar("closed_day"),
    "workday": workday,
    "most_visits_a_day": _bar("most_visits_a_day"),
    "vehicles": vehicles,
    "team_days": team_days,
    "must_visit": must_visit,
}
"""Rule name → how it is modelled; `working_hours` stands for window, road, time on site and lunch
as well."""
