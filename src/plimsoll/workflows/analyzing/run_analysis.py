"""A run analyzed: its evidence gathered, its diagnosis made and kept in its directory."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plimsoll.analyze.changes import changes
from plimsoll.analyze.checks import check_gauges
from plimsoll.analyze.diagnosing import diagnose
from plimsoll.analyze.evidence.load import load_evidence
from plimsoll.analyze.stretches import worst_stretch
from plimsoll.core.analysis import Analysis, Metrics, Source, StepMetrics, Stretch
from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_duration
from plimsoll.runs.directory import RunDirectory, find_run, write_whole
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.analyzing.gathering import gather
from plimsoll.workflows.reporting import summary_of

Between = tuple[float, float]
ANALYSIS_NAME: Final = "analysis.json"


def analyze_run(root: Path, name: str, between: Between | None = None) -> Analysis:
    """Finds a run and analyzes it; the analysis is kept beside its summary. Raises RunDirectoryError and UsageError."""
    directory = find_run(root, name)
    facts = directory.read_facts()
    made = analysis_of(directory, facts, summary_of(directory, facts), between)
    keep(directory, made)
    return made


def analysis_of(directory: RunDirectory, facts: RunFacts, summary: Summary, between: Between | None = None) -> Analysis:
    """Of the stretch between two moments (seconds since the start of the load), or of the part that was worst."""
    whole = Stretch(facts.warmup_s, facts.warmup_s + summary.duration_s, "the whole measured time")
    stretch = _chosen(between, whole) if between else _found(directory, whole)
    evidence = gather(directory, facts, summary, stretch, is_worse=between is None and stretch != whole)
    found = diagnose(evidence)
    return Analysis(
        source=Source("run", directory.run_id),
        summary=summary,
        metrics=Metrics(StepMetrics("total", "", None, None, None, None, None), (), ()),
        verdict=found.verdict,
        because=found.because,
        stretch=stretch,
        checks=tuple(check_gauges(evidence.load, evidence.gauges, evidence.database)),
        accounting=evidence.accounting,
        findings=found.findings,
        recommendations=found.recommendations,
        next_limit=found.next_limit,
        changes=changes(evidence.gauges, whole, stretch),
        notes=(*evidence.accounting.notes, *evidence.notes),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _found(directory: RunDirectory, whole: Stretch) -> Stretch:
    return worst_stretch(load_evidence(read_intervals(directory.intervals_path)).seconds, whole)


def _chosen(between: Between, whole: Stretch) -> Stretch:
    start_s, end_s = max(between[0], whole.start_s), min(between[1], whole.end_s)
    if start_s >= end_s:
        measured = f"the run was measured from {format_duration(whole.start_s)} to {format_duration(whole.end_s)}"
        raise UsageError(
            "nothing lies in this stretch of the run", why=measured, remedy="choose --from and --to within"
        )
    return Stretch(start_s, end_s, f"from {format_duration(start_s)} to {format_duration(end_s)}, as asked")


def keep(directory: RunDirectory, analysis: Analysis) -> None:
    """Writes analysis.json whole. Raises RunDirectoryError."""
    path = directory.path / ANALYSIS_NAME
    try:
        write_whole(path, json.dumps(analysis.to_json(), indent=2) + "\n")
    except OSError as error:
        raise RunDirectoryError("cannot write analysis.json", where=str(path), why=error.strerror or "") from error
