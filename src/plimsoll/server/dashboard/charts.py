"""Panels as ECharts options, and as words for who does not see them. Colours are names of the page's style."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import log10
from typing import Any, Final

from plimsoll.core.observation import Event
from plimsoll.core.series.info import Unit
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.server.dashboard.columns import Columns, columns, distance, peaks
from plimsoll.server.dashboard.panels import Colour, Line, Panel
from plimsoll.server.reading.reading import Limit
from plimsoll.server.reading.say import clock, value

LINES_MAX: Final = 7  # more cannot be told apart; the rest is summed up where a sum means something
NOW_S: Final = 12.0  # what is no older than this, or than so many looks, is so now
NOW_LOOKS: Final = 3
NOW_S_ALONE: Final = 40.0  # of a single point, which tells no pace
NOW_STEPS: Final = 3
MARKS_MAX: Final = 30  # of a chart: the newest
_COLOURS: Final[Sequence[Colour]] = ("database", "sky", "system", "load", "latency", "yellow", "grey")
_DASHES: Final = ("solid", "dashed", "dotted")
_MEANT: Final[Mapping[str, Colour]] = {
    "CPU": "database", "IO": "sky", "Lock": "latency", "LWLock": "system", "Client": "grey",
    "user": "system", "system": "load", "iowait": "latency", "softirq": "database", "steal": "yellow", "nice": "grey",
    "irq": "sky", "tcp": "system", "tcp_time_wait": "latency",
    "active": "database", "idle": "grey", "idle in transaction": "latency", "other": "grey",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel at one moment: the lines with their values, in the unit `unit` after division by `scale`.

    `latest` is the newest value of each, None where it is not of now.
    """

    panel: Panel
    lines: Sequence[Line]
    columns: Columns
    unit: Unit
    scale: float
    axis: str
    latest: Mapping[SeriesKey, float | None]

    @property
    def is_whole(self) -> bool:
        """Whether it counts things, of which there is no half."""
        values = (value for line in self.columns.lines for value in line if value)
        return self.unit == "count" and all(value == round(value) for value in values)

    @property
    def is_nothing(self) -> bool:
        return not any(value for line in self.columns.lines for value in line)


def keys_of(panel: Panel, known: Iterable[SeriesKey]) -> list[SeriesKey]:
    """The series that a panel asks for, of those that there are."""
    if panel.each:
        names = [line.key.name for line in panel.lines]
        found = [key for key in known if key.name in names and key.fits(key.name, panel.of)]
        return sorted(found, key=lambda key: (key.label(panel.each) or "", names.index(key.name)))
    if panel.split is None:
        there = set(known)
        return [line.key for line in panel.lines if line.key in there]
    name, label = panel.split
    return sorted(key for key in known if key.fits(name, panel.of) and key.label(label) is not None)


def drawn(
    panel: Panel, windows: Sequence[SeriesWindow], start_s: float, end_s: float, lost_s: float | None = None
) -> Drawn | None:
    """None where nothing was measured in the window. `lost_s`: what was seen up to then is not of now."""
    full = _telling(panel, [window for window in windows if len(window.times)])
    if not full:
        return None
    peak = peaks(full[0], start_s, end_s) if panel.peak else None
    full = [*full, peak] if peak is not None else full
    laid = columns(full, start_s, end_s)
    lines, values = _at_most(panel, _lines_of(panel, [window.key for window in full]), laid.lines)
    unit = full[0].info.unit
    largest = max((abs(one) for line in values for one in line if one is not None), default=0.0)
    scale, axis = _axis(unit, largest)
    latest = {window.key: _latest(window, end_s, lost_s) for window in full}
    return Drawn(panel, lines, Columns(laid.step_s, laid.times, values), unit, scale, axis, latest)


def _latest(window: SeriesWindow, end_s: float, lost_s: float | None) -> float | None:
    at = window.times[-1]
    if lost_s is not None and at <= lost_s:
        return None
    fresh_s = max(NOW_S, NOW_LOOKS * distance(window)) if len(window.times) > 1 else NOW_S_ALONE
    return window.mean[-1] if end_s - at <= fresh_s else None


def _telling(panel: Panel, windows: Sequence[SeriesWindow]) -> Sequence[SeriesWindow]:
    """Of many lines those that are not nothing all the time; one at least."""
    if panel.split is None:
        return windows
    return [window for window in windows if any(window.mean)] or windows[:1]


