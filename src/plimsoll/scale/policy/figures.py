"""Which figures of a document are which readings: `rate=rate(http_requests_total{code="200"})`, `queue=pool.waiting`.

Pure. A document is Prometheus' text, as samples, or JSON. Counters become rates between two looks; what cannot be told
(the first look, a counter that went back, nothing of that name) is missing, and never 0.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.readings import NAMES, Reading

FUNCTIONS: Final = ("", "rate", "mean")
COUNTERS: Final = ("_total", "_count", "_sum", "_bucket")
SUMS: Final = frozenset({"rate", "served"})  # readings that are per second
FIGURES_MOST: Final = len(NAMES)
AGES: Final = "plimsoll_age_seconds"  # in which a `plimsoll watch` tells how old each of its families is
WATCHED: Final = "plimsoll_"
_FIGURE: Final = re.compile(
    r"(?P<name>\w+)\s*=\s*(?:(?P<function>rate|mean)\((?P<inner>.+)\)|(?P<plain>[^()*]+?))\s*(?:\*\s*(?P<factor>\S+))?",
    re.ASCII,
)
_SELECTOR: Final = re.compile(r"([a-zA-Z_:][\w:.-]*)\s*(?:\{(.*)\})?", re.ASCII)
_LABEL: Final = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_EXAMPLE: Final = "--read 'rate=rate(http_requests_total)'"

Sample = tuple[str, Sequence[tuple[str, str]], float]  # name and labels in small letters, as they are read here


@dataclass(frozen=True, slots=True)
class Figure:
    """The reading `name`: `function` of what `path` names, times `factor`. `labels` of samples that count."""

    name: str
    function: str
    path: str
    labels: tuple[tuple[str, str], ...] = ()
    factor: float = 1.0

    def __str__(self) -> str:
        return f"{self.function}({self.path})" if self.function else self.path


@dataclass(frozen=True, slots=True)
class Document:
    """One of both. `types` are those that Prometheus' text tells of families, `ages` those of a watch's, in seconds."""

    samples: Sequence[Sample] | None = None
    types: Mapping[str, str] | None = None
    json: Any = None
    ages: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, samples: Sequence[Sample], types: Mapping[str, str]) -> "Document":
        told = ((dict(labels).get("series", ""), value) for name, labels, value in samples if name == AGES)
        return cls(samples, types, ages={(WATCHED + series).lower(): value for series, value in told})


def parse_figure(text: str) -> Figure:
    """Raises UsageError."""
    found = _FIGURE.fullmatch(text.strip())
    if found is None:
        raise _wrong(text, "it is not NAME=FIGURE")
    name, function = found["name"], found["function"] or ""
    if name not in NAMES:
        raise _wrong(text, f'"{name}" is none of {", ".join(NAMES)}')
    selector = _SELECTOR.fullmatch((found["inner"] or found["plain"]).strip())
    if selector is None:
        raise _wrong(text, "what it reads is no name of a figure")
    path = selector[1]
    if not function and path.endswith(COUNTERS):
        raise _wrong(text, f"{path} is a counter, which only grows: rate({path})")
    if function == "mean" and name != "latency_s":
        raise _wrong(text, "a mean is that of a latency: latency_s=mean(http_request_duration_seconds)")
    return Figure(name, function, path, _labels(text, selector[2] or ""), _factor(text, found["factor"]))


def _labels(text: str, labels: str) -> tuple[tuple[str, str], ...]:
    found, at = [], 0
    while at < len(labels):
        match = _LABEL.match(labels, at)
        if match is None:
            raise _wrong(text, 'labels are compared by =, as {code="200"}')
        found.append((match[1].lower(), re.sub(r"\\(.)", r"\1", match[2])))
        at = match.end()
    return tuple(found)


def _factor(text: str, factor: str | None) -> float:
    try:
        value = 1.0 if factor is None else float(factor)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise _wrong(text, f'"{factor}" is no number above 0')
    return value


def _wrong(text: str, why: str) -> UsageError:
    return UsageError("wrong figure", where=text[:200], why=why, remedy=_EXAMPLE)


def once_each(names: Iterable[str]) -> None:
    """Raises UsageError where two say what the same reading is."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UsageError(f"two sources of {name}", why="each reading has one", remedy="leave one of them out")
        seen.add(name)


