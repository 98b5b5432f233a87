"""The distribution of a column of numbers, as pg_stats has it: frequent values, and a histogram of the others. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plimsoll.data.drawing import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Quantiles:
    """Where each part of the values lies. Parts alternate, in rising order: some of the histogram, a frequent value, …

    `bounds` divide the histogram into equal parts. `places` are those of the frequent `values` in it, from 0 to 1;
    `ends` is the share of all values up to the end of each part. `distinct` is how many values the histogram has.
    """

    values: Floats
    bounds: Floats
    places: Floats
    ends: Floats
    distinct: int

    @classmethod
    def of(
        cls, values: Sequence[float], shares: Sequence[float], bounds: Sequence[float], rest: float, distinct: int
    ) -> "Quantiles | None":
        """From frequent values with their shares, and the share `rest` of those within bounds; None without either."""
        order = np.argsort(np.asarray(values, dtype=np.float64), kind="stable")
        frequent = np.asarray(values, dtype=np.float64)[order]
        edges = np.sort(np.asarray(bounds, dtype=np.float64))
        left = max(rest, 0.0) if len(edges) > 1 else 0.0
        places = np.interp(frequent, edges, np.linspace(0, 1, len(edges))) if len(edges) else np.zeros(len(frequent))
        masses = np.empty(2 * len(frequent) + 1)
        masses[0::2] = left * np.diff(places, prepend=0.0, append=1.0)
        masses[1::2] = np.asarray(shares, dtype=np.float64)[order]
        total = masses.sum()
        return cls(frequent, edges, places, np.cumsum(masses) / total, max(1, distinct)) if total > 0 else None

    def at(self, quantiles: Floats) -> Floats:
        """The value below which that share of all values lies; quantiles in [0, 1)."""
        part = np.minimum(np.searchsorted(self.ends, quantiles, side="right"), len(self.ends) - 1)
        found = np.empty(len(quantiles))
        frequent = part % 2 == 1
        found[frequent] = self.values[part[frequent] // 2]
        if not frequent.all():
            found[~frequent] = self._within(part[~frequent], quantiles[~frequent])
        return found

    def share_below(self, values: Floats) -> Floats:
        """The share of values up to each of these: the inverse of `at`."""
        starts, ends = np.concatenate([[0.0], self.ends[:-1]]), self.ends
        histogram = np.concatenate([[0.0], np.cumsum((ends - starts)[0::2])])
        frequent = np.concatenate([[0.0], np.cumsum((ends - starts)[1::2])])
        of_frequent: Floats = frequent[np.searchsorted(self.values, values, side="right")]
        if len(self.bounds) < 2:
            return of_frequent
        below: Floats = np.interp(values, self.bounds, np.linspace(0, 1, len(self.bounds)))
        return of_frequent + float(histogram[-1]) * below

    def _within(self, part: "np.typing.NDArray[np.int64]", quantiles: Floats) -> Floats:
        """Values of the histogram: as many different ones as the column has."""
        starts, ends = np.concatenate([[0.0], self.ends[:-1]])[part], self.ends[part]
        lows = np.concatenate([[0.0], self.places])[part // 2]
        highs = np.concatenate([self.places, [1.0]])[part // 2]
        inside = np.clip((quantiles - starts) / np.maximum(ends - starts, 1e-300), 0, 1)
        place = lows + inside * (highs - lows)
        stepped = (np.minimum(np.floor(place * self.distinct), self.distinct - 1) + 0.5) / self.distinct
        found: Floats = np.interp(stepped, np.linspace(0, 1, len(self.bounds)), self.bounds)
        return found
