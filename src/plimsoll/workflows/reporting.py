"""Reading a run again: its report, its exports, and the summary of one that was killed before it had any."""

from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.goal import parse_goal
from plimsoll.core.summary import Summary
from plimsoll.core.verdict import Circumstances, Judge, summarize
from plimsoll.runs.directory import RunDirectory, find_run, read_json, write_whole
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import read_intervals
from plimsoll.runs.samples import scan_samples
from plimsoll.workflows.closing import identity_of, write_report


@dataclass(frozen=True, slots=True)
class Reopened:
    directory: RunDirectory
    facts: RunFacts
    summary: Summary


def reopen(root: Path, name: str, *, junit: Path | None = None, jtl: Path | None = None) -> Reopened:
    """Finds a run, makes its report again and whatever else is asked for. Raises RunDirectoryError."""
    from plimsoll.report.jtl import write_jtl
    from plimsoll.report.junit import junit_xml

    directory = find_run(root, name)
    facts = directory.read_facts()
    summary = _summary(directory, facts)
    write_report(directory, summary, facts)
    if junit is not None:
        write_whole(junit, junit_xml(summary))
    if jtl is not None:
        write_jtl(scan_samples(directory.samples_path), jtl, facts)
    return Reopened(directory, facts, summary)


def _summary(directory: RunDirectory, facts: RunFacts) -> Summary:
    """As it was written; or, for a run that was killed, from the intervals that were."""
    if directory.summary_path.is_file():
        try:
            return Summary.from_json(read_json(directory.summary_path))
        except (KeyError, TypeError) as error:
            where = str(directory.path)
            raise RunDirectoryError("cannot read summary.json", where=where, why=f"it is damaged: {error}") from error
    judge = Judge([parse_goal(expression, scope) for scope, expression in facts.goals])
    for interval in read_intervals(directory.intervals_path):
        judge.add(interval)
    cut = "running" if directory.is_live() else "killed"
    warning = f"the run has no summary (it is {cut}); this is what had been written, to the second"
    return summarize(identity_of(facts), judge, Circumstances(cut, [warning]))
