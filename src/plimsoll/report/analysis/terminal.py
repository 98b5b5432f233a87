"""An analysis as a terminal shows it: the verdict first, then findings with their evidence, then what to do.

Fits 80 columns. Two levels: what one needs to act, and with `details` everything that it rests on.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.analysis import Accounting, Analysis, Change, GaugeCheck
from plimsoll.core.check import counted
from plimsoll.core.units import format_duration, format_share
from plimsoll.report.analysis.terminal_advice import advice_view, matrix_view
from plimsoll.report.analysis.terminal_findings import brief_findings, findings_view
from plimsoll.report.analysis.words import (
    Part,
    change_words,
    check_words,
    limit_words,
    nothing_words,
    parts_of,
    source_words,
    stretch_words,
    verdict_words,
)
from plimsoll.report.lines import cells, heading, indented, line, table
from plimsoll.report.terminal import goals_view
from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

BAR: Final = 24  # columns for the whole
PARTS_SHOWN: Final = 6
PARTS_MAX: Final = 30
NOTES_MAX: Final = 20
STYLES: Final = {"bottleneck": "bold red", "at-capacity": "bold yellow", "healthy": "bold green", "invalid": "bold red"}
STANDINGS: Final = {"agree": "green", "differ": "yellow", "too little": "dim"}


def analysis_view(analysis: Analysis, *, details: bool = False) -> "RenderableType":
    """For a Rich console; without a terminal that console makes it plain text."""
    from rich.console import Group

    parts: list[RenderableType] = [line(_plain(verdict_words(analysis)), STYLES.get(analysis.verdict, "bold"))]
    parts += _differing(analysis.checks)
    parts += [line(_plain(said), "dim") for said in (source_words(analysis), stretch_words(analysis)) if said]
    parts += goals_view(analysis.summary) if analysis.summary.goals else ()
    parts += _accounting(analysis.accounting, details=details)
    parts += _findings(analysis, details=details)
    parts += advice_view(analysis.recommendations, details=details)
    parts += matrix_view(analysis.recommendations) if details else ()
    parts += _checks(analysis.checks) if details else ()
    parts += _changes(analysis.changes) if details else ()
    parts += _notes(analysis.notes)
    return Group(*parts)


def brief_view(analysis: Analysis) -> "RenderableType":
    """What a run ends with: the verdict, the findings a line each, and the first thing to do."""
    from rich.console import Group

    parts: list[RenderableType] = [line(_plain(verdict_words(analysis)), STYLES.get(analysis.verdict, "bold"))]
    parts += brief_findings(analysis.findings, analysis.recommendations, analysis.because)
    if analysis.next_limit is not None and not analysis.findings:
        parts.append(line(_plain(f"next to its limit: {limit_words(analysis.next_limit)}")))
    parts.append(line(f"more: plimsoll analyze {plain(analysis.source.name)}", "dim"))
    return Group(*heading("Analysis"), *parts)


def _accounting(accounting: Accounting | None, *, details: bool) -> "Iterable[RenderableType]":
    if accounting is None or not accounting.slices:
        return []
    found = parts_of(accounting)
    shown = found[:PARTS_MAX] if details else _largest(found)
    grid = table(["", "", ">", ""], show_header=False)
    for one in shown:
        interval = f"{format_share(one.share.low)} to {format_share(one.share.high)}"
        grid.add_row(*cells(one.name, (bar(one.share.value), "cyan"), format_share(one.share.value), (interval, "dim")))
    whole = f"Where the time went ({format_duration(accounting.request_seconds)} of all requests together)"
    more = [line(f"{counted(len(found) - len(shown), 'smaller part')}: --details", "dim")] if shown != found else []
    return [*heading(whole), grid, *more]


def _largest(parts: Sequence[Part]) -> Sequence[Part]:
    """With what is not accounted for, however little: it says how far the others may be believed."""
    unknown = [part for part in parts if not part.layer]
    return [*[part for part in parts if part.layer][:PARTS_SHOWN], *unknown]


def bar(share: float) -> str:
    """Of the whole's width, at least one column for what is more than nothing."""
    width = round(BAR * min(1.0, max(0.0, share)))
    return "█" * max(width, 1 if share > 0 else 0)


def _findings(analysis: Analysis, *, details: bool) -> "Iterable[RenderableType]":
    if analysis.findings:
        return [*heading("Findings"), *findings_view(analysis.findings, analysis.recommendations, details=details)]
    limit = analysis.next_limit
    said: list[RenderableType] = [line(nothing_words(analysis))]
    said += [line(_plain(f"Next to its limit: {limit_words(limit)}."))] if limit is not None else []
    said += [indented(_plain(limit.basis), "dim")] if limit is not None and limit.basis else []
    return [*heading("Findings"), *said]


def _differing(checks: Sequence[GaugeCheck]) -> "Iterable[RenderableType]":
    """Said at once: figures that gauges do not bear out are believed with care."""
    differing = [check_words(check) for check in checks if check.agrees is False][:NOTES_MAX]
    return [line(_plain(f"figures differ from an independent gauge: {words}"), "yellow") for _, words in differing]


def _checks(checks: Sequence[GaugeCheck]) -> "Iterable[RenderableType]":
    said = [check_words(check) for check in checks][:NOTES_MAX]
    if not said:
        return []
    grid = table(["", ""], show_header=False, gives_way=(1,))
    for word, words in said:
        grid.add_row(*cells((word, STANDINGS[word]), _plain(words), wrap=True))
    return [*heading("Checks of the figures against independent gauges"), grid]


def _changes(changes: Sequence[Change]) -> "Iterable[RenderableType]":
    if not changes:
        return []
    grid = table(["", ""], show_header=False)
    for change in changes[:NOTES_MAX]:
        grid.add_row(*cells(*change_words(change)))
    return [*heading("What moved while it was bad"), grid]


def _notes(notes: Sequence[str]) -> "Iterable[RenderableType]":
    if not notes:
        return []
    return [line(""), *(line(_plain(f"note: {note}"), "yellow") for note in notes[:NOTES_MAX])]


def _plain(text: str) -> str:
    return plain(text, TEXT_CHARACTERS_MAX)
