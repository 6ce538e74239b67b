"""What of the draw is compiled, so that a million duels take a second?

The hash, the numbers, the duels and the flow rounding of `scheduler.lottery`: the constant
beginning of every message is hashed once, the rest in a buffer. SHA-256 after FIPS 180-4. All that
is compiled is in this one file, because what is kept of an earlier compilation is judged by the
file it came from.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scheduler import lottery
from scheduler.lottery import MICRO, NANO

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Tickets = npt.NDArray[np.uint64]

WORKERS = 2
"""Threads; they change the time and nothing else."""
NONE = np.uint32(2**32 - 1)
"""No edge of a network."""


def _primes(number: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < number:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _root(value: int, power: int) -> int:
    """The whole part of the root, by halving."""
    low, high = 0, value
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= value else (low, middle - 1)
    return low


START = np.array([_root(p << 64, 2) % 2**32 for p in _primes(8)], np.uint32)
"""The first 32 bits of the fractions of square roots of primes."""
ROUNDS = np.array([_root(p << 96, 3) % 2**32 for p in _primes(64)], np.uint32)
"""The same of cube roots."""


def compiled(function: Callable[..., Any]) -> Any:
    """Compile on first use; keep the result on disk where that is allowed."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(nogil=True)(function)


@compiled
def _turn(x: Any, bits: int) -> Any:
    return np.uint32((x >> np.uint32(bits)) | (x << np.uint32(32 - bits)))


