"""In what order do places lie on one curve, so that neighbours on the curve are neighbours?

Source of the method: Skilling (2004), "Programming the Hilbert curve", AIP Conference Proceedings
707; written from the paper.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from riskengine.register import Known

BITS = 26
"""The side of a square of the map is 360° / 2^26: about half a metre on the equator."""
DIGITS = -(-2 * BITS // 4)

Ints = npt.NDArray[np.int64]


def hilbert_index(points: Ints, bits: int) -> Ints:
    """The place of each point along the Hilbert curve.

    points
        Shape (points, dimensions), each coordinate from 0 to 2**bits − 1.
    bits
        bits × dimensions at most 62.

    >>> hilbert_index(np.array([[0, 0], [0, 1], [1, 1], [1, 0]]), 1).tolist()
    [0, 1, 2, 3]
    """
    x = points.T.astype(np.int64)
    dimensions = len(x)
    if bits * dimensions > 62:
        raise ValueError(f"{dimensions} dimensions of {bits} bits do not fit into 62 bits")
    if points.size and not 0 <= int(x.min()) <= int(x.max()) < 1 << bits:
        raise ValueError(f"a coordinate is not between 0 and 2^{bits} − 1")
    for level in range(bits - 1, 0, -1):  # undo the turns of each quadrant, coarse to fine
        below = (1 << level) - 1
        for axis in range(dimensions):
            is_far = (x[axis] >> level) & 1 == 1
            swap = np.where(is_far, 0, (x[0] ^ x[axis]) & below)
            x[0] ^= np.where(is_far, below, swap)
            x[axis] ^= swap
    for axis in range(1, dimensions):  # Gray code
        x[axis] ^= x[axis - 1]
    parity = np.zeros_like(x[0])
    for level in range(bits - 1, 0, -1):
        parity ^= np.where((x[-1] >> level) & 1 == 1, (1 << level) - 1, 0)
    x ^= parity
    index: Ints = np.zeros_like(x[0])
    for level in range(bits - 1, -1, -1):
        for axis in range(dimensions):
            index = index << 1 | (x[axis] >> level & 1)
    return index


def places_of(known: Known) -> dict[str, str]:
    """Where each enterprise lies along a curve through the map, as hex of one width.

    Text order is the order of the curve. The curve is one for the whole earth, so that a place
    depends on no other enterprise; only one without coordinates stands at the middle of its
    township, and where nobody there has any, of all enterprises.
    """
    table = known.tables["enterprises"]
    ids, townships, *degrees = (
        table.column(name).to_pylist()
        for name in ("enterprise_id", "township", "longitude", "latitude")
    )
    squares = {
        i: np.array([_square(east + 180), _square(north + 90)])
        for i, east, north in zip(ids, *degrees, strict=True)
        if east is not None and north is not None
    }
    middles = _middles(squares, dict(zip(ids, townships, strict=True)))
    everywhere = middles.get(None, np.zeros(2, np.int64))
    points = [
        squares.get(i, middles.get(township or "", everywhere))
        for i, township in zip(ids, townships, strict=True)
    ]
    index = hilbert_index(np.array(points, np.int64).reshape(-1, 2), BITS)
    return {i: f"{place:0{DIGITS}x}" for i, place in zip(ids, index.tolist(), strict=True)}


def _square(degrees: float) -> int:
    return min(int(degrees * (1 << BITS) / 360), (1 << BITS) - 1)


def _middles(
    squares: Mapping[str, Ints], township_of: Mapping[str, str | None]
) -> dict[str | None, Ints]:
    """The mean square of each township, and of all under None."""
    members: dict[str | None, list[Ints]] = {}
    for i, square in squares.items():
        members.setdefault(None, []).append(square)
        if township_of[i]:
            members.setdefault(township_of[i], []).append(square)
    return {
        name: sum(found, np.zeros(2, np.int64)) // len(found) for name, found in members.items()
    }
