"""Is a value of a beacon believed when it was published, and refused when it was not?"""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskengine.digest import plain
from riskengine.errors import NotAllowed
from scheduler import beacon, lottery
from scheduler.beacon import is_signed, round_at, time_of
from scheduler.event import of_beacon
from scheduler.lottery import BEACONS
from tests.scheduler import small_month

# rounds as the League of Entropy published them: beacon, round, value
PUBLISHED = [
    ("quicknet", 123, "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482"
                      "e26cd02df835d3546d23c4b13e0dfc92"),
    ("quicknet", 1000, "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
                       "e342b73a8dd2bacbe47e4b6b63ed5e39"),
    ("quicknet", 1001, "b33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03"
                       "f73896b25883abf2853d10337fb8fa41"),
    ("quicknet", 1002, "ab066f9c12dd6de1336fca0f925192fb0c72a771c3e4c82ede1fd362c1a770f9"
                       "eb05843c6308ce2530b53a99c0281a6e"),
    ("quicknet", 1003, "b104c82771698f45fd8dcfead083d482694c31ab519bcef077f126f3736fe98c"
                       "8392fd5d45d88aeb76b56ccfcb0296d7"),
    ("quicknet", 657413, "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be"
                         "41076862b98fad56e91a6b85b89cd97b"),
    ("default", 72785, "a609e19a03c2fcc559e8dae14900aaefe517cb55c840f6e69bc8e4f66c8d18e8"
                       "a609685d9917efbfb0c37f058c2de88f13d297c7e19e0ab24813079efe57a182"
                       "554ff054c7638153f9b26a60e7111f71a0ff63d9571704905d3ca6df0b031747 "
                       "82f5d3d2de4db19d40a6980e8aa37842a0e55d1df06bd68bddc8d60002e8e959"
                       "eb9cfa368b3c1b77d18f02a54fe047b80f0989315f83b12a74fd8679c4f12aae"
                       "86eaf6ab5690b34f1fddd50ee3cc6f6cdf59e95526d5a5d82aaa84fa6f181e42"),
    ("default", 3311596, "8ed588f2a7716fb1349e2d9803da5db0005e98a83783c353d4a08f183236a9ad"
                         "91d70ddb01266f4b7c576983db464b430e65680b9e0098552758afd6c1e6afcb"
                         "77e3f62fe1b93d42d1cb63abbb2205512fe12fbf74ea9c5ac3b8f5c1e283a1d8 "
                         "a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98"
                         "897d217b9121e92c8ddebbddda8d92f900e3bd6bf9deb166863b1a19390d743f"
                         "82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754"),
]  # fmt: skip
VALUE = {(chain, number): value for chain, number, value in PUBLISHED}
ROUND_1000 = VALUE["quicknet", 1000]
GROUP_HASH = {
    "quicknet": "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
    "default": "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
}
"""Digest of the founding group of each beacon, the one part of its chain hash not kept in the
table."""


def by_round(entry: object) -> str:
    return str(entry)[:12]


@pytest.mark.parametrize(("chain", "number", "value"), PUBLISHED, ids=by_round)
def test_a_published_round_is_signed(chain: str, number: int, value: str) -> None:
    assert is_signed(chain, number, value)


@pytest.mark.parametrize("chain", BEACONS)
def test_key_genesis_and_period_are_those_the_chain_hash_commits_to(chain: str) -> None:
    known = BEACONS[chain]
    name = b"" if chain == "default" else chain.encode()
    committed = (
        known.period.to_bytes(4, "big")
        + known.genesis.to_bytes(8, "big")
        + bytes.fromhex(known.public_key)
        + bytes.fromhex(GROUP_HASH[chain])
        + name
    )
    assert hashlib.sha256(committed).hexdigest() == known.chain_hash


