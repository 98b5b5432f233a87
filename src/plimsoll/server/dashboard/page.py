"""One browser's page: it is built once, then only what changed is sent, and nothing while nobody looks."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from plimsoll.server.dashboard.analysis import chosen
from plimsoll.server.dashboard.chartboard import ChartBoard
from plimsoll.server.dashboard.frame import seen_html, state_html, tabs_html, themes_html, windows_html
from plimsoll.server.dashboard.markup import element
from plimsoll.server.dashboard.panels import panels_of
from plimsoll.server.dashboard.place import TABS, Place, place_of
from plimsoll.server.dashboard.scaling_served import settled
from plimsoll.server.dashboard.slots import Slot
from plimsoll.server.dashboard.tabs import SLOTS
from plimsoll.server.limits import Buckets
from plimsoll.server.reading.health import health
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.source import Source

EVERY_S: Final = 2.0
ASKED_PER_S: Final = 5.0  # how often a browser may go elsewhere: each time a page is written anew
ASKED_BURST: Final = 20.0
HELD_S_MAX: Final = 60.0  # a pointer that was left lying holds nothing still for longer


@dataclass
class _Part:
    """A slot on the page. `held_s` is since when it is pointed at."""

    slot: Slot
    shown: ui.html
    stamp: Hashable = None
    held_s: float | None = None


class DashboardPage:
    """Built within a page's function; `tick` is then called every `EVERY_S` seconds."""

    def __init__(self, source: Source, place: Place, may_change: bool | None) -> None:
        self._source = source
        self._may_change = may_change
        self._place = settled(place, source.read())
        self._hidden = False
        self._parts: list[_Part] = []
        self._charts: ChartBoard | None = None
        self._word = ""
        self._pace = Buckets(ASKED_PER_S, ASKED_BURST, clients_max=1)
        self._build_frame()
        self._build_tab(self._read())
        ui.run_javascript("theme(root.dataset.theme)")
        ui.on("goto", self._goto)
        ui.on("seen", self._seen)

    def _read(self) -> Reading:
        return replace(self._source.read(), may_change=self._may_change)

    def _build_frame(self) -> None:
        outer = ui.context.client.content.parent_slot
        if outer is not None:
            outer.parent.props("role=presentation")  # the framework takes all of the page for its main part
        ui.html('<a class="skip" href="#content">To the content</a>', sanitize=False)
        with ui.element("header").classes("bar"), ui.element("div"):
            with ui.element("div").classes("who"):
                ui.html(f"<b>Plimsoll</b> {_target(self._read())}", sanitize=False, tag="span")
                self._state = ui.html("", sanitize=False, tag="span").classes("state").props("role=status")
                with ui.element("span").classes("right"):
                    self._age = ui.html("", sanitize=False, tag="span")
                    ui.html(themes_html(), sanitize=False, tag="span").classes("choice").props(
                        "role=group aria-label=Theme"
                    )
            with ui.element("div").classes("who"):
                self._tabs = ui.html("", sanitize=False, tag="nav").props('aria-label="Parts of the dashboard"')
                self._windows = (
                    ui.html("", sanitize=False, tag="nav").classes("choice windows").props("aria-label=Window")
                )
        self._main = ui.element("main").classes("frame").props("id=content tabindex=-1")

    def _build_tab(self, reading: Reading) -> None:
        """The parts of the place's tab, with what they say now."""
        self._main.clear()
        self._parts, self._charts = [], None
        with self._main:
            for slot in SLOTS[self._place.tab]:
                self._build_slot(slot)
        self._say(reading)

    def _build_slot(self, slot: Slot) -> None:
        if slot.say is None:
            wide = "" if self._place.tab == "overview" else " pairwise"
            with ui.element("div").classes(f"charts{wide}"):
                self._charts = ChartBoard(self._source, panels_of(self._place))
            return
        part = _Part(slot, ui.html("", sanitize=False).classes(f"slot{' holds' if slot.holds else ''}"))
        if slot.holds:
            self._listen(part)
        self._parts.append(part)

    def _listen(self, part: _Part) -> None:
        def hold(_: GenericEventArguments) -> None:
            part.held_s = self._read().now_s

        def release(_: GenericEventArguments) -> None:
            part.held_s = None

        for event in ("mouseenter", "focusin"):
            part.shown.on(event, hold, args=[])
        for event in ("mouseleave", "focusout"):
            part.shown.on(event, release, args=[])

    def _say(self, reading: Reading, *, anew: bool = False) -> None:
        """Every part that has something new to say, unless it is held still."""
        self._say_frame(reading)
        for part in self._parts:
            stamp = part.slot.stamp(reading, self._place)
            if part.slot.say is None or (not anew and (stamp == part.stamp or self._is_held(part, reading.now_s))):
                continue
            part.stamp = stamp
            part.shown.set_content(part.slot.say(reading, self._place))

    def _is_held(self, part: _Part, now_s: float) -> bool:
        return part.stamp is not None and part.held_s is not None and now_s - part.held_s < HELD_S_MAX

    def _say_frame(self, reading: Reading) -> None:
        self._state.set_content(state_html(reading))
        self._age.set_content(seen_html(reading))
        self._tabs.set_content(tabs_html(self._place))
        self._windows.set_content(windows_html(self._place))
        word = health(reading).word
        if word != self._word:
            self._word = word
            ui.page_title(f"{word} · {TABS[self._place.tab]} · Plimsoll")

    async def tick(self) -> None:
        """What is new. Nothing where nobody looks."""
        if self._hidden:
            return
        await self._look()
        reading = self._read()
        here = settled(self._place, reading)
        if here.board != self._place.board:  # the first that is served
            self._place = here
            self._build_tab(reading)
        self._say(reading)
        if self._charts is not None:
            await self._charts.refresh(reading, self._place)

    async def _look(self) -> None:
        """At what the place needs that is not watched all the time."""
        await look_for(self._source, self._place)

    async def _goto(self, event: GenericEventArguments) -> None:
        """To another place, as a link or the back button said."""
        asked: dict[str, Any] = event.args if isinstance(event.args, dict) else {}
        if self._pace.take("", time.monotonic()):
            return
        before, self._place = self._place, place_of(str(asked.get("query", "")))
        await self._look()
        reading = self._read()
        self._place = settled(self._place, reading)
        self._word = ""
        if before.board != self._place.board:
            self._build_tab(reading)
            ui.run_javascript("scrollTo(0, 0)")
        else:
            self._say(reading, anew=True)
        if self._charts is not None:
            await self._charts.refresh(reading, self._place, at_once=True)
        _focus(str(asked.get("id", "")))

    async def _seen(self, event: GenericEventArguments) -> None:
        self._hidden = isinstance(event.args, dict) and bool(event.args.get("hidden"))
        if not self._pace.take("", time.monotonic()):
            await self.tick()


async def look_for(source: Source, place: Place) -> None:
    """At the runs, and at the analysis of the one that is shown."""
    await source.look_at_runs(at_all=place.tab in ("load", "analysis"))
    if place.tab == "analysis":
        await source.look_at_analysis(chosen(source.read(), place))
    if place.tab == "tuning":
        await source.look_at_tunings(place.tuning)


def _focus(name: str) -> None:
    """What was followed keeps the focus, though it was written anew."""
    if name.replace("-", "").replace("_", "").isalnum() and name.isascii():
        ui.run_javascript(f'document.getElementById("{name}")?.focus({{preventScroll: true}})')


def _target(reading: Reading) -> str:
    return element("span", reading.target, class_="soft")
