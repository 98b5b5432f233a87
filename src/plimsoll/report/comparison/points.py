"""The values of a metric as points on one axis: a row for each side, a point for each run."""

from collections.abc import Iterable, Sequence
from typing import Final

from plimsoll.core.comparison import Compared
from plimsoll.report.comparison.words import value_words
from plimsoll.report.markup import Html, element

WIDTH: Final = 640
ROW: Final = 44
LEFT: Final = 24
RIGHT: Final = 24


def points(compared: Compared) -> Html:
    """As SVG, with a summary in words for whoever does not see it."""
    values = [value for side in (compared.a, compared.b) for value in side if value is not None]
    if not values:
        return element("p", "No run has a value.", class_="note")
    low, high = min(values), max(values)
    rows = [
        part
        for at, (name, side) in enumerate((("A", compared.a), ("B", compared.b)))
        for part in _row(name, at, [value for value in side if value is not None], low, high, compared)
    ]
    said = (
        f"{compared.name} of every run: A {_span(compared.a, compared)}, B {_span(compared.b, compared)}, "
        f"from {value_words(low, compared.unit)} to {value_words(high, compared.unit)}"
    )
    axis = [
        _text(LEFT, "start", value_words(low, compared.unit)),
        _text(WIDTH // 2, "middle", f"{compared.name}, a point for each run"),
        _text(WIDTH - RIGHT, "end", value_words(high, compared.unit)),
    ]
    return element(
        "svg",
        *rows,
        *axis,
        viewBox=f"0 0 {WIDTH} {2 * ROW + 24}",
        role="img",
        aria_label=said,
        width="100%",
        style=f"max-width: {WIDTH}px",
    )


def _row(name: str, at: int, values: Sequence[float], low: float, high: float, compared: Compared) -> Iterable[Html]:
    y = ROW * at + ROW // 2
    yield element("text", name, x=4, y=y + 4, fill="currentColor", font_size="12")
    yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke="currentColor", stroke_opacity="0.25")
    for value in values:
        title = element("title", f"{name}: {value_words(value, compared.unit)}")
        x = f"{_x(value, low, high):.1f}"
        yield element("circle", title, cx=x, cy=y, r=6, fill="currentColor", fill_opacity="0.55")


def _x(value: float, low: float, high: float) -> float:
    share = 0.5 if high == low else (value - low) / (high - low)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _text(x: int, anchor: str, words: str) -> Html:
    return element("text", words, x=x, y=2 * ROW + 18, text_anchor=anchor, fill="currentColor", font_size="12")


def _span(values: Sequence[float | None], compared: Compared) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "without values"
    low, high = (value_words(end, compared.unit) for end in (min(known), max(known)))
    return low if low == high else f"{low} to {high}"
