"""A file of requests as a `Trace`: bounded in requests and keys, and by a sample of keys where that is asked for."""

import zlib
from array import array
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from plimsoll.cache.traces.forms import FORMS, Columns, Reading, Request, recognize
from plimsoll.cache.traces.opening import HEAD_BYTES, opened
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.simulation.trace import Trace

REQUESTS_MAX: Final = 20_000_000  # 80 MB, and as Belady's needs it 480 MB
KEYS_MAX: Final = 4_000_000  # about 600 MB while they are read
KEY_BYTES_MAX: Final = 24  # of a longer one its digest is kept
DIGEST_BYTES: Final = 16
_PARTS: Final = 1 << 24  # a sample's granularity


@dataclass(frozen=True, slots=True)
class How:
    """`form` "" is told by the content. `sample`: the share of keys that are kept, each with all its requests."""

    form: str = ""
    columns: Columns = field(default_factory=Columns)
    sample: float = 1.0
    requests_max: int = REQUESTS_MAX
    keys_max: int = KEYS_MAX


@dataclass(frozen=True, slots=True)
class ReadTrace:
    """`cut_because`: why reading ended before the file's end; "" where it did not. `sample` as it was asked."""

    trace: Trace
    form: str
    sample: float
    left_out: int
    cut_because: str


def read_trace(path: Path, how: How) -> ReadTrace:
    """Raises UsageError for what is no trace, and where nothing is left to simulate."""
    with opened(path) as file:
        form = how.form or recognize(file.peek(HEAD_BYTES)[:HEAD_BYTES])
        reading = Reading(file, path.name, how.columns)
        requests = FORMS[form](reading)
        sampled = _Sampled(how.sample)
        gathered = _Gathered(how)
        gathered.take(requests if how.sample >= 1 else sampled.of(requests))
    if not gathered.numbers:
        raise UsageError(
            "the trace has no requests", where=path.name,
            why=f"read as {form}" + (", sampled" if how.sample < 1 else ""), remedy="name its form: --format",
        )  # fmt: skip
    return ReadTrace(
        gathered.trace(sampled.stands_for if how.sample < 1 else None),
        form,
        how.sample,
        reading.left_out,
        gathered.cut_because,
    )


class _Sampled:
    """By the key, so that what is kept is a smaller cache's whole load: Waldspurger, Saemundsson, Ahmad, Park, "Cache
    Modeling and Optimization using Miniature Simulations" (USENIX ATC 2017). Counts what it saw."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._requests = self._weight = 0

    def of(self, requests: Iterator[Request]) -> Iterator[Request]:
        below = self._share * _PARTS
        for key, size in requests:
            self._requests += 1
            self._weight += 1 if size is None else size
            if zlib.crc32(key if isinstance(key, bytes) else repr(key).encode()) % _PARTS < below:
                yield key, size

    @property
    def stands_for(self) -> tuple[float, float]:
        return self._requests * self._share, self._weight * self._share


class _Gathered:
    """Keys become numbers as they come; a size is that of a key's first request."""

    def __init__(self, how: How) -> None:
        self.numbers = array("i")
        self.cut_because = ""
        self._sizes = array("q")
        self._known: dict[Hashable, int] = {}
        self._how = how

    def take(self, requests: Iterator[Request]) -> None:
        known, sizes, add = self._known, self._sizes, self.numbers.append
        for key, size in islice(requests, self._how.requests_max):
            if isinstance(key, bytes) and len(key) > KEY_BYTES_MAX:
                key = blake2b(key, digest_size=DIGEST_BYTES).digest()
            number = known.setdefault(key, len(known))
            if number == len(sizes):
                if number == self._how.keys_max:
                    self.cut_because = f"more than {number:,} keys"
                    return
                sizes.append(-1 if size is None else size)
            add(number)
        if next(requests, None) is not None:
            self.cut_because = f"more than {self._how.requests_max:,} requests"

    def trace(self, stands_for: tuple[float, float] | None) -> Trace:
        keys = np.frombuffer(self.numbers, dtype=np.int32)
        sized = self._sizes[0] >= 0
        return Trace(keys, self._sizes if sized else b"\x01" * len(self._sizes), sized=sized, stands_for=stands_for)
