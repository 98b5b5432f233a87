"""The identity of a series: a name and labels, written as Prometheus writes them."""

import re
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError

_NAME: Final = r"[a-z_][a-z0-9_]*"
_VALUE: Final = r'"((?:[^"\\]|\\.)*)"'
_SERIES: Final = re.compile(rf"({_NAME})(?:\{{(.*)\}})?", re.DOTALL)
_LABEL: Final = re.compile(rf"\s*({_NAME})\s*=\s*{_VALUE}\s*(,|$)", re.DOTALL)
_ESCAPED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
TEXT_CHARACTERS_MAX: Final = 500


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """`labels` are (name, value) pairs, sorted by name: two keys of the same labels are equal."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, **labels: str) -> "SeriesKey":
        return cls(name, tuple(sorted(labels.items())))

    def label(self, name: str) -> str | None:
        return next((value for known, value in self.labels if known == name), None)

    def fits(self, name: str, labels: tuple[tuple[str, str], ...] = ()) -> bool:
        """Whether it is of this name and has at least these labels."""
        return self.name == name and set(labels) <= set(self.labels)

    def __str__(self) -> str:
        """As in `host_disk_reads_per_s{device="sda"}`; `parse_series` reads it back."""
        if not self.labels:
            return self.name
        inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in self.labels)
        return f"{self.name}{{{inner}}}"


def parse_series(text: str) -> SeriesKey:
    """The key that a text names. Raises UsageError."""
    match = _SERIES.fullmatch(text.strip()) if len(text) <= TEXT_CHARACTERS_MAX else None
    if match is None:
        raise _unreadable(text)
    labels: dict[str, str] = {}
    rest = (match[2] or "").strip()
    while rest:
        pair = _LABEL.match(rest)
        if pair is None:
            raise _unreadable(text)
        labels[pair[1]] = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], pair[2])
        rest = rest[pair.end() :]
    return SeriesKey(match[1], tuple(sorted(labels.items())))


def _escaped(value: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in value)


def _unreadable(text: str) -> UsageError:
    return UsageError(
        f"this is not a series: {text[:100]!r}",
        why="a series is a name, and labels in braces where it has some",
        remedy='write for example host_cpu_busy_percent or host_disk_reads_per_s{device="sda"}',
    )
