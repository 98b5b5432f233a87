"""Telling a served application: limits, pause, reload, algorithm. Plain forms, so that they work with anything."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.core.scaling import ScalingStatus
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.server.dashboard.forms import said_by
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.scaling_served import Row, chosen
from plimsoll.server.dashboard.sheet import sheet
from plimsoll.server.dashboard.slots import part
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock, plural
from plimsoll.server.reading.source import Source
from plimsoll.server.security import role_of
from plimsoll.workflows.scaling import find

SCALING: Final = "/?tab=scaling"
Said = Mapping[str, str]
Order = Callable[[ControlClient, Said], Awaitable[tuple[ScalingStatus, str]]]


def forms(reading: Reading, place: Place) -> Html:
    """What can be told it, or how it is done without the right to do it here."""
    row = chosen(reading, place)
    if row is None or row["standing"] != "up":
        return Html("")
    last = reading.scaled
    mine = last is not None and last[1] == row["served"]
    done = element("p", f"At {clock(last[0])}: {last[2]}.", role="status") if last and mine else ""
    return part(
        "Change it", done, *(_forms(row) if reading.may_change else (_elsewhere(reading.may_change, row["served"]),))
    )


def forms_stamp(reading: Reading, place: Place) -> Hashable:
    row = chosen(reading, place)
    if row is None:
        return None
    status = row["status"]
    limits = tuple(status["limits"].values())
    return (
        row["served"],
        row["standing"],
        limits,
        status["paused"],
        status["balancer"]["algorithm"],
        reading.scaled,
        reading.may_change,
    )


def _forms(row: Row) -> tuple[Html, ...]:
    status, name = row["status"], row["served"]
    limits, paused = status["limits"], status["paused"]
    numbers = (
        _number("workers_min", "Workers at least", limits["workers_min"]),
        _number("workers_max", "Workers at most", limits["workers_max"]),
    )
    options = (
        element("option", one, value=one, selected=one == status["balancer"]["algorithm"])
        for one in map(str, Algorithm)
    )
    algorithm = element(
        "label", element("span", "Requests are spread by"), element("select", *options, name="algorithm")
    )
    return (
        _form("limits", name, "Set limits", *numbers),
        _form("balance", name, "Switch", algorithm),
        element(
            "div",
            _form("resume", name, "Resume scaling") if paused else _form("pause", name, "Pause scaling"),
            _form("reload", name, "Reload: replace every worker by one of new code"),
            _form("as-started", name, "Limits as it was started with"),
            class_="form tune",
        ),
    )


def _form(order: str, name: str, button: str, *fields: Html) -> Html:
    hidden = element("input", type="hidden", name="served", value=name)
    send = element("button", button, type="submit", class_="copy", id=f"scaling-{order}")
    return element("form", hidden, *fields, send, method="post", action=f"/served/{order}", class_="form tune")


def _number(name: str, title: str, value: int) -> Html:
    given = element("input", type="number", name=name, required=True, min=1, max=256, value=value)
    return element("label", element("span", title), given)


def _elsewhere(may: bool | None, name: str) -> Html:
    command = element("code", f"plimsoll scale set 2..8 {name}")
    enter = (
        joined(", or ", element("a", "enter the admin token", href="/login?next=/%3Ftab=scaling"))
        if may is False
        else joined(", or state ", element("code", "admin_token"), " in [monitor.server] of plimsoll.toml")
    )
    return element("p", "To change it: ", command, enter, ".", class_="empty")


def add_scaling_forms(app: FastAPI, source: Source) -> None:
    """The routes. They are for a browser of the admin; programs have the API."""
    router = APIRouter(include_in_schema=False)

    @router.post("/served/{order}")
    async def tell(order: str, request: Request) -> Response:
        back = element("p", element("a", "Back to scaling", href=SCALING))
        if role_of(request) != "admin":
            return sheet("Only with the admin token", back, status=403)
        said = await said_by(request)
        name = said.get("served", "")
        try:
            if order not in _ORDERS:
                raise UsageError(f"there is no order {order!r:.40}", remedy=f"one of {', '.join(_ORDERS)}")
            status, words = await _ORDERS[order](await find(name, source.watch.served.root), said)
        except PlimsollError as error:
            where = element("p", f"{error}.")
            remedy = element("p", f"What to do: {error.remedy}.") if error.remedy else ""
            return sheet("Nothing was changed", where, remedy, back, status=422)
        source.note_scaled(status.name, words)
        return RedirectResponse(f"{SCALING}&served={quote(name)}", 303)

    app.include_router(router)


async def _limits(client: ControlClient, said: Said) -> tuple[ScalingStatus, str]:
    least, most = _whole(said, "workers_min"), _whole(said, "workers_max")
    return await client.scale(workers_min=least, workers_max=most), f"{least} to {plural(most, 'worker')} from now on"


async def _as_started(client: ControlClient, _: Said) -> tuple[ScalingStatus, str]:
    status = await client.scale(as_started=True)
    return (
        status,
        f"{status.limits.workers_min} to {plural(status.limits.workers_max, 'worker')}, as it was started with",
    )


async def _pause(client: ControlClient, _: Said) -> tuple[ScalingStatus, str]:
    return await client.pause(), "scaling is paused; who dies is still replaced"


async def _resume(client: ControlClient, _: Said) -> tuple[ScalingStatus, str]:
    return await client.pause(False), "scaling follows the load again"


async def _reload(client: ControlClient, _: Said) -> tuple[ScalingStatus, str]:
    return await client.reload(), "its workers are replaced one after another"


async def _balance(client: ControlClient, said: Said) -> tuple[ScalingStatus, str]:
    status = await client.balance(said.get("algorithm", ""))
    return status, f"requests are spread by {status.balancer.algorithm}"


_ORDERS: Final[Mapping[str, Order]] = {
    "limits": _limits, "as-started": _as_started, "pause": _pause, "resume": _resume, "reload": _reload,
    "balance": _balance,
}  # fmt: skip


def _whole(said: Said, name: str) -> int:
    text = said.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise UsageError(f"wrong {name}", why=f"{text!r:.40} is no number of workers", remedy="a whole number, as 4")
    return int(text)
