"""The watched series of a stretch, asked for by name: means, highest values, shares of time. None is "not known"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from plimsoll.core.finding import CHART_POINTS_MAX, Chart
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Gauges:
    """`windows` by key, on times since 1970; the load began at `began_s`, the stretch goes from `start_s` to `end_s`,
    seconds since then. Labels choose: `mean("database_active_sessions", wait="CPU")`."""

    windows: Mapping[SeriesKey, SeriesWindow]
    began_s: float
    start_s: float
    end_s: float

    def points(self, key: SeriesKey) -> Points:
        """(seconds since the start of the load, value) within the stretch."""
        window = self.windows.get(key)
        if window is None:
            return ()
        placed = ((at - self.began_s, value) for at, value in zip(window.times, window.mean, strict=True))
        return [(at, value) for at, value in placed if self.start_s <= at <= self.end_s]

    def keys(self, name: str, **labels: str) -> list[SeriesKey]:
        wanted = tuple(labels.items())
        return sorted(key for key in self.windows if key.fits(name, wanted))

    def by_label(self, name: str, label: str) -> Mapping[str, float]:
        """The mean of each series of a name, by one of its labels, the highest first."""
        found = {key.label(label) or "": _mean(self.points(key)) for key in self.keys(name)}
        known = {value: mean for value, mean in found.items() if mean is not None}
        return dict(sorted(known.items(), key=lambda pair: -pair[1]))

    def mean(self, name: str, **labels: str) -> float | None:
        """The mean over the stretch; of several series that fit, their sum."""
        known = [mean for key in self.keys(name, **labels) if (mean := _mean(self.points(key))) is not None]
        return sum(known) if known else None

    def highest(self, name: str, **labels: str) -> float | None:
        """The highest value of any series that fits."""
        return max(self._values(name, labels), default=None)

    def lowest(self, name: str, **labels: str) -> float | None:
        return min(self._values(name, labels), default=None)

    def share_above(self, limit: float, name: str, **labels: str) -> float | None:
        """The share of the stretch's looks in which a series that fits was above a limit."""
        values = self._values(name, labels)
        return sum(value > limit for value in values) / len(values) if values else None

    def _values(self, name: str, labels: Mapping[str, str]) -> list[float]:
        return [value for key in self.keys(name, **labels) for _, value in self.points(key)]

    def summed(self, name: str, **labels: str) -> Points:
        """The sum of the series that fit, moment by moment (to the second)."""
        sums: dict[int, float] = {}
        for key in self.keys(name, **labels):
            per_second: dict[int, list[float]] = {}
            for at, value in self.points(key):
                per_second.setdefault(int(at), []).append(value)
            for second, values in per_second.items():
                sums[second] = sums.get(second, 0.0) + fmean(values)
        return sorted((float(second), value) for second, value in sums.items())

    def chart(self, label: str, unit: str, name: str, limit: float | None = None, **labels: str) -> Chart | None:
        """A small chart of the sum of the series that fit; None where there are none."""
        return chart_of(label, unit, self.summed(name, **labels), limit)


def chart_of(label: str, unit: str, points: Iterable[tuple[float, float]], limit: float | None = None) -> Chart | None:
    """Thinned to what fits: each point is then the mean of its neighbours."""
    found = list(points)
    if not found:
        return None
    width = -(-len(found) // CHART_POINTS_MAX)
    groups = [found[at : at + width] for at in range(0, len(found), width)]
    times = [round(group[0][0], 3) for group in groups]
    return Chart(label, unit, times, [round(fmean(value for _, value in group), 6) for group in groups], limit)


def _mean(points: Points) -> float | None:
    return fmean(value for _, value in points) if points else None