def option(
    one: Drawn, start_s: float, end_s: float, limits: Sequence[Limit] = (), events: Sequence[Event] = ()
) -> dict[str, Any]:
    """What ECharts draws. Small: lines are columns of one table."""
    source = [[_local_ms(at) for at in one.columns.times], *(_rounded(line, one) for line in one.columns.lines)]
    series = [_series(one, index, colour) for index, colour in enumerate(colours_of(one))]
    if series:
        series[0]["markLine"] = _marks(one, limits, events, start_s)
    return {
        "animation": False,
        "useUTC": True,  # the times are shifted to the machine's zone, so that charts and texts say the same
        "aria": {"enabled": True, "label": {"description": summary(one)}},
        "grid": {"left": 56, "right": 12, "top": 10, "bottom": 22},
        "tooltip": _tooltip(),
        "xAxis": _time_axis(start_s, end_s),
        "yAxis": _value_axis(one),
        "dataset": {"sourceHeader": False, "source": source},
        "series": series,
    }


def summary(one: Drawn) -> str:
    """The chart in a sentence."""
    return f"{one.panel.title}. {'; '.join(_line_words(one, index) for index in range(len(one.lines)))}."


def newest(one: Drawn, index: int) -> float | None:
    """The newest value; None where it is of a while ago: what has ended has no value now."""
    key = one.lines[index].key
    if key in one.latest or all(latest is None for latest in one.latest.values()):
        return one.latest.get(key)
    return next((value for value in reversed(one.columns.lines[index][-NOW_STEPS:]) if value is not None), None)


def colours_of(one: Drawn) -> list[str]:
    """A colour for each line: its own where it has a meaning, else one that no other line of the panel has."""
    meant = [line.colour or _MEANT.get(line.label) for line in one.lines]
    free = [colour for colour in (one.panel.colour, *_COLOURS) if colour not in meant]
    spare = iter(dict.fromkeys(free))
    return [f"var(--{colour or next(spare, 'grey')})" for colour in meant]


def dash_of(one: Panel, index: int) -> str:
    """Lines differ by more than their colour."""
    return "solid" if one.stacked else _DASHES[index % len(_DASHES)]


def _line_words(one: Drawn, index: int) -> str:
    known = [
        (each, at) for each, at in zip(one.columns.lines[index], one.columns.times, strict=True) if each is not None
    ]
    if not known:
        return f"{one.lines[index].label}: nothing measured"
    (low, _), (high, at) = min(known), max(known)
    now, least, most = (value(each, one.unit) for each in (newest(one, index), low, high))
    return f"{one.lines[index].label}: now {now}, lowest {least}, highest {most} at {clock(at)}"


def _lines_of(panel: Panel, keys: Sequence[SeriesKey]) -> Sequence[Line]:
    lines = [_line_of(panel, key) for key in keys]
    if not panel.within or len({key.label(panel.within) for key in keys}) < 2:
        return lines
    named = [replace(line, label=f"{line.key.label(panel.within)}: {line.label}") for line in lines]
    return [replace(line, colour=None) for line in named] if panel.each else named


def _line_of(panel: Panel, key: SeriesKey) -> Line:
    named = next((line for line in panel.lines if line.key == key or (panel.each and line.key.name == key.name)), None)
    return (
        replace(named, key=key)
        if named
        else Line(key, (key.label(panel.split[1]) if panel.split else None) or key.name)
    )


def _at_most(
    panel: Panel, lines: Sequence[Line], values: Sequence[Sequence[float | None]]
) -> tuple[Sequence[Line], Sequence[Sequence[float | None]]]:
    """The weightiest lines, in an order that does not depend on their weights."""
    if len(lines) <= LINES_MAX:
        return lines, values
    by_weight = sorted(range(len(lines)), key=lambda index: -sum(abs(one or 0.0) for one in values[index]))
    kept, rest = sorted(by_weight[: LINES_MAX - 1]), by_weight[LINES_MAX - 1 :]
    chosen, numbers = [lines[index] for index in kept], [values[index] for index in kept]
    if not panel.stacked:
        return chosen, numbers
    other = Line(SeriesKey(lines[0].key.name), f"{len(rest)} more", "grey")
    return [*chosen, other], [*numbers, _summed([values[index] for index in rest])]


def _summed(lines: Sequence[Sequence[float | None]]) -> list[float | None]:
    return [
        sum(one for one in step if one is not None) if any(one is not None for one in step) else None
        for step in zip(*lines, strict=True)
    ]


