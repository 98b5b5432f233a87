"""Axes of a panel as Plotly wants them: their ranges and round ticks, and the heights of what is stacked."""

import math
from collections.abc import Sequence
from typing import Any, Final

from plimsoll.report.panels import Line, Panel

RULE: Final = "rgba(128,128,128,0.9)"
GRID: Final = "rgba(128,128,128,0.2)"
TICK_PX: Final = 26  # a label on a logarithmic axis wants so much
_TIMES: Final = ("%M:%S", "%H:%M:%S", "day %-d, %H:%M")  # up to an hour, a day, more
ACROSS: Final = {
    "showspikes": True, "spikemode": "across", "spikesnap": "data", "spikethickness": 1, "spikedash": "solid",
    "spikecolor": RULE, "ticks": "outside", "ticklen": 7, "tickcolor": GRID,
}  # fmt: skip
# Times are drawn as dates that begin with this year, so that zooming in finds good ticks by itself. (1970 will not do:
# Plotly takes the numbers below 10,000 for years.)
_ZERO_MS: Final = 978_307_200_000


def plain_axis() -> dict[str, Any]:
    return {"gridcolor": GRID, "zeroline": False, "showline": False, "fixedrange": True}


def value_axis(panel: Panel) -> dict[str, Any]:
    drawn = tops_of(panel.lines) if panel.stacked else [line.values for line in panel.lines]
    values = [value for line in drawn for value in line if value is not None]
    values += [limit.value for limit in panel.limits]
    if panel.log:
        low, high = max(0.001, min(values, default=1.0)), max(values, default=1.0)
        low, high = low / 1.15, max(high, low * 2) * 1.25
        ticks = log_ticks(low, high, at_most=max(2, panel.height_px // TICK_PX))
        axis = {"type": "log", "range": [math.log10(low), math.log10(high)]}
    else:
        high = max(values, default=0.0) or 1.0
        ticks = linear_ticks(high, at_most=max(2, panel.height_px // TICK_PX))
        axis = {"type": "linear", "range": [0, max(high * 1.06, ticks[-1])]}
    return plain_axis() | axis | {"tickvals": ticks, "ticktext": [_tick(panel, tick) for tick in ticks]}


def _tick(panel: Panel, value: float) -> str:
    said = panel.say(value)
    number, space, unit = said.partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + space + unit


def linear_ticks(high: float, *, at_most: int) -> list[float]:
    """0 and round numbers up to `high`: at most so many, at least two."""
    magnitude = 10.0 ** math.floor(math.log10(high))
    steps = (scale * factor for scale in (magnitude / 10, magnitude, magnitude * 10) for factor in (1, 2, 5))
    step = next(step for step in steps if high // step + 1 <= at_most)
    count = max(1, int(high // step))
    return [float(f"{at * step:.6g}") for at in range(count + 1)]


def log_ticks(low: float, high: float, *, at_most: int) -> list[float]:
    """Powers of ten between the ends, with 2 and 5 where there is room, or only every so manieth where there is not."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors, stride in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 4)):
        ticks = [factor * 10.0**power for power in powers if power % stride == 0 for factor in factors]
        inside = [float(f"{tick:.3g}") for tick in ticks if low <= tick <= high]
        if len(inside) <= at_most:
            return inside
    return inside


def tops_of(lines: Sequence[Line]) -> list[list[float | None]]:
    """The upper ends of stacked lines; a line of which nothing is known at a point, where others are, adds nothing."""
    tops: list[list[float | None]] = []
    columns = list(zip(*(line.values for line in lines), strict=True))
    known = [any(value is not None for value in column) for column in columns]
    sums = [0.0] * len(columns)
    for line in lines:
        sums = [total + (value or 0.0) for total, value in zip(sums, line.values, strict=True)]
        tops.append([total if is_known else None for total, is_known in zip(sums, known, strict=True)])
    return tops


def time_axis(times_s: Sequence[float], anchor: str) -> dict[str, Any]:
    half = (times_s[1] - times_s[0]) / 2 if len(times_s) > 1 else 0.5
    first_s, last_s = times_s[0] - half, times_s[-1] + half
    form = _TIMES[0] if last_s <= 3600 else _TIMES[1] if last_s <= 86_400 else _TIMES[2]
    return plain_axis() | {
        "type": "date",
        "anchor": anchor,
        "range": [at_ms(first_s), at_ms(last_s)],
        "tickformat": form,
        "tickformatstops": [{"dtickrange": [None, 999], "value": f"{form}.%L"}],  # zoomed in, or a very short run
        "hoverformat": f"{form} after the start",
        "nticks": 8,
        "fixedrange": False,
        **ACROSS,
    }


def at_ms(seconds: float) -> int:
    return _ZERO_MS + round(1000 * seconds)


def axis_trace(times_s: Sequence[float], number: int, axis: str) -> dict[str, Any]:
    """Draws nothing; an axis that no trace has is not shown."""
    ends = {"x": [at_ms(times_s[0]), at_ms(times_s[-1])], "y": [None, None], "xaxis": f"x{number}", "yaxis": axis}
    return {"type": "scatter", "mode": "lines", "hoverinfo": "skip", **ends}