class Reader:
    """Remembers the counters of the last look."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.figures = figures
        self._before: dict[str, tuple[float, float]] = {}

    def read(self, document: Document, now: float) -> tuple[dict[str, Reading], dict[str, str]]:
        """The readings, as old as they are, and why others are missing (not of a first look)."""
        found: dict[str, Reading] = {}
        missing: dict[str, str] = {}
        for figure in self.figures:
            try:
                value = self._value(figure, document, now)
            except ValueError as error:
                missing[figure.name] = str(error)
            else:
                if value is not None:
                    age = document.ages.get(figure.path.lower().replace(":", "_"), 0.0)
                    found[figure.name] = Reading(value * figure.factor, now - max(0.0, age))
        return found, missing

    def _value(self, figure: Figure, document: Document, now: float) -> float | None:
        if figure.function == "mean":
            total = self._grown(f"{figure.name} sum", _number(figure, document, "_sum"), now)
            count = self._grown(f"{figure.name} count", _number(figure, document, "_count"), now)
            return total[0] / count[0] if total and count and count[0] > 0 else None
        value = _number(figure, document)
        if figure.function == "rate":
            grown = self._grown(figure.name, value, now)
            return None if grown is None else grown[0] / grown[1]
        return value

    def _grown(self, key: str, value: float, now: float) -> tuple[float, float] | None:
        """By how much, and in which time; None where it went back: who was counted anew has counted an unknown time."""
        before = self._before.get(key)
        self._before[key] = (value, now)
        if before is None or value < before[0] or now <= before[1]:
            return None
        return value - before[0], now - before[1]


def _number(figure: Figure, document: Document, end: str = "") -> float:
    if document.samples is None:
        return _of_json(figure, document.json)
    name = (figure.path + end).lower().replace(":", "_")
    if not figure.function and (document.types or {}).get(name) == "counter":
        raise ValueError(f"{figure.path} is a counter, which only grows: rate({figure.path})")
    values = [value for one, labels, value in document.samples if one == name and set(figure.labels) <= set(labels)]
    if not values:
        raise ValueError(f"there is no {figure.path}{end}{' with these labels' if figure.labels else ''}")
    try:
        return math.fsum(values)
    except OverflowError:
        raise ValueError(f"the sum of {figure.path}{end} is no number") from None


def _of_json(figure: Figure, told: Any) -> float:
    if figure.function == "mean" or figure.labels:
        raise ValueError(f"{figure} is for Prometheus' text, and this is JSON")
    for step in figure.path.split("."):
        if isinstance(told, dict) and step in told:
            told = told[step]
        elif isinstance(told, list) and step.isdecimal() and int(step) < len(told):
            told = told[int(step)]
        else:
            raise ValueError(f'there is no "{figure.path}"')
    try:
        value = math.nan if isinstance(told, bool) else float(told)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f'"{figure.path}" is no number')
    return value


def of_query(told: Any) -> float:
    """What Prometheus' server answers to a query. ValueError where that is not one number."""
    if not isinstance(told, dict) or told.get("status") != "success" or not isinstance(told.get("data"), dict):
        reason = str(told.get("error", ""))[:200] if isinstance(told, dict) else ""
        raise ValueError(reason or "this is no answer of Prometheus'")
    kind, result = told["data"].get("resultType"), told["data"].get("result")
    if kind == "vector" and isinstance(result, list):
        if len(result) != 1:
            raise ValueError("the query finds nothing" if not result else f"the query finds {len(result)}: sum(…)")
        result = result[0].get("value") if isinstance(result[0], dict) else None
    try:
        value = float(result[1])
    except (TypeError, ValueError, LookupError, OverflowError):
        raise ValueError("the query gives no number") from None
    if not math.isfinite(value):
        raise ValueError("the query gives no number")
    return value
