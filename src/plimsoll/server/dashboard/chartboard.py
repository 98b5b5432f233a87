"""The charts of a tab in one browser: made when there is something to draw, then given new data only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nicegui import ui

from plimsoll.server.dashboard.charts import Drawn, colours_of, dash_of, drawn, keys_of, limit_colour, newest, option
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.panels import Panel
from plimsoll.server.dashboard.place import Place
from plimsoll.server.reading.reading import Limit, Reading
from plimsoll.server.reading.say import value
from plimsoll.server.reading.source import Source

EVERY_S: Final = 5.0
POINTS: Final = 300
_NOTHING: Final = "Nothing to draw in this window yet."


@dataclass
class _Cell:
    """A panel's place on the page."""

    panel: Panel
    box: ui.element
    head: ui.html
    chart: ui.echart | None = None


class ChartBoard:
    """Made within the element that it stands in."""

    def __init__(self, source: Source, panels: Sequence[Panel]) -> None:
        self._source = source
        self._due = 0.0
        self._cells = [_cell(panel) for panel in panels]
        self._empty = ui.label(_NOTHING).classes("empty")

    async def refresh(self, reading: Reading, place: Place, *, at_once: bool = False) -> None:
        """Draws anew where it is time: the longer the window, the less there is to see of a few seconds."""
        if not at_once and reading.now_s < self._due:
            return
        self._due = reading.now_s + max(EVERY_S, place.window_s / POINTS)
        found = [await self._drawn(cell.panel, reading, place) for cell in self._cells]
        for cell, one in zip(self._cells, found, strict=True):
            self._draw(cell, one, reading, place)
        self._empty.set_visibility(not any(found))

    async def _drawn(self, panel: Panel, reading: Reading, place: Place) -> Drawn | None:
        keys = keys_of(panel, self._source.keys(reading, place.statement))
        end = reading.now_s
        windows = await self._source.windows(keys, end - place.window_s, end)
        lost_s = reading.lost_s(keys[0].name, keys[0].label("served") or "") if keys else None
        return drawn(panel, windows, end - place.window_s, end, lost_s)

    def _draw(self, cell: _Cell, one: Drawn | None, reading: Reading, place: Place) -> None:
        cell.box.classes(add="gone" if one is None else "", remove="" if one is None else "gone")
        if one is None:
            return
        cell.head.set_content(head_html(one, reading.limits))
        shown = option(one, reading.now_s - place.window_s, reading.now_s, reading.limits, reading.events)
        if cell.chart is not None:
            cell.chart.run_chart_method("setOption", shown, {"replaceMerge": ["series"]})
            return
        with cell.box:
            cell.chart = ui.echart(shown, renderer="svg").classes("chart")
        ui.run_javascript(f"join({cell.chart.id})")


def head_html(one: Drawn, limits: Sequence[Limit] = ()) -> Html:
    """Title and keys, each with its value now: what a chart says to who does not see it stands in its description."""
    keys = [_key(one, index, colour) for index, colour in enumerate(colours_of(one))]
    keys += [_limit(limit, one) for limit in limits if limit.series == one.panel.limit]
    log = " (scale of logarithms)" if one.panel.log else ""
    return joined(element("h3", one.panel.title, log), element("ul", *keys, class_="keys"))


def _key(one: Drawn, index: int, colour: str) -> Html:
    line = one.lines[index]
    shape = "shade" if one.panel.stacked else dash_of(one.panel, index)
    now = element("b", value(newest(one, index), one.unit))
    return element("li", f"{line.label} ", now, class_=shape, style=f"--line:{colour}")


def _limit(limit: Limit, one: Drawn) -> Html:
    words = f"{limit.severity} {'above' if limit.above else 'below'} {value(limit.at, one.unit)} {one.panel.limit_of}"
    return element("li", words.rstrip(), class_="dashed", style=f"--line:{limit_colour(limit)}")


def _cell(panel: Panel) -> _Cell:
    with ui.element("section").classes("panel gone").props(f'aria-label="{panel.title}"') as box:
        head = ui.html("", sanitize=False)
    return _Cell(panel, box, head)
