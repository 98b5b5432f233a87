"""A small chart of one line, as SVG: it needs no script, prints, and takes its colours from the page."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.finding import CHART_POINTS_MAX, Chart
from plimsoll.report.analysis.words import amount, chart_words
from plimsoll.report.markup import Html, element
from plimsoll.report.words import clock

WIDTH: Final = 320.0
HEIGHT: Final = 64.0
INSET: Final = 2.0  # so that the line's width is within


def sparkline(chart: Chart, layer: str = "database") -> Html:
    """In the colour of its layer, with its ends in words below; nothing is drawn of fewer than two points."""
    points = list(zip(chart.times_s, chart.values, strict=False))[:CHART_POINTS_MAX]
    caption = element("figcaption", chart_words(chart))
    if len(points) < 2:
        return element("figure", caption, class_=f"spark {layer}")
    top = max([value for _, value in points] + ([chart.limit] if chart.limit is not None else []))
    shapes = [element("polyline", points=_path(points, top), class_="line", fill="none")]
    if chart.limit is not None:
        height = f"{_down(chart.limit, top):.1f}"
        shapes.append(element("line", x1="0", x2=f"{WIDTH:g}", y1=height, y2=height, class_="limit"))
    drawn = element(
        "svg", *shapes, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", preserveAspectRatio="none", role="img",
        aria_label=chart_words(chart),
    )  # fmt: skip
    ends = element("p", *_ends(points, chart), class_="ends", aria_hidden="true")
    return element("figure", drawn, ends, caption, class_=f"spark {layer}")


def _ends(points: Sequence[tuple[float, float]], chart: Chart) -> tuple[Html, ...]:
    """What the edges mean: its times, and how much the height is."""
    top = max(value for _, value in points)
    said = (clock(points[0][0]), f"at most {amount(top, chart.unit)}", clock(points[-1][0]))
    return tuple(element("span", one) for one in said)


def _path(points: Sequence[tuple[float, float]], top: float) -> str:
    first, last = points[0][0], points[-1][0]
    span = (last - first) or 1.0
    return " ".join(f"{(at - first) / span * WIDTH:.1f},{_down(value, top):.1f}" for at, value in points)


def _down(value: float, top: float) -> float:
    """From the top edge; the axis begins at 0."""
    share = value / top if top > 0 else 0.0
    return INSET + (HEIGHT - 2 * INSET) * (1 - min(1.0, max(0.0, share)))
