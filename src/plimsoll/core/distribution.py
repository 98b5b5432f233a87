"""Chance that is pure in (key, n): the n-th draw is the same in every process, machine and batch.

A counter is hashed instead of a generator being advanced (splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom
number generators", 2014), so that process k of P takes every P-th draw without talking to the others.
"""

import hashlib
import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.errors import UsageError

SIZE_MAX: Final = 2**53  # so that every rank is exact as a float

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_FEISTEL_ROUNDS: Final = 6
_ZIPF_HEAD: Final = 1_000_000  # ranks with a probability of their own: 8 MB for each (size, s)


def key(seed: int, *parts: int | str) -> int:
    """A 64-bit key for one use of `seed`; the same in every process and run. `parts` name the use."""
    text = "\0".join(f"{type(part).__name__}{len(str(part))}:{part}" for part in (int(seed), *parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def uniform_floats(seed_key: int, n: NDArray[Any]) -> NDArray[np.float64]:
    """The n-th numbers in [0, 1), in steps of 2**-53."""
    return (_hashed(seed_key, n) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def uniform_ints(seed_key: int, n: NDArray[Any], size: int) -> NDArray[np.int64]:
    """The n-th numbers in range(size), all alike likely but for size / 2**64. Raises UsageError for a wrong size."""
    return (_hashed(seed_key, n) % np.uint64(_fit(size))).astype(np.int64)


def zipf_ranks(seed_key: int, n: NDArray[Any], size: int, s: float) -> NDArray[np.int64]:
    """The n-th ranks in range(size), rank k being drawn in proportion to 1 / (k + 1)**s; any s >= 0.

    The first million ranks have exactly their probability (by inverse CDF). The tail behind them is drawn from the
    continuous density x**-s: a rank's probability there is wrong by less than s * (s + 1) / 24e12 of itself.
    """
    if not (math.isfinite(s) and s >= 0):
        raise UsageError("wrong skew of a Zipf distribution", why=f"{s!r} is not a number from 0 up")
    if s == 0:
        return uniform_ints(seed_key, n, size)
    head, tail = _zipf_head(min(_fit(size), _ZIPF_HEAD), s), _zipf_tail_mass(size, s)
    mass = uniform_floats(seed_key, n) * (head[-1] + tail)
    ranks: NDArray[np.int64] = np.searchsorted(head, mass, side="right").astype(np.int64)
    beyond = ranks >= len(head)
    if beyond.any():
        ranks[beyond] = _zipf_tail_ranks(mass[beyond] - head[-1], size, s) if tail else len(head) - 1
    return ranks


def permutation(seed_key: int, n: NDArray[Any], size: int) -> NDArray[np.int64]:
    """The n-th elements of a shuffled range(size), without holding it: a bijection. Raises ValueError for n outside.

    A Feistel network over the next power of four, walked along its cycle until it is back in range (at most four steps
    on average; Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
    """
    if n.size and not (int(n.min()) >= 0 and int(n.max()) < _fit(size)):
        raise ValueError(f"a permutation of {size} values has no value outside 0..{size - 1}")
    half_bits = max(1, ((_fit(size) - 1).bit_length() + 1) // 2)
    round_keys = [key(seed_key, "round", number) for number in range(_FEISTEL_ROUNDS)]
    values = _feistel(n.astype(np.uint64), half_bits, round_keys)
    outside = np.flatnonzero(values >= size)
    while outside.size:
        values[outside] = _feistel(values[outside], half_bits, round_keys)
        outside = outside[values[outside] >= size]
    return values.astype(np.int64)


def _hashed(seed_key: int, n: NDArray[Any]) -> NDArray[np.uint64]:
    """64 well-mixed bits for each n; arithmetic is modulo 2**64."""
    mixed = n.astype(np.uint64) * _GOLDEN + np.uint64(seed_key)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return mixed ^ (mixed >> np.uint64(31))


def _fit(size: int) -> int:
    if not 1 <= size <= SIZE_MAX:
        raise UsageError("cannot draw from so many values", why=f"{size:,} is not from 1 to 2**53")
    return size


def _feistel(values: NDArray[np.uint64], half_bits: int, round_keys: list[int]) -> NDArray[np.uint64]:
    bits, mask = np.uint64(half_bits), np.uint64((1 << half_bits) - 1)
    left, right = values >> bits, values & mask
    for round_key in round_keys:
        left, right = right, left ^ (_hashed(round_key, right) & mask)
    return (left << bits) | right


@lru_cache(maxsize=8)
def _zipf_head(ranks: int, s: float) -> NDArray[np.float64]:
    """Cumulated weights of the first ranks. The cache holds at most 64 MB; what falls out is computed again (20 ms)."""
    cumulated: NDArray[np.float64] = np.cumsum(np.arange(1, ranks + 1, dtype=np.float64) ** -s)
    cumulated.flags.writeable = False
    return cumulated


def _zipf_tail_mass(size: int, s: float) -> float:
    """Integral of x**-s over the ranks behind the head, each taken as the unit around it; as exact near s = 1."""
    if size <= _ZIPF_HEAD:
        return 0.0
    first, slope = _ZIPF_HEAD + 0.5, 1 - s
    log_ratio = math.log((size + 0.5) / first)
    return math.pow(first, slope) * (math.expm1(slope * log_ratio) / slope if slope else log_ratio)


def _zipf_tail_ranks(mass: NDArray[np.float64], size: int, s: float) -> NDArray[np.int64]:
    """The ranks up to which the tail holds `mass`: the inverse of `_zipf_tail_mass`."""
    first, slope = _ZIPF_HEAD + 0.5, 1 - s
    part = mass / first**slope
    log_ratio = np.log1p(np.maximum(slope * part, -1 + 2.0**-53)) / slope if slope else part
    numbers: NDArray[np.int64] = np.rint(first * np.exp(log_ratio)).astype(np.int64)
    return np.clip(numbers, _ZIPF_HEAD + 1, size) - 1
