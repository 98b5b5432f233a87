"""What became of requests: by class and outcome, how long until a head was told, bytes, errors, countries. Pure.

Bounded by what there is to count: classes, outcomes and bounds are fixed, reasons are ours, countries are capped.
"""

import re
from bisect import bisect_left
from collections import Counter
from typing import Final

from plimsoll.core.edge_report import COUNTRIES_MAX, OTHERS, SAVED
from plimsoll.core.time_bounds import ANSWER_MS
from plimsoll.edge.figures.naming import class_of, named
from plimsoll.edge.http.message import Fields

_COUNTRY: Final = re.compile(rb"[A-Z][A-Z0-9]")  # ISO 3166's two letters, and T1 for Tor
_SAVED: Final = frozenset(SAVED)


class Traffic:
    """`told` for each head, `body` for each piece of its body; `failed` where there was no head, `broke_off` after it.
    One thread at a time."""

    def __init__(self) -> None:
        self.by: Counter[tuple[str, str]] = Counter()
        self.because: Counter[str] = Counter()
        self.countries: Counter[str] = Counter()
        self.latency_ms = [0] * len(ANSWER_MS)
        self.latency_s = 0.0
        self.errors = self.cut = self.saved_bytes = self.served_bytes = 0

    def told(self, status: int, fields: Fields, path: bytes, took_s: float, *, wished: bool = False) -> bool:
        """Whether the body that follows is one that the origin did not have to send. `wished`: the client wanted
        nothing but what is stored, so that a 504 is its own doing."""
        outcome, because = named(status, fields)
        if outcome == "failed" and wished and status == 504:
            outcome = "refused"
        self.by[class_of(fields, path), outcome] += 1
        if because:
            self.because[because] += 1
        if status >= 500 and outcome != "refused":
            self.errors += 1
        self._took(took_s)
        return outcome in _SAVED

    def body(self, size: int, *, saved: bool) -> None:
        self.served_bytes += size
        if saved:
            self.saved_bytes += size

    def failed(self, took_s: float) -> None:
        """There was no answer at all."""
        self.by["other", "failed"] += 1
        self.errors += 1
        self._took(took_s)

    def broke_off(self) -> None:
        self.cut += 1
        self.errors += 1

    def came_from(self, country: bytes) -> None:
        """As a trusted peer says: else anybody could make up labels, or another's figures."""
        name = country.decode("ascii") if _COUNTRY.fullmatch(country) else OTHERS
        if name not in self.countries and len(self.countries) >= COUNTRIES_MAX:
            name = OTHERS
        self.countries[name] += 1

    def _took(self, took_s: float) -> None:
        self.latency_ms[bisect_left(ANSWER_MS, took_s * 1000)] += 1
        self.latency_s += took_s
