"""An analysis as a page of its own: of a run, or of a file that other tools wrote."""

from collections.abc import Iterable

from plimsoll.core.analysis import Analysis
from plimsoll.core.units import format_duration
from plimsoll.report import sections
from plimsoll.report.analysis.course_panels import course_panels
from plimsoll.report.analysis.html import standing
from plimsoll.report.analysis.html_metrics import metrics_html
from plimsoll.report.analysis.words import VERDICTS, headline, source_words, stretch_words
from plimsoll.report.figures import Figure, time_figure
from plimsoll.report.html import analysis_sections, figure_html, heads_of, page, titled
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import moment


def render_analysis(analysis: Analysis) -> str:
    """One file that opens offline."""
    figures: dict[str, Figure] = {}
    main = element("main", *_sections(analysis, figures))
    return page(
        f"{VERDICTS[analysis.verdict]}, {analysis.source.name}: Plimsoll", joined(_opening(analysis), main), figures
    )


def _opening(analysis: Analysis) -> Html:
    summary = analysis.summary
    stretch = stretch_words(analysis)
    where = (
        source_words(analysis),
        format_duration(summary.duration_s),
        f"started {moment(summary.started_at)}" if summary.started_at else "",
        f"analyzed {stretch}" if stretch else "",
    )
    return element(
        "header",
        element("p", "Plimsoll analysis of ", element("b", analysis.source.name), class_="eyebrow"),
        element(
            "div",
            element("p", VERDICTS[analysis.verdict], class_="word"),
            element("h1", headline(analysis.because)),
            class_=f"verdict {standing(analysis)}",
        ),
        element("p", " · ".join(part for part in where if part), class_="where"),
    )


def _sections(analysis: Analysis, figures: dict[str, Figure]) -> Iterable[Html]:
    yield titled("Goals", sections.goals(analysis.summary))
    yield from analysis_sections(analysis, opening=False)
    times, panels = course_panels(analysis.metrics.over_time, analysis.summary.warmup_s + analysis.summary.duration_s)
    if len(times) > 1 and panels:
        figure = figures["over-time"] = time_figure(panels, times, (), 0.0, analysis.summary.started_at)
        words = "Each point is of its own stretch of time; all times count from the start of the load."
        yield titled("Over time", figure_html("over-time", figure, heads_of(panels, figure), words))
    for title, content in metrics_html(analysis):
        yield titled(title, content)
