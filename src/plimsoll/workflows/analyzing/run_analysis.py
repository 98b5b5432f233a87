"""A run analyzed: its evidence gathered, its diagnosis made and kept in its directory."""

from datetime import UTC, datetime
from pathlib import Path

from plimsoll.analyze.changes import changes
from plimsoll.analyze.checks import check_gauges
from plimsoll.analyze.diagnosing import diagnose
from plimsoll.analyze.evidence.load import load_evidence
from plimsoll.analyze.metrics.file_metrics import APDEX_MS
from plimsoll.analyze.metrics.run_metrics import run_metrics
from plimsoll.analyze.stretches import worst_stretch
from plimsoll.core.analysis import Analysis, Source, Stretch
from plimsoll.core.errors import UsageError
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_duration
from plimsoll.runs.directory import RunDirectory, find_run
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.analyzing.gathering import gather
from plimsoll.workflows.analyzing.keeping import keep, masked
from plimsoll.workflows.closing import write_report
from plimsoll.workflows.reporting import summary_of

Between = tuple[float, float]


def analyze_run(
    root: Path, name: str, between: Between | None = None, apdex_ms: tuple[float, float] = APDEX_MS
) -> Analysis:
    """Finds a run that has ended and analyzes it; the analysis is kept beside its summary and put into its report.

    A look at a part of it, `between` two moments, is handed back only: the record stays that of the run.
    Raises RunDirectoryError and UsageError.
    """
    directory = find_run(root, name)
    if directory.is_live():
        raise UsageError(
            "the run goes on", where=str(directory.path), why="only what has ended can be analyzed",
            remedy="wait for its end, or watch it: plimsoll watch",
        )  # fmt: skip
    facts = directory.read_facts()
    summary = summary_of(directory, facts)
    if between is not None:
        return masked(analysis_of(directory, facts, summary, between, apdex_ms))
    made = analyze_ended(directory, facts, summary, apdex_ms)
    write_report(directory, summary, facts)
    return made


def analyze_ended(
    directory: RunDirectory,
    facts: RunFacts,
    summary: Summary,
    apdex_ms: tuple[float, float] = APDEX_MS,
) -> Analysis:
    """Analyzes a run and keeps what came of it, without secrets."""
    made = masked(analysis_of(directory, facts, summary, apdex_ms=apdex_ms))
    keep(directory, made)
    return made


def analysis_of(
    directory: RunDirectory,
    facts: RunFacts,
    summary: Summary,
    between: Between | None = None,
    apdex_ms: tuple[float, float] = APDEX_MS,
) -> Analysis:
    """Of the stretch between two moments (seconds since the start of the load), or of the part that was worst."""
    whole = Stretch(facts.warmup_s, facts.warmup_s + summary.duration_s, "the whole measured time")
    stretch = _chosen(between, whole) if between else _found(directory, whole)
    evidence = gather(directory, facts, summary, stretch, is_worse=between is None and stretch != whole)
    found = diagnose(evidence)
    return Analysis(
        source=Source("run", directory.run_id),
        summary=summary,
        metrics=run_metrics(read_intervals(directory.intervals_path), apdex_ms),
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
    if between[0] >= between[1]:
        raise UsageError(
            "the stretch ends before it begins",
            why=f"--from is {format_duration(between[0])}, --to is {format_duration(between[1])}",
            remedy="choose --from before --to",
        )
    start_s, end_s = max(between[0], whole.start_s), min(between[1], whole.end_s)
    if start_s >= end_s:
        measured = f"the run was measured from {format_duration(whole.start_s)} to {format_duration(whole.end_s)}"
        raise UsageError(
            "nothing lies in this stretch of the run", why=measured, remedy="choose --from and --to within"
        )
    return Stretch(start_s, end_s, f"from {format_duration(start_s)} to {format_duration(end_s)}, as asked")
