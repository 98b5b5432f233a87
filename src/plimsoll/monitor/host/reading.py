"""What one pass over a machine's counters reads, and the series that two passes make. Pure."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.counters import Difference


@lru_cache(maxsize=4_096)
def series(name: str, *labels: tuple[str, str]) -> SeriesKey:
    """A key that is made once: there are some hundred in each look."""
    return SeriesKey.of(name, **dict(labels))


@dataclass(slots=True)
class Reading:
    """`counters` whose key is a series are such that their rate in each second is the value of it; others are for
    shares and averages. `groups` are counters that are reset together: those of a disk, of an interface."""

    values: dict[SeriesKey, float] = field(default_factory=dict)
    counters: dict[Hashable, float] = field(default_factory=dict)
    groups: dict[Hashable, list[Hashable]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count_together(self, group: Hashable, counters: Mapping[Hashable, float]) -> None:
        self.counters |= counters
        self.groups[group] = list(counters)


def rates(told: Difference[Hashable]) -> dict[SeriesKey, float]:
    """The series that are rates of their own counter. Shares of time go up to 100: the clocks differ by a little."""
    known = {key: counted / told.seconds for key, counted in told.counted.items() if isinstance(key, SeriesKey)}
    return {key: min(100.0, rate) if key.name.endswith("_percent") else rate for key, rate in known.items()}


def without_replaced(
    told: Difference[Hashable], before: Mapping[Hashable, float], groups: Mapping[Hashable, Iterable[Hashable]]
) -> Difference[Hashable]:
    """Without groups of which a counter went back: a disk that was pulled and put in again begins anew in all."""
    gone = {key for keys in groups.values() if _went_back(told, before, keys) for key in keys}
    return Difference(told.seconds, {key: counted for key, counted in told.counted.items() if key not in gone})


def _went_back(told: Difference[Hashable], before: Mapping[Hashable, float], keys: Iterable[Hashable]) -> bool:
    return any(key in before and key not in told.counted for key in keys)


def share(part: float | None, whole: float | None) -> float | None:
    """In percent, at most 100; None where there is no whole."""
    return None if part is None or not whole else min(100.0, 100.0 * part / whole)


def put(values: dict[SeriesKey, float], key: SeriesKey, value: float | None) -> None:
    """Leaves out what is not known."""
    if value is not None:
        values[key] = value
