"""What was measured over time, as panels of one axis."""

from collections.abc import Mapping, Sequence

from plimsoll.core.units import UNKNOWN, format_ms, format_rate, format_share
from plimsoll.report.analysis.words import number
from plimsoll.report.panels import LEAST_MS, Colour, Line, Panel

Point = Mapping[str, float | None]


def course_panels(measured: Sequence[Point], duration_s: float) -> tuple[list[float], list[Panel]]:
    """The middle of each point, and panels of what was measured over time.

    A last point of which less than half was measured is left out: it would show an absurd rate. So is one that is not
    half as wide as the others: nobody was under way when the load had ended.
    """
    points = _whole(measured, duration_s) if len(measured) > 2 else measured
    times = list(map(_middle_s, points))
    latency = [
        Line("p50", "latency", "solid", _times(points, "p50_ms")),
        Line("p95", "latency", "dash", _times(points, "p95_ms")),
        Line("p99", "latency", "dot", _times(points, "p99_ms")),
    ]
    found = [
        Panel("Requests per second", 150, _line("finished", points, "rate_per_s", "load"), format_rate),
        Panel("Latency, log axis", 220, latency, format_ms, log=True, bands=((0, 1), (1, 2))),
        Panel("Requests under way at once", 100, _line("on average", points, "concurrency", "load"), _plain_number),
    ]
    if any(point.get("error_rate") for point in points):
        found.insert(2, Panel("Errors", 100, _line("failed", points, "error_rate", "failing"), format_share))
    return times, [panel for panel in found if any(line.has_values for line in panel.lines)]


def _whole(measured: Sequence[Point], duration_s: float) -> Sequence[Point]:
    points = [point for point in measured if _middle_s(point) <= duration_s]
    is_splinter = len(points) > 2 and _width_s(points[-1]) < _width_s(points[0]) / 2
    return points[:-1] if is_splinter else points


def _width_s(point: Point) -> float:
    return point.get("width_s") or 0.0


def _middle_s(point: Point) -> float:
    return (point.get("start_s") or 0.0) + (point.get("width_s") or 0.0) / 2


def _line(word: str, points: Sequence[Point], key: str, colour: Colour) -> list[Line]:
    return [Line(word, colour, "solid", [point.get(key) for point in points])]


def _times(points: Sequence[Point], key: str) -> list[float | None]:
    """A logarithmic axis has no 0."""
    return [None if (value := point.get(key)) is None else max(LEAST_MS, value) for point in points]


def _plain_number(value: float | None) -> str:
    return UNKNOWN if value is None else number(value)
