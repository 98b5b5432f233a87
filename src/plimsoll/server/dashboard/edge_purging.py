"""Purging by tag by hand: the form, and what it sends. A plain form, so that it works with anything."""

import os
from collections.abc import Hashable
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plimsoll.core.errors import PlimsollError
from plimsoll.edge.purge.wish import Kind, wish
from plimsoll.server.dashboard.forms import said_by
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.sheet import sheet
from plimsoll.server.dashboard.slots import part
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock
from plimsoll.server.reading.source import Source
from plimsoll.server.security import role_of
from plimsoll.workflows.edge_invalidating import purge_watched

EDGE: Final = "/?tab=edge"
_REACHES: Final = {"soft": "stale, and validated", "hard": "gone"}
_LOGIN: Final = "/login?next=/%3Ftab=edge"


def purging(reading: Reading, _: Place) -> Html:
    """The form, what was purged last, or how it is done without the right to do it here."""
    if not _can(reading):
        return Html("")
    last = reading.purged
    said = element("p", f"Asked at {clock(last[0])}: {last[1]}", role="status") if last else ""
    return part("Purge by tag", said, _form() if reading.may_change else _elsewhere(reading.may_change))


def purging_stamp(reading: Reading, _: Place) -> Hashable:
    return reading.purged, reading.may_change, _can(reading)


def _can(reading: Reading) -> bool:
    """Whether there is anything that could be purged."""
    return "edges" in reading.details or "edges" in reading.states or bool(reading.rows("purges"))


def _form() -> Html:
    given = element(
        "input", type="text", name="tags", id="purge-tags", required=True, maxlength=2_000,
        placeholder="order:42 org:*", title="order:42, order:* or table:public.orders; blanks between them",
    )  # fmt: skip
    label = element("label", element("span", "Tags, with blanks between"), given)
    options = (element("option", shown, value=name) for name, shown in _REACHES.items())
    reach = element("label", element("span", "What they find is then"), element("select", *options, name="reach"))
    button = element("button", "Purge at edges and CDNs", type="submit", class_="copy", id="purge")
    return element("form", label, reach, button, method="post", action="/edges/purge", class_="form")


def _elsewhere(may: bool | None) -> Html:
    command = element("code", "plimsoll edge purge --tag order:42")
    enter = (
        joined(", or ", element("a", "enter the admin token", href=_LOGIN))
        if may is False
        else joined(", or state ", element("code", "admin_token"), " in [monitor.server] of plimsoll.toml")
    )
    return element("p", "To purge by tag: ", command, enter, ".", class_="empty")


def add_edge_form(app: FastAPI, source: Source) -> None:
    """The route. It is for a browser of the admin; programs have the API."""
    router = APIRouter(include_in_schema=False)

    @router.post("/edges/purge")
    async def purge(request: Request) -> Response:
        back = element("p", element("a", "Back to the edge", href=EDGE))
        if role_of(request) != "admin":
            return sheet("Only with the admin token", back, status=403)
        said = await said_by(request)
        watch = source.watch
        try:
            wishes = [wish(Kind.TAG, one, hard=said.get("reach") == "hard") for one in said.get("tags", "").split()]
            done = await purge_watched(watch.target, watch.request.settings.monitor.edges, os.environ, wishes)
        except PlimsollError as error:
            remedy = element("p", error.remedy) if error.remedy else ""
            return sheet("Nothing was purged", element("p", f"{error}."), remedy, back, status=422)
        source.note_purged(" ".join(one.what for one in done.wishes), done.providers)
        return RedirectResponse(EDGE, 303)

    app.include_router(router)
