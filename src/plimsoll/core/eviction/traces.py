"""Requests as caches are asked, made up: what policies are compared on where no real trace is at hand. Pure, seeded.

Each gives whole numbers, one a request. `simulation.trace.Trace.of` makes a trace of them.
"""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]


def zipf(requests: int, keys: int, *, alpha: float = 1.0, seed: int = 0) -> Keys:
    """Independent requests; the n-th most popular of `keys` in proportion to 1 / n^alpha. Numbers do not tell."""
    chance = np.random.default_rng(seed)
    return chance.permutation(keys)[_ranks(chance, requests, keys, alpha)]


def loop(requests: int, keys: int) -> Keys:
    """0 to `keys` − 1, again and again: LRU hits nothing where less than all of it fits."""
    return np.arange(requests, dtype=np.int64) % keys


def scan(requests: int, *, first: int = 0) -> Keys:
    """Every key once."""
    return np.arange(first, first + requests, dtype=np.int64)


def mixed(requests: int, keys: int, *, alpha: float = 1.0, scans: int = 10, share: float = 0.3, seed: int = 0) -> Keys:
    """Zipf, between which come `scans` scans of keys that nobody else asks for, together `share` of all requests."""
    scanned = round(requests * share / scans) if scans else 0
    popular = zipf(requests - scanned * scans, keys, alpha=alpha, seed=seed)
    parts = np.array_split(popular, scans + 1)
    pieces = [parts[0]]
    for number, part in enumerate(parts[1:]):
        pieces += [scan(scanned, first=keys + number * scanned), part]
    return np.concatenate(pieces)


def drifting(requests: int, keys: int, *, alpha: float = 1.0, turns: float = 1.0, seed: int = 0) -> Keys:
    """Zipf whose popularity wanders, evenly, `turns` times through all keys. What is newest is asked most."""
    ranks = _ranks(np.random.default_rng(seed), requests, keys, alpha)
    wandered = (np.arange(requests) * (turns * keys / max(1, requests))).astype(np.int64)
    return (wandered - ranks) % keys


def _ranks(chance: np.random.Generator, requests: int, keys: int, alpha: float) -> Keys:
    """0 for the most popular."""
    cumulated = np.cumsum(1.0 / np.arange(1, keys + 1) ** alpha)
    drawn = chance.random(requests) * cumulated[-1]
    ranks: Keys = np.minimum(np.searchsorted(cumulated, drawn, side="right"), keys - 1).astype(np.int64)
    return ranks
