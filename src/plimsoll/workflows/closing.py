"""Ending a run: its summary and report, written whole, and kept even where the disk is full."""

import json
from collections.abc import Callable

from plimsoll.core.analysis import Analysis
from plimsoll.core.errors import PlimsollError, RunDirectoryError, SeriesStoreError
from plimsoll.core.recorded import Recorded
from plimsoll.core.recovery import Burst, find_bursts
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_bytes
from plimsoll.core.verdict import RunIdentity
from plimsoll.runs.directory import RunDirectory, write_whole
from plimsoll.runs.facts import SCHEMA_VERSION, RunFacts
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.analyzing.keeping import kept
from plimsoll.workflows.recorded_run import open_recorded


def close_run(
    directory: RunDirectory, summary: Summary, facts: RunFacts, *, analyzed: bool = False, reported: bool = True
) -> list[str]:
    """Writes summary.json, analysis.json where it is `analyzed`, and report.html where it is `reported`; returns what
    could not be, and why.

    The room kept for them makes the summary all but sure. A long run's result is not lost to a mistake in its picture.
    """
    problems = []
    directory.release_reserve()
    try:
        write_whole(directory.summary_path, json.dumps(summary.to_json(), indent=2) + "\n")
    except OSError as error:
        problems.append(f"there is no summary.json: {error.strerror or error}")
    if analyzed:
        problems += _problem("analysis.json", lambda: _analyze(directory, facts, summary))
    if reported:
        problems += _problem("report.html", lambda: write_report(directory, summary, facts))
    directory.close()
    return problems


def _problem(name: str, make: Callable[[], None]) -> list[str]:
    """Why a file could not be made, if so."""
    try:
        make()
    except PlimsollError as error:
        return [f"there is no {name}: {error}; {error.remedy}"]
    except Exception as error:  # noqa: BLE001  # see `close_run`
        return [f"there is no {name}: {type(error).__name__}: {error}"]
    return []


def _analyze(directory: RunDirectory, facts: RunFacts, summary: Summary) -> None:
    from plimsoll.workflows.analyzing.run_analysis import analyze_ended  # numpy is slow to import

    analyze_ended(directory, facts, summary)


def write_report(directory: RunDirectory, summary: Summary, facts: RunFacts) -> None:
    """Makes report.html (again) from what the directory holds. Raises RunDirectoryError where it cannot be written."""
    from plimsoll.report.html import render_report  # plotly is slow to import

    recorded = drawn_of(directory, facts)
    intervals = read_intervals(directory.intervals_path)
    page = render_report(summary, intervals, facts, recorded, _analysis_of(directory))
    try:
        write_whole(directory.report_path, page)
    except OSError as error:
        raise RunDirectoryError(
            "cannot write report.html",
            where=str(directory.path),
            why=error.strerror or str(error),
            remedy=f"make room there for {format_bytes(len(page.encode()))} and repeat: plimsoll report",
        ) from error


def _analysis_of(directory: RunDirectory) -> Analysis | None:
    """One that cannot be read costs only its sections."""
    try:
        return kept(directory)
    except RunDirectoryError:
        return None


def drawn_of(directory: RunDirectory, facts: RunFacts) -> Recorded | None:
    """What was watched, as far as the report shows it. Series that cannot be read cost only their panels."""
    from plimsoll.report.watch_panels import is_drawn

    try:
        return open_recorded(directory, facts, is_drawn)
    except SeriesStoreError as error:
        return Recorded(0.0, 0.0, 0.0, notes=[str(error)])


def bursts_of(facts: RunFacts) -> tuple[Burst, ...]:
    """The bursts of the run's profile, whose recovery is watched; none of one that somebody else described."""
    try:
        return find_bursts(facts.profile.get("stages") or (), facts.warmup_s)
    except (KeyError, TypeError):
        return ()


def identity_of(facts: RunFacts) -> RunIdentity:
    """What the summary repeats of the facts."""
    return RunIdentity(
        SCHEMA_VERSION,
        facts.run_id,
        facts.scenario,
        facts.environment,
        facts.profile_name,
        facts.seed,
        facts.started_at,
        facts.processes,
        facts.open_loop,
    )
