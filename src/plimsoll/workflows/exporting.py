"""A run in other tools' formats."""

from pathlib import Path

from plimsoll.core.errors import PlimsollError, RunDirectoryError, UsageError
from plimsoll.core.summary import Summary
from plimsoll.runs.directory import RunDirectory, write_whole
from plimsoll.runs.samples import scan_samples


def export_junit(summary: Summary, path: Path) -> list[PlimsollError]:
    """Writes the goals as JUnit XML; returns what went wrong."""
    from plimsoll.report.junit import junit_xml

    try:
        write_whole(path, junit_xml(summary))
    except OSError as error:
        return [_unwritten(path, error)]
    return []


def export_jtl(directory: RunDirectory, path: Path) -> list[PlimsollError]:
    """Writes the samples as a JTL file; returns what went wrong."""
    from plimsoll.report.jtl import write_jtl

    try:
        write_jtl(scan_samples(directory.samples_path), path, directory.read_facts())
    except RunDirectoryError as error:
        return [error]
    except OSError as error:
        return [_unwritten(path, error)]
    return []


def _unwritten(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"cannot write {path}", why=error.strerror or str(error), remedy="free some space, or name another"
    )
