"""What the pages send: a token at the door, silences. Plain forms, so that they work with anything."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plimsoll.core.errors import PlimsollError
from plimsoll.core.units import parse_duration
from plimsoll.monitor.alerts.silences import make_silence
from plimsoll.server.analyses.look import run_of
from plimsoll.server.dashboard.markup import element
from plimsoll.server.dashboard.sheet import sheet
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.problems import Problem
from plimsoll.server.reading.source import Source
from plimsoll.server.security import COOKIE, COOKIE_S, Access, role_of

ALERTS: Final = "/?tab=alerts"
ANALYSES: Final = "/?tab=analysis"
Change = Callable[[Source, dict[str, str]], str]  # the place to go back to


def add_forms(app: FastAPI, source: Source, keeper: Doorkeeper, *, secure: bool = False) -> None:
    """The routes. Each is for a browser; programs have the API. With `secure` the cookie is for TLS only."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def ask(request: Request) -> Response:
        return _login(keeper.access, _local(request.query_params.get("next", "/")))

    @router.post("/login")
    async def enter(request: Request) -> Response:
        said = await said_by(request)
        client = request.client.host if request.client else "local"
        there = _local(said.get("next", "/"))
        try:
            role = keeper.role(said.get("token", ""), client, time.monotonic())
        except Problem as problem:
            return _login(keeper.access, there, f"Too many wrong tokens: {problem.remedy}.", problem.status)
        if role == "none":
            return _login(keeper.access, there, "This token is wrong.", 401)
        return _entered(keeper.access.cookie(role, time.time()), there, secure=secure)

    @router.post("/logout")
    async def leave() -> Response:
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE)
        return response

    @router.post("/silences")
    async def silence(request: Request) -> Response:
        return await _changed(request, source, _silence)

    @router.post("/silences/end")
    async def end(request: Request) -> Response:
        return await _changed(request, source, _end)

    @router.post("/analyses")
    async def analyze(request: Request) -> Response:
        return await _analyzed(request, source)

    @router.post("/analyses/cancel")
    async def cancel(request: Request) -> Response:
        return await _changed(request, source, _cancel)

    app.include_router(router)


async def said_by(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=20))


def _local(there: str) -> str:
    """A path of ours, whatever a link says."""
    return there if there.startswith("/") and not there.startswith(("//", "/\\")) else "/"


def _login(access: Access, there: str, wrong: str = "", status: int = 200) -> Response:
    label = element("label", "Token", for_="token")
    given = element("input", type="password", id="token", name="token", autocomplete="current-password", required=True)
    hidden = element("input", type="hidden", name="next", value=there)
    told = element("p", wrong, class_="bad", role="alert") if wrong else ""
    form = element(
        "form", label, given, hidden, element("button", "Enter", type="submit"), method="post", action="/login"
    )
    title, what = _wanted(access)
    return sheet(title, told, form, element("p", what, class_="soft"), status=status)


def _wanted(access: Access) -> tuple[str, str]:
    """Which token is asked for, and what for."""
    if access.read is not None:
        return "This dashboard needs a token", "It is read_token or admin_token of [monitor.server] in plimsoll.toml."
    where = "admin_token of [monitor.server] in plimsoll.toml"
    if access.admin is not None:
        return "The admin token", f"To change something: it is {where}. To read no token is needed."
    return "No token is needed to read", f"To change something here, state {where} first."


def _entered(cookie: str, there: str, *, secure: bool) -> Response:
    response = RedirectResponse(there, 303)
    response.set_cookie(COOKIE, cookie, max_age=COOKIE_S, httponly=True, samesite="strict", secure=secure)
    return response


async def _changed(request: Request, source: Source, change: Change) -> Response:
    """Changes something for the admin, and goes back."""
    back = element("p", element("a", "Back to the dashboard", href="/"))
    if role_of(request) != "admin":
        return sheet("Only with the admin token", back, status=403)
    try:
        there = change(source, await said_by(request))
    except PlimsollError as error:
        return sheet("This could not be done", element("p", str(error)), back, status=422)
    source.forget()
    return RedirectResponse(there, 303)


async def _analyzed(request: Request, source: Source) -> Response:
    """Begins the analysis of a run for the admin, and goes back to where it is seen."""
    run_id = (await said_by(request)).get("run", "")
    back = element("p", element("a", "Back to the analyses", href=ANALYSES))
    if role_of(request) != "admin":
        return sheet("Only with the admin token", back, status=403)
    run = await asyncio.to_thread(run_of, source.queue.root, run_id)
    if run is None or await asyncio.to_thread(run.is_live):
        return sheet("This run cannot be analyzed", element("p", "It is not there, or goes on."), back, status=422)
    try:
        source.queue.start(run.run_id)
    except Problem as problem:
        return sheet("This run cannot be analyzed yet", element("p", problem.detail), back, status=problem.status)
    source.forget()
    return RedirectResponse(_analysis_of(run.run_id), 303)


def _silence(source: Source, said: dict[str, str]) -> str:
    made = make_silence(
        secrets.token_hex(6),
        said.get("rule", ""),
        now_s=time.time(),
        for_s=parse_duration(said.get("for", ""), what="time of a silence"),
        author=said.get("author", ""),
        reason=said.get("reason", ""),
    )
    source.watch.alerts.silence(made)
    return ALERTS


def _cancel(source: Source, said: dict[str, str]) -> str:
    source.queue.cancel(said.get("run", ""))
    return _analysis_of(said.get("run", ""))


def _analysis_of(run_id: str) -> str:
    return f"{ANALYSES}&run={quote(run_id)}"


def _end(source: Source, said: dict[str, str]) -> str:
    source.watch.alerts.expire(said.get("silence", ""), time.time())
    return ALERTS
