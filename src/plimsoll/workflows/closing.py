"""Ending a run: its summary and report, written whole, and kept even where the disk is full."""

import json
from contextlib import suppress

from plimsoll.core.summary import Summary
from plimsoll.core.verdict import RunIdentity
from plimsoll.runs.directory import RunDirectory, write_whole
from plimsoll.runs.facts import SCHEMA_VERSION, RunFacts
from plimsoll.runs.intervals import read_intervals


def close_run(directory: RunDirectory, summary: Summary, facts: RunFacts) -> str:
    """Writes summary.json and report.html. The room kept for them makes the summary sure; a report may be left out.

    Returns why there is no report, or "": a long run's result must not be lost to a mistake in its picture.
    """
    directory.release_reserve()
    with suppress(OSError):
        write_whole(directory.summary_path, json.dumps(summary.to_json(), indent=2) + "\n")
    try:
        write_report(directory, summary, facts)
    except Exception as error:  # noqa: BLE001  # see above
        return f"{type(error).__name__}: {error}"
    finally:
        directory.close()
    return ""


def write_report(directory: RunDirectory, summary: Summary, facts: RunFacts) -> None:
    """Makes report.html (again) from what the directory holds."""
    from plimsoll.report.html import render_report  # plotly is slow to import

    write_whole(directory.report_path, render_report(summary, read_intervals(directory.intervals_path), facts))


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