def test_the_randomness_of_a_round_is_what_the_beacon_publishes_beside_it() -> None:
    assert lottery.randomness_of(ROUND_1000) == (
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"
    )
    assert lottery.randomness_of(VALUE["default", 72785]) == (
        "8b676484b5fb1f37f9ec5c413d7d29883504e5b669f604a1ce68b3388e9ae3d9"
    )


INFINITY_G1 = "c0" + "00" * 47
INFINITY_G2 = "c0" + "00" * 95
OUTSIDE_SUBGROUP = "8" + "0" * 94 + "4"
"""x = 4 is on the curve of the short group, but not in the subgroup of prime order."""


@pytest.mark.parametrize(
    ("chain", "number", "value"),
    [
        ("quicknet", 1001, ROUND_1000),
        ("quicknet", 1000, VALUE["quicknet", 1001]),
        ("quicknet", 1000, INFINITY_G1),
        ("quicknet", 1000, OUTSIDE_SUBGROUP),
        ("quicknet", 1000, "9" + ROUND_1000[1:]),  # the other root: minus the signature
        ("quicknet", 1000, ROUND_1000[:-1] + "8"),
        ("quicknet", 1000, "ff" * 48),
        ("quicknet", 1000, "00" * 48),
        ("default", 72785, VALUE["default", 3311596]),
        ("default", 72785, "a7" + VALUE["default", 72785][2:]),  # another signature before it
        ("default", 72785, VALUE["default", 72785].split()[0] + " " + INFINITY_G2),
    ],
)
def test_what_the_beacon_did_not_sign_is_refused(chain: str, number: int, value: str) -> None:
    assert not is_signed(chain, number, value)


def test_the_point_outside_the_subgroup_is_a_point() -> None:
    from py_ecc.bls.g2_primitives import pubkey_to_G1, subgroup_check

    assert not subgroup_check(pubkey_to_G1(bytes.fromhex(OUTSIDE_SUBGROUP)))


@pytest.mark.parametrize(
    "value",
    ["", "07 12", ROUND_1000.upper(), ROUND_1000 + " ", ROUND_1000[:-2], ROUND_1000 + "00",
     f"{ROUND_1000} {ROUND_1000}", VALUE["default", 72785]],
)  # fmt: skip
def test_a_value_has_one_way_to_be_written(value: str) -> None:
    assert not lottery.is_beacon_value("quicknet", value)
    assert not is_signed("quicknet", 1000, value)


@settings(max_examples=15, deadline=None)
@given(place=st.integers(0, 383))
def test_any_one_bit_of_a_signature_counts(place: int) -> None:
    changed = int(ROUND_1000, 16) ^ (1 << place)
    assert not is_signed("quicknet", 1000, f"{changed:096x}")


# ── time ──────────────────────────────────────────────────────────────────────────────────


