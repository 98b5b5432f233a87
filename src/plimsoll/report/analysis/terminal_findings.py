"""Findings on a terminal. Each reads the same way: what is wrong, how we know, what to do, what would prove it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import counted
from plimsoll.core.finding import Finding, Recommendation, Suspect
from plimsoll.core.units import format_count, format_ms, format_share
from plimsoll.report.analysis.words import advice_of, chart_words, cost_words, figure_words, headline, weight_words
from plimsoll.report.lines import cells, indented, line, table
from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain, statement_words

if TYPE_CHECKING:
    from rich.console import RenderableType

FINDINGS_MAX: Final = 20
FINDINGS_BRIEF: Final = 3
FIGURES_SHOWN: Final = 4
FIGURES_MAX: Final = 12
STEPS_SHOWN: Final = 3
STEPS_MAX: Final = 5
STATEMENT_CHARACTERS: Final = 160  # of a statement's text, where not all is asked for
STYLES: Final = {"critical": "bold red", "high": "bold red", "medium": "bold yellow", "low": "bold"}


def findings_view(
    findings: Sequence[Finding], advice: Sequence[Recommendation], *, details: bool = False
) -> "list[RenderableType]":
    """The weightiest first."""
    shown: list[RenderableType] = []
    for number, finding in enumerate(findings[:FINDINGS_MAX], 1):
        shown += _finding(number, finding, advice_of(finding, advice), details=details)
    rest = len(findings) - FINDINGS_MAX
    return [*shown, line(f"{counted(rest, 'more finding')}: --json", "dim")] if rest > 0 else shown


def brief_findings(
    findings: Sequence[Finding], advice: Sequence[Recommendation], said: str
) -> "Iterable[RenderableType]":
    """A line each, with what to do first. What `said` says already is not said again."""
    for number, finding in enumerate(findings[:FINDINGS_BRIEF], 1):
        if finding.title not in said:
            yield _head(number, finding)
        for one in advice_of(finding, advice)[:1]:
            yield indented(_words(f"do: {one.what}"), "dim")
    if len(findings) > FINDINGS_BRIEF:
        yield line(f"{counted(len(findings) - FINDINGS_BRIEF, 'more finding')}", "dim")


def _finding(
    number: int, finding: Finding, todo: Sequence[Recommendation], *, details: bool
) -> "Iterable[RenderableType]":
    if number > 1:
        yield line("")
    yield _head(number, finding)
    yield indented(_words(weight_words(finding)), "dim")
    yield indented(_words(finding.explanation))
    if cost_words(finding):
        yield indented(_words(cost_words(finding)))
    yield _figures(finding, FIGURES_MAX if details else FIGURES_SHOWN)
    if finding.chart is not None and details:
        yield indented(_words(chart_words(finding.chart)), "dim")
    yield from _where(finding, details=details)
    for one in todo[:1]:
        yield indented(_words(f"do: {one.what} ({one.effort})"), "bold")
    yield indented(_words(f"what would confirm it: {finding.confirm_by}"), "dim")


def _head(number: int, finding: Finding) -> "RenderableType":
    from rich.text import Text

    marked = (f"{number}. {finding.severity.upper()} ", STYLES[finding.severity])
    return Text.assemble(marked, plain(headline(finding.title), TEXT_CHARACTERS_MAX), overflow="fold")


def _figures(finding: Finding, most: int) -> "RenderableType":
    from rich.padding import Padding

    grid = table(["", ">", ""], show_header=False)
    for label, value, limit in map(figure_words, finding.figures[:most]):
        grid.add_row(*cells(label, value, (limit, "dim")))
    return Padding(grid, (0, 0, 0, 3))


def _where(finding: Finding, *, details: bool) -> "Iterable[RenderableType]":
    most = STEPS_MAX if details else STEPS_SHOWN
    if finding.steps:
        rest = len(finding.steps) - most
        more = f" and {rest} more" if rest > 0 else ""
        steps = ", ".join(plain(step, 80) for step in finding.steps[:most])
        yield indented(f"in {steps}{more}")
    for one in finding.statements[: None if details else 1]:
        text = _words(statement_words(one.query, one.query_id))
        yield indented(text if details else plain(text, STATEMENT_CHARACTERS), "green")
        yield indented(suspect_words(one), "dim")


def suspect_words(one: Suspect) -> str:
    """ "4,931 calls, 38.4 ms each, 81 % of the database's time"."""
    share = "" if one.share is None else f", {format_share(one.share)} of the database's time"
    return f"{format_count(one.calls)} calls, {format_ms(one.mean_ms)} each{share}"


def _words(text: str) -> str:
    return plain(text, TEXT_CHARACTERS_MAX)