@compiled
def _compress(state: Words, w: Words) -> None:
    """One block of 16 words in `w[:16]`; the other 48 are scratch."""
    for t in range(16, 64):
        x, y = w[t - 15], w[t - 2]
        s0 = _turn(x, 7) ^ _turn(x, 18) ^ (x >> np.uint32(3))
        s1 = _turn(y, 17) ^ _turn(y, 19) ^ (y >> np.uint32(10))
        w[t] = np.uint32(w[t - 16] + s0 + w[t - 7] + s1)
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for t in range(64):
        choice, majority = (e & f) ^ (~e & g), (a & b) ^ (a & c) ^ (b & c)
        t1 = np.uint32(h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + choice + ROUNDS[t] + w[t])
        t2 = np.uint32((_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + majority)
        h, g, f, e = g, f, e, np.uint32(d + t1)
        d, c, b, a = c, b, a, np.uint32(t1 + t2)
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h


@compiled
def finish(middle: Words, begun: int, tail: Bytes, size: int, state: Words, w: Words) -> None:
    """Hash `tail[:size]` after `begun` bytes hashed before; `tail` has 72 bytes to spare."""
    bits = np.uint64(begun + size) * np.uint64(8)
    tail[size] = 0x80
    whole = (size + 9 + 63) // 64 * 64
    tail[size + 1 : whole - 8] = 0
    for i in range(8):
        tail[whole - 1 - i] = np.uint8((bits >> np.uint64(8 * i)) & np.uint64(255))
    state[:] = middle
    for block in range(0, whole, 64):
        for t in range(16):
            at = block + 4 * t
            high = np.uint32(tail[at]) << np.uint32(24) | np.uint32(tail[at + 1]) << np.uint32(16)
            w[t] = high | np.uint32(tail[at + 2]) << np.uint32(8) | np.uint32(tail[at + 3])
        _compress(state, w)


@compiled
def put_field(tail: Bytes, at: int, data: Bytes, start: int, end: int) -> int:
    """Write a field with its length in 4 bytes; the place after it."""
    for i in range(4):
        tail[at + i] = np.uint8((end - start) >> (24 - 8 * i) & 255)
    for i in range(end - start):
        tail[at + 4 + i] = data[start + i]
    return at + 4 + end - start


@compiled
def below(k: int, middle: Words, begun: int, tail: Bytes, size: int, state: Words, w: Words) -> int:
    """`lottery.below` of the fields in `tail[:size]` and the counter, for 1 ≤ k ≤ 2^31."""
    if k == 1:
        return 0
    counter = 0
    while True:
        for i in range(4):
            tail[size + i] = 4 if i == 3 else 0
            tail[size + 4 + i] = np.uint8(counter >> (24 - 8 * i) & 255)
        finish(middle, begun, tail, size + 8, state, w)
        r: int = remainder(state, k)
        if r >= 0:
            return r
        counter += 1


@compiled
def remainder(x: Words, k: int) -> int:
    """The 256-bit number modulo k, or −1 where it lies at or above the last multiple of k."""
    r, over = np.uint64(0), np.uint64(1)
    kk = np.uint64(k)
    is_high = True
    for i in range(8):
        r = ((r << np.uint64(32)) | np.uint64(x[i])) % kk
        is_high &= i == 7 or x[i] == np.uint32(0xFFFFFFFF)
    if is_high:
        for _ in range(8):
            over = (over << np.uint64(32)) % kk
        if np.uint64(x[7]) + over >= np.uint64(2**32):
            return -1
    return int(r)


@compiled
def fight(
    first: int,
    last: int,
    live: Ints,
    starts: Ints,
    pi: Ints,
    offsets: Ints,
    data: Bytes,
    middle: Words,
    begun: int,
    rest: Bytes,
    log: npt.NDArray[np.int32],
    carried: Ints,
    fought: Ints,
) -> None:
    """The duels of some runs: who is carried out of each (−1: nobody), and what was fought."""
    longest = 0
    for i in range(starts[first], starts[last]):
        longest = max(longest, offsets[live[i] + 1] - offsets[live[i]])
    tail = np.empty(len(rest) + 2 * longest + 160, np.uint8)
    tail[: len(rest)] = rest
    state, w = np.empty(8, np.uint32), np.empty(64, np.uint32)
    for run in range(first, last):
        carrier, at = -1, starts[run]
        for i in range(starts[run], starts[run + 1]):
            unit = live[i]
            if carrier < 0:
                carrier = unit
                continue
            a, b = pi[carrier], pi[unit]
            size = put_field(tail, len(rest), data, offsets[carrier], offsets[carrier + 1])
            size = put_field(tail, size, data, offsets[unit], offsets[unit + 1])
            span = a + b if a + b <= NANO else 2 * NANO - a - b
            r = below(span, middle, begun, tail, size, state, w)
            if a + b <= NANO:
                pi[carrier], pi[unit] = (a + b, 0) if r < a else (0, a + b)
            else:
                rich, poor = NANO, a + b - NANO
                pi[carrier], pi[unit] = (rich, poor) if r < NANO - b else (poor, rich)
            log[0, at], log[1, at] = carrier, unit
            log[2, at], log[3, at], log[4, at] = a, b, r
            at += 1
            if pi[carrier] == 0 or pi[carrier] == NANO:
                carrier = unit if 0 < pi[unit] < NANO else -1
        carried[run], fought[run] = carrier, at - starts[run]


@compiled
def write_duels(
    text: Bytes, offsets: Ints, data: Bytes, is_first: bool,
    carrier: Ints, other: Ints, a: Ints, b: Ints, r: Ints,
) -> int:  # fmt: skip
    at = 0
    for i in range(len(a)):
        if i or not is_first:
            text[at] = ord(",")
            at += 1
        text[at] = ord("[")
        at += 1
        for unit in (carrier[i], other[i]):
            text[at] = ord('"')
            at += 1
            for place in range(offsets[unit], offsets[unit + 1]):
                text[at] = data[place]
                at += 1
            text[at], text[at + 1] = ord('"'), ord(",")
            at += 2
        total = a[i] + b[i]
        if total <= NANO:
            a_after = total if r[i] < a[i] else 0
        else:
            a_after = NANO if r[i] < NANO - b[i] else total - NANO
        for number in (a[i], b[i], r[i], a_after, total - a_after):
            at = _write_number(text, at, number)
            text[at] = ord(",")
            at += 1
        text[at - 1] = ord("]")
    return at


@compiled
def _write_number(text: Bytes, at: int, number: int) -> int:
    digits = 1
    while number >= 10**digits:
        digits += 1
    for i in range(digits - 1, -1, -1):
        text[at + i] = ord("0") + number % 10
        number //= 10
    return at + digits


@compiled
def incidence(nodes: int, tails: Places, heads: Places) -> tuple[Ints, Places]:
    """Where the edges of each node begin, with the end of the last, and those edges, ascending."""
    begins = np.zeros(nodes + 1, np.int64)
    for edge in range(len(tails)):
        begins[tails[edge] + 1] += 1
        begins[heads[edge] + 1] += 1
    begins = np.cumsum(begins)
    free, edges = begins[:-1].copy(), np.empty(2 * len(tails), np.int32)
    for edge in range(len(tails)):
        for node in (tails[edge], heads[edge]):
            edges[free[node]] = edge
            free[node] += 1
    return begins, edges


@compiled
def find_ways(
    node: int, at: Ints, end: int, edges: Places, part: Places, ends_sum: Places, ways: Words
) -> None:
    """Write into `ways[node]` its two lowest edges that are not whole, each with its other end.

    at
        Where in `edges` those of each node may be found; they only ever move on.
    """
    for i in range(2):
        place = max(at[node, i], at[node, 0] + i)
        while place < end and not 0 < part[edges[place]] < MICRO:
            place += 1
        at[node, i] = place
        edge = edges[place] if place < end else -1
        ways[node, 2 * i] = NONE if edge < 0 else np.uint32(edge)
        ways[node, 2 * i + 1] = NONE if edge < 0 else np.uint32(ends_sum[edge] - node)


@compiled
def round_parts(
    nodes: int, tails: Places, heads: Places, part: Places, middle: Words, begun: int, rest: Bytes
) -> None:
    """The walks and pushes of `lottery.round_flow`: every `part` becomes 0 or 10**6.

    tails, heads
        Of each edge; the tail has the lower number.
    part
        What is above the floor of the flow of each edge, in units of 1e-6; adds up to a whole
        number at each node.
    middle, begun, rest
        Of a hash in which only the 4 bytes of the step, and the counter, are still to come.
    """
    begins, edges = incidence(nodes, tails, heads)
    ends_sum, ways = tails + heads, np.empty((nodes, 4), np.uint32)
    at = np.empty((nodes, 2), np.int64)
    for node in range(nodes):
        at[node] = begins[node]
        find_ways(node, at, begins[node + 1], edges, part, ends_sum, ways)
    path, walked = np.zeros(nodes + 1, np.uint32), np.empty(nodes + 1, np.uint32)
    ahead, place = np.empty(nodes + 1, np.int32), np.full(nodes, -1, np.int32)
    tail = np.empty(len(rest) + 84, np.uint8)
    tail[: len(rest)] = rest
    state, w = np.empty(8, np.uint32), np.empty(64, np.uint32)
    step, first, length = 0, 0, 0
    while True:
        if length == 0:
            place[path[0]] = -1
            while first < nodes and ways[first, 0] == NONE:
                first += 1
            if first == nodes:
                return
            path[0], place[first] = first, 0
        here, last = path[length], walked[length - 1] if length else NONE
        while True:
            is_back = ways[here, 0] == last
            last = ways[here, 2] if is_back else ways[here, 0]
            there = ways[here, 3] if is_back else ways[here, 1]
            walked[length] = last
            ahead[length] = MICRO - part[last] if here < there else part[last]
            here = there
            length += 1
            if place[here] >= 0:
                break
            path[length], place[here] = here, length
        start = place[here]
        path[length] = here
        up, down = ahead[start:length].min(), MICRO - ahead[start:length].max()
        for i in range(4):
            tail[len(rest) + i] = np.uint8(step >> (24 - 8 * i) & 255)
        r = below(up + down, middle, begun, tail, len(rest) + 4, state, w)
        move = up if r < down else -down
        for i in range(start, length):
            edge = walked[i]
            part[edge] += move if path[i] < path[i + 1] else -move
            if part[edge] == 0 or part[edge] == MICRO:
                for node in (path[i], path[i + 1]):
                    if edge == ways[node, 0] or edge == ways[node, 2]:
                        find_ways(node, at, begins[node + 1], edges, part, ends_sum, ways)
        for i in range(start + 1, length):
            place[path[i]] = -1
        length = start
        step += 1


class Primed:
    """The hash after its first three fields: the middle state, and the bytes not yet hashed.

    `more` are bytes that follow the fields in every message.
    """

    __slots__ = ("begun", "middle", "rest")

    def __init__(self, seed: bytes, purpose: str, label: str, more: bytes = b"") -> None:
        prefix = lottery.prefix_of(seed, purpose, label) + more
        self.begun = len(prefix) // 64 * 64
        self.rest: Bytes = np.frombuffer(prefix[self.begun :], np.uint8)
        self.middle: Words = START.copy()
        scratch = np.zeros(64, np.uint32)
        for block in range(0, self.begun, 64):
            scratch[:16] = np.frombuffer(prefix[block : block + 64], ">u4")
            _compress(self.middle, scratch)


def text_of(texts: pa.LargeStringArray) -> tuple[Ints, Bytes]:
    """Where each text begins, with the end of the last, and the UTF-8 bytes of all."""
    _, offsets, data = texts.buffers()
    begins = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return begins, np.frombuffer(data or b"", np.uint8)


def spread(kernel: Any, starts: Ints, workers: int, *shared: Any) -> None:
    """Run a kernel over the runs that begin at `starts`, cut into parts of about equal length."""
    runs = len(starts) - 1
    places = np.linspace(0, starts[-1], 4 * workers + 1)
    edges = np.unique(np.searchsorted(starts, places).clip(0, runs))
    parts = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    if workers == 1 or len(parts) < 2:
        for first, last in parts:
            kernel(first, last, *shared)
        return
    with ThreadPoolExecutor(workers) as threads:
        for done in [threads.submit(kernel, *part, *shared) for part in parts]:
            done.result()


def tickets(
    ids: pa.LargeStringArray, seed: bytes, purpose: str, *, workers: int = WORKERS, words: int = 1
) -> Tickets:
    """The first 64-bit words of each ticket, big-endian; shape (ids, words)."""
    offsets, data = text_of(ids)
    primed = Primed(seed, purpose, "ticket")
    out = np.empty((len(ids), words), np.uint64)
    shared = (offsets, data, primed.middle, primed.begun, primed.rest, out)
    spread(_tickets, np.arange(len(ids) + 1), workers, *shared)
    return out


@compiled
def _tickets(
    first: int,
    last: int,
    offsets: Ints,
    data: Bytes,
    middle: Words,
    begun: int,
    rest: Bytes,
    out: Tickets,
) -> None:
    longest = 0
    for unit in range(first, last):
        longest = max(longest, offsets[unit + 1] - offsets[unit])
    tail = np.empty(len(rest) + longest + 80, np.uint8)
    tail[: len(rest)] = rest
    state, w = np.empty(8, np.uint32), np.empty(64, np.uint32)
    for unit in range(first, last):
        size = put_field(tail, len(rest), data, offsets[unit], offsets[unit + 1])
        finish(middle, begun, tail, size, state, w)
        for i in range(out.shape[1]):
            out[unit, i] = np.uint64(state[2 * i]) << np.uint64(32) | np.uint64(state[2 * i + 1])
