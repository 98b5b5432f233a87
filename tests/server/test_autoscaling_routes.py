"""Scaling over the API: what is served is real, asked and told by its name, with the admin token."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.serving.control.server import ControlServer
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.watch import Watch, WatchRequest
from tests.scale.serving.test_control import Told, controlled
from tests.server.asking import ADMIN, Answer, an_app, ask, asked, bearer

API = "/api/v1/autoscaling"


def app_of(home: Path, *, admin: bool = True) -> FastAPI:
    watch = Watch(WatchRequest(Settings(monitor=MonitorSettings(store=None)), None, home / "runs"), None)
    return an_app(watch, MonitorServer(admin_token=Secret(ADMIN) if admin else None))


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].rpartition(":")[2]


async def told(app: FastAPI, method: str, path: str, **body: Any) -> Answer:
    headers = bearer(ADMIN) | {"content-type": "application/json"}
    return await asked(app, f"{API}/{path}", method, headers, json.dumps(body).encode())


@asynccontextmanager
async def shown(home: Path) -> AsyncIterator[tuple[FastAPI, Told]]:
    """An application that is served as `app`, and the API of a watch beside it."""
    async with controlled(home / "serve", Limits(1, 2)) as made:
        yield app_of(home), made


def test_each_route_asks_or_tells_who_serves(tmp_path: Path) -> None:
    async def play() -> None:
        async with shown(tmp_path) as (app, made):
            found = (await asked(app, f"{API}/status")).json()
            assert [one["name"] for one in found["applications"]] == ["app"]
            scaled = await told(app, "POST", "scale?application=app", workers=2)
            assert (scaled.status, scaled.json()["application"]["limits"]["fixed"]) == (200, True)
            assert (await told(app, "POST", "pause", paused=True)).json()["application"]["paused"]
            config = await told(app, "PATCH", "config", changes={"utilization": 0.5, "workers_min": 1.0})
            assert config.json()["config"]["told"] == ["utilization"]
            assert (await asked(app, f"{API}/config")).json()["config"]["utilization"] == 0.5
            spread = await told(app, "PUT", "load-balancing", algorithm="round-robin", weights={"w1": 7})
            assert spread.json()["balancer"]["weights"] == {"w1": 7}
            assert "cookie-affinity" in (await asked(app, f"{API}/load-balancing")).json()["algorithms"]
            assert (await told(app, "POST", "reset-metrics")).status == 200
            assert (await told(app, "POST", "reload")).json()["application"]["generation"] == 2
            history = (await asked(app, f"{API}/history?application=app&limit=500")).json()
            assert [one["rule"] for one in history["decisions"]] == ["told"]
            assert any("spread by round-robin" in one["text"] for one in history["happenings"])
            assert kind(await asked(app, f"{API}/status?application=shop")) == (404, "not-found")
            assert kind(await asked(app, f"{API}/status?application=..%2Fapp")) == (404, "not-found")
            assert kind(await told(app, "POST", "scale", workers=100)) == (422, "invalid-request")
            assert kind(await told(app, "POST", "scale")) == (422, "invalid-request")
            assert kind(await told(app, "PUT", "load-balancing", algorithm="random")) == (422, "invalid-request")
            assert kind(await told(app, "PATCH", "config", changes={"cpu_up": 0.5})) == (422, "invalid-request")
            learned = await told(app, "PATCH", "config", changes={"capacity_per_s": "learned"})
            assert (learned.status, learned.json()["config"]["capacity_per_s"]) == (200, None)
            for wrong in (
                {"start_s": "learned"},
                {"workers_max": "2"},
                {"connections_max": 9, "connection_pool": None},
            ):
                assert kind(await told(app, "PATCH", "config", changes=wrong)) == (422, "invalid-request")
            for count in (True, "2", 1.5):
                assert kind(await told(app, "POST", "scale", workers=count)) == (422, "invalid-request")
                assert kind(await told(app, "PUT", "load-balancing", weights={"w1": count})) == (422, "invalid-request")
            assert kind(await told(app, "POST", "pause", paused="yes")) == (422, "invalid-request")
            assert kind(await told(app, "POST", "scale", workers=1, min=2)) == (422, "invalid-request")
            assert made.steering.paused

    asyncio.run(play())


def test_of_several_that_are_served_one_must_be_named(tmp_path: Path) -> None:
    async def play() -> None:
        async with shown(tmp_path) as (app, made):
            (tmp_path / "serve" / "shop").mkdir()
            another = ControlServer(tmp_path / "serve" / "shop" / "control.sock", made.control.orders())
            await another.begin()
            assert len((await asked(app, f"{API}/status")).json()["applications"]) == 2
            assert kind(await told(app, "POST", "pause", paused=True)) == (409, "which-application")
            assert (await told(app, "POST", "pause?application=shop", paused=True)).status == 200
            await another.close()

    asyncio.run(play())


def test_where_nothing_is_served_or_nobody_answers_it_is_said_what_to_do(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    nothing = ask(app, f"{API}/status").json()
    assert (nothing["applications"], nothing["remedy"][:14]) == ([], "plimsoll serve")
    assert kind(ask(app, f"{API}/history")) == (409, "nothing-served")

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def play() -> None:
        (tmp_path / "serve" / "app").mkdir(parents=True)
        server = await asyncio.start_unix_server(silent, tmp_path / "serve" / "app" / "control.sock")
        async with server:
            found = (await asked(app, f"{API}/status")).json()
            assert [one["application"] for one in found["silent"]] == ["app"]
            assert kind(await asked(app, f"{API}/status?application=app")) == (503, "not-answering")
            assert kind(await asked(app, f"{API}/config?application=app")) == (503, "not-answering")

    asyncio.run(play())


def test_telling_needs_the_admin_token(tmp_path: Path) -> None:
    body = json.dumps({"paused": True}).encode()
    headers = {"content-type": "application/json"}
    assert kind(ask(app_of(tmp_path), f"{API}/pause", "POST", headers, body)) == (403, "admin-needed")
    assert kind(ask(app_of(tmp_path, admin=False), f"{API}/pause", "POST", headers, body)) == (403, "read-only")
