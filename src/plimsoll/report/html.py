"""`report.html`: one file that opens offline. The verdict and the goals first, then every table."""

from collections.abc import Iterable, Sequence
from html import escape

from plimsoll.core.interval import Interval
from plimsoll.core.summary import Spread, Summary
from plimsoll.core.units import format_count, format_ms, format_rate
from plimsoll.report.words import errors_by_class, generator_words, goal_words, verdict
from plimsoll.runs.facts import RunFacts

_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:1rem 0}
td,th{padding:.25rem .75rem;text-align:right}
td:first-child,th:first-child{text-align:left}.scroll{overflow-x:auto}
"""


def render_report(summary: Summary, intervals: Iterable[Interval], facts: RunFacts) -> str:
    """The whole report. Every name is escaped; nothing is fetched."""
    steps = [
        (
            f"{step.journey}: {step.name}",
            format_count(step.count),
            format_rate(step.rate_per_s),
            *_spread(step.latency_ms),
        )
        for step in summary.steps
    ]
    journeys = [
        (journey.name, format_count(journey.count), format_count(journey.errors), *_spread(journey.latency_ms))
        for journey in summary.journeys
    ]
    goals = [(words.metric, words.actual, words.demand, words.word) for words in map(goal_words, summary.goals)]
    title = escape(f"{summary.scenario}, {summary.run_id}")
    return "".join(
        [
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<h1>{escape(verdict(summary).sentence)}</h1><p>{title} · {escape(facts.target)}</p>",
            _table("Goals", ("goal", "measured", "wanted", ""), goals),
            _table("Steps", ("step", "count", "rate", "p50", "p95", "p99", "max"), steps),
            _table("Journeys", ("journey", "count", "errors", "p50", "p95", "p99", "max"), journeys),
            _table("Errors", ("class", "count"), [(name, str(count)) for name, count, _ in errors_by_class(summary)]),
            f"<h2>Generator</h2><p>{escape(generator_words(summary.generator))}",
        ]
    )


def _spread(spread: Spread) -> tuple[str, ...]:
    return tuple(format_ms(value) for value in (spread.p50, spread.p95, spread.p99, spread.max))


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<h2>{title}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'
