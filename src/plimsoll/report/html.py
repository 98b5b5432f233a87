"""report.html: one file that opens offline, says first how the run stands, then why, then shows everything."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from plimsoll.core.analysis import Analysis
from plimsoll.core.interval import Interval
from plimsoll.core.recorded import Recorded
from plimsoll.core.summary import Summary
from plimsoll.report import sections
from plimsoll.report.analysis.html import accounting_html, findings_html, grounds_html, style, verdict_html
from plimsoll.report.analysis.html_advice import advice_html
from plimsoll.report.analysis.on_time import analysis_marks, part_of
from plimsoll.report.figures import Figure, distribution_figure, time_figure
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.panels import Line, Mark, Panel, account, marks, panels
from plimsoll.report.timeline import Timeline
from plimsoll.report.watch_panels import (
    database_panels,
    host_panels,
    slots_of,
    uncounted_words,
    watch_marks,
    watched_in_words,
)
from plimsoll.report.watch_sections import database_section, not_watched, settings_of
from plimsoll.report.words import clock
from plimsoll.report.workers import workers_panels, workers_section
from plimsoll.runs.facts import RunFacts


def render_report(
    summary: Summary,
    intervals: Iterable[Interval],
    facts: RunFacts,
    recorded: Recorded | None = None,
    analysis: Analysis | None = None,
) -> str:
    """The report as HTML with everything in it. Reads the intervals once and keeps at most a thousand points.

    `recorded` is what was watched meanwhile and `analysis` what was made of it, where something was.
    """
    timeline = Timeline.of(intervals)
    figures: dict[str, Figure] = {}
    main = element("main", *_sections(summary, facts, timeline, figures, recorded, analysis))
    title = f"{summary.scenario}, run {summary.run_id}: Plimsoll"
    return page(title, joined(sections.opening(summary, facts), main), figures)


def page(title: str, content: Html, figures: Mapping[str, Figure], css: str = "") -> str:
    """One file with everything in it; the figures' places are in the content, by name. `css` is added to the style."""
    body = joined(content, *(_data(name, figure) for name, figure in figures.items()))
    scripts = [_plotly(), _asset("page.js")] if figures else []
    head = joined(
        Html('<meta charset="utf-8">'),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        Html(f"<style>{_asset('page.css')}{style()}{css}</style>"),
    )
    code = Html("".join(f"<script>{script}</script>" for script in scripts))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{joined(body, code)}</body></html>\n'


def _sections(
    summary: Summary,
    facts: RunFacts,
    timeline: Timeline,
    figures: dict[str, Figure],
    recorded: Recorded | None,
    analysis: Analysis | None,
) -> Iterable[Html]:
    measured = summary.requests or summary.journeys
    yield titled("Goals", sections.goals(summary), *([sections.key_figures(summary, facts)] if measured else []))
    yield from analysis_sections(analysis) if analysis is not None else ()
    yield titled("What limits" if analysis is None else "What else was noticed", sections.limits(summary, facts))
    yield titled("Over time", _over_time(summary, facts, timeline, figures, recorded, analysis))
    workers = workers_section(recorded) if recorded is not None else []
    if workers:
        yield titled("Workers, and why so many", *workers)
    database = database_section(recorded) if recorded is not None else []
    if database:
        yield titled("Database and application meanwhile", *database)
    if measured:
        yield titled("Distribution of latency", _distribution(timeline, figures))
        yield titled("Steps", sections.steps(summary.steps))
        if any(step.http is not None for step in summary.steps):
            yield titled("HTTP", sections.wire(summary.steps))
        yield titled("Journeys", sections.journeys(summary.journeys))
        yield titled("Errors by class", sections.errors(summary))
    settings = settings_of(recorded) if recorded is not None else {}
    yield titled("The run and its surroundings", sections.surroundings(summary, facts, settings))


def analysis_sections(analysis: Analysis, *, opening: bool = True) -> Iterable[Html]:
    """What limits and what to do about it, then what that rests on. `opening` says the verdict."""
    if opening:
        yield titled("Analysis", verdict_html(analysis))
    if analysis.accounting is not None and analysis.accounting.slices:
        yield titled("Where the time went", accounting_html(analysis.accounting))
    yield titled("Findings", findings_html(analysis))
    if analysis.recommendations:
        yield titled("What to do", advice_html(analysis.recommendations))
    grounds = grounds_html(analysis)
    if grounds:
        yield titled("What this rests on", grounds)


