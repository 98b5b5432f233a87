"""The curve of a load line as one Plotly figure: latency, and what was served, over the rate that was asked for."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.goal import TOTAL, parse_goal
from plimsoll.core.load_line import LineStep, LoadLine, Outcome
from plimsoll.core.units import format_ms, format_rate
from plimsoll.report.axes import linear_ticks, plain_axis, value_axis
from plimsoll.report.figures import COLOURS, CONFIG, FOOT_PX, HEAD_PX, Figure, plain_layout
from plimsoll.report.load_line.words import OUTCOMES
from plimsoll.report.panels import Colour, Dash, Limit, Line, Panel

SYMBOLS: Final[dict[Outcome, str]] = {"held": "circle", "failed": "x", "no evidence": "circle-open"}
BAND: Final = "rgba(216,58,52,0.16)"
ROOM: Final = 1.12  # right of the highest rate: on a phone half a tick's word, which is else left out
TICKS: Final = 5  # their words lie side by side on a phone, too
GOALS_DRAWN: Final = 3


def in_order(line: LoadLine) -> list[LineStep]:
    """The steps by rate, as they are drawn and listed."""
    return sorted(line.steps, key=lambda step: (step.rate_per_s, step.number))


def panels_of(line: LoadLine) -> list[Panel]:
    steps = in_order(line)
    times = [
        _line("p50", "latency", "dot", [step.p50_ms for step in steps]),
        _line("p95", "latency", "solid", [step.p95_ms for step in steps]),
        _line("p99", "latency", "dash", [step.p99_ms for step in steps]),
    ]
    served = [
        _line("served", "load", "solid", [step.achieved_per_s for step in steps]),
        _line("asked for", "asked", "dash", [step.rate_per_s for step in steps]),
    ]
    return [
        Panel("Latency, log axis", 260, times, format_ms, log=True, limits=_limits(line)),
        Panel("Journeys per second", 200, served, format_rate),
    ]


def _line(word: str, colour: Colour, dash: Dash, values: Sequence[float | None]) -> Line:
    return Line(word, colour, dash, values)


def _limits(line: LoadLine) -> list[Limit]:
    """The goals of latency over everything; the others have no place on its axis."""
    missed = {broken.expression for broken in line.broke if broken.scope == TOTAL}
    found = []
    for text in line.goals:
        try:
            goal = parse_goal(text)
        except UsageError:
            continue
        if goal.scope == TOTAL and goal.metric.subject == "latency" and goal.limit > 0:
            found.append(Limit(f"goal {goal.expression}", goal.limit, goal.expression in missed))
    return found[:GOALS_DRAWN]


def curve_figure(line: LoadLine) -> Figure:
    """There must be a step."""
    steps, panels = in_order(line), panels_of(line)
    height = sum(panel.height_px + HEAD_PX for panel in panels) + FOOT_PX
    layout = plain_layout(height) | {"hovermode": "closest", "xaxis": _rates(steps), "shapes": [], "annotations": []}
    data: list[dict[str, Any]] = []
    heads, top, inner = [], 0, height - FOOT_PX
    for number, panel in enumerate(panels, 1):
        heads.append(top)
        bottom = top + HEAD_PX + panel.height_px
        axis = "y" if number == 1 else f"y{number}"
        domain = [max(0.0, 1 - bottom / inner), 1 - (top + HEAD_PX) / inner]
        layout[f"yaxis{'' if number == 1 else number}"] = value_axis(panel) | {"domain": domain}
        data += [_trace(one, panel.say, steps, axis) for one in panel.lines]
        layout["shapes"] += [*_load_line(line, axis), *(_limit(limit, axis) for limit in panel.limits)]
        layout["annotations"] += [_limit_word(limit, axis) for limit in panel.limits]
        top = bottom
    return Figure({"data": data, "layout": layout, "config": CONFIG}, height, heads)


def _rates(steps: Sequence[LineStep]) -> dict[str, Any]:
    """The axis across, below the last panel, whose own axis says the 0 that both begin with."""
    high = max(step.rate_per_s for step in steps)
    ticks = linear_ticks(high, at_most=TICKS)
    said = [format_rate(tick) if tick else "" for tick in ticks]
    return plain_axis() | {
        "range": [0, high * ROOM],
        "tickvals": ticks,
        "ticktext": said,
        "tickangle": 0,
        "anchor": "y2",
    }


def _trace(line: Line, say: Callable[[float | None], str], steps: Sequence[LineStep], axis: str) -> dict[str, Any]:
    said = [
        f"{format_rate(step.rate_per_s)}: {line.word} {say(value)}, {OUTCOMES[step.outcome]}"
        for step, value in zip(steps, line.values, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines" if line.word == "asked for" else "lines+markers",
        "x": [step.rate_per_s for step in steps],
        "y": list(line.values),
        "yaxis": axis,
        "line": {"color": COLOURS[line.colour], "dash": line.dash, "width": 2 if line.dash == "solid" else 1.5},
        "marker": {"symbol": [SYMBOLS[step.outcome] for step in steps], "size": 8, "color": COLOURS[line.colour]},
        "customdata": said,
        "hovertemplate": "%{customdata}<extra></extra>",
        "connectgaps": False,
    }


def _load_line(line: LoadLine, axis: str) -> list[dict[str, Any]]:
    """A line at the rate that held, and a band to the lowest that did not."""
    if line.rate_per_s is None:
        return []
    ends = {"yref": f"{axis} domain", "y0": 0, "y1": 1, "xref": "x"}
    shapes = [
        {"type": "line", **ends, "x0": line.rate_per_s, "x1": line.rate_per_s, "line": {"color": "#009E73", "width": 2}}
    ]
    if line.failed_per_s is not None:
        band = {"x0": line.rate_per_s, "x1": line.failed_per_s, "fillcolor": BAND, "line": {"width": 0}}
        shapes.insert(0, {"type": "rect", **ends, "layer": "below", **band})
    return shapes


def _limit(limit: Limit, axis: str) -> dict[str, Any]:
    colour = COLOURS["failing" if limit.missed else "asked"]
    ends = {"xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": limit.value, "y1": limit.value}
    return {"type": "line", **ends, "line": {"color": colour, "width": 1}}


def _limit_word(limit: Limit, axis: str) -> dict[str, Any]:
    return {
        "xref": "paper", "x": 0, "xanchor": "left", "xshift": 4, "yref": axis, "yanchor": "bottom",
        "y": math.log10(limit.value), "showarrow": False, "text": limit.word.replace("<", "&lt;"), "font": {"size": 11},
    }  # fmt: skip
