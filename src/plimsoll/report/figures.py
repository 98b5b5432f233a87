"""Panels as one Plotly figure: small multiples, stacked, with one time axis and one cursor through all of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from plimsoll.core.analysis import Stretch
from plimsoll.core.histogram import Histogram
from plimsoll.core.units import format_ms, format_share
from plimsoll.report.axes import ACROSS, at_ms, axis_trace, plain_axis, time_axis, tops_of, value_axis
from plimsoll.report.mark_lines import mark_line, mark_numbers
from plimsoll.report.panels import Colour, Dash, Limit, Line, Mark, Panel

# Okabe and Ito's blue, orange and reddish purple (https://jfly.uni-koeln.de/color/), the orange darkened: each has a
# contrast of at least 3 on white and on near-black, as WCAG 2.1 asks of lines.
COLOURS: Final[dict[Colour, str]] = {
    "load": "#0072B2", "latency": "#C27700", "database": "#009E73", "system": "#CC79A7", "failing": "#D83A34",
    "asked": "#808080", "io": "#3B8FC4", "lock": "#D55E00", "latch": "#B59A00", "ipc": "#8A6FBF", "idle": "#A9A9A9",
}  # fmt: skip
SHADE: Final = "rgba(128,128,128,0.12)"
PART: Final = "rgba(213,94,0,0.08)"  # of the run, that was analyzed
BANDS: Final = ("rgba(194,119,0,0.30)", "rgba(194,119,0,0.16)")  # latency, nearer the median the darker
STACK_OPACITY: Final = 0.7
HEAD_PX: Final = 56  # above each panel, for its words: they are HTML, so that they wrap
NUMBERS_PX: Final = 16  # above the first panel, for the numbers of the marks
FOOT_PX: Final = 34  # tick labels of the time axis
LABELS_EVERY: Final = 4  # panels have them, so that one need not scroll to read a time
LEFT_PX: Final = 64
RIGHT_PX: Final = 8
QUANTILE_POINTS: Final = 300
CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "responsive": True, "showTips": False, "doubleClick": "reset"}


@dataclass(frozen=True, slots=True)
class Figure:
    """Plotly's JSON, its height, and where each panel's words go (pixels from the top)."""

    plot: dict[str, Any]
    height_px: int
    heads_px: Sequence[int]


def time_figure(
    shown: Sequence[Panel],
    times_s: Sequence[float],
    marks: Sequence[Mark],
    warmup_end_s: float,
    started_at: str,
    stretch: Stretch | None = None,
) -> Figure:
    """`times_s` are the points' seconds since the start of the load; every line has a value for each.

    `stretch` is a part of them that is to be seen apart.
    """
    again = [number for number in range(LABELS_EVERY, len(shown), LABELS_EVERY) if len(shown) - number > 1]
    height = NUMBERS_PX + sum(panel.height_px + HEAD_PX for panel in shown) + FOOT_PX * (1 + len(again))
    inner = height - FOOT_PX
    data: list[dict[str, Any]] = [_clock_trace(times_s, started_at)]
    layout = plain_layout(height)
    layout["xaxis"] = time_axis(times_s, f"y{len(shown)}" if len(shown) > 1 else "y")
    layout["shapes"] = []
    layout["annotations"] = mark_numbers(marks, times_s)
    heads, top = [], 0
    numbers = NUMBERS_PX  # above the first panel
    for number, panel in enumerate(shown, 1):
        heads.append(top)
        bottom = top + HEAD_PX + numbers + panel.height_px
        axis = "y" if number == 1 else f"y{number}"
        layout[f"yaxis{'' if number == 1 else number}"] = value_axis(panel) | {
            "domain": [max(0.0, 1 - bottom / inner), 1 - (top + HEAD_PX + numbers) / inner]
        }
        data += _panel_traces(panel, [at_ms(time) for time in times_s], axis)
        layout["shapes"] += [
            *_shade(warmup_end_s, times_s, axis),
            *_part(stretch, axis),
            *(mark_line(mark, axis) for mark in marks),
        ]
        layout["annotations"] += [_limit_word(limit, panel, axis) for limit in panel.limits]
        top, numbers = bottom, 0
        if number in again:
            data.append(axis_trace(times_s, number, axis))
            layout[f"xaxis{number}"] = time_axis(times_s, axis) | {"matches": "x", "overlaying": "x"}
            top += FOOT_PX
    return Figure({"data": data, "layout": layout, "config": CONFIG}, height, heads)


def distribution_figure(latency: Histogram, service: Histogram) -> Figure:
    """Latency and service time by share of requests, the last per mille as wide as the first half."""
    curves = [*_curve("latency", latency, "latency", "solid"), *_curve("service time", service, "asked", "dash")]
    panel = Panel("", 280, [line for line, _ in curves], format_ms, log=True)
    layout = plain_layout(panel.height_px + FOOT_PX + HEAD_PX)
    layout["yaxis"] = value_axis(panel) | {"domain": [0, 1 - HEAD_PX / (panel.height_px + HEAD_PX)]}
    most = max((1 / (1 - shares[-1]) for _, shares in curves), default=10.0)
    ticks = [10.0**power for power in range(1, math.ceil(math.log10(most)) + 1) if 10.0**power <= most * 1.001]
    shown_at = [2.0, *ticks]
    layout["xaxis"] = plain_axis() | {
        "type": "log",
        "range": [-0.02 * math.log10(most), math.log10(most) * 1.02],
        "tickvals": shown_at,
        "ticktext": [_quantile_word(at) for at in shown_at],
        **ACROSS,
    }
    data = []
    for line, shares in curves:
        trace = _trace(line, [1 / (1 - share) for share in shares], "y", panel)
        trace["customdata"] = [
            f"{format_share(share)} at most {format_ms(value)}"
            for share, value in zip(shares, line.values, strict=True)
        ]
        data.append(trace)
    return Figure({"data": data, "layout": layout, "config": CONFIG}, panel.height_px + HEAD_PX + FOOT_PX, [0])


def _quantile_word(odds: float) -> str:
    """ "99.9 %" of 1,000: what one in 1,000 exceeds."""
    digits = max(0, round(math.log10(odds)) - 2)
    return f"{100 - 100 / odds:.{digits}f} %"


def _curve(word: str, histogram: Histogram, colour: Colour, dash: Dash) -> Iterable[tuple[Line, list[float]]]:
    """The line with the shares (0..1) its values belong to; nothing of an empty histogram."""
    if not histogram.count:
        return
    last = math.log10(2 * histogram.count)  # half a request from the end: the maximum
    shares = [1 - 10 ** (-last * at / QUANTILE_POINTS) for at in range(QUANTILE_POINTS + 1)]
    values = [max(0.001, (histogram.quantile_us(share) or 0) / 1000) for share in shares]
    yield Line(word, colour, dash, values), shares


# -- Plotly's words --------------------------------------------------------------------------------------------------


def plain_layout(height: int) -> dict[str, Any]:
    """Backgrounds are clear and the page's style sheet colours all text: dark, light and print are its affair."""
    return {
        "height": height,
        "margin": {"l": LEFT_PX, "r": RIGHT_PX, "t": 0, "b": FOOT_PX, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": "zoom",
    }


def _panel_traces(panel: Panel, xs: Sequence[float], axis: str) -> list[dict[str, Any]]:
    """Bands first, so that lines lie on them."""
    if panel.stacked:
        return _stack(panel, xs, axis)
    traces = [
        _band(xs, panel.lines[lower].values, panel.lines[upper].values, axis, fill)
        for (lower, upper), fill in zip(panel.bands, BANDS, strict=False)
    ]
    traces += [_trace(line, xs, axis, panel) for line in panel.lines]
    return traces + [_limit_line(limit, xs, axis) for limit in panel.limits]


def _stack(panel: Panel, xs: Sequence[float], axis: str) -> list[dict[str, Any]]:
    """Each line on those before it; the cursor says its own value. Where nothing is known of any, there is a gap."""
    traces: list[dict[str, Any]] = []
    floors: list[float | None] = [0.0] * len(xs)
    for line, tops in zip(panel.lines, tops_of(panel.lines), strict=True):
        fill = f"rgba({', '.join(str(part) for part in bytes.fromhex(COLOURS[line.colour][1:]))}, {STACK_OPACITY})"
        edge = _trace(Line(line.word, line.colour, "solid", tops), xs, axis, panel)
        said = [None if value is None else panel.say(value) for value in line.values]
        traces += [_band(xs, floors, tops, axis, fill), edge | {"customdata": said, "line": _edge(line.colour)}]
        floors = tops
    return traces


def _edge(colour: Colour) -> dict[str, Any]:
    return {"color": COLOURS[colour], "width": 1}


def _trace(line: Line, xs: Sequence[float], axis: str, panel: Panel) -> dict[str, Any]:
    trace = {
        "type": "scatter",
        "mode": "lines",
        **_across(xs),
        "y": [None if value is None else float(f"{value:.4g}") for value in line.values],
        "yaxis": axis,
        "line": {"color": COLOURS[line.colour], "dash": line.dash, "width": 2 if line.dash == "solid" else 1.5}
        | ({"shape": "hvh"} if panel.steps else {}),
        "connectgaps": False,
        "customdata": [None if value is None else panel.say(value) for value in line.values],
        "hovertemplate": f"{line.word} %{{customdata}}<extra></extra>",
    }
    alone = _alone(line.values)
    if any(alone):  # a line has no point where both neighbours are missing
        trace |= {"mode": "lines+markers", "marker": {"size": [5 if is_alone else 0 for is_alone in alone]}}
    return trace


def _across(xs: Sequence[float]) -> dict[str, Any]:
    """Points at equal distances as two numbers: thousands of them for each line would make up most of the page."""
    steps = {after - before for before, after in pairwise(xs)}
    return {"x0": xs[0], "dx": steps.pop()} if len(steps) == 1 else {"x": xs}


def _alone(values: Sequence[float | None]) -> list[bool]:
    around = [None, *values, None]
    return [
        value is not None and before is None and after is None
        for before, value, after in zip(around, values, around[2:], strict=False)
    ]


def _band(
    xs: Sequence[float], lower: Sequence[float | None], upper: Sequence[float | None], axis: str, fill: str
) -> dict[str, Any]:
    """A closed outline for each stretch without gaps."""
    band_x: list[float | None] = []
    band_y: list[float | None] = []
    stretch: list[tuple[float, float, float]] = []
    for x, low, high in [*zip(xs, lower, upper, strict=True), (0.0, None, None)]:
        if low is not None and high is not None:
            stretch.append((x, low, high))
        elif stretch:
            around = [(x, y) for x, y, _ in stretch] + [(x, y) for x, _, y in reversed(stretch)]
            band_x += [*(x for x, _ in around), None]
            band_y += [*(float(f"{y:.4g}") for _, y in around), None]
            stretch = []
    return {
        "type": "scatter", "mode": "lines", "x": band_x, "y": band_y, "yaxis": axis, "fill": "toself",
        "fillcolor": fill, "line": {"width": 0}, "hoverinfo": "skip",
    }  # fmt: skip


def _clock_trace(times_s: Sequence[float], started_at: str) -> dict[str, Any]:
    """Draws nothing; gives the cursor the time of day, with its zone."""
    trace: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": [], "y": [], "hoverinfo": "skip"}
    try:
        start = datetime.fromisoformat(started_at)
        said = [f"{start + timedelta(seconds=time):%Y-%m-%d %H:%M:%S %z}".strip() for time in times_s]
    except (ValueError, OverflowError):
        return trace
    return trace | {
        "x": [at_ms(time) for time in times_s],
        "y": [0] * len(times_s),
        "line": {"width": 0},
        "customdata": said,
        "hoverinfo": "all",
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _limit_line(limit: Limit, xs: Sequence[float], axis: str) -> dict[str, Any]:
    colour = COLOURS["failing" if limit.missed else "asked"]
    return {
        "type": "scatter", "mode": "lines", "x": [xs[0], xs[-1]], "y": [limit.value] * 2, "yaxis": axis,
        "line": {"color": colour, "width": 1}, "hoverinfo": "skip",
    }  # fmt: skip


def _limit_word(limit: Limit, panel: Panel, axis: str) -> dict[str, Any]:
    """At the left end, just above the line, where a rising load leaves room; Plotly reads < as a tag."""
    return {
        "xref": "paper", "x": 0, "xanchor": "left", "xshift": 4, "yref": axis, "yanchor": "bottom", "borderpad": 0,
        "y": math.log10(limit.value) if panel.log else limit.value, "showarrow": False,
        "text": limit.word.replace("&", "&amp;").replace("<", "&lt;"), "font": {"size": 11},
    }  # fmt: skip


def _shade(warmup_end_s: float, times_s: Sequence[float], axis: str) -> list[dict[str, Any]]:
    if not warmup_end_s:
        return []
    ends = {"x0": at_ms(min(0.0, times_s[0])), "x1": at_ms(warmup_end_s), "y0": 0, "y1": 1}
    return [
        {"type": "rect", "yref": f"{axis} domain", "layer": "below", "fillcolor": SHADE, "line": {"width": 0}, **ends}
    ]


def _part(stretch: Stretch | None, axis: str) -> list[dict[str, Any]]:
    """A band behind the lines."""
    if stretch is None:
        return []
    ends = {"x0": at_ms(stretch.start_s), "x1": at_ms(stretch.end_s), "y0": 0, "y1": 1}
    return [
        {"type": "rect", "yref": f"{axis} domain", "layer": "below", "fillcolor": PART, "line": {"width": 0}, **ends}
    ]
