"""The dashboard on a FastAPI app. NiceGUI keeps its pages for a whole process: one dashboard in each."""

from typing import Final

from fastapi import FastAPI, Request
from nicegui import Client, core, ui
from nicegui import app as pages
from nicegui.translations import translations
from starlette.responses import Response

from plimsoll.report.analysis.html import style as analysis_style
from plimsoll.report.tuning.html import style as tuning_style
from plimsoll.server.dashboard.assets import asset
from plimsoll.server.dashboard.cache_dropping import add_cache_form
from plimsoll.server.dashboard.door import Door, no_such_page
from plimsoll.server.dashboard.edge_purging import add_edge_form
from plimsoll.server.dashboard.forms import add_forms
from plimsoll.server.dashboard.page import EVERY_S, DashboardPage, look_for
from plimsoll.server.dashboard.place import place_of
from plimsoll.server.dashboard.reports import add_reports
from plimsoll.server.dashboard.said import guard_socket
from plimsoll.server.dashboard.scaling_forms import add_scaling_forms
from plimsoll.server.dashboard.tuning_forms import add_tuning_forms
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.live.hub import Hub
from plimsoll.server.reading.source import Source
from plimsoll.server.security import Access, role_of
from plimsoll.server.state import Served
from plimsoll.server.tunings.seen import Tunings
from plimsoll.workflows.watch import Watch

RECONNECT_S: Final = 10.0  # for so long a browser's page is kept after its connection broke
PAGES_MAX: Final = 100  # each holds some 300 kB; beyond it pages are answered 503
PAGES_SPARED: Final = 20  # so many are kept for a minute, whether a browser comes back or not
UNSEEN_S: Final = 10.0  # a browser connects within a second: a page without a connection was built for nobody
BINDING_S: Final = 60.0  # we bind nothing: what looks for changes may sleep
_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none"'
    ' stroke="#0072b2" stroke-width="2"/><path d="M0 8h16" stroke="#0072b2" stroke-width="2"/></svg>'
)
_GONE: Final = {
    "connection_lost": "The connection to plimsoll watch is lost: what stands here is of then.",
    "trying_to_reconnect": "Trying again…",
}


def mount_dashboard(app: FastAPI, watch: Watch, keeper: Doorkeeper, *, secure: bool = False) -> None:
    """Serves the pages at "/". To be called once the routes of the app itself are there: they come first."""
    served: Served = app.state.served
    source = Source(watch, served.analyses, Tunings(served.tuner, served.tunings))
    add_forms(app, source, keeper, secure=secure)
    add_tuning_forms(app, source)
    add_cache_form(app, source)
    add_scaling_forms(app, source)
    add_edge_form(app, source)
    add_reports(app, watch.request.runs_root)

    @ui.page("/", response_timeout=10.0)
    async def dashboard(request: Request) -> None:
        place = place_of(request.url.query)
        await look_for(source, place)
        ui.add_css(f"{asset('page.css')}{analysis_style()}{tuning_style()}")
        ui.add_head_html(f"<script>{asset('page.js')}</script>")
        page = DashboardPage(source, place, may_change(request, keeper.access))
        ui.timer(EVERY_S, page.tick)

    @pages.exception_handler(404)
    async def missing(request: Request, _: Exception) -> Response:  # of a file; the framework would build a page for it
        return no_such_page(request.url.path)

    translations["en-US"] |= _GONE
    # A browser that comes back after a break loads the page anew: kept messages would be old charts, and memory.
    ui.run_with(
        app, title="Plimsoll", favicon=_ICON, dark=None, language="en-US", tailwind=False, show_welcome_message=False,
        binding_refresh_interval=BINDING_S, reconnect_timeout=RECONNECT_S, message_history_length=0,
    )  # fmt: skip
    hub: Hub = app.state.hub
    hub.others = lambda: len(core.sio.eio.sockets)
    guard_socket(core.sio)
    pages.add_middleware(Door, has_room=has_room, is_full=lambda: hub.is_full)


def has_room() -> bool:
    """Whether one more page may be built. Where there are many, those that no browser came back to are given up."""
    if len(Client.instances) >= PAGES_SPARED:
        Client.prune_instances(client_age_threshold=UNSEEN_S)
    return len(Client.instances) < PAGES_MAX


def may_change(request: Request, access: Access) -> bool | None:
    """Whether this browser may; None where nobody may, for want of an admin token."""
    return None if access.admin is None else role_of(request) == "admin"