def titled(title: str, *content: Html) -> Html:
    return element("section", element("h2", title), *content)


def _over_time(
    summary: Summary,
    facts: RunFacts,
    timeline: Timeline,
    figures: dict[str, Figure],
    recorded: Recorded | None,
    analysis: Analysis | None,
) -> Html:
    shown = panels(timeline, summary)
    if not shown:
        return _nothing()
    events = [*marks(timeline, summary, facts), *analysis_marks(analysis, timeline.warmup_end_s, timeline.end_s)]
    words = account(timeline, summary)
    missing = Html()
    if recorded is not None:
        workers = workers_panels(slots_of(timeline, recorded), recorded)
        shown = [shown[0], *workers, *shown[1:], *database_panels(timeline, recorded), *host_panels(timeline, recorded)]
        events += watch_marks(timeline, recorded)
        told = [*watched_in_words(recorded), uncounted_words(recorded, summary)]
        words = " ".join([words, *(f"{said}." for said in told if said)])
        missing = not_watched(recorded)
    events.sort(key=lambda mark: mark.at_s)
    times_s = [at for at, _ in timeline.points()]
    began = facts.load_began_at or facts.started_at
    part = part_of(analysis, timeline.warmup_end_s, timeline.end_s)
    figure = time_figure(shown, times_s, events, timeline.warmup_end_s, began, part)
    figures["over-time"] = figure
    return joined(
        missing,
        _marks(events, timeline, part is not None),
        figure_html("over-time", figure, heads_of(shown, figure), words),
    )


def heads_of(shown: Sequence[Panel], figure: Figure) -> list[Html]:
    """The words over each panel."""
    return [_head(panel.title, panel.lines, top) for panel, top in zip(shown, figure.heads_px, strict=True)]


def _distribution(timeline: Timeline, figures: dict[str, Figure]) -> Html:
    latency, service = timeline.latency.value(), timeline.service.value()
    if not latency.count:
        return _nothing()
    figure = figures["distribution"] = distribution_figure(latency, service)
    lines = [Line("latency, from the intended start", "latency", "solid", ())]
    lines.append(Line("service time, once the request was under way", "asked", "dash", ()))
    words = (
        "Across: the share of requests that took at most so long, each further nine as wide as the one before. "
        "Up: time, log axis. Where the two lines part, requests waited before the system had them."
    )
    return figure_html("distribution", figure, [_head("Latency and service time, log axis", lines, 0)], words)


def _nothing() -> Html:
    words = "Nothing was measured, so there is nothing to draw. See what a run would need: "
    return element("p", words, element("code", "plimsoll doctor"), class_="soft")


def _marks(events: Sequence[Mark], timeline: Timeline, is_part: bool) -> Html:
    """What the numbers over the charts mean."""
    items = [
        element("li", element("b", str(number)), f" {clock(mark.at_s)} {mark.word}")
        for number, mark in enumerate(events, 1)
    ]
    if timeline.warmup_end_s:
        items.append(element("li", element("span", "warm-up, left out of all figures", class_="key shade")))
    if is_part:
        items.append(element("li", element("span", "the part that was analyzed", class_="key shade part")))
    return element("ul", *items, class_="marks") if items else Html()


def _head(title: str, lines: Sequence[Line], top_px: int) -> Html:
    keys = [element("span", line.word, class_=f"key {line.dash} {line.colour}") for line in lines]
    return element("div", element("b", title), *keys, class_="head", style=f"top:{top_px}px")


def figure_html(name: str, figure: Figure, heads: Sequence[Html], words: str) -> Html:
    plot = element(
        "div",
        class_="plot",
        data_figure=f"figure-{name}",
        style=f"height:{figure.height_px}px",
        role="img",
        aria_label=words,
    )
    return element("figure", *heads, plot, element("figcaption", words))


def _data(name: str, figure: Figure) -> Html:
    """Inert JSON; "<" is written as an escape, so nothing in it can end the element."""
    return Html(f'<script type="application/json" id="figure-{name}">{_json(figure.plot)}</script>')


def _json(value: dict[str, Any]) -> str:
    plain = json.dumps(value, separators=(",", ":"), allow_nan=False)  # ASCII: no U+2028 either
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(scripts: Sequence[str]) -> str:
    """Nothing is fetched, and no script runs but these: even markup that slipped in would be dead."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    rest = "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    source: str = get_plotlyjs()
    return source


def _asset(name: str) -> str:
    return resources.files("plimsoll.report").joinpath(name).read_text(encoding="utf-8")
