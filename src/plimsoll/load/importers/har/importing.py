"""Importing a HAR file: read it, make the scenario."""

from collections.abc import Sequence
from pathlib import Path

from plimsoll.load.importers.har.parsing import recording_of
from plimsoll.load.importers.har.reading import read_document
from plimsoll.load.importers.har.scenario import Assets, Imported, scenario_of


def import_har(path: Path, *, hosts: Sequence[str] = (), assets: Assets = "journey", think: bool = True) -> Imported:
    """The scenario that a recording makes. Raises UsageError for a file that is none, or with nothing in it."""
    document, attachment = read_document(path)
    recording = recording_of(document, str(path), attachment)
    return scenario_of(recording, str(path), hosts=hosts, assets=assets, think=think)
