"""The dashboard on a FastAPI app. NiceGUI keeps its pages for a whole process: one dashboard in each."""

from importlib import resources
from typing import Final

from fastapi import FastAPI, Request
from nicegui import ui

from plimsoll.server.dashboard.page import EVERY_S, DashboardPage
from plimsoll.server.dashboard.place import place_of
from plimsoll.server.dashboard.source import Source
from plimsoll.workflows.watch import Watch

RECONNECT_S: Final = 10.0  # for so long a browser's page is kept after its connection broke
BINDING_S: Final = 60.0  # we bind nothing: what looks for changes may sleep
_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none"'
    ' stroke="#0072b2" stroke-width="2"/><path d="M0 8h16" stroke="#0072b2" stroke-width="2"/></svg>'
)


def mount_dashboard(app: FastAPI, watch: Watch) -> None:
    """Serves the pages at "/". To be called once the routes of the app itself are there: they come first."""
    source = Source(watch)
    style, script = _asset("page.css"), _asset("page.js")

    @ui.page("/", response_timeout=10.0)
    def dashboard(request: Request) -> None:
        ui.add_css(style)
        ui.add_head_html(f"<script>{script}</script>")
        page = DashboardPage(source, place_of(request.url.query))
        ui.timer(EVERY_S, page.tick)

    # A browser that comes back after a break loads the page anew: kept messages would be old charts, and memory.
    ui.run_with(
        app, title="Plimsoll", favicon=_ICON, dark=None, language="en-US", tailwind=False, show_welcome_message=False,
        binding_refresh_interval=BINDING_S, reconnect_timeout=RECONNECT_S, message_history_length=0,
    )  # fmt: skip


def _asset(name: str) -> str:
    return resources.files("plimsoll.server.dashboard").joinpath(name).read_text(encoding="utf-8")
