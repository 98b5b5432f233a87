"""What @setup asks of the target: as a user does, outside of the load."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.http.client import Client
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.site import SitePlan
from plimsoll.load.language.scenario import StepFailed
from plimsoll.settings.web import WebSettings
from tests.load.http.fed import response
from tests.load.http.server import Script, Served, Visit, answering, serving
from tests.load.http.visiting import until
from tests.load.real import run


@asynccontextmanager
async def asking(
    script: Script, *, protected: bool = False, web: WebSettings | None = None
) -> AsyncIterator[tuple[Client, Served]]:
    async with serving(script) as served:
        plan = SitePlan(parse_origin(served.url), web or WebSettings(), protected, Path())
        client = Client(plan, 1)
        yield client, served
        client.close()
        await until(lambda: served.open == 0)


async def failing(client: Client, *words: str, **options: Any) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        await client(*words, **options)
    return caught.value


def test_it_asks_as_a_user_does() -> None:
    moved = response(b"", "Location: /there", "Set-Cookie: a=1", status="303 Moved")

    async def work() -> None:
        async with asking(answering(moved, response(b'{"token": "t"}'), response(b"ok"))) as (client, served):
            reply = await client("POST", "/login", json={"name": "n"})
            client.authorize(bearer=reply.json()["token"])
            client.headers["X-A"] = "1"
            assert (await client("GET", "/x?y=1", expect=200)).bytes == b"ok"
            assert served.targets == ["POST /login", "GET /there", "GET /x?y=1"]
            last = served.seen[-1].headers
            assert (last["authorization"], last["x-a"], last["cookie"]) == ("Bearer t", "1", "a=1")
            assert (served.accepted, client.cookies.get("a")) == (1, "1")

    run(work())


def test_what_fails_is_step_failed_with_the_class_of_a_step() -> None:
    async def script(visit: Visit) -> None:
        while (seen := await visit.request()) is not None:
            if seen.target == "/stall":
                await visit.gone()
                return
            if seen.target == "/close":
                return
            refusal = response(b'{"detail": "no such thing"}', "Content-Type: application/json", status="404 No")
            visit.send(b"junk" if seen.target == "/junk" else refusal)

    async def work() -> None:
        async with asking(script) as (client, _):
            missing = await failing(client, "GET", "/404?token=secret")
            assert (missing.step, missing.error_class) == ("GET /404", "HTTP 404")
            assert "no such thing" in str(missing)
            assert (await failing(client, "GET", "/stall", timeout=0.05)).error_class == "timeout: first byte"
            assert (await failing(client, "GET", "/close")).error_class == "connection reset"
            assert (await failing(client, "GET", "/junk")).error_class.startswith("protocol: ")
            assert (await client("GET", "/404", expect=404)).status == 404

    run(work())


def test_an_unreadable_reply_is_step_failed() -> None:
    async def work() -> None:
        async with asking(answering(response(b"<html>"))) as (client, _):
            reply = await client("GET", "/")
            with pytest.raises(StepFailed) as caught:
                reply.json()
            assert caught.value.error_class == "body: not JSON"

    run(work())


def test_a_protected_site_is_asked_and_never_told() -> None:
    async def work() -> None:
        async with asking(answering(response(b"ok")), protected=True) as (client, served):
            assert (await failing(client, "POST", "/")).error_class == "protected: not sent"
            assert (await client("GET", "/")).status == 200
            assert served.targets == ["GET /"]

    run(work())


def test_without_a_url_and_with_wrong_options_it_says_so() -> None:
    nowhere = Client(None, 1)
    with pytest.raises(UsageError, match="no URL"):
        run(nowhere("GET", "/"))
    with pytest.raises(UsageError, match="no URL"):
        nowhere.authorize(bearer="x")
    nowhere.close()

    async def work() -> None:
        async with asking(answering(response(b"ok"))) as (client, served):
            wrong: tuple[dict[str, Any], ...] = ({"jsn": 1}, {"timeout": 0}, {"json": 1, "form": {}})
            for options in wrong:
                with pytest.raises(UsageError):
                    await client("POST", "/", **options)
            assert served.seen == []

    run(work())


def test_one_request_at_a_time() -> None:
    async def work() -> None:
        async with asking(answering(response(b"ok"))) as (client, _):
            first = asyncio.create_task(client("GET", "/"))
            await asyncio.sleep(0)
            with pytest.raises(UsageError, match="one thing at a time"):
                await client("GET", "/")
            assert (await first).bytes == b"ok"

    run(work())
