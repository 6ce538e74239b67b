"""How is a whole divided in integers, so that nothing is lost and the order does not matter?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

M = 10**9
"""A certain visit, in units of inclusion probability (1e-9)."""


def proportional(
    sizes: Mapping[str, int], total: int, *, least: int = 0, most: int | None = None
) -> dict[str, int]:
    """Divide `total` in proportion to `sizes`, each part between `least` and `most`.

    Parts that would leave the bounds are set to the bound and the others share the rest in
    proportion; then floors, and the shortfall by largest remainder, ties to the smaller id bytes.

    Parameters
    ----------
    sizes
        Positive integers by id.
    total
        Between ``least * len(sizes)`` and ``most * len(sizes)``.

    Returns
    -------
    Integers by id that sum to exactly `total`.

    Source: sampling.md §2.2; the two bounds after Bitran and Hax (1981), Management Science 27.

    >>> proportional({"a": 1, "b": 2, "c": 4}, 10, least=2, most=5)
    {'a': 2, 'b': 3, 'c': 5}
    """
    most = total if most is None else most
    if not least * len(sizes) <= total <= most * len(sizes):
        raise ValueError(f"{total} cannot be divided into {len(sizes)} parts {least}–{most}")
    parts: dict[str, int] = {}
    free = dict(sizes)
    rest = total
    while free:
        weight = sum(free.values())
        above = [i for i, size in free.items() if size * rest > most * weight]
        below = [i for i, size in free.items() if size * rest < least * weight]
        if not above and not below:
            break
        excess = sum(free[i] * rest - most * weight for i in above)
        lack = sum(least * weight - free[i] * rest for i in below)
        # only the heavier side is certain to end at its bound
        settled, bound = (above, most) if excess >= lack else (below, least)
        for i in settled:
            parts[i] = bound
            del free[i]
            rest -= bound
    parts |= largest_remainder(free, rest)
    return {i: parts[i] for i in sizes}


def largest_remainder(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """Floors of ``total * size / Σ size``, the shortfall to the largest remainders.

    >>> largest_remainder({"a": 1, "b": 1, "c": 1}, 4)
    {'a': 2, 'b': 1, 'c': 1}
    """
    weight = sum(sizes.values())
    parts = {i: total * size // weight for i, size in sizes.items()}
    short = total - sum(parts.values())
    by_remainder = sorted(sizes, key=lambda i: (-(total * sizes[i] % weight), i.encode()))
    for i in by_remainder[:short]:
        parts[i] += 1
    return parts


def decimal(value: Fraction | int, digits: int = 2) -> str:
    """A fraction as decimal text, rounded half up, without idle zeros.

    >>> decimal(Fraction(11, 6)), decimal(12), decimal(Fraction(5, 10))
    ('1.83', '12', '0.5')
    """
    scaled = (Fraction(value) * 10**digits * 2 + 1) // 2
    whole, part = divmod(scaled, 10**digits)
    return f"{whole}.{part:0{digits}d}".rstrip("0").rstrip(".")


def percent(permille: Fraction | int) -> str:
    """Permille as percent text.

    >>> percent(10), percent(1000), percent(Fraction(82712, 1000))
    ('1', '100', '8.27')
    """
    return decimal(Fraction(permille) / 10)


def ceil_div(a: int, b: int) -> int:
    """a / b rounded up, for b > 0.

    >>> ceil_div(7, 2), ceil_div(-7, 2)
    (4, -3)
    """
    return -(-a // b)
