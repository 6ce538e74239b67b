"""Is it said truly how well the officers can be guessed, why, and what would mend it?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from riskengine.register import Known
from scheduler.roster.documents import SHARE_UNIT, Effort, Guess, Route, Routes, Slots, Stop
from scheduler.roster.plan import plan
from scheduler.roster.watch import PURPOSE, watch
from tests.scheduler.roster import small

DAYS = small.workdays(3)
LORRY, COACH = ("freight",), ("passenger",)


def route(number: int, day: dt.date, *keys: str, sector: str = "freight") -> Route:
    stops = tuple(Stop(key, "routine", sector, 600, 600, 690) for key in keys)
    return Route(f"R{number}", day, stops, 510, 690, 800, 30)


def routes(*chosen: Route) -> Routes:
    digest, as_of = "0" * 64, dt.date(2026, 11, 25)
    return Routes(small.MONTH, as_of, digest, digest, DAYS, chosen, (), (), ())


def people(*sectors: tuple[str, ...], **tables: Any) -> Known:
    """An officer for each set of certificates, numbered from 0."""
    officers = [small.officer(i, held) for i, held in enumerate(sectors)]
    places = [small.enterprise(f"E{i}") for i in range(9)]
    return small.known(enterprises=places, inspectors=officers, **tables)


def avoids(officer: int, *keys: str) -> list[dict[str, Any]]:
    return [{"inspector_id": f"P{officer:02d}", "enterprise_id": key} for key in keys]


def on_leave(officer: int, day: dt.date) -> dict[str, Any]:
    return {"inspector_id": f"P{officer:02d}", "from_on": day, "to_on": day}


def frozen(month: Routes, known: Known, **rules: Any) -> Slots:
    return small.frozen(month, known, small.rules(**rules))


ONE = routes(route(1, DAYS[0], "E1", "E2"))


def only(document: Slots) -> tuple[Guess, str, str]:
    """The guess of the only route, with the codes of its reason and cure."""
    (guess,) = document.guesses
    assert guess.reason is not None and guess.cure is not None
    return guess, guess.reason.code, guess.cure.code


# ── reasons and cures ─────────────────────────────────────────────────────────────────────


def test_a_scarce_certificate_is_named_with_whom_to_train() -> None:
    """示例0 alone may lead to a lorry firm; the others lack only that certificate."""
    document = frozen(ONE, people(LORRY, COACH, COACH, COACH))
    guess, why, what = only(document)
    assert (guess.best_micro, guess.floor_micro) == (SHARE_UNIT, SHARE_UNIT)
    assert (guess.leads, guess.seconds, guess.pairs) == (1, 4, 3)
    assert (why, what) == ("guess_certificate", "cure_train")
    assert "示例1、示例2、示例3" in guess.cure.zh  # type: ignore[union-attr]


def test_whom_no_single_certificate_would_help_is_to_be_borrowed() -> None:
    lorries = route(1, DAYS[0], "E1")
    mixed = replace(lorries, stops=(*lorries.stops, Stop("E2", "routine", "passenger", 1, 1, 2)))
    both, neither = ("freight", "passenger"), ("repair_major",)
    _, why, what = only(frozen(routes(mixed), people(both, neither, neither, neither)))
    assert (why, what) == ("guess_certificate", "cure_borrow_certified")


def test_avoidances_are_named_with_the_visit_to_put_elsewhere() -> None:
    known = people(
        *[LORRY] * 4,
        COACH,
        COACH,
        avoidances=[*avoids(1, "E1"), *avoids(2, "E1"), *avoids(3, "E1")],
    )
    guess, why, what = only(frozen(ONE, known))
    assert (why, what, guess.leads) == ("guess_avoidance", "cure_move_visit", 1)
    assert "E1" in guess.cure.zh and "4" in guess.cure.zh  # type: ignore[union-attr]
    apart = frozen(routes(route(1, DAYS[0], "E2"), route(2, DAYS[1], "E1")), known)
    assert apart.guesses[0].leads == 4


def test_leave_is_named_with_the_day_to_go_instead() -> None:
    known = people(
        *[LORRY] * 3, *[COACH] * 3, absences=[on_leave(0, DAYS[0]), on_leave(1, DAYS[0])]
    )
    guess, why, what = only(frozen(ONE, known))
    assert (why, what, guess.leads) == ("guess_leave", "cure_day", 1)
    assert DAYS[1].isoformat() in guess.cure.zh  # type: ignore[union-attr]
    (then,) = frozen(routes(route(1, DAYS[1], "E1", "E2")), known).guesses
    assert then.leads == 3 and then.floor_micro < guess.floor_micro


def test_few_officers_are_named_with_what_borrowing_would_bring() -> None:
    guess, why, what = only(frozen(ONE, people(*[LORRY] * 3)))
    assert (why, what) == ("guess_few_officers", "cure_borrow")
    assert guess.best_micro == guess.floor_micro == 666_667
    assert "40 %" in guess.cure.en  # type: ignore[union-attr]
    (borrowed,) = frozen(ONE, people(*[LORRY] * 5)).guesses
    assert borrowed.best_micro == 400_000


def test_field_days_that_must_be_equal_are_named_with_whom_they_send() -> None:
    """Everybody owes one day, and 示例0 may go on no other route."""
    month = routes(*(route(k, day, f"E{k}") for k, day in enumerate(DAYS, start=1)))
    known = people(*[LORRY] * 6, avoidances=avoids(0, "E2", "E3"))
    guess = frozen(month, known, field_days_spread=0).guesses[0]
    assert guess.best_micro == SHARE_UNIT and guess.floor_micro < SHARE_UNIT // 2
    assert guess.reason is not None and guess.cure is not None
    assert (guess.reason.code, guess.cure.code) == ("guess_busy", "cure_spread")
    assert "示例0" in guess.reason.zh
    (free, *_) = frozen(month, known, field_days_spread=2).guesses
    assert free.best_micro < SHARE_UNIT // 2


def test_a_guess_of_one_half_needs_no_reason() -> None:
    (guess,) = frozen(ONE, people(*[LORRY] * 4)).guesses
    assert (guess.best_micro, guess.reason, guess.cure) == (SHARE_UNIT // 2, None, None)


# ── figures ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def month() -> Slots:
    asked, known, days = small.county(np.random.default_rng(11), 14, 7, 6)
    rules = small.rules(field_days_most=4, field_days_spread=2)
    made = plan(
        asked,
        known,
        rules,
        month=small.MONTH,
        days=days,
        draw_digest="0" * 64,
        effort=Effort(iterations=100, ticks=2),
    )
    return small.frozen(made, known, rules)


def test_the_published_guess_is_the_one_the_shares_give(month: Slots) -> None:
    both = Counter[tuple[str, str]]()
    for share in month.shares:
        both[share.route_id, share.inspector_id] += share.share_micro
    for guess in month.guesses:
        mine = [micro for (route_id, _), micro in both.items() if route_id == guess.route_id]
        assert guess.best_micro == max(mine)
        assert guess.floor_micro <= guess.best_micro
        assert guess.pairs >= 1
        assert (guess.reason is None) == (guess.best_micro <= SHARE_UNIT // 2)


def test_pairs_that_may_not_go_together_are_no_pairs() -> None:
    bans = [{"inspector_id": "P00", "other_id": "P01"}, {"inspector_id": "P02", "other_id": "P03"}]
    (guess,) = frozen(ONE, people(*[LORRY] * 8)).guesses
    (fewer,) = frozen(ONE, people(*[LORRY] * 8, pair_bans=bans)).guesses
    assert (guess.pairs, fewer.pairs) == (28, 26)


# ── the pool ──────────────────────────────────────────────────────────────────────────────


def test_a_small_bureau_is_told_what_its_draw_decides() -> None:
    document = frozen(ONE, people(*[LORRY] * 8))
    assert (document.pool.officers, document.pool.certificates) == (8, {"freight": 8})
    floor = document.pool.floor
    assert "which of 28 pairs comes, not whether someone from this office comes" in floor.en
    assert "25 %" in floor.zh and "25 %" in floor.en
    assert document.guesses[0].floor_micro == SHARE_UNIT // 4


def test_who_could_take_no_seat_is_not_of_the_pool() -> None:
    known = people(*[LORRY] * 4, COACH, avoidances=avoids(4, "E1"))
    assert frozen(ONE, known).pool.officers == 4


def test_the_line_on_training_says_what_comes_true_when_they_are_trained() -> None:
    month = routes(
        route(1, DAYS[0], "E1"),
        route(2, DAYS[1], "E2"),
        route(3, DAYS[2], "E3", sector="passenger"),
    )
    before = frozen(month, people(("freight", "passenger"), *[LORRY] * 7))
    training = before.pool.training
    assert training is not None and "示例1、示例2" in training.zh
    both = ("freight", "passenger")
    after = frozen(month, people(both, both, both, *[LORRY] * 5))
    for document in (before, after):
        mean = sum(guess.best_micro for guess in document.guesses) / 3
        assert f"{round(mean / 10**4)} %" in training.en
    assert before.guesses[2].best_micro == SHARE_UNIT


def test_where_everybody_holds_everything_no_training_is_proposed() -> None:
    assert frozen(ONE, people(*[LORRY] * 8)).pool.training is None


# ── the watcher ───────────────────────────────────────────────────────────────────────────


def test_who_has_seen_the_first_of_two_days_knows_the_second() -> None:
    """Four officers, a day each: whoever did not go yesterday goes today."""
    two = routes(route(1, DAYS[0], "E1"), route(2, DAYS[1], "E2"))
    seen = frozen(two, people(*[LORRY] * 4), field_days_spread=0).watch
    assert seen is not None and seen.late_from == DAYS[1]
    assert (seen.late_published_micro, seen.late_watching_micro) == (500_000, SHARE_UNIT)
    assert seen.published_micro == 500_000 < seen.watching_micro < SHARE_UNIT


def test_on_the_first_day_the_watcher_knows_what_is_published() -> None:
    seen = frozen(ONE, people(*[LORRY] * 8)).watch
    assert seen is not None
    standard_error = (0.25 * 0.75 / seen.rosters) ** 0.5
    assert abs(seen.watching_micro / SHARE_UNIT - 0.25) < 4 * standard_error


def test_the_watcher_never_plays_with_the_seed_of_the_month(month: Slots) -> None:
    assert month.purpose != PURPOSE
    shares = [
        (s.inspector_id, s.day.isoformat(), s.route_id, s.seat, s.share_micro) for s in month.shares
    ]
    assert watch(shares) == watch(shares[::-1]) == month.watch


def test_nobody_is_watched_in_a_month_without_routes() -> None:
    assert frozen(routes(), people(*[LORRY] * 3)).watch is None
