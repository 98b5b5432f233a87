"""The newest values in the text format of Prometheus (0.0.4), for a company's own store and for who scales by them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import isinf, isnan
from typing import Final

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.series.recent import Recent

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "plimsoll_"
AGES: Final = f"{PREFIX}age_seconds"
PERIODS_MAX: Final = 3.0  # a series that is seldom told is not stale before so many of its own periods
_VALUE_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
_HELP_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n"}


def render_metrics(recent: Recent, now_s: float, stale_after_s: float) -> str:
    """Every series of which something was told within `stale_after_s`, or within three of its own periods; then how old
    that is, by family."""
    families: dict[str, dict[SeriesKey, float]] = defaultdict(dict)
    ages: dict[str, float] = defaultdict(float)
    for key in recent.keys():  # noqa: SIM118  # it is no mapping
        last = recent.last(key)
        age = 0.0 if last is None else now_s - last[0]
        if last is not None and age <= max(stale_after_s, PERIODS_MAX * recent.period_s(key)):
            families[key.name][key] = last[1]
            ages[key.name] = max(ages[key.name], age)
    lines = [line for name in sorted(families) for line in _family(name, families[name])]
    return "".join(f"{line}\n" for line in (*lines, *_ages(ages)))


def _ages(ages: Mapping[str, float]) -> Iterator[str]:
    """The text format has times of values, but Prometheus keeps what has one for five minutes after it has gone."""
    if ages:
        yield f"# HELP {AGES} how long ago the oldest of a family's values was seen (s)"
        yield f"# TYPE {AGES} gauge"
    for name in sorted(ages):
        yield f'{AGES}{{series="{_metric(name)}"}} {ages[name]:.3f}'


def _metric(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_:]", "_", name)


def _family(name: str, values: Mapping[SeriesKey, float]) -> Iterator[str]:
    info, metric = info_of(name), PREFIX + _metric(name)
    yield f"# HELP {metric} {_escaped(f'{info.meaning} ({info.unit})', _HELP_ESCAPES)}"
    yield f"# TYPE {metric} gauge"
    for key in sorted(values):
        yield f"{metric}{_labels(key.labels)} {_number(values[key])}"


def _labels(labels: Sequence[tuple[str, str]]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value, _VALUE_ESCAPES)}"' for name, value in labels) + "}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(letter, letter) for letter in text)


def _number(value: float) -> str:
    if isnan(value):
        return "NaN"
    return ("+Inf" if value > 0 else "-Inf") if isinf(value) else repr(float(value))
