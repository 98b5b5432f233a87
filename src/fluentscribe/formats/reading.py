"""Reads any file of translations: what it says of itself, and its units one after the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fluentscribe.formats import csv_files, tmx, xliff2, xliff12
from fluentscribe.formats.detecting import HEAD_BYTES, detect
from fluentscribe.formats.limits import UNITS_MAX
from fluentscribe.formats.markup import events
from fluentscribe.formats.values import Format, Header, Refused, Unit


def read(
    path: Path, file_name: str, source_language: str | None = None, target_language: str | None = None
) -> tuple[Header, Iterator[Unit]]:
    """The header, and the units in constant memory. `file_name` is what the file was called by whoever handed it in.

    The languages say which of a TMX's or a table's are meant; None takes those the file names first. Raises Refused,
    also while the units are read.
    """
    with path.open("rb") as file:
        found = detect(file.read(HEAD_BYTES), file_name)
    parts = _parts(path, found, source_language, target_language)
    header = next(parts)
    assert isinstance(header, Header)
    return header, _units(parts)


def _parts(path: Path, found: Format, source: str | None, target: str | None) -> Iterator[Header | Unit]:
    """The header, then the units: one generator, so that the file is closed with it."""
    with path.open("rb") as file:
        header, units = _read(file, found, source, target)
        yield header
        yield from units


def _read(file: BinaryIO, found: Format, source: str | None, target: str | None) -> tuple[Header, Iterator[Unit]]:
    match found:
        case "xliff-1.2":
            return xliff12.read(events(file, xliff12.TAGS))
        case "xliff-2":
            return xliff2.read(events(file, xliff2.TAGS))
        case "tmx":
            return tmx.read(events(file, tmx.TAGS), source, target)
        case "csv":
            return csv_files.read(file, source, target)


def _units(parts: Iterator[Header | Unit]) -> Iterator[Unit]:
    for unit in parts:
        assert isinstance(unit, Unit)
        if unit.seq > UNITS_MAX:
            raise Refused("too-many-units", f"more than {UNITS_MAX:,} units; split the file", unit.line)
        yield unit
