"""An analysis as sections of a page: the verdict, where the time went, findings, what to do, and what that rests on."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Final

from plimsoll.core.analysis import Accounting, Analysis, NextLimit
from plimsoll.core.units import format_duration, format_share
from plimsoll.report.analysis.html_findings import finding_html
from plimsoll.report.analysis.words import (
    Part,
    change_words,
    check_words,
    limit_words,
    nothing_words,
    parts_of,
    share_words,
    source_words,
    stretch_words,
    verdict_words,
)
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import Cell, table

PARTS_MAX: Final = 30
FINDINGS_MAX: Final = 20
NOTES_MAX: Final = 50
SEGMENT_LEAST: Final = 0.002  # of the whole, below which nothing could be seen
STANDINGS: Final = {"at-capacity": "doubtful", "healthy": "met", "invalid": "invalid"}
CHECKS: Final = {"agree": "met", "differ": "doubt", "too little": "soft"}
# Colours of the parts; those of the database by what sessions wait for, as in the charts.
COLOURS: Final[Mapping[str, str]] = {
    "database: on CPU": "database", "database: I/O": "io", "database: locks": "lock",
    "database: internal locks": "latch", "database: buffer pins": "latch",
    "database: waiting for its own other processes": "ipc",
    "database: waiting for a core": "core", "application: waiting for a core": "system",
    "application: on CPU": "running", "wait for a connection": "asked", "between the requests of custom steps": "idle",
}  # fmt: skip
_LAYERS: Final[Mapping[str, str]] = {
    "database": "idle", "application": "latency", "network": "wire", "generator": "load", "system": "system",
}  # fmt: skip


def style() -> str:
    return resources.files("plimsoll.report.analysis").joinpath("analysis.css").read_text(encoding="utf-8")


def verdict_html(analysis: Analysis) -> Html:
    """The sentence, which part of the run it is of, and what next gives way where nothing has."""
    sentence = element("p", verdict_words(analysis), class_="sentence")
    stretch = stretch_words(analysis)
    where = " · ".join(part for part in (source_words(analysis), f"analyzed {stretch}" if stretch else "") if part)
    return element("div", sentence, element("p", where, class_="soft"), class_=f"said {standing(analysis)}")


def standing(analysis: Analysis) -> str:
    """A class of the page's: red is for what fails now, and a bottleneck within which every goal is met does not."""
    if analysis.verdict == "bottleneck":
        goals = analysis.summary.goals
        return "doubtful" if goals and all(goal.passed for goal in goals) else "missed"
    return STANDINGS.get(analysis.verdict, "unknown")


def findings_html(analysis: Analysis, to_advice: str = "") -> Html:
    """`to_advice` is where what to do stands, where it is not on this page."""
    if not analysis.findings:
        return joined(element("p", nothing_words(analysis), class_="empty"), next_limit_html(analysis.next_limit))
    shown = analysis.findings[:FINDINGS_MAX]
    rest = len(analysis.findings) - len(shown)
    more = element("p", f"{rest:,} more findings are in analysis.json.", class_="soft") if rest > 0 else Html()
    return joined(
        *(finding_html(number, one, analysis.recommendations, to_advice) for number, one in enumerate(shown, 1)), more
    )


def next_limit_html(limit: NextLimit | None) -> Html:
    if limit is None:
        return Html()
    basis = element("span", f" Basis: {limit.basis}.", class_="soft") if limit.basis else Html()
    return element("p", element("b", "Next to its limit: "), f"{limit_words(limit)}.", basis)


def accounting_html(accounting: Accounting | None) -> Html:
    """A bar of the whole, and the same as a table: the bar is for the eye only."""
    if accounting is None or not accounting.slices:
        return Html()
    parts = parts_of(accounting)
    bar = element("div", *map(_segment, parts), class_="whole", aria_hidden="true")
    said = f"{format_duration(accounting.request_seconds)} of all requests together; intervals of 95 %."
    rows: list[tuple[Cell, ...]] = [
        (one.name, format_share(one.share.value), _interval(one), format_duration(one.seconds))
        for one in parts[:PARTS_MAX]
    ]
    swatches = [colour_of(one) for one in parts]
    shown = table(("Part", ">Share", ">Interval", ">Time"), rows, "where the time went", said, narrow=True)
    keys = element("ul", *(element("li", one.name, class_=f"swatch {colour}") for one, colour in
                           zip(parts[:12], swatches, strict=False)), class_="keys", aria_hidden="true")  # fmt: skip
    return element("div", bar, keys, shown, class_="accounting")


def colour_of(part: Part) -> str:
    return COLOURS.get(part.name) or _LAYERS.get(part.layer, "rest")


def _segment(part: Part) -> Html:
    if part.share.value < SEGMENT_LEAST:
        return Html()
    width = min(100.0, 100 * part.share.value)
    return element("span", class_=f"segment {colour_of(part)}", style=f"width:{width:.2f}%", title=_named(part))


def _named(part: Part) -> str:
    return f"{part.name}: {share_words(part.share)}"


def _interval(part: Part) -> str:
    return f"{format_share(part.share.low)} to {format_share(part.share.high)}"


def grounds_html(analysis: Analysis) -> Html:
    """What the diagnosis rests on: gauges that agree or do not, what moved, and what was not seen."""
    return joined(*_grounds(analysis))


def _grounds(analysis: Analysis) -> Iterable[Html]:
    if analysis.checks:
        rows: list[Sequence[Cell]] = [
            (words, (word, CHECKS[word])) for word, words in map(check_words, analysis.checks[:NOTES_MAX])
        ]
        yield element("h3", "Checks of the figures against independent gauges")
        yield table(("What is compared", "They"), rows, "checks", narrow=True)
    if analysis.changes:
        moved: list[Sequence[Cell]] = list(map(change_words, analysis.changes[:NOTES_MAX]))
        yield element("h3", "What moved while it was bad")
        yield table(("Series", "Median"), moved, "changes", narrow=True)
    if analysis.notes or analysis.source.left_out_because:
        notes = [*analysis.notes, *analysis.source.left_out_because][:NOTES_MAX]
        yield element("h3", "Notes")
        yield element("ul", *(element("li", note) for note in notes), class_="notes")
