"""Figures as OpenMetrics text: families, samples and histograms under one prefix. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import Final

from plimsoll.core.time_bounds import FILL_MS

CONTENT_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
END: Final = "# EOF\n"
_ESCAPING: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
Labels = Mapping[str, str]


class MetricLines:
    """Of families whose names begin with `prefix`; a name is told without it."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def family(self, metric: str, kind: str, meaning: str) -> Iterator[str]:
        yield f"# TYPE {self._prefix}_{metric} {kind}"
        yield f"# HELP {self._prefix}_{metric} {meaning}"

    def several(self, metric: str, labels: Labels, label: str, counts: Mapping[str, float]) -> Iterator[str]:
        for name, count in counts.items():
            yield self.sample(metric, {**labels, label: name}, count)

    def sample(self, metric: str, labels: Labels, value: float) -> str:
        inner = ",".join(f'{name}="{text.translate(_ESCAPING)}"' for name, text in labels.items())
        return f"{self._prefix}_{metric}{f'{{{inner}}}' if inner else ''} {value}"

    def buckets(
        self, metric: str, labels: Labels, in_each: Sequence[int], bounds: Sequence[float] = FILL_MS
    ) -> Iterator[str]:
        """Of a histogram by `bounds` in ms, told in seconds; what is under a bound is counted under higher ones."""
        counts = (*in_each, *[0] * (len(bounds) - len(in_each)))
        for bound, count in zip(bounds, accumulate(counts), strict=True):
            bound_s = "+Inf" if bound == inf else f"{bound / 1000:g}"
            yield self.sample(f"{metric}_bucket", {**labels, "le": bound_s}, count)
        yield self.sample(f"{metric}_count", labels, sum(counts))
