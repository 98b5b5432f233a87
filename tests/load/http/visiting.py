"""Users of a scripted server, as a run has them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.reply import Reply
from plimsoll.load.http.site import HttpLimits, SitePlan
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.user import User
from plimsoll.settings.web import WebSettings
from tests.load.http.server import Script, Served, serving
from tests.load.real import Row, Stage, stage


@dataclass
class Visited:
    """Users, the server that they visit, and what was recorded of it."""

    stage: Stage
    served: Served

    @property
    def user(self) -> User:
        return self.stage.users[0]

    async def travel(self, body: Any, user: User | None = None) -> None:
        await self.stage.travel(body, user)

    async def one(self, method: str = "GET", path: str = "/", user: User | None = None, **options: Any) -> Reply:
        """One request as a journey of its own."""
        made: list[Reply] = []

        async def ask(user: User) -> None:
            made.append(await user.http("ask", method, path, **options))

        await self.travel(ask, user)
        assert made, self.stage.problems.messages
        return made[0]

    async def failed(self, method: str = "GET", path: str = "/", user: User | None = None, **options: Any) -> str:
        """The error class of one request that must fail, in the exception and in its row alike."""
        caught: list[StepFailed] = []

        async def ask(user: User) -> None:
            with pytest.raises(StepFailed) as error:
                await user.http("ask", method, path, **options)
            caught.append(error.value)

        await self.rows()
        await self.travel(ask, user)
        (row,) = await self.rows()
        assert caught[0].step == row["step"] == "ask"
        assert row["error"] == caught[0].error_class
        assert row["scheduled"] <= row["ready"] <= row["started"] <= row["finished"]
        return caught[0].error_class

    def limit(self, first_byte_s: float = 30, whole_s: float = 60) -> None:
        """Other limits from now on: a machine that is busy shall not make requests late that are none."""
        limits = HttpLimits(round(30e9), round(first_byte_s * 1e9), round(whole_s * 1e9))
        for user in self.stage.users:
            assert user.web is not None
            user.web.site.limits = limits
            user.web.first_byte_ns, user.web.whole_ns = limits.first_byte_ns, limits.whole_ns

    async def rows(self) -> list[Row]:
        return await self.stage.rows()


def assert_times_in_order(row: Row) -> None:
    """Of a request that was answered."""
    assert row["scheduled"] <= row["ready"] <= row["started"] < row["finished"]
    assert 0 < row["first_byte"] <= row["finished"] - row["started"]


async def until(happened: Callable[[], object]) -> None:
    """Lets the others go on until it has happened."""
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110  # no event tells it
            await asyncio.sleep(0)


@asynccontextmanager
async def visiting(
    script: Script,
    count: int = 1,
    *,
    base: str = "",
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    protected: bool = False,
    directory: Path = Path(),
    url: str = "",
    dsn: str | None = None,
    web: WebSettings | None = None,
) -> AsyncIterator[Visited]:
    """`count` users of a server that runs `script`."""
    async with serving(script, tls=tls, host=host) as served:
        origin = parse_origin((url or served.url).replace("PORT", str(served.port)) + base)
        site = SitePlan(origin, web or WebSettings(), protected, directory).build()
        async with stage(dsn, count, site=site) as made:
            yield Visited(made, served)
