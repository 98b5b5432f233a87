"""What was measured over time, as panels of one axis."""

from collections.abc import Mapping, Sequence

from plimsoll.core.units import UNKNOWN, format_ms, format_rate, format_share
from plimsoll.report.analysis.words import number
from plimsoll.report.panels import LEAST_MS, Colour, Line, Panel

Point = Mapping[str, float | None]


def course_panels(points: Sequence[Point]) -> tuple[list[float], list[Panel]]:
    """The middle of each point, and panels of what was measured over time."""
    times = [(point.get("start_s") or 0.0) + (point.get("width_s") or 0.0) / 2 for point in points]
    latency = [
        Line("p50", "latency", "solid", _times(points, "p50_ms")),
        Line("p95", "latency", "dash", _times(points, "p95_ms")),
        Line("p99", "latency", "dot", _times(points, "p99_ms")),
    ]
    found = [
        Panel("Requests per second", 150, _line(points, "rate_per_s", "load"), format_rate),
        Panel("Latency, log axis", 220, latency, format_ms, log=True, bands=((0, 1), (1, 2))),
        Panel("Errors", 100, _line(points, "error_rate", "failing"), format_share),
        Panel("Requests under way at once", 100, _line(points, "concurrency", "load"), _plain_number),
    ]
    return times, [panel for panel in found if any(line.has_values for line in panel.lines)]


def _line(points: Sequence[Point], key: str, colour: Colour) -> list[Line]:
    return [Line("", colour, "solid", [point.get(key) for point in points])]


def _times(points: Sequence[Point], key: str) -> list[float | None]:
    """A logarithmic axis has no 0."""
    return [None if (value := point.get(key)) is None else max(LEAST_MS, value) for point in points]


def _plain_number(value: float | None) -> str:
    return UNKNOWN if value is None else number(value)
