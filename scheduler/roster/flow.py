"""Who sits where, by the plain path or by the faster one?

Both give the same seats. Tables of `LARGE` shares and more take the compiled one; below that the
plain one is done before a compiler would have begun.
"""

from __future__ import annotations

from collections.abc import Sequence

from scheduler import lottery
from scheduler.lottery import Place, Share

LARGE = 6_000
"""More than a county's: twenty officers and 180 routes have some 5,000 shares."""


def round_flow(
    shares: Sequence[Share], seed: bytes, purpose: str, *, large: int = LARGE
) -> dict[Place, str]:
    """`lottery.round_flow`; from `large` shares on by the compiled path."""
    if len(shares) < large:
        return lottery.round_flow(shares, seed, purpose)
    from scheduler.roster import swift_flow  # a county needs no compiler

    return swift_flow.round_flow(shares, seed, purpose)
