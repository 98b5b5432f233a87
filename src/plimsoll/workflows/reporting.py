"""Reading a run again: its report, its exports, and the summary of one that was killed before it had any."""

from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.goal import parse_goal
from plimsoll.core.summary import KILLED, Summary
from plimsoll.core.verdict import Circumstances, Judge, summarize
from plimsoll.runs.directory import RunDirectory, find_run, read_json
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.closing import bursts_of, identity_of, write_report
from plimsoll.workflows.exporting import export_jtl, export_junit


@dataclass(frozen=True, slots=True)
class Reopened:
    directory: RunDirectory
    facts: RunFacts
    summary: Summary


def reopen(root: Path, name: str, *, junit: Path | None = None, jtl: Path | None = None) -> Reopened:
    """Finds a run, makes its report again and whatever else is asked for. Raises RunDirectoryError."""
    directory = find_run(root, name)
    facts = directory.read_facts()
    summary = summary_of(directory, facts)
    write_report(directory, summary, facts)
    problems = [*(export_junit(summary, junit) if junit else ()), *(export_jtl(directory, jtl) if jtl else ())]
    if problems:
        raise problems[0]
    return Reopened(directory, facts, summary)


def summary_of(directory: RunDirectory, facts: RunFacts) -> Summary:
    """As it was written; or, for a run that was killed, from the intervals that were."""
    if directory.summary_path.is_file():
        try:
            return Summary.from_json(read_json(directory.summary_path))
        except (KeyError, TypeError) as error:
            where = str(directory.path)
            raise RunDirectoryError("cannot read summary.json", where=where, why=f"it is damaged: {error}") from error
    judge = Judge([parse_goal(expression, scope) for scope, expression in facts.goals], (), bursts_of(facts))
    for interval in read_intervals(directory.intervals_path):
        judge.add(interval)
    cut = "running" if directory.is_live() else KILLED
    warning = f"the run has no summary (it is {cut}); this is what had been written, to the second"
    return summarize(identity_of(facts), judge, Circumstances(cut, [warning]))
