"""find.html: the load line in a sentence, the curve, what broke first and why, every step, in one file."""

from collections.abc import Iterable, Mapping

from plimsoll.core.load_line import LineStep, LoadLine
from plimsoll.core.units import format_count, format_duration, format_rate, format_share
from plimsoll.report.analysis.html_findings import finding_html
from plimsoll.report.figures import Figure
from plimsoll.report.html import figure_html, heads_of, page, titled
from plimsoll.report.load_line.curve import curve_figure, in_order, panels_of
from plimsoll.report.load_line.words import (
    OUTCOMES,
    STANDINGS,
    TITLES,
    broken_words,
    goals_words,
    left_out_words,
    scaling_words,
    time_words,
)
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import Cell, moment, table
from plimsoll.report.words import plain

COLUMNS = (
    ">#", "", "Rate", ">Done", ">Served", ">p50", ">p95", ">p99", ">Errors", ">Dropped", ">In flight", ">Lasted", "Run",
)  # fmt: skip
CURVE = (
    "Across: the rate that was asked for. Circles are steps that held, crosses steps that did not, open circles steps "
    "that tell nothing. The green line is the highest rate that held, the shaded band the interval up to the lowest "
    "that did not."
)
STANDING_CLASSES = {"held": "met", "failed": "bad", "no evidence": "doubt"}


def render_line(line: LoadLine, links: Mapping[str, str]) -> str:
    """`links` gives a run's report, relative to this file, by its id."""
    figures: dict[str, Figure] = {}
    main = element("main", *_sections(line, links, figures))
    return page(f"{TITLES[line.verdict]}, {line.scenario}: Plimsoll", joined(_opening(line), main), figures)


def _opening(line: LoadLine) -> Html:
    where = (line.environment, f"{len(line.steps)} steps in {format_duration(line.seconds)}", f"seed {line.seed}")
    return element(
        "header",
        element("p", "Plimsoll ", element("b", line.series_id), " of ", element("b", line.scenario), class_="eyebrow"),
        element(
            "div",
            element("p", TITLES[line.verdict], class_="word"),
            element("h1", line.because),
            class_=f"verdict {STANDINGS[line.verdict]}",
        ),
        element("p", " · ".join((*where, f"started {moment(line.started_at)}")), class_="where"),
        element("p", goals_words(line), class_="where"),
        *([element("p", left_out_words(line), class_="where")] if line.left_out else []),
    )


def _sections(line: LoadLine, links: Mapping[str, str], figures: dict[str, Figure]) -> Iterable[Html]:
    if line.broke:
        items = [element("li", f"{broken_words(one)}.") for one in line.broke]
        yield titled("What broke, first things first", element("ul", *items, class_="findings"))
    if line.diagnosis is not None:
        yield titled("Why", *_why(line, links))
    if line.steps:
        figure = figures["curve"] = curve_figure(line)
        yield titled("The curve", figure_html("curve", figure, heads_of(panels_of(line), figure), CURVE))
        yield titled("Every step, by rate", _steps(line, links))
    told = [*([f"Scaling: {scaling_words(line)}."] if scaling_words(line) else []), *line.notes]
    if told:
        yield titled(
            "What to know", element("ul", *(element("li", plain(one, 400)) for one in told), class_="findings")
        )


def _why(line: LoadLine, links: Mapping[str, str]) -> Iterable[Html]:
    found = line.diagnosis
    assert found is not None
    link = links.get(found.run_id)
    run = element("a", found.run_id, href=link) if link else element("b", found.run_id)
    yield element("p", found.because.rstrip("."), f". At {format_rate(found.rate_per_s)}, run ", run, ".")
    yield from (finding_html(number, finding, ()) for number, finding in enumerate(found.findings, 1))


def _steps(line: LoadLine, links: Mapping[str, str]) -> Html:
    note = (
        "Rates are journeys per second; done are those that succeeded, and served is their share of what was "
        "due. Errors and percentiles count what failed, was dropped or was cut off, as goals do."
    )
    return table(COLUMNS, [_row(step, links) for step in in_order(line)], "steps", note)


def _row(step: LineStep, links: Mapping[str, str]) -> tuple[Cell, ...]:
    times = (time_words(step, time) for time in (step.p50_ms, step.p95_ms, step.p99_ms))
    return (
        str(step.number),
        (OUTCOMES[step.outcome], f"{STANDING_CLASSES[step.outcome]} unbroken"),
        format_rate(step.rate_per_s),
        format_rate(step.achieved_per_s),
        format_share(step.reached),
        *times,
        format_share(step.error_rate),
        format_count(step.dropped),
        format_count(round(step.in_flight)),
        format_duration(step.seconds),
        (element("a", step.run_id, href=links[step.run_id]) if step.run_id in links else step.run_id, "unbroken"),
    )
