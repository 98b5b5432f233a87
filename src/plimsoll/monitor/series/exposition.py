"""The newest values in the text format of Prometheus (0.0.4), for a company's own store."""

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
PERIODS_MAX: Final = 3.0  # a series that is seldom told is not stale before so many of its own periods
_VALUE_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
_HELP_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n"}


def render_metrics(recent: Recent, now_s: float, stale_after_s: float) -> str:
    """Every series of which something was told within `stale_after_s`, or within three of its own periods."""
    families: dict[str, dict[SeriesKey, float]] = defaultdict(dict)
    for key in recent.keys():  # noqa: SIM118  # it is no mapping
        value = _fresh_value(recent, key, now_s, stale_after_s)
        if value is not None:
            families[key.name][key] = value
    return "".join(f"{line}\n" for name in sorted(families) for line in _family(name, families[name]))


def _fresh_value(recent: Recent, key: SeriesKey, now_s: float, stale_after_s: float) -> float | None:
    last, period_s = recent.last(key), recent.period_s(key)
    if last is None or now_s - last[0] > max(stale_after_s, PERIODS_MAX * period_s):
        return None
    return last[1]


def _family(name: str, values: Mapping[SeriesKey, float]) -> Iterator[str]:
    info, metric = info_of(name), PREFIX + re.sub(r"[^a-zA-Z0-9_:]", "_", name)
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
