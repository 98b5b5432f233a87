"""Recommendations on a terminal: by term, in the order to do them, each with how; and the priority matrix."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.finding import How, Recommendation
from plimsoll.report.analysis.matrix import WEIGHTS
from plimsoll.report.analysis.matrix import cells as matrix_cells
from plimsoll.report.analysis.words import EFFORTS, TERM_WORDS, by_term, headline
from plimsoll.report.lines import cells, heading, indented, line, table
from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

ADVICE_SHOWN: Final = 5
ADVICE_MAX: Final = 50
HOW_SHOWN: Final = 3  # ways to do one thing: to look first, to do it, to undo it
HOW_LINES_MAX: Final = 30
NUMBERS_MAX: Final = 12  # in a cell of the matrix


def advice_view(advice: Sequence[Recommendation], *, details: bool) -> "Iterable[RenderableType]":
    if not advice:
        return
    most = ADVICE_MAX if details else ADVICE_SHOWN
    numbers = {id(one): number for number, one in enumerate(advice, 1)}
    yield from heading("What to do")
    for term, found in by_term(advice[:most]):
        yield line(TERM_WORDS[term], "dim")
        for one in found:
            yield from _advice(numbers[id(one)], one, details=details)
    if len(advice) > most:
        yield line(f"{len(advice) - most} more: {'--json' if details else '--details'}", "dim")


def _advice(number: int, one: Recommendation, *, details: bool) -> "Iterable[RenderableType]":
    yield line(_plain(f"{number}. {headline(one.what)}"), "bold")
    yield indented(_plain(f"{one.effort} · {one.effect}"))
    if details:
        yield indented(_plain(f"because {one.basis}; risk: {one.risk}"), "dim")
    for how in one.how[: None if details else HOW_SHOWN]:
        yield from how_view(how)


def how_view(how: How) -> "Iterable[RenderableType]":
    """What to copy, its own line breaks kept."""
    if how.note:
        yield indented(_plain(f"{how.means}, {how.note}:"), "dim")
    for text in how.text.splitlines()[:HOW_LINES_MAX]:
        yield indented(_plain(text), "cyan", by=5)


def matrix_view(advice: Sequence[Recommendation]) -> "Iterable[RenderableType]":
    if not advice:
        return []
    found = matrix_cells(advice)
    grid = table(["", *EFFORTS])
    for weight, (_, words) in WEIGHTS.items():
        grid.add_row(*cells(words, *(_numbers(found.get((weight, effort), ())) for effort in EFFORTS)))
    return [*heading("Priorities: impact and effort, by the numbers above"), grid]


def _numbers(numbers: Sequence[int]) -> str:
    said = ", ".join(str(number) for number in numbers[:NUMBERS_MAX])
    return f"{said} …" if len(numbers) > NUMBERS_MAX else said or "–"


def _plain(text: str) -> str:
    return plain(text, TEXT_CHARACTERS_MAX)
