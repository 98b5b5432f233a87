"""A run analyzed: its evidence gathered, its diagnosis made and kept in its directory."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plimsoll.analyze.diagnosing import diagnose
from plimsoll.core.analysis import Analysis, Metrics, Source, StepMetrics, Stretch
from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.summary import Summary
from plimsoll.runs.directory import RunDirectory, find_run, write_whole
from plimsoll.runs.facts import RunFacts
from plimsoll.workflows.analyzing.gathering import gather
from plimsoll.workflows.reporting import summary_of

ANALYSIS_NAME: Final = "analysis.json"


def analyze_run(root: Path, name: str) -> Analysis:
    """Finds a run and analyzes it; the analysis is kept beside its summary. Raises RunDirectoryError."""
    directory = find_run(root, name)
    facts = directory.read_facts()
    made = analysis_of(directory, facts, summary_of(directory, facts))
    keep(directory, made)
    return made


def analysis_of(directory: RunDirectory, facts: RunFacts, summary: Summary) -> Analysis:
    stretch = Stretch(facts.warmup_s, facts.warmup_s + summary.duration_s, "the whole measured time")
    evidence = gather(directory, facts, summary, stretch)
    found = diagnose(evidence)
    return Analysis(
        source=Source("run", directory.run_id),
        summary=summary,
        metrics=Metrics(StepMetrics("total", "", None, None, None, None, None), (), ()),
        verdict=found.verdict,
        because=found.because,
        stretch=stretch,
        accounting=evidence.accounting,
        findings=found.findings,
        recommendations=found.recommendations,
        next_limit=found.next_limit,
        notes=evidence.notes,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def keep(directory: RunDirectory, analysis: Analysis) -> None:
    """Writes analysis.json whole. Raises RunDirectoryError."""
    path = directory.path / ANALYSIS_NAME
    try:
        write_whole(path, json.dumps(analysis.to_json(), indent=2) + "\n")
    except OSError as error:
        raise RunDirectoryError("cannot write analysis.json", where=str(path), why=error.strerror or "") from error