def _axis(unit: Unit, largest: float) -> tuple[float, str]:
    """What values are divided by, and the unit that the axis then has."""
    if unit in ("bytes", "bytes/s"):
        power = next((power for power in (4, 3, 2, 1) if largest >= 1024**power), 0)
        return 1024.0**power, ("B", "KiB", "MiB", "GiB", "TiB")[power] + unit.removeprefix("bytes")
    if unit == "ms" and largest >= 2000:
        return 1000.0, "s"
    return 1.0, {"percent": "%", "1/s": "/s", "count": ""}.get(unit, unit)


def _local_ms(at_s: float) -> int:
    """Milliseconds that, read as UTC, are the time of the machine's zone. An hour is told twice when clocks go back."""
    offset = datetime.fromtimestamp(at_s).astimezone().utcoffset()
    return round((at_s + (offset.total_seconds() if offset else 0.0)) * 1000)


def _rounded(line: Sequence[float | None], one: Drawn) -> list[float | None]:
    """Four digits: more is not to be seen. Nothing has a place on a scale of logarithms."""
    return [None if each is None or (one.panel.log and each <= 0) else _short(each / one.scale) for each in line]


def _short(number: float) -> float:
    return round(number, 3 - int(log10(abs(number)))) if abs(number) >= 1e-6 else 0.0


def _series(one: Drawn, index: int, colour: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "type": "line",
        "name": one.lines[index].label,
        "seriesLayoutBy": "row",
        "encode": {"x": 0, "y": index + 1},
        "showSymbol": sum(each is not None for each in one.columns.lines[index]) == 1,  # else a point is not seen
        "symbolSize": 4,
        "connectNulls": False,
        "emphasis": {"disabled": True},
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 1.5, "type": dash_of(one.panel, index)},
    }
    if one.panel.stacked:
        drawn |= {
            "stack": "all",
            "areaStyle": {"color": colour, "opacity": 0.75},
            "lineStyle": {"color": colour, "width": 0.5},
        }
    return drawn


def _marks(one: Drawn, limits: Sequence[Limit], events: Sequence[Event], start_s: float) -> dict[str, Any]:
    bars = [_bar(limit, one) for limit in limits if limit.series == one.panel.limit]
    marks = [_mark(event) for event in events if event.at_s >= start_s][-MARKS_MAX:]
    return {"silent": True, "symbol": "none", "animation": False, "data": [*bars, *marks]}


def _bar(limit: Limit, one: Drawn) -> dict[str, Any]:
    style = {"color": limit_colour(limit), "width": 1, "type": "dashed"}
    return {"yAxis": limit.at / one.scale, "label": {"show": False}, "lineStyle": style}


def limit_colour(limit: Limit) -> str:
    return "var(--bad)" if limit.severity == "critical" else "var(--doubt)"


def _mark(event: Event) -> dict[str, Any]:
    return {
        "xAxis": _local_ms(event.at_s),
        "label": {"show": False},
        "lineStyle": {"color": "var(--ink)", "width": 1, "type": "dotted", "opacity": 0.7},
    }


def _tooltip() -> dict[str, Any]:
    return {
        "trigger": "axis",
        "confine": True,
        "transitionDuration": 0,
        "backgroundColor": "var(--page)",
        "borderColor": "var(--rule)",
        "padding": [4, 8],
        "textStyle": {"color": "var(--ink)", "fontSize": 12},
        "axisPointer": {"animation": False, "lineStyle": {"color": "var(--soft)"}},
    }


def _time_axis(start_s: float, end_s: float) -> dict[str, Any]:
    return {
        "type": "time",
        "min": _local_ms(start_s),
        "max": _local_ms(end_s),
        "axisLine": {"lineStyle": {"color": "var(--rule)"}},
        "axisTick": {"show": False},
        "axisLabel": {"color": "var(--soft)", "fontSize": 11, "hideOverlap": True},
        "splitLine": {"show": False},
    }


def _value_axis(one: Drawn) -> dict[str, Any]:
    top = one.panel.y_max or (1.0 if one.is_nothing else None)  # else an axis of hundredths of nothing
    said = f"{{value}} {one.axis}".rstrip()
    axis: dict[str, Any] = {
        "type": "log" if one.panel.log else "value",
        "min": None if one.panel.log else 0,
        "max": None if one.panel.log else top,
        "interval": top / 4 if top and top > 1 else top,
        "minInterval": 1 if one.is_whole else None,
        "splitNumber": 3,
        "axisLabel": {"color": "var(--soft)", "fontSize": 11, "formatter": said, "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": "var(--rule)", "width": 1}},
    }
    return {name: stated for name, stated in axis.items() if stated is not None}
