"""Which shapes does a roster pass through, from visits to people?

Minutes of a route count from midnight. Shares are integers in units of 1e-6.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from riskengine.errors import Sentence
from scheduler.event import Event
from scheduler.quota import Owed
from scheduler.together import Item

SeatName = Literal["lead", "second"]
"""What each must be certified for is said by `Seat.sectors`."""

Mode = Literal["on_site", "written", "online"]
"""How an enterprise is checked; all but "on_site" is done at a desk at the base."""

SHARE_UNIT = 10**6
"""The shares of one seat add up to this."""
DAY_MINUTES = 24 * 60
"""Minutes of a day; a visit that may begin at any time may begin until then."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to make this month.

    kind
        "routine", "special" or "case".
    minutes
        Minutes on site, or at the desk.
    is_must
        Outside the draw (case, special, owed), or promised to another office: served before any
        other drawn visit.
    worth
        ≥ 0; probability of a serious finding × harm weight, in the units of the caller. Only
        ratios matter: it decides which visits are owed when the month is too short.
    items
        What is looked at beside the usual item of the sector; see `scheduler.together`.
    mode
        A visit in writing or online is made at the base and needs no road.
    earliest_minute, latest_minute
        When it may begin; both ends count.
    closed_on
        Days of the month on which nobody is received.
    only_on
        The day agreed with another office; none where any day will do.
    at_cap
        Counted visits of this year, where they have reached the yearly cap; else none.
    gone_on
        Day on which the enterprise closed for good; nobody goes there from then on, or owes it.
    """

    enterprise_id: str
    kind: str
    sector: str
    minutes: int
    is_must: bool
    worth: int
    items: tuple[Item, ...] = ()
    mode: Mode = "on_site"
    earliest_minute: int = 0
    latest_minute: int = DAY_MINUTES
    closed_on: tuple[dt.date, ...] = ()
    only_on: dt.date | None = None
    at_cap: int | None = None
    gone_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit on a route. Between arrival and start there may be lunch or waiting.

    mode
        Other than "on_site" it is at the base.
    """

    enterprise_id: str
    kind: str
    sector: str
    arrive_minute: int
    start_minute: int
    end_minute: int
    items: tuple[Item, ...] = ()
    mode: Mode = "on_site"


@dataclass(frozen=True, slots=True)
class Route:
    """The day of one team, from the base and back.

    lunch_minute
        Begin of lunch; before `depart_minute` or after `return_minute` it is taken at the base.
    travel_minutes
        Minutes on the road, the way home included.
    """

    route_id: str
    day: dt.date
    stops: tuple[Stop, ...]
    depart_minute: int
    lunch_minute: int
    return_minute: int
    travel_minutes: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the solvers may think.

    iterations
        Of the search where days hold many visits. With `seconds` none, equal input and equal seed
        give equal plans.
    neighbourhoods
        Parts of the plan that are tried again.
    ticks
        Deterministic time of CP-SAT, about a second each.
    seconds
        A limit on the clock for each solver; results then depend on the machine.
    """

    seed: int = 1
    iterations: int = 50_000
    neighbourhoods: int = 6
    ticks: int = 30
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SolverNote:
    """Which solver answered, asked how, and how sure the answer is.

    status
        "OPTIMAL", "FEASIBLE", "INFEASIBLE", "UNKNOWN" as the solver says, or "STOPPED".
    value, bound
        Objective reached and proven bound, in the solver's own integer units.
    """

    name: str
    version: str
    parameters: dict[str, str | int]
    status: str
    value: int | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class Routes:
    """The plan of a month: every visit asked for is on one route or owed with a reason.

    days
        Workdays of the month the plan could use.
    notes
        Where a place had to be guessed (an enterprise without coordinates), each minimum of
        coverage that could not be kept, and which challenger ordered the visits inside a grade.
    replaces, reason
        Digest of the plan this one stands for, and why; else none.
    """

    month: dt.date
    as_of: dt.date
    draw_digest: str
    policy_digest: str
    days: tuple[dt.date, ...]
    routes: tuple[Route, ...]
    owed: tuple[Owed, ...]
    notes: tuple[Sentence, ...]
    solver: tuple[SolverNote, ...]
    replaces: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One of the two seats of a route.

    sectors
        What the officer in it must be certified for; empty asks for no sector.
    """

    route_id: str
    seat: SeatName
    day: dt.date
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Probability, in units of 1e-6, that an officer is drawn into a seat."""

    inspector_id: str
    day: dt.date
    route_id: str
    seat: SeatName
    share_micro: int


@dataclass(frozen=True, slots=True)
class Guess:
    """How well the officers of a route can be guessed by someone who knows all that is published.

    best_micro
        Largest probability of any officer on the route, either seat, in units of 1e-6.
    leads, seconds
        Officers who could take each seat on that day.
    pairs
        Different pairs that could go.
    floor_micro
        What the guess cannot be below, whatever the lottery: few officers, or few leads.
    reason, cure
        Why it is above one half, and what would mend it; none where it is not.
    """

    route_id: str
    best_micro: int
    leads: int
    seconds: int
    pairs: int
    floor_micro: int
    reason: Sentence | None
    cure: Sentence | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Out of whom the month's officers are drawn.

    officers
        Those who could take a seat of some route on its day.
    certificates
        Sector of the month → officers of the pool who are certified for it.
    floor
        What the draw can and cannot hide in a pool of this size.
    training
        What two more certificates of the scarcest sector would change, by programmes solved anew;
        none where they would change little, or the pool is too large to try.
    """

    officers: int
    certificates: dict[str, int]
    floor: Sentence
    training: Sentence | None


