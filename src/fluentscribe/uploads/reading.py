"""A file's units as rows for the database, batch by batch; blocks, for it is the work of a thread."""

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fluentscribe.formats.languages import same
from fluentscribe.formats.reading import read
from fluentscribe.formats.values import Header, Refused, Tag, Unit
from fluentscribe.text.words import words

UNITS_MAX = 1_000  # of a batch
CHARACTERS_MAX = 1_000_000  # of a batch, but for its last unit
COLUMNS = (
    "seq", "unit_id", "source", "target", "state", "note", "length_max", "locked", "source_tags", "target_tags",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A file, what it was called, and the languages that it should be in."""

    path: Path
    name: str
    source_language: str
    target_language: str


@dataclass(slots=True)
class Batch:
    """Rows as COLUMNS; `words` of their sources."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    words: int = 0
    characters: int = 0

    @property
    def full(self) -> bool:
        return len(self.rows) >= UNITS_MAX or self.characters >= CHARACTERS_MAX


def read_batches(source: Source) -> Generator[Header | Batch, None, None]:
    """The header, then all batches. Raises Refused, also for a file in other languages."""
    header, units = read(source.path, source.name, source.source_language, source.target_language)
    check_languages(header, source)
    yield header
    yield from batches(units, source.source_language)


def check_languages(header: Header, source: Source) -> None:
    """`en` goes with `en-US`; what a file does not say is taken as the project's."""
    pairs = (
        ("from", header.source_language, source.source_language),
        ("into", header.target_language, source.target_language),
    )
    for way, found, wanted in pairs:
        if found is not None and not same(found, wanted):
            raise Refused("other-languages", f"the file translates {way} {found}, the project {way} {wanted}")


def batches(units: Iterable[Unit], source_language: str) -> Iterator[Batch]:
    batch = Batch()
    for unit in units:
        batch.rows.append(_row(unit))
        batch.words += words(unit.source.plain, source_language)
        batch.characters += len(unit.source.plain) + len(unit.target.plain) + len(unit.note) + _markup(unit)
        if batch.full:
            yield batch
            batch = Batch()
    if batch.rows:
        yield batch


def _row(unit: Unit) -> tuple[Any, ...]:
    return (
        unit.seq,
        unit.id,
        unit.source.plain,
        unit.target.plain,
        unit.state,
        unit.note or None,
        unit.length_max,
        unit.locked,
        _tags(unit.source.tags),
        _tags(unit.target.tags),
    )


def _tags(tags: tuple[Tag, ...]) -> str | None:
    if not tags:
        return None
    return json.dumps([(tag.position, tag.kind, tag.name, tag.id, tag.text) for tag in tags], ensure_ascii=False)


def _markup(unit: Unit) -> int:
    return sum(len(tag.text) for text in (unit.source, unit.target) for tag in text.tags)
