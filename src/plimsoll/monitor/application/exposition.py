"""The text in which an application tells its figures: Prometheus' format 0.0.4 and OpenMetrics. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from plimsoll.settings.masking import mask

SAMPLES_MAX: Final = 20_000  # lines of figures; the first ones are read, and it is said how many were not
LINE_CHARACTERS_MAX: Final = 10_000  # longer ones count as unreadable
LABELS_MAX: Final = 64  # of a figure; one with more counts as unreadable
VALUE_CHARACTERS_MAX: Final = 200  # of a label
RAW_CHARACTERS_MAX: Final = 2_000  # that are looked at for secrets
_SAMPLE: Final = re.compile(
    r'([a-zA-Z_:][\w:]*+)[ \t]*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*+")*+)\})?[ \t]*(?<=[ \t}])(\S+)', re.ASCII
)
_LABEL: Final = re.compile(r'\s*([a-zA-Z_]\w*+)\s*=\s*"((?:[^"\\]|\\.)*+)"\s*(?:,|$)', re.ASCII)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """`name` and `labels` are as series are named here: in small letters, sorted, secrets masked."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Exposition:
    """`types` are by the names of families. Lines that could not be read, and those beyond the bound, are counted."""

    types: Mapping[str, str]
    samples: Sequence[Sample]
    unreadable: int = 0
    left_out: int = 0


class Names:
    """Names and labels by their text: they seldom change from look to look, and take the most time to read.

    Those that the last look did not tell are forgotten.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[str, Labels]] = {}
        self._now: dict[str, tuple[str, Labels]] = {}

    def again(self, series: str) -> tuple[str, Labels] | None:
        """As it was read at the last look."""
        known = self._before.get(series)
        if known is not None:
            self._now[series] = known
        return known

    def keep(self, series: str, named: tuple[str, Labels]) -> None:
        self._now[series] = named

    def turn(self) -> None:
        """Ends a look."""
        self._before, self._now = self._now, {}


def parse_exposition(text: str, names: Names | None = None) -> Exposition:
    """Reads what can be read. Figures that are no numbers (NaN, Inf) are not known, and left out."""
    types: dict[str, str] = {}
    lines = []
    for line in text.split("\n"):
        if line.startswith("#"):
            _read_type(line, types)
        elif stripped := line.strip():
            lines.append(stripped)
    names = names or Names()
    read = [_sample(line, names) for line in lines[:SAMPLES_MAX]]
    names.turn()
    samples = [one for one in read if one is not None and isfinite(one.value)]
    return Exposition(types, samples, read.count(None), max(0, len(lines) - SAMPLES_MAX))


def _sample(line: str, names: Names) -> Sample | None:
    if len(line) > LINE_CHARACTERS_MAX:
        return None
    series, _, last = line.rpartition(" ")
    if (known := names.again(series)) is not None and (value := _number(last)) is not None:
        return Sample(*known, value)
    match = _SAMPLE.match(line)
    value = _number(match[3]) if match is not None else None
    if match is None or value is None:
        return None
    named = _named(match[1], match[2] or "")
    if named is not None and match.end() == len(line):  # no time and no example behind the figure
        names.keep(series, named)
    return None if named is None else Sample(*named, value)


def _read_type(line: str, types: dict[str, str]) -> None:
    words = line.split()
    if len(words) == 4 and words[1] == "TYPE":
        types[plain_name(words[2])] = words[3].lower()


def _number(text: str) -> float | None:
    if "_" in text:  # Python's own spelling, which is not theirs
        return None
    try:
        return float(text)
    except ValueError:
        return None


def plain_name(name: str) -> str:
    return name.lower().replace(":", "_")


def _named(name: str, labels: str) -> tuple[str, Labels] | None:
    """None where the labels are no labels."""
    found: dict[str, str] = {}
    at = 0
    while at < len(labels):
        match = _LABEL.match(labels, at)
        if match is None or len(found) >= LABELS_MAX:
            return None if labels[at:].strip(" ,") else (plain_name(name), _sorted(found))
        found[match[1].lower()] = mask(_unescaped(match[2][:RAW_CHARACTERS_MAX]))[:VALUE_CHARACTERS_MAX]
        at = match.end()
    return plain_name(name), _sorted(found)


def _sorted(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text
