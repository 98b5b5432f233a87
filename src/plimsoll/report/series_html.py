"""series.html: one file that opens offline and puts the cells of a matrix beside each other, with every run below."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Final

from plimsoll.core.matrix import value_words
from plimsoll.core.repeats import CellSummary, SeriesSummary, figure_words
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_duration, format_ms, format_rate, format_share
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import Cell, moment, table
from plimsoll.report.series import COLUMNS, cell_standing, notes, range_words, series_words
from plimsoll.report.words import per_second, plain, verdict

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render_series(series: SeriesSummary, links: Mapping[str, str]) -> str:
    """The overview as HTML; `links` gives a run's report, relative to this file, by its id."""
    style = resources.files("plimsoll.report").joinpath("page.css").read_text(encoding="utf-8")
    head = joined(
        Html('<meta charset="utf-8">'),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{_scenario(series)}, {series.series_id}: Plimsoll"),
        Html(f"<style>{style}</style>"),
    )
    body = joined(_opening(series), element("main", *_sections(series, links)))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def _scenario(series: SeriesSummary) -> str:
    return series.runs[0].scenario if series.runs else "nothing"


def _opening(series: SeriesSummary) -> Html:
    standing, word, sentence = _verdict(series)
    eyebrow = ("Plimsoll ", element("b", series.series_id), " of ", element("b", _scenario(series)))
    where = [run.environment for run in series.runs[:1]] + [
        f"started {moment(run.started_at)}" for run in series.runs[:1]
    ]
    return element(
        "header",
        element("p", *eyebrow, class_="eyebrow"),
        element("div", element("p", word, class_="word"), element("h1", sentence), class_=f"verdict {standing}"),
        element("p", " · ".join([*where, series_words(series)]), class_="where"),
    )


def _verdict(series: SeriesSummary) -> tuple[str, str, str]:
    """The class, the word and the sentence of the first screen: what holds for how many cells."""
    bad = [cell for cell in series.cells if cell_standing(cell)[1] == "bad"]
    of = len(series.cells)
    if not bad:
        return "met", "Valid", f"{'Every cell' if of > 1 else 'Every run'} is valid and missed no goal: {_span(series)}"
    named = "; ".join(f"{_name(cell)}{': ' if cell.cell else ''}{cell_standing(cell)[0]}" for cell in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    word = "Goals missed" if all(cell.goals_missed for cell in bad) else "Not all valid"
    return "missed", word, f"{f'{len(bad)} of {of} cells: ' if of > 1 else ''}{named}{more}"


def _span(series: SeriesSummary) -> str:
    """ "p95 from 10.1 ms (users 10) to 412 ms (users 100)"."""
    known = [(cell.figures["p95_ms"].median, cell) for cell in series.cells]
    told = [(value, cell) for value, cell in known if value is not None]
    if not told:
        return "nothing was measured"
    (low, least), (high, most) = min(told, key=lambda pair: pair[0]), max(told, key=lambda pair: pair[0])
    if len(told) == 1:
        return f"p95 {format_ms(low)}"
    return f"p95 from {format_ms(low)} ({_name(least)}) to {format_ms(high)} ({_name(most)})"


def _name(cell: CellSummary) -> str:
    return ", ".join(f"{name} {value_words(value)}" for name, value in cell.cell.items())


def _sections(series: SeriesSummary, links: Mapping[str, str]) -> Iterable[Html]:
    yield _titled("Cells", _cells(series))
    told = list(notes(series))
    if told:
        items = [element("li", element("span", "Warning: ", class_="doubt"), note) for note in told]
        yield _titled("What to know", element("ul", *items, class_="findings"))
    yield _titled("Runs, in the order in which they were made", _runs(series, links))


def _titled(title: str, *content: Html) -> Html:
    return element("section", element("h2", title), *content)


def _cells(series: SeriesSummary) -> Html:
    head = [f">{axis.name}" for axis in series.axes] or ["Cell"]
    head += [">Runs", *(f">{word}" for word in COLUMNS.values()), "Standing"]
    note = "Medians of the valid runs; below them the lowest and the highest." if series.repeats > 1 else ""
    rows = [row for cell in series.cells for row in _cell_rows(cell)]
    return table(head, rows, "cells", note)


def _cell_rows(cell: CellSummary) -> Iterable[Sequence[Cell]]:
    values = [value_words(value) for value in cell.cell.values()] or ["all"]
    word, style = cell_standing(cell)
    figures = [figure_words(name)(cell.figures[name].median) for name in COLUMNS]
    yield (*values, str(len(cell.runs)), *figures, (word, "met" if style == "good" else "bad"))
    ranges = [range_words(name, cell.figures[name]) for name in COLUMNS]
    if any(ranges):
        yield (*[""] * len(values), "", *((text, "soft") for text in ranges), "")


def _runs(series: SeriesSummary, links: Mapping[str, str]) -> Html:
    cells = {run_id: cell for cell in series.cells for run_id in cell.runs}
    items = [_run_item(run, _name(cells[run.run_id]) if run.run_id in cells else "", links) for run in series.runs]
    return element("ul", *items, class_="findings")


def _run_item(run: Summary, name: str, links: Mapping[str, str]) -> Html:
    link = links.get(run.run_id)
    said = element("a", run.run_id, href=link) if link else element("b", run.run_id)
    figures = f"{per_second(run.journeys_per_s, 'journeys')}, {format_rate(run.rate_per_s)} requests, p95 "
    figures += (
        f"{format_ms(run.latency_ms.p95)}, errors {format_share(run.error_rate)}, {format_duration(run.duration_s)}"
    )
    return element("li", said, f" {name}{': ' if name else ''}{figures}. ", plain(verdict(run).sentence, 300), ".")
