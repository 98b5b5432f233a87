"""What every format is read into: units of text with their inline tags, and why a file is refused."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["xliff-1.2", "xliff-2", "tmx", "csv"]
State = Literal["initial", "translated", "reviewed", "final"]
TagKind = Literal["open", "close", "empty"]


class Refused(Exception):
    """A file that is not taken. `reason` is for people, `code` for machines; `line` is from 1, None if unknown."""

    def __init__(self, code: str, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.code = code
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Tag:
    """An inline element. It stands before the character `position` of the plain text.

    `name` is the element's (`g`, `ph`, `bpt`). `id` pairs opening with closing tags and source with target; ""
    where there is none. `text` is the markup itself as it stood in the file, bounded by the format's reader.
    """

    position: int
    kind: TagKind
    name: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text as people read it, and the tags within it in document order."""

    plain: str
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A segment with its translation. `seq` counts from 1 in the file; `id` is the file's own, "" where it has none."""

    seq: int
    id: str
    source: Text
    target: Text
    state: State
    note: str = ""
    length_max: int | None = None  # characters that the target may have
    locked: bool = False  # not to be translated
    line: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. Languages are BCP 47 as written; None where the file does not say."""

    format: Format
    source_language: str | None
    target_language: str | None
