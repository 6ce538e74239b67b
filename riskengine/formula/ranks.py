"""Where does one subject stand among others?

Ranks ascend with the value: a higher value is a worse place. No source that was read prints a
rule for ties, so a pack names its own.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from riskengine.errors import PolicyError
from riskengine.formula.numbers import Number, whole
from riskengine.formula.rows import Span, holds


def quantile_band(
    value: Number, population: tuple[Any, ...], bands: tuple[Span, ...], ties: str
) -> Any:
    """Quantile bands: the band of the share of the listed that rank at or below this value.

    population
        The values of all listed subjects, this one among them; those without data do not count.
    bands
        Rows over the share, 0–1.
    ties
        Equal values share the "low", "middle" or "high" one of their ranks.

    Rising in `value` while the others stay as they are.
    """
    listed = [other for other in population if other is not None]
    if value not in listed:
        listed.append(value)
    share = Fraction(rank_of(value, listed, ties), len(listed))
    for row in bands:
        if holds(row, share):
            return row.gives["is"]
    raise PolicyError("formula_between_bands", value=whole(share))


def percentile(
    value: Number,
    group: Any,
    peers: tuple[Any, ...],
    peer_groups: tuple[Any, ...],
    peer_gates: tuple[Any, ...],
    is_sufficient: bool,
    rule: str,
) -> Number | None:
    """Rank inside the peer group: 0 best, 100 worst; no data where the gates are not passed.

    peers, peer_groups, peer_gates
        Value, group and "has enough and recent data" of everybody, this subject among them.
    rule
        "rank_min": (rank − 1) ÷ (N − 1) × 100 with the low rank of ties, no data for N = 1;
        "rank_mean": rank ÷ N × 100 with the middle one.

    Rising in `value` while the others stay as they are.
    """
    if not is_sufficient:
        return None
    rows = zip(peers, peer_groups, peer_gates, strict=True)
    ranked = [peer for peer, of, passed in rows if of == group and passed is True]
    if value not in ranked:
        ranked.append(value)
    size = len(ranked)
    if rule == "rank_min":
        lowest = rank_of(value, ranked, "low") - 1
        return whole(Fraction(lowest * 100, size - 1)) if size > 1 else None
    if rule == "rank_mean":
        return whole(Fraction(rank_of(value, ranked, "middle") * 100, size))
    raise PolicyError("formula_bad_option", value=rule, known="rank_min, rank_mean")


def rank_of(value: Number, among: list[Number], ties: str) -> Fraction:
    """The rank from 1 of a value that is among others.

    >>> [str(rank_of(5, [1, 5, 5, 9], ties)) for ties in ("low", "middle", "high")]
    ['2', '5/2', '3']
    """
    below = sum(other < value for other in among)
    equal = sum(other == value for other in among)
    places = {
        "low": Fraction(below + 1),
        "middle": below + Fraction(equal + 1, 2),
        "high": Fraction(below + equal),
    }
    if ties not in places:
        raise PolicyError("formula_bad_option", value=ties, known=", ".join(places))
    return places[ties]
