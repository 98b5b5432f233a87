"""What the figures of an application are: gauges, counters, histograms; and the series that two looks make. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from plimsoll.core.series.catalogue import APPLICATION_PREFIX
from plimsoll.core.series.key import TEXT_CHARACTERS_MAX, SeriesKey
from plimsoll.monitor.application.exposition import Exposition, Labels, Sample
from plimsoll.monitor.collecting.counters import Difference

SERIES_MAX: Final = 2_000  # of an endpoint; the first that it tells
SERIES_OF_HISTOGRAM: Final = 3
_PARTS: Final = ("_bucket", "_sum", "_count")
_OF_NO_USE: Final = frozenset(("info", "stateset", "gaugehistogram"))
_ENDS_OF_NO_USE: Final = ("_info", "_gcount", "_gsum")  # whose figure is always 1; parts of gaugehistograms
P95: Final = 0.95

# The end of a histogram's name tells its unit: how its mean and percentile are called, and what they are multiplied by.
_UNITS: Final = (
    ("_seconds", "_ms", 1000.0),
    ("_milliseconds", "_ms", 1.0),
    ("_ms", "_ms", 1.0),
    ("_bytes", "_bytes", 1.0),
)


@dataclass(slots=True)
class Figures:
    """One look. Counters are keyed by their series; those of histograms by ("count" | "sum" | bound, name, labels)."""

    values: dict[SeriesKey, float] = field(default_factory=dict)
    counters: dict[Hashable, float] = field(default_factory=dict)
    histograms: dict[tuple[str, Labels], list[Hashable]] = field(default_factory=dict)
    left_out: int = 0
    room: int = SERIES_MAX

    def admit(self, count: int) -> bool:
        """Whether so many more series have room."""
        if count > self.room:
            self.left_out += count
            return False
        self.room -= count
        return True


def figures_of(told: Exposition, own: Labels = ()) -> Figures:
    """`own` are labels that all of an endpoint's series get."""
    figures = Figures()
    refused: set[tuple[str, Labels]] = set()
    for sample in told.samples:
        kind, base, part = _kind_of(sample, told.types)
        if kind == "gauge":
            _add_plain(figures, APPLICATION_PREFIX + sample.name, sample, own, figures.values)
        elif kind == "counter":
            _add_plain(figures, f"{APPLICATION_PREFIX}{base}_per_s", sample, own, figures.counters)
        elif kind in ("histogram", "summary"):
            _add_part(figures, refused, base, part, sample, own)
    return figures


def _kind_of(sample: Sample, types: Mapping[str, str]) -> tuple[str, str, str]:
    """What it is, the name without what its kind adds to it, and that addition."""
    name, declared = sample.name, types.get(sample.name)
    if declared == "counter" or (name.endswith("_total") and declared in (None, "unknown", "untyped")):
        return "counter", name.removesuffix("_total"), ""
    if name.endswith("_created") and declared in (None, "gauge"):  # when a counter began: no figure of the application
        return "none", name, ""
    if name.endswith(_ENDS_OF_NO_USE):
        return "none", name, ""
    if declared is not None:
        return ("none" if declared in _OF_NO_USE or declared == "histogram" else "gauge"), name, ""
    for part in _PARTS:
        base = name.removesuffix(part)
        if base != name and types.get(base) in ("histogram", "summary"):
            return types[base], base, part
    return "gauge", name, ""


def _add_plain(
    figures: Figures, name: str, sample: Sample, own: Labels, into: dict[SeriesKey, float] | dict[Hashable, float]
) -> None:
    key = _key(name, sample.labels, own)
    if key is None:
        figures.left_out += 1
    elif key not in into and figures.admit(1):
        into[key] = sample.value


def _key(name: str, labels: Labels, own: Labels) -> SeriesKey | None:
    """None for one whose text nobody could write back."""
    key = SeriesKey(name, tuple(sorted((*labels, *own))))
    return (
        key
        if len(name) + sum(len(label) + len(value) + 4 for label, value in key.labels) < TEXT_CHARACTERS_MAX
        else None
    )


def _add_part(
    figures: Figures, refused: set[tuple[str, Labels]], base: str, part: str, sample: Sample, own: Labels
) -> None:
    labels = tuple(pair for pair in sample.labels if pair[0] != "le") if part == "_bucket" else sample.labels
    whole = (base, tuple(sorted((*labels, *own))))
    if whole in refused:
        return
    if whole not in figures.histograms:
        if _key(f"{APPLICATION_PREFIX}{base}_count_per_s", labels, own) is None or not figures.admit(
            SERIES_OF_HISTOGRAM
        ):
            refused.add(whole)
            return
        figures.histograms[whole] = []
    bound = _bound(sample.labels) if part == "_bucket" else part.removeprefix("_")
    if bound is not None:
        key: Hashable = (bound, *whole)
        figures.counters[key] = sample.value
        figures.histograms[whole].append(key)


def _bound(labels: Labels) -> float | None:
    text = next((value for name, value in labels if name == "le"), "")
    try:
        return float(text)
    except ValueError:
        return None


# -- two looks


def application_rates(
    told: Difference[Hashable], figures: Figures, before: Mapping[Hashable, float]
) -> dict[SeriesKey, float]:
    values = {key: counted / told.seconds for key, counted in told.counted.items() if isinstance(key, SeriesKey)}
    for (base, labels), keys in figures.histograms.items():
        if not any(key in before and key not in told.counted for key in keys):  # one went back: all began anew
            values |= {SeriesKey(name, labels): value for name, value in _of_histogram(told, base, labels, keys)}
    return values


def _of_histogram(
    told: Difference[Hashable], base: str, labels: Labels, keys: Sequence[Hashable]
) -> Iterator[tuple[str, float]]:
    stem, unit, scale = _unit(base)
    count = ("count", base, labels)
    rate, mean = told.per_s(count), told.per(("sum", base, labels), count)
    if rate is not None:
        yield f"{APPLICATION_PREFIX}{stem}_count_per_s", rate
    if mean is not None:
        yield f"{APPLICATION_PREFIX}{stem}_mean{unit}", mean * scale
    bounds = {key[0]: key for key in keys if isinstance(key, tuple) and isinstance(key[0], float)}
    buckets = [(bound, told.counted.get(bounds[bound])) for bound in sorted(bounds)]
    known = [(bound, counted) for bound, counted in buckets if counted is not None]
    p95 = quantile(P95, known) if len(known) == len(buckets) else None
    if p95 is not None:
        yield f"{APPLICATION_PREFIX}{stem}_p95{unit}", p95 * scale


def _unit(base: str) -> tuple[str, str, float]:
    for end, unit, scale in _UNITS:
        if base.endswith(end):
            return base.removesuffix(end), unit, scale
    return base, "", 1.0


def quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """Of cumulative counts by upper bounds, as Prometheus does it: evenly spread within a bucket; beyond the last bound
    that bound, which is then the least it can be. None without any count, or without the bucket of all."""
    if len(buckets) < 2 or buckets[-1][0] != inf or not buckets[-1][1]:
        return None
    wanted = share * buckets[-1][1]
    low, counted_below = min(0.0, buckets[0][0]), 0.0
    for bound, counted in buckets:
        if bound == inf:
            return low
        if counted >= wanted:
            inside = counted - counted_below
            return low + (bound - low) * (wanted - counted_below) / inside if inside > 0 else bound
        low, counted_below = bound, max(counted_below, counted)
    return None
