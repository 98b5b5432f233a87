"""The end of a run as a terminal shows it: the verdict first, then goals, figures, tables. Fits 80 columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import counted
from plimsoll.core.recorded import Recorded
from plimsoll.core.summary import JourneySummary, Spread, StepSummary, Summary
from plimsoll.core.units import format_count, format_duration, format_ms, format_rate, format_share
from plimsoll.report.course import course
from plimsoll.report.failures import failures, other_warnings
from plimsoll.report.lines import cells, heading, line, table
from plimsoll.report.meanwhile import meanwhile, top_statements
from plimsoll.report.words import (
    TEXT_CHARACTERS_MAX,
    by_count,
    by_time_spent,
    environment_words,
    generator_standing,
    generator_words,
    goal_words,
    lag_words,
    per_second,
    plain,
    verdict,
    wait_words,
)
from plimsoll.runs.facts import RunFacts

if TYPE_CHECKING:
    from rich.console import RenderableType

ROWS_MAX: Final = 20  # of a table; the report has the others
STYLES: Final = {"met": "bold green", "missed": "bold red", "invalid": "bold red", "unjudged": "bold"}


def summary_view(
    summary: Summary, facts: RunFacts, report_path: Path | str | None, recorded: Recorded | None = None
) -> "RenderableType":
    """The whole of a run for a Rich console; without a terminal that console makes it plain text.

    `recorded` is what was watched meanwhile, where something was.
    """
    from rich.console import Group

    found = verdict(summary)
    parts: list[RenderableType] = [line(found.sentence, STYLES[found.standing])]
    parts += [line(one, "dim") for one in _origin(summary, facts)]
    parts += _reasons(summary, facts)
    parts += goals_view(summary)
    parts += _figures(summary, facts, recorded)
    parts += _steps(summary.steps)
    parts += _journeys(summary.journeys)
    parts += _errors(summary)
    parts += _statements(recorded)
    parts += _notes(summary, report_path)
    return Group(*parts)


def _origin(summary: Summary, facts: RunFacts) -> Iterable[str]:
    """What was run, and how: two lines, so that neither is broken in its midst."""
    warmup = f" after {format_duration(summary.warmup_s)} of warm-up" if summary.warmup_s else ""
    machines = counted(len(facts.machines), "machine") if facts.machines else ""
    what = (summary.scenario, environment_words(facts), facts.profile_name, machines)
    how = (f"{format_duration(summary.duration_s)}{warmup}", f"seed {summary.seed}", f"run {summary.run_id}")
    return (" · ".join(plain(part, 60) for part in parts if part) for parts in (what, how))


def _reasons(summary: Summary, facts: RunFacts) -> "Iterable[RenderableType]":
    """The further reasons of an invalid run (the first is in the verdict), and what held the rate down."""
    more = [line(f"and: {plain(reason, TEXT_CHARACTERS_MAX)}", "red") for reason in summary.invalid_because[1:]]
    waited = wait_words(summary, facts)
    return [*more, line(f"limit: {waited}", "yellow")] if waited else more


def goals_view(summary: Summary) -> "Iterable[RenderableType]":
    if not summary.goals:
        return [line("Set goals to have a run judged: --goal 'p95<500ms' --goal 'errors<1%'", "dim")]
    grid = table(["", "", ">", ""], show_header=False, gives_way=(1, 3))
    shown = [goal_words(goal) for goal in sorted(summary.goals, key=lambda goal: goal.passed)[:ROWS_MAX]]
    for words in shown:
        style = "green" if words.passed else "bold red"
        grid.add_row(*cells((words.word, style), words.metric, words.actual, f"goal {words.demand}"))
    remarks = [line(f"{words.metric}: {words.remark}", "dim") for words in shown if words.remark]
    return [*heading("Goals"), grid, *remarks, *_more(len(summary.goals), "goals")]


def _figures(summary: Summary, facts: RunFacts, recorded: Recorded | None) -> "Iterable[RenderableType]":
    target = "" if summary.target_rate_per_s is None else f" of {format_rate(summary.target_rate_per_s)} asked for"
    latency, service, wait = summary.latency_ms, summary.service_ms, summary.wait_ms
    waits = f"p50 {format_ms(wait.p50)}  p99 {format_ms(wait.p99)}  max {format_ms(wait.max)}"
    rows = [
        (
            "rate",
            f"{per_second(summary.journeys_per_s, 'journeys')}{target}, {per_second(summary.rate_per_s, 'requests')}",
        ),
        ("requests", f"{format_count(summary.requests)} in {format_duration(summary.duration_s)}"),
        ("failed", _failures(summary)),
        ("latency", _spread(latency)),
        ("service time", _spread(service)),
        ("wait", f"{waits}, for a free user or a connection"),
        ("lag", lag_words(summary.lag_ms, open_loop=facts.open_loop)),
        ("generator", f"{generator_standing(summary.generator)}: {generator_words(summary.generator)}"),
    ]
    grid = table(["", ""], show_header=False, gives_way=(1,))
    for name, value in rows:
        grid.add_row(*cells((name, "dim"), value, wrap=True))
    for told in course(summary, open_loop=facts.open_loop):
        grid.add_row(*cells((told.about, "dim"), (told.words, "yellow" if told.doubtful else ""), wrap=True))
    for about, words in meanwhile(recorded) if recorded is not None else ():
        grid.add_row(*cells((about, "dim"), words, wrap=True))
    return [*heading("Figures"), grid]


def _failures(summary: Summary) -> str:
    noun = "error" if summary.errors == 1 else "errors"
    parts = [f"{format_count(summary.errors)} {noun} ({format_share(summary.error_rate)})"]
    parts += [f"{format_count(summary.dropped)} dropped", f"{format_count(summary.incomplete)} incomplete"]
    extra = (("retry", "retries", summary.retries), ("reconnect", "reconnects", summary.reconnects))
    parts += [f"{format_count(count)} {one if count == 1 else many}" for one, many, count in extra if count]
    return ", ".join(parts)


def _spread(spread: Spread) -> str:
    named = {"p50": spread.p50, "p95": spread.p95, "p99": spread.p99, "p99.9": spread.p999, "max": spread.max}
    return "  ".join(f"{name} {format_ms(value)}" for name, value in named.items())


def _steps(steps: Sequence[StepSummary]) -> "Iterable[RenderableType]":
    if not steps:
        return []
    grid = table(["Steps", ">count", ">rate", ">errors", ">p50", ">p95", ">p99", ">max"])
    for label, step in by_time_spent(steps)[:ROWS_MAX]:
        latency = step.latency_ms
        times = [format_ms(time) for time in (latency.p50, latency.p95, latency.p99, latency.max)]
        errors = (format_count(step.errors), "red" if step.errors else "")
        grid.add_row(*cells(label, format_count(step.count), format_rate(step.rate_per_s), errors, *times))
    return [line(""), grid, *_more(len(steps), "steps")]


def _journeys(journeys: Sequence[JourneySummary]) -> "Iterable[RenderableType]":
    if not journeys:
        return []
    grid = table(["Journeys", ">count", ">errors", ">p50", ">p95", ">p99", ">max"])
    for journey in by_count(journeys)[:ROWS_MAX]:
        latency = journey.latency_ms
        times = [format_ms(time) for time in (latency.p50, latency.p95, latency.p99, latency.max)]
        errors = (format_count(journey.errors), "red" if journey.errors else "")
        grid.add_row(*cells(journey.name, format_count(journey.count), errors, *times))
    return [line(""), grid, *_more(len(journeys), "journeys")]


def _errors(summary: Summary) -> "Iterable[RenderableType]":
    classes = failures(summary)
    if not classes:
        return []
    grid = table(["Errors by class", ">count", "in steps"], gives_way=(0, 2))
    for failure in classes[:ROWS_MAX]:
        grid.add_row(*cells(failure.label, format_count(failure.count), failure.steps))
    said = [line(f"{plain(one.name)}: {one.message}", "dim") for one in classes[:ROWS_MAX] if one.message]
    return [line(""), grid, *said, *_more(len(classes), "classes")]


def _statements(recorded: Recorded | None) -> "Iterable[RenderableType]":
    rows = top_statements(recorded) if recorded is not None else ()
    if not rows:
        return []
    grid = table(["Statements of the database", ">time", ">calls", ">mean"])
    for row in rows:
        grid.add_row(*cells(*row))
    return [line(""), grid]


def _notes(summary: Summary, report_path: Path | str | None) -> "Iterable[RenderableType]":
    found = other_warnings(summary)
    warnings = [line(f"warning: {plain(text, TEXT_CHARACTERS_MAX)}", "yellow") for text in found[:ROWS_MAX]]
    more = _more(len(found), "warnings")
    report = [] if report_path is None else [line(f"report: {report_path}")]
    return [line(""), *warnings, *more, *report] if warnings or report else []


def _more(count: int, what: str) -> "list[RenderableType]":
    return [line(f"{format_count(count - ROWS_MAX)} more {what} in the report", "dim")] if count > ROWS_MAX else []