@dataclass(frozen=True, slots=True)
class Watch:
    """How often an officer is named rightly by someone who has seen every earlier day of the month.

    late_from
        First of the last third of the days on which somebody goes out.
    rosters
        Previews it was tried on, drawn from the shares; see `scheduler.roster.watch`.
    published_micro, watching_micro
        Mean of the published guesses, and how often the watcher was right; in units of 1e-6, over
        all routes. A lower bound: a cleverer watcher may do better.
    late_published_micro, late_watching_micro
        The same over the routes from `late_from` on.
    """

    late_from: dt.date
    rosters: int
    published_micro: int
    watching_micro: int
    late_published_micro: int
    late_watching_micro: int


@dataclass(frozen=True, slots=True)
class Slots:
    """The frozen list of the second draw: who could sit where, with what probability.

    guesses, pool, watch
        How well the officers can be guessed: by route, by the size of the pool, and by someone who
        watches the month; `watch` is none where nobody goes out.
    bans
        Pairs of officers who may not go together, each in order of number, sorted. Where the draw
        puts such a pair on a route, swaps part it (`lottery.part_pairs`); an officer may be swapped
        into the seats he or she has a share in.
    root
        Merkle root of the shares and bans (`lottery.slots_leaves`).
    commitment
        SHA-256 of the secret that is opened at the draw, hex.
    least_days, most_days
        Officer → bounds on his or her field days; the draw keeps them.
    replaces, reason
        Digest of the slots these stand for, and why; else none.
    """

    month: dt.date
    routes_digest: str
    policy_digest: str
    purpose: str
    draw_number: int
    previous: str
    seats: tuple[Seat, ...]
    shares: tuple[Share, ...]
    bans: tuple[tuple[str, str], ...]
    guesses: tuple[Guess, ...]
    pool: Pool
    watch: Watch | None
    least_days: dict[str, int]
    most_days: dict[str, int]
    root: str
    commitment: str
    event: Event
    frozen_at: str
    replaces: str | None
    reason: str | None
    solver: tuple[SolverNote, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The two officers of a route."""

    route_id: str
    day: dt.date
    lead: str
    second: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Two officers change seats, because the draw had put a banned pair on the route named first.

    day
        Of that route. The other is of the same day, but where the day alone had no way out.
    round
        Which time the day was gone through, from 0.
    """

    day: dt.date
    round: int
    route_id: str
    seat: SeatName
    other_route_id: str
    other_seat: SeatName


@dataclass(frozen=True, slots=True)
class Roster:
    """Who goes where on which day, and the values anyone needs to draw it again.

    swaps
        By the seed, in the order in which they were made; `assignments` are those after them.
    repaired
        Days that no swap could mend and a solver did; see `bans`.
    """

    month: dt.date
    slots_digest: str
    routes_digest: str
    event_value: str
    secret: str
    entered_by: tuple[str, ...]
    entered_at: str
    seed: str
    assignments: tuple[Assignment, ...]
    swaps: tuple[Swap, ...] = ()
    repaired: tuple[dt.date, ...] = ()
    solver: tuple[SolverNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """An officer who cannot go out; both days count."""

    inspector_id: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Closed:
    """An enterprise that receives nobody; both days count."""

    enterprise_id: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Urgent:
    """A visit that has to be made by a day, and on what grounds."""

    enterprise_id: str
    by: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class News:
    """What has happened since the roster was drawn."""

    absent: tuple[Absent, ...] = ()
    closed: tuple[Closed, ...] = ()
    urgent: tuple[Urgent, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A rung of the ladder in figures.

    name
        "seats_only", "hit_only", "same_days", "whole_future", "new_team", or "hand" for a swap.
    routes, seats
        Routes that change, and seats somebody new takes.
    dropped, added
        Visits that fall out of the month, and visits that come in.
    worth_dropped, worth_added, worth
        Worth of these, and of all visits of the plan before, in the units of `Visit.worth`.
    """

    name: str
    routes: int
    seats: int
    dropped: int
    worth_dropped: int
    added: int
    worth_added: int
    worth: int

    @property
    def worth_lost(self) -> int:
        """What is lost on balance; negative where more comes in than falls out."""
        return self.worth_dropped - self.worth_added


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A seat that was drawn again, alone.

    was
        Who had sat there; none where the team is a new one.
    order
        All who could take it, in the order of their tickets (`lottery.in_turn`).
    passed
        How many of them were passed over because the other open seats could not be filled then;
        the next in order sits there.
    """

    route_id: str
    day: dt.date
    seat: SeatName
    was: str | None
    order: tuple[str, ...]
    passed: int

    @property
    def taker(self) -> str:
        """Who takes the seat."""
        return self.order[self.passed]


@dataclass(frozen=True, slots=True)
class Repair:
    """What was changed in a drawn roster because something happened, by whom and why.

    number, replaces
        Which repair of the month it is, from 1, and the digest of the one before.
    purpose
        What seats are drawn again for, with the seed of the roster.
    seal
        SHA-256 of seed and purpose: nobody can try out whose names the digest in the chain covers.
    kept_through
        Last day that stays as it was; none where the month had not begun.
    rung, offers
        The proposal chosen, and all that were shown.
    changes
        Every change in a sentence.
    routes, owed, notes, assignments
        Of the whole month as it is from now on.
    by, reason, at
        Who chose it, why, and when (UTC).
    """

    month: dt.date
    number: int
    roster_digest: str
    routes_digest: str
    replaces: str | None
    purpose: str
    seal: str
    today: dt.date
    kept_through: dt.date | None
    news: News
    rung: str
    offers: tuple[Offer, ...]
    changes: tuple[Sentence, ...]
    redrawn: tuple[Redrawn, ...]
    routes: tuple[Route, ...]
    owed: tuple[Owed, ...]
    notes: tuple[Sentence, ...]
    assignments: tuple[Assignment, ...]
    by: tuple[str, ...]
    reason: str
    at: str
    solver: tuple[SolverNote, ...]


@dataclass(frozen=True, slots=True)
class NamesOfDay:
    """Who was on the road on one day, published once the teams had left.

    roster_digest
        What the chain holds since the draw; the roster itself is opened when the month is over.
    """

    month: dt.date
    day: dt.date
    roster_digest: str
    assignments: tuple[Assignment, ...]
