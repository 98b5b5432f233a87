"""Folding: batches of raw samples become counts and histograms by step and journey. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import HttpUse, JourneyInterval, StepInterval, StepKey
from plimsoll.core.totals import HistogramSum, JourneyTotals, StepTotals
from plimsoll.runs.samples import (
    CONNECT,
    ERROR,
    FINISHED,
    FIRST_BYTE,
    NAME,
    READY,
    RECEIVED,
    SCHEDULED,
    SENT,
    STARTED,
    THINK,
    TLS,
    SampleName,
)

NO_ERROR = 0
VOID = -1  # the name of a row that was held back and is recorded again later


@dataclass(slots=True)
class Fold:
    """Batches of rows summed up: what an interval is made of."""

    steps: dict[StepKey, StepTotals] = field(default_factory=dict)
    journeys: dict[str, JourneyTotals] = field(default_factory=dict)
    wait: HistogramSum = field(default_factory=HistogramSum)
    lag: HistogramSum = field(default_factory=HistogramSum)
    last_finished_ns: int = 0
    carried: int = 0  # journeys that belong to the warm-up and ended after it

    def add(self, rows: NDArray[np.int64], names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        """Folds int64 rows of `runs.samples.ROW_FIELDS`. Times become microseconds, rounded to the nearest."""
        if not len(rows):
            return
        rows = rows[np.argsort(rows[:, NAME], kind="stable")]
        self.last_finished_ns = max(self.last_finished_ns, int(rows[:, FINISHED].max()))
        numbers, starts = np.unique(rows[:, NAME], return_index=True)
        for number, part in zip(numbers.tolist(), np.split(rows, starts[1:]), strict=True):
            name = names[number]
            if name.step is None or name.kind is None:
                self._add_journey(name.journey, part)
            else:
                totals = self.steps.setdefault((name.journey, name.step), StepTotals(name.kind))
                self._add_step(totals, part, errors)

    def _add_journey(self, journey: str, rows: NDArray[np.int64]) -> None:
        totals = self.journeys.setdefault(journey, JourneyTotals())
        totals.count += len(rows)
        totals.errors += int(np.count_nonzero(rows[:, ERROR]))
        latency_ns = rows[:, FINISHED] - rows[:, SCHEDULED] - rows[:, THINK]
        totals.latency.add(_histogram(latency_ns))
        totals.failed.add(_histogram(latency_ns[rows[:, ERROR] != NO_ERROR]))
        self.lag.add(_histogram(rows[:, READY] - rows[:, SCHEDULED]))

    def _add_step(self, totals: StepTotals, rows: NDArray[np.int64], errors: Sequence[str | None]) -> None:
        totals.count += len(rows)
        latency_ns = rows[:, FINISHED] - rows[:, SCHEDULED]
        totals.latency.add(_histogram(latency_ns))
        totals.failed.add(_histogram(latency_ns[rows[:, ERROR] != NO_ERROR]))
        totals.service.add(_histogram(rows[:, FINISHED] - rows[:, STARTED]))
        self.wait.add(_histogram(rows[:, STARTED] - rows[:, READY]))
        totals.error_classes.update(_error_classes(rows[:, ERROR], errors))
        if totals.kind == "http":
            totals.add_http(_http(rows))

    def step_intervals(self) -> dict[StepKey, StepInterval]:
        return {
            key: StepInterval(
                step.kind,
                step.count,
                dict(step.error_classes),
                step.latency.value(),
                step.service.value(),
                step.http.value() if step.http is not None else None,
                step.failed.value(),
            )
            for key, step in self.steps.items()
        }

    def journey_intervals(self) -> dict[str, JourneyInterval]:
        return {
            name: JourneyInterval(journey.count, journey.errors, journey.latency.value(), failed=journey.failed.value())
            for name, journey in self.journeys.items()
        }


def _http(rows: NDArray[np.int64]) -> HttpUse:
    """Requests that got no byte count for no time to the first; kept connections for no time to connect."""
    first_byte, connect, tls = rows[:, FIRST_BYTE], rows[:, CONNECT], rows[:, TLS]
    return HttpUse(
        _histogram(first_byte[first_byte > 0]),
        _histogram(connect[connect > 0]),
        _histogram(tls[tls > 0]),
        int(rows[:, SENT].sum()),
        int(rows[:, RECEIVED].sum()),
    )


def _error_classes(numbers: NDArray[np.int64], errors: Sequence[str | None]) -> Counter[str]:
    failed = numbers[numbers != NO_ERROR]
    if not failed.size:
        return Counter()
    found, counts = np.unique(failed, return_counts=True)
    return Counter({errors[number] or "": count for number, count in zip(found.tolist(), counts.tolist(), strict=True)})


def _histogram(ns: NDArray[np.int64]) -> Histogram:
    return Histogram.of_us((np.maximum(ns, 0) + 500) // 1000)
