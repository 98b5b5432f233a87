"""What the page of tunings sends: to begin one, to end it. Plain forms, so that they work with anything."""

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plimsoll.server.dashboard.forms import said_by
from plimsoll.server.dashboard.markup import element
from plimsoll.server.dashboard.sheet import sheet
from plimsoll.server.problems import Problem
from plimsoll.server.reading.source import Source
from plimsoll.server.security import role_of
from plimsoll.server.tunings.wishes import Wanted, Workload

TUNINGS = "/?tab=tuning"
_WORKLOADS: dict[str, Workload] = {"hour": "hour", "counters": "counters", "window": "window"}


def add_tuning_forms(app: FastAPI, source: Source) -> None:
    """The routes. Each is for a browser of the admin; programs have the API."""
    router = APIRouter(include_in_schema=False)

    @router.post("/tunings")
    async def begin(request: Request) -> Response:
        if role_of(request) != "admin" or source.tunings is None:
            return sheet("Only with the admin token", _back(), status=403)
        said = await said_by(request)
        wanted = Wanted(_WORKLOADS.get(said.get("workload", ""), "hour"), prove=said.get("prove") == "yes")
        try:
            await source.tunings.tuner.start(wanted)
        except Problem as problem:
            told = element("p", f"{problem.detail}: {problem.remedy}.")
            return sheet("It cannot be tuned now", told, _back(), status=problem.status)
        source.forget()
        return RedirectResponse(TUNINGS, 303)

    @router.post("/tunings/cancel")
    async def cancel(request: Request) -> Response:
        if role_of(request) != "admin" or source.tunings is None:
            return sheet("Only with the admin token", _back(), status=403)
        source.tunings.tuner.cancel()
        source.forget()
        return RedirectResponse(TUNINGS, 303)

    app.include_router(router)


def _back() -> str:
    return element("p", element("a", "Back to the tunings", href=TUNINGS))
