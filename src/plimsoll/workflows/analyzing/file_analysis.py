"""A file of samples analyzed: its metrics, its goals, and what the samples alone let one say."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plimsoll.analyze.accounting import account
from plimsoll.analyze.diagnosing import diagnose
from plimsoll.analyze.evidence.evidence import Evidence, Setting
from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.analyze.evidence.load import LoadEvidence
from plimsoll.analyze.metrics.file_metrics import APDEX_MS, file_load, file_metrics
from plimsoll.analyze.metrics.file_summary import default_goals, file_summary
from plimsoll.analyze.metrics.file_warnings import SERVICE_TIMES
from plimsoll.analyze.metrics.measured import Measured, measure
from plimsoll.analyze.stretches import worst_stretch
from plimsoll.core.analysis import Analysis, Source, Stretch
from plimsoll.core.goal import Goal
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_share
from plimsoll.workflows.analyzing.keeping import masked

SUFFIXES: Final = (".jtl", ".csv", ".xml", ".gz", ".zst")
NOTHING_WATCHED: Final = "nothing was watched beside the load: a file of samples tells of no database and no host"


def is_file_argument(text: str) -> bool:
    """Whether an argument means a file of samples rather than a run: it is a file, or is named like one."""
    if text == "latest":
        return False
    try:
        return text.lower().endswith(SUFFIXES) or Path(text).is_file()
    except OSError:  # no name that a file could have
        return False


def analyze_file(path: Path, goals: Sequence[Goal] | None = None, apdex_ms: tuple[float, float] = APDEX_MS) -> Analysis:
    """`goals` None are the default ones. Raises UsageError for what is no file of samples."""
    found = measure(path)
    summary = file_summary(found, path.name, default_goals() if goals is None else goals, stated=goals is not None)
    load = file_load(found)
    evidence = _evidence(summary, load)
    diagnosis = diagnose(evidence)
    made = Analysis(
        source=_source(found, path),
        summary=summary,
        metrics=file_metrics(found, apdex_ms),
        verdict=diagnosis.verdict,
        because=diagnosis.because,
        stretch=evidence.stretch if found.duration_s else None,
        accounting=evidence.accounting,
        findings=diagnosis.findings,
        recommendations=diagnosis.recommendations,
        next_limit=diagnosis.next_limit,
        notes=[*_left_out(found), *_worse(load, evidence.stretch), *summary.warnings, *evidence.notes],
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return masked(made)


def _evidence(summary: Summary, load: LoadEvidence) -> Evidence:
    stretch = Stretch(0.0, summary.duration_s, "the whole file")
    gauges = Gauges({}, 0.0, stretch.start_s, stretch.end_s)
    users = max((second.in_flight for second in load.seconds), default=0)
    return Evidence(
        summary=summary,
        setting=Setting(open_loop=False, users_max=users, pool=None, processes=0),
        stretch=stretch,
        load=load,
        gauges=gauges,
        accounting=account(load, gauges),
        notes=(NOTHING_WATCHED, SERVICE_TIMES),
    )


def _worse(load: LoadEvidence, whole: Stretch) -> Sequence[str]:
    """A part of the time that was clearly worse than the rest. Steps have no figures by the second: it is only said."""
    found = worst_stretch(load.seconds, whole)
    return [] if found == whole else [found.because]


def _source(found: Measured, path: Path) -> Source:
    return Source(found.kind, path.name, found.told.rows, found.told.left_out.rows, found.told.left_out.said())


def _left_out(found: Measured) -> Sequence[str]:
    rows, lost = found.told.rows, found.told.left_out.rows
    if not lost:
        return []
    share = format_share(lost / (rows + lost))
    return [f"{lost:,} of {rows + lost:,} rows ({share}) could not be read", *found.told.left_out.said()]
