"""The load line on a terminal: one sentence, the curve as a table, what broke first and why."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from plimsoll.core.load_line import LineStep, LoadLine
from plimsoll.core.units import format_count, format_duration, format_rate, format_share
from plimsoll.report.load_line.words import broken_words, goals_words, left_out_words, scaling_words, time_words
from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

STYLES: Final = {"found": "bold green", "at-least": "bold", "nothing-held": "bold red", "unknown": "bold red"}
MARKS: Final = {"held": ("holds", "green"), "failed": ("fails", "bold red"), "no evidence": ("tells nothing", "yellow")}
BAR: Final = 20  # characters
BAR_FACTOR: Final = 10  # at least so many times the lowest is the whole bar: what is alike looks alike
BROKEN_MAX: Final = 5


def line_view(line: LoadLine, page: str | None) -> "RenderableType":
    """The whole of a search for a Rich console; without a terminal that console makes it plain text."""
    from rich.console import Group

    parts: list[RenderableType] = [_text(line.because, STYLES[line.verdict])]
    parts.append(_text(" · ".join(_origin(line)), "dim"))
    parts.append(_text(goals_words(line), "dim"))
    parts += [_text(left_out_words(line), "dim")] if line.left_out else []
    parts += [_text(""), _curve(line)] if line.steps else []
    parts += [_text(text) for text in _broke(line)]
    parts += _why(line)
    parts += [_text(f"note: {note}", "yellow") for note in line.notes]
    parts += [_text(f"page: {page}")] if page else []
    return Group(*parts)


def _origin(line: LoadLine) -> Iterable[str]:
    yield line.scenario
    yield line.environment
    yield f"{len(line.steps)} steps in {format_duration(line.seconds)}"
    yield f"seed {line.seed}"
    yield line.series_id


def _curve(line: LoadLine) -> "RenderableType":
    """By rate, lowest first, numbered in time; the bar is the logarithm of p95."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("#", "rate", "done", "served", "p50", "p95", "p99", "errors", "in flight", "lasted"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("p95, log scale", no_wrap=True)
    table.add_column("", no_wrap=True)
    steps = sorted(line.steps, key=lambda step: (step.rate_per_s, step.number))
    for step in steps:
        word, style = MARKS[step.outcome]
        cells = (*_figures(step), _bar(step, steps), word)
        table.add_row(*[_text(cell) for cell in cells[:-1]], _text(word, style))
    return table


def _figures(step: LineStep) -> tuple[str, ...]:
    times = [time_words(step, time) for time in (step.p50_ms, step.p95_ms, step.p99_ms)]
    served = format_share(step.reached)
    rates = (format_rate(step.rate_per_s), format_rate(step.achieved_per_s))
    others = (format_share(step.error_rate), format_count(round(step.in_flight)), format_duration(step.seconds))
    return (str(step.number), *rates, served, *times, *others)


def _bar(step: LineStep, steps: list[LineStep]) -> str:
    import math

    known = [one.p95_ms for one in steps if one.p95_ms]
    if not step.p95_ms or not known:
        return ""
    low = math.log(min(known))
    part = (math.log(step.p95_ms) - low) / max(math.log(max(known)) - low, math.log(BAR_FACTOR))
    return "█" * (1 + round(part * (BAR - 1)))


def _broke(line: LoadLine) -> Iterable[str]:
    if not line.broke:
        return
    yield ""
    first, *others = line.broke[:BROKEN_MAX]
    yield f"broke first: {broken_words(first)}"
    yield from (f"then: {broken_words(one)}" for one in others)


def _why(line: LoadLine) -> "Iterable[RenderableType]":
    found = line.diagnosis
    if found is not None:
        yield _text("")
        yield _text(f"why: {plain(found.because, TEXT_CHARACTERS_MAX)} (at {format_rate(found.rate_per_s)})", "bold")
        for finding in found.findings:
            yield _text(f"  {finding.severity}, {finding.layer}: {plain(finding.title, TEXT_CHARACTERS_MAX)}")
        yield _text(f"  more: plimsoll analyze {found.run_id}", "dim")
    said = scaling_words(line)
    if said:
        yield _text(f"scaling: {said}", "dim")


def _text(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(plain(text, TEXT_CHARACTERS_MAX) if text else "", style=style, overflow="fold")
