"""Marks over the panels: a line for each, and their numbers, joined where they would lie on each other."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from plimsoll.report.axes import RULE, at_ms
from plimsoll.report.panels import Mark

APART: Final = 0.02  # of the axis, as wide as two digits: what is nearer to the one before it shares its number's place
JOINED: Final = 0.05  # of the axis, that a place stands for at most: what is farther off has one of its own


def mark_line(mark: Mark, axis: str) -> dict[str, Any]:
    at = at_ms(mark.at_s)
    line = {"color": RULE, "width": 1, "dash": "dot"}
    return {"type": "line", "yref": f"{axis} domain", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}


def mark_numbers(marks: Sequence[Mark], times_s: Sequence[float]) -> list[dict[str, Any]]:
    """ "1", "2–4", "5" above the first panel: numbers in the order of the marks, which is that of their times."""
    span_s = times_s[-1] - times_s[0]
    return [_number(first, marks[first - 1 : last]) for first, last in _places(marks, span_s)]


def _places(marks: Sequence[Mark], span_s: float) -> Iterator[tuple[int, int]]:
    """The first and the last number of each."""
    first = 1
    for number in range(2, len(marks) + 2):
        if number <= len(marks):
            at_s, before_s, first_s = (marks[one - 1].at_s for one in (number, number - 1, first))
            if at_s - before_s < APART * span_s and at_s - first_s < JOINED * span_s:
                continue
        if first <= len(marks):
            yield first, number - 1
        first = number


def _number(first: int, marks: Sequence[Mark]) -> dict[str, Any]:
    middle_s = (marks[0].at_s + marks[-1].at_s) / 2
    return {
        "x": at_ms(middle_s), "xref": "x", "y": 1, "yref": "y domain", "yanchor": "bottom", "xanchor": "center",
        "showarrow": False, "text": str(first) if len(marks) == 1 else f"{first}–{first + len(marks) - 1}",
        "font": {"size": 11}, "borderpad": 0,
    }  # fmt: skip
