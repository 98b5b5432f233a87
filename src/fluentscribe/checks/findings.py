"""What checks say: flags of one unit, and findings, which know what they mean and can be recognized later."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

Dimension = Literal["terminology", "accuracy", "linguistic", "style", "locale", "audience", "design"]
Severity = Literal["neutral", "minor", "major", "critical"]

# Of one check in one unit. What goes on after twenty is one mistake that repeats itself, and is left out.
FLAGS_MAX = 20


@dataclass(frozen=True, slots=True)
class Flag:
    """A check's remark on a unit: characters [start, end) of the target, and what is wrong with them.

    `about` is what the flag is recognized by: what is missing, say; None for the flagged text itself.
    """

    start: int
    end: int
    message: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A flag as it is kept. `seq` is the unit's, `fingerprint` 32 hexadecimal digits."""

    seq: int
    type: str
    dimension: Dimension
    severity: Severity
    start: int
    end: int
    message: str
    fingerprint: str


def told_apart(flags: Iterable[Flag], target: str) -> Iterator[tuple[Flag, str, int]]:
    """Each with what it is about, and how many before it are about the same."""
    seen: dict[str, int] = {}
    for flag in flags:
        about = flag.about if flag.about is not None else target[flag.start : flag.end]
        ordinal = seen[about] = seen.get(about, -1) + 1
        yield flag, about, ordinal


def fingerprint(type: str, source: str, about: str, ordinal: int) -> str:
    """The same for the same mistake in the same text, wherever in a file the text stands."""
    parts = (type, " ".join(source.split()), " ".join(about.split()), str(ordinal))
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
