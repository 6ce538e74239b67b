"""Did the beacon really publish this value? Its signature says so.

A drand beacon signs each round with a key that a threshold of independent operators share, so that
nobody knows a value before its round, and anybody can check it afterwards. The beacons known here
stand in `scheduler.lottery.BEACONS`: what is on a curve needs a library, and a verifier on the
standard library alone has none. One signature takes a quarter of a second.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from riskengine.errors import NotAllowed, sentence
from scheduler import lottery
from scheduler.lottery import BEACONS, Finding

BLS_ON_G1 = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
BLS_ON_G2 = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"
G1_BYTES = 48
"""A compressed point of the short group; one of the other takes twice as many."""


def time_of(chain: str, number: int) -> str:
    """When a round is due, UTC.

    >>> time_of("quicknet", 1000)
    '2023-08-23T15:59:24Z'
    """
    if chain not in BEACONS or number < 1:
        raise NotAllowed("beacon_unknown", chain=chain, round=number, known="、".join(BEACONS))
    beacon = BEACONS[chain]
    start = dt.datetime.fromtimestamp(beacon.genesis, dt.UTC)
    try:
        due = start + dt.timedelta(seconds=(number - 1) * beacon.period)
    except OverflowError:
        raise NotAllowed(
            "beacon_unknown", chain=chain, round=number, known="、".join(BEACONS)
        ) from None
    return f"{due:%Y-%m-%dT%H:%M:%SZ}"


def round_at(chain: str, moment: dt.datetime) -> int:
    """The first round that is due at `moment` or after it.

    >>> round_at("quicknet", dt.datetime(2023, 8, 23, 15, 59, 22, tzinfo=dt.UTC))
    1000
    """
    if chain not in BEACONS:
        raise NotAllowed("beacon_unknown", chain=chain, round="–", known="、".join(BEACONS))
    start = dt.datetime.fromtimestamp(BEACONS[chain].genesis, dt.UTC)
    waits = -((start - moment) // dt.timedelta(seconds=BEACONS[chain].period))
    return max(1, waits + 1)


def is_signed(chain: str, number: int, value: str) -> bool:
    """Is the value the beacon's own signature of this round?

    value
        As `lottery.is_beacon_value` wants it: hex of the signature; of a chained beacon the
        signature before it comes first.

    Source: BLS signatures on BLS12-381 (RFC 9380 hashing to the curve), drand specification.
    """
    if not lottery.is_beacon_value(chain, value):
        return False
    # half a second to import, and few months wait for a beacon; its types name each group apart
    limit = sys.getrecursionlimit()
    points: Any = import_module("py_ecc.bls.g2_primitives")
    hashing: Any = import_module("py_ecc.bls.hash_to_curve")
    curve: Any = import_module("py_ecc.optimized_bls12_381")
    sys.setrecursionlimit(limit)  # py_ecc lifts it: deeply nested JSON would then end the process

    key = bytes.fromhex(BEACONS[chain].public_key)
    *before, signature = (bytes.fromhex(word) for word in value.split(" "))
    message = hashlib.sha256(b"".join(before) + number.to_bytes(8, "big")).digest()
    try:
        if len(signature) == G1_BYTES:
            point, keyed = points.pubkey_to_G1(signature), points.signature_to_G2(key)
            hashed = hashing.hash_to_G1(message, BLS_ON_G1, hashlib.sha256)
            pairs = [(curve.G2, curve.neg(point)), (keyed, hashed)]
        else:
            point, keyed = points.signature_to_G2(signature), points.pubkey_to_G1(key)
            hashed = hashing.hash_to_G2(message, BLS_ON_G2, hashlib.sha256)
            pairs = [(curve.neg(point), curve.G1), (hashed, keyed)]
    except ValueError:  # no point of the curve
        return False
    if curve.is_inf(point) or not points.subgroup_check(point):
        return False
    one, other = (curve.pairing(*pair, final_exponentiate=False) for pair in pairs)
    return bool(curve.final_exponentiate(one * other) == curve.FQ12.one())


def verify(bundle: Mapping[str, Any], raw: bytes | None = None) -> list[Finding]:
    """`lottery.check_file`, and what that file alone cannot check.

    That is the signatures of beacons, and whether the tickets of a list are calibrated.
    """
    findings = lottery.check_file(bundle, raw)
    return findings or [*_unsigned(bundle), *_uncalibrated(bundle)]


def _uncalibrated(bundle: Mapping[str, Any]) -> list[Finding]:
    frame = bundle.get("frame", {})
    if frame.get("engine") != "pareto" or "rows" not in frame:
        return []
    from scheduler import pareto  # scipy only where tickets are drawn

    return list(pareto.uncalibrated(frame))


def _unsigned(bundle: Mapping[str, Any]) -> Iterator[Finding]:
    for frozen, drawn in (("frame", "draw"), ("slots", "roster"), ("files", "review")):
        if frozen not in bundle or drawn not in bundle:
            continue
        event, value = bundle[frozen]["event"], bundle[drawn]["event_value"]
        if event["kind"] == "drand" and not is_signed(event["chain"], event["round"], value):
            said = sentence("beacon_unsigned", chain=event["chain"], round=event["round"])
            yield {"where": f"{drawn}.event_value", "zh": said.zh, "en": said.en}
