"""What could someone guess who has watched the month so far?

Field days are bounded, so whoever has gone out often is less likely to go again. The watcher here
knows the published shares and who went on every day before, and names for each route the officer
whose share, times the field days he or she has left over those expected, is greatest. It plays
against rosters drawn from the shares with seeds of their own, never the official one. A cleverer
watcher may do better: the figure is a lower bound.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from scheduler import lottery
from scheduler.roster.documents import SHARE_UNIT, Watch
from scheduler.roster.flow import round_flow

PURPOSE = "preview/watch"
"""No official draw has this purpose."""
MOST_CELLS, MOST_ROSTERS, FEWEST_ROSTERS = 150_000, 40, 3
"""Shares drawn in all, and bounds on the rosters that makes: a second or two of work."""


def watch(shares: Sequence[lottery.Share]) -> Watch | None:
    """The watcher's success on previews of these shares; none where nobody goes out."""
    if not shares:
        return None
    rosters = min(max(MOST_CELLS // len(shares), FEWEST_ROSTERS), MOST_ROSTERS)
    days = sorted({share[1] for share in shares})
    late_from = days[len(days) - -(-len(days) // 3)]
    best = likeliest(shares)
    day_of = {route_id: day for _, day, route_id, _, _ in shares}
    late = [route_id for route_id in best if day_of[route_id] >= late_from]
    hits: Counter[str] = Counter()
    root = bytes.fromhex(lottery.merkle_root(shares))
    for number in range(rosters):
        seed = lottery.h(PURPOSE.encode(), root, number.to_bytes(4, "big"))
        hits.update(named_rightly(shares, round_flow(shares, seed, PURPOSE)))
    return Watch(
        late_from=dt.date.fromisoformat(late_from),
        rosters=rosters,
        published_micro=_mean([best[route_id] for route_id in best]),
        watching_micro=SHARE_UNIT * sum(hits.values()) // (rosters * len(best)),
        late_published_micro=_mean([best[route_id] for route_id in late]),
        late_watching_micro=SHARE_UNIT * sum(hits[one] for one in late) // (rosters * len(late)),
    )


def likeliest(shares: Sequence[lottery.Share]) -> dict[str, int]:
    """Route → the probability (1e-6) of its likeliest officer, either seat: the published guess."""
    both = on_route(shares)
    best: dict[str, int] = {}
    for (route_id, _), micro in sorted(both.items()):
        best[route_id] = max(best.get(route_id, 0), micro)
    return best


def on_route(shares: Sequence[lottery.Share]) -> Counter[tuple[str, str]]:
    """(route, officer) → probability (1e-6), either seat."""
    both: Counter[tuple[str, str]] = Counter()
    for inspector_id, _, route_id, _, micro in shares:
        both[route_id, inspector_id] += micro
    return both


def named_rightly(
    shares: Sequence[lottery.Share], drawn: dict[lottery.Place, str]
) -> Iterator[str]:
    """The routes on which the officer the watcher names is found."""
    expected: Counter[str] = Counter()
    for inspector_id, _, _, _, micro in shares:
        expected[inspector_id] += micro
    total, seen = dict(expected), Counter[str]()
    chances = on_route(shares)
    for _, of_day in groupby(sorted(shares, key=lambda share: share[1:3]), lambda s: s[1]):
        rows = list(of_day)
        for route_id, of_route in groupby(rows, lambda share: share[2]):
            able = sorted({share[0] for share in of_route})
            named = max(
                able,
                key=lambda one: (
                    chances[route_id, one]
                    * max(total[one] - SHARE_UNIT * seen[one], 0)
                    / expected[one]
                ),
            )
            if named in (drawn[route_id, "lead"], drawn[route_id, "second"]):
                yield route_id
        for inspector_id, _, _, _, micro in rows:
            expected[inspector_id] -= micro
        routes = {share[2] for share in rows}
        seen.update(drawn[one, seat] for one in routes for seat in lottery.SEATS)


def _mean(numbers: Sequence[int]) -> int:
    return sum(numbers) // len(numbers)
