"""Dropping tags by hand: the form, and what it sends. A plain form, so that it works with anything."""

from collections.abc import Hashable
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plimsoll.core.errors import PlimsollError
from plimsoll.core.tag_text import typed_tags
from plimsoll.server.dashboard.forms import said_by
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.sheet import sheet
from plimsoll.server.dashboard.slots import part
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock
from plimsoll.server.reading.source import Source
from plimsoll.server.security import role_of
from plimsoll.workflows.cache_reports import invalidate_watched

CACHE = "/?tab=cache"
# So that a browser says it in the form. A tag that ends in a comma is one that was put into a list.
_TAG: Final = r"[a-z][a-z0-9_\-]{0,39}:([^\s]*[^\s,])?"
_TYPED: Final = rf"\s*{_TAG}(\s+{_TAG})*\s*"


def dropping(reading: Reading, _: Place) -> Html:
    """The form, what was dropped last, or how it is done without the right to do it here."""
    found = reading.details.get("caches")
    if not reading.watches_database or found is None or found[1].get("missing"):
        return Html("")
    last = reading.dropped
    said = (
        element("p", f"Dropped {last[1]} at {clock(last[0])}, by transaction {last[2]}.{last[3]}", role="status")
        if last
        else ""
    )
    return part("Drop by tag", said, _form() if reading.may_change else _elsewhere(reading.may_change))


def dropping_stamp(reading: Reading, _: Place) -> Hashable:
    found = reading.details.get("caches")
    return reading.dropped, reading.may_change, found is None or bool(found[1].get("missing"))


def _form() -> Html:
    given = element(
        "input", type="text", name="tags", id="drop-tags", required=True, maxlength=2_000, placeholder="order:42 org:*",
        pattern=_TYPED, title="order:42, order:* or table:public.orders; blanks between them",
    )  # fmt: skip
    label = element("label", element("span", "Tags, with blanks between"), given)
    button = element("button", "Drop in all processes", type="submit", class_="copy", id="drop")
    return element("form", label, button, method="post", action="/caches/invalidate", class_="form")


def _elsewhere(may: bool | None) -> Html:
    command = element("code", "plimsoll cache invalidate order:42")
    enter = (
        joined(", or ", element("a", "enter the admin token", href="/login?next=/%3Ftab=cache"))
        if may is False
        else joined(", or state ", element("code", "admin_token"), " in [monitor.server] of plimsoll.toml")
    )
    return element("p", "To drop values by tag: ", command, enter, ".", class_="empty")


def add_cache_form(app: FastAPI, source: Source) -> None:
    """The route. It is for a browser of the admin; programs have the API."""
    router = APIRouter(include_in_schema=False)

    @router.post("/caches/invalidate")
    async def invalidate(request: Request) -> Response:
        back = element("p", element("a", "Back to the cache", href=CACHE))
        if role_of(request) != "admin":
            return sheet("Only with the admin token", back, status=403)
        try:
            tags = typed_tags((await said_by(request)).get("tags", "").split())
            done = await invalidate_watched(source.watch.target, tags)
        except PlimsollError as error:
            remedy = element("p", error.remedy) if error.remedy else ""
            return sheet("Nothing was dropped", element("p", f"{error}."), remedy, back, status=422)
        source.note_dropped(done.tags, done.xid, done.unwritten)
        return RedirectResponse(CACHE, 303)

    app.include_router(router)