def test_the_first_round_is_due_at_the_genesis() -> None:
    assert time_of("quicknet", 1) == "2023-08-23T15:09:27Z"
    assert time_of("default", 1) == "2020-07-22T15:17:30Z"
    assert round_at("quicknet", dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == 1


@given(number=st.integers(1, 2**40), chain=st.sampled_from([*BEACONS]))
def test_a_round_and_its_time_belong_together(number: int, chain: str) -> None:
    try:
        due = time_of(chain, number)
    except NotAllowed:
        assert number * BEACONS[chain].period > 2**37  # beyond the year 9999
        return
    moment = dt.datetime.fromisoformat(due)
    second = dt.timedelta(seconds=1)
    assert round_at(chain, moment) == round_at(chain, moment - second) == number or number == 1
    if number * BEACONS[chain].period < 2**36:
        assert round_at(chain, moment + second) == number + 1


@given(st.integers(0, 253402300799))
def test_the_verifier_counts_seconds_as_the_calendar_does(second: int) -> None:
    moment = dt.datetime.fromtimestamp(second, dt.UTC)
    assert lottery.seconds_of(f"{moment:%Y-%m-%dT%H:%M:%SZ}") == second


@pytest.mark.parametrize(
    ("chain", "number"), [("fastnet", 1), ("quicknet", 0), ("quicknet", 10**15)]
)
def test_a_round_that_never_comes_is_refused(chain: str, number: int) -> None:
    with pytest.raises(NotAllowed, check=lambda raised: raised.code == "beacon_unknown"):
        time_of(chain, number)


# ── verify ────────────────────────────────────────────────────────────────────────────────


def bundle_of(number: int, value: str) -> dict[str, Any]:
    """A list that waited for a round of long ago, drawn with a value of one person's choice."""
    event = of_beacon("quicknet", number)
    frame = small_month.frozen(event=event, frozen_at="2023-08-01T00:00:00Z")
    result = small_month.drawn(
        frame, event_value=ROUND_1000, entered_by=PERSON, entered_at="2023-09-01T00:00:00Z"
    )
    parts = {"format": lottery.FORMAT, "frame": frame, "draw": result}
    bundle: dict[str, Any] = {**plain(parts), "names": {}}
    draw = bundle["draw"]
    draw["event_value"] = value
    seed = lottery.seed_of(
        frame.purpose, 1, frame.root, frame.rule_digest, bytes.fromhex(draw["secret"]), value
    )
    rows = lottery._rows_of(bundle["frame"])
    selected, log = lottery.tree_duel(rows, seed, frame.purpose)
    reserves = lottery.reserve_lists(rows, selected, seed, frame.purpose, percent=50, least=1)
    draw |= {"seed": seed.hex(), "selected": list(selected), "log_digest": lottery.digest_of(log)}
    draw["reserves"] = [
        {"grade": grade, "sector": sector, "enterprise_ids": list(ids)}
        for (grade, sector), ids in reserves
    ]
    return small_month.sealed(bundle)


PERSON = ("张三",)


def test_one_person_enters_what_proves_itself() -> None:
    assert beacon.verify(bundle_of(1000, ROUND_1000)) == []


def test_a_forged_value_passes_the_file_alone_and_not_riskengine_verify() -> None:
    forged = bundle_of(1000, VALUE["quicknet", 1001])
    assert lottery.verify(forged) == []  # it says so: it has no curve
    (finding,) = beacon.verify(forged)
    assert finding["where"] == "draw.event_value"
    assert "1000" in finding["zh"] and "1000" in finding["en"]


def test_the_file_alone_says_what_it_did_not_check() -> None:
    report = "\n".join(lottery._yes(bundle_of(1000, ROUND_1000)))
    assert lottery.randomness_of(ROUND_1000) in report
    assert "riskengine verify" in report and "BLS" in report


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"round": 1001}, "frame.event"),
        ({"round": 0}, "frame.event"),
        ({"round": "1000"}, "frame.event"),
        ({"chain": "fastnet"}, "frame.event"),
        ({"chain": "default"}, "frame.event"),
        ({"chain": None}, "frame.event"),
        ({"due_at": "2023-08-23T15:59:25Z"}, "frame.event"),
        ({"reveal_by": "2023-08-23T15:59:24Z"}, "frame.event"),
    ],
)
def test_the_verifier_holds_the_round_to_its_time(changes: dict[str, Any], where: str) -> None:
    bundle = bundle_of(1000, ROUND_1000)
    bundle["frame"]["event"] |= changes
    assert where in {finding["where"] for finding in lottery.verify(small_month.sealed(bundle))}


def test_a_value_of_another_width_is_found_by_the_file_alone() -> None:
    wheres = {finding["where"] for finding in lottery.verify(bundle_of(1000, ROUND_1000[:-2]))}
    assert "draw.event_value" in wheres


def test_a_checked_signature_leaves_the_limit_on_depth_as_it_was() -> None:
    """With py_ecc's own limit, a file of brackets would end the process that parses it."""
    code = (
        "import sys; before = sys.getrecursionlimit(); from scheduler.beacon import is_signed; "
        f"assert is_signed('quicknet', 1000, '{ROUND_1000}'); "
        "assert sys.getrecursionlimit() == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
