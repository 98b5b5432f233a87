"""What repeated runs come to: the median of each main figure, and how far apart the runs were. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from plimsoll.core.matrix import Axis, Cell
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_ms, format_rate, format_share

SPREAD_LARGE: Final = 0.20  # (highest - lowest) / median, above which a difference between cells may be chance
SMALL: Final = 0.05  # ms, or requests a second: below it a share of the median says nothing

FIGURES: Final[Mapping[str, Callable[[Summary], float | None]]] = {
    "journeys_per_s": lambda summary: summary.journeys_per_s,
    "rate_per_s": lambda summary: summary.rate_per_s,
    "p50_ms": lambda summary: summary.latency_ms.p50,
    "p95_ms": lambda summary: summary.latency_ms.p95,
    "p99_ms": lambda summary: summary.latency_ms.p99,
    "error_rate": lambda summary: summary.error_rate,
}
JUDGED: Final = {"journeys_per_s": "the rate", "p50_ms": "p50", "p95_ms": "p95"}  # p99 of a short run always differs


@dataclass(frozen=True, slots=True)
class Range:
    """The median of the runs, the lowest and the highest; all None where no run tells."""

    median: float | None
    min: float | None
    max: float | None

    @classmethod
    def of(cls, values: Sequence[float | None]) -> "Range":
        known = [value for value in values if value is not None]
        if not known:
            return cls(None, None, None)
        return cls(round(median(known), 6), min(known), max(known))

    @property
    def share(self) -> float:
        """How far apart the runs were, as a share of the median; 0 where that says nothing."""
        if self.median is None or self.min is None or self.max is None or self.median < SMALL:
            return 0.0
        return (self.max - self.min) / self.median


@dataclass(frozen=True, slots=True)
class CellSummary:
    """The runs of one cell. Ranges are over those that are valid; `refused` says why a cell could not be run."""

    cell: Cell
    runs: Sequence[str]
    valid: int
    goals_missed: int
    figures: Mapping[str, Range]
    warnings: Sequence[str] = ()
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """`figures` are keys of their own."""
        ranges = {name: asdict(found) for name, found in self.figures.items()}
        return {
            "cell": dict(self.cell), "runs": list(self.runs), "valid": self.valid, "goals_missed": self.goals_missed,
            **ranges, "warnings": list(self.warnings), "refused": self.refused or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """A whole series. `runs` are in the order in which they were made."""

    series_id: str
    axes: Sequence[Axis]
    repeats: int
    reset: str | None
    cells: Sequence[CellSummary]
    runs: Sequence[Summary]
    warnings: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        matrix = {
            "series_id": self.series_id,
            "axes": {axis.name: list(axis.values) for axis in self.axes},
            "repeats": self.repeats,
            "reset": self.reset,
            "cells": [cell.to_json() for cell in self.cells],
            "warnings": list(self.warnings),
        }
        return {"runs": [run.to_json() for run in self.runs], "matrix": matrix}


def summarize_cell(cell: Cell, runs: Sequence[Summary], refused: str = "") -> CellSummary:
    """Median and spread of a cell's valid runs, with a warning where they were far apart."""
    believed = [run for run in runs if run.valid and run.stopped_by != "interrupted"]
    figures = {name: Range.of([tell(run) for run in believed]) for name, tell in FIGURES.items()}
    missed = sum(any(not goal.passed for goal in run.goals) for run in runs)
    warnings = _far_apart(figures)
    if 0 < len(believed) < len(runs):
        warnings.append(f"{len(runs) - len(believed)} of {len(runs)} runs are invalid or cut short, and left out")
    return CellSummary(cell, [run.run_id for run in runs], len(believed), missed, figures, warnings, refused)


def _far_apart(figures: Mapping[str, Range]) -> list[str]:
    """One warning for all figures in which the runs lie far apart."""
    found = {name: figures[name] for name in JUDGED if figures[name].share > SPREAD_LARGE}
    told = [
        f"{JUDGED[name]} {figure_words(name)(one.min)} to {figure_words(name)(one.max)}" for name, one in found.items()
    ]
    return [f"the runs are far apart: {', '.join(told)}; a smaller difference may be chance"] if told else []


def figure_words(name: str) -> Callable[[float | None], str]:
    """How a figure is said."""
    if name == "error_rate":
        return format_share
    return format_rate if name.endswith("per_s") else format_ms
