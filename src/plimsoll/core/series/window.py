"""A stretch of a series, as it is handed to charts, to the API and to the analysis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plimsoll.core.series.info import SeriesInfo
from plimsoll.core.series.key import SeriesKey


@dataclass(frozen=True, slots=True)
class SeriesWindow:
    """Points in the order of time. `times` are seconds since 1970 (UTC), one for each value.

    `resolution_s` is 0 for points as they were measured (`low` and `high` are then the same as `mean`); otherwise each
    point stands for that many seconds, beginning at its time: the lowest, the mean and the highest that was measured.
    Where nothing was measured there is no point: a gap is seen by the distance of two times.
    """

    key: SeriesKey
    info: SeriesInfo
    resolution_s: float
    times: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]

    def to_json(self) -> dict[str, Any]:
        named = {
            "series": str(self.key),
            "unit": self.info.unit,
            "layer": self.info.layer,
            "meaning": self.info.meaning,
        }
        points = {"times": list(self.times), "mean": list(self.mean)}
        if self.resolution_s:
            points |= {"low": list(self.low), "high": list(self.high)}
        return named | {"resolution_s": self.resolution_s} | points
